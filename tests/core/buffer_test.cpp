// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <complex>
#include <cstdint>
#include <limits>
#include <new>

namespace ritz {
namespace {

TEST(Buffer, IsAlignedToACacheLineAtEverySize) {
    for (const std::size_t n : {1u, 3u, 1000u, 524'288u, 524'289u, 3'000'000u}) {
        const Buffer<double> buffer(n);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u) << n;
    }
}

TEST(Buffer, HoldsZerosWhenTheyAreAskedFor) {
    const Buffer<std::complex<double>> buffer(1'000'000, 0.0);
    EXPECT_TRUE(std::all_of(buffer.begin(), buffer.end(), [](auto value) { return value == 0.0; }));
}

TEST(Buffer, KeepsItsElementsWhenItGrows) {
    Buffer<int> buffer;
    for (int i = 0; i < 100'000; ++i) buffer.push_back(i);
    buffer.resize(2'000'000);
    for (int i = 0; i < 100'000; ++i) ASSERT_EQ(buffer[static_cast<std::size_t>(i)], i);
}

TEST(Buffer, ComparesAndCopiesAsAVectorDoes) {
    const Buffer<int> a{1, 2, 3};
    Buffer<int> b = a;
    EXPECT_EQ(a, b);
    b[1] = 5;
    EXPECT_NE(a, b);
    const int* data = b.data();
    const Buffer<int> c = std::move(b);
    EXPECT_EQ(c.data(), data);
}

TEST(Buffer, RefusesASizeWhoseBytesOverflow) {
    detail::BufferAllocator<double> allocator;
    EXPECT_THROW((void)allocator.allocate(std::numeric_limits<std::size_t>::max() / 4), std::bad_alloc);
    EXPECT_THROW((void)detail::allocate_buffer(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
}

}  // namespace
}  // namespace ritz
