// SPDX-License-Identifier: BSD-3-Clause
#include "cli/curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/text.hpp"

namespace ritz::cli {

std::vector<std::string> convergence_curve(const std::vector<double>& norms, double target) {
    constexpr std::size_t most_columns = 64, most_rows = 12;
    if (norms.size() < 3 || !(norms[0] > 0)) return {};

    // Each column shows the range of the norms that fall into it.
    const std::size_t columns = std::min(most_columns, norms.size());
    std::vector<double> low(columns, std::numeric_limits<double>::infinity()), high(columns, -low[0]);
    double top = 0, bottom = 0;
    for (std::size_t k = 0; k < norms.size(); ++k) {
        const double ratio = norms[k] / norms[0];
        if (!std::isfinite(ratio)) continue;
        const double height = std::log10(std::max(ratio, 1e-18));
        const std::size_t column = k * columns / norms.size();
        low[column] = std::min(low[column], height);
        high[column] = std::max(high[column], height);
        top = std::max(top, height);
        bottom = std::min(bottom, height);
    }
    const double goal = target > 0 ? std::log10(std::max(target / norms[0], 1e-18)) : bottom;
    bottom = std::min(bottom, goal);
    const double first = std::ceil(top), last = std::floor(bottom);
    const double step = std::max(1.0, std::ceil((first - last) / static_cast<double>(most_rows)));

    std::vector<std::string> lines;
    for (double upper = first; upper > last - step / 2; upper -= step) {  // the line holds (upper - step, upper]
        std::string line = fmt::format("{:>6} │", fmt::format("1e{:+03.0f}", upper));
        const bool dotted = goal > upper - step && goal <= upper;
        for (std::size_t c = 0; c < columns; ++c) {
            const bool here = low[c] <= upper && high[c] > upper - step;
            line += here ? "●" : dotted ? "·" : " ";
        }
        while (line.ends_with(' ')) line.pop_back();
        lines.push_back(dotted ? line + fmt::format("  tolerance {:.0e}", std::pow(10.0, goal)) : line);
    }
    const std::string end = count(static_cast<std::int64_t>(norms.size()) - 1);
    std::string axis = "       └";
    for (std::size_t c = 0; c < columns; ++c) axis += "─";
    lines.push_back(axis);
    lines.push_back(fmt::format("        0{:>{}}  products with A", end, columns - 1));
    return lines;
}

}  // namespace ritz::cli
