// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/eigsh.hpp"

#include "ritz/formats/gallery.hpp"
#include "ritz/gradients/eigh.hpp"
#include "ritz/linalg/eigh.hpp"
#include "sparse.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;
using gradients::DeflatedSolve;

template <class T>
class EigshGradient : public testing::Test {};
TYPED_TEST_SUITE(EigshGradient, Scalars);
template <class T>
class EigshDifference : public testing::Test {};
TYPED_TEST_SUITE(EigshDifference, DoubleScalars);

const EigshOptions smallest{.which = Which::smallest_algebraic, .rtol = 1e-13};

/// A cotangent of eigenvectors that does not see their phase.
template <class T>
Eigen::MatrixX<T> phase_free(const Eigen::MatrixX<T>& V, std::uint64_t seed) {
    Eigen::MatrixX<T> V_bar = random_matrix<T>(V.rows(), V.cols(), seed);
    for (Eigen::Index j = 0; j < V.cols(); ++j) {
        const T overlap = V.col(j).dot(V_bar.col(j));
        V_bar.col(j) -= V.col(j) * ((overlap - T(std::real(overlap))) / V.col(j).squaredNorm());
    }
    return V_bar;
}

TYPED_TEST(EigshGradient, IsTheDenseOneOnThePattern) {
    using T = TypeParam;
    const double tolerance = std::same_as<Real<T>, double> ? 1e-10 : 2e-3;
    const Index n = 30, k = 4;
    const Csr<T> A = random_sparse_hermitian<T>(n, 1);
    const auto f = gradients::eigsh(A, k, smallest);
    const auto dense = gradients::eigh(to_dense(A));
    const Eigen::MatrixX<T> V_bar = phase_free<T>(f.eigenvectors, 2);
    const Eigen::VectorX<Real<T>> w_bar = random_matrix<Real<T>>(k, 1, 3);
    const auto [A_bar, M_bar] = vjp(f, {.eigenvalues = w_bar, .eigenvectors = V_bar});
    // the same loss of the dense decomposition, whose vectors have other phases
    gradients::EighTangent<T> bar{Eigen::VectorX<Real<T>>::Zero(n), Eigen::MatrixX<T>::Zero(n, n)};
    bar.eigenvalues.head(k) = w_bar;
    for (Index j = 0; j < k; ++j) {
        const T phase = f.eigenvectors.col(j).dot(dense.eigenvectors.col(j));
        bar.eigenvectors.col(j) = V_bar.col(j) * (phase / T(std::abs(phase)));
    }
    const Eigen::MatrixX<T> expected = vjp(dense, bar);
    expect_same_pattern(A_bar, A);
    EXPECT_EQ(M_bar.rows(), 0);
    for (Index i = 0; i < n; ++i)
        for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p) {
            EXPECT_LE(std::abs(A_bar.values()[p] - expected(i, A.indices()[p])), tolerance * expected.norm());
            EXPECT_EQ(A_bar.values()[p], conjugate(A_bar.at(A.indices()[p], i)));
        }
}

TYPED_TEST(EigshGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const Index n : {1, 2, 40})
        for (const bool generalised : {false, true}) {
            const Index k = std::min<Index>(n, 3);
            const Csr<T> A = random_sparse_hermitian<T>(n, 4), M = random_sparse_hermitian<T>(n, 5, 8);
            const auto f = generalised ? gradients::eigsh(A, M, k, smallest) : gradients::eigsh(A, k, smallest);
            const Eigen::MatrixX<T> V_bar = phase_free<T>(f.eigenvectors, 6);
            const Eigen::VectorX<Real<T>> w_bar = random_matrix<Real<T>>(k, 1, 7);
            const Csr<T> A_dot = random_on(A, 8), M_dot = generalised ? random_on(M, 9) : Csr<T>();
            const auto [A_bar, M_bar] = vjp(f, {.eigenvalues = w_bar, .eigenvectors = V_bar});
            const auto forward = jvp(f, A_dot, M_dot);
            const double left = dot(w_bar, forward.eigenvalues) + dot(V_bar, forward.eigenvectors);
            const double right = dot(A_bar, A_dot) + (generalised ? dot(M_bar, M_dot) : 0);
            const double size = 1 + double(V_bar.norm() * forward.eigenvectors.norm());
            EXPECT_NEAR(left, right, (std::same_as<Real<T>, double> ? 1e-11 : 1e-3) * size) << n << generalised;
        }
}

