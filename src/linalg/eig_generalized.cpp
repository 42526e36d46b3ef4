// SPDX-License-Identifier: BSD-3-Clause
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
#include "ritz/linalg/eig.hpp"

namespace ritz::linalg::detail {

template <Scalar T>
GeneralizedEigResult<T> eig_generalized(Matrix<T> A, Matrix<T> B, const GeneralizedEigOptions& options) {
    using R = Real<T>;
    using C = std::complex<R>;
    require_square(A.rows(), A.cols(), "eig", "A");
    require_square(B.rows(), B.cols(), "eig", "B");
    require_same_rows(A.rows(), A.cols(), B.rows(), B.cols(), "eig");
    require_finite<T>(A, "eig", "A");
    require_finite<T>(B, "eig", "B");
    const int n = lapack::dimension(A.rows());
    GeneralizedEigResult<T> result;
    if (n == 0) return result;
    const FewThreads limit(n);
    const auto unit_exponent = [](Matrix<T> M) {
        const R largest = max_abs<T>(M);
        return largest == 0 ? 0 : -std::ilogb(largest);
    };
    const int a_exponent = unit_exponent(A), b_exponent = unit_exponent(B);
    Eigen::MatrixX<T> a_scaled = A, b_scaled = B;
    scale_by_power_of_two(a_scaled, a_exponent);
    scale_by_power_of_two(b_scaled, b_exponent);

    Eigen::MatrixX<T> S = a_scaled, P = b_scaled, VL(n, options.left ? n : 0), V(n, n);
    Eigen::VectorX<T> alpha(n), alpha_imaginary = Eigen::VectorX<T>::Zero(n), beta(n);
    const int info = lapack::ggev<T>(options.left ? 'V' : 'N', 'V', n, S.data(), n, P.data(), n, alpha.data(),
                                     alpha_imaginary.data(), beta.data(), VL.data(), n, V.data(), n);
    if (info != 0) throw NoConvergence("eig: the QZ iteration did not find all eigenvalues of the pencil");

    const auto unit_columns = [](Eigen::MatrixX<C> vectors) {
        for (auto v : vectors.colwise()) {
            const R length = v.stableNorm();
            if (length > 0) v /= length;
        }
        return vectors;
    };
    result.alpha = unpacked_values<T>(alpha, alpha_imaginary);
    result.beta = beta.template cast<C>();
    result.eigenvectors = unit_columns(unpacked<T>(V, alpha_imaginary));
    if (options.left) result.left_eigenvectors = unit_columns(unpacked<T>(VL, alpha_imaginary));

    // A V diag(β) = B V diag(α) for a random vector.
    const auto z = probe_vector<C>(n);
    const Eigen::VectorX<C> by_beta = result.eigenvectors * result.beta.cwiseProduct(z);
    const Eigen::VectorX<C> by_alpha = result.eigenvectors * result.alpha.cwiseProduct(z);
    const R a_norm = a_scaled.norm(), b_norm = b_scaled.norm();
    if (!agree<C>(a_scaled.template cast<C>() * by_beta, b_scaled.template cast<C>() * by_alpha,
                  2 * a_norm * b_norm * z.norm(), n))
        throw NoConvergence("eig: the result of the QZ iteration does not pass its check");

    const R tolerance = R(4 * n) * unit_roundoff<T>;
    result.eigenvalues.resize(n);
    for (Eigen::Index k = 0; k < n; ++k) {
        const C a = result.alpha[k], b = result.beta[k];
        if (std::abs(a) <= tolerance * a_norm && std::abs(b) <= tolerance * b_norm) {
            result.status = Status::ill_conditioned;
            result.explanation = "alpha and beta of eigenvalue " + std::to_string(k) +
                                 " both vanish to rounding: the pencil is singular, its eigenvalues are arbitrary";
        }
        // alpha / beta with the scales put back: an overflow is an infinite eigenvalue to working precision.
        const int exponent = b_exponent - a_exponent;
        if (b == C(0)) {
            result.eigenvalues[k] =
                a == C(0) ? C(std::numeric_limits<R>::quiet_NaN(), 0) : C(std::numeric_limits<R>::infinity(), 0);
        } else {
            const C quotient = a / b;
            result.eigenvalues[k] = C(std::ldexp(quotient.real(), exponent), std::ldexp(quotient.imag(), exponent));
        }
    }
    scale_back(result.alpha, a_exponent, "eig");
    scale_back(result.beta, b_exponent, "eig");
    return result;
}

#define RITZ_INSTANTIATE(T) \
    template GeneralizedEigResult<T> eig_generalized<T>(Matrix<T>, Matrix<T>, const GeneralizedEigOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
