// SPDX-License-Identifier: BSD-3-Clause
// The hard cases one by one: shapes, singularity, scaling, and matrices that are wrong for a method.
#include "ritz/solvers/solve.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/equilibration.hpp"
#include "ritz/solvers/ldlt.hpp"
#include "solvers/applicable.hpp"
#include "solvers/oracle.hpp"

namespace {

using namespace ritz;
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

const SolveOptions reporting{.on_failure = OnFailure::report};

Csr<double> sparse(const Matrix& M) {
    return from_dense(M);
}

Csr<double> tridiagonal(Index n) {
    return tridiagonal_toeplitz(n, -1, 4, -2);
}

template <class A, class B>
double eta(const A& a, const Vector& x, const B& b) {
    return static_cast<double>(oracle::errors<double>(a, x, b).eta);
}

/// Solved by report, and by the oracle.
void expect_solved(const Csr<double>& A, const Vector& b, double limit = 1e-14) {
    const auto s = solve(A, b, reporting);
    EXPECT_EQ(s.report.status, Status::solved) << s.report.message;
    EXPECT_LE(eta(A, s.x, b), limit);
}

Vector image_of_ones(const Csr<double>& A) {
    Vector b(A.rows());
    A.apply(Vector::Ones(A.cols()).eval(), b);
    return b;
}

TEST(Solve, GivesAnEmptyAnswerToAnEmptySystem) {
    const auto s = solve(Csr<double>(), Vector());
    EXPECT_EQ(s.report.status, Status::solved);
    EXPECT_EQ(s.x.size(), 0);
}

TEST(Solve, HasZeroForNoEquationsAndTheWholeResidualForNoUnknowns) {
    const Csr<double> wide = to_csr(Coo<double>(0, 3)), tall = to_csr(Coo<double>(3, 0));
    const auto w = solve(wide, Vector());
    EXPECT_EQ(w.x, Vector::Zero(3));
    const auto t = solve(tall, Vector::Ones(3).eval());
    EXPECT_EQ(t.x.size(), 0);
    EXPECT_DOUBLE_EQ(t.report.certificate.residual_norm, std::sqrt(3.0));
}

TEST(Solve, RefusesAWrongLengthNamingBoth) {
    const Csr<double> A = tridiagonal(5);
    for (const Index n : {4, 6}) {
        try {
            (void)solve(A, Vector::Ones(n).eval());
            FAIL();
        } catch (const InvalidArgument& error) {
            EXPECT_NE(std::string(error.what()).find("5"), std::string::npos);
            EXPECT_NE(std::string(error.what()).find(std::to_string(n)), std::string::npos);
        }
    }
    EXPECT_THROW((void)solve(A, Vector::Ones(5).eval(), {.rtol = std::nan("")}), InvalidArgument);
}

TEST(Solve, DividesOneByOneSystemsExactly) {
    for (const double a : {3.0, 1e-310, 1e308, -7.0, 5e-324}) {
        const Vector b = Vector::Constant(1, std::abs(a) < 1e-300 ? 1e-310 : 1.0);
        const auto s = solve(sparse(Matrix::Constant(1, 1, a)), b);
        EXPECT_EQ(s.x[0], b[0] / a) << a;
        EXPECT_EQ(s.report.status, Status::solved);
    }
}

TEST(Solve, SaysSoWhenTheSolutionIsNotRepresentable) {
    const auto s = solve(sparse(Matrix::Constant(1, 1, 1e-310)), Vector::Ones(1).eval(), reporting);
    EXPECT_EQ(s.report.status, Status::not_finite);
}

TEST(Solve, CallsAnOverflowNotFiniteAndNotSingular) {
    const Csr<double> A = sparse((Matrix(2, 2) << 1e-300, 2e-300, 3e-300, 4e-300).finished());
    const auto s = solve(A, Vector::Constant(2, 1e100), reporting);
    EXPECT_EQ(s.report.status, Status::not_finite);
    EXPECT_FALSE(s.report.rank);
}

TEST(Solve, SaysSoWhenElementsOfTheSolutionUnderflow) {
    const auto s =
        solve(sparse((Matrix(2, 2) << 1e300, 0, 0, 1e-300).finished()), Vector::Constant(2, 1e-30), reporting);
    EXPECT_EQ(s.report.status, Status::not_converged);  // x is (1e-330, 1e270)
    const auto t = solve(sparse((Matrix(2, 2) << 1e300, 1, 1e300, 1e-300).finished()),
                         (Vector(2) << 1e-30, 2e-30).finished(), reporting);
    EXPECT_EQ(t.report.status, Status::not_converged);
}

TEST(Solve, AnswersAZeroRightHandSideWithExactZeroWithoutRefining) {
    const auto s = solve(poisson2d(5, 5), Vector::Zero(25).eval());
    EXPECT_EQ(s.report.status, Status::solved);
    EXPECT_EQ(s.x, Vector::Zero(25));
    EXPECT_EQ(s.report.iterations, 0);
    EXPECT_EQ(s.report.certificate.backward_error, 0);
}

TEST(Solve, CallsTheZeroMatrixSingular) {
    const Csr<double> zero = to_csr(Coo<double>(5, 5));
    const auto s = solve(zero, Vector::Ones(5).eval(), reporting);
    EXPECT_EQ(s.report.status, Status::singular_inconsistent);
    EXPECT_EQ(s.report.null_space_dimension, 5);
    EXPECT_EQ(s.x, Vector::Zero(5));
    const auto consistent = solve(zero, Vector::Zero(5).eval(), reporting);
    EXPECT_EQ(consistent.report.status, Status::singular_consistent);
}

TEST(Solve, SumsDuplicatesAndSeesThatTheyCancel) {
    Coo<double> C(2, 2);
    C.add(0, 0, 0.5), C.add(0, 0, 3.5), C.add(1, 1, 2);
    EXPECT_EQ(solve(to_csr(C), Vector::Constant(2, 4).eval()).x, Vector({{1.0, 2.0}}));
    C.add(1, 1, 5), C.add(1, 1, -7);  // a stored zero
    EXPECT_EQ(solve(to_csr(C), Vector::Constant(2, 4).eval(), reporting).report.status, Status::singular_inconsistent);
}

TEST(Solve, TakesExplicitZerosForWhatTheyAre) {
    Coo<double> with(30, 30), without(30, 30);
    Random random(5);
    for (Index i = 0; i < 30; ++i)
        for (Index j = 0; j < 30; ++j) {
            if (i == j || random.uniform() < 0.1) {
                const double a = i == j ? 4 : random.uniform(-1, 1);
                with.add(i, j, a), without.add(i, j, a);
            } else if (random.uniform() < 0.05) {
                with.add(i, j, 0);
            }
        }
    const Vector b = Vector::LinSpaced(30, 1, 2);
    EXPECT_EQ(solve(to_csr(with), b).x, solve(to_csr(without), b).x);
}

TEST(Solve, GivesTheSameAnswerForRowsAndColumns) {
    const Csr<double> A = tridiagonal(40);
    const Vector b = Vector::LinSpaced(40, -1, 3);
    EXPECT_EQ(solve(A, b).x, solve(to_csc(A), b).x);
}

TEST(Solve, SolvesSeveralRightHandSidesAsItSolvesEach) {
    const Csr<double> A = tridiagonal(20);
    const Matrix B = Matrix::Random(20, 3);
    const auto s = solve(A, B);
    ASSERT_EQ(s.certificates.size(), 3u);
    for (int k = 0; k < 3; ++k) EXPECT_EQ(s.x.col(k), solve(A, B.col(k).eval()).x);
    Matrix mixed = Matrix::Ones(4, 2);
    const Csr<double> L = path_laplacian(4);
    mixed.col(0) = image_of_ones(L);
    const auto m = solve(L, mixed, reporting);
    EXPECT_EQ(m.statuses[0], Status::singular_consistent);
    EXPECT_EQ(m.statuses[1], Status::singular_inconsistent);
    EXPECT_EQ(m.report.status, Status::singular_inconsistent);
}

TEST(Solve, WorksWhenXReplacesB) {
    const Csr<double> A = tridiagonal(10);
    Vector x = image_of_ones(A);
    x = solve(A, x).x;
    EXPECT_TRUE(x.isOnes(1e-14));
}

TEST(Solve, SeesStructuralSingularity) {
    Matrix M = to_dense(tridiagonal(30));
    M.col(7).setZero();
    const auto s = solve(sparse(M), Vector::Ones(30).eval(), reporting);
    EXPECT_EQ(s.report.status, Status::singular_inconsistent);
    EXPECT_EQ(s.report.rank, 29);
    EXPECT_TRUE(s.x.allFinite());
    EXPECT_THROW((void)solve(sparse(M), Vector::Ones(30).eval()), SolveFailed);
}

TEST(Solve, FindsTheLeastNormSolutionOfAConsistentSingularSystem) {
    const Index n = 200;
    const Csr<double> L = path_laplacian(n);
    const Vector y = Vector::LinSpaced(n, -3, 8);
    Vector b(n);
    L.apply(y, b);
    const auto s = solve(L, b);
    EXPECT_EQ(s.report.status, Status::singular_consistent);
    EXPECT_EQ(s.report.null_space_dimension, 1);
    EXPECT_LE(static_cast<double>(oracle::errors<double>(L, s.x, b).relative_residual), 1e-10);
    EXPECT_TRUE(s.x.isApprox((y.array() - y.mean()).matrix(), 1e-9));  // the constant part is gone
}

TEST(Solve, HidesNoUnmetEquationBehindALargeRightHandSide) {
    const auto status = [](const Matrix& A, const Vector& b) { return solve(sparse(A), b, reporting).report.status; };
    for (const double large : {1e9, 1e20, 1e200}) {
        EXPECT_EQ(status((Matrix(2, 2) << large, 0, 0, 0).finished(), (Vector(2) << large, 1).finished()),
                  Status::singular_inconsistent);
        EXPECT_EQ(
            status((Matrix(2, 2) << 1, 1, 1 / large, 1 / large).finished(), (Vector(2) << 1, 2 / large).finished()),
            Status::singular_inconsistent);
        EXPECT_EQ(
            status((Matrix(2, 2) << 1, 1, 1 / large, 1 / large).finished(), (Vector(2) << 1, 1 / large).finished()),
            Status::singular_consistent);
        EXPECT_NE(status((Matrix(2, 3) << large, 0, 0, 0, 0, 0).finished(), (Vector(2) << large, 1).finished()),
                  Status::singular_consistent);
    }
}

TEST(Solve, JudgesSinglePrecisionAsItIsReturned) {
    Random random(5);
    for (Index n = 1; n <= 9; ++n) {
        Coo<std::complex<float>> entries(n, n);
        Eigen::VectorXcf b(n);
        for (Index i = 0; i < n; ++i) {
            b[i] = {static_cast<float>(random.uniform()), static_cast<float>(random.uniform())};
            for (Index j = 0; j < n; ++j)
                entries.add(i, j, {static_cast<float>(random.uniform()), static_cast<float>(random.uniform()) - 1});
        }
        const auto A = to_csr(entries);
        const auto s = solve(A, b);
        const double eta = certify(A, s.x, b).backward_error;
        EXPECT_NEAR(s.report.certificate.backward_error, eta, 1e-6 * eta);
    }
}

TEST(Solve, CarriesTheBestXOutOfAFailure) {
    const Csr<double> L = path_laplacian(50);
    try {
        (void)solve(L, Vector::Ones(50).eval());
        FAIL();
    } catch (const SolveFailed& failure) {
        EXPECT_EQ(failure.status(), Status::singular_inconsistent);
        EXPECT_EQ(failure.x<double>().rows(), 50);
        EXPECT_LE(failure.x<double>().cwiseAbs().maxCoeff(), 1e-8);  // 1 is orthogonal to the range
        EXPECT_NE(std::string(failure.what()).find("singular_inconsistent"), std::string::npos);
    }
}

// Backward errors are 5e-17 here while ‖b − A x‖ / ‖b‖ is 25.
TEST(Solve, IsNotFooledByANumericallySingularInconsistentSystem) {
    for (const Index n : {50, 200, 1000}) {
        Coo<double> C(n, n);
        for (Index i = 0; i + 1 < n; ++i) {
            const double w = 1.0 / (3 + i % 7);
            C.add(i, i, w), C.add(i + 1, i + 1, w), C.add(i, i + 1, -w), C.add(i + 1, i, -w);
        }
        Vector b = Vector::Zero(n);
        b[0] = 1;
        const auto s = solve(to_csr(C), b, reporting);
        EXPECT_TRUE(s.report.status == Status::singular_inconsistent || s.report.status == Status::not_converged)
            << n << " " << name(s.report.status);
    }
}

TEST(Solve, CallsTheSingularThreeByThreeIllConditionedOrSingular) {
    const Csr<double> A = sparse(Matrix({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}));
    EXPECT_NE(solve(A, image_of_ones(A), reporting).report.status, Status::solved);
    EXPECT_FALSE(has_answer(solve(A, Vector({{1.0, 0.0, 0.0}}), reporting).report.status));
}

TEST(Solve, NeverPromisesADigitOfALargeHilbertSystem) {
    for (int n = 12; n <= 20; ++n) {
        Matrix H(n, n);
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j) H(i, j) = 1.0 / (i + j + 1);
        const Csr<double> A = sparse(H);
        const Vector b = image_of_ones(A);
        const auto s = solve(A, b, reporting);
        EXPECT_EQ(s.report.status, Status::ill_conditioned) << n;
        EXPECT_LE(eta(A, s.x, b), 1e-14);
        EXPECT_GT(s.report.certificate.condition_estimate, 1e15);
        EXPECT_TRUE(std::isnan(s.report.certificate.forward_error_bound));
    }
}

