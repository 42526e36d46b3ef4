// SPDX-License-Identifier: BSD-3-Clause
#include "cli/spectrum.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <system_error>

#include "cli/files.hpp"
#include "cli/solve_names.hpp"
#include "cli/watch.hpp"
#include "ritz/core/status.hpp"

namespace ritz::cli {

namespace {

constexpr Eigen::Index shortened_from = 30;  // rows of a table on a terminal
constexpr Eigen::Index shown_at_most = 20;

/// The exponent q of the last decimal place that is certain to one unit: rounding to it and the error are at most 10^q.
int last_place(double value, double bound) {
    const double magnitude = std::abs(value);
    const int leading = magnitude > 0 ? static_cast<int>(std::floor(std::log10(magnitude))) : 0;
    const int finest = leading - 15;
    if (!(bound > 0)) return finest;
    return std::max(finest, static_cast<int>(std::ceil(std::log10(2 * bound))));
}

std::string to_place(double value, int place) {
    const double magnitude = std::abs(value);
    if (magnitude == 0 || std::log10(magnitude) < place - 0.302) return "0";  // less than half a unit
    const int digits = std::max(0, static_cast<int>(std::floor(std::log10(magnitude))) - place);
    if (place <= 0 && magnitude < 1e12 && magnitude >= 1e-4) return fmt::format("{:.{}f}", value, -place);
    return fmt::format("{:.{}e}", value, digits);
}

/// Where no bound is known, digits are those that the residual would promise of a normal matrix.
double known_error(const Spectrum& found, Eigen::Index i) {
    if (std::isfinite(found.error_bounds[i])) return found.error_bounds[i];
    return std::max(found.rtol * std::abs(found.values[i]), found.generalised ? 0.0 : found.residuals[i]);
}

std::string value_text(const Spectrum& found, Eigen::Index i) {
    const std::complex<double> value = found.values[i];
    const double error = known_error(found, i);
    if (found.real || value.imag() == 0) return certain_digits(value.real(), error);
    const int place = std::max(last_place(std::abs(value), error), -300);
    return fmt::format("{} {} {}i", to_place(value.real(), place), value.imag() < 0 ? "-" : "+",
                       to_place(std::abs(value.imag()), place));
}

/// Columns before the decimal point: numbers of one table stand with their points under each other.
std::size_t before_point(const std::string& text) {
    return std::min({text.find('.'), text.find('e'), text.find(' '), text.size()});
}

std::string iterations_noun(const std::string& method) {
    if (method == "dense") return "";
    return method == "lobpcg" ? "step" : "restart";
}

}  // namespace

std::string certain_digits(double value, double bound) {
    if (!std::isfinite(value)) return "unknown";
    if (std::isnan(bound)) bound = 0;
    if (std::isinf(bound)) return "unknown";
    return to_place(value, last_place(value, bound));
}

Json value_json(std::complex<double> value, bool real) {
    if (real) return number(value.real());
    return Json::array({number(value.real()), number(value.imag())});
}

Json spectrum_json(const Spectrum& found, const std::string& key) {
    const EigenReport& report = found.report;
    Json json;
    json["plan"] = {{"method", report.method}, {"reasons", report.reasons}};
    json[key] = Json::array();
    for (const auto& value : found.values) json[key].push_back(value_json(value, found.real));
    json["residuals"] = Json::array();
    for (const double norm : found.residuals) json["residuals"].push_back(number(norm));
    json["error_bounds"] = Json::array();
    for (const double bound : found.error_bounds) json["error_bounds"].push_back(number(bound));
    json["status"] = name(report.status);
    json["message"] = report.message.empty() ? Json(nullptr) : Json(report.message);
    json["proved"] = nullptr;
    if (report.proof)
        json["proved"] = {{"by", report.proof->by},
                          {"where", report.proof->where},
                          {"count", report.proof->count},
                          {"shift", number(report.proof->shift)},
                          {"other_shift", number(report.proof->other_shift)}};
    json["k"] = found.wanted;
    json["converged"] = found.values.size();
    json["sigma"] = found.sigma ? value_json(*found.sigma, found.sigma->imag() == 0) : Json(nullptr);
    json["iterations"] = report.iterations;
    json["operator_applications"] = report.operator_applications;
    json["factorizations"] = report.factorizations;
    json["orthogonality"] = number(report.orthogonality);
    json["norm_estimate"] = number(report.norm_estimate);
    json["memory_bytes"] = report.memory_bytes;
    return json;
}

void plan_rows(Sheet& sheet, const Spectrum& found) {
    sheet.row("plan", found.report.method.empty() ? "none" : found.report.method, Tone::strong);
    for (const std::string& reason : found.report.reasons) sheet.row("", printable(reason));
}

void result_rows(Sheet& sheet, const Spectrum& found) {
    const EigenReport& report = found.report;
    const Tone tone = report.status == Status::solved || report.status == Status::converged ? Tone::good
                      : has_answer(report.status)                                           ? Tone::caution
                                                                                            : Tone::bad;
    const Eigen::Index n = found.values.size();
    std::string result = in_words(report.status);
    if (n < found.wanted) result += fmt::format(": {} of {} {}s", count(n), count(found.wanted), found.noun);
    sheet.row("result", result, tone);
    if (!report.message.empty()) sheet.row("", printable(report.message));
    const std::string complete = completeness_in_words(found);
    if (!complete.empty()) sheet.row("completeness", complete);

    if (n > 0) {
        sheet.gap();
        const bool shorten = n > shortened_from && isatty(STDOUT_FILENO) == 1;
        const Eigen::Index shown = shorten ? shown_at_most : n;
        std::vector<std::string> texts;
        std::size_t left = 0, right = 0;
        for (Eigen::Index i = 0; i < shown; ++i) {
            texts.push_back(value_text(found, i));
            left = std::max(left, before_point(texts.back()));
            right = std::max(right, texts.back().size() - before_point(texts.back()));
        }
        const std::size_t width = std::max<std::size_t>(left + right, 12);
        sheet.line(fmt::format("  {:>5}  {:<{}}  {:>9}  {:>11}", "", found.noun, width, "residual", "error bound"),
                   Tone::strong);
        for (Eigen::Index i = 0; i < shown; ++i) {
            const std::string& text = texts[static_cast<std::size_t>(i)];
            sheet.line(fmt::format("  {:>5}  {:<{}}  {:>9}  {:>11}", i + 1,
                                   std::string(left - before_point(text), ' ') + text, width,
                                   scientific(found.residuals[i]), scientific(found.error_bounds[i])));
        }
        if (shorten) sheet.line(fmt::format("         … {} more; --values writes them", count(n - shown)), Tone::dim);
        if (!found.error_bounds.array().isFinite().all()) {
            sheet.line(found.real ? "         no error bound is known here: digits are those of the residual"
                                  : "         A is not normal, and how sensitive its eigenvalues are was not computed:",
                       Tone::dim);
            if (!found.real) sheet.line("         digits are those of the residual", Tone::dim);
        }
    }
    sheet.gap();
    sheet.row("work", work_in_words(found));
    if (found.sigma)
        sheet.row("sigma", found.sigma->imag() == 0
                               ? fmt::format("{}", found.sigma->real())
                               : fmt::format("{} {} {}i", found.sigma->real(), found.sigma->imag() < 0 ? '-' : '+',
                                             std::abs(found.sigma->imag())));
    if (n > 1 && (found.real || report.orthogonality > 0))
        sheet.row("orthogonality", fmt::format("{:<10} of the {}", scientific(report.orthogonality),
                                               found.real ? "vectors" : "Schur vectors"));
}

std::string work_in_words(const Spectrum& found) {
    const EigenReport& report = found.report;
    const bool inverted = report.factorizations > 0;
    std::string text;
    const auto add = [&text](std::int64_t n, std::string_view noun) {
        if (n > 0) text += (text.empty() ? "" : ", ") + plural(n, noun);
    };
    add(report.factorizations, "factorisation");
    if (report.operator_applications > 0)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count(report.operator_applications),
                            inverted ? "products or solves" : "products");
    if (const std::string noun = iterations_noun(report.method); !noun.empty()) add(report.iterations, noun);
    return text.empty() ? "all at once, by LAPACK" : text;
}

