// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/projections.hpp"

#include <gtest/gtest.h>

#include "ml/points.hpp"

namespace ritz::ml {
namespace {

template <class T>
class Projections : public testing::Test {};
TYPED_TEST_SUITE(Projections, FourScalars);

TYPED_TEST(Projections, AreIdempotentHermitianAndKeepTheSpan) {
    using T = TypeParam;
    for (const auto& [m, n, rank] : {std::tuple{5, 0, 0}, {1, 1, 1}, {9, 3, 3}, {20, 8, 4}, {4, 9, 4}}) {
        Eigen::MatrixX<T> A = random_points<T>(m, rank, 1) * random_points<T>(rank, n, 2);
        if (n > 1) A.col(1) *= Real<T>(1e-6);  // a short column spans as much as a long one
        const auto P = projection(A);
        const double tolerance = 200 * (m + n) * epsilon<T>();
        ASSERT_EQ(P.rank(), rank);
        const Eigen::MatrixX<T> M = P.matrix();
        EXPECT_EQ(M, M.adjoint());
        EXPECT_LT((M * M - M).norm(), tolerance);
        EXPECT_LT((P(A) - A).norm(), tolerance * (1 + A.norm()));
        const Eigen::MatrixX<T> B = random_points<T>(m, 3, 3);
        EXPECT_LT((M * B - P(B)).norm(), tolerance * B.norm());
        EXPECT_LT((P(B) + P.complement(B) - B).norm(), tolerance * B.norm());
        EXPECT_LT((P.basis().adjoint() * P.complement(B)).norm(), tolerance * B.norm());
    }
}

TEST(Projection, OntoALineAndAnAffineSpaceIsTheClosestPoint) {
    const Eigen::Vector3d direction(1, 1, 0), b(2, 0, 5);
    EXPECT_LT((projection(direction)(b) - Eigen::Vector3d(1, 1, 0)).norm(), 1e-15);
    const Eigen::Vector3d point(0, 0, 1);
    const Eigen::Vector3d x = affine_projection(direction, point)(b);
    EXPECT_LT((x - Eigen::Vector3d(1, 1, 1)).norm(), 1e-15);
    EXPECT_LT((affine_projection(direction, point).complement(b) - Eigen::Vector3d(1, -1, 4)).norm(), 1e-15);
    EXPECT_EQ(projection(Eigen::Vector3d::Zero().eval())(b).norm(), 0);  // zero spans the origin
    EXPECT_EQ(projection((direction * 1e300).eval()).rank(), 1);
    EXPECT_THROW((void)projection(direction)(Eigen::Vector2d(1, 2)), InvalidArgument);
}

TYPED_TEST(Projections, GramSchmidtIsOrthonormalAlsoOfNearlyDependentColumns) {
    using T = TypeParam;
    using R = Real<T>;
    Eigen::MatrixX<T> A = random_points<T>(12, 5, 4);
    A.col(1) = A.col(0) + R(1e3) * R(epsilon<T>()) * A.col(1);
    A.col(3) = A.col(0) * T(2) - A.col(2);
    const auto [Q, R_factor, kept] = gram_schmidt(A);
    EXPECT_LT((Q.adjoint() * Q - Eigen::MatrixX<T>::Identity(Q.cols(), Q.cols())).norm(), 20 * epsilon<T>());
    EXPECT_LT((Q * R_factor - A).norm(), 20 * epsilon<T>() * A.norm());
    EXPECT_EQ(kept, (std::vector<Eigen::Index>{0, 1, 2, 4}));
}

TEST(GramSchmidtOfLaeuchli, IsOrthonormalWhereTheClassicalOneIsNot) {
    Eigen::MatrixXd A = Eigen::MatrixXd::Zero(4, 3);
    A.row(0).setOnes();
    A.bottomRows(3).diagonal().setConstant(1e-9);
    const auto [Q, R, kept] = gram_schmidt(A);
    ASSERT_EQ(kept.size(), 3u);
    EXPECT_LT((Q.transpose() * Q - Eigen::Matrix3d::Identity()).norm(), 1e-15);
    EXPECT_EQ(gram_schmidt(Eigen::MatrixXd(0, 3)).Q.cols(), 0);
    EXPECT_EQ(gram_schmidt(Eigen::MatrixXd::Random(2, 5)).Q.cols(), 2);
    A(2, 1) = std::nan("");
    EXPECT_EQ(message_of([&] { (void)gram_schmidt(A); }), "gram_schmidt: A(2, 1) is nan");
}

}  // namespace
}  // namespace ritz::ml
