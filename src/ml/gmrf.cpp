// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/gmrf.hpp"

#include <numbers>

#include "ml/dense.hpp"
#include "ritz/core/random.hpp"
#include "ritz/eigen/matrix_function.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/product.hpp"
#include "ritz/solvers/selected_inverse.hpp"

namespace ritz::ml {

using detail::require;

namespace {

using Map = Eigen::Map<const Eigen::VectorXd>;

Csr<double> posterior_precision(const CsrView<double>& Q, const CsrView<double>& A, VectorView<double> y,
                                double sigma) {
    require(Q.rows() == Q.cols() && A.cols() == Q.rows() && Eigen::Index(y.size()) == A.rows(),
            "Gmrf: Q is " + detail::shape(Q.rows(), Q.cols()) + ", A is " + detail::shape(A.rows(), A.cols()) +
                " and y has " + std::to_string(y.size()) + " elements: n x n, m x n and m are needed");
    require(sigma > 0 && std::isfinite(sigma), "Gmrf: sigma must be positive and finite");
    detail::require_finite<double>(Map(Q.values().data(), Eigen::Index(Q.nnz())), "Gmrf", "Q.values");
    detail::require_finite<double>(Map(A.values().data(), Eigen::Index(A.nnz())), "Gmrf", "A.values");
    detail::require_finite<double>(Map(y.data(), Eigen::Index(y.size())), "Gmrf", "y");
    const Csr<double> scaled_A = scaled(1 / sigma, A);
    return add<Order::row, double>(Q, multiply<Order::row, double>(transpose<Order::row, double>(scaled_A), scaled_A));
}

Eigen::VectorXd product_of(const CsrView<double>& A, const Eigen::VectorXd& x) {
    Eigen::VectorXd y(A.rows());
    A.apply(x, y);
    return y;
}

}  // namespace

Gmrf::Gmrf(const CsrView<double>& Q, const CsrView<double>& A, VectorView<double> y, double sigma,
           const GmrfOptions& options)
    : P_(posterior_precision(Q, A, y, sigma)), factor_(P_, options.factor) {
    const Eigen::Index n = Q.rows(), m = A.rows();
    require(options.prior_mean.size() == 0 || options.prior_mean.size() == n,
            "Gmrf: the prior mean has " + std::to_string(options.prior_mean.size()) + " elements, not " +
                std::to_string(n));
    Eigen::VectorXd mu = Eigen::VectorXd::Zero(n);
    if (options.prior_mean.size() > 0) mu = options.prior_mean;
    detail::require_finite<double>(mu, "Gmrf", "prior_mean");

    // Of the deviation d = m − μ: P d = Aᵀ(y − Aμ)/σ².
    const Eigen::VectorXd surprise = Map(y.data(), m) - product_of(A, mu);
    Eigen::VectorXd rhs(n);
    A.apply_transpose(surprise, rhs);
    rhs /= sigma * sigma;
    Eigen::VectorXd deviation(n), correction(n);
    factor_.apply(rhs, deviation);
    const Eigen::VectorXd residual = rhs - product_of(P_, deviation);
    factor_.apply(residual, correction);
    deviation += correction;
    mean_ = mu + deviation;
    const double norm = rhs.norm();
    relative_residual_ = norm > 0 ? (rhs - product_of(P_, deviation)).norm() / norm : 0;

    const Eigen::VectorXd misfit = surprise - product_of(A, deviation);
    const double log_det_Q = Cholesky<double>(Q, options.factor).log_determinant().logabsdet;
    log_likelihood_ = 0.5 * (log_det_Q - factor_.log_determinant().logabsdet) -
                      double(m) * (std::log(sigma) + 0.5 * std::log(2 * std::numbers::pi)) -
                      0.5 * (misfit.squaredNorm() / (sigma * sigma) + deviation.dot(product_of(Q, deviation)));
}

Eigen::VectorXd Gmrf::marginal_variances() const {
    return inverse_diagonal(factor_);
}

Eigen::MatrixXd Gmrf::sample(Eigen::Index count, std::uint64_t seed) const {
    require(count >= 0, "Gmrf: the number of samples must not be negative");
    Random random(seed);
    Eigen::MatrixXd X(mean_.size(), count);
    Eigen::VectorXd z(mean_.size());
    for (Eigen::Index k = 0; k < count; ++k) {
        for (double& value : z) value = random.normal();
        if (z.size() == 0) continue;
        const auto [root, report] =
            funm_multiply<double>(CsrView<double>(P_), z, Function::inverse_sqrt, {.rtol = 1e-8});
        if (!has_answer(report.status))
            throw NoConvergence("Gmrf: the square root of the precision: " + std::string(name(report.status)) + "; " +
                                report.message);
        X.col(k) = mean_ + root;
    }
    return X;
}

}  // namespace ritz::ml
