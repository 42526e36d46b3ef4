// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/io/petsc.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/instantiate.hpp"
#include "io/byte_order.hpp"
#include "io/reading.hpp"
#include "io/writing.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

namespace {

using Bytes = std::span<const char>;

constexpr std::int32_t mat_class = 1211216, vec_class = 1211214;
constexpr std::int32_t dense_mat = -1;  // in place of the number of entries

/// The class at the beginning of `bytes` and the size of an integer there; {0, 0} if there is none that we know.
struct ClassAndWidth {
    std::int64_t object_class = 0;
    std::size_t width = 0;
};

ClassAndWidth class_of(Bytes bytes) noexcept {
    if (bytes.size() >= 4) {
        const auto narrow = detail::load_big<std::int32_t>(bytes.data());
        if (narrow == mat_class || narrow == vec_class) return {narrow, 4};
    }
    if (bytes.size() >= 8) {
        const auto wide = detail::load_big<std::int64_t>(bytes.data());
        if (wide == mat_class || wide == vec_class) return {wide, 8};
    }
    return {};
}

/// True if `bytes` begin with any class that PETSc has (they are numbered from 1211211).
bool begins_object(Bytes bytes, std::size_t width) noexcept {
    if (bytes.size() < width) return false;
    const std::int64_t number =
        width == 4 ? detail::load_big<std::int32_t>(bytes.data()) : detail::load_big<std::int64_t>(bytes.data());
    return number >= 1211211 && number < 1211300;
}

/// Reads a file from its beginning to its end.
class Cursor {
public:
    Cursor(const std::string& name, Bytes bytes, const detail::ReadProgress& progress)
        : name_(name), bytes_(bytes), total_(bytes.size()), progress_(progress) {
        const ClassAndWidth found = class_of(bytes);
        if (found.width == 0)
            throw ParseError(name, 0, "not a PETSc binary file of a matrix or vector: it begins with neither class");
        object_class_ = found.object_class;
        width_ = found.width;
        integer();
    }

    std::int64_t object_class() const { return object_class_; }
    std::size_t left() const { return bytes_.size(); }

    std::int64_t integer() {
        const char* const from = take(1, width_).data();
        return width_ == 4 ? detail::load_big<std::int32_t>(from) : detail::load_big<std::int64_t>(from);
    }

    /// How many 8-byte numbers make one of the `count` that stand behind `indices` integers: 2 if the file shows that
    /// they are complex.
    std::size_t parts(std::uint64_t count, std::uint64_t indices = 0) const {
        const std::uint64_t begin = detail::saturating_fma(indices, width_);
        const auto ends_at = [&](std::uint64_t offset) {
            if (offset >= bytes_.size()) return offset == bytes_.size();
            return begins_object(bytes_.subspan(offset), width_);
        };
        const std::uint64_t as_real = detail::saturating_fma(count, 8, begin);
        if (ends_at(as_real) || as_real > bytes_.size()) return 1;
        if (ends_at(detail::saturating_fma(count, 16, begin))) return 2;
        throw ParseError(name_, 0,
                         "the numbers, be they real or complex, end neither with the file nor where another object "
                         "begins; the file is truncated or not in double precision");
    }

    template <class To>
    void integers(Buffer<To>& to) {
        const Bytes from = take(to.size(), width_);
        for (std::size_t k = 0; k < to.size(); ++k) {
            if (k % pause == 0) progress_.at(total_ - bytes_.size());
            const char* const place = from.data() + k * width_;
            const std::int64_t value =
                width_ == 4 ? detail::load_big<std::int32_t>(place) : detail::load_big<std::int64_t>(place);
            if (!std::in_range<To>(value))
                throw ParseError(name_, 0, "an index is " + std::to_string(value) + ", which no index can be");
            to[k] = static_cast<To>(value);
        }
    }

    template <Scalar T>
    void numbers(T* to, std::size_t count) {
        constexpr std::size_t parts = sizeof(T) / sizeof(double);
        const Bytes from = take(count, sizeof(T));
        auto* const reals = reinterpret_cast<double*>(to);  // allowed for std::complex ([complex.numbers])
        for (std::size_t k = 0; k < count * parts; ++k) {
            if (k % pause == 0) progress_.at(total_ - bytes_.size());
            reals[k] = detail::load_big<double>(from.data() + k * sizeof(double));
        }
    }

    /// \throws ParseError unless `count` items of `size` bytes are left.
    void require_left(std::uint64_t count, std::size_t size) const {
        if (count > bytes_.size() / size)
            throw ParseError(name_, 0,
                             "the file is truncated: " + std::to_string(count) + " numbers of " + std::to_string(size) +
                                 " bytes are expected where " + std::to_string(bytes_.size()) + " bytes are left");
    }

private:
    static constexpr std::size_t pause = std::size_t{1} << 21;

    Bytes take(std::uint64_t count, std::size_t size) {
        require_left(count, size);
        const Bytes taken = bytes_.first(count * size);
        bytes_ = bytes_.subspan(count * size);
        return taken;
    }

