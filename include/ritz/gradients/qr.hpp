// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients {

/// A = Q R, reduced: Q is m × k, R is k × n, k = min(m, n).
template <Scalar T>
struct [[nodiscard]] QrForward {
    Eigen::MatrixX<T> Q, R;
};

/// Tangents or cotangents; an empty one is zero. Of a cotangent R the lower triangle is not read.
template <Scalar T>
struct [[nodiscard]] QrTangent {
    Eigen::MatrixX<T> Q = {}, R = {};
};

namespace detail {
template <Scalar T>
QrForward<T> qr(linalg::Matrix<T> A);
}  // namespace detail

/// The reduced QR factorisation of an m × n matrix whose first k columns are independent. (The columns that the
/// complete one adds to Q are arbitrary and have no derivative.) \throws SingularMatrix or IllConditioned if they are
/// dependent, exactly or to rounding.
template <linalg::Dense A>
QrForward<linalg::ScalarOf<A>> qr(const A& a) {
    using T = linalg::ScalarOf<A>;
    return detail::qr<T>(linalg::detail::as<T>(a));
}

/// m ≥ n, with M = R̄ Rᴴ, N = Qᴴ Q̄ − M, K = M + tril₋₁(N − Nᴴ) + i Im diag N:
/// Ā = ((I − Q Qᴴ) Q̄ + Q K) R⁻ᴴ. For m < n, A = [A₁ A₂]: Ā₂ = Q R̄₂ and Ā₁ as above with Q̄ + A₂ R̄₂ᴴ. 8mk² flops.
/// The diagonal of R stays real, as LAPACK makes it.
/// \ref S. F. Walter and L. Lehmann, Algorithmic differentiation of linear algebra functions with application in
/// optimum
///      experimental design, arXiv:1001.1654 (2010); M. Seeger, A. Hetzel, Z. Dai, E. Meissner, N. D. Lawrence,
///      Auto-differentiating linear algebra, arXiv:1710.08717 (2017).
template <Scalar T>
Eigen::MatrixX<T> vjp(const QrForward<T>& f, const std::type_identity_t<QrTangent<T>>& bar);

/// With C = Qᴴ Ȧ₁ R₁⁻¹ and the skew-Hermitian W = tril₋₁(C) − tril₋₁(C)ᴴ + i Im diag C:
/// Q̇ = Ȧ₁ R₁⁻¹ − Q (C − W), Ṙ₁ = (C − W) R₁, Ṙ₂ = Q̇ᴴ A₂ + Qᴴ Ȧ₂.
template <Scalar T>
QrTangent<T> jvp(const QrForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot);

}  // namespace ritz::gradients
