// SPDX-License-Identifier: BSD-3-Clause
// Storages for matrices whose rows repeat: finite differences and elements on regular grids, Toeplitz and banded
// matrices. W consecutive rows are a group; its pattern is the union of the columns relative to the row. A pattern is
// kept once and groups hold its number, so x is loaded without an index: W neighbours at a time.
#include <algorithm>
#include <array>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "formats/tuned_storage.hpp"

namespace ritz::detail {

namespace {

using Number = std::uint16_t;
constexpr Number no_pattern = 0xFFFF;  // the group is multiplied as CSR
constexpr std::size_t most_patterns = 0xFFFF;
constexpr std::size_t stencil_table_bytes = std::size_t{1} << 20;  // what a second-level cache holds
constexpr double most_padding = 2;                                 // of a group: lanes over entries
constexpr double likely_padding = 1.5;                             // of the sample
constexpr int ranges = 16;  // tables made apart, by parallel tasks; a fixed number, for the same result always
constexpr std::int64_t grain = 1 << 15;

std::uint64_t mixed(std::uint64_t h, std::uint64_t bits) {
    h = (h ^ bits) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

/// Keys that were met, by their hash, numbered from 0.
class Numbering {
public:
    /// The number of a key of this hash for which same(number) holds, or -1.
    template <class Same>
    std::int32_t find(std::uint64_t hash, Same&& same) const {
        if (slots_.empty()) return -1;
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t s = hash & mask; slots_[s] >= 0; s = (s + 1) & mask)
            if (hashes_[static_cast<std::size_t>(slots_[s])] == hash && same(slots_[s])) return slots_[s];
        return -1;
    }
    std::int32_t add(std::uint64_t hash) {
        hashes_.push_back(hash);
        if (2 * hashes_.size() > slots_.size()) {
            slots_.assign(std::max<std::size_t>(64, 4 * hashes_.size()), -1);
            std::size_t size = 1;
            while (size < slots_.size()) size *= 2;
            slots_.assign(size, -1);
            for (std::size_t n = 0; n < hashes_.size(); ++n) place(static_cast<std::int32_t>(n));
        } else {
            place(static_cast<std::int32_t>(hashes_.size()) - 1);
        }
        return static_cast<std::int32_t>(hashes_.size()) - 1;
    }
    std::size_t size() const { return hashes_.size(); }
    std::uint64_t hash(std::size_t number) const { return hashes_[number]; }

private:
    void place(std::int32_t number) {
        const std::size_t mask = slots_.size() - 1;
        std::size_t s = hashes_[static_cast<std::size_t>(number)] & mask;
        while (slots_[s] >= 0) s = (s + 1) & mask;
        slots_[s] = number;
    }
    std::vector<std::uint64_t> hashes_;
    std::vector<std::int32_t> slots_;
};

/// A group of rows as it lies in the arrays of A.
template <Scalar T>
struct Group {
    static constexpr Index width = Pack<T>::width;

    Group(const CsrView<T>& A, Index g)
        : base(g * width),
          pointers(A.indptr().data() + base),
          columns(A.indices().data() + pointers[0]),
          values(A.values().data() + pointers[0]) {}

    Offset entries() const { return pointers[width] - pointers[0]; }

    std::uint64_t hash_of_columns() const {
        std::uint64_t h = static_cast<std::uint64_t>(entries());
        for (int l = 1; l < width; ++l) h = mixed(h, static_cast<std::uint64_t>(pointers[l] - pointers[0]));
        for (Offset k = 0; k < entries(); ++k) h = mixed(h, static_cast<std::uint64_t>(columns[k] - base));
        return h;
    }
    std::uint64_t hash_of_values(std::uint64_t h) const {
        const char* const bytes = reinterpret_cast<const char*>(values);
        const std::size_t size = static_cast<std::size_t>(entries()) * sizeof(T);
        for (std::size_t k = 0; k < size; k += 4) {
            std::uint32_t word;
            std::memcpy(&word, bytes + k, 4);
            h = mixed(h, word);
        }
        return h;
    }

