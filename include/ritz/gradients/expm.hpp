// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients {

/// Y = exp(A), with A: its Fréchet derivative L(A, E) shares no factor with exp(A) that would be worth keeping.
template <Scalar T>
struct [[nodiscard]] ExpmForward {
    Eigen::MatrixX<T> expm;
    Eigen::MatrixX<T> A;
};

namespace detail {
template <Scalar T>
ExpmForward<T> expm(linalg::Matrix<T> A);
}  // namespace detail

/// The exponential of an n × n matrix; linalg::expm. \throws what that throws.
template <linalg::Dense A>
ExpmForward<linalg::ScalarOf<A>> expm(const A& a) {
    using T = linalg::ScalarOf<A>;
    return detail::expm<T>(linalg::detail::as<T>(a));
}

/// Ā = L(Aᴴ, Ȳ), about three times the cost of expm. L is linear in Ȳ, which is scaled by a power of two on the way.
/// \ref A. H. Al-Mohy and N. J. Higham, Computing the Fréchet derivative of the matrix exponential, with an application
///      to condition number estimation, SIAM J. Matrix Anal. Appl. 30 (2009) 1639-1657, section 1 for the adjoint.
template <Scalar T>
Eigen::MatrixX<T> vjp(const ExpmForward<T>& f, std::type_identity_t<linalg::Matrix<T>> Y_bar);

/// Ẏ = L(A, Ȧ).
template <Scalar T>
Eigen::MatrixX<T> jvp(const ExpmForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot);

}  // namespace ritz::gradients
