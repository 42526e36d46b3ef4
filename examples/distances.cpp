// SPDX-License-Identifier: BSD-3-Clause
// Distances between all pairs of 1000 points, two of which nearly coincide; and nearly parallel vectors.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    ritz::Random random(6);
    Eigen::MatrixXd X(1000, 32);
    for (double& x : X.reshaped()) x = random.normal();
    X.row(1) = X.row(0);
    X(1, 0) += 1e-9;
    const Eigen::MatrixXd D = ritz::ml::pairwise_distances(X);
    std::printf("close points: %.4e, exactly symmetric: %s\n", D(0, 1), D == D.transpose() ? "yes" : "no");

    Eigen::MatrixXd directions(2, 3);
    directions << 1, 0, 0, 1, 1e-8, 0;
    std::printf("1 - cos of an angle of 1e-8: %.4e\n",
                ritz::ml::pairwise_distances(directions, {ritz::ml::Metric::cosine})(0, 1));
}
