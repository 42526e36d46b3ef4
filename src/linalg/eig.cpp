// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/eig.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/eigenvector_columns.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/lapack_spectral.hpp"
#include "linalg/probe.hpp"
#include "linalg/spectral_range.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg::detail {

namespace {

/// V Λ z in the real storage of LAPACK: a pair's block [a b; -b a] times two numbers.
template <Scalar T>
Eigen::VectorX<T> times_eigenvalues(const Eigen::VectorX<T>& re, const Eigen::VectorX<T>& im,
                                    Eigen::Map<const Eigen::VectorX<T>> z) {
    if constexpr (is_complex<T>) {
        return re.cwiseProduct(z);
    } else {
        Eigen::VectorX<T> w = re.cwiseProduct(z);
        for (Eigen::Index k = 0; k + 1 < re.size(); ++k)
            if (im[k] > 0) {
                w[k] += im[k] * z[k + 1];
                w[k + 1] -= im[k] * z[k];
                ++k;
            }
        return w;
    }
}

/// Σ λ = trace A and Σ λ² = trace A². Rounding in A of n u ‖A‖_F moves them by √n and 2 ‖A‖_F times that.
template <Scalar T>
bool are_all_eigenvalues(const Eigen::MatrixX<T>& A, Real<T> norm, const Eigen::VectorX<std::complex<Real<T>>>& w) {
    using R = Real<T>;
    const R n = R(A.rows()), tolerance = 32 * n * unit_roundoff<T> * norm;
    const std::complex<R> trace(A.trace());
    std::complex<R> trace_of_square(0);
    for (Eigen::Index j = 0; j < A.cols(); ++j) trace_of_square += std::complex<R>((A.row(j) * A.col(j)).value());
    return std::abs(w.sum() - trace) <= tolerance * std::sqrt(n) &&
           std::abs(w.cwiseProduct(w).sum() - trace_of_square) <= 2 * tolerance * norm;
}

/// 1 / (‖V‖₁ ‖V⁻¹‖₁), exactly, by Gauss-Jordan elimination with partial pivoting: for small V faster than an estimate.
template <Scalar T>
Real<T> small_reciprocal_condition(Eigen::MatrixX<T> V, Real<T> norm1) {
    const Eigen::Index n = V.rows();
    for (Eigen::Index k = 0; k < n; ++k) {
        // Column j of the inverse of P V is column P(j) of that of V: its 1-norm does not depend on the order.
        Eigen::Index pivot = k;
        for (Eigen::Index i = k + 1; i < n; ++i)
            if (std::abs(V(i, k)) > std::abs(V(pivot, k))) pivot = i;
        if (V(pivot, k) == T(0)) return 0;
        if (pivot != k) V.row(k).swap(V.row(pivot));
        const T inverse = T(1) / V(k, k);
        V(k, k) = 1;
        for (Eigen::Index j = 0; j < n; ++j) {
            if (j == k) continue;
            const T factor = V(k, j) * inverse;
            V(k, j) = 0;
            V.col(j) -= factor * V.col(k);
            V(k, j) = factor;
        }
        V.col(k) *= -inverse;
        V(k, k) = inverse;
    }
    const Real<T> inverse_norm = V.cwiseAbs().colwise().sum().maxCoeff();
    return std::isfinite(inverse_norm) ? 1 / (norm1 * inverse_norm) : 0;
}

}  // namespace

