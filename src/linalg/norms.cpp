// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/norms.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "linalg/lapack_functions.hpp"

namespace ritz::linalg::detail {

namespace {

using Eigen::Index;
using ritz::detail::require;

template <class T>
double size_of(T value) {  // |value| of a number whose modulus is representable, as a double
    return std::abs(std::complex<double>(value));
}
template <>
double size_of(float value) {
    return std::abs(static_cast<double>(value));
}
template <>
double size_of(double value) {
    return std::abs(value);
}

// Largest |part| of an element.
template <Scalar T, class X>
double largest_part(const X& A) {
    double largest = 0;
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i) {
            if constexpr (is_complex<T>)
                largest = std::max({largest, std::abs(double(A(i, j).real())), std::abs(double(A(i, j).imag()))});
            else
                largest = std::max(largest, std::abs(double(A(i, j))));
        }
    return largest;
}

template <Scalar T, class X>
double squares(const X& A) {
    double sum = 0;
    for (Index j = 0; j < A.cols(); ++j) {
        if constexpr (std::same_as<Real<T>, double>)
            sum += A.col(j).squaredNorm();
        else if constexpr (is_complex<T>)
            sum += A.col(j).template cast<std::complex<double>>().squaredNorm();
        else
            sum += A.col(j).template cast<double>().squaredNorm();
    }
    return sum;
}

template <Scalar T, class X>
double norm2_of(const X& A) {
    const double sum = squares<T>(A);
    if (sum > 1e-280 && sum < 1e300) return std::sqrt(sum);
    const double largest = largest_part<T>(A);
    if (largest == 0) return 0;
    // Scaled so that the largest part lies in [1/2, 1): what underflows then does not count.
    const int e = ritz::detail::exponent_of(largest) + 1;
    double scaled = 0;
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i) {
            const std::complex<double> a(A(i, j));
            const double re = ritz::detail::scale_by_power(a.real(), -e),
                         im = ritz::detail::scale_by_power(a.imag(), -e);
            scaled += re * re + im * im;
        }
    return std::ldexp(std::sqrt(scaled), e);
}

// (Σ|x|^p)^(1/p) over the elements of any expression.
template <Scalar T, class X>
double norm_of(const X& A, double p) {
    require(!std::isnan(p), "norm: ord is nan");
    if (A.size() == 0) {
        require(p >= 0, "norm: there are no elements, so none is the smallest (ord < 0)");
        return 0;
    }
    if (p == 2) return norm2_of<T>(A);
    const auto fold = [&](double start, auto&& step) {
        for (Index j = 0; j < A.cols(); ++j)
            for (Index i = 0; i < A.rows(); ++i) start = step(start, size_of<T>(A(i, j)));
        return start;
    };
    if (p == 0) return fold(0, [](double n, double a) { return n + (a != 0); });
    if (p == 1) return fold(0, [](double sum, double a) { return sum + a; });
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto larger = [](double a, double b) { return std::max(a, b); };
    const auto smaller = [](double a, double b) { return std::min(a, b); };
    const double scale = p > 0 ? fold(0, larger) : fold(infinity, smaller);  // what counts most in the sum
    if (std::isinf(p) || scale == 0 || std::isinf(scale)) return scale;
    const double sum = fold(0, [&](double s, double a) { return s + std::pow(a / scale, p); });
    return scale * std::pow(sum, 1 / p);
}

template <Scalar T>
Eigen::VectorXd sums_of_sizes(const Matrix<T>& A, Axis axis) {
    Eigen::VectorXd sums = Eigen::VectorXd::Zero(axis == Axis::columns ? A.cols() : A.rows());
    for (Index j = 0; j < A.cols(); ++j) {
        if constexpr (std::same_as<T, double>) {
            if (axis == Axis::columns)
                sums(j) = A.col(j).cwiseAbs().sum();
            else
                sums += A.col(j).cwiseAbs();
        } else {
            for (Index i = 0; i < A.rows(); ++i) sums(axis == Axis::columns ? j : i) += size_of<T>(A(i, j));
        }
    }
    return sums;
}

