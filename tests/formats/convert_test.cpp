// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/convert.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <vector>

#include "formats/assemble.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"

namespace {

using namespace ritz;

/// Triplets drawn uniformly (many duplicates when entries are many), plus one long row.
template <Scalar T>
Coo<T> random_coo(Index m, Index n, Offset entries, std::uint64_t seed) {
    Random random(seed);
    Coo<T> A(m, n);
    const auto values = random_vector<T>(static_cast<Index>(entries), seed + 1);
    for (Offset k = 0; k < entries; ++k) {
        const Index i = k % 5 == 0 ? m / 2 : static_cast<Index>(random.below(static_cast<std::uint64_t>(m)));
        A.add(i, static_cast<Index>(random.below(static_cast<std::uint64_t>(n))), values[static_cast<std::size_t>(k)]);
    }
    return A;
}

/// What the conversion must give: values summed in the order of the triplets.
template <Scalar T>
std::map<std::pair<Index, Index>, T> summed(const Coo<T>& A) {
    std::map<std::pair<Index, Index>, T> sums;
    for (std::size_t k = 0; k < A.values().size(); ++k) {
        const std::pair place(A.row_indices()[k], A.col_indices()[k]);
        const auto [entry, fresh] = sums.try_emplace(place, A.values()[k]);
        if (!fresh) entry->second += A.values()[k];
    }
    return sums;
}

template <class T>
class Conversion : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Conversion, Scalars);

