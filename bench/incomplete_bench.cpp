// SPDX-License-Identifier: BSD-3-Clause
// Incomplete factorisations: set-up, one application beside one product with A, and conjugate gradients to 1e-8, of
// ritz and of Eigen (natural order, one thread). PETSc does the same in programs of its own.
#include <Eigen/IterativeLinearSolvers>
#include <Eigen/SparseCore>
#include <cmath>
#include <memory>
#include <vector>

#include "bench/support/measure.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/preconditioners/ic0.hpp"
#include "ritz/preconditioners/ilu0.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace {

using namespace ritz;

struct Problem {
    const char* name;
    Csr<double> (*make)();
    bool definite;
};

const Problem problems[] = {
    {"poisson3d_64", [] { return poisson3d(64, 64, 64); }, true},
    {"poisson2d_500", [] { return poisson2d(500, 500); }, true},
    {"elasticity3d_20", [] { return elasticity3d(20, 20, 20); }, true},
    {"convection_diffusion2d_500", [] { return convection_diffusion2d(500, 500, 1e-2, Wind::recirculating); }, false},
    {"poisson1d_1000000", [] { return poisson1d(1000000); }, true},
    {"power_law_16",
     [] {
         auto A = power_law_laplacian(16, 8, 7);
         for (Index i = 0; i < A.rows(); ++i)
             for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1];
                  ++k)
                 if (A.indices()[static_cast<std::size_t>(k)] == i) A.values()[static_cast<std::size_t>(k)] += 1e-3;
         return A;
     },
     true},
};

const Csr<double>& matrix_of(const Problem& problem) {
    static std::vector<std::unique_ptr<Csr<double>>> matrices(std::size(problems));
    auto& made = matrices[static_cast<std::size_t>(&problem - problems)];
    if (!made) made = std::make_unique<Csr<double>>(problem.make());
    return *made;
}

using Maker = Preconditioner<double> (*)(const Csr<double>&);
struct Kind {
    const char* name;
    Maker make;
    bool definite;
};
const Kind kinds[] = {
    {"ic0", [](const Csr<double>& A) { return Preconditioner<double>(Ic0<double>(A)); }, true},
    {"ic0_single",
     [](const Csr<double>& A) { return Preconditioner<double>(Ic0<double>(A, {.precision = Precision::single})); },
     true},
    {"mic0", [](const Csr<double>& A) { return Preconditioner<double>(Ic0<double>(A, {.modified = 1})); }, true},
    {"mic0_single",
     [](const Csr<double>& A) {
         return Preconditioner<double>(Ic0<double>(A, {.modified = 1, .precision = Precision::single}));
     },
     true},
    {"ilu0", [](const Csr<double>& A) { return Preconditioner<double>(Ilu0<double>(A)); }, false},
    {"ilu0_single",
     [](const Csr<double>& A) { return Preconditioner<double>(Ilu0<double>(A, {.precision = Precision::single})); },
     false},
};

void set_up(benchmark::State& state, const Problem& problem, const Kind& kind, int threads) {
    const ThreadLimit limit(threads);
    const Csr<double>& A = matrix_of(problem);
    Preconditioner<double> M;
    for (auto _ : state) M = kind.make(A);
    state.counters["shift"] = M.statistics().shift;
}

void apply(benchmark::State& state, const Problem& problem, const Kind& kind, int threads) {
    const ThreadLimit limit(threads);
    const Csr<double>& A = matrix_of(problem);
    const Preconditioner<double> M = kind.make(A);
    const auto r = random_vector<double>(A.rows(), 1);
    Buffer<double> z(r.size());
    for (auto _ : state) {
        M.apply(r, z);
        benchmark::ClobberMemory();
    }
    state.counters["memory"] = static_cast<double>(M.statistics().memory_bytes);
}

void multiply(benchmark::State& state, const Problem& problem, int threads) {
    const ThreadLimit limit(threads);
    const Csr<double>& A = matrix_of(problem);
    const auto r = random_vector<double>(A.rows(), 1);
    Buffer<double> z(r.size());
    for (auto _ : state) {
        A.apply(r, z);
        benchmark::ClobberMemory();
    }
}

/// Plain preconditioned conjugate gradients until ‖r‖ ≤ 1e-8 ‖b‖. Gives the number of iterations.
template <class M>
int conjugate_gradients(const Csr<double>& A, const M& precondition, VectorView<double> b, VectorRef<double> x) {
    const std::size_t n = b.size();
    Buffer<double> r(b.begin(), b.end()), z(n), p(n, 0.0), q(n);
    std::fill(x.begin(), x.end(), 0.0);
    const double target = 1e-8 * norm2(b);
    double rho = 1;
    for (int k = 0; k < 5000; ++k) {
        if (norm2(r) <= target) return k;
        precondition(r, z);
        const double before = std::exchange(rho, dot(r, z));
        const double beta = k == 0 ? 0 : rho / before;
        for (std::size_t i = 0; i < n; ++i) p[i] = z[i] + beta * p[i];
        A.apply(p, q);
        const double alpha = rho / dot(p, q);
        for (std::size_t i = 0; i < n; ++i) {
            x[i] += alpha * p[i];
            r[i] -= alpha * q[i];
        }
    }
    return -1;
}

