// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Some entries of A⁻¹ from a Cholesky factor, at about twice the cost of the factorisation instead of n solves:
/// variances (A a precision matrix), sensitivities, traces.
///
/// Takahashi's equations, front by front from the root down: with L₂₁ L₁₁⁻¹ = Y and the part Z₂₂ of A⁻¹ that the parent
/// knows, Z₂₁ = −Z₂₂ Y and Z₁₁ = (L₁₁ L₁₁ᴴ)⁻¹ − Yᴴ Z₂₁. Parallel over the elimination tree; the same bits for any
/// number of threads. Workspace: a dense square for each front that waits for its children. \ref K. Takahashi, J.
/// Fagan, M. Chin, 8th PICA Conf. Proc. (1973) 63-69; A. M. Erisman, W. F. Tinney, CACM 18 (1975)
///      177-179; L. Lin, C. Yang, J. C. Meza, J. Lu, L. Ying, W. E, ACM TOMS 37 (2011) 40 (by fronts).

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/cholesky.hpp"

namespace ritz {

/// The diagonal of A⁻¹: n positive numbers. \throws InvalidArgument when F holds no factors.
template <Scalar T>
Eigen::VectorX<Real<T>> inverse_diagonal(const Cholesky<T>& F);

/// The entries of A⁻¹ where `pattern` has entries, whose values are not looked at: an n × n matrix of this pattern. It
/// must lie in that of L + Lᴴ; that of A does. \throws InvalidArgument for a wrong shape, an entry outside, or when F
/// holds no factors.
template <Scalar T>
Csr<T> inverse_entries(const Cholesky<T>& F, const CsrView<T>& pattern);

}  // namespace ritz
