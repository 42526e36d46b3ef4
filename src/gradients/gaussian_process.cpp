// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/gaussian_process.hpp"

#include <cmath>
#include <numbers>

#include "gradients/check.hpp"

namespace ritz::gradients {

namespace detail {

template <std::floating_point T>
LogLikelihoodForward<T> log_likelihood(linalg::Matrix<T> K, linalg::Vector<T> y) {
    linalg::detail::require_same_rows(K.rows(), K.cols(), y.size(), 1, "gradients::log_likelihood");
    linalg::CholeskyFactor<T> factor = linalg::cho_factor(K);
    Eigen::VectorX<T> alpha = linalg::cho_solve(factor, y);
    double half_logdet = 0;
    const Eigen::MatrixX<T> L = factor.matrix_l();
    for (Eigen::Index i = 0; i < L.rows(); ++i) half_logdet += std::log(double(L(i, i)));
    const double value = -0.5 * double(y.dot(alpha)) - half_logdet -
                         0.5 * static_cast<double>(y.size()) * std::log(2 * std::numbers::pi);
    if (!std::isfinite(value) || !alpha.allFinite())
        throw LimitExceeded("gradients::log_likelihood: the value overflows");
    return {static_cast<T>(value), std::move(alpha), std::move(factor)};
}

namespace {
/// α αᵀ − K⁻¹
template <class T>
Eigen::MatrixX<T> weights(const LogLikelihoodForward<T>& f) {
    const Eigen::Index n = f.alpha.size();
    return f.alpha * f.alpha.transpose() - linalg::cho_solve(f.factor, Eigen::MatrixX<T>::Identity(n, n));
}
}  // namespace

}  // namespace detail

template <std::floating_point T>
LogLikelihoodCotangent<T> vjp(const LogLikelihoodForward<T>& f, std::type_identity_t<T> value_bar) {
    const char* who = "gradients::vjp(log_likelihood)";
    if (!std::isfinite(value_bar)) throw InvalidArgument(std::string(who) + ": value_bar is not finite");
    const Eigen::MatrixX<T> W = detail::weights(f) * (value_bar / 2);
    return {detail::finite(detail::hermitian_part(W), who),
            detail::finite(Eigen::VectorX<T>(-value_bar * f.alpha), who)};
}

template <std::floating_point T>
T jvp(const LogLikelihoodForward<T>& f, std::type_identity_t<linalg::Matrix<T>> K_dot,
      std::type_identity_t<linalg::Vector<T>> y_dot) {
    const char* who = "gradients::jvp(log_likelihood)";
    const Eigen::Index n = f.alpha.size();
    T value = 0;
    if (detail::given<T>(K_dot, n, n, who, "K_dot")) value += detail::weights(f).cwiseProduct(K_dot).sum() / 2;
    if (detail::given<T>(y_dot, n, 1, who, "y_dot")) value -= f.alpha.dot(y_dot);
    return value;
}

template <std::floating_point T>
Eigen::VectorX<T> gradient(const LogLikelihoodForward<T>& f,
                           std::type_identity_t<std::span<const Eigen::MatrixX<T>>> K_theta) {
    const char* who = "gradients::gradient(log_likelihood)";
    const Eigen::Index n = f.alpha.size();
    const Eigen::MatrixX<T> W = detail::weights(f);
    Eigen::VectorX<T> g(static_cast<Eigen::Index>(K_theta.size()));
    for (std::size_t k = 0; k < K_theta.size(); ++k) {
        detail::require_shape<T>(K_theta[k], n, n, who, "a derivative of K");
        g(static_cast<Eigen::Index>(k)) = W.cwiseProduct(K_theta[k]).sum() / 2;  // ½ tr(W ∂K/∂θ)
    }
    return detail::finite(std::move(g), who);
}

#define RITZ_INSTANTIATE(T)                                                                           \
    template LogLikelihoodForward<T> detail::log_likelihood<T>(linalg::Matrix<T>, linalg::Vector<T>); \
    template LogLikelihoodCotangent<T> vjp<T>(const LogLikelihoodForward<T>&, T);                     \
    template T jvp<T>(const LogLikelihoodForward<T>&, linalg::Matrix<T>, linalg::Vector<T>);          \
    template Eigen::VectorX<T> gradient<T>(const LogLikelihoodForward<T>&, std::span<const Eigen::MatrixX<T>>);
RITZ_INSTANTIATE(float)
RITZ_INSTANTIATE(double)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
