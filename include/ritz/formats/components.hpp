// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Connected and strongly connected components of the graph of a square matrix.

#include <cstdint>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// Which stored entries a graph algorithm counts. `nonzero` is what the matrix is now; `stored` is right for a plan
/// that will be used with other values in the same places.
enum class Pattern : std::uint8_t { nonzero, stored };

struct Components {
    Index count = 0;
    Buffer<Index> label;  ///< of each vertex, in [0, count)
    Buffer<Index> sizes;  ///< vertices of each component
};

/// Components of the undirected graph of A + Aᵀ, numbered by their smallest vertex. Union–find; O(nnz α(n)) time, n
/// words of workspace.
/// \throws InvalidArgument if A is not square.
/// \ref R. E. Tarjan and J. van Leeuwen, J. ACM 31 (1984) 245-281 (path halving).
template <Order order, Scalar T>
[[nodiscard]] Components connected_components(const CompressedView<order, T>& A, Pattern pattern = Pattern::nonzero);

/// Strongly connected components of the graph with an edge i → j for each a_ij, numbered so that every edge leads to
/// the same or a higher component: A permuted by label is block upper triangular. O(n + nnz); not recursive.
/// \throws InvalidArgument if A is not square.
/// \ref R. E. Tarjan, SIAM J. Comput. 1 (1972) 146-160; I. S. Duff and J. K. Reid, ACM TOMS 4 (1978) 137-147.
template <Order order, Scalar T>
[[nodiscard]] Components strongly_connected_components(const CompressedView<order, T>& A,
                                                       Pattern pattern = Pattern::nonzero);

}  // namespace ritz
