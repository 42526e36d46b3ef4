// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/vector_operations.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"

namespace {

using namespace ritz;

template <class T>
class VectorOperations : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(VectorOperations, Scalars);

TYPED_TEST(VectorOperations, AgreeWithSumsInLongDouble) {
    using T = TypeParam;
    for (const Index n : {0, 1, 7, 1000, 300'000}) {
        const auto x = random_vector<T>(n, 1), y = random_vector<T>(n, 2);
        std::complex<long double> dot_expected{};
        long double squares = 0, absolutes = 0, largest = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::complex<long double> a(std::real(x[i]), std::imag(x[i])), b(std::real(y[i]), std::imag(y[i]));
            dot_expected += std::conj(a) * b;
            squares += std::norm(a);
            absolutes += std::abs(a);
            largest = std::max(largest, std::abs(a));
        }
        // Each sum is over blocks of 8192: its error is at most (8192 + blocks) u times the sum of absolute values.
        const long double u = std::numeric_limits<Real<T>>::epsilon();
        EXPECT_LE(std::abs(std::complex<long double>(std::real(dot(x, y)), std::imag(dot(x, y))) - dot_expected),
                  10'000 * u * squares + u);
        EXPECT_LE(std::abs(norm2(x) - std::sqrt(squares)), 10'000 * u * std::sqrt(squares));
        EXPECT_LE(std::abs(norm1(x) - absolutes), 10'000 * u * absolutes);
        EXPECT_LE(std::abs(norm_inf(x) - largest), 4 * u * largest);
    }
}

TYPED_TEST(VectorOperations, GiveTheSameBitsForAnyNumberOfThreads) {
    using T = TypeParam;
    const auto x = random_vector<T>(500'000, 3), y = random_vector<T>(500'000, 4);
    const auto run = [&](int threads) {
        const ThreadLimit limit(threads);
        auto z = y;
        axpy(T(3), x, z);
        return std::tuple(dot(x, y), norm1(x), norm2(x), norm_inf(x), dot(z, z));
    };
    EXPECT_EQ(run(1), run(2));
    EXPECT_EQ(run(1), run(7));
}

TEST(Norm2, NeitherOverflowsNorUnderflows) {
    EXPECT_DOUBLE_EQ(norm2(std::vector{1e200, 1e200}), std::sqrt(2.0) * 1e200);
    EXPECT_DOUBLE_EQ(norm2(std::vector{3e-200, 4e-200}), 5e-200);
    EXPECT_DOUBLE_EQ(norm2(std::vector{1e308, 1e308, 1e308}), std::sqrt(3.0) * 1e308);
    EXPECT_DOUBLE_EQ(norm2(std::vector{1e-310, 0.0}), 1e-310);
    EXPECT_DOUBLE_EQ(norm2(std::vector{5e-324}), 5e-324);
    EXPECT_DOUBLE_EQ(norm2(std::vector{1e200, 1e-200}), 1e200);
    EXPECT_DOUBLE_EQ(norm2(std::vector<std::complex<double>>{{3e200, 4e200}}), 5e200);
    EXPECT_FLOAT_EQ(norm2(std::vector{3e30f, 4e30f}), 5e30f);
    EXPECT_EQ(norm2(std::vector{0.0, -0.0}), 0.0);
}

TEST(Norm2, ShowsValuesThatAreNotFinite) {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    for (const std::size_t n : {std::size_t{3}, std::size_t{100'000}}) {
        std::vector<double> x(n, 1.0);
        x[n / 2] = nan;
        EXPECT_TRUE(std::isnan(norm2(x)));
        EXPECT_TRUE(std::isnan(norm_inf(x)));
        EXPECT_FALSE(all_finite(x));
        x[n / 2] = -infinity;
        EXPECT_EQ(norm2(x), infinity);
        EXPECT_EQ(norm_inf(x), infinity);
        EXPECT_FALSE(all_finite(x));
        x[n / 2] = std::numeric_limits<double>::max();
        EXPECT_TRUE(all_finite(x));
    }
}

TEST(VectorOperations, RefuseVectorsOfDifferentLengths) {
    std::vector<double> x(3), y(4);
    EXPECT_THROW(dot(x, y), InvalidArgument);
    EXPECT_THROW(axpy(1.0, x, y), InvalidArgument);
}

}  // namespace
