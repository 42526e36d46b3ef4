// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/dense_nonsymmetric.hpp"

#include <cmath>

#include "linalg/lapack_nonsymmetric.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::eigen {

namespace {

using Complex = std::complex<double>;

/// The columns of LAPACK's packing as complex vectors of unit norm.
template <Scalar W>
Eigen::MatrixX<Complex> unpacked(const Eigen::MatrixX<W>& packed, const Eigen::VectorXcd& w) {
    Eigen::MatrixX<Complex> X = packed.template cast<Complex>();
    if constexpr (!is_complex<W>) {
        for (Eigen::Index j = 0; j + 1 < w.size(); ++j)
            if (w[j].imag() != 0) {
                X.col(j) = packed.col(j) + Complex(0, 1) * packed.col(j + 1);
                X.col(j + 1) = X.col(j).conjugate();
                ++j;
            }
    }
    for (Eigen::Index j = 0; j < X.cols(); ++j)
        if (const double norm = X.col(j).stableNorm(); norm > 0) X.col(j) /= norm;
    return X;
}

}  // namespace

template <Scalar W>
DenseEigen dense_eigen(Eigen::MatrixX<W> A, bool balance) {
    const ThreadLimit one(1);
    const Eigen::Index n = A.rows();
    Eigen::VectorXcd w(n);
    Eigen::MatrixX<W> left(n, n), right(n, n);
    if (lapack::geevx(balance ? 'B' : 'N', static_cast<int>(n), A.data(), w.data(), left.data(), right.data()) != 0)
        throw Error("eigs: LAPACK's QR algorithm did not converge");
    return {{w.begin(), w.end()}, unpacked(right, w), unpacked(left, w)};
}

template <Scalar W>
DenseEigen dense_eigen(Eigen::MatrixX<W> A, Eigen::MatrixX<W> M) {
    const ThreadLimit one(1);
    const Eigen::Index n = A.rows();
    Eigen::VectorXcd alpha(n), beta(n);
    Eigen::MatrixX<W> left(n, n), right(n, n);
    if (lapack::ggev(static_cast<int>(n), A.data(), M.data(), alpha.data(), beta.data(), left.data(), right.data()) !=
        0)
        throw Error("eigs: LAPACK's QZ algorithm did not converge");
    const Eigen::MatrixX<Complex> X = unpacked(right, alpha), Y = unpacked(left, alpha);
    const double infinite = static_cast<double>(n) * 0x1p-53 * (n > 0 ? beta.cwiseAbs().maxCoeff() : 0);
    DenseEigen all;
    std::vector<Eigen::Index> kept;
    for (Eigen::Index j = 0; j < n; ++j) {
        const bool pair = !is_complex<W> && alpha[j].imag() > 0 && j + 1 < n;
        const double divisor = pair ? std::min(std::abs(beta[j]), std::abs(beta[j + 1])) : std::abs(beta[j]);
        if (divisor > infinite) {
            kept.push_back(j);
            all.values.push_back(alpha[j] / beta[j]);
            if (pair) {  // conjugate to the last bit
                kept.push_back(j + 1);
                all.values.push_back(std::conj(all.values.back()));
            }
        }
        if (pair) ++j;
    }
    all.right = X(Eigen::all, kept);
    all.left = Y(Eigen::all, kept);
    return all;
}

#define INSTANTIATE(W)                                           \
    template DenseEigen dense_eigen<W>(Eigen::MatrixX<W>, bool); \
    template DenseEigen dense_eigen<W>(Eigen::MatrixX<W>, Eigen::MatrixX<W>);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)
#undef INSTANTIATE

}  // namespace ritz::eigen
