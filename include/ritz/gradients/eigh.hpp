// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients {

/// A = V Λ Vᴴ of a Hermitian matrix.
template <Scalar T>
struct [[nodiscard]] EighForward {
    Eigen::VectorX<Real<T>> eigenvalues;  ///< ascending
    Eigen::MatrixX<T> eigenvectors;       ///< orthonormal columns
};

/// Tangents or cotangents of both results; an empty one is zero.
template <Scalar T>
struct [[nodiscard]] EighTangent {
    Eigen::VectorX<Real<T>> eigenvalues = {};
    Eigen::MatrixX<T> eigenvectors = {};
};

struct EighJvpOptions {
    bool eigenvectors = true;  ///< false: only eigenvalues, which repeated ones do not always hinder
};

namespace detail {
template <Scalar T>
EighForward<T> eigh(linalg::Matrix<T> A, linalg::Uplo uplo);
}  // namespace detail

/// All eigenvalues and eigenvectors of a Hermitian A, of which one triangle is read; linalg::eigh.
template <linalg::Dense A>
EighForward<linalg::ScalarOf<A>> eigh(const A& a, linalg::Uplo uplo = linalg::Uplo::lower) {
    using T = linalg::ScalarOf<A>;
    return detail::eigh<T>(linalg::detail::as<T>(a), uplo);
}

/// Ā = V (diag(λ̄) + F ∘ skew(Vᴴ V̄)) Vᴴ, F_ij = 1/(λ_j − λ_i): Hermitian. 4 to 6 n³ flops.
/// Eigenvalues within 10 n ε ‖A‖ of each other count as equal. They do no harm if λ̄ is the same for them and V̄ does not
/// change when their eigenvectors are rotated among themselves.
/// \throws RepeatedEigenvalue otherwise; GaugeDependent for complex T if L depends on the phase of an eigenvector;
///         InvalidArgument for a wrong shape, NaN or infinity.
/// \ref M. B. Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation
///      (2008), section 3.1; complex: S.-Q. Wan and S.-X. Zhang, arXiv:1909.02659.
template <Scalar T>
Eigen::MatrixX<T> vjp(const EighForward<T>& f, const std::type_identity_t<EighTangent<T>>& bar);

/// λ̇ = diag(S), V̇ = V (F ∘ S) with S = Vᴴ Ȧ V, Ȧ replaced by its Hermitian part. The phase is that with vᴴ v̇ = 0.
/// \throws RepeatedEigenvalue where the block of S that belongs to equal eigenvalues is not a multiple of the identity
///         (they part in different directions), or where their eigenvectors are asked for.
template <Scalar T>
EighTangent<T> jvp(const EighForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot,
                   const EighJvpOptions& options = {});

}  // namespace ritz::gradients
