// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/solve/refinement.hpp"

#include <algorithm>
#include <cmath>

#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/reductions.hpp"
#include "solvers/certificate.hpp"
#include "solvers/norm_estimator.hpp"

namespace ritz::solving {

using detail::harmless_condition;
using detail::NormEstimator;
using detail::ResidualSums;

namespace {

/// Iterative refinement of S x = b with residuals in twice the precision, as a machine that asks for S⁻¹ times its
/// vector: first b, then residuals. It stops when a correction no longer changes x and no row's residual shrinks any
/// more, or when corrections do not shrink; and early, once the condition is known, when that bounds what the next
/// correction could be.
template <Scalar W>
class Refinement {
public:
    Refinement(const CsrView<W>& S, Buffer<W> b, int most_steps)
        : S_(S), b_(std::move(b)), r_(b_), most_steps_(most_steps) {}

    bool done() const noexcept { return end_ != End::open; }
    /// Good enough unless the condition turns out to be bad: nothing is asked for until `know` has told it.
    bool waiting() const noexcept { return waiting_; }
    VectorView<W> request() const noexcept { return r_; }

    /// A bound on the condition of S, once there is one.
    void know(double condition) {
        if (end_ != End::open || steps_ == 0) return;
        const double rate = std::max(first_correction_, 16 * condition * unit_roundoff);
        if (condition <= condition_limit && could_end(rate))
            end_ = End::early;
        else if (waiting_)
            measure();
        waiting_ = false;
    }

    void accept(VectorView<W> d) {
        if (!started_) {
            started_ = true;
            x_.assign(d.begin(), d.end());
            if (!all_finite(d)) end_ = End::not_finite;
        } else if (!correct(d)) {
            return;
        }
        waiting_ = end_ == End::open && steps_ > 0 && could_end(first_correction_);
        if (end_ == End::open && !waiting_) measure();
    }

    const Buffer<W>& x() const noexcept { return x_; }
    int steps() const noexcept { return steps_; }
    double first_correction() const noexcept { return first_correction_; }

    /// ‖x − x̂‖ / ‖x‖ in the max norm of the scaled system; NaN when nothing is known of it.
    double forward_error(double condition) const {
        if (!(condition <= condition_limit)) return Certificate::unknown;  // else ‖x − x̂‖ ≤ 2 ‖d‖
        switch (end_) {
            case End::early: {
                const double rate = std::max(first_correction_, 16 * condition * unit_roundoff);
                return 2 * (rate * correction_ + unit_roundoff);
            }
            case End::settled:
                return settled_at_ <= 8 * unit_roundoff ? 2 * (settled_at_ + unit_roundoff) : Certificate::unknown;
            case End::steps_over:
                if (settled_at_ <= 8 * unit_roundoff) return 2 * (settled_at_ + unit_roundoff);
                return correction_ < 0.1 ? 2 * correction_ : Certificate::unknown;
            default:
                return Certificate::unknown;
        }
    }

private:
    enum class End { open, settled, early, steps_over, worse, not_finite };

    /// The next correction would be at most rate · correction.
    bool could_end(double rate) const noexcept {
        return rate * correction_ <= unit_roundoff / 2 && omega_ <= backward_error_limit;
    }

    /// r ← b − S x, and whether the last correction made x worse.
    void measure() {
        const ResidualSums sums = detail::residual_sums<W>(S_, x_, b_, r_);
        const double eta = sums.eta();
        omega_now_ = sums.omega;
        if (steps_ > 0 && !(eta <= std::max(2 * best_eta_, backward_error_limit / 10))) {
            x_ = best_;
            end_ = settled_at_ <= 8 * unit_roundoff ? End::settled : End::worse;
            return;
        }
        best_eta_ = std::min(best_eta_, eta);
    }

    /// d = S⁻¹ r. True when x was changed.
    bool correct(VectorView<W> d) {
        if (!all_finite(d)) {
            end_ = End::worse;
            return false;
        }
        const double size = norm_inf(x_), change = norm_inf(d);
        const double correction = size > 0 ? change / size : (change > 0 ? infinity : 0);
        if (steps_ == 0) first_correction_ = correction;
        const bool converged = correction <= unit_roundoff;
        if (converged || correction > previous_ / 2) {
            if (std::isinf(settled_at_)) settled_at_ = correction;
            // Small elements of x may still be wrong, which only the rows that they govern show.
            if (!converged || omega_now_ <= 4 * unit_roundoff || omega_now_ > previous_omega_ / 2) {
                end_ = End::settled;
                return false;
            }
        }
        if (steps_ == most_steps_) {
            correction_ = correction;
            end_ = End::steps_over;
            return false;
        }
        best_ = x_;
        axpy(W{1}, d, VectorRef<W>(x_));
        ++steps_;
        correction_ = correction;
        omega_ = omega_now_;
        previous_ = correction;
        previous_omega_ = omega_now_;
        return true;
    }

