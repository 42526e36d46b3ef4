// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/chebyshev.hpp"

#include <vector>

#include "preconditioners/common.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/reductions.hpp"

namespace ritz {

namespace {

/// The largest eigenvalue of a symmetric tridiagonal matrix, by bisection on the number of negative pivots.
double largest_eigenvalue_of(const std::vector<double>& alpha, const std::vector<double>& beta) {
    double low = 0, high = 0;
    for (std::size_t i = 0; i < alpha.size(); ++i) {
        const double radius = (i > 0 ? beta[i - 1] : 0) + (i + 1 < alpha.size() ? beta[i] : 0);
        high = std::max(high, alpha[i] + radius);
        low = i == 0 ? alpha[i] : std::max(low, alpha[i]);
    }
    const auto all_below = [&](double x) {
        double pivot = 1;
        for (std::size_t i = 0; i < alpha.size(); ++i) {
            pivot = alpha[i] - x - (i > 0 ? beta[i - 1] * beta[i - 1] / pivot : 0);
            if (!(pivot < 0)) return false;
        }
        return true;
    };
    for (int step = 0; step < 60 && high - low > 1e-6 * high; ++step) {
        const double middle = (low + high) / 2;
        (all_below(middle) ? high : low) = middle;
    }
    return high;
}

/// λ_max of S A S from below, by Lanczos steps without reorthogonalisation. S A S is Hermitian.
/// \ref G. H. Golub, C. F. Van Loan, Matrix Computations, 4th ed. (2013), algorithm 10.1.1.
template <Scalar T>
double lanczos_estimate(const CsrView<T>& A, const Buffer<Real<T>>& s, Index steps) {
    const std::size_t n = s.size();
    Buffer<T> v = random_vector<T>(A.rows(), 20030901), previous(n, T{0}), scaled(n), w(n);
    const Real<T>* const s_ = s.data();
    std::vector<double> alpha, beta;
    scale(T{1} / norm2(v), v);
    for (Index k = 0; k < steps; ++k) {
        T *const v_ = v.data(), *const w_ = w.data(), *const p_ = previous.data(), *const t = scaled.data();
        detail::sweep(n, [=](std::size_t i) { t[i] = s_[i] * v_[i]; });
        A.apply(scaled, w);
        const Real<T> b = k == 0 ? 0 : static_cast<Real<T>>(beta.back());
        detail::sweep(n, [=](std::size_t i) { w_[i] = s_[i] * w_[i] - b * p_[i]; });
        const Real<T> a = detail::real_part(dot(v, w));
        alpha.push_back(static_cast<double>(a));
        axpy(T(-a), v, w);
        const auto norm = norm2(w);
        if (!(norm > 8 * std::numeric_limits<Real<T>>::epsilon() * std::abs(a))) break;
        beta.push_back(static_cast<double>(norm));
        scale(T{1} / norm, w);
        std::swap(previous, v);
        std::swap(v, w);
    }
    return largest_eigenvalue_of(alpha, beta);
}

}  // namespace

template <Scalar T>
struct Chebyshev<T>::State : detail::PreconditionerState<T> {
    Csr<T> scaled;            // D⁻¹ A
    Buffer<Real<T>> inverse;  // D⁻¹
    Index degree = 1;
    double low = 1, high = 1;

