// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Products: a sparse matrix times a block of vectors, and times a sparse matrix.

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// Y ← A X. X is A.cols() × k, Y is A.rows() × k; they must not overlap. 2 k nnz flops.
///
/// Columns are taken up to eight at a time: A is read once for each such group, and the elements of X that an entry
/// of A meets lie in one cache line (X is repacked, workspace 8·A.cols()). Parallel over equal shares of the entries
/// for a CSR and over the groups of columns for a CSC. Each column is the sum that A.apply forms, in the same order of
/// terms. The bits do not depend on the number of threads (a single column is left to A.apply, and shares what that
/// promises).
/// \throws InvalidArgument if a shape is wrong or X and Y overlap.
template <Order order, Scalar T>
void multiply(const CompressedView<order, T>& A, const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& X,
              std::type_identity_t<Eigen::Ref<Eigen::MatrixX<T>>> Y);

/// Y ← Aᵀ X. X is A.rows() × k, Y is A.cols() × k.
template <Order order, Scalar T>
void multiply_transpose(const CompressedView<order, T>& A,
                        const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& X,
                        std::type_identity_t<Eigen::Ref<Eigen::MatrixX<T>>> Y);

/// Y ← Aᴴ X. X is A.rows() × k, Y is A.cols() × k.
template <Order order, Scalar T>
void multiply_adjoint(const CompressedView<order, T>& A,
                      const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& X,
                      std::type_identity_t<Eigen::Ref<Eigen::MatrixX<T>>> Y);

/// A X, Aᵀ X, Aᴴ X as new matrices.
template <Order order, Scalar T>
Eigen::MatrixX<T> multiply(const CompressedView<order, T>& A,
                           const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& X) {
    Eigen::MatrixX<T> Y(A.rows(), X.cols());
    multiply(A, X, Y);
    return Y;
}
template <Order order, Scalar T>
Eigen::MatrixX<T> multiply_transpose(const CompressedView<order, T>& A,
                                     const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& X) {
    Eigen::MatrixX<T> Y(A.cols(), X.cols());
    multiply_transpose(A, X, Y);
    return Y;
}
template <Order order, Scalar T>
Eigen::MatrixX<T> multiply_adjoint(const CompressedView<order, T>& A,
                                   const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& X) {
    Eigen::MatrixX<T> Y(A.cols(), X.cols());
    multiply_adjoint(A, X, Y);
    return Y;
}

/// A B, sparse. The structure is that of the symbolic product: an entry (i, j) is stored when some k has both a_ik
/// and b_kj stored, also when the terms cancel.
///
/// O(flops + rows) with flops = Σ over the entries a_ik of the length of row k of B. One pass finds the structure, a
/// second one the values; both accumulate a row of the product in a window of cache size or, when its columns are
/// scattered widely, in a hash table. Parallel over pieces of equal flops. The sum of an element is formed in the order
/// of k, so the bits do not depend on the number of threads. Workspace: the column indices of the product once more,
/// and a window or table a thread. \throws InvalidArgument if A.cols() ≠ B.rows(). \ref F. G. Gustavson, Two fast
/// algorithms for sparse matrices, ACM TOMS 4 (1978) 250-269;
///      Y. Nagasaka, S. Matsuoka, A. Azad, A. Buluç, Parallel Comput. 90 (2019) 102545 (hash accumulators).
template <Order order, Scalar T>
Compressed<order, T> multiply(const CompressedView<order, T>& A, const CompressedView<order, T>& B);

/// A B.
template <Order order, Scalar T>
Compressed<order, T> operator*(const CompressedView<order, T>& A, const CompressedView<order, T>& B) {
    return multiply(A, B);
}

/// Pᵀ A P, the Galerkin product of multigrid and substructuring: A is n × n, P is n × m, the result m × m.
/// Formed as Pᵀ (A P); costs both products and a transpose of P. For a symmetric A the result is symmetric in
/// structure, and in values up to rounding.
/// \throws InvalidArgument if A is not square or P.rows() ≠ A.rows().
template <Order order, Scalar T>
Compressed<order, T> triple_product(const CompressedView<order, T>& P, const CompressedView<order, T>& A);

/// Pᴴ A P: the same for a real P; Hermitian (semi)definite when A is, which Pᵀ A P need not be.
template <Order order, Scalar T>
Compressed<order, T> adjoint_triple_product(const CompressedView<order, T>& P, const CompressedView<order, T>& A);

}  // namespace ritz
