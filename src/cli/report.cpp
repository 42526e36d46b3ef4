// SPDX-License-Identifier: BSD-3-Clause
#include "cli/report.hpp"

#include <cmath>

namespace ritz::cli {

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

}  // namespace ritz::cli
