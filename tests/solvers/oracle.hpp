// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The tests' own arithmetic in 113 bits, with nothing of the library in it but its containers.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <complex>
#include <optional>
#include <vector>

#include "ritz/formats/compressed.hpp"

namespace oracle {

#if defined(__x86_64__)
__extension__ typedef __float128 Quad;  // range 2^±16383: products of extreme doubles stay finite
#else
using Quad = long double;
static_assert(std::numeric_limits<long double>::digits >= 106);
#endif

inline Quad absolute(Quad a) {
    return a < 0 ? -a : a;
}
inline Quad larger(Quad a, Quad b) {
    return a > b ? a : b;
}

inline Quad square_root(Quad a) {
    if (!(a > 0)) return 0;
    if (a == a / 2) return a;  // infinity
    Quad s = 1;
    while (a > Quad(0x1p600)) a *= Quad(0x1p-200), s *= Quad(0x1p100);
    while (a < Quad(0x1p-600)) a *= Quad(0x1p200), s *= Quad(0x1p-100);
    Quad r = std::sqrt(static_cast<double>(a));
    for (int i = 0; i < 3; ++i) r = (r + a / r) / 2;
    return r * s;
}

/// A number of either kind.
struct Number {
    Quad re = 0, im = 0;
    Number() = default;
    Number(Quad r, Quad i = 0) : re(r), im(i) {}
    Number(double a) : re(a) {}
    Number(float a) : re(static_cast<double>(a)) {}
    template <class R>
    Number(std::complex<R> a) : re(static_cast<double>(a.real())), im(static_cast<double>(a.imag())) {}
    friend Number operator+(Number a, Number b) { return {a.re + b.re, a.im + b.im}; }
    friend Number operator-(Number a, Number b) { return {a.re - b.re, a.im - b.im}; }
    friend Number operator*(Number a, Number b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
    friend Number operator/(Number a, Number b) {
        const Quad d = b.re * b.re + b.im * b.im;
        return {(a.re * b.re + a.im * b.im) / d, (a.im * b.re - a.re * b.im) / d};
    }
    Quad size() const { return im == 0 ? absolute(re) : square_root(re * re + im * im); }
};

struct Errors {
    Quad eta = 0, omega = 0, relative_residual = 0, residual_norm = 0;
};

/// Residual and backward errors of x, from the entries one by one.
template <ritz::Scalar T, class X, class B>
Errors errors(const ritz::CsrView<T>& A, const X& x, const B& b) {
    Errors e;
    Quad r_inf = 0, r_2 = 0, a_inf = 0, x_inf = 0, b_inf = 0, b_2 = 0;
    for (ritz::Index j = 0; j < A.cols(); ++j) x_inf = larger(x_inf, Number(x[j]).size());
    for (ritz::Index i = 0; i < A.rows(); ++i) {
        Number r(b[i]);
        Quad row = 0, weight = r.size();
        b_inf = larger(b_inf, weight);
        b_2 += weight * weight;
        for (auto k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            const Number a(A.values()[static_cast<std::size_t>(k)]);
            const Number xj(x[A.indices()[static_cast<std::size_t>(k)]]);
            r = r - a * xj;
            row += a.size();
            weight += a.size() * xj.size();
        }
        const Quad size = r.size();
        r_inf = larger(r_inf, size);
        r_2 += size * size;
        a_inf = larger(a_inf, row);
        if (size > 0) e.omega = larger(e.omega, size / weight);
    }
    if (r_inf > 0) {
        e.eta = r_inf / (a_inf * x_inf + b_inf);
        e.residual_norm = square_root(r_2);
        e.relative_residual = b_2 > 0 ? e.residual_norm / square_root(b_2) : Quad(INFINITY);
    }
    return e;
}

/// The solution of a small square system by Gaussian elimination with complete pivoting in 113 bits, and the ratio of
/// the last pivot to the first, which tells an exactly singular matrix (1e-30) from an ill-conditioned one.
struct Reference {
    std::vector<Number> x;
    double pivot_ratio = 0;
};

template <ritz::Scalar T, class B>
Reference solve(const ritz::CsrView<T>& A, const B& b) {
    const auto n = static_cast<std::size_t>(A.rows());
    std::vector<std::vector<Number>> M(n, std::vector<Number>(n + 1));
    std::vector<std::size_t> place(n);
    std::vector<Quad> column_scale(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
        place[i] = i;
        M[i][n] = Number(b[static_cast<ritz::Index>(i)]);
        for (auto k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k)
            M[i][static_cast<std::size_t>(A.indices()[static_cast<std::size_t>(k)])] =
                Number(A.values()[static_cast<std::size_t>(k)]);
    }
    // Rows, then columns, to largest element 1, so that the pivots can be compared.
    for (std::size_t i = 0; i < n; ++i) {
        Quad top = 0;
        for (std::size_t j = 0; j < n; ++j) top = larger(top, M[i][j].size());
        if (top > 0)
            for (Number& a : M[i]) a = a / Number(top, 0);
        for (std::size_t j = 0; j < n; ++j) column_scale[j] = larger(column_scale[j], M[i][j].size());
    }
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = 0; i < n && column_scale[j] > 0; ++i) M[i][j] = M[i][j] / Number(column_scale[j], 0);

