// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// LU factorisation with partial pivoting, and determinants: scipy.linalg.lu, lu_factor, lu_solve; np.linalg.det and
/// slogdet.

#include <vector>

#include "ritz/linalg/solve.hpp"

namespace ritz::linalg {

/// A = P L U.
template <Scalar T>
struct [[nodiscard]] LuDecomposition {
    Eigen::MatrixX<T> P;  ///< m × m permutation
    Eigen::MatrixX<T> L;  ///< m × min(m, n), unit lower triangular (trapezoidal), |Lᵢⱼ| ≤ 1
    Eigen::MatrixX<T> U;  ///< min(m, n) × n, upper triangular (trapezoidal)
};

struct LuOptions {
    OnIllConditioned on_ill_conditioned = OnIllConditioned::raise;
};

/// The LU factors of one square matrix, for `lu_solve`: R A C = P L U Q with R and C diagonal powers of two (ones,
/// unless the rows or columns of A differ wildly in size) and a permutation Q (the identity, unless partial pivoting
/// turned out unstable). Made by `lu_factor`.
template <Scalar T>
class LuFactor {
public:
    /// \throws as lu_factor
    explicit LuFactor(Matrix<T> A, const LuOptions& options = {});

    Eigen::Index rows() const noexcept { return factors_.rows(); }
    /// L below the diagonal (its ones are not stored), U on and above it.
    const Eigen::MatrixX<T>& factors() const noexcept { return factors_; }
    /// LAPACK's pivots from 0: row k was exchanged with row pivots()[k], for k = 0, 1, …
    const std::vector<int>& pivots() const noexcept { return pivots_; }
    /// Estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁) of the scaled matrix.
    double rcond() const noexcept { return rcond_; }

    /// x ← op(A)⁻¹ x, n × k.
    void solve_in_place(Eigen::Ref<Eigen::MatrixX<T>> x, Op op = Op::none) const;

private:
    Eigen::MatrixX<T> factors_;
    std::vector<int> pivots_, column_pivots_;  // column_pivots_ is empty for partial pivoting
    std::vector<int> row_exponents_, column_exponents_;
    double rcond_ = 1;
};

/// sign · exp(logabsdet): a determinant that neither overflows nor underflows.
template <Scalar T>
struct [[nodiscard]] SignLogDet {
    T sign;             ///< 0, ±1, or a complex number of modulus 1
    Real<T> logabsdet;  ///< −∞ for a determinant of 0
};

struct DetOptions {
    OnIllConditioned on_ill_conditioned = OnIllConditioned::raise;
};

namespace detail {
template <Scalar T>
LuDecomposition<T> lu(Matrix<T> A);
template <Scalar T>
T det(Matrix<T> A, const DetOptions& options);
template <Scalar T>
SignLogDet<T> slogdet(Matrix<T> A, const DetOptions& options);
/// Throws InvalidArgument unless b has `rows` rows and only finite numbers.
template <Scalar T>
void require_right_hand_side(Eigen::Index rows, Matrix<T> b, const char* who);
}  // namespace detail

/// A = P L U of an m × n matrix by Gaussian elimination with partial pivoting; n²(m − n/3) flops. A singular A has
/// zeros on the diagonal of U.
/// \throws InvalidArgument for NaN and infinity.
template <Dense A>
[[nodiscard]] LuDecomposition<ScalarOf<A>> lu(const A& a) {
    using T = ScalarOf<A>;
    return detail::lu<T>(detail::as<T>(a));
}

/// The LU factors of an n × n matrix, to solve many systems; 2n³/3 flops and a condition estimate in O(n²).
/// \throws InvalidArgument, SingularMatrix as `solve`; IllConditioned as `solve` unless options say otherwise.
template <Dense A>
[[nodiscard]] LuFactor<ScalarOf<A>> lu_factor(const A& a, const LuOptions& options = {}) {
    using T = ScalarOf<A>;
    return LuFactor<T>(detail::as<T>(a), options);
}

/// x with op(A) x = b from the factors of A; 2n² flops for each column. Its backward error is that of the elimination:
/// without A there is no refinement, use `solve` for one system.
/// \throws InvalidArgument if b does not have n rows or is not finite.
template <Scalar T, Dense B>
[[nodiscard]] Like<B, T> lu_solve(const LuFactor<T>& factor, const B& b, Op op = Op::none) {
    Like<B, T> x = detail::as<T>(b);
    detail::require_right_hand_side<T>(factor.rows(), x, "lu_solve");
    factor.solve_in_place(x, op);
    return x;
}

/// The determinant of an n × n matrix by LU factorisation, as mantissa and exponent, so that only a result which is
/// itself too large or too small becomes infinite or zero; 2n³/3 flops. When the factorisation cannot tell the sign
/// (the condition number is near 1/u), the determinant is computed exactly in residue arithmetic, provided that n and
/// the range of exponents are moderate: it is then the exact one, rounded, and 0 for a singular matrix.
/// \throws InvalidArgument for wrong shapes, NaN and infinity.
/// \throws IllConditioned if not even the sign may be right and the exact way is too long, unless options say accept.
template <Dense A>
[[nodiscard]] ScalarOf<A> det(const A& a, const DetOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::det<T>(detail::as<T>(a), options);
}

/// Sign and logarithm of the determinant, for those too large or too small for their type. As `det`.
template <Dense A>
[[nodiscard]] SignLogDet<ScalarOf<A>> slogdet(const A& a, const DetOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::slogdet<T>(detail::as<T>(a), options);
}

}  // namespace ritz::linalg
