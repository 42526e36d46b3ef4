// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/io/harwell_boeing.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "io/fortran_format.hpp"
#include "io/reading.hpp"
#include "io/writing.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/convert.hpp"

namespace ritz {

namespace {

using Bytes = std::span<const char>;
using detail::FormatField;
using detail::FortranFormat;

// --- reading -----------------------------------------------------------------------------------------------------

/// The lines of a file, one after the other.
class Cards {
public:
    Cards(const std::string& name, Bytes text) : name_(name), text_(text.data(), text.size()) {}

    std::int64_t line() const { return line_; }  // of the last card, from 1
    std::size_t done() const { return at_; }
    std::size_t left() const { return text_.size() - at_; }
    bool at_end() const { return at_ == text_.size(); }

    /// The next card without its line end.
    std::string_view next() {
        if (at_end()) throw ParseError(name_, line_ + 1, "the file ends too early; it is truncated");
        std::size_t end = text_.find('\n', at_);
        if (end == std::string_view::npos) end = text_.size();
        std::string_view card = text_.substr(at_, end - at_);
        if (card.ends_with('\r')) card.remove_suffix(1);
        at_ = std::min(end + 1, text_.size());
        ++line_;
        return card;
    }

private:
    const std::string& name_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::int64_t line_ = 0;
};

std::string_view slice(std::string_view text, std::size_t begin, std::size_t length) {
    return begin < text.size() ? text.substr(begin, length) : std::string_view();
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t") == std::string_view::npos;
}

/// The integers of a header card: separated by blanks or, when that fails, in columns of 14. Nothing if neither works.
std::optional<std::vector<std::int64_t>> header_integers(std::string_view text) {
    std::vector<std::int64_t> numbers;
    const auto read = [&](std::string_view word) {
        try {
            numbers.push_back(detail::parse_fortran_integer(word));
            return true;
        } catch (const InvalidArgument&) {
            return false;
        }
    };
    constexpr std::size_t width = 14, most = 5;
    bool good = true;
    for (std::size_t at = 0; good && (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
        good = numbers.size() < most && read(text.substr(at, end - at));
        at = end;
    }
    if (good) return numbers;
    numbers.clear();
    for (std::size_t k = 0; k < most; ++k) {
        const std::string_view field = slice(text, k * width, width);
        if (is_blank(field)) break;
        if (!read(field)) return {};
    }
    return numbers;
}

struct Header {
    std::string title;
    std::int64_t pointer_cards = 0, index_cards = 0, value_cards = 0, rhs_cards = 0;
    char field = 'R', symmetry = 'U', assembly = 'A';
    std::int64_t rows = 0, cols = 0, entries = 0;
    FortranFormat pointer_format, index_format;
    std::optional<FortranFormat> value_format, rhs_format;
    std::string rhs_type;
    std::int64_t right_hand_sides = 0;
};

/// The three letters of the type in upper case, or nothing.
std::optional<std::string> matrix_type(std::string_view card) {
    const std::size_t begin = card.find_first_not_of(' ');
    if (begin == std::string_view::npos || card.size() - begin < 3) return {};
    std::string type(card.substr(begin, 3));
    for (char& c : type)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const bool known = std::strchr("RCIP", type[0]) != nullptr && std::strchr("USHZR", type[1]) != nullptr &&
                       std::strchr("AE", type[2]) != nullptr && type[0] != '\0' && type[1] != '\0' && type[2] != '\0';
    return known ? std::optional(type) : std::nullopt;
}

/// The integers behind the type on the third card.
std::optional<std::vector<std::int64_t>> matrix_sizes(std::string_view card) {
    const std::size_t behind_type = card.find_first_not_of(' ') + 3;
    constexpr std::size_t column = 14;
    // In columns the type takes 14; a card that was written freely may have taken less.
    if (is_blank(slice(card, behind_type, column - std::min(column, behind_type))))
        return header_integers(slice(card, std::max(column, behind_type), card.size()));
    return header_integers(slice(card, behind_type, card.size()));
}

/// The formats on the fourth card, one pair of outer parentheses each.
std::vector<std::string_view> formats_of(const std::string& name, std::int64_t line, std::string_view card) {
    std::vector<std::string_view> formats;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t k = 0; k < card.size(); ++k) {
        if (card[k] == '(' && depth++ == 0) begin = k;
        if (card[k] == ')' && --depth == 0) formats.push_back(card.substr(begin, k - begin + 1));
        if (depth < 0) break;
    }
    if (depth != 0 || formats.size() < 2)
        throw ParseError(name, line, "expected the formats of pointers, indices and values, such as (16I5)");
    return formats;
}

/// f(), its InvalidArgument made a ParseError at a line.
template <class F>
auto at_line(const std::string& name, std::int64_t line, F&& f) {
    try {
        return f();
    } catch (const InvalidArgument& error) {
        throw ParseError(name, line, error.what());
    }
}

Header read_header(const std::string& name, Cards& cards) {
    Header header;
    if (cards.at_end()) throw ParseError(name, 0, "the file is empty");
    const std::string_view title = slice(cards.next(), 0, 72);
    header.title = std::string(title.substr(0, title.find_last_not_of(' ') + 1));

    const auto counts = header_integers(cards.next());
    if (!counts || counts->size() < 4 ||
        std::any_of(counts->begin(), counts->end(), [](std::int64_t count) { return count < 0; }))
        throw ParseError(name, cards.line(),
                         "expected the numbers of cards: in all, of pointers, of indices, of values, and of right-hand "
                         "sides if there are any");
    header.pointer_cards = (*counts)[1];
    header.index_cards = (*counts)[2];
    header.value_cards = (*counts)[3];
    header.rhs_cards = counts->size() > 4 ? (*counts)[4] : 0;

    const std::string_view type_card = cards.next();
    const auto type = matrix_type(type_card);
    if (!type)
        throw ParseError(name, cards.line(),
                         "expected a matrix type, such as RUA (R, C, I or P; U, S, H, Z or R; A or E)");
    header.field = (*type)[0];
    header.symmetry = (*type)[1];
    header.assembly = (*type)[2];
    if (header.assembly == 'E')
        throw Unsupported(name + ": a matrix of finite elements (" + *type + "); only assembled ones are read");
    const auto sizes = matrix_sizes(type_card);
    if (!sizes || sizes->size() < 3)
        throw ParseError(name, cards.line(), "expected the numbers of rows, columns and entries behind the type");
    header.rows = (*sizes)[0];
    header.cols = (*sizes)[1];
    header.entries = (*sizes)[2];
    if (header.entries < 0)
        throw ParseError(name, cards.line(), "the number of entries is " + std::to_string(header.entries));
    for (const auto& [count, what] : {std::pair(header.cols, " columns"), {header.entries, " entries"}})
        if (count > 0 && static_cast<std::uint64_t>(count) > cards.left())  // each takes a character at least
            throw ParseError(name, cards.line(),
                             std::to_string(count) + what + " are promised, but the file is too short for them");

    const std::string_view format_card = cards.next();
    const std::vector<std::string_view> formats = formats_of(name, cards.line(), format_card);
    const auto format = [&](std::size_t k) {
        return at_line(name, cards.line(), [&] { return detail::parse_fortran_format(formats[k]); });
    };
    header.pointer_format = format(0);
    header.index_format = format(1);
    // A pattern has no values, and their format may be blank.
    std::size_t next = 2;
    if (header.field != 'P') {
        if (formats.size() < 3) throw ParseError(name, cards.line(), "the format of the values is missing");
        header.value_format = format(next++);
    } else if (formats.size() > 3) {
        ++next;
    }
    if (header.rhs_cards > 0) {
        const std::string_view rhs_card = cards.next();
        header.rhs_type = std::string(slice(rhs_card, 0, 3));
        const auto numbers = header_integers(slice(rhs_card, 14, rhs_card.size()));
        if (!numbers || numbers->empty() || (*numbers)[0] < 0)
            throw ParseError(name, cards.line(), "expected the type and the number of right-hand sides");
        header.right_hand_sides = (*numbers)[0];
        if (next < formats.size()) header.rhs_format = format(next);
    }
    return header;
}

/// True if blanks separate `expected` words on a card, none longer than the field it would be.
bool is_free_form(std::string_view card, const std::vector<FormatField>& record, std::uint64_t expected) {
    constexpr std::string_view blanks = " \t";
    for (std::uint64_t f = 0; f < expected; ++f) {
        const std::size_t begin = card.find_first_not_of(blanks);
        if (begin == std::string_view::npos) return false;
        const std::size_t end = std::min(card.find_first_of(blanks, begin), card.size());
        if (end - begin > record[f].width) return false;
        card.remove_prefix(end);
    }
    return is_blank(card);
}

/// store(k, characters, field) for the numbers k = 0 … count-1 of a list.
///
/// A card on which blanks separate as many words as the format has numbers is read word by word. If the numbers are
/// where the format says, that is the same; if not, columns would cut them in two: hb_write of SciPy (1.10) writes
/// (3E25.16) and then numbers of 24 characters.
template <class Store>
void read_numbers(const std::string& name, Cards& cards, const FortranFormat& format, std::uint64_t count,
                  const detail::ReadProgress& progress, Store&& store) {
    if (count > cards.left())  // a number takes a character at least
        throw ParseError(name, cards.line(),
                         std::to_string(count) + " numbers are expected below, but the file is too short for them");
    constexpr std::int64_t pause = 1 << 14;
    const std::vector<FormatField>* record = &format.first;
    std::uint64_t k = 0;
    while (k < count) {
        std::string_view card = cards.next();
        if (cards.line() % pause == 0) progress.at(cards.done());
        const std::uint64_t expected = std::min<std::uint64_t>(record->size(), count - k);
        at_line(name, cards.line(), [&] {
            if (is_free_form(card, *record, expected)) {
                for (std::uint64_t f = 0; f < expected; ++f) {
                    card.remove_prefix(card.find_first_not_of(" \t"));
                    const std::string_view word = card.substr(0, card.find_first_of(" \t"));
                    store(k++, word, (*record)[f]);
                    card.remove_prefix(word.size());
                }
                return;
            }
            std::size_t end = 0;
            for (std::uint64_t f = 0; f < expected; ++f) {
                const FormatField& field = (*record)[f];
                store(k++, slice(card, field.column, field.width), field);
                end = field.column + field.width;
            }
            if (end < card.size() && !is_blank(card.substr(end)))
                throw InvalidArgument("the line is longer than its format says");
        });
        record = &format.later;
    }
}

/// Integers from 1, stored from 0.
template <class To>
Buffer<To> read_indices(const std::string& name, Cards& cards, const FortranFormat& format, std::uint64_t count,
                        std::int64_t largest, const char* what, const detail::ReadProgress& progress) {
    Buffer<To> indices(count <= cards.left() ? count : 0);
    read_numbers(name, cards, format, count, progress,
                 [&](std::uint64_t k, std::string_view text, const FormatField& field) {
                     if (field.kind != 'I') throw InvalidArgument("the format of the indices is not one of integers");
                     const std::int64_t index = detail::parse_fortran_integer(text);
                     if (index < 1 || index > largest)
                         throw InvalidArgument(std::string("a ") + what + " is " + std::to_string(index) +
                                               ", expected 1 to " + std::to_string(largest));
                     indices[k] = static_cast<To>(index - 1);
                 });
    return indices;
}

void read_reals(const std::string& name, Cards& cards, const FortranFormat& format, std::uint64_t count, double* to,
                bool& rounded, const detail::ReadProgress& progress) {
    read_numbers(name, cards, format, count, progress,
                 [&](std::uint64_t k, std::string_view text, const FormatField& field) {
                     if (field.kind == 'I') {
                         const std::int64_t value = detail::parse_fortran_integer(text);
                         const std::uint64_t magnitude =
                             value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
                         rounded |= magnitude != 0 && std::bit_width(magnitude) - std::countr_zero(magnitude) > 53;
                         to[k] = static_cast<double>(value);
                     } else {
                         to[k] = detail::parse_fortran_real(text, field);
                     }
                 });
}

FileInfo info_of(const std::string& name, const Header& header) {
    FileInfo info;
    info.path = name;
    info.format = "Harwell-Boeing";
    info.rows = detail::checked_dimension(name, 3, header.rows, "rows");
    info.cols = detail::checked_dimension(name, 3, header.cols, "columns");
    info.stored_entries = header.entries;
    switch (header.field) {
        case 'C':
            info.field = Field::complex;
            break;
        case 'I':
            info.field = Field::integer;
            break;
        case 'P':
            info.field = Field::pattern;
            break;
        default:
            info.field = Field::real;
    }
    switch (header.symmetry) {
        case 'S':
            info.symmetry = Symmetry::symmetric;
            break;
        case 'Z':
            info.symmetry = Symmetry::skew_symmetric;
            break;
        case 'H':
            info.symmetry = Symmetry::hermitian;
            break;
        default:
            info.symmetry = Symmetry::general;
    }
    if (info.symmetry == Symmetry::hermitian && info.field != Field::complex) {
        info.symmetry = Symmetry::symmetric;
        info.notes.emplace_back("a hermitian matrix that is not complex is read as symmetric");
    }
    if (info.symmetry == Symmetry::skew_symmetric && info.field == Field::pattern)
        throw ParseError(name, 3, "a pattern cannot be skew-symmetric: the signs are unknown");
    if (!header.title.empty()) info.notes.push_back("title: " + header.title);
    return info;
}

template <Scalar T>
Csr<T> read_matrix_cards(const std::string& name, Cards& cards, const Header& header, const ReadOptions& options,
                         FileInfo& info, const detail::ReadProgress& progress) {
    const auto entries = static_cast<std::uint64_t>(header.entries);
    const auto compare_cards = [&](const char* what, std::int64_t promised, std::int64_t used) {
        if (promised != used)
            info.notes.push_back(std::string("line 2 promises ") + std::to_string(promised) + " lines of " + what +
                                 ", there are " + std::to_string(used));
    };
    std::int64_t line = cards.line();
    Buffer<Offset> indptr =
        read_indices<Offset>(name, cards, header.pointer_format, static_cast<std::uint64_t>(info.cols) + 1,
                             header.entries + 1, "column pointer", progress);
    compare_cards("pointers", header.pointer_cards, cards.line() - line);
    line = cards.line();
    Buffer<Index> indices =
        read_indices<Index>(name, cards, header.index_format, entries, info.rows, "row index", progress);
    compare_cards("indices", header.index_cards, cards.line() - line);
    line = cards.line();
    Buffer<T> values;
    if (header.field == 'P') {
        values = Buffer<T>(entries, T{1});
    } else {
        constexpr std::uint64_t parts = is_complex<T> ? 2 : 1;
        const std::uint64_t numbers = detail::saturating_fma(entries, parts);
        if (numbers > cards.left())
            throw ParseError(name, cards.line(), "the file is too short for its values; it is truncated");
        values = Buffer<T>(entries);
        bool rounded = false;
        read_reals(name, cards, *header.value_format, numbers, reinterpret_cast<double*>(values.data()), rounded,
                   progress);
        if (rounded) info.notes.emplace_back("integers of more than 53 bits are rounded to double");
        compare_cards("values", header.value_cards, cards.line() - line);
    }
    return detail::csr_from_compressed<Order::column, T>(name, std::move(indptr), std::move(indices), std::move(values),
                                                         options, info);
}

// --- writing -----------------------------------------------------------------------------------------------------

/// A list of numbers: how wide one is, how many stand on a line, and the Fortran format that says so.
struct CardLayout {
    std::size_t width, per_line;
    std::string format;

