// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "ritz/core/eigen.hpp"

namespace ritz::eigen {

/// What is known of the rest of the spectrum when completeness is proved: no other eigenvalue lies in (low, high).
struct Cleared {
    double low, high;
};

/// Bounds on |λᵢ − valuesᵢ| from residuals in the norm that belongs to the pencil (‖r‖₂ for M = I, ‖r‖ in the norm of
/// M⁻¹ otherwise), for increasing values with orthonormal vectors. To as many eigenvalues as there are values, multiple
/// ones counted as often as they are: values whose intervals meet are bounded together, by the norm of all their
/// residuals. With a cleared interval the bound of a group that stands apart is ‖R‖²/gap as well.
/// rounding[i] is how far valuesᵢ is from its Rayleigh quotient.
/// \ref B. N. Parlett, The Symmetric Eigenvalue Problem (1998), theorems 11.5.1 and 11.7.1.
Eigen::VectorXd error_bounds(const Eigen::VectorXd& values, const Eigen::VectorXd& residuals,
                             const Eigen::VectorXd& rounding, const std::optional<Cleared>& cleared);

}  // namespace ritz::eigen
