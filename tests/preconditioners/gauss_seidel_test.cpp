// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/gauss_seidel.hpp"

#include <Eigen/LU>

#include "preconditioners/stages.hpp"
#include "preconditioners/support.hpp"
#include "ritz/core/threads.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

/// M⁻¹ of one sweep, as the formula says, for the unknowns in the order p.
template <Scalar T>
Eigen::MatrixX<T> one_sweep(const Eigen::MatrixX<T>& A, SweepDirection direction, double omega,
                            const Buffer<Index>& p) {
    const Eigen::Index n = A.rows();
    Eigen::MatrixX<T> B(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j)
            B(i, j) = A(p[static_cast<std::size_t>(i)], p[static_cast<std::size_t>(j)]);
    const auto w = static_cast<Real<T>>(omega);
    const Eigen::MatrixX<T> D = B.diagonal().asDiagonal();
    Eigen::MatrixX<T> L = D / w, U = D / w;
    L.template triangularView<Eigen::StrictlyLower>() = B;
    U.template triangularView<Eigen::StrictlyUpper>() = B;
    Eigen::MatrixX<T> M = direction == SweepDirection::forward    ? L
                          : direction == SweepDirection::backward ? U
                                                                  : (w / (2 - w) * L * D.inverse() * U).eval();
    if (n == 0) return M;
    const Eigen::MatrixX<T> inverse = M.inverse();
    Eigen::MatrixX<T> result(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < n; ++j)
            result(p[static_cast<std::size_t>(i)], p[static_cast<std::size_t>(j)]) = inverse(i, j);
    return result;
}

Buffer<Index> natural(Index n) {
    Buffer<Index> p(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) p[static_cast<std::size_t>(i)] = i;
    return p;
}

template <class T>
class GaussSeidelOf : public testing::Test {};
TYPED_TEST_SUITE(GaussSeidelOf, Scalars);

TYPED_TEST(GaussSeidelOf, IsItsFormula) {
    using T = TypeParam;
    for (const Index n : {0, 1, 6, 60})
        for (const double density : {0.02, 0.3})
            for (const auto direction : {SweepDirection::forward, SweepDirection::backward, SweepDirection::symmetric})
                for (const auto ordering : {SweepOrdering::natural, SweepOrdering::multicolour})
                    for (const double omega : {1.0, 0.7, 1.6})
                        for (const Index sweeps : {1, 2, 3}) {
                            const Csr<T> A = random_matrix<T>(n, density, 8, 11);
                            const GaussSeidel<T> M(A, {direction, sweeps, omega, ordering});
                            const Eigen::MatrixX<T> full = to_dense(A), I = Eigen::MatrixX<T>::Identity(n, n);
                            const auto p =
                                ordering == SweepOrdering::natural ? natural(n) : detail::colour_stages<T>(A).order;
                            const Eigen::MatrixX<T> one = one_sweep(full, direction, omega, p);
                            Eigen::MatrixX<T> expected = one;
                            for (Index s = 1; s < sweeps; ++s) expected += one * (I - full * expected);
                            EXPECT_TRUE(close(dense<T>(M), expected, 2000 * epsilon<T>));
                            EXPECT_TRUE(close(dense_adjoint<T>(M), expected.adjoint(), 2000 * epsilon<T>));
                        }
}

TYPED_TEST(GaussSeidelOf, SsorIsHermitianAndDefiniteForDefiniteMatrices) {
    using T = TypeParam;
    for (const double omega : {0.2, 1.0, 1.9})
        for (const Index sweeps : {1, 2}) {
            const Csr<T> A = random_definite<T>(50, 0.1, 3);
            const Ssor<T> M(A, {.omega = omega, .sweeps = sweeps});
            EXPECT_EQ(M.definiteness(), Definiteness::positive_definite);
            const Eigen::MatrixX<T> D = dense<T>(M);
            EXPECT_TRUE(close(D, D.adjoint(), 100 * epsilon<T>));
            EXPECT_TRUE(close(D, dense_adjoint<T>(M), 100 * epsilon<T>));
            for (int seed = 0; seed < 20; ++seed) {
                const Buffer<T> x = random_vector<T>(50, static_cast<std::uint64_t>(seed));
                Buffer<T> z(50);
                M.apply(x, z);
                EXPECT_GT(std::real(dot(x, z)), 0);
            }
        }
}

