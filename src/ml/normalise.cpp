// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/normalise.hpp"

#include "core/instantiate.hpp"
#include "ml/centring.hpp"

namespace ritz::ml {

namespace detail {

template <Scalar T>
void normalise_columns(Eigen::MatrixX<T>& X, const NormaliseOptions& options, const char* who, const char* what) {
    using R = Real<T>;
    for (Eigen::Index j = 0; j < X.cols(); ++j) {
        auto x = X.col(j);
        const R largest = largest_part(x);
        for (Eigen::Index i = 0; i < x.size(); ++i)
            require(std::isfinite(std::abs(x[i] / R(2))), std::string(who) + ": " + what + " " + std::to_string(j) +
                                                              " is not finite at " + std::to_string(i));
        if (largest == 0) {
            require(options.zero_vectors == ZeroVectors::keep,
                    std::string(who) + ": " + what + " " + std::to_string(j) + " is zero and has no direction");
            continue;
        }
        x *= power_of_two<R>(-binary_exponent(largest));
        switch (options.norm) {
            case LengthNorm::l1:
                x /= x.cwiseAbs().sum();
                break;
            case LengthNorm::l2:
                x /= x.norm();
                break;
            case LengthNorm::max:
                x /= x.cwiseAbs().maxCoeff();
                break;
        }
    }
}

}  // namespace detail

template <Scalar T>
Standardisation<T>::Standardisation(linalg::Matrix<T> X, const StandardiseOptions& options) {
    using detail::require;
    detail::require_finite<T>(X, "standardisation", "X");
    require(X.rows() > options.ddof, "standardisation: " + std::to_string(X.rows()) + " observations with ddof = " +
                                         std::to_string(options.ddof) + " leave no degrees of freedom");
    const detail::Centred<T> X_c = detail::centre_columns<T>(X);
    mean_ = X_c.mean;
    scale_.resize(X.cols());
    for (Eigen::Index j = 0; j < X.cols(); ++j) {
        require(!X_c.constant[j] || options.constant_features == ConstantFeatures::keep,
                "standardisation: feature " + std::to_string(j) + " is constant and cannot have variance 1");
        scale_[j] = X_c.constant[j]
                        ? Real<T>(1)
                        : detail::scaled_by_power(
                              X_c.scaled.col(j).norm() / std::sqrt(Real<T>(X.rows() - options.ddof)), X_c.exponent[j]);
    }
}

template <Scalar T>
Eigen::MatrixX<T> Standardisation<T>::transform(linalg::Matrix<T> X) const {
    detail::require(X.cols() == mean_.size(), "Standardisation: X has " + std::to_string(X.cols()) +
                                                  " features, but those learnt are " + std::to_string(mean_.size()));
    detail::require_finite<T>(X, "Standardisation", "X");
    Eigen::MatrixX<T> Z = X;
    for (Eigen::Index j = 0; j < Z.cols(); ++j) Z.col(j) = (Z.col(j).array() - mean_[j]) / scale_[j];
    return Z;
}

template <Scalar T>
Eigen::MatrixX<T> Standardisation<T>::inverse(linalg::Matrix<T> Z) const {
    detail::require(Z.cols() == mean_.size(), "Standardisation: Z has " + std::to_string(Z.cols()) +
                                                  " features, but those learnt are " + std::to_string(mean_.size()));
    detail::require_finite<T>(Z, "Standardisation", "Z");
    Eigen::MatrixX<T> X = Z;
    for (Eigen::Index j = 0; j < X.cols(); ++j) X.col(j) = X.col(j).array() * scale_[j] + mean_[j];
    return X;
}

#define RITZ_INSTANTIATE(T)                                                                                            \
    template void detail::normalise_columns<T>(Eigen::MatrixX<T>&, const NormaliseOptions&, const char*, const char*); \
    template class Standardisation<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::ml
