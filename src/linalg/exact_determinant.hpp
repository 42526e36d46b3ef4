// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Determinants without rounding, for matrices so nearly singular that elimination cannot tell the sign.

#include <cstdint>
#include <optional>

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// mantissa · 2^exponent, the parts of a complex mantissa each rounded once.
template <Scalar T>
struct ScaledNumber {
    T mantissa;
    std::int64_t exponent;
};

/// det A: floating-point numbers are integers times powers of two, and the determinant of integers follows from its
/// residues modulo enough primes to pass Hadamard's bound. O(n³ b/31) for a determinant of b bits; nothing when that
/// would take longer than about a second.
/// \ref J. von zur Gathen and J. Gerhard, Modern Computer Algebra, 3rd ed. (2013), section 5.5.
template <Scalar T>
std::optional<ScaledNumber<T>> exact_determinant(Matrix<T> A);

}  // namespace ritz::linalg
