// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// LAPACK's routines for Schur forms, eigenvalues of general matrices and pencils, and singular values, one name for
/// both working types. Matrices are column-major with leading dimension equal to their rows. Workspace is asked for and
/// allocated here. Callers put themselves under ThreadLimit(1) where bits must not depend on the number of threads.

#include <algorithm>
#include <complex>
#include <cstddef>
#include <vector>

extern "C" {
// A Fortran routine takes the length of each character argument behind the others. LOGICAL is int.
void dgees_(const char* jobvs, const char* sort, int (*select)(const double*, const double*), const int* n, double* a,
            const int* lda, int* sdim, double* wr, double* wi, double* vs, const int* ldvs, double* work,
            const int* lwork, int* bwork, int* info, std::size_t, std::size_t);
void zgees_(const char* jobvs, const char* sort, int (*select)(const std::complex<double>*), const int* n,
            std::complex<double>* a, const int* lda, int* sdim, std::complex<double>* w, std::complex<double>* vs,
            const int* ldvs, std::complex<double>* work, const int* lwork, double* rwork, int* bwork, int* info,
            std::size_t, std::size_t);
void dtrexc_(const char* compq, const int* n, double* t, const int* ldt, double* q, const int* ldq, int* ifst,
             int* ilst, double* work, int* info, std::size_t);
void ztrexc_(const char* compq, const int* n, std::complex<double>* t, const int* ldt, std::complex<double>* q,
             const int* ldq, const int* ifst, const int* ilst, int* info, std::size_t);
void dtrevc_(const char* side, const char* howmny, int* select, const int* n, const double* t, const int* ldt,
             double* vl, const int* ldvl, double* vr, const int* ldvr, const int* mm, int* m, double* work, int* info,
             std::size_t, std::size_t);
void ztrevc_(const char* side, const char* howmny, const int* select, const int* n, std::complex<double>* t,
             const int* ldt, std::complex<double>* vl, const int* ldvl, std::complex<double>* vr, const int* ldvr,
             const int* mm, int* m, std::complex<double>* work, double* rwork, int* info, std::size_t, std::size_t);
void dgeevx_(const char* balanc, const char* jobvl, const char* jobvr, const char* sense, const int* n, double* a,
             const int* lda, double* wr, double* wi, double* vl, const int* ldvl, double* vr, const int* ldvr, int* ilo,
             int* ihi, double* scale, double* abnrm, double* rconde, double* rcondv, double* work, const int* lwork,
             int* iwork, int* info, std::size_t, std::size_t, std::size_t, std::size_t);
void zgeevx_(const char* balanc, const char* jobvl, const char* jobvr, const char* sense, const int* n,
             std::complex<double>* a, const int* lda, std::complex<double>* w, std::complex<double>* vl,
             const int* ldvl, std::complex<double>* vr, const int* ldvr, int* ilo, int* ihi, double* scale,
             double* abnrm, double* rconde, double* rcondv, std::complex<double>* work, const int* lwork, double* rwork,
             int* info, std::size_t, std::size_t, std::size_t, std::size_t);
void dggev_(const char* jobvl, const char* jobvr, const int* n, double* a, const int* lda, double* b, const int* ldb,
            double* alphar, double* alphai, double* beta, double* vl, const int* ldvl, double* vr, const int* ldvr,
            double* work, const int* lwork, int* info, std::size_t, std::size_t);
void zggev_(const char* jobvl, const char* jobvr, const int* n, std::complex<double>* a, const int* lda,
            std::complex<double>* b, const int* ldb, std::complex<double>* alpha, std::complex<double>* beta,
            std::complex<double>* vl, const int* ldvl, std::complex<double>* vr, const int* ldvr,
            std::complex<double>* work, const int* lwork, double* rwork, int* info, std::size_t, std::size_t);
void dgesdd_(const char* jobz, const int* m, const int* n, double* a, const int* lda, double* s, double* u,
             const int* ldu, double* vt, const int* ldvt, double* work, const int* lwork, int* iwork, int* info,
             std::size_t);
void zgesdd_(const char* jobz, const int* m, const int* n, std::complex<double>* a, const int* lda, double* s,
             std::complex<double>* u, const int* ldu, std::complex<double>* vt, const int* ldvt,
             std::complex<double>* work, const int* lwork, double* rwork, int* iwork, int* info, std::size_t);
void dgesvd_(const char* jobu, const char* jobvt, const int* m, const int* n, double* a, const int* lda, double* s,
             double* u, const int* ldu, double* vt, const int* ldvt, double* work, const int* lwork, int* info,
             std::size_t, std::size_t);
void zgesvd_(const char* jobu, const char* jobvt, const int* m, const int* n, std::complex<double>* a, const int* lda,
             double* s, std::complex<double>* u, const int* ldu, std::complex<double>* vt, const int* ldvt,
             std::complex<double>* work, const int* lwork, double* rwork, int* info, std::size_t, std::size_t);
}

