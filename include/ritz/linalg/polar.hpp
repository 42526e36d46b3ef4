// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "ritz/core/eigen.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// A = U P (right) or A = P U (left).
enum class PolarSide : std::uint8_t { right, left };

template <Scalar T>
struct [[nodiscard]] PolarResult {
    Eigen::MatrixX<T> U;  ///< m × n, orthonormal columns (m ≥ n) or rows
    Eigen::MatrixX<T> P;  ///< Hermitian positive semidefinite, n × n (right) or m × m (left)
};

namespace detail {
template <Scalar T>
PolarResult<T> polar(Matrix<T> A, PolarSide side);
}  // namespace detail

/// Polar decomposition of A (m × n) by its singular value decomposition A = W Σ Vᴴ: U = W Vᴴ, P = V Σ Vᴴ or W Σ Wᴴ.
/// scipy.linalg.polar. U is the unitary matrix nearest to A; it is unique only when A has full rank. Cost: svd, 4 n³
/// flops. \throws InvalidArgument if A is not finite; NoConvergence, LimitExceeded as svd. \ref N. J. Higham, Functions
/// of Matrices (2008), chapter 8.
template <Dense A>
[[nodiscard]] PolarResult<ScalarOf<A>> polar(const A& a, PolarSide side = PolarSide::right) {
    using T = ScalarOf<A>;
    return detail::polar<T>(detail::as<T>(a), side);
}

}  // namespace ritz::linalg
