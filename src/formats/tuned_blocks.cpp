// SPDX-License-Identifier: BSD-3-Clause
// r × r blocks with one index each: several unknowns a node, as in elasticity.
#include <algorithm>
#include <array>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "formats/tuned_storage.hpp"

namespace ritz::detail {

namespace {

constexpr std::int64_t grain = 1 << 15;
constexpr double least_fill = 0.8;  // entries over elements of blocks: below it indices are cheaper than zeros
constexpr std::array<Index, 4> block_sizes = {2, 3, 4, 6};

/// The block columns of block row ib, ascending.
template <Scalar T>
void block_columns(const CsrView<T>& A, Index ib, Index r, std::vector<Index>& columns) {
    const Offset* const indptr = A.indptr().data() + static_cast<std::ptrdiff_t>(ib) * r;
    const Index* const indices = A.indices().data();
    columns.clear();
    std::array<Offset, 6> k;
    std::copy_n(indptr, r, k.begin());
    for (;;) {
        Index next = std::numeric_limits<Index>::max();
        for (Index l = 0; l < r; ++l)
            if (k[l] < indptr[l + 1]) next = std::min(next, indices[k[l]] / r);
        if (next == std::numeric_limits<Index>::max()) break;
        columns.push_back(next);
        for (Index l = 0; l < r; ++l)
            while (k[l] < indptr[l + 1] && indices[k[l]] / r == next) ++k[l];
    }
}

/// The smallest power of two that is not below r: what registers hold.
constexpr int lanes_for(int r) {
    return r <= 2 ? 2 : r <= 4 ? 4 : 8;
}

/// y ← Σ over the blocks of one block row; values by columns of the block. Reads up to lanes_for(r) - r numbers past
/// the last block.
template <int r, Scalar T>
void multiply_block_row(const T* values, const Index* columns, Offset blocks, const T* x, T* y) {
    constexpr std::uintptr_t ahead = 4096;
    if constexpr (is_complex<T>) {
        T sum[r] = {};
        for (Offset b = 0; b < blocks; ++b, values += r * r) {
            const T* const x_b = x + static_cast<std::ptrdiff_t>(columns[b]) * r;
            for (int c = 0; c < r; ++c)
                for (int l = 0; l < r; ++l) {
                    const T a = values[c * r + l];
                    sum[l] = T(sum[l].real() + a.real() * x_b[c].real() - a.imag() * x_b[c].imag(),
                               sum[l].imag() + a.real() * x_b[c].imag() + a.imag() * x_b[c].real());
                }
        }
        std::copy_n(sum, r, y);
    } else {
        typedef T V __attribute__((vector_size(lanes_for(r) * sizeof(T))));
        V sum[r] = {};  // one a column of the block, so that sums do not wait for each other
        for (Offset b = 0; b < blocks; ++b, values += r * r) {
            const T* const x_b = x + static_cast<std::ptrdiff_t>(columns[b]) * r;
            const auto place = reinterpret_cast<std::uintptr_t>(values) + ahead;
            __builtin_prefetch(reinterpret_cast<const void*>(place));
            if constexpr (r * r * sizeof(T) > 64) __builtin_prefetch(reinterpret_cast<const void*>(place + 64));
            for (int c = 0; c < r; ++c) {
                V a;
                std::memcpy(&a, values + c * r, sizeof a);
                sum[c] += a * x_b[c];
            }
        }
        for (int c = 1; c < r; ++c) sum[0] += sum[c];
        std::memcpy(y, &sum[0], r * sizeof(T));
    }
}

template <int r, Scalar T>
class Blocks final : public WindowStorage<T> {
    static_assert(window_rows % r == 0);

public:
    explicit Blocks(const CsrView<T>& A) : WindowStorage<T>(equal_windows(A.rows())), A_(A) {
        const Index block_rows = A.rows() / r;
        first_.resize(static_cast<std::size_t>(block_rows) + 1);
        as_csr_.resize(static_cast<std::size_t>(block_rows));
        first_[0] = 0;
        parallel_ranges(block_rows, grain / 64, [&](std::int64_t begin, std::int64_t end) {
            std::vector<Index> columns;
            for (auto ib = static_cast<Index>(begin); ib < end; ++ib) {
                block_columns(A_, ib, r, columns);
                const Offset entries =
                    A_.indptr()[static_cast<std::size_t>(ib + 1) * r] - A_.indptr()[static_cast<std::size_t>(ib) * r];
                const auto elements = static_cast<Offset>(columns.size()) * r * r;
                // Sparse blocks, or one that x does not fill.
                const bool csr = elements > 2 * entries || (!columns.empty() && columns.back() == A_.cols() / r);
                as_csr_[static_cast<std::size_t>(ib)] = csr;
                first_[static_cast<std::size_t>(ib) + 1] = csr ? 0 : static_cast<Offset>(columns.size());
            }
        });
        for (std::size_t ib = 0; ib < static_cast<std::size_t>(block_rows); ++ib) first_[ib + 1] += first_[ib];
        columns_.resize(static_cast<std::size_t>(first_.back()));
        values_.resize(columns_.size() * r * r + (lanes_for(r) - r));
        for (int l = r; l < lanes_for(r); ++l)
            values_[columns_.size() * r * r + static_cast<std::size_t>(l - r)] = T{0};
        parallel_ranges(block_rows, grain / 64, [&](std::int64_t begin, std::int64_t end) {
            std::vector<Index> columns;
            for (auto ib = static_cast<Index>(begin); ib < end; ++ib)
                if (!as_csr_[static_cast<std::size_t>(ib)]) fill(ib, columns);
        });
    }

