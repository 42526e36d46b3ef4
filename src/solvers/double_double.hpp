// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Sums and dot products in twice double precision. Sources that use it are compiled with -ffp-contract=off.

#include <cmath>

namespace ritz::detail {

/// a·b = product + error exactly, when neither over- nor underflows.
inline void two_product(double a, double b, double& product, double& error) noexcept {
    product = a * b;
#if defined(FP_FAST_FMA) || defined(__FMA__)
    error = std::fma(a, b, -product);
#else
    // Veltkamp's splitting and Dekker's product: std::fma without the instruction is a slow call. |a|, |b| < 2⁹⁹⁶.
    constexpr double splitter = 134217729.0;  // 2²⁷ + 1
    const double as = splitter * a, bs = splitter * b;
    const double a1 = as - (as - a), b1 = bs - (bs - b);
    const double a2 = a - a1, b2 = b - b1;
    error = a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2);
#endif
}

/// A sum of doubles and of products kept as high + low: the result is as if computed in 106 bits and rounded once.
/// \ref T. Ogita, S. M. Rump and S. Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26 (2005) 1955,
///      algorithms 4.1 and 5.3.
struct DoubleDouble {
    double high = 0, low = 0;

    void add(double a) noexcept {  // Knuth's two-sum
        const double sum = high + a;
        const double part = sum - high;
        low += (high - (sum - part)) + (a - part);
        high = sum;
    }
    void add_product(double a, double b) noexcept {
        double product, error;
        two_product(a, b, product, error);
        add(product);
        low += error;
    }
    double value() const noexcept { return high + low; }
};

}  // namespace ritz::detail
