// SPDX-License-Identifier: BSD-3-Clause
// Solves with L and Lᴴ, front by front, for up to eight right-hand sides at once: a solve is bound by reading L, so
// more of them cost little. The right-hand sides are interleaved: row i is x[i·N] … x[i·N + N-1].
//
// The vector has S.n rows, in the order of elimination, and after them for each task the rows below its root, where
// the task gathers what it adds to rows of other tasks; the parent task takes them from there, child by child. So no
// two tasks write to the same place, and sums are formed in the same order by any number of threads.
#include <algorithm>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "ritz/core/threads.hpp"
#include "solvers/cholesky/factors.hpp"
#include "solvers/cholesky/kernels.hpp"
#include "solvers/cholesky/team.hpp"

namespace ritz::detail {

namespace {

constexpr Index block = 64;               // columns between which a large triangle is solved
constexpr double worth_a_thread = 4e5;    // entries of L
constexpr Offset worth_sharing = 200000;  // entries of a panel
constexpr Offset share = 60000;           // entries of a part of it

std::size_t u(Index i) noexcept {
    return static_cast<std::size_t>(i);
}
std::ptrdiff_t at(Index i, Index j, Index ld) noexcept {
    return static_cast<std::ptrdiff_t>(j) * ld + i;
}

/// y ← y − P x: y has `rows` rows, x `columns`.
template <int N>
void subtract_product(Index rows, Index columns, const double* __restrict P, Index ld, const double* __restrict x,
                      double* __restrict y) noexcept {
    Index j = 0;
    for (; j + 4 <= columns; j += 4) {
        const double *p0 = P + at(0, j, ld), *p1 = p0 + ld, *p2 = p1 + ld, *p3 = p2 + ld;
        const double* xj = x + static_cast<std::ptrdiff_t>(j) * N;
        if constexpr (N == 1) {
            const double x0 = xj[0], x1 = xj[1], x2 = xj[2], x3 = xj[3];
#pragma omp simd
            for (Index i = 0; i < rows; ++i) y[i] -= (p0[i] * x0 + p1[i] * x1) + (p2[i] * x2 + p3[i] * x3);
        } else {
            for (Index i = 0; i < rows; ++i) {
                double* yi = y + static_cast<std::ptrdiff_t>(i) * N;
#pragma omp simd
                for (int q = 0; q < N; ++q)
                    yi[q] -= (p0[i] * xj[q] + p1[i] * xj[N + q]) + (p2[i] * xj[2 * N + q] + p3[i] * xj[3 * N + q]);
            }
        }
    }
    for (; j < columns; ++j) {
        const double *p = P + at(0, j, ld), *xj = x + static_cast<std::ptrdiff_t>(j) * N;
        for (Index i = 0; i < rows; ++i)
            for (int q = 0; q < N; ++q) y[static_cast<std::ptrdiff_t>(i) * N + q] -= p[i] * xj[q];
    }
}
template <int N>
void subtract_product(Index rows, Index columns, const std::complex<double>* P, Index ld, const std::complex<double>* x,
                      std::complex<double>* y) noexcept {
    for (Index j = 0; j < columns; ++j) {
        const std::complex<double>*p = P + at(0, j, ld), *xj = x + static_cast<std::ptrdiff_t>(j) * N;
        for (Index i = 0; i < rows; ++i) {
            std::complex<double>* yi = y + static_cast<std::ptrdiff_t>(i) * N;
            for (int q = 0; q < N; ++q) yi[q] -= times(p[i], xj[q]);
        }
    }
}

/// x ← x − Pᴴ y.
template <int N>
void subtract_adjoint_product(Index rows, Index columns, const double* __restrict P, Index ld,
                              const double* __restrict y, double* __restrict x) noexcept {
    Index j = 0;
    for (; j + 4 <= columns; j += 4) {
        const double *p0 = P + at(0, j, ld), *p1 = p0 + ld, *p2 = p1 + ld, *p3 = p2 + ld;
        double* xj = x + static_cast<std::ptrdiff_t>(j) * N;
        if constexpr (N == 1) {
            double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
            for (Index i = 0; i < rows; ++i) {
                s0 += p0[i] * y[i];
                s1 += p1[i] * y[i];
                s2 += p2[i] * y[i];
                s3 += p3[i] * y[i];
            }
            xj[0] -= s0;
            xj[1] -= s1;
            xj[2] -= s2;
            xj[3] -= s3;
        } else {
            double s0[N] = {}, s1[N] = {}, s2[N] = {}, s3[N] = {};
            for (Index i = 0; i < rows; ++i) {
                const double* yi = y + static_cast<std::ptrdiff_t>(i) * N;
#pragma omp simd
                for (int q = 0; q < N; ++q) {
                    s0[q] += p0[i] * yi[q];
                    s1[q] += p1[i] * yi[q];
                    s2[q] += p2[i] * yi[q];
                    s3[q] += p3[i] * yi[q];
                }
            }
            for (int q = 0; q < N; ++q) {
                xj[q] -= s0[q];
                xj[N + q] -= s1[q];
                xj[2 * N + q] -= s2[q];
                xj[3 * N + q] -= s3[q];
            }
        }
    }
    for (; j < columns; ++j) {
        const double* p = P + at(0, j, ld);
        double s[N] = {};
        for (Index i = 0; i < rows; ++i)
            for (int q = 0; q < N; ++q) s[q] += p[i] * y[static_cast<std::ptrdiff_t>(i) * N + q];
        for (int q = 0; q < N; ++q) x[static_cast<std::ptrdiff_t>(j) * N + q] -= s[q];
    }
}
template <int N>
void subtract_adjoint_product(Index rows, Index columns, const std::complex<double>* P, Index ld,
                              const std::complex<double>* y, std::complex<double>* x) noexcept {
    for (Index j = 0; j < columns; ++j) {
        const std::complex<double>* p = P + at(0, j, ld);
        std::complex<double> s[N] = {};
        for (Index i = 0; i < rows; ++i)
            for (int q = 0; q < N; ++q) s[q] += times(conjugate_of(p[i]), y[static_cast<std::ptrdiff_t>(i) * N + q]);
        for (int q = 0; q < N; ++q) x[static_cast<std::ptrdiff_t>(j) * N + q] -= s[q];
    }
}

/// x ← L⁻¹ x with a lower triangle of at most `block` columns.
template <int N, class W>
void solve_triangle(Index k, const W* L, Index ld, W* x) noexcept {
    for (Index j = 0; j < k; ++j) {
        const W* column = L + at(0, j, ld);
        W* xj = x + static_cast<std::ptrdiff_t>(j) * N;
        const double pivot = real_of(column[j]);
        for (int q = 0; q < N; ++q) xj[q] /= pivot;
        for (Index i = j + 1; i < k; ++i)
            for (int q = 0; q < N; ++q) x[static_cast<std::ptrdiff_t>(i) * N + q] -= times(column[i], xj[q]);
    }
}

/// x ← L⁻ᴴ x.
template <int N, class W>
void solve_adjoint_triangle(Index k, const W* L, Index ld, W* x) noexcept {
    for (Index j = k; j-- > 0;) {
        const W* column = L + at(0, j, ld);
        W* xj = x + static_cast<std::ptrdiff_t>(j) * N;
        W s[N];
        for (int q = 0; q < N; ++q) s[q] = xj[q];
        for (Index i = j + 1; i < k; ++i)
            for (int q = 0; q < N; ++q)
                s[q] -= times(conjugate_of(column[i]), x[static_cast<std::ptrdiff_t>(i) * N + q]);
        const double pivot = real_of(column[j]);
        for (int q = 0; q < N; ++q) xj[q] = s[q] / pivot;
    }
}

template <class W, int N>
class Solve {
public:
    Solve(const PanelFactor<W>& L, Team& team)
        : L_(L), S_(*L.symbolic), team_(team), work_(static_cast<std::size_t>(team.threads())) {
        Index tallest = 0;
        for (Index s = 0; s < S_.fronts; ++s) tallest = std::max(tallest, S_.height(s));
        tallest_ = u(tallest) * N;
    }

