// SPDX-License-Identifier: BSD-3-Clause
#include "io/matrix_market_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <utility>
#include <vector>

#include "io/matrix_market_numbers.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

const char* to_string(Layout layout) noexcept {
    return layout == Layout::coordinate ? "coordinate" : "array";
}

const char* to_string(Field field) noexcept {
    switch (field) {
        case Field::real:
            return "real";
        case Field::integer:
            return "integer";
        case Field::pattern:
            return "pattern";
        case Field::complex:
            return "complex";
    }
    return "";
}

const char* to_string(Symmetry symmetry) noexcept {
    switch (symmetry) {
        case Symmetry::general:
            return "general";
        case Symmetry::symmetric:
            return "symmetric";
        case Symmetry::skew_symmetric:
            return "skew-symmetric";
        case Symmetry::hermitian:
            return "hermitian";
    }
    return "";
}

namespace detail {

const char* find_line_end(const char* p, const char* end) noexcept {
    while (p != end && !is_line_end(*p)) ++p;
    return p;
}

std::int64_t line_at(std::span<const char> text, std::size_t offset) noexcept {
    const char* const p = text.data();
    std::int64_t line = 1;
    for (std::size_t k = 0; k < offset; ++k) {
        // CR LF is one line end, counted at its LF, unless the offset lies between the two.
        line += p[k] == '\n' || (p[k] == '\r' && (k + 1 >= text.size() || p[k + 1] != '\n'));
    }
    return line;
}

std::string shown_token(std::span<const char> text, std::size_t offset) {
    if (offset >= text.size()) return "the end of the file";
    if (is_line_end(text[offset])) return "the end of the line";
    constexpr std::size_t most = 40;
    std::string shown = "\"";
    std::size_t count = 0;
    for (std::size_t k = offset; k < text.size() && !is_blank(text[k]) && !is_line_end(text[k]); ++k) {
        if (count++ == most) {
            shown += "…";
            break;
        }
        const auto c = static_cast<unsigned char>(text[k]);
        if (c >= 0x20 && c < 0x7F) {
            shown += text[k];
        } else {
            constexpr char hex[] = "0123456789abcdef";
            shown += {'\\', 'x', hex[c >> 4], hex[c & 15]};
        }
    }
    return shown + "\"";
}

void raise(const Problem& problem, std::span<const char> text, const std::string& name) {
    std::string message = problem.what;
    if (!problem.expected.empty())
        message += ", found " + shown_token(text, problem.offset) + ", expected " + problem.expected;
    throw ParseError(name, line_at(text, problem.offset), message);
}

namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

struct Token {
    std::size_t offset = 0;
    std::string_view text;  // empty at the end of the line
};

/// Walks over lines and their tokens.
class Reader {
public:
    Reader(std::span<const char> text, const std::string& name) : text_(text), name_(name) {}

    bool at_end() const { return position_ == text_.size(); }
    std::size_t position() const { return position_; }
    void skip(std::size_t bytes) { position_ += bytes; }

    Token next() {
        while (!at_end() && is_blank(text_[position_])) ++position_;
        const std::size_t begin = position_;
        while (!at_end() && !is_blank(text_[position_]) && !is_line_end(text_[position_])) ++position_;
        last_ = begin;
        return {begin, std::string_view(text_.data() + begin, position_ - begin)};
    }
    std::size_t last() const { return last_; }  ///< where the last token began

    /// The rest of the line, without its end.
    std::string_view rest_of_line() {
        const char* const begin = text_.data() + position_;
        const char* const end = find_line_end(begin, text_.data() + text_.size());
        position_ += static_cast<std::size_t>(end - begin);
        return {begin, static_cast<std::size_t>(end - begin)};
    }

    void next_line() {
        const char* const begin = text_.data();
        position_ = static_cast<std::size_t>(behind_line_end(begin + position_, begin + text_.size()) - begin);
        ++line_;
    }

    std::int64_t line() const { return line_; }

