// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Norms of matrices, and sums, extremes and counts of their rows and columns. O(nnz + rows + cols), parallel, the
/// same bits for any number of threads. A NaN among the entries that are looked at makes the result NaN.

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// ‖A‖₁ = max over columns of Σ |a_ij|; 0 for a matrix without elements.
/// As for all norms here, the result is infinite only when the norm itself is not representable.
template <Order order, Scalar T>
Real<T> norm1(const CompressedView<order, T>& A);

/// ‖A‖∞ = max over rows of Σ |a_ij|.
template <Order order, Scalar T>
Real<T> norm_inf(const CompressedView<order, T>& A);

/// ‖A‖_F = √(Σ |a_ij|²); no square over- or underflows.
template <Order order, Scalar T>
Real<T> norm_frobenius(const CompressedView<order, T>& A);

/// max |a_ij|.
template <Order order, Scalar T>
Real<T> norm_max(const CompressedView<order, T>& A);

/// Σ a_ij over all elements, in a fixed order of partial sums.
template <Order order, Scalar T>
T sum(const CompressedView<order, T>& A);

/// Σ a_ii over the main diagonal. A need not be square.
template <Order order, Scalar T>
T trace(const CompressedView<order, T>& A);

/// Σ_j a_ij for each row i, and Σ_i a_ij for each column j.
template <Order order, Scalar T>
Eigen::VectorX<T> row_sums(const CompressedView<order, T>& A);
template <Order order, Scalar T>
Eigen::VectorX<T> column_sums(const CompressedView<order, T>& A);

/// Σ_j |a_ij| for each row, and Σ_i |a_ij| for each column.
template <Order order, Scalar T>
Eigen::VectorX<Real<T>> row_abs_sums(const CompressedView<order, T>& A);
template <Order order, Scalar T>
Eigen::VectorX<Real<T>> column_abs_sums(const CompressedView<order, T>& A);

/// max_j |a_ij| for each row, and max_i |a_ij| for each column; 0 for an empty one.
template <Order order, Scalar T>
Eigen::VectorX<Real<T>> row_abs_max(const CompressedView<order, T>& A);
template <Order order, Scalar T>
Eigen::VectorX<Real<T>> column_abs_max(const CompressedView<order, T>& A);

/// ‖row i‖₂ and ‖column j‖₂; no square over- or underflows.
template <Order order, Scalar T>
Eigen::VectorX<Real<T>> row_norms2(const CompressedView<order, T>& A);
template <Order order, Scalar T>
Eigen::VectorX<Real<T>> column_norms2(const CompressedView<order, T>& A);

/// The largest / smallest element of each row / column; elements that are not stored count as the zeros they are, as
/// in SciPy. Real matrices only.
/// \throws InvalidArgument if there is a row (column) and it has no elements at all: a maximum over nothing.
template <Order order, Scalar T>
requires(!is_complex<T>) Eigen::VectorX<T> row_max(const CompressedView<order, T>& A);
template <Order order, Scalar T>
requires(!is_complex<T>) Eigen::VectorX<T> row_min(const CompressedView<order, T>& A);
template <Order order, Scalar T>
requires(!is_complex<T>) Eigen::VectorX<T> column_max(const CompressedView<order, T>& A);
template <Order order, Scalar T>
requires(!is_complex<T>) Eigen::VectorX<T> column_min(const CompressedView<order, T>& A);

/// The number of stored entries of each row and each column (explicit zeros counted).
template <Order order, Scalar T>
Eigen::VectorX<Index> row_counts(const CompressedView<order, T>& A);
template <Order order, Scalar T>
Eigen::VectorX<Index> column_counts(const CompressedView<order, T>& A);

}  // namespace ritz
