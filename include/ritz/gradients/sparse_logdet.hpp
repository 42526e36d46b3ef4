// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/solvers/cholesky.hpp"

namespace ritz::gradients {

/// log det A of a Hermitian positive definite sparse A, and the entries of A⁻¹ on the pattern of A.
template <Scalar T>
struct [[nodiscard]] SparseLogdetForward {
    Real<T> logdet;
    Csr<T> inverse_entries;
};

/// log det A and its gradient by the selected inverse, from the Cholesky factor F of A: about twice the cost of F, and
/// never a dense inverse.
/// \throws InvalidArgument if A has not the shape of F or an entry where L + Lᴴ has none; LimitExceeded on overflow.
/// \ref see solvers/selected_inverse.hpp
template <Scalar T>
SparseLogdetForward<T> logdet(const Cholesky<T>& F, const CsrView<T>& A);

/// Ā = l̄ A⁻¹ on the pattern of A. It is Hermitian.
template <Scalar T>
Csr<T> vjp(const SparseLogdetForward<T>& f, std::type_identity_t<Real<T>> logdet_bar);

/// tr(A⁻¹ Ȧ), for an A_dot whose entries lie in the pattern of A: O(nnz). Of A_dot the Hermitian part counts.
/// \throws InvalidArgument if A_dot has an entry that is not zero outside of the pattern.
template <Scalar T>
Real<T> jvp(const SparseLogdetForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot);

/// tr(A⁻¹ B) for any sparse B whose pattern lies in that of L + Lᴴ, by the selected inverse on it.
/// \throws InvalidArgument as logdet.
template <Scalar T>
T trace_of_inverse_times(const Cholesky<T>& F, const std::type_identity_t<CsrView<T>>& B);

}  // namespace ritz::gradients
