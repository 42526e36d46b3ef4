// SPDX-License-Identifier: BSD-3-Clause
// The dense operations beside Eigen, Eigen on OpenBLAS and LAPACK, and NumPy/SciPy, which take turns in each row, so
// that the machine's moods meet all of them. A row's time is ritz's; the counters are microseconds (medians of the
// rounds) and `ratio`, ritz over the fastest of the others; the last row is the geometric mean of the ratios.
// OMP_NUM_THREADS=1 ./dev bench dense
#include <Eigen/Core>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/peers/dense_problem.hpp"
#include "bench/peers/numpy_process.hpp"
#include "bench/support/measure.hpp"
#include "ritz/core/random.hpp"
#include "ritz/linalg/cholesky.hpp"
#include "ritz/linalg/eig.hpp"
#include "ritz/linalg/eigh.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/lstsq.hpp"
#include "ritz/linalg/matrix_functions.hpp"
#include "ritz/linalg/qr.hpp"
#include "ritz/linalg/solve.hpp"
#include "ritz/linalg/svd.hpp"

extern "C" {
double ritz_bench_eigen_dense(const ritz::bench::DenseProblem*, ritz::bench::DenseOperation, long, double*);
#ifdef RITZ_BENCH_EIGEN_LAPACK
double ritz_bench_eigen_dense_lapack(const ritz::bench::DenseProblem*, ritz::bench::DenseOperation, long, double*);
#endif
}

namespace {

using namespace ritz;
using bench::DenseOperation;
using bench::DenseProblem;

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
    Random random(seed);
    return Eigen::MatrixXd::NullaryExpr(rows, cols, [&](Eigen::Index, Eigen::Index) { return random.uniform(-1, 1); });
}

const DenseProblem& problem_of(Eigen::Index n) {
    static std::map<Eigen::Index, DenseProblem> made;
    auto [place, is_new] = made.try_emplace(n);
    if (is_new) {
        DenseProblem& p = place->second;
        p.A = random_matrix(n, n, 1);
        p.S = p.A * p.A.transpose() + static_cast<double>(n) * Eigen::MatrixXd::Identity(n, n);
        p.T = random_matrix(2 * n, n, 2);
        p.b = random_matrix(n, 1, 3);
        p.c = random_matrix(2 * n, 1, 4);
    }
    return place->second;
}

