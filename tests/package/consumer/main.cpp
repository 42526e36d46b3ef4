// SPDX-License-Identifier: BSD-3-Clause
// What a user of an installed ritz writes: assemble, solve, look at the result.
#include <cmath>
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    const ritz::Index n = 100;
    ritz::Coo<double> K(n, n);
    for (ritz::Index i = 0; i < n; ++i) {
        K.add(i, i, 2.0);
        if (i > 0) K.add(i, i - 1, -1.0);
        if (i + 1 < n) K.add(i, i + 1, -1.0);
    }
    const ritz::Csr<double> A = ritz::to_csr(K);
    const Eigen::VectorXd ones = Eigen::VectorXd::Ones(n);
    Eigen::VectorXd b(n);
    A.apply(ones, b);

    const auto [x, report] = ritz::solve(A, b);

    const double error = (x - ones).lpNorm<Eigen::Infinity>();
    std::printf("largest error %.1e\n", error);
    return report.status == ritz::Status::solved && error < 1e-10 ? 0 : 1;
}
