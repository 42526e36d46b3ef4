// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/ridge.hpp"

#include <gtest/gtest.h>

#include "ml/points.hpp"
#include "ritz/formats/dense.hpp"

namespace ritz::ml {
namespace {

template <class R>
class Ridge : public testing::Test {};
TYPED_TEST_SUITE(Ridge, RealScalars);

/// ‖gradient‖ of ½‖y − Xw − c‖² + ½α‖w‖² by w and by c.
template <class R>
double gradient(const Eigen::MatrixX<R>& X, const Eigen::VectorX<R>& y, double alpha, const Eigen::VectorX<R>& w, R c,
                bool intercept) {
    const Eigen::VectorX<R> r = y - X * w - Eigen::VectorX<R>::Constant(y.size(), c);
    return (X.transpose() * r - R(alpha) * w).norm() + (intercept ? std::abs(r.sum()) : R(0));
}

TYPED_TEST(Ridge, TheGradientVanishesAndAllMethodsAgree) {
    using R = TypeParam;
    for (const auto& [n, d] : {std::pair{1, 1}, {30, 5}, {5, 30}, {12, 12}, {6, 0}})
        for (const bool intercept : {true, false}) {
            const Eigen::MatrixX<R> X = random_points<R>(n, d, 1);
            const Eigen::VectorX<R> y = random_points<R>(n, 1, 2).col(0);
            const auto primal = ridge(X, y, 0.7, {intercept, RidgeMethod::primal});
            const auto dual = ridge(X, y, 0.7, {intercept, RidgeMethod::dual});
            const auto augmented = ridge(X, y, 0.7, {intercept, RidgeMethod::augmented});
            const auto chosen = ridge(X, y, 0.7, {.intercept = intercept});
            const double tolerance = 400 * epsilon<R>();
            EXPECT_LT((primal.coefficients - dual.coefficients).norm(), tolerance);
            EXPECT_LT((primal.coefficients - augmented.coefficients).norm(), tolerance);
            EXPECT_EQ(chosen.report.method, d <= n ? RidgeMethod::primal : RidgeMethod::dual);
            EXPECT_LT(gradient<R>(X, y, 0.7, chosen.coefficients, chosen.intercept, intercept), 10 * tolerance);
            EXPECT_LT(chosen.report.optimality, tolerance);
            EXPECT_EQ(chosen.report.status, Status::solved);
        }
}

TYPED_TEST(Ridge, AlphaZeroIsLeastSquares) {
    using R = TypeParam;
    const Eigen::MatrixX<R> X = random_points<R>(20, 3, 3);
    const Eigen::Vector3<R> w(1, -2, 3);
    const Eigen::VectorX<R> y = (X * w).array() + R(4);
    const auto fit = ridge(X, y, 0);
    EXPECT_EQ(fit.report.method, RidgeMethod::least_squares);
    EXPECT_LT((fit.coefficients - w).norm(), 100 * epsilon<R>());
    EXPECT_NEAR(fit.intercept, 4, 100 * epsilon<R>());
    Eigen::MatrixX<R> twice(20, 2);
    twice << X.col(0), X.col(0);
    const auto deficient = ridge(twice, y, 0);
    EXPECT_EQ(deficient.report.rank, 1);
    EXPECT_NEAR(deficient.coefficients[0], deficient.coefficients[1], 100 * epsilon<R>());  // of least norm
}

TEST(RidgeOfIllConditionedData, IsNotSolvedByNormalEquations) {
    Eigen::MatrixXd X = random_points<double>(20, 3, 4);
    X.col(2) = X.col(1) + 1e-7 * X.col(2);  // squared: 1e-14
    const Eigen::VectorXd y = X * Eigen::Vector3d(1, 2, 3);
    const auto fit = ridge(X, y, 1e-22, {.intercept = false});
    EXPECT_EQ(fit.report.method, RidgeMethod::augmented);
    EXPECT_NE(fit.report.explanation.find("ill-conditioned"), std::string::npos);
    EXPECT_LT((fit.coefficients - Eigen::Vector3d(1, 2, 3)).norm(), 1e-4);  // alpha over the smallest singular value²
}

TEST(RidgeFarFromTheOrigin, TheInterceptTakesIt) {
    const Eigen::MatrixXd X = random_points<double>(30, 3, 5);
    const Eigen::VectorXd y = random_points<double>(30, 1, 6).col(0);
    const auto near = ridge(X, y, 0.5), far = ridge(Eigen::MatrixXd(X.array() + 1e8), y, 0.5);
    EXPECT_LT((near.coefficients - far.coefficients).norm(), 1e-6);  // the points were rounded to 1e-8
}

TYPED_TEST(Ridge, ThePathIsRidgeForEachAlphaAndLeavesEachOneOut) {
    using R = TypeParam;
    for (const bool intercept : {true, false})
        for (const auto& [n, d] : {std::pair{15, 4}, {6, 10}}) {
            const Eigen::MatrixX<R> X = random_points<R>(n, d, 7);
            const Eigen::VectorX<R> y = random_points<R>(n, 1, 8).col(0);
            const Eigen::VectorXd alphas = Eigen::Vector3d(0.1, 1, 10);
            const auto path = ridge_path(X, y, alphas, intercept);
            for (int k = 0; k < 3; ++k) {
                const auto fit = ridge(X, y, alphas[k], {.intercept = intercept});
                EXPECT_LT((path.coefficients.col(k) - fit.coefficients).norm(), 500 * epsilon<R>());
                EXPECT_NEAR(path.intercepts[k], fit.intercept, 500 * epsilon<R>());
                double sum = 0;
                for (int i = 0; i < n; ++i) {  // brute force
                    Eigen::MatrixX<R> others(n - 1, d);
                    Eigen::VectorX<R> y_others(n - 1);
                    others << X.topRows(i), X.bottomRows(n - 1 - i);
                    y_others << y.head(i), y.tail(n - 1 - i);
                    const auto without = ridge(others, y_others, alphas[k], {.intercept = intercept});
                    const double error = y[i] - X.row(i).dot(without.coefficients) - without.intercept;
                    sum += error * error / n;
                }
                EXPECT_NEAR(path.leave_one_out[k], sum, 5000 * epsilon<R>() * sum);
            }
            EXPECT_EQ(path.leave_one_out[path.best], path.leave_one_out.minCoeff());
        }
}

TYPED_TEST(Ridge, SparseDataGiveWhatDenseDataGive) {
    using R = TypeParam;
    Eigen::MatrixX<R> X = random_points<R>(40, 10, 9);
    X = (X.array() > R(0.8)).select(X, Eigen::MatrixX<R>::Zero(40, 10)).eval();
    const Eigen::VectorX<R> y = random_points<R>(40, 1, 10).col(0);
    const Csr<R> S = from_dense(X);
    for (const bool intercept : {true, false}) {
        const auto sparse = ridge(CsrView<R>(S), y, 0.3, {.intercept = intercept});
        const auto dense = ridge(X, y, 0.3, {.intercept = intercept});
        EXPECT_EQ(sparse.report.status, Status::converged) << sparse.report.explanation;
        EXPECT_LT((sparse.coefficients - dense.coefficients).norm(), (std::is_same_v<R, float> ? 1e-4 : 1e-10));
        EXPECT_NEAR(sparse.intercept, dense.intercept, (std::is_same_v<R, float> ? 1e-4 : 1e-10));
    }
}

TEST(RidgeOfWrongInput, NamesWhatIsWrong) {
    const Eigen::MatrixXd X = random_points<double>(4, 2, 11);
    EXPECT_EQ(message_of([&] { (void)ridge(X, Eigen::Vector3d(1, 2, 3), 1); }),
              "ridge: X is 4 x 2, but y is 3 x 1: y needs one element for each row");
    EXPECT_EQ(message_of([&] { (void)ridge(X, Eigen::Vector4d(1, 2, 3, 4), -1); }),
              "ridge: alpha must be finite and not negative");
    EXPECT_EQ(message_of([&] { (void)ridge(X, Eigen::Vector4d(1, 2, std::nan(""), 4), 1); }), "ridge: y(2) is nan");
}

}  // namespace
}  // namespace ritz::ml
