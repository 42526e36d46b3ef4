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
constexpr int limit = small_svd_limit;
static_assert(limit % pack_size == 0);

/// A P = Q R: R above the diagonal of W, reflector k in column k of H.
void pivoted_qr(int n, int packs, double* W, double* H, double* tau, int* pivots) {
    const int ld = packs * pack_size;
    for (int j = 0; j < n; ++j) pivots[j] = j;
    for (int k = 0; k < n; ++k) {
        const int first = k / pack_size;
        alignas(64) double mask[pack_size];
        for (int i = 0; i < pack_size; ++i) mask[i] = first * pack_size + i >= k ? 1 : 0;
        int best = k;
        double largest = -1;
        for (int j = k; j < n; ++j) {
            const Pack* const a = reinterpret_cast<const Pack*>(W + j * ld);
            const Pack head = a[first] * *reinterpret_cast<const Pack*>(mask);
            Pack squares = head * head;
            for (int i = first + 1; i < packs; ++i) squares += a[i] * a[i];
            const double norm2 = sum(squares);
            if (norm2 > largest) largest = norm2, best = j;
        }
        if (best != k) {
            std::swap_ranges(W + k * ld, W + (k + 1) * ld, W + best * ld);
            std::swap(pivots[k], pivots[best]);
        }
        double* const v = H + k * ld;
        std::fill(v, v + first * pack_size, 0.0);
        const Reflection h = reflector(W + k * ld, k, first, packs, v);
        tau[k] = h.tau;
        W[k * ld + k] = h.beta;
        if (h.tau == 0) continue;
        for (int j = k + 1; j < n; ++j) axpy(-h.tau * dot(v, W + j * ld, first, packs), v, W + j * ld, first, packs);
    }
}

/// Rotates the columns of X until they are orthogonal, and those of V with them; `norm2` ← their squared norms.
bool orthogonalise(int n, int packs, double* X, double* V, double* norm2) {
    const int ld = packs * pack_size;
    const double tolerance = u * std::sqrt(static_cast<double>(n));
    for (int sweep = 0; sweep < 30; ++sweep) {
        for (int j = 0; j < n; ++j) {
            norm2[j] = dot(X + j * ld, X + j * ld, 0, packs);
            // Products of two of them must neither underflow nor overflow: pairs would pass for orthogonal. What is
            // smaller is zero, and the left vector of zero would have to be made up.
            if (!(norm2[j] > 1e-120 && norm2[j] < 1e120)) return false;
        }
        bool rotated = false;
        for (int i = 0; i < n; ++i)
            for (int j = i + 1; j < n; ++j) {
                const double a = norm2[i], b = norm2[j], g = dot(X + i * ld, X + j * ld, 0, packs);
                if (!(g * g > tolerance * tolerance * a * b) || g == 0) continue;
                rotated = true;
                const double zeta = (b - a) / (2 * g), magnitude = std::abs(zeta);
                const double t = std::copysign(
                    magnitude > 1e8 ? 0.5 / magnitude : 1 / (magnitude + std::sqrt(1 + zeta * zeta)), zeta);
                const double c = 1 / std::sqrt(1 + t * t), s = c * t;
                rotate(X + i * ld, X + j * ld, c, s, packs);
                rotate(V + i * ld, V + j * ld, c, s, packs);
                norm2[i] = a - t * g;
                norm2[j] = b + t * g;
            }
        if (!rotated) return true;
    }
    return false;
}

}  // namespace

bool small_svd(int n, const double* A, int lda, double* s, double* U, double* Vh) {
    const int packs = packs_for(n), ld = packs * pack_size;
    alignas(64) double W[limit * limit], H[limit * limit], X[limit * limit], Y[limit * limit];
    alignas(64) double tau[limit], norm2[limit];
    int pivots[limit], order[limit];
    for (int j = 0; j < n; ++j) {
        std::copy(A + j * lda, A + j * lda + n, W + j * ld);
        std::fill(W + j * ld + n, W + (j + 1) * ld, 0.0);
    }
    pivoted_qr(n, packs, W, H, tau, pivots);
    std::fill(X, X + n * ld, 0.0);
    std::fill(Y, Y + n * ld, 0.0);
    for (int j = 0; j < n; ++j) {
        for (int i = 0; i <= j; ++i) X[i * ld + j] = W[j * ld + i];  // Rᵀ
        Y[j * ld + j] = 1;
    }
    if (!orthogonalise(n, packs, X, Y, norm2)) return false;  // Rᵀ Y = X, so R = Y Σ (X Σ⁻¹)ᵀ
    for (int k = 0; k < n; ++k) {
        int place = k;
        for (; place > 0 && norm2[order[place - 1]] < norm2[k]; --place) order[place] = order[place - 1];
        order[place] = k;
    }
    for (int k = 0; k < n; ++k) {
        double* const column = Y + order[k] * ld;
        for (int i = n - 1; i >= 0; --i)  // U = Q Y
            if (tau[i] != 0) {
                const int first = i / pack_size;
                axpy(-tau[i] * dot(H + i * ld, column, first, packs), H + i * ld, column, first, packs);
            }
        s[k] = std::sqrt(norm2[order[k]]);
        const double* const right = X + order[k] * ld;
        const double inverse = 1 / s[k];
        for (int i = 0; i < n; ++i) Vh[pivots[i] * n + k] = right[i] * inverse;
        std::copy(column, column + n, U + k * n);
    }

    // Verification: A z = U Σ Vh z, Uᵀ U z = z, Vhᵀ Vh z = z.
    const auto z = probe_vector<double>(limit);
    double Vhz[limit] = {}, Az[limit] = {}, Uy[limit] = {}, Uz[limit] = {};
    double z_norm2 = 0, a_norm2 = 0, worst2 = 0, residual2 = 0, right2 = 0;
    for (int j = 0; j < n; ++j) {
        z_norm2 += z[j] * z[j];
        for (int i = 0; i < n; ++i) {
            Vhz[i] += Vh[j * n + i] * z[j];
            Uz[i] += U[j * n + i] * z[j];
            Az[i] += A[j * lda + i] * z[j];
            a_norm2 += A[j * lda + i] * A[j * lda + i];
        }
    }
    for (int j = 0; j < n; ++j) {
        double inner = 0, right = 0;
        const double y = s[j] * Vhz[j];
        for (int i = 0; i < n; ++i) {
            Uy[i] += U[j * n + i] * y;
            inner += U[j * n + i] * Uz[i];
            right += Vh[j * n + i] * Vhz[i];  // (Vhᵀ Vh z)_j
        }
        worst2 += (inner - z[j]) * (inner - z[j]);
        right2 += (right - z[j]) * (right - z[j]);
    }
    for (int i = 0; i < n; ++i) residual2 += (Az[i] - Uy[i]) * (Az[i] - Uy[i]);
    const double bound2 = (32 * n * u) * (32 * n * u) * z_norm2;
    return worst2 <= bound2 && right2 <= bound2 && residual2 <= bound2 * a_norm2;
}

}  // namespace ritz::linalg::detail
