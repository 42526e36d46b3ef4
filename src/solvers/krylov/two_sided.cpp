// SPDX-License-Identifier: BSD-3-Clause
// Methods of two-sided Lanczos: BiCG, QMR and, without Aᴴ, CGS and TFQMR. On a breakdown each starts again from the
// residual it has, with another shadow vector. COCG is BiCG for A = Aᵀ, where the shadow vectors are the conjugates.
#include "core/instantiate.hpp"
#include "solvers/krylov/methods.hpp"
#include "solvers/krylov/shadow.hpp"

namespace ritz::iterative {

namespace {

/// r ← r − α w; ‖r‖.
template <Scalar T>
double subtract(VectorRef<T> r, Wide<T> alpha, VectorView<T> w) {
    const T a = static_cast<T>(alpha);
    const auto [rr] = detail::sweep<1, double>(r.size(), [a, r = r.data(), w = w.data()](std::size_t i) {
        r[i] -= times(a, w[i]);
        return std::array{static_cast<double>(square(r[i]))};
    });
    return std::sqrt(rr);
}

/// x ← x + α d.
template <Scalar T>
void add(VectorRef<T> x, Wide<T> alpha, VectorView<T> d) {
    const T a = static_cast<T>(alpha);
    detail::sweep(x.size(), [a, x = x.data(), d = d.data()](std::size_t i) { x[i] += times(a, d[i]); });
}

/// p ← z + β p.
template <Scalar T>
void turn(VectorRef<T> p, Wide<T> beta, VectorView<T> z) {
    const T b = static_cast<T>(beta);
    detail::sweep(p.size(), [b, p = p.data(), z = z.data()](std::size_t i) { p[i] = z[i] + times(b, p[i]); });
}

template <Scalar T>
Wide<T> inner(VectorView<T> a, VectorView<T> b) {
    return static_cast<Wide<T>>(dot(a, b));
}

template <Scalar T>
double length(VectorView<T> a) {
    return static_cast<double>(norm2(a));
}

/// |aᴴ b| is away from rounding; false for NaN.
template <Scalar T>
bool away_from_zero(Wide<T> inner, double a_norm, double b_norm) {
    return std::abs(inner) > roundoff<T> * a_norm * b_norm;
}

}  // namespace

/// \ref R. Fletcher, Lecture Notes in Mathematics 506 (1976) 73; Saad (2003), alg. 7.3.
template <Scalar T>
Ending bicg(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    using W = Wide<T>;
    const std::size_t n = run.n();
    Sided<T> side(run, r);
    double norm = length<T>(r);
    if (const auto end = side.hopeless(norm)) return *end;
    Shadow<T> shadow(run, r);
    Buffer<T> p(n), q(n), p_tilde(n), r_tilde(n), q_tilde(n), hat;
    const char* broken = nullptr;
    do {
        const VectorView<T> start = shadow.vector();
        std::copy(r.begin(), r.end(), p.begin());
        std::copy(start.begin(), start.end(), r_tilde.begin());
        std::copy(start.begin(), start.end(), p_tilde.begin());
        W rho = inner<T>(r_tilde, r);
        broken = away_from_zero<T>(rho, length<T>(r_tilde), norm) ? nullptr : "r̃ᴴ r";
        while (!broken) {
            const VectorView<T> step = side.step_of(p, hat);
            side.apply(step, q);  // q ← K p
            const auto [sigma, qq, pp] = detail::sweep<3, W>(n, [p = p_tilde.data(), q = q.data()](std::size_t i) {
                return std::array{product(p[i], q[i]), W(square(q[i])), W(square(p[i]))};
            });
            if (!away_from_zero<T>(sigma, std::sqrt(real_part(pp)), std::sqrt(real_part(qq)))) {
                if (run.step(is_finite(qq) ? side.told(norm) : real_part(qq))) return run.ending();
                broken = "p̃ᴴ A p";
                break;
            }
            const W alpha = rho / sigma;
            const double next = subtract<T>(r, alpha, q);
            if (!(next <= norm)) run.remember(x, side.told(norm));
            add<T>(x, alpha, step);
            norm = next;
            if (run.step(side.told(norm))) return run.ending();

            side.apply_adjoint(p_tilde, q_tilde);  // q̃ ← Kᴴ p̃
            const double tilde = subtract<T>(r_tilde, conj(alpha), q_tilde);
            if (run.step(std::isfinite(tilde) ? side.told(norm) : tilde)) return run.ending();
            const W rho_next = inner<T>(r_tilde, r);
            if (!away_from_zero<T>(rho_next, tilde, norm)) {
                broken = "r̃ᴴ r";
                break;
            }
            const W beta = rho_next / rho;
            turn<T>(p, beta, r);
            turn<T>(p_tilde, conj(beta), r_tilde);
            rho = rho_next;
            shadow.was_of_use();
        }
    } while (shadow.renew());
    return no_shadow_helps(broken);
}

/// The coupled two-term form, without look-ahead.
/// \ref R. W. Freund and N. M. Nachtigal, SIAM J. Sci. Comput. 15 (1994) 313; R. Barrett et al., Templates (1994),
///      fig. 2.8.
template <Scalar T>
Ending qmr(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    using W = Wide<T>;
    const std::size_t n = run.n();
    Sided<T> side(run, r);
    double norm = length<T>(r);
    if (const auto end = side.hopeless(norm)) return *end;
    Shadow<T> shadow(run, r);
    Buffer<T> v(n), w(n), p(n), q(n), image(n), d(n), s(n), hat;
    const char* broken = nullptr;
    const auto normalise = [](Buffer<T>& vector, double by) {
        scale(static_cast<T>(static_cast<Real<T>>(1 / by)), vector);
    };
    do {
        const VectorView<T> start = shadow.vector();
        std::copy(r.begin(), r.end(), v.begin());
        std::copy(start.begin(), start.end(), w.begin());
        for (Buffer<T>* vector : {&p, &q, &d, &s}) std::fill(vector->begin(), vector->end(), T{0});
        double rho = norm, xi = length<T>(w), gamma = 1, theta = 0;
        W epsilon = 1, eta = -1;
        broken = nullptr;
        for (bool first = true; !broken; first = false) {
            if (!(rho > 0) || !(xi > 0)) {
                broken = "a Lanczos vector";
                break;
            }
            normalise(v, rho);
            normalise(w, xi);
            const W delta = inner<T>(w, v);
            if (!away_from_zero<T>(delta, 1, 1)) {
                broken = "wᴴ v";
                break;
            }
            turn<T>(p, first ? W{0} : -xi * delta / epsilon, v);         // p ← v − (ξ δ/ε) p
            turn<T>(q, first ? W{0} : -conj(rho * delta / epsilon), w);  // q ← w − (ρ δ/ε)* q
            const VectorView<T> step = side.step_of(p, hat);
            side.apply(step, image);
            const auto [next_epsilon, ii, qq] = detail::sweep<3, W>(n, [q = q.data(), k = image.data()](std::size_t i) {
                return std::array{product(q[i], k[i]), W(square(k[i])), W(square(q[i]))};
            });
            epsilon = next_epsilon;
            if (!away_from_zero<T>(epsilon, std::sqrt(real_part(ii)), std::sqrt(real_part(qq)))) {
                if (run.step(is_finite(ii) ? side.told(norm) : real_part(ii))) return run.ending();
                broken = "qᴴ A p";
                break;
            }
            const W beta = epsilon / delta;
            const T b = static_cast<T>(beta);
            const auto [vv] = detail::sweep<1, double>(n, [b, v = v.data(), k = image.data()](std::size_t i) {
                v[i] = k[i] - times(b, v[i]);  // ṽ ← K p − β v
                return std::array{static_cast<double>(square(v[i]))};
            });
            const double rho_next = std::sqrt(vv), theta_before = theta, gamma_before = gamma;
            theta = rho_next / (gamma_before * std::abs(beta));
            gamma = 1 / std::sqrt(1 + theta * theta);
            eta *= -rho * gamma * gamma / (beta * gamma_before * gamma_before);
            const T e = static_cast<T>(eta);
            const auto keep = static_cast<Real<T>>(first ? 0 : theta_before * gamma * (theta_before * gamma));
            const auto [rr] =
                detail::sweep<1, double>(n, [e, keep, r = r.data(), s = s.data(), k = image.data()](std::size_t i) {
                    s[i] = times(e, k[i]) + keep * s[i];  // s = K d
                    r[i] -= s[i];
                    return std::array{static_cast<double>(square(r[i]))};
                });
            const double next = std::sqrt(rr);
            if (!(next <= norm)) run.remember(x, side.told(norm));
            detail::sweep(n, [e, keep, x = x.data(), d = d.data(), p = step.data()](std::size_t i) {
                d[i] = times(e, p[i]) + keep * d[i];
                x[i] += d[i];
            });
            norm = next;
            if (run.step(side.told(norm))) return run.ending();

            side.apply_adjoint(q, image);
            const T b_conjugate = conj(b);
            const auto [ww] =
                detail::sweep<1, double>(n, [b = b_conjugate, w = w.data(), k = image.data()](std::size_t i) {
                    w[i] = k[i] - times(b, w[i]);  // w̃ ← Kᴴ q − β* w
                    return std::array{static_cast<double>(square(w[i]))};
                });
            if (run.step(std::isfinite(ww) ? side.told(norm) : ww)) return run.ending();
            rho = rho_next;
            xi = std::sqrt(ww);
            shadow.was_of_use();
        }
    } while (shadow.renew());
    return no_shadow_helps(broken);
}

/// \ref P. Sonneveld, SIAM J. Sci. Stat. Comput. 10 (1989) 36; Saad (2003), alg. 7.6.
template <Scalar T>
Ending cgs(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    using W = Wide<T>;
    const std::size_t n = run.n();
    Sided<T> side(run, r);
    double norm = length<T>(r);
    if (const auto end = side.hopeless(norm)) return *end;
    Shadow<T> shadow(run, r);
    Buffer<T> p(n), u(n), q(n), v(n), hat;
    const char* broken = nullptr;
    do {
        std::copy(r.begin(), r.end(), p.begin());
        std::copy(r.begin(), r.end(), u.begin());
        W rho = inner<T>(shadow.vector(), r);
        broken = shadow.sees(rho, norm) ? nullptr : "r̃ᴴ r";
        while (!broken) {
            if (run.applications_left() < 2) return run.limit();
            side.apply(side.step_of(p, hat), v);  // v ← K p
            const auto [sigma, vv] = detail::sweep<2, W>(n, [s = shadow.data(), v = v.data()](std::size_t i) {
                return std::array{product(s[i], v[i]), W(square(v[i]))};
            });
            if (run.step(is_finite(vv) ? side.told(norm) : real_part(vv))) return run.ending();
            if (!shadow.sees(sigma, std::sqrt(real_part(vv)))) {
                broken = "r̃ᴴ A p";
                break;
            }
            const W alpha = rho / sigma;
            const T a = static_cast<T>(alpha);
            detail::sweep(n, [a, u = u.data(), q = q.data(), v = v.data()](std::size_t i) {
                q[i] = u[i] - times(a, v[i]);  // q ← u − α v
                u[i] += q[i];                  // u + q
            });
            const VectorView<T> step = side.step_of(u, hat);
            side.apply(step, v);
            const double next = subtract<T>(r, alpha, v);
            if (!(next <= norm)) run.remember(x, side.told(norm));
            add<T>(x, alpha, step);
            norm = next;
            if (run.step(side.told(norm))) return run.ending();
            const W rho_next = inner<T>(shadow.vector(), r);
            if (!shadow.sees(rho_next, norm)) {
                broken = "r̃ᴴ r";
                break;
            }
            const T b = static_cast<T>(rho_next / rho);
            detail::sweep(n, [b, u = u.data(), p = p.data(), q = q.data(), r = r.data()](std::size_t i) {
                u[i] = r[i] + times(b, q[i]);
                p[i] = u[i] + times(b, q[i] + times(b, p[i]));  // p ← u + β (q + β p)
            });
            rho = rho_next;
            shadow.was_of_use();
        }
    } while (shadow.renew());
    return no_shadow_helps(broken);
}

/// With the residual itself by its recurrence, at the cost of one more vector, where Freund has a bound on its norm.
/// \ref R. W. Freund, SIAM J. Sci. Comput. 14 (1993) 470; Saad (2003), alg. 7.8.
template <Scalar T>
Ending tfqmr(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    using W = Wide<T>;
    const std::size_t n = run.n();
    Sided<T> side(run, r);
    double norm = length<T>(r);
    if (const auto end = side.hopeless(norm)) return *end;
    Shadow<T> shadow(run, r);
    Buffer<T> w(n), u(n), Ku(n), v(n), d(n), Kd(n), hat;
    const char* broken = nullptr;
    do {
        std::copy(r.begin(), r.end(), w.begin());
        std::copy(r.begin(), r.end(), u.begin());
        for (Buffer<T>* vector : {&v, &d, &Kd}) std::fill(vector->begin(), vector->end(), T{0});
        double tau = norm, theta = 0;
        W rho = inner<T>(shadow.vector(), r), alpha = 0, beta = 0, eta = 0;
        broken = shadow.sees(rho, norm) ? nullptr : "r̃ᴴ r";
        for (bool even = true; !broken; even = !even) {
            // v ← K u + β (K u_before + β v), of which the second term was left there by the step before.
            const VectorView<T> step = side.step_of(u, hat);
            side.apply(step, Ku);
            if (even) {
                const auto [sigma, vv] =
                    detail::sweep<2, W>(n, [v = v.data(), k = Ku.data(), s = shadow.data()](std::size_t i) {
                        v[i] += k[i];
                        return std::array{product(s[i], v[i]), W(square(v[i]))};
                    });
                if (!shadow.sees(sigma, std::sqrt(real_part(vv)))) {
                    if (run.step(is_finite(vv) ? side.told(norm) : real_part(vv))) return run.ending();
                    broken = "r̃ᴴ A u";
                    break;
                }
                alpha = rho / sigma;
            }
            const W carry = theta * theta * eta / alpha;
            const double w_norm = subtract<T>(w, alpha, Ku);
            theta = w_norm / tau;
            const double c2 = 1 / (1 + theta * theta);
            tau *= theta * std::sqrt(c2);
            eta = c2 * alpha;
            const T k = static_cast<T>(carry), e = static_cast<T>(eta);
            const auto [rr] =
                detail::sweep<1, double>(n, [k, e, r = r.data(), Kd = Kd.data(), Ku = Ku.data()](std::size_t i) {
                    Kd[i] = Ku[i] + times(k, Kd[i]);
                    r[i] -= times(e, Kd[i]);
                    return std::array{static_cast<double>(square(r[i]))};
                });
            const double next = std::sqrt(rr);
            if (!(next <= norm)) run.remember(x, side.told(norm));
            detail::sweep(n, [k, e, x = x.data(), d = d.data(), u = step.data()](std::size_t i) {
                d[i] = u[i] + times(k, d[i]);
                x[i] += times(e, d[i]);
            });
            norm = next;
            if (run.step(side.told(norm))) return run.ending();
            if (!(w_norm > 0)) {
                broken = "w";
                break;
            }
            if (even) {
                const T a = static_cast<T>(alpha);
                detail::sweep(n, [a, u = u.data(), v = v.data()](std::size_t i) { u[i] -= times(a, v[i]); });
                continue;
            }
            const W rho_next = inner<T>(shadow.vector(), w);
            if (!shadow.sees(rho_next, w_norm)) {
                broken = "r̃ᴴ w";
                break;
            }
            beta = rho_next / rho;
            rho = rho_next;
            const T b = static_cast<T>(beta);
            detail::sweep(n, [b, u = u.data(), v = v.data(), k = Ku.data(), w = w.data()](std::size_t i) {
                u[i] = w[i] + times(b, u[i]);
                v[i] = times(b, k[i] + times(b, v[i]));
            });
            shadow.was_of_use();
        }
    } while (shadow.renew());
    return no_shadow_helps(broken);
}

/// \ref H. A. van der Vorst and J. B. M. Melissen, IEEE Trans. Magn. 26 (1990) 706.
template <Scalar T>
Ending cocg(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    using W = Wide<T>;
    const std::size_t n = run.n();
    const bool preconditioned = run.preconditioned();
    double norm = length<T>(r);
    Buffer<T> p(n), q(n), z(preconditioned ? n : 0);
    const VectorRef<T> search = preconditioned ? VectorRef<T>(z) : r;
    // aᵀ b, a's and b's squares: the product can vanish for vectors that do not.
    const auto bilinear = [n](VectorView<T> a, VectorView<T> b) {
        return detail::sweep<3, W>(n, [a = a.data(), b = b.data()](std::size_t i) {
            return std::array{product(conj(a[i]), b[i]), W(square(a[i])), W(square(b[i]))};
        });
    };
    const auto vanishes = [](const std::array<W, 3>& terms) {
        return !away_from_zero<T>(terms[0], std::sqrt(real_part(terms[1])), std::sqrt(real_part(terms[2])));
    };
    const auto breakdown = [](const std::array<W, 3>& terms, const char* what) {
        return is_finite(terms[1] + terms[2])
                   ? Ending{Status::breakdown, std::string(what) + " = 0; qmr, bicgstab and gmres go on there"}
                   : Ending{Status::not_finite, std::string(what) + " is not finite"};
    };

    if (preconditioned) run.precondition(r, z);
    std::array<W, 3> rz = bilinear(r, search);
    if (vanishes(rz)) return breakdown(rz, "rᵀ M⁻¹ r");
    std::copy(search.begin(), search.end(), p.begin());
    for (;;) {
        run.apply(p, q);
        const std::array<W, 3> pq = bilinear(p, q);
        if (vanishes(pq)) {
            if (run.step(is_finite(pq[2]) ? norm : real_part(pq[2]))) return run.ending();
            return breakdown(pq, "pᵀ A p");
        }
        const W rho = rz[0], alpha = rho / pq[0];
        const double next = subtract<T>(r, alpha, q);
        if (!(next <= norm)) run.remember(x, norm);
        add<T>(x, alpha, p);
        norm = next;
        if (run.step(norm)) return run.ending();
        if (preconditioned) run.precondition(r, z);
        rz = bilinear(r, search);
        if (vanishes(rz)) return breakdown(rz, "rᵀ M⁻¹ r");
        turn<T>(p, rz[0] / rho, search);
    }
}

#define INSTANTIATE(T)                                             \
    template Ending bicg<T>(Run<T>&, VectorRef<T>, VectorRef<T>);  \
    template Ending qmr<T>(Run<T>&, VectorRef<T>, VectorRef<T>);   \
    template Ending cgs<T>(Run<T>&, VectorRef<T>, VectorRef<T>);   \
    template Ending tfqmr<T>(Run<T>&, VectorRef<T>, VectorRef<T>); \
    template Ending cocg<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
