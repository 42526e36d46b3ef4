// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Inverses of small dense matrices, in place, stored by columns.

#include "ritz/core/types.hpp"

namespace ritz::detail {

enum class DenseInverse {
    positive_definite,  ///< A was Hermitian positive definite, and so is the inverse, exactly Hermitian
    hermitian,          ///< A was Hermitian, and the inverse is, exactly
    general,
    singular,  ///< A is singular to working precision; its content is lost
};

/// A ← A⁻¹, n × n. A Hermitian matrix (exactly) is tried by Cholesky first. No entry of A is over- or underflowing
/// when multiplied with others. O(n³).
/// \ref N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), sections 14.2-14.4.
template <Scalar T>
DenseInverse invert(Index n, T* A);

}  // namespace ritz::detail
