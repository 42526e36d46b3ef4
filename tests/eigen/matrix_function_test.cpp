// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/matrix_function.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
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

Complex value(Function f, Complex z) {
    switch (f) {
        case Function::exp:
            return std::exp(z);
        case Function::sqrt:
            return std::sqrt(z);
        case Function::inverse_sqrt:
            return 1.0 / std::sqrt(z);
        case Function::log:
            return std::log(z);
        case Function::sign:
            return z.real() > 0 ? 1 : -1;
        case Function::cos:
            return std::cos(z);
        case Function::sin:
            return std::sin(z);
        case Function::phi1:
            return std::abs(z) < 1e-8 ? 1.0 + z / 2.0 : (std::exp(z) - 1.0) / z;
    }
    return 0;
}

/// f(A) b by all eigenvectors, in double.
template <class F>
Eigen::VectorXcd by_eigenvectors(const Eigen::MatrixXcd& A, const Eigen::VectorXcd& b, F&& f) {
    const Eigen::ComplexEigenSolver<Eigen::MatrixXcd> solver(A);
    Eigen::VectorXcd values = solver.eigenvalues().unaryExpr([&](Complex z) { return f(z); });
    return solver.eigenvectors() * values.cwiseProduct(solver.eigenvectors().partialPivLu().solve(b));
}
template <class F>
Eigen::VectorXcd by_hermitian_eigenvectors(const Eigen::MatrixXcd& A, const Eigen::VectorXcd& b, F&& f) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXcd> solver(A);
    Eigen::VectorXcd values = solver.eigenvalues().cast<Complex>().unaryExpr([&](Complex z) { return f(z); });
    return solver.eigenvectors() * values.cwiseProduct(solver.eigenvectors().adjoint() * b);
}

template <Scalar T>
Eigen::MatrixXcd wide(const Csr<T>& A) {
    return to_dense(A).template cast<Complex>();
}

template <class V>
double distance(const V& x, const Eigen::VectorXcd& y) {
    return (x.template cast<Complex>() - y).norm() / y.norm();
}

template <class T>
class MatrixFunctionTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(MatrixFunctionTyped, Scalars);

TYPED_TEST(MatrixFunctionTyped, OfAHermitianMatrixIsThatOfItsEigenvalues) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    const Csr<T> A = random_hermitian<T>(150, 3, 14, 21);
    const Eigen::VectorX<T> b = random_right_side<T>(150, 4);
    for (const Function f : all_functions()) {
        const auto [x, report] = funm_multiply(A, b, f);
        EXPECT_EQ(report.status, Status::converged) << name(f) << ": " << report.message << report.error_estimate;
        EXPECT_EQ(report.method, "lanczos");
        const double error = distance(
            x, by_hermitian_eigenvectors(wide(A), b.template cast<Complex>(), [&](Complex z) { return value(f, z); }));
        EXPECT_LE(error, std::max(1e-10, 300 * u)) << name(f);
        EXPECT_LE(error, report.error_estimate + 500 * u) << name(f);
    }
}

TYPED_TEST(MatrixFunctionTyped, OfAGeneralMatrixIsThatOfItsEigenvalues) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    const Csr<T> A = random_matrix<T>(120, 4, 12, 22);
    const Eigen::VectorX<T> b = random_right_side<T>(120, 5);
    for (const Function f : all_functions()) {
        const auto [x, report] = funm_multiply(A, b, f);
        EXPECT_TRUE(has_answer(report.status)) << name(f) << ": " << report.message;
        EXPECT_EQ(report.method, "arnoldi");
        const double error =
            distance(x, by_eigenvectors(wide(A), b.template cast<Complex>(), [&](Complex z) { return value(f, z); }));
        EXPECT_LE(error, std::max(1e-9, 1000 * u)) << name(f);
        EXPECT_LE(error, report.error_estimate + 1000 * u) << name(f);
    }
}

