// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The singular value decomposition and what is read off it: rank, pseudoinverse, condition number. Singular values are
/// descending. Results are verified before they are returned: decompositions by a random vector, singular values alone
/// by the sum of their squares. A is scaled by a power of two where its squares would overflow.

#include <cstdint>
#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

struct SvdOptions {
    bool full_matrices = true;  ///< U is m × m and Vh n × n, as in NumPy; false: m × k and k × n, k = min(m, n)
};

template <Scalar T>
struct [[nodiscard]] SvdResult {
    Eigen::MatrixX<T> U;
    Eigen::VectorX<Real<T>> s;  ///< min(m, n) values, descending, ≥ 0
    Eigen::MatrixX<T> Vh;       ///< Vᴴ, not V
};

/// Which singular values count: those above max(atol, rtol · s₀). Without either: rtol = max(m, n) · ε, ε = 2u, atol =
/// 0.
struct RankOptions {
    std::optional<double> tol{};   ///< NumPy's tol: absolute
    std::optional<double> rtol{};  ///< relative to the largest; default max(m, n) · ε when tol is not given, else 0
    bool hermitian = false;        ///< A is Hermitian: |eigenvalues| are computed instead, in a third of the time
};

struct PinvOptions {
    std::optional<double> rtol{};  ///< singular values ≤ rtol · s₀ are taken as zero; default max(m, n) · ε (SciPy's)
    double atol = 0;               ///< and those ≤ atol
    bool hermitian = false;        ///< by eigh, for Hermitian A
};

/// The norm in which cond measures: NumPy's ord = 2, -2, 1, -1, inf, -inf, 'fro', 'nuc'.
enum class CondOrd : std::uint8_t { two, minus_two, one, minus_one, inf, minus_inf, fro, nuc };

namespace detail {
template <Scalar T>
SvdResult<T> svd(Matrix<T> A, const SvdOptions& options);
template <Scalar T>
Eigen::VectorX<Real<T>> svdvals(Matrix<T> A, const char* who);
template <Scalar T>
Eigen::Index matrix_rank(Matrix<T> A, const RankOptions& options);
template <Scalar T>
Eigen::MatrixX<T> pinv(Matrix<T> A, const PinvOptions& options);
template <Scalar T>
Real<T> cond(Matrix<T> A, CondOrd ord);
}  // namespace detail

/// A = U Σ Vᴴ (A is m × n). np.linalg.svd, scipy.linalg.svd.
///
/// Cost: about 22 n³ flops for square A with vectors, 8/3 n³ without. n ≤ 16 in double: one-sided Jacobi; otherwise
/// divide and conquer (gesdd), and QR iterations (gesvd) for what fails verification. Each singular value is within c ·
/// n · u · s₀ of the exact one.
///
/// \throws InvalidArgument if A is not finite; NoConvergence if no driver's result passes its verification;
///         LimitExceeded if a singular value exceeds the largest number of the type.
/// \ref M. Gu and S. C. Eisenstat, SIAM J. Matrix Anal. Appl. 16 (1995) 79-92.
template <Dense A>
[[nodiscard]] SvdResult<ScalarOf<A>> svd(const A& a, const SvdOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::svd<T>(detail::as<T>(a), options);
}

/// The singular values alone, descending. scipy.linalg.svdvals.
template <Dense A>
[[nodiscard]] Eigen::VectorX<Real<ScalarOf<A>>> svdvals(const A& a) {
    using T = ScalarOf<A>;
    return detail::svdvals<T>(detail::as<T>(a), "svdvals");
}

/// The number of singular values above the tolerance (RankOptions). Singular values see the rank of matrices in which
/// QR with pivoting sees none missing (Kahan's). np.linalg.matrix_rank; a vector has rank 1 unless it is zero.
/// \throws InvalidArgument if a tolerance is negative or NaN; NoConvergence.
/// \ref W. Kahan, Canadian Math. Bull. 9 (1966) 757-801.
template <Dense A>
[[nodiscard]] Eigen::Index matrix_rank(const A& a, const RankOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::matrix_rank<T>(detail::as<T>(a), options);
}

/// The Moore-Penrose pseudoinverse A⁺ = V Σ⁺ Uᴴ (n × m). np.linalg.pinv, scipy.linalg.pinv. Cost: svd and 2 m n k
/// flops. \throws InvalidArgument if a tolerance is negative or NaN; NoConvergence; LimitExceeded if A⁺ overflows.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> pinv(const A& a, const PinvOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::pinv<T>(detail::as<T>(a), options);
}

/// The condition number ‖A‖ ‖A⁻¹‖ in the norm `ord` (two and minus_two: s₀/s_k and s_k/s₀, also of rectangular A).
/// Infinite when A is exactly singular, in every order but minus_two (0). The other norms need A⁻¹: when A is singular
/// to working precision, the value is of the right size but without correct digits, as any condition number above 1/u
/// is. np.linalg.cond. Cost: svdvals, or an inverse (2 n³ flops). \throws InvalidArgument if A is empty, or not square
/// where A⁻¹ is needed.
template <Dense A>
[[nodiscard]] Real<ScalarOf<A>> cond(const A& a, CondOrd ord = CondOrd::two) {
    using T = ScalarOf<A>;
    return detail::cond<T>(detail::as<T>(a), ord);
}

/// The m × n matrix with s on its diagonal. scipy.linalg.diagsvd.
/// \throws InvalidArgument if s has not min(m, n) elements.
template <Dense S>
requires(S::ColsAtCompileTime == 1)
    [[nodiscard]] Eigen::MatrixX<ScalarOf<S>> diagsvd(const S& s, Eigen::Index m, Eigen::Index n) {
    ritz::detail::require(m >= 0 && n >= 0 && s.rows() == std::min(m, n), "diagsvd: s must have min(m, n) elements");
    Eigen::MatrixX<ScalarOf<S>> Sigma = Eigen::MatrixX<ScalarOf<S>>::Zero(m, n);
    Sigma.diagonal() = s.template cast<ScalarOf<S>>();
    return Sigma;
}

}  // namespace ritz::linalg
