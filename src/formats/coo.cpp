// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/coo.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/convert.hpp"

namespace ritz {

namespace {

void check_range(std::span<const Index> indices, Index bound, const char* what) {
    for (std::size_t k = 0; k < indices.size(); ++k)
        if (indices[k] < 0 || indices[k] >= bound)
            throw InvalidArgument("Coo: entry " + std::to_string(k) + ": " + what + " index " +
                                  std::to_string(indices[k]) + " is not in [0, " + std::to_string(bound) + ")");
}

}  // namespace

template <Scalar T>
Coo<T>::Coo(Index rows, Index cols) : rows_(rows), cols_(cols) {
    detail::require(rows >= 0 && cols >= 0, "Coo: rows and cols must not be negative");
}

template <Scalar T>
Coo<T>::Coo(Index rows, Index cols, Buffer<Index> row_indices, Buffer<Index> col_indices, Buffer<T> values)
    : Coo(rows, cols) {
    detail::require(row_indices.size() == values.size() && col_indices.size() == values.size(),
                    "Coo: row_indices, col_indices and values must have equal lengths");
    check_range(row_indices, rows, "row");
    check_range(col_indices, cols, "column");
    row_indices_ = std::move(row_indices);
    col_indices_ = std::move(col_indices);
    values_ = std::move(values);
}

template <Scalar T>
void Coo<T>::reserve(Offset entries) {
    detail::require(entries >= 0, "Coo::reserve: the number of entries must not be negative");
    row_indices_.reserve(static_cast<std::size_t>(entries));
    col_indices_.reserve(static_cast<std::size_t>(entries));
    values_.reserve(static_cast<std::size_t>(entries));
}

template <Scalar T>
void Coo<T>::add(Index i, Index j, T value) {
    if (i < 0 || i >= rows_ || j < 0 || j >= cols_)
        throw InvalidArgument("Coo::add: (" + std::to_string(i) + ", " + std::to_string(j) + ") lies outside a " +
                              std::to_string(rows_) + " x " + std::to_string(cols_) + " matrix");
    row_indices_.push_back(i);
    col_indices_.push_back(j);
    values_.push_back(value);
}

template <Scalar T>
void Coo<T>::append(std::span<const Index> row_indices, std::span<const Index> col_indices, VectorView<T> values) {
    detail::require(row_indices.size() == values.size() && col_indices.size() == values.size(),
                    "Coo::append: row_indices, col_indices and values must have equal lengths");
    check_range(row_indices, rows_, "row");
    check_range(col_indices, cols_, "column");
    row_indices_.insert(row_indices_.end(), row_indices.begin(), row_indices.end());
    col_indices_.insert(col_indices_.end(), col_indices.begin(), col_indices.end());
    values_.insert(values_.end(), values.begin(), values.end());
}

template <Scalar T>
void Coo<T>::append(const Coo& other) {
    detail::require(rows_ == other.rows_ && cols_ == other.cols_,
                    "Coo::append: both builders must have the same shape");
    if (this == &other) return append(Coo(other));  // inserting a range of a vector into itself is undefined
    append(other.row_indices(), other.col_indices(), other.values());
}

template <Scalar T>
void Coo<T>::add_block(std::span<const Index> rows, std::span<const Index> cols, VectorView<T> block) {
    detail::require(block.size() == rows.size() * cols.size(),
                    "Coo::add_block: the block must have rows.size() * cols.size() elements");
    for (const Index i : rows) detail::require(i < rows_, "Coo::add_block: a row index lies outside the matrix");
    for (const Index j : cols) detail::require(j < cols_, "Coo::add_block: a column index lies outside the matrix");
    for (std::size_t q = 0; q < cols.size(); ++q) {
        if (cols[q] < 0) continue;
        for (std::size_t p = 0; p < rows.size(); ++p) {
            if (rows[p] < 0) continue;
            row_indices_.push_back(rows[p]);
            col_indices_.push_back(cols[q]);
            values_.push_back(block[p + q * rows.size()]);
        }
    }
}

template <Scalar T>
Offset Coo<T>::merge_duplicates() {
    const Offset before = nnz();
    *this = to_coo(to_csr(*this));
    return before - nnz();
}

#define RITZ_INSTANTIATE(T) template class Coo<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