TEST(Solve, SurvivesTheGrowthOfPartialPivoting) {
    const int n = 100;
    Matrix M = Matrix::Identity(n, n);
    M.triangularView<Eigen::StrictlyLower>().setConstant(-1);
    M.col(n - 1).setOnes();
    expect_solved(sparse(M), Vector::LinSpaced(n, 1, 7));
}

TEST(Solve, FlagsKahansMatrix) {
    const int n = 90;
    const double s = std::sin(1.2), c = std::cos(1.2);
    Matrix K = Matrix::Identity(n, n);
    K.triangularView<Eigen::StrictlyUpper>().setConstant(-c);
    for (int i = 0; i < n; ++i) K.row(i) *= std::pow(s, i);
    const Csr<double> A = sparse(K);
    const Vector b = image_of_ones(A);
    const auto solution = solve(A, b, reporting);
    if (solution.report.status == Status::solved) {
        EXPECT_TRUE(solution.x.isOnes(1e-2));
    } else {
        EXPECT_EQ(solution.report.status, Status::ill_conditioned);
    }
}

TEST(Solve, IsExactUnderScalingByPowersOfTwo) {
    const Csr<double> A = tridiagonal(60);
    const Vector b = Vector::LinSpaced(60, -1, 2);
    const Vector x = solve(A, b).x;
    for (const int e : {-1000, -1010, 1000}) {
        Csr<double> B = A;
        for (double& v : B.values()) v = std::ldexp(v, e);
        Vector c = b;
        for (double& v : c) v = std::ldexp(v, e);
        const auto s = solve(B, c);
        EXPECT_EQ(s.report.status, Status::solved);
        EXPECT_EQ(s.x, x) << e;
    }
}

