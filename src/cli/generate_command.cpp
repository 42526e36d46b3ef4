// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <limits>
#include <memory>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/files.hpp"
#include "cli/text.hpp"
#include "ritz/formats/gallery.hpp"

namespace ritz::cli {

namespace {

struct Options {
    std::string name, output;
    std::int64_t size = -1, seed = 1;
};

/// One family of either gallery.
struct Family {
    std::string_view name, description, size_means, known;
    Index smallest, largest;
    bool symmetric, positive_definite, singular;
    std::function<AnyCsr(Index size, std::uint64_t seed)> make;
};

std::vector<Family> families() {
    std::vector<Family> all;
    const auto append = [&all](const auto& entries) {
        for (const auto& entry : entries)
            all.push_back({entry.name, entry.description, entry.size_means, entry.known, entry.smallest, entry.largest,
                           entry.symmetric, entry.positive_definite, entry.singular,
                           [make = entry.make](Index size, std::uint64_t seed) { return AnyCsr(make(size, seed)); }});
    };
    append(gallery());
    append(complex_gallery());
    return all;
}

Report list(const std::vector<Family>& all) {
    Report report;
    Sheet sheet(wants_colour(STDOUT_FILENO));
    Json rows = Json::array();
    for (const Family& family : all) {
        rows.push_back({{"name", family.name},
                        {"description", family.description},
                        {"size", family.size_means},
                        {"known", family.known},
                        {"smallest", family.smallest},
                        {"largest", family.largest},
                        {"symmetric", family.symmetric},
                        {"positive_definite", family.positive_definite},
                        {"singular", family.singular}});
        sheet.line(family.name, Tone::strong);
        sheet.line(fmt::format("    {}", family.description));
        sheet.line(fmt::format("    size: {}", family.size_means), Tone::dim);
        if (!family.known.empty()) sheet.line(fmt::format("    known: {}", family.known), Tone::dim);
    }
    sheet.gap();
    sheet.line("ritz generate NAME --size N -o A.mtx writes one of them.");
    report.json["families"] = rows;
    report.text = std::move(sheet).str();
    return report;
}

Report run(const Options& options, const Settings& settings) {
    const std::vector<Family> all = families();
    if (options.name.empty()) return list(all);

    const Family* family = nullptr;
    std::vector<std::string> names;
    for (const Family& each : all) {
        names.emplace_back(each.name);
        if (each.name == options.name) family = &each;
    }
    if (family == nullptr) {
        const std::string near = nearest(options.name, names);
        throw wrong_usage(fmt::format("there is no matrix family '{}'", options.name),
                          near.empty() ? "ritz generate lists them" : fmt::format("did you mean '{}'?", near));
    }
    const std::string range = family->largest == std::numeric_limits<Index>::max()
                                  ? fmt::format("at least {}", family->smallest)
                                  : fmt::format("from {} to {}", family->smallest, family->largest);
    if (options.size < 0)
        throw wrong_usage(fmt::format("{} needs --size N, {}", family->name, range),
                          fmt::format("size: {}", family->size_means));
    if (options.size < family->smallest || options.size > family->largest)
        throw wrong_usage(fmt::format("{}: --size must be {}, not {}", family->name, range, options.size),
                          fmt::format("size: {}", family->size_means));
    if (options.output == "-" && settings.json)
        throw wrong_usage("--json and the matrix cannot both go to standard output", "name a file with -o A.mtx");
    check_output(options.output, Contents::sparse);

    Progress progress(settings);
    progress.stage(fmt::format("generating {}", family->name));
    const AnyCsr A = family->make(static_cast<Index>(options.size), static_cast<std::uint64_t>(options.seed));
    const auto [rows, cols, nonzeros] =
        std::visit([](const auto& matrix) { return std::tuple(matrix.rows(), matrix.cols(), matrix.nnz()); }, A);

    WriteOptions write;
    write.symmetry = std::nullopt;  // one triangle where that is all there is to know
    write.comments = {
        fmt::format("{}: {}", family->name, family->description),
        fmt::format("made by: ritz generate {} --size {} --seed {}", family->name, options.size, options.seed)};
    write_output(options.output, A, write, progress);

    Report report;
    report.stdout_taken = options.output == "-";
    report.json["status"] = "written";
    report.json["family"] = family->name;
    report.json["size"] = options.size;
    report.json["seed"] = options.seed;
    report.json["matrix"] = {{"path", options.output}, {"rows", rows}, {"cols", cols}, {"nonzeros", nonzeros}};
    Sheet sheet(wants_colour(report.stdout_taken ? STDERR_FILENO : STDOUT_FILENO));
    sheet.row("written", report.stdout_taken ? "standard output" : printable(options.output), Tone::strong);
    sheet.row("", fmt::format("{}, {} × {}, {}", family->name, count(rows), count(cols), plural(nonzeros, "entry")));
    sheet.row("", family->description, Tone::dim);
    if (!family->known.empty()) sheet.row("known", family->known);
    report.text = std::move(sheet).str();
    if (report.stdout_taken) report.text.clear();  // a filter says nothing when all went well
    return report;
}

std::function<Report(const Settings&)> declare(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.description(
        "Writes a matrix of the gallery: model problems and classical hard matrices. Without NAME: lists them.");
    options->output = "-";
    add_text(app, "NAME", options->name, "NAME", "the family; see the list that `ritz generate` prints");
    add_integer(app, "-n,--size", options->size, {0, 2147483647.0}, "how large; what it counts depends on the family");
    add_integer(app, "--seed", options->seed, {0, 9e15}, "of the families that are random (default 1)");
    add_text(app, "-o,--output", options->output, "FILE", "where to (default: standard output)");
    return [options](const Settings& settings) { return run(*options, settings); };
}

}  // namespace

const Command generate_command{
    "generate", "write a model problem or a classical hard matrix",
    "ritz generate poisson2d --size 100 -o A.mtx\nritz generate poisson3d --size 20 | ritz solve -",
    "[NAME --size N] [options]", declare};

}  // namespace ritz::cli
