// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <complex>
#include <limits>
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
#include "ritz/eigen/count.hpp"
#include "ritz/eigen/eigs.hpp"
#include "ritz/eigen/eigsh.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz::cli {

namespace {

using Clock = std::chrono::steady_clock;
using Complex = std::complex<double>;

double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr std::int64_t default_k = 6;

struct Options {
    std::string matrix, mass, which = "LM", method = "auto", mode = "shift_invert", values, vectors;
    std::optional<std::int64_t> k;
    std::optional<Complex> sigma;
    std::optional<Ends> interval, count;
    double rtol = 1e-10;
    std::int64_t subspace = 0, block = 0, max_applications = -1, seed = 1;
    bool prove = false, no_check = false, keep_best = false;
};

Completeness completeness(const Options& options) {
    return options.prove ? Completeness::prove : options.no_check ? Completeness::none : Completeness::check;
}

SpectralTransform transform_named(const std::string& mode) {
    if (mode == "buckling") return SpectralTransform::buckling;
    if (mode == "cayley") return SpectralTransform::cayley;
    return SpectralTransform::shift_invert;
}

/// What a command line may contradict in itself, before anything is read.
void check_options(const Options& options) {
    const auto refuse_together = [](bool together, const char* one, const char* other, const char* hint) {
        if (together) throw wrong_usage(fmt::format("{} and {} exclude each other", one, other), hint);
    };
    const bool which = options.which != "LM";
    refuse_together(options.prove && options.no_check, "--prove", "--no-check", "");
    refuse_together(options.sigma && which, "--sigma", "--which", "--sigma finds the eigenvalues nearest to it");
    refuse_together(options.interval && options.k, "--interval", "-k", "--interval finds all eigenvalues in it");
    refuse_together(options.interval && options.sigma, "--interval", "--sigma", "");
    refuse_together(options.interval && which, "--interval", "--which", "--interval finds all eigenvalues in it");
    if (options.interval && options.method != "auto" && options.method != "shift_invert" &&
        options.method != "filtered")
        throw wrong_usage(fmt::format("--interval: not by --method {}", options.method),
                          "known: auto, shift_invert, filtered");
    if (options.interval && !(std::isfinite(options.interval->low) && std::isfinite(options.interval->high)))
        throw wrong_usage("--interval needs finite ends", "--which SA and --which LA find the ends of a spectrum");
    refuse_together(options.count && options.interval, "--count", "--interval",
                    "--interval counts as well, and finds what it counted");
    if (options.count && (options.k || options.sigma || which || !options.values.empty() || !options.vectors.empty()))
        throw wrong_usage("--count computes no eigenvalues", "--interval A B finds those between A and B");
    if (options.mode != "shift_invert" && !options.sigma)
        throw wrong_usage(fmt::format("--mode {} needs a shift", options.mode), "give one with --sigma");
    if (options.mode != "shift_invert" && *options.sigma == Complex(0))
        throw wrong_usage(fmt::format("--mode {} needs a --sigma other than 0", options.mode));
}

/// A v = λ v, or A v = λ M v, as it was read.
struct Pencil {
    ReadResult A;
    std::optional<ReadResult> M;
    Index n = 0;
    bool hermitian = false;    ///< A, and M
    bool to_rounding = false;  ///< but only to rounding
};

Pencil read_pencil(const Options& options, const Settings& settings, Progress& progress) {
    if (options.matrix == "-" && options.mass == "-") throw wrong_usage("A and M cannot both come from standard input");
    Pencil pencil{read_input(options.matrix, settings, progress), {}};
    if (!options.mass.empty()) pencil.M = read_input(options.mass, settings, progress);
    progress.stage("looking at the matrix");
    pencil.hermitian = true;
    const auto look = [&](const ReadResult& input) {
        std::visit(
            [&](const auto& B) {
                if (B.rows() != B.cols())
                    throw invalid_input(fmt::format("{}: eigenvalues are of square matrices, and this one is {} × {}",
                                                    input_name(input.info.path), count(B.rows()), count(B.cols())),
                                        "ritz svds finds singular values of any matrix");
                const Structure structure = analyse_structure(B);
                const bool almost = !structure.hermitian &&
                                    structure.hermitian_asymmetry <= 64 * std::numeric_limits<double>::epsilon();
                pencil.hermitian &= structure.hermitian || almost;
                pencil.to_rounding |= almost;
            },
            input.matrix);
    };
    look(pencil.A);
    if (pencil.M) look(*pencil.M);
    pencil.n = std::visit([](const auto& A) { return A.rows(); }, pencil.A.matrix);
    if (pencil.n == 0)
        throw invalid_input(fmt::format("{}: a matrix without rows has no eigenvalues", input_name(options.matrix)));
    if (pencil.M && std::visit([](const auto& M) { return M.rows(); }, pencil.M->matrix) != pencil.n)
        throw invalid_input(fmt::format("{}: M must have the shape of A, {} × {}", input_name(options.mass),
                                        count(pencil.n), count(pencil.n)));
    return pencil;
}

/// visitor(A, M), both of the same field; M is null if there is none.
template <class Visitor>
auto visit_pencil(const Pencil& pencil, Visitor&& visitor) {
    return std::visit(
        [&]<class T>(const Csr<T>& A) {
            if (!pencil.M) return visitor(A, static_cast<const Csr<T>*>(nullptr));
            return std::visit(
                [&]<class U>(const Csr<U>& M) {
                    if constexpr (std::same_as<T, U>) {
                        return visitor(A, &M);
                    } else if constexpr (is_complex<T>) {
                        const Csr<Complex> wide = convert_values<Complex>(M);
                        return visitor(A, &wide);
                    } else {
                        return visitor(convert_values<Complex>(A), &M);
                    }
                },
                pencil.M->matrix);
        },
        pencil.A.matrix);
}

struct Outcome {
    Spectrum found;
    std::string function;  ///< "eigsh", "eigs"
    AnyDense vectors;
};

/// Runs an eigensolver; what it throws becomes a message with an exit code, or a report without values.
template <class Solve>
Outcome solved(const Options& options, Solve solve) {
    try {
        return solve();
    } catch (const Interrupted& error) {
        Outcome outcome;
        outcome.found.report.status = Status::interrupted;
        outcome.found.report.message = error.what();
        return outcome;
    } catch (const NotPositiveDefinite& error) {
        Failure failure(exit_code::invalid_input, "not_positive_definite", error.what());
        if (!options.mass.empty())
            failure.hint =
                "--method arnoldi takes any M, and eigenvalues may then be complex; --mode buckling --sigma S "
                "takes an indefinite M and a positive semidefinite A";
        throw failure;
    } catch (const SingularMatrix& error) {
        throw Failure(exit_code::no_answer, "singular", error.what());
    } catch (const Unsupported& error) {
        throw wrong_usage(error.what(), "ritz methods lists the eigensolvers and what each needs");
    } catch (const InvalidArgument& error) {  // matrices have been looked at: an option
        throw wrong_usage(error.what());
    }
}

Outcome hermitian(const Pencil& pencil, const Options& options, std::int64_t k, EigshOptions library) {
    library.which = *which_named(options.which);
    if (options.sigma) library.sigma = options.sigma->real();
    library.transform = transform_named(options.mode);
    for (const EigshMethod method : all_eigsh_methods())
        if (name(method) == options.method) library.method = method;
    return visit_pencil(pencil, [&]<class T>(const Csr<T>& A, const Csr<T>* M) {
        const auto found = [&] {
            const CsrView<T> a(A);
            if (options.interval) {
                const auto [low, high] = *options.interval;
                return M ? eigsh_interval<T>(a, CsrView<T>(*M), low, high, library)
                         : eigsh_interval<T>(a, low, high, library);
            }
            const auto few = static_cast<Index>(k);
            return M ? eigsh<T>(a, CsrView<T>(*M), few, library) : eigsh<T>(a, few, library);
        }();
        const std::int64_t wanted = options.interval ? std::max<std::int64_t>(found.values.size(), 0) : k;
        return Outcome{spectrum_of(found, wanted), "eigsh", AnyDense(found.vectors)};
    });
}

Outcome general(const Pencil& pencil, const Options& options, std::int64_t k, EigsOptions library) {
    library.which = *which_named(options.which);
    library.sigma = options.sigma;
    for (const EigsMethod method : all_eigs_methods())
        if (name(method) == options.method) library.method = method;
    return visit_pencil(pencil, [&]<class T>(const Csr<T>& A, const Csr<T>* M) {
        const auto few = static_cast<Index>(k);
        const EigsResult<T> found =
            M ? eigs<T>(CsrView<T>(A), CsrView<T>(*M), few, library) : eigs<T>(CsrView<T>(A), few, library);
        Outcome outcome{spectrum_of(found, k), "eigs", AnyDense(found.vectors)};
        outcome.found.real = false;
        outcome.found.sigma = found.sigma;
        return outcome;
    });
}

/// Options that both solvers have.
template <class Library>
Library common(const Options& options, const Settings& settings, double elapsed, const OrderlyStop& stop,
               Progress& progress) {
    Library library;
    library.completeness = completeness(options);
    library.rtol = options.rtol;
    library.subspace = static_cast<Index>(options.subspace);
    library.max_applications = options.max_applications;
    library.seed = static_cast<std::uint64_t>(options.seed);
    library.max_seconds = seconds_left(settings, elapsed);
    library.max_memory_bytes = memory_left(settings);
    library.cancel = &stop.requested();
    library.monitor = shown_on(progress);
    return library;
}

template <class Methods>
bool knows(const Methods& methods, const std::string& wanted) {
    return std::any_of(methods.begin(), methods.end(), [&](auto method) { return name(method) == wanted; });
}

/// Whether eigsh is the one to ask. \throws Failure (wrong usage) if what was asked for fits neither.
bool goes_to_eigsh(const Pencil& pencil, const Options& options) {
    const bool only_hermitian = !knows(all_eigs_methods(), options.method);
    const bool only_general = !knows(all_eigsh_methods(), options.method);
    const Which which = *which_named(options.which);
    const bool by_end =
        which == Which::largest_algebraic || which == Which::smallest_algebraic || which == Which::both_ends;
    const bool by_part = which >= Which::largest_real;
    const std::string matrices = pencil.M ? "A and M" : "A";
    const std::string are = pencil.M ? "are" : "is";
    if (pencil.hermitian && !only_general) {
        if (which == Which::largest_imaginary || which == Which::smallest_imaginary)
            throw wrong_usage(
                fmt::format("--which {}: {} {} Hermitian, and eigenvalues are real", options.which, matrices, are),
                "take LA or SA, or LM or SM");
        if (options.sigma && options.sigma->imag() != 0)
            throw wrong_usage(fmt::format("--sigma: {} {} Hermitian, and eigenvalues are real", matrices, are),
                              "give a real shift");
        return true;
    }
    const std::string why = pencil.hermitian ? fmt::format("--method {} is for general matrices", options.method)
                                             : fmt::format("{} {} not Hermitian", matrices, are);
    if (only_hermitian)
        throw wrong_usage(fmt::format("--method {}: {}", options.method, why),
                          "known: auto, dense, arnoldi, shift_invert");
    if (by_end && !by_part)
        throw wrong_usage(fmt::format("--which {}: {}, and eigenvalues may be complex", options.which, why),
                          "known: LM, SM, LR, SR, LI, SI; LR is the largest real part");
    if (options.interval || options.count)
        throw wrong_usage(
            fmt::format("{}: {}, and eigenvalues may be complex", options.interval ? "--interval" : "--count", why),
            "--sigma RE,IM finds those nearest to a point");
    if (options.mode != "shift_invert") throw wrong_usage(fmt::format("--mode {}: {}", options.mode, why));
    if (options.block != 0) throw wrong_usage(fmt::format("--block: {}", why));
    return false;
}

Json mass_json(const Pencil& pencil) {
    return pencil.M ? matrix_json(*pencil.M, symmetry_of(pencil.M->matrix)) : Json(nullptr);
}

void matrix_rows(Sheet& sheet, const Pencil& pencil) {
    sheet.row("matrix", printable(input_name(pencil.A.info.path)), Tone::strong);
    sheet.row("", matrix_line(pencil.A, symmetry_of(pencil.A.matrix)));
    if (!pencil.M) return;
    sheet.row("mass matrix", printable(input_name(pencil.M->info.path)), Tone::strong);
    sheet.row("", matrix_line(*pencil.M, symmetry_of(pencil.M->matrix)));
}

std::vector<std::string> input_warnings(const Pencil& pencil) {
    std::vector<std::string> warnings = reader_warnings(pencil.A.info);
    if (pencil.M)
        for (std::string& warning : reader_warnings(pencil.M->info)) warnings.push_back(std::move(warning));
    return warnings;
}

/// --count: how many lie in the interval, without computing any.
Report count_only(const Pencil& pencil, const Options& options, const Settings& settings, Clock::time_point start,
                  Progress& progress) {
    const double read_seconds = since(start);
    progress.stage("counting eigenvalues");
    const auto [low, high] = *options.count;
    EigenvalueCount counted;
    try {
        counted = visit_pencil(pencil, [&]<class T>(const Csr<T>& A, const Csr<T>* M) {
            const CountOptions library{.max_memory_bytes = memory_left(settings)};
            return M ? count_eigenvalues<T>(CsrView<T>(A), CsrView<T>(*M), low, high, library)
                     : count_eigenvalues<T>(CsrView<T>(A), low, high, library);
        });
    } catch (const NotPositiveDefinite& error) {
        throw Failure(exit_code::invalid_input, "not_positive_definite", error.what());
    } catch (const SingularMatrix& error) {
        throw Failure(exit_code::no_answer, "singular", error.what());
    }
    const double total = since(start);
    Report report;
    report.warnings = input_warnings(pencil);
    const auto moved = [](double asked, double used) { return std::isfinite(asked) && asked != used; };
    if (moved(low, counted.low) || moved(high, counted.high))
        report.warnings.push_back(fmt::format(
            "an end is an eigenvalue to rounding; counted in [{}, {}], which holds it", counted.low, counted.high));
    report.json["matrix"] = matrix_json(pencil.A, symmetry_of(pencil.A.matrix));
    report.json["mass"] = mass_json(pencil);
    report.json["count"] = counted.count;
    report.json["interval"] = {number(counted.low), number(counted.high)};
    report.json["status"] = name(Status::solved);

    Sheet sheet(wants_colour(STDOUT_FILENO));
    matrix_rows(sheet, pencil);
    sheet.row("plan", "count by inertia", Tone::strong);
    sheet.row("", "signs of the pivots of a factorisation at each end of the interval");
    sheet.gap();
    const std::string place = std::isinf(low) && std::isinf(high) ? "in all"
                              : std::isinf(low)                   ? fmt::format("up to {}", high)
                              : std::isinf(high)                  ? fmt::format("from {} on", low)
                                                                  : fmt::format("in [{}, {}]", low, high);
    sheet.row("result", fmt::format("{} {}", plural(counted.count, "eigenvalue"), place), Tone::good);
    sheet.row("", "multiple ones are counted as often as they are; no eigenvalue was computed");
    finish_report(report, sheet, {read_seconds, total - read_seconds, total}, {});
    return report;
}

Report run(const Options& options, const Settings& settings) {
    const auto start = Clock::now();
    check_options(options);
    const std::vector<SpectrumFile> files{{"--values", options.values, "values"},
                                          {"--vectors", options.vectors, "vectors"}};
    check_files(files, {options.matrix, options.mass}, settings);

    Progress progress(settings);
    const Pencil pencil = read_pencil(options, settings, progress);
    const bool to_eigsh = goes_to_eigsh(pencil, options);
    if (options.count) return count_only(pencil, options, settings, start, progress);
    if (!to_eigsh)
        for (const SpectrumFile& file : files)
            if (file.path.ends_with(".txt"))
                throw wrong_usage(fmt::format("{} {}: plain text holds real numbers only, and these may be complex",
                                              file.option, file.path),
                                  "write .mtx or .npy");
    if (!to_eigsh)
        for (const SpectrumFile& file : files)
            if (file.path.ends_with(".txt"))
                throw wrong_usage(fmt::format("{} {}: plain text holds real numbers only, and these may be complex",
                                              file.option, file.path),
                                  "write .mtx or .npy");
    const std::int64_t k = options.k.value_or(std::min<std::int64_t>(default_k, pencil.n));
    if (k > pencil.n)
        throw wrong_usage(fmt::format("-k {}: {} has {}", k, input_name(options.matrix), plural(pencil.n, "row")),
                          fmt::format("k is at most {}", pencil.n));
    const std::int64_t least = std::min<std::int64_t>(pencil.n, k + 2);
    if (options.subspace != 0 && options.subspace < least)
        throw wrong_usage(fmt::format("--subspace must be at least k + 2 = {}, not {}", k + 2, options.subspace));
    const double read_seconds = since(start);

    progress.stage("eigenvalues");
    Options asked = options;
    if (to_eigsh && options.which == "LR") asked.which = "LA";
    if (to_eigsh && options.which == "SR") asked.which = "SA";
    Outcome outcome;
    {
        const OrderlyStop stop;
        outcome = solved(options, [&] {
            if (!to_eigsh)
                return general(pencil, asked, k, common<EigsOptions>(options, settings, since(start), stop, progress));
            auto library = common<EigshOptions>(options, settings, since(start), stop, progress);
            library.block = static_cast<Index>(options.block);
            return hermitian(pencil, asked, k, std::move(library));
        });
    }
    const double solve_seconds = since(start) - read_seconds;
    Spectrum& found = outcome.found;
    found.searched = !options.no_check;
    found.rtol = options.rtol;
    found.generalised = pencil.M.has_value();
    if (!options.interval) found.wanted = k;
    const std::string matrices = pencil.M ? "A and M are" : "A is";
    found.report.reasons.insert(found.report.reasons.begin(),
                                !pencil.hermitian
                                    ? fmt::format("{} not Hermitian: eigenvalues may be complex (eigs)", matrices)
                                : to_eigsh ? fmt::format("{} {}: eigenvalues are real (eigsh)", matrices,
                                                         pencil.to_rounding ? "Hermitian to rounding" : "Hermitian")
                                           : "treated as a general matrix, as asked for (eigs)");

    Report report;
    report.warnings = input_warnings(pencil);
    const EigenReport& told = found.report;
    for (const std::string& warning : told.warnings)
        if (warning != told.message) report.warnings.push_back(warning);
    report.json["matrix"] = matrix_json(pencil.A, symmetry_of(pencil.A.matrix));
    report.json["mass"] = mass_json(pencil);
    report.json.update(spectrum_json(found, "eigenvalues"));
    report.json["plan"]["function"] = outcome.function;
    report.json["which"] = options.sigma || options.interval ? Json(nullptr) : Json(options.which);
    report.json["interval"] =
        options.interval ? Json{number(options.interval->low), number(options.interval->high)} : Json(nullptr);
    const std::vector<std::string> written = write_files(files,
                                                         {[&]() -> AnyDense {
                                                              if (found.real)
                                                                  return Eigen::MatrixXd(found.values.real());
                                                              return Eigen::MatrixXcd(found.values);
                                                          },
                                                          [&] { return std::move(outcome.vectors); }},
                                                         found, options.keep_best, report, progress);
    report.exit_code = exit_code_of(told.status);
    if (const std::string line = finding(found); !has_answer(told.status))
        report.failure = line;
    else if (!line.empty())
        report.warnings.insert(report.warnings.begin(), line);
    if (const std::string slow = blas_warning(blas_in_use()); !slow.empty()) report.warnings.push_back(slow);

    Sheet sheet(wants_colour(report.stdout_taken ? STDERR_FILENO : STDOUT_FILENO));
    matrix_rows(sheet, pencil);
    plan_rows(sheet, found);
    sheet.gap();
    result_rows(sheet, found);
    finish_report(report, sheet, {read_seconds, solve_seconds, since(start)}, written);
    return report;
}

std::function<Report(const Settings&)> declare(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.description(
        "Finds some eigenvalues and eigenvectors of A v = λ v, or A v = λ M v, says how accurate they are and whether\n"
        "any was missed. Hermitian matrices have real eigenvalues, and their completeness can be proved.");
    add_text(app, "A", options->matrix, "FILE", "the matrix (.mtx, .mtx.gz, .rb, .npz, …; - is standard input)")
        ->required();
    add_text(app, "-M,--mass", options->mass, "FILE", "the second matrix of A v = λ M v");
    add_optional_integer(app, "-k", options->k, {1, 2147483647}, "how many (default 6, or all of a smaller matrix)");
    std::vector<std::string> parts;
    for (const Which which : all_which()) parts.emplace_back(name(which));
    add_which(app, "--which", options->which, parts,
              "LM largest, SM smallest magnitude (default LM); LA largest, SA smallest, BE both ends, of Hermitian "
              "matrices; LR, SR, LI, SI largest and smallest real and imaginary part, of others");
    add_complex(app, "--sigma", options->sigma, "those nearest to this: a number, or RE,IM where A is not Hermitian");
    add_ends(app, "--interval", options->interval, "all of them from A to B, counted first (Hermitian)");
    add_ends(app, "--count", options->count, "only count those from A to B, which may be -inf and inf (Hermitian)");
    add_flag(app, "--prove", options->prove,
             "prove that none was missed, by counting (Hermitian) or by computing all; else the result is not proved");
    add_flag(app, "--no-check", options->no_check, "do not look for missed ones: quicker, and as unsafe as usual");
    add_choice(app, "--method", options->method, eigs_method_names(),
               fmt::format("{} (default auto); see `ritz methods`", fmt::join(eigs_method_names(), ", ")));
    add_choice(app, "--mode", options->mode, {"shift_invert", "buckling", "cayley"},
               "shift_invert, buckling, cayley: what is iterated with where a shift is inverted");
    add_real(app, "--rtol", options->rtol, {0, 0.1}, "‖A v - λ M v‖ ≤ rtol |λ| ‖M v‖ is asked of a pair (1e-10)");
    add_integer(app, "--subspace", options->subspace, {2, 1e6}, "vectors kept before a restart (default by k)");
    add_integer(app, "--block", options->block, {1, 64}, "vectors multiplied at once (Hermitian; default chosen)");
    add_integer(app, "--max-applications", options->max_applications, {1, 1e15},
                "most products with A, or solves (default by k and n)");
    add_integer(app, "--seed", options->seed, {0, 9e15}, "of the random starting vectors (default 1)");
    add_text(app, "--values", options->values, "FILE", "write the eigenvalues here, as a column (.mtx, .npy, .txt)");
    add_text(app, "--vectors", options->vectors, "FILE", "write the eigenvectors here, one a column, likewise");
    add_flag(app, "--keep-best", options->keep_best, "write what has converged even when the result is no answer");
    return [options](const Settings& settings) { return run(*options, settings); };
}

}  // namespace

const Command eigs_command{"eigs", "find eigenvalues and eigenvectors, and whether any was missed",
                           "ritz eigs A.mtx -k 10 --which SA --prove      # the ten smallest, and that they are\n"
                           "ritz eigs K.mtx -M M.mtx --sigma 0 --vectors V.mtx\n"
                           "ritz eigs A.mtx --interval 0.5 2",
                           "A [-M M] [-k 6] [options]", declare};

}  // namespace ritz::cli
