// SPDX-License-Identifier: BSD-3-Clause
// A field on 100 x 100 points, known at 25 of them: mean and standard deviations by sparse factors, no 10⁴ x 10⁴
// covariance.
#include <cmath>
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    constexpr ritz::Index side = 100;
    const ritz::Csr<double> Q = ritz::poisson2d(side, side);  // the prior's precision: a thin plate held at its rim
    ritz::Coo<double> places(25, side * side);
    for (ritz::Index i = 0; i < 25; ++i) places.add(i, (10 + 20 * (i / 5)) * side + 10 + 20 * (i % 5), 1.0);
    const ritz::Csr<double> A = ritz::to_csr(places);
    const Eigen::VectorXd y = Eigen::VectorXd::Ones(25);

    const ritz::ml::Gmrf field(Q, A, y, 0.1);
    const Eigen::VectorXd deviation = field.marginal_variances().cwiseSqrt();
    const ritz::Index observed = 50 * side + 50, between = 60 * side + 60;
    std::printf("10000 unknowns, residual below 1e-12: %s\n", field.relative_residual() < 1e-12 ? "yes" : "no");
    std::printf("at an observation: %.3f +- %.3f\n", field.mean()[observed], deviation[observed]);
    std::printf("between them:      %.3f +- %.3f\n", field.mean()[between], deviation[between]);
    std::printf("log marginal likelihood %.3f\n", field.log_marginal_likelihood());
}
