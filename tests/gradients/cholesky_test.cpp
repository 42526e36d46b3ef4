// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/cholesky.hpp"

#include "differences.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;
using linalg::Uplo;

template <class T>
class CholeskyGradient : public testing::Test {};
TYPED_TEST_SUITE(CholeskyGradient, Scalars);
template <class T>
class CholeskyDifference : public testing::Test {};
TYPED_TEST_SUITE(CholeskyDifference, DoubleScalars);

TYPED_TEST(CholeskyDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const Eigen::Index n : {1, 2, 9})
        for (const Uplo uplo : {Uplo::lower, Uplo::upper}) {
            const Eigen::MatrixX<T> A = random_positive_definite<T>(n, 1), A_dot = random_hermitian<T>(n, 2);
            expect_derivative(jvp(gradients::cholesky(A, {.uplo = uplo}), A_dot),
                              difference([&](const auto& M) { return linalg::cholesky(M, {.uplo = uplo}); }, A, A_dot));
        }
}

TYPED_TEST(CholeskyGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 9, 30})
        for (const Uplo uplo : {Uplo::lower, Uplo::upper}) {
            const Eigen::MatrixX<T> A_dot = random_matrix<T>(n, n, 3), bar = random_matrix<T>(n, n, 4);
            const auto f = gradients::cholesky(random_positive_definite<T>(n, 5), {.uplo = uplo});
            const Eigen::MatrixX<T> A_bar = vjp(f, bar), dot_f = jvp(f, A_dot);
            EXPECT_EQ(A_bar, Eigen::MatrixX<T>(A_bar.adjoint()));
            expect_same<T>(dot(bar, dot_f), dot(A_bar, A_dot), double(bar.norm() * A_dot.norm()));
        }
}

TYPED_TEST(CholeskyGradient, OfTheLogDeterminantIsTheInverse) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = random_positive_definite<T>(6, 6);
    const auto f = gradients::cholesky(A);
    const Eigen::MatrixX<T> bar = (f.factor.diagonal().cwiseInverse() * T(2)).asDiagonal();  // of 2 Σ log lᵢᵢ
    const Eigen::MatrixX<T> product = vjp(f, bar) * A;
    EXPECT_LE(double((product - Eigen::MatrixX<T>::Identity(6, 6)).norm()),
              200 * double(std::numeric_limits<Real<T>>::epsilon()));
}

TYPED_TEST(CholeskyGradient, DoesNotReadTheOtherTriangle) {
    using T = TypeParam;
    const auto f = gradients::cholesky(random_positive_definite<T>(5, 7));
    Eigen::MatrixX<T> bar = random_matrix<T>(5, 5, 8);
    const Eigen::MatrixX<T> before = vjp(f, bar);
    bar.template triangularView<Eigen::StrictlyUpper>().setConstant(T(100));
    EXPECT_EQ(vjp(f, bar), before);
}

TEST(CholeskyGradient, NamesWhatIsNotDefiniteOrNearlyNot) {
    EXPECT_THROW((void)gradients::cholesky(Eigen::MatrixXd(-Eigen::MatrixXd::Identity(2, 2))), NotPositiveDefinite);
    Eigen::MatrixXd nearly(2, 2);
    nearly << 1, 1, 1, 1 + 4e-16;
    EXPECT_THROW((void)gradients::cholesky(nearly), IllConditioned);
    EXPECT_THROW((void)vjp(gradients::cholesky(Eigen::MatrixXd::Identity(2, 2)), Eigen::MatrixXd::Ones(3, 2)),
                 InvalidArgument);
}

}  // namespace
}  // namespace ritz
