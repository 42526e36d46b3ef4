// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/incomplete.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

struct IctOptions {
    /// τ ≥ 0: an entry of row i, column j of D Lᴴ is dropped if its size is at most τ √(a_ii a_jj).
    double drop_tolerance = 1e-3;
    Index fill = 10;  ///< ≥ 0: a column of L keeps this many entries more than A has there: those whose
                      ///< size divided by √a_jj is largest
    OnBreakdown on_breakdown = OnBreakdown::shift;
    double shift = 0;  ///< α to begin with
    Precision precision = Precision::working;
};

/// Incomplete Cholesky factorisation with dropping by size: M = L D Lᴴ. A Hermitian; M is Hermitian positive definite.
/// With τ = 0 and fill = n it is the Cholesky factorisation. incomplete.hpp says what is common to this family.
/// \ref C.-J. Lin, J. J. Moré, SIAM J. Sci. Comput. 21 (1999) 24-45; Saad, section 10.8.3.
template <Scalar T>
class Ict {
public:
    /// \throws InvalidArgument if A is not square or not exactly Hermitian, has a NaN or infinity, or an option is out
    /// of range; NotPositiveDefinite with the row if there is no factorisation (OnBreakdown::fail), or none for any
    /// reasonable shift.
    explicit Ict(const CsrView<T>& A, const IctOptions& options = {});
    ~Ict();
    Ict(Ict&&) noexcept;
    Ict& operator=(Ict&&) noexcept;

    /// Factors another matrix of the same order with the same options. \throws what the constructor throws, and
    /// InvalidArgument for another order; then the old factors remain.
    void refactor(const CsrView<T>& A);

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    /// z ← M⁻¹ r. \throws InvalidArgument for wrong lengths.
    void apply(VectorView<T> r, VectorRef<T> z) const;
    /// z ← M⁻ᴴ r, which is M⁻¹ r.
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const { apply(r, z); }

    Definiteness definiteness() const noexcept { return Definiteness::positive_definite; }
    /// nonzeros: those of L with its diagonal.
    const PreconditionerStatistics& statistics() const noexcept;

private:
    struct Content;
    std::unique_ptr<Content> content_;
};

}  // namespace ritz
