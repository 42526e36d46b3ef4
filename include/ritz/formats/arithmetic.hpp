// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Sums, scalings and element-wise products of compressed matrices. All matrices of a call have the same storage
/// order, and so has the result. Costs are linear in the entries read and written; loops run in parallel over equal
/// shares of them and give the same bits for any number of threads.
///
/// Structure is decided by structure alone, never by values: a sum that cancels to zero and a product with a zero
/// factor stay stored (remove_zeros of extract.hpp takes them out). So the structure of a result can be relied on.

#include <type_traits>

#include "ritz/formats/compressed.hpp"

namespace ritz {

/// α A + β B, with the union of both structures. O(nnz(A) + nnz(B) + major).
/// Where only one of them has an entry, the other contributes nothing (not β·0, which could be NaN).
/// \throws InvalidArgument if the shapes differ.
template <Order order, Scalar T>
Compressed<order, T> add(std::type_identity_t<T> alpha, const CompressedView<order, T>& A, std::type_identity_t<T> beta,
                         const CompressedView<order, T>& B);

/// A + B.
template <Order order, Scalar T>
Compressed<order, T> add(const CompressedView<order, T>& A, const CompressedView<order, T>& B);

/// A - B.
template <Order order, Scalar T>
Compressed<order, T> subtract(const CompressedView<order, T>& A, const CompressedView<order, T>& B);

/// α A. O(nnz). The structure is A's, also for α = 0.
template <Order order, Scalar T>
Compressed<order, T> scaled(std::type_identity_t<T> alpha, const CompressedView<order, T>& A);

/// D A with D = diag(d): row i times d[i]. O(nnz).
/// \throws InvalidArgument if d does not have A.rows() elements.
template <Order order, Scalar T>
Compressed<order, T> scale_rows(VectorView<std::type_identity_t<T>> d, const CompressedView<order, T>& A);

/// A D with D = diag(d): column j times d[j]. O(nnz).
/// \throws InvalidArgument if d does not have A.cols() elements.
template <Order order, Scalar T>
Compressed<order, T> scale_columns(const CompressedView<order, T>& A, VectorView<std::type_identity_t<T>> d);

/// diag(r) A diag(c), as (r[i]·a)·c[j]: equilibration in one pass. O(nnz).
/// \throws InvalidArgument if r does not have A.rows() elements or c A.cols().
template <Order order, Scalar T>
Compressed<order, T> scale_rows_and_columns(VectorView<std::type_identity_t<T>> r, const CompressedView<order, T>& A,
                                            VectorView<std::type_identity_t<T>> c);

/// A ∘ B, the element-wise (Hadamard) product, with the intersection of both structures. O(nnz(A) + nnz(B) + major).
/// An infinity or NaN of one matrix where the other stores nothing is left out.
/// \throws InvalidArgument if the shapes differ.
template <Order order, Scalar T>
Compressed<order, T> hadamard(const CompressedView<order, T>& A, const CompressedView<order, T>& B);

/// A ⊗ B, the Kronecker product: the block matrix of the blocks a_ij B, (A.rows()·B.rows()) × (A.cols()·B.cols()).
/// nnz(A)·nnz(B) entries and multiplications.
/// \throws LimitExceeded if a dimension passes 2³¹-1.
/// \ref C. F. Van Loan, The ubiquitous Kronecker product, J. Comput. Appl. Math. 123 (2000) 85-100.
template <Order order, Scalar T>
Compressed<order, T> kron(const CompressedView<order, T>& A, const CompressedView<order, T>& B);

/// A + B, A - B, -A, α A, A α: shorthand for the functions above.
template <Order order, Scalar T>
Compressed<order, T> operator+(const CompressedView<order, T>& A, const CompressedView<order, T>& B) {
    return add(A, B);
}
template <Order order, Scalar T>
Compressed<order, T> operator-(const CompressedView<order, T>& A, const CompressedView<order, T>& B) {
    return subtract(A, B);
}
template <Order order, Scalar T>
Compressed<order, T> operator-(const CompressedView<order, T>& A) {
    return scaled(T{-1}, A);
}
template <Order order, Scalar T>
Compressed<order, T> operator*(std::type_identity_t<T> alpha, const CompressedView<order, T>& A) {
    return scaled(alpha, A);
}
template <Order order, Scalar T>
Compressed<order, T> operator*(const CompressedView<order, T>& A, std::type_identity_t<T> alpha) {
    return scaled(alpha, A);
}

}  // namespace ritz
