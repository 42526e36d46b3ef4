// SPDX-License-Identifier: BSD-3-Clause
// The statuses of answers: computed from the answer and the caller's own A and b.
#include <algorithm>
#include <cmath>

#include "ritz/core/vector_operations.hpp"
#include "solvers/solve/system.hpp"

namespace ritz::solving {

template <Scalar W>
void judge(System<W>& system, Outcome<W>& outcome, Eigen::Index k, double condition, double forward_error,
           double lost) {
    round_as_stored(system, outcome.x, k);
    const auto at = static_cast<std::size_t>(k);
    Certificate& c = outcome.certificates[at];
    const VectorView<W> x = column(std::as_const(outcome.x), k);
    c = certify(system.A, x, column(system.B, k));
    c.condition_estimate = condition;
    c.forward_error_bound = forward_error + std::max(lost, system.single ? 0x1p-24 : 0);

    Status& status = outcome.statuses[at];
    if (!all_finite(x)) {
        status = Status::not_finite;
        outcome.message = "the solution found is not representable: it has infinite or undefined elements";
        return;
    }
    const bool small_residual = c.relative_residual <= system.rtol;
    // Where ‖A‖ ‖x‖ far exceeds ‖b‖, rounding x alone leaves a larger residual: then each equation must be met in its
    // own terms, which it is not when an element of x underflowed.
    const bool accurate = condition <= condition_limit && c.forward_error_bound <= system.rtol &&
                          c.componentwise_backward_error <= system.rtol;
    if (!(c.backward_error <= system.eta_limit) || !(small_residual || accurate)) {
        status = Status::not_converged;
        outcome.message = "the residual stays above the tolerance";
    } else if (condition <= condition_limit && c.forward_error_bound <= 0.1) {
        status = Status::solved;
    } else {
        status = Status::ill_conditioned;
        outcome.message = "the residual is small, but the condition estimate promises no correct digit";
    }
}

template <Scalar W>
bool meets_every_row(const System<W>& system, const Outcome<W>& outcome, Eigen::Index k, const Buffer<int>& col,
                     double tolerance) {
    const CsrView<W>& A = system.A;
    const VectorView<W> x = column(std::as_const(outcome.x), k), b = column(system.B, k);
    if (!all_finite(x)) return false;
    Buffer<W> r(b.size());
    residual(A, x, b, VectorRef<W>(r));
    const auto size = [](W a) {
        return std::hypot(static_cast<long double>(std::real(a)), static_cast<long double>(std::imag(a)));
    };
    long double largest = 0, largest_scaled = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
        largest = std::max(largest, size(x[j]));
        largest_scaled = std::max(largest_scaled, std::ldexp(size(x[j]), -col[j]));
    }
    for (std::size_t i = 0; i < b.size(); ++i) {
        long double row = 0, row_scaled = 0;
        for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p) {
            const long double a = size(A.values()[static_cast<std::size_t>(p)]);
            row += a;
            row_scaled += std::ldexp(a, col[static_cast<std::size_t>(A.indices()[static_cast<std::size_t>(p)])]);
        }
        if (!(size(r[i]) <= tolerance * (std::min(row * largest, row_scaled * largest_scaled) + size(b[i]))))
            return false;
    }
    return true;
}

namespace {

/// ‖Aᴴ r‖ / (‖A‖_F ‖r‖) of the caller's own A, b and x; 0 where r is.
template <Scalar W>
double normal_residual(const System<W>& system, VectorView<W> x, VectorView<W> b) {
    Buffer<W> r(b.size()), s(x.size());
    residual(system.A, x, b, VectorRef<W>(r));
    const double r_norm = norm2(r), A_norm = norm2(system.A.values());
    if (r_norm == 0 || A_norm == 0) return 0;
    for (W& element : r) element /= r_norm;  // so that nothing over- or underflows
    system.A.apply_adjoint(r, s);
    return norm2(s) / A_norm;
}

}  // namespace

template <Scalar W>
void judge_iterative(System<W>& system, Outcome<W>& outcome, Eigen::Index k, const Buffer<int>& col, bool converged,
                     double condition) {
    round_as_stored(system, outcome.x, k);
    const auto at = static_cast<std::size_t>(k);
    Certificate& c = outcome.certificates[at];
    const VectorView<W> x = column(std::as_const(outcome.x), k);
    c = certify(system.A, x, column(system.B, k));
    Status& status = outcome.statuses[at];
    if (!all_finite(x)) {
        status = Status::not_finite;
        outcome.message = "the solution found is not representable: it has infinite or undefined elements";
        return;
    }
    // Rounding x to single precision may leave a residual of ‖A‖ ‖x‖ 2^-24, which is no fault of the method.
    const bool small_residual =
        c.relative_residual <= system.rtol || (system.single && converged && c.backward_error <= system.eta_limit);
    status = Status::not_converged;
    if (!converged) return;
    // Five digits in every equation are enough to see that none is overlooked.
    const double in_each_row = std::clamp(1e3 * system.rtol, 1e-12, 1e-3);
    if (small_residual) {
        if (meets_every_row(system, outcome, k, col, in_each_row)) status = Status::solved;
    } else if (system.A.rows() > system.A.cols()) {
        const double normal = normal_residual(system, x, column(system.B, k));
        if (!(normal <= std::min(system.rtol, system.single ? 1e-6 : 1e-10))) return;
        c.backward_error = normal;
        // The gradient vanishes to `normal`; what that says of x is as much as the condition lets through.
        status = normal * condition <= 1e-2 ? Status::solved : Status::ill_conditioned;
        if (status == Status::ill_conditioned)
            outcome.message = "Aᴴ(b − A x) is as good as zero, but A's condition is so large that x may be wrong";
    }
}

template <Scalar W>
void judge_singular(System<W>& system, Outcome<W>& outcome, Eigen::Index k, const Buffer<int>& col) {
    round_as_stored(system, outcome.x, k);
    const auto at = static_cast<std::size_t>(k);
    Certificate& c = outcome.certificates[at];
    c = certify(system.A, column(std::as_const(outcome.x), k), column(system.B, k));
    c.condition_estimate = infinity;
    // A null space is found to rounding; b is in the range when x is as good a solution as that allows.
    const double eta_limit = std::max(system.eta_limit, 1e-10);
    const bool consistent = c.relative_residual <= system.rtol && c.backward_error <= eta_limit &&
                            meets_every_row(system, outcome, k, col, std::max(system.rtol, system.eta_limit));
    outcome.statuses[at] = consistent ? Status::singular_consistent : Status::singular_inconsistent;
    outcome.message = "A has numerical rank " + std::to_string(*system.report.rank) + " of " +
                      std::to_string(system.A.rows()) +
                      (consistent ? "; b lies in its range" : "; b does not lie in its range");
}

#define INSTANTIATE(W)                                                                                      \
    template void judge(System<W>&, Outcome<W>&, Eigen::Index, double, double, double);                     \
    template void judge_iterative(System<W>&, Outcome<W>&, Eigen::Index, const Buffer<int>&, bool, double); \
    template void judge_singular(System<W>&, Outcome<W>&, Eigen::Index, const Buffer<int>&);                \
    template bool meets_every_row(const System<W>&, const Outcome<W>&, Eigen::Index, const Buffer<int>&, double);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::solving
