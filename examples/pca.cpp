// SPDX-License-Identifier: BSD-3-Clause
// Principal components, and the same of a sparse matrix that is centred without becoming dense; then the best
// approximation of low rank, whose error is the next singular value.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    ritz::Random random(5);
    Eigen::MatrixXd X = Eigen::MatrixXd::Zero(600, 20);
    for (int i = 0; i < 600; ++i)
        for (int j = 0; j < 20; ++j)
            if (random.uniform() < 0.1) X(i, j) = 1 + j / 4;
    const auto dense = ritz::ml::pca(X, {.components = 3});
    const ritz::Csr<double> S = ritz::from_dense(X);
    const auto sparse = ritz::ml::pca(ritz::CsrView<double>(S), 3);
    std::printf("explained: %.3f %.3f %.3f\n", dense.explained_variance_ratio[0], dense.explained_variance_ratio[1],
                dense.explained_variance_ratio[2]);
    std::printf("sparse: %s, same components to 1e-8: %s\n", std::string(name(sparse.report->status)).c_str(),
                (dense.components - sparse.components).norm() < 1e-8 ? "yes" : "no");

    const auto [U, s, Vh] = ritz::linalg::svd(X, {.full_matrices = false});
    const Eigen::MatrixXd best = U.leftCols(5) * s.head(5).asDiagonal() * Vh.topRows(5);
    const double error = ritz::linalg::svdvals(X - best)[0];
    std::printf("rank 5: error over the sixth singular value %.10f\n", error / s[5]);
}
