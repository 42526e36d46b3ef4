// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Linear and quadratic matrix equations. All compute in double (of float as well), refine the solution once and check
/// its residual. A NaN or an infinity in an argument, and shapes that do not fit, are InvalidArgument.

#include <optional>

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> solve_sylvester(Matrix<T> A, Matrix<T> B, Matrix<T> Q);
template <Scalar T>
Eigen::MatrixX<T> solve_continuous_lyapunov(Matrix<T> A, Matrix<T> Q);
template <Scalar T>
Eigen::MatrixX<T> solve_discrete_lyapunov(Matrix<T> A, Matrix<T> Q);

template <Scalar T>
struct Riccati {
    Eigen::MatrixX<T> A, B, Q, R;
    std::optional<Eigen::MatrixX<T>> E, S;
};
template <Scalar T>
Eigen::MatrixX<T> solve_continuous_are(const Riccati<T>& equation);
template <Scalar T>
Eigen::MatrixX<T> solve_discrete_are(const Riccati<T>& equation);
}  // namespace detail

/// A X + X B = Q, A m × m, B n × n, Q m × n, by the Schur forms of A and B: about 25 (m³ + n³) flops.
/// \throws SingularMatrix if A and −B have an eigenvalue in common: no X, or many. \throws IllConditioned if the
/// estimated
///         condition number of the equation promises no digit. \throws NoConvergence (Schur form).
/// \ref R. H. Bartels and G. W. Stewart, Solution of the matrix equation AX + XB = C, Comm. ACM 15 (1972) 820.
template <Dense A, Dense B, Dense Q>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, B, Q>> solve_sylvester(const A& a, const B& b, const Q& q) {
    using T = ScalarOf<A, B, Q>;
    return detail::solve_sylvester<T>(detail::as<T>(a), detail::as<T>(b), detail::as<T>(q));
}

/// A X + X Aᴴ = Q; one Schur form. X is Hermitian where Q is. Throws as solve_sylvester (λᵢ + conj λⱼ = 0).
template <Dense A, Dense Q>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, Q>> solve_continuous_lyapunov(const A& a, const Q& q) {
    using T = ScalarOf<A, Q>;
    return detail::solve_continuous_lyapunov<T>(detail::as<T>(a), detail::as<T>(q));
}

/// A X Aᴴ − X + Q = 0, column by column in the complex Schur form of A. Throws as solve_sylvester (λᵢ conj λⱼ = 1).
/// \ref G. Kitagawa, An algorithm for solving the matrix equation X = FXFᵀ + S, Int. J. Control 25 (1977) 745.
template <Dense A, Dense Q>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, Q>> solve_discrete_lyapunov(const A& a, const Q& q) {
    using T = ScalarOf<A, Q>;
    return detail::solve_discrete_lyapunov<T>(detail::as<T>(a), detail::as<T>(q));
}

/// Aᴴ X E + Eᴴ X A − (Eᴴ X B + S) R⁻¹ (Bᴴ X E + Sᴴ) + Q = 0, the Hermitian X that makes the closed loop A − B K stable,
/// K = R⁻¹ (Bᴴ X E + Sᴴ); A, E, Q n × n, B, S n × m, R m × m; Q and R Hermitian. Without E and S: E = I, S = 0.
///
/// The stable deflating subspace of the balanced extended pencil, one Newton step (E = I), then the residual and the
/// eigenvalues of the closed loop are looked at.
/// \throws NoConvergence if there are not n eigenvalues in the open left half plane (no stabilising solution: an
/// unstable
///         mode that B does not reach, or one on the axis that Q does not see), or the result fails a check.
/// \throws SingularMatrix for a singular R or E. \throws IllConditioned if X is not determined (a nearly singular
/// basis). \ref W. F. Arnold and A. J. Laub, Generalized eigenproblem algorithms and software for algebraic Riccati
/// equations,
///      Proc. IEEE 72 (1984) 1746; P. Van Dooren, A generalized eigenvalue approach for solving Riccati equations,
///      SIAM J. Sci. Stat. Comput. 2 (1981) 121.
template <Dense A, Dense B, Dense Q, Dense R>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, B, Q, R>> solve_continuous_are(const A& a, const B& b, const Q& q,
                                                                        const R& r) {
    using T = ScalarOf<A, B, Q, R>;
    return detail::solve_continuous_are<T>(
        {detail::as<T>(a), detail::as<T>(b), detail::as<T>(q), detail::as<T>(r), {}, {}});
}
template <Dense A, Dense B, Dense Q, Dense R, Dense E, Dense S>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, B, Q, R, E, S>> solve_continuous_are(const A& a, const B& b, const Q& q,
                                                                              const R& r, const E& e, const S& s) {
    using T = ScalarOf<A, B, Q, R, E, S>;
    return detail::solve_continuous_are<T>({detail::as<T>(a), detail::as<T>(b), detail::as<T>(q), detail::as<T>(r),
                                            Eigen::MatrixX<T>(detail::as<T>(e)), Eigen::MatrixX<T>(detail::as<T>(s))});
}

/// Aᴴ X A − Eᴴ X E − (Aᴴ X B + S) (R + Bᴴ X B)⁻¹ (Bᴴ X A + Sᴴ) + Q = 0, the Hermitian X that puts the eigenvalues of
/// the closed loop inside the unit circle. As solve_continuous_are in everything else.
template <Dense A, Dense B, Dense Q, Dense R>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, B, Q, R>> solve_discrete_are(const A& a, const B& b, const Q& q, const R& r) {
    using T = ScalarOf<A, B, Q, R>;
    return detail::solve_discrete_are<T>(
        {detail::as<T>(a), detail::as<T>(b), detail::as<T>(q), detail::as<T>(r), {}, {}});
}
template <Dense A, Dense B, Dense Q, Dense R, Dense E, Dense S>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, B, Q, R, E, S>> solve_discrete_are(const A& a, const B& b, const Q& q,
                                                                            const R& r, const E& e, const S& s) {
    using T = ScalarOf<A, B, Q, R, E, S>;
    return detail::solve_discrete_are<T>({detail::as<T>(a), detail::as<T>(b), detail::as<T>(q), detail::as<T>(r),
                                          Eigen::MatrixX<T>(detail::as<T>(e)), Eigen::MatrixX<T>(detail::as<T>(s))});
}

}  // namespace ritz::linalg
