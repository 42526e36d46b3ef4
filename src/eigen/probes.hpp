// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The random vectors of stochastic estimates.

#include <algorithm>
#include <cstdint>

#include "ritz/core/random.hpp"
#include "ritz/core/vector_view.hpp"

namespace ritz::eigen {

/// Signs, each 1 or -1. The probe's number is part of the seed, so that probes do not depend on how many there are.
template <Scalar T>
void fill_with_signs(VectorRef<T> z, std::uint64_t seed, Index probe) {
    Random random(seed * 0x9e3779b97f4a7c15 + static_cast<std::uint64_t>(probe) + 1);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < z.size(); ++i) {
        if (i % 64 == 0) bits = random.bits();
        z[i] = (bits >> (i % 64)) & 1 ? T{1} : T{-1};
    }
}

/// The unit vector e_j.
template <Scalar T>
void fill_with_unit(VectorRef<T> z, Index j) {
    std::fill(z.begin(), z.end(), T{});
    z[static_cast<std::size_t>(j)] = T{1};
}

}  // namespace ritz::eigen
