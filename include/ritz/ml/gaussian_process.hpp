// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Gaussian process regression in double precision: y = f(x) + noise, f a Gaussian process with a kernel.
///
///     const Kernel kernel = Kernel::rbf(1.0, 0.5) + Kernel::white_noise(0.01);   // variance, lengthscale; noise
///     const auto gp = gaussian_process(X, y, kernel);
///     const auto [mean, variance, clipped] = gp.predict(X_new);
///     gp.report().jitter;                                                        // 0, unless Cholesky needed some

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "ritz/core/status.hpp"
#include "ritz/linalg/cholesky.hpp"
#include "ritz/ml/kernels.hpp"

namespace ritz::ml {

/// A sum of covariance functions, each with a variance (and lengthscales). Its parameters are the logarithms of these,
/// in the order of the terms: variance, then lengthscales.
class Kernel {
public:
    enum class Kind : std::uint8_t { rbf, matern_half, matern_three_halves, matern_five_halves, constant, white_noise };
    struct Term {
        Kind kind;
        double variance;
        Eigen::VectorXd lengthscales;  ///< one for all features, or one for each; none: constant and white noise
    };

    /// σ² exp(−r²/2), r² = Σₖ (xₖ − yₖ)²/ℓₖ². \throws InvalidArgument, as all here, unless parameters are positive.
    static Kernel rbf(double variance, double lengthscale);
    static Kernel rbf(double variance, const Eigen::VectorXd& lengthscales);
    /// σ² times the Matérn function of r (kernels.hpp).
    static Kernel matern(Smoothness nu, double variance, double lengthscale);
    static Kernel matern(Smoothness nu, double variance, const Eigen::VectorXd& lengthscales);
    /// σ² for any two points: an unknown level.
    static Kernel constant(double variance);
    /// σ² on the diagonal of a set of observations, 0 between sets: noise, also between equal points.
    static Kernel white_noise(double variance);

    friend Kernel operator+(Kernel a, const Kernel& b) {
        a.terms_.insert(a.terms_.end(), b.terms_.begin(), b.terms_.end());
        return a;
    }

    const std::vector<Term>& terms() const noexcept { return terms_; }
    Eigen::VectorXd parameters() const;                ///< logarithms
    std::vector<std::string> parameter_names() const;  ///< "rbf[0].variance", "rbf[0].lengthscale[1]", …
    /// The same kernel with other parameters. \throws InvalidArgument for a wrong number, NaN or infinity.
    Kernel with_parameters(const Eigen::VectorXd& logarithms) const;

    Eigen::MatrixXd operator()(const Eigen::MatrixXd& X) const;  ///< of one set: with white noise
    Eigen::MatrixXd operator()(const Eigen::MatrixXd& X, const Eigen::MatrixXd& Y) const;
    Eigen::MatrixXd latent(const Eigen::MatrixXd& X) const;  ///< of one set, without white noise
    double variance_at_a_point() const;                      ///< k(x, x) without white noise
    double noise() const;                                    ///< variance of white noise
    /// ∂K(X)/∂θᵢ for the parameters (logarithms) θ.
    std::vector<Eigen::MatrixXd> gradients(const Eigen::MatrixXd& X) const;

private:
    explicit Kernel(Term term);
    std::vector<Term> terms_;
};

/// What is added to the diagonal of a covariance that is not numerically positive definite: `initial` times its mean
/// diagonal, then `factor` times more, up to `attempts` times. Nothing is added unless the factorisation fails (or its
/// condition leaves no digit), and what was added is in the report.
struct JitterPolicy {
    double initial = 1e-10;
    double factor = 10;
    int attempts = 5;  ///< 0: never; the error of the factorisation is thrown
};

struct GaussianProcessOptions {
    double mean = 0;  ///< of the process before anything is observed
    JitterPolicy jitter = {};
};

struct GaussianProcessReport {
    Status status = Status::solved;
    double jitter = 0;  ///< added to each diagonal element of K; 0: the covariance asked for
    int attempts = 0;   ///< of the jitter policy that were needed
    double rcond = 0;   ///< estimate for K (with jitter)
    std::string explanation{};
};

struct [[nodiscard]] GaussianPrediction {
    Eigen::VectorXd mean;
    Eigen::VectorXd variance;  ///< of f, without noise; ≥ 0
    /// Variances that rounding had made negative, and that were set to 0. More than u k(x, x) κ(K) is not rounding.
    Eigen::Index clipped = 0;
    Eigen::VectorXd standard_deviation() const { return variance.cwiseSqrt(); }
};

class GaussianProcess {
public:
    /// See gaussian_process.
    GaussianProcess(Eigen::MatrixXd X, const Eigen::VectorXd& y, Kernel kernel, const GaussianProcessOptions& options);

    const Kernel& kernel() const noexcept { return kernel_; }
    const GaussianProcessReport& report() const noexcept { return report_; }

