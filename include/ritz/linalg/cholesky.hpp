// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Cholesky factorisation of Hermitian positive definite matrices: np.linalg.cholesky; scipy.linalg.cholesky,
/// cho_factor, cho_solve, cholesky_banded, cho_solve_banded.

#include "ritz/linalg/lu.hpp"

namespace ritz::linalg {

struct CholeskyOptions {
    Uplo uplo = Uplo::lower;      ///< the triangle of A that is read, and of the factor: A = L Lᴴ or A = Uᴴ U
    bool check_hermitian = true;  ///< refuses an A whose other triangle is neither zero nor the mirror image
};

struct CholeskyFactorOptions {
    Uplo uplo = Uplo::lower;
    bool check_hermitian = true;
    OnIllConditioned on_ill_conditioned = OnIllConditioned::raise;
};

/// The Cholesky factor of one matrix, for `cho_solve`: S A S = L Lᴴ, S a diagonal of powers of two (ones, unless the
/// diagonal of A differs wildly in size). Made by `cho_factor`.
template <Scalar T>
class CholeskyFactor {
public:
    /// \throws as cho_factor
    explicit CholeskyFactor(Matrix<T> A, const CholeskyFactorOptions& options = {});

    Eigen::Index rows() const noexcept { return factor_.rows(); }
    /// L with A = L Lᴴ, the other triangle zero.
    Eigen::MatrixX<T> matrix_l() const;
    /// Estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁) of the scaled matrix.
    double rcond() const noexcept { return rcond_; }

    /// x ← A⁻¹ x, n × k.
    void solve_in_place(Eigen::Ref<Eigen::MatrixX<T>> x) const;

private:
    Eigen::MatrixX<T> factor_;  // L in the lower triangle
    std::vector<int> exponents_;
    double rcond_ = 1;
};

/// The Cholesky factor of a band matrix in LAPACK's storage (see cholesky_banded), for `cho_solve_banded`.
template <Scalar T>
struct [[nodiscard]] BandedCholesky {
    Eigen::MatrixX<T> ab;  ///< the factor in the same storage
    Uplo uplo;
    double rcond;  ///< estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁)
};

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> cholesky(Matrix<T> A, const CholeskyOptions& options);
template <Scalar T>
BandedCholesky<T> cholesky_banded(Matrix<T> ab, const CholeskyFactorOptions& options);
template <Scalar T>
void cho_solve_banded(const BandedCholesky<T>& factor, Eigen::Ref<Eigen::MatrixX<T>> x);
}  // namespace detail

/// L with A = L Lᴴ (uplo = lower) or U with A = Uᴴ U (upper) of a Hermitian positive definite n × n matrix, zeros in
/// the other triangle; n³/3 flops. One triangle is read; the other must mirror it to rounding (10 u of the largest
/// entry) or be zero, unless options.check_hermitian = false.
/// \throws InvalidArgument for wrong shapes, NaN, infinity, an A that is not Hermitian.
/// \throws NotPositiveDefinite with the first column whose pivot is not positive.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> cholesky(const A& a, const CholeskyOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::cholesky<T>(detail::as<T>(a), options);
}

/// The factor of a positive definite matrix, to solve many systems; n³/3 flops and a condition estimate in O(n²).
/// \throws as `cholesky`; IllConditioned if rcond < max(10, n) u, unless options say accept.
template <Dense A>
[[nodiscard]] CholeskyFactor<ScalarOf<A>> cho_factor(const A& a, const CholeskyFactorOptions& options = {}) {
    using T = ScalarOf<A>;
    return CholeskyFactor<T>(detail::as<T>(a), options);
}

/// x with A x = b from the factor of A; 2n² flops for each column.
/// \throws InvalidArgument if b does not have n rows or is not finite.
template <Scalar T, Dense B>
[[nodiscard]] Like<B, T> cho_solve(const CholeskyFactor<T>& factor, const B& b) {
    Like<B, T> x = detail::as<T>(b);
    detail::require_right_hand_side<T>(factor.rows(), x, "cho_solve");
    factor.solve_in_place(x);
    return x;
}

/// The factor of a Hermitian positive definite band matrix, n columns and k off-diagonals, in n k² flops.
/// `ab` is (k + 1) × n: with uplo = lower ab(i − j, j) = A(i, j) for i ≥ j, with upper ab(k + i − j, j) = A(i, j) for
/// i ≤ j (SciPy's storage; the corners outside of A are not read).
/// \throws InvalidArgument, NotPositiveDefinite, IllConditioned as `cho_factor`.
template <Dense A>
[[nodiscard]] BandedCholesky<ScalarOf<A>> cholesky_banded(const A& ab, const CholeskyFactorOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::cholesky_banded<T>(detail::as<T>(ab), options);
}

/// x with A x = b from the factor of a band matrix; 4 n k flops for each column.
/// \throws InvalidArgument if b does not have n rows or is not finite.
template <Scalar T, Dense B>
[[nodiscard]] Like<B, T> cho_solve_banded(const BandedCholesky<T>& factor, const B& b) {
    Like<B, T> x = detail::as<T>(b);
    detail::require_right_hand_side<T>(factor.ab.cols(), x, "cho_solve_banded");
    detail::cho_solve_banded<T>(factor, x);
    return x;
}

}  // namespace ritz::linalg
