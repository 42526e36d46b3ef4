// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/structured.hpp"

#include "linalg/matrices.hpp"

namespace ritz::linalg {
namespace {

using namespace testing;
using Eigen::MatrixXd;
using Eigen::VectorXd;

template <class T>
class Structured : public ::testing::Test {};
TYPED_TEST_SUITE(Structured, AllScalars);

template <class T>
Eigen::MatrixX<T> toeplitz_of(const Eigen::VectorX<T>& c, const Eigen::VectorX<T>& r) {
    Eigen::MatrixX<T> A(c.size(), r.size());
    for (Eigen::Index j = 0; j < A.cols(); ++j)
        for (Eigen::Index i = 0; i < A.rows(); ++i) A(i, j) = i >= j ? c[i - j] : r[j - i];
    return A;
}

TYPED_TEST(Structured, TrianglesAreSolvedForEveryOperationAndTheOtherTriangleIsNotRead) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    for (const int n : {0, 1, 2, 5, 16, 33, 130}) {
        M A = random_matrix<T>(n, n, n) / Real<T>(n + 1);
        A.diagonal().array() += T(2);
        const M B = random_matrix<T>(n, 3, 5);
        for (const Uplo uplo : {Uplo::lower, Uplo::upper})
            for (const bool unit : {false, true}) {
                M triangle = uplo == Uplo::lower ? M(A.template triangularView<Eigen::Lower>())
                                                 : M(A.template triangularView<Eigen::Upper>());
                M given = triangle;
                if (uplo == Uplo::lower)
                    given.template triangularView<Eigen::StrictlyUpper>().setConstant(T(std::nan("")));
                else
                    given.template triangularView<Eigen::StrictlyLower>().setConstant(T(std::nan("")));
                if (unit) triangle.diagonal().setOnes(), given.diagonal().setConstant(T(std::nan("")));
                const TriangularOptions options{.uplo = uplo, .unit_diagonal = unit};
                TriangularOptions transposed = options, adjoint = options;
                transposed.op = Op::transpose, adjoint.op = Op::adjoint;
                const double bound = 1000 * (n + 1) * u<T>;
                EXPECT_LE(difference(B, solve_triangular(given, M(triangle * B), options)), bound) << n;
                EXPECT_LE(difference(B, solve_triangular(given, M(triangle.transpose() * B), transposed)), bound) << n;
                EXPECT_LE(difference(B, solve_triangular(given, M(triangle.adjoint() * B), adjoint)), bound) << n;
            }
    }
    M singular = M::Identity(4, 4);
    singular(2, 2) = 0;
    EXPECT_THROW((void)solve_triangular(singular, M(M::Ones(4, 1))), SingularMatrix);
}

TEST(TriangularHonesty, KahansTriangleIsIllConditionedAndAScaledOneIsNot) {
    const int n = 90;
    const double c = std::cos(1.2), s = std::sin(1.2);
    MatrixXd K = MatrixXd::Zero(n, n);
    for (int i = 0; i < n; ++i) {
        K(i, i) = std::pow(s, i);
        for (int j = i + 1; j < n; ++j) K(i, j) = -c * std::pow(s, i);
    }
    EXPECT_NO_THROW((void)solve_triangular(MatrixXd(MatrixXd(VectorXd::LinSpaced(9, 1, 9).asDiagonal()) * 0x1p1000),
                                           VectorXd(VectorXd::Ones(9))));
    MatrixXd W = MatrixXd::Identity(80, 80);
    W.triangularView<Eigen::StrictlyUpper>().setConstant(-1);
    EXPECT_THROW((void)solve_triangular(W, VectorXd(VectorXd::Ones(80))), IllConditioned);
    const VectorXd x =
        solve_triangular(K, VectorXd(VectorXd::Ones(n)), {.on_ill_conditioned = OnIllConditioned::accept});
    const VectorXd allowed = n * u<double> * (K.cwiseAbs() * x.cwiseAbs() + VectorXd::Ones(n));
    EXPECT_TRUE(((K * x - VectorXd::Ones(n)).cwiseAbs().array() <= allowed.array()).all());
}

TYPED_TEST(Structured, BandSystemsAreSolvedAndCornersAreNotRead) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    for (const int n : {1, 2, 6, 50})
        for (const int lower : {0, 1, 3})
            for (const int upper : {0, 2, 60}) {
                M A = random_matrix<T>(n, n, n + lower), ab = M::Constant(lower + upper + 1, n, T(std::nan("")));
                A.diagonal().array() += T(static_cast<Real<T>>(3 * n));
                for (int j = 0; j < n; ++j)
                    for (int i = 0; i < n; ++i) {
                        if (i - j > lower || j - i > upper)
                            A(i, j) = 0;
                        else
                            ab(upper + i - j, j) = A(i, j);
                    }
                const M B = random_matrix<T>(n, 2, 6);
                EXPECT_LE(difference(B, solve_banded(lower, upper, ab, M(A * B))), 1000 * n * u<T>) << n;
            }
    EXPECT_THROW((void)solve_banded(1, 1, M(M::Zero(3, 4)), M(M::Ones(4, 1))), SingularMatrix);
    EXPECT_THROW((void)solve_banded(1, 1, M(M::Zero(2, 4)), M(M::Ones(4, 1))), InvalidArgument);
    MatrixXd second(3, 50);
    second.row(0).setConstant(-1), second.row(1).setConstant(2), second.row(2).setConstant(-1);
    const VectorXd b = VectorXd::Ones(50);
    VectorXd expected(50);
    for (int i = 0; i < 50; ++i) expected[i] = 0.5 * (i + 1) * (50 - i);
    EXPECT_LE(difference(expected, solve_banded(1, 1, second, b)), 1e-14);
    EXPECT_LE(difference(expected, solveh_banded(second.topRows(2), b)), 1e-12);
    EXPECT_LE(difference(expected, solveh_banded(second.bottomRows(2), b, {.uplo = Uplo::lower})), 1e-12);
}

