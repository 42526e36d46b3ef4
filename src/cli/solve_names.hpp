// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <string>

#include "ritz/solvers/status.hpp"

namespace ritz::cli {

/// "ill conditioned".
inline std::string in_words(Status status) {
    std::string text(name(status));
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

}  // namespace ritz::cli
