// SPDX-License-Identifier: BSD-3-Clause
// Least squares and solutions of least norm, by QR.
#include <algorithm>
#include <cmath>

#include "core/scaling.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/reductions.hpp"
#include "solvers/inverse.hpp"
#include "solvers/plan_chain.hpp"
#include "solvers/solve/singular.hpp"

namespace ritz::solving {

using detail::scale_by_power;

namespace {

/// κ of a matrix of full column rank: √(‖S‖₁ ‖S‖∞ ‖(SᴴS)⁻¹‖₁).
template <Scalar W>
double least_squares_condition(const Csr<W>& S, const Qr<W>& factors) {
    Buffer<W> y(static_cast<std::size_t>(factors.rows()));
    const auto inverse_gram = [&](VectorView<W> in, VectorRef<W> out) {
        factors.adjoint_minimum_norm(in, y);  // y = Q R⁻ᴴ in
        factors.least_squares(y, out);        // out = R⁻¹ R⁻ᴴ in
    };
    const double inverse = detail::estimate_norm1<W>(factors.cols(), {inverse_gram, inverse_gram});
    return std::sqrt(norm1(S) * norm_inf(S)) * std::sqrt(inverse);
}

/// min ‖b − S x‖ by QR and refinement of the augmented system r + S x = b, Sᴴ r = 0.
/// \ref Å. Björck, Iterative refinement of linear least squares solutions I, BIT 7 (1967) 257.
template <Scalar W>
Buffer<W> refined_least_squares(const Csr<W>& S, const Buffer<W>& b, const Qr<W>& factors, int most_steps,
                                int& iterations) {
    const Csr<W> adjoint_of_S = adjoint(S);
    const std::size_t m = b.size(), n = static_cast<std::size_t>(S.cols());
    const Buffer<W> zero(n, W{});
    Buffer<W> x(n), r(m), f(m), g(n), h(m), dx(n);
    factors.least_squares(b, x);
    residual(S, x, b, r);
    double previous = infinity;
    for (int step = 0; step < std::min(4, most_steps); ++step) {
        residual(S, x, b, f);
        axpy(W{-1}, r, f);                   // f = b − r − S x
        residual(adjoint_of_S, r, zero, g);  // g = −Sᴴ r
        factors.adjoint_minimum_norm(g, h);  // h = Q₁ R⁻ᴴ g
        Buffer<W> rest = f, projected = f;
        axpy(W{-1}, h, rest);
        factors.least_squares(rest, dx);  // δx = R⁻¹ (Q₁ᴴ f − R⁻ᴴ g)
        const double size = norm_inf(x), correction = norm_inf(dx);
        if (!all_finite(dx) || !(correction < previous / 2)) break;
        axpy(W{1}, dx, x);
        factors.project_onto_range(projected);
        for (std::size_t i = 0; i < m; ++i) r[i] += h[i] + f[i] - projected[i];  // δr = h + (I − Q₁ Q₁ᴴ) f
        iterations = std::max(iterations, step + 1);
        if (correction <= unit_roundoff * size) break;
        previous = correction;
    }
    return x;
}

/// x ← column k of the outcome as it will be returned, scaled: what was lost in storing it is to be judged, too.
template <Scalar W>
void scale_again(const System<W>& system, Outcome<W>& outcome, Eigen::Index k, const Buffer<int>& col, int common,
                 Buffer<W>& x) {
    round_as_stored(system, outcome.x, k);
    for (std::size_t j = 0; j < x.size(); ++j)
        x[j] = scale_by_power(outcome.x(static_cast<Eigen::Index>(j), k), common - col[j]);
}

/// S x ≈ b is the column-scaled system that x was found in; the certificate is about A, x of the outcome and B.
template <Scalar W>
void judge_least_squares(System<W>& system, Outcome<W>& outcome, Eigen::Index k, const Csr<W>& S, const Buffer<W>& x,
                         const Buffer<W>& b, const Qr<W>* factors, double condition) {
    round_as_stored(system, outcome.x, k);
    const auto at = static_cast<std::size_t>(k);
    Certificate& c = outcome.certificates[at];
    c = certify(system.A, column(std::as_const(outcome.x), k), column(system.B, k));
    c.condition_estimate = condition;
    Status& status = outcome.statuses[at];
    if (!all_finite(column(std::as_const(outcome.x), k))) {
        status = Status::not_finite;
        outcome.message = "the solution found is not representable: it has infinite or undefined elements";
        return;
    }

    // In the scaled system no norm over- or underflows.
    const Csr<W> adjoint_of_S = adjoint(S);
    Buffer<W> r(b.size()), g(x.size());
    const Buffer<W> zero(x.size(), W{});
    residual(S, x, b, r);
    residual(adjoint_of_S, r, zero, g);
    const double norm = norm_frobenius(S), r_norm = norm2(r), x_norm = norm2(x);
    double eta = r_norm == 0 ? 0 : r_norm / (norm * x_norm + norm2(b));  // as a consistent system
    if (r_norm > 0) eta = std::min(eta, norm2(g) / (norm * r_norm));     // Stewart's perturbation of A
    if (factors && r_norm > 0 && x_norm > 0) {                           // E = P r xᴴ / ‖x‖²
        Buffer<W> projected = r;
        factors->project_onto_range(projected);
        Buffer<W> rest = r;
        axpy(W{-1}, projected, rest);
        Buffer<W> gradient(x.size());
        residual(adjoint_of_S, rest, zero, gradient);
        if (norm2(gradient) <= 0.1 * norm2(g) || norm2(gradient) <= 4 * unit_roundoff * norm * norm2(rest))
            eta = std::min(eta, norm2(projected) / (norm * x_norm));  // P r is what it claims to be
    }
    c.backward_error = system.single ? std::max(eta, 0x1p-24) : eta;

    // Higham, Accuracy and Stability, theorem 20.1 (Wedin)
    const double epsilon = std::max(c.backward_error, unit_roundoff);
    const double amplified = condition * epsilon;
    const double size = norm * x_norm;
    c.forward_error_bound = amplified < 0.5 && size > 0
                                ? amplified / (1 - amplified) * (2 + (condition + 1) * r_norm / size)
                                : (norm_inf(b) == 0 ? 0 : Certificate::unknown);
    if (!(c.backward_error <= system.eta_limit)) {
        status = Status::not_converged;
        outcome.message = "the gradient of the least-squares residual stays above the tolerance";
    } else if (condition <= condition_limit && (c.forward_error_bound <= 0.1 || size == 0)) {
        status = Status::solved;
    } else {
        status = Status::ill_conditioned;
        outcome.message = "the residual is minimal, but the condition estimate promises no correct digit of x";
    }
}

/// Rectangular A of deficient rank: the minimiser of least norm. S = A C and its QR.
template <Scalar W>
Outcome<W> deficient(System<W>& system, const Csr<W>& S, const Equilibration& e, const Qr<W>& factors, Rank rank) {
    system.stage("refine", 0.6);
    const Qr<W> space = row_space(system, row_scaling(system.A), rank);
    system.set_rank(factors.rank());
    if (space.rank() != factors.rank())
        system.report.warnings.push_back("the ranks of A and of its adjoint came out differently (" +
                                         std::to_string(factors.rank()) + " and " + std::to_string(space.rank()) +
                                         "): the rank is uncertain");
    Outcome<W> outcome(system.A.cols(), system.B.cols());
    for (Eigen::Index k = 0; k < system.B.cols(); ++k) {
        const auto at = static_cast<std::size_t>(k);
        basic_solution<W>(system, S, e, factors, k, outcome);
        project(space, outcome, k);
        Buffer<W> b(static_cast<std::size_t>(system.A.rows())), x(static_cast<std::size_t>(system.A.cols()));
        const int common = scaled_right<W>(system.B, k, e.row, b);
        scale_again(system, outcome, k, e.col, common, x);
        judge_least_squares(system, outcome, k, S, x, b, &factors, infinity);
        Status& status = outcome.statuses[at];
        if (!has_answer(status)) continue;
        // Too many equations are met in the least-squares sense; too few, or just as many, are met or are not.
        const bool consistent = outcome.certificates[at].relative_residual <= system.rtol &&
                                meets_every_row(system, outcome, k, e.col, std::max(system.rtol, system.eta_limit));
        status = consistent                          ? Status::singular_consistent
                 : system.A.rows() > system.A.cols() ? Status::ill_conditioned
                                                     : Status::singular_inconsistent;
        outcome.message = "A has numerical rank " + std::to_string(factors.rank()) + " of " +
                          std::to_string(std::min(system.A.rows(), system.A.cols())) + ": x is the " +
                          (status == Status::singular_consistent ? "solution" : "least-squares solution") +
                          " of least norm at that rank";
    }
    return outcome;
}

/// QR of S by strict tolerances, or by customary ones, and then the minimiser of least norm when that is deficient.
template <Scalar W>
std::optional<Outcome<W>> deficient_by(System<W>& system, Rank rank) {
    const Equilibration e = equilibrate_columns(system.A);
    const Csr<W> S = scaled(system.A, e);
    const Qr<W> factors(
        to_csc(S), system.qr_options(rank == Rank::strict ? std::optional(rounding_tolerance<W>(S)) : std::nullopt));
    system.count(0, factors.statistics());
    if (factors.rank() == std::min(system.A.rows(), system.A.cols())) return {};
    return deficient(system, S, e, factors, rank);
}

/// Wide A: x = Q R⁻ᴴ b from the QR of (D A)ᴴ; row scaling changes neither the solutions nor their norms.
template <Scalar W>
Outcome<W> least_norm(System<W>& system) {
    const Equilibration e = row_scaling(system.A);
    const Qr<W> space = row_space(system, e, Rank::strict);
    system.set_rank(space.rank());
    if (space.rank() < system.A.rows())
        if (auto outcome = deficient_by(system, Rank::strict)) return std::move(*outcome);
    system.stage("refine", 0.7);
    const Csr<W> S = scaled(system.A, e);
    const double condition = space.rank() < system.A.rows() ? infinity : least_squares_condition(adjoint(S), space);
    if (!(condition <= condition_limit))  // what the customary tolerance calls dependent may be
        if (auto outcome = deficient_by(system, Rank::customary)) return std::move(*outcome);
    system.set_rank(space.rank());
    Outcome<W> outcome(system.A.cols(), system.B.cols());
    Buffer<W> b(static_cast<std::size_t>(system.A.rows())), x(static_cast<std::size_t>(system.A.cols())), d(x.size());
    for (Eigen::Index k = 0; k < system.B.cols(); ++k) {
        const int common = scaled_right<W>(system.B, k, e.row, b);
        Buffer<W> r(b.size());
        space.adjoint_minimum_norm(b, x);
        double correction = 0, previous = infinity;
        for (int step = 0; step < system.options.max_refinements; ++step) {  // corrections stay in the row space
            residual(S, x, b, r);
            space.adjoint_minimum_norm(r, d);
            correction = norm2(x) > 0 ? norm2(d) / norm2(x) : 0;
            if (!all_finite(d) || !(correction < previous / 2)) break;
            axpy(W{1}, d, x);
            outcome.iterations = std::max(outcome.iterations, step + 1);
            if (correction <= unit_roundoff) break;
            previous = correction;
        }
        unscale<W>(x, e.col, common, outcome.x, k);
        round_as_stored(system, outcome.x, k);
        // Besides the residual, x must be in the row space to be the solution of least norm.
        Buffer<W> projected = x;
        space.project_onto_range(projected);
        axpy(W{-1}, x, projected);
        const double outside = norm2(x) > 0 ? norm2(projected) / norm2(x) : 0;
        const bool trusted = condition <= condition_limit;
        judge(system, outcome, k, condition,
              trusted && outside <= 1e-12 ? 2 * (correction + unit_roundoff) + 2 * condition * unit_roundoff
                                          : Certificate::unknown,
              lost_by_storing<W>(x, e.col, common, outcome.x, k));
    }
    return outcome;
}

/// Tall A. Column scaling leaves the minimiser what it is, when it is unique.
template <Scalar W>
Outcome<W> least_squares(System<W>& system) {
    const Equilibration e = equilibrate_columns(system.A);
    const Csr<W> S = scaled(system.A, e);
    const Qr<W> factors(to_csc(S), system.qr_options(rounding_tolerance<W>(S)));
    system.count(0, factors.statistics());
    system.report.factors = factors.statistics();
    system.set_rank(factors.rank());
    if (factors.rank() < system.A.cols()) return deficient(system, S, e, factors, Rank::strict);

    system.stage("refine", 0.7);
    const double condition = least_squares_condition(S, factors);
    if (!(condition <= condition_limit))  // what the customary tolerance calls dependent may be
        if (auto outcome = deficient_by(system, Rank::customary)) return std::move(*outcome);
    system.set_rank(factors.rank());
    Outcome<W> outcome(system.A.cols(), system.B.cols());
    Buffer<W> b(static_cast<std::size_t>(S.rows()));
    for (Eigen::Index k = 0; k < system.B.cols(); ++k) {
        const int common = scaled_right<W>(system.B, k, e.row, b);
        Buffer<W> x = refined_least_squares(S, b, factors, system.options.max_refinements, outcome.iterations);
        unscale<W>(x, e.col, common, outcome.x, k);
        scale_again(system, outcome, k, e.col, common, x);
        judge_least_squares(system, outcome, k, S, x, b, &factors, condition);
    }
    return outcome;
}

}  // namespace

template <Scalar W>
Outcome<W> solve_rectangular(System<W>& system) {
    SolveReport& report = system.report;
    detail::chain_for(system.A, system.structure, Method::automatic, report.reasons);  // qr alone, and why
    const bool iterative = kind(system.options.method) == "least_squares";
    if (iterative) report.reasons.push_back("asked for");
    report.method = name(iterative ? system.options.method : Method::qr);
    const auto start = Clock::now();
    Attempt attempt{.method = report.method};
    Outcome<W> outcome;
    try {
        if (iterative) {
            outcome = solve_iteratively(system, system.options.method);
        } else {
            system.stage("factor", 0.1);
            outcome = system.A.rows() > system.A.cols() ? least_squares(system) : least_norm(system);
        }
        attempt.status = outcome.finding.value_or(outcome.worst());
        attempt.detail = outcome.message;
    } catch (const LimitExceeded& error) {
        attempt.status = Status::limit_exceeded;
        attempt.detail = error.what();
    } catch (const OutOfMemory& error) {
        attempt.status = Status::limit_exceeded;
        attempt.detail = error.what();
    } catch (const Unsupported& error) {  // a build without QR, a preconditioner without adjoint
        attempt.status = Status::breakdown;
        attempt.detail = error.what();
    } catch (const InvalidArgument& error) {  // a preconditioner that the matrix cannot have
        attempt.status = Status::breakdown;
        attempt.detail = error.what();
    } catch (const SingularMatrix& error) {
        attempt.status = Status::breakdown;
        attempt.detail = error.what();
    } catch (const std::bad_alloc&) {
        attempt.status = Status::limit_exceeded;
        attempt.detail = "out of memory";
    }
    if (iterative) attempt.preconditioner = report.preconditioner;
    attempt.seconds = seconds_since(start);
    report.attempts.push_back(attempt);
    if (outcome.empty()) {
        outcome = Outcome<W>(system.A.cols(), system.B.cols());
        std::fill(outcome.statuses.begin(), outcome.statuses.end(), attempt.status);
        outcome.message = attempt.detail;
    }
    return outcome;
}

template Outcome<double> solve_rectangular(System<double>&);
template Outcome<std::complex<double>> solve_rectangular(System<std::complex<double>>&);

}  // namespace ritz::solving
