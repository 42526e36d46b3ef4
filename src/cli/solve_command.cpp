// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <complex>
#include <filesystem>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/curve.hpp"
#include "cli/environment.hpp"
#include "cli/files.hpp"
#include "cli/linear_system.hpp"
#include "cli/solve_names.hpp"
#include "cli/text.hpp"
#include "cli/watch.hpp"
#include "ritz/core/error.hpp"
#include "ritz/solvers/solve.hpp"

namespace ritz::cli {

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Options {
    std::string matrix, rhs, output, method = "auto", ordering = "auto", preconditioner = "auto";
    double rtol = 1e-8;
    std::int64_t max_iterations = -1, restart = 50;
    bool single_precision = false, explain = false, keep_best = false;
};

struct Times {
    double read = 0, total = 0;
};

/// All that a solve produced, for either way of telling it.
struct Outcome {
    SolveReport report;
    std::vector<Status> statuses;             // one a right-hand side
    std::vector<Certificate> certificates;    // likewise
    bool zero_right_hand_side = false;        // A·1 is zero to rounding, and 0 was solved for
    std::optional<double> error_against_one;  // max |x - 1|, when b = A·1 was made here
    bool has_x = false;
    AnyDense x;
};

template <class T>
Outcome solve_system(const Csr<T>& A, const Eigen::MatrixX<T>& b, bool ones, const SolveOptions& options) {
    MultiSolution<T> solution = solve(A, b, options);
    Outcome outcome;
    outcome.report = std::move(solution.report);
    for (std::string& reason : outcome.report.reasons) reason = counted_from_one(reason);
    for (std::string& warning : outcome.report.warnings) warning = counted_from_one(warning);
    for (Attempt& attempt : outcome.report.attempts) attempt.detail = counted_from_one(attempt.detail);
    outcome.report.message = counted_from_one(outcome.report.message);
    outcome.statuses = std::move(solution.statuses);
    outcome.certificates = std::move(solution.certificates);
    const bool made = !outcome.report.method.empty() || has_answer(outcome.report.status);
    outcome.has_x = made && solution.x.rows() == A.cols() && solution.x.cols() == b.cols();
    // A wide or a singular matrix has many solutions, of which 1 need not be the smallest.
    if (ones && outcome.has_x && A.rows() >= A.cols() && !outcome.report.null_space_dimension.value_or(0))
        outcome.error_against_one = largest_distance_from_one(solution.x);
    outcome.x = std::move(solution.x);
    return outcome;
}

/// Runs the solver.
Outcome solve_any(const LinearSystem& system, const SolveOptions& options) {
    return visit_system(system, [&]<class T>(const Csr<T>& A, const Eigen::MatrixX<T>& b, RightHandSide how) {
        Outcome outcome = solve_system<T>(A, b, how == RightHandSide::row_sums, options);
        outcome.zero_right_hand_side = how == RightHandSide::zero;
        return outcome;
    });
}

const std::vector<std::string>& ordering_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const Ordering ordering : all_orderings()) all.emplace_back(name(ordering));
        return all;
    }();
    return names;
}

Ordering ordering_named(const std::string& wanted) {
    for (const Ordering ordering : all_orderings())
        if (name(ordering) == wanted) return ordering;
    return Ordering::automatic;
}

std::string stage_in_words(std::string_view stage) {
    if (stage == "analyse") return "solving: ordering the unknowns";
    if (stage == "factor") return "solving: factoring the matrix";
    if (stage == "precondition") return "solving: making the preconditioner";
    if (stage == "iterate") return "solving: iterating";
    if (stage == "refine") return "solving: refining x";
    if (stage == "check") return "solving: checking x";
    return "solving: " + std::string(stage);
}

Json certificate_json(const Certificate& certificate) {
    return {{"residual_norm", number(certificate.residual_norm)},
            {"relative_residual", number(certificate.relative_residual)},
            {"backward_error", number(certificate.backward_error)},
            {"componentwise_backward_error", number(certificate.componentwise_backward_error)},
            {"condition_estimate", number(certificate.condition_estimate)},
            {"forward_error_bound", number(certificate.forward_error_bound)}};
}

