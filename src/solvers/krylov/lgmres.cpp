// SPDX-License-Identifier: BSD-3-Clause
#include <deque>

#include "core/instantiate.hpp"
#include "solvers/krylov/basis.hpp"
#include "solvers/krylov/hessenberg.hpp"
#include "solvers/krylov/methods.hpp"
#include "solvers/krylov/shadow.hpp"

namespace ritz::iterative {

/// Cycles of GMRES in a Krylov space and the steps z of the last few cycles, whose images K z are known from the cycle
/// that made them: they cost no product.
/// \ref A. H. Baker, E. R. Jessup and T. Manteuffel, SIAM J. Matrix Anal. Appl. 26 (2005) 962, fig. 1.
template <Scalar T>
Ending lgmres(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    const std::size_t n = run.n();
    const std::size_t m = std::min(static_cast<std::size_t>(run.options().restart), n);
    const std::size_t kept = std::min(static_cast<std::size_t>(run.options().recycle), m - 1);
    Sided<T> side(run, r);
    Basis<T> V(n, m + 1);
    Buffer<T> hat, sum(n);
    struct Step {
        Buffer<T> z, image;  // a step of x, of norm 1, and K of it
    };
    std::deque<Step> steps;
    std::vector<T> h(m + 1);

    for (;;) {
        const auto beta = static_cast<double>(norm2(r));
        if (const auto end = side.hopeless(beta)) return *end;
        const auto inverse = static_cast<Real<T>>(1 / beta);
        detail::sweep(n, [inverse, v = V[0].data(), r = r.data()](std::size_t i) { v[i] = inverse * r[i]; });
        HessenbergSolver<T> least_squares(m, beta);
        const std::size_t krylov = m - steps.size();
        std::vector<const Step*> used;  // of the columns behind the Krylov ones
        bool stop = false, invariant = false;
        for (std::size_t column = 0; column < m && !stop && !invariant; ++column) {
            const std::size_t j = least_squares.size();
            const VectorRef<T> w = V[j + 1];
            const Step* const earlier = column < krylov ? nullptr : &steps[column - krylov];
            if (earlier)
                std::copy(earlier->image.begin(), earlier->image.end(), w.begin());
            else
                side.apply(side.step_of(V[j], hat), w);
            const auto length = static_cast<double>(norm2(w));
            std::fill(h.begin(), h.end(), T{0});
            const double next = V.orthogonalise(j + 1, w, h.data());
            if (!std::isfinite(next)) {
                run.step(next);
                return {Status::not_finite, "A v is not finite"};
            }
            const bool dependent = next <= 10 * roundoff<T> * length;
            if (earlier && dependent) continue;  // the Krylov space has it already
            invariant = dependent;
            if (earlier) used.push_back(earlier);
            const double residual = least_squares.append(h.data(), invariant ? 0 : next);
            stop = run.step(side.told(residual));
            if (!invariant) scale(static_cast<T>(static_cast<Real<T>>(1 / next)), w);
        }

        // The step: the Krylov part, through M⁻¹ if that stands on the right, and earlier steps as they are.
        const std::size_t k = least_squares.regular();
        const std::vector<T> y = least_squares.solution(k);
        const std::size_t from_krylov = std::min(k, least_squares.size() - used.size());
        std::fill(sum.begin(), sum.end(), T{0});
        V.add(from_krylov, y.data(), sum);
        Step step;
        const VectorView<T> through = side.step_of(sum, hat);
        step.z.assign(through.begin(), through.end());
        for (std::size_t j = from_krylov; j < k; ++j)
            detail::axpy<T>(y[j], VectorView<T>(used[j - from_krylov]->z), VectorRef<T>(step.z));
        detail::axpy<T>(T{1}, VectorView<T>(step.z), x);
        run.condition_estimate = least_squares.condition(k);
        if (stop) return run.ending();
        if (k < least_squares.size())
            return {Status::breakdown, "the Krylov space holds no better x: A is singular, to rounding at least"};
        if (invariant) return {Status::converged, "the Krylov space is invariant"};
        if (least_squares.residual() >= beta * (1 - 4 * roundoff<T>))
            return {Status::stagnated,
                    "a cycle of " + std::to_string(m) + " vectors gains nothing: more of them (restart) may", true};

        // r of the new x, and K z = r_before − r, both in the basis.
        std::vector<T> coordinates = least_squares.residual_coordinates();
        std::fill(r.begin(), r.end(), T{0});
        V.add(k + 1, coordinates.data(), r);
        const auto length = static_cast<double>(norm2(step.z));
        if (kept == 0 || !(length > 0)) continue;
        for (T& c : coordinates) c = -c;
        coordinates[0] += static_cast<T>(static_cast<Real<T>>(beta));
        step.image.assign(n, T{0});
        V.add(k + 1, coordinates.data(), step.image);
        const T unit = static_cast<T>(static_cast<Real<T>>(1 / length));
        scale(unit, step.z);
        scale(unit, step.image);
        steps.push_front(std::move(step));
        if (steps.size() > kept) steps.pop_back();
    }
}

#define INSTANTIATE(T) template Ending lgmres<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
