// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Matrices with a name, as scipy.linalg and np have them, and test matrices of the literature. Where there is no
/// argument to deduce the scalar from it is a template parameter: hilbert(5), hilbert<float>(5). All cost O(entries).
/// Indices count from 0. Functions of a size accept 0. Sizes below 0 and empty defining vectors (where no matrix
/// follows from them) throw InvalidArgument, and so does a NaN or an infinity in an argument.

#include <cstdint>
#include <vector>

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// Which of the three Pascal matrices: S = L Lᵀ, L, or Lᵀ.
enum class Pascal : std::uint8_t { symmetric, lower, upper };
/// Factor of dft: 1, 1/√n (unitary) or 1/n.
enum class DftScale : std::uint8_t { none, sqrt_n, n };
/// Rows of a convolution matrix kept: all, as many as the longer argument (centred), those without zero padding.
enum class Convolution : std::uint8_t { full, same, valid };

struct HelmertOptions {
    bool full = false;  ///< with the constant first row: n × n and orthogonal
};
struct VanderOptions {
    Eigen::Index columns = -1;  ///< negative: as many as x has elements
    bool increasing = false;    ///< powers 0, 1, … instead of …, 1, 0
};

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> block_diag(const std::vector<Matrix<T>>& blocks);
template <Scalar T>
Eigen::MatrixX<T> toeplitz(Vector<T> c, Vector<T> r);
template <Scalar T>
Eigen::MatrixX<T> hankel(Vector<T> c, Vector<T> r);
template <Scalar T>
Eigen::MatrixX<T> circulant(Vector<T> c);
template <Scalar T>
Eigen::MatrixX<T> companion(Vector<T> a);
template <Scalar T>
Eigen::MatrixX<T> leslie(Vector<T> f, Vector<T> s);
template <Scalar T>
Eigen::MatrixX<T> fiedler(Vector<T> a);
template <Scalar T>
Eigen::MatrixX<T> fiedler_companion(Vector<T> a);
template <Scalar T>
Eigen::MatrixX<T> vander(Vector<T> x, const VanderOptions& options);
template <Scalar T>
Eigen::MatrixX<T> convolution_matrix(Vector<T> a, Eigen::Index n, Convolution mode);
template <Scalar T>
Eigen::MatrixX<T> tril(Matrix<T> A, Eigen::Index k);
template <Scalar T>
Eigen::MatrixX<T> triu(Matrix<T> A, Eigen::Index k);
}  // namespace detail

/// diag(A₁, …, Aₖ), blocks of any shape; a block of no rows still takes its columns.
template <Dense... A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A...>> block_diag(const A&... blocks) {
    using T = ScalarOf<A...>;
    std::vector<Matrix<T>> list;
    list.reserve(sizeof...(A));
    (list.emplace_back(detail::as<T>(blocks)), ...);
    return detail::block_diag<T>(list);
}

/// T(i, j) = c(i − j) below and on the diagonal, r(j − i) above it; r(0) is not looked at. Without r: r = conj(c).
template <Dense C, Dense R>
[[nodiscard]] Eigen::MatrixX<ScalarOf<C, R>> toeplitz(const C& c, const R& r) {
    using T = ScalarOf<C, R>;
    return detail::toeplitz<T>(detail::as<T>(c), detail::as<T>(r));
}
template <Dense C>
[[nodiscard]] Eigen::MatrixX<ScalarOf<C>> toeplitz(const C& c) {
    using T = ScalarOf<C>;
    const Eigen::VectorX<T> column = detail::as<T>(c);
    return detail::toeplitz<T>(column, column.conjugate());
}

/// H(i, j) = c(i + j) where that exists, then r(i + j − m + 1); r(0) is not looked at. Without r: zeros.
template <Dense C, Dense R>
[[nodiscard]] Eigen::MatrixX<ScalarOf<C, R>> hankel(const C& c, const R& r) {
    using T = ScalarOf<C, R>;
    return detail::hankel<T>(detail::as<T>(c), detail::as<T>(r));
}
template <Dense C>
[[nodiscard]] Eigen::MatrixX<ScalarOf<C>> hankel(const C& c) {
    using T = ScalarOf<C>;
    return detail::hankel<T>(detail::as<T>(c), Eigen::VectorX<T>::Zero(c.size()));
}

/// C(i, j) = c((i − j) mod n).
template <Dense C>
[[nodiscard]] Eigen::MatrixX<ScalarOf<C>> circulant(const C& c) {
    return detail::circulant<ScalarOf<C>>(detail::as<ScalarOf<C>>(c));
}

/// The matrix with characteristic polynomial a(0) zⁿ + … + a(n), divided by a(0): first row −a(1:)/a(0), ones below the
/// diagonal. \throws InvalidArgument if a has less than two elements or a(0) = 0.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> companion(const A& a) {
    return detail::companion<ScalarOf<A>>(detail::as<ScalarOf<A>>(a));
}

/// The pentadiagonal companion matrix of the same polynomial.
/// \ref M. Fiedler, A note on companion matrices, Linear Algebra Appl. 372 (2003) 325.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> fiedler_companion(const A& a) {
    return detail::fiedler_companion<ScalarOf<A>>(detail::as<ScalarOf<A>>(a));
}

