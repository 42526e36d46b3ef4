// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/lstsq.hpp"

#include "differences.hpp"
#include "ritz/linalg/lstsq.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

const std::pair<int, int> shapes[] = {{1, 1}, {3, 3}, {8, 3}, {3, 8}, {5, 1}, {1, 5}};

template <class T>
class LstsqGradient : public testing::Test {};
TYPED_TEST_SUITE(LstsqGradient, Scalars);
template <class T>
class LstsqDifference : public testing::Test {};
TYPED_TEST_SUITE(LstsqDifference, DoubleScalars);

TYPED_TEST(LstsqDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const auto& [m, n] : shapes) {
        const Eigen::MatrixX<T> A = random_full_rank<T>(m, n, 1), A_dot = random_matrix<T>(m, n, 2);
        const Eigen::MatrixX<T> b = random_matrix<T>(m, 2, 3), b_dot = random_matrix<T>(m, 2, 4);
        const auto f = gradients::lstsq(A, b);
        expect_derivative(f.x, linalg::lstsq(A, b).x);
        expect_derivative(jvp(f, A_dot, Eigen::MatrixX<T>()),
                          difference([&](const auto& M) { return linalg::lstsq(M, b).x; }, A, A_dot));
        expect_derivative(jvp(f, Eigen::MatrixX<T>(), b_dot),
                          difference([&](const auto& v) { return linalg::lstsq(A, v).x; }, b, b_dot));
        expect_derivative(jvp(gradients::pinv(A), A_dot),
                          difference([](const auto& M) { return linalg::pinv(M); }, A, A_dot));
    }
}

TYPED_TEST(LstsqGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const auto& [m, n] : shapes) {
        const Eigen::MatrixX<T> A = random_full_rank<T>(m, n, 5), A_dot = random_matrix<T>(m, n, 6);
        const Eigen::VectorX<T> b = random_matrix<T>(m, 1, 7), b_dot = random_matrix<T>(m, 1, 8);
        const Eigen::VectorX<T> x_bar = random_matrix<T>(n, 1, 9);
        const auto f = gradients::lstsq(A, b);
        const auto [A_bar, b_bar] = vjp(f, x_bar);
        expect_same<T>(dot(x_bar, jvp(f, A_dot, b_dot)), dot(A_bar, A_dot) + dot(b_bar, b_dot),
                       double(x_bar.norm() * (A_dot.norm() + b_dot.norm())));
        const auto g = gradients::pinv(A);
        const Eigen::MatrixX<T> Y_bar = random_matrix<T>(n, m, 10);
        expect_same<T>(dot(Y_bar, jvp(g, A_dot)), dot(vjp(g, Y_bar), A_dot), double(Y_bar.norm() * A_dot.norm()));
    }
}

TYPED_TEST(LstsqDifference, OfAPseudoinverseOfConstantRankFollowsThatRank) {
    using T = TypeParam;
    const Eigen::MatrixX<T> B = random_matrix<T>(6, 2, 11), C = random_matrix<T>(2, 5, 12);
    const Eigen::MatrixX<T> B_dot = random_matrix<T>(6, 2, 13), C_dot = random_matrix<T>(2, 5, 14);
    const Eigen::MatrixX<T> A = B * C, A_dot = B_dot * C + B * C_dot;
    const auto f = gradients::pinv(A, {.rtol = 1e-10, .constant_rank = true});
    const auto along = [&](const Eigen::MatrixX<T>& t) {
        return linalg::pinv(((B + t(0) * B_dot) * (C + t(0) * C_dot)).eval(), {.rtol = 1e-10});
    };
    const Eigen::MatrixX<T> zero = Eigen::MatrixX<T>::Zero(1, 1), one = Eigen::MatrixX<T>::Ones(1, 1);
    expect_derivative(jvp(f, A_dot), difference(along, zero, one));
    const Eigen::MatrixX<T> Y_bar = random_matrix<T>(5, 6, 15);
    expect_same<T>(dot(Y_bar, jvp(f, A_dot)), dot(vjp(f, Y_bar), A_dot), double(Y_bar.norm() * A_dot.norm()));
    EXPECT_THROW((void)gradients::pinv(A, {.rtol = 1e-10}), gradients::NotDifferentiable);
    EXPECT_THROW((void)jvp(f, random_matrix<T>(6, 5, 16)), gradients::NotDifferentiable);  // the rank rises
}

TEST(LstsqGradient, NamesMatricesThatAreNotOfFullRank) {
    Eigen::MatrixXd A = random_matrix<double>(5, 3, 17);
    A.col(2) = A.col(0) + A.col(1);
    EXPECT_THROW((void)gradients::lstsq(A, Eigen::VectorXd::Ones(5)), IllConditioned);
    EXPECT_THROW((void)gradients::lstsq(A.transpose(), Eigen::VectorXd::Ones(3)), IllConditioned);
    A.col(2).setZero();
    EXPECT_THROW((void)gradients::lstsq(A, Eigen::VectorXd::Ones(5)), SingularMatrix);
    EXPECT_THROW((void)gradients::lstsq(A, Eigen::VectorXd::Ones(4)), InvalidArgument);
}

TEST(LstsqGradient, OfEmptyMatricesIsEmpty) {
    const auto f = gradients::lstsq(Eigen::MatrixXd(4, 0), Eigen::VectorXd::Ones(4));
    EXPECT_EQ(vjp(f, Eigen::VectorXd(0)).A_bar.rows(), 4);
    const auto g = gradients::lstsq(Eigen::MatrixXd(0, 3), Eigen::VectorXd(0));
    EXPECT_EQ(g.x, Eigen::VectorXd::Zero(3));
    EXPECT_EQ(vjp(g, Eigen::VectorXd::Ones(3)).b_bar.size(), 0);
}

}  // namespace
}  // namespace ritz
