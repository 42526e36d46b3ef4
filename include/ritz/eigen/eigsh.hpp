// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Eigenpairs of real symmetric and complex Hermitian matrices, A v = λ v and A v = λ M v, of which none is missed.
///
///     const auto [values, vectors, residuals, error_bounds, report] = eigsh(A, 6, {.which =
///     Which::smallest_algebraic});
///
/// What holds of every result (E1-E5, tests/contracts/eigsh_contract_test.cpp):
///
///   E1  values increase; vectors are the columns, vᵢᴴ M vⱼ = δᵢⱼ to rounding (report.orthogonality). In buckling mode
///       vᵢᴴ A vⱼ = δᵢⱼ.
///   E2  residuals[i] = ‖A vᵢ − λᵢ M vᵢ‖₂ (‖vᵢ‖_M = 1), recomputed from what is returned in twice the working precision
///       where A and M are matrices.
///   E3  every pair returned meets residuals[i] ≤ max(rtol |λᵢ| ‖M vᵢ‖₂, (16 + √n) u (‖A‖ + |λᵢ| ‖M‖) ‖vᵢ‖₂) or, where
///       a shift is inverted, the same with |λᵢ − σ| if that is larger.
///   E4  there is an eigenvalue within error_bounds[i] of values[i]; as many as there are values, multiple ones counted
///       as often as they are. With M, by an estimate of its smallest eigenvalue; NaN where none is known (M singular
///       or an operator, buckling mode).
///   E5  report.status is `solved` only if a count of eigenvalues agrees with what was found (report.proof).

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "ritz/core/eigen.hpp"
#include "ritz/eigen/report.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz {

/// The engine. `automatic` is dense for small n and large k, an inverted shift where the wanted eigenvalues lie inside
/// the spectrum or at its low end and a factorisation is affordable, Lanczos otherwise.
enum class EigshMethod : std::uint8_t {
    automatic,
    dense,         ///< all eigenvalues by LAPACK: O(n³) time, O(n²) memory
    lanczos,       ///< products with A only (and solves with M)
    shift_invert,  ///< Lanczos with (A − σM)⁻¹
    filtered,      ///< Lanczos with a polynomial in A that is large on the interval wanted; standard problems
    spectra,       ///< the library Spectra's Lanczos, behind the same checks; real standard problems
};

std::string_view name(EigshMethod method) noexcept;
std::span<const EigshMethod> all_eigsh_methods() noexcept;

/// Which function of the pencil is iterated with where a shift is inverted.
enum class SpectralTransform : std::uint8_t {
    shift_invert,  ///< θ = 1/(λ − σ):         (A − σM)⁻¹ M
    buckling,  ///< θ = λ/(λ − σ):         (A − σM)⁻¹ A, A positive (semi)definite, M any symmetric matrix, σ ≠ 0
    cayley,  ///< θ = (λ + σ)/(λ − σ):   (A − σM)⁻¹ (A + σM), σ ≠ 0
};

struct EigshOptions {
    Which which = Which::largest_magnitude;
    /// The k eigenvalues nearest to it, in place of `which`; in buckling and Cayley mode those with the largest |θ|.
    /// One that is an eigenvalue itself is moved, and report.sigma and a warning say so.
    std::optional<double> sigma = {};
    SpectralTransform transform = SpectralTransform::shift_invert;
    EigshMethod method = EigshMethod::automatic;
    Completeness completeness = Completeness::check;
    double rtol = 1e-10;                 ///< see E3; at least the working precision counts
    Index subspace = 0;                  ///< vectors kept before a restart; 0: chosen, max(2k + 1, 20) and more
    Index block = 0;                     ///< vectors that are multiplied at once; 0: chosen
    std::int64_t max_applications = -1;  ///< of the operator; negative: max(1000 + 1000 k, 20 n)
    double max_seconds = 0;              ///< 0: no limit
    std::size_t max_memory_bytes = 0;    ///< 0: no limit; for basis and factors
    std::uint64_t seed = 1;              ///< of starting vectors: the same seed, the same bits
    /// Called after each restart; true ends with Status::interrupted.
    std::function<bool(const EigenState&)> monitor = {};
    const std::atomic<bool>* cancel = nullptr;
};

