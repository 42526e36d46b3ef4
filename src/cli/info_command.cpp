// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/files.hpp"
#include "cli/solve_names.hpp"
#include "cli/text.hpp"
#include "cli/watch.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/matching.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/plan.hpp"

namespace ritz::cli {

namespace {

struct Options {
    std::string matrix;
    bool deep = false;
};

/// What is known of definiteness, and from what. `verdict` is yes, no or unknown.
struct Definiteness {
    std::string verdict, evidence;
};

/// All that info finds out.
struct Findings {
    Structure structure;
    double norm_frobenius = 0;
    std::optional<Components> components;  // square only, like the next
    std::optional<Index> strong_components;
    Index structural_rank = 0;
    Definiteness definiteness;
};

template <class T>
Definiteness definiteness(const Csr<T>& A, const Structure& s, bool deep, const Settings& settings) {
    if (!s.square()) return {"no", "not square"};
    if (!s.all_finite) return {"unknown", "not every entry is finite"};
    if (!s.hermitian) return {"no", is_complex<T> ? "not Hermitian" : "not symmetric"};
    if (s.rows == 0) return {"yes", "there is nothing to violate it"};
    if (s.gershgorin_low > 0) return {"yes", "Gershgorin: every eigenvalue is positive"};
    if (s.certainly_positive_definite()) return {"yes", "strictly diagonally dominant, positive diagonal"};
    if (s.certainly_not_positive_definite())
        return {"no", fmt::format("{} of {} diagonal elements are not positive", count(s.rows - s.positive_diagonals),
                                  count(s.rows))};
    if (s.graph_laplacian) return {"no", "a graph Laplacian: positive semidefinite, A·1 = 0"};
    if (!deep)
        return {"unknown", fmt::format("{} with positive diagonal; --deep tries a Cholesky factorisation",
                                       is_complex<T> ? "Hermitian" : "symmetric")};
    try {
        FactorOptions options;
        options.max_memory_bytes = memory_left(settings);
        const Cholesky<T> factors(A, options);
        return {"yes", fmt::format("Cholesky factorisation succeeded, {} in L",
                                   plural(factors.statistics().factor_nonzeros, "entry"))};
    } catch (const LimitExceeded& error) {
        return {"unknown", error.what()};
    } catch (const NotPositiveDefinite& error) {
        return {"no", counted_from_one(error.what())};
    }
}

template <class T>
Findings examine(const Csr<T>& A, bool deep, const Settings& settings, Progress& progress) {
    Findings found;
    progress.stage("looking at every entry");
    found.structure = analyse_structure(A);
    found.norm_frobenius = static_cast<double>(norm_frobenius(A));
    progress.stage("matching rows with columns");
    found.structural_rank = structural_rank(A);
    if (found.structure.square()) {
        progress.stage("finding components");
        found.components = connected_components(A);
        found.strong_components = strongly_connected_components(A).count;
    }
    if (deep) progress.stage("trying a Cholesky factorisation");
    found.definiteness = definiteness(A, found.structure, deep, settings);
    return found;
}

/// The one word for the numerical symmetry, most specific last in doubt.
std::string symmetry_in_words(const Structure& s, bool complex) {
    if (!s.square()) return "general";
    if (complex && s.hermitian && !s.symmetric) return "hermitian";
    if (s.symmetric) return "symmetric";
    if (s.skew_symmetric) return "skew-symmetric";
    if (s.skew_hermitian) return "skew-hermitian";
    return "general";
}

std::string_view first_method(const Plan& plan) {
    return plan.chain.empty() ? "none" : name(plan.chain.front());
}

Json candidate_json(const Candidate& c) {
    return {{"method", name(c.method)},
            {"ordering", name(c.ordering)},
            {"factor_nonzeros", number(c.factor_nonzeros)},
            {"flops", number(c.flops)},
            {"peak_memory_bytes", number(c.peak_memory_bytes)},
            {"seconds", number(c.seconds)},
            {"obstacle", c.obstacle.empty() ? Json(nullptr) : Json(c.obstacle)}};
}

std::string candidate_text(const Candidate& c) {
    if (!c.obstacle.empty()) return fmt::format("{}: {}", name(c.method), c.obstacle);
    return fmt::format("{}: about {} and {}; {} in the factors{}, {} operations", name(c.method), seconds(c.seconds),
                       bytes(static_cast<std::uint64_t>(c.peak_memory_bytes)),
                       plural(static_cast<std::int64_t>(c.factor_nonzeros), "entry"),
                       c.ordering == Ordering::natural ? "" : fmt::format(" ({})", name(c.ordering)),
                       scientific(c.flops));
}

Json lines_json(const Structure::Lines& lines) {
    Json first = Json::array();
    for (Index i : lines.first) first.push_back(i + 1);
    return {{"count", lines.count}, {"first", first}};
}

std::string lines_text(const Structure::Lines& lines, std::string_view noun) {
    std::string text = plural(lines.count, noun);
    if (lines.count == 0) return text;
    std::string list;
    for (Index i : lines.first) list += fmt::format("{}{}", list.empty() ? "" : ", ", i + 1);
    return fmt::format("{} ({}{})", text, list,
                       static_cast<std::size_t>(lines.count) > lines.first.size() ? ", …" : "");
}

const char* in_words(Dominance dominance) {
    switch (dominance) {
        case Dominance::none:
            return "none";
        case Dominance::weak:
            return "weak";
        case Dominance::strict:
            return "strict";
    }
    return "none";
}

std::string percent(double share) {
    if (share == 1) return "100 %";
    return fmt::format("{:.1f} %", std::min(share * 100, 99.9));
}

Json to_json(const ReadResult& input, const Findings& found, const Plan& plan) {
    const Structure& s = found.structure;
    const bool complex = input.info.field == Field::complex;
    Json json;
    json["status"] = "examined";
    json["matrix"] = matrix_json(input, symmetry_in_words(s, complex));
    json["matrix"]["layout"] = to_string(input.info.layout);
    json["matrix"]["explicit_zeros"] = s.explicit_zeros;
    json["matrix"]["all_finite"] = s.all_finite;
    const auto& bad = input.info.first_nonfinite;
    json["matrix"]["first_nonfinite"] =
        bad ? Json{{"row", bad->row + 1}, {"col", bad->col + 1}, {"line", bad->line}} : Json(nullptr);
    json["symmetry"] = {{"pattern_symmetric", s.pattern_symmetric},
                        {"pattern_symmetry", number(s.pattern_symmetry)},
                        {"symmetric", s.symmetric},
                        {"hermitian", s.hermitian},
                        {"skew_symmetric", s.skew_symmetric},
                        {"skew_hermitian", s.skew_hermitian},
                        {"symmetric_asymmetry", number(s.symmetric_asymmetry)},
                        {"hermitian_asymmetry", number(s.hermitian_asymmetry)}};
    json["positive_definite"] = {{"verdict", found.definiteness.verdict}, {"evidence", found.definiteness.evidence}};
    json["diagonal"] = {
        {"missing", s.missing_diagonals},
        {"zero", s.zero_diagonals},
        {"positive", s.positive_diagonals},
        {"negative", s.negative_diagonals},
        {"first_missing_or_zero", s.first_bad_diagonal ? Json(*s.first_bad_diagonal + 1) : Json(nullptr)},
        {"min", number(s.min_diagonal)},
        {"max", number(s.max_diagonal)},
        {"row_dominance", in_words(s.row_dominance)},
        {"col_dominance", in_words(s.col_dominance)},
        {"min_row_dominance", number(s.min_row_dominance)},
        {"min_col_dominance", number(s.min_col_dominance)}};
    json["bandwidth"] = {{"lower", s.lower_bandwidth}, {"upper", s.upper_bandwidth}};
    json["profile"] = {{"lower", s.lower_profile}, {"upper", s.upper_profile}};
    json["nonzeros_per_row"] = {{"min", s.min_row_nonzeros}, {"max", s.max_row_nonzeros}};
    json["nonzeros_per_col"] = {{"min", s.min_col_nonzeros}, {"max", s.max_col_nonzeros}};
    json["empty_rows"] = lines_json(s.empty_rows);
    json["empty_cols"] = lines_json(s.empty_cols);
    json["structural_rank"] = found.structural_rank;
    json["components"] = found.components ? Json(found.components->count) : Json(nullptr);
    json["strong_components"] = found.strong_components ? Json(*found.strong_components) : Json(nullptr);
    json["norms"] = {{"one", number(s.norm_1)},
                     {"infinity", number(s.norm_inf)},
                     {"frobenius", number(found.norm_frobenius)},
                     {"max", number(s.norm_max)},
                     {"min_magnitude", number(s.min_magnitude)}};
    json["gershgorin"] =
        s.square() ? Json{{"low", number(s.gershgorin_low)}, {"high", number(s.gershgorin_high)}} : Json(nullptr);
    json["m_matrix_signs"] = s.l_matrix;
    json["graph_laplacian"] = s.graph_laplacian;
    Json candidates = Json::array();
    for (const Candidate& c : plan.candidates) candidates.push_back(candidate_json(c));
    json["plan"] = {{"method", first_method(plan)},
                    {"preconditioner", "none"},
                    {"rule", plan.rule},
                    {"reasons", plan.reasons},
                    {"candidates", candidates}};
    return json;
}

std::string to_text(const ReadResult& input, const Findings& found, const Plan& plan, bool colour) {
    const Structure& s = found.structure;
    const bool complex = input.info.field == Field::complex;
    const std::string symmetry = symmetry_in_words(s, complex);
    Sheet sheet(colour);
    sheet.row("matrix", printable(input_name(input.info.path)), Tone::strong);
    sheet.row("", matrix_line(input, symmetry));
    sheet.row("file", fmt::format("{}, {}, {}, {}, {} stored", input.info.format, to_string(input.info.layout),
                                  to_string(input.info.field), to_string(input.info.symmetry),
                                  plural(input.info.stored_entries, "entry")));

    sheet.gap();
    sheet.row("entries", fmt::format("{:.1f} a row on average, {} to {}; {} to {} a column",
                                     static_cast<double>(s.nonzeros()) / std::max(s.rows, Index{1}), s.min_row_nonzeros,
                                     s.max_row_nonzeros, s.min_col_nonzeros, s.max_col_nonzeros));
    if (s.explicit_zeros > 0) sheet.row("", fmt::format("{} stored that are zero", plural(s.explicit_zeros, "entry")));
    if (input.info.duplicates > 0)
        sheet.row("", fmt::format("{} added to another at the same place", plural(input.info.duplicates, "entry")));
    if (!s.all_finite && input.info.first_nonfinite)
        sheet.row("",
                  fmt::format("not finite at row {}, column {}{}", input.info.first_nonfinite->row + 1,
                              input.info.first_nonfinite->col + 1,
                              input.info.first_nonfinite->line > 0
                                  ? fmt::format(" (line {})", input.info.first_nonfinite->line)
                                  : ""),
                  Tone::bad);
    const bool empty = s.empty_rows.count > 0 || s.empty_cols.count > 0;
    sheet.row("empty", fmt::format("{}, {}", lines_text(s.empty_rows, "row"), lines_text(s.empty_cols, "column")),
              empty ? Tone::caution : Tone::plain);
    const Index full = std::min(s.rows, s.cols);
    sheet.row("structural rank",
              found.structural_rank == full ? fmt::format("{}, full", count(found.structural_rank))
                                            : fmt::format("{} of {}: no values make this pattern nonsingular",
                                                          count(found.structural_rank), count(full)),
              found.structural_rank == full ? Tone::plain : Tone::caution);

    if (s.square()) {
        sheet.gap();
        if (symmetry != "general")
            sheet.row("symmetry", fmt::format("{}, exactly", symmetry));
        else
            sheet.row("symmetry",
                      fmt::format("none: {} of the pattern is mirrored; values differ by up to {} of their size",
                                  percent(s.pattern_symmetry), scientific(s.symmetric_asymmetry)));
        sheet.row("definite",
                  found.definiteness.verdict == "unknown"
                      ? found.definiteness.evidence
                      : fmt::format("{}: {}",
                                    found.definiteness.verdict == "yes" ? "positive definite" : "not positive definite",
                                    found.definiteness.evidence));
        const auto others =
            s.rows - s.positive_diagonals - s.negative_diagonals - s.zero_diagonals - s.missing_diagonals;
        sheet.row(
            "diagonal",
            fmt::format("{} positive, {} negative, {} zero, {} missing{}; {}{} to {}", count(s.positive_diagonals),
                        count(s.negative_diagonals), count(s.zero_diagonals), count(s.missing_diagonals),
                        others > 0 ? fmt::format(", {} not {}", count(others), complex ? "real" : "a number") : "",
                        complex ? "real parts " : "", scientific(s.min_diagonal), scientific(s.max_diagonal)));
        sheet.row("dominance",
                  fmt::format("rows {}, columns {}", in_words(s.row_dominance), in_words(s.col_dominance)));
        if (s.graph_laplacian)
            sheet.row("kind", "graph Laplacian: constants are in the null space");
        else if (s.l_matrix)
            sheet.row("kind", "signs of an M-matrix: positive diagonal, nothing positive beside it");
        sheet.row("components",
                  found.components->count == found.strong_components.value_or(0)
                      ? fmt::format("{}", plural(found.components->count, "component"))
                      : fmt::format("{}, {} strong (diagonal blocks of the triangular form)",
                                    plural(found.components->count, "component"), count(*found.strong_components)));
    }
    sheet.row("bandwidth", fmt::format("{} below, {} above the diagonal; profile {}", count(s.lower_bandwidth),
                                       count(s.upper_bandwidth), count(s.lower_profile + s.upper_profile)));

    sheet.gap();
    sheet.row("norms", fmt::format("1: {}, infinity: {}, Frobenius: {}", scientific(s.norm_1), scientific(s.norm_inf),
                                   scientific(found.norm_frobenius)));
    sheet.row("magnitudes", fmt::format("{} to {}", scientific(s.min_magnitude), scientific(s.norm_max)));
    if (s.square())
        sheet.row("eigenvalues", fmt::format("real parts in [{}, {}] (Gershgorin)", scientific(s.gershgorin_low),
                                             scientific(s.gershgorin_high)));

    sheet.gap();
    sheet.row("plan", first_method(plan), Tone::strong);
    for (const std::string& reason : plan.reasons) sheet.row("", reason);
    if (plan.chain.size() > 1) {
        std::string rest;
        for (std::size_t k = 1; k < plan.chain.size(); ++k)
            rest += fmt::format("{}{}", rest.empty() ? "" : ", then ", name(plan.chain[k]));
        sheet.row("", "if its answer does not pass the checks: " + rest);
    }
    for (const Candidate& c : plan.candidates)
        sheet.row(&c == &plan.candidates.front() ? "predicted" : "", printable(counted_from_one(candidate_text(c))));
    return std::move(sheet).str();
}

Report run(const Options& options, const Settings& settings) {
    const auto start = std::chrono::steady_clock::now();
    const auto seconds_since_start = [start] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    Progress progress(settings);
    const ReadResult input = read_input(options.matrix, settings, progress, true);
    const double read_seconds = seconds_since_start();
    const Findings found =
        std::visit([&](const auto& A) { return examine(A, options.deep, settings, progress); }, input.matrix);
    progress.stage("predicting the price of a solve");
    const Plan chosen = std::visit(
        [&](const auto& A) {
            return ritz::plan(A, {.analyse_all = options.deep, .max_memory_bytes = memory_left(settings)});
        },
        input.matrix);

    Report report;
    report.warnings = reader_warnings(input.info);
    report.json = to_json(input, found, chosen);
    report.json["warnings"] = report.warnings;
    report.json["seconds"] = {{"read", read_seconds}, {"total", seconds_since_start()}};
    report.json["peak_memory_bytes"] = peak_memory();
    report.text = to_text(input, found, chosen, wants_colour(STDOUT_FILENO));
    return report;
}

std::function<Report(const Settings&)> declare(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.description(
        "Says what can be found out about a matrix without solving, and how solve would go about it.\n"
        "Rows and columns count from 1, as in the file. NaN and infinities are read and reported.");
    add_text(app, "A", options->matrix, "FILE", "the matrix (.mtx, .mtx.gz, .rb, .npz, …; - is standard input)")
        ->required();
    add_flag(
        app, "--deep", options->deep,
        "settle whether A is positive definite by a Cholesky factorisation, and predict the price of every method");
    return [options](const Settings& settings) { return run(*options, settings); };
}

}  // namespace

const Command info_command{"info", "tell all that can be seen of a matrix without solving",
                           "ritz info A.mtx\nritz info A.mtx.gz --json | jq .norms", "A [options]", declare};

}  // namespace ritz::cli
