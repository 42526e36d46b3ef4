// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// Permutations that make a square matrix block upper triangular: B with b_kl = a(row_order[k], col_order[l]) has
/// diagonal blocks block_starts[p] … block_starts[p+1]-1 and nothing below them, and no finer form exists when the
/// structural rank is full.
///
///     ⎡ B₁₁ B₁₂ B₁₃ ⎤
///     ⎢     B₂₂ B₂₃ ⎥     B x = b: solve with B₃₃, then B₂₂, then B₁₁
///     ⎣         B₃₃ ⎦
struct BlockTriangularForm {
    Buffer<Index> row_order;     ///< old row of each new row
    Buffer<Index> col_order;     ///< old column of each new column
    Buffer<Index> block_starts;  ///< blocks() + 1 long, from 0 to n
    Index structural_rank = 0;   ///< n: the diagonal of B is zero-free; less: n - structural_rank places of it are not

    Index blocks() const noexcept { return static_cast<Index>(block_starts.size()) - 1; }
    Index largest_block() const noexcept;
};

/// Maximum matching, then strongly connected components of the matched matrix. A structurally singular matrix is
/// matched as far as it goes and the rest paired arbitrarily. O(√n nnz) time; not recursive.
/// \throws InvalidArgument if A is not square.
/// \ref I. S. Duff and J. K. Reid, ACM TOMS 4 (1978) 137-147; A. Pothen and C.-J. Fan, ACM TOMS 16 (1990) 303-324.
template <Order order, Scalar T>
[[nodiscard]] BlockTriangularForm block_triangular_form(const CompressedView<order, T>& A,
                                                        Pattern pattern = Pattern::nonzero);

}  // namespace ritz
