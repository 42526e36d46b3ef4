// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Matrices with spectra that break eigensolvers, and the tolerances of their tests.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "ritz/core/random.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

using Scalars = ::testing::Types<float, double, std::complex<float>, std::complex<double>>;

template <Scalar T>
Eigen::MatrixX<T> random_dense(Eigen::Index m, Eigen::Index n, std::uint64_t seed = 1) {
    Random random(seed);
    Eigen::MatrixX<T> A(m, n);
    for (T& a : A.reshaped()) {
        if constexpr (is_complex<T>)
            a = T(static_cast<Real<T>>(random.normal()), static_cast<Real<T>>(random.normal()));
        else
            a = static_cast<T>(random.normal());
    }
    return A;
}

template <Scalar T>
Eigen::MatrixX<T> random_hermitian(Eigen::Index n, std::uint64_t seed = 1) {
    const Eigen::MatrixX<T> A = random_dense<T>(n, n, seed);
    return (A + A.adjoint()) / T(2);
}

/// 64 · max(n, 1) · u.
template <Scalar T>
Real<T> tolerance(Eigen::Index n) {
    return Real<T>(32 * std::max<Eigen::Index>(n, 1)) * std::numeric_limits<Real<T>>::epsilon();
}

template <class A>
void expect_orthonormal_columns(const A& Q) {
    using T = typename A::Scalar;
    const Eigen::MatrixX<T> G = Q.adjoint() * Q;
    EXPECT_LE((G - Eigen::MatrixX<T>::Identity(Q.cols(), Q.cols())).norm(), tolerance<T>(Q.rows()))
        << Q.rows() << " rows";
}

using Named = std::pair<std::string, Eigen::MatrixXd>;

/// Symmetric n × n matrices: clusters, zeros, grading, extreme scales.
inline std::vector<Named> hard_symmetric(Eigen::Index n) {
    std::vector<Named> all;
    const auto add = [&](const char* name, const Eigen::MatrixXd& A) { all.emplace_back(name + std::to_string(n), A); };
    const Eigen::MatrixXd random = random_hermitian<double>(n);
    const Eigen::VectorXd v = random_dense<double>(n, 1, 3).col(0);
    add("random ", random);
    add("zero ", Eigen::MatrixXd::Zero(n, n));
    add("identity ", Eigen::MatrixXd::Identity(n, n));
    add("rank one ", v * v.transpose());
    add("near identity ", Eigen::MatrixXd::Identity(n, n) + 1e-15 * random);
    add("huge ", 1e300 * random);
    add("tiny ", 1e-300 * random);
    Eigen::MatrixXd graded = random, wilkinson = Eigen::MatrixXd::Zero(n, n), glued = wilkinson, blocks = wilkinson;
    for (Eigen::Index j = 0; j < n; ++j)
        for (Eigen::Index i = 0; i < n; ++i) {
            graded(i, j) *=
                std::pow(10.0, -150.0 * static_cast<double>(i + j) / static_cast<double>(std::max<Eigen::Index>(n, 2)));
            if (std::abs(i - j) == 1) wilkinson(i, j) = 1;
            if (std::abs(i - j) == 1) glued(i, j) = std::min(i, j) % 3 == 2 ? 1e-14 : 1;
            if (i / 3 == j / 3) blocks(i, j) = 1;
        }
    for (Eigen::Index i = 0; i < n; ++i)
        wilkinson(i, i) = std::abs(static_cast<double>(i) - 0.5 * static_cast<double>(n - 1));
    add("graded 1e-150 ", graded);
    add("graded upwards ", graded.reverse());
    add("Wilkinson ", wilkinson);
    add("glued ", glued);
    add("blocks ", blocks);
    return all;
}

/// General n × n matrices: defective, far from normal, companion.
inline std::vector<Named> hard_general(Eigen::Index n) {
    std::vector<Named> all;
    const auto add = [&](const char* name, const Eigen::MatrixXd& A) { all.emplace_back(name + std::to_string(n), A); };
    const Eigen::MatrixXd random = random_dense<double>(n, n);
    Eigen::MatrixXd jordan = Eigen::MatrixXd::Zero(n, n), companion = jordan, grcar = jordan, cyclic = jordan,
                    graded = random;
    for (Eigen::Index i = 0; i < n; ++i) {
        jordan(i, i) = 2;
        if (i + 1 < n) jordan(i, i + 1) = 1;
        if (i + 1 < n) companion(i + 1, i) = 1;
        companion(i, n - 1) = random(i, 0);
        cyclic((i + 1) % n, i) = 1;
        for (Eigen::Index j = 0; j < n; ++j) {
            if (j >= i && j <= i + 3) grcar(i, j) = 1;
            if (j + 1 == i) grcar(i, j) = -1;
            graded(i, j) *=
                std::pow(10.0, -100.0 * static_cast<double>(i + j) / static_cast<double>(std::max<Eigen::Index>(n, 2)));
        }
    }
    add("random ", random);
    add("zero ", Eigen::MatrixXd::Zero(n, n));
    add("identity ", Eigen::MatrixXd::Identity(n, n));
    add("Jordan ", jordan);
    add("Jordan transposed ", jordan.transpose());
    add("companion ", companion);
    add("Grcar ", grcar);
    add("cyclic ", cyclic);
    add("symmetric ", random_hermitian<double>(n));
    add("graded ", graded);
    add("huge ", 1e300 * random);
    add("tiny ", 1e-300 * random);
    add("triangular ", random.triangularView<Eigen::Upper>());
    return all;
}

}  // namespace ritz::linalg
