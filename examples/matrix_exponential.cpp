// SPDX-License-Identifier: BSD-3-Clause
// exp of a rotation's generator, and its inverse function; a matrix whose Taylor series cancels without scaling.
#include <cstdio>
#include <numbers>
#include <ritz/ritz.hpp>

int main() {
    Eigen::Matrix2d generator, moler;
    generator << 0, -std::numbers::pi / 3, std::numbers::pi / 3, 0;
    const Eigen::MatrixXd Q = ritz::linalg::expm(generator);
    std::printf("exp = [%.6f %.6f; %.6f %.6f]\n", Q(0, 0), Q(0, 1), Q(1, 0), Q(1, 1));
    moler << -49, 24, -64, 31;  // eigenvalues -1 and -17: C. Moler and C. Van Loan, SIAM Rev. 45 (2003) 3
    const Eigen::MatrixXd E = ritz::linalg::expm(moler);
    std::printf("exp = [%.6f %.6f; %.6f %.6f]\n", E(0, 0), E(0, 1), E(1, 0), E(1, 1));
}
