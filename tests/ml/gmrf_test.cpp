// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/gmrf.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "ml/points.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/lu.hpp"

namespace ritz::ml {
namespace {

struct Field {
    Csr<double> Q = poisson2d(5, 6);
    Csr<double> A = observed();
    Eigen::VectorXd y = random_points<double>(12, 1, 1).col(0);
    double sigma = 0.3;

    static Csr<double> observed() {
        Coo<double> builder(12, 30);
        for (Index i = 0; i < 12; ++i) {
            builder.add(i, 2 * i, 1.0);
            builder.add(i, 2 * i + 1, 0.5);
        }
        return to_csr(builder);
    }
};

TEST(Gmrf, IsTheDenseGaussianConditionedOnTheObservations) {
    const Field f;
    const Eigen::VectorXd mu = random_points<double>(30, 1, 2).col(0);
    const Gmrf field(f.Q, f.A, f.y, f.sigma, {.prior_mean = mu});

    // By covariances: x, y are jointly Gaussian.
    const Eigen::MatrixXd A = to_dense<Order::row, double>(f.A), S = linalg::inv(to_dense<Order::row, double>(f.Q));
    const Eigen::MatrixXd C = A * S * A.transpose() + 0.09 * Eigen::MatrixXd::Identity(12, 12);
    const Eigen::MatrixXd gain = S * A.transpose() * linalg::inv(C);
    const Eigen::VectorXd surprise = f.y - A * mu;
    EXPECT_LT((field.mean() - mu - gain * surprise).norm(), 1e-13 * 30);
    EXPECT_LT((field.marginal_variances() - (S - gain * A * S).diagonal()).norm(), 1e-13);
    EXPECT_NEAR(field.log_marginal_likelihood(),
                -0.5 * surprise.dot(linalg::inv(C) * surprise) - 0.5 * linalg::slogdet(C).logabsdet -
                    6 * std::log(2 * std::numbers::pi),
                1e-11);
    EXPECT_LT(field.relative_residual(), 1e-14);
}

TEST(Gmrf, SamplesHaveThePosteriorsMeanAndVariances) {
    const Field f;
    const Gmrf field(f.Q, f.A, f.y, f.sigma);
    constexpr int count = 4000;
    const Eigen::MatrixXd X = field.sample(count, 3);
    const Eigen::VectorXd mean = X.rowwise().mean();
    const Eigen::VectorXd variance = (X.colwise() - mean).cwiseAbs2().rowwise().mean();
    EXPECT_LT((mean - field.mean()).cwiseAbs().maxCoeff(), 0.06);
    EXPECT_LT((variance.array() / field.marginal_variances().array() - 1).abs().maxCoeff(), 0.12);
}

TEST(Gmrf, WithoutObservationsIsThePrior) {
    const Field f;
    const Gmrf field(f.Q, to_csr(Coo<double>(0, 30)), Eigen::VectorXd(0), 1);
    EXPECT_EQ(field.mean().norm(), 0);
    EXPECT_NEAR(field.log_marginal_likelihood(), 0, 1e-12);
    EXPECT_LT((field.marginal_variances() - linalg::inv(to_dense<Order::row, double>(f.Q)).diagonal()).norm(), 1e-13);
}

TEST(Gmrf, ManyUnknownsAreAMatterOfTheFactor) {
    const Csr<double> Q = poisson2d(100, 100);
    Coo<double> builder(50, 10000);
    for (Index i = 0; i < 50; ++i) builder.add(i, 200 * i + 37, 1.0);
    const Gmrf field(Q, to_csr(builder), Eigen::VectorXd::Ones(50).eval(), 0.1);
    EXPECT_LT(field.relative_residual(), 1e-12);
    const Eigen::VectorXd v = field.marginal_variances();
    EXPECT_GT(v.minCoeff(), 0);
    EXPECT_LT(v[37], 0.01);  // an observation leaves at most its noise
}

TEST(GmrfOfWrongInput, NamesWhatIsWrong) {
    const Field f;
    EXPECT_THROW(Gmrf(f.Q, f.A, Eigen::VectorXd(3), 1), InvalidArgument);
    EXPECT_EQ(message_of([&] { Gmrf(f.Q, f.A, f.y, 0); }), "Gmrf: sigma must be positive and finite");
    Eigen::VectorXd y = f.y;
    y[4] = std::nan("");
    EXPECT_EQ(message_of([&] { Gmrf(f.Q, f.A, y, 1); }), "Gmrf: y(4) is nan");
    EXPECT_THROW(Gmrf(path_laplacian(30), f.A, f.y, 1), NotPositiveDefinite);  // an improper prior
}

}  // namespace
}  // namespace ritz::ml
