// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/incomplete.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

struct Ic0Options {
    /// ω of relaxed modified IC, 0 ≤ ω ≤ 1: that part of the dropped fill is taken from the diagonal. 1 keeps the row
    /// sums of A: for discretised diffusion about half the iterations and better so on finer grids. Meant for
    /// M-matrices; others may need a shift then.
    /// \ref I. Gustafsson, BIT 18 (1978) 142-156; O. Axelsson, G. Lindskog, Numer. Math. 48 (1986) 479-498.
    double modified = 0;
    OnBreakdown on_breakdown = OnBreakdown::shift;
    double shift = 0;  ///< α to begin with
    Precision precision = Precision::working;
};

/// Incomplete Cholesky factorisation without fill: M = L D Lᴴ, L in the pattern of A, and M = A on that pattern.
/// A Hermitian; M is Hermitian positive definite. incomplete.hpp says what is common to this family.
/// Set-up: for each entry above the diagonal a row of A is read. Apply: about one product with A.
/// \ref J. A. Meijerink, H. A. van der Vorst, Math. Comp. 31 (1977) 148-162; Saad, section 10.3.
template <Scalar T>
class Ic0 {
public:
    /// \throws InvalidArgument if A is not square or not exactly Hermitian, has a NaN or infinity, or an option is out
    /// of range; NotPositiveDefinite with the row if there is no factorisation (OnBreakdown::fail), or none for any
    /// reasonable shift.
    explicit Ic0(const CsrView<T>& A, const Ic0Options& options = {});
    ~Ic0();
    Ic0(Ic0&&) noexcept;
    Ic0& operator=(Ic0&&) noexcept;

    /// Factors a matrix of the same pattern with the same options. \throws what the constructor throws, and
    /// InvalidArgument for another pattern; then the old factors remain.
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