Buffer<double> right_hand_side(Index n) {
    Buffer<double> b(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<double>((7919 * i + 13) % 1000) / 1000 - 0.4995;
    return b;
}

void solve(benchmark::State& state, const Problem& problem, const Kind& kind, int threads) {
    const ThreadLimit limit(threads);
    const Csr<double>& A = matrix_of(problem);
    const auto b = right_hand_side(A.rows());
    Buffer<double> x(b.size()), residual(b.size());
    int iterations = 0;
    for (auto _ : state) {
        const Preconditioner<double> M = kind.make(A);
        iterations = conjugate_gradients(
            A, [&](const Buffer<double>& r, Buffer<double>& z) { M.apply(r, z); }, b, x);
    }
    state.counters["iterations"] = iterations;
    A.apply(x, residual);
    for (std::size_t i = 0; i < b.size(); ++i) residual[i] -= b[i];
    bench::check(state, norm2(residual) <= 1.1e-8 * norm2(b), "the residual");
}

using EigenCsr = Eigen::SparseMatrix<double, Eigen::RowMajor, Index>;
using EigenCsc = Eigen::SparseMatrix<double, Eigen::ColMajor, Index>;
using EigenIc = Eigen::IncompleteCholesky<double, Eigen::Lower, Eigen::NaturalOrdering<Index>>;

template <class Matrix>
Matrix to_eigen(const Csr<double>& A) {
    EigenCsr E(A.rows(), A.cols());
    E.resizeNonZeros(static_cast<Index>(A.nnz()));
    std::copy(A.indptr().begin(), A.indptr().end(), E.outerIndexPtr());
    std::copy(A.indices().begin(), A.indices().end(), E.innerIndexPtr());
    std::copy(A.values().begin(), A.values().end(), E.valuePtr());
    return E;
}

void set_up_eigen(benchmark::State& state, const Problem& problem) {
    const auto E = to_eigen<EigenCsc>(matrix_of(problem));
    for (auto _ : state) {
        const EigenIc M(E);
        benchmark::DoNotOptimize(&M);
    }
}

void apply_eigen(benchmark::State& state, const Problem& problem) {
    const auto E = to_eigen<EigenCsc>(matrix_of(problem));
    const EigenIc M(E);
    const Eigen::VectorXd r = Eigen::VectorXd::Random(E.rows());
    Eigen::VectorXd z(E.rows());
    for (auto _ : state) {
        z = M.solve(r);
        benchmark::ClobberMemory();
    }
}

/// Incomplete LU of about as many entries as A has.
void set_up_eigen_lu(benchmark::State& state, const Problem& problem) {
    const auto E = to_eigen<EigenCsr>(matrix_of(problem));
    for (auto _ : state) {
        const Eigen::IncompleteLUT<double, Index> M(E, 1e-2, 1);
        benchmark::DoNotOptimize(&M);
    }
}

void apply_eigen_lu(benchmark::State& state, const Problem& problem) {
    const auto E = to_eigen<EigenCsr>(matrix_of(problem));
    const Eigen::IncompleteLUT<double, Index> M(E, 1e-2, 1);
    const Eigen::VectorXd r = Eigen::VectorXd::Random(E.rows());
    Eigen::VectorXd z(E.rows());
    for (auto _ : state) {
        z = M.solve(r);
        benchmark::ClobberMemory();
    }
}

const bool registered = [] {
    const int all = max_threads();
    const auto add = [](const std::string& name, auto run) {
        benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime()->Unit(benchmark::kMillisecond);
    };
    for (const Problem& problem : problems) {
        for (int threads = 1; threads <= all; threads = threads < all ? all : all + 1) {
            const auto name = [&](const char* op, const char* kind) {
                return bench::name(op, "ritz", {{"kind", kind}, {"matrix", problem.name}, {"threads", threads}});
            };
            add(name("multiply", "spmv"), [&problem, threads](benchmark::State& s) { multiply(s, problem, threads); });
            for (const Kind& kind : kinds) {
                if (kind.definite && !problem.definite) continue;
                add(name("set_up", kind.name),
                    [&, threads](benchmark::State& s) { set_up(s, problem, kind, threads); });
                add(name("apply", kind.name), [&, threads](benchmark::State& s) { apply(s, problem, kind, threads); });
                if (kind.definite)
                    add(name("cg", kind.name), [&, threads](benchmark::State& s) { solve(s, problem, kind, threads); });
            }
        }
        const auto name = [&](const char* op, const char* kind) {
            return bench::name(op, "eigen", {{"kind", kind}, {"matrix", problem.name}, {"threads", 1}});
        };
        if (problem.definite) {
            add(name("set_up", "ic0"), [&problem](benchmark::State& s) { set_up_eigen(s, problem); });
            add(name("apply", "ic0"), [&problem](benchmark::State& s) { apply_eigen(s, problem); });
        }
        add(name("set_up", "ilut"), [&problem](benchmark::State& s) { set_up_eigen_lu(s, problem); });
        add(name("apply", "ilut"), [&problem](benchmark::State& s) { apply_eigen_lu(s, problem); });
    }
    return true;
}();

}  // namespace
