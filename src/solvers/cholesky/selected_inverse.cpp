// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/selected_inverse.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <string>
#include <vector>

#include "core/instantiate.hpp"
#include "ritz/core/threads.hpp"
#include "solvers/cholesky/factors.hpp"
#include "solvers/cholesky/kernels.hpp"
#include "solvers/cholesky/team.hpp"

namespace ritz {

namespace {

using detail::PanelFactor;
using detail::Symbolic;
namespace blas = detail::blas;

constexpr double worth_a_thread = 1.5e7;  // operations

std::size_t u(Index i) noexcept {
    return static_cast<std::size_t>(i);
}
std::ptrdiff_t at(Index i, Index j, Index ld) noexcept {
    return static_cast<std::ptrdiff_t>(j) * ld + i;
}

/// Calls take(s, Z) for every front: the height × height part Z of A⁻¹ that belongs to its rows. From several threads.
template <class W, class Take>
void for_each_block(const PanelFactor<W>& L, Take&& take) {
    const Symbolic& S = *L.symbolic;
    const double work = 2 * S.flops * (std::is_same_v<W, double> ? 1 : 4);
    detail::Team team(static_cast<int>(std::clamp(work / worth_a_thread, 1.0, static_cast<double>(max_threads()))));
    std::vector<Buffer<W>> blocks(u(S.fronts));  // of fronts that still have children to come
    std::vector<std::atomic<Index>> waiting(u(S.fronts));
    for (Index s = 0; s < S.fronts; ++s) waiting[u(s)] = static_cast<Index>(S.children_of(s).size());
    struct Scratch {
        Buffer<W> Y, inverse, Z;
    };
    std::vector<Scratch> scratch(static_cast<std::size_t>(team.threads()));

    const auto front = [&](Index s, Scratch& mine) {
        const Index k = S.columns(s), m = S.below(s), height = k + m, p = S.parent[u(s)];
        const W* P = L.panel(s);
        const bool parent = waiting[u(s)].load(std::memory_order_relaxed) > 0;
        Buffer<W>& Z = parent ? blocks[u(s)] : mine.Z;
        const std::size_t entries = u(height) * u(height);
        if (Z.size() < entries) Z.resize(entries);
        if (m > 0) {
            const W* from = blocks[u(p)].data();
            const Index ld = S.height(p), *where = S.relative_of(s);
            for (Index j = 0; j < m; ++j) {
                const W* column = from + at(0, where[j], ld);
                W* to = Z.data() + at(k, k + j, height);
                for (Index i = 0; i < m; ++i) to[i] = column[where[i]];
            }
        }
        if (p >= 0 && waiting[u(p)].fetch_sub(1, std::memory_order_acq_rel) == 1) blocks[u(p)] = Buffer<W>();

        mine.inverse.assign(u(k) * u(k), W{});  // (L₁₁ L₁₁ᴴ)⁻¹
        for (Index j = 0; j < k; ++j) mine.inverse[static_cast<std::size_t>(at(j, j, k))] = W{1};
        blas::trsm_left('N', k, k, P, height, mine.inverse.data(), k);
        blas::trsm_left(blas::adjoint<W>, k, k, P, height, mine.inverse.data(), k);
        for (Index j = 0; j < k; ++j) std::copy_n(mine.inverse.data() + at(0, j, k), k, Z.data() + at(0, j, height));
        if (m > 0) {
            mine.Y.resize(u(m) * u(k));
            for (Index j = 0; j < k; ++j) std::copy_n(P + at(k, j, height), m, mine.Y.data() + at(0, j, m));
            blas::trsm_right('N', m, k, P, height, mine.Y.data(), m);
            W* below = Z.data() + k;
            blas::gemm('N', 'N', m, k, m, W{-1}, Z.data() + at(k, k, height), height, mine.Y.data(), m, W{0}, below,
                       height);
            blas::gemm(blas::adjoint<W>, 'N', k, k, m, W{-1}, mine.Y.data(), m, below, height, W{1}, Z.data(), height);
        }
        for (Index j = 0; j < k; ++j) {  // exactly Hermitian
            Z[static_cast<std::size_t>(at(j, j, height))] =
                detail::real_of(Z[static_cast<std::size_t>(at(j, j, height))]);
            for (Index i = j + 1; i < height; ++i)
                Z[static_cast<std::size_t>(at(j, i, height))] =
                    detail::conjugate_of(Z[static_cast<std::size_t>(at(i, j, height))]);
        }
        take(s, Z.data());
    };
    auto body = [&](Index task, int thread) {
        for (Index s = S.task_begin[u(task) + 1] - 1; s >= S.task_begin[u(task)]; --s)
            front(s, scratch[static_cast<std::size_t>(thread)]);
    };
    team.descend(S.task_parent, body);
}

}  // namespace

template <Scalar T>
Eigen::VectorX<Real<T>> inverse_diagonal(const Cholesky<T>& F) {
    const auto& f = F.complete("inverse_diagonal");
    const Symbolic& S = f.symbolic();
    Eigen::VectorX<Real<T>> d(S.n);
    for_each_block(f.L, [&](Index s, const auto* Z) {
        for (Index j = 0; j < S.columns(s); ++j)
            d[S.perm[u(S.first[u(s)] + j)]] = static_cast<Real<T>>(detail::real_of(Z[at(j, j, S.height(s))]));
    });
    return d;
}

template <Scalar T>
Csr<T> inverse_entries(const Cholesky<T>& F, const CsrView<T>& pattern) {
    const auto& f = F.complete("inverse_entries");
    const Symbolic& S = f.symbolic();
    detail::require(pattern.rows() == S.n && pattern.cols() == S.n,
                    "inverse_entries: a pattern of " + std::to_string(S.n) + " rows and columns is needed, found " +
                        std::to_string(pattern.rows()) + " x " + std::to_string(pattern.cols()));
    const auto indptr = pattern.indptr();
    const auto indices = pattern.indices();
    Buffer<Index> front(u(S.n));
    for (Index s = 0; s < S.fronts; ++s)
        for (Index j = S.first[u(s)]; j < S.first[u(s) + 1]; ++j) front[u(j)] = s;

    // Entries by the front of the column of L in which they lie.
    struct Entry {
        Offset k;
        Index i, j;  // in the front
        bool mirrored;
    };
    Buffer<Offset> start(u(S.fronts) + 1, 0);
    const auto column_of = [&](Index r, Index c) { return std::min(S.place[u(r)], S.place[u(c)]); };
    for (Index r = 0; r < S.n; ++r)
        for (Offset k = indptr[u(r)]; k < indptr[u(r) + 1]; ++k)
            ++start[u(front[u(column_of(r, indices[static_cast<std::size_t>(k)]))]) + 1];
    std::partial_sum(start.begin(), start.end(), start.begin());
    std::vector<Entry> entries(static_cast<std::size_t>(start.back()));
    Buffer<Offset> next(start.begin(), start.end() - 1);
    for (Index r = 0; r < S.n; ++r)
        for (Offset k = indptr[u(r)]; k < indptr[u(r) + 1]; ++k) {
            const Index c = indices[static_cast<std::size_t>(k)], j = column_of(r, c);
            const Index i = std::max(S.place[u(r)], S.place[u(c)]), s = front[u(j)], begin = S.first[u(s)];
            Index row = i - begin;
            if (row >= S.columns(s)) {
                const Index *own = S.rows_of(s), *found = std::lower_bound(own, own + S.below(s), i);
                detail::require(found != own + S.below(s) && *found == i,
                                "inverse_entries: entry (" + std::to_string(r) + ", " + std::to_string(c) +
                                    ") is outside the pattern of L");
                row = S.columns(s) + static_cast<Index>(found - own);
            }
            entries[static_cast<std::size_t>(next[u(s)]++)] = {k, row, j - begin, S.place[u(r)] == j};
        }

    Buffer<T> values(indices.size());
    for_each_block(f.L, [&](Index s, const auto* Z) {
        const Index height = S.height(s);
        for (auto e = static_cast<std::size_t>(start[u(s)]); e < static_cast<std::size_t>(start[u(s) + 1]); ++e) {
            const auto value = Z[at(entries[e].i, entries[e].j, height)];
            values[static_cast<std::size_t>(entries[e].k)] =
                static_cast<T>(entries[e].mirrored ? detail::conjugate_of(value) : value);
        }
    });
    return Csr<T>(detail::Trusted{}, S.n, S.n, Buffer<Offset>(indptr.begin(), indptr.end()),
                  Buffer<Index>(indices.begin(), indices.end()), std::move(values));
}

#define INSTANTIATE(T)                                                       \
    template Eigen::VectorX<Real<T>> inverse_diagonal(const Cholesky<T>& F); \
    template Csr<T> inverse_entries(const Cholesky<T>& F, const CsrView<T>& pattern);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
