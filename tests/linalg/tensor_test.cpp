// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/tensor.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ritz::linalg {
namespace {

using Eigen::Index;

template <class T>
class Tensors : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Tensors, Scalars);

template <Scalar T>
Tensor<T> random_tensor(const std::vector<Index>& shape) {
    Tensor<T> a(shape);
    a.values().setRandom();
    return a;
}

TYPED_TEST(Tensors, FirstIndexIsFastestAndTransposingTwiceGivesTheTensorBack) {
    using T = TypeParam;
    const Tensor<T> a = random_tensor<T>({2, 3, 4});
    EXPECT_EQ(a(1, 2, 3), a.values()[1 + 2 * (2 + 3 * 3)]);
    const Tensor<T> b = a.transposed({2, 0, 1});
    EXPECT_EQ(b.shape(), (std::vector<Index>{4, 2, 3}));
    for (Index i = 0; i < 2; ++i)
        for (Index j = 0; j < 3; ++j)
            for (Index k = 0; k < 4; ++k) EXPECT_EQ(b(k, i, j), a(i, j, k));
    EXPECT_EQ(b.transposed({1, 2, 0}).values(), a.values());
    EXPECT_EQ(a.transposed({-1, 0, 1}).values(), b.values());
}

TYPED_TEST(Tensors, TensordotSumsOverTheNamedAxes) {
    using T = TypeParam;
    const Real<T> tolerance = 100 * std::numeric_limits<Real<T>>::epsilon();
    const Tensor<T> a = random_tensor<T>({3, 4, 5, 2}), b = random_tensor<T>({4, 6, 3});
    const Tensor<T> c = tensordot(a, b, {1, 0}, {0, -1});
    ASSERT_EQ(c.shape(), (std::vector<Index>{5, 2, 6}));
    for (Index k = 0; k < 5; ++k)
        for (Index l = 0; l < 2; ++l)
            for (Index m = 0; m < 6; ++m) {
                T sum = 0;
                for (Index i = 0; i < 3; ++i)
                    for (Index j = 0; j < 4; ++j) sum += a(i, j, k, l) * b(j, m, i);
                EXPECT_LE(std::abs(c(k, l, m) - sum), tolerance);
            }

    // The last axes of a with the first of b.
    const Tensor<T> d = random_tensor<T>({5, 2, 3});
    const Tensor<T> e = tensordot(a, d), f = tensordot(a, d, {2, 3}, {0, 1});
    EXPECT_EQ(e.shape(), (std::vector<Index>{3, 4, 3}));
    EXPECT_LE((e.values() - f.values()).norm(), tolerance);

    // No axis: the outer product. All axes: a number.
    const Tensor<T> g = tensordot(b, d, 0);
    EXPECT_EQ(g.axes(), 6);
    EXPECT_LE(std::abs(g(1, 2, 0, 4, 1, 2) - b(1, 2, 0) * d(4, 1, 2)), tolerance);
    const Tensor<T> h = tensordot(b, b, {0, 1, 2}, {0, 1, 2});
    EXPECT_EQ(h.axes(), 0);
    EXPECT_LE(std::abs(h() - (b.values().transpose() * b.values()).value()), 10 * tolerance);

    // No elements to sum over, or none in the result.
    EXPECT_EQ(tensordot(Tensor<T>({3, 0}), Tensor<T>({0, 2}), 1).values(), Eigen::VectorX<T>::Zero(6));
    EXPECT_EQ(tensordot(Tensor<T>({0, 3}), Tensor<T>({3, 2}), 1).shape(), (std::vector<Index>{0, 2}));
}

TYPED_TEST(Tensors, TensorsolveAndTensorinvSolveTheTensorEquation) {
    using T = TypeParam;
    const Real<T> u = std::numeric_limits<Real<T>>::epsilon();
    // Diagonally dominant, so well conditioned.
    Tensor<T> a = random_tensor<T>({6, 4, 2, 3, 4});
    for (Index k = 0; k < 24; ++k) a.values()[k * 25] += T(20);
    const Tensor<T> x = random_tensor<T>({2, 3, 4});
    const Tensor<T> b = tensordot(a, x, 3);
    const Tensor<T> y = tensorsolve(a, b);
    EXPECT_EQ(y.shape(), x.shape());
    EXPECT_LE((y.values() - x.values()).norm(), 200 * u * x.values().norm());

    // With axes of a that are to be moved to its end first.
    const Tensor<T> moved = a.transposed({2, 0, 3, 1, 4});  // a(i,j,k,l,m) = moved(k,i,l,j,m)
    EXPECT_LE((tensorsolve(moved, b, {0, 2, 4}).values() - x.values()).norm(), 200 * u * x.values().norm());

    const Tensor<T> inverse = tensorinv(a);
    EXPECT_EQ(inverse.shape(), (std::vector<Index>{2, 3, 4, 6, 4}));
    EXPECT_LE((tensordot(inverse, b, 2).values() - x.values()).norm(), 200 * u * x.values().norm());
    EXPECT_EQ(tensorinv(Tensor<T>({0, 3, 0}), 2).shape(), (std::vector<Index>{0, 0, 3}));
}

TEST(Tensor, NamesWhatDoesNotFit) {
    EXPECT_THROW(Tensor<double>({2, 3}, Eigen::VectorXd::Zero(5)), InvalidArgument);
    EXPECT_THROW(Tensor<double>({2, -3}), InvalidArgument);
    EXPECT_THROW(Tensor<double>({Index{1} << 40, Index{1} << 40}), InvalidArgument);
    const Tensor<double> a({2, 3, 4}), b({4, 5});
    EXPECT_THROW(a(0, 3, 0), InvalidArgument);
    EXPECT_THROW(a(0, 0), InvalidArgument);
    EXPECT_THROW(a.transposed({0, 1}), InvalidArgument);
    EXPECT_THROW(a.transposed({0, 1, 1}), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b, 3), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b, {1}, {0}), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b, {2, -1}, {0, 1}), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b, {3}, {0}), InvalidArgument);
    EXPECT_THROW((void)tensorinv(a), InvalidArgument);
    EXPECT_THROW((void)tensorinv(a, 0), InvalidArgument);
    EXPECT_THROW((void)tensorsolve(a, Tensor<double>({3})), InvalidArgument);
    EXPECT_THROW((void)tensorsolve(a, Tensor<double>({2})), InvalidArgument);
    Tensor<double> nan({4});
    nan.values()[2] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW((void)tensordot(a, nan, 1), InvalidArgument);
    EXPECT_THROW((void)tensorsolve(Tensor<double>({2, 2}), Tensor<double>({2})), SingularMatrix);
    Tensor<double> huge({1});
    huge.values()[0] = 1e200;
    EXPECT_THROW((void)tensordot(huge, huge, 1), LimitExceeded);
}

TEST(Tensor, IsMadeOfMatricesAndVectors) {
    const Eigen::MatrixXd A = Eigen::MatrixXd::Random(3, 4);
    const Tensor a(A);
    EXPECT_EQ(a.shape(), (std::vector<Index>{3, 4}));
    EXPECT_EQ(a(2, 3), A(2, 3));
    EXPECT_EQ(a.matrix(1), A);
    EXPECT_EQ(Tensor(Eigen::VectorXd(A.col(1))).shape(), (std::vector<Index>{3}));
}

}  // namespace
}  // namespace ritz::linalg
