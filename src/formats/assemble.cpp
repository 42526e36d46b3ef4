// SPDX-License-Identifier: BSD-3-Clause
#include "formats/assemble.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"

namespace ritz::detail {

namespace {

template <Scalar T>
struct Record {
    Index major, minor;
    T value;
};

constexpr Offset bucket_entries = 1 << 15;  // records of one bucket: they and their sorted copy stay in a 2 MB cache
constexpr Offset max_buckets = 1024;        // streams written at once: more would thrash the translation buffers

/// A part of the input that one thread handles: entries [begin, end) of one chunk.
struct Piece {
    std::size_t chunk;
    Offset begin, end;
};

/// Stable LSD radix sort by minor index, 11 bits a pass. O(n) passes over n records; for long slices only.
template <Scalar T>
void radix_sort(Record<T>* records, Offset n, Index minor_bound, Buffer<Record<T>>& scratch) {
    constexpr int bits = 11;
    if (static_cast<Offset>(scratch.size()) < n) scratch.resize(static_cast<std::size_t>(n));
    Record<T>* from = records;
    Record<T>* to = scratch.data();
    for (int shift = 0; shift < 31 && ((minor_bound - 1) >> shift) > 0; shift += bits) {
        Offset next[(1 << bits) + 1] = {};
        for (Offset k = 0; k < n; ++k) ++next[((from[k].minor >> shift) & ((1 << bits) - 1)) + 1];
        for (int d = 0; d < (1 << bits); ++d) next[d + 1] += next[d];
        for (Offset k = 0; k < n; ++k) to[next[(from[k].minor >> shift) & ((1 << bits) - 1)]++] = from[k];
        std::swap(from, to);
    }
    if (from != records) std::copy_n(from, n, records);
}

/// Stable sort of n ≤ width records by counting, for each, how many go before it: n·width comparisons, none of which is
/// a branch, so that vector units do them. About three times as fast as insertion for slices in random order.
template <int width, Scalar T>
void rank_sort(Record<T>* slice, int n) {
    std::int64_t key[width];  // minor index, then position: all different, so ranks are a permutation
    for (int k = 0; k < n; ++k) key[k] = static_cast<std::int64_t>(slice[k].minor) * width + k;
    for (int k = n; k < width; ++k) key[k] = std::numeric_limits<std::int64_t>::max();
    Record<T> sorted[width];
    for (int k = 0; k < n; ++k) {
        std::int64_t rank = 0;
#pragma omp simd reduction(+ : rank)
        for (int other = 0; other < width; ++other) rank += key[other] < key[k] ? 1 : 0;
        sorted[rank] = slice[k];
    }
    std::copy_n(sorted, n, slice);
}

/// Sorts one slice by minor index, stably. Most slices are short or sorted already.
template <Scalar T>
void sort_slice(Record<T>* slice, Offset n, Index minor_bound, Buffer<Record<T>>& scratch) {
    bool sorted = true;
    for (Offset k = 1; k < n; ++k) sorted &= slice[k - 1].minor <= slice[k].minor;
    if (sorted) return;
    if (n <= 16) return rank_sort<16>(slice, static_cast<int>(n));
    if (n <= 32) return rank_sort<32>(slice, static_cast<int>(n));
    if (n > 512) return radix_sort(slice, n, minor_bound, scratch);
    std::stable_sort(slice, slice + n, [](const Record<T>& a, const Record<T>& b) { return a.minor < b.minor; });
}

/// Calls emit(major, minor, value) for each entry of a piece and for its mirror image.
template <Order order, Scalar T, class Emit>
void for_each_entry(const Triplets<T>& chunk, Offset begin, Offset end, Mirror mirror, Emit&& emit) {
    const Index* const major = (order == Order::row ? chunk.rows : chunk.cols).data();
    const Index* const minor = (order == Order::row ? chunk.cols : chunk.rows).data();
    const T* const values = chunk.values.empty() ? nullptr : chunk.values.data();
    if (mirror == Mirror::none) {
        if (values != nullptr)
            for (Offset k = begin; k < end; ++k) emit(major[k], minor[k], values[k]);
        else
            for (Offset k = begin; k < end; ++k) emit(major[k], minor[k], T{1});
        return;
    }
    for (Offset k = begin; k < end; ++k) {
        const T value = values != nullptr ? values[k] : T{1};
        emit(major[k], minor[k], value);
        if (major[k] == minor[k]) continue;
        emit(minor[k], major[k],
             mirror == Mirror::symmetric        ? value
             : mirror == Mirror::skew_symmetric ? -value
                                                : ritz::conjugate(value));
    }
}

}  // namespace

// 1. Records are distributed, in input order, to buckets of consecutive slices (a stable partition by the high bits
//    of the major index), so that what follows works in cache.
// 2. Each bucket is sorted by a stable counting sort on the major index, then slice by slice on the minor one;
//    equal neighbours are added.
// 3. Buckets without duplicates are already in their final place; otherwise the later ones move down.
// Each step keeps the input order of equal keys, so the result does not depend on how the input was cut.
template <Order order, Scalar T>
Compressed<order, T> assemble(Index rows, Index cols, std::span<const Triplets<T>> chunks, Mirror mirror,
                              void (*release)(void*, std::size_t), void* context) {
    const Index n_major = order == Order::row ? rows : cols, n_minor = order == Order::row ? cols : rows;
    Offset stored = 0;
    for (const Triplets<T>& chunk : chunks) stored += static_cast<Offset>(chunk.rows.size());

    const int threads = threads_for(stored, 1 << 15);
    const Offset wanted = std::clamp<Offset>(stored / bucket_entries, 1, max_buckets);
    int shift = 0;  // bucket of a slice = major >> shift
    while (((static_cast<Offset>(n_major) - 1) >> shift) + 1 > wanted) ++shift;
    const std::size_t buckets = n_major == 0 ? 1 : static_cast<std::size_t>((n_major - 1) >> shift) + 1;

    // Pieces: cuts of the input, a few a thread; a chunk boundary is always a cut.
    std::vector<Piece> pieces;
    const Offset piece_entries = std::max<Offset>(1, (stored + threads - 1) / threads);
    for (std::size_t c = 0; c < chunks.size(); ++c) {
        const auto size = static_cast<Offset>(chunks[c].rows.size());
        for (Offset begin = 0; begin < size; begin += piece_entries)
            pieces.push_back({c, begin, std::min(size, begin + piece_entries)});
    }

    // Step 1: where each piece writes in each bucket.
    std::vector<Offset> place(pieces.size() * buckets, 0);
    parallel_tasks(static_cast<std::int64_t>(pieces.size()), threads, [&](std::int64_t p) {
        Offset* const count = place.data() + static_cast<std::size_t>(p) * buckets;
        const Piece& piece = pieces[static_cast<std::size_t>(p)];
        for_each_entry<order>(chunks[piece.chunk], piece.begin, piece.end, mirror,
                              [&](Index major, Index, const T&) { ++count[major >> shift]; });
    });
    std::vector<Offset> bucket_start(buckets + 1, 0);
    Offset total = 0;
    for (std::size_t b = 0; b < buckets; ++b) {
        bucket_start[b] = total;
        for (std::size_t p = 0; p < pieces.size(); ++p) total += std::exchange(place[p * buckets + b], total);
    }
    bucket_start[buckets] = total;

    Buffer<Record<T>> records(static_cast<std::size_t>(total));
    std::vector<std::atomic<int>> pieces_left(chunks.size());
    for (const Piece& piece : pieces) ++pieces_left[piece.chunk];
    std::mutex releasing;
    parallel_tasks(static_cast<std::int64_t>(pieces.size()), threads, [&](std::int64_t p) {
        const std::vector<Offset>::iterator own =
            place.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(p) * buckets);
        std::vector<Offset> next(own, own + static_cast<std::ptrdiff_t>(buckets));
        const Piece& piece = pieces[static_cast<std::size_t>(p)];
        // Pointers by value, here and below: through references they would be loaded again after each store.
        for_each_entry<order>(
            chunks[piece.chunk], piece.begin, piece.end, mirror,
            [at = next.data(), out = records.data(), shift](Index major, Index minor, const T& value) {
                out[at[major >> shift]++] = {major, minor, value};
            });
        if (release != nullptr && --pieces_left[piece.chunk] == 0) {
            const std::lock_guard lock(releasing);
            release(context, piece.chunk);
        }
    });

