// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/preconditioners/preconditioner.hpp"
#include "ritz/solvers/krylov.hpp"

namespace ritz::gradients {

/// x = A⁻¹ b of a sparse A. A and its inverse are not owned and must outlive this.
template <class X>
struct [[nodiscard]] SparseSolveForward {
    using T = typename X::Scalar;
    X x;
    CsrView<T> A;
    LinearOperatorRef<T> inverse;
};

template <class X>
struct [[nodiscard]] SparseSolveCotangent {
    Csr<typename X::Scalar> A_bar;  ///< on the pattern of A
    X b_bar;
};

namespace detail {
template <class X>
SparseSolveForward<X> sparse_solve(const CsrView<typename X::Scalar>& A,
                                   const LinearOperatorRef<typename X::Scalar>& inverse,
                                   linalg::Matrix<typename X::Scalar> b);
}  // namespace detail

/// x with A x = b for a sparse square A, b a vector or a matrix of k columns, by an operator that applies A⁻¹ and A⁻ᴴ:
/// a factorisation of A (Lu, Klu, Cholesky, Ldlt, …) or an IterativeInverse. One step of refinement.
///
/// The error of x is estimated from the residual and from ‖ |A⁻¹| (|r| + ε (|A||x| + |b|)) ‖∞, which no scaling of the
/// rows changes: about five more solves, once here and once in vjp for the adjoint system.
/// \throws InvalidArgument if shapes do not fit, the operator has no adjoint, or b is not finite; IllConditioned if no
///         digit of x is certain (also where `inverse` is not that of A); what `inverse` throws.
/// \ref J. W. Demmel, Applied Numerical Linear Algebra (1997), equation 2.14; N. J. Higham, Accuracy and Stability of
///      Numerical Algorithms, 2nd ed. (2002), section 7.1.
template <Scalar T, AdjointOperator<T> Inverse, linalg::Dense B>
requires(std::same_as<typename B::Scalar, T>) SparseSolveForward<linalg::Like<B, T>> solve(const Csr<T>& A,
                                                                                           const Inverse& inverse,
                                                                                           const B& b) {
    return detail::sparse_solve<linalg::Like<B, T>>(A, LinearOperatorRef<T>(inverse), b);
}
template <Scalar T, AdjointOperator<T> Inverse, linalg::Dense B>
requires(std::same_as<typename B::Scalar, T>) SparseSolveForward<linalg::Like<B, T>> solve(const CsrView<T>& A,
                                                                                           const Inverse& inverse,
                                                                                           const B& b) {
    return detail::sparse_solve<linalg::Like<B, T>>(A, LinearOperatorRef<T>(inverse), b);
}
template <Scalar T, class Inverse, linalg::Dense B>
requires(!std::is_lvalue_reference_v<Inverse>) void solve(const CsrView<T>& A, Inverse&& inverse, const B& b) = delete;
template <Scalar T, class Inverse, linalg::Dense B>
void solve(const Csr<T>&& A, const Inverse& inverse, const B& b) = delete;  // would dangle

/// b̄ = A⁻ᴴ x̄ and Ā = −b̄ xᴴ on the pattern of A: one adjoint solve a column and O(nnz k). Where A moves among the
/// Hermitian matrices, ⟨Ā, dA⟩ is right as it is.
/// \throws as solve, for the adjoint system.
template <class X>
SparseSolveCotangent<X> vjp(const SparseSolveForward<X>& f,
                            std::type_identity_t<linalg::Matrix<typename X::Scalar>> x_bar);

/// ẋ = A⁻¹ (ḃ − Ȧ x). A_dot may have any pattern; an empty b_dot is zero.
template <class X>
X jvp(const SparseSolveForward<X>& f, const CsrView<typename X::Scalar>& A_dot,
      std::type_identity_t<linalg::Matrix<typename X::Scalar>> b_dot = Eigen::MatrixX<typename X::Scalar>());

struct IterativeInverseOptions {
    Method method = Method::gmres;
    KrylovOptions krylov = {.stop = {.rtol = 1e-12}};
};

/// A⁻¹ and A⁻ᴴ by an iterative method, as an operator. A solve that does not converge throws. A and M are not owned and
/// must outlive this.
template <Scalar T>
class IterativeInverse {
public:
    /// \throws InvalidArgument if A is not square, or M does not fit or has no adjoint.
    explicit IterativeInverse(const CsrView<T>& A, IterativeInverseOptions options = {})
        : IterativeInverse(A, std::nullopt, std::move(options)) {}
    /// With a preconditioner: M⁻¹ for A, M⁻ᴴ for Aᴴ.
    template <AdjointOperator<T> M>
    IterativeInverse(const CsrView<T>& A, const M& m, IterativeInverseOptions options = {})
        : IterativeInverse(A, std::optional<LinearOperatorRef<T>>(m), std::move(options)) {}

    Index rows() const noexcept { return A_.rows(); }
    Index cols() const noexcept { return A_.cols(); }
    /// x ← A⁻¹ b. \throws NoConvergence with the method's own reason.
    void apply(VectorView<T> b, VectorRef<T> x) const;
    /// x ← A⁻ᴴ b.
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const;

private:
    IterativeInverse(const CsrView<T>& A, std::optional<LinearOperatorRef<T>> M, IterativeInverseOptions options);

    CsrView<T> A_;
    std::optional<LinearOperatorRef<T>> M_;
    IterativeInverseOptions options_;
};

}  // namespace ritz::gradients
