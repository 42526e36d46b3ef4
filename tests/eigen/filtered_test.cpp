// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/filtered.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;
using eigen::filtered_end;
using eigen::filtered_interval;
using eigen::Pencil;
using Complex = std::complex<double>;

std::vector<double> line(Index n) {
    std::vector<double> values;
    for (Index k = 1; k <= n; ++k) values.push_back(2 - 2 * std::cos(k * std::numbers::pi / (n + 1)));
    return values;
}
std::vector<double> cycle(Index n) {
    std::vector<double> values;
    for (Index k = 0; k < n; ++k) values.push_back(2 - 2 * std::cos(2 * k * std::numbers::pi / n));
    return values;
}
std::vector<double> grid(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> values;
    for (const double x : a)
        for (const double y : b) values.push_back(x + y);
    std::sort(values.begin(), values.end());
    return values;
}
std::vector<double> between(const std::vector<double>& values, double low, double high) {
    std::vector<double> inside;
    for (const double value : values)
        if (value >= low && value <= high) inside.push_back(value);
    return inside;
}

template <Scalar T>
Pencil<T> pencil_of(const Csr<T>& A) {
    return {A, CsrView<T>(A)};
}

/// E1–E4 with residuals computed here.
template <Scalar T>
void holds(const EigshResult<T>& result, const CsrView<T>& A, const std::vector<double>& expected,
           double rtol = 1e-10) {
    ASSERT_EQ(result.values.size(), static_cast<Index>(expected.size())) << result.report.message;
    const double u = static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) / 2, norm = 10;
    const Index k = static_cast<Index>(result.values.size());
    const Eigen::MatrixX<T> G = result.vectors.adjoint() * result.vectors;
    EXPECT_LE(static_cast<double>((G - Eigen::MatrixX<T>::Identity(k, k)).norm()), 100 * u * (k + 1));
    Eigen::VectorX<T> y(A.rows());
    for (Index i = 0; i < k; ++i) {
        const double value = static_cast<double>(result.values[i]);
        A.apply(result.vectors.col(i), y);
        const double residual = static_cast<double>((y - T(result.values[i]) * result.vectors.col(i)).norm());
        EXPECT_LE(residual, std::max(rtol * std::abs(value), 32 * u * norm));
        EXPECT_NEAR(residual, result.residuals[i], 0.01 * residual + 10 * u * norm);
        EXPECT_LE(std::abs(value - expected[static_cast<std::size_t>(i)]), result.error_bounds[i] + 4 * u * norm);
    }
}

TEST(ChebyshevFilter, IsAboveItsBarExactlyInItsInterval) {
    const std::pair<double, double> intervals[] = {{-1, 0.2}, {0.1, 0.5}, {3.9, 4.1}, {7.2, 7.9}, {7.9, 9}};
    for (const auto& [low, high] : intervals) {
        const auto filter = eigen::chebyshev_filter(low, high, 0, 8);
        EXPECT_LE(filter.bar, 0.6);
        EXPECT_GT(filter.bar, 0.3) << "a lower degree would have done";
        for (int i = 0; i <= 4000; ++i) {
            const double t = i * 0.002, p = filter.at(t);
            EXPECT_LE(p, 1 + 1e-3);
            EXPECT_GE(p, -1e-9);
            const double inside = std::min(t - low, high - t);
            EXPECT_TRUE(inside < 1e-6 || p > filter.bar - 1e-9) << t;
            EXPECT_TRUE(inside > -1e-6 || p < filter.bar + 1e-9) << t;
        }
    }
}

TEST(ChebyshevFilter, AppliesThePolynomialToBlocks) {
    const auto A = poisson1d(50);
    const auto operation = eigen::working_operator<double>(LinearOperatorRef<double>(A));
    const auto filter = eigen::chebyshev_filter(1, 1.5, -0.1, 4.1);
    Eigen::MatrixXd V(50, 3), Y(50, 3);  // eigenvectors
    for (Index j = 0; j < 3; ++j)
        for (Index i = 0; i < 50; ++i) V(i, j) = std::sin((i + 1) * (17 + 2 * j) * std::numbers::pi / 51);
    eigen::apply_filter<double>(filter, operation, V, Y);
    for (Index j = 0; j < 3; ++j)
        EXPECT_LE((Y.col(j) - filter.at(line(50)[static_cast<std::size_t>(16 + 2 * j)]) * V.col(j)).norm(), 1e-12);
}

TEST(DensityOfStates, CountsAboutAsManyAsThereAre) {
    const auto A = poisson2d(40, 40);
    const auto spectrum = grid(line(40), line(40));
    const auto operation = eigen::working_operator<double>(LinearOperatorRef<double>(A));
    const eigen::DensityOfStates density(operation, -0.01, 8.01, 200, 8, 1);
    EXPECT_NEAR(density.count(-0.01, 8.01), 1600, 1e-6);
    for (const auto& [low, high] : {std::pair{0.0, 1.0}, {1.0, 3.0}, {3.0, 5.0}, {6.0, 8.0}}) {
        const auto truth = static_cast<double>(between(spectrum, low, high).size());
        EXPECT_NEAR(density.count(low, high), truth, 0.12 * truth);
    }
    EXPECT_NEAR(density.count(1, density.quantile(1, 100)), 100, 1);
}

