// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The body of a Matrix Market file: pieces of the text, each parsed on its own into arrays of triplets.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/matrix_market_text.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz::detail {

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
    std::optional<Problem> problem;  // parsing stopped here, after `count` good entries
    // Offsets of the first lines with such an entry; the last: on the diagonal of a hermitian matrix.
    std::optional<std::size_t> nonfinite, underflow, complex_diagonal;
    Offset nonfinite_entry = 0;  // its number within the chunk
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
    int indices, numbers;  // that a line states
    Symmetry symmetry;
    Layout layout;
    std::uint64_t rows, cols;
    bool unsigned_64, allow_nonfinite;
};

/// The body cut at line ends into pieces of about `chunk_bytes`.
template <Scalar T>
std::vector<Chunk<T>> cut(std::span<const char> text, std::size_t body, std::size_t chunk_bytes);

/// Parses the text of a piece up to its end or its first problem. T is complex if the field is.
template <Scalar T>
void parse_chunk(std::span<const char> text, const Rules& rules, Chunk<T>& chunk);

/// The exact parser: one line, any layout the format allows. Slow, and the one place where problems are worded.
template <Scalar T>
class LineParser {
public:
    LineParser(const Rules& rules, std::span<const char> text)
        : rules_(rules), text_(text.data()), end_(text.data() + text.size()) {}

    /// Reads the line at `p` and moves behind it: true if it held an entry, false if it is blank or a comment.
    /// On a problem, `chunk.problem` is set.
    bool parse(const char*& p, Entry<T>& entry, Chunk<T>& chunk) const;

private:
    std::size_t offset(const char* p) const { return static_cast<std::size_t>(p - text_); }
    const char* skip_blanks(const char* p) const;
    std::string_view next_token(const char*& p) const;
    std::string description() const;
    bool fail(Chunk<T>& chunk, const char* at, std::string what, std::string expected) const;
    bool parse_one_index(const char*& p, const char* what, std::uint64_t bound, Index& index, Chunk<T>& chunk) const;
    bool parse_number(const char*& p, const char* what, Real<T>& value, bool& nonfinite, bool& underflow,
                      Chunk<T>& chunk) const;

    const Rules& rules_;
    const char* const text_;
    const char* const end_;
};

}  // namespace ritz::detail