    void multiply_window(Index w, const T* x, T* y) const override {
        constexpr Index per_window = window_rows / r;
        const Index block_rows = A_.rows() / r, begin = w * per_window, end = std::min(block_rows, begin + per_window);
        for (Index ib = begin; ib < end; ++ib) {
            const Offset first = first_[static_cast<std::size_t>(ib)];
            if (as_csr_[static_cast<std::size_t>(ib)])
                for (Index i = ib * r; i < (ib + 1) * r; ++i) y[i] = row_times(A_, i, x);
            else
                multiply_block_row<r>(values_.data() + first * r * r, columns_.data() + first,
                                      first_[static_cast<std::size_t>(ib) + 1] - first, x,
                                      y + static_cast<std::ptrdiff_t>(ib) * r);
        }
        const Index stop = std::min(A_.rows(), (w + 1) * window_rows);
        for (Index i = std::max(block_rows * r, w * window_rows); i < stop; ++i) y[i] = row_times(A_, i, x);
        repair_rows(A_, w * window_rows, stop, x, y);
    }

    std::size_t memory_bytes() const override {
        return first_.size() * sizeof(Offset) + as_csr_.size() + columns_.size() * sizeof(Index) +
               values_.size() * sizeof(T);
    }
    double bytes_per_product() const override {
        double entries = 0, rows = 0;
        for (std::size_t ib = 0; ib < as_csr_.size(); ++ib)
            if (as_csr_[ib]) {
                entries += static_cast<double>(A_.indptr()[(ib + 1) * r] - A_.indptr()[ib * r]);
                rows += r;
            }
        return static_cast<double>(memory_bytes()) + csr_bytes<T>(entries, rows);
    }

private:
    void fill(Index ib, std::vector<Index>& columns) {
        block_columns(A_, ib, r, columns);
        const auto first = static_cast<std::size_t>(first_[static_cast<std::size_t>(ib)]);
        std::copy(columns.begin(), columns.end(), columns_.begin() + static_cast<std::ptrdiff_t>(first));
        T* const to = values_.data() + first * r * r;
        std::fill_n(to, columns.size() * r * r, T{0});
        for (int l = 0; l < r; ++l) {
            const std::size_t i = static_cast<std::size_t>(ib) * r + static_cast<std::size_t>(l);
            std::size_t b = 0;
            for (Offset k = A_.indptr()[i]; k < A_.indptr()[i + 1]; ++k) {
                const Index j = A_.indices()[static_cast<std::size_t>(k)];
                while (columns[b] < j / r) ++b;
                to[b * r * r + static_cast<std::size_t>(j % r * r + l)] = A_.values()[static_cast<std::size_t>(k)];
            }
        }
    }

    CsrView<T> A_;
    Buffer<Offset> first_;  // of each block row: where its blocks begin
    Buffer<char> as_csr_;
    Buffer<Index> columns_;
    Buffer<T> values_;  // blocks by columns
};

}  // namespace

template <Scalar T>
std::optional<StorageCost> blocks_cost(const CsrView<T>& A) {
    constexpr Index samples = 256;
    std::optional<StorageCost> best;
    std::vector<Index> columns;
    for (const Index r : block_sizes) {
        const Index block_rows = A.rows() / r, count = std::min(samples, block_rows);
        double entries = 0, blocks = 0;
        for (Index s = 0; s < count; ++s) {
            const auto ib = static_cast<Index>(std::int64_t{s} * block_rows / count);
            block_columns(A, ib, r, columns);
            blocks += static_cast<double>(columns.size());
            entries += static_cast<double>(A.indptr()[static_cast<std::size_t>(ib + 1) * r] -
                                           A.indptr()[static_cast<std::size_t>(ib) * r]);
        }
        if (blocks == 0 || entries < least_fill * blocks * r * r) continue;
        const double bytes_per_entry = blocks * (r * r * static_cast<double>(sizeof(T)) + sizeof(Index)) / entries;
        const StorageCost cost{
            .bytes = bytes_per_entry * static_cast<double>(A.nnz()) + 9.0 * static_cast<double>(block_rows),
            .block_size = r};
        if (!best || cost.bytes < best->bytes) best = cost;
    }
    return best;
}

template <Scalar T>
std::unique_ptr<WindowStorage<T>> make_blocks(const CsrView<T>& A, Index block_size) {
    switch (block_size) {
        case 2:
            return std::make_unique<Blocks<2, T>>(A);
        case 3:
            return std::make_unique<Blocks<3, T>>(A);
        case 4:
            return std::make_unique<Blocks<4, T>>(A);
        default:
            return std::make_unique<Blocks<6, T>>(A);
    }
}

#define RITZ_INSTANTIATE(T)                                             \
    template std::optional<StorageCost> blocks_cost(const CsrView<T>&); \
    template std::unique_ptr<WindowStorage<T>> make_blocks(const CsrView<T>&, Index);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
