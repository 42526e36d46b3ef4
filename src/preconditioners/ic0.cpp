// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/ic0.hpp"

#include <functional>
#include <utility>

#include "core/instantiate.hpp"
#include "preconditioners/incomplete_common.hpp"

namespace ritz {

using namespace detail;

namespace {

constexpr const char* who = "Ic0";

std::size_t at(Offset i) {
    return static_cast<std::size_t>(i);
}

/// The strict upper triangle of a Hermitian A by rows, and its mirror image: entry k of the lower triangle, in row i
/// and column indices[k], mirrors entry source[k] of the upper one.
struct Triangles {
    Buffer<Offset> upper_indptr, lower_indptr;
    Buffer<Index> upper_indices, lower_indices;
    Buffer<Offset> source;
};

/// \throws InvalidArgument unless A = Aᴴ. Rows are looked at in order, so those entries of row j that lie left of its
/// diagonal are met in their order, too.
template <Scalar T>
Triangles split(const CsrView<T>& A) {
    const auto n = at(A.rows());
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    Triangles t;
    t.upper_indptr.resize(n + 1);
    t.lower_indptr.resize(n + 1);
    t.upper_indptr[0] = t.lower_indptr[0] = 0;
    t.upper_indices.resize(at(A.nnz()) / 2 + 1);
    const auto not_hermitian = [](std::size_t i, Index j) { throw_not_hermitian(who, i, j); };
    Offset filled = 0;
    for (std::size_t i = 0; i < n; ++i) {
        Offset k = indptr[i];
        while (k < indptr[i + 1] && indices[at(k)] < static_cast<Index>(i)) ++k;
        t.lower_indptr[i + 1] = t.lower_indptr[i] + (k - indptr[i]);
        if (k < indptr[i + 1] && indices[at(k)] == static_cast<Index>(i)) {
            if (values[at(k)] != conjugate(values[at(k)])) not_hermitian(i, static_cast<Index>(i));
            ++k;
        }
        const Offset count = indptr[i + 1] - k;
        if (filled + count > static_cast<Offset>(t.upper_indices.size())) {
            // More above the diagonal than half: some have no mirror image, and the pass below finds one.
            t.upper_indices.resize(at(filled + count) + at(A.nnz()) / 2);
        }
        std::copy_n(indices.begin() + k, count, t.upper_indices.begin() + filled);
        t.upper_indptr[i + 1] = filled += count;
    }
    t.upper_indices.resize(at(filled));
    t.lower_indices.resize(at(t.lower_indptr[n]));
    t.source.resize(at(t.lower_indptr[n]));
    Buffer<Offset> next(t.lower_indptr.begin(), t.lower_indptr.end() - 1);
    for (std::size_t i = 0; i < n; ++i) {
        if (next[i] != t.lower_indptr[i + 1]) not_hermitian(i, indices[at(indptr[i] + (next[i] - t.lower_indptr[i]))]);
        const Offset shift = indptr[i + 1] - t.upper_indptr[i + 1];  // from entries of the triangle to entries of A
        for (Offset u = t.upper_indptr[i]; u < t.upper_indptr[i + 1]; ++u) {
            const auto j = at(t.upper_indices[at(u)]);
            const Offset k = next[j];
            if (k >= t.lower_indptr[j + 1]) not_hermitian(i, static_cast<Index>(j));
            const auto mirror = at(indptr[j] + (k - t.lower_indptr[j]));
            if (at(indices[mirror]) != i || values[mirror] != conjugate(values[at(u + shift)]))
                not_hermitian(i, static_cast<Index>(j));
            t.lower_indices[at(k)] = static_cast<Index>(i);
            t.source[at(k)] = u;
            ++next[j];
        }
    }
    return t;
}

}  // namespace

template <Scalar T>
struct Ic0<T>::Content {
    Ic0Options options;
    PreconditionerStatistics statistics;
    Index n = 0;
    std::shared_ptr<const TriangularEngine<T>> engine;
    Buffer<Offset> indptr;  // of A, for refactor
    Buffer<Index> indices;