    // Step 2: sort and merge each bucket into the final arrays, as if no bucket before it had duplicates.
    Buffer<Offset> indptr(static_cast<std::size_t>(n_major) + 1);
    Buffer<Index> indices(static_cast<std::size_t>(total));
    Buffer<T> values(static_cast<std::size_t>(total));
    std::vector<Offset> merged(buckets, 0);  // entries of a bucket after merging
    const int workers = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(threads), buckets));
    std::atomic<std::size_t> next_bucket{0};
    parallel_parts(workers, [&](int) {
        Buffer<Record<T>> sorted, scratch;
        std::vector<Offset> start;
        for (std::size_t b; (b = next_bucket.fetch_add(1)) < buckets;) {
            const Index first_slice = static_cast<Index>(b << shift);
            const Index slices = static_cast<Index>(std::min<Offset>(Offset{1} << shift, n_major - first_slice));
            const Offset size = bucket_start[b + 1] - bucket_start[b];
            const Record<T>* const in = records.data() + bucket_start[b];

            start.assign(static_cast<std::size_t>(slices) + 2, 0);
            if (static_cast<Offset>(sorted.size()) < size) sorted.resize(static_cast<std::size_t>(size));
            Offset* const at = start.data();
            Record<T>* const by_slice = sorted.data();
            for (Offset k = 0; k < size; ++k) ++at[in[k].major - first_slice + 2];
            for (std::size_t s = 2; s < start.size(); ++s) at[s] += at[s - 1];
            for (Offset k = 0; k < size; ++k) by_slice[at[in[k].major - first_slice + 1]++] = in[k];
            // Now start[s] is where slice s begins and start[s + 1] where it ends.

            Offset out = bucket_start[b];
            Index* const out_indices = indices.data();
            T* const out_values = values.data();
            for (Index s = 0; s < slices; ++s) {
                indptr[static_cast<std::size_t>(first_slice + s)] = out;
                Record<T>* const slice = sorted.data() + start[static_cast<std::size_t>(s)];
                const Offset length = start[static_cast<std::size_t>(s) + 1] - start[static_cast<std::size_t>(s)];
                sort_slice(slice, length, n_minor, scratch);
                for (Offset k = 0; k < length;) {
                    T sum = slice[k].value;
                    const Index minor = slice[k].minor;
                    for (++k; k < length && slice[k].minor == minor; ++k) sum += slice[k].value;
                    out_indices[out] = minor;
                    out_values[out] = sum;
                    ++out;
                }
            }
            merged[b] = out - bucket_start[b];
        }
    });
    Buffer<Record<T>>().swap(records);

    // Step 3: close the gaps that duplicates left.
    Offset end = 0;
    for (std::size_t b = 0; b < buckets; ++b) {
        const Offset gap = bucket_start[b] - end;
        if (gap > 0) {
            std::copy_n(indices.data() + bucket_start[b], merged[b],
                        indices.data() + end);  // moves down: ranges may overlap
            std::copy_n(values.data() + bucket_start[b], merged[b], values.data() + end);
            const Offset first = static_cast<Offset>(b) << shift,
                         last = std::min<Offset>(n_major, first + (Offset{1} << shift));
            for (Offset s = first; s < last; ++s) indptr[static_cast<std::size_t>(s)] -= gap;
        }
        end += merged[b];
    }
    indptr[static_cast<std::size_t>(n_major)] = end;
    indices.resize(static_cast<std::size_t>(end));
    values.resize(static_cast<std::size_t>(end));
    if (end < total - total / 8) {  // many duplicates: do not keep their memory
        indices.shrink_to_fit();
        values.shrink_to_fit();
    }
    return {Trusted{}, rows, cols, std::move(indptr), std::move(indices), std::move(values)};
}

#define RITZ_INSTANTIATE(O, T)                                                                   \
    template Compressed<O, T> assemble<O, T>(Index, Index, std::span<const Triplets<T>>, Mirror, \
                                             void (*)(void*, std::size_t), void*);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
