// SPDX-License-Identifier: BSD-3-Clause
#include "bench/support/measure.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "bench/support/bandwidth.hpp"

namespace ritz::bench {

namespace {
std::atomic<bool> failed{false};
}

std::string name(const std::string& op, const std::string& impl, std::initializer_list<Part> parts) {
    std::string text = "op:" + op + "/impl:" + impl;
    for (const Part& part : parts) text += "/" + part.key + ":" + part.value;
    return text;
}

void check(benchmark::State& state, bool right, const std::string& what) {
    if (right) return;
    failed = true;
    state.SkipWithError(what.c_str());
}

template <Scalar T>
void check_close(benchmark::State& state, VectorView<T> got, VectorView<T> expected, Real<T> tolerance) {
    if (got.size() != expected.size()) return check(state, false, "wrong answer: length");
    Real<T> difference = 0, scale = 0;
    bool finite = true;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const Real<T> d = std::abs(got[i] - expected[i]);
        finite = finite && std::isfinite(d);
        difference = std::max(difference, d);
        scale = std::max(scale, std::abs(expected[i]));
    }
    check(state, finite && difference <= tolerance * scale,
          "wrong answer: differs by " + std::to_string(difference) + " where the largest element is " +
              std::to_string(scale));
}

void report_bytes(benchmark::State& state, double bytes) {
    using benchmark::Counter;
    state.counters["bytes_per_second"] = Counter(bytes, Counter::kIsIterationInvariantRate, Counter::OneK::kIs1000);
    state.counters["of_triad"] = Counter(bytes / stream_bandwidth().triad, Counter::kIsIterationInvariantRate);
}

void report_flops(benchmark::State& state, double flops) {
    using benchmark::Counter;
    state.counters["flops"] = Counter(flops, Counter::kIsIterationInvariantRate, Counter::OneK::kIs1000);
}

bool any_check_failed() noexcept {
    return failed;
}

template void check_close(benchmark::State&, VectorView<float>, VectorView<float>, float);
template void check_close(benchmark::State&, VectorView<double>, VectorView<double>, double);
template void check_close(benchmark::State&, VectorView<std::complex<float>>, VectorView<std::complex<float>>, float);
template void check_close(benchmark::State&, VectorView<std::complex<double>>, VectorView<std::complex<double>>,
                          double);

}  // namespace ritz::bench
