// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/pca.hpp"

#include "ml/centring.hpp"
#include "ritz/eigen/svds.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/linalg/svd.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz::ml {

using detail::require;

namespace {

void check(Eigen::Index n, Eigen::Index d, Eigen::Index k) {
    require(n >= 2, "pca: " + std::to_string(n) + " observations have no variance; at least two are needed");
    require(k >= 0 && k <= std::min(n, d),
            "pca: " + std::to_string(k) + " components of a " + detail::shape(n, d) + " matrix; there are min(n, d)");
}

/// The parts that follow from mean, components and singular values. `total` is ‖X − 1μᵀ‖_F.
template <class R>
void complete(Pca<R>& result, Eigen::Index n, Eigen::Index d, R total) {
    const R divisor = std::sqrt(R(n - 1));
    const R limit = R(std::max(n, d)) * std::numeric_limits<R>::epsilon();
    const Eigen::VectorX<R>& s = result.singular_values;
    result.explained_variance = (s / divisor).cwiseAbs2();
    result.explained_variance_ratio =
        total > 0 ? (s / total).cwiseAbs2().eval() : Eigen::VectorX<R>::Zero(s.size()).eval();
    for (Eigen::Index k = 0; k < s.size(); ++k) {
        if (s[k] > limit * s[0]) ++result.rank;
        Eigen::Index at = 0;
        if (d == 0) continue;
        result.components.row(k).cwiseAbs().maxCoeff(&at);
        if (result.components(k, at) < 0) result.components.row(k) *= -1;
    }
}

/// X − 1μᵀ by its products.
template <class R, class Matrix>
auto centred_operator(const Matrix& X, const Eigen::VectorX<R>& mean) {
    const Index n = Index(X.rows()), d = Index(X.cols());
    return MatrixFree(
        n, d,
        [&X, &mean, n](VectorView<R> x, VectorRef<R> y) {
            X.apply(x, y);
            const R shift = mean.dot(Eigen::Map<const Eigen::VectorX<R>>(x.data(), mean.size()));
            for (Index i = 0; i < n; ++i) y[i] -= shift;
        },
        [&X, &mean, d](VectorView<R> x, VectorRef<R> y) {
            X.apply_transpose(x, y);
            const R sum = Eigen::Map<const Eigen::VectorX<R>>(x.data(), Eigen::Index(x.size())).sum();
            for (Index j = 0; j < d; ++j) y[j] -= mean[j] * sum;
        });
}

}  // namespace

namespace detail {

template <class R>
Pca<R> pca(linalg::Matrix<R> X, const PcaOptions& options) {
    const Eigen::Index n = X.rows(), d = X.cols();
    const Eigen::Index k = options.components == 0 ? std::min(n, d) : options.components;
    check(n, d, k);
    require_finite<R>(X, "pca", "X");
    Pca<R> result;
    result.whiten = options.whiten;
    result.mean = options.centre ? centre_columns<R>(X).mean : Eigen::VectorX<R>::Zero(d).eval();
    const Eigen::MatrixX<R> data = X.rowwise() - result.mean.transpose();
    if (options.method == PcaMethod::full || k == 0) {
        const auto [U, s, Vh] = linalg::svd(data, {.full_matrices = false});
        result.components = Vh.topRows(k);
        result.singular_values = s.head(k);
        complete<R>(result, n, d, s.stableNorm());
        return result;
    }
    const MatrixFree A(
        Index(n), Index(d),
        [&](VectorView<R> x, VectorRef<R> y) {
            Eigen::Map<Eigen::VectorX<R>>(y.data(), n).noalias() =
                data * Eigen::Map<const Eigen::VectorX<R>>(x.data(), d);
        },
        [&](VectorView<R> x, VectorRef<R> y) {
            Eigen::Map<Eigen::VectorX<R>>(y.data(), d).noalias() =
                data.transpose() * Eigen::Map<const Eigen::VectorX<R>>(x.data(), n);
        });
    auto svd = randomized_svd(LinearOperatorRef<R>(A), Index(k), {.power_iterations = 4, .seed = options.seed});
    result.components = svd.V.transpose();
    result.singular_values = svd.values;
    result.error_bound = svd.error_bound;
    complete<R>(result, n, d, data.stableNorm());
    return result;
}

template Pca<float> pca(linalg::Matrix<float>, const PcaOptions&);
template Pca<double> pca(linalg::Matrix<double>, const PcaOptions&);

}  // namespace detail

