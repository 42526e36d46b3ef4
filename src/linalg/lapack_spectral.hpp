// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// LAPACK's spectral routines for the four scalars: one name each (that of the complex routine, "he" and "un"), sizes
/// as int, workspace found and allocated inside. Each returns LAPACK's info.

#include <concepts>
#include <limits>
#include <string>

#include "linalg/lapack_api.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg::detail::lapack {

/// LAPACK's dimension.
inline int dimension(Eigen::Index n) {
    if (n > std::numeric_limits<int>::max())
        throw LimitExceeded("a dimension of " + std::to_string(n) + " exceeds 2^31 - 1");
    return static_cast<int>(n);
}

// The routine NAME of the type T, all arguments alike; for real types; for complex types.
#define RITZ_LAPACK_REAL(T, NAME, ...)          \
    if constexpr (std::same_as<T, float>)       \
        LAPACK_s##NAME(__VA_ARGS__);            \
    else if constexpr (std::same_as<T, double>) \
    LAPACK_d##NAME(__VA_ARGS__)
#define RITZ_LAPACK_COMPLEX(T, NAME, ...)                     \
    if constexpr (std::same_as<T, std::complex<float>>)       \
        LAPACK_c##NAME(__VA_ARGS__);                          \
    else if constexpr (std::same_as<T, std::complex<double>>) \
    LAPACK_z##NAME(__VA_ARGS__)
#define RITZ_LAPACK(T, NAME, ...)                      \
    do {                                               \
        if constexpr (is_complex<T>) {                 \
            RITZ_LAPACK_COMPLEX(T, NAME, __VA_ARGS__); \
        } else {                                       \
            RITZ_LAPACK_REAL(T, NAME, __VA_ARGS__);    \
        }                                              \
    } while (false)

/// The size that a workspace query left in work[0].
template <Scalar T>
int queried(T size) {
    if constexpr (is_complex<T>)
        return static_cast<int>(size.real());
    else
        return static_cast<int>(size);
}

/// call(work, lwork) twice: to ask for the size and to compute.
template <Scalar T, class Call>
void with_workspace(Call call) {
    T size{};
    call(&size, -1);
    // In float, a size above 2²⁴ may have been rounded down.
    const int lwork = std::max(1, queried(size) + (std::same_as<Real<T>, float> ? queried(size) / 1000000 + 1 : 0));
    Buffer<T> work(static_cast<std::size_t>(lwork));
    call(work.data(), lwork);
}

/// A = V Λ Vᴴ by divide and conquer, A ← V if jobz = 'V'.
template <Scalar T>
int heevd(char jobz, char uplo, int n, T* A, int lda, Real<T>* w) {
    int info = 0, liwork = -1, lrwork = -1, iquery = 0;
    T query{};
    Real<T> rquery{};
    const auto call = [&](T* work, int lwork, [[maybe_unused]] Real<T>* rwork, int* iwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, heevd, &jobz, &uplo, &n, A, &lda, w, work, &lwork, rwork, &lrwork, iwork, &liwork,
                                &info);
        } else {
            RITZ_LAPACK_REAL(T, syevd, &jobz, &uplo, &n, A, &lda, w, work, &lwork, iwork, &liwork, &info);
        }
    };
    call(&query, -1, &rquery, &iquery);
    const int lwork = queried(query) + (std::same_as<Real<T>, float> ? queried(query) / 1000000 + 1 : 0);
    lrwork = queried(rquery) + queried(rquery) / 1000000 + 1;
    liwork = iquery;
    Buffer<T> work(static_cast<std::size_t>(lwork));
    Buffer<Real<T>> rwork(is_complex<T> ? static_cast<std::size_t>(lrwork) : 0);
    Buffer<int> iwork(static_cast<std::size_t>(liwork));
    call(work.data(), lwork, rwork.data(), iwork.data());
    return info;
}

/// The same by QR iterations: slower and safer.
template <Scalar T>
int heev(char jobz, char uplo, int n, T* A, int lda, Real<T>* w) {
    int info = 0;
    Buffer<Real<T>> rwork(is_complex<T> ? static_cast<std::size_t>(std::max(1, 3 * n - 2)) : 0);
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, heev, &jobz, &uplo, &n, A, &lda, w, work, &lwork, rwork.data(), &info);
        } else {
            RITZ_LAPACK_REAL(T, syev, &jobz, &uplo, &n, A, &lda, w, work, &lwork, &info);
        }
    });
    return info;
}

