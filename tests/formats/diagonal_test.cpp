// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/diagonal.hpp"

#include <algorithm>
#include <limits>

#include "formats/arithmetic_support.hpp"
#include "ritz/formats/arithmetic.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

constexpr Index lowest = std::numeric_limits<Index>::min(), highest = std::numeric_limits<Index>::max();

template <class K>
class Diagonals : public testing::Test {};
TYPED_TEST_SUITE(Diagonals, Kinds);

TYPED_TEST(Diagonals, TrianglesKeepWhatIsOnTheirSideOfTheDiagonal) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        for (const Index k : {lowest, -100, -3, -1, 0, 1, 2, 100, highest}) {
            Eigen::MatrixX<T> lower = dense(A), upper = dense(A);
            Offset below = 0;
            for (Index i = 0; i < m; ++i)
                for (Index j = 0; j < n; ++j) {
                    if (std::int64_t{j} - i > k) lower(i, j) = T(0);
                    if (std::int64_t{j} - i < k) upper(i, j) = T(0);
                    below += std::int64_t{j} - i <= k && pattern(A)(i, j) != 0;
                }
            EXPECT_TRUE(is_matrix<>(tril(A, k), lower)) << k;
            EXPECT_TRUE(is_matrix<>(triu(A, k), upper)) << k;
            EXPECT_EQ(tril(A, k).nnz(), below);
            if (k < highest) {
                EXPECT_EQ(tril(A, k) + triu(A, k + 1), A);
            }
        }
        EXPECT_EQ(transpose(tril(A)), triu(transpose(A)));
    });
}

TYPED_TEST(Diagonals, DiagonalIsWhatEigenCallsIt) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        for (Index k = 1 - m; k < n; ++k) EXPECT_EQ(diagonal(A, k), Eigen::VectorX<T>(dense(A).diagonal(k))) << k;
        for (const Index k : {lowest, -m, n, highest})
            if (m > 0 || n > 0) {
                EXPECT_EQ(diagonal(A, k).size(), 0) << k;
            }
    });
}

TYPED_TEST(Diagonals, MakeTheMatrixThatHasThem) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    for (const auto& [m, n] : {Shape{4, 4}, {3, 7}, {7, 3}, {1, 1}}) {
        const Index length = std::min(m, n);
        const auto main = integer_vector<T>(length, 3);
        std::vector<Diagonal<T>> all{{0, main}};
        if (n > 1) all.push_back({1, T(5)});
        if (m > 1) all.push_back({-1, std::vector<T>{T(6)}.front()});
        if (m > 2) all.push_back({1 - m, T(0)});
        const auto A = diags<T, order>(m, n, all);
        Eigen::MatrixX<T> expected = Eigen::MatrixX<T>::Zero(m, n);
        expected.diagonal() = Eigen::Map<const Eigen::VectorX<T>>(main.data(), length);
        if (n > 1) expected.diagonal(1).setConstant(T(5));
        if (m > 1) expected.diagonal(-1).setConstant(T(6));
        EXPECT_TRUE(is_matrix<>(A, expected));
        EXPECT_EQ(A.at(m - 1, 0), expected(m - 1, 0));
    }
}

TYPED_TEST(Diagonals, OfTheSecondDifferenceMatrixAreItsStencil) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const auto A = diags<T, order>(4, 4, {{1, -1}, {-1, -1}, {0, 2}});
    Eigen::MatrixX<T> expected(4, 4);
    expected << 2, -1, 0, 0, -1, 2, -1, 0, 0, -1, 2, -1, 0, 0, -1, 2;
    EXPECT_TRUE(is_matrix<>(A, expected));
    EXPECT_EQ(A.nnz(), 10);
    const std::vector<T> one{T(9)}, upper{T(1), T(2), T(3)}, lower{T(4), T(5), T(6)};
    const auto B = diags<T, order>(4, 4, {{0, one}, {1, upper}, {-1, lower}});  // SciPy repeats a single element
    expected << 9, 1, 0, 0, 4, 9, 2, 0, 0, 5, 9, 3, 0, 0, 6, 9;
    EXPECT_TRUE(is_matrix<>(B, expected));
}

TYPED_TEST(Diagonals, OfOnesAreTheIdentityAndItsShifts) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    EXPECT_TRUE(is_matrix<>(identity<T, order>(5), Eigen::MatrixX<T>(Eigen::MatrixX<T>::Identity(5, 5))));
    EXPECT_EQ((identity<T, order>(0).rows()), 0);
    for_each_shape([](Index m, Index n, double, std::uint64_t) {
        for (const Index k : {lowest, -9, -2, 0, 1, 8, highest}) {
            Eigen::MatrixX<T> expected = Eigen::MatrixX<T>::Zero(m, n);
            if (k > -m && k < n) expected.diagonal(k).setOnes();
            EXPECT_TRUE(is_matrix<>(eye<T, order>(m, n, k), expected)) << k;
        }
    });
}

TYPED_TEST(Diagonals, OfWrongLengthOrPlaceAreRefused) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const std::vector<T> three(3);
    const auto make = [](std::initializer_list<Diagonal<T>> all) { return diags<T, order>(4, 5, all); };
    EXPECT_THROW(make({{0, three}}), InvalidArgument);
    EXPECT_NO_THROW(make({{-1, three}}));
    EXPECT_THROW(make({{-4, T(1)}}), InvalidArgument);
    EXPECT_THROW(make({{5, T(1)}}), InvalidArgument);
    EXPECT_THROW(make({{1, T(1)}, {1, T(2)}}), InvalidArgument);
    EXPECT_THROW((diags<T, order>(-1, 2, {})), InvalidArgument);
    EXPECT_THROW((eye<T, order>(2, -1)), InvalidArgument);
    EXPECT_EQ((diags<T, order>(0, 0, {{0, T(1)}}).nnz()), 0);
}

}  // namespace
