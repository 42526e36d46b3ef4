// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The storages behind TunedMatrix. Each multiplies one window of rows at a time: the unit in which threads share the
/// work and sums are formed, so that neither depends on the number of threads.
///
/// Storages pad: a lane without an entry multiplies a zero by some element of x. That is exact unless the element is
/// infinite or NaN, and then the result is NaN; so a row whose result is not finite is multiplied again by the arrays
/// of A, without padding. This costs nothing where all is finite, and padding needs no masks.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "ritz/core/buffer.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/tuned.hpp"

namespace ritz::detail {

/// Rows of most windows: a multiple of every number of lanes and every block size, and few enough for their part of y
/// to stay in the first cache.
inline constexpr Index window_rows = 480;

template <Scalar T>
class WindowStorage {
public:
    /// Window w is the rows first_rows[w] … first_rows[w + 1] - 1.
    explicit WindowStorage(Buffer<Index> first_rows) : first_rows_(std::move(first_rows)) {}
    virtual ~WindowStorage() = default;

    Index windows() const { return static_cast<Index>(first_rows_.size()) - 1; }
    Index first_row(Index w) const { return first_rows_[static_cast<std::size_t>(w)]; }

    /// y_i ← Σ_j a_ij x_j for the rows of window w.
    virtual void multiply_window(Index w, const T* x, T* y) const = 0;

    virtual std::size_t memory_bytes() const = 0;
    virtual double bytes_per_product() const = 0;  ///< of A alone

private:
    Buffer<Index> first_rows_;
};

/// What a storage would cost, found before it is made.
struct StorageCost {
    double bytes = 0;  ///< that one product reads, plus what else takes as long as reading so many bytes
    Index block_size = 1;
};

/// nullopt: the matrix is not of this kind. Each looks at a sample of A first.
template <Scalar T>
std::optional<StorageCost> blocks_cost(const CsrView<T>& A);
template <Scalar T>
std::optional<StorageCost> sliced_cost(const CsrView<T>& A);
template <Scalar T>
std::optional<StorageCost> few_values_cost(const CsrView<T>& A);

/// Both kinds of repetition are found in the same pass.
template <Scalar T>
class GroupAnalysis {
public:
    /// `forced`: go through the matrix even if a sample of it does not repeat.
    GroupAnalysis(const CsrView<T>& A, bool forced);
    ~GroupAnalysis();

    std::optional<StorageCost> stencils_cost() const;
    std::optional<StorageCost> offsets_cost() const;
    std::unique_ptr<WindowStorage<T>> stencils();
    std::unique_ptr<WindowStorage<T>> offsets();

private:
    struct Found;
    CsrView<T> A_;
    std::unique_ptr<Found> found_;
};

template <Scalar T>
std::unique_ptr<WindowStorage<T>> make_blocks(const CsrView<T>& A, Index block_size);
template <Scalar T>
std::unique_ptr<WindowStorage<T>> make_sliced(const CsrView<T>& A);
template <Scalar T>
std::unique_ptr<WindowStorage<T>> make_few_values(const CsrView<T>& A);

// What the sources of the storages share.

/// 64 bytes of numbers: whatever registers the processor has, the compiler splits it into them.
template <Scalar T>
struct Pack {
    using R = Real<T>;
    static constexpr int reals = 64 / sizeof(R);
    static constexpr Index width = 64 / sizeof(T);  ///< elements of type T, the rows of a group
    typedef R V __attribute__((vector_size(64)));

    static void load(V& v, const T* from) { std::memcpy(&v, from, sizeof v); }
    static void store(T* to, const V& v) { std::memcpy(static_cast<void*>(to), &v, sizeof v); }
};

/// Σ_k a_k x_k for `Pack<T>::width` rows at once. A complex number is two neighbouring lanes; the products with the
/// imaginary parts are summed apart, and put together at the end.
template <Scalar T>
class GroupSum {
    using V = typename Pack<T>::V;

public:
    void add(const V& a, const V& x) {
        if constexpr (is_complex<T>) {
            V re, im, swapped;
            pairs(a, x, re, im, swapped);
            direct_ += re * x;
            crossed_ += im * swapped;
        } else {
            direct_ += a * x;
        }
    }
    void result(V& sum) const {
        if constexpr (is_complex<T>) {
            V signs;
            for (int l = 0; l < Pack<T>::reals; ++l) signs[l] = l % 2 == 0 ? Real<T>(-1) : Real<T>(1);
            sum = direct_ + crossed_ * signs;
        } else {
            sum = direct_;
        }
    }

private:
    /// (a_re a_re …), (a_im a_im …), (x_im x_re …).
    static void pairs(const V& a, const V& x, V& re, V& im, V& swapped) {
        if constexpr (Pack<T>::reals == 8) {
            re = __builtin_shufflevector(a, a, 0, 0, 2, 2, 4, 4, 6, 6);
            im = __builtin_shufflevector(a, a, 1, 1, 3, 3, 5, 5, 7, 7);
            swapped = __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
        } else {
            re = __builtin_shufflevector(a, a, 0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14);
            im = __builtin_shufflevector(a, a, 1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
            swapped = __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
        }
    }

    V direct_ = V{}, crossed_ = V{};
};

/// Row i of A times x, as A.apply does it.
template <Scalar T>
T row_times(const CsrView<T>& A, Index i, const T* x);

/// Multiplies those rows of [begin, end) again whose result is not finite.
template <Scalar T>
void repair_rows(const CsrView<T>& A, Index begin, Index end, const T* x, T* y);

/// Windows of window_rows rows each.
inline Buffer<Index> equal_windows(Index rows) {
    Buffer<Index> first = {0};
    while (first.back() < rows) first.push_back(first.back() + std::min(window_rows, rows - first.back()));
    return first;
}

/// What A.apply reads of so many entries, in so many rows.
template <Scalar T>
double csr_bytes(double entries, double rows) {
    return entries * (sizeof(T) + sizeof(Index)) + rows * sizeof(Offset);
}

template <Scalar T>
double vector_bytes(const CsrView<T>& A) {
    return static_cast<double>(sizeof(T)) * (static_cast<double>(A.rows()) + static_cast<double>(A.cols()));
}

}  // namespace ritz::detail
