// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// LU factorisation with partial pivoting of matrices of order N ≤ 8 without a call, for stacks of them. It declines
/// (returns false) whenever its result would need the care that the functions for one matrix take: elements that are
/// not finite or near over- or underflow, zero pivots, condition numbers above `trusted_condition`.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "ritz/core/types.hpp"

namespace ritz::linalg {

/// Below it, elimination leaves at least half of the digits, one step of refinement all of them, and no scaling is
/// called for.
template <class R>
inline constexpr R trusted_condition = std::numeric_limits<R>::digits > 24 ? R(0x1p20) : R(0x1p9);

namespace small {

// Products by their definition: the operators of std::complex look for infinities.
template <class R>
R times(R a, R b) {
    return a * b;
}
template <class R>
std::complex<R> times(std::complex<R> a, std::complex<R> b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// |re| + |im|
template <class R>
R size(R a) {
    return std::abs(a);
}
template <class R>
R size(std::complex<R> a) {
    return std::abs(a.real()) + std::abs(a.imag());
}

/// A sum of products in twice the working precision.
/// \ref T. Ogita, S. M. Rump and S. Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26 (2005) 1955-1988.
template <class R>
struct Accumulator {
    R high, low = 0;
    void subtract_product(R a, R b) {
        const R product = -a * b, error = std::fma(-a, b, -product);
        const R sum = high + product, back = sum - high;
        low += (high - (sum - back)) + (product - back) + error;
        high = sum;
    }
    R value() const { return high + low; }
};

template <class R>
struct ResidualEntry {
    Accumulator<R> sum;
    explicit ResidualEntry(R b) : sum{b} {}
    void subtract_product(R a, R x) { sum.subtract_product(a, x); }
    R value() const { return sum.value(); }
};
template <class R>
struct ResidualEntry<std::complex<R>> {
    Accumulator<R> re, im;
    explicit ResidualEntry(std::complex<R> b) : re{b.real()}, im{b.imag()} {}
    void subtract_product(std::complex<R> a, std::complex<R> x) {
        re.subtract_product(a.real(), x.real());
        re.subtract_product(-a.imag(), x.imag());
        im.subtract_product(a.real(), x.imag());
        im.subtract_product(a.imag(), x.real());
    }
    std::complex<R> value() const { return {re.value(), im.value()}; }
};

}  // namespace small

template <Scalar T, int N>
class SmallLu {
    using R = Real<T>;

public:
    /// P A = L U of the column-major matrix at A.
    bool factor(const T* A) {
        R largest = 0, not_finite = 0;
        for (int k = 0; k < N * N; ++k) {
            const R size = small::size(lu_[k] = A[k]);
            largest = std::max(largest, size);
            not_finite += size * 0;
        }
        constexpr R far = std::numeric_limits<R>::digits > 24 ? R(0x1p100) : R(0x1p12);
        if (!(not_finite == 0 && largest < far && largest > 1 / far)) return false;
        norm_ = norm1(A);
        for (int i = 0; i < N; ++i) row_[i] = i;
        odd_ = false;
        for (int k = 0; k < N; ++k) {
            int pivot = k;
            R best = small::size(at(k, k));
            for (int i = k + 1; i < N; ++i)
                if (const R candidate = small::size(at(i, k)); candidate > best) {
                    best = candidate;
                    pivot = i;
                }
            if (!(best > largest / trusted_condition<R> / 16)) return false;
            if (pivot != k) {
                for (int j = 0; j < N; ++j) std::swap(at(k, j), at(pivot, j));
                std::swap(row_[k], row_[pivot]);
                odd_ = !odd_;
            }
            inverse_pivot_[k] = R(1) / at(k, k);
            for (int i = k + 1; i < N; ++i) at(i, k) = small::times(at(i, k), inverse_pivot_[k]);
            for (int j = k + 1; j < N; ++j) {
                const T u = at(k, j);
                for (int i = k + 1; i < N; ++i) at(i, j) -= small::times(at(i, k), u);
            }
        }
        return true;
    }

    /// X ← A⁻¹; declines for a condition number ‖A‖₁ ‖A⁻¹‖₁ above the trusted one.
    bool invert(T* X) const {
        for (int j = 0; j < N; ++j) {
            std::array<T, N> unit{};
            unit[j] = T(1);
            solve(unit.data(), X + j * N);
        }
        return norm_ * norm1(X) < trusted_condition<R>;
    }

    /// x ← A⁻¹ b, refined by a residual in twice the working precision; A is the matrix that was factorised, its
    /// condition number was found good by `invert`.
    bool solve_refined(const T* A, const T* b, T* x) const {
        R largest = 0, not_finite = 0;
        for (int i = 0; i < N; ++i) {
            const R size = small::size(b[i]);
            largest = std::max(largest, size);
            not_finite += size * 0;
        }
        constexpr R far = std::numeric_limits<R>::digits > 24 ? R(0x1p100) : R(0x1p12);
        if (!(not_finite == 0 && largest < far && (largest > 1 / far || largest == 0))) return false;
        std::array<T, N> y, r;
        solve(b, y.data());
        for (int i = 0; i < N; ++i) {
            small::ResidualEntry<T> residual(b[i]);
            for (int j = 0; j < N; ++j) residual.subtract_product(A[i + j * N], y[j]);
            r[i] = residual.value();
        }
        std::array<T, N> d;
        solve(r.data(), d.data());
        R size = 0, change = 0;
        for (int i = 0; i < N; ++i) {
            size = std::max(size, small::size(y[i]));
            change = std::max(change, small::size(d[i]));
            x[i] = y[i] + d[i];
        }
        // What is left after the correction is its square, relative to x, at worst.
        return change <= std::sqrt(std::numeric_limits<R>::epsilon()) / 4 * size;
    }

    /// ∏ u_kk with the sign of P. Only meaningful together with a condition number that `invert` accepts.
    T determinant() const {
        T product = odd_ ? T(-1) : T(1);
        for (int k = 0; k < N; ++k) product = small::times(product, at(k, k));
        return product;
    }

private:
    T& at(int i, int j) { return lu_[i + j * N]; }
    const T& at(int i, int j) const { return lu_[i + j * N]; }

    static R norm1(const T* A) {
        R norm = 0;
        for (int j = 0; j < N; ++j) {
            R sum = 0;
            for (int i = 0; i < N; ++i) sum += small::size(A[i + j * N]);
            norm = std::max(norm, sum);
        }
        return norm;
    }

    void solve(const T* b, T* x) const {
        for (int i = 0; i < N; ++i) x[i] = b[row_[i]];
        for (int j = 0; j < N; ++j) {
            const T f = x[j];
            for (int i = j + 1; i < N; ++i) x[i] -= small::times(at(i, j), f);
        }
        for (int j = N - 1; j >= 0; --j) {
            const T f = x[j] = small::times(x[j], inverse_pivot_[j]);
            for (int i = 0; i < j; ++i) x[i] -= small::times(at(i, j), f);
        }
    }

    std::array<T, N * N> lu_;
    std::array<T, N> inverse_pivot_;
    std::array<int, N> row_;
    R norm_ = 0;
    bool odd_ = false;
};

}  // namespace ritz::linalg
