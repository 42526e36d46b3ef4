// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/rotations.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "ml/points.hpp"
#include "ritz/linalg/lu.hpp"

namespace ritz::ml {
namespace {

constexpr double pi = std::numbers::pi;

TEST(Rotations, QuarterTurnsAreWhatTheyShouldBe) {
    EXPECT_LT((rotation2d(pi / 2) * Eigen::Vector2d(1, 0) - Eigen::Vector2d(0, 1)).norm(), 1e-16);
    const Eigen::Matrix3d Q = rotation3d(Eigen::Vector3d(0, 0, 1e-300), pi / 2);
    EXPECT_LT((Q * Eigen::Vector3d(1, 0, 0) - Eigen::Vector3d(0, 1, 0)).norm(), 1e-15);
    const Eigen::Matrix3d cyclic = rotation3d(Eigen::Vector3d(1e300, 1e300, 1e300), 2 * pi / 3);
    Eigen::Matrix3d expected;
    expected << 0, 0, 1, 1, 0, 0, 0, 1, 0;
    EXPECT_LT((cyclic - expected).norm(), 1e-15);
    EXPECT_EQ(message_of([] { (void)rotation3d(Eigen::Vector3d::Zero().eval(), 1); }),
              "rotation3d: the axis is zero and has no direction");
}

template <class R>
class RotationOf : public testing::Test {};
TYPED_TEST_SUITE(RotationOf, RealScalars);

TYPED_TEST(RotationOf, AxisAndAngleComeBackFromZeroToPi) {
    using R = TypeParam;
    Random random(1);
    for (const double angle : {0.0, 1e-7, 1e-3, 1.0, 2.0, 3.0, pi - 1e-3, pi - 1e-7, pi})
        for (int k = 0; k < 10; ++k) {
            const Eigen::Vector3<R> axis(R(random.normal()), R(random.normal()), R(random.normal()));
            const Eigen::Matrix3<R> Q = rotation3d(axis, R(angle));
            EXPECT_TRUE(is_rotation(Q));
            const auto found = axis_angle<R>(Q);
            EXPECT_NEAR(found.angle, angle, 20 * epsilon<R>());
            EXPECT_LT((rotation3d(found.axis, found.angle) - Q).norm(), 40 * epsilon<R>());
        }
}

template <class T>
class RandomOrthogonal : public testing::Test {};
TYPED_TEST_SUITE(RandomOrthogonal, FourScalars);

TYPED_TEST(RandomOrthogonal, IsOrthogonalAndRepeatable) {
    using T = TypeParam;
    for (const int n : {0, 1, 2, 3, 10, 33}) {
        const Eigen::MatrixX<T> Q = random_orthogonal<T>(n, 5);
        EXPECT_TRUE(is_orthogonal(Q)) << n;
        EXPECT_EQ(Q, random_orthogonal<T>(n, 5));
        if (n > 0) {
            EXPECT_FALSE(is_orthogonal((Q * T(Real<T>(1.001))).eval()));
        }
    }
}

TYPED_TEST(RotationOf, ARandomRotationHasDeterminantOne) {
    using R = TypeParam;
    for (const int n : {1, 2, 3, 8, 20})
        for (std::uint64_t seed = 0; seed < 8; ++seed) {
            const Eigen::MatrixX<R> Q = random_rotation<R>(n, seed);
            EXPECT_NEAR(double(linalg::det(Q)), 1, 50 * epsilon<R>());
            EXPECT_TRUE(is_rotation(Q));
        }
}

// Under Haar's measure on SO(3) the trace is 1 + 2 cos θ, θ of density (1 − cos θ)/π: E tr = 0, E tr² = 1, E tr³ = 1,
// E tr⁴ = 3, and every entry has mean 0 and variance 1/3.
TEST(RandomRotation, IsUniformlyDistributed) {
    constexpr int count = 20000;
    double moments[5] = {};
    Eigen::Matrix3d mean = Eigen::Matrix3d::Zero(), square = Eigen::Matrix3d::Zero();
    for (int k = 0; k < count; ++k) {
        const Eigen::Matrix3d Q = random_rotation(3, std::uint64_t(k));
        for (int p = 1; p < 5; ++p) moments[p] += std::pow(Q.trace(), p) / count;
        mean += Q / count;
        square += Q.cwiseAbs2() / count;
    }
    EXPECT_NEAR(moments[1], 0, 0.04);
    EXPECT_NEAR(moments[2], 1, 0.06);
    EXPECT_NEAR(moments[3], 1, 0.2);
    EXPECT_NEAR(moments[4], 3, 0.4);
    EXPECT_LT(mean.cwiseAbs().maxCoeff(), 0.02);
    EXPECT_LT((square.array() - 1.0 / 3).abs().maxCoeff(), 0.015);
}

TEST(IsRotation, RefusesReflectionsAndRectangles) {
    EXPECT_FALSE(is_rotation(Eigen::Vector3d(1, 1, -1).asDiagonal().toDenseMatrix().eval()));
    EXPECT_TRUE(is_orthogonal(Eigen::Vector3d(1, 1, -1).asDiagonal().toDenseMatrix().eval()));
    EXPECT_FALSE(is_rotation(Eigen::MatrixXd::Identity(3, 2)));
    EXPECT_FALSE(is_rotation(Eigen::MatrixXd::Constant(2, 2, std::nan(""))));
    EXPECT_THROW((void)axis_angle<double>(Eigen::Matrix3d::Ones()), InvalidArgument);
}

}  // namespace
}  // namespace ritz::ml
