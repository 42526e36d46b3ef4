// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "core/instantiate.hpp"
#include "solvers/krylov/methods.hpp"

namespace ritz::iterative {

namespace {

/// The symmetric reflection that takes (a, b) to (length, 0): [c s; s −c].
struct Reflection {
    double c = -1, s = 0, length = 0;
    static Reflection of(double a, double b) {
        const double length = std::hypot(a, b);
        return length > 0 ? Reflection{a / length, b / length, length} : Reflection{1, 0, 0};
    }
};

}  // namespace

/// Lanczos gives T_k; reflections from the left make it upper triangular, R_k with three diagonals, and others from the
/// right make that lower triangular, L_k. x_k = W_k u_k with W_k = V_k P_k and L_k u_k = t_k: the last two elements of
/// u_k are open until the columns behind them are known, all others are final.
/// \ref S.-C. T. Choi, C. C. Paige and M. A. Saunders, SIAM J. Sci. Comput. 33 (2011) 1810, sections 3 and 4 (QLP from
///      the first step on, and the residual vector by its recurrence where M hides its norm).
template <Scalar T>
Ending minres_qlp(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    const std::size_t n = run.n();
    const bool preconditioned = run.preconditioned();
    constexpr double roundoff = static_cast<double>(std::numeric_limits<Real<T>>::epsilon());
    // Lanczos vectors as in minres.cpp: u/β belongs to the range of A, v = y/β to the space of x.
    Buffer<T> u_before(n, T{0}), u(r.begin(), r.end()), v(n), image(n);
    Buffer<T> w1(n, T{0}), w2(n, T{0}), w3(n, T{0});  // columns k−2, k−1 and k of W
    Buffer<T> y(preconditioned ? n : 0), residual(preconditioned ? n : 0);
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
    double beta = std::sqrt(squared), beta_before = 0, norm = static_cast<double>(norm2(r));
    double zeta_bar = beta;                  // of t, whose last element stands before the reflection of the next step
    double gamma_bar = 0, epsilon = 0;       // of R: what the step before left for column k
    Reflection left;                         // the latest from the left
    double mu1 = 0, mu2 = 0, mu3 = 0;        // diagonal of L at k−2, k−1, k
    double theta2 = 0, theta3 = 0;           // below it, in the rows k−1 and k
    double rest1 = 0, rest2 = 0, rest3 = 0;  // t_i less what final elements of u take from it
    double u1 = 0, u2 = 0, u3 = 0;           // of u
    double lanczos_norm = 0;                 // a lower bound on ‖M^-½ A M^-½‖
    std::vector<double> diagonal, off_diagonal;

    // On an inconsistent system ‖A r‖ / (‖A‖ ‖r‖) falls to rounding, or only near it, where Lanczos vectors have lost
    // their orthogonality; then ‖r‖ stands and x runs away along the null space. `flat` is x where the ratio was least.
    const double certain = 1e3 * roundoff / 2, likely = std::pow(roundoff, 0.45);
    Buffer<T> flat;
    double flat_ratio = likely, flat_norm = 0;

    const auto end = [&](Ending ending) {
        if (!flat.empty() && norm >= 0.999 * flat_norm) {
            std::copy(flat.begin(), flat.end(), x.begin());
            u2 = u3 = 0;
        }
        // x, without the two open columns so far.
        const auto a = static_cast<Real<T>>(u2), b = static_cast<Real<T>>(u3);
        detail::sweep(
            n, [a, b, x = x.data(), w2 = w2.data(), w3 = w3.data()](std::size_t i) { x[i] += a * w2[i] + b * w3[i]; });
        if (off_diagonal.size() >= diagonal.size()) off_diagonal.resize(diagonal.empty() ? 0 : diagonal.size() - 1);
        if (const auto ends = extreme_eigenvalues(diagonal, off_diagonal)) {
            run.smallest_ritz = ends->first;
            run.largest_ritz = ends->second;
            const double ratio = ends->second / ends->first;
            if (ratio > 0) run.condition_estimate = std::max(ratio, 1 / ratio);
        }
        return ending;
    };

    for (int k = 1;; k = std::min(k + 1, 3)) {
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
        const auto length = static_cast<double>(norm2(image));
        if (std::abs(imaginary_part(alpha_full)) > std::sqrt(roundoff) * std::max(length, std::abs(alpha)))
            return end({Status::not_symmetric, "vᴴ A v is not real", true});
        const auto along = static_cast<Real<T>>(alpha / beta);
        detail::sweep(n, [along, q = image.data(), p = u.data()](std::size_t i) { q[i] -= along * p[i]; });
        std::swap(u_before, u);
        std::swap(u, image);
        if (preconditioned) run.precondition(u, y);
        squared = inner();
        if (!(squared >= 0) || !std::isfinite(squared)) {
            if (!std::isfinite(squared)) run.step(squared);
            return end(indefinite_M(squared));
        }
        beta_before = beta;
        beta = std::sqrt(squared);
        diagonal.push_back(alpha);
        off_diagonal.push_back(beta);
        lanczos_norm = std::max(lanczos_norm, std::hypot(alpha, beta));
        if (!std::isfinite(lanczos_norm)) {
            run.step(lanczos_norm);
            return end({Status::not_finite, "a product with A or M⁻¹ is not finite"});
        }
        if (!preconditioned) run.saw_operator_norm(lanczos_norm);

        // Column k of R: ε_k above γ_k above λ_k.
        const double epsilon_k = epsilon;
        const double gamma_k = left.c * gamma_bar + left.s * alpha;
        const double lambda_bar = left.s * gamma_bar - left.c * alpha;
        epsilon = left.s * beta;
        gamma_bar = -left.c * beta;
        const double gradient = std::hypot(lambda_bar, gamma_bar);  // ‖A r‖ / ‖r‖ of the step before
        const double ratio = gradient / lanczos_norm;
        const bool minimal = ratio <= certain && (k > 1 || run.applications() > 1);
        left = minimal ? Reflection{1, 0, 0} : Reflection::of(lambda_bar, beta);
        const double zeta = minimal ? 0 : left.c * zeta_bar;

        // From the right, in columns (k−2, k) and (k−1, k): L.
        double mu_k = left.length, eta = 0;
        if (k >= 3) {
            const Reflection P = Reflection::of(mu2, epsilon_k);  // columns k−2 and k before this step's names
            mu1 = P.length;
            const double below = P.c * theta3 + P.s * gamma_k, open = P.s * theta3 - P.c * gamma_k;
            theta2 = below;
            eta = P.s * mu_k;
            mu_k *= -P.c;
            const auto c = static_cast<Real<T>>(P.c), s = static_cast<Real<T>>(P.s);
            detail::sweep(n, [c, s, w1 = w1.data(), w2 = w2.data(), v = v.data()](std::size_t i) {
                const T w = w2[i];
                w1[i] = c * w + s * v[i];  // final
                v[i] = s * w - c * v[i];
            });
            std::swap(w2, w3);
            rest1 = rest2;
            u1 = mu1 > 0 ? rest1 / mu1 : 0;
            const auto a = static_cast<Real<T>>(u1);
            detail::sweep(n, [a, x = x.data(), w = w1.data()](std::size_t i) { x[i] += a * w[i]; });
            rest2 = rest3 - theta2 * u1;
            mu2 = mu3;
            rest3 = zeta - eta * u1;
            const Reflection Q = Reflection::of(mu2, open);
            mu2 = Q.length;
            theta3 = Q.s * mu_k;
            mu3 = -Q.c * mu_k;
            const auto qc = static_cast<Real<T>>(Q.c), qs = static_cast<Real<T>>(Q.s);
            detail::sweep(n, [qc, qs, w2 = w2.data(), w3 = w3.data(), v = v.data()](std::size_t i) {
                const T w = w2[i];
                w2[i] = qc * w + qs * v[i];
                w3[i] = qs * w - qc * v[i];
            });
        } else if (k == 2) {
            const Reflection Q = Reflection::of(mu3, gamma_k);
            std::swap(w2, w3);
            mu2 = Q.length;
            theta3 = Q.s * mu_k;
            mu3 = -Q.c * mu_k;
            rest2 = rest3;
            rest3 = zeta;
            const auto qc = static_cast<Real<T>>(Q.c), qs = static_cast<Real<T>>(Q.s);
            detail::sweep(n, [qc, qs, w2 = w2.data(), w3 = w3.data(), v = v.data()](std::size_t i) {
                const T w = w2[i];
                w2[i] = qc * w + qs * v[i];
                w3[i] = qs * w - qc * v[i];
            });
        } else {
            mu3 = mu_k;
            rest3 = zeta;
            std::copy(v.begin(), v.end(), w3.begin());
        }
        u2 = mu2 > 0 ? rest2 / mu2 : 0;
        u3 = minimal || mu3 == 0 ? 0 : (rest3 - theta3 * u2) / mu3;
        if (minimal) {  // the column of A's null vector is left out: x has the least norm
            flat.clear();
            run.step(norm);
            return end({Status::singular_inconsistent, "‖A r‖ / (‖A‖ ‖r‖) is at rounding", true});
        }
        if (k > 1 && ratio < flat_ratio) {
            flat.resize(n);
            const auto a = static_cast<Real<T>>(u2);
            detail::sweep(
                n, [a, f = flat.data(), x = x.data(), w2 = w2.data()](std::size_t i) { f[i] = x[i] + a * w2[i]; });
            flat_ratio = ratio;
            flat_norm = norm;
        } else if (!flat.empty()) {
            const double growth =
                std::max({std::abs(u1), std::abs(u2), std::abs(u3)}) * lanczos_norm / std::abs(zeta_bar);
            if (growth >= std::pow(roundoff, -0.6)) {
                norm = flat_norm;
                run.step(norm);
                return end({Status::singular_inconsistent,
                            "‖A r‖ is small beside ‖A‖ ‖r‖, and only an unbounded x would make ‖r‖ smaller", true});
            }
            if (norm <= 0.9 * flat_norm) {  // a small eigenvalue, not a zero
                flat.clear();
                flat_ratio = likely;
            }
        }

        zeta_bar *= left.s;
        if (preconditioned) {
            // ‖r‖ as M hides it: r_k = s² r_{k−1} − (ζ̄ c/β) u_{k+1}.
            const auto keep = static_cast<Real<T>>(left.s * left.s);
            const auto take = beta > 0 ? static_cast<Real<T>>(zeta_bar * left.c / beta) : Real<T>{0};
            const auto [rr] =
                detail::sweep<1, double>(n, [keep, take, r = residual.data(), u = u.data()](std::size_t i) {
                    r[i] = keep * r[i] - take * u[i];
                    return std::array{static_cast<double>(square(r[i]))};
                });
            norm = std::sqrt(rr);
        } else {
            norm = std::abs(zeta_bar);
        }
        if (run.step(norm)) return end(run.ending());
        if (!(beta > 0)) return end({Status::breakdown, "the Krylov space is invariant"});
    }
}

#define INSTANTIATE(T) template Ending minres_qlp<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
