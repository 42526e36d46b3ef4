// SPDX-License-Identifier: BSD-3-Clause
// The methods of the plan, one after another, until an answer passes its checks.
#include <algorithm>
#include <utility>

#include "core/scaling.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "solvers/cost_model.hpp"
#include "solvers/exact_rank.hpp"
#include "solvers/mirror_image.hpp"
#include "solvers/plan_chain.hpp"
#include "solvers/solve/refinement.hpp"
#include "solvers/solve/singular.hpp"

namespace ritz::solving {

namespace {

/// One try: a method, and by what the matrix is scaled for it.
struct Step {
    Method method;
    Scaling scaling = Scaling::largest;
    bool again() const noexcept { return scaling == Scaling::least_squares; }
};

/// Whether another scaling is worth a second try. A positive diagonal scales a positive definite matrix as well as any.
bool has_two_scalings(Method method) noexcept {
    return method != Method::cholesky && method != Method::diagonal && kind(method) == "direct";
}

/// A direct method predicted to take longer lets an iterative one try first, for a part of that time.
constexpr double patience_seconds = 10;
constexpr double share_of_prediction = 0.5;

/// Up to this order QR may say as well whether b lies in the range of a singular A: where rows or unknowns differ
/// wildly in scale, least norms and residuals by null vectors are not the last word.
constexpr Index second_opinion_order = 3000;

template <Scalar W>
class SquareSolve {
public:
    explicit SquareSolve(System<W>& system) : system_(system), report_(system.report) {}

    Outcome<W> run(const detail::Chain& chain) {
        const bool forced = system_.options.method != Method::automatic;
        patient_ = !forced;
        Singular singular = chain.singular ? singular_step() : Singular::unknown;
        for (const Method method : chain.methods) {
            if (singular == Singular::answered) break;
            if (!best_.empty() && best_.acceptable()) break;
            if (best_.overflowed()) break;  // A is regular, x too large to be stored
            if (method == Method::qr && !forced) {
                if (limit_passed_) break;  // it needs more than the others
                if (singular == Singular::unknown) singular = singular_step();
                if (singular == Singular::answered) break;
            }
            if (!report_.attempts.empty() && singular != Singular::second_opinion)
                report_.reasons.push_back("then " + std::string(name(method)) + ", since " +
                                          report_.attempts.back().method +
                                          " gave no answer: " + report_.attempts.back().detail);
            attempt({method});
            if (too_slow_) {  // an iterative method may be quicker; if not, what was put off is done
                const double predicted = *std::exchange(too_slow_, {});
                patient_ = false;
                report_.attempts.pop_back();
                attempt_iterative("the factors of " + std::string(name(method)) + " are predicted to take " +
                                      detail::rounded(predicted) + " s",
                                  share_of_prediction * predicted);
                if (!best_.empty() && best_.acceptable()) break;
                attempt({method});
            }
            if (limit_passed_ && !forced && !tried_iterative_) {  // before another ordering costs what is left
                attempt_iterative("factors would pass a limit", 0);
                if (!best_.empty() && best_.acceptable()) break;
            }
            // An answer that comes with a warning is kept while another scaling of the same method is tried.
            const bool warned = best_.empty() || best_.worst() != Status::solved;
            const bool singular_anyhow = zero_pivot_ && evenly_scaled_;
            if (has_two_scalings(method) && warned && !singular_anyhow && !hopeless_ &&
                (forced || method != Method::qr))
                attempt({method, Scaling::least_squares});
        }
        const bool open = best_.empty() || best_.worst() == Status::ill_conditioned;
        const bool asked = std::find(chain.methods.begin(), chain.methods.end(), Method::qr) != chain.methods.end();
        if (!forced && singular == Singular::unknown && open && (!best_.empty() || !asked)) singular_step();
        return conclude();
    }

private:
    /// What null vectors said: nothing yet or that A is regular, or x is the answer, or QR is to be asked as well.
    enum class Singular { unknown, answered, second_opinion };

