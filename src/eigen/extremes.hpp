// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <utility>

#include "eigen/verify.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz::eigen {

/// Smallest and largest Ritz value of a Hermitian operator after a few Lanczos steps without reorthogonalisation: they
/// lie inside the spectrum. Nothing for n = 0 or where a number is not finite.
template <Scalar T>
std::optional<std::pair<double, double>> extreme_ritz_values(const LinearOperatorRef<T>& A, int steps);

/// By what ‖r‖₂ is multiplied to bound the norm of r that belongs to the pencil, ‖r‖ in the norm of M⁻¹: 1 without M,
/// an estimate with a matrix, NaN where nothing is known (an operator, a singular M).
template <Scalar T>
double residual_weight(const Pencil<T>& pencil);

}  // namespace ritz::eigen
