// SPDX-License-Identifier: BSD-3-Clause
// The multifrontal factorisation: each front assembles its part of A and what its children left, eliminates its
// columns and leaves the rest to its parent.
// \ref J. W. H. Liu, SIAM Review 34 (1992) 82-109; I. S. Duff, J. K. Reid, ACM TOMS 9 (1983) 302-325.
#include <omp.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "core/instantiate.hpp"
#include "ritz/core/threads.hpp"
#include "solvers/cholesky/factors.hpp"
#include "solvers/cholesky/kernels.hpp"
#include "solvers/cholesky/team.hpp"

namespace ritz::detail {

namespace {

constexpr Index tile = 256;            // columns of the tiles of large fronts, which threads share
constexpr Index tall = 512;            // and their rows
constexpr double worth_sharing = 3e7;  // operations of a front

std::size_t u(Index i) noexcept {
    return static_cast<std::size_t>(i);
}
std::ptrdiff_t at(Index i, Index j, Index ld) noexcept {
    return static_cast<std::ptrdiff_t>(j) * ld + i;
}

template <Scalar T>
class Factorization {
public:
    using W = CholeskyNumber<T>;

    Factorization(const CsrView<T>& A, const std::atomic<bool>* cancel, PanelFactor<W>& L)
        : A_(A),
          cancel_(cancel),
          L_(L),
          S_(*L.symbolic),
          blocks_(u(S_.fronts), nullptr),
          side_(u(S_.fronts)),
          threads_(omp_in_parallel() ? 1 : S_.worthwhile_threads(sizeof(W), max_threads())),
          slab_(static_cast<std::size_t>(S_.contributions_of(threads_))) {
        for (std::size_t s = side_.size(); s-- > 0;) side_[s] = S_.parent[s] < 0 ? 0 : !side_[u(S_.parent[s])];
    }

    ~Factorization() {
        for (auto& block : left_) slab_.give_back(block);
    }
    Factorization(const Factorization&) = delete;
    Factorization& operator=(const Factorization&) = delete;

    std::size_t run() {
        Team team(threads_);
        team_ = &team;
        workspace_.resize(static_cast<std::size_t>(team.threads()));
        left_.resize(u(S_.tasks()));
        auto body = [this](Index task, int thread) { run_task(task, thread); };
        team.climb(S_.task_parent, body);
        if (const Index column = bad_column_.load(); column != no_column) {
            const Index row = S_.perm[u(column)];
            throw NotPositiveDefinite("Cholesky: the pivot of row " + std::to_string(row) + " is not positive", row);
        }
        std::size_t held = S_.memory_bytes() + L_.values.size() * sizeof(W) + slab_.most() * sizeof(W);
        for (const Workspace& w : workspace_) held += w.arena.size() * sizeof(W) + w.place.size() * sizeof(Index);
        return held;
    }

private:
    static constexpr Index no_column = std::numeric_limits<Index>::max();

    struct Workspace {
        Storage<W> arena;
        Buffer<Index> place;  // of a row in the front that is assembled
    };

    void poll() const {
        if (cancel_ && cancel_->load(std::memory_order_relaxed)) throw Interrupted("Cholesky: stopped on request");
    }

    /// The smallest column that fails is the same for any number of threads: only what lies behind it is left out.
    void fail(Index column) noexcept {
        Index known = bad_column_.load();
        while (column < known && !bad_column_.compare_exchange_weak(known, column)) {
        }
    }
    bool pointless(Index s) const noexcept { return S_.first[u(s)] > bad_column_.load(std::memory_order_relaxed); }

    void run_task(Index task, int thread) {
        const Index begin = S_.task_begin[u(task)], root = S_.task_begin[u(task) + 1] - 1;
        Workspace& mine = workspace_[static_cast<std::size_t>(thread)];
        if (mine.place.empty()) mine.place.resize(u(S_.n));
        poll();
        if (!pointless(begin)) {
            const auto entries = static_cast<std::size_t>(contribution_entries(S_.below(root)));
            left_[u(task)] = slab_.take(entries, side_[u(root)] != 0);
            blocks_[u(root)] = left_[u(task)].data;
            if (S_.is_subtree(task))
                subtree(begin, root, mine);
            else
                large_front(root, thread, mine);
        }
        for (const Index c : S_.children_of(root)) {
            if (S_.task_of[u(c)] == task) continue;
            slab_.give_back(left_[u(S_.task_of[u(c)])]);
        }
    }

