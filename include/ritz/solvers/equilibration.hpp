// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// Scaling by powers of two: element (i, j) of the scaled matrix is 2^(row[i] + col[j]) A(i, j).
/// Exponents instead of factors, so that entries of 2^±1000 and subnormal ones are scaled exactly.
struct Equilibration {
    Buffer<int> row, col;
};

/// Scaling after which the largest magnitude in every row and column that has a nonzero is near 1 (in [1/2, 2) where
/// the iteration converges). A few passes over the entries; explicit zeros count for nothing.
/// \ref D. Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices, RAL-TR-2001-034.
template <Scalar T>
Equilibration equilibrate(const CsrView<T>& A);

/// The same with row = col, which keeps a Hermitian matrix Hermitian; a positive definite one gets its diagonal into
/// [1/2, 2). \throws InvalidArgument if A is not square.
template <Scalar T>
Equilibration equilibrate_symmetric(const CsrView<T>& A);

/// Column scaling alone (row all 0), as least squares allows.
template <Scalar T>
Equilibration equilibrate_columns(const CsrView<T>& A);

/// The scaled matrix, explicit zeros left out. Exact unless an element falls below the subnormals, which means it is
/// more than 2¹⁰⁰⁰ times smaller than others in its row and column.
template <Scalar T>
Csr<T> scaled(const CsrView<T>& A, const Equilibration& e);

}  // namespace ritz
