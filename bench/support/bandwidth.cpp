// SPDX-License-Identifier: BSD-3-Clause
#include "bench/support/bandwidth.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace ritz::bench {

namespace {

template <class Function>
double best_seconds(int passes, Function&& function) {
    using Clock = std::chrono::steady_clock;
    double best = std::numeric_limits<double>::infinity();
    for (int pass = 0; pass < passes; ++pass) {
        const auto start = Clock::now();
        function();
        best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
}

Bandwidth measure() {
    constexpr std::size_t n = 20'000'000;
    constexpr int passes = 8;
    Stream stream(n);
    volatile double sink = 0;
    return {.copy = 16.0 * n / best_seconds(passes, [&] { stream.copy(); }),
            .triad = 24.0 * n / best_seconds(passes, [&] { stream.triad(); }),
            .read = 16.0 * n / best_seconds(passes, [&] { sink = stream.read(); })};
}

}  // namespace

Stream::Stream(std::size_t n) : a_(n), b_(n), c_(n) {
    double *a = a_.data(), *b = b_.data(), *c = c_.data();
#pragma omp parallel for schedule(static)
    for (std::size_t i = 0; i < n; ++i) {
        a[i] = 0;
        b[i] = 1;
        c[i] = 2;
    }
}

void Stream::copy() {
    double* a = a_.data();
    const double* b = b_.data();
    const std::size_t n = a_.size();
#pragma omp parallel for schedule(static)
    for (std::size_t i = 0; i < n; ++i) a[i] = b[i];
    expected_ = 1;
}

void Stream::triad() {
    double* a = a_.data();
    const double *b = b_.data(), *c = c_.data();
    const std::size_t n = a_.size();
#pragma omp parallel for schedule(static)
    for (std::size_t i = 0; i < n; ++i) a[i] = b[i] + 3.0 * c[i];
    expected_ = 7;
}

double Stream::read() {
    const double *b = b_.data(), *c = c_.data();
    const std::size_t n = a_.size();
    double sum = 0;
#pragma omp parallel for simd schedule(static) reduction(+ : sum)
    for (std::size_t i = 0; i < n; ++i) sum += b[i] * c[i];
    return sum;
}

bool Stream::right() const {
    return std::all_of(a_.begin(), a_.end(), [this](double value) { return value == expected_; });
}

const Bandwidth& stream_bandwidth() {
    static const Bandwidth bandwidth = measure();
    return bandwidth;
}

}  // namespace ritz::bench
