// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// LAPACK's eigenvalues of dense Hermitian matrices, one name for both working types. `info` is LAPACK's.

#include <complex>
#include <cstddef>
#include <vector>

extern "C" {
void dsyevd_(const char* jobz, const char* uplo, const int* n, double* a, const int* lda, double* w, double* work,
             const int* lwork, int* iwork, const int* liwork, int* info, std::size_t, std::size_t);
void zheevd_(const char* jobz, const char* uplo, const int* n, std::complex<double>* a, const int* lda, double* w,
             std::complex<double>* work, const int* lwork, double* rwork, const int* lrwork, int* iwork,
             const int* liwork, int* info, std::size_t, std::size_t);
}

namespace ritz::lapack {

/// A = V diag(w) Vᴴ from the lower triangle, by divide and conquer: w increases, V takes A's place. O(n³).
inline int heevd(int n, double* a, int lda, double* w) {
    int info = 0, lwork = -1, liwork = -1, integer = 0;
    double size = 0;
    dsyevd_("V", "L", &n, a, &lda, w, &size, &lwork, &integer, &liwork, &info, 1, 1);
    lwork = static_cast<int>(size);
    liwork = integer;
    std::vector<double> work(static_cast<std::size_t>(lwork));
    std::vector<int> iwork(static_cast<std::size_t>(liwork));
    dsyevd_("V", "L", &n, a, &lda, w, work.data(), &lwork, iwork.data(), &liwork, &info, 1, 1);
    return info;
}
inline int heevd(int n, std::complex<double>* a, int lda, double* w) {
    int info = 0, lwork = -1, lrwork = -1, liwork = -1, integer = 0;
    std::complex<double> size = 0;
    double real_size = 0;
    zheevd_("V", "L", &n, a, &lda, w, &size, &lwork, &real_size, &lrwork, &integer, &liwork, &info, 1, 1);
    lwork = static_cast<int>(size.real());
    lrwork = static_cast<int>(real_size);
    liwork = integer;
    std::vector<std::complex<double>> work(static_cast<std::size_t>(lwork));
    std::vector<double> rwork(static_cast<std::size_t>(lrwork));
    std::vector<int> iwork(static_cast<std::size_t>(liwork));
    zheevd_("V", "L", &n, a, &lda, w, work.data(), &lwork, rwork.data(), &lrwork, iwork.data(), &liwork, &info, 1, 1);
    return info;
}

}  // namespace ritz::lapack
