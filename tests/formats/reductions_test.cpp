// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/reductions.hpp"

#include <cmath>
#include <limits>

#include "formats/arithmetic_support.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/diagonal.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <Scalar T>
constexpr Real<T> epsilon = std::numeric_limits<Real<T>>::epsilon();

template <class K>
class Reductions : public testing::Test {};
TYPED_TEST_SUITE(Reductions, Kinds);

TYPED_TEST(Reductions, SumsAndCountsAreThoseOfTheDenseMatrix) {
    using T = typename TypeParam::T;
    using Vector = Eigen::VectorX<T>;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const Eigen::MatrixX<T> D = dense(A);
        EXPECT_EQ(row_sums(A), Vector(D.rowwise().sum()));
        EXPECT_EQ(column_sums(A), Vector(D.colwise().sum().transpose()));
        EXPECT_EQ(sum(A), D.sum());
        EXPECT_EQ(trace(A), D.diagonal().sum());
        EXPECT_EQ(row_counts(A), Eigen::VectorX<Index>(pattern(A).rowwise().sum()));
        EXPECT_EQ(column_counts(A), Eigen::VectorX<Index>(pattern(A).colwise().sum().transpose()));
    });
}

TYPED_TEST(Reductions, NormsAreThoseOfTheDenseMatrix) {
    using T = typename TypeParam::T;
    using R = Real<T>;
    const auto near = [](R a, R b) { return std::abs(a - b) <= 50 * epsilon<T> * std::abs(b); };
    for_each_shape([&](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const Eigen::MatrixX<R> D = dense(A).cwiseAbs();
        const Eigen::VectorX<R> rows = row_abs_sums(A), cols = column_abs_sums(A), rmax = row_abs_max(A),
                                cmax = column_abs_max(A), r2 = row_norms2(A), c2 = column_norms2(A);
        ASSERT_EQ(rows.size(), m);
        ASSERT_EQ(cols.size(), n);
        R one = 0, inf = 0, max = 0;
        for (Index i = 0; i < m; ++i) {
            EXPECT_TRUE(near(rows[i], D.row(i).sum()));
            EXPECT_TRUE(near(r2[i], D.row(i).norm()));
            EXPECT_TRUE(near(rmax[i], n == 0 ? R(0) : D.row(i).maxCoeff()));
            inf = std::max(inf, rows[i]);
            max = std::max(max, rmax[i]);
        }
        for (Index j = 0; j < n; ++j) {
            EXPECT_TRUE(near(cols[j], D.col(j).sum()));
            EXPECT_TRUE(near(c2[j], D.col(j).norm()));
            EXPECT_TRUE(near(cmax[j], m == 0 ? R(0) : D.col(j).maxCoeff()));
            one = std::max(one, cols[j]);
        }
        EXPECT_EQ(norm1(A), one);
        EXPECT_EQ(norm_inf(A), inf);
        EXPECT_TRUE(near(norm_max(A), max));
        EXPECT_TRUE(near(norm_frobenius(A), D.norm()));
        EXPECT_EQ(norm1(transpose(A)), norm_inf(A));
    });
}

TYPED_TEST(Reductions, NormsNeitherOverflowNorUnderflow) {
    using T = typename TypeParam::T;
    using R = Real<T>;
    constexpr R largest = std::numeric_limits<R>::max(), least = std::numeric_limits<R>::denorm_min(),
                normal = std::numeric_limits<R>::min();
    for (const R s : {largest / 8, std::sqrt(largest) * 100, normal * 4, least * 1024}) {
        const std::vector<T> d{T(3 * s), T(4 * s)};
        for (const auto& A : {diags<T, TypeParam::order>(1, 2, {{0, T(3 * s)}, {1, T(4 * s)}}),
                              diags<T, TypeParam::order>(2, 1, {{0, T(3 * s)}, {-1, T(4 * s)}})}) {
            const auto near = [](R a, R b) { return std::abs(a - b) <= 8 * epsilon<T> * b; };
            EXPECT_TRUE(near(norm_frobenius(A), 5 * s)) << norm_frobenius(A) << " for " << s;
            EXPECT_TRUE(near(row_norms2(A).maxCoeff(), A.rows() == 1 ? 5 * s : 4 * s));
            EXPECT_TRUE(near(column_norms2(A).maxCoeff(), A.cols() == 1 ? 5 * s : 4 * s));
            EXPECT_TRUE(near(norm_max(A), 4 * s));
            EXPECT_TRUE(near(norm_inf(A), A.rows() == 1 ? 7 * s : 4 * s));
            EXPECT_TRUE(near(norm1(A), A.cols() == 1 ? 7 * s : 4 * s));
        }
    }
    if constexpr (is_complex<T>) {  // |3 + 4i| s, whose square does not exist
        for (const R s : {largest / 8, least * 1024}) {
            const auto A = diags<T, TypeParam::order>(1, 1, {{0, T(3 * s, 4 * s)}});
            EXPECT_NEAR(norm1(A) / s, R(5), 40 * epsilon<T>);
            EXPECT_NEAR(norm_max(A) / s, R(5), 40 * epsilon<T>);
            EXPECT_NEAR(row_norms2(A)[0] / s, R(5), 40 * epsilon<T>);
        }
    }
}

