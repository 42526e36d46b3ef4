// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/eigh.hpp"

#include "linalg/spectral_matrices.hpp"

namespace ritz::linalg {
namespace {

template <class T>
class Eigh : public ::testing::Test {};
TYPED_TEST_SUITE(Eigh, Scalars);

template <Scalar T>
void expect_eigenpairs(const Eigen::MatrixX<T>& A, const EighResult<T>& result) {
    ASSERT_EQ(result.eigenvalues.size(), result.eigenvectors.cols());
    expect_orthonormal_columns(result.eigenvectors);
    const Eigen::MatrixX<T> residual =
        A * result.eigenvectors - result.eigenvectors * result.eigenvalues.template cast<T>().asDiagonal();
    EXPECT_LE(residual.norm(), tolerance<T>(A.rows()) * A.norm());
    EXPECT_TRUE(std::is_sorted(result.eigenvalues.begin(), result.eigenvalues.end()));
}

TYPED_TEST(Eigh, DecomposesEveryShape) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 3, 4, 7, 16, 31, 33, 65, 130}) {
        const Eigen::MatrixX<T> A = random_hermitian<T>(n);
        const auto result = eigh(A);
        ASSERT_EQ(result.eigenvalues.size(), n);
        expect_eigenpairs<T>(A, result);
        EXPECT_LE((eigvalsh(A) - result.eigenvalues).norm(), tolerance<T>(n) * (A.norm() + 1));
    }
}

TYPED_TEST(Eigh, ReadsOneTriangleOnlyWhenToldTo) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = random_hermitian<T>(9);
    for (const Uplo uplo : {Uplo::lower, Uplo::upper}) {
        Eigen::MatrixX<T> half = A, spoilt = A;
        for (Eigen::Index j = 0; j < 9; ++j)
            for (Eigen::Index i = 0; i < 9; ++i)
                if (uplo == Uplo::lower ? i < j : i > j) half(i, j) = 0, spoilt(i, j) += T(1);
        const auto expected = eigvalsh(A);
        EXPECT_LE((eigvalsh(half, {.uplo = uplo}) - expected).norm(), tolerance<T>(9) * A.norm());
        EXPECT_LE((eigh(spoilt, {.uplo = uplo, .check_symmetry = false}).eigenvalues - expected).norm(),
                  tolerance<T>(9) * A.norm());
        EXPECT_THROW((void)eigh(spoilt, {.uplo = uplo}), InvalidArgument);
    }
}

TYPED_TEST(Eigh, SubsetsAreTheRowsOfTheWhole) {
    using T = TypeParam;
    for (const Eigen::Index n : {1, 5, 40}) {
        const Eigen::MatrixX<T> A = random_hermitian<T>(n);
        const auto all = eigvalsh(A);
        const IndexRange range{n / 3, n / 2};
        const auto some = eigh(A, {.subset_by_index = range});
        ASSERT_EQ(some.eigenvalues.size(), range.last - range.first + 1);
        expect_eigenpairs<T>(A, some);
        EXPECT_LE((some.eigenvalues - all.segment(range.first, some.eigenvalues.size())).norm(),
                  tolerance<T>(n) * A.norm());
        const double middle = n == 1 ? double(all[0]) - 1 : 0.5 * (double(all[n / 2]) + double(all[n / 2 - 1]));
        const auto upper = eigh(A, {.subset_by_value = ValueRange{middle, 1e300}});
        EXPECT_EQ(upper.eigenvalues.size(), n - n / 2);
        expect_eigenpairs<T>(A, upper);
        EXPECT_EQ(eigvalsh(A, {.subset_by_value = ValueRange{-1e300, middle}}).size(), n / 2);
        EXPECT_THROW((void)eigh(A, {.subset_by_index = IndexRange{0, n}}), InvalidArgument);
        EXPECT_THROW((void)eigh(A, {.subset_by_value = ValueRange{1, 1}}), InvalidArgument);
    }
}

