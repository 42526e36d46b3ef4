// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/special_matrices.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <numbers>

namespace ritz::linalg {
namespace {

using Eigen::MatrixXcd;
using Eigen::MatrixXd;
using Eigen::VectorXd;

VectorXd vector(std::initializer_list<double> values) {
    return Eigen::Map<const VectorXd>(values.begin(), static_cast<Eigen::Index>(values.size()));
}

MatrixXd rows(std::initializer_list<std::initializer_list<double>> list) {
    MatrixXd A(list.size(), list.begin()->size());
    Eigen::Index i = 0;
    for (const auto& row : list) A.row(i++) = vector(row).transpose();
    return A;
}

TEST(SpecialMatrices, AreWhatTheirDefinitionsSay) {
    EXPECT_EQ(toeplitz(vector({1, 2, 3}), vector({9, 4, 5, 6})), rows({{1, 4, 5, 6}, {2, 1, 4, 5}, {3, 2, 1, 4}}));
    EXPECT_EQ(hankel(vector({1, 2, 3}), vector({9, 4, 5})), rows({{1, 2, 3}, {2, 3, 4}, {3, 4, 5}}));
    EXPECT_EQ(hankel(vector({1, 2, 3})), rows({{1, 2, 3}, {2, 3, 0}, {3, 0, 0}}));
    EXPECT_EQ(circulant(vector({1, 2, 3})), rows({{1, 3, 2}, {2, 1, 3}, {3, 2, 1}}));
    EXPECT_EQ(companion(vector({2, -4, 6, 8})), rows({{2, -3, -4}, {1, 0, 0}, {0, 1, 0}}));
    EXPECT_EQ(leslie(vector({1, 2, 3}), vector({4, 5})), rows({{1, 2, 3}, {4, 0, 0}, {0, 5, 0}}));
    EXPECT_EQ(fiedler(vector({1, 4, 9})), rows({{0, 3, 8}, {3, 0, 5}, {8, 5, 0}}));
    EXPECT_EQ(vander(vector({1, 2, 3})), rows({{1, 1, 1}, {4, 2, 1}, {9, 3, 1}}));
    EXPECT_EQ(vander(vector({2, 3}), {.columns = 4, .increasing = true}), rows({{1, 2, 4, 8}, {1, 3, 9, 27}}));
    EXPECT_EQ(pascal(4), rows({{1, 1, 1, 1}, {1, 2, 3, 4}, {1, 3, 6, 10}, {1, 4, 10, 20}}));
    EXPECT_EQ(tri(2, 4, 1), rows({{1, 1, 0, 0}, {1, 1, 1, 0}}));
    EXPECT_EQ(tril(rows({{1, 2}, {3, 4}, {5, 6}}), -1), rows({{0, 0}, {3, 0}, {5, 6}}));
    EXPECT_EQ(triu(rows({{1, 2}, {3, 4}, {5, 6}}), 1), rows({{0, 2}, {0, 0}, {0, 0}}));
    EXPECT_EQ(frank(4), rows({{4, 3, 2, 1}, {3, 3, 2, 1}, {0, 2, 2, 1}, {0, 0, 1, 1}}));
    EXPECT_EQ(wilkinson_growth(3), rows({{1, 0, 1}, {-1, 1, 1}, {-1, -1, 1}}));
    EXPECT_EQ(lauchli(2, 0.5), rows({{1, 1}, {0.5, 0}, {0, 0.5}}));
    EXPECT_EQ(wilkinson(4), rows({{1.5, 1, 0, 0}, {1, 0.5, 1, 0}, {0, 1, 0.5, 1}, {0, 0, 1, 1.5}}));
    EXPECT_EQ(block_diag(rows({{1, 2}}), rows({{3}, {4}})), rows({{1, 2, 0}, {0, 0, 3}, {0, 0, 4}}));
    EXPECT_EQ(block_diag(MatrixXd(0, 2), rows({{3}})), rows({{0, 0, 3}}));
    EXPECT_EQ(grcar(3), rows({{1, 1, 1}, {-1, 1, 1}, {0, -1, 1}}));
    const MatrixXcd T = toeplitz(Eigen::VectorXcd{{std::complex(1.0), std::complex(0.0, 2.0)}});
    EXPECT_EQ(T(0, 1), std::complex(0.0, -2.0));  // Hermitian
}

TEST(SpecialMatrices, InversesAreInverses) {
    for (Eigen::Index n : {0, 1, 2, 5, 8}) {
        const MatrixXd I = MatrixXd::Identity(n, n);
        EXPECT_LT((hilbert(n) * invhilbert(n) - I).cwiseAbs().sum(), 1e-4) << n;  // κ of order 8: 1.5e10
        for (Pascal kind : {Pascal::symmetric, Pascal::lower, Pascal::upper})
            EXPECT_EQ(pascal(n, kind) * invpascal(n, kind), I) << n;  // integers: exact
    }
    EXPECT_EQ(pascal(6, Pascal::lower) * pascal(6, Pascal::upper), pascal(6));
    EXPECT_EQ(invhilbert(3), rows({{9, -36, 30}, {-36, 192, -180}, {30, -180, 180}}));
    EXPECT_THROW((void)invhilbert<float>(40), InvalidArgument);
    EXPECT_THROW((void)pascal<float>(100), InvalidArgument);
}

TEST(SpecialMatrices, OrthogonalOnesAreOrthogonal) {
    for (Eigen::Index n : {1, 2, 4, 16}) {
        EXPECT_EQ(hadamard(n) * hadamard(n).transpose(), static_cast<double>(n) * MatrixXd::Identity(n, n));
    }
    EXPECT_THROW((void)hadamard(12), InvalidArgument);
    for (Eigen::Index n : {1, 2, 5, 24, 31}) {
        const MatrixXd H = helmert(n, {.full = true});
        EXPECT_LT((H * H.transpose() - MatrixXd::Identity(n, n)).norm(), 1e-14 * static_cast<double>(n));
        EXPECT_EQ(helmert(n), H.bottomRows(n - 1));
        const MatrixXcd F = dft(n, DftScale::sqrt_n);
        EXPECT_LT((F * F.adjoint() - MatrixXcd::Identity(n, n)).norm(), 1e-14 * static_cast<double>(n));
        for (Eigen::Index j = 0; j < n; ++j)
            for (Eigen::Index k = 0; k < n; ++k) {
                const long double angle =
                    -2 * std::numbers::pi_v<long double> * static_cast<long double>(j * k % n) / n;
                EXPECT_NEAR(dft(n)(j, k).real(), static_cast<double>(std::cos(angle)), 2.3e-16);
                EXPECT_NEAR(dft(n)(j, k).imag(), static_cast<double>(std::sin(angle)), 2.3e-16);
            }
    }
}

TEST(SpecialMatrices, CompanionMatricesHaveTheirPolynomialsRoots) {
    const VectorXd a = vector({2, -30, 170, -450, 548, -240});  // 2 (z − 1)(z − 2)(z − 3)(z − 4)(z − 5)
    for (const MatrixXd& C : {companion(a), fiedler_companion(a)}) {
        VectorXd roots = C.eigenvalues().real();
        std::sort(roots.begin(), roots.end());
        EXPECT_LT((roots - vector({1, 2, 3, 4, 5})).norm(), 1e-9);
    }
    EXPECT_EQ(fiedler_companion(vector({1, 2, 3, 4, 5})),
              rows({{-2, -3, 1, 0}, {1, 0, 0, 0}, {0, -4, 0, -5}, {0, 1, 0, 0}}));
    EXPECT_THROW((void)companion(vector({0, 1, 2})), InvalidArgument);
    EXPECT_THROW((void)companion(vector({1})), InvalidArgument);
}

TEST(SpecialMatrices, SpectraAreTheKnownOnes) {
    VectorXd values = Eigen::SelfAdjointEigenSolver<MatrixXd>(rosser()).eigenvalues();
    const double r = 10 * std::sqrt(10405.0), q = 100 * std::sqrt(26.0);
    EXPECT_LT((values - vector({-r, 0, 510 - q, 1000, 1000, 510 + q, 1020, r})).norm(), 1e-10);
    values = clement(6).eigenvalues().real();
    std::sort(values.begin(), values.end());
    EXPECT_LT((values - vector({-5, -3, -1, 1, 3, 5})).norm(), 1e-12);
    EXPECT_NEAR(pei(5, 2).trace(), 15, 0);
    EXPECT_EQ(moler(3), rows({{1, -1, -1}, {-1, 2, 0}, {-1, 0, 3}}));
    EXPECT_DOUBLE_EQ(kahan(3, 1.2)(1, 2), -std::cos(1.2) * std::sin(1.2));
    EXPECT_DOUBLE_EQ(lehmer(3)(2, 1), 2.0 / 3);
    EXPECT_EQ(lotkin(2), rows({{1, 1}, {0.5, 1.0 / 3}}));
}

TEST(SpecialMatrices, ConvolutionMatricesConvolve) {
    const VectorXd a = vector({1, 2, 3});
    for (Eigen::Index n : {1, 2, 3, 5}) {
        const VectorXd v = VectorXd::LinSpaced(n, 1, 2);
        VectorXd full = VectorXd::Zero(n + 2);
        for (Eigen::Index i = 0; i < n; ++i) full.segment(i, 3) += v(i) * a;
        EXPECT_LT((convolution_matrix(a, n) * v - full).norm(), 1e-14);
        const Eigen::Index longer = std::max<Eigen::Index>(n, 3), shorter = std::min<Eigen::Index>(n, 3);
        EXPECT_LT((convolution_matrix(a, n, Convolution::same) * v - full.segment((shorter - 1) / 2, longer)).norm(),
                  1e-14);
        EXPECT_LT(
            (convolution_matrix(a, n, Convolution::valid) * v - full.segment(shorter - 1, longer - shorter + 1)).norm(),
            1e-14);
    }
}

TEST(SpecialMatrices, EmptyOnesAreEmptyAndNonsenseIsRefused) {
    EXPECT_EQ(hilbert(0).size(), 0);
    EXPECT_EQ(hadamard(0).size(), 0);
    EXPECT_EQ(dft(0).size(), 0);
    EXPECT_EQ(toeplitz(VectorXd(0)).size(), 0);
    EXPECT_EQ(helmert(0).size(), 0);
    EXPECT_EQ(lauchli(0).rows(), 1);
    EXPECT_THROW((void)hilbert(-1), InvalidArgument);
    EXPECT_THROW((void)leslie(vector({1, 2}), vector({1, 2})), InvalidArgument);
    EXPECT_THROW((void)circulant(vector({1, std::nan("")})), InvalidArgument);
    EXPECT_THROW((void)convolution_matrix(vector({1, 2}), 0), InvalidArgument);
    EXPECT_EQ(hilbert<std::complex<float>>(2)(1, 1), std::complex<float>(1.0F / 3));
}

}  // namespace
}  // namespace ritz::linalg
