// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the incomplete factorisations share: Ic0 and Ict (M = L D Lᴴ), Ilu0, Iluk and Ilut (M = L D U). Each is a
/// preconditioner as preconditioner.hpp says, and
///
///   - factors A in the order it is given: an ordering is applied by permuting A before;
///   - inserts diagonal entries that A lacks;
///   - factors a copy whose rows and columns are scaled by powers of two when the sizes of A's diagonal are extreme,
///     so entries of 2^±1000 neither over- nor underflow; what is applied is M of A itself;
///   - never has a NaN or an infinity in its factors: it is built, or throws.
///
/// r and z of apply need A.rows() elements each. A triangular solve runs in the order of the levels of the factor's
/// graph: a row's level is one more than the highest of those it depends on, so rows of one level do not depend on each
/// other. They fill the lanes of vector instructions, and threads share them: as many as there are at construction,
/// which decides the order of sums, so the bits of z are the same for the same number. An apply that gets fewer threads
/// runs on one, with the same bits. apply_adjoint of an LU form runs on one thread.
/// \ref E. C. Anderson, Y. Saad, Int. J. High Speed Comput. 1 (1989) 73-95 (level scheduling); Y. Saad, Iterative
///      Methods for Sparse Linear Systems, 2nd ed. (2003), section 11.6.

#include <cstdint>

namespace ritz {

/// In which precision factors are stored. Sums are formed in T either way, and M stays exactly Hermitian where it is.
enum class Precision : std::uint8_t {
    working,  ///< that of T
    single,   ///< float or std::complex<float>: about half the memory and traffic; entries of M differ by 6e-8
};

/// What to do about a pivot that is zero or of the wrong sign, or factors that overflow.
enum class OnBreakdown : std::uint8_t {
    /// Factor A + α R again with α = 10⁻³, then 2 α and so on until all pivots are good; α is statistics().shift.
    /// R is diagonal, r_i = |a_ii|, or the largest |a_ij| of a row whose a_ii is zero; for LU forms with the sign of
    /// a_ii. \ref T. A. Manteuffel, Math. Comp. 34 (1980) 473-497; C.-J. Lin, J. J. Moré, SIAM J. Sci. Comput. 21
    /// (1999) 24-45.
    shift,
    /// Throw NotPositiveDefinite (Cholesky forms) or SingularMatrix (LU forms) with the row.
    fail,
};

}  // namespace ritz
