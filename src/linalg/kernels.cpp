// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/kernels.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "linalg/blas.hpp"
#include "linalg/lapack_factorizations.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg::kernels {

namespace blas = ritz::detail::blas;

namespace {
template <Scalar T>
char letter(Op op) {
    if (op == Op::none) return 'N';
    return op == Op::adjoint ? blas::adjoint<T> : 'T';
}
}  // namespace

template <Scalar T>
int lu(int m, int n, T* A, int lda, int* pivots) {
    if (m == 0 || n == 0) return -1;
    const int info = lapack::getrf(m, n, A, lda, pivots);
    for (int k = 0; k < std::min(m, n); ++k) --pivots[k];
    return info - 1;
}

template <Scalar T>
int cholesky(int n, T* A, int lda) {
    return n == 0 ? -1 : lapack::potrf('L', n, A, lda) - 1;
}

template <Scalar T>
void solve_triangle(Uplo uplo, Op op, bool unit_diagonal, int n, int k, const T* A, int lda, T* B, int ldb) {
    if (n == 0 || k == 0) return;
    blas::trsm('L', uplo == Uplo::lower ? 'L' : 'U', letter<T>(op), unit_diagonal ? 'U' : 'N', n, k, A, lda, B, ldb);
}

template <Scalar T>
void solve_lu(Op op, int n, int k, const T* LU, int lda, const int* pivots, T* B, int ldb) {
    const auto exchange = [&](int i) {
        if (pivots[i] == i) return;
        for (int j = 0; j < k; ++j)
            std::swap(B[i + static_cast<Eigen::Index>(j) * ldb], B[pivots[i] + static_cast<Eigen::Index>(j) * ldb]);
    };
    if (op == Op::none) {
        for (int i = 0; i < n; ++i) exchange(i);
        solve_triangle(Uplo::lower, op, true, n, k, LU, lda, B, ldb);
        solve_triangle(Uplo::upper, op, false, n, k, LU, lda, B, ldb);
    } else {
        solve_triangle(Uplo::upper, op, false, n, k, LU, lda, B, ldb);
        solve_triangle(Uplo::lower, op, true, n, k, LU, lda, B, ldb);
        for (int i = n - 1; i >= 0; --i) exchange(i);
    }
}

template <Scalar T>
void invert_lu(int n, T* LU, int lda, const int* pivots) {
    Eigen::Map<Eigen::MatrixX<T>, 0, Eigen::OuterStride<>> A(LU, n, n, Eigen::OuterStride<>(lda));
    Eigen::MatrixX<T> X = Eigen::MatrixX<T>::Identity(n, n);
    solve_lu(Op::none, n, n, LU, lda, pivots, X.data(), n);
    A = X;
}

template <Scalar T>
void qr(int m, int n, T* A, int lda, T* tau) {
    if (m > 0 && n > 0) lapack::geqrf(m, n, A, lda, tau);
}

template <Scalar T>
void form_q(int m, int n, int k, T* A, int lda, const T* tau) {
    if (m > 0 && n > 0) lapack::make_q(m, n, k, A, lda, tau);
}

template <Scalar T>
void multiply_q(Op op, int m, int n, int k, const T* V, int ldv, const T* tau, T* C, int ldc) {
    if (m > 0 && n > 0 && k > 0)
        lapack::multiply_q('L', op == Op::none ? 'N' : blas::adjoint<T>, m, n, k, V, ldv, tau, C, ldc);
}

template <Scalar T>
void subtract_product(int m, int n, int k, const T* A, int lda, const T* B, int ldb, T* C, int ldc) {
    if (m > 0 && n > 0 && k > 0) blas::gemm('N', 'N', m, n, k, T(-1), A, lda, B, ldb, T(1), C, ldc);
}

#define RITZ_INSTANTIATE(T)                                                            \
    template int lu<T>(int, int, T*, int, int*);                                       \
    template int cholesky<T>(int, T*, int);                                            \
    template void solve_triangle<T>(Uplo, Op, bool, int, int, const T*, int, T*, int); \
    template void solve_lu<T>(Op, int, int, const T*, int, const int*, T*, int);       \
    template void invert_lu<T>(int, T*, int, const int*);                              \
    template void qr<T>(int, int, T*, int, T*);                                        \
    template void form_q<T>(int, int, int, T*, int, const T*);                         \
    template void multiply_q<T>(Op, int, int, int, const T*, int, const T*, T*, int);  \
    template void subtract_product<T>(int, int, int, const T*, int, const T*, int, T*, int);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::kernels
