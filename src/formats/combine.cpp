// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/combine.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"

namespace ritz {

namespace {

/// Blocks that share their slices, from low minor indices to high ones.
template <Order order, Scalar T>
struct Strip {
    struct Block {
        const CompressedView<order, T>* matrix;
        Index first_minor;
    };
    Index first_major;
    std::vector<Block> blocks;
};

/// The matrix that the strips, in order, make up; every slice belongs to one of them.
template <Order order, Scalar T>
Compressed<order, T> lay_out(Index rows, Index cols, const std::vector<Strip<order, T>>& strips) {
    std::int64_t work = 0;
    for (const auto& strip : strips)
        for (const auto& block : strip.blocks) work += block.matrix->nnz();
    const auto strip_of = [&](Index i) {
        return std::upper_bound(strips.begin(), strips.end(), i,
                                [](Index slice, const auto& strip) { return slice < strip.first_major; }) -
               1;
    };
    const auto for_each_slice = [&](Index begin, Index end, auto&& body) {
        auto strip = strip_of(begin);
        for (Index i = begin; i < end; ++i) {
            while (strip + 1 != strips.end() && (strip + 1)->first_major <= i) ++strip;
            body(i, i - strip->first_major, *strip);
        }
    };
    return detail::build_slices<order, T>(
        rows, cols, work,
        [&](Index begin, Index end, Offset* counts) {
            for_each_slice(begin, end, [&](Index i, Index local, const Strip<order, T>& strip) {
                counts[i] = 0;
                for (const auto& block : strip.blocks) counts[i] += detail::Slices<T>(*block.matrix).size(local);
            });
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            for_each_slice(begin, end, [&](Index i, Index local, const Strip<order, T>& strip) {
                Offset k = indptr[i];
                for (const auto& block : strip.blocks) {
                    const detail::Slices<T> a(*block.matrix);
                    for (Offset p = a.begin(local); p < a.end(local); ++p, ++k) {
                        indices[k] = a.indices[p] + block.first_minor;
                        values[k] = a.values[p];
                    }
                }
            });
        });
}

/// Blocks one after another along the minor dimension: hstack of CSR, vstack of CSC.
template <Order order, Scalar T>
Compressed<order, T> stack_minor(const std::vector<CompressedView<order, T>>& blocks, const char* who,
                                 const char* mismatch) {
    if (blocks.empty()) return {};
    const Index major = blocks.front().major();
    Strip<order, T> strip{0, {}};
    Index minor = 0;
    for (const auto& block : blocks) {
        detail::require(block.major() == major, mismatch);
        strip.blocks.push_back({&block, minor});
        minor = detail::checked_dimension(std::int64_t{minor} + block.minor(), who);
    }
    return order == Order::row ? lay_out<order, T>(major, minor, {strip}) : lay_out<order, T>(minor, major, {strip});
}

/// Blocks one after another along the major dimension: vstack of CSR, hstack of CSC.
template <Order order, Scalar T>
Compressed<order, T> stack_major(const std::vector<CompressedView<order, T>>& blocks, const char* who,
                                 const char* mismatch) {
    if (blocks.empty()) return {};
    const Index minor = blocks.front().minor();
    std::vector<Strip<order, T>> strips;
    Index major = 0;
    for (const auto& block : blocks) {
        detail::require(block.minor() == minor, mismatch);
        strips.push_back({major, {{&block, 0}}});
        major = detail::checked_dimension(std::int64_t{major} + block.major(), who);
    }
    return order == Order::row ? lay_out(major, minor, strips) : lay_out(minor, major, strips);
}

}  // namespace

template <Order order, Scalar T>
Compressed<order, T> hstack(const std::vector<CompressedView<order, T>>& blocks) {
    constexpr const char* mismatch = "hstack: blocks must have equal numbers of rows";
    if constexpr (order == Order::row)
        return stack_minor(blocks, "hstack", mismatch);
    else
        return stack_major(blocks, "hstack", mismatch);
}

template <Order order, Scalar T>
Compressed<order, T> vstack(const std::vector<CompressedView<order, T>>& blocks) {
    constexpr const char* mismatch = "vstack: blocks must have equal numbers of columns";
    if constexpr (order == Order::row)
        return stack_major(blocks, "vstack", mismatch);
    else
        return stack_minor(blocks, "vstack", mismatch);
}

template <Order order, Scalar T>
Compressed<order, T> block_matrix(const BlockGrid<order, T>& grid) {
    if (grid.empty()) return {};
    const std::size_t m = grid.size(), n = grid.front().size();
    std::vector<Index> heights(m, -1), widths(n, -1);
    for (std::size_t r = 0; r < m; ++r) {
        detail::require(grid[r].size() == n, "block_matrix: rows of the grid must have equal lengths");
        for (std::size_t c = 0; c < n; ++c) {
            if (!grid[r][c]) continue;
            const std::string place = " (row " + std::to_string(r) + ", column " + std::to_string(c) + " of the grid)";
            detail::require(heights[r] < 0 || heights[r] == grid[r][c]->rows(),
                            "block_matrix: blocks in a row must have equal numbers of rows" + place);
            detail::require(widths[c] < 0 || widths[c] == grid[r][c]->cols(),
                            "block_matrix: blocks in a column must have equal numbers of columns" + place);
            heights[r] = grid[r][c]->rows();
            widths[c] = grid[r][c]->cols();
        }
    }
    const auto starts = [](const std::vector<Index>& sizes) {
        std::vector<Index> first{0};
        for (const Index size : sizes) {
            detail::require(size >= 0, "block_matrix: a row or column of the grid must have at least one block");
            first.push_back(detail::checked_dimension(std::int64_t{first.back()} + size, "block_matrix"));
        }
        return first;
    };
    const std::vector<Index> first_row = starts(heights), first_col = starts(widths);

    const std::size_t majors = order == Order::row ? m : n, minors = order == Order::row ? n : m;
    std::vector<Strip<order, T>> strips;
    for (std::size_t s = 0; s < majors; ++s) {
        Strip<order, T> strip{order == Order::row ? first_row[s] : first_col[s], {}};
        for (std::size_t t = 0; t < minors; ++t) {
            const auto& block = order == Order::row ? grid[s][t] : grid[t][s];
            if (block) strip.blocks.push_back({&*block, order == Order::row ? first_col[t] : first_row[t]});
        }
        strips.push_back(std::move(strip));
    }
    return lay_out(first_row.back(), first_col.back(), strips);
}

template <Order order, Scalar T>
Compressed<order, T> block_diagonal(const std::vector<CompressedView<order, T>>& blocks) {
    std::vector<Strip<order, T>> strips;
    Index rows = 0, cols = 0;
    for (const auto& block : blocks) {
        strips.push_back({order == Order::row ? rows : cols, {{&block, order == Order::row ? cols : rows}}});
        rows = detail::checked_dimension(std::int64_t{rows} + block.rows(), "block_diagonal");
        cols = detail::checked_dimension(std::int64_t{cols} + block.cols(), "block_diagonal");
    }
    return lay_out(rows, cols, strips);
}

#define RITZ_INSTANTIATE(O, T)                                                  \
    template Compressed<O, T> hstack(const std::vector<CompressedView<O, T>>&); \
    template Compressed<O, T> vstack(const std::vector<CompressedView<O, T>>&); \
    template Compressed<O, T> block_matrix(const BlockGrid<O, T>&);             \
    template Compressed<O, T> block_diagonal(const std::vector<CompressedView<O, T>>&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