    void factor(const CsrView<T>& A);
};

template <Scalar T>
void Ic0<T>::Content::factor(const CsrView<T>& A) {
    using R = Real<T>;
    const auto start = std::chrono::steady_clock::now();
    require_square_and_finite(A, who);
    Triangles t = split(A);
    const Buffer<R> scale = moderate_scaling(A);
    const auto rows = at(A.rows());
    const auto A_values = A.values();

    // The scaled triangle and the sizes of the diagonal
    TriangularFactors<T> factors;
    factors.n = A.rows();
    factors.hermitian = true;
    Buffer<Offset>& upper_indptr = factors.upper.indptr = std::move(t.upper_indptr);
    Buffer<Index>& upper_indices = factors.upper.indices = std::move(t.upper_indices);
    Buffer<T>& u = factors.upper.values;
    Buffer<R> diagonal(rows), size(rows), d(rows);
    const auto load = [&](std::size_t i) {
        const Offset shift = A.indptr()[i + 1] - upper_indptr[i + 1];
        for (Offset k = upper_indptr[i]; k < upper_indptr[i + 1]; ++k) {
            u[at(k)] = A_values[at(k + shift)];
            if (!scale.empty()) u[at(k)] = u[at(k)] * scale[i] * scale[at(upper_indices[at(k)])];
        }
    };
    u.resize(upper_indices.size());
    for (std::size_t i = 0; i < rows; ++i) {
        const Offset k = A.indptr()[i] + (t.lower_indptr[i + 1] - t.lower_indptr[i]);
        diagonal[i] = k < A.indptr()[i + 1] && at(A.indices()[at(k)]) == i ? real_part(A_values[at(k)]) : R{0};
        if (!scale.empty()) diagonal[i] = diagonal[i] * scale[i] * scale[i];
        size[i] = std::abs(diagonal[i]);
        if (size[i] == 0)
            for (Offset e = A.indptr()[i]; e < A.indptr()[i + 1]; ++e)
                size[i] = std::max(
                    size[i], magnitude(scale.empty() ? A_values[at(e)]
                                                     : A_values[at(e)] * scale[i] * scale[at(A.indices()[at(e)])]));
        if (size[i] == 0) size[i] = 1;  // an empty row: any pivot will do
    }

    factors.inverse_pivots.resize(rows);
    const R omega = static_cast<R>(options.modified);
    Buffer<Index> mark(rows, -1);  // place of a column in the current row
    // Uᴴ D⁻¹ U by rows of U: row i is reduced by the rows k < i that have an entry in column i.
    const auto attempt = [&](double alpha) -> std::optional<Index> {
        for (std::size_t i = 0; i < rows; ++i) d[i] = diagonal[i] + static_cast<R>(alpha) * size[i];
        for (std::size_t i = 0; i < rows; ++i) {
            load(i);
            const Offset begin = upper_indptr[i], end = upper_indptr[i + 1];
            for (Offset k = begin; k < end; ++k) mark[at(upper_indices[at(k)])] = static_cast<Index>(k - begin);
            for (Offset e = t.lower_indptr[i]; e < t.lower_indptr[i + 1]; ++e) {
                const auto k = at(t.lower_indices[at(e)]);
                const Offset ki = t.source[at(e)];
                const T factor = conjugate(u[at(ki)]) * (R{1} / d[k]);
                d[i] -= real_part(times(factor, u[at(ki)]));
                for (Offset q = ki + 1; q < upper_indptr[k + 1]; ++q) {  // columns j > i
                    const auto j = at(upper_indices[at(q)]);
                    const T update = times(factor, u[at(q)]);
                    if (mark[j] >= 0) {
                        u[at(begin + mark[j])] -= update;
                    } else if (omega != 0) {
                        // Row sums are those of A, not of the scaled copy.
                        const R ratio = scale.empty() ? R{1} : scale[i] / scale[j];
                        d[i] -= omega * real_part(update) * ratio;
                        d[j] -= omega * real_part(update) / ratio;
                    }
                }
            }
            for (Offset k = begin; k < end; ++k) mark[at(upper_indices[at(k)])] = -1;
            if (!(d[i] > zero_pivot<T> * size[i]) || !std::isfinite(d[i])) return static_cast<Index>(i);
        }
        // U ← D⁻¹ U
        for (std::size_t i = 0; i < rows; ++i) {
            const R inverse = R{1} / d[i];
            bool good = std::isfinite(inverse);
            for (Offset k = upper_indptr[i]; k < upper_indptr[i + 1]; ++k) {
                u[at(k)] *= inverse;
                good = good && finite(u[at(k)]);
            }
            if (!good) return static_cast<Index>(i);
            factors.inverse_pivots[i] = inverse;
        }
        return unstable_row(factors, size);
    };
    const double alpha = factor_with_shift(options.on_breakdown, options.shift, attempt, [](Index row, double shift) {
        throw_not_positive_definite(who, row, shift);
    });

    factors.lower.values.resize(t.source.size());
    for (std::size_t k = 0; k < t.source.size(); ++k) factors.lower.values[k] = conjugate(u[at(t.source[k])]);
    factors.lower.indptr = std::move(t.lower_indptr);
    factors.lower.indices = std::move(t.lower_indices);
    factors.row_scale = scale;
    factors.column_scale = scale;
    engine = make_triangular_engine(factors, options.precision, engine ? engine->schedule() : nullptr);
    n = A.rows();
    statistics.nonzeros = static_cast<Offset>(factors.upper.values.size()) + n;
    statistics.shift = alpha;
    statistics.memory_bytes =
        engine->memory_bytes() + indptr.capacity() * sizeof(Offset) + indices.capacity() * sizeof(Index);
    statistics.setup_seconds = seconds_since(start);
}

template <Scalar T>
Ic0<T>::Ic0(const CsrView<T>& A, const Ic0Options& options) : content_(std::make_unique<Content>()) {
    require_options(who, options.shift, options.modified);
    content_->options = options;
    content_->indptr.assign(A.indptr().begin(), A.indptr().end());
    content_->indices.assign(A.indices().begin(), A.indices().end());
    content_->factor(A);
}

template <Scalar T>
void Ic0<T>::refactor(const CsrView<T>& A) {
    require(std::ranges::equal(A.indptr(), content_->indptr) && std::ranges::equal(A.indices(), content_->indices),
            std::string(who) + "::refactor: the matrix must have the pattern of the one that was factored");
    content_->factor(A);
}

template <Scalar T>
Ic0<T>::~Ic0() = default;
template <Scalar T>
Ic0<T>::Ic0(Ic0&&) noexcept = default;
template <Scalar T>
Ic0<T>& Ic0<T>::operator=(Ic0&&) noexcept = default;

template <Scalar T>
Index Ic0<T>::rows() const noexcept {
    return content_->n;
}

template <Scalar T>
const PreconditionerStatistics& Ic0<T>::statistics() const noexcept {
    return content_->statistics;
}

template <Scalar T>
void Ic0<T>::apply(VectorView<T> r, VectorRef<T> z) const {
    require_vectors<T>(who, content_->n, r, z);
    content_->engine->apply(r.data(), z.data());
}

#define RITZ_INSTANTIATE(T) template class Ic0<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