TYPED_TEST(EigshDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    const Index n = 30, k = 3;
    const auto hermitian_direction = [](const Csr<T>& pattern, std::uint64_t seed) {
        const Csr<T> E = random_on(pattern, seed), Eh = adjoint(CsrView<T>(E));
        return add(T(0.5), CsrView<T>(E), T(0.5), CsrView<T>(Eh));
    };
    for (const bool generalised : {false, true}) {
        const Csr<T> A = random_sparse_hermitian<T>(n, 10), M = random_sparse_hermitian<T>(n, 11, 8);
        const Csr<T> A_dot = hermitian_direction(A, 12), M_dot = hermitian_direction(M, 13);
        const auto pairs = [&](double t) {  // by the dense solver
            const Eigen::MatrixX<T> dense_A = to_dense(moved(A, A_dot, t)), dense_M = to_dense(moved(M, M_dot, t));
            struct {
                Eigen::VectorXd eigenvalues;
                Eigen::MatrixX<T> eigenvectors;
            } found;
            if (generalised) {
                const auto g = linalg::eigh(dense_A, dense_M);
                found = {g.eigenvalues, g.eigenvectors};
            } else {
                const auto g = linalg::eigh(dense_A);
                found = {g.eigenvalues, g.eigenvectors};
            }
            return found;
        };
        const auto f = generalised ? gradients::eigsh(A, M, k, smallest) : gradients::eigsh(A, k, smallest);
        const auto forward = generalised ? jvp(f, A_dot, M_dot) : jvp(f, A_dot);
        expect_derivative(
            forward.eigenvalues,
            difference_along([&](double t) { return Eigen::VectorXd(pairs(t).eigenvalues.head(k)); }, 0.002));
        const Eigen::MatrixX<T> MV = generalised ? Eigen::MatrixX<T>(to_dense(M) * f.eigenvectors) : f.eigenvectors;
        const auto vectors = [&](double t) {  // in the phase of those at 0: v(0)ᴴ M v(t) > 0
            Eigen::MatrixX<T> V = pairs(t).eigenvectors.leftCols(k);
            for (Index j = 0; j < k; ++j) {
                const T overlap = V.col(j).dot(MV.col(j));
                V.col(j) *= overlap / std::abs(overlap);
            }
            return V;
        };
        expect_derivative(forward.eigenvectors, difference_along(vectors, 0.002));
    }
}

TYPED_TEST(EigshDifference, MinresAgreesWithTheBorderedMatrix) {
    using T = TypeParam;
    for (const bool generalised : {false, true}) {
        const Csr<T> A = random_sparse_hermitian<T>(60, 14), M = random_sparse_hermitian<T>(60, 15, 8);
        const auto f = generalised ? gradients::eigsh(A, M, 3, smallest) : gradients::eigsh(A, 3, smallest);
        const Eigen::MatrixX<T> V_bar = phase_free<T>(f.eigenvectors, 16);
        const auto direct = vjp(f, {.eigenvectors = V_bar}, {.solve = DeflatedSolve::bordered});
        const auto iterative = vjp(f, {.eigenvectors = V_bar}, {.solve = DeflatedSolve::minres});
        EXPECT_LE((to_dense(direct.A_bar) - to_dense(iterative.A_bar)).norm(), 1e-9 * frobenius(direct.A_bar));
        EXPECT_GT(frobenius(direct.A_bar), 0.01);
        EXPECT_THROW((void)vjp(f, {.eigenvectors = V_bar}, {.solve = DeflatedSolve::minres, .max_iterations = 2}),
                     NoConvergence);
    }
}