    Quad first = 0, last = 0;
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t p = k, q = k;
        for (std::size_t i = k; i < n; ++i)
            for (std::size_t j = k; j < n; ++j)
                if (M[i][j].size() > M[p][q].size()) p = i, q = j;
        last = M[p][q].size();
        if (k == 0) first = last;
        if (!(last > 0)) return {{}, 0};
        std::swap(M[k], M[p]);
        for (auto& row : M) std::swap(row[k], row[q]);
        std::swap(place[k], place[q]);
        for (std::size_t i = k + 1; i < n; ++i) {
            const Number factor = M[i][k] / M[k][k];
            for (std::size_t j = k; j <= n; ++j) M[i][j] = M[i][j] - factor * M[k][j];
        }
    }
    Reference reference{std::vector<Number>(n), n == 0 ? 1 : static_cast<double>(last / first)};
    std::vector<Number> y(n);
    for (std::size_t k = n; k-- > 0;) {
        Number sum = M[k][n];
        for (std::size_t j = k + 1; j < n; ++j) sum = sum - M[k][j] * y[j];
        y[k] = sum / M[k][k];
        reference.x[place[k]] = y[k] / Number(column_scale[place[k]], 0);
    }
    return reference;
}

inline Quad size(Quad a) {
    return absolute(a);
}
inline Quad size(const Number& a) {
    return a.size();
}

/// a · 2^e, exactly.
inline Quad scale(Quad a, int e) {
    for (; e > 0; e -= std::min(e, 1000)) a *= Quad(std::ldexp(1.0, std::min(e, 1000)));
    for (; e < 0; e += std::min(-e, 1000)) a *= Quad(std::ldexp(1.0, -std::min(-e, 1000)));
    return a;
}
inline Number scale(const Number& a, int e) {
    return {scale(a.re, e), scale(a.im, e)};
}

/// A square matrix of Quad or Number, by rows.
template <class E>
struct Square {
    std::size_t n = 0;
    std::vector<E> elements;
    explicit Square(std::size_t order) : n(order), elements(order * order) {}
    E& operator()(std::size_t i, std::size_t j) { return elements[i * n + j]; }
    const E& operator()(std::size_t i, std::size_t j) const { return elements[i * n + j]; }
};

/// The inverse of a small matrix of moderate numbers, and how many of its pivots are zero but for rounding in 113 bits.
template <class E>
struct Inverse {
    Square<E> matrix;
    std::size_t nullity = 0;
};

