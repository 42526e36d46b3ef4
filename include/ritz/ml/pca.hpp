// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Principal component analysis of dense and of sparse data. Rows are observations; real scalars.

#include <cstdint>
#include <optional>

#include "ritz/eigen/report.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::ml {

enum class PcaMethod : std::uint8_t {
    full,        ///< the SVD: every component to rounding
    randomized,  ///< random projection: O(n d k), of moderate accuracy, which error_bound states
};

struct PcaOptions {
    Eigen::Index components = 0;  ///< k; 0: min(n, d)
    PcaMethod method = PcaMethod::full;
    bool whiten = false;     ///< transform divides by the standard deviations
    bool centre = true;      ///< false: truncated SVD of X itself
    std::uint64_t seed = 1;  ///< randomized
};

/// X − 1μᵀ ≈ U diag(s) C, the rows of C (the components) orthonormal. The element of largest modulus of each component
/// is positive, so the signs do not depend on the method.
template <Scalar T>
struct [[nodiscard]] Pca {
    Eigen::VectorX<T> mean;                      ///< zero without centring
    Eigen::MatrixX<T> components;                ///< k × d
    Eigen::VectorX<T> singular_values;           ///< decreasing
    Eigen::VectorX<T> explained_variance;        ///< s² / (n − 1)
    Eigen::VectorX<T> explained_variance_ratio;  ///< of the sum over all components, also those not computed
    Eigen::Index rank = 0;  ///< components whose singular value is above max(n, d) ε s₀; the others are arbitrary
    bool whiten = false;
    /// randomized: ‖X − 1μᵀ − U diag(s) C‖₂ exceeds it with probability 10⁻¹⁰; full: 0.
    double error_bound = 0;
    std::optional<EigenReport> report{};  ///< of svds, for sparse X: status, and the proof that none was missed

    /// (X − 1μᵀ) Cᵀ; divided by the standard deviations if `whiten`, where a component without variance gives 0.
    /// \throws InvalidArgument for NaN, infinity, another number of features.
    Eigen::MatrixX<T> transform(linalg::Matrix<T> X) const;
    /// From scores back to features.
    Eigen::MatrixX<T> inverse(linalg::Matrix<T> scores) const;
};

namespace detail {
template <class R>
Pca<R> pca(linalg::Matrix<R> X, const PcaOptions& options);
}

/// PCA of X (n × d). The covariance is not formed, so variances are seen down to u² of the largest.
/// \throws InvalidArgument for NaN, infinity, n < 2, k > min(n, d); NoConvergence.
/// \ref N. Halko, P. G. Martinsson and J. A. Tropp, SIAM Rev. 53 (2011) 217-288 (randomized).
template <linalg::Dense A>
requires(!is_complex<linalg::ScalarOf<A>>)
    [[nodiscard]] Pca<linalg::ScalarOf<A>> pca(const A& X, const PcaOptions& options = {}) {
    using R = linalg::ScalarOf<A>;
    return detail::pca<R>(linalg::detail::as<R>(X), options);
}

/// k components of a sparse X, which stays sparse: svds of the operator X − 1μᵀ. options.centre = false is the
/// truncated SVD (latent semantic analysis). `report` says whether all converged and whether none was missed. \throws
/// as above, and what svds throws.
template <std::floating_point R>
Pca<R> pca(const CsrView<R>& X, Index k, const PcaOptions& options = {});

}  // namespace ritz::ml
