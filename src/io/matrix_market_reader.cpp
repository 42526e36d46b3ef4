// SPDX-License-Identifier: BSD-3-Clause
#include "io/matrix_market_reader.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "formats/assemble.hpp"
#include "io/byte_source.hpp"
#include "io/matrix_market_numbers.hpp"
#include "io/matrix_market_text.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

namespace detail {

namespace {

constexpr std::size_t serial_below = std::size_t{1} << 19;     // text too short to be worth a second thread
constexpr std::size_t largest_chunk = std::size_t{16} << 20;   // so that progress and cancellation come often enough
constexpr std::int64_t free_memory = std::int64_t{256} << 20;  // what a small text may promise to need

/// The triangles of a square coordinate file in which entries were seen.
struct Triangles {
    bool lower = false, upper = false;
    Offset diagonal = 0;  // entries on the diagonal
};

/// What was parsed from one piece of the text.
template <Scalar T>
struct Chunk {
    std::size_t begin = 0, end = 0;  // offsets in the text
    Buffer<Index> rows, cols;        // empty when the layout or the object does not state them
    Buffer<T> values;                // empty for a pattern
    Offset count = 0;
    Triangles triangles;
    std::optional<Problem> problem;                   // parsing stopped here, after `count` good entries
    std::optional<std::size_t> nonfinite, underflow;  // offsets of the first such entries
    Offset nonfinite_entry = 0;                       // its number within the chunk
    Offset underflows = 0;
};

template <Scalar T>
struct Entry {
    Index row = 0, col = 0;
    T value = T{1};
};

/// What the parser of lines needs to know of the file.
struct Rules {
    Field field;
    int indices;  // that an entry states
    Symmetry symmetry;
    Layout layout;
    std::uint64_t rows, cols;
    bool unsigned_64, allow_nonfinite;

    int numbers() const { return field == Field::pattern ? 0 : field == Field::complex ? 2 : 1; }
};

/// Makes room for at least `need` elements in the arrays of a chunk.
template <Scalar T>
void set_capacity(Chunk<T>& chunk, const Rules& rules, std::size_t capacity) {
    if (rules.indices >= 1) chunk.rows.resize(capacity);
    if (rules.indices >= 2) chunk.cols.resize(capacity);
    if (rules.field != Field::pattern) chunk.values.resize(capacity);
}

/// Entries to make room for: as many as `bytes` of text hold if they go on as they begin, and some more.
std::size_t expected_entries(const char* p, const char* end) {
    constexpr int sample = 64;
    const char* const begin = p;
    int lines = 0;
    while (lines < sample && p != end) {
        p = behind_line_end(find_line_end(p, end), end);
        ++lines;
    }
    if (p == end) return static_cast<std::size_t>(lines);
    const double per_byte = static_cast<double>(lines) / static_cast<double>(p - begin);
    return static_cast<std::size_t>(static_cast<double>(end - begin) * per_byte * 1.03) + 64;
}

/// The exact parser: one line, any layout the format allows.
template <Scalar T>
class LineParser {
public:
    LineParser(const Rules& rules, const char* text_begin, const char* end)
        : rules_(rules), text_(text_begin), end_(end) {}

    /// Reads the line at `p` and moves behind it: true if it held an entry, false if it is blank or a comment.
    /// On a problem, `chunk.problem` is set.
    bool parse(const char*& p, Entry<T>& entry, Chunk<T>& chunk) const {
        const char* q = skip_blanks(p);
        if (q != end_ && *q == '%') q = find_line_end(q, end_);
        if (q == end_ || is_line_end(*q)) {
            p = behind_line_end(q, end_);
            return false;
        }
        const std::size_t line = offset(p);
        if (rules_.indices >= 1 && !parse_one_index(q, "row", rules_.rows, entry.row, chunk)) return false;
        if (rules_.indices >= 2 && !parse_one_index(q, "column", rules_.cols, entry.col, chunk)) return false;

        const std::size_t value_at = offset(skip_blanks(q));
        bool nonfinite = false, underflow = false;
        if (rules_.field != Field::pattern) {
            Real<T> real{}, imaginary{};
            if (!parse_number(q, rules_.field == Field::complex ? "a real part" : "a value", real, nonfinite, underflow,
                              chunk))
                return false;
            if (rules_.field == Field::complex &&
                !parse_number(q, "an imaginary part", imaginary, nonfinite, underflow, chunk))
                return false;
            if constexpr (is_complex<T>)
                entry.value = T{real, imaginary};
            else
                entry.value = real;
        }
        q = skip_blanks(q);
        if (q != end_ && !is_line_end(*q))
            return fail(chunk, q, "the entry goes on", "the end of the line after " + description());
        if (rules_.indices == 2 && rules_.symmetry != Symmetry::general && entry.row == entry.col) {
            if (rules_.symmetry == Symmetry::skew_symmetric && entry.value != T{0})
                return fail(chunk, text_ + value_at, "the diagonal of a skew-symmetric matrix is not 0", "0");
            if constexpr (is_complex<T>) {
                if (rules_.symmetry == Symmetry::hermitian && entry.value.imag() != 0)
                    return fail(chunk, text_ + value_at, "the diagonal of a hermitian matrix is not real",
                                "an imaginary part of 0 on the diagonal");
            }
        }
        if (nonfinite && !chunk.nonfinite) {
            chunk.nonfinite = line;
            chunk.nonfinite_entry = chunk.count;
        }
        if (underflow) {
            if (!chunk.underflow) chunk.underflow = line;
            ++chunk.underflows;
        }
        p = behind_line_end(q, end_);
        return true;
    }

private:
    std::size_t offset(const char* p) const { return static_cast<std::size_t>(p - text_); }

