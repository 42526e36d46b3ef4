// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The engines of `ritz eigs` and `ritz svds`, for `ritz methods` and for --method.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ritz::cli {

struct EigensolverRow {
    std::string_view name;     ///< as --method takes it
    std::string_view problem;  ///< "hermitian", "general", "singular_values"
    std::vector<std::string_view> needs;
    std::string_view summary;
};

/// A row for each method of the library's three functions but `auto`, in its order.
std::span<const EigensolverRow> eigensolvers();

/// What `ritz eigs --method` (`ritz svds --method`) takes, "auto" first.
const std::vector<std::string>& eigs_method_names();
const std::vector<std::string>& svds_method_names();

}  // namespace ritz::cli
