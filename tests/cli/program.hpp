// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Runs the built program as a shell would, in a directory of its own.

#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ritz::test {

struct Result {
    int exit_code = -1;  ///< -1: a signal ended it
    int signal = 0;
    std::string out, err;
    double seconds = 0;               ///< from start to end
    double seconds_after_signal = 0;  ///< from the signal that was sent to the end

    nlohmann::json json() const { return nlohmann::json::parse(out); }  ///< throws unless `out` is one JSON value
};

struct Run {
    std::vector<std::string> words;  ///< after "ritz"
    std::string input = {};          ///< what stdin holds
    bool input_stays_open = false;   ///< stdin is never ended: a reader waits
    std::string output = {};         ///< a file for stdout; "" captures, "closed" closes it
    bool reader_leaves = false;      ///< stdout is a pipe whose reader is gone
    std::map<std::string, std::string> environment = {};
    std::optional<int> signal = {};  ///< sent after `signal_after` seconds
    double signal_after = 1;
    bool signal_while_writing = false;  ///< rather as soon as an unfinished (hidden) file appears
    bool signals_ignored = false;       ///< starts with SIGINT ignored, like a background job of a script
    std::size_t address_space = 0;      ///< ulimit -v in bytes; 0: none
};

/// A temporary directory with the program's working directory in it; gone at the end.
class Desk {
public:
    Desk();
    ~Desk();
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    Result run(const Run& run) const;
    template <class... Words>
    Result ritz(const Words&... words) const {
        return run({.words = {std::string(words)...}});
    }

    std::string path(const std::string& name) const { return (directory_ / name).string(); }
    std::string write(const std::string& name, const std::string& text) const;  ///< hands back `name`
    std::string read(const std::string& name) const;
    bool has(const std::string& name) const { return std::filesystem::exists(directory_ / name); }
    std::vector<std::string> files() const;  ///< hidden ones too, sorted

private:
    std::filesystem::path directory_;
};

/// Coordinate files for tests.
inline const std::string spd =
    "%%MatrixMarket matrix coordinate real symmetric\n3 3 5\n1 1 4\n2 1 -1\n2 2 4\n3 2 -1\n3 3 4\n";
inline const std::string unsymmetric =
    "%%MatrixMarket matrix coordinate real general\n3 3 5\n1 1 2\n1 3 1\n2 2 3\n3 1 4\n3 3 1\n";
inline const std::string singular =
    "%%MatrixMarket matrix coordinate real general\n2 2 4\n1 1 1\n1 2 2\n2 1 2\n2 2 4\n";

}  // namespace ritz::test