    CsrView<W> S_;
    Buffer<W> b_, r_, x_, best_;
    int most_steps_, steps_ = 0;
    bool started_ = false, waiting_ = false;
    End end_ = End::open;
    double first_correction_ = 0, correction_ = infinity, previous_ = infinity, settled_at_ = infinity;
    double best_eta_ = infinity, omega_now_ = 0, omega_ = infinity, previous_omega_ = infinity;
};

/// κ₁(S), by products with S⁻¹ that others share. A matrix with the signs of an M-matrix is one if y = S⁻ᵀ e and Sᵀ y
/// are positive, and then ‖S⁻¹‖₁ ≤ max y / min Sᵀy: a bound that one product proves. Otherwise the norm estimator. \ref
/// A. Berman and R. J. Plemmons, Nonnegative Matrices in the Mathematical Sciences, SIAM 1994, theorem 6.2.3 (I27).
template <Scalar W>
class Condition {
public:
    Condition(const CsrView<W>& S, bool signs_of_an_m_matrix)
        : S_(S),
          norm_(norm1(S)),
          estimator_(S.rows(), norm_ > 0 ? plainly_harmless / norm_ : 0),
          proving_(!is_complex<W> && signs_of_an_m_matrix) {
        if (S.rows() == 0) value_ = 1;
    }

    bool done() const noexcept { return value_.has_value(); }
    double value() const noexcept { return value_.value_or(infinity); }
    Transpose wants() const noexcept { return proving_ ? Transpose::adjoint : estimator_.wants(); }
    Eigen::Index columns() const noexcept { return proving_ ? 1 : estimator_.columns(); }
    void request(Eigen::Ref<Eigen::MatrixX<W>> X) const {
        if (proving_)
            X.setOnes();
        else
            estimator_.request(X);
    }
    void accept(const Eigen::Ref<const Eigen::MatrixX<W>>& products) {
        if (proving_) {
            proving_ = false;
            prove(products);
            return;
        }
        estimator_.accept(products);
        if (estimator_.done()) value_ = std::isfinite(estimator_.estimate()) ? norm_ * estimator_.estimate() : infinity;
    }

    /// Looks at the direction that S⁻¹ enlarges most.
    void examine(const Factors<W>& factors) {
        if (proved_ || !done() || std::isinf(*value_)) return;
        value_ = detail::examined_condition<W>(S_, norm_, *value_, estimator_.largest(), factors.inverse());
    }

private:
    void prove(const Eigen::Ref<const Eigen::MatrixX<W>>& y) {
        if constexpr (!is_complex<W>) {
            Eigen::VectorX<W> image(y.rows());
            S_.apply_adjoint(VectorView<W>(y.data(), static_cast<std::size_t>(y.rows())), image);
            const double low = image.minCoeff(), high = y.maxCoeff();
            // Sᵀy = e but for rounding, which stays below 1/2 where the bound itself is harmless.
            if (y.minCoeff() > 0 && low > 0.5 && norm_ * high <= harmless_condition &&
                norm_ * high * unit_roundoff * S_.rows() <= 0.1) {
                value_ = norm_ * high / low;
                proved_ = true;
            }
        }
    }

    /// Where three times as much would change nothing either, the search for a local maximum ends early.
    static constexpr double plainly_harmless = 1e7;