TYPED_TEST(Eigh, GeneralisedProblemsOfAllTypes) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 5, 24}) {
        const Eigen::MatrixX<T> A = random_hermitian<T>(n), G = random_dense<T>(n, n, 5);
        const Eigen::MatrixX<T> B = G * G.adjoint() + T(Real<T>(n + 1)) * Eigen::MatrixX<T>::Identity(n, n);
        const Real<T> scale = (A.norm() + 1) * (B.norm() + 1) * (B.norm() + 1);
        for (const int type : {1, 2, 3}) {
            const auto [w, V, rcond] = eigh(A, B, {.type = type});
            const auto Lambda = w.template cast<T>().asDiagonal();
            Eigen::MatrixX<T> residual;
            if (type == 1) residual = A * V - B * V * Lambda;
            if (type == 2) residual = A * B * V - V * Lambda;
            if (type == 3) residual = B * A * V - V * Lambda;
            EXPECT_LE(residual.norm(), tolerance<T>(n) * scale) << "type " << type << " n " << n;
            if (type != 3) {
                EXPECT_LE((V.adjoint() * B * V - Eigen::MatrixX<T>::Identity(n, n)).norm(), tolerance<T>(n) * 10);
            }
            EXPECT_LE((eigvalsh(A, B, {.type = type}) - w).norm(), tolerance<T>(n) * scale);
        }
    }
}

TEST(EighOfDoubles, RefusesAnIndefiniteOrNearlySingularB) {
    const Eigen::MatrixXd A = random_hermitian<double>(3);
    Eigen::MatrixXd B = Eigen::Vector3d(1, 1, -1).asDiagonal();
    EXPECT_THROW((void)eigh(A, B), NotPositiveDefinite);
    B(2, 2) = 1e-17;
    B(0, 1) = B(1, 0) = 0.5;
    EXPECT_THROW((void)eigh(A, B), IllConditioned);
    const auto result = eigh(A, B, {.allow_ill_conditioned = true});
    EXPECT_LT(result.b_rcond, 1e-15);
    EXPECT_THROW((void)eigh(A, B, {.type = 4}), InvalidArgument);
}

TEST(EighOfDoubles, ScalesOfAPencilMayBeExtreme) {
    const Eigen::MatrixXd A = random_hermitian<double>(5), G = random_dense<double>(5, 5, 2);
    const Eigen::MatrixXd B = G * G.transpose() + Eigen::MatrixXd::Identity(5, 5);
    const auto plain = eigh(A, B);
    const auto scaled = eigh(std::ldexp(1.0, 900) * A, std::ldexp(1.0, 601) * B);
    EXPECT_LE((std::ldexp(1.0, -299) * scaled.eigenvalues - plain.eigenvalues).norm(),
              1e-13 * plain.eigenvalues.norm());
    EXPECT_LE((scaled.eigenvectors.transpose() * (std::ldexp(1.0, 601) * B) * scaled.eigenvectors -
               Eigen::MatrixXd::Identity(5, 5))
                  .norm(),
              1e-12);
}

TEST(EighOfDoubles, HardSpectraOfEverySmallSize) {
    for (Eigen::Index n = 1; n <= 40; ++n)
        for (const auto& [name, A] : hard_symmetric(n)) {
            SCOPED_TRACE(name);
            const auto result = eigh(A);
            expect_orthonormal_columns(result.eigenvectors);
            const double scale = A.cwiseAbs().maxCoeff();
            if (scale == 0) {
                EXPECT_TRUE(result.eigenvalues.isZero(0));
                continue;
            }
            const Eigen::MatrixXd unit = A / scale;
            const Eigen::VectorXd w = result.eigenvalues / scale;
            EXPECT_LE((unit * result.eigenvectors - result.eigenvectors * w.asDiagonal()).norm(),
                      tolerance<double>(n) * unit.norm());
            EXPECT_TRUE(std::is_sorted(w.begin(), w.end()));
            EXPECT_LE((eigvalsh(A) / scale - w).norm(), tolerance<double>(n) * unit.norm());
        }
}

TEST(EighOfDoubles, WilkinsonsClosePairComesApart) {
    Eigen::MatrixXd W = Eigen::MatrixXd::Zero(21, 21);
    for (int i = 0; i < 21; ++i) {
        W(i, i) = std::abs(i - 10);
        if (i < 20) W(i, i + 1) = W(i + 1, i) = 1;
    }
    for (const auto& w : {eigvalsh(W), eigh(W).eigenvalues, eigvalsh_tridiagonal(W.diagonal(), W.diagonal(1))}) {
        EXPECT_NEAR(w[20], 10.7461941829034, 1e-12);
        EXPECT_NEAR(w[19], 10.7461941829033, 1e-12);
    }
}

