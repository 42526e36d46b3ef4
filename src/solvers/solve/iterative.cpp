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
Equilibration scaling_of(const System<W>& system) {
    const Structure& s = system.structure;
    const auto zeros = [](Index n) { return Buffer<int>(static_cast<std::size_t>(n), 0); };
    Equilibration none{zeros(system.A.rows()), zeros(system.A.cols())};
    // Rows of a least-squares problem weigh what they weigh, and columns matter to a solution of least norm.
    if (s.rows > s.cols) return equilibrate_columns(system.A);
    if (s.rows < s.cols) return row_scaling(system.A);
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

namespace {

/// The scaled matrix, its preconditioner, and the columns one after another.
template <Scalar W>
class IterativeSolve {
public:
    IterativeSolve(System<W>& system, Method method, double max_seconds)
        : system_(system), report_(system.report), method_(method), max_seconds_(max_seconds) {}

    Outcome<W> run() {
        wanted_ = system_.options.preconditioner;
        automatic_ = wanted_ == PreconditionerKind::automatic;
        report_.preconditioner = automatic_ ? "none" : name(wanted_);  // also when it cannot be made
        const auto allowed = static_cast<double>(system_.options.max_memory_bytes);
        const double least = least_bytes(method_, system_);
        if (allowed > 0 && least > allowed)
            throw LimitExceeded(std::string(name(method_)) + " is predicted to need " + detail::rounded(least / 1e6) +
                                " MB, allowed are " + detail::rounded(allowed / 1e6) + " MB");
        memory_left_ = allowed > 0 ? allowed - least : infinity;

        scale_matrix();
        system_.stage("precondition", 0.05);
        precondition();
        report_.seconds.factor += seconds_since(start_);
        system_.stage("iterate", 0.1);

        // One rearrangement of S for all right-hand sides; a single one is left to krylov to decide.
        tune_ = memory_left_ >= 3 * copy_bytes(system_);
        if (tune_ && system_.B.cols() > 1 && S().nnz() >= Offset{1} << 14) tuned_.emplace(S());

        Outcome<W> outcome(system_.A.cols(), system_.B.cols());
        for (Eigen::Index k = 0; k < system_.B.cols(); ++k) solve_column(outcome, k);
        return outcome;
    }

private:
    const CsrView<W> S() const { return copy_ ? CsrView<W>(*copy_) : system_.A; }

    void scale_matrix() {
        scaling_ = scaling_of(system_);
        if (is_uniform(scaling_.row) && is_uniform(scaling_.col)) {  // krylov scales the whole by itself
            std::fill(scaling_.row.begin(), scaling_.row.end(), 0);
            std::fill(scaling_.col.begin(), scaling_.col.end(), 0);
            return;
        }
        memory_left_ -= copy_bytes(system_);
        copy_ = scaled(system_.A, scaling_, Zeros::keep);
    }

    void precondition() {
        if (automatic_ && kind(method_) == "least_squares") wanted_ = PreconditionerKind::none;
        if (automatic_ && wanted_ != PreconditionerKind::none && memory_left_ < 2 * copy_bytes(system_)) {
            report_.reasons.push_back("l1_jacobi: the memory allowed holds no incomplete factorisation");
            wanted_ = PreconditionerKind::l1_jacobi;
        }
        if (wanted_ == PreconditionerKind::automatic)
            choose();
        else
            M_ = make_preconditioner<W>(wanted_, S(), system_.options.preconditioner_options);
        report_.preconditioner = M_.name();
    }

    void choose() {
        const auto chosen = [this](const Structure& structure) {
            return choose_preconditioner<W>(S(), structure, system_.options.preconditioner_options);
        };
        Structure structure = copy_ ? analyse_structure(S()) : system_.structure;
        // Only methods for Hermitian matrices need a definite M where A is not.
        const bool any_M = !takes_hermitian_only(method_), hermitian = structure.hermitian;
        if (any_M && !structure.all_diagonals_positive) structure.hermitian = false;
        try {
            PreconditionerChoice<W> choice = chosen(structure);
            if (any_M && structure.hermitian && choice.preconditioner.statistics().shift > 0) {
                structure.hermitian = false;  // not definite: a factorisation without symmetry serves better
                choice = chosen(structure);
            }
            for (std::string reason : choice.reasons) {
                const std::string untrue = "not Hermitian";
                if (const auto at = reason.find(untrue); hermitian && at != std::string::npos)
                    reason.replace(at, untrue.size(), "Hermitian, but not positive definite");
                report_.reasons.push_back(std::move(reason));
            }
            M_ = std::move(choice.preconditioner);
        } catch (const SingularMatrix& error) {  // a row without a nonzero has none
            report_.reasons.push_back(std::string("no preconditioner: ") + error.what());
            M_ = {};
        }
    }

    /// M turned out not to be definite: one that is, or none.
    bool take_simpler() {
        if (!automatic_ || !M_) return false;
        std::string reason = M_.name() + " is not positive definite here: ";
        M_ = {};
        if (report_.preconditioner != "l1_jacobi") {
            try {
                M_ = make_preconditioner<W>(PreconditionerKind::l1_jacobi, S());
            } catch (const Error&) {  // then without
            }
        }
        report_.preconditioner = M_.name();
        report_.reasons.push_back(reason + report_.preconditioner + " instead");
        return true;
    }

    KrylovOptions options_of(ProgressTeller& teller, double rtol, std::int64_t made) const {
        KrylovOptions options{.restart = system_.options.restart,
                              .tune = tune_,
                              .known_hermitian = system_.structure.hermitian,
                              .cancel = system_.options.cancel};
        options.stop.rtol = rtol;
        if (system_.options.max_iterations >= 0)
            options.stop.max_iterations = std::max<std::int64_t>(system_.options.max_iterations - made, 0);
        options.stop.max_seconds = system_.seconds_left();
        if (max_seconds_ > 0) {
            const double rest = std::max(max_seconds_ - seconds_since(start_), 1e-9);
            options.stop.max_seconds = options.stop.max_seconds > 0 ? std::min(options.stop.max_seconds, rest) : rest;
        }
        if (system_.options.progress) options.monitor = [&teller](const KrylovState& state) { return teller(state); };
        return options;
    }

    template <class A>
    KrylovReport solved_with(const A& a, VectorView<W> b, VectorRef<W> x, const KrylovOptions& options) const {
        return M_ ? krylov(method_, a, b, x, M_, options) : krylov(method_, a, b, x, options);
    }

    void solve_column(Outcome<W>& outcome, Eigen::Index k) {
        Buffer<W> b(static_cast<std::size_t>(S().rows())), x(static_cast<std::size_t>(S().cols()), W{});
        const int common = scaled_right<W>(system_.B, k, scaling_.row, b);
        const auto at = static_cast<std::size_t>(k);
        double rtol = system_.rtol;
        std::int64_t iterations = 0;
        std::vector<double> history;
        ProgressTeller teller(system_.options.progress);
        KrylovReport found;
        for (int round = 0; round < 8; ++round) {
            const KrylovOptions options = options_of(teller, rtol, iterations);
            found = tuned_ ? solved_with(*tuned_, b, x, options) : solved_with(S(), b, x, options);
            iterations += found.iterations;
            history.insert(history.end(), found.history.begin() + (history.empty() || found.history.empty() ? 0 : 1),
                           found.history.end());
            if (found.status == Status::indefinite_preconditioner && take_simpler()) continue;
            unscale<W>(x, scaling_.col, common, outcome.x, k);
            const bool met = found.status == Status::converged || found.relative_residual <= system_.rtol;
            judge_iterative(system_, outcome, k, scaling_.col, met, found.condition_estimate);
            if (found.status != Status::converged || outcome.statuses[at] != Status::not_converged) break;
            // Met on the scaled system, not on the caller's: further down there, from this x on.
            rtol *= 0.5 * std::clamp(system_.rtol / outcome.certificates[at].relative_residual, 1e-6, 0.02);
        }
        outcome.iterations =
            std::max(outcome.iterations, static_cast<int>(std::min<std::int64_t>(iterations, 1 << 30)));
        if (k == 0 || !has_answer(outcome.statuses[at])) report_.history = std::move(history);
        if (outcome.statuses[at] == Status::not_converged) explain(outcome, at, found);
        if (found.status == Status::interrupted) throw Interrupted(found.message);
    }

    /// Why there is no answer: the method's finding, with the residual of the caller's system in place of its own.
    void explain(Outcome<W>& outcome, std::size_t k, const KrylovReport& found) {
        std::string text = found.message;
        if (const auto own = text.find("; ‖b"); own != std::string::npos) text.resize(own);
        Status& status = outcome.statuses[k];
        switch (found.status) {
            case Status::converged:
                outcome.finding = Status::stagnated;
                text = std::string(name(method_)) +
                       (kind(method_) == "least_squares"
                            ? ": ‖Aᴴ r‖ is as good as zero and r is not, so A is singular, or of a condition that this "
                              "method cannot see through; qr tells"
                            : ": the scaled system meets the tolerance, A x = b does not");
                break;
            case Status::max_iterations:
            case Status::stagnated:
                outcome.finding = found.status;
                break;
            case Status::singular_inconsistent:  // of the scaled system, whose minimiser is another one
                outcome.finding = found.status;
                text =
                    std::string(name(method_)) + ": b is not in the range of A, to rounding; lsmr minimises ‖b − A x‖";
                break;
            case Status::limit_exceeded:
                if (max_seconds_ > 0 && !(system_.options.max_seconds > 0 && system_.seconds_left() <= 1e-9)) {
                    outcome.finding = Status::max_iterations;  // only the time set aside for it is over
                    break;
                }
                status = found.status;
                break;
            default:
                status = found.status;
        }
        outcome.message = text + "; ‖b − A x‖ / ‖b‖ is " + detail::rounded(outcome.certificates[k].relative_residual);
    }

    System<W>& system_;
    SolveReport& report_;
    Method method_;
    double max_seconds_, memory_left_ = infinity;
    Clock::time_point start_ = Clock::now();
    PreconditionerKind wanted_ = PreconditionerKind::none;
    bool automatic_ = false, tune_ = true;
    Equilibration scaling_;
    std::optional<Csr<W>> copy_;
    Preconditioner<W> M_;
    std::optional<TunedMatrix<W>> tuned_;
};

}  // namespace

template <Scalar W>
Outcome<W> solve_iteratively(System<W>& system, Method method, double max_seconds) {
    return IterativeSolve<W>(system, method, max_seconds).run();
}

#define INSTANTIATE(W) template Outcome<W> solve_iteratively(System<W>&, Method, double);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::solving