/// Some eigenvalues, range = 'A', 'V': (vl, vu], 'I': il..iu from 1, and eigenvectors into Z, by relatively robust
/// representations.
template <Scalar T>
int heevr(char jobz, char range, char uplo, int n, T* A, int lda, Real<T> vl, Real<T> vu, int il, int iu, int& found,
          Real<T>* w, T* Z, int ldz) {
    int info = 0, liwork = -1, lrwork = -1, iquery = 0;
    const Real<T> tolerance = 0;
    T query{};
    Real<T> rquery{};
    Buffer<int> support(static_cast<std::size_t>(2 * std::max(1, n)));
    const auto call = [&](T* work, int lwork, [[maybe_unused]] Real<T>* rwork, int* iwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, heevr, &jobz, &range, &uplo, &n, A, &lda, &vl, &vu, &il, &iu, &tolerance, &found, w,
                                Z, &ldz, support.data(), work, &lwork, rwork, &lrwork, iwork, &liwork, &info);
        } else {
            RITZ_LAPACK_REAL(T, syevr, &jobz, &range, &uplo, &n, A, &lda, &vl, &vu, &il, &iu, &tolerance, &found, w, Z,
                             &ldz, support.data(), work, &lwork, iwork, &liwork, &info);
        }
    };
    call(&query, -1, &rquery, &iquery);
    const int lwork = queried(query);
    lrwork = queried(rquery) + 1;
    liwork = iquery;
    Buffer<T> work(static_cast<std::size_t>(lwork));
    Buffer<Real<T>> rwork(is_complex<T> ? static_cast<std::size_t>(lrwork) : 0);
    Buffer<int> iwork(static_cast<std::size_t>(liwork));
    call(work.data(), lwork, rwork.data(), iwork.data());
    return info;
}

/// Cholesky factor in the triangle uplo; info = k > 0: the leading minor of order k is not positive.
template <Scalar T>
int potrf(char uplo, int n, T* A, int lda) {
    int info = 0;
    RITZ_LAPACK(T, potrf, &uplo, &n, A, &lda, &info);
    return info;
}

/// A ← L⁻¹ A L⁻ᴴ (type 1) or Lᴴ A L (types 2, 3), given the Cholesky factor in B.
template <Scalar T>
int hegst(int type, char uplo, int n, T* A, int lda, const T* B, int ldb) {
    int info = 0;
    if constexpr (is_complex<T>) {
        RITZ_LAPACK_COMPLEX(T, hegst, &type, &uplo, &n, A, &lda, B, &ldb, &info);
    } else {
        RITZ_LAPACK_REAL(T, sygst, &type, &uplo, &n, A, &lda, B, &ldb, &info);
    }
    return info;
}

/// 1 / (‖A‖₁ ‖A⁻¹‖₁), estimated from the Cholesky factor.
template <Scalar T>
Real<T> pocon(char uplo, int n, const T* factor, int lda, Real<T> norm1) {
    int info = 0;
    Real<T> rcond = 0;
    Buffer<T> work(static_cast<std::size_t>(3 * n));
    if constexpr (is_complex<T>) {
        Buffer<Real<T>> rwork(static_cast<std::size_t>(n));
        RITZ_LAPACK_COMPLEX(T, pocon, &uplo, &n, factor, &lda, &norm1, &rcond, work.data(), rwork.data(), &info);
    } else {
        Buffer<int> iwork(static_cast<std::size_t>(n));
        RITZ_LAPACK_REAL(T, pocon, &uplo, &n, factor, &lda, &norm1, &rcond, work.data(), iwork.data(), &info);
    }
    return rcond;
}

