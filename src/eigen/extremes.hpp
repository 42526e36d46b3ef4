// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <utility>

#include "ritz/operators/linear_operator.hpp"

namespace ritz::eigen {

/// Smallest and largest Ritz value of a Hermitian operator after a few Lanczos steps without reorthogonalisation: they
/// lie inside the spectrum. Nothing for n = 0 or where a number is not finite.
template <Scalar T>
std::optional<std::pair<double, double>> extreme_ritz_values(const LinearOperatorRef<T>& A, int steps);

}  // namespace ritz::eigen
