// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// A preconditioner in single precision under a solver in double.

#include <functional>
#include <memory>
#include <type_traits>

#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

/// float for double, complex<float> for complex<double>; the type itself for these.
template <Scalar T>
using SingleOf = std::conditional_t<is_complex<T>, std::complex<float>, float>;

/// Any preconditioner, made of a copy of A in single precision, and applied to vectors in T. A is scaled by a power of
/// two before it is rounded, and so is each r, so that neither their sizes nor the solution's over- or underflow; only
/// what lies 2⁻¹⁴⁹ below the largest entry of A is lost. r = 0 gives 0, and a NaN in r gives NaN.
///
///     const SinglePrecision<double> M(A, [](const CsrView<float>& B) { return Preconditioner<float>(Jacobi(B)); });
///
/// Half the memory and traffic; the relative error of M⁻¹ r is about 1e-7 times the condition of M's own arithmetic,
/// so that a method in double needs about as many iterations. Rounding r makes M⁻¹ nonlinear in the eighth digit.
template <Scalar T>
class SinglePrecision {
public:
    using Low = SingleOf<T>;
    using Factory = std::function<Preconditioner<Low>(const CsrView<Low>&)>;

    /// `make` may keep hold of the matrix that it is given: it lives as long as this.
    /// \throws InvalidArgument if A is not square or not finite; what `make` throws.
    SinglePrecision(const CsrView<T>& A, const Factory& make);

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    void apply(VectorView<T> r, VectorRef<T> z) const;
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const;
    bool has_adjoint() const noexcept;
    Definiteness definiteness() const noexcept;
    const PreconditionerStatistics& statistics() const noexcept;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace ritz
