// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <complex>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/eigensolvers.hpp"
#include "cli/environment.hpp"
#include "cli/files.hpp"
#include "cli/linear_system.hpp"
#include "cli/solve_names.hpp"
#include "cli/spectrum.hpp"
#include "cli/text.hpp"
#include "cli/watch.hpp"
#include "ritz/core/error.hpp"
#include "ritz/eigen/svds.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz::cli {

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr std::int64_t default_k = 6;

struct Options {
    std::string matrix, which = "LM", method = "auto", values, left, right;
    std::optional<std::int64_t> k;
    double rtol = 1e-10;
    std::int64_t subspace = 0, max_applications = -1, seed = 1;
    bool prove = false, no_check = false, keep_best = false;
};

struct Outcome {
    Spectrum found;
    AnyDense U, V;
};

Outcome solved(const AnyCsr& matrix, std::int64_t k, const SvdsOptions& options) {
    try {
        return std::visit(
            [&]<class T>(const Csr<T>& A) {
                const SvdsResult<T> found = svds<T>(CsrView<T>(A), static_cast<Index>(k), options);
                return Outcome{spectrum_of(found, k), AnyDense(found.U), AnyDense(found.V)};
            },
            matrix);
    } catch (const Interrupted& error) {
        Outcome outcome;
        outcome.found.report.status = Status::interrupted;
        outcome.found.report.message = error.what();
        return outcome;
    } catch (const Unsupported& error) {
        throw wrong_usage(error.what(), "ritz methods lists the methods of ritz svds and what each needs");
    } catch (const InvalidArgument& error) {  // the matrix has been looked at: an option
        throw wrong_usage(error.what());
    }
}

Report run(const Options& options, const Settings& settings) {
    const auto start = Clock::now();
    if (options.prove && options.no_check) throw wrong_usage("--prove and --no-check exclude each other");
    const std::vector<SpectrumFile> files{{"--values", options.values, "values"},
                                          {"--left", options.left, "left vectors"},
                                          {"--right", options.right, "right vectors"}};
    check_files(files, {options.matrix}, settings);

    Progress progress(settings);
    const ReadResult input = read_input(options.matrix, settings, progress);
    const std::string matrix_name = input_name(options.matrix);
    const std::int64_t most =
        std::visit([](const auto& A) { return std::min<std::int64_t>(A.rows(), A.cols()); }, input.matrix);
    if (most == 0) throw invalid_input(fmt::format("{}: an empty matrix has no singular values", matrix_name));
    const std::int64_t k = options.k.value_or(std::min<std::int64_t>(default_k, most));
    if (k > most)
        throw wrong_usage(fmt::format("-k {}: {} has {}", k, matrix_name, plural(most, "singular value")),
                          fmt::format("k is at most {}", most));
    if (options.subspace != 0 && options.subspace < std::min(most, k + 2))
        throw wrong_usage(fmt::format("--subspace must be at least k + 2 = {}, not {}", k + 2, options.subspace));
    const double read_seconds = since(start);

    progress.stage("singular values");
    SvdsOptions library{.which = options.which == "SM" ? SvdsWhich::smallest : SvdsWhich::largest,
                        .completeness = options.prove      ? Completeness::prove
                                        : options.no_check ? Completeness::none
                                                           : Completeness::check,
                        .rtol = options.rtol,
                        .subspace = static_cast<Index>(options.subspace),
                        .max_applications = options.max_applications,
                        .max_seconds = seconds_left(settings, since(start)),
                        .max_memory_bytes = memory_left(settings),
                        .seed = static_cast<std::uint64_t>(options.seed),
                        .monitor = shown_on(progress)};
    for (const SvdsMethod method : all_svds_methods())
        if (name(method) == options.method) library.method = method;
    Outcome outcome;
    {
        const OrderlyStop stop;
        library.cancel = &stop.requested();
        outcome = solved(input.matrix, k, library);
    }
    const double solve_seconds = since(start) - read_seconds;
    Spectrum& found = outcome.found;
    found.noun = "singular value";
    found.searched = !options.no_check;
    found.rtol = options.rtol;
    found.wanted = k;

    const std::string symmetry = symmetry_of(input.matrix);
    Report report;
    report.warnings = reader_warnings(input.info);
    const EigenReport& told = found.report;
    for (const std::string& warning : told.warnings)
        if (warning != told.message) report.warnings.push_back(warning);
    report.json["matrix"] = matrix_json(input, symmetry);
    report.json.update(spectrum_json(found, "singular_values"));
    report.json["which"] = options.which;
    const std::vector<std::string> written =
        write_files(files,
                    {[&]() -> AnyDense { return Eigen::MatrixXd(found.values.real()); },
                     [&] { return std::move(outcome.U); }, [&] { return std::move(outcome.V); }},
                    found, options.keep_best, report, progress);
    report.exit_code = exit_code_of(told.status);
    if (const std::string line = finding(found); !has_answer(told.status))
        report.failure = line;
    else if (!line.empty())
        report.warnings.insert(report.warnings.begin(), line);
    if (const std::string slow = blas_warning(blas_in_use()); !slow.empty()) report.warnings.push_back(slow);

    Sheet sheet(wants_colour(report.stdout_taken ? STDERR_FILENO : STDOUT_FILENO));
    sheet.row("matrix", printable(matrix_name), Tone::strong);
    sheet.row("", matrix_line(input, symmetry));
    plan_rows(sheet, found);
    sheet.gap();
    result_rows(sheet, found);
    finish_report(report, sheet, {read_seconds, solve_seconds, since(start)}, written);
    return report;
}

