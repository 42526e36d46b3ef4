// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/components.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;

template <Scalar T>
Csr<T> random_matrix(Index m, Index n, double mean_row, std::uint64_t seed) {
    Random random(seed);
    Coo<T> A(m, n);
    for (double k = 0; k < mean_row * m && n > 0; ++k) {
        const auto i = static_cast<Index>(random.below(static_cast<std::uint64_t>(m)));
        const auto j = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
        A.add(i, j, k == 0 ? T{} : T(1));  // one explicit zero, unless something is added to it
    }
    return to_csr(A);
}

/// reach[i][j]: whether j can be reached from i along nonzeros (Warshall).
template <Scalar T>
std::vector<std::vector<bool>> closure(const Csr<T>& A, bool both_ways) {
    const auto n = static_cast<std::size_t>(A.rows());
    std::vector<std::vector<bool>> reach(n, std::vector<bool>(n));
    for (std::size_t i = 0; i < n; ++i) {
        reach[i][i] = true;
        for (Offset k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k) {
            if (A.values()[k] == T{}) continue;
            const auto j = static_cast<std::size_t>(A.indices()[k]);
            reach[i][j] = true;
            if (both_ways) reach[j][i] = true;
        }
    }
    for (std::size_t k = 0; k < n; ++k)
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n && reach[i][k]; ++j) reach[i][j] = reach[i][j] || reach[k][j];
    return reach;
}

void expect_consistent(const Components& c, Index n) {
    ASSERT_EQ(c.label.size(), static_cast<std::size_t>(n));
    ASSERT_EQ(c.sizes.size(), static_cast<std::size_t>(c.count));
    std::vector<Index> sizes(c.sizes.size());
    for (Index l : c.label) ++sizes[static_cast<std::size_t>(l)];
    EXPECT_TRUE(std::ranges::equal(sizes, c.sizes));
}

template <class T>
class ComponentsOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(ComponentsOf, Scalars);

TYPED_TEST(ComponentsOf, RandomGraphsAreTheClassesOfMutualReachability) {
    using T = TypeParam;
    std::uint64_t seed = 0;
    for (const Index n : {0, 1, 2, 5, 17, 40})
        for (const double mean : {0.0, 0.4, 0.9, 1.5, 3.0}) {
            const Csr<T> A = random_matrix<T>(n, n, mean, ++seed);
            const auto undirected = closure(A, true), directed = closure(A, false);
            const Components connected[] = {connected_components(A), connected_components(to_csc(A))};
            const Components strong[] = {strongly_connected_components(A), strongly_connected_components(to_csc(A))};
            for (const Components& c : connected) expect_consistent(c, n);
            for (const Components& c : strong) expect_consistent(c, n);
            for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
                for (std::size_t j = 0; j < static_cast<std::size_t>(n); ++j) {
                    for (const Components& c : connected) EXPECT_EQ(c.label[i] == c.label[j], undirected[i][j]);
                    for (const Components& c : strong) {
                        EXPECT_EQ(c.label[i] == c.label[j], directed[i][j] && directed[j][i]);
                        if (directed[i][j]) {
                            EXPECT_LE(c.label[i], c.label[j]) << "an edge leads upwards";
                        }
                    }
                }
            Index next = 0;  // numbered by their smallest vertex
            for (Index l : connected[0].label) {
                EXPECT_LE(l, next);
                next = std::max(next, l + 1);
            }
        }
}

TEST(Components, OfDisjointCyclesAreTheCycles) {
    std::vector<Edge> edges;
    Index n = 0;
    for (const Index length : {31, 37, 41, 43, 47}) {
        for (Index i = 0; i < length; ++i) edges.push_back({n + i, n + (i + 1) % length});
        n += length;
    }
    const Components c = connected_components(graph_laplacian(n, edges));
    EXPECT_EQ(c.count, 5);
    EXPECT_TRUE(std::ranges::equal(c.sizes, std::vector<Index>{31, 37, 41, 43, 47}));
}

TEST(Components, CountExplicitZerosOnlyWhenAsked) {
    Coo<double> A(3, 3);
    A.add(0, 1, 0.0);
    A.add(1, 0, 0.0);
    A.add(2, 2, 1.0);
    EXPECT_EQ(connected_components(to_csr(A)).count, 3);
    EXPECT_EQ(connected_components(to_csr(A), Pattern::stored).count, 2);
    EXPECT_EQ(strongly_connected_components(to_csr(A)).count, 3);
    EXPECT_EQ(strongly_connected_components(to_csr(A), Pattern::stored).count, 2);
}

TEST(Components, OfAMillionVerticesInARowNeedNoRecursion) {
    const Index n = 1'000'000;
    EXPECT_EQ(connected_components(path_laplacian(n)).count, 1);
    EXPECT_EQ(strongly_connected_components(cyclic_shift(n)).count, 1);
    EXPECT_EQ(strongly_connected_components(tridiagonal_toeplitz(n, 0, 1, 1)).count, n);
    // Union of vertices against the order of rows: long chains of parents.
    Coo<double> reversed(n, n);
    for (Index i = n - 1; i > 0; --i) reversed.add(i - 1, i, 1.0);
    EXPECT_EQ(connected_components(to_csr(reversed)).count, 1);
}

TEST(Components, RefuseARectangularMatrix) {
    const Csr<double> A = random_matrix<double>(3, 4, 1, 1);
    EXPECT_THROW((void)connected_components(A), InvalidArgument);
    EXPECT_THROW((void)strongly_connected_components(A), InvalidArgument);
}

}  // namespace