    const char* skip_blanks(const char* p) const {
        while (p != end_ && is_blank(*p)) ++p;
        return p;
    }
    std::string_view next_token(const char*& p) const {
        const char* const begin = p = skip_blanks(p);
        while (p != end_ && !is_blank(*p) && !is_line_end(*p)) ++p;
        return {begin, static_cast<std::size_t>(p - begin)};
    }

    std::string description() const {
        std::string text;
        if (rules_.indices >= 1) text = "row";
        if (rules_.indices >= 2) text += ", column";
        const char* const value = rules_.field == Field::pattern   ? ""
                                  : rules_.field == Field::complex ? "real and imaginary part"
                                                                   : "value";
        if (!text.empty() && *value != 0) text += ", ";
        return text + value;
    }

    bool fail(Chunk<T>& chunk, const char* at, std::string what, std::string expected) const {
        chunk.problem = Problem{offset(at), std::move(what), std::move(expected)};
        return false;
    }

    bool parse_one_index(const char*& p, const char* what, std::uint64_t bound, Index& index, Chunk<T>& chunk) const {
        const std::string_view token = next_token(p);
        std::int64_t value = 0;
        const NumberKind kind = parse_int64(token, value);
        if (kind == NumberKind::finite && value >= 1 && static_cast<std::uint64_t>(value) <= bound) {
            index = static_cast<Index>(value - 1);
            return true;
        }
        const bool integer = kind == NumberKind::finite || kind == NumberKind::out_of_range;
        const std::string expected = bound == 0 ? "no entry, since the matrix has no " + std::string(what) + "s"
                                                : "1 to " + std::to_string(bound);
        if (integer) return fail(chunk, token.data(), std::string(what) + " index out of range", expected);
        return fail(chunk, token.data(), "bad entry", std::string("a ") + what + " index, " + expected);
    }

    bool parse_number(const char*& p, const char* what, Real<T>& value, bool& nonfinite, bool& underflow,
                      Chunk<T>& chunk) const {
        const std::string_view token = next_token(p);
        const bool integer = rules_.field == Field::integer;
        switch (integer ? parse_integer(token, rules_.unsigned_64, value) : parse_real(token, value)) {
            case NumberKind::finite:
                return true;
            case NumberKind::underflow:
                return underflow = true;
            case NumberKind::nonfinite:
                nonfinite = true;
                if (rules_.allow_nonfinite) return true;
                return fail(chunk, token.data(), "the value is not finite", "a finite number");
            case NumberKind::out_of_range:
                return fail(chunk, token.data(), "the value is out of range",
                            !integer             ? "a magnitude of at most " + largest()
                            : rules_.unsigned_64 ? "an integer that fits 64 bits"
                                                 : "an integer that fits 64 bits with sign");
            default:
                break;
        }
        return fail(chunk, token.data(), "bad entry", what + std::string(integer ? ", an integer" : ""));
    }

    static std::string largest() { return sizeof(Real<T>) == 8 ? "1.7976931348623157e308" : "3.4028235e38"; }

