// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/working.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "eigen/dense_symmetric.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/tuned.hpp"

namespace ritz::eigen {

namespace {

constexpr int unscaled = 64;  // exponents that need no scaling: products of several such numbers are moderate
constexpr Offset tuned_entries = 1 << 14;  // below so many a product is too short for its storage to matter

/// A matrix that is kept together with what views it.
template <Scalar W>
struct OwnMatrix {
    Csr<W> matrix;
    TunedMatrix<W> tuned;
};

template <Scalar T>
Csr<Working<T>> widened(const CsrView<T>& A) {
    return {detail::Trusted{},
            A.rows(),
            A.cols(),
            Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
            Buffer<Index>(A.indices().begin(), A.indices().end()),
            Buffer<Working<T>>(A.values().begin(), A.values().end())};
}

}  // namespace

template <Scalar T>
WorkingOperator<Working<T>> working_operator(const LinearOperatorRef<T>& A, const std::optional<CsrView<T>>& rows) {
    using W = Working<T>;
    const Index n = A.rows();
    if (rows && (rows->nnz() >= tuned_entries || !std::is_same_v<T, W>)) {
        const auto own = std::make_shared<OwnMatrix<W>>();
        if constexpr (std::is_same_v<T, W>) {
            own->tuned = TunedMatrix<W>(*rows);
        } else {
            own->matrix = widened(*rows);
            own->tuned = TunedMatrix<W>(own->matrix);
        }
        return {n, [own](const ConstBlock<W>& X, Block<W> Y) { own->tuned.apply_block(X, Y); }};
    }
    return {n, [A](const ConstBlock<W>& X, Block<W> Y) {
                if constexpr (std::is_same_v<T, W>) {
                    A.apply_block(X, Y);
                } else {
                    const Eigen::MatrixX<T> narrow = X.template cast<T>();
                    Eigen::MatrixX<T> product(X.rows(), X.cols());
                    A.apply_block(narrow, product);
                    Y = product.template cast<W>();
                }
            }};
}

template <Scalar T>
ScaledApply<T>::ScaledApply(const LinearOperatorRef<T>& A) : A_(A) {
    if (A.rows() == 0) return;
    Buffer<T> x = random_vector<T>(A.rows(), 0x5ca1e), y(x.size());
    const auto norm = norm2(x);
    for (T& element : x) element /= norm;
    A.apply(x, y);
    const auto size = static_cast<double>(norm2(y));
    if (!(size > 0) || !std::isfinite(size)) return;
    const int e = std::ilogb(size);
    if (std::abs(e) > unscaled / (sizeof(Real<T>) == sizeof(float) ? 4 : 1)) exponent_ = e - e % 2;
}

template <Scalar T>
void ScaledApply<T>::apply(VectorView<T> x, VectorRef<T> y) const {
    A_.apply(x, y);
    if (exponent_ != 0)
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = detail::scale_by_power(y[i], -exponent_);
}

template <Scalar T>
void ScaledApply<T>::apply_block(const ConstBlock<T>& X, Block<T> Y) const {
    A_.apply_block(X, Y);
    if (exponent_ != 0)
        for (Eigen::Index j = 0; j < Y.cols(); ++j)
            for (Eigen::Index i = 0; i < Y.rows(); ++i) Y(i, j) = detail::scale_by_power(Y(i, j), -exponent_);
}

template <Scalar W>
bool seems_hermitian(const WorkingOperator<W>& A, double rounding, std::uint64_t seed) {
    const Eigen::MatrixX<W> X = random_block<W>(A.n(), 3, seed);
    Eigen::MatrixX<W> Y(X.rows(), X.cols());
    A.apply(X, Y);
    const Eigen::MatrixX<W> G = gram<W>(X, Y);
    if (!G.allFinite()) return true;
    const Eigen::VectorXd x = X.colwise().norm(), y = Y.colwise().norm();
    return (G - G.adjoint()).cwiseAbs().maxCoeff() <= rounding * x.maxCoeff() * y.maxCoeff();
}

template <Scalar W>
SpectrumEnds spectrum_ends(const WorkingOperator<W>& A, Index steps, std::uint64_t seed) {
    const Index n = A.n();
    steps = std::min(steps, n);
    Eigen::MatrixX<W> V(n, steps + 1);
    V.col(0) = random_block<W>(n, 1, seed).col(0).normalized();
    Eigen::MatrixXd tridiagonal = Eigen::MatrixXd::Zero(steps, steps);
    double beta = 0;
    Index built = 0;
    for (Index j = 0; j < steps; ++j) {
        auto next = V.middleCols(j + 1, 1);
        A.apply(V.middleCols(j, 1), next);
        const double size = next.norm();
        if (!std::isfinite(size)) return {.finite = false};
        for (int pass = 0; pass < 2; ++pass) {
            const Eigen::MatrixX<W> h = gram<W>(V.leftCols(j + 1), next);
            tridiagonal(j, j) += std::real(h(j, 0));
            subtract_product<W>(V.leftCols(j + 1), h, next);
        }
        built = j + 1;
        beta = next.norm();
        if (!(beta > 1e-14 * size)) {  // the space is invariant
            beta = 0;
            break;
        }
        next /= W(beta);
        if (j + 1 < steps) tridiagonal(j + 1, j) = tridiagonal(j, j + 1) = beta;
    }
    if (built == 0) return {};
    const auto [values, vectors] = hermitian_eigenpairs<double>(tridiagonal.topLeftCorner(built, built));
    const double low = std::abs(beta * vectors(built - 1, 0)), high = std::abs(beta * vectors(built - 1, built - 1));
    return {values[0], values[built - 1], low, high, values[0] - beta, values[built - 1] + beta};
}

template <Scalar W>
Eigen::MatrixX<W> random_block(Index n, Index cols, std::uint64_t seed) {
    Eigen::MatrixX<W> X(n, cols);
    for (Index j = 0; j < cols; ++j) {
        const Buffer<W> column = random_vector<W>(n, seed * 1000003 + static_cast<std::uint64_t>(j));
        std::copy(column.begin(), column.end(), X.col(j).data());
    }
    return X;
}

template <Scalar W>
Eigen::MatrixX<W> whitening(const Eigen::MatrixX<W>& G, double drop, double& smallest) {
    const Eigen::Index m = G.cols();
    Eigen::VectorXd scale(m);
    for (Eigen::Index j = 0; j < m; ++j) {
        const double square = std::real(G(j, j));
        scale[j] = square > 0 ? 1 / std::sqrt(square) : 0;
    }
    const Eigen::MatrixX<W> scaled_gram = scale.asDiagonal() * G * scale.asDiagonal();
    const auto [values, vectors] = hermitian_eigenpairs<W>(scaled_gram);
    Eigen::Index first = 0;
    while (first < m && !(values[first] > drop)) ++first;
    smallest = first < m ? values[first] : 1;
    const Eigen::VectorXd roots = values.tail(m - first).cwiseSqrt().cwiseInverse();
    return scale.asDiagonal() * vectors.rightCols(m - first) * roots.asDiagonal();
}

template <Scalar W>
std::optional<Index> orthonormalise(const WorkingOperator<W>* M, Block<W> S, Block<W> MS, Index first, Index count) {
    constexpr int most_passes = 5;
    constexpr double noise = 1e-14;  // what is left of a column in this part of itself is rounding
    for (int pass = 0; pass < most_passes && count > 0; ++pass) {
        auto columns = S.middleCols(first, count);
        if (M) M->apply(columns, MS.middleCols(first, count));
        const auto images = [&] { return M ? MS.middleCols(first, count) : S.middleCols(first, count); };

        Eigen::VectorXd taken = Eigen::VectorXd::Zero(count);
        if (first > 0) {
            const Eigen::MatrixX<W> H = gram<W>(M ? MS.leftCols(first) : S.leftCols(first), columns);
            if (!H.allFinite()) return {};
            taken = H.colwise().squaredNorm();
            subtract_product<W>(S.leftCols(first), H, columns);
            if (M) subtract_product<W>(MS.leftCols(first), H, MS.middleCols(first, count));
        }
        Eigen::MatrixX<W> G = gram<W>(columns, images());
        if (!G.allFinite()) return {};
        G = ((G + G.adjoint()) / 2).eval();
        bool mild = true;
        for (Index j = 0; j < count; ++j) {
            const double left = std::real(G(j, j));
            if (left < 0 && -left > 1e-10 * (taken[j] + columns.col(j).squaredNorm()))
                throw NotPositiveDefinite("eigensolver: M is not positive definite: xᴴ M x < 0 for some x");
            if (left <= noise * noise * taken[j]) G.row(j).setZero(), G.col(j).setZero();
            if (left < taken[j]) mild = false;
        }
        double smallest = 1;
        const Eigen::MatrixX<W> Q = whitening<W>(G, count * noise, smallest);
        multiply_in_place<W>(columns, Q);
        if (M) multiply_in_place<W>(MS.middleCols(first, count), Q);
        count = static_cast<Index>(Q.cols());
        if (mild && smallest > 0.1) break;
    }
    return count;
}

#define INSTANTIATE(T)                                                                       \
    template WorkingOperator<Working<T>> working_operator(const LinearOperatorRef<T>&,       \
                                                          const std::optional<CsrView<T>>&); \
    template class ScaledApply<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

#define INSTANTIATE(W)                                                                    \
    template bool seems_hermitian(const WorkingOperator<W>&, double, std::uint64_t);      \
    template SpectrumEnds spectrum_ends(const WorkingOperator<W>&, Index, std::uint64_t); \
    template Eigen::MatrixX<W> random_block(Index, Index, std::uint64_t);                 \
    template Eigen::MatrixX<W> whitening(const Eigen::MatrixX<W>&, double, double&);      \
    template std::optional<Index> orthonormalise(const WorkingOperator<W>*, Block<W>, Block<W>, Index, Index);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)
#undef INSTANTIATE

}  // namespace ritz::eigen
