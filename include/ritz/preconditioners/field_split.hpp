// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/preconditioner.hpp"
#include "ritz/preconditioners/schwarz.hpp"

namespace ritz {

/// How the two fields of K = [A B; C D] are joined; S is the Schur complement D - C A⁻¹ B, or what stands for it.
enum class FieldSplitKind : std::uint8_t {
    diagonal,  ///< [A 0; 0 ±S], the sign that makes it positive definite: for MINRES
    lower,     ///< [A 0; C S]
    upper,     ///< [A B; 0 S], for GMRES: two steps when A and S are exact
    full,      ///< [I 0; C A⁻¹ I] [A 0; 0 S] [I A⁻¹ B; 0 I]: K itself when A and S are exact
};

template <Scalar T>
struct FieldSplitOptions {
    FieldSplitKind kind = FieldSplitKind::upper;
    /// Rows of the second field; empty: those whose diagonal is missing or zero, as the constraints of a saddle point
    /// system.
    std::vector<Index> second = {};
    /// What applies A⁻¹. Empty: `make` of A.
    Preconditioner<T> first_solver = {};
    /// What applies S⁻¹ (`diagonal`: (±S)⁻¹). Empty: `make` of ±(D - C diag(A)⁻¹ B), assembled, with the sign for which
    /// its diagonal is positive, if one is.
    Preconditioner<T> second_solver = {};
    /// Empty: a dense inverse of up to 64 rows, an incomplete factorisation of more.
    BlockSolver<T> make = {};
};

/// A 2 × 2 block preconditioner. Set-up: the four blocks, a sparse product for S, two solvers. Apply: each solver once
/// (`full`: A's twice) and products with B and C. Holds copies of B and C.
/// Positive definite for `diagonal` with positive definite solvers; Hermitian for `full` with Hermitian ones.
/// \throws InvalidArgument if K is not square or not finite, a field is empty, `second` names a row twice or none there
///         is, or a solver has another order than its field; SingularMatrix with the row if S is to be assembled and A
///         has a zero diagonal element; what the solvers throw.
/// \ref M. F. Murphy, G. H. Golub, A. J. Wathen, SIAM J. Sci. Comput. 21 (2000) 1969-1972; M. Benzi, G. H. Golub,
///      J. Liesen, Acta Numerica 14 (2005) 1-137, section 10.
template <Scalar T>
class FieldSplit {
public:
    explicit FieldSplit(const CsrView<T>& K, const FieldSplitOptions<T>& options = {});

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    void apply(VectorView<T> r, VectorRef<T> z) const;
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const;
    Definiteness definiteness() const noexcept;
    const PreconditionerStatistics& statistics() const noexcept;
    bool has_adjoint() const noexcept;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace ritz
