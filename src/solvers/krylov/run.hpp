// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What every iterative method stands on. A method is a function
///
///     Ending method(Run<T>& run, VectorRef<T> x, VectorRef<T> r);   // r = b − A x on entry
///
/// that improves x through run.apply and run.precondition, calls run.step(‖r‖) once an iteration, and returns when
/// step says so or when it cannot go on. It judges nothing: driver.cpp recomputes ‖b − A x‖ from x, may call the method
/// again, and is the only place that gives a status (contract C1–C7 of krylov.hpp).
///
/// Inside, the system is scaled: ‖b‖∞ lies in [1, 2) and the matrix near 1, so squares neither over- nor underflow.

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/sweep.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/tuned.hpp"
#include "ritz/solvers/krylov.hpp"

namespace ritz::iterative {

/// Why a method returned. `status` is its claim: `converged` when its own norm reached the target.
struct Ending {
    Status status;
    std::string detail = {};
    bool final = false;  ///< the method cannot gain by starting again from x
};

template <Scalar T>
class Run {
public:
    Run(const detail::KrylovOperator<T>& A, const LinearOperatorRef<T>* M, Definiteness M_definiteness,
        const KrylovOptions& options);

    Index rows() const noexcept { return A_.apply.rows(); }
    Index cols() const noexcept { return A_.apply.cols(); }
    std::size_t n() const noexcept { return static_cast<std::size_t>(A_.apply.cols()); }
    std::size_t m() const noexcept { return static_cast<std::size_t>(A_.apply.rows()); }
    bool preconditioned() const noexcept { return M_ != nullptr; }
    Definiteness preconditioner_definiteness() const noexcept { return M_definiteness_; }
    const KrylovOptions& options() const noexcept { return options_; }

    /// A number of the caller's in units of M⁻¹A (an eigenvalue) in those of the run.
    double scaled_eigenvalue(double lambda) const { return std::ldexp(lambda, -eigenvalue_exponent_); }

    /// The norm at which a method may claim convergence.
    double target() const noexcept { return target_; }
    double b_norm() const noexcept { return b_norm_; }
    /// ‖Aᴴ r‖ / (‖A‖_F ‖r‖) at which a least-squares method may. Never loose: of a consistent system whose condition is
    /// below its inverse, no x but one with a small residual passes.
    double normal_target() const noexcept {
        return std::min(options_.stop.rtol, sizeof(Real<T>) == sizeof(float) ? 2e-6 : 1e-12);
    }
    std::int64_t applications() const noexcept { return applications_; }
    std::int64_t applications_left() const noexcept { return max_applications_ - applications_; }

    /// y ← A x, an iteration.
    void apply(VectorView<T> x, VectorRef<T> y);
    /// The same, and xᴴ y.
    T apply_dot(VectorView<T> x, VectorRef<T> y);
    /// y ← Aᴴ x, an iteration as well.
    void apply_adjoint(VectorView<T> x, VectorRef<T> y);
    /// z ← M⁻¹ r, a copy when there is no M.
    void precondition(VectorView<T> r, VectorRef<T> z);
    void precondition_adjoint(VectorView<T> r, VectorRef<T> z);

    /// Tells the norm of the residual after an iteration. True: return run.ending().
    bool step(double residual_norm);
    /// The same for least squares: `normal` is ‖Aᴴ r‖ / (‖A‖_F ‖r‖) as the method knows it, which may claim
    /// convergence.
    bool step(double residual_norm, double normal);
    Ending ending() const { return ending_; }
    /// For a method whose next step would take more applications than are left.
    static Ending limit() { return {Status::max_iterations, {}, true}; }

    /// The norm is about to rise: keeps x, whose norm it is, if it is the best so far.
    void remember(VectorView<T> x, double residual_norm);

    /// x is up to date after an iteration: now and then its true residual is looked at, so that the best x is known
    /// even where the recurrence has left it. True: it has; return run.ending().
    bool checkpoint(VectorView<T> x);

    /// Largest ‖A v‖ / ‖v‖ seen: a lower bound on ‖A‖₂, told by the methods.
    void saw_operator_norm(double norm) noexcept {
        if (std::isfinite(norm)) operator_norm_ = std::max(operator_norm_, norm);
    }
    double operator_norm() const noexcept { return operator_norm_; }

