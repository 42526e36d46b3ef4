// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Formats of Fortran 77 as they stand in Harwell-Boeing files: (16I5), (4D20.12), (1P,4E20.12), (3(1X,E25.16E3)).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ritz::detail {

/// One number of a record: where it is and how it is written.
struct FormatField {
    char kind;           // I, F, E, D or G
    std::size_t column;  // of its first character, from 0
    std::size_t width;
    int decimals;  // digits behind the point when none is written
    int scale;     // k of kP: a number without an exponent is 10ᵏ times what it stands for
};

/// What the records of a list of numbers look like. When the numbers go on, Fortran starts the second record not at the
/// beginning of the format but at its last group in parentheses.
struct FortranFormat {
    std::vector<FormatField> first, later;  // not empty

    /// Records that `count` numbers take.
    std::uint64_t records(std::uint64_t count) const noexcept;
};

/// \throws InvalidArgument saying what is wrong with `text`, which includes the outer parentheses.
FortranFormat parse_fortran_format(std::string_view text);

/// The integer in the characters of a field. \throws InvalidArgument
std::int64_t parse_fortran_integer(std::string_view text);

/// The number in the characters of a real field, rounded correctly. NaN and infinities are read.
/// \throws InvalidArgument, also when the number is beyond the range of double or when readers would differ (see
///         ritz/io/harwell_boeing.hpp).
double parse_fortran_real(std::string_view text, const FormatField& field);

}  // namespace ritz::detail
