// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/pca.hpp"

#include <gtest/gtest.h>

#include "ml/points.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/ml/covariance.hpp"

namespace ritz::ml {
namespace {

template <class R>
class PcaOf : public testing::Test {};
TYPED_TEST_SUITE(PcaOf, RealScalars);

TYPED_TEST(PcaOf, ComponentsDiagonaliseTheCovariance) {
    using R = TypeParam;
    for (const auto& [n, d] : {std::pair{2, 1}, {40, 6}, {5, 9}, {3, 0}}) {
        const Eigen::MatrixX<R> X = random_points<R>(n, d, 1).array() + R(5);
        const auto p = pca(X);
        const Eigen::MatrixX<R> C = covariance(X);
        const Eigen::MatrixX<R> D = p.components * C * p.components.transpose();
        const double tolerance = 500 * epsilon<R>();
        EXPECT_LT((D - Eigen::MatrixX<R>(p.explained_variance.asDiagonal())).norm(), tolerance * (1 + C.norm()));
        if (d > 0) {
            EXPECT_NEAR(p.explained_variance_ratio.sum(), 1, tolerance);
        }
        for (int k = 0; k < p.components.rows(); ++k)
            EXPECT_EQ(p.components.row(k).maxCoeff(), p.components.row(k).cwiseAbs().maxCoeff());
        if (n > d) {
            EXPECT_LT((p.inverse(p.transform(X)) - X).norm(), tolerance * (1 + X.norm()));
        }
    }
}

TYPED_TEST(PcaOf, RankOneDataLieOnALineAndWhitenedScoresHaveVarianceOne) {
    using R = TypeParam;
    Eigen::MatrixX<R> X(4, 2);
    X << 3, 4, -3, -4, 6, 8, -6, -8;
    const auto p = pca(X, {.whiten = true});
    EXPECT_EQ(p.rank, 1);
    EXPECT_NEAR(p.components(0, 0), 0.6, 4 * epsilon<R>());
    EXPECT_NEAR(p.components(0, 1), 0.8, 4 * epsilon<R>());
    EXPECT_NEAR(p.explained_variance[0], 250.0 / 3, 1e3 * epsilon<R>());
    const Eigen::MatrixX<R> scores = p.transform(X);
    EXPECT_NEAR(covariance(scores)(0, 0), 1, 20 * epsilon<R>());
    EXPECT_EQ(scores.col(1).norm(), 0);
    EXPECT_LT((p.inverse(scores) - X).norm(), 50 * epsilon<R>() * X.norm());
}

TYPED_TEST(PcaOf, RandomizedIsWithinTheErrorItStates) {
    using R = TypeParam;
    const Eigen::MatrixX<R> X =
        random_points<R>(200, 4, 2) * random_points<R>(4, 50, 3) + R(0.01) * random_points<R>(200, 50, 4);
    const auto full = pca(X, {.components = 4}), fast = pca(X, {.components = 4, .method = PcaMethod::randomized});
    EXPECT_LT((full.singular_values - fast.singular_values).norm(), 1e-3 * full.singular_values[0]);
    EXPECT_LT((full.components - fast.components).norm(), 1e-2);
    const Eigen::MatrixX<R> rest = X - fast.inverse(fast.transform(X));
    EXPECT_GT(fast.error_bound, 0);
    EXPECT_LE(double(rest.norm()) / std::sqrt(50.0), fast.error_bound);  // ‖·‖₂ ≥ ‖·‖_F/√50
    EXPECT_LT(full.explained_variance_ratio.sum(), 1);
    EXPECT_NEAR(full.explained_variance_ratio.sum(), fast.explained_variance_ratio.sum(), 1e-4);
}

TYPED_TEST(PcaOf, SparseDataAreCentredWithoutBecomingDense) {
    using R = TypeParam;
    Eigen::MatrixX<R> X = random_points<R>(400, 30, 5);
    X = (X.array() > R(1)).select(X, Eigen::MatrixX<R>::Zero(400, 30)).eval();
    X.col(3) *= 5, X.col(7) *= 3;
    const Csr<R> S = from_dense(X);
    for (const bool centre : {true, false}) {
        const auto sparse = pca(CsrView<R>(S), 2, {.centre = centre});
        const auto dense = pca(X, {.components = 2, .centre = centre});
        const double tolerance = std::is_same_v<R, float> ? 1e-4 : 1e-9;
        ASSERT_TRUE(sparse.report.has_value());
        EXPECT_TRUE(has_answer(sparse.report->status));
        EXPECT_LT((sparse.components - dense.components).norm(), tolerance);
        EXPECT_LT((sparse.explained_variance - dense.explained_variance).norm(), tolerance);
        EXPECT_LT((sparse.explained_variance_ratio - dense.explained_variance_ratio).norm(), tolerance);
        EXPECT_LT((sparse.transform(X) - dense.transform(X)).norm(), tolerance * X.norm());
    }
}

TEST(PcaFarFromTheOrigin, FindsTheSameComponents) {
    Eigen::MatrixXd X = random_points<double>(50, 3, 6);
    X.col(1) *= 3, X.col(2) *= 9;
    const Eigen::MatrixXd far = X.array() + 1e8;
    EXPECT_LT((pca(X).components - pca(far).components).norm(), 1e-7);  // far was rounded to 1e-8
}

TEST(PcaOfWrongInput, NamesWhatIsWrong) {
    Eigen::MatrixXd X = random_points<double>(4, 3, 7);
    EXPECT_EQ(message_of([&] { (void)pca(X, {.components = 4}); }),
              "pca: 4 components of a 4 x 3 matrix; there are min(n, d)");
    EXPECT_THROW((void)pca(X.topRows(1)), InvalidArgument);
    EXPECT_EQ(pca(Eigen::MatrixXd::Ones(5, 2)).rank, 0);
    X(1, 2) = std::numeric_limits<double>::infinity();
    EXPECT_EQ(message_of([&] { (void)pca(X); }), "pca: X(1, 2) is infinite");
}

}  // namespace
}  // namespace ritz::ml
