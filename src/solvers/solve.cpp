// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/solve.hpp"

#include <algorithm>
#include <cmath>

#include "core/instantiate.hpp"
#include "core/standard_arithmetic.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "solvers/solve/system.hpp"

namespace ritz {

namespace {

using solving::Outcome;
using solving::System;

std::string failure_message(const SolveReport& report) {
    return "solve: " + std::string(name(report.status)) + (report.message.empty() ? "" : ": " + report.message);
}

/// The worse number of two; one that does not exist is worst.
double worse(double a, double b) noexcept {
    return std::isnan(a) || std::isnan(b) ? Certificate::unknown : std::max(a, b);
}

Certificate worse(const Certificate& a, const Certificate& b) noexcept {
    return {worse(a.residual_norm, b.residual_norm),
            worse(a.relative_residual, b.relative_residual),
            worse(a.backward_error, b.backward_error),
            worse(a.componentwise_backward_error, b.componentwise_backward_error),
            worse(a.condition_estimate, b.condition_estimate),
            worse(a.forward_error_bound, b.forward_error_bound)};
}

template <Scalar W>
Outcome<W> all_columns(const System<W>& system, Status status, std::string message) {
    Outcome<W> outcome(system.A.cols(), system.B.cols());
    std::fill(outcome.statuses.begin(), outcome.statuses.end(), status);
    outcome.message = std::move(message);
    return outcome;
}

/// Nothing is factored before every number has been looked at: LAPACK and others hang on, or accept, NaN.
template <Scalar W>
std::string what_is_not_finite(const System<W>& system) {
    if (const auto& place = system.structure.first_non_finite)
        return "A is not finite in row " + std::to_string(place->row) + ", column " + std::to_string(place->col) +
               " (counted from 0)";
    const auto& B = system.B;
    for (Eigen::Index k = 0; k < B.cols(); ++k)
        for (Eigen::Index i = 0; i < B.rows(); ++i)
            if (!std::isfinite(std::real(B(i, k))) || !std::isfinite(std::imag(B(i, k))))
                return "b is not finite in row " + std::to_string(i) + " (counted from 0)";
    return "";
}

/// x has no elements, or no equation speaks of them: 0 is the least one.
template <Scalar W>
Outcome<W> solve_empty(System<W>& system) {
    system.report.reasons.push_back("the matrix has no elements");
    Outcome<W> outcome = all_columns(system, Status::solved, "");
    for (Eigen::Index k = 0; k < system.B.cols(); ++k) {
        Certificate& c = outcome.certificates[static_cast<std::size_t>(k)];
        c.residual_norm = norm2(solving::column(system.B, k));
        c.relative_residual = c.residual_norm > 0 ? 1 : 0;
        c.backward_error = c.componentwise_backward_error = c.forward_error_bound = 0;
        c.condition_estimate = 1;
    }
    return outcome;
}

template <Scalar W>
Outcome<W> run(System<W>& system) {
    try {
        system.stage("analyse", 0);
        system.structure = analyse_structure(system.A);
        if (std::string what = what_is_not_finite(system); !what.empty())
            return all_columns(system, Status::not_finite, std::move(what));
        if (system.A.rows() == 0 || system.A.cols() == 0 || system.B.cols() == 0) return solve_empty(system);
        if (system.A.rows() == system.A.cols()) return solving::solve_square(system);
        return solving::solve_rectangular(system);
    } catch (const Interrupted&) {
        return all_columns(system, Status::interrupted, "stopped on request");
    }
}

template <Scalar W>
void summarize(SolveReport& report, const Outcome<W>& outcome) {
    report.status = outcome.worst();
    report.message = report.status == Status::solved ? "" : outcome.message;
    report.iterations = outcome.iterations;
    if (!outcome.certificates.empty()) report.certificate = outcome.certificates.front();
    for (const Certificate& c : outcome.certificates) report.certificate = worse(report.certificate, c);
    if (report.status == Status::ill_conditioned || report.status == Status::singular_consistent)
        report.warnings.push_back(report.message);
}

template <Scalar T>
using WorkingType = std::conditional_t<is_complex<T>, std::complex<double>, double>;

template <Scalar T>
MultiSolution<T> solve_rows(const CsrView<T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                            const SolveOptions& options) {
    using W = WorkingType<T>;
    detail::require(B.rows() == A.rows(), "solve: b must have " + std::to_string(A.rows()) +
                                              " elements, one a row of A, found " + std::to_string(B.rows()));
    detail::require(options.rtol >= 0 && options.rtol < 1, "solve: rtol must lie in [0, 1)");
    detail::require(options.max_refinements >= 0, "solve: max_refinements must be at least 0");
    detail::require(options.max_seconds >= 0, "solve: max_seconds must be at least 0");
    detail::require(A.rows() == A.cols() || options.method == Method::automatic || options.method == Method::qr ||
                        kind(options.method) == "least_squares",
                    "solve: " + std::string(name(options.method)) + " needs a square matrix, found " +
                        std::to_string(A.rows()) + " x " + std::to_string(A.cols()) +
                        "; qr, lsqr, lsmr and cgls solve least squares");
    detail::require(options.restart >= 1, "solve: restart must be at least 1");

    const detail::StandardArithmetic subnormal_numbers_count;
    MultiSolution<T> solution;
    const Eigen::MatrixX<W> right = B.template cast<W>();
    const auto execute = [&](const CsrView<W>& working) {
        System<W> system(working, right, options, !std::same_as<T, W>);
        Outcome<W> outcome = run(system);
        SolveReport& report = system.report;
        summarize(report, outcome);
        report.seconds.total = solving::seconds_since(system.start);
        report.seconds.solve = std::max(0.0, report.seconds.total - report.seconds.analyse - report.seconds.factor);
        if constexpr (std::same_as<T, W>)
            solution.x = std::move(outcome.x);
        else
            solution.x = outcome.x.template cast<T>();
        solution.report = std::move(report);
        solution.statuses = std::move(outcome.statuses);
        solution.certificates = std::move(outcome.certificates);
    };
    if constexpr (std::same_as<T, W>)
        execute(A);
    else
        execute(convert_values<W>(A));
    if (!has_answer(solution.report.status) && options.on_failure == OnFailure::throw_exception)
        throw SolveFailed(std::move(solution.report), std::move(solution.x));
    return solution;
}

}  // namespace

SolveFailed::SolveFailed(SolveReport report, Best x)
    : Error(failure_message(report)), report_(std::move(report)), x_(std::move(x)) {}

namespace detail {

template <Order order, Scalar T>
MultiSolution<T> solve(const CompressedView<order, T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                       const SolveOptions& options) {
    if constexpr (order == Order::row)
        return solve_rows<T>(A, B, options);
    else
        return solve_rows<T>(to_csr(A), B, options);
}

template <Order order, Scalar T>
Solution<T> solve(const CompressedView<order, T>& A, VectorView<T> b, const SolveOptions& options) {
    const Eigen::Map<const Eigen::MatrixX<T>> B(b.data(), static_cast<Eigen::Index>(b.size()), 1);
    MultiSolution<T> solution = solve<order, T>(A, Eigen::Ref<const Eigen::MatrixX<T>>(B), options);
    return {solution.x.col(0), std::move(solution.report)};
}

#define INSTANTIATE(order, T)                                                                                    \
    template MultiSolution<T> solve(const CompressedView<order, T>&, const Eigen::Ref<const Eigen::MatrixX<T>>&, \
                                    const SolveOptions&);                                                        \
    template Solution<T> solve(const CompressedView<order, T>&, VectorView<T>, const SolveOptions&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(INSTANTIATE)

}  // namespace detail

}  // namespace ritz
