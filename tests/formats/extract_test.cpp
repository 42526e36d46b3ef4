// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/extract.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "formats/arithmetic_support.hpp"
#include "ritz/formats/combine.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

/// Any order, repetitions.
std::vector<Index> random_list(Index size, Index bound, std::uint64_t seed) {
    Random random(seed);
    std::vector<Index> list(bound == 0 ? 0 : static_cast<std::size_t>(size));
    for (Index& i : list) i = static_cast<Index>(random.below(static_cast<std::uint64_t>(bound)));
    return list;
}

std::vector<Index> random_permutation(Index n, std::uint64_t seed) {
    Random random(seed);
    std::vector<Index> p(static_cast<std::size_t>(n));
    std::iota(p.begin(), p.end(), 0);
    for (std::size_t i = p.size(); i > 1; --i) std::swap(p[i - 1], p[random.below(i)]);
    return p;
}

/// D[rows, :][:, cols].
template <Scalar T>
Eigen::MatrixX<T> chosen(const Eigen::MatrixX<T>& D, const std::vector<Index>& rows, const std::vector<Index>& cols) {
    Eigen::MatrixX<T> S(rows.size(), cols.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < cols.size(); ++j)
            S(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = D(rows[i], cols[j]);
    return S;
}

std::vector<Index> all_of(Index n) {
    std::vector<Index> list(static_cast<std::size_t>(n));
    std::iota(list.begin(), list.end(), 0);
    return list;
}

template <class K>
class Extract : public testing::Test {};
TYPED_TEST_SUITE(Extract, Kinds);

TYPED_TEST(Extract, RowsAndColumnsAreThoseOfTheMatrix) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const Eigen::MatrixX<T> D = dense(A);
        std::vector<Compressed<TypeParam::order, T>> all;
        for (Index i = 0; i < m; ++i) {
            all.push_back(row(A, i));
            EXPECT_TRUE(is_matrix<>(all.back(), Eigen::MatrixX<T>(D.row(i))));
        }
        for (Index j = 0; j < n; ++j) EXPECT_TRUE(is_matrix<>(column(A, j), Eigen::MatrixX<T>(D.col(j))));
        const std::vector<CompressedView<TypeParam::order, T>> views(all.begin(), all.end());
        if (m > 0) {
            EXPECT_EQ(vstack(views), A);
        }
    });
}

TYPED_TEST(Extract, ListsAreReadAsNumPyReadsThem) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const Eigen::MatrixX<T> D = dense(A);
        const auto p = random_list(9, m, seed), q = random_list(120, n, seed + 1);
        EXPECT_TRUE(is_matrix<>(rows(A, p), chosen(D, p, all_of(n))));
        EXPECT_TRUE(is_matrix<>(columns(A, q), chosen(D, all_of(m), q)));
        EXPECT_TRUE(is_matrix<>(submatrix(A, p, q), chosen(D, p, q)));
        EXPECT_EQ(submatrix(A, p, q), columns(rows(A, p), q));
        auto sorted = q;
        std::ranges::sort(sorted);
        sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
        EXPECT_TRUE(is_matrix<>(columns(A, sorted), chosen(D, all_of(m), sorted)));
        EXPECT_EQ(rows(A, {}).rows(), 0);
        EXPECT_EQ(rows(A, {}).cols(), n);
    });
}

TYPED_TEST(Extract, LongSlicesAreBroughtIntoOrder) {  // the comparison and the radix sort
    using T = typename TypeParam::T;
    for (const Index n : {40, 60, 900, 5000}) {
        const auto A = integers<TypeParam>(2, n, 1, 1), B = integers<TypeParam>(n, 2, 1, 1);
        const auto p = random_permutation(n, 3);
        EXPECT_TRUE(is_matrix<>(permute_columns(A, p), chosen<T>(dense(A), {0, 1}, p)));
        EXPECT_TRUE(is_matrix<>(permute_rows(B, p), chosen<T>(dense(B), p, {0, 1})));
    }
}

TYPED_TEST(Extract, RangesAreBlocks) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const Eigen::MatrixX<T> D = dense(A);
        for (const IndexRange r : {IndexRange{0, m}, {m / 3, m - m / 4}, {m / 2, m / 2}})
            for (const IndexRange c : {IndexRange{0, n}, {n / 4, n - n / 3}, {n, n}})
                EXPECT_TRUE(is_matrix<>(submatrix(A, r, c), Eigen::MatrixX<T>(D.block(r.begin, c.begin, r.end - r.begin,
                                                                                      c.end - c.begin))));
    });
}

TYPED_TEST(Extract, PermutationsMoveElementsAndTheirInversesBringThemBack) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const auto p = random_permutation(m, seed), q = random_permutation(n, seed + 1);
        EXPECT_TRUE(is_matrix<>(permute(A, p, q), chosen(Eigen::MatrixX<T>(dense(A)), p, q)));
        EXPECT_EQ(permute(permute(A, p, q), inverse_permutation(p), inverse_permutation(q)), A);
        EXPECT_EQ(permute(A, p, q), permute_columns(permute_rows(A, p), q));
        EXPECT_EQ(transpose(permute(A, p, q)), permute(transpose(A), q, p));
        if (m == n) {
            EXPECT_EQ(permute_symmetric(A, p), permute(A, p, p));
        }
    });
    EXPECT_EQ(inverse_permutation(std::vector<Index>{2, 0, 1}), (std::vector<Index>{1, 2, 0}));
}

