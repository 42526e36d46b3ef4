// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The factorisations themselves, in place, on column-major arrays of finite numbers of moderate size: what the public
/// functions call after their checks.

#include "ritz/core/types.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg::kernels {

/// P A = L U of an m × n matrix with partial pivoting. Row k was exchanged with row pivots[k] (from 0), k < min(m, n).
/// Returns the column of the first pivot that is exactly zero, or -1; the factorisation is complete either way.
template <Scalar T>
int lu(int m, int n, T* A, int lda, int* pivots);

/// A = L Lᴴ, the lower triangle of an n × n matrix; the upper one is not read, and what is left there is of no meaning.
/// Returns the first column whose pivot is not positive, or -1.
template <Scalar T>
int cholesky(int n, T* A, int lda);

/// B ← op(T)⁻¹ B for a triangle of an n × n matrix; B is n × k.
template <Scalar T>
void solve_triangle(Uplo uplo, Op op, bool unit_diagonal, int n, int k, const T* A, int lda, T* B, int ldb);

/// B ← op(A)⁻¹ B from the result of `lu`; B is n × k.
template <Scalar T>
void solve_lu(Op op, int n, int k, const T* LU, int lda, const int* pivots, T* B, int ldb);

/// A ← A⁻¹ from the result of `lu`, all pivots other than zero.
template <Scalar T>
void invert_lu(int n, T* LU, int lda, const int* pivots);

/// A = Q R of an m × n matrix: R on and above the diagonal, below it the Householder vectors of min(m, n) reflections
/// I − tau v vᴴ.
template <Scalar T>
void qr(int m, int n, T* A, int lda, T* tau);

/// The first n columns of the m × m matrix Q, from k reflections (k ≤ n ≤ m) held in the first k columns of A.
template <Scalar T>
void form_q(int m, int n, int k, T* A, int lda, const T* tau);

/// C ← op(Q) C, C is m × n, from k reflections held in V (m × k).
template <Scalar T>
void multiply_q(Op op, int m, int n, int k, const T* V, int ldv, const T* tau, T* C, int ldc);

/// C ← C − A B; C is m × n, A is m × k.
template <Scalar T>
void subtract_product(int m, int n, int k, const T* A, int lda, const T* B, int ldb, T* C, int ldc);

}  // namespace ritz::linalg::kernels
