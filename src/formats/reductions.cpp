// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/reductions.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/diagonal.hpp"

namespace ritz {

namespace {

/// The larger / smaller of two; NaN when either is.
struct Larger {
    template <class R>
    R operator()(R a, R b) const {
        return a > b || a != a ? a : b;
    }
};
struct Smaller {
    template <class R>
    R operator()(R a, R b) const {
        return a < b || a != a ? a : b;
    }
};

/// For each slice: start, then result ← join(result, value(k)) over its entries in order.
template <class R, Order order, Scalar T, class Join, class Value>
Eigen::VectorX<R> reduce_slices(const CompressedView<order, T>& A, R start, Join join, Value value) {
    const detail::Slices<T> a(A);
    Eigen::VectorX<R> results(A.major());
    detail::parallel_slices(A.major(), A.nnz(), [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) {
            R result = start;
            for (Offset k = a.begin(i); k < a.end(i); ++k) result = join(result, value(k));
            results[i] = result;
        }
    });
    return results;
}

/// The same for each minor index. Blocks of slices are reduced on their own and their results joined in order; how many
/// there are depends on the matrix alone, so that the bits do not depend on the number of threads.
template <class R, Order order, Scalar T, class Join, class Value>
Eigen::VectorX<R> reduce_across(const CompressedView<order, T>& A, R start, Join join, Value value) {
    const detail::Slices<T> a(A);
    const Offset enough = 4 * std::int64_t{A.minor()} + 4 * detail::slice_grain;  // entries that outweigh the joining
    const int blocks = static_cast<int>(std::clamp<Offset>(A.nnz() / enough, 1, 16));
    const auto cut = [&](int block) {
        return block == blocks ? A.major()
                               : static_cast<Index>(std::ranges::lower_bound(A.indptr(), A.nnz() / blocks * block) -
                                                    A.indptr().begin());
    };
    Eigen::MatrixX<R> partial = Eigen::MatrixX<R>::Constant(A.minor(), blocks, start);
    const auto reduce_block = [&](std::int64_t block) {
        R* const result = partial.col(block).data();
        const Offset end = A.indptr()[static_cast<std::size_t>(cut(static_cast<int>(block) + 1))];
        for (Offset k = A.indptr()[static_cast<std::size_t>(block == 0 ? 0 : cut(static_cast<int>(block)))]; k < end;
             ++k)
            result[a.indices[k]] = join(result[a.indices[k]], value(k));
    };
    detail::parallel_tasks(blocks, detail::threads_for(A.nnz(), detail::slice_grain), reduce_block);
    Eigen::VectorX<R> results = partial.col(0);
    for (int block = 1; block < blocks; ++block)
        for (Index j = 0; j < A.minor(); ++j) results[j] = join(results[j], partial(j, block));
    return results;
}

enum class Line { row, column };

template <Line line, class R, Order order, Scalar T, class Join, class Value>
Eigen::VectorX<R> reduce(const CompressedView<order, T>& A, R start, Join join, Value value) {
    if constexpr ((line == Line::row) == (order == Order::row))
        return reduce_slices<R>(A, start, join, value);
    else
        return reduce_across<R>(A, start, join, value);
}

template <Line line, Order order, Scalar T>
Eigen::VectorX<T> sums(const CompressedView<order, T>& A) {
    const T* const a = A.values().data();
    return reduce<line, T>(A, T{0}, std::plus<T>{}, [=](Offset k) { return a[k]; });
}

template <Line line, Order order, Scalar T>
Eigen::VectorX<Real<T>> abs_sums(const CompressedView<order, T>& A) {
    const T* const a = A.values().data();
    return reduce<line, Real<T>>(A, Real<T>{0}, std::plus<Real<T>>{},
                                 [=](Offset k) { return detail::magnitude(a[k]); });
}

template <Line line, Order order, Scalar T>
Eigen::VectorX<Real<T>> abs_max(const CompressedView<order, T>& A) {
    const T* const a = A.values().data();
    return reduce<line, Real<T>>(A, Real<T>{0}, Larger{}, [=](Offset k) { return detail::magnitude(a[k]); });
}

template <Line line, Order order, Scalar T>
Eigen::VectorX<Index> counts(const CompressedView<order, T>& A) {
    if constexpr ((line == Line::row) == (order == Order::row)) {
        Eigen::VectorX<Index> lengths(A.major());
        for (Index i = 0; i < A.major(); ++i) lengths[i] = static_cast<Index>(detail::Slices<T>(A).size(i));
        return lengths;
    } else {
        return reduce_across<Index>(A, Index{0}, std::plus<Index>{}, [](Offset) { return Index{1}; });
    }
}

/// The extreme element of each line; lines that do not store all of their elements hold a zero, too.
template <Line line, Order order, Scalar T, class Join>
Eigen::VectorX<T> extremes(const CompressedView<order, T>& A, Join join, const char* who) {
    const Index length = line == Line::row ? A.cols() : A.rows(), lines = line == Line::row ? A.rows() : A.cols();
    detail::require(length > 0 || lines == 0, std::string(who) + ": the extreme of no elements is not defined");
    constexpr T infinity = std::numeric_limits<T>::infinity();
    const T* const a = A.values().data();
    Eigen::VectorX<T> results =
        reduce<line, T>(A, join(-infinity, infinity) > 0 ? -infinity : infinity, join, [=](Offset k) { return a[k]; });
    const Eigen::VectorX<Index> stored = counts<line>(A);
    for (Index i = 0; i < lines; ++i)
        if (stored[i] < length) results[i] = join(results[i], T{0});
    return results;
}

/// 2-norms of lines. Each line is divided by a power of two near its largest element, so that no square over- or
/// underflows.
template <Line line, Order order, Scalar T>
Eigen::VectorX<Real<T>> norms2(const CompressedView<order, T>& A) {
    using R = Real<T>;
    constexpr bool by_slice = (line == Line::row) == (order == Order::row);
    constexpr int limit = std::numeric_limits<R>::max_exponent - 8;
    const detail::Slices<T> a(A);
    const Eigen::VectorX<R> largest = abs_max<line>(A);
    Eigen::VectorX<R> scale(largest.size());
    for (Eigen::Index i = 0; i < largest.size(); ++i) {
        const bool usable = largest[i] > 0 && std::isfinite(largest[i]);
        scale[i] = usable ? std::ldexp(R{1}, std::clamp(-std::ilogb(largest[i]), -limit, limit)) : R{1};
    }
    const auto square = [&](Offset k, R s) {
        if constexpr (is_complex<T>) {
            const R re = s * a.values[k].real(), im = s * a.values[k].imag();
            return re * re + im * im;
        } else {
            const R scaled = s * a.values[k];
            return scaled * scaled;
        }
    };
    Eigen::VectorX<R> norms;
    if constexpr (by_slice) {
        norms.resize(A.major());
        detail::parallel_slices(A.major(), A.nnz(), [&](Index begin, Index end) {
            for (Index i = begin; i < end; ++i) {
                R total = 0;
                for (Offset k = a.begin(i); k < a.end(i); ++k) total += square(k, scale[i]);
                norms[i] = total;
            }
        });
    } else {
        norms = reduce_across<R>(A, R{0}, std::plus<R>{}, [&](Offset k) { return square(k, scale[a.indices[k]]); });
    }
    for (Eigen::Index i = 0; i < norms.size(); ++i)
        norms[i] = std::isfinite(largest[i]) ? std::sqrt(norms[i]) / scale[i] : largest[i];
    return norms;
}

template <class R>
R largest_of(const Eigen::VectorX<R>& v) {
    R result = 0;
    for (const R x : v) result = Larger{}(result, x);
    return result;
}

}  // namespace