TYPED_TEST(MatrixFunctionTyped, OfASkewHermitianMatrixIsByLanczos) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    const Csr<T> A = random_hermitian<T>(90, 3, 0, 23, -1);
    const Eigen::VectorX<T> b = random_right_side<T>(90, 6);
    for (const Function f : {Function::exp, Function::cos, Function::phi1}) {
        const auto [x, report] = funm_multiply(A, b, f, {.t = 0.5});
        EXPECT_EQ(report.status, Status::converged) << name(f) << ": " << report.message;
        EXPECT_EQ(report.method, "lanczos");
        const double error = distance(
            x, by_eigenvectors(wide(A), b.template cast<Complex>(), [&](Complex z) { return value(f, 0.5 * z); }));
        EXPECT_LE(error, std::max(1e-10, 100 * u)) << name(f);
    }
}

TYPED_TEST(MatrixFunctionTyped, IsTheSameByAnOperator) {
    using T = TypeParam;
    const Csr<T> A = random_hermitian<T>(100, 3, 12, 24), G = random_matrix<T>(100, 3, 12, 25);
    const Eigen::VectorX<T> b = random_right_side<T>(100, 7);
    const double tolerance = std::max(1e-9, 200.0 * std::numeric_limits<Real<T>>::epsilon());
    const auto by_lanczos = funm_multiply(LinearOperatorRef<T>(A), b, Function::sqrt);
    EXPECT_EQ(by_lanczos.report.method, "lanczos");
    EXPECT_LE((by_lanczos.x - funm_multiply(A, b, Function::sqrt).x).norm(), tolerance * by_lanczos.x.norm());
    const auto by_arnoldi = funm_multiply(LinearOperatorRef<T>(G), b, Function::log);
    EXPECT_EQ(by_arnoldi.report.method, "arnoldi");
    EXPECT_LE((by_arnoldi.x - funm_multiply(G, b, Function::log).x).norm(), tolerance * by_arnoldi.x.norm());
}

TEST(MatrixFunction, OfPoissonIsTheAnalyticOne) {
    // An eigenvector, and the sum of two: sin(kπ(i+1)/(n+1)) with λ_k = 2 − 2cos(kπ/(n+1)).
    const Index n = 2000;
    const Csr<double> A = poisson1d(n);
    const double pi = std::acos(-1.0);
    const auto mode = [&](int k) {
        Eigen::VectorXd v(n);
        for (Index i = 0; i < n; ++i) v[i] = std::sin(k * pi * (i + 1) / (n + 1));
        return v;
    };
    const auto lambda = [&](int k) { return 4 * std::pow(std::sin(k * pi / (2.0 * (n + 1))), 2); };
    const Eigen::VectorXd b = mode(700) + 3 * mode(1500);
    for (const Function f : {Function::sqrt, Function::inverse_sqrt, Function::log, Function::exp, Function::cos}) {
        const auto [x, report] = funm_multiply(A, b, f);
        EXPECT_EQ(report.status, Status::converged);
        EXPECT_LE(report.iterations, 15) << name(f);
        const Eigen::VectorXd exact =
            value(f, lambda(700)).real() * mode(700) + 3 * value(f, lambda(1500)).real() * mode(1500);
        EXPECT_LE((x - exact).norm(), 1e-11 * exact.norm()) << name(f);
    }
}

TEST(MatrixFunction, EndsWhenTheSubspaceIsInvariant) {
    Eigen::VectorXd d = Eigen::VectorXd::LinSpaced(500, 1, 500), b = Eigen::VectorXd::Zero(500);
    b[8] = 2, b[99] = -1, b[320] = 0.5;
    const Csr<double> A = diags<double>(500, 500, {{0, d}});
    for (const FunctionMethod method : {FunctionMethod::lanczos, FunctionMethod::arnoldi}) {
        const auto [x, report] = funm_multiply(A, b, Function::log, {.method = method});
        EXPECT_EQ(report.status, Status::converged) << report.message;
        EXPECT_TRUE(report.invariant_subspace);
        EXPECT_EQ(report.iterations, 3);
        EXPECT_LE((x - Eigen::VectorXd(d.array().log() * b.array())).norm(), 1e-12 * x.norm());
    }
}

