// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The number types of ritz. docs/adr/0001-scalars-and-indices.md says why these.

#include <complex>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace ritz {

/// Numbers rows and columns, from 0. 32 bits: half the index traffic of 64 in every kernel.
using Index = std::int32_t;

/// Numbers stored entries. 64 bits: a matrix may hold more than 2³¹ of them.
using Offset = std::int64_t;

/// The four element types; `T` everywhere.
template <class T>
concept Scalar = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::complex<float>> ||
    std::same_as<T, std::complex<double>>;

namespace detail {
template <class T>
struct RealOf {
    using type = T;
};
template <class R>
struct RealOf<std::complex<R>> {
    using type = R;
};
}  // namespace detail

/// The type of |t|: double for double and for std::complex<double>.
template <Scalar T>
using Real = typename detail::RealOf<T>::type;

template <Scalar T>
inline constexpr bool is_complex = !std::same_as<T, Real<T>>;

/// Complex conjugate; the number itself when T is real.
template <Scalar T>
constexpr T conjugate(T value) noexcept {
    if constexpr (is_complex<T>)
        return std::conj(value);
    else
        return value;
}

}  // namespace ritz