/// Rows and columns count from 1 here, as in the file; the sentences say "row 0" for the first one.
Json singularity_json(const SolveReport& report) {
    if (!report.singularity) return nullptr;
    const auto lines = [](const Structure::Lines& some) {
        Json first = Json::array();
        for (const Index i : some.first) first.push_back(i + 1);
        return Json{{"count", some.count}, {"first", first}};
    };
    Json findings = Json::array();
    for (const SingularityFinding& finding : report.singularity->findings)
        findings.push_back({{"cause", name(finding.cause)},
                            {"rows", lines(finding.rows)},
                            {"columns", lines(finding.cols)},
                            {"exact", finding.exact}});
    return {{"structural_rank", report.singularity->structural_rank}, {"findings", findings}};
}

/// "rows 3, 7 and 12 others": counted from 1.
std::string places(std::string_view noun, const Structure::Lines& lines) {
    if (lines.count == 0) return "";
    std::string text = fmt::format("{}{} ", noun, lines.count == 1 ? "" : "s");
    for (std::size_t k = 0; k < lines.first.size(); ++k)
        text += fmt::format("{}{}", k == 0 ? "" : ", ", count(lines.first[k] + 1));
    const auto others = lines.count - static_cast<Index>(lines.first.size());
    return others > 0 ? text + fmt::format(" and {} others", count(others)) : text;
}

std::string finding_in_words(const SingularityFinding& finding) {
    const std::string rows = places("row", finding.rows), columns = places("column", finding.cols);
    const std::string both = rows.empty() ? columns : columns.empty() ? rows : rows + "; " + columns;
    switch (finding.cause) {
        case SingularityCause::empty_row:
            return "no nonzero in " + rows;
        case SingularityCause::empty_column:
            return "no equation has the unknown of " + columns;
        case SingularityCause::overdetermined_rows:
            return fmt::format("{} have nonzeros in fewer columns than they are: {}",
                               plural(finding.rows.count, "equation"), both);
        case SingularityCause::underdetermined_columns:
            return fmt::format("{} stand in fewer equations than they are: {}", plural(finding.cols.count, "unknown"),
                               both);
        case SingularityCause::proportional_rows:
            return "multiples of one another: " + rows;
        case SingularityCause::proportional_columns:
            return "multiples of one another: " + columns;
        case SingularityCause::zero_row_sums:
            return fmt::format(
                "a component of {} whose rows sum to zero, so that a constant can be added to x there: {}",
                plural(finding.cols.count, "unknown"), columns.empty() ? rows : columns);
        case SingularityCause::dependent_rows:
            return "a combination of these vanishes: " + rows;
        case SingularityCause::dependent_columns:
            return "a null vector lives on " + columns;
    }
    return finding.text;
}

Json to_json(const ReadResult& input, const std::string& symmetry, const std::optional<FileInfo>& rhs,
             const Outcome& outcome) {
    const SolveReport& report = outcome.report;
    Json json;
    json["matrix"] = matrix_json(input, symmetry);
    json["right_hand_side"] = {
        {"path", rhs ? Json(rhs->path) : Json(nullptr)}, {"columns", outcome.statuses.size()}, {"is_row_sums", !rhs}};
    json["plan"] = {
        {"method", report.method.empty() && !report.attempts.empty() ? report.attempts.back().method : report.method},
        {"preconditioner", report.preconditioner},
        {"reasons", report.reasons}};
    json["attempts"] = Json::array();
    for (const Attempt& attempt : report.attempts)
        json["attempts"].push_back({{"method", attempt.method},
                                    {"preconditioner", attempt.preconditioner},
                                    {"status", name(attempt.status)},
                                    {"seconds", number(attempt.seconds)},
                                    {"detail", attempt.detail}});
    json["status"] = name(report.status);
    json["message"] = report.message.empty() ? Json(nullptr) : Json(report.message);
    json["iterations"] = report.iterations;
    json["history"] = Json::array();  // of an iterative method: residual norms of the scaled system
    for (const double norm : report.history) json["history"].push_back(number(norm));
    json.update(certificate_json(report.certificate));
    json["error_against_ones"] = outcome.error_against_one ? number(*outcome.error_against_one) : Json(nullptr);
    json["rank"] = report.rank ? Json(*report.rank) : Json(nullptr);
    json["null_space_dimension"] = report.null_space_dimension ? Json(*report.null_space_dimension) : Json(nullptr);
    json["inertia"] = report.inertia ? Json{{"positive", report.inertia->positive},
                                            {"negative", report.inertia->negative},
                                            {"zero", report.inertia->zero}}
                                     : Json(nullptr);
    json["factors"] = {{"ordering", name(report.factors.ordering)},
                       {"nonzeros", report.factors.factor_nonzeros},
                       {"flops", number(report.factors.flops)},
                       {"memory_bytes", report.factors.memory_bytes},
                       {"peak_memory_bytes", report.factors.peak_memory_bytes}};
    json["singularity"] = singularity_json(report);
    if (outcome.statuses.size() > 1) {
        json["columns"] = Json::array();
        for (std::size_t k = 0; k < outcome.statuses.size(); ++k) {
            Json column = {{"status", name(outcome.statuses[k])}};
            if (k < outcome.certificates.size()) column.update(certificate_json(outcome.certificates[k]));
            json["columns"].push_back(std::move(column));
        }
    }
    return json;
}

