// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients {

/// A = U Σ Vᴴ, reduced: U is m × k, Vh is k × n, k = min(m, n).
template <Scalar T>
struct [[nodiscard]] SvdForward {
    Eigen::MatrixX<T> U;
    Eigen::VectorX<Real<T>> s;  ///< descending
    Eigen::MatrixX<T> Vh;
};

/// Tangents or cotangents of the three results; an empty one is zero.
template <Scalar T>
struct [[nodiscard]] SvdTangent {
    Eigen::MatrixX<T> U = {};
    Eigen::VectorX<Real<T>> s = {};
    Eigen::MatrixX<T> Vh = {};
};

struct SvdJvpOptions {
    bool vectors = true;  ///< false: only singular values, which repeated ones do not always hinder
};

namespace detail {
template <Scalar T>
SvdForward<T> svd(linalg::Matrix<T> A);
}  // namespace detail

/// The reduced singular value decomposition; linalg::svd. (The vectors that the full one adds are arbitrary and have no
/// derivative.) It serves svdvals as well: give a cotangent of s alone.
template <linalg::Dense A>
SvdForward<linalg::ScalarOf<A>> svd(const A& a) {
    using T = linalg::ScalarOf<A>;
    return detail::svd<T>(linalg::detail::as<T>(a));
}

/// Ā = U P Vᴴ + (I − UUᴴ) Ū Σ⁻¹ Vᴴ + U Σ⁻¹ V̄ᴴ (I − VVᴴ). With the skew-Hermitian parts X of Uᴴ Ū and Y of Vᴴ V̄:
/// P_ij = (X + Y)_ij / (s_j − s_i) + (X − Y)_ij / (s_j + s_i), P_ii = s̄_i + (X − Y)_ii / (2 s_i).
/// About 8 (m + n) k² flops.
///
/// Singular values within 10 max(m, n) ε s₀ of each other count as equal, those below it as zero. Equal ones do no harm
/// if s̄ is the same for them and L does not change when their vectors in U and V are rotated together (the polar factor
/// U Vᴴ, say); zeros none if nothing is asked of them or their vectors.
/// \throws RepeatedSingularValue otherwise; GaugeDependent for complex T if L depends on the common phase of a pair of
///         vectors; InvalidArgument for a wrong shape, NaN or infinity.
/// \ref S.-Q. Wan and S.-X. Zhang, Automatic differentiation for complex valued SVD, arXiv:1909.02659 (2019);
///      Giles (2008), section 3.2.
template <Scalar T>
Eigen::MatrixX<T> vjp(const SvdForward<T>& f, const std::type_identity_t<SvdTangent<T>>& bar);

/// The same forward: ṡ = Re diag(Uᴴ Ȧ V), and U̇, V̇ in the phase that divides Im (Uᴴ Ȧ V)_ii evenly among the two.
/// \throws RepeatedSingularValue where equal ones part in this direction (the Hermitian part of their block of Uᴴ Ȧ V
/// is
///         no multiple of the identity), where their vectors are asked for, and for zero ones.
template <Scalar T>
SvdTangent<T> jvp(const SvdForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot,
                  const SvdJvpOptions& options = {});

}  // namespace ritz::gradients
