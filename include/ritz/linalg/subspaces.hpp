// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Subspaces by the singular value decomposition: null space, range, angles, the nearest rotation; and the CS
/// decomposition of a unitary matrix.

#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

struct SubspaceOptions {
    std::optional<double> rtol{};  ///< singular values ≤ rtol · s₀ are zero; default max(m, n) · ε (SciPy's rcond)
};

template <Scalar T>
struct [[nodiscard]] ProcrustesResult {
    Eigen::MatrixX<T> R;  ///< unitary
    Real<T> scale = 0;    ///< the sum of the singular values of Aᴴ B
};

/// X = U CS Vh. With r = min(p, m-p, q, m-q) angles:
///
///     U = ⎡U1   ⎤  CS = ⎡I  0  0 │ 0  0  0⎤  Vh = ⎡V1h    ⎤
///         ⎣   U2⎦       ⎢0  C  0 │ 0 −S  0⎥       ⎣    V2h⎦
///                       ⎢0  0  0 │ 0  0 −I⎥
///                       ⎢0  0  0 │ I  0  0⎥     C = diag cos θ
///                       ⎢0  S  0 │ 0  C  0⎥     S = diag sin θ
///                       ⎣0  0  I │ 0  0  0⎦
template <Scalar T>
struct [[nodiscard]] CossinResult {
    Eigen::MatrixX<T> U;   ///< block diagonal: p × p and (m-p) × (m-p)
    Eigen::MatrixX<T> CS;  ///< m × m
    Eigen::MatrixX<T> Vh;  ///< block diagonal: q × q and (m-q) × (m-q)
    Eigen::VectorX<Real<T>> theta;
};

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> null_space(Matrix<T> A, const SubspaceOptions& options);
template <Scalar T>
Eigen::MatrixX<T> orth(Matrix<T> A, const SubspaceOptions& options);
template <Scalar T>
Eigen::VectorX<Real<T>> subspace_angles(Matrix<T> A, Matrix<T> B);
template <Scalar T>
ProcrustesResult<T> orthogonal_procrustes(Matrix<T> A, Matrix<T> B);
template <Scalar T>
CossinResult<T> cossin(Matrix<T> X, Eigen::Index p, Eigen::Index q);
}  // namespace detail

/// Orthonormal basis of {x : A x = 0}, n × (n - rank). scipy.linalg.null_space. Cost: svd with all of V.
/// \throws InvalidArgument if rtol is negative or NaN, A not finite; NoConvergence.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> null_space(const A& a, const SubspaceOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::null_space<T>(detail::as<T>(a), options);
}

/// Orthonormal basis of the range of A, m × rank. scipy.linalg.orth.
/// \throws InvalidArgument if rtol is negative or NaN, A not finite; NoConvergence.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> orth(const A& a, const SubspaceOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::orth<T>(detail::as<T>(a), options);
}

/// The min(rank A, rank B) principal angles between the ranges of A and B, descending, in [0, π/2]. Angles below π/4
/// are found from their sines, the others from their cosines: all have small absolute, small ones full relative
/// accuracy. scipy.linalg.subspace_angles. \throws InvalidArgument if A and B differ in their rows or are not finite;
/// NoConvergence. \ref Å. Björck and G. H. Golub, Math. Comp. 27 (1973) 579-594; A. V. Knyazev and M. E. Argentati,
/// SIAM J. Sci. Comput.
///      23 (2002) 2008-2040.
template <Dense A, Dense B>
[[nodiscard]] Eigen::VectorX<Real<ScalarOf<A, B>>> subspace_angles(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    return detail::subspace_angles<T>(detail::as<T>(a), detail::as<T>(b));
}

/// The unitary R that minimises ‖A R − B‖_F: R = U Vᴴ of Aᴴ B = U Σ Vᴴ. scipy.linalg.orthogonal_procrustes.
/// R is unique only when Aᴴ B is regular.
/// \throws InvalidArgument if the shapes differ or A, B are not finite; NoConvergence; LimitExceeded.
/// \ref P. H. Schönemann, Psychometrika 31 (1966) 1-10.
template <Dense A, Dense B>
[[nodiscard]] ProcrustesResult<ScalarOf<A, B>> orthogonal_procrustes(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    return detail::orthogonal_procrustes<T>(detail::as<T>(a), detail::as<T>(b));
}

/// CS decomposition of the unitary matrix X (m × m), in blocks after row p and column q. scipy.linalg.cossin.
/// \throws InvalidArgument if X is not square, finite and unitary, or not 0 < p, q < m; NoConvergence.
/// \ref B. D. Sutton, Numer. Algorithms 50 (2009) 33-65.
template <Dense A>
[[nodiscard]] CossinResult<ScalarOf<A>> cossin(const A& x, Eigen::Index p, Eigen::Index q) {
    using T = ScalarOf<A>;
    return detail::cossin<T>(detail::as<T>(x), p, q);
}

}  // namespace ritz::linalg
