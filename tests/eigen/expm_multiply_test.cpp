// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/expm_multiply.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <unsupported/Eigen/MatrixFunctions>

#include "function_support.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"

namespace ritz {
namespace {

using namespace testing_functions;
using Complex = std::complex<double>;

template <Scalar T>
Eigen::MatrixXcd dense_exp(const Csr<T>& A, Complex t) {
    const Eigen::MatrixXcd M = t * to_dense(A).template cast<Complex>();
    return M.exp();
}

template <class X>
double distance(const X& x, const Eigen::MatrixXcd& y) {
    return (x.template cast<Complex>() - y).norm() / y.norm();
}

template <class T>
class ExpmMultiply : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(ExpmMultiply, Scalars);

TYPED_TEST(ExpmMultiply, IsThatOfTheDenseMatrixByEachMethod) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    const Csr<T> general = random_matrix<T>(70, 3, -2, 41), hermitian = random_hermitian<T>(70, 2, -5, 42),
                 skew = random_hermitian<T>(70, 2, 0, 43, -1);
    const Eigen::VectorX<T> b = random_right_side<T>(70, 1);
    for (const Csr<T>* A : {&general, &hermitian, &skew})
        for (const double t : {0.01, 1.0, -0.7})
            for (const ExpmMethod method : {ExpmMethod::automatic, ExpmMethod::taylor, ExpmMethod::krylov}) {
                const auto [x, report] = expm_multiply(*A, b, number<T>(t), {.method = method});
                EXPECT_TRUE(has_answer(report.status)) << report.message << report.error_estimate;
                if (u < 1e-10) {
                    EXPECT_EQ(report.status, Status::converged) << report.error_estimate;
                }
                EXPECT_FALSE(report.reasons.empty());
                const double error =
                    distance(x, dense_exp(*A, static_cast<Complex>(number<T>(t))) * b.template cast<Complex>());
                EXPECT_LE(error, std::max(1e-10, 200 * u)) << report.method << " t = " << t;
                EXPECT_LE(error, report.error_estimate + 100 * u) << report.method << " t = " << t;
            }
}

TYPED_TEST(ExpmMultiply, OfABlockIsThatOfItsColumns) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    const Csr<T> A = random_matrix<T>(50, 3, 0, 44);
    Eigen::MatrixX<T> B(50, 5);
    for (Eigen::Index c = 0; c < 5; ++c) B.col(c) = random_right_side<T>(50, static_cast<std::uint64_t>(50 + c));
    B.col(2) *= number<T>(1e-9);  // judged by itself
    B.col(3).setZero();
    const auto [X, report] = expm_multiply(A, B, T{1});
    ASSERT_EQ(report.status, Status::converged);
    const Eigen::MatrixXcd exact = dense_exp(A, 1) * B.template cast<Complex>();
    for (Eigen::Index c = 0; c < 5; ++c)
        EXPECT_LE((X.col(c).template cast<Complex>() - exact.col(c)).norm(), 300 * u * exact.col(c).norm()) << c;
}

TYPED_TEST(ExpmMultiply, AtSeveralTimesIsThatAtEach) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    const Csr<T> A = random_matrix<T>(50, 3, 0, 45);
    const Eigen::VectorX<T> b = random_right_side<T>(50, 3);
    std::vector<T> times{number<T>(0.5),  number<T>(-0.25), number<T>(0),
                         number<T>(1.25), number<T>(-1),    number<T>(0.5)};
    if (is_complex<T>) times.push_back(number<T>(0.2, 0.4));
    for (const ExpmMethod method : {ExpmMethod::taylor, ExpmMethod::krylov}) {
        const auto [X, report] = expm_multiply_at(A, b, VectorView<T>(times), {.method = method});
        ASSERT_TRUE(has_answer(report.status));
        ASSERT_EQ(X.cols(), static_cast<Eigen::Index>(times.size()));
        for (std::size_t p = 0; p < times.size(); ++p)
            EXPECT_LE(distance(X.col(static_cast<Eigen::Index>(p)),
                               dense_exp(A, static_cast<Complex>(times[p])) * b.template cast<Complex>()),
                      std::max(1e-10, 500 * u))
                << p;
    }
}

