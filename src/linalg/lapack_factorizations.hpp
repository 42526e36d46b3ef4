// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// LAPACK's factorisations for the four scalars under one name each, with their work space inside. What is returned is
/// LAPACK's info: 0, or the number (from 1) of the column that broke down. Sizes are int, matrices column-major.

#include <algorithm>
#include <vector>

#include "linalg/lapack_api.hpp"
#include "ritz/core/types.hpp"

namespace ritz::linalg::lapack {

/// Calls `routine(work, lwork)` twice: for the size of the work space, and with it.
template <class T, class Routine>
void with_work(Routine&& routine) {
    T size = 0;
    routine(&size, -1);
    const int lwork = std::max(1, static_cast<int>(std::real(size)));
    std::vector<T> work(static_cast<std::size_t>(lwork));
    routine(work.data(), lwork);
}

// The routines whose arguments are the same for all scalars; X is the letter, T the scalar.
#define RITZ_LAPACK(X, T)                                                                                              \
    inline int getrf(int m, int n, T* A, int lda, int* pivots) {                                                       \
        int info = 0;                                                                                                  \
        LAPACK_##X##getrf(&m, &n, A, &lda, pivots, &info);                                                             \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int potrf(char uplo, int n, T* A, int lda) {                                                                \
        int info = 0;                                                                                                  \
        LAPACK_##X##potrf(&uplo, &n, A, &lda, &info);                                                                  \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int geqrf(int m, int n, T* A, int lda, T* tau) {                                                            \
        int info = 0;                                                                                                  \
        with_work<T>([&](T* work, int lwork) { LAPACK_##X##geqrf(&m, &n, A, &lda, tau, work, &lwork, &info); });       \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int gerqf(int m, int n, T* A, int lda, T* tau) {                                                            \
        int info = 0;                                                                                                  \
        with_work<T>([&](T* work, int lwork) { LAPACK_##X##gerqf(&m, &n, A, &lda, tau, work, &lwork, &info); });       \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int sytrf(char uplo, int n, T* A, int lda, int* pivots) {                                                   \
        int info = 0;                                                                                                  \
        with_work<T>([&](T* work, int lwork) { LAPACK_##X##sytrf(&uplo, &n, A, &lda, pivots, work, &lwork, &info); }); \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int sytrs(char uplo, int n, int nrhs, const T* A, int lda, const int* pivots, T* B, int ldb) {              \
        int info = 0;                                                                                                  \
        LAPACK_##X##sytrs(&uplo, &n, &nrhs, A, &lda, pivots, B, &ldb, &info);                                          \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int gbtrf(int m, int n, int kl, int ku, T* AB, int ldab, int* pivots) {                                     \
        int info = 0;                                                                                                  \
        LAPACK_##X##gbtrf(&m, &n, &kl, &ku, AB, &ldab, pivots, &info);                                                 \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int gbtrs(char op, int n, int kl, int ku, int nrhs, const T* AB, int ldab, const int* pivots, T* B,         \
                     int ldb) {                                                                                        \
        int info = 0;                                                                                                  \
        LAPACK_##X##gbtrs(&op, &n, &kl, &ku, &nrhs, AB, &ldab, pivots, B, &ldb, &info);                                \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int pbtrf(char uplo, int n, int kd, T* AB, int ldab) {                                                      \
        int info = 0;                                                                                                  \
        LAPACK_##X##pbtrf(&uplo, &n, &kd, AB, &ldab, &info);                                                           \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int pbtrs(char uplo, int n, int kd, int nrhs, const T* AB, int ldab, T* B, int ldb) {                       \
        int info = 0;                                                                                                  \
        LAPACK_##X##pbtrs(&uplo, &n, &kd, &nrhs, AB, &ldab, B, &ldb, &info);                                           \
        return info;                                                                                                   \
    }
RITZ_LAPACK(s, float)
RITZ_LAPACK(d, double)
RITZ_LAPACK(c, std::complex<float>)
RITZ_LAPACK(z, std::complex<double>)
#undef RITZ_LAPACK

// The routines that are orthogonal for real and unitary for complex scalars.
#define RITZ_LAPACK_UNITARY(X, U, T)                                                                                   \
    inline int make_q(int m, int n, int k, T* A, int lda, const T* tau) {                                              \
        int info = 0;                                                                                                  \
        with_work<T>([&](T* work, int lwork) { LAPACK_##X##U##gqr(&m, &n, &k, A, &lda, tau, work, &lwork, &info); });  \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int make_q_of_rq(int m, int n, int k, T* A, int lda, const T* tau) {                                        \
        int info = 0;                                                                                                  \
        with_work<T>([&](T* work, int lwork) { LAPACK_##X##U##grq(&m, &n, &k, A, &lda, tau, work, &lwork, &info); });  \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int multiply_q(char side, char op, int m, int n, int k, const T* A, int lda, const T* tau, T* C, int ldc) { \
        int info = 0;                                                                                                  \
        with_work<T>([&](T* work, int lwork) {                                                                         \
            LAPACK_##X##U##mqr(&side, &op, &m, &n, &k, A, &lda, tau, C, &ldc, work, &lwork, &info);                    \
        });                                                                                                            \
        return info;                                                                                                   \
    }
RITZ_LAPACK_UNITARY(s, or, float)
RITZ_LAPACK_UNITARY(d, or, double)
RITZ_LAPACK_UNITARY(c, un, std::complex<float>)
RITZ_LAPACK_UNITARY(z, un, std::complex<double>)
#undef RITZ_LAPACK_UNITARY

// The routines that take real work space as well when the scalar is complex.
#define RITZ_LAPACK_REAL(X, T)                                                                                         \
    inline int geqp3(int m, int n, T* A, int lda, int* columns, T* tau) {                                              \
        int info = 0;                                                                                                  \
        with_work<T>(                                                                                                  \
            [&](T* work, int lwork) { LAPACK_##X##geqp3(&m, &n, A, &lda, columns, tau, work, &lwork, &info); });       \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int gelsd(int m, int n, int nrhs, T* A, int lda, T* B, int ldb, T* s, T rcond, int* rank) {                 \
        int info = 0, isize = 0;                                                                                       \
        T size = 0;                                                                                                    \
        int lwork = -1;                                                                                                \
        LAPACK_##X##gelsd(&m, &n, &nrhs, A, &lda, B, &ldb, s, &rcond, rank, &size, &lwork, &isize, &info);             \
        lwork = std::max(1, static_cast<int>(size));                                                                   \
        std::vector<T> work(static_cast<std::size_t>(lwork));                                                          \
        std::vector<int> iwork(static_cast<std::size_t>(std::max(1, isize)));                                          \
        LAPACK_##X##gelsd(&m, &n, &nrhs, A, &lda, B, &ldb, s, &rcond, rank, work.data(), &lwork, iwork.data(), &info); \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int gelss(int m, int n, int nrhs, T* A, int lda, T* B, int ldb, T* s, T rcond, int* rank) {                 \
        int info = 0;                                                                                                  \
        with_work<T>([&](T* work, int lwork) {                                                                         \
            LAPACK_##X##gelss(&m, &n, &nrhs, A, &lda, B, &ldb, s, &rcond, rank, work, &lwork, &info);                  \
        });                                                                                                            \
        return info;                                                                                                   \
    }                                                                                                                  \
    inline int hetrf(char uplo, int n, T* A, int lda, int* pivots) {                                                   \
        return sytrf(uplo, n, A, lda, pivots);                                                                         \
    }                                                                                                                  \
    inline int hetrs(char uplo, int n, int nrhs, const T* A, int lda, const int* pivots, T* B, int ldb) {              \
        return sytrs(uplo, n, nrhs, A, lda, pivots, B, ldb);                                                           \
    }
RITZ_LAPACK_REAL(s, float)
RITZ_LAPACK_REAL(d, double)
#undef RITZ_LAPACK_REAL

#define RITZ_LAPACK_COMPLEX(X, R)                                                                                     \
    inline int geqp3(int m, int n, std::complex<R>* A, int lda, int* columns, std::complex<R>* tau) {                 \
        int info = 0;                                                                                                 \
        std::vector<R> rwork(static_cast<std::size_t>(2 * std::max(1, n)));                                           \
        with_work<std::complex<R>>([&](std::complex<R>* work, int lwork) {                                            \
            LAPACK_##X##geqp3(&m, &n, A, &lda, columns, tau, work, &lwork, rwork.data(), &info);                      \
        });                                                                                                           \
        return info;                                                                                                  \
    }                                                                                                                 \
    inline int gelsd(int m, int n, int nrhs, std::complex<R>* A, int lda, std::complex<R>* B, int ldb, R* s, R rcond, \
                     int* rank) {                                                                                     \
        int info = 0, isize = 0;                                                                                      \
        R rsize = 0;                                                                                                  \
        std::complex<R> size = 0;                                                                                     \
        int lwork = -1;                                                                                               \
        LAPACK_##X##gelsd(&m, &n, &nrhs, A, &lda, B, &ldb, s, &rcond, rank, &size, &lwork, &rsize, &isize, &info);    \
        lwork = std::max(1, static_cast<int>(size.real()));                                                           \
        std::vector<std::complex<R>> work(static_cast<std::size_t>(lwork));                                           \
        std::vector<R> rwork(static_cast<std::size_t>(std::max(1, static_cast<int>(rsize))));                         \
        std::vector<int> iwork(static_cast<std::size_t>(std::max(1, isize)));                                         \
        LAPACK_##X##gelsd(&m, &n, &nrhs, A, &lda, B, &ldb, s, &rcond, rank, work.data(), &lwork, rwork.data(),        \
                          iwork.data(), &info);                                                                       \
        return info;                                                                                                  \
    }                                                                                                                 \
    inline int gelss(int m, int n, int nrhs, std::complex<R>* A, int lda, std::complex<R>* B, int ldb, R* s, R rcond, \
                     int* rank) {                                                                                     \
        int info = 0;                                                                                                 \
        std::vector<R> rwork(static_cast<std::size_t>(std::max(1, 5 * std::min(m, n))));                              \
        with_work<std::complex<R>>([&](std::complex<R>* work, int lwork) {                                            \
            LAPACK_##X##gelss(&m, &n, &nrhs, A, &lda, B, &ldb, s, &rcond, rank, work, &lwork, rwork.data(), &info);   \
        });                                                                                                           \
        return info;                                                                                                  \
    }                                                                                                                 \
    inline int hetrf(char uplo, int n, std::complex<R>* A, int lda, int* pivots) {                                    \
        int info = 0;                                                                                                 \
        with_work<std::complex<R>>([&](std::complex<R>* work, int lwork) {                                            \
            LAPACK_##X##hetrf(&uplo, &n, A, &lda, pivots, work, &lwork, &info);                                       \
        });                                                                                                           \
        return info;                                                                                                  \
    }                                                                                                                 \
    inline int hetrs(char uplo, int n, int nrhs, const std::complex<R>* A, int lda, const int* pivots,                \
                     std::complex<R>* B, int ldb) {                                                                   \
        int info = 0;                                                                                                 \
        LAPACK_##X##hetrs(&uplo, &n, &nrhs, A, &lda, pivots, B, &ldb, &info);                                         \
        return info;                                                                                                  \
    }
RITZ_LAPACK_COMPLEX(c, float)
RITZ_LAPACK_COMPLEX(z, double)
#undef RITZ_LAPACK_COMPLEX

}  // namespace ritz::linalg::lapack
