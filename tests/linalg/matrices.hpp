// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Matrices and measures that the tests of the factorisations share.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ritz/core/eigen.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/types.hpp"

namespace ritz::linalg::testing {

using AllScalars = ::testing::Types<float, double, std::complex<float>, std::complex<double>>;

template <class T>
constexpr double u = std::numeric_limits<Real<T>>::epsilon() / 2;

/// Sizes on both sides of every change of method.
inline constexpr int orders[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 33, 64, 65, 100, 130, 257, 300};

template <class T>
Eigen::MatrixX<T> random_matrix(Eigen::Index m, Eigen::Index n, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixX<T> A(m, n);
    for (Eigen::Index j = 0; j < n; ++j)
        for (Eigen::Index i = 0; i < m; ++i) {
            if constexpr (is_complex<T>)
                A(i, j) = T(static_cast<Real<T>>(random.normal()), static_cast<Real<T>>(random.normal()));
            else
                A(i, j) = static_cast<T>(random.normal());
        }
    return A;
}

template <class T>
Eigen::MatrixX<T> random_positive_definite(Eigen::Index n, std::uint64_t seed) {
    const Eigen::MatrixX<T> B = random_matrix<T>(n, n, seed);
    Eigen::MatrixX<T> A = B * B.adjoint() + Real<T>(n) * Eigen::MatrixX<T>::Identity(n, n);
    return (A + A.adjoint().eval()) / Real<T>(2);
}

/// ‖A − B‖ / ‖A‖ in the Frobenius norm, 0 for empty matrices.
template <class A, class B>
double difference(const A& a, const B& b) {
    EXPECT_EQ(a.rows(), b.rows());
    EXPECT_EQ(a.cols(), b.cols());
    if (a.size() == 0 || a.rows() != b.rows() || a.cols() != b.cols()) return 0;
    const double norm = a.norm(), error = (a - b).norm();
    return norm > 0 ? error / norm : error;
}

/// ‖QᴴQ − I‖
template <class M>
double loss_of_orthogonality(const M& Q) {
    using T = typename M::Scalar;
    if (Q.cols() == 0) return 0;
    return (Q.adjoint() * Q - Eigen::MatrixX<T>::Identity(Q.cols(), Q.cols())).norm();
}

inline Eigen::MatrixXd hilbert(int n) {
    return Eigen::MatrixXd::NullaryExpr(n, n, [](Eigen::Index i, Eigen::Index j) { return 1.0 / double(i + j + 1); });
}

/// Growth 2ⁿ⁻¹ under partial pivoting, condition number about n.
inline Eigen::MatrixXd wilkinson_growth(int n) {
    Eigen::MatrixXd A = Eigen::MatrixXd::Identity(n, n);
    A.triangularView<Eigen::StrictlyLower>().setConstant(-1);
    A.col(n - 1).setOnes();
    return A;
}

}  // namespace ritz::linalg::testing
