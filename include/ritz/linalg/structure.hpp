// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What a dense matrix looks like: its bandwidths, whether it is symmetric.

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// The outermost diagonals that hold anything but zeros: aᵢⱼ = 0 for i - j > lower and for j - i > upper.
struct Bandwidth {
    Eigen::Index lower = 0, upper = 0;
};

/// |aᵢⱼ - aⱼᵢ| ≤ atol + rtol |aⱼᵢ|, as NumPy's allclose. Zero by default: equal to the last bit.
struct SymmetryTolerance {
    double rtol = 0, atol = 0;
};

namespace detail {
template <Scalar T>
Bandwidth bandwidth(Matrix<T> A);
template <Scalar T>
bool is_mirrored(Matrix<T> A, const SymmetryTolerance& tolerance, Op op);
}  // namespace detail

/// The bandwidths of an m × n matrix; both are 0 for a diagonal and for an empty one. NaN counts as an entry. At most
/// m·n reads, few for a matrix that is full in its corners.
template <Dense A>
[[nodiscard]] Bandwidth bandwidth(const A& a) {
    using T = ScalarOf<A>;
    return detail::bandwidth<T>(detail::as<T>(a));
}

/// A = Aᵀ (not Aᴴ) to the tolerance. NaN equals nothing. n² / 2 comparisons, in blocks.
/// \throws InvalidArgument if A is not square or a tolerance is negative or NaN
template <Dense A>
[[nodiscard]] bool issymmetric(const A& a, const SymmetryTolerance& tolerance = {}) {
    using T = ScalarOf<A>;
    return detail::is_mirrored<T>(detail::as<T>(a), tolerance, Op::transpose);
}

/// A = Aᴴ to the tolerance; the diagonal must then be real to the tolerance. As issymmetric.
/// \throws InvalidArgument if A is not square or a tolerance is negative or NaN
template <Dense A>
[[nodiscard]] bool ishermitian(const A& a, const SymmetryTolerance& tolerance = {}) {
    using T = ScalarOf<A>;
    return detail::is_mirrored<T>(detail::as<T>(a), tolerance, Op::adjoint);
}

}  // namespace ritz::linalg