/// Reciprocal condition of a general matrix, which is overwritten by its LU factorisation; 0 when it is singular.
template <Scalar T>
Real<T> reciprocal_condition(int n, T* A, int lda, Real<T> norm1) {
    int info = 0;
    const char one = '1';
    Real<T> rcond = 0;
    Buffer<int> iwork(static_cast<std::size_t>(n));
    RITZ_LAPACK(T, getrf, &n, &n, A, &lda, iwork.data(), &info);
    if (info != 0) return 0;
    Buffer<T> work(static_cast<std::size_t>(4 * n));
    if constexpr (is_complex<T>) {
        Buffer<Real<T>> rwork(static_cast<std::size_t>(2 * n));
        RITZ_LAPACK_COMPLEX(T, gecon, &one, &n, A, &lda, &norm1, &rcond, work.data(), rwork.data(), &info);
    } else {
        RITZ_LAPACK_REAL(T, gecon, &one, &n, A, &lda, &norm1, &rcond, work.data(), iwork.data(), &info);
    }
    return rcond;
}

/// Eigenvalues of the tridiagonal matrix (d, e), d ← them, without square roots.
template <std::floating_point R>
int sterf(int n, R* d, R* e) {
    int info = 0;
    RITZ_LAPACK_REAL(R, sterf, &n, d, e, &info);
    return info;
}

/// Eigenvalues and eigenvectors of the tridiagonal matrix (d, e) by divide and conquer.
template <std::floating_point R>
int stevd(char jobz, int n, R* d, R* e, R* Z, int ldz) {
    int info = 0, liwork = -1, iquery = 0;
    R query{};
    int lwork = -1;
    RITZ_LAPACK_REAL(R, stevd, &jobz, &n, d, e, Z, &ldz, &query, &lwork, &iquery, &liwork, &info);
    lwork = queried(query) + queried(query) / 1000000 + 1;
    liwork = iquery;
    Buffer<R> work(static_cast<std::size_t>(lwork));
    Buffer<int> iwork(static_cast<std::size_t>(liwork));
    RITZ_LAPACK_REAL(R, stevd, &jobz, &n, d, e, Z, &ldz, work.data(), &lwork, iwork.data(), &liwork, &info);
    return info;
}

/// The same by QR iterations.
template <std::floating_point R>
int stev(char jobz, int n, R* d, R* e, R* Z, int ldz) {
    int info = 0;
    Buffer<R> work(static_cast<std::size_t>(std::max(1, 2 * n)));
    RITZ_LAPACK_REAL(R, stev, &jobz, &n, d, e, Z, &ldz, work.data(), &info);
    return info;
}

/// Some eigenvalues (range as in heevr) and eigenvectors of the tridiagonal matrix (d, e[0..n-1)) by bisection and
/// inverse iteration. info > 0: eigenvectors that did not converge.
template <std::floating_point R>
int stevx(char jobz, char range, int n, R* d, R* e, R vl, R vu, int il, int iu, int& found, R* w, R* Z, int ldz) {
    int info = 0;
    const R tolerance = 2 * std::numeric_limits<R>::min();  // as accurate as bisection can be
    Buffer<R> work(static_cast<std::size_t>(std::max(1, 5 * n)));
    Buffer<int> iwork(static_cast<std::size_t>(std::max(1, 6 * n)));
    RITZ_LAPACK_REAL(R, stevx, &jobz, &range, &n, d, e, &vl, &vu, &il, &iu, &tolerance, &found, w, Z, &ldz, work.data(),
                     iwork.data(), iwork.data() + 5 * n, &info);
    return info;
}

/// Eigenvalues and eigenvectors of a Hermitian band matrix by divide and conquer.
template <Scalar T>
int hbevd(char jobz, char uplo, int n, int bandwidth, T* AB, int ldab, Real<T>* w, T* Z, int ldz) {
    int info = 0, liwork = -1, lrwork = -1, iquery = 0;
    T query{};
    Real<T> rquery{};
    const auto call = [&](T* work, int lwork, [[maybe_unused]] Real<T>* rwork, int* iwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, hbevd, &jobz, &uplo, &n, &bandwidth, AB, &ldab, w, Z, &ldz, work, &lwork, rwork,
                                &lrwork, iwork, &liwork, &info);
        } else {
            RITZ_LAPACK_REAL(T, sbevd, &jobz, &uplo, &n, &bandwidth, AB, &ldab, w, Z, &ldz, work, &lwork, iwork,
                             &liwork, &info);
        }
    };
    call(&query, -1, &rquery, &iquery);
    const int lwork = queried(query) + queried(query) / 1000000 + 1;
    lrwork = queried(rquery) + queried(rquery) / 1000000 + 1;
    liwork = iquery;
    Buffer<T> work(static_cast<std::size_t>(lwork));
    Buffer<Real<T>> rwork(is_complex<T> ? static_cast<std::size_t>(lrwork) : 0);
    Buffer<int> iwork(static_cast<std::size_t>(liwork));
    call(work.data(), lwork, rwork.data(), iwork.data());
    return info;
}

