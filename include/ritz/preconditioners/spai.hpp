// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Sparse approximate inverses: M⁻¹ itself is sparse, so that applying it is a product.

#include <memory>

#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

/// The diagonal that minimises ‖I - M⁻¹ A‖_F: m_i = conj(a_ii) / ‖row i‖₂². Costs are Jacobi's; more robust where the
/// diagonal is small beside the rest of a row.
/// Hermitian when the diagonal is real, positive definite when it is positive.
/// \throws InvalidArgument if A is not square or not finite; SingularMatrix with the row if a diagonal element is
///         missing or zero.
/// \ref O. Bröker, M. J. Grote, Appl. Numer. Math. 41 (2002) 61-80, section 2.
template <Scalar T>
class Spai0 {
public:
    explicit Spai0(const CsrView<T>& A);

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

/// The matrix with the pattern of A and its diagonal that minimises ‖I - M⁻¹ A‖_F: one small least-squares problem a
/// row, by Householder reflections; parallel over rows. With p entries in a row, about p² of A's and O(p⁴) flops a row:
/// dear for more than some 30. Apply: one product. Needs no diagonal; not Hermitian, even for a Hermitian A.
/// \throws LimitExceeded for more than 10¹² operations; InvalidArgument if A is not square or not finite;
///         SingularMatrix with the row if the best row is zero, as where column i of A has nothing in the rows that
///         row i of A names.
/// \ref M. J. Grote, T. Huckle, SIAM J. Sci. Comput. 18 (1997) 838-853, section 2 (without its search for a pattern).
template <Scalar T>
class Spai1 {
public:
    explicit Spai1(const CsrView<T>& A);

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

/// Factorised sparse approximate inverse: M⁻¹ = Gᴴ G, G lower triangular with the pattern of A's lower triangle,
/// G A Gᴴ ≈ I with ones on its diagonal. Hermitian positive definite by its form, and exists for every Hermitian
/// positive definite A. Reads the lower triangle of A only. One dense Cholesky factorisation a row, parallel over rows:
/// O(p³) flops for p entries in a row. Apply: about one product with A, without the dependencies of a triangular solve.
/// \throws LimitExceeded for more than 10¹² operations; InvalidArgument if A is not square or not finite;
///         NotPositiveDefinite with the row where A is seen not to be.
/// \ref L. Yu. Kolotilina, A. Yu. Yeremin, SIAM J. Matrix Anal. Appl. 14 (1993) 45-58, section 2.
template <Scalar T>
class Fsai {
public:
    explicit Fsai(const CsrView<T>& A);

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
