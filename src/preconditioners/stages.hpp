// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Orders of the unknowns in which stages of them are independent of each other.

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

/// Stage s is the unknowns order[starts[s]] … order[starts[s+1]-1], increasing; no two of them are neighbours in the
/// graph of A + Aᵀ.
struct Stages {
    Buffer<Index> order, starts;
    Index count() const { return static_cast<Index>(starts.size()) - 1; }
};

/// Levels: of two neighbours, the one with the smaller number is in the earlier stage. O(nnz).
template <Scalar T>
Stages level_stages(const CsrView<T>& A);

/// Colours by the greedy rule in natural order: at most one more than the largest degree. O(nnz).
/// \ref Saad (2003), algorithm 3.6.
template <Scalar T>
Stages colour_stages(const CsrView<T>& A);

}  // namespace ritz::detail
