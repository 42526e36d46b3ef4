// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "ritz/core/buffer.hpp"

namespace ritz::bench {

/// Bytes per second between memory and processor with max_threads() threads; the written array counts once (what a
/// processor reads before it writes is not counted, as in STREAM).
/// \ref J. D. McCalpin, Memory bandwidth and machine balance in current high performance computers,
///      IEEE TCCA Newsletter (1995) 19-25.
struct Bandwidth {
    double copy;   ///< a ← b,         16 bytes an element
    double triad;  ///< a ← b + 3 c,   24 bytes an element
    double read;   ///< s ← s + b · c, 16 bytes an element
};

/// Three arrays of n doubles, touched first by the threads that will use them.
class Stream {
public:
    explicit Stream(std::size_t n);
    void copy();
    void triad();
    double read();
    std::size_t size() const noexcept { return a_.size(); }
    bool right() const;  ///< a holds what the last copy() or triad() should have left there

private:
    Buffer<double> a_, b_, c_;
    double expected_ = 0;
};

/// The best of several passes over arrays far larger than any cache (3 × 160 MB), measured at the first call (about
/// half a second) and remembered.
const Bandwidth& stream_bandwidth();

}  // namespace ritz::bench