    /// x has S.solve_start.back() rows.
    void run(W* x) {
        auto forward = [&](Index task, int thread) { forward_task(task, thread, x); };
        auto backward = [&](Index task, int thread) { backward_task(task, thread, x); };
        team_.climb(S_.task_parent, forward);
        team_.descend(S_.task_parent, backward);
    }

    /// The second half of it.
    void run_backward(W* x) {
        auto backward = [&](Index task, int thread) { backward_task(task, thread, x); };
        team_.descend(S_.task_parent, backward);
    }

private:
    W* workspace(int thread) {
        Buffer<W>& mine = work_[static_cast<std::size_t>(thread)];
        if (mine.size() < tallest_) mine.resize(tallest_);
        return mine.data();
    }

    void forward_task(Index task, int thread, W* x) {
        const Index begin = S_.task_begin[u(task)], root = S_.task_begin[u(task) + 1] - 1;
        W* gathered = x + S_.solve_start[u(task)] * N;
        W* v = workspace(thread);
        if (S_.is_subtree(task)) {
            std::fill(gathered, x + S_.solve_start[u(task) + 1] * N, W{});
            for (Index s = begin; s <= root; ++s) {
                const Index k = S_.columns(s), m = S_.below(s);
                W* own = x + static_cast<std::ptrdiff_t>(S_.first[u(s)]) * N;
                forward_front(k, m, L_.panel(s), own, v, thread, false);
                const Index* target = S_.target.data() + S_.start[u(s)];
                for (Index i = 0; i < m; ++i)
                    for (int q = 0; q < N; ++q)
                        x[static_cast<std::ptrdiff_t>(target[i]) * N + q] += v[static_cast<std::ptrdiff_t>(i) * N + q];
            }
            return;
        }
        const Index k = S_.columns(root), m = S_.below(root);
        W* own = x + static_cast<std::ptrdiff_t>(S_.first[u(root)]) * N;
        // What the front adds below is formed in v, to which what the children add is carried over.
        forward_children(root, k, own, gathered, m, x);
        forward_front(k, m, L_.panel(root), own, v, thread, true);
        for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(m) * N; ++i) gathered[i] += v[i];
    }