TEST(FilteredLanczos, FindsAllOfAnInterval) {
    const auto A = poisson2d(37, 29);
    const auto spectrum = grid(line(37), line(29));
    for (const auto& [low, high] : {std::pair{1.003, 1.2}, {-1.0, 0.1}, {7.8, 9.0}, {2.003, 2.0035}, {5.003, 5.3}}) {
        const auto expected = between(spectrum, low, high);
        const auto result = filtered_interval<double>(pencil_of(A), low, high, {.completeness = Completeness::prove});
        EXPECT_EQ(result.report.status, Status::solved) << result.report.message;
        EXPECT_EQ(result.report.method, "filtered");
        ASSERT_TRUE(result.report.proof);
        EXPECT_EQ(result.report.proof->count, static_cast<Index>(expected.size()));
        holds<double>(result, A, expected);
    }
    // Without the matrix, products are what there is.
    const auto result = filtered_interval<double>(Pencil<double>{A}, 1.003, 1.2, {.completeness = Completeness::prove});
    EXPECT_EQ(result.report.status, Status::not_proved);
    holds<double>(result, A, between(spectrum, 1.003, 1.2));
}

TEST(FilteredLanczos, SlicesMeetWithoutLossAndWithoutDuplicates) {
    const auto A = poisson2d(26, 25);
    const auto spectrum = grid(line(26), line(25));
    const auto expected = between(spectrum, 1.503, 3.003);
    // Memory for few vectors makes slices of 40.
    const auto result = filtered_interval<double>(pencil_of(A), 1.503, 3.003, {.max_memory_bytes = 100000});
    EXPECT_GT(expected.size(), 90U);
    EXPECT_EQ(result.report.status, Status::converged);
    holds<double>(result, A, expected);
}

TEST(FilteredLanczos, FindsAllCopiesOfMultipleEigenvalues) {
    const auto A = torus_laplacian(24, 24);  // most of multiplicity 4 and 8
    const auto spectrum = grid(cycle(24), cycle(24));
    for (const auto& [low, high] : {std::pair{0.9, 1.3}, {-0.5, 0.6}, {7.5, 8.1}}) {
        const auto result = filtered_interval<double>(pencil_of(A), low, high, {});
        EXPECT_EQ(result.report.status, Status::converged);
        holds<double>(result, A, between(spectrum, low, high));
    }
    // An end of the interval at a multiple eigenvalue: it is inside.
    const double end = spectrum[60];
    const auto copies = between(spectrum, end - 1e-9, end + 1e-9);
    ASSERT_GE(copies.size(), 4U);
    const auto from = filtered_interval<double>(pencil_of(A), end, end + 0.05, {});
    holds<double>(from, A, between(spectrum, end - 1e-9, end + 0.05));
    const auto to = filtered_interval<double>(pencil_of(A), end - 0.05, end, {});
    holds<double>(to, A, between(spectrum, end - 0.05, end + 1e-9));
    const auto point = filtered_interval<double>(pencil_of(A), end, end, {});
    holds<double>(point, A, copies);
}

TEST(FilteredLanczos, FindsManyAtAnEnd) {
    const auto A = poisson2d(33, 27);
    const auto spectrum = grid(line(33), line(27));
    for (const Index k : {1, 12, 45}) {
        const auto smallest = filtered_end<double>(
            pencil_of(A), k, {.which = Which::smallest_algebraic, .completeness = Completeness::prove});
        EXPECT_EQ(smallest.report.status, Status::solved) << smallest.report.message;
        holds<double>(smallest, A, {spectrum.begin(), spectrum.begin() + k});
        const auto largest = filtered_end<double>(
            pencil_of(A), k, {.which = Which::largest_algebraic, .completeness = Completeness::prove});
        EXPECT_EQ(largest.report.status, Status::solved) << largest.report.message;
        holds<double>(largest, A, {spectrum.end() - k, spectrum.end()});
    }
}

TEST(FilteredLanczos, SmallProblemsAreDense) {
    const auto A = poisson1d(30);
    const auto some = filtered_interval<double>(pencil_of(A), 1, 2, {});
    EXPECT_EQ(some.report.status, Status::solved);
    EXPECT_EQ(some.report.method, "dense");
    holds<double>(some, A, between(line(30), 1, 2));
    const auto all = filtered_end<double>(pencil_of(A), 30, {.which = Which::smallest_algebraic});
    EXPECT_EQ(all.report.status, Status::solved);
    holds<double>(all, A, line(30));
    const auto last = filtered_end<double>(pencil_of(A), 3, {.which = Which::largest_algebraic});
    const auto values = line(30);
    holds<double>(last, A, {values.end() - 3, values.end()});
}

