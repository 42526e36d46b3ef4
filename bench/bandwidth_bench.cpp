// SPDX-License-Identifier: BSD-3-Clause
// Memory bandwidth by array size: where the caches end, and what a bandwidth-bound operation can reach beyond them.
#include "bench/support/bandwidth.hpp"

#include "bench/support/measure.hpp"

namespace {

using ritz::bench::Stream;

void copy(benchmark::State& state, std::size_t n) {
    Stream stream(n);
    for (auto _ : state) {
        stream.copy();
        benchmark::ClobberMemory();
    }
    ritz::bench::check(state, stream.right(), "wrong answer");
    ritz::bench::report_bytes(state, 16.0 * static_cast<double>(n));
}

void triad(benchmark::State& state, std::size_t n) {
    Stream stream(n);
    for (auto _ : state) {
        stream.triad();
        benchmark::ClobberMemory();
    }
    ritz::bench::check(state, stream.right(), "wrong answer");
    ritz::bench::report_bytes(state, 24.0 * static_cast<double>(n));
}

void read(benchmark::State& state, std::size_t n) {
    Stream stream(n);
    double sum = 0;
    for (auto _ : state) benchmark::DoNotOptimize(sum = stream.read());
    ritz::bench::check(state, sum == 2.0 * static_cast<double>(n), "wrong answer");
    ritz::bench::report_bytes(state, 16.0 * static_cast<double>(n));
}

const bool registered = [] {
    using ritz::bench::name;
    for (const std::size_t n : {100'000u, 1'000'000u, 10'000'000u, 100'000'000u}) {
        const auto add = [n](const char* op, void (*run)(benchmark::State&, std::size_t)) {
            benchmark::RegisterBenchmark(name(op, "stream", {{"n", n}}).c_str(), run, n)->UseRealTime();
        };
        add("copy", copy);
        add("triad", triad);
        add("read", read);
    }
    return true;
}();

}  // namespace