TEST(MatrixFunction, OfSignSeesTheOneEigenvalueOnTheOtherSide) {
    // Until it is resolved sign(H) is the identity, step after step.
    const Index n = 150;
    Eigen::VectorXd d = Eigen::VectorXd::LinSpaced(n, 1, 5), b = Eigen::VectorXd::Ones(n);
    d[7] = -0.01;
    b[7] = 1e-3;
    const Csr<double> A = diags<double>(n, n, {{0, d}});
    Eigen::VectorXd exact = b;
    exact[7] = -1e-3;
    for (const FunctionMethod method : {FunctionMethod::lanczos, FunctionMethod::arnoldi}) {
        const auto [x, report] = funm_multiply(A, b, Function::sign, {.method = method});
        EXPECT_EQ(report.status, Status::converged) << report.message;
        EXPECT_LE((x - exact).norm(), 1e-9 * exact.norm()) << report.iterations;
    }
}

TEST(MatrixFunction, SquareRootTwiceIsTheMatrix) {
    const Csr<double> A = poisson2d(40, 40);
    const Eigen::VectorXd b = random_right_side<double>(1600, 8);
    const auto once = funm_multiply(A, b, Function::sqrt);
    const auto twice = funm_multiply(A, once.x, Function::sqrt);
    ASSERT_EQ(twice.report.status, Status::converged);
    EXPECT_LE((twice.x - to_dense(A) * b).norm(), 1e-8 * twice.x.norm());
    const auto back = funm_multiply(A, once.x, Function::inverse_sqrt);
    EXPECT_LE((back.x - b).norm(), 1e-8 * b.norm());
}

TEST(MatrixFunction, InBoundedMemoryIsTheSame) {
    const Csr<double> A = poisson2d(50, 50), G = convection_diffusion2d(20, 20, 0.1);
    const Eigen::VectorXd b = random_right_side<double>(2500, 9), c = random_right_side<double>(400, 10);
    const auto whole = funm_multiply(A, b, Function::inverse_sqrt);
    const auto bounded = funm_multiply(A, b, Function::inverse_sqrt, {.subspace = 12});
    EXPECT_EQ(bounded.report.method, "two-pass lanczos");
    EXPECT_EQ(bounded.report.status, Status::converged) << bounded.report.message;
    EXPECT_LT(bounded.report.memory_bytes, whole.report.memory_bytes);
    EXPECT_LE((whole.x - bounded.x).norm(), 1e-9 * whole.x.norm());
    for (const Function f : {Function::sqrt, Function::exp}) {
        const auto straight = funm_multiply(G, c, f);
        const auto restarted = funm_multiply(G, c, f, {.subspace = 8});
        EXPECT_EQ(restarted.report.method, "restarted arnoldi");
        EXPECT_EQ(restarted.report.status, Status::converged) << restarted.report.message;
        EXPECT_LE((straight.x - restarted.x).norm(), 1e-8 * straight.x.norm()) << name(f);
    }
}

TEST(MatrixFunction, GivenAsAFunctionIsEvaluatedAtTheEigenvalues) {
    const auto resolvent = [](Complex z) { return 1.0 / (1.0 + z * z); };
    const Csr<double> A = random_hermitian<double>(80, 3, 0, 31), G = random_matrix<double>(80, 3, 12, 32);
    const Eigen::VectorXd b = random_right_side<double>(80, 11);
    for (const Csr<double>* M : {&A, &G}) {
        const auto [x, report] = funm_multiply(*M, b, MatrixFunction(resolvent));
        EXPECT_EQ(report.status, Status::converged) << report.message;
        const Eigen::MatrixXd D = to_dense(*M);
        const Eigen::MatrixXd shifted = Eigen::MatrixXd::Identity(80, 80) + D * D;
        EXPECT_LE((shifted * x - b).norm(), 1e-8 * shifted.norm() * x.norm());
    }
}

TEST(MatrixFunction, OfADefectiveMatrixGivenAsAFunctionSaysThatItIsUncertain) {
    // A Jordan block: the eigenvectors of what Arnoldi makes of it are nearly dependent.
    const Csr<double> J = tridiagonal_toeplitz(30, 0, 1, 1);
    Eigen::VectorXd b = Eigen::VectorXd::Zero(30);
    b[29] = 1;
    const auto named = funm_multiply(J, b, Function::exp);
    EXPECT_EQ(named.report.status, Status::converged);
    Eigen::VectorXd exact(30);
    double factorial = 1;
    for (Index i = 0; i < 30; ++i) {
        if (i > 0) factorial *= i;
        exact[29 - i] = std::exp(1.0) / factorial;
    }
    EXPECT_LE((named.x - exact).norm(), 1e-12);
    const auto given = funm_multiply(J, b, MatrixFunction([](Complex z) { return std::exp(z); }));
    EXPECT_NE(given.report.status, Status::converged);
    EXPECT_LE((given.x - exact).norm() / exact.norm(), std::max(1.0, given.report.error_estimate));
}

