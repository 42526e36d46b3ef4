// SPDX-License-Identifier: BSD-3-Clause
// Methods for Hermitian positive definite A that keep short recurrences: CG, flexible CG, conjugate residuals.
#include "core/instantiate.hpp"
#include "solvers/krylov/methods.hpp"

namespace ritz::iterative {

namespace {

/// The Lanczos matrix that CG's coefficients hold: T = tridiag of 1/α_k + β_{k-1}/α_{k-1} and √β_k/α_k. Its eigenvalues
/// are Ritz values of M⁻¹A (Saad 2003, section 6.7.3).
class LanczosMatrix {
public:
    void append(double alpha, double beta) {
        diagonal_.push_back(1 / alpha + (alpha_ > 0 ? beta_ / alpha_ : 0));
        if (alpha_ > 0) off_diagonal_.push_back(std::sqrt(beta_) / alpha_);
        alpha_ = alpha;
        beta_ = beta;
    }
    template <Scalar T>
    void tell(Run<T>& run) const {
        if (const auto ends = extreme_eigenvalues(diagonal_, off_diagonal_)) {
            run.smallest_ritz = ends->first;
            run.largest_ritz = ends->second;
            if (ends->first > 0) run.condition_estimate = ends->second / ends->first;
        }
    }

private:
    double alpha_ = 0, beta_ = 0;
    std::vector<double> diagonal_, off_diagonal_;
};

/// pᴴ A p of a Hermitian A is real. A larger imaginary part than rounding makes shows an operator that is not.
template <Scalar T>
bool looks_hermitian(T pq) {
    return std::abs(imaginary_part(pq)) <=
           std::sqrt(static_cast<double>(std::numeric_limits<Real<T>>::epsilon())) * std::abs(real_part(pq));
}

template <Scalar T>
Ending indefinite(double curvature) {
    if (!std::isfinite(curvature)) return {Status::not_finite, "pᴴ A p is not finite"};
    return {Status::indefinite_operator, "pᴴ A p is not positive", true};
}

}  // namespace

template <Scalar T>
Ending cg(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    const std::size_t n = run.n();
    const bool preconditioned = run.preconditioned();
    Buffer<T> p(n), q(n), z(preconditioned ? n : 0);
    LanczosMatrix lanczos;

    const auto rz_of = [&](double rr) -> T {  // rᴴ M⁻¹ r
        if (!preconditioned) return static_cast<Real<T>>(rr);
        run.precondition(r, z);
        return dot(r, z);
    };
    const VectorRef<T> search = preconditioned ? VectorRef<T>(z) : r;

    double norm = static_cast<double>(norm2(r));
    T rho_full = rz_of(norm * norm);
    double rho = real_part(rho_full);
    if (!(rho > 0) || !looks_hermitian(rho_full))
        return std::isfinite(rho) ? Ending{Status::indefinite_preconditioner, "rᴴ M⁻¹ r is not positive", true}
                                  : Ending{Status::not_finite, "M⁻¹ r is not finite"};
    std::copy(search.begin(), search.end(), p.begin());

    for (;;) {
        const T pq = run.apply_dot(p, q);  // q ← A p
        const double curvature = real_part(pq);
        if (!(curvature > 0) || !std::isfinite(curvature)) {
            lanczos.tell(run);
            run.step(norm);
            return indefinite<T>(curvature);
        }
        if (!looks_hermitian(pq)) return {Status::not_symmetric, "pᴴ A p is not real", true};
        const double alpha = rho / curvature;
        const auto a = static_cast<Real<T>>(alpha);
        const auto [rr] = detail::sweep<1, double>(n, [a, r = r.data(), q = q.data()](std::size_t i) {
            r[i] -= a * q[i];  // r ← r − α A p
            return std::array{static_cast<double>(square(r[i]))};
        });
        const double next = std::sqrt(rr);
        if (!(next <= norm)) run.remember(x, norm);

        rho_full = rz_of(rr);
        const double rho_next = real_part(rho_full), beta = rho_next / rho;
        const auto b = static_cast<Real<T>>(beta);
        detail::sweep(n, [a, b, x = x.data(), p = p.data(), z = search.data()](std::size_t i) {
            x[i] += a * p[i];        // x ← x + α p
            p[i] = z[i] + b * p[i];  // p ← z + β p
        });
        lanczos.append(alpha, beta);
        norm = next;
        rho = rho_next;
        if (run.step(norm) || run.checkpoint(x)) break;
        if (!(rho > 0)) {
            lanczos.tell(run);
            return std::isfinite(rho) ? Ending{Status::indefinite_preconditioner, "rᴴ M⁻¹ r is not positive", true}
                                      : Ending{Status::not_finite, "M⁻¹ r is not finite"};
        }
    }
    lanczos.tell(run);
    return run.ending();
}

template <Scalar T>
Ending fcg(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    const std::size_t n = run.n();
    Buffer<T> p(n), q(n), z(n);
    double norm = static_cast<double>(norm2(r));
    run.precondition(r, z);
    double rho = real_part(dot(r, z));
    std::copy(z.begin(), z.end(), p.begin());
    for (;;) {
        if (!(rho > 0))
            return std::isfinite(rho) ? Ending{Status::indefinite_preconditioner, "rᴴ M⁻¹ r is not positive", true}
                                      : Ending{Status::not_finite, "M⁻¹ r is not finite"};
        const T pq = run.apply_dot(p, q);
        const double curvature = real_part(pq);
        if (!(curvature > 0) || !std::isfinite(curvature)) {
            run.step(norm);
            return indefinite<T>(curvature);
        }
        if (!looks_hermitian(pq)) return {Status::not_symmetric, "pᴴ A p is not real", true};
        // The exact α is pᴴ r / pᴴ A p; it equals ρ / pᴴ A p while p ⟂ the residual before.
        const double alpha = rho / curvature;
        const auto a = static_cast<Real<T>>(alpha);
        const auto [rr] = detail::sweep<1, double>(n, [a, r = r.data(), q = q.data()](std::size_t i) {
            r[i] -= a * q[i];
            return std::array{static_cast<double>(square(r[i]))};
        });
        const double next = std::sqrt(rr);
        if (!(next <= norm)) run.remember(x, norm);
        run.precondition(r, z);
        // β = zᴴ(r − r_before) / ρ, and r − r_before = −α q: Polak and Ribière's, without keeping r_before.
        const auto [rz, zq] = detail::sweep<2, double>(n, [r = r.data(), z = z.data(), q = q.data()](std::size_t i) {
            return std::array{real_part(times(conj(r[i]), z[i])), real_part(times(conj(q[i]), z[i]))};
        });
        const auto b = static_cast<Real<T>>(-alpha * zq / rho);
        detail::sweep(n, [a, b, x = x.data(), p = p.data(), z = z.data()](std::size_t i) {
            x[i] += a * p[i];
            p[i] = z[i] + b * p[i];
        });
        norm = next;
        rho = rz;
        if (run.step(norm) || run.checkpoint(x)) return run.ending();
    }
}

template <Scalar T>
Ending cr(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    // In the inner product of M⁻¹: z = M⁻¹ r is the preconditioned residual, whose A-norm the coefficients come from.
    const std::size_t n = run.n();
    const bool preconditioned = run.preconditioned();
    Buffer<T> p(n), Ap(n), Az(n), z(preconditioned ? n : 0), MAp(preconditioned ? n : 0);
    const VectorRef<T> residual = preconditioned ? VectorRef<T>(z) : r;
    const VectorRef<T> search_image = preconditioned ? VectorRef<T>(MAp) : VectorRef<T>(Ap);
    double norm = static_cast<double>(norm2(r));
    if (preconditioned) run.precondition(r, z);
    T zAz = run.apply_dot(residual, Az);
    std::copy(residual.begin(), residual.end(), p.begin());
    std::copy(Az.begin(), Az.end(), Ap.begin());
    if (run.step(norm)) return run.ending();
    for (;;) {
        if (preconditioned) run.precondition(Ap, MAp);
        const double divisor = real_part(dot(Ap, search_image));  // (A p)ᴴ M⁻¹ A p
        if (!(divisor > 0))
            return !std::isfinite(divisor) ? Ending{Status::not_finite, "A p is not finite"}
                   : preconditioned ? Ending{Status::indefinite_preconditioner, "(A p)ᴴ M⁻¹ A p is not positive", true}
                                    : Ending{Status::breakdown, "A p = 0"};
        const double rho = real_part(zAz);
        if (rho == 0) return {Status::breakdown, "zᴴ A z = 0: A is indefinite; minres does not break down there"};
        if (!looks_hermitian(zAz)) return {Status::not_symmetric, "zᴴ A z is not real", true};
        const auto a = static_cast<Real<T>>(rho / divisor);
        const auto [rr] =
            detail::sweep<1, double>(n, [a, x = x.data(), r = r.data(), p = p.data(), q = Ap.data()](std::size_t i) {
                x[i] += a * p[i];
                r[i] -= a * q[i];
                return std::array{static_cast<double>(square(r[i]))};
            });
        const double next = std::sqrt(rr);
        if (preconditioned)
            detail::sweep(n, [a, z = z.data(), q = MAp.data()](std::size_t i) { z[i] -= a * q[i]; });  // z ← M⁻¹ r
        norm = next;
        if (norm <= run.target() || run.applications_left() <= 0) {
            run.step(norm);
            return run.ending();
        }
        zAz = run.apply_dot(residual, Az);
        if (run.step(norm) || run.checkpoint(x)) return run.ending();
        const auto b = static_cast<Real<T>>(real_part(zAz) / rho);
        detail::sweep(n, [b, p = p.data(), q = Ap.data(), z = residual.data(), w = Az.data()](std::size_t i) {
            p[i] = z[i] + b * p[i];
            q[i] = w[i] + b * q[i];  // A p by its recurrence
        });
    }
}

#define INSTANTIATE(T)                                           \
    template Ending cg<T>(Run<T>&, VectorRef<T>, VectorRef<T>);  \
    template Ending fcg<T>(Run<T>&, VectorRef<T>, VectorRef<T>); \
    template Ending cr<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
