// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/cholesky/symbolic.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "ritz/core/error.hpp"
#include "solvers/ordering.hpp"

namespace ritz::detail {

namespace {

constexpr std::size_t u(Index i) noexcept {
    return static_cast<std::size_t>(i);
}
constexpr std::size_t u(Offset i) noexcept {
    return static_cast<std::size_t>(i);
}

/// The graph of A with rows of equal pattern (the unknowns of one node of a mesh) united to groups: everything below
/// runs on groups, and a group is eliminated at once.
struct Groups {
    Index n = 0;
    Buffer<Offset> indptr;
    Buffer<Index> adjacency;  // no loops, no duplicates
    Buffer<Index> weight;     // rows in the group
    Buffer<Index> member_start, members;
    GraphView view() const { return {n, indptr, adjacency}; }
};

Groups unite_equal_rows(Index n, std::span<const Offset> indptr, std::span<const Index> indices) {
    const auto rows = u(n);
    Buffer<Index> group(rows, -1);
    Groups G;
    // Rows with equal sums of mixed indices are compared; a table of 2ᵏ ≥ 2n places finds them.
    std::size_t size = 16;
    while (size < 2 * rows) size *= 2;
    Buffer<Index> table(size, -1);
    Buffer<Index> head;  // first row of each group
    head.reserve(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        const Offset begin = indptr[i], length = indptr[i + 1] - begin;
        std::uint64_t hash = static_cast<std::uint64_t>(length);
        bool has_diagonal = false;
        for (Offset k = begin; k < begin + length; ++k) {
            const auto j = static_cast<std::uint64_t>(static_cast<std::uint32_t>(indices[u(k)]));
            hash += (j + 0x9e3779b9) * 0x9e3779b97f4a7c15;
            has_diagonal |= j == i;
        }
        Index found = -1;
        std::size_t at = (hash ^ (hash >> 29)) & (size - 1);
        if (has_diagonal) {  // only then are rows of equal pattern neighbours
            for (; table[at] >= 0; at = (at + 1) & (size - 1)) {
                const Index g = table[at];
                const auto r = u(head[u(g)]);
                if (indptr[r + 1] - indptr[r] == length &&
                    std::memcmp(&indices[u(indptr[r])], &indices[u(begin)], u(length) * sizeof(Index)) == 0) {
                    found = g;
                    break;
                }
            }
        }
        if (found < 0) {
            found = G.n++;
            head.push_back(static_cast<Index>(i));
            G.weight.push_back(0);
            if (has_diagonal) table[at] = found;
        }
        group[i] = found;
        ++G.weight[u(found)];
    }
    const auto m = u(G.n);
    G.member_start.assign(m + 1, 0);
    for (std::size_t g = 0; g < m; ++g) G.member_start[g + 1] = G.member_start[g] + G.weight[g];
    G.members.resize(rows);
    Buffer<Index> next(G.member_start.begin(), G.member_start.end() - 1);
    for (std::size_t i = 0; i < rows; ++i) G.members[u(next[u(group[i])]++)] = static_cast<Index>(i);

    G.indptr.resize(m + 1);
    G.indptr[0] = 0;
    G.adjacency.reserve(indices.size() / std::max<std::size_t>(1, rows / std::max<std::size_t>(m, 1)));
    if (m == rows) {
        for (std::size_t i = 0; i < rows; ++i) {
            for (Offset k = indptr[i]; k < indptr[i + 1]; ++k)
                if (u(indices[u(k)]) != i) G.adjacency.push_back(indices[u(k)]);
            G.indptr[i + 1] = static_cast<Offset>(G.adjacency.size());
        }
        return G;
    }
    Buffer<Index> seen(m, -1);
    for (std::size_t g = 0; g < m; ++g) {
        seen[g] = static_cast<Index>(g);
        const auto r = u(head[g]);
        for (Offset k = indptr[r]; k < indptr[r + 1]; ++k) {
            const Index h = group[u(indices[u(k)])];
            if (std::exchange(seen[u(h)], static_cast<Index>(g)) != static_cast<Index>(g)) G.adjacency.push_back(h);
        }
        G.indptr[g + 1] = static_cast<Offset>(G.adjacency.size());
    }
    return G;
}

/// What an ordering leads to. Vertices are numbered in a postorder of their elimination tree.
struct Elimination {
    Buffer<Index> order;   // order[k]: the group eliminated k-th
    Buffer<Index> place;   // its inverse
    Buffer<Index> parent;  // in the new numbers; -1: a root
    Buffer<Offset> count;  // rows of L in the columns of a group, its own rows included
    double factor_nonzeros = 0, flops = 0;
};

/// \ref J. W. H. Liu, SIAM J. Matrix Anal. Appl. 11 (1990) 134-172, algorithm 4.2 (the elimination tree by path
///      compression); J. R. Gilbert, E. G. Ng, B. W. Peyton, SIAM J. Matrix Anal. Appl. 15 (1994) 1075-1091, figure 3
///      (column counts), here with weights.
Elimination eliminate(const Groups& G, Buffer<Index> order) {
    const auto n = u(G.n);
    Elimination E;
    E.place.resize(n);
    for (std::size_t k = 0; k < n; ++k) E.place[u(order[k])] = static_cast<Index>(k);

    Buffer<Index> parent(n, -1), ancestor(n, -1);
    for (std::size_t k = 0; k < n; ++k) {
        const auto g = u(order[k]);
        for (Offset e = G.indptr[g]; e < G.indptr[g + 1]; ++e) {
            Index i = E.place[u(G.adjacency[u(e)])];
            while (i >= 0 && i < static_cast<Index>(k)) {
                const Index next = std::exchange(ancestor[u(i)], static_cast<Index>(k));
                if (next < 0) parent[u(i)] = static_cast<Index>(k);
                i = next;
            }
        }
    }

    // A postorder, without recursion.
    Buffer<Index> child(n, -1), sibling(n, -1), stack, post;
    post.reserve(n);
    for (std::size_t k = n; k-- > 0;)
        if (parent[k] >= 0) sibling[k] = std::exchange(child[u(parent[k])], static_cast<Index>(k));
    for (std::size_t root = 0; root < n; ++root) {
        if (parent[root] >= 0) continue;
        stack.push_back(static_cast<Index>(root));
        while (!stack.empty()) {
            const auto v = u(stack.back());
            if (child[v] >= 0) {
                stack.push_back(child[v]);
                child[v] = sibling[u(child[v])];
            } else {
                post.push_back(static_cast<Index>(v));
                stack.pop_back();
            }
        }
    }
    Buffer<Index> renumbered(n);
    for (std::size_t k = 0; k < n; ++k) renumbered[u(post[k])] = static_cast<Index>(k);
    E.order.resize(n);
    E.parent.resize(n);
    for (std::size_t k = 0; k < n; ++k) {
        const auto old = u(post[k]);
        E.order[k] = order[old];
        E.parent[k] = parent[old] < 0 ? -1 : renumbered[u(parent[old])];
    }
    for (std::size_t k = 0; k < n; ++k) E.place[u(E.order[k])] = static_cast<Index>(k);

    // Row i adds its weight to column j when j is a leaf of its row subtree, and takes it back where two leaves meet.
    Buffer<Index> first(n), latest(n, -1), previous(n, -1);
    std::iota(first.begin(), first.end(), 0);
    std::iota(ancestor.begin(), ancestor.end(), 0);
    E.count.assign(n, 0);
    for (std::size_t k = 0; k < n; ++k)
        if (const Index p = E.parent[k]; p >= 0) first[u(p)] = std::min(first[u(p)], first[k]);
    for (std::size_t k = 0; k < n; ++k) {
        const auto j = static_cast<Index>(k);
        const auto g = u(E.order[k]);
        if (first[k] == j) E.count[k] += G.weight[g];
        if (const Index p = E.parent[k]; p >= 0) E.count[u(p)] -= G.weight[g];
        for (Offset e = G.indptr[g]; e < G.indptr[g + 1]; ++e) {
            const Index h = G.adjacency[u(e)], i = E.place[u(h)];
            if (i <= j || first[k] <= latest[u(i)]) continue;
            latest[u(i)] = j;
            const Offset w = G.weight[u(h)];
            E.count[k] += w;
            const Index before = std::exchange(previous[u(i)], j);
            if (before < 0) continue;
            Index meeting = before;
            while (ancestor[u(meeting)] != meeting) meeting = ancestor[u(meeting)];
            for (Index v = before; v != meeting;) v = std::exchange(ancestor[u(v)], meeting);
            E.count[u(meeting)] -= w;
        }
        if (E.parent[k] >= 0) ancestor[k] = E.parent[k];
    }
    for (std::size_t k = 0; k < n; ++k)
        if (const Index p = E.parent[k]; p >= 0) E.count[u(p)] += E.count[k];
    for (std::size_t k = 0; k < n; ++k) {
        const auto c = static_cast<double>(E.count[k]);
        for (Index w = 0; w < G.weight[u(E.order[k])]; ++w) {
            E.factor_nonzeros += c - w;
            E.flops += (c - w) * (c - w);
        }
    }
    return E;
}

/// The largest number of rows at one distance from a far end of the graph, and how many distances there are, in the
/// largest component that a few searches meet: a separator is hardly smaller.
struct LevelStructure {
    double width = 0;
    Index depth = 0;
};
LevelStructure level_structure(const Groups& G) {
    const auto n = u(G.n);
    Buffer<Index> seen(n, -1), queue(n);
    LevelStructure found;
    Index start = 0;
    for (Index round = 0; round < 3; ++round) {
        std::size_t head = 0, tail = 0;
        queue[tail++] = start;
        seen[u(start)] = round;
        LevelStructure now;
        Index lowest = start;
        while (head < tail) {
            const std::size_t end = tail;
            double width = 0;
            Offset degree = std::numeric_limits<Offset>::max();
            for (; head < end; ++head) {
                const auto v = u(queue[head]);
                width += G.weight[v];
                if (const Offset d = G.indptr[v + 1] - G.indptr[v]; d < degree) {
                    degree = d;
                    lowest = static_cast<Index>(v);
                }
                for (Offset e = G.indptr[v]; e < G.indptr[v + 1]; ++e) {
                    const Index w = G.adjacency[u(e)];
                    if (std::exchange(seen[u(w)], round) != round) queue[tail++] = w;
                }
            }
            now.width = std::max(now.width, width);
            ++now.depth;
        }
        found = now;
        start = lowest;
    }
    return found;
}

void poll(const FactorOptions& options) {
    if (options.cancel && options.cancel->load(std::memory_order_relaxed))
        throw Interrupted("Cholesky: stopped on request");
}

Elimination choose_ordering(const Groups& G, const FactorOptions& options, Ordering& used) {
    std::optional<Elimination> best;
    const auto consider = [&](Ordering which, std::optional<Buffer<Index>> order) {
        poll(options);
        if (!order) return;
        Elimination E = eliminate(G, std::move(*order));
        if (best && best->flops <= E.flops) return;
        best = std::move(E);
        used = which;
    };
    const auto natural = [&] {
        Buffer<Index> order(u(G.n));
        std::iota(order.begin(), order.end(), 0);
        return order;
    };
    const auto amd = [&] { consider(Ordering::amd, amd_ordering(G.view())); };
    const auto metis = [&] { consider(Ordering::metis, metis_ordering(G.view())); };
    switch (options.ordering) {
        case Ordering::natural:
            consider(Ordering::natural, natural());
            break;
        case Ordering::amd:
            amd();
            break;
        case Ordering::metis:
            metis();
            if (!best) amd();
            break;
        case Ordering::best:
            consider(Ordering::natural, natural());
            amd();
            metis();
            break;
        case Ordering::automatic: {
            // METIS takes as long as a factorisation needs for `price` operations. It pays where separators are large
            // (bodies in space: 10 w³ operations for separators of w, and as many more without METIS), and costs more
            // than it saves where they are small (plates, networks). Measured on grids of 8,000 to 10⁶ points.
            const auto edges = static_cast<double>(G.adjacency.size());
            const double price = 9e4 * G.n + 5e3 * edges;
            bool surely = false;
            if (G.n > 5000) {
                const LevelStructure levels = level_structure(G);
                surely = levels.depth > 12 && 10 * std::pow(levels.width, 3) > 1.5 * price;
            }
            if (surely) metis();
            if (!best) {
                amd();
                if (!surely && best->flops > 2.5 * price) metis();
            }
            break;
        }
        default:
            throw InvalidArgument("Cholesky: the ordering " + std::string(name(options.ordering)) +
                                  " is for matrices that are not symmetric");
    }
    return std::move(*best);
}

/// Fronts before they are numbered for good.
struct Tree {
    Buffer<Index> parent;                  // of fronts, parents behind children
    Buffer<Index> column_start, vertices;  // fronts + 1, and their vertices in the numbers of the Elimination
    Buffer<Offset> columns, below;         // rows, not groups
};

/// Vertices with the rows of their parent below them are one front; then a child is united with its parent where that
/// stores few zeros.
/// \ref C. Ashcraft, R. Grimes, ACM TOMS 15 (1989) 291-309 (relaxed supernodes).
Tree make_fronts(const Groups& G, const Elimination& E) {
    const auto n = u(G.n);
    Buffer<Index> front(n);
    Buffer<Offset> columns, below;
    Buffer<Index> parent;
    for (std::size_t k = 0; k < n; ++k) {
        const Offset w = G.weight[u(E.order[k])];
        if (k > 0 && E.parent[k - 1] == static_cast<Index>(k) &&
            E.count[k - 1] - G.weight[u(E.order[k - 1])] == E.count[k]) {
            columns.back() += w;
            below.back() = E.count[k] - w;
        } else {
            columns.push_back(w);
            below.push_back(E.count[k] - w);
            parent.push_back(-1);
        }
        front[k] = static_cast<Index>(columns.size()) - 1;
    }
    const std::size_t fronts = columns.size();
    for (std::size_t k = 0; k < n; ++k)
        if (E.parent[k] >= 0 && front[u(E.parent[k])] != front[k]) parent[u(front[k])] = front[u(E.parent[k])];

    Buffer<double> zeros(fronts, 0.0);
    Buffer<Index> united(fronts), child(fronts, -1), sibling(fronts, -1);
    std::iota(united.begin(), united.end(), 0);
    Buffer<Index> candidates;
    for (std::size_t s = 0; s < fronts; ++s) {
        candidates.clear();
        for (Index c = child[s]; c >= 0; c = sibling[u(c)]) candidates.push_back(c);
        std::sort(candidates.begin(), candidates.end(), [&](Index a, Index b) {  // fewest zeros first
            return below[u(a)] != below[u(b)] ? below[u(a)] > below[u(b)] : a > b;
        });
        for (const Index c : candidates) {
            const auto own = static_cast<double>(columns[u(c)]), all = own + static_cast<double>(columns[s]);
            const double extra = own * static_cast<double>(columns[s] + below[s] - below[u(c)]);
            const double wasted = zeros[u(c)] + zeros[s] + extra;
            const double total = all * (all + 1) / 2 + all * static_cast<double>(below[s]);
            const double allowed = all <= 4 ? 1.0 : all <= 16 ? 0.6 : all <= 48 ? 0.15 : all <= 160 ? 0.06 : 0.03;
            if (wasted > allowed * total) continue;
            united[u(c)] = static_cast<Index>(s);
            columns[s] += columns[u(c)];
            zeros[s] = wasted;
        }
        if (const Index p = parent[s]; p >= 0) sibling[s] = std::exchange(child[u(p)], static_cast<Index>(s));
    }
    for (std::size_t s = fronts; s-- > 0;)
        if (united[s] != static_cast<Index>(s)) united[s] = united[u(united[s])];

    Tree tree;
    Buffer<Index> number(fronts, -1);
    for (std::size_t s = 0; s < fronts; ++s) {
        if (united[s] != static_cast<Index>(s)) continue;
        number[s] = static_cast<Index>(tree.columns.size());
        tree.columns.push_back(columns[s]);
        tree.below.push_back(below[s]);
    }
    tree.parent.assign(tree.columns.size(), -1);
    for (std::size_t s = 0; s < fronts; ++s)
        if (united[s] == static_cast<Index>(s) && parent[s] >= 0)
            tree.parent[u(number[s])] = number[u(united[u(parent[s])])];
    tree.column_start.assign(tree.columns.size() + 1, 0);
    for (std::size_t k = 0; k < n; ++k) ++tree.column_start[u(number[u(united[u(front[k])])]) + 1];
    std::partial_sum(tree.column_start.begin(), tree.column_start.end(), tree.column_start.begin());
    tree.vertices.resize(n);
    Buffer<Index> next(tree.column_start.begin(), tree.column_start.end() - 1);
    for (std::size_t k = 0; k < n; ++k)
        tree.vertices[u(next[u(number[u(united[u(front[k])])])]++)] = static_cast<Index>(k);
    return tree;
}

/// A postorder of the fronts in which the contributions that wait take the least memory: children by what their
/// subtree needs beyond what it leaves, largest first.
/// \ref J. W. H. Liu, ACM TOMS 12 (1986) 249-264.
Buffer<Index> order_fronts(const Tree& tree) {
    const std::size_t fronts = tree.parent.size();
    Buffer<Index> child(fronts, -1), sibling(fronts, -1), sorted;
    Buffer<double> peak(fronts), left(fronts);
    for (std::size_t s = 0; s < fronts; ++s) {
        left[s] = static_cast<double>(tree.below[s]) * static_cast<double>(tree.below[s]);
        sorted.clear();
        for (Index c = child[s]; c >= 0; c = sibling[u(c)]) sorted.push_back(c);
        std::sort(sorted.begin(), sorted.end(), [&](Index a, Index b) {
            const double x = peak[u(a)] - left[u(a)], y = peak[u(b)] - left[u(b)];
            return x != y ? x > y : a < b;
        });
        double held = 0, most = 0;
        for (const Index c : sorted) {
            most = std::max(most, held + peak[u(c)]);
            held += left[u(c)];
        }
        peak[s] = std::max(most, held + left[s]);
        child[s] = -1;
        for (std::size_t k = sorted.size(); k-- > 0;) sibling[u(sorted[k])] = std::exchange(child[s], sorted[k]);
        if (const Index p = tree.parent[s]; p >= 0) sibling[s] = std::exchange(child[u(p)], static_cast<Index>(s));
    }
    Buffer<Index> order, stack;
    order.reserve(fronts);
    for (std::size_t root = 0; root < fronts; ++root) {
        if (tree.parent[root] >= 0) continue;
        stack.push_back(static_cast<Index>(root));
        while (!stack.empty()) {
            const auto v = u(stack.back());
            if (child[v] >= 0) {
                stack.push_back(child[v]);
                child[v] = sibling[u(child[v])];
            } else {
                order.push_back(static_cast<Index>(v));
                stack.pop_back();
            }
        }
    }
    return order;
}

/// Rows of every front: those of A in its columns and those of its children, without its own columns.
void find_rows(const Groups& G, const Elimination& E, const Tree& tree, const Buffer<Index>& front_order, Symbolic& S) {
    const auto n = u(G.n);
    // Vertices in their final order: number[v] for a vertex of E, and the first column of each.
    Buffer<Index> vertex(n), number(n), column(n + 1);
    std::size_t at = 0;
    Buffer<Index> vertex_start(front_order.size() + 1);
    S.first.resize(front_order.size() + 1);
    Buffer<Index> final_front(front_order.size());
    column[0] = 0;
    for (std::size_t s = 0; s < front_order.size(); ++s) {
        const auto old = u(front_order[s]);
        final_front[old] = static_cast<Index>(s);
        vertex_start[s] = static_cast<Index>(at);
        S.first[s] = column[at];
        for (Index k = tree.column_start[old]; k < tree.column_start[old + 1]; ++k) {
            const Index v = tree.vertices[u(k)];
            vertex[at] = v;
            number[u(v)] = static_cast<Index>(at);
            column[at + 1] = column[at] + G.weight[u(E.order[u(v)])];
            ++at;
        }
    }
    vertex_start[front_order.size()] = static_cast<Index>(at);
    S.first[front_order.size()] = column[at];
    S.fronts = static_cast<Index>(front_order.size());
    const std::size_t fronts = front_order.size();

    S.perm.resize(u(S.n));
    S.place.resize(u(S.n));
    for (std::size_t k = 0; k < n; ++k) {
        const auto g = u(E.order[u(vertex[k])]);
        for (Index m = 0; m < G.weight[g]; ++m) S.perm[u(column[k] + m)] = G.members[u(G.member_start[g] + m)];
    }
    for (std::size_t k = 0; k < S.perm.size(); ++k) S.place[u(S.perm[k])] = static_cast<Index>(k);

    S.parent.resize(fronts);
    S.child_start.assign(fronts + 1, 0);
    for (std::size_t s = 0; s < fronts; ++s) {
        const Index p = tree.parent[u(front_order[s])];
        S.parent[s] = p < 0 ? -1 : final_front[u(p)];
        if (p >= 0) ++S.child_start[u(S.parent[s]) + 1];
    }
    std::partial_sum(S.child_start.begin(), S.child_start.end(), S.child_start.begin());
    S.children.resize(u(S.child_start[fronts]));
    {
        Buffer<Index> next(S.child_start.begin(), S.child_start.end() - 1);
        for (std::size_t s = 0; s < fronts; ++s)
            if (S.parent[s] >= 0) S.children[u(next[u(S.parent[s])]++)] = static_cast<Index>(s);
    }

    // In vertices first: the lists are shorter by the size of the groups.
    Buffer<Offset> list_start(fronts + 1);
    Buffer<Index> lists, seen(n, -1), more;
    list_start[0] = 0;
    S.start.resize(fronts + 1);
    S.start[0] = 0;
    Buffer<Index> list;
    for (std::size_t s = 0; s < fronts; ++s) {
        const Index end = vertex_start[s + 1], mark = static_cast<Index>(s);
        list.clear();
        more.clear();
        // The longest list of a child is sorted already; the rest is sorted and merged into it.
        Index longest = -1;
        for (const Index c : S.children_of(static_cast<Index>(s)))
            if (longest < 0 ||
                list_start[u(c) + 1] - list_start[u(c)] > list_start[u(longest) + 1] - list_start[u(longest)])
                longest = c;
        if (longest >= 0)
            for (Offset k = list_start[u(longest)]; k < list_start[u(longest) + 1]; ++k)
                if (const Index v = lists[u(k)]; v >= end) {
                    seen[u(v)] = mark;
                    list.push_back(v);
                }
        const auto add = [&](Index v) {
            if (v >= end && std::exchange(seen[u(v)], mark) != mark) more.push_back(v);
        };
        for (const Index c : S.children_of(static_cast<Index>(s)))
            if (c != longest)
                for (Offset k = list_start[u(c)]; k < list_start[u(c) + 1]; ++k) add(lists[u(k)]);
        for (Index k = vertex_start[s]; k < end; ++k) {
            const auto g = u(E.order[u(vertex[u(k)])]);
            for (Offset e = G.indptr[g]; e < G.indptr[g + 1]; ++e) add(number[u(E.place[u(G.adjacency[u(e)])])]);
        }
        std::sort(more.begin(), more.end());
        const std::size_t before = lists.size();
        lists.resize(before + list.size() + more.size());
        std::merge(list.begin(), list.end(), more.begin(), more.end(),
                   lists.begin() + static_cast<std::ptrdiff_t>(before));
        list_start[s + 1] = static_cast<Offset>(lists.size());
        Offset rows = 0;
        for (std::size_t k = before; k < lists.size(); ++k) rows += G.weight[u(E.order[u(vertex[u(lists[k])])])];
        S.start[s + 1] = S.start[s] + rows;
    }
    S.rows.resize(u(S.start[fronts]));
    std::size_t to = 0;
    for (const Index v : lists)
        for (Index r = column[u(v)]; r < column[u(v) + 1]; ++r) S.rows[to++] = r;
}

void find_places(Symbolic& S) {
    const auto fronts = u(S.fronts);
    S.relative.resize(S.rows.size());
    S.panel.resize(fronts + 1);
    S.panel[0] = 0;
    S.descendant.resize(fronts);
    S.flops = 0;
    for (std::size_t s = 0; s < fronts; ++s) {
        const auto front = static_cast<Index>(s);
        const Offset entries = static_cast<Offset>(S.columns(front)) * S.height(front);
        S.panel[s + 1] = S.panel[s] + (entries + 7) / 8 * 8;
        S.flops += front_flops(S.columns(front), S.below(front));
        const auto children = S.children_of(front);
        S.descendant[s] = children.empty() ? front : S.descendant[u(children.front())];
        for (const Index c : children) {
            const Index begin = S.first[s], end = S.first[s + 1];
            const Index *rows = S.rows_of(c), *own = S.rows_of(front);
            Index* out = S.relative.data() + S.start[u(c)];
            const Index m = S.below(c);
            Index k = 0, at = 0;
            for (; k < m && rows[k] < end; ++k) out[k] = rows[k] - begin;
            for (; k < m; ++k) {
                while (own[at] != rows[k]) ++at;
                out[k] = end - begin + at;
            }
        }
    }
}

/// Cuts the tree: subtrees of at most a 40th of the work are one task each. The cut does not depend on the number of
/// threads.
void make_tasks(Symbolic& S) {
    const auto fronts = u(S.fronts);
    Buffer<double> work(fronts);
    double total = 0;
    for (std::size_t s = 0; s < fronts; ++s) {
        const auto front = static_cast<Index>(s);
        const double k = S.columns(front), m = S.below(front);
        work[s] = front_flops(k, m) + 20 * k * (k + m) + 5 * m * m;  // small fronts are bound by memory
        total += work[s];
    }
    for (std::size_t s = 0; s < fronts; ++s)
        if (S.parent[s] >= 0) work[u(S.parent[s])] += work[s];
    const double most = std::max(total / 40, 3e6);
    Buffer<Index> next_root(fronts, -1);
    for (std::size_t s = fronts, next = fronts; s-- > 0;) {
        next_root[s] = next < fronts ? static_cast<Index>(next) : -1;
        if (S.parent[s] < 0) next = s;
    }
    S.task_begin.push_back(0);
    S.task_of.resize(fronts);
    double trees = 0;  // work of the small trees that the current task has taken
    for (std::size_t s = 0; s < fronts; ++s) {
        const Index p = S.parent[s];
        const bool small = work[s] <= most;
        S.task_of[s] = static_cast<Index>(S.task_begin.size()) - 1;
        if (small && p >= 0 && work[u(p)] <= most) continue;  // a part of a larger subtree
        if (small && p < 0) {
            trees += work[s];
            if (next_root[s] >= 0 && trees + work[u(next_root[s])] <= most) continue;
            trees = 0;
        }
        S.task_begin.push_back(static_cast<Index>(s) + 1);
        S.subtree.push_back(small);
    }
    const std::size_t tasks = S.subtree.size();
    S.task_parent.resize(tasks);
    S.task_work.resize(tasks);
    S.solve_start.resize(tasks + 1);
    S.solve_start[0] = S.n;
    for (std::size_t t = 0; t < tasks; ++t) {
        const Index root = S.task_begin[t + 1] - 1, p = S.parent[u(root)];
        S.task_parent[t] = p < 0 ? -1 : S.task_of[u(p)];
        S.task_work[t] = work[u(root)];
        S.solve_start[t + 1] = S.solve_start[t] + S.below(root);
    }
    if (S.solve_start[tasks] > std::numeric_limits<Index>::max())
        throw LimitExceeded("Cholesky: the workspace of a solve has more elements than an index can count");

    // Workspace, by going through the motions: contributions of even depth grow from one end, of odd from the other.
    Buffer<std::uint8_t> side(fronts);
    for (std::size_t s = fronts; s-- > 0;) side[s] = S.parent[s] < 0 ? 0 : !side[u(S.parent[s])];
    double live = 0;
    S.target.assign(S.rows.size(), 0);
    Buffer<Index> map(u(S.n));
    for (std::size_t t = 0; t < tasks; ++t) {
        const Index root = S.task_begin[t + 1] - 1;
        const Offset left = contribution_entries(S.below(root));
        live += static_cast<double>(left);
        S.contributions = std::max(S.contributions, live);
        if (S.subtree[t] != 0) {
            std::array<Offset, 2> used{0, 0};
            const Index end = S.first[u(root) + 1];
            for (Index k = 0; k < S.below(root); ++k)
                map[u(S.rows_of(root)[k])] = static_cast<Index>(S.solve_start[t]) + k;
            for (Index s = S.task_begin[t]; s <= root; ++s) {
                if (s != root) used[side[u(s)]] += contribution_entries(S.below(s));
                S.arena = std::max(S.arena, used[0] + used[1]);
                for (const Index c : S.children_of(s)) used[side[u(c)]] -= contribution_entries(S.below(c));
                for (Offset k = S.start[u(s)]; k < S.start[u(s) + 1]; ++k) {
                    const Index r = S.rows[u(k)];
                    S.target[u(k)] = r < end ? r : map[u(r)];
                }
            }
        } else {
            for (const Index c : S.children_of(root)) live -= static_cast<double>(contribution_entries(S.below(c)));
        }
    }
}

}  // namespace

std::size_t Symbolic::memory_bytes() const noexcept {
    const auto bytes = [](const auto& v) { return v.capacity() * sizeof(v[0]); };
    return bytes(indptr) + bytes(indices) + bytes(perm) + bytes(place) + bytes(first) + bytes(start) + bytes(rows) +
           bytes(relative) + bytes(panel) + bytes(parent) + bytes(descendant) + bytes(child_start) + bytes(children) +
           bytes(task_begin) + bytes(task_parent) + bytes(task_of) + bytes(solve_start) + bytes(target) +
           bytes(subtree) + bytes(task_work);
}

double Symbolic::contributions_of(int threads) const {
    // As Team works: a free thread takes the first task that is ready.
    if (threads <= 1) return contributions;
    const std::size_t count = task_parent.size();
    Buffer<Index> waiting(count, 0);
    Buffer<double> own(task_work);
    for (std::size_t t = 0; t < count; ++t)
        if (const Index p = task_parent[t]; p >= 0) {
            ++waiting[u(p)];
            if (!is_subtree(p)) own[u(p)] -= task_work[t];
        }
    std::priority_queue<Index, std::vector<Index>, std::greater<>> ready;
    for (std::size_t t = 0; t < count; ++t)
        if (waiting[t] == 0) ready.push(static_cast<Index>(t));
    using Running = std::pair<double, Index>;  // when it ends
    std::priority_queue<Running, std::vector<Running>, std::greater<>> running;
    const auto leaves = [&](Index t) {
        return static_cast<double>(contribution_entries(below(task_begin[u(t) + 1] - 1)));
    };
    double now = 0, live = 0, most = 0;
    for (;;) {
        while (!ready.empty() && running.size() < static_cast<std::size_t>(threads)) {
            const Index t = ready.top();
            ready.pop();
            live += leaves(t);
            most = std::max(most, live);
            running.emplace(now + std::max(0.0, own[u(t)]), t);
        }
        if (running.empty()) return most;
        const auto [end, t] = running.top();
        running.pop();
        now = end;
        for (const Index c : children_of(task_begin[u(t) + 1] - 1))
            if (task_of[u(c)] != t) live -= leaves(task_of[u(c)]);
        if (const Index p = task_parent[u(t)]; p >= 0 && --waiting[u(p)] == 0) ready.push(p);
    }
}

int Symbolic::worthwhile_threads(std::size_t entry_bytes, int available) const noexcept {
    constexpr double worth_a_thread = 1.5e7;  // operations
    const double operations = flops * (entry_bytes > sizeof(double) ? 4 : 1);
    return static_cast<int>(std::clamp(operations / worth_a_thread, 1.0, static_cast<double>(std::max(1, available))));
}

double Symbolic::peak_bytes(std::size_t entry_bytes, int available) const {
    const int threads = worthwhile_threads(entry_bytes, available);
    const double entries = static_cast<double>(panel.empty() ? 0 : panel.back()) + contributions_of(threads) +
                           static_cast<double>(arena) * threads;
    return entries * static_cast<double>(entry_bytes) + static_cast<double>(n) * sizeof(Index) * threads +
           static_cast<double>(memory_bytes());
}

std::shared_ptr<const Symbolic> analyse_cholesky(Index n, std::span<const Offset> indptr,
                                                 std::span<const Index> indices, const FactorOptions& options) {
    const auto begin = std::chrono::steady_clock::now();
    const auto S = std::make_shared<Symbolic>();
    S->n = n;
    S->indptr.assign(indptr.begin(), indptr.end());
    S->indices.assign(indices.begin(), indices.end());
    poll(options);
    const Groups G = unite_equal_rows(n, indptr, indices);
    Elimination E = choose_ordering(G, options, S->ordering);
    S->factor_nonzeros = E.factor_nonzeros;
    {
        const Tree tree = make_fronts(G, E);
        find_rows(G, E, tree, order_fronts(tree), *S);
    }
    poll(options);
    find_places(*S);
    make_tasks(*S);
    S->analyse_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return S;
}

}  // namespace ritz::detail