namespace ritz::lapack {

using Complex = std::complex<double>;

namespace detail {
inline std::size_t size(int n) {
    return static_cast<std::size_t>(std::max(n, 1));
}
inline int answer(double work) {
    return std::max(1, static_cast<int>(work));
}
inline int answer(Complex work) {
    return answer(work.real());
}
}  // namespace detail

/// A = Z T Zᴴ: A becomes the Schur form T, Z (n × n) receives the Schur vectors. Real: T is quasi-triangular with
/// standardised 2 × 2 blocks. Returns info: > 0 when the QR algorithm failed.
inline int gees(int n, double* A, double* Z) {
    const int ld = std::max(n, 1), ask = -1;
    int sdim = 0, info = 0, no_select = 0;
    std::vector<double> wr(detail::size(n)), wi(detail::size(n));
    double best = 0;
    dgees_("V", "N", nullptr, &n, A, &ld, &sdim, wr.data(), wi.data(), Z, &ld, &best, &ask, &no_select, &info, 1, 1);
    const int length = detail::answer(best);
    std::vector<double> work(detail::size(length));
    dgees_("V", "N", nullptr, &n, A, &ld, &sdim, wr.data(), wi.data(), Z, &ld, work.data(), &length, &no_select, &info,
           1, 1);
    return info;
}
inline int gees(int n, Complex* A, Complex* Z) {
    const int ld = std::max(n, 1), ask = -1;
    int sdim = 0, info = 0, no_select = 0;
    std::vector<Complex> w(detail::size(n));
    std::vector<double> rwork(detail::size(n));
    Complex best = 0;
    zgees_("V", "N", nullptr, &n, A, &ld, &sdim, w.data(), Z, &ld, &best, &ask, rwork.data(), &no_select, &info, 1, 1);
    const int length = detail::answer(best);
    std::vector<Complex> work(detail::size(length));
    zgees_("V", "N", nullptr, &n, A, &ld, &sdim, w.data(), Z, &ld, work.data(), &length, rwork.data(), &no_select,
           &info, 1, 1);
    return info;
}

/// Moves the diagonal block of T that starts in row `from` so that it starts in row `to`, and updates Z. Rows count
/// from 0. Returns info: 1 when two blocks are too close to be swapped; T and Z are a Schur form all the same.
inline int trexc(int n, double* T, double* Z, int from, int to) {
    const int ld = std::max(n, 1);
    int first = from + 1, last = to + 1, info = 0;
    std::vector<double> work(detail::size(n));
    dtrexc_("V", &n, T, &ld, Z, &ld, &first, &last, work.data(), &info, 1);
    return info;
}
inline int trexc(int n, Complex* T, Complex* Z, int from, int to) {
    const int ld = std::max(n, 1), first = from + 1, last = to + 1;
    int info = 0;
    ztrexc_("V", &n, T, &ld, Z, &ld, &first, &last, &info, 1);
    return info;
}

/// The right eigenvectors of the Schur form T, n × n, in `vectors`. Real: those of a complex pair are two columns, real
/// and imaginary part, of the eigenvalue with positive imaginary part.
inline int trevc(int n, const double* T, double* vectors) {
    const int ld = std::max(n, 1);
    int found = 0, info = 0;
    std::vector<double> work(3 * detail::size(n));
    dtrevc_("R", "A", nullptr, &n, T, &ld, nullptr, &ld, vectors, &ld, &n, &found, work.data(), &info, 1, 1);
    return info;
}
inline int trevc(int n, Complex* T, Complex* vectors) {
    const int ld = std::max(n, 1);
    int found = 0, info = 0;
    std::vector<Complex> work(2 * detail::size(n));
    std::vector<double> rwork(detail::size(n));
    ztrevc_("R", "A", nullptr, &n, T, &ld, nullptr, &ld, vectors, &ld, &n, &found, work.data(), rwork.data(), &info, 1,
            1);
    return info;
}

/// All eigenvalues of A (destroyed) with left and right eigenvectors, n × n each, in the real packing of trevc.
/// `balance` is one of N, P, S, B. w has n elements. Returns info.
inline int geevx(char balance, int n, double* A, Complex* w, double* left, double* right) {
    const int ld = std::max(n, 1), ask = -1;
    int low = 0, high = 0, info = 0, no_integers = 0;
    std::vector<double> wr(detail::size(n)), wi(detail::size(n)), scale(detail::size(n));
    double norm = 0, best = 0, no_condition = 0;
    dgeevx_(&balance, "V", "V", "N", &n, A, &ld, wr.data(), wi.data(), left, &ld, right, &ld, &low, &high, scale.data(),
            &norm, &no_condition, &no_condition, &best, &ask, &no_integers, &info, 1, 1, 1, 1);
    const int length = detail::answer(best);
    std::vector<double> work(detail::size(length));
    dgeevx_(&balance, "V", "V", "N", &n, A, &ld, wr.data(), wi.data(), left, &ld, right, &ld, &low, &high, scale.data(),
            &norm, &no_condition, &no_condition, work.data(), &length, &no_integers, &info, 1, 1, 1, 1);
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) w[i] = {wr[i], wi[i]};
    return info;
}
inline int geevx(char balance, int n, Complex* A, Complex* w, Complex* left, Complex* right) {
    const int ld = std::max(n, 1), ask = -1;
    int low = 0, high = 0, info = 0;
    std::vector<double> scale(detail::size(n)), rwork(2 * detail::size(n));
    double norm = 0, no_condition = 0;
    Complex best = 0;
    zgeevx_(&balance, "V", "V", "N", &n, A, &ld, w, left, &ld, right, &ld, &low, &high, scale.data(), &norm,
            &no_condition, &no_condition, &best, &ask, rwork.data(), &info, 1, 1, 1, 1);
    const int length = detail::answer(best);
    std::vector<Complex> work(detail::size(length));
    zgeevx_(&balance, "V", "V", "N", &n, A, &ld, w, left, &ld, right, &ld, &low, &high, scale.data(), &norm,
            &no_condition, &no_condition, work.data(), &length, rwork.data(), &info, 1, 1, 1, 1);
    return info;
}

