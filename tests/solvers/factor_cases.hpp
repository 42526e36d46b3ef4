// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Matrices for tests of factorisations, and what every factorisation of a square matrix is to keep.

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <Eigen/SVD>
#include <atomic>
#include <thread>

#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/factorization.hpp"

namespace factor_cases {

using namespace ritz;

using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;

template <Scalar T>
T random_number(Random& random) {
    if constexpr (is_complex<T>) {
        const auto re = static_cast<Real<T>>(random.uniform(-1, 1));
        return T(re, static_cast<Real<T>>(random.uniform(-1, 1)));
    } else {
        return static_cast<T>(random.uniform(-1, 1));
    }
}

/// Regular, not symmetric, with zeros on the diagonal: a permuted cycle, a few random entries in each row.
template <Scalar T>
Csc<T> general(Index n, std::uint64_t seed = 9) {
    Random random(seed);
    Coo<T> C(n, n);
    for (Index i = 0; i < n; ++i) {
        C.add(i, (i + 3) % n, T(5) + random_number<T>(random));
        for (const Index step : {0, 1, 8, 11})
            if (random.uniform() < 0.6) C.add(i, (i * 7 + step) % n, random_number<T>(random));
    }
    return to_csc(C);
}

template <Scalar T>
Eigen::MatrixX<T> random_matrix(Index rows, Index cols, std::uint64_t seed) {
    Eigen::MatrixX<T> B(rows, cols);
    Random random(seed);
    for (T& b : B.reshaped()) b = random_number<T>(random);
    return B;
}

template <Scalar T>
double epsilon() {
    return static_cast<double>(std::numeric_limits<Real<T>>::epsilon());
}

/// op(A).
template <Scalar T>
Eigen::MatrixX<T> dense(const Csc<T>& A, Transpose which = Transpose::none) {
    const Eigen::MatrixX<T> D = to_dense(A);
    if (which == Transpose::none) return D;
    return which == Transpose::transpose ? Eigen::MatrixX<T>(D.transpose()) : Eigen::MatrixX<T>(D.adjoint());
}

/// ‖b − op(A) x‖ / (‖A‖ ‖x‖ + ‖b‖) of the worst column.
template <Scalar T>
double backward_error(const Csc<T>& A, Transpose which, const Eigen::MatrixX<T>& X, const Eigen::MatrixX<T>& B) {
    const Eigen::MatrixX<T> D = dense(A, which), R = B - D * X;
    double worst = 0;
    for (Eigen::Index k = 0; k < B.cols(); ++k) {
        const auto relative = static_cast<double>(R.col(k).norm() / (D.norm() * X.col(k).norm() + B.col(k).norm()));
        worst = relative <= worst ? worst : relative;  // NaN is worst
    }
    return worst;
}

constexpr Transpose all_transposes[] = {Transpose::none, Transpose::transpose, Transpose::adjoint};

/// apply, apply_transpose and apply_adjoint, in place; solve with any number of columns. The backward error is to be a
/// few ε times the `growth` that the pivots may allow.
template <class F, Scalar T>
void expect_solves(const F& factors, const Csc<T>& A, double growth = 1) {
    const double tolerance = 8 * growth * epsilon<T>();  // what is found is below 2 ε
    const Index n = A.rows();
    for (const Transpose which : all_transposes) {
        for (const Index columns : {0, 1, 3, 21, 35, 9}) {
            const Eigen::MatrixX<T> B = random_matrix<T>(n, columns, 4);
            const Eigen::MatrixX<T> X = factors.solve(B, which);
            ASSERT_EQ(X.rows(), n);
            ASSERT_EQ(X.cols(), columns);
            EXPECT_LE(backward_error(A, which, X, B), tolerance) << columns << " columns, " << static_cast<int>(which);
        }
        const Eigen::MatrixX<T> b = random_matrix<T>(n, 1, 6);
        Eigen::VectorX<T> x = b.col(0);
        const VectorView<T> in(x.data(), static_cast<std::size_t>(n));
        const VectorRef<T> out(x.data(), static_cast<std::size_t>(n));
        if (which == Transpose::none)
            factors.apply(in, out);
        else if (which == Transpose::transpose)
            factors.apply_transpose(in, out);
        else
            factors.apply_adjoint(in, out);
        EXPECT_LE(backward_error<T>(A, which, x, b), tolerance) << static_cast<int>(which);
    }
}

/// Against the determinant of a dense LU; the sign of a real one exactly.
template <class F, Scalar T>
void expect_determinant(const F& factors, const Csc<T>& A) {
    using W = std::conditional_t<is_complex<T>, std::complex<double>, double>;
    const Eigen::MatrixX<W> D = to_dense(A).template cast<W>();
    const W expected = Eigen::PartialPivLU<Eigen::MatrixX<W>>(D).determinant();
    const LogDeterminant<T> found = factors.log_determinant();
    EXPECT_NEAR(found.logabsdet, std::log(std::abs(expected)), 1e-10 * static_cast<double>(A.rows()));
    if constexpr (is_complex<T>)
        EXPECT_LE(std::abs(static_cast<W>(found.sign) - expected / std::abs(expected)),
                  std::max(4 * epsilon<T>(), 1e-11));
    else
        EXPECT_EQ(found.sign, expected < 0 ? T(-1) : T(1));
}

/// The same bits on every thread as on one.
template <class F>
void expect_usable_from_several_threads(const F& factors) {
    const Index n = factors.rows();
    const Eigen::MatrixXd B = random_matrix<double>(n, 33, 2);
    const Eigen::MatrixXd expected = factors.solve(B);
    Eigen::VectorXd first(n);
    const VectorView<double> b(B.data(), static_cast<std::size_t>(n));
    factors.apply(b, first);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int repeat = 0; repeat < 10; ++repeat) {
                Eigen::VectorXd x(n);
                factors.apply(b, x);
                wrong += x != first;
                wrong += factors.solve(B) != expected;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

/// Real matrices with an entry that is not finite.
inline std::vector<Csc<double>> matrices_that_are_not_finite() {
    std::vector<Csc<double>> all;
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        Csc<double> A = general<double>(12);
        A.values()[7] = bad;
        all.push_back(A);
    }
    return all;
}

inline bool within(double a, double b, double factor) {
    return a <= factor * b && b <= factor * a;
}

}  // namespace factor_cases
