// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Covariance and correlation of the columns of X; its rows are observations (np.cov and np.corrcoef with
/// rowvar=False). In two passes: a mean that is large against the spread costs no digits.

#include <cstdint>
#include <optional>

#include "ritz/linalg/argument.hpp"

namespace ritz::ml {

/// As np.cov: with f = fweights, a = aweights, w = f a, the divisor is Σw − ddof Σ(w a) / Σw, which is n − ddof without
/// weights.
struct CovarianceOptions {
    bool bias = false;              ///< true: ddof = 0
    std::optional<int> ddof = {};   ///< delta degrees of freedom; overrides bias; 1 by default
    Eigen::VectorXd fweights = {};  ///< how often each observation occurred: integers ≥ 0
    Eigen::VectorXd aweights = {};  ///< importance of each observation, ≥ 0
};

/// What to do with a feature whose observations are all equal, which has no correlation and cannot be scaled to
/// variance 1.
enum class ConstantFeatures : std::uint8_t {
    refuse,  ///< InvalidArgument, naming the first of them
    keep,    ///< correlation 0 with all others and 1 with itself; in a standardisation, only centred
};

struct CorrelationOptions {
    ConstantFeatures constant_features = ConstantFeatures::refuse;
};

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> covariance(linalg::Matrix<T> X, const CovarianceOptions& options);
template <Scalar T>
Eigen::MatrixX<T> cross_covariance(linalg::Matrix<T> X, linalg::Matrix<T> Y, const CovarianceOptions& options);
template <Scalar T>
Eigen::MatrixX<T> correlation(linalg::Matrix<T> X, const CorrelationOptions& options);
template <Scalar T>
Eigen::VectorX<T> column_means(linalg::Matrix<T> X);
}  // namespace detail

/// C(i, j) = Σₖ wₖ (x_ki − μᵢ) conj(x_kj − μⱼ) / divisor: d × d of an n × d matrix, exactly Hermitian, positive
/// semidefinite up to rounding. n d² flops. Columns are scaled by powers of two, so nothing overflows that need not.
/// \throws InvalidArgument for NaN or infinity, for weights of a wrong length or sign, and when the divisor is not
///         positive (one observation with ddof = 1: its covariance is unknown, not infinite).
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A>> covariance(const A& X, const CovarianceOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return detail::covariance<T>(linalg::detail::as<T>(X), options);
}

/// C(i, j): of column i of X with column j of Y, in d × e; both have n rows.
template <linalg::Dense A, linalg::Dense B>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A, B>> cross_covariance(const A& X, const B& Y,
                                                                      const CovarianceOptions& options = {}) {
    using T = linalg::ScalarOf<A, B>;
    return detail::cross_covariance<T>(linalg::detail::as<T>(X), linalg::detail::as<T>(Y), options);
}

/// R(i, j) = C(i, j) / √(C(i, i) C(j, j)): d × d, the diagonal exactly 1, moduli at most 1. (ddof cancels.)
/// \throws InvalidArgument for NaN or infinity, fewer than two observations, and for a constant feature, unless told
///         otherwise.
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A>> correlation(const A& X, const CorrelationOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return detail::correlation<T>(linalg::detail::as<T>(X), options);
}

/// μⱼ, the mean of each column; NaN is refused, and nothing overflows.
/// \throws InvalidArgument for NaN or infinity and when there are no rows.
template <linalg::Dense A>
[[nodiscard]] Eigen::VectorX<linalg::ScalarOf<A>> column_means(const A& X) {
    using T = linalg::ScalarOf<A>;
    return detail::column_means<T>(linalg::detail::as<T>(X));
}

}  // namespace ritz::ml
