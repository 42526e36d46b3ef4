// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/status.hpp"

#include <array>

namespace ritz {

namespace {

struct Row {
    Status status;
    std::string_view name;
};

constexpr std::array rows{
    Row{Status::solved, "solved"},
    Row{Status::converged, "converged"},
    Row{Status::ill_conditioned, "ill_conditioned"},
    Row{Status::singular_consistent, "singular_consistent"},
    Row{Status::singular_inconsistent, "singular_inconsistent"},
    Row{Status::not_converged, "not_converged"},
    Row{Status::not_finite, "not_finite"},
    Row{Status::limit_exceeded, "limit_exceeded"},
    Row{Status::interrupted, "interrupted"},
    Row{Status::breakdown, "breakdown"},
    Row{Status::indefinite_operator, "indefinite_operator"},
    Row{Status::indefinite_preconditioner, "indefinite_preconditioner"},
    Row{Status::not_symmetric, "not_symmetric"},
    Row{Status::max_iterations, "max_iterations"},
    Row{Status::stagnated, "stagnated"},
    Row{Status::not_proved, "not_proved"},
    Row{Status::incomplete, "incomplete"},
};

constexpr auto statuses = [] {
    std::array<Status, rows.size()> all{};
    for (std::size_t i = 0; i < rows.size(); ++i) all[i] = rows[i].status;
    return all;
}();

}  // namespace

std::string_view name(Status status) noexcept {
    for (const Row& row : rows)
        if (row.status == status) return row.name;
    return "unknown";
}

std::span<const Status> all_statuses() noexcept {
    return statuses;
}

bool has_answer(Status status) noexcept {
    return status == Status::solved || status == Status::converged || status == Status::ill_conditioned ||
           status == Status::singular_consistent || status == Status::not_proved;
}

}  // namespace ritz
