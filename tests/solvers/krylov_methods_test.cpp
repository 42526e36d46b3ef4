// SPDX-License-Identifier: BSD-3-Clause
// What single iterative methods promise beyond the contract that krylov_test.cpp tests for all of them.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "ritz/core/random.hpp"
#include "ritz/formats/combine.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/krylov.hpp"

namespace {

using namespace ritz;
using Complex = std::complex<double>;

template <Scalar T>
Eigen::VectorX<T> random_of(Index n, std::uint64_t seed) {
    const auto v = random_vector<T>(n, seed);
    return Eigen::Map<const Eigen::VectorX<T>>(v.data(), n);
}

template <Scalar T>
double relative_residual(const CsrView<T>& A, const Eigen::VectorX<T>& b, const Eigen::VectorX<T>& x) {
    Eigen::VectorX<T> Ax(A.rows());
    A.apply(x, Ax);
    return static_cast<double>((b - Ax).norm() / b.norm());
}

/// A⁺ b by the eigenvalues of AᴴA, in double precision.
template <Scalar T>
auto least_norm_minimiser(const Eigen::MatrixX<T>& A, const Eigen::VectorX<T>& b) {
    using W = std::conditional_t<is_complex<T>, Complex, double>;
    const Eigen::MatrixX<W> wide = A.template cast<W>();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixX<W>> eigen(wide.adjoint() * wide);
    const Eigen::VectorXd& lambda = eigen.eigenvalues();
    Eigen::VectorX<W> y = eigen.eigenvectors().adjoint() * (wide.adjoint() * b.template cast<W>());
    for (Index i = 0; i < y.size(); ++i) y[i] = lambda[i] > 1e-11 * lambda.maxCoeff() ? y[i] / lambda[i] : W{0};
    return Eigen::VectorX<W>(eigen.eigenvectors() * y);
}

template <Scalar T>
Eigen::MatrixX<T> random_dense(Index rows, Index cols, std::uint64_t seed) {
    const auto v = random_vector<T>(rows * cols, seed);
    return Eigen::Map<const Eigen::MatrixX<T>>(v.data(), rows, cols);
}

const std::vector<Method> general{Method::gmres,    Method::fgmres,    Method::lgmres, Method::gcrodr,
                                  Method::bicgstab, Method::bicgstabl, Method::idr,    Method::tfqmr,
                                  Method::qmr,      Method::bicg,      Method::cgs};
const std::vector<Method> least_squares{Method::lsqr, Method::lsmr, Method::cgls};

TEST(GeneralMethods, SolveComplexSystemsWithComplexPreconditionersOnBothSides) {
    // Diagonally dominant after M, whose entries have any phase: a conjugate in the wrong place diverges.
    const Index n = 60;
    Coo<Complex> entries(n, n);
    Eigen::VectorXcd d(n);
    Random random(3);
    for (Index i = 0; i < n; ++i) {
        d[i] = std::polar(1 + random.uniform(0, 30), random.uniform(0, 6.28));
        entries.add(i, i, d[i] * Complex(1, random.uniform(-0.3, 0.3)));
        for (int k = 0; k < 4; ++k)
            entries.add(i, static_cast<Index>(random.below(n)), 0.2 * d[i] * std::polar(1.0, random.uniform(0, 6.28)));
    }
    const Csr<Complex> A = to_csr(entries);
    const MatrixFree M(
        n, n,
        [&](VectorView<Complex> r, VectorRef<Complex> z) {
            for (Index i = 0; i < n; ++i) z[static_cast<std::size_t>(i)] = r[static_cast<std::size_t>(i)] / d[i];
        },
        [&](VectorView<Complex> r, VectorRef<Complex> z) {
            for (Index i = 0; i < n; ++i)
                z[static_cast<std::size_t>(i)] = r[static_cast<std::size_t>(i)] / std::conj(d[i]);
        });
    const auto b = random_of<Complex>(n, 4);
    for (const Method method : general)
        for (const Side side : {Side::right, Side::left}) {
            Eigen::VectorXcd x = Eigen::VectorXcd::Zero(n);
            const KrylovReport r =
                krylov(method, A, b, x, M, {.stop = {.rtol = 1e-10, .max_iterations = 200}, .side = side});
            EXPECT_EQ(r.status, Status::converged) << name(method) << ' ' << static_cast<int>(side) << ' ' << r.message;
            EXPECT_LE(relative_residual<Complex>(A, b, x), 1e-10 * (1 + 1e-9));
            EXPECT_LE(r.iterations, 120) << name(method);
        }
}

TEST(GeneralMethods, SurviveASkewSymmetricMatrix) {
    // r̃ᴴ A r = 0 for r̃ = r, and no real ω shortens r: half of the methods break down at once without another r̃.
    Coo<double> entries(40, 40);
    for (Index i = 0; i + 1 < 40; ++i) {
        entries.add(i, i + 1, 1 + 0.1 * i);
        entries.add(i + 1, i, -1 - 0.1 * i);
    }
    const Csr<double> A = to_csr(entries);
    const auto b = random_of<double>(40, 5);
    for (const Method method : general) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(40);
        const KrylovReport r = krylov(method, A, b, x, {.stop = {.max_iterations = 4000}});
        EXPECT_EQ(r.status, Status::converged) << name(method) << ": " << r.message;
        EXPECT_LE(relative_residual<double>(A, b, x), 1e-8 * (1 + 1e-9)) << name(method);
    }
}

