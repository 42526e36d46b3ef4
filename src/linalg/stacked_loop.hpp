// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The loop over a stack, for what is too small to be called through a std::function.

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

#include "core/parallel.hpp"
#include "ritz/core/types.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg::detail {

/// Throws `error` again, an Error of ritz as one of the same type with "matrix k: " before its message.
[[noreturn]] void rethrow_for_matrix(std::exception_ptr error, Eigen::Index k);

/// Remembers the exception of the smallest matrix that has one.
class FirstMatrixError {
public:
    Eigen::Index place() const noexcept { return place_.load(std::memory_order_relaxed); }
    void record(Eigen::Index k) noexcept {
        const std::lock_guard lock(mutex_);
        if (k >= place()) return;
        error_ = std::current_exception();
        place_.store(k, std::memory_order_relaxed);
    }
    void rethrow() const {
        if (error_) rethrow_for_matrix(error_, place());
    }

private:
    std::mutex mutex_;
    std::exception_ptr error_;
    std::atomic<Eigen::Index> place_{std::numeric_limits<Eigen::Index>::max()};
};

/// body(k) for each matrix; `flops` is the work of one. A few large matrices are taken one after the other, so that
/// the threads work inside each.
template <class Body>
void over_matrices(Eigen::Index count, double flops, Body&& body) {
    constexpr double worth_a_thread = 5e5, large = 1e8;
    FirstMatrixError first;
    const auto range = [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end && k < first.place(); ++k) {
            try {
                body(k);
            } catch (...) {
                first.record(k);
            }
        }
    };
    const auto per_thread = std::max<std::int64_t>(1, static_cast<std::int64_t>(worth_a_thread / (flops + 100)));
    const int threads = ritz::detail::threads_for(count, per_thread);
    if (threads == 1 || (flops > large && count < 4 * threads)) {
        range(0, count);
    } else {
        const std::int64_t pieces = std::min<std::int64_t>(count, 16 * threads);
        ritz::detail::parallel_tasks(
            pieces, threads, [&](std::int64_t piece) { range(count * piece / pieces, count * (piece + 1) / pieces); });
    }
    first.rethrow();
}

}  // namespace ritz::linalg::detail