    /// A whose factors say nothing, or promise no digit, may be singular beyond doubt; then x is the answer that such a
    /// system has.
    Singular singular_step() {
        if (best_.overflowed() || limit_passed_) return Singular::unknown;
        const auto start = Clock::now();
        Attempt attempt{.method = std::string(name(Method::lu))};
        Singular found = Singular::unknown;
        const auto rank = report_.rank, null_space_dimension = report_.null_space_dimension;
        try {
            if (auto outcome = solve_with_null_space(system_); outcome && !regular()) {
                // Better than x = 0, or no answer.
                const bool useful = outcome->acceptable() || outcome->worst_residual() <= 1;
                const bool doubtful = !outcome->acceptable() && system_.A.rows() <= second_opinion_order;
                attempt.status = outcome->worst();
                attempt.detail = "by the null space of A: " + outcome->message;
                if (useful && (best_.empty() || outcome->better_than(best_))) {
                    report_.method = attempt.method;
                    report_.factors = {};
                    report_.reasons.push_back("A is singular to working precision: its null space has dimension " +
                                              std::to_string(*report_.null_space_dimension) +
                                              ", by a gap in its singular values");
                    best_ = std::move(*outcome);
                }
                if (useful)
                    found = doubtful ? Singular::second_opinion : Singular::answered;  // last: memory may run out
            }
        } catch (const LimitExceeded&) {  // too large a null space, or too much memory: other methods may go on
        } catch (const OutOfMemory&) {
        } catch (const std::bad_alloc&) {
        } catch (const SingularMatrix&) {
        }
        attempt.seconds = seconds_since(start);
        if (found != Singular::unknown) {
            report_.attempts.push_back(attempt);
        } else {
            report_.rank = rank;
            report_.null_space_dimension = null_space_dimension;
            report_.singularity.reset();
        }
        return found;
    }

    void attempt_iterative(const std::string& why, double max_seconds) {
        const Method method = iterative_method_for(system_.structure);
        report_.reasons.push_back("then " + std::string(name(method)) + ", since " + why);
        iterative_seconds_ = max_seconds;
        tried_iterative_ = true;
        attempt({method});
    }

    void attempt(const Step& step) {
        const auto start = Clock::now();
        Attempt attempt{.method = std::string(name(step.method))};
        const auto rank = report_.rank, null_space_dimension = report_.null_space_dimension;
        hopeless_ = false;
        std::vector<std::string> warnings = std::exchange(report_.warnings, {});  // those of the answer that is kept
        try {
            Outcome<W> outcome = try_step(step);
            attempt.status = outcome.finding.value_or(outcome.worst());
            attempt.detail = step.again() ? "rows and columns scaled by least squares" : outcome.message;
            if (best_.empty() || outcome.better_than(best_)) {
                report_.method = attempt.method;
                report_.factors = factors_;
                best_ = std::move(outcome);
                warnings = std::move(report_.warnings);
            } else if (step.again() && step.method == Method::qr) {
                report_.rank = rank;
                report_.null_space_dimension = null_space_dimension;
            } else if (step.method == Method::qr) {  // it knows more about A
                best_.statuses = outcome.statuses;
                best_.message = outcome.message;
            }
        } catch (const TooSlow& slow) {
            too_slow_ = slow.seconds;
            hopeless_ = true;
        } catch (const NotPositiveDefinite& error) {
            attempt.status = Status::indefinite_operator;
            attempt.detail = error.what();
        } catch (const SingularMatrix& error) {
            attempt.status = Status::breakdown;
            zero_pivot_ = true;
            attempt.detail = error.what();
        } catch (const LimitExceeded& error) {
            attempt.status = Status::limit_exceeded;
            attempt.detail = error.what();
            limit_passed_ = hopeless_ = true;
        } catch (const OutOfMemory& error) {
            attempt.status = Status::limit_exceeded;
            attempt.detail = error.what();
            limit_passed_ = hopeless_ = true;
        } catch (const std::bad_alloc&) {
            attempt.status = Status::limit_exceeded;
            attempt.detail = "out of memory";
            limit_passed_ = hopeless_ = true;
        } catch (const Unsupported& error) {  // a method that this build lacks
            attempt.status = Status::breakdown;
            attempt.detail = error.what();
            hopeless_ = true;
        } catch (const InvalidArgument& error) {  // a method asked for that the structure of A forbids
            attempt.status = Status::breakdown;
            attempt.detail = error.what();
            hopeless_ = true;
        } catch (const NotSymmetric&) {
            attempt.status = Status::not_symmetric;
            attempt.detail = "the matrix is not " + std::string(System<W>::hermitian_word);
            hopeless_ = true;
        }
        if (kind(step.method) != "direct") attempt.preconditioner = report_.preconditioner;
        report_.warnings = std::move(warnings);
        attempt.seconds = seconds_since(start);
        report_.attempts.push_back(attempt);
    }

