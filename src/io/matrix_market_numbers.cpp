// SPDX-License-Identifier: BSD-3-Clause
#include "io/matrix_market_numbers.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

namespace ritz::detail {

namespace {

/// Takes a sign off the front of a token: true if it was '-'.
bool take_sign(std::string_view& token) {
    if (token.empty() || (token.front() != '-' && token.front() != '+')) return false;
    const bool negative = token.front() == '-';
    token.remove_prefix(1);
    return negative;
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

template <class Integer>
NumberKind parse_whole(std::string_view token, Integer& value) {
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (error == std::errc::invalid_argument || end != token.data() + token.size()) return NumberKind::not_a_number;
    return error == std::errc() ? NumberKind::finite : NumberKind::out_of_range;
}

}  // namespace

template <class R>
NumberKind parse_real(std::string_view token, R& value) {
    const bool negative = take_sign(token);
    const auto signed_value = [&](R magnitude) { return negative ? -magnitude : magnitude; };
    if (equal_ignoring_case(token, "nan")) {
        value = signed_value(std::numeric_limits<R>::quiet_NaN());
        return NumberKind::nonfinite;
    }
    if (equal_ignoring_case(token, "inf") || equal_ignoring_case(token, "infinity")) {
        value = signed_value(std::numeric_limits<R>::infinity());
        return NumberKind::nonfinite;
    }
    if (token.empty() || (!is_digit(token.front()) && token.front() != '.')) return NumberKind::not_a_number;

    // Fortran's exponent letter is the one thing that the conversion below does not know.
    const std::size_t letter = token.find_first_of("dD");
    std::string with_e;
    if (letter != std::string_view::npos) {
        if (token.find_first_of("eE") != std::string_view::npos) return NumberKind::not_a_number;
        with_e = token;
        with_e[letter] = 'e';
        token = with_e;
    }
    R magnitude = 0;
    const auto [end, error] = fast_float::from_chars(token.data(), token.data() + token.size(), magnitude);
    if (end != token.data() + token.size()) return NumberKind::not_a_number;
    if (std::isinf(magnitude)) return NumberKind::out_of_range;
    value = signed_value(magnitude);
    if (magnitude != 0) return NumberKind::finite;
    // Some versions report an underflow as a range error, others not at all: the digits tell.
    const std::string_view digits = token.substr(0, token.find_first_of("eE"));
    const bool zero = digits.find_first_of("123456789") == std::string_view::npos;
    if (error != std::errc() && zero) return NumberKind::not_a_number;
    return zero ? NumberKind::finite : NumberKind::underflow;
}

NumberKind parse_int64(std::string_view token, std::int64_t& value) {
    if (token.starts_with('+')) {
        token.remove_prefix(1);
        if (token.starts_with('-')) return NumberKind::not_a_number;
    }
    return parse_whole(token, value);
}

template <class R>
NumberKind parse_integer(std::string_view token, bool unsigned_64, R& value) {
    std::int64_t exact = 0;
    NumberKind kind = parse_int64(token, exact);
    value = static_cast<R>(exact);
    if (kind == NumberKind::out_of_range && unsigned_64) {
        if (token.starts_with('+')) token.remove_prefix(1);
        std::uint64_t larger = 0;
        kind = token.starts_with('-') ? kind : parse_whole(token, larger);
        value = static_cast<R>(larger);
    }
    return kind;
}

template NumberKind parse_real(std::string_view, float&);
template NumberKind parse_real(std::string_view, double&);
template NumberKind parse_integer(std::string_view, bool, float&);
template NumberKind parse_integer(std::string_view, bool, double&);

}  // namespace ritz::detail
