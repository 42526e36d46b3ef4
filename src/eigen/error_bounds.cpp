// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/error_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ritz::eigen {

namespace {

/// Neighbours first … last, whose eigenvalues lie within `bound` of them.
struct Group {
    Eigen::Index first, last;
    double squares, bound;
};

}  // namespace

Eigen::VectorXd error_bounds(const Eigen::VectorXd& values, const Eigen::VectorXd& residuals,
                             const Eigen::VectorXd& rounding, const std::optional<Cleared>& cleared) {
    std::vector<Group> groups;
    for (Eigen::Index i = 0; i < values.size(); ++i) {
        const double r = residuals[i] + rounding[i];
        groups.push_back({i, i, r * r, r});
        // Unite while the intervals of the last two meet.
        while (groups.size() > 1) {
            Group &a = groups[groups.size() - 2], &b = groups.back();
            if (values[a.last] + a.bound < values[b.first] - b.bound) break;
            a.last = b.last;
            a.squares += b.squares;
            a.bound = std::sqrt(a.squares);
            groups.pop_back();
        }
    }
    Eigen::VectorXd bounds(values.size());
    for (std::size_t g = 0; g < groups.size(); ++g) {
        double bound = groups[g].bound;
        if (cleared) {
            const double below = g > 0 ? values[groups[g - 1].last] + groups[g - 1].bound : cleared->low;
            const double above =
                g + 1 < groups.size() ? values[groups[g + 1].first] - groups[g + 1].bound : cleared->high;
            const double gap = std::min(values[groups[g].first] - below, above - values[groups[g].last]);
            if (gap > 0)
                bound = std::min(
                    bound, groups[g].squares / gap +
                               rounding.segment(groups[g].first, groups[g].last - groups[g].first + 1).maxCoeff());
        }
        bounds.segment(groups[g].first, groups[g].last - groups[g].first + 1).setConstant(bound);
    }
    return bounds;
}

}  // namespace ritz::eigen