/// Some of them (range as in heevr) by bisection and inverse iteration; Q is n × n workspace.
template <Scalar T>
int hbevx(char jobz, char range, char uplo, int n, int bandwidth, T* AB, int ldab, T* Q, int ldq, Real<T> vl,
          Real<T> vu, int il, int iu, int& found, Real<T>* w, T* Z, int ldz) {
    int info = 0;
    const Real<T> tolerance = 2 * std::numeric_limits<Real<T>>::min();
    Buffer<T> work(static_cast<std::size_t>(std::max(1, 7 * n)));
    Buffer<Real<T>> rwork(static_cast<std::size_t>(std::max(1, 7 * n)));
    Buffer<int> iwork(static_cast<std::size_t>(std::max(1, 6 * n)));
    int* const failed = iwork.data() + 5 * n;
    if constexpr (is_complex<T>) {
        RITZ_LAPACK_COMPLEX(T, hbevx, &jobz, &range, &uplo, &n, &bandwidth, AB, &ldab, Q, &ldq, &vl, &vu, &il, &iu,
                            &tolerance, &found, w, Z, &ldz, work.data(), rwork.data(), iwork.data(), failed, &info);
    } else {
        RITZ_LAPACK_REAL(T, sbevx, &jobz, &range, &uplo, &n, &bandwidth, AB, &ldab, Q, &ldq, &vl, &vu, &il, &iu,
                         &tolerance, &found, w, Z, &ldz, work.data(), iwork.data(), failed, &info);
    }
    return info;
}

/// A = U Σ Vᴴ by divide and conquer; job = 'A' all of U and Vᴴ, 'S' min(m, n) of them, 'N' none.
template <Scalar T>
int gesdd(char job, int m, int n, T* A, int lda, Real<T>* s, T* U, int ldu, T* Vh, int ldvh) {
    int info = 0;
    const std::size_t least = static_cast<std::size_t>(std::min(m, n)), most = static_cast<std::size_t>(std::max(m, n));
    Buffer<int> iwork(std::max<std::size_t>(1, 8 * least));
    Buffer<Real<T>> rwork;
    if (is_complex<T>)
        rwork.resize(std::max<std::size_t>(
            1, std::max(5 * least * least + 7 * least, 2 * most * least + 2 * least * least + least)));
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, gesdd, &job, &m, &n, A, &lda, s, U, &ldu, Vh, &ldvh, work, &lwork, rwork.data(),
                                iwork.data(), &info);
        } else {
            RITZ_LAPACK_REAL(T, gesdd, &job, &m, &n, A, &lda, s, U, &ldu, Vh, &ldvh, work, &lwork, iwork.data(), &info);
        }
    });
    return info;
}

/// The same by QR iterations.
template <Scalar T>
int gesvd(char job, int m, int n, T* A, int lda, Real<T>* s, T* U, int ldu, T* Vh, int ldvh) {
    int info = 0;
    Buffer<Real<T>> rwork(static_cast<std::size_t>(std::max(1, 5 * std::min(m, n))));
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, gesvd, &job, &job, &m, &n, A, &lda, s, U, &ldu, Vh, &ldvh, work, &lwork,
                                rwork.data(), &info);
        } else {
            RITZ_LAPACK_REAL(T, gesvd, &job, &job, &m, &n, A, &lda, s, U, &ldu, Vh, &ldvh, work, &lwork, &info);
        }
    });
    return info;
}