/// The eigenvalues alpha / beta of the pencil A − λ B (both destroyed) with left and right eigenvectors, as geevx.
/// Real: beta is real, given as complex.
inline int ggev(int n, double* A, double* B, Complex* alpha, Complex* beta, double* left, double* right) {
    const int ld = std::max(n, 1), ask = -1;
    int info = 0;
    std::vector<double> re(detail::size(n)), im(detail::size(n)), divisor(detail::size(n));
    double best = 0;
    dggev_("V", "V", &n, A, &ld, B, &ld, re.data(), im.data(), divisor.data(), left, &ld, right, &ld, &best, &ask,
           &info, 1, 1);
    const int length = detail::answer(best);
    std::vector<double> work(detail::size(length));
    dggev_("V", "V", &n, A, &ld, B, &ld, re.data(), im.data(), divisor.data(), left, &ld, right, &ld, work.data(),
           &length, &info, 1, 1);
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
        alpha[i] = {re[i], im[i]};
        beta[i] = divisor[i];
    }
    return info;
}
inline int ggev(int n, Complex* A, Complex* B, Complex* alpha, Complex* beta, Complex* left, Complex* right) {
    const int ld = std::max(n, 1), ask = -1;
    int info = 0;
    std::vector<double> rwork(8 * detail::size(n));
    Complex best = 0;
    zggev_("V", "V", &n, A, &ld, B, &ld, alpha, beta, left, &ld, right, &ld, &best, &ask, rwork.data(), &info, 1, 1);
    const int length = detail::answer(best);
    std::vector<Complex> work(detail::size(length));
    zggev_("V", "V", &n, A, &ld, B, &ld, alpha, beta, left, &ld, right, &ld, work.data(), &length, rwork.data(), &info,
           1, 1);
    return info;
}