/// What the error bound means for x, in words.
std::string digits(Status status, const Certificate& certificate) {
    const double bound = certificate.forward_error_bound;
    if (!(bound < 0.1) || status == Status::ill_conditioned) return "no digit of x is certain";
    const int right = std::min(15, static_cast<int>(std::floor(-std::log10(std::max(bound, 1e-16)))));
    return fmt::format("{} of x right, if A and b are exact", plural(right, "digit"));
}

/// b = A·1 holds rounding errors, which move the exact answer away from 1: no fault of the solution.
std::string why_not_one(const Certificate& certificate, double error) {
    const bool explained = error > 1e-12 && error > 10 * certificate.forward_error_bound;
    return explained ? "; mostly from rounding b = A·1 to doubles" : "";
}

std::string to_text(const ReadResult& input, const std::string& symmetry, const std::optional<FileInfo>& rhs,
                    const Outcome& outcome, const Options& options, Times times, const std::string& written,
                    bool colour) {
    const SolveReport& report = outcome.report;
    const Certificate& certificate = report.certificate;
    const bool square = std::visit([](const auto& A) { return A.rows() == A.cols(); }, input.matrix);
    const std::size_t columns = outcome.statuses.size();

    Sheet sheet(colour);
    sheet.row("matrix", printable(input_name(input.info.path)), Tone::strong);
    sheet.row("", matrix_line(input, symmetry));
    if (rhs)
        sheet.row("right-hand side", fmt::format("{}{}", printable(input_name(rhs->path)),
                                                 columns == 1 ? "" : fmt::format(", {}", plural(columns, "column"))));
    else
        sheet.row("right-hand side", outcome.zero_right_hand_side ? "0, since A·1 is zero to rounding"
                                                                  : "A·1, so that x = 1 is a solution");

    std::string plan = report.method;
    if (plan.empty()) plan = report.attempts.empty() ? "none" : report.attempts.back().method;
    if (report.preconditioner != "none") plan += " with " + report.preconditioner;
    sheet.row("plan", plan, Tone::strong);
    for (const std::string& reason : report.reasons) sheet.row("", printable(reason));
    if (options.explain || report.attempts.size() > 1)
        for (const Attempt& attempt : report.attempts)
            sheet.row(&attempt == &report.attempts.front() ? "attempts" : "",
                      fmt::format("{}: {} after {}{}", attempt.method, in_words(attempt.status),
                                  seconds(attempt.seconds), attempt.detail.empty() ? "" : "; " + attempt.detail));

    sheet.gap();
    const Tone tone = report.status == Status::solved ? Tone::good
                      : has_answer(report.status)     ? Tone::caution
                                                      : Tone::bad;
    sheet.row("result", in_words(report.status), tone);
    if (!report.message.empty()) sheet.row("", printable(report.message));
    if (columns > 1) {
        const auto good = std::count_if(outcome.statuses.begin(), outcome.statuses.end(), has_answer);
        sheet.row("", fmt::format("{} of {} right-hand sides have an answer; the numbers below are the worst of all",
                                  good, columns));
        for (std::size_t k = 0, listed = 0; k < columns && listed < 8; ++k)
            if (outcome.statuses[k] != Status::solved)
                sheet.row("", fmt::format("column {}: {}", k + 1, in_words(outcome.statuses[k]))), ++listed;
    }
    if (report.rank)
        sheet.row("rank", fmt::format("{}{}", count(*report.rank),
                                      report.null_space_dimension.value_or(0) > 0
                                          ? fmt::format(", null space of dimension {}", *report.null_space_dimension)
                                          : ""));
    if (report.singularity && report.status != Status::solved) {
        // What is said of the rows of a symmetric matrix is not said again of its columns.
        const bool symmetric = symmetry == "symmetric" || symmetry == "hermitian";
        std::vector<std::string> lines;
        for (const SingularityFinding& finding : report.singularity->findings) {
            const bool again = finding.cause == SingularityCause::empty_column ||
                               finding.cause == SingularityCause::underdetermined_columns ||
                               finding.cause == SingularityCause::proportional_columns ||
                               finding.cause == SingularityCause::dependent_rows;
            if (!symmetric || !again) lines.push_back(finding_in_words(finding));
        }
        const std::size_t most = options.explain ? lines.size() : 4;
        for (std::size_t k = 0; k < std::min(most, lines.size()); ++k)
            sheet.row(k == 0 ? "why singular" : "", printable(lines[k]));
        if (lines.size() > most)
            sheet.row("", fmt::format("and {} more: --explain, --json", plural(lines.size() - most, "finding")));
    }
    if (report.inertia && (options.explain || report.inertia->negative > 0))
        sheet.row("inertia",
                  fmt::format("{} positive, {} negative eigenvalues{}", count(report.inertia->positive),
                              count(report.inertia->negative),
                              report.inertia->zero > 0 ? fmt::format(", {} zero", count(report.inertia->zero)) : ""));
    if (options.explain && report.factors.factor_nonzeros > 0)
        sheet.row("factors", fmt::format("{}{}, {} operations, {}, {} at the peak",
                                         plural(report.factors.factor_nonzeros, "entry"),
                                         report.factors.ordering == Ordering::natural
                                             ? ""
                                             : fmt::format(" (ordering {})", name(report.factors.ordering)),
                                         scientific(report.factors.flops), bytes(report.factors.memory_bytes),
                                         bytes(report.factors.peak_memory_bytes)));
    const bool iterative = !report.history.empty();
    if (iterative)
        sheet.row("iterations", fmt::format("{}: products with A{}", count(report.iterations),
                                            columns > 1 ? ", for the right-hand side that took most" : ""));
    if (options.explain && iterative) {
        const auto lines = convergence_curve(report.history, options.rtol * report.history.front());
        if (!lines.empty()) sheet.gap();
        for (const std::string& line : lines) sheet.line(line);
        if (!lines.empty()) sheet.line("        ‖b - A x‖ as the method saw it, over that of the start", Tone::dim);
        sheet.gap();
    }
    if (outcome.has_x) {
        sheet.row("residual",
                  fmt::format("{:<10} ‖b - A x‖ / ‖b‖; ‖b - A x‖ = {}", scientific(certificate.relative_residual),
                              scientific(certificate.residual_norm)));
        sheet.row("backward error",
                  fmt::format("{:<10} {}; componentwise {}", scientific(certificate.backward_error),
                              square ? "relative change of A and b that makes x exact" : "of the least-squares problem",
                              scientific(certificate.componentwise_backward_error)));
        if (std::isfinite(certificate.condition_estimate))
            sheet.row("condition", fmt::format("{:<10} estimated, of A after scaling its rows and columns",
                                               scientific(certificate.condition_estimate)));
        if (std::isfinite(certificate.forward_error_bound))
            sheet.row("forward error",
                      fmt::format("{:<10} estimated bound: {}", scientific(certificate.forward_error_bound),
                                  digits(report.status, certificate)));
        if (iterative && !std::isfinite(certificate.condition_estimate))
            sheet.row("condition", "not examined: x may be further from the answer than its residual tells");
        if (outcome.error_against_one)
            sheet.row("error against 1", fmt::format("{:<10} max |x - 1|{}", scientific(*outcome.error_against_one),
                                                     why_not_one(certificate, *outcome.error_against_one)));
    }

    sheet.gap();
    sheet.row("time", fmt::format("read {}, analyse {}, factor {}, solve {}, total {}", seconds(times.read),
                                  seconds(report.seconds.analyse), seconds(report.seconds.factor),
                                  seconds(report.seconds.solve), seconds(times.total)));
    sheet.row("memory", fmt::format("{} at the peak", bytes(peak_memory())));
    if (!written.empty()) sheet.row("written", printable(written), Tone::strong);

    if (options.explain) {
        sheet.gap();
        sheet.line("How to read this", Tone::strong);
        sheet.row("result",
                  "solved: the residual and the condition both pass. ill conditioned: the residual is as small, "
                  "but the condition promises no digit of x. singular consistent: A is singular, b is in its "
                  "range, and x is the shortest solution. Anything else: no x met the tolerance.");
        sheet.row("residual", "recomputed from the x returned and the A and b read, in twice the working precision.");
        sheet.row("backward error",
                  "η = ‖b - A x‖ / (‖A‖ ‖x‖ + ‖b‖) in the max norm. 1e-16 is as good as doubles allow: x "
                  "solves a system that differs from yours in the last digit. Componentwise: each "
                  "entry changed relative to itself (Oettli and Prager).");
        if (iterative)
            sheet.row("iterative",
                      "solved means that ‖b - A x‖ ≤ rtol ‖b‖, both for A and b as read and after scaling rows and "
                      "columns by powers of two. How far x is from the exact answer depends on the condition of A, "
                      "which is not looked at: a direct method tells it.");
        sheet.row("condition",
                  "how much a relative change of the data may grow in x (1-norm, Hager and Higham). 1e16 "
                  "means that doubles cannot hold the answer.");
        sheet.row("forward error", "how far x may be from the exact answer, relative to its largest element.");
    }
    return std::move(sheet).str();
}

