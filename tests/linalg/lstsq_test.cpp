// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/lstsq.hpp"

#include "linalg/matrices.hpp"

namespace ritz::linalg {
namespace {

using namespace testing;
using Eigen::MatrixXd;
using Eigen::VectorXd;

template <class T>
class Lstsq : public ::testing::Test {};
TYPED_TEST_SUITE(Lstsq, AllScalars);

TYPED_TEST(Lstsq, TheResidualIsOrthogonalToTheRangeForEveryShape) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    for (const int n : {1, 2, 4, 7, 16, 20, 40, 100})
        for (const int m : {n, n + 1, 2 * n, 3 * n + 5})
            for (const int k : {1, 3, 6}) {
                const M A = random_matrix<T>(m, n, m + n), b = random_matrix<T>(m, k, 5);
                const auto found = lstsq(A, b);
                EXPECT_EQ(found.rank, n);
                const M r = b - A * found.x;
                EXPECT_LE((A.adjoint() * r).norm(), 20 * (m + n) * u<T> * A.norm() * b.norm()) << m << ' ' << n;
                EXPECT_EQ(found.residuals.size(), m > n ? k : 0);
                for (int j = 0; j < found.residuals.size(); ++j)
                    EXPECT_NEAR(found.residuals[j], r.col(j).squaredNorm(), 100 * m * u<T> * b.squaredNorm());
                // Minimum norm of the wide system.
                const M W = A.adjoint(), c = random_matrix<T>(n, k, 6);
                if (m == n) continue;
                const auto wide = lstsq(W, c);
                EXPECT_LE((W * wide.x - c).norm(), 20 * (m + n) * u<T> * (W.norm() * wide.x.norm() + c.norm()));
                const M in_range = A * lstsq(A, wide.x).x;  // x of least norm lies in the range of Wᴴ = A
                EXPECT_LE(difference(wide.x, in_range), 1000 * (m + n) * u<T>);
                EXPECT_EQ(wide.residuals.size(), 0);
            }
}

TEST(LstsqHonesty, EmptyProblemsHaveEmptyOrZeroSolutions) {
    const auto tall = lstsq(MatrixXd(3, 0), VectorXd{{3, 0, 4}});
    EXPECT_EQ(tall.x.size(), 0);
    ASSERT_EQ(tall.residuals.size(), 1);
    EXPECT_EQ(tall.residuals[0], 25);
    const auto wide = lstsq(MatrixXd(0, 3), VectorXd(0));
    EXPECT_EQ(wide.x, VectorXd::Zero(3));
    EXPECT_EQ(wide.rank, 0);
    EXPECT_THROW((void)lstsq(MatrixXd(3, 2), VectorXd(2)), InvalidArgument);
}

TEST(LstsqHonesty, RankDeficientProblemsGetTheSolutionOfLeastNorm) {
    MatrixXd A = random_matrix<double>(30, 3, 1);
    A.col(2) = A.col(0) + A.col(1);
    const VectorXd b = random_matrix<double>(30, 1, 2);
    const auto found = lstsq(A, b);
    EXPECT_EQ(found.rank, 2);
    EXPECT_TRUE(found.report.by_svd);
    EXPECT_EQ(found.singular_values.size(), 3);
    EXPECT_EQ(found.residuals.size(), 0);
    EXPECT_LE((A.transpose() * (b - A * found.x)).norm(), 1e-13);
    // The null space is (1, 1, -1): x of least norm is orthogonal to it.
    EXPECT_NEAR(found.x[0] + found.x[1] - found.x[2], 0, 1e-13);
    EXPECT_EQ(lstsq(MatrixXd(MatrixXd::Zero(5, 3)), VectorXd(VectorXd::Ones(5))).rank, 0);
}

TEST(LstsqHonesty, LaeuchlisMatrixIsSolvedWhereNormalEquationsAreSingular) {
    const double e = 1e-9;
    const MatrixXd A{{1, 1}, {e, 0}, {0, e}};
    // AᵀA = [1 + e², 1; 1, 1 + e²]: x = (b₂ + …)/…, exactly (1, 1) for b = A (1, 1).
    const VectorXd b{{2, e, e}};
    const auto found = lstsq(A, b);
    EXPECT_EQ(found.rank, 2);
    EXPECT_LE(difference(VectorXd::Ones(2).eval(), found.x), 1e-12);
}

TEST(LstsqHonesty, HugeAndTinyEntriesAreNoObstacle) {
    const MatrixXd A = random_matrix<double>(12, 4, 1);
    const VectorXd b = random_matrix<double>(12, 1, 2), x = lstsq(A, b).x;
    for (const double size : {1e307, 1e-300}) {
        EXPECT_LE(difference(x, VectorXd(lstsq(MatrixXd(A * size), VectorXd(b * size)).x)), 1e-12) << size;
        EXPECT_NEAR(lstsq(MatrixXd(A * size), b, {.singular_values = true}).singular_values[0] / size,
                    lstsq(A, b, {.singular_values = true}).singular_values[0], 1e-12);
    }
    MatrixXd one = MatrixXd::Identity(5, 3);
    one(0, 0) = 1e308;
    EXPECT_EQ(lstsq(one, VectorXd(VectorXd::Ones(5))).rank, 1) << "the other singular values are below max(m, n) u";
}

TEST(LstsqHonesty, RefinementKeepsIllConditionedProblemsAccurate) {
    // Polynomial regression: the exact coefficients are known, and the residual is zero or large.
    const int m = 40, n = 8;
    MatrixXd V(m, n);
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) V(i, j) = std::pow(i / 8.0, j);  // exact powers of eighths
    const VectorXd coefficients = VectorXd::Ones(n), b = V * coefficients;
    EXPECT_LE(difference(coefficients, lstsq(V, b).x), 1e-9);
    EXPECT_LE(lstsq(V, b).report.optimality, 1e-10);
}

}  // namespace
}  // namespace ritz::linalg
