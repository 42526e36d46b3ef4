// SPDX-License-Identifier: BSD-3-Clause
#include "ml/bounded_lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <ranges>
#include <vector>

namespace ritz::ml::detail {

namespace {

struct Pair {
    Eigen::VectorXd s, y;  // step, change of the gradient
};

/// H g restricted to the free variables, H the inverse Hessian that the pairs describe (two-loop recursion).
Eigen::VectorXd quasi_newton_direction(const std::deque<Pair>& pairs, const Eigen::VectorXd& g,
                                       const Eigen::VectorXd& free) {
    Eigen::VectorXd q = g.cwiseProduct(free);
    std::vector<double> alpha;
    double scale = 0;  // sᵀy / yᵀy of the newest pair that has curvature in the free variables
    const auto curvature = [&](const Pair& p) { return p.s.cwiseProduct(free).dot(p.y); };
    const auto is_useful = [&](const Pair& p) {
        const double sy = curvature(p), yy = p.y.cwiseProduct(free).squaredNorm();
        return sy > 1e-10 * yy && std::isfinite(yy) && yy > 0;
    };
    for (const Pair& p : pairs | std::views::reverse) {
        alpha.push_back(0);
        if (!is_useful(p)) continue;
        alpha.back() = p.s.cwiseProduct(free).dot(q) / curvature(p);
        q -= alpha.back() * p.y.cwiseProduct(free);
        if (scale == 0) scale = curvature(p) / p.y.cwiseProduct(free).squaredNorm();
    }
    q *= scale > 0 ? scale : 1 / std::max(1.0, q.norm());
    for (const Pair& p : pairs) {
        const double a = alpha.back();
        alpha.pop_back();
        if (!is_useful(p)) continue;
        q += (a - p.y.cwiseProduct(free).dot(q) / curvature(p)) * p.s.cwiseProduct(free);
    }
    return q;
}

}  // namespace

BoundedLbfgsResult minimise(const ObjectiveFunction& f, const Eigen::VectorXd& x0, const Eigen::VectorXd& lower,
                            const Eigen::VectorXd& upper, const BoundedLbfgsOptions& options) {
    const Eigen::Index p = x0.size();
    const auto project = [&](const Eigen::VectorXd& x) -> Eigen::VectorXd { return x.cwiseMax(lower).cwiseMin(upper); };

    BoundedLbfgsResult result;
    result.x = project(x0);
    result.gradient = Eigen::VectorXd::Zero(p);
    result.value = f(result.x, result.gradient);
    result.evaluations = 1;
    std::deque<Pair> pairs;

    while (std::isfinite(result.value)) {
        const Eigen::VectorXd& x = result.x;
        const Eigen::VectorXd& g = result.gradient;
        const double stationarity = p == 0 ? 0 : (project(x - g) - x).cwiseAbs().maxCoeff();
        result.converged = stationarity <= options.gradient_tolerance * std::max(1.0, std::abs(result.value));
        if (result.converged || result.iterations == options.max_iterations) break;

        Eigen::VectorXd free(p);
        for (Eigen::Index i = 0; i < p; ++i)
            free[i] = (x[i] <= lower[i] && g[i] > 0) || (x[i] >= upper[i] && g[i] < 0) ? 0 : 1;

        bool moved = false;
        // A quasi-Newton direction that leads nowhere is replaced once by the gradient.
        for (int attempt = pairs.empty() ? 1 : 0; attempt < 2 && !moved; ++attempt) {
            if (attempt == 1) pairs.clear();
            const Eigen::VectorXd d = quasi_newton_direction(pairs, g, free);
            if (!(d.dot(g) > 0) || !d.allFinite()) continue;
            double t = std::min(1.0, 3 / d.cwiseAbs().maxCoeff());  // logarithms: no factor beyond e³ in one step
            for (int halving = 0; halving < 30 && !moved; ++halving, t *= 0.5) {
                const Eigen::VectorXd trial = project(x - t * d);
                const double decrease = g.dot(x - trial);
                if (!(decrease > 0)) continue;
                Eigen::VectorXd trial_gradient(p);
                const double value = f(trial, trial_gradient);
                ++result.evaluations;
                if (!(value <= result.value - 1e-4 * decrease)) continue;
                pairs.push_back({trial - x, trial_gradient - g});
                if (static_cast<int>(pairs.size()) > options.memory) pairs.pop_front();
                result.x = trial;
                result.gradient = trial_gradient;
                result.value = value;
                moved = true;
            }
        }
        if (!moved) break;
        ++result.iterations;
    }
    return result;
}

}  // namespace ritz::ml::detail