TYPED_TEST(Conversion, OfTripletsIsTheirSumInOrderWhateverTheThreads) {
    using T = TypeParam;
    struct Shape {
        Index m, n;
        Offset entries;
    };
    // From empty to several buckets with long unsorted slices (radix sort) and short ones.
    for (const Shape s : {Shape{1, 1, 0},
                          {1, 1, 5},
                          {7, 3, 40},
                          {50, 2000, 3000},
                          {3000, 700, 200'000},
                          {1, 100'000, 90'000},
                          {90'000, 1, 90'000}}) {
        const Coo<T> triplets = random_coo<T>(s.m, s.n, s.entries, 3);
        const auto expected = summed(triplets);
        for (const int threads : {1, 2, 5}) {
            const ThreadLimit limit(threads);
            const Csr<T> A = to_csr(triplets);
            // The public constructor checks I1-I3.
            EXPECT_NO_THROW(Csr<T>(A.rows(), A.cols(), Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
                                   Buffer<Index>(A.indices().begin(), A.indices().end()),
                                   Buffer<T>(A.values().begin(), A.values().end())));
            ASSERT_EQ(A.nnz(), static_cast<Offset>(expected.size()));
            auto entry = expected.begin();
            for (Index i = 0; i < A.rows(); ++i)
                for (Offset k = A.indptr()[static_cast<std::size_t>(i)];
                     k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k, ++entry) {
                    ASSERT_EQ(entry->first, std::pair(i, A.indices()[static_cast<std::size_t>(k)]));
                    ASSERT_EQ(entry->second, A.values()[static_cast<std::size_t>(k)]);
                }
            EXPECT_EQ(to_csc(triplets), to_csc(A));
        }
    }
}

TYPED_TEST(Conversion, BetweenOrdersAndBackChangesNothing) {
    using T = TypeParam;
    for (const int threads : {1, 3}) {
        const ThreadLimit limit(threads);
        for (const auto& [m, n] : {std::pair<Index, Index>{1, 9}, {300, 200}, {200, 60'000}}) {
            const Csr<T> A = to_csr(random_coo<T>(m, n, 100'000, 8));
            EXPECT_EQ(to_csr(to_csc(A)), A);
            EXPECT_EQ(to_csr(to_coo(A)), A);
            EXPECT_EQ(to_csr(to_coo(to_csc(A))), A);
            EXPECT_EQ(transpose(transpose(A)), A);
            EXPECT_EQ(adjoint(A), conjugate(transpose(A)));
            EXPECT_EQ(transposed_view(to_csc(A)), transpose(A));
        }
    }
}

TEST(Conversion, KeepsExplicitZerosAndSumsThatCancel) {
    Coo<double> A(2, 2);
    A.add(0, 0, 5);
    A.add(1, 1, 0);
    A.add(0, 0, -5);
    const Csr<double> B = to_csr(A);
    EXPECT_EQ(B.nnz(), 2);
    EXPECT_EQ(B.at(0, 0), 0);
}

TEST(Conversion, OfShapesWithoutElements) {
    EXPECT_EQ(to_csr(Coo<double>(0, 0)), Csr<double>());
    EXPECT_EQ(to_csr(Coo<double>(3, 0)).indptr().size(), 4u);
    EXPECT_EQ(to_csc(Coo<double>(0, 3)).indptr().size(), 4u);
}

TEST(Conversion, OfValuesRoundsOrWidens) {
    const Csr<double> A(1, 2, {0, 2}, {0, 1}, {0.1, 2});
    EXPECT_EQ(convert_values<float>(A).at(0, 0), 0.1f);
    EXPECT_EQ(convert_values<std::complex<double>>(A).at(0, 1), std::complex<double>(2, 0));
    EXPECT_EQ(convert_values<double>(convert_values<float>(A)).at(0, 0), static_cast<double>(0.1f));
}

TEST(Assemble, MirrorsAsASymmetricFileMeansIt) {
    using C = std::complex<double>;
    const std::vector<Index> rows{0, 1, 2}, cols{0, 0, 1};
    const std::vector<C> values{{5, 0}, {1, 2}, {3, 4}};
    const detail::Triplets<C> lower{rows, cols, values};
    const auto at = [&](detail::Mirror mirror, Index i, Index j) {
        return detail::assemble<Order::row, C>(3, 3, std::span(&lower, 1), mirror).at(i, j);
    };
    EXPECT_EQ(at(detail::Mirror::none, 0, 1), C(0));
    EXPECT_EQ(at(detail::Mirror::symmetric, 0, 1), C(1, 2));
    EXPECT_EQ(at(detail::Mirror::skew_symmetric, 0, 1), C(-1, -2));
    EXPECT_EQ(at(detail::Mirror::hermitian, 1, 2), C(3, -4));
    EXPECT_EQ(at(detail::Mirror::hermitian, 0, 0), C(5, 0));
}

TEST(Assemble, ReadsSeveralChunksInOrderAndReleasesEachOnce) {
    const std::vector<Index> place{0, 1};
    const std::vector<double> big{1e20, 2}, minus{-1e20, 3}, one{1, 4};
    const std::vector<detail::Triplets<double>> chunks{
        {place, place, big}, {place, place, minus}, {place, place, one}, {place, place, {}}};
    std::vector<int> released(chunks.size(), 0);
    const Csr<double> A = detail::assemble<Order::row, double>(
        2, 2, chunks, detail::Mirror::none,
        [](void* counts, std::size_t chunk) { ++(*static_cast<std::vector<int>*>(counts))[chunk]; }, &released);
    EXPECT_EQ(A.at(0, 0), 2);  // (1e20 - 1e20) + 1 + 1: any other order gives another sum
    EXPECT_EQ(A.at(1, 1), 10);
    EXPECT_EQ(released, std::vector<int>(chunks.size(), 1));
}

TEST(Coo, ChecksWhatIsAdded) {
    Coo<double> A(2, 3);
    EXPECT_THROW(A.add(2, 0, 1), InvalidArgument);
    EXPECT_THROW(A.add(0, 3, 1), InvalidArgument);
    EXPECT_THROW(A.add(-1, 0, 1), InvalidArgument);
    EXPECT_THROW((Coo<double>(-1, 3)), InvalidArgument);
    EXPECT_THROW((Coo<double>(2, 3, {0}, {3}, {1})), InvalidArgument);
    EXPECT_THROW((Coo<double>(2, 3, {0, 1}, {0}, {1})), InvalidArgument);
    const std::vector<Index> rows{0, 5}, cols{0, 0};
    EXPECT_THROW(A.append(rows, cols, std::vector<double>{1, 2}), InvalidArgument);
    EXPECT_EQ(A.nnz(), 0);
    EXPECT_THROW(A.append(Coo<double>(3, 3)), InvalidArgument);
}

TEST(Coo, AddsElementBlocksAndSkipsConstrainedUnknowns) {
    Coo<double> K(3, 3);
    const std::vector<Index> dofs{2, -1, 0};
    const std::vector<double> block{1, 2, 3, 4, 5, 6, 7, 8, 9};  // column-major: block(p, q) = values[p + 3 q]
    K.add_block(dofs, dofs, block);
    const Csr<double> A = to_csr(K);
    EXPECT_EQ(A.nnz(), 4);
    EXPECT_EQ(A.at(2, 2), 1);
    EXPECT_EQ(A.at(0, 2), 3);
    EXPECT_EQ(A.at(2, 0), 7);
    EXPECT_EQ(A.at(0, 0), 9);
    EXPECT_THROW(K.add_block(dofs, dofs, std::vector<double>(8)), InvalidArgument);
    const std::vector<Index> outside{3};
    EXPECT_THROW(K.add_block(outside, outside, std::vector<double>(1)), InvalidArgument);
}

TEST(Coo, MergesAndCountsDuplicates) {
    Coo<double> A(2, 2);
    A.add(1, 0, 1);
    A.add(0, 1, 2);
    A.add(1, 0, 3);
    A.append(A);
    EXPECT_EQ(A.merge_duplicates(), 4);
    EXPECT_EQ(A.nnz(), 2);
    EXPECT_EQ(A.row_indices()[0], 0);
    EXPECT_EQ(A.values()[1], 8);
}

}  // namespace
