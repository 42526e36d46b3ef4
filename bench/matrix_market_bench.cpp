// SPDX-License-Identifier: BSD-3-Clause
// Matrix Market files: reading into finished CSR, and writing. The file is random: unsorted entries, values with 17
// digits, which is as much work per byte as a reader can be given.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "bench/support/measure.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/io/matrix_market.hpp"

namespace ritz::bench {
namespace {

/// A matrix file that lives as long as the program, with what its matrix must come to.
class RandomFile {
public:
    RandomFile(Index n, Offset entries) : entries_(entries) {
        path_ = (std::filesystem::temp_directory_path() / ("ritz-bench-" + std::to_string(getpid()) + ".mtx")).string();
        std::FILE* const file = std::fopen(path_.c_str(), "w");
        if (file == nullptr) throw IoError(path_ + ": cannot be written");
        std::fprintf(file, "%%%%MatrixMarket matrix coordinate real general\n%d %d %lld\n", n, n,
                     static_cast<long long>(entries));
        std::mt19937_64 random(3);
        std::normal_distribution<double> normal;
        std::uniform_int_distribution<Index> index(1, n);
        for (Offset k = 0; k < entries; ++k) {
            const Index i = index(random), j = index(random);
            const double value = normal(random);
            std::fprintf(file, "%d %d %.17g\n", i, j, value);
            sum_ += value;
            moment_ += static_cast<double>(i) * value - static_cast<double>(j) * value;
            scale_ += std::abs(value);
        }
        std::fclose(file);
        bytes_ = static_cast<double>(std::filesystem::file_size(path_));
        n_ = n;
    }
    ~RandomFile() { std::remove(path_.c_str()); }
    RandomFile(const RandomFile&) = delete;
    RandomFile& operator=(const RandomFile&) = delete;

    const std::string& path() const { return path_; }
    double bytes() const { return bytes_; }

    /// Shape, entries, Σ a and Σ (i − j) a, up to the rounding of sums taken in another order.
    bool is(const Csr<double>& A, Offset duplicates) const {
        double sum = 0, moment = 0;
        for (Index i = 0; i < A.rows(); ++i) {
            for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++k) {
                const double value = A.values()[static_cast<std::size_t>(k)];
                sum += value;
                moment += static_cast<double>(i - A.indices()[static_cast<std::size_t>(k)]) * value;
            }
        }
        return A.rows() == n_ && A.cols() == n_ && A.nnz() + duplicates == entries_ &&
               std::abs(sum - sum_) <= 1e-10 * scale_ && std::abs(moment - moment_) <= 1e-10 * scale_ * n_;
    }

private:
    std::string path_;
    Index n_ = 0;
    Offset entries_;
    double bytes_ = 0, sum_ = 0, moment_ = 0, scale_ = 0;
};

RandomFile& file() {
    static RandomFile random(300'000, 3'000'000);
    return random;
}

/// Bytes of the file per second of the clock.
void report_file_bytes(benchmark::State& state, double bytes) {
    using benchmark::Counter;
    state.counters["bytes_per_second"] = Counter(bytes, Counter::kIsIterationInvariantRate, Counter::OneK::kIs1000);
}

void read(benchmark::State& state, int threads) {
    const ThreadLimit limit(threads);
    Csr<double> A;
    FileInfo info;
    (void)file();
    for (auto _ : state) A = read_matrix_market<double>(file().path(), {}, &info);
    check(state, file().is(A, info.duplicates), "the matrix read is not the one in the file");
    report_file_bytes(state, file().bytes());
}

void write(benchmark::State& state, int threads) {
    const Csr<double> A = read_matrix_market<double>(file().path());
    const std::string copy = file().path() + ".copy.mtx";
    {
        const ThreadLimit limit(threads);
        for (auto _ : state) write_matrix_market(copy, A);
    }
    const double bytes = static_cast<double>(std::filesystem::file_size(copy));
    const bool same = A == read_matrix_market<double>(copy);
    std::remove(copy.c_str());
    check(state, same, "what was written reads back as another matrix");
    report_file_bytes(state, bytes);
}

void register_all() {
    std::vector<int> counts = {1};
    if (max_threads() > 1) counts.push_back(max_threads());
    for (const int threads : counts) {
        benchmark::RegisterBenchmark(name("read", "ritz", {{"file", "P7like"}, {"threads", threads}}).c_str(), read,
                                     threads)
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
        benchmark::RegisterBenchmark(name("write", "ritz", {{"file", "P7like"}, {"threads", threads}}).c_str(), write,
                                     threads)
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
    }
}

[[maybe_unused]] const bool registered = (register_all(), true);

}  // namespace
}  // namespace ritz::bench
