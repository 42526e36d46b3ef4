// SPDX-License-Identifier: BSD-3-Clause
// Structure analysis in units of one product A x, which runs beside it; matching, components and block triangular form.
// The symmetric matrix takes one pass, the others two; the shuffled one has no useful diagonal, so that its matching
// has to be searched for.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "bench/support/measure.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/block_triangular.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/formats/matching.hpp"
#include "ritz/formats/structure.hpp"

namespace {

using namespace ritz;

/// Rows in random order.
Csr<double> shuffled_rows(const Csr<double>& A) {
    std::vector<Index> order(static_cast<std::size_t>(A.rows()));
    std::iota(order.begin(), order.end(), 0);
    Random random(11);
    for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[random.below(k)]);
    Coo<double> shuffled(A.rows(), A.cols());
    shuffled.reserve(A.nnz());
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k)
            shuffled.add(order[static_cast<std::size_t>(i)], A.indices()[static_cast<std::size_t>(k)],
                         A.values()[static_cast<std::size_t>(k)]);
    return to_csr(shuffled);
}

const Csr<double>& matrix(const std::string& name) {
    static std::map<std::string, Csr<double>> made;
    auto& A = made[name];
    if (A.rows() > 0) return A;
    if (name == "poisson3d") A = poisson3d(100, 100, 100);
    if (name == "convection_diffusion3d") A = convection_diffusion3d(100, 100, 100, 0.01);
    if (name == "power_law") A = power_law_laplacian(18, 16, 1);
    if (name == "convection_diffusion3d_shuffled") A = shuffled_rows(convection_diffusion3d(60, 60, 60, 0.01));
    return A;
}

void report(benchmark::State& state, const Csr<double>& A) {
    state.counters["entries"] =
        benchmark::Counter(static_cast<double>(A.nnz()), benchmark::Counter::kIsIterationInvariantRate);
}

void product(benchmark::State& state, const Csr<double>& A) {
    const std::vector<double> x(static_cast<std::size_t>(A.cols()), 1);
    std::vector<double> y(static_cast<std::size_t>(A.rows()));
    for (auto _ : state) {
        A.apply(x, y);
        benchmark::DoNotOptimize(y.data());
    }
    double sum = 0;
    for (double v : A.values()) sum += v;
    const double total = std::accumulate(y.begin(), y.end(), 0.0);
    bench::check(state, std::abs(total - sum) <= 1e-6 * std::max(1.0, std::abs(sum)), "wrong product");
    report(state, A);
}

void analyse(benchmark::State& state, const Csr<double>& A) {
    Structure s;
    for (auto _ : state) s = analyse_structure(A);
    bench::check(state, s.nnz == A.nnz() && s.all_finite && s.norm_inf > 0, "wrong structure");
    report(state, A);
}

void components(benchmark::State& state, const Csr<double>& A) {
    Components c;
    for (auto _ : state) c = connected_components(A);
    bench::check(state, std::accumulate(c.sizes.begin(), c.sizes.end(), 0) == A.rows(), "wrong components");
    report(state, A);
}

void rank(benchmark::State& state, const Csr<double>& A) {
    Index size = 0;
    for (auto _ : state) size = structural_rank(A);
    const Structure s = analyse_structure(A);
    bench::check(state, size == A.rows() - s.empty_rows.count, "wrong structural rank");
    report(state, A);
}

void block_form(benchmark::State& state, const Csr<double>& A) {
    Index blocks = 0;
    for (auto _ : state) blocks = block_triangular_form(A).blocks();
    bench::check(state, blocks == connected_components(A).count, "wrong blocks");
    report(state, A);
}

const bool registered = [] {
    for (const char* const name :
         {"poisson3d", "convection_diffusion3d", "power_law", "convection_diffusion3d_shuffled"}) {
        const auto add = [&](const char* op, void (*run)(benchmark::State&, const Csr<double>&)) {
            benchmark::RegisterBenchmark(bench::name(op, "ritz", {{"matrix", name}}).c_str(),
                                         [=](benchmark::State& state) { run(state, matrix(name)); })
                ->UseRealTime()
                ->Unit(benchmark::kMillisecond);
        };
        add("spmv", product);
        add("analyse_structure", analyse);
        add("connected_components", components);
        add("structural_rank", rank);
        add("block_triangular_form", block_form);
    }
    return true;
}();

}  // namespace
