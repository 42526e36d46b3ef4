// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "ritz/core/status.hpp"

namespace ritz::cli {

/// "ill conditioned".
std::string in_words(Status status);

/// What a program that ends so exits with.
int exit_code_of(Status status);

/// A message of the library, whose rows and columns count from 0, with rows and columns counted from 1 as in files:
/// "the pivot of row 2 is not positive" becomes row 3.
std::string counted_from_one(std::string_view message);

}  // namespace ritz::cli