TYPED_TEST(Extract, RefusesIndicesAndPermutationsThatAreNone) {
    const auto A = integers<TypeParam>(3, 4, 0.5, 1);
    const auto list = [](std::initializer_list<Index> i) { return std::vector<Index>(i); };
    EXPECT_THROW(row(A, 3), InvalidArgument);
    EXPECT_THROW(row(A, -1), InvalidArgument);
    EXPECT_THROW(column(A, 4), InvalidArgument);
    EXPECT_THROW(rows(A, list({0, 3})), InvalidArgument);
    EXPECT_THROW(columns(A, list({-1})), InvalidArgument);
    EXPECT_THROW(submatrix(A, list({0}), list({4})), InvalidArgument);
    EXPECT_THROW(submatrix(A, {1, 0}, {0, 1}), InvalidArgument);
    EXPECT_THROW(submatrix(A, {0, 1}, {0, 5}), InvalidArgument);
    EXPECT_THROW(submatrix(A, {-1, 1}, {0, 4}), InvalidArgument);
    EXPECT_THROW(permute_rows(A, list({0, 1})), InvalidArgument);
    EXPECT_THROW(permute_rows(A, list({0, 1, 1})), InvalidArgument);
    EXPECT_THROW(permute_rows(A, list({0, 1, 3})), InvalidArgument);
    EXPECT_THROW(permute_columns(A, list({0, 1, 2})), InvalidArgument);
    EXPECT_THROW(permute_symmetric(A, list({0, 1, 2})), InvalidArgument);
    EXPECT_THROW(inverse_permutation(list({0, 0})), InvalidArgument);
}

TYPED_TEST(Extract, DropsSmallEntriesRelativeToTheScaleChosen) {
    using T = typename TypeParam::T;
    using R = Real<T>;
    const auto A = integers<TypeParam>(20, 20, 0.6, 7);
    const Eigen::MatrixX<T> D = dense(A);
    const Eigen::VectorX<R> rows = D.cwiseAbs().rowwise().maxCoeff(), cols = D.cwiseAbs().colwise().maxCoeff(),
                            rows2 = D.rowwise().norm(), diagonal = D.diagonal().cwiseAbs();
    const double largest = static_cast<double>(D.cwiseAbs().maxCoeff());
    const auto bound = [&](DropScale scale, Index i, Index j) -> double {
        switch (scale) {
            case DropScale::one:
                return 1;
            case DropScale::row_norm:
                return static_cast<double>(rows[i]);
            case DropScale::column_norm:
                return static_cast<double>(cols[j]);
            case DropScale::row_norm2:
                return static_cast<double>(rows2[i]);
            case DropScale::matrix_norm:
                return largest;
            case DropScale::diagonal_mean:
                return std::sqrt(static_cast<double>(diagonal[i]) * static_cast<double>(diagonal[j]));
        }
        return 0;
    };
    for (const DropScale scale : {DropScale::one, DropScale::row_norm, DropScale::column_norm, DropScale::row_norm2,
                                  DropScale::matrix_norm, DropScale::diagonal_mean})
        for (const bool keep_diagonal : {false, true}) {
            const double threshold = 0.4321;  // no element lies on a bound
            const auto B = drop_small(A, {threshold, scale, keep_diagonal});
            Eigen::MatrixXi kept = pattern(A);
            for (Index i = 0; i < 20; ++i)
                for (Index j = 0; j < 20; ++j)
                    if (static_cast<double>(std::abs(D(i, j))) <= threshold * bound(scale, i, j) &&
                        !(keep_diagonal && i == j))
                        kept(i, j) = 0;
            EXPECT_EQ(pattern(B), kept) << static_cast<int>(scale) << keep_diagonal;
            EXPECT_TRUE(is_matrix<>(B, Eigen::MatrixX<T>(D.cwiseProduct(kept.cast<T>()))));
        }
    EXPECT_THROW(drop_small(A, {.threshold = -1}), InvalidArgument);
    EXPECT_THROW(drop_small(A, {.threshold = std::numeric_limits<double>::quiet_NaN()}), InvalidArgument);
    EXPECT_THROW(drop_small(row(A, 0), {.scale = DropScale::diagonal_mean}), InvalidArgument);
}

TYPED_TEST(Extract, KeepsNaNWhenDropping) {
    using T = typename TypeParam::T;
    const T nan(std::numeric_limits<Real<T>>::quiet_NaN());
    const Compressed<TypeParam::order, T> A(1, 1, Buffer<Offset>{0, 1}, {0}, {nan});
    EXPECT_EQ(drop_small(A, {.threshold = 1e30, .keep_diagonal = false}).nnz(), 1);
    EXPECT_EQ(remove_zeros(A).nnz(), 1);
}

TYPED_TEST(Extract, RemovesExactZerosAndNothingElse) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const Eigen::MatrixX<T> D = dense(A);
        const auto B = remove_zeros(A);
        EXPECT_TRUE(is_matrix<>(B, D));
        EXPECT_EQ(B.nnz(), (D.array() != T(0)).count());
    });
}

TYPED_TEST(Extract, GivesTheSameForAnyNumberOfThreads) {
    const auto A = scattered<TypeParam>(4000, 4000, 25, 1);
    const auto p = random_permutation(4000, 2), q = random_list(6000, 4000, 3);
    expect_same_for_any_threads([&] { return permute_symmetric(A, p); });
    expect_same_for_any_threads([&] { return submatrix(A, q, q); });
    expect_same_for_any_threads([&] { return drop_small(A, {.threshold = 0.5, .scale = DropScale::row_norm}); });
}

}  // namespace
