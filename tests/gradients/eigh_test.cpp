// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/eigh.hpp"

#include "differences.hpp"
#include "ritz/linalg/eigh.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

template <class T>
class EighGradient : public testing::Test {};
TYPED_TEST_SUITE(EighGradient, Scalars);
template <class T>
class EighDifference : public testing::Test {};
TYPED_TEST_SUITE(EighDifference, DoubleScalars);

/// Hermitian with the eigenvalues given, and its eigenvectors at random.
template <class T>
Eigen::MatrixX<T> with_eigenvalues(const Eigen::VectorXd& values, std::uint64_t seed) {
    const Eigen::MatrixX<T> V = linalg::eigh(random_hermitian<T>(values.size(), seed)).eigenvectors;
    return V * values.cast<T>().asDiagonal() * V.adjoint();
}

/// V̄ of a loss that does not see the phase: the imaginary part of diag(Vᴴ V̄) taken away.
template <class T>
Eigen::MatrixX<T> without_phase(const Eigen::MatrixX<T>& V, Eigen::MatrixX<T> V_bar) {
    const Eigen::MatrixX<T> X = V.adjoint() * V_bar;
    for (Eigen::Index j = 0; j < V.cols(); ++j) V_bar.col(j) -= V.col(j) * (X(j, j) - T(std::real(X(j, j))));
    return V_bar;
}

TYPED_TEST(EighDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const Eigen::Index n : {1, 2, 7}) {
        Eigen::VectorXd values(n);
        for (Eigen::Index i = 0; i < n; ++i) values(i) = double(i * i) - 2;
        const Eigen::MatrixX<T> A = with_eigenvalues<T>(values, 21), A_dot = random_hermitian<T>(n, 22);
        const auto f = gradients::eigh(A);
        const auto forward = jvp(f, A_dot);
        expect_derivative(forward.eigenvalues, difference([](const auto& M) { return linalg::eigvalsh(M); }, A, A_dot));
        // The phase in which vᴴ v̇ = 0: that with vᴴ(0) v(t) > 0.
        const auto vectors = [&](const Eigen::MatrixX<T>& M) {
            Eigen::MatrixX<T> V = linalg::eigh(M).eigenvectors;
            for (Eigen::Index j = 0; j < n; ++j) {
                const T overlap = V.col(j).dot(f.eigenvectors.col(j));
                V.col(j) *= overlap / std::abs(overlap);
            }
            return V;
        };
        expect_derivative(forward.eigenvectors, difference(vectors, A, A_dot, 0.01));
    }
}

TYPED_TEST(EighGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 7, 20}) {
        Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(n, 1, double(n));
        const Eigen::MatrixX<T> A = with_eigenvalues<T>(values, 23), A_dot = random_matrix<T>(n, n, 24);
        const auto f = gradients::eigh(A);
        const Eigen::MatrixX<T> V_bar = without_phase<T>(f.eigenvectors, random_matrix<T>(n, n, 25));
        const Eigen::VectorX<Real<T>> w_bar = random_matrix<Real<T>>(n, 1, 26);
        const Eigen::MatrixX<T> A_bar = vjp(f, {.eigenvalues = w_bar, .eigenvectors = V_bar});
        const auto forward = jvp(f, A_dot);
        EXPECT_EQ(A_bar, Eigen::MatrixX<T>(A_bar.adjoint()));
        expect_same<T>(dot(w_bar, forward.eigenvalues) + dot(V_bar, forward.eigenvectors), dot(A_bar, A_dot),
                       double(A_dot.norm() * V_bar.norm()));
    }
}

TYPED_TEST(EighGradient, OfTheSumOfAClusterIsItsProjector) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = with_eigenvalues<T>(Eigen::Vector4d(1, 3, 3, 7), 27);
    const auto f = gradients::eigh(A);
    const Eigen::MatrixX<T> P = f.eigenvectors.middleCols(1, 2) * f.eigenvectors.middleCols(1, 2).adjoint();
    const Eigen::MatrixX<T> A_bar = vjp(f, {.eigenvalues = Eigen::Vector4d(0, 1, 1, 0).cast<Real<T>>()});
    EXPECT_LE(double((A_bar - P).norm()), 20 * double(std::numeric_limits<Real<T>>::epsilon()));
}

