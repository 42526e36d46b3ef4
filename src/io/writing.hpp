// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the writers of binary formats share.

#include <optional>
#include <span>
#include <string>

#include "io/atomic_file.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz::detail {

/// \throws ReadCancelled if the caller of a writer wants to end it.
void check_cancelled(const std::string& path, const WriteOptions& options);

/// Writes `bytes` piece by piece, so that the caller can end it.
void write_bytes(AtomicFile& file, const std::string& path, std::span<const char> bytes, const WriteOptions& options);

/// For formats that store whole matrices of real or complex numbers: whether complex ones are to be written.
/// \throws Unsupported if `options` ask for a half, integers or a pattern; InvalidArgument if they ask for real numbers
///         and one has an imaginary part.
template <Scalar T>
bool writes_complex(const char* format, VectorView<T> values, const WriteOptions& options);

/// The numbers as U: real parts, or complex numbers without imaginary parts.
template <Scalar U, Scalar T>
Buffer<U> convert_numbers(VectorView<T> values) {
    Buffer<U> converted(values.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
        if constexpr (is_complex<T> && !is_complex<U>)
            converted[k] = static_cast<U>(values[k].real());
        else
            converted[k] = static_cast<U>(values[k]);
    }
    return converted;
}

}  // namespace ritz::detail
