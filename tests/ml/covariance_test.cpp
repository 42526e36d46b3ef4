// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/covariance.hpp"

#include <gtest/gtest.h>

#include "ml/points.hpp"

namespace ritz::ml {
namespace {

template <class T>
class Covariance : public testing::Test {};
TYPED_TEST_SUITE(Covariance, FourScalars);

TYPED_TEST(Covariance, IsTheMeanProductOfDeviations) {
    using T = TypeParam;
    for (const auto& [n, d] : {std::pair{2, 1}, {3, 5}, {50, 7}, {9, 0}}) {
        const Eigen::MatrixX<T> X = random_points<T>(n, d, 1), Y = random_points<T>(n, 3, 2);
        const auto centred = [](const Eigen::MatrixX<T>& A) {
            return Eigen::MatrixX<T>(A.rowwise() - A.colwise().mean());
        };
        const Eigen::MatrixX<T> expected = centred(X).transpose() * centred(X).conjugate() / T(Real<T>(n - 1));
        const Eigen::MatrixX<T> C = covariance(X);
        EXPECT_EQ(C, C.adjoint());
        EXPECT_LE((C - expected).norm(), 100 * epsilon<T>() * (1 + expected.norm()));
        const Eigen::MatrixX<T> cross = centred(X).transpose() * centred(Y).conjugate() / T(Real<T>(n));
        EXPECT_LE((cross_covariance(X, Y, {.bias = true}) - cross).norm(), 100 * epsilon<T>() * (1 + cross.norm()));
    }
}

TYPED_TEST(Covariance, DoesNotChangeWhenTheDataAreMovedFar) {
    using T = TypeParam;
    using R = Real<T>;
    // Multiples of 1/8 plus a power of two: adding is exact in either precision.
    Eigen::MatrixX<T> X = random_points<T>(100, 3, 3);
    X = X.unaryExpr([](const T& value) { return T(std::round(std::real(value) * 8) / 8); });
    const R far = std::is_same_v<R, float> ? R(1 << 16) : R(1LL << 46);
    const Eigen::MatrixX<T> moved = X.array() + T(far);
    EXPECT_LE((covariance(moved) - covariance(X)).norm(), 50 * epsilon<T>() * covariance(X).norm());
    EXPECT_LE((correlation(moved) - correlation(X)).norm(), 50 * epsilon<T>());
}

TEST(CovarianceWeights, FrequenciesAreRepetitionsAndNumPyAgrees) {
    Eigen::MatrixXd X(3, 2), repeated(6, 2);
    X << 1, 4, 2, 3, 5, -1;
    repeated << 1, 4, 2, 3, 2, 3, 5, -1, 5, -1, 5, -1;
    const Eigen::Vector3d f(1, 2, 3), a(0.5, 0.2, 0.3);
    EXPECT_LT((covariance(X, {.fweights = f}) - covariance(repeated)).norm(), 1e-14);
    // np.cov([[1,2,5],[4,3,-1]], aweights=[.5,.2,.3])
    Eigen::Matrix2d expected;
    expected << 4.903225806451613, -6.161290322580645, -6.161290322580645, 7.758064516129032;
    EXPECT_LT((covariance(X, {.aweights = a}) - expected).norm(), 1e-13);
    EXPECT_EQ(message_of([&] { (void)covariance(X, {.fweights = a}); }),
              "covariance: fweights[0] must be an integer and not negative");
}

TEST(CovarianceOfAnySize, OverflowsOnlyWhereTheResultDoes) {
    Eigen::MatrixXd X = random_points<double>(20, 3, 4);
    const Eigen::MatrixXd C = covariance(X), R = correlation(X);
    X.col(0) *= std::ldexp(1.0, 800), X.col(1) *= std::ldexp(1.0, -800);
    const Eigen::MatrixXd scaled = covariance(X);
    EXPECT_NEAR(scaled(0, 1), C(0, 1), 1e-14);
    EXPECT_TRUE(std::isinf(scaled(0, 0)));
    EXPECT_EQ(scaled(1, 1), 0);
    EXPECT_LT((correlation(X) - R).norm(), 1e-14);
}

TEST(Correlation, HasOnesOnItsDiagonalAndNamesAConstantFeature) {
    Eigen::MatrixXd X = random_points<double>(10, 3, 5);
    X.col(2) = -3 * X.col(0);
    const Eigen::MatrixXd R = correlation(X);
    EXPECT_TRUE((R.diagonal().array() == 1).all());
    EXPECT_NEAR(R(0, 2), -1, 1e-15);
    EXPECT_GE(R(0, 2), -1);
    X.col(1).setConstant(0.1);  // its mean need not be 0.1
    EXPECT_EQ(message_of([&] { (void)correlation(X); }),
              "correlation: feature 1 is constant, so its correlation is undefined");
    const Eigen::MatrixXd kept = correlation(X, {ConstantFeatures::keep});
    EXPECT_EQ(kept(1, 0), 0);
    EXPECT_EQ(kept(1, 1), 1);
    EXPECT_EQ(covariance(X)(1, 1), 0);
}

TEST(CovarianceOfTooLittle, IsRefused) {
    EXPECT_EQ(message_of([] { (void)covariance(Eigen::MatrixXd::Ones(1, 2)); }),
              "covariance: 1 observations with ddof = 1 leave no degrees of freedom");
    EXPECT_EQ(covariance(Eigen::MatrixXd::Ones(1, 2), {.bias = true}), Eigen::MatrixXd::Zero(2, 2));
    EXPECT_THROW((void)correlation(Eigen::MatrixXd::Ones(1, 2)), InvalidArgument);
    EXPECT_THROW((void)column_means(Eigen::MatrixXd(0, 2)), InvalidArgument);
    Eigen::MatrixXd X = Eigen::MatrixXd::Ones(3, 2);
    X(1, 1) = std::nan("");
    EXPECT_EQ(message_of([&] { (void)covariance(X); }), "covariance: X(1, 1) is nan");
}

TEST(ColumnMeans, DoNotOverflow) {
    Eigen::MatrixXd X(2, 1);
    X << 1.7e308, 1.6e308;
    EXPECT_DOUBLE_EQ(column_means(X)[0], 1.65e308);
}

}  // namespace
}  // namespace ritz::ml
