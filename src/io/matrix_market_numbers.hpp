// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Decimal text to numbers, for the Matrix Market reader. Each kind has a fast form, which reads whole words past the
/// number's end and gives up (nullptr) on anything unusual, and an exact form, which judges a whole token.
///
/// \ref D. Lemire, Number parsing at a gigabyte per second, Software: Practice and Experience 51 (2021) 1700-1727.

#include <fast_float/fast_float.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ritz::detail {

/// The fast forms may read this many bytes from where they start, whatever is there.
inline constexpr std::size_t fast_number_reach = 64;

inline std::uint64_t load_8(const char* p) noexcept {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

/// How many of the eight characters, from the first, are digits; `digits` is the word with '0' taken off each.
inline int leading_digits(std::uint64_t digits) noexcept {
    // 0-9 plus 0x76 stays below 0x80; everything else does not. A carry only reaches characters behind a non-digit.
    const std::uint64_t other = ((digits + 0x7676767676767676u) | digits) & 0x8080808080808080u;
    return other == 0 ? 8 : std::countr_zero(other) >> 3;
}

/// The number whose eight decimal digits are the bytes of `digits`, the most significant one in the lowest byte.
inline std::uint32_t eight_digits(std::uint64_t digits) noexcept {
    digits = digits * 10 + (digits >> 8);  // bytes 0, 2, 4, 6: pairs
    constexpr std::uint64_t mask = 0x000000FF000000FF;
    constexpr std::uint64_t outer = 100 + (std::uint64_t{1000000} << 32), inner = 1 + (std::uint64_t{10000} << 32);
    return static_cast<std::uint32_t>(((digits & mask) * outer + ((digits >> 16) & mask) * inner) >> 32);
}

/// `digits` with its first n ≤ 8 digits moved to the end and zeros in front of them.
inline std::uint64_t right_aligned(std::uint64_t digits, int n) noexcept {
    return n == 0 ? 0 : digits << (64 - 8 * n);
}

inline bool is_digit(char c) noexcept {
    return static_cast<unsigned char>(c - '0') < 10;
}

/// An unsigned number of at most ten digits; `p` must stand on its first one.
inline const char* fast_index(const char* p, std::uint64_t& value) noexcept {
    const std::uint64_t digits = load_8(p) ^ 0x3030303030303030u;
    const int n = leading_digits(digits);
    if (n == 0) return nullptr;
    value = eight_digits(right_aligned(digits, n));
    p += n;
    if (n < 8) [[likely]]
        return p;
    for (int more = 0; is_digit(*p); ++p) {
        if (++more > 2) return nullptr;
        value = 10 * value + static_cast<std::uint64_t>(*p - '0');
    }
    return p;
}

/// A signed integer of at most 18 digits, exactly; then rounded to R.
template <class R>
const char* fast_integer(const char* p, R& value) noexcept {
    const bool negative = *p == '-';
    p += negative;
    std::uint64_t digits = load_8(p) ^ 0x3030303030303030u;
    int n = leading_digits(digits);
    if (n == 0) return nullptr;
    std::uint64_t magnitude = eight_digits(right_aligned(digits, n));
    p += n;
    if (n == 8) {
        for (int more = 0; is_digit(*p); ++p) {
            if (++more > 10) return nullptr;
            magnitude = 10 * magnitude + static_cast<std::uint64_t>(*p - '0');
        }
    }
    const auto exact = static_cast<std::int64_t>(magnitude);
    value = static_cast<R>(negative ? -exact : exact);
    return p;
}

inline constexpr std::uint64_t power_of_ten[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

/// A decimal number of at most 19 digits, correctly rounded. Gives up on what is not finite or rounds to 0.
template <class R>
const char* fast_real(const char* p, R& value) noexcept {
    using Format = fast_float::binary_format<R>;
    const bool negative = *p == '-';
    p += negative;

    const char* const first = p;
    std::uint64_t w = 0;  // all digits as one integer
    while (is_digit(*p)) {
        if (p - first == 19) return nullptr;
        w = 10 * w + static_cast<std::uint64_t>(*p++ - '0');
    }
    // Leading zeros do not count: w is exact as long as at most 19 digits follow the first that is not 0.
    std::int64_t significant = w == 0 ? 0 : p - first;
    std::int64_t exponent = 0;
    if (*p == '.') {
        const char* const fraction = ++p;
        std::uint64_t digits = load_8(p) ^ 0x3030303030303030u;
        int n = leading_digits(digits);
        if (n == 8) {
            w = w * 100000000 + eight_digits(digits);
            digits = load_8(p += 8) ^ 0x3030303030303030u;
            n = leading_digits(digits);
            if (n == 8) {
                w = w * 100000000 + eight_digits(digits);
                digits = load_8(p += 8) ^ 0x3030303030303030u;
                n = leading_digits(digits);
                if (n == 8) return nullptr;
            }
        }
        w = w * power_of_ten[n] + eight_digits(right_aligned(digits, n));
        p += n;
        exponent = fraction - p;
        significant -= exponent;
        if (p - first == 1) return nullptr;  // a point without digits
    } else if (p == first) {
        return nullptr;
    }
    if (significant > 19) return nullptr;

    const char letter = static_cast<char>(*p | 0x20);
    if (letter == 'e' || letter == 'd') {
        ++p;
        const bool below = *p == '-';
        p += below || *p == '+';
        if (!is_digit(*p)) return nullptr;
        std::int64_t stated = 0;
        for (int k = 0; is_digit(*p); ++p, ++k) {
            if (k == 4) return nullptr;
            stated = 10 * stated + (*p - '0');
        }
        exponent += below ? -stated : stated;
    }

    if (exponent == 0 && w < (std::uint64_t{1} << (Format::mantissa_explicit_bits() + 1))) {
        value = static_cast<R>(static_cast<std::int64_t>(w));
        if (negative) value = -value;
        return p;
    }
    // Integer arithmetic only, so that the floating-point environment cannot spoil the rounding.
    const fast_float::adjusted_mantissa rounded = fast_float::compute_float<Format>(exponent, w);
    if (rounded.power2 < 0 || rounded.power2 >= Format::infinite_power()) return nullptr;
    if (rounded.power2 == 0 && rounded.mantissa == 0 && w != 0) return nullptr;
    using Bits = std::conditional_t<sizeof(R) == 8, std::uint64_t, std::uint32_t>;
    const Bits bits = static_cast<Bits>(rounded.mantissa) |
                      static_cast<Bits>(rounded.power2) << Format::mantissa_explicit_bits() |
                      static_cast<Bits>(negative) << (8 * sizeof(R) - 1);
    value = std::bit_cast<R>(bits);
    return p;
}

/// What a token turned out to be. Only the first three have a value.
enum class NumberKind { finite, nonfinite, underflow, not_a_number, out_of_range };

/// A real number: [+-] digits with an optional point, an optional exponent (E or D), or nan, inf, infinity. The whole
/// token must be used. `underflow`: nonzero digits that round to 0.
template <class R>
NumberKind parse_real(std::string_view token, R& value);

/// An integer of 64 bits with sign; without sign (up to 2⁶⁴-1) if `unsigned_64`.
template <class R>
NumberKind parse_integer(std::string_view token, bool unsigned_64, R& value);

/// An integer of 64 bits with sign, as sizes and indices are.
NumberKind parse_int64(std::string_view token, std::int64_t& value);

}  // namespace ritz::detail
