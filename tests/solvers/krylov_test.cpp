// SPDX-License-Identifier: BSD-3-Clause
// What every iterative method promises (C1–C7 of krylov.hpp), and the cases that break such methods elsewhere.
#include "ritz/solvers/krylov.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/combine.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;
using Complex = std::complex<double>;

/// ‖b − A x‖₂, each component in long double.
template <Scalar T>
double true_residual(const CsrView<T>& A, const Eigen::VectorX<T>& b, const Eigen::VectorX<T>& x) {
    long double sum = 0;
    for (Index i = 0; i < A.rows(); ++i) {
        std::complex<long double> r(b[i]);
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
            r -= std::complex<long double>(A.values()[static_cast<std::size_t>(k)]) *
                 std::complex<long double>(x[A.indices()[static_cast<std::size_t>(k)]]);
        sum += std::norm(r);
    }
    return static_cast<double>(std::sqrt(sum));
}

/// ‖Aᴴ r‖₂ / (‖A‖_F ‖r‖₂).
template <Scalar T>
double normal_residual(const CsrView<T>& A, const Eigen::VectorX<T>& b, const Eigen::VectorX<T>& x) {
    const Eigen::MatrixX<T> dense = to_dense(A);
    const Eigen::VectorX<T> r = b - dense * x;
    return (dense.adjoint() * r).norm() / (dense.norm() * r.norm());
}

template <Scalar T>
Eigen::VectorX<T> zeros(Index n) {
    return Eigen::VectorX<T>::Zero(n);
}

template <Scalar T>
Eigen::VectorX<T> random_of(Index n, std::uint64_t seed) {
    const auto v = random_vector<T>(n, seed);
    return Eigen::Map<const Eigen::VectorX<T>>(v.data(), n);
}

std::vector<MethodInfo> iterative() {
    std::vector<MethodInfo> rows;
    for (const MethodInfo& row : methods())
        if (row.kind != "direct") rows.push_back(row);
    return rows;
}

bool needs(const MethodInfo& row, std::string_view what) {
    return std::find(row.needs.begin(), row.needs.end(), what) != row.needs.end();
}

