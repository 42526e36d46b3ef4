// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/files.hpp"
#include "cli/text.hpp"
#include "cli/watch.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/io/files.hpp"

namespace ritz::cli {

namespace {

struct Options {
    std::string input, output, symmetry = "keep", layout = "keep";
};

std::optional<Symmetry> symmetry_named(std::string_view name) {
    for (Symmetry each : {Symmetry::general, Symmetry::symmetric, Symmetry::skew_symmetric, Symmetry::hermitian})
        if (name == to_string(each)) return each;
    return std::nullopt;
}

/// True if OUT can hold any kind of number, and a half of a matrix. A name such as x.rua decides both by itself.
bool keeps_field_and_symmetry(const std::string& path) {
    const std::optional<FileFormat> format = format_of_name(path);
    if (format != FileFormat::harwell_boeing) return !format || format == FileFormat::matrix_market;
    std::filesystem::path name(path);
    const auto extension = [&name] {
        std::string text = name.extension().string();
        std::transform(text.begin(), text.end(), text.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        return text;
    };
    if (extension() == ".gz") name = name.stem();
    return extension() == ".rb" || extension() == ".hb";
}

/// Whether every element is written: as asked, as OUT's format allows, otherwise as IN has it.
bool writes_dense(const Options& options, Layout of_input) {
    if (options.layout != "keep") return options.layout == "array";
    const std::optional<FileFormat> format = format_of_name(options.output);
    if (format == FileFormat::npy || format == FileFormat::text) return true;
    if (format == FileFormat::npz || format == FileFormat::harwell_boeing) return false;
    return of_input == Layout::array;
}

Report run(const Options& options, const Settings& settings) {
    const auto start = std::chrono::steady_clock::now();
    if (options.output == "-" && settings.json)
        throw wrong_usage("--json and the matrix cannot both go to standard output", "name a file");
    check_output(options.output, options.layout == "array"        ? Contents::dense
                                 : options.layout == "coordinate" ? Contents::sparse
                                                                  : Contents::either);

    Progress progress(settings);
    const ReadResult input = read_input(options.input, settings, progress, true);

    // Numbers stay what they were where OUT can say so; a pattern whose duplicates were added up is one no more.
    const bool dense = writes_dense(options, input.info.layout);
    const bool keeps = keeps_field_and_symmetry(options.output);
    WriteOptions write;
    if (options.symmetry != "keep")
        write.symmetry = symmetry_named(options.symmetry);
    else if (keeps)
        write.symmetry = input.info.symmetry;
    if (keeps && input.info.field == Field::integer) write.field = Field::integer;
    if (keeps && input.info.field == Field::pattern && !dense)
        write.field = input.info.duplicates == 0 ? Field::pattern : Field::integer;

    try {
        if (dense)
            std::visit([&](const auto& A) { write_output(options.output, AnyDense(to_dense(A)), write, progress); },
                       input.matrix);
        else
            write_output(options.output, input.matrix, write, progress);
    } catch (const Unsupported& error) {
        throw wrong_usage(error.what());
    } catch (const InvalidArgument& error) {
        throw invalid_input(error.what());
    }

    Report report;
    report.stdout_taken = options.output == "-";
    report.warnings = reader_warnings(input.info);
    if (input.info.first_nonfinite)
        report.warnings.push_back(fmt::format("{}: not finite at row {}, column {}", input_name(options.input),
                                              input.info.first_nonfinite->row + 1,
                                              input.info.first_nonfinite->col + 1));
    report.json["status"] = "written";
    report.json["matrix"] = matrix_json(input, to_string(input.info.symmetry));
    report.json["written"] = options.output;
    report.json["warnings"] = report.warnings;
    const double seconds_taken = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report.json["seconds"] = {{"total", seconds_taken}};
    report.json["peak_memory_bytes"] = peak_memory();
    if (!report.stdout_taken) {
        Sheet sheet(wants_colour(STDOUT_FILENO));
        sheet.row("read", printable(input_name(options.input)));
        sheet.row("", matrix_line(input, input.info.symmetry == Symmetry::general ? "every entry stored"
                                                                                  : to_string(input.info.symmetry)));
        sheet.row("written", printable(options.output), Tone::strong);
        std::error_code error;
        if (const auto size = std::filesystem::file_size(options.output, error); !error)
            sheet.row("", fmt::format("{} in {}", bytes(size), seconds(seconds_taken)));
        report.text = std::move(sheet).str();
    }
    return report;
}

std::function<Report(const Settings&)> declare(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.description(
        "Converts a matrix from one file format to another. What IN holds decides how it is read; the name OUT "
        "decides\n"
        "how it is written: .mtx .rb .rua .rsa .hb .npz .npy .petsc .txt, compressed when .gz follows.");
    add_text(app, "IN", options->input, "FILE", "what to read (- is standard input)")->required();
    add_text(app, "OUT", options->output, "FILE", "what to write (- is standard output, as Matrix Market)")->required();
    add_choice(app, "--symmetry", options->symmetry,
               {"keep", "auto", "general", "symmetric", "skew-symmetric", "hermitian"},
               "what is stored: keep what IN stores where OUT can (default), auto for one triangle where that says it "
               "all, general for "
               "every entry");
    add_choice(app, "--layout", options->layout, {"keep", "coordinate", "array"},
               "coordinate: entries; array: every element, zeros too (default: as IN, if OUT has both)");
    return [options](const Settings& settings) { return run(*options, settings); };
}

}  // namespace

const Command convert_command{"convert", "convert a matrix between file formats",
                              "ritz convert A.mtx A.npz\nritz convert A.mtx.gz - | head", "IN OUT [options]", declare};

}  // namespace ritz::cli
