// SPDX-License-Identifier: BSD-3-Clause
// One system that is solved, one that is singular up to rounding: NumPy answers both without a word.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    Eigen::Matrix3d good, bad;
    good << 4, 1, 0, 1, 3, 1, 0, 1, 2;
    bad << 1, 2, 3, 4, 5, 6, 7, 8, 9;
    const Eigen::Vector3d b(1, 2, 4);

    for (const Eigen::Matrix3d& A : {good, bad}) {
        const auto [x, report] = ritz::linalg::safe_solve(A, b);
        std::printf("%s, backward error below 1e-14: %s\n", std::string(name(report.status)).c_str(),
                    report.backward_error < 1e-14 ? "yes" : "no");
    }
    try {
        (void)ritz::linalg::solve(bad, b);
        std::printf("solve answered\n");
    } catch (const ritz::Error& error) {  // IllConditioned, or SingularMatrix if a pivot happens to be exactly zero
        std::printf("solve refuses: %s\n", error.what());
    }
}