    /// Zeros that are stored keep the unknowns of a node alike, which a symmetric ordering gains more from than the
    /// zeros fill in, as long as they are few; and their places must be symmetric.
    bool keeps_zeros(Method method) const {
        const Offset zeros = system_.structure.explicit_zeros;
        return zeros == 0 || ((method == Method::cholesky || method == Method::ldlt) && system_.structure.hermitian &&
                              zeros <= system_.A.nnz() / 4 && detail::mirrored(system_.A, detail::Mirror::hermitian));
    }

    /// Factors that all rows share, and all columns, but for a factor of two here and there: the condition is that of A
    /// itself, or four times off.
    static bool scales_evenly(const Equilibration& e) {
        const auto even = [](const Buffer<int>& exponents) {
            const auto [low, high] = std::minmax_element(exponents.begin(), exponents.end());
            return *high - *low <= 1 && std::abs(*low) <= 200;
        };
        return even(e.row) && even(e.col);
    }

    Outcome<W> try_step(const Step& step) {
        if (kind(step.method) != "direct") {
            factors_ = {};
            return solve_iteratively(system_, step.method, iterative_seconds_);
        }
        const auto start = Clock::now();
        Equilibration e = scaling_for(step.method, step.scaling, system_.A);
        const bool keep_zeros = keeps_zeros(step.method);
        std::optional<Csr<W>> copy;
        if (keep_zeros && scales_evenly(e)) {  // spares a copy
            std::fill(e.row.begin(), e.row.end(), 0);
            std::fill(e.col.begin(), e.col.end(), 0);
        } else {
            copy = scaled(system_.A, e, keep_zeros ? Zeros::keep : Zeros::drop);
        }
        const CsrView<W> S = copy ? CsrView<W>(*copy) : system_.A;
        const double scaling = seconds_since(start);
        system_.stage("factor", 0.1);
        if (step.method == Method::qr) {
            system_.count(scaling, {});
            return try_qr(S, e);
        }
        if (has_two_scalings(step.method))
            evenly_scaled_ =
                std::all_of(S.values().begin(), S.values().end(), [](W a) { return detail::exponent_of(a) >= -60; });
        const Factors<W> factors =
            factor(step.method, S, system_.structure,
                   {system_.factor_options(), system_.seconds_left(), patient_ ? patience_seconds : 0});
        system_.count(scaling, factors.statistics);
        factors_ = factors.statistics;
        if (factors.inertia) report_.inertia = factors.inertia;
        return finish(system_, S, e, factors);
    }

    /// Singular is what strict tolerances find to be so, or what customary ones do when the condition of the factors
    /// promises nothing; and never what is proved to be regular.
    Outcome<W> try_qr(const CsrView<W>& S, const Equilibration& e) {
        const Csc<W> columns = to_csc(S);
        const auto factored = [&](std::optional<double> tolerance) {
            Qr<W> factors(columns, system_.qr_options(tolerance));
            system_.count(0, factors.statistics());
            factors_ = factors.statistics();
            system_.set_rank(factors.rank());
            return factors;
        };
        const Index n = system_.A.rows();
        {
            const Qr<W> factors = factored(rounding_tolerance<W>(S));
            if (factors.rank() < n && !regular()) return solve_singular(system_, S, e, factors, Rank::strict);
            if (factors.rank() == n) {
                Outcome<W> outcome = finish(system_, S, e, orthogonal(factors));
                if (outcome.worst() == Status::solved || outcome.overflowed() || regular()) return outcome;
                const Qr<W> customary = factored({});
                if (customary.rank() < n) {
                    Outcome<W> singular = solve_singular(system_, S, e, customary, Rank::customary);
                    if (singular.better_than(outcome)) return singular;
                }
                system_.set_rank(n);
                return outcome;
            }
        }
        const Qr<W> factors = factored(0.0);  // proved regular: no column is left out
        if (factors.rank() < n) throw SingularMatrix("Qr: a pivot is exactly zero");
        return finish(system_, S, e, orthogonal(factors));
    }

