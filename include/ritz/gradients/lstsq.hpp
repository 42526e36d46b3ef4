// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients {

/// The x of least squares or of least norm, with A = Q R (m ≥ n) or Aᴴ = Q R (m < n).
template <class X>
struct [[nodiscard]] LstsqForward {
    using T = typename X::Scalar;
    X x;
    X residual;              ///< b − A x; zero for m < n
    Eigen::MatrixX<T> Q, R;  ///< of A or of Aᴴ, reduced
    bool tall;               ///< m ≥ n
};

template <class X>
struct [[nodiscard]] LstsqCotangent {
    Eigen::MatrixX<typename X::Scalar> A_bar;
    X b_bar;
};

/// A⁺ with the singular vectors of the r singular values that count.
template <Scalar T>
struct [[nodiscard]] PinvForward {
    Eigen::MatrixX<T> pinv;
    Eigen::MatrixX<T> U, V;  ///< orthonormal bases of the ranges of A and Aᴴ: m × r and n × r
};

struct PinvOptions {
    std::optional<double> rtol{};  ///< singular values ≤ rtol s₀ count as zero; default max(m, n) ε
    /// A+ jumps wherever the rank of A does, so a matrix of less than full rank has no derivative. True: A moves among
    /// the matrices of its rank only, where there is one.
    bool constant_rank = false;
};

namespace detail {
template <class X>
LstsqForward<X> lstsq(linalg::Matrix<typename X::Scalar> A, linalg::Matrix<typename X::Scalar> b);
template <Scalar T>
PinvForward<T> pinv(linalg::Matrix<T> A, const PinvOptions& options);
}  // namespace detail

/// x of least ‖b − A x‖₂ (m ≥ n) or of least ‖x‖₂ (m < n); A is m × n of full rank, b a vector of m or a matrix m × k.
/// By Householder QR and one step of refinement: 2mn² − 2n³/3 flops and as many for Q. \throws InvalidArgument;
/// SingularMatrix, IllConditioned if A is not of full rank, exactly or to rounding (x jumps there).
template <linalg::Dense A, linalg::Dense B>
LstsqForward<linalg::Like<B, linalg::ScalarOf<A, B>>> lstsq(const A& a, const B& b) {
    using T = linalg::ScalarOf<A, B>;
    return detail::lstsq<linalg::Like<B, T>>(linalg::detail::as<T>(a), linalg::detail::as<T>(b));
}

/// b̄ = (A⁺)ᴴ x̄. m ≥ n: Ā = −b̄ xᴴ + r wᴴ, w = (AᴴA)⁻¹ x̄, r = b − A x. m < n: Ā = −b̄ xᴴ + y ((I − QQᴴ) x̄)ᴴ,
/// y = (AAᴴ)⁻¹ b. O(mnk) flops. The term with r carries the square of the condition number, as x itself does.
/// \ref G. H. Golub and V. Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems whose
///      variables separate, SIAM J. Numer. Anal. 10 (1973) 413-432.
template <class X>
LstsqCotangent<X> vjp(const LstsqForward<X>& f, std::type_identity_t<linalg::Matrix<typename X::Scalar>> x_bar);

/// ẋ = A⁺ (ḃ − Ȧ x) + (AᴴA)⁻¹ Ȧᴴ r, or + (I − QQᴴ) Ȧᴴ y. An empty A_dot or b_dot is zero.
template <class X>
X jvp(const LstsqForward<X>& f, std::type_identity_t<linalg::Matrix<typename X::Scalar>> A_dot,
      std::type_identity_t<linalg::Matrix<typename X::Scalar>> b_dot);

/// Y = A⁺ (n × m) by the singular value decomposition.
/// \throws NotDifferentiable if A is not of full rank to rtol, unless the options say that the rank is constant.
template <linalg::Dense A>
PinvForward<linalg::ScalarOf<A>> pinv(const A& a, const PinvOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return detail::pinv<T>(linalg::detail::as<T>(a), options);
}

/// Ā = −Yᴴ Ȳ Yᴴ + (I − UUᴴ) Ȳᴴ Y Yᴴ + Yᴴ Y Ȳᴴ (I − VVᴴ). 8 mn min(m, n) flops.
/// \ref Golub and Pereyra (1973), equation 4.12.
template <Scalar T>
Eigen::MatrixX<T> vjp(const PinvForward<T>& f, std::type_identity_t<linalg::Matrix<T>> Y_bar);

/// Ẏ = −Y Ȧ Y + Y Yᴴ Ȧᴴ (I − UUᴴ) + (I − VVᴴ) Ȧᴴ Yᴴ Y.
/// \throws NotDifferentiable if A_dot changes the rank at once, (I − UUᴴ) Ȧ (I − VVᴴ) ≠ 0.
template <Scalar T>
Eigen::MatrixX<T> jvp(const PinvForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot);

}  // namespace ritz::gradients
