// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "ritz/core/types.hpp"

namespace ritz {

/// For every factorisation.
struct FactorOptions {
    /// A factorisation predicted to need more throws LimitExceeded before its numerical part starts; 0: no limit.
    std::size_t max_memory_bytes = 0;
};

/// What a factorisation tells about itself.
struct FactorStatistics {
    Offset factor_nonzeros = 0;    ///< entries of the factors
    double flops = 0;              ///< floating-point operations; 0 when the library does not count them
    std::size_t memory_bytes = 0;  ///< memory of the factors, as predicted by the analysis
    double analyse_seconds = 0;    ///< ordering and symbolic factorisation
    double factor_seconds = 0;     ///< numerical factorisation
};

}  // namespace ritz
