// SPDX-License-Identifier: BSD-3-Clause
// Kernel matrices of points that lie far from the origin and close together: where the textbook's formula
// ‖x‖² + ‖y‖² − 2⟨x, y⟩ has no correct digit left.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    Eigen::MatrixXd X(3, 8);
    X.setConstant(1e8);
    X(1, 0) += 0.5;  // at distance 0.5 from the first point
    X(2, 7) += 1;    // at distance 1

    const Eigen::MatrixXd naive = (X.rowwise().squaredNorm().replicate(1, 3) +
                                   X.rowwise().squaredNorm().transpose().replicate(3, 1) - 2 * X * X.transpose());
    const Eigen::MatrixXd D = ritz::ml::pairwise_distances(X), K = ritz::ml::rbf_kernel(X, {.lengthscale = 1.0});
    std::printf("distances %.15g %.15g, their squares by the formula: %g %g\n", D(0, 1), D(0, 2), naive(0, 1),
                naive(0, 2));
    std::printf("RBF kernel %.6f %.6f %.6f\n", K(0, 0), K(0, 1), K(0, 2));
    const Eigen::MatrixXd G = ritz::ml::centre_kernel(ritz::ml::gram_matrix((X.array() - 1e8).matrix()));
    std::printf("centred Gram matrix: trace %.6f, sum of a row %.1g\n", G.trace(), G.row(0).sum());
}