TYPED_TEST(Reductions, NaNPropagatesWhereverItStands) {
    using T = typename TypeParam::T;
    using R = Real<T>;
    const R nan = std::numeric_limits<R>::quiet_NaN();
    for (Index at = 0; at < 3; ++at) {
        std::vector<T> d{T(1), T(2), T(3)};
        d[static_cast<std::size_t>(at)] = T(nan);
        const auto A = diags<T, TypeParam::order>(3, 3, {{0, d}, {1, T(1)}});
        EXPECT_TRUE(std::isnan(norm1(A)));
        EXPECT_TRUE(std::isnan(norm_inf(A)));
        EXPECT_TRUE(std::isnan(norm_max(A)));
        EXPECT_TRUE(std::isnan(norm_frobenius(A)));
        for (const Eigen::VectorX<R>& v :
             {row_abs_sums(A), column_abs_sums(A), row_abs_max(A), column_abs_max(A), row_norms2(A), column_norms2(A)})
            for (Index i = 0; i < 3; ++i) EXPECT_EQ(std::isnan(v[i]), i == at);
        if constexpr (!is_complex<T>) {
            for (const Eigen::VectorX<T>& v : {row_max(A), row_min(A), column_max(A), column_min(A)})
                for (Index i = 0; i < 3; ++i) EXPECT_EQ(std::isnan(v[i]), i == at);
        }
    }
}

TYPED_TEST(Reductions, ExtremesCountZerosThatAreNotStored) {
    using T = typename TypeParam::T;
    if constexpr (!is_complex<T>) {
        using Vector = Eigen::VectorX<T>;
        for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
            for (const T shift : {T(0), T(10), T(-10)}) {  // stored entries of one sign
                auto A = integers<TypeParam>(m, n, density, seed);
                for (T& value : A.values()) value += shift;
                const Eigen::MatrixX<T> D = dense(A);
                if (n > 0) {
                    EXPECT_EQ(row_max(A), m == 0 ? Vector() : Vector(D.rowwise().maxCoeff()));
                    EXPECT_EQ(row_min(A), m == 0 ? Vector() : Vector(D.rowwise().minCoeff()));
                }
                if (m > 0) {
                    EXPECT_EQ(column_max(A), n == 0 ? Vector() : Vector(D.colwise().maxCoeff().transpose()));
                    EXPECT_EQ(column_min(A), n == 0 ? Vector() : Vector(D.colwise().minCoeff().transpose()));
                }
            }
        });
        EXPECT_THROW(row_max(integers<TypeParam>(2, 0, 1, 1)), InvalidArgument);
        EXPECT_THROW(column_min(integers<TypeParam>(0, 2, 1, 1)), InvalidArgument);
        EXPECT_EQ(row_max(integers<TypeParam>(0, 0, 1, 1)).size(), 0);
    }
}

TYPED_TEST(Reductions, GiveTheSameBitsForAnyNumberOfThreads) {
    const auto A = scattered<TypeParam>(30'000, 1000, 25, 1);  // many entries for each column
    expect_same_for_any_threads([&] { return row_sums(A); });
    expect_same_for_any_threads([&] { return column_sums(A); });
    expect_same_for_any_threads([&] { return column_norms2(A); });
    expect_same_for_any_threads([&] { return row_norms2(A); });
    expect_same_for_any_threads([&] { return sum(A); });
    expect_same_for_any_threads([&] { return column_counts(A); });
    EXPECT_EQ(column_counts(A).sum(), A.nnz());
    EXPECT_EQ(row_counts(A).sum(), A.nnz());
}

}  // namespace
