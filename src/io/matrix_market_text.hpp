// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The lines and tokens of a Matrix Market file, and its header.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ritz/io/file_info.hpp"

namespace ritz::detail {

inline bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}
inline bool is_line_end(char c) noexcept {
    return c == '\n' || c == '\r';
}

/// The first LF or CR in [p, end), or end.
const char* find_line_end(const char* p, const char* end) noexcept;

/// The start of the next line: behind LF, CR or CR LF at `p`; `p` must stand on one of them or be `end`.
inline const char* behind_line_end(const char* p, const char* end) noexcept {
    if (p == end) return end;
    return p + 1 + (*p == '\r' && p + 1 < end && p[1] == '\n');
}

/// The number, from 1, of the line that holds `offset`. O(offset); only needed for messages.
std::int64_t line_at(std::span<const char> text, std::size_t offset) noexcept;

/// The token that begins at `offset` as a message shows it: quoted, at most 40 characters, the unprintable ones as
/// \xNN; "the end of the line" or "the end of the file" if there is none.
std::string shown_token(std::span<const char> text, std::size_t offset);

/// Something wrong at `offset`: "<what>, found <token there>, expected <expected>".
struct Problem {
    std::size_t offset = 0;
    std::string what, expected;
};

[[noreturn]] void raise(const Problem& problem, std::span<const char> text, const std::string& name);

/// The header, with the dimensions already checked against what this build can hold.
struct MatrixMarketHeader {
    FileInfo info;
    bool vector = false;       ///< the object is `vector`: one index an entry
    bool unsigned_64 = false;  ///< a GraphBLAS comment says that integers have no sign
    std::int64_t lines = 0;    ///< of the header, the size line the last one
    std::size_t body = 0;      ///< offset of the first line behind the size line

    std::int64_t most_entries = 0;  ///< that the text behind the size line can hold; fewer than promised is an error

    /// Numbers that one line of the body holds: indices, and all.
    int indices() const noexcept { return info.layout == Layout::array ? 0 : vector ? 1 : 2; }
    int numbers() const noexcept {
        return indices() + (info.field == Field::pattern ? 0 : info.field == Field::complex ? 2 : 1);
    }
};

/// \throws ParseError, LimitExceeded
MatrixMarketHeader parse_header(std::span<const char> text, const std::string& name);

}  // namespace ritz::detail
