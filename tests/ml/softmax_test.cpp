// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/softmax.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "ml/points.hpp"

namespace ritz::ml {
namespace {

template <class T>
class Softmax : public testing::Test {};
TYPED_TEST_SUITE(Softmax, RealScalars);
constexpr double infinity = std::numeric_limits<double>::infinity();

TYPED_TEST(Softmax, IsAProbabilityAndDoesNotChangeWithAShift) {
    using R = TypeParam;
    Eigen::MatrixX<R> A = random_points<R>(7, 5, 1);
    A = (A.array() * 64).round() / 64;  // so that a shift by 2¹⁰ is exact
    for (const Over over : {Over::all, Over::each_column, Over::each_row}) {
        const Eigen::MatrixX<R> P = softmax(A, over), Q = softmax((A.array() + R(1024)).matrix().eval(), over);
        EXPECT_EQ(P, Q);
        EXPECT_LT((P.array().log() - log_softmax(A, over).array()).abs().maxCoeff(), 20 * epsilon<R>());
        if (over == Over::all) {
            EXPECT_NEAR(P.sum(), 1, 10 * epsilon<R>());
        }
        if (over == Over::each_row) {
            EXPECT_LT((P.rowwise().sum().array() - 1).abs().maxCoeff(), 10 * epsilon<R>());
        }
        if (over == Over::each_column) {
            EXPECT_LT((P.colwise().sum().array() - 1).abs().maxCoeff(), 10 * epsilon<R>());
        }
        EXPECT_NEAR(P(3, 2) / P(3, 3) * (over == Over::each_column ? 0 : 1) +
                        P(3, 2) / P(4, 2) * (over == Over::each_column ? 1 : 0),
                    over == Over::each_column ? std::exp(A(3, 2) - A(4, 2)) : std::exp(A(3, 2) - A(3, 3)),
                    100 * epsilon<R>());
    }
}

TEST(LogSumExp, IsExactWhereTheAnswerIsKnown) {
    EXPECT_EQ(logsumexp(Eigen::Vector2d(1e300, 1e300)), 1e300);
    EXPECT_DOUBLE_EQ(logsumexp(Eigen::Vector2d(-1000, -1000)), -1000 + std::log(2));
    EXPECT_DOUBLE_EQ(logsumexp(Eigen::Vector2d(0, -40)), std::log1p(std::exp(-40.0)));
    EXPECT_EQ(logsumexp(Eigen::VectorXd(0)), -infinity);
    EXPECT_EQ(logsumexp(Eigen::Vector2d(-infinity, 3)), 3);
    EXPECT_EQ(logsumexp(Eigen::Vector2d(-infinity, -infinity)), -infinity);
    const Eigen::MatrixXd A = random_points<double>(4, 3, 2);
    const Eigen::VectorXd rows = logsumexp(A, Over::each_row), columns = logsumexp(A, Over::each_column);
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(rows[i], std::log(A.row(i).array().exp().sum()), 1e-15);
    for (int j = 0; j < 3; ++j) EXPECT_NEAR(columns[j], std::log(A.col(j).array().exp().sum()), 1e-15);
}

TEST(LogSumExp, WeightsCountAndSignsAreTold) {
    const Eigen::Vector2d a(0, std::log(3.0));
    EXPECT_DOUBLE_EQ(logsumexp(a, Eigen::Vector2d(2, 1))[0], std::log(5.0));
    EXPECT_EQ(logsumexp(Eigen::Vector2d(1e10, 2), Eigen::Vector2d(0, 1))[0], 2);
    const auto difference = signed_logsumexp(a, Eigen::Vector2d(2, -1));
    EXPECT_EQ(difference.sign[0], -1);
    EXPECT_NEAR(difference.logabs[0], 0, 1e-15);
    const auto zero = signed_logsumexp(Eigen::Vector2d(1, 1), Eigen::Vector2d(1, -1));
    EXPECT_EQ(zero.sign[0], 0);
    EXPECT_EQ(zero.logabs[0], -infinity);
    EXPECT_EQ(message_of([&] { (void)logsumexp(a, Eigen::Vector2d(2, -1)); }),
              "logsumexp: the sum of group 0 is negative and has no logarithm; signed_logsumexp gives its sign");
    EXPECT_THROW((void)logsumexp(a, Eigen::Vector3d(1, 1, 1)), InvalidArgument);
}

TEST(SoftmaxOfInfinities, MinusInfinityIsAProbabilityOfZero) {
    const Eigen::VectorXd p = softmax(Eigen::Vector3d(1, -infinity, 1));
    EXPECT_EQ(p, Eigen::Vector3d(0.5, 0, 0.5));
    EXPECT_EQ(log_softmax(Eigen::Vector2d(-infinity, 7)), Eigen::Vector2d(-infinity, 0));
    EXPECT_DOUBLE_EQ(log_softmax(Eigen::Vector2d(0, -40))[0], -std::exp(-40.0));
    EXPECT_EQ(message_of([] { (void)softmax(Eigen::Vector2d(-infinity, -infinity)); }),
              "softmax: group 0 is -infinity throughout");
    EXPECT_EQ(message_of([] { (void)softmax(Eigen::Vector2d(0, infinity)); }), "softmax: A(1, 0) is +infinity");
    EXPECT_EQ(message_of([] { (void)logsumexp(Eigen::Vector2d(std::nan(""), 0)); }), "logsumexp: A(0, 0) is nan");
    EXPECT_EQ(softmax(Eigen::MatrixXd(0, 3), Over::each_row).cols(), 3);
}

}  // namespace
}  // namespace ritz::ml
