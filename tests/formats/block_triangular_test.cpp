// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/block_triangular.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/formats/matching.hpp"

namespace {

using namespace ritz;

std::vector<Index> inverse(const Buffer<Index>& order) {
    std::vector<Index> result(order.size(), -1);
    for (std::size_t k = 0; k < order.size(); ++k) result[static_cast<std::size_t>(order[k])] = static_cast<Index>(k);
    return result;
}

/// Every promise of BlockTriangularForm but that no finer form exists.
template <Scalar T>
void expect_block_triangular(const Csr<T>& A, const BlockTriangularForm& form) {
    const Index n = A.rows();
    ASSERT_EQ(form.row_order.size(), static_cast<std::size_t>(n));
    ASSERT_EQ(form.col_order.size(), static_cast<std::size_t>(n));
    ASSERT_EQ(form.block_starts.front(), 0);
    ASSERT_EQ(form.block_starts.back(), n);
    ASSERT_TRUE(std::ranges::is_sorted(form.block_starts, std::less_equal<>{}));  // no empty block
    const std::vector<Index> new_row = inverse(form.row_order), new_col = inverse(form.col_order);
    ASSERT_TRUE(std::ranges::count(new_row, -1) == 0 && std::ranges::count(new_col, -1) == 0);
    std::vector<Index> block(static_cast<std::size_t>(n));
    for (Index p = 0; p < form.blocks(); ++p)
        for (Index k = form.block_starts[static_cast<std::size_t>(p)];
             k < form.block_starts[static_cast<std::size_t>(p) + 1]; ++k)
            block[static_cast<std::size_t>(k)] = p;
    Index diagonal = 0;
    for (Index i = 0; i < n; ++i)
        for (Offset k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k) {
            if (A.values()[k] == T{}) continue;
            const Index row = new_row[static_cast<std::size_t>(i)];
            const Index col = new_col[static_cast<std::size_t>(A.indices()[k])];
            EXPECT_LE(block[static_cast<std::size_t>(row)], block[static_cast<std::size_t>(col)]);
            diagonal += row == col;
        }
    EXPECT_EQ(form.structural_rank, structural_rank(A));
    EXPECT_GE(diagonal, form.structural_rank) << "zero-free diagonal as far as there is one";
}

template <class T>
class BlockTriangular : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(BlockTriangular, Scalars);

TYPED_TEST(BlockTriangular, FormOfRandomMatricesHasNothingBelowItsBlocks) {
    using T = TypeParam;
    Random random(1);
    for (const Index n : {0, 1, 2, 3, 6, 10, 30})
        for (const double density : {0.0, 0.05, 0.1, 0.2, 1.0})
            for (int repeat = 0; repeat < 10; ++repeat) {
                Coo<T> coo(n, n);
                for (Index i = 0; i < n; ++i)
                    for (Index j = 0; j < n; ++j)
                        if (random.uniform() < density) coo.add(i, j, random.uniform() < 0.1 ? T{} : T(1));
                const Csr<T> A = to_csr(coo);
                const BlockTriangularForm rows = block_triangular_form(A), cols = block_triangular_form(to_csc(A));
                expect_block_triangular(A, rows);
                expect_block_triangular(A, cols);
                if (rows.structural_rank == n) {  // the blocks are then unique but for their order
                    EXPECT_EQ(rows.blocks(), cols.blocks());
                    EXPECT_EQ(rows.largest_block(), cols.largest_block());
                }
            }
}

TEST(BlockTriangularForm, RecoversBlocksThatWereShuffled) {
    // Blocks of sizes 1, 4, 7, 2, each a cycle (irreducible), with entries above them; rows and columns then shuffled.
    const std::vector<Index> sizes = {1, 4, 7, 2};
    const Index n = 14;
    Random random(5);
    const auto shuffled = [&] {
        std::vector<Index> order(static_cast<std::size_t>(n));
        for (Index i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
        return order;
    };
    for (int repeat = 0; repeat < 20; ++repeat) {
        const std::vector<Index> row = shuffled(), col = shuffled();
        Coo<double> A(n, n);
        Index start = 0;
        for (Index size : sizes) {
            for (Index k = 0; k < size; ++k) {
                const auto i = static_cast<std::size_t>(start + k),
                           next = static_cast<std::size_t>(start + (k + 1) % size);
                A.add(row[i], col[i], 2.0);
                A.add(row[i], col[next], 1.0);
                for (std::size_t j = static_cast<std::size_t>(start + size); j < 14; j += 3) A.add(row[i], col[j], 1.0);
            }
            start += size;
        }
        const BlockTriangularForm form = block_triangular_form(to_csr(A));
        expect_block_triangular(to_csr(A), form);
        std::vector<Index> found;
        for (std::size_t p = 0; p + 1 < form.block_starts.size(); ++p)
            found.push_back(form.block_starts[p + 1] - form.block_starts[p]);
        std::vector<Index> expected = sizes;
        std::ranges::sort(found);
        std::ranges::sort(expected);
        EXPECT_EQ(found, expected);
    }
}

TEST(BlockTriangularForm, OfTriangularAndIrreducibleMatrices) {
    const Index n = 300'000;
    EXPECT_EQ(block_triangular_form(tridiagonal_toeplitz(n, 1, 2, 0)).blocks(), n);
    EXPECT_EQ(block_triangular_form(tridiagonal_toeplitz(n, 0, 2, 1)).blocks(), n);
    EXPECT_EQ(block_triangular_form(poisson1d(n)).blocks(), 1);
    EXPECT_EQ(block_triangular_form(cyclic_shift(n)).blocks(), n);  // a permutation is diagonal after permuting
    EXPECT_EQ(block_triangular_form(tridiagonal_toeplitz(n, 0, 2, 1), Pattern::stored).blocks(), 1);
}

TEST(BlockTriangularForm, RefusesARectangularMatrix) {
    EXPECT_THROW((void)block_triangular_form(to_csr(Coo<double>(2, 3))), InvalidArgument);
}

}  // namespace
