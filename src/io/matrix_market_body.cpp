// SPDX-License-Identifier: BSD-3-Clause
#include "io/matrix_market_body.hpp"

#include <algorithm>
#include <utility>

#include "core/instantiate.hpp"
#include "io/matrix_market_numbers.hpp"

namespace ritz::detail {

template <Scalar T>
bool LineParser<T>::parse(const char*& p, Entry<T>& entry, Chunk<T>& chunk) const {
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
            if (rules_.symmetry == Symmetry::hermitian && entry.value.imag() != 0 && !chunk.complex_diagonal)
                chunk.complex_diagonal = line;
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

template <Scalar T>
const char* LineParser<T>::skip_blanks(const char* p) const {
    while (p != end_ && is_blank(*p)) ++p;
    return p;
}

template <Scalar T>
std::string_view LineParser<T>::next_token(const char*& p) const {
    const char* const begin = p = skip_blanks(p);
    while (p != end_ && !is_blank(*p) && !is_line_end(*p)) ++p;
    return {begin, static_cast<std::size_t>(p - begin)};
}

template <Scalar T>
std::string LineParser<T>::description() const {
    std::string text;
    if (rules_.indices >= 1) text = "row";
    if (rules_.indices >= 2) text += ", column";
    const char* const value = rules_.field == Field::pattern   ? ""
                              : rules_.field == Field::complex ? "real and imaginary part"
                                                               : "value";
    if (!text.empty() && *value != 0) text += ", ";
    return text + value;
}

template <Scalar T>
bool LineParser<T>::fail(Chunk<T>& chunk, const char* at, std::string what, std::string expected) const {
    chunk.problem = Problem{offset(at), std::move(what), std::move(expected)};
    return false;
}

template <Scalar T>
bool LineParser<T>::parse_one_index(const char*& p, const char* what, std::uint64_t bound, Index& index,
                                    Chunk<T>& chunk) const {
    const std::string_view token = next_token(p);
    std::int64_t value = 0;
    const NumberKind kind = parse_int64(token, value);
    if (kind == NumberKind::finite && value >= 1 && static_cast<std::uint64_t>(value) <= bound) {
        index = static_cast<Index>(value - 1);
        return true;
    }
    const bool integer = kind == NumberKind::finite || kind == NumberKind::out_of_range;
    const std::string expected =
        bound == 0 ? "no entry, since the matrix has no " + std::string(what) + "s" : "1 to " + std::to_string(bound);
    if (integer) return fail(chunk, token.data(), std::string(what) + " index out of range", expected);
    return fail(chunk, token.data(), "bad entry", std::string("a ") + what + " index, " + expected);
}

template <Scalar T>
bool LineParser<T>::parse_number(const char*& p, const char* what, Real<T>& value, bool& nonfinite, bool& underflow,
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
                        !integer ? std::string("a magnitude of at most ") +
                                       (sizeof(Real<T>) == 8 ? "1.7976931348623157e308" : "3.4028235e38")
                        : rules_.unsigned_64 ? "an integer that fits 64 bits"
                                             : "an integer that fits 64 bits with sign");
        default:
            break;
    }
    return fail(chunk, token.data(), "bad entry", what + std::string(integer ? ", an integer" : ""));
}

namespace {

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
    const LineParser<T> exact(rules, text);
    const std::uint64_t rows = rules.rows, cols = rules.cols;

    const std::size_t shortest = static_cast<std::size_t>(2 * rules.numbers);
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

}  // namespace

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

#define RITZ_INSTANTIATE(T)                                                    \
    template class LineParser<T>;                                              \
    template void parse_chunk(std::span<const char>, const Rules&, Chunk<T>&); \
    template std::vector<Chunk<T>> cut(std::span<const char>, std::size_t, std::size_t);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