TYPED_TEST(Structured, ToeplitzSystemsAreSolved) {
    using T = TypeParam;
    using V = Eigen::VectorX<T>;
    for (const int n : {0, 1, 2, 5, 33, 64, 200}) {
        V c = random_matrix<T>(n, 1, n), r = random_matrix<T>(n, 1, n + 1);
        if (n > 0) c[0] = T(static_cast<Real<T>>(3 * n));
        if (n > 0) r[0] = T(99);  // not read
        V first = r;
        if (n > 0) first[0] = c[0];
        const Eigen::MatrixX<T> A = toeplitz_of<T>(c, first), x = random_matrix<T>(n, 2, 3);
        EXPECT_LE(difference(x, solve_toeplitz(c, r, Eigen::MatrixX<T>(A * x))), 1000 * (n + 1) * u<T>) << n;
        EXPECT_LE(difference(Eigen::MatrixX<T>(A * x), matmul_toeplitz(c, r, x)), 100 * (n + 1) * u<T>) << n;
        V h = c;
        const Eigen::MatrixX<T> H = toeplitz_of<T>(h, h.conjugate());
        EXPECT_LE(difference(x, solve_toeplitz(h, Eigen::MatrixX<T>(H * x))), 1000 * (n + 1) * u<T>) << n;
    }
    const V c = random_matrix<T>(7, 1, 1), r = random_matrix<T>(4, 1, 2);
    V first = r;
    first[0] = c[0];
    const V x = random_matrix<T>(4, 1, 3);
    EXPECT_LE(difference(V(toeplitz_of<T>(c, first) * x), matmul_toeplitz(c, r, x)), 100 * u<T>);
}

TEST(ToeplitzHonesty, SingularLeadingMinorsAndIllConditioningAreNoTraps) {
    for (const int n : {2, 40, 100}) {
        VectorXd c = VectorXd::Zero(n), r = VectorXd::Zero(n);
        c[1] = 1, r[1] = 1;  // zero diagonal; n even: not singular
        const VectorXd x = random_matrix<double>(n, 1, 5), first = r;
        EXPECT_LE(difference(x, solve_toeplitz(c, r, VectorXd(toeplitz_of<double>(c, first) * x))), 1e-12) << n;
        VectorXd almost = c;
        almost[0] = 1e-9;
        VectorXd almost_row = r;
        almost_row[0] = 1e-9;
        EXPECT_LE(difference(x, solve_toeplitz(almost, r, VectorXd(toeplitz_of<double>(almost, almost_row) * x))),
                  1e-12)
            << n;
    }
    EXPECT_THROW((void)solve_toeplitz(VectorXd(VectorXd::Ones(50)), VectorXd(VectorXd::Ones(50))), Error);
    VectorXd prolate(60);
    prolate[0] = 0.4;
    for (int k = 1; k < 60; ++k) prolate[k] = std::sin(0.4 * M_PI * k) / (M_PI * k);
    EXPECT_THROW((void)solve_toeplitz(prolate, VectorXd(VectorXd::Ones(60))), Error);
}

TYPED_TEST(Structured, CirculantSystemsAreSolvedForEveryLength) {
    using T = TypeParam;
    using V = Eigen::VectorX<T>;
    for (const int n : {0, 1, 2, 3, 7, 8, 12, 31, 64, 97, 100}) {
        V c = random_matrix<T>(n, 1, n + 3);
        if (n > 0) c[0] += T(static_cast<Real<T>>(3 * n));
        Eigen::MatrixX<T> A(n, n);
        for (int j = 0; j < n; ++j)
            for (int i = 0; i < n; ++i) A(i, j) = c[(i - j + n) % n];
        const Eigen::MatrixX<T> x = random_matrix<T>(n, 2, 3);
        EXPECT_LE(difference(x, solve_circulant(c, Eigen::MatrixX<T>(A * x))), 100 * (n + 1) * u<T>) << n;
    }
}

TEST(CirculantHonesty, SingularOnesAreNamedOrSolvedInTheLeastSquaresSense) {
    VectorXd c = VectorXd::Zero(6), b(6);
    c[0] = 1, c[1] = -1;  // the sum of each row is zero
    b << 1, -1, 2, 0, -3, 1;
    EXPECT_THROW((void)solve_circulant(c, b), SingularMatrix);
    const VectorXd x = solve_circulant(c, b, {.singular = CirculantOptions::Singular::least_norm});
    EXPECT_NEAR(x.sum(), 0, 1e-14);
    for (int i = 0; i < 6; ++i) EXPECT_NEAR(x[i] - x[(i + 5) % 6], b[i], 1e-14);
    EXPECT_THROW((void)solve_circulant(VectorXd(VectorXd::Zero(3)), VectorXd(VectorXd::Ones(3))), SingularMatrix);
}

}  // namespace
}  // namespace ritz::linalg
