// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Functions of a square matrix. Of a real matrix the functions whose value is not always real (sqrtm, logm,
/// fractional_matrix_power) give a real result or throw InvalidArgument, which names the eigenvalue on the negative
/// real axis; the same name with _complex gives the principal value of any matrix. Principal: √, log and powers are cut
/// along the negative real axis, whose points count as arg = π.
///
/// A NaN or an infinity in A is InvalidArgument, and so are A not square and a result that overflows. Each function but
/// expm is checked by its result (‖X² − A‖, ‖exp(X) − A‖, …, or an estimate of the condition number where there is no
/// such equation); it throws IllConditioned when that says that no digit need be right. safe_sqrtm and safe_logm return
/// the result with that number instead. Everything but expm and expm_frechet computes in double, of float as well.
///
/// \ref N. J. Higham, Functions of Matrices: Theory and Computation, SIAM (2008).

#include <complex>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>

#include "ritz/core/status.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// exp(A) and L(A, E) = d/dt exp(A + tE) at t = 0.
template <Scalar T>
struct [[nodiscard]] ExpmFrechet {
    Eigen::MatrixX<T> expm_A;
    Eigen::MatrixX<T> expm_frechet_AE;
};

/// What is known of a result. Statuses: solved; ill_conditioned (the result may have no correct digit).
struct FunctionCheck {
    Status status = Status::solved;
    double relative_residual = 0;  ///< ‖X² − A‖/‖A‖, ‖exp(X) − A‖/‖A‖ in the Frobenius norm
    double condition = 0;          ///< an estimate of the relative condition number of the function at A
    std::string explanation;
};

template <Scalar T>
struct [[nodiscard]] CheckedFunction {
    Eigen::MatrixX<T> value;
    FunctionCheck report;
};

/// What funm knows of its result.
template <Scalar T>
struct [[nodiscard]] Funm {
    Eigen::MatrixX<T> value;
    double error_estimate;  ///< relative, in the Frobenius norm: of rounding, and of the series of the diagonal blocks
};

/// f for funm: the k-th derivative of f at z.
using Derivatives = std::function<std::complex<double>(std::complex<double> z, int k)>;

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> expm(Matrix<T> A);
template <Scalar T>
ExpmFrechet<T> expm_frechet(Matrix<T> A, Matrix<T> E);
template <Scalar T>
double expm_cond(Matrix<T> A);

template <Scalar T, Scalar Result>
CheckedFunction<Result> sqrtm(Matrix<T> A, bool checked);
template <Scalar T, Scalar Result>
CheckedFunction<Result> logm(Matrix<T> A, bool checked);
template <Scalar T, Scalar Result>
Eigen::MatrixX<Result> fractional_matrix_power(Matrix<T> A, double p);

enum class Trigonometric : std::uint8_t { cos, sin, tan, cosh, sinh, tanh, sign };
template <Scalar T>
Eigen::MatrixX<T> trigonometric(Matrix<T> A, Trigonometric function, const char* who);

template <Scalar T, Scalar Result>
Funm<Result> funm(Matrix<T> A, const Derivatives& f, bool has_derivatives);

template <class F>
inline constexpr bool has_derivatives = std::is_invocable_v<const F&, std::complex<double>, int>;
template <class F>
Derivatives derivatives(const F& f) {
    if constexpr (has_derivatives<F>)
        return f;
    else
        return [f](std::complex<double> z, int) -> std::complex<double> { return f(z); };
}

template <Dense A>
using ComplexOf = std::complex<Real<ScalarOf<A>>>;
}  // namespace detail

/// e^A by scaling and squaring: Taylor polynomials of degree 8, 12 or 18 in 3, 4 or 5 products, the degree and the
/// scaling by the norms of A, A², A³, A⁶, after a shift by trace/n where that makes the norm smaller; s more products
/// for a norm of 2^s. Of a triangular A the diagonal and the one next to it are computed from their formulas at every
/// squaring. If norms cancel in squaring so that no digit is certain, a second computation with other scaling decides.
/// \throws InvalidArgument if the result overflows. \throws IllConditioned if the two results differ by a tenth.
/// \ref P. Bader, S. Blanes and F. Casas, Computing the matrix exponential with an optimized Taylor polynomial
///      approximation, Mathematics 7 (2019) 1174; A. H. Al-Mohy and N. J. Higham, A new scaling and squaring algorithm
///      for the matrix exponential, SIAM J. Matrix Anal. Appl. 31 (2009) 970.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> expm(const A& a) {
    return detail::expm<ScalarOf<A>>(detail::as<ScalarOf<A>>(a));
}

