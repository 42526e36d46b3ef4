// SPDX-License-Identifier: BSD-3-Clause
#include "core/sweep.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <stdexcept>
#include <vector>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"

namespace {

using namespace ritz;

TEST(Sweep, UpdatesAndSumsInOnePass) {
    for (const std::size_t n : {0, 1, 7, 8, 9, 4095, 4096, 4097, 100003}) {
        const Buffer<double> q = random_vector<double>(static_cast<Index>(n), 1);
        Buffer<double> r = random_vector<double>(static_cast<Index>(n), 2);
        const Buffer<double> before = r;
        const auto [rr, rq] = detail::sweep<2, double>(n, [r = r.data(), q = q.data()](std::size_t i) {
            r[i] -= 0.5 * q[i];
            return std::array{r[i] * r[i], r[i] * q[i]};
        });
        long double expected_rr = 0, expected_rq = 0;
        for (std::size_t i = 0; i < n; ++i) {
            ASSERT_NEAR(r[i], before[i] - 0.5 * q[i], 1e-16);
            expected_rr += static_cast<long double>(r[i]) * r[i];
            expected_rq += static_cast<long double>(r[i]) * q[i];
        }
        EXPECT_NEAR(rr, static_cast<double>(expected_rr), 1e-13 * (1 + rr)) << n;
        EXPECT_NEAR(rq, static_cast<double>(expected_rq), 1e-13 * (1 + rr)) << n;
    }
}

TEST(Sweep, GivesTheSameBitsForAnyNumberOfThreads) {
    const std::size_t n = 300007;
    const auto x = random_vector<std::complex<double>>(static_cast<Index>(n), 3);
    std::vector<std::complex<double>> sums;
    for (const int threads : {1, 2, 3}) {
        const ThreadLimit limit(threads);
        sums.push_back(detail::sweep<1, std::complex<double>>(
            n, [x = x.data()](std::size_t i) { return std::array{x[i] * x[i]}; })[0]);
    }
    EXPECT_EQ(sums[0], sums[1]);
    EXPECT_EQ(sums[0], sums[2]);
}

}  // namespace
