// SPDX-License-Identifier: BSD-3-Clause
// Sparse times sparse, PᵀAP, sparse times a few columns, transposition and sums in double: ritz, and Eigen, which has
// one thread for all of these but the product with columns. The answer of each is checked against the other one's.
#include <Eigen/SparseCore>
#include <cmath>
#include <memory>
#include <utility>

#include "bench/support/measure.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/eigen_sparse.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/formats/product.hpp"

namespace {

using namespace ritz;
using EigenCsr = Eigen::SparseMatrix<double, Eigen::RowMajor, int>;

/// `per_row` entries in each row, anywhere.
Csr<double> scattered(Index n, Index per_row) {
    Random random(3);
    Coo<double> A(n, n);
    A.reserve(Offset{n} * per_row);
    for (Index i = 0; i < n; ++i)
        for (Index e = 0; e < per_row; ++e)
            A.add(i, static_cast<Index>(random.below(static_cast<std::uint64_t>(n))), random.uniform(-1, 1));
    return to_csr(A);
}

/// Piecewise linear interpolation from every third unknown: the prolongation of a multigrid method in one dimension,
/// applied to the numbering, which is all that the cost depends on.
Csr<double> interpolation(Index n) {
    const Index coarse = (n + 2) / 3;
    Coo<double> P(n, coarse);
    for (Index i = 0; i < n; ++i) {
        const Index j = i / 3;
        const double weight = (i % 3) / 3.0;
        P.add(i, j, 1 - weight);
        if (weight > 0 && j + 1 < coarse) P.add(i, j + 1, weight);
    }
    return to_csr(P);
}

struct Problem {
    const char* name;
    Csr<double> (*make)();
};

const Problem problems[] = {
    {"poisson2d_700", [] { return poisson2d(700, 700); }},
    {"poisson3d_70", [] { return poisson3d(70, 70, 70); }},
    {"random_200000x8", [] { return scattered(200'000, 8); }},
};

struct Case {
    Csr<double> A, P;
    EigenCsr eigen_A, eigen_P;
};

const Case& case_of(const Problem& problem) {
    static std::vector<std::unique_ptr<Case>> cases(std::size(problems));
    auto& made = cases[static_cast<std::size_t>(&problem - problems)];
    if (!made) {
        made = std::make_unique<Case>();
        made->A = problem.make();
        made->P = interpolation(made->A.rows());
        made->eigen_A = to_eigen(made->A);
        made->eigen_P = to_eigen(made->P);
    }
    return *made;
}

/// Whether both matrices do the same to a vector of random numbers.
void check_same(benchmark::State& state, const CsrView<double>& got, const CsrView<double>& expected) {
    if (got.cols() != expected.cols() || got.nnz() != expected.nnz())
        return bench::check(state, false, "results have different structures");
    const auto x = random_vector<double>(got.cols(), 5);
    Eigen::VectorXd y(got.rows()), z(expected.rows());
    got.apply(x, y);
    expected.apply(x, z);
    bench::check_close(state, y, z, 1e-12);
}

/// Multiplications of the product A B.
double multiplications(const Csr<double>& A, const Csr<double>& B) {
    double total = 0;
    for (const Index k : A.indices())
        total +=
            static_cast<double>(B.indptr()[static_cast<std::size_t>(k) + 1] - B.indptr()[static_cast<std::size_t>(k)]);
    return total;
}

template <class Ritz, class Peer>
void measure_ritz(benchmark::State& state, int threads, Ritz&& run, Peer&& peer) {
    const ThreadLimit limit(threads);
    Csr<double> result;
    for (auto _ : state) {
        result = run();
        benchmark::ClobberMemory();
    }
    const EigenCsr expected = peer();
    check_same(state, result, view_of(expected));
}

template <class Ritz, class Peer>
void measure_eigen(benchmark::State& state, Ritz&& ritz, Peer&& run) {
    EigenCsr result;
    for (auto _ : state) {
        result = run();
        benchmark::ClobberMemory();
    }
    check_same(state, view_of(result), ritz());
}

/// What is measured, by ritz and by Eigen.
struct Operation {
    const char* name;
    Csr<double> (*ritz)(const Case&);
    EigenCsr (*eigen)(const Case&);
    double (*flops)(const Case&);
};

const Operation operations[] = {
    {"spgemm", [](const Case& c) { return c.A * c.A; }, [](const Case& c) { return EigenCsr(c.eigen_A * c.eigen_A); },
     [](const Case& c) { return 2 * multiplications(c.A, c.A); }},
    {"triple_product", [](const Case& c) { return triple_product(c.P, c.A); },
     [](const Case& c) { return EigenCsr(EigenCsr(c.eigen_P.transpose()) * EigenCsr(c.eigen_A * c.eigen_P)); },
     [](const Case& c) { return 2 * multiplications(c.A, c.P) + 2 * multiplications(transpose(c.P), c.A * c.P); }},
    {"transpose", [](const Case& c) { return transpose(c.A); },
     [](const Case& c) { return EigenCsr(c.eigen_A.transpose()); }, [](const Case&) { return 0.0; }},
    {"add_same_structure", [](const Case& c) { return add(2.0, c.A, 3.0, c.A); },
     [](const Case& c) { return EigenCsr(2.0 * c.eigen_A + 3.0 * c.eigen_A); },
     [](const Case& c) { return 3.0 * static_cast<double>(c.A.nnz()); }},
    {"add_transpose", [](const Case& c) { return add(2.0, c.A, 3.0, transpose(c.A)); },
     [](const Case& c) { return EigenCsr(2.0 * c.eigen_A + 3.0 * EigenCsr(c.eigen_A.transpose())); },
     [](const Case& c) { return 3.0 * static_cast<double>(c.A.nnz()); }},
};

void columns_ritz(benchmark::State& state, const Problem& problem, int threads, Index k) {
    const Case& c = case_of(problem);
    const ThreadLimit limit(threads);
    const Eigen::MatrixXd X = Eigen::MatrixXd::Random(c.A.cols(), k), expected = c.eigen_A * X;
    Eigen::MatrixXd Y(c.A.rows(), k);
    for (auto _ : state) {
        multiply(c.A, X, Y);
        benchmark::ClobberMemory();
    }
    bench::check(state, (Y - expected).norm() <= 1e-13 * expected.norm(), "A X");
    bench::report_flops(state, 2.0 * static_cast<double>(c.A.nnz()) * k);
}

void columns_eigen(benchmark::State& state, const Problem& problem, int threads, Index k) {
    const Case& c = case_of(problem);
    Eigen::setNbThreads(threads);
    const Eigen::MatrixXd X = Eigen::MatrixXd::Random(c.A.cols(), k);
    Eigen::MatrixXd Y(c.A.rows(), k), expected(c.A.rows(), k);
    for (auto _ : state) {
        Y.noalias() = c.eigen_A * X;
        benchmark::ClobberMemory();
    }
    multiply(c.A, X, expected);
    bench::check(state, (Y - expected).norm() <= 1e-13 * expected.norm(), "A X");
    bench::report_flops(state, 2.0 * static_cast<double>(c.A.nnz()) * k);
}

const bool registered = [] {
    const int all = max_threads();
    for (const Problem& problem : problems) {
        for (const Operation& operation : operations) {
            const auto run = [&](const char* impl, int threads, auto&& body) {
                benchmark::RegisterBenchmark(
                    bench::name(operation.name, impl, {{"matrix", problem.name}, {"threads", threads}}).c_str(), body)
                    ->UseRealTime()
                    ->Unit(benchmark::kMillisecond);
            };
            for (int threads = 1; threads <= all; threads = threads < all ? all : all + 1)
                run("ritz", threads, [&, threads](benchmark::State& state) {
                    const Case& c = case_of(problem);
                    measure_ritz(
                        state, threads, [&] { return operation.ritz(c); }, [&] { return operation.eigen(c); });
                    bench::report_flops(state, operation.flops(c));
                });
            run("eigen", 1, [&](benchmark::State& state) {
                const Case& c = case_of(problem);
                measure_eigen(
                    state, [&] { return operation.ritz(c); }, [&] { return operation.eigen(c); });
                bench::report_flops(state, operation.flops(c));
            });
        }
        for (const Index k : {4, 8})
            for (int threads = 1; threads <= all; threads = threads < all ? all : all + 1) {
                const auto run = [&](const char* impl, void (*body)(benchmark::State&, const Problem&, int, Index)) {
                    benchmark::RegisterBenchmark(
                        bench::name("spmm", impl, {{"matrix", problem.name}, {"columns", k}, {"threads", threads}})
                            .c_str(),
                        [body, &problem, threads, k](benchmark::State& state) { body(state, problem, threads, k); })
                        ->UseRealTime()
                        ->Unit(benchmark::kMillisecond);
                };
                run("ritz", columns_ritz);
                run("eigen", columns_eigen);
            }
    }
    return true;
}();

}  // namespace
