// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// C = A B for the dense functions: Eigen's kernel for small matrices, which has no call into OpenBLAS to pay for and
/// starts no threads, the BLAS from order 32 on, with threads only where they pay.

#include <algorithm>
#include <optional>

#include "linalg/blas.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg::detail {

/// C ← A B, all column-major with unit stride within a column; C has its shape and does not alias.
template <Scalar T>
void multiply_into(const Matrix<T>& A, const Matrix<T>& B, Eigen::MatrixX<T>& C) {
    const Eigen::Index m = A.rows(), n = B.cols(), k = A.cols();
    C.resize(m, n);
    if (m == 0 || n == 0) return;
    if (k == 0) {
        C.setZero();
        return;
    }
    if (std::max({m, n, k}) < 24) {
        C.noalias() = A.lazyProduct(B);
        return;
    }
    std::optional<ThreadLimit> one;
    if (static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) < 256.0 * 256 * 256) one.emplace(1);
    ritz::detail::blas::gemm('N', 'N', static_cast<int>(m), static_cast<int>(n), static_cast<int>(k), T(1), A.data(),
                             static_cast<int>(A.outerStride()), B.data(), static_cast<int>(B.outerStride()), T(0),
                             C.data(), static_cast<int>(C.outerStride()));
}

template <Scalar T>
Eigen::MatrixX<T> multiply(const Matrix<T>& A, const Matrix<T>& B) {
    Eigen::MatrixX<T> C;
    multiply_into<T>(A, B, C);
    return C;
}

}  // namespace ritz::linalg::detail
