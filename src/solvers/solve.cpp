// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/solve.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>

#include "core/instantiate.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/equilibration.hpp"
#include "ritz/solvers/lu.hpp"
#include "ritz/solvers/qr.hpp"
#include "solvers/certificate.hpp"
#include "solvers/inverse.hpp"
#include "solvers/scaling.hpp"

namespace ritz {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double unit_roundoff = 0x1p-53;
constexpr double condition_limit = 1 / (10 * unit_roundoff);
constexpr double backward_error_limit = 1e-14;

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string failure_message(const SolveReport& report) {
    return "solve: " + std::string(name(report.status)) + (report.message.empty() ? "" : ": " + report.message);
}

/// Which of two ends is worse: a failure before a warning, a warning before success.
int badness(Status status) noexcept {
    switch (status) {
        case Status::solved:
            return 0;
        case Status::singular_consistent:
            return 1;
        case Status::ill_conditioned:
            return 2;
        case Status::singular_inconsistent:
            return 3;
        default:
            return 4;
    }
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

struct Interrupted {};

/// By what rows and columns are scaled: largest elements to 1, or exponents to 0 in the least-squares sense.
enum class Scaling { largest, least_squares };

/// Exponent that brings the largest magnitude of v near 1; 0 for a zero vector.
template <Scalar W>
int normalizing_exponent(VectorView<W> v) {
    int top = std::numeric_limits<int>::min();
    for (const W& a : v)
        if (a != W{}) top = std::max(top, detail::exponent_of(a));
    return top == std::numeric_limits<int>::min() ? 0 : -top;
}

template <Scalar W>
VectorView<W> column(const Eigen::MatrixX<W>& M, Eigen::Index k) {
    return {M.data() + k * M.rows(), static_cast<std::size_t>(M.rows())};
}

/// One call of solve, in the working type W: double or complex<double>.
template <Scalar W>
class Run {
public:
    /// `single`: x is to be rounded to single precision, and is judged as rounded.
    Run(const CsrView<W>& A, const Eigen::MatrixX<W>& B, const SolveOptions& options, bool single)
        : A_(A),
          B_(B),
          options_(options),
          single_(single),
          rtol_(std::max(options.rtol, single ? 0x1p-22 : 0)),
          eta_limit_(single ? 0x1p-22 : backward_error_limit),
          x_(Eigen::MatrixX<W>::Zero(A.cols(), B.cols())),
          statuses_(static_cast<std::size_t>(B.cols()), Status::not_converged),
          certificates_(static_cast<std::size_t>(B.cols())) {}

    void run() {
        const auto start = Clock::now();
        try {
            stage("analyse", 0);
            if (finite() && !empty()) A_.rows() == A_.cols() ? square() : rectangular();
        } catch (const Interrupted&) {
            std::fill(statuses_.begin(), statuses_.end(), Status::interrupted);
            report_.message = "stopped on request";
        }
        summarize();
        report_.seconds.total = seconds_since(start);
        report_.seconds.solve = std::max(0.0, report_.seconds.total - report_.seconds.analyse - report_.seconds.factor);
    }

    const Eigen::MatrixX<W>& x() const noexcept { return x_; }
    SolveReport& report() noexcept { return report_; }
    std::vector<Status>& statuses() noexcept { return statuses_; }
    std::vector<Certificate>& certificates() noexcept { return certificates_; }

private:
    using Columns = std::vector<Certificate>;

    /// What one method made of all right-hand sides.
    struct Outcome {
        Eigen::MatrixX<W> x;
        std::vector<Status> statuses;
        std::vector<Certificate> certificates;
        int iterations = 0;
        std::string message;

        bool acceptable() const { return std::all_of(statuses.begin(), statuses.end(), has_answer); }
        bool warned() const {
            return std::any_of(statuses.begin(), statuses.end(), [](Status s) { return s != Status::solved; });
        }
        bool overflowed() const {
            for (std::size_t k = 0; k < statuses.size(); ++k)
                if (statuses[k] == Status::not_finite && certificates[k].condition_estimate <= condition_limit)
                    return true;
            return false;
        }
        bool better_than(const Outcome& other) const {
            const auto worst = [](const Outcome& o) {
                int worst_of_all = 0;
                for (const Status s : o.statuses) worst_of_all = std::max(worst_of_all, badness(s));
                return worst_of_all;
            };
            if (acceptable() || other.acceptable()) return worst(*this) < worst(other);
            return worst_residual() <= other.worst_residual();
        }
        double worst_residual() const {
            double worst = 0;
            for (const Certificate& c : certificates)
                worst = std::isfinite(c.relative_residual) ? std::max(worst, c.relative_residual) : infinity;
            return worst;
        }
    };

    void stage(std::string_view what, double fraction) const {
        if (options_.cancel && options_.cancel->load(std::memory_order_relaxed)) throw Interrupted{};
        if (options_.progress) options_.progress(what, fraction);
    }

    void all_statuses(Status status) { std::fill(statuses_.begin(), statuses_.end(), status); }

    /// Nothing is factored before every number has been looked at: LAPACK and others hang on, or accept, NaN.
    bool finite() {
        structure_ = analyse_structure(A_);
        if (structure_.first_non_finite) {
            report_.message = "A is not finite in row " + std::to_string(structure_.first_non_finite->row) +
                              ", column " + std::to_string(structure_.first_non_finite->col) + " (counted from 0)";
        } else {
            for (Eigen::Index k = 0; k < B_.cols(); ++k)
                for (Eigen::Index i = 0; i < B_.rows() && report_.message.empty(); ++i)
                    if (!std::isfinite(std::real(B_(i, k))) || !std::isfinite(std::imag(B_(i, k))))
                        report_.message = "b is not finite in row " + std::to_string(i) + " (counted from 0)";
        }
        if (report_.message.empty()) return true;
        all_statuses(Status::not_finite);
        return false;
    }

    bool empty() {
        if (A_.rows() != 0 && A_.cols() != 0 && B_.cols() != 0) return false;
        all_statuses(Status::solved);  // x has no elements, or no equation speaks of them: 0 is the least one
        for (Eigen::Index k = 0; k < B_.cols(); ++k) {
            Certificate& c = certificates_[static_cast<std::size_t>(k)];
            c.residual_norm = norm2(column(B_, k));
            c.relative_residual = c.residual_norm > 0 ? 1 : 0;
            c.backward_error = c.componentwise_backward_error = c.forward_error_bound = 0;
            c.condition_estimate = 1;
        }
        report_.reasons.push_back("the matrix has no elements");
        return true;
    }

    // ---- square systems

    void square() {
        struct Step {
            Method method;
            Scaling scaling = Scaling::largest;
        };
        constexpr Step lu{Method::lu}, rescaled_lu{Method::lu, Scaling::least_squares}, qr{Method::qr},
            rescaled_qr{Method::qr, Scaling::least_squares};
        std::vector<Step> plan;
        if (options_.method == Method::lu || options_.method == Method::qr) {
            if (options_.method == Method::lu)
                plan = {lu, rescaled_lu};
            else
                plan = {qr, rescaled_qr};
            report_.reasons.push_back("asked for");
        } else if (options_.method != Method::automatic) {
            plan = {{options_.method}};
            report_.reasons.push_back("asked for");
        } else if (structure_.diagonal() && structure_.zero_free_diagonal()) {
            plan = {{Method::diagonal}};
            report_.reasons.push_back("the matrix is diagonal");
        } else if (structure_.hermitian && structure_.all_diagonals_positive) {
            plan = {{Method::cholesky}, lu, rescaled_lu, qr};
            report_.reasons.push_back(std::string(hermitian_word) +
                                      " with a positive diagonal: positive definite if Cholesky succeeds");
        } else {
            plan = {lu, rescaled_lu, qr};
            report_.reasons.push_back(structure_.hermitian
                                          ? std::string(hermitian_word) +
                                                ", but the diagonal is not positive: not positive definite"
                                          : "not " + std::string(hermitian_word));
        }

        // An answer that comes with a warning is kept while another scaling of the same method is tried.
        Outcome best;
        bool zero_pivot = false;
        for (const auto& [method, scaling] : plan) {
            const bool again = scaling == Scaling::least_squares;
            if (!best.statuses.empty() && best.acceptable() && !(again && best.warned())) break;
            if (again && zero_pivot && evenly_scaled_) continue;  // singular however it is scaled
            if (best.overflowed()) break;                         // A is regular, x too large to be stored
            if (!report_.attempts.empty() && !again)
                report_.reasons.push_back("then " + std::string(name(method)) + ", since " +
                                          report_.attempts.back().method +
                                          " gave no answer: " + report_.attempts.back().detail);
            const auto start = Clock::now();
            Attempt attempt{.method = std::string(name(method))};
            const auto rank = report_.rank, null_space_dimension = report_.null_space_dimension;
            try {
                Outcome outcome = try_square(method, scaling);
                attempt.status = *std::max_element(outcome.statuses.begin(), outcome.statuses.end(),
                                                   [](Status a, Status b) { return badness(a) < badness(b); });
                attempt.detail = again ? "rows and columns scaled by least squares" : outcome.message;
                if (best.statuses.empty() || outcome.better_than(best)) {
                    report_.method = attempt.method;
                    best = std::move(outcome);
                } else if (again && method == Method::qr) {
                    report_.rank = rank;
                    report_.null_space_dimension = null_space_dimension;
                } else if (method == Method::qr) {  // it knows more about A
                    best.statuses = outcome.statuses;
                    best.message = outcome.message;
                }
            } catch (const NotPositiveDefinite& error) {
                attempt.status = Status::indefinite_operator;
                attempt.detail = error.what();
            } catch (const SingularMatrix& error) {
                attempt.status = Status::breakdown;
                zero_pivot = true;
                attempt.detail = error.what();
            } catch (const LimitExceeded& error) {
                attempt.status = Status::limit_exceeded;
                attempt.detail = error.what();
            } catch (const OutOfMemory& error) {
                attempt.status = Status::limit_exceeded;
                attempt.detail = error.what();
            } catch (const std::bad_alloc&) {
                attempt.status = Status::limit_exceeded;
                attempt.detail = "out of memory";
            } catch (const NotHermitian&) {
                attempt.status = Status::not_symmetric;
                attempt.detail = "the matrix is not " + std::string(hermitian_word);
            }
            attempt.seconds = seconds_since(start);
            report_.attempts.push_back(attempt);
            if (attempt.status == Status::limit_exceeded) break;  // the next method needs more memory
        }

        const Attempt& last = report_.attempts.back();
        if (!best.statuses.empty()) {
            x_ = std::move(best.x);
            statuses_ = std::move(best.statuses);
            certificates_ = std::move(best.certificates);
            report_.iterations = best.iterations;
            report_.message = best.message;
            if (last.status == Status::limit_exceeded && !has_answer(statuses_.front())) {
                all_statuses(Status::limit_exceeded);
                report_.message = last.detail;
            }
        } else {
            all_statuses(last.status);
            report_.message = last.detail;
        }
    }

    struct NotHermitian {};
    static constexpr std::string_view hermitian_word = is_complex<W> ? "Hermitian" : "symmetric";  // for messages

    Outcome try_square(Method method, Scaling how) {
        if (method == Method::cholesky) {
            if (!structure_.hermitian) throw NotHermitian{};
            stage("factor", 0.1);
            const auto start = Clock::now();
            const Equilibration e = equilibrate_symmetric(A_);
            const Csr<W> S = scaled(A_, e);
            const double scaling = seconds_since(start);
            const Cholesky<W> L(S, {options_.max_memory_bytes});
            count(scaling, L.statistics());
            return finish(S, e, operations(L));
        }
        if (method == Method::diagonal) return solve_diagonal();
        const auto start = Clock::now();
        const Equilibration e = how == Scaling::largest ? equilibrate(A_) : equilibrate_least_squares(A_);
        const Csr<W> S = scaled(A_, e);
        const Csc<W> columns = to_csc(S);
        const double scaling = seconds_since(start);
        stage("factor", 0.1);
        if (method == Method::lu) {
            evenly_scaled_ =
                std::all_of(S.values().begin(), S.values().end(), [](W a) { return detail::exponent_of(a) >= -60; });
            const Lu<W> factors(columns, {options_.max_memory_bytes});
            count(scaling, factors.statistics());
            return finish(S, e, operations(factors));
        }
        const Qr<W> factors(columns, {.max_memory_bytes = options_.max_memory_bytes});
        count(scaling, factors.statistics());
        set_rank(factors.rank());
        if (factors.rank() < A_.rows()) return singular(S, e, factors);
        return finish(S, e,
                      {[&](VectorView<W> b, VectorRef<W> x) { factors.least_squares(b, x); },
                       [&](VectorView<W> b, VectorRef<W> x) { factors.adjoint_minimum_norm(b, x); }});
    }

    template <class Factors>
    static detail::Inverse<W> operations(const Factors& factors) {
        return {[&](VectorView<W> b, VectorRef<W> x) { factors.apply(b, x); },
                [&](VectorView<W> b, VectorRef<W> x) { factors.apply_adjoint(b, x); }};
    }

    void count(double scaling_seconds, const FactorStatistics& statistics) {
        report_.seconds.analyse += scaling_seconds + statistics.analyse_seconds;
        report_.seconds.factor += statistics.factor_seconds;
    }

    void set_rank(Index rank) {
        report_.rank = rank;
        report_.null_space_dimension = A_.cols() - rank;
    }

    Outcome solve_diagonal() {
        const Eigen::VectorX<W> d = diagonal(A_);
        if (!structure_.diagonal()) throw SingularMatrix("the matrix is not diagonal");
        for (Eigen::Index i = 0; i < d.size(); ++i)
            if (d[i] == W{}) throw SingularMatrix("the diagonal is zero in row " + std::to_string(i), i);
        Outcome outcome = blank_outcome();
        for (Eigen::Index k = 0; k < B_.cols(); ++k) {
            for (Eigen::Index i = 0; i < d.size(); ++i) outcome.x(i, k) = divide(B_(i, k), d[i]);
            if (single_) round_to_single(outcome.x, k);
            const detail::ResidualSums sums =
                detail::residual_sums<W>(A_, column(outcome.x, k), column(B_, k), VectorRef<W>());
            const double lost = sums.r_inf == 0 ? 0 : static_cast<double>(sums.r_inf / sums.b_inf);
            judge(outcome, k, 1, unit_roundoff * (is_complex<W> ? 8 : 1), lost > 0x1p-50 ? lost : 0);
        }
        return outcome;
    }

    /// a / d, rounded once when W is real; without over- or underflow on the way when it is complex.
    static W divide(W a, W d) {
        if constexpr (!is_complex<W>) {
            return a / d;
        } else {
            if (a == W{}) return W{};
            const int ea = detail::exponent_of(a), ed = detail::exponent_of(d);
            return detail::scale_by_power(detail::scale_by_power(a, -ea) / detail::scale_by_power(d, -ed), ea - ed);
        }
    }

    Outcome blank_outcome() const {
        const auto k = static_cast<std::size_t>(B_.cols());
        return {Eigen::MatrixX<W>::Zero(A_.cols(), B_.cols()),
                std::vector<Status>(k, Status::not_converged),
                std::vector<Certificate>(k),
                0,
                {}};
    }

    /// b scaled by rows and by a common power of two, which is returned.
    int scaled_right(Eigen::Index k, const Buffer<int>& row, Buffer<W>& b) const {
        b.resize(static_cast<std::size_t>(B_.rows()));
        int top = std::numeric_limits<int>::min();
        for (std::size_t i = 0; i < b.size(); ++i)
            if (B_(static_cast<Eigen::Index>(i), k) != W{})
                top = std::max(top, detail::exponent_of(B_(static_cast<Eigen::Index>(i), k)) + row[i]);
        const int common = top == std::numeric_limits<int>::min() ? 0 : -top;
        for (std::size_t i = 0; i < b.size(); ++i)
            b[i] = detail::scale_by_power(B_(static_cast<Eigen::Index>(i), k), row[i] + common);
        return common;
    }

    /// Column k of x from the solution of the scaled system.
    void unscale(const Buffer<W>& x, const Buffer<int>& col, int common, Outcome& outcome, Eigen::Index k) const {
        for (std::size_t j = 0; j < x.size(); ++j)
            outcome.x(static_cast<Eigen::Index>(j), k) = detail::scale_by_power(x[j], col[j] - common);
    }

    /// How far column k of the outcome, rounded as it will be returned, is from the scaled solution x that it was
    /// unscaled from: ‖·‖∞ relative to x. Elements that fall below the normal numbers lose digits, or all.
    double lost_by_storing(const Buffer<W>& x, const Buffer<int>& col, int common, Outcome& outcome,
                           Eigen::Index k) const {
        if (single_) round_to_single(outcome.x, k);
        double largest = 0, difference = 0;
        for (std::size_t j = 0; j < x.size(); ++j) {
            const W stored = detail::scale_by_power(outcome.x(static_cast<Eigen::Index>(j), k), common - col[j]);
            largest = std::max(largest, std::abs(x[j]));
            difference = std::max(difference, std::abs(stored - x[j]));
        }
        return difference == 0 ? 0 : difference / largest;
    }

    struct Refined {
        Buffer<W> x;
        int steps = 0;
        double forward_error = Certificate::unknown;
        double first_correction = 0;
    };

    /// Iterative refinement of S x = b with residuals in twice the precision: stops when a correction no longer
    /// changes x and no row's residual shrinks any more, or when corrections do not shrink. `condition` bounds how much
    /// a correction can be wrong.
    Refined refine(const Csr<W>& S, const Buffer<W>& b, const detail::Inverse<W>& inverse, double condition) const {
        Refined result{Buffer<W>(b.size())};
        Buffer<W>& x = result.x;
        Buffer<W> r(b.size()), d(b.size()), best;
        inverse.apply(b, x);
        if (!all_finite(x)) return result;
        double previous = infinity, best_eta = infinity, previous_omega = infinity;
        const bool trusted = condition <= condition_limit;  // then ‖x − x̂‖ ≤ 2 ‖d‖
        for (int step = 0; step <= options_.max_refinements; ++step) {
            const detail::ResidualSums sums = detail::residual_sums<W>(S, x, b, r);
            const double eta = sums.eta(), omega = sums.omega;
            if (step > 0 && !(eta <= std::max(2 * best_eta, backward_error_limit / 10))) {
                x = best;  // the last correction made x worse
                break;
            }
            best_eta = std::min(best_eta, eta);
            inverse.apply(r, d);
            if (!all_finite(d)) break;
            const double size = norm_inf(x);
            const double correction = size > 0 ? norm_inf(d) / size : (norm_inf(d) > 0 ? infinity : 0);
            if (step == 0) result.first_correction = correction;
            const bool converged = correction <= unit_roundoff;
            if (converged || correction > previous / 2) {
                if (trusted && correction <= 8 * unit_roundoff && std::isnan(result.forward_error))
                    result.forward_error = 2 * (correction + unit_roundoff);
                // Small elements of x may still be wrong, which only the rows that they govern show.
                if (!converged || omega <= 4 * unit_roundoff || omega > previous_omega / 2) break;
            }
            if (step == options_.max_refinements) {
                if (trusted && correction < 0.1 && std::isnan(result.forward_error))
                    result.forward_error = 2 * correction;
                break;
            }
            best = x;
            axpy(W{1}, d, x);
            ++result.steps;
            const double rate = std::max(result.first_correction, 16 * condition * unit_roundoff);
            if (trusted && rate * correction <= unit_roundoff / 2 && omega <= backward_error_limit) {
                result.forward_error = 2 * (rate * correction + unit_roundoff);
                break;
            }
            previous = correction;
            previous_omega = omega;
        }
        return result;
    }

    /// Solves all right-hand sides with the factors of the scaled matrix S, and judges the answers against A.
    Outcome finish(const Csr<W>& S, const Equilibration& e, const detail::Inverse<W>& inverse) {
        stage("refine", 0.7);
        double condition = detail::condition_estimate<W>(S, inverse, false);
        bool examined = condition > 1e10;
        Outcome outcome = blank_outcome();
        Buffer<W> b;
        for (Eigen::Index k = 0; k < B_.cols(); ++k) {
            const int common = scaled_right(k, e.row, b);
            Refined refined = refine(S, b, inverse, condition);
            if (!examined && refined.first_correction > 1e-6) {  // the factors are worse than their condition says
                condition = detail::condition_estimate<W>(S, inverse, true);
                examined = true;
                if (condition > condition_limit) refined.forward_error = Certificate::unknown;
                if (k > 0) {  // the columns before were judged by the harmless estimate
                    k = -1;
                    continue;
                }
            }
            outcome.iterations = std::max(outcome.iterations, refined.steps);
            if (norm_inf(b) > 0) unscale(refined.x, e.col, common, outcome, k);
            const bool zero = norm_inf(b) == 0;
            judge(outcome, k, condition, zero ? 0 : refined.forward_error,
                  zero ? 0 : lost_by_storing(refined.x, e.col, common, outcome, k));
        }
        return outcome;
    }

    /// The one place that calls an answer solved.
    /// `lost`: the error of x, relative to its largest element when scaled, that storing it made.
    void judge(Outcome& outcome, Eigen::Index k, double condition, double forward_error, double lost) {
        if (k == 0) stage("check", 0.95);
        if (single_) round_to_single(outcome.x, k);
        const auto at = static_cast<std::size_t>(k);
        Certificate& c = outcome.certificates[at];
        const VectorView<W> x = column(outcome.x, k);
        c = certify(A_, x, column(B_, k));
        c.condition_estimate = condition;
        c.forward_error_bound = forward_error + std::max(lost, single_ ? 0x1p-24 : 0);

        Status& status = outcome.statuses[at];
        if (!all_finite(x)) {
            status = Status::not_finite;
            outcome.message = "the solution found is not representable: it has infinite or undefined elements";
            return;
        }
        const bool small_residual = c.relative_residual <= rtol_;
        // Where ‖A‖ ‖x‖ far exceeds ‖b‖, rounding x alone leaves a larger residual: then each equation must be met in
        // its own terms, which it is not when an element of x underflowed.
        const bool accurate =
            condition <= condition_limit && c.forward_error_bound <= rtol_ && c.componentwise_backward_error <= rtol_;
        if (!(c.backward_error <= eta_limit_) || !(small_residual || accurate)) {
            status = Status::not_converged;
            outcome.message = "the residual stays above the tolerance";
        } else if (condition <= condition_limit && c.forward_error_bound <= 0.1) {
            status = Status::solved;
        } else {
            status = Status::ill_conditioned;
            outcome.message = "the residual is small, but the condition estimate promises no correct digit";
        }
    }

    /// Through memory: GCC 12 drops a conversion of two doubles to float and back when it vectorises it.
    static double rounded_to_single(double a) {
        const volatile float rounded = static_cast<float>(a);
        return static_cast<double>(rounded);
    }
    static void round_to_single(Eigen::MatrixX<W>& x, Eigen::Index k) {
        for (Eigen::Index i = 0; i < x.rows(); ++i) {
            if constexpr (is_complex<W>)
                x(i, k) = W(rounded_to_single(x(i, k).real()), rounded_to_single(x(i, k).imag()));
            else
                x(i, k) = rounded_to_single(x(i, k));
        }
    }

    // ---- rank-deficient systems

    /// Exponents that bring the largest magnitude of every row near 1, columns as they are.
    Equilibration row_scaling() const {
        Equilibration e{Buffer<int>(static_cast<std::size_t>(A_.rows()), 0),
                        Buffer<int>(static_cast<std::size_t>(A_.cols()), 0)};
        for (std::size_t i = 0; i < e.row.size(); ++i) {
            const auto first = static_cast<std::size_t>(A_.indptr()[i]);
            const auto stop = static_cast<std::size_t>(A_.indptr()[i + 1]);
            e.row[i] = normalizing_exponent(A_.values().subview(first, stop - first));
        }
        return e;
    }

    /// QR of (D A)ᴴ, D a row scaling: its range is the row space of A, where solutions of least norm lie.
    Qr<W> row_space(const Equilibration& rows) {
        const Csr<W> conjugated = conjugate(scaled(A_, rows));
        Qr<W> factors(transposed_view(conjugated), {.max_memory_bytes = options_.max_memory_bytes});
        count(0, factors.statistics());
        return factors;
    }

    /// Singular square A: the least-norm solution when b lies in the range, else the least-norm minimiser.
    Outcome singular(const Csr<W>& S, const Equilibration& e, const Qr<W>& factors) {
        stage("refine", 0.6);
        const Qr<W> space = row_space(row_scaling());
        if (space.rank() != factors.rank())
            report_.warnings.push_back("the ranks of A and of its adjoint came out differently (" +
                                       std::to_string(factors.rank()) + " and " + std::to_string(space.rank()) +
                                       "): the rank is uncertain");
        Outcome outcome = blank_outcome();
        bool inconsistent = false;
        for (Eigen::Index k = 0; k < B_.cols(); ++k) {
            basic_solution(S, e, factors, k, outcome);
            const Eigen::VectorX<W> basic = outcome.x.col(k);
            project(space, outcome, k);
            judge_singular(outcome, k, e.col);
            if (outcome.statuses[static_cast<std::size_t>(k)] != Status::singular_consistent) {
                const Eigen::VectorX<W> projected = outcome.x.col(k);
                outcome.x.col(k) = basic;
                judge_singular(outcome, k, e.col);
                if (outcome.statuses[static_cast<std::size_t>(k)] == Status::singular_consistent)
                    report_.warnings.push_back("x is a basic solution, not the one of least norm");
                else
                    inconsistent = true;
            }
        }
        if (inconsistent) {  // least squares allows no row scaling, so factor once more
            const Equilibration columns = equilibrate_columns(A_);
            const Csr<W> C = scaled(A_, columns);
            const Qr<W> unweighted(to_csc(C), {.max_memory_bytes = options_.max_memory_bytes});
            count(0, unweighted.statistics());
            for (Eigen::Index k = 0; k < B_.cols(); ++k) {
                if (outcome.statuses[static_cast<std::size_t>(k)] == Status::singular_consistent) continue;
                basic_solution(C, columns, unweighted, k, outcome);
                project(space, outcome, k);
                judge_singular(outcome, k, e.col);
            }
        }
        return outcome;
    }

    /// Column k of x: the basic least-squares solution of the scaled system, refined.
    void basic_solution(const Csr<W>& S, const Equilibration& e, const Qr<W>& factors, Eigen::Index k,
                        Outcome& outcome) {
        Buffer<W> b, x(static_cast<std::size_t>(A_.cols())), d(x.size());
        const int common = scaled_right(k, e.row, b);
        Buffer<W> r(b.size());
        factors.least_squares(b, x);
        for (int step = 0; step < std::min(2, options_.max_refinements); ++step) {
            residual(S, x, b, r);
            factors.least_squares(r, d);
            if (!all_finite(d) || !(norm_inf(d) <= norm_inf(x) / 2)) break;
            axpy(W{1}, d, x);
            outcome.iterations = std::max(outcome.iterations, step + 1);
        }
        unscale(x, e.col, common, outcome, k);
    }

    static void project(const Qr<W>& space, Outcome& outcome, Eigen::Index k) {
        space.project_onto_range(VectorRef<W>(outcome.x.col(k).data(), static_cast<std::size_t>(outcome.x.rows())));
    }

    /// Whether x meets every equation by itself: |r|ᵢ ≤ tolerance · (‖aᵢ‖₁ ‖x‖∞ + |b|ᵢ), in the caller's unknowns and
    /// in those scaled by 2^-col. A small ‖r‖ / ‖b‖ alone would accept 0 · x = 1 beside an equation with a large
    /// right-hand side.
    bool meets_every_row(const Outcome& outcome, Eigen::Index k, const Buffer<int>& col) const {
        const VectorView<W> x = column(outcome.x, k), b = column(B_, k);
        if (!all_finite(x)) return false;
        Buffer<W> r(b.size());
        residual(A_, x, b, VectorRef<W>(r));
        const auto size = [](W a) {
            return std::hypot(static_cast<long double>(std::real(a)), static_cast<long double>(std::imag(a)));
        };
        long double largest = 0, largest_scaled = 0;
        for (std::size_t j = 0; j < x.size(); ++j) {
            largest = std::max(largest, size(x[j]));
            largest_scaled = std::max(largest_scaled, std::ldexp(size(x[j]), -col[j]));
        }
        const double tolerance = std::max(rtol_, eta_limit_);
        for (std::size_t i = 0; i < b.size(); ++i) {
            long double row = 0, row_scaled = 0;
            for (Offset p = A_.indptr()[i]; p < A_.indptr()[i + 1]; ++p) {
                const long double a = size(A_.values()[static_cast<std::size_t>(p)]);
                row += a;
                row_scaled += std::ldexp(a, col[static_cast<std::size_t>(A_.indices()[static_cast<std::size_t>(p)])]);
            }
            if (!(size(r[i]) <= tolerance * (std::min(row * largest, row_scaled * largest_scaled) + size(b[i]))))
                return false;
        }
        return true;
    }

    void judge_singular(Outcome& outcome, Eigen::Index k, const Buffer<int>& col) {
        if (single_) round_to_single(outcome.x, k);
        const auto at = static_cast<std::size_t>(k);
        Certificate& c = outcome.certificates[at];
        c = certify(A_, column(outcome.x, k), column(B_, k));
        c.condition_estimate = infinity;
        const bool consistent = c.relative_residual <= rtol_ && meets_every_row(outcome, k, col);
        outcome.statuses[at] = consistent ? Status::singular_consistent : Status::singular_inconsistent;
        outcome.message = "A has numerical rank " + std::to_string(*report_.rank) + " of " + std::to_string(A_.rows()) +
                          (consistent ? "; b lies in its range" : "; b does not lie in its range");
    }

    // ---- rectangular systems

    void rectangular() {
        const bool tall = A_.rows() > A_.cols();
        detail::require(options_.method == Method::automatic || options_.method == Method::qr,
                        "solve: " + std::string(name(options_.method)) + " needs a square matrix, found " +
                            std::to_string(A_.rows()) + " x " + std::to_string(A_.cols()) +
                            "; qr solves least squares");
        report_.reasons.push_back(tall ? "more rows than columns: least squares"
                                       : "more columns than rows: solution of least norm");
        report_.method = name(Method::qr);
        const auto start = Clock::now();
        Attempt attempt{.method = report_.method};
        Outcome outcome;
        try {
            stage("factor", 0.1);
            outcome = tall ? least_squares() : least_norm();
            attempt.status = *std::max_element(outcome.statuses.begin(), outcome.statuses.end(),
                                               [](Status a, Status b) { return badness(a) < badness(b); });
            attempt.detail = outcome.message;
        } catch (const LimitExceeded& error) {
            attempt.status = Status::limit_exceeded;
            attempt.detail = error.what();
        } catch (const OutOfMemory& error) {
            attempt.status = Status::limit_exceeded;
            attempt.detail = error.what();
        }
        attempt.seconds = seconds_since(start);
        report_.attempts.push_back(attempt);
        report_.message = attempt.detail;
        if (outcome.statuses.empty()) return all_statuses(attempt.status);
        x_ = std::move(outcome.x);
        statuses_ = std::move(outcome.statuses);
        certificates_ = std::move(outcome.certificates);
        report_.iterations = outcome.iterations;
    }

    /// Tall A. Column scaling leaves the minimiser what it is, when it is unique.
    Outcome least_squares() {
        const Equilibration e = equilibrate_columns(A_);
        const Csr<W> S = scaled(A_, e);
        const Qr<W> factors(to_csc(S), {.max_memory_bytes = options_.max_memory_bytes});
        count(0, factors.statistics());
        set_rank(factors.rank());
        if (factors.rank() < A_.cols()) return deficient(S, e, factors);

        stage("refine", 0.7);
        const double condition = least_squares_condition(S, factors);
        Outcome outcome = blank_outcome();
        for (Eigen::Index k = 0; k < B_.cols(); ++k) {
            Buffer<W> b;
            const int common = scaled_right(k, e.row, b);
            Buffer<W> x = refined_least_squares(S, b, factors, outcome.iterations);
            unscale(x, e.col, common, outcome, k);
            scale_again(outcome, k, e.col, common, x);
            judge_least_squares(outcome, k, S, x, b, &factors, condition);
        }
        return outcome;
    }

    /// κ of a matrix of full column rank: √(‖S‖₁ ‖S‖∞ ‖(SᴴS)⁻¹‖₁).
    double least_squares_condition(const Csr<W>& S, const Qr<W>& factors) const {
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
    Buffer<W> refined_least_squares(const Csr<W>& S, const Buffer<W>& b, const Qr<W>& factors, int& iterations) const {
        const Csr<W> adjoint_of_S = adjoint(S);
        const std::size_t m = b.size(), n = static_cast<std::size_t>(S.cols());
        const Buffer<W> zero(n, W{});
        Buffer<W> x(n), r(m), f(m), g(n), h(m), dx(n);
        factors.least_squares(b, x);
        residual(S, x, b, r);
        double previous = infinity;
        for (int step = 0; step < std::min(4, options_.max_refinements); ++step) {
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
    void scale_again(Outcome& outcome, Eigen::Index k, const Buffer<int>& col, int common, Buffer<W>& x) const {
        if (single_) round_to_single(outcome.x, k);
        for (std::size_t j = 0; j < x.size(); ++j)
            x[j] = detail::scale_by_power(outcome.x(static_cast<Eigen::Index>(j), k), common - col[j]);
    }

    /// S x ≈ b is the column-scaled system that x was found in; the certificate is about A, x of the outcome and B.
    void judge_least_squares(Outcome& outcome, Eigen::Index k, const Csr<W>& S, const Buffer<W>& x, const Buffer<W>& b,
                             const Qr<W>* factors, double condition) {
        if (k == 0) stage("check", 0.95);
        if (single_) round_to_single(outcome.x, k);
        const auto at = static_cast<std::size_t>(k);
        Certificate& c = outcome.certificates[at];
        c = certify(A_, column(outcome.x, k), column(B_, k));
        c.condition_estimate = condition;
        Status& status = outcome.statuses[at];
        if (!all_finite(column(outcome.x, k))) {
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
        c.backward_error = single_ ? std::max(eta, 0x1p-24) : eta;

        // Higham, Accuracy and Stability, theorem 20.1 (Wedin)
        const double epsilon = std::max(c.backward_error, unit_roundoff);
        const double amplified = condition * epsilon;
        const double size = norm * x_norm;
        c.forward_error_bound = amplified < 0.5 && size > 0
                                    ? amplified / (1 - amplified) * (2 + (condition + 1) * r_norm / size)
                                    : (norm_inf(b) == 0 ? 0 : Certificate::unknown);
        if (!(c.backward_error <= eta_limit_)) {
            status = Status::not_converged;
            outcome.message = "the gradient of the least-squares residual stays above the tolerance";
        } else if (condition <= condition_limit && (c.forward_error_bound <= 0.1 || size == 0)) {
            status = Status::solved;
        } else {
            status = Status::ill_conditioned;
            outcome.message = "the residual is minimal, but the condition estimate promises no correct digit of x";
        }
    }

    /// Wide A: x = Q R⁻ᴴ b from the QR of (D A)ᴴ; row scaling changes neither the solutions nor their norms.
    Outcome least_norm() {
        const Equilibration e = row_scaling();
        const Qr<W> space = row_space(e);
        set_rank(space.rank());
        if (space.rank() < A_.rows()) {
            const Equilibration columns = equilibrate_columns(A_);
            const Csr<W> S = scaled(A_, columns);
            const Qr<W> factors(to_csc(S), {.max_memory_bytes = options_.max_memory_bytes});
            count(0, factors.statistics());
            return deficient(S, columns, factors);
        }
        stage("refine", 0.7);
        const Csr<W> S = scaled(A_, e);
        const double condition = least_squares_condition(adjoint(S), space);
        Outcome outcome = blank_outcome();
        Buffer<W> b, x(static_cast<std::size_t>(A_.cols())), d(x.size());
        for (Eigen::Index k = 0; k < B_.cols(); ++k) {
            const int common = scaled_right(k, e.row, b);
            Buffer<W> r(b.size());
            space.adjoint_minimum_norm(b, x);
            double correction = 0, previous = infinity;
            for (int step = 0; step < options_.max_refinements; ++step) {  // corrections stay in the row space
                residual(S, x, b, r);
                space.adjoint_minimum_norm(r, d);
                correction = norm2(x) > 0 ? norm2(d) / norm2(x) : 0;
                if (!all_finite(d) || !(correction < previous / 2)) break;
                axpy(W{1}, d, x);
                outcome.iterations = std::max(outcome.iterations, step + 1);
                if (correction <= unit_roundoff) break;
                previous = correction;
            }
            unscale(x, e.col, common, outcome, k);
            // Besides the residual, x must be in the row space to be the solution of least norm.
            Buffer<W> projected = x;
            space.project_onto_range(projected);
            axpy(W{-1}, x, projected);
            const double outside = norm2(x) > 0 ? norm2(projected) / norm2(x) : 0;
            const bool trusted = condition <= condition_limit;
            judge(outcome, k, condition,
                  trusted && outside <= 1e-12 ? 2 * (correction + unit_roundoff) + 2 * condition * unit_roundoff
                                              : Certificate::unknown,
                  lost_by_storing(x, e.col, common, outcome, k));
        }
        return outcome;
    }

    /// Rectangular A of deficient rank: the minimiser of least norm. S = A C and its QR.
    Outcome deficient(const Csr<W>& S, const Equilibration& e, const Qr<W>& factors) {
        stage("refine", 0.6);
        const Qr<W> space = row_space(row_scaling());
        set_rank(factors.rank());
        if (space.rank() != factors.rank())
            report_.warnings.push_back("the ranks of A and of its adjoint came out differently (" +
                                       std::to_string(factors.rank()) + " and " + std::to_string(space.rank()) +
                                       "): the rank is uncertain");
        Outcome outcome = blank_outcome();
        for (Eigen::Index k = 0; k < B_.cols(); ++k) {
            const auto at = static_cast<std::size_t>(k);
            basic_solution(S, e, factors, k, outcome);
            project(space, outcome, k);
            Buffer<W> b, x(static_cast<std::size_t>(A_.cols()));
            const int common = scaled_right(k, e.row, b);
            scale_again(outcome, k, e.col, common, x);
            judge_least_squares(outcome, k, S, x, b, &factors, infinity);
            Status& status = outcome.statuses[at];
            if (!has_answer(status)) continue;
            status = outcome.certificates[at].relative_residual <= rtol_ && meets_every_row(outcome, k, e.col)
                         ? Status::singular_consistent
                         : Status::ill_conditioned;
            outcome.message = "A has numerical rank " + std::to_string(factors.rank()) + " of " +
                              std::to_string(std::min(A_.rows(), A_.cols())) + ": x is the " +
                              (status == Status::singular_consistent ? "solution" : "least-squares solution") +
                              " of least norm at that rank";
        }
        return outcome;
    }

    void summarize() {
        report_.status = statuses_.empty() ? Status::solved : statuses_.front();
        for (const Status status : statuses_)
            if (badness(status) > badness(report_.status)) report_.status = status;
        if (!certificates_.empty()) report_.certificate = certificates_.front();
        for (const Certificate& c : certificates_) report_.certificate = worse(report_.certificate, c);
        if (report_.status == Status::solved) report_.message.clear();
        if (report_.status == Status::ill_conditioned || report_.status == Status::singular_consistent)
            report_.warnings.push_back(report_.message);
    }

    CsrView<W> A_;
    const Eigen::MatrixX<W>& B_;
    const SolveOptions& options_;
    bool single_;
    double rtol_, eta_limit_;
    Structure structure_;
    bool evenly_scaled_ = false;  // no entry of the matrix that LU saw was so small that another scaling could matter
    Eigen::MatrixX<W> x_;
    std::vector<Status> statuses_;
    std::vector<Certificate> certificates_;
    SolveReport report_;
};

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

    MultiSolution<T> solution;
    const Eigen::MatrixX<W> right = B.template cast<W>();
    const auto execute = [&](const CsrView<W>& working) {
        Run<W> run(working, right, options, !std::same_as<T, W>);
        run.run();
        solution.x = run.x().template cast<T>();
        solution.report = std::move(run.report());
        solution.statuses = std::move(run.statuses());
        solution.certificates = std::move(run.certificates());
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
