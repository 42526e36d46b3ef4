// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "core/instantiate.hpp"
#include "solvers/krylov/basis.hpp"
#include "solvers/krylov/methods.hpp"
#include "solvers/krylov/shadow.hpp"

namespace ritz::iterative {

namespace {

/// n × s with orthonormal random columns.
template <Scalar T>
Basis<T> random_basis(std::size_t n, std::size_t s, std::uint64_t seed) {
    Basis<T> P(n, s);
    std::vector<T> h(s);
    for (std::size_t j = 0; j < s; ++j) {
        const Buffer<T> column = random_vector<T>(static_cast<Index>(n), seed * 1000003 + j);
        std::copy(column.begin(), column.end(), P[j].begin());
        const double length = P.orthogonalise(j, P[j], h.data());
        scale(static_cast<T>(static_cast<Real<T>>(1 / length)), P[j]);
    }
    return P;
}

}  // namespace

/// IDR(s) with bi-orthogonal g: p_i ⟂ g_k for i < k. The coefficients of one g come from one pass over P, as M holds
/// what Gram–Schmidt would compute again.
/// \ref M. B. van Gijzen and P. Sonneveld, ACM TOMS 38 (2011) art. 5, algorithm of fig. 2; T. P. Collignon and M. B.
/// van
///      Gijzen, Numer. Linear Algebra Appl. 18 (2011) 805, for the single reduction.
template <Scalar T>
Ending idr(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    using W = Wide<T>;
    const std::size_t n = run.n(), s = std::min(static_cast<std::size_t>(run.options().shadow), n);
    Sided<T> side(run, r);
    double norm = static_cast<double>(norm2(r));
    if (const auto end = side.hopeless(norm)) return *end;
    Basis<T> G(n, s), U(n, s);
    Buffer<T> v(n), t(n), hat;
    std::vector<T> h(s);
    std::vector<W> M(s * s), f(s), c(s), alpha(s);
    const auto mu = [&](std::size_t i, std::size_t j) -> W& { return M[i * s + j]; };

    /// x ← x + ω d, r ← r − ω w. True: the run ends.
    const auto move = [&](W omega, VectorView<T> d, VectorView<T> w) {
        const T o = static_cast<T>(omega);
        const auto [rr] = detail::sweep<1, double>(n, [o, r = r.data(), w = w.data()](std::size_t i) {
            r[i] -= times(o, w[i]);
            return std::array{static_cast<double>(square(r[i]))};
        });
        const double next = std::sqrt(rr);
        if (!(next <= norm)) run.remember(x, side.told(norm));
        detail::sweep(n, [o, x = x.data(), d = d.data()](std::size_t i) { x[i] += times(o, d[i]); });
        norm = next;
        return run.step(side.told(norm));
    };

    int unused = 0;                            // P in a row without a step between them
    for (std::uint64_t count = 0;; ++count) {  // each time with another P
        const Basis<T> P = random_basis<T>(n, s, run.options().seed + count);
        for (std::size_t j = 0; j < s; ++j) {
            std::fill(G[j].begin(), G[j].end(), T{0});
            std::fill(U[j].begin(), U[j].end(), T{0});
            for (std::size_t i = 0; i < s; ++i) mu(i, j) = i == j ? 1 : 0;
        }
        W omega = 1;
        const char* broken = nullptr;
        while (!broken) {
            P.project(s, r, h.data());
            for (std::size_t i = 0; i < s; ++i) f[i] = static_cast<W>(h[i]);
            for (std::size_t k = 0; k < s; ++k) {
                // M c = f of the rows k … s−1, where M is lower triangular.
                std::fill(h.begin(), h.end(), T{0});
                for (std::size_t i = k; i < s; ++i) {
                    c[i] = f[i];
                    for (std::size_t j = k; j < i; ++j) c[i] -= mu(i, j) * c[j];
                    c[i] /= mu(i, i);
                    h[i] = static_cast<T>(c[i]);
                }
                std::copy(r.begin(), r.end(), v.begin());
                G.subtract(s, h.data(), v);  // v ← r − Σ c_i g_i
                const VectorView<T> v_step = side.step_of(v, hat);
                const T o = static_cast<T>(omega);
                detail::sweep(n, [o, t = t.data(), d = v_step.data()](std::size_t i) { t[i] = times(o, d[i]); });
                U.add(s, h.data(), t);  // u_k ← ω v̂ + Σ c_i u_i
                std::copy(t.begin(), t.end(), U[k].begin());
                side.apply(U[k], G[k]);

                // g_k ⟂ p_0 … p_{k−1}, and what P sees of the new g_k.
                P.project(s, G[k], h.data());
                for (std::size_t i = 0; i < s; ++i) f[i] = i < k ? W{0} : f[i];
                for (std::size_t i = 0; i < k; ++i) {
                    alpha[i] = static_cast<W>(h[i]);
                    for (std::size_t j = 0; j < i; ++j) alpha[i] -= mu(i, j) * alpha[j];
                    alpha[i] /= mu(i, i);
                }
                for (std::size_t i = k; i < s; ++i) {
                    mu(i, k) = static_cast<W>(h[i]);
                    for (std::size_t j = 0; j < k; ++j) mu(i, k) -= mu(i, j) * alpha[j];
                }
                for (std::size_t i = 0; i < k; ++i) h[i] = static_cast<T>(alpha[i]);
                const double g_norm = std::sqrt(G.subtract(k, h.data(), G[k]));
                U.subtract(k, h.data(), U[k]);
                if (!(std::abs(mu(k, k)) > roundoff<T> * g_norm)) {
                    if (run.step(std::isfinite(g_norm) ? side.told(norm) : g_norm)) return run.ending();
                    broken = "pᴴ g";
                    break;
                }
                const W beta = f[k] / mu(k, k);
                if (move(beta, U[k], G[k])) return run.ending();
                for (std::size_t i = k + 1; i < s; ++i) f[i] -= beta * mu(i, k);
            }
            if (broken) break;

            // Into the next, smaller space.
            const VectorView<T> r_step = side.step_of(r, hat);
            side.apply(r_step, t);
            const auto [tr, tt] = detail::sweep<2, W>(n, [t = t.data(), r = r.data()](std::size_t i) {
                return std::array{product(t[i], r[i]), W(square(t[i]))};
            });
            if (!(real_part(tt) > 0) || !is_finite(tt)) {
                if (run.step(tt == W{0} ? side.told(norm) : real_part(tt))) return run.ending();
                return {Status::breakdown, "A r = 0: A is singular"};
            }
            omega = stabilising_step(tr, real_part(tt), norm * norm);
            if (!side.right()) std::copy(r.begin(), r.end(), v.begin());  // r is its own step, and will change
            if (move(omega, side.right() ? r_step : VectorView<T>(v), t)) return run.ending();
            unused = 0;
        }
        if (++unused > 3) return no_shadow_helps(broken);
    }
}

#define INSTANTIATE(T) template Ending idr<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
