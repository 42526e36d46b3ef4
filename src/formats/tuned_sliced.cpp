// SPDX-License-Identifier: BSD-3-Clause
// SELL-C-σ without padding, for matrices that do not repeat. A window of rows is cut into stripes of 65536 columns, so
// that columns take 16 bits and the part of x that is used stays in the second cache. In a stripe rows of equal length
// are taken eight at a time, element by element: loops of known length, eight sums that do not wait for each other. The
// rows left over are multiplied one by one.
//
// Loads are scalar on purpose: measured on Zen 4, gathers take two to three times as long.
#include <algorithm>
#include <array>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "formats/tuned_storage.hpp"
#include "ritz/core/error.hpp"

namespace ritz::detail {

namespace {

using Short = std::uint16_t;
using Code = std::uint8_t;
constexpr Index stripe = 1 << 16;                 // columns
constexpr Index most_rows = 34 * window_rows;     // of a window: many, so that many have equal lengths
constexpr Offset most_entries = Offset{1} << 17;  // of a window, so that threads can share
constexpr int lanes = 8;

/// Entries of a window within one stripe.
struct Tile {
    Index base;                   // its first column
    std::uint32_t runs, singles;  // how many of them
};

/// `groups` times eight rows of `length` entries each.
struct Run {
    std::uint32_t length, groups;
};

struct Window {
    std::vector<Tile> tiles;
    std::vector<Run> runs;
    std::vector<std::uint32_t> singles;  // lengths
    std::vector<Short> rows;             // of runs and singles, tile by tile; relative to the window
};

template <Scalar T>
struct Parts {  // of a number, so that products of complex ones are plain arithmetic
    Real<T> re = 0, im = 0;
    void add(T a, T b) {
        if constexpr (is_complex<T>) {
            re += a.real() * b.real() - a.imag() * b.imag();
            im += a.real() * b.imag() + a.imag() * b.real();
        } else {
            re += a * b;
        }
    }
    T value() const {
        if constexpr (is_complex<T>)
            return T(re, im);
        else
            return re;
    }
};

/// Where the values of a window are: one an entry; a code an entry into a table; the first of the table for all.
enum class Values { full, coded, one };

template <Values kind, Scalar T>
struct ValueStream {
    const T* values;  // or the table
    const Code* codes;

    const T& operator[](std::uint32_t k) const {
        if constexpr (kind == Values::full)
            return values[k];
        else if constexpr (kind == Values::coded)
            return values[codes[k]];
        else
            return values[0];
    }
    void advance(std::uint32_t n) {
        if constexpr (kind == Values::full) values += n;
        if constexpr (kind == Values::coded) codes += n;
    }
    void prefetch() const {
        constexpr std::uintptr_t ahead = 4096;
        if constexpr (kind == Values::full)
            __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(values) + ahead));
    }
};

/// Adds the products of one window to y.
template <Values kind, Scalar T>
void multiply_tiles(const Window& window, ValueStream<kind, T> values, const Short* columns, const T* x, T* y) {
    const Run* run = window.runs.data();
    const std::uint32_t* single = window.singles.data();
    const Short* row = window.rows.data();
    for (const Tile& tile : window.tiles) {
        const T* const x_t = x + tile.base;
        for (const Run* const end = run + tile.runs; run != end; ++run)
            for (std::uint32_t g = 0; g < run->groups; ++g, row += lanes) {
                Parts<T> s0, s1, s2, s3, s4, s5, s6, s7;
                for (std::uint32_t k = 0; k < run->length; ++k, columns += lanes, values.advance(lanes)) {
                    values.prefetch();
                    s0.add(values[0], x_t[columns[0]]);
                    s1.add(values[1], x_t[columns[1]]);
                    s2.add(values[2], x_t[columns[2]]);
                    s3.add(values[3], x_t[columns[3]]);
                    s4.add(values[4], x_t[columns[4]]);
                    s5.add(values[5], x_t[columns[5]]);
                    s6.add(values[6], x_t[columns[6]]);
                    s7.add(values[7], x_t[columns[7]]);
                }
                y[row[0]] += s0.value();
                y[row[1]] += s1.value();
                y[row[2]] += s2.value();
                y[row[3]] += s3.value();
                y[row[4]] += s4.value();
                y[row[5]] += s5.value();
                y[row[6]] += s6.value();
                y[row[7]] += s7.value();
            }
        for (const std::uint32_t* const end = single + tile.singles; single != end; ++single) {
            const std::uint32_t length = *single;
            std::uint32_t k = 0;
            Parts<T> s0, s1, s2, s3;
            for (; k + 4 <= length; k += 4) {
                s0.add(values[k], x_t[columns[k]]);
                s1.add(values[k + 1], x_t[columns[k + 1]]);
                s2.add(values[k + 2], x_t[columns[k + 2]]);
                s3.add(values[k + 3], x_t[columns[k + 3]]);
            }
            for (; k < length; ++k) s0.add(values[k], x_t[columns[k]]);
            columns += length;
            values.advance(length);
            y[*row++] += (s0.value() + s1.value()) + (s2.value() + s3.value());
        }
    }
}

