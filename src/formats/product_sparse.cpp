// SPDX-License-Identifier: BSD-3-Clause
#include <omp.h>

#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/product.hpp"

// Gustavson's algorithm in terms of slices, which serves both storage orders: with C = A B stored by rows,
// c_i = Σ_k a_ik b_k is a sum of rows of B; stored by columns, c_j = Σ_k b_kj a_k is a sum of columns of A. So
// slice i of the product is the sum of the `right` slices that slice i of `left` names.

namespace ritz {

namespace {

/// The set of minor indices met so far, in a bit map over a window of the minor dimension; a second map marks the
/// words in use. Indices come out in order, so nothing is sorted.
class IndexWindow {
public:
    void open(Index first, Index last) {
        base_ = first & ~Index{63};
        const auto words = static_cast<std::size_t>((std::int64_t{last} - base_) / 64 + 1);
        groups_used_ = (words + 63) / 64;
        if (words_.size() < 64 * groups_used_) words_.resize(64 * groups_used_, 0);
        if (groups_.size() < groups_used_) groups_.resize(groups_used_, 0);
    }

    void insert(const Index* indices, Offset n) {
        std::uint64_t* const words = words_.data();
        std::uint64_t* const groups = groups_.data();
        for (Offset k = 0; k < n; ++k) {
            const auto bit = static_cast<std::uint32_t>(indices[k] - base_);
            words[bit >> 6] |= std::uint64_t{1} << (bit & 63);
            groups[bit >> 12] |= std::uint64_t{1} << ((bit >> 6) & 63);
        }
    }

    /// Writes the indices in order and leaves the window empty. Returns where they end.
    Index* extract(Index* out) {
        for (std::size_t g = 0; g < groups_used_; ++g)
            for (std::uint64_t used = std::exchange(groups_[g], 0); used != 0; used &= used - 1) {
                const std::size_t w = 64 * g + static_cast<std::size_t>(std::countr_zero(used));
                const Index first = base_ + static_cast<Index>(64 * w);
                for (std::uint64_t word = std::exchange(words_[w], 0); word != 0; word &= word - 1)
                    *out++ = first + static_cast<Index>(std::countr_zero(word));
            }
        return out;
    }

private:
    Index base_ = 0;
    std::size_t groups_used_ = 0;
    std::vector<std::uint64_t> words_, groups_;
};

/// A hash table from minor indices to places, with linear probing; at most half full.
class IndexTable {
public:
    /// Empties the table and makes room for `n` indices.
    void open(Offset n) {
        const std::uint64_t capacity = std::bit_ceil(static_cast<std::uint64_t>(2 * n));
        shift_ = 64 - std::countr_zero(capacity);
        mask_ = static_cast<std::size_t>(capacity - 1);
        if (slots_.size() < capacity) slots_.resize(static_cast<std::size_t>(capacity));
        std::fill_n(slots_.begin(), capacity, Slot{-1, 0});
    }

    /// The slot of `index`, which is new when its index is -1.
    struct Slot {
        Index index;
        Index place;
    };
    Slot& find(Index index) {
        // Fibonacci hashing: the high bits of the product depend on all bits of the index.
        auto s = static_cast<std::size_t>(static_cast<std::uint64_t>(index) * 0x9E3779B97F4A7C15u >> shift_);
        while (slots_[s].index != index && slots_[s].index >= 0) s = (s + 1) & mask_;
        return slots_[s];
    }

private:
    std::vector<Slot> slots_;
    std::size_t mask_ = 0;
    int shift_ = 63;
};

/// Sorts distinct indices: by comparison when few, else by an 11-bit LSD radix sort.
void sort_indices(Index* indices, Offset n, Buffer<Index>& scratch) {
    if (n < 512) {
        std::sort(indices, indices + n);
        return;
    }
    constexpr int bits = 11;
    scratch.resize(std::max(scratch.size(), static_cast<std::size_t>(n)));
    Index* from = indices;
    Index* to = scratch.data();
    const Index largest = *std::max_element(indices, indices + n);
    for (int shift = 0; shift < 31 && (largest >> shift) > 0; shift += bits) {
        Offset next[(1 << bits) + 1] = {};
        for (Offset k = 0; k < n; ++k) ++next[((from[k] >> shift) & ((1 << bits) - 1)) + 1];
        for (int d = 0; d < (1 << bits); ++d) next[d + 1] += next[d];
        for (Offset k = 0; k < n; ++k) to[next[(from[k] >> shift) & ((1 << bits) - 1)]++] = from[k];
        std::swap(from, to);
    }
    if (from != indices) std::copy_n(from, n, indices);
}

// A window is used while it stays in the cache of a core, and beyond that when a slice fills it densely enough that
// sorting what a table collects would cost more.
constexpr std::int64_t index_window_limit = std::int64_t{1} << 20;  // bits: 128 kB
constexpr std::int64_t index_density = 64;
template <Scalar T>
constexpr std::int64_t value_window_limit = (std::int64_t{1} << 20) / static_cast<std::int64_t>(sizeof(T));
constexpr std::int64_t value_density = 16;

template <Scalar T>
class SliceProduct {
public:
    SliceProduct(const detail::Slices<T>& left, const detail::Slices<T>& right) : left_(left), right_(right) {}

