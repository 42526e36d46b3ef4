// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Rows and columns scaled to length 1, and features to mean 0 and variance 1.

#include <cstdint>

#include "ritz/linalg/argument.hpp"
#include "ritz/ml/covariance.hpp"

namespace ritz::ml {

/// Σ|xᵢ|, √Σ|xᵢ|², max |xᵢ|.
enum class LengthNorm : std::uint8_t { l1, l2, max };

/// A zero vector has no direction.
enum class ZeroVectors : std::uint8_t {
    refuse,  ///< InvalidArgument, naming the first of them
    keep,    ///< stays zero
};

struct NormaliseOptions {
    LengthNorm norm = LengthNorm::l2;
    ZeroVectors zero_vectors = ZeroVectors::refuse;
};

struct StandardiseOptions {
    int ddof = 0;  ///< the variance is Σ|x − μ|² / (n − ddof)
    ConstantFeatures constant_features = ConstantFeatures::refuse;
};

namespace detail {
template <Scalar T>
void normalise_columns(Eigen::MatrixX<T>& X, const NormaliseOptions& options, const char* who, const char* what);
}

/// Each row divided by its norm. Rows of any size: 1e200 and 1e-200 have a length, too. O(n d).
/// \throws InvalidArgument for NaN or infinity, and for a zero row unless told otherwise.
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A>> normalise_rows(const A& X, const NormaliseOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    Eigen::MatrixX<T> columns = linalg::detail::as<T>(X).transpose();
    detail::normalise_columns<T>(columns, options, "normalise_rows", "row");
    return columns.transpose();
}

/// Each column divided by its norm.
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A>> normalise_columns(const A& X, const NormaliseOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    Eigen::MatrixX<T> columns = linalg::detail::as<T>(X);
    detail::normalise_columns<T>(columns, options, "normalise_columns", "column");
    return columns;
}

/// Features (columns) to mean 0 and variance 1: what is learnt from one matrix is applied to others.
///
///     const auto features = standardisation(X);
///     const Eigen::MatrixXd Z = features.transform(X), Z_new = features.transform(X_new);
template <Scalar T>
class Standardisation {
public:
    /// See standardisation.
    Standardisation(linalg::Matrix<T> X, const StandardiseOptions& options);

    const Eigen::VectorX<T>& mean() const noexcept { return mean_; }
    /// Standard deviations; 1 of a constant feature that is kept.
    const Eigen::VectorX<Real<T>>& scale() const noexcept { return scale_; }

    /// (X − μ) / σ, column by column. \throws InvalidArgument for NaN, infinity or another number of columns.
    Eigen::MatrixX<T> transform(linalg::Matrix<T> X) const;
    /// Z σ + μ.
    Eigen::MatrixX<T> inverse(linalg::Matrix<T> Z) const;

private:
    Eigen::VectorX<T> mean_;
    Eigen::VectorX<Real<T>> scale_;
};

/// Mean and standard deviation of each column, in two passes. O(n d).
/// \throws InvalidArgument for NaN or infinity, n ≤ ddof, or a constant feature unless told otherwise.
template <linalg::Dense A>
[[nodiscard]] Standardisation<linalg::ScalarOf<A>> standardisation(const A& X, const StandardiseOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return Standardisation<T>(linalg::detail::as<T>(X), options);
}

/// standardisation(X).transform(X).
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A>> standardise(const A& X, const StandardiseOptions& options = {}) {
    return standardisation(X, options).transform(linalg::detail::as<linalg::ScalarOf<A>>(X));
}

}  // namespace ritz::ml
