// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// From unordered triplets to compressed storage: the one kernel behind to_csr, to_csc and the file readers.

#include <span>
#include <vector>

#include "ritz/core/buffer.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

/// What a stored entry (i, j, a) with i ≠ j also stands for: nothing, or a / -a / conj(a) at (j, i).
enum class Mirror { none, symmetric, skew_symmetric, hermitian };

/// Triplets in the order in which they came; indices already checked against the shape.
/// An empty `values` means that every entry is 1 (a pattern).
template <Scalar T>
struct Triplets {
    std::span<const Index> rows, cols;
    VectorView<T> values;
};

/// The matrix whose entries are the triplets of all chunks, in chunk order, mirrored as `mirror` says; entries at
/// the same place are added in that order. `release(c)` is called once chunk c is no longer looked at (from one
/// thread at a time), so that a caller may free its memory early.
template <Order order, Scalar T>
Compressed<order, T> assemble(Index rows, Index cols, std::span<const Triplets<T>> chunks, Mirror mirror = Mirror::none,
                              void (*release)(void* context, std::size_t chunk) = nullptr, void* context = nullptr);

}  // namespace ritz::detail
