// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"
#include "ritz/linalg/solve.hpp"
#include "ritz/preconditioners/registry.hpp"
#include "ritz/solvers/factorization.hpp"
#include "ritz/solvers/methods.hpp"

namespace ritz::gradients {

/// How the systems of a sparse A are solved, forward and adjoint.
struct SparseSolveOptions {
    /// automatic: Cholesky, LDLᵀ or LU by the structure of A. Otherwise cholesky, ldlt, lu, klu, or a Krylov method for
    /// square matrices (cg, minres, gmres, …).
    Method method = Method::automatic;
    Ordering ordering = Ordering::automatic;
    linalg::OnIllConditioned on_ill_conditioned = linalg::OnIllConditioned::raise;  ///< of the direct methods

    PreconditionerKind preconditioner = PreconditionerKind::automatic;  ///< of the Krylov methods
    /// Of the Krylov methods: ‖b − A x‖₂ ≤ rtol ‖b‖₂. The error of a derivative is up to κ(A) times as large. 0: 10⁻¹²
    /// in double, 10⁻⁵ in single precision.
    double rtol = 0;
    std::int64_t max_iterations = -1;  ///< as in Stop
};

namespace detail {
/// op(A)⁻¹ B for op = none and adjoint, of which each caller checks the residual.
template <Scalar T>
using SparseInverse = std::function<Eigen::MatrixX<T>(const Eigen::MatrixX<T>&, Transpose)>;
}  // namespace detail

/// A factorisation of solvers/: solves with A and Aᴴ.
template <class F, class T>
concept SparseFactorization = Scalar<T> && requires(const F& factor, const Eigen::MatrixX<T>& B) {
    { factor.solve(B, Transpose::adjoint) } -> std::convertible_to<Eigen::MatrixX<T>>;
    { factor.rows() } -> std::convertible_to<Index>;
};

/// x = A⁻¹ b of a sparse A, and what solves the adjoint system. X is Eigen::VectorX<T> or Eigen::MatrixX<T>, like b.
template <class X>
struct [[nodiscard]] SparseSolveForward {
    using T = typename X::Scalar;
    X x;
    Csr<T> A;
    detail::SparseInverse<T> inverse;  ///< by the factors or the iteration; no residual is checked there
    std::string method;                ///< "cholesky", "gmres with ilu0", …
    double rcond;                      ///< of the equilibrated A, estimated; NaN of Krylov methods
    double backward_error;  ///< of x: ‖r‖∞ / (‖A‖∞ ‖x‖∞ + ‖b‖∞), equilibrated; Krylov: ‖r‖₂ / ‖b‖₂
    double tolerance;  ///< that x kept and derivatives must keep
    bool iterative;
};

template <class X>
struct [[nodiscard]] SparseSolveCotangent {
    Csr<typename X::Scalar> A_bar;  ///< with exactly the pattern of A
    X b_bar;
};

namespace detail {
template <class X>
SparseSolveForward<X> solve(const CsrView<typename X::Scalar>& A, linalg::Matrix<typename X::Scalar> b,
                            const SparseSolveOptions& options);
template <class X>
SparseSolveForward<X> solve_with(const CsrView<typename X::Scalar>& A, Index factor_rows,
                                 SparseInverse<typename X::Scalar> inverse, linalg::Matrix<typename X::Scalar> b,
                                 linalg::OnIllConditioned on_ill_conditioned);
}  // namespace detail

/// x with A x = b, A sparse n × n, b a vector of n or a matrix n × k.
///
/// Direct methods factor the A that powers of two have equilibrated and refine with residuals in twice the precision;
/// the condition of that matrix is estimated (4 to 20 solves). Iterative ones run once for each right-hand side; one
/// for a Hermitian A uses its preconditioner for the adjoint system too, others make one of Aᴴ. O(nnz) memory for a
/// copy of A. \throws InvalidArgument for a wrong shape, NaN or infinity, or a method that is none of those named in
/// the options;
///         SingularMatrix; IllConditioned if no digit of x is certain; NoConvergence if the residual, recomputed, is
///         larger than asked (also of a factorisation that is not A's); and what the method's class throws.
template <Scalar T, linalg::Dense B>
requires(std::same_as<linalg::ScalarOf<B>, T>) SparseSolveForward<linalg::Like<B, T>> solve(
    const CsrView<T>& A, const B& b, const SparseSolveOptions& options = {}) {
    return detail::solve<linalg::Like<B, T>>(A, linalg::detail::as<T>(b), options);
}

/// The same by a factorisation of A that is there: Cholesky, Ldlt, Lu, Klu. An lvalue is referred to and must outlive
/// the result and its derivatives; a temporary is taken over.
template <Scalar T, class F, linalg::Dense B>
requires(std::same_as<linalg::ScalarOf<B>, T>&& SparseFactorization<std::remove_cvref_t<F>, T>)
    SparseSolveForward<linalg::Like<B, T>> solve(
        const CsrView<T>& A, F&& factor, const B& b,
        linalg::OnIllConditioned on_ill_conditioned = linalg::OnIllConditioned::raise) {
    const auto by = [](auto kept) {
        return [kept](const Eigen::MatrixX<T>& right, Transpose op) { return kept->solve(right, op); };
    };
    const Index n = factor.rows();
    detail::SparseInverse<T> inverse;
    if constexpr (std::is_lvalue_reference_v<F>)
        inverse = by(&std::as_const(factor));
    else
        inverse = by(std::make_shared<const F>(std::move(factor)));
    return detail::solve_with<linalg::Like<B, T>>(A, n, std::move(inverse), linalg::detail::as<T>(b),
                                                  on_ill_conditioned);
}

/// b̄ = A⁻ᴴ x̄ and Ā = −b̄ xᴴ where A has entries: one adjoint solve with the same factors, 2 k nnz flops. Entries count
/// as independent: where a and its mirror image are one parameter of a symmetric A, its derivative is the sum of both.
/// \throws InvalidArgument if x_bar is not like x or not finite; NoConvergence if the residual of the adjoint system,
///         recomputed, is not as small as that of x was; LimitExceeded if the result overflows.
/// \ref M. B. Giles (2008), section 2.3.1; the implicit function theorem on the pattern.
template <class X>
SparseSolveCotangent<X> vjp(const SparseSolveForward<X>& f,
                            std::type_identity_t<linalg::Matrix<typename X::Scalar>> x_bar);

/// ẋ = A⁻¹ (ḃ − Ȧ x). An empty A_dot (0 × 0) or b_dot is zero. A_dot may have any pattern.
template <class X>
X jvp(const SparseSolveForward<X>& f, const std::type_identity_t<CsrView<typename X::Scalar>>& A_dot,
      std::type_identity_t<linalg::Matrix<typename X::Scalar>> b_dot);

}  // namespace ritz::gradients
