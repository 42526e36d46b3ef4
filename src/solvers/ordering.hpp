// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Fill-reducing orderings of a symmetric graph, by the libraries that have them.

#include <optional>
#include <span>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"

namespace ritz::detail {

/// A symmetric graph: the neighbours of i are adjacency[indptr[i]] … adjacency[indptr[i+1]-1], both directions of each
/// edge, no loops, no duplicates.
struct GraphView {
    Index n = 0;
    std::span<const Offset> indptr;
    std::span<const Index> adjacency;
};

/// Approximate minimum degree: order[k] is the vertex eliminated k-th. \throws OutOfMemory.
/// \ref P. R. Amestoy, T. A. Davis, I. S. Duff, ACM TOMS 30 (2004) 381-388.
Buffer<Index> amd_ordering(const GraphView& G);

/// Nested dissection by METIS; nothing if this build of the libraries has none or the graph is too large for it. Cannot
/// be interrupted. It looks at the neighbours before each vertex alone, so that the rows of a matrix with its diagonal
/// are a graph to it. One call at a time: METIS draws from the C library's random numbers, which it seeds, and catches
/// signals with handlers of its own while it runs.
/// \ref G. Karypis, V. Kumar, SIAM J. Sci. Comput. 20 (1998) 359-392.
std::optional<Buffer<Index>> metis_ordering(const GraphView& G);

}  // namespace ritz::detail
