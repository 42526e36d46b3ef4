// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Distances between all pairs of points. Points are rows: X is n × d, Y is m × d.
///
/// ‖x − y‖² = ‖x‖² + ‖y‖² − 2⟨x, y⟩ turns the work into one matrix product, but loses every digit where x ≈ y or where
/// the points are far from the origin. So the points are centred first, and each pair whose squared distance comes out
/// below (‖x‖² + ‖y‖²)/64 is computed again from the differences. Entries are scaled by a power of two.

#include <cstdint>
#include <utility>

#include "ritz/linalg/argument.hpp"

namespace ritz::ml {

enum class Metric : std::uint8_t {
    euclidean,          ///< ‖x − y‖₂
    squared_euclidean,  ///< ‖x − y‖₂²
    cosine,             ///< 1 − Re⟨x, y⟩ / (‖x‖₂ ‖y‖₂), in [0, 2]
};

struct DistanceOptions {
    Metric metric = Metric::euclidean;
};

namespace detail {
template <class R>
Eigen::MatrixX<R> pairwise_distances(linalg::Matrix<R> X, const DistanceOptions& options);
template <class R>
Eigen::MatrixX<R> pairwise_distances(linalg::Matrix<R> X, linalg::Matrix<R> Y, const DistanceOptions& options);

/// Points of Cᵈ as points of R²ᵈ: [Re X, Im X] has the same distances and the same Re⟨x, y⟩.
template <Scalar T, linalg::Dense A>
decltype(auto) real_points(const A& a) {
    using R = Real<T>;
    if constexpr (std::same_as<T, R>) {
        return linalg::detail::as<T>(a);
    } else {
        Eigen::MatrixX<R> points(a.rows(), 2 * a.cols());
        points << a.real().template cast<R>(), a.imag().template cast<R>();
        return points;
    }
}
}  // namespace detail

/// D(i, j) = distance of the points i and j of X: n × n, exactly symmetric, its diagonal exactly zero. n² d flops.
///
/// The relative error of each squared distance is below 64 (d + 8) u. A distance beyond the largest number is infinite.
/// \throws InvalidArgument for NaN or infinity; with `cosine` for a zero row, which it names: it has no direction.
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<Real<linalg::ScalarOf<A>>> pairwise_distances(const A& X,
                                                                           const DistanceOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return detail::pairwise_distances<Real<T>>(detail::real_points<T>(X), options);
}

/// D(i, j) = distance of the point i of X from the point j of Y: n × m. 2 n m d flops.
/// \throws as above, and InvalidArgument if the points have different lengths.
template <linalg::Dense A, linalg::Dense B>
[[nodiscard]] Eigen::MatrixX<Real<linalg::ScalarOf<A, B>>> pairwise_distances(const A& X, const B& Y,
                                                                              const DistanceOptions& options = {}) {
    using T = linalg::ScalarOf<A, B>;
    return detail::pairwise_distances<Real<T>>(detail::real_points<T>(linalg::detail::as<T>(X)),
                                               detail::real_points<T>(linalg::detail::as<T>(Y)), options);
}

}  // namespace ritz::ml
