// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/instantiate.hpp"
#include "linalg/blas.hpp"
#include "linalg/kernels.hpp"
#include "linalg/lapack_factorizations.hpp"
#include "linalg/small_products.hpp"

namespace ritz::linalg::kernels {

namespace blas = ritz::detail::blas;

namespace {

using Size = Eigen::Index;

template <class R>
R dot(int m, const R* x, const R* y) {
    R sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < m; ++i) sum += x[i] * y[i];
    return sum;
}
template <class R>
void axpy(int m, R alpha, const R* x, R* y) {
#pragma omp simd
    for (int i = 0; i < m; ++i) y[i] += alpha * x[i];
}

/// C ← (I − tau v vᵀ) C, v = (1, tail).
template <class R>
void reflect(int m, int n, R tau, const R* tail, R* C, int ldc) {
    if (tau == 0) return;
    for (int j = 0; j < n; ++j) {
        R* c = C + static_cast<Size>(j) * ldc;
        const R factor = tau * (c[0] + dot(m - 1, tail, c + 1));
        c[0] -= factor;
        axpy(m - 1, -factor, tail, c + 1);
    }
}

/// Householder QR column by column. The caller has scaled A so that squares of entries are safe, except for columns
/// that elimination has made tiny: their norms are taken after division by the largest entry.
template <class R>
void qr_columns(int m, int n, R* A, int lda, R* tau) {
    for (int k = 0; k < std::min(m, n); ++k) {
        R* x = A + k + static_cast<Size>(k) * lda;
        R largest = 0;
#pragma omp simd reduction(max : largest)
        for (int i = 1; i < m - k; ++i) largest = std::max(largest, std::abs(x[i]));
        tau[k] = 0;
        if (largest == 0) continue;  // nothing to annihilate
        const R scale = std::max(largest, std::abs(x[0]));
        constexpr R tiny = std::is_same_v<R, float> ? R(0x1p-40) : R(0x1p-400);
        R norm;
        if (scale > tiny) {
            norm = std::sqrt(x[0] * x[0] + dot(m - k - 1, x + 1, x + 1));
        } else {
            R sum = 0;
            for (int i = 0; i < m - k; ++i) sum += (x[i] / scale) * (x[i] / scale);
            norm = scale * std::sqrt(sum);
        }
        const R alpha = x[0], beta = alpha > 0 ? -norm : norm, v0 = alpha - beta;
        tau[k] = -v0 / beta;
        if (scale > tiny) {
            const R reciprocal = 1 / v0;
#pragma omp simd
            for (int i = 1; i < m - k; ++i) x[i] *= reciprocal;
        } else {
            for (int i = 1; i < m - k; ++i) x[i] /= v0;
        }
        x[0] = beta;
        reflect(m - k, n - k - 1, tau[k], x + 1, x + lda, lda);
    }
}

/// k reflections as I − V T Vᵀ, with V written out (ones and zeros too) and its transpose for products from the left.
/// \ref R. Schreiber and C. Van Loan, SIAM J. Sci. Stat. Comput. 10 (1989) 53-57.
template <class R>
class BlockReflector {
public:
    static constexpr int most = 32;

    void set(int m, int k, const R* A, int lda, const R* tau) {
        m_ = m, k_ = k;
        V_.resize(static_cast<std::size_t>(m) * k);
        transposed_.resize(V_.size());
        for (int j = 0; j < k; ++j) {
            R* v = V_.data() + static_cast<Size>(j) * m;
            std::fill_n(v, j, R(0));
            v[j] = 1;
            std::copy_n(A + j + 1 + static_cast<Size>(j) * lda, m - j - 1, v + j + 1);
        }
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < k; ++j)
                transposed_[static_cast<std::size_t>(i) * k + j] = V_[i + static_cast<Size>(j) * m];
        // T(0:j, j) = −tau_j T(0:j, 0:j) Vᵀ v_j
        std::fill_n(gram_, most * most, R(0));
        std::fill_n(T_, most * most, R(0));
        add_product<R>(k, k, m, R(1), transposed_.data(), k, {V_.data(), 1, m}, gram_, most);
        for (int j = 0; j < k; ++j) {
            for (int l = 0; l < j; ++l) {
                R sum = 0;
                for (int s = l; s < j; ++s) sum += T_[l + s * most] * gram_[s + j * most];
                T_[l + j * most] = -tau[j] * sum;
            }
            T_[j + j * most] = tau[j];
        }
    }

    /// C ← Q C or Qᵀ C; C is m × n.
    void apply(bool transposed, int n, R* C, int ldc) {
        const std::size_t size = static_cast<std::size_t>(k_) * n;
        W_.assign(2 * size, R(0));
        R *W = W_.data(), *TW = W + size;
        add_product<R>(k_, n, m_, R(1), transposed_.data(), k_, {C, 1, ldc}, W, k_);  // Vᵀ C
        R factor[most * most];
        for (int j = 0; j < k_; ++j)
            for (int i = 0; i < k_; ++i) factor[i + j * most] = transposed ? T_[j + i * most] : T_[i + j * most];
        add_product<R>(k_, n, k_, R(1), factor, most, {W, 1, k_}, TW, k_);
        add_product<R>(m_, n, k_, R(-1), V_.data(), m_, {TW, 1, k_}, C, ldc);
    }

private:
    int m_ = 0, k_ = 0;
    std::vector<R> V_, transposed_, W_;
    R T_[most * most], gram_[most * most];
};

