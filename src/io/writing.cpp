// SPDX-License-Identifier: BSD-3-Clause
#include "io/writing.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"

namespace ritz::detail {

void check_cancelled(const std::string& path, const WriteOptions& options) {
    if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed))
        throw ReadCancelled(path + ": writing was ended before it was complete");
}

void write_bytes(AtomicFile& file, const std::string& path, std::span<const char> bytes, const WriteOptions& options) {
    constexpr std::size_t piece = std::size_t{1} << 24;
    while (!bytes.empty()) {
        check_cancelled(path, options);
        const std::size_t take = std::min(piece, bytes.size());
        file.write(bytes.first(take));
        bytes = bytes.subspan(take);
    }
}

template <Scalar T>
bool writes_complex(const char* format, VectorView<T> values, const WriteOptions& options) {
    if (options.symmetry && *options.symmetry != Symmetry::general)
        throw Unsupported(std::string(format) + " files store whole matrices; write Matrix Market to store a half");
    if (options.field && (*options.field == Field::integer || *options.field == Field::pattern))
        throw Unsupported(std::string(format) + " files are written with real or complex numbers only");
    if (!options.field) return is_complex<T>;
    if constexpr (is_complex<T>)
        if (*options.field == Field::real)
            require(std::all_of(values.begin(), values.end(), [](const T& value) { return value.imag() == 0; }),
                    std::string(format) + ": real numbers were asked for, but the matrix has imaginary parts");
    return *options.field == Field::complex;
}

#define RITZ_INSTANTIATE(T) template bool writes_complex<T>(const char*, VectorView<T>, const WriteOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
