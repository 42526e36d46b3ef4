// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/qr.hpp"

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "gradients/triangle.hpp"
#include "ritz/linalg/qr.hpp"
#include "ritz/linalg/structured.hpp"

namespace ritz::gradients {

namespace {

using linalg::Op;

/// B R⁻¹ (Op::none) or B R⁻ᴴ (Op::adjoint), as the adjoint of a triangular solve from the left.
template <Scalar T>
Eigen::MatrixX<T> divide_right(const Eigen::MatrixX<T>& B, const Eigen::MatrixX<T>& R, Op op) {
    const Op other = op == Op::none ? Op::adjoint : Op::none;
    const Eigen::MatrixX<T> left = B.adjoint();
    return linalg::solve_triangular(R, left, {.op = other, .on_ill_conditioned = linalg::OnIllConditioned::accept})
        .adjoint();
}

/// i Im(diag M)
template <Scalar T>
Eigen::VectorX<T> imaginary_diagonal(const Eigen::MatrixX<T>& M) {
    return M.diagonal() - M.diagonal().real().template cast<T>();
}

}  // namespace

namespace detail {
template <Scalar T>
QrForward<T> qr(linalg::Matrix<T> A) {
    auto [Q, R] = linalg::qr(A);
    const Eigen::Index k = std::min(A.rows(), A.cols());
    require_independent_columns<T>(R.leftCols(k), A.rows(),
                                   "gradients::qr: the first columns of A are dependent, so Q has no derivative");
    return {std::move(Q), std::move(R)};
}
}  // namespace detail

template <Scalar T>
Eigen::MatrixX<T> vjp(const QrForward<T>& f, const std::type_identity_t<QrTangent<T>>& bar) {
    const char* who = "gradients::vjp(qr)";
    const Eigen::Index m = f.Q.rows(), k = f.Q.cols(), n = f.R.cols();
    Eigen::MatrixX<T> Q_bar = Eigen::MatrixX<T>::Zero(m, k);
    Eigen::MatrixX<T> R_bar = Eigen::MatrixX<T>::Zero(k, n);
    if (detail::given<T>(bar.Q, m, k, who, "the cotangent of Q")) Q_bar = bar.Q;
    if (detail::given<T>(bar.R, k, n, who, "the cotangent of R")) R_bar.template triangularView<Eigen::Upper>() = bar.R;
    const Eigen::MatrixX<T> R1 = f.R.leftCols(k);
    Eigen::MatrixX<T> A_bar(m, n);
    if (n > k) {
        A_bar.rightCols(n - k) = f.Q * R_bar.rightCols(n - k);
        Q_bar += f.Q * (f.R.rightCols(n - k) * R_bar.rightCols(n - k).adjoint());  // A₂ R̄₂ᴴ, A₂ = Q R₂
    }
    const Eigen::MatrixX<T> M = R_bar.leftCols(k) * R1.adjoint();
    const Eigen::MatrixX<T> X = f.Q.adjoint() * Q_bar;
    const Eigen::MatrixX<T> N = X - M;
    const Eigen::MatrixX<T> skew = N - N.adjoint();
    Eigen::MatrixX<T> K = skew.template triangularView<Eigen::StrictlyLower>();
    K.diagonal() = imaginary_diagonal(N);
    K += M - X;  // and Q Qᴴ Q̄ is taken away
    A_bar.leftCols(k) = divide_right<T>(Q_bar + f.Q * K, R1, Op::adjoint);
    return detail::finite(std::move(A_bar), who);
}

template <Scalar T>
QrTangent<T> jvp(const QrForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot) {
    const char* who = "gradients::jvp(qr)";
    const Eigen::Index m = f.Q.rows(), k = f.Q.cols(), n = f.R.cols();
    detail::require_shape<T>(A_dot, m, n, who, "A_dot");
    const Eigen::MatrixX<T> R1 = f.R.leftCols(k);
    const Eigen::MatrixX<T> B = divide_right<T>(A_dot.leftCols(k), R1, Op::none);
    const Eigen::MatrixX<T> C = f.Q.adjoint() * B;
    Eigen::MatrixX<T> W = C.template triangularView<Eigen::StrictlyLower>();
    W -= W.adjoint().eval();
    W.diagonal() = imaginary_diagonal(C);
    Eigen::MatrixX<T> U = C - W;
    U.template triangularView<Eigen::StrictlyLower>().setZero();  // exactly
    QrTangent<T> dot;
    dot.Q = B - f.Q * U;
    dot.R.resize(k, n);
    dot.R.leftCols(k) = U * R1;
    if (n > k)
        dot.R.rightCols(n - k) =
            dot.Q.adjoint() * (f.Q * f.R.rightCols(n - k)) + f.Q.adjoint() * A_dot.rightCols(n - k);
    dot.Q = detail::finite(std::move(dot.Q), who);
    dot.R = detail::finite(std::move(dot.R), who);
    return dot;
}

#define RITZ_INSTANTIATE(T)                                                      \
    template QrForward<T> detail::qr<T>(linalg::Matrix<T>);                      \
    template Eigen::MatrixX<T> vjp<T>(const QrForward<T>&, const QrTangent<T>&); \
    template QrTangent<T> jvp<T>(const QrForward<T>&, linalg::Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