std::string completeness_in_words(const Spectrum& found) {
    const EigenReport& report = found.report;
    const std::string nouns = found.noun + "s";
    if (!has_answer(report.status)) return "";
    if (!report.proof)
        return found.searched ? "checked by a second run, not proved" : "not checked: multiple ones may be missing";
    const CompletenessProof& proof = *report.proof;
    if (proof.by == "dense") return fmt::format("proved: all {} were computed", nouns);
    const std::string how = "by " + proof.by;
    const std::string counted = fmt::format("proved complete: {}", plural(proof.count, found.noun));
    const auto cut = [](double shift) { return fmt::format("{:.6g}", shift); };
    if (std::isfinite(proof.other_shift) && proof.shift == proof.other_shift)
        return fmt::format("proved complete: the values are {} to their error bounds, so that none can be nearer",
                           cut(proof.shift));
    if (std::isfinite(proof.other_shift)) {
        const double low = std::min(proof.shift, proof.other_shift), high = std::max(proof.shift, proof.other_shift);
        return fmt::format("{} {} {} and {} {}", counted, proof.where == "outside" ? "outside of" : "between", cut(low),
                           cut(high), how);
    }
    const bool fewer = proof.count < static_cast<Index>(found.values.size());
    return fmt::format("{} {} {} {}{}", counted, proof.where, cut(proof.shift), how,
                       fewer ? "; the others found lie at that cut" : "");
}