    Index base;
    const Offset* pointers;
    const Index* columns;
    const T* values;
};

/// The union of the columns of a group, relative to the row; fails if it is too long or leaves [0, cols).
template <Scalar T>
bool unite(const Group<T>& group, Index cols, std::vector<Index>& offsets) {
    constexpr Index width = Group<T>::width;
    constexpr std::int64_t none = std::int64_t{1} << 40;
    offsets.clear();
    const auto limit = static_cast<std::size_t>(most_padding * static_cast<double>(group.entries()) / width);
    std::array<Offset, width> k;
    std::array<std::int64_t, width> head;  // the next relative column of each row
    const auto look = [&](int l) {
        head[l] = k[l] < group.pointers[l + 1] - group.pointers[0]
                      ? std::int64_t{group.columns[k[l]]} - (group.base + l)
                      : none;
    };
    for (int l = 0; l < width; ++l) {
        k[l] = group.pointers[l] - group.pointers[0];
        look(l);
    }
    for (;;) {
        const std::int64_t next = *std::min_element(head.begin(), head.end());
        if (next == none) break;
        if (offsets.size() == limit) return false;
        offsets.push_back(static_cast<Index>(next));
        for (int l = 0; l < width; ++l)
            if (head[l] == next) {
                ++k[l];
                look(l);
            }
    }
    return offsets.empty() ||
           (group.base + offsets.front() >= 0 && std::int64_t{group.base} + offsets.back() + width <= cols);
}

/// The values of a group in the order of its pattern, W at a time, zero where a row has no entry.
template <Scalar T>
void spread(const Group<T>& group, const Index* offsets, std::size_t length, T* to) {
    constexpr Index width = Group<T>::width;
    for (int l = 0; l < width; ++l) {
        Offset k = group.pointers[l] - group.pointers[0];
        const Offset stop = group.pointers[l + 1] - group.pointers[0];
        for (std::size_t o = 0; o < length; ++o) {
            const bool stored = k < stop && group.columns[k] == group.base + l + offsets[o];
            to[o * width + l] = stored ? group.values[k] : T{0};
            k += stored;
        }
    }
}

/// Patterns of groups, each with the group where it was met first, and for stencils their values: those of that group.
struct Patterns {
    Numbering numbering;
    std::vector<Index> example;            // a group that has this pattern
    std::vector<std::size_t> first = {0};  // pattern p: offsets[first[p]] … offsets[first[p + 1] - 1]
    std::vector<Index> offsets;
    std::vector<char> usable;  // false: padding or range forbid; multiplied as CSR
    bool full = false;

    std::size_t length(std::size_t p) const { return first[p + 1] - first[p]; }
};

template <Scalar T>
bool same_columns(const Group<T>& a, const Group<T>& b) {
    if (a.entries() != b.entries()) return false;
    for (int l = 1; l < Group<T>::width; ++l)
        if (a.pointers[l] - a.pointers[0] != b.pointers[l] - b.pointers[0]) return false;
    const Index shift = b.base - a.base;
    Index different = 0;
    for (Offset k = 0; k < a.entries(); ++k) different |= (b.columns[k] - a.columns[k]) ^ shift;
    return different == 0;
}

template <Scalar T>
bool same_values(const Group<T>& a, const Group<T>& b) {  // bit by bit: -0 is not 0, and a NaN is itself
    return std::memcmp(a.values, b.values, static_cast<std::size_t>(a.entries()) * sizeof(T)) == 0;
}

template <Scalar T>
void multiply_rows(const CsrView<T>& A, Index begin, Index end, const T* x, T* y) {
    for (Index i = begin; i < end; ++i) y[i] = row_times(A, i, x);
}

/// y ← A x for `count` groups of the same pattern in a row. Values: one set for all (stencils), or one a group,
/// streamed.
template <int count, bool streamed, Scalar T>
void multiply_groups(const Index* offsets, std::size_t length, const T* values, const T* x, T* y) {
    constexpr Index width = Pack<T>::width;
    constexpr std::size_t ahead = 4096 / sizeof(T);
    GroupSum<T> sum[count];
    for (std::size_t o = 0; o < length; ++o) {
        const T* const x_o = x + offsets[o];
        typename Pack<T>::V a, xs;
        if constexpr (!streamed) Pack<T>::load(a, values + o * width);
        for (int g = 0; g < count; ++g) {
            if constexpr (streamed) {
                const T* const place = values + (static_cast<std::size_t>(g) * length + o) * width;
                __builtin_prefetch(
                    reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(place) + ahead * sizeof(T)));
                Pack<T>::load(a, place);
            }
            Pack<T>::load(xs, x_o + g * width);
            sum[g].add(a, xs);
        }
    }
    for (int g = 0; g < count; ++g) {
        typename Pack<T>::V result;
        sum[g].result(result);
        Pack<T>::store(y + g * width, result);
    }
}

/// stencils and offsets: they differ in where the values are.
template <bool streamed, Scalar T>
class Groups final : public WindowStorage<T> {
public:
    static constexpr Index width = Pack<T>::width;
    static constexpr Index per_window = window_rows / width;
    static_assert(window_rows % width == 0);

