// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/qr.hpp"

#include "differences.hpp"
#include "ritz/linalg/qr.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

const std::pair<int, int> shapes[] = {{1, 1}, {2, 2}, {5, 5}, {7, 3}, {9, 1}, {3, 8}, {1, 4}};

template <class T>
class QrGradient : public testing::Test {};
TYPED_TEST_SUITE(QrGradient, Scalars);
template <class T>
class QrDifference : public testing::Test {};
TYPED_TEST_SUITE(QrDifference, DoubleScalars);

TYPED_TEST(QrDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const auto& [m, n] : shapes) {
        const Eigen::MatrixX<T> A = random_full_rank<T>(m, n, 1), A_dot = random_matrix<T>(m, n, 2);
        const auto dot_f = jvp(gradients::qr(A), A_dot);
        expect_derivative(dot_f.Q, difference([](const auto& M) { return linalg::qr(M).Q; }, A, A_dot));
        expect_derivative(dot_f.R, difference([](const auto& M) { return linalg::qr(M).R; }, A, A_dot));
    }
}

TYPED_TEST(QrGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const auto& [m, n] : shapes) {
        const Eigen::Index k = std::min(m, n);
        const Eigen::MatrixX<T> A_dot = random_matrix<T>(m, n, 3);
        const auto f = gradients::qr(random_full_rank<T>(m, n, 4));
        const Eigen::MatrixX<T> Q_bar = random_matrix<T>(m, k, 5), R_bar = random_matrix<T>(k, n, 6);
        const auto dot_f = jvp(f, A_dot);
        const double size = double(A_dot.norm() * (Q_bar.norm() + R_bar.norm()));
        expect_same<T>(dot(Q_bar, dot_f.Q) + dot(R_bar, dot_f.R), dot(vjp(f, {.Q = Q_bar, .R = R_bar}), A_dot), size);
        expect_same<T>(dot(R_bar, dot_f.R), dot(vjp(f, {.R = R_bar}), A_dot), size);
        expect_same<T>(dot(Q_bar, dot_f.Q), dot(vjp(f, {.Q = Q_bar}), A_dot), size);
    }
}

TEST(QrGradient, NamesDependentColumns) {
    Eigen::MatrixXd A(4, 3);
    A << 1, 2, 3, 4, 5, 9, 7, 8, 15, 1, 0, 1;  // the third is the sum of the others
    EXPECT_THROW((void)gradients::qr(A), IllConditioned);
    A.col(1).setZero();
    EXPECT_THROW((void)gradients::qr(A), SingularMatrix);
    const auto f = gradients::qr(Eigen::MatrixXd::Identity(3, 2));
    EXPECT_THROW((void)vjp(f, {.Q = Eigen::MatrixXd::Ones(2, 2)}), InvalidArgument);
}

TEST(QrGradient, OfEmptyMatricesIsEmpty) {
    for (const auto& [m, n] : {std::pair(0, 0), std::pair(3, 0), std::pair(0, 3)}) {
        const Eigen::MatrixXd A(m, n);
        const auto f = gradients::qr(A);
        EXPECT_EQ(vjp(f, {}).rows(), m);
        EXPECT_EQ(jvp(f, A).R.cols(), n);
    }
}

}  // namespace
}  // namespace ritz
