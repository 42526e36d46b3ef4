// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/products.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ritz::linalg {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using Complex = std::complex<double>;

template <class T>
class Products : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Products, Scalars);

TYPED_TEST(Products, AreTheirDefinitions) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    for (const auto& [m, k, n] : {std::tuple(1, 1, 1), {2, 3, 4}, {40, 30, 50}, {0, 3, 2}, {3, 0, 2}, {70, 70, 1}}) {
        const Eigen::MatrixX<T> A = Eigen::MatrixX<T>::Random(m, k), B = Eigen::MatrixX<T>::Random(k, n);
        const Eigen::MatrixX<T> C = A.lazyProduct(B);
        EXPECT_LE((matmul(A, B) - C).norm(), 10 * u * (A.norm() * B.norm())) << m;
        EXPECT_LE((inner(A, B.transpose()) - C).norm(), 10 * u * (A.norm() * B.norm())) << m;
        const Eigen::MatrixX<T> K = kron(A, B);
        ASSERT_EQ(K.rows(), m * k);
        ASSERT_EQ(K.cols(), k * n);
        for (Eigen::Index q = 0; q < K.size(); q += 7) {
            const Eigen::Index i = q % K.rows(), j = q / K.rows();
            EXPECT_LE(std::abs(K(i, j) - A(i / k, j / n) * B(i % k, j % n)), 8 * u);
        }
        const Eigen::MatrixX<T> D = Eigen::MatrixX<T>::Random(3, k);
        const Eigen::MatrixX<T> R = khatri_rao(A, D);
        for (Eigen::Index j = 0; j < k; ++j) EXPECT_LE((R.col(j) - kron(A.col(j), D.col(j))).norm(), 20 * u * (1 + R.norm()));
    }
}

TYPED_TEST(Products, PowersAndChainsAgreeWithRepeatedProducts) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    for (Eigen::Index n : {0, 1, 3, 30}) {
        const Eigen::MatrixX<T> A = Eigen::MatrixX<T>::Random(n, n) / std::sqrt(Real<T>(n + 1));
        Eigen::MatrixX<T> P = Eigen::MatrixX<T>::Identity(n, n);
        for (int k = 0; k < 12; ++k, P = (P * A).eval())
            EXPECT_LE((matrix_power(A, k) - P).norm(), 40 * u * (1 + P.norm())) << n << " " << k;
    }
    const auto random = [](int m, int n) -> Eigen::MatrixX<T> { return Eigen::MatrixX<T>::Random(m, n); };
    const Eigen::MatrixX<T> A = random(10, 30), B = random(30, 5), C = random(5, 60);
    const auto [product, order, multiplications] = multi_dot(A, B, C);
    EXPECT_EQ(order, "((A0 A1) A2)");
    EXPECT_EQ(multiplications, 4500);
    EXPECT_LE((product - A * (B * C)).norm(), 100 * u * product.norm());
    EXPECT_EQ(multi_dot(C.transpose(), B.transpose(), A.transpose()).order, "(A0 (A1 A2))");
}

TEST(MultiDot, FindsTheBestOrderOfTheTextbooksExample) {
    std::vector<MatrixXd> factors;
    const int size[] = {30, 35, 15, 5, 10, 20, 25};
    MatrixXd all = MatrixXd::Identity(30, 30);
    for (int i = 0; i < 6; ++i) {
        factors.push_back(MatrixXd::Random(size[i], size[i + 1]));
        all = (all * factors.back()).eval();
    }
    const auto result = multi_dot(factors);
    EXPECT_EQ(result.multiplications, 15125);
    EXPECT_EQ(result.order, "((A0 (A1 A2)) ((A3 A4) A5))");
    EXPECT_LT((result.product - all).norm(), 1e-12 * all.norm());
    EXPECT_EQ(multi_dot(std::vector<MatrixXd>{MatrixXd::Ones(2, 3)}).order, "A0");
    EXPECT_THROW((void)multi_dot(std::vector<MatrixXd>{}), InvalidArgument);
    EXPECT_THROW((void)multi_dot(MatrixXd::Ones(2, 3), MatrixXd::Ones(2, 3)), InvalidArgument);
}

TEST(VectorProducts, ConjugateWhereNumPyDoes) {
    const Eigen::VectorXcd a{{Complex(1, 2), Complex(3, -1)}}, b{{Complex(0, 1), Complex(2, 2)}};
    EXPECT_EQ(vdot(a, b), std::conj(a(0)) * b(0) + std::conj(a(1)) * b(1));
    EXPECT_EQ(inner(a, b), a(0) * b(0) + a(1) * b(1));
    EXPECT_EQ(outer(a, b)(1, 0), a(1) * b(0));
    EXPECT_EQ(vdot(a, b.transpose()), vdot(a, b));
    EXPECT_THROW((void)vdot(a, Eigen::VectorXcd::Ones(3)), InvalidArgument);
}

TEST(VectorProducts, CrossIsPerpendicularAndBroadcasts) {
    const MatrixXd A = MatrixXd::Random(3, 5), B = MatrixXd::Random(3, 5);
    const MatrixXd C = cross(A, B);
    for (Eigen::Index j = 0; j < 5; ++j) {
        EXPECT_NEAR(C.col(j).dot(A.col(j)), 0, 1e-15);
        EXPECT_NEAR(C.col(j).dot(B.col(j)), 0, 1e-15);
        EXPECT_NEAR(C.col(j).squaredNorm() + std::pow(A.col(j).dot(B.col(j)), 2),
                    A.col(j).squaredNorm() * B.col(j).squaredNorm(), 1e-14);
    }
    EXPECT_EQ(cross(VectorXd{{1, 0, 0}}, VectorXd{{0, 1, 0}}), VectorXd({{0, 0, 1}}));
    EXPECT_EQ(cross(A.col(0), B).col(3), cross(A.col(0), B.col(3)));
    EXPECT_EQ(cross(VectorXd{{1, 2}}, VectorXd{{3, 4}})(0, 0), -2);
    EXPECT_THROW((void)cross(MatrixXd::Ones(4, 1), MatrixXd::Ones(4, 1)), InvalidArgument);
}

TEST(Diagonal, TakesOffsetsAndRefusesWhatDoesNotExist) {
    const MatrixXd A{{1, 2, 3}, {4, 5, 6}};
    EXPECT_EQ(diagonal(A), VectorXd({{1, 5}}));
    EXPECT_EQ(diagonal(A, 1), VectorXd({{2, 6}}));
    EXPECT_EQ(diagonal(A, -1), VectorXd({{4}}));
    EXPECT_EQ(diagonal(A, 3).size(), 0);
    EXPECT_THROW((void)diagonal(A, 4), InvalidArgument);
}

TEST(MatrixPower, RefusesWhatHasNoAnswer) {
    EXPECT_THROW((void)matrix_power(MatrixXd::Ones(2, 3), 2), InvalidArgument);
    EXPECT_THROW((void)matrix_power(MatrixXd(1e10 * MatrixXd::Identity(2, 2)), 100), InvalidArgument);
    EXPECT_THROW((void)matmul(MatrixXd::Ones(2, 3), MatrixXd::Ones(2, 3)), InvalidArgument);
}

}  // namespace
}  // namespace ritz::linalg
