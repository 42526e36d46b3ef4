// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Memory of a factorisation. A fresh page costs as much as some hundred operations on its numbers, so what fronts
/// leave to their parents is used again and again. Pages are small ones, unlike those of Buffer: upper halves of
/// squares are never touched, and large pages would be cleared whole.

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <new>
#include <vector>

namespace ritz::detail {

template <class T>
struct PlainAllocator {
    using value_type = T;
    static constexpr std::align_val_t alignment{64};

    PlainAllocator() = default;
    template <class U>
    PlainAllocator(const PlainAllocator<U>&) noexcept {}

    T* allocate(std::size_t n) {
        if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
        return static_cast<T*>(::operator new(n * sizeof(T), alignment));
    }
    void deallocate(T* memory, std::size_t) noexcept { ::operator delete(memory, alignment); }

    template <class U>
    void construct(U* place) noexcept {
        ::new (static_cast<void*>(place)) U;
    }
    template <class U, class... Arguments>
    void construct(U* place, Arguments&&... arguments) {
        ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
    }
    bool operator==(const PlainAllocator&) const = default;
};

/// std::vector with uninitialised growth on small pages.
template <class T>
using Storage = std::vector<T, PlainAllocator<T>>;

/// Blocks cut from one piece of memory, from either end; what does not fit has memory of its own. When blocks of odd
/// and even depth in a tree are cut from different ends, in a postorder each end is a stack. Sizes are multiples of
/// eight numbers. May be used by several threads.
template <class W>
class Slab {
public:
    explicit Slab(std::size_t entries) : memory_(entries) {
        if (entries > 0) free_.push_back({0, entries});
    }

    struct Block {
        W* data = nullptr;
        std::size_t entries = 0;
        bool inside = false;
    };

    Block take(std::size_t entries, bool from_above) {
        if (entries == 0) return {};
        const std::lock_guard lock(mutex_);
        held_ += entries;
        most_ = std::max(most_, held_);
        const auto fits = [&](const Extent& e) { return e.size >= entries; };
        std::size_t at = free_.size();
        if (from_above)
            at = static_cast<std::size_t>(std::find_if(free_.rbegin(), free_.rend(), fits).base() - free_.begin()) - 1;
        else
            at = static_cast<std::size_t>(std::find_if(free_.begin(), free_.end(), fits) - free_.begin());
        if (at < free_.size()) {
            Extent& extent = free_[at];
            W* data = memory_.data() + extent.begin + (from_above ? extent.size - entries : 0);
            if (!from_above) extent.begin += entries;
            extent.size -= entries;
            if (extent.size == 0) free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(at));
            return {data, entries, true};
        }
        return {PlainAllocator<W>().allocate(entries), entries, false};
    }

    void give_back(Block& block) noexcept {
        if (!block.data) return;
        const std::lock_guard lock(mutex_);
        held_ -= block.entries;
        if (!block.inside) {
            PlainAllocator<W>().deallocate(block.data, block.entries);
        } else {
            const auto begin = static_cast<std::size_t>(block.data - memory_.data());
            auto next = std::find_if(free_.begin(), free_.end(), [&](const Extent& e) { return e.begin > begin; });
            auto extent = free_.insert(next, {begin, block.entries});
            if (const auto after = extent + 1; after != free_.end() && extent->begin + extent->size == after->begin) {
                extent->size += after->size;
                free_.erase(after);
            }
            if (extent != free_.begin())
                if (const auto before = extent - 1; before->begin + before->size == extent->begin) {
                    before->size += extent->size;
                    free_.erase(extent);
                }
        }
        block = {};
    }

    /// The most entries that were in use.
    std::size_t most() const noexcept { return most_; }

private:
    struct Extent {
        std::size_t begin, size;
    };
    std::mutex mutex_;
    Storage<W> memory_;
    std::vector<Extent> free_;
    std::size_t held_ = 0, most_ = 0;
};

}  // namespace ritz::detail