    const Rules& rules_;
    const char* const text_;
    const char* const end_;
};

/// Skips a few blanks, at least one unless `optional`; nullptr if there is none.
template <bool optional>
inline const char* skip_few_blanks(const char* p) noexcept {
    if constexpr (!optional) {
        if (!is_blank(*p)) return nullptr;
        ++p;
    }
    for (int k = 0; is_blank(*p); ++p)
        if (++k == 16) return nullptr;
    return p;
}

// The longest line of the fast path: four runs of 16 blanks, two indices, two numbers.
constexpr std::ptrdiff_t fast_line_reach = 5 * 17 + 2 * 24 + 2 * static_cast<std::ptrdiff_t>(fast_number_reach);

/// Reads lines of [chunk.begin, chunk.end): those of the ordinary form at once, any other by the exact parser.
template <Scalar T, int indices, Field field, bool triangular>
void parse_chunk_as(std::span<const char> text, const Rules& rules, Chunk<T>& chunk) {
    const char* const end = text.data() + chunk.end;
    const char* const text_end = text.data() + text.size();
    const char* const fast_end = text_end - std::min(text_end - text.data(), fast_line_reach);
    const LineParser<T> exact(rules, text.data(), text_end);
    const std::uint64_t rows = rules.rows, cols = rules.cols;

    const std::size_t shortest = static_cast<std::size_t>(2 * (indices + rules.numbers()));
    const std::size_t most = (chunk.end - chunk.begin + 1) / shortest + 1;
    const char* p = text.data() + chunk.begin;
    std::size_t capacity = std::min(most, expected_entries(p, end)), count = 0;
    set_capacity(chunk, rules, capacity);
    Index* row = chunk.rows.data();
    Index* col = chunk.cols.data();
    T* value = chunk.values.data();

    while (p < end) {
        if (count == capacity) [[unlikely]] {
            capacity = std::min(most, capacity + capacity / 8 + 64);
            set_capacity(chunk, rules, capacity);
            row = chunk.rows.data();
            col = chunk.cols.data();
            value = chunk.values.data();
        }
        // The fast path. Whatever it does not know ends at `unusual`, where the line is read again from its start.
        if (p < fast_end) [[likely]] {
            std::uint64_t i = 1, j = 1;
            T a = T{1};
            const char* q = skip_few_blanks<true>(p);
            if (q == nullptr) goto unusual;
            if constexpr (indices >= 1) {
                if ((q = fast_index(q, i)) == nullptr) goto unusual;
                if constexpr (indices >= 2) {
                    if ((q = skip_few_blanks<false>(q)) == nullptr) goto unusual;
                    if ((q = fast_index(q, j)) == nullptr) goto unusual;
                }
                if (i - 1 >= rows || j - 1 >= cols) [[unlikely]]
                    goto unusual;
            }
            if constexpr (field != Field::pattern) {
                if constexpr (indices >= 1) {
                    if ((q = skip_few_blanks<false>(q)) == nullptr) goto unusual;
                }
                Real<T> re{}, im{};
                if constexpr (field == Field::integer) {
                    if ((q = fast_integer(q, re)) == nullptr) goto unusual;
                } else {
                    if ((q = fast_real(q, re)) == nullptr) goto unusual;
                }
                if constexpr (field == Field::complex) {
                    if ((q = skip_few_blanks<false>(q)) == nullptr) goto unusual;
                    if ((q = fast_real(q, im)) == nullptr) goto unusual;
                }
                if constexpr (is_complex<T>)
                    a = T{re, im};
                else
                    a = re;
            }
            if (*q != '\n') [[unlikely]] {
                if ((q = skip_few_blanks<true>(q)) == nullptr || !is_line_end(*q)) goto unusual;
                q += *q == '\r' && q[1] == '\n';
            }
            if constexpr (triangular) {
                if (i == j) {
                    if (rules.symmetry != Symmetry::symmetric) goto unusual;  // has rules of its own
                    ++chunk.triangles.diagonal;
                }
                chunk.triangles.lower |= i > j;
                chunk.triangles.upper |= i < j;
            }
            p = q + 1;
            if constexpr (indices >= 1) row[count] = static_cast<Index>(i - 1);
            if constexpr (indices >= 2) col[count] = static_cast<Index>(j - 1);
            if constexpr (field != Field::pattern) value[count] = a;
            ++count;
            continue;
        }
    unusual:
        Entry<T> entry;
        chunk.count = static_cast<Offset>(count);
        if (exact.parse(p, entry, chunk)) {
            if constexpr (triangular) {
                chunk.triangles.diagonal += entry.row == entry.col;
                chunk.triangles.lower |= entry.row > entry.col;
                chunk.triangles.upper |= entry.row < entry.col;
            }
            if constexpr (indices >= 1) row[count] = entry.row;
            if constexpr (indices >= 2) col[count] = entry.col;
            if constexpr (field != Field::pattern) value[count] = entry.value;
            ++count;
        } else if (chunk.problem) {
            break;
        }
    }
    chunk.count = static_cast<Offset>(count);
    set_capacity(chunk, rules, count);
}

template <Scalar T, int indices, Field field>
void parse_chunk_of(std::span<const char> text, const Rules& rules, Chunk<T>& chunk) {
    if constexpr (indices == 2) {
        if (rules.symmetry != Symmetry::general) return parse_chunk_as<T, 2, field, true>(text, rules, chunk);
    }
    parse_chunk_as<T, indices, field, false>(text, rules, chunk);
}

template <Scalar T, Field field>
void parse_chunk_of(std::span<const char> text, const Rules& rules, Chunk<T>& chunk) {
    switch (rules.indices) {
        case 2:
            return parse_chunk_of<T, 2, field>(text, rules, chunk);
        case 1:
            return parse_chunk_of<T, 1, field>(text, rules, chunk);
        default:
            if constexpr (field != Field::pattern) parse_chunk_of<T, 0, field>(text, rules, chunk);
    }
}

template <Scalar T>
void parse_chunk(std::span<const char> text, const Rules& rules, Chunk<T>& chunk) {
    switch (rules.field) {
        case Field::real:
            return parse_chunk_of<T, Field::real>(text, rules, chunk);
        case Field::integer:
            return parse_chunk_of<T, Field::integer>(text, rules, chunk);
        case Field::pattern:
            return parse_chunk_of<T, Field::pattern>(text, rules, chunk);
        case Field::complex:
            if constexpr (is_complex<T>) parse_chunk_of<T, Field::complex>(text, rules, chunk);
    }
}

/// Cuts the body at line ends into pieces of about `chunk_bytes`.
template <Scalar T>
std::vector<Chunk<T>> cut(std::span<const char> text, std::size_t body, std::size_t chunk_bytes) {
    std::vector<Chunk<T>> chunks;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    for (std::size_t at = body; at < text.size();) {
        std::size_t next = text.size();
        if (text.size() - at > chunk_bytes) {
            // From the last character of the piece on, so that a cut never falls between CR and LF.
            const char* const line_end = find_line_end(begin + at + chunk_bytes - 1, end);
            next = static_cast<std::size_t>(behind_line_end(line_end, end) - begin);
        }
        Chunk<T> chunk;
        chunk.begin = at;
        chunk.end = next;
        chunks.push_back(std::move(chunk));
        at = next;
    }
    return chunks;
}

void check_cancel(const ReadOptions& options, const std::string& name) {
    if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed))
        throw ReadCancelled(name + ": reading was cancelled");
}

