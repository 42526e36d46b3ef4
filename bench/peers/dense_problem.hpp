// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The dense problems that ritz and its peers solve in bench/dense_bench.cpp.

#include <Eigen/Core>
#include <array>

namespace ritz::bench {

enum class DenseOperation : int { solve, inv, cholesky, eigh, svd, qr, lstsq, eig, expm };
inline constexpr std::array dense_operations{"solve", "inv", "cholesky", "eigh", "svd", "qr", "lstsq", "eig", "expm"};

/// A (n × n) and T (2n × n) random in [-1, 1), S = A Aᵀ + n I, b and c random. The answer of an operation is x, the
/// inverse, the factor L, the eigenvalues in increasing order, the singular values in decreasing order, the absolute
/// diagonal of R, x, the absolute values of the eigenvalues in increasing order, the exponential of A / n.
struct DenseProblem {
    Eigen::MatrixXd A, S, T;
    Eigen::VectorXd b, c;
};

}  // namespace ritz::bench
