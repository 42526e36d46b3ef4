// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/eigen.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace ritz {
namespace {

// tests/package compiles a program without -march=native against this library and passes vectors between them.
TEST(Eigen, AlignsWhatTheLibraryAndItsUsersShareAlike) {
    for (const int n : {1, 2, 3, 100, 100'000}) {
        const ::Eigen::VectorXd v(n);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(v.data()) % 64, 0u) << n;
    }
}

}  // namespace
}  // namespace ritz
