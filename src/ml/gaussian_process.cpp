// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/gaussian_process.hpp"

#include <numbers>

#include "ml/dense.hpp"
#include "ritz/core/random.hpp"
#include "ritz/linalg/cholesky.hpp"
#include "ritz/linalg/eigh.hpp"
#include "ritz/linalg/structured.hpp"

namespace ritz::ml {

using detail::require;
using detail::require_finite;

namespace {

using Kind = Kernel::Kind;

bool has_lengthscales(Kind kind) {
    return kind != Kind::constant && kind != Kind::white_noise;
}

std::string kind_name(Kind kind) {
    switch (kind) {
        case Kind::rbf:
            return "rbf";
        case Kind::matern_half:
            return "matern_half";
        case Kind::matern_three_halves:
            return "matern_three_halves";
        case Kind::matern_five_halves:
            return "matern_five_halves";
        case Kind::constant:
            return "constant";
        case Kind::white_noise:
            return "white_noise";
    }
    return "";
}

Kind matern_kind(Smoothness nu) {
    if (nu == Smoothness::half) return Kind::matern_half;
    return nu == Smoothness::three_halves ? Kind::matern_three_halves : Kind::matern_five_halves;
}

Lengthscale scale_of(const Kernel::Term& term) {
    if (term.lengthscales.size() == 1) return {.lengthscale = term.lengthscales[0]};
    return {.lengthscales = term.lengthscales};
}

/// Without white noise. Y null: of X with itself.
Eigen::MatrixXd matrix_of(const Kernel::Term& term, const Eigen::MatrixXd& X, const Eigen::MatrixXd* Y) {
    const Eigen::Index columns = Y ? Y->rows() : X.rows();
    const auto matern = [&](Smoothness nu) {
        return Y ? matern_kernel(X, *Y, {nu, scale_of(term)}) : matern_kernel(X, {nu, scale_of(term)});
    };
    switch (term.kind) {
        case Kind::rbf:
            return term.variance * (Y ? rbf_kernel(X, *Y, scale_of(term)) : rbf_kernel(X, scale_of(term)));
        case Kind::matern_half:
            return term.variance * matern(Smoothness::half);
        case Kind::matern_three_halves:
            return term.variance * matern(Smoothness::three_halves);
        case Kind::matern_five_halves:
            return term.variance * matern(Smoothness::five_halves);
        case Kind::constant:
            return Eigen::MatrixXd::Constant(X.rows(), columns, term.variance);
        case Kind::white_noise:
            return Eigen::MatrixXd::Zero(X.rows(), columns);
    }
    return {};
}

/// g with ∂k/∂(log ℓₖ) = g (xₖ − yₖ)²/ℓₖ²: −k'(r)/r as a function of r, the Matérn functions' by hand.
Eigen::MatrixXd lengthscale_factor(const Kernel::Term& term, const Eigen::MatrixXd& X) {
    if (term.kind == Kind::rbf) return matrix_of(term, X, nullptr);
    const Eigen::MatrixXd scaled =
        term.lengthscales.size() == 1
            ? Eigen::MatrixXd(X / term.lengthscales[0])
            : Eigen::MatrixXd(X * Eigen::VectorXd(term.lengthscales.cwiseInverse()).asDiagonal());
    const Eigen::ArrayXXd r = pairwise_distances(scaled).array().min(1e4);
    const double root3 = std::sqrt(3.0), root5 = std::sqrt(5.0);
    switch (term.kind) {
        case Kind::matern_half:  // e⁻ʳ / r; where r = 0, (xₖ − yₖ)² is 0 as well
            return term.variance * ((-r).exp() / (r == 0).select(1.0, r)).matrix();
        case Kind::matern_three_halves:
            return term.variance * 3 * (-root3 * r).exp().matrix();
        default:
            return term.variance * 5.0 / 3 * ((1 + root5 * r) * (-root5 * r).exp()).matrix();
    }
}

/// K = L Lᵀ with as little on the diagonal as the policy allows.
Eigen::MatrixXd factor_of(Eigen::MatrixXd K, const JitterPolicy& policy, GaussianProcessReport& report) {
    require(policy.attempts >= 0 && (policy.attempts == 0 || (policy.initial > 0 && policy.factor >= 1)),
            "gaussian_process: the jitter policy needs initial > 0, factor >= 1, attempts >= 0");
    const Eigen::VectorXd diagonal = K.diagonal();
    const double unit = diagonal.size() > 0 ? diagonal.mean() : 0;
    std::string cause;
    for (int attempt = 0;; ++attempt) {
        try {
            const auto factor = linalg::cho_factor(K);
            report.rcond = factor.rcond();
            report.attempts = attempt;
            if (attempt > 0)
                report.explanation = "jitter was added to the diagonal in attempt " + std::to_string(attempt) +
                                     ", because without it: " + cause;
            return factor.matrix_l();
        } catch (const NotPositiveDefinite& error) {
            if (cause.empty()) cause = error.what();
            if (attempt == policy.attempts) throw;
        } catch (const IllConditioned& error) {
            if (cause.empty()) cause = error.what();
            if (attempt == policy.attempts) throw;
        }
        report.jitter = unit * policy.initial * std::pow(policy.factor, attempt);
        K.diagonal() = diagonal.array() + report.jitter;
    }
}

}  // namespace

Kernel::Kernel(Term term) {
    const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
    require(positive(term.variance), "Kernel: variances must be positive and finite");
    require(has_lengthscales(term.kind) == (term.lengthscales.size() > 0),
            "Kernel: at least one lengthscale is needed");
    for (const double lengthscale : term.lengthscales)
        require(positive(lengthscale), "Kernel: lengthscales must be positive and finite");
    terms_.push_back(std::move(term));
}

Kernel Kernel::rbf(double variance, double lengthscale) {
    return Kernel(Term{Kind::rbf, variance, Eigen::VectorXd::Constant(1, lengthscale)});
}
Kernel Kernel::rbf(double variance, const Eigen::VectorXd& lengthscales) {
    return Kernel(Term{Kind::rbf, variance, lengthscales});
}
Kernel Kernel::matern(Smoothness nu, double variance, double lengthscale) {
    return Kernel(Term{matern_kind(nu), variance, Eigen::VectorXd::Constant(1, lengthscale)});
}
Kernel Kernel::matern(Smoothness nu, double variance, const Eigen::VectorXd& lengthscales) {
    return Kernel(Term{matern_kind(nu), variance, lengthscales});
}
Kernel Kernel::constant(double variance) {
    return Kernel(Term{Kind::constant, variance, {}});
}
Kernel Kernel::white_noise(double variance) {
    return Kernel(Term{Kind::white_noise, variance, {}});
}

Eigen::VectorXd Kernel::parameters() const {
    std::vector<double> theta;
    for (const Term& term : terms_) {
        theta.push_back(std::log(term.variance));
        for (const double lengthscale : term.lengthscales) theta.push_back(std::log(lengthscale));
    }
    return Eigen::Map<const Eigen::VectorXd>(theta.data(), Eigen::Index(theta.size()));
}

std::vector<std::string> Kernel::parameter_names() const {
    std::vector<std::string> names;
    for (std::size_t t = 0; t < terms_.size(); ++t) {
        const std::string term = kind_name(terms_[t].kind) + "[" + std::to_string(t) + "].";
        names.push_back(term + "variance");
        for (Eigen::Index k = 0; k < terms_[t].lengthscales.size(); ++k)
            names.push_back(term + "lengthscale[" + std::to_string(k) + "]");
    }
    return names;
}

Kernel Kernel::with_parameters(const Eigen::VectorXd& logarithms) const {
    require(logarithms.size() == parameters().size(), "Kernel: there are " + std::to_string(parameters().size()) +
                                                          " parameters, not " + std::to_string(logarithms.size()));
    require_finite<double>(logarithms, "Kernel", "parameters");
    Kernel result = *this;
    Eigen::Index next = 0;
    for (Term& term : result.terms_) {
        term.variance = std::exp(logarithms[next++]);
        for (double& lengthscale : term.lengthscales) lengthscale = std::exp(logarithms[next++]);
        term = Kernel(term).terms_.front();  // checks
    }
    return result;
}

Eigen::MatrixXd Kernel::latent(const Eigen::MatrixXd& X) const {
    Eigen::MatrixXd K = Eigen::MatrixXd::Zero(X.rows(), X.rows());
    for (const Term& term : terms_) K += matrix_of(term, X, nullptr);
    return K;
}

Eigen::MatrixXd Kernel::operator()(const Eigen::MatrixXd& X) const {
    Eigen::MatrixXd K = latent(X);
    K.diagonal().array() += noise();
    return K;
}

Eigen::MatrixXd Kernel::operator()(const Eigen::MatrixXd& X, const Eigen::MatrixXd& Y) const {
    Eigen::MatrixXd K = Eigen::MatrixXd::Zero(X.rows(), Y.rows());
    for (const Term& term : terms_) K += matrix_of(term, X, &Y);
    return K;
}

double Kernel::variance_at_a_point() const {
    double sum = 0;
    for (const Term& term : terms_)
        if (term.kind != Kind::white_noise) sum += term.variance;
    return sum;
}

double Kernel::noise() const {
    double sum = 0;
    for (const Term& term : terms_)
        if (term.kind == Kind::white_noise) sum += term.variance;
    return sum;
}

std::vector<Eigen::MatrixXd> Kernel::gradients(const Eigen::MatrixXd& X) const {
    std::vector<Eigen::MatrixXd> result;
    for (const Term& term : terms_) {
        if (term.kind == Kind::white_noise)
            result.push_back(term.variance * Eigen::MatrixXd::Identity(X.rows(), X.rows()));
        else
            result.push_back(matrix_of(term, X, nullptr));
        if (!has_lengthscales(term.kind)) continue;
        const Eigen::MatrixXd factor = lengthscale_factor(term, X);
        const auto squared = [&](const Eigen::MatrixXd& features, double lengthscale) {
            return pairwise_distances(Eigen::MatrixXd(features / lengthscale), {Metric::squared_euclidean});
        };
        if (term.lengthscales.size() == 1)
            result.push_back(factor.cwiseProduct(squared(X, term.lengthscales[0])));
        else
            for (Eigen::Index k = 0; k < term.lengthscales.size(); ++k)
                result.push_back(factor.cwiseProduct(squared(X.col(k), term.lengthscales[k])));
    }
    return result;
}

GaussianProcess::GaussianProcess(Eigen::MatrixXd X, const Eigen::VectorXd& y, Kernel kernel,
                                 const GaussianProcessOptions& options)
    : X_(std::move(X)), kernel_(std::move(kernel)), mean_(options.mean) {
    require(X_.rows() == y.size(), "gaussian_process: X is " + detail::shape(X_.rows(), X_.cols()) + ", but y has " +
                                       std::to_string(y.size()) + " elements");
    require(std::isfinite(mean_), "gaussian_process: the mean must be finite");
    require_finite<double>(X_, "gaussian_process", "X");
    require_finite<double>(y, "gaussian_process", "y");
    if (X_.rows() == 0) {
        L_.resize(0, 0);
        alpha_.resize(0);
        report_.rcond = 1;
        return;
    }
    L_ = factor_of(kernel_(X_), options.jitter, report_);
    const Eigen::VectorXd centred = y.array() - mean_;
    const linalg::TriangularOptions lower{.uplo = linalg::Uplo::lower,
                                          .on_ill_conditioned = linalg::OnIllConditioned::accept};
    const Eigen::VectorXd z = linalg::solve_triangular(L_, centred, lower);  // yᵀK⁻¹y = ‖L⁻¹y‖²
    auto upper = lower;
    upper.op = linalg::Op::transpose;
    alpha_ = linalg::solve_triangular(L_, z, upper);
    log_likelihood_ = -0.5 * z.squaredNorm() - L_.diagonal().array().log().sum() -
                      0.5 * double(y.size()) * std::log(2 * std::numbers::pi);
}

Eigen::MatrixXd GaussianProcess::whitened_cross_covariance(const Eigen::MatrixXd& X_new) const {
    const Eigen::MatrixXd K_star = kernel_(X_, X_new);
    if (K_star.size() == 0) return K_star;
    return linalg::solve_triangular(
        L_, K_star, {.uplo = linalg::Uplo::lower, .on_ill_conditioned = linalg::OnIllConditioned::accept});
}

GaussianPrediction GaussianProcess::predict_at(const Eigen::MatrixXd& X_new) const {
    require(X_new.cols() == X_.cols(), "GaussianProcess: X has " + std::to_string(X_new.cols()) +
                                           " features, but those observed " + std::to_string(X_.cols()));
    require_finite<double>(X_new, "GaussianProcess", "X");
    GaussianPrediction result;
    result.mean = (kernel_(X_, X_new).transpose() * alpha_).array() + mean_;
    result.variance =
        kernel_.variance_at_a_point() - whitened_cross_covariance(X_new).colwise().squaredNorm().transpose().array();
    for (double& variance : result.variance)
        if (variance < 0) variance = 0, ++result.clipped;
    return result;
}

Eigen::MatrixXd GaussianProcess::covariance_at(const Eigen::MatrixXd& X_new) const {
    require(X_new.cols() == X_.cols(), "GaussianProcess: X has " + std::to_string(X_new.cols()) +
                                           " features, but those observed " + std::to_string(X_.cols()));
    require_finite<double>(X_new, "GaussianProcess", "X");
    const Eigen::MatrixXd V = whitened_cross_covariance(X_new);
    return kernel_.latent(X_new) - detail::gram_of_columns<double>(V, "GaussianProcess");
}

Eigen::MatrixXd GaussianProcess::sample_at(const Eigen::MatrixXd& X_new, Eigen::Index count, std::uint64_t seed) const {
    require(count >= 0, "GaussianProcess: the number of samples must not be negative");
    const Eigen::VectorXd mean = predict_at(X_new).mean;
    const auto [eigenvalues, V] = linalg::eigh(covariance_at(X_new));
    Random random(seed);
    Eigen::MatrixXd Z(X_new.rows(), count);
    for (double& z : Z.reshaped()) z = random.normal();
    Z = (V * Eigen::VectorXd(eigenvalues.cwiseMax(0).cwiseSqrt()).asDiagonal() * Z).eval();
    Z.colwise() += mean;
    return Z;
}

Eigen::VectorXd GaussianProcess::log_marginal_likelihood_gradient() const {
    const Eigen::Index n = X_.rows();
    const std::vector<Eigen::MatrixXd> dK = kernel_.gradients(X_);
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(Eigen::Index(dK.size()));
    if (n == 0) return gradient;
    const Eigen::MatrixXd L_inverse =
        linalg::solve_triangular(L_, Eigen::MatrixXd::Identity(n, n).eval(),
                                 {.uplo = linalg::Uplo::lower, .on_ill_conditioned = linalg::OnIllConditioned::accept});
    const Eigen::MatrixXd K_inverse = detail::gram_of_columns<double>(L_inverse, "GaussianProcess");
    const Eigen::MatrixXd W = alpha_ * alpha_.transpose() - K_inverse;
    for (std::size_t i = 0; i < dK.size(); ++i) gradient[Eigen::Index(i)] = 0.5 * W.cwiseProduct(dK[i]).sum();
    return gradient;
}

namespace {

/// The likelihood at θ; nothing where the covariance has no factor.
struct Evaluation {
    std::optional<GaussianProcess> process;
    double value = -std::numeric_limits<double>::infinity();
    Eigen::VectorXd gradient;
};

struct Ascent {
    Eigen::VectorXd theta;
    Evaluation at;
    Status status = Status::max_iterations;
    int iterations = 0;
    double projected_gradient = 0;
};

class Likelihood {
public:
    Likelihood(const Eigen::MatrixXd& X, const Eigen::VectorXd& y, const Kernel& kernel,
               const HyperparameterOptions& options)
        : X_(X),
          y_(y),
          kernel_(kernel),
          options_(options),
          low_(std::log(options.lower)),
          high_(std::log(options.upper)) {}

