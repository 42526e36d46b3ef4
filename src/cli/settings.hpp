// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace ritz::cli {

/// What every command takes.
struct Settings {
    bool json = false;             ///< one JSON object on stdout instead of text
    bool quiet = false;            ///< errors and warnings only
    int threads = 0;               ///< 0: as many as OMP_NUM_THREADS or the processor says
    std::uint64_t max_memory = 0;  ///< bytes; 0: what the machine or its control group has
    double max_time = 0;           ///< seconds; 0: no limit
};

}  // namespace ritz::cli
