// SPDX-License-Identifier: BSD-3-Clause
// Ten eigenpairs of large symmetric matrices to a relative residual of 1e-10: ritz (with its check of completeness, and
// with the proof), Spectra, and SLEPc where the build has it; at one thread and at all of them. SLEPc runs in one
// process and without an inverted shift, since its MUMPS is not the one that ritz links. SciPy:
// bench/peers/scipy_eigsh.py. `applications`: products, or solves with factors. `max_residual`: of the pairs returned,
// over |λ|.
#include <omp.h>

#include <Spectra/SymEigsShiftSolver.h>
#include <Spectra/SymEigsSolver.h>
#include <cholmod.h>

#include <memory>
#include <vector>

#include "bench/support/measure.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/eigen/eigsh.hpp"
#include "ritz/formats/gallery.hpp"
#ifdef RITZ_BENCH_SLEPC
#include "bench/peers/slepc_eigsh.hpp"
#endif

namespace {

using namespace ritz;

constexpr Index wanted = 10;
constexpr double rtol = 1e-10;

struct Problem {
    const char* name;
    bool largest;  // by products; the smallest by an inverted shift
    Csr<double> (*make)();
};

const Problem problems[] = {
    {"power_law_17", true, [] { return power_law_laplacian(17, 16, 7); }},
    {"elasticity3d_20", true, [] { return elasticity3d(20, 20, 20); }},
    {"poisson2d_300", false, [] { return poisson2d(300, 300); }},
    {"poisson2d_500", false, [] { return poisson2d(500, 500); }},
    {"poisson3d_40", false, [] { return poisson3d(40, 40, 40); }},
    {"elasticity3d_15", false, [] { return elasticity3d(15, 15, 15); }},
};

const Csr<double>& matrix_of(const Problem& problem) {
    static std::vector<std::unique_ptr<Csr<double>>> made(std::size(problems));
    auto& A = made[static_cast<std::size_t>(&problem - problems)];
    if (!A) A = std::make_unique<Csr<double>>(problem.make());
    return *A;
}

struct Found {
    Eigen::VectorXd values;
    Eigen::MatrixXd vectors;
    double applications = 0;
    bool complete = false;  // said of itself
};

Found by_ritz(const Problem& problem, Completeness completeness) {
    auto found = eigsh(matrix_of(problem), wanted,
                       {.which = problem.largest ? Which::largest_algebraic : Which::smallest_algebraic,
                        .completeness = completeness,
                        .rtol = rtol});
    return {std::move(found.values), std::move(found.vectors), static_cast<double>(found.report.operator_applications),
            has_answer(found.report.status)};
}

/// y ← A x for Spectra, by ritz's own product, and A⁻¹ by CHOLMOD's supernodal factorisation with METIS.
struct Product {
    using Scalar = double;
    const Csr<double>& A;
    mutable std::int64_t applications = 0;
    Eigen::Index rows() const { return A.rows(); }
    Eigen::Index cols() const { return A.cols(); }
    void perform_op(const double* x, double* y) const {
        ++applications;
        const auto n = static_cast<std::size_t>(A.rows());
        A.apply({x, n}, {y, n});
    }
};

class CholmodInverse {
public:
    using Scalar = double;
    explicit CholmodInverse(const Csr<double>& A) : n_(A.rows()) {
        cholmod_l_start(&common_);
        common_.nmethods = 1;
        common_.method[0].ordering = CHOLMOD_METIS;
        common_.supernodal = CHOLMOD_SUPERNODAL;
        indptr_.assign(A.indptr().begin(), A.indptr().end());
        indices_.assign(A.indices().begin(), A.indices().end());
        cholmod_sparse view{};
        view.nrow = view.ncol = static_cast<std::size_t>(n_);
        view.nzmax = indices_.size();
        view.p = indptr_.data();
        view.i = indices_.data();
        view.x = const_cast<double*>(A.values().data());
        view.stype = 1;
        view.itype = CHOLMOD_LONG;
        view.xtype = CHOLMOD_REAL;
        view.dtype = CHOLMOD_DOUBLE;
        view.sorted = view.packed = 1;
        factor_ = cholmod_l_analyze(&view, &common_);
        cholmod_l_factorize(&view, factor_, &common_);
    }
    ~CholmodInverse() {
        cholmod_l_free_factor(&factor_, &common_);
        for (cholmod_dense** work : {&x_, &y_, &e_}) cholmod_l_free_dense(work, &common_);
        cholmod_l_finish(&common_);
    }
    CholmodInverse(const CholmodInverse&) = delete;
    CholmodInverse& operator=(const CholmodInverse&) = delete;

