// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/covariance.hpp"

#include "core/instantiate.hpp"
#include "ml/centring.hpp"

namespace ritz::ml::detail {

namespace {

struct Weights {
    Eigen::VectorXd w;  // empty: all one
    double divisor = 0;
};

Weights weights_of(Eigen::Index n, const CovarianceOptions& options, const std::string& who) {
    const int ddof = options.ddof.value_or(options.bias ? 0 : 1);
    const auto check = [&](const Eigen::VectorXd& weights, const std::string& name, bool integers) {
        require(weights.size() == n, who + ": " + std::to_string(weights.size()) + " " + name + " for " +
                                         std::to_string(n) + " observations");
        for (Eigen::Index i = 0; i < n; ++i)
            require(weights[i] >= 0 && std::isfinite(weights[i]) && (!integers || weights[i] == std::floor(weights[i])),
                    who + ": " + name + "[" + std::to_string(i) + "] must be " + (integers ? "an integer" : "finite") +
                        " and not negative");
    };
    if (options.fweights.size() > 0) check(options.fweights, "fweights", true);
    if (options.aweights.size() > 0) check(options.aweights, "aweights", false);
    Weights result;
    if (options.fweights.size() == 0 && options.aweights.size() == 0) {
        result.divisor = double(n) - ddof;
    } else {
        const Eigen::VectorXd f = options.fweights.size() > 0 ? options.fweights : Eigen::VectorXd::Ones(n).eval();
        const Eigen::VectorXd a = options.aweights.size() > 0 ? options.aweights : Eigen::VectorXd::Ones(n).eval();
        result.w = f.cwiseProduct(a);
        const double sum = result.w.sum();
        require(sum > 0 || n == 0, who + ": the weights add up to zero");
        result.divisor = sum - ddof * (options.aweights.size() > 0 ? result.w.dot(a) / sum : 1.0);
    }
    require(result.divisor > 0, who + ": " + std::to_string(n) + " observations with ddof = " + std::to_string(ddof) +
                                    " leave no degrees of freedom");
    return result;
}

/// diag(√w) X.
template <Scalar T>
void apply_weights(Eigen::MatrixX<T>& X, const Eigen::VectorXd& w) {
    if (w.size() > 0) X = (w.cwiseSqrt().template cast<Real<T>>().template cast<T>().asDiagonal() * X).eval();
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> covariance(linalg::Matrix<T> X, const CovarianceOptions& options) {
    require_finite<T>(X, "covariance", "X");
    const Weights weights = weights_of(X.rows(), options, "covariance");
    Centred<T> X_c = centre_columns<T>(X, weights.w);
    apply_weights(X_c.scaled, weights.w);
    Eigen::MatrixX<T> C = gram_of_columns<T>(X_c.scaled, "covariance").conjugate();  // Σ (x − μ) conj(x − μ)
    for (Eigen::Index j = 0; j < C.cols(); ++j)
        for (Eigen::Index i = 0; i < C.rows(); ++i)
            C(i, j) = scaled_by_power(C(i, j) / Real<T>(weights.divisor), X_c.exponent[i] + X_c.exponent[j]);
    return C;
}

template <Scalar T>
Eigen::MatrixX<T> cross_covariance(linalg::Matrix<T> X, linalg::Matrix<T> Y, const CovarianceOptions& options) {
    require(X.rows() == Y.rows(), "cross_covariance: X is " + shape(X.rows(), X.cols()) + ", but Y is " +
                                      shape(Y.rows(), Y.cols()) + ": they need the same observations");
    require_finite<T>(X, "cross_covariance", "X");
    require_finite<T>(Y, "cross_covariance", "Y");
    const Weights weights = weights_of(X.rows(), options, "cross_covariance");
    Centred<T> X_c = centre_columns<T>(X, weights.w), Y_c = centre_columns<T>(Y, weights.w);
    apply_weights(X_c.scaled, weights.w);
    apply_weights(Y_c.scaled, weights.w);
    Eigen::MatrixX<T> C = product<T>(blas::adjoint<T>, X_c.scaled, 'N', Y_c.scaled, "cross_covariance").conjugate();
    for (Eigen::Index j = 0; j < C.cols(); ++j)
        for (Eigen::Index i = 0; i < C.rows(); ++i)
            C(i, j) = scaled_by_power(C(i, j) / Real<T>(weights.divisor), X_c.exponent[i] + Y_c.exponent[j]);
    return C;
}

template <Scalar T>
Eigen::MatrixX<T> correlation(linalg::Matrix<T> X, const CorrelationOptions& options) {
    using R = Real<T>;
    require_finite<T>(X, "correlation", "X");
    require(X.rows() >= 2 || X.cols() == 0,
            "correlation: " + std::to_string(X.rows()) + " observations have no correlation; at least two are needed");
    Centred<T> X_c = centre_columns<T>(X);
    for (Eigen::Index j = 0; j < X.cols(); ++j) {
        require(!X_c.constant[j] || options.constant_features == ConstantFeatures::keep,
                "correlation: feature " + std::to_string(j) + " is constant, so its correlation is undefined");
        if (!X_c.constant[j]) X_c.scaled.col(j) /= X_c.scaled.col(j).norm();
    }
    Eigen::MatrixX<T> C = gram_of_columns<T>(X_c.scaled, "correlation").conjugate();
    for (Eigen::Index j = 0; j < C.cols(); ++j) {
        for (Eigen::Index i = 0; i < C.rows(); ++i)
            if (const R modulus = std::abs(C(i, j)); modulus > 1) C(i, j) /= modulus;
        C(j, j) = 1;
    }
    return C;
}

template <Scalar T>
Eigen::VectorX<T> column_means(linalg::Matrix<T> X) {
    require_finite<T>(X, "column_means", "X");
    require(X.rows() > 0, "column_means: no observations have no mean");
    return centre_columns<T>(X).mean;
}

#define RITZ_INSTANTIATE(T)                                                                                         \
    template Eigen::MatrixX<T> covariance<T>(linalg::Matrix<T>, const CovarianceOptions&);                          \
    template Eigen::MatrixX<T> cross_covariance<T>(linalg::Matrix<T>, linalg::Matrix<T>, const CovarianceOptions&); \
    template Eigen::MatrixX<T> correlation<T>(linalg::Matrix<T>, const CorrelationOptions&);                        \
    template Eigen::VectorX<T> column_means<T>(linalg::Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::ml::detail