TEST(FilteredLanczos, ZeroAndMultiplesOfTheIdentityHaveOneEigenvalue) {
    const Index n = 450;
    for (const double value : {0.0, 1.0, -3.0}) {
        Coo<double> B(n, n);
        for (Index i = 0; i < n; ++i) B.add(i, i, value);
        const auto A = to_csr(B);
        const auto none = filtered_interval<double>(pencil_of(A), value + 0.5, value + 1, {});
        EXPECT_EQ(none.values.size(), 0);
        const auto all = filtered_interval<double>(pencil_of(A), value - 0.5, value + 0.5, {});
        EXPECT_EQ(all.values.size(), n);
        const auto five = filtered_end<double>(pencil_of(A), 5, {.which = Which::smallest_algebraic});
        holds<double>(five, A, std::vector<double>(5, value));
    }
}

TEST(FilteredLanczos, ComplexAndSinglePrecision) {
    const Index n = 600;
    Coo<Complex> ring(n, n);
    const Complex hop = -std::polar(1.0, 1.0 / n);
    std::vector<double> spectrum;
    for (Index i = 0; i < n; ++i) {
        ring.add(i, i, 2);
        ring.add(i, (i + 1) % n, hop);
        ring.add((i + 1) % n, i, std::conj(hop));
        spectrum.push_back(2 - 2 * std::cos((2 * i * std::numbers::pi + 1) / n));
    }
    std::sort(spectrum.begin(), spectrum.end());
    const auto A = to_csr(ring);
    holds<Complex>(filtered_interval<Complex>(pencil_of(A), 1.0, 1.1, {}), A, between(spectrum, 1.0, 1.1));

    const auto B = poisson2d(24, 21);
    Buffer<float> values(B.values().size());
    std::transform(B.values().begin(), B.values().end(), values.begin(),
                   [](double x) { return static_cast<float>(x); });
    const Csr<float> C(B.rows(), B.cols(), Buffer<Offset>(B.indptr().begin(), B.indptr().end()),
                       Buffer<Index>(B.indices().begin(), B.indices().end()), values);
    holds<float>(filtered_interval<float>(pencil_of(C), 1.0, 1.3, {}), C, between(grid(line(24), line(21)), 1.0, 1.3));
}

TEST(FilteredLanczos, SaysWhyItEnded) {
    const auto A = poisson2d(30, 30);
    EXPECT_THROW((void)filtered_interval<double>(pencil_of(A), 1, 2, {}, 10), LimitExceeded);
    EXPECT_THROW((void)filtered_interval<double>(pencil_of(A), 2, 1, {}), InvalidArgument);
    EXPECT_THROW((void)filtered_interval<double>(pencil_of(A), NAN, 1, {}), InvalidArgument);
    EXPECT_THROW((void)filtered_end<double>(pencil_of(A), 0, {.which = Which::smallest_algebraic}), InvalidArgument);
    EXPECT_THROW((void)filtered_end<double>(pencil_of(A), 3, {.which = Which::both_ends}), Unsupported);
    EXPECT_THROW((void)filtered_interval<double>(Pencil<double>{A, {}, A}, 1, 2, {}), Unsupported);
    EXPECT_EQ(filtered_interval<double>(pencil_of(A), 1, 1.2, {.max_applications = 500}).report.status,
              Status::max_iterations);
    EXPECT_EQ(filtered_interval<double>(pencil_of(A), 1, 1.2, {.max_seconds = 1e-9}).report.status,
              Status::limit_exceeded);
    const std::atomic<bool> cancel = true;
    EXPECT_EQ(filtered_interval<double>(pencil_of(A), 1, 1.2, {.cancel = &cancel}).report.status, Status::interrupted);
    for (const int good : {0, 60, 300, 3000}) {
        int calls = 0;
        const MatrixFree broken(A.rows(), A.rows(), [&](VectorView<double> x, VectorRef<double> y) {
            A.apply(x, y);
            if (++calls > good) y[5] = std::numeric_limits<double>::quiet_NaN();
        });
        EXPECT_EQ(filtered_interval<double>(Pencil<double>{broken}, 1, 1.2, {}).report.status, Status::not_finite)
            << good;
    }
}

TEST(FilteredLanczos, BitsDoNotDependOnThreads) {
    const auto A = poisson2d(80, 60);
    const auto run = [&](int threads) {
        const ThreadLimit limit(threads);
        return filtered_interval<double>(pencil_of(A), -1, 0.06, {.completeness = Completeness::none});
    };
    const auto one = run(1), two = run(2);
    EXPECT_EQ(one.values, two.values);
    EXPECT_EQ(one.vectors, two.vectors);
}

}  // namespace
