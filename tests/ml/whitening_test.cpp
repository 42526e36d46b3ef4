// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/whitening.hpp"

#include <gtest/gtest.h>

#include "ml/points.hpp"
#include "ritz/ml/covariance.hpp"

namespace ritz::ml {
namespace {

template <class T>
class WhiteningOf : public testing::Test {};
TYPED_TEST_SUITE(WhiteningOf, FourScalars);
constexpr WhiteningMethod methods[] = {WhiteningMethod::zca, WhiteningMethod::pca, WhiteningMethod::cholesky};

template <Scalar T>
Eigen::MatrixX<T> correlated(Eigen::Index n, Eigen::Index d) {
    return (random_points<T>(n, d, 1) * random_points<T>(d, d, 2)).array() + T(3);
}

TYPED_TEST(WhiteningOf, FullRankDataGivesCovarianceIAndGoesBack) {
    using T = TypeParam;
    for (const auto& [n, d] : {std::pair{3, 1}, {40, 5}, {200, 17}})
        for (const WhiteningMethod method : methods) {
            const Eigen::MatrixX<T> X = correlated<T>(n, d);
            const auto W = whitening(X, {.method = method});
            const Eigen::MatrixX<T> Z = W.transform(X);
            EXPECT_EQ(W.rank(), d);
            EXPECT_LT((covariance(Z) - Eigen::MatrixX<T>(Eigen::MatrixX<T>::Identity(d, d))).cwiseAbs().maxCoeff(),
                      2000 * d * epsilon<T>());
            EXPECT_LT((W.inverse(Z) - X).cwiseAbs().maxCoeff(), 1000 * d * epsilon<T>() * X.cwiseAbs().maxCoeff());
        }
}

TYPED_TEST(WhiteningOf, ZcaIsHermitianAndCholeskyIsTriangular) {
    using T = TypeParam;
    const Eigen::MatrixX<T> X = correlated<T>(60, 4);
    const Eigen::MatrixX<T> zca = whitening(X).matrix(), chol = whitening(X, {WhiteningMethod::cholesky}).matrix();
    EXPECT_LT((zca - zca.adjoint()).norm(), 100 * epsilon<T>() * zca.norm());
    EXPECT_EQ(chol.template triangularView<Eigen::StrictlyLower>().toDenseMatrix().norm(), 0);
}

TYPED_TEST(WhiteningOf, RankDeficientDataKeepTheirDimension) {
    using T = TypeParam;
    const Eigen::MatrixX<T> X = random_points<T>(50, 3, 3) * random_points<T>(3, 6, 4);
    const auto pca = whitening(X, {WhiteningMethod::pca});
    EXPECT_EQ(pca.rank(), 3);
    const Eigen::MatrixX<T> C = covariance(pca.transform(X));
    EXPECT_LT((C - Eigen::MatrixX<T>(Eigen::MatrixX<T>::Identity(3, 3))).norm(), 5000 * epsilon<T>());
    EXPECT_LT((pca.inverse(pca.transform(X)) - X).norm(), 1000 * epsilon<T>() * X.norm());
    const Eigen::MatrixX<T> P = covariance(whitening(X).transform(X));
    EXPECT_LT((P * P - P).norm(), 2e4 * epsilon<T>());
    EXPECT_NEAR(std::real(P.trace()), 3, 2e4 * epsilon<T>());
    try {
        (void)whitening(X, {WhiteningMethod::cholesky});
        FAIL();
    } catch (const SingularMatrix& error) {
        EXPECT_NE(std::string(error.what()).find("rank 3 of 6"), std::string::npos);
    }
}

TEST(WhiteningEpsilon, IsAddedToEachVariance) {
    Eigen::MatrixXd X(4, 2);  // variances 4 and 1/4 on the axes
    X << 1, 0, -1, 0, 0, 1, 0, -1;
    X.col(0) *= std::sqrt(6), X.col(1) *= std::sqrt(3.0 / 8);
    for (const WhiteningMethod method : methods) {
        Eigen::MatrixXd C = covariance(whitening(X, {.method = method, .epsilon = 0.5}).transform(X));
        EXPECT_NEAR(C(0, 0), 4 / 4.5, 1e-14);
        EXPECT_NEAR(C(1, 1), 0.25 / 0.75, 1e-14);
    }
    Eigen::MatrixXd flat = X;
    flat.col(1).setZero();
    const auto W = whitening(flat, {.epsilon = 0.5});
    EXPECT_NEAR(W.matrix()(1, 1), 1 / std::sqrt(0.5), 1e-14);  // and not 1/0
    EXPECT_NO_THROW((void)whitening(flat, {WhiteningMethod::cholesky, 0.5}));
}

TEST(WhiteningOfHardData, IsIndifferentToLargeMeansAndSizes) {
    const Eigen::MatrixXd X = correlated<double>(50, 3);
    for (const WhiteningMethod method : methods) {
        const Eigen::MatrixXd Y = (X.array() * 1e-3 + 1e8);
        EXPECT_LT((covariance(whitening(Y, {method}).transform(Y)) - Eigen::Matrix3d::Identity()).norm(), 1e-10);
        const Eigen::MatrixXd huge = X * 1e200;
        EXPECT_LT((covariance(whitening(huge, {method}).transform(huge)) - Eigen::Matrix3d::Identity()).norm(), 1e-11);
    }
    EXPECT_EQ(whitening(Eigen::MatrixXd::Ones(5, 2)).rank(), 0);
    EXPECT_THROW((void)whitening(Eigen::MatrixXd::Ones(1, 2)), InvalidArgument);
    Eigen::MatrixXd bad = X;
    bad(2, 1) = std::nan("");
    EXPECT_EQ(message_of([&] { (void)whitening(bad); }), "whitening: X(2, 1) is nan");
}

}  // namespace
}  // namespace ritz::ml