TEST(GeneralMethods, BicgstabEndsAtTheHalfStep) {
    const Csr<double> A = tridiagonal_toeplitz(30, 0, 4, 0);
    const auto b = random_of<double>(30, 6);
    for (const Method method : {Method::bicgstab, Method::bicgstabl}) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(30);
        const KrylovReport r = krylov(method, A, b, x);
        EXPECT_EQ(r.status, Status::converged);
        EXPECT_EQ(r.iterations, 1) << name(method);
    }
}

TEST(GeneralMethods, TakeSpacesLargerThanTheMatrix) {
    const Csr<double> A = convection_diffusion2d(3, 3, 0.1);
    const auto b = random_of<double>(9, 7);
    for (const Method method : general) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(9);
        const KrylovReport r = krylov(method, A, b, x, {.restart = 64, .recycle = 20, .degree = 12, .shadow = 64});
        EXPECT_EQ(r.status, Status::converged) << name(method) << ": " << r.message;
    }
}

TEST(GeneralMethods, ConvergeOnConvectionAndDiffusion) {
    for (const Wind wind : {Wind::constant, Wind::recirculating}) {
        const Csr<double> A = convection_diffusion2d(24, 24, 0.05, wind);
        const auto b = random_of<double>(A.rows(), 8);
        for (const Method method : general) {
            Eigen::VectorXd x = Eigen::VectorXd::Zero(A.rows());
            const KrylovReport r = krylov(method, A, b, x);
            EXPECT_EQ(r.status, Status::converged) << name(method) << ": " << r.message;
        }
    }
}

TEST(GeneralMethods, GoOnNearTheImaginaryAxisWithAHigherDegree) {
    // Eigenvalues 0.1 ± i k: BiCGSTAB's degree-one factors with real zeros do nothing there.
    Coo<double> entries(120, 120);
    for (Index i = 0; i < 120; i += 2) {
        entries.add(i, i, 0.1), entries.add(i + 1, i + 1, 0.1);
        entries.add(i, i + 1, 1 + i / 20.0), entries.add(i + 1, i, -1 - i / 20.0);
    }
    const Csr<double> A = to_csr(entries);
    const auto b = random_of<double>(120, 9);
    std::int64_t iterations[2];
    for (const int degree : {1, 2}) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(120);
        const KrylovReport r = bicgstabl(A, b, x, KrylovOptions{.degree = degree});
        iterations[degree - 1] = r.status == Status::converged ? r.iterations : 1'000'000;
    }
    EXPECT_LE(iterations[1], 500);
    EXPECT_LT(iterations[1], iterations[0]);
}

