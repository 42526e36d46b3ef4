// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"

namespace ritz {

/// Builder of sparse matrices: triplets (row, column, value) in any order. Entries at the same place add up when
/// the matrix is converted (to_csr, to_csc), in the order in which they were added.
///
///     Coo<double> K(n, n);
///     for (element e : mesh) K.add_block(e.dofs, e.dofs, e.stiffness);   // assembly
///     Csr<double> A = to_csr(K);
///
/// One builder is for one thread; threads fill their own and `append` joins them.
template <Scalar T>
class Coo {
public:
    using value_type = T;

    /// \throws InvalidArgument if rows or cols is negative.
    Coo(Index rows, Index cols);

    /// From triplet arrays of equal lengths, checked in O(nnz).
    /// \throws InvalidArgument if lengths differ or an index is out of range.
    Coo(Index rows, Index cols, Buffer<Index> row_indices, Buffer<Index> col_indices, Buffer<T> values);

    Index rows() const noexcept { return rows_; }
    Index cols() const noexcept { return cols_; }
    Offset nnz() const noexcept { return static_cast<Offset>(values_.size()); }  ///< entries, duplicates counted each

    std::span<const Index> row_indices() const noexcept { return row_indices_; }
    std::span<const Index> col_indices() const noexcept { return col_indices_; }
    VectorView<T> values() const noexcept { return {values_.data(), values_.size()}; }

    void reserve(Offset entries);

    /// Adds `value` at (i, j). \throws InvalidArgument if i or j is out of range.
    void add(Index i, Index j, T value);

    /// Adds triplets in bulk. \throws InvalidArgument if lengths differ or an index is out of range (nothing is added
    /// then).
    void append(std::span<const Index> row_indices, std::span<const Index> col_indices, VectorView<T> values);

    /// Adds all entries of another builder of the same shape. \throws InvalidArgument if the shapes differ.
    void append(const Coo& other);

    /// Adds a dense block: block[p + q·rows.size()] at (rows[p], cols[q]) (column-major, as Eigen stores it).
    /// A negative index skips its row or column, which is how constrained unknowns are left out.
    /// \throws InvalidArgument if the block's size is not rows.size()·cols.size() or an index is too large.
    void add_block(std::span<const Index> rows, std::span<const Index> cols, VectorView<T> block);

    /// Sorts the entries by row and column and adds up those at the same place.
    /// Returns how many entries that removed. O(nnz + rows + cols); see to_csr.
    Offset merge_duplicates();

private:
    Index rows_, cols_;
    Buffer<Index> row_indices_, col_indices_;
    Buffer<T> values_;
};

}  // namespace ritz
