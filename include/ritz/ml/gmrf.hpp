// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Gaussian Markov random fields: x ~ N(μ, Q⁻¹) with a sparse precision matrix Q, and what is known of x after
/// y = A x + noise has been observed. What Gaussian-process regression does with dense covariances in n³ operations,
/// done by sparse Cholesky factors; n may be millions.
///
///     const auto posterior = gmrf_posterior(Q, A, y, 0.1);      // σ = 0.1
///     posterior.field.mean();                                   // E[x | y]
///     posterior.field.variances();                              // Var[xᵢ | y], by the selected inverse
///     *posterior.log_marginal_likelihood;                       // log p(y)
///     posterior.report;                                         // residual and condition of the system solved
///
/// In double: precision matrices of smooth fields are badly conditioned. Rows of A weigh: A picks or averages nodes.
/// \ref H. Rue and L. Held, Gaussian Markov Random Fields (2005), chapters 2 and 4.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/status.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz::ml {

struct GmrfOptions;
struct GmrfPosterior;

/// x ~ N(μ, Q⁻¹), Q symmetric positive definite, factored once at construction.
class Gmrf {
public:
    /// \throws InvalidArgument if Q is not square, symmetric and finite or μ (zero when it is empty) is not of its
    ///         size; NotPositiveDefinite: the density cannot be normalised; LimitExceeded; Interrupted.
    explicit Gmrf(const CsrView<double>& Q, const Eigen::VectorXd& mean = {}, const FactorOptions& options = {});
    ~Gmrf();
    Gmrf(Gmrf&&) noexcept;
    Gmrf& operator=(Gmrf&&) noexcept;

    Index size() const noexcept;
    const Csr<double>& precision() const noexcept;
    const Eigen::VectorXd& mean() const noexcept;
    double log_determinant() const noexcept;  ///< log det Q
    /// κ₁ of Q with rows and columns scaled to a diagonal of ones, estimated. Above 1 / (10 u), variances and samples
    /// may have no correct digit.
    double condition_estimate() const noexcept;
    const FactorStatistics& statistics() const noexcept;

    /// Var[xᵢ] = (Q⁻¹)ᵢᵢ for each i: about twice the factorisation.
    Eigen::VectorXd variances() const;
    /// Cov[xᵢ, xⱼ] where `pattern` has entries; it must lie in that of the factor, as Q's own does.
    Csr<double> covariances(const CsrView<double>& pattern) const;
    /// n × count: each column is drawn from the field. The same seed gives the same ones, with any number of threads.
    Eigen::MatrixXd sample(Eigen::Index count, std::uint64_t seed) const;
    /// log p(x) = ½ log det Q − (n/2) log 2π − ½ (x − μ)ᵀ Q (x − μ). \throws InvalidArgument, also for NaN.
    double log_density(VectorView<double> x) const;

private:
    friend GmrfPosterior gmrf_posterior(const CsrView<double>& Q, const CsrView<double>& A, VectorView<double> y,
                                        VectorView<double> sigma, const GmrfOptions& options);
    struct Content;
    std::unique_ptr<Content> content_;
};

struct GmrfOptions {
    Eigen::VectorXd prior_mean{};         ///< μ; zero when it is empty
    bool log_marginal_likelihood = true;  ///< needs a factor of Q as well; false allows a singular Q
    int max_refinements = 3;              ///< of the mean
    FactorOptions factor{};
};

/// Of the system (Q + Aᵀ D A) (m − μ) = Aᵀ D (y − A μ), D = diag(1/σ²), that the posterior mean m solves.
struct GmrfReport {
    /// solved; ill_conditioned: the condition estimate promises no correct digit; not_converged: the backward error is
    /// above 1e-13.
    Status status = Status::solved;
    /// ‖r‖∞ / (‖Q + Aᵀ D A‖∞ ‖m − μ‖∞ + ‖right-hand side‖∞), r by products with Q and A, not with the matrix formed.
    double backward_error = 0;
    double condition_estimate = 1;        ///< of Q + Aᵀ D A: see Gmrf
    double prior_condition_estimate = 1;  ///< of Q, if it was factored
    int refinements = 0;
    std::string explanation;
};

struct [[nodiscard]] GmrfPosterior {
    Gmrf field;  ///< x given y: precision Q + Aᵀ D A
    /// log p(y), y ~ N(A μ, D⁻¹ + A Q⁻¹ Aᵀ), by sparse determinants; empty if not asked for.
    std::optional<double> log_marginal_likelihood;
    GmrfReport report;
};

/// What y = A x + e says of x ~ N(μ, Q⁻¹), e independent with standard deviations σ (one for each of the m
/// observations, or one for all). Q is n × n, A m × n.
/// \throws InvalidArgument for shapes that do not fit, NaN, infinity, σ not positive; NotPositiveDefinite if
///         Q + Aᵀ D A is not, or Q is not and the likelihood is asked for; LimitExceeded, also if Aᵀ D A overflows;
///         Interrupted.
/// \ref Rue and Held (2005), section 2.3.3.
GmrfPosterior gmrf_posterior(const CsrView<double>& Q, const CsrView<double>& A, VectorView<double> y,
                             VectorView<double> sigma, const GmrfOptions& options = {});
GmrfPosterior gmrf_posterior(const CsrView<double>& Q, const CsrView<double>& A, VectorView<double> y, double sigma,
                             const GmrfOptions& options = {});

}  // namespace ritz::ml
