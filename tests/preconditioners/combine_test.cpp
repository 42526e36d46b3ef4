// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/combine.hpp"

#include "preconditioners/support.hpp"
#include "ritz/preconditioners/gauss_seidel.hpp"
#include "ritz/preconditioners/jacobi.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class T>
class CombineOf : public testing::Test {};
TYPED_TEST_SUITE(CombineOf, Scalars);

TYPED_TEST(CombineOf, SumsAndProductsAreTheirFormulas) {
    using T = TypeParam;
    const Csr<T> A = random_matrix<T>(15, 0.3, 6, 2);
    const Preconditioner<T> jacobi(Jacobi<T>(A), "jacobi"), l1(L1Jacobi<T>(A), "l1"),
        sweep(GaussSeidel<T>(A, {.direction = SweepDirection::forward}), "sweep");
    const Eigen::MatrixX<T> a = to_dense(A), I = Eigen::MatrixX<T>::Identity(15, 15), one = dense<T>(jacobi),
                            two = dense<T>(l1), three = dense<T>(sweep);
    const auto check = [&](const Preconditioner<T>& M, const Eigen::MatrixX<T>& expected) {
        EXPECT_TRUE(close(dense<T>(M), expected, 300 * epsilon<T>));
        ASSERT_TRUE(M.has_adjoint());
        EXPECT_TRUE(close(dense_adjoint<T>(M), expected.adjoint(), 300 * epsilon<T>));
    };
    check(additive<T>({jacobi, l1, sweep}), one + two + three);
    Eigen::MatrixX<T> product = one;
    product += two * (I - a * product);
    check(multiplicative<T>(A, {jacobi, l1}), product);
    product += three * (I - a * product);
    check(multiplicative<T>(A, {jacobi, l1, sweep}), product);
    product = one;
    product += three * (I - a * product);
    product += one * (I - a * product);
    check(multiplicative<T>(A, {jacobi, sweep}, {.symmetric = true}), product);
    T alpha{3};
    if constexpr (is_complex<T>) alpha = T(3, -2);
    check(scaled<T>(alpha, sweep), alpha * three);
}

TEST(Combine, KnowsWhatIsLeftOfDefiniteness) {
    const Csr<double> A = random_definite<double>(12, 0.3, 1);
    const Preconditioner<double> jacobi{Jacobi<double>(A)}, ssor{Ssor<double>(A)},
        forward{GaussSeidel<double>(A, {.direction = SweepDirection::forward})};
    EXPECT_EQ(additive<double>({jacobi, ssor}).definiteness(), Definiteness::positive_definite);
    EXPECT_EQ(additive<double>({jacobi, forward}).definiteness(), Definiteness::unknown);
    EXPECT_EQ(scaled<double>(2, ssor).definiteness(), Definiteness::positive_definite);
    EXPECT_EQ(scaled<double>(-2, ssor).definiteness(), Definiteness::hermitian);
    EXPECT_EQ(multiplicative<double>(A, {jacobi, ssor}).definiteness(), Definiteness::unknown);
    const auto symmetric = multiplicative<double>(A, {jacobi, ssor}, {.symmetric = true});
    EXPECT_EQ(symmetric.definiteness(), Definiteness::hermitian);
    const Eigen::MatrixXd D = dense<double>(symmetric);
    EXPECT_TRUE(close(D, D.transpose(), 1e-13));
}

TEST(Combine, RefusesWhatDoesNotFit) {
    const Csr<double> A = poisson1d(3), B = poisson1d(4);
    const Preconditioner<double> three{Jacobi<double>(A)}, four{Jacobi<double>(B)};
    EXPECT_THROW((void)additive<double>({}), InvalidArgument);
    EXPECT_THROW((void)additive<double>({three, four}), InvalidArgument);
    EXPECT_THROW((void)additive<double>({three, {}}), InvalidArgument);
    EXPECT_THROW((void)multiplicative<double>(B, {three, three}), InvalidArgument);
}

}  // namespace
