// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Gaussian Markov random fields: Gaussian processes by a sparse precision matrix (inverse covariance) in double
/// precision, for 10⁵ and more unknowns. Prior x ~ N(μ, Q⁻¹), observations y = A x + noise of variance σ².

#include <cstdint>
#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/cholesky.hpp"

namespace ritz::ml {

struct GmrfOptions {
    Eigen::VectorXd prior_mean = {};  ///< μ; empty: 0
    FactorOptions factor = {};
};

class Gmrf {
public:
    /// The posterior after the observations y (m) of A x: precision P = Q + AᵀA/σ², factored once.
    /// \throws InvalidArgument for wrong shapes, NaN, infinity, σ ≤ 0, a Q that is not exactly symmetric;
    ///         NotPositiveDefinite if Q or P is not; what Cholesky throws.
    /// \ref H. Rue and L. Held, Gaussian Markov Random Fields (2005), sections 2.3-2.4.
    Gmrf(const CsrView<double>& Q, const CsrView<double>& A, VectorView<double> y, double sigma,
         const GmrfOptions& options = {});

    const Csr<double>& precision() const noexcept { return P_; }  ///< P
    const Eigen::VectorXd& mean() const noexcept { return mean_; }
    /// ‖P m − (Qμ + Aᵀy/σ²)‖₂ over the norm of the right-hand side, recomputed; one step of refinement was made.
    double relative_residual() const noexcept { return relative_residual_; }

    /// The diagonal of P⁻¹: at about twice the cost of the factorisation, by the selected inverse.
    Eigen::VectorXd marginal_variances() const;

    /// log p(y) = ½ log det Q − ½ log det P − m log σ − (m/2) log 2π − ½ (‖y − A m‖²/σ² + (m − μ)ᵀQ(m − μ)).
    double log_marginal_likelihood() const noexcept { return log_likelihood_; }

    /// Draws of x from the posterior, one a column: m + P^(−1/2) z, by a Krylov method to rtol 10⁻⁸.
    /// \throws NoConvergence if that does not reach its tolerance.
    Eigen::MatrixXd sample(Eigen::Index count, std::uint64_t seed) const;

private:
    Csr<double> P_;
    Cholesky<double> factor_;
    Eigen::VectorXd mean_;
    double relative_residual_ = 0;
    double log_likelihood_ = 0;
};

}  // namespace ritz::ml
