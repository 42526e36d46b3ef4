// SPDX-License-Identifier: BSD-3-Clause
// Methods whose steps do not depend on inner products: Chebyshev iteration and Richardson's.
#include <vector>

#include "core/instantiate.hpp"
#include "solvers/krylov/methods.hpp"

namespace ritz::iterative {

namespace {

/// r ← r − α w; ‖r‖.
template <Scalar T>
double subtract(VectorRef<T> r, T alpha, VectorView<T> w) {
    const auto [rr] = detail::sweep<1, double>(r.size(), [alpha, r = r.data(), w = w.data()](std::size_t i) {
        r[i] -= times(alpha, w[i]);
        return std::array{static_cast<double>(square(r[i]))};
    });
    return std::sqrt(rr);
}

/// A few steps of CG from x, which move x as well, and the extreme Ritz values that they see. What is left in r after
/// steps with a wrong interval lies outside of it, so that few are enough.
template <Scalar T>
class Probe {
public:
    Probe(Run<T>& run, Buffer<T>& p, Buffer<T>& q, Buffer<T>& z) : run_(run), p_(p), q_(q), z_(z) {}

    /// An ending, if the run is over or M⁻¹A turns out not to be positive.
    std::optional<Ending> look(int steps, VectorRef<T> x, VectorRef<T> r, double& norm) {
        std::vector<double> diagonal, off_diagonal;
        double rho_before = 0, alpha_before = 0, beta = 0;
        for (int k = 0; k < steps; ++k) {
            run_.precondition(r, z_);
            const double rho = real_part(dot(r, z_));
            if (!(rho > 0)) {
                if (!std::isfinite(rho)) return Ending{Status::not_finite, "M⁻¹ r is not finite"};
                return Ending{Status::indefinite_preconditioner, "rᴴ M⁻¹ r is not positive", true};
            }
            beta = k == 0 ? 0 : rho / rho_before;
            const auto b = static_cast<Real<T>>(beta);
            if (k == 0)
                std::copy(z_.begin(), z_.end(), p_.begin());
            else
                detail::sweep(p_.size(), [b, p = p_.data(), z = z_.data()](std::size_t i) { p[i] = z[i] + b * p[i]; });
            const double curvature = real_part(run_.apply_dot(p_, q_));
            if (!(curvature > 0) || !std::isfinite(curvature)) {
                if (run_.step(std::isfinite(curvature) ? norm : curvature)) return run_.ending();
                return Ending{Status::indefinite_operator, "pᴴ A p is not positive", true};
            }
            const double alpha = rho / curvature;
            diagonal.push_back(1 / alpha + (k > 0 ? beta / alpha_before : 0));
            if (k > 0) off_diagonal.push_back(std::sqrt(beta) / alpha_before);
            const T a = static_cast<T>(static_cast<Real<T>>(alpha));
            const double next = subtract<T>(r, a, q_);
            if (!(next <= norm)) run_.remember(x, norm);
            detail::axpy<T>(a, VectorView<T>(p_), x);
            norm = next;
            rho_before = rho;
            alpha_before = alpha;
            if (const auto ends = extreme_eigenvalues(diagonal, off_diagonal)) {
                low = ends->first;
                high = ends->second;
            }
            if (run_.step(norm)) return run_.ending();
        }
        return {};
    }