void check_limit(std::int64_t needed, std::int64_t allowed, const std::string& name, const char* what) {
    if (needed > allowed)
        throw LimitExceeded(name + ": " + what + " needs " + std::to_string(needed) + " bytes, allowed are " +
                            std::to_string(allowed));
}

/// The entries of a file, parsed.
template <Scalar T>
class Body {
public:
    Body(std::span<const char> text, const std::string& name, const ReadOptions& options, const ReaderTuning& tuning)
        : text_(text), name_(name), options_(options), header_(parse_header(text, name)) {
        FileInfo& info = header_.info;
        if (info.field == Field::complex && !is_complex<T>) {
            throw ParseError(name, 1, "the file is complex, expected a real one where the result has real elements");
        }
        if (options.max_memory > 0) {
            check_limit(info.stored_entries * static_cast<std::int64_t>(2 * sizeof(Index) + sizeof(T)),
                        options.max_memory, name, "the list of entries");
        }
        rules_ = {info.field,
                  header_.indices(),
                  info.symmetry,
                  info.layout,
                  static_cast<std::uint64_t>(info.rows),
                  static_cast<std::uint64_t>(info.cols),
                  header_.unsigned_64,
                  options.allow_nonfinite};
        parse(tuning);
        check_count();
        take_notes();
    }

    MatrixMarketHeader& header() { return header_; }
    FileInfo& info() { return header_.info; }
    std::vector<Chunk<T>>& chunks() { return chunks_; }

    Triangles triangles() const {
        Triangles all;
        for (const Chunk<T>& chunk : chunks_) {
            all.lower |= chunk.triangles.lower;
            all.upper |= chunk.triangles.upper;
            all.diagonal += chunk.triangles.diagonal;
        }
        return all;
    }

    /// Calls visit(offset, entry) for each entry of the file in order, until it returns false. Slow: for messages.
    template <class Visit>
    void for_each_line(Visit&& visit) const {
        for_each_line(header_.body, text_.size(), visit);
    }

    [[noreturn]] void fail(std::size_t offset, std::string what, std::string expected = {}) const {
        raise({offset, std::move(what), std::move(expected)}, text_, name_);
    }

    std::int64_t line(std::size_t offset) const { return line_at(text_, offset); }

private:
    template <class Visit>
    void for_each_line(std::size_t begin, std::size_t end, Visit&& visit) const {
        const LineParser<T> exact(rules_, text_.data(), text_.data() + text_.size());
        const char* p = text_.data() + begin;
        Chunk<T> scratch;
        while (p < text_.data() + end) {
            const auto offset = static_cast<std::size_t>(p - text_.data());
            Entry<T> entry;
            if (exact.parse(p, entry, scratch) && !visit(offset, entry)) return;
            if (scratch.problem) return;
        }
    }

    void parse(const ReaderTuning& tuning) {
        const std::size_t bytes = text_.size() - header_.body;
        int threads = tuning.threads;
        if (threads == 0)
            threads = threads_for(static_cast<std::int64_t>(bytes), static_cast<std::int64_t>(serial_below));
        std::size_t chunk_bytes = tuning.chunk_bytes;
        if (chunk_bytes == 0) {
            chunk_bytes =
                std::min(largest_chunk, threads == 1 ? bytes + 1 : bytes / static_cast<std::size_t>(4 * threads) + 1);
        }
        chunks_ = cut<T>(text_, header_.body, std::max<std::size_t>(1, chunk_bytes));

        std::atomic<std::int64_t> first_bad{std::numeric_limits<std::int64_t>::max()};
        std::mutex reporting;
        std::int64_t done = static_cast<std::int64_t>(header_.body);
        parallel_tasks(static_cast<std::int64_t>(chunks_.size()), threads, [&](std::int64_t c) {
            if (c > first_bad.load(std::memory_order_relaxed)) return;  // an earlier piece has failed already
            check_cancel(options_, name_);
            Chunk<T>& chunk = chunks_[static_cast<std::size_t>(c)];
            parse_chunk(text_, rules_, chunk);
            if (chunk.problem) {
                std::int64_t seen = first_bad.load();
                while (c < seen && !first_bad.compare_exchange_weak(seen, c)) {
                }
            }
            if (options_.progress) {
                const std::lock_guard lock(reporting);
                done += static_cast<std::int64_t>(chunk.end - chunk.begin);
                options_.progress(done, static_cast<std::int64_t>(text_.size()));
            }
        });
        check_cancel(options_, name_);
    }

