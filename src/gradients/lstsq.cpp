// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/lstsq.hpp"

#include <string>

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "gradients/triangle.hpp"
#include "ritz/linalg/qr.hpp"
#include "ritz/linalg/structured.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::gradients {

namespace {

using linalg::Op;

/// op(R)⁻¹ B. The condition was looked at when R was made.
template <Scalar T>
Eigen::MatrixX<T> solve_upper(const Eigen::MatrixX<T>& R, const Eigen::MatrixX<T>& B, Op op) {
    return linalg::solve_triangular(R, B, {.op = op, .on_ill_conditioned = linalg::OnIllConditioned::accept});
}

/// (RᴴR)⁻¹ B
template <Scalar T>
Eigen::MatrixX<T> solve_normal(const Eigen::MatrixX<T>& R, const Eigen::MatrixX<T>& B) {
    return solve_upper<T>(R, solve_upper<T>(R, B, Op::adjoint), Op::none);
}

/// M − Q Qᴴ M
template <Scalar T>
Eigen::MatrixX<T> outside(const Eigen::MatrixX<T>& Q, const Eigen::MatrixX<T>& M) {
    return M - Q * (Q.adjoint() * M);
}

}  // namespace

namespace detail {

template <class X>
LstsqForward<X> lstsq(linalg::Matrix<typename X::Scalar> A, linalg::Matrix<typename X::Scalar> b) {
    using T = typename X::Scalar;
    linalg::detail::require_same_rows(A.rows(), A.cols(), b.rows(), b.cols(), "gradients::lstsq");
    linalg::detail::require_finite<T>(b, "gradients::lstsq", "b");
    LstsqForward<X> f;
    f.tall = A.rows() >= A.cols();
    const auto solution = [&](const Eigen::MatrixX<T>& right) {
        return f.tall ? solve_upper<T>(f.R, f.Q.adjoint() * right, Op::none)
                      : Eigen::MatrixX<T>(f.Q * solve_upper<T>(f.R, right, Op::adjoint));
    };
    auto factors = f.tall ? linalg::qr(A) : linalg::qr(A.adjoint());
    f.Q = std::move(factors.Q);
    f.R = std::move(factors.R);
    require_independent_columns<T>(f.R, std::max(A.rows(), A.cols()),
                                   "gradients::lstsq: A is not of full rank, where x jumps");
    f.x = solution(b);
    f.x += solution(b - A * f.x);
    f.x = finite(std::move(f.x), "gradients::lstsq");
    // Of a wide matrix it is rounding error, and the formulas have no place for it.
    f.residual = f.tall ? X(b - A * f.x) : X(X::Zero(b.rows(), b.cols()));
    return f;
}

template <Scalar T>
PinvForward<T> pinv(linalg::Matrix<T> A, const PinvOptions& options) {
    const double rtol = options.rtol.value_or(static_cast<double>(std::max(A.rows(), A.cols())) * epsilon<T>);
    ritz::detail::require(rtol >= 0, "gradients::pinv: rtol must be at least 0");
    const auto [U, s, Vh] = linalg::svd(A, {.full_matrices = false});
    Eigen::Index rank = 0;
    while (rank < s.size() && double(s(rank)) > rtol * double(s(0))) ++rank;
    if (rank < s.size() && !options.constant_rank)
        throw NotDifferentiable("gradients::pinv: A has rank " + std::to_string(rank) + " of " +
                                std::to_string(s.size()) +
                                ": its pseudoinverse jumps there, unless the rank is constant (PinvOptions)");
    PinvForward<T> f;
    f.U = U.leftCols(rank);
    f.V = Vh.topRows(rank).adjoint();
    f.pinv =
        finite(Eigen::MatrixX<T>((f.V * s.head(rank).cwiseInverse().template cast<T>().asDiagonal()) * f.U.adjoint()),
               "gradients::pinv");
    return f;
}

}  // namespace detail

template <class X>
LstsqCotangent<X> vjp(const LstsqForward<X>& f, std::type_identity_t<linalg::Matrix<typename X::Scalar>> x_bar) {
    using T = typename X::Scalar;
    const char* who = "gradients::vjp(lstsq)";
    detail::require_shape<T>(x_bar, f.x.rows(), f.x.cols(), who, "x_bar");
    LstsqCotangent<X> bar;
    if (f.tall) {
        const Eigen::MatrixX<T> half = solve_upper<T>(f.R, x_bar, Op::adjoint);
        bar.b_bar = f.Q * half;                                                  // Q R⁻ᴴ x̄
        bar.A_bar = f.residual * solve_upper<T>(f.R, half, Op::none).adjoint();  // r wᴴ
    } else {
        bar.b_bar = solve_upper<T>(f.R, f.Q.adjoint() * x_bar, Op::none);                // R⁻¹ Qᴴ x̄
        const Eigen::MatrixX<T> y = solve_upper<T>(f.R, f.Q.adjoint() * f.x, Op::none);  // (AAᴴ)⁻¹ b
        bar.A_bar = y * outside<T>(f.Q, x_bar).adjoint();
    }
    bar.A_bar -= bar.b_bar * f.x.adjoint();
    bar.A_bar = detail::finite(std::move(bar.A_bar), who);
    bar.b_bar = detail::finite(std::move(bar.b_bar), who);
    return bar;
}

