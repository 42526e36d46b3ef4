// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/eig.hpp"

#include "differences.hpp"
#include "ritz/linalg/eig.hpp"
#include "ritz/linalg/inverse.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

template <class T>
class EigGradient : public testing::Test {};
TYPED_TEST_SUITE(EigGradient, Scalars);
template <class T>
class EigDifference : public testing::Test {};
TYPED_TEST_SUITE(EigDifference, DoubleScalars);

/// Not normal, eigenvalues well apart; for real T of n > 2 one pair of them is complex.
template <class T>
Eigen::MatrixX<T> separated(Eigen::Index n, std::uint64_t seed) {
    Eigen::MatrixX<T> D = Eigen::MatrixX<T>::Zero(n, n);
    for (Eigen::Index i = 0; i < n; ++i) D(i, i) = number<T>(double(i) * 1.5, 0.3 * double(i % 2));
    if (n > 2) D(0, 1) = number<T>(-2), D(1, 0) = number<T>(2);
    const Eigen::MatrixX<T> P = Eigen::MatrixX<T>::Identity(n, n) + number<T>(0.2) * random_matrix<T>(n, n, seed);
    return P * D * linalg::inv(P);
}

/// The eigenpairs of M in the order of those of f, in the phase with vᴴ(0) v(t) > 0.
template <class T>
auto matched(const gradients::EigForward<T>& f, const Eigen::MatrixX<T>& M) {
    using C = std::complex<Real<T>>;
    const auto found = linalg::eig(M);
    const Eigen::Index n = f.eigenvalues.size();
    Eigen::MatrixX<C> pairs(n + 1, n);  // the first row: eigenvalues
    for (Eigen::Index i = 0; i < n; ++i) {
        Eigen::Index best = 0;
        (found.eigenvalues.array() - f.eigenvalues(i)).abs().minCoeff(&best);
        const C overlap = found.eigenvectors.col(best).dot(f.eigenvectors.col(i));
        pairs(0, i) = found.eigenvalues(best);
        pairs.col(i).tail(n) = found.eigenvectors.col(best) * (overlap / std::abs(overlap));
    }
    return pairs;
}

TYPED_TEST(EigDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const Eigen::Index n : {1, 2, 5}) {
        const Eigen::MatrixX<T> A = separated<T>(n, 1), A_dot = random_matrix<T>(n, n, 2);
        const auto f = gradients::eig(A);
        const auto dot_f = jvp(f, A_dot);
        const auto expected = difference([&](const Eigen::MatrixX<T>& M) { return matched<T>(f, M); }, A, A_dot, 0.004);
        expect_derivative(dot_f.eigenvalues.transpose().eval(), expected.row(0).eval());
        expect_derivative(dot_f.eigenvectors, expected.bottomRows(n).eval());
    }
}

TYPED_TEST(EigGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    using C = std::complex<Real<T>>;
    for (const Eigen::Index n : {0, 1, 2, 5, 9}) {
        const Eigen::MatrixX<T> A_dot = random_matrix<T>(n, n, 3);
        const auto f = gradients::eig(separated<T>(n, 4));
        const Eigen::VectorX<C> w_bar = random_matrix<C>(n, 1, 5);
        Eigen::MatrixX<C> V_bar = random_matrix<C>(n, n, 6);
        for (Eigen::Index i = 0; i < n; ++i)
            V_bar.col(i) -= f.eigenvectors.col(i) * C(0, f.eigenvectors.col(i).dot(V_bar.col(i)).imag());
        const auto dot_f = jvp(f, A_dot);
        const double forward = dot(w_bar, dot_f.eigenvalues) + dot(V_bar, dot_f.eigenvectors);
        expect_same<T>(forward, dot(vjp(f, {.eigenvalues = w_bar, .eigenvectors = V_bar}), A_dot),
                       double(A_dot.norm() * V_bar.norm()) * 5);
    }
}

TYPED_TEST(EigGradient, OfTheTraceIsTheIdentityEvenWithRepeatedEigenvalues) {
    using T = TypeParam;
    using C = std::complex<Real<T>>;
    const Eigen::MatrixX<T> A = Eigen::MatrixX<T>::Identity(4, 4) * T(3);
    const Eigen::MatrixX<T> A_bar = vjp(gradients::eig(A), {.eigenvalues = Eigen::VectorX<C>::Ones(4)});
    EXPECT_LE(double((A_bar - Eigen::MatrixX<T>::Identity(4, 4)).norm()),
              20 * double(std::numeric_limits<Real<T>>::epsilon()));
    Eigen::VectorX<C> single = Eigen::VectorX<C>::Zero(4);
    single(0) = C(1);
    EXPECT_THROW((void)vjp(gradients::eig(A), {.eigenvalues = single}), gradients::RepeatedEigenvalue);
    EXPECT_THROW((void)jvp(gradients::eig(A), random_matrix<T>(4, 4, 7)), gradients::RepeatedEigenvalue);
}

TEST(EigGradient, NamesADefectiveMatrixAndALossThatSeesThePhase) {
    Eigen::MatrixXd jordan(3, 3);
    jordan << 2, 1, 0, 0, 2, 1, 0, 0, 2;
    EXPECT_THROW((void)gradients::eig(jordan), IllConditioned);
    const auto f = gradients::eig(separated<double>(3, 8));
    EXPECT_THROW((void)vjp(f, {.eigenvectors = std::complex<double>(0, 1) * f.eigenvectors}),
                 gradients::GaugeDependent);
}

}  // namespace
}  // namespace ritz