TEST(Solve, WorksOnSubnormalEntries) {
    Csr<double> A = tridiagonal(20);
    for (double& v : A.values()) v = std::ldexp(v, -1071);
    const Vector b = image_of_ones(A);
    const auto s = solve(A, b);
    EXPECT_EQ(s.report.status, Status::solved);
    EXPECT_TRUE(s.x.isOnes(1e-14));
}

TEST(Solve, IsComponentwiseStableWhenRowsAreScaledWildly) {
    Random random(3);
    Matrix M = to_dense(tridiagonal(80));
    for (int i = 0; i < 80; ++i) M.row(i) *= std::ldexp(1.0, static_cast<int>(random.below(801)) - 400);
    const Csr<double> A = sparse(M);
    const Vector b = image_of_ones(A);
    const auto s = solve(A, b);
    EXPECT_EQ(s.report.status, Status::solved);
    EXPECT_LE(static_cast<double>(oracle::errors<double>(A, s.x, b).omega), 1e-12);
    EXPECT_TRUE(s.x.isOnes(1e-13));
}

TEST(Solve, RaisesNoAlarmForBadScalingAlone) {
    Vector d(40);
    d[0] = 0x1p60;
    for (int i = 1; i < 40; ++i) d[i] = i;
    expect_solved(sparse(d.asDiagonal().toDenseMatrix()), Vector::Ones(40));
    Matrix S = to_dense(poisson1d(40));  // positive definite, scaled from both sides
    for (int i = 0; i < 40; ++i) {
        const double s = std::ldexp(1.0, (i * 37) % 101 - 50);
        S.row(i) *= s, S.col(i) *= s;
    }
    expect_solved(sparse(S), Vector::Ones(40));
}