TEST(EighOfDoubles, TheSecondDifferenceHasItsAnalyticSpectrum) {
    for (const int n : {1, 2, 10, 100, 300}) {
        const Eigen::VectorXd d = Eigen::VectorXd::Constant(n, 2), e = Eigen::VectorXd::Constant(n - 1, -1);
        Eigen::MatrixXd bands = Eigen::MatrixXd::Constant(2, n, -1), A = d.asDiagonal();
        bands.row(1).setConstant(2);
        for (int i = 0; i + 1 < n; ++i) A(i, i + 1) = A(i + 1, i) = -1;
        Eigen::VectorXd exact(n);
        for (int k = 0; k < n; ++k) exact[k] = 4 * std::pow(std::sin((k + 1) * M_PI / (2 * (n + 1))), 2);
        const double bound = tolerance<double>(n);
        EXPECT_LE((eigvalsh(A) - exact).norm(), bound);
        EXPECT_LE((eigh(A).eigenvalues - exact).norm(), bound);
        EXPECT_LE((eigvalsh_tridiagonal(d, e) - exact).norm(), bound);
        EXPECT_LE((eigvals_banded(bands) - exact).norm(), bound);
        expect_eigenpairs<double>(A, eigh_tridiagonal(d, e));
        expect_eigenpairs<double>(A, eig_banded(bands));
        const auto some = eigh_tridiagonal(d, e, {.subset_by_index = IndexRange{n / 2, n - 1}});
        expect_eigenpairs<double>(A, some);
        EXPECT_LE((some.eigenvalues - exact.tail(n - n / 2)).norm(), bound);
        const auto low = eig_banded(bands, {.subset_by_value = ValueRange{-1, 2.0 + 1e-9}});
        expect_eigenpairs<double>(A, low);
        EXPECT_EQ(low.eigenvalues.size(), (exact.array() <= 2.0 + 1e-9).count());
    }
}

TYPED_TEST(Eigh, BandsOfBothKindsMeanTheSameMatrix) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 3, 20})
        for (const Eigen::Index u : {0, 1, 4}) {
            Eigen::MatrixX<T> A = random_hermitian<T>(n), upper = Eigen::MatrixX<T>::Constant(u + 1, n, T(NAN)),
                              lower = upper;
            for (Eigen::Index j = 0; j < n; ++j)
                for (Eigen::Index i = 0; i < n; ++i) {
                    if (std::abs(i - j) > u) A(i, j) = 0;
                    if (i <= j && j - i <= u) upper(u + i - j, j) = A(i, j);
                    if (i >= j && i - j <= u) lower(i - j, j) = A(i, j);
                }
            expect_eigenpairs<T>(A, eig_banded(upper));
            expect_eigenpairs<T>(A, eig_banded(lower, {.uplo = Uplo::lower}));
            EXPECT_LE((eigvals_banded(upper) - eigvalsh(A)).norm(), tolerance<T>(n) * (A.norm() + 1));
            if (n > 1) expect_eigenpairs<T>(A, eig_banded(upper, {.subset_by_index = IndexRange{1, n - 1}}));
        }
}

TYPED_TEST(Eigh, RefusesWhatIsNotFiniteOrSquare) {
    using T = TypeParam;
    Eigen::MatrixX<T> A = random_hermitian<T>(6);
    A(4, 2) = std::numeric_limits<Real<T>>::infinity();
    EXPECT_THROW((void)eigh(A), InvalidArgument);
    EXPECT_THROW((void)eigvalsh(A), InvalidArgument);
    EXPECT_THROW((void)eig_banded(A), InvalidArgument);
    EXPECT_THROW((void)eigh(A.leftCols(3)), InvalidArgument);
    EXPECT_THROW((void)eigh(A, A.topLeftCorner(2, 2)), InvalidArgument);
}

TEST(EighOfDoubles, AnEigenvalueBeyondTheRangeIsAnErrorAndNotInfinity) {
    EXPECT_THROW((void)eigh(Eigen::MatrixXd::Constant(4, 4, 1e308)), LimitExceeded);
}

}  // namespace
}  // namespace ritz::linalg
