// SPDX-License-Identifier: BSD-3-Clause
// -Δu = f on the unit square, u = 0 on its boundary, with linear triangles: assemble, solve, compare with the exact u.
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <ritz/ritz.hpp>
#include <vector>

namespace {

constexpr ritz::Index cells = 64;  // per side
constexpr double h = 1.0 / cells;
constexpr double pi = std::numbers::pi;

double exact(double x, double y) {
    return std::sin(pi * x) * std::sin(pi * y);
}
double load(double x, double y) {
    return 2 * pi * pi * exact(x, y);
}

/// The unknown at grid point (i, j), or -1 on the boundary, where u is known.
ritz::Index unknown(ritz::Index i, ritz::Index j) {
    const bool inside = 0 < i && i < cells && 0 < j && j < cells;
    return inside ? (j - 1) * (cells - 1) + i - 1 : -1;
}

}  // namespace

int main() {
    const ritz::Index n = (cells - 1) * (cells - 1);

    // Stiffness of a right triangle with legs h, the right angle at its first corner; h cancels in two dimensions.
    constexpr std::array stiffness{1.0, -0.5, -0.5, -0.5, 0.5, 0.0, -0.5, 0.0, 0.5};

    ritz::Coo<double> K(n, n);
    for (ritz::Index j = 0; j < cells; ++j) {
        for (ritz::Index i = 0; i < cells; ++i) {
            const std::array lower{unknown(i, j), unknown(i + 1, j), unknown(i, j + 1)};
            const std::array upper{unknown(i + 1, j + 1), unknown(i, j + 1), unknown(i + 1, j)};
            K.add_block(lower, lower, stiffness);  // a row or column -1 is skipped
            K.add_block(upper, upper, stiffness);
        }
    }
    const ritz::Csr<double> A = ritz::to_csr(K);  // entries at the same place are added

    std::vector<double> b(static_cast<std::size_t>(n));
    for (ritz::Index j = 1; j < cells; ++j)
        for (ritz::Index i = 1; i < cells; ++i) b[static_cast<std::size_t>(unknown(i, j))] = h * h * load(i * h, j * h);

    const auto [x, report] = ritz::solve(A, b);

    double error = 0;
    for (ritz::Index j = 1; j < cells; ++j)
        for (ritz::Index i = 1; i < cells; ++i)
            error = std::max(error, std::abs(x[unknown(i, j)] - exact(i * h, j * h)));
    std::printf("%d unknowns, %lld entries, method %s, status %s\n", n, static_cast<long long>(A.nnz()),
                report.method.c_str(), std::string(name(report.status)).c_str());
    std::printf("backward error %.1e, error at the nodes %.1e\n", report.certificate.backward_error, error);
}
