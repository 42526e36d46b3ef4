// SPDX-License-Identifier: BSD-3-Clause
// y ← A x in double: ritz, a plain OpenMP loop, and Eigen, at one thread and at all of them. Bytes are 12 an entry plus
// the vectors and one 4-byte pointer a row, whatever a library really moves, so rates compare as times do.
#include <omp.h>

#include <Eigen/SparseCore>
#include <memory>

#include "bench/support/measure.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;
using EigenCsr = Eigen::SparseMatrix<double, Eigen::RowMajor, Index>;

struct Problem {
    const char* name;
    Csr<double> (*make)();
};

const Problem problems[] = {
    {"poisson3d_100", [] { return poisson3d(100, 100, 100); }},
    {"poisson2d_1000", [] { return poisson2d(1000, 1000); }},
    {"elasticity3d_30", [] { return elasticity3d(30, 30, 30); }},
    {"power_law_18", [] { return power_law_laplacian(18, 8, 7); }},
};

/// One problem and the answer all implementations must give, made once.
struct Case {
    Csr<double> A;
    Buffer<double> x, expected;
};

const Case& case_of(const Problem& problem) {
    static std::vector<std::unique_ptr<Case>> cases(std::size(problems));
    auto& made = cases[static_cast<std::size_t>(&problem - problems)];
    if (!made) {
        made = std::make_unique<Case>();
        made->A = problem.make();
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
            add("plain", spmv_plain);
            add("eigen", spmv_eigen);
        }
    return true;
}();

}  // namespace
