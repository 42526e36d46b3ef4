// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

enum class Mirror : std::uint8_t { pattern, hermitian };

/// Whether the pattern, or A itself, equals that of its mirror image. Rows are looked at in order, so the entries of
/// row j left of its diagonal are met in their order; met[j] is the next one. O(nnz).
template <Scalar T>
bool mirrored(const CsrView<T>& A, Mirror what) {
    const auto n = static_cast<std::size_t>(A.rows());
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    Buffer<Offset> met(indptr.begin(), indptr.end() - 1);
    for (std::size_t i = 0; i < n; ++i) {
        auto k = static_cast<std::size_t>(met[i]);
        const auto end = static_cast<std::size_t>(indptr[i + 1]);
        if (k < end && static_cast<std::size_t>(indices[k]) < i) return false;  // no mirror image
        if (k < end && static_cast<std::size_t>(indices[k]) == i) {
            if (what == Mirror::hermitian && values[k] != conjugate(values[k])) return false;
            ++k;
        }
        for (; k < end; ++k) {
            const auto j = static_cast<std::size_t>(indices[k]);
            const auto image = static_cast<std::size_t>(met[j]);
            if (image >= static_cast<std::size_t>(indptr[j + 1]) || static_cast<std::size_t>(indices[image]) != i)
                return false;
            if (what == Mirror::hermitian && values[image] != conjugate(values[k])) return false;
            ++met[j];
        }
    }
    return true;
}

}  // namespace ritz::detail
