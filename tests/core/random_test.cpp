// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/random.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using ritz::Random;

TEST(Random, GivesTheSameNumbersEverywhere) {
    // xoshiro256++ seeded with SplitMix64(1): recorded, so that a change of the generator is noticed.
    Random random(1);
    const std::uint64_t first = random.bits(), second = random.bits();
    EXPECT_EQ(first, 0xcfc5d07f6f03c29bULL);
    EXPECT_EQ(second, 0xbf424132963fe08dULL);
    EXPECT_NE(Random(1).bits(), Random(2).bits());
}

TEST(Random, HasTheMomentsItPromises) {
    Random random(5);
    const int n = 200'000;
    double uniform = 0, normal = 0, square = 0;
    for (int i = 0; i < n; ++i) {
        const double u = random.uniform(), z = random.normal();
        ASSERT_TRUE(u >= 0 && u < 1);
        uniform += u;
        normal += z;
        square += z * z;
    }
    EXPECT_NEAR(uniform / n, 0.5, 5 / std::sqrt(12.0 * n));  // five standard deviations
    EXPECT_NEAR(normal / n, 0.0, 5 / std::sqrt(n));
    EXPECT_NEAR(square / n, 1.0, 5 * std::sqrt(2.0 / n));
}

TEST(Random, BelowReachesEveryValueAndNoOther) {
    Random random(9);
    int seen[7] = {};
    for (int i = 0; i < 700; ++i) {
        const auto value = random.below(7);
        ASSERT_LT(value, 7u);
        ++seen[value];
    }
    for (const int count : seen) EXPECT_GT(count, 50);
    EXPECT_EQ(random.below(1), 0u);
}

}  // namespace
