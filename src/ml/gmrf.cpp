// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/gmrf.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>

#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/eigen/onenorm_estimate.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/product.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/solvers/certificate.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/selected_inverse.hpp"

namespace ritz::ml {

namespace {

using ritz::detail::require;
constexpr double u = std::numeric_limits<double>::epsilon() / 2;
constexpr double small_backward_error = 1e-13;

void require_finite(VectorView<double> x, const char* who, const char* name) {
    for (std::size_t i = 0; i < x.size(); ++i)
        require(std::isfinite(x[i]), std::string(who) + ": " + name + "(" + std::to_string(i) + ") is not finite");
}

Eigen::Map<const Eigen::VectorXd> as_eigen(VectorView<double> x) {
    return {x.data(), static_cast<Eigen::Index>(x.size())};
}

/// Applies (S⁻¹ A S⁻¹)⁻¹ = S A⁻¹ S, S = √(diag A).
struct ScaledInverse {
    const Cholesky<double>& factor;
    const Eigen::VectorXd& scale;
    Index rows() const noexcept { return factor.rows(); }
    Index cols() const noexcept { return factor.rows(); }
    void apply(VectorView<double> x, VectorRef<double> y) const {
        const Eigen::VectorXd scaled = as_eigen(x).cwiseProduct(scale);
        Eigen::Map<Eigen::VectorXd> result(y.data(), scaled.size());
        factor.apply(scaled, result);
        result.array() *= scale.array();
    }
    void apply_adjoint(VectorView<double> x, VectorRef<double> y) const { apply(x, y); }
};

double scaled_condition(const Csr<double>& A, const Cholesky<double>& factor) {
    if (A.rows() == 0) return 1;
    const Eigen::VectorXd scale = as_eigen(diagonal(A)).cwiseSqrt(), inverse = scale.cwiseInverse();
    const double norm = norm1(scale_rows_and_columns<Order::row, double>(inverse, A, inverse));
    const ScaledInverse operation{factor, scale};
    const double condition = norm * onenormest(LinearOperatorRef<double>(operation)).estimate;
    return std::isfinite(condition) ? std::max(1.0, condition) : std::numeric_limits<double>::infinity();
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2g", value);
    return text;
}

}  // namespace

struct Gmrf::Content {
    Csr<double> Q;
    Eigen::VectorXd mean;
    Cholesky<double> factor;
    double log_determinant;
    double condition_estimate;
};

Gmrf::Gmrf(const CsrView<double>& Q, const Eigen::VectorXd& mean, const FactorOptions& options) {
    require(Q.rows() == Q.cols(), "Gmrf: the precision matrix is " + std::to_string(Q.rows()) + " x " +
                                      std::to_string(Q.cols()) + ", but must be square");
    require(mean.size() == 0 || mean.size() == Q.rows(), "Gmrf: the mean has " + std::to_string(mean.size()) +
                                                             " elements, the precision matrix " +
                                                             std::to_string(Q.rows()) + " rows");
    require_finite(Q.values(), "Gmrf", "a value of the precision matrix");
    require_finite(mean, "Gmrf", "mean");
    Csr<double> copy(Q);
    Cholesky<double> factor(copy, options);
    const double log_determinant = factor.log_determinant().logabsdet;
    const double condition = scaled_condition(copy, factor);
    content_ = std::make_unique<Content>(Content{std::move(copy),
                                                 mean.size() == Q.rows() ? mean : Eigen::VectorXd::Zero(Q.rows()),
                                                 std::move(factor), log_determinant, condition});
}

Gmrf::~Gmrf() = default;
Gmrf::Gmrf(Gmrf&&) noexcept = default;
Gmrf& Gmrf::operator=(Gmrf&&) noexcept = default;

Index Gmrf::size() const noexcept {
    return content_->Q.rows();
}
const Csr<double>& Gmrf::precision() const noexcept {
    return content_->Q;
}
const Eigen::VectorXd& Gmrf::mean() const noexcept {
    return content_->mean;
}
double Gmrf::log_determinant() const noexcept {
    return content_->log_determinant;
}
double Gmrf::condition_estimate() const noexcept {
    return content_->condition_estimate;
}
const FactorStatistics& Gmrf::statistics() const noexcept {
    return content_->factor.statistics();
}
Eigen::VectorXd Gmrf::variances() const {
    return inverse_diagonal(content_->factor);
}
Csr<double> Gmrf::covariances(const CsrView<double>& pattern) const {
    return inverse_entries(content_->factor, pattern);
}

Eigen::MatrixXd Gmrf::sample(Eigen::Index count, std::uint64_t seed) const {
    require(count >= 0, "Gmrf::sample: count must not be negative");
    Random random(seed);
    Eigen::MatrixXd X(size(), count);
    for (Eigen::Index j = 0; j < count; ++j) {
        Eigen::VectorXd x(size());
        for (double& z : x) z = random.normal();
        content_->factor.apply_inverse_root(x, x);  // covariance Q⁻¹
        X.col(j) = content_->mean + x;
    }
    return X;
}

double Gmrf::log_density(VectorView<double> x) const {
    require(x.size() == static_cast<std::size_t>(size()),
            "Gmrf::log_density: x has " + std::to_string(x.size()) + " elements, the field " + std::to_string(size()));
    require_finite(x, "Gmrf::log_density", "x");
    const Eigen::VectorXd centred = as_eigen(x) - content_->mean;
    Eigen::VectorXd product(size());
    content_->Q.apply(centred, product);
    return 0.5 * (content_->log_determinant - size() * std::log(2 * std::numbers::pi) - centred.dot(product));
}

GmrfPosterior gmrf_posterior(const CsrView<double>& Q, const CsrView<double>& A, VectorView<double> y,
                             VectorView<double> sigma, const GmrfOptions& options) {
    const char* who = "gmrf_posterior";
    const Index n = Q.rows(), m = A.rows();
    require(Q.rows() == Q.cols() && A.cols() == n, "gmrf_posterior: Q is " + std::to_string(Q.rows()) + " x " +
                                                       std::to_string(Q.cols()) + ", A " + std::to_string(m) + " x " +
                                                       std::to_string(A.cols()) + ": they must be n x n and m x n");
    require(y.size() == static_cast<std::size_t>(m) && sigma.size() == y.size(),
            "gmrf_posterior: A has " + std::to_string(m) + " rows, y " + std::to_string(y.size()) +
                " elements, sigma " + std::to_string(sigma.size()));
    require(options.prior_mean.size() == 0 || options.prior_mean.size() == n,
            "gmrf_posterior: prior_mean has " + std::to_string(options.prior_mean.size()) + " elements, Q " +
                std::to_string(n) + " rows");
    require(options.max_refinements >= 0, "gmrf_posterior: max_refinements must not be negative");
    require_finite(Q.values(), who, "a value of Q");
    require_finite(A.values(), who, "a value of A");
    require_finite(y, who, "y");
    require_finite(sigma, who, "sigma");
    require_finite(options.prior_mean, who, "prior_mean");
    for (const double s : sigma) require(s > 0, "gmrf_posterior: sigma must be positive");

    // Observations in units of their noise: B = D^½ A, c = D^½ (y − A μ).
    const Eigen::VectorXd weights = as_eigen(sigma).cwiseInverse();
    const Csr<double> B = scale_rows<Order::row, double>(weights, A);
    const Eigen::VectorXd mu = options.prior_mean.size() == n ? options.prior_mean : Eigen::VectorXd::Zero(n);
    Eigen::VectorXd c(m);
    residual<double>(A, mu, y, c);
    c.array() *= weights.array();
    const Csr<double> P = add<Order::row, double>(Q, multiply<Order::row, double>(transpose<Order::row, double>(B), B));
    if (!all_finite(P.values()) || !all_finite(c))
        throw LimitExceeded("gmrf_posterior: Q + A' A / sigma^2 overflows; scale the observations");

    GmrfReport report;
    Gmrf field(P, mu, options.factor);
    const Cholesky<double>& factor = field.content_->factor;
    report.condition_estimate = field.condition_estimate();

    // z = m − μ solves P z = Bᵀ c; its residual Bᵀ (c − B z) − Q z is formed without P.
    Eigen::VectorXd rhs(n), z = Eigen::VectorXd::Zero(n), misfit = c, r(n), Qz = Eigen::VectorXd::Zero(n);
    B.apply_transpose(c, rhs);
    r = rhs;
    const double norm = norm_inf(P);
    double best = std::numeric_limits<double>::infinity();
    for (int step = 0; step <= options.max_refinements; ++step) {
        Eigen::VectorXd correction(n), next_misfit(m), next_Qz(n), next_r(n);
        factor.apply(r, correction);
        const Eigen::VectorXd next = z + correction;
        residual<double>(B, next, c, next_misfit);
        Q.apply(next, next_Qz);
        B.apply_transpose(next_misfit, next_r);
        next_r -= next_Qz;
        const double scale = norm * ritz::norm_inf(next) + ritz::norm_inf(rhs);
        const double error = scale > 0 ? ritz::norm_inf(next_r) / scale : 0;
        if (!(error < best)) break;
        const bool is_enough = error <= 2 * u || error > best / 2;
        best = error;
        z = next;
        misfit = next_misfit;
        Qz = next_Qz;
        r = next_r;
        report.refinements = step;
        if (is_enough) break;
    }
    if (n > 0 && !std::isfinite(best))
        throw LimitExceeded("gmrf_posterior: the posterior mean overflows; scale the observations");
    report.backward_error = n == 0 ? 0 : best;
    field.content_->mean = mu + z;

    // ½ log det Q − ½ log det P − Σ log σ − (m/2) log 2π − ½ (‖c − B z‖² + zᵀ Q z): a sum of squares, no cancellation.
    std::optional<double> likelihood;
    if (options.log_marginal_likelihood) {
        const Gmrf prior(Q, {}, options.factor);
        report.prior_condition_estimate = prior.condition_estimate();
        likelihood = 0.5 * (prior.log_determinant() - field.log_determinant() - misfit.squaredNorm() - z.dot(Qz) -
                            m * std::log(2 * std::numbers::pi)) +
                     weights.array().log().sum();
        if (!std::isfinite(*likelihood)) throw LimitExceeded("gmrf_posterior: the log marginal likelihood overflows");
    }

    constexpr double too_much = 1 / (10 * u);
    if (std::max(report.condition_estimate, report.prior_condition_estimate) > too_much)
        report.status = Status::ill_conditioned;
    else if (report.backward_error > small_backward_error)
        report.status = Status::not_converged;
    report.explanation = "posterior precision of " + std::to_string(n) + " nodes and " + std::to_string(m) +
                         " observations: condition " + number(report.condition_estimate) +
                         ", backward error of the mean " + number(report.backward_error) + " after " +
                         std::to_string(report.refinements) + " refinements";
    if (report.condition_estimate > too_much) report.explanation += "; mean and variances may have no correct digit";
    if (report.prior_condition_estimate > too_much)
        report.explanation += "; the prior precision is singular to working precision (condition " +
                              number(report.prior_condition_estimate) +
                              "): its determinant and the likelihood may have no correct digit";
    return {std::move(field), likelihood, std::move(report)};
}

GmrfPosterior gmrf_posterior(const CsrView<double>& Q, const CsrView<double>& A, VectorView<double> y, double sigma,
                             const GmrfOptions& options) {
    const Eigen::VectorXd all = Eigen::VectorXd::Constant(A.rows(), sigma);
    return gmrf_posterior(Q, A, y, VectorView<double>(all), options);
}

}  // namespace ritz::ml
