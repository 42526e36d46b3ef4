// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the tests of the arithmetic share: every storage order with every scalar, matrices of small integers, on which
/// floating-point sums and products are exact, so that results are compared with ==, and brute-force dense references.

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <complex>
#include <string>
#include <vector>

#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/convert.hpp"

namespace ritz::test {

template <Order order_, Scalar T_>
struct Kind {
    static constexpr Order order = order_;
    using T = T_;
};

using Kinds =
    testing::Types<Kind<Order::row, float>, Kind<Order::row, double>, Kind<Order::row, std::complex<float>>,
                   Kind<Order::row, std::complex<double>>, Kind<Order::column, float>, Kind<Order::column, double>,
                   Kind<Order::column, std::complex<float>>, Kind<Order::column, std::complex<double>>>;

/// An integer in [-4, 4]; both parts of a complex number.
template <Scalar T>
T small_integer(Random& random) {
    const auto draw = [&] { return static_cast<Real<T>>(static_cast<int>(random.below(9)) - 4); };
    if constexpr (is_complex<T>) {
        const Real<T> re = draw();
        return T(re, draw());
    } else {
        return draw();
    }
}

/// Each element is stored with probability `density`, as a small integer that may be an explicit zero.
template <class K>
Compressed<K::order, typename K::T> integers(Index m, Index n, double density, std::uint64_t seed) {
    using T = typename K::T;
    Random random(seed * 7919 + 13);
    Coo<T> A(m, n);
    for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j)
            if (random.uniform() < density) A.add(i, j, small_integer<T>(random));
    if constexpr (K::order == Order::row)
        return to_csr(A);
    else
        return to_csc(A);
}

/// `per_row` entries in each row, for sizes at which loops run in parallel.
template <class K>
Compressed<K::order, typename K::T> scattered(Index m, Index n, Index per_row, std::uint64_t seed) {
    using T = typename K::T;
    Random random(seed + 101);
    Coo<T> A(m, n);
    for (Index i = 0; i < m; ++i)
        for (Index e = 0; e < per_row; ++e)
            A.add(i, static_cast<Index>(random.below(static_cast<std::uint64_t>(n))),
                  T(static_cast<Real<T>>(random.uniform(-1, 1))));
    if constexpr (K::order == Order::row)
        return to_csr(A);
    else
        return to_csc(A);
}

/// Element by element.
template <Order order, Scalar T>
Eigen::MatrixX<T> dense(const CompressedView<order, T>& A) {
    Eigen::MatrixX<T> D(A.rows(), A.cols());
    for (Index i = 0; i < A.rows(); ++i)
        for (Index j = 0; j < A.cols(); ++j) D(i, j) = A.at(i, j);
    return D;
}

/// 1 where something is stored.
template <Order order, Scalar T>
Eigen::MatrixXi pattern(const CompressedView<order, T>& A) {
    Eigen::MatrixXi P = Eigen::MatrixXi::Zero(A.rows(), A.cols());
    for (Index i = 0; i < A.major(); ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            const Index j = A.indices()[static_cast<std::size_t>(k)];
            (order == Order::row ? P(i, j) : P(j, i)) = 1;
        }
    return P;
}

/// The invariants, and the elements of a dense matrix.
template <Order order, Scalar T>
testing::AssertionResult is_matrix(const CompressedView<order, T>& A, const Eigen::MatrixX<T>& expected) {
    try {
        CompressedView<order, T>(A.rows(), A.cols(), A.indptr(), A.indices(), A.values());
    } catch (const Error& error) {
        return testing::AssertionFailure() << error.what();
    }
    if (A.rows() != expected.rows() || A.cols() != expected.cols())
        return testing::AssertionFailure() << "is " << A.rows() << " x " << A.cols() << ", should be "
                                           << expected.rows() << " x " << expected.cols();
    for (Index i = 0; i < A.rows(); ++i)
        for (Index j = 0; j < A.cols(); ++j)
            if (A.at(i, j) != expected(i, j))
                return testing::AssertionFailure()
                       << "(" << i << ", " << j << ") is " << A.at(i, j) << ", should be " << expected(i, j);
    return testing::AssertionSuccess();
}

struct Shape {
    Index m, n;
};

inline const std::vector<Shape> shapes = {{0, 0}, {0, 5}, {5, 0}, {1, 1}, {1, 7}, {7, 1}, {6, 9}, {13, 13}, {70, 31}};
inline const std::vector<double> densities = {0, 0.05, 0.3, 1};

/// body(m, n, density, seed) over all shapes and densities.
template <class Body>
void for_each_shape(Body&& body) {
    std::uint64_t seed = 0;
    for (const Shape s : shapes)
        for (const double density : densities) {
            SCOPED_TRACE(std::to_string(s.m) + " x " + std::to_string(s.n) + ", density " + std::to_string(density));
            body(s.m, s.n, density, ++seed);
        }
}

/// A vector of small integers.
template <Scalar T>
std::vector<T> integer_vector(Index n, std::uint64_t seed) {
    Random random(seed);
    std::vector<T> v(static_cast<std::size_t>(n));
    for (T& x : v) x = small_integer<T>(random);
    return v;
}

template <Scalar T>
Eigen::MatrixX<T> integer_matrix(Index m, Index n, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixX<T> M(m, n);
    for (Index j = 0; j < n; ++j)
        for (Index i = 0; i < m; ++i) M(i, j) = small_integer<T>(random);
    return M;
}

/// What make() returns is the same, bit for bit, with one, two and three threads.
template <class Make>
void expect_same_for_any_threads(Make&& make) {
    const auto serial = [&] {
        const ThreadLimit limit(1);
        return make();
    }();
    for (const int threads : {2, 3}) {
        const ThreadLimit limit(threads);
        EXPECT_TRUE(make() == serial) << threads << " threads";
    }
}

}  // namespace ritz::test