    void subtree(Index begin, Index root, Workspace& mine) {
        if (mine.arena.empty() && S_.arena > 0) mine.arena.resize(static_cast<std::size_t>(S_.arena));
        W *low = mine.arena.data(), *high = mine.arena.data() + mine.arena.size();
        for (Index s = begin; s <= root; ++s) {
            if (pointless(s)) return;
            poll();
            const Index m = S_.below(s);
            if (s != root) {
                if (side_[u(s)] == 0) {
                    blocks_[u(s)] = low;
                    low += contribution_entries(m);
                } else {
                    high -= contribution_entries(m);
                    blocks_[u(s)] = high;
                }
            }
            small_front(s, mine);
            for (const Index c : S_.children_of(s)) {
                if (side_[u(c)] == 0)
                    low -= contribution_entries(S_.below(c));
                else
                    high += contribution_entries(S_.below(c));
            }
        }
    }

    /// Rows and columns of A in columns [begin, end) of the front, counted from its first.
    void add_matrix(Index s, Index begin, Index end, const Index* place) noexcept {
        const Index first = S_.first[u(s)], last = S_.first[u(s) + 1], height = S_.height(s);
        W* P = L_.panel(s);
        const auto indptr = A_.indptr();
        const auto indices = A_.indices();
        const auto values = A_.values();
        for (Index j = begin; j < end; ++j) {
            const auto row = u(S_.perm[u(first + j)]);
            W* column = P + at(0, j, height);
            for (auto k = static_cast<std::size_t>(indptr[row]); k < static_cast<std::size_t>(indptr[row + 1]); ++k) {
                const Index i = S_.place[u(indices[k])];
                if (i < first + j) continue;
                column[i < last ? i - first : place[i]] = conjugate_of(static_cast<W>(values[k]));
            }
        }
    }

    void set_places(Index s, Index* place) const noexcept {
        const Index *rows = S_.rows_of(s), m = S_.below(s), k = S_.columns(s);
        for (Index i = 0; i < m; ++i) place[rows[i]] = k + i;
    }

    /// to[where[i] - shift] += from[i], i = 0 … n-1.
    static void scatter(Index n, const W* __restrict from, const Index* __restrict where, Index shift,
                        W* __restrict to) noexcept {
        if (n == 0) return;
        if (where[n - 1] - where[0] == n - 1) {
            W* out = to + (where[0] - shift);
            for (Index i = 0; i < n; ++i) out[i] += from[i];
            return;
        }
        for (Index i = 0; i < n; ++i) to[where[i] - shift] += from[i];
    }

    void small_front(Index s, Workspace& mine) {
        const Index k = S_.columns(s), m = S_.below(s), height = k + m;
        W *P = L_.panel(s), *C = blocks_[u(s)];
        std::fill(P, P + at(0, k, height), W{});
        set_places(s, mine.place.data());
        add_matrix(s, 0, k, mine.place.data());
        for (const Index c : S_.children_of(s)) {
            const W* B = blocks_[u(c)];
            const Index *where = S_.relative_of(c), n = S_.below(c);
            for (Index q = 0; q < n && where[q] < k; ++q)
                scatter(n - q, B + at(q, q, n), where + q, 0, P + at(0, where[q], height));
        }
        Index bad;
        if (k <= 4 || (height <= 64 && k <= 16)) {
            bad = factor_columns(height, k, P, height);
            if (bad < 0 && m > 0) negative_square(m, k, P + k, height, C, m);
        } else {
            bad = factor_triangle(k, P, height);
            if (bad < 0 && m > 0) {
                blas::trsm_right(blas::adjoint<W>, m, k, P, height, P + k, height);
                if (m <= 32 && k <= 16)
                    negative_square(m, k, P + k, height, C, m);
                else
                    blas::herk(m, k, -1.0, P + k, height, 0.0, C, m);
            }
        }
        if (bad >= 0) return fail(S_.first[u(s)] + bad);
        for (const Index c : S_.children_of(s)) {
            const W* B = blocks_[u(c)];
            const Index *where = S_.relative_of(c), n = S_.below(c);
            for (Index q = static_cast<Index>(std::lower_bound(where, where + n, k) - where); q < n; ++q)
                scatter(n - q, B + at(q, q, n), where + q, k, C + at(0, where[q] - k, m));
        }
    }

