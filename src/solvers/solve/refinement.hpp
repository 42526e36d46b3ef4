// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "solvers/solve/direct.hpp"

namespace ritz::solving {

/// Solves all right-hand sides with the factors of the scaled matrix S, estimates its condition, and judges the answers
/// against A. Right-hand sides, residuals to be refined and the condition estimate share passes over the factors.
/// \ref E. Carson and N. J. Higham, SIAM J. Sci. Comput. 40 (2018) A817, for the refinement.
template <Scalar W>
Outcome<W> finish(System<W>& system, const CsrView<W>& S, const Equilibration& e, const Factors<W>& factors);

}  // namespace ritz::solving
