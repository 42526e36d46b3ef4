// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Products with tall matrices, whose columns are vectors: the dense work of block eigensolvers. Rows are taken in
/// panels of fixed height that stay in cache, so each matrix is read from memory once; a panel is multiplied in tiles
/// of registers. Parallel; the same bits for any number of threads, sums being formed over fixed pieces and added in
/// order. Shapes are the caller's to keep, and arguments must not overlap unless it is said that they may.

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"

namespace ritz::eigen {

template <Scalar T>
using ConstBlock = Eigen::Ref<const Eigen::MatrixX<T>>;
template <Scalar T>
using Block = Eigen::Ref<Eigen::MatrixX<T>>;

/// Vᴴ W: (n × m)ᴴ times n × c. 2 n m c flops (complex: 8). V and W may be the same.
template <Scalar T>
[[nodiscard]] Eigen::MatrixX<T> gram(const ConstBlock<T>& V, const ConstBlock<T>& W);

/// W ← W − V H, H m × c.
template <Scalar T>
void subtract_product(const ConstBlock<T>& V, const Eigen::MatrixX<T>& H, Block<T> W);

/// out ← V Y, Y m × c.
template <Scalar T>
void multiply(const ConstBlock<T>& V, const Eigen::MatrixX<T>& Y, Block<T> out);

/// The first Y.cols() columns of V ← V Y, Y.cols() ≤ V.cols() = Y.rows(). The other columns keep what they had.
template <Scalar T>
void multiply_in_place(Block<T> V, const Eigen::MatrixX<T>& Y);

}  // namespace ritz::eigen
