// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/io/npz.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "core/instantiate.hpp"
#include "io/byte_order.hpp"
#include "io/byte_source.hpp"
#include "io/reading.hpp"
#include "io/writing.hpp"
#include "io/zip.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

namespace {

using Bytes = std::span<const char>;

// --- .npy: a magic number, a version, a Python dictionary, the numbers -------------------------------------------

/// The description of an array, and its numbers as they are in the file.
struct NpyArray {
    char kind = 'f';       // of NumPy: b bool, i int, u unsigned, f float, c complex, S bytes, U text
    std::size_t size = 8;  // bytes of an element
    bool swapped = false;  // the other byte order than this machine's
    bool fortran_order = false;
    std::vector<std::int64_t> shape;
    std::uint64_t elements = 1;
    Bytes data;
};

/// The few forms of Python that the header of a .npy file is made of.
class HeaderParser {
public:
    HeaderParser(const std::string& name, std::string_view text) : name_(name), text_(text) {}

    NpyArray parse() {
        NpyArray array;
        bool has_descr = false, has_order = false, has_shape = false;
        expect('{');
        while (!accept('}')) {
            const std::string_view key = quoted();
            expect(':');
            if (key == "descr") {
                parse_descr(array);
                has_descr = true;
            } else if (key == "fortran_order") {
                if (accept_word("True"))
                    array.fortran_order = true;
                else if (!accept_word("False"))
                    fail();
                has_order = true;
            } else if (key == "shape") {
                parse_shape(array);
                has_shape = true;
            } else {
                fail();
            }
            if (!accept(',') && peek() != '}') fail();
        }
        if (peek() != '\0' || !has_descr || !has_order || !has_shape) fail();
        return array;
    }

private:
    [[noreturn]] void fail() const {
        throw ParseError(name_, 0, "the header of a .npy array is not a dictionary of descr, fortran_order and shape");
    }
    char peek() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool accept(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!accept(c)) fail();
    }
    bool accept_word(std::string_view word) {
        peek();
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    std::string_view quoted() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') fail();
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos) fail();
        const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return inside;
    }
    void parse_descr(NpyArray& array) {
        if (peek() == '[') throw Unsupported(name_ + ": an array of records; expected one of numbers");
        const std::string_view descr = quoted();
        if (descr.size() < 2) fail();
        const bool has_order = std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
        const char order = has_order ? descr[0] : '=';
        array.swapped = order == (std::endian::native == std::endian::little ? '>' : '<');
        array.kind = descr[has_order ? 1 : 0];
        const std::string_view digits = descr.substr(has_order ? 2 : 1);
        if (array.kind == 'O') throw Unsupported(name_ + ": an array of pickled Python objects; expected numbers");
        const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), array.size);
        const std::size_t size = array.size;
        if (error != std::errc() || stop != digits.data() + digits.size() || size == 0 || size > 1024) fail();
        const bool known =
            (array.kind == 'b' && size == 1) || (array.kind == 'f' && (size == 4 || size == 8)) ||
            (array.kind == 'c' && (size == 8 || size == 16)) || array.kind == 'S' || array.kind == 'U' ||
            ((array.kind == 'i' || array.kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8));
        if (!known)
            throw Unsupported(name_ + ": numbers of the NumPy type " + std::string(descr) +
                              "; convert them to float64 or complex128");
        if (array.kind == 'U') array.size *= 4;
    }
    void parse_shape(NpyArray& array) {
        expect('(');
        while (!accept(')')) {
            peek();
            std::int64_t extent = 0;
            const auto [stop, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
            if (error != std::errc() || extent < 0 || array.shape.size() == 32) fail();
            at_ = static_cast<std::size_t>(stop - text_.data());
            array.shape.push_back(extent);
            accept_word("L");  // Python 2 wrote long integers so
            if (!accept(',') && peek() != ')') fail();
        }
    }

    const std::string& name_;
    std::string_view text_;
    std::size_t at_ = 0;
};

constexpr std::string_view npy_magic = "\x93NUMPY";

