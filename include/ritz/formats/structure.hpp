// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What can be said of a matrix by looking at each entry once or twice: shape, symmetry, diagonal, dominance, bounds.
/// What needs a graph search has headers of its own: components.hpp, matching.hpp, block_triangular.hpp.

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// How far the diagonal outweighs the rest of its row (or column), over all rows. Both judgements are made to
/// rounding: a row counts as `strict` only when |a_ii| exceeds Σ_{j≠i} |a_ij| by more than the sum can be wrong, and as
/// `weak` when it falls short by no more than that.
enum class Dominance : std::uint8_t { none, weak, strict };

/// Findings about one matrix. An explicit zero is no entry here: wherever this says "nonzero" or "entry" without
/// "stored", a stored zero is passed over (a stored NaN is not). What is defined for square matrices only is false, 0
/// or empty for the others.
struct Structure {
    struct Place {
        Index row, col;
        bool operator==(const Place&) const = default;
    };
    /// Rows or columns with a property: how many, and the first few of them.
    struct Lines {
        static constexpr std::size_t listed = 8;
        Index count = 0;
        std::vector<Index> first;  ///< min(count, listed) of them, increasing
    };

    // Shape and entries
    Index rows = 0, cols = 0;
    Offset nnz = 0;                         ///< stored entries
    Offset explicit_zeros = 0;              ///< of them, zeros
    bool all_finite = true;                 ///< no NaN, no infinity
    std::optional<Place> first_non_finite;  ///< in storage order
    bool all_real = true;                   ///< no imaginary part other than zero
    bool all_integer = true;                ///< each value (each part of a complex one) is a whole number
    Lines empty_rows, empty_cols;           ///< no nonzero in them: the matrix is singular
    Index min_row_nonzeros = 0, max_row_nonzeros = 0;
    Index min_col_nonzeros = 0, max_col_nonzeros = 0;

    // Symmetry (square). The four numerical kinds are exact; a matrix with a NaN is none of them, a zero matrix is all.
    bool pattern_symmetric = false;  ///< a_ij ≠ 0 whenever a_ji ≠ 0
    double pattern_symmetry = 0;  ///< share of off-diagonal nonzeros whose mirror image is nonzero; 1 if there are none
    bool symmetric = false;       ///< A = Aᵀ
    bool hermitian = false;       ///< A = Aᴴ; the same as symmetric for real T
    bool skew_symmetric = false;  ///< A = -Aᵀ
    bool skew_hermitian = false;  ///< A = -Aᴴ
    double symmetric_asymmetry =
        0;  ///< max |a_ij - a_ji| / max(|a_ij|, |a_ji|), in [0, 2]; some ε: symmetric but for rounding
    double hermitian_asymmetry = 0;  ///< max |a_ij - conj(a_ji)| / max(|a_ij|, |a_ji|)

    // Place of the nonzeros
    Index lower_bandwidth = 0;  ///< max i - j over nonzeros a_ij, or 0
    Index upper_bandwidth = 0;  ///< max j - i
    Offset lower_profile = 0;   ///< Σ_i (i - min{j ≤ i : a_ij ≠ 0}), the strict lower envelope by rows
    Offset upper_profile = 0;   ///< Σ_j (j - min{i ≤ j : a_ij ≠ 0}), the strict upper envelope by columns

    // Diagonal (its min(rows, cols) elements)
    Index missing_diagonals = 0;          ///< not stored
    Index zero_diagonals = 0;             ///< stored, and zero
    Index positive_diagonals = 0;         ///< real part > 0 and imaginary part 0
    Index negative_diagonals = 0;         ///< real part < 0 and imaginary part 0
    bool all_diagonals_positive = false;  ///< positive_diagonals == min(rows, cols): necessary for positive definite
    std::optional<Index> first_bad_diagonal;  ///< the first row whose diagonal is missing or zero
    double min_diagonal = 0;                  ///< smallest real part, a missing one counting as 0; 0 when there is none
    double max_diagonal = 0;                  ///< largest real part

    // Dominance (square): ratio |a_ii| / Σ_{j≠i} |a_ij|, infinite when only the diagonal is there, 1 for an empty row
    Dominance row_dominance = Dominance::none;
    Dominance col_dominance = Dominance::none;
    double min_row_dominance = 0;      ///< smallest ratio over the rows; infinity for a 0 × 0 matrix
    double min_col_dominance = 0;      ///< smallest ratio over the columns
    Index strictly_dominant_rows = 0;  ///< one of them makes an irreducible, weakly dominant matrix nonsingular
    Index strictly_dominant_cols = 0;

    // Bounds and norms. A sum that exceeds the largest double is infinite; no other overflow happens.
    double norm_1 = 0;           ///< max_j Σ_i |a_ij|
    double norm_inf = 0;         ///< max_i Σ_j |a_ij|
    double norm_max = 0;         ///< max |a_ij|
    double min_magnitude = 0;    ///< min |a_ij| over nonzeros; 0 when there are none
    double gershgorin_low = 0;   ///< every eigenvalue has real part ≥ this (square; rounded outwards)
    double gershgorin_high = 0;  ///< every eigenvalue has real part ≤ this

    // Signs (square)
    bool zero_row_sums = false;         ///< A·1 = 0 to rounding (and A ≠ 0): constants are in the null space
    bool zero_col_sums = false;         ///< Aᵀ·1 = 0 to rounding: b must sum to zero
    Offset positive_off_diagonals = 0;  ///< off-diagonal entries with real part > 0
    bool z_matrix = false;              ///< real, no positive off-diagonal entry
    bool l_matrix = false;              ///< a Z-matrix with positive diagonal: the sign pattern of an M-matrix
    bool graph_laplacian = false;       ///< symmetric Z-matrix with zero row sums: positive semidefinite, singular

    Offset nonzeros() const noexcept { return nnz - explicit_zeros; }
    bool square() const noexcept { return rows == cols; }
    bool lower_triangular() const noexcept { return upper_bandwidth == 0; }
    bool upper_triangular() const noexcept { return lower_bandwidth == 0; }
    bool diagonal() const noexcept { return lower_bandwidth == 0 && upper_bandwidth == 0; }
    bool tridiagonal() const noexcept { return lower_bandwidth <= 1 && upper_bandwidth <= 1; }
    bool zero_free_diagonal() const noexcept { return missing_diagonals == 0 && zero_diagonals == 0; }
    /// By Gershgorin's theorem, or by strict dominance with a positive diagonal: Hermitian positive definite, for
    /// certain.
    bool certainly_positive_definite() const noexcept {
        return hermitian && all_finite &&
               (gershgorin_low > 0 || (all_diagonals_positive && row_dominance == Dominance::strict));
    }
    /// A diagonal element ≤ 0 excludes positive definiteness, since a_ii = eᵢᴴ A eᵢ.
    bool certainly_not_positive_definite() const noexcept {
        return !hermitian || (rows > 0 && !all_diagonals_positive);
    }
};

/// Examines A. One pass over the entries when |A| = |Aᵀ|, two otherwise; a few products A x in time. Workspace:
/// O(rows + cols) per thread. Parallel, and the same bits for any number of threads.
/// \ref S. Gershgorin, Izv. Akad. Nauk SSSR (1931) 749-754; A. Berman and R. J. Plemmons, Nonnegative Matrices in the
///      Mathematical Sciences (1994), chapter 6 (Z- and M-matrices).
template <Order order, Scalar T>
[[nodiscard]] Structure analyse_structure(const CompressedView<order, T>& A);

}  // namespace ritz