TEST(Solve, TrustsNoDiagonalPivotWithoutPivoting) {
    expect_solved(sparse(Matrix({{1e-20, 1}, {1, 1}})), Vector({{1.0, 2.0}}));
    expect_solved(sparse(Matrix({{1, 2}, {2, 1}})), Vector({{1.0, 2.0}}));
    expect_solved(sparse(Matrix({{0, 1}, {1, 0}})), Vector({{1.0, 2.0}}));
}

TEST(Solve, RecordsTheCholeskyThatFailed) {
    const auto s = solve(sparse(Matrix({{1, 2, 2}, {2, 1, 2}, {2, 2, 1}})), Vector({{1.0, 2.0, 3.0}}));
    ASSERT_EQ(s.report.attempts.size(), 2u);
    EXPECT_EQ(s.report.attempts[0].method, "cholesky");
    EXPECT_EQ(s.report.attempts[0].status, Status::indefinite_operator);
    EXPECT_EQ(s.report.method, ldlt_available() ? "ldlt" : "lu");
    if (ldlt_available()) {
        EXPECT_EQ(s.report.inertia, (Inertia{1, 2, 0}));
    }
}

TEST(Solve, SolvesIndefiniteSaddlePointAndUnsymmetricSystems) {
    for (const Csr<double>& A : {stokes2d(6, 5), helmholtz2d(12, 12, 0.7), convection_diffusion2d(15, 15, 1e-3),
                                 grcar(100), tridiagonal_toeplitz(50, 0, 4, 1), elasticity2d(5, 5), arrow(300)}) {
        expect_solved(A, Vector::LinSpaced(A.rows(), -1, 1));
    }
}

