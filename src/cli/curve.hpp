// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace ritz::cli {

/// How norms fall: a plot of log₁₀(norms[k] / norms[0]) over k in lines of characters, with the power of ten beside
/// each line and a dotted one at `target`. Empty for fewer than three norms.
std::vector<std::string> convergence_curve(const std::vector<double>& norms, double target);

}  // namespace ritz::cli
