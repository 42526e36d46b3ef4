// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the sources of the incomplete factorisations share.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "preconditioners/triangular_engine.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/incomplete.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz::detail {

template <Scalar T>
Real<T> real_part(T a) noexcept {
    if constexpr (is_complex<T>)
        return a.real();
    else
        return a;
}

/// max(|Re a|, |Im a|): a size that cannot overflow.
template <Scalar T>
Real<T> magnitude(T a) noexcept {
    if constexpr (is_complex<T>)
        return std::max(std::abs(a.real()), std::abs(a.imag()));
    else
        return std::abs(a);
}

template <Scalar T>
bool finite(T a) noexcept {
    if constexpr (is_complex<T>)
        return std::isfinite(a.real()) && std::isfinite(a.imag());
    else
        return std::isfinite(a);
}

/// A product by the formula; std::complex would look at each one for NaN.
template <Scalar T>
T times(T a, T b) noexcept {
    if constexpr (is_complex<T>)
        return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
    else
        return a * b;
}

/// A pivot that is at most this times what was on the diagonal counts as zero.
template <Scalar T>
inline constexpr Real<T> zero_pivot = 64 * std::numeric_limits<Real<T>>::epsilon();

/// \throws InvalidArgument unless A is square and all its numbers are finite.
template <Scalar T>
void require_square_and_finite(const CsrView<T>& A, const char* who) {
    require(A.rows() == A.cols(), std::string(who) + ": the matrix must be square; it is " + std::to_string(A.rows()) +
                                      " x " + std::to_string(A.cols()));
    const auto values = A.values();
    for (std::size_t k = 0; k < values.size(); ++k)
        if (!finite(values[k])) {
            const auto indptr = A.indptr();
            const auto row =
                std::upper_bound(indptr.begin(), indptr.end(), static_cast<Offset>(k)) - indptr.begin() - 1;
            throw InvalidArgument(std::string(who) + ": the entry in row " + std::to_string(row) + ", column " +
                                  std::to_string(A.indices()[k]) + " is NaN or infinite");
        }
}

/// Powers of two s such that the diagonal of S A S, or the largest entry of a row whose diagonal is zero, is of
/// moderate size; empty if it is so already.
template <Scalar T>
Buffer<Real<T>> moderate_scaling(const CsrView<T>& A) {
    using R = Real<T>;
    constexpr int moderate = std::is_same_v<R, double> ? 64 : 16;
    const auto n = static_cast<std::size_t>(A.rows());
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    const auto size_of_row = [&](std::size_t i) {
        const auto begin = indices.begin() + indptr[i], end = indices.begin() + indptr[i + 1];
        const auto diagonal = std::lower_bound(begin, end, static_cast<Index>(i));
        R size = 0;
        if (diagonal != end && static_cast<std::size_t>(*diagonal) == i)
            size = magnitude(values[static_cast<std::size_t>(diagonal - indices.begin())]);
        if (size == 0)
            for (auto k = static_cast<std::size_t>(indptr[i]); k < static_cast<std::size_t>(indptr[i + 1]); ++k)
                size = std::max(size, magnitude(values[k]));
        return size;
    };
    const R low = std::ldexp(R{1}, -moderate), high = std::ldexp(R{1}, moderate);
    bool needed = false;
    for (std::size_t i = 0; i < n && !needed; ++i)
        if (const R size = size_of_row(i); size != 0) needed = size < low || size > high;
    Buffer<R> scale;
    if (!needed) return scale;
    scale.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        const R size = size_of_row(i);
        scale[i] = size == 0 ? R{1} : std::ldexp(R{1}, -(std::ilogb(size) >> 1));
    }
    return scale;
}

/// Calls attempt(α), which gives the row where it broke down, for growing α until there is none. Gives that α.
template <class Attempt, class Failure>
double factor_with_shift(OnBreakdown on_breakdown, double alpha, Attempt&& attempt, Failure&& failure) {
    constexpr double first_shift = 1e-3, hopeless = 0x1p60;
    for (;;) {
        const std::optional<Index> row = attempt(alpha);
        if (!row) return alpha;
        if (on_breakdown == OnBreakdown::fail || alpha > hopeless) failure(*row, alpha);
        alpha = alpha == 0 ? first_shift : alpha < 1 ? 2 * alpha : 8 * alpha;
    }
}

inline void require_options(const char* who, double shift, double modified = 0) {
    require(shift >= 0 && std::isfinite(shift), std::string(who) + ": options.shift must be finite and not negative");
    require(modified >= 0 && modified <= 1, std::string(who) + ": options.modified must lie in [0, 1]");
}

inline double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// \throws InvalidArgument unless r and z have n elements each and do not overlap.
template <Scalar T>
void require_vectors(const char* who, Index n, VectorView<T> r, VectorRef<T> z) {
    const auto size = static_cast<std::size_t>(n);
    require(r.size() == size && z.size() == size, std::string(who) + ": r and z must have " + std::to_string(n) +
                                                      " elements; they have " + std::to_string(r.size()) + " and " +
                                                      std::to_string(z.size()));
    const std::less<const T*> less;
    require(size == 0 || !(less(r.data(), z.data() + size) && less(z.data(), r.data() + size)),
            std::string(who) + ": r and z must not overlap");
}

}  // namespace ritz::detail
