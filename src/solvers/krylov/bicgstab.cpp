// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "core/instantiate.hpp"
#include "solvers/krylov/basis.hpp"
#include "solvers/krylov/methods.hpp"
#include "solvers/krylov/shadow.hpp"

namespace ritz::iterative {

/// \ref H. A. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992) 631; Saad (2003), alg. 7.7.
template <Scalar T>
Ending bicgstab(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    using W = Wide<T>;
    const std::size_t n = run.n();
    Sided<T> side(run, r);
    double norm = static_cast<double>(norm2(r));
    if (const auto end = side.hopeless(norm)) return *end;
    Shadow<T> shadow(run, r);
    Buffer<T> p(r.begin(), r.end()), v(n), t(n), p_hat, s_hat;
    W rho = norm * norm;

    // From r with another r̃. False when none helps.
    const auto start_again = [&] {
        do {
            if (!shadow.renew()) return false;
            rho = static_cast<W>(dot(shadow.vector(), r));
        } while (!shadow.sees(rho, norm));
        std::copy(r.begin(), r.end(), p.begin());
        return true;
    };

    for (;;) {
        const VectorView<T> p_step = side.step_of(p, p_hat);  // p̂ = M⁻¹ p
        side.apply(p_step, v);                                // v ← A p̂
        const auto [sigma, vv] = detail::sweep<2, W>(n, [s = shadow.data(), v = v.data()](std::size_t i) {
            return std::array{product(s[i], v[i]), W(square(v[i]))};
        });
        if (!shadow.sees(sigma, std::sqrt(real_part(vv)))) {
            if (run.step(is_finite(vv) ? side.told(norm) : real_part(vv))) return run.ending();
            if (!start_again()) return no_shadow_helps("r̃ᴴ A p");
            continue;
        }
        const W alpha = rho / sigma;
        const T a = static_cast<T>(alpha);
        const auto [ss] = detail::sweep<1, double>(n, [a, r = r.data(), v = v.data()](std::size_t i) {
            r[i] -= times(a, v[i]);  // s ← r − α v, in the place of r
            return std::array{static_cast<double>(square(r[i]))};
        });
        const double half = std::sqrt(ss);
        if (run.step(side.told(half))) {
            if (!(half <= norm)) run.remember(x, side.told(norm));
            detail::sweep(n, [a, x = x.data(), p = p_step.data()](std::size_t i) { x[i] += times(a, p[i]); });
            return run.ending();
        }

        const VectorView<T> s_step = side.step_of(r, s_hat);  // ŝ = M⁻¹ s
        side.apply(s_step, t);                                // t ← A ŝ
        const auto [ts, tt] = detail::sweep<2, W>(n, [t = t.data(), s = r.data()](std::size_t i) {
            return std::array{product(t[i], s[i]), W(square(t[i]))};
        });
        const double tt_real = real_part(tt);
        if (!(tt_real > 0) || !std::isfinite(tt_real)) {
            if (!(half <= norm)) run.remember(x, side.told(norm));
            detail::sweep(n, [a, x = x.data(), p = p_step.data()](std::size_t i) { x[i] += times(a, p[i]); });
            if (run.step(tt_real == 0 ? side.told(half) : tt_real)) return run.ending();
            return {Status::breakdown, "A s = 0: A is singular"};
        }
        const W omega = stabilising_step(ts, tt_real, ss);
        const T o = static_cast<T>(omega);
        const auto [rho_next, rr] =
            detail::sweep<2, W>(n, [o, r = r.data(), t = t.data(), s = shadow.data()](std::size_t i) {
                r[i] -= times(o, t[i]);  // r ← s − ω t
                return std::array{product(s[i], r[i]), W(square(r[i]))};
            });
        const double next = std::sqrt(real_part(rr));
        if (!(next <= norm)) run.remember(x, side.told(norm));
        const W beta = rho_next / rho * (alpha / omega);
        const T b = static_cast<T>(beta);
        detail::sweep(n, [a, o, b, x = x.data(), r = r.data(), p = p.data(), v = v.data(), p_step = p_step.data(),
                          s_step = side.right() ? s_hat.data() : nullptr, t = t.data()](std::size_t i) {
            // ŝ without M on the right is s = r + ω t.
            const T s = s_step ? s_step[i] : r[i] + times(o, t[i]);
            x[i] += times(a, p_step[i]) + times(o, s);      // x ← x + α p̂ + ω ŝ
            p[i] = r[i] + times(b, p[i] - times(o, v[i]));  // p ← r + β (p − ω v)
        });
        norm = next;
        if (run.step(side.told(norm))) return run.ending();
        if (shadow.sees(rho_next, norm) && is_finite(beta)) {
            shadow.was_of_use();
            rho = rho_next;
        } else if (!start_again()) {
            return no_shadow_helps("r̃ᴴ r");
        }
    }
}

namespace {

/// Coefficients γ_1 … γ_ℓ of r̂_0 − Σ γ_j r̂_j from the Gram matrix Z_ij = r̂_iᴴ r̂_j: minimal in norm, or longer where
/// that keeps the next coefficients of BiCG alive. Empty when Z is singular.
/// \ref Sleijpen and van der Vorst (1995), section 3.
template <class W>
std::vector<W> polynomial_step(const std::vector<W>& Z, std::size_t l) {
    const std::size_t stride = l + 1, inner = l - 1;
    // Elimination with the two right-hand sides Z_{·0} and Z_{·ℓ} of the inner rows 1 … ℓ−1.
    std::vector<W> E(inner * (inner + 2));
    const auto at = [&](std::size_t i, std::size_t j) -> W& { return E[i * (inner + 2) + j]; };
    for (std::size_t i = 0; i < inner; ++i) {
        for (std::size_t j = 0; j < inner; ++j) at(i, j) = Z[(i + 1) * stride + j + 1];
        at(i, inner) = Z[(i + 1) * stride];
        at(i, inner + 1) = Z[(i + 1) * stride + l];
    }
    for (std::size_t k = 0; k < inner; ++k) {  // Hermitian positive definite: no pivoting
        if (!(std::abs(at(k, k)) > 0)) return {};
        for (std::size_t i = k + 1; i < inner; ++i) {
            const W f = at(i, k) / at(k, k);
            for (std::size_t j = k; j < inner + 2; ++j) at(i, j) -= f * at(k, j);
        }
    }
    for (const std::size_t side : {inner, inner + 1})
        for (std::size_t i = inner; i-- > 0;) {
            for (std::size_t j = i + 1; j < inner; ++j) at(i, side) -= at(i, j) * at(j, side);
            at(i, side) /= at(i, i);
        }
    std::vector<W> y0(l + 1, W{0}), yl(l + 1, W{0});
    y0[0] = -1, yl[l] = -1;
    for (std::size_t i = 0; i < inner; ++i) y0[i + 1] = at(i, inner), yl[i + 1] = at(i, inner + 1);
    const auto inner_product = [&](const std::vector<W>& a, const std::vector<W>& b) {  // aᴴ Z b
        W sum{0};
        for (std::size_t i = 0; i <= l; ++i)
            for (std::size_t j = 0; j <= l; ++j) sum += conj(a[i]) * Z[i * stride + j] * b[j];
        return sum;
    };
    const double ll = real_part(inner_product(yl, yl)), oo = real_part(inner_product(y0, y0));
    if (!(ll > 0)) return {};
    const W omega = stabilising_step(inner_product(yl, y0), ll, std::max(oo, 0.0));
    if (!is_finite(omega) || omega == W{0}) return {};
    std::vector<W> gamma(l);
    for (std::size_t j = 1; j <= l; ++j) gamma[j - 1] = y0[j] - omega * yl[j];
    return gamma;
}

}  // namespace

/// \ref G. L. G. Sleijpen and D. R. Fokkema, ETNA 1 (1993) 11, algorithm 3.1.
template <Scalar T>
Ending bicgstabl(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    using W = Wide<T>;
    const std::size_t n = run.n(), l = static_cast<std::size_t>(run.options().degree);
    Sided<T> side(run, r);
    double norm = static_cast<double>(norm2(r));
    if (const auto end = side.hopeless(norm)) return *end;
    Shadow<T> shadow(run, r);
    Basis<T> R(n, l + 1), U(n, l + 1);
    Buffer<T> hat;
    // M on the right: the sum of the steps is kept before M⁻¹, which is applied to it at the end.
    Buffer<T> sum(side.right() ? n : 0, T{0}), best(side.right() ? n : 0, T{0});
    double best_norm = std::numeric_limits<double>::infinity();
    const VectorRef<T> y = side.right() ? VectorRef<T>(sum) : x;
    const auto remember = [&] {
        if (!side.right()) return run.remember(x, side.told(norm));
        if (norm < best_norm) best = sum, best_norm = norm;
    };
    const auto end = [&](Ending ending) {
        if (!side.right()) return ending;
        hat.resize(n);
        if (best_norm < norm) {
            run.precondition(best, hat);
            for (std::size_t i = 0; i < n; ++i) hat[i] += x[i];
            run.remember(hat, best_norm);
        }
        run.precondition(sum, hat);
        for (std::size_t i = 0; i < n; ++i) x[i] += hat[i];
        return ending;
    };
    std::copy(r.begin(), r.end(), R[0].begin());

    for (;;) {  // each time with another r̃
        std::fill(U[0].begin(), U[0].end(), T{0});
        W rho_before = 1, alpha = 0, omega = 1;
        const char* broken = nullptr;
        while (!broken) {
            rho_before *= -omega;
            for (std::size_t j = 0; j < l && !broken; ++j) {  // BiCG
                const W rho = static_cast<W>(dot(shadow.vector(), VectorView<T>(R[j])));
                const double rj_norm = j == 0 ? norm : static_cast<double>(norm2(R[j]));
                if (!shadow.sees(rho, rj_norm)) {
                    broken = "r̃ᴴ r";
                    break;
                }
                const T b = static_cast<T>(alpha * (rho / rho_before));
                rho_before = rho;
                for (std::size_t i = 0; i <= j; ++i)
                    detail::sweep(n, [b, u = U[i].data(), r = R[i].data()](std::size_t k) {
                        u[k] = r[k] - times(b, u[k]);  // û_i ← r̂_i − β û_i
                    });
                side.apply(side.step_of(U[j], hat), U[j + 1]);
                const W sigma = static_cast<W>(dot(shadow.vector(), VectorView<T>(U[j + 1])));
                const auto u_norm = static_cast<double>(norm2(U[j + 1]));
                if (!shadow.sees(sigma, u_norm)) {
                    if (run.step(std::isfinite(u_norm) ? side.told(norm) : u_norm)) return end(run.ending());
                    broken = "r̃ᴴ A u";
                    break;
                }
                alpha = rho / sigma;
                const T a = static_cast<T>(alpha);
                double rr = 0;
                for (std::size_t i = j + 1; i-- > 0;)
                    rr = detail::sweep<1, double>(n, [a, u = U[i + 1].data(), r = R[i].data()](std::size_t k) {
                        r[k] -= times(a, u[k]);  // r̂_i ← r̂_i − α û_{i+1}
                        return std::array{static_cast<double>(square(r[k]))};
                    })[0];
                const double next = std::sqrt(rr);
                if (!(next <= norm)) remember();
                norm = next;
                detail::sweep(n, [a, y = y.data(), u = U[0].data()](std::size_t k) { y[k] += times(a, u[k]); });
                if (run.step(side.told(norm))) return end(run.ending());
                side.apply(side.step_of(R[j], hat), R[j + 1]);
                const auto image = static_cast<double>(norm2(R[j + 1]));
                if (run.step(std::isfinite(image) ? side.told(norm) : image)) return end(run.ending());
            }
            if (broken) break;

            std::vector<W> Z((l + 1) * (l + 1));  // minimal residuals
            std::vector<T> column(l + 1);
            for (std::size_t j = 0; j <= l; ++j) {
                R.project(j + 1, R[j], column.data());
                for (std::size_t i = 0; i <= j; ++i) {
                    Z[i * (l + 1) + j] = static_cast<W>(column[i]);
                    Z[j * (l + 1) + i] = conj(static_cast<W>(column[i]));
                }
            }
            const std::vector<W> gamma = polynomial_step(Z, l);
            if (gamma.empty()) {
                broken = "the step of minimal residuals";
                break;
            }
            omega = gamma.back();
            std::vector<T> g(gamma.size() + 1, T{0});  // of r̂_0 … r̂_ℓ
            for (std::size_t j = 0; j < l; ++j) g[j + 1] = static_cast<T>(gamma[j]);
            Buffer<T>& next_r = hat;
            next_r.assign(R[0].begin(), R[0].end());
            const double next = std::sqrt(R.subtract(l + 1, g.data(), next_r));
            if (!(next <= norm)) remember();
            norm = next;
            R.add(l, g.data() + 1, y);  // x ← x + Σ γ_j r̂_{j−1}
            std::copy(next_r.begin(), next_r.end(), R[0].begin());
            next_r.assign(U[0].begin(), U[0].end());
            U.subtract(l + 1, g.data(), next_r);
            std::copy(next_r.begin(), next_r.end(), U[0].begin());
            if (run.step(side.told(norm))) return end(run.ending());
            shadow.was_of_use();
        }
        if (!shadow.renew()) return end(no_shadow_helps(broken));
    }
}

#define INSTANTIATE(T)                                                \
    template Ending bicgstab<T>(Run<T>&, VectorRef<T>, VectorRef<T>); \
    template Ending bicgstabl<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
