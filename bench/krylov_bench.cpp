// SPDX-License-Identifier: BSD-3-Clause
// A x = b by iterative methods to a true relative residual of 1e-8: ritz, Eigen, and PETSc where the build has it, at
// one thread and at all of them. `per_iteration` is seconds of solving over iterations, `iterations` what it took.
// PETSc runs in one process; with two of them: ritz-peer drivers outside.
#include <omp.h>

#include <Eigen/IterativeLinearSolvers>
#include <chrono>
#include <memory>

#include "bench/support/measure.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/preconditioners/registry.hpp"
#include "ritz/solvers/krylov.hpp"
#ifdef RITZ_BENCH_PETSC
#include "bench/peers/petsc_krylov.hpp"
#endif

namespace {

using namespace ritz;
using EigenRows = Eigen::SparseMatrix<double, Eigen::RowMajor, Index>;
using EigenCols = Eigen::SparseMatrix<double, Eigen::ColMajor, Index>;

constexpr double rtol = 1e-8;

struct Problem {
    const char* name;
    bool definite;
    Csr<double> (*make)();
};

const Problem problems[] = {
    {"poisson3d_64", true, [] { return poisson3d(64, 64, 64); }},
    {"poisson2d_500", true, [] { return poisson2d(500, 500); }},
    {"jumping3d_50", true, [] { return jumping_diffusion3d(50, 50, 50, 1e3, 1); }},
    {"elasticity3d_20", true, [] { return elasticity3d(20, 20, 20); }},
    {"convection2d_500", false, [] { return convection_diffusion2d(500, 500, 1e-2); }},
};

struct Case {
    Csr<double> A;
    Eigen::VectorXd b;
    EigenRows rows;
    EigenCols cols;
};

const Case& case_of(const Problem& problem) {
    static std::vector<std::unique_ptr<Case>> cases(std::size(problems));
    auto& made = cases[static_cast<std::size_t>(&problem - problems)];
    if (!made) {
        made = std::make_unique<Case>();
        made->A = problem.make();
        const Index n = made->A.rows();
        made->b.resize(n);
        for (Index i = 0; i < n; ++i) made->b[i] = static_cast<double>((7919LL * i + 13) % 1000) / 1000 - 0.4995;
        made->rows.resize(n, n);
        made->rows.resizeNonZeros(static_cast<Index>(made->A.nnz()));
        std::copy(made->A.indptr().begin(), made->A.indptr().end(), made->rows.outerIndexPtr());
        std::copy(made->A.indices().begin(), made->A.indices().end(), made->rows.innerIndexPtr());
        std::copy(made->A.values().begin(), made->A.values().end(), made->rows.valuePtr());
        made->cols = made->rows;
    }
    return *made;
}

struct Result {
    Eigen::VectorXd x;
    std::int64_t iterations = 0;
    double setup = 0, solve = 0;
};

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class Run>
void measure(benchmark::State& state, const Problem& problem, int threads, Run&& run) {
    const Case& c = case_of(problem);
    const ThreadLimit limit(threads);
    Eigen::setNbThreads(threads);
    Result last;
    double setup = 0, solve = 0;
    for (auto _ : state) {
        last = run(c);
        setup += last.setup;
        solve += last.solve;
    }
    Eigen::VectorXd r(c.b.size());
    c.A.apply(last.x, r);
    bench::check(state, (c.b - r).norm() <= 1.01 * rtol * c.b.norm(), "the true residual");
    const auto times = static_cast<double>(state.iterations());
    state.counters["iterations"] = static_cast<double>(last.iterations);
    state.counters["setup"] = setup / times;
    state.counters["per_iteration"] = solve / times / static_cast<double>(last.iterations);
}

Result by_ritz(const Case& c, Method method, PreconditionerKind kind, bool single) {
    Result result;
    const double start = now();
    const auto M = make_preconditioner<double>(
        kind, c.A, {.precision = single ? PreconditionerPrecision::single : PreconditionerPrecision::working});
    result.setup = now() - start;
    result.x = Eigen::VectorXd::Zero(c.A.cols());
    const KrylovOptions options{.stop = {.rtol = rtol}};
    const double solving = now();
    const KrylovReport report =
        M ? krylov(method, c.A, c.b, result.x, M, options) : krylov(method, c.A, c.b, result.x, options);
    result.solve = now() - solving;
    result.iterations = report.iterations;
    return result;
}

template <class Solver, class Matrix>
Result by_eigen(const Case& c, const Matrix& A) {
    Solver solver;
    solver.setTolerance(rtol);
    solver.setMaxIterations(100000);
    Result result;
    const double start = now();
    solver.compute(A);
    result.setup = now() - start;
    const double solving = now();
    result.x = solver.solve(c.b);
    result.solve = now() - solving;
    result.iterations = solver.iterations();
    return result;
}

const bool registered = [] {
    const int all = max_threads();
    using Kind = PreconditionerKind;
    for (const Problem& problem : problems)
        for (int threads = 1; threads <= all; threads = threads < all ? all : all + 1) {
            const auto add = [&](const std::string& method, const std::string& preconditioner, const char* impl,
                                 auto run) {
                benchmark::RegisterBenchmark(
                    bench::name(method, impl,
                                {{"preconditioner", preconditioner}, {"matrix", problem.name}, {"threads", threads}})
                        .c_str(),
                    [run, &problem, threads](benchmark::State& state) { measure(state, problem, threads, run); })
                    ->UseRealTime()
                    ->Unit(benchmark::kMillisecond);
            };
            if (problem.definite) {
                for (const auto& [kind, single] :
                     {std::pair{Kind::none, false}, {Kind::jacobi, false}, {Kind::ic0, false}, {Kind::ic0, true}})
                    add("cg", std::string(name(kind)) + (single ? "_single" : ""), "ritz",
                        [kind = kind, single = single](const Case& c) { return by_ritz(c, Method::cg, kind, single); });
                using Eigen::Lower, Eigen::Upper;
                add("cg", "none", "eigen", [](const Case& c) {
                    return by_eigen<Eigen::ConjugateGradient<EigenRows, Lower | Upper, Eigen::IdentityPreconditioner>>(
                        c, c.rows);
                });
                add("cg", "jacobi", "eigen", [](const Case& c) {
                    return by_eigen<
                        Eigen::ConjugateGradient<EigenRows, Lower | Upper, Eigen::DiagonalPreconditioner<double>>>(
                        c, c.rows);
                });
                add("cg", "ic0", "eigen", [](const Case& c) {
                    return by_eigen<Eigen::ConjugateGradient<
                        EigenCols, Lower | Upper,
                        Eigen::IncompleteCholesky<double, Lower, Eigen::NaturalOrdering<Index>>>>(c, c.cols);
                });
            } else {
                for (const Method method : {Method::gmres, Method::bicgstab, Method::idr})
                    for (const Kind kind : {Kind::jacobi, Kind::ilu0})
                        add(std::string(name(method)), std::string(name(kind)), "ritz",
                            [method, kind](const Case& c) { return by_ritz(c, method, kind, false); });
                add("bicgstab", "ilut", "eigen", [](const Case& c) {
                    return by_eigen<Eigen::BiCGSTAB<EigenRows, Eigen::IncompleteLUT<double, Index>>>(c, c.rows);
                });
            }
#ifdef RITZ_BENCH_PETSC
            if (threads == 1) {
                const auto petsc = [&](const std::string& method, const char* ksp, const char* preconditioner,
                                       const char* pc) {
                    add(method, preconditioner, "petsc", [ksp, pc](const Case& c) {
                        bench::PeerRun run = bench::petsc_solve(c.A, c.b, ksp, pc, rtol);
                        return Result{std::move(run.x), run.iterations, run.setup_seconds, run.solve_seconds};
                    });
                };
                if (problem.definite) {
                    petsc("cg", "cg", "none", "none");
                    petsc("cg", "cg", "jacobi", "jacobi");
                    petsc("cg", "cg", "ic0", "icc");
                } else {
                    petsc("gmres", "gmres", "ilu0", "ilu");
                    petsc("bicgstab", "bcgs", "ilu0", "ilu");
                }
            }
#endif
        }
    return true;
}();

}  // namespace