    /// Whether A is taken at its word and is regular. Entries with all their bits used are rounded numbers, and a
    /// matrix of such that is singular to rounding is singular to whoever made it (a free body, a weighted Laplacian);
    /// one of integers is what it says.
    bool regular() {
        if (!regular_) regular_ = detail::entries_look_exact(system_.A) && detail::proved_regular(system_.A);
        return *regular_;
    }

    /// The inverse by the QR of a regular matrix.
    static Factors<W> orthogonal(const Qr<W>& factors) {
        return {[&factors](const Eigen::Ref<const Eigen::MatrixX<W>>& B, Transpose op) {
                    Eigen::MatrixX<W> X(B.rows(), B.cols());
                    for (Eigen::Index k = 0; k < B.cols(); ++k) {
                        const VectorView<W> b(B.data() + k * B.outerStride(), static_cast<std::size_t>(B.rows()));
                        if (op == Transpose::none)
                            factors.least_squares(b, column(X, k));
                        else
                            factors.adjoint_minimum_norm(b, column(X, k));
                    }
                    return X;
                },
                false, factors.statistics()};
    }

    Outcome<W> conclude() {
        // What ended the search: a limit that was passed, or else the last attempt.
        const auto limit = std::find_if(report_.attempts.begin(), report_.attempts.end(),
                                        [](const Attempt& a) { return a.status == Status::limit_exceeded; });
        const Attempt& decisive = limit != report_.attempts.end() ? *limit : report_.attempts.back();
        const bool none = best_.empty();
        if (none) best_ = Outcome<W>(system_.A.cols(), system_.B.cols());
        if (none || (decisive.status == Status::limit_exceeded && !best_.acceptable())) {
            std::fill(best_.statuses.begin(), best_.statuses.end(), decisive.status);
            best_.message = decisive.detail;
            const Attempt& last = report_.attempts.back();
            if (&last != &decisive && kind(*method_named(last.method)) != "direct") best_.message += "; " + last.detail;
        }
        // An inertia without zeros is that of a regular matrix.
        if (report_.method != name(Method::ldlt) || best_.worst() != Status::solved) report_.inertia.reset();
        const bool singular =
            best_.worst() == Status::singular_consistent || best_.worst() == Status::singular_inconsistent;
        if (!singular) {  // what was said of a null space was of an answer that was not kept
            report_.singularity.reset();
            if (report_.null_space_dimension.value_or(0) > 0)
                report_.rank.reset(), report_.null_space_dimension.reset();
        }
        // An x that leaves more than 0 does is nobody's best.
        for (Eigen::Index k = 0; k < best_.x.cols(); ++k) {
            const Status status = best_.statuses[static_cast<std::size_t>(k)];
            Certificate& c = best_.certificates[static_cast<std::size_t>(k)];
            if (has_answer(status) || status == Status::not_finite || c.relative_residual <= 1) continue;
            const double condition = c.condition_estimate;
            best_.x.col(k).setZero();
            c = certify(system_.A, column(std::as_const(best_.x), k), column(system_.B, k));
            c.condition_estimate = condition;
        }
        return std::move(best_);
    }

    System<W>& system_;
    SolveReport& report_;
    Outcome<W> best_;
    FactorStatistics factors_;
    std::optional<bool> regular_;
    std::optional<double> too_slow_;  // predicted seconds of factors that were put off
    bool patient_ = false;            // such factors are put off
    bool tried_iterative_ = false;
    double iterative_seconds_ = 0;
    bool zero_pivot_ = false;
    bool hopeless_ = false;       // the last attempt would fail again in any scaling
    bool limit_passed_ = false;   // of memory or time
    bool evenly_scaled_ = false;  // no entry of the matrix that LU saw was so small that another scaling could matter
};

}  // namespace

template <Scalar W>
Outcome<W> solve_square(System<W>& system) {
    detail::Chain chain = detail::chain_for(system.A, system.structure, system.options.method, system.report.reasons);
    if (system.options.method == Method::automatic && system.options.preconditioner != PreconditionerKind::automatic) {
        const Method method = iterative_method_for(system.structure);
        chain.methods.insert(chain.methods.begin(), method);
        system.report.reasons.push_back(std::string(name(method)) + " first, since a preconditioner was asked for");
    }
    return SquareSolve<W>(system).run(chain);
}

template Outcome<double> solve_square(System<double>&);
template Outcome<std::complex<double>> solve_square(System<std::complex<double>>&);

}  // namespace ritz::solving