std::function<Report(const Settings&)> declare(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.description(
        "Finds some singular values and vectors of a matrix of any shape, A v = σ u and Aᴴ u = σ v, the largest or\n"
        "the smallest, says how accurate they are and whether any was missed.");
    add_text(app, "A", options->matrix, "FILE", "the matrix (.mtx, .mtx.gz, .rb, .npz, …; - is standard input)")
        ->required();
    add_optional_integer(app, "-k", options->k, {1, 2147483647}, "how many (default 6, or all of a smaller matrix)");
    add_which(app, "--which", options->which, {"LM", "SM"}, "LM the largest (default), SM the smallest");
    add_flag(app, "--prove", options->prove,
             "prove that none was missed, by counting or by computing all; else the result is not proved");
    add_flag(app, "--no-check", options->no_check, "do not look for missed ones: quicker, and as unsafe as usual");
    add_choice(app, "--method", options->method, svds_method_names(),
               fmt::format("{} (default auto); see `ritz methods`", fmt::join(svds_method_names(), ", ")));
    add_real(app, "--rtol", options->rtol, {0, 0.1}, "‖A v - σ u‖ and ‖Aᴴ u - σ v‖ ≤ rtol σ is asked (1e-10)");
    add_integer(app, "--subspace", options->subspace, {2, 1e6}, "vectors kept before a restart (default by k)");
    add_integer(app, "--max-applications", options->max_applications, {1, 1e15},
                "most products with A and its adjoint (default by k)");
    add_integer(app, "--seed", options->seed, {0, 9e15}, "of the random starting vectors (default 1)");
    add_text(app, "--values", options->values, "FILE",
             "write the singular values here, as a column (.mtx, .npy, .txt)");
    add_text(app, "--left", options->left, "FILE", "write the left vectors u here, one a column, likewise");
    add_text(app, "--right", options->right, "FILE", "write the right vectors v here, likewise");
    add_flag(app, "--keep-best", options->keep_best, "write what has converged even when the result is no answer");
    return [options](const Settings& settings) { return run(*options, settings); };
}

}  // namespace

const Command svds_command{
    "svds", "find singular values and vectors of any matrix",
    "ritz svds A.mtx -k 10                           # the ten largest\n"
    "ritz svds A.mtx -k 1 --which SM                 # the smallest: how far A is from singular\n"
    "ritz svds A.mtx -k 3 --left U.mtx --right V.mtx",
    "A [-k 6] [options]", declare};

}  // namespace ritz::cli
