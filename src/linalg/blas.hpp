// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The BLAS for the four scalars as overloads, column-major. Sizes are int: callers split what is larger. A threaded
/// OpenBLAS starts threads of its own unless the caller is inside an OpenMP region or under ThreadLimit(1); callers see
/// to that. The functions without a triangle or side in their arguments mean the lower triangle.

#include <complex>

extern "C" {
void sgemm_(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
            const float*, const int*, const float*, float*, const int*);
void ssyrk_(const char*, const char*, const int*, const int*, const float*, const float*, const int*, const float*,
            float*, const int*);
void strsm_(const char*, const char*, const char*, const char*, const int*, const int*, const float*, const float*,
            const int*, float*, const int*);
void strmm_(const char*, const char*, const char*, const char*, const int*, const int*, const float*, const float*,
            const int*, float*, const int*);
void sgemv_(const char*, const int*, const int*, const float*, const float*, const int*, const float*, const int*,
            const float*, float*, const int*);
void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*, const int*,
            const double*, const int*, const double*, double*, const int*);
void dsyrk_(const char*, const char*, const int*, const int*, const double*, const double*, const int*, const double*,
            double*, const int*);
void dtrsm_(const char*, const char*, const char*, const char*, const int*, const int*, const double*, const double*,
            const int*, double*, const int*);
void dtrmm_(const char*, const char*, const char*, const char*, const int*, const int*, const double*, const double*,
            const int*, double*, const int*);
void dgemv_(const char*, const int*, const int*, const double*, const double*, const int*, const double*, const int*,
            const double*, double*, const int*);
void cgemm_(const char*, const char*, const int*, const int*, const int*, const void*, const void*, const int*,
            const void*, const int*, const void*, void*, const int*);
void cherk_(const char*, const char*, const int*, const int*, const float*, const void*, const int*, const float*,
            void*, const int*);
void ctrsm_(const char*, const char*, const char*, const char*, const int*, const int*, const void*, const void*,
            const int*, void*, const int*);
void ctrmm_(const char*, const char*, const char*, const char*, const int*, const int*, const void*, const void*,
            const int*, void*, const int*);
void cgemv_(const char*, const int*, const int*, const void*, const void*, const int*, const void*, const int*,
            const void*, void*, const int*);
void zgemm_(const char*, const char*, const int*, const int*, const int*, const void*, const void*, const int*,
            const void*, const int*, const void*, void*, const int*);
void zherk_(const char*, const char*, const int*, const int*, const double*, const void*, const int*, const double*,
            void*, const int*);
void ztrsm_(const char*, const char*, const char*, const char*, const int*, const int*, const void*, const void*,
            const int*, void*, const int*);
void ztrmm_(const char*, const char*, const char*, const char*, const int*, const int*, const void*, const void*,
            const int*, void*, const int*);
void zgemv_(const char*, const int*, const int*, const void*, const void*, const int*, const void*, const int*,
            const void*, void*, const int*);
}