/// An option that the method named would not look at is a mistake.
void check_options_fit(const Options& options) {
    const Method method = *method_named(options.method);
    if (method == Method::automatic || kind(method) != "direct") return;
    const Options unset;
    const auto refuse = [&](bool given, const char* name) {
        if (given)
            throw wrong_usage(fmt::format("{} is for iterative methods, and {} is a direct one", name, options.method),
                              "ritz methods lists the iterative ones (krylov, least squares)");
    };
    refuse(options.preconditioner != unset.preconditioner, "--preconditioner");
    refuse(options.single_precision, "--single-precision");
    refuse(options.max_iterations != unset.max_iterations, "--max-iterations");
    refuse(options.restart != unset.restart, "--restart");
}

Report run(const Options& options, const Settings& settings) {
    const auto start = Clock::now();
    check_options_fit(options);
    if (options.output == "-" && settings.json)
        throw wrong_usage("--json and x cannot both go to standard output", "name a file with -o x.mtx");
    check_output(options.output, Contents::dense);
    std::error_code absent;
    if (options.matrix != "-" && !options.output.empty() &&
        std::filesystem::equivalent(options.matrix, options.output, absent))
        throw wrong_usage(fmt::format("{}: x would replace the matrix", options.output), "name another file with -o");

    Progress progress(settings);
    const LinearSystem system = read_system(options.matrix, options.rhs, settings, progress);
    const ReadResult& input = system.input;
    const std::optional<FileInfo>& rhs = system.rhs;
    const double read_seconds = since(start);

    progress.stage("looking at the matrix");
    const std::string symmetry = symmetry_of(input.matrix);
    SolveOptions solve_options;
    solve_options.method = *method_named(options.method);
    solve_options.ordering = ordering_named(options.ordering);
    solve_options.preconditioner = *preconditioner_named(options.preconditioner);
    if (options.single_precision) solve_options.preconditioner_options.precision = Precision::single;
    solve_options.max_iterations = options.max_iterations;
    solve_options.restart = static_cast<int>(options.restart);
    solve_options.rtol = options.rtol;
    // A little less than the watch allows, so that the best x is there when the time is over.
    solve_options.max_seconds = settings.max_time > 0 ? std::max(0.95 * settings.max_time - since(start), 1e-3) : 0;
    solve_options.on_failure = OnFailure::report;
    solve_options.max_memory_bytes = memory_left(settings);
    std::string shown;
    solve_options.progress = [&](std::string_view stage, double fraction) {
        if (stage == "iterate" && stage == shown) return progress.fraction(fraction);
        progress.stage(stage_in_words(stage));
        shown = stage;
    };

    Outcome outcome;
    try {
        outcome = solve_any(system, solve_options);
    } catch (const Unsupported& error) {
        throw wrong_usage(error.what(), "ritz methods lists what each method needs");
    }

    Report report;
    report.stdout_taken = options.output == "-";
    std::string written;
    report.warnings = reader_warnings(input.info);
    if (rhs)
        for (std::string& warning : reader_warnings(*rhs)) report.warnings.push_back(std::move(warning));
    for (const std::string& warning : outcome.report.warnings)
        if (warning != outcome.report.message) report.warnings.push_back(warning);  // the status comes with its message
    const bool acceptable = has_answer(outcome.report.status);
    if (!options.output.empty()) {
        if (outcome.has_x && (acceptable || options.keep_best)) {
            write_output(options.output, outcome.x, {}, progress);
            written = input_name(options.output) == options.output ? options.output : "standard output";
        } else {
            report.warnings.push_back(fmt::format("x was not written to {}{}", options.output,
                                                  outcome.has_x ? " (--keep-best writes the best x there is)" : ""));
        }
    }
    const Status status = outcome.report.status;
    const std::string finding =
        fmt::format("{}{}{}", in_words(status), outcome.report.message.empty() ? "" : ": ", outcome.report.message);
    if (!acceptable)
        report.failure =
            finding +
            (options.method != "auto" && status != Status::limit_exceeded ? "; --method auto tries others" : "");
    else if (status != Status::solved)
        report.warnings.insert(report.warnings.begin(), finding);
    if (status == Status::solved && outcome.error_against_one && *outcome.error_against_one > 0.1 &&
        !std::isfinite(outcome.report.certificate.condition_estimate))
        report.warnings.push_back(
            fmt::format("the residual meets --rtol, but x is {} from 1: the condition is large; --method auto tells it",
                        scientific(*outcome.error_against_one)));
    if (const std::string slow = blas_warning(blas_in_use()); !slow.empty()) report.warnings.push_back(slow);

    const SolveReport& result = outcome.report;
    const Times times{read_seconds, since(start)};
    report.json = to_json(input, symmetry, rhs, outcome);
    report.json["written"] = written.empty() ? Json(nullptr) : Json(options.output);
    report.json["warnings"] = report.warnings;
    report.json["seconds"] = {{"read", times.read},
                              {"analyse", number(result.seconds.analyse)},
                              {"factor", number(result.seconds.factor)},
                              {"solve", number(result.seconds.solve)},
                              {"total", times.total}};
    report.json["peak_memory_bytes"] = peak_memory();
    report.text = to_text(input, symmetry, rhs, outcome, options, times, written,
                          wants_colour(report.stdout_taken ? STDERR_FILENO : STDOUT_FILENO));
    report.exit_code = exit_code_of(status);
    return report;
}

