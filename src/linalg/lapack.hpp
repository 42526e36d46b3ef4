// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// LAPACK's routines for band and tridiagonal matrices, one name for both working types. Arguments and `info` are
/// LAPACK's: info > 0 counts pivots from 1.

#include <complex>
#include <cstddef>

extern "C" {
// A Fortran routine takes the length of each character argument behind the others.
void dgbtrf_(const int* m, const int* n, const int* kl, const int* ku, double* ab, const int* ldab, int* ipiv,
             int* info);
void zgbtrf_(const int* m, const int* n, const int* kl, const int* ku, std::complex<double>* ab, const int* ldab,
             int* ipiv, int* info);
void dgbtrs_(const char* trans, const int* n, const int* kl, const int* ku, const int* nrhs, const double* ab,
             const int* ldab, const int* ipiv, double* b, const int* ldb, int* info, std::size_t);
void zgbtrs_(const char* trans, const int* n, const int* kl, const int* ku, const int* nrhs,
             const std::complex<double>* ab, const int* ldab, const int* ipiv, std::complex<double>* b, const int* ldb,
             int* info, std::size_t);
void dpbtrf_(const char* uplo, const int* n, const int* kd, double* ab, const int* ldab, int* info, std::size_t);
void zpbtrf_(const char* uplo, const int* n, const int* kd, std::complex<double>* ab, const int* ldab, int* info,
             std::size_t);
void dpbtrs_(const char* uplo, const int* n, const int* kd, const int* nrhs, const double* ab, const int* ldab,
             double* b, const int* ldb, int* info, std::size_t);
void zpbtrs_(const char* uplo, const int* n, const int* kd, const int* nrhs, const std::complex<double>* ab,
             const int* ldab, std::complex<double>* b, const int* ldb, int* info, std::size_t);
void dgttrf_(const int* n, double* dl, double* d, double* du, double* du2, int* ipiv, int* info);
void zgttrf_(const int* n, std::complex<double>* dl, std::complex<double>* d, std::complex<double>* du,
             std::complex<double>* du2, int* ipiv, int* info);
void dgttrs_(const char* trans, const int* n, const int* nrhs, const double* dl, const double* d, const double* du,
             const double* du2, const int* ipiv, double* b, const int* ldb, int* info, std::size_t);
void zgttrs_(const char* trans, const int* n, const int* nrhs, const std::complex<double>* dl,
             const std::complex<double>* d, const std::complex<double>* du, const std::complex<double>* du2,
             const int* ipiv, std::complex<double>* b, const int* ldb, int* info, std::size_t);
}

namespace ritz::lapack {

/// A = P L U of an n × n band matrix: a_ij in ab[kl + ku + i - j + j ldab], ldab ≥ 2 kl + ku + 1. Returns info.
inline int gbtrf(int n, int kl, int ku, double* ab, int ldab, int* ipiv) {
    int info = 0;
    dgbtrf_(&n, &n, &kl, &ku, ab, &ldab, ipiv, &info);
    return info;
}
inline int gbtrf(int n, int kl, int ku, std::complex<double>* ab, int ldab, int* ipiv) {
    int info = 0;
    zgbtrf_(&n, &n, &kl, &ku, ab, &ldab, ipiv, &info);
    return info;
}

/// B ← op(A)⁻¹ B, trans one of N, T, C.
inline int gbtrs(char trans, int n, int kl, int ku, int nrhs, const double* ab, int ldab, const int* ipiv, double* b,
                 int ldb) {
    int info = 0;
    dgbtrs_(&trans, &n, &kl, &ku, &nrhs, ab, &ldab, ipiv, b, &ldb, &info, 1);
    return info;
}
inline int gbtrs(char trans, int n, int kl, int ku, int nrhs, const std::complex<double>* ab, int ldab, const int* ipiv,
                 std::complex<double>* b, int ldb) {
    int info = 0;
    zgbtrs_(&trans, &n, &kl, &ku, &nrhs, ab, &ldab, ipiv, b, &ldb, &info, 1);
    return info;
}

/// A = L Lᴴ from the lower half: a_ij in ab[i - j + j ldab], ldab ≥ kd + 1.
inline int pbtrf(int n, int kd, double* ab, int ldab) {
    const char uplo = 'L';
    int info = 0;
    dpbtrf_(&uplo, &n, &kd, ab, &ldab, &info, 1);
    return info;
}
inline int pbtrf(int n, int kd, std::complex<double>* ab, int ldab) {
    const char uplo = 'L';
    int info = 0;
    zpbtrf_(&uplo, &n, &kd, ab, &ldab, &info, 1);
    return info;
}

inline int pbtrs(int n, int kd, int nrhs, const double* ab, int ldab, double* b, int ldb) {
    const char uplo = 'L';
    int info = 0;
    dpbtrs_(&uplo, &n, &kd, &nrhs, ab, &ldab, b, &ldb, &info, 1);
    return info;
}
inline int pbtrs(int n, int kd, int nrhs, const std::complex<double>* ab, int ldab, std::complex<double>* b, int ldb) {
    const char uplo = 'L';
    int info = 0;
    zpbtrs_(&uplo, &n, &kd, &nrhs, ab, &ldab, b, &ldb, &info, 1);
    return info;
}

/// A = P L U of a tridiagonal matrix: dl, du have n - 1 elements, d n, du2 n - 2.
inline int gttrf(int n, double* dl, double* d, double* du, double* du2, int* ipiv) {
    int info = 0;
    dgttrf_(&n, dl, d, du, du2, ipiv, &info);
    return info;
}
inline int gttrf(int n, std::complex<double>* dl, std::complex<double>* d, std::complex<double>* du,
                 std::complex<double>* du2, int* ipiv) {
    int info = 0;
    zgttrf_(&n, dl, d, du, du2, ipiv, &info);
    return info;
}

inline int gttrs(char trans, int n, int nrhs, const double* dl, const double* d, const double* du, const double* du2,
                 const int* ipiv, double* b, int ldb) {
    int info = 0;
    dgttrs_(&trans, &n, &nrhs, dl, d, du, du2, ipiv, b, &ldb, &info, 1);
    return info;
}
inline int gttrs(char trans, int n, int nrhs, const std::complex<double>* dl, const std::complex<double>* d,
                 const std::complex<double>* du, const std::complex<double>* du2, const int* ipiv,
                 std::complex<double>* b, int ldb) {
    int info = 0;
    zgttrs_(&trans, &n, &nrhs, dl, d, du, du2, ipiv, b, &ldb, &info, 1);
    return info;
}

}  // namespace ritz::lapack
