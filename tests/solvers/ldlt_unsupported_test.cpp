// SPDX-License-Identifier: BSD-3-Clause
// Built instead of ldlt_test.cpp where there is no MUMPS.
#include <gtest/gtest.h>

#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/ldlt.hpp"

namespace {

using namespace ritz;

TEST(Ldlt, SaysThatThisBuildHasNone) {
    EXPECT_FALSE(ldlt_available());
    EXPECT_THROW(Ldlt<double>{poisson1d(3)}, Unsupported);
    EXPECT_THROW(Ldlt<double>::Analysis{poisson1d(3)}, Unsupported);
}

}  // namespace
