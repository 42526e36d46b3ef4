// SPDX-License-Identifier: BSD-3-Clause
// Rank-one changes along a path of the elimination tree.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/instantiate.hpp"
#include "solvers/cholesky/factors.hpp"
#include "solvers/cholesky/kernels.hpp"

namespace ritz::detail {

namespace {

std::size_t u(Index i) noexcept {
    return static_cast<std::size_t>(i);
}

/// The front that holds a column.
Index front_of(const Symbolic& S, Index column) {
    return static_cast<Index>(std::upper_bound(S.first.begin(), S.first.end(), column) - S.first.begin()) - 1;
}

/// Panels as they were, put back unless all went well.
template <class W>
class Backup {
public:
    explicit Backup(PanelFactor<W>& L) : L_(L) {}
    ~Backup() {
        if (!kept_) return;
        for (auto& [front, values] : panels_) std::copy(values.begin(), values.end(), L_.panel(front));
    }
    Backup(const Backup&) = delete;
    Backup& operator=(const Backup&) = delete;

    void save(Index front) {
        for (const auto& panel : panels_)
            if (panel.first == front) return;
        const Symbolic& S = *L_.symbolic;
        const W* P = L_.panel(front);
        panels_.emplace_back(front, Storage<W>(P, P + (S.panel[u(front) + 1] - S.panel[u(front)])));
    }
    void discard() noexcept { kept_ = false; }

private:
    PanelFactor<W>& L_;
    std::vector<std::pair<Index, Storage<W>>> panels_;
    bool kept_ = true;
};

}  // namespace

template <Scalar T>
void update_panels(PanelFactor<CholeskyNumber<T>>& L, const CscView<T>& C, double sign) {
    using W = CholeskyNumber<T>;
    const Symbolic& S = *L.symbolic;
    const char* who = sign > 0 ? "Cholesky::update" : "Cholesky::downdate";
    require(C.rows() == S.n, std::string(who) + ": a matrix of " + std::to_string(S.n) + " rows is needed, found " +
                                 std::to_string(C.rows()));

    // Every column is checked before any number changes.
    std::vector<Index> rows;
    Buffer<Index> first_columns(u(C.cols()), -1);
    for (Index c = 0; c < C.cols(); ++c) {
        rows.clear();
        for (Offset k = C.indptr()[u(c)]; k < C.indptr()[u(c) + 1]; ++k)
            if (C.values()[static_cast<std::size_t>(k)] != T{})
                rows.push_back(S.place[u(C.indices()[static_cast<std::size_t>(k)])]);
        if (rows.empty()) continue;
        std::sort(rows.begin(), rows.end());
        const Index front = front_of(S, rows.front()), end = S.first[u(front) + 1];
        const Index *own = S.rows_of(front), m = S.below(front);
        for (const Index r : rows)
            require(r < end || std::binary_search(own, own + m, r),
                    std::string(who) + ": column " + std::to_string(c) +
                        " fills L where A left it empty; factor the new matrix instead");
        first_columns[u(c)] = rows.front();
    }

    Backup<W> backup(L);
    Buffer<W> w(u(S.n), W{});
    for (Index c = 0; c < C.cols(); ++c) {
        if (first_columns[u(c)] < 0) continue;
        for (Offset k = C.indptr()[u(c)]; k < C.indptr()[u(c) + 1]; ++k)
            w[u(S.place[u(C.indices()[static_cast<std::size_t>(k)])])] =
                static_cast<W>(C.values()[static_cast<std::size_t>(k)]);
        for (Index s = front_of(S, first_columns[u(c)]); s >= 0; s = S.parent[u(s)]) {
            backup.save(s);
            const Index k = S.columns(s), m = S.below(s), height = k + m, first = S.first[u(s)];
            const Index* below = S.rows_of(s);
            for (Index j = std::max(0, first_columns[u(c)] - first); j < k; ++j) {
                W* column = L.panel(s) + static_cast<std::ptrdiff_t>(j) * height;
                const W wj = std::exchange(w[u(first + j)], W{});
                if (wj == W{}) continue;
                // Column j of L and w are rotated (update) or turned hyperbolically (downdate) so that w_j becomes 0.
                const double pivot = real_of(column[j]);
                const double square = (pivot - std::abs(wj)) * (pivot + std::abs(wj));
                const double root = sign > 0 ? std::hypot(pivot, std::abs(wj)) : std::sqrt(square);
                if (!(root > 0) || !(root < HUGE_VAL))
                    throw NotPositiveDefinite(std::string(who) + ": the matrix is not positive definite any more",
                                              S.perm[u(first + j)]);
                const double cosine = root / pivot;
                const W sine = wj / pivot, weight = sign * conjugate_of(sine);
                column[j] = root;
                const auto turn = [&](W& l, W& v) {
                    l = (l + times(weight, v)) / cosine;
                    v = v * cosine - times(sine, l);
                };
                for (Index i = j + 1; i < k; ++i) turn(column[i], w[u(first + i)]);
                for (Index i = 0; i < m; ++i) turn(column[k + i], w[u(below[i])]);
            }
        }
    }
    backup.discard();
}

#define INSTANTIATE(T) template void update_panels(PanelFactor<CholeskyNumber<T>>&, const CscView<T>&, double);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz::detail
