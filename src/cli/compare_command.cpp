// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/environment.hpp"
#include "cli/linear_system.hpp"
#include "cli/solve_names.hpp"
#include "cli/text.hpp"
#include "cli/watch.hpp"
#include "ritz/solvers/plan.hpp"
#include "ritz/solvers/solve.hpp"
#include "ritz/solvers/triangular.hpp"

namespace ritz::cli {

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string matrix, rhs;
    double rtol = 1e-8;
};

/// One method on the system.
struct Row {
    Method method;
    bool chosen = false;  // by solve, if it were free to choose
    SolveReport report = {};
    double seconds = 0;
    std::optional<double> error_against_one = {};
};

std::vector<Row> try_all(const LinearSystem& system, const Options& options, const Settings& settings,
                         Progress& progress) {
    return visit_system(system, [&]<class T>(const Csr<T>& A, const Eigen::MatrixX<T>& b, RightHandSide how) {
        const Structure structure = analyse_structure(A);
        const bool triangular = structure.square() && triangular_order(A).has_value();
        const Plan chosen = plan(A, {.analyse_all = false});
        std::vector<Row> rows;
        double quickest = std::numeric_limits<double>::infinity();  // with an answer
        for (const MethodInfo& method : methods()) {
            if (!applies(method, structure, triangular)) continue;
            progress.stage(fmt::format("comparing: {}", method.name));
            SolveOptions solve_options;
            solve_options.method = method.method;
            solve_options.rtol = options.rtol;
            solve_options.on_failure = OnFailure::report;
            solve_options.max_memory_bytes = memory_left(settings);
            // Ten times the quickest answer is enough to be no choice.
            if (std::isfinite(quickest))
                solve_options.max_seconds = std::max(2.0, 10 * quickest);
            else if (method.kind != "direct")
                solve_options.max_seconds = 60;
            Row row{.method = method.method};
            row.chosen = !chosen.chain.empty() && chosen.chain.front() == method.method;
            const auto start = Clock::now();
            MultiSolution<T> solution = solve(A, b, solve_options);
            row.seconds = std::chrono::duration<double>(Clock::now() - start).count();
            row.report = std::move(solution.report);
            if (has_answer(row.report.status)) quickest = std::min(quickest, row.seconds);
            if (how == RightHandSide::row_sums && A.rows() >= A.cols() && solution.x.rows() == A.cols() &&
                !row.report.method.empty())
                row.error_against_one = largest_distance_from_one(solution.x);
            rows.push_back(std::move(row));
        }
        return rows;
    });
}

/// The quickest row with the best kind of answer; null when there is none. An iterative method says nothing of the
/// condition: its `solved` is worth as much as a direct one's where there is one.
const Row* best_of(const std::vector<Row>& rows) {
    const bool regular = std::any_of(rows.begin(), rows.end(), [](const Row& row) {
        return kind(row.method) == "direct" && row.report.status == Status::solved;
    });
    const auto rank_of = [regular](const Row& row) {
        if (row.report.status == Status::solved) return regular || kind(row.method) == "direct" ? 0 : 2;
        return row.report.status == Status::singular_consistent ? 1 : 2;
    };
    const Row* best = nullptr;
    for (const Row& row : rows) {
        if (!has_answer(row.report.status)) continue;
        const int rank = rank_of(row), best_rank = best ? rank_of(*best) : 3;
        if (rank < best_rank || (rank == best_rank && row.seconds < best->seconds)) best = &row;
    }
    return best;
}

Json to_json(const Row& row, bool best) {
    const Certificate& c = row.report.certificate;
    return {{"method", name(row.method)},
            {"preconditioner", row.report.preconditioner},
            {"status", name(row.report.status)},
            {"message", row.report.message.empty() ? Json(nullptr) : Json(counted_from_one(row.report.message))},
            {"chosen", row.chosen},
            {"iterations", row.report.iterations},
            {"best", best},
            {"residual_norm", number(c.residual_norm)},
            {"relative_residual", number(c.relative_residual)},
            {"backward_error", number(c.backward_error)},
            {"condition_estimate", number(c.condition_estimate)},
            {"forward_error_bound", number(c.forward_error_bound)},
            {"error_against_ones", row.error_against_one ? number(*row.error_against_one) : Json(nullptr)},
            {"seconds",
             {{"analyse", number(row.report.seconds.analyse)},
              {"factor", number(row.report.seconds.factor)},
              {"solve", number(row.report.seconds.solve)},
              {"total", number(row.seconds)}}},
            {"factor_nonzeros", row.report.factors.factor_nonzeros},
            {"factor_memory_bytes", row.report.factors.memory_bytes},
            {"peak_memory_bytes", row.report.factors.peak_memory_bytes}};
}

