// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What a command hands back, and what ends a command early. main.cpp turns both into output and an exit code.

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ritz::cli {

/// Keeps the order in which keys were put in: a reader finds `command` and `status` first.
using Json = nlohmann::ordered_json;

namespace exit_code {
inline constexpr int solved = 0;         ///< also ill_conditioned and singular_consistent, with a warning
inline constexpr int no_answer = 1;      ///< no acceptable answer; the status says why
inline constexpr int wrong_usage = 2;    ///< of the command line
inline constexpr int invalid_input = 3;  ///< a file that cannot be read, or says something impossible
inline constexpr int limit = 4;          ///< memory, time or disk ran out
inline constexpr int interrupted = 130;  ///< SIGINT, SIGTERM
}  // namespace exit_code

/// What a command found: `json` for programs, `text` for people (it ends in a newline); `failure`, when it found no
/// answer, and `warnings` for stderr.
struct Report {
    Json json = Json::object();
    std::string text;
    std::string failure;
    std::vector<std::string> warnings;
    int exit_code = exit_code::solved;
    bool stdout_taken = false;  ///< a matrix went to stdout, so the text goes to stderr
};

/// Ends a command with a message of one or two lines: what and where in the first, what to do in `hint`. `status` is
/// for --json, and so are `details`, more keys of its object.
class Failure : public std::runtime_error {
public:
    Failure(int code, std::string_view status_name, const std::string& message, std::string what_to_do = {})
        : std::runtime_error(message), exit_code(code), status(status_name), hint(std::move(what_to_do)) {}

    int exit_code;
    std::string status;
    std::string hint;
    Json details = Json::object();
};

inline Failure wrong_usage(const std::string& message, std::string hint = {}) {
    return {exit_code::wrong_usage, "wrong_usage", message, std::move(hint)};
}
inline Failure invalid_input(const std::string& message, std::string hint = {}) {
    return {exit_code::invalid_input, "invalid_input", message, std::move(hint)};
}
inline Failure output_failed(const std::string& message, std::string hint = {}) {
    return {exit_code::limit, "output_failed", message, std::move(hint)};
}

/// A real number for JSON; one that does not exist (NaN, ∞, absent) is null.
Json number(double value);

}  // namespace ritz::cli