std::string finding(const Spectrum& found) {
    const Status status = found.report.status;
    if (status == Status::solved || status == Status::converged) return "";
    std::string text = in_words(status);
    if (!found.report.message.empty()) text += ": " + found.report.message;
    if (found.values.size() < found.wanted)
        text += fmt::format("{} {} of {} {}s converged", has_answer(status) || found.report.message.empty() ? ":" : ";",
                            count(found.values.size()), count(found.wanted), found.noun);
    return text;
}

std::function<bool(const EigenState&)> shown_on(Progress& progress) {
    if (!progress.shown()) return {};
    return [&progress](const EigenState& state) {
        // Of those still running: all but the `converged` smallest.
        std::vector<double> residuals(state.residuals.begin(), state.residuals.end());
        std::ranges::sort(residuals);
        const auto converged = static_cast<std::size_t>(std::max<Index>(state.converged, 0));
        const bool running = converged < residuals.size();
        const double least = running ? residuals[converged] : 0, largest = running ? residuals.back() : 0;
        progress.detail(fmt::format("{} of {}{}, {} products", state.converged, state.wanted,
                                    running ? fmt::format(", residuals {:.0e} to {:.0e}", least, largest) : "",
                                    count(state.operator_applications)));
        return false;
    };
}

void check_files(const std::vector<SpectrumFile>& files, const std::vector<std::string>& inputs,
                 const Settings& settings) {
    std::error_code absent;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const SpectrumFile& file = files[i];
        if (file.path.empty()) continue;
        if (file.path == "-" && settings.json)
            throw wrong_usage(fmt::format("--json and {} cannot both go to standard output", file.noun),
                              fmt::format("name a file with {} x.mtx", file.option));
        for (std::size_t j = 0; j < i; ++j)
            if (files[j].path == file.path)
                throw wrong_usage(fmt::format("{} and {} name the same file", files[j].option, file.option));
        check_output(file.path, Contents::dense);
        for (const std::string& input : inputs)
            if (!input.empty() && input != "-" && std::filesystem::equivalent(input, file.path, absent))
                throw wrong_usage(fmt::format("{}: {} would replace a matrix that is read", file.path, file.noun),
                                  fmt::format("name another file with {}", file.option));
    }
}

std::vector<std::string> write_files(const std::vector<SpectrumFile>& files,
                                     const std::vector<std::function<AnyDense()>>& contents, const Spectrum& found,
                                     bool keep_best, Report& report, Progress& progress) {
    std::vector<std::string> written;
    report.json["written"] = Json::array();
    for (std::size_t i = 0; i < files.size(); ++i) {
        const SpectrumFile& file = files[i];
        if (file.path.empty()) continue;
        report.stdout_taken |= file.path == "-";
        const bool any = found.values.size() > 0;
        if (any && (has_answer(found.report.status) || keep_best)) {
            write_output(file.path, contents[i](), {}, progress);
            written.push_back(file.path == "-" ? "standard output" : file.path);
            report.json["written"].push_back(file.path);
        } else {
            report.warnings.push_back(fmt::format("{} were not written to {}{}", file.noun, file.path,
                                                  any ? " (--keep-best writes what has converged)" : ""));
        }
    }
    return written;
}

void finish_report(Report& report, Sheet& sheet, const SpectrumTimes& times, const std::vector<std::string>& written) {
    report.json["warnings"] = report.warnings;
    report.json["seconds"] = {{"read", times.read}, {"solve", times.solve}, {"total", times.total}};
    report.json["peak_memory_bytes"] = peak_memory();
    sheet.gap();
    sheet.row("time", fmt::format("read {}, solve {}, total {}", seconds(times.read), seconds(times.solve),
                                  seconds(times.total)));
    sheet.row("memory", fmt::format("{} at the peak", bytes(peak_memory())));
    for (std::size_t i = 0; i < written.size(); ++i)
        sheet.row(i == 0 ? "written" : "", printable(written[i]), Tone::strong);
    report.text = std::move(sheet).str();
}

double seconds_left(const Settings& settings, double elapsed) {
    return settings.max_time > 0 ? std::max(0.95 * settings.max_time - elapsed, 1e-3) : 0;
}

}  // namespace ritz::cli
