// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/eigh.hpp"

#include <algorithm>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/lapack_spectral.hpp"
#include "linalg/probe.hpp"
#include "linalg/small_spectral.hpp"
#include "linalg/spectral_range.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg::detail {

namespace {

constexpr Eigen::Index threads_pay_from = 256;

/// A of the triangle `uplo`, scaled, the other triangle filled so that products with it are plain ones.
template <Scalar T>
Eigen::MatrixX<T> hermitian_copy(Matrix<T> A, Uplo uplo, int exponent) {
    Eigen::MatrixX<T> full;
    if (uplo == Uplo::lower)
        full = A.template selfadjointView<Eigen::Lower>();
    else
        full = A.template selfadjointView<Eigen::Upper>();
    if constexpr (is_complex<T>) full.diagonal() = full.diagonal().real().template cast<T>().eval();
    scale_by_power_of_two(full, exponent);
    return full;
}

/// A V = V Λ and Vᴴ V = I for a random vector.
template <Scalar T>
bool is_eigendecomposition(const Eigen::MatrixX<T>& A, Real<T> norm, const Eigen::VectorX<Real<T>>& w, Matrix<T> V) {
    if (V.cols() == 0) return true;
    const auto z = probe_vector<T>(V.cols());
    const Eigen::VectorX<T> Vz = V * z;
    const Eigen::VectorX<T> w_z = w.template cast<T>().cwiseProduct(z);
    return agree<T>(V.adjoint() * Vz, z, z.norm(), A.rows()) && agree<T>(A * Vz, V * w_z, norm * z.norm(), A.rows());
}

/// Σ λ = trace A, Σ λ² = ‖A‖_F².
template <Scalar T>
bool are_all_eigenvalues(const Eigen::MatrixX<T>& A, Real<T> norm, const Eigen::VectorX<Real<T>>& w) {
    using R = Real<T>;
    const R tolerance = R(32 * std::max<Eigen::Index>(A.rows(), 1)) * unit_roundoff<T>;
    const R trace = std::abs(A.diagonal().real().sum() - w.sum());
    return trace <= tolerance * norm * std::sqrt(R(std::max<Eigen::Index>(A.rows(), 1))) &&
           std::abs(norm - w.norm()) <= tolerance * norm;
}

}  // namespace

template <Scalar T>
void require_hermitian(Matrix<T> A, Uplo uplo, const char* who, const char* name) {
    using R = Real<T>;
    const Eigen::Index n = A.rows();
    if (n == 0) return;
    const R tolerance = R(4 * std::max<Eigen::Index>(n, 4)) * unit_roundoff<T> * max_abs<T>(A);
    constexpr Eigen::Index tile = 32;
    bool other_is_zero = true;
    Eigen::Index row = -1, col = -1;
    for (Eigen::Index j0 = 0; j0 < n; j0 += tile)
        for (Eigen::Index i0 = j0; i0 < n; i0 += tile)
            for (Eigen::Index j = j0; j < std::min(n, j0 + tile); ++j)
                for (Eigen::Index i = std::max(i0, j); i < std::min(n, i0 + tile); ++i) {
                    const T below = A(i, j), above = A(j, i);
                    const bool differ = !(std::abs(below - conjugate(above)) <= tolerance);
                    if (differ && row < 0) row = i, col = j;
                    if (i == j) {
                        if (differ) other_is_zero = false;  // an imaginary diagonal
                    } else if ((uplo == Uplo::lower ? above : below) != T(0)) {
                        other_is_zero = false;
                    }
                }
    if (row < 0 || other_is_zero) return;
    const auto place = [&](Eigen::Index i, Eigen::Index j) {
        return std::string(name) + "(" + std::to_string(i) + ", " + std::to_string(j) + ")";
    };
    throw InvalidArgument(std::string(who) + ": " + name + " is not Hermitian: " + place(row, col) +
                          (row == col ? " is not real" : " is not the conjugate of " + place(col, row)) +
                          "; check_symmetry = false reads one triangle only");
}

