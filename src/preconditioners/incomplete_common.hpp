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
/// moderate size; empty if it is so already, and all equal if that suffices.
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
    int low = std::numeric_limits<int>::max(), high = std::numeric_limits<int>::min();
    for (std::size_t i = 0; i < n; ++i)
        if (const R size = size_of_row(i); size != 0) {
            const int exponent = std::ilogb(size);
            low = std::min(low, exponent);
            high = std::max(high, exponent);
        }
    Buffer<R> scale;
    if (low > high || (low >= -moderate && high <= moderate)) return scale;
    scale.resize(n);
    const bool uniform = high - low <= moderate;
    for (std::size_t i = 0; i < n; ++i) {
        const R size = size_of_row(i);
        const int exponent = uniform ? low : size == 0 ? 0 : std::ilogb(size);
        scale[i] = std::ldexp(R{1}, -(exponent >> 1));
    }
    return scale;
}

/// The row where a solve with L D U shows that the factors are useless: that of the largest element of their solution
/// for the sizes of the rows, when it is not below 1/ε². Factors of small growth may have inverses that overflow. \ref
/// E. Chow, Y. Saad, J. Comput. Appl. Math. 86 (1997) 387-414.
template <Scalar T>
std::optional<Index> unstable_row(const TriangularFactors<T>& factors, const Buffer<Real<T>>& size) {
    using R = Real<T>;
    const std::size_t n = size.size();
    const SparseRows<T>&lower = factors.lower, &upper = factors.upper;
    Buffer<T> x(size.begin(), size.end());
    if (factors.hermitian) {  // Uᴴ by its columns
        for (std::size_t i = 0; i < n; ++i)
            for (auto k = static_cast<std::size_t>(upper.indptr[i]); k < static_cast<std::size_t>(upper.indptr[i + 1]);
                 ++k)
                x[static_cast<std::size_t>(upper.indices[k])] -= times(conjugate(upper.values[k]), x[i]);
    } else {
        for (std::size_t i = 0; i < n; ++i)
            for (auto k = static_cast<std::size_t>(lower.indptr[i]); k < static_cast<std::size_t>(lower.indptr[i + 1]);
                 ++k)
                x[i] -= times(lower.values[k], x[static_cast<std::size_t>(lower.indices[k])]);
    }
    constexpr R limit = 1 / (std::numeric_limits<R>::epsilon() * std::numeric_limits<R>::epsilon());
    for (std::size_t i = n; i-- > 0;) {
        x[i] = times(factors.inverse_pivots[i], x[i]);
        for (auto k = static_cast<std::size_t>(upper.indptr[i]); k < static_cast<std::size_t>(upper.indptr[i + 1]); ++k)
            x[i] -= times(upper.values[k], x[static_cast<std::size_t>(upper.indices[k])]);
        if (!(magnitude(x[i]) < limit)) return static_cast<Index>(i);
    }
    return {};
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

[[noreturn]] inline void throw_not_positive_definite(const char* who, Index row, double shift) {
    throw NotPositiveDefinite(std::string(who) + ": the pivot in row " + std::to_string(row) +
                                  (shift == 0 ? " is not positive, or the factors grow without bound; "
                                                "OnBreakdown::shift factors A + alpha diag(|A|) then"
                                              : " is not positive with a shift of " + std::to_string(shift) +
                                                    "; is the matrix positive definite?"),
                              row);
}

[[noreturn]] inline void throw_singular(const char* who, Index row, double shift) {
    throw SingularMatrix(std::string(who) + ": the pivot in row " + std::to_string(row) +
                             " is zero, or the factors grow without bound there" +
                             (shift == 0 ? "; OnBreakdown::shift shifts the diagonal then"
                                         : ", even with a shift of " + std::to_string(shift)),
                         row);
}

[[noreturn]] inline void throw_not_hermitian(const char* who, std::size_t i, Index j) {
    throw InvalidArgument(std::string(who) + ": the matrix must be Hermitian; the entry in row " + std::to_string(i) +
                          ", column " + std::to_string(j) + " is not the conjugate of its mirror image");
}

/// \throws InvalidArgument unless A = Aᴴ. Rows are looked at in order, so those entries of row j that lie left of its
/// diagonal are met in their order, too.
template <Scalar T>
void require_hermitian(const CsrView<T>& A, const char* who) {
    const auto n = static_cast<std::size_t>(A.rows());
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    Buffer<Offset> met(indptr.begin(), indptr.end() - 1);
    for (std::size_t i = 0; i < n; ++i)
        for (auto k = static_cast<std::size_t>(met[i]); k < static_cast<std::size_t>(indptr[i + 1]); ++k) {
            const auto j = static_cast<std::size_t>(indices[k]);
            const auto mirror = static_cast<std::size_t>(met[j]);
            if (j < i || mirror >= static_cast<std::size_t>(indptr[j + 1]) ||
                static_cast<std::size_t>(indices[mirror]) != i || values[mirror] != conjugate(values[k]))
                throw_not_hermitian(who, i, indices[k]);
            if (j != i) ++met[j];
        }
}

/// The rows of Uᴴ. O(nnz).
template <Scalar T>
SparseRows<T> adjoint_rows(const SparseRows<T>& U) {
    const std::size_t n = U.indptr.size() - 1;
    SparseRows<T> L;
    L.indptr.assign(n + 1, 0);
    L.indices.resize(U.indices.size());
    L.values.resize(U.values.size());
    for (const Index j : U.indices) ++L.indptr[static_cast<std::size_t>(j) + 1];
    for (std::size_t i = 0; i < n; ++i) L.indptr[i + 1] += L.indptr[i];
    Buffer<Offset> next(L.indptr.begin(), L.indptr.end() - 1);
    for (std::size_t i = 0; i < n; ++i)
        for (auto k = static_cast<std::size_t>(U.indptr[i]); k < static_cast<std::size_t>(U.indptr[i + 1]); ++k) {
            const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(U.indices[k])]++);
            L.indices[place] = static_cast<Index>(i);
            L.values[place] = conjugate(U.values[k]);
        }
    return L;
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
