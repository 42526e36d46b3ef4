// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the sources of the gallery share: matrices written row by row, and sizes that are checked.

#include <initializer_list>
#include <limits>
#include <string>
#include <utility>

#include "core/parallel.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

/// factors multiplied; each must be at least 1. \throws InvalidArgument, or LimitExceeded when it does not fit an
/// Index.
inline Index checked_order(const char* who, std::initializer_list<std::int64_t> factors) {
    std::int64_t product = 1;
    for (std::int64_t factor : factors) {
        if (factor < 1) throw InvalidArgument(std::string(who) + ": sizes must be at least 1");
        if (factor > std::numeric_limits<Index>::max() / product)
            throw LimitExceeded(std::string(who) + ": the order exceeds the largest there can be, 2147483647");
        product *= factor;
    }
    return static_cast<Index>(product);
}

/// The matrix whose row i is what row(i, emit) emits: emit(j, value), j strictly increasing. row runs twice for each i,
/// in parallel: once to count, once to write.
template <Scalar T, class Row>
Csr<T> csr_from_rows(Index rows, Index cols, Row&& row) {
    constexpr std::int64_t grain = 1 << 14;  // rows a thread should have at least
    Buffer<Offset> indptr(static_cast<std::size_t>(rows) + 1);
    indptr[0] = 0;
    parallel_ranges(rows, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            Offset count = 0;
            row(static_cast<Index>(i), [&](Index, const T&) { ++count; });
            indptr[static_cast<std::size_t>(i) + 1] = count;
        }
    });
    for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) indptr[i + 1] += indptr[i];
    Buffer<Index> indices(static_cast<std::size_t>(indptr.back()));
    Buffer<T> values(indices.size());
    parallel_ranges(rows, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            auto k = static_cast<std::size_t>(indptr[static_cast<std::size_t>(i)]);
            row(static_cast<Index>(i), [&](Index j, const T& value) {
                indices[k] = j;
                values[k++] = value;
            });
        }
    });
    return {Trusted{}, rows, cols, std::move(indptr), std::move(indices), std::move(values)};
}

}  // namespace ritz::detail
