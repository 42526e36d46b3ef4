// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What norms, matrix functions and matrix equations need of LAPACK, as overloads for the four scalars. Matrices are
/// column-major with the leading dimension of the Eigen matrix; workspace is asked for and allocated here. Values
/// returned are LAPACK's info.

#include <algorithm>
#include <complex>
#include <cstddef>
#include <vector>

#include "linalg/lapack_api.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"

namespace ritz::linalg::detail::lapack {

template <class T>
using Mat = Eigen::MatrixX<T>;

template <class T>
int ld(const Mat<T>& A) {
    return std::max(1, static_cast<int>(A.outerStride()));
}

inline int workspace_size(double first) {
    return std::max(1, static_cast<int>(first));
}
inline int workspace_size(std::complex<double> first) {
    return workspace_size(first.real());
}

// Calls name(s, d, c, z) for T.
#define RITZ_BY_SCALAR(T, s, d, c, z, ...)                   \
    if constexpr (std::same_as<T, float>)                    \
        s(__VA_ARGS__);                                      \
    else if constexpr (std::same_as<T, double>)              \
        d(__VA_ARGS__);                                      \
    else if constexpr (std::same_as<T, std::complex<float>>) \
        c(__VA_ARGS__);                                      \
    else                                                     \
        z(__VA_ARGS__)

/// Singular values of A, which is destroyed, in descending order.
template <Scalar T>
int gesdd_values(Mat<T>& A, Eigen::VectorX<Real<T>>& s) {
    const int m = static_cast<int>(A.rows()), n = static_cast<int>(A.cols()), k = std::min(m, n), lda = ld(A), one = 1;
    s.resize(k);
    std::vector<int> iwork(static_cast<std::size_t>(8 * k + 1));
    std::vector<Real<T>> rwork(static_cast<std::size_t>(is_complex<T> ? 7 * k + 1 : 0));
    T none{}, first{};
    int lwork = -1, info = 0;
    const auto call = [&](T* work) {
        if constexpr (is_complex<T>) {
            RITZ_BY_SCALAR(T, void, void, LAPACK_cgesdd, LAPACK_zgesdd, "N", &m, &n, A.data(), &lda, s.data(), &none,
                           &one, &none, &one, work, &lwork, rwork.data(), iwork.data(), &info);
        } else {
            RITZ_BY_SCALAR(T, LAPACK_sgesdd, LAPACK_dgesdd, void, void, "N", &m, &n, A.data(), &lda, s.data(), &none,
                           &one, &none, &one, work, &lwork, iwork.data(), &info);
        }
    };
    call(&first);
    lwork = workspace_size(first);
    std::vector<T> work(static_cast<std::size_t>(lwork));
    call(work.data());
    return info;
}

}  // namespace ritz::linalg::detail::lapack