TEST(EigshRepeated, APairWithinTheKnownOnesIsNamed) {
    const Csr<double> A = poisson2d(7, 7);  // λ₁ = λ₂ exactly
    const auto f = gradients::eigsh(A, 4, smallest);
    Eigen::MatrixXd V_bar = random_matrix<double>(49, 4, 17);
    try {
        (void)vjp(f, {.eigenvectors = V_bar});
        FAIL();
    } catch (const gradients::RepeatedEigenvalue& e) {
        EXPECT_EQ(e.first(), 1);
        EXPECT_EQ(e.second(), 2);
        EXPECT_LT(e.gap(), 1e-11);
    }
    EXPECT_THROW((void)jvp(f, random_on(A, 18)), gradients::RepeatedEigenvalue);
    EXPECT_THROW((void)vjp(f, {.eigenvalues = Eigen::Vector4d(0, 1, 0, 0)}), gradients::RepeatedEigenvalue);
    // λ₁ + λ₂ is smooth, and so is the projection onto their eigenspace: L = ½ tr(Pᵀ W P), P the sum of both.
    const auto [sum_bar, none] = vjp(f, {.eigenvalues = Eigen::Vector4d(0, 1, 1, 0)});
    const Csr<double> E = random_on(A, 19), Et = transpose(CsrView<double>(E));
    const Csr<double> A_dot = add(0.5, CsrView<double>(E), 0.5, CsrView<double>(Et));
    const auto sum = [&](double t) {
        return Eigen::VectorXd::Constant(1, linalg::eigvalsh(to_dense(moved(A, A_dot, t))).segment(1, 2).sum()).eval();
    };
    EXPECT_NEAR(dot(sum_bar, A_dot), difference_along(sum, 0.01)(0), 1e-7);

    const Eigen::VectorXd weights = Eigen::VectorXd::LinSpaced(49, 0, 1);
    V_bar.setZero();
    V_bar.middleCols(1, 2) = 2.0 * weights.asDiagonal() * f.eigenvectors.middleCols(1, 2);
    const auto [space_bar, nothing] = vjp(f, {.eigenvectors = V_bar});
    const auto space = [&](double t) {
        const Eigen::MatrixXd V = linalg::eigh(to_dense(moved(A, A_dot, t))).eigenvectors.middleCols(1, 2);
        return Eigen::VectorXd::Constant(1, (V.transpose() * weights.asDiagonal() * V).trace()).eval();
    };
    EXPECT_NEAR(dot(space_bar, A_dot), difference_along(space, 0.01)(0), 1e-7);
}

TEST(EigshRepeated, AnEigenvalueThatWasNotComputedIsFound) {
    const Csr<double> A = poisson2d(7, 7);
    const auto f = gradients::eigsh(A, 2, smallest);  // the cut goes through λ₁ = λ₂
    Eigen::MatrixXd V_bar = Eigen::MatrixXd::Zero(49, 2);
    V_bar.col(1) = random_matrix<double>(49, 1, 20);
    for (const DeflatedSolve solve : {DeflatedSolve::bordered, DeflatedSolve::minres}) try {
            (void)vjp(f, {.eigenvectors = V_bar}, {.solve = solve});
            FAIL();
        } catch (const gradients::RepeatedEigenvalue& e) {
            EXPECT_EQ(e.first(), 1);
            EXPECT_EQ(e.second(), -1);
            EXPECT_LT(e.gap(), 1e-10);
        } catch (const NoConvergence&) {
            EXPECT_EQ(solve, DeflatedSolve::minres);  // which may see the pole only by its slowness
        }
    V_bar.col(0).swap(V_bar.col(1));  // the first one stands alone
    EXPECT_NO_THROW((void)vjp(f, {.eigenvectors = V_bar}));
}

TEST(EigshErrors, WrongArgumentsAndArbitraryPhasesAreRefused) {
    using C = std::complex<double>;
    const Csr<C> A = random_sparse_hermitian<C>(20, 21);
    const auto f = gradients::eigsh(A, 2, smallest);
    Eigen::MatrixXcd V_bar = Eigen::MatrixXcd::Zero(20, 2);
    V_bar.col(1) = C(0, 1) * f.eigenvectors.col(1);
    try {
        (void)vjp(f, {.eigenvectors = V_bar});
        FAIL();
    } catch (const gradients::GaugeDependent& e) {
        EXPECT_EQ(e.index(), 1);
    }
    EXPECT_THROW((void)vjp(f, {.eigenvalues = Eigen::VectorXd::Ones(3)}), InvalidArgument);
    EXPECT_THROW((void)jvp(f, random_sparse_hermitian<C>(19, 1)), InvalidArgument);
    EXPECT_THROW((void)jvp(f, A, A), InvalidArgument);  // there is no M
    V_bar(3, 1) = C(std::numeric_limits<double>::infinity(), 0);
    EXPECT_THROW((void)vjp(f, {.eigenvectors = V_bar}), InvalidArgument);
    EXPECT_THROW((void)gradients::eigsh(poisson2d(30, 30), 5, {.method = EigshMethod::lanczos, .max_applications = 3}),
                 NoConvergence);
}

}  // namespace
}  // namespace ritz