/// e^A and its Fréchet derivative in direction E, by differentiating that algorithm: three times its cost.
/// \ref A. H. Al-Mohy and N. J. Higham, Computing the Fréchet derivative of the matrix exponential, with an application
/// to
///      condition number estimation, SIAM J. Matrix Anal. Appl. 30 (2009) 1639.
template <Dense A, Dense B>
[[nodiscard]] ExpmFrechet<ScalarOf<A, B>> expm_frechet(const A& a, const B& e) {
    using T = ScalarOf<A, B>;
    return detail::expm_frechet<T>(detail::as<T>(a), detail::as<T>(e));
}

/// The relative condition number of e^A in the Frobenius norm, max‖L(A, E)‖ ‖A‖ / (‖E‖ ‖e^A‖), by the power method:
/// from below, usually to some per cent, for n ≤ 32 to several digits; 6 to 60 (600) times the cost of e^A.
template <Dense A>
[[nodiscard]] double expm_cond(const A& a) {
    return detail::expm_cond<ScalarOf<A>>(detail::as<ScalarOf<A>>(a));
}

/// The principal square root: X² = A, eigenvalues with real part ≥ 0. Hermitian A by eigenvalues, others by the Schur
/// form, whose root is found by halves: about 28 n³ flops. Negative eigenvalues of the size of rounding (10 n u ‖A‖)
/// count as 0. \throws InvalidArgument (sqrtm of a real A) for an eigenvalue on the negative real axis. \throws
/// SingularMatrix if A has
///         no root. \throws IllConditioned (not safe_sqrtm). \throws NoConvergence (Schur form).
/// \ref E. Deadman, N. J. Higham and R. Ralha, Blocked Schur algorithms for computing the matrix square root, PARA
/// 2012,
///      LNCS 7782 (2013) 171; Å. Björck and S. Hammarling, A Schur method for the square root of a matrix, Linear
///      Algebra Appl. 52/53 (1983) 127.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> sqrtm(const A& a) {
    using T = ScalarOf<A>;
    return detail::sqrtm<T, T>(detail::as<T>(a), false).value;
}
template <Dense A>
[[nodiscard]] Eigen::MatrixX<detail::ComplexOf<A>> sqrtm_complex(const A& a) {
    return detail::sqrtm<ScalarOf<A>, detail::ComplexOf<A>>(detail::as<ScalarOf<A>>(a), false).value;
}
template <Dense A>
[[nodiscard]] CheckedFunction<detail::ComplexOf<A>> safe_sqrtm(const A& a) {
    return detail::sqrtm<ScalarOf<A>, detail::ComplexOf<A>>(detail::as<ScalarOf<A>>(a), true);
}

/// The principal logarithm: e^X = A, imaginary parts of eigenvalues in (−π, π]. Hermitian A by eigenvalues, others by
/// square roots of the Schur form until it is near I and a Padé approximant of degree 7; the diagonal and the one above
/// it by their formulas. condition: from the divided differences of log on the spectrum, a lower bound for A far from
/// normal. Throws as sqrtm; SingularMatrix for every singular A. \ref A. H. Al-Mohy and N. J. Higham, Improved inverse
/// scaling and squaring algorithms for the matrix logarithm, SIAM J.
///      Sci. Comput. 34 (2012) C153.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> logm(const A& a) {
    using T = ScalarOf<A>;
    return detail::logm<T, T>(detail::as<T>(a), false).value;
}
template <Dense A>
[[nodiscard]] Eigen::MatrixX<detail::ComplexOf<A>> logm_complex(const A& a) {
    return detail::logm<ScalarOf<A>, detail::ComplexOf<A>>(detail::as<ScalarOf<A>>(a), false).value;
}
template <Dense A>
[[nodiscard]] CheckedFunction<detail::ComplexOf<A>> safe_logm(const A& a) {
    return detail::logm<ScalarOf<A>, detail::ComplexOf<A>>(detail::as<ScalarOf<A>>(a), true);
}

