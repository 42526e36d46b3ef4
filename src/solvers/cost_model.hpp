// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "ritz/solvers/factorization.hpp"
#include "ritz/solvers/methods.hpp"

namespace ritz::detail {

/// The size of a problem, as far as the price of a solve depends on it.
struct ProblemSize {
    Index rows, cols;
    Offset nonzeros;
    bool complex;
    int threads;
};

/// Seconds of the numerical factorisation that an analysis has described. Right within a factor of three on machines
/// like those of 2020 to 2026; the constants are medians over the matrices of the tests.
double predicted_factor_seconds(Method method, const FactorStatistics& statistics, const ProblemSize& size);

/// Seconds of a whole solve: analysis (as it took), factorisation, some six solutions, certificate.
double predicted_solve_seconds(Method method, const FactorStatistics& statistics, const ProblemSize& size);

/// Most memory of a whole solve beside the caller's A and b: scaled copies, factors and their workspace, vectors.
double predicted_peak_bytes(Method method, const FactorStatistics& statistics, const ProblemSize& size);

/// A number for a message, with three digits: "12.3", "0.00123", "45600".
std::string rounded(double value);

}  // namespace ritz::detail
