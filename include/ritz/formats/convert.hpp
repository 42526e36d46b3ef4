// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Conversions between formats. Linear time, parallel, and the same bits for any number of threads.

#include "ritz/formats/compressed.hpp"
#include "ritz/formats/coo.hpp"

namespace ritz {

/// CSR of a builder; entries at the same place are added in the order in which they were added to the builder.
/// How many that were is A.nnz() - to_csr(A).nnz(). Explicit zeros, and sums that cancel to zero, stay stored.
/// O(nnz + rows) time; workspace: one copy of the entries.
template <Scalar T>
Csr<T> to_csr(const Coo<T>& A);

/// CSC of a builder, likewise.
template <Scalar T>
Csc<T> to_csc(const Coo<T>& A);

/// The same matrix in the other storage order. O(nnz + rows + cols).
template <Scalar T>
Csr<T> to_csr(const CscView<T>& A);
template <Scalar T>
Csc<T> to_csc(const CsrView<T>& A);

/// The entries in storage order.
template <Order order, Scalar T>
Coo<T> to_coo(const CompressedView<order, T>& A);

/// Aᵀ in the same storage order. O(nnz + rows + cols).
template <Order order, Scalar T>
Compressed<order, T> transpose(const CompressedView<order, T>& A);

/// Aᴴ, the conjugate transpose.
template <Order order, Scalar T>
Compressed<order, T> adjoint(const CompressedView<order, T>& A);

/// conj(A), element by element.
template <Order order, Scalar T>
Compressed<order, T> conjugate(const CompressedView<order, T>& A);

/// Aᵀ in the other storage order: the same arrays read the other way, so it costs nothing and owns nothing.
template <Scalar T>
CscView<T> transposed_view(const CsrView<T>& A) {
    return {detail::Trusted{}, A.cols(), A.rows(), A.indptr().data(), A.indices().data(), A.values().data()};
}
template <Scalar T>
CsrView<T> transposed_view(const CscView<T>& A) {
    return {detail::Trusted{}, A.cols(), A.rows(), A.indptr().data(), A.indices().data(), A.values().data()};
}

/// The same structure with values converted to U: float ↔ double, real → complex. Complex → real is not offered.
template <Scalar U, Order order, Scalar T>
requires(is_complex<U> || !is_complex<T>) Compressed<order, U> convert_values(const CompressedView<order, T>& A);

}  // namespace ritz
