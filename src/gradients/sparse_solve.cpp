// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/sparse_solve.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <mutex>

#include "core/instantiate.hpp"
#include "gradients/pattern.hpp"
#include "ritz/eigen/onenorm_estimate.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/solvers/certificate.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/equilibration.hpp"
#include "ritz/solvers/klu.hpp"
#include "ritz/solvers/krylov.hpp"
#include "ritz/solvers/ldlt.hpp"
#include "ritz/solvers/lu.hpp"

namespace ritz::gradients {

namespace detail {

namespace {

template <Scalar T>
T times_power(T value, int exponent) {
    if constexpr (is_complex<T>)
        return {std::ldexp(value.real(), exponent), std::ldexp(value.imag(), exponent)};
    else
        return std::ldexp(value, exponent);
}

/// diag(2^(sign e)) X
template <Scalar T>
void scale_rows(Eigen::MatrixX<T>& X, const Buffer<int>& e, int sign) {
    for (Eigen::Index k = 0; k < X.cols(); ++k)
        for (Eigen::Index i = 0; i < X.rows(); ++i)
            X(i, k) = times_power(X(i, k), sign * e[static_cast<std::size_t>(i)]);
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1e", value);
    return text;
}

/// A⁻¹ = D_c (D_r A D_c)⁻¹ D_r by a factorisation of the equilibrated matrix.
template <Scalar T, class F>
SparseInverse<T> by_factors_of_scaled(F factor, Equilibration e) {
    const auto kept = std::make_shared<const F>(std::move(factor));
    return [kept, e = std::move(e)](const Eigen::MatrixX<T>& B, Transpose op) {
        const bool adjoint = op == Transpose::adjoint;
        Eigen::MatrixX<T> X = B;
        scale_rows(X, adjoint ? e.col : e.row, 1);
        X = kept->solve(X, op);
        scale_rows(X, adjoint ? e.row : e.col, 1);
        return X;
    };
}

template <Scalar T>
struct Solver {
    SparseInverse<T> inverse;
    std::string method;
};

template <Scalar T>
Solver<T> direct_solver(const CsrView<T>& A, const SparseSolveOptions& options) {
    const Structure structure = analyse_structure(A);
    const FactorOptions factor_options{.ordering = options.ordering};
    const LdltOptions ldlt_options{.ordering = options.ordering};
    Method method = options.method;
    const bool automatic = method == Method::automatic;
    const bool symmetric = structure.hermitian || structure.symmetric;
    if (automatic) {
        if (structure.hermitian && structure.all_diagonals_positive)
            method = Method::cholesky;
        else
            method = symmetric && ldlt_available() ? Method::ldlt : Method::lu;
    }
    if (method == Method::cholesky) {
        const Equilibration e = equilibrate_symmetric(A);
        try {
            return {by_factors_of_scaled<T>(Cholesky<T>(scaled(A, e), factor_options), e), "cholesky"};
        } catch (const NotPositiveDefinite&) {
            if (!automatic) throw;
            method = ldlt_available() ? Method::ldlt : Method::lu;
        }
    }
    if (method == Method::ldlt) {
        const Equilibration e = equilibrate_symmetric(A);
        return {by_factors_of_scaled<T>(Ldlt<T>(scaled(A, e), ldlt_options), e), "ldlt"};
    }
    const Equilibration e = equilibrate(A);
    const Csc<T> columns = to_csc(CsrView<T>(scaled(A, e)));
    if (method == Method::klu) return {by_factors_of_scaled<T>(Klu<T>(columns, factor_options), e), "klu"};
    if (method == Method::lu) return {by_factors_of_scaled<T>(Lu<T>(columns, factor_options), e), "lu"};
    throw InvalidArgument(
        "gradients::solve: method must be automatic, cholesky, ldlt, lu, klu or a Krylov method, not " +
        std::string(name(method)));
}

/// A Krylov method on A, and on Aᴴ with a preconditioner of its own unless A is Hermitian.
template <Scalar T>
class Iteration {
public:
    Iteration(const CsrView<T>& A, const SparseSolveOptions& options, double rtol)
        : A_(A), options_(options), rtol_(rtol), hermitian_(analyse_structure(A).hermitian) {
        preconditioner_ = make_preconditioner(options.preconditioner, CsrView<T>(A_));
    }

    const std::string& preconditioner_name() const { return preconditioner_.name(); }

