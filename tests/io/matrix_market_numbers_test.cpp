// SPDX-License-Identifier: BSD-3-Clause
#include "io/matrix_market_numbers.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace ritz::detail {
namespace {

/// The fast form on a token, with room behind it; nullptr or the end relative to the token's beginning.
template <class R>
std::ptrdiff_t fast(const std::string& token, R& value) {
    const std::string padded = token + "\n" + std::string(2 * fast_number_reach, '7');
    const char* const end = fast_real(padded.c_str(), value);
    return end == nullptr ? -1 : end - padded.c_str();
}

template <class R>
bool same_bits(R a, R b) {
    using Bits = std::conditional_t<sizeof(R) == 8, std::uint64_t, std::uint32_t>;
    return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

/// Both forms agree with the correctly rounded conversion of the standard library.
template <class R>
void expect_rounded(const std::string& token) {
    R expected{};
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), expected);
    ASSERT_EQ(error, std::errc()) << token;
    ASSERT_EQ(end, token.data() + token.size());
    R exact{};
    EXPECT_EQ(parse_real(token, exact), NumberKind::finite) << token;
    EXPECT_TRUE(same_bits(exact, expected)) << token;
    R quick{};
    const std::ptrdiff_t length = fast(token, quick);
    if (length < 0) return;
    EXPECT_EQ(length, static_cast<std::ptrdiff_t>(token.size())) << token;
    EXPECT_TRUE(same_bits(quick, expected)) << token;
}

TEST(MatrixMarketNumbers, RoundEveryDecimalCorrectly) {
    for (const char* token : {"0",
                              "-0",
                              "0.0",
                              "-0.0",
                              "1",
                              "-1",
                              "1.5",
                              "123456789",
                              "0.1",
                              "-.5",
                              "5.",
                              "1e22",
                              "1e23",
                              "1e-22",
                              "1e-23",
                              "9007199254740993",
                              "9007199254740992.5",
                              "18014398509481985",
                              "1.7976931348623157e308",
                              "4.9e-324",
                              "2.2250738585072014e-308",
                              "2.2250738585072011e-308",
                              "1e-5",
                              "123e+5",
                              "1E5",
                              "0.30000000000000004",
                              "5e-324",
                              "1.00000000000000011102230246251565404236316680908203125",
                              "0.000000000000000000012345",
                              "12345678901234567890123",
                              "8.5e0",
                              "99999999.99999999",
                              "1234567890.12345678",
                              "0000000000000000000000000001.5"})
        expect_rounded<double>(token);
    for (const char* token : {"0", "-0.0", "16777217", "0.1", "3.4028234e38", "1e-45", "1.17549435e-38", "8388609.5"})
        expect_rounded<float>(token);

    std::mt19937_64 random(1);
    for (int k = 0; k < 200000; ++k) {
        char text[64];
        const double value = std::bit_cast<double>(random());
        if (!std::isfinite(value)) continue;
        std::snprintf(text, sizeof text, k % 3 == 0 ? "%.17g" : k % 3 == 1 ? "%.16e" : "%.6g", value);
        expect_rounded<double>(text);
        const double usual = static_cast<double>(static_cast<std::int64_t>(random())) * 1e-18;
        if (k % 2 == 0)
            std::snprintf(text, sizeof text, "%.17g", usual);
        else
            std::snprintf(text, sizeof text, "%.*f", k % 23, usual);
        expect_rounded<double>(text);
        const float single = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (!std::isfinite(single)) continue;
        std::snprintf(text, sizeof text, k % 2 == 0 ? "%.9g" : "%.7g", static_cast<double>(single));
        if (std::isfinite(std::strtof(text, nullptr)) && std::abs(single) > 1e-38f) expect_rounded<float>(text);
    }
}

TEST(MatrixMarketNumbers, TakeTheWholeToken) {
    double value = 0;
    for (const char* token : {"",      "-",    "+",   ".",   "-.",  "1x",    "1.5.5", "1e",    "1e+", "e5",
                              "1e5.0", "0x10", "+-1", "--1", "1,5", "1d5e5", "1 ",    "1e5d5", "d5",  "1.5f"})
        EXPECT_EQ(parse_real(token, value), NumberKind::not_a_number) << token;
    EXPECT_EQ(parse_real("+1.5D+02", value), NumberKind::finite);
    EXPECT_EQ(value, 150);
    EXPECT_EQ(parse_real("1e309", value), NumberKind::out_of_range);
    EXPECT_EQ(parse_real("-1e-330", value), NumberKind::underflow);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(parse_real("0e-330", value), NumberKind::finite);
}

TEST(MatrixMarketNumbers, FastFormsGiveUpOnWhatTheyDoNotKnow) {
    double value = 0;
    for (const char* token : {"", "-", "+1", ".", "x", "nan", "1e", "1e+", "1e99999", "1e400", "1e-400",
                              "123456789012345678901", "1.123456789012345678901234567"})
        EXPECT_EQ(fast(token, value), -1) << token;
    std::uint64_t index = 0;
    const auto fast_index_of = [&](const std::string& token) {
        const std::string padded = token + " " + std::string(64, '7');
        const char* const end = fast_index(padded.c_str(), index);
        return end == nullptr ? -1 : end - padded.c_str();
    };
    EXPECT_EQ(fast_index_of(""), -1);
    EXPECT_EQ(fast_index_of("-1"), -1);
    EXPECT_EQ(fast_index_of("12345678901"), -1);
    for (const char* token : {"0", "7", "42", "999", "1234", "12345", "654321", "7654321", "12345678", "123456789",
                              "2147483647", "4294967297", "0000000001"}) {
        EXPECT_EQ(fast_index_of(token), static_cast<std::ptrdiff_t>(std::string(token).size())) << token;
        EXPECT_EQ(index, std::stoull(token)) << token;
    }
}

TEST(MatrixMarketNumbers, ReadIntegersExactly) {
    for (const std::int64_t expected : {0L, 1L, -1L, 12345678L, -123456789L, 4503599627370497L, 999999999999999999L}) {
        double value = 0;
        const std::string padded = std::to_string(expected) + "\n" + std::string(64, '7');
        ASSERT_NE(fast_integer(padded.c_str(), value), nullptr) << expected;
        EXPECT_EQ(value, static_cast<double>(expected));
        EXPECT_EQ(parse_integer(std::to_string(expected), false, value), NumberKind::finite);
        EXPECT_EQ(value, static_cast<double>(expected));
    }
    double value = 0;
    for (const char* token : {"", "+", "-", "1.0", "1e3", "0x1", "+-3", " 1", "1 "})
        EXPECT_EQ(parse_integer(token, true, value), NumberKind::not_a_number) << token;
    EXPECT_EQ(parse_integer("9223372036854775808", false, value), NumberKind::out_of_range);
    EXPECT_EQ(parse_integer("9223372036854775808", true, value), NumberKind::finite);
    EXPECT_EQ(parse_integer("18446744073709551616", true, value), NumberKind::out_of_range);
}

}  // namespace
}  // namespace ritz::detail
