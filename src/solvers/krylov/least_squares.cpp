// SPDX-License-Identifier: BSD-3-Clause
// min ‖b − A x‖₂ for A of any shape: LSQR and LSMR by Golub and Kahan's bidiagonalisation, and CG on the normal
// equations. M stands on the right, x = M⁻¹ y; the norms are those of b − A x and Aᴴ(b − A x) all the same.
#include <vector>

#include "core/instantiate.hpp"
#include "solvers/krylov/methods.hpp"

namespace ritz::iterative {

namespace {

/// y ← a y + x; ‖y‖.
template <Scalar T>
double scale_add(VectorRef<T> y, double factor, VectorView<T> x) {
    const auto a = static_cast<Real<T>>(factor);
    const auto [squares] = detail::sweep<1, double>(y.size(), [a, y = y.data(), x = x.data()](std::size_t i) {
        y[i] = a * y[i] + x[i];
        return std::array{static_cast<double>(square(y[i]))};
    });
    return std::sqrt(squares);
}

template <Scalar T>
void divide(VectorRef<T> v, double norm) {
    const auto inverse = static_cast<Real<T>>(1 / norm);
    detail::sweep(v.size(), [inverse, v = v.data()](std::size_t i) { v[i] *= inverse; });
}

/// U_{k+1} B_k = A M⁻¹ V_k with B lower bidiagonal: diagonal α_1 … α_k, below it β_2 … β_{k+1}.
/// \ref G. Golub and W. Kahan, SIAM J. Numer. Anal. B 2 (1965) 205; Paige and Saunders, ACM TOMS 8 (1982) 43, (3.1).
template <Scalar T>
class Bidiagonalisation {
public:
    /// u ← r.
    Bidiagonalisation(Run<T>& run, VectorRef<T> r)
        : run_(run),
          u_(r),
          v_(run.n(), T{0}),
          image_(std::max(run.m(), run.n())),
          a_(run.preconditioned() ? run.n() : 0, T{0}),
          hat_(run.preconditioned() ? run.n() : 0) {
        beta = static_cast<double>(norm2(u_));
        if (beta > 0) divide(u_, beta);
    }

    /// β u ← A v̂ − α u, an application.
    void new_u() {
        const VectorRef<T> image{image_.data(), run_.m()};
        const VectorView<T> step = this->step();
        run_.apply(step, image);
        const double image_norm =
            run_.preconditioned() ? static_cast<double>(norm2(image)) / static_cast<double>(norm2(step)) : 0;
        beta = scale_add<T>(u_, -alpha, image);
        if (beta > 0) divide(u_, beta);
        // ‖A v‖. The Frobenius norm of B, which is customary here, is no bound once V loses its orthogonality: B then
        // holds the large singular values of A several times.
        run_.saw_operator_norm(run_.preconditioned() ? image_norm : std::hypot(alpha, beta));
        if (!diagonal_.empty()) diagonal_.back() += beta * beta;
    }
    /// α v ← M⁻ᴴ Aᴴ u − β v, an application.
    void new_v() {
        const VectorRef<T> image{image_.data(), run_.n()};
        run_.apply_adjoint(u_, image);
        if (run_.preconditioned()) {
            scale_add<T>(a_, -beta, image);
            run_.precondition_adjoint(image, hat_);
            std::copy(hat_.begin(), hat_.end(), image.begin());
        }
        alpha = scale_add<T>(v_, -beta, image);
        if (alpha > 0) {
            divide<T>(v_, alpha);
            if (run_.preconditioned()) divide<T>(a_, alpha);
        }
        if (run_.preconditioned()) run_.precondition(v_, hat_);
        if (diagonal_.empty()) run_.saw_operator_norm(run_.preconditioned() ? 0 : alpha);
        if (!diagonal_.empty()) off_diagonal_.push_back(alpha * beta);
        diagonal_.push_back(alpha * alpha);
    }

    VectorView<T> v() const noexcept { return v_; }
    /// v̂ = M⁻¹ v: the step of x that belongs to v.
    VectorView<T> step() const noexcept { return run_.preconditioned() ? VectorView<T>(hat_) : VectorView<T>(v_); }

