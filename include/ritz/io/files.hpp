// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Matrices and vectors in files of any format, by file name.

#include <string>

namespace ritz {

/// Where the file `path` is written before it takes its final name: a hidden file in the same directory, with the
/// process id in its name. A file is replaced only once its new contents are complete and on the disk; whoever ends
/// the process early (a signal handler's thread) removes this name to leave nothing behind. Symbolic links are
/// followed. Empty when `path` is written in place: "-", devices, pipes.
std::string temporary_name(const std::string& path);

}  // namespace ritz