template <Order order, Scalar T>
Real<T> norm1(const CompressedView<order, T>& A) {
    return largest_of<Real<T>>(column_abs_sums(A));
}

template <Order order, Scalar T>
Real<T> norm_inf(const CompressedView<order, T>& A) {
    return largest_of<Real<T>>(row_abs_sums(A));
}

template <Order order, Scalar T>
Real<T> norm_frobenius(const CompressedView<order, T>& A) {
    return norm2(A.values());
}

template <Order order, Scalar T>
Real<T> norm_max(const CompressedView<order, T>& A) {
    return norm_inf(A.values());
}

template <Order order, Scalar T>
T sum(const CompressedView<order, T>& A) {
    constexpr Offset block = 1 << 12;
    const T* const a = A.values().data();
    std::vector<T> partial(static_cast<std::size_t>((A.nnz() + block - 1) / block), T{0});
    detail::parallel_ranges(static_cast<std::int64_t>(partial.size()), 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t b = begin; b < end; ++b)
            for (Offset k = b * block; k < std::min(A.nnz(), (b + 1) * block); ++k)
                partial[static_cast<std::size_t>(b)] += a[k];
    });
    T total{0};
    for (const T& term : partial) total += term;
    return total;
}

template <Order order, Scalar T>
T trace(const CompressedView<order, T>& A) {
    T total{0};
    for (const T& element : diagonal(A)) total += element;
    return total;
}

