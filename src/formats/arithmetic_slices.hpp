// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the operations on compressed matrices share: loops over slices, the two-pass construction of a result, the
/// sorting of a slice, and arithmetic of scalars.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

inline constexpr std::int64_t slice_grain = 1 << 15;  // entries and slices that a thread should have at least

/// Complex product as the formula says: without it, std::complex checks each product for NaN.
template <Scalar T>
inline T times(T a, T b) {
    if constexpr (is_complex<T>)
        return T(a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real());
    else
        return a * b;
}

/// sum ← sum + a b.
template <Scalar T>
inline void multiply_add(T& sum, T a, T b) {
    if constexpr (is_complex<T>)
        sum = T(sum.real() + a.real() * b.real() - a.imag() * b.imag(),
                sum.imag() + a.real() * b.imag() + a.imag() * b.real());
    else
        sum += a * b;
}

/// |a|. The square root of the sum of squares when that neither over- nor underflows, hypot otherwise.
template <Scalar T>
inline Real<T> magnitude(T a) {
    if constexpr (is_complex<T>) {
        using R = Real<T>;
        const R square = a.real() * a.real() + a.imag() * a.imag();
        if (square > std::numeric_limits<R>::min() * 16 / std::numeric_limits<R>::epsilon() &&
            square < std::numeric_limits<R>::max())
            return std::sqrt(square);
        return std::hypot(a.real(), a.imag());
    } else {
        return std::abs(a);
    }
}

/// The index arrays of a matrix as plain pointers, for inner loops.
template <Scalar T>
struct Slices {
    template <Order order>
    explicit Slices(const CompressedView<order, T>& A)
        : indptr(A.indptr().data()), indices(A.indices().data()), values(A.values().data()) {}

    Offset begin(Index i) const { return indptr[i]; }
    Offset end(Index i) const { return indptr[i + 1]; }
    Offset size(Index i) const { return indptr[i + 1] - indptr[i]; }

    /// First entry of slice i with a minor index ≥ `bound`.
    Offset lower_bound(Index i, std::int64_t bound) const {
        if (bound > std::numeric_limits<Index>::max()) return end(i);
        return std::lower_bound(indices + begin(i), indices + end(i),
                                static_cast<Index>(std::max<std::int64_t>(bound, 0))) -
               indices;
    }

    const Offset* indptr;
    const Index* indices;
    const T* values;
};

/// body(begin, end) over pieces of the slices [0, major), in parallel when `work` (entries touched) is worth it.
template <class Body>
void parallel_slices(Index major, std::int64_t work, Body&& body) {
    const int threads = threads_for(work + major, slice_grain);
    const std::int64_t pieces = threads == 1 ? 1 : std::min<std::int64_t>(major, std::int64_t{16} * threads);
    if (major == 0) return;
    parallel_tasks(pieces, threads, [&](std::int64_t p) {
        body(static_cast<Index>(major * p / pieces), static_cast<Index>(major * (p + 1) / pieces));
    });
}

/// A matrix made slice by slice in two passes. count(begin, end, counts) puts the number of entries of slice i into
/// counts[i]; fill(begin, end, indptr, indices, values) writes the entries of slice i at indptr[i].
template <Order order, Scalar T, class Count, class Fill>
Compressed<order, T> build_slices(Index rows, Index cols, std::int64_t work, Count&& count, Fill&& fill) {
    const Index major = order == Order::row ? rows : cols;
    Buffer<Offset> indptr(static_cast<std::size_t>(major) + 1);
    indptr[0] = 0;
    parallel_slices(major, work, [&](Index begin, Index end) { count(begin, end, indptr.data() + 1); });
    for (std::size_t i = 0; i < static_cast<std::size_t>(major); ++i) indptr[i + 1] += indptr[i];
    Buffer<Index> indices(static_cast<std::size_t>(indptr.back()));
    Buffer<T> values(static_cast<std::size_t>(indptr.back()));
    parallel_slices(major, work, [&](Index begin, Index end) {
        fill(begin, end, std::as_const(indptr).data(), indices.data(), values.data());
    });
    return {Trusted{}, rows, cols, std::move(indptr), std::move(indices), std::move(values)};
}