    /// Throws for the first problem in the file, whichever piece it was found in.
    void check_count() const {
        const Offset promised = header_.info.stored_entries;
        const std::string as_promised = "the end of the file after " + std::to_string(promised) +
                                        " entries, as the size line (line " + std::to_string(header_.lines) + ") says";
        Offset count = 0;
        for (const Chunk<T>& chunk : chunks_) {
            if (count + chunk.count > promised) {
                Offset left = promised - count;
                for_each_line(chunk.begin, chunk.end, [&](std::size_t offset, const Entry<T>&) {
                    if (left-- > 0) return true;
                    while (is_blank(text_[offset])) ++offset;
                    fail(offset, "too many entries", as_promised);
                });
            }
            count += chunk.count;
            if (chunk.problem) {
                if (count < promised) raise(*chunk.problem, text_, name_);
                fail(chunk.problem->offset, "the file goes on", as_promised);
            }
        }
        if (count < promised) {
            std::size_t last = text_.size();  // the end of the last line that holds anything
            while (last > header_.body && (is_line_end(text_[last - 1]) || is_blank(text_[last - 1]))) --last;
            throw ParseError(name_, line_at(text_, last),
                             "the file ends after " + std::to_string(count) + " entries, expected " +
                                 std::to_string(promised) + " as the size line (line " + std::to_string(header_.lines) +
                                 ") says");
        }
    }

    void take_notes() {
        FileInfo& info = header_.info;
        Offset before = 0, underflows = 0;
        std::optional<std::size_t> first_underflow;
        for (const Chunk<T>& chunk : chunks_) {
            if (chunk.nonfinite && !info.first_nonfinite) {
                const auto k = static_cast<std::size_t>(chunk.nonfinite_entry);
                EntryPosition position{0, 0, line_at(text_, *chunk.nonfinite)};
                if (rules_.indices == 0) {
                    std::tie(position.row, position.col) = array_position(before + chunk.nonfinite_entry);
                } else {
                    position.row = chunk.rows[k];
                    if (rules_.indices == 2) position.col = chunk.cols[k];
                }
                info.first_nonfinite = position;
            }
            if (chunk.underflow && !first_underflow) first_underflow = chunk.underflow;
            underflows += chunk.underflows;
            before += chunk.count;
        }
        if (first_underflow) {
            info.notes.push_back("line " + std::to_string(line_at(text_, *first_underflow)) +
                                 ": the value is too small and read as 0" +
                                 (underflows > 1 ? " (" + std::to_string(underflows) + " such values)" : ""));
        }
    }

    /// Where the k-th value of an array file belongs.
    std::pair<Index, Index> array_position(Offset k) const {
        const Offset rows = header_.info.rows;
        if (rules_.symmetry == Symmetry::general) return {static_cast<Index>(k % rows), static_cast<Index>(k / rows)};
        const Offset skip = rules_.symmetry == Symmetry::skew_symmetric ? 1 : 0;
        Index col = 0;
        for (Offset length = rows - skip; k >= length; --length, ++col) k -= length;
        return {static_cast<Index>(col + skip + k), col};
    }

    std::span<const char> text_;
    const std::string& name_;
    const ReadOptions& options_;
    MatrixMarketHeader header_;
    Rules rules_{};
    std::vector<Chunk<T>> chunks_;
};

Mirror mirror_of(Symmetry symmetry) {
    switch (symmetry) {
        case Symmetry::symmetric:
            return Mirror::symmetric;
        case Symmetry::skew_symmetric:
            return Mirror::skew_symmetric;
        case Symmetry::hermitian:
            return Mirror::hermitian;
        default:
            return Mirror::none;
    }
}

template <Scalar T>
std::vector<Triplets<T>> triplets_of(const std::vector<Chunk<T>>& chunks) {
    std::vector<Triplets<T>> triplets;
    for (const Chunk<T>& chunk : chunks) triplets.push_back({chunk.rows, chunk.cols, chunk.values});
    return triplets;
}

template <Scalar T>
void release_chunk(void* context, std::size_t chunk) {
    Chunk<T>& used = (*static_cast<std::vector<Chunk<T>>*>(context))[chunk];
    Buffer<Index>().swap(used.rows);
    Buffer<Index>().swap(used.cols);
    Buffer<T>().swap(used.values);
}

