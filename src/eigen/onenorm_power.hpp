// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The engine of onenormest, on an operand that others have made already.

#include "eigen/operand.hpp"
#include "ritz/eigen/onenorm_estimate.hpp"

namespace ritz::eigen {

/// ‖(B - μI)ᵖ‖₁ of the scaled operand B = 2^-exponent A; exponents are left to the caller.
template <Scalar T>
OneNormEstimate<T> onenorm_of_power(Operand<T>& B, T mu, int power);

}  // namespace ritz::eigen
