// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Seeded random numbers with the same values on every machine and compiler (the standard library's distributions
/// differ between implementations).

#include <cstdint>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"

namespace ritz {

/// xoshiro256++, seeded through SplitMix64.
/// \ref D. Blackman and S. Vigna, Scrambled linear pseudorandom number generators, ACM TOMS 47 (2021) 36.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept;

    std::uint64_t bits() noexcept;                      ///< 64 random bits
    double uniform() noexcept;                          ///< in [0, 1), a multiple of 2⁻⁵³
    double uniform(double low, double high) noexcept;   ///< in [low, high)
    double normal() noexcept;                           ///< mean 0, variance 1 (Marsaglia's polar method)
    std::uint64_t below(std::uint64_t bound) noexcept;  ///< in [0, bound), unbiased; bound > 0

private:
    std::uint64_t state_[4];
    double spare_ = 0;
    bool has_spare_ = false;
};

/// n numbers uniform in [-1, 1) (both parts of a complex number).
template <Scalar T>
Buffer<T> random_vector(Index n, std::uint64_t seed);

}  // namespace ritz
