// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/tensor.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace ritz::linalg {
namespace {

using Eigen::Index;

Tensor<double> random_tensor(std::vector<Index> shape) {
    Index n = 1;
    for (const Index k : shape) n *= k;
    return {std::move(shape), Eigen::VectorXd::Random(n)};
}

TEST(Tensor, ContractionsAreTheirSums) {
    const Tensor<double> a = random_tensor({2, 3, 4}), b = random_tensor({4, 5, 2});
    const Tensor<double> c = tensordot(a, b, {2, 0}, {0, 2});  // c(j, l) = Σ a(i, j, k) b(k, l, i)
    ASSERT_EQ(c.shape, (std::vector<Index>{3, 5}));
    for (Index j = 0; j < 3; ++j)
        for (Index l = 0; l < 5; ++l) {
            double sum = 0;
            for (Index i = 0; i < 2; ++i)
                for (Index k = 0; k < 4; ++k) sum += a.values((i * 3 + j) * 4 + k) * b.values((k * 5 + l) * 2 + i);
            EXPECT_NEAR(c.values(j * 5 + l), sum, 1e-14);
        }
    const Tensor<double> outer = tensordot(a, b, 0);
    ASSERT_EQ(outer.shape, (std::vector<Index>{2, 3, 4, 4, 5, 2}));
    EXPECT_EQ(outer.values(7 * 40 + 11), a.values(7) * b.values(11));
    EXPECT_NEAR(tensordot(a, a, 3).values(0), a.values.squaredNorm(), 1e-14);
    EXPECT_TRUE(tensordot(a, a, 3).shape.empty());
}

TEST(Tensor, EquationsAreSolvedAndInverted) {
    const Tensor<double> a = random_tensor({2, 3, 6}), b = random_tensor({2, 3});
    const Tensor<double> x = tensorsolve(a, b);
    ASSERT_EQ(x.shape, (std::vector<Index>{6}));
    EXPECT_LT((tensordot(a, x, 1).values - b.values).norm(), 1e-12);
    const Tensor<double> inverse = tensorinv(a, 2);
    ASSERT_EQ(inverse.shape, (std::vector<Index>{6, 2, 3}));
    EXPECT_LT((tensordot(inverse, b, 2).values - x.values).norm(), 1e-11 * (1 + x.values.norm()));
}

TEST(Tensor, EmptyOnesAndWrongShapesHaveDefinedAnswers) {
    const Tensor<double> none = random_tensor({3, 0}), a = random_tensor({0, 2});
    EXPECT_EQ(tensordot(none, a, 1).values, Eigen::VectorXd::Zero(6));
    EXPECT_THROW((void)tensordot(random_tensor({2, 3}), random_tensor({2, 3}), 1), InvalidArgument);
    EXPECT_THROW((void)tensordot(random_tensor({2, 2}), random_tensor({2, 2}), {0, 0}, {0, 1}), InvalidArgument);
    EXPECT_THROW((void)tensordot(random_tensor({2, 2}), random_tensor({2, 2}), {2}, {0}), InvalidArgument);
    EXPECT_THROW((void)tensorsolve(random_tensor({2, 3}), random_tensor({2})), InvalidArgument);
    EXPECT_THROW((void)tensorinv(random_tensor({2, 3}), 1), InvalidArgument);
    EXPECT_THROW((void)tensorinv(Tensor<double>{{2, 2}, Eigen::VectorXd::Ones(4)}, 1), SingularMatrix);
    EXPECT_THROW((void)tensordot(Tensor<double>{{2}, Eigen::VectorXd::Ones(3)}, a, 0), InvalidArgument);
}

}  // namespace
}  // namespace ritz::linalg
