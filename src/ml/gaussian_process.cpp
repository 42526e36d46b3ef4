// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/gaussian_process.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <optional>

#include "ml/bounded_lbfgs.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/gradients/gaussian_process.hpp"
#include "ritz/linalg/cholesky.hpp"
#include "ritz/linalg/eigh.hpp"

namespace ritz::ml {

namespace {

using ritz::detail::require;
constexpr double u = std::numeric_limits<double>::epsilon() / 2;

/// K + noise + jitter = L Lᵀ and α = K⁻¹ y.
struct Fit {
    Eigen::MatrixXd K;
    linalg::CholeskyFactor<double> factor;
    Eigen::VectorXd alpha, residual;
    double jitter = 0;
    int attempts = 0;
    double log_likelihood = 0;
    double backward_error = 0;
};

std::optional<linalg::CholeskyFactor<double>> try_factor(const Eigen::MatrixXd& K) {
    try {
        return linalg::cho_factor(K,
                                  {.check_hermitian = false, .on_ill_conditioned = linalg::OnIllConditioned::accept});
    } catch (const NotPositiveDefinite&) {
        return {};
    }
}

Eigen::MatrixXd covariance_matrix(const CovarianceFunction& k, linalg::Matrix<double> X,
                                  const GaussianProcessOptions& options) {
    Eigen::MatrixXd K = k.matrix(X);
    if (options.noise_variance.size() > 0) K.diagonal() += options.noise_variance;
    return K;
}

void check(linalg::Matrix<double> X, linalg::Vector<double> y, const GaussianProcessOptions& options,
           const std::string& who) {
    linalg::detail::require_same_rows(X.rows(), X.cols(), y.size(), 1, who.c_str());
    linalg::detail::require_finite<double>(X, who.c_str(), "X");
    linalg::detail::require_finite<double>(y, who.c_str(), "y");
    const JitterPolicy& jitter = options.jitter;
    require(jitter.attempts >= 0, who + ": jitter.attempts must not be negative");
    require(jitter.attempts == 0 || (jitter.initial > 0 && std::isfinite(jitter.initial)),
            who + ": jitter.initial must be positive and finite");
    require(jitter.attempts <= 1 || (jitter.factor > 1 && std::isfinite(jitter.factor)),
            who + ": jitter.factor must be above 1 and finite");
    require(options.noise_variance.size() == 0 || options.noise_variance.size() == y.size(),
            who + ": noise_variance must have one number for each of the " + std::to_string(y.size()) +
                " observations, not " + std::to_string(options.noise_variance.size()));
    for (const double variance : options.noise_variance)
        require(variance >= 0 && std::isfinite(variance), who + ": noise_variance must be finite and not negative");
    require(options.restarts >= 0 && options.max_iterations >= 0,
            who + ": restarts and max_iterations must not be negative");
}

double norm_inf(const Eigen::VectorXd& x) {
    return x.size() == 0 ? 0 : x.cwiseAbs().maxCoeff();
}

/// α and what goes with it. \throws LimitExceeded
Fit complete(Eigen::MatrixXd K, linalg::CholeskyFactor<double> factor, linalg::Vector<double> y) {
    Fit fit{std::move(K), std::move(factor), {}, {}, 0, 0, 0, 0};
    fit.alpha = linalg::cho_solve(fit.factor, y);
    fit.residual = y - fit.K * fit.alpha;
    const Eigen::VectorXd refined = fit.alpha + linalg::cho_solve(fit.factor, fit.residual);
    const Eigen::VectorXd residual = y - fit.K * refined;
    if (norm_inf(residual) < norm_inf(fit.residual)) {
        fit.alpha = refined;
        fit.residual = residual;
    }
    const double norm = fit.K.rows() == 0 ? 0 : fit.K.cwiseAbs().rowwise().sum().maxCoeff();
    const double scale = norm * norm_inf(fit.alpha) + norm_inf(y);
    fit.backward_error = scale > 0 ? norm_inf(fit.residual) / scale : 0;

    double half_logdet = 0;
    const Eigen::MatrixXd L = fit.factor.matrix_l();
    for (Eigen::Index i = 0; i < L.rows(); ++i) half_logdet += std::log(L(i, i));
    fit.log_likelihood =
        -0.5 * y.dot(fit.alpha) - half_logdet - 0.5 * static_cast<double>(y.size()) * std::log(2 * std::numbers::pi);
    if (!std::isfinite(fit.log_likelihood))
        throw LimitExceeded("gaussian_process: the log-likelihood overflows; scale y or the covariance function");
    return fit;
}

/// The fit with as little jitter as the policy allows.
Fit fit_with_jitter(const CovarianceFunction& k, linalg::Matrix<double> X, linalg::Vector<double> y,
                    const GaussianProcessOptions& options) {
    const Eigen::MatrixXd K = covariance_matrix(k, X, options);
    if (auto factor = try_factor(K)) return complete(K, std::move(*factor), y);
    const double size = K.diagonal().mean();
    double jitter = options.jitter.initial * size;
    for (int attempt = 1; attempt <= options.jitter.attempts; ++attempt, jitter *= options.jitter.factor) {
        Eigen::MatrixXd shifted = K;
        shifted.diagonal().array() += jitter;
        auto factor = try_factor(shifted);
        if (!factor) continue;
        Fit fit = complete(std::move(shifted), std::move(*factor), y);
        fit.jitter = jitter;
        fit.attempts = attempt;
        return fit;
    }
    throw NotPositiveDefinite("gaussian_process: the covariance matrix of " + k.description() +
                              " is not positive definite to working precision, and the jitter policy (" +
                              std::to_string(options.jitter.attempts) +
                              " attempts) does not change that: add white noise, or allow more jitter");
}

Eigen::VectorXd likelihood_gradient(const CovarianceFunction& k, linalg::Matrix<double> X, const Fit& fit) {
    const std::vector<Eigen::MatrixXd> derivatives = k.gradient(X);
    const gradients::LogLikelihoodForward<double> forward{fit.log_likelihood, fit.alpha, fit.factor};
    return gradients::gradient<double>(forward, derivatives);
}

/// −log p and its gradient by θ; +∞ where K is not positive definite.
double negative_log_likelihood(const CovarianceFunction& k, linalg::Matrix<double> X, linalg::Vector<double> y,
                               const GaussianProcessOptions& options, const Eigen::VectorXd& theta,
                               Eigen::VectorXd& gradient) {
    constexpr double outside = std::numeric_limits<double>::infinity();
    try {
        const CovarianceFunction candidate = k.with_theta(theta);
        Eigen::MatrixXd K = covariance_matrix(candidate, X, options);
        auto factor = try_factor(K);
        if (!factor) return outside;
        const Fit fit = complete(std::move(K), std::move(*factor), y);
        gradient = -likelihood_gradient(candidate, X, fit);
        return gradient.allFinite() ? -fit.log_likelihood : outside;
    } catch (const LimitExceeded&) {
        return outside;
    }
}

CovarianceFunction optimised(const CovarianceFunction& k, linalg::Matrix<double> X, linalg::Vector<double> y,
                             const GaussianProcessOptions& options, GaussianProcessReport& report) {
    const Eigen::MatrixXd bounds = k.theta_bounds();
    const Eigen::VectorXd lower = bounds.col(0), upper = bounds.col(1);
    Random random(options.seed);
    std::optional<detail::BoundedLbfgsResult> best;
    for (int start = 0; start <= options.restarts; ++start) {
        Eigen::VectorXd theta = k.theta();
        if (start > 0)
            for (Eigen::Index i = 0; i < theta.size(); ++i) theta[i] = random.uniform(lower[i], upper[i]);
        detail::BoundedLbfgsResult end = detail::minimise(
            [&](const Eigen::VectorXd& at, Eigen::VectorXd& gradient) {
                return negative_log_likelihood(k, X, y, options, at, gradient);
            },
            theta, lower, upper, {.max_iterations = options.max_iterations});
        ++report.starts;
        report.evaluations += end.evaluations;
        report.starts_converged += end.converged ? 1 : 0;
        if (!std::isfinite(end.value)) {
            ++report.starts_outside;
            continue;
        }
        if (!best || end.value < best->value) best = std::move(end);
    }
    if (!best) {
        report.status = Status::not_converged;
        return k;
    }
    if (!best->converged) report.status = Status::not_converged;
    for (Eigen::Index i = 0; i < lower.size(); ++i)
        if (lower[i] < upper[i] && (best->x[i] <= lower[i] || best->x[i] >= upper[i])) report.at_bounds.push_back(i);
    return k.with_theta(best->x);
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

void explain(GaussianProcessReport& report, const CovarianceFunction& k, const GaussianProcessOptions& options) {
    std::string& text = report.explanation;
    text = k.description() + ": log marginal likelihood " + number(report.log_marginal_likelihood) + ", rcond " +
           number(report.rcond);
    if (report.jitter > 0)
        text += "; K was not positive definite to working precision: " + number(report.jitter) +
                " was added to its diagonal";
    if (report.status == Status::ill_conditioned)
        text +=
            "; K is so badly conditioned that K^-1 y may have no correct digit: see the error bounds of predictions";
    if (!options.optimise) return;
    text += "; optimised from " + std::to_string(report.starts) + " starts, " +
            std::to_string(report.starts_converged) + " converged";
    if (report.starts_outside > 0)
        text += ", " + std::to_string(report.starts_outside) + " began where K is not positive definite";
    if (report.starts_outside == report.starts) text += "; the parameters are those given";
    for (const Eigen::Index i : report.at_bounds) text += "; parameter " + std::to_string(i) + " is at a bound";
}

/// A matrix S with S Sᵀ = C, of a symmetric positive semidefinite C up to rounding, and the extreme eigenvalues' ratio.
std::pair<Eigen::MatrixXd, double> square_root(const Eigen::MatrixXd& C) {
    const auto [values, vectors] = linalg::eigh(C);
    if (values.size() == 0) return {C, 0};
    const double largest = values.cwiseAbs().maxCoeff();
    return {vectors * values.cwiseMax(0).cwiseSqrt().asDiagonal(), largest > 0 ? values[0] / largest : 0};
}

GaussianProcessSamples draw(const Eigen::VectorXd& mean, const Eigen::MatrixXd& C, Eigen::Index count,
                            std::uint64_t seed) {
    require(count >= 0, "sample: count must not be negative");
    const auto [root, least] = square_root(C);
    Random random(seed);
    Eigen::MatrixXd white(C.rows(), count);
    for (double& z : white.reshaped()) z = random.normal();
    return {(root * white).colwise() + mean, least};
}

}  // namespace

struct GaussianProcess::Content {
    CovarianceFunction k;
    Eigen::MatrixXd X;
    Eigen::VectorXd y;
    double prior_mean = 0;
    Fit fit;
    Eigen::MatrixXd L;
    GaussianProcessReport report;

