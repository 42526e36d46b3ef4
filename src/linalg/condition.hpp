// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// When a result is too badly conditioned to be right, and the 1-norm of an inverse that is known by its action.

#include <algorithm>
#include <cmath>
#include <limits>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"

namespace ritz::linalg {

/// u, half of epsilon: the largest relative error of one rounding.
template <Scalar T>
inline constexpr double unit_roundoff = std::numeric_limits<Real<T>>::epsilon() / 2;

/// The reciprocal condition number below which a solution may have no correct digit.
template <Scalar T>
double least_rcond(Eigen::Index n) {
    return static_cast<double>(std::max<Eigen::Index>(10, n)) * unit_roundoff<T>;
}

template <class R>
R sign_of(R value) {
    return value >= 0 ? R(1) : R(-1);
}
template <class R>
std::complex<R> sign_of(std::complex<R> value) {
    const R size = std::abs(value);
    return size > 0 ? value / size : std::complex<R>(1);
}

/// A lower bound of ‖B‖₁, rarely less than a third of it, for an n × n matrix B given by apply(x): x ← B x and
/// apply_adjoint(x): x ← Bᴴ x on Eigen vectors. 4 or 5 applications, at most 11.
/// \ref N. J. Higham, FORTRAN codes for estimating the one-norm of a real or complex matrix, ACM TOMS 14 (1988)
///      381-396, algorithm 4.1.
template <Scalar T, class Apply, class ApplyAdjoint>
Real<T> estimate_norm1(Eigen::Index n, Apply&& apply, ApplyAdjoint&& apply_adjoint) {
    using R = Real<T>;
    if (n == 0) return 0;
    Eigen::VectorX<T> x = Eigen::VectorX<T>::Constant(n, T(1) / static_cast<R>(n)), sign(n);
    apply(x);
    R estimate = x.template lpNorm<1>();
    if (n == 1 || !std::isfinite(estimate)) return estimate;
    Eigen::Index last = -1;
    for (int k = 0; k < 5; ++k) {
        const Eigen::VectorX<T> new_sign = x.unaryExpr([](T v) { return sign_of(v); });
        if (k > 0 && !is_complex<T> && new_sign == sign) break;
        sign = new_sign;
        x = sign;
        apply_adjoint(x);
        Eigen::Index j;
        const R largest = x.cwiseAbs().maxCoeff(&j);
        if (last >= 0 && largest <= std::abs(x[last])) break;
        last = j;
        x.setZero();
        x[j] = 1;
        apply(x);  // column j of B
        const R better = x.template lpNorm<1>();
        if (!std::isfinite(better)) return better;
        if (better <= estimate) break;
        estimate = better;
    }
    for (Eigen::Index i = 0; i < n; ++i)
        x[i] = (i % 2 == 0 ? R(1) : R(-1)) * (R(1) + static_cast<R>(i) / static_cast<R>(n - 1));
    apply(x);
    return std::max(estimate, 2 * x.template lpNorm<1>() / (3 * static_cast<R>(n)));
}

}  // namespace ritz::linalg
