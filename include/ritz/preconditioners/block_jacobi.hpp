// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "ritz/core/buffer.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

struct BlockJacobiOptions {
    Index block_size = 0;  ///< rows of a block (the last may have fewer); 0: found by natural_blocks
    /// First row of each block and, last, the order of A; goes before block_size when not empty.
    std::vector<Index> starts = {};
};

/// Where blocks begin that a matrix has by nature, with the order of A as the last element: those of the largest size
/// b in 8…2 for which nine tenths of the elements of the b × b blocks that have any are stored (several unknowns at
/// each point, as in elasticity); or else groups of up to 16 consecutive rows with the same columns; or else, with
/// neither, four rows at a time. O(nnz).
template <Scalar T>
Buffer<Index> natural_blocks(const CsrView<T>& A);

/// M = the diagonal blocks of A, held as dense inverses. Set-up O(Σ b³), apply 2 Σ b² flops; both parallel over blocks.
/// A block that is Hermitian and positive definite is inverted by Cholesky, so that M⁻¹ is exactly Hermitian and
/// definite as well; the others by Gauss–Jordan elimination with partial pivoting.
/// Hermitian when every block is, positive definite when every block is.
/// \throws InvalidArgument if A is not square or not finite, or the blocks are not ones of A; LimitExceeded if a block
///         has more than 4096 rows; SingularMatrix with the block's first row if a block is singular to working
///         precision.
/// \ref Y. Saad, Iterative Methods for Sparse Linear Systems, 2nd ed. (2003), section 4.1.1.
template <Scalar T>
class BlockJacobi {
public:
    explicit BlockJacobi(const CsrView<T>& A, const BlockJacobiOptions& options = {});

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    void apply(VectorView<T> r, VectorRef<T> z) const;
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const;
    Definiteness definiteness() const noexcept;
    const PreconditionerStatistics& statistics() const noexcept;
    Index blocks() const noexcept;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace ritz
