// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"
#include "ritz/linalg/norms.hpp"

namespace ritz::gradients {

/// ‖A‖ and its gradient G, ‖A + dA‖ ≈ ‖A‖ + Re tr(Gᴴ dA). X is Eigen::VectorX<T> or Eigen::MatrixX<T>, like A.
template <class X>
struct [[nodiscard]] NormForward {
    Real<typename X::Scalar> norm;
    X gradient;
};

struct NormOptions {
    /// Where the norm has a kink (a zero element or vector, two largest ones, …): false throws NotDifferentiable, true
    /// takes one subgradient G: ‖A + dA‖ ≥ ‖A‖ + ⟨G, dA⟩ for all dA. Of convex norms only: orders −1, −2, −∞, p < 1 and
    /// their kinks throw in any case.
    bool subgradient = false;
};

namespace detail {
template <Scalar T>
NormForward<Eigen::MatrixX<T>> vector_norm(linalg::Matrix<T> A, double ord, const NormOptions& options);
template <Scalar T>
NormForward<Eigen::MatrixX<T>> matrix_norm(linalg::Matrix<T> A, double ord, const NormOptions& options);
template <Scalar T>
NormForward<Eigen::MatrixX<T>> matrix_norm(linalg::Matrix<T> A, linalg::Norm ord, const NormOptions& options);
}  // namespace detail

/// (Σ|x|^p)^(1/p) over all elements for any p but 0, ±∞ included, as linalg::vector_norm: G = x/|x| · (|x|/‖x‖)^(p−1);
/// for ±∞ x/|x| at the largest (smallest) element. O(elements).
/// \throws NotDifferentiable at a zero x; at a zero element if p ≤ 1; where two elements are the largest (smallest)
///         to rounding. InvalidArgument for p = 0, whose value jumps, and as linalg::vector_norm.
template <linalg::Dense A>
NormForward<Eigen::MatrixX<linalg::ScalarOf<A>>> vector_norm(const A& a, double ord = 2,
                                                             const NormOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return detail::vector_norm<T>(linalg::detail::as<T>(a), ord, options);
}

/// Matrix norms as linalg::matrix_norm: 1, −1, ±∞ of the column or row that counts, aᵢⱼ/|aᵢⱼ| in it; 2, −2: u vᴴ of the
/// largest (smallest) singular value; nuclear: U Vᴴ; Frobenius: A/‖A‖.
/// \throws NotDifferentiable where two columns, rows or singular values count equally, an element of the column or row
/// is
///         zero, or (nuclear) a singular value is zero. InvalidArgument as linalg::matrix_norm.
/// \ref G. A. Watson, Characterization of the subdifferential of some matrix norms, Linear Algebra Appl. 170 (1992)
/// 33-45.
template <linalg::Dense A>
NormForward<Eigen::MatrixX<linalg::ScalarOf<A>>> matrix_norm(const A& a, double ord, const NormOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return detail::matrix_norm<T>(linalg::detail::as<T>(a), ord, options);
}
template <linalg::Dense A>
NormForward<Eigen::MatrixX<linalg::ScalarOf<A>>> matrix_norm(const A& a, linalg::Norm ord = linalg::Norm::frobenius,
                                                             const NormOptions& options = {}) {
    using T = linalg::ScalarOf<A>;
    return detail::matrix_norm<T>(linalg::detail::as<T>(a), ord, options);
}

/// vector_norm of a vector, matrix_norm of a matrix; without an order (Σ|a|²)^½ of either. A vector gives a vector.
template <linalg::Dense A>
NormForward<linalg::Like<A, linalg::ScalarOf<A>>> norm(const A& a) {
    auto f = gradients::vector_norm(a, 2);
    return {f.norm, std::move(f.gradient)};
}
template <linalg::Dense A>
NormForward<linalg::Like<A, linalg::ScalarOf<A>>> norm(const A& a, double ord, const NormOptions& options = {}) {
    auto f =
        A::IsVectorAtCompileTime ? gradients::vector_norm(a, ord, options) : gradients::matrix_norm(a, ord, options);
    return {f.norm, std::move(f.gradient)};
}
template <linalg::Dense A>
NormForward<Eigen::MatrixX<linalg::ScalarOf<A>>> norm(const A& a, linalg::Norm ord, const NormOptions& options = {}) {
    return gradients::matrix_norm(a, ord, options);
}

/// Ā = n̄ G.
template <class X>
X vjp(const NormForward<X>& f, std::type_identity_t<Real<typename X::Scalar>> norm_bar) {
    linalg::detail::require_finite<Real<typename X::Scalar>>(
        Eigen::VectorX<Real<typename X::Scalar>>::Constant(1, norm_bar), "gradients::vjp(norm)", "norm_bar");
    return f.gradient * norm_bar;
}

/// Re tr(Gᴴ Ȧ).
template <class X>
Real<typename X::Scalar> jvp(const NormForward<X>& f, std::type_identity_t<linalg::Matrix<typename X::Scalar>> A_dot) {
    ritz::detail::require(A_dot.rows() == f.gradient.rows() && A_dot.cols() == f.gradient.cols(),
                          "gradients::jvp(norm): A_dot has another shape than A");
    linalg::detail::require_finite<typename X::Scalar>(A_dot, "gradients::jvp(norm)", "A_dot");
    return std::real(f.gradient.conjugate().cwiseProduct(A_dot).sum());
}

}  // namespace ritz::gradients
