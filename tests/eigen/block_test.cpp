// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/block.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"

namespace {

using namespace ritz;

template <class T>
class Block : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Block, Scalars);

template <Scalar T>
Eigen::MatrixX<T> random_matrix(Index rows, Index cols, std::uint64_t seed) {
    const auto numbers = random_vector<T>(rows * cols, seed);
    return Eigen::Map<const Eigen::MatrixX<T>>(numbers.data(), rows, cols);
}

// Heights around registers, panels and pieces; widths around tiles.
constexpr Index heights[] = {0, 1, 7, 8, 65, 1023, 1024, 1025, 2051, 4096, 9001};
constexpr std::pair<Index, Index> widths[] = {{1, 1}, {0, 2}, {3, 0},  {2, 1},  {3, 2},
                                              {5, 3}, {9, 4}, {12, 7}, {17, 17}};

TYPED_TEST(Block, ProductsAreThoseOfTheirDefinition) {
    using T = TypeParam;
    using R = Real<T>;
    for (const Index n : heights)
        for (const auto& [m, c] : widths) {
            const auto V = random_matrix<T>(n, m, 1), W = random_matrix<T>(n, c, 2), H = random_matrix<T>(m, c, 3);
            const double bound = 4.0 * std::numeric_limits<R>::epsilon() * (n + m + 4);
            SCOPED_TRACE(testing::Message() << n << " rows, " << m << " and " << c << " columns");

            Eigen::MatrixX<T> product(m, c), combined(n, c);
            for (Index j = 0; j < c; ++j) {
                for (Index i = 0; i < m; ++i) product(i, j) = V.col(i).dot(W.col(j));
                combined.col(j).setZero();
                for (Index i = 0; i < m; ++i) combined.col(j) += V.col(i) * H(i, j);
            }
            EXPECT_LE((eigen::gram<T>(V, W) - product).norm(), bound * (1 + product.norm()));

            Eigen::MatrixX<T> out = Eigen::MatrixX<T>::Constant(n, c, std::numeric_limits<R>::quiet_NaN());
            eigen::multiply<T>(V, H, out);
            EXPECT_LE((out - combined).norm(), bound * (1 + combined.norm()));

            Eigen::MatrixX<T> difference = W;
            eigen::subtract_product<T>(V, H, difference);
            EXPECT_LE((difference - (W - combined)).norm(), bound * (1 + combined.norm()));

            if (c > m) continue;
            Eigen::MatrixX<T> in_place = V;
            eigen::multiply_in_place<T>(in_place, H);
            EXPECT_LE((in_place.leftCols(c) - combined).norm(), bound * (1 + combined.norm()));
            EXPECT_EQ(in_place.rightCols(m - c), V.rightCols(m - c));
        }
}

TYPED_TEST(Block, ColumnsOfALargerMatrixAreMultipliedAndNothingElseIsTouched) {
    using T = TypeParam;
    const auto all = random_matrix<T>(3000, 12, 1);
    Eigen::MatrixX<T> changed = all;
    const auto H = random_matrix<T>(4, 3, 2);
    eigen::subtract_product<T>(changed.block(100, 2, 2500, 4), H, changed.block(100, 7, 2500, 3));
    Eigen::MatrixX<T> expected = all;
    expected.block(100, 7, 2500, 3) -= all.block(100, 2, 2500, 4) * H;
    EXPECT_LE((changed - expected).norm(), 1e2 * std::numeric_limits<Real<T>>::epsilon() * all.norm());
    changed.block(100, 7, 2500, 3) = all.block(100, 7, 2500, 3);
    EXPECT_EQ(changed, all);
}

TYPED_TEST(Block, BitsDoNotDependOnThreads) {
    using T = TypeParam;
    const Index n = 60007, m = 22, c = 9;
    const auto V = random_matrix<T>(n, m, 1), W = random_matrix<T>(n, c, 2), H = random_matrix<T>(m, c, 3);
    const auto all = [&](int threads) {
        const ThreadLimit limit(threads);
        Eigen::MatrixX<T> out(n, c), difference = W, in_place = V;
        eigen::multiply<T>(V, H, out);
        eigen::subtract_product<T>(V, H, difference);
        eigen::multiply_in_place<T>(in_place, H);
        return std::tuple(eigen::gram<T>(V, W), out, difference, in_place);
    };
    const auto one = all(1);
    for (const int threads : {2, 3, 4}) EXPECT_TRUE(all(threads) == one) << threads << " threads";
}

TYPED_TEST(Block, NotANumberIsNotLost) {
    using T = TypeParam;
    auto V = random_matrix<T>(1500, 3, 1);
    V(1499, 2) = std::numeric_limits<Real<T>>::quiet_NaN();
    const Eigen::MatrixX<T> G = eigen::gram<T>(V, V);
    EXPECT_TRUE(std::isnan(std::abs(G(2, 0))));
    EXPECT_FALSE(std::isnan(std::abs(G(1, 0))));
}

}  // namespace
