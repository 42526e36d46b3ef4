// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/selected_inverse.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;

template <class T>
class SelectedInverseTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(SelectedInverseTyped, Scalars);

/// D A Dᴴ with a diagonal D of modulus 1 when T is complex.
template <Scalar T>
Csr<T> hermitian(const Csr<double>& A) {
    Coo<T> C(A.rows(), A.cols());
    for (Index i = 0; i < A.rows(); ++i)
        for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]);
             k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]); ++k) {
            const Index j = A.indices()[k];
            T value = static_cast<Real<T>>(A.values()[k]);
            if constexpr (is_complex<T>)
                if (i % 2 != j % 2) value *= T(Real<T>(0.6), i % 2 == 0 ? Real<T>(0.8) : Real<T>(-0.8));
            C.add(i, j, value);
        }
    return to_csr(C);
}

TYPED_TEST(SelectedInverseTyped, AgreesWithSolves) {
    using T = TypeParam;
    const double epsilon = std::numeric_limits<Real<T>>::epsilon();
    for (const Csr<double>& real :
         {poisson1d(1), poisson2d(17, 12), poisson3d(7, 6, 8), elasticity3d(3, 3, 4), arrow(30)}) {
        const Csr<T> A = hermitian<T>(real);
        const Cholesky<T> F(A);
        const Index n = A.rows();
        const Eigen::MatrixX<T> inverse = F.solve(Eigen::MatrixX<T>(Eigen::MatrixX<T>::Identity(n, n)));
        const double tolerance = 200 * epsilon * static_cast<double>(inverse.norm());
        const Eigen::VectorX<Real<T>> d = inverse_diagonal(F);
        ASSERT_EQ(d.size(), n);
        for (Index i = 0; i < n; ++i) EXPECT_NEAR(d[i], std::real(inverse(i, i)), tolerance);
        const Csr<T> Z = inverse_entries(F, A);
        ASSERT_EQ(Z.nnz(), A.nnz());
        for (Index i = 0; i < n; ++i)
            for (auto k = static_cast<std::size_t>(Z.indptr()[static_cast<std::size_t>(i)]);
                 k < static_cast<std::size_t>(Z.indptr()[static_cast<std::size_t>(i) + 1]); ++k) {
                EXPECT_EQ(Z.indices()[k], A.indices()[k]);
                EXPECT_LE(std::abs(Z.values()[k] - inverse(i, Z.indices()[k])), tolerance);
            }
    }
}

TEST(SelectedInverse, IsTheKnownInverseOfATridiagonalMatrix) {
    const Index n = 5000;
    const Eigen::VectorXd d = inverse_diagonal(Cholesky<double>(poisson1d(n)));
    for (Index i = 1; i <= n; ++i) {
        const double expected = static_cast<double>(i) * (n + 1 - i) / (n + 1);
        ASSERT_NEAR(d[i - 1], expected, 1e-9 * expected);
    }
}

TEST(SelectedInverse, GivesTheSameBitsForAnyNumberOfThreads) {
    const Csr<double> A = poisson3d(16, 15, 17);
    const Cholesky<double> F(A);
    Eigen::VectorXd expected;
    for (const int threads : {1, 2, 3}) {
        const ThreadLimit limit(threads);
        const Eigen::VectorXd d = inverse_diagonal(F);
        if (threads == 1) expected = d;
        EXPECT_TRUE(d == expected);
    }
}

TEST(SelectedInverse, TakesAnyPatternInsideThatOfTheFactor) {
    const Csr<double> A = poisson2d(9, 9);
    const Cholesky<double> F(A);
    Coo<double> part(81, 81), outside(81, 81);
    part.add(3, 4, 0), part.add(80, 80, 7);  // not symmetric, values of no meaning
    const Csr<double> Z = inverse_entries(F, to_csr(part));
    const Eigen::MatrixXd I = F.solve(Eigen::MatrixXd(Eigen::MatrixXd::Identity(81, 81)));
    EXPECT_NEAR(Z.values()[0], I(3, 4), 1e-14);
    EXPECT_NEAR(Z.values()[1], I(80, 80), 1e-14);
    for (Index i = 0; i < 81; ++i) outside.add(0, i, 1);
    EXPECT_THROW(inverse_entries(F, to_csr(outside)), InvalidArgument);
    EXPECT_THROW(inverse_entries(F, poisson1d(80)), InvalidArgument);
}

TEST(SelectedInverse, OfTheEmptyMatrixIsEmpty) {
    const Cholesky<double> F{Csr<double>()};
    EXPECT_EQ(inverse_diagonal(F).size(), 0);
    EXPECT_EQ(inverse_entries(F, Csr<double>()).nnz(), 0);
}

TEST(SelectedInverse, NeedsFactors) {
    const Csr<double> A = poisson1d(4);
    Cholesky<double> F(A);
    Csr<double> negative = A;
    for (double& v : negative.values()) v = -v;
    EXPECT_THROW(F.refactor(negative), NotPositiveDefinite);
    EXPECT_THROW(inverse_diagonal(F), InvalidArgument);
    EXPECT_THROW(inverse_entries(F, A), InvalidArgument);
}

}  // namespace