NpyArray parse_array(const std::string& name, Bytes bytes) {
    if (!looks_like_npy(bytes)) throw ParseError(name, 0, "not a .npy array: it does not begin with its magic number");
    const unsigned version = bytes.size() > 6 ? static_cast<unsigned char>(bytes[6]) : 0;
    const std::size_t length_bytes = version == 1 ? 2 : 4, header_begin = 8 + length_bytes;
    if (version < 1 || version > 3)
        throw ParseError(name, 0, "version " + std::to_string(version) + " of .npy is unknown, expected 1 to 3");
    if (bytes.size() < header_begin) throw ParseError(name, 0, "the .npy array is truncated in its header");
    const std::size_t length = version == 1 ? detail::load_little<std::uint16_t>(bytes.data() + 8)
                                            : detail::load_little<std::uint32_t>(bytes.data() + 8);
    if (length > bytes.size() - header_begin) throw ParseError(name, 0, "the .npy array is truncated in its header");
    NpyArray array = HeaderParser(name, {bytes.data() + header_begin, length}).parse();
    array.data = bytes.subspan(header_begin + length);
    for (const std::int64_t extent : array.shape)
        array.elements = detail::saturating_fma(array.elements, static_cast<std::uint64_t>(extent));
    const std::uint64_t needed = detail::saturating_fma(array.elements, array.size);
    if (needed != array.data.size())
        throw ParseError(name, 0,
                         "the .npy array has " + std::to_string(array.data.size()) + " bytes of numbers, expected " +
                             std::to_string(needed) + " from its shape");
    return array;
}

/// One element: `Raw` as stored, converted to `To`. Integers that `To` cannot hold set `inexact`.
template <class To, class Raw>
void convert_elements(const NpyArray& array, To* to, bool& inexact) {
    const char* from = array.data.data();
    for (std::uint64_t k = 0; k < array.elements; ++k, from += sizeof(Raw)) {
        const Raw raw = detail::load<Raw>(from, array.swapped);
        if constexpr (std::is_integral_v<To>) {
            inexact |= !std::in_range<To>(raw);
            to[k] = static_cast<To>(raw);
        } else {
            to[k] = To(static_cast<double>(raw));
            if constexpr (std::is_integral_v<Raw> && sizeof(Raw) == 8) {
                // Every integer of at most 53 bits after its trailing zeros are taken off is a double.
                const std::uint64_t magnitude =
                    raw < 0 ? ~static_cast<std::uint64_t>(raw) + 1 : static_cast<std::uint64_t>(raw);
                inexact |= magnitude != 0 && std::bit_width(magnitude) - std::countr_zero(magnitude) > 53;
            }
        }
    }
}

template <class To>
void convert_integers(const NpyArray& array, To* to, bool& inexact) {
    const bool is_signed = array.kind == 'i';
    switch (array.size) {
        case 1:
            return is_signed ? convert_elements<To, std::int8_t>(array, to, inexact)
                             : convert_elements<To, std::uint8_t>(array, to, inexact);
        case 2:
            return is_signed ? convert_elements<To, std::int16_t>(array, to, inexact)
                             : convert_elements<To, std::uint16_t>(array, to, inexact);
        case 4:
            return is_signed ? convert_elements<To, std::int32_t>(array, to, inexact)
                             : convert_elements<To, std::uint32_t>(array, to, inexact);
        default:
            return is_signed ? convert_elements<To, std::int64_t>(array, to, inexact)
                             : convert_elements<To, std::uint64_t>(array, to, inexact);
    }
}

bool is_integer(const NpyArray& array) {
    return array.kind == 'i' || array.kind == 'u' || array.kind == 'b';
}
bool is_number(const NpyArray& array) {
    return array.kind != 'S' && array.kind != 'U';
}

/// Indices or pointers of a sparse matrix.
template <class To>
Buffer<To> index_array(const std::string& name, const NpyArray& array, const char* what) {
    if (!is_integer(array) || array.shape.size() != 1)
        throw ParseError(name, 0, std::string("the array ") + what + " is not a vector of integers");
    Buffer<To> numbers(array.elements);
    bool out_of_range = false;
    convert_integers(array, numbers.data(), out_of_range);
    if (out_of_range) throw ParseError(name, 0, std::string("the array ") + what + " holds a number that is no index");
    return numbers;
}

