// SPDX-License-Identifier: BSD-3-Clause
// The closest point of a subspace, of an affine space, and an orthonormal basis of nearly dependent vectors.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    Eigen::MatrixXd A(3, 2);
    A << 1, 2, 1, 2, 0, 0;  // two columns, one direction
    const auto P = ritz::ml::projection(A);
    const Eigen::Vector3d b(2, 0, 5), x = P(b), rest = P.complement(b);
    std::printf("rank %d, projection (%.0f, %.0f, %.0f), rest (%.0f, %.0f, %.0f)\n", int(P.rank()), x[0], x[1], x[2],
                rest[0], rest[1], rest[2]);
    const Eigen::MatrixXd M = P.matrix();
    std::printf("P P = P to 1e-15: %s\n", (M * M - M).norm() < 1e-15 ? "yes" : "no");

    Eigen::MatrixXd laeuchli = Eigen::MatrixXd::Zero(4, 3);
    laeuchli.row(0).setOnes();
    laeuchli.bottomRows(3).diagonal().setConstant(1e-9);
    const auto [Q, R, kept] = ritz::ml::gram_schmidt(laeuchli);
    std::printf("Gram-Schmidt keeps %d columns, orthonormal to 1e-15: %s\n", int(kept.size()),
                (Q.transpose() * Q - Eigen::Matrix3d::Identity()).norm() < 1e-15 ? "yes" : "no");
}
