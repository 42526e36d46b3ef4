// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The vocabulary of the eigensolvers: which part of a spectrum is wanted, and what is told about what was found. The
/// same for Hermitian and other matrices and for singular values.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/status.hpp"

namespace ritz {

/// The part of a spectrum that is wanted, by SciPy's and ARPACK's names.
enum class Which : std::uint8_t {
    largest_magnitude,   ///< LM
    smallest_magnitude,  ///< SM
    largest_algebraic,   ///< LA: eigsh
    smallest_algebraic,  ///< SA: eigsh
    both_ends,           ///< BE: eigsh; half from each end, one more from the high end when k is odd
    largest_real,        ///< LR: eigs
    smallest_real,       ///< SR: eigs
    largest_imaginary,   ///< LI: eigs; of a real matrix by |Im λ|
    smallest_imaginary,  ///< SI: eigs
};

/// "LM", "SM", ….
std::string_view name(Which which) noexcept;
/// The one of that name, in upper or lower case.
std::optional<Which> which_named(std::string_view name) noexcept;
/// All of them, in order.
std::span<const Which> all_which() noexcept;

/// How much is done to find out whether an eigenvalue of the set was missed.
enum class Completeness : std::uint8_t {
    none,   ///< nothing: multiple eigenvalues may be missed, as by other software
    check,  ///< a second run from a random vector, orthogonal to what was found: finds a missed one almost surely
    prove,  ///< counting by the inertia of A − σM where that can be factored, `check` otherwise
};

/// What shows that no eigenvalue of the set was missed.
struct CompletenessProof {
    /// "inertia": counted by factorisations of A − σM; "dense": all eigenvalues were computed.
    std::string by;
    /// Where the eigenvalues that were counted lie, seen from the shifts: "below", "above", "between", "outside", or
    /// "everywhere" (dense). As many were found there.
    std::string where = "everywhere";
    Index count = 0;   ///< eigenvalues there
    double shift = 0;  ///< the cut nearest to the rest of the spectrum
    /// The other end of the interval counted in; infinite where the set reaches to the end of the spectrum.
    double other_shift = std::numeric_limits<double>::infinity();
};

/// What a monitor is told: after each restart, block or cycle.
struct EigenState {
    std::int64_t iteration = 0;
    std::int64_t operator_applications = 0;
    Index converged = 0, wanted = 0;
    /// Of the wanted pairs, as the method sees them: eigenvalues (real parts) and estimated residuals.
    std::span<const double> values, residuals;
};

/// How an eigensolver ended. The statuses that occur:
///   solved           every pair meets its tolerance, and that none was missed is proved (`proof`)
///   converged        every pair meets its tolerance; completeness was not to be proved
///   not_proved       the same, but a proof was asked for and cannot be given (`message` says why)
///   incomplete       every pair meets its tolerance, but the count says that some of the set were missed
///   ill_conditioned  eigs: residuals are small, but by its condition some eigenvalue may be as wrong as ‖A‖/100: no
///                    digit of it is to be trusted (`error_bounds` tells which)
///   max_iterations, stagnated, interrupted, limit_exceeded, not_finite   `converged` pairs are returned, fewer than
///                    asked for
struct EigenReport {
    Status status = Status::not_converged;
    std::string method;                ///< "lanczos", "shift_invert", "dense", "lobpcg", …
    std::vector<std::string> reasons;  ///< for this method
    std::vector<std::string> warnings;
    std::string message;  ///< one sentence on a status other than solved and converged
    std::optional<CompletenessProof> proof;
    Index converged = 0;                     ///< pairs that meet the tolerance: those returned
    std::int64_t iterations = 0;             ///< restarts, blocks or cycles
    std::int64_t operator_applications = 0;  ///< products with A, or solves where a shift is inverted
    std::int64_t factorizations = 0;
    std::optional<double> sigma;  ///< the shift that was inverted, which may be moved from the one asked for
    double orthogonality = 0;     ///< max |Vᴴ M V − I|
    double norm_estimate = 0;     ///< of A, by what the residuals' rounding is judged
    double seconds = 0;
    std::size_t memory_bytes = 0;  ///< of basis and factors at their largest
};

}  // namespace ritz
