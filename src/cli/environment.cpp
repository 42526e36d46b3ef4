// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>
#include <fmt/format.h>
#include <CLI/Version.hpp>
#include <Eigen/Core>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/command.hpp"
#include "cli/environment.hpp"
#include "cli/text.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::cli {

namespace {

/// The function of that name in whatever library this process runs with, or null. What a header says is what was
/// compiled against; a user needs to know what runs.
template <class Function>
Function* loaded(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

std::string file_of(const char* function) {
    void* address = dlsym(RTLD_DEFAULT, function);
    Dl_info info{};
    if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
    return info.dli_fname;
}

std::string compiler() {
#if defined(__clang__)
    return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
    return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

/// The best vector instructions the compiler was allowed to use.
std::string compiled_instruction_set() {
#if defined(__AVX512F__)
    return "AVX-512";
#elif defined(__AVX2__) && defined(__FMA__)
    return "AVX2 + FMA";
#elif defined(__AVX__)
    return "AVX";
#elif defined(__SSE4_2__)
    return "SSE4.2";
#elif defined(__x86_64__)
    return "x86-64 (SSE2)";
#elif defined(__ARM_FEATURE_SVE)
    return "SVE";
#elif defined(__ARM_NEON)
    return "NEON";
#else
    return "generic";
#endif
}

std::string processor_instruction_set() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return "AVX-512";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "AVX2 + FMA";
    if (__builtin_cpu_supports("avx")) return "AVX";
    if (__builtin_cpu_supports("sse4.2")) return "SSE4.2";
    return "x86-64 (SSE2)";
#elif defined(__aarch64__)
    return "NEON";
#else
    return "generic";
#endif
}

std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name"))
            if (const auto colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
    return "unknown processor";
}

std::string suitesparse_version() {
    std::array<int, 3> version{};
    if (auto* ask = loaded<int(int*)>("SuiteSparse_version")) ask(version.data());
    return fmt::format("{}.{}.{}", version[0], version[1], version[2]);
}

std::string text_of(const char* function) {
    auto* ask = loaded<const char*()>(function);
    return ask != nullptr ? ask() : "unknown";
}

}  // namespace

Blas blas_in_use() {
    Blas blas;
    blas.library = file_of("dgemm_");
    if (auto* config = loaded<char*()>("openblas_get_config")) {
        blas.name = "OpenBLAS";
        blas.details = config();
        if (auto* core = loaded<char*()>("openblas_get_corename")) blas.core = core();
        if (auto* parallel = loaded<int()>("openblas_get_parallel")) {
            constexpr std::array kinds{"sequential", "pthreads", "OpenMP"};
            const int kind = parallel();
            if (kind >= 0 && kind < 3) blas.threading = kinds[static_cast<std::size_t>(kind)];
        }
        if (auto* threads = loaded<int()>("openblas_get_num_threads")) blas.threads = threads();
    } else if (loaded<void()>("mkl_get_max_threads") != nullptr) {
        blas.name = "MKL";
    } else if (loaded<void()>("bli_info_get_version_str") != nullptr) {
        blas.name = "BLIS " + text_of("bli_info_get_version_str");
    } else if (blas.library.empty()) {
        blas.name = "none found";
        blas.slow = true;
    } else {
        blas.name = "reference BLAS";
        blas.slow = true;
    }
    return blas;
}

std::string blas_warning(const Blas& blas) {
    if (!blas.slow) return {};
    return fmt::format("{} ({}) makes factorisations many times slower; install libopenblas0-openmp", blas.name,
                       blas.library.empty() ? "no dgemm" : blas.library);
}

Report version_report(bool colour) {
    const Blas blas = blas_in_use();
    const std::vector<std::pair<std::string, std::string>> libraries{
        {"SuiteSparse", suitesparse_version()},
        {"Eigen", fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
        {"zlib", text_of("zlibVersion")},
        {"bzip2", text_of("BZ2_bzlibVersion")},
        {"fast_float", RITZ_FAST_FLOAT_VERSION},
        {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
        {"CLI11", CLI11_VERSION},
        {"nlohmann-json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                                      NLOHMANN_JSON_VERSION_PATCH)}};

    Report report;
    Sheet sheet(colour);
    sheet.line(fmt::format("ritz {}", RITZ_VERSION), Tone::strong);
    sheet.row("build", fmt::format("{}, {}", RITZ_BUILD_TYPE, compiler()));
    std::string list;
    for (const auto& [name, version] : libraries) {
        list += fmt::format("{}{} {}", list.empty() ? "" : ", ", name, version);
        report.json["libraries"][name] = version;
    }
    sheet.row("libraries", list);
    std::string in_use = blas.name;
    if (!blas.core.empty()) in_use += fmt::format(", {} kernels", blas.core);
    if (!blas.threading.empty()) in_use += fmt::format(", {}", blas.threading);
    if (blas.threads > 0) in_use += fmt::format(", {}", plural(blas.threads, "thread"));
    sheet.row("BLAS in use", in_use, blas.slow ? Tone::caution : Tone::plain);
    if (!blas.library.empty()) sheet.row("", blas.library, Tone::dim);
    if (!blas.details.empty()) sheet.row("", blas.details, Tone::dim);
    sheet.row("threads", fmt::format("{} used, {} there", max_threads(), std::thread::hardware_concurrency()));
    sheet.row("instructions", fmt::format("{} compiled for, {} in this processor", compiled_instruction_set(),
                                          processor_instruction_set()));
    sheet.row("processor", printable(processor_name()));
    if (const std::string warning = blas_warning(blas); !warning.empty()) report.warnings.push_back(warning);

    Json head = {{"command", "version"}, {"version", RITZ_VERSION}, {"build_type", RITZ_BUILD_TYPE}};
    head["compiler"] = compiler();
    head.update(report.json);
    head["blas"] = {{"name", blas.name},
                    {"library", blas.library},
                    {"configuration", blas.details},
                    {"core", blas.core},
                    {"threading", blas.threading},
                    {"threads", blas.threads > 0 ? Json(blas.threads) : Json(nullptr)},
                    {"slow", blas.slow}};
    head["threads"] = max_threads();
    head["processors"] = std::thread::hardware_concurrency();
    head["instruction_set"] = {{"compiled", compiled_instruction_set()}, {"processor", processor_instruction_set()}};
    head["processor"] = processor_name();
    head["warnings"] = report.warnings;
    report.json = std::move(head);
    report.text = std::move(sheet).str();
    return report;
}

}  // namespace ritz::cli
