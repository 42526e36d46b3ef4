// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Scaling of dense matrices by powers of two, which rounds nothing.

#include <climits>
#include <string>
#include <vector>

#include "core/scaling.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

using ritz::detail::exponent_of;
using ritz::detail::scale_by_power;

/// diag(2^rows) A diag(2^columns). Empty vectors stand for zeros.
struct Equilibration {
    std::vector<int> rows, columns;
    bool is_identity() const noexcept { return rows.empty() && columns.empty(); }
};

/// Exponents that bring the largest entry of each row and column near 1; empty if A is well scaled already, that is if
/// the sizes of its rows and of its columns are within a factor of 2¹⁰ and its entries far from overflow and underflow.
/// Zero rows and columns get 0.
template <Scalar T>
Equilibration equilibration(Matrix<T> A);

/// The same for a Hermitian matrix of positive diagonal: rows = columns, the diagonal brought near 1.
template <Scalar T>
Equilibration symmetric_equilibration(Matrix<T> A);

/// The same, given the diagonal.
template <Scalar T>
Equilibration diagonal_equilibration(Vector<T> diagonal);

/// A(i, j) 2^(rows[i] + columns[j])
template <Scalar T>
Eigen::MatrixX<T> scaled(Matrix<T> A, const Equilibration& scaling);

/// x(i) ← x(i) 2^(sign exponents[i]) and then 2^common; no exponents are zeros.
template <Scalar T>
void scale_rows(Eigen::Ref<Eigen::MatrixX<T>> x, const std::vector<int>& exponents, int sign = 1, int common = 0);

/// `equilibration` of a band matrix in a storage of lower + upper + 1 rows, corners zero.
template <Scalar T>
Equilibration band_equilibration(Matrix<T> ab, int lower, int upper);

/// Scales the rows of right-hand sides, and each column by a power of two of its own where that is needed to keep it
/// far from overflow; returns the exponents that were taken out of the columns.
template <Scalar T>
std::vector<int> scale_right_hand_side(Eigen::Ref<Eigen::MatrixX<T>> b, const std::vector<int>& row_exponents);

/// Solutions of the scaled system to those of the original one.
template <Scalar T>
void unscale_solution(Eigen::Ref<Eigen::MatrixX<T>> x, const std::vector<int>& row_exponents,
                      const std::vector<int>& column_exponents);

/// The exponent of the largest entry, INT_MIN if all are zero.
template <Scalar T>
int largest_exponent(Matrix<T> A);

/// Throws LimitExceeded "who: x(3, 0) is too large for its type" for the first entry that is not finite.
template <Scalar T>
void require_representable(Matrix<T> x, const char* who, const char* name);

}  // namespace ritz::linalg
