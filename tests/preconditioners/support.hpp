// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the tests of preconditioners share: M⁻¹ as a dense matrix, its splitting recomputed densely, a plain CG.

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <complex>
#include <string>
#include <vector>

#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz::test {

using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;

template <Scalar T>
constexpr double epsilon = std::numeric_limits<Real<T>>::epsilon();

/// The operator's matrix, column by column.
template <Scalar T, class M>
Eigen::MatrixX<T> dense(const M& m) {
    Eigen::MatrixX<T> D(m.rows(), m.cols());
    Eigen::VectorX<T> e = Eigen::VectorX<T>::Zero(m.cols()), z(m.rows());
    for (Index j = 0; j < m.cols(); ++j) {
        e[j] = T{1};
        m.apply(e, z);
        D.col(j) = z;
        e[j] = T{0};
    }
    return D;
}
template <Scalar T, class M>
Eigen::MatrixX<T> dense_adjoint(const M& m) {
    Eigen::MatrixX<T> D(m.cols(), m.rows());
    Eigen::VectorX<T> e = Eigen::VectorX<T>::Zero(m.rows()), z(m.cols());
    for (Index j = 0; j < m.rows(); ++j) {
        e[j] = T{1};
        m.apply_adjoint(e, z);
        D.col(j) = z;
        e[j] = T{0};
    }
    return D;
}

template <class A, class B>
testing::AssertionResult close(const A& a, const B& b, double tolerance) {
    if (a.rows() != b.rows() || a.cols() != b.cols()) return testing::AssertionFailure() << "shapes differ";
    if (a.size() == 0) return testing::AssertionSuccess();
    const double error = (a - b).cwiseAbs().maxCoeff(), size = b.cwiseAbs().maxCoeff();
    if (error <= tolerance * size) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "differ by " << error << " of " << size;
}

/// A random matrix: a diagonal of magnitude about `diagonal`, other elements of [-1, 1) with the given probability.
template <Scalar T>
Csr<T> random_matrix(Index n, double density, double diagonal, std::uint64_t seed) {
    Random random(seed);
    const auto draw = [&] {
        const auto re = static_cast<Real<T>>(random.uniform(-1, 1));
        if constexpr (is_complex<T>)
            return T(re, static_cast<Real<T>>(random.uniform(-1, 1)));
        else
            return re;
    };
    Coo<T> A(n, n);
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j)
            if (i == j)
                A.add(i, i, static_cast<Real<T>>(diagonal * (random.uniform() < 0.5 ? -1 : 1)) + draw());
            else if (random.uniform() < density)
                A.add(i, j, draw());
    return to_csr(A);
}

/// A Hermitian positive definite one: strictly dominant.
template <Scalar T>
Csr<T> random_definite(Index n, double density, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixX<T> D = Eigen::MatrixX<T>::Zero(n, n);
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < i; ++j)
            if (random.uniform() < density) {
                const auto re = static_cast<Real<T>>(random.uniform(-1, 1));
                if constexpr (is_complex<T>)
                    D(i, j) = T(re, static_cast<Real<T>>(random.uniform(-1, 1)));
                else
                    D(i, j) = re;
                D(j, i) = conjugate(D(i, j));
            }
    for (Index i = 0; i < n; ++i)
        D(i, i) = D.row(i).cwiseAbs().sum() * static_cast<Real<T>>(1.01) + static_cast<Real<T>>(0.1 + random.uniform());
    return from_dense(D);
}

/// Steps of preconditioned CG to ‖r‖ ≤ 1e-8 ‖b‖; `limit` when it does not get there.
template <Scalar T, class A, class M>
int cg_iterations(const A& a, const M& m, int limit = 2000) {
    const auto n = a.rows();
    const Buffer<T> b = random_vector<T>(n, 5);
    Eigen::VectorX<T> r = Eigen::Map<const Eigen::VectorX<T>>(b.data(), n), z(n), p = Eigen::VectorX<T>::Zero(n), q(n);
    const double target = 1e-8 * static_cast<double>(r.norm());
    T rho{1};
    for (int k = 0; k < limit; ++k) {
        if (static_cast<double>(r.norm()) <= target) return k;
        m.apply(r, z);
        const T previous = std::exchange(rho, r.dot(z));
        p = z + (k == 0 ? T{0} : rho / previous) * p;
        a.apply(p, q);
        r -= (rho / p.dot(q)) * q;
    }
    return limit;
}

struct Identity {
    Index n;
    Index rows() const { return n; }
    Index cols() const { return n; }
    template <class R, class Z>
    void apply(const R& r, Z& z) const {
        z = r;
    }
};

}  // namespace ritz::test