TEST(GeneralMethods, LooseGmresNeedsFewerIterationsThanGmres) {
    const Csr<double> A = poisson2d(40, 40);
    const auto b = random_of<double>(1600, 10);
    double of[3];
    int i = 0;
    for (const Method method : {Method::gmres, Method::lgmres, Method::gcrodr}) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(1600);
        const KrylovReport r = krylov(method, A, b, x, {.restart = 20});
        EXPECT_EQ(r.status, Status::converged) << r.message;
        of[i++] = static_cast<double>(r.iterations);
    }
    EXPECT_LT(of[1], 0.8 * of[0]);
    EXPECT_LT(of[2], 0.8 * of[0]);
}

TEST(GeneralMethods, CocgSolvesComplexSymmetricSystems) {
    const Csr<Complex> A = helmholtz2d_absorbing(20, 20, 10);
    const auto b = random_of<Complex>(A.rows(), 11);
    Eigen::VectorXcd x = Eigen::VectorXcd::Zero(A.rows()), y = x;
    const KrylovReport r = cocg(A, b, x, KrylovOptions{.stop = {.max_iterations = 4000}});
    EXPECT_EQ(r.status, Status::converged) << r.message;
    EXPECT_LE(relative_residual<Complex>(A, b, x), 1e-8 * (1 + 1e-9));
    // BiCG started with r̃ = r* is the same at twice the products; with r̃ = r it is about as fast.
    const KrylovReport two_sided = bicg(A, b, y, KrylovOptions{.stop = {.max_iterations = 8000}});
    EXPECT_EQ(two_sided.status, Status::converged) << two_sided.message;
    EXPECT_LT(5 * r.iterations, 4 * two_sided.iterations);
}

TEST(GeneralMethods, CocgNamesAnIsotropicVector) {
    const Csr<Complex> A = to_csr([] {
        Coo<Complex> entries(2, 2);
        entries.add(0, 0, 1), entries.add(1, 1, 2);
        return entries;
    }());
    Eigen::VectorXcd b(2), x = Eigen::VectorXcd::Zero(2);
    b << Complex(1, 0), Complex(0, 1);  // bᵀ b = 0
    EXPECT_EQ(cocg(A, b, x).status, Status::breakdown);
    EXPECT_TRUE(x.allFinite());
}

// ---- singular Hermitian systems

template <Scalar T>
void expect_least_norm(const Csr<T>& A, std::uint64_t seed, double tolerance) {
    const Eigen::MatrixX<T> dense = to_dense(A);
    const auto b = random_of<T>(A.rows(), seed);
    const Eigen::VectorX<T> expected = least_norm_minimiser<T>(dense, b).template cast<T>();
    Eigen::VectorX<T> x = Eigen::VectorX<T>::Zero(A.cols());
    const KrylovReport r = minres_qlp(A, b, x, KrylovOptions{.stop = {.rtol = 1e-13}});
    EXPECT_EQ(r.status, Status::singular_inconsistent) << r.message;
    EXPECT_LE((x - expected).norm(), tolerance * expected.norm());
    EXPECT_NEAR(r.residual_norm, (b - dense * expected).norm(), 1e-8 * b.norm());
}

TEST(MinresQlp, GivesTheSolutionOfLeastNorm) {
    expect_least_norm(cycle_laplacian(40), 1, 1e-6);
    expect_least_norm(grid_laplacian(8, 9), 2, 1e-6);
    Coo<double> entries(30, 30);  // indefinite, of rank 20
    for (Index i = 0; i < 20; ++i) entries.add(i, i, i % 3 == 0 ? -1.0 - i : 1.0 + i);
    expect_least_norm(to_csr(entries), 3, 1e-8);
    Coo<Complex> hermitian(30, 30);
    for (Index i = 0; i < 30; ++i) {  // the cycle's Laplacian with phases: D L Dᴴ
        const Index j = (i + 1) % 30;
        hermitian.add(i, i, 2);
        hermitian.add(i, j, -std::polar(1.0, 0.4 * i - 0.4 * j));
        hermitian.add(j, i, -std::polar(1.0, 0.4 * j - 0.4 * i));
    }
    expect_least_norm(to_csr(hermitian), 4, 1e-6);
}

