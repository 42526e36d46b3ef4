// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"
#include "ritz/linalg/lu.hpp"

namespace ritz::gradients {

/// x = A⁻¹ b with the factors of A. X is Eigen::VectorX<T> or Eigen::MatrixX<T>, like b.
template <class X>
struct [[nodiscard]] SolveForward {
    X x;
    linalg::LuFactor<typename X::Scalar> factor;
};

template <class X>
struct [[nodiscard]] SolveCotangent {
    Eigen::MatrixX<typename X::Scalar> A_bar;
    X b_bar;
};

/// A⁻¹.
template <Scalar T>
struct [[nodiscard]] InvForward {
    Eigen::MatrixX<T> inverse;
};

namespace detail {
template <class X>
SolveForward<X> solve(linalg::Matrix<typename X::Scalar> A, linalg::Matrix<typename X::Scalar> b);
template <Scalar T>
InvForward<T> inv(linalg::Matrix<T> A);
}  // namespace detail

/// x with A x = b, A n × n, b a vector of n or a matrix n × k. 2n³/3 + 2n²k flops; one step of iterative refinement.
/// \throws InvalidArgument, SingularMatrix, IllConditioned as linalg::lu_factor.
template <linalg::Dense A, linalg::Dense B>
SolveForward<linalg::Like<B, linalg::ScalarOf<A, B>>> solve(const A& a, const B& b) {
    using T = linalg::ScalarOf<A, B>;
    return detail::solve<linalg::Like<B, T>>(linalg::detail::as<T>(a), linalg::detail::as<T>(b));
}

/// b̄ = A⁻ᴴ x̄, Ā = −b̄ xᴴ, by the factors of A: 4n²k flops.
/// \throws InvalidArgument if x_bar is not like x or not finite; LimitExceeded if the result overflows.
/// \ref M. B. Giles (2008), section 2.3.1.
template <class X>
SolveCotangent<X> vjp(const SolveForward<X>& f, std::type_identity_t<linalg::Matrix<typename X::Scalar>> x_bar);

/// ẋ = A⁻¹ (ḃ − Ȧ x). An empty A_dot or b_dot is zero.
template <class X>
X jvp(const SolveForward<X>& f, std::type_identity_t<linalg::Matrix<typename X::Scalar>> A_dot,
      std::type_identity_t<linalg::Matrix<typename X::Scalar>> b_dot);

/// Y = A⁻¹ as linalg::inv. \throws what that throws.
template <linalg::Dense A>
InvForward<linalg::ScalarOf<A>> inv(const A& a) {
    using T = linalg::ScalarOf<A>;
    return detail::inv<T>(linalg::detail::as<T>(a));
}

/// Ā = −Yᴴ Ȳ Yᴴ. 4n³ flops. \ref Giles (2008), section 2.2.3.
template <Scalar T>
Eigen::MatrixX<T> vjp(const InvForward<T>& f, std::type_identity_t<linalg::Matrix<T>> Y_bar);

/// Ẏ = −Y Ȧ Y.
template <Scalar T>
Eigen::MatrixX<T> jvp(const InvForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot);

}  // namespace ritz::gradients
