// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/schur_functions.hpp"
#include "ritz/linalg/matrix_equations.hpp"

namespace ritz::linalg::detail {

namespace {

using Eigen::Index;
using ritz::detail::require;

constexpr double u = std::numeric_limits<double>::epsilon() / 2;

// LAPACK's selections: eigenvalues (αr + i αi)/β with negative real part, or inside the unit circle.
int left_real(const double* re, const double*, const double* beta) {
    return *re * *beta < 0;
}
int inside_real(const double* re, const double* im, const double* beta) {
    return std::hypot(*re, *im) < std::abs(*beta);
}
int left_complex(const Complex* alpha, const Complex* beta) {
    return (*alpha * std::conj(*beta)).real() < 0;
}
int inside_complex(const Complex* alpha, const Complex* beta) {
    return std::abs(*alpha) < std::abs(*beta);
}

template <class W>
auto selection(bool discrete) {
    if constexpr (is_complex<W>)
        return discrete ? &inside_complex : &left_complex;
    else
        return discrete ? &inside_real : &left_real;
}

template <class W>
struct Problem {
    Eigen::MatrixX<W> A, B, Q, R, E, S;
    bool discrete;
    const char* who;
    Index n() const { return A.rows(); }
    Index m() const { return B.cols(); }
};

template <class W>
Eigen::MatrixX<W> hermitian(const Eigen::MatrixX<W>& X) {
    return (X + X.adjoint()) / W(2);
}

template <class W>
Eigen::MatrixX<W> inverse_times(const Eigen::MatrixX<W>& M, Eigen::MatrixX<W> B, const Problem<W>& p,
                                const char* what) {
    if (lapack::solve<W>(M, B) == 0) throw SingularMatrix(std::string(p.who) + ": " + what + " is singular");
    return B;
}

// K, and the residual of the equation with the size of its terms.
template <class W>
Eigen::MatrixX<W> gain(const Problem<W>& p, const Eigen::MatrixX<W>& X) {
    if (p.discrete)
        return inverse_times<W>(p.R + p.B.adjoint() * X * p.B, p.B.adjoint() * X * p.A + p.S.adjoint(), p,
                                "R + B* X B");
    return inverse_times<W>(p.R, p.B.adjoint() * X * p.E + p.S.adjoint(), p, "R");
}

template <class W>
Eigen::MatrixX<W> residual(const Problem<W>& p, const Eigen::MatrixX<W>& X, const Eigen::MatrixX<W>& K, double& size) {
    const Eigen::MatrixX<W> first =
        p.discrete ? Eigen::MatrixX<W>(p.A.adjoint() * X * p.A) : Eigen::MatrixX<W>(p.A.adjoint() * X * p.E);
    const Eigen::MatrixX<W> second =
        p.discrete ? Eigen::MatrixX<W>(-(p.E.adjoint() * X * p.E)) : Eigen::MatrixX<W>(first.adjoint());
    const Eigen::MatrixX<W> third = ((p.discrete ? p.A : p.E).adjoint() * X * p.B + p.S) * K;
    size = first.norm() + second.norm() + third.norm() + p.Q.norm();
    return first + second - third + p.Q;
}

// The extended pencil H − λJ of order 2n + m.
template <class W>
void extended_pencil(const Problem<W>& p, Eigen::MatrixX<W>& H, Eigen::MatrixX<W>& J) {
    const Index n = p.n(), m = p.m();
    H.setZero(2 * n + m, 2 * n + m);
    J.setZero(2 * n + m, 2 * n + m);
    H.topLeftCorner(n, n) = p.A;
    H.topRightCorner(n, m) = p.B;
    H.block(n, 0, n, n) = -p.Q;
    H.block(n, 2 * n, n, m) = -p.S;
    H.bottomLeftCorner(m, n) = p.S.adjoint();
    H.bottomRightCorner(m, m) = p.R;
    J.topLeftCorner(n, n) = p.E;
    if (p.discrete) {
        H.block(n, n, n, n) = p.E.adjoint();
        J.block(n, n, n, n) = p.A.adjoint();
        J.block(2 * n, n, m, n) = -p.B.adjoint();
    } else {
        H.block(n, n, n, n) = -p.A.adjoint();
        H.block(2 * n, n, m, n) = p.B.adjoint();
        J.block(n, n, n, n) = p.E.adjoint();
    }
}

// A diagonal D of powers of two, diag(d, 1/d, …), under which rows and columns of D M D⁻¹, M = |H| + |J|, are alike in
// size.
template <class W>
Eigen::VectorXd balance(const Problem<W>& p, Eigen::MatrixX<W>& H, Eigen::MatrixX<W>& J) {
    const Index n = p.n(), all = H.rows();
    Eigen::VectorXd d = Eigen::VectorXd::Ones(all);
    const Eigen::MatrixXd M = H.cwiseAbs() + J.cwiseAbs();
    for (int sweep = 0; sweep < 20; ++sweep) {
        bool changed = false;
        for (Index k = 0; k < all; ++k) {
            if (k >= n && k < 2 * n) continue;
            // Changing d(k) scales row k and column k; of the pair (k, n + k) both at once, in opposite directions.
            double row = 0, column = 0;
            const auto add = [&](Index i, Index away, double& r, double& c) {
                for (Index j = 0; j < all; ++j) {
                    if (j == i || j == away) continue;
                    r += d(i) * M(i, j) / d(j);
                    c += d(j) * M(j, i) / d(i);
                }
            };
            add(k, k < n ? n + k : k, row, column);
            if (k < n) add(n + k, k, column, row);
            if (!(row > 0 && column > 0)) continue;
            const double f = std::exp2(std::round(std::log2(column / row) / 2));
            if (f == 1 || !(f > 1e-30 && f < 1e30)) continue;
            d(k) *= f;
            if (k < n) d(n + k) /= f;
            changed = true;
        }
        if (!changed) break;
    }
    for (Index j = 0; j < all; ++j)
        for (Index i = 0; i < all; ++i) {
            H(i, j) *= d(i) / d(j);
            J(i, j) *= d(i) / d(j);
        }
    return d.head(n);
}

// The last 2n columns of the orthogonal factor of a QR factorisation of the (2n + m) × m block C, applied from the
// left: the rows that no longer hold the m inputs.
template <class W>
Eigen::MatrixX<W> orthogonal_complement(Eigen::MatrixX<W> C) {
    const Index rows = C.rows(), m = C.cols();
    Eigen::MatrixX<W> Q = Eigen::MatrixX<W>::Identity(rows, rows);
    for (Index k = 0; k < m; ++k) {  // Householder, as m is small
        Eigen::VectorX<W> v = C.col(k).tail(rows - k);
        const double size = v.norm();
        if (size == 0) continue;
        v(0) += (v(0) == W(0) ? W(1) : v(0) / std::abs(v(0))) * size;
        v /= v.norm();
        C.bottomRows(rows - k) -= (2.0 * v * (v.adjoint() * C.bottomRows(rows - k))).eval();
        Q.rightCols(rows - k) -= (2.0 * (Q.rightCols(rows - k) * v) * v.adjoint()).eval();
    }
    return Q.rightCols(rows - m);
}

template <class W>
Eigen::MatrixX<W> riccati(const Problem<W>& p, bool has_e) {
    const Index n = p.n(), m = p.m();
    if (n == 0) return p.Q;
    const std::string who = p.who;
    {
        Eigen::MatrixX<W> I = Eigen::MatrixX<W>::Identity(n, n);
        if (has_e && lapack::solve<W>(p.E, I) < static_cast<double>(n) * u)
            throw SingularMatrix(who + ": E is singular to working precision");
        Eigen::MatrixX<W> J = Eigen::MatrixX<W>::Identity(m, m);
        if (!p.discrete && lapack::solve<W>(p.R, J) < static_cast<double>(m) * u)
            throw SingularMatrix(who + ": R is singular to working precision");
    }
    Eigen::MatrixX<W> H, J;
    extended_pencil(p, H, J);
    const Eigen::VectorXd d = balance(p, H, J);
    const Eigen::MatrixX<W> N = orthogonal_complement<W>(H.rightCols(m));
    Eigen::MatrixX<W> small_h = N.adjoint() * H.leftCols(2 * n), small_j = N.adjoint() * J.leftCols(2 * n), Z;
    Eigen::VectorX<Complex> alpha;
    Eigen::VectorX<W> beta;
    int stable = 0;
    const int info = lapack::gges<W>(small_h, small_j, selection<W>(p.discrete), stable, alpha, beta, Z);
    const char* region = p.discrete ? "inside the unit circle" : "in the open left half plane";
    if (info > 0 && info <= 2 * n + 1) throw NoConvergence(who + ": the QZ algorithm did not converge");
    if (stable != n || info > 2 * n + 1)
        throw NoConvergence(who + ": " + std::to_string(stable) + " eigenvalues of the pencil lie " + region +
                            " instead of " + std::to_string(n) +
                            ": there is no stabilising solution (an unstable mode that B does not reach, "
                            "or one on the boundary that Q does not see)");
    Eigen::MatrixX<W> U = Z.topLeftCorner(n, n), V = Z.bottomLeftCorner(n, n);
    if (has_e) U = (d.asDiagonal() * p.E * d.cwiseInverse().asDiagonal() * U).eval();
    // X U = V
    Eigen::MatrixX<W> Y = V.adjoint();
    const double rcond = lapack::solve<W>(U.adjoint(), Y);
    if (rcond < u) throw IllConditioned(who + ": the stable subspace does not determine X", rcond);
    Eigen::MatrixX<W> X = hermitian<W>(d.asDiagonal() * Y.adjoint() * d.asDiagonal());

    double size = 0;
    Eigen::MatrixX<W> K = gain(p, X), left = residual(p, X, K, size);
    if (!has_e) {  // Newton: the correction solves a Lyapunov equation of the closed loop
        try {
            const Eigen::MatrixX<W> closed = (p.A - p.B * K).adjoint();
            const Eigen::MatrixX<W> step = p.discrete ? solve_discrete_lyapunov<W>(closed, hermitian<W>(left))
                                                      : solve_continuous_lyapunov<W>(closed, -hermitian<W>(left));
            const Eigen::MatrixX<W> better = hermitian<W>(X + step), better_gain = gain(p, better);
            double better_size = 0;
            const Eigen::MatrixX<W> now = residual(p, better, better_gain, better_size);
            if (now.norm() <= left.norm()) {
                X = better;
                K = better_gain;
                left = now;
                size = better_size;
            }
        } catch (const Error&) {
            // The unrefined solution is judged below.
        }
    }
    if (!(left.norm() <= 1e-9 * size))
        throw NoConvergence(who + ": the relative residual of the solution is above 1e-9");
    const Eigen::MatrixX<W> closed = p.A - p.B * K;
    Eigen::MatrixX<W> loop = closed;
    if (has_e) loop = inverse_times<W>(p.E, closed, p, "E");
    for (const Complex value : schur_form<W>(loop, p.who).values)
        if (!(p.discrete ? std::abs(value) < 1 : value.real() < 0))
            throw NoConvergence(who + ": the closed loop has the eigenvalue " + std::to_string(value.real()) + " + " +
                                std::to_string(value.imag()) + "i, which does not lie " + region);
    return X;
}

template <Scalar T>
Eigen::MatrixX<T> solve_riccati(const Riccati<T>& equation, bool discrete, const char* who) {
    using W = Wide<T>;
    const Index n = equation.A.rows(), m = equation.B.cols();
    const auto take = [&](const Eigen::MatrixX<T>& X, Index rows, Index cols, const char* name) -> Eigen::MatrixX<W> {
        require_finite<T>(X, who, name);
        require(X.rows() == rows && X.cols() == cols,
                std::string(who) + ": " + name + " is " + std::to_string(X.rows()) + " x " + std::to_string(X.cols()) +
                    ", but must be " + std::to_string(rows) + " x " + std::to_string(cols) + " (A is n x n, B n x m)");
        return X.template cast<W>();
    };
    const auto take_hermitian = [&](const Eigen::MatrixX<T>& X, Index rows, const char* name) {
        Eigen::MatrixX<W> Y = take(X, rows, rows, name);
        require((Y - Y.adjoint()).norm() <= 100 * std::numeric_limits<Real<T>>::epsilon() * Y.norm(),
                std::string(who) + ": " + name + " is not " + (is_complex<W> ? "Hermitian" : "symmetric"));
        return hermitian<W>(Y);  // rounding in T would stand in the residual
    };
    require_square(n, equation.A.cols(), who, "A");
    require(m > 0, std::string(who) + ": B has no columns; without inputs the equation is Lyapunov's");
    const Problem<W> p{take(equation.A, n, n, "A"),
                       take(equation.B, n, m, "B"),
                       take_hermitian(equation.Q, n, "Q"),
                       take_hermitian(equation.R, m, "R"),
                       equation.E ? take(*equation.E, n, n, "E") : Eigen::MatrixX<W>::Identity(n, n),
                       equation.S ? take(*equation.S, n, m, "S") : Eigen::MatrixX<W>::Zero(n, m),
                       discrete,
                       who};
    return narrowed<T, W>(riccati<W>(p, equation.E.has_value()), who);
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> solve_continuous_are(const Riccati<T>& equation) {
    return solve_riccati<T>(equation, false, "solve_continuous_are");
}
template <Scalar T>
Eigen::MatrixX<T> solve_discrete_are(const Riccati<T>& equation) {
    return solve_riccati<T>(equation, true, "solve_discrete_are");
}

#define RITZ_INSTANTIATE(T)                                                \
    template Eigen::MatrixX<T> solve_continuous_are<T>(const Riccati<T>&); \
    template Eigen::MatrixX<T> solve_discrete_are<T>(const Riccati<T>&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
