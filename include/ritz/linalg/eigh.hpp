// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Eigenvalues and eigenvectors of Hermitian matrices: dense, pencils (A, B), tridiagonal and banded. Eigenvalues are
/// ascending, eigenvectors orthonormal (B-orthonormal for pencils). Results are verified before they are returned: the
/// decompositions by a random vector, eigenvalues alone by their sum and the sum of their squares.
///
/// Eigenvalues are those of a matrix within c · n · u · ‖A‖₂ of A (Weyl: each is as close as that); a larger relative
/// accuracy of small eigenvalues is not promised. A is scaled by a power of two where its squares would overflow.

#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// The eigenvalues number `first` to `last`, ascending, from 0, both included (SciPy's subset_by_index).
struct IndexRange {
    Eigen::Index first = 0;
    Eigen::Index last = 0;
};

/// The eigenvalues in the half-open interval (low, high]; infinite bounds are allowed (SciPy's subset_by_value).
struct ValueRange {
    double low = 0;
    double high = 0;
};

struct EighOptions {
    Uplo uplo = Uplo::lower;  ///< the triangle that is read
    /// Refuse A unless its other triangle is zero or agrees with the one that is read up to rounding
    /// (4 · max(n, 4) · u · max|a_ij|); false: the other triangle is not looked at, as in NumPy.
    bool check_symmetry = true;
    std::optional<IndexRange> subset_by_index{};
    std::optional<ValueRange> subset_by_value{};
};

/// Options of the generalised problem: `type` 1: A x = λ B x, 2: A B x = λ x, 3: B A x = λ x.
struct GeneralizedEighOptions {
    Uplo uplo = Uplo::lower;
    bool check_symmetry = true;
    std::optional<IndexRange> subset_by_index{};
    std::optional<ValueRange> subset_by_value{};
    int type = 1;
    bool allow_ill_conditioned = false;  ///< return the result although B has no digit of its condition left
};

template <Scalar T>
struct [[nodiscard]] EighResult {
    Eigen::VectorX<Real<T>> eigenvalues;  ///< ascending
    Eigen::MatrixX<T> eigenvectors;       ///< column k belongs to eigenvalues[k]
};

template <Scalar T>
struct [[nodiscard]] GeneralizedEighResult {
    Eigen::VectorX<Real<T>> eigenvalues;
    Eigen::MatrixX<T> eigenvectors;  ///< Vᴴ B V = I (types 1, 2), Vᴴ B⁻¹ V = I (type 3)
    /// 1 / κ₁(B), estimated. Eigenvalues of type 1 carry absolute errors of order u ‖A‖ ‖B⁻¹‖.
    double b_rcond = 1;
};

struct TridiagonalEighOptions {
    std::optional<IndexRange> subset_by_index{};
    std::optional<ValueRange> subset_by_value{};
};

struct BandedEighOptions {
    Uplo uplo = Uplo::upper;  ///< which band is stored; SciPy's default is lower=False
    std::optional<IndexRange> subset_by_index{};
    std::optional<ValueRange> subset_by_value{};
};

namespace detail {
template <Scalar T>
EighResult<T> eigh(Matrix<T> A, const EighOptions& options);
template <Scalar T>
Eigen::VectorX<Real<T>> eigvalsh(Matrix<T> A, const EighOptions& options);
template <Scalar T>
GeneralizedEighResult<T> eigh_generalized(Matrix<T> A, Matrix<T> B, const GeneralizedEighOptions& options,
                                          bool vectors);
template <Scalar T>
EighResult<T> eigh_tridiagonal(Matrix<T> d, Matrix<T> e, const TridiagonalEighOptions& options, bool vectors);
template <Scalar T>
EighResult<T> eig_banded(Matrix<T> bands, const BandedEighOptions& options, bool vectors);
template <Scalar T>
EighResult<T> eig_banded(Matrix<T> bands, const BandedEighOptions& options, bool vectors);
/// Throws InvalidArgument "who: A(i, j) = … but A(j, i) = …" unless A is Hermitian up to rounding, or one triangle (not
/// `uplo`) is zero.
template <Scalar T>
void require_hermitian(Matrix<T> A, Uplo uplo, const char* who, const char* name);
}  // namespace detail