TEST(MatrixFunction, NamesPolesCutsAndJumps) {
    Eigen::VectorXd d = Eigen::VectorXd::LinSpaced(20, 1, 20);
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(20);
    d[3] = 0;
    const Csr<double> singular = diags<double>(20, 20, {{0, d}});
    d[3] = -2.5;
    const Csr<double> indefinite = diags<double>(20, 20, {{0, d}});
    for (const Function f : {Function::inverse_sqrt, Function::log, Function::sign}) {
        const auto [x, report] = funm_multiply(singular, b, f);
        EXPECT_EQ(report.status, Status::breakdown) << name(f);
        EXPECT_NE(report.message.find(name(f)), std::string::npos) << report.message;
        EXPECT_TRUE(x.allFinite());
    }
    for (const Function f : {Function::sqrt, Function::inverse_sqrt, Function::log}) {
        const auto [x, report] = funm_multiply(indefinite, b, f);
        EXPECT_EQ(report.status, Status::breakdown) << name(f);
        EXPECT_NE(report.message.find("Ritz value -"), std::string::npos) << report.message;
    }
    // √ of a singular matrix exists, and of an indefinite one as a complex matrix.
    EXPECT_EQ(funm_multiply(singular, b, Function::sqrt).report.status, Status::converged);
    const auto complex_root =
        funm_multiply(convert_values<Complex>(indefinite), b.cast<Complex>().eval(), Function::sqrt);
    EXPECT_EQ(complex_root.report.status, Status::converged) << complex_root.report.message;
    EXPECT_LE(std::abs(complex_root.x[3] - Complex(0, std::sqrt(2.5))), 1e-12);
    EXPECT_EQ(complex_root.report.warnings.size(), 1U);
    // A function with a pole at an eigenvalue.
    const auto pole = funm_multiply(singular, b, MatrixFunction([](Complex z) { return 1.0 / z; }));
    EXPECT_NE(pole.report.status, Status::converged);
    EXPECT_TRUE(pole.x.allFinite());
    // A function that is not real on the real axis.
    EXPECT_EQ(funm_multiply(indefinite, b, MatrixFunction([](Complex z) { return z * Complex(0, 1); })).report.status,
              Status::breakdown);
}

TEST(MatrixFunction, StopsAtItsLimits) {
    const Csr<double> A = poisson2d(60, 60);
    const Eigen::VectorXd b = random_right_side<double>(3600, 12);
    const auto limited = funm_multiply(A, b, Function::inverse_sqrt, {.max_iterations = 10});
    EXPECT_EQ(limited.report.status, Status::max_iterations);
    EXPECT_EQ(limited.report.iterations, 10);
    EXPECT_GT(limited.report.error_estimate, 1e-10);
    const auto exact = funm_multiply(A, b, Function::inverse_sqrt);
    EXPECT_LT((limited.x - exact.x).norm(), 0.5 * exact.x.norm());
    const std::atomic<bool> cancel = true;
    EXPECT_EQ(funm_multiply(A, b, Function::sqrt, {.cancel = &cancel}).report.status, Status::interrupted);
    EXPECT_EQ(
        funm_multiply(grcar(30), Eigen::VectorXd::Ones(30).eval(), Function::exp, {.method = FunctionMethod::lanczos})
            .report.status,
        Status::not_symmetric);
}

