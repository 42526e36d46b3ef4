// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Sweeps over the unknowns: Gauss–Seidel, successive overrelaxation (SOR) and its symmetric form (SSOR).

#include <cstdint>
#include <memory>

#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

enum class SweepDirection : std::uint8_t { forward, backward, symmetric };

/// The order in which unknowns are visited.
enum class SweepOrdering : std::uint8_t {
    natural,      ///< as numbered; unknowns that do not depend on each other run in parallel (level scheduling)
    multicolour,  ///< colour by colour of a greedy colouring: few, large parallel steps, but mostly more iterations
};

struct GaussSeidelOptions {
    SweepDirection direction = SweepDirection::symmetric;
    Index sweeps = 1;  ///< times the direction is gone through, at least 1
    double omega = 1;  ///< relaxation, in (0, 2)
    SweepOrdering ordering = SweepOrdering::natural;
};

/// z after sweeps over A z = r that start from 0. With A = L + D + U:
///
///     forward    M = D/ω + L
///     backward   M = D/ω + U
///     symmetric  M = ω/(2-ω) (D/ω + L) D⁻¹ (D/ω + U)
///
/// and k sweeps are z ← z + M⁻¹(r - A z), k times. The first forward or backward sweep reads half of A, the first
/// symmetric one all of it once, each later one all of it once or twice. Holds a copy of A; its adjoint another one,
/// made at the first apply_adjoint, unless A is Hermitian. Parallel; the bits do not depend on the number of threads.
///
/// The symmetric form is Hermitian positive definite for a Hermitian A with positive diagonal when sweeps = 1, and for
/// a positive definite A always. Level scheduling has as many steps as the longest chain of dependencies: with a
/// tridiagonal matrix it is serial.
/// \throws InvalidArgument if A is not square or not finite, or an option is out of range; SingularMatrix with the row
///         if a diagonal element is missing or zero.
/// \ref Y. Saad, Iterative Methods for Sparse Linear Systems, 2nd ed. (2003), sections 4.1, 10.2 (SSOR), 12.4
///      (multicolour).
template <Scalar T>
class GaussSeidel {
public:
    explicit GaussSeidel(const CsrView<T>& A, const GaussSeidelOptions& options = {});

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    void apply(VectorView<T> r, VectorRef<T> z) const;
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const;
    Definiteness definiteness() const noexcept;
    const PreconditionerStatistics& statistics() const noexcept;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

struct SsorOptions {
    double omega = 1;  ///< in (0, 2); about 2/(1 + 2 sin(πh/2)) for a Poisson problem of mesh width h
    Index sweeps = 1;
    SweepOrdering ordering = SweepOrdering::natural;
};

/// The symmetric GaussSeidel under its usual name.
template <Scalar T>
class Ssor {
public:
    explicit Ssor(const CsrView<T>& A, const SsorOptions& options = {});

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    void apply(VectorView<T> r, VectorRef<T> z) const;
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const;
    Definiteness definiteness() const noexcept;
    const PreconditionerStatistics& statistics() const noexcept;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace ritz
