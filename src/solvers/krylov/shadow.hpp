// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the short recurrences for general A share: the side of M, the shadow residual r̃, and the damping of a step that
/// would hardly move.

#include <cmath>
#include <string>
#include <type_traits>

#include "ritz/core/random.hpp"
#include "solvers/krylov/run.hpp"

namespace ritz::iterative {

/// The numbers of a recurrence, and what its sums are formed in.
template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;

/// conj(a) b.
template <Scalar T>
Wide<T> product(T a, T b) {
    return static_cast<Wide<T>>(times(conj(a), b));
}

inline bool is_finite(double a) {
    return std::isfinite(a);
}
inline bool is_finite(const std::complex<double>& a) {
    return std::isfinite(a.real()) && std::isfinite(a.imag());
}

template <Scalar T>
constexpr double roundoff = static_cast<double>(std::numeric_limits<Real<T>>::epsilon());

/// The operator K that a method iterates with: A, A M⁻¹ or M⁻¹ A. A step of x that belongs to a vector v of K's domain
/// is v, or M⁻¹ v when M stands on the right.
template <Scalar T>
class Sided {
public:
    /// Left: r ← M⁻¹ r.
    Sided(Run<T>& run, VectorRef<T> r)
        : run_(run),
          left_(run.preconditioned() && run.options().side == Side::left),
          right_(run.preconditioned() && !left_),
          work_(run.preconditioned() ? run.n() : 0) {
        if (!left_) return;
        const auto before = static_cast<double>(norm2(r));
        std::copy(r.begin(), r.end(), work_.begin());
        run.precondition(work_, r);
        ratio_ = before / static_cast<double>(norm2(r));
    }

    bool right() const noexcept { return right_; }

    /// The step of v; it lies in `hat` when that is not v itself.
    VectorView<T> step_of(VectorView<T> v, Buffer<T>& hat) {
        if (!right_) return v;
        hat.resize(v.size());
        run_.precondition(v, hat);
        return hat;
    }
    /// w ← K v for the v that `step` belongs to.
    void apply(VectorView<T> step, VectorRef<T> w) {
        if (!left_) return run_.apply(step, w);
        run_.apply(step, work_);
        run_.precondition(work_, w);
    }
    /// w ← Kᴴ v.
    void apply_adjoint(VectorView<T> v, VectorRef<T> w) {
        if (right_) {
            run_.apply_adjoint(v, work_);
            run_.precondition_adjoint(work_, w);
        } else if (left_) {
            run_.precondition_adjoint(v, work_);
            run_.apply_adjoint(work_, w);
        } else {
            run_.apply_adjoint(v, w);
        }
    }

    /// What is told of a residual of this norm. Left: the true norm is taken to shrink like ‖M⁻¹ r‖, and the driver
    /// looks at the end.
    double told(double norm) const noexcept { return ratio_ * norm; }

    /// Why nothing can be done from a residual of this norm; nothing if something can.
    std::optional<Ending> hopeless(double norm) const {
        if (norm > 0 && std::isfinite(norm)) return {};
        if (norm == 0) return left_ ? Ending{Status::breakdown, "M⁻¹ r = 0"} : Ending{Status::converged};
        return Ending{Status::not_finite, "r is not finite"};
    }

private:
    Run<T>& run_;
    bool left_, right_;
    Buffer<T> work_;
    double ratio_ = 1;
};

/// The vector r̃ that residuals are tested with: r at first, and a random one after a breakdown, which has nothing to do
/// with A then but everything with r̃.
template <Scalar T>
class Shadow {
public:
    Shadow(const Run<T>& run, VectorView<T> r) : seed_(run.options().seed), vector_(r.begin(), r.end()) {
        norm_ = static_cast<double>(norm2(vector_));
    }

    const T* data() const noexcept { return vector_.data(); }
    VectorView<T> vector() const noexcept { return vector_; }

    /// r̃ᴴ v, which should be away from rounding: |r̃ᴴ v| > ε ‖r̃‖ ‖v‖. False for NaN.
    bool sees(Wide<T> inner, double v_norm) const { return std::abs(inner) > roundoff<T> * norm_ * v_norm; }

    /// Another r̃; false when several in a row, without a step between them, were of no use.
    bool renew() {
        if (++unused_ > 3) return false;
        vector_ = random_vector<T>(static_cast<Index>(vector_.size()), seed_ + ++count_);
        norm_ = static_cast<double>(norm2(vector_));
        return true;
    }
    void was_of_use() noexcept { unused_ = 0; }

private:
    std::uint64_t seed_, count_ = 0;
    int unused_ = 0;
    Buffer<T> vector_;
    double norm_ = 0;
};

/// ω of r − ω t, given tᴴ r, ‖t‖² and ‖r‖²: the minimising one, but longer where t and r are so far from parallel that
/// it would lose what the next coefficients are computed from.
/// \ref G. L. G. Sleijpen and H. A. van der Vorst, Numer. Algorithms 10 (1995) 203, with their κ = 0.7.
template <class W>
W stabilising_step(W tr, double tt, double rr) {
    const double cosine = std::abs(tr) / std::sqrt(tt * rr);
    if (!(cosine < 0.7)) return tr / tt;
    if (cosine == 0) return W(0.7 * std::sqrt(rr / tt));
    return tr / tt * (0.7 / cosine);
}

/// The ending where no r̃ helps.
inline Ending no_shadow_helps(const char* what) {
    return {Status::breakdown, std::string(what) + " = 0, with other shadow vectors too"};
}

}  // namespace ritz::iterative