    const std::string& name_;
    Bytes bytes_;
    std::size_t total_;
    const detail::ReadProgress& progress_;
    std::int64_t object_class_ = 0;
    std::size_t width_ = 4;
};

/// A Mat behind its class: its shape, and how many entries it stores (-1: dense).
std::int64_t read_mat_header(const std::string& name, Cursor& file, FileInfo& info) {
    info.rows = detail::checked_dimension(name, 0, file.integer(), "rows");
    info.cols = detail::checked_dimension(name, 0, file.integer(), "columns");
    const std::int64_t entries = file.integer();
    if (entries < 0 && entries != dense_mat)
        throw ParseError(name, 0, "the number of entries is " + std::to_string(entries));
    return entries;
}

template <Scalar T>
Csr<T> read_aij(const std::string& name, Cursor& file, std::size_t entries, const ReadOptions& options, FileInfo& info,
                Buffer<Offset> indptr) {
    file.require_left(entries, sizeof(T));
    Buffer<Index> indices(entries);
    file.integers(indices);
    Buffer<T> values(entries);
    file.numbers(values.data(), entries);
    return detail::csr_from_compressed<Order::row, T>(name, std::move(indptr), std::move(indices), std::move(values),
                                                      options, info);
}

template <Scalar T>
Eigen::MatrixX<T> read_dense_mat(const std::string& name, Cursor& file, const ReadOptions& options, FileInfo& info) {
    Eigen::MatrixX<T> A(info.rows, info.cols);
    if (A.size() == 0) return A;
    Buffer<T> row(static_cast<std::size_t>(info.cols));
    for (Index i = 0; i < info.rows; ++i) {  // PETSc stores dense matrices by rows
        file.numbers(row.data(), row.size());
        for (Index j = 0; j < info.cols; ++j) A(i, j) = row[static_cast<std::size_t>(j)];
    }
    detail::check_finite_dense<T>(name, A, options, info);
    return A;
}

DenseReadResult read_dense_mat(const std::string& name, Cursor& file, const ReadOptions& options, FileInfo info) {
    info.layout = Layout::array;
    info.stored_entries = Offset{info.rows} * info.cols;
    const auto elements = static_cast<std::uint64_t>(info.stored_entries);
    file.require_left(elements, sizeof(double));
    const bool complex = file.parts(elements) == 2;
    info.field = complex ? Field::complex : Field::real;
    detail::check_memory(name, detail::saturating_fma(elements, complex ? 16 : 8), options);
    AnyDense matrix;
    if (complex)
        matrix = read_dense_mat<std::complex<double>>(name, file, options, info);
    else
        matrix = read_dense_mat<double>(name, file, options, info);
    return {std::move(matrix), std::move(info)};
}

/// Big-endian numbers on their way to a file, a megabyte at a time.
class BigEndianWriter {
public:
    BigEndianWriter(detail::AtomicFile& file, const std::string& path, const WriteOptions& options)
        : file_(file), path_(path), options_(options) {}

    template <class N>
    void put(N number) {
        const N stored = std::endian::native == std::endian::big ? number : detail::reversed(number);
        const auto* const bytes = reinterpret_cast<const char*>(&stored);
        pending_.insert(pending_.end(), bytes, bytes + sizeof stored);
        if (pending_.size() >= std::size_t{1} << 20) flush();
    }
    template <Scalar T>
    void put_scalar(T number, bool complex) {
        if constexpr (is_complex<T>) {
            put(static_cast<double>(number.real()));
            if (complex) put(static_cast<double>(number.imag()));
        } else {
            put(static_cast<double>(number));
            if (complex) put(0.0);
        }
    }
    void flush() {
        detail::write_bytes(file_, path_, pending_, options_);
        pending_.clear();
    }

private:
    detail::AtomicFile& file_;
    const std::string& path_;
    const WriteOptions& options_;
    Buffer<char> pending_;
};

template <class Integer, Scalar T>
void write_aij(BigEndianWriter& out, const CsrView<T>& A, bool complex) {
    const auto put = [&](std::int64_t number) { out.put(static_cast<Integer>(number)); };
    put(mat_class);
    put(A.rows());
    put(A.cols());
    put(A.nnz());
    for (std::size_t i = 0; i < static_cast<std::size_t>(A.rows()); ++i) put(A.indptr()[i + 1] - A.indptr()[i]);
    for (const Index j : A.indices()) put(j);
    for (const T value : A.values()) out.put_scalar(value, complex);
}

}  // namespace

bool looks_like_petsc(Bytes bytes) noexcept {
    return class_of(bytes).width != 0;
}

