// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/determinant.hpp"

#include "differences.hpp"
#include "ritz/linalg/lu.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

template <class T>
class DeterminantGradient : public testing::Test {};
TYPED_TEST_SUITE(DeterminantGradient, Scalars);
template <class T>
class DeterminantDifference : public testing::Test {};
TYPED_TEST_SUITE(DeterminantDifference, DoubleScalars);

TYPED_TEST(DeterminantDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const Eigen::Index n : {1, 2, 6}) {
        const Eigen::MatrixX<T> A = random_matrix<T>(n, n, 1) + T(3.0) * Eigen::MatrixX<T>::Identity(n, n);
        const Eigen::MatrixX<T> A_dot = random_matrix<T>(n, n, 2);
        const auto det = [](const Eigen::MatrixX<T>& M) { return Eigen::VectorX<T>::Constant(1, linalg::det(M)); };
        expect_derivative(Eigen::VectorX<T>::Constant(1, jvp(gradients::det(A), A_dot)), difference(det, A, A_dot));
        const auto slogdet = [](const Eigen::MatrixX<T>& M) {
            const auto [sign, logabsdet] = linalg::slogdet(M);
            Eigen::VectorX<T> both(2);
            both << sign, T(logabsdet);
            return both;
        };
        const auto dot = jvp(gradients::slogdet(A), A_dot);
        Eigen::VectorX<T> both(2);
        both << dot.sign, T(dot.logabsdet);
        expect_derivative(both, difference(slogdet, A, A_dot));
    }
}

TYPED_TEST(DeterminantGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 5}) {
        const Eigen::MatrixX<T> A = random_matrix<T>(n, n, 3) + number<T>(3) * Eigen::MatrixX<T>::Identity(n, n);
        const Eigen::MatrixX<T> A_dot = random_matrix<T>(n, n, 4);
        const T bar = number<T>(0.3, -0.8);
        const auto f = gradients::det(A);
        const double forward = std::real(std::complex<double>(conjugate(bar) * jvp(f, A_dot)));
        expect_same<T>(forward, dot(vjp(f, bar), A_dot), double(f.adjugate.norm() * A_dot.norm()));
        const auto g = gradients::slogdet(A);
        const auto dot_g = jvp(g, A_dot);
        const double both =
            0.7 * double(dot_g.logabsdet) + std::real(std::complex<double>(conjugate(bar) * dot_g.sign));
        expect_same<T>(both, dot(vjp(g, {.sign = bar, .logabsdet = Real<T>(0.7)}), A_dot),
                       double(g.inverse.norm() * A_dot.norm()));
    }
}

TYPED_TEST(DeterminantGradient, OfASingularMatrixIsItsAdjugate) {
    using T = TypeParam;
    const double eps = std::numeric_limits<Real<T>>::epsilon();
    // adj(A) = 3 · (1, -2, 1)ᵀ (1, -2, 1) · -1 for this one of rank 2.
    Eigen::MatrixX<T> A(3, 3);
    A << T(1), T(2), T(3), T(4), T(5), T(6), T(7), T(8), T(9);
    Eigen::MatrixX<T> adjugate(3, 3);
    adjugate << T(-3), T(6), T(-3), T(6), T(-12), T(6), T(-3), T(6), T(-3);
    const auto f = gradients::det(A);
    EXPECT_LE(double((f.adjugate - adjugate).norm()), 500 * eps);
    EXPECT_LE(double((vjp(f, T(1)) - adjugate.adjoint()).norm()), 500 * eps);
    // Of rank 1 it is zero.
    const Eigen::MatrixX<T> one = Eigen::MatrixX<T>::Ones(4, 4);
    EXPECT_LE(double(gradients::det(one).adjugate.norm()), 100 * eps * eps);
}

TEST(DeterminantGradient, NamesWhatIsSingularAndWhatOverflows) {
    EXPECT_THROW((void)gradients::slogdet(Eigen::MatrixXd::Zero(3, 3)), SingularMatrix);
    EXPECT_THROW((void)gradients::det((1e200 * Eigen::MatrixXd::Identity(3, 3)).eval()), LimitExceeded);
    EXPECT_THROW((void)gradients::det(Eigen::MatrixXd::Ones(3, 2)), InvalidArgument);
    // Products of the diagonal overflow on the way, the cofactors do not.
    const Eigen::MatrixXd D = Eigen::Vector4d(1e200, 1e200, 1e-200, 1e-200).asDiagonal();
    const Eigen::MatrixXd adjugate = gradients::det(D).adjugate;
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(adjugate(i, i) * D(i, i), 1, 1e-13);
}

}  // namespace
}  // namespace ritz
