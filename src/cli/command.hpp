// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <string_view>
#include <vector>

#include "cli/report.hpp"
#include "cli/settings.hpp"

namespace ritz::cli {

/// One `ritz <name>`. Each lives in <name>_command.cpp, and commands() lists them.
struct Command {
    std::string_view name;
    std::string_view summary;   ///< one line, for `ritz --help`
    std::string_view example;   ///< whole command lines, for the top of `ritz <name> --help`
    std::string_view synopsis;  ///< what follows the name: "A [b] [options]"

    /// Declares the command's own options and hands back what runs it once they are parsed.
    std::function<Report(const Settings&)> (*declare)(CLI::App& app);
};

extern const Command solve_command, eigs_command, svds_command, info_command, convert_command, generate_command,
    compare_command, methods_command;

/// In the order in which `ritz --help` shows them.
const std::vector<const Command*>& commands();

/// `ritz --version`.
Report version_report(bool colour);

}  // namespace ritz::cli
