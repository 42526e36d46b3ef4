// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The pattern of a compressed matrix as a bipartite graph, without values, scalar type or storage order: what the
/// graph algorithms work on, so that each is compiled once.

#include <algorithm>
#include <utility>

#include "core/parallel.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

/// Slice i has the entries indices[indptr[i]] … indices[indptr[i+1] - 1], strictly increasing.
struct PatternView {
    Index major, minor;
    const Offset* indptr;
    const Index* indices;

    Offset nnz() const noexcept { return indptr[major]; }
};

/// The entries that count: the matrix's own arrays, or a copy without its explicit zeros if it has any.
class SelectedPattern {
public:
    template <Order order, Scalar T>
    SelectedPattern(const CompressedView<order, T>& A, Pattern pattern)
        : view_{A.major(), A.minor(), A.indptr().data(), A.indices().data()} {
        if (pattern == Pattern::stored) return;
        const T* const values = A.values().data();
        if (std::find(values, values + A.nnz(), T{}) == values + A.nnz()) return;
        indptr_.resize(static_cast<std::size_t>(A.major()) + 1);
        indices_.reserve(static_cast<std::size_t>(A.nnz()));
        indptr_[0] = 0;
        for (Index i = 0; i < A.major(); ++i) {
            for (Offset k = view_.indptr[i]; k < view_.indptr[i + 1]; ++k)
                if (values[k] != T{}) indices_.push_back(view_.indices[k]);
            indptr_[static_cast<std::size_t>(i) + 1] = static_cast<Offset>(indices_.size());
        }
        view_.indptr = indptr_.data();
        view_.indices = indices_.data();
    }
    SelectedPattern(const SelectedPattern&) = delete;
    SelectedPattern& operator=(const SelectedPattern&) = delete;

    const PatternView& view() const noexcept { return view_; }

private:
    PatternView view_;
    Buffer<Offset> indptr_;
    Buffer<Index> indices_;
};

/// The pattern compressed along the other dimension. O(nnz + major + minor).
class TransposedPattern {
public:
    explicit TransposedPattern(const PatternView& A)
        : indptr_(static_cast<std::size_t>(A.minor) + 2, 0), indices_(static_cast<std::size_t>(A.nnz())) {
        for (Offset k = 0; k < A.nnz(); ++k) ++indptr_[static_cast<std::size_t>(A.indices[k]) + 2];  // count
        for (std::size_t j = 2; j < indptr_.size(); ++j) indptr_[j] += indptr_[j - 1];  // starts, one ahead
        for (Index i = 0; i < A.major; ++i)
            for (Offset k = A.indptr[i]; k < A.indptr[i + 1]; ++k)
                indices_[static_cast<std::size_t>(indptr_[static_cast<std::size_t>(A.indices[k]) + 1]++)] = i;
        view_ = {A.minor, A.major, indptr_.data(), indices_.data()};
    }
    TransposedPattern(const TransposedPattern&) = delete;
    TransposedPattern& operator=(const TransposedPattern&) = delete;

    const PatternView& view() const noexcept { return view_; }

private:
    PatternView view_{};
    Buffer<Offset> indptr_;
    Buffer<Index> indices_;
};

/// A matching of slices with minor indices, -1 where there is none. Maximum; see maximum_matching.
struct SliceMatching {
    Index size = 0;
    Buffer<Index> minor_of, major_of;
};
SliceMatching match_slices(const PatternView& A);

/// Strongly connected components of the graph i → vertex[j] for each entry j of slice i (vertex null: the identity),
/// for a square pattern. Labels are numbered in the order in which Tarjan's algorithm completes components: every edge
/// leads to the same or a lower label. Returns the number of components.
Index strong_components(const PatternView& A, const Index* vertex, Buffer<Index>& label);

}  // namespace ritz::detail
