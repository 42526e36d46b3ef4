// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/norm_estimator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ritz/core/random.hpp"
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
NormEstimator<W>::NormEstimator(Index n, double enough) : n_(static_cast<std::size_t>(n)), enough_(enough) {
    searches_[0].open = n_ > 0;
    searches_[1].open = n_ > 1;
    if (n_ == 0) return;
    searches_[0].x.assign(n_, W{1 / static_cast<double>(n_)});
    if (n_ == 1) return;
    Buffer<W>& x = searches_[1].x;
    x.resize(n_);
    Random random(0x5eed);
    double norm = 0;
    for (W& a : x) {
        a = W{random.uniform(-1, 1)};
        norm += std::abs(a);
    }
    for (W& a : x) a /= norm;
}

template <Scalar W>
Eigen::Index NormEstimator<W>::active() const noexcept {
    return std::count_if(searches_.begin(), searches_.end(), [](const Search& search) { return search.open; });
}

template <Scalar W>
void NormEstimator<W>::request(Eigen::Ref<Eigen::MatrixX<W>> X) const {
    Eigen::Index k = 0;
    for (const Search& search : searches_)
        if (search.open) std::copy(search.x.begin(), search.x.end(), X.col(k++).data());
}

template <Scalar W>
void NormEstimator<W>::accept(const Eigen::Ref<const Eigen::MatrixX<W>>& products) {
    Eigen::Index k = 0;
    for (Search& search : searches_) {
        if (!search.open) continue;
        const VectorView<W> y = column_of<W>(products, k++);
        if (!ritz::all_finite(y) || !std::isfinite(ritz::norm1(y))) return fail();
        if (!adjoint_) {
            ascend(search, y);
            continue;
        }
        // y = Bᴴ ξ: the largest element is where the norm grows fastest.
        const auto place = static_cast<std::size_t>(
            std::max_element(y.begin(), y.end(), [](W a, W b) { return std::abs(a) < std::abs(b); }) - y.begin());
        if (search.iteration > 0 && std::abs(y[place]) <= std::abs(y[search.unit])) {  // e_j: a local maximum
            search.open = false;
            continue;
        }
        search.unit = place;
        std::fill(search.x.begin(), search.x.end(), W{});
        search.x[place] = W{1};
    }
    adjoint_ = !adjoint_;
}

/// y = B x for an x of norm 1.
template <Scalar W>
void NormEstimator<W>::ascend(Search& search, VectorView<W> y) {
    const double norm = ritz::norm1(y);
    const bool higher = norm > search.estimate;
    search.estimate = std::max(search.estimate, norm);
    if (norm > estimate_ || largest_.empty()) largest_.assign(y.begin(), y.end());
    estimate_ = std::max(estimate_, norm);
    const bool unit = std::exchange(search.started, true);
    if (n_ == 1 || (unit && (!higher || ++search.iteration == most_iterations || estimate_ <= enough_))) {
        search.open = false;
        return;
    }
    Buffer<W> signs(n_);
    std::transform(y.begin(), y.end(), signs.begin(), sign<W>);  // ξ ← sign(y)
    if (signs == search.signs) {                                 // the estimate is a local maximum
        search.open = false;
        return;
    }
    search.signs = signs;
    search.x = std::move(signs);
}

template <Scalar W>
void NormEstimator<W>::fail() noexcept {
    estimate_ = std::numeric_limits<double>::infinity();
    for (Search& search : searches_) search.open = false;
}

template class NormEstimator<double>;
template class NormEstimator<std::complex<double>>;

}  // namespace ritz::detail
