// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Systems whose matrix has a structure known beforehand: scipy.linalg.solve_triangular, solve_banded, solveh_banded,
/// solve_toeplitz, solve_circulant, matmul_toeplitz.

#include <cstdint>

#include "ritz/linalg/solve.hpp"

namespace ritz::linalg {

struct TriangularOptions {
    Uplo uplo = Uplo::upper;     ///< the triangle that is read (SciPy's default is the upper one)
    Op op = Op::none;            ///< op(T) x = b
    bool unit_diagonal = false;  ///< the diagonal is taken as ones and not read
    OnIllConditioned on_ill_conditioned = OnIllConditioned::raise;
};

struct BandedOptions {
    OnIllConditioned on_ill_conditioned = OnIllConditioned::raise;
};

struct HermitianBandedOptions {
    Uplo uplo = Uplo::upper;  ///< SciPy's default is the upper one
    OnIllConditioned on_ill_conditioned = OnIllConditioned::raise;
};

struct ToeplitzOptions {
    OnIllConditioned on_ill_conditioned = OnIllConditioned::raise;
};

struct CirculantOptions {
    /// A singular circulant throws SingularMatrix; `least_norm` solves it in the least-squares sense (SciPy's lstsq).
    enum class Singular : std::uint8_t { raise, least_norm };
    Singular singular = Singular::raise;
    double rtol = 0;  ///< eigenvalues ≤ rtol max |λ| count as zero; 0 means n u, n the order
};

namespace detail {
template <Scalar T>
void solve_triangular(Matrix<T> A, Eigen::Ref<Eigen::MatrixX<T>> x, const TriangularOptions& options);
template <Scalar T>
void solve_banded(Eigen::Index lower, Eigen::Index upper, Matrix<T> ab, Eigen::Ref<Eigen::MatrixX<T>> x,
                  const BandedOptions& options);
template <Scalar T>
void solveh_banded(Matrix<T> ab, Eigen::Ref<Eigen::MatrixX<T>> x, const HermitianBandedOptions& options);
template <Scalar T>
void solve_toeplitz(Vector<T> c, Vector<T> r, Eigen::Ref<Eigen::MatrixX<T>> x, const ToeplitzOptions& options);
template <Scalar T>
void solve_circulant(Vector<T> c, Eigen::Ref<Eigen::MatrixX<T>> x, const CirculantOptions& options);
template <Scalar T>
Eigen::MatrixX<T> matmul_toeplitz(Vector<T> c, Vector<T> r, Matrix<T> x);
}  // namespace detail

/// x with op(T) x = b for a triangle of an n × n matrix; n² flops for each column, O(n²) for a condition estimate.
/// Substitution is backward stable in every component.
/// \throws InvalidArgument for wrong shapes, NaN, infinity (in the triangle).
/// \throws SingularMatrix for a zero on the diagonal.
/// \throws IllConditioned if rcond of the scaled triangle is below max(10, n) u, unless options say accept.
/// \throws LimitExceeded if an entry of x is too large for its type.
template <Dense A, Dense B>
[[nodiscard]] Like<B, ScalarOf<A, B>> solve_triangular(const A& a, const B& b, const TriangularOptions& options = {}) {
    using T = ScalarOf<A, B>;
    Like<B, T> x = detail::as<T>(b);
    detail::solve_triangular<T>(detail::as<T>(a), x, options);
    return x;
}

/// x with A x = b for a band matrix of `lower` and `upper` off-diagonals: `ab` is (lower + upper + 1) × n with
/// ab(upper + i − j, j) = A(i, j) (SciPy's storage; the corners outside of A are not read). LU with partial pivoting
/// of the equilibrated band and one step of refinement: 2 n lower (lower + upper) flops.
/// \throws InvalidArgument, SingularMatrix, IllConditioned, LimitExceeded as `solve`.
template <Dense A, Dense B>
[[nodiscard]] Like<B, ScalarOf<A, B>> solve_banded(Eigen::Index lower, Eigen::Index upper, const A& ab, const B& b,
                                                   const BandedOptions& options = {}) {
    using T = ScalarOf<A, B>;
    Like<B, T> x = detail::as<T>(b);
    detail::solve_banded<T>(lower, upper, detail::as<T>(ab), x, options);
    return x;
}

/// x with A x = b for a Hermitian positive definite band matrix in the storage of `cholesky_banded`; n k² flops.
/// \throws InvalidArgument, IllConditioned as `solve`; NotPositiveDefinite with the column.
template <Dense A, Dense B>
[[nodiscard]] Like<B, ScalarOf<A, B>> solveh_banded(const A& ab, const B& b,
                                                    const HermitianBandedOptions& options = {}) {
    using T = ScalarOf<A, B>;
    Like<B, T> x = detail::as<T>(b);
    detail::solveh_banded<T>(detail::as<T>(ab), x, options);
    return x;
}

/// x with A x = b, A(i, j) = c(i − j) for i ≥ j and r(j − i) above; r(0) is not read. Levinson's recursion, 4n² flops
/// and for each further column 2n²; checked by its residual, and given to `solve` (2n³/3) when a leading minor is
/// singular or nearly so that the recursion loses digits.
/// \throws InvalidArgument, SingularMatrix, IllConditioned, LimitExceeded as `solve`.
/// \ref N. Levinson, J. Math. Phys. 25 (1946) 261-278; G. Cybenko, SIAM J. Sci. Stat. Comput. 1 (1980) 303-319.
template <Dense C, Dense R, Dense B>
[[nodiscard]] Like<B, ScalarOf<C, R, B>> solve_toeplitz(const C& c, const R& r, const B& b,
                                                        const ToeplitzOptions& options = {}) {
    using T = ScalarOf<C, R, B>;
    Like<B, T> x = detail::as<T>(b);
    detail::solve_toeplitz<T>(detail::as<T>(c), detail::as<T>(r), x, options);
    return x;
}

/// The Hermitian case, r = conj(c) (SciPy's default).
template <Dense C, Dense B>
[[nodiscard]] Like<B, ScalarOf<C, B>> solve_toeplitz(const C& c, const B& b, const ToeplitzOptions& options = {}) {
    using T = ScalarOf<C, B>;
    Like<B, T> x = detail::as<T>(b);
    const Eigen::VectorX<T> column = detail::as<T>(c);
    detail::solve_toeplitz<T>(column, column.conjugate(), x, options);
    return x;
}

/// x with A x = b for the circulant A(i, j) = c((i − j) mod n), by the discrete Fourier transform in O(n log n).
/// \throws InvalidArgument for wrong shapes, NaN, infinity.
/// \throws SingularMatrix naming the eigenvalue that is zero to rounding, unless options.singular = least_norm.
/// \ref P. J. Davis, Circulant Matrices (1979).
template <Dense C, Dense B>
[[nodiscard]] Like<B, ScalarOf<C, B>> solve_circulant(const C& c, const B& b, const CirculantOptions& options = {}) {
    using T = ScalarOf<C, B>;
    Like<B, T> x = detail::as<T>(b);
    detail::solve_circulant<T>(detail::as<T>(c), x, options);
    return x;
}

/// A x for the m × n Toeplitz matrix of first column c (m) and first row r (n; r(0) is not read), by embedding it in
/// a circulant: O((m + n) log(m + n)) for each column of x. The error is u log(m + n) relative to ‖c, r‖₂ ‖x‖₂.
/// \throws InvalidArgument for wrong shapes, NaN, infinity.
template <Dense C, Dense R, Dense X>
[[nodiscard]] Like<X, ScalarOf<C, R, X>> matmul_toeplitz(const C& c, const R& r, const X& x) {
    using T = ScalarOf<C, R, X>;
    return detail::matmul_toeplitz<T>(detail::as<T>(c), detail::as<T>(r), detail::as<T>(x));
}

}  // namespace ritz::linalg