/// Eigenvalues and left and right eigenvectors. Real: λ = wr + i wi, a complex pair has the real and imaginary parts of
/// its vector in two columns. Complex: λ = wr, wi is not used.
template <Scalar T>
int geev(char jobvl, char jobvr, int n, T* A, int lda, T* wr, T* wi, T* VL, int ldvl, T* VR, int ldvr) {
    int info = 0;
    Buffer<Real<T>> rwork(static_cast<std::size_t>(std::max(1, 2 * n)));
    const auto call = [&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, geev, &jobvl, &jobvr, &n, A, &lda, wr, VL, &ldvl, VR, &ldvr, work, &lwork,
                                rwork.data(), &info);
        } else {
            RITZ_LAPACK_REAL(T, geev, &jobvl, &jobvr, &n, A, &lda, wr, wi, VL, &ldvl, VR, &ldvr, work, &lwork, &info);
        }
    };
    if (n <= 64) {  // the query costs as much as the work of a small matrix
        const int lwork = 34 * n;
        Buffer<T> work(static_cast<std::size_t>(lwork));
        call(work.data(), lwork);
    } else {
        with_workspace<T>(call);
    }
    return info;
}

/// The same without balancing, which makes errors small beside the balanced matrix only.
template <Scalar T>
int geev_unbalanced(char jobvl, char jobvr, int n, T* A, int lda, T* wr, T* wi, T* VL, int ldvl, T* VR, int ldvr) {
    int info = 0, low = 0, high = 0, unused = 0;
    const char none = 'N';
    Real<T> norm = 0;
    const auto size = static_cast<std::size_t>(std::max(1, n));
    Buffer<Real<T>> scale(size), rcond_values(size), rcond_vectors(size), rwork(2 * size);
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, geevx, &none, &jobvl, &jobvr, &none, &n, A, &lda, wr, VL, &ldvl, VR, &ldvr, &low,
                                &high, scale.data(), &norm, rcond_values.data(), rcond_vectors.data(), work, &lwork,
                                rwork.data(), &info);
        } else {
            RITZ_LAPACK_REAL(T, geevx, &none, &jobvl, &jobvr, &none, &n, A, &lda, wr, wi, VL, &ldvl, VR, &ldvr, &low,
                             &high, scale.data(), &norm, rcond_values.data(), rcond_vectors.data(), work, &lwork,
                             &unused, &info);
        }
    });
    return info;
}

/// Generalised eigenvalues alpha / beta and eigenvectors, as geev.
template <Scalar T>
int ggev(char jobvl, char jobvr, int n, T* A, int lda, T* B, int ldb, T* alpha, T* alpha_imaginary, T* beta, T* VL,
         int ldvl, T* VR, int ldvr) {
    int info = 0;
    Buffer<Real<T>> rwork(static_cast<std::size_t>(std::max(1, 8 * n)));
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, ggev, &jobvl, &jobvr, &n, A, &lda, B, &ldb, alpha, beta, VL, &ldvl, VR, &ldvr, work,
                                &lwork, rwork.data(), &info);
        } else {
            RITZ_LAPACK_REAL(T, ggev, &jobvl, &jobvr, &n, A, &lda, B, &ldb, alpha, alpha_imaginary, beta, VL, &ldvl, VR,
                             &ldvr, work, &lwork, &info);
        }
    });
    return info;
}

/// Schur form A ← T, A = Z T Zᴴ; eigenvalues as in geev.
template <Scalar T>
int gees(int n, T* A, int lda, T* wr, T* wi, T* Z, int ldz) {
    int info = 0, sorted = 0, unused = 0;
    const char vectors = 'V', unsorted = 'N';
    Buffer<Real<T>> rwork(static_cast<std::size_t>(std::max(1, n)));
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, gees, &vectors, &unsorted, nullptr, &n, A, &lda, &sorted, wr, Z, &ldz, work, &lwork,
                                rwork.data(), &unused, &info);
        } else {
            RITZ_LAPACK_REAL(T, gees, &vectors, &unsorted, nullptr, &n, A, &lda, &sorted, wr, wi, Z, &ldz, work, &lwork,
                             &unused, &info);
        }
    });
    return info;
}

