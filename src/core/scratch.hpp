// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Work vectors of objects whose const functions may run in several threads at once, for the library's own sources.

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "ritz/core/buffer.hpp"

namespace ritz::detail {

/// Keeps work vectors between calls, so that a call neither allocates nor faults pages in again. Each caller gets one
/// of its own.
template <class T>
class ScratchPool {
public:
    /// A vector on loan, of indeterminate content; goes back when this is destroyed.
    class Loan {
    public:
        Loan(ScratchPool& pool, Buffer<T> buffer) : pool_(pool), buffer_(std::move(buffer)) {}
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        ~Loan() {
            const std::lock_guard lock(pool_.mutex_);
            if (pool_.idle_.size() < pool_.idle_.capacity()) pool_.idle_.push_back(std::move(buffer_));
        }
        T* data() noexcept { return buffer_.data(); }
        std::size_t size() const noexcept { return buffer_.size(); }

    private:
        ScratchPool& pool_;
        Buffer<T> buffer_;
    };

    ScratchPool() { idle_.reserve(16); }  // more callers than that at once, and the rest are freed

    Loan take(std::size_t n) {
        Buffer<T> buffer;
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                buffer = std::move(idle_.back());
                idle_.pop_back();
            }
        }
        buffer.resize(n);
        return Loan(*this, std::move(buffer));
    }

private:
    std::mutex mutex_;
    std::vector<Buffer<T>> idle_;
};

}  // namespace ritz::detail