struct Krylov : testing::TestWithParam<MethodInfo> {};
INSTANTIATE_TEST_SUITE_P(, Krylov, testing::ValuesIn(iterative()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(Krylov, ReachesTheToleranceItReports) {
    const Csr<double> A = poisson2d(20, 17);
    const auto b = random_of<double>(A.rows(), 1);
    for (const double rtol : {1e-2, 1e-6, 1e-9}) {
        auto x = zeros<double>(A.cols());
        const KrylovReport r = krylov(GetParam().method, A, b, x, {.stop = {.rtol = rtol}});
        ASSERT_EQ(r.status, Status::converged) << r.message;
        if (GetParam().kind == "least_squares") {  // C2: one of two criteria
            EXPECT_LE(std::min(r.relative_residual, normal_residual(A, b, x)), rtol * (1 + 1e-12));
            EXPECT_NEAR(r.normal_residual / normal_residual(A, b, x), 1, 1e-6);
        } else {
            EXPECT_LE(true_residual<double>(A, b, x), rtol * b.norm() * (1 + 1e-14));
        }
        EXPECT_NEAR(r.residual_norm / true_residual<double>(A, b, x), 1, 1e-6);
        EXPECT_NEAR(r.relative_residual, r.residual_norm / b.norm(), 1e-14 * r.relative_residual + 1e-300);
        EXPECT_EQ(static_cast<std::int64_t>(r.history.size()), r.iterations + 1);
        EXPECT_EQ(r.method, GetParam().name);
    }
}

TEST_P(Krylov, DoesNothingForAnExactStart) {
    const Csr<double> A = poisson2d(9, 9);
    const Eigen::VectorXd exact = Eigen::VectorXd::Ones(81);
    Eigen::VectorXd b(81), x = exact;
    A.apply(exact, b);
    const KrylovReport r = krylov(GetParam().method, A, b, x);
    EXPECT_EQ(r.status, Status::converged);
    EXPECT_EQ(r.iterations, 0);
    EXPECT_EQ(r.residual_norm, 0);
    EXPECT_EQ(x, exact);
}

TEST_P(Krylov, AnswersAZeroRightHandSideWithZero) {
    const Csr<double> A = poisson2d(5, 5);
    const auto b = zeros<double>(25);
    auto x = random_of<double>(25, 3);
    const KrylovReport r = krylov(GetParam().method, A, b, x);
    EXPECT_EQ(r.status, Status::converged);
    EXPECT_EQ(r.iterations, 0);
    EXPECT_EQ(x, zeros<double>(25));
}

TEST_P(Krylov, ScalesWithPowersOfTwo) {
    const Csr<double> A = poisson2d(8, 8);
    const auto b = random_of<double>(64, 4);
    auto x = zeros<double>(64);
    const KrylovReport plain = krylov(GetParam().method, A, b, x);
    ASSERT_EQ(plain.status, Status::converged);
    for (const auto& [a, c] : {std::pair{1000, 1000}, {-1000, -1000}, {900, 0}, {-900, 50}, {0, 1000}, {0, -900}}) {
        Csr<double> scaled_A = A;
        for (double& v : scaled_A.values()) v = std::ldexp(v, a);
        Eigen::VectorXd scaled_b(64), y = zeros<double>(64);
        for (Index i = 0; i < 64; ++i) scaled_b[i] = std::ldexp(b[i], c);
        for (const bool as_operator : {false, true}) {
            y.setZero();
            const MatrixFree by_function(
                64, 64, [&](VectorView<double> in, VectorRef<double> out) { scaled_A.apply(in, out); },
                [&](VectorView<double> in, VectorRef<double> out) { scaled_A.apply_adjoint(in, out); });
            const KrylovReport r = as_operator ? krylov(GetParam().method, by_function, scaled_b, y)
                                               : krylov(GetParam().method, scaled_A, scaled_b, y);
            EXPECT_EQ(r.status, Status::converged) << a << ' ' << c << ' ' << as_operator << ' ' << r.message;
            for (Index i = 0; i < 64; ++i) {
                const double back = std::ldexp(y[i], a - c);
                ASSERT_NEAR(back, x[i], 1e-6 * x.norm()) << a << ' ' << c << ' ' << as_operator;
            }
        }
    }
}

TEST_P(Krylov, KeepsToItsLimitOfIterations) {
    const Csr<double> A = poisson2d(30, 30);
    const auto b = random_of<double>(900, 5);
    for (const std::int64_t limit : {0, 1, 2, 3, 7}) {
        auto x = zeros<double>(900);
        std::int64_t told = 0;
        const KrylovReport r = krylov(
            GetParam().method, A, b, x,
            {.stop = {.rtol = 1e-12, .max_iterations = limit}, .restart = 2, .monitor = [&](const KrylovState& s) {
                 told = std::max(told, s.iteration);
                 return false;
             }});
        EXPECT_LE(r.iterations, limit);
        EXPECT_LE(told, limit);
        EXPECT_EQ(r.status, Status::max_iterations) << r.message;
        EXPECT_NEAR(r.residual_norm, true_residual<double>(A, b, x), 1e-10);
        EXPECT_LE(r.residual_norm, b.norm() * (1 + 1e-14)) << "the best x seen is no worse than the start";
    }
}

TEST_P(Krylov, GivesTheSameBitsAgainAndOnMoreThreads) {
    const Csr<double> A = poisson3d(30, 30, 30);
    const auto b = random_of<double>(A.rows(), 6);
    // y ← Aᴴ x of a CSR adds up what its threads have: there the bits are the same for the same number only.
    const bool adjoint =
        GetParam().kind == "least_squares" || GetParam().method == Method::qmr || GetParam().method == Method::bicg;
    Eigen::VectorXd first;
    for (const int threads : adjoint ? std::vector{2, 2} : std::vector{1, 2, 2}) {
        const ThreadLimit limit(threads);
        auto x = zeros<double>(A.cols());
        (void)krylov(GetParam().method, A, b, x, {.stop = {.rtol = 1e-3, .max_iterations = 400}});
        if (first.size() == 0) first = x;
        EXPECT_TRUE(x == first) << threads << " threads";
    }
}

TEST_P(Krylov, LeavesEverythingReusableWhenTheOperatorThrows) {
    const Csr<double> A = poisson2d(10, 10);
    const auto b = random_of<double>(100, 7);
    int applications = 0;
    const auto counted = [&](auto product) {
        return [&, product](VectorView<double> in, VectorRef<double> out) {
            if (++applications == 7) throw std::domain_error("no more fuel");
            product(in, out);
        };
    };
    const MatrixFree failing(100, 100, counted([&](VectorView<double> in, VectorRef<double> out) { A.apply(in, out); }),
                             counted([&](VectorView<double> in, VectorRef<double> out) { A.apply_adjoint(in, out); }));
    auto x = random_of<double>(100, 8);
    const Eigen::VectorXd before = x;
    EXPECT_THROW((void)krylov(GetParam().method, failing, b, x), std::domain_error);
    EXPECT_EQ(x, before);
    EXPECT_EQ(krylov(GetParam().method, failing, b, x).status, Status::converged);
}

TEST_P(Krylov, NamesANaNOfTheOperator) {
    const Csr<double> A = poisson2d(10, 10);
    const auto b = random_of<double>(100, 9);
    int applications = 0;
    const auto spoiled = [&](auto product) {
        return [&, product](VectorView<double> in, VectorRef<double> out) {
            product(in, out);
            if (++applications >= 5) out[3] = std::nan("");
        };
    };
    const MatrixFree broken(100, 100, spoiled([&](VectorView<double> in, VectorRef<double> out) { A.apply(in, out); }),
                            spoiled([&](VectorView<double> in, VectorRef<double> out) { A.apply_adjoint(in, out); }));
    auto x = zeros<double>(100);
    const KrylovReport r = krylov(GetParam().method, broken, b, x);
    EXPECT_EQ(r.status, Status::not_finite) << name(r.status) << ' ' << r.message;
    EXPECT_TRUE(x.allFinite());
    EXPECT_LE(r.iterations, 40);
}

TEST_P(Krylov, RefusesWhatIsNotFinite) {
    Csr<double> A = poisson2d(4, 4);
    auto b = random_of<double>(16, 10);
    auto x = zeros<double>(16);
    b[3] = std::nan("");
    EXPECT_EQ(krylov(GetParam().method, A, b, x).status, Status::not_finite);
    b[3] = 1;
    A.values()[5] = std::numeric_limits<double>::infinity();
    EXPECT_EQ(krylov(GetParam().method, A, b, x).status, Status::not_finite);
    EXPECT_EQ(x, zeros<double>(16));
}

TEST_P(Krylov, TakesTheSmallestSystems) {
    const Csr<double> empty(0, 0, {0}, {}, {});
    Eigen::VectorXd none(0);
    EXPECT_EQ(krylov(GetParam().method, empty, Eigen::VectorXd(0), none).status, Status::converged);
    for (const double a : {3.0, 1e-310, 1e308}) {
        const Csr<double> A(1, 1, {0, 1}, {0}, {a});
        Eigen::VectorXd b(1), x(1);
        b[0] = 6 * a > 1e308 ? a : 6 * a;
        x[0] = 0;
        const KrylovReport r = krylov(GetParam().method, A, b, x);
        EXPECT_EQ(r.status, Status::converged) << a << ' ' << r.message;
        EXPECT_NEAR(x[0], b[0] / a, 1e-8 * b[0] / a) << a;
    }
}

TEST_P(Krylov, DoesNotCallASingularInconsistentSystemConverged) {
    Csr<double> A = path_laplacian(60, {});
    for (Offset k = 0; k < A.nnz(); ++k) A.values()[static_cast<std::size_t>(k)] *= 1.0 / 3;
    Eigen::VectorXd b = zeros<double>(60), x = zeros<double>(60);
    b[0] = 1;
    const KrylovReport r = krylov(GetParam().method, A, b, x);
    EXPECT_EQ(r.status == Status::converged, GetParam().kind == "least_squares") << r.message;  // a minimiser
    EXPECT_TRUE(x.allFinite());
    // The second term is the rounding of the reference: x may be huge along the null space.
    EXPECT_NEAR(r.residual_norm, true_residual<double>(A, b, x), 1e-8 * (1 + r.residual_norm) + 1e-18 * x.norm());
}

TEST_P(Krylov, NamesTheAttainableAccuracy) {
    const Csr<double> A = poisson1d(200);
    const auto b = random_of<double>(200, 11);
    auto x = zeros<double>(200);
    // AᴴA has the condition 3e8, for which 10 n products are not enough.
    const std::int64_t limit = GetParam().kind == "least_squares" ? 60000 : -1;
    const KrylovReport r =
        krylov(GetParam().method, A, b, x, {.stop = {.rtol = 1e-19, .max_iterations = limit}, .restart = 200});
    EXPECT_NE(r.status, Status::converged);
    EXPECT_NEAR(r.residual_norm / true_residual<double>(A, b, x), 1, 1e-6);
    EXPECT_FALSE(r.message.empty());
    if (GetParam().method != Method::richardson) {
        EXPECT_LE(r.relative_residual, 1e-9) << r.message;
    }
}

TEST_P(Krylov, StopsWhenTheMonitorSaysSo) {
    const Csr<double> A = poisson2d(30, 30);
    const auto b = random_of<double>(900, 12);
    auto x = zeros<double>(900);
    const KrylovReport r =
        krylov(GetParam().method, A, b, x,
               {.stop = {.rtol = 1e-14}, .monitor = [](const KrylovState& s) { return s.iteration >= 6; }});
    EXPECT_EQ(r.status, Status::interrupted);
    EXPECT_LE(r.iterations, 10);
    const std::atomic<bool> cancel{true};
    EXPECT_EQ(krylov(GetParam().method, A, b, x, {.cancel = &cancel}).status, Status::interrupted);
}

TEST_P(Krylov, WorksInComplexArithmeticAndSinglePrecision) {
    // D A Dᴴ with unit complex d: Hermitian positive definite, or complex symmetric D A D for those that need that.
    const Csr<double> P = poisson2d(9, 8);
    Coo<Complex> entries(72, 72);
    const bool symmetric = GetParam().method == Method::cocg;
    for (Index i = 0; i < 72; ++i)
        for (Offset k = P.indptr()[static_cast<std::size_t>(i)]; k < P.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            const Index j = P.indices()[static_cast<std::size_t>(k)];
            const Complex phase = symmetric ? Complex(1, 0) : std::polar(1.0, 0.3 * i - 0.3 * j);
            const Complex shift = symmetric && i == j ? Complex(0, 0.5) : Complex(0, 0);
            entries.add(i, j, P.values()[static_cast<std::size_t>(k)] * phase + shift);
        }
    Csr<Complex> A = to_csr(entries);
    if (!symmetric)  // exactly Hermitian
        for (Index i = 0; i < 72; ++i)
            for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++k) {
                const Index j = A.indices()[static_cast<std::size_t>(k)];
                if (j > i) A.values()[static_cast<std::size_t>(k)] = std::conj(A.at(j, i));
                if (j == i) A.values()[static_cast<std::size_t>(k)] = A.at(i, i).real();
            }
    const auto b = random_of<Complex>(72, 13);
    auto x = zeros<Complex>(72);
    const KrylovReport r = krylov(GetParam().method, A, b, x);
    ASSERT_EQ(r.status, Status::converged) << r.message;
    EXPECT_LE(true_residual<Complex>(A, b, x), 1e-8 * b.norm() * (1 + 1e-12));

    Buffer<float> values;
    for (const double v : P.values()) values.push_back(static_cast<float>(v));
    const Csr<float> F(72, 72, {P.indptr().begin(), P.indptr().end()}, {P.indices().begin(), P.indices().end()},
                       values);
    const auto bf = random_of<float>(72, 14);
    auto xf = zeros<float>(72);
    const KrylovReport rf = krylov(GetParam().method, F, bf, xf, {.stop = {.rtol = 1e-4}});
    ASSERT_EQ(rf.status, Status::converged) << rf.message;
    EXPECT_LE(true_residual<float>(F, bf, xf), 1e-4 * static_cast<double>(bf.norm()) * (1 + 1e-6));
}

TEST_P(Krylov, TakesCscAndRefusesWrongShapes) {
    const Csr<double> A = poisson2d(6, 6);
    const auto b = random_of<double>(36, 15);
    auto x = zeros<double>(36), y = x;
    (void)krylov(GetParam().method, A, b, x);
    (void)krylov(GetParam().method, to_csc(A), b, y);
    EXPECT_EQ(x, y);
    Eigen::VectorXd small(35);
    EXPECT_THROW((void)krylov(GetParam().method, A, small, x), InvalidArgument);
    EXPECT_THROW((void)krylov(GetParam().method, A, b, small), InvalidArgument);
    if (GetParam().kind == "krylov") {
        const Csr<double> wide(2, 3, {0, 1, 2}, {0, 1}, {1, 1});
        Eigen::VectorXd b2(2), x3(3);
        EXPECT_THROW((void)krylov(GetParam().method, wide, b2, x3), InvalidArgument);
    }
}

TEST_P(Krylov, RefusesAMatrixThatIsNotHermitianIfItNeedsThat) {
    if (!needs(GetParam(), "hermitian") && !needs(GetParam(), "symmetric")) return;
    const Csr<double> A = tridiagonal_toeplitz(40, 1, 4, 0);
    const auto b = random_of<double>(40, 16);
    auto x = zeros<double>(40);
    EXPECT_EQ(krylov(GetParam().method, A, b, x).status, Status::not_symmetric);
}

TEST_P(Krylov, UsesAPreconditioner) {
    // Badly scaled Poisson: its diagonal as M brings back the good one. For least squares the rows must stay as they
    // are: M on the right scales columns only, and scaled rows are another problem.
    const bool least_squares = GetParam().kind == "least_squares";
    Csr<double> A = poisson2d(25, 25);
    for (Index i = 0; i < 625; ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
            A.values()[static_cast<std::size_t>(k)] *= std::pow(
                10.0, (least_squares ? 0 : i % 5) / 2.0 + (A.indices()[static_cast<std::size_t>(k)] % 5) / 2.0);
    Eigen::VectorXd diagonal(625);
    for (Index i = 0; i < 625; ++i) diagonal[i] = A.at(i, i);
    const auto divide = [&](VectorView<double> r, VectorRef<double> z) {
        for (std::size_t i = 0; i < r.size(); ++i) z[i] = r[i] / diagonal[static_cast<Index>(i)];
    };
    const MatrixFree jacobi(625, 625, divide, divide);
    const auto b = random_of<double>(625, 17);
    for (const Side side : {Side::right, Side::left}) {
        auto x = zeros<double>(625), y = x;
        const KrylovReport with = krylov(GetParam().method, A, b, x, jacobi, {.side = side});
        EXPECT_EQ(with.status, Status::converged) << with.message;
        EXPECT_LE(true_residual<double>(A, b, x), 1e-8 * b.norm() * (1 + 1e-12));
        EXPECT_EQ(with.preconditioner, "user");
        const KrylovReport without = krylov(GetParam().method, A, b, y);
        if (GetParam().kind == "krylov" && without.status == Status::converged) {
            EXPECT_LT(with.iterations, without.iterations);
        }
    }
}

// ---- single cases

TEST(KrylovCases, CgNamesAnIndefiniteMatrix) {
    Eigen::MatrixXd M = Eigen::MatrixXd::Zero(50, 50);
    for (Index i = 0; i < 50; ++i) M(i, 49 - i) = 1 + std::min(i, Index{49} - i);
    const Csr<double> A = from_dense(M);
    Eigen::VectorXd b = random_of<double>(50, 1), x = zeros<double>(50);
    EXPECT_EQ(cg(A, b, x).status, Status::indefinite_operator);
    x.setZero();
    EXPECT_EQ(minres(A, b, x).status, Status::converged);
}

TEST(KrylovCases, CgNamesAnIndefinitePreconditioner) {
    const Csr<double> A = poisson2d(8, 8);
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(64);
    const MatrixFree M(64, 64, [](VectorView<double> r, VectorRef<double> z) {
        for (std::size_t i = 0; i < r.size(); ++i) z[i] = i % 2 ? r[i] : -r[i];
    });
    for (const Method method : {Method::cg, Method::minres}) {
        auto x = zeros<double>(64);
        EXPECT_EQ(krylov(method, A, b, x, M).status, Status::indefinite_preconditioner) << name(method);
    }
}

TEST(KrylovCases, GmresNamesStagnation) {
    const Csr<double> A = cyclic_shift(64);
    Eigen::VectorXd b = zeros<double>(64), x = b;
    b[63] = 1;
    const KrylovReport r = gmres(A, b, x, KrylovOptions{.restart = 20});
    EXPECT_EQ(r.status, Status::stagnated) << r.message;
    EXPECT_LE(r.iterations, 60);
    x.setZero();
    EXPECT_EQ(gmres(A, b, x, KrylovOptions{.restart = 64}).status, Status::converged);
    x.setZero();
    EXPECT_EQ(gmres(A, b, x, KrylovOptions{.restart = 1000}).status, Status::converged) << "restart > n";
}

TEST(KrylovCases, HardBreakdownKeepsXFinite) {
    Eigen::MatrixXd M(3, 3);
    M << 0, 1, 0, 1, 0, 0, 0, 0, 0;
    const Csr<double> A = from_dense(M);
    Eigen::VectorXd b(3);
    b << 1, 0, 1;
    for (const MethodInfo& row : iterative()) {
        if (needs(row, "positive_definite")) continue;
        auto x = zeros<double>(3);
        const KrylovReport r = krylov(row.method, A, b, x);
        EXPECT_EQ(r.status == Status::converged, row.kind == "least_squares") << row.name;
        EXPECT_TRUE(x.allFinite()) << row.name;
        EXPECT_NEAR(r.residual_norm, true_residual<double>(A, b, x), 1e-12) << row.name;
        EXPECT_LE(r.iterations, 1000) << row.name;
    }
}

TEST(KrylovCases, LuckyBreakdownIsConvergence) {
    Csr<double> identity = poisson2d(5, 5);
    Coo<double> entries(25, 25);
    for (Index i = 0; i < 25; ++i) entries.add(i, i, 1);
    identity = to_csr(entries);
    const auto b = random_of<double>(25, 2);
    for (const MethodInfo& row : iterative()) {
        auto x = zeros<double>(25);
        const KrylovReport r = krylov(row.method, identity, b, x);
        EXPECT_EQ(r.status, Status::converged) << row.name << ": " << r.message;
        EXPECT_LE(r.iterations, row.method == Method::chebyshev ? 60 : 4) << row.name;
        EXPECT_LE((x - b).norm(), 1e-8 * b.norm()) << row.name;
    }
}

TEST(KrylovCases, MinresSolvesALargeThinSystemHonestly) {
    const Csr<double> A = poisson1d(4000);
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(4000);
    auto x = zeros<double>(4000);
    const KrylovReport r = minres(A, b, x);
    EXPECT_NEAR(r.residual_norm / true_residual<double>(A, b, x), 1, 1e-6);
    EXPECT_EQ(r.status == Status::converged, true_residual<double>(A, b, x) <= 1e-8 * b.norm());
}

TEST(KrylovCases, MinresNamesAnInconsistentSystem) {
    const Csr<double> A = cycle_laplacian(40);
    Eigen::VectorXd b = zeros<double>(40), x = b;
    b[0] = 1;
    const KrylovReport r = minres(A, b, x);
    EXPECT_EQ(r.status, Status::singular_inconsistent) << r.message;
    EXPECT_NEAR(r.residual_norm, std::sqrt(1.0 / 40), 1e-6) << "the distance of b from the range";
}

TEST(KrylovCases, ConsistentSingularSystemsConverge) {
    const Csr<double> A = path_laplacian(200);
    Eigen::VectorXd y = random_of<double>(200, 5), b(200);
    A.apply(y, b);
    for (const Method method : {Method::cg, Method::minres}) {
        auto x = zeros<double>(200);
        EXPECT_EQ(krylov(method, A, b, x).status, Status::converged) << name(method);
    }
}

TEST(KrylovCases, CgEndsAfterAsManyStepsAsThereAreEigenvalues) {
    Coo<double> entries(300, 300);
    for (Index i = 0; i < 300; ++i) entries.add(i, i, 1.0 + i % 7);
    const Csr<double> A = to_csr(entries);
    const auto b = random_of<double>(300, 6);
    for (const Method method : {Method::cg, Method::cr, Method::minres, Method::gmres, Method::fcg}) {
        auto x = zeros<double>(300);
        const KrylovReport r = krylov(method, A, b, x, {.stop = {.rtol = 1e-11}});
        EXPECT_EQ(r.status, Status::converged);
        EXPECT_LE(r.iterations, 8) << name(method);
    }
}

TEST(KrylovCases, TellsTheSpectrum) {
    const Csr<double> A = poisson1d(50);  // 2 − 2 cos(kπ/51)
    const double low = 2 - 2 * std::cos(M_PI / 51), high = 2 + 2 * std::cos(M_PI / 51);
    const auto b = random_of<double>(50, 7);
    for (const Method method : {Method::cg, Method::minres}) {
        auto x = zeros<double>(50);
        const KrylovReport r = krylov(method, A, b, x, {.stop = {.rtol = 1e-12}});
        ASSERT_TRUE(r.smallest_ritz && r.largest_ritz);
        EXPECT_NEAR(*r.smallest_ritz, low, 0.01 * low) << name(method);
        EXPECT_NEAR(*r.largest_ritz, high, 0.01 * high) << name(method);
        EXPECT_NEAR(r.condition_estimate, high / low, 0.3 * high / low) << name(method);
    }
    auto x = zeros<double>(50);
    const KrylovReport r = gmres(A, b, x, KrylovOptions{.stop = {.rtol = 1e-12}});
    EXPECT_NEAR(r.condition_estimate, high / low, 0.3 * high / low);
}

TEST(KrylovCases, DriftOfTheRecurrenceIsSeen) {
    // Condition 1e12: the recurrence of CG falls far below what x reaches.
    Coo<double> entries(200, 200);
    for (Index i = 0; i < 200; ++i) entries.add(i, i, std::pow(10.0, 12.0 * i / 199));
    const Csr<double> D = to_csr(entries);
    const auto b = random_of<double>(200, 8);
    auto x = zeros<double>(200);
    const KrylovReport r = cg(D, b, x, KrylovOptions{.stop = {.rtol = 1e-15, .max_iterations = 20000}});
    EXPECT_NEAR(r.residual_norm / true_residual<double>(D, b, x), 1, 1e-6);
    EXPECT_EQ(r.status == Status::converged, r.residual_norm <= 1e-15 * b.norm());
}

TEST(KrylovCases, AHugePreconditionerIsNoCrash) {
    Eigen::MatrixXd dense(2, 2);
    dense << 2, -0.5, -0.5, 2;
    const Csr<double> A = from_dense(dense);
    for (const double huge : {1e160, 1e200, 1e300}) {
        const MatrixFree M(2, 2,
                           [huge](VectorView<double> r, VectorRef<double> z) { z[0] = r[0], z[1] = huge * r[1]; });
        for (const Method method : {Method::cg, Method::fcg, Method::cr, Method::minres, Method::chebyshev}) {
            Eigen::VectorXd b(2), x = zeros<double>(2);
            b << 1, 0;
            const KrylovReport r = krylov(method, A, b, x, M);
            EXPECT_TRUE(x.allFinite());
            EXPECT_EQ(r.status == Status::converged, true_residual<double>(A, b, x) <= 1e-8) << name(method);
        }
    }
}

TEST(KrylovCases, AnInfinityOfTheOperatorIsNotAMinimiser) {
    for (const double bad : {std::numeric_limits<double>::infinity(), 1e308})
        for (int at = 0; at < 8; ++at)
            for (const Method method : {Method::lsqr, Method::lsmr, Method::cgls}) {
                int count = 0;
                const auto product = [&](VectorView<double> x, VectorRef<double> y) {
                    for (std::size_t i = 0; i < 3; ++i) y[i] = static_cast<double>(i + 1) * x[i];
                    if (count++ == at) y[0] = bad;
                };
                const MatrixFree A(3, 3, product, product);
                const Eigen::VectorXd b = Eigen::VectorXd::Ones(3);
                Eigen::VectorXd x = zeros<double>(3);
                const KrylovReport r = krylov(method, A, b, x);
                if (std::isinf(bad) && r.status == Status::converged) {
                    EXPECT_LE(r.relative_residual, 1e-8) << name(method) << ' ' << at;
                }
            }
}

TEST(KrylovCases, RowsOfAnySizeKeepTheExactSolution) {
    Coo<double> entries(2, 2);
    entries.add(0, 0, 1e20);
    entries.add(1, 1, 1);
    const Csr<double> A = to_csr(entries);
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(2);
    const auto divide = [](VectorView<double> r, VectorRef<double> z) { z[0] = r[0] / 1e20, z[1] = r[1]; };
    const MatrixFree jacobi(2, 2, divide, divide);
    for (const Method method : {Method::cg, Method::minres, Method::gmres, Method::bicgstab, Method::idr}) {
        Eigen::VectorXd x = zeros<double>(2);
        const KrylovReport r = krylov(method, A, b, x, jacobi);
        EXPECT_EQ(r.status, Status::converged) << r.message;
        EXPECT_NEAR(x[1], 1, 1e-8);
    }
}

TEST(KrylovCases, MinresReturnsTheBestXOfAnInconsistentSystem) {
    const Csr<double> A = grid_laplacian(6, 6);
    Eigen::VectorXd b = zeros<double>(36);
    b[0] = 1;
    for (const Method method : {Method::minres, Method::gmres, Method::minres_qlp}) {
        Eigen::VectorXd x = zeros<double>(36);
        const KrylovReport r = krylov(method, A, b, x);
        EXPECT_NE(r.status, Status::converged);
        // The least there is is 1/6; GMRES, which has no x on the way, comes near it.
        EXPECT_LE(r.residual_norm, method == Method::gmres ? 0.25 : 1.01 / 6) << name(method);
    }
}

}  // namespace
