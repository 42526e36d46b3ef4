// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Residuals in twice the working precision, for iterative refinement and for reports.

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// r = b − op(A) x for vectors, computed as if with twice the digits of T and then rounded; A is m × n.
/// \ref T. Ogita, S. M. Rump and S. Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26 (2005) 1955-1988.
template <Scalar T>
void accurate_residual(Op op, int m, int n, const T* A, int lda, const T* x, const T* b, T* r);

}  // namespace ritz::linalg
