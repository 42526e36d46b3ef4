// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Some singular values and vectors of a matrix of any shape, A vᵢ = σᵢ uᵢ, Aᴴ uᵢ = σᵢ vᵢ: the largest or the smallest.
///
///     const SvdsResult<double> r = svds(A, 6);                                      // the six largest
///     const SvdsResult<double> s = svds(A, 1, {.which = SvdsWhich::smallest});      // and the smallest
///
/// What holds of every result (S1-S5):
///
///   S1  values decrease, whichever are wanted; U and V are the vectors, orthonormal to rounding
///   (report.orthogonality). S2  residuals[i] = max(‖A vᵢ − σᵢ uᵢ‖₂, ‖Aᴴ uᵢ − σᵢ vᵢ‖₂), recomputed from what is
///   returned, with products in twice
///       the working precision where A is a matrix; σᵢ = |uᵢᴴ A vᵢ|.
///   S3  every triplet returned meets residuals[i] ≤ max(rtol σᵢ, c u ‖A‖₂), c = max(16, 2 √max(m, n)).
///   S4  A has a singular value within error_bounds[i] of values[i] — or, where m ≠ n and values[i] is no larger than
///   the
///       bound, zero is all that is known. A tiny value is therefore known to c u ‖A‖: what rounding the entries of A
///       would do to it as well.
///   S5  report.status is `solved` only with a proof that none was missed: all were computed (dense), or a count
///       (Completeness::prove) agrees. `converged` rests on a search from another random vector, as for eigs.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "ritz/core/eigen.hpp"
#include "ritz/eigen/report.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz {

enum class SvdsWhich : std::uint8_t { largest, smallest };
std::string_view name(SvdsWhich which) noexcept;

/// The engine. `automatic` is dense for min(m, n) ≤ 300 (and max(m, n) ≤ 10000) or k > min(m, n)/4, inverse for the
/// smallest of a matrix, Lanczos otherwise. Where inverting is impossible (rank-deficient or rectangular A without
/// SuiteSparseQR) or fails, Lanczos.
enum class SvdsMethod : std::uint8_t {
    automatic,
    dense,    ///< all singular values by LAPACK: O(max min²) flops, 4 m n numbers
    lanczos,  ///< Golub–Kahan–Lanczos with A and Aᴴ; slow for the smallest ones of a large matrix
    inverse,  ///< smallest: the same with the pseudo-inverse, by LU of a square A and QR of others or where A is
              ///< singular
};
std::string_view name(SvdsMethod method) noexcept;
std::span<const SvdsMethod> all_svds_methods() noexcept;

struct SvdsOptions {
    SvdsWhich which = SvdsWhich::largest;
    SvdsMethod method = SvdsMethod::automatic;
    /// `prove` counts the singular values beyond the cut by the inertia of [−τI A; Aᴴ −τI] (LDLᵀ).
    Completeness completeness = Completeness::check;
    double rtol = 1e-10;  ///< see S3
    Index subspace = 0;   ///< vectors of either kind before a restart, at least k + 2; 0: max(2k + 10, 32)
    std::int64_t max_applications = -1;  ///< products with A and with Aᴴ; negative: 1000 + 100 k restarts' worth
    double max_seconds = 0;              ///< 0: no limit
    std::size_t max_memory_bytes = 0;    ///< for bases, factors and dense matrices; 0: no limit (dense: 8 GiB)
    std::uint64_t seed = 1;              ///< of starting vectors: the same seed, the same bits
    /// Called after each restart; true ends with Status::interrupted.
    std::function<bool(const EigenState&)> monitor = {};
    const std::atomic<bool>* cancel = nullptr;
};

template <Scalar T>
struct [[nodiscard]] SvdsResult {
    Eigen::VectorX<Real<T>> values;  ///< S1; as many as met the tolerance (S3)
    Eigen::MatrixX<T> U;             ///< m × values.size()
    Eigen::MatrixX<T> V;             ///< n × values.size()
    Eigen::VectorXd residuals;       ///< S2
    Eigen::VectorXd error_bounds;  ///< S4: √((‖A v − σu‖² + ‖Aᴴu − σv‖²) / 2), and the rounding of computing it
    EigenReport report;  ///< norm_estimate: of ‖A‖₂
};