TEST(Solve, RefusesCholeskyOfWhatIsNotHermitian) {
    const Csr<double> bidiagonal = tridiagonal_toeplitz(20, 0, 4, 1);
    SolveOptions options = reporting;
    options.method = Method::cholesky;
    const auto s = solve(bidiagonal, Vector::Ones(20).eval(), options);
    EXPECT_EQ(s.report.status, Status::not_symmetric);
    Csr<double> nearly = poisson1d(20);
    nearly.values()[1] = std::nextafter(nearly.values()[1], 0);
    EXPECT_EQ(solve(nearly, Vector::Ones(20).eval(), options).report.status, Status::not_symmetric);
    expect_solved(nearly, Vector::Ones(20));
}

TEST(Solve, UsesTheMethodItWasAskedForAndNoOther) {
    const Csr<double> A = poisson2d(7, 7);
    for (const MethodInfo& method : applicable::direct_methods()) {
        SolveOptions options = reporting;
        options.method = method.method;
        const auto s = solve(A, Vector::Ones(49).eval(), options);
        if (method.method == Method::banded) continue;        // any square matrix is one, if need be with a wide band
        if (!applies(method, analyse_structure(A), false)) {  // a structure that A does not have
            EXPECT_FALSE(has_answer(s.report.status)) << method.name;
            EXPECT_FALSE(s.report.message.empty()) << method.name;
            continue;
        }
        EXPECT_EQ(s.report.method, method.name);
        EXPECT_EQ(s.report.status, Status::solved);
    }
    SolveOptions lu = reporting;
    lu.method = Method::lu;
    EXPECT_FALSE(has_answer(solve(to_csr(Coo<double>(3, 3)), Vector::Ones(3).eval(), lu).report.status));
    EXPECT_THROW((void)solve(to_csr(Coo<double>(3, 2)), Vector::Ones(3).eval(), lu), InvalidArgument);
}