    CsrView<W> S_;
    double norm_;
    NormEstimator<W> estimator_;
    bool proving_, proved_ = false;
    std::optional<double> value_;
};

constexpr Eigen::Index block_columns = 16;

/// Gives every open refinement, and the condition as long as it wants, what they ask for.
template <Scalar W>
void run(std::vector<Refinement<W>>& refinements, Condition<W>& condition, const Factors<W>& factors) {
    Eigen::MatrixX<W> X;
    while (true) {
        const bool adjoint = !condition.done() && condition.wants() == Transpose::adjoint && !factors.hermitian;
        std::vector<Refinement<W>*> open;
        for (Refinement<W>& refinement : refinements) {
            if (condition.done()) refinement.know(condition.value());
            if (!refinement.done() && !refinement.waiting()) open.push_back(&refinement);
        }
        if (open.empty() && condition.done()) return;

        const auto vectors = static_cast<Eigen::Index>(open.size());
        const Eigen::Index extra = condition.done() ? 0 : condition.columns();
        const auto n = static_cast<Eigen::Index>(refinements.empty() ? 0 : refinements.front().request().size());
        if (adjoint) {
            X = Eigen::MatrixX<W>(n, extra);
            condition.request(X);
            condition.accept(factors.solve(X, Transpose::adjoint));
            if (condition.done()) continue;  // what is known now may save the others a pass
        }
        const bool together = !adjoint && extra > 0;
        if (vectors == 0 && !together) continue;
        X = Eigen::MatrixX<W>(n, vectors + (together ? extra : 0));
        for (Eigen::Index k = 0; k < vectors; ++k) {
            const VectorView<W> v = open[static_cast<std::size_t>(k)]->request();
            std::copy(v.begin(), v.end(), X.col(k).data());
        }
        if (together) condition.request(X.rightCols(extra));
        const Eigen::MatrixX<W> Y = factors.solve(X, Transpose::none);
        for (Eigen::Index k = 0; k < vectors; ++k) open[static_cast<std::size_t>(k)]->accept(column(Y, k));
        if (together) condition.accept(Y.rightCols(extra));
    }
}

}  // namespace

template <Scalar W>
Outcome<W> finish(System<W>& system, const CsrView<W>& S, const Equilibration& e, const Factors<W>& factors) {
    system.stage("refine", 0.7);
    const Eigen::Index columns = system.B.cols();
    Outcome<W> outcome(system.A.cols(), columns);
    Condition<W> condition(S, system.structure.l_matrix);
    std::vector<double> forward_errors(static_cast<std::size_t>(columns)), lost(forward_errors.size());
    std::vector<int> common(forward_errors.size());
    bool examined = false;
    double worst_first = 0;
    for (Eigen::Index first = 0; first < columns; first += block_columns) {
        std::vector<Refinement<W>> block;
        for (Eigen::Index k = first; k < std::min(columns, first + block_columns); ++k) {
            Buffer<W> b(static_cast<std::size_t>(S.rows()));
            common[static_cast<std::size_t>(k)] = scaled_right<W>(system.B, k, e.row, b);
            block.emplace_back(S, std::move(b), system.options.max_refinements);
        }
        run(block, condition, factors);
        for (const Refinement<W>& refinement : block)
            worst_first = std::max(worst_first, refinement.first_correction());
        // The factors may be worse than their condition says.
        if (!examined && (condition.value() > harmless_condition || worst_first > 1e-6)) {
            condition.examine(factors);
            examined = true;
        }
        for (Eigen::Index k = first; k < std::min(columns, first + block_columns); ++k) {
            const auto at = static_cast<std::size_t>(k);
            const Refinement<W>& refinement = block[static_cast<std::size_t>(k - first)];
            outcome.iterations = std::max(outcome.iterations, refinement.steps());
            const bool zero = norm_inf(column(system.B, k)) == 0;
            if (zero) continue;
            unscale<W>(refinement.x(), e.col, common[at], outcome.x, k);
            round_as_stored(system, outcome.x, k);
            lost[at] = lost_by_storing<W>(refinement.x(), e.col, common[at], outcome.x, k);
            forward_errors[at] = refinement.forward_error(condition.value());
        }
    }
    system.stage("check", 0.95);
    for (Eigen::Index k = 0; k < columns; ++k) {
        const auto at = static_cast<std::size_t>(k);
        // Columns before the one that made the factors suspicious were told too good a condition.
        const double forward_error = condition.value() <= condition_limit ? forward_errors[at] : Certificate::unknown;
        const bool zero = norm_inf(column(system.B, k)) == 0;
        judge(system, outcome, k, condition.value(), zero ? 0 : forward_error, lost[at]);
    }
    return outcome;
}

#define INSTANTIATE(W) \
    template Outcome<W> finish(System<W>&, const CsrView<W>&, const Equilibration&, const Factors<W>&);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::solving
