// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// A x = b by PETSc's KSP in one process, which is one thread: Debian's PETSc has no others.

#include <Eigen/Core>
#include <string>

#include "ritz/formats/compressed.hpp"

namespace ritz::bench {

struct PeerRun {
    Eigen::VectorXd x;
    std::int64_t iterations = 0;
    double setup_seconds = 0, solve_seconds = 0;
};

/// `method`: "cg", "gmres", "bcgs"; `preconditioner`: "none", "jacobi", "icc", "ilu".
PeerRun petsc_solve(const Csr<double>& A, const Eigen::VectorXd& b, const std::string& method,
                    const std::string& preconditioner, double rtol);

}  // namespace ritz::bench
