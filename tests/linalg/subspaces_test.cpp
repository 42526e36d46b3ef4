// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/subspaces.hpp"

#include "linalg/spectral_matrices.hpp"
#include "ritz/linalg/polar.hpp"

namespace ritz::linalg {
namespace {

template <class T>
class Subspaces : public ::testing::Test {};
TYPED_TEST_SUITE(Subspaces, Scalars);

TYPED_TEST(Subspaces, NullSpaceAndRangeTogetherFillTheSpace) {
    using T = TypeParam;
    for (const auto& [m, n, r] : {std::tuple{5, 5, 3}, {7, 3, 3}, {3, 7, 2}, {1, 1, 0}, {0, 4, 0}, {4, 0, 0}}) {
        const Eigen::MatrixX<T> A = random_dense<T>(m, r) * random_dense<T>(r, n, 2);
        const Eigen::MatrixX<T> N = null_space(A), Q = orth(A);
        ASSERT_EQ(N.rows(), n);
        ASSERT_EQ(N.cols(), n - r);
        ASSERT_EQ(Q.cols(), r);
        expect_orthonormal_columns(N);
        expect_orthonormal_columns(Q);
        EXPECT_LE((A * N).norm(), tolerance<T>(std::max(m, n)) * A.norm());
        EXPECT_LE((A - Q * (Q.adjoint() * A)).norm(), tolerance<T>(std::max(m, n)) * A.norm());
    }
}

TEST(SubspacesOfDoubles, SmallAnglesHaveFullRelativeAccuracy) {
    for (const double angle : {1e-12, 1e-8, 0.3, 0.8, M_PI / 2}) {
        Eigen::MatrixXd A = Eigen::MatrixXd::Identity(5, 2), B = Eigen::MatrixXd::Zero(5, 2);
        B(0, 0) = 1;
        B(1, 1) = std::cos(angle);
        B(3, 1) = std::sin(angle);
        const auto angles = subspace_angles(A, B);
        ASSERT_EQ(angles.size(), 2);
        EXPECT_NEAR(angles[0], angle, 1e-14 * angle);
        EXPECT_NEAR(angles[1], 0, 1e-15);
    }
    EXPECT_EQ(subspace_angles(random_dense<double>(6, 4), random_dense<double>(6, 1, 2)).size(), 1);
    EXPECT_THROW((void)subspace_angles(random_dense<double>(6, 4), random_dense<double>(5, 1)), InvalidArgument);
}

TYPED_TEST(Subspaces, ProcrustesFindsTheRotationThatWasApplied) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = random_dense<T>(9, 4), Q = orth(random_dense<T>(4, 4, 2));
    const auto [R, scale] = orthogonal_procrustes(A, Eigen::MatrixX<T>(A * Q));
    EXPECT_LE((R - Q).norm(), tolerance<T>(9) * 10);
    EXPECT_NEAR(scale, A.squaredNorm(), tolerance<T>(9) * A.squaredNorm());
    EXPECT_THROW((void)orthogonal_procrustes(A, Q), InvalidArgument);
}

TYPED_TEST(Subspaces, TheCsDecompositionReproducesEverySplitting) {
    using T = TypeParam;
    for (const Eigen::Index m : {2, 3, 5, 8}) {
        const Eigen::MatrixX<T> X = orth(random_dense<T>(m, m));
        for (Eigen::Index p = 1; p < m; ++p)
            for (Eigen::Index q = 1; q < m; ++q) {
                const auto [U, CS, Vh, theta] = cossin(X, p, q);
                expect_orthonormal_columns(U);
                expect_orthonormal_columns(Vh);
                expect_orthonormal_columns(CS);
                EXPECT_LE((U * CS * Vh - X).norm(), tolerance<T>(m)) << m << ' ' << p << ' ' << q;
                EXPECT_EQ(U.topRightCorner(p, m - p).norm(), 0);
                EXPECT_EQ(Vh.bottomLeftCorner(m - q, q).norm(), 0);
            }
        EXPECT_THROW((void)cossin(X, 0, 1), InvalidArgument);
        EXPECT_THROW((void)cossin(Eigen::MatrixX<T>(X * T(2)), 1, 1), InvalidArgument);
    }
}

TYPED_TEST(Subspaces, PolarFactorsOfBothSides) {
    using T = TypeParam;
    for (const auto& [m, n] : {std::pair{4, 4}, {6, 3}, {3, 6}, {1, 1}, {0, 0}, {3, 0}}) {
        const Eigen::MatrixX<T> A = random_dense<T>(m, n);
        for (const Side side : {Side::right, Side::left}) {
            const auto [U, P] = polar(A, side);
            ASSERT_EQ(P.rows(), side == Side::right ? n : m);
            EXPECT_EQ(P, P.adjoint());
            EXPECT_LE((A - (side == Side::right ? Eigen::MatrixX<T>(U * P) : Eigen::MatrixX<T>(P * U))).norm(),
                      tolerance<T>(std::max(m, n)) * A.norm());
            if (m >= n)
                expect_orthonormal_columns(U);
            else
                expect_orthonormal_columns(Eigen::MatrixX<T>(U.adjoint()));
        }
    }
}

TEST(SubspacesOfDoubles, PolarAtTheEndsOfTheRangeAndOfASingularMatrix) {
    const Eigen::MatrixXd A = random_dense<double>(4, 4);
    for (const double scale : {1e300, 1e-300}) {
        EXPECT_LE((polar(scale * A).U - polar(A).U).norm(), 1e-12);
        EXPECT_LE((polar(scale * A).P / scale - polar(A).P).norm(), 1e-12);
    }
    expect_orthonormal_columns(polar(Eigen::MatrixXd::Zero(3, 3)).U);
    EXPECT_THROW((void)polar(Eigen::MatrixXd::Constant(2, 2, INFINITY)), InvalidArgument);
}

}  // namespace
}  // namespace ritz::linalg
