// SPDX-License-Identifier: BSD-3-Clause
#include "cli/solve_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "cli/report.hpp"

namespace ritz::cli {

std::string in_words(Status status) {
    std::string text(name(status));
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

int exit_code_of(Status status) {
    if (has_answer(status)) return exit_code::solved;
    if (status == Status::limit_exceeded) return exit_code::limit;
    if (status == Status::interrupted) return exit_code::interrupted;
    return exit_code::no_answer;
}

std::string counted_from_one(std::string_view message) {
    constexpr std::array<std::string_view, 2> nouns{"row ", "column "};
    constexpr std::string_view remark = " (counted from 0)";
    std::string text;
    while (!message.empty()) {
        std::size_t noun = std::string_view::npos, length = 0;
        for (const std::string_view word : nouns)
            if (const auto at = message.find(word); at < noun) noun = at, length = word.size();
        if (noun == std::string_view::npos) break;
        text += message.substr(0, noun + length);
        message.remove_prefix(noun + length);
        long long index = 0;
        const auto [end, error] = std::from_chars(message.data(), message.data() + message.size(), index);
        if (error != std::errc{}) continue;  // "row sums"
        text += std::to_string(index + 1);
        message.remove_prefix(static_cast<std::size_t>(end - message.data()));
        if (message.starts_with(remark)) message.remove_prefix(remark.size());
    }
    return text += message;
}

}  // namespace ritz::cli
