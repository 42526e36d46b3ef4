// SPDX-License-Identifier: BSD-3-Clause
#include "cli/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace ritz::cli {

namespace {

constexpr std::size_t label_width = 16;
constexpr std::size_t page_width = 100;

/// Columns that UTF-8 text takes: every byte but the continuation bytes, 10xxxxxx.
std::size_t columns(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.size()][b.size()];
}

}  // namespace

std::string count(std::int64_t n) {
    std::string digits = fmt::format("{}", n);
    const std::size_t first = n < 0 ? 1 : 0;
    for (std::size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, ",");
    return digits;
}

std::string scientific(double value) {
    if (!std::isfinite(value)) return "unknown";
    if (value == 0) return "0";
    return fmt::format("{:.2e}", value);
}

std::string seconds(double value) {
    if (!std::isfinite(value) || value < 0) return "unknown";
    if (value < 0.01) return fmt::format("{:.2f} ms", value * 1e3);
    if (value < 0.1) return fmt::format("{:.1f} ms", value * 1e3);
    if (value < 10) return fmt::format("{:.2f} s", value);
    if (value < 120) return fmt::format("{:.1f} s", value);
    const auto whole = static_cast<std::int64_t>(value);
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

std::string bytes(std::uint64_t value) {
    constexpr std::array units{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    auto scaled = static_cast<double>(value);
    std::size_t unit = 0;
    while (scaled >= 1024 && unit + 1 < units.size()) scaled /= 1024, ++unit;
    if (unit == 0) return fmt::format("{} bytes", value);
    return fmt::format("{:.{}f} {}", scaled, scaled < 10 ? 2 : scaled < 100 ? 1 : 0, units[unit]);
}

std::string plural(std::int64_t n, std::string_view noun) {
    if (n == 1) return fmt::format("1 {}", noun);
    if (noun.ends_with('y')) return fmt::format("{} {}ies", count(n), noun.substr(0, noun.size() - 1));
    return fmt::format("{} {}s", count(n), noun);
}

std::string printable(std::string_view text) {
    std::string result(text);
    for (std::size_t i = 0; i < result.size(); ++i) {
        const auto c = static_cast<unsigned char>(result[i]);
        const bool c1 = c == 0xC2 && i + 1 < result.size() && static_cast<unsigned char>(result[i + 1]) < 0xA0;
        if (c < 0x20 || c == 0x7F || c1) result[i] = '?';
        if (c1) result[++i] = '?';
    }
    return result;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t best_distance = word.size() / 3 + 2;  // further away it is another word, not a slip
    for (const std::string& candidate : candidates) {
        std::size_t distance = edit_distance(word, candidate);
        if (word.size() >= 3 && (candidate.starts_with(word) || word.starts_with(candidate)))
            distance = std::min<std::size_t>(distance, 1);
        if (distance < best_distance && distance < candidate.size()) best_distance = distance, best = candidate;
    }
    return best;
}

bool wants_colour(int fd) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    return isatty(fd) == 1 && (no_color == nullptr || *no_color == '\0') && term != nullptr &&
           std::string_view(term) != "dumb";
}

std::string Sheet::paint(std::string_view text, Tone tone) const {
    if (!colour_ || tone == Tone::plain || text.empty()) return std::string(text);
    const auto code = [tone] {
        switch (tone) {
            case Tone::dim:
                return "2";
            case Tone::strong:
                return "1";
            case Tone::good:
                return "1;32";
            case Tone::caution:
                return "1;33";
            case Tone::bad:
                return "1;31";
            case Tone::plain:
                break;
        }
        return "0";
    }();
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void Sheet::row(std::string_view label, std::string_view text, Tone tone) {
    text_ += paint(label, Tone::dim);
    text_.append(label_width - std::min(columns(label), label_width - 1), ' ');

    // Break at the last blank that fits; a word longer than the page stays whole.
    const std::size_t width = page_width - label_width;
    std::string_view rest = text;
    while (columns(rest) > width) {
        std::size_t cut = std::string_view::npos, used = 0;
        for (std::size_t i = 0; i < rest.size(); ++i) {
            if (rest[i] == ' ' && i > 0) {
                if (used > width && cut != std::string_view::npos) break;
                cut = i;
                if (used > width) break;
            }
            used += columns(rest.substr(i, 1));
        }
        if (cut == std::string_view::npos) break;
        text_ += paint(rest.substr(0, cut), tone) + '\n' + std::string(label_width, ' ');
        rest.remove_prefix(cut + 1);
    }
    text_ += paint(rest, tone) + '\n';
}

void Sheet::line(std::string_view text, Tone tone) {
    text_ += paint(text, tone) + '\n';
}

void Sheet::gap() {
    if (!text_.empty() && !text_.ends_with("\n\n")) text_ += '\n';
}

}  // namespace ritz::cli
