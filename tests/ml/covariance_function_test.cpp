// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/covariance_function.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ritz/core/random.hpp"

namespace {

using namespace ritz;
using namespace ritz::ml;
using C = CovarianceFunction;

Eigen::MatrixXd random_points(Eigen::Index n, Eigen::Index d, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixXd X(n, d);
    for (double& x : X.reshaped()) x = random.uniform(-1, 1);
    return X;
}

std::vector<C> examples() {
    const Eigen::Vector2d ell(0.4, 1.7);
    return {C::constant(2.5),
            C::white_noise(0.3),
            C::rbf(0.7),
            C::rbf(ell),
            C::matern(Smoothness::half, 0.9),
            C::matern(Smoothness::half, ell),
            C::matern(Smoothness::three_halves, 0.6),
            C::matern(Smoothness::three_halves, ell),
            C::matern(Smoothness::five_halves, 1.3),
            C::matern(Smoothness::five_halves, ell),
            C::constant(2) * C::rbf(0.5) + C::white_noise(0.01),
            (C::constant(0.5) + C::rbf(ell)) * (C::matern(Smoothness::three_halves, 2) + C::white_noise(0.1))};
}

TEST(CovarianceFunction, IsTheTextbookFormula) {
    const Eigen::MatrixXd X = random_points(7, 2, 1);
    const double a = 3, ell = 0.5, s2 = 0.04;
    const Eigen::MatrixXd K = (C::constant(a) * C::rbf(ell) + C::white_noise(s2)).matrix(X);
    const Eigen::MatrixXd M = C::matern(Smoothness::three_halves, ell).matrix(X);
    for (Eigen::Index i = 0; i < 7; ++i)
        for (Eigen::Index j = 0; j < 7; ++j) {
            const double r = (X.row(i) - X.row(j)).norm() / ell;
            EXPECT_NEAR(K(i, j), a * std::exp(-r * r / 2) + (i == j ? s2 : 0), 1e-14);
            EXPECT_NEAR(M(i, j), (1 + std::sqrt(3.0) * r) * std::exp(-std::sqrt(3.0) * r), 1e-14);
        }
}

TEST(CovarianceFunction, IsSymmetricWithItsVarianceOnTheDiagonal) {
    const Eigen::MatrixXd X = random_points(9, 2, 2);
    for (const C& k : examples()) {
        const Eigen::MatrixXd K = k.matrix(X), cross = k.matrix(X, X);
        EXPECT_EQ(K, K.transpose()) << k.description();
        for (Eigen::Index i = 0; i < 9; ++i) {
            EXPECT_NEAR(K(i, i), k.variance(), 1e-15 * k.variance()) << k.description();
            EXPECT_NEAR(cross(i, i), k.variance_without_noise(), 1e-15 * k.variance()) << k.description();
        }
    }
}

TEST(CovarianceFunction, DerivativesAreThoseOfDifferences) {
    const Eigen::MatrixXd X = random_points(6, 2, 3);
    const double h = 1e-5;
    for (const C& k : examples()) {
        const Eigen::VectorXd theta = k.theta();
        const std::vector<Eigen::MatrixXd> derivatives = k.gradient(X);
        ASSERT_EQ(static_cast<Eigen::Index>(derivatives.size()), k.parameters());
        for (Eigen::Index p = 0; p < theta.size(); ++p) {
            const Eigen::VectorXd step = h * Eigen::VectorXd::Unit(theta.size(), p);
            const Eigen::MatrixXd difference =
                (k.with_theta(theta + step).matrix(X) - k.with_theta(theta - step).matrix(X)) / (2 * h);
            EXPECT_LE((difference - derivatives[static_cast<std::size_t>(p)]).cwiseAbs().maxCoeff(), 1e-9)
                << k.description() << " by parameter " << p;
        }
    }
}

TEST(CovarianceFunction, WithThetaAndThetaAreInverse) {
    for (const C& k : examples()) {
        const Eigen::VectorXd theta = k.theta();
        EXPECT_LE((k.with_theta(theta).theta() - theta).cwiseAbs().maxCoeff(), 1e-15);
        const Eigen::VectorXd other = theta.array() + 0.25;
        EXPECT_LE((k.with_theta(other).theta() - other).cwiseAbs().maxCoeff(), 1e-15);
    }
}

TEST(CovarianceFunction, DescribesItself) {
    EXPECT_EQ((C::constant(2) * C::rbf(0.3) + C::white_noise(0.01)).description(),
              "constant(2) * rbf(0.3) + white_noise(0.01)");
    EXPECT_EQ(((C::constant(1) + C::rbf(Eigen::Vector2d(1, 2))) * C::matern(Smoothness::half, 3)).description(),
              "(constant(1) + rbf(1, 2)) * matern_1/2(3)");
}

TEST(CovarianceFunction, DistantAndCoincidentPointsHaveFiniteDerivatives) {
    Eigen::MatrixXd X(4, 2);
    X << 0, 0, 0, 0, 1e200, 0, -1e200, 1e-200;
    for (const C& k : examples()) {
        EXPECT_TRUE(k.matrix(X).allFinite()) << k.description();
        for (const Eigen::MatrixXd& derivative : k.gradient(X)) EXPECT_TRUE(derivative.allFinite()) << k.description();
    }
}

TEST(CovarianceFunction, WorksForNoPointsAndForPointsWithoutFeatures) {
    const C k = C::constant(2) * C::rbf(0.3) + C::white_noise(0.01);
    EXPECT_EQ(k.matrix(Eigen::MatrixXd(0, 3)).size(), 0);
    EXPECT_EQ(k.gradient(Eigen::MatrixXd(0, 3)).size(), 3u);
    const Eigen::MatrixXd K = k.matrix(Eigen::MatrixXd(2, 0));
    EXPECT_EQ(K(0, 1), 2);
    EXPECT_EQ(K(1, 1), 2.01);
}

TEST(CovarianceFunction, RefusesWhatHasNoMeaning) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW(C::rbf(0), InvalidArgument);
    EXPECT_THROW(C::constant(-1), InvalidArgument);
    EXPECT_THROW(C::white_noise(nan), InvalidArgument);
    EXPECT_THROW(C::rbf(1, {.lower = 2, .upper = 1}), InvalidArgument);
    EXPECT_THROW(C::rbf(Eigen::Vector2d(1, 2)).matrix(Eigen::MatrixXd::Ones(3, 3)), InvalidArgument);
    EXPECT_THROW(C::rbf(1).matrix(Eigen::MatrixXd::Constant(2, 2, nan)), InvalidArgument);
    EXPECT_THROW(C::constant(1).matrix(Eigen::MatrixXd::Ones(2, 2), Eigen::MatrixXd::Ones(2, 3)), InvalidArgument);
    EXPECT_THROW(C::rbf(1).with_theta(Eigen::Vector2d(0, 0)), InvalidArgument);
    EXPECT_THROW(C::rbf(1).with_theta(Eigen::VectorXd::Constant(1, 1e4)), InvalidArgument);
    EXPECT_THROW((C::constant(1e300) * C::constant(1e300)).matrix(Eigen::MatrixXd::Ones(2, 2)), LimitExceeded);
}

}  // namespace