template <Order order, Scalar T>
Eigen::VectorX<T> row_sums(const CompressedView<order, T>& A) {
    return sums<Line::row>(A);
}
template <Order order, Scalar T>
Eigen::VectorX<T> column_sums(const CompressedView<order, T>& A) {
    return sums<Line::column>(A);
}

template <Order order, Scalar T>
Eigen::VectorX<Real<T>> row_abs_sums(const CompressedView<order, T>& A) {
    return abs_sums<Line::row>(A);
}
template <Order order, Scalar T>
Eigen::VectorX<Real<T>> column_abs_sums(const CompressedView<order, T>& A) {
    return abs_sums<Line::column>(A);
}

template <Order order, Scalar T>
Eigen::VectorX<Real<T>> row_abs_max(const CompressedView<order, T>& A) {
    return abs_max<Line::row>(A);
}
template <Order order, Scalar T>
Eigen::VectorX<Real<T>> column_abs_max(const CompressedView<order, T>& A) {
    return abs_max<Line::column>(A);
}

template <Order order, Scalar T>
Eigen::VectorX<Real<T>> row_norms2(const CompressedView<order, T>& A) {
    return norms2<Line::row>(A);
}
template <Order order, Scalar T>
Eigen::VectorX<Real<T>> column_norms2(const CompressedView<order, T>& A) {
    return norms2<Line::column>(A);
}

template <Order order, Scalar T>
requires(!is_complex<T>) Eigen::VectorX<T> row_max(const CompressedView<order, T>& A) {
    return extremes<Line::row>(A, Larger{}, "row_max");
}
template <Order order, Scalar T>
requires(!is_complex<T>) Eigen::VectorX<T> row_min(const CompressedView<order, T>& A) {
    return extremes<Line::row>(A, Smaller{}, "row_min");
}
template <Order order, Scalar T>
requires(!is_complex<T>) Eigen::VectorX<T> column_max(const CompressedView<order, T>& A) {
    return extremes<Line::column>(A, Larger{}, "column_max");
}
template <Order order, Scalar T>
requires(!is_complex<T>) Eigen::VectorX<T> column_min(const CompressedView<order, T>& A) {
    return extremes<Line::column>(A, Smaller{}, "column_min");
}

template <Order order, Scalar T>
Eigen::VectorX<Index> row_counts(const CompressedView<order, T>& A) {
    return counts<Line::row>(A);
}
template <Order order, Scalar T>
Eigen::VectorX<Index> column_counts(const CompressedView<order, T>& A) {
    return counts<Line::column>(A);
}

#define RITZ_INSTANTIATE(O, T)                                                     \
    template Real<T> norm1(const CompressedView<O, T>&);                           \
    template Real<T> norm_inf(const CompressedView<O, T>&);                        \
    template Real<T> norm_frobenius(const CompressedView<O, T>&);                  \
    template Real<T> norm_max(const CompressedView<O, T>&);                        \
    template T sum(const CompressedView<O, T>&);                                   \
    template T trace(const CompressedView<O, T>&);                                 \
    template Eigen::VectorX<T> row_sums(const CompressedView<O, T>&);              \
    template Eigen::VectorX<T> column_sums(const CompressedView<O, T>&);           \
    template Eigen::VectorX<Real<T>> row_abs_sums(const CompressedView<O, T>&);    \
    template Eigen::VectorX<Real<T>> column_abs_sums(const CompressedView<O, T>&); \
    template Eigen::VectorX<Real<T>> row_abs_max(const CompressedView<O, T>&);     \
    template Eigen::VectorX<Real<T>> column_abs_max(const CompressedView<O, T>&);  \
    template Eigen::VectorX<Real<T>> row_norms2(const CompressedView<O, T>&);      \
    template Eigen::VectorX<Real<T>> column_norms2(const CompressedView<O, T>&);   \
    template Eigen::VectorX<Index> row_counts(const CompressedView<O, T>&);        \
    template Eigen::VectorX<Index> column_counts(const CompressedView<O, T>&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

#define RITZ_INSTANTIATE(O, T)                                          \
    template Eigen::VectorX<T> row_max(const CompressedView<O, T>&);    \
    template Eigen::VectorX<T> row_min(const CompressedView<O, T>&);    \
    template Eigen::VectorX<T> column_max(const CompressedView<O, T>&); \
    template Eigen::VectorX<T> column_min(const CompressedView<O, T>&);
RITZ_INSTANTIATE(Order::row, float)
RITZ_INSTANTIATE(Order::row, double)
RITZ_INSTANTIATE(Order::column, float)
RITZ_INSTANTIATE(Order::column, double)
#undef RITZ_INSTANTIATE

}  // namespace ritz
