// SPDX-License-Identifier: BSD-3-Clause
#include "preconditioners/pattern_lu.hpp"

#include "core/instantiate.hpp"
#include "preconditioners/incomplete_common.hpp"

namespace ritz::detail {

namespace {
std::size_t at(Offset i) {
    return static_cast<std::size_t>(i);
}
}  // namespace

template <Scalar T>
LuPattern pattern_with_diagonal(const CsrView<T>& A) {
    const auto n = at(A.rows());
    LuPattern p;
    p.indptr.resize(n + 1);
    p.indptr[0] = 0;
    p.diagonal.resize(n);
    p.indices.reserve(at(A.nnz()) + n);
    for (std::size_t i = 0; i < n; ++i) {
        const auto begin = A.indices().begin() + A.indptr()[i], end = A.indices().begin() + A.indptr()[i + 1];
        const auto right = std::lower_bound(begin, end, static_cast<Index>(i));
        p.indices.insert(p.indices.end(), begin, right);
        p.diagonal[i] = static_cast<Offset>(p.indices.size());
        p.indices.push_back(static_cast<Index>(i));
        p.indices.insert(p.indices.end(), right != end && at(*right) == i ? right + 1 : right, end);
        p.indptr[i + 1] = static_cast<Offset>(p.indices.size());
    }
    return p;
}

template <Scalar T>
TriangularFactors<T> factor_on_pattern(const CsrView<T>& A, const LuPattern& pattern, const PatternLuOptions& options,
                                       double& alpha) {
    using R = Real<T>;
    const auto n = at(A.rows());
    const Buffer<R> scale = moderate_scaling(A);
    const auto& [indptr, indices, diagonal] = pattern;
    Buffer<T> a(indices.size());
    TriangularFactors<T> factors;
    factors.n = A.rows();
    factors.inverse_pivots.resize(n);
    Buffer<T>& inverse = factors.inverse_pivots;
    Buffer<R> sizes(n);
    Buffer<Index> mark(n, -1);  // place of a column in the current row
    const R omega = static_cast<R>(options.modified);

    SparseRows<T>& lower = factors.lower;
    SparseRows<T>& upper = factors.upper;
    lower.indptr.resize(n + 1);
    upper.indptr.resize(n + 1);
    lower.indptr[0] = upper.indptr[0] = 0;
    for (std::size_t i = 0; i < n; ++i) {
        lower.indptr[i + 1] = lower.indptr[i] + (diagonal[i] - indptr[i]);
        upper.indptr[i + 1] = upper.indptr[i] + (indptr[i + 1] - diagonal[i] - 1);
    }
    lower.indices.resize(at(lower.indptr[n]));
    lower.values.resize(at(lower.indptr[n]));
    upper.indices.resize(at(upper.indptr[n]));
    upper.values.resize(at(upper.indptr[n]));

    const auto attempt = [&](double shift) -> std::optional<Index> {
        for (std::size_t i = 0; i < n; ++i) {
            // Row i of A, scaled and shifted
            const Offset begin = indptr[i], end = indptr[i + 1];
            std::fill(a.begin() + begin, a.begin() + end, T{0});
            for (Offset p = begin; p < end; ++p) mark[at(indices[at(p)])] = static_cast<Index>(p - begin);
            R largest = 0;
            for (Offset e = A.indptr()[i]; e < A.indptr()[i + 1]; ++e) {
                const auto j = at(A.indices()[at(e)]);
                T value = A.values()[at(e)];
                if (!scale.empty()) value = value * scale[i] * scale[j];
                a[at(begin + mark[j])] = value;
                largest = std::max(largest, magnitude(value));
            }
            T& pivot = a[at(diagonal[i])];
            R size = magnitude(pivot);
            if (size == 0) size = largest == 0 ? R{1} : largest;
            sizes[i] = size;
            if (shift != 0) {
                const T direction = pivot == T{0} ? T{1} : pivot * (R{1} / std::abs(pivot));
                pivot += direction * (static_cast<R>(shift) * size);
            }
            // a_i ← a_i - l_ik u_k for k = 0 … i-1: Saad, algorithm 10.3
            T dropped{0};
            for (Offset p = begin; p < diagonal[i]; ++p) {
                const auto k = at(indices[at(p)]);
                const T l = times(a[at(p)], inverse[k]);
                a[at(p)] = l;
                for (Offset q = diagonal[k] + 1; q < indptr[k + 1]; ++q) {
                    const Index place = mark[at(indices[at(q)])];
                    if (place >= 0)
                        a[at(begin + place)] -= times(l, a[at(q)]);
                    else if (omega != 0)  // row sums are those of A, not of the scaled copy
                        dropped += times(l, a[at(q)]) * (scale.empty() ? R{1} : scale[i] / scale[at(indices[at(q)])]);
                }
            }
            if (omega != 0) pivot -= omega * dropped;
            bool good = magnitude(pivot) > zero_pivot<T> * size;
            inverse[i] = T{1} / pivot;
            good = good && finite(inverse[i]);
            for (Offset p = begin; p < end; ++p) {
                good = good && finite(a[at(p)]);
                mark[at(indices[at(p)])] = -1;
            }
            if (!good) return static_cast<Index>(i);
        }
        // L, and U ← D⁻¹ U
        for (std::size_t i = 0; i < n; ++i) {
            std::copy(indices.begin() + indptr[i], indices.begin() + diagonal[i],
                      lower.indices.begin() + lower.indptr[i]);
            std::copy(a.begin() + indptr[i], a.begin() + diagonal[i], lower.values.begin() + lower.indptr[i]);
            std::copy(indices.begin() + diagonal[i] + 1, indices.begin() + indptr[i + 1],
                      upper.indices.begin() + upper.indptr[i]);
            for (Offset p = diagonal[i] + 1, q = upper.indptr[i]; p < indptr[i + 1]; ++p, ++q) {
                upper.values[at(q)] = times(a[at(p)], inverse[i]);
                if (!finite(upper.values[at(q)])) return static_cast<Index>(i);
            }
        }
        return unstable_row(factors, sizes);
    };
    const auto failure = [&](Index row, double shift) { throw_singular(options.who, row, shift); };
    alpha = factor_with_shift(options.on_breakdown, options.shift, attempt, failure);

    factors.row_scale = scale;
    factors.column_scale = scale;
    return factors;
}

#define RITZ_INSTANTIATE(T)                                                                                          \
    template LuPattern pattern_with_diagonal<T>(const CsrView<T>&);                                                  \
    template TriangularFactors<T> factor_on_pattern<T>(const CsrView<T>&, const LuPattern&, const PatternLuOptions&, \
                                                       double&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