/// The principal power A^p = exp(p log A), any finite p; whole p by matrix_power. Schur form, square roots, Padé
/// approximant of degree 7. Throws as logm; a singular Hermitian A has powers p > 0. \ref N. J. Higham and L. Lin, A
/// Schur-Padé algorithm for fractional powers of a matrix, SIAM J. Matrix Anal. Appl. 32
///      (2011) 1056.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> fractional_matrix_power(const A& a, double p) {
    using T = ScalarOf<A>;
    return detail::fractional_matrix_power<T, T>(detail::as<T>(a), p);
}
template <Dense A>
[[nodiscard]] Eigen::MatrixX<detail::ComplexOf<A>> fractional_matrix_power_complex(const A& a, double p) {
    return detail::fractional_matrix_power<ScalarOf<A>, detail::ComplexOf<A>>(detail::as<ScalarOf<A>>(a), p);
}

/// (e^(iA) + e^(−iA))/2; of a real A the real part of one exponential.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> cosm(const A& a) {
    using T = ScalarOf<A>;
    return detail::trigonometric<T>(detail::as<T>(a), detail::Trigonometric::cos, "cosm");
}

/// (e^(iA) − e^(−iA))/2i; for ‖A‖₁ ≤ 1/2 the series, so that small A keep their digits.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> sinm(const A& a) {
    using T = ScalarOf<A>;
    return detail::trigonometric<T>(detail::as<T>(a), detail::Trigonometric::sin, "sinm");
}

/// cos(A)⁻¹ sin(A) by doubling the argument from ‖A/2^s‖₁ ≤ 1/2. \throws IllConditioned at a pole, of any of the
/// doublings.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> tanm(const A& a) {
    using T = ScalarOf<A>;
    return detail::trigonometric<T>(detail::as<T>(a), detail::Trigonometric::tan, "tanm");
}

/// (e^A + e^(−A))/2.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> coshm(const A& a) {
    using T = ScalarOf<A>;
    return detail::trigonometric<T>(detail::as<T>(a), detail::Trigonometric::cosh, "coshm");
}

/// (e^A − e^(−A))/2; for ‖A‖₁ ≤ 1/2 the series.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> sinhm(const A& a) {
    using T = ScalarOf<A>;
    return detail::trigonometric<T>(detail::as<T>(a), detail::Trigonometric::sinh, "sinhm");
}

/// cosh(A)⁻¹ sinh(A) by doubling as tanm: no intermediate overflows. \throws IllConditioned at a pole.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> tanhm(const A& a) {
    using T = ScalarOf<A>;
    return detail::trigonometric<T>(detail::as<T>(a), detail::Trigonometric::tanh, "tanhm");
}

/// The sign: X² = I, X A = A X, eigenvalues ±1 by the sign of the real part. Newton's iteration, scaled.
/// \throws IllConditioned if an eigenvalue lies on the imaginary axis (0 is on it), to working precision.
/// \ref R. Byers, Solving the algebraic Riccati equation with the matrix sign function, Linear Algebra Appl. 85 (1987)
/// 267.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> signm(const A& a) {
    using T = ScalarOf<A>;
    return detail::trigonometric<T>(detail::as<T>(a), detail::Trigonometric::sign, "signm");
}

/// f(A) for any f analytic about the spectrum, in complex arithmetic: Schur form, eigenvalues nearer than 0.1 gathered
/// into blocks, each by its Taylor series, the rest by Sylvester equations. f(z, k) is the k-th derivative; a function
/// of z alone works as well: its Taylor coefficients are then taken from values on a circle of radius 0.1 or more about
/// each cluster of more than one eigenvalue, where f must be analytic. Everything is done twice, for A and Aᵀ:
/// error_estimate is their difference, or what the series left out. funm of a real A gives the real f(A); funm_complex
/// gives any. \throws InvalidArgument if f is not finite at an eigenvalue, or funm's result is not real. \throws
/// NoConvergence. \ref P. I. Davies and N. J. Higham, A Schur-Parlett algorithm for computing matrix functions, SIAM J.
/// Matrix Anal. Appl. 25
///      (2003) 464.
template <Dense A, class F>
[[nodiscard]] Funm<ScalarOf<A>> funm(const A& a, const F& f) {
    using T = ScalarOf<A>;
    return detail::funm<T, T>(detail::as<T>(a), detail::derivatives(f), detail::has_derivatives<F>);
}
template <Dense A, class F>
[[nodiscard]] Funm<detail::ComplexOf<A>> funm_complex(const A& a, const F& f) {
    return detail::funm<ScalarOf<A>, detail::ComplexOf<A>>(detail::as<ScalarOf<A>>(a), detail::derivatives(f),
                                                           detail::has_derivatives<F>);
}

}  // namespace ritz::linalg
