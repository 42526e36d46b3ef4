// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The registry of preconditioners: what there is, what each needs of the matrix, and how one is made by its name.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ritz/formats/compressed.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/preconditioners/field_split.hpp"
#include "ritz/preconditioners/gauss_seidel.hpp"
#include "ritz/preconditioners/incomplete.hpp"
#include "ritz/preconditioners/preconditioner.hpp"
#include "ritz/preconditioners/schwarz.hpp"

namespace ritz {

enum class PreconditionerKind : std::uint8_t {
    automatic,
    none,
    jacobi,
    l1_jacobi,
    block_jacobi,
    gauss_seidel,
    ssor,
    spai0,
    spai1,
    fsai,
    chebyshev,
    schwarz,
    field_split,
    ic0,
    mic0,
    ilu0,
};

/// The enumerator's name; "auto" for automatic.
std::string_view name(PreconditionerKind kind) noexcept;

/// The preconditioner of that name, or nothing.
std::optional<PreconditionerKind> preconditioner_named(std::string_view name) noexcept;

/// One row of the registry. `needs` are words of this list, and a matrix has a preconditioner when it has all of them:
///   square
///   nonzero_diagonal   every diagonal element stored and not zero
///   no_zero_row        a nonzero in every row
///   hermitian          A = Aᴴ
///   positive_definite  only its necessary condition is looked at: every diagonal element positive
///   zero_diagonal      a row without a diagonal element, whose block may be split off
struct PreconditionerInfo {
    PreconditionerKind kind;
    std::string_view name;
    std::span<const std::string_view> needs;
    std::string_view summary;
};

/// Every preconditioner of this build, `automatic` left out.
std::span<const PreconditionerInfo> preconditioners() noexcept;

/// Whether a matrix has what a preconditioner needs. One that has may still have no such preconditioner: a singular
/// block, a pivot that vanishes.
bool applies(const PreconditionerInfo& preconditioner, const Structure& structure) noexcept;

/// Settings of every kind; each reads its own.
struct PreconditionerOptions {
    /// single: held in float or complex<float>: half the memory and its traffic, and seven digits, which a solver in
    /// double does not notice. Incomplete factors are stored so; everything else is a SinglePrecision.
    Precision precision = Precision::working;
    OnBreakdown on_breakdown = OnBreakdown::shift;          ///< ic0, mic0, ilu0
    double modified = 0.97;                                 ///< mic0: the relaxation ω
    Index block_size = 0;                                   ///< block_jacobi; 0: found in the pattern
    Index sweeps = 1;                                       ///< gauss_seidel, ssor
    double omega = 1;                                       ///< gauss_seidel, ssor
    SweepDirection direction = SweepDirection::symmetric;   ///< gauss_seidel
    SweepOrdering ordering = SweepOrdering::natural;        ///< gauss_seidel, ssor
    Index degree = 4;                                       ///< chebyshev
    double eigenvalue_ratio = 30;                           ///< chebyshev
    Index parts = 0;                                        ///< schwarz; 0: one for each 2000 rows
    Index overlap = 1;                                      ///< schwarz
    SchwarzKind schwarz = SchwarzKind::additive;            ///< schwarz
    FieldSplitKind field_split = FieldSplitKind::diagonal;  ///< field_split
};

/// The preconditioner `kind` of A; `none` is an empty one, `automatic` what choose_preconditioner takes.
/// \throws what the preconditioner's class throws.
template <Scalar T>
[[nodiscard]] Preconditioner<T> make_preconditioner(PreconditionerKind kind, const CsrView<T>& A,
                                                    const PreconditionerOptions& options = {});

/// What choose_preconditioner took, and why.
template <Scalar T>
struct PreconditionerChoice {
    Preconditioner<T> preconditioner;
    PreconditionerKind kind = PreconditionerKind::none;
    std::vector<std::string> reasons;  ///< one sentence each: what the structure suggested, what failed on the way
};

/// A preconditioner by the structure of A: for a diagonal matrix itself; for a Hermitian matrix that may be positive
/// definite, one that is; Jacobi where the diagonal dominates so far, or rows differ so much in length, that an
/// incomplete factor does not pay; for a Hermitian indefinite matrix one that is definite all the same, as MINRES needs
/// it; for the rest an incomplete LU factorisation. Where that does not exist the next one is tried, and the last,
/// l1_jacobi, exists whenever no row is zero.
/// \throws InvalidArgument if A is not square or not finite; SingularMatrix if a row is zero.
template <Scalar T>
[[nodiscard]] PreconditionerChoice<T> choose_preconditioner(const CsrView<T>& A, const Structure& structure,
                                                            const PreconditionerOptions& options = {});

}  // namespace ritz
