// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ritz/solvers/qr.hpp"
#include "solvers/solve/system.hpp"

namespace ritz::solving {

/// What rounding alone can leave of a dependent column of S: 4 ε √(m + n) max‖sⱼ‖₂. The customary tolerance of sparse
/// QR, 5 √(m + n) times as much, calls matrices singular whose condition is far from hopeless.
template <Scalar W>
double rounding_tolerance(const CsrView<W>& S);

/// Which columns count as dependent: what rounding leaves, or the customary tolerance.
enum class Rank { strict, customary };

/// QR of (D A)ᴴ, D a row scaling: its range is the row space of A, where solutions of least norm lie.
template <Scalar W>
Qr<W> row_space(System<W>& system, const Equilibration& rows, Rank rank);

/// Column k of x: the basic least-squares solution of the scaled system S = D₁ A D₂, refined.
template <Scalar W>
void basic_solution(System<W>& system, const CsrView<W>& S, const Equilibration& e, const Qr<W>& factors,
                    Eigen::Index k, Outcome<W>& outcome);

/// Column k of x ← its part in the row space.
template <Scalar W>
void project(const Qr<W>& space, Outcome<W>& outcome, Eigen::Index k);

/// Singular square A, by the QR of S = D₁ A D₂: the least-norm solution when b lies in the range, else the least-norm
/// minimiser.
template <Scalar W>
Outcome<W> solve_singular(System<W>& system, const CsrView<W>& S, const Equilibration& e, const Qr<W>& factors,
                          Rank rank);

/// Square A that is singular beyond doubt (a gap in its singular values), by the pseudoinverse of A: the solution of
/// least norm when b lies in the range, else the least-norm minimiser. Nothing when A is regular, or when its singular
/// values leave the rank open. \throws LimitExceeded, OutOfMemory, Interrupted.
template <Scalar W>
std::optional<Outcome<W>> solve_with_null_space(System<W>& system);

}  // namespace ritz::solving
