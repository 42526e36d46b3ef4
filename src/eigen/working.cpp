// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/working.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/tuned.hpp"

namespace ritz::eigen {

namespace {

constexpr int unscaled = 100;  // exponents that need no scaling: products of three such numbers do not overflow
constexpr Offset tuned_entries = 1 << 14;  // below so many a product is too short for its storage to matter

int exponent_for(double largest, Exponents exponents) {
    if (!(largest > 0) || !std::isfinite(largest)) return 0;
    const int e = std::ilogb(largest);
    if (std::abs(e) <= unscaled) return 0;
    return exponents == Exponents::even ? e - (e & 1) : e;
}

/// A matrix that is kept together with what views it.
template <Scalar W>
struct OwnMatrix {
    Csr<W> matrix;
    TunedMatrix<W> tuned;
};

template <Scalar T>
Csr<Working<T>> scaled_copy(const CsrView<T>& A, int exponent) {
    using W = Working<T>;
    Buffer<W> values(A.values().size());
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = detail::scale_by_power(W(A.values()[k]), -exponent);
    return {detail::Trusted{},
            A.rows(),
            A.cols(),
            Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
            Buffer<Index>(A.indices().begin(), A.indices().end()),
            std::move(values)};
}

template <class A, Scalar W>
void apply_to_columns(const A& a, const ConstBlock<W>& X, Block<W> Y) {
    const LinearOperatorRef<W> reference(a);
    reference.apply_block(X, Y);
}

}  // namespace

template <Scalar T>
ScaledOperator<Working<T>> scaled(const LinearOperatorRef<T>& A, const std::optional<CsrView<T>>& rows,
                                  Exponents exponents) {
    using W = Working<T>;
    const Index n = A.rows();
    if (rows) {
        const int e = exponent_for(static_cast<double>(norm_inf(rows->values())), exponents);
        const auto own = std::make_shared<OwnMatrix<W>>();
        const bool tune = rows->nnz() >= tuned_entries;
        if (!std::is_same_v<T, W> || e != 0) {
            own->matrix = scaled_copy(*rows, e);
            if (tune) own->tuned = TunedMatrix<W>(own->matrix);
        } else if constexpr (std::is_same_v<T, W>) {
            if (tune) own->tuned = TunedMatrix<W>(*rows);
            if (!tune)
                return {n, e, [view = *rows](const ConstBlock<W>& X, Block<W> Y) { apply_to_columns(view, X, Y); }};
        }
        return {n, e, [own, tune](const ConstBlock<W>& X, Block<W> Y) {
                    if (tune)
                        own->tuned.apply_block(X, Y);
                    else
                        apply_to_columns(static_cast<const CsrView<W>&>(own->matrix), X, Y);
                }};
    }
    Buffer<T> x = random_vector<T>(n, 0x5ca1e), y(static_cast<std::size_t>(n));
    const auto x_norm = norm2(x);
    for (T& element : x) element /= x_norm;
    A.apply(x, y);
    const int e = exponent_for(static_cast<double>(norm_inf(y)), exponents);
    return {n, e, [A, e](const ConstBlock<W>& X, Block<W> Y) {
                if constexpr (std::is_same_v<T, W>) {
                    A.apply_block(X, Y);
                } else {
                    const Eigen::MatrixX<T> narrow = X.template cast<T>();
                    Eigen::MatrixX<T> product(X.rows(), X.cols());
                    A.apply_block(narrow, product);
                    Y = product.template cast<W>();
                }
                if (e != 0)
                    for (Eigen::Index j = 0; j < Y.cols(); ++j)
                        for (Eigen::Index i = 0; i < Y.rows(); ++i) Y(i, j) = detail::scale_by_power(Y(i, j), -e);
            }};
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
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixX<W>> solver(scaled_gram);
    const Eigen::VectorXd& values = solver.eigenvalues();
    Eigen::Index first = 0;
    while (first < m && !(values[first] > drop)) ++first;
    smallest = first < m ? values[first] : 1;
    const Eigen::VectorXd roots = values.tail(m - first).cwiseSqrt().cwiseInverse();
    return scale.asDiagonal() * solver.eigenvectors().rightCols(m - first) * roots.asDiagonal();
}

template <Scalar W>
std::optional<Index> orthonormalise(const ScaledOperator<W>* M, Block<W> S, Block<W> MS, Index first, Index count) {
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

Eigen::VectorXd error_bounds(const Eigen::VectorXd& values, const Eigen::VectorXd& residuals, double inverse_root) {
    struct Group {
        Eigen::Index begin, end;
        double squares, low, high;  // Σ ‖r‖², and the interval that holds its eigenvalues
    };
    std::vector<Group> groups;
    const auto interval = [&](Eigen::Index begin, Eigen::Index end, double squares) {
        const double radius = std::sqrt(squares);
        return Group{begin, end, squares, values[begin] - radius, values[end - 1] + radius};
    };
    for (Eigen::Index i = 0; i < values.size(); ++i) {
        const double radius = inverse_root * residuals[i];
        Group group = interval(i, i + 1, radius * radius);
        while (!groups.empty() && !(groups.back().high < group.low)) {
            group = interval(groups.back().begin, group.end, groups.back().squares + group.squares);
            groups.pop_back();
        }
        groups.push_back(group);
    }
    Eigen::VectorXd bounds(values.size());
    for (const Group& group : groups)
        bounds.segment(group.begin, group.end - group.begin).setConstant(std::sqrt(group.squares));
    return bounds;
}

#define INSTANTIATE(T)                                                                                        \
    template ScaledOperator<Working<T>> scaled(const LinearOperatorRef<T>&, const std::optional<CsrView<T>>&, \
                                               Exponents);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

#define INSTANTIATE(W)                                                               \
    template Eigen::MatrixX<W> random_block(Index, Index, std::uint64_t);            \
    template Eigen::MatrixX<W> whitening(const Eigen::MatrixX<W>&, double, double&); \
    template std::optional<Index> orthonormalise(const ScaledOperator<W>*, Block<W>, Block<W>, Index, Index);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)
#undef INSTANTIATE

}  // namespace ritz::eigen
