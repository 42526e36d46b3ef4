// SPDX-License-Identifier: BSD-3-Clause
#include "preconditioners/dense_inverse.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "preconditioners/common.hpp"

namespace ritz::detail {

namespace {

/// Elements by row and column.
template <Scalar T>
struct Dense {
    std::size_t n;
    T* a;
    T& operator()(std::size_t i, std::size_t j) const { return a[i + j * n]; }
};

template <Scalar T>
bool is_hermitian(Dense<T> A) {
    for (std::size_t j = 0; j < A.n; ++j)
        for (std::size_t i = 0; i <= j; ++i)
            if (A(i, j) != ritz::conjugate(A(j, i))) return false;
    return true;
}

/// The lower triangle of A ← that of A⁻¹ by Cholesky, A = L Lᴴ, or false and A is lost below the diagonal. A pivot that
/// rounding may have made is not trusted.
template <Scalar T>
bool invert_by_cholesky(Dense<T> A) {
    using R = Real<T>;
    const std::size_t n = A.n;
    const R roundoff = 4 * static_cast<R>(n) * std::numeric_limits<R>::epsilon();
    for (std::size_t k = 0; k < n; ++k) {
        const R before = real_part(A(k, k));
        R pivot = before;
        for (std::size_t j = 0; j < k; ++j) {
            const R a = magnitude(A(k, j));
            pivot -= a * a;
        }
        if (!(pivot > roundoff * before)) return false;
        const R l = std::sqrt(pivot);
        A(k, k) = l;
        for (std::size_t j = 0; j < k; ++j) {
            const T akj = -ritz::conjugate(A(k, j));
            for (std::size_t i = k + 1; i < n; ++i) multiply_add(A(i, k), A(i, j), akj);
        }
        for (std::size_t i = k + 1; i < n; ++i) A(i, k) /= l;
    }
    // L ← L⁻¹, column by column from the left: x_j = 1/l_jj, x_i = -(Σ_{j≤k<i} l_ik x_k) / l_ii.
    for (std::size_t j = 0; j < n; ++j) {
        A(j, j) = T{1} / A(j, j);
        for (std::size_t i = j + 1; i < n; ++i) {
            T sum{0};
            for (std::size_t k = j; k < i; ++k) multiply_add(sum, A(i, k), A(k, j));
            A(i, j) = -sum / real_part(A(i, i));
        }
    }
    // A⁻¹ = L⁻ᴴ L⁻¹, of which element (i, j) needs rows ≥ i of columns i ≥ j only.
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = j; i < n; ++i) {
            T sum{0};
            for (std::size_t k = i; k < n; ++k) multiply_add(sum, ritz::conjugate(A(k, i)), A(k, j));
            A(i, j) = sum;
        }
    return true;
}

/// Gauss–Jordan elimination with partial pivoting of the matrix whose rows were scaled to about 1, so that a pivot is
/// small only beside its own column.
template <Scalar T>
bool invert_by_elimination(Dense<T> A) {
    using R = Real<T>;
    const std::size_t n = A.n;
    std::vector<int> scale(n);
    for (std::size_t i = 0; i < n; ++i) {
        R largest = 0;
        for (std::size_t j = 0; j < n; ++j) largest = std::max(largest, magnitude(A(i, j)));
        if (!(largest > 0)) return false;
        scale[i] = exponent_of(largest);
        for (std::size_t j = 0; j < n; ++j) A(i, j) = scale_by_power(A(i, j), -scale[i]);
    }
    std::vector<R> column(n);
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = 0; i < n; ++i) column[j] = std::max(column[j], magnitude(A(i, j)));
    std::vector<std::size_t> pivot_row(n);
    const R roundoff = 4 * static_cast<R>(n) * std::numeric_limits<R>::epsilon();
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t p = k;
        for (std::size_t i = k + 1; i < n; ++i)
            if (magnitude(A(i, k)) > magnitude(A(p, k))) p = i;
        if (!(magnitude(A(p, k)) > roundoff * column[k])) return false;
        pivot_row[k] = p;
        if (p != k)
            for (std::size_t j = 0; j < n; ++j) std::swap(A(p, j), A(k, j));
        const T pivot = T{1} / A(k, k);
        A(k, k) = T{1};
        for (std::size_t j = 0; j < n; ++j) A(k, j) = times(A(k, j), pivot);
        for (std::size_t j = 0; j < n; ++j) {
            if (j == k) continue;
            const T factor = -A(k, j);
            for (std::size_t i = 0; i < n; ++i)
                if (i != k) multiply_add(A(i, j), A(i, k), factor);
        }
        for (std::size_t i = 0; i < n; ++i)
            if (i != k) A(i, k) = -times(A(i, k), pivot);
    }
    for (std::size_t k = n; k-- > 0;)
        if (pivot_row[k] != k)
            for (std::size_t i = 0; i < n; ++i) std::swap(A(i, k), A(i, pivot_row[k]));
    for (std::size_t j = 0; j < n; ++j)  // the rows' scales are the inverse's columns'
        for (std::size_t i = 0; i < n; ++i) A(i, j) = scale_by_power(A(i, j), -scale[j]);
    return true;
}

}  // namespace

template <Scalar T>
DenseInverse invert(Index order, T* a) {
    const Dense<T> A{static_cast<std::size_t>(order), a};
    const std::size_t n = A.n;
    const auto finite = [&] { return std::all_of(a, a + n * n, [](T x) { return is_finite(x); }); };
    const bool hermitian = is_hermitian(A);
    if (hermitian) {
        std::vector<T> diagonal(n);
        for (std::size_t i = 0; i < n; ++i) diagonal[i] = A(i, i);
        const bool definite = invert_by_cholesky(A);
        if (!definite) {  // the upper triangle is still there
            for (std::size_t j = 0; j < n; ++j) {
                A(j, j) = diagonal[j];
                for (std::size_t i = j + 1; i < n; ++i) A(i, j) = ritz::conjugate(A(j, i));
            }
            if (!invert_by_elimination(A)) return DenseInverse::singular;
        }
        for (std::size_t j = 0; j < n; ++j) {
            A(j, j) = real_part(A(j, j));
            for (std::size_t i = j + 1; i < n; ++i) A(j, i) = ritz::conjugate(A(i, j));
        }
        if (!finite()) return DenseInverse::singular;
        return definite ? DenseInverse::positive_definite : DenseInverse::hermitian;
    }
    return invert_by_elimination(A) && finite() ? DenseInverse::general : DenseInverse::singular;
}

#define RITZ_INSTANTIATE(T) template DenseInverse invert(Index, T*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
