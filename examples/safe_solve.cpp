// SPDX-License-Identifier: BSD-3-Clause
// A system that is solved, one that is singular up to rounding, one that is singular: NumPy answers the second without
// a word.
#include <cstdio>
#include <ritz/ritz.hpp>
#include <string>

int main() {
    Eigen::Matrix3d good, nearly, singular;
    good << 4, 1, 0, 1, 3, 1, 0, 1, 2;
    nearly << 1, 2, 3, 4, 5, 6, 7, 8, 9 + 4e-15;
    singular << 1, 2, 3, 4, 5, 6, 7, 8, 9;
    const Eigen::Vector3d b(1, 2, 4);

    for (const Eigen::Matrix3d& A : {good, nearly, singular}) {
        const auto [x, report] = ritz::linalg::safe_solve(A, b);
        std::printf("%s: %s\n", std::string(name(report.status)).c_str(), report.explanation.c_str());
    }
    for (const Eigen::Matrix3d& A : {nearly, singular}) {
        try {
            (void)ritz::linalg::solve(A, b);
            std::printf("solve answered\n");
        } catch (const ritz::IllConditioned& error) {
            std::printf("IllConditioned: %s\n", error.what());
        } catch (const ritz::SingularMatrix& error) {
            std::printf("SingularMatrix: %s\n", error.what());
        }
    }
}
