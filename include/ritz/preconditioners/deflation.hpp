// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Preconditioners that know a few vectors: a null space to keep out of, or a coarse space to solve in.

#include <cstdint>
#include <memory>

#include "ritz/core/eigen.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

/// P M⁻¹ P with P = I - N Nᴴ, the columns of N an orthonormal basis of the null space of a singular Hermitian A: r and
/// z lose what they have in the null space, where CG and MINRES would otherwise let rounding errors grow. An empty M
/// stands for I. Apply: M's, and 8 n k flops for k columns.
///
/// Says of itself what M does: it is Hermitian when M is, and definite on the range of A when M is.
/// \throws InvalidArgument if the columns are dependent or not finite, or M has another order than they have rows.
template <Scalar T>
class Deflated {
public:
    /// `null_vectors`: n × k of full rank, in any scaling; they are made orthonormal.
    Deflated(Preconditioner<T> M, const Eigen::Ref<const Eigen::MatrixX<T>>& null_vectors);

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

enum class CoarseKind : std::uint8_t {
    additive,  ///< M⁻¹ + Q
    balanced,  ///< (I - Q A) M⁻¹ (I - A Q) + Q: exact in the coarse space
};

struct CoarseSpaceOptions {
    CoarseKind kind = CoarseKind::balanced;
};

/// M⁻¹ with a correction in the space that the columns of W span: Q = W (Wᴴ A W)⁻¹ Wᴴ. With approximate eigenvectors of
/// the smallest eigenvalues CG no longer sees these. An empty M stands for I. Set-up: k products with A (2k when it has
/// an adjoint), k³ flops; A is not needed afterwards. Apply: M's, and 8 n k (`additive`: 4 n k) flops.
///
/// `balanced` needs Wᴴ A: an A without adjoint is taken to be Hermitian. Positive definite (Hermitian) when M and
/// Wᴴ A W are.
/// \throws InvalidArgument if A is not square or an order differs; SingularMatrix if Wᴴ A W is singular: dependent
///         columns, or null vectors among them, for which there is Deflated.
/// \ref J. M. Tang, R. Nabben, C. Vuik, Y. A. Erlangga, J. Sci. Comput. 39 (2009) 340-370, AD and BNN of table 1.
template <Scalar T>
class CoarseSpace {
public:
    CoarseSpace(const LinearOperatorRef<T>& A, Preconditioner<T> M, const Eigen::Ref<const Eigen::MatrixX<T>>& W,
                const CoarseSpaceOptions& options = {});

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
