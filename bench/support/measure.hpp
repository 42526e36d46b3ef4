// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What every benchmark does the same way: names that one script can take apart, an answer that is checked outside
/// the timed loop, and a rate beside the bandwidth that this machine reached in the same run.
///
///     void spmv(benchmark::State& state, const Csr<double>& A) {
///         …
///         for (auto _ : state) A.apply(x, y);
///         bench::check_close(state, y, expected, 1e-14);
///         bench::report_bytes(state, bytes_of_one_product);
///     }
///     benchmark::RegisterBenchmark(bench::name("spmv", "ritz", {{"matrix", "poisson3d"}, {"n", 1000000}}).c_str(),
///     …)->UseRealTime();
///
/// UseRealTime(), because rates must be per second of the clock, not of one thread.

#include <benchmark/benchmark.h>

#include <concepts>
#include <initializer_list>
#include <string>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"

namespace ritz::bench {

/// One `key:value` part of a name.
struct Part {
    std::string key, value;

    Part(std::string k, std::string v) : key(std::move(k)), value(std::move(v)) {}
    Part(std::string k, const char* v) : key(std::move(k)), value(v) {}
    template <std::integral I>
    Part(std::string k, I v) : key(std::move(k)), value(std::to_string(v)) {}
};

/// "op:spmv/impl:ritz/matrix:poisson3d/n:1000000"
std::string name(const std::string& op, const std::string& impl, std::initializer_list<Part> parts = {});

/// Ends the benchmark as an error, and the program with status 1, unless `right`. Call it after the timed loop.
void check(benchmark::State& state, bool right, const std::string& what);

/// check(‖got − expected‖∞ ≤ tolerance · ‖expected‖∞); NaN fails.
template <Scalar T>
void check_close(benchmark::State& state, VectorView<T> got, VectorView<T> expected, Real<T> tolerance);
template <VectorLike X, VectorLike Y>
void check_close(benchmark::State& state, const X& got, const Y& expected, double tolerance) {
    using T = detail::ElementOf<const X>;
    check_close<T>(state, VectorView<T>(got), VectorView<T>(expected), static_cast<Real<T>>(tolerance));
}

/// The rate of `bytes` moved per iteration: as bytes_per_second, and as `of_triad`, its share of the triad bandwidth
/// that stream_bandwidth() measured. Every byte the operation must move counts once, however often it is moved.
void report_bytes(benchmark::State& state, double bytes);

/// The rate of `flops` per iteration, as the counter `flops`.
void report_flops(benchmark::State& state, double flops);

/// True once a check has failed in this program.
bool any_check_failed() noexcept;

}  // namespace ritz::bench
