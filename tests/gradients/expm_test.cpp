// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/expm.hpp"

#include "differences.hpp"
#include "ritz/linalg/matrix_functions.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

template <class T>
class ExpmGradient : public testing::Test {};
TYPED_TEST_SUITE(ExpmGradient, Scalars);
template <class T>
class ExpmDifference : public testing::Test {};
TYPED_TEST_SUITE(ExpmDifference, DoubleScalars);

TYPED_TEST(ExpmDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const Eigen::Index n : {1, 2, 6}) {
        const Eigen::MatrixX<T> A = random_matrix<T>(n, n, 1), A_dot = random_matrix<T>(n, n, 2);
        expect_derivative(jvp(gradients::expm(A), A_dot),
                          difference([](const auto& M) { return linalg::expm(M); }, A, A_dot));
    }
}

TYPED_TEST(ExpmGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 12}) {
        const Eigen::MatrixX<T> A = random_matrix<T>(n, n, 3) / Real<T>(2), A_dot = random_matrix<T>(n, n, 4);
        const Eigen::MatrixX<T> Y_bar = random_matrix<T>(n, n, 5);
        const auto f = gradients::expm(A);
        expect_same<T>(dot(Y_bar, jvp(f, A_dot)), dot(vjp(f, Y_bar), A_dot),
                       double(Y_bar.norm() * A_dot.norm() * (1 + f.expm.norm())));
    }
}

TYPED_TEST(ExpmGradient, AtADiagonalMatrixIsDividedDifferences) {
    using T = TypeParam;
    const double a = 0.5, b = -1;
    Eigen::MatrixX<T> A = Eigen::MatrixX<T>::Zero(2, 2);
    A(0, 0) = T(a), A(1, 1) = T(b);
    const Eigen::MatrixX<T> found = jvp(gradients::expm(A), Eigen::MatrixX<T>::Ones(2, 2));
    const double difference = (std::exp(a) - std::exp(b)) / (a - b),
                 tolerance = 10 * std::numeric_limits<Real<T>>::epsilon();
    EXPECT_LE(std::abs(found(0, 0) - number<T>(std::exp(a))), tolerance);
    EXPECT_LE(std::abs(found(0, 1) - number<T>(difference)), tolerance);
    EXPECT_LE(std::abs(found(1, 0) - number<T>(difference)), tolerance);
}

TEST(ExpmGradient, TakesCotangentsOfAnySize) {
    const Eigen::MatrixXd A = random_matrix<double>(4, 4, 6), Y_bar = random_matrix<double>(4, 4, 7);
    const auto f = gradients::expm(A);
    const Eigen::MatrixXd expected = vjp(f, Y_bar);
    for (const int exponent : {1000, -1000}) {
        const Eigen::MatrixXd scaled = vjp(f, (std::ldexp(1.0, exponent) * Y_bar).eval());
        EXPECT_LE((scaled * std::ldexp(1.0, -exponent) - expected).norm(), 1e-13 * expected.norm());
    }
    EXPECT_EQ(vjp(f, Eigen::MatrixXd::Zero(4, 4)), Eigen::MatrixXd::Zero(4, 4));
    EXPECT_THROW((void)vjp(f, Eigen::MatrixXd::Zero(3, 4)), InvalidArgument);
}

}  // namespace
}  // namespace ritz
