// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Decompositions of matrices so small that LAPACK's calls, queries and allocations cost more than its arithmetic. All
/// memory is on the stack, columns are padded to whole vectors of eight numbers. Each verifies its result by a random
/// vector and returns false when it does not pass or the iteration does not end: then the caller asks LAPACK.

#include <Eigen/Core>

namespace ritz::linalg::detail {

/// The largest n of each. Beyond, LAPACK's blocked algorithms win.
inline constexpr int small_eigh_limit = 64;
inline constexpr int small_svd_limit = 24;

/// A = V diag(w) Vᵀ, w ascending; A is n × n, both triangles filled, of moderate size (power_of_two_scale). V is n × n,
/// contiguous. Householder tridiagonalisation and implicit QL iterations.
/// \ref B. N. Parlett, The Symmetric Eigenvalue Problem (1998), chapters 7 and 8.
bool small_eigh(int n, const double* A, int lda, double* w, double* V);

/// A = U diag(s) Vh, s descending; A is n × n, of moderate size. QR with column pivoting, then one-sided Jacobi
/// rotations of Rᵀ, whose columns are nearly orthogonal already. False for a singular A. \ref Z. Drmač and K. Veselić,
/// SIAM J. Matrix Anal. Appl. 29 (2008) 1322-1342.
bool small_svd(int n, const double* A, int lda, double* s, double* U, double* Vh);

}  // namespace ritz::linalg::detail
