// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/vector_operations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "ritz/core/error.hpp"

namespace ritz::detail {

namespace {

constexpr std::size_t block = 8192;  // elements per partial sum: fixed, so that sums do not depend on threads
constexpr std::int64_t grain = 8;    // blocks a thread should have at least

/// Σ over blocks of sum(begin, end), added in block order.
template <class Sum>
auto blocked_sum(std::size_t n, Sum&& sum) {
    using S = decltype(sum(std::size_t{0}, std::size_t{0}));
    const auto blocks = static_cast<std::int64_t>((n + block - 1) / block);
    if (blocks <= 1) return sum(std::size_t{0}, n);
    std::vector<S> partial(static_cast<std::size_t>(blocks));
    parallel_ranges(blocks, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end; ++k) {
            const std::size_t first = static_cast<std::size_t>(k) * block;
            partial[static_cast<std::size_t>(k)] = sum(first, std::min(n, first + block));
        }
    });
    S total{};
    for (const S& s : partial) total += s;
    return total;
}

template <class R>
R absolute(R x) {
    return std::fabs(x);
}
template <class R>
R absolute(std::complex<R> x) {
    return std::hypot(x.real(), x.imag());
}

/// A vector of complex numbers seen as the real vector of twice the length.
template <Scalar T>
VectorView<Real<T>> as_real(VectorView<T> x) {
    if constexpr (is_complex<T>)
        return {reinterpret_cast<const Real<T>*>(x.data()), 2 * x.size()};  // [complex.numbers]/4
    else
        return x;
}

template <class R>
R max_absolute(VectorView<R> x) {
    const auto blocks = static_cast<std::int64_t>((x.size() + block - 1) / block);
    std::vector<R> partial(static_cast<std::size_t>(blocks), R{0});
    parallel_ranges(blocks, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end; ++k) {
            const std::size_t first = static_cast<std::size_t>(k) * block;
            const std::size_t last = std::min(x.size(), first + block);
            R largest{0};
            bool nan = false;
#pragma omp simd reduction(max : largest) reduction(| : nan)
            for (std::size_t i = first; i < last; ++i) {
                const R a = std::fabs(x[i]);
                largest = a > largest ? a : largest;
                nan |= a != a;
            }
            partial[static_cast<std::size_t>(k)] = nan ? std::numeric_limits<R>::quiet_NaN() : largest;
        }
    });
    R largest{0};
    for (const R p : partial) largest = p > largest || p != p ? p : largest;
    for (const R p : partial)
        if (p != p) return p;
    return largest;
}

}  // namespace

template <Scalar T>
T dot(VectorView<T> x, VectorView<T> y) {
    require(x.size() == y.size(), "dot: x and y must have equal lengths");
    return blocked_sum(x.size(), [&](std::size_t begin, std::size_t end) {
        if constexpr (is_complex<T>) {
            Real<T> re{0}, im{0};
            const Real<T>* a = reinterpret_cast<const Real<T>*>(x.data());
            const Real<T>* b = reinterpret_cast<const Real<T>*>(y.data());
#pragma omp simd reduction(+ : re, im)
            for (std::size_t i = begin; i < end; ++i) {
                re += a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1];
                im += a[2 * i] * b[2 * i + 1] - a[2 * i + 1] * b[2 * i];
            }
            return T(re, im);
        } else {
            T s{0};
#pragma omp simd reduction(+ : s)
            for (std::size_t i = begin; i < end; ++i) s += x[i] * y[i];
            return s;
        }
    });
}

template <Scalar T>
Real<T> norm1(VectorView<T> x) {
    return blocked_sum(x.size(), [&](std::size_t begin, std::size_t end) {
        Real<T> s{0};
        for (std::size_t i = begin; i < end; ++i) s += absolute(x[i]);
        return s;
    });
}

template <Scalar T>
Real<T> norm2(VectorView<T> x_) {
    using R = Real<T>;
    const VectorView<R> x = as_real(x_);
    const auto sum_of_squares = [&](R factor) {
        return blocked_sum(x.size(), [&](std::size_t begin, std::size_t end) {
            R s{0};
#pragma omp simd reduction(+ : s)
            for (std::size_t i = begin; i < end; ++i) s += (factor * x[i]) * (factor * x[i]);
            return s;
        });
    };
    // Squares between these bounds lost nothing to underflow that matters: the largest term is far above min().
    constexpr R smallest =
        std::numeric_limits<R>::min() / (std::numeric_limits<R>::epsilon() * std::numeric_limits<R>::epsilon());
    const R plain = sum_of_squares(R{1});
    if (plain >= smallest && plain <= std::numeric_limits<R>::max()) return std::sqrt(plain);

    const R largest = max_absolute(x);
    if (largest == 0 || !std::isfinite(largest)) return largest;
    // Two steps, since 2^-exponent itself overflows for subnormal vectors.
    int exponent = 0;
    std::frexp(largest, &exponent);
    exponent = std::max(exponent, std::numeric_limits<R>::min_exponent + 1);
    return std::ldexp(std::sqrt(sum_of_squares(std::ldexp(R{1}, -exponent))), exponent);
}

template <Scalar T>
Real<T> norm_inf(VectorView<T> x) {
    if constexpr (is_complex<T>) {
        Real<T> largest{0};
        for (const T& value : x) {
            const Real<T> a = absolute(value);
            if (a != a) return a;
            largest = std::max(largest, a);
        }
        return largest;
    } else {
        return max_absolute(x);
    }
}

template <Scalar T>
void axpy(T alpha, VectorView<T> x, VectorRef<T> y) {
    require(x.size() == y.size(), "axpy: x and y must have equal lengths");
    parallel_ranges(static_cast<std::int64_t>(x.size()), grain * static_cast<std::int64_t>(block),
                    [&](std::int64_t begin, std::int64_t end) {
                        const T* const a = x.data();
                        T* const c = y.data();
                        for (std::int64_t i = begin; i < end; ++i) c[i] += alpha * a[i];
                    });
}

template <Scalar T>
void scale(T alpha, VectorRef<T> x) {
    parallel_ranges(static_cast<std::int64_t>(x.size()), grain * static_cast<std::int64_t>(block),
                    [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t i = begin; i < end; ++i) x[static_cast<std::size_t>(i)] *= alpha;
                    });
}

template <Scalar T>
bool all_finite(VectorView<T> x_) {
    using R = Real<T>;
    const VectorView<R> x = as_real(x_);
    // 0·x is 0 for finite x and NaN otherwise; a sum of zeros stays 0.
    return blocked_sum(x.size(), [&](std::size_t begin, std::size_t end) {
               R s{0};
#pragma omp simd reduction(+ : s)
               for (std::size_t i = begin; i < end; ++i) s += R{0} * x[i];
               return s;
           }) == R{0};
}

#define RITZ_INSTANTIATE(T)                                \
    template T dot<T>(VectorView<T>, VectorView<T>);       \
    template Real<T> norm1<T>(VectorView<T>);              \
    template Real<T> norm2<T>(VectorView<T>);              \
    template Real<T> norm_inf<T>(VectorView<T>);           \
    template void axpy<T>(T, VectorView<T>, VectorRef<T>); \
    template void scale<T>(T, VectorRef<T>);               \
    template bool all_finite<T>(VectorView<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
