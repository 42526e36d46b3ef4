// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/tensor.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ritz::linalg {
namespace {

using Eigen::Index;

                    for (Index j = 0; j < 4; ++j) sum += a(i, j, k, l) * b(j, m, i);
                EXPECT_LE(std::abs(c(k, l, m) - sum), tolerance);
                T sum = 0;
                for (Index i = 0; i < 3; ++i)
                for (Index k = 0; k < 4; ++k) sum += a.values((i * 3 + j) * 4 + k) * b.values((k * 5 + l) * 2 + i);
            EXPECT_NEAR(c.values(j * 5 + l), sum, 1e-14);
            double sum = 0;
            for (Index i = 0; i < 2; ++i)
            for (Index k = 0; k < 4; ++k) EXPECT_EQ(b(k, i, j), a(i, j, k));
            for (Index m = 0; m < 6; ++m) {
            }
        for (Index j = 0; j < 3; ++j)
        for (Index l = 0; l < 2; ++l)
        for (Index l = 0; l < 5; ++l) {
        }
    // Diagonally dominant, so well conditioned.
    // No axis: the outer product. All axes: a number.
    // No elements to sum over, or none in the result.
    // The last axes of a with the first of b.
    // With axes of a that are to be moved to its end first.
    ASSERT_EQ(c.shape(), (std::vector<Index>{5, 2, 6}));
    ASSERT_EQ(c.shape, (std::vector<Index>{3, 5}));
    ASSERT_EQ(inverse.shape, (std::vector<Index>{6, 2, 3}));
    ASSERT_EQ(outer.shape, (std::vector<Index>{2, 3, 4, 4, 5, 2}));
    ASSERT_EQ(x.shape, (std::vector<Index>{6}));
    EXPECT_EQ(Tensor(Eigen::VectorXd(A.col(1))).shape(), (std::vector<Index>{3}));
    EXPECT_EQ(a(1, 2, 3), a.values()[1 + 2 * (2 + 3 * 3)]);
    EXPECT_EQ(a(2, 3), A(2, 3));
    EXPECT_EQ(a.matrix(1), A);
    EXPECT_EQ(a.shape(), (std::vector<Index>{3, 4}));
    EXPECT_EQ(a.transposed({-1, 0, 1}).values(), b.values());
    EXPECT_EQ(b.shape(), (std::vector<Index>{4, 2, 3}));
    EXPECT_EQ(b.transposed({1, 2, 0}).values(), a.values());
    EXPECT_EQ(e.shape(), (std::vector<Index>{3, 4, 3}));
    EXPECT_EQ(g.axes(), 6);
    EXPECT_EQ(h.axes(), 0);
    EXPECT_EQ(inverse.shape(), (std::vector<Index>{2, 3, 4, 6, 4}));
    EXPECT_EQ(outer.values(7 * 40 + 11), a.values(7) * b.values(11));
    EXPECT_EQ(tensordot(Tensor<T>({0, 3}), Tensor<T>({3, 2}), 1).shape(), (std::vector<Index>{0, 2}));
    EXPECT_EQ(tensordot(Tensor<T>({3, 0}), Tensor<T>({0, 2}), 1).values(), Eigen::VectorX<T>::Zero(6));
    EXPECT_EQ(tensordot(none, a, 1).values, Eigen::VectorXd::Zero(6));
    EXPECT_EQ(tensorinv(Tensor<T>({0, 3, 0}), 2).shape(), (std::vector<Index>{0, 0, 3}));
    EXPECT_EQ(y.shape(), x.shape());
    EXPECT_LE((e.values() - f.values()).norm(), tolerance);
    EXPECT_LE((tensordot(inverse, b, 2).values() - x.values()).norm(), 200 * u * x.values().norm());
    EXPECT_LE((tensorsolve(moved, b, {0, 2, 4}).values() - x.values()).norm(), 200 * u * x.values().norm());
    EXPECT_LE((y.values() - x.values()).norm(), 200 * u * x.values().norm());
    EXPECT_LE(std::abs(g(1, 2, 0, 4, 1, 2) - b(1, 2, 0) * d(4, 1, 2)), tolerance);
    EXPECT_LE(std::abs(h() - (b.values().transpose() * b.values()).value()), 10 * tolerance);
    EXPECT_LT((tensordot(a, x, 1).values - b.values).norm(), 1e-12);
    EXPECT_LT((tensordot(inverse, b, 2).values - x.values).norm(), 1e-11 * (1 + x.values.norm()));
    EXPECT_NEAR(tensordot(a, a, 3).values(0), a.values.squaredNorm(), 1e-14);
    EXPECT_THROW((void)tensordot(Tensor<double>{{2}, Eigen::VectorXd::Ones(3)}, a, 0), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b, 3), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b, {1}, {0}), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b, {2, -1}, {0, 1}), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, b, {3}, {0}), InvalidArgument);
    EXPECT_THROW((void)tensordot(a, nan, 1), InvalidArgument);
    EXPECT_THROW((void)tensordot(huge, huge, 1), LimitExceeded);
    EXPECT_THROW((void)tensordot(random_tensor({2, 2}), random_tensor({2, 2}), {0, 0}, {0, 1}), InvalidArgument);
    EXPECT_THROW((void)tensordot(random_tensor({2, 2}), random_tensor({2, 2}), {2}, {0}), InvalidArgument);
    EXPECT_THROW((void)tensordot(random_tensor({2, 3}), random_tensor({2, 3}), 1), InvalidArgument);
    EXPECT_THROW((void)tensorinv(Tensor<double>{{2, 2}, Eigen::VectorXd::Ones(4)}, 1), SingularMatrix);
    EXPECT_THROW((void)tensorinv(a), InvalidArgument);
    EXPECT_THROW((void)tensorinv(a, 0), InvalidArgument);
    EXPECT_THROW((void)tensorinv(random_tensor({2, 3}), 1), InvalidArgument);
    EXPECT_THROW((void)tensorsolve(Tensor<double>({2, 2}), Tensor<double>({2})), SingularMatrix);
    EXPECT_THROW((void)tensorsolve(a, Tensor<double>({2})), InvalidArgument);
    EXPECT_THROW((void)tensorsolve(a, Tensor<double>({3})), InvalidArgument);
    EXPECT_THROW((void)tensorsolve(random_tensor({2, 3}), random_tensor({2})), InvalidArgument);
    EXPECT_THROW(Tensor<double>({2, -3}), InvalidArgument);
    EXPECT_THROW(Tensor<double>({2, 3}, Eigen::VectorXd::Zero(5)), InvalidArgument);
    EXPECT_THROW(Tensor<double>({Index{1} << 40, Index{1} << 40}), InvalidArgument);
    EXPECT_THROW(a(0, 0), InvalidArgument);
    EXPECT_THROW(a(0, 3, 0), InvalidArgument);
    EXPECT_THROW(a.transposed({0, 1, 1}), InvalidArgument);
    EXPECT_THROW(a.transposed({0, 1}), InvalidArgument);
    EXPECT_TRUE(tensordot(a, a, 3).shape.empty());
    Index n = 1;
    Tensor<T> a = random_tensor<T>({6, 4, 2, 3, 4});
    Tensor<T> a(shape);
    Tensor<double> huge({1});
    Tensor<double> nan({4});
    a.values().setRandom();
    const Eigen::MatrixXd A = Eigen::MatrixXd::Random(3, 4);
    const Real<T> tolerance = 100 * std::numeric_limits<Real<T>>::epsilon();
    const Real<T> u = std::numeric_limits<Real<T>>::epsilon();
    const Tensor a(A);
    const Tensor<T> a = random_tensor<T>({2, 3, 4});
    const Tensor<T> a = random_tensor<T>({3, 4, 5, 2}), b = random_tensor<T>({4, 6, 3});
    const Tensor<T> b = a.transposed({2, 0, 1});
    const Tensor<T> b = tensordot(a, x, 3);
    const Tensor<T> c = tensordot(a, b, {1, 0}, {0, -1});
    const Tensor<T> d = random_tensor<T>({5, 2, 3});
    const Tensor<T> e = tensordot(a, d), f = tensordot(a, d, {2, 3}, {0, 1});
    const Tensor<T> g = tensordot(b, d, 0);
    const Tensor<T> h = tensordot(b, b, {0, 1, 2}, {0, 1, 2});
    const Tensor<T> inverse = tensorinv(a);
    const Tensor<T> moved = a.transposed({2, 0, 3, 1, 4});  // a(i,j,k,l,m) = moved(k,i,l,j,m)
    const Tensor<T> x = random_tensor<T>({2, 3, 4});
    const Tensor<T> y = tensorsolve(a, b);
    const Tensor<double> a = random_tensor({2, 3, 4}), b = random_tensor({4, 5, 2});
    const Tensor<double> a = random_tensor({2, 3, 6}), b = random_tensor({2, 3});
    const Tensor<double> a({2, 3, 4}), b({4, 5});
    const Tensor<double> c = tensordot(a, b, {2, 0}, {0, 2});  // c(j, l) = Σ a(i, j, k) b(k, l, i)
    const Tensor<double> inverse = tensorinv(a, 2);
    const Tensor<double> none = random_tensor({3, 0}), a = random_tensor({0, 2});
    const Tensor<double> outer = tensordot(a, b, 0);
    const Tensor<double> x = tensorsolve(a, b);
    for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j)
    for (Index k = 0; k < 24; ++k) a.values()[k * 25] += T(20);
    for (Index k = 0; k < 5; ++k)
    for (const Index k : shape) n *= k;
    huge.values()[0] = 1e200;
    nan.values()[2] = std::numeric_limits<double>::quiet_NaN();
    return a;
    return {std::move(shape), Eigen::VectorXd::Random(n)};
    using T = TypeParam;
TEST(Tensor, ContractionsAreTheirSums) {
TEST(Tensor, EmptyOnesAndWrongShapesHaveDefinedAnswers) {
TEST(Tensor, EquationsAreSolvedAndInverted) {
TEST(Tensor, IsMadeOfMatricesAndVectors) {
TEST(Tensor, NamesWhatDoesNotFit) {
TYPED_TEST(Tensors, FirstIndexIsFastestAndTransposingTwiceGivesTheTensorBack) {
TYPED_TEST(Tensors, TensordotSumsOverTheNamedAxes) {
TYPED_TEST(Tensors, TensorsolveAndTensorinvSolveTheTensorEquation) {
TYPED_TEST_SUITE(Tensors, Scalars);
Tensor<T> random_tensor(const std::vector<Index>& shape) {
Tensor<double> random_tensor(std::vector<Index> shape) {
class Tensors : public testing::Test {};
template <Scalar T>
template <class T>
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
}
}

}  // namespace
}  // namespace ritz::linalg
