// SPDX-License-Identifier: BSD-3-Clause
// Ridge regression with more features than observations, and the penalty chosen by leaving one out.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    ritz::Random random(2);
    Eigen::MatrixXd X(40, 100);
    for (double& x : X.reshaped()) x = random.normal();
    Eigen::VectorXd y = 3 * X.col(0) - 2 * X.col(1);
    for (double& value : y) value += 5 + random.normal();

    const auto fit = ritz::ml::ridge(X, y, 1.0);
    std::printf("%s, method %s (%s)\n", std::string(name(fit.report.status)).c_str(),
                std::string(name(fit.report.method)).c_str(), fit.report.explanation.c_str());
    const auto primal = ritz::ml::ridge(X, y, 1.0, {.method = ritz::ml::RidgeMethod::primal});
    std::printf("primal and dual agree to 1e-10: %s\n",
                (primal.coefficients - fit.coefficients).norm() < 1e-10 ? "yes" : "no");

    const auto path = ritz::ml::ridge_path(
        X, y, Eigen::VectorXd::LinSpaced(13, -3, 3).unaryExpr([](double e) { return std::pow(10.0, e); }));
    std::printf("best alpha by leave-one-out: %g, degrees of freedom %.1f of 40\n", path.alphas[path.best],
                path.degrees_of_freedom[path.best]);
}