template <Scalar T>
void convert_numbers(const NpyArray& array, T* to, FileInfo& info) {
    bool inexact = false;
    if (is_integer(array)) {
        convert_integers(array, to, inexact);
    } else if (array.kind == 'f') {
        array.size == 4 ? convert_elements<T, float>(array, to, inexact)
                        : convert_elements<T, double>(array, to, inexact);
    } else if constexpr (is_complex<T>) {
        const char* from = array.data.data();
        const std::size_t half = array.size / 2;
        const auto part = [&](const char* place) {
            return half == 4 ? static_cast<double>(detail::load<float>(place, array.swapped))
                             : detail::load<double>(place, array.swapped);
        };
        for (std::uint64_t k = 0; k < array.elements; ++k, from += array.size) to[k] = {part(from), part(from + half)};
    }
    if (inexact) info.notes.emplace_back("integers of more than 53 bits are rounded to double");
}

// --- .npz: a zip archive of .npy arrays --------------------------------------------------------------------------

struct Archive {
    const std::string& name;
    detail::ZipReader zip;
    const detail::ReadProgress& progress;
    const ReadOptions& options;
    std::vector<Buffer<char>> inflated;  // the members that had to be

    NpyArray array(const char* what) {
        Buffer<char> memory;
        const Bytes bytes = zip.member(std::string(what) + ".npy", memory, progress, options);
        NpyArray found = parse_array(name + "(" + what + ".npy)", bytes);
        inflated.push_back(std::move(memory));  // a moved vector keeps its elements in place
        return found;
    }
    void forget() { inflated.clear(); }
};

std::string text_of(const NpyArray& array) {
    std::string text;
    const std::size_t step = array.kind == 'U' ? 4 : 1;
    for (std::size_t k = 0; k < array.data.size(); k += step) {
        const char c = array.data[array.kind == 'U' && array.swapped ? k + 3 : k];
        if (c != '\0') text.push_back(c);
    }
    return text;
}

template <Scalar T>
Csr<T> sparse_matrix(Archive& archive, const std::string& format, const NpyArray& data, const ReadOptions& options,
                     FileInfo& info) {
    Buffer<T> values(data.elements);
    convert_numbers(data, values.data(), info);
    archive.forget();
    if (format == "coo") {
        Buffer<Index> rows = index_array<Index>(archive.name, archive.array("row"), "row");
        archive.forget();
        Buffer<Index> cols = index_array<Index>(archive.name, archive.array("col"), "col");
        archive.forget();
        if (rows.size() != values.size() || cols.size() != values.size())
            throw ParseError(archive.name, 0, "the arrays row, col and data differ in length");
        return detail::csr_from_triplets<T>(archive.name, std::move(rows), std::move(cols), std::move(values), options,
                                            info);
    }
    Buffer<Index> indices = index_array<Index>(archive.name, archive.array("indices"), "indices");
    archive.forget();
    Buffer<Offset> indptr = index_array<Offset>(archive.name, archive.array("indptr"), "indptr");
    archive.forget();
    const auto finish = [&](auto compressed) {
        return compressed(archive.name, std::move(indptr), std::move(indices), std::move(values), options, info);
    };
    return format == "csr" ? finish(detail::csr_from_compressed<Order::row, T>)
                           : finish(detail::csr_from_compressed<Order::column, T>);
}

// --- writing -----------------------------------------------------------------------------------------------------

template <class T>
std::string descr_of() {
    const std::string order = std::endian::native == std::endian::little ? "<" : ">";
    if constexpr (std::is_integral_v<T>)
        return order + "i" + std::to_string(sizeof(T));
    else
        return order + (is_complex<T> ? "c" : "f") + std::to_string(sizeof(T));
}

/// The header of a version 1 array, padded so that the numbers start at a multiple of 64 bytes.
std::string npy_header(const std::string& descr, const std::string& shape, bool fortran_order) {
    std::string dictionary = "{'descr': '" + descr + "', 'fortran_order': " + (fortran_order ? "True" : "False") +
                             ", 'shape': " + shape + ", }";
    const std::size_t unpadded = npy_magic.size() + 4 + dictionary.size() + 1;
    dictionary.append((64 - unpadded % 64) % 64, ' ').push_back('\n');
    std::string header(npy_magic);
    header += {'\1', '\0'};
    detail::append_little(header, static_cast<std::uint16_t>(dictionary.size()));
    return header + dictionary;
}