/// Windows of at most `most_rows` rows and, if they have more than one, `most_entries` entries.
template <Scalar T>
Buffer<Index> cut_windows(const CsrView<T>& A) {
    Buffer<Index> first = {0};
    const Offset* const indptr = A.indptr().data();
    while (first.back() < A.rows()) {
        const Index begin = first.back(), most = begin + std::min(most_rows, A.rows() - begin);
        const Offset* const stop =
            std::upper_bound(indptr + begin + 1, indptr + most + 1, indptr[begin] + most_entries);
        first.push_back(std::max(begin + 1, static_cast<Index>(stop - indptr) - 1));
    }
    return first;
}

constexpr std::size_t most_values = 256;

/// Different numbers, bit by bit: -0 is not 0, and a NaN is itself.
template <Scalar T>
class Dictionary {
public:
    /// The code of `value`, which is added if it is new; nothing if there is no room.
    std::optional<Code> code(const T& value) {
        if (last_ < values_.size() && same(values_[last_], value)) return static_cast<Code>(last_);
        std::size_t s = hash(value) % slots_.size();
        for (; slots_[s] != 0; s = (s + 1) % slots_.size())
            if (same(values_[slots_[s] - 1u], value)) return static_cast<Code>(last_ = slots_[s] - 1u);
        if (values_.size() == most_values) return std::nullopt;
        values_.push_back(value);
        slots_[s] = static_cast<Short>(values_.size());
        return static_cast<Code>(last_ = values_.size() - 1);
    }
    const std::vector<T>& values() const { return values_; }

private:
    static bool same(const T& a, const T& b) { return std::memcmp(&a, &b, sizeof(T)) == 0; }
    static std::size_t hash(const T& value) {
        std::uint64_t words[2] = {};
        std::memcpy(words, &value, sizeof(T));
        const std::uint64_t h = (words[0] + 3 * words[1]) * 0x9E3779B97F4A7C15u;
        return static_cast<std::size_t>((h ^ (h >> 32)) * 0x9E3779B97F4A7C15u >> 40);
    }
    std::vector<T> values_;
    std::array<Short, 1024> slots_{};  // 1 + number
    std::size_t last_ = most_values;
};

/// The values of a matrix if they are few; a diagonal may be kept apart.
template <Scalar T>
struct FewValues {
    bool hold = false, diagonal_apart = false;
    Dictionary<T> table;
};