    Eigen::MatrixXd cross(linalg::Matrix<double> at, const char* who) const {
        linalg::detail::require_finite<double>(at, who, "X");
        require(at.cols() == X.cols(), std::string(who) + ": the points have " + std::to_string(at.cols()) +
                                           " features, those observed " + std::to_string(X.cols()));
        return k.matrix(X, at);
    }
};

GaussianProcess::GaussianProcess(const CovarianceFunction& k, linalg::Matrix<double> X, linalg::Vector<double> y,
                                 const GaussianProcessOptions& options) {
    check(X, y, options, "gaussian_process");
    const double prior_mean = options.subtract_mean && y.size() > 0 ? (y / static_cast<double>(y.size())).sum() : 0;
    Eigen::VectorXd centred = y.array() - prior_mean;
    GaussianProcessReport report;
    CovarianceFunction chosen = options.optimise ? optimised(k, X, centred, options, report) : k;
    Fit fit = fit_with_jitter(chosen, X, centred, options);
    report.rcond = fit.factor.rcond();
    report.jitter = fit.jitter;
    report.jitter_attempts = fit.attempts;
    report.backward_error = fit.backward_error;
    report.log_marginal_likelihood = fit.log_likelihood;
    if (report.rcond < u * static_cast<double>(std::max<Eigen::Index>(10, X.rows())))
        report.status = Status::ill_conditioned;
    explain(report, chosen, options);
    Eigen::MatrixXd L = fit.factor.matrix_l();
    content_ = std::make_unique<Content>(
        Content{std::move(chosen), X, std::move(centred), prior_mean, std::move(fit), std::move(L), std::move(report)});
}

GaussianProcess::~GaussianProcess() = default;
GaussianProcess::GaussianProcess(GaussianProcess&&) noexcept = default;
GaussianProcess& GaussianProcess::operator=(GaussianProcess&&) noexcept = default;

const GaussianProcessReport& GaussianProcess::report() const noexcept {
    return content_->report;
}
const CovarianceFunction& GaussianProcess::covariance_function() const noexcept {
    return content_->k;
}
const Eigen::VectorXd& GaussianProcess::alpha() const noexcept {
    return content_->fit.alpha;
}

Eigen::VectorXd GaussianProcess::mean_at(linalg::Matrix<double> X) const {
    const Content& c = *content_;
    return (c.cross(X, "GaussianProcess::predict_mean").transpose() * c.fit.alpha).array() + c.prior_mean;
}

Prediction GaussianProcess::predict_at(linalg::Matrix<double> X, const PredictionOptions& options) const {
    const Content& c = *content_;
    const Eigen::MatrixXd cross = c.cross(X, "GaussianProcess::predict");
    Prediction result;
    result.mean = (cross.transpose() * c.fit.alpha).array() + c.prior_mean;
    Eigen::MatrixXd V = cross;
    c.L.triangularView<Eigen::Lower>().solveInPlace(V);
    const double prior = c.k.variance_without_noise();
    Eigen::ArrayXd variance = prior - V.colwise().squaredNorm().transpose().array();
    result.clipped = (variance < 0).count();
    if (result.clipped > 0) result.most_negative_variance = variance.minCoeff();
    variance = variance.max(0.0);
    const double noise = c.k.variance() - prior;
    result.deviation = (variance + (options.observation_noise ? noise : 0.0)).sqrt();
    if (!options.error_bounds) return result;

    // With w = K⁻¹ k*: the computed α leaves a residual r, which moves the mean by wᵀ r; the factors are those of a K
    // whose entries moved by (n + 1) u √(K_ii K_jj) at most, which moves the variance by that times ‖w‖₁².
    c.L.transpose().triangularView<Eigen::Upper>().solveInPlace(V);
    const double n = static_cast<double>(c.X.rows());
    const Eigen::VectorXd size = c.fit.K.cwiseAbs() * c.fit.alpha.cwiseAbs() + c.y.cwiseAbs();
    const Eigen::VectorXd unexplained = c.fit.residual.cwiseAbs() + (n + 2) * u * size;
    result.mean_error = V.cwiseAbs().transpose() * unexplained +
                        (n + 2) * u * (cross.cwiseAbs().transpose() * c.fit.alpha.cwiseAbs()) +
                        2 * u * result.mean.cwiseAbs();
    const Eigen::VectorXd root = c.fit.K.diagonal().cwiseSqrt();
    const Eigen::ArrayXd reach = std::sqrt(prior) + (V.cwiseAbs().transpose() * root).array();
    result.variance_error = (n + 2) * u * reach.square();
    return result;
}

JointPrediction GaussianProcess::joint_at(linalg::Matrix<double> X, const PredictionOptions& options) const {
    const Content& c = *content_;
    Eigen::MatrixXd V = c.cross(X, "GaussianProcess::predict_joint");
    JointPrediction result;
    result.mean = (V.transpose() * c.fit.alpha).array() + c.prior_mean;
    c.L.triangularView<Eigen::Lower>().solveInPlace(V);
    Eigen::MatrixXd C = c.k.matrix(X);
    const double noise = c.k.variance() - c.k.variance_without_noise();
    C.diagonal().array() = c.k.variance_without_noise();
    C.selfadjointView<Eigen::Lower>().rankUpdate(V.transpose(), -1.0);  // C ← K** − Vᵀ V, its lower triangle
    C.triangularView<Eigen::StrictlyUpper>() = C.transpose();
    result.clipped = (C.diagonal().array() < 0).count();
    C.diagonal() = C.diagonal().cwiseMax(0);
    if (options.observation_noise) C.diagonal().array() += noise;
    result.covariance = std::move(C);
    return result;
}

GaussianProcessSamples GaussianProcess::sample_at(linalg::Matrix<double> X, Eigen::Index count,
                                                  std::uint64_t seed) const {
    const JointPrediction joint = joint_at(X, {});
    return draw(joint.mean, joint.covariance, count, seed);
}

namespace detail {

LogMarginalLikelihood log_marginal_likelihood(const CovarianceFunction& k, linalg::Matrix<double> X,
                                              linalg::Vector<double> y, const GaussianProcessOptions& options) {
    check(X, y, options, "log_marginal_likelihood");
    const double prior_mean = options.subtract_mean && y.size() > 0 ? (y / static_cast<double>(y.size())).sum() : 0;
    const Fit fit = fit_with_jitter(k, X, y.array() - prior_mean, options);
    return {fit.log_likelihood, likelihood_gradient(k, X, fit), fit.factor.rcond(), fit.jitter};
}

GaussianProcessSamples sample_prior(const CovarianceFunction& k, linalg::Matrix<double> X, Eigen::Index count,
                                    std::uint64_t seed) {
    return draw(Eigen::VectorXd::Zero(X.rows()), k.matrix(X), count, seed);
}

}  // namespace detail

}  // namespace ritz::ml
