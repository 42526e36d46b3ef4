// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/sparse_solve.hpp"

#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "gradients/sparse.hpp"
#include "ritz/eigen/onenorm_estimate.hpp"

namespace ritz::gradients {

namespace {

enum class Direction { forward, adjoint };

/// op(A)⁻¹ b, refined once, and its error estimated.
template <Scalar T>
Eigen::MatrixX<T> checked_solve(const CsrView<T>& A, const LinearOperatorRef<T>& inverse, const Eigen::MatrixX<T>& b,
                                Direction direction, const char* who) {
    using R = Real<T>;
    const Eigen::Index n = b.rows();
    const auto multiply = [&](const auto& x, auto& y) {
        direction == Direction::forward ? A.apply(x, y) : A.apply_adjoint(x, y);
    };
    const auto divide = [&](const auto& x, auto& y) {
        direction == Direction::forward ? inverse.apply(x, y) : inverse.apply_adjoint(x, y);
    };
    Eigen::MatrixX<T> x(n, b.cols());
    Eigen::VectorX<R> weight = Eigen::VectorX<R>::Zero(n);  // the largest |r| + ε (|A||x| + |b|), relative to ‖x‖∞
    Eigen::VectorX<T> column(n), image(n), correction(n);
    for (Eigen::Index k = 0; k < b.cols(); ++k) {
        const Eigen::VectorX<T> right = b.col(k);
        const R size = n ? right.cwiseAbs().maxCoeff() : R(0);
        x.col(k).setZero();
        if (size == R(0)) continue;
        divide(right, column);
        multiply(column, image);
        const Eigen::VectorX<T> first = right - image;
        if (double(first.stableNorm()) > 0) {
            divide(first, correction);
            const Eigen::VectorX<T> better = column + correction;
            multiply(better, image);
            if ((right - image).stableNorm() < first.stableNorm()) column = better;
        }
        multiply(column, image);
        x.col(k) = detail::finite(column, who);
        const R largest = column.cwiseAbs().maxCoeff();
        if (largest == R(0)) continue;
        Eigen::VectorX<R> error = (right - image).cwiseAbs();
        error += R(detail::epsilon<T>) *
                 (detail::absolute_product<T>(A, column, direction == Direction::adjoint) + right.cwiseAbs());
        weight = weight.cwiseMax(error / largest);
    }
    if (weight.size() == 0 || weight.maxCoeff() == R(0)) return x;
    // ‖ |A⁻¹| w ‖∞ = ‖A⁻¹ diag(w)‖∞ = ‖diag(w) A⁻ᴴ‖₁
    const MatrixFree scaled(
        static_cast<Index>(n), static_cast<Index>(n),
        [&](VectorView<T> in, VectorRef<T> out) {
            direction == Direction::forward ? inverse.apply_adjoint(in, out) : inverse.apply(in, out);
            for (Eigen::Index i = 0; i < n; ++i) out[static_cast<std::size_t>(i)] *= weight(i);
        },
        [&](VectorView<T> in, VectorRef<T> out) {
            const Eigen::VectorX<T> weighted =
                Eigen::Map<const Eigen::VectorX<T>>(in.data(), n).cwiseProduct(weight.template cast<T>());
            divide(weighted, out);
        });
    const double error = onenormest(LinearOperatorRef<T>(scaled)).estimate;
    if (!(error < 0.1)) {
        char number[32];
        std::snprintf(number, sizeof number, "%.1e", error);
        throw IllConditioned(std::string(who) + ": the estimated relative error of " +
                                 (direction == Direction::forward ? "A⁻¹ b" : "A⁻ᴴ x_bar") + " is " + number +
                                 ": A is too ill-conditioned for a derivative, or the inverse is not that of A",
                             detail::epsilon<T> / error);
    }
    return x;
}

}  // namespace

namespace detail {
template <class X>
SparseSolveForward<X> sparse_solve(const CsrView<typename X::Scalar>& A,
                                   const LinearOperatorRef<typename X::Scalar>& inverse,
                                   linalg::Matrix<typename X::Scalar> b) {
    using T = typename X::Scalar;
    const char* who = "gradients::solve";
    linalg::detail::require_square(A.rows(), A.cols(), who, "A");
    linalg::detail::require_same_rows(A.rows(), A.cols(), b.rows(), b.cols(), who);
    linalg::detail::require_finite<T>(b, who, "b");
    ritz::detail::require(inverse.rows() == A.rows() && inverse.cols() == A.cols(),
                          "gradients::solve: the inverse has another shape than A");
    ritz::detail::require(inverse.has_adjoint(), "gradients::solve: the inverse must apply its adjoint");
    return {X(checked_solve<T>(A, inverse, b, Direction::forward, who)), A, inverse};
}
}  // namespace detail

template <class X>
SparseSolveCotangent<X> vjp(const SparseSolveForward<X>& f,
                            std::type_identity_t<linalg::Matrix<typename X::Scalar>> x_bar) {
    using T = typename X::Scalar;
    const char* who = "gradients::vjp(sparse solve)";
    detail::require_shape<T>(x_bar, f.x.rows(), f.x.cols(), who, "x_bar");
    X b_bar = checked_solve<T>(f.A, f.inverse, x_bar, Direction::adjoint, who);
    Csr<T> A_bar = detail::zero_on_pattern<T>(f.A);
    detail::add_outer_product<T>(A_bar, T(-1), b_bar, f.x);
    detail::require_finite_values<T>(A_bar, who);
    return {std::move(A_bar), std::move(b_bar)};
}

template <class X>
X jvp(const SparseSolveForward<X>& f, const CsrView<typename X::Scalar>& A_dot,
      std::type_identity_t<linalg::Matrix<typename X::Scalar>> b_dot) {
    using T = typename X::Scalar;
    const char* who = "gradients::jvp(sparse solve)";
    ritz::detail::require(A_dot.rows() == f.A.rows() && A_dot.cols() == f.A.cols(),
                          "gradients::jvp(sparse solve): A_dot has another shape than A");
    Eigen::MatrixX<T> right = Eigen::MatrixX<T>::Zero(f.x.rows(), f.x.cols());
    if (detail::given<T>(b_dot, f.x.rows(), f.x.cols(), who, "b_dot")) right = b_dot;
    Eigen::VectorX<T> image(f.x.rows());
    for (Eigen::Index k = 0; k < f.x.cols(); ++k) {
        A_dot.apply(f.x.col(k), image);
        right.col(k) -= image;
    }
    linalg::detail::require_finite<T>(right, who, "b_dot - A_dot x");
    return checked_solve<T>(f.A, f.inverse, right, Direction::forward, who);
}

template <Scalar T>
IterativeInverse<T>::IterativeInverse(const CsrView<T>& A, std::optional<LinearOperatorRef<T>> M,
                                      IterativeInverseOptions options)
    : A_(A), M_(M), options_(std::move(options)) {
    linalg::detail::require_square(A.rows(), A.cols(), "IterativeInverse", "A");
    if (!M) return;
    ritz::detail::require(M->rows() == A.rows() && M->cols() == A.cols(),
                          "IterativeInverse: the preconditioner has another shape than A");
    ritz::detail::require(M->has_adjoint(), "IterativeInverse: the preconditioner must apply its adjoint");
}

namespace {

/// Aᴴ of an operator that has it.
template <class A>
class AdjointOf {
public:
    explicit AdjointOf(const A& a) : a_(&a) {}
    Index rows() const noexcept { return a_->cols(); }
    Index cols() const noexcept { return a_->rows(); }
    template <Scalar T>
    void apply(VectorView<T> x, VectorRef<T> y) const {
        a_->apply_adjoint(x, y);
    }
    template <Scalar T>
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const {
        a_->apply(x, y);
    }

private:
    const A* a_;
};

template <Scalar T, class A, class M>
void iterate(const A& a, const M* m, VectorView<T> b, VectorRef<T> x, const IterativeInverseOptions& options) {
    std::fill(x.begin(), x.end(), T(0));
    const KrylovReport report =
        m ? krylov(options.method, a, b, x, *m, options.krylov) : krylov(options.method, a, b, x, options.krylov);
    if (report.status != Status::converged)
        throw NoConvergence("IterativeInverse: " + std::string(report.method) + " ended with " +
                            std::string(name(report.status)) + "; " + report.message);
}

}  // namespace

template <Scalar T>
void IterativeInverse<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    iterate<T>(A_, M_ ? &*M_ : nullptr, b, x, options_);
}

