// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/eigensolvers.hpp"
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

std::string_view title_of(std::string_view problem) {
    if (problem == "hermitian") return "Eigensolvers of ritz eigs, for Hermitian A (and M)";
    if (problem == "general") return "Eigensolvers of ritz eigs, for other square matrices";
    return "Methods of ritz svds";
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
    Json eigensolver_rows = Json::array();
    std::string_view problem;
    for (const EigensolverRow& row : eigensolvers()) {
        if (std::exchange(problem, row.problem) != row.problem) {
            sheet.gap();
            sheet.line(title_of(row.problem), Tone::strong);
        }
        const auto [needs, text] = needs_of(row);
        eigensolver_rows.push_back(
            {{"name", row.name}, {"problem", row.problem}, {"needs", needs}, {"summary", row.summary}});
        sheet.row(row.name, row.summary);
        sheet.row("", fmt::format("needs {}", text), Tone::dim);
    }
    sheet.gap();
    sheet.line(
        "ritz solve, ritz eigs and ritz svds choose by themselves (--method auto) and say why; --method NAME and");
    sheet.line("--preconditioner NAME ask for one of these.");
    report.json["methods"] = rows;
    report.json["preconditioners"] = preconditioner_rows;
    report.json["eigensolvers"] = eigensolver_rows;
    report.text = std::move(sheet).str();
    return report;
}

std::function<Report(const Settings&)> declare(CLI::App& app) {
    app.description(
        "Lists the methods and preconditioners of ritz solve, the eigensolvers of ritz eigs and the methods of ritz "
        "svds,\n"
        "and what each needs of the matrix.");
    return run;
}

}  // namespace

const Command methods_command{"methods", "list the methods of solve, eigs and svds, and what each needs",
                              "ritz methods\nritz methods --json | jq -r '.methods[].name'", "[options]", declare};

}  // namespace ritz::cli