    /// Writes the indices of slice i, in order. `out` has room for `terms` of them or for the minor dimension,
    /// whichever is less. Returns where they end.
    Index* structure(Index i, Offset terms, Index* out) {
        Index first = std::numeric_limits<Index>::max(), last = -1;
        int operands = 0;
        Index only = 0;
        for_each_operand(i, [&](Index k, Offset) {
            first = std::min(first, right_.indices[right_.begin(k)]);
            last = std::max(last, right_.indices[right_.end(k) - 1]);
            ++operands;
            only = k;
        });
        if (operands == 0) return out;
        if (operands == 1) return std::copy_n(right_.indices + right_.begin(only), right_.size(only), out);

        const std::int64_t span = std::int64_t{last} - first + 1;
        if (span <= index_window_limit || span <= index_density * terms) {
            window_.open(first, last);
            for_each_operand(
                i, [&](Index k, Offset) { window_.insert(right_.indices + right_.begin(k), right_.size(k)); });
            return window_.extract(out);
        }
        table_.open(terms);
        Index* const begin = out;
        for_each_operand(i, [&](Index k, Offset) {
            for (Offset q = right_.begin(k); q < right_.end(k); ++q) {
                IndexTable::Slot& slot = table_.find(right_.indices[q]);
                if (slot.index >= 0) continue;
                slot.index = right_.indices[q];
                *out++ = slot.index;
            }
        });
        sort_indices(begin, out - begin, scratch_);
        return out;
    }

    /// The values of slice i, whose n indices are known. Each is summed in the order of the operands.
    void values(Index i, const Index* indices, Offset n, T* out) {
        if (n == 0) return;
        const Index first = indices[0];
        const std::int64_t span = std::int64_t{indices[n - 1]} - first + 1;
        if (span <= value_window_limit<T> || span <= value_density * n) {
            if (static_cast<std::int64_t>(sums_.size()) < span) sums_.resize(static_cast<std::size_t>(span), T{0});
            T* const sums = sums_.data();
            for_each_operand(i, [&](Index k, Offset p) {
                const T a = left_.values[p];
                for (Offset q = right_.begin(k); q < right_.end(k); ++q)
                    detail::multiply_add(sums[right_.indices[q] - first], a, right_.values[q]);
            });
            for (Offset e = 0; e < n; ++e) out[e] = std::exchange(sums[indices[e] - first], T{0});
            return;
        }
        table_.open(n);
        for (Offset e = 0; e < n; ++e) {
            table_.find(indices[e]) = {indices[e], static_cast<Index>(e)};
            out[e] = T{0};
        }
        for_each_operand(i, [&](Index k, Offset p) {
            const T a = left_.values[p];
            for (Offset q = right_.begin(k); q < right_.end(k); ++q)
                detail::multiply_add(out[table_.find(right_.indices[q]).place], a, right_.values[q]);
        });
    }

private:
    template <class Body>
    void for_each_operand(Index i, Body&& body) const {  // the slices of `right` that are not empty
        for (Offset p = left_.begin(i); p < left_.end(i); ++p)
            if (right_.size(left_.indices[p]) > 0) body(left_.indices[p], p);
    }

