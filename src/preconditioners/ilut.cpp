// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/ilut.hpp"

#include <functional>
#include <utility>
#include <vector>

#include "core/instantiate.hpp"
#include "preconditioners/incomplete_common.hpp"

namespace ritz {

using namespace detail;

namespace {

constexpr const char* who = "Ilut";

std::size_t at(Offset i) {
    return static_cast<std::size_t>(i);
}

}  // namespace

template <Scalar T>
struct Ilut<T>::Content {
    IlutOptions options;
    PreconditionerStatistics statistics;
    Index n = 0;
    std::shared_ptr<const TriangularEngine<T>> engine;

    void factor(const CsrView<T>& A);
};

template <Scalar T>
void Ilut<T>::Content::factor(const CsrView<T>& A) {
    using R = Real<T>;
    const auto start = std::chrono::steady_clock::now();
    require_square_and_finite(A, who);
    const auto rows = at(A.rows());
    const Buffer<R> scale = moderate_scaling(A);

    TriangularFactors<T> factors;
    factors.n = A.rows();
    factors.inverse_pivots.resize(rows);
    Buffer<T>& inverse = factors.inverse_pivots;
    SparseRows<T>& lower = factors.lower;
    SparseRows<T>& upper = factors.upper;     // its indices are columns of A until all pivots are known
    Buffer<Index> column(rows), place(rows);  // column of A at a pivot's place, and the inverse of that
    Buffer<R> sizes(rows);
    Buffer<T> w(rows, T{0});  // by column of A
    Buffer<char> used(rows, 0);
    std::vector<Index> left, right, done;  // places to eliminate, a heap with the first on top; columns; places done
    const R tau = static_cast<R>(options.drop_tolerance);
    const auto pivot_tolerance = static_cast<R>(options.pivot_tolerance);
    /// The `limit` largest, in front; the others are left out.
    const auto keep_largest = [](std::vector<Index>& list, std::size_t limit, auto size_of) {
        if (list.size() <= limit) return;
        std::nth_element(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(limit), list.end(),
                         [&](Index a, Index b) {
                             const R x = size_of(a), y = size_of(b);
                             return x != y ? x > y : a < b;
                         });
        list.resize(limit);
    };

    const auto attempt = [&](double alpha) -> std::optional<Index> {
        for (std::size_t i = 0; i < rows; ++i) column[i] = place[i] = static_cast<Index>(i);
        for (SparseRows<T>* part : {&lower, &upper}) {
            part->indptr.assign(1, 0);
            part->indices.clear();
            part->values.clear();
        }
        std::fill(w.begin(), w.end(), T{0});
        std::fill(used.begin(), used.end(), 0);
        for (std::size_t i = 0; i < rows; ++i) {
            // Row i of A, scaled and shifted
            left.clear();
            right.clear();
            done.clear();
            R largest = 0;
            const auto insert = [&](std::size_t j) {
                if (used[j]) return;
                used[j] = 1;
                if (at(place[j]) < i) {
                    left.push_back(place[j]);
                    std::push_heap(left.begin(), left.end(), std::greater<>());
                } else {
                    right.push_back(static_cast<Index>(j));
                }
            };
            for (Offset e = A.indptr()[i]; e < A.indptr()[i + 1]; ++e) {
                const auto j = at(A.indices()[at(e)]);
                insert(j);
                w[j] = A.values()[at(e)];
                if (!scale.empty()) w[j] = w[j] * scale[i] * scale[j];
                largest = std::max(largest, magnitude(w[j]));
            }
            insert(i);
            R size = magnitude(w[i]);
            if (size == 0) size = largest == 0 ? R{1} : largest;
            sizes[i] = size;
            if (alpha != 0) {
                const T direction = w[i] == T{0} ? T{1} : w[i] * (R{1} / std::abs(w[i]));
                w[i] += direction * (static_cast<R>(alpha) * size);
            }
            insert(at(column[i]));
            const R drop = tau * largest;
            const std::size_t limit_left = left.size() + at(options.fill),
                              limit_right = right.size() + at(options.fill);

            // w ← w - l_ik u_k, the smallest k first
            while (!left.empty()) {
                std::pop_heap(left.begin(), left.end(), std::greater<>());
                const Index k = left.back();
                left.pop_back();
                const auto j = at(column[at(k)]);
                if (magnitude(w[j]) <= drop) {
                    w[j] = T{0};
                    used[j] = 0;
                    continue;
                }
                const T l = times(w[j], inverse[at(k)]);
                w[j] = l;
                done.push_back(k);
                for (Offset q = upper.indptr[at(k)]; q < upper.indptr[at(k) + 1]; ++q) {
                    const auto c = at(upper.indices[at(q)]);
                    insert(c);
                    w[c] -= times(l, upper.values[at(q)]);
                }
            }

            // The pivot
            if (pivot_tolerance > 0) {
                R best = magnitude(w[at(column[i])]) / pivot_tolerance;
                auto chosen = at(column[i]);
                for (const Index c : right)
                    if (magnitude(w[at(c)]) > best) {
                        best = magnitude(w[at(c)]);
                        chosen = at(c);
                    }
                const auto other = at(place[chosen]);
                std::swap(column[i], column[other]);
                std::swap(place[at(column[i])], place[at(column[other])]);
            }
            const auto p = at(column[i]);
            const T pivot = w[p];
            inverse[i] = T{1} / pivot;
            bool good = magnitude(pivot) > zero_pivot<T> * (pivot_tolerance > 0 && largest > 0 ? largest : size) &&
                        finite(inverse[i]);

            // L and U keep their largest entries.
            for (const Index c : right) used[at(c)] = 0;
            std::vector<Index>& kept = left;  // empty by now
            for (const Index c : right) {
                if (at(c) == p) continue;
                if (magnitude(w[at(c)]) > drop || !finite(w[at(c)]))
                    kept.push_back(c);
                else
                    w[at(c)] = T{0};
            }
            w[p] = T{0};
            for (const Index k : done) used[at(column[at(k)])] = 0;
            const auto finish = [&](std::vector<Index>& list, std::size_t limit, SparseRows<T>& part, bool by_place) {
                const auto in_w = [&](Index t) { return by_place ? at(column[at(t)]) : at(t); };
                right = list;
                keep_largest(list, limit, [&](Index t) { return magnitude(w[in_w(t)]); });
                std::sort(list.begin(), list.end());
                for (const Index t : list) {
                    part.indices.push_back(t);
                    part.values.push_back(w[in_w(t)]);
                    good = good && finite(w[in_w(t)]);
                }
                for (const Index t : right) w[in_w(t)] = T{0};
                part.indptr.push_back(static_cast<Offset>(part.indices.size()));
            };
            finish(kept, limit_right, upper, false);
            finish(done, limit_left, lower, true);
            if (!good) return static_cast<Index>(i);
        }
        // U ← D⁻¹ U; its columns by place, in order
        std::vector<std::pair<Index, T>> row;
        for (std::size_t i = 0; i < rows; ++i) {
            row.clear();
            for (Offset q = upper.indptr[i]; q < upper.indptr[i + 1]; ++q)
                row.emplace_back(place[at(upper.indices[at(q)])], times(upper.values[at(q)], inverse[i]));
            std::sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
            for (std::size_t e = 0; e < row.size(); ++e) {
                upper.indices[at(upper.indptr[i]) + e] = row[e].first;
                upper.values[at(upper.indptr[i]) + e] = row[e].second;
                if (!finite(row[e].second)) return static_cast<Index>(i);
            }
        }
        return unstable_row(factors, sizes);
    };
    const double alpha = factor_with_shift(options.on_breakdown, options.shift, attempt,
                                           [](Index row, double shift) { throw_singular(who, row, shift); });
    if (pivot_tolerance > 0) factors.columns = std::move(column);
    factors.row_scale = scale;
    factors.column_scale = scale;
    engine = make_triangular_engine(factors, options.precision);
    n = A.rows();
    statistics.nonzeros = static_cast<Offset>(lower.indices.size() + upper.indices.size()) + n;
    statistics.shift = alpha;
    statistics.memory_bytes = engine->memory_bytes();
    statistics.setup_seconds = seconds_since(start);
}

template <Scalar T>
Ilut<T>::Ilut(const CsrView<T>& A, const IlutOptions& options) : content_(std::make_unique<Content>()) {
    require_options(who, options.shift);
    require(options.drop_tolerance >= 0 && std::isfinite(options.drop_tolerance),
            std::string(who) + ": options.drop_tolerance must be finite and not negative");
    require(options.fill >= 0, std::string(who) + ": options.fill must not be negative");
    require(options.pivot_tolerance >= 0 && options.pivot_tolerance <= 1,
            std::string(who) + ": options.pivot_tolerance must lie in [0, 1]");
    content_->options = options;
    content_->factor(A);
}

template <Scalar T>
void Ilut<T>::refactor(const CsrView<T>& A) {
    require(A.rows() == content_->n && A.cols() == content_->n,
            std::string(who) + "::refactor: the matrix must have the order of the one that was factored");
    content_->factor(A);
}

template <Scalar T>
Ilut<T>::~Ilut() = default;
template <Scalar T>
Ilut<T>::Ilut(Ilut&&) noexcept = default;
template <Scalar T>
Ilut<T>& Ilut<T>::operator=(Ilut&&) noexcept = default;

template <Scalar T>
Index Ilut<T>::rows() const noexcept {
    return content_->n;
}

template <Scalar T>
const PreconditionerStatistics& Ilut<T>::statistics() const noexcept {
    return content_->statistics;
}

template <Scalar T>
void Ilut<T>::apply(VectorView<T> r, VectorRef<T> z) const {
    require_vectors<T>(who, content_->n, r, z);
    content_->engine->apply(r.data(), z.data());
}

template <Scalar T>
void Ilut<T>::apply_adjoint(VectorView<T> r, VectorRef<T> z) const {
    require_vectors<T>(who, content_->n, r, z);
    content_->engine->apply_adjoint(r.data(), z.data());
}

#define RITZ_INSTANTIATE(T) template class Ilut<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
