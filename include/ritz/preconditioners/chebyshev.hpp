// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

struct ChebyshevOptions {
    Index degree = 4;               ///< of the residual polynomial: products with A are one fewer
    double eigenvalue_ratio = 30;   ///< the interval is [λ_max / ratio, 1.1 λ_max]; a smoother takes about 4
    double largest_eigenvalue = 0;  ///< of D⁻¹ A, when known; 0: estimated by Lanczos steps
    Index lanczos_steps = 12;
};

/// The Chebyshev polynomial in D⁻¹ A, D the diagonal, that is smallest on an interval of its spectrum. No dots and no
/// dependencies: parallel as products are. Holds a copy D⁻¹ A. Set-up: `lanczos_steps` products; apply: degree - 1.
///
/// A must be Hermitian, which is not examined, with a positive diagonal. Positive definite when A is and λ_max is at
/// most 1.1 times the estimate, for which the Lanczos steps start from a random vector with a fixed seed; the estimate
/// is never above the bound that the row sums of D⁻¹ A give.
/// \throws InvalidArgument if A is not square or not finite, or an option is out of range; SingularMatrix with the row
///         for a zero diagonal element; NotPositiveDefinite with the row for one that is not positive.
/// \ref M. Adams, M. Brezina, J. Hu, R. Tuminaro, J. Comput. Phys. 188 (2003) 593-610, section 2.2; Saad, Iterative
///      Methods for Sparse Linear Systems, 2nd ed. (2003), algorithm 12.1.
template <Scalar T>
class Chebyshev {
public:
    explicit Chebyshev(const CsrView<T>& A, const ChebyshevOptions& options = {});

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    void apply(VectorView<T> r, VectorRef<T> z) const;
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const;
    Definiteness definiteness() const noexcept;
    const PreconditionerStatistics& statistics() const noexcept;
    double largest_eigenvalue() const noexcept;  ///< of D⁻¹ A, as estimated: the upper end of the interval

private:
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace ritz