template <Scalar T>
FewValues<T> find_few_values(const CsrView<T>& A) {
    const Offset* const indptr = A.indptr().data();
    const Index* const indices = A.indices().data();
    const T* const values = A.values().data();
    FewValues<T> found;
    // First a sample: most matrices have more than 256 values in any thousand entries.
    const Offset sample = std::min<Offset>(4096, A.nnz());
    Dictionary<T> sampled;
    Index row = 0;
    for (Offset s = 0; s < sample; ++s) {
        const auto k =
            static_cast<Offset>(static_cast<double>(s) / static_cast<double>(sample) * static_cast<double>(A.nnz()));
        while (indptr[row + 1] <= k) ++row;
        if (indices[k] != row && !sampled.code(values[k])) return found;
    }
    // Piece by piece, off the diagonal and on it.
    constexpr Index piece = 1 << 14;
    const std::int64_t pieces = (std::int64_t{A.rows()} + piece - 1) / piece;
    struct Piece {
        Dictionary<T> off, on;
        bool off_full = false, on_full = false;
    };
    std::vector<Piece> part(static_cast<std::size_t>(pieces));
    parallel_ranges(pieces, 4, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t p = begin; p < end; ++p) {
            Piece& here = part[static_cast<std::size_t>(p)];
            const auto stop = static_cast<Index>(std::min<std::int64_t>(A.rows(), (p + 1) * piece));
            for (auto i = static_cast<Index>(p * piece); i < stop; ++i)
                for (Offset k = indptr[i]; k < indptr[i + 1]; ++k) {
                    if (indices[k] != i) {
                        if (here.off.code(values[k])) continue;
                        here.off_full = true;
                        return;
                    }
                    if (!here.on_full && !here.on.code(values[k])) here.on_full = true;
                }
        }
    });
    bool on_full = false;
    for (const Piece& p : part) {
        if (p.off_full) return found;
        on_full = on_full || p.on_full;
        for (const T& v : p.off.values())
            if (!found.table.code(v)) return found;
    }
    found.hold = A.nnz() > 0;
    // The diagonal joins the others if that costs no codes, or if there is room.
    const bool one = found.table.values().size() == 1;
    Dictionary<T> with_diagonal = found.table;
    for (const Piece& p : part)
        for (const T& v : p.on.values())
            if (!on_full) on_full = !with_diagonal.code(v);
    found.diagonal_apart = on_full || (one && with_diagonal.values().size() > 1);
    if (!found.diagonal_apart) found.table = std::move(with_diagonal);
    return found;
}

template <Values kind, Scalar T>
class Sliced final : public WindowStorage<T> {
public:
    Sliced(const CsrView<T>& A, const FewValues<T>& few)
        : WindowStorage<T>(cut_windows(A)),
          A_(A),
          table_(few.table.values().begin(), few.table.values().end()),
          windows_(static_cast<std::size_t>(this->windows())) {
        columns_.resize(static_cast<std::size_t>(A.nnz()));
        if (kind == Values::full) values_.resize(columns_.size());
        if (kind == Values::coded) codes_.resize(columns_.size());
        if (few.diagonal_apart) diagonal_.assign(static_cast<std::size_t>(A.rows()), T{0});
        parallel_tasks(this->windows(), threads_for(A.nnz(), Offset{1} << 15),
                       [&](std::int64_t w) { Builder(*this, static_cast<Index>(w), few.table).build(); });
        for (const Window& w : windows_)
            bytes_ += w.tiles.size() * sizeof(Tile) + w.runs.size() * sizeof(Run) + w.rows.size() * sizeof(Short) +
                      w.singles.size() * sizeof(std::uint32_t);
        bytes_ += columns_.size() * sizeof(Short) + codes_.size() + (values_.size() + diagonal_.size()) * sizeof(T);
    }

    void multiply_window(Index w, const T* x, T* y) const override {
        const Index begin = this->first_row(w), end = this->first_row(w + 1);
        if (diagonal_.empty()) {
            std::fill(y + begin, y + end, T{0});
        } else {
            for (Index i = begin; i < end; ++i) {
                Parts<T> product;
                if (i < A_.cols()) product.add(diagonal_[static_cast<std::size_t>(i)], x[i]);
                y[i] = product.value();
            }
        }
        const auto first = A_.indptr()[static_cast<std::size_t>(begin)];
        const ValueStream<kind, T> values{kind == Values::full ? values_.data() + first : table_.data(),
                                          kind == Values::coded ? codes_.data() + first : nullptr};
        multiply_tiles(windows_[static_cast<std::size_t>(w)], values, columns_.data() + first, x, y + begin);
        // A row without a diagonal has multiplied x_i by zero.
        if (!diagonal_.empty()) repair_rows(A_, begin, end, x, y);
    }

    std::size_t memory_bytes() const override { return bytes_; }
    double bytes_per_product() const override { return static_cast<double>(bytes_); }

private:
    /// Arranges one window.
    class Builder {
    public:
        Builder(Sliced& to, Index w, const Dictionary<T>& table)
            : to_(to),
              table_(table),
              window_(to.windows_[static_cast<std::size_t>(w)]),
              begin_(to.first_row(w)),
              end_(to.first_row(w + 1)),
              entry_(to.A_.indptr()[static_cast<std::size_t>(begin_)]) {}

