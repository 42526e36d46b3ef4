// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Gaussian-process regression: y = f(X) + noise, f a Gaussian process with a given covariance function.
///
///     using C = CovarianceFunction;
///     const auto gp = gaussian_process(C::constant(1) * C::rbf(0.5) + C::white_noise(0.01), X, y, {.optimise = true});
///     const auto [mean, deviation] = gp.predict(X_new).moments();
///     gp.report();   // jitter, condition, log-likelihood, how the optimisation ended
///
/// Covariance matrices of smooth functions are singular to working precision as soon as points are close. What that
/// does to a result is told, not hidden: the jitter that had to be added, the condition of K, and for each prediction
/// a bound of what rounding may have done to it. In double whatever the data are.
/// \ref C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), chapters 2, 5.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ritz/core/status.hpp"
#include "ritz/linalg/argument.hpp"
#include "ritz/ml/covariance_function.hpp"

namespace ritz::ml {

/// What to do when K is not positive definite to working precision: nothing is added before the Cholesky factorisation
/// has failed; then `initial`, `initial · factor`, ... times the mean of K's diagonal, until it succeeds.
struct JitterPolicy {
    double initial = 1e-12;
    double factor = 10;
    int attempts = 7;  ///< 0: NotPositiveDefinite at once
};

struct GaussianProcessOptions {
    JitterPolicy jitter{};
    Eigen::VectorXd noise_variance{};  ///< known variance of each observation's noise, added to K's diagonal
    bool subtract_mean = false;        ///< the prior mean is the mean of y; otherwise 0
    bool optimise = false;     ///< maximise the log marginal likelihood over the parameters, within their bounds
    int restarts = 0;          ///< further starts of the optimisation, uniform within the bounds of log θ
    std::uint64_t seed = 0;    ///< of the restarts
    int max_iterations = 200;  ///< of each start
};

struct GaussianProcessReport {
    /// solved; ill_conditioned: K has no digit to spare (rcond < max(n, 10) u), so α has none, and predictions are as
    /// good as their error bounds say; not_converged: so is the fit, but no start of the optimisation met its
    /// tolerance.
    Status status = Status::solved;
    double rcond = 1;         ///< estimate of 1 / κ₁(K + jitter I)
    double jitter = 0;        ///< what was added to the diagonal of K
    int jitter_attempts = 0;  ///< how often it had to be enlarged
    double backward_error = 0;  ///< ‖y − K α‖∞ / (‖K‖∞ ‖α‖∞ + ‖y‖∞), α = K⁻¹ y as it is used
    double log_marginal_likelihood = 0;
    int starts = 0;                         ///< of the optimisation, of which
    int starts_converged = 0;               ///< met the tolerance,
    int starts_outside = 0;                 ///< began where K is not positive definite
    int evaluations = 0;                    ///< of the log-likelihood, by all starts
    std::vector<Eigen::Index> at_bounds{};  ///< parameters that the optimisation left at a bound
    std::string explanation;                ///< all of this in words
};

struct PredictionOptions {
    bool observation_noise = false;  ///< of new observations (as scikit-learn's, the white noise included), not of f
    bool error_bounds = true;        ///< costs as much again as the deviations
};

/// Of each new point; m numbers each.
struct [[nodiscard]] Prediction {
    Eigen::VectorXd mean;
    Eigen::VectorXd deviation;  ///< standard deviation
    /// What rounding may have done to the mean and to the square of the deviation (first-order bounds); empty if not
    /// asked for. A deviation whose square is not above its bound is 0 within what is known.
    Eigen::VectorXd mean_error, variance_error;
    Eigen::Index clipped = 0;           ///< variances that came out negative and are 0 now
    double most_negative_variance = 0;  ///< before that

    std::pair<Eigen::VectorXd, Eigen::VectorXd> moments() const { return {mean, deviation}; }
};

struct [[nodiscard]] JointPrediction {
    Eigen::VectorXd mean;
    Eigen::MatrixXd covariance;  ///< exactly symmetric
    Eigen::Index clipped = 0;    ///< variances that came out negative and are 0 now
};

struct [[nodiscard]] GaussianProcessSamples {
    Eigen::MatrixXd values;  ///< m × count: a column is one function at the m points
    /// The least eigenvalue of their covariance over the largest; negative ones are rounding and count as 0.
    double least_eigenvalue = 0;
};

/// log p(y | X, θ) = −½ yᵀ K⁻¹ y − ½ log det K − (n/2) log 2π and its gradient by θ, the logarithms of the parameters.
struct [[nodiscard]] LogMarginalLikelihood {
    double value = 0;
    Eigen::VectorXd gradient;
    double rcond = 1;   ///< the gradient has relative errors of u / rcond
    double jitter = 0;  ///< that had to be added: then this is the likelihood of a process with more noise
};

/// A Gaussian process given observations. Made by gaussian_process.
class GaussianProcess {
public:
    /// See gaussian_process.
    GaussianProcess(const CovarianceFunction& k, linalg::Matrix<double> X, linalg::Vector<double> y,
                    const GaussianProcessOptions& options);
    ~GaussianProcess();
    GaussianProcess(GaussianProcess&&) noexcept;
    GaussianProcess& operator=(GaussianProcess&&) noexcept;

