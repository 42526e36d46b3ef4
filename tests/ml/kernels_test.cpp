// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/kernels.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "ml/points.hpp"

namespace ritz::ml {
namespace {

template <class T>
class Kernels : public testing::Test {};
TYPED_TEST_SUITE(Kernels, FourScalars);

TYPED_TEST(Kernels, LinearAndPolynomialAreWhatTheirFormulasSay) {
    using T = TypeParam;
    for (const auto& [n, d] : {std::pair{0, 3}, {1, 1}, {9, 4}, {33, 70}}) {
        const Eigen::MatrixX<T> X = random_points<T>(n, d, 1), Y = random_points<T>(5, d, 2);
        const Eigen::MatrixX<T> K = gram_matrix(X);
        const double tolerance = 20 * d * epsilon<T>();
        EXPECT_EQ(K, K.adjoint());
        EXPECT_TRUE(K.isApprox(X * X.adjoint(), Real<T>(tolerance)));
        EXPECT_TRUE(linear_kernel(X, Y).isApprox(X * Y.adjoint(), Real<T>(tolerance)));
        const Eigen::MatrixX<T> P = polynomial_kernel(X, Y, {.degree = 2, .gamma = 0.5, .coef0 = 2});
        const Eigen::MatrixX<T> expected = ((X * Y.adjoint()) * T(0.5)).array().operator+(T(2)).square();
        EXPECT_TRUE(P.isApprox(expected, Real<T>(tolerance)));
    }
}

TYPED_TEST(Kernels, RbfAndMaternAreFunctionsOfTheScaledDistance) {
    using T = TypeParam;
    using R = Real<T>;
    const Eigen::MatrixX<T> X = random_points<T>(12, 9, 3);
    const Eigen::MatrixX<R> r = pairwise_distances(X).array() / R(2.5);
    const auto check = [&](const Eigen::MatrixX<R>& K, auto f) {
        EXPECT_EQ(K, K.transpose());
        EXPECT_TRUE((K.diagonal().array() == 1).all());
        for (int i = 0; i < 12; ++i)
            for (int j = 0; j < 12; ++j) ASSERT_NEAR(K(i, j), f(double(r(i, j))), 100 * epsilon<T>());
    };
    check(rbf_kernel(X, {.lengthscale = 2.5}), [](double s) { return std::exp(-s * s / 2); });
    check(rbf_kernel(X, {.gamma = 0.08}), [](double s) { return std::exp(-s * s / 2); });
    check(matern_kernel(X, {Smoothness::half, {.lengthscale = 2.5}}), [](double s) { return std::exp(-s); });
    check(matern_kernel(X, {Smoothness::three_halves, {.lengthscale = 2.5}}),
          [](double s) { return (1 + std::sqrt(3.0) * s) * std::exp(-std::sqrt(3.0) * s); });
    check(matern_kernel(X, {Smoothness::five_halves, {.lengthscale = 2.5}}),
          [](double s) { return (1 + std::sqrt(5.0) * s + 5 * s * s / 3) * std::exp(-std::sqrt(5.0) * s); });
    EXPECT_EQ(rbf_kernel(X, X.topRows(3)).cols(), 3);
}

TEST(KernelParameters, LengthscalesOfFeaturesScaleTheFeatures) {
    const Eigen::MatrixXd X = random_points<double>(10, 3, 4);
    const Eigen::Vector3d lengthscales(0.5, 2, 10);
    const Eigen::MatrixXd scaled = X * lengthscales.cwiseInverse().asDiagonal();
    EXPECT_TRUE(rbf_kernel(X, {.lengthscales = lengthscales}).isApprox(rbf_kernel(scaled), 1e-13));
    EXPECT_EQ(message_of([&] { (void)rbf_kernel(X, {.lengthscale = 1, .gamma = 1}); }),
              "rbf_kernel: give one of lengthscale, gamma and lengthscales");
    EXPECT_EQ(message_of([&] { (void)rbf_kernel(X, {.lengthscale = -1}); }),
              "rbf_kernel: lengthscale must be positive and finite");
    EXPECT_EQ(message_of([&] { (void)matern_kernel(X, {.scale = {.lengthscales = Eigen::VectorXd::Ones(2)}}); }),
              "matern_kernel: 2 lengthscales for points of 3 features");
}

TEST(KernelParameters, FarPointsHaveKernelZeroAndNotNaN) {
    Eigen::MatrixXd X(2, 1);
    X << -1.7e308, 1.7e308;
    EXPECT_EQ(rbf_kernel(X)(0, 1), 0);
    for (const Smoothness nu : {Smoothness::half, Smoothness::three_halves, Smoothness::five_halves})
        EXPECT_EQ(matern_kernel(X, {nu})(0, 1), 0);
}

TEST(KernelsFarFromTheOrigin, AreThoseOfTheDifferences) {
    Eigen::MatrixXd X(3, 10);
    X.setConstant(1e8);
    X(1, 0) += 0.5, X(2, 9) += 1;
    const Eigen::MatrixXd K = rbf_kernel(X);
    EXPECT_NEAR(K(0, 1), std::exp(-0.125), 1e-15);
    EXPECT_NEAR(K(1, 2), std::exp(-0.625), 1e-15);
}

TYPED_TEST(Kernels, ACentredKernelIsTheGramMatrixOfCentredPoints) {
    using T = TypeParam;
    const Eigen::MatrixX<T> X = random_points<T>(20, 6, 5).array() + T(10), Y = random_points<T>(7, 6, 6);
    const Eigen::RowVectorX<T> mean = X.colwise().mean();
    const Eigen::MatrixX<T> X_c = X.rowwise() - mean, Y_c = Y.rowwise() - mean;
    const Eigen::MatrixX<T> K = centre_kernel(gram_matrix(X));
    const double tolerance = 2e4 * epsilon<T>();
    EXPECT_LT((K - X_c * X_c.adjoint()).cwiseAbs().maxCoeff(), tolerance);
    EXPECT_EQ(K, K.adjoint());
    EXPECT_LT(K.rowwise().sum().cwiseAbs().maxCoeff(), tolerance);
    EXPECT_LT((centre_kernel(linear_kernel(Y, X), gram_matrix(X)) - Y_c * X_c.adjoint()).cwiseAbs().maxCoeff(),
              tolerance);
    EXPECT_THROW((void)centre_kernel(linear_kernel(Y, X)), InvalidArgument);
}

}  // namespace
}  // namespace ritz::ml