TEST(ExpmMultiplyChoice, TakesLanczosForStiffDiffusionAndTaylorForShortTimes) {
    const Csr<double> A = scaled(-1.0, poisson2d(100, 100));
    const Eigen::VectorXd b = random_right_side<double>(10000, 5);
    const auto stiff = expm_multiply(A, b, 100.0);
    EXPECT_NE(stiff.report.method.find("lanczos"), std::string::npos);
    EXPECT_EQ(stiff.report.status, Status::converged) << stiff.report.message;
    const auto checked = expm_multiply(A, b, 100.0, {.method = ExpmMethod::taylor});
    EXPECT_LE((stiff.x - checked.x).norm(), 1e-9 * checked.x.norm());
    EXPECT_LT(stiff.report.operator_applications, checked.report.operator_applications);
    const auto brief = expm_multiply(A, b, 0.1);
    EXPECT_EQ(brief.report.method, "taylor");
    EXPECT_EQ(brief.report.status, Status::converged);
}

TEST(ExpmMultiplyChoice, OfAnOperatorIsThatOfTheMatrix) {
    const Csr<double> A = convection_diffusion2d(15, 15, 0.1);
    const Eigen::VectorXd b = random_right_side<double>(225, 6);
    const Eigen::MatrixXcd exact = dense_exp(A, -2) * b.cast<Complex>();
    const auto with_adjoint = expm_multiply(LinearOperatorRef<double>(A), b, -2.0);
    EXPECT_EQ(with_adjoint.report.method, "taylor");
    EXPECT_LE(distance(with_adjoint.x, exact), 1e-10);
    const MatrixFree forward(225, 225, [&](VectorView<double> x, VectorRef<double> y) { A.apply(x, y); });
    const auto without = expm_multiply(LinearOperatorRef<double>(forward), b, -2.0);
    EXPECT_EQ(without.report.method, "arnoldi");
    EXPECT_LE(distance(without.x, exact), 1e-10);
    EXPECT_THROW((void)expm_multiply(LinearOperatorRef<double>(forward), b, -2.0, {.method = ExpmMethod::taylor}),
                 InvalidArgument);
}

TEST(ExpmMultiplyChoice, AsksKrylovWhereTaylorCannotVouchForItself) {
    // D⁻¹ T D: the logarithmic norm is about 50, and nothing grows.
    const Index n = 60;
    Eigen::VectorXd d(n), inverse(n);
    for (Index i = 0; i < n; ++i) d[i] = std::pow(10.0, (i * 7) % 3), inverse[i] = 1 / d[i];
    const Csr<double> A = scale_rows_and_columns(VectorView<double>(inverse), poisson1d(n), VectorView<double>(d));
    const Eigen::VectorXd b = random_right_side<double>(n, 15);
    EXPECT_EQ(expm_multiply(A, b, -20.0, {.method = ExpmMethod::taylor}).report.status, Status::ill_conditioned);
    const auto [x, report] = expm_multiply(A, b, -20.0);
    EXPECT_EQ(report.method, "arnoldi");
    EXPECT_EQ(report.status, Status::converged);
    const Eigen::VectorXd exact = inverse.cwiseProduct((-20 * to_dense(poisson1d(n))).exp() * d.cwiseProduct(b).eval());
    EXPECT_LE((x - exact).norm(), std::max(report.error_estimate, 1e-12) * exact.norm());
}

TEST(ExpmMultiplyAnalytic, OfANilpotentMatrixIsAPolynomialHoweverLargeTheNorm) {
    // exp(tN) eₙ with N = shift · c: t^k c^k / k!, and norms of powers that vanish.
    const Csr<double> N = tridiagonal_toeplitz(6, 0, 0, 1000);
    Eigen::VectorXd b = Eigen::VectorXd::Zero(6);
    b[5] = 1;
    const auto [x, report] = expm_multiply(N, b, 1.0, {.method = ExpmMethod::taylor});
    double term = 1;
    for (Index k = 0; k < 6; ++k) {
        if (k > 0) term *= 1000.0 / k;
        EXPECT_NEAR(x[5 - k], term, 1e-12 * term);
    }
    EXPECT_LE(report.iterations, 110);
}

