// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Why a square matrix is singular, and where: in rows and columns of the matrix as it was given, counted from 0, and
/// in sentences.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/null_space.hpp"

namespace ritz {

enum class SingularityCause : std::uint8_t {
    empty_row,                ///< 0 · x = b_i
    empty_column,             ///< an unknown that no equation has
    overdetermined_rows,      ///< more rows than the columns in which they have nonzeros
    underdetermined_columns,  ///< more columns than the rows in which they have nonzeros
    proportional_rows,        ///< multiples of each other, to rounding
    proportional_columns,
    zero_row_sums,      ///< a connected component in which every row sums to zero, as of a graph Laplacian
    dependent_rows,     ///< a combination of rows that vanishes, to rounding
    dependent_columns,  ///< a combination of columns that vanishes, to rounding: a null vector
};

/// The enumerator's name.
std::string_view name(SingularityCause cause) noexcept;

/// One thing that makes a matrix singular.
struct SingularityFinding {
    SingularityCause cause;
    /// The rows and columns concerned: how many, and some of them, increasing; of dependent_rows and _columns those
    /// with the largest shares, which together carry 99 % of the (left) null vector in the 2-norm squared.
    Structure::Lines rows, cols;
    bool exact = false;  ///< follows from places of nonzeros alone; otherwise true up to rounding
    std::string text;    ///< a sentence for people
};

/// What was found about a matrix. The findings overlap: a missing equation shows as an empty row, in the pattern and
/// in the null vectors.
struct Singularity {
    std::vector<SingularityFinding> findings;  ///< the simplest explanations first
    Index structural_rank = 0;                 ///< at most this rank has any matrix with nonzeros in these places
    std::optional<Index> nullity;              ///< numerical, where it was computed and is clear
    std::string summary;                       ///< one or two sentences: whether A is singular, and the main reason

    /// Whether anything makes A singular.
    bool singular() const noexcept { return !findings.empty(); }
};

struct SingularityOptions {
    /// Whether null vectors are computed, if none are given: a sparse LU and some solves.
    bool numerical = true;
    /// Findings of one kind that are listed one by one; the others are only counted, in the last of them.
    Index listed = 8;
    NullSpaceOptions null_space = {};
};

/// Examines a square A. Proportional rows are found by hashing their scaled patterns and values, overdetermined parts
/// by the Dulmage–Mendelsohn decomposition, the rest from null vectors. O(nnz log n) and a matching without the null
/// vectors.
///
/// An A that is not singular has no findings. Null vectors come as computed or given; they are made sparse by
/// Gauss–Jordan elimination with complete pivoting before their places are named.
/// \throws InvalidArgument if A is not square or has a value that is not finite; Interrupted. Limits that the null
///         vectors pass only leave `nullity` empty.
template <Scalar T>
[[nodiscard]] Singularity diagnose_singularity(const CsrView<T>& A, const SingularityOptions& options = {});

/// The same with null vectors of A that are known already, for example those of a PseudoInverse.
/// \throws InvalidArgument as well if their sizes do not fit A.
template <Scalar T>
[[nodiscard]] Singularity diagnose_singularity(const CsrView<T>& A, const NullSpace<T>& space,
                                               const SingularityOptions& options = {});

}  // namespace ritz
