// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/solve.hpp"

#include "differences.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/solve.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

template <class T>
Eigen::MatrixX<T> regular(Eigen::Index n, std::uint64_t seed) {
    return random_matrix<T>(n, n, seed) + number<T>(2.0 * std::sqrt(double(n))) * Eigen::MatrixX<T>::Identity(n, n);
}

template <class T>
class SolveGradient : public testing::Test {};
TYPED_TEST_SUITE(SolveGradient, Scalars);
template <class T>
class SolveDifference : public testing::Test {};
TYPED_TEST_SUITE(SolveDifference, DoubleScalars);

TYPED_TEST(SolveDifference, OfASystemIsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const Eigen::Index n : {1, 2, 7, 20}) {
        const Eigen::MatrixX<T> A = regular<T>(n, 1), A_dot = random_matrix<T>(n, n, 2);
        const Eigen::VectorX<T> b = random_matrix<T>(n, 1, 3), b_dot = random_matrix<T>(n, 1, 4);
        const auto f = gradients::solve(A, b);
        expect_derivative(jvp(f, A_dot, Eigen::MatrixX<T>()),
                          difference([&](const auto& M) { return linalg::solve(M, b); }, A, A_dot));
        expect_derivative(jvp(f, Eigen::MatrixX<T>(), b_dot),
                          difference([&](const auto& v) { return linalg::solve(A, v); }, b, b_dot));
    }
}

TYPED_TEST(SolveGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 7, 30})
        for (const Eigen::Index k : {1, 3}) {
            const Eigen::MatrixX<T> A = regular<T>(n, 5), A_dot = random_matrix<T>(n, n, 6);
            const Eigen::MatrixX<T> b = random_matrix<T>(n, k, 7), b_dot = random_matrix<T>(n, k, 8);
            const Eigen::MatrixX<T> x_bar = random_matrix<T>(n, k, 9);
            const auto f = gradients::solve(A, b);
            const auto [A_bar, b_bar] = vjp(f, x_bar);
            const auto x_dot = jvp(f, A_dot, b_dot);
            expect_same<T>(dot(x_bar, x_dot), dot(A_bar, A_dot) + dot(b_bar, b_dot),
                           double(x_dot.norm() * x_bar.norm()));
        }
}

TYPED_TEST(SolveGradient, AVectorGivesAVector) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = regular<T>(4, 10);
    const auto f = gradients::solve(A, Eigen::VectorX<T>(random_matrix<T>(4, 1, 11)));
    static_assert(std::is_same_v<decltype(vjp(f, f.x).b_bar), Eigen::VectorX<T>>);
    EXPECT_EQ(vjp(f, f.x).A_bar.rows(), 4);
}

TYPED_TEST(SolveDifference, OfAnInverseIsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const Eigen::Index n : {1, 2, 9}) {
        const Eigen::MatrixX<T> A = regular<T>(n, 12), A_dot = random_matrix<T>(n, n, 13);
        expect_derivative(jvp(gradients::inv(A), A_dot),
                          difference([](const auto& M) { return linalg::inv(M); }, A, A_dot));
    }
}

TYPED_TEST(SolveGradient, OfAnInverseReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 3, 20}) {
        const Eigen::MatrixX<T> A_dot = random_matrix<T>(n, n, 14), Y_bar = random_matrix<T>(n, n, 15);
        const auto f = gradients::inv(regular<T>(n, 16));
        expect_same<T>(dot(Y_bar, jvp(f, A_dot)), dot(vjp(f, Y_bar), A_dot), double(A_dot.norm()));
    }
}

TEST(SolveGradient, NamesWhatIsWrong) {
    EXPECT_THROW((void)gradients::solve(Eigen::MatrixXd::Zero(3, 3), Eigen::VectorXd::Ones(3)), SingularMatrix);
    Eigen::MatrixXd hilbert(14, 14);
    for (int i = 0; i < 14; ++i)
        for (int j = 0; j < 14; ++j) hilbert(i, j) = 1.0 / (i + j + 1);
    EXPECT_THROW((void)gradients::solve(hilbert, Eigen::VectorXd::Ones(14)), IllConditioned);
    EXPECT_THROW((void)gradients::inv(hilbert), IllConditioned);
    const auto f = gradients::solve(Eigen::MatrixXd::Identity(3, 3), Eigen::VectorXd::Constant(3, 1e200));
    EXPECT_THROW((void)vjp(f, Eigen::VectorXd::Ones(4)), InvalidArgument);
    EXPECT_THROW((void)vjp(f, Eigen::VectorXd::Constant(3, NAN)), InvalidArgument);
    EXPECT_THROW((void)vjp(f, Eigen::VectorXd::Constant(3, 1e200)), LimitExceeded);
    EXPECT_THROW((void)gradients::solve(Eigen::MatrixXd::Identity(3, 3), Eigen::VectorXd::Ones(4)), InvalidArgument);
}

}  // namespace
}  // namespace ritz
