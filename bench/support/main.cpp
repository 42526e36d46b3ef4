// SPDX-License-Identifier: BSD-3-Clause
// The main() of every benchmark program: Google Benchmark's own, with what a number needs to be understood (threads,
// measured bandwidth) in the output's context, and exit status 1 when an answer was wrong.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>

#include "bench/support/bandwidth.hpp"
#include "bench/support/measure.hpp"
#include "ritz/core/threads.hpp"

namespace {

std::string gigabytes_per_second(double bytes_per_second) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f GB/s", bytes_per_second * 1e-9);
    return text;
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;

    const ritz::bench::Bandwidth& bandwidth = ritz::bench::stream_bandwidth();
    benchmark::AddCustomContext("threads", std::to_string(ritz::max_threads()));
    benchmark::AddCustomContext("stream_copy", gigabytes_per_second(bandwidth.copy));
    benchmark::AddCustomContext("stream_triad", gigabytes_per_second(bandwidth.triad));
    benchmark::AddCustomContext("stream_read", gigabytes_per_second(bandwidth.read));

    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return ritz::bench::any_check_failed() ? 1 : 0;
}
