// SPDX-License-Identifier: BSD-3-Clause
// A field on 100 x 100 points, known at 25 of them: mean and standard deviations by sparse factors, no 10⁴ x 10⁴
// covariance.
#include <cmath>
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    constexpr ritz::Index side = 100;
    const ritz::Csr<double> Q = ritz::poisson2d(side, side);  // the prior's precision: a membrane held at its rim
    ritz::Coo<double> places(25, side * side);
    for (ritz::Index i = 0; i < 25; ++i) places.add(i, (10 + 20 * (i / 5)) * side + 10 + 20 * (i % 5), 1.0);
    const Eigen::VectorXd y = Eigen::VectorXd::Ones(25);

    const auto [field, log_likelihood, report] = ritz::ml::gmrf_posterior(Q, ritz::to_csr(places), y, 0.1);
    const Eigen::VectorXd deviation = field.variances().cwiseSqrt();
    const ritz::Index observed = 50 * side + 50, between = 60 * side + 60;
    std::printf("10000 unknowns, %s, backward error below 1e-14: %s\n", std::string(name(report.status)).c_str(),
                report.backward_error < 1e-14 ? "yes" : "no");
    std::printf("at an observation: %.3f +- %.3f\n", field.mean()[observed], deviation[observed]);
    std::printf("between them:      %.3f +- %.3f\n", field.mean()[between], deviation[between]);
    std::printf("log marginal likelihood %.3f\n", log_likelihood.value());
    const Eigen::MatrixXd draws = field.sample(200, 1);
    const double spread = std::sqrt((draws.row(between).array() - field.mean()[between]).square().mean());
    std::printf("200 draws spread by that to 15 %%: %s\n",
                std::abs(spread / deviation[between] - 1) < 0.15 ? "yes" : "no");
}
