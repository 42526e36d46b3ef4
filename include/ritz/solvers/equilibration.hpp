// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

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

/// Scaling after which the largest magnitude in every row and column that has a nonzero lies in [1, 2). A few passes
/// over the entries; explicit zeros count for nothing.
/// \ref D. Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices, RAL-TR-2001-034.
template <Scalar T>
Equilibration equilibrate(const CsrView<T>& A);

/// The same from exponents that are brought near 0 in the least-squares sense first, so that D₁ A D₂ gets nearly the
/// same scaled matrix as A whatever the diagonal matrices. Right for a matrix that was scaled badly, wrong for one
/// with entries that are meant to be negligible. Up to 30 passes over the entries.
/// \ref A. R. Curtis and J. K. Reid, On the automatic scaling of matrices for Gaussian elimination, J. Inst. Maths
///      Applics 10 (1972) 118.
template <Scalar T>
Equilibration equilibrate_least_squares(const CsrView<T>& A);

/// Scaling with row = col, which keeps a Hermitian matrix Hermitian. A positive diagonal is brought into [1/2, 2),
/// which for positive definite matrices is nearly the best there is (van der Sluis); otherwise the largest magnitude
/// of every row comes near 1 (Ruiz, RAL-TR-2001-034). \throws InvalidArgument if A is not square.
template <Scalar T>
Equilibration equilibrate_symmetric(const CsrView<T>& A);

/// The same from exponents brought near 0 in the least-squares sense first, as equilibrate_least_squares does it.
template <Scalar T>
Equilibration equilibrate_symmetric_least_squares(const CsrView<T>& A);

/// Column scaling alone (row all 0), as least squares allows.
template <Scalar T>
Equilibration equilibrate_columns(const CsrView<T>& A);

/// What becomes of entries that are stored but zero.
enum class Zeros : std::uint8_t { drop, keep };

/// The scaled matrix. Exact unless an element falls below the subnormals, which means it is
/// more than 2¹⁰⁰⁰ times smaller than others in its row and column.
template <Scalar T>
Csr<T> scaled(const CsrView<T>& A, const Equilibration& e, Zeros zeros = Zeros::drop);

}  // namespace ritz
