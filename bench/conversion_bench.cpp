// SPDX-License-Identifier: BSD-3-Clause
// Triplets to CSR, and CSR to CSC: ten million random entries (every row unsorted, a few duplicates: the hard case),
// and the entries of a 3-D Poisson matrix in random order. Entries per second; Eigen does the same work beside it,
// SciPy in bench/peers/scipy_formats.py.
#include <Eigen/SparseCore>
#include <memory>
#include <vector>

#include "bench/support/measure.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;
using EigenCsr = Eigen::SparseMatrix<double, Eigen::RowMajor, Index>;
using EigenCsc = Eigen::SparseMatrix<double, Eigen::ColMajor, Index>;

struct Case {
    Coo<double> triplets;
    Csr<double> A;
};

Coo<double> uniform() {
    constexpr Index n = 1'000'000, entries = 10 * n;
    Random random(3);
    Buffer<Index> rows(entries), cols(entries);
    for (Index& i : rows) i = static_cast<Index>(random.below(n));
    for (Index& j : cols) j = static_cast<Index>(random.below(n));
    return {n, n, std::move(rows), std::move(cols), random_vector<double>(entries, 4)};
}

Coo<double> shuffled_poisson3d() {
    const Coo<double> A = to_coo(poisson3d(100, 100, 100));
    Buffer<Index> rows(A.row_indices().begin(), A.row_indices().end()),
        cols(A.col_indices().begin(), A.col_indices().end());
    Buffer<double> values(A.values().begin(), A.values().end());
    Random random(5);
    for (std::size_t k = values.size(); k > 1; --k) {  // Fisher-Yates
        const auto other = static_cast<std::size_t>(random.below(k));
        std::swap(rows[k - 1], rows[other]);
        std::swap(cols[k - 1], cols[other]);
        std::swap(values[k - 1], values[other]);
    }
    return {A.rows(), A.cols(), std::move(rows), std::move(cols), std::move(values)};
}

const Case& case_of(bool poisson) {
    static std::unique_ptr<Case> cases[2];
    auto& made = cases[poisson ? 1 : 0];
    if (!made) {
        Coo<double> triplets = poisson ? shuffled_poisson3d() : uniform();
        Csr<double> A = to_csr(triplets);
        made.reset(new Case{std::move(triplets), std::move(A)});
    }
    return *made;
}

void report(benchmark::State& state, Offset entries) {
    state.counters["entries"] =
        benchmark::Counter(static_cast<double>(entries), benchmark::Counter::kIsIterationInvariantRate);
}

void coo_to_csr_ritz(benchmark::State& state, const Case& c) {
    Csr<double> A;
    for (auto _ : state) A = to_csr(c.triplets);
    bench::check(state, A == c.A, "wrong matrix");
    report(state, c.triplets.nnz());
}

void coo_to_csr_eigen(benchmark::State& state, const Case& c) {
    std::vector<Eigen::Triplet<double, Index>> triplets;
    for (std::size_t k = 0; k < c.triplets.values().size(); ++k)
        triplets.emplace_back(c.triplets.row_indices()[k], c.triplets.col_indices()[k], c.triplets.values()[k]);
    EigenCsr A(c.A.rows(), c.A.cols());
    for (auto _ : state) A.setFromTriplets(triplets.begin(), triplets.end());
    bench::check(state,
                 A.nonZeros() == c.A.nnz() &&
                     std::ranges::equal(std::span(A.innerIndexPtr(), c.A.indices().size()), c.A.indices()),
                 "wrong matrix");
    report(state, c.triplets.nnz());
}

void csr_to_csc_ritz(benchmark::State& state, const Case& c) {
    Csc<double> A;
    for (auto _ : state) A = to_csc(c.A);
    bench::check(state, to_csr(A) == c.A, "wrong matrix");
    report(state, c.A.nnz());
}

void csr_to_csc_eigen(benchmark::State& state, const Case& c) {
    const std::vector<Index> indptr(c.A.indptr().begin(), c.A.indptr().end());
    const Eigen::Map<const EigenCsr> E(c.A.rows(), c.A.cols(), static_cast<Index>(c.A.nnz()), indptr.data(),
                                       c.A.indices().data(), c.A.values().data());
    EigenCsc C;
    for (auto _ : state) C = E;
    bench::check(state, C.nonZeros() == c.A.nnz(), "wrong matrix");
    report(state, c.A.nnz());
}

const bool registered = [] {
    const int all = max_threads();
    for (const bool poisson : {false, true}) {
        const auto add = [&](const char* op, const char* impl, int threads,
                             void (*run)(benchmark::State&, const Case&)) {
            benchmark::RegisterBenchmark(
                bench::name(op, impl, {{"matrix", poisson ? "poisson3d_shuffled" : "uniform"}, {"threads", threads}})
                    .c_str(),
                [run, poisson, threads](benchmark::State& state) {
                    const Case& c = case_of(poisson);
                    const ThreadLimit limit(threads);
                    run(state, c);
                })
                ->UseRealTime();
        };
        for (int threads = 1; threads <= all; threads = threads < all ? all : all + 1) {
            add("coo_to_csr", "ritz", threads, coo_to_csr_ritz);
            add("csr_to_csc", "ritz", threads, csr_to_csc_ritz);
        }
        add("coo_to_csr", "eigen", 1, coo_to_csr_eigen);
        add("csr_to_csc", "eigen", 1, csr_to_csc_eigen);
    }
    return true;
}();

}  // namespace
