// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// f(A) b for large sparse A by Krylov subspaces, without forming f(A).
///
///     const auto [x, report] = funm_multiply(A, b, Function::inverse_sqrt);          // A^(-1/2) b
///     const auto [y, told] = funm_multiply(A, b, Function::exp, {.t = -0.1});        // exp(-A/10) b
///     const auto g = [](std::complex<double> z) { return 1.0 / (1.0 + z * z); };
///     const auto [w, heard] = funm_multiply(A, b, MatrixFunction(g));

#include <atomic>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/core/status.hpp"

namespace ritz {

/// Functions known by name. The principal branches: √z and log z are cut along the negative real axis.
enum class Function : std::uint8_t {
    exp,
    sqrt,
    inverse_sqrt,
    log,
    sign,  ///< of the real part: 1 or -1
    cos,
    sin,
    phi1,  ///< (eᶻ - 1)/z
};

std::string_view name(Function function) noexcept;
std::span<const Function> all_functions() noexcept;

/// f: one of those, or any function of a complex number, analytic about the spectrum. For a real matrix and a real
/// answer f(conj z) = conj f(z) is needed.
struct MatrixFunction {
    MatrixFunction(Function named_) : named(named_) {}
    explicit MatrixFunction(std::function<std::complex<double>(std::complex<double>)> value_)
        : value(std::move(value_)) {}

    std::optional<Function> named;
    std::function<std::complex<double>(std::complex<double>)> value;
};

/// Which Krylov method: Lanczos for Hermitian and skew-Hermitian matrices, Arnoldi for all. `automatic` looks at a
/// matrix, and tries an operator with random vectors.
enum class FunctionMethod : std::uint8_t { automatic, lanczos, arnoldi };

struct FunctionOptions {
    std::complex<double> t = 1;  ///< f(t A); real for a real A
    FunctionMethod method = FunctionMethod::automatic;
    double rtol = 1e-10;               ///< ‖error‖₂ ≤ rtol ‖f(tA) b‖₂, estimated; at least 4000 u counts
    std::int64_t max_iterations = -1;  ///< steps; negative: 2000 of Lanczos, 600 of Arnoldi
    /// Vectors kept; 0: chosen, as many as memory takes, of Lanczos (beyond order 2000) no more than products pay for.
    /// When they are used up, Lanczos goes on without orthogonality and forms the rest a second time, Arnoldi starts
    /// again from its last vector.
    Index subspace = 0;
    std::size_t max_memory_bytes = 0;  ///< of the vectors kept; 0: 1 GiB
    double max_seconds = 0;            ///< 0: no limit
    std::uint64_t seed = 1;            ///< of the vectors by which an operator is tried
    const std::atomic<bool>* cancel = nullptr;
};

/// How a function of a matrix was computed. Statuses that occur:
///   converged       error_estimate ≤ rtol
///   ill_conditioned  the method converged, but rounding may have spoiled more than rtol: error_estimate says how much
///   max_iterations, limit_exceeded (time), interrupted   the last approximation is returned
///   breakdown       f has a pole, a jump or a branch cut where tA has a Ritz value (to rounding; of Hermitian
///                   A one between eigenvalues), or overflows: `message` says where; x is zero
///   not_symmetric   Lanczos was asked for a matrix that is neither Hermitian nor skew-Hermitian; x is zero
///   not_finite      a product, b, or the result has a NaN or an infinity
struct FunctionReport {
    Status status = Status::not_converged;
    std::string method;                 ///< "lanczos", "two-pass lanczos", "arnoldi", "restarted arnoldi", "taylor"
    std::vector<std::string> reasons;   ///< for this method
    std::vector<std::string> warnings;  ///< eigenvalues on a branch cut, where the side was chosen
    std::string message;
    std::int64_t iterations = 0;             ///< steps; Taylor: stages
    std::int64_t operator_applications = 0;  ///< products with A (and Aᴴ)
    /// Of ‖x - f(tA)b‖₂ / ‖x‖₂: truncation (the larger of the last two differences between approximations some steps
    /// apart; 0 where the subspace became invariant) and rounding (first order, by the conditioning of f on the
    /// subspace). An estimate: no bound.
    double error_estimate = 0;
    bool invariant_subspace = false;  ///< the Krylov subspace became invariant: nothing was truncated
    double seconds = 0;
    std::size_t memory_bytes = 0;  ///< of the vectors kept
};

template <Scalar T>
struct [[nodiscard]] FunctionResult {
    Eigen::VectorX<T> x;
    FunctionReport report;
};

/// x ≈ f(tA) b, ‖b‖ V f(t H) e₁ with an orthonormal basis V of the Krylov subspace and H = Vᴴ A V.
///
/// Approximations are compared at steps that grow by a fifth and by 4 at least; two differences in a row below rtol
/// end it. Lanczos: one product and 4 n k flops a step (k vectors kept), f by the eigenvectors of a tridiagonal H.
/// Arnoldi: the same, f by dense algorithms: scaling and squaring for exp, cos, sin and φ₁, the Schur form for the
/// roots, log and sign, eigenvectors for a function that was given (their condition number enters the estimate).
///
/// \throws InvalidArgument if A is not square, a matrix holds a NaN or an infinity, b has another length, t is not real
///         for a real A or not finite, an option is out of its range; what A and f throw.
/// \ref N. J. Higham, Functions of Matrices (2008), chapters 4, 6, 8, 11, 13; M. Eiermann and O. G. Ernst, A restarted
///      Krylov subspace method for the evaluation of matrix functions, SIAM J. Numer. Anal. 44 (2006) 2481; V. Druskin,
///      A. Greenbaum and L. Knizhnerman, SIAM J. Sci. Comput. 19 (1998) 38, for Lanczos without orthogonality.
template <Scalar T>
FunctionResult<T> funm_multiply(const CsrView<T>& A, VectorView<std::type_identity_t<T>> b, const MatrixFunction& f,
                                const FunctionOptions& options = {});
template <Scalar T>
FunctionResult<T> funm_multiply(const LinearOperatorRef<T>& A, VectorView<std::type_identity_t<T>> b,
                                const MatrixFunction& f, const FunctionOptions& options = {});

}  // namespace ritz
