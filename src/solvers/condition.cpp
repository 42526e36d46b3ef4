// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>

#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/solvers/certificate.hpp"
#include "solvers/inverse.hpp"
#include "solvers/norm_estimator.hpp"

namespace ritz::detail {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

template <Scalar W>
double estimate_norm1(Index size, const Inverse<W>& B, Buffer<W>* largest) {
    NormEstimator<W> norm(size);
    Eigen::MatrixX<W> X;
    Buffer<W> y(static_cast<std::size_t>(size));
    while (!norm.done()) {
        X = Eigen::MatrixX<W>(size, norm.columns());  // resize frees what it has twice when memory runs out
        norm.request(X);
        const auto& product = norm.wants() == Transpose::adjoint ? B.apply_adjoint : B.apply;
        for (Eigen::Index k = 0; k < X.cols(); ++k) {
            product({X.data() + k * X.rows(), y.size()}, y);
            std::copy(y.begin(), y.end(), X.data() + k * X.rows());
        }
        norm.accept(X);
    }
    if (largest) *largest = norm.largest();
    return norm.estimate();
}

template <Scalar W>
double condition_estimate(const CsrView<W>& A, const Inverse<W>& inverse, bool suspicious) {
    const double norm = ritz::norm1(A);
    if (A.rows() == 0) return 1;
    Buffer<W> v;
    const double condition = norm * estimate_norm1(A.rows(), inverse, &v);
    return condition <= harmless_condition && !suspicious
               ? condition
               : examined_condition(A, norm, condition, std::move(v), inverse);
}

template <Scalar W>
double examined_condition(const CsrView<W>& A, double norm, double condition, Buffer<W> v, const Inverse<W>& inverse) {
    if (!std::isfinite(condition)) return infinity;
    const Buffer<W> zero(v.size(), W{});
    Buffer<W> residual_of_v(v.size()), d(v.size());
    for (int round = 0; round < 4; ++round) {
        const double size = ritz::norm_inf(v);
        if (!(size > 0) || !std::isfinite(size)) return infinity;
        ritz::scale(W{1 / size}, v);
        residual(A, v, zero, residual_of_v);  // −A v
        inverse.apply(residual_of_v, d);
        if (!ritz::all_finite(d)) return infinity;
        ritz::axpy(W{1}, d, v);                        // v ← v − (A + E)⁻¹ A v
        const double contraction = ritz::norm_inf(v);  // ‖v‖∞ was 1
        if (contraction < 0.1) return condition;       // E does not matter in the worst direction
        residual(A, v, zero, residual_of_v);
        const double image = ritz::norm1(residual_of_v);
        condition = std::max(condition, image == 0 ? infinity : norm * ritz::norm1(v) / image);
        if (!std::isfinite(condition)) return infinity;
    }
    // No contraction: what the factors say about A proves nothing.
    return std::max(condition, 1 / std::numeric_limits<double>::epsilon());
}

#define INSTANTIATE(W)                                                              \
    template double estimate_norm1(Index, const Inverse<W>&, Buffer<W>*);           \
    template double condition_estimate(const CsrView<W>&, const Inverse<W>&, bool); \
    template double examined_condition(const CsrView<W>&, double, double, Buffer<W>, const Inverse<W>&);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::detail
