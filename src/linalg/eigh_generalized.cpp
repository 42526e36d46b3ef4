// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/blas.hpp"
#include "linalg/lapack_spectral.hpp"
#include "linalg/probe.hpp"
#include "linalg/spectral_range.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/linalg/eigh.hpp"

namespace ritz::linalg::detail {

namespace {

template <Scalar T>
Eigen::MatrixX<T> full_copy(Matrix<T> A, Uplo uplo, int exponent) {
    Eigen::MatrixX<T> full;
    if (uplo == Uplo::lower)
        full = A.template selfadjointView<Eigen::Lower>();
    else
        full = A.template selfadjointView<Eigen::Upper>();
    scale_by_power_of_two(full, exponent);
    return full;
}

/// 2^-exponent brings max |a_ij| into [1, 2).
template <Scalar T>
int unit_exponent(Matrix<T> A) {
    const Real<T> largest = max_abs<T>(A);
    return largest == 0 ? 0 : -std::ilogb(largest);
}

}  // namespace

template <Scalar T>
GeneralizedEighResult<T> eigh_generalized(Matrix<T> A, Matrix<T> B, const GeneralizedEighOptions& options,
                                          bool vectors) {
    using R = Real<T>;
    const char* const who = vectors ? "eigh" : "eigvalsh";
    require_square(A.rows(), A.cols(), who, "A");
    require_square(B.rows(), B.cols(), who, "B");
    require_same_rows(A.rows(), A.cols(), B.rows(), B.cols(), who);
    if (options.type < 1 || options.type > 3)
        throw InvalidArgument(std::string(who) + ": type is " + std::to_string(options.type) +
                              ", but must be 1, 2 or 3");
    require_finite<T>(A, who, "A");
    require_finite<T>(B, who, "B");
    if (options.check_symmetry) {
        require_hermitian<T>(A, options.uplo, who, "A");
        require_hermitian<T>(B, options.uplo, who, "B");
    }
    const int n = lapack::dimension(A.rows());
    // Both are brought to norms around 1: λ scales by 2^(b - a) in type 1, by 2^-(a + b) in types 2 and 3.
    const int a_exponent = unit_exponent<T>(A), b_exponent = unit_exponent<T>(B);
    const int exponent = options.type == 1 ? a_exponent - b_exponent : a_exponent + b_exponent;
    const Subset<R> subset = subset_of<R>(options, n, exponent, who);
    GeneralizedEighResult<T> result{Eigen::VectorX<R>(0), Eigen::MatrixX<T>(n, 0), 1};
    if (n == 0) return result;

    Eigen::MatrixX<T> reduced = full_copy<T>(A, options.uplo, a_exponent);
    const Eigen::MatrixX<T> full_b = full_copy<T>(B, options.uplo, b_exponent);
    Eigen::MatrixX<T> L = full_b;
    if (const int info = lapack::potrf<T>('L', n, L.data(), n); info != 0)
        throw NotPositiveDefinite(std::string(who) + ": B is not positive definite: its leading block of order " +
                                      std::to_string(info) + " is not",
                                  info - 1);
    const R norm1 = full_b.cwiseAbs().colwise().sum().maxCoeff();
    const R rcond = lapack::pocon<T>('L', n, L.data(), n, norm1);
    result.b_rcond = static_cast<double>(rcond);
    if (rcond < R(n) * unit_roundoff<T> && !options.allow_ill_conditioned)
        throw IllConditioned(std::string(who) + ": B is so close to singular (rcond " + std::to_string(result.b_rcond) +
                                 ") that eigenvalues may have no correct digit; allow_ill_conditioned returns them",
                             result.b_rcond);
    if (subset.nothing) return result;
    lapack::hegst<T>(options.type, 'L', n, reduced.data(), n, L.data(), n);

    // The reduced problem can be far larger than A: its subset is in its own terms.
    EighOptions standard{.uplo = Uplo::lower, .check_symmetry = false};
    standard.subset_by_index = options.subset_by_index;
    if (options.subset_by_value)
        standard.subset_by_value = ValueRange{static_cast<double>(subset.low), static_cast<double>(subset.high)};
    if (vectors) {
        EighResult<T> pairs = detail::eigh<T>(reduced, standard);
        result.eigenvalues = std::move(pairs.eigenvalues);
        result.eigenvectors = std::move(pairs.eigenvectors);
        const int k = static_cast<int>(result.eigenvectors.cols());
        if (options.type == 3)
            ritz::detail::blas::trmm('L', 'L', 'N', 'N', n, k, L.data(), n, result.eigenvectors.data(), n);  // x = L y
        else
            ritz::detail::blas::trsm('L', 'L', is_complex<T> ? 'C' : 'T', 'N', n, k, L.data(), n,
                                     result.eigenvectors.data(), n);  // x = L⁻ᴴ y
        // Vᴴ B V = I fixes the scale: B was 2^b of itself. b may be odd: then √2 does not come out exact.
        const int half = options.type == 3 ? -b_exponent : b_exponent;
        if (half % 2 != 0) result.eigenvectors *= half > 0 ? std::sqrt(R(2)) : std::sqrt(R(0.5));
        scale_by_power_of_two(result.eigenvectors, half / 2);
    } else {
        result.eigenvalues = detail::eigvalsh<T>(reduced, standard);
    }
    scale_back(result.eigenvalues, exponent, who);
    return result;
}

#define RITZ_INSTANTIATE(T) \
    template GeneralizedEighResult<T> eigh_generalized<T>(Matrix<T>, Matrix<T>, const GeneralizedEighOptions&, bool);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
