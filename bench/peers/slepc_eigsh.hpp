// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Eigenpairs by SLEPc's Krylov–Schur method in one process, which is one thread: Debian's SLEPc has no others.

#include <Eigen/Core>

#include "ritz/formats/compressed.hpp"

namespace ritz::bench {

struct SlepcPairs {
    Eigen::VectorXd values;
    Eigen::MatrixXd vectors;
    bool converged = false;
};

/// The k largest eigenvalues of a symmetric matrix.
SlepcPairs slepc_largest(const Csr<double>& A, Index k, double rtol);

}  // namespace ritz::bench
