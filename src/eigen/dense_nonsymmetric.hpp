// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// All eigenvalues of small matrices and pencils by LAPACK, for double and complex<double>.

#include <complex>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"

namespace ritz::eigen {

/// Of a real problem complex values come in conjugate pairs, positive imaginary part first.
struct DenseEigen {
    std::vector<std::complex<double>> values;    ///< infinite ones of a pencil with singular M are left out
    Eigen::MatrixX<std::complex<double>> right;  ///< A x = λ M x, unit norm
    Eigen::MatrixX<std::complex<double>> left;   ///< yᴴ A = λ yᴴ M, unit norm
};

/// \throws Error if LAPACK's QR algorithm does not converge.
template <Scalar W>
DenseEigen dense_eigen(Eigen::MatrixX<W> A, bool balance);
/// By the QZ algorithm. |β| ≤ n u max|β| counts as an infinite eigenvalue.
template <Scalar W>
DenseEigen dense_eigen(Eigen::MatrixX<W> A, Eigen::MatrixX<W> M);

}  // namespace ritz::eigen