    Eigen::MatrixX<T> operator()(const Eigen::MatrixX<T>& B, Transpose op) const {
        if (hermitian_ || op == Transpose::none) return run(A_, preconditioner_, B);
        std::call_once(adjoint_made_, [&] {
            adjoint_ = adjoint(CsrView<T>(A_));
            adjoint_preconditioner_ = make_preconditioner(options_.preconditioner, CsrView<T>(adjoint_));
        });
        return run(adjoint_, adjoint_preconditioner_, B);
    }

private:
    Eigen::MatrixX<T> run(const Csr<T>& A, const Preconditioner<T>& M, const Eigen::MatrixX<T>& B) const {
        Eigen::MatrixX<T> X = Eigen::MatrixX<T>::Zero(B.rows(), B.cols());
        const KrylovOptions krylov_options{.stop = {.rtol = rtol_, .max_iterations = options_.max_iterations},
                                           .history = false};
        for (Eigen::Index k = 0; k < B.cols(); ++k) {
            const VectorRef<T> x = column(X, k);
            const KrylovReport report =
                M ? krylov(options_.method, A, column(std::as_const(B), k), x, M, krylov_options)
                  : krylov(options_.method, A, column(std::as_const(B), k), x, krylov_options);
            if (report.status != Status::converged)
                throw NoConvergence("gradients::solve: " + std::string(report.method) + " ended as " +
                                    std::string(name(report.status)) + " with a relative residual of " +
                                    number(report.relative_residual) + ", but " + number(rtol_) + " was asked. " +
                                    report.message);
        }
        return X;
    }