TEST(Solve, TellsBadScalingFromSingularityByQrToo) {
    Random random(7);
    const Csr<double> T = tridiagonal(12);
    Equilibration e{Buffer<int>(12), Buffer<int>(12)};
    for (int& exponent : e.row) exponent = static_cast<int>(random.uniform() * 800) - 400;
    for (int& exponent : e.col) exponent = static_cast<int>(random.uniform() * 800) - 400;
    const Csr<double> A = scaled(T, e);
    Vector b(12);
    for (Index i = 0; i < 12; ++i) b[i] = std::ldexp(1 + random.uniform(), e.row[static_cast<std::size_t>(i)]);
    const auto s = solve(A, b, {.method = Method::qr, .on_failure = OnFailure::report});
    EXPECT_EQ(s.report.status, Status::solved) << s.report.message;
    EXPECT_LE(s.report.certificate.componentwise_backward_error, 1e-12);
}

TEST(Solve, RefusesNanAndInfinityNamingThePlace) {
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        Csr<double> A = poisson1d(6);
        A.values()[5] = bad;  // row 2, column 1
        const auto s = solve(A, Vector::Ones(6).eval(), reporting);
        EXPECT_EQ(s.report.status, Status::not_finite);
        EXPECT_NE(s.report.message.find("row 2, column 1"), std::string::npos) << s.report.message;
        Vector b = Vector::Ones(6);
        b[4] = bad;
        const auto t = solve(poisson1d(6), b, reporting);
        EXPECT_EQ(t.report.status, Status::not_finite);
        EXPECT_NE(t.report.message.find("row 4"), std::string::npos);
    }
}

TEST(Solve, StopsAtTheMemoryItMayUse) {
    for (const Method method : {Method::automatic, Method::lu, Method::qr}) {
        const auto s = solve(poisson2d(60, 60), Vector::Ones(3600).eval(),
                             {.method = method, .on_failure = OnFailure::report, .max_memory_bytes = 10000});
        EXPECT_EQ(s.report.status, Status::limit_exceeded);
    }
}

TEST(Solve, StopsWhenItIsCancelled) {
    const std::atomic<bool> cancel = true;
    const auto s = solve(poisson1d(10), Vector::Ones(10).eval(), {.on_failure = OnFailure::report, .cancel = &cancel});
    EXPECT_EQ(s.report.status, Status::interrupted);
}

TEST(Solve, PassesExceptionsOfTheProgressCallbackOn) {
    EXPECT_THROW((void)solve(poisson1d(10), Vector::Ones(10).eval(),
                             {.progress =
                                  [](std::string_view stage, double) {
                                      if (stage == "refine") throw std::runtime_error("enough");
                                  }}),
                 std::runtime_error);
}

template <class T>
class SolveTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(SolveTyped, Scalars);

TYPED_TEST(SolveTyped, SolvesHermitianAndGeneralSystems) {
    using T = TypeParam;
    const Index n = 40;
    for (const bool hermitian : {true, false}) {
        Coo<T> C(n, n);
        for (Index i = 0; i < n; ++i) {
            C.add(i, i, T(4));
            if (i + 1 == n) continue;
            T upper = T(-1);
            if constexpr (is_complex<T>) upper = T(-1, Real<T>(0.5));
            C.add(i, i + 1, upper);
            C.add(i + 1, i, hermitian ? ritz::conjugate(upper) : T(2) * upper);
        }
        const Csr<T> A = to_csr(C);
        const Buffer<T> b = random_vector<T>(n, 7);
        EXPECT_EQ(solve(A, b).report.method, "tridiagonal");
        const auto s = solve(A, b, {.method = hermitian ? Method::cholesky : Method::lu});
        EXPECT_EQ(s.report.status, Status::solved);
        EXPECT_EQ(s.report.method, hermitian ? "cholesky" : "lu");
        const auto errors = oracle::errors<T>(A, s.x, b);
        EXPECT_LE(static_cast<double>(errors.eta), 2 * std::numeric_limits<Real<T>>::epsilon());
        EXPECT_NEAR(s.report.certificate.residual_norm / static_cast<double>(errors.residual_norm), 1, 1e-6);
        const auto reference = oracle::solve<T>(A, b);
        double worst = 0;
        for (Index j = 0; j < n; ++j)
            worst = std::max(
                worst, static_cast<double>((oracle::Number(s.x[j]) - reference.x[static_cast<std::size_t>(j)]).size()));
        EXPECT_LE(worst, std::numeric_limits<Real<T>>::epsilon());
    }
}

