// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/matching.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "formats/structure_pattern.hpp"

namespace ritz {

namespace detail {

namespace {

constexpr Index none = -1;

/// Diagonal entries first, then for each slice without partner the first minor index without partner.
void assign_cheaply(const PatternView& A, SliceMatching& m) {
    const auto pair = [&](Index i, Index j) {
        m.minor_of[static_cast<std::size_t>(i)] = j;
        m.major_of[static_cast<std::size_t>(j)] = i;
        ++m.size;
    };
    for (Index i = 0; i < std::min(A.major, A.minor); ++i)
        if (std::binary_search(A.indices + A.indptr[i], A.indices + A.indptr[i + 1], i)) pair(i, i);
    for (Index i = 0; i < A.major; ++i) {
        if (m.minor_of[static_cast<std::size_t>(i)] != none) continue;
        for (Offset k = A.indptr[i]; k < A.indptr[i + 1]; ++k)
            if (m.major_of[static_cast<std::size_t>(A.indices[k])] == none) {
                pair(i, A.indices[k]);
                break;
            }
    }
}

}  // namespace

// Hopcroft and Karp: each phase finds the length of the shortest augmenting paths by breadth-first search from the
// slices without partner, then a maximal set of disjoint ones of that length by depth-first search. Only what the
// search reaches is touched, so that the last augmentations of a nearly complete matching are cheap.
SliceMatching match_slices(const PatternView& A) {
    const auto major = static_cast<std::size_t>(A.major);
    SliceMatching m;
    m.minor_of.assign(major, none);
    m.major_of.assign(static_cast<std::size_t>(A.minor), none);
    assign_cheaply(A, m);

    Buffer<Index> free;  // slices that may still find a partner
    for (Index i = 0; i < A.major; ++i)
        if (m.minor_of[static_cast<std::size_t>(i)] == none && A.indptr[i] < A.indptr[i + 1]) free.push_back(i);

    Buffer<Index> level(major, none), queue, path;
    Buffer<Offset> next(major);
    while (!free.empty() && m.size < A.minor) {
        queue.assign(free.begin(), free.end());
        for (Index i : queue) level[static_cast<std::size_t>(i)] = 0;
        Index shortest = std::numeric_limits<Index>::max();
        for (std::size_t q = 0; q < queue.size(); ++q) {
            const Index i = queue[q];
            const auto u = static_cast<std::size_t>(i);
            next[u] = A.indptr[i];
            if (level[u] >= shortest) continue;  // longer paths belong to a later phase
            for (Offset k = A.indptr[i]; k < A.indptr[i + 1]; ++k) {
                const Index partner = m.major_of[static_cast<std::size_t>(A.indices[k])];
                if (partner == none) {
                    shortest = level[u];
                    break;
                }
                if (level[static_cast<std::size_t>(partner)] == none) {
                    level[static_cast<std::size_t>(partner)] = level[u] + 1;
                    queue.push_back(partner);
                }
            }
        }
        if (shortest == std::numeric_limits<Index>::max())
            break;  // no augmenting path: the matching is maximum (Berge)

        for (const Index start : free) {
            path.assign(1, start);
            while (!path.empty()) {
                const Index i = path.back();
                const auto u = static_cast<std::size_t>(i);
                if (next[u] == A.indptr[i + 1] || level[u] > shortest) {
                    path.pop_back();
                    continue;
                }
                const Index j = A.indices[next[u]++];
                const Index partner = m.major_of[static_cast<std::size_t>(j)];
                if (partner == none) {  // augment: every slice on the path takes the entry it looked at last
                    for (Index v : path) {
                        const Index taken = A.indices[next[static_cast<std::size_t>(v)] - 1];
                        m.minor_of[static_cast<std::size_t>(v)] = taken;
                        m.major_of[static_cast<std::size_t>(taken)] = v;
                    }
                    ++m.size;
                    break;
                }
                if (level[static_cast<std::size_t>(partner)] == level[u] + 1) path.push_back(partner);
            }
        }
        for (Index i : queue) level[static_cast<std::size_t>(i)] = none;
        std::erase_if(free, [&](Index i) { return m.minor_of[static_cast<std::size_t>(i)] != none; });
    }
    return m;
}

}  // namespace detail

namespace {

using detail::none;

template <Order order>
Matching oriented(detail::SliceMatching&& m) {
    if constexpr (order == Order::row)
        return {m.size, std::move(m.minor_of), std::move(m.major_of)};
    else
        return {m.size, std::move(m.major_of), std::move(m.minor_of)};
}

/// Marks the slices reached by alternating paths that start at slices without partner, and the minor indices passed.
void reach_from_unmatched(const detail::PatternView& A, const Buffer<Index>& minor_of, const Buffer<Index>& major_of,
                          DeterminedPart part, Buffer<DeterminedPart>& major_part, Buffer<DeterminedPart>& minor_part) {
    Buffer<Index> queue;
    for (Index i = 0; i < A.major; ++i)
        if (minor_of[static_cast<std::size_t>(i)] == none) {
            major_part[static_cast<std::size_t>(i)] = part;
            queue.push_back(i);
        }
    for (std::size_t q = 0; q < queue.size(); ++q)
        for (Offset k = A.indptr[queue[q]]; k < A.indptr[queue[q] + 1]; ++k) {
            const auto j = static_cast<std::size_t>(A.indices[k]);
            if (minor_part[j] == part) continue;
            minor_part[j] = part;
            const Index partner = major_of[j];  // there is one, or the path would augment the matching
            if (major_part[static_cast<std::size_t>(partner)] == part) continue;
            major_part[static_cast<std::size_t>(partner)] = part;
            queue.push_back(partner);
        }
}

}  // namespace

template <Order order, Scalar T>
Matching maximum_matching(const CompressedView<order, T>& A, Pattern pattern) {
    const detail::SelectedPattern selected(A, pattern);
    return oriented<order>(detail::match_slices(selected.view()));
}

template <Order order, Scalar T>
Index structural_rank(const CompressedView<order, T>& A, Pattern pattern) {
    const detail::SelectedPattern selected(A, pattern);
    return detail::match_slices(selected.view()).size;
}

template <Order order, Scalar T>
DulmageMendelsohn dulmage_mendelsohn(const CompressedView<order, T>& A, Pattern pattern) {
    const detail::SelectedPattern selected(A, pattern);
    DulmageMendelsohn d;
    d.matching = oriented<order>(detail::match_slices(selected.view()));
    d.row_part.assign(static_cast<std::size_t>(A.rows()), DeterminedPart::well_determined);
    d.col_part.assign(static_cast<std::size_t>(A.cols()), DeterminedPart::well_determined);

    const detail::TransposedPattern transposed(selected.view());
    const detail::PatternView& by_rows = order == Order::row ? selected.view() : transposed.view();
    const detail::PatternView& by_cols = order == Order::row ? transposed.view() : selected.view();
    reach_from_unmatched(by_rows, d.matching.col_of_row, d.matching.row_of_col, DeterminedPart::overdetermined,
                         d.row_part, d.col_part);
    reach_from_unmatched(by_cols, d.matching.row_of_col, d.matching.col_of_row, DeterminedPart::underdetermined,
                         d.col_part, d.row_part);
    for (DeterminedPart p : d.row_part) ++d.rows_in[static_cast<std::size_t>(p)];
    for (DeterminedPart p : d.col_part) ++d.cols_in[static_cast<std::size_t>(p)];
    return d;
}

#define RITZ_INSTANTIATE(O, T)                                                \
    template Matching maximum_matching(const CompressedView<O, T>&, Pattern); \
    template Index structural_rank(const CompressedView<O, T>&, Pattern);     \
    template DulmageMendelsohn dulmage_mendelsohn(const CompressedView<O, T>&, Pattern);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
