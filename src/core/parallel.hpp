// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Loops over ranges with OpenMP, for the library's own sources. An exception thrown in a body reaches the caller
/// (it must not leave an OpenMP region); the first one wins. A body runs the same machine code on any number of
/// threads.

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

#include "ritz/core/threads.hpp"

namespace ritz::detail {

/// Keeps the first exception of a parallel region for the thread that started it.
class FirstException {
public:
    template <class Body>
    void guard(Body&& body) noexcept {
        try {
            body();
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!exception_) exception_ = std::current_exception();
        }
    }
    void rethrow() const {
        if (exception_) std::rethrow_exception(exception_);
    }

private:
    std::mutex mutex_;
    std::exception_ptr exception_;
};

/// Threads worth starting for `work` units when each should get at least `grain` of them.
inline int threads_for(std::int64_t work, std::int64_t grain) noexcept {
    if (work < 2 * grain || omp_in_parallel()) return 1;
    return static_cast<int>(std::min<std::int64_t>(max_threads(), work / grain));
}

/// body(arguments...), compiled once. A body that is inlined into both the serial and the parallel branch of a loop may
/// have its products and sums fused in one and not in the other, and then the bits depend on the number of threads.
#if defined(__GNUC__) && !defined(__clang__)
template <class Body, class... Arguments>
[[gnu::noipa]] void call_compiled_once(Body& body, Arguments... arguments) {
#else
template <class Body, class... Arguments>
[[gnu::noinline]] void call_compiled_once(Body& body, Arguments... arguments) {
#endif
    body(arguments...);
}

/// body(part) for part = 0 … parts-1, each on a thread of its own if parts > 1 (the system may grant fewer: parts are
/// then run one after another, so the result never depends on how many were granted).
template <class Body>
void parallel_parts(int parts, Body&& body) {
    if (parts <= 1) {
        if (parts == 1) call_compiled_once(body, 0);
        return;
    }
    FirstException first;
#pragma omp parallel for num_threads(parts) schedule(static, 1)
    for (int part = 0; part < parts; ++part) first.guard([&] { call_compiled_once(body, part); });
    first.rethrow();
}

/// body(task) for task = 0 … tasks-1 in any order on `threads` threads, the next free thread taking the next task.
template <class Body>
void parallel_tasks(std::int64_t tasks, int threads, Body&& body) {
    if (threads <= 1 || tasks <= 1) {
        for (std::int64_t task = 0; task < tasks; ++task) call_compiled_once(body, task);
        return;
    }
    FirstException first;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (std::int64_t task = 0; task < tasks; ++task) first.guard([&] { call_compiled_once(body, task); });
    first.rethrow();
}

/// body(begin, end) over contiguous pieces of [0, n), in parallel when a piece has at least `grain` elements.
template <class Body>
void parallel_ranges(std::int64_t n, std::int64_t grain, Body&& body) {
    const int parts = threads_for(n, grain);
    if (parts <= 1) {
        if (n > 0) call_compiled_once(body, std::int64_t{0}, n);
        return;
    }
    parallel_parts(parts, [&](int part) { call_compiled_once(body, n * part / parts, n * (part + 1) / parts); });
}

}  // namespace ritz::detail