    Groups(const CsrView<T>& A, Buffer<Number> numbers, const Patterns& patterns)
        : WindowStorage<T>(equal_windows(A.rows())),
          A_(A),
          numbers_(std::move(numbers)),
          first_(patterns.first.begin(), patterns.first.end()),
          offsets_(patterns.offsets.begin(), patterns.offsets.end()) {
        if constexpr (streamed)
            stream_values();
        else
            tabulate_values(patterns);
    }

    void multiply_window(Index w, const T* x, T* y) const override {
        const Index groups = static_cast<Index>(numbers_.size()), begin = std::min(groups, w * per_window),
                    end = std::min(groups, begin + per_window);
        const T* values = streamed ? values_.data() + window_first_[static_cast<std::size_t>(w)] : nullptr;
        for (Index g = begin; g < end;) {
            const Number number = numbers_[static_cast<std::size_t>(g)];
            const Index base = g * width;
            if (number == no_pattern) {
                multiply_rows(A_, base, base + width, x, y);
                ++g;
                continue;
            }
            const std::size_t first = first_[number], length = first_[number + std::size_t{1}] - first;
            const T* const these = streamed ? values : values_.data() + first * width;
            const auto same = [&](Index ahead) { return numbers_[static_cast<std::size_t>(g + ahead)] == number; };
            if (g + 4 <= end && same(1) && same(2) && same(3)) {
                multiply_groups<4, streamed>(offsets_.data() + first, length, these, x + base, y + base);
                values += streamed ? 4 * length * width : 0;
                g += 4;
            } else {
                multiply_groups<1, streamed>(offsets_.data() + first, length, these, x + base, y + base);
                values += streamed ? length * width : 0;
                ++g;
            }
        }
        if (end == groups)  // the rows that do not fill a group
            multiply_rows(A_, std::max(groups * width, w * window_rows), std::min(A_.rows(), (w + 1) * window_rows), x,
                          y);
        if (const Index stop = std::min(end * width, A_.rows()); begin < end)
            repair_rows(A_, begin * width, stop, x, y);
    }

    std::size_t memory_bytes() const override {
        return numbers_.size() * sizeof(Number) + first_.size() * sizeof(std::size_t) +
               offsets_.size() * sizeof(Index) + values_.size() * sizeof(T) +
               window_first_.size() * sizeof(std::size_t);
    }
    double bytes_per_product() const override {
        double entries = 0, rows = 0;
        for (Index g = 0; g < static_cast<Index>(numbers_.size()); ++g)
            if (numbers_[static_cast<std::size_t>(g)] == no_pattern) {
                entries += static_cast<double>(Group<T>(A_, g).entries());
                rows += width;
            }
        return static_cast<double>(memory_bytes()) + csr_bytes<T>(entries, rows);
    }

private:
    void stream_values() {
        const Index groups = static_cast<Index>(numbers_.size()), windows = this->windows();
        window_first_.assign(static_cast<std::size_t>(windows) + 1, 0);
        for (Index g = 0; g < groups; ++g) {
            const Number number = numbers_[static_cast<std::size_t>(g)];
            if (number != no_pattern)
                window_first_[static_cast<std::size_t>(g / per_window) + 1] +=
                    (first_[number + std::size_t{1}] - first_[number]) * width;
        }
        for (std::size_t w = 0; w < static_cast<std::size_t>(windows); ++w) window_first_[w + 1] += window_first_[w];
        values_.resize(window_first_.back());
        parallel_ranges(
            windows, std::max<std::int64_t>(1, grain / window_rows), [&](std::int64_t begin, std::int64_t end) {
                T* to = values_.data() + window_first_[static_cast<std::size_t>(begin)];
                const std::int64_t stop = std::min<std::int64_t>(groups, end * per_window);
                for (std::int64_t g = begin * per_window; g < stop; ++g) {
                    const Number number = numbers_[static_cast<std::size_t>(g)];
                    if (number == no_pattern) continue;
                    const std::size_t first = first_[number], length = first_[number + std::size_t{1}] - first;
                    spread(Group<T>(A_, static_cast<Index>(g)), offsets_.data() + first, length, to);
                    to += length * width;
                }
            });
    }