template <Scalar T>
EighResult<T> eigh(Matrix<T> A, const EighOptions& options) {
    using R = Real<T>;
    require_square(A.rows(), A.cols(), "eigh", "A", "for singular values see svd");
    require_finite<T>(A, "eigh", "A");
    if (options.check_symmetry) require_hermitian<T>(A, options.uplo, "eigh", "A");
    const int n = lapack::dimension(A.rows());
    const int exponent = power_of_two_scale(max_abs<T>(A));
    const Subset<R> subset = subset_of<R>(options, n, exponent, "eigh");
    if (n == 0 || subset.nothing) return {Eigen::VectorX<R>(0), Eigen::MatrixX<T>(n, 0)};
    const ThreadLimit limit(n < threads_pay_from ? 1 : max_threads());

    const Eigen::MatrixX<T> full = hermitian_copy<T>(A, options.uplo, exponent);
    EighResult<T> result;
    if constexpr (std::same_as<T, double>) {
        if (n <= small_eigh_limit && subset.range == 'A') {
            result.eigenvalues.resize(n);
            result.eigenvectors.resize(n, n);
            if (small_eigh(n, full.data(), n, result.eigenvalues.data(), result.eigenvectors.data())) {
                scale_back(result.eigenvalues, exponent, "eigh");
                return result;
            }
        }
    }
    const R norm = full.norm();
    const auto accept = [&](int info) {
        return info == 0 && is_eigendecomposition<T>(full, norm, result.eigenvalues, result.eigenvectors);
    };
    const auto finish = [&]() -> EighResult<T>&& {
        scale_back(result.eigenvalues, exponent, "eigh");
        return std::move(result);
    };

    if (subset.range != 'A') {
        Eigen::MatrixX<T> work = full;
        Eigen::VectorX<R> w(n);
        int found = 0;
        const Eigen::Index columns = subset.range == 'I' ? subset.last - subset.first + 1 : n;
        result.eigenvectors.resize(n, columns);
        const int info = lapack::heevr<T>('V', subset.range, 'L', n, work.data(), n, subset.low, subset.high,
                                          subset.first, subset.last, found, w.data(), result.eigenvectors.data(), n);
        result.eigenvalues = w.head(found);
        result.eigenvectors.conservativeResize(n, found);
        if (accept(info) && (subset.range == 'V' || found == columns)) return finish();
    }
    for (const bool safer : {false, true}) {
        result.eigenvectors = full;
        result.eigenvalues.resize(n);
        const int info = safer
                             ? lapack::heev<T>('V', 'L', n, result.eigenvectors.data(), n, result.eigenvalues.data())
                             : lapack::heevd<T>('V', 'L', n, result.eigenvectors.data(), n, result.eigenvalues.data());
        if (!accept(info)) continue;
        if (subset.range != 'A') {
            const auto [begin, end] = selected(subset, result.eigenvalues);
            result.eigenvectors = result.eigenvectors.middleCols(begin, end - begin).eval();
            result.eigenvalues = result.eigenvalues.segment(begin, end - begin).eval();
        }
        return finish();
    }
    throw NoConvergence(
        "eigh: neither divide and conquer nor QR iterations gave a decomposition that passes its check");
}

template <Scalar T>
Eigen::VectorX<Real<T>> eigvalsh(Matrix<T> A, const EighOptions& options) {
    using R = Real<T>;
    require_square(A.rows(), A.cols(), "eigvalsh", "A", "for singular values see svdvals");
    require_finite<T>(A, "eigvalsh", "A");
    if (options.check_symmetry) require_hermitian<T>(A, options.uplo, "eigvalsh", "A");
    const int n = lapack::dimension(A.rows());
    const int exponent = power_of_two_scale(max_abs<T>(A));
    const Subset<R> subset = subset_of<R>(options, n, exponent, "eigvalsh");
    if (n == 0 || subset.nothing) return Eigen::VectorX<R>(0);
    const ThreadLimit limit(n < threads_pay_from ? 1 : max_threads());

    const Eigen::MatrixX<T> full = hermitian_copy<T>(A, options.uplo, exponent);
    const R norm = full.norm();
    Eigen::VectorX<R> w(n);
    for (const bool safer : {false, true}) {
        Eigen::MatrixX<T> work = full;
        const int info = safer ? lapack::heev<T>('N', 'L', n, work.data(), n, w.data())
                               : lapack::heevd<T>('N', 'L', n, work.data(), n, w.data());
        if (info != 0 || !are_all_eigenvalues<T>(full, norm, w)) continue;
        // All of them cost little more than some, and only all of them can be verified by their sums.
        const auto [begin, end] = selected(subset, w);
        Eigen::VectorX<R> result = w.segment(begin, end - begin);
        scale_back(result, exponent, "eigvalsh");
        return result;
    }
    throw NoConvergence("eigvalsh: the QR iteration did not give eigenvalues that pass their check");
}

#define RITZ_INSTANTIATE(T)                                                        \
    template void require_hermitian<T>(Matrix<T>, Uplo, const char*, const char*); \
    template EighResult<T> eigh<T>(Matrix<T>, const EighOptions&);                 \
    template Eigen::VectorX<Real<T>> eigvalsh<T>(Matrix<T>, const EighOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
