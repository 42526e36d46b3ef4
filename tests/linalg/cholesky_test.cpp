// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/cholesky.hpp"

#include "linalg/matrices.hpp"
#include "ritz/linalg/ldl.hpp"

namespace ritz::linalg {
namespace {

using namespace testing;
using Eigen::MatrixXd;
using Eigen::VectorXd;

template <class T>
class Cholesky : public ::testing::Test {};
TYPED_TEST_SUITE(Cholesky, AllScalars);

TYPED_TEST(Cholesky, BothTrianglesMultiplyBackForEveryOrder) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    for (const int n : orders) {
        const M A = random_positive_definite<T>(n, n + 1);
        const M L = cholesky(A), U = cholesky(A, {.uplo = Uplo::upper});
        EXPECT_LE(difference(A, M(L * L.adjoint())), (n + 5) * u<T>) << n;
        EXPECT_LE(difference(A, M(U.adjoint() * U)), (n + 5) * u<T>) << n;
        if (n == 0) continue;
        EXPECT_TRUE(L.isLowerTriangular(0) && U.isUpperTriangular(0)) << n;
        const M half = A.template triangularView<Eigen::Lower>();
        EXPECT_EQ(cholesky(half), L) << n;
        const M B = random_matrix<T>(n, 3, 2);
        const CholeskyFactor<T> factor = cho_factor(A);
        EXPECT_LE(difference(B, cho_solve(factor, M(A * B))), 100 * (n + 5) * u<T> / factor.rcond()) << n;
        EXPECT_LE(difference(L, factor.matrix_l()), 10 * u<T>);
    }
}

TEST(CholeskyHonesty, NamesTheColumnAndRefusesWhatIsNotHermitian) {
    for (const int n : {3, 10, 40, 90, 300}) {
        MatrixXd A = random_positive_definite<double>(n, 3);
        A(n - 2, n - 2) = -1;
        try {
            (void)cholesky(A);
            FAIL() << n;
        } catch (const NotPositiveDefinite& error) {
            EXPECT_EQ(error.pivot(), n - 2);
        }
    }
    EXPECT_THROW((void)cholesky(MatrixXd{{1, 2}, {2, 1}}), NotPositiveDefinite);
    EXPECT_THROW((void)cholesky(MatrixXd(MatrixXd::Zero(2, 2))), NotPositiveDefinite);
    MatrixXd A = random_positive_definite<double>(6, 3);
    A(4, 1) += 0.1;
    EXPECT_THROW((void)cholesky(A), InvalidArgument);
    EXPECT_NO_THROW((void)cholesky(A, {.check_hermitian = false}));
    A = random_positive_definite<double>(6, 3);
    A(4, 1) = std::nextafter(A(4, 1), 1e9);
    EXPECT_NO_THROW((void)cholesky(A));
    EXPECT_THROW((void)cholesky(MatrixXd(2, 3)), InvalidArgument);
    EXPECT_THROW((void)cho_factor(hilbert(13)), Error);
}

TEST(CholeskyHonesty, HugeAndTinyEntriesAreNoObstacle) {
    for (const double size : {1e307, 1e-307, 1e200, 1e-200})
        for (const int n : {4, 30}) {
            const MatrixXd A = random_positive_definite<double>(n, 1), S = A * (size / 100);
            EXPECT_LE(difference(cholesky(A), MatrixXd(cholesky(S) / std::sqrt(size / 100))), 1e-13) << size;
        }
    VectorXd d(4);
    d << 0x1p900, 1, 0x1p-900, 4;
    EXPECT_EQ(cholesky(MatrixXd(d.asDiagonal())), MatrixXd(d.cwiseSqrt().asDiagonal()));
    EXPECT_NO_THROW((void)cho_factor(MatrixXd(d.asDiagonal())));
}

TYPED_TEST(Cholesky, BandFactorsSolve) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    for (const int n : {1, 2, 7, 40})
        for (const int k : {0, 1, 3}) {
            if (k >= n) continue;
            M A = random_positive_definite<T>(n, n), lower = M::Constant(k + 1, n, T(77)), upper = lower;
            for (int j = 0; j < n; ++j)
                for (int i = 0; i < n; ++i) {
                    if (std::abs(i - j) > k)
                        A(i, j) = 0;
                    else if (i >= j)
                        lower(i - j, j) = A(i, j);
                    if (i <= j && j - i <= k) upper(k + i - j, j) = A(i, j);
                }
            A.diagonal().array() += T(static_cast<Real<T>>(4 * n));
            lower.row(0).array() += T(static_cast<Real<T>>(4 * n)),
                upper.row(k).array() += T(static_cast<Real<T>>(4 * n));
            const M B = random_matrix<T>(n, 2, 5);
            EXPECT_LE(difference(B, cho_solve_banded(cholesky_banded(upper, {.uplo = Uplo::upper}), M(A * B))),
                      1000 * n * u<T>);
            EXPECT_LE(difference(B, cho_solve_banded(cholesky_banded(lower), M(A * B))), 1000 * n * u<T>);
        }
    EXPECT_THROW((void)cholesky_banded(M(M::Zero(1, 3))), NotPositiveDefinite);
    Eigen::MatrixXd wild(1, 3);
    wild << 0x1p60, 1, 2;
    EXPECT_NO_THROW((void)cholesky_banded(wild)) << "a diagonal matrix is no false alarm";
}

template <class T>
class Ldl : public ::testing::Test {};
TYPED_TEST_SUITE(Ldl, AllScalars);

TYPED_TEST(Ldl, MultipliesBackWithTriangularFactorsAndBlocks) {
    using T = TypeParam;
    using M = Eigen::MatrixX<T>;
    for (const int n : {0, 1, 2, 3, 5, 8, 17, 33, 70, 130})
        for (const bool hermitian : {true, false})
            for (const Uplo uplo : {Uplo::lower, Uplo::upper}) {
                const M G = random_matrix<T>(n, n, n + 9);
                M A = hermitian ? M(G + G.adjoint()) : M(G + G.transpose());
                if (n > 2) A.diagonal().setZero();
                const auto [L, D, p] = ldl(A, {.uplo = uplo, .hermitian = hermitian});
                const M back = hermitian ? M(L * D * L.adjoint()) : M(L * D * L.transpose());
                EXPECT_LE(difference(A, back), 10 * (n + 5) * u<T>) << n << hermitian;
                M triangle(n, n);
                for (int i = 0; i < n; ++i) triangle.row(i) = L.row(p[i]);
                if (n == 0) continue;
                EXPECT_TRUE(uplo == Uplo::lower ? triangle.isLowerTriangular(0) : triangle.isUpperTriangular(0)) << n;
                EXPECT_EQ((triangle.diagonal() - Eigen::VectorX<T>::Ones(n)).norm(), 0);
                for (int j = 0; j < n; ++j)
                    for (int i = 0; i < n; ++i)
                        if (std::abs(i - j) > 1) {
                            EXPECT_EQ(D(i, j), T(0));
                        }
            }
    const M asymmetric = random_matrix<T>(4, 4, 1);
    EXPECT_THROW((void)ldl(asymmetric), InvalidArgument);
}

}  // namespace
}  // namespace ritz::linalg
