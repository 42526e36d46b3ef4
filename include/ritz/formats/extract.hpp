// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Parts and permutations of matrices, and matrices with entries left out. Results have the storage order of their
/// argument. Index lists are read as NumPy reads them: any order, repetitions allowed.

#include <span>
#include <type_traits>
#include <vector>

#include "ritz/formats/compressed.hpp"

namespace ritz {

/// Row i as a 1 × cols matrix. O(entries of the row) for a CSR (plus cols + 1 pointers for a CSC, rows·log there).
/// \throws InvalidArgument if i is out of range.
template <Order order, Scalar T>
Compressed<order, T> row(const CompressedView<order, T>& A, Index i);

/// Column j as a rows × 1 matrix. \throws InvalidArgument if j is out of range.
template <Order order, Scalar T>
Compressed<order, T> column(const CompressedView<order, T>& A, Index j);

/// The rows of `list`, in its order: A[list, :]. O(nnz(result) + cols) for a CSR, O(nnz + nnz(result) + rows) for a
/// CSC (entries of a slice are brought into order by an insertion or radix sort).
/// \throws InvalidArgument if an index is out of range; LimitExceeded if the list is longer than 2³¹-1.
template <Order order, Scalar T>
Compressed<order, T> rows(const CompressedView<order, T>& A, std::span<const Index> list);

/// The columns of `list`, in its order: A[:, list].
template <Order order, Scalar T>
Compressed<order, T> columns(const CompressedView<order, T>& A, std::span<const Index> list);

/// Indices begin, begin + 1, …, end - 1.
struct IndexRange {
    Index begin = 0, end = 0;
};

/// A[rows, :][:, cols] for index lists. O(entries of the chosen slices + nnz(result) + rows + cols).
/// \throws InvalidArgument if an index is out of range; LimitExceeded if a list is longer than 2³¹-1.
template <Order order, Scalar T>
Compressed<order, T> submatrix(const CompressedView<order, T>& A, std::span<const Index> row_list,
                               std::span<const Index> column_list);

/// A[rows.begin : rows.end, cols.begin : cols.end]. O(major of the result · log + nnz(result)).
/// \throws InvalidArgument unless 0 ≤ begin ≤ end ≤ the dimension, for both.
template <Order order, Scalar T>
Compressed<order, T> submatrix(const CompressedView<order, T>& A, IndexRange row_range, IndexRange column_range);

/// P A Q, B(i, j) = A(p[i], q[j]): row p[i] of A becomes row i. O(nnz + rows + cols), parallel.
/// \throws InvalidArgument unless p is a permutation of 0 … rows-1 and q one of 0 … cols-1.
template <Order order, Scalar T>
Compressed<order, T> permute(const CompressedView<order, T>& A, std::span<const Index> p, std::span<const Index> q);

/// P A, B(i, j) = A(p[i], j).
template <Order order, Scalar T>
Compressed<order, T> permute_rows(const CompressedView<order, T>& A, std::span<const Index> p);

/// A Q, B(i, j) = A(i, q[j]).
template <Order order, Scalar T>
Compressed<order, T> permute_columns(const CompressedView<order, T>& A, std::span<const Index> q);

/// P A Pᵀ, B(i, j) = A(p[i], p[j]): a renumbering of unknowns; symmetry and diagonal are kept.
/// \throws InvalidArgument if A is not square or p is not a permutation of its indices.
template <Order order, Scalar T>
Compressed<order, T> permute_symmetric(const CompressedView<order, T>& A, std::span<const Index> p);

/// p⁻¹: the q with q[p[i]] = i. permute(permute(A, p, q), p⁻¹, q⁻¹) is A.
/// \throws InvalidArgument unless p is a permutation of 0 … p.size()-1.
std::vector<Index> inverse_permutation(std::span<const Index> p);

/// What the threshold of drop_small is multiplied by.
enum class DropScale {
    one,            ///< nothing: the threshold is absolute
    row_norm,       ///< ‖row i‖∞
    column_norm,    ///< ‖column j‖∞
    row_norm2,      ///< ‖row i‖₂
    matrix_norm,    ///< max |a_ij|
    diagonal_mean,  ///< √(|a_ii| |a_jj|), the strength of connection of algebraic multigrid (square A)
};

struct DropOptions {
    double threshold = 0;  ///< an entry with |a_ij| ≤ threshold · scale goes; not negative, not NaN
    DropScale scale = DropScale::one;
    bool keep_diagonal = true;  ///< stored diagonal entries stay whatever their size
};

/// A without its small entries; NaN stays. O(nnz).
/// \throws InvalidArgument if the threshold is negative or NaN, or diagonal_mean is asked of a rectangular matrix.
template <Order order, Scalar T>
Compressed<order, T> drop_small(const CompressedView<order, T>& A, const DropOptions& options);

/// A without entries that are exactly zero (diagonal ones, too). O(nnz).
template <Order order, Scalar T>
Compressed<order, T> remove_zeros(const CompressedView<order, T>& A);

}  // namespace ritz
