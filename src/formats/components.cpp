// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/components.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "formats/structure_pattern.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

namespace {

/// Union–find in which the smallest vertex of a set is its root.
Components undirected_components(const detail::PatternView& A) {
    const auto n = static_cast<std::size_t>(A.major);
    Components result;
    Buffer<Index>& parent = result.label;
    parent.resize(n);
    for (std::size_t v = 0; v < n; ++v) parent[v] = static_cast<Index>(v);
    const auto root = [&](Index v) {
        while (parent[static_cast<std::size_t>(v)] != v) {
            Index& up = parent[static_cast<std::size_t>(v)];
            up = parent[static_cast<std::size_t>(up)];  // path halving
            v = up;
        }
        return v;
    };
    for (Index i = 0; i < A.major; ++i) {
        Index r = root(i);
        for (Offset k = A.indptr[i]; k < A.indptr[i + 1]; ++k) {
            const Index s = root(A.indices[k]);
            if (s == r) continue;
            parent[static_cast<std::size_t>(std::max(r, s))] = std::min(r, s);
            r = std::min(r, s);
        }
    }
    // parent[v] ≤ v, so that one increasing sweep turns parents into labels.
    for (std::size_t v = 0; v < n; ++v) {
        if (parent[v] == static_cast<Index>(v)) {
            result.label[v] = result.count++;
            result.sizes.push_back(1);
        } else {
            result.label[v] = result.label[static_cast<std::size_t>(parent[v])];
            ++result.sizes[static_cast<std::size_t>(result.label[v])];
        }
    }
    return result;
}

}  // namespace

namespace detail {

// Tarjan's algorithm with its recursion kept on a path of vertices: low[v] is the smallest visiting number known to be
// reachable from v inside its component; a vertex whose low is its own number roots a component, which is then on top
// of the stack.
Index strong_components(const PatternView& A, const Index* vertex, Buffer<Index>& label) {
    const auto n = static_cast<std::size_t>(A.major);
    constexpr Index none = -1;
    label.assign(n, none);
    Buffer<Index> number(n, none), low(n), stack, path;
    Buffer<Offset> next(n);
    Index visited = 0, components = 0;
    for (Index start = 0; start < A.major; ++start) {
        if (number[static_cast<std::size_t>(start)] != none) continue;
        const auto visit = [&](Index v) {
            const auto u = static_cast<std::size_t>(v);
            number[u] = low[u] = visited++;
            next[u] = A.indptr[v];
            stack.push_back(v);
            path.push_back(v);
        };
        visit(start);
        while (!path.empty()) {
            const Index v = path.back();
            const auto u = static_cast<std::size_t>(v);
            if (next[u] < A.indptr[v + 1]) {
                const Index j = A.indices[next[u]++];
                const Index w = vertex ? vertex[j] : j;
                const auto x = static_cast<std::size_t>(w);
                if (number[x] == none)
                    visit(w);
                else if (label[x] == none)  // still on the stack
                    low[u] = std::min(low[u], number[x]);
                continue;
            }
            path.pop_back();
            if (!path.empty()) {
                Index& parent_low = low[static_cast<std::size_t>(path.back())];
                parent_low = std::min(parent_low, low[u]);
            }
            if (low[u] == number[u]) {
                Index w;
                do {
                    w = stack.back();
                    stack.pop_back();
                    label[static_cast<std::size_t>(w)] = components;
                } while (w != v);
                ++components;
            }
        }
    }
    return components;
}

}  // namespace detail

template <Order order, Scalar T>
Components connected_components(const CompressedView<order, T>& A, Pattern pattern) {
    detail::require(A.rows() == A.cols(), "connected_components: the matrix must be square");
    const detail::SelectedPattern selected(A, pattern);
    return undirected_components(selected.view());
}

template <Order order, Scalar T>
Components strongly_connected_components(const CompressedView<order, T>& A, Pattern pattern) {
    detail::require(A.rows() == A.cols(), "strongly_connected_components: the matrix must be square");
    const detail::SelectedPattern selected(A, pattern);
    Components result;
    result.count = detail::strong_components(selected.view(), nullptr, result.label);
    result.sizes.assign(static_cast<std::size_t>(result.count), 0);
    for (Index& label : result.label) {
        if constexpr (order == Order::row)
            label = result.count - 1 - label;  // columns: the edges are the other way round
        ++result.sizes[static_cast<std::size_t>(label)];
    }
    return result;
}

#define RITZ_INSTANTIATE(O, T)                                                      \
    template Components connected_components(const CompressedView<O, T>&, Pattern); \
    template Components strongly_connected_components(const CompressedView<O, T>&, Pattern);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
