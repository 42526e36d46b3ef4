// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <span>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"
#include "ritz/linalg/cholesky.hpp"

namespace ritz::gradients {

/// log p(y | K) = −½ yᵀ K⁻¹ y − ½ log det K − (n/2) log 2π: the log-likelihood of n observations y whose covariance is
/// K (noise included).
template <std::floating_point T>
struct [[nodiscard]] LogLikelihoodForward {
    T value;
    Eigen::VectorX<T> alpha;  ///< K⁻¹ y
    linalg::CholeskyFactor<T> factor;
};

template <std::floating_point T>
struct [[nodiscard]] LogLikelihoodCotangent {
    Eigen::MatrixX<T> K_bar;  ///< symmetric
    Eigen::VectorX<T> y_bar;
};

namespace detail {
template <std::floating_point T>
LogLikelihoodForward<T> log_likelihood(linalg::Matrix<T> K, linalg::Vector<T> y);
}  // namespace detail

/// The log-likelihood of y under a Gaussian process. K is n × n, symmetric positive definite. n³/3 flops.
/// \throws InvalidArgument, NotPositiveDefinite, IllConditioned as linalg::cho_factor.
/// \ref C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1.
template <linalg::Dense A, linalg::Dense Y>
requires(!is_complex<linalg::ScalarOf<A, Y>>) LogLikelihoodForward<linalg::ScalarOf<A, Y>> log_likelihood(const A& K,
                                                                                                          const Y& y) {
    using T = linalg::ScalarOf<A, Y>;
    return detail::log_likelihood<T>(linalg::detail::as<T>(K), linalg::detail::as<T>(y));
}

/// K̄ = ½ v̄ (α αᵀ − K⁻¹), ȳ = −v̄ α. 2n³/3 flops for K⁻¹ on the factor.
template <std::floating_point T>
LogLikelihoodCotangent<T> vjp(const LogLikelihoodForward<T>& f, std::type_identity_t<T> value_bar);

/// ½ αᵀ K̇ α − ½ tr(K⁻¹ K̇) − αᵀ ẏ. An empty y_dot is zero.
template <std::floating_point T>
T jvp(const LogLikelihoodForward<T>& f, std::type_identity_t<linalg::Matrix<T>> K_dot,
      std::type_identity_t<linalg::Vector<T>> y_dot = Eigen::VectorX<T>());

/// ∂/∂θ_i of the log-likelihood for each K_theta[i] = ∂K/∂θ_i: K⁻¹ once, and 2n² flops for each parameter.
/// \ref Rasmussen and Williams (2006), equation 5.9.
template <std::floating_point T>
Eigen::VectorX<T> gradient(const LogLikelihoodForward<T>& f,
                           std::type_identity_t<std::span<const Eigen::MatrixX<T>>> K_theta);

}  // namespace ritz::gradients
