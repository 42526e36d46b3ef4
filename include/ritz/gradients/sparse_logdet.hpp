// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/solve.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz::gradients {

struct SparseLogdetOptions {
    Ordering ordering = Ordering::automatic;
    linalg::OnIllConditioned on_ill_conditioned = linalg::OnIllConditioned::raise;
};

/// log det A of a Hermitian positive definite A, and A⁻¹ where A has entries.
template <Scalar T>
struct [[nodiscard]] SparseLogdetForward {
    Real<T> logdet;
    Csr<T> inverse;  ///< Hermitian, with the pattern of A
    double rcond;    ///< of the equilibrated A, estimated; NaN with OnIllConditioned::accept
};

namespace detail {
template <Scalar T>
SparseLogdetForward<T> logdet(const CsrView<T>& A, const SparseLogdetOptions& options);
}  // namespace detail

/// log det A of a sparse Hermitian positive definite A, stored fully: one Cholesky factorisation of the equilibrated
/// matrix and the selected inverse, at about twice its cost; A⁻¹ is never formed. Computed in double for every T. Both
/// are checked: the factors by the residual of a random system, the inverse by (A⁻¹ A)ᵢᵢ = 1 for every i, which needs
/// the entries on the pattern only.
/// \throws InvalidArgument if A is not square, finite and exactly Hermitian; NotPositiveDefinite; IllConditioned if no
///         digit of A⁻¹ is certain, or a check fails.
/// \ref A. M. Erisman and W. F. Tinney, On computing certain elements of the inverse of a sparse matrix, CACM 18 (1975)
///      177-179.
template <class M>
requires(std::derived_from<M, CsrView<typename M::value_type>>)
    SparseLogdetForward<typename M::value_type> logdet(const M& A, const SparseLogdetOptions& options = {}) {
    return detail::logdet<typename M::value_type>(A, options);
}

/// Ā = l̄ A⁻¹ where A has entries: Hermitian. O(nnz).
template <Scalar T>
Csr<T> vjp(const SparseLogdetForward<T>& f, std::type_identity_t<Real<T>> logdet_bar);

/// tr(A⁻¹ Ȧ) with the Hermitian part of Ȧ. \throws InvalidArgument if A_dot has an entry where A has none.
template <Scalar T>
Real<T> jvp(const SparseLogdetForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot);

}  // namespace ritz::gradients