    const GaussianProcessReport& report() const noexcept;
    /// With the parameters that the optimisation found.
    const CovarianceFunction& covariance_function() const noexcept;
    const Eigen::VectorXd& alpha() const noexcept;  ///< K⁻¹ (y − prior mean)

    /// Mean k*ᵀ K⁻¹ y and deviation √(k** − k*ᵀ K⁻¹ k*) of f at each of m points. n² m flops, with bounds 2n² m.
    /// \throws InvalidArgument for NaN, infinity, or another number of features.
    template <linalg::Dense A>
    [[nodiscard]] Prediction predict(const A& X, const PredictionOptions& options = {}) const {
        return predict_at(linalg::detail::as<double>(X), options);
    }
    /// The means alone: 2nm flops.
    template <linalg::Dense A>
    [[nodiscard]] Eigen::VectorXd predict_mean(const A& X) const {
        return mean_at(linalg::detail::as<double>(X));
    }
    /// The mean and the m × m covariance of f at the points. n² m + n m² flops.
    template <linalg::Dense A>
    [[nodiscard]] JointPrediction predict_joint(const A& X, const PredictionOptions& options = {}) const {
        return joint_at(linalg::detail::as<double>(X), options);
    }
    /// `count` functions drawn from the process at the m points; the same seed gives the same ones. The covariance is
    /// split by its eigenvalues, so nothing is added to it. 9m³ flops more than predict_joint.
    template <linalg::Dense A>
    [[nodiscard]] GaussianProcessSamples sample(const A& X, Eigen::Index count, std::uint64_t seed) const {
        return sample_at(linalg::detail::as<double>(X), count, seed);
    }

private:
    Prediction predict_at(linalg::Matrix<double> X, const PredictionOptions& options) const;
    Eigen::VectorXd mean_at(linalg::Matrix<double> X) const;
    JointPrediction joint_at(linalg::Matrix<double> X, const PredictionOptions& options) const;
    GaussianProcessSamples sample_at(linalg::Matrix<double> X, Eigen::Index count, std::uint64_t seed) const;

    struct Content;
    std::unique_ptr<Content> content_;
};

namespace detail {
LogMarginalLikelihood log_marginal_likelihood(const CovarianceFunction& k, linalg::Matrix<double> X,
                                              linalg::Vector<double> y, const GaussianProcessOptions& options);
GaussianProcessSamples sample_prior(const CovarianceFunction& k, linalg::Matrix<double> X, Eigen::Index count,
                                    std::uint64_t seed);
}  // namespace detail

/// The process with covariance function k given observations y at the rows of X (n × d): n³/3 flops by Cholesky;
/// optimising, 4n³/3 flops and p n² numbers for each evaluation, by L-BFGS in log θ from the parameters of k and from
/// the restarts; the best end is taken. An optimisation adds no jitter: where K is not positive definite, it does not
/// go, and a start there fails, except when all do: then the parameters of k stay.
/// \throws InvalidArgument for NaN, infinity, shapes that do not fit, options out of range; NotPositiveDefinite if the
///         jitter policy does not suffice; LimitExceeded if the likelihood overflows.
template <linalg::Dense A, linalg::Dense Y>
requires(!is_complex<linalg::ScalarOf<A, Y>>) [[nodiscard]] GaussianProcess
    gaussian_process(const CovarianceFunction& k, const A& X, const Y& y, const GaussianProcessOptions& options = {}) {
    return GaussianProcess(k, linalg::detail::as<double>(X), linalg::detail::as<double>(y), options);
}

/// The log marginal likelihood of y and its gradient at the parameters of k; nothing is optimised. 4n³/3 flops.
/// \throws as gaussian_process. \ref Rasmussen and Williams (2006), equations 2.30, 5.9.
template <linalg::Dense A, linalg::Dense Y>
requires(!is_complex<linalg::ScalarOf<A, Y>>) [[nodiscard]] LogMarginalLikelihood
    log_marginal_likelihood(const CovarianceFunction& k, const A& X, const Y& y,
                            const GaussianProcessOptions& options = {}) {
    return detail::log_marginal_likelihood(k, linalg::detail::as<double>(X), linalg::detail::as<double>(y), options);
}

/// `count` functions drawn from the process before any observation, at the rows of X. 9m³ flops.
template <linalg::Dense A>
[[nodiscard]] GaussianProcessSamples sample_prior(const CovarianceFunction& k, const A& X, Eigen::Index count,
                                                  std::uint64_t seed) {
    return detail::sample_prior(k, linalg::detail::as<double>(X), count, seed);
}

}  // namespace ritz::ml