/// A = U diag(s) Vᴴ of an m × n matrix A (destroyed) by divide and conquer: U is m × p, VH p × n, s has p = min(m, n)
/// elements, decreasing. Returns info: > 0 when it did not converge.
inline int gesdd(int m, int n, double* A, double* s, double* U, double* VH) {
    const int p = std::max(1, std::min(m, n)), lda = std::max(m, 1), ask = -1;
    int info = 0;
    std::vector<int> integers(8 * detail::size(p));
    double best = 0;
    dgesdd_("S", &m, &n, A, &lda, s, U, &lda, VH, &p, &best, &ask, integers.data(), &info, 1);
    const int length = detail::answer(best);
    std::vector<double> work(detail::size(length));
    dgesdd_("S", &m, &n, A, &lda, s, U, &lda, VH, &p, work.data(), &length, integers.data(), &info, 1);
    return info;
}
inline int gesdd(int m, int n, Complex* A, double* s, Complex* U, Complex* VH) {
    const int p = std::max(1, std::min(m, n)), lda = std::max(m, 1), ask = -1;
    const auto small = detail::size(p), large = detail::size(std::max(m, n));
    int info = 0;
    std::vector<int> integers(8 * small);
    std::vector<double> rwork(std::max(5 * small * small + 7 * small, 2 * large * small + 2 * small * small + small));
    Complex best = 0;
    zgesdd_("S", &m, &n, A, &lda, s, U, &lda, VH, &p, &best, &ask, rwork.data(), integers.data(), &info, 1);
    const int length = detail::answer(best);
    std::vector<Complex> work(detail::size(length));
    zgesdd_("S", &m, &n, A, &lda, s, U, &lda, VH, &p, work.data(), &length, rwork.data(), integers.data(), &info, 1);
    return info;
}

/// The same by the QR algorithm, which converges where divide and conquer does not.
inline int gesvd(int m, int n, double* A, double* s, double* U, double* VH) {
    const int p = std::max(1, std::min(m, n)), lda = std::max(m, 1), ask = -1;
    int info = 0;
    double best = 0;
    dgesvd_("S", "S", &m, &n, A, &lda, s, U, &lda, VH, &p, &best, &ask, &info, 1, 1);
    const int length = detail::answer(best);
    std::vector<double> work(detail::size(length));
    dgesvd_("S", "S", &m, &n, A, &lda, s, U, &lda, VH, &p, work.data(), &length, &info, 1, 1);
    return info;
}
inline int gesvd(int m, int n, Complex* A, double* s, Complex* U, Complex* VH) {
    const int p = std::max(1, std::min(m, n)), lda = std::max(m, 1), ask = -1;
    int info = 0;
    std::vector<double> rwork(5 * detail::size(p));
    Complex best = 0;
    zgesvd_("S", "S", &m, &n, A, &lda, s, U, &lda, VH, &p, &best, &ask, rwork.data(), &info, 1, 1);
    const int length = detail::answer(best);
    std::vector<Complex> work(detail::size(length));
    zgesvd_("S", "S", &m, &n, A, &lda, s, U, &lda, VH, &p, work.data(), &length, rwork.data(), &info, 1, 1);
    return info;
}

}  // namespace ritz::lapack