/// A file with entries in both triangles: none of them may be the mirror image of another.
template <Scalar T>
void refuse_mirror_images(Body<T>& body) {
    const FileInfo& info = body.info();
    const std::vector<Triplets<T>> triplets = triplets_of(body.chunks());
    const Csr<T> stored = assemble<Order::row, T>(info.rows, info.cols, triplets);
    for (Index i = 0; i < stored.rows(); ++i) {
        const auto begin = static_cast<std::size_t>(stored.indptr()[static_cast<std::size_t>(i)]);
        const auto end = static_cast<std::size_t>(stored.indptr()[static_cast<std::size_t>(i) + 1]);
        for (std::size_t k = begin; k < end; ++k) {
            const Index j = stored.indices()[k];
            if (j <= i) continue;
            const auto row_j =
                stored.indices().subspan(static_cast<std::size_t>(stored.indptr()[static_cast<std::size_t>(j)]),
                                         static_cast<std::size_t>(stored.indptr()[static_cast<std::size_t>(j) + 1] -
                                                                  stored.indptr()[static_cast<std::size_t>(j)]));
            if (!std::binary_search(row_j.begin(), row_j.end(), i)) continue;

            std::optional<std::size_t> upper, lower;
            body.for_each_line([&](std::size_t offset, const Entry<T>& entry) {
                if (entry.row == i && entry.col == j && !upper) upper = offset;
                if (entry.row == j && entry.col == i && !lower) lower = offset;
                return !upper || !lower;
            });
            if (!upper || !lower) continue;
            const std::string here = "(" + std::to_string(i + 1) + ", " + std::to_string(j + 1) + ")";
            const std::string there = "(" + std::to_string(j + 1) + ", " + std::to_string(i + 1) + ")";
            const bool upper_last = *upper > *lower;
            body.fail(std::max(*upper, *lower),
                      "entry " + (upper_last ? here : there) + " of a " + to_string(info.symmetry) +
                          " file is the mirror image of " + (upper_last ? there : here) + " in line " +
                          std::to_string(body.line(std::min(*upper, *lower))) + "; it may store one of them only");
        }
    }
}

/// Entries (i, i) that are stored.
template <Scalar T>
Offset stored_diagonal(const CsrView<T>& A) {
    Offset count = 0;
    for (Index i = 0; i < std::min(A.rows(), A.cols()); ++i) {
        const auto row = A.indices().subspan(static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]),
                                             static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1] -
                                                                      A.indptr()[static_cast<std::size_t>(i)]));
        count += std::binary_search(row.begin(), row.end(), i);
    }
    return count;
}

/// The mirror image of a value below the diagonal.
template <Scalar T>
T mirrored(T value, Symmetry symmetry) {
    return symmetry == Symmetry::skew_symmetric ? -value : symmetry == Symmetry::hermitian ? conjugate(value) : value;
}

/// The values of an array file, column by column, with the other triangle filled in.
template <Scalar T>
Eigen::MatrixX<T> dense_from_array(Body<T>& body, const ReaderTuning& tuning) {
    const FileInfo& info = body.info();
    std::vector<Chunk<T>>& chunks = body.chunks();
    std::vector<Offset> start(chunks.size() + 1, 0);
    for (std::size_t c = 0; c < chunks.size(); ++c) start[c + 1] = start[c] + chunks[c].count;

    Eigen::MatrixX<T> A(info.rows, info.cols);
    if (info.symmetry == Symmetry::general) {
        const int threads = threads_for(start.back(), 1 << 16);
        parallel_tasks(static_cast<std::int64_t>(chunks.size()), threads, [&](std::int64_t c) {
            const auto k = static_cast<std::size_t>(c);
            std::copy(chunks[k].values.begin(), chunks[k].values.end(), A.data() + start[k]);
            release_chunk<T>(&chunks, k);
        });
        if (tuning.text_is_done) tuning.text_is_done();
        return A;
    }
    const Index skip = info.symmetry == Symmetry::skew_symmetric ? 1 : 0;
    Index i = skip, j = 0;
    if (skip != 0) A.diagonal().setZero();
    for (const Chunk<T>& chunk : chunks) {
        for (std::size_t k = 0; k < chunk.values.size(); ++k) {
            const T value = chunk.values[k];
            if (i == j && info.symmetry == Symmetry::hermitian && value != conjugate(value)) {
                Offset left = start[static_cast<std::size_t>(&chunk - chunks.data())] + static_cast<Offset>(k);
                body.for_each_line([&](std::size_t offset, const Entry<T>&) {
                    if (left-- > 0) return true;
                    body.fail(offset,
                              "the diagonal of a hermitian matrix is not real, expected an imaginary part of 0");
                });
            }
            A(i, j) = value;
            if (i != j) A(j, i) = mirrored(value, info.symmetry);
            if (++i == info.rows) i = ++j + skip;
        }
    }
    if (tuning.text_is_done) tuning.text_is_done();
    return A;
}