    double low = 0, high = 0;

private:
    Run<T>& run_;
    Buffer<T>&p_, &q_, &z_;
};

}  // namespace

/// \ref G. H. Golub and R. S. Varga, Numer. Math. 3 (1961) 147; Saad (2003), alg. 12.1; for fitting the interval to
/// what
///      is seen, T. A. Manteuffel, Numer. Math. 31 (1978) 183, here by Ritz values of the residual that is left.
template <Scalar T>
Ending chebyshev(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    const std::size_t n = run.n();
    Buffer<T> d(n), q(n), z(n);
    double norm = static_cast<double>(norm2(r));
    Probe<T> probe(run, d, q, z);
    double low = run.scaled_eigenvalue(run.options().eigenvalue_low),
           high = run.scaled_eigenvalue(run.options().eigenvalue_high);
    bool look = !(low > 0 && high > low);
    if (look) low = high = 0;
    constexpr int first_look = 16, later_look = 6;

    for (int looks = 0;; ++looks) {
        if (look) {
            if (const auto end = probe.look(low == 0 ? first_look : later_look, x, r, norm)) return *end;
            // Ritz values lie inside the spectrum. Above it the polynomials grow fast, below it they are less small.
            high = std::max(high, 1.05 * probe.high);
            low = low == 0 ? probe.low : std::min(low, probe.low);
            low = std::clamp(low, static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) * high, high / 1.05);
        }
        look = true;
        const double theta = (high + low) / 2, delta = (high - low) / 2, sigma = theta / delta;
        // What k steps promise: 1 / T_k(σ), T_k(σ) = cosh(k arcosh σ).
        const double rate = sigma + std::sqrt(sigma * sigma - 1);
        double rho = 1 / sigma;
        const double start_norm = norm;
        run.precondition(r, z);
        const auto first = static_cast<Real<T>>(1 / theta);
        detail::sweep(n, [first, d = d.data(), z = z.data()](std::size_t i) { d[i] = first * z[i]; });
        const int sweep_length = static_cast<int>(std::clamp(4 / std::log(rate), 8.0, 1e6));
        for (int k = 1;; ++k) {
            run.apply(d, q);
            const double next = subtract<T>(r, T{1}, q);
            if (!(next <= norm)) run.remember(x, norm);
            detail::axpy<T>(T{1}, VectorView<T>(d), x);
            norm = next;
            if (run.step(norm)) return run.ending();
            if (norm > 10 * start_norm) {
                if (looks >= 50)
                    return {Status::not_converged, "diverges: the spectrum is not real and positive", true};
                break;
            }
            // Promised is 2 e⁻⁴ each time; three quarters of it in the exponent show that the interval will do.
            if (k % sweep_length == 0 && norm > start_norm * std::exp(-0.75 * (4.0 * (k / sweep_length) - 0.7))) break;
            run.precondition(r, z);
            const double rho_next = 1 / (2 * sigma - rho);
            const auto a = static_cast<Real<T>>(rho_next * rho), b = static_cast<Real<T>>(2 * rho_next / delta);
            detail::sweep(n, [a, b, d = d.data(), z = z.data()](std::size_t i) { d[i] = a * d[i] + b * z[i]; });
            rho = rho_next;
        }
    }
}

/// Without a given ω the step is the best one along z = M⁻¹ r: it minimises the residual in the norm of M⁻¹, if that is
/// one on what is met, and in the Euclidean norm otherwise.
/// \ref L. F. Richardson, Phil. Trans. R. Soc. A 210 (1911) 307; for the steps of minimal residual, Saad (2003),
///      alg. 5.3.
template <Scalar T>
Ending richardson(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    const std::size_t n = run.n();
    const bool given = run.options().damping != 0, search = !given && run.preconditioned();
    // ω is in the caller's units of (M⁻¹A)⁻¹.
    const double damping = given ? 1 / run.scaled_eigenvalue(1 / run.options().damping) : 0;
    Buffer<T> z(n), q(n), t(search ? n : 0);
    double norm = static_cast<double>(norm2(r));
    const double start_norm = norm;
    for (;;) {
        run.precondition(r, z);
        run.apply(z, q);
        T omega = static_cast<T>(static_cast<Real<T>>(damping));
        if (!given) {
            if (search) run.precondition(q, t);
            const T qt = search ? dot(q, t) : T{0};  // ‖q‖² in the norm of M⁻¹
            const bool in_M = real_part(qt) > 0 && std::abs(imaginary_part(qt)) <= 1e-3 * real_part(qt);
            const double divisor = in_M ? real_part(qt) : static_cast<double>(real_part(dot(q, q)));
            const T qr = in_M ? dot(q, z) : dot(q, r);
            if (!(divisor > 0) || !std::isfinite(divisor)) {
                if (run.step(divisor == 0 ? norm : divisor)) return run.ending();
                return {Status::breakdown, "A M⁻¹ r = 0: A is singular", true};
            }
            omega = qr / static_cast<T>(static_cast<Real<T>>(divisor));
            if (omega == T{0}) {
                if (run.step(norm)) return run.ending();
                return {Status::stagnated, "A M⁻¹ r is orthogonal to r: no step along M⁻¹ r helps", true};
            }
        }
        const double next = subtract<T>(r, omega, q);
        if (!(next <= norm)) run.remember(x, norm);
        detail::axpy<T>(omega, VectorView<T>(z), x);
        norm = next;
        if (run.step(norm)) return run.ending();
        if (norm > 1e4 * start_norm)
            return {Status::not_converged, "diverges: ‖r‖ is 10⁴ times what it was; a smaller ω may converge", true};
    }
}

#define INSTANTIATE(T)                                                 \
    template Ending chebyshev<T>(Run<T>&, VectorRef<T>, VectorRef<T>); \
    template Ending richardson<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