/// k singular triplets of A (m × n), 1 ≤ k ≤ min(m, n).
///
/// Bidiagonalisation with thick restarts: a product with A, one with Aᴴ and 4 (m + n) · subspace flops of
/// orthogonalisation a step. A and a transposed copy are kept, arranged for fast products. The smallest ones are the
/// largest of the pseudo-inverse, which is applied by triangular solves and never formed, and neither is AᴴA: so tiny
/// values keep their digits down to u ‖A‖₂. Zero singular values of a rank-deficient A come with null vectors.
/// \throws InvalidArgument if A has a NaN or an infinity, k is not in 1…min(m, n) (so for a matrix without rows or
///         columns always), or an option is out of its range; LimitExceeded if a basis, factors or a dense matrix would
///         pass max_memory_bytes and nothing else is possible; Unsupported if the method cannot do what is asked.
/// \ref G. H. Golub and W. Kahan, SIAM J. Numer. Anal. 2 (1965) 205; J. Baglama and L. Reichel, SIAM J. Sci. Comput. 27
///      (2005) 19; V. Hernández, J. E. Román and A. Tomás, ETNA 31 (2008) 68; B. N. Parlett, The Symmetric Eigenvalue
///      Problem (1998), section 3.3 (the count), of the augmented matrix of G. H. Golub and W. Kahan.
template <Scalar T>
SvdsResult<T> svds(const CsrView<T>& A, Index k, const SvdsOptions& options = {});
template <Scalar T>
SvdsResult<T> svds(const CscView<T>& A, Index k, const SvdsOptions& options = {});

/// A by its products, with A and with its adjoint. Status::not_finite if A gives a NaN or an infinity.
/// \throws as above, and what A throws; InvalidArgument if it has no adjoint; Unsupported for the methods that need a
///         matrix.
template <Scalar T>
SvdsResult<T> svds(const LinearOperatorRef<T>& A, Index k, const SvdsOptions& options = {});

struct RandomizedSvdOptions {
    Index oversampling = 10;     ///< more vectors than k; at least 0
    Index power_iterations = 2;  ///< products with A Aᴴ, orthonormalised after each: for slowly decaying values
    std::uint64_t seed = 1;
};

template <Scalar T>
struct [[nodiscard]] RandomizedSvdResult {
    Eigen::VectorX<Real<T>> values;  ///< k of them, decreasing; each at most the one of A that it stands for
    Eigen::MatrixX<T> U;             ///< m × k, orthonormal
    Eigen::MatrixX<T> V;             ///< n × k, orthonormal
    /// Of ‖A − U diag(values) Vᴴ‖₂, computed from what is returned: `error_estimate` from below by ten steps of the
    /// power method; the true error exceeds `error_bound` with probability 10⁻¹⁰.
    double error_estimate = 0, error_bound = 0;
    std::int64_t operator_applications = 0;  ///< with A and with Aᴴ, a vector each
};

/// An approximation of rank k by random projection: fast, of moderate accuracy, and said how good. No iteration to a
/// tolerance: (2 q + 2)(k + oversampling) products, q = power_iterations, and 30 for the error; svds gives full
/// accuracy.
///
/// The largest errors to be expected are near σ_{k+1}, by a factor that nears 1 as q grows. Real arithmetic in the
/// precision of double.
/// \throws InvalidArgument if k is not in 1…min(m, n), an option is negative, or A has a NaN or an infinity or gives
/// one. \ref N. Halko, P. G. Martinsson and J. A. Tropp, Finding structure with randomness, SIAM Rev. 53 (2011) 217,
///      algorithms 4.4 and 5.1, and lemma 4.1 (the bound).
template <Scalar T>
RandomizedSvdResult<T> randomized_svd(const CsrView<T>& A, Index k, const RandomizedSvdOptions& options = {});
template <Scalar T>
RandomizedSvdResult<T> randomized_svd(const LinearOperatorRef<T>& A, Index k, const RandomizedSvdOptions& options = {});

}  // namespace ritz
