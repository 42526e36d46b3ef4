// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/certificate.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/vector_operations.hpp"
#include "solvers/double_double.hpp"

namespace ritz {

namespace detail {

namespace {

constexpr std::int64_t grain = 1 << 12;  // rows

template <Scalar T>
double real_of(T a) noexcept {
    if constexpr (is_complex<T>)
        return static_cast<double>(a.real());
    else
        return static_cast<double>(a);
}
template <Scalar T>
double imag_of(T a) noexcept {
    if constexpr (is_complex<T>)
        return static_cast<double>(a.imag());
    else
        return 0;
}

/// |a| without the overflow checks of hypot: for numbers known to be of moderate size.
template <Scalar T>
double magnitude(T a) noexcept {
    if constexpr (is_complex<T>)
        return std::sqrt(real_of(a) * real_of(a) + imag_of(a) * imag_of(a));
    else
        return std::abs(static_cast<double>(a));
}

/// One element of r: the real and the imaginary part in double-double.
template <Scalar T>
struct Accumulator {
    DoubleDouble re, im;

    void add(double a_re, double a_im) noexcept {
        re.add(a_re);
        if constexpr (is_complex<T>) im.add(a_im);
    }
    void subtract_product(double a_re, double a_im, double x_re, double x_im) noexcept {
        re.add_product(-a_re, x_re);
        if constexpr (is_complex<T>) {
            re.add_product(a_im, x_im);
            im.add_product(-a_re, x_im);
            im.add_product(-a_im, x_re);
        }
    }
    double magnitude() const noexcept {
        return is_complex<T> ? std::hypot(re.value(), im.value()) : std::abs(re.value());
    }
};

template <Scalar T>
T make(double re, double im) noexcept {
    if constexpr (is_complex<T>)
        return T(static_cast<Real<T>>(re), static_cast<Real<T>>(im));
    else
        return static_cast<T>(re);
}

/// True when each nonzero part lies in [2^-bound, 2^bound].
template <Scalar T>
bool moderate(VectorView<T> v, int bound) {
    const double high = std::ldexp(1.0, bound), low = std::ldexp(1.0, -bound);
    const auto fits = [=](double a) {
        a = std::abs(a);
        return a == 0 || (a >= low && a <= high);
    };
    std::atomic<bool> all = true;
    parallel_ranges(static_cast<std::int64_t>(v.size()), 1 << 16, [&](std::int64_t first, std::int64_t stop) {
        bool mine = true;
        for (std::int64_t k = first; k < stop; ++k)
            mine =
                mine && fits(real_of(v[static_cast<std::size_t>(k)])) && fits(imag_of(v[static_cast<std::size_t>(k)]));
        if (!mine) all = false;
    });
    return all;
}

double quotient(double a, double b) noexcept {
    return a == 0 ? 0 : a / b;
}  // 0/0 = 0

struct RowMaxima {
    double r = 0, a = 0, omega = 0;
};

/// Numbers so moderate that no product, error term or square leaves the range of double.
template <Scalar T>
ResidualSums moderate_sums(const CsrView<T>& A, VectorView<T> x, VectorView<T> b, VectorRef<T> r) {
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    Buffer<double> r_magnitude(b.size());
    std::mutex mutex;
    RowMaxima all;
    parallel_ranges(A.rows(), grain, [&](std::int64_t first, std::int64_t stop) {
        RowMaxima mine;
        for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(stop); ++i) {
            Accumulator<T> sum;
            sum.add(real_of(b[i]), imag_of(b[i]));
            double row_sum = 0, weight = magnitude(b[i]);
            for (Offset k = indptr[i]; k < indptr[i + 1]; ++k) {
                const T a = values[static_cast<std::size_t>(k)], xj = x[static_cast<std::size_t>(indices[k])];
                sum.subtract_product(real_of(a), imag_of(a), real_of(xj), imag_of(xj));
                const double size = magnitude(a);
                row_sum += size;
                weight += size * magnitude(xj);
            }
            const double size = sum.magnitude();
            if (!r.empty()) r[i] = make<T>(sum.re.value(), sum.im.value());
            r_magnitude[i] = size;
            mine.r = std::max(mine.r, size);
            mine.a = std::max(mine.a, row_sum);
            mine.omega = std::max(mine.omega, quotient(size, weight));
        }
        const std::lock_guard lock(mutex);
        all = {std::max(all.r, mine.r), std::max(all.a, mine.a), std::max(all.omega, mine.omega)};
    });
    ResidualSums sums;
    sums.r_inf = all.r;
    sums.r_2 = ritz::norm2(r_magnitude);
    sums.a_inf = all.a;
    sums.x_inf = ritz::norm_inf(x);
    sums.b_inf = ritz::norm_inf(b);
    sums.b_2 = ritz::norm2(b);
    sums.omega = all.omega;
    return sums;
}

/// A number as mantissas below 1 in magnitude times 2^exponent.
struct Scaled {
    double re = 0, im = 0;
    int exponent = 0;
    bool zero() const noexcept { return re == 0 && im == 0; }
};

template <Scalar T>
Scaled split(T a) noexcept {
    Scaled s{real_of(a), imag_of(a), 0};
    if (!s.zero()) {
        s.exponent = std::ilogb(std::max(std::abs(s.re), std::abs(s.im))) + 1;
        s.re = std::ldexp(s.re, -s.exponent);
        s.im = std::ldexp(s.im, -s.exponent);
    }
    return s;
}

template <Scalar T>
long double long_magnitude(T a) noexcept {
    return std::hypot(static_cast<long double>(real_of(a)), static_cast<long double>(imag_of(a)));
}

/// Any finite numbers: each row is summed relative to its largest term. Slow, exact, and rarely needed.
template <Scalar T>
ResidualSums wide_sums(const CsrView<T>& A, VectorView<T> x, VectorView<T> b, VectorRef<T> r) {
    constexpr int negligible = -900;  // a term 2⁹⁰⁰ times smaller than another has no bit in 106
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    ResidualSums sums;
    long double r_squares = 0, b_squares = 0;
    std::vector<std::pair<Scaled, Scaled>> terms;
    for (std::size_t i = 0; i < b.size(); ++i) {
        terms.clear();
        const Scaled bi = split(b[i]);
        int top = bi.zero() ? std::numeric_limits<int>::min() / 2 : bi.exponent;
        long double row_sum = 0;
        for (Offset k = indptr[i]; k < indptr[i + 1]; ++k) {
            const T a = values[static_cast<std::size_t>(k)];
            row_sum += long_magnitude(a);
            terms.emplace_back(split(a), split(x[static_cast<std::size_t>(indices[k])]));
            const auto& [as, xs] = terms.back();
            if (as.zero() || xs.zero())
                terms.pop_back();
            else
                top = std::max(top, as.exponent + xs.exponent);
        }
        sums.a_inf = std::max(sums.a_inf, row_sum);
        const long double b_size = long_magnitude(b[i]);
        sums.b_inf = std::max(sums.b_inf, b_size);
        b_squares += b_size * b_size;

        Accumulator<T> sum;
        double weight = 0;
        if (!bi.zero() && bi.exponent - top > negligible) {
            const double re = std::ldexp(bi.re, bi.exponent - top), im = std::ldexp(bi.im, bi.exponent - top);
            sum.add(re, im);
            weight += std::hypot(re, im);
        }
        for (const auto& [as, xs] : terms) {
            const int shift = as.exponent + xs.exponent - top;
            if (shift <= negligible) continue;
            const double re = std::ldexp(as.re, shift), im = std::ldexp(as.im, shift);
            sum.subtract_product(re, im, xs.re, xs.im);
            weight += std::hypot(re, im) * std::hypot(xs.re, xs.im);
        }
        const double size = sum.magnitude();
        sums.omega = std::max(sums.omega, quotient(size, weight));
        const int scale = size == 0 ? 0 : top;
        const long double r_size = std::ldexp(static_cast<long double>(size), scale);
        sums.r_inf = std::max(sums.r_inf, r_size);
        r_squares += r_size * r_size;
        if (!r.empty()) r[i] = make<T>(std::ldexp(sum.re.value(), scale), std::ldexp(sum.im.value(), scale));
    }
    for (const T& xj : x) sums.x_inf = std::max(sums.x_inf, long_magnitude(xj));
    sums.r_2 = std::sqrt(r_squares);
    sums.b_2 = std::sqrt(b_squares);
    return sums;
}

void check_lengths(const char* who, std::size_t x, std::size_t b, Index rows, Index cols) {
    require(x == static_cast<std::size_t>(cols) && b == static_cast<std::size_t>(rows),
            std::string(who) + ": x must have " + std::to_string(cols) + " elements and b " + std::to_string(rows) +
                ", found " + std::to_string(x) + " and " + std::to_string(b));
}

}  // namespace

double ResidualSums::eta() const noexcept {
    return r_inf == 0 ? 0 : static_cast<double>(r_inf / (a_inf * x_inf + b_inf));
}

template <Scalar T>
ResidualSums residual_sums(const CsrView<T>& A, VectorView<T> x, VectorView<T> b, VectorRef<T> r) {
    if (!ritz::all_finite(x) || !ritz::all_finite(b) || !ritz::all_finite(A.values())) {
        ResidualSums sums;
        constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
        sums.r_inf = sums.r_2 = sums.a_inf = sums.x_inf = sums.b_inf = sums.b_2 = sums.omega = nan;
        std::fill(r.begin(), r.end(), make<T>(nan, nan));
        return sums;
    }
    // |a x| in 2^±500 and its error term above 2^-606; squares in 2^±1000
    if (moderate(A.values(), 250) && moderate(x, 250) && moderate(b, 500)) return moderate_sums(A, x, b, r);
    return wide_sums(A, x, b, r);
}

Certificate certificate_from(const ResidualSums& sums) {
    Certificate c;
    c.residual_norm = static_cast<double>(sums.r_2);
    c.relative_residual = sums.r_2 == 0 ? 0 : static_cast<double>(sums.r_2 / sums.b_2);
    c.backward_error = sums.eta();
    c.componentwise_backward_error = sums.omega;
    return c;
}

#define INSTANTIATE(T) \
    template ResidualSums residual_sums(const CsrView<T>&, VectorView<T>, VectorView<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace detail

template <Scalar T>
Certificate certify(const CsrView<T>& A, VectorView<std::type_identity_t<T>> x, VectorView<std::type_identity_t<T>> b) {
    detail::check_lengths("certify", x.size(), b.size(), A.rows(), A.cols());
    return detail::certificate_from(detail::residual_sums<T>(A, x, b, {}));
}

template <Scalar T>
void residual(const CsrView<T>& A, VectorView<std::type_identity_t<T>> x, VectorView<std::type_identity_t<T>> b,
              VectorRef<std::type_identity_t<T>> r) {
    detail::check_lengths("residual", x.size(), b.size(), A.rows(), A.cols());
    detail::require(r.size() == b.size(), "residual: r must be as long as b");
    if (!r.empty()) detail::residual_sums<T>(A, x, b, r);
}

#define INSTANTIATE(T)                                                             \
    template Certificate certify(const CsrView<T>&, VectorView<T>, VectorView<T>); \
    template void residual(const CsrView<T>&, VectorView<T>, VectorView<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
