// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>

#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/solvers/certificate.hpp"
#include "solvers/inverse.hpp"

namespace ritz::detail {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <Scalar W>
W sign(W a) noexcept {
    const double size = std::abs(a);
    if (size == 0) return W{1};
    return a / size;
}

}  // namespace

template <Scalar W>
double estimate_norm1(Index size, const Inverse<W>& B, Buffer<W>* largest) {
    constexpr int most_iterations = 5;
    const auto n = static_cast<std::size_t>(size);
    if (n == 0) return 0;
    Buffer<W> x(n, W{1.0 / static_cast<double>(n)}), y(n), z(n), xi(n), previous_xi(n, W{});
    const auto keep = [&](const Buffer<W>& column) {
        if (largest) *largest = column;
    };

    B.apply(x, y);  // y ← B (1/n, …, 1/n)
    double estimate = ritz::norm1(y);
    if (!std::isfinite(estimate)) return infinity;
    keep(y);
    if (n == 1) return estimate;

    std::size_t j = n;
    for (int iteration = 0; iteration < most_iterations; ++iteration) {
        std::transform(y.begin(), y.end(), xi.begin(), sign<W>);  // ξ ← sign(y)
        if (iteration > 0 && xi == previous_xi) break;            // the estimate is a local maximum
        previous_xi = xi;
        B.apply_adjoint(xi, z);  // z ← Bᴴ ξ
        if (!ritz::all_finite(z)) return infinity;
        const auto place = static_cast<std::size_t>(
            std::max_element(z.begin(), z.end(), [](W a, W b) { return std::abs(a) < std::abs(b); }) - z.begin());
        if (iteration > 0 && std::abs(z[place]) <= std::abs(z[j])) break;  // e_j is a local maximum
        j = place;
        std::fill(x.begin(), x.end(), W{});
        x[j] = W{1};
        B.apply(x, y);  // y ← B e_j
        const double column = ritz::norm1(y);
        if (!std::isfinite(column)) return infinity;
        if (column <= estimate) break;
        estimate = column;
        keep(y);
    }

    // A vector that defeats the cancellations by which the search above can be misled.
    for (std::size_t i = 0; i < n; ++i)
        x[i] = W{(i % 2 == 0 ? 1.0 : -1.0) * (1 + static_cast<double>(i) / static_cast<double>(n - 1))};
    B.apply(x, y);
    const double alternating = 2 * ritz::norm1(y) / (3 * static_cast<double>(n));
    if (!std::isfinite(alternating)) return infinity;
    if (alternating > estimate) keep(y);
    return std::max(estimate, alternating);
}

template <Scalar W>
double condition_estimate(const CsrView<W>& A, const Inverse<W>& inverse, bool suspicious) {
    constexpr double harmless = 1e10;  // far below what A + E could hide
    const double norm = ritz::norm1(A);
    if (A.rows() == 0) return 1;
    Buffer<W> v;
    double condition = norm * estimate_norm1(A.rows(), inverse, &v);
    if (!std::isfinite(condition)) return infinity;
    if (condition <= harmless && !suspicious) return condition;

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

#define INSTANTIATE(W)                                                    \
    template double estimate_norm1(Index, const Inverse<W>&, Buffer<W>*); \
    template double condition_estimate(const CsrView<W>&, const Inverse<W>&, bool);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::detail
