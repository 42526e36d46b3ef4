// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Covariance functions k(x, y) of Gaussian processes as values with parameters: four kinds, their sums and products,
/// and their derivatives by the logarithms of the parameters. Points are rows: X is n × d.
///
///     using C = CovarianceFunction;
///     const C k = C::constant(2) * C::rbf(0.3) + C::white_noise(0.01);
///
/// In double whatever the points are: these matrices are so badly conditioned that float has few digits left.

#include <string>
#include <vector>

#include "ritz/linalg/argument.hpp"
#include "ritz/ml/kernels.hpp"

namespace ritz::ml {

/// Where an optimisation may look for a parameter. Equal bounds fix it at its value.
struct ParameterBounds {
    double lower = 1e-5, upper = 1e5;
};

/// A covariance function with p positive parameters; θ ∈ Rᵖ are their logarithms, in the order in which they are
/// written, those of `matern` and `rbf` one or (automatic relevance determination) one for each feature.
/// \ref C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), chapter 4.
class CovarianceFunction {
public:
    /// c > 0 for all x and y; times another one: its variance.
    static CovarianceFunction constant(double value, const ParameterBounds& bounds = {});
    /// σ² > 0 if x and y are one and the same observation, otherwise 0, however close they are: the diagonal of K(X,
    /// X).
    static CovarianceFunction white_noise(double variance, const ParameterBounds& bounds = {});
    /// exp(−r²/2), r² = Σₖ (xₖ − yₖ)² / ℓₖ².
    static CovarianceFunction rbf(double lengthscale, const ParameterBounds& bounds = {});
    static CovarianceFunction rbf(const Eigen::VectorXd& lengthscales, const ParameterBounds& bounds = {});
    /// The Matérn function of r with ν = 1/2, 3/2 or 5/2: see matern_kernel.
    static CovarianceFunction matern(Smoothness nu, double lengthscale, const ParameterBounds& bounds = {});
    static CovarianceFunction matern(Smoothness nu, const Eigen::VectorXd& lengthscales,
                                     const ParameterBounds& bounds = {});

    friend CovarianceFunction operator+(const CovarianceFunction& a, const CovarianceFunction& b);
    friend CovarianceFunction operator*(const CovarianceFunction& a, const CovarianceFunction& b);

    Eigen::Index parameters() const noexcept;
    /// θ: logarithms of the parameters, from left to right.
    Eigen::VectorXd theta() const;
    /// The logarithms of the bounds: p × 2.
    Eigen::MatrixXd theta_bounds() const;
    /// The same function with other parameters. \throws InvalidArgument unless p finite numbers, whose exponentials are
    /// positive and finite.
    CovarianceFunction with_theta(const Eigen::VectorXd& theta) const;
    /// "constant(2) * rbf(0.3) + white_noise(0.01)"
    std::string description() const;

    /// K(i, j) = k(xᵢ, xⱼ), n × n, exactly symmetric. O(n² d) for each term.
    /// \throws InvalidArgument for NaN, infinity, or lengthscales that do not fit the points; LimitExceeded if an entry
    /// overflows.
    template <linalg::Dense A>
    [[nodiscard]] Eigen::MatrixXd matrix(const A& X) const {
        return symmetric_matrix(linalg::detail::as<double>(X));
    }
    /// K(i, j) = k(xᵢ, yⱼ), n × m; white noise is zero here.
    template <linalg::Dense A, linalg::Dense B>
    [[nodiscard]] Eigen::MatrixXd matrix(const A& X, const B& Y) const {
        return cross_matrix(linalg::detail::as<double>(X), linalg::detail::as<double>(Y));
    }
    /// ∂K(X, X)/∂θᵢ for each i. p n² numbers.
    template <linalg::Dense A>
    [[nodiscard]] std::vector<Eigen::MatrixXd> gradient(const A& X) const {
        return matrix_gradient(linalg::detail::as<double>(X));
    }
    /// k(x, x), the same for all x; without the white noise if told so.
    double variance() const noexcept;
    double variance_without_noise() const noexcept;

private:
    enum class Kind : std::uint8_t { constant, white_noise, rbf, matern, sum, product };
    struct Node {
        Kind kind;
        Smoothness nu = Smoothness::half;
        Eigen::VectorXd values{};
        ParameterBounds bounds{};
    };
    struct Value;

    explicit CovarianceFunction(Node leaf);
    static CovarianceFunction combine(const CovarianceFunction& a, const CovarianceFunction& b, Kind kind);
    Eigen::MatrixXd symmetric_matrix(linalg::Matrix<double> X) const;
    Eigen::MatrixXd cross_matrix(linalg::Matrix<double> X, linalg::Matrix<double> Y) const;
    std::vector<Eigen::MatrixXd> matrix_gradient(linalg::Matrix<double> X) const;
    double variance_of(bool with_noise) const noexcept;

    std::vector<Node> nodes_;  // in postfix order: a sum or product follows its two parts
};

}  // namespace ritz::ml