template <class T>
Bytes bytes_of(std::span<const T> numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()};
}

template <class T>
void add_vector(detail::ZipWriter& zip, const std::string& what, std::span<const T> numbers) {
    const std::string header =
        npy_header(descr_of<T>(), std::string("(") + std::to_string(numbers.size()) + ",)", false);
    zip.add(what + ".npy", header, bytes_of(numbers));
}

template <Scalar U, Scalar T>
void write_npz_as(const std::string& path, const CsrView<T>& A, const WriteOptions& options) {
    detail::AtomicFile file(path);
    detail::ZipWriter zip(file, path, options);
    add_vector<Index>(zip, "indices", A.indices());
    if (A.nnz() <= std::numeric_limits<std::int32_t>::max()) {
        Buffer<std::int32_t> indptr(A.indptr().size());
        std::transform(A.indptr().begin(), A.indptr().end(), indptr.begin(),
                       [](Offset offset) { return static_cast<std::int32_t>(offset); });
        add_vector<std::int32_t>(zip, "indptr", indptr);
    } else {
        add_vector<Offset>(zip, "indptr", A.indptr());
    }
    zip.add("format.npy", npy_header("|S3", "()", false), std::string_view("csr"));
    const std::int64_t shape[] = {A.rows(), A.cols()};
    add_vector<std::int64_t>(zip, "shape", shape);
    if constexpr (std::same_as<T, U>) {
        add_vector<T>(zip, "data", {A.values().data(), A.values().size()});
    } else {
        const Buffer<U> values = detail::convert_numbers<U>(A.values());
        add_vector<U>(zip, "data", values);
    }
    zip.finish();
    file.commit();
}

template <Scalar U, Scalar T>
void write_npy_as(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A, const WriteOptions& options) {
    const std::string shape = A.cols() == 1
                                  ? std::string("(") + std::to_string(A.rows()) + ",)"
                                  : std::string("(") + std::to_string(A.rows()) + ", " + std::to_string(A.cols()) + ")";
    detail::AtomicFile file(path);
    file.write(npy_header(descr_of<U>(), shape, A.cols() != 1));
    for (Eigen::Index j = 0; j < A.cols(); ++j) {
        const VectorView<T> column(A.data() + j * A.outerStride(), static_cast<std::size_t>(A.rows()));
        if constexpr (std::same_as<T, U>) {
            detail::write_bytes(file, path, bytes_of<T>({column.data(), column.size()}), options);
        } else {
            const Buffer<U> converted = detail::convert_numbers<U>(column);
            detail::write_bytes(file, path, bytes_of<U>(converted), options);
        }
    }
    file.commit();
}

}  // namespace

bool looks_like_npz(Bytes bytes) noexcept {
    return detail::looks_like_zip(bytes);
}

bool looks_like_npy(Bytes bytes) noexcept {
    return bytes.size() >= npy_magic.size() && std::memcmp(bytes.data(), npy_magic.data(), npy_magic.size()) == 0;
}

ReadResult parse_npz(Bytes bytes, const std::string& name, const ReadOptions& options) {
    const detail::ReadProgress progress(name, options, bytes.size());
    Archive archive{name, detail::ZipReader(name, bytes), progress, options, {}};
    FileInfo info;
    info.path = name;
    info.format = "SciPy npz";

    const NpyArray format_array = archive.array("format");
    const std::string format = text_of(format_array);
    if (is_number(format_array)) throw ParseError(name, 0, "the array format does not name a sparse format");
    if (format == "dia" || format == "bsr")
        throw Unsupported(name + ": a sparse matrix in " + format + " format; save A.tocsr() instead");
    if (format != "csr" && format != "csc" && format != "coo")
        throw ParseError(name, 0, "the sparse format is unknown, expected csr, csc or coo");

    const Buffer<std::int64_t> shape = index_array<std::int64_t>(name, archive.array("shape"), "shape");
    if (shape.size() != 2)
        throw Unsupported(name + ": a sparse array of " + std::to_string(shape.size()) + " dimensions; expected 2");
    info.rows = detail::checked_dimension(name, 0, shape[0], "rows");
    info.cols = detail::checked_dimension(name, 0, shape[1], "columns");
    if (format != "csr") detail::check_row_pointers(name, info.rows, bytes.size());

    const NpyArray data = archive.array("data");
    if (!is_number(data) || data.shape.size() != 1)
        throw ParseError(name, 0, "the array data is not a vector of numbers");
    info.stored_entries = static_cast<Offset>(data.elements);
    info.field = data.kind == 'c' ? Field::complex : is_integer(data) ? Field::integer : Field::real;
    // What a reader holds at its peak: the arrays, their sorted copy, and a member that is inflated.
    const std::uint64_t entry = sizeof(Index) + (data.kind == 'c' ? 16 : 8);
    detail::check_memory(
        name, detail::saturating_fma(data.elements, 3 * entry, 8 * (static_cast<std::uint64_t>(info.rows) + 1)),
        options);
    AnyCsr matrix;
    if (data.kind == 'c')
        matrix = sparse_matrix<std::complex<double>>(archive, format, data, options, info);
    else
        matrix = sparse_matrix<double>(archive, format, data, options, info);
    progress.at(bytes.size());
    return {std::move(matrix), std::move(info)};
}

