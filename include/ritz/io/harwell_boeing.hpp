// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Harwell-Boeing files and their successor, Rutherford-Boeing (Duff, Grimes, Lewis: Users' guide for the
/// Harwell-Boeing sparse matrix collection, 1992; The Rutherford-Boeing sparse matrix collection, RAL-TR-97-031, 1997).
///
/// Three letters name the type: R real, C complex, I integer, P pattern; U unsymmetric, S symmetric, H hermitian, Z
/// skew-symmetric, R rectangular; A assembled. Elemental matrices (E) are Unsupported. A file that stores one triangle
/// is expanded; an entry together with its mirror image is an error.
///
/// Numbers are taken from the columns that the file's Fortran formats name, so there need be no blanks between
/// them: (16I5), (4D20.12), (1P,4E20.12), (1P4E20.12), (3(1X,E25.16)) and so on. Exponents may be written with E, D
/// or Q, or their sign alone (1.5-300). A line on which blanks separate as many words as the format has numbers is read
/// word by word, because some writers (scipy.io.hb_write) do not keep to the columns of their own format. Where
/// Fortran's rules and the habits of other readers give different numbers the file is refused rather than guessed at:
/// blank fields, blanks within a number, and numbers without a decimal point in a real field with decimals.
///
/// Every reader throws IoError if the file cannot be read; ParseError with the line if it is not what the format
/// allows; LimitExceeded; ReadCancelled; Unsupported.

#include <span>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz {

ReadResult read_harwell_boeing(const std::string& path, const ReadOptions& options = {});
ReadResult parse_harwell_boeing(std::span<const char> text, const std::string& name, const ReadOptions& options = {});

/// The right-hand sides of a Harwell-Boeing file, one a column; those stored in full only, without starting guesses
/// and solutions. \throws ParseError also if the file has none.
DenseReadResult read_harwell_boeing_right_hand_sides(const std::string& path, const ReadOptions& options = {});
DenseReadResult parse_harwell_boeing_right_hand_sides(std::span<const char> text, const std::string& name,
                                                      const ReadOptions& options = {});

/// Writes A as a Rutherford-Boeing file, which is a Harwell-Boeing file too. Doubles have 17 digits, so they read back
/// as the same bits. WriteOptions are obeyed in full; the first comment becomes the title (72 characters).
/// \throws IoError; InvalidArgument as WriteOptions says.
template <Scalar T>
void write_harwell_boeing(const std::string& path, const CsrView<T>& A, const WriteOptions& options = {});

/// True if the second and third line of `text` are those of a Harwell-Boeing file.
bool looks_like_harwell_boeing(std::span<const char> text) noexcept;

}  // namespace ritz
