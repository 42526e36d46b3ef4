// SPDX-License-Identifier: BSD-3-Clause
#include "core/instantiate.hpp"
#include "linalg/stacked_loop.hpp"
#include "ritz/linalg/stacked.hpp"

namespace ritz::linalg::detail {

namespace {

using Eigen::Index;
using ritz::detail::require;

/// Flops of a decomposition of m × n that takes `factor` · m n min(m, n) of them.
double flops(double factor, std::pair<Index, Index> shape) {
    const auto [m, n] = shape;
    return factor * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(std::min(m, n));
}

}  // namespace

template <Scalar T>
Stack<T> stacked_cholesky(StackView<T> A, const CholeskyOptions& options) {
    const auto shape = A.shape("cholesky");
    require_square(shape.first, shape.second, "cholesky", "a matrix of A");
    Stack<T> L(A.count(), shape.first, shape.first);
    over_matrices(A.count(), flops(0.4, shape), [&](Index k) { L[k] = cholesky<T>(A[k], options); });
    return L;
}

template <Scalar T>
StackedQr<T> stacked_qr(StackView<T> A, const QrOptions& options) {
    const auto shape = A.shape("qr");
    const auto [m, n] = shape;
    const Index p = options.mode == QrMode::complete ? m : std::min(m, n);
    const bool with_q = options.mode != QrMode::r;
    StackedQr<T> result{with_q ? Stack<T>(A.count(), m, p) : Stack<T>(A.count(), 0, 0), Stack<T>(A.count(), p, n)};
    over_matrices(A.count(), flops(4, shape), [&](Index k) {
        const auto [Q, R] = qr<T>(A[k], options);
        if (with_q) result.Q[k] = Q;
        result.R[k] = R;
    });
    return result;
}

template <Scalar T>
StackedSvd<T> stacked_svd(StackView<T> A, const SvdOptions& options) {
    const auto shape = A.shape("svd");
    const auto [m, n] = shape;
    const Index p = std::min(m, n);
    StackedSvd<T> result{Stack<T>(A.count(), m, options.full_matrices ? m : p), Eigen::MatrixX<Real<T>>(p, A.count()),
                         Stack<T>(A.count(), options.full_matrices ? n : p, n)};
    over_matrices(A.count(), flops(22, shape), [&](Index k) {
        const auto [U, s, Vh] = svd<T>(A[k], options);
        result.U[k] = U;
        result.s.col(k) = s;
        result.Vh[k] = Vh;
    });
    return result;
}

template <Scalar T>
Eigen::MatrixX<Real<T>> stacked_svdvals(StackView<T> A) {
    const auto shape = A.shape("svdvals");
    Eigen::MatrixX<Real<T>> s(std::min(shape.first, shape.second), A.count());
    over_matrices(A.count(), flops(3, shape), [&](Index k) { s.col(k) = svdvals<T>(A[k], "svdvals"); });
    return s;
}

namespace {

/// How many eigenvalues each matrix gives.
Index kept(std::pair<Index, Index> shape, const EighOptions& options, const char* who) {
    require_square(shape.first, shape.second, who, "a matrix of A");
    require(!options.subset_by_value,
            std::string(who) + ": a subset by value differs in size from matrix to matrix; use map");
    if (!options.subset_by_index) return shape.first;
    const auto [first, last] = *options.subset_by_index;
    require(0 <= first && first <= last && last < shape.first,
            std::string(who) + ": subset_by_index " + std::to_string(first) + " … " + std::to_string(last) +
                " is not inside 0 … " + std::to_string(shape.first - 1));
    return last - first + 1;
}

}  // namespace

template <Scalar T>
StackedEigh<T> stacked_eigh(StackView<T> A, const EighOptions& options) {
    const auto shape = A.shape("eigh");
    const Index p = kept(shape, options, "eigh");
    StackedEigh<T> result{Eigen::MatrixX<Real<T>>(p, A.count()), Stack<T>(A.count(), shape.first, p)};
    over_matrices(A.count(), flops(9, shape), [&](Index k) {
        const auto [values, vectors] = eigh<T>(A[k], options);
        result.eigenvalues.col(k) = values;
        result.eigenvectors[k] = vectors;
    });
    return result;
}

template <Scalar T>
Eigen::MatrixX<Real<T>> stacked_eigvalsh(StackView<T> A, const EighOptions& options) {
    const auto shape = A.shape("eigvalsh");
    Eigen::MatrixX<Real<T>> values(kept(shape, options, "eigvalsh"), A.count());
    over_matrices(A.count(), flops(1.5, shape), [&](Index k) { values.col(k) = eigvalsh<T>(A[k], options); });
    return values;
}

template <Scalar T>
StackedEig<T> stacked_eig(StackView<T> A, const EigOptions& options) {
    using Complex = std::complex<Real<T>>;
    const auto shape = A.shape("eig");
    const Index n = shape.first;
    require_square(n, shape.second, "eig", "a matrix of A");
    require(!options.left, "eig: a stack gives right eigenvectors; use map for left ones");
    StackedEig<T> result{Eigen::MatrixX<Complex>(n, A.count()), Stack<Complex>(A.count(), n, n),
                         std::vector<EigReport<Real<T>>>(static_cast<std::size_t>(A.count()))};
    over_matrices(A.count(), flops(25, shape), [&](Index k) {
        EigResult<T> one = eig<T>(A[k], options);
        result.eigenvalues.col(k) = one.eigenvalues;
        result.eigenvectors[k] = one.eigenvectors;
        result.reports[static_cast<std::size_t>(k)] = std::move(one.report);
    });
    return result;
}

template <Scalar T>
Eigen::MatrixX<std::complex<Real<T>>> stacked_eigvals(StackView<T> A) {
    const auto shape = A.shape("eigvals");
    require_square(shape.first, shape.second, "eigvals", "a matrix of A");
    Eigen::MatrixX<std::complex<Real<T>>> values(shape.first, A.count());
    over_matrices(A.count(), flops(10, shape), [&](Index k) { values.col(k) = eigvals<T>(A[k]); });
    return values;
}

template <Scalar T>
Stack<T> stacked_pinv(StackView<T> A, const PinvOptions& options) {
    const auto shape = A.shape("pinv");
    Stack<T> X(A.count(), shape.second, shape.first);
    over_matrices(A.count(), flops(24, shape), [&](Index k) { X[k] = pinv<T>(A[k], options); });
    return X;
}

template <Scalar T>
std::vector<Index> stacked_matrix_rank(StackView<T> A, const RankOptions& options) {
    const auto shape = A.shape("matrix_rank");
    std::vector<Index> ranks(static_cast<std::size_t>(A.count()));
    over_matrices(A.count(), flops(3, shape),
                  [&](Index k) { ranks[static_cast<std::size_t>(k)] = matrix_rank<T>(A[k], options); });
    return ranks;
}

#define RITZ_INSTANTIATE(T)                                                                 \
    template Stack<T> stacked_cholesky<T>(StackView<T>, const CholeskyOptions&);            \
    template StackedQr<T> stacked_qr<T>(StackView<T>, const QrOptions&);                    \
    template StackedSvd<T> stacked_svd<T>(StackView<T>, const SvdOptions&);                 \
    template Eigen::MatrixX<Real<T>> stacked_svdvals<T>(StackView<T>);                      \
    template StackedEigh<T> stacked_eigh<T>(StackView<T>, const EighOptions&);              \
    template Eigen::MatrixX<Real<T>> stacked_eigvalsh<T>(StackView<T>, const EighOptions&); \
    template StackedEig<T> stacked_eig<T>(StackView<T>, const EigOptions&);                 \
    template Eigen::MatrixX<std::complex<Real<T>>> stacked_eigvals<T>(StackView<T>);        \
    template Stack<T> stacked_pinv<T>(StackView<T>, const PinvOptions&);                    \
    template std::vector<Index> stacked_matrix_rank<T>(StackView<T>, const RankOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
