// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/operators/algebra.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <vector>

#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"

namespace {

using namespace ritz;

template <Scalar T>
Eigen::MatrixX<T> integers(Index m, Index n, int seed) {
    Eigen::MatrixX<T> D(m, n);
    for (Index j = 0; j < n; ++j)
        for (Index i = 0; i < m; ++i) {
            const auto part = [&](int k) { return static_cast<Real<T>>((i * 7 + j * 5 + k * 3 + seed) % 9 - 4); };
            if constexpr (is_complex<T>)
                D(i, j) = T(part(0), part(1));
            else
                D(i, j) = part(0);
        }
    return D;
}

template <Scalar T>
Eigen::MatrixX<T> applied(LinearOperatorRef<T> A, bool adjoint) {
    Eigen::MatrixX<T> D(adjoint ? A.cols() : A.rows(), adjoint ? A.rows() : A.cols());
    Eigen::VectorX<T> e = Eigen::VectorX<T>::Zero(D.cols()), y(D.rows());
    for (Eigen::Index j = 0; j < D.cols(); ++j) {
        e[j] = T{1};
        adjoint ? A.apply_adjoint(e, y) : A.apply(e, y);
        D.col(j) = y;
        e[j] = T{0};
    }
    return D;
}

template <class T>
class OperatorAlgebra : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(OperatorAlgebra, Scalars);

// Small integers: every sum and product is exact.
TYPED_TEST(OperatorAlgebra, IsThatOfTheMatrices) {
    using T = TypeParam;
    T alpha{3}, beta{-2};
    if constexpr (is_complex<T>) alpha = T(3, 1), beta = T(-2, 4);
    for (const Index m : {0, 1, 6})
        for (const Index n : {0, 1, 4}) {
            const Eigen::MatrixX<T> a = integers<T>(m, n, 1), b = integers<T>(m, n, 2), c = integers<T>(n, 5, 3);
            const Csr<T> A = from_dense(a), B = from_dense(b), C = from_dense(c);
            const auto expect = [](LinearOperatorRef<T> op, const Eigen::MatrixX<T>& expected) {
                ASSERT_EQ(op.rows(), expected.rows());
                ASSERT_EQ(op.cols(), expected.cols());
                EXPECT_EQ(applied(op, false), expected);
                ASSERT_TRUE(op.has_adjoint());
                EXPECT_EQ(applied(op, true), expected.adjoint());
            };
            const OperatorSum<T> sum(A, B), difference(A, B, T{1}, T{-1}), combination(A, B, alpha, beta);
            expect(sum, a + b);
            expect(difference, a - b);
            expect(combination, alpha * a + beta * b);
            const OperatorProduct<T> product(A, C), nested(sum, C);
            expect(product, a * c);
            expect(nested, (a + b) * c);
            const ScaledOperator<T> scaled(alpha, A);
            expect(scaled, alpha * a);
            const AdjointOf<T> adjoint(A);
            expect(adjoint, a.adjoint());
            const TransposeOf<T> transposed(A);
            expect(transposed, a.transpose());
            const OperatorProduct<T> normal(adjoint, A);
            expect(normal, a.adjoint() * a);
            const ShiftedOperator<T> shifted(normal, alpha);
            expect(shifted, a.adjoint() * a - alpha * Eigen::MatrixX<T>::Identity(n, n));
        }
}

TEST(OperatorAlgebraLimits, AreNamed) {
    const Csr<double> A = from_dense(integers<double>(3, 4, 1)), B = from_dense(integers<double>(4, 3, 1));
    EXPECT_THROW(OperatorSum<double>(A, B), InvalidArgument);
    EXPECT_THROW(OperatorProduct<double>(A, A), InvalidArgument);
    EXPECT_THROW(ShiftedOperator<double>(A, 1), InvalidArgument);
    const MatrixFree forward(3, 3, [](VectorView<double>, VectorRef<double>) {});
    EXPECT_THROW(AdjointOf<double>{forward}, Unsupported);
    EXPECT_THROW(TransposeOf<double>{forward}, Unsupported);
    const OperatorProduct<double> product(forward, A);
    EXPECT_FALSE(product.has_adjoint());
    std::vector<double> x(3), y(3);
    EXPECT_THROW(product.apply(x, y), InvalidArgument);
    static_assert(!std::is_constructible_v<ScaledOperator<double>, double, Csr<double>>, "a temporary would dangle");
}

}  // namespace
