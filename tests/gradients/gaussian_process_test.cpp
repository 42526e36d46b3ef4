// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/gaussian_process.hpp"

#include <numbers>
#include <vector>

#include "differences.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

/// a² exp(−(xᵢ − xⱼ)²/(2 l²)) + s² δᵢⱼ
Eigen::MatrixXd covariance(double a, double l, double s, Eigen::Index n) {
    Eigen::MatrixXd K(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j) {
            const double d = 0.4 * double(i - j);
            K(i, j) = a * a * std::exp(-d * d / (2 * l * l)) + (i == j ? s * s : 0.0);
        }
    return K;
}

TEST(LogLikelihoodGradient, OfHyperparametersIsTheLimitOfDifferences) {
    const Eigen::Index n = 15;
    const Eigen::VectorXd y = random_matrix<double>(n, 1, 1);
    const double a = 1.3, l = 0.9, s = 0.5;
    std::vector<Eigen::MatrixXd> K_theta(3, Eigen::MatrixXd(n, n));
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j) {
            const double d = 0.4 * double(i - j), k = std::exp(-d * d / (2 * l * l));
            K_theta[0](i, j) = 2 * a * k;
            K_theta[1](i, j) = a * a * k * d * d / (l * l * l);
            K_theta[2](i, j) = i == j ? 2 * s : 0.0;
        }
    const auto f = gradients::log_likelihood(covariance(a, l, s, n), y);
    const Eigen::VectorXd g = gradient(f, K_theta);
    for (int k = 0; k < 3; ++k) {
        const Eigen::Vector3d theta(a, l, s), direction = Eigen::Vector3d::Unit(k);
        const auto value = [&](const Eigen::Vector3d& t) {
            return Eigen::VectorXd::Constant(1, gradients::log_likelihood(covariance(t(0), t(1), t(2), n), y).value);
        };
        expect_derivative(Eigen::VectorXd::Constant(1, g(k)), difference(value, theta, direction, 0.01));
        EXPECT_NEAR(g(k), jvp(f, K_theta[static_cast<std::size_t>(k)]), 1e-12 * (1 + std::abs(g(k))));
    }
}

TEST(LogLikelihoodGradient, OfIndependentObservationsIsThatOfNormalDistributions) {
    const Eigen::Vector3d variance(0.5, 2, 4), y(1, -2, 0.5);
    const auto f = gradients::log_likelihood(Eigen::MatrixXd(variance.asDiagonal()), y);
    double expected = 0;
    for (int i = 0; i < 3; ++i)
        expected -= 0.5 * (y(i) * y(i) / variance(i) + std::log(2 * std::numbers::pi * variance(i)));
    EXPECT_NEAR(f.value, expected, 1e-14);
    const auto [K_bar, y_bar] = vjp(f, 1);
    for (int i = 0; i < 3; ++i) {
        EXPECT_NEAR(K_bar(i, i), 0.5 * (y(i) * y(i) / (variance(i) * variance(i)) - 1 / variance(i)), 1e-14);
        EXPECT_NEAR(y_bar(i), -y(i) / variance(i), 1e-14);
    }
}

template <class T>
class LogLikelihoodTyped : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(LogLikelihoodTyped, Reals);

TYPED_TEST(LogLikelihoodTyped, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 20}) {
        const Eigen::VectorX<T> y = random_matrix<T>(n, 1, 2), y_dot = random_matrix<T>(n, 1, 3);
        const Eigen::MatrixX<T> K_dot = random_hermitian<T>(n, 4);
        const auto f = gradients::log_likelihood(random_positive_definite<T>(n, 5), y);
        const auto [K_bar, y_bar] = vjp(f, T(0.5));
        expect_same<T>(0.5 * double(jvp(f, K_dot, y_dot)), dot(K_bar, K_dot) + dot(y_bar, y_dot),
                       double(K_dot.norm() + y.norm()));
    }
}

TEST(LogLikelihoodGradient, NamesWhatIsWrong) {
    const Eigen::VectorXd y = Eigen::VectorXd::Ones(2);
    EXPECT_THROW((void)gradients::log_likelihood(Eigen::MatrixXd(-Eigen::MatrixXd::Identity(2, 2)), y),
                 NotPositiveDefinite);
    Eigen::MatrixXd nearly(2, 2);
    nearly << 1, 1, 1, 1 + 4e-16;
    EXPECT_THROW((void)gradients::log_likelihood(nearly, y), IllConditioned);
    const auto f = gradients::log_likelihood(Eigen::MatrixXd::Identity(2, 2), y);
    EXPECT_THROW((void)vjp(f, NAN), InvalidArgument);
    EXPECT_THROW((void)gradient(f, std::vector<Eigen::MatrixXd>{Eigen::MatrixXd::Ones(3, 3)}), InvalidArgument);
}

}  // namespace
}  // namespace ritz