    [[noreturn]] void fail(std::size_t offset, std::string what, std::string expected) const {
        raise({offset, std::move(what), std::move(expected)}, text_, name_);
    }

private:
    std::span<const char> text_;
    const std::string& name_;
    std::size_t position_ = 0, last_ = 0;
    std::int64_t line_ = 1;
};

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::size_t mark_length(std::span<const char> text) {
    return std::string_view(text.data(), text.size()).starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
}

bool is_banner_word(std::string_view token) {
    const std::string word = lower_case(token.substr(0, 17));
    return word == "%%matrixmarket" || word == "%matrixmarket";
}

template <class Value>
using Words = std::vector<std::pair<std::string_view, Value>>;

template <class Value>
Value read_word(Reader& reader, const char* what, const Words<Value>& words) {
    const Token token = reader.next();
    const std::string word = lower_case(token.text.substr(0, 32));
    std::string expected;
    for (const auto& [spelling, value] : words) {
        if (word == spelling) return value;
        expected += (expected.empty() ? "" : ", ") + std::string(spelling);
    }
    reader.fail(token.offset, std::string(what) + " is not known", "one of " + expected);
}

void read_banner(Reader& reader, MatrixMarketHeader& header) {
    const Token banner = reader.next();
    if (!is_banner_word(banner.text)) {
        reader.fail(banner.offset, "not a Matrix Market file",
                    "the banner \"%%MatrixMarket matrix coordinate real general\" or another form of it");
    }
    header.vector = read_word<bool>(reader, "the object", {{"matrix", false}, {"vector", true}});

    FileInfo& info = header.info;
    info.layout =
        read_word<Layout>(reader, "the format", {{"coordinate", Layout::coordinate}, {"array", Layout::array}});
    info.field = read_word<Field>(reader, "the field",
                                  {{"real", Field::real},
                                   {"double", Field::real},
                                   {"integer", Field::integer},
                                   {"complex", Field::complex},
                                   {"pattern", Field::pattern}});
    const std::size_t field_offset = reader.last();
    info.symmetry = read_word<Symmetry>(reader, "the symmetry",
                                        {{"general", Symmetry::general},
                                         {"symmetric", Symmetry::symmetric},
                                         {"skew-symmetric", Symmetry::skew_symmetric},
                                         {"hermitian", Symmetry::hermitian}});
    const std::size_t symmetry_offset = reader.last();
    if (const Token more = reader.next(); !more.text.empty())
        reader.fail(more.offset, "the banner goes on", "the end of the line after five words");

    if (info.field == Field::pattern) {
        if (info.layout == Layout::array)
            reader.fail(field_offset, "an array has values", "real, integer or complex in an array file");
        if (info.symmetry != Symmetry::general && info.symmetry != Symmetry::symmetric)
            reader.fail(symmetry_offset, "a pattern has no signs or conjugates",
                        "general or symmetric in a pattern file");
    }
    if (header.vector && info.symmetry != Symmetry::general)
        reader.fail(symmetry_offset, "a vector has no symmetry", "general");
    if (info.symmetry == Symmetry::hermitian && info.field != Field::complex) {
        info.notes.push_back(std::string(to_string(info.field)) + " hermitian is read as symmetric");
        info.symmetry = Symmetry::symmetric;
    }
    reader.next_line();
}

/// A number of the size line: not negative.
std::int64_t read_size(Reader& reader, const char* what, std::int64_t largest = std::numeric_limits<Index>::max()) {
    const Token token = reader.next();
    std::int64_t value = 0;
    const NumberKind kind = parse_int64(token.text, value);
    if (kind == NumberKind::out_of_range)
        reader.fail(token.offset, std::string(what) + " does not fit 64 bits",
                    "an integer from 0 to " + std::to_string(largest));
    if (kind != NumberKind::finite) reader.fail(token.offset, "bad size line", std::string(what) + ", an integer");
    if (value < 0) reader.fail(token.offset, std::string(what) + " is negative", "0 or more");
    return value;
}

/// Entries that an array file stores: all, or a triangle with or without the diagonal. Both dimensions are below 2³¹.
std::int64_t array_entries(std::int64_t rows, std::int64_t cols, Symmetry symmetry) {
    switch (symmetry) {
        case Symmetry::general:
            return rows * cols;
        case Symmetry::skew_symmetric:
            return rows == 0 ? 0 : rows * (rows - 1) / 2;
        default:
            return rows * (rows + 1) / 2;
    }
}

}  // namespace