    double low() const { return low_; }
    double high() const { return high_; }

    Evaluation evaluate(const Eigen::VectorXd& theta) const {
        Evaluation result;
        try {
            result.process.emplace(X_, y_, kernel_.with_parameters(theta), options_.process);
            result.value = result.process->log_marginal_likelihood();
            result.gradient = result.process->log_marginal_likelihood_gradient();
        } catch (const NotPositiveDefinite&) {
        } catch (const IllConditioned&) {
        }
        return result;
    }

    Ascent ascend(Eigen::VectorXd theta) const {
        Ascent a{theta.cwiseMax(low_).cwiseMin(high_), {}};
        a.at = evaluate(a.theta);
        if (!a.at.process) return a.status = Status::breakdown, a;
        const Eigen::Index p = theta.size();
        Eigen::MatrixXd H = Eigen::MatrixXd::Identity(p, p);  // approximates the inverse of minus the Hessian
        for (;; ++a.iterations) {
            // Parameters at a bound that want to cross it rest.
            Eigen::VectorXd free = Eigen::VectorXd::Ones(p);
            for (Eigen::Index i = 0; i < p; ++i)
                if ((a.theta[i] <= low_ && a.at.gradient[i] < 0) || (a.theta[i] >= high_ && a.at.gradient[i] > 0))
                    free[i] = 0;
            const Eigen::VectorXd g = a.at.gradient.cwiseProduct(free);
            a.projected_gradient = p > 0 ? g.cwiseAbs().maxCoeff() : 0;
            if (a.projected_gradient <= options_.gradient_tolerance * std::max(1.0, std::abs(a.at.value)))
                return a.status = Status::converged, a;
            if (a.iterations == options_.max_iterations) return a.status = Status::max_iterations, a;
            Eigen::VectorXd direction = free.cwiseProduct(H * g);
            if (!(direction.dot(g) > 0)) direction = g, H.setIdentity();
            if (const double longest = direction.cwiseAbs().maxCoeff(); longest > 2) direction *= 2 / longest;

            Evaluation next;
            Eigen::VectorXd step;
            for (double length = 1;; length /= 2) {
                step = (a.theta + length * direction).cwiseMax(low_).cwiseMin(high_) - a.theta;
                if (length < 1e-10) return a.status = Status::stagnated, a;
                next = evaluate(a.theta + step);
                if (next.value >= a.at.value + 1e-4 * g.dot(step)) break;  // Armijo
            }
            const Eigen::VectorXd change = a.at.gradient - next.gradient;
            a.theta += step;
            a.at = std::move(next);
            const double curvature = change.dot(step);
            if (curvature > 1e-12 * change.norm() * step.norm()) {  // H ← BFGS
                const Eigen::MatrixXd E = Eigen::MatrixXd::Identity(p, p) - step * change.transpose() / curvature;
                H = (E * H * E.transpose() + step * step.transpose() / curvature).eval();
            }
        }
    }

private:
    const Eigen::MatrixXd& X_;
    const Eigen::VectorXd& y_;
    const Kernel& kernel_;
    const HyperparameterOptions& options_;
    double low_, high_;
};

}  // namespace

HyperparameterResult detail::optimise_hyperparameters(const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
                                                      const Kernel& kernel, const HyperparameterOptions& options) {
    require(options.lower > 0 && options.lower < options.upper && std::isfinite(options.upper),
            "optimise_hyperparameters: 0 < lower < upper must hold");
    require(options.restarts >= 0 && options.max_iterations >= 0 && options.gradient_tolerance > 0,
            "optimise_hyperparameters: an option is out of range");
    const Likelihood likelihood(X, y, kernel, options);
    const Eigen::VectorXd own = kernel.parameters();
    Ascent best = likelihood.ascend(own);
    if (!best.at.process) (void)GaussianProcess(X, y, kernel, options.process);  // says why by throwing
    Random random(options.seed);
    for (int restart = 0; restart < options.restarts; ++restart) {
        Eigen::VectorXd start = own;
        for (double& theta : start) theta += random.uniform(-2.5, 2.5);
        Ascent other = likelihood.ascend(start);
        if (other.at.value > best.at.value) best = std::move(other);
    }
    require(best.at.process.has_value(),
            "optimise_hyperparameters: the kernel's parameters lie outside the bounds, "
            "and inside the covariance has no Cholesky factor");
    HyperparameterResult result{std::move(*best.at.process), best.status, best.iterations, best.projected_gradient};
    const auto names = kernel.parameter_names();
    for (Eigen::Index i = 0; i < own.size(); ++i)
        if (best.theta[i] <= likelihood.low() || best.theta[i] >= likelihood.high())
            result.at_bounds.push_back(names[std::size_t(i)]);
    return result;
}

}  // namespace ritz::ml
