// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/report.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace ritz {
namespace {

TEST(Which, IsFoundByItsNameInEitherCase) {
    std::set<std::string> seen;
    for (const Which which : all_which()) {
        std::string low(name(which));
        EXPECT_EQ(low.size(), 2U);
        EXPECT_TRUE(seen.insert(low).second) << low;
        EXPECT_EQ(which_named(low), which);
        for (char& c : low) c = static_cast<char>(c + ('a' - 'A'));
        EXPECT_EQ(which_named(low), which);
    }
    EXPECT_EQ(which_named("LX"), std::nullopt);
    EXPECT_EQ(which_named("LMA"), std::nullopt);
    EXPECT_EQ(which_named(""), std::nullopt);
}

}  // namespace
}  // namespace ritz
