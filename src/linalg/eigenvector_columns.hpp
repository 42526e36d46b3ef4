// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// LAPACK's real storage of complex eigenvectors, unpacked.

#include <complex>

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg::detail {

/// Eigenvalue k begins a complex pair when its imaginary part is positive: columns k, k+1 hold Re v and Im v.
template <Scalar T>
Eigen::MatrixX<std::complex<Real<T>>> unpacked(const Eigen::MatrixX<T>& V, const Eigen::VectorX<T>& imaginary) {
    using C = std::complex<Real<T>>;
    if constexpr (is_complex<T>) {
        return V;
    } else {
        const Eigen::Index n = V.rows();
        Eigen::MatrixX<C> vectors(n, V.cols());
        for (Eigen::Index k = 0; k < V.cols(); ++k) {
            const T* re = V.data() + k * n;
            C* v = vectors.data() + k * n;
            if (imaginary[k] > 0 && k + 1 < V.cols()) {
                const T* im = re + n;
                for (Eigen::Index i = 0; i < n; ++i) v[i] = C(re[i], im[i]);
                for (Eigen::Index i = 0; i < n; ++i) v[n + i] = C(re[i], -im[i]);
                ++k;
            } else {
                for (Eigen::Index i = 0; i < n; ++i) v[i] = C(re[i], 0);
            }
        }
        return vectors;
    }
}

template <Scalar T>
Eigen::VectorX<std::complex<Real<T>>> unpacked_values(const Eigen::VectorX<T>& re, const Eigen::VectorX<T>& im) {
    using C = std::complex<Real<T>>;
    if constexpr (is_complex<T>) {
        return re;
    } else {
        Eigen::VectorX<C> values(re.size());
        for (Eigen::Index k = 0; k < re.size(); ++k) values[k] = C(re[k], im[k]);
        return values;
    }
}

}  // namespace ritz::linalg::detail
