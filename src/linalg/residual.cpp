// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/residual.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/instantiate.hpp"

namespace ritz::linalg {

namespace {

constexpr int rows_at_once = 64;

/// A number as high + low, |low| of the order of u |high|. Single precision fits into one double.
template <class R>
struct Wide {
    R high[rows_at_once], low[rows_at_once];
};
template <>
struct Wide<float> {
    double high[rows_at_once];
};

/// s ← s − a x, elements i < count at a distance of `step` in a.
inline void subtract(Wide<double>& s, const double* a, int step, double x, int count) {
#pragma omp simd
    for (int i = 0; i < count; ++i) {
        const double p = -a[i * step] * x;
        const double product_error = std::fma(-a[i * step], x, -p);
        const double sum = s.high[i] + p, part = sum - s.high[i];
        s.low[i] += ((s.high[i] - (sum - part)) + (p - part)) + product_error;
        s.high[i] = sum;
    }
}
inline void subtract(Wide<float>& s, const float* a, int step, float x, int count) {
#pragma omp simd
    for (int i = 0; i < count; ++i) s.high[i] -= static_cast<double>(a[i * step]) * static_cast<double>(x);
}

inline double value(const Wide<double>& s, int i) {
    return s.high[i] + s.low[i];
}
inline float value(const Wide<float>& s, int i) {
    return static_cast<float>(s.high[i]);
}
inline void start(Wide<double>& s, int i, double b) {
    s.high[i] = b, s.low[i] = 0;
}
inline void start(Wide<float>& s, int i, float b) {
    s.high[i] = b;
}

/// Rows [0, count) of r = b − A x, the columns of A `lda` apart.
template <class R>
void rows_of_residual(int count, int n, const R* A, Eigen::Index lda, const R* x, const R* b, R* r) {
    Wide<R> s;
    for (int i = 0; i < count; ++i) start(s, i, b[i]);
    for (int j = 0; j < n; ++j) subtract(s, A + j * lda, 1, x[j], count);
    for (int i = 0; i < count; ++i) r[i] = value(s, i);
}
template <class R>
void rows_of_residual(int count, int n, const std::complex<R>* A, Eigen::Index lda, const std::complex<R>* x,
                      const std::complex<R>* b, std::complex<R>* r) {
    Wide<R> re, im;
    for (int i = 0; i < count; ++i) start(re, i, b[i].real()), start(im, i, b[i].imag());
    for (int j = 0; j < n; ++j) {
        const R* a = reinterpret_cast<const R*>(A + j * lda);
        subtract(re, a, 2, x[j].real(), count), subtract(re, a + 1, 2, -x[j].imag(), count);
        subtract(im, a, 2, x[j].imag(), count), subtract(im, a + 1, 2, x[j].real(), count);
    }
    for (int i = 0; i < count; ++i) r[i] = {value(re, i), value(im, i)};
}

}  // namespace

template <Scalar T>
void accurate_residual(Op op, int m, int n, const T* A, int lda, const T* x, const T* b, T* r) {
    if (op == Op::none) {
        for (int i = 0; i < m; i += rows_at_once)
            rows_of_residual(std::min(rows_at_once, m - i), n, A + i, lda, x, b + i, r + i);
        return;
    }
    // The rows of op(A) are columns of A: a tile of them is transposed at a time.
    constexpr int width = 64;
    std::vector<T> tile(static_cast<std::size_t>(rows_at_once) * m);
    for (int j = 0; j < n; j += rows_at_once) {
        const int count = std::min(rows_at_once, n - j);
        for (int i = 0; i < m; i += width)
            for (int c = 0; c < count; ++c)
                for (int k = i; k < std::min(i + width, m); ++k) {
                    const T a = A[k + static_cast<Eigen::Index>(j + c) * lda];
                    tile[c + static_cast<std::size_t>(k) * rows_at_once] = op == Op::adjoint ? conjugate(a) : a;
                }
        rows_of_residual(count, m, tile.data(), rows_at_once, x, b + j, r + j);
    }
}

#define RITZ_INSTANTIATE(T) template void accurate_residual<T>(Op, int, int, const T*, int, const T*, const T*, T*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