MatrixMarketHeader parse_header(std::span<const char> text, const std::string& name) {
    MatrixMarketHeader header;
    FileInfo& info = header.info;
    info.path = name;
    info.format = "Matrix Market";
    if (text.empty()) throw ParseError(name, 1, "the file is empty, expected a Matrix Market banner");

    Reader reader(text, name);
    if (const std::size_t mark = mark_length(text); mark > 0) {
        reader.skip(mark);
        info.notes.push_back("line 1: a UTF-8 byte-order mark is skipped");
    }
    read_banner(reader, header);

    // Comments and blank lines, up to the size line.
    Token first;
    for (;; reader.next_line()) {
        first = reader.next();
        if (first.text.starts_with('%')) {
            const std::string_view rest = reader.rest_of_line();
            if (lower_case(first.text) == "%%graphblas" && lower_case(rest).find("uint64_t") != std::string::npos)
                header.unsigned_64 = true;
        } else if (!first.text.empty()) {
            break;
        }
        if (reader.at_end())
            reader.fail(reader.position(), "there is no size line",
                        info.layout == Layout::coordinate ? "rows, columns and entries" : "rows and columns");
    }

    Reader size_line = reader;
    size_line.skip(first.offset - reader.position());  // back to the first token: unsigned arithmetic wraps
    const std::size_t rows_offset = first.offset;
    const std::int64_t rows = read_size(size_line, header.vector ? "the length" : "the number of rows");
    const std::int64_t cols = header.vector ? 1 : read_size(size_line, "the number of columns");
    const std::size_t cols_offset = size_line.last();
    std::int64_t entries = info.layout == Layout::array
                               ? 0
                               : read_size(size_line, "the number of entries", std::numeric_limits<Offset>::max());
    const std::size_t entries_offset = size_line.last();
    if (const Token more = size_line.next(); !more.text.empty())
        size_line.fail(more.offset, "the size line goes on", "the end of the line");
    header.lines = size_line.line();
    size_line.next_line();
    header.body = size_line.position();

    constexpr std::int64_t largest = std::numeric_limits<Index>::max();
    if (rows > largest || cols > largest) {
        throw LimitExceeded(name + ":" + std::to_string(header.lines) + ": " + std::to_string(rows) + " x " +
                            std::to_string(cols) + " is too large; rows and columns are limited to " +
                            std::to_string(largest));
    }
    if (info.symmetry != Symmetry::general && rows != cols)
        size_line.fail(cols_offset, std::string("a ") + to_string(info.symmetry) + " matrix must be square",
                       std::to_string(rows) + ", the number of rows");

    if (info.layout == Layout::array) entries = array_entries(rows, cols, info.symmetry);
    // The shortest entries are "1 1 1" and the like, so the rest of the file bounds how many there can be. When little
    // follows, it is read nevertheless, for a message about the line that is wrong.
    constexpr std::size_t little = std::size_t{1} << 16;
    const std::size_t rest = text.size() - header.body;
    header.most_entries = static_cast<std::int64_t>(rest + 1) / (2 * std::max(1, header.numbers()));
    if (entries > header.most_entries && rest > little) {
        size_line.fail(
            info.layout == Layout::array ? rows_offset : entries_offset,
            "the size line promises " + std::to_string(entries) + " entries",
            "at most " + std::to_string(header.most_entries) + ", since " + std::to_string(rest) + " bytes follow");
    }
    info.rows = static_cast<Index>(rows);
    info.cols = static_cast<Index>(cols);
    info.stored_entries = entries;
    return header;
}

}  // namespace detail

bool looks_like_matrix_market(std::span<const char> text) noexcept {
    std::size_t k = detail::mark_length(text);
    while (k < text.size() && detail::is_blank(text[k])) ++k;
    std::size_t end = k;
    while (end < text.size() && end < k + 17 && !detail::is_blank(text[end]) && !detail::is_line_end(text[end])) ++end;
    return detail::is_banner_word(std::string_view(text.data() + k, end - k));
}

FileInfo parse_matrix_market_header(std::span<const char> text, const std::string& name) {
    return detail::parse_header(text, name).info;
}

}  // namespace ritz
