// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Numbers at any address, in either byte order.

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <type_traits>

namespace ritz::detail {

template <class T>
T reversed(T value) noexcept {
    auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(value);
    std::reverse(bytes.begin(), bytes.end());
    return std::bit_cast<T>(bytes);
}

/// The number at `from`; `swapped`: stored in the other byte order than this machine's.
template <class T>
T load(const char* from, bool swapped) noexcept {
    static_assert(std::is_arithmetic_v<T>);
    T value;
    std::memcpy(&value, from, sizeof value);
    return swapped ? reversed(value) : value;
}

template <class T>
T load_little(const char* from) noexcept {
    return load<T>(from, std::endian::native != std::endian::little);
}

template <class T>
T load_big(const char* from) noexcept {
    return load<T>(from, std::endian::native != std::endian::big);
}

template <class T>
void append_little(std::string& to, T value) {
    const T stored = std::endian::native == std::endian::little ? value : reversed(value);
    to.append(reinterpret_cast<const char*>(&stored), sizeof stored);
}

}  // namespace ritz::detail
