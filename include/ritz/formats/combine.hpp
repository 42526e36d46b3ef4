// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Large matrices out of smaller ones. Linear in the entries; explicit zeros stay stored.

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "ritz/formats/compressed.hpp"

namespace ritz {

/// [A₁ A₂ …], side by side. `hstack({A, B})`, or a vector of views when their number is not known beforehand.
/// No block at all gives the 0 × 0 matrix.
/// \throws InvalidArgument if the numbers of rows differ; LimitExceeded if the result has more than 2³¹-1 columns.
template <Order order, Scalar T>
Compressed<order, T> hstack(const std::vector<CompressedView<order, T>>& blocks);
template <Order order, Scalar T>
Compressed<order, T> hstack(std::initializer_list<CompressedView<order, T>> blocks) {
    return hstack(std::vector<CompressedView<order, T>>(blocks));
}

/// [A₁; A₂; …], one above the other.
/// \throws InvalidArgument if the numbers of columns differ; LimitExceeded if the result has more than 2³¹-1 rows.
template <Order order, Scalar T>
Compressed<order, T> vstack(const std::vector<CompressedView<order, T>>& blocks);
template <Order order, Scalar T>
Compressed<order, T> vstack(std::initializer_list<CompressedView<order, T>> blocks) {
    return vstack(std::vector<CompressedView<order, T>>(blocks));
}

/// Rows of blocks; an empty optional is a block of zeros.
template <Order order, Scalar T>
using BlockGrid = std::vector<std::vector<std::optional<CompressedView<order, T>>>>;

/// The matrix of a grid of blocks. A saddle point system:
///
///     Csr<double> K = block_matrix<Order::row, double>({{A, Bt}, {B, {}}});
///
/// Every row of blocks takes its height, every column its width, from the blocks it has.
/// \throws InvalidArgument if rows of the grid have different lengths, blocks do not fit together, or a row or column
///         of blocks is empty altogether; LimitExceeded if a dimension passes 2³¹-1.
template <Order order, Scalar T>
Compressed<order, T> block_matrix(const BlockGrid<order, T>& grid);

/// diag(A₁, A₂, …): blocks along the diagonal, which need not be square.
/// \throws LimitExceeded if a dimension passes 2³¹-1.
template <Order order, Scalar T>
Compressed<order, T> block_diagonal(const std::vector<CompressedView<order, T>>& blocks);
template <Order order, Scalar T>
Compressed<order, T> block_diagonal(std::initializer_list<CompressedView<order, T>> blocks) {
    return block_diagonal(std::vector<CompressedView<order, T>>(blocks));
}

}  // namespace ritz
