// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// How numbers and paragraphs look on the screen. Nothing here depends on the locale.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ritz::cli {

std::string count(std::int64_t n);                          ///< 1,234,567
std::string scientific(double value);                       ///< 1.23e-16; "unknown" when it is not finite
std::string seconds(double value);                          ///< 0.12 ms, 1.23 s, 4 min 05 s
std::string bytes(std::uint64_t value);                     ///< 1.5 MiB
std::string plural(std::int64_t n, std::string_view noun);  ///< 1 entry… 2 entries; adds s, or ies for y

/// `text` without what a terminal would obey: control characters become '?'. For names and tokens from outside.
std::string printable(std::string_view text);

/// The candidate closest to `word` (Damerau-Levenshtein), or "" when none is close enough to be a slip of the keys.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// Whether `fd` is a terminal on which colours are welcome: NO_COLOR (no-color.org) and TERM=dumb say no.
bool wants_colour(int fd);

enum class Tone { plain, dim, strong, good, caution, bad };

/// A page of "label   text" rows with aligned texts, wrapped at 100 columns.
class Sheet {
public:
    explicit Sheet(bool colour) : colour_(colour) {}

    void row(std::string_view label, std::string_view text, Tone tone = Tone::plain);
    void line(std::string_view text, Tone tone = Tone::plain);  ///< no label, no wrapping
    void gap();                                                 ///< one empty line, never two

    std::string str() && { return std::move(text_); }

private:
    std::string paint(std::string_view text, Tone tone) const;

    bool colour_;
    std::string text_;
};

}  // namespace ritz::cli
