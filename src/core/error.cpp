// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/error.hpp"

#include <utility>

namespace ritz {

ParseError::ParseError(std::string path, std::int64_t line, const std::string& message)
    : Error(line > 0 ? path + ":" + std::to_string(line) + ": " + message : path + ": " + message),
      path_(std::move(path)),
      line_(line) {}

namespace detail {

void require(bool condition, const char* message) {
    if (!condition) throw InvalidArgument(message);
}

void require(bool condition, const std::string& message) {
    if (!condition) throw InvalidArgument(message);
}

}  // namespace detail
}  // namespace ritz
