// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Eigenvalues and eigenvectors of any square matrix, A v = λ v and A v = λ M v. For Hermitian ones eigsh is faster and
/// can prove more.
///
///     const EigsResult<double> r = eigs(A, 6, {.which = Which::largest_real});
///
/// What holds of every result (N1-N5):
///
///   N1  values come by preference, the most wanted first; of a real problem (A and M real, and sigma if there is one)
///       complex ones come in exactly conjugate pairs, positive imaginary part first. A pair is never split: where the
///       k-th value is the first of a pair, k + 1 are returned. With a complex sigma there are k, paired or not.
///   N2  vectors are the columns, of unit norm. They need not be independent: those of a defective eigenvalue agree.
///       Of an iteration, one that depends on others of (nearly) the same value is returned only where an invariant
///       subspace shows that the value occurs as often; such pairs are rejected otherwise and the status says so.
///   N3  residuals[i] = ‖A vᵢ − λᵢ M vᵢ‖₂, recomputed from what is returned, with products in twice the working
///   precision
///       where A and M are matrices. λᵢ is the quotient of Rayleigh that makes it smallest.
///   N4  every pair returned meets residuals[i] ≤ max(rtol |λᵢ| ‖M vᵢ‖₂, c u (‖A‖ + |λᵢ| ‖M‖)), c = max(16, 2 √n) — or,
///       where a shift is inverted, the same with |λᵢ − σ| if that is larger. So (λᵢ, vᵢ) is exact for a matrix that
///       differs from A by the residual. How far λᵢ is from an eigenvalue of A itself is another matter when A is not
///       normal: see error_bounds.
///   N5  report.status is `solved` only if all eigenvalues were computed (report.proof, "dense") and no condition makes
///       an error of ‖A‖/100 possible; with such a condition it is `ill_conditioned`. `converged` rests on a search for
///       missed ones from another random vector (Completeness::check), which finds further copies of a multiple
///       eigenvalue almost surely, and is no proof; where it did not come to an end, `not_proved`.

#include <atomic>
#include <complex>
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

/// The engine. `automatic` is dense for n ≤ 300, k > n/4 and, where a proof is asked for, n ≤ 2000; an inverted shift
/// with `sigma` and for the smallest magnitude; Arnoldi otherwise. Where iterating fails and n ≤ 2000, dense after all.
enum class EigsMethod : std::uint8_t {
    automatic,
    dense,         ///< all eigenvalues by LAPACK: 25 n³ flops, 4 n² numbers
    arnoldi,       ///< Krylov–Schur with products by A (by M⁻¹A: M is factored)
    shift_invert,  ///< Krylov–Schur with (A − σM)⁻¹M, by a sparse LU
};

std::string_view name(EigsMethod method) noexcept;
std::span<const EigsMethod> all_eigs_methods() noexcept;

struct EigsOptions {
    /// One of LM, SM, LR, SR, LI, SI. LI and SI go by Im λ, for real A and M by |Im λ|.
    Which which = Which::largest_magnitude;
    /// The k eigenvalues nearest to it, in place of `which`. One that is an eigenvalue itself is moved, and
    /// EigsResult::sigma and a warning say so.
    std::optional<std::complex<double>> sigma = {};
    EigsMethod method = EigsMethod::automatic;
    Completeness completeness = Completeness::check;
    double rtol = 1e-10;                 ///< see N4
    Index subspace = 0;                  ///< vectors kept before a restart, at least k + 2; 0: max(2k + 10, 32)
    std::int64_t max_applications = -1;  ///< of the operator; negative: 1000 + 100 k restarts' worth, at least 10 n
    double max_seconds = 0;              ///< 0: no limit
    std::size_t max_memory_bytes = 0;    ///< for basis, factors and dense matrices; 0: no limit (dense: 8 GiB)
    std::uint64_t seed = 1;              ///< of starting vectors: the same seed, the same bits
    /// Called after each restart; true ends with Status::interrupted.
    std::function<bool(const EigenState&)> monitor = {};
    const std::atomic<bool>* cancel = nullptr;
};

template <Scalar T>
struct [[nodiscard]] EigsResult {
    Eigen::VectorX<std::complex<Real<T>>> values;   ///< N1; as many as met the tolerance (N4)
    Eigen::MatrixX<std::complex<Real<T>>> vectors;  ///< n × values.size()
    Eigen::VectorXd residuals;                      ///< N3
    /// residuals[i] κᵢ, κᵢ = ‖y‖ ‖x‖ / |yᴴ M x| the condition of the eigenvalue by its left vector y: to first order,
    /// how far values[i] is from an eigenvalue. Known with `dense` and for Hermitian A without M (κ = 1, and the bound
    /// is exact); NaN otherwise, since left vectors would cost as much again.
    Eigen::VectorXd error_bounds;
    std::optional<std::complex<double>> sigma;  ///< the shift that was inverted (report.sigma, where it is real)
    EigenReport report;  ///< orthogonality is that of the Schur vectors, or 0 with `dense`; norm_estimate of ‖A‖₂
};

/// The k eigenpairs of A (n × n) that options ask for, 1 ≤ k ≤ n.
///
/// Krylov–Schur: products with A (one factorisation and a solve each where a shift is inverted) and 4 n · subspace
/// flops of orthogonalisation for each, in real arithmetic for real A and real sigma; a complex sigma makes a real
/// problem complex, at four times the cost. Subspaces that have converged to working precision are locked; an invariant
/// subspace that is met is left by a new random vector. Memory: subspace + 1 vectors, and the factors. float is
/// computed in double. A of norm beyond 2^±200 is scaled by a power of two.
/// \throws InvalidArgument if A is not square or has a NaN or an infinity, k is not in 1…n, or an option is out of its
///         range; LimitExceeded if factors or a dense matrix would pass max_memory_bytes and nothing else is possible.
/// \ref G. W. Stewart, A Krylov–Schur algorithm for large eigenproblems, SIAM J. Matrix Anal. Appl. 23 (2001) 601; T.
///      Ericsson and A. Ruhe, Math. Comp. 35 (1980) 1251; G. H. Golub and C. F. Van Loan, Matrix Computations, 4th ed.
///      (2013), section 7.2 (conditions).
template <Scalar T>
EigsResult<T> eigs(const CsrView<T>& A, Index k, const EigsOptions& options = {});

/// The generalised problem A v = λ M v, M square and not necessarily Hermitian. Without a shift M must be regular (it
/// is factored); with one only A − σM, and infinite eigenvalues are left out.
/// \throws as above; SingularMatrix if M is exactly singular and no shift is inverted, or A − λM is for every λ as far
///         as shifts were tried.
template <Scalar T>
EigsResult<T> eigs(const CsrView<T>& A, const CsrView<T>& M, Index k, const EigsOptions& options = {});

/// A by its products only: Arnoldi, or dense for n ≤ 300 (n products with unit vectors). `sigma` would need an inverse.
/// Status::not_finite if A gives a NaN or an infinity.
/// \throws as above, and what A throws; Unsupported with `sigma` where the method is not dense.
template <Scalar T>
EigsResult<T> eigs(const LinearOperatorRef<T>& A, Index k, const EigsOptions& options = {});

}  // namespace ritz
