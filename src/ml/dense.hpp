// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the sources of this folder share: products by the BLAS, powers of two, means that do not overflow.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "linalg/blas.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/types.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::ml::detail {

namespace blas = ritz::detail::blas;
using linalg::detail::require_finite;
using ritz::detail::require;

inline std::string shape(Eigen::Index rows, Eigen::Index cols) {
    return std::to_string(rows) + " x " + std::to_string(cols);
}

inline int blas_size(Eigen::Index n, const char* who) {
    if (n <= std::numeric_limits<int>::max()) return static_cast<int>(n);
    throw LimitExceeded(std::string(who) + ": a dimension of " + std::to_string(n) + " is more than 2^31 - 1");
}

/// Threads that a product of `flops` is worth: starting them costs more than a small product.
inline int product_threads(double flops) {
    return flops < 4e6 ? 1 : max_threads();
}

/// C ← A B, A Bᴴ, Aᴴ B with op_a, op_b of 'N' or blas::adjoint<T>.
template <Scalar T>
Eigen::MatrixX<T> product(char op_a, linalg::Matrix<T> A, char op_b, linalg::Matrix<T> B, const char* who) {
    const Eigen::Index m = op_a == 'N' ? A.rows() : A.cols(), k = op_a == 'N' ? A.cols() : A.rows();
    const Eigen::Index n = op_b == 'N' ? B.cols() : B.rows();
    Eigen::MatrixX<T> C(m, n);
    if (m == 0 || n == 0 || k == 0) return C.setZero(), C;
    const ThreadLimit limit(product_threads(2.0 * double(m) * double(n) * double(k)));
    blas::gemm(op_a, op_b, blas_size(m, who), blas_size(n, who), blas_size(k, who), T(1), A.data(),
               blas_size(A.outerStride(), who), B.data(), blas_size(B.outerStride(), who), T(0), C.data(),
               blas_size(m, who));
    return C;
}

template <Scalar T>
void mirror_lower(Eigen::MatrixX<T>& C) {
    constexpr Eigen::Index block = 32;  // two such squares stay in the first cache
    const Eigen::Index n = C.rows();
    for (Eigen::Index J = 0; J < n; J += block)
        for (Eigen::Index I = J; I < n; I += block)
            for (Eigen::Index j = J; j < std::min(n, J + block); ++j)
                for (Eigen::Index i = std::max(I, j); i < std::min(n, I + block); ++i) {
                    if constexpr (is_complex<T>)
                        if (i == j) C(i, i) = C(i, i).real();
                    C(j, i) = conjugate(C(i, j));
                }
}

/// A Aᴴ, exactly Hermitian.
template <Scalar T>
Eigen::MatrixX<T> gram_of_rows(linalg::Matrix<T> A, const char* who) {
    const Eigen::Index n = A.rows(), k = A.cols();
    Eigen::MatrixX<T> C = Eigen::MatrixX<T>::Zero(n, n);
    if (n == 0 || k == 0) return C;
    const ThreadLimit limit(product_threads(double(n) * double(n) * double(k)));
    blas::herk(blas_size(n, who), blas_size(k, who), Real<T>(1), A.data(), blas_size(A.outerStride(), who), Real<T>(0),
               C.data(), blas_size(n, who));
    mirror_lower(C);
    return C;
}

/// Aᴴ A, exactly Hermitian.
template <Scalar T>
Eigen::MatrixX<T> gram_of_columns(linalg::Matrix<T> A, const char* who) {
    const Eigen::Index n = A.cols(), k = A.rows();
    Eigen::MatrixX<T> C = Eigen::MatrixX<T>::Zero(n, n);
    if (n == 0 || k == 0) return C;
    const ThreadLimit limit(product_threads(double(n) * double(n) * double(k)));
    blas::herk_adjoint(blas_size(n, who), blas_size(k, who), Real<T>(1), A.data(), blas_size(A.outerStride(), who),
                       Real<T>(0), C.data(), blas_size(n, who));
    mirror_lower(C);
    return C;
}

/// The largest |Re| or |Im| of an element; 0 for none.
template <class Derived>
auto largest_part(const Eigen::MatrixBase<Derived>& A) {
    using R = typename Derived::RealScalar;
    if (A.size() == 0) return R(0);
    if constexpr (Eigen::NumTraits<typename Derived::Scalar>::IsComplex)
        return std::max(A.real().cwiseAbs().maxCoeff(), A.imag().cwiseAbs().maxCoeff());
    else
        return A.cwiseAbs().maxCoeff();
}

/// e with |value| 2⁻ᵉ in [1/2, 1), kept where 2ᵉ and 2⁻ᵉ are normal numbers; 0 for 0.
template <class R>
int binary_exponent(R value) {
    if (value == 0) return 0;
    int e = 0;
    std::frexp(value, &e);
    constexpr int limit = std::numeric_limits<R>::max_exponent - 4;
    return std::clamp(e, -limit, limit);
}

template <class R>
R power_of_two(int e) {
    return std::ldexp(R(1), e);
}

}  // namespace ritz::ml::detail
