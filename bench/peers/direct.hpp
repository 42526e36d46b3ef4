// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The same direct solutions by other libraries, called with the settings that suit each best: x from A and b, with
/// nothing checked and no residual looked at.

#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

#include "ritz/formats/compressed.hpp"

namespace ritz::bench {

enum class Kind { positive_definite, symmetric, general };

struct Peer {
    std::string name;  ///< library and ordering: "cholmod_metis"
    /// Whether it is worth its time on a matrix of that kind: without dense kernels it is not on one of a 3-D problem.
    std::function<bool(Kind kind, bool three_dimensional)> takes;
    std::function<Eigen::VectorXd(const Csr<double>& A, const Eigen::VectorXd& b)> solve;
};

/// CHOLMOD (AMD, METIS), UMFPACK, KLU, Eigen; MUMPS and SuperLU where the build has them.
const std::vector<Peer>& direct_peers();

}  // namespace ritz::bench