/// CSR of a dense matrix; its zeros are not stored.
template <Scalar T>
Csr<T> sparse_from_dense(const Eigen::MatrixX<T>& A) {
    const auto rows = static_cast<Index>(A.rows()), cols = static_cast<Index>(A.cols());
    Buffer<Offset> indptr(static_cast<std::size_t>(rows) + 1, 0);
    for (Index j = 0; j < cols; ++j)
        for (Index i = 0; i < rows; ++i) indptr[static_cast<std::size_t>(i) + 1] += A(i, j) != T{0};
    for (std::size_t i = 1; i < indptr.size(); ++i) indptr[i] += indptr[i - 1];
    Buffer<Index> indices(static_cast<std::size_t>(indptr.back()));
    Buffer<T> values(indices.size());
    std::vector<Offset> next(indptr.begin(), indptr.end());
    for (Index j = 0; j < cols; ++j) {
        for (Index i = 0; i < rows; ++i) {
            if (A(i, j) == T{0}) continue;
            const auto k = static_cast<std::size_t>(next[static_cast<std::size_t>(i)]++);
            indices[k] = j;
            values[k] = A(i, j);
        }
    }
    return {Trusted{}, rows, cols, std::move(indptr), std::move(indices), std::move(values)};
}

}  // namespace

template <Scalar T>
Csr<T> read_sparse_text(std::span<const char> text, const std::string& name, const ReadOptions& options, FileInfo& info,
                        const ReaderTuning& tuning) {
    Body<T> body(text, name, options, tuning);
    const FileInfo& found = body.info();
    const auto bytes = static_cast<std::int64_t>(text.size());
    const std::int64_t pointers = static_cast<std::int64_t>(sizeof(Offset)) * (std::int64_t{found.rows} + 1);
    check_limit(pointers, free_memory + 2 * bytes, name,
                "the matrix has many more rows than the file has entries; its row pointers");

    if (found.layout == Layout::array) {
        Csr<T> A = sparse_from_dense(dense_from_array(body, tuning));
        info = std::move(body.info());
        return A;
    }

    std::vector<Chunk<T>>& chunks = body.chunks();
    if (body.header().vector) {
        for (Chunk<T>& chunk : chunks) chunk.cols = Buffer<Index>(chunk.rows.size(), 0);
    }
    const Triangles triangles = body.triangles();
    if (triangles.lower && triangles.upper) refuse_mirror_images(body);
    if (tuning.text_is_done) tuning.text_is_done();

    const bool half = found.symmetry != Symmetry::general;
    const Offset entries = half ? 2 * found.stored_entries - triangles.diagonal : found.stored_entries;
    if (options.max_memory > 0) {
        constexpr auto entry = static_cast<std::int64_t>(sizeof(Index) + sizeof(T));
        check_limit(pointers + entries * (3 * entry), options.max_memory, name, "assembling the matrix");
    }
    const std::vector<Triplets<T>> triplets = triplets_of(chunks);
    Csr<T> A =
        assemble<Order::row, T>(found.rows, found.cols, triplets, mirror_of(found.symmetry), release_chunk<T>, &chunks);
    Offset lost = entries - A.nnz();
    if (half && lost > 0) {  // off the diagonal, each duplicate was lost twice
        const Offset on_diagonal = triangles.diagonal - stored_diagonal<T>(A);
        lost = on_diagonal + (lost - on_diagonal) / 2;
    }
    info = std::move(body.info());
    info.duplicates = lost;
    return A;
}

template <Scalar T>
Eigen::MatrixX<T> read_dense_text(std::span<const char> text, const std::string& name, const ReadOptions& options,
                                  FileInfo& info, const ReaderTuning& tuning) {
    {
        const FileInfo promised = parse_header(text, name).info;
        const std::int64_t elements = std::int64_t{promised.rows} * promised.cols;  // both are below 2³¹
        std::int64_t allowed = free_memory + 16 * static_cast<std::int64_t>(text.size());
        if (options.max_memory > 0) allowed = std::min(allowed, options.max_memory);
        check_limit(elements, allowed / static_cast<std::int64_t>(sizeof(T)), name,
                    "as a dense matrix of so few entries (counted in elements, not bytes), it");
        if (promised.layout == Layout::array) {
            Body<T> body(text, name, options, tuning);
            Eigen::MatrixX<T> A = dense_from_array(body, tuning);
            info = std::move(body.info());
            return A;
        }
    }
    const Csr<T> sparse = read_sparse_text<T>(text, name, options, info, tuning);
    Eigen::MatrixX<T> A = Eigen::MatrixX<T>::Zero(sparse.rows(), sparse.cols());
    for (Index i = 0; i < sparse.rows(); ++i) {
        for (Offset k = sparse.indptr()[static_cast<std::size_t>(i)];
             k < sparse.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
            A(i, sparse.indices()[static_cast<std::size_t>(k)]) = sparse.values()[static_cast<std::size_t>(k)];
    }
    return A;
}

namespace {

/// Opens `path` and reads it with `read(text, name, tuning)`.
template <class Read>
auto read_file(const std::string& path, const ReadOptions& options, Read&& read) {
    std::optional<std::uint64_t> limit;
    if (options.max_memory > 0) limit = static_cast<std::uint64_t>(options.max_memory);
    ByteSource source(path, limit);
    ReaderTuning tuning;
    tuning.text_is_done = [&] { source.done_with(0, source.bytes().size()); };
    auto result = read(source.bytes(), source.name(), tuning);
    source.check_unchanged();
    return result;
}

bool is_complex_file(std::span<const char> text, const std::string& name) {
    return parse_header(text, name).info.field == Field::complex;
}

ReadResult read_any(std::span<const char> text, const std::string& name, const ReadOptions& options,
                    const ReaderTuning& tuning) {
    ReadResult result;
    if (is_complex_file(text, name))
        result.matrix = read_sparse_text<std::complex<double>>(text, name, options, result.info, tuning);
    else
        result.matrix = read_sparse_text<double>(text, name, options, result.info, tuning);
    return result;
}

DenseReadResult read_any_dense(std::span<const char> text, const std::string& name, const ReadOptions& options,
                               const ReaderTuning& tuning) {
    DenseReadResult result;
    if (is_complex_file(text, name))
        result.matrix = read_dense_text<std::complex<double>>(text, name, options, result.info, tuning);
    else
        result.matrix = read_dense_text<double>(text, name, options, result.info, tuning);
    return result;
}

}  // namespace
}  // namespace detail

