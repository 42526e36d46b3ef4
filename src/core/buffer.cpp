// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/buffer.hpp"

#include <cstdint>
#include <cstdlib>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace ritz::detail {

namespace {
constexpr std::size_t cache_line = 64;
constexpr std::size_t huge_page = std::size_t{2} << 20;  // x86-64 and Arm with 4 kB base pages
constexpr std::size_t huge_from = 2 * huge_page;         // below this the alignment would waste too much
}  // namespace

void* allocate_buffer(std::size_t bytes) {
    const std::size_t alignment = bytes >= huge_from ? huge_page : cache_line;
    if (bytes > SIZE_MAX - alignment) throw std::bad_alloc();
    const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
    if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (bytes >= huge_from) madvise(memory, rounded, MADV_HUGEPAGE);  // a hint: failure changes nothing
#endif
    return memory;
}

void deallocate_buffer(void* memory, std::size_t) noexcept {
    std::free(memory);
}

}  // namespace ritz::detail
