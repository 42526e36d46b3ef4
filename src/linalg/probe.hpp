// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Verification of decompositions by a random vector, O(n²): a matrix identity X = Y is tested as X z = Y z. A wrong
/// entry anywhere moves X z with probability 1, by as much as the entry is wrong times a random number of order 1.
/// The numbers come from a fixed seed, so a result is accepted or refused reproducibly.
///
///     const auto z = probe_vector<T>(n);
///     agree<T>(A * (V * z), V * (lambda.asDiagonal() * z), frobenius_norm, n)     // A V = V Λ
///     is_orthonormal<T>(V)                                                        // Vᴴ V = I
///
/// The matrices must be scaled (power_of_two_scale): the products overflow where they do.
/// \ref R. Freivalds, Probabilistic machines can use less running time, IFIP Congress (1977) 839-842.

#include <algorithm>
#include <cmath>
#include <limits>

#include "ritz/core/random.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg::detail {

/// Unit roundoff u: 2⁻⁵³, 2⁻²⁴.
template <Scalar T>
inline constexpr Real<T> unit_roundoff = std::numeric_limits<Real<T>>::epsilon() / 2;

/// n numbers uniform in [-1, 1), always the same ones. Kept by the thread, so a second call costs nothing; valid until
/// a call with a larger n.
template <Scalar T>
Eigen::Map<const Eigen::VectorX<T>> probe_vector(Eigen::Index n) {
    thread_local Buffer<T> numbers;
    if (static_cast<Eigen::Index>(numbers.size()) < n) {
        const auto size = std::max<Eigen::Index>(n + n / 2, 64);
        numbers = random_vector<T>(static_cast<Index>(size), 0x5eed);
    }
    return Eigen::Map<const Eigen::VectorX<T>>(numbers.data(), n);
}

/// ‖x − y‖₂ ≤ 32 · n · u · scale, false for NaN; `scale` is the norm that bounds the terms, ‖A‖ ‖z‖ when x = A z.
template <Scalar T, class X, class Y>
bool agree(const Eigen::MatrixBase<X>& x, const Eigen::MatrixBase<Y>& y, Real<T> scale, Eigen::Index n) {
    return (x - y).norm() <= Real<T>(32 * std::max<Eigen::Index>(n, 1)) * unit_roundoff<T> * scale;
}

/// Whether the columns of Q are orthonormal: Qᴴ (Q z) = z.
template <Scalar T>
bool is_orthonormal(Matrix<T> Q) {
    if (Q.size() == 0) return Q.cols() == 0;
    const auto z = probe_vector<T>(Q.cols());
    const Eigen::VectorX<T> Qz = Q * z;
    return agree<T>(Q.adjoint() * Qz, z, z.norm(), Q.rows());
}

/// max |a_ij|, where a complex number counts with the larger of its parts (no overflow).
template <Scalar T>
Real<T> max_abs(Matrix<T> A) {
    using R = Real<T>;
    constexpr Eigen::Index parts = is_complex<T> ? 2 : 1;
    R largest = 0;
    for (Eigen::Index j = 0; j < A.cols(); ++j) {
        const R* column = reinterpret_cast<const R*>(A.data() + j * A.outerStride());
        R in_column = 0;
#pragma omp simd reduction(max : in_column)
        for (Eigen::Index k = 0; k < parts * A.rows(); ++k) in_column = std::max(in_column, std::abs(column[k]));
        largest = std::max(largest, in_column);
    }
    return largest;
}

/// The exponent e for which 2^e A can be squared and summed without overflow or harmful underflow: 0 as long as A
/// itself can, otherwise the one that brings `largest` = max |a_ij| into [1, 2).
template <class R>
int power_of_two_scale(R largest) {
    constexpr int safe = std::numeric_limits<R>::max_exponent / 4;
    if (largest == 0) return 0;
    const int exponent = std::ilogb(largest);
    return std::abs(exponent) <= safe ? 0 : -exponent;
}

/// A ← 2^exponent A, exactly unless a number leaves the range of the type.
template <class Derived>
void scale_by_power_of_two(Eigen::DenseBase<Derived>& A, int exponent) {
    using T = typename Derived::Scalar;
    if (exponent == 0) return;
    for (Eigen::Index j = 0; j < A.cols(); ++j)
        for (Eigen::Index i = 0; i < A.rows(); ++i) {
            T& a = A.derived().coeffRef(i, j);
            if constexpr (is_complex<T>)
                a = T(std::ldexp(a.real(), exponent), std::ldexp(a.imag(), exponent));
            else
                a = std::ldexp(a, exponent);
        }
}

}  // namespace ritz::linalg::detail
