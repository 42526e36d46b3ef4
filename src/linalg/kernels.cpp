// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "linalg/blas.hpp"
#include "linalg/lapack_factorizations.hpp"
#include "linalg/small_products.hpp"

namespace ritz::linalg::kernels {

namespace blas = ritz::detail::blas;

namespace {
template <Scalar T>
char letter(Op op) {
    if (op == Op::none) return 'N';
    return op == Op::adjoint ? blas::adjoint<T> : 'T';
}

/// Columns that are factorised one by one; also the width of a pack of doubles.
constexpr int panel_width = 8;

using Size = Eigen::Index;

template <class R>
int index_of_largest(int m, const R* x) {
    R largest = 0;
#pragma omp simd reduction(max : largest)
    for (int i = 0; i < m; ++i) largest = std::max(largest, std::abs(x[i]));
    int i = 0;
    while (i + 1 < m && std::abs(x[i]) != largest) ++i;
    return i;
}

template <class R>
void axpy(int m, R alpha, const R* x, R* y) {
#pragma omp simd
    for (int i = 0; i < m; ++i) y[i] += alpha * x[i];
}

template <class R>
R dot(int m, const R* x, const R* y) {
    R sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < m; ++i) sum += x[i] * y[i];
    return sum;
}

/// LU of a panel of few columns.
template <class R>
int lu_panel(int m, int n, R* A, int lda, int* pivots) {
    int zero = -1;
    for (int k = 0; k < std::min(m, n); ++k) {
        R* column = A + static_cast<Size>(k) * lda;
        const int p = k + index_of_largest(m - k, column + k);
        pivots[k] = p;
        if (column[p] == 0) {
            if (zero < 0) zero = k;
            continue;
        }
        if (p != k)
            for (int j = 0; j < n; ++j) std::swap(A[k + static_cast<Size>(j) * lda], A[p + static_cast<Size>(j) * lda]);
        const R pivot = column[k];
        if (std::abs(pivot) >= std::numeric_limits<R>::min()) {
            const R reciprocal = 1 / pivot;
#pragma omp simd
            for (int i = k + 1; i < m; ++i) column[i] *= reciprocal;
        } else {
            for (int i = k + 1; i < m; ++i) column[i] /= pivot;
        }
        for (int j = k + 1; j < n; ++j) {
            R* other = A + static_cast<Size>(j) * lda;
            axpy(m - k - 1, -other[k], column + k + 1, other + k + 1);
        }
    }
    return zero;
}

/// Exchanges rows k and pivots[k] of columns, k = first … last - 1.
template <class R>
void exchange_rows(int columns, R* A, int lda, int first, int last, const int* pivots) {
    for (int j = 0; j < columns; ++j) {
        R* column = A + static_cast<Size>(j) * lda;
        for (int k = first; k < last; ++k) std::swap(column[k], column[pivots[k]]);
    }
}

/// B ← L⁻¹ B for a unit lower triangle as large as a pack: its columns stay in registers.
template <class R>
void solve_unit_lower_pack(int k, const R* L, int ldl, R* B, int ldb) {
    using V = typename micro::Pack<R>::type;
    constexpr int n = micro::Pack<R>::lanes;
    V columns[n];
    for (int c = 0; c < n; ++c) {
        alignas(64) R column[n] = {};
        for (int i = c + 1; i < n; ++i) column[i] = L[i + static_cast<Size>(c) * ldl];
        columns[c] = micro::load<V>(column);
    }
    for (int j = 0; j < k; ++j) {
        R* b = B + static_cast<Size>(j) * ldb;
        V x = micro::load<V>(b);
        for (int c = 0; c + 1 < n; ++c) x -= columns[c] * x[c];
        micro::store(b, x);
    }
}

/// B ← L⁻¹ B, L unit lower triangular, by halves.
template <class R>
void solve_unit_lower(int n, int k, const R* L, int ldl, R* B, int ldb) {
    if (n <= panel_width) {
        if constexpr (micro::Pack<R>::lanes == panel_width) {
            if (n == panel_width) return solve_unit_lower_pack(k, L, ldl, B, ldb);
        }
        for (int j = 0; j < k; ++j) {
            R* b = B + static_cast<Size>(j) * ldb;
            for (int c = 0; c + 1 < n; ++c)
                for (int i = c + 1; i < n; ++i) b[i] -= b[c] * L[i + static_cast<Size>(c) * ldl];
        }
        return;
    }
    const int half = (n / 2 + panel_width - 1) / panel_width * panel_width;
    solve_unit_lower(half, k, L, ldl, B, ldb);
    add_product(n - half, k, half, R(-1), L + half, ldl, Strided<R>{B, 1, ldb}, B + half, ldb);
    solve_unit_lower(n - half, k, L + half + static_cast<Size>(half) * ldl, ldl, B + half, ldb);
}

/// \ref S. Toledo, Locality of reference in LU decomposition with partial pivoting, SIAM J. Matrix Anal. Appl. 18
/// (1997)
///      1065-1081.
template <class R>
int lu_recursive(int m, int n, R* A, int lda, int* pivots) {
    if (n <= panel_width) return lu_panel(m, n, A, lda, pivots);
    const int k = std::min(m, n), left = std::min((n / 2 + panel_width - 1) / panel_width * panel_width, k);
    if (left == n) return lu_panel(m, n, A, lda, pivots);
    int zero = lu_recursive(m, left, A, lda, pivots);
    R* right = A + static_cast<Size>(left) * lda;
    exchange_rows(n - left, right, lda, 0, left, pivots);
    solve_unit_lower(left, n - left, A, lda, right, lda);
    if (m == left) return zero;
    add_product(m - left, n - left, left, R(-1), A + left, lda, Strided<R>{right, 1, lda}, right + left, lda);
    const int second = lu_recursive(m - left, n - left, right + left, lda, pivots + left);
    if (zero < 0 && second >= 0) zero = left + second;
    for (int i = left; i < k; ++i) pivots[i] += left;
    exchange_rows(left, A, lda, left, k, pivots);
    return zero;
}

/// Cholesky factorisation column by column, for orders where the BLAS does not pay.
template <class R>
int cholesky_columns(int n, R* A, int lda) {
    for (int k = 0; k < n; ++k) {
        R* column = A + static_cast<Size>(k) * lda;
        for (int j = 0; j < k; ++j) {
            const R* earlier = A + static_cast<Size>(j) * lda;
            axpy(n - k, -earlier[k], earlier + k, column + k);
        }
        if (!(column[k] > 0)) return k;
        const R root = std::sqrt(column[k]);
        for (int i = k + 1; i < n; ++i) column[i] /= root;
        column[k] = root;
    }
    return -1;
}

/// X ← X L⁻ᵀ for a lower triangle of n columns; X is m × n. By halves, so that most of it are products.
template <class R>
void divide_by_adjoint(int m, int n, const R* L, int ldl, R* X, int ldx) {
    if (n <= panel_width) {
        for (int c = 0; c < n; ++c) {
            R* x = X + static_cast<Size>(c) * ldx;
            for (int j = 0; j < c; ++j) axpy(m, -L[c + static_cast<Size>(j) * ldl], X + static_cast<Size>(j) * ldx, x);
            const R pivot = L[c + static_cast<Size>(c) * ldl];
            for (int i = 0; i < m; ++i) x[i] /= pivot;
        }
        return;
    }
    const int half = (n / 2 + panel_width - 1) / panel_width * panel_width;
    R* second = X + static_cast<Size>(half) * ldx;
    divide_by_adjoint(m, half, L, ldl, X, ldx);
    add_product(m, n - half, half, R(-1), X, ldx, Strided<R>{L + half, ldl, 1}, second, ldx);
    divide_by_adjoint(m, n - half, L + half + static_cast<Size>(half) * ldl, ldl, second, ldx);
}

/// \ref F. G. Gustavson, Recursion leads to automatic variable blocking for dense linear-algebra algorithms, IBM J.
/// Res.
///      Dev. 41 (1997) 737-755.
template <class R>
int cholesky_recursive(int n, R* A, int lda) {
    if (n <= 2 * panel_width) return cholesky_columns(n, A, lda);
    const int half = (n / 2 + panel_width - 1) / panel_width * panel_width;
    R *below = A + half, *rest = below + static_cast<Size>(half) * lda;
    const int first = cholesky_recursive(half, A, lda);
    if (first >= 0) return first;
    divide_by_adjoint(n - half, half, A, lda, below, lda);
    // The lower triangle of rest ← rest − below belowᵀ, in strips of columns.
    constexpr int strip = 32;
    for (int j = 0; j < n - half; j += strip)
        add_product(n - half - j, std::min(strip, n - half - j), half, R(-1), below + j, lda,
                    Strided<R>{below + j, lda, 1}, rest + j + static_cast<Size>(j) * lda, lda);
    const int second = cholesky_recursive(n - half, rest, lda);
    return second < 0 ? -1 : half + second;
}

/// One right-hand side: op(A)⁻¹ b by columns (op = none) or by rows of op(A) (which are columns as well). Four columns
/// at a time, so that b is read and written a quarter as often.
template <class R>
void solve_vector(bool lower, bool transposed, bool unit, int n, const R* A, int lda, R* b) {
    const auto column = [&](int j) { return A + static_cast<Size>(j) * lda; };
    constexpr int block = 4;
    // The blocks from the first unknown that is found to the last one.
    const bool upwards = lower == transposed;
    const int blocks = (n + block - 1) / block;
    for (int step = 0; step < blocks; ++step) {
        const int first = block * (upwards ? blocks - 1 - step : step), last = std::min(first + block, n);
        // Rows of the columns of this block that lie outside of it, inside the triangle.
        const int begin = lower ? last : 0, count = lower ? n - last : first;
        if (transposed)
            for (int j = first; j < last; ++j) b[j] -= dot(count, column(j) + begin, b + begin);
        for (int s = first; s < last; ++s) {
            const int j = upwards ? last - 1 - (s - first) : s;
            if (transposed) {
                for (int i = lower ? j + 1 : first; i < (lower ? last : j); ++i) b[j] -= column(j)[i] * b[i];
                if (!unit) b[j] /= column(j)[j];
            } else {
                if (!unit) b[j] /= column(j)[j];
                for (int i = lower ? j + 1 : first; i < (lower ? last : j); ++i) b[i] -= column(j)[i] * b[j];
            }
        }
        if (transposed || count == 0) continue;
        if (last - first == block) {
            const R *c0 = column(first) + begin, *c1 = c0 + lda, *c2 = c1 + lda, *c3 = c2 + lda;
            const R b0 = b[first], b1 = b[first + 1], b2 = b[first + 2], b3 = b[first + 3];
            R* y = b + begin;
#pragma omp simd
            for (int i = 0; i < count; ++i) y[i] -= (c0[i] * b0 + c1[i] * b1) + (c2[i] * b2 + c3[i] * b3);
        } else {
            for (int j = first; j < last; ++j) axpy(count, -b[j], column(j) + begin, b + begin);
        }
    }
}

/// U ← U⁻¹ by halves: [U₁₁ U₁₂; U₂₂]⁻¹ = [U₁₁⁻¹, −U₁₁⁻¹U₁₂U₂₂⁻¹; U₂₂⁻¹].
template <Scalar T>
void invert_upper(int n, T* U, int ldu) {
    if (n <= 32) {
        for (int j = 0; j < n; ++j) {
            T* column = U + static_cast<Size>(j) * ldu;
            const T pivot = T(1) / column[j];
            // column(0:j) ← −U⁻¹(0:j, 0:j) column(0:j) / pivot, by columns of the inverse found so far
            for (int k = 0; k < j; ++k) {
                const T factor = column[k];
                const T* earlier = U + static_cast<Size>(k) * ldu;
                for (int i = 0; i < k; ++i) column[i] += factor * earlier[i];
                column[k] = factor * earlier[k];
            }
            for (int i = 0; i < j; ++i) column[i] *= -pivot;
            column[j] = pivot;
        }
        return;
    }
    const int half = n / 2;
    T* corner = U + static_cast<Size>(half) * ldu;
    T* second = corner + half;
    blas::trsm('L', 'U', 'N', 'N', half, n - half, U, ldu, corner, ldu);
    blas::trsm('R', 'U', 'N', 'N', half, n - half, second, ldu, corner, ldu);
    for (int j = 0; j < n - half; ++j)
        for (int i = 0; i < half; ++i) corner[i + static_cast<Size>(j) * ldu] *= T(-1);
    invert_upper(half, U, ldu);
    invert_upper(n - half, second, ldu);
}

}  // namespace

