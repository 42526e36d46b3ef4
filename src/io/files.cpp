// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/io/files.hpp"

#include <fast_float/fast_float.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/instantiate.hpp"
#include "io/byte_source.hpp"
#include "io/reading.hpp"
#include "io/writing.hpp"
#include "ritz/core/error.hpp"
#include "ritz/io/harwell_boeing.hpp"
#include "ritz/io/matrix_market.hpp"
#include "ritz/io/npz.hpp"
#include "ritz/io/petsc.hpp"

namespace ritz {

namespace {

using Bytes = std::span<const char>;

/// The end of a file name behind its last point, in lower case, without .gz and .bz2.
std::string extension(const std::string& path) {
    std::string name = path.substr(path.rfind('/') + 1);  // npos + 1 = 0
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    for (const std::string_view packed : {".gz", ".bz2"})
        if (name.ends_with(packed)) name.resize(name.size() - packed.size());
    const std::size_t point = name.rfind('.');
    return point == std::string::npos ? std::string() : name.substr(point + 1);
}

/// .rua, .csa and so on: the type of a Harwell-Boeing matrix.
bool is_matrix_type(std::string_view text) {
    const auto one_of = [](char c, std::string_view set) { return set.find(c) != std::string_view::npos; };
    return text.size() == 3 && one_of(text[0], "rcip") && one_of(text[1], "suhzr") && one_of(text[2], "ae");
}

/// The format that the contents show, or nothing.
std::optional<FileFormat> format_of_contents(Bytes bytes) {
    if (looks_like_npz(bytes)) return FileFormat::npz;
    if (looks_like_npy(bytes)) return FileFormat::npy;
    if (looks_like_petsc(bytes)) return FileFormat::petsc;
    if (looks_like_matrix_market(bytes)) return FileFormat::matrix_market;
    if (looks_like_harwell_boeing(bytes)) return FileFormat::harwell_boeing;
    return {};
}

/// True if `text` begins like rows of numbers: a number, or a comment.
bool looks_like_text(Bytes text) {
    const auto first =
        std::find_if(text.begin(), text.end(), [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
    return first != text.end() && (std::strchr("+-.#", *first) != nullptr || (*first >= '0' && *first <= '9')) &&
           *first != '\0';
}

[[noreturn]] void refuse(const std::string& name, Bytes bytes, const char* accepted) {
    if (bytes.empty()) throw ParseError(name, 0, "the file is empty");
    throw ParseError(name, 0, std::string("its contents are of no known format; accepted are ") + accepted);
}

/// `word` for a message.
std::string printable(std::string_view word) {
    std::string text(word.substr(0, 40));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

DenseReadResult parse_text(Bytes bytes, const std::string& name, const ReadOptions& options) {
    const detail::ReadProgress progress(name, options, bytes.size());
    FileInfo info;
    info.path = name;
    info.format = "plain text";
    info.layout = Layout::array;
    Buffer<double> numbers;  // by rows
    std::int64_t line = 0, rows = 0, cols = 0;
    const std::string_view text(bytes.data(), bytes.size());
    for (std::size_t at = 0; at < text.size();) {
        if (line++ % (1 << 16) == 0) progress.at(at);
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view row = text.substr(at, end - at);
        at = end + 1;
        row = row.substr(0, row.find('#'));
        std::int64_t in_row = 0;
        constexpr std::string_view blanks = " \t\r";
        for (bool after_comma = false;;) {
            row.remove_prefix(std::min(row.find_first_not_of(blanks), row.size()));
            if (row.empty()) {
                if (after_comma) throw ParseError(name, line, "a number is missing behind the last comma");
                break;
            }
            const std::string_view word = row.substr(0, row.find_first_of(" \t\r,"));
            const char* const begin = word.data() + (word.starts_with('+') ? 1 : 0);
            double value = 0;
            const auto [stop, error] = fast_float::from_chars(begin, word.data() + word.size(), value);
            const bool has_digit = word.find_first_of("0123456789") != std::string_view::npos;
            if (error == std::errc::invalid_argument || stop != word.data() + word.size() ||
                (word.starts_with('+') && word.substr(1).starts_with('-')))
                throw ParseError(name, line, "found \"" + printable(word) + "\", expected a real number");
            if (has_digit && std::isinf(value))
                throw ParseError(name, line, "the number " + printable(word) + " is beyond double's range");
            if (!std::isfinite(value) && !info.first_nonfinite) {
                info.first_nonfinite = EntryPosition{static_cast<Index>(rows), static_cast<Index>(in_row), line};
                if (!options.allow_nonfinite) throw ParseError(name, line, "the number is not finite");
            }
            numbers.push_back(value);
            ++in_row;
            row.remove_prefix(word.size());
            row.remove_prefix(std::min(row.find_first_not_of(blanks), row.size()));
            after_comma = row.starts_with(',');
            if (after_comma) row.remove_prefix(1);
        }
        if (in_row == 0) continue;  // blank, or a comment
        if (rows > 0 && in_row != cols)
            throw ParseError(name, line,
                             "a row of " + std::to_string(in_row) + " numbers, expected " + std::to_string(cols) +
                                 " as in the rows before");
        cols = in_row;
        ++rows;
    }
    if (rows == 0) throw ParseError(name, 0, "the file holds no number");
    info.rows = detail::checked_dimension(name, 0, rows, "rows");
    info.cols = detail::checked_dimension(name, 0, cols, "columns");
    info.stored_entries = rows * cols;
    using ByRow = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::MatrixXd A = Eigen::Map<const ByRow>(numbers.data(), rows, cols);
    progress.at(bytes.size());
    return {std::move(A), std::move(info)};
}

template <Scalar T>
void write_text(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A, const WriteOptions& options) {
    if constexpr (is_complex<T>) {
        detail::require(!detail::writes_complex<T>("plain text", {}, options) && A.imag().isZero(0),
                        "write_dense: plain text holds real numbers only; ask for Field::real, or write .mtx or .npy");
        write_text<Real<T>>(path, Eigen::MatrixX<Real<T>>(A.real()), options);
    } else {
        detail::require(!detail::writes_complex<T>("plain text", {}, options),
                        "write_dense: plain text holds real numbers only; write .mtx or .npy");
        detail::AtomicFile file(path);
        std::string line;
        for (const std::string& comment : options.comments) {
            line = "# " + comment;
            std::replace_if(
                line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
            file.write(line + "\n");
        }
        for (Eigen::Index i = 0; i < A.rows(); ++i) {
            if (i % (1 << 16) == 0) detail::check_cancelled(path, options);
            line.clear();
            for (Eigen::Index j = 0; j < A.cols(); ++j) {
                char digits[40];
                line.append(digits, std::to_chars(digits, digits + sizeof digits, A(i, j)).ptr);
                line += j + 1 < A.cols() ? ' ' : '\n';
            }
            file.write(line);
        }
        file.commit();
    }
}

/// True if `path` can be opened again and is the same bytes then.
bool is_regular_file(const std::string& path) {
    struct stat status {};
    return path != "-" && ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

detail::ByteSource open_source(const std::string& path, const ReadOptions& options) {
    return detail::ByteSource(path,
                              options.max_memory > 0 ? std::optional<std::uint64_t>(options.max_memory) : std::nullopt);
}

/// `options` with field and symmetry as the letters of a name like x.rsa say.
WriteOptions with_matrix_type(const std::string& path, WriteOptions options) {
    const std::string type = extension(path);
    if (!is_matrix_type(type)) return options;
    detail::require(type[2] == 'a', "write_matrix: " + path + ": matrices of finite elements are not written");
    const Field field = type[0] == 'r'   ? Field::real
                        : type[0] == 'c' ? Field::complex
                        : type[0] == 'i' ? Field::integer
                                         : Field::pattern;
    const Symmetry symmetry = type[1] == 's'   ? Symmetry::symmetric
                              : type[1] == 'h' ? Symmetry::hermitian
                              : type[1] == 'z' ? Symmetry::skew_symmetric
                                               : Symmetry::general;
    detail::require(!options.field || *options.field == field,
                    "write_matrix: " + path + ": its name and the options name different fields");
    detail::require(!options.symmetry || *options.symmetry == Symmetry::general || *options.symmetry == symmetry,
                    "write_matrix: " + path + ": its name and the options name different symmetries");
    options.field = field;
    options.symmetry = symmetry;
    return options;
}

}  // namespace

std::optional<FileFormat> format_of_name(const std::string& path) {
    const std::string end = extension(path);
    if (end == "mtx" || end == "mm") return FileFormat::matrix_market;
    if (end == "rb" || end == "hb" || is_matrix_type(end)) return FileFormat::harwell_boeing;
    if (end == "npz") return FileFormat::npz;
    if (end == "npy") return FileFormat::npy;
    if (end == "petsc" || end == "petscbin") return FileFormat::petsc;
    if (end == "txt") return FileFormat::text;
    return {};
}

ReadResult read_matrix(const std::string& path, const ReadOptions& options) {
    const std::optional<FileFormat> named = format_of_name(path);
    if (named == FileFormat::matrix_market) return read_matrix_market(path, options);
    detail::ByteSource source = open_source(path, options);
    const Bytes bytes = source.bytes();
    std::optional<FileFormat> format = format_of_contents(bytes);
    if (!format && !bytes.empty() && named != FileFormat::text) format = named;
    // The Matrix Market reader gives memory back as it goes when it opens a file itself.
    if (format == FileFormat::matrix_market && is_regular_file(path) &&
        source.compression() == detail::Compression::none)
        return read_matrix_market(path, options);

    const auto parse = [&]() -> ReadResult {
        if (format) switch (*format) {
                case FileFormat::matrix_market:
                    return parse_matrix_market(bytes, source.name(), options);
                case FileFormat::harwell_boeing:
                    return parse_harwell_boeing(bytes, source.name(), options);
                case FileFormat::npz:
                    return parse_npz(bytes, source.name(), options);
                case FileFormat::petsc:
                    return parse_petsc(bytes, source.name(), options);
                case FileFormat::npy: {
                    DenseReadResult dense = parse_npy(bytes, source.name(), options);
                    detail::check_row_pointers(source.name(), dense.info.rows, bytes.size());
                    return std::visit(
                        [&](const auto& A) -> ReadResult {
                            return {detail::csr_from_dense(A), std::move(dense.info)};
                        },
                        dense.matrix);
                }
                case FileFormat::text:
                    break;
            }
        refuse(source.name(), bytes, "Matrix Market, Harwell-Boeing, npz, npy and PETSc binary");
    };
    ReadResult result = parse();
    source.check_unchanged();
    result.info.path = path;
    return result;
}

DenseReadResult read_dense(const std::string& path, const ReadOptions& options) {
    const std::optional<FileFormat> named = format_of_name(path);
    if (named == FileFormat::matrix_market) return read_matrix_market_dense(path, options);
    detail::ByteSource source = open_source(path, options);
    const Bytes bytes = source.bytes();
    std::optional<FileFormat> format = format_of_contents(bytes);
    if (!format && !bytes.empty()) format = named;
    if (!format && looks_like_text(bytes)) format = FileFormat::text;

    const auto parse = [&]() -> DenseReadResult {
        if (format) switch (*format) {
                case FileFormat::matrix_market:
                    return parse_matrix_market_dense(bytes, source.name(), options);
                case FileFormat::harwell_boeing:
                    return parse_harwell_boeing_right_hand_sides(bytes, source.name(), options);
                case FileFormat::npy:
                    return parse_npy(bytes, source.name(), options);
                case FileFormat::petsc:
                    return parse_petsc_dense(bytes, source.name(), options);
                case FileFormat::text:
                    return parse_text(bytes, source.name(), options);
                case FileFormat::npz:
                    throw ParseError(source.name(), 0, "holds a sparse matrix, expected a dense one; use .npy or .mtx");
            }
        refuse(source.name(), bytes, "Matrix Market, npy, PETSc binary, Harwell-Boeing and rows of numbers");
    };
    DenseReadResult result = parse();
    source.check_unchanged();
    result.info.path = path;
    return result;
}

template <Scalar T>
void write_matrix(const std::string& path, const CsrView<T>& A, const WriteOptions& options) {
    const std::optional<FileFormat> format = path == "-" ? FileFormat::matrix_market : format_of_name(path);
    detail::require(!path.ends_with(".bz2"), "write_matrix: " + path + ": bzip2 is read but not written; use .gz");
    if (format) switch (*format) {
            case FileFormat::matrix_market:
                return write_matrix_market(path, A, options);
            case FileFormat::harwell_boeing:
                return write_harwell_boeing(path, A, with_matrix_type(path, options));
            case FileFormat::npz:
                return write_npz(path, A, options);
            case FileFormat::petsc:
                return write_petsc(path, A, options);
            case FileFormat::npy:
            case FileFormat::text:
                break;
        }
    throw InvalidArgument(
        "write_matrix: " + path +
        ": the name must end in .mtx, .rb, .hb, a type such as .rua, .npz or .petsc, or one of these and .gz");
}

void write_matrix(const std::string& path, const AnyCsr& A, const WriteOptions& options) {
    std::visit([&](const auto& matrix) { write_matrix(path, matrix, options); }, A);
}

template <Scalar T>
void write_dense(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A, const WriteOptions& options) {
    const std::optional<FileFormat> format = path == "-" ? FileFormat::matrix_market : format_of_name(path);
    detail::require(!path.ends_with(".bz2"), "write_dense: " + path + ": bzip2 is read but not written; use .gz");
    if (format) switch (*format) {
            case FileFormat::matrix_market:
                return write_matrix_market_dense<T>(path, A, options);
            case FileFormat::npy:
                return write_npy<T>(path, A, options);
            case FileFormat::petsc:
                return write_petsc_dense<T>(path, A, options);
            case FileFormat::text:
                return write_text<T>(path, A, options);
            case FileFormat::harwell_boeing:
            case FileFormat::npz:
                break;
        }
    throw InvalidArgument("write_dense: " + path +
                          ": the name must end in .mtx, .npy, .petsc or .txt, or one of these and .gz");
}

void write_dense(const std::string& path, const AnyDense& A, const WriteOptions& options) {
    std::visit(
        [&](const auto& matrix) {
            using T = typename std::remove_cvref_t<decltype(matrix)>::Scalar;
            write_dense<T>(path, matrix, options);
        },
        A);
}

#define RITZ_INSTANTIATE(T)                                                                    \
    template void write_matrix<T>(const std::string&, const CsrView<T>&, const WriteOptions&); \
    template void write_dense<T>(const std::string&, const Eigen::Ref<const Eigen::MatrixX<T>>&, const WriteOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
