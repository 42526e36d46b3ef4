// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Preconditioners that are a diagonal.

#include <memory>

#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

struct JacobiOptions {
    /// M = diag(|a_ii|): positive definite also for an indefinite Hermitian A, as MINRES needs it.
    bool absolute = false;
};

/// M = diag(A): z_i ← r_i / a_ii. Set-up: one look at each entry; apply: three vectors of memory traffic.
/// Hermitian when the diagonal is real, positive definite when it is positive.
/// \throws InvalidArgument if A is not square or not finite; SingularMatrix with the row if a diagonal element is
///         missing or zero, or so small beside the largest that its inverse overflows.
template <Scalar T>
class Jacobi {
public:
    explicit Jacobi(const CsrView<T>& A, const JacobiOptions& options = {});

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

/// M = diag(Σ_j |a_ij|): z_i ← r_i / ‖row i‖₁. M - A is positive semidefinite for a Hermitian A, so that the iteration
/// z ← z + M⁻¹(r - A z) converges for every positive definite A, which Jacobi's does not. Needs no diagonal, and is
/// always positive definite. Costs are Jacobi's.
/// \throws InvalidArgument if A is not square or not finite; SingularMatrix with the row if a row is zero.
/// \ref A. H. Baker, R. D. Falgout, Tz. V. Kolev, U. M. Yang, SIAM J. Sci. Comput. 33 (2011) 2864-2887, section 4.2,
///      with one unknown a block.
template <Scalar T>
class L1Jacobi {
public:
    explicit L1Jacobi(const CsrView<T>& A);

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
