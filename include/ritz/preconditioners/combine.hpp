// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Preconditioners made of others. A stale factorisation, one of a neighbouring matrix or in lower precision, needs
/// nothing from here: `Preconditioner<T>(std::move(factorisation), "stale lu")` takes it, as it takes a lambda in a
/// MatrixFree.

#include <type_traits>
#include <vector>

#include "ritz/operators/linear_operator.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

/// α M⁻¹. Positive definite when M is and α > 0, Hermitian when M is and α is real.
template <Scalar T>
[[nodiscard]] Preconditioner<T> scaled(std::type_identity_t<T> alpha, Preconditioner<T> M);

/// M⁻¹ = Σ_k M_k⁻¹: all parts see the same residual. Positive definite (Hermitian) when all parts are.
/// \throws InvalidArgument if there is no part, one is empty, or their orders differ.
template <Scalar T>
[[nodiscard]] Preconditioner<T> additive(std::vector<Preconditioner<T>> parts);

struct MultiplicativeOptions {
    /// Goes through the parts and back, the last one once. M⁻¹ is then Hermitian when A and the parts are.
    bool symmetric = false;
};

/// Each part sees the residual that those before it have left:
///
///     z ← M₁⁻¹ r;   z ← z + M₂⁻¹ (r - A z);   …
///
/// One product with A for each part but the first. A is referred to, not copied: it must outlive the result.
/// \throws InvalidArgument as for additive, or if A has another order.
/// \ref Y. Saad, Iterative Methods for Sparse Linear Systems, 2nd ed. (2003), section 14.3.1.
template <Scalar T>
[[nodiscard]] Preconditioner<T> multiplicative(LinearOperatorRef<std::type_identity_t<T>> A,
                                               std::vector<Preconditioner<T>> parts,
                                               const MultiplicativeOptions& options = {});

}  // namespace ritz
