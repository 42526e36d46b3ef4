// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The vector operations that everything stands on. All are parallel above some 10⁵ elements and give the same bits
/// whatever the number of threads: sums are formed over fixed blocks and the block sums are added in order.
///
/// Arguments are anything that converts to VectorView / VectorRef, of equal lengths.
/// \throws InvalidArgument if lengths differ.

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"

namespace ritz {

namespace detail {
template <Scalar T>
T dot(VectorView<T> x, VectorView<T> y);
template <Scalar T>
Real<T> norm1(VectorView<T> x);
template <Scalar T>
Real<T> norm2(VectorView<T> x);
template <Scalar T>
Real<T> norm_inf(VectorView<T> x);
template <Scalar T>
void axpy(T alpha, VectorView<T> x, VectorRef<T> y);
template <Scalar T>
void scale(T alpha, VectorRef<T> x);
template <Scalar T>
bool all_finite(VectorView<T> x);
}  // namespace detail

/// xᴴ y = Σ conj(xᵢ) yᵢ. 2n flops.
template <VectorLike X, VectorLike Y>
auto dot(const X& x, const Y& y) {
    using T = detail::ElementOf<const X>;
    return detail::dot<T>(x, y);
}

/// ‖x‖₁ = Σ |xᵢ|; 0 for an empty x.
template <VectorLike X>
auto norm1(const X& x) {
    return detail::norm1<detail::ElementOf<const X>>(x);
}

/// ‖x‖₂, right whenever it is representable: [1e200, 1e200] has norm 1.41e200, [1e-200] has 1e-200.
/// One pass when no square over- or underflows, two otherwise (scaled by a power of two).
template <VectorLike X>
auto norm2(const X& x) {
    return detail::norm2<detail::ElementOf<const X>>(x);
}

/// ‖x‖∞ = max |xᵢ|; 0 for an empty x, NaN if any element is NaN.
template <VectorLike X>
auto norm_inf(const X& x) {
    return detail::norm_inf<detail::ElementOf<const X>>(x);
}

/// y ← α x + y.
template <VectorLike X, class Y>
void axpy(detail::ElementOf<const X> alpha, const X& x, Y&& y) {
    using T = detail::ElementOf<const X>;
    detail::axpy<T>(alpha, x, VectorRef<T>(y));
}

/// x ← α x.
template <class X>
void scale(detail::ElementOf<std::remove_reference_t<X>> alpha, X&& x) {
    using T = detail::ElementOf<std::remove_reference_t<X>>;
    detail::scale<T>(alpha, VectorRef<T>(x));
}

/// True when no element is NaN or infinite.
template <VectorLike X>
bool all_finite(const X& x) {
    return detail::all_finite<detail::ElementOf<const X>>(x);
}

}  // namespace ritz
