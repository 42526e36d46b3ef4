// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/covariance_function.hpp"

#include <cmath>
#include <cstdio>
#include <iterator>
#include <utility>

#include "ritz/core/error.hpp"
#include "ritz/ml/distances.hpp"

namespace ritz::ml {

namespace {

using ritz::detail::require;

/// Reduces nodes in postfix order with a stack: leaf(node) makes a value, join(node, a, b) one of two.
template <class Value, class Nodes, class Leaf, class Join>
Value reduce(const Nodes& nodes, Leaf&& leaf, Join&& join) {
    std::vector<Value> stack;
    for (const auto& node : nodes) {
        using Kind = decltype(node.kind);
        if (node.kind != Kind::sum && node.kind != Kind::product) {
            stack.push_back(leaf(node));
            continue;
        }
        Value b = std::move(stack.back());
        stack.pop_back();
        stack.back() = join(node, std::move(stack.back()), std::move(b));
    }
    return std::move(stack.back());
}

void check_parameters(const Eigen::VectorXd& values, const ParameterBounds& bounds, const char* who) {
    const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
    require(values.size() > 0, std::string("CovarianceFunction::") + who + ": there must be a parameter");
    for (const double value : values)
        require(positive(value), std::string("CovarianceFunction::") + who +
                                     ": parameters must be positive and finite, not " + std::to_string(value));
    require(positive(bounds.lower) && positive(bounds.upper) && bounds.lower <= bounds.upper,
            std::string("CovarianceFunction::") + who + ": bounds must be positive, finite and in ascending order");
}

Eigen::VectorXd one(double value) {
    return Eigen::VectorXd::Constant(1, value);
}

Lengthscale lengthscale(const Eigen::VectorXd& values) {
    if (values.size() == 1) return {.lengthscale = values[0]};
    return {.lengthscales = values};
}

Eigen::MatrixXd finite(Eigen::MatrixXd K) {
    if (!K.allFinite()) throw LimitExceeded("CovarianceFunction: an entry of the covariance matrix overflows");
    return K;
}

/// The upper triangle becomes the mirror image of the lower: vectorised exponentials of equal numbers differ by an ulp
/// from those of a loop's remainder.
Eigen::MatrixXd symmetric(Eigen::MatrixXd K) {
    K.triangularView<Eigen::StrictlyUpper>() = K.transpose();
    return K;
}

std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

}  // namespace

/// K and its derivatives by the parameters within.
struct CovarianceFunction::Value {
    Eigen::MatrixXd K;
    std::vector<Eigen::MatrixXd> by_theta;
};

CovarianceFunction::CovarianceFunction(Node leaf) {
    nodes_.push_back(std::move(leaf));
}

CovarianceFunction CovarianceFunction::constant(double value, const ParameterBounds& bounds) {
    check_parameters(one(value), bounds, "constant");
    return CovarianceFunction(Node{Kind::constant, {}, one(value), bounds});
}
CovarianceFunction CovarianceFunction::white_noise(double variance, const ParameterBounds& bounds) {
    check_parameters(one(variance), bounds, "white_noise");
    return CovarianceFunction(Node{Kind::white_noise, {}, one(variance), bounds});
}
CovarianceFunction CovarianceFunction::rbf(double lengthscale, const ParameterBounds& bounds) {
    return rbf(one(lengthscale), bounds);
}
CovarianceFunction CovarianceFunction::rbf(const Eigen::VectorXd& lengthscales, const ParameterBounds& bounds) {
    check_parameters(lengthscales, bounds, "rbf");
    return CovarianceFunction(Node{Kind::rbf, {}, lengthscales, bounds});
}
CovarianceFunction CovarianceFunction::matern(Smoothness nu, double lengthscale, const ParameterBounds& bounds) {
    return matern(nu, one(lengthscale), bounds);
}
CovarianceFunction CovarianceFunction::matern(Smoothness nu, const Eigen::VectorXd& lengthscales,
                                              const ParameterBounds& bounds) {
    check_parameters(lengthscales, bounds, "matern");
    return CovarianceFunction(Node{Kind::matern, nu, lengthscales, bounds});
}

CovarianceFunction CovarianceFunction::combine(const CovarianceFunction& a, const CovarianceFunction& b, Kind kind) {
    CovarianceFunction result = a;
    result.nodes_.insert(result.nodes_.end(), b.nodes_.begin(), b.nodes_.end());
    result.nodes_.push_back(Node{kind, {}, {}, {}});
    return result;
}
CovarianceFunction operator+(const CovarianceFunction& a, const CovarianceFunction& b) {
    return CovarianceFunction::combine(a, b, CovarianceFunction::Kind::sum);
}
CovarianceFunction operator*(const CovarianceFunction& a, const CovarianceFunction& b) {
    return CovarianceFunction::combine(a, b, CovarianceFunction::Kind::product);
}

Eigen::Index CovarianceFunction::parameters() const noexcept {
    Eigen::Index count = 0;
    for (const Node& node : nodes_) count += node.values.size();
    return count;
}

Eigen::VectorXd CovarianceFunction::theta() const {
    Eigen::VectorXd theta(parameters());
    Eigen::Index at = 0;
    for (const Node& node : nodes_)
        for (const double value : node.values) theta[at++] = std::log(value);
    return theta;
}

Eigen::MatrixXd CovarianceFunction::theta_bounds() const {
    Eigen::MatrixXd bounds(parameters(), 2);
    Eigen::Index at = 0;
    for (const Node& node : nodes_)
        for (const double value : node.values) {
            const bool fixed = node.bounds.lower == node.bounds.upper;
            bounds(at, 0) = std::log(fixed ? value : node.bounds.lower);
            bounds(at++, 1) = std::log(fixed ? value : node.bounds.upper);
        }
    return bounds;
}

CovarianceFunction CovarianceFunction::with_theta(const Eigen::VectorXd& theta) const {
    require(theta.size() == parameters(), "CovarianceFunction::with_theta: there are " + std::to_string(parameters()) +
                                              " parameters, but theta has " + std::to_string(theta.size()));
    CovarianceFunction result = *this;
    Eigen::Index at = 0;
    for (Node& node : result.nodes_)
        for (double& value : node.values) {
            value = std::exp(theta[at]);
            require(value > 0 && std::isfinite(value), "CovarianceFunction::with_theta: exp(theta[" +
                                                           std::to_string(at) + "]) must be positive and finite");
            ++at;
        }
    return result;
}

std::string CovarianceFunction::description() const {
    struct Text {
        std::string text;
        bool is_sum = false;
    };
    return reduce<Text>(
               nodes_,
               [](const Node& node) {
                   std::string text;
                   switch (node.kind) {
                       case Kind::constant:
                           text = "constant(";
                           break;
                       case Kind::white_noise:
                           text = "white_noise(";
                           break;
                       case Kind::rbf:
                           text = "rbf(";
                           break;
                       default:
                           text = node.nu == Smoothness::half           ? "matern_1/2("
                                  : node.nu == Smoothness::three_halves ? "matern_3/2("
                                                                        : "matern_5/2(";
                   }
                   for (Eigen::Index k = 0; k < node.values.size(); ++k)
                       text += (k == 0 ? "" : ", ") + short_number(node.values[k]);
                   return Text{text + ")"};
               },
               [](const Node& node, Text a, Text b) {
                   if (node.kind == Kind::sum) return Text{a.text + " + " + b.text, true};
                   const auto factor = [](const Text& t) { return t.is_sum ? "(" + t.text + ")" : t.text; };
                   return Text{factor(a) + " * " + factor(b)};
               })
        .text;
}

double CovarianceFunction::variance_of(bool with_noise) const noexcept {
    return reduce<double>(
        nodes_,
        [&](const Node& node) {
            if (node.kind == Kind::constant) return node.values[0];
            if (node.kind == Kind::white_noise) return with_noise ? node.values[0] : 0.0;
            return 1.0;
        },
        [](const Node& node, double a, double b) { return node.kind == Kind::sum ? a + b : a * b; });
}
double CovarianceFunction::variance() const noexcept {
    return variance_of(true);
}
double CovarianceFunction::variance_without_noise() const noexcept {
    return variance_of(false);
}

Eigen::MatrixXd CovarianceFunction::symmetric_matrix(linalg::Matrix<double> X) const {
    linalg::detail::require_finite<double>(X, "CovarianceFunction::matrix", "X");
    const Eigen::Index n = X.rows();
    return finite(symmetric(reduce<Eigen::MatrixXd>(
        nodes_,
        [&](const Node& node) -> Eigen::MatrixXd {
            switch (node.kind) {
                case Kind::constant:
                    return Eigen::MatrixXd::Constant(n, n, node.values[0]);
                case Kind::white_noise:
                    return node.values[0] * Eigen::MatrixXd::Identity(n, n);
                case Kind::rbf:
                    return rbf_kernel(X, lengthscale(node.values));
                default:
                    return matern_kernel(X, {.nu = node.nu, .scale = lengthscale(node.values)});
            }
        },
        [](const Node& node, Eigen::MatrixXd a, const Eigen::MatrixXd& b) {
            if (node.kind == Kind::sum)
                a += b;
            else
                a.array() *= b.array();
            return a;
        })));
}

Eigen::MatrixXd CovarianceFunction::cross_matrix(linalg::Matrix<double> X, linalg::Matrix<double> Y) const {
    linalg::detail::require_finite<double>(X, "CovarianceFunction::matrix", "X");
    linalg::detail::require_finite<double>(Y, "CovarianceFunction::matrix", "Y");
    require(X.cols() == Y.cols(), "CovarianceFunction::matrix: the points of X have " + std::to_string(X.cols()) +
                                      " features, those of Y " + std::to_string(Y.cols()));
    const Eigen::Index n = X.rows(), m = Y.rows();
    return finite(reduce<Eigen::MatrixXd>(
        nodes_,
        [&](const Node& node) -> Eigen::MatrixXd {
            switch (node.kind) {
                case Kind::constant:
                    return Eigen::MatrixXd::Constant(n, m, node.values[0]);
                case Kind::white_noise:
                    return Eigen::MatrixXd::Zero(n, m);
                case Kind::rbf:
                    return rbf_kernel(X, Y, lengthscale(node.values));
                default:
                    return matern_kernel(X, Y, {.nu = node.nu, .scale = lengthscale(node.values)});
            }
        },
        [](const Node& node, Eigen::MatrixXd a, const Eigen::MatrixXd& b) {
            if (node.kind == Kind::sum)
                a += b;
            else
                a.array() *= b.array();
            return a;
        }));
}

std::vector<Eigen::MatrixXd> CovarianceFunction::matrix_gradient(linalg::Matrix<double> X) const {
    linalg::detail::require_finite<double>(X, "CovarianceFunction::gradient", "X");
    const Eigen::Index n = X.rows();

    // ∂k/∂log ℓₖ = w(r) (xₖ − yₖ)²/ℓₖ²; with one ℓ for all features, w(r) r².
    const auto stationary = [&](const Node& node) -> Value {
        const Lengthscale scale = lengthscale(node.values);
        const Eigen::MatrixXd points =
            detail::scaled_points<linalg::Matrix<double>, double>(X, scale, "CovarianceFunction::gradient");
        const Eigen::ArrayXXd r2 = pairwise_distances(points, {.metric = Metric::squared_euclidean});
        Value value;
        Eigen::ArrayXXd w;
        if (node.kind == Kind::rbf) {
            value.K = rbf_kernel(X, scale);
            w = value.K;
        } else {
            value.K = matern_kernel(X, {.nu = node.nu, .scale = scale});
            // Beyond 10⁴ the exponential has vanished, and its factor must not be infinite.
            const Eigen::ArrayXXd r = r2.sqrt().min(1e4);
            switch (node.nu) {
                case Smoothness::half:
                    w = (r > 0).select((-r).exp() / r, 0.0);
                    break;
                case Smoothness::three_halves:
                    w = 3 * (-std::sqrt(3.0) * r).exp();
                    break;
                case Smoothness::five_halves:
                    w = 5.0 / 3 * (1 + std::sqrt(5.0) * r) * (-std::sqrt(5.0) * r).exp();
                    break;
            }
        }
        const auto weighted = [&](const Eigen::ArrayXXd& square) -> Eigen::MatrixXd {
            return (w > 0).select(w * square, 0.0);  // 0 times infinity is 0: the exponential wins
        };
        if (node.values.size() == 1) {
            value.by_theta.push_back(weighted(r2));
            return value;
        }
        for (Eigen::Index k = 0; k < X.cols(); ++k)
            value.by_theta.push_back(
                weighted((points.col(k).replicate(1, n) - points.col(k).transpose().replicate(n, 1)).array().square()));
        return value;
    };

    return reduce<Value>(
               nodes_,
               [&](const Node& node) -> Value {
                   if (node.kind == Kind::constant || node.kind == Kind::white_noise) {
                       Value value;
                       value.K = node.kind == Kind::constant
                                     ? Eigen::MatrixXd(Eigen::MatrixXd::Constant(n, n, node.values[0]))
                                     : Eigen::MatrixXd(node.values[0] * Eigen::MatrixXd::Identity(n, n));
                       value.by_theta.push_back(value.K);
                       return value;
                   }
                   return stationary(node);
               },
               [](const Node& node, Value a, Value b) {
                   if (node.kind == Kind::sum) {
                       a.K += b.K;
                   } else {
                       for (Eigen::MatrixXd& derivative : a.by_theta) derivative.array() *= b.K.array();
                       for (Eigen::MatrixXd& derivative : b.by_theta) derivative.array() *= a.K.array();
                       a.K.array() *= b.K.array();
                   }
                   std::move(b.by_theta.begin(), b.by_theta.end(), std::back_inserter(a.by_theta));
                   return a;
               })
        .by_theta;
}

}  // namespace ritz::ml
