// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/spai.hpp"

#include <Eigen/LU>
#include <Eigen/QR>

#include "preconditioners/support.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class T>
class SpaiOf : public testing::Test {};
TYPED_TEST_SUITE(SpaiOf, Scalars);

TYPED_TEST(SpaiOf, Spai0IsTheBestDiagonal) {
    using T = TypeParam;
    const Csr<T> A = random_matrix<T>(30, 0.2, 2, 1);
    const Eigen::MatrixX<T> full = to_dense(A), M = dense<T>(Spai0<T>(A));
    for (Index i = 0; i < 30; ++i)
        EXPECT_LE(std::abs(M(i, i) - std::conj(std::complex<Real<T>>(full(i, i))) / full.row(i).squaredNorm()),
                  20 * epsilon<T> * std::abs(M(i, i)));
    EXPECT_TRUE(close(dense_adjoint<T>(Spai0<T>(A)), M.adjoint(), 0));
}

TYPED_TEST(SpaiOf, Spai1IsTheLeastSquaresSolutionInThePattern) {
    using T = TypeParam;
    for (const Index n : {0, 1, 5, 30})
        for (const double density : {0.05, 0.3}) {
            const Csr<T> A = random_matrix<T>(n, density, 2, 3);
            const Spai1<T> M(A);
            const Eigen::MatrixX<T> full = to_dense(A), inverse = dense<T>(M);
            for (Index i = 0; i < n; ++i) {
                // Normal equations: the residual e_i - m_i A is orthogonal to the rows of A that the pattern names.
                Eigen::RowVectorX<T> residual = -(inverse.row(i) * full);
                residual[i] += T{1};
                for (Index j = 0; j < n; ++j) {
                    if (full(i, j) == T{0} && i != j) {
                        EXPECT_EQ(inverse(i, j), T{0});
                        continue;
                    }
                    EXPECT_LE(std::abs(full.row(j).dot(residual)), 500 * epsilon<T> * full.row(j).norm());
                }
            }
            EXPECT_TRUE(close(dense_adjoint<T>(M), inverse.adjoint(), 10 * epsilon<T>));
        }
}

TYPED_TEST(SpaiOf, Spai1NeedsNoDiagonalAndSolvesWhereItCan) {
    using T = TypeParam;
    // A permutation's inverse has the transposed pattern, so the best row in its own pattern may be zero …
    const Csr<T> cycle(3, 3, {0, 1, 2, 3}, {1, 2, 0}, {T{1}, T{1}, T{1}});
    EXPECT_THROW(Spai1<T>{cycle}, SingularMatrix);
    // … while an exchange is its own inverse. Two equal rows in the pattern are no obstacle.
    const Csr<T> exchange(2, 2, {0, 1, 2}, {1, 0}, {T{4}, T{2}});
    const Eigen::MatrixX<T> product = dense<T>(Spai1<T>(exchange)) * to_dense(exchange);
    EXPECT_TRUE(close(product, Eigen::MatrixX<T>::Identity(2, 2), 10 * epsilon<T>));
    const Csr<T> equal_rows(3, 3, {0, 3, 5, 7}, {0, 1, 2, 0, 1, 0, 1}, {T{1}, T{2}, T{1}, T{1}, T{2}, T{1}, T{2}});
    const Spai1<T> M(equal_rows);
    EXPECT_TRUE(dense<T>(M).allFinite());
}

TYPED_TEST(SpaiOf, FsaiHasAUnitDiagonalAndIsExactForFullTriangles) {
    using T = TypeParam;
    for (const Index n : {0, 1, 6, 40})
        for (const double density : {0.1, 1.0}) {
            const Csr<T> A = random_definite<T>(n, density, 3);
            const Fsai<T> M(A);
            EXPECT_EQ(M.definiteness(), Definiteness::positive_definite);
            const Eigen::MatrixX<T> inverse = dense<T>(M), full = to_dense(A);
            EXPECT_TRUE(close(inverse, inverse.adjoint(), 10 * epsilon<T>));
            if (density == 1.0) {
                EXPECT_TRUE(close((inverse * full).eval(), Eigen::MatrixX<T>::Identity(n, n), 1000 * epsilon<T>));
            }
            // M⁻¹ = Gᴴ G; with G = chol(M⁻¹) the diagonal of G A Gᴴ is 1 (its defining property, trace for all of it).
            const T trace = (inverse * full).trace();
            EXPECT_NEAR(std::abs(trace - T(static_cast<Real<T>>(n))), 0, 500 * epsilon<T> * std::max<Index>(n, 1));
        }
}

TEST(SpaiLimits, AreNamed) {
    const Csr<double> saddle(2, 2, {0, 2, 3}, {0, 1, 0}, {1, 1, 1});
    EXPECT_THROW(Spai0<double>{saddle}, SingularMatrix);
    EXPECT_THROW(Fsai<double>{saddle}, NotPositiveDefinite);
    const Csr<double> indefinite(2, 2, {0, 2, 4}, {0, 1, 0, 1}, {1, 2, 2, 1});
    EXPECT_THROW(Fsai<double>{indefinite}, NotPositiveDefinite);
}

TEST(SpaiSpectrum, EachCutsTheIterationsOfCg) {
    const Csr<double> A = jumping_diffusion2d(24, 24, 1000, 3);
    const int plain = cg_iterations<double>(A, Identity{A.rows()}),
              diagonal = cg_iterations<double>(A, Spai0<double>(A)), fsai = cg_iterations<double>(A, Fsai<double>(A));
    EXPECT_LT(diagonal, plain);
    EXPECT_LT(fsai, 0.8 * diagonal);
}

}  // namespace
