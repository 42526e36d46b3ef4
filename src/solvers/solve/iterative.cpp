// SPDX-License-Identifier: BSD-3-Clause
// An iterative method on the scaled system, with its preconditioner; judged by the caller's A and b.
#include <algorithm>
#include <cmath>

#include "ritz/core/vector_operations.hpp"
#include "ritz/solvers/krylov.hpp"
#include "solvers/cost_model.hpp"
#include "solvers/solve/direct.hpp"

namespace ritz::solving {

namespace {

/// Exponents that are all alike scale nothing but the whole.
bool is_uniform(const Buffer<int>& exponents) {
    return std::all_of(exponents.begin(), exponents.end(), [&](int e) { return e == exponents[0]; });
}

/// Factors of two here and there are not worth a copy of A.
bool is_nearly_uniform(const Equilibration& e) {
    const auto even = [](const Buffer<int>& exponents) {
        if (exponents.empty()) return true;
        const auto [low, high] = std::minmax_element(exponents.begin(), exponents.end());
        return *high - *low <= 1;
    };
    return even(e.row) && even(e.col);
}

template <Scalar W>
Equilibration scaling_of(Method method, const System<W>& system) {
    const Structure& s = system.structure;
    const auto zeros = [](Index n) { return Buffer<int>(static_cast<std::size_t>(n), 0); };
    Equilibration none{zeros(system.A.rows()), zeros(system.A.cols())};
    if (kind(method) == "least_squares")  // rows weigh what they weigh; columns matter to a solution of least norm
        return s.rows > s.cols ? equilibrate_columns(system.A) : none;
    const bool symmetric = s.hermitian || s.symmetric;
    Equilibration e = symmetric ? equilibrate_symmetric(system.A) : equilibrate(system.A);
    return is_nearly_uniform(e) ? none : e;
}

bool takes_hermitian_only(Method method) {
    for (const MethodInfo& row : methods())
        if (row.method == method) return std::find(row.needs.begin(), row.needs.end(), "hermitian") != row.needs.end();
    return false;
}

/// What a method holds beside A: vectors of the method, of the driver and of the report, and the smallest
/// preconditioner.
template <Scalar W>
double least_bytes(Method method, const System<W>& system) {
    using enum Method;
    const bool keeps_a_basis = method == gmres || method == fgmres || method == lgmres || method == gcrodr;
    const double restart = std::min<double>(system.options.restart, system.A.cols());
    const double vectors = 18 + (keeps_a_basis ? (method == gmres ? 1 : 2) * (restart + 2) : 0);
    return vectors * std::max(system.A.rows(), system.A.cols()) * sizeof(W);
}

/// A copy of S, or an incomplete factorisation without fill, or S in another arrangement.
template <Scalar W>
double copy_bytes(const System<W>& system) {
    return static_cast<double>(system.A.nnz()) * (sizeof(W) + sizeof(Index)) + 8.0 * system.A.rows();
}

/// Tells the progress some twenty times a second: how many of the decimal places to be gained are there.
class ProgressTeller {
public:
    ProgressTeller(const std::function<void(std::string_view, double)>& progress) : progress_(progress) {}

