// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/whitening.hpp"

#include "core/instantiate.hpp"
#include "ml/centring.hpp"
#include "ritz/linalg/qr.hpp"
#include "ritz/linalg/structured.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::ml {

using detail::require;

template <Scalar T>
Whitening<T>::Whitening(linalg::Matrix<T> X, const WhiteningOptions& options) {
    using R = Real<T>;
    const Eigen::Index n = X.rows(), d = X.cols();
    detail::require_finite<T>(X, "whitening", "X");
    require(n >= 2, "whitening: " + std::to_string(n) + " observations have no variance; at least two are needed");
    require(options.epsilon >= 0 && std::isfinite(options.epsilon), "whitening: epsilon must be finite, not negative");
    require(options.rtol.value_or(0) >= 0, "whitening: rtol must not be negative");

    // Columns times 2^(their exponent − common): at most of order 1.
    const detail::Centred<T> X_c = detail::centre_columns<T>(X);
    mean_ = X_c.mean;
    int common = -std::numeric_limits<R>::max_exponent;
    for (Eigen::Index j = 0; j < d; ++j)
        if (!X_c.constant[j]) common = std::max(common, X_c.exponent[j]);
    Eigen::MatrixX<T> data = X_c.scaled;
    for (Eigen::Index j = 0; j < d; ++j)
        if (!X_c.constant[j]) data.col(j) *= std::ldexp(R(1), X_c.exponent[j] - common);
    const R divisor = std::sqrt(R(n - 1)), unit = std::ldexp(R(1), common);

    const auto [U, s, Vh] = linalg::svd(data, {.full_matrices = false});
    const R rtol = R(options.rtol.value_or(double(std::max(n, d)) * std::numeric_limits<R>::epsilon()));
    Eigen::Index rank = 0;
    while (rank < s.size() && s[rank] > rtol * s[0]) ++rank;
    deviations_ = s.head(rank) / divisor * unit;
    const R root_epsilon = std::sqrt(R(options.epsilon));

    if (options.method == WhiteningMethod::cholesky) {
        if (rank < d && options.epsilon == 0)
            throw SingularMatrix("whitening: the covariance has rank " + std::to_string(rank) + " of " +
                                 std::to_string(d) + ", so it has no Cholesky factor; use zca, pca or an epsilon");
        Eigen::MatrixX<T> rows(n + d, d);  // RᴴR = XᴴX + (n − 1) ε I
        rows << data, Eigen::MatrixX<T>::Identity(d, d) * T(root_epsilon * divisor / unit);
        const Eigen::MatrixX<T> R_factor = linalg::qr(rows, {.mode = linalg::QrMode::r}).R.topRows(d);
        matrix_ = linalg::solve_triangular(R_factor, Eigen::MatrixX<T>::Identity(d, d).eval(),
                                           {.on_ill_conditioned = linalg::OnIllConditioned::accept}) *
                  T(divisor / unit);
        inverse_ = R_factor * T(unit / divisor);
        return;
    }
    const Eigen::MatrixX<T> V = Vh.topRows(rank).adjoint();
    Eigen::VectorX<R> sigma(rank);
    for (Eigen::Index k = 0; k < rank; ++k) sigma[k] = std::hypot(deviations_[k], root_epsilon);
    matrix_ = V * sigma.cwiseInverse().template cast<T>().asDiagonal();
    inverse_ = sigma.template cast<T>().asDiagonal() * V.adjoint();
    if (options.method == WhiteningMethod::pca) return;
    matrix_ = (matrix_ * V.adjoint()).eval();
    inverse_ = (V * inverse_).eval();
    if (options.epsilon > 0) {  // the directions without variance have that of ε
        const Eigen::MatrixX<T> rest = Eigen::MatrixX<T>::Identity(d, d) - V * V.adjoint();
        matrix_ += rest / T(root_epsilon);
        inverse_ += rest * T(root_epsilon);
    }
}

template <Scalar T>
Eigen::MatrixX<T> Whitening<T>::transform(linalg::Matrix<T> X) const {
    require(X.cols() == mean_.size(), "Whitening: X has " + std::to_string(X.cols()) +
                                          " features, but those learnt are " + std::to_string(mean_.size()));
    detail::require_finite<T>(X, "Whitening", "X");
    const Eigen::MatrixX<T> centred = X.rowwise() - mean_.transpose();
    return detail::product<T>('N', centred, 'N', matrix_, "Whitening");
}

template <Scalar T>
Eigen::MatrixX<T> Whitening<T>::inverse(linalg::Matrix<T> Z) const {
    require(Z.cols() == matrix_.cols(), "Whitening: Z has " + std::to_string(Z.cols()) + " components, but there are " +
                                            std::to_string(matrix_.cols()));
    detail::require_finite<T>(Z, "Whitening", "Z");
    Eigen::MatrixX<T> X = detail::product<T>('N', Z, 'N', inverse_, "Whitening");
    X.rowwise() += mean_.transpose();
    return X;
}

#define RITZ_INSTANTIATE(T) template class Whitening<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::ml
