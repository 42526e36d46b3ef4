// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/spectral_density.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "function_support.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"

namespace ritz {
namespace {

using namespace testing_functions;

template <class T>
class Density : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Density, Scalars);

template <Scalar T>
Eigen::VectorXd spectrum(const Csr<T>& A) {
    const Eigen::MatrixXcd D = to_dense(A).template cast<std::complex<double>>();
    return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXcd>(D).eigenvalues();
}

double integral(const SpectralDensity& d, const Eigen::VectorXd& f) {
    double sum = 0;
    for (Eigen::Index i = 0; i + 1 < d.grid.size(); ++i) sum += (f[i] + f[i + 1]) / 2 * (d.grid[i + 1] - d.grid[i]);
    return sum;
}

TYPED_TEST(Density, BoundsContainTheSpectrumAndAreClose) {
    using T = TypeParam;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const Csr<T> A = random_hermitian<T>(150, 3, 2, 70 + seed);
        const Eigen::VectorXd lambda = spectrum(A);
        const double width = lambda.maxCoeff() - lambda.minCoeff();
        for (const SpectralBounds& b :
             {spectral_bounds(A, {.seed = seed}), spectral_bounds(LinearOperatorRef<T>(A), {.seed = seed})}) {
            EXPECT_EQ(b.status, Status::converged);
            EXPECT_LE(b.low, lambda.minCoeff());
            EXPECT_GE(b.high, lambda.maxCoeff());
            EXPECT_LE(b.high - b.low, 1.8 * width);
            const double rounding = 100 * std::numeric_limits<Real<T>>::epsilon() * width;
            EXPECT_GE(b.smallest, lambda.minCoeff() - rounding);
            EXPECT_LE(b.largest, lambda.maxCoeff() + rounding);
        }
    }
}

TYPED_TEST(Density, IntegratesToOneAndHasTheMeanOfTheSpectrum) {
    using T = TypeParam;
    const Csr<T> A = random_hermitian<T>(200, 3, 2, 80);
    const Eigen::VectorXd lambda = spectrum(A);
    for (const DensityMethod method : {DensityMethod::kernel_polynomial, DensityMethod::lanczos}) {
        const auto d = spectral_density(A, {.method = method, .points = 1000, .degree = 100, .probes = 200});
        EXPECT_EQ(d.status, Status::converged);
        EXPECT_TRUE(d.exact_trace);
        EXPECT_NEAR(integral(d, d.density), 1, 0.01);
        EXPECT_NEAR(integral(d, d.density.cwiseProduct(d.grid)), lambda.mean(), 0.02 * (d.bounds.high - d.bounds.low));
        EXPECT_GE(d.density.minCoeff(), -1e-5);
    }
}

TEST(SpectralDensity, OfPoissonIsTheArcsineLaw) {
    // λ = 2 − 2cos θ with θ uniform: density 1/(π √(λ(4 − λ))).
    const Csr<double> A = poisson1d(4000);
    for (const DensityMethod method : {DensityMethod::kernel_polynomial, DensityMethod::lanczos}) {
        const auto d = spectral_density(A, {.method = method, .degree = 160, .probes = 30});
        for (Eigen::Index i = 0; i < d.grid.size(); ++i) {
            const double x = d.grid[i];
            if (x < 0.3 || x > 3.7) continue;
            const double exact = 1 / (std::acos(-1.0) * std::sqrt(x * (4 - x)));
            EXPECT_NEAR(d.density[i], exact, 5 * d.standard_error[i] + 0.03 * exact) << x;
            EXPECT_GT(d.standard_error[i], 0);
        }
    }
}

TEST(SpectralDensity, CountsAreNearTheTruth) {
    const Csr<double> A = poisson2d(25, 25);
    const Eigen::VectorXd lambda = spectrum(A);
    for (const DensityMethod method : {DensityMethod::kernel_polynomial, DensityMethod::lanczos})
        for (const auto& [low, high] :
             {std::pair(0.0, 1.0), std::pair(1.5, 3.1), std::pair(-1.0, 9.0), std::pair(10.0, 11.0)}) {
            double exact = 0;
            for (const double l : lambda) exact += low <= l && l <= high;
            const auto found = eigenvalue_count_estimate(A, low, high, {.method = method, .degree = 200, .probes = 60});
            EXPECT_EQ(found.status, Status::converged);
            // eigenvalues within the resolution of an end are counted in part
            double at_ends = 0;
            for (const double l : lambda)
                at_ends += std::abs(l - low) < found.resolution || std::abs(l - high) < found.resolution;
            EXPECT_NEAR(found.count, exact, 4 * found.standard_error + at_ends + 0.01) << low << " " << high;
        }
}

