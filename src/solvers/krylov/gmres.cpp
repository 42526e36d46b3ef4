// SPDX-License-Identifier: BSD-3-Clause
#include "core/instantiate.hpp"
#include "solvers/krylov/basis.hpp"
#include "solvers/krylov/hessenberg.hpp"
#include "solvers/krylov/methods.hpp"

namespace ritz::iterative {

namespace {

template <Scalar T>
double length_of(const std::vector<T>& y) {
    double sum = 0;
    for (const T a : y) sum += static_cast<double>(square(a));
    return std::sqrt(sum);
}

/// Cycles of GMRES. `flexible`: the preconditioned vectors are kept, since M may be another one each time.
/// \ref Saad, Iterative Methods for Sparse Linear Systems (2003), alg. 6.9, 9.4 (left), 9.5 (right), 9.6 (flexible).
template <Scalar T>
Ending cycles(Run<T>& run, VectorRef<T> x, VectorRef<T> r, bool flexible) {
    const std::size_t n = run.n();
    const std::size_t m = std::min(static_cast<std::size_t>(run.options().restart), n);
    const bool left = run.preconditioned() && run.options().side == Side::left && !flexible;
    const bool right = run.preconditioned() && !left;
    constexpr double roundoff = static_cast<double>(std::numeric_limits<Real<T>>::epsilon());
    Basis<T> V(n, m + 1), Z(flexible && right ? n : 0, flexible && right ? m : 0);
    Buffer<T> z(right && !flexible ? n : 0), update(right && !flexible ? n : 0), work(left ? n : 0);
    std::vector<T> h(m + 1);

    // Left: what is minimised is ‖M⁻¹ r‖; the true norm is taken to shrink alike, and the driver looks at the end.
    double ratio = 1;
    if (left) {
        const auto before = static_cast<double>(norm2(r));
        std::copy(r.begin(), r.end(), work.begin());
        run.precondition(work, r);
        ratio = before / static_cast<double>(norm2(r));
    }

    for (;;) {
        const auto beta = static_cast<double>(norm2(r));
        if (!(beta > 0) || !std::isfinite(beta))
            return beta == 0 ? Ending{left ? Status::breakdown : Status::converged, "M⁻¹ r = 0"}
                             : Ending{Status::not_finite, "r is not finite"};
        const auto inverse = static_cast<Real<T>>(1 / beta);
        detail::sweep(n, [inverse, v = V[0].data(), r = r.data()](std::size_t i) { v[i] = inverse * r[i]; });
        HessenbergSolver<T> least_squares(m, beta);
        bool stop = false, invariant = false;
        while (!stop && !invariant && least_squares.size() < m) {
            const std::size_t j = least_squares.size();
            const VectorRef<T> w = V[j + 1];
            if (left) {
                run.apply(V[j], work);
                run.precondition(work, w);
            } else if (right) {
                const VectorRef<T> preconditioned = flexible ? Z[j] : VectorRef<T>(z);
                run.precondition(V[j], preconditioned);
                run.apply(preconditioned, w);
            } else {
                run.apply(V[j], w);
            }
            const auto length = static_cast<double>(norm2(w));
            run.saw_operator_norm(left || right ? 0 : length);
            std::fill(h.begin(), h.end(), T{0});
            const double next = V.orthogonalise(j + 1, w, h.data());
            if (!std::isfinite(next)) {
                run.step(next);
                return {Status::not_finite, "A v is not finite"};
            }
            invariant = next <= 10 * roundoff * length;
            const double residual = least_squares.append(h.data(), invariant ? 0 : next);
            stop = run.step(ratio * residual);
            if (!invariant) {
                const auto scale = static_cast<Real<T>>(1 / next);
                detail::sweep(n, [scale, w = w.data()](std::size_t i) { w[i] *= scale; });
            }
        }

        // Columns that make y so large that its rounding exceeds r hold nothing but noise: A is nearly singular there.
        std::size_t k = least_squares.regular();
        std::vector<T> y = least_squares.solution(k);
        while (k > 0 && roundoff * least_squares.largest() * length_of(y) > beta) y = least_squares.solution(--k);
        if (flexible && right) {
            Z.add(k, y.data(), x);
        } else if (right) {
            std::fill(update.begin(), update.end(), T{0});
            V.add(k, y.data(), update);
            run.precondition(update, z);
            detail::sweep(n, [x = x.data(), z = z.data()](std::size_t i) { x[i] += z[i]; });
        } else {
            V.add(k, y.data(), x);
        }
        run.condition_estimate = least_squares.condition(k);
        if (stop) return run.ending();
        if (k < least_squares.size())
            return {Status::breakdown, "the Krylov space holds no better x: A is singular, to rounding at least"};
        if (invariant) return {Status::converged, "the Krylov space is invariant"};
        if (least_squares.residual() >= beta * (1 - 4 * roundoff))
            return {Status::stagnated,
                    "a cycle of " + std::to_string(m) + " vectors gains nothing: more of them (restart) may", true};
        // r of the new x in the basis: no product with A.
        const std::vector<T> coordinates = least_squares.residual_coordinates();
        std::fill(r.begin(), r.end(), T{0});
        V.add(k + 1, coordinates.data(), r);
    }
}

}  // namespace

template <Scalar T>
Ending gmres(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    return cycles(run, x, r, false);
}

template <Scalar T>
Ending fgmres(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    return cycles(run, x, r, true);
}

#define INSTANTIATE(T)                                             \
    template Ending gmres<T>(Run<T>&, VectorRef<T>, VectorRef<T>); \
    template Ending fgmres<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
