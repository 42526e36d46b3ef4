// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/lu.hpp"

#include "linalg/matrices.hpp"
#include "ritz/linalg/inverse.hpp"

namespace ritz::linalg {
namespace {

using namespace testing;
using Eigen::MatrixXd;
using Eigen::VectorXd;

template <class T>
class Lu : public ::testing::Test {};
TYPED_TEST_SUITE(Lu, AllScalars);

TYPED_TEST(Lu, MultipliesBackToAForEveryShape) {
    using T = TypeParam;
    for (const int m : orders)
        for (const int n : {m, m / 2, m + 5}) {
            const Eigen::MatrixX<T> A = random_matrix<T>(m, n, 7 + m);
            const auto [P, L, U] = lu(A);
            EXPECT_LE(difference(A, Eigen::MatrixX<T>(P * (L * U))), (n + 5) * u<T>) << m << ' ' << n;
            EXPECT_LE(difference(Eigen::MatrixX<T>::Identity(m, m).eval(), Eigen::MatrixX<T>(P.transpose() * P)), 0);
            if (L.size() > 0) {
                EXPECT_LE(L.cwiseAbs().maxCoeff(), is_complex<T> ? 1.5 : 1.0);
                EXPECT_TRUE(L.isLowerTriangular(0) && U.isUpperTriangular(0));
            }
        }
}

TYPED_TEST(Lu, FactorsSolveWithEveryOperation) {
    using T = TypeParam;
    for (const int n : orders) {
        const Eigen::MatrixX<T> A = random_matrix<T>(n, n, 7 + n), B = random_matrix<T>(n, 3, 8);
        const LuFactor<T> factor = lu_factor(A);
        const double bound = 100 * (n + 5) * u<T> / factor.rcond();
        EXPECT_LE(difference(B, Eigen::MatrixX<T>(lu_solve(factor, Eigen::MatrixX<T>(A * B)))), bound) << n;
        EXPECT_LE(difference(B, lu_solve(factor, Eigen::MatrixX<T>(A.transpose() * B), Op::transpose)), bound) << n;
        EXPECT_LE(difference(B, lu_solve(factor, Eigen::MatrixX<T>(A.adjoint() * B), Op::adjoint)), bound) << n;
    }
}

TYPED_TEST(Lu, TheDeterminantOfAProductIsTheProductAndTheInverseInverts) {
    using T = TypeParam;
    for (const int n : orders) {
        if (n > 130) continue;
        // det of a unit triangular product is 1, times a known diagonal.
        Eigen::MatrixX<T> L = random_matrix<T>(n, n, n) / Real<T>(n + 1);
        Eigen::MatrixX<T> U = random_matrix<T>(n, n, n + 1) / Real<T>(n + 1);
        L = L.template triangularView<Eigen::UnitLower>();
        U = U.template triangularView<Eigen::UnitUpper>();
        if (n > 1) U(0, 0) = T(-3);
        const Eigen::MatrixX<T> A = L * U;
        EXPECT_LE(std::abs(det(A) - (n > 1 ? T(-3) : T(1))), 1000 * (n + 1) * u<T>) << n;
        const auto [sign, logabsdet] = slogdet(A);
        EXPECT_LE(std::abs(sign - (n > 1 ? T(-1) : T(1))), 1000 * (n + 1) * u<T>);
        EXPECT_NEAR(logabsdet, n > 1 ? std::log(3.0) : 0.0, 1000 * (n + 1) * u<T>);
    }
    for (const int n : orders) {
        const Eigen::MatrixX<T> A = random_matrix<T>(n, n, 70 + n),
                                X = inv(A, {.on_ill_conditioned = OnIllConditioned::accept});
        if (n == 0) continue;
        const Eigen::MatrixX<T> residual = A * X - Eigen::MatrixX<T>::Identity(n, n);
        EXPECT_LE(residual.norm(), 5 * n * u<T> * A.norm() * X.norm()) << n;
    }
}

TEST(Determinant, NeitherOverflowsNorUnderflows) {
    EXPECT_EQ(det(MatrixXd(0, 0)), 1);
    for (const int n : {2, 4, 60}) {
        MatrixXd A = MatrixXd::Identity(n, n) * 1e200;
        for (int k = 0; k < 2; ++k) A.bottomRightCorner(n / 2, n / 2) *= 1e-200;
        EXPECT_NEAR(det(A), 1, 1e-13);
        EXPECT_NEAR(slogdet(MatrixXd(MatrixXd::Identity(n, n) * 1e300)).logabsdet, n * 300 * std::log(10.0), 1e-9);
        EXPECT_EQ(slogdet(MatrixXd(MatrixXd::Zero(n, n))).sign, 0);
        EXPECT_EQ(slogdet(MatrixXd(MatrixXd::Zero(n, n))).logabsdet, -std::numeric_limits<double>::infinity());
        EXPECT_EQ(det(MatrixXd(MatrixXd::Ones(n, n))), 0);
    }
    EXPECT_EQ(det(MatrixXd{{0, 1}, {1, 0}}), -1);
    EXPECT_NEAR(det(wilkinson_growth(60)) / std::ldexp(1.0, 59), 1, 1e-12);
}

TEST(Determinant, IsExactWhereEliminationCannotTellTheSign) {
    EXPECT_EQ(det(MatrixXd{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}), 0);
    MatrixXd magic{{16, 2, 3, 13}, {5, 11, 10, 8}, {9, 7, 6, 12}, {4, 14, 15, 1}};
    EXPECT_EQ(det(magic), 0);
    // 2⁵³ + 1 is no double, but this determinant is 1 all the same: F(k+1) F(k-1) − F(k)² of Fibonacci numbers.
    double a = 1, b = 1;
    for (int k = 3; k <= 75; ++k) b = std::exchange(a, a + b);
    EXPECT_EQ(std::abs(det(MatrixXd{{a + b, a}, {a, b}})), 1);
    Eigen::MatrixXcd Z = magic.cast<std::complex<double>>() * std::complex<double>(1, 2);
    EXPECT_EQ(det(Z), 0.0);
}

TEST(Inverse, TellsSingularAndIllConditionedMatrices) {
    EXPECT_EQ(inv(MatrixXd(0, 0)).size(), 0);
    EXPECT_EQ(inv(MatrixXd::Constant(1, 1, 4.0))(0, 0), 0.25);
    for (const int n : {2, 3, 6, 50}) {
        EXPECT_THROW((void)inv(MatrixXd(MatrixXd::Zero(n, n))), SingularMatrix);
        EXPECT_THROW((void)inv(MatrixXd(MatrixXd::Ones(n, n))), SingularMatrix);
    }
    for (const int n : {12, 15, 20}) {
        EXPECT_THROW((void)inv(hilbert(n)), IllConditioned);
        EXPECT_NO_THROW((void)inv(hilbert(n), {.on_ill_conditioned = OnIllConditioned::accept}));
    }
    EXPECT_THROW((void)inv(MatrixXd(3, 2)), InvalidArgument);
    VectorXd d = VectorXd::LinSpaced(20, 1, 20);
    d[3] = 1e250, d[4] = 1e-250;
    EXPECT_LE(difference(MatrixXd(d.cwiseInverse().asDiagonal()), inv(MatrixXd(d.asDiagonal()))), 1e-15);
}

TEST(Inverse, IsRightWherePartialPivotingIsUnstable) {
    for (const int n : {8, 40, 100}) {
        const MatrixXd A = wilkinson_growth(n);
        EXPECT_LE((A * inv(A) - MatrixXd::Identity(n, n)).norm(), 1e-12) << n;
        EXPECT_LE((A * lu_solve(lu_factor(A), MatrixXd(MatrixXd::Identity(n, n))) - MatrixXd::Identity(n, n)).norm(),
                  1e-12);
    }
}

TEST(LuFactorTest, RefusesWhatItCannotSolve) {
    EXPECT_THROW((void)lu_factor(MatrixXd(MatrixXd::Ones(4, 4))), SingularMatrix);
    EXPECT_THROW((void)lu_factor(hilbert(14)), IllConditioned);
    EXPECT_LT(lu_factor(hilbert(14), {.on_ill_conditioned = OnIllConditioned::accept}).rcond(), 1e-15);
    EXPECT_THROW((void)lu_solve(lu_factor(MatrixXd(MatrixXd::Identity(3, 3))), VectorXd(VectorXd::Ones(4))),
                 InvalidArgument);
}

}  // namespace
}  // namespace ritz::linalg
