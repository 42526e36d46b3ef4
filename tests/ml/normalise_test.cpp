// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/normalise.hpp"

#include <gtest/gtest.h>

#include "ml/points.hpp"

namespace ritz::ml {
namespace {

template <class T>
class Normalise : public testing::Test {};
TYPED_TEST_SUITE(Normalise, FourScalars);

TYPED_TEST(Normalise, RowsAndColumnsHaveLengthOneWhateverTheirSize) {
    using T = TypeParam;
    using R = Real<T>;
    Eigen::MatrixX<T> X = random_points<T>(6, 5, 1);
    const R huge = std::numeric_limits<R>::max() / 16;
    X.row(1) *= huge / X.row(1).cwiseAbs().maxCoeff();
    X.row(2) *= std::numeric_limits<R>::min();
    for (const LengthNorm norm : {LengthNorm::l1, LengthNorm::l2, LengthNorm::max}) {
        const auto length = [&](const auto& x) -> R {
            if (norm == LengthNorm::l1) return x.cwiseAbs().sum();
            return norm == LengthNorm::l2 ? R(x.norm()) : R(x.cwiseAbs().maxCoeff());
        };
        const Eigen::MatrixX<T> rows = normalise_rows(X, {.norm = norm});
        for (int i = 0; i < 6; ++i) EXPECT_NEAR(length(rows.row(i)), 1, 8 * epsilon<T>());
        // The direction is kept.
        EXPECT_NEAR(std::abs(rows.row(3).normalized().dot(X.row(3).normalized())), 1, 8 * epsilon<T>());
        const Eigen::MatrixX<T> columns = normalise_columns(X, {.norm = norm});
        for (int j = 0; j < 5; ++j) EXPECT_NEAR(length(columns.col(j)), 1, 8 * epsilon<T>());
    }
}

TEST(NormaliseZero, IsRefusedByNameOrKept) {
    Eigen::MatrixXd X = random_points<double>(4, 3, 2);
    X.row(2).setZero();
    EXPECT_EQ(message_of([&] { (void)normalise_rows(X); }), "normalise_rows: row 2 is zero and has no direction");
    EXPECT_EQ(normalise_rows(X, {.zero_vectors = ZeroVectors::keep}).row(2).norm(), 0);
    X(1, 2) = std::nan("");
    EXPECT_EQ(message_of([&] { (void)normalise_rows(X); }), "normalise_rows: row 1 is not finite at 2");
    EXPECT_EQ(normalise_columns(Eigen::MatrixXd(0, 3), {.zero_vectors = ZeroVectors::keep}).cols(), 3);
}

TYPED_TEST(Normalise, StandardisedFeaturesHaveMeanZeroAndVarianceOne) {
    using T = TypeParam;
    using R = Real<T>;
    Eigen::MatrixX<T> X = random_points<T>(200, 4, 3);
    X.col(1) *= R(1e5), X.col(2).array() += T(100);
    const auto features = standardisation(X, {.ddof = 1});
    const Eigen::MatrixX<T> Z = features.transform(X);
    for (int j = 0; j < 4; ++j) {
        EXPECT_LT(std::abs(Z.col(j).mean()), 100 * epsilon<T>() * 100);
        EXPECT_NEAR(Z.col(j).squaredNorm() / 199, 1, 1e4 * epsilon<T>());
    }
    EXPECT_LT((features.inverse(Z) - X).cwiseAbs().maxCoeff(), 10 * epsilon<T>() * X.cwiseAbs().maxCoeff());
}

TEST(Standardise, NamesAConstantFeatureAndCentresItWhenItIsKept) {
    Eigen::MatrixXd X = random_points<double>(10, 2, 4);
    X.col(1).setConstant(0.1);
    EXPECT_EQ(message_of([&] { (void)standardise(X); }),
              "standardisation: feature 1 is constant and cannot have variance 1");
    EXPECT_EQ(standardise(X, {.constant_features = ConstantFeatures::keep}).col(1).cwiseAbs().maxCoeff(), 0);
    EXPECT_THROW((void)standardise(Eigen::MatrixXd(0, 2)), InvalidArgument);
}

}  // namespace
}  // namespace ritz::ml
