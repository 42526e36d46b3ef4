// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The array that matrices own: a std::vector that does not zero what will be overwritten, and that asks the
/// system for large pages when it is big. Both matter: zeroing from one thread places every page fault there, and
/// with 4 kB pages a sparse product spends much of its time in address translation.

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace ritz {

namespace detail {

void* allocate_buffer(std::size_t bytes);  ///< 64-byte aligned; throws std::bad_alloc
void deallocate_buffer(void* memory, std::size_t bytes) noexcept;

/// Allocator whose resize() leaves new elements uninitialised.
template <class T>
struct BufferAllocator {
    using value_type = T;

    BufferAllocator() = default;
    template <class U>
    BufferAllocator(const BufferAllocator<U>&) noexcept {}

    T* allocate(std::size_t n) {
        if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
        return static_cast<T*>(allocate_buffer(n * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t n) noexcept { deallocate_buffer(memory, n * sizeof(T)); }

    template <class U>
    void construct(U* place) noexcept {
        ::new (static_cast<void*>(place)) U;  // default-initialised: no store for numbers
    }
    template <class U, class... Arguments>
    void construct(U* place, Arguments&&... arguments) {
        ::new (static_cast<void*>(place)) U(std::forward<Arguments>(arguments)...);
    }

    bool operator==(const BufferAllocator&) const = default;
};

}  // namespace detail

/// std::vector with uninitialised growth. `Buffer<T>(n)` holds n indeterminate numbers; `Buffer<T>(n, T{})` zeros.
template <class T>
using Buffer = std::vector<T, detail::BufferAllocator<T>>;

}  // namespace ritz