TEST(ExpmMultiplyAnalytic, KeepsTheSumOfAMarkovChainAndTheNormOfAWave) {
    const Csr<double> L = scaled(-1.0, path_laplacian(200));
    Eigen::VectorXd p = Eigen::VectorXd::Zero(200);
    p[0] = 1;
    const auto heat = expm_multiply(L, p, 50.0);
    EXPECT_NEAR(heat.x.sum(), 1, 1e-12);
    EXPECT_GT(heat.x.minCoeff(), -1e-15);
    Coo<double> rotation(200, 200);
    for (Index i = 0; i + 1 < 200; ++i) rotation.add(i, i + 1, 1), rotation.add(i + 1, i, -1);
    const auto wave = expm_multiply(to_csr(rotation), p, 300.0);
    EXPECT_NEAR(wave.x.norm(), 1, 1e-10);
    EXPECT_EQ(wave.report.status, Status::converged);
    EXPECT_LE((wave.x - expm_multiply(to_csr(rotation), p, 300.0, {.method = ExpmMethod::taylor}).x).norm(), 1e-9);
}

TEST(ExpmMultiplyStatus, SaysWhenRoundingSpoilsTheResult) {
    // exp(-tA) b for non-normal A: terms of e^60 cancel, or errors are enlarged on the way.
    const Csr<double> J = tridiagonal_toeplitz(60, 0, 0, 40);
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(60);
    const auto [x, report] = expm_multiply(J, b, -1.0, {.method = ExpmMethod::taylor});
    Eigen::VectorXd exact(60);
    for (Index i = 0; i < 60; ++i) {  // Σ_k (−40)^k / k!, k < 60 − i, in long double
        long double sum = 0, term = 1;
        for (Index k = 0; k < 60 - i; ++k) {
            if (k > 0) term *= -40.0L / static_cast<long double>(k);
            sum += term;
        }
        exact[i] = static_cast<double>(sum);
    }
    EXPECT_LE((x - exact).norm() / exact.norm(), report.error_estimate);
}

TEST(ExpmMultiplyStatus, KnowsTheSmallestMatrices) {
    EXPECT_EQ(expm_multiply(Csr<double>(), Eigen::VectorXd(), 1.0).x.size(), 0);
    const Csr<double> one = scaled(2.0, identity<double>(1));
    EXPECT_NEAR(expm_multiply(one, Eigen::VectorXd::Constant(1, 3).eval(), 0.5).x[0], 3 * std::exp(1.0), 1e-14);
    const Eigen::VectorXd b = random_right_side<double>(9, 7);
    EXPECT_EQ((expm_multiply(to_csr(Coo<double>(9, 9)), b, 7.0).x - b).norm(), 0);
    EXPECT_LE((expm_multiply(identity<double>(9), b, -3.0).x - std::exp(-3.0) * b).norm(), 1e-15);
    EXPECT_EQ(expm_multiply(identity<double>(9), Eigen::VectorXd::Zero(9).eval(), 2.0).x.norm(), 0);
    EXPECT_EQ((expm_multiply(poisson1d(9), b, 0.0).x - b).norm(), 0);
    EXPECT_EQ(expm_multiply(poisson1d(9), Eigen::MatrixXd(9, 0), 1.0).X.cols(), 0);
}

TEST(ExpmMultiplyStatus, ScalesWithPowersOfTwo) {
    const Csr<double> A = poisson2d(9, 9);
    const Eigen::VectorXd b = random_right_side<double>(81, 8);
    const Eigen::VectorXd x = expm_multiply(A, b, -1.5).x;
    for (const int e : {-500, 500}) {
        const Csr<double> B = scaled(std::ldexp(1.0, e), A);
        for (const ExpmMethod method : {ExpmMethod::taylor, ExpmMethod::krylov}) {
            const auto found =
                expm_multiply(B, (b * std::ldexp(1.0, e)).eval(), std::ldexp(-1.5, -e), {.method = method});
            EXPECT_EQ(found.report.status, Status::converged) << found.report.message;
            EXPECT_LE((std::ldexp(1.0, -e) * found.x - x).norm(), 1e-10 * x.norm()) << e;
        }
    }
    // exp(-2^500 A) is zero, and Taylor would never end.
    const Csr<double> huge = scaled(-std::ldexp(1.0, 500), A);
    EXPECT_EQ(expm_multiply(huge, b, 1.0).x.norm(), 0);
    EXPECT_THROW((void)expm_multiply(huge, b, 1.0, {.method = ExpmMethod::taylor}), LimitExceeded);
}