TEST(MatrixFunction, ReportsNaNByItsStatus) {
    const Csr<double> A = poisson1d(10);
    Eigen::VectorXd b = Eigen::VectorXd::Ones(10);
    b[4] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(funm_multiply(A, b, Function::exp).report.status, Status::not_finite);
    b[4] = 1;
    const MatrixFree broken(10, 10, [](VectorView<double>, VectorRef<double> y) {
        std::fill(y.begin(), y.end(), std::numeric_limits<double>::quiet_NaN());
    });
    for (const FunctionMethod method : {FunctionMethod::automatic, FunctionMethod::arnoldi})
        EXPECT_EQ(funm_multiply(LinearOperatorRef<double>(broken), b, Function::exp, {.method = method}).report.status,
                  Status::not_finite);
    // exp(1000) is not a double.
    EXPECT_EQ(funm_multiply(A, b, Function::exp, {.t = 1000}).report.status, Status::breakdown);
}

TEST(MatrixFunction, KnowsTheSmallestMatrices) {
    const auto empty = funm_multiply(Csr<double>(), Eigen::VectorXd(), Function::exp);
    EXPECT_EQ(empty.report.status, Status::converged);
    EXPECT_EQ(empty.x.size(), 0);
    const Csr<double> one = scaled(4.0, identity<double>(1));
    const Eigen::VectorXd b = Eigen::VectorXd::Constant(1, 3);
    EXPECT_DOUBLE_EQ(funm_multiply(one, b, Function::sqrt).x[0], 6);
    EXPECT_DOUBLE_EQ(funm_multiply(one, b, Function::sqrt, {.method = FunctionMethod::arnoldi}).x[0], 6);
    const Csr<double> zero = to_csr(Coo<double>(7, 7));
    const Eigen::VectorXd c = random_right_side<double>(7, 13);
    EXPECT_LE((funm_multiply(zero, c, Function::exp).x - c).norm(), 1e-15);
    EXPECT_EQ(funm_multiply(zero, c, Function::sqrt).x.norm(), 0);
    EXPECT_EQ(funm_multiply(zero, c, Function::log).report.status, Status::breakdown);
    EXPECT_EQ(funm_multiply(identity<double>(7), Eigen::VectorXd::Zero(7).eval(), Function::log).x.norm(), 0);
    EXPECT_LE((funm_multiply(identity<double>(7), c, Function::exp).x - std::exp(1.0) * c).norm(), 1e-14);
}

TEST(MatrixFunction, ScalesWithPowersOfTwo) {
    const Csr<double> A = poisson2d(12, 12);
    const Eigen::VectorXd b = random_right_side<double>(144, 14);
    const Eigen::VectorXd root = funm_multiply(A, b, Function::sqrt).x;
    for (const int e : {-500, 500}) {
        const Csr<double> B = scaled(std::ldexp(1.0, e), A);
        const Eigen::VectorXd c = b * std::ldexp(1.0, e);
        const auto [x, report] = funm_multiply(B, c, Function::sqrt);
        EXPECT_EQ(report.status, Status::converged) << report.message;
        EXPECT_LE((std::ldexp(1.0, -e - e / 2) * x - root).norm(), 1e-9 * root.norm());
        const auto inverse = funm_multiply(LinearOperatorRef<double>(B), b, Function::inverse_sqrt);
        EXPECT_LE((std::ldexp(1.0, e / 2) * inverse.x - funm_multiply(A, b, Function::inverse_sqrt).x).norm(),
                  1e-9 * inverse.x.norm() * std::ldexp(1.0, e / 2));
    }
}

TEST(MatrixFunction, RefusesWhatCannotBe) {
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(3);
    Coo<double> nan(3, 3);
    nan.add(1, 2, std::numeric_limits<double>::quiet_NaN());
    EXPECT_THROW((void)funm_multiply(to_csr(nan), b, Function::exp), InvalidArgument);
    EXPECT_THROW((void)funm_multiply(to_csr(Coo<double>(3, 4)), b, Function::exp), InvalidArgument);
    EXPECT_THROW((void)funm_multiply(identity<double>(4), b, Function::exp), InvalidArgument);
    EXPECT_THROW((void)funm_multiply(identity<double>(3), b, Function::exp, {.t = Complex(0, 1)}), InvalidArgument);
    EXPECT_THROW((void)funm_multiply(identity<double>(3), b, Function::exp, {.rtol = -1}), InvalidArgument);
}

TEST(MatrixFunction, NamesAreDifferent) {
    for (const Function f : all_functions())
        for (const Function g : all_functions()) EXPECT_EQ(name(f) == name(g), f == g);
}

}  // namespace
}  // namespace ritz
