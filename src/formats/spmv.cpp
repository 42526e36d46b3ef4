// SPDX-License-Identifier: BSD-3-Clause
#include "formats/spmv.hpp"

#include <algorithm>
#include <cstdint>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "ritz/core/buffer.hpp"

namespace ritz::detail {

namespace {

constexpr std::int64_t grain = 1 << 15;    // entries a thread should have at least
constexpr Offset prefetch_distance = 512;  // entries ahead: about the latency of memory times its bandwidth

/// First slice of part `part` of `parts` with about equal numbers of entries; a slice counts as one entry, too.
Index balanced_cut(Index major, const Offset* indptr, int part, int parts) {
    if (part == 0) return 0;
    if (part == parts) return major;
    const Offset target = (indptr[major] + major) / parts * part;
    Index low = 0, high = major;
    while (low < high) {  // smallest i with indptr[i] + i >= target
        const Index middle = low + (high - low) / 2;
        if (indptr[middle] + middle < target)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

template <bool conjugated, Scalar T>
T value_of(T a) {
    if constexpr (conjugated)
        return ritz::conjugate(a);
    else
        return a;
}

/// Complex product as the formula says: without it, std::complex checks each product for NaN.
template <Scalar T>
void multiply_add(T& sum, T a, T b) {
    if constexpr (is_complex<T>) {
        sum = T(sum.real() + a.real() * b.real() - a.imag() * b.imag(),
                sum.imag() + a.real() * b.imag() + a.imag() * b.real());
    } else {
        sum += a * b;
    }
}

/// Asks for the cache line some way after `place`. The address may lie outside the array: a prefetch never faults, and
/// it is formed as a number because a pointer past the end would be undefined.
template <class V>
void prefetch_ahead(const V* place) {
    __builtin_prefetch(
        reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(place) + prefetch_distance * sizeof(V)));
}

/// Σ_k a_k x[indices[k]] over [first, stop) for a real slice, in eight lanes: for long slices, where gathered loads
/// pay.
template <Scalar T>
T long_slice_dot(Offset first, Offset stop, const Index* indices, const T* values, const T* x) {
    constexpr int lanes = 8;
    T partial[lanes] = {};
    Offset k = first;
    for (; k + lanes <= stop; k += lanes) {
        prefetch_ahead(values + k);
        prefetch_ahead(indices + k);
#pragma omp simd
        for (int lane = 0; lane < lanes; ++lane) partial[lane] += values[k + lane] * x[indices[k + lane]];
    }
    T sum{0};
    for (; k < stop; ++k) sum += values[k] * x[indices[k]];
    for (const T p : partial) sum += p;
    return sum;
}

template <bool conjugated, Scalar T>
void slices_dot(Index begin, Index end, const Offset* indptr, const Index* indices, const T* values, const T* x, T* y) {
    constexpr Offset long_slice = 24;
    for (Index i = begin; i < end; ++i) {
        const Offset first = indptr[i], stop = indptr[i + 1];
        if constexpr (is_complex<T>) {
            T sum{0};
            for (Offset k = first; k < stop; ++k) multiply_add(sum, value_of<conjugated>(values[k]), x[indices[k]]);
            y[i] = sum;
        } else if (stop - first < long_slice) {
            prefetch_ahead(values + first);
            prefetch_ahead(indices + first);
            T sum{0};
            for (Offset k = first; k < stop; ++k) sum += values[k] * x[indices[k]];
            y[i] = sum;
        } else {
            y[i] = long_slice_dot(first, stop, indices, values, x);
        }
    }
}

template <bool conjugated, Scalar T>
void slices_axpy(Index begin, Index end, const Offset* indptr, const Index* indices, const T* values, const T* x,
                 T* y) {
    for (Index i = begin; i < end; ++i)
        for (Offset k = indptr[i]; k < indptr[i + 1]; ++k)
            multiply_add(y[indices[k]], value_of<conjugated>(values[k]), x[i]);
}

}  // namespace

template <Scalar T>
void multiply_by_slices(Index major, const Offset* indptr, const Index* indices, const T* values, const T* x, T* y,
                        bool conjugated) {
    const int parts = threads_for(indptr[major] + major, grain);
    parallel_parts(parts, [&](int part) {
        const Index begin = balanced_cut(major, indptr, part, parts),
                    end = balanced_cut(major, indptr, part + 1, parts);
        if (is_complex<T> && conjugated)
            slices_dot<true>(begin, end, indptr, indices, values, x, y);
        else
            slices_dot<false>(begin, end, indptr, indices, values, x, y);
    });
}

template <Scalar T>
void multiply_into_slices(Index major, Index minor, const Offset* indptr, const Index* indices, const T* values,
                          const T* x, T* y, bool conjugated) {
    const auto accumulate = [&](Index begin, Index end, T* sum) {
        if (is_complex<T> && conjugated)
            slices_axpy<true>(begin, end, indptr, indices, values, x, sum);
        else
            slices_axpy<false>(begin, end, indptr, indices, values, x, sum);
    };
    // Each thread adds into a vector of its own; worth it when the entries outweigh those vectors.
    const int parts = indptr[major] > 4 * static_cast<Offset>(minor) ? threads_for(indptr[major] + major, grain) : 1;
    std::fill_n(y, minor, T{0});
    if (parts == 1) return accumulate(0, major, y);

    Buffer<T> partial(static_cast<std::size_t>(parts - 1) * static_cast<std::size_t>(minor));
    parallel_parts(parts, [&](int part) {
        T* const sum =
            part == 0 ? y : partial.data() + static_cast<std::size_t>(part - 1) * static_cast<std::size_t>(minor);
        if (part > 0) std::fill_n(sum, minor, T{0});
        accumulate(balanced_cut(major, indptr, part, parts), balanced_cut(major, indptr, part + 1, parts), sum);
    });
    parallel_ranges(minor, grain, [&](std::int64_t begin, std::int64_t end) {
        for (int part = 1; part < parts; ++part) {
            const T* const sum = partial.data() + static_cast<std::size_t>(part - 1) * static_cast<std::size_t>(minor);
            for (std::int64_t j = begin; j < end; ++j) y[j] += sum[j];
        }
    });
}

#define RITZ_INSTANTIATE(T)                                                                                \
    template void multiply_by_slices<T>(Index, const Offset*, const Index*, const T*, const T*, T*, bool); \
    template void multiply_into_slices<T>(Index, Index, const Offset*, const Index*, const T*, const T*, T*, bool);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