Report run(const Options& options, const Settings& settings) {
    Progress progress(settings);
    const LinearSystem system = read_system(options.matrix, options.rhs, settings, progress);
    const std::string symmetry = symmetry_of(system.input.matrix);
    const std::vector<Row> rows = try_all(system, options, settings, progress);
    const Row* best = best_of(rows);

    Report report;
    report.warnings = reader_warnings(system.input.info);
    report.json["matrix"] = matrix_json(system.input, symmetry);
    report.json["methods"] = Json::array();
    Sheet sheet(wants_colour(STDOUT_FILENO));
    sheet.row("matrix", printable(input_name(system.input.info.path)), Tone::strong);
    sheet.row("", matrix_line(system.input, symmetry));
    sheet.gap();
    sheet.line(fmt::format("  {:<12} {:<22} {:>9} {:>9} {:>10} {:>10} {:>12}", "method", "result", "residual",
                           "|x - 1|", "time", "memory", "fill"),
               Tone::strong);
    for (const Row& row : rows) {
        const SolveReport& r = row.report;
        report.json["methods"].push_back(to_json(row, &row == best));
        const auto figure = [](std::optional<double> value) {
            return value && std::isfinite(*value) ? fmt::format("{:.2e}", *value) : std::string("-");
        };
        const bool made = !r.method.empty();
        sheet.line(fmt::format("{} {:<12} {:<22} {:>9} {:>9} {:>10} {:>10} {:>12}", row.chosen ? "*" : " ",
                               name(row.method), in_words(r.status),
                               figure(made ? std::optional(r.certificate.relative_residual) : std::nullopt),
                               figure(row.error_against_one), seconds(row.seconds),
                               r.factors.peak_memory_bytes > 0 ? bytes(r.factors.peak_memory_bytes) : "-",
                               r.factors.factor_nonzeros > 0 ? count(r.factors.factor_nonzeros)
                               : r.history.empty()           ? "-"
                                                             : fmt::format("{} its", count(r.iterations))),
                   r.status == Status::solved ? Tone::good
                   : has_answer(r.status)     ? Tone::caution
                                              : Tone::bad);
        if (r.status != Status::solved && !r.message.empty())
            sheet.row("", "  " + printable(counted_from_one(r.message)), Tone::dim);
    }
    sheet.gap();
    sheet.line(
        "* what ritz solve would begin with. residual: ‖b - A x‖ / ‖b‖, recomputed from x in twice the precision.");
    sheet.line("memory: of the factorisation at its peak. fill: entries of the factors; its: products with A.");
    if (best)
        sheet.line(fmt::format("quickest answer: {}, {}", name(best->method), seconds(best->seconds)), Tone::strong);
    else
        report.failure = "no method gave an answer that meets its tolerance";
    report.json["best"] = best ? Json(name(best->method)) : Json(nullptr);
    report.json["warnings"] = report.warnings;
    report.json["peak_memory_bytes"] = peak_memory();
    report.text = std::move(sheet).str();
    report.exit_code = best ? exit_code::solved : exit_code::no_answer;
    return report;
}

std::function<Report(const Settings&)> declare(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.description(
        "Solves A x = b by every method that A has, each checked like the answers of ritz solve, and prints one "
        "table.\n"
        "Without b: b = A·1, and the error against 1 is shown.");
    add_text(app, "A", options->matrix, "FILE", "the matrix (.mtx, .mtx.gz, .rb, .npz, …; - is standard input)")
        ->required();
    add_text(app, "b", options->rhs, "FILE", "right-hand side, or several as columns (- is standard input)");
    add_real(app, "--rtol", options->rtol, {0, 1, true}, "‖b - A x‖ ≤ rtol ‖b‖ is asked of an answer (default 1e-8)");
    return [options](const Settings& settings) { return run(*options, settings); };
}

}  // namespace

const Command compare_command{
    "compare", "solve by every applicable method, in one table",
    "ritz compare A.mtx\nritz compare A.mtx b.mtx --json | jq '.methods[] | {method, status}'", "A [b] [options]",
    declare};

}  // namespace ritz::cli
