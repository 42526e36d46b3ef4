// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What ends an iteration from outside, and how often its operator was applied.

#include <atomic>
#include <chrono>
#include <cstdint>

#include "ritz/core/status.hpp"

namespace ritz::eigen {

/// Numbers that a product and an orthogonalisation read below which a second thread gains less than waiting for it
/// costs, on a processor that others use as well much less.
inline constexpr std::int64_t serial_work = 500'000;

class Limits {
public:
    using Clock = std::chrono::steady_clock;

    Limits(double max_seconds, const std::atomic<bool>* cancel) : max_seconds_(max_seconds), cancel_(cancel) {}

    /// Counts a product about to be made; false when it must not be, and `status` says why.
    bool allow() {
        if (interrupted()) {
            status = Status::interrupted;
        } else if (max_seconds_ > 0 && seconds() > max_seconds_) {
            status = Status::limit_exceeded;
        } else if (max_applications >= 0 && applications >= max_applications) {
            status = Status::max_iterations;
        } else {
            ++applications;
            return true;
        }
        return false;
    }
    bool interrupted() const { return cancel_ && cancel_->load(std::memory_order_relaxed); }
    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

    std::int64_t applications = 0;
    std::int64_t max_applications = -1;
    Status status = Status::not_converged;

private:
    double max_seconds_;
    const std::atomic<bool>* cancel_;
    Clock::time_point start_ = Clock::now();
};

}  // namespace ritz::eigen
