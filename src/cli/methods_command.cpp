// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/text.hpp"
#include "ritz/solvers/solve.hpp"

namespace ritz::cli {

namespace {

std::string words(std::string_view name) {
    std::string text(name);
    for (char& c : text)
        if (c == '_') c = ' ';
    return text;
}

struct Needs {
    Json list = Json::array();
    std::string text;
};

/// What a row of a registry asks of the matrix.
template <class Row>
Needs needs_of(const Row& row) {
    Needs needs;
    for (const std::string_view need : row.needs) {
        needs.list.push_back(need);
        needs.text += (needs.text.empty() ? "" : ", ") + words(need);
    }
    if (needs.text.empty()) needs.text = "nothing of the matrix";
    return needs;
}

Report run(const Settings&) {
    Report report;
    Sheet sheet(wants_colour(STDOUT_FILENO));
    Json rows = Json::array();
    for (const MethodInfo& method : methods()) {
        const auto [needs, text] = needs_of(method);
        rows.push_back({{"name", method.name}, {"kind", method.kind}, {"needs", needs}, {"summary", method.summary}});
        sheet.row(method.name, method.summary);
        sheet.row("", fmt::format("{}; needs {}", words(method.kind), text), Tone::dim);
    }
    sheet.gap();
    sheet.line("Preconditioners of the iterative methods (kinds krylov and least squares)", Tone::strong);
    Json preconditioner_rows = Json::array();
    for (const PreconditionerInfo& row : preconditioners()) {
        const auto [needs, text] = needs_of(row);
        preconditioner_rows.push_back({{"name", row.name}, {"needs", needs}, {"summary", row.summary}});
        sheet.row(row.name, row.summary);
        sheet.row("", fmt::format("needs {}", text), Tone::dim);
    }
    sheet.gap();
    sheet.line("ritz solve chooses by itself (--method auto) and says why; --method NAME and");
    sheet.line("--preconditioner NAME ask for one of these.");
    report.json["methods"] = rows;
    report.json["preconditioners"] = preconditioner_rows;
    report.text = std::move(sheet).str();
    return report;
}

std::function<Report(const Settings&)> declare(CLI::App& app) {
    app.description("Lists the methods and preconditioners of ritz solve and what each needs of the matrix.");
    return run;
}

}  // namespace

const Command methods_command{"methods", "list the solution methods and what each needs",
                              "ritz methods\nritz methods --json | jq -r '.methods[].name'", "[options]", declare};

}  // namespace ritz::cli
