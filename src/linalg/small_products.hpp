// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Products of real matrices that live in the second cache, without the packing and the fixed costs of the BLAS: blocks
/// of C stay in registers while columns of A and rows of B go by.

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "linalg/blas.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"

namespace ritz::linalg {

/// A matrix in memory by its distances from row to row and from column to column.
template <class R>
struct Strided {
    const R* data;
    Eigen::Index row, column;
    R operator()(Eigen::Index i, Eigen::Index j) const { return data[i * row + j * column]; }
    Strided from(Eigen::Index i, Eigen::Index j) const { return {data + i * row + j * column, row, column}; }
};

namespace micro {

template <class R>
struct Pack {
    typedef R type __attribute__((vector_size(64)));
    using Integer = std::conditional_t<sizeof(R) == 8, long long, int>;
    typedef Integer mask __attribute__((vector_size(64)));
    static constexpr int lanes = 64 / static_cast<int>(sizeof(R));
};

template <class V, class R>
inline V load(const R* p) {
    V v;
    std::memcpy(&v, p, sizeof v);
    return v;
}
template <class V, class R>
inline void store(R* p, const V& v) {
    std::memcpy(p, &v, sizeof v);
}

/// C ← C + sign A B for `packs` packs of rows and `columns` columns; rows before `skip` of the last pack keep their
/// values.
template <class R, int packs, int columns>
inline void block(int k, R sign, const R* A, Eigen::Index lda, Strided<R> B, R* C, Eigen::Index ldc, int skip) {
    using V = typename Pack<R>::type;
    constexpr int lanes = Pack<R>::lanes;
    V sums[columns][packs] = {};
    for (int p = 0; p < k; ++p) {
        V a[packs];
        for (int v = 0; v < packs; ++v) a[v] = load<V>(A + p * lda + v * lanes);
        for (int j = 0; j < columns; ++j) {
            const R b = B(p, j);
            for (int v = 0; v < packs; ++v) sums[j][v] += a[v] * b;
        }
    }
    for (int j = 0; j < columns; ++j)
        for (int v = 0; v < packs; ++v) {
            R* c = C + j * ldc + v * lanes;
            V sum = sums[j][v] * sign;
            if (skip > 0) {
                typename Pack<R>::mask lane;
                for (int l = 0; l < lanes; ++l) lane[l] = l;
                sum = lane >= skip ? sum : V{};
            }
            store(c, load<V>(c) + sum);
        }
}

template <class R, int columns>
void strip(int m, int k, R sign, const R* A, Eigen::Index lda, Strided<R> B, R* C, Eigen::Index ldc) {
    constexpr int lanes = Pack<R>::lanes;
    int i = 0;
    for (; i + 3 * lanes <= m; i += 3 * lanes) block<R, 3, columns>(k, sign, A + i, lda, B, C + i, ldc, 0);
    if (i + 2 * lanes <= m) {
        block<R, 2, columns>(k, sign, A + i, lda, B, C + i, ldc, 0);
        i += 2 * lanes;
    } else if (i + lanes <= m) {
        block<R, 1, columns>(k, sign, A + i, lda, B, C + i, ldc, 0);
        i += lanes;
    }
    if (i == m) return;
    if (m >= lanes) {  // the last full pack once more, without the rows that are done
        const int start = m - lanes;
        block<R, 1, columns>(k, sign, A + start, lda, B, C + start, ldc, i - start);
        return;
    }
    for (int j = 0; j < columns; ++j)
        for (int p = 0; p < k; ++p) {
            const R b = sign * B(p, j);
            for (int r = 0; r < m; ++r) C[r + j * ldc] += A[r + p * lda] * b;
        }
}

}  // namespace micro

/// C ← C + sign A B without the BLAS; C is m × n, A is m × k and has unit stride in its columns.
template <class R>
void add_small_product(int m, int n, int k, R sign, const R* A, Eigen::Index lda, Strided<R> B, R* C,
                       Eigen::Index ldc) {
    int j = 0;
    for (; j + 8 <= n; j += 8) micro::strip<R, 8>(m, k, sign, A, lda, B.from(0, j), C + j * ldc, ldc);
    if (j + 4 <= n) {
        micro::strip<R, 4>(m, k, sign, A, lda, B.from(0, j), C + j * ldc, ldc);
        j += 4;
    }
    switch (n - j) {
        case 3:
            return micro::strip<R, 3>(m, k, sign, A, lda, B.from(0, j), C + j * ldc, ldc);
        case 2:
            return micro::strip<R, 2>(m, k, sign, A, lda, B.from(0, j), C + j * ldc, ldc);
        case 1:
            return micro::strip<R, 1>(m, k, sign, A, lda, B.from(0, j), C + j * ldc, ldc);
        default:
            return;
    }
}

/// The same by whatever is faster; B has unit stride in its columns, or in its rows.
template <class R>
void add_product(int m, int n, int k, R sign, const R* A, Eigen::Index lda, Strided<R> B, R* C, Eigen::Index ldc) {
    if (m == 0 || n == 0 || k == 0) return;
    constexpr double small = 96.0 * 96.0 * 96.0;
    if (k <= 128 && static_cast<double>(m) * n * k <= small) return add_small_product(m, n, k, sign, A, lda, B, C, ldc);
    const bool transposed = B.row != 1;
    ritz::detail::blas::gemm('N', transposed ? 'T' : 'N', m, n, k, sign, A, static_cast<int>(lda), B.data,
                             static_cast<int>(transposed ? B.row : B.column), R(1), C, static_cast<int>(ldc));
}

}  // namespace ritz::linalg
