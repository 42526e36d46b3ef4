// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The inverse of a dense matrix: np.linalg.inv. To solve systems use `solve` or `lu_factor`: less work, more digits.

#include "ritz/linalg/solve.hpp"

namespace ritz::linalg {

struct InvOptions {
    OnIllConditioned on_ill_conditioned = OnIllConditioned::raise;
};

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> inv(Matrix<T> A, const InvOptions& options);
}  // namespace detail

/// A⁻¹ of an n × n matrix by LU factorisation with partial pivoting of the scaled matrix (complete pivoting if that
/// turns out unstable); 2n³ flops. The result is checked by A (A⁻¹ z) = z for a random z.
/// \throws InvalidArgument for wrong shapes, NaN and infinity.
/// \throws SingularMatrix if a pivot is exactly zero.
/// \throws IllConditioned if 1 / (‖A‖₁ ‖A⁻¹‖₁) of the scaled matrix is below max(10, n) u, unless options say accept.
/// \throws LimitExceeded if an entry of A⁻¹ is too large for its type.
/// \ref J. J. Du Croz and N. J. Higham, Stability of methods for matrix inversion, IMA J. Numer. Anal. 12 (1992) 1-19.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> inv(const A& a, const InvOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::inv<T>(detail::as<T>(a), options);
}

}  // namespace ritz::linalg
