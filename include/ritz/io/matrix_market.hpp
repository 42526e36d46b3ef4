// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Matrix Market files (Boisvert, Pozo, Remington: The Matrix Market exchange formats, NISTIR 5935, 1996):
/// coordinate and array; real (also spelled double), integer, pattern, complex; general, symmetric, skew-symmetric,
/// hermitian; also gzip and bzip2 compressed, from a pipe, and `-` for standard input.
///
/// Reading is strict in what it understands and tolerant in how it is laid out:
///  - A line ends with LF, CRLF or CR; the last may lack its end. Blank lines, indentation, tabs and `%` lines may
///    stand anywhere after the banner; a line may be of any length. One entry a line.
///  - The banner's words are case-insensitive; leading blanks, a single `%` and a UTF-8 byte-order mark are accepted.
///    The object is `matrix`, or `vector` (one column, general).
///  - Numbers are locale-free, and correctly rounded; `D` is an exponent letter as `E` is. A number beyond the range
///    of the type is an error; one that underflows becomes 0 with a note. `nan` and `inf` need
///    ReadOptions::allow_nonfinite. An integer file holds 64-bit signed integers, or unsigned ones when a comment
///    `%%GraphBLAS type uint64_t` says so; they are rounded to the element type.
///  - Entries at the same place are added, and counted in FileInfo::duplicates.
///  - A symmetric, skew-symmetric or hermitian coordinate file may store an entry in either triangle, but an entry
///    and its mirror image both is an error, since one cannot know whether they add up. A skew-symmetric diagonal
///    must be 0; one of a hermitian file that is not real is kept, with a note. `real hermitian` and `integer
///    hermitian` are read as symmetric, with a note.
///  - More or fewer entries than the size line says is an error.
///  - The zeros of an array file are not stored in a sparse matrix; those of a coordinate file are.
///
/// Memory grows with the bytes that are there, not with what the size line promises: entries beyond what the rest of
/// the file can hold are refused at once, and so are dimensions over 2³¹-1 and row pointers (8 bytes a row) of more
/// than 256 MB + 2 × the size of the text, both as LimitExceeded.
///
/// Every function throws IoError if the file cannot be opened or read; ParseError "file:line: what, found …, expected
/// …" if it is not what the format allows; LimitExceeded; ReadCancelled.

#include <span>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz {

/// The matrix in `path`, real or complex as the file is. A memory-mapped file is parsed by max_threads() threads;
/// the result is the same for any number of them.
ReadResult read_matrix_market(const std::string& path, const ReadOptions& options = {});

/// The matrix in `path` with elements T; `info`, when given, receives what the file says about itself.
/// \throws ParseError also if the file is complex and T is real, or a number is out of T's range.
template <Scalar T>
Csr<T> read_matrix_market(const std::string& path, const ReadOptions& options = {}, FileInfo* info = nullptr);

/// A dense matrix or vector in `path`; a coordinate file is filled up with zeros, as long as the result takes no more
/// than 256 MB + 16 × the size of the text (else LimitExceeded).
DenseReadResult read_matrix_market_dense(const std::string& path, const ReadOptions& options = {});

template <Scalar T>
Eigen::MatrixX<T> read_matrix_market_dense(const std::string& path, const ReadOptions& options = {},
                                           FileInfo* info = nullptr);

/// The same from text in memory; `name` stands for the path in messages.
ReadResult parse_matrix_market(std::span<const char> text, const std::string& name, const ReadOptions& options = {});

template <Scalar T>
Csr<T> parse_matrix_market(std::span<const char> text, const std::string& name, const ReadOptions& options = {},
                           FileInfo* info = nullptr);

DenseReadResult parse_matrix_market_dense(std::span<const char> text, const std::string& name,
                                          const ReadOptions& options = {});

template <Scalar T>
Eigen::MatrixX<T> parse_matrix_market_dense(std::span<const char> text, const std::string& name,
                                            const ReadOptions& options = {}, FileInfo* info = nullptr);

/// Only the banner, comments and size line of `text`: rows, cols, field, symmetry, stored_entries. O(their length).
FileInfo parse_matrix_market_header(std::span<const char> text, const std::string& name);

/// True if `text` begins like a Matrix Market file.
bool looks_like_matrix_market(std::span<const char> text) noexcept;

/// Writes A as a coordinate file: the shortest decimal numbers that read back as the same bits (-0, subnormals and
/// extremes included; NaN and infinities as nan and inf). Formatted by max_threads() threads. The file appears under
/// its name only when it is complete and on disk; a name ending in .gz is compressed, `-` is standard output.
/// \throws IoError if it cannot be written (a full disk included); InvalidArgument as WriteOptions says.
template <Scalar T>
void write_matrix_market(const std::string& path, const CsrView<T>& A, const WriteOptions& options = {});

template <Scalar T>
void write_matrix_market(const std::string& path, const CscView<T>& A, const WriteOptions& options = {});

/// Writes a dense matrix or vector as an array file, likewise. `Field::pattern` is refused.
template <Scalar T>
void write_matrix_market_dense(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A,
                               const WriteOptions& options = {});

}  // namespace ritz