        void build() {
            const Offset* const indptr = to_.A_.indptr().data();
            for (Index i = begin_; i < end_; ++i)
                if (next_entry(i, indptr[i]) < indptr[i + 1]) open_.push_back({i, next_entry(i, indptr[i]), 0});
            while (!open_.empty()) add_tile();
        }

    private:
        struct Open {  // a row with entries to come, and how many of them are in the present stripe
            Index row;
            Offset next;
            std::uint32_t length;
        };

        /// Entry k of row i, or the one after it if k is a diagonal that is kept apart.
        Offset next_entry(Index i, Offset k) {
            if (to_.diagonal_.empty() || k >= to_.A_.indptr()[static_cast<std::size_t>(i) + 1] ||
                to_.A_.indices()[static_cast<std::size_t>(k)] != i)
                return k;
            to_.diagonal_[static_cast<std::size_t>(i)] = to_.A_.values()[static_cast<std::size_t>(k)];
            return k + 1;
        }

        void add_tile() {
            const Offset* const indptr = to_.A_.indptr().data();
            const Index* const indices = to_.A_.indices().data();
            Tile tile{std::numeric_limits<Index>::max(), 0, 0};
            for (const Open& o : open_) tile.base = std::min(tile.base, indices[o.next]);
            const std::int64_t limit = std::int64_t{tile.base} + stripe;

            counts_.assign(1, 0);
            for (Open& o : open_) {
                o.length = 0;
                for (Offset k = o.next; k < indptr[o.row + 1] && indices[k] < limit; ++k) {
                    ++o.length;
                    if (next_entry(o.row, k + 1) != k + 1) ++k;
                }
                if (o.length >= counts_.size()) counts_.resize(o.length + 1, 0);
                ++counts_[o.length];
            }
            // Rows by length, longest first and otherwise in order: counting sort.
            std::vector<std::uint32_t> place(counts_.size() + 1, 0);
            for (std::size_t l = counts_.size() - 1; l > 0; --l) place[l - 1] = place[l] + counts_[l];
            sorted_.resize(place[0]);
            for (std::size_t o = 0; o < open_.size(); ++o)
                if (open_[o].length > 0) sorted_[place[open_[o].length]++] = static_cast<std::uint32_t>(o);

            left_.clear();
            for (std::size_t s = 0; s < sorted_.size();) {
                const std::uint32_t length = open_[sorted_[s]].length, count = counts_[length];
                const std::uint32_t groups = count / lanes;
                if (groups > 0) {
                    window_.runs.push_back({length, groups});
                    ++tile.runs;
                }
                for (std::uint32_t g = 0; g < groups; ++g) add_group(&sorted_[s + g * lanes], tile.base);
                left_.insert(left_.end(), sorted_.begin() + static_cast<std::ptrdiff_t>(s + groups * lanes),
                             sorted_.begin() + static_cast<std::ptrdiff_t>(s + count));
                s += count;
            }
            tile.singles = static_cast<std::uint32_t>(left_.size());
            for (const std::uint32_t o : left_) {
                window_.singles.push_back(open_[o].length);
                window_.rows.push_back(static_cast<Short>(open_[o].row - begin_));
                for (std::uint32_t k = 0; k < open_[o].length; ++k) add_entry(open_[o], tile.base);
            }
            window_.tiles.push_back(tile);
            std::erase_if(open_, [&](const Open& o) { return o.next >= indptr[o.row + 1]; });
        }

        void add_group(const std::uint32_t* members, Index base) {
            for (int l = 0; l < lanes; ++l) window_.rows.push_back(static_cast<Short>(open_[members[l]].row - begin_));
            for (std::uint32_t k = 0; k < open_[members[0]].length; ++k)
                for (int l = 0; l < lanes; ++l) add_entry(open_[members[l]], base);
        }