template <class F>
double seconds_of(long repetitions, F&& operation) {
    const auto start = std::chrono::steady_clock::now();
    for (long k = 0; k < repetitions; ++k) {
        operation();
        asm volatile("" ::: "memory");
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() /
           static_cast<double>(repetitions);
}

double by_ritz(const DenseProblem& p, DenseOperation operation, long repetitions, double* answer) {
    const auto n = p.A.rows();
    const auto give = [&](const auto& result) {
        Eigen::Map<Eigen::MatrixXd>(answer, result.rows(), result.cols()) = result;
    };
    const auto run = [&](auto&& compute, auto&& part) {
        decltype(compute()) result;
        const double seconds = seconds_of(repetitions, [&] { result = compute(); });
        give(part(result));
        return seconds;
    };
    const auto all = [](const auto& result) { return result; };
    switch (operation) {
        case DenseOperation::solve:
            return run([&] { return linalg::solve(p.A, p.b); }, all);
        case DenseOperation::inv:
            return run([&] { return linalg::inv(p.A); }, all);
        case DenseOperation::cholesky:
            return run([&] { return linalg::cholesky(p.S); }, all);
        case DenseOperation::eigh:
            return run([&] { return linalg::eigh(p.S); }, [](const auto& r) { return r.eigenvalues; });
        case DenseOperation::svd:
            return run([&] { return linalg::svd(p.A, {.full_matrices = false}); }, [](const auto& r) { return r.s; });
        case DenseOperation::qr:
            return run([&] { return linalg::qr(p.A); },
                       [](const auto& r) { return Eigen::VectorXd(r.R.diagonal().cwiseAbs()); });
        case DenseOperation::lstsq:
            return run([&] { return linalg::lstsq(p.T, p.c); }, [](const auto& r) { return r.x; });
        case DenseOperation::eig:
            return run([&] { return linalg::eig(p.A); },
                       [](const auto& r) {
                           Eigen::VectorXd sizes = r.eigenvalues.cwiseAbs();
                           std::sort(sizes.begin(), sizes.end());
                           return sizes;
                       });
        case DenseOperation::expm:
            return run([&] { return linalg::expm(p.A / static_cast<double>(n)); }, all);
    }
    return 0;
}

double median(std::vector<double> times) {
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

bench::NumpyProcess& numpy() {
    static bench::NumpyProcess process(RITZ_BENCH_NUMPY_DENSE);
    return process;
}

std::vector<double>& ratios() {
    static std::vector<double> all;
    return all;
}

void compare(benchmark::State& state, DenseOperation operation, Eigen::Index n) {
    const DenseProblem& problem = problem_of(n);
    struct Contender {
        std::string name;
        std::function<double(long, double*)> run;
        std::vector<double> times;
        Eigen::VectorXd answer;
    };
    std::vector<Contender> contenders;
    const auto enter = [&](std::string name, auto function) {
        contenders.push_back({std::move(name),
                              [&problem, operation, function](long repetitions, double* answer) {
                                  return function(&problem, operation, repetitions, answer);
                              },
                              {},
                              Eigen::VectorXd::Zero(n * n)});
    };
    enter("ritz", [](const DenseProblem* p, DenseOperation o, long r, double* a) { return by_ritz(*p, o, r, a); });
    enter("eigen", ritz_bench_eigen_dense);
#ifdef RITZ_BENCH_EIGEN_LAPACK
    enter("eigen_lapack", ritz_bench_eigen_dense_lapack);
#endif
    if (numpy().runs())
        enter("numpy",
              [](const DenseProblem* p, DenseOperation o, long r, double* a) { return numpy().seconds(*p, o, r, a); });

    std::vector<long> repetitions;
    for (auto& contender : contenders) {
        const double once = contender.run(1, contender.answer.data());
        repetitions.push_back(std::max(1L, static_cast<long>(2e-3 / once)));
    }
    for (auto _ : state) {
        for (std::size_t k = 0; k < contenders.size(); ++k)
            contenders[k].times.push_back(contenders[k].run(repetitions[k], contenders[k].answer.data()));
        state.SetIterationTime(contenders[0].times.back());
    }
    double best = std::numeric_limits<double>::infinity();
    for (const auto& contender : contenders) {
        const double time = median(contender.times);
        state.counters[contender.name + "_us"] = 1e6 * time;
        if (contender.name != "ritz") {
            best = std::min(best, time);
            bench::check_close(state, contenders[0].answer, contender.answer, 1e-7);
        }
    }
    state.counters["ratio"] = median(contenders[0].times) / best;
    ratios().push_back(median(contenders[0].times) / best);
}

void geometric_mean(benchmark::State& state) {
    double sum = 0;
    for (double ratio : ratios()) sum += std::log(ratio);
    for (auto _ : state) state.SetIterationTime(1e-9);
    state.counters["rows"] = static_cast<double>(ratios().size());
    state.counters["ratio"] = std::exp(sum / static_cast<double>(std::max<std::size_t>(1, ratios().size())));
    state.counters["worst"] = ratios().empty() ? 0 : *std::max_element(ratios().begin(), ratios().end());
}

const bool registered = [] {
    for (std::size_t o = 0; o < bench::dense_operations.size(); ++o)
        for (const Eigen::Index n : {4, 16, 64, 256, 1000}) {
            const auto operation = static_cast<DenseOperation>(o);
            benchmark::RegisterBenchmark(bench::name(bench::dense_operations[o], "all", {{"n", n}}).c_str(),
                                         [=](benchmark::State& state) { compare(state, operation, n); })
                ->UseManualTime()
                ->Unit(benchmark::kMicrosecond)
                ->Iterations(n < 1000 ? 25 : 5);
        }
    benchmark::RegisterBenchmark(bench::name("geometric_mean", "all").c_str(), geometric_mean)
        ->UseManualTime()
        ->Iterations(1);
    return true;
}();

}  // namespace
