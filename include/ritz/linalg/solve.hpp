// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// A x = b for a dense square matrix: np.linalg.solve and scipy.linalg.solve, with the answer checked.
///
/// What is done: the structure of A is found in O(n²) and names the method (I. below); rows and columns whose sizes
/// differ wildly are scaled by powers of two; x is refined with residuals in twice the working precision until the
/// corrections say that it is right; the condition of the scaled matrix is estimated. If Gaussian elimination with
/// partial pivoting turns out unstable (Wilkinson's growth), it is repeated with complete pivoting.
///
///   diagonal            division                              n
///   tridiagonal, banded LU with partial pivoting of the band  n (kl + ku)²
///   triangular          substitution                          n²
///   positive_definite   Cholesky                              n³/3
///   hermitian           Bunch-Kaufman LDLᴴ                    n³/3
///   general             LU with partial pivoting              2n³/3

#include <cstdint>
#include <optional>
#include <string>

#include "ritz/core/status.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// What a matrix is, and so the method that solves with it. `symmetric` is A = Aᵀ of complex numbers; real symmetric
/// matrices are `hermitian`.
enum class Structure : std::uint8_t {
    diagonal,
    tridiagonal,
    banded,
    lower_triangular,
    upper_triangular,
    positive_definite,
    hermitian,
    symmetric,
    general
};

/// The enumerator's name: "positive_definite".
const char* name(Structure structure) noexcept;

/// What happens when the condition estimate promises no correct digit: IllConditioned is thrown, or the result is
/// returned as it is.
enum class OnIllConditioned : std::uint8_t { raise, accept };

struct SolveOptions {
    Op op = Op::none;                   ///< solves op(A) x = b
    std::optional<Structure> assume{};  ///< A is promised to be this; it is looked for when there is no promise.
                                        ///< A broken promise is an InvalidArgument. Of a Hermitian or symmetric
                                        ///< matrix the lower or the upper triangle may be zero instead of mirrored.
    OnIllConditioned on_ill_conditioned = OnIllConditioned::raise;  ///< of `solve`; `safe_solve` never throws for it
};

/// How a solve went. All numbers are of the scaled matrix, and the worst over the columns of b.
struct SolveReport {
    Status status = Status::solved;  ///< solved, ill_conditioned, or (safe_solve) breakdown: exactly singular, no x
    Structure structure = Structure::general;
    double rcond = 0;           ///< estimate of 1 / (‖A‖₁ ‖A⁻¹‖₁); 0 for an exactly singular matrix
    double backward_error = 0;  ///< ‖b − A x‖∞ / (‖A‖∞ ‖x‖∞ + ‖b‖∞)
    double componentwise_backward_error = 0;  ///< maxᵢ |b − A x|ᵢ / (|A| |x| + |b|)ᵢ (Oettli, Prager)
    double forward_error_bound = 0;  ///< estimate of ‖x − A⁻¹ b‖∞ / ‖x‖∞; ∞ when nothing is promised
    double growth = 1;               ///< max |U| / max |A| of an LU factorisation, 1 of the other methods
    int refinements = 0;             ///< corrections that x took
    std::string explanation{};       ///< a sentence or two for a person
};

/// x and how far it can be trusted. B is a vector or a matrix, like b.
template <class B>
struct [[nodiscard]] SafeSolution {
    B x;
    SolveReport report;
};

namespace detail {
/// Into x, of the shape of b. A report never throws for a singular or ill-conditioned A.
template <Scalar T>
void solve(Matrix<T> A, Matrix<T> b, Eigen::Ref<Eigen::MatrixX<T>> x, const SolveOptions& options, SolveReport* report);
}  // namespace detail

/// x with op(A) x = b; A is n × n, b a vector of n or a matrix n × k. 2n³/3 flops and less by structure, O(n²) for the
/// checks and n² of memory. The relative error of x is near u when the condition number of the scaled A is below
/// 1/√u and there are at most four right-hand sides or a report is asked for, and at most n u times the condition number
/// otherwise.
/// \throws InvalidArgument for wrong shapes, NaN, infinity, a promise in options.assume that A breaks.
/// \throws SingularMatrix if a pivot is exactly zero.
/// \throws IllConditioned if x may have no correct digit: rcond < max(10, n) u, u half of epsilon.
/// \throws LimitExceeded if an entry of x is too large for its type.
/// \ref N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), chapters 9, 12, 15.
template <Dense A, Dense B>
[[nodiscard]] Like<B, ScalarOf<A, B>> solve(const A& a, const B& b, const SolveOptions& options = {}) {
    using T = ScalarOf<A, B>;
    Like<B, T> x(b.rows(), b.cols());
    detail::solve<T>(detail::as<T>(a), detail::as<T>(b), x, options, nullptr);
    return x;
}

/// As `solve`, but a singular or ill-conditioned A is told by the report. For an exactly singular A x is NaN.
/// \throws InvalidArgument, LimitExceeded as `solve`.
template <Dense A, Dense B>
[[nodiscard]] SafeSolution<Like<B, ScalarOf<A, B>>> safe_solve(const A& a, const B& b,
                                                               const SolveOptions& options = {}) {
    using T = ScalarOf<A, B>;
    SafeSolution<Like<B, T>> result{Like<B, T>(b.rows(), b.cols()), {}};
    detail::solve<T>(detail::as<T>(a), detail::as<T>(b), result.x, options, &result.report);
    return result;
}

}  // namespace ritz::linalg
