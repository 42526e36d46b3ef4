// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The thread that can end the program while every other one is inside a library that cannot be interrupted (a
/// factorisation, a read from a pipe). It waits for SIGINT, SIGTERM and SIGHUP, for the time limit, and for the memory
/// limit; then it removes unfinished files, says why in one line (or one JSON object) and ends the process.

#include <atomic>
#include <cstdint>
#include <string>

#include "cli/settings.hpp"

namespace ritz::cli {

/// Routes the signals to the watch. Call first in main, so that not a moment is unguarded.
void catch_signals();

/// Starts the watch over `command`. \throws Failure if the system gives no thread.
void start_watch(const Settings& settings, const std::string& command);

/// Bytes that this process may use before the watch ends it: Settings::max_memory, or what there is.
std::uint64_t memory_limit(const Settings& settings);

/// What is left of it beside what the process holds already; at least 1.
std::uint64_t memory_left(const Settings& settings);

/// Private memory that this process holds now.
std::uint64_t memory_in_use();

/// Largest resident memory of this process so far.
std::uint64_t peak_memory();

/// While alive, a file the watch removes if it ends the program. An empty path is ignored.
class UnfinishedFile {
public:
    explicit UnfinishedFile(const std::string& path);
    ~UnfinishedFile();
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;
};

/// While alive, the first signal does not end the program: it asks for an end, and whoever computes has `stop_grace`
/// seconds to hand back what there is. After that, or with a second signal, the watch ends the program as ever. Whoever
/// computes also minds --max-time, and so the watch ends the program `stop_grace` after that time.
class OrderlyStop {
public:
    OrderlyStop();
    ~OrderlyStop();
    OrderlyStop(const OrderlyStop&) = delete;
    OrderlyStop& operator=(const OrderlyStop&) = delete;

    /// True once an end was asked for.
    const std::atomic<bool>& requested() const noexcept;
};
inline constexpr double stop_grace = 1.5;

/// Claims the last word on stdout. Returns for one caller only: if the watch is ending the program, never.
void claim_last_word();

}  // namespace ritz::cli
