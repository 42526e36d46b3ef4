// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/solve/system.hpp"

#include <algorithm>
#include <cmath>

#include "core/scaling.hpp"
#include "solvers/cost_model.hpp"

namespace ritz::solving {

using detail::exponent_of;
using detail::scale_by_power;

int badness(Status status) noexcept {
    switch (status) {
        case Status::solved:
            return 0;
        case Status::singular_consistent:
            return 1;
        case Status::ill_conditioned:
            return 2;
        case Status::singular_inconsistent:
            return 3;
        default:
            return 4;
    }
}

Status worst_of(const std::vector<Status>& statuses) noexcept {
    Status worst = Status::solved;
    for (const Status status : statuses)
        if (badness(status) > badness(worst)) worst = status;
    return worst;
}

template <Scalar W>
bool Outcome<W>::overflowed() const noexcept {
    for (std::size_t k = 0; k < statuses.size(); ++k)
        if (statuses[k] == Status::not_finite && certificates[k].condition_estimate <= condition_limit) return true;
    return false;
}

template <Scalar W>
bool Outcome<W>::better_than(const Outcome& other) const noexcept {
    if (acceptable() || other.acceptable()) return badness(worst()) < badness(other.worst());
    return worst_residual() <= other.worst_residual();
}

template <Scalar W>
double Outcome<W>::worst_residual() const noexcept {
    double largest = 0;
    for (const Certificate& c : certificates)
        largest = std::isfinite(c.relative_residual) ? std::max(largest, c.relative_residual) : infinity;
    return largest;
}

template <Scalar W>
void System<W>::stage(std::string_view what, double fraction) const {
    if (options.cancel && options.cancel->load(std::memory_order_relaxed))
        throw Interrupted("solve: stopped on request");
    if (options.max_seconds > 0 && seconds_since(start) > options.max_seconds)
        throw LimitExceeded("solve: the time of " + detail::rounded(options.max_seconds) + " s is over");
    if (options.progress) options.progress(what, fraction);
}

template <Scalar W>
int scaled_right(const Eigen::MatrixX<W>& B, Eigen::Index k, const Buffer<int>& row, VectorRef<W> b) {
    int top = std::numeric_limits<int>::min();
    for (std::size_t i = 0; i < b.size(); ++i)
        if (B(static_cast<Eigen::Index>(i), k) != W{})
            top = std::max(top, exponent_of(B(static_cast<Eigen::Index>(i), k)) + row[i]);
    const int common = top == std::numeric_limits<int>::min() ? 0 : -top;
    for (std::size_t i = 0; i < b.size(); ++i)
        b[i] = scale_by_power(B(static_cast<Eigen::Index>(i), k), row[i] + common);
    return common;
}

namespace {

/// Through memory: GCC 12 drops a conversion of two doubles to float and back when it vectorises it.
double rounded_to_single(double a) {
    const volatile float rounded = static_cast<float>(a);
    return static_cast<double>(rounded);
}
std::complex<double> rounded_to_single(std::complex<double> a) {
    return {rounded_to_single(a.real()), rounded_to_single(a.imag())};
}

}  // namespace

template <Scalar W>
void unscale(VectorView<W> y, const Buffer<int>& col, int common, Eigen::MatrixX<W>& x, Eigen::Index k) {
    for (std::size_t j = 0; j < y.size(); ++j)
        x(static_cast<Eigen::Index>(j), k) = scale_by_power(y[j], col[j] - common);
}

template <Scalar W>
void round_as_stored(const System<W>& system, Eigen::MatrixX<W>& x, Eigen::Index k) {
    if (!system.single) return;
    for (Eigen::Index j = 0; j < x.rows(); ++j) x(j, k) = rounded_to_single(x(j, k));
}

template <Scalar W>
double lost_by_storing(VectorView<W> y, const Buffer<int>& col, int common, const Eigen::MatrixX<W>& x,
                       Eigen::Index k) {
    double largest = 0, difference = 0;
    for (std::size_t j = 0; j < y.size(); ++j) {
        const W stored = scale_by_power(x(static_cast<Eigen::Index>(j), k), common - col[j]);
        largest = std::max(largest, std::abs(y[j]));
        difference = std::max(difference, std::abs(stored - y[j]));
    }
    return difference == 0 ? 0 : difference / largest;
}

template <Scalar W>
Equilibration row_scaling(const CsrView<W>& A) {
    Equilibration e{Buffer<int>(static_cast<std::size_t>(A.rows()), 0),
                    Buffer<int>(static_cast<std::size_t>(A.cols()), 0)};
    constexpr int none = std::numeric_limits<int>::min();
    for (std::size_t i = 0; i < e.row.size(); ++i) {
        int top = none;
        for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p) {
            const W a = A.values()[static_cast<std::size_t>(p)];
            if (a != W{}) top = std::max(top, exponent_of(a));
        }
        e.row[i] = top == none ? 0 : -top;
    }
    return e;
}

#define INSTANTIATE(W)                                                                                               \
    template struct Outcome<W>;                                                                                      \
    template struct System<W>;                                                                                       \
    template int scaled_right(const Eigen::MatrixX<W>&, Eigen::Index, const Buffer<int>&, VectorRef<W>);             \
    template void unscale(VectorView<W>, const Buffer<int>&, int, Eigen::MatrixX<W>&, Eigen::Index);                 \
    template void round_as_stored(const System<W>&, Eigen::MatrixX<W>&, Eigen::Index);                               \
    template double lost_by_storing(VectorView<W>, const Buffer<int>&, int, const Eigen::MatrixX<W>&, Eigen::Index); \
    template Equilibration row_scaling(const CsrView<W>&);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::solving