    /// Saad's algorithm 12.1 for D⁻¹ A z = D⁻¹ r from z = 0; each step is one pass over the matrix.
    void apply(const T* r, T* z) const {
        using R = Real<T>;
        const std::size_t n = inverse.size();
        const double theta = (high + low) / 2, delta = (high - low) / 2, sigma = theta / delta;
        auto step = this->scratch.take(n);
        auto other = this->scratch.take(n);
        T* const d = step.data();
        const R* const m = inverse.data();
        // z changes place with `other` at each step, and ends in z.
        T* from = degree % 2 == 1 ? z : other.data();
        T* to = degree % 2 == 1 ? other.data() : z;
        const R first = static_cast<R>(1 / theta);
        detail::sweep(n, [=](std::size_t i) {
            d[i] = first * m[i] * r[i];
            from[i] = d[i];
        });
        double rho = 1 / sigma;
        const detail::Slices<T> a(scaled);
        for (Index k = 1; k < degree; ++k) {
            const double next = 1 / (2 * sigma - rho);
            const R keep = static_cast<R>(next * rho), add = static_cast<R>(2 * next / delta);
            rho = next;
            detail::parallel_slices(this->rows, scaled.nnz(), [=](Index begin, Index end) {
                for (Index i = begin; i < end; ++i) {
                    T sum{0};
                    for (Offset e = a.begin(i); e < a.end(i); ++e)
                        detail::multiply_add(sum, a.values[e], from[a.indices[e]]);
                    d[i] = keep * d[i] + add * (m[i] * r[i] - sum);  // d ← ρ'ρ d + (2ρ'/δ) D⁻¹ (r - A z)
                    to[i] = from[i] + d[i];
                }
            });
            std::swap(from, to);
        }
    }
    void apply_adjoint(const T* r, T* z) const { apply(r, z); }
};

template <Scalar T>
Chebyshev<T>::Chebyshev(const CsrView<T>& A, const ChebyshevOptions& options) {
    using R = Real<T>;
    const detail::Stopwatch watch;
    detail::require_square_and_finite(A, "Chebyshev");
    detail::require(options.degree >= 1, "Chebyshev: degree must be at least 1");
    detail::require(options.eigenvalue_ratio > 1, "Chebyshev: eigenvalue_ratio must exceed 1");
    detail::require(options.lanczos_steps >= 1, "Chebyshev: lanczos_steps must be at least 1");
    detail::require(options.largest_eigenvalue >= 0, "Chebyshev: largest_eigenvalue must not be negative");
    const auto state = std::make_shared<State>();
    state->rows = A.rows();
    state->degree = options.degree;
    state->definiteness = Definiteness::positive_definite;
    state->exponent = detail::scaling_exponent<T>(A.values());
    state->scaled = detail::scaled_copy(A, state->exponent);
    const auto n = static_cast<std::size_t>(A.rows());
    const auto d = diagonal(CsrView<T>(state->scaled));
    state->inverse.resize(n);
    Buffer<R> root(n);
    for (std::size_t i = 0; i < n; ++i) {
        const T a = d[static_cast<Eigen::Index>(i)];
        if (a == T{0}) detail::throw_zero_diagonal("Chebyshev", static_cast<Index>(i));
        state->inverse[i] = 1 / detail::real_part(a);
        root[i] = std::sqrt(state->inverse[i]);
        if (!detail::is_positive(a) || !std::isfinite(state->inverse[i]))
            throw NotPositiveDefinite("Chebyshev: the diagonal in row " + std::to_string(i) + " is not positive",
                                      static_cast<std::int64_t>(i));
    }
    double estimate = options.largest_eigenvalue;
    if (estimate == 0 && n > 0) estimate = lanczos_estimate(CsrView<T>(state->scaled), root, options.lanczos_steps);

    const detail::Slices<T> a(state->scaled);
    T* const values = state->scaled.values().data();
    detail::parallel_slices(A.rows(), A.nnz(), [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i)
            for (Offset k = a.begin(i); k < a.end(i); ++k) values[k] *= state->inverse[static_cast<std::size_t>(i)];
    });
    double bound = 0;
    if (n > 0) bound = static_cast<double>(row_abs_sums(CsrView<T>(state->scaled)).maxCoeff());
    state->high = n > 0 ? std::min(1.1 * estimate, std::max(bound, estimate)) : 1;
    state->low = estimate > 0 ? estimate / options.eigenvalue_ratio : state->high / options.eigenvalue_ratio;
    if (n > 0 && !(state->high > state->low && state->low > 0 && std::isfinite(state->high)))
        throw NotPositiveDefinite("Chebyshev: the estimate of the largest eigenvalue is not positive and finite");
    state->statistics = {.nonzeros = state->scaled.nnz(),
                         .memory_bytes = detail::memory_of<T>(state->scaled) + n * sizeof(R),
                         .setup_seconds = watch.seconds()};
    state_ = state;
}

template <Scalar T>
double Chebyshev<T>::largest_eigenvalue() const noexcept {
    return state_->high;
}

RITZ_DEFINE_PRECONDITIONER(Chebyshev)

}  // namespace ritz
