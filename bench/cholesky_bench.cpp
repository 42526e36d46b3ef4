// SPDX-License-Identifier: BSD-3-Clause
// Cholesky: analysis, factorisation and one solve, beside CHOLMOD's supernodal factorisation with AMD and with METIS.
// To run CHOLMOD at its best on two threads, start the program with OMP_NUM_THREADS=2 OMP_THREAD_LIMIT=2.

#include <cholmod.h>

#include <memory>

#include "bench/support/measure.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/selected_inverse.hpp"

namespace {

using namespace ritz;

struct System {
    Csr<double> A;
    Eigen::VectorXd b, ones;

    explicit System(Csr<double> matrix) : A(std::move(matrix)), b(A.rows()), ones(Eigen::VectorXd::Ones(A.rows())) {
        A.apply(ones, b);
    }
};

void with_ritz(benchmark::State& state, const System& system) {
    Eigen::VectorXd x(system.b.size());
    FactorStatistics statistics;
    for (auto _ : state) {
        const Cholesky<double> F(system.A);
        F.apply(system.b, x);
        statistics = F.statistics();
    }
    bench::check_close(state, x, system.ones, 1e-8);
    bench::report_flops(state, statistics.flops);
    state.counters["analyse_seconds"] = statistics.analyse_seconds;
    state.counters["factor_seconds"] = statistics.factor_seconds;
}

void with_cholmod(benchmark::State& state, const System& system, int ordering) {
    std::vector<SuiteSparse_long> p(system.A.indptr().begin(), system.A.indptr().end());
    std::vector<SuiteSparse_long> i(system.A.indices().begin(), system.A.indices().end());
    std::vector<double> values(system.A.values().begin(), system.A.values().end());
    Eigen::VectorXd right = system.b, x(right.size());
    const auto n = p.size() - 1;
    cholmod_sparse S{};
    S.nrow = S.ncol = n;
    S.nzmax = values.size();
    S.p = p.data(), S.i = i.data(), S.x = values.data();
    S.stype = 1;
    S.itype = CHOLMOD_LONG, S.xtype = CHOLMOD_REAL, S.dtype = CHOLMOD_DOUBLE;
    S.sorted = S.packed = 1;
    cholmod_dense B{};
    B.nrow = B.nzmax = B.d = n;
    B.ncol = 1;
    B.x = right.data();
    B.xtype = CHOLMOD_REAL, B.dtype = CHOLMOD_DOUBLE;
    double flops = 0;
    for (auto _ : state) {
        cholmod_common common{};
        cholmod_l_start(&common);
        common.nmethods = 1;
        common.method[0].ordering = ordering;
        common.postorder = 1;
        common.supernodal = CHOLMOD_SUPERNODAL;
        cholmod_factor* L = cholmod_l_analyze(&S, &common);
        cholmod_l_factorize(&S, L, &common);
        cholmod_dense* X = cholmod_l_solve(CHOLMOD_A, L, &B, &common);
        std::copy_n(static_cast<const double*>(X->x), n, x.data());
        flops = common.fl;
        cholmod_l_free_dense(&X, &common);
        cholmod_l_free_factor(&L, &common);
        cholmod_l_finish(&common);
    }
    bench::check_close(state, x, system.ones, 1e-8);
    bench::report_flops(state, flops);
}

/// `count` right-hand sides with factors that are there.
void solve_with_factors(benchmark::State& state, const System& system, Index count) {
    const Cholesky<double> F(system.A);
    const Eigen::MatrixXd B = system.b.replicate(1, count);
    Eigen::MatrixXd X;
    for (auto _ : state) X = F.solve(B);
    const Eigen::VectorXd last = X.col(count - 1);
    bench::check_close(state, last, system.ones, 1e-8);
    bench::report_bytes(state, 16.0 * static_cast<double>(F.statistics().factor_nonzeros));
}

void invert(benchmark::State& state, const System& system) {
    const Cholesky<double> F(system.A);
    Eigen::VectorXd d;
    for (auto _ : state) d = inverse_diagonal(F);
    const Eigen::VectorXd e = Eigen::VectorXd::Unit(d.size(), 0);
    Eigen::VectorXd x(d.size());
    F.apply(e, x);
    bench::check(state, std::abs(d[0] - x[0]) <= 1e-10 * x[0], "the first element of the inverse");
    bench::report_flops(state, 2 * F.statistics().flops);
}

template <class Function, class... Arguments>
void add(const char* op, const char* impl, const char* matrix, const std::shared_ptr<System>& system, Function function,
         Arguments... arguments) {
    benchmark::RegisterBenchmark(bench::name(op, impl, {{"matrix", matrix}, {"n", system->A.rows()}}).c_str(),
                                 [=](benchmark::State& state) { function(state, *system, arguments...); })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
    const auto all = [](const char* matrix, Csr<double> A) {
        const auto system = std::make_shared<System>(std::move(A));
        add("cholesky", "ritz", matrix, system, with_ritz);
        add("cholesky", "cholmod_amd", matrix, system, with_cholmod, CHOLMOD_AMD);
        add("cholesky", "cholmod_metis", matrix, system, with_cholmod, CHOLMOD_METIS);
        add("cholesky_solve_1", "ritz", matrix, system, solve_with_factors, 1);
        add("cholesky_solve_8", "ritz", matrix, system, solve_with_factors, 8);
        add("inverse_diagonal", "ritz", matrix, system, invert);
    };
    all("poisson2d", poisson2d(500, 500));
    all("poisson3d", poisson3d(50, 50, 50));
    all("elasticity3d", elasticity3d(30, 29, 29));
    return true;
}();

}  // namespace
