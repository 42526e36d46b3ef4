// SPDX-License-Identifier: BSD-3-Clause
// One factorisation, many right-hand sides: LU for a general matrix, Cholesky for a positive definite one.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    constexpr int n = 50;
    ritz::Random random(4);
    Eigen::MatrixXd A(n, n);
    for (double& a : A.reshaped()) a = random.normal();
    const Eigen::MatrixXd S = A * A.transpose() + Eigen::MatrixXd::Identity(n, n);
    const auto lu = ritz::linalg::lu_factor(A);
    const auto cholesky = ritz::linalg::cho_factor(S);
    double worst = 0;
    for (int k = 0; k < 100; ++k) {
        Eigen::VectorXd b(n);
        for (double& value : b) value = random.normal();
        const Eigen::VectorXd x = ritz::linalg::lu_solve(lu, b), z = ritz::linalg::cho_solve(cholesky, b);
        worst =
            std::max({worst, (A * x - b).norm() / (A.norm() * x.norm()), (S * z - b).norm() / (S.norm() * z.norm())});
    }
    std::printf("200 solves with 2 factors, all backward errors below 1e-14: %s\n", worst < 1e-14 ? "yes" : "no");
    const auto [sign, logabsdet] = ritz::linalg::slogdet(S);
    std::printf("det S > 0: %s\n", sign == 1 && std::isfinite(logabsdet) ? "yes" : "no");
}