ReadResult read_matrix_market(const std::string& path, const ReadOptions& options) {
    ReadResult result = detail::read_file(path, options, [&](auto text, const std::string& name, const auto& tuning) {
        return detail::read_any(text, name, options, tuning);
    });
    result.info.path = path;
    return result;
}

template <Scalar T>
Csr<T> read_matrix_market(const std::string& path, const ReadOptions& options, FileInfo* info) {
    FileInfo found;
    Csr<T> A = detail::read_file(path, options, [&](auto text, const std::string& name, const auto& tuning) {
        return detail::read_sparse_text<T>(text, name, options, found, tuning);
    });
    found.path = path;
    if (info != nullptr) *info = std::move(found);
    return A;
}

DenseReadResult read_matrix_market_dense(const std::string& path, const ReadOptions& options) {
    DenseReadResult result =
        detail::read_file(path, options, [&](auto text, const std::string& name, const auto& tuning) {
            return detail::read_any_dense(text, name, options, tuning);
        });
    result.info.path = path;
    return result;
}

template <Scalar T>
Eigen::MatrixX<T> read_matrix_market_dense(const std::string& path, const ReadOptions& options, FileInfo* info) {
    FileInfo found;
    Eigen::MatrixX<T> A = detail::read_file(path, options, [&](auto text, const std::string& name, const auto& tuning) {
        return detail::read_dense_text<T>(text, name, options, found, tuning);
    });
    found.path = path;
    if (info != nullptr) *info = std::move(found);
    return A;
}

ReadResult parse_matrix_market(std::span<const char> text, const std::string& name, const ReadOptions& options) {
    return detail::read_any(text, name, options, {});
}

template <Scalar T>
Csr<T> parse_matrix_market(std::span<const char> text, const std::string& name, const ReadOptions& options,
                           FileInfo* info) {
    FileInfo found;
    Csr<T> A = detail::read_sparse_text<T>(text, name, options, found);
    if (info != nullptr) *info = std::move(found);
    return A;
}

DenseReadResult parse_matrix_market_dense(std::span<const char> text, const std::string& name,
                                          const ReadOptions& options) {
    return detail::read_any_dense(text, name, options, {});
}

template <Scalar T>
Eigen::MatrixX<T> parse_matrix_market_dense(std::span<const char> text, const std::string& name,
                                            const ReadOptions& options, FileInfo* info) {
    FileInfo found;
    Eigen::MatrixX<T> A = detail::read_dense_text<T>(text, name, options, found);
    if (info != nullptr) *info = std::move(found);
    return A;
}

#define RITZ_INSTANTIATE(T)                                                                                            \
    template Csr<T> detail::read_sparse_text(std::span<const char>, const std::string&, const ReadOptions&, FileInfo&, \
                                             const ReaderTuning&);                                                     \
    template Eigen::MatrixX<T> detail::read_dense_text(std::span<const char>, const std::string&, const ReadOptions&,  \
                                                       FileInfo&, const ReaderTuning&);                                \
    template Csr<T> read_matrix_market(const std::string&, const ReadOptions&, FileInfo*);                             \
    template Eigen::MatrixX<T> read_matrix_market_dense(const std::string&, const ReadOptions&, FileInfo*);            \
    template Csr<T> parse_matrix_market(std::span<const char>, const std::string&, const ReadOptions&, FileInfo*);     \
    template Eigen::MatrixX<T> parse_matrix_market_dense(std::span<const char>, const std::string&,                    \
                                                         const ReadOptions&, FileInfo*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