template <std::floating_point R>
Pca<R> pca(const CsrView<R>& X, Index k, const PcaOptions& options) {
    const Index n = X.rows(), d = X.cols();
    check(n, d, k);
    require(k > 0, "pca: of a sparse matrix at least one component must be asked for");
    require(options.method == PcaMethod::full, "pca: a sparse matrix has no randomized method here");
    detail::require_finite<R>(Eigen::Map<const Eigen::VectorX<R>>(X.values().data(), Eigen::Index(X.nnz())), "pca",
                              "X.values");
    Pca<R> result;
    result.whiten = options.whiten;
    result.mean = Eigen::VectorX<R>::Zero(d);
    Eigen::VectorX<Offset> stored = Eigen::VectorX<Offset>::Zero(d);
    for (Offset e = 0; e < X.nnz(); ++e) {
        const Index j = X.indices()[std::size_t(e)];
        if (options.centre) result.mean[j] += X.values()[std::size_t(e)] / R(n);
        ++stored[j];
    }
    // ‖X − 1μᵀ‖² from deviations: no difference of large numbers.
    double total = 0;
    for (Offset e = 0; e < X.nnz(); ++e) {
        const double deviation = double(X.values()[std::size_t(e)]) - double(result.mean[X.indices()[std::size_t(e)]]);
        total += deviation * deviation;
    }
    for (Index j = 0; j < d; ++j) total += double(n - stored[j]) * double(result.mean[j]) * double(result.mean[j]);

    SvdsOptions svds_options;
    svds_options.seed = options.seed;
    SvdsResult<R> svd;
    if (options.centre) {
        const auto A = centred_operator<R>(X, result.mean);
        svd = svds(LinearOperatorRef<R>(A), k, svds_options);
    } else {
        svd = svds(X, k, svds_options);
    }
    result.components = svd.V.transpose();
    result.singular_values = svd.values;
    result.report = std::move(svd.report);
    complete<R>(result, n, d, R(std::sqrt(total)));
    return result;
}

template Pca<float> pca(const CsrView<float>&, Index, const PcaOptions&);
template Pca<double> pca(const CsrView<double>&, Index, const PcaOptions&);

template <Scalar T>
Eigen::MatrixX<T> Pca<T>::transform(linalg::Matrix<T> X) const {
    require(X.cols() == mean.size(), "Pca: X has " + std::to_string(X.cols()) + " features, but those learnt are " +
                                         std::to_string(mean.size()));
    detail::require_finite<T>(X, "Pca", "X");
    const Eigen::MatrixX<T> data = X.rowwise() - mean.transpose();
    Eigen::MatrixX<T> scores = detail::product<T>('N', data, 'T', components, "Pca");
    for (Eigen::Index k = 0; whiten && k < scores.cols(); ++k)
        scores.col(k) *= k < rank ? 1 / std::sqrt(explained_variance[k]) : T(0);
    return scores;
}

template <Scalar T>
Eigen::MatrixX<T> Pca<T>::inverse(linalg::Matrix<T> scores) const {
    require(scores.cols() == components.rows(), "Pca: there are " + std::to_string(scores.cols()) +
                                                    " scores, but components are " + std::to_string(components.rows()));
    detail::require_finite<T>(scores, "Pca", "scores");
    Eigen::MatrixX<T> scaled = scores;
    for (Eigen::Index k = 0; whiten && k < rank; ++k) scaled.col(k) *= std::sqrt(explained_variance[k]);
    Eigen::MatrixX<T> X = detail::product<T>('N', scaled, 'N', components, "Pca");
    X.rowwise() += mean.transpose();
    return X;
}

template struct Pca<float>;
template struct Pca<double>;

}  // namespace ritz::ml
