// SPDX-License-Identifier: BSD-3-Clause
#include "preconditioners/stages.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"
#include "ritz/formats/convert.hpp"

namespace ritz::detail {

namespace {

/// Unknowns sorted by stage, stably.
Stages sorted_by(const Buffer<Index>& stage) {
    Index count = 0;
    for (const Index s : stage) count = std::max(count, s + 1);
    Stages stages{Buffer<Index>(stage.size()), Buffer<Index>(static_cast<std::size_t>(count) + 1, 0)};
    for (const Index s : stage) ++stages.starts[static_cast<std::size_t>(s) + 1];
    for (std::size_t s = 0; s < static_cast<std::size_t>(count); ++s) stages.starts[s + 1] += stages.starts[s];
    Buffer<Index> next = stages.starts;
    for (std::size_t i = 0; i < stage.size(); ++i)
        stages.order[static_cast<std::size_t>(next[static_cast<std::size_t>(stage[i])]++)] = static_cast<Index>(i);
    return stages;
}

}  // namespace

template <Scalar T>
Stages level_stages(const CsrView<T>& A) {
    const Slices<T> a(A);
    Buffer<Index> level(static_cast<std::size_t>(A.rows()), 0);
    Index* const l = level.data();
    // When i is reached, every smaller neighbour has told it its level, or is asked for it.
    for (Index i = 0; i < A.rows(); ++i) {
        Offset k = a.begin(i);
        for (; k < a.end(i) && a.indices[k] < i; ++k) l[i] = std::max(l[i], l[a.indices[k]] + 1);
        for (; k < a.end(i); ++k)
            if (const Index j = a.indices[k]; j > i) l[j] = std::max(l[j], l[i] + 1);
    }
    return sorted_by(level);
}

template <Scalar T>
Stages colour_stages(const CsrView<T>& A) {
    const Csr<T> transposed = transpose(A);
    const Slices<T> a(A), at(transposed);
    Buffer<Index> colour(static_cast<std::size_t>(A.rows()), -1), seen_by(static_cast<std::size_t>(A.rows()) + 1, -1);
    Index *const c = colour.data(), *const seen = seen_by.data();
    for (Index i = 0; i < A.rows(); ++i) {
        for (const Slices<T>* s : {&a, &at})
            for (Offset k = s->begin(i); k < s->end(i) && s->indices[k] < i; ++k) seen[c[s->indices[k]]] = i;
        Index first = 0;
        while (seen[first] == i) ++first;
        c[i] = first;
    }
    return sorted_by(colour);
}

#define RITZ_INSTANTIATE(T)                          \
    template Stages level_stages(const CsrView<T>&); \
    template Stages colour_stages(const CsrView<T>&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
