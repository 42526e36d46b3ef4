// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/cholesky/team.hpp"

#include <omp.h>

#include <algorithm>
#include <functional>
#include <thread>
#include <utility>

#include "ritz/core/threads.hpp"

namespace ritz::detail {

void Patience::wait() noexcept {
    // Some microseconds of looking, then the processor goes to whoever needs it.
    if (++rounds_ < 200) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    } else {
        std::this_thread::yield();
    }
}

Team::Team(int threads) : threads_(omp_in_parallel() ? 1 : std::max(1, threads)) {}

void Team::run(std::span<const Index> parent, BodyRef body, bool up) {
    const auto tasks = static_cast<Index>(parent.size());
    const ThreadLimit one(1);  // for the BLAS, also where OpenMP grants no second thread
    if (threads_ <= 1 || tasks == 0) {
        for (Index t = 0; t < tasks; ++t) body(up ? t : tasks - 1 - t, 0);
        return;
    }
    up_ = up;
    parent_ = parent;
    body_ = &body;
    remaining_ = tasks;
    stopped_ = false;
    exception_ = nullptr;
    ready_.clear();
    const auto n = parent.size();
    if (up) {
        waiting_.assign(n, 0);
        for (const Index p : parent)
            if (p >= 0) ++waiting_[static_cast<std::size_t>(p)];
        for (std::size_t t = 0; t < n; ++t)
            if (waiting_[t] == 0) ready_.push_back(static_cast<Index>(t));
        std::make_heap(ready_.begin(), ready_.end(), std::greater<>());
    } else {
        first_child_.assign(n, -1);
        sibling_.assign(n, -1);
        for (std::size_t t = 0; t < n; ++t) {
            if (const Index p = parent[t]; p >= 0) {
                sibling_[t] = std::exchange(first_child_[static_cast<std::size_t>(p)], static_cast<Index>(t));
            } else {
                ready_.push_back(static_cast<Index>(t));
            }
        }
        std::make_heap(ready_.begin(), ready_.end(), std::less<>());
    }
#pragma omp parallel num_threads(threads_)
    {
        const ThreadLimit serial_blas(1);
        work(omp_get_thread_num());
    }
    if (exception_) std::rethrow_exception(exception_);
}

void Team::fail() noexcept {
    const std::lock_guard lock(mutex_);
    if (!exception_) exception_ = std::current_exception();
    stopped_ = true;
}

Team::Loop* Team::open_loop() noexcept {
    for (Loop* loop : loops_)
        if (loop->next.load(std::memory_order_relaxed) < loop->count) return loop;
    return nullptr;
}

void Team::finish(Index task) {
    --remaining_;
    std::size_t added = 0;
    const auto add = [&](Index t) {
        ready_.push_back(t);
        if (up_)
            std::push_heap(ready_.begin(), ready_.end(), std::greater<>());
        else
            std::push_heap(ready_.begin(), ready_.end(), std::less<>());
        ++added;
    };
    if (up_) {
        const Index p = parent_[static_cast<std::size_t>(task)];
        if (p >= 0 && --waiting_[static_cast<std::size_t>(p)] == 0) add(p);
    } else {
        for (Index c = first_child_[static_cast<std::size_t>(task)]; c >= 0; c = sibling_[static_cast<std::size_t>(c)])
            add(c);
    }
    if (added > 1 || remaining_ == 0) {  // one new task is taken by this thread itself
        version_.fetch_add(1, std::memory_order_release);
        changed_.notify_all();
    }
}

void Team::work(int thread) {
    std::unique_lock lock(mutex_);
    for (;;) {
        if (remaining_ == 0 || stopped()) {
            version_.fetch_add(1, std::memory_order_release);
            changed_.notify_all();
            return;
        }
        if (!ready_.empty()) {
            if (up_)
                std::pop_heap(ready_.begin(), ready_.end(), std::greater<>());
            else
                std::pop_heap(ready_.begin(), ready_.end(), std::less<>());
            const Index task = ready_.back();
            ready_.pop_back();
            lock.unlock();
            try {
                (*body_)(task, thread);
            } catch (...) {
                fail();
            }
            lock.lock();
            finish(task);
        } else if (Loop* loop = open_loop()) {
            loop->helpers.fetch_add(1, std::memory_order_relaxed);
            lock.unlock();
            share(*loop, thread);
            loop->helpers.fetch_sub(1, std::memory_order_release);  // the loop may be gone after this
            lock.lock();
        } else {
            const std::uint64_t seen = version_.load(std::memory_order_acquire);
            lock.unlock();
            for (int round = 0; round < 2000 && version_.load(std::memory_order_acquire) == seen; ++round) {
#if defined(__x86_64__) || defined(__i386__)
                __builtin_ia32_pause();
#endif
            }
            lock.lock();
            changed_.wait(lock, [&] { return version_.load(std::memory_order_acquire) != seen; });
        }
    }
}

void Team::share(Loop& loop, int thread) {
    for (;;) {
        const Index i = loop.next.fetch_add(1, std::memory_order_relaxed);
        if (i >= loop.count) return;
        if (stopped()) continue;
        try {
            loop.body(i, thread);
        } catch (...) {
            fail();
        }
    }
}

void Team::loop(Index count, int thread, BodyRef body) {
    if (threads_ <= 1 || count <= 1) {
        for (Index i = 0; i < count; ++i) body(i, thread);
        return;
    }
    Loop loop{body, count};
    {
        const std::lock_guard lock(mutex_);
        loops_.push_back(&loop);
        version_.fetch_add(1, std::memory_order_release);
    }
    changed_.notify_all();
    share(loop, thread);
    {
        const std::lock_guard lock(mutex_);
        loops_.erase(std::find(loops_.begin(), loops_.end(), &loop));
    }
    for (Patience patience; loop.helpers.load(std::memory_order_acquire) != 0;) patience.wait();
}

}  // namespace ritz::detail
