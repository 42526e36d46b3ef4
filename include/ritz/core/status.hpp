// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace ritz {

/// How a solve ended: the finding, not the code path. One vocabulary for every method.
enum class Status {
    solved,               ///< the answer passed every check
    converged,            ///< an iterative method: ‖b − A x‖₂ ≤ max(rtol ‖b‖₂, atol), recomputed from x
    ill_conditioned,      ///< the residual is small, but the condition estimate promises no correct digit
    singular_consistent,  ///< A is singular and b lies in its range: x is the minimum-norm solution
    singular_inconsistent,      ///< A is singular and no x meets the tolerance: x minimises ‖b − A x‖₂
    not_converged,              ///< no answer that meets the tolerance was found
    not_finite,                 ///< NaN or infinity in A, in b, or in what was computed
    limit_exceeded,             ///< a limit (memory, time) would be passed
    interrupted,                ///< stopped from outside
    breakdown,                  ///< a method met a zero pivot or divisor (of one attempt; another method may go on)
    indefinite_operator,        ///< a method for definite matrices met a pivot ≤ 0
    indefinite_preconditioner,  ///< a method for definite preconditioners met rᴴ M⁻¹ r ≤ 0
    not_symmetric,              ///< a method for Hermitian matrices was asked for another one
    max_iterations,             ///< an iterative method reached its limit before its tolerance
    stagnated,                  ///< an iterative method made no more progress: the attainable accuracy, or no way on
    not_proved,  ///< eigenpairs are right, but that none was missed could not be proved as it was asked to be
    incomplete,  ///< eigenpairs are right, but a count says that some of the set were missed
};

/// The enumerator's name: "ill_conditioned".
std::string_view name(Status status) noexcept;

/// All of them, in order.
std::span<const Status> all_statuses() noexcept;

/// True for the statuses whose x is an answer: solved, converged, ill_conditioned, singular_consistent, not_proved.
bool has_answer(Status status) noexcept;

}  // namespace ritz
