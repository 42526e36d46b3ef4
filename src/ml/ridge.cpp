// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/ridge.hpp"

#include "ml/centring.hpp"
#include "ritz/linalg/cholesky.hpp"
#include "ritz/linalg/lstsq.hpp"
#include "ritz/linalg/svd.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/solvers/krylov.hpp"

namespace ritz::ml {

std::string_view name(RidgeMethod method) noexcept {
    switch (method) {
        case RidgeMethod::automatic:
            return "automatic";
        case RidgeMethod::primal:
            return "primal";
        case RidgeMethod::dual:
            return "dual";
        case RidgeMethod::augmented:
            return "augmented";
        case RidgeMethod::least_squares:
            return "least_squares";
    }
    return "";
}

namespace detail {

namespace {

/// y − 1ȳ = (X − 1x̄ᵀ) w without the intercept.
template <class R>
struct CentredProblem {
    Eigen::MatrixX<R> X;
    Eigen::VectorX<R> y, x_mean;
    R y_mean = 0;

    R intercept(const Eigen::VectorX<R>& w) const { return y_mean - x_mean.dot(w); }
};

void check_shapes(Eigen::Index n, Eigen::Index d, Eigen::Index y_rows, Eigen::Index y_cols, double alpha,
                  const std::string& who) {
    require(y_rows == n && y_cols == 1, who + ": X is " + shape(n, d) + ", but y is " + shape(y_rows, y_cols) +
                                            ": y needs one element for each row");
    require(n > 0, who + ": there are no observations");
    require(alpha >= 0 && std::isfinite(alpha), who + ": alpha must be finite and not negative");
}

template <class R>
CentredProblem<R> centred_problem(linalg::Matrix<R> X, linalg::Matrix<R> y, bool intercept, const char* who) {
    require_finite<R>(X, who, "X");
    require_finite<R>(y, who, "y");
    CentredProblem<R> problem{X, y.col(0), Eigen::VectorX<R>::Zero(X.cols()), 0};
    if (!intercept) return problem;
    problem.x_mean = centre_columns<R>(X).mean;
    problem.y_mean = centre_columns<R>(y).mean[0];
    problem.X.rowwise() -= problem.x_mean.transpose();
    problem.y.array() -= problem.y_mean;
    return problem;
}

template <class R>
double optimality(const CentredProblem<R>& p, const Eigen::VectorX<R>& w, double alpha) {
    const Eigen::VectorX<R> r = p.y - p.X * w;
    const Eigen::VectorX<R> gradient = p.X.transpose() * r - R(alpha) * w;
    const double scale = double(p.X.norm()) * double(p.y.norm()) + alpha * double(w.norm());
    return scale > 0 ? double(gradient.norm()) / scale : 0;
}

template <class R>
Eigen::VectorX<R> augmented_solution(const CentredProblem<R>& p, double alpha, RidgeReport& report) {
    const Eigen::Index n = p.X.rows(), d = p.X.cols();
    Eigen::MatrixX<R> A(n + d, d);
    A << p.X, Eigen::MatrixX<R>::Identity(d, d) * R(std::sqrt(alpha));
    Eigen::VectorX<R> b = Eigen::VectorX<R>::Zero(n + d);
    b.head(n) = p.y;
    auto solution = linalg::lstsq(A, b);
    report.rcond = solution.report.rcond;
    report.status = solution.report.status;
    return solution.x;
}

/// By Cholesky of XᵀX + αI or XXᵀ + αI, with a step of refinement; nothing when the matrix is too ill-conditioned.
template <class R>
std::optional<Eigen::VectorX<R>> normal_solution(const CentredProblem<R>& p, double alpha, bool dual,
                                                 RidgeReport& report) {
    Eigen::MatrixX<R> G = dual ? gram_of_rows<R>(p.X, "ridge") : gram_of_columns<R>(p.X, "ridge");
    if (!G.allFinite()) return {};
    G.diagonal().array() += R(alpha);
    try {
        const auto factor = linalg::cho_factor(G);
        report.rcond = factor.rcond();
        if (report.rcond < std::sqrt(double(std::numeric_limits<R>::epsilon()))) return {};
        if (dual) {
            Eigen::VectorX<R> a = linalg::cho_solve(factor, p.y);
            a += linalg::cho_solve(factor, Eigen::VectorX<R>(p.y - p.X * (p.X.transpose() * a) - R(alpha) * a));
            return p.X.transpose() * a;
        }
        Eigen::VectorX<R> w = linalg::cho_solve(factor, Eigen::VectorX<R>(p.X.transpose() * p.y));
        w += linalg::cho_solve(factor, Eigen::VectorX<R>(p.X.transpose() * (p.y - p.X * w) - R(alpha) * w));
        return w;
    } catch (const NotPositiveDefinite&) {
        return {};
    } catch (const IllConditioned&) {
        return {};
    }
}

}  // namespace

template <class R>
RidgeResult<R> ridge(linalg::Matrix<R> X, linalg::Matrix<R> y, double alpha, const RidgeOptions& options) {
    const Eigen::Index n = X.rows(), d = X.cols();
    check_shapes(n, d, y.rows(), y.cols(), alpha, "ridge");
    const CentredProblem<R> p = centred_problem<R>(X, y, options.intercept, "ridge");
    RidgeResult<R> result;
    RidgeReport& report = result.report;
    report.rank = std::min(n, d);
    report.method = options.method;
    const std::string sizes = std::to_string(d) + " features, " + std::to_string(n) + " observations";
    if (options.method == RidgeMethod::automatic) {
        report.method = alpha == 0 ? RidgeMethod::least_squares : d <= n ? RidgeMethod::primal : RidgeMethod::dual;
        report.explanation = alpha == 0 ? "alpha = 0 is least squares" : sizes + ": the smaller Gram matrix";
    }
    require(report.method != RidgeMethod::least_squares || alpha == 0, "ridge: least_squares is for alpha = 0");

    if (report.method == RidgeMethod::least_squares) {
        auto solution = linalg::lstsq(p.X, p.y);
        result.coefficients = std::move(solution.x);
        report.rank = solution.rank;
        report.rcond = solution.report.rcond;
        report.status = solution.report.status;
        if (report.rank < d)
            report.explanation += "; rank " + std::to_string(report.rank) + " of " + std::to_string(d) +
                                  ": the coefficients are those of least norm";
    } else {
        std::optional<Eigen::VectorX<R>> w;
        if (report.method != RidgeMethod::augmented) {
            w = normal_solution<R>(p, alpha, report.method == RidgeMethod::dual, report);
            if (!w) {
                report.method = RidgeMethod::augmented;
                report.explanation += std::string(report.explanation.empty() ? "" : "; ") +
                                      "the Gram matrix is too ill-conditioned, so QR of [X; sqrt(alpha) I]";
            }
        }
        result.coefficients = w ? std::move(*w) : augmented_solution<R>(p, alpha, report);
    }
    if (!result.coefficients.allFinite())
        throw LimitExceeded("ridge: a coefficient is larger than the largest number of its type");
    result.intercept = p.intercept(result.coefficients);
    report.optimality = optimality<R>(p, result.coefficients, alpha);
    return result;
}

template <class R>
RidgePath<R> ridge_path(linalg::Matrix<R> X, linalg::Matrix<R> y, const Eigen::VectorXd& alphas, bool intercept) {
    const Eigen::Index n = X.rows(), d = X.cols(), count = alphas.size();
    check_shapes(n, d, y.rows(), y.cols(), 0, "ridge_path");
    require(count > 0, "ridge_path: no alpha is given");
    require(n > 1, "ridge_path: leaving the only observation out leaves none");
    for (Eigen::Index k = 0; k < count; ++k)
        require(alphas[k] >= 0 && std::isfinite(alphas[k]),
                "ridge_path: alphas[" + std::to_string(k) + "] must be finite and not negative");
    const CentredProblem<R> p = centred_problem<R>(X, y, intercept, "ridge_path");
    const auto [U, s, Vh] = linalg::svd(p.X, {.full_matrices = false});
    const Eigen::VectorX<R> Uy = U.transpose() * p.y;
    const R cutoff = s.size() > 0 ? s[0] * R(std::max(n, d)) * std::numeric_limits<R>::epsilon() : R(0);

    RidgePath<R> path{alphas,
                      Eigen::MatrixX<R>(d, count),
                      Eigen::VectorX<R>(count),
                      Eigen::VectorX<R>(count),
                      Eigen::VectorX<R>(count),
                      Eigen::VectorX<R>(count),
                      0};
    for (Eigen::Index k = 0; k < count; ++k) {
        Eigen::VectorX<R> shrink(s.size()), gain(s.size());  // s²/(s² + α) and s/(s² + α)
        for (Eigen::Index i = 0; i < s.size(); ++i) {
            const R root = std::hypot(s[i], R(std::sqrt(alphas[k])));
            const bool counts = s[i] > cutoff || alphas[k] > 0;
            const R ratio = counts && root > 0 ? s[i] / root : R(0);
            shrink[i] = ratio * ratio;
            gain[i] = counts && root > 0 ? ratio / root : R(0);
        }
        path.coefficients.col(k) = Vh.transpose() * gain.cwiseProduct(Uy);
        path.intercepts[k] = p.intercept(path.coefficients.col(k));
        const Eigen::VectorX<R> r = p.y - U * shrink.cwiseProduct(Uy);
        // Hᵢᵢ: the mean takes 1/n, the directions what is not shrunk away.
        Eigen::VectorX<R> h = U.cwiseAbs2() * shrink;
        if (intercept) h.array() += R(1) / R(n);
        path.degrees_of_freedom[k] = h.sum();
        const R least = R(n) * std::numeric_limits<R>::epsilon();  // 1 − Hᵢᵢ below that is rounding
        R sum = 0;
        for (Eigen::Index i = 0; i < n; ++i) {
            const R rest = 1 - h[i];
            const R error = rest > least ? r[i] / rest : std::numeric_limits<R>::infinity();
            sum += error * error;
        }
        path.leave_one_out[k] = sum / R(n);
        const R free = R(n) - path.degrees_of_freedom[k];
        path.gcv[k] = free > R(n) * least ? R(n) * (r.squaredNorm() / free) / free : std::numeric_limits<R>::infinity();
    }
    path.leave_one_out.minCoeff(&path.best);
    return path;
}

#define RITZ_INSTANTIATE(R)                                                                              \
    template RidgeResult<R> ridge<R>(linalg::Matrix<R>, linalg::Matrix<R>, double, const RidgeOptions&); \
    template RidgePath<R> ridge_path<R>(linalg::Matrix<R>, linalg::Matrix<R>, const Eigen::VectorXd&, bool);
RITZ_INSTANTIATE(float)
RITZ_INSTANTIATE(double)
#undef RITZ_INSTANTIATE

}  // namespace detail

template <std::floating_point R>
RidgeResult<R> ridge(const CsrView<R>& X, VectorView<std::type_identity_t<R>> y, double alpha,
                     const RidgeOptions& options) {
    using Map = Eigen::Map<const Eigen::VectorX<R>>;
    const Index n = X.rows(), d = X.cols(), extra = options.intercept ? 1 : 0;
    detail::check_shapes(n, d, Eigen::Index(y.size()), 1, alpha, "ridge");
    detail::require(options.method == RidgeMethod::automatic, "ridge: a sparse X has no choice of methods");
    detail::require_finite<R>(Map(X.values().data(), Eigen::Index(X.nnz())), "ridge", "X.values");
    detail::require_finite<R>(Map(y.data(), n), "ridge", "y");
    const R root_alpha = R(std::sqrt(alpha));
    const MatrixFree A(
        n + d, d + extra,
        [&](VectorView<R> v, VectorRef<R> u) {
            X.apply(v.subview(0, d), u.subview(0, n));
            if (extra)
                for (Index i = 0; i < n; ++i) u[i] += v[d];
            for (Index k = 0; k < d; ++k) u[n + k] = root_alpha * v[k];
        },
        [&](VectorView<R> u, VectorRef<R> v) {
            X.apply_transpose(u.subview(0, n), v.subview(0, d));
            if (extra) v[d] = Map(u.data(), n).sum();
            for (Index k = 0; k < d; ++k) v[k] += root_alpha * u[n + k];
        });
    Eigen::VectorX<R> b = Eigen::VectorX<R>::Zero(n + d), x = Eigen::VectorX<R>::Zero(d + extra);
    b.head(n) = Map(y.data(), n);
    RidgeResult<R> result;
    RidgeReport& report = result.report;
    report.rank = std::min(n, d);
    report.explanation = "X is sparse: LSMR on [X; sqrt(alpha) I], without squaring or centring X";
    report.method = alpha > 0 ? RidgeMethod::augmented : RidgeMethod::least_squares;
    const KrylovReport krylov = lsmr(A, b, x, KrylovOptions{.stop = {.rtol = 1e-12}, .history = false});

    result.coefficients = x.head(d);
    if (extra) result.intercept = x[d];
    report.status = krylov.status;
    report.rcond = krylov.condition_estimate > 0 ? 1 / krylov.condition_estimate : 0;
    if (!krylov.message.empty()) report.explanation += "; " + krylov.message;
    // The gradient of what is returned.
    Eigen::VectorX<R> r(n + d), gradient(d + extra);
    A.apply(VectorView<R>(x), VectorRef<R>(r));
    r = b - r;
    A.apply_adjoint(VectorView<R>(r), VectorRef<R>(gradient));
    const double norm_X = std::hypot(double(Map(X.values().data(), Eigen::Index(X.nnz())).norm()),
                                     double(root_alpha) * std::sqrt(double(d)), std::sqrt(double(extra * n)));
    const double scale = norm_X * double(b.norm());
    report.optimality = scale > 0 ? double(gradient.norm()) / scale : 0;
    const double limit = std::is_same_v<R, float> ? 1e-5 : 1e-10;
    // The gradient decides, not the iteration: one that stagnated at rounding has found the minimiser.
    if (report.optimality <= limit && (report.status == Status::stagnated || report.status == Status::max_iterations))
        report.status = Status::converged;
    if (report.status == Status::converged && !(report.optimality <= limit)) report.status = Status::not_converged;
    return result;
}

template RidgeResult<float> ridge(const CsrView<float>&, VectorView<float>, double, const RidgeOptions&);
template RidgeResult<double> ridge(const CsrView<double>&, VectorView<double>, double, const RidgeOptions&);

}  // namespace ritz::ml
