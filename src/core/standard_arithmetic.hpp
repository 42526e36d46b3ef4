// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// IEEE arithmetic with subnormal numbers, whatever the caller's process has set.

#include <omp.h>

#include "core/parallel.hpp"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace ritz::detail {

/// While alive, the calling thread and the OpenMP threads it starts do not take subnormal numbers for zero. A library
/// linked with -ffast-math sets that mode for a whole process, and then a matrix of tiny entries is a zero matrix to
/// whoever looks at it. Puts the caller's own mode back, and leaves the others in the standard one.
class StandardArithmetic {
public:
    StandardArithmetic() {
#if defined(__SSE2__)
        saved_ = _mm_getcsr();
        if ((saved_ & flush_bits) == 0) return;
        _mm_setcsr(saved_ & ~flush_bits);
        const int threads = max_threads();
        if (threads > 1 && !omp_in_parallel())
            parallel_parts(threads, [](int) { _mm_setcsr(_mm_getcsr() & ~flush_bits); });
#endif
    }
    ~StandardArithmetic() {
#if defined(__SSE2__)
        if ((saved_ & flush_bits) != 0) _mm_setcsr(_mm_getcsr() | (saved_ & flush_bits));
#endif
    }
    StandardArithmetic(const StandardArithmetic&) = delete;
    StandardArithmetic& operator=(const StandardArithmetic&) = delete;

private:
#if defined(__SSE2__)
    static constexpr unsigned flush_bits = 0x8040;  // flush to zero, denormals are zero
    unsigned saved_ = 0;
#endif
};

}  // namespace ritz::detail
