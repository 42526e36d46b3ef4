// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <complex>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients {

/// A V = V diag(λ) of a general matrix, complex for real A as well.
template <Scalar T>
struct [[nodiscard]] EigForward {
    using Complex = std::complex<Real<T>>;
    Eigen::VectorX<Complex> eigenvalues;
    Eigen::MatrixX<Complex> eigenvectors;  ///< columns of norm 1
    Eigen::MatrixX<Complex> inverse;       ///< V⁻¹: its rows are the left eigenvectors with wᵢ vᵢ = 1
    double norm;                           ///< ‖A‖, by which equal eigenvalues are judged
};

/// Tangents or cotangents of both results; an empty one is zero.
template <Scalar T>
struct [[nodiscard]] EigTangent {
    Eigen::VectorX<std::complex<Real<T>>> eigenvalues = {};
    Eigen::MatrixX<std::complex<Real<T>>> eigenvectors = {};
};

struct EigJvpOptions {
    bool eigenvectors = true;  ///< false: only eigenvalues
};

namespace detail {
template <Scalar T>
EigForward<T> eig(linalg::Matrix<T> A);
}  // namespace detail

/// All eigenvalues and eigenvectors of an n × n matrix, linalg::eig, and V⁻¹ (2n³ flops more).
/// \throws what that throws; IllConditioned or SingularMatrix if V is: A is defective, exactly or to rounding, and its
///         eigenvalues have no derivative.
template <linalg::Dense A>
EigForward<linalg::ScalarOf<A>> eig(const A& a) {
    using T = linalg::ScalarOf<A>;
    return detail::eig<T>(linalg::detail::as<T>(a));
}

/// Ā = V⁻ᴴ (diag(λ̄) + conj(F) ∘ (Vᴴ W)) Vᴴ with F_ij = 1/(λ_j − λ_i) and W = V̄ − V diag(Vᴴ V̄), which keeps columns at
/// norm 1; its real part where A is real. 8n³ complex flops.
/// Eigenvalues i, j within 10 n ε ‖A‖ max(κ_i, κ_j) of each other count as equal, κ_i = ‖row i of V⁻¹‖ the condition
/// number of λ_i. They do no harm if λ̄ is the same for them and L does not depend on their single eigenvectors.
/// \throws RepeatedEigenvalue otherwise; GaugeDependent if L depends on the phase of an eigenvector.
/// \ref C. Boeddeker, P. Hanebrink, L. Drude, J. Heymann, R. Haeb-Umbach, On the computation of complex-valued
/// gradients
///      with application to statistically optimum beamforming, arXiv:1701.00392 (2017), section 4.6.
template <Scalar T>
Eigen::MatrixX<T> vjp(const EigForward<T>& f, const std::type_identity_t<EigTangent<T>>& bar);

/// λ̇ = diag(G), V̇ = V (F ∘ G) minus its part along each v: vᴴ v̇ = 0, with G = V⁻¹ Ȧ V.
/// \throws RepeatedEigenvalue as eigh's.
template <Scalar T>
EigTangent<T> jvp(const EigForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot,
                  const EigJvpOptions& options = {});

}  // namespace ritz::gradients