    void tabulate_values(const Patterns& patterns) {
        values_.resize(offsets_.size() * width);
        for (std::size_t p = 0; p < patterns.example.size(); ++p)
            spread(Group<T>(A_, patterns.example[p]), offsets_.data() + first_[p], patterns.length(p),
                   values_.data() + first_[p] * width);
    }

    CsrView<T> A_;
    Buffer<Number> numbers_;     // of each group
    Buffer<std::size_t> first_;  // of each pattern: where its offsets begin
    Buffer<Index> offsets_;
    Buffer<T> values_;                  // W an offset: of each pattern, or of each group
    Buffer<std::size_t> window_first_;  // where the values of a window begin
};

}  // namespace

template <Scalar T>
struct GroupAnalysis<T>::Found {
    struct Kind {
        Patterns patterns;
        Buffer<Number> numbers;
        double padded = 0, left = 0;  // lanes of the groups that have a pattern; entries of the others
    };
    Kind stencils, offsets;
    bool repeats = false;
};

namespace {

/// Numbers the groups [begin, end) by their columns, and if `values` by their values as well.
template <bool values, Scalar T>
void number_groups(const CsrView<T>& A, Index begin, Index end, std::size_t most_offsets, Patterns& patterns,
                   std::int32_t* numbers) {
    std::vector<Index> offsets;
    const auto same = [&](const Group<T>& group, std::int32_t p) {
        const Group<T> example(A, patterns.example[static_cast<std::size_t>(p)]);
        return same_columns(example, group) && (!values || same_values(example, group));
    };
    std::int32_t previous = -1;
    for (Index g = begin; g < end; ++g) {
        const Group<T> group(A, g);
        if (previous < 0 || !same(group, previous)) {
            std::uint64_t hash = group.hash_of_columns();
            if (values) hash = group.hash_of_values(hash);
            std::int32_t p =
                patterns.numbering.find(hash, [&](std::int32_t candidate) { return same(group, candidate); });
            if (p < 0 && !patterns.full) {
                const bool usable = unite(group, A.cols(), offsets);
                if (!usable) offsets.clear();
                if (patterns.offsets.size() + offsets.size() > most_offsets ||
                    patterns.numbering.size() == most_patterns) {
                    patterns.full = true;
                    // Every second group new: this is not a matrix that repeats.
                    if (2 * patterns.numbering.size() > static_cast<std::size_t>(g - begin)) {
                        std::fill(numbers + g, numbers + end, -1);
                        return;
                    }
                } else {
                    p = patterns.numbering.add(hash);
                    patterns.example.push_back(g);
                    patterns.offsets.insert(patterns.offsets.end(), offsets.begin(), offsets.end());
                    patterns.first.push_back(patterns.offsets.size());
                    patterns.usable.push_back(usable);
                }
            }
            previous = p;
        }
        numbers[g] = previous;
    }
}

}  // namespace

