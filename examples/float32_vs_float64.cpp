// SPDX-License-Identifier: BSD-3-Clause
// The same system in single and in double precision: each is judged by its own rounding unit.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    for (const ritz::Index n : {3, 6, 9}) {
        const Eigen::MatrixXd H = ritz::hilbert(n);
        const Eigen::VectorXd b = H.rowwise().sum();
        const auto in_double = ritz::linalg::safe_solve(H, b);
        const auto in_float = ritz::linalg::safe_solve(H.cast<float>().eval(), b.cast<float>().eval());
        std::printf("Hilbert %d: float %s, double %s\n", int(n), std::string(name(in_float.report.status)).c_str(),
                    std::string(name(in_double.report.status)).c_str());
    }
}