TYPED_TEST(EighGradient, OfTheProjectorOnAClusterIsThatOfAnyBasis) {
    using T = TypeParam;
    // L = Re tr(C P), P the projector on the double eigenvalue 3: dP = Σ over pairs inside and outside.
    const Eigen::MatrixX<T> A = with_eigenvalues<T>(Eigen::Vector4d(1, 3, 3, 7), 28), C = random_hermitian<T>(4, 29);
    const auto f = gradients::eigh(A);
    Eigen::MatrixX<T> V_bar = Eigen::MatrixX<T>::Zero(4, 4);
    V_bar.middleCols(1, 2) = Real<T>(2) * C * f.eigenvectors.middleCols(1, 2);
    const Eigen::MatrixX<T> A_bar = vjp(f, {.eigenvectors = V_bar});
    const Eigen::MatrixX<T> A_dot = random_hermitian<T>(4, 30), V = f.eigenvectors;
    double expected = 0;  // Re tr(C Ṗ), Ṗ = Σ v_o (v_oᴴ Ȧ v_c) v_cᴴ / (3 − λ_o) + adjoint
    for (const int o : {0, 3})
        for (const int c : {1, 2}) {
            const T coupling = (V.col(o).adjoint() * A_dot * V.col(c)).value();
            const T back = (V.col(c).adjoint() * C * V.col(o)).value();
            expected += 2 * std::real(std::complex<double>(coupling * back)) / (3 - (o == 0 ? 1 : 7));
        }
    expect_same<T>(dot(A_bar, A_dot), expected, double(A_dot.norm() * C.norm()));
}

TYPED_TEST(EighGradient, NamesTheRepeatedPairWhereItMatters) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = with_eigenvalues<T>(Eigen::Vector4d(1, 3, 3, 7), 31);
    const auto f = gradients::eigh(A);
    try {
        (void)vjp(f, {.eigenvalues = Eigen::Vector4d(0, 1, 0, 0).cast<Real<T>>()});
        FAIL();
    } catch (const gradients::RepeatedEigenvalue& error) {
        EXPECT_EQ(error.first(), 1);
        EXPECT_EQ(error.second(), 2);
        EXPECT_LE(error.gap(), 100 * double(std::numeric_limits<Real<T>>::epsilon()));
    }
    const Eigen::MatrixX<T> V_bar = without_phase<T>(f.eigenvectors, random_matrix<T>(4, 4, 32));
    EXPECT_THROW((void)vjp(f, {.eigenvectors = V_bar}), gradients::RepeatedEigenvalue);
    const Eigen::MatrixX<T> A_dot = random_hermitian<T>(4, 33);
    EXPECT_THROW((void)jvp(f, A_dot), gradients::RepeatedEigenvalue);
    // A direction that keeps the pair together: eigenvalues have a derivative, eigenvectors have none.
    EXPECT_THROW((void)jvp(f, A), gradients::RepeatedEigenvalue);
    const auto along = jvp(f, A, {.eigenvectors = false});
    EXPECT_LE(double((along.eigenvalues - f.eigenvalues).norm()),
              100 * double(std::numeric_limits<Real<T>>::epsilon()));
}

TEST(EighGradient, NamesALossThatSeesThePhase) {
    using C = std::complex<double>;
    const auto f = gradients::eigh(random_hermitian<C>(5, 34));
    const Eigen::MatrixXcd V_bar = C(0, 1) * f.eigenvectors;
    try {
        (void)vjp(f, {.eigenvectors = V_bar});
        FAIL();
    } catch (const gradients::GaugeDependent& error) {
        EXPECT_EQ(error.index(), 0);
    }
}

TEST(EighGradient, HasNoOverflowAtLargeScale) {
    const Eigen::MatrixXd A = with_eigenvalues<double>(Eigen::Vector3d(1, 2, 4), 35);
    const Eigen::MatrixXd expected = vjp(gradients::eigh(A), {.eigenvalues = Eigen::Vector3d(1, 0, 2)});
    const Eigen::MatrixXd A_bar =
        vjp(gradients::eigh((std::ldexp(1.0, 1000) * A).eval()), {.eigenvalues = Eigen::Vector3d(1, 0, 2)});
    EXPECT_LE((A_bar - expected).norm(), 1e-14);
    EXPECT_THROW((void)vjp(gradients::eigh(A), {.eigenvalues = Eigen::Vector2d(1, 0)}), InvalidArgument);
}

}  // namespace
}  // namespace ritz
