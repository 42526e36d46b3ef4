// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Maximum matching of rows with columns, structural rank, and the Dulmage–Mendelsohn decomposition, which says
/// where a structurally singular matrix is over- and underdetermined.

#include <cstdint>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// Pairs (i, col_of_row[i]) of rows and columns with an entry at each pair's place, no row or column in two pairs.
struct Matching {
    Index size = 0;            ///< number of pairs
    Buffer<Index> col_of_row;  ///< rows() long; -1 for a row without partner
    Buffer<Index> row_of_col;  ///< cols() long; -1 for a column without partner
};

/// A matching with as many pairs as possible; the diagonal, where every row (every column of a CSC) that has entries
/// has its diagonal one. Otherwise cheap assignment by Karp and Sipser, then augmenting paths. O(√n nnz) time in the
/// worst case, mostly near O(nnz); workspace: the transposed pattern and O(rows + cols); not recursive.
///
/// \ref J. E. Hopcroft and R. M. Karp, SIAM J. Comput. 2 (1973) 225-231; R. M. Karp and M. Sipser, FOCS 1981, 364-375.
template <Order order, Scalar T>
[[nodiscard]] Matching maximum_matching(const CompressedView<order, T>& A, Pattern pattern = Pattern::nonzero);

/// The largest rank that a matrix with this pattern can have: the size of a maximum matching.
template <Order order, Scalar T>
[[nodiscard]] Index structural_rank(const CompressedView<order, T>& A, Pattern pattern = Pattern::nonzero);

/// Coarse Dulmage–Mendelsohn decomposition: with rows and columns in the order of DeterminedPart, the matrix is
///
///     ⎡ A₁₁ A₁₂ A₁₃ ⎤  underdetermined: more columns than rows, rows all matched
///     ⎢     A₂₂ A₂₃ ⎥  well determined: square with zero-free diagonal
///     ⎣         A₃₃ ⎦  overdetermined: more rows than columns, columns all matched
///
/// and each part does not depend on which maximum matching was used. The overdetermined rows are too many for the
/// columns that they have entries in; the underdetermined columns are too many for the rows that they have entries in.
enum class DeterminedPart : std::uint8_t { underdetermined, well_determined, overdetermined };

struct DulmageMendelsohn {
    Matching matching;
    Buffer<DeterminedPart> row_part, col_part;
    Index rows_in[3] = {0, 0, 0}, cols_in[3] = {0, 0, 0};  ///< how many, indexed by DeterminedPart
};

/// O(√n nnz) for the matching, O(nnz) for the rest.
/// \ref A. L. Dulmage and N. S. Mendelsohn, Canad. J. Math. 10 (1958) 517-534; A. Pothen and C.-J. Fan, ACM TOMS 16
/// (1990)
///      303-324.
template <Order order, Scalar T>
[[nodiscard]] DulmageMendelsohn dulmage_mendelsohn(const CompressedView<order, T>& A,
                                                   Pattern pattern = Pattern::nonzero);

}  // namespace ritz
