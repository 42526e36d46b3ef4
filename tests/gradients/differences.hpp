// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <limits>

#include "ritz/core/eigen.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/types.hpp"

namespace ritz::testing_gradients {

using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
using DoubleScalars = testing::Types<double, std::complex<double>>;

template <Scalar T>
T number(double a, double b = 0) {
    if constexpr (is_complex<T>)
        return T(static_cast<Real<T>>(a), static_cast<Real<T>>(b));
    else
        return static_cast<T>(a);
}

template <Scalar T>
Eigen::MatrixX<T> random_matrix(Eigen::Index m, Eigen::Index n, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixX<T> A(m, n);
    for (Eigen::Index j = 0; j < n; ++j)
        for (Eigen::Index i = 0; i < m; ++i) {
            const double a = random.normal(), b = random.normal();
            A(i, j) = number<T>(a, b);
        }
    return A;
}

template <Scalar T>
Eigen::MatrixX<T> random_hermitian(Eigen::Index n, std::uint64_t seed) {
    const Eigen::MatrixX<T> A = random_matrix<T>(n, n, seed);
    return (A + A.adjoint()) * Real<T>(0.5);
}

/// m × n with leading columns (rows) that are far from dependent.
template <Scalar T>
Eigen::MatrixX<T> random_full_rank(Eigen::Index m, Eigen::Index n, std::uint64_t seed) {
    Eigen::MatrixX<T> A = random_matrix<T>(m, n, seed);
    A.diagonal().array() += number<T>(4);
    return A;
}

template <Scalar T>
Eigen::MatrixX<T> random_positive_definite(Eigen::Index n, std::uint64_t seed) {
    const Eigen::MatrixX<T> A = random_matrix<T>(n, n, seed);
    return A * A.adjoint() / Real<T>(n + 1) + Eigen::MatrixX<T>::Identity(n, n);
}

/// Re tr(Xᴴ Y)
template <class X, class Y>
double dot(const X& x, const Y& y) {
    return std::real(std::complex<double>((x.conjugate().cwiseProduct(y)).sum()));
}

/// d/dt f(A + t A_dot) at 0: central differences of three steps, extrapolated twice (error h⁶).
template <class F, class A>
auto difference(const F& f, const A& a, const A& a_dot, double h = 0.02) {
    const auto central = [&](double step) {
        using R = typename A::RealScalar;
        const A up = a + R(step) * a_dot, down = a - R(step) * a_dot;
        return ((f(up) - f(down)) / R(2 * step)).eval();
    };
    const auto d1 = central(h), d2 = central(h / 2), d3 = central(h / 4);
    const auto e1 = ((4.0 * d2 - d1) / 3.0).eval(), e2 = ((4.0 * d3 - d2) / 3.0).eval();
    return ((16.0 * e2 - e1) / 15.0).eval();
}

/// ‖found − expected‖ ≤ 10⁻⁷ ‖expected‖ (Frobenius).
template <class X, class Y>
void expect_derivative(const X& found, const Y& expected) {
    ASSERT_EQ(found.rows(), expected.rows());
    ASSERT_EQ(found.cols(), expected.cols());
    EXPECT_LE(double((found - expected).norm()), 1e-7 * double(expected.norm()) + 1e-12);
}

/// |a − b| ≤ c ε · size: two sides of ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩.
template <Scalar T>
void expect_same(double a, double b, double size) {
    EXPECT_NEAR(a, b, 2000 * double(std::numeric_limits<Real<T>>::epsilon()) * (1 + size));
}

}  // namespace ritz::testing_gradients
