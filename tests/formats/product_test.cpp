// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/product.hpp"

#include "formats/arithmetic_support.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/diagonal.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class K>
class Product : public testing::Test {};
TYPED_TEST_SUITE(Product, Kinds);

TYPED_TEST(Product, WithDenseColumnsIsTheDenseProduct) {
    using T = typename TypeParam::T;
    using Matrix = Eigen::MatrixX<T>;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const Matrix D = dense(A);
        for (const Index k : {0, 1, 2, 3, 4, 5, 8, 9, 19}) {
            const Matrix X = integer_matrix<T>(n, k, seed + 1), Z = integer_matrix<T>(m, k, seed + 2);
            EXPECT_EQ(multiply(A, X), Matrix(D * X)) << k;
            EXPECT_EQ(multiply_transpose(A, Z), Matrix(D.transpose() * Z)) << k;
            EXPECT_EQ(multiply_adjoint(A, Z), Matrix(D.adjoint() * Z)) << k;
        }
    });
}

TYPED_TEST(Product, WithDenseColumnsWorksOnBlocksOfLargerMatrices) {
    using T = typename TypeParam::T;
    const auto A = integers<TypeParam>(9, 6, 0.4, 1);
    const Eigen::MatrixX<T> X = integer_matrix<T>(8, 9, 2);
    Eigen::MatrixX<T> Y = Eigen::MatrixX<T>::Constant(12, 9, T(77));
    multiply(A, X.block(1, 2, 6, 5), Y.block(2, 3, 9, 5));
    Eigen::MatrixX<T> expected = Eigen::MatrixX<T>::Constant(12, 9, T(77));
    expected.block(2, 3, 9, 5) = dense(A) * X.block(1, 2, 6, 5);
    EXPECT_EQ(Y, expected);
}

TYPED_TEST(Product, WithDenseColumnsEqualsApplyColumnByColumn) {
    using T = typename TypeParam::T;
    const auto A = scattered<TypeParam>(4000, 3000, 18, 3);
    for (const Index k : {2, 8, 13}) {
        const Eigen::MatrixX<T> X = Eigen::MatrixX<T>::Random(3000, k), Z = Eigen::MatrixX<T>::Random(4000, k);
        const Eigen::MatrixX<T> Y = multiply(A, X), W = multiply_transpose(A, Z);
        for (Index c = 0; c < k; ++c) {
            Eigen::VectorX<T> y(4000), w(3000);
            A.apply(Eigen::VectorX<T>(X.col(c)), y);
            A.apply_transpose(Eigen::VectorX<T>(Z.col(c)), w);
            const Real<T> rounding = 40 * std::numeric_limits<Real<T>>::epsilon();
            EXPECT_LE((Y.col(c) - y).norm(), rounding * y.norm());
            EXPECT_LE((W.col(c) - w).norm(), rounding * w.norm());
        }
    }
}

TYPED_TEST(Product, WithDenseColumnsHasAnAdjoint) {  // ⟨A X, Z⟩ = ⟨X, Aᴴ Z⟩
    using T = typename TypeParam::T;
    const auto A = integers<TypeParam>(30, 20, 0.3, 4);
    const Eigen::MatrixX<T> X = integer_matrix<T>(20, 6, 5), Z = integer_matrix<T>(30, 6, 6);
    EXPECT_EQ((Z.adjoint() * multiply(A, X)).eval(), (multiply_adjoint(A, Z).adjoint() * X).eval());
}

TYPED_TEST(Product, OfSparseMatricesIsTheDenseProduct) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        for (const Index k : {0, 1, 8, 90}) {
            const auto A = integers<TypeParam>(m, n, density, seed), B = integers<TypeParam>(n, k, 0.15, seed + 1);
            const auto C = A * B;
            EXPECT_TRUE(is_matrix<>(C, Eigen::MatrixX<T>(dense(A) * dense(B))));
            EXPECT_EQ(pattern(C), (pattern(A) * pattern(B)).cwiseMin(1));
            EXPECT_EQ(transpose(C), transpose(B) * transpose(A));
            EXPECT_EQ(adjoint(C), adjoint(B) * adjoint(A));
        }
    });
}

TYPED_TEST(Product, WithTheIdentityIsTheMatrix) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const auto A = integers<TypeParam>(40, 60, 0.1, 8);
    EXPECT_EQ((identity<T, order>(40) * A), A);
    EXPECT_EQ((A * identity<T, order>(60)), A);
}

