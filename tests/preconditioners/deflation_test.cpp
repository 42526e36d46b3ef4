// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/deflation.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include "preconditioners/support.hpp"
#include "ritz/preconditioners/gauss_seidel.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class T>
class DeflationOf : public testing::Test {};
TYPED_TEST_SUITE(DeflationOf, Scalars);

template <Scalar T>
Eigen::MatrixX<T> random_block(Index n, Index k, std::uint64_t seed) {
    Eigen::MatrixX<T> W(n, k);
    const Buffer<T> v = random_vector<T>(n * k, seed);
    std::copy(v.begin(), v.end(), W.data());
    return W;
}

TYPED_TEST(DeflationOf, DeflatedIsItsFormula) {
    using T = TypeParam;
    for (const Index k : {0, 1, 3}) {
        const Csr<T> A = random_matrix<T>(20, 0.3, 6, 2);
        const GaussSeidel<T> inner(A, {.direction = SweepDirection::forward});
        Eigen::MatrixX<T> N = random_block<T>(20, k, 4);
        if (k > 0) N.col(0) *= static_cast<Real<T>>(1e-12);
        const Deflated<T> M(Preconditioner<T>(inner), N);
        Eigen::MatrixX<T> Q = N;
        if (k > 0) Q.col(0) *= static_cast<Real<T>>(1e12);
        const Eigen::MatrixX<T> P = Eigen::MatrixX<T>::Identity(20, 20) -
                                    (k > 0 ? Eigen::MatrixX<T>(Q * (Q.adjoint() * Q).inverse() * Q.adjoint())
                                           : Eigen::MatrixX<T>::Zero(20, 20));
        const Eigen::MatrixX<T> expected = P * dense<T>(inner) * P;
        EXPECT_TRUE(close(dense<T>(M), expected, 500 * epsilon<T>));
        EXPECT_TRUE(close(dense_adjoint<T>(M), expected.adjoint(), 500 * epsilon<T>));
    }
}

TYPED_TEST(DeflationOf, CoarseSpaceIsItsFormula) {
    using T = TypeParam;
    for (const bool hermitian : {true, false})
        for (const Index k : {0, 1, 4})
            for (const auto kind : {CoarseKind::additive, CoarseKind::balanced}) {
                const Csr<T> A = hermitian ? random_definite<T>(20, 0.3, 2) : random_matrix<T>(20, 0.3, 8, 2);
                const Ssor<T> inner(A);
                const Eigen::MatrixX<T> W = random_block<T>(20, k, 4), full = to_dense(A), one = dense<T>(inner);
                const CoarseSpace<T> M(A, Preconditioner<T>(inner), W, {kind});
                const Eigen::MatrixX<T> I = Eigen::MatrixX<T>::Identity(20, 20);
                const Eigen::MatrixX<T> Q =
                    k == 0 ? Eigen::MatrixX<T>::Zero(20, 20)
                           : Eigen::MatrixX<T>(W * (W.adjoint() * full * W).inverse() * W.adjoint());
                const Eigen::MatrixX<T> expected = kind == CoarseKind::additive
                                                       ? (one + Q).eval()
                                                       : ((I - Q * full) * one * (I - full * Q) + Q).eval();
                EXPECT_TRUE(close(dense<T>(M), expected, 3000 * epsilon<T>));
                EXPECT_TRUE(close(dense_adjoint<T>(M), expected.adjoint(), 3000 * epsilon<T>));
                if (hermitian) {
                    EXPECT_EQ(M.definiteness(), Definiteness::positive_definite);
                }
                if (kind == CoarseKind::balanced && k > 0) {  // exact in the coarse space
                    EXPECT_TRUE(close(Eigen::MatrixX<T>(dense<T>(M) * full * W), W, 3000 * epsilon<T>));
                }
            }
}

TEST(Deflated, LetsCgSolveASingularConsistentSystem) {
    const Csr<double> A = grid_laplacian(20, 20);
    const Index n = A.rows();
    const Deflated<double> M(Preconditioner<double>(Ssor<double>(A)), Eigen::MatrixXd::Ones(n, 1));
    Eigen::VectorXd x = Eigen::VectorXd::Zero(n), r(n), z(n), p = Eigen::VectorXd::Zero(n), q(n);
    const auto random = random_vector<double>(n, 1);
    std::copy(random.begin(), random.end(), r.data());
    r.array() -= r.mean();
    const double start = r.norm();
    double rho = 1;
    int k = 0;
    for (; k < 400 && r.norm() > 1e-12 * start; ++k) {
        M.apply(r, z);
        const double previous = std::exchange(rho, r.dot(z));
        p = z + (k == 0 ? 0 : rho / previous) * p;
        A.apply(p, q);
        const double alpha = rho / p.dot(q);
        x += alpha * p;
        r -= alpha * q;
    }
    EXPECT_LT(k, 120);
    EXPECT_LT(std::abs(x.sum()), 1e-10 * x.norm());
}

TEST(CoarseSpace, OfTheSmallestEigenvectorsCutsTheIterationsOfCg) {
    const Csr<double> A = poisson2d(20, 20);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(to_dense(A));
    const Eigen::MatrixXd W = eigen.eigenvectors().leftCols(20);
    const int with = cg_iterations<double>(A, CoarseSpace<double>(A, Ssor<double>(A), W)),
              added = cg_iterations<double>(A, CoarseSpace<double>(A, Ssor<double>(A), W, {CoarseKind::additive})),
              without = cg_iterations<double>(A, Ssor<double>(A));
    EXPECT_LT(with, 0.7 * without);
    EXPECT_LT(added, without);
    EXPECT_LT(cg_iterations<double>(A, CoarseSpace<double>(A, {}, W)), cg_iterations<double>(A, Identity{400}));
}

TEST(DeflationLimits, AreNamed) {
    Eigen::MatrixXd dependent(4, 2);
    dependent << 1, 2, 1, 2, 1, 2, 1, 2;
    EXPECT_THROW(Deflated<double>({}, dependent), InvalidArgument);
    EXPECT_THROW(Deflated<double>({}, Eigen::MatrixXd::Zero(4, 1)), InvalidArgument);
    const Csr<double> A = poisson1d(4), singular = path_laplacian(4);
    EXPECT_THROW(CoarseSpace<double>(A, {}, dependent), SingularMatrix);
    EXPECT_THROW(CoarseSpace<double>(singular, {}, Eigen::MatrixXd::Ones(4, 1)), SingularMatrix);
    EXPECT_THROW(CoarseSpace<double>(A, {}, Eigen::MatrixXd::Ones(5, 1)), InvalidArgument);
    EXPECT_THROW(Deflated<double>(Ssor<double>(A), Eigen::MatrixXd::Ones(5, 1)), InvalidArgument);
}

}  // namespace