namespace ritz::detail::blas {

using ComplexFloat = std::complex<float>;
using Complex = std::complex<double>;

// 'N', or the adjoint: 'T' for real, 'C' for complex numbers.
template <class W>
inline constexpr char adjoint = 'C';
template <>
inline constexpr char adjoint<float> = 'T';
template <>
inline constexpr char adjoint<double> = 'T';

/// C ← α op(A) op(B) + β C; C is m × n, k the inner dimension.
inline void gemm(char op_a, char op_b, int m, int n, int k, float alpha, const float* A, int lda, const float* B,
                 int ldb, float beta, float* C, int ldc) {
    sgemm_(&op_a, &op_b, &m, &n, &k, &alpha, A, &lda, B, &ldb, &beta, C, &ldc);
}
inline void gemm(char op_a, char op_b, int m, int n, int k, double alpha, const double* A, int lda, const double* B,
                 int ldb, double beta, double* C, int ldc) {
    dgemm_(&op_a, &op_b, &m, &n, &k, &alpha, A, &lda, B, &ldb, &beta, C, &ldc);
}
inline void gemm(char op_a, char op_b, int m, int n, int k, ComplexFloat alpha, const ComplexFloat* A, int lda,
                 const ComplexFloat* B, int ldb, ComplexFloat beta, ComplexFloat* C, int ldc) {
    cgemm_(&op_a, &op_b, &m, &n, &k, &alpha, A, &lda, B, &ldb, &beta, C, &ldc);
}
inline void gemm(char op_a, char op_b, int m, int n, int k, Complex alpha, const Complex* A, int lda, const Complex* B,
                 int ldb, Complex beta, Complex* C, int ldc) {
    zgemm_(&op_a, &op_b, &m, &n, &k, &alpha, A, &lda, B, &ldb, &beta, C, &ldc);
}

/// C ← α A Aᴴ + β C, the lower triangle of the n × n matrix C; A is n × k.
inline void herk(int n, int k, float alpha, const float* A, int lda, float beta, float* C, int ldc) {
    ssyrk_("L", "N", &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}
inline void herk(int n, int k, double alpha, const double* A, int lda, double beta, double* C, int ldc) {
    dsyrk_("L", "N", &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}
inline void herk(int n, int k, float alpha, const ComplexFloat* A, int lda, float beta, ComplexFloat* C, int ldc) {
    cherk_("L", "N", &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}
inline void herk(int n, int k, double alpha, const Complex* A, int lda, double beta, Complex* C, int ldc) {
    zherk_("L", "N", &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}

/// C ← α Aᴴ A + β C, the lower triangle of the n × n matrix C; A is k × n.
inline void herk_adjoint(int n, int k, float alpha, const float* A, int lda, float beta, float* C, int ldc) {
    const char op = adjoint<float>;
    ssyrk_("L", &op, &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}
inline void herk_adjoint(int n, int k, double alpha, const double* A, int lda, double beta, double* C, int ldc) {
    const char op = adjoint<double>;
    dsyrk_("L", &op, &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}
inline void herk_adjoint(int n, int k, float alpha, const ComplexFloat* A, int lda, float beta, ComplexFloat* C,
                         int ldc) {
    const char op = adjoint<ComplexFloat>;
    cherk_("L", &op, &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}
inline void herk_adjoint(int n, int k, double alpha, const Complex* A, int lda, double beta, Complex* C, int ldc) {
    const char op = adjoint<Complex>;
    zherk_("L", &op, &n, &k, &alpha, A, &lda, &beta, C, &ldc);
}

/// B ← op(A)⁻¹ B (side L) or B op(A)⁻¹ (side R) with the triangle `uplo` (L, U) of A; B is m × n; `diag` is U (ones)
/// or N.
inline void trsm(char side, char uplo, char op, char diag, int m, int n, const float* A, int lda, float* B, int ldb) {
    const float one = 1;
    strsm_(&side, &uplo, &op, &diag, &m, &n, &one, A, &lda, B, &ldb);
}
inline void trsm(char side, char uplo, char op, char diag, int m, int n, const double* A, int lda, double* B, int ldb) {
    const double one = 1;
    dtrsm_(&side, &uplo, &op, &diag, &m, &n, &one, A, &lda, B, &ldb);
}
inline void trsm(char side, char uplo, char op, char diag, int m, int n, const ComplexFloat* A, int lda,
                 ComplexFloat* B, int ldb) {
    const ComplexFloat one = 1;
    ctrsm_(&side, &uplo, &op, &diag, &m, &n, &one, A, &lda, B, &ldb);
}
inline void trsm(char side, char uplo, char op, char diag, int m, int n, const Complex* A, int lda, Complex* B,
                 int ldb) {
    const Complex one = 1;
    ztrsm_(&side, &uplo, &op, &diag, &m, &n, &one, A, &lda, B, &ldb);
}

/// B ← op(A) B (side L) or B op(A) (side R) with the triangle `uplo` of A; as trsm.
inline void trmm(char side, char uplo, char op, char diag, int m, int n, const float* A, int lda, float* B, int ldb) {
    const float one = 1;
    strmm_(&side, &uplo, &op, &diag, &m, &n, &one, A, &lda, B, &ldb);
}
inline void trmm(char side, char uplo, char op, char diag, int m, int n, const double* A, int lda, double* B, int ldb) {
    const double one = 1;
    dtrmm_(&side, &uplo, &op, &diag, &m, &n, &one, A, &lda, B, &ldb);
}
inline void trmm(char side, char uplo, char op, char diag, int m, int n, const ComplexFloat* A, int lda,
                 ComplexFloat* B, int ldb) {
    const ComplexFloat one = 1;
    ctrmm_(&side, &uplo, &op, &diag, &m, &n, &one, A, &lda, B, &ldb);
}
inline void trmm(char side, char uplo, char op, char diag, int m, int n, const Complex* A, int lda, Complex* B,
                 int ldb) {
    const Complex one = 1;
    ztrmm_(&side, &uplo, &op, &diag, &m, &n, &one, A, &lda, B, &ldb);
}

/// y ← α op(A) x + β y; A is m × n, x and y have unit stride.
inline void gemv(char op, int m, int n, float alpha, const float* A, int lda, const float* x, float beta, float* y) {
    const int one = 1;
    sgemv_(&op, &m, &n, &alpha, A, &lda, x, &one, &beta, y, &one);
}
inline void gemv(char op, int m, int n, double alpha, const double* A, int lda, const double* x, double beta,
                 double* y) {
    const int one = 1;
    dgemv_(&op, &m, &n, &alpha, A, &lda, x, &one, &beta, y, &one);
}
inline void gemv(char op, int m, int n, ComplexFloat alpha, const ComplexFloat* A, int lda, const ComplexFloat* x,
                 ComplexFloat beta, ComplexFloat* y) {
    const int one = 1;
    cgemv_(&op, &m, &n, &alpha, A, &lda, x, &one, &beta, y, &one);
}
inline void gemv(char op, int m, int n, Complex alpha, const Complex* A, int lda, const Complex* x, Complex beta,
                 Complex* y) {
    const int one = 1;
    zgemv_(&op, &m, &n, &alpha, A, &lda, x, &one, &beta, y, &one);
}

/// B ← B op(L)⁻¹ with the lower triangle of the n × n matrix L; B is m × n.
template <class W>
void trsm_right(char op, int m, int n, const W* L, int ldl, W* B, int ldb) {
    trsm('R', 'L', op, 'N', m, n, L, ldl, B, ldb);
}

/// B ← op(L)⁻¹ B with the lower triangle of the m × m matrix L; B is m × n.
template <class W>
void trsm_left(char op, int m, int n, const W* L, int ldl, W* B, int ldb) {
    trsm('L', 'L', op, 'N', m, n, L, ldl, B, ldb);
}

}  // namespace ritz::detail::blas