template <Scalar T>
void IterativeInverse<T>::apply_adjoint(VectorView<T> b, VectorRef<T> x) const {
    const AdjointOf<CsrView<T>> adjoint(A_);
    if (!M_) return iterate<T, AdjointOf<CsrView<T>>, LinearOperatorRef<T>>(adjoint, nullptr, b, x, options_);
    const AdjointOf<LinearOperatorRef<T>> M_adjoint(*M_);
    iterate<T>(adjoint, &M_adjoint, b, x, options_);
}

#define RITZ_INSTANTIATE_LIKE(X)                                                                                \
    template SparseSolveForward<X> detail::sparse_solve<X>(                                                     \
        const CsrView<X::Scalar>&, const LinearOperatorRef<X::Scalar>&, linalg::Matrix<X::Scalar>);             \
    template SparseSolveCotangent<X> vjp<X>(const SparseSolveForward<X>&, linalg::Matrix<X::Scalar>);           \
    template X jvp<X>(const SparseSolveForward<X>&, const CsrView<X::Scalar>&, linalg::Matrix<X::Scalar>);
#define RITZ_INSTANTIATE(T)                  \
    RITZ_INSTANTIATE_LIKE(Eigen::VectorX<T>) \
    RITZ_INSTANTIATE_LIKE(Eigen::MatrixX<T>) \
    template class IterativeInverse<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE
#undef RITZ_INSTANTIATE_LIKE

}  // namespace ritz::gradients
