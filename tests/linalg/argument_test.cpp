// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/argument.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ritz::linalg {
namespace {

static_assert(std::same_as<ScalarOf<Eigen::MatrixXf, Eigen::MatrixXd>, double>);
static_assert(std::same_as<ScalarOf<Eigen::MatrixXd, Eigen::VectorXcf>, std::complex<double>>);
static_assert(std::same_as<ScalarOf<Eigen::MatrixXi>, double>);
static_assert(std::same_as<Like<Eigen::VectorXd, double>, Eigen::VectorXd>);
static_assert(std::same_as<Like<Eigen::MatrixXd, double>, Eigen::MatrixXd>);
static_assert(!Dense<std::vector<double>>);
static_assert(Dense<decltype(std::declval<Eigen::VectorXd&>().head(2))>);
static_assert(Dense<decltype(std::declval<const Eigen::MatrixXcf&>().block(0, 1, 2, 2).transpose())>);

template <class T>
std::string message(const Eigen::MatrixX<T>& A) {
    try {
        detail::require_finite<T>(A, "who", "A");
    } catch (const InvalidArgument& error) {
        return error.what();
    }
    return "";
}

TEST(Argument, FiniteMatricesPassAndTheFirstElementThatIsNotIsNamed) {
    Eigen::MatrixXd A = Eigen::MatrixXd::Constant(7, 5, 1.7e308);
    EXPECT_EQ(message<double>(A), "");
    A(6, 3) = std::numeric_limits<double>::infinity();
    EXPECT_EQ(message<double>(A), "who: A(6, 3) is infinite");
    A(2, 1) = std::nan("");
    EXPECT_EQ(message<double>(A), "who: A(2, 1) is nan");
    Eigen::MatrixXcf B = Eigen::MatrixXcf::Ones(3, 3);
    B(1, 2) = {0, std::numeric_limits<float>::quiet_NaN()};
    EXPECT_EQ(message<std::complex<float>>(B), "who: A(1, 2) is nan");
    EXPECT_EQ(message<double>(Eigen::MatrixXd(0, 4)), "");
}

TEST(Argument, ABlockIsReadInPlace) {
    Eigen::MatrixXd A = Eigen::MatrixXd::Zero(6, 6);
    A(5, 0) = std::nan("");
    EXPECT_NO_THROW(detail::require_finite<double>(A.block(0, 0, 5, 6), "who", "A"));
    EXPECT_THROW(detail::require_finite<double>(A.block(1, 0, 5, 6), "who", "A"), InvalidArgument);
}

TEST(Argument, ShapesAreNamedInMessages) {
    try {
        detail::require_square(3, 5, "inv", "A", "for least squares see lstsq");
        FAIL();
    } catch (const InvalidArgument& error) {
        EXPECT_STREQ(error.what(), "inv: A is 3 x 5, but must be square; for least squares see lstsq");
    }
    EXPECT_THROW(detail::require_same_rows(3, 3, 4, 1, "solve"), InvalidArgument);
}

}  // namespace
}  // namespace ritz::linalg
