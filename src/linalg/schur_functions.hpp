// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What matrix functions and matrix equations share: Schur forms in double precision and Sylvester equations with
/// triangular coefficients.

#include <algorithm>
#include <complex>
#include <string>

#include "linalg/blas.hpp"
#include "linalg/lapack_functions.hpp"
#include "ritz/core/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg::detail {

using Complex = std::complex<double>;

/// double for float and double, std::complex<double> for the complex ones.
template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, Complex, double>;

/// A = Z T Zᴴ with T upper triangular (real W: 2 × 2 blocks for conjugate pairs).
template <class W>
struct SchurForm {
    Eigen::MatrixX<W> T, Z;
    Eigen::VectorX<Complex> values;
};

template <class W>
SchurForm<W> schur_form(const Eigen::MatrixX<W>& A, const char* who) {
    SchurForm<W> S{A, {}, {}};
    if (A.rows() == 0) return {A, A, {}};
    if (lapack::gees<W>(S.T, S.values, S.Z) != 0)
        throw NoConvergence(std::string(who) + ": the QR algorithm for the Schur form did not converge");
    return S;
}

/// The triangular form of a real A as well: its 2 × 2 blocks are rotated away. Eigenvalues that were real stay exactly
/// so.
inline SchurForm<Complex> triangular_schur_form(const Eigen::MatrixX<double>& A, const char* who) {
    const SchurForm<double> real = schur_form<double>(A, who);
    SchurForm<Complex> S{real.T.cast<Complex>(), real.Z.cast<Complex>(), real.values};
    const Eigen::Index n = A.rows();
    for (Eigen::Index k = 0; k + 1 < n; ++k) {
        if (real.T(k + 1, k) == 0) continue;
        // (λ − d, c) spans the eigenvector of [a b; c d] for λ, which the rotation makes the first one.
        const Complex x = S.values(k) - real.T(k + 1, k + 1), y = real.T(k + 1, k);
        const double r = std::hypot(std::abs(x), std::abs(y));
        Eigen::Matrix2cd G;
        G << x / r, -std::conj(y) / r, y / r, std::conj(x) / r;
        S.T.middleCols(k, 2) = (S.T.middleCols(k, 2) * G).eval();
        S.T.middleRows(k, 2) = (G.adjoint() * S.T.middleRows(k, 2)).eval();
        S.Z.middleCols(k, 2) = (S.Z.middleCols(k, 2) * G).eval();
        S.T(k + 1, k) = 0;
        S.values(k) = S.T(k, k);
        S.values(k + 1) = S.T(k + 1, k + 1);
        ++k;
    }
    return S;
}
inline SchurForm<Complex> triangular_schur_form(const Eigen::MatrixX<Complex>& A, const char* who) {
    return schur_form<Complex>(A, who);
}

/// op(A) X + sign X op(B) = C with upper (quasi-)triangular A and B; X overwrites C. The larger dimension is halved
/// until LAPACK's unblocked code takes over, so that products do most of the work. Returns false when an eigenvalue of
/// A meets one of −sign B, or X would overflow. \ref I. Jonsson and B. Kågström, Recursive blocked algorithms for
/// solving triangular systems, ACM TOMS 28 (2002) 392.
template <class W>
bool solve_triangular_sylvester(bool adjoint_a, bool adjoint_b, int sign, int m, int n, const W* A, int lda, const W* B,
                                int ldb, W* C, int ldc) {
    using ritz::detail::blas::adjoint;
    using ritz::detail::blas::gemm;
    if (m == 0 || n == 0) return true;
    const char op_a = adjoint_a ? adjoint<W> : 'N', op_b = adjoint_b ? adjoint<W> : 'N';
    if (std::max(m, n) <= 48) {
        double scale = 1;
        return lapack::trsyl<W>(op_a, op_b, sign, m, n, A, lda, B, ldb, C, ldc, scale) == 0 && scale == 1;
    }
    const auto half = [](int size, const W* T, int ldt) {  // a cut that leaves 2 × 2 blocks whole
        int k = size / 2;
        if (T[static_cast<std::ptrdiff_t>(k - 1) * ldt + k] != W(0)) ++k;
        return k;
    };
    if (m >= n) {
        const int k = half(m, A, lda), rest = m - k;
        const W *A12 = A + static_cast<std::ptrdiff_t>(k) * lda, *A22 = A12 + k;
        W* C2 = C + k;
        if (!adjoint_a) {  // the lower half first
            if (!solve_triangular_sylvester(adjoint_a, adjoint_b, sign, rest, n, A22, lda, B, ldb, C2, ldc))
                return false;
            gemm('N', 'N', k, n, rest, W(-1), A12, lda, C2, ldc, W(1), C, ldc);
            return solve_triangular_sylvester(adjoint_a, adjoint_b, sign, k, n, A, lda, B, ldb, C, ldc);
        }
        if (!solve_triangular_sylvester(adjoint_a, adjoint_b, sign, k, n, A, lda, B, ldb, C, ldc)) return false;
        gemm(op_a, 'N', rest, n, k, W(-1), A12, lda, C, ldc, W(1), C2, ldc);
        return solve_triangular_sylvester(adjoint_a, adjoint_b, sign, rest, n, A22, lda, B, ldb, C2, ldc);
    }
    const int k = half(n, B, ldb), rest = n - k;
    const W *B12 = B + static_cast<std::ptrdiff_t>(k) * ldb, *B22 = B12 + k;
    W* C2 = C + static_cast<std::ptrdiff_t>(k) * ldc;
    if (!adjoint_b) {
        if (!solve_triangular_sylvester(adjoint_a, adjoint_b, sign, m, k, A, lda, B, ldb, C, ldc)) return false;
        gemm('N', 'N', m, rest, k, W(-sign), C, ldc, B12, ldb, W(1), C2, ldc);
        return solve_triangular_sylvester(adjoint_a, adjoint_b, sign, m, rest, A, lda, B22, ldb, C2, ldc);
    }
    if (!solve_triangular_sylvester(adjoint_a, adjoint_b, sign, m, rest, A, lda, B22, ldb, C2, ldc)) return false;
    gemm('N', op_b, m, k, rest, W(-sign), C2, ldc, B12, ldb, W(1), C, ldc);
    return solve_triangular_sylvester(adjoint_a, adjoint_b, sign, m, k, A, lda, B, ldb, C, ldc);
}

template <class W>
bool solve_triangular_sylvester(bool adjoint_a, bool adjoint_b, int sign, const Eigen::MatrixX<W>& A,
                                const Eigen::MatrixX<W>& B, Eigen::MatrixX<W>& C) {
    return solve_triangular_sylvester<W>(adjoint_a, adjoint_b, sign, static_cast<int>(A.rows()),
                                         static_cast<int>(B.rows()), A.data(), lapack::ld(A), B.data(), lapack::ld(B),
                                         C.data(), lapack::ld(C)) &&
           (C.size() == 0 || C.allFinite());
}

/// X in the scalar T, which may be narrower. \throws InvalidArgument if an element overflows there.
template <Scalar T, class W>
Eigen::MatrixX<T> narrowed(const Eigen::MatrixX<W>& X, const char* who) {
    Eigen::MatrixX<T> Y;
    if constexpr (is_complex<W> && !is_complex<T>)
        Y = X.real().template cast<T>();
    else
        Y = X.template cast<T>();
    ritz::detail::require(Y.size() == 0 || Y.allFinite(), std::string(who) + ": the result overflows");
    return Y;
}

}  // namespace ritz::linalg::detail