    /// ‖Aᴴ r‖ of an r with M⁻ᴴ Aᴴ r = factor v.
    double normal(double factor) const {
        const double v_norm = run_.preconditioned() ? static_cast<double>(norm2(a_)) : 1;
        return std::abs(factor) * v_norm;
    }

    /// Condition of A M⁻¹ from the eigenvalues of BᴴB.
    void tell() const {
        std::vector<double> off = off_diagonal_;
        std::vector<double> diagonal = diagonal_;
        // The last diagonal element lacks the β² that was not computed.
        if (diagonal.size() > 1) diagonal.pop_back(), off.pop_back();
        const auto ends = extreme_eigenvalues(diagonal, off);
        if (ends && ends->first > 0) run_.condition_estimate = std::sqrt(ends->second / ends->first);
    }

    double alpha = 0, beta = 0;

private:
    Run<T>& run_;
    VectorRef<T> u_;
    Buffer<T> v_, image_, a_, hat_;                // a = Mᴴ v
    std::vector<double> diagonal_, off_diagonal_;  // of BᴴB
};

/// ‖Aᴴ r‖ / (‖A‖_F ‖r‖) with what is known of ‖A‖_F.
template <Scalar T>
double relative(const Run<T>& run, double normal, double norm) {
    return normal == 0 ? 0 : normal / (run.operator_norm() * norm);
}

constexpr double unknown = std::numeric_limits<double>::infinity();

Ending unsuitable(double value) {
    return std::isfinite(value) ? Ending{Status::breakdown, "the bidiagonalisation ended"}
                                : Ending{Status::not_finite, "a product with A or M⁻¹ is not finite"};
}

}  // namespace

/// \ref C. C. Paige and M. A. Saunders, ACM TOMS 8 (1982) 43, section 4.
template <Scalar T>
Ending lsqr(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    if (run.applications_left() < 1) return run.limit();
    Bidiagonalisation<T> lanczos(run, r);
    double norm = lanczos.beta;
    if (!(norm > 0)) return norm == 0 ? Ending{Status::converged} : unsuitable(norm);
    lanczos.new_v();
    if (run.step(std::isfinite(lanczos.alpha) ? norm : lanczos.alpha,
                 relative(run, lanczos.normal(lanczos.alpha * lanczos.beta), norm)))
        return run.ending();
    if (!(lanczos.alpha > 0)) return unsuitable(lanczos.alpha);
    const std::size_t n = run.n();
    const VectorView<T> first = lanczos.step();
    Buffer<T> w(first.begin(), first.end());
    double phi_bar = lanczos.beta, rho_bar = lanczos.alpha;
    for (;;) {
        lanczos.new_u();
        const double beta = lanczos.beta, rho = std::hypot(rho_bar, beta), c = rho_bar / rho, s = beta / rho;
        const double phi = c * phi_bar;
        phi_bar *= s;
        const auto step = static_cast<Real<T>>(phi / rho);
        if (!std::isfinite(beta)) {
            run.step(beta, unknown);
            return run.ending();
        }
        detail::sweep(n, [step, x = x.data(), w = w.data()](std::size_t i) { x[i] += step * w[i]; });
        norm = phi_bar;
        if (run.step(norm, beta > 0 ? unknown : 0)) {
            lanczos.tell();
            return run.ending();
        }
        lanczos.new_v();
        const double alpha = lanczos.alpha;
        const bool stop =
            run.step(std::isfinite(alpha) ? norm : alpha, relative(run, lanczos.normal(phi_bar * alpha * c), norm));
        if (stop || !(alpha > 0)) {
            lanczos.tell();
            return stop ? run.ending() : unsuitable(alpha);
        }
        const double theta = s * alpha;
        rho_bar = -c * alpha;
        const auto back = static_cast<Real<T>>(-theta / rho);
        const VectorView<T> v = lanczos.step();
        detail::sweep(n, [back, w = w.data(), v = v.data()](std::size_t i) { w[i] = v[i] + back * w[i]; });
    }
}

/// \ref D. C.-L. Fong and M. Saunders, SIAM J. Sci. Comput. 33 (2011) 2950, sections 2 and 5.
template <Scalar T>
Ending lsmr(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    if (run.applications_left() < 1) return run.limit();
    Bidiagonalisation<T> lanczos(run, r);
    double norm = lanczos.beta;
    if (!(norm > 0)) return norm == 0 ? Ending{Status::converged} : unsuitable(norm);
    lanczos.new_v();
    const auto told = [&](double normal) { return relative(run, lanczos.normal(normal), norm); };
    if (run.step(std::isfinite(lanczos.alpha) ? norm : lanczos.alpha, told(lanczos.alpha * lanczos.beta)))
        return run.ending();
    if (!(lanczos.alpha > 0)) return unsuitable(lanczos.alpha);
    const std::size_t n = run.n();
    const VectorView<T> first = lanczos.step();
    Buffer<T> h(first.begin(), first.end()), h_bar(n, T{0});
    double alpha_bar = lanczos.alpha, zeta_bar = lanczos.alpha * lanczos.beta;
    double rho = 1, rho_bar = 1, c_bar = 1, s_bar = 0, zeta = 0;
    // For ‖r‖: a second pair of rotations, that makes R̄ᵀ upper bidiagonal (section 5.1).
    double beta_dd = lanczos.beta, beta_d = 0, rho_d = 1, tau = 0, theta_tilde = 0;
    for (;;) {
        if (run.applications_left() < 2) {
            lanczos.tell();
            return run.limit();
        }
        lanczos.new_u();
        if (run.step(std::isfinite(lanczos.beta) ? norm : lanczos.beta, unknown)) {
            lanczos.tell();
            return run.ending();
        }
        lanczos.new_v();
        const double alpha = lanczos.alpha, beta = lanczos.beta, rho_before = rho;
        rho = std::hypot(alpha_bar, beta);
        const double c = alpha_bar / rho, s = beta / rho, theta = s * alpha;
        alpha_bar = c * alpha;
        const double rho_bar_before = rho_bar, zeta_before = zeta, theta_bar = s_bar * rho, turned = c_bar * rho;
        rho_bar = std::hypot(turned, theta);
        c_bar = turned / rho_bar;
        s_bar = theta / rho_bar;
        zeta = c_bar * zeta_bar;
        zeta_bar *= -s_bar;

        const double beta_hat = c * beta_dd;
        beta_dd *= -s;
        const double rho_tilde = std::hypot(rho_d, theta_bar), c_tilde = rho_d / rho_tilde,
                     s_tilde = theta_bar / rho_tilde, theta_tilde_before = theta_tilde;
        theta_tilde = s_tilde * rho_bar;
        rho_d = c_tilde * rho_bar;
        beta_d = -s_tilde * beta_d + c_tilde * beta_hat;
        tau = (zeta_before - theta_tilde_before * tau) / rho_tilde;
        norm = std::hypot(beta_d - (zeta - theta_tilde * tau) / rho_d, beta_dd);

        const auto back_bar = static_cast<Real<T>>(-theta_bar * rho / (rho_before * rho_bar_before)),
                   step = static_cast<Real<T>>(zeta / (rho * rho_bar)), back = static_cast<Real<T>>(-theta / rho);
        if (!std::isfinite(zeta)) {
            run.step(zeta, unknown);
            return run.ending();
        }
        const VectorView<T> v = lanczos.step();
        detail::sweep(
            n, [back_bar, step, back, h = h.data(), h_bar = h_bar.data(), v = v.data(), x = x.data()](std::size_t i) {
                h_bar[i] = h[i] + back_bar * h_bar[i];
                x[i] += step * h_bar[i];
                h[i] = v[i] + back * h[i];
            });
        const bool stop = run.step(std::isfinite(alpha) ? norm : alpha, told(zeta_bar));
        if (stop || !(alpha > 0) || !(beta > 0)) {
            lanczos.tell();
            return stop ? run.ending() : unsuitable(alpha);
        }
    }
}

/// \ref M. R. Hestenes and E. Stiefel (1952), section 10; Å. Björck, Numerical Methods for Least Squares Problems
/// (1996),
///      alg. 7.4.1.
template <Scalar T>
Ending cgls(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    if (run.applications_left() < 1) return run.limit();
    const std::size_t n = run.n(), m = run.m();
    const bool preconditioned = run.preconditioned();
    Buffer<T> s(n), p(n), q(m), z(preconditioned ? n : 0), t(preconditioned ? n : 0);
    double norm = static_cast<double>(norm2(r)), gamma = 0, normal = 0, alpha = 0, beta = 0;
    std::vector<double> diagonal, off_diagonal;
    // s ← Aᴴ r, z ← M⁻ᴴ s, γ = ‖z‖².
    const auto gradient = [&] {
        run.apply_adjoint(r, s);
        normal = static_cast<double>(norm2(s));
        if (norm > 0) run.saw_operator_norm(normal / norm);
        if (preconditioned) run.precondition_adjoint(s, z);
        const auto length = preconditioned ? static_cast<double>(norm2(z)) : normal;
        return length * length;
    };
    const auto tell = [&] {
        if (off_diagonal.size() >= diagonal.size()) off_diagonal.resize(diagonal.empty() ? 0 : diagonal.size() - 1);
        const auto ends = extreme_eigenvalues(diagonal, off_diagonal);
        if (ends && ends->first > 0) run.condition_estimate = std::sqrt(ends->second / ends->first);
    };
    // d ← M⁻¹ z, or s.
    const auto direction = [&]() -> VectorView<T> {
        if (!preconditioned) return s;
        run.precondition(z, t);
        return t;
    };
    gamma = gradient();
    if (run.step(std::isfinite(gamma) ? norm : gamma, relative(run, normal, norm))) return run.ending();
    if (!(gamma > 0)) return unsuitable(gamma);
    const VectorView<T> first = direction();
    std::copy(first.begin(), first.end(), p.begin());
    for (;;) {
        if (run.applications_left() < 1) return run.limit();
        run.apply(p, q);
        const auto q_norm = static_cast<double>(norm2(q));
        run.saw_operator_norm(q_norm / static_cast<double>(norm2(p)));
        if (!(q_norm > 0) || !std::isfinite(q_norm)) {
            tell();
            return run.step(q_norm == 0 ? norm : q_norm, unknown) ? run.ending() : unsuitable(q_norm);
        }
        const double alpha_before = alpha;
        alpha = gamma / (q_norm * q_norm);
        // CG's Lanczos matrix, as in cg.cpp.
        diagonal.push_back(1 / alpha + (alpha_before > 0 ? beta / alpha_before : 0));
        const auto a = static_cast<Real<T>>(alpha);
        detail::sweep(n, [a, x = x.data(), p = p.data()](std::size_t i) { x[i] += a * p[i]; });
        const auto [rr] = detail::sweep<1, double>(m, [a, r = r.data(), q = q.data()](std::size_t i) {
            r[i] -= a * q[i];
            return std::array{static_cast<double>(square(r[i]))};
        });
        norm = std::sqrt(rr);
        if (run.step(norm, unknown)) {
            tell();
            return run.ending();
        }
        const double next = gradient();
        const bool stop = run.step(std::isfinite(next) ? norm : next, relative(run, normal, norm));
        if (stop || !(next > 0)) {
            tell();
            return stop ? run.ending() : unsuitable(next);
        }
        beta = next / gamma;
        off_diagonal.push_back(std::sqrt(beta) / alpha);
        gamma = next;
        const VectorView<T> d = direction();
        const auto b = static_cast<Real<T>>(beta);
        detail::sweep(n, [b, p = p.data(), d = d.data()](std::size_t i) { p[i] = d[i] + b * p[i]; });
    }
}

#define INSTANTIATE(T)                                            \
    template Ending lsqr<T>(Run<T>&, VectorRef<T>, VectorRef<T>); \
    template Ending lsmr<T>(Run<T>&, VectorRef<T>, VectorRef<T>); \
    template Ending cgls<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
