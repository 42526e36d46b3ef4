// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What `ritz eigs` and `ritz svds` share: values with what is known about them, as text and as JSON.

#include <complex>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/console.hpp"
#include "cli/report.hpp"
#include "cli/settings.hpp"
#include "cli/text.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/eigen/report.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz::cli {

/// Eigenvalues or singular values that were found.
struct Spectrum {
    std::string noun = "eigenvalue";
    Eigen::VectorXcd values;
    bool real = true;              ///< values are told as real numbers
    Eigen::VectorXd residuals;     ///< one a value
    Eigen::VectorXd error_bounds;  ///< likewise; NaN where no bound is known
    double rtol = 1e-10;           ///< that residuals were asked to meet
    bool generalised = false;      ///< residuals are in units of ‖M v‖
    std::int64_t wanted = 0;       ///< k
    bool searched = true;          ///< missed ones were looked for
    std::optional<std::complex<double>> sigma;
    EigenReport report;
};

/// A result of the library, whose numbers may be of either field.
template <class Result>
Spectrum spectrum_of(const Result& result, std::int64_t wanted) {
    Spectrum found;
    found.values = result.values.template cast<std::complex<double>>();
    found.residuals = result.residuals;
    found.error_bounds = result.error_bounds;
    found.wanted = wanted;
    found.report = result.report;
    if (result.report.sigma) found.sigma = *result.report.sigma;
    return found;
}

/// `value` with the digits that an error of `bound` leaves certain, to within one unit of the last; "0" if none is.
/// At most 16 digits.
std::string certain_digits(double value, double bound);

/// [re, im], or a number where `real`.
Json value_json(std::complex<double> value, bool real);

/// `<key>[] residuals[] error_bounds[] status proved …`, as design and docs/guide/program.md name them.
Json spectrum_json(const Spectrum& found, const std::string& key);

/// The plan with its reasons, then the table of values, the result and how complete it is.
void plan_rows(Sheet& sheet, const Spectrum& found);
void result_rows(Sheet& sheet, const Spectrum& found);

/// "1,234 products with A, 12 restarts, …".
std::string work_in_words(const Spectrum& found);

/// Why the values may not be all of those wanted, or may be trusted to be: one sentence.
std::string completeness_in_words(const Spectrum& found);

/// The one line for stderr of a status other than solved and converged; "" of those.
std::string finding(const Spectrum& found);

/// For the option `monitor` of eigensolvers: shows on the progress line how far they are.
std::function<bool(const EigenState&)> shown_on(Progress& progress);

/// A file that takes values or vectors.
struct SpectrumFile {
    std::string option;  ///< "--vectors"
    std::string path;    ///< "": not asked for
    std::string noun;    ///< "the vectors"
};

/// Refuses files that could not be written, that are the same, or that are one of `inputs`.
/// \throws Failure (wrong usage, or output failed).
void check_files(const std::vector<SpectrumFile>& files, const std::vector<std::string>& inputs,
                 const Settings& settings);

/// Writes what was asked for if it is an answer, or `keep_best`; otherwise adds a warning. Sets report.stdout_taken and
/// the `written[]` of its JSON; hands back the names of the files.
std::vector<std::string> write_files(const std::vector<SpectrumFile>& files,
                                     const std::vector<std::function<AnyDense()>>& contents, const Spectrum& found,
                                     bool keep_best, Report& report, Progress& progress);

struct SpectrumTimes {
    double read, solve, total;
};

/// What every report ends with: warnings, times and memory for its JSON, the last rows of its sheet; sets its text.
void finish_report(Report& report, Sheet& sheet, const SpectrumTimes& times, const std::vector<std::string>& written);

/// What is left of --max-time for an eigensolver that began at `elapsed` seconds, with some to report; 0: no limit.
double seconds_left(const Settings& settings, double elapsed);

}  // namespace ritz::cli
