// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/count.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <numbers>

#include "ritz/core/error.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"

namespace ritz {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(CountEigenvalues, AgreesWithTheFormulaOfPoissonMatrices) {
    const Index n = 200;
    const auto A = poisson1d(n);
    const auto formula = [&](double low, double high) {
        Index count = 0;
        for (Index k = 1; k <= n; ++k) {
            const double value = 2 - 2 * std::cos(k * std::numbers::pi / (n + 1));
            count += value >= low && value <= high;
        }
        return count;
    };
    for (const double low : {-1.0, 0.0, 0.3, 1.7, 3.99})
        for (const double high : {0.31, 1.71, 3.0, 5.0})
            if (low <= high) {
                EXPECT_EQ(count_eigenvalues(A, low, high).count, formula(low, high)) << low << " " << high;
            }
    EXPECT_EQ(count_eigenvalues(A, -infinity, infinity).count, n);
    EXPECT_EQ(count_eigenvalues(A, -infinity, 1.0).count + count_eigenvalues(A, 1.0, infinity).count,
              n + count_eigenvalues(A, 1.0, 1.0).count);
}

TEST(CountEigenvalues, CountsAnEigenvalueAtAnEndAndSaysWhereItLooked) {
    const auto L = hypercube_laplacian(7);  // 2k, binomial(7, k) times
    const auto at = count_eigenvalues(L, 4.0, 8.0);
    EXPECT_EQ(at.count, 21 + 35 + 35);
    EXPECT_LE(at.low, 4.0);
    EXPECT_GE(at.high, 8.0);
    EXPECT_NEAR(at.low, 4.0, 1e-9);
    EXPECT_NEAR(at.high, 8.0, 1e-9);
    EXPECT_EQ(count_eigenvalues(L, 0.0, 0.0).count, 1);
    EXPECT_EQ(count_eigenvalues(L, 0.1, 1.9).count, 0);
}

TEST(CountEigenvalues, CountsThoseOfAPencil) {
    const auto K = poisson1d(60);
    const auto M =
        diags<double>(60, 60, {Diagonal<double>(0, 4.0), Diagonal<double>(1, 1.0), Diagonal<double>(-1, 1.0)});
    const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXd> dense(to_dense(K), to_dense(M));
    for (const double high : {0.01, 0.1, 0.5, 1.0, 3.0})
        EXPECT_EQ(count_eigenvalues(K, M, -infinity, high).count, (dense.eigenvalues().array() <= high).count())
            << high;
}

TEST(CountEigenvalues, CountsComplexHermitianOnesAndScaledOnes) {
    Coo<std::complex<double>> H(40, 40);
    for (Index i = 0; i + 1 < 40; ++i) {
        H.add(i, i + 1, {0, 1});
        H.add(i + 1, i, {0, -1});
    }
    const auto A = to_csr(H);  // eigenvalues 2 cos(kπ/41)
    EXPECT_EQ(count_eigenvalues(A, -infinity, 0.0).count, 20);
    EXPECT_EQ(count_eigenvalues(A, 0.5, infinity).count, [] {
        Index count = 0;
        for (int k = 1; k <= 40; ++k) count += 2 * std::cos(k * std::numbers::pi / 41) >= 0.5;
        return count;
    }());
    for (const int e : {-1000, -300, 300, 1000}) {
        auto P = poisson1d(30);
        for (double& a : P.values()) a = std::ldexp(a, e);
        EXPECT_EQ(count_eigenvalues(P, std::ldexp(1.0, e), std::ldexp(3.0, e)).count,
                  count_eigenvalues(poisson1d(30), 1.0, 3.0).count)
            << e;
    }
}

TEST(CountEigenvalues, RefusesWhatHasNoCount) {
    EXPECT_THROW((void)count_eigenvalues(grcar(10), 0.0, 1.0), InvalidArgument);
    EXPECT_THROW((void)count_eigenvalues(poisson1d(10), 2.0, 1.0), InvalidArgument);
    EXPECT_THROW((void)count_eigenvalues(poisson1d(10), std::nan(""), 1.0), InvalidArgument);
    const auto singular = diags<double>(10, 10, {Diagonal<double>(0, 0.0)});
    EXPECT_THROW((void)count_eigenvalues(poisson1d(10), singular, -infinity, 1.0), NotPositiveDefinite);
    EXPECT_EQ(count_eigenvalues(to_csr(Coo<double>(0, 0)), -1.0, 1.0).count, 0);
}

}  // namespace
}  // namespace ritz