    Csr<T> A_;
    SparseSolveOptions options_;
    double rtol_;
    bool hermitian_;
    Preconditioner<T> preconditioner_;
    mutable std::once_flag adjoint_made_;
    mutable Csr<T> adjoint_;
    mutable Preconditioner<T> adjoint_preconditioner_;
};

/// The largest over the columns of ‖r‖∞ / (‖A‖∞ ‖x‖∞ + ‖b‖∞) of the equilibrated system; NaN if x is not finite.
/// Exponents go up to ±2000, which long double holds.
template <Scalar T>
double equilibrated_error(const Equilibration& e, double norm, const Eigen::MatrixX<T>& X, const Eigen::MatrixX<T>& B,
                          const Eigen::MatrixX<T>& R) {
    double worst = 0;
    for (Eigen::Index k = 0; k < X.cols(); ++k) {
        long double x = 0, b = 0, r = 0;
        for (Eigen::Index i = 0; i < X.rows(); ++i) {
            const auto at = static_cast<std::size_t>(i);
            const auto size = [](T value) { return static_cast<long double>(std::abs(value)); };
            if (!std::isfinite(std::abs(X(i, k))) || !std::isfinite(std::abs(R(i, k))))
                return std::numeric_limits<double>::quiet_NaN();
            x = std::max(x, std::ldexp(size(X(i, k)), -e.col[at]));
            b = std::max(b, std::ldexp(size(B(i, k)), e.row[at]));
            r = std::max(r, std::ldexp(size(R(i, k)), e.row[at]));
        }
        if (r > 0) worst = std::max(worst, static_cast<double>(r / (norm * x + b)));
    }
    return worst;
}

template <Scalar T>
double relative_residual(const Eigen::MatrixX<T>& R, const Eigen::MatrixX<T>& B) {
    double worst = 0;
    for (Eigen::Index k = 0; k < B.cols(); ++k) {
        const double r = double(R.col(k).stableNorm()), b = double(B.col(k).stableNorm());
        if (!(r == 0)) worst = std::isfinite(r) ? std::max(worst, r / b) : std::numeric_limits<double>::quiet_NaN();
    }
    return worst;
}

template <Scalar T>
struct Checked {
    Eigen::MatrixX<T> X;
    double backward_error;
};

/// op(A)⁻¹ B; direct methods are refined while that helps. A is op(A) already, e its equilibration.
/// \throws NoConvergence if the residual is larger than `tolerance`.
template <Scalar T>
Checked<T> solve_checked(const CsrView<T>& A, const SparseInverse<T>& inverse, Transpose op, bool iterative,
                         double tolerance, const Eigen::MatrixX<T>& B, const char* who) {
    constexpr int max_refinements = 3;
    const auto residuals = [&](const Eigen::MatrixX<T>& X) {
        Eigen::MatrixX<T> R(B.rows(), B.cols());
        for (Eigen::Index k = 0; k < B.cols(); ++k) residual(A, column(X, k), column(B, k), column(R, k));
        return R;
    };
    Eigen::MatrixX<T> X = inverse(B, op);
    Eigen::MatrixX<T> R = residuals(X);
    double error;
    if (iterative) {
        error = relative_residual(R, B);
    } else {
        const Equilibration e = equilibrate(A);
        const double norm = double(norm_inf(CsrView<T>(scaled(A, e))));
        error = equilibrated_error(e, norm, X, B, R);
        for (int step = 0; step < max_refinements && error > epsilon<T> / 8; ++step) {
            const Eigen::MatrixX<T> better = X + inverse(R, op);
            Eigen::MatrixX<T> better_R = residuals(better);
            const double better_error = equilibrated_error(e, norm, better, B, better_R);
            if (!(better_error < error)) break;
            const bool enough = better_error > error / 2;
            X = better;
            R = std::move(better_R);
            error = better_error;
            if (enough) break;
        }
    }
    if (!X.allFinite()) throw LimitExceeded(std::string(who) + ": the solution of the system overflows");
    if (!(error <= 1.01 * tolerance))
        throw NoConvergence(std::string(who) + ": the " + (op == Transpose::none ? "" : "adjoint ") +
                            "system is solved to a residual of " + number(error) + " only, but " + number(tolerance) +
                            " is needed" + (iterative ? "" : "; is the factorisation that of A?"));
    return {std::move(X), error};
}

/// 1 / (‖S‖₁ ‖S⁻¹‖₁) of the equilibrated S = D_r A D_c.
template <Scalar T>
double reciprocal_condition(const CsrView<T>& A, const SparseInverse<T>& inverse) {
    const Index n = A.rows();
    if (n == 0) return 1;
    const Equilibration e = equilibrate(A);
    const auto apply = [&](Transpose op) {
        return [&, op](VectorView<T> x, VectorRef<T> y) {
            const bool adjoint = op == Transpose::adjoint;
            Eigen::MatrixX<T> X = Eigen::Map<const Eigen::VectorX<T>>(x.data(), n);
            scale_rows(X, adjoint ? e.col : e.row, -1);
            X = inverse(X, op);
            scale_rows(X, adjoint ? e.row : e.col, -1);
            std::copy_n(X.data(), n, y.data());
        };
    };
    const MatrixFree scaled_inverse(n, n, apply(Transpose::none), apply(Transpose::adjoint));
    const double norm = double(norm1(CsrView<T>(scaled(A, e))));
    const double rcond = 1 / (norm * onenormest(LinearOperatorRef<T>(scaled_inverse)).estimate);
    return std::isfinite(rcond) ? rcond : 0;
}

template <class X>
SparseSolveForward<X> solve_directly(const CsrView<typename X::Scalar>& A, Solver<typename X::Scalar> solver,
                                     linalg::Matrix<typename X::Scalar> b,
                                     linalg::OnIllConditioned on_ill_conditioned) {
    using T = typename X::Scalar;
    const char* who = "gradients::solve";
    double rcond = std::numeric_limits<double>::quiet_NaN();
    if (on_ill_conditioned == linalg::OnIllConditioned::raise) {
        rcond = reciprocal_condition(A, solver.inverse);
        require_condition<T>(rcond, who, "the equilibrated A");
    }
    const double tolerance = 64 * epsilon<T>;
    Checked<T> found = solve_checked<T>(A, solver.inverse, Transpose::none, false, tolerance, b, who);
    return {
        std::move(found.X), Csr<T>(A), std::move(solver.inverse), std::move(solver.method), rcond, found.backward_error,
        tolerance,          false};
}

template <Scalar T>
void require_system(const CsrView<T>& A, const linalg::Matrix<T>& b) {
    const char* who = "gradients::solve";
    linalg::detail::require_square(A.rows(), A.cols(), who, "A");
    linalg::detail::require_same_rows(A.rows(), A.cols(), b.rows(), b.cols(), who);
    require_finite_entries(A, who, "A");
    linalg::detail::require_finite<T>(b, who, "b");
}

}  // namespace

template <class X>
SparseSolveForward<X> solve(const CsrView<typename X::Scalar>& A, linalg::Matrix<typename X::Scalar> b,
                            const SparseSolveOptions& options) {
    using T = typename X::Scalar;
    require_system<T>(A, b);
    ritz::detail::require(options.rtol >= 0 && options.rtol < 1, "gradients::solve: rtol must be in [0, 1)");
    if (A.rows() == 0)
        return {X(b), Csr<T>(A), [](const Eigen::MatrixX<T>& B, Transpose) { return B; }, "empty", 1.0, 0.0,
                0.0,  false};
    if (kind(options.method) != "krylov")
        return solve_directly<X>(A, direct_solver<T>(A, options), b, options.on_ill_conditioned);

    const double rtol = options.rtol > 0 ? options.rtol : std::same_as<Real<T>, double> ? 1e-12 : 1e-5;
    const auto iteration = std::make_shared<const Iteration<T>>(A, options, rtol);
    SparseInverse<T> inverse = [iteration](const Eigen::MatrixX<T>& B, Transpose op) { return (*iteration)(B, op); };
    Checked<T> found = solve_checked<T>(A, inverse, Transpose::none, true, rtol, b, "gradients::solve");
    return {std::move(found.X),
            Csr<T>(A),
            std::move(inverse),
            std::string(name(options.method)) + " with " + iteration->preconditioner_name(),
            std::numeric_limits<double>::quiet_NaN(),
            found.backward_error,
            rtol,
            true};
}

template <class X>
SparseSolveForward<X> solve_with(const CsrView<typename X::Scalar>& A, Index factor_rows,
                                 SparseInverse<typename X::Scalar> inverse, linalg::Matrix<typename X::Scalar> b,
                                 linalg::OnIllConditioned on_ill_conditioned) {
    using T = typename X::Scalar;
    require_system<T>(A, b);
    ritz::detail::require(factor_rows == A.rows(), "gradients::solve: A is of order " + std::to_string(A.rows()) +
                                                       ", its factorisation of order " + std::to_string(factor_rows));
    return solve_directly<X>(A, Solver<T>{std::move(inverse), "given factorisation"}, b, on_ill_conditioned);
}

}  // namespace detail

template <class X>
SparseSolveCotangent<X> vjp(const SparseSolveForward<X>& f,
                            std::type_identity_t<linalg::Matrix<typename X::Scalar>> x_bar) {
    using T = typename X::Scalar;
    const char* who = "gradients::vjp(sparse solve)";
    detail::require_shape<T>(x_bar, f.x.rows(), f.x.cols(), who, "x_bar");
    const CsrView<T> A = f.A;
    const Csr<T> adjoint_A = adjoint(A);
    Eigen::MatrixX<T> b_bar =
        detail::solve_checked<T>(adjoint_A, f.inverse, Transpose::adjoint, f.iterative, f.tolerance, x_bar, who).X;
    Csr<T> A_bar = detail::finite(detail::outer_product_on<T>(A, -b_bar, f.x), who);
    return {std::move(A_bar), X(std::move(b_bar))};
}

template <class X>
X jvp(const SparseSolveForward<X>& f, const std::type_identity_t<CsrView<typename X::Scalar>>& A_dot,
      std::type_identity_t<linalg::Matrix<typename X::Scalar>> b_dot) {
    using T = typename X::Scalar;
    const char* who = "gradients::jvp(sparse solve)";
    const Eigen::Index n = f.x.rows(), k = f.x.cols();
    Eigen::MatrixX<T> right = Eigen::MatrixX<T>::Zero(n, k);
    if (detail::given<T>(b_dot, n, k, who, "b_dot")) right = b_dot;
    if (detail::given<T>(A_dot, static_cast<Index>(n), who, "A_dot"))
        right -= detail::product<T>(A_dot, Eigen::MatrixX<T>(f.x));
    right = detail::finite(std::move(right), who);
    return detail::solve_checked<T>(f.A, f.inverse, Transpose::none, f.iterative, f.tolerance, right, who).X;
}

#define RITZ_INSTANTIATE_LIKE(X)                                                                                      \
    template SparseSolveForward<X> detail::solve<X>(const CsrView<X::Scalar>&, linalg::Matrix<X::Scalar>,             \
                                                    const SparseSolveOptions&);                                       \
    template SparseSolveForward<X> detail::solve_with<X>(const CsrView<X::Scalar>&, Index,                            \
                                                         detail::SparseInverse<X::Scalar>, linalg::Matrix<X::Scalar>, \
                                                         linalg::OnIllConditioned);                                   \
    template SparseSolveCotangent<X> vjp<X>(const SparseSolveForward<X>&, linalg::Matrix<X::Scalar>);                 \
    template X jvp<X>(const SparseSolveForward<X>&, const CsrView<X::Scalar>&, linalg::Matrix<X::Scalar>);
#define RITZ_INSTANTIATE(T)                  \
    RITZ_INSTANTIATE_LIKE(Eigen::VectorX<T>) \
    RITZ_INSTANTIATE_LIKE(Eigen::MatrixX<T>)
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE
#undef RITZ_INSTANTIATE_LIKE

}  // namespace ritz::gradients