std::function<Report(const Settings&)> declare(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.description(
        "Solves A x = b, or min ‖b - A x‖ when A is not square, and says how good the answer is.\n"
        "Without b: b = A·1, and the error against 1 is shown. Every column of b is solved.");
    add_text(app, "A", options->matrix, "FILE", "the matrix (.mtx, .mtx.gz, .rb, .npz, …; - is standard input)")
        ->required();
    add_text(app, "b", options->rhs, "FILE", "right-hand side, or several as columns (- is standard input)");
    add_text(app, "-o,--output", options->output, "FILE",
             "write x here, only when it met its tolerance; replaced in one step, never half written");
    std::vector<std::string> names{"auto"};
    for (const MethodInfo& method : methods()) names.emplace_back(method.name);
    add_choice(app, "--method", options->method, names,
               fmt::format("{} (default auto); see `ritz methods`", fmt::join(names, ", ")));
    add_choice(app, "--ordering", options->ordering, ordering_names(),
               fmt::format("{} (default auto): the order of elimination, where the method has a choice",
                           fmt::join(ordering_names(), ", ")));
    std::vector<std::string> preconditioner_names{"auto"};
    for (const PreconditionerInfo& row : preconditioners()) preconditioner_names.emplace_back(row.name);
    add_choice(app, "--preconditioner", options->preconditioner, preconditioner_names,
               fmt::format("{} (default auto): for iterative methods", fmt::join(preconditioner_names, ", ")));
    add_flag(app, "--single-precision", options->single_precision,
             "hold the preconditioner in single precision: half the memory, about as good");
    add_integer(app, "--max-iterations", options->max_iterations, {0, 1e15},
                "most products with A that an iterative method makes (default 10 n, 100 to 100000)");
    add_integer(app, "--restart", options->restart, {1, 1e6}, "vectors that GMRES and its like keep (default 50)");
    add_real(app, "--rtol", options->rtol, {0, 1, true}, "‖b - A x‖ ≤ rtol ‖b‖ is asked of an answer (default 1e-8)");
    add_flag(app, "--explain", options->explain, "show every attempt, and what the numbers mean");
    add_flag(app, "--keep-best", options->keep_best, "with -o: write the best x even when it is no answer");
    return [options](const Settings& settings) { return run(*options, settings); };
}

}  // namespace

const Command solve_command{
    "solve", "solve A x = b, or least squares, and prove the answer",
    "ritz solve A.mtx b.mtx -o x.mtx\nritz solve A.mtx                     # b = A·1: how well can "
    "this matrix be solved?",
    "A [b] [-o x.mtx] [options]", declare};

}  // namespace ritz::cli
