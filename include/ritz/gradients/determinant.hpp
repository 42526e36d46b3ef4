// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients {

/// det A, and its derivative by the elements of A.
template <Scalar T>
struct [[nodiscard]] DetForward {
    T det;
    Eigen::MatrixX<T> adjugate;  ///< adj(A) = det(A) A⁻¹, which a singular A has as well
};

/// det A = sign · exp(logabsdet), and A⁻¹.
template <Scalar T>
struct [[nodiscard]] SlogdetForward {
    T sign;
    Real<T> logabsdet;
    Eigen::MatrixX<T> inverse;
};

/// Tangents or cotangents of both results. The sign of a real determinant has the derivative zero.
template <Scalar T>
struct [[nodiscard]] SlogdetTangent {
    T sign = T(0);
    Real<T> logabsdet = 0;
};

namespace detail {
template <Scalar T>
DetForward<T> det(linalg::Matrix<T> A);
template <Scalar T>
SlogdetForward<T> slogdet(linalg::Matrix<T> A);
}  // namespace detail

/// The determinant of an n × n matrix and its adjugate, by LU where A is well conditioned (about 3n³ flops), otherwise
/// by A = U Σ Vᴴ: adj(A) = det(U) det(Vᴴ) V adj(Σ) Uᴴ, which needs no inverse (about 25n³). So a singular matrix has
/// its true gradient: zero if its rank is below n − 1. det is within n ε ‖A‖ ‖adj(A)‖ of the exact one, which near a
/// singular matrix leaves its sign open; adj(A) keeps its digits there.
///
/// \throws InvalidArgument; LimitExceeded if an element of adj(A) overflows (then use slogdet).
template <linalg::Dense A>
DetForward<linalg::ScalarOf<A>> det(const A& a) {
    using T = linalg::ScalarOf<A>;
    return detail::det<T>(linalg::detail::as<T>(a));
}

/// Ā = d̄ adj(A)ᴴ (Jacobi's formula). \ref Giles (2008), section 2.2.4.
template <Scalar T>
Eigen::MatrixX<T> vjp(const DetForward<T>& f, std::type_identity_t<T> det_bar);

/// tr(adj(A) Ȧ).
template <Scalar T>
T jvp(const DetForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot);

/// Sign and logarithm of the determinant. 8n³/3 flops.
/// \throws InvalidArgument, SingularMatrix, IllConditioned as linalg::inv: log det has no derivative at a singular
/// matrix.
template <linalg::Dense A>
SlogdetForward<linalg::ScalarOf<A>> slogdet(const A& a) {
    using T = linalg::ScalarOf<A>;
    return detail::slogdet<T>(linalg::detail::as<T>(a));
}

/// Ā = (l̄ + i Im(s̄ conj(s))) A⁻ᴴ, l̄ and s̄ the cotangents of logabsdet and sign.
template <Scalar T>
Eigen::MatrixX<T> vjp(const SlogdetForward<T>& f, const std::type_identity_t<SlogdetTangent<T>>& bar);

/// t = tr(A⁻¹ Ȧ): Re t for logabsdet and i s Im t for the sign s.
template <Scalar T>
SlogdetTangent<T> jvp(const SlogdetForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot);

}  // namespace ritz::gradients
