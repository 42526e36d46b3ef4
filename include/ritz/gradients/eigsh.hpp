// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/eigen/eigsh.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/gradients/error.hpp"

/// \file
/// Derivatives of some eigenpairs A v = λ M v of sparse Hermitian matrices.
///
/// What they depend on that was not computed: the eigenvectors' derivatives have poles at the distances of each λ to
/// all other eigenvalues. Those among the k known ones are taken from the pairs; the nearest unknown one is found by
/// the solve with A − λM deflated by the known eigenvectors, and a distance that is rounding error is a
/// RepeatedEigenvalue whose second() is −1. Derivatives of eigenvalues alone need no solve, and nothing then looks
/// beyond the k pairs: where the cut between computed and other eigenvalues goes through a multiple one, that is not
/// noticed (ask for more pairs). That the pairs are those of `which` is eigsh's own proof; where two eigenvalues cross
/// the cut, `which` jumps.

namespace ritz::gradients {

/// The k pairs that eigsh found. vᵢᴴ M vⱼ = δᵢⱼ.
template <Scalar T>
struct [[nodiscard]] EigshForward {
    Eigen::VectorX<Real<T>> eigenvalues;  ///< ascending
    Eigen::MatrixX<T> eigenvectors;       ///< n × k
    Csr<T> A, M;                          ///< M is 0 × 0 for the identity
    Eigen::VectorXd uncertainty;          ///< of each eigenvalue: eigsh's error bound and rounding
    EigenReport report;
};

/// Tangents or cotangents of both results; an empty one is zero.
template <Scalar T>
struct [[nodiscard]] EigshTangent {
    Eigen::VectorX<Real<T>> eigenvalues = {};
    Eigen::MatrixX<T> eigenvectors = {};
};

template <Scalar T>
struct [[nodiscard]] EigshCotangent {
    Csr<T> A_bar;  ///< with exactly the pattern of A
    Csr<T> M_bar;  ///< with that of M; 0 × 0 for the identity
};

/// How (A − λM)⁺ is applied for the derivatives of eigenvectors.
enum class DeflatedSolve : std::uint8_t {
    automatic,  ///< bordered, unless its factors are predicted to pass max_memory_bytes
    bordered,  ///< LDLᵀ (LU in a build without MUMPS) of [A − λM, MV; (MV)ᴴ, 0], one factorisation for each pair
    minres,    ///< MINRES on A − λM, projected: products only
};

struct EigshDerivativeOptions {
    bool eigenvectors = true;  ///< of jvp; false: only eigenvalues, which needs no solve
    DeflatedSolve solve = DeflatedSolve::automatic;
    double rtol = 1e-12;               ///< of MINRES
    std::int64_t max_iterations = -1;  ///< of MINRES, as in Stop
    std::size_t max_memory_bytes = 0;  ///< of factors; 0: no limit
};

namespace detail {
template <Scalar T>
EigshForward<T> eigsh(const CsrView<T>& A, const CsrView<T>* M, Index k, const EigshOptions& options);
}  // namespace detail

/// k eigenpairs of a Hermitian A, ritz::eigsh. Their error is that of the derivatives times the gaps they see, so ask
/// for more than eigsh's usual digits: rtol is 10⁻¹³ unless options are given. \throws what that throws; NoConvergence
/// if it finds fewer pairs than k, or its count says that some were missed.
template <class A>
requires(std::derived_from<A, CsrView<typename A::value_type>>)
    EigshForward<typename A::value_type> eigsh(const A& a, Index k, const EigshOptions& options = {.rtol = 1e-13}) {
    return detail::eigsh<typename A::value_type>(a, nullptr, k, options);
}

/// The same of A v = λ M v, M Hermitian positive definite. (Not for buckling mode: InvalidArgument.)
template <class A>
requires(std::derived_from<A, CsrView<typename A::value_type>>) EigshForward<typename A::value_type> eigsh(
    const A& a, const std::type_identity_t<CsrView<typename A::value_type>>& M, Index k,
    const EigshOptions& options = {.rtol = 1e-13}) {
    return detail::eigsh<typename A::value_type>(a, &M, k, options);
}

/// Ā and M̄, Hermitian, on the patterns. With X = Vᴴ V̄, known pairs contribute V S Vᴴ as eigh's vjp does,
/// S = diag(λ̄) + F ∘ skew(X), and M̄ = −V (½(λᵢ + λⱼ) ∘ S + ½ herm(X)) Vᴴ; the rest of the spectrum contributes
/// −herm(zᵢ vᵢᴴ) and λᵢ herm(zᵢ vᵢᴴ) with zᵢ = (A − λᵢM)⁺ v̄ᵢ. O(k nnz), and a deflated solve for each column of the
/// eigenvectors' cotangent that is not zero (in double for every T).
///
/// Known eigenvalues whose distance is within their uncertainty count as equal. They do no harm if λ̄ is the same for
/// them and L does not change when their eigenvectors are rotated among themselves.
/// \throws RepeatedEigenvalue otherwise, and if an eigenvalue that was not computed (second() = −1) is that near and
///         eigenvectors matter; GaugeDependent for complex T if L depends on the phase of an eigenvector; NoConvergence
///         if a deflated system is not solved to a small residual; InvalidArgument for a wrong shape, NaN or infinity.
/// \ref R. L. Fox and M. P. Kapoor, Rates of change of eigenvalues and eigenvectors, AIAA J. 6 (1968) 2426-2429;
///      R. B. Nelson, Simplified calculation of eigenvector derivatives, AIAA J. 14 (1976) 1201-1205 (the bordered
///      system in place of other eigenvectors).
template <Scalar T>
EigshCotangent<T> vjp(const EigshForward<T>& f, const std::type_identity_t<EigshTangent<T>>& bar,
                      const EigshDerivativeOptions& options = {});

/// λ̇ᵢ = vᵢᴴ (Ȧ − λᵢṀ) vᵢ, and v̇ᵢ of the phase with Im vᵢᴴ M v̇ᵢ = 0, from the Hermitian parts of A_dot and M_dot, which
/// may have any pattern; an empty one (0 × 0) is zero. \throws as vjp; RepeatedEigenvalue for equal eigenvalues that
/// part in this direction, or whose eigenvectors are asked for.
template <Scalar T>
EigshTangent<T> jvp(const EigshForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot,
                    const std::type_identity_t<CsrView<T>>& M_dot, const EigshDerivativeOptions& options = {});
template <Scalar T>
EigshTangent<T> jvp(const EigshForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot,
                    const EigshDerivativeOptions& options = {}) {
    return jvp(f, A_dot, Csr<T>(), options);
}

}  // namespace ritz::gradients
