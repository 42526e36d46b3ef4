// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/block_jacobi.hpp"

#include "preconditioners/dense_inverse.hpp"
#include "preconditioners/support.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class T>
class BlockJacobiOf : public testing::Test {};
TYPED_TEST_SUITE(BlockJacobiOf, Scalars);

TYPED_TEST(BlockJacobiOf, InvertsTheDiagonalBlocks) {
    using T = TypeParam;
    for (const Index n : {0, 1, 5, 24, 31})
        for (const Index b : {1, 2, 3, 4, 5, 6, 7, 8, 40})
            for (const bool definite : {false, true}) {
                const Csr<T> A = definite ? random_definite<T>(n, 0.4, 3) : random_matrix<T>(n, 0.4, 6, 4);
                const BlockJacobi<T> M(A, {.block_size = b});
                EXPECT_EQ(M.blocks(), (n + b - 1) / b);
                Eigen::MatrixX<T> D = Eigen::MatrixX<T>::Zero(n, n);
                const Eigen::MatrixX<T> full = to_dense(A);
                for (Index i = 0; i < n; ++i)
                    for (Index j = 0; j < n; ++j)
                        if (i / b == j / b) D(i, j) = full(i, j);
                EXPECT_TRUE(
                    close(Eigen::MatrixX<T>(D * dense<T>(M)), Eigen::MatrixX<T>::Identity(n, n), 500 * epsilon<T>));
                EXPECT_TRUE(close(dense_adjoint<T>(M), dense<T>(M).adjoint(), 10 * epsilon<T>));
                if (definite) {
                    EXPECT_EQ(M.definiteness(), Definiteness::positive_definite);
                }
            }
}

TYPED_TEST(BlockJacobiOf, TakesBlocksOfUnequalSizes) {
    using T = TypeParam;
    const Csr<T> A = random_matrix<T>(10, 1, 20, 1);
    const BlockJacobi<T> M(A, {.starts = {0, 3, 3, 4, 10}});
    const Eigen::MatrixX<T> full = to_dense(A), inverse = dense<T>(M);
    EXPECT_TRUE(close((full.topLeftCorner(3, 3) * inverse.topLeftCorner(3, 3)).eval(),
                      Eigen::MatrixX<T>::Identity(3, 3), 100 * epsilon<T>));
    EXPECT_TRUE(close((full.bottomRightCorner(6, 6) * inverse.bottomRightCorner(6, 6)).eval(),
                      Eigen::MatrixX<T>::Identity(6, 6), 100 * epsilon<T>));
    EXPECT_TRUE(inverse.topRightCorner(3, 7).isZero(0));
    EXPECT_THROW(BlockJacobi<T>(A, {.starts = {0, 3, 2, 10}}), InvalidArgument);
    EXPECT_THROW(BlockJacobi<T>(A, {.starts = {0, 9}}), InvalidArgument);
    EXPECT_THROW(BlockJacobi<T>(A, {.block_size = -1}), InvalidArgument);
}

TEST(NaturalBlocks, AreTheUnknownsOfAPoint) {
    const auto size = [](const Csr<double>& A) { return natural_blocks(A)[1]; };
    EXPECT_EQ(size(elasticity3d(4, 4, 4)), 3);
    EXPECT_EQ(size(elasticity2d(9, 7)), 2);
    EXPECT_EQ(size(poisson2d(10, 10)), 4);
    EXPECT_EQ(natural_blocks(poisson1d(6)), (Buffer<Index>{0, 4, 6}));
    EXPECT_EQ(natural_blocks(Csr<double>()), (Buffer<Index>{0}));
    // Groups of 3 and 2 rows with the same columns.
    const Csr<double> A(5, 5, {0, 3, 6, 9, 11, 13}, {0, 1, 2, 0, 1, 2, 0, 1, 2, 3, 4, 3, 4}, Buffer<double>(13, 1.0));
    EXPECT_EQ(natural_blocks(A), (Buffer<Index>{0, 3, 5}));
}

TEST(BlockJacobiLimits, NameTheSingularBlock) {
    const Csr<double> A(4, 4, {0, 2, 4, 6, 8}, {0, 1, 0, 1, 2, 3, 2, 3}, {1, 2, 3, 4, 1, 1, 1, 1 + 1e-16});
    try {
        BlockJacobi<double> M(A, {.block_size = 2});
        FAIL();
    } catch (const SingularMatrix& error) {
        EXPECT_EQ(error.pivot(), 2);
        EXPECT_NE(std::string(error.what()).find("block 1 (rows 2 to 3)"), std::string::npos) << error.what();
    }
}

TEST(DenseInverse, IsExactlyHermitianAndKnowsDefiniteness) {
    std::vector<double> spd{4, 1, 1, 3}, indefinite{0, 2, 2, 0}, graded{1, 0, 0, 1e-300}, singular{1, 2, 2, 4},
        general{1, 0, 1e-200, 1e-200};
    EXPECT_EQ(detail::invert(2, spd.data()), detail::DenseInverse::positive_definite);
    EXPECT_EQ(spd[1], spd[2]);
    EXPECT_NEAR(spd[0], 3.0 / 11, 1e-16);
    EXPECT_EQ(detail::invert(2, indefinite.data()), detail::DenseInverse::hermitian);
    EXPECT_EQ(indefinite, (std::vector<double>{0, 0.5, 0.5, 0}));
    EXPECT_EQ(detail::invert(2, graded.data()), detail::DenseInverse::positive_definite);
    EXPECT_EQ(detail::invert(2, singular.data()), detail::DenseInverse::singular);
    EXPECT_EQ(detail::invert(2, general.data()), detail::DenseInverse::general);
    EXPECT_DOUBLE_EQ(general[3], 1e200);
}

}  // namespace