    // What a method found on its way; the driver puts it into the report, scaled back.
    std::optional<double> smallest_ritz, largest_ritz;
    double condition_estimate = std::numeric_limits<double>::quiet_NaN();

private:
    template <Scalar U>
    friend class Driver;

    void count();
    /// y ← A x and y ← Aᴴ x of the scaled A, not counted: what the driver computes for C1.
    void product(VectorView<T> x, VectorRef<T> y);
    void adjoint_product(VectorView<T> x, VectorRef<T> y);
    /// Looks at the scale of A, once, by what it made of x. \throws Rescale.
    void measure(VectorView<T> x, VectorView<T> y);
    bool step(double residual_norm, double progress, bool reached);

    detail::KrylovOperator<T> A_;
    const TunedMatrix<T>* tuned_ = nullptr;  // A_.apply as what it is, if it is that
    const LinearOperatorRef<T>* M_;
    Definiteness M_definiteness_;
    const KrylovOptions& options_;

    int A_exponent_ = 0, M_exponent_ = 0;  // A' = 2^-A_exponent A, M'⁻¹ = 2^-M_exponent M⁻¹
    int b_exponent_ = 0, eigenvalue_exponent_ = 0;
    bool A_measured_ = false, M_measured_ = false;
    Buffer<T> scaled_in_;

    double target_ = 0, b_norm_ = 0, operator_norm_ = 0;
    std::int64_t applications_ = 0, max_applications_ = 0;
    std::vector<double> history_;
    Ending ending_{Status::not_converged};
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();

    std::function<double(VectorView<T>)> true_norm_;  // of the driver, which keeps the best
    std::int64_t next_checkpoint_ = 0;
    double told_norm_ = 0;

    double best_norm_ = std::numeric_limits<double>::infinity();  // of best_x_
    Buffer<T> best_x_;
    double lowest_norm_ = std::numeric_limits<double>::infinity();      // told by step in this run
    double lowest_residual_ = std::numeric_limits<double>::infinity();  // the same where `normal` measures progress
    std::int64_t lowest_at_ = 0;
};

/// Scales beyond this power of two are taken out, so that products of two numbers of the iteration stay normal.
template <Scalar T>
inline constexpr int scale_limit = std::numeric_limits<Real<T>>::max_exponent > 200 ? 200 : 20;

/// A's or M's scale is too far from 1: thrown by the first application, caught by the driver, which starts again.
struct Rescale {
    int A_exponent, M_exponent;
};

template <Scalar T>
using MethodFunction = Ending (*)(Run<T>&, VectorRef<T> x, VectorRef<T> r);

/// What the driver must know of a method.
template <Scalar T>
struct MethodRow {
    Method method;
    MethodFunction<T> function;
    bool hermitian = false;      ///< A = Aᴴ is looked for in a matrix
    bool symmetric = false;      ///< A = Aᵀ likewise
    bool adjoint = false;        ///< needs Aᴴ
    bool adjoint_M = false;      ///< needs M⁻ᴴ
    bool least_squares = false;  ///< any shape
};

template <Scalar T>
const MethodRow<T>* row_of(Method method);

// ---- Helpers of the methods

template <Scalar T>
double real_part(T a) {
    if constexpr (is_complex<T>)
        return static_cast<double>(a.real());
    else
        return static_cast<double>(a);
}
template <Scalar T>
double imaginary_part(T a) {
    if constexpr (is_complex<T>)
        return static_cast<double>(a.imag());
    else
        return 0;
}
/// |a|² without the square root.
template <Scalar T>
Real<T> square(T a) {
    if constexpr (is_complex<T>)
        return a.real() * a.real() + a.imag() * a.imag();
    else
        return a * a;
}
/// a b as the formula says, without the check for NaN that std::complex makes.
template <Scalar T>
T times(T a, T b) {
    if constexpr (is_complex<T>)
        return T(a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real());
    else
        return a * b;
}
template <Scalar T>
T conj(T a) {
    return ritz::conjugate(a);
}

/// Smallest and largest eigenvalue of the symmetric tridiagonal matrix with this diagonal and off-diagonal, to about
/// 1e-4 relative: Sturm counts and bisection, O(k) a step. Empty for k = 0.
std::optional<std::pair<double, double>> extreme_eigenvalues(const std::vector<double>& diagonal,
                                                             const std::vector<double>& off_diagonal);

}  // namespace ritz::iterative
