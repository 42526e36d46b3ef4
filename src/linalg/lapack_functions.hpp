// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What norms, matrix functions and matrix equations need of LAPACK, as overloads for the four scalars. Matrices are
/// column-major with the leading dimension of the Eigen matrix; workspace is asked for and allocated here. Values
/// returned are LAPACK's info.

#include <algorithm>
#include <complex>
#include <cstddef>
#include <vector>

#include "linalg/lapack_api.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"

namespace ritz::linalg::detail::lapack {

template <class T>
using Mat = Eigen::MatrixX<T>;

template <class T>
int ld(const Mat<T>& A) {
    return std::max(1, static_cast<int>(A.outerStride()));
}

inline int workspace_size(double first) {
    return std::max(1, static_cast<int>(first));
}
inline int workspace_size(std::complex<double> first) {
    return workspace_size(first.real());
}

// Calls name(s, d, c, z) for T.
#define RITZ_BY_SCALAR(T, s, d, c, z, ...)                   \
    if constexpr (std::same_as<T, float>)                    \
        s(__VA_ARGS__);                                      \
    else if constexpr (std::same_as<T, double>)              \
        d(__VA_ARGS__);                                      \
    else if constexpr (std::same_as<T, std::complex<float>>) \
        c(__VA_ARGS__);                                      \
    else                                                     \
        z(__VA_ARGS__)

/// Singular values of A, which is destroyed, in descending order.
template <Scalar T>
int gesdd_values(Mat<T>& A, Eigen::VectorX<Real<T>>& s) {
    const int m = static_cast<int>(A.rows()), n = static_cast<int>(A.cols()), k = std::min(m, n), lda = ld(A), one = 1;
    s.resize(k);
    std::vector<int> iwork(static_cast<std::size_t>(8 * k + 1));
    std::vector<Real<T>> rwork(static_cast<std::size_t>(is_complex<T> ? 7 * k + 1 : 0));
    T none{}, first{};
    int lwork = -1, info = 0;
    const auto call = [&](T* work) {
        if constexpr (is_complex<T>) {
            RITZ_BY_SCALAR(T, void, void, LAPACK_cgesdd, LAPACK_zgesdd, "N", &m, &n, A.data(), &lda, s.data(), &none,
                           &one, &none, &one, work, &lwork, rwork.data(), iwork.data(), &info);
        } else {
            RITZ_BY_SCALAR(T, LAPACK_sgesdd, LAPACK_dgesdd, void, void, "N", &m, &n, A.data(), &lda, s.data(), &none,
                           &one, &none, &one, work, &lwork, iwork.data(), &info);
        }
    };
    call(&first);
    lwork = workspace_size(first);
    std::vector<T> work(static_cast<std::size_t>(lwork));
    call(work.data());
    return info;
}

// What follows works in double and std::complex<double> only.

/// A = Z T Zᴴ: A becomes T (real: quasi-triangular), `values` its eigenvalues in the order of the diagonal.
template <class W>
int gees(Mat<W>& A, Eigen::VectorX<std::complex<double>>& values, Mat<W>& Z) {
    const int n = static_cast<int>(A.rows()), lda = ld(A);
    Z.resize(n, n);
    values.resize(n);
    const int ldz = ld(Z);
    int sorted = 0, lwork = -1, info = 0;
    W first{};
    std::vector<double> real(static_cast<std::size_t>(n)), imaginary(static_cast<std::size_t>(n));
    const auto call = [&](W* work) {
        if constexpr (is_complex<W>)
            LAPACK_zgees("V", "N", nullptr, &n, A.data(), &lda, &sorted, values.data(), Z.data(), &ldz, work, &lwork,
                         real.data(), nullptr, &info);
        else
            LAPACK_dgees("V", "N", nullptr, &n, A.data(), &lda, &sorted, real.data(), imaginary.data(), Z.data(), &ldz,
                         work, &lwork, nullptr, &info);
    };
    call(&first);
    lwork = workspace_size(first);
    std::vector<W> work(static_cast<std::size_t>(lwork));
    call(work.data());
    if constexpr (!is_complex<W>)
        for (int i = 0; i < n; ++i) values(i) = {real[i], imaginary[i]};
    return info;
}

/// The generalised Schur form of A - λB, the eigenvalues α/β that `select` accepts first; A, B become it; Z is the
/// right basis, `selected` how many were accepted. `select` has LAPACK's arguments.
template <class W, class Select>
int gges(Mat<W>& A, Mat<W>& B, Select select, int& selected, Eigen::VectorX<std::complex<double>>& alpha,
         Eigen::VectorX<W>& beta, Mat<W>& Z) {
    const int n = static_cast<int>(A.rows()), lda = ld(A), ldb = ld(B), one = 1;
    Z.resize(n, n);
    alpha.resize(n);
    beta.resize(n);
    const int ldz = ld(Z);
    int lwork = -1, info = 0;
    W first{}, none{};
    std::vector<double> real(static_cast<std::size_t>(8 * n + 1)), imaginary(static_cast<std::size_t>(n));
    std::vector<int> flags(static_cast<std::size_t>(n + 1));
    const auto call = [&](W* work) {
        if constexpr (is_complex<W>)
            LAPACK_zgges("N", "V", "S", select, &n, A.data(), &lda, B.data(), &ldb, &selected, alpha.data(),
                         beta.data(), &none, &one, Z.data(), &ldz, work, &lwork, real.data(), flags.data(), &info);
        else
            LAPACK_dgges("N", "V", "S", select, &n, A.data(), &lda, B.data(), &ldb, &selected, real.data(),
                         imaginary.data(), beta.data(), &none, &one, Z.data(), &ldz, work, &lwork, flags.data(), &info);
    };
    call(&first);
    lwork = workspace_size(first);
    std::vector<W> work(static_cast<std::size_t>(lwork));
    call(work.data());
    if constexpr (!is_complex<W>)
        for (int i = 0; i < n; ++i) alpha(i) = {real[i], imaginary[i]};
    return info;
}

/// op(A) X + sign X op(B) = scale C for (quasi-)triangular A, B; X overwrites C. 1: equal eigenvalues were perturbed.
template <class W>
int trsyl(char op_a, char op_b, int sign, int m, int n, const W* A, int lda, const W* B, int ldb, W* C, int ldc,
          double& scale) {
    int info = 0;
    RITZ_BY_SCALAR(W, void, LAPACK_dtrsyl, void, LAPACK_ztrsyl, &op_a, &op_b, &sign, &m, &n, A, &lda, B, &ldb, C, &ldc,
                   &scale, &info);
    return info;
}

/// Moves the eigenvalue at `from` of the complex Schur form (T, Z) to `to`, counted from 0.
inline void trexc(Mat<std::complex<double>>& T, Mat<std::complex<double>>& Z, int from, int to) {
    const int n = static_cast<int>(T.rows()), ldt = ld(T), ldz = ld(Z), ifst = from + 1, ilst = to + 1;
    int info = 0;
    LAPACK_ztrexc("V", &n, T.data(), &ldt, Z.data(), &ldz, &ifst, &ilst, &info);
}

/// X ← A⁻¹ B by partial pivoting; returns an estimate of 1/(‖A‖₁‖A⁻¹‖₁), 0 for a singular A (B is then untouched).
template <class W>
double solve(Mat<W> A, Mat<W>& B) {
    const int n = static_cast<int>(A.rows()), lda = ld(A), ldb = ld(B), columns = static_cast<int>(B.cols());
    if (n == 0) return 1;
    const double norm = A.cwiseAbs().colwise().sum().maxCoeff();
    std::vector<int> pivots(static_cast<std::size_t>(n)), iwork(static_cast<std::size_t>(n));
    std::vector<W> work(static_cast<std::size_t>(4 * n));
    std::vector<double> rwork(static_cast<std::size_t>(2 * n));
    int info = 0;
    double rcond = 0;
    RITZ_BY_SCALAR(W, void, LAPACK_dgetrf, void, LAPACK_zgetrf, &n, &n, A.data(), &lda, pivots.data(), &info);
    if (info != 0) return 0;
    if constexpr (is_complex<W>)
        LAPACK_zgecon("1", &n, A.data(), &lda, &norm, &rcond, work.data(), rwork.data(), &info);
    else
        LAPACK_dgecon("1", &n, A.data(), &lda, &norm, &rcond, work.data(), iwork.data(), &info);
    RITZ_BY_SCALAR(W, void, LAPACK_dgetrs, void, LAPACK_zgetrs, "N", &n, &columns, A.data(), &lda, pivots.data(),
                   B.data(), &ldb, &info);
    return rcond;
}

/// Eigenvalues (ascending) and orthonormal eigenvectors (in A) of a Hermitian A.
template <class W>
int heevd(Mat<W>& A, Eigen::VectorXd& values) {
    const int n = static_cast<int>(A.rows()), lda = ld(A);
    values.resize(n);
    int lwork = -1, lrwork = -1, liwork = -1, info = 0, ifirst = 0;
    double rfirst = 0;
    W first{};
    const auto call = [&](W* work, [[maybe_unused]] double* rwork, int* iwork) {
        if constexpr (is_complex<W>)
            LAPACK_zheevd("V", "L", &n, A.data(), &lda, values.data(), work, &lwork, rwork, &lrwork, iwork, &liwork,
                          &info);
        else
            LAPACK_dsyevd("V", "L", &n, A.data(), &lda, values.data(), work, &lwork, iwork, &liwork, &info);
    };
    call(&first, &rfirst, &ifirst);
    lwork = workspace_size(first);
    lrwork = workspace_size(rfirst);
    liwork = std::max(1, ifirst);
    std::vector<W> work(static_cast<std::size_t>(lwork));
    std::vector<double> rwork(static_cast<std::size_t>(lrwork));
    std::vector<int> iwork(static_cast<std::size_t>(liwork));
    call(work.data(), rwork.data(), iwork.data());
    return info;
}

}  // namespace ritz::linalg::detail::lapack
