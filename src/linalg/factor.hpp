// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The factorisation of a square matrix by whatever method its structure asks for, as one type.

#include <vector>

#include "ritz/linalg/solve.hpp"
#include "ritz/linalg/structure.hpp"

namespace ritz::linalg {

/// The structure of A as `solve` finds it, in O(n²) and for a full matrix without structure in O(1).
/// positive_definite is a guess: Hermitian with a positive diagonal and |Aᵢⱼ|² < Aᵢᵢ Aⱼⱼ.
template <Scalar T>
Structure find_structure(Matrix<T> A);

/// A mirrors itself (A = Aᴴ, or A = Aᵀ) to rounding.
template <Scalar T>
bool is_hermitian(Matrix<T> A);
template <Scalar T>
bool is_symmetric(Matrix<T> A);

/// Factors of one square matrix. solve and the numbers below are about the matrix as it was given.
template <Scalar T>
struct Factor {
    Structure structure = Structure::general;
    Eigen::MatrixX<T> factors;         ///< as LAPACK leaves them; the matrix itself if triangular or diagonal
    std::vector<int> pivots{};         ///< of LU from 0, of the others as LAPACK has them
    std::vector<int> column_pivots{};  ///< of complete pivoting
    Bandwidth band{0, 0};
    int zero_pivot = -1;  ///< the first column whose pivot is exactly zero (of a Cholesky: not positive)

    /// x ← op(A)⁻¹ x, n × k.
    void solve(Op op, int k, T* x, int ldx) const;
    int order() const noexcept { return static_cast<int>(factors.cols()); }
};

/// By the method of `structure`; look at zero_pivot.
template <Scalar T>
Factor<T> factorise(Eigen::MatrixX<T> A, Structure structure);

/// LU with partial pivoting of a band matrix, ab(upper + i − j, j) = A(i, j).
template <Scalar T>
Factor<T> factorise_band(const Eigen::MatrixX<T>& ab, Bandwidth band);

/// P A Q = L U with complete pivoting: stable where partial pivoting is not, at several times the cost.
template <Scalar T>
Factor<T> factorise_with_complete_pivoting(Eigen::MatrixX<T> A);

/// max |U| / max |A|
template <Scalar T>
double growth(const Factor<T>& factor, Matrix<T> A);

/// Estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁).
template <Scalar T>
double reciprocal_condition(const Factor<T>& factor, Real<T> norm1);

/// ‖A‖₁
template <Scalar T>
Real<T> norm1(Matrix<T> A) {
    return A.size() == 0 ? Real<T>(0) : A.cwiseAbs().colwise().sum().maxCoeff();
}

/// Growth at which a factorisation by partial pivoting is done again with complete pivoting.
inline constexpr double unstable_growth = 0x1p16;

}  // namespace ritz::linalg
