// SPDX-License-Identifier: BSD-3-Clause
// solve(A, b), which equilibrates, refines, certifies and estimates the condition, beside the bare CHOLMOD or UMFPACK
// call that it contains: the ratio is the price of the evidence.

#include <cholmod.h>
#include <umfpack.h>

#include "bench/support/measure.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/solve.hpp"

namespace {

using namespace ritz;

struct System {
    Csr<double> A;
    Eigen::VectorXd b, ones;

    explicit System(Csr<double> matrix) : A(std::move(matrix)), b(A.rows()), ones(Eigen::VectorXd::Ones(A.rows())) {
        A.apply(ones, b);
    }
};

void with_ritz(benchmark::State& state, const System& system, Method method) {
    SolveOptions options;
    options.method = method;
    Solution<double> solution;
    for (auto _ : state) solution = solve(system.A, system.b, options);
    bench::check(state, solution.report.status == Status::solved, "solved");
    bench::check_close(state, solution.x, system.ones, 1e-9);
    state.counters["factor_share"] = solution.report.seconds.factor / solution.report.seconds.total;
}

void with_umfpack(benchmark::State& state, const System& system) {
    const Csc<double> C = to_csc(system.A);
    const std::vector<SuiteSparse_long> p(C.indptr().begin(), C.indptr().end());
    const std::vector<SuiteSparse_long> i(C.indices().begin(), C.indices().end());
    const SuiteSparse_long n = C.rows();
    Eigen::VectorXd x(n);
    for (auto _ : state) {
        void *symbolic = nullptr, *numeric = nullptr;
        umfpack_dl_symbolic(n, n, p.data(), i.data(), C.values().data(), &symbolic, nullptr, nullptr);
        umfpack_dl_numeric(p.data(), i.data(), C.values().data(), symbolic, &numeric, nullptr, nullptr);
        umfpack_dl_solve(UMFPACK_A, p.data(), i.data(), C.values().data(), x.data(), system.b.data(), numeric, nullptr,
                         nullptr);
        umfpack_dl_free_symbolic(&symbolic);
        umfpack_dl_free_numeric(&numeric);
    }
    bench::check_close(state, x, system.ones, 1e-9);
}

void with_cholmod(benchmark::State& state, const System& system) {
    const Csc<double> C = to_csc(system.A);
    std::vector<SuiteSparse_long> p(C.indptr().begin(), C.indptr().end());
    std::vector<SuiteSparse_long> i(C.indices().begin(), C.indices().end());
    std::vector<double> values(C.values().begin(), C.values().end());
    Eigen::VectorXd right = system.b, x(right.size());
    const auto n = static_cast<std::size_t>(C.rows());
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
    for (auto _ : state) {
        cholmod_common common{};
        cholmod_l_start(&common);
        cholmod_factor* L = cholmod_l_analyze(&S, &common);
        cholmod_l_factorize(&S, L, &common);
        cholmod_dense* X = cholmod_l_solve(CHOLMOD_A, L, &B, &common);
        std::copy_n(static_cast<const double*>(X->x), n, x.data());
        cholmod_l_free_dense(&X, &common);
        cholmod_l_free_factor(&L, &common);
        cholmod_l_finish(&common);
    }
    bench::check_close(state, x, system.ones, 1e-9);
}

template <class Function, class... Arguments>
void add(const char* impl, const char* matrix, const std::shared_ptr<System>& system, Function function,
         Arguments... arguments) {
    benchmark::RegisterBenchmark(bench::name("solve", impl, {{"matrix", matrix}, {"n", system->A.rows()}}).c_str(),
                                 [=](benchmark::State& state) { function(state, *system, arguments...); })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
}

const bool registered = [] {
    const auto poisson2 = std::make_shared<System>(poisson2d(300, 300));
    const auto poisson3 = std::make_shared<System>(poisson3d(30, 30, 30));
    const auto convection = std::make_shared<System>(convection_diffusion2d(300, 300, 1e-2));
    add("ritz", "poisson2d", poisson2, with_ritz, Method::cholesky);
    add("cholmod", "poisson2d", poisson2, with_cholmod);
    add("ritz", "poisson3d", poisson3, with_ritz, Method::cholesky);
    add("cholmod", "poisson3d", poisson3, with_cholmod);
    add("ritz", "convection_diffusion2d", convection, with_ritz, Method::automatic);
    add("umfpack", "convection_diffusion2d", convection, with_umfpack);
    return true;
}();

}  // namespace
