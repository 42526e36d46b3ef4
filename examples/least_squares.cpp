// SPDX-License-Identifier: BSD-3-Clause
// A parabola through noisy points, then a fit whose third column is the sum of the others: rank 2, and the solution of
// least norm.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    Eigen::MatrixXd A(6, 3);
    Eigen::VectorXd b(6);
    for (int i = 0; i < 6; ++i) {
        A.row(i) << 1, i, i * i;
        b[i] = 2 - 3 * i + 0.5 * i * i + (i % 2 ? 0.1 : -0.1);
    }
    const auto fit = ritz::linalg::lstsq(A, b);
    std::printf("rank %d, %s: %.3f %.3f %.3f\n", int(fit.rank), std::string(name(fit.report.status)).c_str(), fit.x[0],
                fit.x[1], fit.x[2]);
    A.col(2) = A.col(0) + A.col(1);
    const auto deficient = ritz::linalg::lstsq(A, b);
    std::printf("rank %d, x0 + x1 = x2 up to rounding: %s\n", int(deficient.rank),
                std::abs(deficient.x[0] + deficient.x[1] - deficient.x[2]) < 1e-13 ? "yes" : "no");
}
