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
#include <functional>
#include <string>

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

/// f for funm: the k-th derivative of f at z. Without derivatives (only k = 0 is answered) give it as a function of z.
using Derivatives = std::function<std::complex<double>(std::complex<double> z, int k)>;

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> expm(Matrix<T> A);
template <Scalar T>
ExpmFrechet<T> expm_frechet(Matrix<T> A, Matrix<T> E);
template <Scalar T>
double expm_cond(Matrix<T> A);
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
/// from below, usually to some per cent; 6 to 60 times the cost of e^A.
template <Dense A>
[[nodiscard]] double expm_cond(const A& a) {
    return detail::expm_cond<ScalarOf<A>>(detail::as<ScalarOf<A>>(a));
}

}  // namespace ritz::linalg
