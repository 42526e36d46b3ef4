// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/incomplete.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

struct IlukOptions {
    Index fill_level = 1;  ///< k ≥ 0; 0 is Ilu0
    /// ω of relaxed modified ILU, 0 ≤ ω ≤ 1: that part of the dropped fill is added to the diagonal; 1 keeps row sums.
    double modified = 0;
    OnBreakdown on_breakdown = OnBreakdown::shift;
    double shift = 0;  ///< α to begin with
    Precision precision = Precision::working;
};

/// Incomplete LU factorisation with fill by level: M = L D U. An entry of A has level 0; one that elimination makes
/// from entries of levels p and q has p + q + 1, and is kept if that is at most k. For k ≥ n - 2 the factors are those
/// of Gaussian elimination without pivoting. incomplete.hpp says what is common to this family.
/// Set-up: for each entry below the diagonal of L a row of U is read, twice.
/// \ref J. W. Watts, SPE Journal 21 (1981) 345-353; Saad, section 10.3.3.
template <Scalar T>
class Iluk {
public:
    /// \throws InvalidArgument if A is not square, has a NaN or infinity, or an option is out of range; SingularMatrix
    /// with the row if there is no factorisation (OnBreakdown::fail), or none for any reasonable shift.
    explicit Iluk(const CsrView<T>& A, const IlukOptions& options = {});
    ~Iluk();
    Iluk(Iluk&&) noexcept;
    Iluk& operator=(Iluk&&) noexcept;

    /// Factors a matrix of the same pattern with the same options; the symbolic part is kept. \throws what the
    /// constructor throws, and InvalidArgument for another pattern; then the old factors remain.
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