template <Scalar T>
struct [[nodiscard]] EigshResult {
    Eigen::VectorX<Real<T>> values;  ///< increasing; as many as met the tolerance (E3)
    Eigen::MatrixX<T> vectors;       ///< n × values.size()
    Eigen::VectorXd residuals;       ///< E2
    Eigen::VectorXd error_bounds;    ///< E4
    EigenReport report;
};

/// The k eigenpairs of A = Aᴴ (n × n) that options ask for, 1 ≤ k ≤ n.
///
/// Cost: products with A, or one factorisation and solves with it; 2 n · subspace flops of orthogonalisation each.
/// Memory: subspace vectors, and the factors.
/// \throws InvalidArgument if A is not square or not exactly Hermitian, has a NaN or an infinity, k is not in 1…n, or
///         an option is out of its range; LimitExceeded if factors would pass max_memory_bytes and nothing else is
///         possible; Unsupported if the method cannot do what is asked.
/// \ref K. Wu and H. Simon, Thick-restart Lanczos method for large symmetric eigenvalue problems, SIAM J. Matrix Anal.
///      Appl. 22 (2000) 602; A. Ruhe, Implementation aspects of band Lanczos algorithms, Math. Comp. 33 (1979) 680;
///      R. G. Grimes, J. G. Lewis and H. D. Simon, A shifted block Lanczos algorithm, SIAM J. Matrix Anal. Appl. 15
///      (1994) 228; T. Ericsson and A. Ruhe, Math. Comp. 35 (1980) 1251.
template <Scalar T>
EigshResult<T> eigsh(const CsrView<T>& A, Index k, const EigshOptions& options = {});

/// The generalised problem A v = λ M v. M is Hermitian and positive definite; positive semidefinite where a shift is
/// inverted (infinite eigenvalues are then left out); any Hermitian matrix in buckling mode, where A is semidefinite.
/// \throws as above; NotPositiveDefinite if M is not what the method needs.
template <Scalar T>
EigshResult<T> eigsh(const CsrView<T>& A, const CsrView<T>& M, Index k, const EigshOptions& options = {});

/// A by its products only: Lanczos, or dense for small n. That A is Hermitian is tested on random vectors.
/// \throws as above, and what A throws.
template <Scalar T>
EigshResult<T> eigsh(const LinearOperatorRef<T>& A, Index k, const EigshOptions& options = {});

/// The operators of a problem that is not given by matrices. With `shifted_inverse` x ← (A − σM)⁻¹ b it is the mode
/// of options.transform with options.sigma; without, M needs M_inverse.
template <Scalar T>
struct EigshOperators {
    LinearOperatorRef<T> A;
    std::optional<LinearOperatorRef<T>> M = {};
    std::optional<LinearOperatorRef<T>> M_inverse = {};
    std::optional<LinearOperatorRef<T>> shifted_inverse = {};
};
template <Scalar T>
EigshResult<T> eigsh(const EigshOperators<T>& operators, Index k, const EigshOptions& options = {});

/// All eigenpairs with low ≤ λ ≤ high: counted first by the inertia of A − low·M and A − high·M, then found by inverted
/// shifts between them, so that the answer is complete or says that it is not. Endpoints that are eigenvalues to
/// rounding count as inside. k of the result is what the count gave.
/// \throws as above; LimitExceeded if more than max_pairs lie there.
template <Scalar T>
EigshResult<T> eigsh_interval(const CsrView<T>& A, double low, double high, const EigshOptions& options = {},
                              Index max_pairs = 10000);
template <Scalar T>
EigshResult<T> eigsh_interval(const CsrView<T>& A, const CsrView<T>& M, double low, double high,
                              const EigshOptions& options = {}, Index max_pairs = 10000);

}  // namespace ritz
