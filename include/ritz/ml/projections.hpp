// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Orthogonal projections onto subspaces, and the bases they need.

#include <optional>
#include <vector>

#include "ritz/linalg/argument.hpp"

namespace ritz::ml {

struct ProjectionOptions {
    /// Directions with singular values ≤ rtol σ₁ of the columns, each scaled to length 1, count as none; default
    /// max(m, n) ε.
    std::optional<double> rtol{};
};

/// x ↦ p + Q Qᴴ (x − p): the closest point of the affine space p + span Q.
template <Scalar T>
class Projection {
public:
    /// See projection.
    Projection(linalg::Matrix<T> A, linalg::Matrix<T> point, const ProjectionOptions& options);

    Eigen::Index rank() const noexcept { return basis_.cols(); }
    const Eigen::MatrixX<T>& basis() const noexcept { return basis_; }  ///< Q, orthonormal
    /// P = Q Qᴴ, exactly Hermitian: P² = P up to rounding. (Of an affine space: of its directions.)
    Eigen::MatrixX<T> matrix() const;
    /// The projection of each column of B. 4 m rank flops a column. \throws InvalidArgument for a wrong length, NaN.
    template <linalg::Dense B>
    [[nodiscard]] linalg::Like<B, T> operator()(const B& b) const {
        return project(linalg::detail::as<T>(b));
    }
    /// b minus its projection, projected once more: orthogonal to Q also where it is small.
    template <linalg::Dense B>
    [[nodiscard]] linalg::Like<B, T> complement(const B& b) const {
        return reject(linalg::detail::as<T>(b));
    }

private:
    Eigen::MatrixX<T> project(linalg::Matrix<T> B) const;
    Eigen::MatrixX<T> reject(linalg::Matrix<T> B) const;
    Eigen::MatrixX<T> basis_;
    Eigen::VectorX<T> point_;  // empty: a subspace
};

/// Onto the span of the columns of A (m × n), whatever their lengths and however dependent they are: rank() of them
/// are independent. A vector spans a line, zero only the origin. By SVD: O(m n min(m, n)).
/// \throws InvalidArgument for NaN, infinity; NoConvergence.
template <linalg::Dense A>
[[nodiscard]] Projection<linalg::ScalarOf<A>> projection(const A& a, const ProjectionOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return Projection<T>(linalg::detail::as<T>(a), Eigen::MatrixX<T>(a.rows(), 0), options);
}
/// Onto the affine space through `point` with the directions A.
template <linalg::Dense A, linalg::Dense B>
[[nodiscard]] Projection<linalg::ScalarOf<A, B>> affine_projection(const A& a, const B& point,
                                                                   const ProjectionOptions& options = {}) {
    using T = linalg::ScalarOf<A, B>;
    return Projection<T>(linalg::detail::as<T>(a), linalg::detail::as<T>(point), options);
}

template <Scalar T>
struct [[nodiscard]] GramSchmidt {
    Eigen::MatrixX<T> Q;             ///< orthonormal, a column for each column of A that is kept
    Eigen::MatrixX<T> R;             ///< A ≈ Q R, upper trapezoidal, R(k, kept[k]) > 0
    std::vector<Eigen::Index> kept;  ///< the columns of A that are not combinations of those before them
};

namespace detail {
template <Scalar T>
GramSchmidt<T> gram_schmidt(linalg::Matrix<T> A, std::optional<double> rtol);
}

/// Modified Gram–Schmidt, each column orthogonalised twice, which is enough for orthonormality to rounding. A column
/// that keeps ≤ rtol of its length (default: m ε) is a combination of those before it and gets no column of Q.
/// 4 m n² flops.
/// \throws InvalidArgument for NaN or infinity.
/// \ref L. Giraud, J. Langou, M. Rozložník and J. van den Eshof, Numer. Math. 101 (2005) 87-100.
template <linalg::Dense A>
[[nodiscard]] GramSchmidt<linalg::ScalarOf<A>> gram_schmidt(const A& a, std::optional<double> rtol = {}) {
    using T = linalg::ScalarOf<A>;
    return detail::gram_schmidt<T>(linalg::detail::as<T>(a), rtol);
}

}  // namespace ritz::ml
