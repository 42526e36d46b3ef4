// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/solve.hpp"

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "ritz/linalg/inverse.hpp"

namespace ritz::gradients {

namespace detail {

template <class X>
SolveForward<X> solve(linalg::Matrix<typename X::Scalar> A, linalg::Matrix<typename X::Scalar> b) {
    using T = typename X::Scalar;
    linalg::detail::require_same_rows(A.rows(), A.cols(), b.rows(), b.cols(), "gradients::solve");
    linalg::LuFactor<T> factor = linalg::lu_factor(A);
    X x = linalg::lu_solve(factor, b);
    const Eigen::MatrixX<T> correction = linalg::lu_solve(factor, b - A * x);
    x += correction;
    return {finite(std::move(x), "gradients::solve"), std::move(factor)};
}

template <Scalar T>
InvForward<T> inv(linalg::Matrix<T> A) {
    return {linalg::inv(A)};
}

}  // namespace detail

template <class X>
SolveCotangent<X> vjp(const SolveForward<X>& f, std::type_identity_t<linalg::Matrix<typename X::Scalar>> x_bar) {
    using T = typename X::Scalar;
    const char* who = "gradients::vjp(solve)";
    detail::require_shape<T>(x_bar, f.x.rows(), f.x.cols(), who, "x_bar");
    X b_bar = detail::finite(X(linalg::lu_solve(f.factor, x_bar, linalg::Op::adjoint)), who);
    Eigen::MatrixX<T> A_bar = -(b_bar * f.x.adjoint());
    return {detail::finite(std::move(A_bar), who), std::move(b_bar)};
}

template <class X>
X jvp(const SolveForward<X>& f, std::type_identity_t<linalg::Matrix<typename X::Scalar>> A_dot,
      std::type_identity_t<linalg::Matrix<typename X::Scalar>> b_dot) {
    using T = typename X::Scalar;
    const char* who = "gradients::jvp(solve)";
    const Eigen::Index n = f.x.rows();
    X right = X::Zero(n, f.x.cols());
    if (detail::given<T>(b_dot, n, f.x.cols(), who, "b_dot")) right = b_dot;
    if (detail::given<T>(A_dot, n, n, who, "A_dot")) right -= A_dot * f.x;
    return detail::finite(X(linalg::lu_solve(f.factor, detail::finite(std::move(right), who))), who);
}

template <Scalar T>
Eigen::MatrixX<T> vjp(const InvForward<T>& f, std::type_identity_t<linalg::Matrix<T>> Y_bar) {
    const char* who = "gradients::vjp(inv)";
    const auto& Y = f.inverse;
    detail::require_shape<T>(Y_bar, Y.rows(), Y.cols(), who, "Y_bar");
    return detail::finite(Eigen::MatrixX<T>(-(Y.adjoint() * Y_bar) * Y.adjoint()), who);
}

template <Scalar T>
Eigen::MatrixX<T> jvp(const InvForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot) {
    const char* who = "gradients::jvp(inv)";
    const auto& Y = f.inverse;
    detail::require_shape<T>(A_dot, Y.rows(), Y.cols(), who, "A_dot");
    return detail::finite(Eigen::MatrixX<T>(-(Y * A_dot) * Y), who);
}

#define RITZ_INSTANTIATE_LIKE(X)                                                                     \
    template SolveForward<X> detail::solve<X>(linalg::Matrix<X::Scalar>, linalg::Matrix<X::Scalar>); \
    template SolveCotangent<X> vjp<X>(const SolveForward<X>&, linalg::Matrix<X::Scalar>);            \
    template X jvp<X>(const SolveForward<X>&, linalg::Matrix<X::Scalar>, linalg::Matrix<X::Scalar>);
#define RITZ_INSTANTIATE(T)                                                     \
    RITZ_INSTANTIATE_LIKE(Eigen::VectorX<T>)                                    \
    RITZ_INSTANTIATE_LIKE(Eigen::MatrixX<T>)                                    \
    template InvForward<T> detail::inv<T>(linalg::Matrix<T>);                   \
    template Eigen::MatrixX<T> vjp<T>(const InvForward<T>&, linalg::Matrix<T>); \
    template Eigen::MatrixX<T> jvp<T>(const InvForward<T>&, linalg::Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE
#undef RITZ_INSTANTIATE_LIKE

}  // namespace ritz::gradients