/// A with a piece of each slice: entries [first(i), last(i)).
template <Order order, Scalar T, class First, class Last>
Compressed<order, T> build_from_pieces(Index rows, Index cols, const Slices<T>& a, std::int64_t work, Index shift,
                                       First&& first, Last&& last) {
    return build_slices<order, T>(
        rows, cols, work,
        [&](Index begin, Index end, Offset* counts) {
            for (Index i = begin; i < end; ++i) counts[i] = std::max<Offset>(0, last(i) - first(i));
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            for (Index i = begin; i < end; ++i) {
                const Offset from = first(i), size = indptr[i + 1] - indptr[i];
                std::transform(a.indices + from, a.indices + from + size, indices + indptr[i],
                               [shift](Index j) { return j - shift; });
                std::copy_n(a.values + from, size, values + indptr[i]);
            }
        });
}

/// A copy of the index arrays of A with values of its own.
template <Order order, Scalar T>
Compressed<order, T> with_values(const CompressedView<order, T>& A, Buffer<T> values) {
    return {Trusted{},
            A.rows(),
            A.cols(),
            Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
            Buffer<Index>(A.indices().begin(), A.indices().end()),
            std::move(values)};
}

/// Sorts slices whose indices are distinct but in no order: by insertion when short, else by an 11-bit LSD radix sort.
/// One object for each thread, since it holds the scratch memory.
template <Scalar T>
class SliceSorter {
public:
    void sort(Index* indices, T* values, Offset n) {
        if (n <= 48) return insertion_sort(indices, values, n);
        if (std::is_sorted(indices, indices + n)) return;
        records_.resize(static_cast<std::size_t>(2 * n));
        Record* from = records_.data();
        Record* to = from + n;
        for (Offset k = 0; k < n; ++k) from[k] = {indices[k], values[k]};
        if (n < 1024) {
            keys_.resize(static_cast<std::size_t>(n));  // index and place in one number: one comparison, small swaps
            for (Offset k = 0; k < n; ++k)
                keys_[static_cast<std::size_t>(k)] =
                    static_cast<std::uint64_t>(indices[k]) << 32 | static_cast<std::uint64_t>(k);
            std::sort(keys_.begin(), keys_.end());
            for (Offset k = 0; k < n; ++k) to[k] = from[keys_[static_cast<std::size_t>(k)] & 0xFFFFFFFFu];
            std::swap(from, to);
        } else {
            constexpr int bits = 11;
            const Index largest = *std::max_element(indices, indices + n);
            for (int shift = 0; shift < 31 && (largest >> shift) > 0; shift += bits) {
                Offset next[(1 << bits) + 1] = {};
                for (Offset k = 0; k < n; ++k) ++next[((from[k].index >> shift) & ((1 << bits) - 1)) + 1];
                for (int d = 0; d < (1 << bits); ++d) next[d + 1] += next[d];
                for (Offset k = 0; k < n; ++k) to[next[(from[k].index >> shift) & ((1 << bits) - 1)]++] = from[k];
                std::swap(from, to);
            }
        }
        for (Offset k = 0; k < n; ++k) {
            indices[k] = from[k].index;
            values[k] = from[k].value;
        }
    }

private:
    struct Record {
        Index index;
        T value;
    };

    static void insertion_sort(Index* indices, T* values, Offset n) {
        for (Offset k = 1; k < n; ++k) {
            const Index index = indices[k];
            const T value = values[k];
            Offset hole = k;
            for (; hole > 0 && indices[hole - 1] > index; --hole) {
                indices[hole] = indices[hole - 1];
                values[hole] = values[hole - 1];
            }
            indices[hole] = index;
            values[hole] = value;
        }
    }

    Buffer<Record> records_;
    Buffer<std::uint64_t> keys_;
};

inline std::string shape(Index rows, Index cols) {
    return std::to_string(rows) + " x " + std::to_string(cols);
}

/// `size` as a dimension. \throws LimitExceeded if it passes 2³¹-1.
inline Index checked_dimension(std::int64_t size, const char* who) {
    if (size > std::numeric_limits<Index>::max())
        throw LimitExceeded(std::string(who) + ": a dimension of " + std::to_string(size) + " passes the limit of " +
                            std::to_string(std::numeric_limits<Index>::max()));
    return static_cast<Index>(size);
}

template <Order order, Scalar T>
void require_same_shape(const CompressedView<order, T>& A, const CompressedView<order, T>& B, const char* who) {
    if (A.rows() != B.rows() || A.cols() != B.cols())
        throw InvalidArgument(std::string(who) + ": shapes must agree, but are " + shape(A.rows(), A.cols()) + " and " +
                              shape(B.rows(), B.cols()));
}

}  // namespace ritz::detail
