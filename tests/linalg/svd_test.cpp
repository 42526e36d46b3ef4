// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/svd.hpp"

#include <algorithm>
#include <functional>

#include "linalg/spectral_matrices.hpp"

namespace ritz::linalg {
namespace {

template <class T>
class Svd : public ::testing::Test {};
TYPED_TEST_SUITE(Svd, Scalars);

template <Scalar T>
void expect_svd(const Eigen::MatrixX<T>& A, const SvdResult<T>& result, bool full) {
    const Eigen::Index m = A.rows(), n = A.cols(), k = std::min(m, n);
    ASSERT_EQ(result.U.cols(), full ? m : k);
    ASSERT_EQ(result.Vh.rows(), full ? n : k);
    ASSERT_EQ(result.s.size(), k);
    expect_orthonormal_columns(result.U);
    expect_orthonormal_columns(Eigen::MatrixX<T>(result.Vh.adjoint()));
    EXPECT_LE(
        (A - result.U * diagsvd(result.s, result.U.cols(), result.Vh.rows()).template cast<T>() * result.Vh).norm(),
        tolerance<T>(std::max(m, n)) * A.norm());
    EXPECT_TRUE(std::is_sorted(result.s.begin(), result.s.end(), std::greater<>()));
    EXPECT_TRUE((result.s.array() >= 0).all());
}

TYPED_TEST(Svd, DecomposesEveryShape) {
    using T = TypeParam;
    for (const auto& [m, n] : {std::pair{0, 0},
                               {0, 3},
                               {3, 0},
                               {1, 1},
                               {1, 5},
                               {5, 1},
                               {2, 2},
                               {4, 4},
                               {7, 3},
                               {3, 7},
                               {16, 16},
                               {17, 16},
                               {33, 33},
                               {40, 21},
                               {100, 65},
                               {30, 90}}) {
        SCOPED_TRACE(std::to_string(m) + " x " + std::to_string(n));
        const Eigen::MatrixX<T> A = random_dense<T>(m, n);
        const auto result = svd(A);
        expect_svd<T>(A, result, true);
        expect_svd<T>(A, svd(A, {.full_matrices = false}), false);
        EXPECT_LE((svdvals(A) - result.s).norm(), tolerance<T>(std::max(m, n)) * (A.norm() + 1));
    }
}

TEST(SvdOfDoubles, HardMatricesOfEverySmallSize) {
    for (Eigen::Index n = 1; n <= 40; ++n)
        for (const auto& family : {hard_symmetric(n), hard_general(n)})
            for (const auto& [name, A] : family) {
                SCOPED_TRACE(name);
                const auto result = svd(A);
                const double scale = std::max(A.cwiseAbs().maxCoeff(), std::numeric_limits<double>::min());
                expect_svd<double>(A / scale, {result.U, result.s / scale, result.Vh}, true);
                EXPECT_LE((svdvals(A) / scale - result.s / scale).norm(), tolerance<double>(n) * (A / scale).norm());
            }
}

TYPED_TEST(Svd, RefusesInfinityAtOnce) {
    using T = TypeParam;
    Eigen::MatrixX<T> A = random_dense<T>(3, 3);
    A(1, 1) = std::numeric_limits<Real<T>>::infinity();
    EXPECT_THROW((void)svd(A), InvalidArgument);
    EXPECT_THROW((void)svdvals(A), InvalidArgument);
    EXPECT_THROW((void)pinv(A), InvalidArgument);
    EXPECT_THROW((void)matrix_rank(A), InvalidArgument);
    EXPECT_THROW((void)cond(A, CondOrd::one), InvalidArgument);
}

TYPED_TEST(Svd, RankCountsIndependentColumns) {
    using T = TypeParam;
    for (const Eigen::Index r : {0, 1, 3, 6}) {
        const Eigen::MatrixX<T> A = random_dense<T>(9, r) * random_dense<T>(r, 6, 2);
        EXPECT_EQ(matrix_rank(A), r);
        EXPECT_EQ(matrix_rank(Eigen::MatrixX<T>(A * A.adjoint()), {.hermitian = true}), r);
    }
    EXPECT_EQ(matrix_rank(Eigen::MatrixX<T>(0, 4)), 0);
    EXPECT_EQ(matrix_rank(Eigen::VectorX<T>(Eigen::VectorX<T>::Ones(4))), 1);
    EXPECT_EQ(matrix_rank(Eigen::MatrixX<T>(Eigen::Vector3d(4, 1, 0.1).cast<T>().asDiagonal()), {.tol = 0.5}), 2);
    EXPECT_EQ(matrix_rank(Eigen::MatrixX<T>(Eigen::Vector3d(4, 1, 0.1).cast<T>().asDiagonal()), {.rtol = 0.5}), 1);
    EXPECT_THROW((void)matrix_rank(random_dense<T>(2, 2), {.rtol = -1}), InvalidArgument);
}

TEST(SvdOfDoubles, KahansMatrixLacksARankThatPivotedQrDoesNotMiss) {
    const int n = 90;
    Eigen::MatrixXd K = Eigen::MatrixXd::Zero(n, n);
    for (int i = 0; i < n; ++i)
        for (int j = i; j < n; ++j) K(i, j) = std::pow(std::sin(1.2), i) * (i == j ? 1 : -std::cos(1.2));
    EXPECT_EQ(matrix_rank(K), n - 1);
}

TYPED_TEST(Svd, ThePseudoinverseMeetsPenrosesConditions) {
    using T = TypeParam;
    for (const auto& [m, n, r] :
         {std::tuple{4, 4, 4}, {7, 3, 3}, {3, 7, 2}, {8, 8, 5}, {1, 1, 1}, {5, 5, 0}, {0, 3, 0}}) {
        const Eigen::MatrixX<T> A = random_dense<T>(m, r) * random_dense<T>(r, n, 2), X = pinv(A);
        ASSERT_EQ(X.rows(), n);
        ASSERT_EQ(X.cols(), m);
        const Real<T> bound = tolerance<T>(std::max(m, n)) * (1 + A.norm() * X.norm()) * (1 + A.norm() * X.norm());
        EXPECT_LE((A * X * A - A).norm(), bound * (A.norm() + 1));
        EXPECT_LE((X * A * X - X).norm(), bound * (X.norm() + 1));
        EXPECT_LE((A * X - (A * X).adjoint()).norm(), bound);
        EXPECT_LE((X * A - (X * A).adjoint()).norm(), bound);
        const Eigen::MatrixX<T> H = A * A.adjoint();
        const Eigen::MatrixX<T> Y = pinv(H, {.hermitian = true});
        EXPECT_LE((H * Y * H - H).norm(), bound * bound + bound * (H.norm() + 1) * (1 + H.norm() * Y.norm()));
    }
}

TEST(SvdOfDoubles, PseudoinversesAtTheEndsOfTheRange) {
    const Eigen::MatrixXd A = random_dense<double>(4, 4);
    EXPECT_LE((1e300 * pinv(1e300 * A) - pinv(A)).norm(), 1e-12 * pinv(A).norm());
    EXPECT_LE((1e-300 * pinv(1e-300 * A) - pinv(A)).norm(), 1e-12 * pinv(A).norm());
    EXPECT_THROW((void)pinv(Eigen::MatrixXd::Constant(1, 1, 1e-310)), LimitExceeded);
}

TYPED_TEST(Svd, ConditionNumbersOfADiagonalMatrixInEveryNorm) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = Eigen::Vector3d(1, 2, 8).cast<T>().asDiagonal();
    const Real<T> u = tolerance<T>(3);
    EXPECT_NEAR(cond(A), 8, 8 * u);
    EXPECT_NEAR(cond(A, CondOrd::minus_two), 0.125, u);
    for (const CondOrd ord : {CondOrd::one, CondOrd::inf}) EXPECT_NEAR(cond(A, ord), 8, 8 * u);
    for (const CondOrd ord : {CondOrd::minus_one, CondOrd::minus_inf}) EXPECT_NEAR(cond(A, ord), 0.125, u);
    EXPECT_NEAR(cond(A, CondOrd::fro), std::sqrt(69.0 * (1 + 0.25 + 1.0 / 64)), 100 * u);
    EXPECT_NEAR(cond(A, CondOrd::nuc), 11 * 1.625, 100 * u);
    const Eigen::MatrixX<T> Z = Eigen::MatrixX<T>::Zero(3, 3);
    for (const CondOrd ord : {CondOrd::two, CondOrd::one, CondOrd::minus_one, CondOrd::inf, CondOrd::fro, CondOrd::nuc})
        EXPECT_TRUE(std::isinf(cond(Z, ord)));
    EXPECT_THROW((void)cond(Eigen::MatrixX<T>(2, 0)), InvalidArgument);
    EXPECT_THROW((void)cond(random_dense<T>(2, 3), CondOrd::fro), InvalidArgument);
    EXPECT_GT(cond(random_dense<T>(2, 3)), 1);
}

TEST(SvdOfDoubles, TheConditionOfTwoByTwoIsExactAlsoFarFromOne) {
    Eigen::Matrix2d A;
    A << 1, 1, 1, -1;
    EXPECT_NEAR(cond(A), 1, 1e-15);
    EXPECT_NEAR(cond(1e-300 * A), 1, 1e-15);
    EXPECT_NEAR(cond(1e300 * A, CondOrd::one), 2, 1e-15);
}

}  // namespace
}  // namespace ritz::linalg
