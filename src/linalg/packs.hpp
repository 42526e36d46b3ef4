// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Columns of small matrices in whole packs of eight numbers, 64-byte aligned, padded with zeros: no loop has a
/// remainder. The compiler makes one AVX-512 instruction of a pack's operation, two of AVX, four of SSE2 or Neon.

namespace ritz::linalg::detail {

using Pack [[gnu::vector_size(64), gnu::may_alias]] = double;
inline constexpr int pack_size = 8;

inline int packs_for(int n) {
    return (n + pack_size - 1) / pack_size;
}

inline double sum(Pack p) {
    return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
}

/// Σ x y over the packs first … last-1.
inline double dot(const double* x, const double* y, int first, int last) {
    const Pack* const a = reinterpret_cast<const Pack*>(x);
    const Pack* const b = reinterpret_cast<const Pack*>(y);
    Pack total = a[first] * b[first];
    for (int k = first + 1; k < last; ++k) total += a[k] * b[k];
    return sum(total);
}

/// y ← y + α x.
inline void axpy(double alpha, const double* x, double* y, int first, int last) {
    const Pack* const a = reinterpret_cast<const Pack*>(x);
    Pack* const b = reinterpret_cast<Pack*>(y);
    for (int k = first; k < last; ++k) b[k] += alpha * a[k];
}

/// (x, y) ← (c x − s y, s x + c y).
inline void rotate(double* x, double* y, double c, double s, int last) {
    Pack* const a = reinterpret_cast<Pack*>(x);
    Pack* const b = reinterpret_cast<Pack*>(y);
    for (int k = 0; k < last; ++k) {
        const Pack p = a[k], q = b[k];
        a[k] = c * p - s * q;
        b[k] = s * p + c * q;
    }
}

/// The reflection I − τ v vᵀ that maps x to (…, β, 0): rows below `k` of x are reflected onto row k.
struct Reflection {
    double tau = 0;
    double beta = 0;
};

/// v ← the reflector of x's rows k …, zero above, 1 at k. Squares below 1e-290 would lose digits: such rows are taken
/// as zero, 1e-68 of a matrix of moderate size.
inline Reflection reflector(const double* x, int k, int first, int last, double* v) {
    for (int i = first * pack_size; i < last * pack_size; ++i) v[i] = i > k ? x[i] : 0;
    const double alpha = x[k], below = dot(v, v, first, last);
    if (below < 1e-290) {
        for (int i = first * pack_size; i < last * pack_size; ++i) v[i] = 0;
        return {0, alpha};
    }
    const double beta = -__builtin_copysign(__builtin_sqrt(alpha * alpha + below), alpha);
    const double scale = 1 / (alpha - beta);
    Pack* const p = reinterpret_cast<Pack*>(v);
    for (int i = first; i < last; ++i) p[i] *= scale;
    v[k] = 1;
    return {(beta - alpha) / beta, beta};
}

}  // namespace ritz::linalg::detail
