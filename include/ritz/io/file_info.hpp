// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What all readers and writers of matrices speak: what a file said about itself, how to read it, how to write one.

#include <atomic>
#include <complex>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

enum class Layout { coordinate, array };
enum class Field { real, integer, pattern, complex };
enum class Symmetry { general, symmetric, skew_symmetric, hermitian };

const char* to_string(Layout layout) noexcept;
const char* to_string(Field field) noexcept;
const char* to_string(Symmetry symmetry) noexcept;  ///< as in a Matrix Market banner: "skew-symmetric"

/// Where an entry stands: row and column from 0, its line in the file from 1 (0 in a format without lines).
struct EntryPosition {
    Index row = 0, col = 0;
    std::int64_t line = 0;
};

/// What a matrix file says about itself, and what its reader noticed.
struct FileInfo {
    std::string path;    ///< as it was given; "-" is standard input
    std::string format;  ///< "Matrix Market", …
    Layout layout = Layout::coordinate;
    Field field = Field::real;
    Symmetry symmetry = Symmetry::general;  ///< what the file stores; the matrix read from it is always whole
    Index rows = 0, cols = 0;
    Offset stored_entries = 0;  ///< entries in the file: one triangle only when `symmetry` is not general
    Offset duplicates = 0;      ///< entries of the file that were added to an earlier one at the same place
    std::optional<EntryPosition> first_nonfinite;  ///< the first NaN or infinity, when these were allowed
    std::vector<std::string> notes;  ///< for the user: "real hermitian is read as symmetric", "line 7: … is read as 0"
};

/// How to read a file. The defaults suit whatever is going to compute with the matrix.
struct ReadOptions {
    /// NaN and infinities are read and reported in FileInfo::first_nonfinite instead of being a ParseError.
    bool allow_nonfinite = false;

    /// Called now and then with the bytes done and their total, from one thread at a time. May throw; that ends the
    /// read.
    std::function<void(std::int64_t done, std::int64_t total)> progress = {};

    /// When set to true by another thread or a signal handler, the read ends with ReadCancelled.
    const std::atomic<bool>* cancel = nullptr;

    /// Bytes the read may use in addition to a memory-mapped file; passing it is LimitExceeded. 0: no such limit.
    std::int64_t max_memory = 0;
};

/// A read or a write was ended through ReadOptions::cancel or WriteOptions::cancel.
class ReadCancelled : public Error {
public:
    using Error::Error;
};

using AnyCsr = std::variant<Csr<double>, Csr<std::complex<double>>>;
using AnyDense = std::variant<Eigen::MatrixXd, Eigen::MatrixXcd>;

/// A matrix with the field of its file: complex only if the file is.
struct ReadResult {
    AnyCsr matrix;
    FileInfo info;
};

/// A dense matrix or vector (one column) with the field of its file.
struct DenseReadResult {
    AnyDense matrix;
    FileInfo info;
};

/// How to write a file.
struct WriteOptions {
    /// Which part is stored. `general` stores every entry; nothing (std::nullopt) stores one triangle when the matrix
    /// is exactly symmetric, skew-symmetric or Hermitian; any other value demands that it is, or InvalidArgument.
    std::optional<Symmetry> symmetry = Symmetry::general;

    /// What the numbers are. Nothing: real or complex as the type is. `integer` demands integers of at most 64 bits,
    /// `pattern` demands that every value is 1, `real` that no imaginary part is nonzero; or InvalidArgument.
    std::optional<Field> field = {};

    std::vector<std::string> comments = {};  ///< written below the first line, where the format has comments

    const std::atomic<bool>* cancel = nullptr;  ///< as in ReadOptions; nothing is left behind
};

}  // namespace ritz