template <class X>
X jvp(const LstsqForward<X>& f, std::type_identity_t<linalg::Matrix<typename X::Scalar>> A_dot,
      std::type_identity_t<linalg::Matrix<typename X::Scalar>> b_dot) {
    using T = typename X::Scalar;
    const char* who = "gradients::jvp(lstsq)";
    const Eigen::Index m = f.residual.rows(), n = f.x.rows();
    X right = X::Zero(m, f.x.cols());
    if (detail::given<T>(b_dot, m, f.x.cols(), who, "b_dot")) right = b_dot;
    const bool with_A = detail::given<T>(A_dot, m, n, who, "A_dot");
    if (with_A) right -= A_dot * f.x;
    X x_dot;
    if (f.tall) {
        x_dot = solve_upper<T>(f.R, f.Q.adjoint() * right, Op::none);
        if (with_A) x_dot += solve_normal<T>(f.R, A_dot.adjoint() * f.residual);
    } else {
        x_dot = f.Q * solve_upper<T>(f.R, right, Op::adjoint);
        if (with_A) {
            const Eigen::MatrixX<T> y = solve_upper<T>(f.R, f.Q.adjoint() * f.x, Op::none);
            x_dot += outside<T>(f.Q, A_dot.adjoint() * y);
        }
    }
    return detail::finite(std::move(x_dot), who);
}

template <Scalar T>
Eigen::MatrixX<T> vjp(const PinvForward<T>& f, std::type_identity_t<linalg::Matrix<T>> Y_bar) {
    const char* who = "gradients::vjp(pinv)";
    const auto& Y = f.pinv;
    detail::require_shape<T>(Y_bar, Y.rows(), Y.cols(), who, "Y_bar");
    const Eigen::MatrixX<T> YYbar = Y_bar.adjoint() * Y;  // Ȳᴴ Y, m × m
    const Eigen::MatrixX<T> YbarY = Y * Y_bar.adjoint();  // Y Ȳᴴ, n × n
    Eigen::MatrixX<T> A_bar = -(Y.adjoint() * Y_bar) * Y.adjoint();
    A_bar += outside<T>(f.U, YYbar * Y.adjoint());
    A_bar += outside<T>(f.V, (Y.adjoint() * YbarY).adjoint()).adjoint();
    return detail::finite(std::move(A_bar), who);
}

template <Scalar T>
Eigen::MatrixX<T> jvp(const PinvForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot) {
    const char* who = "gradients::jvp(pinv)";
    const auto& Y = f.pinv;
    detail::require_shape<T>(A_dot, Y.cols(), Y.rows(), who, "A_dot");
    const Eigen::MatrixX<T> right = outside<T>(f.U, A_dot);            // (I − UUᴴ) Ȧ
    const Eigen::MatrixX<T> below = outside<T>(f.V, A_dot.adjoint());  // (I − VVᴴ) Ȧᴴ
    const double both = double(outside<T>(f.V, right.adjoint()).stableNorm());
    if (both > detail::rounding_of<T>(double(A_dot.stableNorm()), std::max(Y.rows(), Y.cols())))
        throw NotDifferentiable(std::string(who) +
                                ": the rank of A changes in this direction, and its pseudoinverse jumps");
    Eigen::MatrixX<T> Y_dot = -(Y * A_dot) * Y;
    Y_dot += Y * (Y.adjoint() * right.adjoint());
    Y_dot += (below * Y.adjoint()) * Y;
    return detail::finite(std::move(Y_dot), who);
}

#define RITZ_INSTANTIATE_LIKE(X)                                                                     \
    template LstsqForward<X> detail::lstsq<X>(linalg::Matrix<X::Scalar>, linalg::Matrix<X::Scalar>); \
    template LstsqCotangent<X> vjp<X>(const LstsqForward<X>&, linalg::Matrix<X::Scalar>);            \
    template X jvp<X>(const LstsqForward<X>&, linalg::Matrix<X::Scalar>, linalg::Matrix<X::Scalar>);
#define RITZ_INSTANTIATE(T)                                                         \
    RITZ_INSTANTIATE_LIKE(Eigen::VectorX<T>)                                        \
    RITZ_INSTANTIATE_LIKE(Eigen::MatrixX<T>)                                        \
    template PinvForward<T> detail::pinv<T>(linalg::Matrix<T>, const PinvOptions&); \
    template Eigen::MatrixX<T> vjp<T>(const PinvForward<T>&, linalg::Matrix<T>);    \
    template Eigen::MatrixX<T> jvp<T>(const PinvForward<T>&, linalg::Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE
#undef RITZ_INSTANTIATE_LIKE

}  // namespace ritz::gradients
