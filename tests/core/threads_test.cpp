// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "core/parallel.hpp"
#include "ritz/core/error.hpp"

namespace {

using namespace ritz;

TEST(ThreadLimit, HoldsInItsScopeAndNoLonger) {
    const int before = max_threads();
    {
        const ThreadLimit limit(3);
        EXPECT_EQ(max_threads(), 3);
    }
    EXPECT_EQ(max_threads(), before);
    EXPECT_THROW(ThreadLimit(0), InvalidArgument);
}

TEST(Parallel, RangesCoverEveryElementOnce) {
    const ThreadLimit limit(4);
    for (const std::int64_t n : {0, 1, 5, 1000}) {
        std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
        detail::parallel_ranges(n, 3, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
        });
        for (const auto& count : visits) EXPECT_EQ(count, 1);
    }
}

TEST(Parallel, AnExceptionReachesTheCaller) {
    const ThreadLimit limit(4);
    EXPECT_THROW(detail::parallel_parts(4,
                                        [](int part) {
                                            if (part == 2) throw std::runtime_error("part 2");
                                        }),
                 std::runtime_error);
    EXPECT_THROW(detail::parallel_tasks(100, 4,
                                        [](std::int64_t task) {
                                            if (task == 77) throw std::runtime_error("task 77");
                                        }),
                 std::runtime_error);
}

}  // namespace