/// The number of reflections taken together.
inline int block_width(int n) {
    return n <= 24 ? n : n <= 128 ? 16 : 32;
}

/// A panel by panels of 8: narrower ones are done column by column.
template <class R>
void qr_panel(int m, int n, R* A, int lda, R* tau, BlockReflector<R>& reflector) {
    constexpr int narrow = 8;
    if (n <= narrow || m < 4 * narrow) return qr_columns(m, n, A, lda, tau);
    for (int k = 0; k < n; k += narrow) {
        const int width = std::min(narrow, n - k);
        R* panel = A + k + static_cast<Size>(k) * lda;
        qr_columns(m - k, width, panel, lda, tau + k);
        if (k + width == n) break;
        reflector.set(m - k, width, panel, lda, tau + k);
        reflector.apply(true, n - k - width, panel + static_cast<Size>(width) * lda, lda);
    }
}

}  // namespace

template <Scalar T>
void qr(int m, int n, T* A, int lda, T* tau) {
    if (m == 0 || n == 0) return;
    if constexpr (is_complex<T>) {
        lapack::geqrf(m, n, A, lda, tau);
    } else {
        const int k = std::min(m, n), width = block_width(k);
        if (width == k && n == k) return qr_columns(m, n, A, lda, tau);
        BlockReflector<T> reflector;
        for (int j = 0; j < k; j += width) {
            const int columns = std::min(width, k - j);
            T* panel = A + j + static_cast<Size>(j) * lda;
            qr_panel(m - j, columns, panel, lda, tau + j, reflector);
            if (j + columns == n) break;
            reflector.set(m - j, columns, panel, lda, tau + j);
            reflector.apply(true, n - j - columns, panel + static_cast<Size>(columns) * lda, lda);
        }
    }
}

template <Scalar T>
void form_q(int m, int n, int k, T* A, int lda, const T* tau) {
    if (m == 0 || n == 0) return;
    if constexpr (is_complex<T>) {
        lapack::make_q(m, n, k, A, lda, tau);
    } else {
        // From the last block to the first: what is to its right is final but for this block's reflections.
        const int width = std::max(1, block_width(k));
        BlockReflector<T> reflector;
        for (int j = k; j < n; ++j) {
            std::fill_n(A + static_cast<Size>(j) * lda, m, T(0));
            A[j + static_cast<Size>(j) * lda] = 1;
        }
        for (int j = k == 0 ? -1 : (k - 1) / width * width; j >= 0; j -= width) {
            const int columns = std::min(width, k - j);
            T* panel = A + j + static_cast<Size>(j) * lda;
            if (k <= width) {  // column by column
                for (int c = columns - 1; c >= 0; --c) {
                    T* v = panel + c + static_cast<Size>(c) * lda;
                    reflect(m - j - c, n - j - c - 1, tau[j + c], v + 1, v + lda, lda);
                    for (int i = 1; i < m - j - c; ++i) v[i] *= -tau[j + c];
                    v[0] = 1 - tau[j + c];
                    std::fill_n(panel + static_cast<Size>(c) * lda - j, j + c, T(0));
                }
                continue;
            }
            reflector.set(m - j, columns, panel, lda, tau + j);
            for (int c = 0; c < columns; ++c) {
                std::fill_n(A + static_cast<Size>(j + c) * lda, m, T(0));
                A[j + c + static_cast<Size>(j + c) * lda] = 1;
            }
            reflector.apply(false, n - j, panel, lda);
        }
    }
}

template <Scalar T>
void multiply_q(Op op, int m, int n, int k, const T* V, int ldv, const T* tau, T* C, int ldc) {
    if (m == 0 || n == 0 || k == 0) return;
    if constexpr (!is_complex<T>) {
        if (n <= 2) {  // one reflection after another: there is nothing for a blocked method to gain
            for (int s = 0; s < k; ++s) {
                const int r = op == Op::none ? k - 1 - s : s;
                reflect(m - r, n, tau[r], V + r + 1 + static_cast<Size>(r) * ldv, C + r, ldc);
            }
            return;
        }
    }
    lapack::multiply_q('L', op == Op::none ? 'N' : blas::adjoint<T>, m, n, k, V, ldv, tau, C, ldc);
}

#define RITZ_INSTANTIATE(T)                                    \
    template void qr<T>(int, int, T*, int, T*);                \
    template void form_q<T>(int, int, int, T*, int, const T*); \
    template void multiply_q<T>(Op, int, int, int, const T*, int, const T*, T*, int);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::kernels