template <Scalar T>
int lu(int m, int n, T* A, int lda, int* pivots) {
    if (m == 0 || n == 0) return -1;
    if constexpr (!is_complex<T>) {
        return lu_recursive(m, n, A, lda, pivots);
    } else {
        const int info = lapack::getrf(m, n, A, lda, pivots);
        for (int k = 0; k < std::min(m, n); ++k) --pivots[k];
        return info - 1;
    }
}

template <Scalar T>
int cholesky(int n, T* A, int lda) {
    if (n == 0) return -1;
    if constexpr (!is_complex<T>) {
        constexpr int few = 300;  // the BLAS has its own recursion, and larger products
        if (n <= few) return cholesky_recursive(n, A, lda);
    }
    return lapack::potrf('L', n, A, lda) - 1;
}

template <Scalar T>
void solve_triangle(Uplo uplo, Op op, bool unit_diagonal, int n, int k, const T* A, int lda, T* B, int ldb) {
    if (n == 0 || k == 0) return;
    if constexpr (!is_complex<T>) {
        if (k <= 2) {
            for (int j = 0; j < k; ++j)
                solve_vector(uplo == Uplo::lower, op != Op::none, unit_diagonal, n, A, lda,
                             B + static_cast<Size>(j) * ldb);
            return;
        }
    }
    blas::trsm('L', uplo == Uplo::lower ? 'L' : 'U', letter<T>(op), unit_diagonal ? 'U' : 'N', n, k, A, lda, B, ldb);
}

