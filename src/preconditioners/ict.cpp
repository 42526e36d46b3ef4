// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/ict.hpp"

#include <functional>
#include <utility>
#include <vector>

#include "core/instantiate.hpp"
#include "preconditioners/incomplete_common.hpp"

namespace ritz {

using namespace detail;

namespace {

constexpr const char* who = "Ict";

std::size_t at(Offset i) {
    return static_cast<std::size_t>(i);
}

}  // namespace

template <Scalar T>
struct Ict<T>::Content {
    IctOptions options;
    PreconditionerStatistics statistics;
    Index n = 0;
    std::shared_ptr<const TriangularEngine<T>> engine;

    void factor(const CsrView<T>& A);
};

template <Scalar T>
void Ict<T>::Content::factor(const CsrView<T>& A) {
    using R = Real<T>;
    const auto start = std::chrono::steady_clock::now();
    require_square_and_finite(A, who);
    require_hermitian(A, who);
    const auto rows = at(A.rows());
    const Buffer<R> scale = moderate_scaling(A);
    const auto entry = [&](std::size_t i, Offset k) {
        const T a = A.values()[at(k)];
        return scale.empty() ? a : a * scale[i] * scale[at(A.indices()[at(k)])];
    };
    Buffer<R> size(rows);        // what a shift is measured by
    Buffer<Offset> upper(rows);  // where row i of A passes its diagonal
    for (std::size_t i = 0; i < rows; ++i) {
        R largest = 0, diagonal = 0;
        upper[i] = A.indptr()[i + 1];
        for (Offset k = A.indptr()[i + 1]; k-- > A.indptr()[i];) {
            const R a = magnitude(entry(i, k));
            largest = std::max(largest, a);
            if (at(A.indices()[at(k)]) >= i) upper[i] = k;
            if (at(A.indices()[at(k)]) == i) diagonal = a;
        }
        size[i] = diagonal != 0 ? diagonal : largest != 0 ? largest : R{1};
    }

    TriangularFactors<T> factors;
    factors.n = A.rows();
    factors.hermitian = true;
    factors.inverse_pivots.resize(rows);
    SparseRows<T>& u = factors.upper;
    Buffer<R> d(rows), root(rows);
    for (std::size_t i = 0; i < rows; ++i) root[i] = std::sqrt(size[i]);
    Buffer<T> w(rows, T{0});
    Buffer<char> used(rows, 0);
    std::vector<Index> columns;
    Buffer<Offset> front(rows);             // the next entry of row k of U to be used
    Buffer<Index> first(rows), next(rows);  // lists of rows by the column of that entry; -1 ends
    const R tau = static_cast<R>(options.drop_tolerance);
    const auto link = [&](std::size_t k) {  // into the list of its next column
        if (front[k] == u.indptr[k + 1]) return;
        const auto j = at(u.indices[at(front[k])]);
        next[k] = first[j];
        first[j] = static_cast<Index>(k);
    };
    // U, D Lᴴ by rows: row i of A is reduced by the rows k < i that have an entry in column i.
    const auto attempt = [&](double alpha) -> std::optional<Index> {
        u.indptr.assign(1, 0);
        u.indices.clear();
        u.values.clear();
        std::fill(first.begin(), first.end(), -1);
        for (std::size_t i = 0; i < rows; ++i) {
            columns.clear();
            R pivot = static_cast<R>(alpha) * size[i];
            for (Offset k = upper[i]; k < A.indptr()[i + 1]; ++k) {
                const auto j = at(A.indices()[at(k)]);
                if (j == i) {
                    pivot += real_part(entry(i, k));
                } else {
                    w[j] = entry(i, k);
                    used[j] = 1;
                    columns.push_back(static_cast<Index>(j));
                }
            }
            const std::size_t limit = columns.size() + at(options.fill);
            for (Index row = std::exchange(first[i], -1); row >= 0;) {
                const auto k = at(std::exchange(row, next[at(row)]));
                const T head = u.values[at(front[k])];
                const T factor = conjugate(head) * (R{1} / d[k]);
                pivot -= real_part(times(factor, head));
                for (Offset q = ++front[k]; q < u.indptr[k + 1]; ++q) {
                    const auto j = at(u.indices[at(q)]);
                    if (!used[j]) {
                        used[j] = 1;
                        columns.push_back(static_cast<Index>(j));
                    }
                    w[j] -= times(factor, u.values[at(q)]);
                }
                link(k);
            }
            const auto first_dropped = std::partition(columns.begin(), columns.end(), [&](Index j) {
                return !(magnitude(w[at(j)]) <= tau * root[i] * root[at(j)]) && w[at(j)] != T{0};
            });
            auto kept = first_dropped;
            if (static_cast<std::size_t>(first_dropped - columns.begin()) > limit) {
                kept = columns.begin() + static_cast<std::ptrdiff_t>(limit);
                std::nth_element(columns.begin(), kept, first_dropped, [&](Index a, Index b) {
                    const R x = magnitude(w[at(a)]) / root[at(a)], y = magnitude(w[at(b)]) / root[at(b)];
                    return x != y ? x > y : a < b;
                });
            }
            std::sort(columns.begin(), kept);
            bool good = pivot > zero_pivot<T> * size[i] && std::isfinite(R{1} / pivot) && std::isfinite(pivot);
            for (auto j = columns.begin(); j != columns.end(); ++j) {
                if (j < kept) {
                    good = good && finite(w[at(*j)]);
                    u.indices.push_back(*j);
                    u.values.push_back(w[at(*j)]);
                }
                w[at(*j)] = T{0};
                used[at(*j)] = 0;
            }
            if (!good) return static_cast<Index>(i);
            d[i] = pivot;
            front[i] = u.indptr.back();
            u.indptr.push_back(static_cast<Offset>(u.indices.size()));
            link(i);
        }
        // U ← D⁻¹ U
        for (std::size_t i = 0; i < rows; ++i) {
            factors.inverse_pivots[i] = R{1} / d[i];
            for (Offset k = u.indptr[i]; k < u.indptr[i + 1]; ++k) {
                u.values[at(k)] *= R{1} / d[i];
                if (!finite(u.values[at(k)])) return static_cast<Index>(i);
            }
        }
        return unstable_row(factors, size);
    };
    const double alpha = factor_with_shift(options.on_breakdown, options.shift, attempt, [](Index row, double shift) {
        throw_not_positive_definite(who, row, shift);
    });
    factors.lower = adjoint_rows(u);
    factors.row_scale = scale;
    factors.column_scale = scale;
    engine = make_triangular_engine(factors, options.precision);
    n = A.rows();
    statistics.nonzeros = static_cast<Offset>(u.indices.size()) + n;
    statistics.shift = alpha;
    statistics.memory_bytes = engine->memory_bytes();
    statistics.setup_seconds = seconds_since(start);
}

template <Scalar T>
Ict<T>::Ict(const CsrView<T>& A, const IctOptions& options) : content_(std::make_unique<Content>()) {
    require_options(who, options.shift);
    require(options.drop_tolerance >= 0 && std::isfinite(options.drop_tolerance),
            std::string(who) + ": options.drop_tolerance must be finite and not negative");
    require(options.fill >= 0, std::string(who) + ": options.fill must not be negative");
    content_->options = options;
    content_->factor(A);
}

template <Scalar T>
void Ict<T>::refactor(const CsrView<T>& A) {
    require(A.rows() == content_->n && A.cols() == content_->n,
            std::string(who) + "::refactor: the matrix must have the order of the one that was factored");
    content_->factor(A);
}

template <Scalar T>
Ict<T>::~Ict() = default;
template <Scalar T>
Ict<T>::Ict(Ict&&) noexcept = default;
template <Scalar T>
Ict<T>& Ict<T>::operator=(Ict&&) noexcept = default;

template <Scalar T>
Index Ict<T>::rows() const noexcept {
    return content_->n;
}

template <Scalar T>
const PreconditionerStatistics& Ict<T>::statistics() const noexcept {
    return content_->statistics;
}

template <Scalar T>
void Ict<T>::apply(VectorView<T> r, VectorRef<T> z) const {
    require_vectors<T>(who, content_->n, r, z);
    content_->engine->apply(r.data(), z.data());
}

#define RITZ_INSTANTIATE(T) template class Ict<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
