// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/eigsh.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "ritz/core/error.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/cholesky.hpp"

namespace ritz {
namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

double poisson_value(Index k, Index n) {
    const double s = std::sin(k * std::numbers::pi / (2.0 * (n + 1)));
    return 4 * s * s;
}

Vector poisson2d_values(Index nx, Index ny) {
    std::vector<double> all;
    for (Index i = 1; i <= nx; ++i)
        for (Index j = 1; j <= ny; ++j) all.push_back(poisson_value(i, nx) + poisson_value(j, ny));
    std::ranges::sort(all);
    return Eigen::Map<Vector>(all.data(), static_cast<Eigen::Index>(all.size()));
}

/// The consistent mass matrix of linear elements on a line, tensor product for two dimensions: M and K share a pattern.
Csr<double> mass1d(Index n) {
    return diags<double>(n, n,
                         {Diagonal<double>(-1, 1.0 / 6), Diagonal<double>(0, 4.0 / 6), Diagonal<double>(1, 1.0 / 6)});
}

TEST(Eigsh, FindsPoissonEigenvaluesTo12Digits) {
    for (const auto& [nx, ny] : {std::pair{60, 60}, std::pair{100, 37}}) {
        const auto A = poisson2d(nx, ny);
        const Vector all = poisson2d_values(nx, ny);
        const auto low = eigsh(A, 10, {.which = Which::smallest_algebraic, .completeness = Completeness::prove});
        EXPECT_EQ(low.report.status, Status::solved) << low.report.message;
        EXPECT_EQ(low.report.method, "shift_invert");
        EXPECT_LE(((low.values - all.head(10)).array() / all.head(10).array()).abs().maxCoeff(), 1e-12);
        const auto high = eigsh(A, 10, {.which = Which::largest_algebraic});
        EXPECT_EQ(high.report.method, "lanczos");
        EXPECT_LE(((high.values - all.tail(10)).array() / all.tail(10).array()).abs().maxCoeff(), 1e-12);
    }
    const auto A = poisson3d(12, 13, 14);
    std::vector<double> all;
    for (Index i = 1; i <= 12; ++i)
        for (Index j = 1; j <= 13; ++j)
            for (Index k = 1; k <= 14; ++k)
                all.push_back(poisson_value(i, 12) + poisson_value(j, 13) + poisson_value(k, 14));
    std::ranges::sort(all);
    const auto low = eigsh(A, 8, {.which = Which::smallest_magnitude});
    for (Index i = 0; i < 8; ++i)
        EXPECT_NEAR(low.values[i], all[static_cast<std::size_t>(i)], 1e-12 * all[static_cast<std::size_t>(i)]);
}

TEST(Eigsh, NearestToAShiftAndEveryMethodAgree) {
    const auto A = poisson2d(25, 20);
    const Vector all = poisson2d_values(25, 20);
    for (const double sigma : {0.7, 3.3, 4.0, 8.5}) {
        std::vector<double> nearest(all.begin(), all.end());
        std::ranges::sort(nearest, {}, [&](double a) { return std::abs(a - sigma); });
        nearest.resize(9);
        std::ranges::sort(nearest);
        const auto found = eigsh(A, 9, {.sigma = sigma, .completeness = Completeness::prove});
        ASSERT_EQ(found.report.status, Status::solved) << sigma << found.report.message;
        for (Index i = 0; i < 9; ++i)
            EXPECT_NEAR(std::abs(found.values[i] - sigma), std::abs(nearest[static_cast<std::size_t>(i)] - sigma),
                        1e-11)
                << sigma;
    }
    for (const EigshMethod method :
         {EigshMethod::dense, EigshMethod::lanczos, EigshMethod::filtered, EigshMethod::spectra})
        for (const Which which : {Which::largest_algebraic, Which::smallest_algebraic}) {
            const auto found = eigsh(A, 5, {.which = which, .method = method});
            ASSERT_EQ(found.values.size(), 5) << name(method) << found.report.message;
            const Vector expected = which == Which::largest_algebraic ? all.tail(5) : all.head(5);
            EXPECT_LE((found.values - expected).cwiseAbs().maxCoeff(), 1e-9) << name(method);
        }
}

TEST(Eigsh, AShiftThatIsAnEigenvalueIsMovedAndSaidSo) {
    Coo<double> D(1000, 1000);
    for (Index i = 0; i < 1000; ++i) D.add(i, i, i + 1.0);
    const auto found = eigsh(to_csr(D), 3, {.sigma = 17.0, .completeness = Completeness::prove});
    EXPECT_EQ(found.report.status, Status::solved) << found.report.message;
    EXPECT_LE((found.values - Vector{{16.0, 17.0, 18.0}}).cwiseAbs().maxCoeff(), 1e-10);
    EXPECT_NE(found.report.sigma, 17.0);
    ASSERT_FALSE(found.report.warnings.empty());
    EXPECT_NE(found.report.warnings[0].find("sigma"), std::string::npos);
}

TEST(Eigsh, SolvesGeneralisedProblems) {
    const Index n = 400;
    const auto K = poisson1d(n), M = mass1d(n);
    // Linear elements: λ = 6 (1 - cos θ) / (2 + cos θ), θ = kπ/(n+1).
    std::vector<double> all;
    for (Index k = 1; k <= n; ++k) {
        const double c = std::cos(k * std::numbers::pi / (n + 1));
        all.push_back(6 * (1 - c) / (2 + c));
    }
    const auto check = [&](const EigshResult<double>& found, std::size_t first) {
        ASSERT_TRUE(has_answer(found.report.status)) << found.report.message;
        for (Eigen::Index i = 0; i < found.values.size(); ++i) {
            EXPECT_NEAR(found.values[i], all[first + static_cast<std::size_t>(i)],
                        1e-9 * all[first + static_cast<std::size_t>(i)]);
            if (found.report.factorizations > 0) {  // of operators no bound is known
                EXPECT_LE(std::abs(found.values[i] - all[first + static_cast<std::size_t>(i)]),
                          found.error_bounds[i] + 1e-14);
            }
        }
        const Matrix MV = to_dense(M) * found.vectors;
        EXPECT_LE((found.vectors.transpose() * MV - Matrix::Identity(MV.cols(), MV.cols())).cwiseAbs().maxCoeff(),
                  1e-10);
        const Matrix R = to_dense(K) * found.vectors - MV * found.values.asDiagonal();
        for (Eigen::Index i = 0; i < R.cols(); ++i) EXPECT_NEAR(R.col(i).norm(), found.residuals[i], 1e-13);
    };
    check(eigsh(K, M, 6, {.which = Which::smallest_algebraic, .completeness = Completeness::prove}), 0);
    check(eigsh(K, M, 6, {.which = Which::largest_algebraic, .completeness = Completeness::prove}), 394);
    check(eigsh(K, M, 5, {.which = Which::smallest_magnitude}), 0);
    check(eigsh(K, M, 6, {.sigma = 1e-3, .transform = SpectralTransform::cayley}), 2);  // largest |λ + σ| / |λ - σ|
    check(eigsh_interval(K, M, all[100] - 1e-6, all[140] + 1e-6), 100);
    const Cholesky<double> M_factor(M), K_factor(K);
    check(eigsh(EigshOperators<double>{.A = K, .M = M, .M_inverse = M_factor}, 4, {.which = Which::largest_algebraic}),
          396);
    check(eigsh(EigshOperators<double>{.A = K, .M = M, .shifted_inverse = K_factor}, 4, {.sigma = 0.0}), 0);
}

TEST(Eigsh, LeavesInfiniteEigenvaluesOut) {
    // M has a null space: of the 500 eigenvalues 100 are infinite.
    const Index n = 500;
    const auto K = poisson1d(n);
    Vector d = Vector::Ones(n);
    for (Index i = 0; i < n; i += 5) d[i] = 0;
    const auto M = diags<double>(n, n, {Diagonal<double>(0, d)});
    const auto found = eigsh(K, M, 6, {.sigma = 0.0});
    ASSERT_TRUE(has_answer(found.report.status)) << found.report.message;
    const auto all = eigsh(K, M, 400, {.sigma = 0.0, .method = EigshMethod::dense});
    EXPECT_LE((found.values - all.values.head(6)).cwiseAbs().maxCoeff(), 1e-10);
    EXPECT_THROW((void)eigsh(K, M, 6, {.which = Which::largest_algebraic}), NotPositiveDefinite);
    const auto indefinite = diags<double>(n, n, {Diagonal<double>(0, Vector(Vector::LinSpaced(n, -1, 1)))});
    EXPECT_THROW((void)eigsh(K, indefinite, 6, {.sigma = 0.001}), NotPositiveDefinite);
}

TEST(Eigsh, BucklingModeTakesAnIndefiniteM) {
    const Index n = 350;
    const auto K = poisson1d(n);
    const auto G = diags<double>(n, n, {Diagonal<double>(0, Vector(Vector::LinSpaced(n, -1, 2)))});
    const auto found = eigsh(K, G, 4, {.sigma = 1e-3, .transform = SpectralTransform::buckling});
    ASSERT_TRUE(has_answer(found.report.status)) << found.report.message;
    // K v = λ G v: 1/λ are the eigenvalues of G in the inner product of K.
    const Eigen::GeneralizedSelfAdjointEigenSolver<Matrix> dense(to_dense(G), to_dense(K));
    std::vector<double> all;
    for (const double mu : dense.eigenvalues()) all.push_back(1 / mu);
    std::ranges::sort(all, {}, [](double a) { return std::abs(a / (a - 1e-3)) * -1; });
    all.resize(4);
    std::ranges::sort(all);
    for (Index i = 0; i < 4; ++i)
        EXPECT_NEAR(found.values[i], all[static_cast<std::size_t>(i)],
                    1e-8 * std::abs(all[static_cast<std::size_t>(i)]));
    EXPECT_LE((found.vectors.transpose() * to_dense(K) * found.vectors - Matrix::Identity(4, 4)).cwiseAbs().maxCoeff(),
              1e-9);
}

TEST(Eigsh, KeepsRelativeAccuracyAtEveryScale) {
    const auto A = poisson2d(30, 30);
    for (const Which which : {Which::smallest_algebraic, Which::largest_magnitude, Which::both_ends}) {
        const auto plain = eigsh(A, 4, {.which = which});
        for (const int e : {-1000, -300, 300, 1000}) {
            auto B = A;
            for (double& a : B.values()) a = std::ldexp(a, e);
            const auto found = eigsh(B, 4, {.which = which, .completeness = Completeness::prove});
            ASSERT_EQ(found.report.status, Status::solved) << e << found.report.message;
            for (Index i = 0; i < 4; ++i) {
                EXPECT_NEAR(std::ldexp(found.values[i], -e), plain.values[i], 1e-12);
                EXPECT_LE(std::ldexp(found.residuals[i], -e), 1e-9);
                EXPECT_LE(std::ldexp(found.error_bounds[i], -e), 1e-9);
            }
            EXPECT_LE((found.vectors.transpose() * found.vectors - Matrix::Identity(4, 4)).cwiseAbs().maxCoeff(),
                      1e-10);
            const MatrixFree apply(900, 900, [&](VectorView<double> x, VectorRef<double> y) { B.apply(x, y); });
            if (which != Which::smallest_algebraic) {
                const auto by_products = eigsh<double>(apply, 4, {.which = which});
                for (Index i = 0; i < 4; ++i)
                    EXPECT_NEAR(std::ldexp(by_products.values[i], -e), plain.values[i], 1e-12) << e;
            }
        }
    }
}

TEST(Eigsh, SolvesComplexHermitianAndFloatProblems) {
    // A ring with a magnetic flux: eigenvalues 2 - 2 cos(2π (k + φ) / n).
    const Index n = 500;
    const double flux = 0.3;
    Coo<std::complex<double>> H(n, n);
    const std::complex<double> hop = -std::polar(1.0, 2 * std::numbers::pi * flux / n);
    for (Index i = 0; i < n; ++i) {
        H.add(i, i, 2.0);
        H.add(i, (i + 1) % n, hop);
        H.add((i + 1) % n, i, std::conj(hop));
    }
    std::vector<double> all;
    for (Index k = 0; k < n; ++k) all.push_back(2 - 2 * std::cos(2 * std::numbers::pi * (k + flux) / n));
    std::ranges::sort(all);
    const auto A = to_csr(H);
    const auto low = eigsh(A, 7, {.which = Which::smallest_algebraic, .completeness = Completeness::prove});
    ASSERT_EQ(low.report.status, Status::solved) << low.report.message;
    for (Index i = 0; i < 7; ++i) EXPECT_NEAR(low.values[i], all[static_cast<std::size_t>(i)], 1e-14);
    const auto high = eigsh(A, 3, {.which = Which::largest_algebraic});
    for (Index i = 0; i < 3; ++i) EXPECT_NEAR(high.values[i], all[static_cast<std::size_t>(n - 3 + i)], 1e-12);

    Coo<float> F(400, 400);
    for (Index i = 0; i < 400; ++i) {
        F.add(i, i, 2);
        if (i + 1 < 400) {
            F.add(i, i + 1, -1);
            F.add(i + 1, i, -1);
        }
    }
    for (const Which which : {Which::smallest_algebraic, Which::largest_algebraic}) {
        const auto found =
            eigsh(to_csr(F), 4,
                  {.which = which,
                   .method = which == Which::largest_algebraic ? EigshMethod::lanczos : EigshMethod::shift_invert});
        ASSERT_TRUE(has_answer(found.report.status)) << found.report.message;
        for (Index i = 0; i < 4; ++i) {
            const double exact = poisson_value(which == Which::smallest_algebraic ? i + 1 : 397 + i, 400);
            EXPECT_NEAR(found.values[i], exact, 1e-6);
            EXPECT_LE(std::abs(found.values[i] - exact), found.error_bounds[i]);
        }
    }
}

TEST(Eigsh, GivesTheSameBitsForTheSameSeed) {
    const auto A = torus_laplacian(25, 25);
    const auto first = eigsh(A, 6, {.which = Which::largest_algebraic, .seed = 4});
    for (int run = 0; run < 3; ++run) {
        const auto again = eigsh(A, 6, {.which = Which::largest_algebraic, .seed = 4});
        EXPECT_TRUE(first.values == again.values && first.vectors == again.vectors);
    }
    const auto other = eigsh(A, 6, {.which = Which::largest_algebraic, .seed = 5});
    EXPECT_LE((first.values - other.values).cwiseAbs().maxCoeff(), 1e-12);
}

TEST(Eigsh, TakesEveryKFromOneToN) {
    const auto A = poisson1d(6);
    for (Index k = 1; k <= 6; ++k)
        for (const EigshMethod method : {EigshMethod::automatic, EigshMethod::lanczos}) {
            const auto found = eigsh(A, k, {.which = Which::largest_algebraic, .method = method});
            ASSERT_EQ(found.values.size(), k) << found.report.message;
            for (Index i = 0; i < k; ++i) EXPECT_NEAR(found.values[i], poisson_value(6 - k + i + 1, 6), 1e-13);
        }
    EXPECT_THROW((void)eigsh(A, 0), InvalidArgument);
    EXPECT_THROW((void)eigsh(A, 7), InvalidArgument);
}

TEST(Eigsh, RefusesWhatItCannotSolve) {
    EXPECT_THROW((void)eigsh(grcar(20), 2), InvalidArgument);  // complex eigenvalues, which others call real
    auto N = poisson1d(20);
    N.values()[5] = std::nan("");
    EXPECT_THROW((void)eigsh(N, 2), InvalidArgument);
    EXPECT_THROW((void)eigsh(poisson1d(20), 2, {.which = Which::largest_real}), InvalidArgument);
    EXPECT_THROW((void)eigsh(poisson1d(20), 2, {.rtol = -1}), InvalidArgument);
    EXPECT_THROW((void)eigsh(poisson1d(20), 2, {.sigma = std::nan("")}), InvalidArgument);
    EXPECT_THROW((void)eigsh(poisson1d(20), 2, {.transform = SpectralTransform::buckling}), InvalidArgument);
    EXPECT_THROW((void)eigsh(poisson1d(20), mass1d(21), 2), InvalidArgument);
    const MatrixFree lopsided(400, 400, [](VectorView<double> x, VectorRef<double> y) {
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = i > 0 ? x[i - 1] : 0;
    });
    EXPECT_THROW((void)eigsh<double>(lopsided, 2), InvalidArgument);
    const MatrixFree broken(400, 400, [count = std::make_shared<int>(0)](VectorView<double> x, VectorRef<double> y) {
        for (std::size_t i = 0; i < x.size(); ++i)
            y[i] = ++*count > 400 * 12 ? std::nan("") : static_cast<double>(i) * x[i];
    });
    EXPECT_EQ(eigsh<double>(broken, 2).report.status, Status::not_finite);
    // One ulp apart is a rounding error, and said so.
    auto nearly = poisson2d(20, 20);
    for (double& a : nearly.values())
        if (a == -1) {
            a = std::nextafter(-1.0, 0);
            break;
        }
    const auto found = eigsh(nearly, 2);
    EXPECT_EQ(found.report.status, Status::converged);
    EXPECT_FALSE(found.report.warnings.empty());
}

TEST(Eigsh, StopsWhenItIsToldTo) {
    const auto A = poisson2d(120, 120);
    std::atomic<bool> cancel = true;
    EXPECT_EQ(eigsh(A, 20, {.which = Which::largest_algebraic, .cancel = &cancel}).report.status, Status::interrupted);
    int calls = 0;
    const auto monitored = eigsh(A, 20, {.which = Which::largest_algebraic, .monitor = [&](const EigenState& state) {
                                             EXPECT_EQ(state.wanted, 20);
                                             EXPECT_EQ(state.values.size(), state.residuals.size());
                                             EXPECT_LE(state.converged, 20);
                                             return ++calls == 2;
                                         }});
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(monitored.report.status, Status::interrupted);
    const auto limited =
        eigsh(A, 20, {.which = Which::largest_algebraic, .method = EigshMethod::lanczos, .max_applications = 60});
    EXPECT_EQ(limited.report.status, Status::max_iterations);
    EXPECT_LE(limited.values.size(), 20);
    EXPECT_LE(limited.report.operator_applications, 62);
}

TEST(Eigsh, FindsTheFiveZerosOfFiveComponents) {
    std::vector<Edge> edges;
    Index first = 0;
    for (const Index length : {131, 137, 141, 143, 147}) {
        for (Index i = 0; i < length; ++i) edges.push_back({first + i, first + (i + 1) % length});
        first += length;
    }
    const auto L = graph_laplacian(first, edges);
    const auto found = eigsh(L, 8, {.which = Which::smallest_algebraic, .completeness = Completeness::prove});
    ASSERT_EQ(found.report.status, Status::solved) << found.report.message;
    EXPECT_LE(found.values.head(5).cwiseAbs().maxCoeff(), 1e-14);
    EXPECT_NEAR(found.values[5], 2 - 2 * std::cos(2 * std::numbers::pi / 147), 1e-13);
    EXPECT_NEAR(found.values[6], 2 - 2 * std::cos(2 * std::numbers::pi / 147), 1e-13);
    EXPECT_LE(found.residuals.maxCoeff(), 1e-12);
}

TEST(Eigsh, SpectraIsCaughtWhereItIsWrong) {
    // It calls four distinct values of the cycle converged, and leaves copies out: the count sees it.
    const auto found =
        eigsh(cycle_laplacian(26), 6, {.which = Which::largest_algebraic, .method = EigshMethod::spectra});
    const std::vector<double> right{2 - 2 * std::cos(20 * std::numbers::pi / 26), 4.0};
    if (has_answer(found.report.status)) {
        EXPECT_NEAR(found.values[5], 4, 1e-12);
        EXPECT_NEAR(found.values[4], found.values[3], 1e-9);
        EXPECT_NEAR(found.values[2], found.values[1], 1e-9);
    } else {
        EXPECT_EQ(found.report.status, Status::incomplete);
    }
}

TEST(EigshInterval, FindsAllOfAnIntervalAndNothingElse) {
    const auto A = poisson2d(40, 40);
    const Vector all = poisson2d_values(40, 40);
    for (const auto& [low, high] : {std::pair{0.0, 0.5}, {3.9, 4.1}, {7.5, 9.0}, {-3.0, -1.0}, {4.0, 4.0}}) {
        for (const EigshMethod method : {EigshMethod::automatic, EigshMethod::filtered}) {
            if (method == EigshMethod::filtered && high - low < 0.1) continue;
            SCOPED_TRACE(std::to_string(low) + " " + std::string(name(method)));
            const auto found = eigsh_interval(A, low, high, {.method = method});
            std::vector<double> expected;
            for (const double a : all)
                if (a >= low - 1e-12 && a <= high + 1e-12) expected.push_back(a);
            EXPECT_TRUE(has_answer(found.report.status)) << found.report.message;
            ASSERT_EQ(found.values.size(), expected.size());
            for (std::size_t i = 0; i < expected.size(); ++i)
                EXPECT_NEAR(found.values[static_cast<Eigen::Index>(i)], expected[i], 1e-12);
            if (!expected.empty()) {
                EXPECT_LE(found.report.orthogonality, 1e-8);
            }
        }
    }
    EXPECT_THROW((void)eigsh_interval(A, 0, 8, {}, 100), LimitExceeded);
    EXPECT_THROW((void)eigsh_interval(A, 1, 0), InvalidArgument);
}

}  // namespace
}  // namespace ritz
