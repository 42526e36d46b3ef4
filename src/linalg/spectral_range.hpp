// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the Hermitian eigensolvers share: the subset that was asked for, scaling back.

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "linalg/probe.hpp"
#include "ritz/linalg/eigh.hpp"

namespace ritz::linalg::detail {

/// A subset in LAPACK's terms, of a matrix scaled by 2^exponent.
template <class R>
struct Subset {
    char range = 'A';
    R low = 0, high = 0;      // range V: (low, high]
    int first = 1, last = 0;  // range I: from 1
    bool nothing = false;     // an interval that no number of the type lies in
};

template <class R, class Options>
Subset<R> subset_of(const Options& options, Eigen::Index n, int exponent, const char* who) {
    Subset<R> subset;
    if (options.subset_by_index && options.subset_by_value)
        throw InvalidArgument(std::string(who) + ": give subset_by_index or subset_by_value, not both");
    if (options.subset_by_index) {
        const auto [first, last] = *options.subset_by_index;
        if (first < 0 || last < first || last >= n)
            throw InvalidArgument(std::string(who) + ": subset_by_index is " + std::to_string(first) + " to " +
                                  std::to_string(last) +
                                  ", but must satisfy 0 <= first <= last < n = " + std::to_string(n));
        subset.range = 'I';
        subset.first = static_cast<int>(first) + 1;
        subset.last = static_cast<int>(last) + 1;
    }
    if (options.subset_by_value) {
        const auto [low, high] = *options.subset_by_value;
        if (!(low < high))
            throw InvalidArgument(std::string(who) + ": subset_by_value is (" + std::to_string(low) + ", " +
                                  std::to_string(high) + "], but must satisfy low < high");
        // Bounds of double that become a bound of float round towards the wrong side of no eigenvalue that matters:
        // eigenvalues carry larger errors. Beyond the range of the type they are its infinity.
        constexpr double largest = std::numeric_limits<R>::max();
        const auto bound = [&](double x) {
            const double scaled = std::ldexp(x, exponent);
            return static_cast<R>(std::min(std::max(scaled, -largest), largest));
        };
        subset.range = 'V';
        subset.low = bound(low);
        subset.high = bound(high);
        subset.nothing = !(subset.low < subset.high);
    }
    return subset;
}

/// The eigenvalues w (ascending) inside the subset, as [begin, end).
template <class R>
std::pair<Eigen::Index, Eigen::Index> selected(const Subset<R>& subset, const Eigen::VectorX<R>& w) {
    if (subset.range == 'I') return {subset.first - 1, subset.last};
    if (subset.range == 'A') return {0, w.size()};
    const auto begin = std::upper_bound(w.begin(), w.end(), subset.low);
    const auto end = std::upper_bound(w.begin(), w.end(), subset.high);
    return {begin - w.begin(), std::max(begin, end) - w.begin()};
}

/// w ← 2^(-exponent) w.
/// \throws LimitExceeded if a number leaves the range of its type.
template <class Derived>
void scale_back(Eigen::DenseBase<Derived>& w, int exponent, const char* who) {
    if (exponent == 0) return;
    scale_by_power_of_two(w, -exponent);
    if (!w.derived().allFinite())
        throw LimitExceeded(std::string(who) + ": a result exceeds the largest number of the type; scale A down");
}

}  // namespace ritz::linalg::detail
