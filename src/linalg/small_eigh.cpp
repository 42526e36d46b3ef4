// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "linalg/packs.hpp"
#include "linalg/probe.hpp"
#include "linalg/small_spectral.hpp"

namespace ritz::linalg::detail {

namespace {

constexpr double u = std::numeric_limits<double>::epsilon() / 2;

/// Tridiagonal form T = Qᵀ A Q of W (overwritten), d and e its diagonals, Z ← Q.
void tridiagonalise(int n, int packs, double* W, double* Z, double* d, double* e) {
    const int ld = packs * pack_size;
    alignas(64) double v[small_eigh_limit], p[small_eigh_limit], tau[small_eigh_limit];
    for (int k = 0; k + 2 < n; ++k) {
        double* const column = W + k * ld;
        const int first = (k + 1) / pack_size;
        d[k] = column[k];
        const Reflection h = reflector(column, k + 1, first, packs, v);
        tau[k] = h.tau;
        e[k] = h.beta;
        if (h.tau != 0) {
            Pack* const pp = reinterpret_cast<Pack*>(p);
            for (int i = first; i < packs; ++i) pp[i] = Pack{};
            for (int j = k + 1; j < n; ++j) axpy(v[j], W + j * ld, p, first, packs);  // p = A v
            for (int i = first * pack_size; i <= k; ++i) p[i] = 0;
            for (int i = first; i < packs; ++i) pp[i] *= h.tau;
            axpy(-0.5 * h.tau * dot(p, v, first, packs), v, p, first, packs);  // w = τ p − ½ τ² (pᵀv) v
            const Pack* const vv = reinterpret_cast<const Pack*>(v);
            for (int j = k + 1; j < n; ++j) {  // A ← A − v wᵀ − w vᵀ
                Pack* const a = reinterpret_cast<Pack*>(W + j * ld);
                const double vj = v[j], wj = p[j];
                for (int i = first; i < packs; ++i) a[i] -= vv[i] * wj + pp[i] * vj;
            }
        }
        std::copy(v + first * pack_size, v + ld, column + first * pack_size);
    }
    if (n >= 2) {
        d[n - 2] = W[(n - 2) * ld + n - 2];
        e[n - 2] = W[(n - 2) * ld + n - 1];
    }
    d[n - 1] = W[(n - 1) * ld + n - 1];

    std::fill(Z, Z + n * ld, 0.0);
    for (int j = 0; j < n; ++j) Z[j * ld + j] = 1;
    for (int k = n - 3; k >= 0; --k) {
        if (tau[k] == 0) continue;
        const int first = (k + 1) / pack_size;
        for (int j = k + 1; j < n; ++j) {
            double* const z = Z + j * ld;
            axpy(-tau[k] * dot(W + k * ld, z, first, packs), W + k * ld, z, first, packs);
        }
    }
}

/// Eigenvalues of T into d, Z ← Z times its eigenvectors, by QL iterations with Wilkinson's shift.
bool ql_iterations(int n, int packs, double* Z, double* d, double* e) {
    const int ld = packs * pack_size;
    double norm = 0;
    for (int i = 0; i < n; ++i) norm = std::max(norm, std::abs(d[i]) + (i + 1 < n ? std::abs(e[i]) : 0));
    const double negligible = u * u * norm;
    for (int l = 0; l < n; ++l)
        for (int iteration = 0;; ++iteration) {
            int m = l;
            while (m < n - 1 && !(std::abs(e[m]) <= u * (std::abs(d[m]) + std::abs(d[m + 1])) + negligible)) ++m;
            if (m == l) break;
            if (iteration == 60) return false;
            const double half = (d[l + 1] - d[l]) / (2 * e[l]);
            double g = d[m] - d[l] + e[l] / (half + std::copysign(std::sqrt(half * half + 1), half));
            double s = 1, c = 1, p = 0;
            int i = m - 1;
            for (; i >= l; --i) {
                const double f = s * e[i], b = c * e[i], r = std::sqrt(f * f + g * g);
                e[i + 1] = r;
                if (r == 0) {  // the bulge has gone: split here
                    d[i + 1] -= p;
                    break;
                }
                const double inverse = 1 / r;
                s = f * inverse;
                c = g * inverse;
                g = d[i + 1] - p;
                const double q = (d[i] - g) * s + 2 * c * b;
                p = s * q;
                d[i + 1] = g + p;
                g = c * q - b;
                rotate(Z + i * ld, Z + (i + 1) * ld, c, s, packs);
            }
            e[m] = 0;
            if (i >= l) continue;
            d[l] -= p;
            e[l] = g;
        }
    return true;
}

}  // namespace

bool small_eigh(int n, const double* A, int lda, double* w, double* V) {
    const int packs = packs_for(n), ld = packs * pack_size;
    alignas(64) double W[small_eigh_limit * small_eigh_limit], Z[small_eigh_limit * small_eigh_limit];
    alignas(64) double e[small_eigh_limit], x[small_eigh_limit], y[small_eigh_limit], r[small_eigh_limit];
    static_assert(small_eigh_limit % pack_size == 0);
    for (int j = 0; j < n; ++j) {
        std::copy(A + j * lda, A + j * lda + n, W + j * ld);
        std::fill(W + j * ld + n, W + (j + 1) * ld, 0.0);
    }
    double d[small_eigh_limit];
    tridiagonalise(n, packs, W, Z, d, e);
    if (!ql_iterations(n, packs, Z, d, e)) return false;

    int order[small_eigh_limit];
    for (int k = 0; k < n; ++k) {  // by insertion
        int place = k;
        for (; place > 0 && d[order[place - 1]] > d[k]; --place) order[place] = order[place - 1];
        order[place] = k;
    }

    // Verification: A (V z) = V (Λ z), Vᵀ (V z) = z.
    const auto z = probe_vector<double>(small_eigh_limit);
    std::fill(x, x + ld, 0.0);
    std::fill(y, y + ld, 0.0);
    std::fill(r, r + ld, 0.0);
    double z_norm2 = 0, a_norm2 = 0;
    for (int k = 0; k < n; ++k) {
        axpy(z[k], Z + k * ld, x, 0, packs);
        axpy(d[k] * z[k], Z + k * ld, y, 0, packs);
        z_norm2 += z[k] * z[k];
    }
    double orthogonality2 = 0, residual2 = 0;
    for (int k = 0; k < n; ++k) {
        const double defect = dot(Z + k * ld, x, 0, packs) - z[k];
        orthogonality2 += defect * defect;
        for (int i = 0; i < n; ++i) {
            r[i] += A[k * lda + i] * x[k];
            a_norm2 += A[k * lda + i] * A[k * lda + i];
        }
    }
    for (int i = 0; i < n; ++i) residual2 += (r[i] - y[i]) * (r[i] - y[i]);
    const double bound = 32 * n * u;
    if (!(orthogonality2 <= bound * bound * z_norm2 && residual2 <= bound * bound * z_norm2 * a_norm2)) return false;

    for (int k = 0; k < n; ++k) {
        w[k] = d[order[k]];
        std::copy(Z + order[k] * ld, Z + order[k] * ld + n, V + k * n);
    }
    return true;
}

}  // namespace ritz::linalg::detail
