// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the readers of all formats share: checked dimensions, limits, progress, and the way from the arrays of a file,
/// in whatever order they are, to a canonical matrix.

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>

#include "formats/assemble.hpp"
#include "io/byte_source.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz::detail {

/// How an entry of a file of this symmetry is mirrored.
Mirror mirror_of(Symmetry symmetry);

/// `value` as a dimension. \throws ParseError if it is negative, LimitExceeded if it is over 2³¹-1.
Index checked_dimension(const std::string& name, std::int64_t line, std::int64_t value, const char* what);

/// a · b + c, or the largest number there is if that overflows.
std::uint64_t saturating_fma(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0) noexcept;

/// What a reader may use: options.max_memory, or half of the machine's memory.
std::uint64_t memory_limit(const ReadOptions& options);

/// \throws LimitExceeded if memory_limit(options) is less than `bytes`.
void check_memory(const std::string& name, std::uint64_t bytes, const ReadOptions& options);

/// The row pointers of a CSR take memory that need not be in the file.
/// \throws LimitExceeded if they take more than 256 MB + 2 × the bytes of the file.
void check_row_pointers(const std::string& name, Index rows, std::uint64_t file_bytes);

/// Tells the caller of a reader how far it is, and ends the read when the caller wants that.
class ReadProgress {
public:
    ReadProgress(std::string name, const ReadOptions& options, std::uint64_t total)
        : name_(std::move(name)), options_(options), total_(static_cast<std::int64_t>(total)) {}

    /// \throws ReadCancelled, and whatever options.progress throws.
    void at(std::uint64_t done) const;

private:
    std::string name_;
    const ReadOptions& options_;
    std::int64_t total_;
};

/// Sets info.first_nonfinite. \throws ParseError if that is not allowed.
template <Scalar T>
void check_finite_dense(const std::string& name, const Eigen::MatrixX<T>& A, const ReadOptions& options,
                        FileInfo& info);

/// parse(bytes, name, options) on the contents of a file.
template <class Parse>
auto read_whole(const std::string& path, const ReadOptions& options, Parse&& parse) {
    ByteSource source(path, options.max_memory > 0 ? std::optional<std::uint64_t>(options.max_memory) : std::nullopt);
    auto result = parse(source.bytes(), source.name(), options);
    source.check_unchanged();
    result.info.path = path;
    return result;
}

/// The elements of a dense matrix that are not 0 (NaN is not 0).
template <Scalar T>
Csr<T> csr_from_dense(const Eigen::MatrixX<T>& A);

/// The CSR matrix of triplets (indices from 0), which are mirrored as info.symmetry says and added where they meet.
/// Sets info.duplicates and info.first_nonfinite.
/// \throws ParseError if an index is out of range, a number is not finite (unless that is allowed), or the entries
///         contradict the symmetry: both of an entry and its mirror image, a skew-symmetric or hermitian diagonal.
template <Scalar T>
Csr<T> csr_from_triplets(const std::string& name, Buffer<Index> rows, Buffer<Index> cols, Buffer<T> values,
                         const ReadOptions& options, FileInfo& info);

/// The CSR matrix of compressed arrays from a file, likewise. Indices in a slice may be in any order and repeat.
/// \throws ParseError also if the pointers do not start at 0, decrease, or do not end at the number of entries.
template <Order order, Scalar T>
Csr<T> csr_from_compressed(const std::string& name, Buffer<Offset> indptr, Buffer<Index> indices, Buffer<T> values,
                           const ReadOptions& options, FileInfo& info);

}  // namespace ritz::detail
