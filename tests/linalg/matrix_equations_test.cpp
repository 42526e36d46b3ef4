// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/matrix_equations.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "ritz/linalg/products.hpp"

namespace ritz::linalg {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

template <class T>
Eigen::MatrixX<T> random(Index m, Index n) {
    return Eigen::MatrixX<T>::Random(m, n);
}

template <class T>
class MatrixEquations : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(MatrixEquations, Scalars);

TYPED_TEST(MatrixEquations, SylvestersIsSolvedOverShapes) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    for (const auto& [m, n] : {std::pair(1, 1), {2, 3}, {3, 2}, {7, 1}, {13, 20}, {60, 9}, {70, 110}}) {
        // Eigenvalues in discs of radius √m about ±2√m: apart.
        const Eigen::MatrixX<T> A = random<T>(m, m) + Real<T>(2 * std::sqrt(m)) * Eigen::MatrixX<T>::Identity(m, m),
                                B = random<T>(n, n) + Real<T>(2 * std::sqrt(n)) * Eigen::MatrixX<T>::Identity(n, n),
                                Q = random<T>(m, n), X = solve_sylvester(A, B, Q);
        EXPECT_LT((A * X + X * B - Q).norm(), 20 * u * ((A.norm() + B.norm()) * X.norm() + Q.norm())) << m << " " << n;
    }
    const Eigen::MatrixX<T> none(0, 0);
    EXPECT_EQ(solve_sylvester(none, Eigen::MatrixX<T>::Ones(3, 3), Eigen::MatrixX<T>(0, 3)).cols(), 3);
}

TYPED_TEST(MatrixEquations, LyapunovsAreSolvedAndTheirSolutionsAreHermitian) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    for (Index n : {1, 2, 5, 24, 61}) {
        const auto I = Eigen::MatrixX<T>::Identity(n, n);
        const Eigen::MatrixX<T> R = random<T>(n, n), Q = R * R.adjoint() + I;
        const Eigen::MatrixX<T> A = random<T>(n, n) - Real<T>(2 * std::sqrt(n)) * I;
        const Eigen::MatrixX<T> X = solve_continuous_lyapunov(A, Q);
        EXPECT_LT((A * X + X * A.adjoint() - Q).norm(), 20 * u * (2 * A.norm() * X.norm() + Q.norm())) << n;
        EXPECT_LT((X - X.adjoint()).norm(), 4 * u * X.norm());
        const Eigen::MatrixX<T> B = random<T>(n, n) / Real<T>(1.5 * std::sqrt(n)), Y = solve_discrete_lyapunov(B, Q);
        EXPECT_LT((B * Y * B.adjoint() - Y + Q).norm(), 20 * u * ((B.squaredNorm() + 1) * Y.norm() + Q.norm())) << n;
        const Eigen::VectorX<T> v = random<T>(n, 1);
        EXPECT_GT(std::real(v.dot(Y * v)), 0);  // B is stable and Q positive definite
    }
    EXPECT_EQ(solve_discrete_lyapunov(Eigen::MatrixX<T>(0, 0), Eigen::MatrixX<T>(0, 0)).size(), 0);
}

TYPED_TEST(MatrixEquations, RiccatisHaveTheStabilisingSolution) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    for (const auto& [n, m] : {std::pair(1, 1), {2, 1}, {5, 2}, {12, 12}, {20, 3}}) {
        const auto I = Eigen::MatrixX<T>::Identity(n, n);
        const Eigen::MatrixX<T> A = random<T>(n, n), B = random<T>(n, m), C = random<T>(n, n), D = random<T>(m, m);
        const Eigen::MatrixX<T> Q = C * C.adjoint() + I, R = D * D.adjoint() + Eigen::MatrixX<T>::Identity(m, m);
        {
            const Eigen::MatrixX<T> X = solve_continuous_are(A, B, Q, R), K = R.inverse() * B.adjoint() * X;
            const double size = 2 * A.norm() * X.norm() + (X * B * K).norm() + Q.norm();
            EXPECT_LT((A.adjoint() * X + X * A - X * B * K + Q).norm(), 1e3 * u * size) << n;
            EXPECT_LT((A - B * K).eval().eigenvalues().real().maxCoeff(), 0);
        }
        {
            const Eigen::MatrixX<T> X = solve_discrete_are(A, B, Q, R);
            const Eigen::MatrixX<T> M = R + B.adjoint() * X * B, K = M.inverse() * B.adjoint() * X * A;
            const double size = (A.squaredNorm() + 1) * X.norm() + Q.norm();
            EXPECT_LT((A.adjoint() * X * A - X - A.adjoint() * X * B * K + Q).norm(), 1e3 * u * size) << n;
            EXPECT_LT((A - B * K).eval().eigenvalues().cwiseAbs().maxCoeff(), 1);
        }
        const Eigen::MatrixX<T> E = random<T>(n, n) + Real<T>(3 * std::sqrt(n)) * I, S = random<T>(n, m) / Real<T>(10);
        {
            const Eigen::MatrixX<T> X = solve_continuous_are(A, B, Q, R, E, S),
                                    K = R.inverse() * (B.adjoint() * X * E + S.adjoint());
            const double size = 2 * A.norm() * X.norm() * E.norm() + (E.adjoint() * X * B * K).norm() + Q.norm();
            EXPECT_LT((A.adjoint() * X * E + E.adjoint() * X * A - (E.adjoint() * X * B + S) * K + Q).norm(),
                      1e3 * u * size);
            EXPECT_LT((E.inverse() * (A - B * K)).eval().eigenvalues().real().maxCoeff(), 0);
        }
        {
            const Eigen::MatrixX<T> X = solve_discrete_are(A, B, Q, R, E, S);
            const Eigen::MatrixX<T> K = (R + B.adjoint() * X * B).inverse() * (B.adjoint() * X * A + S.adjoint());
            const double size = (A.squaredNorm() + E.squaredNorm()) * X.norm() + Q.norm();
            EXPECT_LT((A.adjoint() * X * A - E.adjoint() * X * E - (A.adjoint() * X * B + S) * K + Q).norm(),
                      1e3 * u * size);
            EXPECT_LT((E.inverse() * (A - B * K)).eval().eigenvalues().cwiseAbs().maxCoeff(), 1);
        }
    }
}