    std::uint64_t lines(std::uint64_t count) const { return (count + per_line - 1) / per_line; }
};

CardLayout integer_layout(std::int64_t largest, bool may_be_negative = false) {
    const std::size_t width = std::to_string(largest).size() + (may_be_negative ? 2 : 1);
    return {width, 80 / width, "(" + std::to_string(80 / width) + "I" + std::to_string(width) + ")"};
}

CardLayout real_layout(int digits) {
    // A sign, a digit, the point, the others, E and an exponent of a sign and three digits; a blank before it all.
    const auto width = static_cast<std::size_t>(digits) + 8;
    return {width, 80 / width,
            "(" + std::to_string(80 / width) + "E" + std::to_string(width) + "." + std::to_string(digits - 1) + ")"};
}

char* put_right(std::string_view text, std::size_t width, char* to) {
    to = std::fill_n(to, width - text.size(), ' ');
    return std::copy(text.begin(), text.end(), to);
}

char* put_integer(std::int64_t value, std::size_t width, char* to) {
    char digits[24];
    const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return put_right({digits, static_cast<std::size_t>(end - digits)}, width, to);
}

template <class R>
char* put_real(R value, int digits, std::size_t width, char* to) {
    if (!std::isfinite(value)) return put_right(std::isnan(value) ? "NaN" : value > 0 ? "Inf" : "-Inf", width, to);
    char text[40];
    char* const end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, digits - 1).ptr;
    std::replace(text, end, 'e', 'E');
    return put_right({text, static_cast<std::size_t>(end - text)}, width, to);
}

/// Writes `count` numbers; put(k, to) formats number k in layout.width characters. Formatted in parallel.
template <class Put>
void write_numbers(detail::AtomicFile& file, const std::string& path, const CardLayout& layout, std::uint64_t count,
                   const WriteOptions& options, Put&& put) {
    const std::uint64_t block = layout.per_line * std::uint64_t{4096};
    const auto at_once = static_cast<std::uint64_t>(4 * max_threads());
    std::vector<Buffer<char>> texts(at_once);
    for (std::uint64_t begin = 0; begin < count; begin += block * at_once) {
        detail::check_cancelled(path, options);
        const std::uint64_t blocks = std::min(at_once, (count - begin + block - 1) / block);
        detail::parallel_tasks(static_cast<std::int64_t>(blocks),
                               detail::threads_for(static_cast<std::int64_t>(blocks), 1), [&](std::int64_t b) {
                                   const std::uint64_t first = begin + static_cast<std::uint64_t>(b) * block,
                                                       last = std::min(count, first + block);
                                   Buffer<char>& text = texts[static_cast<std::size_t>(b)];
                                   text.resize((last - first) * layout.width + layout.lines(last - first));
                                   char* to = text.data();
                                   for (std::uint64_t k = first; k < last; ++k) {
                                       to = put(k, to);
                                       if ((k - first) % layout.per_line == layout.per_line - 1 || k == last - 1)
                                           *to++ = '\n';
                                   }
                               });
        for (std::uint64_t b = 0; b < blocks; ++b) file.write(std::span<const char>(texts[b]));
    }
}

/// True if A is what `symmetry` says, exactly.
template <Scalar T>
bool is_exactly(const CsrView<T>& A, Symmetry symmetry) {
    if (symmetry == Symmetry::general) return true;
    if (A.rows() != A.cols()) return false;
    const Csr<T> B = transpose(A);
    if (!std::equal(A.indptr().begin(), A.indptr().end(), B.indptr().begin()) ||
        !std::equal(A.indices().begin(), A.indices().end(), B.indices().begin()))
        return false;
    const VectorView<T> a = A.values(), b = std::as_const(B).values();
    for (std::size_t k = 0; k < a.size(); ++k) {
        const T mirrored = symmetry == Symmetry::symmetric        ? b[k]
                           : symmetry == Symmetry::skew_symmetric ? -b[k]
                                                                  : conjugate(b[k]);
        if (!(a[k] == mirrored)) return false;
    }
    return true;
}

template <Scalar T>
Symmetry symmetry_to_write(const CsrView<T>& A, const WriteOptions& options) {
    if (options.symmetry) {
        detail::require(is_exactly(A, *options.symmetry),
                        std::string("write_harwell_boeing: the matrix is not ") + to_string(*options.symmetry));
        return *options.symmetry;
    }
    if (is_exactly(A, Symmetry::symmetric)) return Symmetry::symmetric;
    if (is_complex<T> && is_exactly(A, Symmetry::hermitian)) return Symmetry::hermitian;
    if (is_exactly(A, Symmetry::skew_symmetric)) return Symmetry::skew_symmetric;
    return Symmetry::general;
}

template <Scalar T>
Field field_to_write(VectorView<T> values, const WriteOptions& options) {
    if (!options.field) return is_complex<T> ? Field::complex : Field::real;
    const auto real_part = [](const T& value) { return static_cast<double>(std::real(value)); };
    const auto all = [&](auto&& holds) { return std::all_of(values.begin(), values.end(), holds); };
    const bool is_real = *options.field == Field::complex || all([](const T& value) { return std::imag(value) == 0; });
    detail::require(is_real, "write_harwell_boeing: real numbers were asked for, but the matrix has imaginary parts");
    if (*options.field == Field::integer)
        detail::require(all([&](const T& value) {
                            const double x = real_part(value);
                            return x == std::floor(x) && x >= -0x1p63 && x < 0x1p63;
                        }),
                        "write_harwell_boeing: integers were asked for, but not every number is one of 64 bits");
    if (*options.field == Field::pattern)
        detail::require(all([&](const T& value) { return real_part(value) == 1; }),
                        "write_harwell_boeing: a pattern was asked for, but not every number is 1");
    return *options.field;
}

/// The title card: a comment without what does not belong on a card, and the key.
std::string title_card(const WriteOptions& options) {
    std::string title = options.comments.empty() ? "written by ritz" : options.comments.front();
    for (char& c : title)
        if (c < ' ' || c > '~') c = ' ';
    title.resize(72, ' ');
    return title + "ritz    \n";
}

void append_integer(std::string& to, std::int64_t value) {
    const std::string digits = std::to_string(value);
    to.append(digits.size() < 14 ? 14 - digits.size() : 1, ' ');
    to += digits;
}

}  // namespace

