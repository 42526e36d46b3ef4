// SPDX-License-Identifier: BSD-3-Clause
// Correlated features become uncorrelated ones of variance 1; data that fill only a plane say so.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    ritz::Random random(1);
    Eigen::MatrixXd Z(500, 3), mix(3, 3);
    for (double& z : Z.reshaped()) z = random.normal();
    mix << 2, 1, 0, 0, 1, 0.5, 0, 0, 0.1;
    const Eigen::MatrixXd X = (Z * mix).array() + 100;

    for (const auto& [method, name] : {std::pair{ritz::ml::WhiteningMethod::zca, "zca"},
                                       {ritz::ml::WhiteningMethod::pca, "pca"},
                                       {ritz::ml::WhiteningMethod::cholesky, "cholesky"}}) {
        const auto W = ritz::ml::whitening(X, {.method = method});
        const Eigen::MatrixXd C = ritz::ml::covariance(W.transform(X));
        std::printf("%s: covariance is I to 1e-12: %s\n", name,
                    (C - Eigen::Matrix3d::Identity()).norm() < 1e-12 ? "yes" : "no");
    }
    Eigen::MatrixXd flat = X;
    flat.col(2) = X.col(0) - X.col(1);
    std::printf("with a dependent feature: rank %d of 3\n",
                int(ritz::ml::whitening(flat, {ritz::ml::WhiteningMethod::pca}).rank()));
    try {
        (void)ritz::ml::whitening(flat, {ritz::ml::WhiteningMethod::cholesky});
    } catch (const ritz::SingularMatrix& error) {
        std::printf("%s\n", error.what());
    }
}