TYPED_TEST(SolveTyped, FindsLeastSquaresAndLeastNormSolutions) {
    using T = TypeParam;
    Coo<T> C(4, 2);
    C.add(0, 0, T(1)), C.add(1, 0, T(1)), C.add(2, 1, T(2)), C.add(3, 1, T(2));
    const Buffer<T> b{T(1), T(3), T(2), T(6)};
    const auto tall = solve(to_csr(C), b);
    EXPECT_EQ(tall.report.status, Status::solved);
    EXPECT_LE(std::abs(tall.x[0] - T(2)) + std::abs(tall.x[1] - T(2)), 4e-7);  // means of each group
    const auto wide = solve(adjoint(to_csr(C)), Buffer<T>{T(2), T(8)});
    EXPECT_EQ(wide.report.status, Status::solved);
    EXPECT_LE(std::abs(wide.x[0] - T(1)) + std::abs(wide.x[3] - T(2)), 4e-7);
}

TEST(Solve, DoesNotSquareTheConditionOfLeastSquares) {
    const double eps = 1e-9;  // Läuchli: the normal equations are singular in double precision
    const Csr<double> A = sparse(Matrix({{1, 1}, {eps, 0}, {0, eps}}));
    const Vector b = image_of_ones(A);
    const auto s = solve(A, b);
    EXPECT_EQ(s.report.status, Status::solved);
    EXPECT_TRUE(s.x.isOnes(1e-6));
}

TEST(Solve, SaysTheRankOfADeficientLeastSquaresProblem) {
    Random random(11);
    Matrix M = Matrix::Zero(30, 6);
    for (int i = 0; i < 30; ++i)
        for (int j = 0; j < 5; ++j) M(i, j) = random.uniform(-1, 1);
    M.col(5) = M.col(0) + M.col(1);
    const Csr<double> A = sparse(M);
    const Vector b = Vector::LinSpaced(30, -2, 3);
    const auto s = solve(A, b, reporting);
    EXPECT_EQ(s.report.rank, 5);
    EXPECT_EQ(s.report.null_space_dimension, 1);
    EXPECT_NE(s.report.status, Status::solved);
    EXPECT_LE((M.transpose() * (b - M * s.x)).norm(), 1e-12 * b.norm());
    EXPECT_NEAR(s.x[0] + s.x[1] - s.x[5], 0, 1e-12);  // (1, 1, 0, 0, 0, -1) spans the null space: x is orthogonal to it
}

TEST(Solve, IsUnmovedByTheScaleOfLeastSquares) {
    Random random(12);
    Matrix M(12, 4);
    for (double& v : M.reshaped()) v = random.uniform(-1, 1);
    const Vector b = Vector::LinSpaced(12, -2, 3);
    const Vector x = solve(sparse(M), b).x;
    for (const double s : {0x1p1000, 0x1p-1000}) EXPECT_EQ(solve(sparse(M * s), (b * s).eval()).x, x);
}

TEST(Solve, DoesNotCallAnEquationMetWhoseUnknownUnderflowed) {
    // x = (9e-49, 1e-8): the first is no float, and without it the first equation misses b by 90 %.
    const Csr<float> A(2, 2, {0, 2, 3}, {0, 1, 1}, {1e20f, 1e-21f, 1e-20f});
    const auto [x, report] = solve(A, std::vector<float>{1e-28f, 1e-28f}, {.on_failure = OnFailure::report});
    EXPECT_EQ(x[0], 0);
    EXPECT_EQ(report.status, Status::not_converged);
}

TEST(Methods, AreFoundByTheirNames) {
    for (const MethodInfo& row : applicable::direct_methods()) {
        EXPECT_EQ(method_named(row.name), row.method);
        EXPECT_EQ(name(row.method), row.name);
    }
    EXPECT_EQ(method_named("auto"), Method::automatic);
    EXPECT_EQ(name(Method::automatic), "auto");
    EXPECT_FALSE(method_named("magic"));
}

TEST(Statuses, HaveDifferentNames) {
    std::vector<std::string_view> names;
    for (const Status status : all_statuses()) names.push_back(name(status));
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
    EXPECT_EQ(std::count(names.begin(), names.end(), "unknown"), 0);
}

}  // namespace
