// SPDX-License-Identifier: BSD-3-Clause
// Hilbert matrices: the residual stays tiny while the solution loses its digits one by one. The report knows when none
// is left; the true solution is all ones.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    for (const ritz::Index n : {4, 8, 12, 14}) {
        const Eigen::MatrixXd H = ritz::hilbert(n);
        const Eigen::VectorXd b = H.rowwise().sum();
        const auto [x, report] = ritz::linalg::safe_solve(H, b);
        std::printf("n = %2d: %-15s cond %.0e, backward error below 1e-15: %s, error below 1e-2: %s\n", int(n),
                    std::string(name(report.status)).c_str(), ritz::linalg::cond(H),
                    report.backward_error < 1e-15 ? "yes" : "no",
                    (x.array() - 1).abs().maxCoeff() < 1e-2 ? "yes" : "no");
    }
}