TEST(MinresQlp, AgreesWithMinresOnRegularSystems) {
    for (const double shift : {0.0, -1.3}) {
        Csr<double> A = poisson2d(20, 20);
        for (Index i = 0; i < 400; ++i)
            for (auto k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
                if (A.indices()[static_cast<std::size_t>(k)] == i) A.values()[static_cast<std::size_t>(k)] += shift;
        const auto b = random_of<double>(400, 12);
        Eigen::VectorXd x = Eigen::VectorXd::Zero(400), y = x;
        const KrylovReport qlp = minres_qlp(A, b, x), plain = minres(A, b, y);
        EXPECT_EQ(qlp.status, Status::converged) << qlp.message;
        EXPECT_NEAR(static_cast<double>(qlp.iterations), static_cast<double>(plain.iterations), 2);
        EXPECT_LE((x - y).norm(), 1e-5 * y.norm());
        EXPECT_TRUE(qlp.smallest_ritz && *qlp.smallest_ritz < *qlp.largest_ritz);
    }
}

// ---- steps without inner products

TEST(Chebyshev, TakesBoundsOfTheSpectrumInTheCallersScale) {
    const double low = 2 - 2 * std::cos(M_PI / 101), high = 4 - low;
    for (const int exponent : {0, 900, -900}) {
        Csr<double> A = poisson1d(100);
        for (double& a : A.values()) a = std::ldexp(a, exponent);
        const auto b = random_of<double>(100, 13);
        Eigen::VectorXd x = Eigen::VectorXd::Zero(100);
        const KrylovReport r = chebyshev(
            A, b, x,
            KrylovOptions{.eigenvalue_low = std::ldexp(low, exponent), .eigenvalue_high = std::ldexp(high, exponent)});
        EXPECT_EQ(r.status, Status::converged) << r.message;
        // ‖r_k‖ ≤ 2 ρᵏ ‖b‖ with ρ = (√κ − 1)/(√κ + 1).
        const double root = std::sqrt(high / low), rate = (root - 1) / (root + 1);
        EXPECT_LE(r.iterations, std::log(0.5e-8) / std::log(rate) + 2);
    }
}

TEST(Chebyshev, WidensAnIntervalThatIsTooSmall) {
    const Csr<double> A = poisson2d(15, 15);  // spectrum in (0.07, 7.93)
    const auto b = random_of<double>(225, 14);
    for (const auto& [low, high] : {std::pair{0.1, 3.0}, {2.0, 8.0}, {1e-3, 1e-2}, {100.0, 200.0}}) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(225);
        const KrylovReport r = chebyshev(
            A, b, x, KrylovOptions{.stop = {.max_iterations = 3000}, .eigenvalue_low = low, .eigenvalue_high = high});
        EXPECT_EQ(r.status, Status::converged) << low << ' ' << high << ' ' << r.message;
    }
}

TEST(Chebyshev, NamesAnIndefiniteMatrix) {
    Coo<double> entries(20, 20);
    for (Index i = 0; i < 20; ++i) entries.add(i, i, i % 2 ? 1.0 + i : -1.0 - i);
    Eigen::VectorXd b = Eigen::VectorXd::Ones(20), x = Eigen::VectorXd::Zero(20);
    EXPECT_EQ(chebyshev(to_csr(entries), b, x).status, Status::indefinite_operator);
}

TEST(Richardson, TakesADampingInTheCallersScale) {
    for (const int exponent : {0, 800, -800}) {
        Csr<double> A = tridiagonal_toeplitz(50, -1, 4, -1);
        for (double& a : A.values()) a = std::ldexp(a, exponent);
        const auto b = random_of<double>(50, 15);
        Eigen::VectorXd x = Eigen::VectorXd::Zero(50);
        const KrylovReport r = richardson(A, b, x, KrylovOptions{.damping = std::ldexp(0.25, -exponent)});
        EXPECT_EQ(r.status, Status::converged) << r.message;
        EXPECT_LE(r.iterations, 40);  // 2⁻ᵏ
    }
}