TEST(ExpmMultiplyStatus, RefusesWhatCannotBeAndReportsTheRest) {
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(3);
    Coo<double> nan(3, 3);
    nan.add(1, 2, std::numeric_limits<double>::infinity());
    EXPECT_THROW((void)expm_multiply(to_csr(nan), b, 1.0), InvalidArgument);
    EXPECT_THROW((void)expm_multiply(to_csr(Coo<double>(3, 4)), b, 1.0), InvalidArgument);
    EXPECT_THROW((void)expm_multiply(identity<double>(4), b, 1.0), InvalidArgument);
    EXPECT_THROW((void)expm_multiply(identity<double>(3), b, std::numeric_limits<double>::quiet_NaN()),
                 InvalidArgument);
    Eigen::VectorXd bad = b;
    bad[1] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(expm_multiply(identity<double>(3), bad, 1.0).report.status, Status::not_finite);
    const auto spoil = [](VectorView<double>, VectorRef<double> y) {
        std::fill(y.begin(), y.end(), std::numeric_limits<double>::quiet_NaN());
    };
    const MatrixFree broken(3, 3, spoil, spoil);
    EXPECT_EQ(expm_multiply(LinearOperatorRef<double>(broken), b, 1.0).report.status, Status::not_finite);
    // e^800 is not a double
    EXPECT_FALSE(has_answer(expm_multiply(identity<double>(3), b, 800.0).report.status));
    const std::atomic<bool> cancel = true;
    EXPECT_EQ(expm_multiply(grcar(20), Eigen::VectorXd::Ones(20).eval(), 1.0, {.cancel = &cancel}).report.status,
              Status::interrupted);
}

TEST(ExpmMultiplyEstimate, CoversTheRoundingOfMatricesFarFromNormal) {
    // -I + s N, N strictly upper triangular and not negative: exp is a finite sum of positive terms, known to rounding.
    for (const Index n : {5, 10, 20, 40})
        for (const double s : {1.0, 5.0, 20.0, 100.0})
            for (const bool full : {true, false}) {
                Random random(static_cast<std::uint64_t>(n));
                Coo<double> A(n, n);
                Eigen::MatrixXd N = Eigen::MatrixXd::Zero(n, n);
                for (Index i = 0; i < n; ++i) {
                    A.add(i, i, -1);
                    for (Index j = i + 1; j < n; ++j) A.add(i, j, N(i, j) = s * (full ? 1 : random.uniform()));
                }
                const Eigen::VectorXd b = Eigen::VectorXd::Ones(n);
                Eigen::VectorXd exact = b, term = b;
                for (int k = 1; k < n; ++k) exact += term = (N * term / k).eval();
                exact *= std::exp(-1.0);
                if (n == 20 && s == 20 && full) {
                    EXPECT_NEAR(exact.norm(), 7.87282e11, 1e6);
                }
                for (const ExpmMethod method : {ExpmMethod::automatic, ExpmMethod::taylor, ExpmMethod::krylov}) {
                    const auto [x, report] = expm_multiply(to_csr(A), b, 1.0, {.method = method});
                    const double error = (x - exact).norm() / exact.norm();
                    if (report.status == Status::converged) {
                        EXPECT_LE(error, std::max(10 * report.error_estimate, 1e-9))
                            << report.method << " n = " << n << " s = " << s;
                    }
                    if (method == ExpmMethod::automatic) {
                        EXPECT_LE(error, 1e-10) << report.method << " n = " << n << " s = " << s;
                    }
                }
            }
}

}  // namespace
}  // namespace ritz
