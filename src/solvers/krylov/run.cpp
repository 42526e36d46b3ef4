// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/krylov/run.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"

namespace ritz::iterative {

using detail::scale_by_power;

namespace {

/// log₂ of ‖y‖∞ / ‖x‖∞, if both are finite and not zero.
template <Scalar T>
std::optional<int> gain(VectorView<T> x, VectorView<T> y) {
    const auto in = static_cast<double>(norm_inf(x)), out = static_cast<double>(norm_inf(y));
    if (!(in > 0 && out > 0 && std::isfinite(in) && std::isfinite(out))) return {};
    return std::ilogb(out) - std::ilogb(in);
}

/// y ← 2^-exponent f(x), half of the scaling before f and half after it.
template <Scalar T, class F>
void apply_scaled(F&& f, int exponent, VectorView<T> x, VectorRef<T> y, Buffer<T>& scaled_in) {
    if (exponent == 0) return f(x, y);
    const int before = exponent / 2, after = exponent - before;
    scaled_in.resize(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) scaled_in[i] = scale_by_power(x[i], -before);
    f(VectorView<T>(scaled_in), y);
    for (T& element : y) element = scale_by_power(element, -after);
}

}  // namespace

template <Scalar T>
Run<T>::Run(const detail::KrylovOperator<T>& A, const LinearOperatorRef<T>* M, Definiteness M_definiteness,
            const KrylovOptions& options)
    : A_(A), M_(M), M_definiteness_(M_definiteness), options_(options) {}

template <Scalar T>
void Run<T>::count() {
    if (applications_ >= max_applications_) throw std::logic_error("Run: a method went past its limit of iterations");
    ++applications_;
}

template <Scalar T>
void Run<T>::product(VectorView<T> x, VectorRef<T> y) {
    apply_scaled([this](VectorView<T> in, VectorRef<T> out) { A_.apply.apply(in, out); }, A_exponent_, x, y,
                 scaled_in_);
}

template <Scalar T>
void Run<T>::adjoint_product(VectorView<T> x, VectorRef<T> y) {
    apply_scaled([this](VectorView<T> in, VectorRef<T> out) { A_.apply.apply_adjoint(in, out); }, A_exponent_, x, y,
                 scaled_in_);
}

template <Scalar T>
void Run<T>::measure(VectorView<T> x, VectorView<T> y) {
    if (A_measured_) return;
    if (const auto e = gain<T>(x, y)) {
        if (A_exponent_ == 0 && std::abs(*e) > scale_limit<T>) throw Rescale{*e, M_exponent_};
        A_measured_ = true;
    }
}

template <Scalar T>
void Run<T>::apply(VectorView<T> x, VectorRef<T> y) {
    count();
    product(x, y);
    measure(x, VectorView<T>(y.data(), y.size()));
}

template <Scalar T>
T Run<T>::apply_dot(VectorView<T> x, VectorRef<T> y) {
    if (tuned_) {
        count();
        return tuned_->apply_dot(x, y);
    }
    apply(x, y);
    return dot(x, y);
}

template <Scalar T>
void Run<T>::apply_adjoint(VectorView<T> x, VectorRef<T> y) {
    count();
    adjoint_product(x, y);
    measure(x, VectorView<T>(y.data(), y.size()));
}

template <Scalar T>
void Run<T>::precondition(VectorView<T> r, VectorRef<T> z) {
    if (!M_) {
        std::copy(r.begin(), r.end(), z.begin());
        return;
    }
    apply_scaled([this](VectorView<T> in, VectorRef<T> out) { M_->apply(in, out); }, M_exponent_, r, z, scaled_in_);
    if (M_measured_) return;
    if (const auto e = gain<T>(r, z)) {
        if (M_exponent_ == 0 && std::abs(*e) > scale_limit<T>) throw Rescale{A_exponent_, *e};
        M_measured_ = true;
    }
}

template <Scalar T>
void Run<T>::precondition_adjoint(VectorView<T> r, VectorRef<T> z) {
    if (!M_) {
        std::copy(r.begin(), r.end(), z.begin());
        return;
    }
    apply_scaled([this](VectorView<T> in, VectorRef<T> out) { M_->apply_adjoint(in, out); }, M_exponent_, r, z,
                 scaled_in_);
}

template <Scalar T>
bool Run<T>::step(double norm) {
    return step(norm, norm, norm <= target_);
}

template <Scalar T>
bool Run<T>::step(double norm, double normal) {
    if (norm < 0.99 * lowest_residual_) lowest_residual_ = norm, lowest_at_ = applications_;
    return step(norm, normal, norm <= target_ || normal <= normal_target());
}

template <Scalar T>
bool Run<T>::checkpoint(VectorView<T> x) {
    if (applications_ < next_checkpoint_) return false;
    next_checkpoint_ = 2 * applications_;
    if (!(true_norm_(x) > 100 * std::max(told_norm_, target_))) return false;
    ending_ = {Status::stagnated, "the residual of x has left its recurrence"};
    return true;
}

template <Scalar T>
bool Run<T>::step(double norm, double progress, bool reached) {
    told_norm_ = norm;
    const auto entries = static_cast<std::size_t>(applications_) + 1;
    if (options_.history) {
        history_.resize(entries, history_.empty() ? norm : history_.back());
        history_.back() = norm;
    }
    if (progress < 0.99 * lowest_norm_) lowest_norm_ = progress, lowest_at_ = applications_;
    if (options_.monitor &&
        options_.monitor({applications_, std::ldexp(norm, b_exponent_), std::ldexp(target_, b_exponent_)})) {
        ending_ = {Status::interrupted, "the monitor asked for it", true};
        return true;
    }
    if (!(norm < std::numeric_limits<double>::infinity())) {
        ending_ = {Status::not_finite, "a NaN or an infinity appeared"};
        return true;
    }
    if (reached) {
        ending_ = {Status::converged};
        return true;
    }
    if (applications_ >= max_applications_) {
        ending_ = {Status::max_iterations, {}, true};
        return true;
    }
    if (options_.cancel && options_.cancel->load(std::memory_order_relaxed)) {
        ending_ = {Status::interrupted, "stopped on request", true};
        return true;
    }
    if (options_.stop.max_seconds > 0 &&
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count() > options_.stop.max_seconds) {
        ending_ = {Status::limit_exceeded, "the time is over", true};
        return true;
    }
    // Close to rounding nothing more may come; further away a plateau may last as long as the dimension.
    const double near_rounding = 1e3 * static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) * b_norm_;
    const std::int64_t patience = norm <= near_rounding ? 100 : std::max<std::int64_t>(1000, 2 * std::int64_t{cols()});
    if (applications_ - lowest_at_ >= patience) {
        ending_ = {Status::stagnated, "no progress in " + std::to_string(patience) + " iterations"};
        return true;
    }
    return false;
}

