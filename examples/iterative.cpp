// SPDX-License-Identifier: BSD-3-Clause
// -Δu = 1 in the unit cube, u = 0 on its boundary: conjugate gradients with an incomplete Cholesky factorisation. What
// the report says is computed from the x returned.
#include <cstdio>
#include <ritz/ritz.hpp>
#include <string>

int main() {
    constexpr ritz::Index cells = 32;  // per side
    const ritz::Csr<double> A = ritz::poisson3d(cells - 1, cells - 1, cells - 1);
    const Eigen::VectorXd b = Eigen::VectorXd::Constant(A.rows(), 1.0 / (cells * cells));  // h² f

    const auto M = ritz::make_preconditioner<double>(ritz::PreconditionerKind::ic0, A);

    Eigen::VectorXd x = Eigen::VectorXd::Zero(A.cols());  // the starting guess, and then the answer
    const ritz::KrylovReport report = ritz::cg(A, b, x, M, ritz::KrylovOptions{.stop = {.rtol = 1e-10}});

    std::printf("%s with %s: %s, %lld iterations, residual %.1e\n", std::string(report.method).c_str(),
                report.preconditioner.c_str(), std::string(name(report.status)).c_str(),
                static_cast<long long>(report.iterations), report.relative_residual);
    std::printf("condition of the preconditioned matrix: %.1f or more\n", report.condition_estimate);
    std::printf("u in the middle of the cube: %.4f\n", x[A.rows() / 2]);
    if (report.status == ritz::Status::converged) return 0;
    std::printf("%s\n", report.message.c_str());
    return 1;
}