/// Moves the selected eigenvalues of a Schur form to its top.
template <Scalar T>
int trsen(const int* select, int n, T* A, int lda, T* Z, int ldz, T* wr, T* wi, int& selected) {
    int info = 0;
    const char job = 'N', vectors = 'V';
    Real<T> s = 0, separation = 0;
    if constexpr (is_complex<T>) {
        with_workspace<T>([&](T* work, int lwork) {
            RITZ_LAPACK_COMPLEX(T, trsen, &job, &vectors, select, &n, A, &lda, Z, &ldz, wr, &selected, &s, &separation,
                                work, &lwork, &info);
        });
    } else {
        int lwork = std::max(1, n), iwork = 0, liwork = 1;
        Buffer<T> work(static_cast<std::size_t>(lwork));
        RITZ_LAPACK_REAL(T, trsen, &job, &vectors, select, &n, A, &lda, Z, &ldz, wr, wi, &selected, &s, &separation,
                         work.data(), &lwork, &iwork, &liwork, &info);
    }
    return info;
}

/// Generalised Schur form A ← S, B ← T: A = Q S Zᴴ, B = Q T Zᴴ.
template <Scalar T>
int gges(int n, T* A, int lda, T* B, int ldb, T* alpha, T* alpha_imaginary, T* beta, T* Q, int ldq, T* Z, int ldz) {
    int info = 0, sorted = 0, unused = 0;
    const char vectors = 'V', unsorted = 'N';
    Buffer<Real<T>> rwork(static_cast<std::size_t>(std::max(1, 8 * n)));
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, gges, &vectors, &vectors, &unsorted, nullptr, &n, A, &lda, B, &ldb, &sorted, alpha,
                                beta, Q, &ldq, Z, &ldz, work, &lwork, rwork.data(), &unused, &info);
        } else {
            RITZ_LAPACK_REAL(T, gges, &vectors, &vectors, &unsorted, nullptr, &n, A, &lda, B, &ldb, &sorted, alpha,
                             alpha_imaginary, beta, Q, &ldq, Z, &ldz, work, &lwork, &unused, &info);
        }
    });
    return info;
}

/// Moves the selected eigenvalues of a generalised Schur form to its top.
template <Scalar T>
int tgsen(const int* select, int n, T* A, int lda, T* B, int ldb, T* alpha, T* alpha_imaginary, T* beta, T* Q, int ldq,
          T* Z, int ldz, int& selected) {
    int info = 0;
    const int job = 0, yes = 1;
    Real<T> pl = 0, pr = 0, separation[2] = {0, 0};
    int lwork = 4 * n + 16, liwork = n + 6;
    Buffer<T> work(static_cast<std::size_t>(lwork));
    Buffer<int> iwork(static_cast<std::size_t>(liwork));
    if constexpr (is_complex<T>) {
        RITZ_LAPACK_COMPLEX(T, tgsen, &job, &yes, &yes, select, &n, A, &lda, B, &ldb, alpha, beta, Q, &ldq, Z, &ldz,
                            &selected, &pl, &pr, separation, work.data(), &lwork, iwork.data(), &liwork, &info);
    } else {
        RITZ_LAPACK_REAL(T, tgsen, &job, &yes, &yes, select, &n, A, &lda, B, &ldb, alpha, alpha_imaginary, beta, Q,
                         &ldq, Z, &ldz, &selected, &pl, &pr, separation, work.data(), &lwork, iwork.data(), &liwork,
                         &info);
    }
    return info;
}

/// A ← Hessenberg form and the reflectors that made it.
template <Scalar T>
int gehrd(int n, int ilo, int ihi, T* A, int lda, T* tau) {
    int info = 0;
    with_workspace<T>(
        [&](T* work, int lwork) { RITZ_LAPACK(T, gehrd, &n, &ilo, &ihi, A, &lda, tau, work, &lwork, &info); });
    return info;
}

/// A ← the product of the reflectors of gehrd.
template <Scalar T>
int unghr(int n, int ilo, int ihi, T* A, int lda, const T* tau) {
    int info = 0;
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, unghr, &n, &ilo, &ihi, A, &lda, tau, work, &lwork, &info);
        } else {
            RITZ_LAPACK_REAL(T, orghr, &n, &ilo, &ihi, A, &lda, tau, work, &lwork, &info);
        }
    });
    return info;
}

