// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/triangular.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/extract.hpp"
#include "ritz/formats/gallery.hpp"
#include "solvers/structured_contract.hpp"

namespace {

using namespace structured;

template <class T>
class TriangularTyped : public testing::Test {};
TYPED_TEST_SUITE(TriangularTyped, Scalars);

std::vector<Index> shuffled(Index n, std::uint64_t seed) {
    std::vector<Index> p(static_cast<std::size_t>(n));
    std::iota(p.begin(), p.end(), 0);
    Random random(seed);
    for (std::size_t i = p.size(); i > 1; --i) std::swap(p[i - 1], p[random.below(i)]);
    return p;
}

TYPED_TEST(TriangularTyped, SolvesInTheGivenOrderAndInAnyOther) {
    using T = TypeParam;
    for (const Index n : {1, 2, 5, 60}) {
        const Csr<T> L = band<T>(n, 4, 0, 3, 2), U = band<T>(n, 0, 3, 3, 6);
        expect_keeps_the_contract<Triangular<T>>(L);
        expect_keeps_the_contract<Triangular<T>>(U);
        expect_keeps_the_contract<Triangular<T>>(permute(L, shuffled(n, 1), shuffled(n, 2)));
        expect_keeps_the_contract<Triangular<T>>(permute(U, shuffled(n, 3), shuffled(n, 4)));
        expect_keeps_the_contract<Triangular<T>>(permute_rows(identity<T>(n), shuffled(n, 5)));
    }
}

TYPED_TEST(TriangularTyped, TheOrderFoundIsTriangularWithZeroFreeDiagonal) {
    using T = TypeParam;
    const Index n = 80;
    const Csr<T> A = permute(band<T>(n, 6, 0, 3, 2), shuffled(n, 7), shuffled(n, 8));
    const auto order = triangular_order(A);
    ASSERT_TRUE(order);
    EXPECT_FALSE(order->natural);
    const Csr<T> B = permute(A, order->row_order, order->col_order);
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j) {
            if (j > i) {
                EXPECT_EQ(B.at(i, j), T(0));
            } else if (j == i) {
                EXPECT_NE(B.at(i, j), T(0));
            }
        }
}

TYPED_TEST(TriangularTyped, FindsNoOrderWhereThereIsNone) {
    using T = TypeParam;
    EXPECT_FALSE(triangular_order(band<T>(10, 1, 1, 3, 2)));
    Coo<T> ring(3, 3);  // a triangle but for one entry
    ring.add(0, 0, T(1)), ring.add(1, 1, T(1)), ring.add(2, 2, T(1)), ring.add(1, 0, T(1)), ring.add(2, 1, T(1));
    EXPECT_TRUE(triangular_order(to_csr(ring)));
    ring.add(0, 2, T(1));
    EXPECT_FALSE(triangular_order(to_csr(ring)));
    EXPECT_THROW(Triangular<T>(to_csr(ring)), InvalidArgument);
    Coo<T> twice(3, 3);  // two rows want the same column
    twice.add(0, 1, T(1)), twice.add(1, 1, T(1)), twice.add(1, 2, T(1)), twice.add(2, 1, T(1));
    EXPECT_FALSE(triangular_order(to_csr(twice)));
    EXPECT_THROW((void)triangular_order(to_csr(Coo<T>(2, 3))), InvalidArgument);
}

TYPED_TEST(TriangularTyped, AnExplicitZeroCountsOnlyIfAsked) {
    using T = TypeParam;
    Coo<T> C(2, 2);
    C.add(0, 0, T(1)), C.add(0, 1, T(0)), C.add(1, 0, T(1)), C.add(1, 1, T(1));
    EXPECT_TRUE(triangular_order(to_csr(C)));
    EXPECT_FALSE(triangular_order(to_csr(C), Pattern::stored));
}

TYPED_TEST(TriangularTyped, NamesTheRowOfAZeroOnTheDiagonal) {
    using T = TypeParam;
    Coo<T> missing(3, 3);
    missing.add(0, 0, T(1)), missing.add(1, 0, T(1)), missing.add(2, 2, T(1));
    EXPECT_EQ(singular_row([&] { Triangular<T> F(to_csr(missing)); }), 1);
    Coo<T> zero(3, 3);  // reversed: row 0 ends up last
    zero.add(0, 0, T(1)), zero.add(0, 2, T(0)), zero.add(1, 0, T(2)), zero.add(1, 1, T(2)), zero.add(2, 0, T(1));
    EXPECT_EQ(singular_row([&] { Triangular<T> F(to_csr(zero)); }), 0);
    EXPECT_EQ(singular_row([&] { Triangular<T> F(to_csr(Coo<T>(4, 4))); }), 0);
}

TYPED_TEST(TriangularTyped, KeepsTheCommonRules) {
    using T = TypeParam;
    expect_accepts_the_smallest<Triangular<T>, T>();
    expect_refuses_wrong_shapes<Triangular<T>>(band<T>(10, 2, 0, 4, 1));
    expect_refuses_what_is_not_finite<Triangular<T>>(permute_rows(band<T>(10, 2, 0, 4, 1), shuffled(10, 1)));
}

TEST(Triangular, OrdersALargeMatrixInLinearTime) {
    const Index n = 300000;
    Coo<double> C(n, n);
    for (Index i = 0; i < n; ++i) {
        C.add(i, i, 4);
        if (i > 0) C.add(i, i - 1, 1), C.add(i, i / 2, 1), C.add(i, 0, 1);
    }
    const Csr<double> A = permute(to_csr(C), shuffled(n, 1), shuffled(n, 2));
    const Triangular<double> F(A);
    const Buffer<double> ones(static_cast<std::size_t>(n), 1.0);
    Buffer<double> b(ones.size()), x(ones.size());
    A.apply(ones, b);
    F.apply(b, x);
    for (const double a : x) ASSERT_NEAR(a, 1, 1e-13);
}

}  // namespace
