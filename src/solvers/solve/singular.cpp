// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/solve/singular.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/scaling.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/solvers/null_space.hpp"

namespace ritz::solving {

template <Scalar W>
double rounding_tolerance(const CsrView<W>& S) {
    std::vector<double> squares(static_cast<std::size_t>(S.cols()), 0);
    for (std::size_t k = 0; k < static_cast<std::size_t>(S.nnz()); ++k)
        squares[static_cast<std::size_t>(S.indices()[k])] += std::norm(S.values()[k]);
    const double largest = squares.empty() ? 0 : *std::max_element(squares.begin(), squares.end());
    return 8 * unit_roundoff * std::sqrt((static_cast<double>(S.rows()) + S.cols()) * largest);
}

template <Scalar W>
Qr<W> row_space(System<W>& system, const Equilibration& rows, Rank rank) {
    const Csr<W> conjugated = conjugate(scaled(system.A, rows));
    const auto columns = transposed_view(conjugated);  // (D A)ᴴ
    Qr<W> factors(
        columns,
        system.qr_options(rank == Rank::strict ? std::optional(rounding_tolerance<W>(to_csr(columns))) : std::nullopt));
    system.count(0, factors.statistics());
    return factors;
}

template <Scalar W>
void basic_solution(System<W>& system, const CsrView<W>& S, const Equilibration& e, const Qr<W>& factors,
                    Eigen::Index k, Outcome<W>& outcome) {
    Buffer<W> b(static_cast<std::size_t>(S.rows())), x(static_cast<std::size_t>(S.cols())), d(x.size());
    const int common = scaled_right<W>(system.B, k, e.row, b);
    Buffer<W> r(b.size());
    factors.least_squares(b, x);
    for (int step = 0; step < std::min(2, system.options.max_refinements); ++step) {
        residual(S, x, b, r);
        factors.least_squares(r, d);
        if (!all_finite(d) || !(norm_inf(d) <= norm_inf(x) / 2)) break;
        axpy(W{1}, d, x);
        outcome.iterations = std::max(outcome.iterations, step + 1);
    }
    unscale<W>(x, e.col, common, outcome.x, k);
}

template <Scalar W>
void project(const Qr<W>& space, Outcome<W>& outcome, Eigen::Index k) {
    space.project_onto_range(column(outcome.x, k));
}

template <Scalar W>
Outcome<W> solve_singular(System<W>& system, const CsrView<W>& S, const Equilibration& e, const Qr<W>& factors,
                          Rank rank) {
    system.stage("refine", 0.6);
    if (!system.report.singularity) system.report.singularity = diagnose_singularity(system.A, {.numerical = false});
    const Qr<W> space = row_space(system, row_scaling(system.A), rank);
    if (space.rank() != factors.rank())
        system.report.warnings.push_back("the ranks of A and of its adjoint came out differently (" +
                                         std::to_string(factors.rank()) + " and " + std::to_string(space.rank()) +
                                         "): the rank is uncertain");
    const Eigen::Index columns = system.B.cols();
    Outcome<W> outcome(system.A.cols(), columns);
    const auto status = [&](Eigen::Index k) -> Status& { return outcome.statuses[static_cast<std::size_t>(k)]; };
    bool inconsistent = false;
    for (Eigen::Index k = 0; k < columns; ++k) {
        basic_solution<W>(system, S, e, factors, k, outcome);
        const Eigen::VectorX<W> basic = outcome.x.col(k);
        project(space, outcome, k);
        judge_singular(system, outcome, k, e.col);
        if (status(k) == Status::singular_consistent) continue;
        const Eigen::VectorX<W> projected = outcome.x.col(k);
        outcome.x.col(k) = basic;
        judge_singular(system, outcome, k, e.col);
        if (status(k) == Status::singular_consistent)
            system.report.warnings.push_back("x is a basic solution, not the one of least norm");
        else
            inconsistent = true;
    }
    if (inconsistent) {  // least squares allows no row scaling, so factor once more
        const Equilibration unweighted = equilibrate_columns(system.A);
        const Csr<W> C = scaled(system.A, unweighted);
        const Qr<W> again(to_csc(C), system.qr_options(rank == Rank::strict ? std::optional(rounding_tolerance<W>(C))
                                                                            : std::nullopt));
        system.count(0, again.statistics());
        for (Eigen::Index k = 0; k < columns; ++k) {
            if (status(k) == Status::singular_consistent) continue;
            basic_solution<W>(system, C, unweighted, again, k, outcome);
            project(space, outcome, k);
            judge_singular(system, outcome, k, e.col);
        }
    }
    return outcome;
}

template <Scalar W>
std::optional<Outcome<W>> solve_with_null_space(System<W>& system) {
    system.stage("factor", 0.5);
    const auto start = Clock::now();
    // One power of two for all of A keeps solutions of least norm what they are.
    int top = std::numeric_limits<int>::min();
    for (const W a : system.A.values())
        if (a != W{}) top = std::max(top, detail::exponent_of(a));
    if (top == std::numeric_limits<int>::min()) return {};  // A = 0: nothing to be factored
    Equilibration whole{Buffer<int>(static_cast<std::size_t>(system.A.rows()), -top),
                        Buffer<int>(static_cast<std::size_t>(system.A.cols()), 0)};
    const Csr<W> S = scaled(system.A, whole);
    const PseudoInverse<W> inverse(
        S, {.max_memory_bytes = system.options.max_memory_bytes, .cancel = system.options.cancel});
    system.report.seconds.factor += seconds_since(start);
    const NullSpace<W>& null_space = inverse.null_space();
    if (!null_space.clear || null_space.nullity == 0) return {};

    system.stage("refine", 0.7);
    system.set_rank(system.A.rows() - null_space.nullity);
    system.report.singularity = diagnose_singularity(CsrView<W>(S), null_space);
    Outcome<W> outcome(system.A.cols(), system.B.cols());
    Buffer<W> b(static_cast<std::size_t>(S.rows())), x(b.size());
    for (Eigen::Index k = 0; k < system.B.cols(); ++k) {
        const int common = scaled_right<W>(system.B, k, whole.row, b);
        const auto found = inverse.solve(b, x);
        outcome.iterations = std::max(outcome.iterations, found.iterations);
        unscale<W>(x, whole.col, common, outcome.x, k);
        judge_singular(system, outcome, k, whole.col);
    }
    return outcome;
}

#define INSTANTIATE(W)                                                                                            \
    template double rounding_tolerance(const CsrView<W>&);                                                        \
    template Qr<W> row_space(System<W>&, const Equilibration&, Rank);                                             \
    template void basic_solution(System<W>&, const CsrView<W>&, const Equilibration&, const Qr<W>&, Eigen::Index, \
                                 Outcome<W>&);                                                                    \
    template void project(const Qr<W>&, Outcome<W>&, Eigen::Index);                                               \
    template std::optional<Outcome<W>> solve_with_null_space(System<W>&);                                         \
    template Outcome<W> solve_singular(System<W>&, const CsrView<W>&, const Equilibration&, const Qr<W>&, Rank);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::solving