TEST(SpectralDensity, CountsOfAFewColumnsHaveNoSpread) {
    const Csr<double> A = poisson1d(40);
    const auto found =
        eigenvalue_count_estimate(A, -1, 2, {.method = DensityMethod::lanczos, .degree = 80, .probes = 40});
    EXPECT_NEAR(found.count, 20, 1e-9);
    EXPECT_EQ(found.standard_error, 0);
}

TEST(SpectralDensity, KnowsTheSmallestMatrices) {
    EXPECT_EQ(eigenvalue_count_estimate(Csr<double>(), 0, 1).count, 0);
    EXPECT_EQ(spectral_bounds(Csr<double>()).high, 0);
    EXPECT_THROW((void)spectral_density(Csr<double>()), InvalidArgument);
    for (const Csr<double>& A :
         {scaled(7.0, identity<double>(1)), scaled(7.0, identity<double>(50)), to_csr(Coo<double>(50, 50))}) {
        const double value = A.at(0, 0);
        const SpectralBounds b = spectral_bounds(A);
        EXPECT_LE(b.low, value);
        EXPECT_GE(b.high, value);
        EXPECT_NEAR(b.high - b.low, 0, 1e-12);
        EXPECT_NEAR(eigenvalue_count_estimate(A, value - 1, value + 1).count, A.rows(), 0.05 * A.rows());
        EXPECT_NEAR(eigenvalue_count_estimate(A, value + 1, value + 2).count, 0, 0.05 * A.rows());
        const auto d = spectral_density(A);
        EXPECT_TRUE(d.density.allFinite());
        EXPECT_NEAR(integral(d, d.density), 1, 0.1);
    }
}

TEST(SpectralDensity, ScalesWithPowersOfTwo) {
    const Csr<double> A = poisson2d(15, 15);
    const auto at_one = spectral_density(A, {.probes = 5});
    for (const int e : {-500, 500}) {
        const auto d = spectral_density(scaled(std::ldexp(1.0, e), A), {.probes = 5});
        EXPECT_LE((std::ldexp(1.0, -e) * d.grid - at_one.grid).norm(), 1e-10 * at_one.grid.norm());
        EXPECT_LE((std::ldexp(1.0, e) * d.density - at_one.density).norm(), 1e-6 * at_one.density.norm());
        EXPECT_NEAR(
            eigenvalue_count_estimate(scaled(std::ldexp(1.0, e), A), 0, std::ldexp(4.0, e), {.probes = 5}).count,
            eigenvalue_count_estimate(A, 0, 4, {.probes = 5}).count, 1e-6);
    }
}

TEST(SpectralDensity, RefusesWhatCannotBeAndReportsTheRest) {
    Coo<double> nan(3, 3);
    nan.add(1, 1, std::numeric_limits<double>::quiet_NaN());
    EXPECT_THROW((void)spectral_bounds(to_csr(nan)), InvalidArgument);
    EXPECT_THROW((void)spectral_density(grcar(5)), InvalidArgument);
    EXPECT_THROW((void)spectral_density(to_csr(Coo<double>(3, 4))), InvalidArgument);
    EXPECT_THROW((void)eigenvalue_count_estimate(poisson1d(5), 2, 1), InvalidArgument);
    EXPECT_THROW((void)spectral_density(poisson1d(5), {.points = 1}), InvalidArgument);
    const Csr<double> G = grcar(100);
    EXPECT_EQ(spectral_bounds(LinearOperatorRef<double>(G)).status, Status::not_symmetric);
    const auto refused = spectral_density(LinearOperatorRef<double>(G));
    EXPECT_EQ(refused.status, Status::not_symmetric);
    EXPECT_FALSE(refused.message.empty());
    const MatrixFree broken(50, 50, [](VectorView<double>, VectorRef<double> y) {
        std::fill(y.begin(), y.end(), std::numeric_limits<double>::quiet_NaN());
    });
    EXPECT_EQ(spectral_density(LinearOperatorRef<double>(broken)).status, Status::not_finite);
    EXPECT_EQ(eigenvalue_count_estimate(LinearOperatorRef<double>(broken), 0, 1).status, Status::not_finite);
    const std::atomic<bool> cancel = true;
    EXPECT_EQ(spectral_density(poisson1d(50), {.cancel = &cancel}).status, Status::interrupted);
}

}  // namespace
}  // namespace ritz