ReadResult parse_petsc(Bytes bytes, const std::string& name, const ReadOptions& options) {
    const detail::ReadProgress progress(name, options, bytes.size());
    Cursor file(name, bytes, progress);
    if (file.object_class() != mat_class)
        throw ParseError(name, 0, "holds a PETSc Vec, expected a Mat; name it where a vector is wanted");
    FileInfo info;
    info.path = name;
    info.format = "PETSc binary";
    const std::int64_t stored = read_mat_header(name, file, info);
    if (stored == dense_mat) {
        detail::check_row_pointers(name, info.rows, bytes.size());
        DenseReadResult dense = read_dense_mat(name, file, options, std::move(info));
        progress.at(bytes.size());
        return std::visit(
            [&](const auto& A) -> ReadResult {
                return {detail::csr_from_dense(A), std::move(dense.info)};
            },
            dense.matrix);
    }

    Buffer<Index> lengths;
    file.require_left(static_cast<std::uint64_t>(info.rows), sizeof(std::int32_t));
    lengths.resize(static_cast<std::size_t>(info.rows));
    file.integers(lengths);
    Buffer<Offset> indptr(lengths.size() + 1);
    indptr[0] = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        if (lengths[i] < 0)
            throw ParseError(name, 0,
                             "row " + std::to_string(i + 1) + " has " + std::to_string(lengths[i]) + " entries");
        indptr[i + 1] = indptr[i] + lengths[i];
    }
    if (indptr.back() != stored)
        throw ParseError(
            name, 0,
            "the rows have " + std::to_string(indptr.back()) + " entries together, expected " + std::to_string(stored));
    info.stored_entries = stored;
    const auto entries = static_cast<std::uint64_t>(stored);
    const bool complex = file.parts(entries, entries) == 2;
    info.field = complex ? Field::complex : Field::real;
    const std::uint64_t entry = sizeof(Index) + (complex ? 16 : 8);
    detail::check_memory(name, detail::saturating_fma(entries, entry, 8 * indptr.size()), options);
    AnyCsr matrix;
    if (complex)
        matrix = read_aij<std::complex<double>>(name, file, entries, options, info, std::move(indptr));
    else
        matrix = read_aij<double>(name, file, entries, options, info, std::move(indptr));
    progress.at(bytes.size());
    return {std::move(matrix), std::move(info)};
}

DenseReadResult parse_petsc_dense(Bytes bytes, const std::string& name, const ReadOptions& options) {
    const detail::ReadProgress progress(name, options, bytes.size());
    Cursor file(name, bytes, progress);
    FileInfo info;
    info.path = name;
    info.format = "PETSc binary";
    if (file.object_class() == mat_class) {
        if (read_mat_header(name, file, info) != dense_mat)
            throw ParseError(name, 0, "holds a sparse PETSc Mat, expected a Vec or a dense Mat");
    } else {
        info.rows = detail::checked_dimension(name, 0, file.integer(), "rows");
        info.cols = 1;
    }
    DenseReadResult result = read_dense_mat(name, file, options, std::move(info));
    progress.at(bytes.size());
    return result;
}

ReadResult read_petsc(const std::string& path, const ReadOptions& options) {
    return detail::read_whole(path, options, parse_petsc);
}

DenseReadResult read_petsc_dense(const std::string& path, const ReadOptions& options) {
    return detail::read_whole(path, options, parse_petsc_dense);
}

template <Scalar T>
void write_petsc(const std::string& path, const CsrView<T>& A, const WriteOptions& options) {
    const bool complex = detail::writes_complex<T>("PETSc", A.values(), options);
    detail::AtomicFile file(path);
    BigEndianWriter out(file, path, options);
    if (A.nnz() <= std::numeric_limits<std::int32_t>::max())
        write_aij<std::int32_t>(out, A, complex);
    else
        write_aij<std::int64_t>(out, A, complex);
    out.flush();
    file.commit();
}

template <Scalar T>
void write_petsc_dense(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A,
                       const WriteOptions& options) {
    bool complex = A.size() == 0 && is_complex<T>;
    for (Eigen::Index j = 0; j < A.cols(); ++j)
        complex |= detail::writes_complex<T>(
            "PETSc", VectorView<T>(A.data() + j * A.outerStride(), static_cast<std::size_t>(A.rows())), options);
    const auto dimension = [](Eigen::Index extent) {
        detail::require(std::in_range<std::int32_t>(extent), "write_petsc_dense: dimensions must be below 2^31");
        return static_cast<std::int32_t>(extent);
    };
    detail::AtomicFile file(path);
    BigEndianWriter out(file, path, options);
    if (A.cols() == 1) {
        out.put(vec_class);
        out.put(dimension(A.rows()));
    } else {
        out.put(mat_class);
        out.put(dimension(A.rows()));
        out.put(dimension(A.cols()));
        out.put(dense_mat);
    }
    for (Eigen::Index i = 0; i < A.rows(); ++i)
        for (Eigen::Index j = 0; j < A.cols(); ++j) out.put_scalar<T>(A(i, j), complex);
    out.flush();
    file.commit();
}

#define RITZ_INSTANTIATE(T)                                                                            \
    template void write_petsc<T>(const std::string&, const CsrView<T>&, const WriteOptions&);          \
    template void write_petsc_dense<T>(const std::string&, const Eigen::Ref<const Eigen::MatrixX<T>>&, \
                                       const WriteOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
