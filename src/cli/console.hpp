// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The three standard streams: results on stdout, diagnostics and progress on stderr.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cli/report.hpp"
#include "cli/settings.hpp"

namespace ritz::cli {

/// Opens what the caller closed among fds 0, 1 and 2, so that no data file gets the number of a standard stream.
void open_standard_streams();

/// Writes all of `text` to stdout. A reader that went away is no error (`ritz info A | head -1`).
/// \throws Failure (exit code 4) if the text cannot be written: a full disk.
void write_stdout(std::string_view text);

/// Writes to stderr, past the progress line. Never throws: there is nowhere left to say so.
void write_stderr(std::string_view text);

/// True if stdout is a pipe or socket whose reader went away.
bool stdout_reader_gone();

/// The object that --json prints for a command that failed.
Json failure_json(const std::string& command, const Failure& failure);

/// One JSON object as text, with names of files that are not UTF-8 made so.
std::string dump(const Json& object);

/// Progress on stderr, when that is a terminal and the user did not ask for quiet: "reading A.mtx  43 %".
class Progress {
public:
    explicit Progress(const Settings& settings);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Says what is being done now, and how long it has been when that takes long.
    void stage(std::string_view name);
    void fraction(double done);            ///< of the present stage
    void detail(const std::string& text);  ///< beside the stage's name: how far it is, in words

    /// For ReadOptions::progress.
    std::function<void(std::int64_t done, std::int64_t total)> bytes_read();

    bool shown() const noexcept { return shown_; }

private:
    bool shown_;
};

/// Removes the progress line from the terminal for good.
void clear_progress();

}  // namespace ritz::cli
