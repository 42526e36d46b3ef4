// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The level-3 BLAS for double and complex<double> as overloads, column-major, lower triangles only. Sizes are int:
/// callers split what is larger. A threaded OpenBLAS starts threads of its own unless the caller is inside an OpenMP
/// region or under ThreadLimit(1); callers see to that.

#include <complex>

extern "C" {
void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*, const int*,
            const double*, const int*, const double*, double*, const int*);
void zgemm_(const char*, const char*, const int*, const int*, const int*, const void*, const void*, const int*,
            const void*, const int*, const void*, void*, const int*);
void dsyrk_(const char*, const char*, const int*, const int*, const double*, const double*, const int*, const double*,
            double*, const int*);
void zherk_(const char*, const char*, const int*, const int*, const double*, const void*, const int*, const double*,
            void*, const int*);
void dtrsm_(const char*, const char*, const char*, const char*, const int*, const int*, const double*, const double*,
            const int*, double*, const int*);
void ztrsm_(const char*, const char*, const char*, const char*, const int*, const int*, const void*, const void*,
            const int*, void*, const int*);
}

namespace ritz::detail::blas {

using Complex = std::complex<double>;

// 'N', or the adjoint: 'T' for double, 'C' for complex.
template <class W>
inline constexpr char adjoint = 'C';
template <>
inline constexpr char adjoint<double> = 'T';

/// C ← α op(A) op(B) + β C; C is m × n, k the inner dimension.
inline void gemm(char op_a, char op_b, int m, int n, int k, double alpha, const double* A, int lda, const double* B,
                 int ldb, double beta, double* C, int ldc) {
    dgemm_(&op_a, &op_b, &m, &n, &k, &alpha, A, &lda, B, &ldb, &beta, C, &ldc);
}
inline void gemm(char op_a, char op_b, int m, int n, int k, Complex alpha, const Complex* A, int lda, const Complex* B,
                 int ldb, Complex beta, Complex* C, int ldc) {
    zgemm_(&op_a, &op_b, &m, &n, &k, &alpha, A, &lda, B, &ldb, &beta, C, &ldc);
}

/// C ← α A Aᴴ + β C, the lower triangle of the n × n matrix C; A is n × k.
inline void herk(int n, int k, double alpha, const double* A, int lda, double beta, double* C, int ldc) {
    dsyrk_("L", "N", &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}
inline void herk(int n, int k, double alpha, const Complex* A, int lda, double beta, Complex* C, int ldc) {
    zherk_("L", "N", &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}

/// B ← B op(L)⁻¹ with the lower triangle of the n × n matrix L; B is m × n.
inline void trsm_right(char op, int m, int n, const double* L, int ldl, double* B, int ldb) {
    const double one = 1;
    dtrsm_("R", "L", &op, "N", &m, &n, &one, L, &ldl, B, &ldb);
}
inline void trsm_right(char op, int m, int n, const Complex* L, int ldl, Complex* B, int ldb) {
    const Complex one = 1;
    ztrsm_("R", "L", &op, "N", &m, &n, &one, L, &ldl, B, &ldb);
}

/// B ← op(L)⁻¹ B with the lower triangle of the m × m matrix L; B is m × n.
inline void trsm_left(char op, int m, int n, const double* L, int ldl, double* B, int ldb) {
    const double one = 1;
    dtrsm_("L", "L", &op, "N", &m, &n, &one, L, &ldl, B, &ldb);
}
inline void trsm_left(char op, int m, int n, const Complex* L, int ldl, Complex* B, int ldb) {
    const Complex one = 1;
    ztrsm_("L", "L", &op, "N", &m, &n, &one, L, &ldl, B, &ldb);
}

}  // namespace ritz::detail::blas