        void add_entry(Open& o, Index base) {
            const auto from = static_cast<std::size_t>(o.next), to = static_cast<std::size_t>(entry_++);
            to_.columns_[to] = static_cast<Short>(to_.A_.indices()[from] - base);
            if constexpr (kind == Values::full) to_.values_[to] = to_.A_.values()[from];
            if constexpr (kind == Values::coded) to_.codes_[to] = *table_.code(to_.A_.values()[from]);
            o.next = next_entry(o.row, o.next + 1);
        }

        Sliced& to_;
        Dictionary<T> table_;
        Window& window_;
        Index begin_, end_;
        Offset entry_;  // where the next one is written
        std::vector<Open> open_;
        std::vector<std::uint32_t> counts_, sorted_, left_;
    };

    CsrView<T> A_;
    Buffer<T> table_;
    std::vector<Window> windows_;
    Buffer<Short> columns_;  // relative to the tile; those of window w begin at indptr[first_row(w)]
    Buffer<T> values_, diagonal_;
    Buffer<Code> codes_;
    std::size_t bytes_ = 0;
};

constexpr double bytes_of_a_segment = 10;  // to find a row's element of y and to add to it, as bytes read meanwhile
constexpr double bytes_of_a_code = 2;      // to look up its value
constexpr double least_per_segment = 2;    // entries: below it CSR is as good

/// Segments a row has in stripes of 65536 columns, from a sample; nothing if rows are spread so widely that the stripes
/// themselves would take time.
template <Scalar T>
std::optional<double> segments_per_entry(const CsrView<T>& A) {
    constexpr Index samples = 4096, most_stripes = 64;
    const Index count = std::min(samples, A.rows());
    double segments = 0, entries = 0;
    for (Index s = 0; s < count; ++s) {
        const auto i = static_cast<std::size_t>(std::int64_t{s} * A.rows() / count);
        std::int64_t limit = -1;
        for (Offset k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k)
            if (const Index j = A.indices()[static_cast<std::size_t>(k)]; j >= limit) {
                limit = (std::int64_t{j} / stripe + 1) * stripe;
                ++segments;
            }
        entries += static_cast<double>(A.indptr()[i + 1] - A.indptr()[i]);
    }
    if (A.cols() > most_stripes * std::int64_t{stripe} && segments > 2 * count) return std::nullopt;
    if (entries < least_per_segment * segments) return std::nullopt;
    return entries > 0 ? segments / entries : 0;
}

}  // namespace

template <Scalar T>
std::optional<StorageCost> sliced_cost(const CsrView<T>& A) {
    const auto segments = segments_per_entry(A);
    if (!segments) return std::nullopt;
    return StorageCost{.bytes =
                           static_cast<double>(A.nnz()) * (sizeof(T) + sizeof(Short) + bytes_of_a_segment * *segments)};
}

template <Scalar T>
std::optional<StorageCost> few_values_cost(const CsrView<T>& A) {
    const auto segments = segments_per_entry(A);
    if (!segments || !find_few_values(A).hold) return std::nullopt;
    return StorageCost{.bytes = static_cast<double>(A.nnz()) *
                                (sizeof(Short) + sizeof(Code) + bytes_of_a_code + bytes_of_a_segment * *segments)};
}

template <Scalar T>
std::unique_ptr<WindowStorage<T>> make_sliced(const CsrView<T>& A) {
    return std::make_unique<Sliced<Values::full, T>>(A, FewValues<T>{});
}

template <Scalar T>
std::unique_ptr<WindowStorage<T>> make_few_values(const CsrView<T>& A) {
    const FewValues<T> few = find_few_values(A);
    require(few.hold || A.nnz() == 0,
            "TunedMatrix: few_values: there must be at most 256 different numbers off the diagonal");
    if (few.table.values().size() > 1) return std::make_unique<Sliced<Values::coded, T>>(A, few);
    return std::make_unique<Sliced<Values::one, T>>(A, few);
}

#define RITZ_INSTANTIATE(T)                                                    \
    template std::optional<StorageCost> sliced_cost(const CsrView<T>&);        \
    template std::optional<StorageCost> few_values_cost(const CsrView<T>&);    \
    template std::unique_ptr<WindowStorage<T>> make_sliced(const CsrView<T>&); \
    template std::unique_ptr<WindowStorage<T>> make_few_values(const CsrView<T>&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
