// SPDX-License-Identifier: BSD-3-Clause
// Every preconditioner of the registry on model problems: set-up and apply, at one thread and at all of them. What
// counts is time in products with A, so the product is measured beside them. `iterations` is that of CG to 1e-8 for the
// Hermitian problems.
#include <algorithm>
#include <memory>
#include <optional>

#include "bench/support/measure.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/preconditioners/registry.hpp"

namespace {

using namespace ritz;

struct Problem {
    const char* name;
    Csr<double> (*make)();
    bool definite = true, saddle = false;  // which decide what the kinds' needs can be met with

    bool has(std::string_view need) const {
        if (need == "hermitian" || need == "positive_definite") return definite;
        if (need == "nonzero_diagonal") return !saddle;
        if (need == "zero_diagonal") return saddle;
        return true;
    }
};

const Problem problems[] = {
    {"poisson3d_64", [] { return poisson3d(64, 64, 64); }},
    {"poisson2d_500", [] { return poisson2d(500, 500); }},
    {"elasticity3d_20", [] { return elasticity3d(20, 20, 20); }},
    {"convection3d_64", [] { return convection_diffusion3d(64, 64, 64, 0.1); }, false},
    {"stokes2d_200", [] { return stokes2d(200, 200); }, false, true},
};

struct Case {
    Csr<double> A;
    Buffer<double> r;
};

const Case& case_of(const Problem& problem) {
    static std::vector<std::unique_ptr<Case>> cases(std::size(problems));
    auto& made = cases[static_cast<std::size_t>(&problem - problems)];
    if (!made) {
        made = std::make_unique<Case>();
        made->A = problem.make();
        made->r = random_vector<double>(made->A.rows(), 1);
    }
    return *made;
}

/// Steps of CG to ‖r‖ ≤ 1e-8 ‖b‖, or 0 when 2000 do not suffice.
double cg_iterations(const Csr<double>& A, const Preconditioner<double>& M, const Buffer<double>& b) {
    Buffer<double> r(b), z(b.size()), p(b.size(), 0.0), q(b.size());
    const double target = 1e-8 * norm2(b);
    double rho = 1;
    for (int k = 0; k < 2000; ++k) {
        if (norm2(r) <= target) return k;
        if (M)
            M.apply(r, z);
        else
            z = r;
        const double previous = std::exchange(rho, dot(r, z));
        scale(k == 0 ? 0 : rho / previous, p);
        axpy(1, z, p);
        A.apply(p, q);
        axpy(-rho / dot(p, q), q, r);
    }
    return 0;
}

void product(benchmark::State& state, const Problem& problem, int threads) {
    const Case& c = case_of(problem);
    const ThreadLimit limit(threads);
    Buffer<double> y(c.r.size());
    for (auto _ : state) c.A.apply(c.r, y);
    bench::check(state, all_finite(y), "the product is not finite");
}

void set_up(benchmark::State& state, const Problem& problem, PreconditionerKind kind, int threads) {
    const Case& c = case_of(problem);
    const ThreadLimit limit(threads);
    std::optional<Preconditioner<double>> M;
    try {
        for (auto _ : state) M = make_preconditioner<double>(kind, c.A);
    } catch (const Error& error) {
        state.SkipWithError(error.what());
        return;
    }
    state.counters["entries"] = static_cast<double>(M->statistics().nonzeros) / static_cast<double>(c.A.nnz());
}

void apply(benchmark::State& state, const Problem& problem, PreconditionerKind kind, Precision precision, int threads) {
    const Case& c = case_of(problem);
    const ThreadLimit limit(threads);
    Preconditioner<double> M;
    try {
        M = make_preconditioner<double>(kind, c.A, {.precision = precision});
    } catch (const Error& error) {
        state.SkipWithError(error.what());
        return;
    }
    Buffer<double> z(c.r.size());
    for (auto _ : state) M.apply(c.r, z);
    bench::check(state, all_finite(z), "z is not finite");
    if (problem.definite && M.definiteness() == Definiteness::positive_definite)
        state.counters["iterations"] = cg_iterations(c.A, M, c.r);
}

const bool registered = [] {
    const int all = max_threads();
    for (const Problem& problem : problems)
        for (int threads = 1; threads <= all; threads = threads < all ? all : all + 1) {
            const auto add = [&](const char* op, const std::string& impl, auto run) {
                benchmark::RegisterBenchmark(
                    bench::name(op, impl, {{"matrix", problem.name}, {"threads", threads}}).c_str(), run)
                    ->UseRealTime()
                    ->Unit(benchmark::kMillisecond);
            };
            add("product", "ritz", [&problem, threads](benchmark::State& s) { product(s, problem, threads); });
            for (const PreconditionerInfo& info : preconditioners()) {
                const bool applicable = std::all_of(info.needs.begin(), info.needs.end(),
                                                    [&](std::string_view need) { return problem.has(need); });
                if (info.kind == PreconditionerKind::none || !applicable) continue;
                const std::string impl(info.name);
                const PreconditionerKind kind = info.kind;
                add("setup", impl,
                    [&problem, kind, threads](benchmark::State& s) { set_up(s, problem, kind, threads); });
                add("apply", impl, [&problem, kind, threads](benchmark::State& s) {
                    apply(s, problem, kind, Precision::working, threads);
                });
                add("apply", impl + "_single", [&problem, kind, threads](benchmark::State& s) {
                    apply(s, problem, kind, Precision::single, threads);
                });
            }
        }
    return true;
}();

}  // namespace
