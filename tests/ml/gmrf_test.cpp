// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/gmrf.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/lu.hpp"
#include "ritz/linalg/solve.hpp"

namespace {

using namespace ritz;
using namespace ritz::ml;

/// Smooth field on a grid: κ² I + Laplacian.
Csr<double> precision(Index nx, Index ny) {
    return poisson2d(nx, ny) + 0.5 * identity<double>(nx * ny);
}

/// m observations, each an average of two nodes.
Csr<double> observations(Index m, Index n, std::uint64_t seed) {
    Random random(seed);
    Coo<double> A(m, n);
    for (Index i = 0; i < m; ++i) {
        A.add(i, static_cast<Index>(random.below(static_cast<std::uint64_t>(n))), 0.75);
        A.add(i, static_cast<Index>(random.below(static_cast<std::uint64_t>(n))), 0.25);
    }
    return to_csr(A);
}

Eigen::VectorXd random_numbers(Index n, std::uint64_t seed) {
    Random random(seed);
    Eigen::VectorXd x(n);
    for (double& value : x) value = random.normal();
    return x;
}

double log_normal_density(const Eigen::VectorXd& x, const Eigen::MatrixXd& covariance) {
    return -0.5 * x.dot(linalg::solve(covariance, x)) - 0.5 * linalg::slogdet(covariance).logabsdet -
           0.5 * static_cast<double>(x.size()) * std::log(2 * std::numbers::pi);
}

TEST(Gmrf, OfOneNodeIsTheFormulaOnPaper) {
    Coo<double> Q(1, 1), A(1, 1);
    Q.add(0, 0, 4);
    A.add(0, 0, 1);
    const Eigen::VectorXd y = Eigen::VectorXd::Constant(1, 3);
    const GmrfPosterior p = gmrf_posterior(to_csr(Q), to_csr(A), y, 0.5);  // prior variance 1/4, noise variance 1/4
    EXPECT_NEAR(p.field.mean()[0], 1.5, 1e-15);
    EXPECT_NEAR(p.field.variances()[0], 0.125, 1e-16);
    EXPECT_NEAR(*p.log_marginal_likelihood, -9.0 - 0.5 * std::log(0.5) - 0.5 * std::log(2 * std::numbers::pi), 1e-14);
    EXPECT_EQ(p.report.status, Status::solved);
}

TEST(Gmrf, PosteriorIsThatOfTheDenseFormulasAndOfAGaussianProcessWithTheInverseAsCovariance) {
    const Csr<double> Q = precision(6, 5);
    const Index n = Q.rows();
    for (const Index m : {1, 7, 50}) {
        const Csr<double> A = observations(m, n, 1);
        const Eigen::VectorXd y = random_numbers(m, 2), mu = random_numbers(n, 3);
        Eigen::VectorXd sigma = random_numbers(m, 4).cwiseAbs();
        sigma.array() += 0.1;
        const GmrfPosterior p = gmrf_posterior(Q, A, y, VectorView<double>(sigma), {.prior_mean = mu});

        const Eigen::MatrixXd D = sigma.array().square().matrix().asDiagonal(), a = to_dense(A);
        const Eigen::MatrixXd K = linalg::inv(to_dense(Q)), S = D + a * K * a.transpose();
        const Eigen::VectorXd mean = mu + K * a.transpose() * linalg::solve(S, Eigen::VectorXd(y - a * mu));
        const Eigen::MatrixXd covariance = K - K * a.transpose() * linalg::solve(S, Eigen::MatrixXd(a * K));
        EXPECT_LE((p.field.mean() - mean).norm(), 1e-12 * mean.norm());
        EXPECT_LE((p.field.variances() - covariance.diagonal()).norm(), 1e-12 * covariance.diagonal().norm());
        const double likelihood = log_normal_density(y - a * mu, S);
        EXPECT_NEAR(*p.log_marginal_likelihood, likelihood, 1e-11 * std::abs(likelihood));
        EXPECT_EQ(p.report.status, Status::solved) << p.report.explanation;
        EXPECT_LE(p.report.backward_error, 1e-15);
        const Eigen::MatrixXd some = to_dense(p.field.covariances(Q));
        for (Index i = 0; i < n; ++i)
            for (Index j = 0; j < n; ++j) EXPECT_NEAR(some(i, j), Q.at(i, j) != 0 ? covariance(i, j) : 0, 1e-13);
    }
}

TEST(Gmrf, LogDensityAndDeterminantAreThoseOfTheDenseMatrix) {
    const Csr<double> Q = precision(4, 5);
    const Eigen::VectorXd mu = random_numbers(20, 5), x = random_numbers(20, 6);
    const Gmrf field(Q, mu);
    EXPECT_NEAR(field.log_determinant(), linalg::slogdet(to_dense(Q)).logabsdet, 1e-12);
    const double density = log_normal_density(x - mu, linalg::inv(to_dense(Q)));
    EXPECT_NEAR(field.log_density(x), density, 1e-12 * std::abs(density));
}

TEST(Gmrf, SamplesHaveTheCovarianceOfTheInverse) {
    const Csr<double> Q = precision(3, 3);
    const Eigen::VectorXd mu = random_numbers(9, 7);
    const Gmrf field(Q, mu);
    const Index count = 40000;
    const Eigen::MatrixXd X = field.sample(count, 8);
    const Eigen::MatrixXd centred = X.colwise() - mu, K = linalg::inv(to_dense(Q));
    const Eigen::MatrixXd covariance = centred * centred.transpose() / double(count);
    EXPECT_LE((covariance - K).cwiseAbs().maxCoeff(), 5 * K.diagonal().maxCoeff() * std::sqrt(2.0 / double(count)));
    EXPECT_LE((X.rowwise().mean() - mu).cwiseAbs().maxCoeff(), 5 * std::sqrt(K.diagonal().maxCoeff() / double(count)));
    EXPECT_EQ(field.sample(2, 9), field.sample(2, 9));
    EXPECT_NE(field.sample(2, 9), field.sample(2, 10));
}

TEST(Gmrf, SamplesAreTheSameWithAnyNumberOfThreads) {
    const Gmrf field(precision(60, 60));
    const Eigen::MatrixXd X = field.sample(2, 1);
    const ThreadLimit one(1);
    EXPECT_EQ(field.sample(2, 1), X);
}

TEST(Gmrf, ManyExactObservationsFixTheField) {
    const Csr<double> Q = precision(20, 20);
    const Eigen::VectorXd x = random_numbers(400, 11);
    const GmrfPosterior p = gmrf_posterior(Q, identity<double>(400), x, 1e-6);
    EXPECT_LE((p.field.mean() - x).cwiseAbs().maxCoeff(), 1e-10);
    EXPECT_LE(p.field.variances().maxCoeff(), 1e-12);
    EXPECT_EQ(p.report.status, Status::solved) << p.report.explanation;
}

TEST(Gmrf, WithoutObservationsItIsThePrior) {
    const Csr<double> Q = precision(4, 4);
    const Eigen::VectorXd mu = random_numbers(16, 12);
    const GmrfPosterior p = gmrf_posterior(Q, to_csr(Coo<double>(0, 16)), Eigen::VectorXd(0), 1, {.prior_mean = mu});
    EXPECT_EQ(p.field.mean(), mu);
    EXPECT_NEAR(*p.log_marginal_likelihood, 0, 1e-13);
    EXPECT_EQ(p.field.variances(), Gmrf(Q).variances());
    const GmrfPosterior empty =
        gmrf_posterior(to_csr(Coo<double>(0, 0)), to_csr(Coo<double>(0, 0)), Eigen::VectorXd(0), 1);
    EXPECT_EQ(empty.field.mean().size(), 0);
    EXPECT_EQ(empty.field.variances().size(), 0);
    EXPECT_EQ(empty.field.sample(3, 1).cols(), 3);
}

TEST(Gmrf, AnImproperPriorHasAPosteriorButNoLikelihood) {
    // A random walk of unknown level: Q 1 = 0 exactly. One observation fixes the level.
    const Csr<double> Q = path_laplacian(10);
    Coo<double> A(1, 10);
    A.add(0, 4, 1);
    const Eigen::VectorXd y = Eigen::VectorXd::Constant(1, 2.5);
    const GmrfPosterior p = gmrf_posterior(Q, to_csr(A), y, 0.1, {.log_marginal_likelihood = false});
    EXPECT_FALSE(p.log_marginal_likelihood.has_value());
    EXPECT_LE((p.field.mean().array() - 2.5).abs().maxCoeff(), 1e-12);
    for (Index i = 0; i < 10; ++i) EXPECT_NEAR(p.field.variances()[i], 0.01 + std::abs(i - 4), 1e-12);
    // With the likelihood: either the factorisation of Q fails or the report says that its determinant is nothing.
    try {
        const GmrfPosterior improper = gmrf_posterior(Q, to_csr(A), y, 0.1);
        EXPECT_EQ(improper.report.status, Status::ill_conditioned);
        EXPECT_NE(improper.report.explanation.find("prior precision is singular"), std::string::npos);
    } catch (const NotPositiveDefinite&) {
    }
    EXPECT_THROW(
        (void)gmrf_posterior(Q, to_csr(Coo<double>(0, 10)), Eigen::VectorXd(0), 1, {.log_marginal_likelihood = false}),
        NotPositiveDefinite);
}

TEST(Gmrf, BadConditionIsReportedAndBadScalingIsNot) {
    // Two nodes that are almost one: their difference is known to 2⁻⁵³.
    Coo<double> Q(2, 2);
    Q.add(0, 0, 1);
    Q.add(1, 1, 1 + 4 * std::numeric_limits<double>::epsilon());
    Q.add(0, 1, -1);
    Q.add(1, 0, -1);
    EXPECT_GT(Gmrf(to_csr(Q)).condition_estimate(), 1e15);
    const GmrfPosterior p =
        gmrf_posterior(to_csr(Q), to_csr(Coo<double>(0, 2)), Eigen::VectorXd(0), 1, {.log_marginal_likelihood = false});
    EXPECT_EQ(p.report.status, Status::ill_conditioned);

    Coo<double> scaled(3, 3);
    for (const Index i : {0, 1, 2}) scaled.add(i, i, std::ldexp(1.0, 60 * i - 60));
    EXPECT_EQ(Gmrf(to_csr(scaled)).condition_estimate(), 1);
    EXPECT_EQ(Gmrf(to_csr(scaled)).variances(), Eigen::Vector3d(0x1p60, 1, 0x1p-60));
}

TEST(Gmrf, MeanOfAStiffSystemIsRefined) {
    const Csr<double> Q = 1e-6 * anisotropic_diffusion2d(30, 30, 1e-4, 0.4) + 1e-9 * identity<double>(900);
    const Csr<double> A = observations(200, 900, 13);
    const GmrfPosterior p = gmrf_posterior(Q, A, random_numbers(200, 14), 1e-3);
    EXPECT_LE(p.report.backward_error, 1e-15) << p.report.explanation;
    EXPECT_EQ(p.report.status, Status::solved);
}

TEST(Gmrf, RefusesWhatHasNoMeaning) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Csr<double> Q = precision(2, 2), A = identity<double>(4);
    const Eigen::VectorXd y = Eigen::VectorXd::Ones(4);
    EXPECT_THROW((void)gmrf_posterior(Q, A, Eigen::VectorXd(Eigen::VectorXd::Ones(3)), 1), InvalidArgument);
    EXPECT_THROW((void)gmrf_posterior(Q, identity<double>(3), y, 1), InvalidArgument);
    EXPECT_THROW((void)gmrf_posterior(Q, A, Eigen::VectorXd(Eigen::VectorXd::Constant(4, nan)), 1), InvalidArgument);
    EXPECT_THROW((void)gmrf_posterior(Q, A, y, 0), InvalidArgument);
    EXPECT_THROW((void)gmrf_posterior(Q, A, y, nan), InvalidArgument);
    EXPECT_THROW((void)gmrf_posterior(Q, nan * A, y, 1), InvalidArgument);
    EXPECT_THROW((void)gmrf_posterior(Q, A, y, 1e-200), LimitExceeded);
    EXPECT_THROW(Gmrf(-1 * Q), NotPositiveDefinite);
    EXPECT_THROW(Gmrf(nan * Q), InvalidArgument);
    EXPECT_THROW(Gmrf(Q, Eigen::VectorXd::Ones(3)), InvalidArgument);
    EXPECT_THROW((void)Gmrf(Q).log_density(Eigen::VectorXd(Eigen::VectorXd::Ones(3))), InvalidArgument);
    EXPECT_THROW((void)Gmrf(Q).sample(-1, 1), InvalidArgument);
}

}  // namespace