    void forward_children(Index s, Index k, W* own, W* gathered, Index m, W* x) {
        std::fill(gathered, gathered + static_cast<std::ptrdiff_t>(m) * N, W{});
        for (const Index c : S_.children_of(s)) {
            const W* from = x + S_.solve_start[u(S_.task_of[u(c)])] * N;
            const Index *where = S_.relative_of(c), n = S_.below(c);
            for (Index i = 0; i < n; ++i) {
                W* to = where[i] < k ? own + static_cast<std::ptrdiff_t>(where[i]) * N
                                     : gathered + static_cast<std::ptrdiff_t>(where[i] - k) * N;
                for (int q = 0; q < N; ++q) to[q] += from[static_cast<std::ptrdiff_t>(i) * N + q];
            }
        }
    }

    /// own ← L₁₁⁻¹ own; v ← −L₂₁ own.
    void forward_front(Index k, Index m, const W* P, W* own, W* v, int thread, bool large) {
        const Index height = k + m;
        const bool shared = large && static_cast<Offset>(k) * height >= worth_sharing;
        std::fill(v, v + static_cast<std::ptrdiff_t>(m) * N, W{});
        const Index step = shared ? 4 * block : block;
        for (Index j = 0; j < k; j += step) {
            const Index n = std::min(step, k - j);
            for (Index i = j; i < j + n; i += block) {
                const Index w = std::min(block, j + n - i);
                W* now = own + static_cast<std::ptrdiff_t>(i) * N;
                solve_triangle<N>(w, P + at(i, i, height), height, now);
                if (i + w < j + n)
                    subtract_product<N>(j + n - i - w, w, P + at(i + w, i, height), height, now,
                                        now + static_cast<std::ptrdiff_t>(w) * N);
            }
            const W* known = own + static_cast<std::ptrdiff_t>(j) * N;
            const auto rows = [&](Index from, Index to) {  // rows of the front
                if (from < k) {
                    const Index end = std::min(to, k);
                    subtract_product<N>(end - from, n, P + at(from, j, height), height, known,
                                        own + static_cast<std::ptrdiff_t>(from) * N);
                    from = end;
                }
                if (from < to)
                    subtract_product<N>(to - from, n, P + at(from, j, height), height, known,
                                        v + static_cast<std::ptrdiff_t>(from - k) * N);
            };
            const Index begin = j + n;
            if (!shared) {
                rows(begin, height);
                continue;
            }
            const Index part = static_cast<Index>(share / step / 8 * 8 + 8);
            auto some = [&](Index t, int) { rows(begin + t * part, std::min(height, begin + (t + 1) * part)); };
            team_.loop((height - begin + part - 1) / part, thread, some);
        }
    }

    void backward_task(Index task, int thread, W* x) {
        const Index begin = S_.task_begin[u(task)], root = S_.task_begin[u(task) + 1] - 1;
        W* v = workspace(thread);
        for (Index s = root; s >= begin; --s) {
            const Index m = S_.below(s), *rows = S_.rows_of(s);
            for (Index i = 0; i < m; ++i)
                for (int q = 0; q < N; ++q)
                    v[static_cast<std::ptrdiff_t>(i) * N + q] = x[static_cast<std::ptrdiff_t>(rows[i]) * N + q];
            backward_front(S_.columns(s), m, L_.panel(s), x + static_cast<std::ptrdiff_t>(S_.first[u(s)]) * N, v,
                           thread, !S_.is_subtree(task));
        }
    }

