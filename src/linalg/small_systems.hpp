// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Real systems small enough to stay in the first cache, without any memory from the heap: Gauss-Jordan inversion with
/// partial pivoting on padded columns. The explicit inverse gives the condition number itself instead of an estimate,
/// and refinement makes up for its being no better than that number allows. Whatever looks doubtful (NaN, extreme
/// sizes, bad condition, no convergence at once) is left to the general way: these functions then return false.

#include <optional>

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg::small {

inline constexpr int largest_system = 32;  ///< from there on LU is faster
inline constexpr int largest_inverse = 64;

/// x = A⁻¹ b, refined with a residual in twice the precision.
template <Scalar T>
bool solve(int n, const T* A, Eigen::Index lda, const T* b, T* x);

/// X = A⁻¹ (n × n, dense), checked by A (X z) = z.
template <Scalar T>
bool invert(int n, const T* A, Eigen::Index lda, T* X);

template <Scalar T>
std::optional<T> determinant(int n, const T* A, Eigen::Index lda);

}  // namespace ritz::linalg::small
