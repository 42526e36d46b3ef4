// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "differences.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"

namespace ritz::testing_gradients {

/// Other values on the same pattern.
template <Scalar T>
Csr<T> random_on(const Csr<T>& pattern, std::uint64_t seed) {
    Random random(seed);
    Csr<T> A(pattern);
    for (T& value : A.values()) {
        const double a = random.normal(), b = random.normal();
        value = number<T>(a, b);
    }
    return A;
}

/// n × n, some entries a row in random places, a dominant diagonal; not symmetric in any way.
template <Scalar T>
Csr<T> random_sparse(Index n, std::uint64_t seed) {
    Random random(seed);
    Coo<T> A(n, n);
    for (Index i = 0; i < n; ++i) {
        const double imaginary = random.normal();
        A.add(i, i, number<T>(5, imaginary));
        for (int entry = 0; entry < 3; ++entry) {
            const auto j = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
            const double a = random.normal(), b = random.normal();
            A.add(i, j, number<T>(0.5 * a, 0.5 * b));
        }
    }
    return to_csr(A);
}

/// (A + Aᴴ)/2, its diagonal raised by `shift`.
template <Scalar T>
Csr<T> random_sparse_hermitian(Index n, std::uint64_t seed, double shift = 0) {
    const Csr<T> A = random_sparse<T>(n, seed);
    Coo<T> I(n, n);
    for (Index i = 0; i < n; ++i) I.add(i, i, number<T>(shift + 0.2 * i));
    const Csr<T> D = to_csr(I), Ah = adjoint(CsrView<T>(A));
    const Csr<T> H = add(T(Real<T>(0.5)), CsrView<T>(A), T(Real<T>(0.5)), CsrView<T>(Ah));
    return add(CsrView<T>(H), CsrView<T>(D));
}

/// A + t E on A's pattern.
template <Scalar T>
Csr<T> moved(const Csr<T>& A, const Csr<T>& E, double t) {
    Csr<T> B(A);
    for (std::size_t p = 0; p < B.values().size(); ++p) B.values()[p] += number<T>(t) * E.values()[p];
    return B;
}

/// Re tr(Xᴴ Y) of two matrices of one pattern.
template <Scalar T>
double dot(const Csr<T>& X, const Csr<T>& Y) {
    double sum = 0;
    for (std::size_t p = 0; p < X.values().size(); ++p)
        sum += std::real(std::conj(std::complex<double>(X.values()[p])) * std::complex<double>(Y.values()[p]));
    return sum;
}

template <Scalar T>
double frobenius(const Csr<T>& X) {
    return std::sqrt(dot(X, X));
}

template <Scalar T>
void expect_same_pattern(const Csr<T>& X, const Csr<T>& Y) {
    ASSERT_EQ(X.rows(), Y.rows());
    EXPECT_TRUE(std::ranges::equal(X.indptr(), Y.indptr()));
    EXPECT_TRUE(std::ranges::equal(X.indices(), Y.indices()));
}

/// d/dt f(t) at 0 of a vector- or matrix-valued f, extrapolated as in differences.hpp.
template <class F>
auto difference_along(const F& f, double h = 0.02) {
    const auto central = [&](double step) { return ((f(step) - f(-step)) / (2 * step)).eval(); };
    const auto d1 = central(h), d2 = central(h / 2), d3 = central(h / 4);
    const auto e1 = ((4.0 * d2 - d1) / 3.0).eval(), e2 = ((4.0 * d3 - d2) / 3.0).eval();
    return ((16.0 * e2 - e1) / 15.0).eval();
}

}  // namespace ritz::testing_gradients
