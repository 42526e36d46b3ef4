// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/cholesky.hpp"

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "ritz/linalg/structured.hpp"

namespace ritz::gradients {

namespace {

using linalg::Op;
using linalg::Uplo;

/// op(L)⁻¹ B. The condition was looked at when L was made.
template <Scalar T>
Eigen::MatrixX<T> solve_lower(const Eigen::MatrixX<T>& L, const Eigen::MatrixX<T>& B, Op op) {
    return linalg::solve_triangular(
        L, B, {.uplo = Uplo::lower, .op = op, .on_ill_conditioned = linalg::OnIllConditioned::accept});
}

template <Scalar T>
Eigen::MatrixX<T> lower_factor(const CholeskyForward<T>& f) {
    return f.uplo == Uplo::lower ? f.factor : Eigen::MatrixX<T>(f.factor.adjoint());
}

/// The lower triangle of S with half of the real part of its diagonal.
template <Scalar T>
Eigen::MatrixX<T> half_lower(const Eigen::MatrixX<T>& S) {
    Eigen::MatrixX<T> P = S.template triangularView<Eigen::StrictlyLower>();
    P.diagonal() = (S.diagonal().real() * Real<T>(0.5)).template cast<T>();
    return P;
}

}  // namespace

namespace detail {
template <Scalar T>
CholeskyForward<T> cholesky(linalg::Matrix<T> A, const linalg::CholeskyOptions& options) {
    // Raises IllConditioned: where A has no digit of its condition left, the last pivots have none.
    Eigen::MatrixX<T> L =
        linalg::cho_factor(A, {.uplo = options.uplo, .check_hermitian = options.check_hermitian}).matrix_l();
    if (options.uplo == Uplo::upper) L.adjointInPlace();
    return {std::move(L), options.uplo};
}
}  // namespace detail

template <Scalar T>
Eigen::MatrixX<T> vjp(const CholeskyForward<T>& f, std::type_identity_t<linalg::Matrix<T>> factor_bar) {
    const char* who = "gradients::vjp(cholesky)";
    const Eigen::Index n = f.factor.rows();
    detail::require_shape<T>(factor_bar, n, n, who, "the factor's cotangent");
    const Eigen::MatrixX<T> L = lower_factor(f);
    Eigen::MatrixX<T> L_bar(n, n);
    L_bar.setZero();
    if (f.uplo == Uplo::lower)
        L_bar.template triangularView<Eigen::Lower>() = factor_bar;
    else
        L_bar.template triangularView<Eigen::Lower>() = factor_bar.adjoint();
    const Eigen::MatrixX<T> P = half_lower<T>(L.adjoint().template triangularView<Eigen::Upper>() * L_bar);  // Φ(Lᴴ L̄)
    const Eigen::MatrixX<T> G = detail::hermitian_part(P);
    const Eigen::MatrixX<T> left = solve_lower<T>(L, G, Op::adjoint);  // L⁻ᴴ G
    return detail::finite(detail::hermitian_part(solve_lower<T>(L, left.adjoint(), Op::adjoint)), who);
}

template <Scalar T>
Eigen::MatrixX<T> jvp(const CholeskyForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot) {
    const char* who = "gradients::jvp(cholesky)";
    const Eigen::Index n = f.factor.rows();
    detail::require_shape<T>(A_dot, n, n, who, "A_dot");
    const Eigen::MatrixX<T> L = lower_factor(f);
    const Eigen::MatrixX<T> left = solve_lower<T>(L, detail::hermitian_part(A_dot), Op::none);  // L⁻¹ Ȧ
    const Eigen::MatrixX<T> S = solve_lower<T>(L, left.adjoint(), Op::none);  // (L⁻¹ Ȧ L⁻ᴴ)ᴴ
    const Eigen::MatrixX<T> L_dot = L.template triangularView<Eigen::Lower>() * half_lower<T>(S);
    return detail::finite(f.uplo == Uplo::lower ? L_dot : Eigen::MatrixX<T>(L_dot.adjoint()), who);
}

#define RITZ_INSTANTIATE(T)                                                                             \
    template CholeskyForward<T> detail::cholesky<T>(linalg::Matrix<T>, const linalg::CholeskyOptions&); \
    template Eigen::MatrixX<T> vjp<T>(const CholeskyForward<T>&, linalg::Matrix<T>);                    \
    template Eigen::MatrixX<T> jvp<T>(const CholeskyForward<T>&, linalg::Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