    /// Mean and variance of f at new points, given the observations: k*ᵀ K⁻¹ y and k** − k*ᵀ K⁻¹ k*. 2 n² m flops.
    /// \throws InvalidArgument for NaN, infinity, another number of features, as all that follow.
    template <linalg::Dense A>
    GaussianPrediction predict(const A& X_new) const {
        return predict_at(linalg::detail::as<double>(X_new));
    }
    /// The covariance of f at new points, m × m, exactly symmetric.
    template <linalg::Dense A>
    [[nodiscard]] Eigen::MatrixXd predict_covariance(const A& X_new) const {
        return covariance_at(linalg::detail::as<double>(X_new));
    }
    /// Draws of f at new points, one a column, by the square root of its covariance from its eigenvalues (those below
    /// zero by rounding count as zero: no jitter).
    template <linalg::Dense A>
    [[nodiscard]] Eigen::MatrixXd sample(const A& X_new, Eigen::Index count, std::uint64_t seed) const {
        return sample_at(linalg::detail::as<double>(X_new), count, seed);
    }

    /// log p(y) = −½ yᵀK⁻¹y − ½ log det K − (n/2) log 2π; of the K with jitter, if there is any.
    double log_marginal_likelihood() const noexcept { return log_likelihood_; }
    /// Its derivatives by the kernel's parameters, ½ tr((ααᵀ − K⁻¹) ∂K/∂θ), α = K⁻¹y. 2n³/3 flops, n² each.
    Eigen::VectorXd log_marginal_likelihood_gradient() const;

private:
    GaussianPrediction predict_at(const Eigen::MatrixXd& X_new) const;
    Eigen::MatrixXd covariance_at(const Eigen::MatrixXd& X_new) const;
    Eigen::MatrixXd sample_at(const Eigen::MatrixXd& X_new, Eigen::Index count, std::uint64_t seed) const;
    /// L⁻¹ K(X, X_new).
    Eigen::MatrixXd whitened_cross_covariance(const Eigen::MatrixXd& X_new) const;

    Eigen::MatrixXd X_;
    Kernel kernel_;
    double mean_;
    GaussianProcessReport report_;
    Eigen::MatrixXd L_;  // K = L Lᵀ
    Eigen::VectorXd alpha_;
    double log_likelihood_ = 0;
};

/// Conditions on the observations y at the rows of X: n³/3 flops.
/// \throws InvalidArgument for NaN, infinity, wrong lengths; NotPositiveDefinite or IllConditioned when the covariance
///         is not positive definite with all the jitter that the policy allows (two equal points without noise, say).
/// \ref C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1 and
///      equation 5.9.
template <linalg::Dense A, linalg::Dense B>
[[nodiscard]] GaussianProcess gaussian_process(const A& X, const B& y, const Kernel& kernel,
                                               const GaussianProcessOptions& options = {}) {
    static_assert(!is_complex<linalg::ScalarOf<A, B>> && B::ColsAtCompileTime == 1, "y is a real vector");
    return GaussianProcess(linalg::detail::as<double>(X), linalg::detail::as<double>(y), kernel, options);
}

struct HyperparameterOptions {
    GaussianProcessOptions process = {};
    int restarts = 2;                  ///< from random parameters, besides the kernel's own
    int max_iterations = 100;          ///< of each start
    double gradient_tolerance = 1e-5;  ///< on the projected gradient: max |∂ log p / ∂θ| ≤ tolerance · max(1, |log p|)
    double lower = 1e-6, upper = 1e6;  ///< bounds on variances and lengthscales
    std::uint64_t seed = 1;
};

struct [[nodiscard]] HyperparameterResult {
    GaussianProcess process;  ///< with the best parameters found
    /// converged: the projected gradient is small (a local maximum at best); max_iterations, stagnated otherwise.
    Status status = Status::converged;
    int iterations = 0;                    ///< of the start that won
    double gradient = 0;                   ///< its largest projected derivative
    std::vector<std::string> at_bounds{};  ///< parameters that ended on a bound: the data do not determine them
};

/// Maximises the log marginal likelihood over the kernel's parameters: BFGS in their logarithms, projected on the
/// bounds, the best of several starts. Each evaluation costs n³ flops. A start where the covariance cannot be factored
/// is passed over.
/// \throws as gaussian_process for the kernel's own parameters; InvalidArgument for options out of range.
/// \ref J. Nocedal and S. J. Wright, Numerical Optimization (2006), algorithm 6.1.
template <linalg::Dense A, linalg::Dense B>
HyperparameterResult optimise_hyperparameters(const A& X, const B& y, const Kernel& kernel,
                                              const HyperparameterOptions& options = {});
namespace detail {
HyperparameterResult optimise_hyperparameters(const Eigen::MatrixXd& X, const Eigen::VectorXd& y, const Kernel& kernel,
                                              const HyperparameterOptions& options);
}
template <linalg::Dense A, linalg::Dense B>
HyperparameterResult optimise_hyperparameters(const A& X, const B& y, const Kernel& kernel,
                                              const HyperparameterOptions& options) {
    return detail::optimise_hyperparameters(linalg::detail::as<double>(X), linalg::detail::as<double>(y), kernel,
                                            options);
}

}  // namespace ritz::ml