bool looks_like_harwell_boeing(Bytes text) noexcept {
    const std::string_view all(text.data(), std::min<std::size_t>(text.size(), 4096));
    std::string_view lines[3];
    std::size_t at = 0;
    for (std::string_view& line : lines) {
        const std::size_t end = all.find('\n', at);
        if (end == std::string_view::npos) return false;
        line = all.substr(at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        at = end + 1;
    }
    try {
        const auto counts = header_integers(lines[1]);
        if (!counts || counts->size() < 4 || !matrix_type(lines[2])) return false;
        const auto sizes = matrix_sizes(lines[2]);
        return sizes && sizes->size() >= 3;
    } catch (...) {  // no memory
        return false;
    }
}

ReadResult parse_harwell_boeing(Bytes text, const std::string& name, const ReadOptions& options) {
    const detail::ReadProgress progress(name, options, text.size());
    progress.at(0);
    Cards cards(name, text);
    const Header header = read_header(name, cards);
    FileInfo info = info_of(name, header);
    detail::check_row_pointers(name, info.rows, text.size());
    const std::uint64_t entry = sizeof(Index) + (header.field == 'C' ? 16 : 8);
    const std::uint64_t stored = static_cast<std::uint64_t>(header.entries) * (header.symmetry == 'U' ? 1 : 2);
    detail::check_memory(
        name, detail::saturating_fma(stored, 3 * entry, 8 * (static_cast<std::uint64_t>(info.cols) + 1)), options);
    AnyCsr matrix;
    if (header.field == 'C')
        matrix = read_matrix_cards<std::complex<double>>(name, cards, header, options, info, progress);
    else
        matrix = read_matrix_cards<double>(name, cards, header, options, info, progress);
    if (header.rhs_cards > 0) info.notes.emplace_back("right-hand sides in the file are not part of the matrix");
    progress.at(text.size());
    return {std::move(matrix), std::move(info)};
}

DenseReadResult parse_harwell_boeing_right_hand_sides(Bytes text, const std::string& name, const ReadOptions& options) {
    const detail::ReadProgress progress(name, options, text.size());
    progress.at(0);
    Cards cards(name, text);
    const Header header = read_header(name, cards);
    FileInfo info = info_of(name, header);
    if (header.rhs_cards == 0) throw ParseError(name, 2, "the file has no right-hand sides");
    if (header.rhs_type.empty() || (header.rhs_type[0] != 'F' && header.rhs_type[0] != 'f'))
        throw Unsupported(name + ": right-hand sides that are stored like the matrix; only full ones are read");
    if (!header.rhs_format) throw ParseError(name, 4, "the format of the right-hand sides is missing");
    std::uint64_t skip = header.pointer_format.records(static_cast<std::uint64_t>(info.cols) + 1) +
                         header.index_format.records(static_cast<std::uint64_t>(header.entries));
    if (header.value_format)
        skip += header.value_format->records(
            detail::saturating_fma(static_cast<std::uint64_t>(header.entries), header.field == 'C' ? 2 : 1));
    for (; skip > 0; --skip) cards.next();

    info.layout = Layout::array;
    info.symmetry = Symmetry::general;
    if (info.field == Field::pattern) info.field = Field::real;
    info.cols = detail::checked_dimension(name, 5, header.right_hand_sides, "right-hand sides");
    info.stored_entries = Offset{info.rows} * info.cols;
    const auto fill = [&]<Scalar T>(T) -> AnyDense {
        constexpr std::uint64_t parts = is_complex<T> ? 2 : 1;
        const std::uint64_t numbers = detail::saturating_fma(static_cast<std::uint64_t>(info.stored_entries), parts);
        if (numbers > cards.left())
            throw ParseError(name, cards.line(), "the file is too short for its right-hand sides; it is truncated");
        Eigen::MatrixX<T> B(info.rows, info.cols);
        bool rounded = false;
        read_reals(name, cards, *header.rhs_format, numbers, reinterpret_cast<double*>(B.data()), rounded, progress);
        detail::check_finite_dense<T>(name, B, options, info);
        return B;
    };
    AnyDense matrix = header.field == 'C' ? fill(std::complex<double>{}) : fill(double{});
    progress.at(text.size());
    return {std::move(matrix), std::move(info)};
}

ReadResult read_harwell_boeing(const std::string& path, const ReadOptions& options) {
    return detail::read_whole(path, options, parse_harwell_boeing);
}

DenseReadResult read_harwell_boeing_right_hand_sides(const std::string& path, const ReadOptions& options) {
    return detail::read_whole(path, options, parse_harwell_boeing_right_hand_sides);
}

template <Scalar T>
void write_harwell_boeing(const std::string& path, const CsrView<T>& A, const WriteOptions& options) {
    const Symmetry symmetry = symmetry_to_write(A, options);
    const Field field = field_to_write(A.values(), options);
    detail::require(field != Field::pattern || symmetry != Symmetry::skew_symmetric,
                    "write_harwell_boeing: a pattern cannot be skew-symmetric");

    // The entries by columns, from 1; of a symmetric matrix the lower triangle.
    const Csc<T> C = to_csc(A);
    const auto cols = static_cast<std::size_t>(A.cols());
    Buffer<Offset> pointers(cols + 1), first(cols);
    pointers[0] = 1;
    for (std::size_t j = 0; j < cols; ++j) {
        const Index* const begin = C.indices().data() + C.indptr()[j];
        const Index* const end = C.indices().data() + C.indptr()[j + 1];
        const Index* const from =
            symmetry == Symmetry::general ? begin : std::lower_bound(begin, end, static_cast<Index>(j));
        first[j] = from - C.indices().data();
        pointers[j + 1] = pointers[j] + (end - from);
    }
    const Offset entries = pointers.back() - 1;
    Buffer<Offset> stored;  // position in C of each entry that is written
    if (symmetry != Symmetry::general) {
        stored.resize(static_cast<std::size_t>(entries));
        for (std::size_t j = 0; j < cols; ++j)
            for (Offset k = 0; k < pointers[j + 1] - pointers[j]; ++k)
                stored[static_cast<std::size_t>(pointers[j] - 1 + k)] = first[j] + k;
    }
    const auto position = [&](std::uint64_t k) {
        return stored.empty() ? static_cast<std::size_t>(k) : static_cast<std::size_t>(stored[k]);
    };

    const auto count = static_cast<std::uint64_t>(entries);
    const int digits = std::numeric_limits<Real<T>>::max_digits10;
    std::int64_t largest = 0;
    if (field == Field::integer)
        for (const T value : std::as_const(C).values())
            largest = std::max(largest, std::abs(std::max(static_cast<std::int64_t>(std::real(value)),
                                                          -std::numeric_limits<std::int64_t>::max())));
    const CardLayout pointer_layout = integer_layout(entries + 1), index_layout = integer_layout(A.rows()),
                     value_layout = field == Field::integer ? integer_layout(largest, true) : real_layout(digits);
    const std::uint64_t numbers = field == Field::pattern ? 0 : field == Field::complex ? 2 * count : count;

    std::string header = title_card(options);
    const auto pointer_lines = static_cast<std::int64_t>(pointer_layout.lines(cols + 1)),
               index_lines = static_cast<std::int64_t>(index_layout.lines(count)),
               value_lines = static_cast<std::int64_t>(value_layout.lines(numbers));
    for (const std::int64_t lines :
         {pointer_lines + index_lines + value_lines, pointer_lines, index_lines, value_lines})
        append_integer(header, lines);
    header += '\n';
    header += field == Field::real ? 'R' : field == Field::complex ? 'C' : field == Field::integer ? 'I' : 'P';
    header += symmetry == Symmetry::symmetric        ? 'S'
              : symmetry == Symmetry::hermitian      ? 'H'
              : symmetry == Symmetry::skew_symmetric ? 'Z'
              : A.rows() == A.cols()                 ? 'U'
                                                     : 'R';
    header += "A           ";
    for (const std::int64_t number : {std::int64_t{A.rows()}, std::int64_t{A.cols()}, entries, std::int64_t{0}})
        append_integer(header, number);
    header += '\n';
    std::string formats = pointer_layout.format;
    formats.resize(16, ' ');
    formats += index_layout.format;
    formats.resize(32, ' ');
    if (numbers > 0 || field != Field::pattern) formats += value_layout.format;
    formats.resize(52, ' ');
    header += formats + '\n';

    detail::AtomicFile file(path);
    file.write(header);
    write_numbers(file, path, pointer_layout, cols + 1, options,
                  [&](std::uint64_t k, char* to) { return put_integer(pointers[k], pointer_layout.width, to); });
    write_numbers(file, path, index_layout, count, options, [&](std::uint64_t k, char* to) {
        return put_integer(std::int64_t{C.indices()[position(k)]} + 1, index_layout.width, to);
    });
    const VectorView<T> values = std::as_const(C).values();
    write_numbers(file, path, value_layout, numbers, options, [&](std::uint64_t k, char* to) {
        const T value = values[position(field == Field::complex ? k / 2 : k)];
        if (field == Field::integer)
            return put_integer(static_cast<std::int64_t>(std::real(value)), value_layout.width, to);
        const bool imaginary = field == Field::complex && k % 2 == 1;
        return put_real<Real<T>>(imaginary ? std::imag(value) : std::real(value), digits, value_layout.width, to);
    });
    file.commit();
}

#define RITZ_INSTANTIATE(T) \
    template void write_harwell_boeing<T>(const std::string&, const CsrView<T>&, const WriteOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