    Eigen::Index rows() const { return n_; }
    Eigen::Index cols() const { return n_; }
    void set_shift(double) {}
    void perform_op(const double* b, double* x) const {
        ++applications;
        cholmod_dense right{};
        right.nrow = right.d = right.nzmax = static_cast<std::size_t>(n_);
        right.ncol = 1;
        right.x = const_cast<double*>(b);
        right.xtype = CHOLMOD_REAL;
        right.dtype = CHOLMOD_DOUBLE;
        cholmod_l_solve2(CHOLMOD_A, factor_, &right, nullptr, &x_, nullptr, &y_, &e_, &common_);
        std::copy_n(static_cast<const double*>(x_->x), n_, x);
    }
    mutable std::int64_t applications = 0;

private:
    Eigen::Index n_;
    mutable cholmod_common common_;
    std::vector<SuiteSparse_long> indptr_, indices_;
    cholmod_factor* factor_ = nullptr;
    mutable cholmod_dense *x_ = nullptr, *y_ = nullptr, *e_ = nullptr;
};

Found by_spectra(const Problem& problem) {
    const Csr<double>& A = matrix_of(problem);
    constexpr int subspace = 2 * wanted + 1;
    if (problem.largest) {
        Product op{A};
        Spectra::SymEigsSolver<Product> solver(op, wanted, subspace);
        solver.init();
        solver.compute(Spectra::SortRule::LargestAlge, 1000, rtol);
        return {solver.eigenvalues(), solver.eigenvectors(), static_cast<double>(op.applications),
                solver.info() == Spectra::CompInfo::Successful};
    }
    CholmodInverse op(A);
    Spectra::SymEigsShiftSolver<CholmodInverse> solver(op, wanted, subspace, 0.0);
    solver.init();
    solver.compute(Spectra::SortRule::LargestMagn, 1000, rtol);
    return {solver.eigenvalues(), solver.eigenvectors(), static_cast<double>(op.applications),
            solver.info() == Spectra::CompInfo::Successful};
}

#ifdef RITZ_BENCH_SLEPC
Found by_slepc(const Problem& problem) {
    bench::SlepcPairs pairs = bench::slepc_largest(matrix_of(problem), wanted, rtol);
    return {std::move(pairs.values), std::move(pairs.vectors), 0, pairs.converged};
}
#endif

template <class Run>
void measure(benchmark::State& state, const Problem& problem, int threads, Run&& run) {
    const Csr<double>& A = matrix_of(problem);
    const ThreadLimit limit(threads);
    Found last;
    for (auto _ : state) last = run(problem);
    double worst = 0;
    Eigen::VectorXd r(A.rows());
    for (Eigen::Index i = 0; i < last.values.size(); ++i) {
        A.apply(last.vectors.col(i), r);
        worst = std::max(worst, (r - last.values[i] * last.vectors.col(i)).norm() / std::abs(last.values[i]));
    }
    bench::check(state, last.complete && last.values.size() >= wanted, "ten pairs");
    bench::check(state, worst <= 1e-8, "the residuals of the pairs");
    state.counters["applications"] = last.applications;
    state.counters["max_residual"] = worst;
}

const bool registered = [] {
    const int all = max_threads();
    for (const Problem& problem : problems)
        for (int threads = 1; threads <= all; threads = threads < all ? all : all + 1) {
            const auto add = [&](const char* impl, auto run) {
                benchmark::RegisterBenchmark(
                    bench::name(problem.largest ? "eigsh_largest" : "eigsh_smallest", impl,
                                {{"matrix", problem.name}, {"threads", threads}})
                        .c_str(),
                    [&problem, threads, run](benchmark::State& state) { measure(state, problem, threads, run); })
                    ->UseRealTime()
                    ->Unit(benchmark::kMillisecond);
            };
            add("ritz", [](const Problem& p) { return by_ritz(p, Completeness::check); });
            add("ritz_unchecked", [](const Problem& p) { return by_ritz(p, Completeness::none); });
            if (!problem.largest) add("ritz_proved", [](const Problem& p) { return by_ritz(p, Completeness::prove); });
            add("spectra", by_spectra);
#ifdef RITZ_BENCH_SLEPC
            if (problem.largest && threads == 1) add("slepc", by_slepc);
#endif
        }
    return true;
}();

}  // namespace
