// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <complex>

#include "ritz/core/eigen.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"

namespace ritz::testing_functions {

/// a + bi as a T; b is dropped where T is real.
template <Scalar T>
T number(double a, double b = 0) {
    if constexpr (is_complex<T>)
        return T(static_cast<Real<T>>(a), static_cast<Real<T>>(b));
    else
        return static_cast<T>(a);
}

/// About `per_row` entries a row, normally distributed, and `shift` on the diagonal.
template <Scalar T>
Csr<T> random_matrix(Index n, Index per_row, double shift, std::uint64_t seed) {
    Random random(seed);
    Coo<T> A(n, n);
    for (Index i = 0; i < n; ++i) {
        A.add(i, i, number<T>(shift));
        for (Index k = 0; k < per_row; ++k) {
            const auto j = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
            const double a = random.normal(), b = random.normal();
            A.add(i, j, number<T>(a, b));
        }
    }
    return to_csr(A);
}

/// The same with A = Aᴴ (sign = 1) or A = −Aᴴ (sign = −1); no diagonal but shift · sign's kind.
template <Scalar T>
Csr<T> random_hermitian(Index n, Index per_row, double shift, std::uint64_t seed, double sign = 1) {
    Random random(seed);
    Coo<T> A(n, n);
    for (Index i = 0; i < n; ++i) {
        if (sign > 0) A.add(i, i, number<T>(shift));
        for (Index k = 0; k < per_row; ++k) {
            const auto j = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
            const T a = number<T>(random.normal(), random.normal());
            if (j == i) continue;
            A.add(i, j, a);
            A.add(j, i, number<T>(sign) * conjugate(a));
        }
    }
    return to_csr(A);
}

template <Scalar T>
Eigen::VectorX<T> random_right_side(Index n, std::uint64_t seed) {
    const Buffer<T> b = random_vector<T>(n, seed);
    return Eigen::Map<const Eigen::VectorX<T>>(b.data(), n);
}

}  // namespace ritz::testing_functions