template <Scalar T>
void solve_lu(Op op, int n, int k, const T* LU, int lda, const int* pivots, T* B, int ldb) {
    if (op == Op::none) {
        exchange_rows(k, B, ldb, 0, n, pivots);
        solve_triangle(Uplo::lower, op, true, n, k, LU, lda, B, ldb);
        solve_triangle(Uplo::upper, op, false, n, k, LU, lda, B, ldb);
    } else {
        solve_triangle(Uplo::upper, op, false, n, k, LU, lda, B, ldb);
        solve_triangle(Uplo::lower, op, true, n, k, LU, lda, B, ldb);
        for (int j = 0; j < k; ++j) {
            T* column = B + static_cast<Size>(j) * ldb;
            for (int i = n - 1; i >= 0; --i) std::swap(column[i], column[pivots[i]]);
        }
    }
}

template <Scalar T>
void invert_lu(int n, T* LU, int lda, const int* pivots) {
    // A⁻¹ = U⁻¹ L⁻¹ P: U is inverted in place, L taken out to a matrix of its own.
    Eigen::Map<Eigen::MatrixX<T>, 0, Eigen::OuterStride<>> A(LU, n, n, Eigen::OuterStride<>(lda));
    Eigen::MatrixX<T> L(n, n);
    for (int j = 0; j < n; ++j) {
        L.col(j).tail(n - j - 1) = A.col(j).tail(n - j - 1);
        A.col(j).tail(n - j - 1).setZero();
    }
    invert_upper(n, LU, lda);
    blas::trsm('R', 'L', 'N', 'U', n, n, L.data(), n, LU, lda);
    for (int k = n - 1; k >= 0; --k)
        if (pivots[k] != k) A.col(k).swap(A.col(pivots[k]));
}

template <Scalar T>
void subtract_product(int m, int n, int k, const T* A, int lda, const T* B, int ldb, T* C, int ldc) {
    if (m > 0 && n > 0 && k > 0) blas::gemm('N', 'N', m, n, k, T(-1), A, lda, B, ldb, T(1), C, ldc);
}

#define RITZ_INSTANTIATE(T)                                                            \
    template int lu<T>(int, int, T*, int, int*);                                       \
    template int cholesky<T>(int, T*, int);                                            \
    template void solve_triangle<T>(Uplo, Op, bool, int, int, const T*, int, T*, int); \
    template void solve_lu<T>(Op, int, int, const T*, int, const int*, T*, int);       \
    template void invert_lu<T>(int, T*, int, const int*);                              \
    template void subtract_product<T>(int, int, int, const T*, int, const T*, int, T*, int);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::kernels
