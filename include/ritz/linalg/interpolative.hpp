// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Interpolative decomposition: A ≈ A(:, idx[0..k)) · P, columns of A itself and coefficients that interpolate the others.
/// The function names are those of scipy.linalg.interpolative.

#include <cstdint>
#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/linalg/argument.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::linalg {

struct InterpOptions {
    std::optional<Eigen::Index> rank{};  ///< the number of columns, or
    std::optional<double> eps{};         ///< the relative error ‖A - B P‖₂ / ‖A‖₂ to reach; exactly one of the two
    bool randomized = false;             ///< choose the columns from a random sketch of A: O(m n log k), not O(m n k)
    std::uint64_t seed = 0;              ///< of the sketch
};

template <Scalar T>
struct [[nodiscard]] InterpDecomp {
    Eigen::Index rank = 0;
    Eigen::VectorX<Eigen::Index> idx;  ///< a permutation of the columns; the first `rank` are the skeleton
    Eigen::MatrixX<T> proj;            ///< rank × (n - rank): A(:, idx[rank..]) ≈ A(:, idx[0..rank)) proj
    /// ‖A - B P‖₂ / ‖A‖₂, estimated from below by power iterations (to about 10 %).
    double relative_error = 0;
};

namespace detail {
template <Scalar T>
InterpDecomp<T> interp_decomp(Matrix<T> A, const InterpOptions& options);
template <Scalar T>
Eigen::MatrixX<T> reconstruct_interp_matrix(const Eigen::VectorX<Eigen::Index>& idx, Matrix<T> proj);
template <Scalar T>
SvdResult<T> id_to_svd(Matrix<T> B, const Eigen::VectorX<Eigen::Index>& idx, Matrix<T> proj);
template <Scalar T>
Real<T> estimate_spectral_norm(Matrix<T> A, int iterations, std::uint64_t seed);
template <Scalar T>
Eigen::Index estimate_rank(Matrix<T> A, double eps, std::uint64_t seed);
void require_columns(const Eigen::VectorX<Eigen::Index>& idx, Eigen::Index rank, Eigen::Index cols, const char* who);
}  // namespace detail

/// By QR with column pivoting of A, or of a random sketch of it (rank + 10 rows). A sketch whose columns do not reach eps
/// is given up for A itself. A rank above that of A is lowered to it: the remaining columns would be arbitrary.
/// Cost: 4 m n k flops, randomised 2 m n (k + 10) in one matrix product.
/// \throws InvalidArgument if A is not finite, not exactly one of rank and eps is given, rank is not in 0 … min(m, n), or eps
///         not in [0, 1).
/// \ref H. Cheng, Z. Gimbutas, P. G. Martinsson and V. Rokhlin, SIAM J. Sci. Comput. 26 (2005) 1389-1404; F. Woolfe,
///      E. Liberty, V. Rokhlin and M. Tygert, Appl. Comput. Harmon. Anal. 25 (2008) 335-366.
template <Dense A>
[[nodiscard]] InterpDecomp<ScalarOf<A>> interp_decomp(const A& a, const InterpOptions& options) {
    using T = ScalarOf<A>;
    return detail::interp_decomp<T>(detail::as<T>(a), options);
}

/// P (k × n) with A ≈ A(:, idx[0..k)) P: the identity in the skeleton's columns, proj in the others.
/// \throws InvalidArgument if idx is not a permutation of 0 … n-1 with n = proj.rows() + proj.cols().
template <Dense P>
[[nodiscard]] Eigen::MatrixX<ScalarOf<P>> reconstruct_interp_matrix(const Eigen::VectorX<Eigen::Index>& idx,
                                                                    const P& proj) {
    using T = ScalarOf<P>;
    return detail::reconstruct_interp_matrix<T>(idx, detail::as<T>(proj));
}

/// B = A(:, idx[0..k)), the skeleton. \throws InvalidArgument if k or an index is out of range.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> reconstruct_skel_matrix(const A& a, Eigen::Index k,
                                                                  const Eigen::VectorX<Eigen::Index>& idx) {
    using T = ScalarOf<A>;
    detail::require_columns(idx, k, a.cols(), "reconstruct_skel_matrix");
    Eigen::MatrixX<T> skeleton(a.rows(), k);
    for (Eigen::Index j = 0; j < k; ++j) skeleton.col(j) = a.col(idx[j]).template cast<T>();
    return skeleton;
}

/// B P, the approximation of A (m × n). \throws InvalidArgument if the shapes do not fit.
template <Dense B, Dense P>
[[nodiscard]] Eigen::MatrixX<ScalarOf<B, P>> reconstruct_matrix_from_id(const B& skeleton,
                                                                        const Eigen::VectorX<Eigen::Index>& idx,
                                                                        const P& proj) {
    using T = ScalarOf<B, P>;
    ritz::detail::require(skeleton.cols() == proj.rows(), "reconstruct_matrix_from_id: B must have as many columns as proj rows");
    return detail::as<T>(skeleton) * detail::reconstruct_interp_matrix<T>(idx, detail::as<T>(proj));
}

/// The singular value decomposition (economy) of B P, by QR of B and of Pᴴ. O((m + n) k²) flops.
template <Dense B, Dense P>
[[nodiscard]] SvdResult<ScalarOf<B, P>> id_to_svd(const B& skeleton, const Eigen::VectorX<Eigen::Index>& idx,
                                                  const P& proj) {
    using T = ScalarOf<B, P>;
    return detail::id_to_svd<T>(detail::as<T>(skeleton), idx, detail::as<T>(proj));
}

/// ‖A‖₂ from below by `iterations` power iterations with AᴴA from a random start: 4 m n flops each. Twenty give 10 % with
/// overwhelming probability, whatever the spectrum.
/// \ref J. Kuczyński and H. Woźniakowski, SIAM J. Matrix Anal. Appl. 13 (1992) 1094-1122.
template <Dense A>
[[nodiscard]] Real<ScalarOf<A>> estimate_spectral_norm(const A& a, int iterations = 20, std::uint64_t seed = 0) {
    using T = ScalarOf<A>;
    return detail::estimate_spectral_norm<T>(detail::as<T>(a), iterations, seed);
}

/// ‖A − B‖₂ in the same way. \throws InvalidArgument if the shapes differ.
template <Dense A, Dense B>
[[nodiscard]] Real<ScalarOf<A, B>> estimate_spectral_norm_diff(const A& a, const B& b, int iterations = 20,
                                                               std::uint64_t seed = 0) {
    using T = ScalarOf<A, B>;
    ritz::detail::require(a.rows() == b.rows() && a.cols() == b.cols(),
                          "estimate_spectral_norm_diff: A and B must have the same shape");
    const Eigen::MatrixX<T> difference = detail::as<T>(a) - detail::as<T>(b);
    return detail::estimate_spectral_norm<T>(difference, iterations, seed);
}

/// The number of singular values above eps · s₀, from a random sketch that is doubled until its smallest pivot is below.
/// An estimate: matrix_rank computes the number.
/// \throws InvalidArgument if eps is not in [0, 1) or A not finite.
template <Dense A>
[[nodiscard]] Eigen::Index estimate_rank(const A& a, double eps, std::uint64_t seed = 0) {
    using T = ScalarOf<A>;
    return detail::estimate_rank<T>(detail::as<T>(a), eps, seed);
}

}  // namespace ritz::linalg
