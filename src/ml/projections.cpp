// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/projections.hpp"

#include "core/instantiate.hpp"
#include "ml/dense.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::ml {

using detail::product;
using detail::require;

template <Scalar T>
Projection<T>::Projection(linalg::Matrix<T> A, linalg::Matrix<T> point, const ProjectionOptions& options) {
    using R = Real<T>;
    detail::require_finite<T>(A, "projection", "A");
    detail::require_finite<T>(point, "projection", "point");
    require(point.rows() == A.rows() && point.cols() <= 1,
            "affine_projection: A is " + detail::shape(A.rows(), A.cols()) + ", but the point is " +
                detail::shape(point.rows(), point.cols()));
    require(options.rtol.value_or(0) >= 0, "projection: rtol must not be negative");
    if (point.cols() == 1) point_ = point;
    Eigen::MatrixX<T> directions = A;
    for (Eigen::Index j = 0; j < A.cols(); ++j) {
        const R largest = detail::largest_part(directions.col(j));
        if (largest == 0) continue;
        directions.col(j) *= detail::power_of_two<R>(-detail::binary_exponent(largest));
        directions.col(j) /= directions.col(j).norm();
    }
    const auto [U, s, Vh] = linalg::svd(directions, {.full_matrices = false});
    const R rtol = R(options.rtol.value_or(double(std::max(A.rows(), A.cols())) * std::numeric_limits<R>::epsilon()));
    Eigen::Index rank = 0;
    while (rank < s.size() && s[rank] > rtol * s[0]) ++rank;
    basis_ = U.leftCols(rank);
}

template <Scalar T>
Eigen::MatrixX<T> Projection<T>::matrix() const {
    return detail::gram_of_rows<T>(basis_, "Projection");
}

template <Scalar T>
Eigen::MatrixX<T> Projection<T>::project(linalg::Matrix<T> B) const {
    require(B.rows() == basis_.rows(), "Projection: b is " + detail::shape(B.rows(), B.cols()) +
                                           ", but the space has " + std::to_string(basis_.rows()) + " dimensions");
    detail::require_finite<T>(B, "Projection", "b");
    Eigen::MatrixX<T> X = B;
    if (point_.size() > 0) X.colwise() -= point_;
    const Eigen::MatrixX<T> coefficients = product<T>(detail::blas::adjoint<T>, basis_, 'N', X, "Projection");
    X = product<T>('N', basis_, 'N', coefficients, "Projection");
    if (point_.size() > 0) X.colwise() += point_;
    return X;
}

template <Scalar T>
Eigen::MatrixX<T> Projection<T>::reject(linalg::Matrix<T> B) const {
    Eigen::MatrixX<T> rest = B - project(B);
    const Eigen::MatrixX<T> coefficients = product<T>(detail::blas::adjoint<T>, basis_, 'N', rest, "Projection");
    rest -= product<T>('N', basis_, 'N', coefficients, "Projection");
    return rest;
}

namespace detail {

template <Scalar T>
GramSchmidt<T> gram_schmidt(linalg::Matrix<T> A, std::optional<double> rtol) {
    using R = Real<T>;
    require_finite<T>(A, "gram_schmidt", "A");
    require(rtol.value_or(0) >= 0, "gram_schmidt: rtol must not be negative");
    const Eigen::Index m = A.rows(), n = A.cols(), most = std::min(m, n);
    const R limit = R(rtol.value_or(double(m) * std::numeric_limits<R>::epsilon()));
    Eigen::MatrixX<T> Q(m, most), factor = Eigen::MatrixX<T>::Zero(most, n);
    std::vector<Eigen::Index> kept;
    for (Eigen::Index j = 0; j < n; ++j) {
        const R largest = largest_part(A.col(j));
        if (largest == 0) continue;
        const R unit = power_of_two<R>(binary_exponent(largest));
        Eigen::VectorX<T> v = A.col(j) / unit;
        const R length = v.norm();
        const Eigen::Index rank = Eigen::Index(kept.size());
        for (int pass = 0; pass < 2; ++pass)
            for (Eigen::Index k = 0; k < rank; ++k) {
                const T r = Q.col(k).dot(v);
                v -= r * Q.col(k);
                factor(k, j) += r * unit;
            }
        const R rest = v.norm();
        if (rank == most || !(rest > limit * length)) continue;
        Q.col(rank) = v / rest;
        factor(rank, j) = rest * unit;
        kept.push_back(j);
    }
    const Eigen::Index rank = Eigen::Index(kept.size());
    return {Q.leftCols(rank), factor.topRows(rank), std::move(kept)};
}

}  // namespace detail

#define RITZ_INSTANTIATE(T)       \
    template class Projection<T>; \
    template GramSchmidt<T> detail::gram_schmidt<T>(linalg::Matrix<T>, std::optional<double>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::ml
