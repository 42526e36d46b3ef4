// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/error.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace ritz {
namespace {

TEST(Error, IsTheBaseOfAllThatRitzThrows) {
    static_assert(std::is_base_of_v<std::runtime_error, Error>);
    static_assert(std::is_base_of_v<Error, InvalidArgument> && std::is_base_of_v<Error, ParseError> &&
                  std::is_base_of_v<Error, IoError> && std::is_base_of_v<Error, SingularMatrix> &&
                  std::is_base_of_v<Error, NotPositiveDefinite> && std::is_base_of_v<Error, OutOfMemory> &&
                  std::is_base_of_v<Error, LimitExceeded> && std::is_base_of_v<Error, Unsupported>);
}

TEST(ParseError, ReadsFileLineWhat) {
    const ParseError error("A.mtx", 12, "expected a number");
    EXPECT_STREQ(error.what(), "A.mtx:12: expected a number");
    EXPECT_EQ(error.path(), "A.mtx");
    EXPECT_EQ(error.line(), 12);
}

TEST(ParseError, HasNoLineWhenTheErrorHasNone) {
    EXPECT_STREQ(ParseError("A.mtx", 0, "the file is empty").what(), "A.mtx: the file is empty");
}

TEST(SingularMatrix, KnowsItsPivotOrSaysThatItDoesNot) {
    EXPECT_EQ(SingularMatrix("column 3 is empty", 3).pivot(), 3);
    EXPECT_FALSE(SingularMatrix("singular").pivot().has_value());
    EXPECT_EQ(NotPositiveDefinite("pivot", 0).pivot(), 0);
}

TEST(Require, ThrowsItsMessageUnlessTheConditionHolds) {
    EXPECT_NO_THROW(detail::require(true, "f: never said"));
    try {
        detail::require(false, std::string("f: n must be positive"));
        FAIL() << "nothing was thrown";
    } catch (const InvalidArgument& error) {
        EXPECT_STREQ(error.what(), "f: n must be positive");
    }
}

}  // namespace
}  // namespace ritz
