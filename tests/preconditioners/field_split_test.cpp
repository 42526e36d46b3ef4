// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/field_split.hpp"

#include <Eigen/LU>

#include "preconditioners/support.hpp"
#include "ritz/preconditioners/block_jacobi.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <Scalar T>
struct DenseSolver {
    Eigen::MatrixX<T> inverse;
    Index rows() const { return static_cast<Index>(inverse.rows()); }
    Index cols() const { return rows(); }
    void apply(VectorView<T> r, VectorRef<T> z) const { times(inverse, r, z); }
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const { times(inverse.adjoint(), r, z); }
    static void times(const Eigen::MatrixX<T>& M, VectorView<T> r, VectorRef<T> z) {
        const auto n = static_cast<Eigen::Index>(r.size());
        Eigen::Map<Eigen::VectorX<T>>(z.data(), n) = M * Eigen::Map<const Eigen::VectorX<T>>(r.data(), n);
    }
};

/// [A B; C D] with rows and columns of the two fields mixed; D = 0 or not.
template <Scalar T>
struct Problem {
    Eigen::MatrixX<T> A, B, C, D, K, order;
    std::vector<Index> second;
    Csr<T> matrix;

    Problem(Index n1, Index n2, bool zero_D, std::uint64_t seed) {
        A = to_dense(random_matrix<T>(n1, 0.4, 5, seed));
        B = to_dense(random_matrix<T>(std::max(n1, n2), 0.5, 1, seed + 1)).topLeftCorner(n1, n2);
        C = to_dense(random_matrix<T>(std::max(n1, n2), 0.5, 1, seed + 2)).topLeftCorner(n2, n1);
        D = zero_D ? Eigen::MatrixX<T>::Zero(n2, n2) : to_dense(random_matrix<T>(n2, 0.4, 9, seed + 3));
        K.resize(n1 + n2, n1 + n2);
        K << A, B, C, D;
        order = Eigen::MatrixX<T>::Zero(n1 + n2, n1 + n2);  // P: row k of the mixed matrix is row P of K
        Index a = 0, b = 0;
        for (Index k = 0; k < n1 + n2; ++k) {
            const bool is_second = (k % 2 == 1 && b < n2) || a == n1;
            if (is_second) second.push_back(k);
            order(k, is_second ? n1 + b++ : a++) = T{1};
        }
        matrix = from_dense(Eigen::MatrixX<T>(order * K * order.transpose()));
    }
};

template <class T>
class FieldSplitOf : public testing::Test {};
TYPED_TEST_SUITE(FieldSplitOf, Scalars);

TYPED_TEST(FieldSplitOf, IsItsFormula) {
    using T = TypeParam;
    for (const bool zero_D : {true, false})
        for (const auto kind :
             {FieldSplitKind::diagonal, FieldSplitKind::lower, FieldSplitKind::upper, FieldSplitKind::full}) {
            const Problem<T> p(12, 5, zero_D, 17);
            const Eigen::MatrixX<T> S = p.D - p.C * p.A.inverse() * p.B;
            FieldSplitOptions<T> options{.kind = kind};
            options.first_solver = DenseSolver<T>{p.A.inverse()};
            options.second_solver = DenseSolver<T>{S.inverse()};
            if (!zero_D) options.second = p.second;
            const FieldSplit<T> M(p.matrix, options);
            Eigen::MatrixX<T> block(17, 17);
            block << p.A, Eigen::MatrixX<T>::Zero(12, 5), Eigen::MatrixX<T>::Zero(5, 12), S;
            if (kind == FieldSplitKind::lower) block.bottomLeftCorner(5, 12) = p.C;
            if (kind == FieldSplitKind::upper) block.topRightCorner(12, 5) = p.B;
            if (kind == FieldSplitKind::full) block = p.K;
            const Eigen::MatrixX<T> expected = p.order * block.inverse() * p.order.transpose();
            EXPECT_TRUE(close(dense<T>(M), expected, 3000 * epsilon<T>));
            EXPECT_TRUE(close(dense_adjoint<T>(M), expected.adjoint(), 3000 * epsilon<T>));
        }
}

TYPED_TEST(FieldSplitOf, AssemblesTheSchurComplementOfTheDiagonal) {
    using T = TypeParam;
    const Problem<T> p(12, 5, true, 3);
    const Eigen::MatrixX<T> S = -p.C * p.A.diagonal().cwiseInverse().asDiagonal() * p.B;
    const FieldSplit<T> M(p.matrix, {.kind = FieldSplitKind::upper});
    Eigen::MatrixX<T> block(17, 17);
    block << p.A, p.B, Eigen::MatrixX<T>::Zero(5, 12), S;
    const Eigen::MatrixX<T> expected = p.order * block.inverse() * p.order.transpose();
    EXPECT_TRUE(close(dense<T>(M), expected, 3000 * epsilon<T>));
}

TEST(FieldSplit, MakesADefinitePreconditionerOfASaddlePoint) {
    const Csr<double> K = stokes2d(6, 6);
    const FieldSplit<double> M(K, {.kind = FieldSplitKind::diagonal});
    EXPECT_EQ(M.definiteness(), Definiteness::positive_definite);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const Buffer<double> x = random_vector<double>(K.rows(), seed);
        Buffer<double> z(x.size());
        M.apply(x, z);
        EXPECT_GT(dot(x, z), 0);
    }
}

TEST(FieldSplitLimits, AreNamed) {
    EXPECT_THROW(FieldSplit<double>(poisson1d(4)), InvalidArgument);
    EXPECT_THROW(FieldSplit<double>(poisson1d(4), {.second = {1, 1}}), InvalidArgument);
    EXPECT_THROW(FieldSplit<double>(poisson1d(4), {.second = {4}}), InvalidArgument);
    EXPECT_THROW(FieldSplit<double>(poisson1d(4), {.second = {0, 1, 2, 3}}), InvalidArgument);
    FieldSplitOptions<double> wrong{.second = {3}};
    wrong.first_solver = BlockJacobi<double>(poisson1d(2));
    EXPECT_THROW(FieldSplit<double>(poisson1d(4), wrong), InvalidArgument);
    const Csr<double> zeros(3, 3, {0, 1, 2, 3}, {1, 0, 2}, {1, 1, 1});
    EXPECT_THROW(FieldSplit<double>(zeros, {.second = {2}}), SingularMatrix);
}

}  // namespace
