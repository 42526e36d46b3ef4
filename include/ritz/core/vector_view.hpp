// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Vectors as arguments. `VectorView<T>` is read, `VectorRef<T>` is written; both are a pointer and a length.
/// std::vector, std::array, std::span, Buffer and every unit-stride Eigen vector convert to them. An owning
/// temporary does not convert to a VectorRef, since what was written would be lost.

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include "ritz/core/types.hpp"

namespace ritz {

namespace detail {

template <class V>
concept HasDataAndSize = requires(V& v) {
    {*v.data()};
    { v.size() } -> std::convertible_to<std::size_t>;
};

/// Eigen says at compile time what is a vector and what its stride is; everything else with data() is contiguous.
template <class V>
constexpr bool is_contiguous_vector() {
    using U = std::remove_cvref_t<V>;
    if constexpr (!HasDataAndSize<std::remove_reference_t<V>>)
        return false;
    else if constexpr (requires { U::IsVectorAtCompileTime; })
        return bool(U::IsVectorAtCompileTime) && int(U::InnerStrideAtCompileTime) == 1;
    else
        return true;
}

/// A type that refers to memory it does not own, so that a temporary of it may be written through.
template <class V>
constexpr bool is_borrowed_vector() {
    using U = std::remove_cvref_t<V>;
    if constexpr (requires { typename U::PlainObject; })
        return !std::same_as<U, typename U::PlainObject>;
    else
        return std::ranges::enable_borrowed_range<U>;
}

}  // namespace detail

template <Scalar T>
class VectorRef;

/// A read-only vector: n consecutive T owned by somebody else.
template <Scalar T>
class VectorView {
public:
    using value_type = T;

    constexpr VectorView() noexcept = default;
    constexpr VectorView(const T* data, std::size_t size) noexcept : data_(data), size_(size) {}

    template <class V>
    requires(detail::is_contiguous_vector<const V&>() &&
             !std::same_as<V, VectorView>) constexpr VectorView(const V& v) noexcept
        requires(std::same_as<std::remove_cvref_t<decltype(*v.data())>, T>)
        : data_(v.data()), size_(static_cast<std::size_t>(v.size())) {}

    constexpr const T* data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    constexpr const T* begin() const noexcept { return data_; }
    constexpr const T* end() const noexcept { return data_ + size_; }

    /// Elements [first, first + count).
    constexpr VectorView subview(std::size_t first, std::size_t count) const noexcept { return {data_ + first, count}; }

private:
    const T* data_ = nullptr;
    std::size_t size_ = 0;
};

/// A vector to write into: n consecutive T owned by somebody else.
template <Scalar T>
class VectorRef {
public:
    using value_type = T;

    constexpr VectorRef() noexcept = default;
    constexpr VectorRef(T* data, std::size_t size) noexcept : data_(data), size_(size) {}

    template <class V>
    requires(detail::is_contiguous_vector<V>() && !std::same_as<std::remove_cvref_t<V>, VectorRef> &&
             (std::is_lvalue_reference_v<V> || detail::is_borrowed_vector<V>())) constexpr VectorRef(V&& v) noexcept
        requires(std::same_as<decltype(v.data()), T*>)
        : data_(v.data()), size_(static_cast<std::size_t>(v.size())) {}

    constexpr T* data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T& operator[](std::size_t i) const noexcept { return data_[i]; }
    constexpr T* begin() const noexcept { return data_; }
    constexpr T* end() const noexcept { return data_ + size_; }

    constexpr VectorRef subview(std::size_t first, std::size_t count) const noexcept { return {data_ + first, count}; }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

namespace detail {
template <class V>
using ElementOf = std::remove_cvref_t<decltype(*std::declval<V&>().data())>;
}

template <class V>
VectorView(const V&) -> VectorView<detail::ElementOf<const V>>;
template <class V>
VectorRef(V&&) -> VectorRef<detail::ElementOf<std::remove_reference_t<V>>>;

/// Anything that converts to a VectorView<T>.
template <class V>
concept VectorLike = detail::is_contiguous_vector<const V&>() && Scalar<detail::ElementOf<const V>>;

}  // namespace ritz

template <ritz::Scalar T>
inline constexpr bool std::ranges::enable_borrowed_range<ritz::VectorView<T>> = true;
template <ritz::Scalar T>
inline constexpr bool std::ranges::enable_borrowed_range<ritz::VectorRef<T>> = true;