template <Scalar T>
GroupAnalysis<T>::GroupAnalysis(const CsrView<T>& A, bool forced) : A_(A), found_(std::make_unique<Found>()) {
    constexpr Index width = Pack<T>::width;
    const Index groups = A.rows() / width;
    if (groups == 0) return;

    // A sample: do the columns of neighbouring rows overlap, so that padding is small?
    if (!forced) {
        constexpr Index samples = 256;
        double lanes = 0, entries = 0;
        std::vector<Index> offsets;
        for (Index s = 0; s < std::min(samples, groups); ++s) {
            const Group<T> group(A, static_cast<Index>(std::int64_t{s} * groups / std::min(samples, groups)));
            entries += static_cast<double>(group.entries());
            lanes += unite(group, A.cols(), offsets) ? static_cast<double>(offsets.size()) * width
                                                     : most_padding * static_cast<double>(group.entries());
        }
        if (lanes > likely_padding * entries) return;
    }
    found_->repeats = true;

    const auto number = [&]<bool values>(typename Found::Kind& kind, std::size_t most_offsets) {
        std::array<Patterns, ranges> part;
        Buffer<std::int32_t> numbers(static_cast<std::size_t>(groups));
        const auto begin_of = [&](std::int64_t r) { return static_cast<Index>(std::int64_t{groups} * r / ranges); };
        parallel_tasks(ranges, threads_for(A.nnz(), grain), [&](std::int64_t r) {
            number_groups<values>(A, begin_of(r), begin_of(r + 1), most_offsets, part[static_cast<std::size_t>(r)],
                                  numbers.data());
        });
        // One table of all, in the order of the matrix. What is not usable gets no number.
        kind.numbers.assign(static_cast<std::size_t>(groups), no_pattern);
        for (int r = 0; r < ranges; ++r) {
            const Patterns& p = part[static_cast<std::size_t>(r)];
            std::vector<Number> renamed(p.example.size(), no_pattern);
            for (std::size_t n = 0; n < p.example.size(); ++n) {
                if (!p.usable[n]) continue;
                const Group<T> group(A, p.example[n]);
                Patterns& all = kind.patterns;
                std::int32_t known = all.numbering.find(p.numbering.hash(n), [&](std::int32_t candidate) {
                    const Group<T> example(A, all.example[static_cast<std::size_t>(candidate)]);
                    return same_columns(example, group) && (!values || same_values(example, group));
                });
                if (known < 0 && all.numbering.size() < most_patterns &&
                    all.offsets.size() + p.length(n) <= most_offsets) {
                    known = all.numbering.add(p.numbering.hash(n));
                    all.example.push_back(p.example[n]);
                    all.offsets.insert(all.offsets.end(), p.offsets.begin() + static_cast<std::ptrdiff_t>(p.first[n]),
                                       p.offsets.begin() + static_cast<std::ptrdiff_t>(p.first[n + 1]));
                    all.first.push_back(all.offsets.size());
                }
                if (known >= 0) renamed[n] = static_cast<Number>(known);
            }
            for (Index g = begin_of(r); g < begin_of(r + 1); ++g) {
                const std::int32_t n = numbers[static_cast<std::size_t>(g)];
                const Number name = n < 0 ? no_pattern : renamed[static_cast<std::size_t>(n)];
                kind.numbers[static_cast<std::size_t>(g)] = name;
                if (name == no_pattern)
                    kind.left += static_cast<double>(Group<T>(A, g).entries());
                else
                    kind.padded += static_cast<double>(kind.patterns.length(name)) * width;
            }
        }
        kind.left += static_cast<double>(A.nnz() - A.indptr()[static_cast<std::size_t>(groups) * width]);
    };
    number.template operator()<true>(found_->stencils, stencil_table_bytes / 64);
    // Stencils are beyond competition when patterns are used over and over.
    if (forced || !stencils_cost() || 8 * found_->stencils.patterns.example.size() > static_cast<std::size_t>(groups))
        number.template operator()<false>(found_->offsets,
                                          std::max<std::size_t>(4096, static_cast<std::size_t>(A.nnz()) / 32));
}

template <Scalar T>
GroupAnalysis<T>::~GroupAnalysis() = default;

namespace {
constexpr double most_left = 0.2;         // of the entries: more of them as CSR, and another storage is better
constexpr double bytes_of_a_lane = 2;     // the loads of a stencil's lane take about as long as reading two bytes
constexpr double bytes_of_csr_entry = 8;  // beyond the value: index, and loops for short rows
}  // namespace

template <Scalar T>
std::optional<StorageCost> GroupAnalysis<T>::stencils_cost() const {
    const auto& kind = found_->stencils;
    if (!found_->repeats || kind.left > most_left * static_cast<double>(A_.nnz())) return std::nullopt;
    const auto table = static_cast<double>(kind.patterns.offsets.size() * (64 + sizeof(Index)));
    return StorageCost{.bytes = 2 * static_cast<double>(kind.numbers.size()) + table + bytes_of_a_lane * kind.padded +
                                kind.left * (sizeof(T) + bytes_of_csr_entry)};
}

template <Scalar T>
std::optional<StorageCost> GroupAnalysis<T>::offsets_cost() const {
    const auto& kind = found_->offsets;
    if (!found_->repeats || kind.numbers.empty() || kind.left > most_left * static_cast<double>(A_.nnz()))
        return std::nullopt;
    const auto table = static_cast<double>(kind.patterns.offsets.size() * sizeof(Index));
    return StorageCost{.bytes = 2 * static_cast<double>(kind.numbers.size()) + table + kind.padded * sizeof(T) +
                                kind.left * (sizeof(T) + bytes_of_csr_entry)};
}

template <Scalar T>
std::unique_ptr<WindowStorage<T>> GroupAnalysis<T>::stencils() {
    return std::make_unique<Groups<false, T>>(A_, std::move(found_->stencils.numbers), found_->stencils.patterns);
}

template <Scalar T>
std::unique_ptr<WindowStorage<T>> GroupAnalysis<T>::offsets() {
    return std::make_unique<Groups<true, T>>(A_, std::move(found_->offsets.numbers), found_->offsets.patterns);
}

#define RITZ_INSTANTIATE(T) template class GroupAnalysis<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