    bool operator()(const KrylovState& state) {
        if (!progress_) return false;
        if (state.iteration == 0) first_ = state.residual_norm;
        const auto now = Clock::now();
        if (now - last_ < std::chrono::milliseconds(50)) return false;
        last_ = now;
        const double whole = std::log(first_ / state.target), done = std::log(first_ / state.residual_norm);
        progress_("iterate", whole > 0 && std::isfinite(done) ? std::clamp(done / whole, 0.0, 1.0) : 0);
        return false;
    }

private:
    const std::function<void(std::string_view, double)>& progress_;
    Clock::time_point last_ = Clock::now();
    double first_ = 1;
};

}  // namespace

Method iterative_method_for(const Structure& s) noexcept {
    if (s.hermitian && s.all_diagonals_positive) return Method::cg;
    if (s.hermitian) return Method::minres;
    return Method::gmres;
}

template <Scalar W>
Outcome<W> solve_iteratively(System<W>& system, Method method, double max_seconds) {
    const auto start = Clock::now();
    SolveReport& report = system.report;
    const auto allowed = static_cast<double>(system.options.max_memory_bytes);
    double left = allowed > 0 ? allowed - least_bytes(method, system) : infinity;
    const auto affordable = [&](double bytes) { return bytes <= left; };
    if (!affordable(0))
        throw LimitExceeded(std::string(name(method)) + " is predicted to need " +
                            detail::rounded(least_bytes(method, system) / 1e6) + " MB, allowed are " +
                            detail::rounded(allowed / 1e6) + " MB");
    const Equilibration e = scaling_of(method, system);
    std::optional<Csr<W>> copy;
    if (!is_uniform(e.row) || !is_uniform(e.col)) {
        left -= copy_bytes(system);
        copy = scaled(system.A, e, Zeros::keep);
    }
    const CsrView<W> S = copy ? CsrView<W>(*copy) : system.A;

    system.stage("precondition", 0.05);
    PreconditionerKind wanted = system.options.preconditioner;
    Preconditioner<W> M;
    if (wanted == PreconditionerKind::automatic && kind(method) == "least_squares") wanted = PreconditionerKind::none;
    if (wanted == PreconditionerKind::automatic && !affordable(2 * copy_bytes(system))) {
        report.reasons.push_back("l1_jacobi: the memory allowed holds no incomplete factorisation");
        wanted = PreconditionerKind::l1_jacobi;
    }
    if (wanted == PreconditionerKind::automatic) {
        Structure structure = copy ? analyse_structure(S) : system.structure;
        // Only methods for Hermitian matrices need a definite M where A is not.
        if (!takes_hermitian_only(method) && !structure.all_diagonals_positive) structure.hermitian = false;
        PreconditionerChoice<W> choice = choose_preconditioner<W>(S, structure, system.options.preconditioner_options);
        for (std::string& reason : choice.reasons) report.reasons.push_back(std::move(reason));
        M = std::move(choice.preconditioner);
    } else {
        M = make_preconditioner<W>(wanted, S, system.options.preconditioner_options);
    }
    report.preconditioner = M.name();
    report.seconds.factor += seconds_since(start);

    system.stage("iterate", 0.1);
    ProgressTeller teller(system.options.progress);
    KrylovOptions options{.restart = system.options.restart,
                          .tune = affordable(3 * copy_bytes(system)),
                          .known_hermitian = system.structure.hermitian,
                          .cancel = system.options.cancel};
    if (system.options.progress) options.monitor = [&teller](const KrylovState& state) { return teller(state); };

    // One rearrangement of S for all right-hand sides; a single one is left to krylov to decide.
    std::optional<TunedMatrix<W>> tuned;
    if (options.tune && system.B.cols() > 1 && S.nnz() >= Offset{1} << 14) tuned.emplace(S);
    const auto solve_one = [&](const auto& A, VectorView<W> right, VectorRef<W> answer) {
        return M ? krylov(method, A, right, answer, M, options) : krylov(method, A, right, answer, options);
    };

    Outcome<W> outcome(system.A.cols(), system.B.cols());
    Buffer<W> b(static_cast<std::size_t>(S.rows())), x(static_cast<std::size_t>(S.cols()));
    for (Eigen::Index k = 0; k < system.B.cols(); ++k) {
        const int common = scaled_right<W>(system.B, k, e.row, b);
        std::fill(x.begin(), x.end(), W{});
        options.stop.rtol = system.rtol;
        std::int64_t iterations = 0;
        std::vector<double> history;
        KrylovReport found;
        for (int round = 0; round < 6; ++round) {
            options.stop.max_iterations = system.options.max_iterations < 0
                                              ? -1
                                              : std::max<std::int64_t>(system.options.max_iterations - iterations, 0);
            options.stop.max_seconds = system.seconds_left();
            if (max_seconds > 0) {
                const double rest = std::max(max_seconds - seconds_since(start), 1e-9);
                const double limit = options.stop.max_seconds;
                options.stop.max_seconds = limit > 0 ? std::min(limit, rest) : rest;
            }
            found = tuned ? solve_one(*tuned, b, x) : solve_one(S, b, x);
            iterations += found.iterations;
            history.insert(history.end(), found.history.begin() + (history.empty() || found.history.empty() ? 0 : 1),
                           found.history.end());
            unscale<W>(x, e.col, common, outcome.x, k);
            outcome.finding.reset();
            const bool met = found.status == Status::converged || found.relative_residual <= system.rtol;
            judge_iterative(system, outcome, k, met, found.normal_residual);
            if (found.status != Status::converged ||
                outcome.statuses[static_cast<std::size_t>(k)] != Status::not_converged)
                break;
            // Met on the scaled system, not on the caller's: further down there, from this x on.
            const double ratio = system.rtol / outcome.certificates[static_cast<std::size_t>(k)].relative_residual;
            options.stop.rtol *= 0.5 * std::min(ratio, 1.0);
        }
        outcome.iterations =
            std::max(outcome.iterations, static_cast<int>(std::min<std::int64_t>(iterations, 1 << 30)));
        Status& status = outcome.statuses[static_cast<std::size_t>(k)];
        if (k == 0 || !has_answer(status)) report.history = std::move(history);
        if (has_answer(status) || status == Status::singular_inconsistent) continue;
        outcome.message = found.message;
        switch (found.status) {
            case Status::converged:
                outcome.finding = Status::stagnated;
                outcome.message =
                    std::string(name(method)) + ": the scaled system meets the tolerance, A x = b does not";
                break;
            case Status::max_iterations:
            case Status::stagnated:
                outcome.finding = found.status;
                break;
            default:
                status = found.status;
        }
        if (found.status == Status::interrupted) throw Interrupted(found.message);
    }
    return outcome;
}

#define INSTANTIATE(W) template Outcome<W> solve_iteratively(System<W>&, Method, double);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::solving