    void large_front(Index s, int thread, Workspace& mine) {
        const Index k = S_.columns(s), m = S_.below(s), height = k + m;
        if (front_flops(k, m) < worth_sharing) return small_front(s, mine);
        W *P = L_.panel(s), *C = blocks_[u(s)];
        const std::span<const Index> children = S_.children_of(s);
        set_places(s, mine.place.data());

        constexpr Index wide = 64;
        auto assemble = [&](Index t, int) {
            const Index begin = t * wide, end = std::min(k, begin + wide);
            std::fill(P + at(0, begin, height), P + at(0, end, height), W{});
            add_matrix(s, begin, end, mine.place.data());
            for (const Index c : children) {
                const W* B = blocks_[u(c)];
                const Index *where = S_.relative_of(c), n = S_.below(c);
                for (auto q = static_cast<Index>(std::lower_bound(where, where + n, begin) - where);
                     q < n && where[q] < end; ++q)
                    scatter(n - q, B + at(q, q, n), where + q, 0, P + at(0, where[q], height));
            }
        };
        team_->loop((k + wide - 1) / wide, thread, assemble);

        // Left-looking: block column [j, j + n) takes what the columns before it subtract, then its triangle is
        // factored by whoever has tile 0, for which the other tiles wait.
        std::atomic<Index> bad{-1};
        for (Index j = 0; j < k; j += tile) {
            poll();
            const Index n = std::min(tile, k - j), rest = height - j - n;
            W* block = P + at(j, j, height);
            std::atomic<bool> factored{false};
            auto tiles = [&](Index t, int) {
                if (t == 0) {
                    if (j > 0) blas::herk(n, j, -1.0, P + j, height, 1.0, block, height);
                    const Index found = factor_triangle(n, block, height);
                    if (found >= 0) bad = j + found;
                    factored.store(true, std::memory_order_release);
                    return;
                }
                const Index from = n + (t - 1) * tall, rows = std::min(tall, rest - (t - 1) * tall);
                W* target = block + from;
                if (j > 0)
                    blas::gemm('N', blas::adjoint<W>, rows, n, j, W{-1}, P + j + from, height, P + j, height, W{1},
                               target, height);
                for (Patience patience; !factored.load(std::memory_order_acquire);) {
                    if (team_->stopped()) return;
                    patience.wait();
                }
                if (bad.load() < 0) blas::trsm_right(blas::adjoint<W>, rows, n, block, height, target, height);
            };
            team_->loop(1 + (rest + tall - 1) / tall, thread, tiles);
            if (team_->stopped()) return;
            if (const Index column = bad.load(); column >= 0) return fail(S_.first[u(s)] + column);
        }
        if (m == 0) return;

        struct Tile {
            Index i, j;
        };
        std::vector<Tile> parts;
        for (Index j = 0; j < m; j += tile)
            for (Index i = j; i < m; i += tall) parts.push_back({i, j});
        auto contribute = [&](Index t, int) {
            const auto [i, j] = parts[u(t)];
            const Index rows = std::min(tall, m - i), columns = std::min(tile, m - j);
            W* target = C + at(i, j, m);
            Index done = 0;
            if (i == j) {
                blas::herk(columns, k, -1.0, P + k + i, height, 0.0, target, m);
                done = columns;
            }
            if (done < rows)
                blas::gemm('N', blas::adjoint<W>, rows - done, columns, k, W{-1}, P + k + i + done, height, P + k + j,
                           height, W{0}, target + done, m);
            for (const Index c : children) {
                const W* B = blocks_[u(c)];
                const Index *where = S_.relative_of(c), n = S_.below(c);
                const auto index_of = [&](Index row) {
                    return static_cast<Index>(std::lower_bound(where, where + n, k + row) - where);
                };
                const Index top = index_of(i), bottom = index_of(i + rows);
                for (Index q = index_of(j); q < n && where[q] < k + j + columns; ++q) {
                    const Index p = std::max(top, q);
                    if (p < bottom) scatter(bottom - p, B + at(p, q, n), where + p, k, C + at(0, where[q] - k, m));
                }
            }
        };
        team_->loop(static_cast<Index>(parts.size()), thread, contribute);
    }

    CsrView<T> A_;
    const std::atomic<bool>* cancel_;
    PanelFactor<W>& L_;
    const Symbolic& S_;
    Team* team_ = nullptr;
    Buffer<W*> blocks_;  // what each front leaves to its parent: below × below, the lower triangle
    Buffer<std::uint8_t> side_;
    int threads_;
    Slab<W> slab_;
    std::vector<typename Slab<W>::Block> left_;  // of the roots of tasks, in the slab
    std::vector<Workspace> workspace_;
    std::atomic<Index> bad_column_{no_column};
};

}  // namespace

template <Scalar T>
std::size_t factor_panels(const CsrView<T>& A, const std::atomic<bool>* cancel, PanelFactor<CholeskyNumber<T>>& L) {
    L.complete = false;
    L.values.resize(static_cast<std::size_t>(L.symbolic->panel.back()));
    const std::size_t held = Factorization<T>(A, cancel, L).run();
    L.complete = true;
    return held;
}

#define INSTANTIATE(T) \
    template std::size_t factor_panels(const CsrView<T>&, const std::atomic<bool>*, PanelFactor<CholeskyNumber<T>>&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz::detail