    /// own ← L₁₁⁻ᴴ (own − L₂₁ᴴ v).
    void backward_front(Index k, Index m, const W* P, W* own, const W* v, int thread, bool large) {
        const Index height = k + m;
        const bool shared = large && static_cast<Offset>(k) * height >= worth_sharing;
        const Index step = shared ? 4 * block : block;
        for (Index j = (k - 1) / step * step; j >= 0; j -= step) {
            const Index n = std::min(step, k - j), solved = j + n;
            const auto columns = [&](Index from, Index to) {
                W* target = own + static_cast<std::ptrdiff_t>(from) * N;
                if (solved < k)
                    subtract_adjoint_product<N>(k - solved, to - from, P + at(solved, from, height), height,
                                                own + static_cast<std::ptrdiff_t>(solved) * N, target);
                if (m > 0) subtract_adjoint_product<N>(m, to - from, P + at(k, from, height), height, v, target);
            };
            if (!shared) {
                columns(j, j + n);
            } else {
                const Index part =
                    std::clamp<Index>(static_cast<Index>(share / std::max(1, height - solved)) / 4 * 4, 4, n);
                auto some = [&](Index t, int) { columns(j + t * part, std::min(j + n, j + (t + 1) * part)); };
                team_.loop((n + part - 1) / part, thread, some);
            }
            for (Index i = j + (n - 1) / block * block; i >= j; i -= block) {
                const Index w = std::min(block, j + n - i);
                W* now = own + static_cast<std::ptrdiff_t>(i) * N;
                if (i + w < j + n)
                    subtract_adjoint_product<N>(j + n - i - w, w, P + at(i + w, i, height), height,
                                                now + static_cast<std::ptrdiff_t>(w) * N, now);
                solve_adjoint_triangle<N>(w, P + at(i, i, height), height, now);
            }
        }
    }

    const PanelFactor<W>& L_;
    const Symbolic& S_;
    Team& team_;
    std::vector<Buffer<W>> work_;
    std::size_t tallest_ = 0;
};

template <Scalar T, int N>
void solve_some(const PanelFactor<CholeskyNumber<T>>& L, Team& team, bool conjugated, Index count, const T* b,
                std::ptrdiff_t ldb, T* x, std::ptrdiff_t ldx) {
    using W = CholeskyNumber<T>;
    const Symbolic& S = *L.symbolic;
    Buffer<W> v(static_cast<std::size_t>(S.solve_start.back()) * N);
    for (std::size_t k = 0; k < u(S.n); ++k) {
        const Index row = S.perm[k];
        for (Index q = 0; q < N; ++q) {
            const W value = q < count ? static_cast<W>(b[row + q * ldb]) : W{};
            v[k * N + u(q)] = conjugated ? conjugate_of(value) : value;
        }
    }
    Solve<W, N>(L, team).run(v.data());
    for (std::size_t k = 0; k < u(S.n); ++k) {
        const Index row = S.perm[k];
        for (Index q = 0; q < count; ++q) {
            const W value = v[k * N + u(q)];
            x[row + q * ldx] = static_cast<T>(conjugated ? conjugate_of(value) : value);
        }
    }
}

int threads_for(const Symbolic& S) {
    const double work = static_cast<double>(S.panel.back());
    return static_cast<int>(std::clamp(work / worth_a_thread, 1.0, static_cast<double>(max_threads())));
}

}  // namespace

template <Scalar T>
void solve_adjoint_panels(const PanelFactor<CholeskyNumber<T>>& L, const T* b, T* x) {
    using W = CholeskyNumber<T>;
    const Symbolic& S = *L.symbolic;
    if (S.n == 0) return;
    Team team(threads_for(S));
    Buffer<W> v(static_cast<std::size_t>(S.solve_start.back()));
    for (std::size_t k = 0; k < u(S.n); ++k) v[k] = static_cast<W>(b[k]);
    Solve<W, 1>(L, team).run_backward(v.data());
    for (std::size_t k = 0; k < u(S.n); ++k) x[S.perm[k]] = static_cast<T>(v[k]);
}

template <Scalar T>
void solve_panels(const PanelFactor<CholeskyNumber<T>>& L, bool conjugated, Index count, const T* b, std::ptrdiff_t ldb,
                  T* x, std::ptrdiff_t ldx) {
    const Symbolic& S = *L.symbolic;
    if (S.n == 0 || count == 0) return;
    Team team(threads_for(S));
    for (Index done = 0; done < count;) {
        const Index left = count - done;
        const T* from = b + done * ldb;
        T* to = x + done * ldx;
        if (left >= 5) {
            solve_some<T, 8>(L, team, conjugated, std::min<Index>(8, left), from, ldb, to, ldx);
            done += 8;
        } else if (left >= 3) {
            solve_some<T, 4>(L, team, conjugated, left, from, ldb, to, ldx);
            done += 4;
        } else if (left == 2) {
            solve_some<T, 2>(L, team, conjugated, 2, from, ldb, to, ldx);
            done += 2;
        } else {
            solve_some<T, 1>(L, team, conjugated, 1, from, ldb, to, ldx);
            done += 1;
        }
    }
}

#define INSTANTIATE(T)                                                                                           \
    template void solve_panels(const PanelFactor<CholeskyNumber<T>>&, bool, Index, const T*, std::ptrdiff_t, T*, \
                               std::ptrdiff_t);                                                                  \
    template void solve_adjoint_panels(const PanelFactor<CholeskyNumber<T>>&, const T*, T*);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz::detail
