// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/gaussian_process.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "ritz/core/random.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/lu.hpp"

namespace {

using namespace ritz;
using namespace ritz::ml;
using C = CovarianceFunction;

Eigen::MatrixXd random_points(Eigen::Index n, Eigen::Index d, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixXd X(n, d);
    for (double& x : X.reshaped()) x = random.uniform(-1, 1);
    return X;
}

Eigen::VectorXd smooth(const Eigen::MatrixXd& X) {
    return ((3 * X.col(0)).array().sin() + X.rowwise().squaredNorm().array()).matrix();
}

std::vector<C> examples() {
    return {C::constant(2) * C::rbf(0.5) + C::white_noise(0.01),
            C::constant(0.7) * C::rbf(Eigen::Vector2d(0.4, 1.7)) + C::white_noise(0.1),
            C::matern(Smoothness::half, 0.9), C::matern(Smoothness::three_halves, 0.6) + C::white_noise(0.02),
            C::matern(Smoothness::five_halves, Eigen::Vector2d(0.6, 0.8)) * C::constant(3) + C::white_noise(0.05)};
}

TEST(GaussianProcess, OfOneObservationIsTheFormulaOnPaper) {
    const double a = 2, s2 = 0.5, y = 3;
    const auto gp = gaussian_process(C::constant(a) * C::rbf(1) + C::white_noise(s2), Eigen::MatrixXd::Zero(1, 1),
                                     Eigen::VectorXd::Constant(1, y));
    for (const double x : {0.0, 0.3, 2.0, 40.0}) {
        const Prediction p = gp.predict(Eigen::MatrixXd::Constant(1, 1, x));
        const double k = a * std::exp(-x * x / 2);
        EXPECT_NEAR(p.mean[0], k * y / (a + s2), 1e-15);
        EXPECT_NEAR(p.deviation[0], std::sqrt(a - k * k / (a + s2)), 1e-15);
        const Prediction noisy = gp.predict(Eigen::MatrixXd::Constant(1, 1, x), {.observation_noise = true});
        EXPECT_NEAR(noisy.deviation[0], std::sqrt(a + s2 - k * k / (a + s2)), 1e-15);
    }
    EXPECT_NEAR(gp.report().log_marginal_likelihood,
                -y * y / (2 * (a + s2)) - std::log(a + s2) / 2 - std::log(2 * std::numbers::pi) / 2, 1e-15);
    EXPECT_EQ(gp.report().jitter, 0);
    EXPECT_EQ(gp.report().status, Status::solved);
}

TEST(GaussianProcess, AgreesWithTheFormulasByTheInverse) {
    const Eigen::MatrixXd X = random_points(23, 2, 1), Z = random_points(11, 2, 2);
    const Eigen::VectorXd y = smooth(X);
    for (const C& k : examples()) {
        const auto gp = gaussian_process(k, X, y);
        const Eigen::MatrixXd inverse = linalg::inv(k.matrix(X)), cross = k.matrix(Z, X);
        Eigen::MatrixXd prior = k.matrix(Z);
        prior.diagonal().setConstant(k.variance_without_noise());
        const Eigen::VectorXd mean = cross * (inverse * y);
        const Eigen::MatrixXd covariance = prior - cross * inverse * cross.transpose();
        const double tolerance = 1e-12 / gp.report().rcond * 1e-2 + 1e-12;
        const Prediction p = gp.predict(Z);
        EXPECT_LE((p.mean - mean).cwiseAbs().maxCoeff(), tolerance) << k.description();
        EXPECT_LE((gp.predict_mean(Z) - mean).cwiseAbs().maxCoeff(), tolerance);
        EXPECT_LE((p.deviation.array().square() - covariance.diagonal().array()).abs().maxCoeff(), tolerance);
        const JointPrediction joint = gp.predict_joint(Z);
        EXPECT_LE((joint.covariance - covariance).cwiseAbs().maxCoeff(), tolerance);
        EXPECT_EQ(joint.covariance, joint.covariance.transpose());
        const double likelihood = -0.5 * y.dot(inverse * y) - 0.5 * linalg::slogdet(k.matrix(X)).logabsdet -
                                  23 * 0.5 * std::log(2 * std::numbers::pi);
        EXPECT_NEAR(gp.report().log_marginal_likelihood, likelihood, 1e-10 * std::abs(likelihood));
    }
}

TEST(GaussianProcess, WithoutNoiseItGoesThroughTheObservations) {
    const Eigen::MatrixXd X = random_points(20, 2, 3);
    const Eigen::VectorXd y = smooth(X);
    const auto gp = gaussian_process(C::matern(Smoothness::three_halves, 1), X, y);
    const Prediction p = gp.predict(X);
    EXPECT_LE((p.mean - y).cwiseAbs().maxCoeff(), 1e-12);
    for (Eigen::Index i = 0; i < 20; ++i) EXPECT_LE(p.deviation[i] * p.deviation[i], p.variance_error[i]);
}

TEST(GaussianProcess, GradientOfTheLikelihoodIsThatOfDifferences) {
    const Eigen::MatrixXd X = random_points(17, 2, 4);
    const Eigen::VectorXd y = smooth(X);
    const double h = 1e-5;
    for (const C& k : examples()) {
        const LogMarginalLikelihood at = log_marginal_likelihood(k, X, y);
        for (Eigen::Index i = 0; i < k.parameters(); ++i) {
            const Eigen::VectorXd step = h * Eigen::VectorXd::Unit(k.parameters(), i);
            const double difference = (log_marginal_likelihood(k.with_theta(k.theta() + step), X, y).value -
                                       log_marginal_likelihood(k.with_theta(k.theta() - step), X, y).value) /
                                      (2 * h);
            EXPECT_NEAR(at.gradient[i], difference, 1e-6 * std::max(1.0, std::abs(difference))) << k.description();
        }
    }
}

TEST(GaussianProcess, OptimisationEndsWhereTheGradientVanishesAndBeatsTheStart) {
    const Eigen::MatrixXd X = random_points(40, 1, 5);
    Random random(6);
    Eigen::VectorXd y = (4 * X.col(0)).array().sin();
    for (double& value : y) value += 0.1 * random.normal();
    const C start = C::constant(1) * C::rbf(1) + C::white_noise(1);
    const auto before = gaussian_process(start, X, y);
    const auto gp = gaussian_process(start, X, y, {.optimise = true, .restarts = 3, .seed = 1});
    EXPECT_EQ(gp.report().status, Status::solved) << gp.report().explanation;
    EXPECT_EQ(gp.report().starts, 4);
    EXPECT_GT(gp.report().log_marginal_likelihood, before.report().log_marginal_likelihood + 10);
    const LogMarginalLikelihood end = log_marginal_likelihood(gp.covariance_function(), X, y);
    EXPECT_LE(end.gradient.cwiseAbs().maxCoeff(), 1e-5 * std::max(1.0, std::abs(end.value)));
    const Eigen::VectorXd found = gp.covariance_function().theta().array().exp();
    EXPECT_NEAR(std::sqrt(found[2]), 0.1, 0.04);  // the noise that was put in
    // The same seed, the same result.
    const auto again = gaussian_process(start, X, y, {.optimise = true, .restarts = 3, .seed = 1});
    EXPECT_EQ(gp.covariance_function().theta(), again.covariance_function().theta());
}

TEST(GaussianProcess, OptimisationKeepsToTheBoundsAndSaysSo) {
    const Eigen::MatrixXd X = random_points(30, 1, 7);
    const Eigen::VectorXd y = (4 * X.col(0)).array().sin();
    const C k = C::constant(1, {1, 1}) * C::rbf(2, {1, 10}) + C::white_noise(0.5, {0.3, 1});
    const auto gp = gaussian_process(k, X, y, {.optimise = true});
    const Eigen::VectorXd found = gp.covariance_function().theta().array().exp();
    EXPECT_EQ(found[0], 1);  // fixed
    EXPECT_NEAR(found[1], 1, 1e-12);
    EXPECT_NEAR(found[2], 0.3, 1e-12);
    EXPECT_EQ(gp.report().at_bounds, (std::vector<Eigen::Index>{1, 2}));
    EXPECT_NE(gp.report().explanation.find("at a bound"), std::string::npos);
}

TEST(GaussianProcess, JitterIsAddedOnlyAfterCholeskyFailedAndIsReported) {
    // Two pairs of equal points: K is exactly singular.
    Eigen::MatrixXd X(5, 1);
    X << 0, 0, 1, 2, 2;
    const Eigen::VectorXd y = X.col(0);
    const C k = C::constant(4) * C::rbf(1);
    const auto gp = gaussian_process(k, X, y);
    const GaussianProcessReport& report = gp.report();
    EXPECT_GT(report.jitter, 0);
    EXPECT_GE(report.jitter_attempts, 1);
    EXPECT_NEAR(report.jitter, 4e-12 * std::pow(10, report.jitter_attempts - 1), 1e-3 * report.jitter);
    EXPECT_NE(report.explanation.find("was added"), std::string::npos);
    EXPECT_NEAR(gp.predict_mean(X)[4], 2, 1e-3);
    EXPECT_THROW((void)gaussian_process(k, X, y, {.jitter = {.attempts = 0}}), NotPositiveDefinite);
    EXPECT_EQ(gaussian_process(k + C::white_noise(0.1), X, y).report().jitter, 0);
}

TEST(GaussianProcess, IllConditionedCovarianceIsReportedAndErrorsStayWithinTheirBounds) {
    // Nine points of an RBF as wide as their interval: rcond 9e-16, and Cholesky just succeeds.
    const Eigen::Index n = 9;
    const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(n, 0, 1);
    const Eigen::VectorXd y = x.array().sin();
    const auto gp = gaussian_process(C::rbf(1), x, y);
    EXPECT_EQ(gp.report().status, Status::ill_conditioned);
    EXPECT_NE(gp.report().explanation.find("no correct digit"), std::string::npos);
    EXPECT_LE(gp.report().backward_error, 1e-15);
    const Eigen::VectorXd at = Eigen::VectorXd::LinSpaced(50, 0, 1);
    const Prediction p = gp.predict(at);
    // The exact interpolant differs from the sine by less than the bounds.
    for (Eigen::Index i = 0; i < 50; ++i) {
        EXPECT_LE(std::abs(p.mean[i] - std::sin(at[i])), p.mean_error[i]);
        EXPECT_LE(p.deviation[i] * p.deviation[i], p.variance_error[i]);
        EXPECT_LT(p.mean_error[i], 1e-6);
    }
}

TEST(GaussianProcess, ClippedVariancesAreCounted) {
    const Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(9, 0, 1);
    const auto gp = gaussian_process(C::constant(3) * C::rbf(1), x, Eigen::VectorXd(x.array().cos()));
    const Prediction p = gp.predict(Eigen::VectorXd::LinSpaced(400, 0, 1));
    EXPECT_GT(p.clipped, 0);
    EXPECT_LT(p.most_negative_variance, 0);
    EXPECT_GT(p.most_negative_variance, -p.variance_error.maxCoeff());
    EXPECT_GE(p.deviation.minCoeff(), 0);
    EXPECT_GE((p.deviation.array() == 0).count(), p.clipped);
}

TEST(GaussianProcess, SamplesHaveTheMeanAndCovarianceOfThePrediction) {
    const Eigen::MatrixXd X = random_points(8, 1, 8), Z = random_points(5, 1, 9);
    const auto gp = gaussian_process(C::rbf(0.5) + C::white_noise(0.05), X, smooth(X));
    const JointPrediction joint = gp.predict_joint(Z);
    const Eigen::Index count = 20000;
    const GaussianProcessSamples samples = gp.sample(Z, count, 1);
    const Eigen::VectorXd mean = samples.values.rowwise().mean();
    const Eigen::MatrixXd centred = samples.values.colwise() - mean;
    const Eigen::MatrixXd covariance = centred * centred.transpose() / double(count - 1);
    // Five standard errors: σ/√count, σ² √(2/count).
    const double size = joint.covariance.diagonal().maxCoeff();
    EXPECT_LE((mean - joint.mean).cwiseAbs().maxCoeff(), 5 * std::sqrt(size / double(count)));
    EXPECT_LE((covariance - joint.covariance).cwiseAbs().maxCoeff(), 5 * size * std::sqrt(2.0 / double(count)));
    EXPECT_EQ(gp.sample(Z, 3, 7).values, gp.sample(Z, 3, 7).values);
    EXPECT_NE(gp.sample(Z, 3, 7).values, gp.sample(Z, 3, 8).values);
    const GaussianProcessSamples prior = sample_prior(C::constant(4), Z, 10, 3);
    for (Eigen::Index i = 1; i < 5; ++i) EXPECT_LE((prior.values.row(i) - prior.values.row(0)).norm(), 1e-6);
}

TEST(GaussianProcess, KnownNoiseOfEachObservationIsWhiteNoiseWhenEqual) {
    const Eigen::MatrixXd X = random_points(10, 2, 10);
    const Eigen::VectorXd y = smooth(X);
    const auto a = gaussian_process(C::rbf(1) + C::white_noise(0.25), X, y);
    const auto b = gaussian_process(C::rbf(1), X, y, {.noise_variance = Eigen::VectorXd::Constant(10, 0.25)});
    EXPECT_LE((a.alpha() - b.alpha()).cwiseAbs().maxCoeff(), 1e-14);
    // An observation with huge noise is as good as none.
    Eigen::VectorXd noise = Eigen::VectorXd::Constant(10, 0.25), wrong = y;
    noise[3] = 1e12;
    wrong[3] += 5;
    EXPECT_LE((gaussian_process(C::rbf(1), X, wrong, {.noise_variance = noise}).predict_mean(X) -
               gaussian_process(C::rbf(1), X, y, {.noise_variance = noise}).predict_mean(X))
                  .cwiseAbs()
                  .maxCoeff(),
              1e-10);
}

TEST(GaussianProcess, SubtractedMeanComesBack) {
    const Eigen::MatrixXd X = random_points(10, 1, 11);
    const Eigen::VectorXd y = 1000 + smooth(X).array();
    const auto gp = gaussian_process(C::rbf(0.3) + C::white_noise(0.01), X, y, {.subtract_mean = true});
    EXPECT_NEAR(gp.predict(Eigen::MatrixXd::Constant(1, 1, 50)).mean[0], y.mean(), 1e-10);
    EXPECT_LE((gp.predict_mean(X) - y).cwiseAbs().maxCoeff(), 1);
}

TEST(GaussianProcess, WithoutObservationsItIsThePrior) {
    const auto gp = gaussian_process(C::constant(9) * C::rbf(1), Eigen::MatrixXd(0, 2), Eigen::VectorXd(0));
    const Prediction p = gp.predict(random_points(4, 2, 12));
    EXPECT_EQ(p.mean, Eigen::VectorXd::Zero(4));
    EXPECT_EQ(p.deviation, Eigen::VectorXd::Constant(4, 3));
    EXPECT_EQ(gp.report().log_marginal_likelihood, 0);
    EXPECT_EQ(gp.predict(Eigen::MatrixXd(0, 2)).mean.size(), 0);
    EXPECT_EQ(gp.sample(Eigen::MatrixXd(0, 2), 3, 1).values.cols(), 3);
}

TEST(GaussianProcess, TakesFloatAndGivesTheSameAsItsDoubles) {
    const Eigen::MatrixXf X = random_points(9, 2, 13).cast<float>();
    const Eigen::VectorXf y = smooth(X.cast<double>()).cast<float>();
    const C k = C::rbf(1) + C::white_noise(0.1);
    EXPECT_EQ(gaussian_process(k, X, y).predict_mean(X),
              gaussian_process(k, X.cast<double>(), y.cast<double>()).predict_mean(X.cast<double>()));
}

TEST(GaussianProcess, RefusesWhatHasNoMeaning) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Eigen::MatrixXd X = random_points(4, 2, 14);
    const Eigen::VectorXd y = Eigen::VectorXd::Ones(4);
    const C k = C::rbf(1) + C::white_noise(0.1);
    EXPECT_THROW((void)gaussian_process(k, X, Eigen::VectorXd::Ones(5)), InvalidArgument);
    EXPECT_THROW((void)gaussian_process(k, X, Eigen::VectorXd::Constant(4, nan)), InvalidArgument);
    EXPECT_THROW((void)gaussian_process(k, Eigen::MatrixXd::Constant(4, 2, nan), y), InvalidArgument);
    EXPECT_THROW((void)gaussian_process(k, X, y, {.noise_variance = Eigen::VectorXd::Ones(3)}), InvalidArgument);
    EXPECT_THROW((void)gaussian_process(k, X, y, {.noise_variance = -Eigen::VectorXd::Ones(4)}), InvalidArgument);
    EXPECT_THROW((void)gaussian_process(k, X, y, {.jitter = {.factor = 1}}), InvalidArgument);
    EXPECT_THROW((void)gaussian_process(k, X, y, {.restarts = -1}), InvalidArgument);
    const auto gp = gaussian_process(k, X, y);
    EXPECT_THROW((void)gp.predict(Eigen::MatrixXd::Ones(2, 3)), InvalidArgument);
    EXPECT_THROW((void)gp.predict(Eigen::MatrixXd::Constant(2, 2, nan)), InvalidArgument);
    EXPECT_THROW((void)gaussian_process(k, X, Eigen::VectorXd::Constant(4, 1e200)), LimitExceeded);
}

}  // namespace
