// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Minimisation of a smooth function of a few variables within bounds.

#include <functional>

#include "ritz/core/eigen.hpp"

namespace ritz::ml::detail {

struct BoundedLbfgsOptions {
    int max_iterations = 200;
    double gradient_tolerance = 1e-5;  ///< of the projected gradient's largest element, against max(1, |f|)
    int memory = 10;                   ///< pairs of steps and gradient changes
};

struct BoundedLbfgsResult {
    Eigen::VectorXd x;
    double value = 0;
    Eigen::VectorXd gradient;
    int iterations = 0, evaluations = 0;
    bool converged = false;  ///< by the projected gradient; otherwise no further decrease was found, or the limit met
};

/// f(x) and its gradient. +∞ says that x is not in the domain of f; the gradient is then not looked at.
using ObjectiveFunction = std::function<double(const Eigen::VectorXd& x, Eigen::VectorXd& gradient)>;

/// A local minimum of f over lower ≤ x ≤ upper from x0 (moved into the bounds): quasi-Newton steps in the variables
/// that are free (not at a bound that the gradient presses them against), projected onto the bounds, shortened until f
/// decreases enough (Armijo). f(x0) = +∞ is returned as it is.
/// \ref J. Nocedal, Updating quasi-Newton matrices with limited storage, Math. Comp. 35 (1980) 773-782;
///      D. P. Bertsekas, Projected Newton methods, SIAM J. Control Optim. 20 (1982) 221-246.
BoundedLbfgsResult minimise(const ObjectiveFunction& f, const Eigen::VectorXd& x0, const Eigen::VectorXd& lower,
                            const Eigen::VectorXd& upper, const BoundedLbfgsOptions& options);

}  // namespace ritz::ml::detail
