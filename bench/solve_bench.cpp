// SPDX-License-Identifier: BSD-3-Clause
// solve(A, b), which chooses a method and an ordering, equilibrates, refines, certifies and estimates the condition,
// beside the bare calls of other libraries with the settings that suit each matrix best. The ratio to the quickest of
// them is the price of the choice and of the evidence.
//
// CHOLMOD asks OpenMP for four threads whatever there are: for its best time run with OMP_THREAD_LIMIT=OMP_NUM_THREADS.

#include <memory>

#include "bench/peers/direct.hpp"
#include "bench/support/measure.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/solve.hpp"

namespace {

using namespace ritz;

struct System {
    std::string name;
    bench::Kind kind;
    bool three_dimensional;
    std::function<Csr<double>()> make;
    Csr<double> A = {};
    Eigen::VectorXd b = {};

    void need() {
        if (A.rows() > 0) return;
        A = make();
        b.resize(A.rows());
        for (Eigen::Index i = 0; i < b.size(); ++i) b[i] = static_cast<double>((7919 * i + 13) % 1000) / 1000 - 0.4995;
    }
    double relative_residual(const Eigen::VectorXd& x) const {
        Eigen::VectorXd r(x.size());
        A.apply(x, r);
        return (b - r).norm() / b.norm();
    }
};

void with_ritz(benchmark::State& state, System& system) {
    system.need();
    Solution<double> solution;
    for (auto _ : state) solution = solve(system.A, system.b);
    bench::check(state, solution.report.status == Status::solved, "solved");
    bench::check(state, system.relative_residual(solution.x) <= 1e-8, "a residual of at most 1e-8");
    const SolveReport& report = solution.report;
    state.counters["analyse_share"] = report.seconds.analyse / report.seconds.total;
    state.counters["factor_share"] = report.seconds.factor / report.seconds.total;
    state.counters["fill"] = static_cast<double>(report.factors.factor_nonzeros);
    state.SetLabel(report.method + " " + std::string(name(report.factors.ordering)));
}

void with_peer(benchmark::State& state, System& system, const bench::Peer& peer) {
    system.need();
    Eigen::VectorXd x;
    for (auto _ : state) x = peer.solve(system.A, system.b);
    bench::check(state, system.relative_residual(x) <= 1e-8, "a residual of at most 1e-8");
}

std::vector<std::shared_ptr<System>> systems() {
    using bench::Kind;
    const auto make = [](const char* name, Kind kind, bool deep, std::function<Csr<double>()> matrix) {
        return std::make_shared<System>(System{name, kind, deep, std::move(matrix)});
    };
    return {make("elasticity3d_30", Kind::positive_definite, true, [] { return elasticity3d(29, 29, 29); }),
            make("poisson3d_50", Kind::positive_definite, true, [] { return poisson3d(50, 50, 50); }),
            make("poisson2d_500", Kind::positive_definite, false, [] { return poisson2d(500, 500); }),
            make("convection_diffusion2d_500", Kind::general, false,
                 [] { return convection_diffusion2d(500, 500, 1e-2, Wind::recirculating); }),
            make("stokes2d_183", Kind::symmetric, false, [] { return stokes2d(183, 183); })};
}

const bool registered = [] {
    for (const auto& system : systems()) {
        const auto add = [&](const std::string& impl, auto&& function) {
            benchmark::RegisterBenchmark(bench::name("solve", impl, {{"matrix", system->name}}).c_str(),
                                         std::forward<decltype(function)>(function))
                ->UseRealTime()
                ->Unit(benchmark::kMillisecond);
        };
        add("ritz", [system](benchmark::State& state) { with_ritz(state, *system); });
        for (const bench::Peer& peer : bench::direct_peers())
            if (peer.takes(system->kind, system->three_dimensional))
                add(peer.name, [system, &peer](benchmark::State& state) { with_peer(state, *system, peer); });
    }
    return true;
}();

}  // namespace