template <Scalar T>
void Run<T>::remember(VectorView<T> x, double norm) {
    if (!(norm < best_norm_)) return;
    best_x_.resize(x.size());
    std::copy(x.begin(), x.end(), best_x_.begin());
    best_norm_ = norm;
}

std::optional<std::pair<double, double>> extreme_eigenvalues(const std::vector<double>& diagonal,
                                                             const std::vector<double>& off_diagonal) {
    const std::size_t k = diagonal.size();
    if (k == 0 || off_diagonal.size() + 1 < k) return {};
    double low = diagonal[0], high = diagonal[0];  // Gershgorin
    for (std::size_t i = 0; i < k; ++i) {
        const double radius = (i > 0 ? std::abs(off_diagonal[i - 1]) : 0) + (i + 1 < k ? std::abs(off_diagonal[i]) : 0);
        low = std::min(low, diagonal[i] - radius);
        high = std::max(high, diagonal[i] + radius);
    }
    if (!(std::isfinite(low) && std::isfinite(high))) return {};
    const double tiny = 1e-300 + 1e-16 * std::max(std::abs(low), std::abs(high));
    const auto below = [&](double shift) {  // eigenvalues < shift
        std::size_t count = 0;
        double d = 1;
        for (std::size_t i = 0; i < k; ++i) {
            const double e = i > 0 ? off_diagonal[i - 1] : 0;
            d = diagonal[i] - shift - (i > 0 ? e * e / d : 0);
            if (std::abs(d) < tiny) d = -tiny;
            count += d < 0;
        }
        return count;
    };
    const auto bisect = [&](std::size_t wanted) {  // the eigenvalue with `wanted` below or at it
        double a = low, b = high;
        for (int step = 0; step < 60 && b - a > 1e-5 * std::max(std::abs(a), std::abs(b)); ++step) {
            // In the logarithm while the signs allow it: the smallest may be many orders below the largest.
            const double middle = a > 0 && b > 4 * a ? std::sqrt(a) * std::sqrt(b) : a + (b - a) / 2;
            (below(middle) >= wanted ? b : a) = middle;
        }
        return a + (b - a) / 2;
    };
    return std::pair(bisect(1), bisect(k));
}

#define INSTANTIATE(T) template class Run<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
