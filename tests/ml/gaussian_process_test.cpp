// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/gaussian_process.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "ml/points.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/lu.hpp"

namespace ritz::ml {
namespace {

Kernel everything() {
    return Kernel::rbf(1.3, Eigen::Vector2d(0.7, 1.9)) + Kernel::matern(Smoothness::half, 0.4, 1.2) +
           Kernel::matern(Smoothness::three_halves, 0.6, Eigen::Vector2d(0.9, 1.1)) +
           Kernel::matern(Smoothness::five_halves, 0.8, 0.5) + Kernel::constant(0.3) + Kernel::white_noise(0.1);
}

TEST(GaussianProcess, OneObservationHasTheClosedForm) {
    const auto gp = gaussian_process(Eigen::MatrixXd::Zero(1, 1), Eigen::VectorXd::Constant(1, 3.0),
                                     Kernel::rbf(2, 1) + Kernel::white_noise(0.5));
    Eigen::MatrixXd at(2, 1);
    at << 0, 1;
    const auto [mean, variance, clipped] = gp.predict(at);
    const double k = 2 * std::exp(-0.5);
    EXPECT_NEAR(mean[0], 3 * 2 / 2.5, 1e-15);
    EXPECT_NEAR(mean[1], 3 * k / 2.5, 1e-15);
    EXPECT_NEAR(variance[0], 2 - 4 / 2.5, 1e-15);
    EXPECT_NEAR(variance[1], 2 - k * k / 2.5, 1e-15);
    EXPECT_NEAR(gp.log_marginal_likelihood(), -9 / 5.0 - 0.5 * std::log(2.5) - 0.5 * std::log(2 * std::numbers::pi),
                1e-15);
    EXPECT_EQ(gp.report().jitter, 0);
    EXPECT_EQ(clipped, 0);
}

TEST(GaussianProcess, PredictionAndLikelihoodAreTheirFormulas) {
    const Eigen::MatrixXd X = random_points<double>(25, 2, 1), X_new = random_points<double>(7, 2, 2);
    const Eigen::VectorXd y = random_points<double>(25, 1, 3).col(0);
    const Kernel kernel = everything();
    const auto gp = gaussian_process(X, y, kernel, {.mean = 0.5});
    const Eigen::MatrixXd K = kernel(X), K_inverse = linalg::inv(K), k_star = kernel(X, X_new);
    const Eigen::VectorXd centred = y.array() - 0.5;
    EXPECT_LT((gp.predict(X_new).mean - (k_star.transpose() * K_inverse * centred).array().matrix() -
               Eigen::VectorXd::Constant(7, 0.5))
                  .norm(),
              1e-12);
    const Eigen::MatrixXd covariance = kernel.latent(X_new) - k_star.transpose() * K_inverse * k_star;
    EXPECT_LT((gp.predict_covariance(X_new) - covariance).norm(), 1e-12);
    EXPECT_LT((gp.predict(X_new).variance - covariance.diagonal()).norm(), 1e-12);
    EXPECT_NEAR(gp.log_marginal_likelihood(),
                -0.5 * centred.dot(K_inverse * centred) - 0.5 * linalg::slogdet(K).logabsdet -
                    12.5 * std::log(2 * std::numbers::pi),
                1e-11);
}

TEST(GaussianProcess, TheGradientIsThatOfCentralDifferences) {
    Eigen::MatrixXd X = random_points<double>(15, 2, 4);
    X.row(14) = X.row(13);  // equal points are no trouble with noise
    const Eigen::VectorXd y = random_points<double>(15, 1, 5).col(0);
    const Kernel kernel = everything();
    const Eigen::VectorXd theta = kernel.parameters();
    const Eigen::VectorXd gradient = gaussian_process(X, y, kernel).log_marginal_likelihood_gradient();
    ASSERT_EQ(gradient.size(), theta.size());
    ASSERT_EQ(kernel.parameter_names().size(), std::size_t(theta.size()));
    for (Eigen::Index i = 0; i < theta.size(); ++i) {
        const double h = 1e-5;
        Eigen::VectorXd up = theta, down = theta;
        up[i] += h, down[i] -= h;
        const double difference = (gaussian_process(X, y, kernel.with_parameters(up)).log_marginal_likelihood() -
                                   gaussian_process(X, y, kernel.with_parameters(down)).log_marginal_likelihood()) /
                                  (2 * h);
        EXPECT_NEAR(gradient[i], difference, 1e-8) << kernel.parameter_names()[std::size_t(i)];
    }
}

TEST(GaussianProcess, EqualPointsWithoutNoiseNeedJitterAndItIsTold) {
    Eigen::MatrixXd X(3, 1);
    X << 0, 1, 1;
    const Eigen::Vector3d y(0, 1, 1);
    const auto gp = gaussian_process(X, y, Kernel::rbf(4, 1));
    EXPECT_GT(gp.report().jitter, 0);
    EXPECT_EQ(gp.report().jitter, 4 * 1e-10 * std::pow(10, gp.report().attempts - 1));
    EXPECT_NE(gp.report().explanation.find("jitter"), std::string::npos);
    EXPECT_NEAR(gp.predict(X).mean[1], 1, 1e-8);
    EXPECT_GE(gp.predict(X).variance.minCoeff(), 0);
    EXPECT_THROW((void)gaussian_process(X, y, Kernel::rbf(4, 1), {.jitter = {.attempts = 0}}), Error);
    EXPECT_EQ(gaussian_process(X.topRows(2), Eigen::Vector2d(0, 1), Kernel::rbf(4, 1)).report().jitter, 0);
}

TEST(GaussianProcess, SamplesHaveMeanAndCovarianceOfThePrediction) {
    Eigen::MatrixXd X(2, 1), X_new(3, 1);
    X << 0, 2;
    X_new << 0.5, 1, 4;
    const auto gp = gaussian_process(X, Eigen::Vector2d(1, -1), Kernel::rbf(1, 1) + Kernel::white_noise(0.01));
    constexpr int count = 20000;
    const Eigen::MatrixXd F = gp.sample(X_new, count, 6);
    const Eigen::VectorXd mean = F.rowwise().mean();
    const Eigen::MatrixXd C = (F.colwise() - mean) * (F.colwise() - mean).transpose() / count;
    EXPECT_LT((mean - gp.predict(X_new).mean).norm(), 0.03);
    EXPECT_LT((C - gp.predict_covariance(X_new)).norm(), 0.05);
    EXPECT_EQ(F, gp.sample(X_new, count, 6));
}

TEST(GaussianProcess, WithoutObservationsIsThePrior) {
    const auto gp = gaussian_process(Eigen::MatrixXd(0, 2), Eigen::VectorXd(0), Kernel::rbf(2, 1), {.mean = 7});
    const auto p = gp.predict(Eigen::MatrixXd::Ones(3, 2));
    EXPECT_EQ(p.mean, Eigen::Vector3d::Constant(7));
    EXPECT_EQ(p.variance, Eigen::Vector3d::Constant(2));
    EXPECT_EQ(gp.log_marginal_likelihood(), 0);
}

TEST(Hyperparameters, TheMaximumHasNoGradientAndFindsTheNoise) {
    const Kernel truth = Kernel::rbf(1, 0.8) + Kernel::white_noise(0.04);
    Eigen::MatrixXd X(80, 1);
    for (int i = 0; i < 80; ++i) X(i, 0) = 0.1 * i;
    // Observations drawn from the truth: the prior's sample and noise.
    Eigen::VectorXd y = gaussian_process(Eigen::MatrixXd(0, 1), Eigen::VectorXd(0), truth).sample(X, 1, 7).col(0);
    y += 0.2 * random_points<double>(80, 1, 8).col(0);
    const auto found = optimise_hyperparameters(X, y, Kernel::rbf(3, 3) + Kernel::white_noise(1));
    EXPECT_EQ(found.status, Status::converged);
    EXPECT_TRUE(found.at_bounds.empty());
    EXPECT_GE(found.process.log_marginal_likelihood(), gaussian_process(X, y, truth).log_marginal_likelihood());
    EXPECT_LT(found.process.log_marginal_likelihood_gradient().cwiseAbs().maxCoeff(), 1e-2);
    EXPECT_NEAR(std::sqrt(found.process.kernel().noise()), 0.2, 0.06);
}

TEST(Hyperparameters, WhatTheDataDoNotDetermineEndsAtABoundAndIsNamed) {
    Eigen::MatrixXd X(10, 1);
    for (int i = 0; i < 10; ++i) X(i, 0) = i;
    const Eigen::VectorXd y = X.col(0) * 0.5;  // without noise
    const auto found = optimise_hyperparameters(X, y, Kernel::rbf(1, 1) + Kernel::white_noise(0.1),
                                                {.restarts = 0, .lower = 1e-4, .upper = 1e4});
    EXPECT_NE(std::find(found.at_bounds.begin(), found.at_bounds.end(), "white_noise[1].variance"),
              found.at_bounds.end());
}

TEST(GaussianProcessOfWrongInput, NamesWhatIsWrong) {
    const Eigen::MatrixXd X = random_points<double>(3, 2, 9);
    EXPECT_EQ(message_of([&] { (void)gaussian_process(X, Eigen::Vector2d(1, 2), Kernel::rbf(1, 1)); }),
              "gaussian_process: X is 3 x 2, but y has 2 elements");
    EXPECT_EQ(message_of([&] { (void)gaussian_process(X, Eigen::Vector3d(1, std::nan(""), 2), Kernel::rbf(1, 1)); }),
              "gaussian_process: y(1) is nan");
    EXPECT_THROW((void)Kernel::rbf(-1, 1), InvalidArgument);
    const auto gp = gaussian_process(X, Eigen::Vector3d(1, 2, 3), Kernel::rbf(1, 1));
    EXPECT_THROW((void)gp.predict(Eigen::MatrixXd::Ones(2, 3)), InvalidArgument);
}

}  // namespace
}  // namespace ritz::ml