DenseReadResult parse_npy(Bytes bytes, const std::string& name, const ReadOptions& options) {
    const detail::ReadProgress progress(name, options, bytes.size());
    progress.at(0);
    const NpyArray array = parse_array(name, bytes);
    if (!is_number(array)) throw ParseError(name, 0, "an array of text; expected numbers");
    if (array.shape.empty() || array.shape.size() > 2)
        throw Unsupported(name + ": an array of " + std::to_string(array.shape.size()) +
                          " dimensions; expected 1 or 2");
    FileInfo info;
    info.path = name;
    info.format = "NumPy npy";
    info.layout = Layout::array;
    info.field = array.kind == 'c' ? Field::complex : is_integer(array) ? Field::integer : Field::real;
    info.rows = detail::checked_dimension(name, 0, array.shape[0], "rows");
    info.cols = array.shape.size() == 1 ? 1 : detail::checked_dimension(name, 0, array.shape[1], "columns");
    info.stored_entries = static_cast<Offset>(array.elements);
    detail::check_memory(name, detail::saturating_fma(array.elements, array.kind == 'c' ? 32 : 16), options);

    const auto fill = [&]<Scalar T>(T) -> AnyDense {
        Eigen::MatrixX<T> A(info.rows, info.cols);
        if (array.fortran_order || info.cols == 1) {
            convert_numbers(array, A.data(), info);
        } else {
            Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> by_row(info.rows, info.cols);
            convert_numbers(array, by_row.data(), info);
            A = by_row;
        }
        detail::check_finite_dense<T>(name, A, options, info);
        return A;
    };
    AnyDense matrix = array.kind == 'c' ? fill(std::complex<double>{}) : fill(double{});
    progress.at(bytes.size());
    return {std::move(matrix), std::move(info)};
}

ReadResult read_npz(const std::string& path, const ReadOptions& options) {
    return detail::read_whole(path, options, parse_npz);
}

DenseReadResult read_npy(const std::string& path, const ReadOptions& options) {
    return detail::read_whole(path, options, parse_npy);
}

template <Scalar T>
void write_npz(const std::string& path, const CsrView<T>& A, const WriteOptions& options) {
    if (detail::writes_complex<T>("npz", A.values(), options))
        write_npz_as<std::complex<Real<T>>>(path, A, options);
    else
        write_npz_as<Real<T>>(path, A, options);
}

template <Scalar T>
void write_npy(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A, const WriteOptions& options) {
    bool complex = false;
    for (Eigen::Index j = 0; j < std::max<Eigen::Index>(A.cols(), 1); ++j) {
        const VectorView<T> column(A.data() + j * A.outerStride(),
                                   A.cols() == 0 ? 0 : static_cast<std::size_t>(A.rows()));
        complex |= detail::writes_complex<T>("npy", column, options);
    }
    if (complex)
        write_npy_as<std::complex<Real<T>>, T>(path, A, options);
    else
        write_npy_as<Real<T>, T>(path, A, options);
}

#define RITZ_INSTANTIATE(T)                                                                 \
    template void write_npz<T>(const std::string&, const CsrView<T>&, const WriteOptions&); \
    template void write_npy<T>(const std::string&, const Eigen::Ref<const Eigen::MatrixX<T>>&, const WriteOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
