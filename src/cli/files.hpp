// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Files as commands see them: with progress, messages and exit codes.

#include <string>
#include <vector>

#include "cli/console.hpp"
#include "cli/report.hpp"
#include "cli/settings.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz::cli {

/// The matrix in `path` ("-": standard input). \throws Failure (exit code 3, or 4 when a limit is hit).
ReadResult read_input(const std::string& path, const Settings& settings, Progress& progress,
                      bool allow_nonfinite = false);

/// A dense matrix or vector, likewise.
DenseReadResult read_dense_input(const std::string& path, const Settings& settings, Progress& progress);

enum class Contents { sparse, dense, either };

/// Refuses what could not be written in the end, before hours of work go into it.
/// \throws Failure (exit code 2 if `contents` are not written under such a name, otherwise 4).
void check_output(const std::string& path, Contents contents);

/// Writes atomically; "-" is standard output. \throws Failure (exit code 4) if it cannot be written.
void write_output(const std::string& path, const AnyCsr& matrix, const WriteOptions& options, Progress& progress);
void write_output(const std::string& path, const AnyDense& matrix, const WriteOptions& options, Progress& progress);

/// `path` as people know it: "standard input" for "-".
std::string input_name(const std::string& path);

/// The matrix{path rows cols nonzeros field …} of every command's JSON.
Json matrix_json(const ReadResult& input, const std::string& symmetry);

/// "4,884 × 4,884, 290,378 entries, real, symmetric".
std::string matrix_line(const ReadResult& input, const std::string& symmetry);

/// What the reader noticed, as warnings.
std::vector<std::string> reader_warnings(const FileInfo& info);

}  // namespace ritz::cli
