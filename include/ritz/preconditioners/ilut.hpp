// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/incomplete.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

struct IlutOptions {
    /// τ ≥ 0: an entry of row i of L D or of U is dropped if its size is at most τ times that of the largest entry in
    /// row i of A. Sizes are those of the copy that incomplete.hpp speaks of.
    double drop_tolerance = 1e-3;
    Index fill = 10;  ///< ≥ 0: in each row, L and U each keep this many entries more than A has there, the largest
    /// ILUTP: when the largest entry of a row of U times this exceeds the pivot, their columns are exchanged. In [0,
    /// 1]; 0: never; 0.1 or more for matrices with small or zero diagonals.
    double pivot_tolerance = 0;
    OnBreakdown on_breakdown = OnBreakdown::shift;
    double shift = 0;  ///< α to begin with
    Precision precision = Precision::working;
};

/// Incomplete LU factorisation with dropping by size: M = L D U Qᵀ, Q from column pivoting where it is asked for.
/// With τ = 0 and fill = n the factors are those of Gaussian elimination. incomplete.hpp says what is common to this
/// family.
/// \ref Y. Saad, Numer. Linear Algebra Appl. 1 (1994) 387-402; Saad, algorithms 10.6 and 10.7.
template <Scalar T>
class Ilut {
public:
    /// \throws InvalidArgument if A is not square, has a NaN or infinity, or an option is out of range; SingularMatrix
    /// with the row if there is no factorisation (OnBreakdown::fail), or none for any reasonable shift.
    explicit Ilut(const CsrView<T>& A, const IlutOptions& options = {});
    ~Ilut();
    Ilut(Ilut&&) noexcept;
    Ilut& operator=(Ilut&&) noexcept;

    /// Factors another matrix of the same order with the same options. \throws what the constructor throws, and
    /// InvalidArgument for another order; then the old factors remain.
    void refactor(const CsrView<T>& A);

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    /// z ← M⁻¹ r. \throws InvalidArgument for wrong lengths.
    void apply(VectorView<T> r, VectorRef<T> z) const;
    /// z ← M⁻ᴴ r.
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const;

    Definiteness definiteness() const noexcept { return Definiteness::unknown; }
    /// nonzeros: those of L and U with one diagonal.
    const PreconditionerStatistics& statistics() const noexcept;

private:
    struct Content;
    std::unique_ptr<Content> content_;
};

}  // namespace ritz
