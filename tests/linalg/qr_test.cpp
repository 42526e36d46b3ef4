// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/qr.hpp"

#include "linalg/matrices.hpp"

namespace ritz::linalg {
namespace {

using namespace testing;
using Eigen::MatrixXd;

template <class T>
class Qr : public ::testing::Test {};
TYPED_TEST_SUITE(Qr, AllScalars);

constexpr int shapes[][2] = {{0, 0},   {0, 3},    {3, 0},    {1, 1},    {1, 5},     {5, 1},     {2, 2},   {4, 4},
                             {8, 8},   {9, 4},    {16, 16},  {17, 9},   {9, 17},    {33, 33},   {40, 20}, {64, 64},
                             {65, 65}, {100, 30}, {30, 100}, {128, 64}, {150, 150}, {257, 257}, {300, 70}};

TYPED_TEST(Qr, EveryModeIsOrthonormalAndMultipliesBack) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    for (const auto& [m, n] : shapes) {
        const int k = std::min(m, n);
        const M A = random_matrix<T>(m, n, m + 2 * n);
        const double bound = 5 * (k + 10) * u<T>;
        const auto [Q, R] = qr(A);
        ASSERT_EQ(Q.cols(), k);
        ASSERT_EQ(R.rows(), k);
        EXPECT_LE(difference(A, M(Q * R)), bound) << m << ' ' << n;
        EXPECT_LE(loss_of_orthogonality(Q), bound) << m << ' ' << n;
        if (R.size() > 0) {
            EXPECT_TRUE(R.isUpperTriangular(0));
        }
        const auto whole = qr(A, {.mode = QrMode::complete});
        ASSERT_EQ(whole.Q.cols(), m);
        ASSERT_EQ(whole.R.rows(), m);
        EXPECT_LE(difference(A, M(whole.Q * whole.R)), bound) << m << ' ' << n;
        EXPECT_LE(loss_of_orthogonality(whole.Q), bound) << m << ' ' << n;
        const auto only = qr(A, {.mode = QrMode::r});
        EXPECT_EQ(only.Q.size(), 0);
        EXPECT_LE(difference(R, only.R), bound);

        const auto [Qp, Rp, P] = qr_pivoted(A);
        M permuted(m, n);
        for (int j = 0; j < n; ++j) permuted.col(j) = A.col(P[j]);
        EXPECT_LE(difference(permuted, M(Qp * Rp)), bound) << m << ' ' << n;
        EXPECT_LE(loss_of_orthogonality(Qp), bound);
        for (int j = 1; j < k; ++j) EXPECT_LE(std::abs(Rp(j, j)), std::abs(Rp(j - 1, j - 1)) * (1 + 100 * u<T>));

        for (const QrMode mode : {QrMode::reduced, QrMode::complete}) {
            const auto [Rr, rows] = rq(A, {.mode = mode});
            EXPECT_EQ(rows.rows(), mode == QrMode::complete ? n : k);
            EXPECT_LE(difference(A, M(Rr * rows)), bound) << m << ' ' << n;
            EXPECT_LE(loss_of_orthogonality(M(rows.adjoint())), bound) << m << ' ' << n;
            for (int i = 0; i < Rr.rows(); ++i)
                for (int j = 0; j < Rr.cols(); ++j)
                    if (j - i < Rr.cols() - m) {
                        EXPECT_EQ(Rr(i, j), T(0));
                    }
        }
    }
}

TYPED_TEST(Qr, ProductsWithQDoNotFormIt) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    for (const auto& [m, n] : shapes) {
        const int k = std::min(m, n);
        const M A = random_matrix<T>(m, n, 3), Q = qr(A).Q;
        const double bound = 20 * (m + 10) * u<T>;
        const M left = random_matrix<T>(k, 3, 4), right = random_matrix<T>(3, m, 5);
        EXPECT_LE(difference(M(Q * left), qr_multiply(A, left, {.side = Side::left}).product), bound);
        EXPECT_LE(difference(M(right * Q), qr_multiply(A, right).product), bound) << m << ' ' << n;
        EXPECT_LE(
            difference(M(Q.conjugate() * left), qr_multiply(A, left, {.side = Side::left, .conjugate = true}).product),
            bound);
        EXPECT_LE(difference(M(right * Q.conjugate()), qr_multiply(A, right, {.conjugate = true}).product), bound);
    }
    EXPECT_THROW((void)qr_multiply(M(M::Zero(4, 2)), M(M::Zero(4, 1)), {.side = Side::left}), InvalidArgument);
}

TYPED_TEST(Qr, IsOrthonormalForRankDeficientHugeAndTinyMatrices) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    using R = Real<T>;
    for (const int n : {3, 8, 20, 90}) {
        M A = random_matrix<T>(n + 4, 2, 1) * random_matrix<T>(2, n, 2);
        EXPECT_LE(loss_of_orthogonality(qr(A).Q), 20 * (n + 10) * u<T>);
        EXPECT_LE(difference(A, M(qr(A).Q * qr(A).R)), 20 * (n + 10) * u<T>);
        EXPECT_LE(loss_of_orthogonality(qr(M(M::Zero(n, n))).Q), 0);
        EXPECT_LE(loss_of_orthogonality(qr(M(M::Identity(n, n))).Q), 0);
        A = random_matrix<T>(n, n, 3);
        for (const R size : {std::numeric_limits<R>::max() / R(1e3), std::numeric_limits<R>::min() * R(1e3)}) {
            const M S = A * size;
            const auto [Q, U] = qr(S);
            EXPECT_LE(loss_of_orthogonality(Q), 20 * (n + 10) * u<T>) << size;
            EXPECT_LE(difference(M(S / size), M(Q * (U / size))), 100 * (n + 10) * u<T>) << size;
        }
    }
    const M huge = M::Constant(4, 4, T(std::numeric_limits<R>::max() / R(1.5)));
    EXPECT_THROW((void)qr(huge), LimitExceeded);
}

}  // namespace
}  // namespace ritz::linalg