/// A = V Λ Vᴴ for Hermitian A (n × n): real eigenvalues, orthonormal eigenvectors. np.linalg.eigh, scipy.linalg.eigh.
///
/// Cost: about 9 n³ flops (4/3 n³ to tridiagonal form, the rest for the vectors); a subset of k vectors 4/3 n³ + 2 k
/// n². Workspace 2 n². n ≤ 32 in double: Householder tridiagonalisation and QL; otherwise divide and conquer (LAPACK's
/// syevd), subsets by relatively robust representations (syevr). What fails verification is done again by QR
/// iterations.
///
/// \throws InvalidArgument if A is not square, not finite, not Hermitian (unless check_symmetry is off), or if a range
///         is not inside 0 … n-1 or empty.
/// \throws NoConvergence if no driver's result passes its verification.
/// \throws LimitExceeded if an eigenvalue exceeds the largest number of the type.
/// \ref M. Gu and S. C. Eisenstat, SIAM J. Matrix Anal. Appl. 16 (1995) 172-191; I. S. Dhillon, B. N. Parlett and
///      C. Vömel, ACM TOMS 32 (2006) 533-560; B. N. Parlett, The Symmetric Eigenvalue Problem (1998), chapters 7-8.
template <Dense A>
[[nodiscard]] EighResult<ScalarOf<A>> eigh(const A& a, const EighOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::eigh<T>(detail::as<T>(a), options);
}

/// The generalised problem of Hermitian A and Hermitian positive definite B, reduced by B = L Lᴴ.
/// Cost: that of eigh, 3 n³ more.
/// \throws NotPositiveDefinite if B is not.
/// \throws IllConditioned if 1/κ(B) < n · u, unless allow_ill_conditioned.
/// \throws InvalidArgument, NoConvergence, LimitExceeded as eigh.
/// \ref G. H. Golub and C. F. Van Loan, Matrix Computations, 4th ed. (2013), algorithm 8.7.1.
template <Dense A, Dense B>
[[nodiscard]] GeneralizedEighResult<ScalarOf<A, B>> eigh(const A& a, const B& b,
                                                         const GeneralizedEighOptions& options = {}) {
    using T = ScalarOf<A, B>;
    return detail::eigh_generalized<T>(detail::as<T>(a), detail::as<T>(b), options, true);
}

/// The eigenvalues of eigh alone: 4/3 n³ flops.
template <Dense A>
[[nodiscard]] Eigen::VectorX<Real<ScalarOf<A>>> eigvalsh(const A& a, const EighOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::eigvalsh<T>(detail::as<T>(a), options);
}

/// The eigenvalues of the pencil (A, B) alone.
template <Dense A, Dense B>
[[nodiscard]] Eigen::VectorX<Real<ScalarOf<A, B>>> eigvalsh(const A& a, const B& b,
                                                            const GeneralizedEighOptions& options = {}) {
    using T = ScalarOf<A, B>;
    return detail::eigh_generalized<T>(detail::as<T>(a), detail::as<T>(b), options, false).eigenvalues;
}

/// Eigenvalues and eigenvectors of the real symmetric tridiagonal matrix with diagonal d (n) and off-diagonal e (n-1).
/// Cost: O(n²) for the eigenvalues, O(n²) to 4/3 n³ for the vectors, O(k n) for a subset of k.
/// \throws InvalidArgument if d or e is not finite or real, or e.size() ≠ n - 1; NoConvergence; LimitExceeded.
template <Dense D, Dense E>
requires(!is_complex<ScalarOf<D, E>>)
    [[nodiscard]] EighResult<ScalarOf<D, E>> eigh_tridiagonal(const D& d, const E& e,
                                                              const TridiagonalEighOptions& options = {}) {
    using T = ScalarOf<D, E>;
    return detail::eigh_tridiagonal<T>(detail::as<T>(d), detail::as<T>(e), options, true);
}

/// The eigenvalues of eigh_tridiagonal alone.
template <Dense D, Dense E>
requires(!is_complex<ScalarOf<D, E>>)
    [[nodiscard]] Eigen::VectorX<ScalarOf<D, E>> eigvalsh_tridiagonal(const D& d, const E& e,
                                                                      const TridiagonalEighOptions& options = {}) {
    using T = ScalarOf<D, E>;
    return detail::eigh_tridiagonal<T>(detail::as<T>(d), detail::as<T>(e), options, false).eigenvalues;
}

/// Eigenvalues and eigenvectors of a Hermitian band matrix of u + 1 stored diagonals, one a row of `bands`
/// ((u+1) × n): upper: bands(u + i - j, j) = a_ij, lower: bands(i - j, j) = a_ij.
///
///     upper, u = 1:  *   a01 a12        lower:  a00 a11 a22
///                    a00 a11 a22                a10 a21 *
///
/// Cost: about 6 n² u flops to tridiagonal form; vectors add about 3 n³. The places * are not looked at.
/// \throws InvalidArgument if an entry inside the band is not finite; NoConvergence; LimitExceeded.
template <Dense A>
[[nodiscard]] EighResult<ScalarOf<A>> eig_banded(const A& bands, const BandedEighOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::eig_banded<T>(detail::as<T>(bands), options, true);
}

/// The eigenvalues of eig_banded alone.
template <Dense A>
[[nodiscard]] Eigen::VectorX<Real<ScalarOf<A>>> eigvals_banded(const A& bands, const BandedEighOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::eig_banded<T>(detail::as<T>(bands), options, false).eigenvalues;
}

}  // namespace ritz::linalg
