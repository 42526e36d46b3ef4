// SPDX-License-Identifier: BSD-3-Clause
// The stages of a direct solution apart: analysis and factorisation, refactorisation with new values on the same
// pattern, one solution, and what `solve` adds to them (op:solve is the whole verified solve of the same system).

#include <memory>

#include "bench/support/measure.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/klu.hpp"
#include "ritz/solvers/ldlt.hpp"
#include "ritz/solvers/lu.hpp"
#include "ritz/solvers/solve.hpp"

namespace {

using namespace ritz;

template <class F>
auto stored_for(const Csr<double>& A) {
    if constexpr (std::is_constructible_v<F, CscView<double>>)
        return to_csc(A);
    else
        return A;
}

template <class F, class Matrix>
void check_inverse(benchmark::State& state, const F& factors, const Matrix& A) {
    const Eigen::VectorXd ones = Eigen::VectorXd::Ones(A.rows());
    Eigen::VectorXd b(A.rows()), x(A.rows());
    A.apply(ones, b);
    factors.apply(VectorView<double>(b), VectorRef<double>(x));
    bench::check_close(state, x, ones, 1e-8);
}

template <class F>
void factor(benchmark::State& state, const Csr<double>& A) {
    const auto M = stored_for<F>(A);
    std::unique_ptr<F> factors;
    for (auto _ : state) factors = std::make_unique<F>(M);
    check_inverse(state, *factors, M);
    state.counters["fill"] = static_cast<double>(factors->statistics().factor_nonzeros);
    bench::report_flops(state, factors->statistics().flops);
}

template <class F>
void refactor(benchmark::State& state, const Csr<double>& A) {
    const auto M = stored_for<F>(A);
    F factors(M);
    for (auto _ : state) factors.refactor(M);
    check_inverse(state, factors, M);
}

template <class F>
void apply(benchmark::State& state, const Csr<double>& A) {
    const auto M = stored_for<F>(A);
    const F factors(M);
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(A.rows());
    Eigen::VectorXd x(A.rows());
    for (auto _ : state) factors.apply(VectorView<double>(b), VectorRef<double>(x));
    check_inverse(state, factors, M);
}

void whole(benchmark::State& state, const Csr<double>& A, Method method) {
    const Eigen::VectorXd ones = Eigen::VectorXd::Ones(A.rows());
    Eigen::VectorXd b(A.rows());
    A.apply(ones, b);
    Solution<double> solution;
    for (auto _ : state) solution = solve(A, b, {.method = method});
    bench::check_close(state, solution.x, ones, 1e-9);
    const StageSeconds& seconds = solution.report.seconds;
    state.counters["certificate_share"] = seconds.solve / seconds.total;  // solutions, refinement, condition, checks
}

template <class F>
void add(const char* matrix, const std::shared_ptr<Csr<double>>& A, Method method) {
    const auto record = [&](const char* op, auto function) {
        benchmark::RegisterBenchmark(
            bench::name(op, "ritz", {{"method", std::string(name(method))}, {"matrix", matrix}, {"n", A->rows()}})
                .c_str(),
            [A, function](benchmark::State& state) { function(state, *A); })
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
    };
    record("factor", factor<F>);
    record("refactor", refactor<F>);
    record("apply", apply<F>);
    record("solve", [method](benchmark::State& state, const Csr<double>& M) { whole(state, M, method); });
}

const bool registered = [] {
    const auto own = [](Csr<double> A) { return std::make_shared<Csr<double>>(std::move(A)); };
    add<Cholesky<double>>("poisson2d", own(poisson2d(300, 300)), Method::cholesky);
    add<Cholesky<double>>("poisson3d", own(poisson3d(30, 30, 30)), Method::cholesky);
    if (ldlt_available()) add<Ldlt<double>>("stokes2d", own(stokes2d(100, 100)), Method::ldlt);
    add<Lu<double>>("convection_diffusion2d", own(convection_diffusion2d(300, 300, 1e-2)), Method::lu);
    add<Klu<double>>("convection_diffusion2d", own(convection_diffusion2d(100, 100, 1e-2)), Method::klu);
    return true;
}();

}  // namespace
