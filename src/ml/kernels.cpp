// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/kernels.hpp"

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "ml/dense.hpp"

namespace ritz::ml::detail {

namespace {

/// f(column) for each column of K, as an array; in parallel when there is much of it. The vector instructions of exp
/// round otherwise than the scalar ones at the end of a column, so what is to be symmetric must be mirrored.
template <Scalar T, class Function>
void for_each_column(Eigen::MatrixX<T>& K, Function&& f) {
    const Eigen::Index grain = std::max<Eigen::Index>(1, 20000 / std::max<Eigen::Index>(1, K.rows()));
    ritz::detail::parallel_ranges(K.cols(), grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t j = begin; j < end; ++j) f(K.col(j).array());
    });
}

void check(const Lengthscale& scale, Eigen::Index features, const std::string& who, bool gamma_allowed) {
    const int given =
        int(scale.lengthscale.has_value()) + int(scale.gamma.has_value()) + int(scale.lengthscales.size() > 0);
    require(given <= 1, who + ": give one of lengthscale, gamma and lengthscales");
    const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
    require(!scale.lengthscale || positive(*scale.lengthscale), who + ": lengthscale must be positive and finite");
    require(!scale.gamma || (gamma_allowed && positive(*scale.gamma)),
            who + (gamma_allowed ? ": gamma must be positive and finite" : ": gamma is a parameter of the RBF kernel"));
    if (scale.lengthscales.size() == 0) return;
    require(scale.lengthscales.size() == features, who + ": " + std::to_string(scale.lengthscales.size()) +
                                                       " lengthscales for points of " + std::to_string(features) +
                                                       " features");
    for (Eigen::Index k = 0; k < features; ++k)
        require(positive(scale.lengthscales[k]),
                who + ": lengthscales[" + std::to_string(k) + "] must be positive and finite");
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> linear_kernel(linalg::Matrix<T> X) {
    require_finite<T>(X, "linear_kernel", "X");
    return gram_of_rows<T>(X, "linear_kernel");
}

template <Scalar T>
Eigen::MatrixX<T> linear_kernel(linalg::Matrix<T> X, linalg::Matrix<T> Y) {
    require(X.cols() == Y.cols(), "linear_kernel: X is " + shape(X.rows(), X.cols()) + ", but Y is " +
                                      shape(Y.rows(), Y.cols()) + ": points are rows and must be equally long");
    require_finite<T>(X, "linear_kernel", "X");
    require_finite<T>(Y, "linear_kernel", "Y");
    return product<T>('N', X, blas::adjoint<T>, Y, "linear_kernel");
}

template <Scalar T>
void polynomial_of(Eigen::MatrixX<T>& K, Eigen::Index features, const Polynomial& options, bool one_set) {
    require(options.degree >= 0, "polynomial_kernel: degree must not be negative");
    require(std::isfinite(options.coef0) && std::isfinite(options.gamma.value_or(1)),
            "polynomial_kernel: gamma and coef0 must be finite");
    const T gamma = T(Real<T>(options.gamma.value_or(1.0 / double(std::max<Eigen::Index>(features, 1)))));
    const T c = T(Real<T>(options.coef0));
    for_each_column(K, [&](auto column) {
        column = gamma * column + c;
        const Eigen::ArrayX<T> base = column;
        column.setOnes();
        for (int k = 0; k < options.degree; ++k) column *= base;
    });
    if (one_set) mirror_lower(K);
}

template <class R>
Eigen::MatrixX<R> scaled_points(linalg::Matrix<R> X, const Lengthscale& scale, bool complex, const char* who) {
    const Eigen::Index features = complex ? X.cols() / 2 : X.cols();
    check(scale, features, who, std::string(who) == "rbf_kernel");
    require_finite<R>(X, who, "X");
    Eigen::MatrixX<R> points = X;
    if (scale.lengthscale) points /= R(*scale.lengthscale);
    if (scale.lengthscales.size() > 0)
        for (Eigen::Index k = 0; k < X.cols(); ++k) points.col(k) /= R(scale.lengthscales[k % features]);
    return points;
}

template <class R>
void rbf_of(Eigen::MatrixX<R>& squared_distances, const Lengthscale& scale, bool one_set) {
    const R gamma = R(scale.gamma.value_or(0.5));
    for_each_column(squared_distances, [&](auto column) { column = (-gamma * column).exp(); });
    if (one_set) mirror_lower(squared_distances);
}

template <class R>
void matern_of(Eigen::MatrixX<R>& distances, Smoothness nu, bool one_set) {
    // Beyond 10⁴ the exponential has vanished, and the polynomial before it must not be infinite.
    const R far = R(1e4);
    for_each_column(distances, [&](auto column) {
        column = column.min(far);
        switch (nu) {
            case Smoothness::half:
                column = (-column).exp();
                break;
            case Smoothness::three_halves:
                column *= std::sqrt(R(3));
                column = (1 + column) * (-column).exp();
                break;
            case Smoothness::five_halves:
                column *= std::sqrt(R(5));
                column = (1 + column + column.square() / 3) * (-column).exp();
                break;
        }
    });
    if (one_set) mirror_lower(distances);
}

template <Scalar T>
Eigen::MatrixX<T> centre_kernel(linalg::Matrix<T> K) {
    linalg::detail::require_square(K.rows(), K.cols(), "centre_kernel", "K",
                                   "for new points give the training points' matrix as well");
    require_finite<T>(K, "centre_kernel", "K");
    Eigen::MatrixX<T> centred = K;
    if (K.size() == 0) return centred;
    // Twice: what the rounding of the first means leaves is taken off by the second.
    for (int pass = 0; pass < 2; ++pass) {
        const Eigen::RowVectorX<T> columns = centred.colwise().mean();
        centred.rowwise() -= columns;
        const Eigen::VectorX<T> rows = centred.rowwise().mean();
        centred.colwise() -= rows;
    }
    // A symmetric K stays so exactly.
    if ((K - K.adjoint()).isZero(0)) centred = ((centred + centred.adjoint()) / Real<T>(2)).eval();
    return centred;
}

template <Scalar T>
Eigen::MatrixX<T> centre_kernel(linalg::Matrix<T> K, linalg::Matrix<T> training) {
    linalg::detail::require_square(training.rows(), training.cols(), "centre_kernel", "training");
    require(K.cols() == training.rows(), "centre_kernel: K is " + shape(K.rows(), K.cols()) + ", but training is " +
                                             shape(training.rows(), training.cols()) +
                                             ": K needs a column for each training point");
    require_finite<T>(K, "centre_kernel", "K");
    require_finite<T>(training, "centre_kernel", "training");
    Eigen::MatrixX<T> centred = K;
    if (K.size() == 0) return centred;
    const Eigen::RowVectorX<T> means = training.colwise().mean();  // of the training points' features with each of them
    centred.rowwise() -= means;
    const Eigen::VectorX<T> rows = centred.rowwise().mean();
    centred.colwise() -= rows;
    return centred;
}

#define RITZ_INSTANTIATE(T)                                                                    \
    template Eigen::MatrixX<T> linear_kernel<T>(linalg::Matrix<T>);                            \
    template Eigen::MatrixX<T> linear_kernel<T>(linalg::Matrix<T>, linalg::Matrix<T>);         \
    template void polynomial_of<T>(Eigen::MatrixX<T>&, Eigen::Index, const Polynomial&, bool); \
    template Eigen::MatrixX<T> centre_kernel<T>(linalg::Matrix<T>);                            \
    template Eigen::MatrixX<T> centre_kernel<T>(linalg::Matrix<T>, linalg::Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

#define RITZ_INSTANTIATE(R)                                                                                \
    template Eigen::MatrixX<R> scaled_points<R>(linalg::Matrix<R>, const Lengthscale&, bool, const char*); \
    template void rbf_of<R>(Eigen::MatrixX<R>&, const Lengthscale&, bool);                                 \
    template void matern_of<R>(Eigen::MatrixX<R>&, Smoothness, bool);
RITZ_INSTANTIATE(float)
RITZ_INSTANTIATE(double)
#undef RITZ_INSTANTIATE

}  // namespace ritz::ml::detail