TEST(Richardson, NamesDivergenceEarly) {
    const Csr<double> A = poisson2d(15, 15);
    const auto b = random_of<double>(225, 16);
    Eigen::VectorXd x = Eigen::VectorXd::Zero(225);
    const KrylovReport r = richardson(A, b, x, KrylovOptions{.damping = 1});
    EXPECT_EQ(r.status, Status::not_converged) << r.message;
    EXPECT_LE(r.iterations, 20);
    EXPECT_LE(r.residual_norm, b.norm() * (1 + 1e-14)) << "the best x seen is the start";
}

// ---- least squares

template <Scalar T>
void expect_minimiser(Index rows, Index cols, Index rank, double tolerance) {
    const Eigen::MatrixX<T> dense = random_dense<T>(rows, rank, 1) * random_dense<T>(rank, cols, 2);
    const Csr<T> A = from_dense(dense);
    const auto b = random_of<T>(rows, 3);
    const Eigen::VectorX<T> expected = least_norm_minimiser<T>(dense, b).template cast<T>();
    const double attained = static_cast<double>((b - dense * expected).norm());
    for (const Method method : least_squares) {
        Eigen::VectorX<T> x = Eigen::VectorX<T>::Zero(cols);
        const KrylovReport r = krylov(method, A, b, x, {.stop = {.rtol = tolerance, .max_iterations = 3000}});
        EXPECT_EQ(r.status, Status::converged) << name(method) << ": " << r.message;
        EXPECT_NEAR(r.residual_norm, attained, 1e3 * tolerance * static_cast<double>(b.norm()));
        EXPECT_LE(static_cast<double>((x - expected).norm()), 3e4 * tolerance * static_cast<double>(expected.norm()))
            << name(method) << " gives the minimiser of least norm";
    }
}

TEST(LeastSquares, IsSolvedForAnyShapeAndRank) {
    expect_minimiser<double>(40, 15, 15, 1e-10);
    expect_minimiser<double>(15, 40, 15, 1e-10);
    expect_minimiser<double>(40, 30, 12, 1e-10);
    expect_minimiser<double>(20, 20, 7, 1e-10);
    expect_minimiser<Complex>(40, 15, 15, 1e-10);
    expect_minimiser<Complex>(15, 40, 9, 1e-10);
    expect_minimiser<double>(7, 1, 1, 1e-10);
    expect_minimiser<double>(1, 7, 1, 1e-10);
    expect_minimiser<float>(30, 10, 10, 1e-5);
}

TEST(LeastSquares, ReportsWhatItsNormsAre) {
    const Eigen::MatrixXd dense = random_dense<double>(60, 20, 4);
    const Csr<double> A = from_dense(dense);
    const auto b = random_of<double>(60, 5);
    const Eigen::VectorXd sigma =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(dense.transpose() * dense).eigenvalues().cwiseSqrt().reverse();
    for (const Method method : least_squares) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(20);
        const KrylovReport r = krylov(method, A, b, x, {.stop = {.rtol = 1e-9}});
        const Eigen::VectorXd residual = b - dense * x;
        EXPECT_NEAR(r.residual_norm, residual.norm(), 1e-12 * b.norm());
        EXPECT_NEAR(r.normal_residual, (dense.transpose() * residual).norm() / (dense.norm() * residual.norm()), 1e-13);
        EXPECT_NEAR(r.history.back() / residual.norm(), 1, 1e-6) << name(method) << "'s own norm";
        EXPECT_NEAR(r.condition_estimate, sigma[0] / sigma[19], 0.3 * sigma[0] / sigma[19]) << name(method);
        EXPECT_LE(r.condition_estimate, 1.001 * sigma[0] / sigma[19]) << "a lower bound";
    }
}

