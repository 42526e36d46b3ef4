// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/cost_model.hpp"

#include <algorithm>
#include <charconv>

namespace ritz::detail {

namespace {

/// Floating-point operations a second on one thread: dense kernels reach `peak` where each entry of the factors is used
/// often (large fronts), and a fraction of it otherwise.
struct Rate {
    double peak;           // flop/s
    double half;           // operations per factor entry at which half of it is reached
    double entry_seconds;  // for each entry of the factors: it is written, and assembled
    double row_seconds;    // for each row: calls, tree
    double gain;           // what a second thread adds, as a share
};

Rate rate_of(Method method) noexcept {
    switch (method) {
        case Method::cholesky:
            return {5.5e10, 500, 2e-9, 2e-7, 0.7};
        case Method::ldlt:
            return {3.5e10, 500, 4e-9, 1e-6, 0};
        case Method::klu:
            return {1.2e9, 2, 4e-9, 3e-7, 0};
        case Method::qr:
            return {2.5e10, 1000, 1.5e-8, 2e-6, 0};
        case Method::lu:
            return {4.5e10, 800, 4e-9, 1e-6, 0};
        default:
            return {4e9, 10, 2e-9, 2e-8, 0};
    }
}

constexpr double bandwidth = 8e9;       // bytes/s of one thread over factors
constexpr double solutions = 6;         // with the factors, in a solve
constexpr double entry_seconds = 4e-8;  // structure, scaling, residuals in twice the precision: for each entry of A

}  // namespace

double predicted_factor_seconds(Method method, const FactorStatistics& s, const ProblemSize& size) {
    const Rate rate = rate_of(method);
    const auto entries = static_cast<double>(std::max<Offset>(s.factor_nonzeros, 1));
    const double intensity = s.flops / entries;
    const double speed = rate.peak * intensity / (intensity + rate.half);
    const double threads = 1 + rate.gain * std::min(size.threads - 1, 8);
    const double arithmetic = s.flops > 0 ? s.flops / speed : 0;
    return (arithmetic + entries * rate.entry_seconds) / threads + size.rows * rate.row_seconds;
}

double predicted_solve_seconds(Method method, const FactorStatistics& s, const ProblemSize& size) {
    const double width = size.complex ? 16 : 8;
    const double factors = static_cast<double>(s.factor_nonzeros) * (width + 4);
    return s.analyse_seconds + predicted_factor_seconds(method, s, size) + solutions * 2 * factors / bandwidth +
           static_cast<double>(size.nonzeros) * entry_seconds;
}

double predicted_peak_bytes(Method method, const FactorStatistics& s, const ProblemSize& size) {
    const double width = size.complex ? 16 : 8;
    const double one_copy = static_cast<double>(size.nonzeros) * (width + 4) + 8.0 * (size.rows + 1);
    const bool by_columns = method == Method::lu || method == Method::klu || method == Method::qr;
    const double vectors = 12 * width * (static_cast<double>(size.rows) + size.cols);
    return (by_columns ? 2 : 1) * one_copy + static_cast<double>(s.peak_memory_bytes) + vectors;
}

std::string rounded(double value) {
    char text[32];
    const int digits = value >= 1000 ? 0 : value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
    const auto end = std::to_chars(text, text + sizeof text, value,
                                   value >= 1e-3 ? std::chars_format::fixed : std::chars_format::scientific, digits)
                         .ptr;
    return {text, end};
}

}  // namespace ritz::detail