TEST(MatrixEquationsOfNumbers, HaveTheirAnalyticAnswers) {
    const MatrixXd one = MatrixXd::Ones(1, 1);
    EXPECT_DOUBLE_EQ(solve_sylvester(2 * one, 3 * one, 10 * one)(0, 0), 2);
    EXPECT_DOUBLE_EQ(solve_continuous_lyapunov(-one, -4 * one)(0, 0), 2);
    EXPECT_DOUBLE_EQ(solve_discrete_lyapunov(0.5 * one, 3 * one)(0, 0), 4);
    EXPECT_NEAR(solve_continuous_are(0 * one, one, one, one)(0, 0), 1, 1e-14);
    EXPECT_NEAR(solve_continuous_are(one, one, 3 * one, one)(0, 0), 3, 1e-14);  // 2x − x² + 3 = 0
    EXPECT_NEAR(solve_discrete_are(one, one, one, one)(0, 0), (1 + std::sqrt(5.0)) / 2, 1e-14);
    // The double integrator: X = [√3 1; 1 √3].
    const MatrixXd A{{0, 1}, {0, 0}}, b{{0}, {1}}, X{{std::sqrt(3.0), 1}, {1, std::sqrt(3.0)}};
    EXPECT_LT((solve_continuous_are(A, b, MatrixXd::Identity(2, 2), one) - X).norm(), 1e-13);
}

TEST(MatrixEquationsOfHardNumbers, NameWhyThereIsNoAnswer) {
    const MatrixXd I = MatrixXd::Identity(3, 3);
    EXPECT_THROW((void)solve_sylvester(I, MatrixXd(-I), I), SingularMatrix);
    MatrixXd B = -I;
    B(1, 1) *= 1 - 1e-16 * 2;
    EXPECT_ANY_THROW((void)solve_sylvester(I, B, I));
    EXPECT_THROW((void)solve_continuous_lyapunov(MatrixXd{{0, 1}, {-1, 0}}, MatrixXd::Identity(2, 2)), SingularMatrix);
    EXPECT_THROW((void)solve_discrete_lyapunov(I, I), SingularMatrix);
    EXPECT_THROW((void)solve_sylvester(I, I, MatrixXd::Ones(2, 3)), InvalidArgument);
    EXPECT_THROW((void)solve_sylvester(MatrixXd::Ones(3, 2), I, I), InvalidArgument);
    EXPECT_THROW((void)solve_continuous_lyapunov(MatrixXd::Constant(2, 2, std::nan("")), MatrixXd::Ones(2, 2)),
                 InvalidArgument);
    // An unstable mode that the input does not reach, and one on the axis that Q does not see.
    const MatrixXd A = VectorXd{{1, -1}}.asDiagonal(), b{{0}, {1}}, one = MatrixXd::Ones(1, 1),
                   I2 = MatrixXd::Identity(2, 2);
    EXPECT_THROW((void)solve_continuous_are(A, b, I2, one), Error);
    EXPECT_THROW((void)solve_continuous_are(MatrixXd{{0, 1}, {-1, 0}}, b, MatrixXd::Zero(2, 2), one), Error);
    EXPECT_THROW((void)solve_discrete_are(MatrixXd(2 * A), b, I2, one), Error);
    EXPECT_THROW((void)solve_continuous_are(A, b, I2, MatrixXd::Zero(1, 1)), SingularMatrix);
    EXPECT_THROW((void)solve_continuous_are(A, b, MatrixXd{{1, 2}, {0, 1}}, one), InvalidArgument);
}

TEST(MatrixEquationsOfHardNumbers, ScaleByPowersOfTwo) {
    const MatrixXd A = MatrixXd::Random(5, 5) + 5 * MatrixXd::Identity(5, 5), Q = MatrixXd::Random(5, 5);
    const MatrixXd X = solve_sylvester(A, A, Q);
    for (int e : {-900, 900}) {
        const double s = std::ldexp(1.0, e);
        EXPECT_EQ(solve_sylvester(A, A, MatrixXd(s * Q)), s * X);
        EXPECT_EQ(solve_sylvester(MatrixXd(s * A), MatrixXd(s * A), MatrixXd(s * Q)), X);
    }
}

TEST(MatrixEquationsOfHardNumbers, BadlyScaledRiccatiIsBalanced) {
    // States in units that differ by 1e6: X scales with them.
    const VectorXd d{{1, 1e6, 1e-3}};
    const MatrixXd A0 = MatrixXd::Random(3, 3), B0 = MatrixXd::Random(3, 2), I = MatrixXd::Identity(3, 3),
                   R = MatrixXd::Identity(2, 2);
    const MatrixXd D = d.asDiagonal(), Di = d.cwiseInverse().asDiagonal();
    const MatrixXd X0 = solve_continuous_are(A0, B0, I, R);
    const MatrixXd X = solve_continuous_are(MatrixXd(D * A0 * Di), MatrixXd(D * B0), MatrixXd(Di * Di), R);
    EXPECT_LT((D * X * D - X0).norm(), 1e-9 * X0.norm());
}

}  // namespace
}  // namespace ritz::linalg
