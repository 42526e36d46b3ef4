// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// How many eigenvalues of a Hermitian matrix (of a pencil A − λ M) lie in an interval, without computing any.

#include <atomic>
#include <cstddef>
#include <optional>

#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

struct CountOptions {
    std::size_t max_memory_bytes = 0;           ///< of factors; 0: no limit
    const std::atomic<bool>* cancel = nullptr;  ///< looked at between the stages of a factorisation
};

struct EigenvalueCount {
    Index count = 0;
    /// The ends that were counted at: those asked for, unless one is an eigenvalue to rounding. It is then moved
    /// outwards by little more than the rounding error of the factorisation, so that such an eigenvalue is counted.
    double low = 0, high = 0;
};

/// The number of eigenvalues in [low, high], multiple ones counted as often as they are: by the inertia of
/// A − low·M and A − high·M. -infinity and +infinity are ends as well, without a factorisation.
///
/// Exact for a pencil within rounding of the given one. Two factorisations; by LDLᵀ where this build has it.
/// \throws InvalidArgument if A or M is not square or not Hermitian, has a NaN or an infinity, or low > high; NaN
///         ends; NotPositiveDefinite if M is not positive semidefinite as far as that is seen; LimitExceeded;
///         Interrupted; Unsupported without LDLᵀ for indefinite matrices.
/// \ref B. N. Parlett, The Symmetric Eigenvalue Problem (1998), section 3.3; Grimes, Lewis and Simon (1994).
template <Scalar T>
EigenvalueCount count_eigenvalues(const CsrView<T>& A, double low, double high, const CountOptions& options = {});
template <Scalar T>
EigenvalueCount count_eigenvalues(const CsrView<T>& A, const CsrView<T>& M, double low, double high,
                                  const CountOptions& options = {});

}  // namespace ritz
