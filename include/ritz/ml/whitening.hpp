// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Linear maps after which the features are uncorrelated and have variance 1.

#include <cstdint>
#include <optional>

#include "ritz/linalg/argument.hpp"

namespace ritz::ml {

/// With the centred data X − 1μᵀ = U S Vᴴ and σ = S / √(n − 1), rows are multiplied by M:
enum class WhiteningMethod : std::uint8_t {
    zca,       ///< M = V diag(1/σ) Vᴴ: closest to the data themselves
    pca,       ///< M = V diag(1/σ): the principal components, rank of them
    cholesky,  ///< M = R⁻¹ √(n − 1), X − 1μᵀ = Q R: the first feature stays in its direction; needs full rank
};

struct WhiteningOptions {
    WhiteningMethod method = WhiteningMethod::zca;
    double epsilon = 0;            ///< added to each variance: σ ← √(σ² + ε); the result's are then below 1
    std::optional<double> rtol{};  ///< directions with σ ≤ rtol σ₁ count as none; default max(n, d) ε
};

/// What was learnt from one matrix, for others of the same features.
template <Scalar T>
class Whitening {
public:
    /// See whitening.
    Whitening(linalg::Matrix<T> X, const WhiteningOptions& options);

    const Eigen::VectorX<T>& mean() const noexcept { return mean_; }
    /// σ of the directions kept, decreasing, before ε is added.
    const Eigen::VectorX<Real<T>>& deviations() const noexcept { return deviations_; }
    /// The dimension in which the data vary. If it is smaller than the number of features, the covariance of the
    /// result is a projector of that rank (zca) or the identity of that size (pca).
    Eigen::Index rank() const noexcept { return deviations_.size(); }
    /// M, d × d (pca: d × rank).
    const Eigen::MatrixX<T>& matrix() const noexcept { return matrix_; }

    /// (X − 1μᵀ) M. \throws InvalidArgument for NaN, infinity or another number of features.
    Eigen::MatrixX<T> transform(linalg::Matrix<T> X) const;
    /// Back to the features: exact for data of the affine space that was learnt.
    Eigen::MatrixX<T> inverse(linalg::Matrix<T> Z) const;

private:
    Eigen::VectorX<T> mean_;
    Eigen::VectorX<Real<T>> deviations_;
    Eigen::MatrixX<T> matrix_, inverse_;
};

/// Learns from X (n × d, rows are observations) by its SVD (cholesky: QR); the covariance is not formed, so that
/// deviations are seen down to u σ₁ and not √u σ₁. O(n d min(n, d)).
/// \throws InvalidArgument for NaN, infinity, n < 2, ε < 0; SingularMatrix for `cholesky` without ε when the data have
///         not full rank (the message says which).
/// \ref A. Kessy, A. Lewin and K. Strimmer, Optimal whitening and decorrelation, Amer. Statist. 72 (2018) 309-314.
template <linalg::Dense A>
[[nodiscard]] Whitening<linalg::ScalarOf<A>> whitening(const A& X, const WhiteningOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return Whitening<T>(linalg::detail::as<T>(X), options);
}

}  // namespace ritz::ml