// Singular values, scaled by a power of two so that LAPACK neither overflows nor loses small ones, times 2^e.
template <Scalar T>
Eigen::VectorXd singular_values(const Matrix<T>& A, int& e) {
    e = 0;
    const double largest = largest_part<T>(A);
    if (largest == 0) return Eigen::VectorXd::Zero(std::min(A.rows(), A.cols()));
    Eigen::MatrixX<T> scaled = A;
    e = ritz::detail::exponent_of(largest);
    if (e < -20 || e > 20)
        scaled = scaled.unaryExpr([&](T a) { return ritz::detail::scale_by_power(a, -e); });
    else
        e = 0;
    Eigen::VectorX<Real<T>> s;
    if (lapack::gesdd_values<T>(scaled, s) != 0)
        throw NoConvergence("norm: the singular values of the matrix did not converge");
    return s.template cast<double>();
}

}  // namespace

template <Scalar T>
Real<T> vector_norm(Matrix<T> A, double ord) {
    require_finite<T>(A, "norm", "A");
    return static_cast<Real<T>>(norm_of<T>(A, ord));
}

template <Scalar T>
Real<T> matrix_norm(Matrix<T> A, double ord) {
    require_finite<T>(A, "norm", "A");
    const double size = std::abs(ord);
    require(size == 1 || size == 2 || std::isinf(size),
            "matrix_norm: ord is " + std::to_string(ord) +
                ", but a matrix has norms ±1, ±2, ±infinity, Norm::frobenius and Norm::nuclear (vector_norm takes any "
                "ord)");
    if (A.size() == 0) {
        require(ord > 0, "norm: the matrix has no elements, so no smallest sum or singular value (ord < 0)");
        return 0;
    }
    double result;
    if (size == 2) {
        int e = 0;
        const Eigen::VectorXd s = singular_values<T>(A, e);
        result = std::ldexp(ord > 0 ? s(0) : s(s.size() - 1), e);
    } else {
        const Eigen::VectorXd sums = sums_of_sizes<T>(A, size == 1 ? Axis::columns : Axis::rows);
        result = ord > 0 ? sums.maxCoeff() : sums.minCoeff();
    }
    return static_cast<Real<T>>(result);
}

template <Scalar T>
Real<T> matrix_norm(Matrix<T> A, Norm ord) {
    require_finite<T>(A, "norm", "A");
    if (ord == Norm::frobenius) return static_cast<Real<T>>(norm2_of<T>(A));
    if (A.size() == 0) return 0;
    int e = 0;
    const double sum = singular_values<T>(A, e).sum();
    return static_cast<Real<T>>(std::ldexp(sum, e));
}

template <Scalar T>
Eigen::VectorX<Real<T>> norms_along(Matrix<T> A, double ord, Axis axis) {
    require_finite<T>(A, "norm", "A");
    const Index count = axis == Axis::columns ? A.cols() : A.rows();
    Eigen::VectorX<Real<T>> norms(count);
    for (Index k = 0; k < count; ++k)
        norms(k) = static_cast<Real<T>>(axis == Axis::columns ? norm_of<T>(A.col(k), ord) : norm_of<T>(A.row(k), ord));
    return norms;
}

template <Scalar T>
T trace(Matrix<T> A, Index offset) {
    require_finite<T>(A, "trace", "A");
    T sum{};
    for (Index i = std::max<Index>(0, -offset); i < A.rows() && i + offset < A.cols(); ++i) sum += A(i, i + offset);
    require(std::isfinite(std::abs(sum)), "trace: the sum overflows");
    return sum;
}

#define RITZ_INSTANTIATE(T)                                                   \
    template Real<T> vector_norm<T>(Matrix<T>, double);                       \
    template Real<T> matrix_norm<T>(Matrix<T>, double);                       \
    template Real<T> matrix_norm<T>(Matrix<T>, Norm);                         \
    template Eigen::VectorX<Real<T>> norms_along<T>(Matrix<T>, double, Axis); \
    template T trace<T>(Matrix<T>, Index);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
