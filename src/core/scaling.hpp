// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Multiplication by powers of two, for the library's own sources.

#include <bit>
#include <cmath>
#include <cstdint>

#include "ritz/core/types.hpp"

namespace ritz::detail {

/// 2^e for -1022 ≤ e ≤ 1023.
inline double power_of_two(int e) noexcept {
    return std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << 52);
}

inline double scale_by_power(double a, int e) noexcept {
    return e >= -1022 && e <= 1023 ? a * power_of_two(e) : std::ldexp(a, e);
}
inline float scale_by_power(float a, int e) noexcept {
    return static_cast<float>(scale_by_power(static_cast<double>(a), e));
}
template <class R>
std::complex<R> scale_by_power(std::complex<R> a, int e) noexcept {
    return {scale_by_power(a.real(), e), scale_by_power(a.imag(), e)};
}

/// ⌊log₂ of the larger part of a⌋; a ≠ 0 and finite.
template <Scalar T>
int exponent_of(T a) noexcept {
    double size;
    if constexpr (is_complex<T>)
        size = std::max(std::abs(static_cast<double>(a.real())), std::abs(static_cast<double>(a.imag())));
    else
        size = std::abs(static_cast<double>(a));
    const auto biased = static_cast<int>(std::bit_cast<std::uint64_t>(size) >> 52);
    return biased != 0 ? biased - 1023 : std::ilogb(size);
}

}  // namespace ritz::detail
