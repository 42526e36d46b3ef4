// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/equilibration.hpp"

#include <gtest/gtest.h>

#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;

Eigen::MatrixXd badly_scaled(int n, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixXd M = to_dense(tridiagonal_toeplitz(n, -1, 4, -2));
    for (int i = 0; i < n; ++i) {
        M.row(i) *= std::ldexp(1.0, static_cast<int>(random.below(801)) - 400);
        M.col(i) *= std::ldexp(1.0, static_cast<int>(random.below(201)) - 100);
    }
    return M;
}

TEST(Equilibration, BringsTheLargestOfEachRowAndColumnIntoOneBinade) {
    for (const std::uint64_t seed : {1, 2, 3}) {
        const Csr<double> A = from_dense(badly_scaled(40, seed));
        for (const Equilibration& e : {equilibrate(A), equilibrate_least_squares(A)}) {
            const Eigen::MatrixXd S = to_dense(scaled(A, e)).cwiseAbs();
            EXPECT_GE(S.rowwise().maxCoeff().minCoeff(), 1);
            EXPECT_LT(S.maxCoeff(), 2);
            EXPECT_GE(S.colwise().maxCoeff().minCoeff(), 1);
        }
    }
}

TEST(Equilibration, UndoesDiagonalScalingInTheLeastSquaresSense) {
    const Csr<double> A = from_dense(badly_scaled(40, 7));
    const Eigen::MatrixXd S = to_dense(scaled(A, equilibrate_least_squares(A))).cwiseAbs();
    double smallest = 2;
    for (int i = 0; i < 40; ++i)
        for (int j = std::max(0, i - 1); j < std::min(40, i + 2); ++j) smallest = std::min(smallest, S(i, j));
    EXPECT_GE(smallest, 1.0 / 64);  // 1/4 … 1 before the scaling by 2^±500
}

TEST(Equilibration, IsExact) {
    const Csr<double> A = from_dense(badly_scaled(20, 5));
    const Equilibration e = equilibrate(A);
    const Csr<double> S = scaled(A, e);
    for (Index i = 0; i < 20; ++i)
        for (Index j = std::max(0, i - 1); j < std::min(20, i + 2); ++j)
            EXPECT_EQ(std::ldexp(S.at(i, j), -e.row[static_cast<std::size_t>(i)] - e.col[static_cast<std::size_t>(j)]),
                      A.at(i, j));
}

TEST(Equilibration, KeepsAHermitianMatrixHermitian) {
    using C = std::complex<double>;
    const Csr<C> A =
        from_dense(Eigen::MatrixXcd({{C(1e20), C(1, 2), C(0)}, {C(1, -2), C(1e-10), C(0, 3)}, {C(0), C(0, -3), C(5)}}));
    const Equilibration e = equilibrate_symmetric(A);
    const Csr<C> S = scaled(A, e);
    EXPECT_EQ(adjoint(S), S);
    for (Index i = 0; i < 3; ++i) {
        EXPECT_GE(S.at(i, i).real(), 0.5);
        EXPECT_LT(S.at(i, i).real(), 2);
    }
    const Csr<double> indefinite = from_dense(Eigen::MatrixXd({{0, 1e30}, {1e30, 1e-30}}));
    const Csr<double> scaled_indefinite = scaled(indefinite, equilibrate_symmetric(indefinite));
    EXPECT_NEAR(std::log2(scaled_indefinite.at(0, 1)), 0, 2);
}

TEST(Equilibration, CopesWithZerosAndSubnormals) {
    Coo<double> C(3, 4);
    C.add(0, 0, 0), C.add(1, 2, 5e-324), C.add(1, 3, 1e-320);
    const Csr<double> A = to_csr(C);
    const Csr<double> S = scaled(A, equilibrate(A));
    EXPECT_EQ(S.nnz(), 2);  // the stored zero is gone
    EXPECT_GE(S.at(1, 3), 1);
    EXPECT_EQ(scaled(Csr<double>(), equilibrate(Csr<double>())).nnz(), 0);
}

}  // namespace
