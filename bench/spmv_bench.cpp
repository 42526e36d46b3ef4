// SPDX-License-Identifier: BSD-3-Clause
// y ← A x in double: ritz (Csr::apply, and TunedMatrix), a plain OpenMP loop, Eigen and PETSc, at one thread and at all
// of them (PETSc at one). Bytes are 12 an entry plus the vectors and one 4-byte pointer a row, whatever a library
// really moves, so rates compare as times do. Model problems come with their own coefficients and, as _varying, with
// random values in the same places. bench/peers/scipy_spmv.py does the same with SciPy.
#include <omp.h>

#include <Eigen/SparseCore>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/support/measure.hpp"
#ifdef RITZ_BENCH_PETSC
#include "bench/peers/petsc_product.hpp"
#endif
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/extract.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/formats/product.hpp"
#include "ritz/formats/tuned.hpp"
#include "ritz/io/files.hpp"

namespace {

using namespace ritz;
using EigenCsr = Eigen::SparseMatrix<double, Eigen::RowMajor, Index>;

struct Problem {
    std::string name;
    Csr<double> (*make)(const std::string& name);
};

Csr<double> varying(Csr<double> A) {
    const auto values = random_vector<double>(static_cast<Index>(A.nnz()), 5);
    std::copy(values.begin(), values.end(), A.values().begin());
    return A;
}

/// The unknowns in random order within pieces of 4096: what a mesh generator leaves, neither sorted nor scattered.
Csr<double> shuffled(const Csr<double>& A) {
    constexpr Index piece = 4096;
    std::vector<Index> order(static_cast<std::size_t>(A.rows()));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
    Random random(11);
    for (Index begin = 0; begin < A.rows(); begin += piece) {
        const auto size = static_cast<std::uint64_t>(std::min(piece, A.rows() - begin));
        for (std::uint64_t i = size - 1; i > 0; --i)
            std::swap(order[static_cast<std::size_t>(begin) + i],
                      order[static_cast<std::size_t>(begin) + random.below(i + 1)]);
    }
    return permute_symmetric(A, order);
}

std::vector<Problem> make_problems() {
    std::vector<Problem> problems = {
        {"poisson3d_100", [](const std::string&) { return poisson3d(100, 100, 100); }},
        {"poisson3d_100_varying", [](const std::string&) { return varying(poisson3d(100, 100, 100)); }},
        {"poisson3d_100_shuffled", [](const std::string&) { return shuffled(varying(poisson3d(100, 100, 100))); }},
        {"poisson2d_1000", [](const std::string&) { return poisson2d(1000, 1000); }},
        {"poisson2d_1000_varying", [](const std::string&) { return varying(poisson2d(1000, 1000)); }},
        {"elasticity3d_30", [](const std::string&) { return elasticity3d(30, 30, 30); }},
        {"elasticity3d_30_varying", [](const std::string&) { return varying(elasticity3d(30, 30, 30)); }},
        {"elasticity3d_60_varying", [](const std::string&) { return varying(elasticity3d(60, 60, 60)); }},
        {"power_law_18", [](const std::string&) { return power_law_laplacian(18, 8, 7); }},
        {"power_law_18_varying", [](const std::string&) { return varying(power_law_laplacian(18, 8, 7)); }},
        {"power_law_20_varying", [](const std::string&) { return varying(power_law_laplacian(20, 8, 7)); }},
    };
    if (const char* const folder = std::getenv("RITZ_MATRICES"))
        for (const std::string file : {"bcsstk16.mtx", "bcsstk13.mtx"})
            if (std::filesystem::exists(std::filesystem::path(folder) / file))
                problems.push_back({file, [](const std::string& name) {
                                        const char* const path = std::getenv("RITZ_MATRICES");
                                        return std::get<Csr<double>>(
                                            read_matrix(std::string(path) + "/" + name).matrix);
                                    }});
    return problems;
}

const std::vector<Problem> problems = make_problems();

/// One problem and the answer all implementations must give.
struct Case {
    Csr<double> A;
    Buffer<double> x, expected;
};

/// The last problem asked for: they are measured one after another, and do not fit into memory together.
const Case& case_of(const Problem& problem) {
    static std::unique_ptr<Case> made;
    static const Problem* of = nullptr;
    if (of != &problem) {
        made = std::make_unique<Case>();
        of = &problem;
        made->A = problem.make(problem.name);
        made->x = random_vector<double>(made->A.cols(), 1);
        for (Index i = 0; i < made->A.rows(); ++i) {
            long double sum = 0;
            for (Offset k = made->A.indptr()[static_cast<std::size_t>(i)];
                 k < made->A.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
                sum += static_cast<long double>(made->A.values()[static_cast<std::size_t>(k)]) *
                       made->x[static_cast<std::size_t>(made->A.indices()[static_cast<std::size_t>(k)])];
            made->expected.push_back(static_cast<double>(sum));
        }
    }
    return *made;
}

/// Eigen's own matrix type, and 32-bit pointers for the plain loop.
EigenCsr to_eigen(const Csr<double>& A) {
    EigenCsr E(A.rows(), A.cols());
    E.resizeNonZeros(static_cast<Index>(A.nnz()));
    std::copy(A.indptr().begin(), A.indptr().end(), E.outerIndexPtr());
    std::copy(A.indices().begin(), A.indices().end(), E.innerIndexPtr());
    std::copy(A.values().begin(), A.values().end(), E.valuePtr());
    return E;
}

template <class Multiply>
void measure(benchmark::State& state, const Case& c, int threads, Multiply&& multiply) {
    const ThreadLimit limit(threads);
    Eigen::setNbThreads(threads);
    Eigen::VectorXd y(c.A.rows());
    for (auto _ : state) {
        multiply(y);
        benchmark::ClobberMemory();
    }
    bench::check_close(state, y, c.expected, 1e-13);
    const auto rows = static_cast<double>(c.A.rows()), cols = static_cast<double>(c.A.cols()),
               nnz = static_cast<double>(c.A.nnz());
    bench::report_bytes(state, 12 * nnz + 4 * (rows + 1) + 8 * rows + 8 * cols);
    bench::report_flops(state, 2 * nnz);
}

void spmv_ritz(benchmark::State& state, const Problem& problem, int threads) {
    const Case& c = case_of(problem);
    measure(state, c, threads, [&](Eigen::VectorXd& y) { c.A.apply(c.x, y); });
}

void spmv_tuned(benchmark::State& state, const Problem& problem, int threads) {
    const Case& c = case_of(problem);
    const ThreadLimit limit(threads);
    const TunedMatrix<double> A(c.A);
    state.SetLabel(std::string(name(A.storage())));
    measure(state, c, threads, [&](Eigen::VectorXd& y) { A.apply(c.x, y); });
    state.counters["analysis_ms"] = 1e3 * A.analysis_seconds();
    state.counters["bytes_per_entry"] = A.bytes_per_product() / static_cast<double>(A.nnz());
}

void spmv_tuned_dot(benchmark::State& state, const Problem& problem, int threads) {
    const Case& c = case_of(problem);
    const TunedMatrix<double> A(c.A);
    measure(state, c, threads, [&](Eigen::VectorXd& y) { benchmark::DoNotOptimize(A.apply_dot(c.x, y)); });
}

void spmv_plain(benchmark::State& state, const Problem& problem, int threads) {
    const Case& c = case_of(problem);
    const EigenCsr E = to_eigen(c.A);
    const Index *indptr = E.outerIndexPtr(), *indices = E.innerIndexPtr();
    const double *values = E.valuePtr(), *x = c.x.data();
    const Index rows = c.A.rows();
    measure(state, c, threads, [&](Eigen::VectorXd& result) {
        double* const y = result.data();
#pragma omp parallel for schedule(static)
        for (Index i = 0; i < rows; ++i) {
            double sum = 0;
            for (Index k = indptr[i]; k < indptr[i + 1]; ++k) sum += values[k] * x[indices[k]];
            y[i] = sum;
        }
    });
}

void spmv_eigen(benchmark::State& state, const Problem& problem, int threads) {
    const Case& c = case_of(problem);
    const EigenCsr E = to_eigen(c.A);
    const Eigen::Map<const Eigen::VectorXd> x(c.x.data(), c.A.cols());
    measure(state, c, threads, [&](Eigen::VectorXd& y) { y.noalias() = E * x; });
}

#ifdef RITZ_BENCH_PETSC
void spmv_petsc(benchmark::State& state, const Problem& problem, int threads) {
    const Case& c = case_of(problem);
    const bench::PetscProduct A(c.A);
    measure(state, c, threads, [&](Eigen::VectorXd& y) { A.apply(c.x.data(), y.data()); });
}
#endif

const bool registered = [] {
    const int all = max_threads();
    for (const Problem& problem : problems)
        for (int threads = 1; threads <= all; threads = threads < all ? all : all + 1) {
            const auto add = [&](const char* impl, void (*run)(benchmark::State&, const Problem&, int)) {
                benchmark::RegisterBenchmark(
                    bench::name("spmv", impl, {{"matrix", problem.name}, {"threads", threads}}).c_str(),
                    [run, &problem, threads](benchmark::State& state) { run(state, problem, threads); })
                    ->UseRealTime();
            };
            add("ritz", spmv_ritz);
            add("ritz_tuned", spmv_tuned);
            add("ritz_tuned_dot", spmv_tuned_dot);
            add("plain", spmv_plain);
            add("eigen", spmv_eigen);
#ifdef RITZ_BENCH_PETSC
            if (threads == 1) add("petsc", spmv_petsc);
#endif
        }
    return true;
}();

}  // namespace
