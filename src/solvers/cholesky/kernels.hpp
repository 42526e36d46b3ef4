// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Dense kernels on panels, column-major, for fronts too small for the BLAS, and what is built on the BLAS for the
/// rest.

#include <algorithm>
#include <cmath>
#include <complex>
#include <type_traits>

#include "linalg/blas.hpp"
#include "ritz/core/types.hpp"

namespace ritz::detail {

/// A solve's or factorisation's number type: double or complex<double>. Products are written out, since those of
/// std::complex look for infinities.
inline double times(double a, double b) noexcept {
    return a * b;
}
inline std::complex<double> times(std::complex<double> a, std::complex<double> b) noexcept {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}
inline double conjugate_of(double a) noexcept {
    return a;
}
inline std::complex<double> conjugate_of(std::complex<double> a) noexcept {
    return {a.real(), -a.imag()};
}
inline double real_of(double a) noexcept {
    return a;
}
inline double real_of(std::complex<double> a) noexcept {
    return a.real();
}
inline double squared(double a) noexcept {
    return a * a;
}
inline double squared(std::complex<double> a) noexcept {
    return a.real() * a.real() + a.imag() * a.imag();
}

/// y ← y − a x.
inline void subtract_multiple(Index n, double a, const double* __restrict x, double* __restrict y) noexcept {
#pragma omp simd
    for (Index i = 0; i < n; ++i) y[i] -= a * x[i];
}
inline void subtract_multiple(Index n, std::complex<double> a, const std::complex<double>* x,
                              std::complex<double>* y) noexcept {
    const double *from = reinterpret_cast<const double*>(x), re = a.real(), im = a.imag();
    double* to = reinterpret_cast<double*>(y);
#pragma omp simd
    for (Index i = 0; i < n; ++i) {
        to[2 * i] -= re * from[2 * i] - im * from[2 * i + 1];
        to[2 * i + 1] -= re * from[2 * i + 1] + im * from[2 * i];
    }
}

/// y ← y − Σ a[q] X(:, q) over four columns of X.
inline void subtract_four(Index n, const double* a, const double* __restrict x, Index ld,
                          double* __restrict y) noexcept {
    const double *x1 = x + ld, *x2 = x1 + ld, *x3 = x2 + ld;
    const double a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
#pragma omp simd
    for (Index i = 0; i < n; ++i) y[i] -= (a0 * x[i] + a1 * x1[i]) + (a2 * x2[i] + a3 * x3[i]);
}
inline void subtract_four(Index n, const std::complex<double>* a, const std::complex<double>* x, Index ld,
                          std::complex<double>* y) noexcept {
    for (int q = 0; q < 4; ++q) subtract_multiple(n, a[q], x + static_cast<std::ptrdiff_t>(q) * ld, y);
}

/// Factors the leading k columns of a panel of `rows` rows in place, column by column. Returns the first column whose
/// pivot is not positive, or -1.
template <class W>
Index factor_columns(Index rows, Index k, W* P, Index ld) noexcept {
    for (Index j = 0; j < k; ++j) {
        W* column = P + static_cast<std::ptrdiff_t>(j) * ld;
        const double pivot = real_of(column[j]);
        if (!(pivot > 0) || !(pivot < HUGE_VAL)) return j;
        const double root = std::sqrt(pivot), inverse = 1 / root;
        column[j] = root;
        for (Index i = j + 1; i < rows; ++i) column[i] *= inverse;
        for (Index c = j + 1; c < k; ++c) {
            W* other = P + static_cast<std::ptrdiff_t>(c) * ld;
            subtract_multiple(rows - c, conjugate_of(column[c]), column + c, other + c);
        }
    }
    return -1;
}

/// A = L Lᴴ, the lower triangle of an n × n matrix in place. Returns the first bad column or -1.
template <class W>
Index factor_triangle(Index n, W* A, Index ld) noexcept {
    if (n <= 24) return factor_columns(n, n, A, ld);
    const Index half = n <= 64 ? (n / 2 + 7) / 8 * 8 : (n / 2 + 15) / 16 * 16, rest = n - half;
    if (const Index bad = factor_triangle(half, A, ld); bad >= 0) return bad;
    W *below = A + half, *corner = below + static_cast<std::ptrdiff_t>(half) * ld;
    blas::trsm_right(blas::adjoint<W>, rest, half, A, ld, below, ld);
    blas::herk(rest, half, -1.0, below, ld, 1.0, corner, ld);
    const Index bad = factor_triangle(rest, corner, ld);
    return bad >= 0 ? bad + half : -1;
}

/// C ← −B Bᴴ, the lower triangle of an m × m matrix; B is m × k with k small.
template <class W>
void negative_square(Index m, Index k, const W* B, Index ldb, W* C, Index ldc) noexcept {
    for (Index j = 0; j < m; ++j) {
        W* column = C + static_cast<std::ptrdiff_t>(j) * ldc;
        std::fill(column + j, column + m, W{});
        Index q = 0;
        for (; q + 4 <= k; q += 4) {
            const W* from = B + static_cast<std::ptrdiff_t>(q) * ldb;
            W a[4];
            for (int p = 0; p < 4; ++p) a[p] = conjugate_of(from[static_cast<std::ptrdiff_t>(p) * ldb + j]);
            subtract_four(m - j, a, from + j, ldb, column + j);
        }
        for (; q < k; ++q) {
            const W* from = B + static_cast<std::ptrdiff_t>(q) * ldb;
            subtract_multiple(m - j, conjugate_of(from[j]), from + j, column + j);
        }
    }
}

}  // namespace ritz::detail
