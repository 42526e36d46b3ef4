// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/block_triangular.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "formats/structure_pattern.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

Index BlockTriangularForm::largest_block() const noexcept {
    Index largest = 0;
    for (std::size_t p = 0; p + 1 < block_starts.size(); ++p)
        largest = std::max(largest, block_starts[p + 1] - block_starts[p]);
    return largest;
}

template <Order order, Scalar T>
BlockTriangularForm block_triangular_form(const CompressedView<order, T>& A, Pattern pattern) {
    detail::require(A.rows() == A.cols(), "block_triangular_form: the matrix must be square");
    const detail::SelectedPattern selected(A, pattern);
    const auto n = static_cast<std::size_t>(A.rows());

    detail::SliceMatching m = detail::match_slices(selected.view());
    BlockTriangularForm form;
    form.structural_rank = m.size;
    for (std::size_t i = 0, j = 0; i < n; ++i) {  // pair what has no partner, in order
        if (m.minor_of[i] >= 0) continue;
        while (m.major_of[j] >= 0) ++j;
        m.minor_of[i] = static_cast<Index>(j);
        m.major_of[j] = static_cast<Index>(i);
    }

    // Vertices are the matched pairs, named by their slice: slice i leads to the partner of each of its entries. Labels
    // never increase along an edge; rows want the opposite, while by columns the edges run the other way.
    Buffer<Index> label;
    const Index blocks = detail::strong_components(selected.view(), m.major_of.data(), label);
    if constexpr (order == Order::row)
        for (Index& l : label) l = blocks - 1 - l;

    form.block_starts.assign(static_cast<std::size_t>(blocks) + 1, 0);
    for (Index l : label) ++form.block_starts[static_cast<std::size_t>(l) + 1];  // counting sort by label, stable
    for (std::size_t p = 1; p < form.block_starts.size(); ++p) form.block_starts[p] += form.block_starts[p - 1];
    Buffer<Index> next(form.block_starts.begin(), form.block_starts.end());
    Buffer<Index> majors(n), minors(n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(label[i])]++);
        majors[place] = static_cast<Index>(i);
        minors[place] = m.minor_of[i];
    }
    form.row_order = std::move(order == Order::row ? majors : minors);
    form.col_order = std::move(order == Order::row ? minors : majors);
    return form;
}

#define RITZ_INSTANTIATE(O, T) template BlockTriangularForm block_triangular_form(const CompressedView<O, T>&, Pattern);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
