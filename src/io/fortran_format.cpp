// SPDX-License-Identifier: BSD-3-Clause
#include "io/fortran_format.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

#include "ritz/core/error.hpp"

namespace ritz::detail {

namespace {

constexpr std::size_t longest_record = std::size_t{1} << 16;
constexpr int most_steps = 1 << 16;  // items of a format, repetitions counted

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(' ');
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// `text` for a message: short and printable.
std::string shown(std::string_view text) {
    std::string result = "\"";
    for (const char c : text.substr(0, 40)) result += c >= ' ' && c <= '~' ? c : '?';
    return result + (text.size() > 40 ? "…\"" : "\"");
}

class FormatParser {
public:
    explicit FormatParser(std::string_view text) {
        for (const char c : text)
            if (c != ' ') text_ += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }

    FortranFormat parse() {
        FortranFormat format;
        if (text_.size() < 2 || text_[0] != '(') fail();
        at_ = 1;
        list(format.first, 0);
        if (at_ != text_.size()) fail();
        format.later = format.first;
        if (last_group_ != 0) {
            at_ = last_group_;
            scale_ = last_group_scale_;
            column_ = 0;
            format.later.clear();
            list(format.later, 1);
        }
        if (format.first.empty() || format.later.empty()) fail();
        return format;
    }

private:
    [[noreturn]] void fail() const {
        throw InvalidArgument("the format " + shown(text_) + " is not one of numbers such as (16I5) or (1P,4D20.12)");
    }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool accept(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    int number() {
        int value = 0;
        if (!is_digit(peek())) fail();
        const char* const end = text_.data() + text_.size();
        const auto [stop, error] = std::from_chars(text_.data() + at_, end, value);
        if (error != std::errc()) fail();
        at_ = static_cast<std::size_t>(stop - text_.data());
        return value;
    }

    /// Items up to and including the closing parenthesis.
    void list(std::vector<FormatField>& fields, int depth) {
        if (depth > 8) fail();
        for (;;) {
            item(fields, depth);
            if (accept(')')) return;
            accept(',');  // optional: (1P4E20.12)
        }
    }

    void item(std::vector<FormatField>& fields, int depth) {
        if (++steps_ > most_steps) fail();
        const std::size_t begin = at_;
        const int scale_before = scale_;
        const bool negative = accept('-');
        if (!negative) accept('+');
        const bool has_count = is_digit(peek());
        const int count = has_count ? number() : 1;
        if (accept('P')) {
            if (!has_count || count > 100) fail();
            scale_ = negative ? -count : count;
            return;
        }
        if (negative || count == 0) fail();
        if (accept('X')) {
            advance(static_cast<std::size_t>(count));
            return;
        }
        if (accept('(')) {
            if (depth == 0) {
                last_group_ = begin;
                last_group_scale_ = scale_before;
            }
            const std::size_t inside = at_;
            for (int r = 0; r < count; ++r) {
                at_ = inside;
                list(fields, depth + 1);
            }
            return;
        }
        const char kind = peek();
        if (std::strchr("IFEDG", kind) == nullptr || kind == '\0') fail();
        ++at_;
        if (kind == 'E' && (peek() == 'S' || peek() == 'N')) ++at_;  // other ways to write, not to read
        const int width = number();
        const int decimals = accept('.') ? number() : 0;
        if (kind != 'I' && accept('E')) number();
        if (width == 0 || decimals > 1000) fail();
        for (int r = 0; r < count; ++r) {
            fields.push_back({kind, column_, static_cast<std::size_t>(width), kind == 'I' ? 0 : decimals, scale_});
            advance(static_cast<std::size_t>(width));
        }
    }

    void advance(std::size_t columns) {
        column_ += columns;
        if (column_ > longest_record) fail();
    }

    std::string text_;
    std::size_t at_ = 0, column_ = 0, last_group_ = 0;
    int scale_ = 0, last_group_scale_ = 0, steps_ = 0;
};

}  // namespace

std::uint64_t FortranFormat::records(std::uint64_t count) const noexcept {
    if (count <= first.size()) return count == 0 ? 0 : 1;
    return 1 + (count - first.size() + later.size() - 1) / later.size();
}

FortranFormat parse_fortran_format(std::string_view text) {
    return FormatParser(text).parse();
}

std::int64_t parse_fortran_integer(std::string_view text) {
    std::string_view digits = trim(text);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range)
        throw InvalidArgument("the integer " + shown(trim(text)) + " is out of range");
    if (error != std::errc() || stop != digits.data() + digits.size() ||
        (text.find('+') != std::string_view::npos && value < 0))
        throw InvalidArgument("found " + shown(text) + ", expected an integer");
    return value;
}

double parse_fortran_real(std::string_view text, const FormatField& field) {
    std::string_view written = trim(text);
    const auto reject = [&](const char* why) -> double {
        throw InvalidArgument("found " + shown(text) + ", expected a number" + why);
    };
    if (written.starts_with('+')) {
        written.remove_prefix(1);
        if (written.starts_with('-')) return reject("");
    }
    std::array<char, 160> plain;  // as C writes numbers
    if (written.empty()) return reject(": the field is blank");
    if (written.size() > 128) return reject(" of at most 128 characters");
    char* end = plain.data();
    bool has_point = false, has_exponent = false, has_digit = false;
    for (std::size_t k = 0; k < written.size(); ++k) {
        const char c = written[k];
        if (is_digit(c)) {
            has_digit = true;
            *end++ = c;
        } else if (c == '.') {
            has_point = true;
            *end++ = c;
        } else if ((c == '+' || c == '-') && k > 0) {
            // The sign of an exponent, whose letter is left out when it has three digits.
            if (!has_digit || has_exponent) return reject("");
            has_exponent = true;
            *end++ = 'e';
            if (c == '-') *end++ = c;
        } else if (has_digit && !has_exponent &&
                   (c == 'E' || c == 'e' || c == 'D' || c == 'd' || c == 'Q' || c == 'q')) {
            has_exponent = true;
            *end++ = 'e';
            if (k + 1 < written.size() && (written[k + 1] == '+' || written[k + 1] == '-')) {
                ++k;
                if (written[k] == '-') *end++ = '-';
            }
        } else {
            *end++ = c;  // part of nan, inf, or wrong
        }
    }
    if (has_digit && !has_exponent && field.scale != 0) {
        *end++ = 'e';
        end = std::to_chars(end, plain.data() + plain.size(), -field.scale).ptr;
    }
    double value = 0;
    const auto [stop, error] = fast_float::from_chars(plain.data(), end, value);
    if (stop != end || (error != std::errc() && error != std::errc::result_out_of_range))
        return reject(written.find(' ') != std::string_view::npos ? " without blanks" : "");
    if (has_digit && std::isinf(value))
        throw InvalidArgument("the number " + shown(written) + " is beyond double's range");
    if (has_digit && !has_point && field.kind != 'I' && field.decimals > 0 && value != 0)
        return reject(" with a decimal point: without one, Fortran would divide it by a power of ten");
    return value;
}

}  // namespace ritz::detail