/// |a(i) − a(j)|.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> fiedler(const A& a) {
    return detail::fiedler<ScalarOf<A>>(detail::as<ScalarOf<A>>(a));
}

/// Leslie's population model: fecundities f in the first row, survivals s (one fewer) below the diagonal.
template <Dense F, Dense S>
[[nodiscard]] Eigen::MatrixX<ScalarOf<F, S>> leslie(const F& f, const S& s) {
    using T = ScalarOf<F, S>;
    return detail::leslie<T>(detail::as<T>(f), detail::as<T>(s));
}

/// V(i, j) = x(i)^(columns − 1 − j), or x(i)^j when increasing.
template <Dense X>
[[nodiscard]] Eigen::MatrixX<ScalarOf<X>> vander(const X& x, const VanderOptions& options = {}) {
    return detail::vander<ScalarOf<X>>(detail::as<ScalarOf<X>>(x), options);
}

/// The matrix of v ↦ a ∗ v for v of n elements: n + size(a) − 1 rows (full).
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> convolution_matrix(const A& a, Eigen::Index n,
                                                             Convolution mode = Convolution::full) {
    return detail::convolution_matrix<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), n, mode);
}

/// A with zeros above (tril) or below (triu) its k-th diagonal; k > 0 lies above the main one.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> tril(const A& a, Eigen::Index k = 0) {
    return detail::tril<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), k);
}
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> triu(const A& a, Eigen::Index k = 0) {
    return detail::triu<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), k);
}

/// Ones on and below the k-th diagonal of an n × m matrix (m < 0: square), zeros above.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> tri(Eigen::Index n, Eigen::Index m = -1, Eigen::Index k = 0);

/// 1/(i + j + 1): positive definite, κ ≈ e^(3.5 n).
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> hilbert(Eigen::Index n);

/// Its inverse, whose entries are integers: each is rounded once at most (exact for n ≤ 14 in double).
/// \throws InvalidArgument if one overflows.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> invhilbert(Eigen::Index n);

/// ±1 with orthogonal columns, H Hᵀ = n I, by Sylvester's doubling. \throws InvalidArgument unless n is a power of two.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> hadamard(Eigen::Index n);

/// Binomial coefficients: S(i, j) = C(i + j, i), L(i, j) = C(i, j), L Lᵀ = S. \throws InvalidArgument on overflow.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> pascal(Eigen::Index n, Pascal kind = Pascal::symmetric);

/// The inverse of that, integers as well.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> invpascal(Eigen::Index n, Pascal kind = Pascal::symmetric);

/// Orthonormal rows, row k with k + 1 equal entries and one of the other sign: (n − 1) × n, or n × n when full.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> helmert(Eigen::Index n, const HelmertOptions& options = {});

/// The discrete Fourier transform as a matrix: exp(−2πi jk/n), each entry right to an ulp. T is complex.
template <Scalar T = std::complex<double>>
requires is_complex<T>
[[nodiscard]] Eigen::MatrixX<T> dft(Eigen::Index n, DftScale scale = DftScale::none);

/// Wilkinson's Wₙ⁺: tridiagonal, |i − (n − 1)/2| on the diagonal, ones beside it; its largest eigenvalues come in pairs
/// that agree to many digits.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> wilkinson(Eigen::Index n);

/// Wilkinson's matrix on which Gaussian elimination with partial pivoting has growth 2^(n−1): ones on the diagonal and
/// in the last column, −1 below the diagonal; κ∞ ≈ n.
/// \ref N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), section 9.4.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> wilkinson_growth(Eigen::Index n);

/// Rosser's 8 × 8 symmetric matrix: eigenvalues 0, 1000 (twice), 1020, ±10√10405, 510 ± 100√26.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> rosser();

/// Frank's upper Hessenberg matrix: n − max(i, j) for j ≥ i − 1; determinant 1, ill-conditioned eigenvalues.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> frank(Eigen::Index n);

/// Kahan's upper triangular matrix diag(1, s, s², …) (I − c · (ones above the diagonal)), s = sin θ, c = cos θ: QR with
/// column pivoting does not see how near it is to rank n − 1.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> kahan(Eigen::Index n, double theta = 1.2);

/// Läuchli's (n + 1) × n matrix: a row of ones over μ I. AᵀA is singular in floating point when μ² < u.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> lauchli(Eigen::Index n, double mu = 1e-9);

/// Grcar's Toeplitz matrix: −1 below the diagonal, ones on it and on the three above; very sensitive eigenvalues.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> grcar(Eigen::Index n);

/// Lehmer's positive definite matrix min(i + 1, j + 1)/max(i + 1, j + 1); its inverse is tridiagonal.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> lehmer(Eigen::Index n);

/// Moler's positive definite Uᵀ U, U with ones on the diagonal and −1 above: one tiny eigenvalue.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> moler(Eigen::Index n);

/// Lotkin's: the Hilbert matrix with a first row of ones.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> lotkin(Eigen::Index n);

/// Clement's tridiagonal matrix with zero diagonal; eigenvalues n − 1, n − 3, …, −(n − 1).
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> clement(Eigen::Index n);

/// Pei's α I + ones: eigenvalues α (n − 1 times) and n + α.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> pei(Eigen::Index n, double alpha = 1);

}  // namespace ritz::linalg
