// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/random.hpp"

#include <bit>
#include <cmath>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

Random::Random(std::uint64_t seed) noexcept {
    for (std::uint64_t& word : state_) {  // SplitMix64
        seed += 0x9e3779b97f4a7c15;
        std::uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        word = z ^ (z >> 31);
    }
}

std::uint64_t Random::bits() noexcept {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

double Random::uniform() noexcept {
    return static_cast<double>(bits() >> 11) * 0x1p-53;
}

double Random::uniform(double low, double high) noexcept {
    return low + (high - low) * uniform();
}

double Random::normal() noexcept {
    if (has_spare_) {
        has_spare_ = false;
        return spare_;
    }
    double u, v, s;
    do {
        u = uniform(-1, 1);
        v = uniform(-1, 1);
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    const double factor = std::sqrt(-2 * std::log(s) / s);
    spare_ = v * factor;
    has_spare_ = true;
    return u * factor;
}

std::uint64_t Random::below(std::uint64_t bound) noexcept {
    const std::uint64_t threshold = (0 - bound) % bound;  // 2⁶⁴ mod bound: draws under it would bias the result
    for (;;) {
        const std::uint64_t r = bits();
        if (r >= threshold) return r % bound;
    }
}

template <Scalar T>
Buffer<T> random_vector(Index n, std::uint64_t seed) {
    detail::require(n >= 0, "random_vector: n must not be negative");
    Random random(seed);
    Buffer<T> x(static_cast<std::size_t>(n));
    for (T& value : x) {
        if constexpr (is_complex<T>) {
            const auto re = static_cast<Real<T>>(random.uniform(-1, 1));
            value = T(re, static_cast<Real<T>>(random.uniform(-1, 1)));
        } else {
            value = static_cast<T>(random.uniform(-1, 1));
        }
    }
    return x;
}

#define RITZ_INSTANTIATE(T) template Buffer<T> random_vector<T>(Index, std::uint64_t);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
