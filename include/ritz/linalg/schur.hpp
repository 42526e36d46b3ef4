// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Unitary triangularisations: Schur form of a matrix and of a pencil (QZ), with eigenvalues in a chosen order,
/// Hessenberg form, balancing. Each result is verified by a random vector (A Z = Z T and Zᴴ Z = I). A is scaled by a
/// power of two where its squares would overflow; LimitExceeded is thrown when a result does.

#include <complex>
#include <cstdint>
#include <functional>

#include "ritz/core/eigen.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// Which eigenvalues come first (SciPy's sort): lhp Re λ < 0, rhp Re λ ≥ 0, iuc |λ| ≤ 1, ouc |λ| > 1.
/// Of pencils, where λ may be infinite: lhp, rhp, iuc finite ones only, ouc also the infinite ones; rhp Re λ > 0,
/// iuc |λ| < 1.
enum class SchurSort : std::uint8_t { none, lhp, rhp, iuc, ouc };

struct SchurOptions {
    SchurSort sort = SchurSort::none;
    std::function<bool(std::complex<double>)> select{};  ///< instead of sort: true for the eigenvalues to come first
};

struct QzOptions {
    SchurSort sort = SchurSort::none;
    std::function<bool(std::complex<double> alpha, std::complex<double> beta)> select{};  ///< instead of sort
};

template <Scalar T_>
struct [[nodiscard]] SchurResult {
    Eigen::MatrixX<T_> T;       ///< upper triangular; of a real matrix with 2 × 2 blocks for complex pairs
    Eigen::MatrixX<T_> Z;       ///< unitary
    Eigen::Index selected = 0;  ///< eigenvalues that were moved to the top (SciPy's sdim)
};

template <Scalar T>
struct [[nodiscard]] QzResult {
    Eigen::MatrixX<T> AA;                         ///< upper (quasi-)triangular, A = Q AA Zᴴ
    Eigen::MatrixX<T> BB;                         ///< upper triangular, B = Q BB Zᴴ
    Eigen::VectorX<std::complex<Real<T>>> alpha;  ///< eigenvalues alpha / beta
    Eigen::VectorX<std::complex<Real<T>>> beta;
    Eigen::MatrixX<T> Q;
    Eigen::MatrixX<T> Z;
    Eigen::Index selected = 0;
};

template <Scalar T>
struct [[nodiscard]] HessenbergResult {
    Eigen::MatrixX<T> H;  ///< zero below the first subdiagonal
    Eigen::MatrixX<T> Q;  ///< unitary, A = Q H Qᴴ
};

struct BalanceOptions {
    bool permute = true;
    bool scale = true;
};

template <Scalar T_>
struct [[nodiscard]] BalanceResult {
    Eigen::MatrixX<T_> B;            ///< T⁻¹ A T
    Eigen::MatrixX<T_> T;            ///< permutation times diagonal matrix of powers of two
    Eigen::VectorX<Real<T_>> scale;  ///< the diagonal, by rows of A
    Eigen::VectorX<Eigen::Index>
        permutation;  ///< column k of T is scale[permutation[k]] times unit vector permutation[k]
};

template <Scalar R>
struct [[nodiscard]] RealDiagonalForm {
    Eigen::MatrixX<R> w;  ///< diagonal, with blocks [a b; -b a] for the pairs a ± ib
    Eigen::MatrixX<R> v;  ///< A v = v w
};

namespace detail {
template <Scalar T>
SchurResult<T> schur(Matrix<T> A, const SchurOptions& options, const char* who);
template <Scalar R>
SchurResult<std::complex<R>> rsf2csf(Matrix<R> T, Matrix<R> Z);
template <Scalar T>
QzResult<T> qz(Matrix<T> A, Matrix<T> B, const QzOptions& options, const char* who);
template <Scalar T>
HessenbergResult<T> hessenberg(Matrix<T> A);
template <Scalar T>
BalanceResult<T> matrix_balance(Matrix<T> A, const BalanceOptions& options);
template <Scalar R>
RealDiagonalForm<R> cdf2rdf(Matrix<std::complex<R>> w, Matrix<std::complex<R>> V);
}  // namespace detail

/// A = Z T Zᴴ. scipy.linalg.schur. Cost: about 25 n³ flops. With `sort` or `select` the chosen eigenvalues come first:
/// they are chosen by their values before the exchange, which moves them by rounding; both of a real matrix's complex
/// pair are chosen when one is. \throws InvalidArgument if A is not square or not finite; NoConvergence if the QR
/// iteration or an exchange of
///         eigenvalues fails; LimitExceeded.
/// \ref Z. Bai and J. W. Demmel, Linear Algebra Appl. 186 (1993) 73-95.
template <Dense A>
[[nodiscard]] SchurResult<ScalarOf<A>> schur(const A& a, const SchurOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::schur<T>(detail::as<T>(a), options, "schur");
}