/// Gauss–Jordan elimination with complete pivoting in 113 bits, rows and columns brought to largest element 1 before.
template <class E>
Inverse<E> inverse(const Square<E>& A, Quad zero = Quad(1e-26)) {
    const std::size_t n = A.n;
    Inverse<E> result{A, 0};
    Square<E>& M = result.matrix;
    std::vector<int> row(n, 0), col(n, 0);
    const auto exponent = [](Quad a) { return a > 0 ? std::ilogb(static_cast<double>(a)) : 0; };
    for (std::size_t i = 0; i < n; ++i) {
        Quad top = 0;
        for (std::size_t j = 0; j < n; ++j) top = larger(top, size(M(i, j)));
        row[i] = -exponent(top);
        for (std::size_t j = 0; j < n; ++j) M(i, j) = scale(M(i, j), row[i]);
    }
    for (std::size_t j = 0; j < n; ++j) {
        Quad top = 0;
        for (std::size_t i = 0; i < n; ++i) top = larger(top, size(M(i, j)));
        col[j] = -exponent(top);
        for (std::size_t i = 0; i < n; ++i) M(i, j) = scale(M(i, j), col[j]);
    }
    std::vector<std::size_t> pivot_row(n), pivot_col(n);
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t p = k, q = k;
        Quad top = 0;
        for (std::size_t i = k; i < n; ++i)
            for (std::size_t j = k; j < n; ++j)
                if (const Quad a = size(M(i, j)); a > top) top = a, p = i, q = j;
        if (!(top > zero)) {
            result.nullity = n - k;
            return result;
        }
        pivot_row[k] = p, pivot_col[k] = q;
        for (std::size_t j = 0; j < n; ++j) std::swap(M(k, j), M(p, j));
        for (std::size_t i = 0; i < n; ++i) std::swap(M(i, k), M(i, q));
        const E pivot = E(Quad(1)) / M(k, k);
        M(k, k) = E(Quad(1));
        for (std::size_t j = 0; j < n; ++j) M(k, j) = M(k, j) * pivot;
        for (std::size_t i = 0; i < n; ++i) {
            if (i == k) continue;
            const E factor = M(i, k);
            M(i, k) = E(Quad(0));
            if (!(size(factor) > 0)) continue;
            for (std::size_t j = 0; j < n; ++j) M(i, j) = M(i, j) - factor * M(k, j);
        }
    }
    for (std::size_t k = n; k-- > 0;) {
        for (std::size_t j = 0; j < n; ++j) std::swap(M(k, j), M(pivot_col[k], j));
        for (std::size_t i = 0; i < n; ++i) std::swap(M(i, k), M(i, pivot_row[k]));
    }
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) M(i, j) = scale(M(i, j), col[i] + row[j]);
    return result;
}

/// x with M x = b, from the inverse and steps of refinement.
template <class E>
std::vector<E> solve(const Square<E>& M, const Square<E>& inverse, const std::vector<E>& b, int refinements = 1) {
    const std::size_t n = M.n;
    std::vector<E> x(n, E(Quad(0))), r = b;
    for (int step = 0; step <= refinements; ++step) {
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < n; ++j) x[i] = x[i] + inverse(i, j) * r[j];
        for (std::size_t i = 0; i < n; ++i) {
            r[i] = b[i];
            for (std::size_t j = 0; j < n; ++j) r[i] = r[i] - M(i, j) * x[j];
        }
    }
    return x;
}

/// κ₁ of D₁ M D₂, D₁ = 2^row, D₂ = 2^col.
template <class E>
double condition(const Square<E>& M, const Square<E>& inverse, const std::vector<int>& row,
                 const std::vector<int>& col) {
    Quad norm = 0, inverse_norm = 0;
    for (std::size_t j = 0; j < M.n; ++j) {
        Quad sum = 0, inverse_sum = 0;
        for (std::size_t i = 0; i < M.n; ++i) {
            sum += scale(size(M(i, j)), row[i] + col[j]);
            inverse_sum += scale(size(inverse(i, j)), -col[i] - row[j]);
        }
        norm = larger(norm, sum);
        inverse_norm = larger(inverse_norm, inverse_sum);
    }
    return static_cast<double>(norm * inverse_norm);
}

}  // namespace oracle
