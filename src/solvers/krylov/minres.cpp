// SPDX-License-Identifier: BSD-3-Clause
#include "core/instantiate.hpp"
#include "solvers/krylov/methods.hpp"

namespace ritz::iterative {

/// \ref Paige and Saunders, SIAM J. Numer. Anal. 12 (1975) 617; for the update of the residual vector,
///      S.-C. Choi, Iterative Methods for Singular Linear Equations and Least-Squares Problems (2006), section 2.4.
template <Scalar T>
Ending minres(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    const std::size_t n = run.n();
    const bool preconditioned = run.preconditioned();
    constexpr double roundoff = static_cast<double>(std::numeric_limits<Real<T>>::epsilon());
    // u_k/β_k and y_k/β_k are the Lanczos vectors of M^-½ A M^-½ taken back by M^½ and M^-½. Without M they are one.
    Buffer<T> u_before(n), u(n), v(n), image(n), w(n, T{0}), w1(n, T{0}), w2(n, T{0});
    Buffer<T> y(preconditioned ? n : 0), residual(preconditioned ? n : 0);
    std::copy(r.begin(), r.end(), u.begin());
    std::fill(u_before.begin(), u_before.end(), T{0});
    if (preconditioned) {
        std::copy(r.begin(), r.end(), residual.begin());
        run.precondition(u, y);
    }
    const auto inner = [&]() { return real_part(preconditioned ? dot(u, y) : dot(u, u)); };  // uᴴ M⁻¹ u
    const auto indefinite_M = [](double square) {
        return std::isfinite(square) ? Ending{Status::indefinite_preconditioner, "rᴴ M⁻¹ r is not positive", true}
                                     : Ending{Status::not_finite, "M⁻¹ r is not finite"};
    };

    double squared = inner();
    if (!(squared > 0)) return indefinite_M(squared);
    double beta = std::sqrt(squared), beta_before = 0;
    double phi_bar = beta, delta_bar = 0, epsilon = 0, cs = -1, sn = 0, norm = static_cast<double>(norm2(r));
    double lanczos_norm = 0;  // a lower bound on ‖M^-½ A M^-½‖
    double lowest_normal = std::numeric_limits<double>::infinity();
    double gamma_max = 0, gamma_min = std::numeric_limits<double>::infinity();
    std::vector<double> diagonal, off_diagonal;
    const auto tell = [&] {
        if (off_diagonal.size() >= diagonal.size()) off_diagonal.resize(diagonal.empty() ? 0 : diagonal.size() - 1);
        if (const auto ends = extreme_eigenvalues(diagonal, off_diagonal)) {
            run.smallest_ritz = ends->first;
            run.largest_ritz = ends->second;
        }
        if (gamma_min > 0 && gamma_max > 0) run.condition_estimate = gamma_max / gamma_min;
        if (run.smallest_ritz && *run.smallest_ritz * *run.largest_ritz > 0) {  // definite: the Ritz values tell more
            const double ratio = *run.largest_ritz / *run.smallest_ritz;
            run.condition_estimate = std::max(ratio, 1 / ratio);
        }
    };

    for (;;) {
        // v ← y/β;  image ← A v − (β/β_before) u_before − (α/β) u
        const auto inverse = static_cast<Real<T>>(1 / beta);
        const T* const direction = preconditioned ? y.data() : u.data();
        detail::sweep(n, [inverse, direction, v = v.data()](std::size_t i) { v[i] = inverse * direction[i]; });
        run.apply(v, image);
        if (beta_before > 0) {
            const auto back = static_cast<Real<T>>(beta / beta_before);
            detail::sweep(n, [back, q = image.data(), p = u_before.data()](std::size_t i) { q[i] -= back * p[i]; });
        }
        const T alpha_full = dot(v, image);
        const double alpha = real_part(alpha_full);
        const double length = static_cast<double>(norm2(image));
        if (std::abs(imaginary_part(alpha_full)) > std::sqrt(roundoff) * std::max(length, std::abs(alpha))) {
            tell();
            return {Status::not_symmetric, "vᴴ A v is not real", true};
        }
        const auto along = static_cast<Real<T>>(alpha / beta);
        detail::sweep(n, [along, q = image.data(), p = u.data()](std::size_t i) { q[i] -= along * p[i]; });
        std::swap(u_before, u);
        std::swap(u, image);
        if (preconditioned) run.precondition(u, y);
        squared = inner();
        if (!(squared >= 0) || !std::isfinite(squared)) {
            tell();
            return indefinite_M(squared);
        }
        beta_before = beta;
        beta = std::sqrt(squared);
        diagonal.push_back(alpha);
        off_diagonal.push_back(beta);
        lanczos_norm = std::max(lanczos_norm, std::hypot(alpha, beta));
        if (!std::isfinite(lanczos_norm)) {
            run.step(lanczos_norm);
            return {Status::not_finite, "a product with A or M⁻¹ is not finite"};
        }
        if (!preconditioned) run.saw_operator_norm(lanczos_norm);

        // The rotation before this one, then a new one that annihilates β.
        const double epsilon_before = epsilon;
        const double delta = cs * delta_bar + sn * alpha;
        const double gamma_bar = sn * delta_bar - cs * alpha;
        epsilon = sn * beta;
        delta_bar = -cs * beta;
        const double normal = phi_bar == 0 ? 0 : std::hypot(gamma_bar, delta_bar);  // ‖A r‖ / ‖r‖ before this step
        const double gamma = std::hypot(gamma_bar, beta);
        // x is near a minimiser: later ones may leave it, when A is singular.
        if (normal <= 1e-6 * lanczos_norm && normal < lowest_normal) {
            lowest_normal = normal;
            run.remember(x, norm);
        }
        if (normal <= 5e3 * roundoff * lanczos_norm && run.applications() > 1) {
            tell();
            run.step(norm);
            return {Status::singular_inconsistent,
                    preconditioned ? "A M⁻¹ r is zero to rounding" : "A r is zero to rounding: x minimises ‖r‖", true};
        }
        if (!(gamma > 0)) {
            tell();
            return {Status::breakdown, "the Lanczos process ended at a singular matrix"};
        }
        cs = gamma_bar / gamma;
        sn = beta / gamma;
        const double phi = cs * phi_bar;
        phi_bar *= sn;
        gamma_max = std::max(gamma_max, gamma);
        gamma_min = std::min(gamma_min, gamma);

        std::swap(w1, w2);
        std::swap(w2, w);
        const auto e = static_cast<Real<T>>(epsilon_before), d = static_cast<Real<T>>(delta),
                   g = static_cast<Real<T>>(1 / gamma), f = static_cast<Real<T>>(phi);
        detail::sweep(
            n, [e, d, g, f, w = w.data(), w1 = w1.data(), w2 = w2.data(), v = v.data(), x = x.data()](std::size_t i) {
                w[i] = g * (v[i] - e * w1[i] - d * w2[i]);
                x[i] += f * w[i];
            });
        if (preconditioned) {
            const auto keep = static_cast<Real<T>>(sn * sn);
            const auto add = beta > 0 ? static_cast<Real<T>>(phi_bar * cs / beta) : Real<T>{0};
            const auto [rr] =
                detail::sweep<1, double>(n, [keep, add, r = residual.data(), u = u.data()](std::size_t i) {
                    r[i] = keep * r[i] - add * u[i];
                    return std::array{static_cast<double>(square(r[i]))};
                });
            norm = std::sqrt(rr);
        } else {
            norm = std::abs(phi_bar);
        }
        if (run.step(norm) || run.checkpoint(x)) break;
        if (!(beta > 0)) {
            tell();
            return {Status::breakdown, "the Krylov space is invariant"};
        }
    }
    tell();
    return run.ending();
}

#define INSTANTIATE(T) template Ending minres<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