    detail::Slices<T> left_, right_;
    IndexWindow window_;
    IndexTable table_;
    Buffer<Index> scratch_;
    std::vector<T> sums_;  // zero between slices
};

constexpr Offset piece_terms = 1 << 18;  // terms of a piece of slices, the unit of work of a thread

}  // namespace

template <Order order, Scalar T>
Compressed<order, T> multiply(const CompressedView<order, T>& A, const CompressedView<order, T>& B) {
    if (A.cols() != B.rows())
        throw InvalidArgument("multiply: A must have as many columns as B has rows, but they are " +
                              detail::shape(A.rows(), A.cols()) + " and " + detail::shape(B.rows(), B.cols()));
    const auto by_order = [](const auto& first, const auto& second) -> const auto& {
        if constexpr (order == Order::row)
            return first;
        else
            return second;
    };
    const CompressedView<order, T>&left_view = by_order(A, B), &right_view = by_order(B, A);
    const detail::Slices<T> left(left_view), right(right_view);
    const Index major = left_view.major(), minor = right_view.minor();

    // Terms a_ik b_kj of each slice: an upper bound of its entries, and the measure of work.
    Buffer<Offset> terms(static_cast<std::size_t>(major));
    detail::parallel_slices(major, left_view.nnz(), [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) {
            Offset total = 0;
            for (Offset p = left.begin(i); p < left.end(i); ++p) total += right.size(left.indices[p]);
            terms[static_cast<std::size_t>(i)] = total;  // at most 2³¹ · 2³¹
        }
    });
    struct Piece {
        Index begin, end;
        Buffer<Index> indices{};
    };
    std::vector<Piece> pieces;
    bool large = false;  // in terms; their sum may pass 2⁶³, so it is not formed
    for (Index begin = 0; begin < major;) {
        Offset total = 0;
        Index end = begin;
        while (end < major && (end == begin || total + terms[static_cast<std::size_t>(end)] + 1 <= piece_terms))
            total += terms[static_cast<std::size_t>(end++)] + 1;
        large |= total > piece_terms / 2;
        pieces.push_back({begin, end});
        begin = end;
    }
    const int threads = large ? detail::threads_for(static_cast<std::int64_t>(pieces.size()), 1) : 1;
    std::vector<SliceProduct<T>> products(static_cast<std::size_t>(threads), SliceProduct<T>(left, right));
    const auto product_of_thread = [&]() -> SliceProduct<T>& {
        return products[threads == 1 ? 0 : static_cast<std::size_t>(omp_get_thread_num())];
    };

    // First pass: the structure, into memory of each piece.
    Buffer<Offset> indptr(static_cast<std::size_t>(major) + 1);
    indptr[0] = 0;
    detail::parallel_tasks(static_cast<std::int64_t>(pieces.size()), threads, [&](std::int64_t p) {
        Piece& piece = pieces[static_cast<std::size_t>(p)];
        SliceProduct<T>& product = product_of_thread();
        std::size_t used = 0;
        for (Index i = piece.begin; i < piece.end; ++i) {
            const Offset bound = std::min<Offset>(terms[static_cast<std::size_t>(i)], minor);
            if (piece.indices.size() < used + static_cast<std::size_t>(bound))
                piece.indices.resize(std::max(used + static_cast<std::size_t>(bound), used + used / 2));
            Index* const begin = piece.indices.data() + used;
            const Offset n = product.structure(i, terms[static_cast<std::size_t>(i)], begin) - begin;
            indptr[static_cast<std::size_t>(i) + 1] = n;
            used += static_cast<std::size_t>(n);
        }
    });
    for (std::size_t i = 0; i < static_cast<std::size_t>(major); ++i) indptr[i + 1] += indptr[i];

    // Second pass: the values, in place.
    Buffer<Index> indices(static_cast<std::size_t>(indptr.back()));
    Buffer<T> values(static_cast<std::size_t>(indptr.back()));
    const auto compute_values = [&](std::int64_t p) {
        Piece& piece = pieces[static_cast<std::size_t>(p)];
        SliceProduct<T>& product = product_of_thread();
        const Offset first = indptr[static_cast<std::size_t>(piece.begin)];
        std::copy_n(piece.indices.data(), indptr[static_cast<std::size_t>(piece.end)] - first, indices.data() + first);
        piece.indices = {};
        for (Index i = piece.begin; i < piece.end; ++i) {
            const Offset begin = indptr[static_cast<std::size_t>(i)], end = indptr[static_cast<std::size_t>(i) + 1];
            product.values(i, indices.data() + begin, end - begin, values.data() + begin);
        }
    };
    detail::parallel_tasks(static_cast<std::int64_t>(pieces.size()), threads, compute_values);
    return {detail::Trusted{}, A.rows(), B.cols(), std::move(indptr), std::move(indices), std::move(values)};
}

template <Order order, Scalar T>
Compressed<order, T> triple_product(const CompressedView<order, T>& P, const CompressedView<order, T>& A) {
    detail::require(A.rows() == A.cols(), "triple_product: A must be square");
    detail::require(P.rows() == A.rows(), "triple_product: P must have as many rows as A");
    return multiply(transpose(P), multiply(A, P));
}

template <Order order, Scalar T>
Compressed<order, T> adjoint_triple_product(const CompressedView<order, T>& P, const CompressedView<order, T>& A) {
    detail::require(A.rows() == A.cols(), "adjoint_triple_product: A must be square");
    detail::require(P.rows() == A.rows(), "adjoint_triple_product: P must have as many rows as A");
    return multiply(adjoint(P), multiply(A, P));
}

#define RITZ_INSTANTIATE(O, T)                                                                          \
    template Compressed<O, T> multiply(const CompressedView<O, T>&, const CompressedView<O, T>&);       \
    template Compressed<O, T> triple_product(const CompressedView<O, T>&, const CompressedView<O, T>&); \
    template Compressed<O, T> adjoint_triple_product(const CompressedView<O, T>&, const CompressedView<O, T>&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
