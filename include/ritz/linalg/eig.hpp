// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Eigenvalues and eigenvectors of general matrices and pencils. Results are complex, also for real A.
///
/// The eigenvalues returned are exact for a matrix within c · n · u · ‖A‖₂ of A; that is verified (A V = V Λ by a
/// random vector, or the sums of λ and λ²). How far they are from those of A itself is a matter of their condition: a
/// double defective eigenvalue has half the digits. The report of eig says so; eigvals has none, and promises only the
/// former.

#include <complex>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/status.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

struct EigOptions {
    bool left = false;               ///< compute left eigenvectors too, wᴴ A = λ wᴴ
    bool condition_numbers = false;  ///< compute EigReport::condition_numbers; needs left eigenvectors
};

/// How far the eigenvalues and eigenvectors can be trusted.
template <class R>
struct EigReport {
    /// solved, or ill_conditioned: eigenvector_rcond < n · u, so the matrix is defective to working precision.
    Status status = Status::solved;
    /// 1 / κ₁(V), estimated. Bauer and Fike: eigenvalues move by at most κ(V) ‖E‖ when A becomes A + E. 0: defective.
    double eigenvector_rcond = 1;
    /// κ(λ) = 1 / |wᴴ v| for unit left and right eigenvectors: λ moves by κ(λ) ‖E‖₂ (infinite: defective). If asked
    /// for.
    Eigen::VectorX<R> condition_numbers{};
    std::string explanation{};
};

template <Scalar T>
struct [[nodiscard]] EigResult {
    Eigen::VectorX<std::complex<Real<T>>> eigenvalues;   ///< in the order of LAPACK; pairs of a real A are adjacent
    Eigen::MatrixX<std::complex<Real<T>>> eigenvectors;  ///< right ones, ‖v‖₂ = 1
    Eigen::MatrixX<std::complex<Real<T>>> left_eigenvectors;  ///< ‖w‖₂ = 1; empty unless asked for
    EigReport<Real<T>> report;
};

struct GeneralizedEigOptions {
    bool left = false;  ///< compute left eigenvectors too, wᴴ A = λ wᴴ B
};

/// Eigenvalues of a pencil as pairs: λ = alpha / beta, infinite where beta = 0. SciPy's homogeneous_eigvals.
template <Scalar T>
struct [[nodiscard]] GeneralizedEigResult {
    Eigen::VectorX<std::complex<Real<T>>> eigenvalues;  ///< alpha / beta; infinite where beta is 0
    Eigen::MatrixX<std::complex<Real<T>>> eigenvectors;
    Eigen::MatrixX<std::complex<Real<T>>> left_eigenvectors;  ///< empty unless asked for
    Eigen::VectorX<std::complex<Real<T>>> alpha;
    Eigen::VectorX<std::complex<Real<T>>> beta;
    /// solved, or ill_conditioned: alpha = beta = 0 to rounding for some k. The pencil is singular (det(A - λB) = 0 for
    /// every λ), and no eigenvalue of it has a correct digit.
    Status status = Status::solved;
    std::string explanation{};
};

namespace detail {
template <Scalar T>
EigResult<T> eig(Matrix<T> A, const EigOptions& options);
template <Scalar T>
GeneralizedEigResult<T> eig_generalized(Matrix<T> A, Matrix<T> B, const GeneralizedEigOptions& options);
template <Scalar T>
Eigen::VectorX<std::complex<Real<T>>> eigvals(Matrix<T> A);
}  // namespace detail

/// A v = λ v for a general square A (n × n): eigenvalues, right eigenvectors of norm 1, on request left ones.
/// np.linalg.eig, scipy.linalg.eig. Cost: about 25 n³ flops; workspace 3 n².
///
/// A is balanced by permutation and scaling first. eigenvector_rcond costs an LU factorisation, 2/3 n³ flops.
///
/// \throws InvalidArgument if A is not square or not finite; NoConvergence if the QR iteration fails or its result does
///         not pass its verification; LimitExceeded if an eigenvalue exceeds the largest number of the type.
/// \ref K. Braman, R. Byers and R. Mathias, SIAM J. Matrix Anal. Appl. 23 (2002) 948-973; F. L. Bauer and C. T. Fike,
///      Numer. Math. 2 (1960) 137-141.
template <Dense A>
[[nodiscard]] EigResult<ScalarOf<A>> eig(const A& a, const EigOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::eig<T>(detail::as<T>(a), options);
}

/// A v = λ B v for a general pencil, by the QZ algorithm. B may be singular: infinite eigenvalues have beta = 0.
/// Eigenvectors have norm 1. Cost: about 60 n³ flops.
/// \throws InvalidArgument if A and B are not square and of one size, or not finite; NoConvergence.
/// \ref C. B. Moler and G. W. Stewart, SIAM J. Numer. Anal. 10 (1973) 241-256.
template <Dense A, Dense B>
[[nodiscard]] GeneralizedEigResult<ScalarOf<A, B>> eig(const A& a, const B& b,
                                                       const GeneralizedEigOptions& options = {}) {
    using T = ScalarOf<A, B>;
    return detail::eig_generalized<T>(detail::as<T>(a), detail::as<T>(b), options);
}

/// The eigenvalues of eig alone: about 10 n³ flops.
template <Dense A>
[[nodiscard]] Eigen::VectorX<std::complex<Real<ScalarOf<A>>>> eigvals(const A& a) {
    using T = ScalarOf<A>;
    return detail::eigvals<T>(detail::as<T>(a));
}

}  // namespace ritz::linalg