template <Scalar T>
EigResult<T> eig(Matrix<T> A, const EigOptions& options) {
    using R = Real<T>;
    require_square(A.rows(), A.cols(), "eig", "A", "for singular values see svd");
    require_finite<T>(A, "eig", "A");
    const int n = lapack::dimension(A.rows());
    EigResult<T> result;
    if (n == 0) return result;
    const FewThreads limit(n);
    const int exponent = power_of_two_scale(max_abs<T>(A));
    Eigen::MatrixX<T> scaled = A;
    scale_by_power_of_two(scaled, exponent);
    const R norm = scaled.norm();

    const bool left = options.left || options.condition_numbers;
    Eigen::MatrixX<T> work = scaled, VL(n, left ? n : 0), V(n, n);
    Eigen::VectorX<T> re(n), im = Eigen::VectorX<T>::Zero(n);
    const int info =
        lapack::geev<T>(left ? 'V' : 'N', 'V', n, work.data(), n, re.data(), im.data(), VL.data(), n, V.data(), n);
    const auto passes = [&] {
        const auto z = probe_vector<T>(n);
        return agree<T>(scaled * (V * z), V * times_eigenvalues<T>(re, im, z), norm * z.norm(), n);
    };
    if (info != 0 || !passes()) {
        work = scaled;
        if (lapack::geev_unbalanced<T>(left ? 'V' : 'N', 'V', n, work.data(), n, re.data(), im.data(), VL.data(), n,
                                       V.data(), n) != 0)
            throw NoConvergence("eig: the QR iteration did not find all eigenvalues");
        if (!passes()) throw NoConvergence("eig: the result of the QR iteration does not pass its check");
    }

    // The real columns Re v, Im v are V times a unitary matrix, up to √2 each.
    const R norm1 = V.cwiseAbs().colwise().sum().maxCoeff();
    R rcond;
    if (n <= 32) {
        rcond = small_reciprocal_condition<T>(V, norm1);
    } else {
        work = V;
        rcond = lapack::reciprocal_condition<T>(n, work.data(), n, norm1);
    }
    result.report.eigenvector_rcond = static_cast<double>(rcond);
    if (!(rcond >= R(n) * unit_roundoff<T>)) {
        result.report.status = Status::ill_conditioned;
        result.report.explanation =
            "the eigenvectors are linearly dependent to working precision: A is defective or close to it. Its multiple "
            "eigenvalues have fewer correct digits, a p-fold one only 1/p of them";
    }
    result.eigenvalues = unpacked_values<T>(re, im);
    result.eigenvectors = unpacked<T>(V, im);
    if (left) {
        Eigen::MatrixX<std::complex<R>> W = unpacked<T>(VL, im);
        if (options.condition_numbers) {
            result.report.condition_numbers.resize(n);
            for (Eigen::Index k = 0; k < n; ++k)
                result.report.condition_numbers[k] = R(1) / std::abs(W.col(k).dot(result.eigenvectors.col(k)));
        }
        if (options.left) result.left_eigenvectors = std::move(W);
    }
    scale_back(result.eigenvalues, exponent, "eig");
    return result;
}

template <Scalar T>
Eigen::VectorX<std::complex<Real<T>>> eigvals(Matrix<T> A) {
    require_square(A.rows(), A.cols(), "eigvals", "A", "for singular values see svdvals");
    require_finite<T>(A, "eigvals", "A");
    const int n = lapack::dimension(A.rows());
    if (n == 0) return Eigen::VectorX<std::complex<Real<T>>>(0);
    const FewThreads limit(n);
    const int exponent = power_of_two_scale(max_abs<T>(A));
    Eigen::MatrixX<T> scaled = A;
    scale_by_power_of_two(scaled, exponent);
    Eigen::MatrixX<T> work = scaled;
    Eigen::VectorX<T> re(n), im = Eigen::VectorX<T>::Zero(n);
    const int info = lapack::geev<T>('N', 'N', n, work.data(), n, re.data(), im.data(), nullptr, 1, nullptr, 1);
    if (info != 0) throw NoConvergence("eigvals: the QR iteration did not find all eigenvalues");
    Eigen::VectorX<std::complex<Real<T>>> w = unpacked_values<T>(re, im);
    if (!are_all_eigenvalues<T>(scaled, scaled.norm(), w))
        throw NoConvergence(
            "eigvals: the sums of the eigenvalues and of their squares do not match the traces of A and A A");
    scale_back(w, exponent, "eigvals");
    return w;
}

#define RITZ_INSTANTIATE(T)                                     \
    template EigResult<T> eig<T>(Matrix<T>, const EigOptions&); \
    template Eigen::VectorX<std::complex<Real<T>>> eigvals<T>(Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
