// SPDX-License-Identifier: BSD-3-Clause
#include "cli/files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>

#include "cli/text.hpp"
#include "cli/watch.hpp"
#include "ritz/core/error.hpp"
#include "ritz/io/files.hpp"
#include "ritz/io/matrix_market.hpp"

namespace ritz::cli {

namespace {

/// Runs a reader; what it throws becomes a message with an exit code.
template <class Read>
auto reading(const std::string& path, const Settings& settings, Progress& progress, bool allow_nonfinite, Read read) {
    ReadOptions options;
    options.allow_nonfinite = allow_nonfinite;
    options.progress = progress.bytes_read();
    if (settings.max_memory > 0)
        options.max_memory = static_cast<std::int64_t>(
            std::min<std::uint64_t>(settings.max_memory, std::numeric_limits<std::int64_t>::max()));
    progress.stage("reading " + printable(input_name(path)));
    if (path == "-" && isatty(STDIN_FILENO) == 1) write_stderr("ritz: reading from the terminal; end with Ctrl-D\n");
    try {
        return read(options);
    } catch (const Unsupported& error) {
        throw invalid_input(error.what());
    } catch (const IoError& error) {
        throw invalid_input(error.what());
    }
}

template <class Write>
void writing(const std::string& path, Progress& progress, Write write) {
    progress.stage(path == "-" ? "writing" : "writing " + printable(path));
    const UnfinishedFile unfinished(temporary_name(path));
    try {
        write();
    } catch (const IoError& error) {
        if (path == "-" && stdout_reader_gone()) return;  // it has read all that it wanted
        throw output_failed(error.what());
    }
}

/// True for devices and pipes, which have no format in their name: they get Matrix Market.
bool written_in_place(const std::string& path) {
    std::error_code ignored;
    const auto status = std::filesystem::status(path, ignored);
    return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

template <class Matrix>
std::pair<std::int64_t, std::int64_t> shape(const Matrix& matrix) {
    return std::visit([](const auto& A) { return std::pair<std::int64_t, std::int64_t>(A.rows(), A.cols()); }, matrix);
}

}  // namespace

ReadResult read_input(const std::string& path, const Settings& settings, Progress& progress, bool allow_nonfinite) {
    return reading(path, settings, progress, allow_nonfinite,
                   [&](const ReadOptions& options) { return read_matrix(path, options); });
}

DenseReadResult read_dense_input(const std::string& path, const Settings& settings, Progress& progress) {
    return reading(path, settings, progress, false,
                   [&](const ReadOptions& options) { return read_dense(path, options); });
}

void check_output(const std::string& path, Contents contents) {
    if (path.empty() || path == "-") return;
    std::error_code ignored;
    const std::filesystem::path target(path);
    const auto status = std::filesystem::status(target, ignored);
    if (std::filesystem::is_directory(status)) throw output_failed(fmt::format("{}: is a directory", path));
    const std::optional<FileFormat> format = format_of_name(path);
    const bool for_sparse = format == FileFormat::harwell_boeing || format == FileFormat::npz;
    const bool for_dense = format == FileFormat::npy || format == FileFormat::text;
    const bool unfit = (contents == Contents::dense && for_sparse) || (contents == Contents::sparse && for_dense);
    if (unfit || (!format && !written_in_place(path)))
        throw wrong_usage(fmt::format("{}: {}", path,
                                      !format      ? "the name does not say which format to write"
                                      : for_sparse ? "vectors and dense matrices are not written in this format"
                                                   : "sparse matrices are not written in this format"),
                          fmt::format("known: {}, and .gz after each",
                                      contents == Contents::sparse  ? ".mtx .rb .rua .rsa .hb .npz .petsc"
                                      : contents == Contents::dense ? ".mtx .npy .petsc .txt"
                                                                    : ".mtx .rb .rua .rsa .hb .npz "
                                                                      ".npy .petsc .txt"));
    if (std::filesystem::exists(status) && access(path.c_str(), W_OK) != 0)
        throw output_failed(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
    const std::filesystem::path parent = target.parent_path().empty() ? "." : target.parent_path();
    if (!written_in_place(path) && access(parent.c_str(), W_OK | X_OK) != 0)
        throw output_failed(
            fmt::format("{}: no file can be made in {}: {}", path, parent.string(), std::strerror(errno)));
}

void write_output(const std::string& path, const AnyCsr& matrix, const WriteOptions& options, Progress& progress) {
    writing(path, progress, [&] {
        if (!written_in_place(path) || format_of_name(path)) return write_matrix(path, matrix, options);
        std::visit([&]<class T>(const Csr<T>& A) { write_matrix_market<T>(path, A, options); }, matrix);
    });
}

void write_output(const std::string& path, const AnyDense& matrix, const WriteOptions& options, Progress& progress) {
    writing(path, progress, [&] {
        if (!written_in_place(path) || format_of_name(path)) return write_dense(path, matrix, options);
        std::visit([&]<class T>(const Eigen::MatrixX<T>& A) { write_matrix_market_dense<T>(path, A, options); },
                   matrix);
    });
}

std::string input_name(const std::string& path) {
    return path == "-" ? "standard input" : path;
}

Json matrix_json(const ReadResult& input, const std::string& symmetry) {
    const auto [rows, cols] = shape(input.matrix);
    Json matrix = {{"path", input.info.path}, {"rows", rows}, {"cols", cols}};
    matrix["nonzeros"] = std::visit([](const auto& A) { return A.nnz(); }, input.matrix);
    matrix["field"] = to_string(input.info.field);
    matrix["symmetry"] = symmetry;
    matrix["stored_symmetry"] = to_string(input.info.symmetry);
    matrix["format"] = input.info.format;
    matrix["stored_entries"] = input.info.stored_entries;
    matrix["duplicates"] = input.info.duplicates;
    return matrix;
}

std::string matrix_line(const ReadResult& input, const std::string& symmetry) {
    const auto [rows, cols] = shape(input.matrix);
    const auto nonzeros = std::visit([](const auto& A) { return A.nnz(); }, input.matrix);
    const std::string kind = symmetry != "general" ? ", " + symmetry : rows == cols ? ", not symmetric" : "";
    return fmt::format("{} × {}, {}, {}{}", count(rows), count(cols), plural(nonzeros, "entry"),
                       to_string(input.info.field), kind);
}

std::vector<std::string> reader_warnings(const FileInfo& info) {
    std::vector<std::string> warnings;
    if (info.duplicates > 0)
        warnings.push_back(fmt::format("{}: {} at the same place as an earlier one; they were added up",
                                       input_name(info.path), plural(info.duplicates, "entry")));
    for (const std::string& note : info.notes) warnings.push_back(fmt::format("{}: {}", input_name(info.path), note));
    return warnings;
}

}  // namespace ritz::cli
