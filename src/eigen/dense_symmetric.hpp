// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"

namespace ritz::eigen {

/// The working type of dense and projected problems: double for float.
template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;

template <class W>
struct DenseEigenpairs {
    Eigen::VectorXd values;     ///< increasing
    Eigen::MatrixX<W> vectors;  ///< orthonormal (M-orthonormal)
};

/// All eigenpairs of the Hermitian matrix whose lower triangle is A's. O(n³). \throws Error if LAPACK fails.
template <class W>
DenseEigenpairs<W> hermitian_eigenpairs(Eigen::MatrixX<W> A);

/// All finite eigenpairs of A v = λ M v, M positive semidefinite: n less the dimension of M's null space.
/// \throws NotPositiveDefinite if M has an eigenvalue below -n u ‖M‖; SingularMatrix if A is singular on the null space
///         of M, where the pencil has no or all numbers as eigenvalues.
template <class W>
DenseEigenpairs<W> hermitian_eigenpairs(const Eigen::MatrixX<W>& A, const Eigen::MatrixX<W>& M);

extern template DenseEigenpairs<double> hermitian_eigenpairs(Eigen::MatrixX<double>);
extern template DenseEigenpairs<std::complex<double>> hermitian_eigenpairs(Eigen::MatrixX<std::complex<double>>);

}  // namespace ritz::eigen
