// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/structure.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ritz::linalg {
namespace {

template <class T>
class Structure : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Structure, Scalars);

TYPED_TEST(Structure, BandwidthsAreThoseOfTheOutermostEntries) {
    using M = Eigen::MatrixX<TypeParam>;
    for (Eigen::Index m : {1, 3, 8})
        for (Eigen::Index n : {1, 5, 8})
            for (Eigen::Index i = 0; i < m; ++i)
                for (Eigen::Index j = 0; j < n; ++j) {
                    M A = M::Identity(m, n);
                    A(i, j) = TypeParam(2);
                    const auto [lower, upper] = bandwidth(A);
                    EXPECT_EQ(lower, std::max<Eigen::Index>(i - j, 0));
                    EXPECT_EQ(upper, std::max<Eigen::Index>(j - i, 0));
                }
    EXPECT_EQ(bandwidth(M(0, 4)).upper, 0);
    EXPECT_EQ(bandwidth(M::Ones(4, 7)).upper, 6);
    EXPECT_EQ(bandwidth(M::Ones(4, 7)).lower, 3);
    EXPECT_EQ(bandwidth(M::Zero(4, 7)).lower, 0);
}

TYPED_TEST(Structure, OneEntryThatDiffersIsSeenWhereverItIs) {
    using M = Eigen::MatrixX<TypeParam>;
    const Eigen::Index n = 70;  // more than two blocks
    const M R = M::Random(n, n), A = R + R.transpose(), H = R + R.adjoint();
    EXPECT_TRUE(issymmetric(A));
    EXPECT_TRUE(ishermitian(H));
    for (Eigen::Index i = 1; i < n; i += 11)
        for (Eigen::Index j = 0; j < i; j += 7) {
            M B = A, C = H;
            B(i, j) += TypeParam(1e-3);
            C(j, i) += TypeParam(1e-3);
            EXPECT_FALSE(issymmetric(B));
            EXPECT_FALSE(ishermitian(C));
            EXPECT_TRUE(issymmetric(B, {.atol = 2e-3}));
            EXPECT_TRUE(ishermitian(C, {.atol = 2e-3}));
        }
    EXPECT_TRUE(issymmetric(M(0, 0)));
    EXPECT_THROW((void)issymmetric(M(2, 3)), InvalidArgument);
    EXPECT_THROW((void)issymmetric(A, {.rtol = -1}), InvalidArgument);
}

TEST(StructureOfComplex, HermitianMeansARealDiagonalAndNaNEqualsNothing) {
    Eigen::MatrixXcd A = Eigen::MatrixXcd::Identity(3, 3);
    A(1, 1) = {1, 1};
    EXPECT_TRUE(issymmetric(A));
    EXPECT_FALSE(ishermitian(A));
    Eigen::MatrixXd B = Eigen::MatrixXd::Identity(3, 3);
    B(1, 1) = std::nan("");
    EXPECT_FALSE(issymmetric(B, {.atol = 1}));
}

}  // namespace
}  // namespace ritz::linalg
