// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"
#include "ritz/linalg/cholesky.hpp"

namespace ritz::gradients {

/// A = L Lᴴ (uplo = lower) or A = Uᴴ U.
template <Scalar T>
struct [[nodiscard]] CholeskyForward {
    Eigen::MatrixX<T> factor;  ///< L or U, zeros in the other triangle
    linalg::Uplo uplo;
};

namespace detail {
template <Scalar T>
CholeskyForward<T> cholesky(linalg::Matrix<T> A, const linalg::CholeskyOptions& options);
}  // namespace detail

/// The Cholesky factor of a Hermitian positive definite A, as linalg::cholesky.
/// \throws what that throws; IllConditioned as linalg::cho_factor.
template <linalg::Dense A>
CholeskyForward<linalg::ScalarOf<A>> cholesky(const A& a, const linalg::CholeskyOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return detail::cholesky<T>(linalg::detail::as<T>(a), options);
}

/// Ā = L⁻ᴴ Φ(Lᴴ L̄) L⁻¹, Hermitian; Φ takes the lower triangle and half of the (real) diagonal, made Hermitian. Only the
/// triangle of the factor is read in factor_bar. Two triangular solves of n columns: 3n³ flops.
/// \ref I. Murray, Differentiation of the Cholesky decomposition, arXiv:1602.07527 (2016), equation 10.
template <Scalar T>
Eigen::MatrixX<T> vjp(const CholeskyForward<T>& f, std::type_identity_t<linalg::Matrix<T>> factor_bar);

/// L̇ = L Φ(L⁻¹ Ȧ L⁻ᴴ), with the Hermitian part of A_dot. \ref Murray (2016), equation 8.
template <Scalar T>
Eigen::MatrixX<T> jvp(const CholeskyForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot);

}  // namespace ritz::gradients
