// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/arithmetic.hpp"

#include <limits>

#include "formats/arithmetic_support.hpp"
#include "ritz/formats/product.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class K>
class Arithmetic : public testing::Test {};
TYPED_TEST_SUITE(Arithmetic, Kinds);

TYPED_TEST(Arithmetic, AddsOverTheUnionOfBothStructures) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed), B = integers<TypeParam>(m, n, 0.2, seed + 1000);
        const auto C = add(2, A, -3, B);
        EXPECT_TRUE(is_matrix<>(C, Eigen::MatrixX<T>(T(2) * dense(A) - T(3) * dense(B))));
        EXPECT_EQ(pattern(C), pattern(A).cwiseMax(pattern(B)));
        EXPECT_TRUE(is_matrix<>(A + B, Eigen::MatrixX<T>(dense(A) + dense(B))));
        EXPECT_TRUE(is_matrix<>(A - B, Eigen::MatrixX<T>(dense(A) - dense(B))));
        EXPECT_EQ(A + B, B + A);
        EXPECT_EQ(transpose(A + B), transpose(A) + transpose(B));
        EXPECT_EQ(-(A - B), B - A);
        // A matrix minus itself keeps its structure as explicit zeros (and takes the short cut for equal structures).
        EXPECT_EQ(pattern(A - A), pattern(A));
        EXPECT_TRUE(is_matrix<>(A - A, Eigen::MatrixX<T>(Eigen::MatrixX<T>::Zero(m, n))));
    });
}

TYPED_TEST(Arithmetic, AddsNothingWhereOnlyOneMatrixHasAnEntry) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const Compressed<order, T> A(1, 1, Buffer<Offset>{0, 1}, {0}, {T(std::numeric_limits<Real<T>>::infinity())});
    const Compressed<order, T> none(1, 1, Buffer<Offset>{0, 0}, {}, {});
    EXPECT_EQ(add(A, none).values()[0], A.values()[0]);
    EXPECT_EQ(subtract(none, A).values()[0], -A.values()[0]);
}

TYPED_TEST(Arithmetic, ScalesElementsRowsAndColumns) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const auto r = integer_vector<T>(m, seed + 1), c = integer_vector<T>(n, seed + 2);
        const Eigen::Map<const Eigen::VectorX<T>> R(r.data(), m), C(c.data(), n);
        const Eigen::MatrixX<T> D = dense(A);
        EXPECT_TRUE(is_matrix<>(T(3) * A, Eigen::MatrixX<T>(T(3) * D)));
        EXPECT_EQ(3 * A, A * 3);
        EXPECT_EQ(pattern(scaled(0, A)), pattern(A));
        EXPECT_TRUE(is_matrix<>(scale_rows(r, A), Eigen::MatrixX<T>(R.asDiagonal() * D)));
        EXPECT_TRUE(is_matrix<>(scale_columns(A, c), Eigen::MatrixX<T>(D * C.asDiagonal())));
        EXPECT_EQ(scale_rows_and_columns(r, A, c), scale_columns(scale_rows(r, A), c));
    });
}

TYPED_TEST(Arithmetic, HadamardProductIsOverTheIntersection) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed), B = integers<TypeParam>(m, n, 0.4, seed + 1000);
        const auto C = hadamard(A, B);
        EXPECT_TRUE(is_matrix<>(C, Eigen::MatrixX<T>(dense(A).cwiseProduct(dense(B)))));
        EXPECT_EQ(pattern(C), pattern(A).cwiseProduct(pattern(B)));
        EXPECT_EQ(C, hadamard(B, A));
    });
}

TYPED_TEST(Arithmetic, KroneckerProductIsTheBlocksAijB) {
    using T = typename TypeParam::T;
    for (const auto& [m, n] : {Shape{0, 0}, {0, 3}, {3, 0}, {1, 1}, {3, 4}, {5, 2}})
        for (const auto& [p, q] : {Shape{0, 0}, {2, 0}, {1, 1}, {2, 3}}) {
            const auto A = integers<TypeParam>(m, n, 0.6, 5), B = integers<TypeParam>(p, q, 0.7, 6);
            Eigen::MatrixX<T> expected(m * p, n * q);
            for (Index i = 0; i < m; ++i)
                for (Index j = 0; j < n; ++j) expected.block(i * p, j * q, p, q) = A.at(i, j) * dense(B);
            EXPECT_TRUE(is_matrix<>(kron(A, B), expected));
            EXPECT_EQ(kron(A, B).nnz(), A.nnz() * B.nnz());
            EXPECT_EQ(transpose(kron(A, B)), kron(transpose(A), transpose(B)));
        }
}

TYPED_TEST(Arithmetic, KroneckerAndMatrixProductsMix) {  // (A ⊗ B)(C ⊗ D) = AC ⊗ BD
    const auto A = integers<TypeParam>(3, 4, 0.5, 1), B = integers<TypeParam>(2, 5, 0.5, 2);
    const auto C = integers<TypeParam>(4, 2, 0.5, 3), D = integers<TypeParam>(5, 3, 0.5, 4);
    EXPECT_EQ(kron(A, B) * kron(C, D), kron(A * C, B * D));
}

TYPED_TEST(Arithmetic, GivesTheSameBitsForAnyNumberOfThreads) {
    const auto A = scattered<TypeParam>(5000, 4000, 20, 1), B = scattered<TypeParam>(5000, 4000, 15, 2);
    expect_same_for_any_threads([&] { return add(0.3f, A, 0.7f, B); });
    expect_same_for_any_threads([&] { return hadamard(A, B); });
    expect_same_for_any_threads([&] { return scaled(0.3f, A); });
}

TYPED_TEST(Arithmetic, RefusesShapesThatDoNotFit) {
    using T = typename TypeParam::T;
    const auto A = integers<TypeParam>(3, 4, 0.5, 1), B = integers<TypeParam>(4, 3, 0.5, 1);
    EXPECT_THROW(add(A, B), InvalidArgument);
    EXPECT_THROW(hadamard(A, B), InvalidArgument);
    EXPECT_THROW(scale_rows(std::vector<T>(4), A), InvalidArgument);
    EXPECT_THROW(scale_columns(A, std::vector<T>(3)), InvalidArgument);
    EXPECT_THROW(scale_rows_and_columns(std::vector<T>(4), A, std::vector<T>(4)), InvalidArgument);
    EXPECT_THROW(scale_rows_and_columns(std::vector<T>(3), A, std::vector<T>(3)), InvalidArgument);
}

TYPED_TEST(Arithmetic, KroneckerProductRefusesDimensionsBeyondTheIndexType) {
    using T = typename TypeParam::T;
    const auto empty = [](Index m, Index n) {
        const auto major = static_cast<std::size_t>(TypeParam::order == Order::row ? m : n);
        return Compressed<TypeParam::order, T>(m, n, Buffer<Offset>(major + 1, 0), {}, {});
    };
    EXPECT_THROW(kron(empty(50'000, 1), empty(50'000, 1)), LimitExceeded);
    EXPECT_THROW(kron(empty(1, 50'000), empty(1, 50'000)), LimitExceeded);
}

}  // namespace
