// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Diagonals and triangles of matrices, and matrices made of diagonals. Diagonal k of a matrix is the elements
/// (i, i + k): 0 is the main one, k > 0 lies above it, k < 0 below, as in NumPy and SciPy. Any k is legal; beyond the
/// matrix a diagonal is empty.

#include <initializer_list>
#include <span>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// The elements on and below diagonal k. O(nnz). Explicit zeros stay stored.
template <Order order, Scalar T>
Compressed<order, T> tril(const CompressedView<order, T>& A, Index k = 0);

/// The elements on and above diagonal k. O(nnz). Explicit zeros stay stored.
template <Order order, Scalar T>
Compressed<order, T> triu(const CompressedView<order, T>& A, Index k = 0);

/// The elements of diagonal k, zeros where nothing is stored. O(min(rows, cols) · log of the slice lengths).
template <Order order, Scalar T>
Eigen::VectorX<T> diagonal(const CompressedView<order, T>& A, Index k = 0);

/// One diagonal of a matrix to be made: its number and its elements, or one number for all of them.
template <Scalar T>
struct Diagonal {
    Diagonal(Index offset_, VectorView<T> values_) : offset(offset_), values(values_) {}
    Diagonal(Index offset_, T constant_) : offset(offset_), is_constant(true), constant(constant_) {}

    Index offset;
    VectorView<T> values{};  ///< its first element goes to row max(0, -offset), column max(0, offset)
    bool is_constant = false;
    T constant{};
};

/// The matrix with the given diagonals, as scipy.sparse.diags makes it (not spdiags: elements are counted from where
/// the diagonal enters the matrix).
///
///     diags<double>(n, n, {{-1, -1.0}, {0, 2.0}, {1, -1.0}});    // the second difference matrix
///     diags<double>(n, n, {{0, d}});                             // diag(d)
///
/// `values` has as many elements as the diagonal has, or one, which is then repeated. Diagonals come in any order.
/// Every element of a named diagonal is stored, zeros too. O(nnz + major · log(diagonals)).
/// \throws InvalidArgument if a shape is negative, a length does not fit, a diagonal lies outside of the matrix, or is
///         named twice.
template <Scalar T, Order order = Order::row>
Compressed<order, T> diags(Index rows, Index cols, std::span<const Diagonal<T>> diagonals);
template <Scalar T, Order order = Order::row>
Compressed<order, T> diags(Index rows, Index cols, std::initializer_list<Diagonal<T>> diagonals) {
    return diags<T, order>(rows, cols, std::span<const Diagonal<T>>(diagonals.begin(), diagonals.size()));
}

/// Ones on diagonal k of a rows × cols matrix, zero elsewhere; an empty matrix when k lies outside.
/// \throws InvalidArgument if rows or cols is negative.
template <Scalar T, Order order = Order::row>
Compressed<order, T> eye(Index rows, Index cols, Index k = 0);

/// The identity matrix of order n. \throws InvalidArgument if n is negative.
template <Scalar T, Order order = Order::row>
Compressed<order, T> identity(Index n) {
    return eye<T, order>(n, n);
}

}  // namespace ritz
