// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Options as CLI11 sees them, with values checked and messages in ritz's words; and the help text.

#include <CLI/App.hpp>
#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/settings.hpp"

namespace ritz::cli {

/// A number in [low, high], or in (low, high] when `low_open`.
struct Interval {
    double low, high;
    bool low_open = false;
};

/// Each adds an option whose value is checked when it is parsed. \throws Failure (wrong usage) then.
CLI::Option* add_real(CLI::App& app, const std::string& names, double& target, Interval allowed,
                      const std::string& description);
CLI::Option* add_integer(CLI::App& app, const std::string& names, std::int64_t& target, Interval allowed,
                         const std::string& description);
/// Bytes: a number with an optional K, M, G or T (powers of 1024).
CLI::Option* add_size(CLI::App& app, const std::string& names, std::uint64_t& target, const std::string& description);
/// A word out of a list; anything else is refused with the nearest one.
CLI::Option* add_choice(CLI::App& app, const std::string& names, std::string& target, std::vector<std::string> choices,
                        const std::string& description);
CLI::Option* add_text(CLI::App& app, const std::string& names, std::string& target, const std::string& type,
                      const std::string& description);
CLI::Option* add_optional_integer(CLI::App& app, const std::string& names, std::optional<std::int64_t>& target,
                                  Interval allowed, const std::string& description);
/// "1.5", or "1.5,-2": real and imaginary part.
CLI::Option* add_complex(CLI::App& app, const std::string& names, std::optional<std::complex<double>>& target,
                         const std::string& description);

/// low ≤ high; either may be infinite.
struct Ends {
    double low, high;
};
CLI::Option* add_ends(CLI::App& app, const std::string& names, std::optional<Ends>& target,
                      const std::string& description);
/// A part of a spectrum by its two letters, upper or lower case; upper case in `target`.
CLI::Option* add_which(CLI::App& app, const std::string& names, std::string& target, std::vector<std::string> allowed,
                       const std::string& description);
CLI::Option* add_flag(CLI::App& app, const std::string& names, bool& target, const std::string& description);

/// The options that every command has.
void add_common_options(CLI::App& app, Settings& settings);

/// What `ritz <command> --help` prints; an example comes first.
std::string help_text(const Command& command, const CLI::App& app);

/// Parses the words after the command's name. \throws Failure (wrong usage), CLI::CallForHelp.
void parse(CLI::App& app, const Command& command, const std::vector<std::string>& words);

}  // namespace ritz::cli
