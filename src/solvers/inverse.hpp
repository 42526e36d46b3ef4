// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

/// A⁻¹ as whatever factorisation applies it: out ← A⁻¹ in, out ← A⁻ᴴ in.
template <Scalar W>
struct Inverse {
    using Operation = std::function<void(VectorView<W>, VectorRef<W>)>;
    Operation apply, apply_adjoint;
};

/// An estimated condition up to which ‖E‖ cannot matter: far below what A + E could hide.
inline constexpr double harmless_condition = 1e10;

/// κ₁(A) ≈ ‖A‖₁ ‖A⁻¹‖₁ from some four applications of A⁻¹ and A⁻ᴴ: a lower bound, rarely below a third of it.
/// Infinite when an application is not finite. Examined (below) when it is not harmless, or `suspicious`.
template <Scalar W>
double condition_estimate(const CsrView<W>& A, const Inverse<W>& inverse, bool suspicious);

/// The factors are those of A + E. A singular A with ‖E‖ well above rounding would look as if its condition were only
/// ‖A‖ / ‖E‖, so the direction v that A⁻¹ enlarges most is refined against A itself: v ← v − (A + E)⁻¹ A v shrinks at
/// once when A is regular, and stays, with A v → 0, when it is not. `norm` is ‖A‖₁, `condition` what was estimated.
template <Scalar W>
double examined_condition(const CsrView<W>& A, double norm, double condition, Buffer<W> v, const Inverse<W>& inverse);

/// ‖B‖₁ of an operator B and its adjoint by NormEstimator; `largest` becomes the column B e_j that attains it.
template <Scalar W>
double estimate_norm1(Index n, const Inverse<W>& B, Buffer<W>* largest = nullptr);

}  // namespace ritz::detail
