// SPDX-License-Identifier: BSD-3-Clause
// A Gaussian process through noisy values of sin, its hyperparameters from the data; then equal points without noise.
#include <cmath>
#include <cstdio>
#include <ritz/ritz.hpp>

using C = ritz::ml::CovarianceFunction;

int main() {
    ritz::Random random(3);
    Eigen::MatrixXd X(40, 1);
    Eigen::VectorXd y(40);
    for (int i = 0; i < 40; ++i) X(i, 0) = 0.2 * i, y[i] = std::sin(X(i, 0)) + 0.1 * random.normal();

    const C start = C::constant(1) * C::rbf(1) + C::white_noise(0.1);
    const auto gp = ritz::ml::gaussian_process(start, X, y, {.optimise = true, .restarts = 2});
    const Eigen::VectorXd found = gp.covariance_function().theta().array().exp();
    std::printf("%s: noise %.2f, lengthscale %.1f, jitter %g\n", std::string(name(gp.report().status)).c_str(),
                std::sqrt(found[2]), found[1], gp.report().jitter);
    const ritz::ml::Prediction at = gp.predict(Eigen::MatrixXd::Constant(1, 1, 4.0));
    std::printf("at 4: within three standard deviations of sin(4): %s, rounding below 1e-10: %s\n",
                std::abs(at.mean[0] - std::sin(4.0)) < 3 * at.deviation[0] ? "yes" : "no",
                at.mean_error[0] < 1e-10 && at.variance_error[0] < 1e-10 ? "yes" : "no");

    const Eigen::MatrixXd twice = Eigen::MatrixXd::Ones(2, 1);  // the same point twice, without noise
    const auto equal = ritz::ml::gaussian_process(C::rbf(1), twice, Eigen::Vector2d(1, 1));
    std::printf("equal points: jitter %.0e in attempt %d, said in the report\n", equal.report().jitter,
                equal.report().jitter_attempts);
}
