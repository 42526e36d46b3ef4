// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/distances.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "ml/points.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::ml {
namespace {

/// The distance in extended precision.
template <class X, class Y>
long double reference(const X& x, const Y& y) {
    long double sum = 0;
    for (Eigen::Index k = 0; k < x.size(); ++k) {
        if constexpr (Eigen::NumTraits<typename X::Scalar>::IsComplex) {
            const long double re = (long double)(x[k].real()) - y[k].real();
            const long double im = (long double)(x[k].imag()) - y[k].imag();
            sum += re * re + im * im;
        } else {
            const long double difference = (long double)(x[k]) - y[k];
            sum += difference * difference;
        }
    }
    return std::sqrt(sum);
}

template <class T>
class Distances : public testing::Test {};
TYPED_TEST_SUITE(Distances, FourScalars);

TYPED_TEST(Distances, AreThoseOfTheDifferencesForAllShapes) {
    using T = TypeParam;
    using R = Real<T>;
    for (const auto& [n, m, d] : {std::tuple{1, 1, 1}, {5, 3, 2}, {7, 9, 6}, {7, 9, 7}, {130, 140, 13}, {300, 1, 40}}) {
        const Eigen::MatrixX<T> X = random_points<T>(n, d, 1), Y = random_points<T>(m, d, 2);
        const Eigen::MatrixX<R> D = pairwise_distances(X, Y), S = pairwise_distances(X);
        const double tolerance = 64.0 * (2 * d + 8) * double(std::numeric_limits<R>::epsilon());
        for (int i = 0; i < n; ++i) {
            for (int j = 0; j < m; ++j) {
                const double exact = double(reference(X.row(i), Y.row(j)));
                ASSERT_NEAR(double(D(i, j)), exact, tolerance * exact);
            }
            for (int j = 0; j < n; ++j) {
                const double exact = double(reference(X.row(i), X.row(j)));
                ASSERT_NEAR(double(S(i, j)), exact, tolerance * exact);
            }
        }
        EXPECT_EQ(S, S.transpose());
        EXPECT_TRUE((S.diagonal().array() == 0).all());
    }
}

TYPED_TEST(Distances, EmptySetsHaveEmptyMatricesAndPointsWithoutFeaturesAreEqual) {
    using T = TypeParam;
    EXPECT_EQ(pairwise_distances(Eigen::MatrixX<T>(0, 3)).size(), 0);
    EXPECT_EQ(pairwise_distances(Eigen::MatrixX<T>(2, 3).setZero(), Eigen::MatrixX<T>(0, 3)).rows(), 2);
    EXPECT_EQ(pairwise_distances(Eigen::MatrixX<T>(4, 0)), Eigen::MatrixX<Real<T>>::Zero(4, 4));
}

TEST(DistancesOfClosePoints, KeepTheirDigitsFarFromTheOriginAndAmongFarOthers) {
    for (const int d : {3, 20}) {
        Eigen::MatrixXd X = random_points<double>(40, d, 3);
        for (int i = 0; i < 20; ++i) X.row(20 + i) = X.row(i) + 1e-9 * random_points<double>(1, d, 100 + i);
        const Eigen::MatrixXd shifted = X.array() + 1e8;  // rounds the points: then they are what they are
        const Eigen::MatrixXd D = pairwise_distances(X), E = pairwise_distances(shifted);
        for (int i = 0; i < 40; ++i)
            for (int j = 0; j < 40; ++j) {
                const double near = double(reference(X.row(i), X.row(j)));
                const double far = double(reference(shifted.row(i), shifted.row(j)));
                ASSERT_NEAR(D(i, j), near, 1e-12 * near);
                ASSERT_NEAR(E(i, j), far, 1e-12 * far);
            }
    }
}

TEST(DistancesOfAnySize, NeitherOverflowNorUnderflow) {
    for (const int d : {2, 12})
        for (const double size : {1e200, 1e-200, 1e307, 1e-307}) {
            Eigen::MatrixXd X = size * random_points<double>(9, d, 4);
            X.row(8) = X.row(7) * (1 + 1e-10);
            const Eigen::MatrixXd D = pairwise_distances(X), E = pairwise_distances(Eigen::MatrixXd(X / size));
            EXPECT_LT((D / size - E).cwiseAbs().maxCoeff(), 1e-13 * E.maxCoeff()) << size;
        }
    Eigen::MatrixXd mixed = Eigen::MatrixXd::Zero(3, 10);  // two tiny points beside a huge one
    mixed(0, 0) = 1e300, mixed(1, 0) = 3e-300, mixed(2, 1) = 4e-300;
    EXPECT_NEAR(pairwise_distances(mixed)(1, 2) / 5e-300, 1, 1e-14);
}

TEST(DistancesByMetric, SquaredAndCosineFollowFromTheirDefinitions) {
    const Eigen::MatrixXd X = random_points<double>(50, 10, 5), Y = random_points<double>(30, 10, 6);
    const Eigen::MatrixXd D = pairwise_distances(X, Y), S = pairwise_distances(X, Y, {Metric::squared_euclidean});
    EXPECT_LT((S - D.cwiseAbs2()).cwiseAbs().maxCoeff(), 1e-13);
    const Eigen::MatrixXd C = pairwise_distances(X, Y, {Metric::cosine});
    for (int i = 0; i < 50; ++i)
        for (int j = 0; j < 30; ++j)
            ASSERT_NEAR(C(i, j), 1 - X.row(i).dot(Y.row(j)) / (X.row(i).norm() * Y.row(j).norm()), 1e-14);
    const Eigen::MatrixXd same = pairwise_distances(X, {Metric::cosine});
    EXPECT_EQ(same, same.transpose());
    EXPECT_TRUE((same.diagonal().array() == 0).all());
}

TEST(DistancesByMetric, ACosineOfNearlyParallelVectorsHasDigits) {
    Eigen::MatrixXd X(2, 8);
    X.row(0) << 1, 0, 0, 0, 0, 0, 0, 0;
    X.row(1) << 1e200, 1e192, 0, 0, 0, 0, 0, 0;  // an angle of 1e-8: 1 - cos = 5e-17, and 1 - (1 - 5e-17) is 0
    EXPECT_NEAR(pairwise_distances(X, {Metric::cosine})(0, 1), 5e-17, 1e-24);
    X.row(1) = -X.row(0);
    EXPECT_EQ(pairwise_distances(X, {Metric::cosine})(0, 1), 2);
}

TEST(DistancesOfWrongInput, NameWhatIsWrong) {
    Eigen::MatrixXd X = random_points<double>(4, 3, 7);
    X.row(2).setZero();
    EXPECT_EQ(message_of([&] { (void)pairwise_distances(X, {Metric::cosine}); }),
              "pairwise_distances: row 2 of X is zero, so its cosine with another is undefined");
    X(3, 1) = std::nan("");
    EXPECT_EQ(message_of([&] { (void)pairwise_distances(X); }), "pairwise_distances: X(3, 1) is nan");
    EXPECT_EQ(message_of([&] { (void)pairwise_distances(Eigen::MatrixXd(2, 3), Eigen::MatrixXd(2, 4)); }),
              "pairwise_distances: X is 2 x 3, but Y is 2 x 4: points are rows and must be equally long");
}

TEST(DistancesInParallel, AreTheSameForAnyNumberOfThreads) {
    const Eigen::MatrixXd X = random_points<double>(500, 16, 8);
    const Eigen::MatrixXd many = pairwise_distances(X);
    const ThreadLimit one(1);
    EXPECT_EQ(pairwise_distances(X), many);
}

}  // namespace
}  // namespace ritz::ml
