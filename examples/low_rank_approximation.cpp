// SPDX-License-Identifier: BSD-3-Clause
// The best approximation of rank k: its error is the next singular value, known before anything is compared. The
// matrix 1 / (1 + x + y) on a grid is smooth, so a few terms carry it to rounding.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    constexpr int n = 60;
    Eigen::MatrixXd A(n, n);
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) A(i, j) = 1 / (1 + double(i + j) / n);

    const auto [U, s, Vh] = ritz::linalg::svd(A, {.full_matrices = false});
    for (const int k : {1, 2, 4, 6}) {
        const Eigen::MatrixXd Ak = U.leftCols(k) * s.head(k).asDiagonal() * Vh.topRows(k);
        const double error = ritz::linalg::svdvals(Eigen::MatrixXd(A - Ak))[0];
        std::printf("rank %d: |A - A_k|_2 = %.4e, next singular value %.4e, %d numbers instead of %d\n", k, error, s[k],
                    k * (2 * n + 1), n * n);
    }
    std::printf("numerical rank below 12: %s\n", ritz::linalg::matrix_rank(A) < 12 ? "yes" : "no");
}
