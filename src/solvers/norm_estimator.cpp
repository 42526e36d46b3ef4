// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/norm_estimator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ritz/core/vector_operations.hpp"

namespace ritz::detail {

namespace {

constexpr int most_iterations = 5;

template <Scalar W>
W sign(W a) noexcept {
    const double size = std::abs(a);
    if (size == 0) return W{1};
    return a / size;
}

template <Scalar W>
VectorView<W> column_of(const Eigen::Ref<const Eigen::MatrixX<W>>& M, Eigen::Index k) {
    return {M.data() + k * M.outerStride(), static_cast<std::size_t>(M.rows())};
}

}  // namespace

template <Scalar W>
NormEstimator<W>::NormEstimator(Index n, double enough)
    : n_(static_cast<std::size_t>(n)), enough_(enough), stage_(n == 0 ? Stage::done : Stage::start) {}

template <Scalar W>
void NormEstimator<W>::request(Eigen::Ref<Eigen::MatrixX<W>> X) const {
    const auto n = static_cast<double>(n_);
    if (stage_ == Stage::start) {
        X.col(0).setConstant(W{1 / n});
        // A vector that defeats the cancellations by which the search below can be misled.
        if (n_ > 1)
            for (std::size_t i = 0; i < n_; ++i)
                X(static_cast<Eigen::Index>(i), 1) =
                    W{(i % 2 == 0 ? 1.0 : -1.0) * (1 + static_cast<double>(i) / (n - 1))};
    } else if (stage_ == Stage::signs) {
        std::copy(signs_.begin(), signs_.end(), X.data());
    } else {
        X.col(0).setZero();
        X(static_cast<Eigen::Index>(unit_), 0) = W{1};
    }
}

template <Scalar W>
void NormEstimator<W>::accept(const Eigen::Ref<const Eigen::MatrixX<W>>& products) {
    const VectorView<W> y = column_of<W>(products, 0);
    const double norm = ritz::norm1(y);
    if (!std::isfinite(norm)) {
        estimate_ = std::numeric_limits<double>::infinity();
        stage_ = Stage::done;
        return;
    }
    switch (stage_) {
        case Stage::start:  // y = B (1/n, …, 1/n)
            estimate_ = norm;
            largest_.assign(y.begin(), y.end());
            if (n_ == 1) return finish();
            alternating_ = 2 * ritz::norm1(column_of<W>(products, 1)) / (3 * static_cast<double>(n_));
            return ask_for_signs(y);
        case Stage::signs: {  // y = Bᴴ ξ
            const auto place = static_cast<std::size_t>(
                std::max_element(y.begin(), y.end(), [](W a, W b) { return std::abs(a) < std::abs(b); }) - y.begin());
            if (iteration_ > 0 && std::abs(y[place]) <= std::abs(y[unit_])) return finish();  // e_j: a local maximum
            unit_ = place;
            stage_ = Stage::unit;
            return;
        }
        case Stage::unit:  // y = B e_j
            if (norm <= estimate_ || ++iteration_ == most_iterations || std::max(norm, alternating_) <= enough_) {
                if (norm > estimate_) largest_.assign(y.begin(), y.end());
                estimate_ = std::max(estimate_, norm);
                return finish();
            }
            estimate_ = norm;
            largest_.assign(y.begin(), y.end());
            return ask_for_signs(y);
        case Stage::done:
            return;
    }
}

template <Scalar W>
void NormEstimator<W>::ask_for_signs(VectorView<W> y) {
    Buffer<W> next(n_);
    std::transform(y.begin(), y.end(), next.begin(), sign<W>);  // ξ ← sign(y)
    if (next == signs_) return finish();                        // the estimate is a local maximum
    signs_ = std::move(next);
    stage_ = Stage::signs;
}

template <Scalar W>
void NormEstimator<W>::finish() noexcept {
    estimate_ = std::max(estimate_, std::isnan(alternating_) ? std::numeric_limits<double>::infinity() : alternating_);
    stage_ = Stage::done;
}

template class NormEstimator<double>;
template class NormEstimator<std::complex<double>>;

}  // namespace ritz::detail