/// Balances A; job = 'N', 'P' permute, 'S' scale, 'B' both.
template <Scalar T>
int gebal(char job, int n, T* A, int lda, int& ilo, int& ihi, Real<T>* scale) {
    int info = 0;
    RITZ_LAPACK(T, gebal, &job, &n, A, &lda, &ilo, &ihi, scale, &info);
    return info;
}

/// A P = Q R with column pivoting; pivots from 1.
template <Scalar T>
int geqp3(int m, int n, T* A, int lda, int* pivots, T* tau) {
    int info = 0;
    Buffer<Real<T>> rwork(static_cast<std::size_t>(std::max(1, 2 * n)));
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, geqp3, &m, &n, A, &lda, pivots, tau, work, &lwork, rwork.data(), &info);
        } else {
            RITZ_LAPACK_REAL(T, geqp3, &m, &n, A, &lda, pivots, tau, work, &lwork, &info);
        }
    });
    return info;
}

/// A ← the first n columns of the product of k reflectors of a QR factorisation.
template <Scalar T>
int ungqr(int m, int n, int k, T* A, int lda, const T* tau) {
    int info = 0;
    with_workspace<T>([&](T* work, int lwork) {
        if constexpr (is_complex<T>) {
            RITZ_LAPACK_COMPLEX(T, ungqr, &m, &n, &k, A, &lda, tau, work, &lwork, &info);
        } else {
            RITZ_LAPACK_REAL(T, orgqr, &m, &n, &k, A, &lda, tau, work, &lwork, &info);
        }
    });
    return info;
}

/// QR without pivoting.
template <Scalar T>
int geqrf(int m, int n, T* A, int lda, T* tau) {
    int info = 0;
    with_workspace<T>([&](T* work, int lwork) { RITZ_LAPACK(T, geqrf, &m, &n, A, &lda, tau, work, &lwork, &info); });
    return info;
}

/// CS decomposition of a unitary matrix in 2 × 2 blocks, X11 being p × q (overwritten).
template <Scalar T>
int uncsd(int m, int p, int q, T* X11, int ldx11, T* X12, int ldx12, T* X21, int ldx21, T* X22, int ldx22,
          Real<T>* theta, T* U1, int ldu1, T* U2, int ldu2, T* V1h, int ldv1, T* V2h, int ldv2) {
    int info = 0;
    const char yes = 'Y', columns = 'N', plain = 'D';
    Buffer<int> iwork(static_cast<std::size_t>(std::max(1, m)));
    if constexpr (is_complex<T>) {
        Real<T> rquery = 0;
        int lrwork = -1;
        T query{};
        const auto call = [&](T* work, int lwork, Real<T>* rwork) {
            RITZ_LAPACK_COMPLEX(T, uncsd, &yes, &yes, &yes, &yes, &columns, &plain, &m, &p, &q, X11, &ldx11, X12,
                                &ldx12, X21, &ldx21, X22, &ldx22, theta, U1, &ldu1, U2, &ldu2, V1h, &ldv1, V2h, &ldv2,
                                work, &lwork, rwork, &lrwork, iwork.data(), &info);
        };
        call(&query, -1, &rquery);
        lrwork = queried(rquery) + 1;
        const int lwork = queried(query) + 1;
        Buffer<Real<T>> rwork(static_cast<std::size_t>(lrwork));
        Buffer<T> work(static_cast<std::size_t>(lwork));
        call(work.data(), lwork, rwork.data());
    } else {
        with_workspace<T>([&](T* work, int lwork) {
            RITZ_LAPACK_REAL(T, orcsd, &yes, &yes, &yes, &yes, &columns, &plain, &m, &p, &q, X11, &ldx11, X12, &ldx12,
                             X21, &ldx21, X22, &ldx22, theta, U1, &ldu1, U2, &ldu2, V1h, &ldv1, V2h, &ldv2, work,
                             &lwork, iwork.data(), &info);
        });
    }
    return info;
}

}  // namespace ritz::linalg::detail::lapack
