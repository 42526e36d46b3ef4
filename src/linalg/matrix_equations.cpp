// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/matrix_equations.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "linalg/schur_functions.hpp"
#include "ritz/core/random.hpp"

namespace ritz::linalg::detail {

namespace {

using Eigen::Index;
using ritz::detail::require;

constexpr double u = std::numeric_limits<double>::epsilon() / 2;

template <class W>
void require_coefficients(const Eigen::MatrixX<W>& A, const Eigen::MatrixX<W>& Q, const char* who) {
    require(A.rows() == Q.rows() && A.rows() == Q.cols(),
            std::string(who) + ": A is " + std::to_string(A.rows()) + " x " + std::to_string(A.cols()) + ", but Q is " +
                std::to_string(Q.rows()) + " x " + std::to_string(Q.cols()) + ": they must have the same shape");
}

template <class W>
Eigen::MatrixX<W> random_unit(Index m, Index n) {
    Random random(7);
    Eigen::MatrixX<W> Z = Eigen::MatrixX<W>::NullaryExpr(m, n, [&] { return W(random.normal()); });
    return Z / std::max(Z.norm(), std::numeric_limits<double>::min());
}

// A power of two near the norm of Q, by which it is divided so that no intermediate over- or underflows.
template <class W>
int exponent(const Eigen::MatrixX<W>& Q) {
    const double size = Q.size() == 0 ? 0 : Q.cwiseAbs().maxCoeff();
    return size == 0 ? 0 : ritz::detail::exponent_of(size);
}

template <class W>
Eigen::MatrixX<W> times_power(const Eigen::MatrixX<W>& X, int e) {
    return X.unaryExpr([e](W x) { return ritz::detail::scale_by_power(x, e); });
}

[[noreturn]] void throw_singular(const char* who, const char* what) {
    throw SingularMatrix(std::string(who) + ": " + what);
}

// The equation K(X) = Q given K, its inverse and the inverse's adjoint (both may return false: singular).
template <class W, class Apply, class Inverse, class AdjointInverse>
Eigen::MatrixX<W> refined_solution(const Eigen::MatrixX<W>& Q, double norm_of_k, const char* who, const char* singular,
                                   Apply&& apply, Inverse&& inverse, AdjointInverse&& adjoint_inverse) {
    const int e = exponent(Q);
    const Eigen::MatrixX<W> scaled = times_power(Q, -e);
    // ‖K⁻¹‖ from below by two steps of the power method.
    Eigen::MatrixX<W> probe = random_unit<W>(Q.rows(), Q.cols());
    double inverse_norm = 0;
    for (int step = 0; step < 2; ++step) {
        if (!(step % 2 ? adjoint_inverse(probe) : inverse(probe))) throw_singular(who, singular);
        const double size = probe.norm();
        if (size == 0) break;
        inverse_norm = std::max(inverse_norm, size);
        probe /= size;
    }
    const double rcond = inverse_norm > 0 ? 1 / (inverse_norm * norm_of_k) : 1;
    if (rcond < u)
        throw IllConditioned(
            std::string(who) + ": " + singular + " to working precision (rcond = " + std::to_string(rcond) + ")",
            rcond);

    Eigen::MatrixX<W> X = scaled;
    if (!inverse(X)) throw_singular(who, singular);
    Eigen::MatrixX<W> residual = scaled - apply(X), correction = residual;
    double size = residual.norm();
    if (inverse(correction)) {
        const Eigen::MatrixX<W> better = X + correction, left = scaled - apply(better);
        if (left.norm() <= size) {
            X = better;
            size = left.norm();
        }
    }
    const double allowed =
        100 * static_cast<double>(Q.rows() + Q.cols() + 4) * u * (norm_of_k * X.norm() + scaled.norm());
    if (!(size <= allowed))
        throw NoConvergence(std::string(who) + ": the residual " + std::to_string(size) +
                            " of the solution is larger than " + "rounding explains");
    X = times_power(X, e);
    require(X.size() == 0 || X.allFinite(), std::string(who) + ": the solution overflows");
    return X;
}

constexpr const char* sylvester_singular =
    "A and -B have an eigenvalue in common, so that A X + X B = Q has no solution or many";
constexpr const char* lyapunov_singular =
    "two eigenvalues of A are opposite (l + conj(m) = 0), so that A X + X A* = Q has no solution or many";
constexpr const char* stein_singular =
    "two eigenvalues of A have l conj(m) = 1, so that A X A* - X + Q = 0 has no solution or many";

template <class W>
Eigen::MatrixX<W> sylvester(const Eigen::MatrixX<W>& A, const Eigen::MatrixX<W>& B, const Eigen::MatrixX<W>& Q) {
    const char* who = "solve_sylvester";
    if (Q.size() == 0) return Q;
    // A and B by one power of two, which divides X.
    const int e = std::max(exponent(A), exponent(B));
    const Eigen::MatrixX<W> As = times_power(A, -e), Bs = times_power(B, -e);
    const SchurForm<W> a = schur_form<W>(As, who), b = schur_form<W>(Bs, who);
    const auto solve = [&](Eigen::MatrixX<W>& C, bool adjoint) {
        Eigen::MatrixX<W> Y = a.Z.adjoint() * C * b.Z;
        if (!solve_triangular_sylvester<W>(adjoint, adjoint, 1, a.T, b.T, Y)) return false;
        C.noalias() = a.Z * Y * b.Z.adjoint();
        return true;
    };
    const Eigen::MatrixX<W> X = refined_solution<W>(
        Q, As.norm() + Bs.norm(), who, sylvester_singular,
        [&](const Eigen::MatrixX<W>& Y) -> Eigen::MatrixX<W> { return As * Y + Y * Bs; },
        [&](Eigen::MatrixX<W>& C) { return solve(C, false); }, [&](Eigen::MatrixX<W>& C) { return solve(C, true); });
    return times_power(X, -e);
}

template <class W>
Eigen::MatrixX<W> lyapunov(const Eigen::MatrixX<W>& A, const Eigen::MatrixX<W>& Q) {
    const char* who = "solve_continuous_lyapunov";
    if (Q.size() == 0) return Q;
    const int e = exponent(A);
    const Eigen::MatrixX<W> As = times_power(A, -e);
    const SchurForm<W> a = schur_form<W>(As, who);
    const auto solve = [&](Eigen::MatrixX<W>& C, bool adjoint) {
        Eigen::MatrixX<W> Y = a.Z.adjoint() * C * a.Z;
        if (!solve_triangular_sylvester<W>(adjoint, !adjoint, 1, a.T, a.T, Y)) return false;
        C.noalias() = a.Z * Y * a.Z.adjoint();
        return true;
    };
    Eigen::MatrixX<W> X = refined_solution<W>(
        Q, 2 * As.norm(), who, lyapunov_singular,
        [&](const Eigen::MatrixX<W>& Y) -> Eigen::MatrixX<W> { return As * Y + Y * As.adjoint(); },
        [&](Eigen::MatrixX<W>& C) { return solve(C, false); }, [&](Eigen::MatrixX<W>& C) { return solve(C, true); });
    if (Q == Q.adjoint()) X = ((X + X.adjoint()) / W(2)).eval();
    return times_power(X, -e);
}

// T Y Tᴴ − Y = C for upper triangular T: columns from the last to the first; the adjoint equation Tᴴ Y T − Y = C the
// other way round.
bool solve_triangular_stein(const Eigen::MatrixXcd& T, Eigen::MatrixXcd& C, bool adjoint) {
    const Index n = T.rows();
    for (Index step = 0; step < n; ++step) {
        const Index k = adjoint ? step : n - 1 - step;
        Eigen::VectorXcd sum = Eigen::VectorXcd::Zero(n);
        if (adjoint)
            sum.noalias() = C.leftCols(k) * T.col(k).head(k);
        else
            sum.noalias() = C.rightCols(step) * T.row(k).tail(step).adjoint();
        // (t T − I) y = c − T Σ, t = conj(T(k, k)); adjoint: (t Tᴴ − I) y = c − Tᴴ Σ, t = T(k, k)
        const Complex t = adjoint ? T(k, k) : std::conj(T(k, k));
        Eigen::VectorXcd y = C.col(k);
        if (adjoint)
            y.noalias() -= T.triangularView<Eigen::Upper>().adjoint() * sum;
        else
            y.noalias() -= T.triangularView<Eigen::Upper>() * sum;
        for (Index s = 0; s < n; ++s) {
            const Index i = adjoint ? s : n - 1 - s;
            const Complex pivot = t * (adjoint ? std::conj(T(i, i)) : T(i, i)) - 1.0;
            if (pivot == Complex(0)) return false;
            y(i) /= pivot;
            const Complex f = t * y(i);
            if (adjoint)
                for (Index j = i + 1; j < n; ++j) y(j) -= f * std::conj(T(i, j));
            else
                y.head(i) -= f * T.col(i).head(i);
        }
        C.col(k) = y;
    }
    return C.allFinite();
}

template <class W>
Eigen::MatrixX<W> stein(const Eigen::MatrixX<W>& A, const Eigen::MatrixX<W>& Q) {
    const char* who = "solve_discrete_lyapunov";
    if (Q.size() == 0) return Q;
    const SchurForm<Complex> a = triangular_schur_form(A, who);
    const auto solve = [&](Eigen::MatrixX<W>& C, bool adjoint) {
        Eigen::MatrixXcd Y = a.Z.adjoint() * C.template cast<Complex>() * a.Z;
        if (!solve_triangular_stein(a.T, Y, adjoint)) return false;
        Y = (a.Z * Y * a.Z.adjoint()).eval();
        if constexpr (is_complex<W>)
            C = Y;
        else
            C = Y.real();
        return true;
    };
    const double norm = A.norm();
    require(norm < 1e150, "solve_discrete_lyapunov: the square of the norm of A overflows");
    Eigen::MatrixX<W> X = refined_solution<W>(
        -Q, norm * norm + 1, who, stein_singular,
        [&](const Eigen::MatrixX<W>& Y) -> Eigen::MatrixX<W> { return A * Y * A.adjoint() - Y; },
        [&](Eigen::MatrixX<W>& C) { return solve(C, false); }, [&](Eigen::MatrixX<W>& C) { return solve(C, true); });
    if (Q == Q.adjoint()) X = ((X + X.adjoint()) / W(2)).eval();
    return X;
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> solve_sylvester(Matrix<T> A, Matrix<T> B, Matrix<T> Q) {
    const char* who = "solve_sylvester";
    using W = Wide<T>;
    require_square(A.rows(), A.cols(), who, "A");
    require_square(B.rows(), B.cols(), who, "B");
    require_finite<T>(A, who, "A");
    require_finite<T>(B, who, "B");
    require_finite<T>(Q, who, "Q");
    require(Q.rows() == A.rows() && Q.cols() == B.rows(),
            "solve_sylvester: Q is " + std::to_string(Q.rows()) + " x " + std::to_string(Q.cols()) + ", but must be " +
                std::to_string(A.rows()) + " x " + std::to_string(B.rows()) + ", as A and B are");
    return narrowed<T, W>(sylvester<W>(A.template cast<W>(), B.template cast<W>(), Q.template cast<W>()), who);
}

template <Scalar T>
Eigen::MatrixX<T> solve_continuous_lyapunov(Matrix<T> A, Matrix<T> Q) {
    const char* who = "solve_continuous_lyapunov";
    using W = Wide<T>;
    require_square(A.rows(), A.cols(), who, "A");
    require_finite<T>(A, who, "A");
    require_finite<T>(Q, who, "Q");
    require_coefficients<T>(A, Q, who);
    return narrowed<T, W>(lyapunov<W>(A.template cast<W>(), Q.template cast<W>()), who);
}

template <Scalar T>
Eigen::MatrixX<T> solve_discrete_lyapunov(Matrix<T> A, Matrix<T> Q) {
    const char* who = "solve_discrete_lyapunov";
    using W = Wide<T>;
    require_square(A.rows(), A.cols(), who, "A");
    require_finite<T>(A, who, "A");
    require_finite<T>(Q, who, "Q");
    require_coefficients<T>(A, Q, who);
    return narrowed<T, W>(stein<W>(A.template cast<W>(), Q.template cast<W>()), who);
}

#define RITZ_INSTANTIATE(T)                                                         \
    template Eigen::MatrixX<T> solve_sylvester<T>(Matrix<T>, Matrix<T>, Matrix<T>); \
    template Eigen::MatrixX<T> solve_continuous_lyapunov<T>(Matrix<T>, Matrix<T>);  \
    template Eigen::MatrixX<T> solve_discrete_lyapunov<T>(Matrix<T>, Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