TEST(LeastSquares, OfAnOperatorIsNotEndedTooEarly) {
    // Of an operator ‖A‖_F is known from below only: the criterion is met by the true one all the more.
    const Eigen::MatrixXd dense = random_dense<double>(80, 30, 6) * Eigen::VectorXd::LinSpaced(30, 1, 300).asDiagonal();
    const auto product = [&](VectorView<double> in, VectorRef<double> out) {
        Eigen::Map<Eigen::VectorXd>(out.data(), 80) = dense * Eigen::Map<const Eigen::VectorXd>(in.data(), 30);
    };
    const auto adjoint = [&](VectorView<double> in, VectorRef<double> out) {
        Eigen::Map<Eigen::VectorXd>(out.data(), 30) =
            dense.transpose() * Eigen::Map<const Eigen::VectorXd>(in.data(), 80);
    };
    const MatrixFree A(80, 30, product, adjoint);
    const MatrixFree without(80, 30, product);
    const auto b = random_of<double>(80, 7);
    for (const Method method : least_squares) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(30);
        const KrylovReport r = krylov(method, A, b, x, {.stop = {.max_iterations = 5000}});
        const Eigen::VectorXd residual = b - dense * x;
        EXPECT_EQ(r.status, Status::converged) << r.message;
        EXPECT_LE((dense.transpose() * residual).norm(), 1e-8 * dense.norm() * residual.norm()) << name(method);
        EXPECT_THROW((void)krylov(method, without, b, x), InvalidArgument) << "needs Aᴴ";
    }
}

TEST(LeastSquares, UsesAPreconditionerOnTheRight) {
    const Eigen::VectorXd scales =
        Eigen::VectorXd::LinSpaced(30, -3, 3).unaryExpr([](double e) { return std::pow(10, e); });
    const Eigen::MatrixXd dense = random_dense<double>(80, 30, 8) * scales.asDiagonal();
    const Csr<double> A = from_dense(dense);
    const auto divide = [&](VectorView<double> r, VectorRef<double> z) {
        for (std::size_t i = 0; i < 30; ++i) z[i] = r[i] / scales[static_cast<Index>(i)];
    };
    const MatrixFree M(30, 30, divide, divide);
    const auto b = random_of<double>(80, 9);
    const Eigen::VectorXd expected = scales.cwiseInverse().asDiagonal() *
                                     least_norm_minimiser<double>(dense * scales.cwiseInverse().asDiagonal(), b);
    for (const Method method : least_squares) {
        Eigen::VectorXd x = Eigen::VectorXd::Zero(30);
        const KrylovReport r = krylov(method, A, b, x, M, {.stop = {.rtol = 1e-13}});
        EXPECT_EQ(r.status, Status::converged) << name(method) << ": " << r.message;
        EXPECT_LE(r.iterations, 120) << name(method);
        EXPECT_LE((scales.asDiagonal() * (x - expected)).norm(), 1e-6 * (scales.asDiagonal() * expected).norm());
        EXPECT_LE(r.normal_residual, 1e-13);
    }
}

// ---- several systems

TEST(Columns, AreSolvedOneAfterAnother) {
    const Csr<double> A = poisson2d(12, 12);
    const Eigen::MatrixXd B = random_dense<double>(144, 3, 40);
    Eigen::MatrixXd X = Eigen::MatrixXd::Zero(144, 3);
    const std::vector<KrylovReport> reports = krylov(Method::cg, A, B, X);
    ASSERT_EQ(reports.size(), 3u);
    for (Index k = 0; k < 3; ++k) {
        const Eigen::VectorXd b = B.col(k);
        Eigen::VectorXd x = Eigen::VectorXd::Zero(144);
        EXPECT_EQ(cg(A, b, x).iterations, reports[static_cast<std::size_t>(k)].iterations);
        EXPECT_EQ(x, X.col(k));
    }
    Eigen::MatrixXd narrow(144, 2);
    EXPECT_THROW((void)krylov(Method::cg, A, B, narrow), InvalidArgument);
}

}  // namespace
