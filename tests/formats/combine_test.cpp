// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/combine.hpp"

#include "formats/arithmetic_support.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class K>
class Combine : public testing::Test {};
TYPED_TEST_SUITE(Combine, Kinds);

TYPED_TEST(Combine, StacksSideBySideAndOneAboveTheOther) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed), B = integers<TypeParam>(m, 4, 0.4, seed + 1),
                   C = integers<TypeParam>(3, n, 0.4, seed + 2), none = integers<TypeParam>(m, 0, 1, 1);
        Eigen::MatrixX<T> side(m, n + 4), above(m + 3, n);
        side << dense(A), dense(B);
        above << dense(A), dense(C);
        EXPECT_TRUE(is_matrix<>(hstack({A, none, B}), side));
        EXPECT_TRUE(is_matrix<>(vstack({A, C}), above));
        EXPECT_EQ(hstack({A, B}).nnz(), A.nnz() + B.nnz());  // explicit zeros stay
        EXPECT_EQ(transpose(hstack({A, B})), vstack({transpose(A), transpose(B)}));
        EXPECT_EQ(hstack({A}), A);
        EXPECT_EQ(vstack({A}), A);
    });
}

TYPED_TEST(Combine, OfNothingIsTheEmptyMatrix) {
    using Matrix = Compressed<TypeParam::order, typename TypeParam::T>;
    using View = typename Matrix::View;
    EXPECT_EQ(hstack(std::vector<View>{}), Matrix());
    EXPECT_EQ(vstack(std::vector<View>{}), Matrix());
    EXPECT_EQ(block_diagonal(std::vector<View>{}), Matrix());
    EXPECT_EQ((block_matrix<TypeParam::order, typename TypeParam::T>({})), Matrix());
}

TYPED_TEST(Combine, GridOfBlocksEqualsStacksOfStacks) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const auto A = integers<TypeParam>(5, 5, 0.4, 1), B = integers<TypeParam>(3, 5, 0.5, 2), Bt = transpose(B);
    const auto zero = integers<TypeParam>(3, 3, 0, 3);
    const auto K = block_matrix<order, T>({{A, Bt}, {B, {}}});
    EXPECT_EQ(K, vstack({hstack({A, Bt}), hstack({B, zero})}));
    const auto wide = block_matrix<order, T>({{{}, A, Bt}, {zero, {}, {}}});
    EXPECT_EQ(wide, vstack({hstack({integers<TypeParam>(5, 3, 0, 1), A, Bt}),
                            hstack({zero, integers<TypeParam>(3, 8, 0, 1)})}));
}

TYPED_TEST(Combine, BlockDiagonalPutsBlocksOnTheDiagonal) {
    using T = typename TypeParam::T;
    const auto A = integers<TypeParam>(2, 3, 0.7, 1), B = integers<TypeParam>(4, 1, 0.7, 2),
               none = integers<TypeParam>(0, 2, 1, 3), tall = integers<TypeParam>(3, 0, 1, 4);
    Eigen::MatrixX<T> expected = Eigen::MatrixX<T>::Zero(9, 6);
    expected.block(0, 0, 2, 3) = dense(A);
    expected.block(5, 5, 4, 1) = dense(B);
    EXPECT_TRUE(is_matrix<>(block_diagonal({A, none, tall, B}), expected));
}

TYPED_TEST(Combine, OfManyBlocksInParallelIsTheSame) {
    const auto A = scattered<TypeParam>(3000, 3000, 20, 1), B = scattered<TypeParam>(3000, 3000, 30, 2);
    expect_same_for_any_threads([&] { return hstack({A, B, A}); });
    expect_same_for_any_threads([&] { return block_diagonal({A, B, A}); });
    EXPECT_EQ(transpose(hstack({A, B, A})), vstack({transpose(A), transpose(B), transpose(A)}));
}

TYPED_TEST(Combine, RefusesBlocksThatDoNotFit) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const auto A = integers<TypeParam>(2, 3, 0.7, 1), B = integers<TypeParam>(4, 1, 0.7, 2);
    EXPECT_THROW(hstack({A, B}), InvalidArgument);
    EXPECT_THROW(vstack({A, B}), InvalidArgument);
    EXPECT_THROW((block_matrix<order, T>({{A, B}})), InvalidArgument);
    EXPECT_THROW((block_matrix<order, T>({{A}, {B}})), InvalidArgument);
    EXPECT_THROW((block_matrix<order, T>({{A, {}}, {A, {}}})), InvalidArgument);  // how wide is the second column?
    EXPECT_THROW((block_matrix<order, T>({{A, A}, {A}})), InvalidArgument);       // a ragged grid
}

TYPED_TEST(Combine, RefusesDimensionsBeyondTheIndexType) {
    using T = typename TypeParam::T;
    constexpr Index huge = 1'500'000'000;
    if constexpr (TypeParam::order == Order::row) {
        const Csr<T> wide(1, huge, Buffer<Offset>{0, 0}, {}, {});
        EXPECT_THROW(hstack({wide, wide}), LimitExceeded);
        EXPECT_THROW(block_diagonal({wide, wide}), LimitExceeded);
    } else {
        const Csc<T> tall(huge, 1, Buffer<Offset>{0, 0}, {}, {});
        EXPECT_THROW(vstack({tall, tall}), LimitExceeded);
        EXPECT_THROW(block_diagonal({tall, tall}), LimitExceeded);
    }
}

}  // namespace
