// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Extreme eigenpairs of A v = λ M v, A and M Hermitian, M positive definite, by products and a preconditioner: the
/// locally optimal block preconditioned conjugate gradient method. It is the method of choice at the low end of a
/// spectrum where A is too large to be factored but has a good preconditioner, and where good starting vectors or
/// vectors to keep away from are known.
///
///     const Preconditioner<double> T = make_preconditioner(PreconditionerKind::ic0, A);
///     const auto result = lobpcg(A, 10, {}, {.preconditioner = T});

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/eigen/eigsh.hpp"
#include "ritz/eigen/report.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz {

struct LobpcgOptions {
    Which which = Which::smallest_algebraic;  ///< or largest_algebraic
    double rtol = 1e-8;                       ///< E3 of eigsh.hpp
    /// Vectors iterated with beyond those wanted, so that a cluster at the cut does not slow them down; negative: 2 and
    /// a fifth of k.
    Index guards = -1;
    std::int64_t max_iterations = -1;  ///< steps of the whole block; negative: 5000
    double max_seconds = 0;            ///< 0: no limit
    Completeness completeness = Completeness::check;
    std::size_t max_memory_bytes = 0;  ///< 0: no limit; of the factors of a proof
    std::uint64_t seed = 1;            ///< of random vectors: the same seed, the same bits
    /// Called after each step; true ends with Status::interrupted.
    std::function<bool(const EigenState&)> monitor = {};
    const std::atomic<bool>* cancel = nullptr;
};

/// What there may be besides A. All must outlive the call.
template <Scalar T>
struct LobpcgWith {
    std::optional<CsrView<T>> M = {};                     ///< n × n; absent: the identity
    std::optional<LinearOperatorRef<T>> M_operator = {};  ///< the same, known by its products only
    /// x ↦ T⁻¹ x, Hermitian positive definite, near to A⁻¹ at the low end. An empty Preconditioner is none.
    std::optional<LinearOperatorRef<T>> preconditioner = {};
    /// n × q. The result is M-orthogonal to these columns. They should span an invariant subspace (eigenvectors found
    /// before, a null space): otherwise residuals cannot become small, and the report says so.
    std::optional<Eigen::Ref<const Eigen::MatrixX<T>>> constraints = {};
};

/// The k smallest (largest) eigenpairs of A (and M), 1 ≤ k ≤ n − q, with E1–E4 of eigsh.hpp; E4 with M given holds for
/// an estimate of M's smallest eigenvalue. report.method is "lobpcg", or "dense" where n is at most three blocks.
///
/// Each step is one product with A, M and T⁻¹ for each vector that has not converged, and a Rayleigh–Ritz procedure
/// in span [X, P, W] of 3 (k + guards) vectors, whose basis is kept M-orthonormal. Those and their images under A and M
/// are what it holds in memory.
///
/// Completeness::check iterates a random block M-orthogonal to what was found; a pair that lies before the last one
/// found is taken in. Completeness::prove counts by inertia (A and M matrices); if factors are too large it checks, and
/// the status is not_proved. Other statuses: max_iterations, stagnated, interrupted, limit_exceeded (of time);
/// indefinite_preconditioner, a vector with xᴴ T⁻¹ x ≤ 0 was met; not_finite, an operator gave a NaN or an infinity.
/// The pairs that meet the tolerance are returned all the same. \throws InvalidArgument if a shape is wrong, A or M is
/// not Hermitian or holds a NaN or an infinity, k is out of its
///         range, or an option is; NotPositiveDefinite if M is not; what the operators throw.
/// \ref A. V. Knyazev, SIAM J. Sci. Comput. 23 (2001) 517; U. Hetmaniuk and R. Lehoucq, Basis selection in LOBPCG, J.
///      Comput. Phys. 218 (2006) 324; J. A. Duersch, M. Shao, C. Yang and M. Gu, A robust and efficient implementation
///      of LOBPCG, SIAM J. Sci. Comput. 40 (2018) C655.
template <Scalar T>
EigshResult<T> lobpcg(const CsrView<T>& A, Index k, const LobpcgOptions& options = {}, const LobpcgWith<T>& with = {});
template <Scalar T>
EigshResult<T> lobpcg(const LinearOperatorRef<T>& A, Index k, const LobpcgOptions& options = {},
                      const LobpcgWith<T>& with = {});

/// The same from the columns of X, n × k, which are approximations. Dependent ones are replaced by random ones.
template <Scalar T>
EigshResult<T> lobpcg(const CsrView<T>& A, const Eigen::MatrixX<T>& X, const LobpcgOptions& options = {},
                      const LobpcgWith<T>& with = {});
template <Scalar T>
EigshResult<T> lobpcg(const LinearOperatorRef<T>& A, const Eigen::MatrixX<T>& X, const LobpcgOptions& options = {},
                      const LobpcgWith<T>& with = {});

}  // namespace ritz
