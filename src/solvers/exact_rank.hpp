// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

/// Whether no entry uses more than 32 of its 53 bits, so that all are probably exact.
template <Scalar W>
bool entries_look_exact(const CsrView<W>& A) noexcept;

/// Up to this order a proof of regularity is worth its time (some 30 ms).
inline constexpr Index exact_order = 300;

/// Whether A, taken as the exact numbers that its entries are, is regular: true is a proof. Gaussian elimination modulo
/// the prime 2⁶¹ − 1, in which every double has its exact image; a determinant that is not zero there is not zero.
/// False also for an order beyond exact_order (half of it for complex A) and for what is singular, which it says
/// wrongly of a regular A with a probability of some n 2⁻⁶¹. n³/3 operations. \ref J. von zur Gathen and J. Gerhard,
/// Modern Computer Algebra, 3rd ed., Cambridge 2013, section 5.5.
template <Scalar W>
bool proved_regular(const CsrView<W>& A);

}  // namespace ritz::detail
