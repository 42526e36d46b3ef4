// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/incomplete.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

struct Ilu0Options {
    /// ω of relaxed modified ILU, 0 ≤ ω ≤ 1: that part of the dropped fill is added to the diagonal; 1 keeps row sums.
    double modified = 0;
    OnBreakdown on_breakdown = OnBreakdown::shift;
    double shift = 0;  ///< α to begin with
    Precision precision = Precision::working;
};

/// Incomplete LU factorisation without fill: M = L D U, L and U in the pattern of A, and M = A on that pattern.
/// incomplete.hpp says what is common to this family.
/// Set-up: for each entry below the diagonal a row of U is read. Apply: about one product with A.
/// \ref Saad, Iterative Methods for Sparse Linear Systems, 2nd ed. (2003), algorithm 10.4.
template <Scalar T>
class Ilu0 {
public:
    /// \throws InvalidArgument if A is not square, has a NaN or infinity, or an option is out of range; SingularMatrix
    /// with the row if there is no factorisation (OnBreakdown::fail), or none for any reasonable shift.
    explicit Ilu0(const CsrView<T>& A, const Ilu0Options& options = {});
    ~Ilu0();
    Ilu0(Ilu0&&) noexcept;
    Ilu0& operator=(Ilu0&&) noexcept;

    /// Factors a matrix of the same pattern with the same options. \throws what the constructor throws, and
    /// InvalidArgument for another pattern; then the old factors remain.
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