TEST(GaussSeidelLevels, ChangeNothingButTheOrderOfIndependentRows) {
    // Large enough for several threads; levels, since the grid is wide.
    for (const Csr<double>& A : {poisson2d(170, 170), wathen(80, 80, 3)}) {
        Csr<double> B(A);
        for (Index i = 0; i < B.rows(); ++i)
            for (auto k = static_cast<std::size_t>(B.indptr()[static_cast<std::size_t>(i)]);
                 k < static_cast<std::size_t>(B.indptr()[static_cast<std::size_t>(i) + 1]); ++k)
                B.values()[k] = B.indices()[k] == i ? B.values()[k] + 1 : B.values()[k] * 0.9;
        const auto n = static_cast<std::size_t>(B.rows());
        const Buffer<double> r = random_vector<double>(B.rows(), 1);
        Buffer<double> expected(n, 0.0);
        for (Index i = 0; i < B.rows(); ++i) {
            double sum = r[static_cast<std::size_t>(i)];
            for (auto k = static_cast<std::size_t>(B.indptr()[static_cast<std::size_t>(i)]);
                 k < static_cast<std::size_t>(B.indptr()[static_cast<std::size_t>(i) + 1]); ++k)
                if (B.indices()[k] < i) sum -= B.values()[k] * expected[static_cast<std::size_t>(B.indices()[k])];
            expected[static_cast<std::size_t>(i)] = sum / B.at(i, i);
        }
        Buffer<double> first;
        for (const int threads : {1, 2, 3}) {
            const ThreadLimit limit(threads);
            const GaussSeidel<double> M(B, {.direction = SweepDirection::forward});
            Buffer<double> z(n);
            M.apply(r, z);
            for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(z[i], expected[i], 1e-13) << i;
            if (threads == 1) first = z;
            EXPECT_EQ(z, first) << threads << " threads";
        }
    }
}

TEST(GaussSeidelLimits, AreNamed) {
    const Csr<double> saddle(3, 3, {0, 2, 4, 6}, {0, 2, 1, 2, 0, 1}, {2, 1, 2, 1, 1, 1});
    EXPECT_THROW(GaussSeidel<double>{saddle}, SingularMatrix);
    const Csr<double> A = poisson1d(4);
    EXPECT_THROW(Ssor<double>(A, {.omega = 0}), InvalidArgument);
    EXPECT_THROW(Ssor<double>(A, {.omega = 2}), InvalidArgument);
    EXPECT_THROW(Ssor<double>(A, {.omega = std::numeric_limits<double>::quiet_NaN()}), InvalidArgument);
    EXPECT_THROW(Ssor<double>(A, {.sweeps = 0}), InvalidArgument);
    EXPECT_THROW(Ssor<double>(Csr<double>(2, 3, {0, 0, 0}, {}, {})), InvalidArgument);
}

TEST(Stages, HaveNoNeighboursAndLevelsKeepTheOrder) {
    for (int seed = 1; seed < 20; ++seed) {
        const Csr<double> A = random_matrix<double>(80, 0.05, 3, static_cast<std::uint64_t>(seed));
        for (const bool levels : {true, false}) {
            const auto stages = levels ? detail::level_stages<double>(A) : detail::colour_stages<double>(A);
            std::vector<Index> stage(80, -1);
            for (Index s = 0; s < stages.count(); ++s)
                for (Index k = stages.starts[static_cast<std::size_t>(s)];
                     k < stages.starts[static_cast<std::size_t>(s) + 1]; ++k)
                    stage[static_cast<std::size_t>(stages.order[static_cast<std::size_t>(k)])] = s;
            for (Index i = 0; i < 80; ++i)
                for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]);
                     k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]); ++k) {
                    const Index j = A.indices()[k];
                    const Index si = stage[static_cast<std::size_t>(i)], sj = stage[static_cast<std::size_t>(j)];
                    if (levels) {
                        EXPECT_EQ(i < j, si < sj);
                    }
                    EXPECT_EQ(i == j, si == sj);
                }
        }
    }
    EXPECT_EQ(detail::colour_stages<double>(poisson2d(5, 7)).count(), 2);
}

}  // namespace
