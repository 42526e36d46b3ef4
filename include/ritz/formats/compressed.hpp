// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Compressed sparse matrices: `Csr<T>` and `Csc<T>`, and the views `CsrView<T>` and `CscView<T>` over arrays that
/// somebody else owns. docs/adr/0002-matrix-invariants.md, docs/adr/0003-views-and-owners.md.

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"

namespace ritz {

enum class Order { row, column };

namespace detail {
/// Tag of the constructors that trust their arguments: for the library's own kernels, which produce I1-I3.
struct Trusted {};
}  // namespace detail

/// A sparse matrix in compressed storage, not owned: CSR (`Order::row`) or CSC (`Order::column`).
///
/// CSR of A and CSC of Aᵀ are the same three arrays, so they are one class. "Major" is the compressed dimension
/// (rows of a CSR), "minor" the other one; slice i is the entries indptr[i] … indptr[i+1]-1. For every object:
///
///   I1  indptr has major() + 1 entries, starts at 0, never decreases, ends at nnz();
///   I2  indices and values have nnz() entries; 0 ≤ indices[k] < minor();
///   I3  inside each slice the indices strictly increase (sorted, no duplicates).
///
///     ⎡ 1 0 2 ⎤   CSR  indptr 0 2 3   indices 0 2 | 1     values 1 2 | 3
///     ⎣ 0 3 0 ⎦   CSC  indptr 0 1 2 3 indices 0 | 1 | 0   values 1 | 3 | 2
///
/// Algorithms take views by value (five words); an owner is a view, so it is passed as it is. The arrays must
/// outlive the view.
template <Order order_, Scalar T>
class CompressedView {
public:
    using value_type = T;
    static constexpr Order order = order_;

    /// A view of foreign arrays. Checks I1-I3 in O(nnz).
    /// \throws InvalidArgument naming the first invariant that fails and where.
    CompressedView(Index rows, Index cols, std::span<const Offset> indptr, std::span<const Index> indices,
                   VectorView<T> values);

    /// The same with 32-bit pointers, which are widened into memory that the view and its copies share: O(major()).
    CompressedView(Index rows, Index cols, std::span<const std::int32_t> indptr, std::span<const Index> indices,
                   VectorView<T> values);

    CompressedView(detail::Trusted, Index rows, Index cols, const Offset* indptr, const Index* indices,
                   const T* values) noexcept
        : rows_(rows), cols_(cols), indptr_(indptr), indices_(indices), values_(values) {}

    CompressedView(const CompressedView&) = default;

    Index rows() const noexcept { return rows_; }
    Index cols() const noexcept { return cols_; }
    Index major() const noexcept { return order == Order::row ? rows_ : cols_; }
    Index minor() const noexcept { return order == Order::row ? cols_ : rows_; }
    Offset nnz() const noexcept { return indptr_[major()]; }  ///< stored entries, explicit zeros included

    std::span<const Offset> indptr() const noexcept { return {indptr_, static_cast<std::size_t>(major()) + 1}; }
    std::span<const Index> indices() const noexcept { return {indices_, static_cast<std::size_t>(nnz())}; }
    VectorView<T> values() const noexcept { return {values_, static_cast<std::size_t>(nnz())}; }

    /// The element (i, j): binary search in a slice; 0 when it is not stored.
    /// \throws InvalidArgument if i or j is out of range.
    T at(Index i, Index j) const;

    /// y ← A x; makes a matrix a LinearOperator. x has cols() elements, y rows(); they must not overlap.
    /// 2 nnz flops; parallel over equal shares of entries; the same bits for any number of threads when A is CSR.
    /// \throws InvalidArgument if a length is wrong or x and y overlap.
    void apply(VectorView<T> x, VectorRef<T> y) const;

    /// y ← Aᵀ x. x has rows() elements, y cols().
    void apply_transpose(VectorView<T> x, VectorRef<T> y) const;

    /// y ← Aᴴ x; the same as apply_transpose when T is real.
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const;

protected:
    // A view that is the base of an owner must not be made to look at other arrays.
    CompressedView& operator=(const CompressedView&) = default;

    Index rows_ = 0, cols_ = 0;
    const Offset* indptr_ = nullptr;
    const Index* indices_ = nullptr;
    const T* values_ = nullptr;
    std::shared_ptr<const Offset[]> widened_;  // the 64-bit copy of 32-bit pointers, or null
};

/// A sparse matrix that owns its arrays; otherwise all that CompressedView says. The structure is fixed at
/// construction; values may change afterwards. A moved-from matrix is 0 × 0.
template <Order order_, Scalar T>
class Compressed : public CompressedView<order_, T> {
public:
    using View = CompressedView<order_, T>;

    /// The 0 × 0 matrix.
    Compressed() noexcept;

    /// Takes ownership of the arrays and checks I1-I3 in O(nnz).
    /// \throws InvalidArgument naming the first invariant that fails and where.
    Compressed(Index rows, Index cols, Buffer<Offset> indptr, Buffer<Index> indices, Buffer<T> values);

    /// Takes ownership; the caller vouches for I1-I3.
    Compressed(detail::Trusted, Index rows, Index cols, Buffer<Offset> indptr, Buffer<Index> indices,
               Buffer<T> values) noexcept;

    /// A copy of what `view` looks at.
    explicit Compressed(const View& view);

    Compressed(const Compressed& other);
    Compressed(Compressed&& other) noexcept;
    Compressed& operator=(const Compressed& other);
    Compressed& operator=(Compressed&& other) noexcept;
    ~Compressed() = default;

    using View::values;
    VectorRef<T> values() noexcept { return {values_owned_.data(), values_owned_.size()}; }

private:
    void rebind() noexcept;  // points the view at the owned arrays

    Buffer<Offset> indptr_owned_;
    Buffer<Index> indices_owned_;
    Buffer<T> values_owned_;
};

/// Same shape, same structure, equal values (0 == -0; NaN differs from itself).
template <Order order, Scalar T>
bool operator==(const CompressedView<order, T>& A, const CompressedView<order, T>& B);

template <Scalar T>
using CsrView = CompressedView<Order::row, T>;
template <Scalar T>
using CscView = CompressedView<Order::column, T>;
template <Scalar T>
using Csr = Compressed<Order::row, T>;
template <Scalar T>
using Csc = Compressed<Order::column, T>;

}  // namespace ritz
