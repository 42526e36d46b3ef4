// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/solve.hpp"
#include "ritz/linalg/cholesky.hpp"
#include "ritz/linalg/lu.hpp"

#include <Eigen/LU>

#include "linalg/matrices.hpp"

namespace ritz::linalg {
namespace {

using namespace testing;
using Eigen::MatrixXd;
using Eigen::VectorXd;

template <class T>
class Solve : public ::testing::Test {};
TYPED_TEST_SUITE(Solve, AllScalars);

/// ‖b − A x‖∞ / (‖A‖∞ ‖x‖∞ + ‖b‖∞), the worst over the columns.
template <class A, class B, class X>
double backward_error(const A& a, const B& b, const X& x) {
    double worst = 0;
    if (a.size() == 0) return 0;
    for (Eigen::Index j = 0; j < b.cols(); ++j) {
        const double r = (b.col(j) - a * x.col(j)).cwiseAbs().maxCoeff();
        const double scale = double(a.cwiseAbs().rowwise().sum().maxCoeff()) * x.col(j).cwiseAbs().maxCoeff() +
                             double(b.col(j).cwiseAbs().maxCoeff());
        worst = std::max(worst, r / scale);
    }
    return worst;
}

TYPED_TEST(Solve, HasATinyBackwardErrorForEveryOrderAndOperation) {
    using T = TypeParam;
    for (const int n : orders) {
        const Eigen::MatrixX<T> A = random_matrix<T>(n, n, 7 + n);
        const Eigen::VectorX<T> b = random_matrix<T>(n, 1, 99 + n);
        EXPECT_LE(backward_error(A, b, solve(A, b)), 20 * u<T>) << n;
        EXPECT_LE(backward_error(A.transpose().eval(), b, solve(A, b, {.op = Op::transpose})), 20 * u<T>) << n;
        EXPECT_LE(backward_error(A.adjoint().eval(), b, solve(A, b, {.op = Op::adjoint})), 20 * u<T>) << n;
        for (const int k : {0, 1, 3, 9}) {
            const Eigen::MatrixX<T> B = random_matrix<T>(n, k, 5 + k);
            const Eigen::MatrixX<T> X = solve(A, B);
            ASSERT_EQ(X.cols(), k);
            EXPECT_LE(backward_error(A, B, X), 20 * (n + 5) * u<T>) << n << ' ' << k;
        }
    }
}

TYPED_TEST(Solve, FindsTheStructureAndSolvesByIt) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    const int n = 60;
    const M G = random_matrix<T>(n, n, 3);
    const M heavy = G + Real<T>(3 * n) * M::Identity(n, n);
    const auto band = [&](int lower, int upper) {
        M B = heavy;
        for (int j = 0; j < n; ++j)
            for (int i = 0; i < n; ++i)
                if (i - j > lower || j - i > upper) B(i, j) = 0;
        return B;
    };
    const M hermitian = G + G.adjoint();
    std::vector<std::pair<M, Structure>> cases{
        {band(0, 0), Structure::diagonal},
        {band(1, 1), Structure::tridiagonal},
        {band(2, 3), Structure::banded},
        {band(n, 0), Structure::lower_triangular},
        {band(0, n), Structure::upper_triangular},
        {random_positive_definite<T>(n, 4), Structure::positive_definite},
        {(hermitian + hermitian.adjoint()) / Real<T>(2), Structure::hermitian},
        {G, Structure::general},
    };
    if (is_complex<T>) cases.emplace_back(G + G.transpose(), Structure::symmetric);
    const Eigen::VectorX<T> b = random_matrix<T>(n, 1, 1);
    for (const auto& [A, structure] : cases) {
        const auto [x, report] = safe_solve(A, b);
        EXPECT_EQ(report.structure, structure) << name(structure);
        EXPECT_EQ(report.status, Status::solved) << name(structure);
        EXPECT_LE(backward_error(A, b, x), 20 * u<T>) << name(structure);
        for (const Op op : {Op::none, Op::transpose, Op::adjoint}) {
            const M opA = op == Op::none ? A : op == Op::transpose ? M(A.transpose()) : M(A.adjoint());
            EXPECT_LE(backward_error(opA, b, solve(A, b, {.op = op, .assume = structure})), 20 * u<T>)
                << name(structure);
        }
    }
}

TEST(SolvePromise, OneTriangleIsEnoughAndABrokenPromiseIsRefused) {
    const MatrixXd A = random_positive_definite<double>(20, 1);
    const VectorXd b = VectorXd::Ones(20), x = solve(A, b);
    const MatrixXd L = A.triangularView<Eigen::Lower>(), U = A.triangularView<Eigen::Upper>();
    EXPECT_LE(difference(x, solve(L, b, {.assume = Structure::positive_definite})), 1e-14);
    EXPECT_LE(difference(x, solve(U, b, {.assume = Structure::hermitian})), 1e-14);
    EXPECT_THROW((void)solve(A, b, {.assume = Structure::diagonal}), InvalidArgument);
    EXPECT_THROW((void)solve(A, b, {.assume = Structure::upper_triangular}), InvalidArgument);
    const MatrixXd G = random_matrix<double>(20, 20, 2);
    EXPECT_THROW((void)solve(G, b, {.assume = Structure::hermitian}), InvalidArgument);
    EXPECT_THROW((void)solve(MatrixXd(-A), b, {.assume = Structure::positive_definite}), NotPositiveDefinite);
}

TEST(SolveShapes, WrongOnesAreNamedAndEmptyOnesWork) {
    EXPECT_THROW((void)solve(MatrixXd(3, 5), VectorXd(3)), InvalidArgument);
    EXPECT_THROW((void)solve(MatrixXd::Identity(3, 3), VectorXd::Ones(4)), InvalidArgument);
    EXPECT_EQ(solve(MatrixXd(0, 0), VectorXd(0)).size(), 0);
    EXPECT_EQ(solve(MatrixXd(0, 0), MatrixXd(0, 3)).cols(), 3);
    for (const double a : {3.0, 1e-310, 1e308})
        EXPECT_EQ(solve(MatrixXd::Constant(1, 1, a), VectorXd::Constant(1, a > 1e307 ? a : 2 * a))[0],
                  a > 1e307 ? 1.0 : 2.0);
    MatrixXd A = MatrixXd::Identity(3, 3);
    A(1, 2) = std::nan("");
    EXPECT_THROW((void)solve(A, VectorXd::Ones(3)), InvalidArgument);
}

TEST(SolveHonesty, ExactlySingularMatricesAreNamed) {
    for (const int n : {2, 5, 40}) {
        MatrixXd A = MatrixXd::Zero(n, n);
        EXPECT_THROW((void)solve(A, VectorXd::Ones(n)), SingularMatrix);
        A = random_matrix<double>(n, n, 5);
        A.col(n / 2).setZero();
        EXPECT_THROW((void)solve(A, VectorXd::Ones(n)), SingularMatrix);
        const auto [x, report] = safe_solve(A, VectorXd::Ones(n));
        EXPECT_EQ(report.status, Status::breakdown);
        EXPECT_EQ(report.rcond, 0);
        EXPECT_TRUE(x.array().isNaN().all());
    }
}

TEST(SolveHonesty, NumericallySingularMatricesAreIllConditioned) {
    const MatrixXd A{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    EXPECT_THROW(
        {
            try {
                (void)solve(A, VectorXd::Ones(3));
            } catch (const SingularMatrix&) {  // rounding may also give an exact zero
                throw IllConditioned("", 0);
            }
        },
        IllConditioned);
    for (int n = 12; n <= 20; ++n) {
        const MatrixXd H = hilbert(n);
        const VectorXd b = VectorXd::Ones(n);
        EXPECT_THROW((void)solve(H, b), IllConditioned) << n;
        const auto [x, report] = safe_solve(H, b);
        EXPECT_EQ(report.status, Status::ill_conditioned) << n;
        EXPECT_LE(report.backward_error, 1e-14) << n;
        EXPECT_TRUE(std::isinf(report.forward_error_bound));
        EXPECT_LE(backward_error(H, b, solve(H, b, {.on_ill_conditioned = OnIllConditioned::accept})), 1e-14);
    }
    EXPECT_NO_THROW((void)solve(hilbert(8), VectorXd::Ones(8)));
    // An inconsistent, nearly singular Laplacian of a weighted path: its backward error is tiny, its x meaningless.
    const int n = 200;
    MatrixXd laplacian = MatrixXd::Zero(n, n);
    for (int i = 0; i + 1 < n; ++i) {
        const double w = 1.0 / (3 + i % 7);
        laplacian(i, i) += w, laplacian(i + 1, i + 1) += w, laplacian(i, i + 1) -= w, laplacian(i + 1, i) -= w;
    }
    EXPECT_THROW((void)solve(laplacian, VectorXd::Unit(n, 0)), Error);
    EXPECT_NE(safe_solve(laplacian, VectorXd::Unit(n, 0)).report.status, Status::solved);
}

TEST(SolveHonesty, GrowthOfPartialPivotingDoesNotSpoilTheSolution) {
    for (const int n : {12, 30, 64, 100, 200}) {
        const MatrixXd A = wilkinson_growth(n);
        const VectorXd expected = random_matrix<double>(n, 1, n), b = A * expected;
        EXPECT_LE(difference(expected, solve(A, b)), 1e-12) << n;
        const MatrixXd X = random_matrix<double>(n, 7, n);
        EXPECT_LE(difference(X, solve(A, MatrixXd(A * X))), 1e-12) << n;
    }
}

TEST(SolveScaling, PowersOfTwoInRowsAndColumnsChangeNothing) {
    for (const int n : {3, 10, 40}) {
        const MatrixXd A = random_matrix<double>(n, n, 8);
        const VectorXd b = random_matrix<double>(n, 1, 9), x = solve(A, b);
        for (const int e : {-1000, 1000}) {
            const MatrixXd S = A * std::ldexp(1.0, e);
            const VectorXd c = b * std::ldexp(1.0, e);
            EXPECT_LE(difference(x, solve(S, c)), 1e-14) << n << ' ' << e;
        }
        MatrixXd rows = A;
        VectorXd c = b;
        for (int i = 0; i < n; ++i) {
            const double s = std::ldexp(1.0, i % 2 ? 400 : -400);
            rows.row(i) *= s, c[i] *= s;
        }
        EXPECT_LE(difference(x, solve(rows, c)), 1e-13) << n;
    }
    VectorXd d = VectorXd::LinSpaced(40, 1, 40);
    d[0] = std::ldexp(1.0, 60);
    const MatrixXd D = d.asDiagonal();
    EXPECT_EQ(solve(D, d), VectorXd::Ones(40));
    MatrixXd S = random_positive_definite<double>(30, 2);
    const VectorXd y = random_matrix<double>(30, 1, 3);
    VectorXd scale(30);
    for (int i = 0; i < 30; ++i) scale[i] = std::ldexp(1.0, (i % 5 - 2) * 90);
    const VectorXd expected = solve(S, y);
    const MatrixXd scaled = scale.asDiagonal() * S * scale.asDiagonal();
    const auto [x, report] = safe_solve(scaled, VectorXd(scale.asDiagonal() * y));
    EXPECT_EQ(report.structure, Structure::positive_definite);
    EXPECT_EQ(report.status, Status::solved);
    EXPECT_LE(difference(expected, VectorXd(scale.asDiagonal() * x)), 1e-13);
}

TEST(SolveScaling, ASolutionTooLargeForItsTypeIsSaidToBe) {
    EXPECT_THROW((void)solve(MatrixXd(1e-200 * MatrixXd::Identity(20, 20)), VectorXd::Constant(20, 1e200)),
                 LimitExceeded);
    EXPECT_THROW((void)solve(MatrixXd(1e-200 * MatrixXd::Identity(3, 3)), VectorXd::Constant(3, 1e200)), LimitExceeded);
}

TEST(SolveReportTest, TheForwardErrorIsBelowItsBound) {
    for (const int n : {5, 8, 10, 11}) {
        // Hilbert matrices times their common denominator are exact, and so are b and x.
        MatrixXd H = hilbert(n);
        double denominator = 1;
        for (int k = 2; k < 2 * n; ++k)
            if (std::fmod(denominator, k) != 0) {
                double g = 1;
                for (int d = 2; d <= k; ++d)
                    if (k % d == 0 && std::fmod(denominator, d) == 0) g = d;
                denominator *= k / g;
            }
        H = (H * denominator).array().round();
        const VectorXd expected = VectorXd::Ones(n), b = H * expected;
        const auto [x, report] = safe_solve(H, b);
        if (report.status != Status::solved) continue;
        EXPECT_LE((x - expected).cwiseAbs().maxCoeff(), report.forward_error_bound) << n;
        EXPECT_LE(report.componentwise_backward_error, 1e-15) << n;
        EXPECT_GT(report.rcond, 0);
        EXPECT_FALSE(report.explanation.empty());
    }
}

TEST(SolveArguments, MeetAsInNumPy) {
    const Eigen::MatrixXi A{{2, 1}, {1, 3}};
    const Eigen::VectorXf b = Eigen::VectorXf::Ones(2);
    const auto x = solve(A, b);
    static_assert(std::same_as<decltype(x), const VectorXd>);
    EXPECT_LE(difference(VectorXd{{0.4, 0.2}}, x), 1e-15);
    VectorXd y = VectorXd::Ones(2);
    y = solve(A, y);
    EXPECT_LE(difference(x, y), 1e-15);
}

TEST(SolveOfDiagonalMatrices, DividesElementByElement) {
    const Eigen::Vector2d d(1e300, 1e-300), one(1, 1);
    const auto [x, report] = safe_solve(Eigen::MatrixXd(d.asDiagonal()), Eigen::VectorXd(one));
    EXPECT_EQ(report.status, Status::solved);
    EXPECT_DOUBLE_EQ(x[0], 1e-300);
    EXPECT_DOUBLE_EQ(x[1], 1e300);
    const Eigen::VectorXd b = Eigen::Vector2d(1e300, 1e-300);
    EXPECT_EQ(solve(Eigen::MatrixXd::Identity(2, 2), b), b);
}

TEST(LuSolve, KeepsTinyRightHandSidesAndNamesWhatIsTooLarge) {
    Eigen::MatrixXd A(2, 2);
    A << 1e300, 1, 1e300, 2;
    const auto factor = lu_factor(A);
    const Eigen::VectorXd x = lu_solve(factor, Eigen::Vector2d(1e-25, 2e-25));
    EXPECT_NEAR(x[1] / 1e-25, 1, 1e-14);
    const Eigen::MatrixXd tiny = Eigen::MatrixXd::Constant(1, 1, 1e-200);
    EXPECT_THROW((void)lu_solve(lu_factor(tiny), Eigen::VectorXd::Constant(1, 1e200)), LimitExceeded);
    EXPECT_THROW((void)cho_solve(cho_factor(tiny), Eigen::VectorXd::Constant(1, 1e200)), LimitExceeded);
}

TEST(Determinant, OfNearlySingularMatricesIsNotZero) {
    Eigen::MatrixXd A(2, 2);
    A << 1 + 0x1p-30, 1, 1, 1 - 0x1p-30;
    EXPECT_EQ(det(A), -0x1p-60);
    Eigen::MatrixXf F(2, 2);
    F << 1 + 0x1p-13F, 1, 1, 1 - 0x1p-13F;
    EXPECT_EQ(det(F), -0x1p-26F);
}

TEST(SolveReportOfManyColumns, BoundsTheWorstColumn) {
    Eigen::MatrixXf A(3, 3);
    A << 1, 2, -2, 2, 5, -6, 1, 0, 3;
    const Eigen::MatrixXf X = Eigen::MatrixXf::Random(3, 6), B = A * X;
    const auto [found, report] = safe_solve(A, B);
    const Eigen::MatrixXd exact = A.cast<double>().inverse() * B.cast<double>();
    for (Eigen::Index j = 0; j < 6; ++j)
        EXPECT_LE((found.col(j).cast<double>() - exact.col(j)).norm() / exact.col(j).norm(),
                  report.forward_error_bound * 2);
}

}  // namespace
}  // namespace ritz::linalg