// Slices whose indices lie near each other, far apart and few (hash table), far apart and many.
TYPED_TEST(Product, OfSparseMatricesIsRightForEveryAccumulator) {
    using T = typename TypeParam::T;
    constexpr Index n = 3'000'000;
    const std::vector<std::vector<Index>> supports = [] {
        std::vector<std::vector<Index>> s(6);
        Random random(5);
        s[0] = {7, 8, 70, 4095, 4096, 4103};
        s[1] = {0, 1, 63, 64, 65, 127, 128, 8191, 8192};
        s[2] = {0, 1, 1'000'000, 2'999'999};
        s[3] = {1'000'000, 1'000'001, 2'999'998};
        s[5] = {5, 2'999'999};
        for (Index j = 0; j < n; j += 1 + static_cast<Index>(random.below(60))) s[4].push_back(j);
        return s;
    }();
    // With R stored as slices (rows, or columns), the product is stored in the same slices.
    Coo<T> entries(6, n), left(8, 6);
    Random random(9);
    for (Index i = 0; i < 6; ++i)
        for (const Index j : supports[static_cast<std::size_t>(i)]) entries.add(i, j, small_integer<T>(random));
    const std::vector<std::vector<Index>> operands = {{0}, {0, 1}, {2, 3}, {0, 2, 3}, {2, 4}, {0, 1, 2, 3, 4, 5},
                                                      {},  {3, 5}};
    for (Index i = 0; i < 8; ++i)
        for (const Index k : operands[static_cast<std::size_t>(i)]) left.add(i, k, small_integer<T>(random));
    const Csr<T> L = to_csr(left), R = to_csr(entries);

    Coo<T> expected(8, n);
    for (Index i = 0; i < 8; ++i)
        for (const Index k : operands[static_cast<std::size_t>(i)])
            for (const Index j : supports[static_cast<std::size_t>(k)]) expected.add(i, j, L.at(i, k) * R.at(k, j));
    const Csr<T> C = to_csr(expected);
    if constexpr (TypeParam::order == Order::row)
        EXPECT_EQ(L * R, C);
    else
        EXPECT_EQ(Csc<T>(transposed_view(R)) * Csc<T>(transposed_view(L)), Csc<T>(transposed_view(C)));
}

TYPED_TEST(Product, GivesTheSameBitsForAnyNumberOfThreads) {
    using T = typename TypeParam::T;
    const auto A = scattered<TypeParam>(20'000, 15'000, 8, 1), B = scattered<TypeParam>(15'000, 18'000, 9, 2);
    expect_same_for_any_threads([&] { return A * B; });
    const Eigen::MatrixX<T> X = Eigen::MatrixX<T>::Random(15'000, 13), Z = Eigen::MatrixX<T>::Random(20'000, 13);
    expect_same_for_any_threads([&] { return multiply(A, X); });
    expect_same_for_any_threads([&] { return multiply_transpose(A, Z); });
    expect_same_for_any_threads([&] { return multiply_adjoint(A, Z); });
}

TYPED_TEST(Product, TripleProductsAreTransposeOrAdjointTimesAP) {
    using T = typename TypeParam::T;
    for (const auto& [n, m] : {Shape{0, 0}, {4, 0}, {1, 1}, {12, 5}, {7, 9}}) {
        const auto P = integers<TypeParam>(n, m, 0.3, 1), A = integers<TypeParam>(n, n, 0.3, 2);
        EXPECT_TRUE(is_matrix<>(triple_product(P, A), Eigen::MatrixX<T>(dense(P).transpose() * dense(A) * dense(P))));
        EXPECT_TRUE(
            is_matrix<>(adjoint_triple_product(P, A), Eigen::MatrixX<T>(dense(P).adjoint() * dense(A) * dense(P))));
    }
}

TYPED_TEST(Product, RefusesShapesThatDoNotFit) {
    using T = typename TypeParam::T;
    const auto A = integers<TypeParam>(3, 4, 0.5, 1);
    Eigen::MatrixX<T> X = integer_matrix<T>(4, 2, 1), Y(3, 2), wrong(4, 2), square(4, 4);
    EXPECT_THROW(multiply(A, Y), InvalidArgument);
    EXPECT_THROW(multiply(A, X, wrong), InvalidArgument);
    EXPECT_THROW(multiply_transpose(A, X), InvalidArgument);
    EXPECT_THROW(multiply_adjoint(A, X), InvalidArgument);
    EXPECT_THROW(A * A, InvalidArgument);
    EXPECT_THROW(triple_product(A, A), InvalidArgument);
    const auto S = integers<TypeParam>(3, 3, 0.5, 1), Q = integers<TypeParam>(4, 4, 0.5, 1);
    EXPECT_THROW(triple_product(A, Q), InvalidArgument);
    EXPECT_NO_THROW(triple_product(A, S));
    EXPECT_THROW(adjoint_triple_product(A, Q), InvalidArgument);
}

TYPED_TEST(Product, RefusesOverlappingInputAndOutput) {
    using T = typename TypeParam::T;
    const auto A = integers<TypeParam>(4, 4, 0.5, 1);
    Eigen::MatrixX<T> X = integer_matrix<T>(4, 6, 1);
    EXPECT_THROW(multiply(A, X, X), InvalidArgument);
    EXPECT_THROW(multiply(A, X.leftCols(4), X.rightCols(4)), InvalidArgument);
    EXPECT_NO_THROW(multiply(A, X.leftCols(3), X.rightCols(3)));
}

}  // namespace