/// The complex Schur form also of a real matrix: T is triangular. scipy.linalg.schur with output='complex'.
template <Dense A>
[[nodiscard]] SchurResult<std::complex<Real<ScalarOf<A>>>> schur_complex(const A& a, const SchurOptions& options = {}) {
    using C = std::complex<Real<ScalarOf<A>>>;
    return detail::schur<C>(detail::as<C>(a), options, "schur_complex");
}

/// The complex Schur form from a real one (T, Z), by one rotation a 2 × 2 block. O(n²) a block. A complex (T, Z) is
/// returned as it is. \throws InvalidArgument if T is not quasi-triangular, or the shapes differ.
template <Dense A, Dense B>
[[nodiscard]] SchurResult<std::complex<Real<ScalarOf<A, B>>>> rsf2csf(const A& t, const B& z) {
    using T = ScalarOf<A, B>;
    if constexpr (is_complex<T>)
        return {t.template cast<T>(), z.template cast<T>(), 0};
    else
        return detail::rsf2csf<T>(detail::as<T>(t), detail::as<T>(z));
}

/// Generalised Schur form of the pencil (A, B): A = Q AA Zᴴ, B = Q BB Zᴴ. scipy.linalg.qz; of a real pencil the real
/// form (cast A and B for the complex one). Cost: about 66 n³ flops. \throws InvalidArgument if A and B are not square
/// and of one size, or not finite; NoConvergence; LimitExceeded. \ref C. B. Moler and G. W. Stewart, SIAM J. Numer.
/// Anal. 10 (1973) 241-256.
template <Dense A, Dense B>
[[nodiscard]] QzResult<ScalarOf<A, B>> qz(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    return detail::qz<T>(detail::as<T>(a), detail::as<T>(b), QzOptions{}, "qz");
}

/// qz with chosen eigenvalues first. scipy.linalg.ordqz, whose default is lhp.
/// \ref B. Kågström and P. Poromaa, Numer. Algorithms 12 (1996) 369-407.
template <Dense A, Dense B>
[[nodiscard]] QzResult<ScalarOf<A, B>> ordqz(const A& a, const B& b, const QzOptions& options = {SchurSort::lhp, {}}) {
    using T = ScalarOf<A, B>;
    return detail::qz<T>(detail::as<T>(a), detail::as<T>(b), options, "ordqz");
}

/// A = Q H Qᴴ with H upper Hessenberg. scipy.linalg.hessenberg(calc_q=True). Cost: 14/3 n³ flops.
/// \throws InvalidArgument if A is not square or not finite; NoConvergence if the verification fails.
template <Dense A>
[[nodiscard]] HessenbergResult<ScalarOf<A>> hessenberg(const A& a) {
    using T = ScalarOf<A>;
    return detail::hessenberg<T>(detail::as<T>(a));
}

/// B = T⁻¹ A T with rows and columns of similar norms; eigenvalues that are isolated already are permuted to the ends.
/// Powers of two only, so no rounding. O(n²) a sweep. scipy.linalg.matrix_balance.
/// \throws InvalidArgument if A is not square or not finite.
/// \ref R. James, J. Langou and B. R. Lowery, On matrix balancing and eigenvector computation, arXiv:1401.5766 (2014).
template <Dense A>
[[nodiscard]] BalanceResult<ScalarOf<A>> matrix_balance(const A& a, const BalanceOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::matrix_balance<T>(detail::as<T>(a), options);
}

/// Complex eigenvalues w and eigenvectors V of a real matrix as a real block diagonal matrix and real vectors: a pair
/// a ± ib (adjacent in w, the positive imaginary part first or second) becomes the block [a b; -b a] and the columns Re
/// v, Im v. scipy.linalg.cdf2rdf. \throws InvalidArgument if the shapes differ or a complex value has no adjacent
/// conjugate.
template <Dense W, Dense V>
[[nodiscard]] RealDiagonalForm<Real<ScalarOf<W, V>>> cdf2rdf(const W& w, const V& v) {
    using R = Real<ScalarOf<W, V>>;
    using C = std::complex<R>;
    return detail::cdf2rdf<R>(detail::as<C>(w), detail::as<C>(v));
}

}  // namespace ritz::linalg
