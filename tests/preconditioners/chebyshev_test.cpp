// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/chebyshev.hpp"

#include <cmath>

#include "preconditioners/support.hpp"
#include "ritz/formats/diagonal.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

/// The Chebyshev polynomial of the first kind, everywhere.
double chebyshev(Index degree, double x) {
    return std::abs(x) <= 1 ? std::cos(degree * std::acos(x))
                            : std::pow(x < 0 ? -1 : 1, degree) * std::cosh(degree * std::acosh(std::abs(x)));
}

TEST(Chebyshev, IsThePolynomialOnADiagonal) {
    // D⁻¹ A has the eigenvalues 1 ± t: 2 × 2 blocks [1 t; t 1].
    const std::vector<double> ts{0.01, 0.3, 0.7, 0.99};
    Coo<double> C(8, 8);
    for (Index k = 0; k < 4; ++k) {
        const double t = ts[static_cast<std::size_t>(k)];
        C.add(2 * k, 2 * k, 3);
        C.add(2 * k + 1, 2 * k + 1, 3);
        C.add(2 * k, 2 * k + 1, 3 * t);
        C.add(2 * k + 1, 2 * k, 3 * t);
    }
    const Csr<double> A = to_csr(C);
    for (const Index degree : {1, 2, 3, 4, 7}) {
        const Chebyshev<double> M(A, {.degree = degree, .eigenvalue_ratio = 10, .largest_eigenvalue = 1.9});
        const double high = M.largest_eigenvalue(), low = 1.9 / 10;
        EXPECT_NEAR(high, 1.99, 1e-12);  // the bound of the rows, which is below 1.1 · 1.9
        for (Index k = 0; k < 4; ++k)
            for (const double sign : {1.0, -1.0}) {
                const double lambda = 1 + sign * ts[static_cast<std::size_t>(k)];
                std::vector<double> r(8, 0.0), z(8);
                r[static_cast<std::size_t>(2 * k)] = 3;
                r[static_cast<std::size_t>(2 * k) + 1] = 3 * sign;
                M.apply(r, z);
                const auto t = [&](double x) { return chebyshev(degree, (high + low - 2 * x) / (high - low)); };
                EXPECT_NEAR(z[static_cast<std::size_t>(2 * k)], (1 - t(lambda) / t(0)) / lambda, 1e-12);
                EXPECT_NEAR(z[static_cast<std::size_t>(2 * k) + 1], sign * (1 - t(lambda) / t(0)) / lambda, 1e-12);
            }
    }
}

template <class T>
class ChebyshevOf : public testing::Test {};
TYPED_TEST_SUITE(ChebyshevOf, Scalars);

TYPED_TEST(ChebyshevOf, IsHermitianAndDefinite) {
    using T = TypeParam;
    for (const Index n : {0, 1, 40})
        for (const Index degree : {1, 2, 5}) {
            const Csr<T> A = random_definite<T>(n, 0.3, 7);
            const Chebyshev<T> M(A, {.degree = degree});
            const Eigen::MatrixX<T> D = dense<T>(M);
            EXPECT_TRUE(close(D, D.adjoint(), 200 * epsilon<T>));
            for (std::uint64_t seed = 0; seed < 10; ++seed) {
                const Buffer<T> x = random_vector<T>(n, seed);
                Buffer<T> z(x.size());
                M.apply(x, z);
                EXPECT_TRUE(n == 0 || std::real(dot(x, z)) > 0);
            }
        }
}

TEST(ChebyshevEstimate, IsCloseToTheLargestEigenvalue) {
    for (const Csr<double>& A : {poisson2d(30, 40), wathen(9, 11, 1), anisotropic_diffusion2d(25, 25, 0.01, 0.5)}) {
        // Power iteration on D⁻¹ A, long enough.
        const auto d = diagonal(CsrView<double>(A));
        Eigen::VectorXd x(A.rows()), y(A.rows());
        const auto start = random_vector<double>(A.rows(), 1);
        std::copy(start.begin(), start.end(), x.data());
        double lambda = 0;
        for (int k = 0; k < 3000; ++k) {
            A.apply(x, y);
            y.array() /= d.array();
            lambda = y.norm();
            x = y / lambda;
            lambda = y.norm();
        }
        const double found = Chebyshev<double>(A).largest_eigenvalue();
        EXPECT_GE(found, lambda * (1 - 1e-6));
        EXPECT_LE(found, 1.1001 * lambda);
    }
}

TEST(ChebyshevLimits, AreNamed) {
    const Csr<double> A = poisson1d(5);
    EXPECT_THROW(Chebyshev<double>(A, {.degree = 0}), InvalidArgument);
    EXPECT_THROW(Chebyshev<double>(A, {.eigenvalue_ratio = 1}), InvalidArgument);
    EXPECT_THROW(Chebyshev<double>(A, {.lanczos_steps = 0}), InvalidArgument);
    const Csr<double> negative(2, 2, {0, 1, 2}, {0, 1}, {1, -1});
    EXPECT_THROW(Chebyshev<double>{negative}, NotPositiveDefinite);
    const Csr<double> zero(2, 2, {0, 1, 1}, {0}, {1});
    EXPECT_THROW(Chebyshev<double>{zero}, SingularMatrix);
}

TEST(ChebyshevSpectrum, EachDegreeCutsTheIterationsOfCg) {
    const Csr<double> A = poisson2d(40, 40);
    int last = cg_iterations<double>(A, Identity{A.rows()});
    for (const Index degree : {2, 4, 8}) {
        const int now = cg_iterations<double>(A, Chebyshev<double>(A, {.degree = degree}));
        EXPECT_LT(now, 0.8 * last) << degree;
        last = now;
    }
}

}  // namespace
