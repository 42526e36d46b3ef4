// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/eigen/eigsh.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/gradients/error.hpp"

namespace ritz::gradients {

/// Eigenpairs A v = λ M v, vᴴ M v = 1, of a sparse Hermitian A, for derivatives. A and M are not owned.
///
/// What the k known pairs cannot tell: how near the nearest eigenvalue is that was not computed. A cluster that is cut
/// by the set of pairs shows only in the solves for eigenvectors, which then fail; derivatives of eigenvalues alone
/// take each known one for what it is. Ask eigsh for whole clusters, or for one pair more than is needed.
template <Scalar T>
struct [[nodiscard]] EigshForward {
    Eigen::VectorX<Real<T>> values;
    Eigen::MatrixX<T> vectors;
    CsrView<T> A;
    std::optional<CsrView<T>> M;
    double norm;  ///< ‖A‖∞ over the scale of M, by which equal eigenvalues are judged
};

/// Tangents or cotangents of both results; an empty one is zero.
template <Scalar T>
struct [[nodiscard]] EigshTangent {
    Eigen::VectorX<Real<T>> values = {};
    Eigen::MatrixX<T> vectors = {};
};

template <Scalar T>
struct [[nodiscard]] EigshCotangent {
    Csr<T> A_bar;  ///< on the pattern of A, Hermitian
    Csr<T> M_bar;  ///< on that of M; 0 × 0 where there is none
};

struct EigshJvpOptions {
    bool vectors = true;  ///< false: only eigenvalues, O(nnz k)
};

/// Takes the pairs that eigsh(A, k) or eigsh(A, M, k) found (not those of buckling mode).
/// \throws InvalidArgument if shapes do not fit.
template <Scalar T>
EigshForward<T> eigsh_pairs(const CsrView<T>& A, const EigshResult<T>& result);
template <Scalar T>
EigshForward<T> eigsh_pairs(const CsrView<T>& A, const CsrView<T>& M, const EigshResult<T>& result);
template <Scalar T>
void eigsh_pairs(const Csr<T>&& A, const EigshResult<T>& result) = delete;  // would dangle

/// On the pattern of A: Ā = Σ λ̄ᵢ vᵢ vᵢᴴ + yᵢ vᵢᴴ, its Hermitian part; on that of M: M̄ = −Σ λᵢ (λ̄ᵢ vᵢ vᵢᴴ + yᵢ vᵢᴴ) +
/// ½ Re(vᵢᴴ v̄ᵢ) vᵢ vᵢᴴ. Here yᵢ = Kᵢ v̄ᵢ with Kᵢ = Σ_{j ≠ i} vⱼ vⱼᴴ / (λᵢ − λⱼ): the known pairs as they stand, the
/// others by one factorisation of A − (λᵢ + δ) M for each i and refinement in the complement of the known vectors.
/// O(nnz k) where only eigenvalues have a cotangent.
/// \throws RepeatedEigenvalue as the dense eigh, among the known pairs; GaugeDependent; NoConvergence if the solve for
/// an
///         eigenvector does not reach 10⁻⁹ (10⁻³ in single precision) because an eigenvalue that was not computed lies
///         too near.
/// \ref R. B. Nelson, Simplified calculation of eigenvector derivatives, AIAA J. 14 (1976) 1201-1205; R. L. Dailey,
///      Eigenvector derivatives with repeated eigenvalues, AIAA J. 27 (1989) 486-491.
template <Scalar T>
EigshCotangent<T> vjp(const EigshForward<T>& f, const std::type_identity_t<EigshTangent<T>>& bar);

/// λ̇ᵢ = vᵢᴴ (Ȧ − λᵢ Ṁ) vᵢ and v̇ᵢ = Kᵢ (Ȧ − λᵢ Ṁ) vᵢ − ½ (vᵢᴴ Ṁ vᵢ) vᵢ, in the phase with vᴴ M v̇ real. A_dot and M_dot
/// are Hermitian of any pattern.
/// \throws RepeatedEigenvalue where this direction parts known equal eigenvalues, or where their vectors are asked for;
///         InvalidArgument; NoConvergence as above.
template <Scalar T>
EigshTangent<T> jvp(const EigshForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot,
                    const EigshJvpOptions& options = {});
template <Scalar T>
EigshTangent<T> jvp(const EigshForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot,
                    const std::type_identity_t<CsrView<T>>& M_dot, const EigshJvpOptions& options = {});

}  // namespace ritz::gradients
