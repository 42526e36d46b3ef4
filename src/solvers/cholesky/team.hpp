// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Threads that work on a tree of tasks together, and, where the tree has fewer tasks than threads, on the loops inside
/// a task. What is computed, and in which order numbers are added, is decided by tasks and loops alone, so results do
/// not depend on the number of threads.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <type_traits>
#include <vector>

#include "ritz/core/types.hpp"

namespace ritz::detail {

/// A body f(i, thread) without its type.
class BodyRef {
public:
    template <class F>
    BodyRef(F& f) noexcept  // NOLINT: implicit on purpose
        : object_(&f), call_([](void* object, Index i, int thread) { (*static_cast<F*>(object))(i, thread); }) {}
    void operator()(Index i, int thread) const { call_(object_, i, thread); }

private:
    void* object_;
    void (*call_)(void*, Index, int);
};

/// Waits for something that another running thread will do soon.
class Patience {
public:
    void wait() noexcept;

private:
    int rounds_ = 0;
};

class Team {
public:
    /// At most `threads` threads; one if the caller is inside a parallel region already.
    explicit Team(int threads);
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    int threads() const noexcept { return threads_; }

    /// body(task, thread) for every task of a forest after all of its children, which have smaller numbers; parent -1
    /// is a root. With one thread the tasks run in order. The first exception stops the rest and is thrown again here.
    void climb(std::span<const Index> parent, BodyRef body) { run(parent, body, true); }
    /// body(task, thread) for every task after its parent; with one thread from the last to the first.
    void descend(std::span<const Index> parent, BodyRef body) { run(parent, body, false); }

    /// From inside a task: body(i, thread) for i = 0 … count-1, shared with the threads that have no task. i are
    /// started in order. `thread` is that of the task.
    void loop(Index count, int thread, BodyRef body);

    /// True once a body has thrown; then bodies still running may stop early.
    bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }

private:
    struct Loop {
        BodyRef body;
        Index count;
        std::atomic<Index> next{0};
        std::atomic<int> helpers{0};
    };

    void run(std::span<const Index> parent, BodyRef body, bool up);
    void work(int thread);
    void share(Loop& loop, int thread);
    void finish(Index task);
    void fail() noexcept;
    Loop* open_loop() noexcept;

    int threads_;
    bool up_ = true;
    std::span<const Index> parent_;
    const BodyRef* body_ = nullptr;
    std::vector<Index> waiting_;                // children not yet done
    std::vector<Index> first_child_, sibling_;  // for descend
    std::vector<Index> ready_;                  // a heap
    std::vector<Loop*> loops_;
    Index remaining_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<std::uint64_t> version_{0};  // grows when there may be work
    std::atomic<bool> stopped_{false};
    std::exception_ptr exception_;
};

}  // namespace ritz::detail
