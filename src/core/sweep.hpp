// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// One pass over vectors that updates them and forms sums, for the library's own sources: the fused operations of
/// iterative methods. Like the functions of vector_operations.hpp: parallel, and the same bits for any number of
/// threads.
///
///     // r ← r − α q, and ‖r‖²
///     const auto [rr] = sweep<1, double>(n, [=](std::size_t i) { r[i] -= alpha * q[i]; return Terms{r[i] * r[i]}; });

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/parallel.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"

namespace ritz::detail {

inline constexpr std::size_t sweep_block = 4096;  // elements per partial sum: fixed, so that sums ignore threads
inline constexpr std::int64_t sweep_grain = 8;    // blocks a thread should have at least

/// body(i) for every i in [0, n), in any order; its iterations must not depend on each other.
template <class Body>
void sweep(std::size_t n, Body&& body) {
    parallel_ranges(static_cast<std::int64_t>(n), static_cast<std::int64_t>(sweep_block) * sweep_grain,
                    [body](std::int64_t begin, std::int64_t end) {
#pragma omp simd
                        for (std::int64_t i = begin; i < end; ++i) body(static_cast<std::size_t>(i));
                    });
}

/// The same for a body that returns `count` terms, std::array<S, count>, whose sums over i are returned. Sums are
/// formed in eight lanes over blocks of fixed size, and the block sums are added in order.
template <std::size_t count, class S, class Body>
std::array<S, count> sweep(std::size_t n, Body&& body) {
    constexpr std::size_t lanes = 8;
    using Sums = std::array<S, count>;
    const auto block_sum = [body](std::size_t begin, std::size_t end) {
        S lane_sum[count][lanes] = {};
        std::size_t i = begin;
        for (; i + lanes <= end; i += lanes) {
#pragma omp simd
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                const Sums terms = body(i + lane);
                for (std::size_t c = 0; c < count; ++c) lane_sum[c][lane] += terms[c];
            }
        }
        for (std::size_t lane = 0; i < end; ++i, ++lane) {
            const Sums terms = body(i);
            for (std::size_t c = 0; c < count; ++c) lane_sum[c][lane] += terms[c];
        }
        Sums sums{};
        for (std::size_t c = 0; c < count; ++c)
            for (std::size_t lane = 0; lane < lanes; ++lane) sums[c] += lane_sum[c][lane];
        return sums;
    };
    const auto blocks = static_cast<std::int64_t>((n + sweep_block - 1) / sweep_block);
    Sums total{};
    if (blocks <= 0) return total;
    constexpr std::size_t on_stack = 512;
    std::array<Sums, on_stack> small;
    Buffer<Sums> large(static_cast<std::size_t>(blocks) > on_stack ? static_cast<std::size_t>(blocks) : 0);
    Sums* const partial = large.empty() ? small.data() : large.data();
    parallel_ranges(blocks, sweep_grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end; ++k) {
            const std::size_t first = static_cast<std::size_t>(k) * sweep_block;
            partial[k] = block_sum(first, std::min(n, first + sweep_block));
        }
    });
    for (std::int64_t k = 0; k < blocks; ++k)
        for (std::size_t c = 0; c < count; ++c) total[c] += partial[k][c];
    return total;
}

}  // namespace ritz::detail
