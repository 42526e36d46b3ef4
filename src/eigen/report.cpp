// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/report.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace ritz {

namespace {

constexpr std::array all{Which::largest_magnitude,  Which::smallest_magnitude, Which::largest_algebraic,
                         Which::smallest_algebraic, Which::both_ends,          Which::largest_real,
                         Which::smallest_real,      Which::largest_imaginary,  Which::smallest_imaginary};
constexpr std::array<std::string_view, all.size()> names{"LM", "SM", "LA", "SA", "BE", "LR", "SR", "LI", "SI"};

}  // namespace

std::string_view name(Which which) noexcept {
    const auto place = static_cast<std::size_t>(which);
    return place < names.size() ? names[place] : "unknown";
}

std::optional<Which> which_named(std::string_view name) noexcept {
    const auto upper = [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); };
    for (std::size_t i = 0; i < names.size(); ++i)
        if (std::ranges::equal(names[i], name, {}, {}, upper)) return all[i];
    return {};
}

std::span<const Which> all_which() noexcept {
    return all;
}

}  // namespace ritz
