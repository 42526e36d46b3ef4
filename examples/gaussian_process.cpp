// SPDX-License-Identifier: BSD-3-Clause
// A Gaussian process through noisy values of sin, its hyperparameters from the data; then equal points without noise.
#include <cmath>
#include <cstdio>
#include <ritz/ritz.hpp>

using ritz::ml::Kernel;

int main() {
    ritz::Random random(3);
    Eigen::MatrixXd X(40, 1);
    Eigen::VectorXd y(40);
    for (int i = 0; i < 40; ++i) X(i, 0) = 0.2 * i, y[i] = std::sin(X(i, 0)) + 0.1 * random.normal();

    const auto found = ritz::ml::optimise_hyperparameters(X, y, Kernel::rbf(1, 1) + Kernel::white_noise(0.1));
    const Kernel& kernel = found.process.kernel();
    std::printf("%s: noise %.2f, lengthscale %.1f, jitter %g\n", std::string(name(found.status)).c_str(),
                std::sqrt(kernel.noise()), kernel.terms()[0].lengthscales[0], found.process.report().jitter);
    const Eigen::MatrixXd at = Eigen::MatrixXd::Constant(1, 1, 4.0);
    const auto prediction = found.process.predict(at);
    const double error = prediction.mean[0] - std::sin(4.0);
    std::printf("at 4: within three standard deviations of sin(4): %s\n",
                std::abs(error) < 3 * prediction.standard_deviation()[0] ? "yes" : "no");

    const Eigen::MatrixXd twice = Eigen::MatrixXd::Ones(2, 1);  // the same point twice, without noise
    const auto gp = ritz::ml::gaussian_process(twice, Eigen::Vector2d(1, 1), Kernel::rbf(1, 1));
    std::printf("equal points: jitter %.0e, said in the report\n", gp.report().jitter);
}
