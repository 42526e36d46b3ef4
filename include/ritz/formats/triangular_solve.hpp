// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Substitution with sparse triangular matrices.

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

enum class Triangle { lower, upper };

/// Which matrix a system is about: A, Aᵀ or Aᴴ.
enum class MatrixForm { plain, transposed, adjoint };

struct TriangularOptions {
    /// The triangle of A that is meant, as A is stored (so Lᵀ x = b is {lower, transposed}).
    Triangle triangle = Triangle::lower;
    MatrixForm form = MatrixForm::plain;
    /// The diagonal is 1 whatever is stored there, if anything.
    bool unit_diagonal = false;
    /// Entries in the other triangle are passed over; otherwise they are an error. (Explicit zeros there, too.)
    bool ignore_other_triangle = false;
};

/// Solves L x = b or U x = b, or with the transposed or adjoint matrix, by substitution.
/// b and x have A.rows() elements and may be the same vector. 2 nnz flops, no workspace; serial.
///
/// A row of L of a CSR is a dot product, a column of a CSC an axpy; L of a CSR transposed is the latter, so no form
/// costs a transposition. x may hold infinities when the solution overflows; nothing is scaled. \throws InvalidArgument
/// if A is not square, a length is wrong, b and x overlap without being the same, or an entry
///         lies in the other triangle; SingularMatrix, with the row, if a diagonal entry is missing or zero (x is
///         untouched in all of these cases).
/// \ref T. A. Davis, Direct Methods for Sparse Linear Systems (2006), chapter 3.
template <Order order, Scalar T>
void solve_triangular(const CompressedView<order, T>& A, VectorView<std::type_identity_t<T>> b,
                      VectorRef<std::type_identity_t<T>> x, const TriangularOptions& options = {});

/// The same for the columns of B, A.rows() × k. A is read once for each group of up to eight columns.
template <Order order, Scalar T>
Eigen::MatrixX<T> solve_triangular(const CompressedView<order, T>& A,
                                   const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& B,
                                   const TriangularOptions& options = {});

}  // namespace ritz
