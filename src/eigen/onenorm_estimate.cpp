// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/onenorm_estimate.hpp"

#include <cmath>
#include <limits>
#include <type_traits>

#include "core/instantiate.hpp"
#include "eigen/onenorm_power.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/reductions.hpp"
#include "solvers/norm_estimator.hpp"

namespace ritz {

namespace {

/// The type that the search computes in.
template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;

constexpr Index formed_one_by_one = 4;

}  // namespace

template <Scalar T>
OneNormEstimate<T> eigen::onenorm_of_power(Operand<T>& B, T mu, int power) {
    const Index n = B.rows();
    const std::int64_t before = B.applications();
    OneNormEstimate<T> result;
    result.x = Eigen::VectorX<T>::Zero(n);
    Eigen::MatrixX<T> X, Y;
    const auto multiply = [&](bool adjoint) {  // Y ← (B - μI)ᵖ X, or of the adjoint
        for (int p = 0; p < power; ++p) {
            if (p > 0) X.swap(Y);
            Y.resize(n, X.cols());
            if (adjoint) {
                for (Eigen::Index k = 0; k < X.cols(); ++k) B.apply_adjoint(X.col(k), Y.col(k));
                if (mu != T{}) Y -= conjugate(mu) * X;
            } else {
                B.apply_block(X, Y);
                if (mu != T{}) Y -= mu * X;
            }
        }
    };
    const auto offer = [&](const auto& x, const auto& y) {
        const double norm = y.template cast<Wide<T>>().template lpNorm<1>();
        if (!(norm > result.estimate) && result.x.cwiseAbs().maxCoeff() > 0) return;
        result.estimate = norm;
        result.x = x.template cast<T>();
    };
    if (n <= formed_one_by_one) {
        for (Index j = 0; j < n; ++j) {
            const Eigen::VectorX<T> unit = Eigen::VectorX<T>::Unit(n, j);
            X = unit;
            multiply(false);
            if (!Y.allFinite()) {
                result.estimate = std::numeric_limits<double>::infinity();
                result.x = unit;
                break;
            }
            offer(unit, Y.col(0));
        }
        result.exact = std::isfinite(result.estimate);
    } else {
        detail::NormEstimator<Wide<T>> search(n);
        while (!search.done()) {
            Eigen::MatrixX<Wide<T>> asked(n, search.columns());
            search.request(asked);
            const bool adjoint = search.wants() == Transpose::adjoint;
            X = asked.template cast<T>();
            const Eigen::MatrixX<T> start = X;
            multiply(adjoint);
            if (!adjoint && Y.allFinite())
                for (Eigen::Index k = 0; k < Y.cols(); ++k) offer(start.col(k), Y.col(k));
            search.accept(Y.template cast<Wide<T>>());
        }
        if (!std::isfinite(search.estimate())) result.estimate = search.estimate();
    }
    result.operator_applications = B.applications() - before;
    return result;
}

namespace {

template <Scalar T>
OneNormEstimate<T> estimate(eigen::Operand<T>& B, int power) {
    OneNormEstimate<T> result = eigen::onenorm_of_power(B, T{}, power);
    result.estimate = std::ldexp(result.estimate, B.exponent() * power);
    result.operator_applications = B.applications();
    return result;
}

}  // namespace

template <Scalar T>
OneNormEstimate<T> onenormest(const CsrView<T>& A, const OneNormOptions& options) {
    eigen::require_square_and_finite(A, "onenormest");
    detail::require(options.power >= 1, "onenormest: power must be at least 1");
    if (options.power == 1) {
        OneNormEstimate<T> result;
        result.exact = true;
        result.x = Eigen::VectorX<T>::Zero(A.rows());
        if (A.rows() == 0) return result;
        Eigen::Index place = 0;
        result.estimate = static_cast<double>(column_abs_sums(A).maxCoeff(&place));
        result.x[place] = T{1};
        return result;
    }
    eigen::Operand<T> B(A);
    return estimate(B, options.power);
}

template <Scalar T>
OneNormEstimate<T> onenormest(const LinearOperatorRef<T>& A, const OneNormOptions& options) {
    detail::require(A.rows() == A.cols(), "onenormest: A must be square");
    detail::require(options.power >= 1, "onenormest: power must be at least 1");
    if (!A.has_adjoint()) throw Unsupported("onenormest: the operator must apply its adjoint");
    eigen::Operand<T> B(A);
    return estimate(B, options.power);
}

#define INSTANTIATE(T)                                                                \
    template OneNormEstimate<T> eigen::onenorm_of_power(Operand<T>&, T, int);         \
    template OneNormEstimate<T> onenormest(const CsrView<T>&, const OneNormOptions&); \
    template OneNormEstimate<T> onenormest(const LinearOperatorRef<T>&, const OneNormOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
