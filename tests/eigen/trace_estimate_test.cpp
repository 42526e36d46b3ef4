// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/trace_estimate.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>
#include <limits>

#include "function_support.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/solvers/cholesky.hpp"

namespace ritz {
namespace {

using namespace testing_functions;
using Complex = std::complex<double>;

template <class T>
class TraceTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(TraceTyped, Scalars);

TYPED_TEST(TraceTyped, LiesInItsIntervalAsOftenAsTheConfidenceSays) {
    using T = TypeParam;
    const Csr<T> A = random_matrix<T>(200, 4, 3, 61);
    for (const TraceMethod method : {TraceMethod::hutchinson, TraceMethod::hutch_pp}) {
        int inside = 0;
        const int runs = 60;
        for (int run = 0; run < runs; ++run) {
            const auto found = trace_estimate(
                LinearOperatorRef<T>(A),
                {.method = method, .products = 30, .confidence = 0.9, .seed = static_cast<std::uint64_t>(run)});
            EXPECT_EQ(found.status, Status::converged);
            EXPECT_FALSE(found.exact);
            EXPECT_LE(found.operator_applications, 31);  // one finds the scale
            inside += std::abs(found.value - trace(A)) <= found.radius;
        }
        EXPECT_GE(inside, 0.75 * runs);  // 54 are expected, 45 are four standard deviations below
    }
}

TYPED_TEST(TraceTyped, OfAFewColumnsIsExact) {
    using T = TypeParam;
    const Csr<T> A = random_matrix<T>(40, 4, 3, 62);
    const auto found = trace_estimate(LinearOperatorRef<T>(A), {.products = 40});
    EXPECT_TRUE(found.exact);
    EXPECT_EQ(found.radius, 0);
    EXPECT_LE(std::abs(found.value - trace(A)), 1e3 * std::numeric_limits<Real<T>>::epsilon());
}

TYPED_TEST(TraceTyped, LogDeterminantIsThatOfCholesky) {
    using T = TypeParam;
    const Csr<T> A = random_hermitian<T>(300, 2, 15, 63);
    const double exact = Cholesky<T>(A).log_determinant().logabsdet;
    const auto found = log_determinant_estimate(A, {.probes = 40, .confidence = 0.999});
    EXPECT_EQ(found.status, Status::converged) << found.message;
    EXPECT_NEAR(found.value, exact, found.radius);
    EXPECT_LT(found.radius, 0.02 * exact);
    const auto by_products = log_determinant_estimate(LinearOperatorRef<T>(A), {.probes = 40, .confidence = 0.999});
    EXPECT_NEAR(by_products.value, exact, by_products.radius);
    const auto all = log_determinant_estimate(A, {.probes = 300});
    EXPECT_TRUE(all.exact);
    EXPECT_NEAR(all.value, exact, std::max(all.radius, 1e-5 * exact));
}

TEST(TraceEstimate, OfAnInverseIsByItsFactors) {
    const Csr<double> A = poisson2d(20, 20);
    const Cholesky<double> F(A);
    const double exact = to_dense(A).inverse().trace();
    const auto found = trace_estimate(LinearOperatorRef<double>(F), {.confidence = 0.999});
    EXPECT_NEAR(found.value, exact, found.radius);
    const auto by_quadrature = trace_of_function(A, MatrixFunction([](Complex z) { return 1.0 / z; }),
                                                 {.probes = 60, .confidence = 0.999, .rtol = 1e-8});
    EXPECT_NEAR(by_quadrature.value, exact, by_quadrature.radius);
}

TEST(TraceEstimate, OfADecayingSpectrumIsBetterByARange) {
    // λ_i = 1/i²: the deflated part has hardly any trace left.
    const Index n = 200;
    Eigen::VectorXd d(n);
    for (Index i = 0; i < n; ++i) d[i] = 1.0 / ((i + 1.0) * (i + 1.0));
    // rotated, since random signs see nothing of a diagonal
    Eigen::MatrixXd M(n, n);
    for (Index j = 0; j < n; ++j) M.col(j) = random_right_side<double>(n, 64 + static_cast<std::uint64_t>(j));
    const Eigen::MatrixXd Q = M.householderQr().householderQ();
    const Eigen::MatrixXd D = Q * d.asDiagonal() * Q.transpose();
    const MatrixFree A(n, n, [&](VectorView<double> x, VectorRef<double> y) {
        Eigen::Map<Eigen::VectorXd>(y.data(), n) = D * Eigen::Map<const Eigen::VectorXd>(x.data(), n);
    });
    double plain = 0, deflated = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const LinearOperatorRef<double> op(A);
        plain += std::abs(trace_estimate(op, {.method = TraceMethod::hutchinson, .products = 60, .seed = seed}).value -
                          d.sum());
        deflated += std::abs(trace_estimate(op, {.products = 60, .seed = seed}).value - d.sum());
    }
    EXPECT_LT(deflated, 0.2 * plain);
    EXPECT_LT(deflated / 10, 0.01 * d.sum());
}

TEST(TraceEstimate, OfFunctionsIsTheSumOverTheSpectrum) {
    const Csr<double> A = poisson2d(18, 18);
    const Eigen::VectorXd lambda = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(to_dense(A)).eigenvalues();
    const auto found = [&](Function f) {
        return trace_of_function(A, f, {.probes = 60, .confidence = 0.999, .rtol = 1e-9});
    };
    const auto expect = [&](const QuadratureEstimate& e, double exact) {
        EXPECT_EQ(e.status, Status::converged) << e.message;
        EXPECT_NEAR(e.value, exact, e.radius);
        EXPECT_LT(e.radius, 0.1 * std::abs(exact));
    };
    expect(found(Function::sqrt), lambda.cwiseSqrt().sum());
    expect(found(Function::exp), lambda.array().exp().sum());
    expect(found(Function::inverse_sqrt), lambda.cwiseSqrt().cwiseInverse().sum());
    expect(found(Function::log), lambda.array().log().sum());
}

TEST(TraceEstimate, OfASignCountsTheInertia) {
    const Csr<double> A = helmholtz2d(12, 12, 14);
    const Eigen::VectorXd lambda = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(to_dense(A)).eigenvalues();
    const auto found = trace_of_function(A, Function::sign, {.probes = 144});
    EXPECT_NEAR(found.value, lambda.cwiseSign().sum(), 1e-3);
    EXPECT_TRUE(found.exact);
}

TEST(LogDeterminant, NamesAnIndefiniteMatrix) {
    for (const Csr<double>& A :
         {helmholtz2d(15, 15, 10), scaled(-1.0, poisson1d(50)), path_laplacian(60), to_csr(Coo<double>(5, 5))}) {
        const auto found = log_determinant_estimate(A);
        EXPECT_EQ(found.status, Status::indefinite_operator);
        EXPECT_TRUE(std::isnan(found.value));
        EXPECT_NE(found.message.find("Ritz value"), std::string::npos) << found.message;
    }
}

TEST(LogDeterminant, OfTheIdentityAndOfMultiplesOfItIsExact) {
    const auto one = log_determinant_estimate(identity<double>(100));
    EXPECT_NEAR(one.value, 0, 1e-12);
    EXPECT_EQ(one.standard_error, 0);
    const auto many = log_determinant_estimate(scaled(std::ldexp(3.0, 500), identity<double>(100)));
    EXPECT_NEAR(many.value, 100 * (std::log(3.0) + 500 * std::log(2.0)), 1e-9);
    const Csr<double> A = poisson2d(12, 12);
    const auto at_one = log_determinant_estimate(A);
    for (const int e : {-500, 500})
        EXPECT_NEAR(log_determinant_estimate(scaled(std::ldexp(1.0, e), A)).value,
                    at_one.value + 144 * e * std::log(2.0), 1e-8 * 144 * 500);
}

TEST(LogDeterminant, KnowsTheSmallestMatrices) {
    EXPECT_EQ(log_determinant_estimate(Csr<double>()).value, 0);
    EXPECT_NEAR(log_determinant_estimate(scaled(5.0, identity<double>(1))).value, std::log(5.0), 1e-15);
    const Csr<double> empty, one = identity<double>(1);
    EXPECT_EQ(trace_estimate(LinearOperatorRef<double>(empty)).value, 0);
    EXPECT_EQ(trace_estimate(LinearOperatorRef<double>(one)).value, 1);
}

TEST(LogDeterminant, SaysWhenStepsWereTooFew) {
    const auto found = log_determinant_estimate(poisson2d(40, 40), {.probes = 5, .rtol = 1e-12, .max_steps = 6});
    EXPECT_EQ(found.status, Status::max_iterations);
    EXPECT_GT(found.quadrature_error, 0);
    EXPECT_TRUE(std::isinf(found.radius));
}

TEST(TraceEstimate, IsTheSameForTheSameSeedAndAnyNumberOfThreads) {
    const Csr<double> A = poisson2d(150, 150);
    const LinearOperatorRef<double> op(A);
    const auto first = trace_estimate(op, {.products = 12});
    const auto log_first = log_determinant_estimate(A, {.probes = 2, .rtol = 0.01});
    const ThreadLimit one(1);
    EXPECT_EQ(trace_estimate(op, {.products = 12}).value, first.value);
    EXPECT_EQ(log_determinant_estimate(A, {.probes = 2, .rtol = 0.01}).value, log_first.value);
    EXPECT_NE(trace_estimate(op, {.products = 12, .seed = 2}).standard_error, first.standard_error);
}

TEST(TraceEstimate, RefusesWhatCannotBeAndReportsTheRest) {
    Coo<double> nan(3, 3);
    nan.add(1, 1, std::numeric_limits<double>::quiet_NaN());
    EXPECT_THROW((void)log_determinant_estimate(to_csr(nan)), InvalidArgument);
    EXPECT_THROW((void)log_determinant_estimate(grcar(5)), InvalidArgument);
    const Csr<double> wide = to_csr(Coo<double>(3, 4)), G = grcar(300);
    EXPECT_THROW((void)trace_estimate(LinearOperatorRef<double>(wide)), InvalidArgument);
    EXPECT_THROW((void)log_determinant_estimate(wide), InvalidArgument);
    EXPECT_THROW((void)trace_estimate(LinearOperatorRef<double>(G), {.products = 3}), InvalidArgument);
    EXPECT_THROW((void)trace_estimate(LinearOperatorRef<double>(G), {.confidence = 1}), InvalidArgument);
    EXPECT_EQ(log_determinant_estimate(LinearOperatorRef<double>(G)).status, Status::not_symmetric);
    const MatrixFree broken(200, 200, [](VectorView<double>, VectorRef<double> y) {
        std::fill(y.begin(), y.end(), std::numeric_limits<double>::quiet_NaN());
    });
    const LinearOperatorRef<double> op(broken);
    for (const TraceMethod method : {TraceMethod::hutchinson, TraceMethod::hutch_pp})
        EXPECT_EQ(trace_estimate(op, {.method = method}).status, Status::not_finite);
    EXPECT_EQ(log_determinant_estimate(op).status, Status::not_finite);
    const std::atomic<bool> cancel = true;
    EXPECT_EQ(log_determinant_estimate(poisson1d(99), {.cancel = &cancel}).status, Status::interrupted);
}

}  // namespace
}  // namespace ritz
