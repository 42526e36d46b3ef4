// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/eig.hpp"

#include <algorithm>

#include "linalg/spectral_matrices.hpp"
#include "ritz/linalg/eigh.hpp"

namespace ritz::linalg {
namespace {

template <class T>
class Eig : public ::testing::Test {};
TYPED_TEST_SUITE(Eig, Scalars);

template <Scalar T>
void expect_eigenpairs(const Eigen::MatrixX<T>& A, const EigResult<T>& result) {
    using C = std::complex<Real<T>>;
    const Eigen::MatrixX<C> Ac = A.template cast<C>();
    const Eigen::Index n = A.rows();
    ASSERT_EQ(result.eigenvalues.size(), n);
    ASSERT_EQ(result.eigenvectors.cols(), n);
    for (Eigen::Index k = 0; k < n; ++k) {
        EXPECT_NEAR(result.eigenvectors.col(k).norm(), 1, tolerance<T>(n)) << k;
        const auto residual = Ac * result.eigenvectors.col(k) - result.eigenvalues[k] * result.eigenvectors.col(k);
        EXPECT_LE(residual.norm(), tolerance<T>(n) * A.norm()) << k;
    }
    EXPECT_LE(std::abs(result.eigenvalues.sum() - C(A.trace())), tolerance<T>(n) * A.norm() * Real<T>(n));
}

TYPED_TEST(Eig, PairsOfEveryShapeHaveSmallResiduals) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 3, 4, 7, 16, 31, 33, 65, 100}) {
        SCOPED_TRACE(n);
        const Eigen::MatrixX<T> A = random_dense<T>(n, n);
        const auto result = eig(A, {.left = true, .condition_numbers = true});
        expect_eigenpairs<T>(A, result);
        EXPECT_EQ(result.report.status, Status::solved);
        for (Eigen::Index k = 0; k < n; ++k) {
            const auto w = result.left_eigenvectors.col(k);
            const auto residual = w.adjoint() * A - result.eigenvalues[k] * w.adjoint();
            EXPECT_LE(residual.norm(), tolerance<T>(n) * A.norm());
            EXPECT_NEAR(w.norm(), 1, tolerance<T>(n));
            EXPECT_NEAR(result.report.condition_numbers[k] * std::abs(w.dot(result.eigenvectors.col(k))), 1, 1e-4);
        }
        EXPECT_LE(std::abs(eigvals(A).sum() - result.eigenvalues.sum()),
                  tolerance<T>(n) * (A.norm() + 1) * Real<T>(n + 1));
    }
}

TEST(EigOfDoubles, HardMatricesOfEverySmallSize) {
    for (Eigen::Index n = 1; n <= 40; ++n)
        for (const auto& [name, A] : hard_general(n)) {
            SCOPED_TRACE(name);
            const double scale = std::max(A.cwiseAbs().maxCoeff(), std::numeric_limits<double>::min());
            auto result = eig(A);
            for (auto& w : result.eigenvalues) w = {w.real() / scale, w.imag() / scale};  // without a complex division
            expect_eigenpairs<double>(A / scale, result);
            (void)eigvals(A);
        }
}

TEST(EigOfDoubles, ComplexPairsOfARealMatrixAreExactConjugates) {
    Eigen::MatrixXd A(2, 2);
    A << 1, -2, 3, 1;
    const auto result = eig(A);
    EXPECT_EQ(result.eigenvalues[0], std::conj(result.eigenvalues[1]));
    EXPECT_NEAR(result.eigenvalues[0].real(), 1, 1e-15);
    EXPECT_NEAR(std::abs(result.eigenvalues[0].imag()), std::sqrt(6.0), 1e-14);
    EXPECT_EQ(result.eigenvectors.col(0), result.eigenvectors.col(1).conjugate());
}

TYPED_TEST(Eig, DefectiveMatricesSaySo) {
    using T = TypeParam;
    Eigen::MatrixX<T> J = Eigen::MatrixX<T>::Zero(4, 4);
    for (int i = 0; i < 4; ++i) J(i, i) = T(2);
    for (int i = 0; i < 3; ++i) J(i, i + 1) = T(1);
    const auto result = eig(J, {.condition_numbers = true});
    EXPECT_EQ(result.report.status, Status::ill_conditioned);
    EXPECT_FALSE(result.report.explanation.empty());
    EXPECT_LT(result.report.eigenvector_rcond, 1e-6);
    EXPECT_GT(result.report.condition_numbers.maxCoeff(), 1e6);
    EXPECT_EQ(eig(random_hermitian<T>(5)).report.status, Status::solved);
}

TYPED_TEST(Eig, PencilsAreSatisfiedByTheirPairs) {
    using T = TypeParam;
    using C = std::complex<Real<T>>;
    for (const Eigen::Index n : {0, 1, 2, 5, 20}) {
        const Eigen::MatrixX<T> A = random_dense<T>(n, n), B = random_dense<T>(n, n, 2);
        const auto result = eig(A, B, {.left = true});
        for (Eigen::Index k = 0; k < n; ++k) {
            const auto v = result.eigenvectors.col(k), w = result.left_eigenvectors.col(k);
            const C a = result.alpha[k], b = result.beta[k];
            const Real<T> bound = tolerance<T>(n) * (A.norm() * std::abs(b) + B.norm() * std::abs(a));
            EXPECT_LE((b * (A * v) - a * (B * v)).norm(), bound);
            EXPECT_LE((b * (w.adjoint() * A) - a * (w.adjoint() * B)).norm(), bound);
            EXPECT_LE(std::abs(result.eigenvalues[k] - a / b), tolerance<T>(n) * std::abs(a / b));
            EXPECT_NEAR(v.norm(), 1, tolerance<T>(n));
        }
        EXPECT_EQ(result.status, Status::solved);
    }
}

TYPED_TEST(Eig, ASingularBHasInfiniteEigenvaluesAndASingularPencilSaysSo) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = Eigen::Vector3d(1, 2, 3).cast<T>().asDiagonal();
    const Eigen::MatrixX<T> B = Eigen::Vector3d(1, 1, 0).cast<T>().asDiagonal();
    const auto result = eig(A, B);
    EXPECT_EQ(result.status, Status::solved);
    EXPECT_EQ((result.eigenvalues.array().abs() > Real<T>(1e30)).count(), 1);
    const Eigen::MatrixX<T> S = Eigen::Vector3d(1, 2, 0).cast<T>().asDiagonal();
    EXPECT_EQ(eig(S, B).status, Status::ill_conditioned);
}

TYPED_TEST(Eig, RefusesWhatIsNotFiniteOrSquare) {
    using T = TypeParam;
    Eigen::MatrixX<T> A = random_dense<T>(4, 4);
    EXPECT_THROW((void)eig(A.leftCols(2)), InvalidArgument);
    A(2, 1) = std::numeric_limits<Real<T>>::quiet_NaN();
    EXPECT_THROW((void)eig(A), InvalidArgument);
    EXPECT_THROW((void)eigvals(A), InvalidArgument);
    EXPECT_THROW((void)eig(random_dense<T>(4, 4), A), InvalidArgument);
}

TEST(EigOfBadlyScaledMatrices, FindsThePairsWithoutBalancing) {
    Eigen::MatrixXd A(3, 3);
    A << 1, 2, 3, 1e-100, 2e-100, 5e-100, 3, 1, 2;
    const auto [values, vectors, left, report] = eig(A);
    EXPECT_LE((A.cast<std::complex<double>>() * vectors - vectors * values.asDiagonal()).norm(), 1e-14);
}

}  // namespace
}  // namespace ritz::linalg
