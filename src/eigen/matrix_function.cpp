// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/matrix_function.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "core/sweep.hpp"
#include "eigen/function_methods.hpp"
#include "eigen/lanczos_process.hpp"
#include "eigen/small_function.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/structure.hpp"

namespace ritz {

namespace {

constexpr std::array all{Function::exp,  Function::sqrt, Function::inverse_sqrt, Function::log,
                         Function::sign, Function::cos,  Function::sin,          Function::phi1};
constexpr std::array<std::string_view, all.size()> names{"exp",  "sqrt", "inverse_sqrt", "log",
                                                         "sign", "cos",  "sin",          "phi1"};

}  // namespace

std::string_view name(Function function) noexcept {
    const auto place = static_cast<std::size_t>(function);
    return place < names.size() ? names[place] : "unknown";
}

std::span<const Function> all_functions() noexcept {
    return all;
}

namespace eigen {

namespace {

using Complex = std::complex<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Steps are many when products are cheap; the projected problem costs their third power.
constexpr std::int64_t default_lanczos_steps = 2000, default_arnoldi_steps = 600;

/// Decides when approximations y_k, coefficients in nested orthonormal bases, have settled.
class Settling {
public:
    Settling(double rtol, double u) : rtol_(std::max(rtol, 16 * u)), judged_(std::max(rtol, 4000 * u)) {}

    bool due(std::int64_t k) const noexcept { return k >= next_; }

    /// Compares y with the one before. ‖y_k − y_{k−d}‖ of a basis that grew by d.
    void offer(const Eigen::VectorXcd& y, std::int64_t k) {
        if (std::exchange(offered_, k) == k) return;  // nothing new to compare
        next_ = k + std::max<std::int64_t>(4, k / 5);
        norm_ = y.stableNorm();  // coefficients may be too large for their squares
        before_ = difference_;
        if (last_.size() == 0) {
            difference_ = infinity;
        } else {
            Eigen::VectorXcd change = y;
            change.head(last_.size()) -= last_;
            difference_ = change.stableNorm();
        }
        last_ = y;
    }
    /// An approximation that could not be formed: nothing to compare the next one with.
    void forget(std::int64_t k) {
        next_ = k + std::max<std::int64_t>(4, k / 5);
        last_.resize(0);
        difference_ = before_ = infinity;
    }

    double truncation() const noexcept { return std::max(difference_, before_); }
    bool settled(double rounding = 0) const noexcept { return truncation() <= std::max(rtol_ * norm_, rounding); }
    /// Small differences that shrink no more.
    bool stalled() const noexcept { return truncation() <= 1e-3 * norm_ && difference_ > before_ / 2; }
    double relative(double error) const noexcept { return error > 0 ? error / norm_ : 0; }
    double judged() const noexcept { return judged_; }  ///< what the whole error is held against

private:
    double rtol_, judged_;
    Eigen::VectorXcd last_;
    std::int64_t next_ = 5, offered_ = -1;
    double difference_ = infinity, before_ = infinity, norm_ = 0;
};

/// Limits that end a run from outside.
class Limits {
public:
    explicit Limits(const FunctionOptions& options) : options_(options) {}
    /// Sets status and message when one is reached.
    bool reached(FunctionReport& report) const { return eigen::stopped(options_, watch_, report); }
    double seconds() const { return watch_.seconds(); }

private:
    const FunctionOptions& options_;
    Stopwatch watch_;
};

template <Scalar T>
std::size_t capacity_of(Index n, std::int64_t steps, std::int64_t chosen, const FunctionOptions& options) {
    const std::size_t bytes = options.max_memory_bytes > 0 ? options.max_memory_bytes : std::size_t{1} << 30;
    const std::size_t fit = std::max<std::size_t>(bytes / (static_cast<std::size_t>(n) * sizeof(T)), 4) - 1;
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(n, steps));
    const std::size_t least = std::min<std::size_t>(wanted, 2);
    return std::max(least, options.subspace > 0 ? std::min(wanted, static_cast<std::size_t>(options.subspace))
                                                : std::min({wanted, fit, static_cast<std::size_t>(chosen)}));
}

/// Coefficients as T. \returns false if they are not what T can hold.
template <Scalar T>
bool to_scalars(const Eigen::VectorXcd& y, double factor, std::vector<T>& out) {
    out.resize(static_cast<std::size_t>(y.size()));
    for (std::size_t j = 0; j < out.size(); ++j) {
        const Complex c = y[static_cast<Eigen::Index>(j)] * factor;
        if constexpr (is_complex<T>)
            out[j] = T(static_cast<Real<T>>(c.real()), static_cast<Real<T>>(c.imag()));
        else
            out[j] = static_cast<T>(c.real());
        if (!std::isfinite(std::abs(out[j]))) return false;
    }
    return true;
}

constexpr const char* not_real = "f(conj z) must be conj f(z) for a real matrix and a real answer";

template <Scalar T>
void complain_if_not_real(FirstColumn& column) {
    if (is_complex<T> || !column.trouble.empty()) return;
    if (column.y.imag().stableNorm() > 1e4 * unit_roundoff<T> * column.y.stableNorm() + 16 * column.rounding)
        column.trouble = not_real;
}

/// t 2^exponent: what multiplies eigenvalues of the scaled operand.
Complex scaled(Complex t, int exponent) {
    return {std::ldexp(t.real(), exponent), std::ldexp(t.imag(), exponent)};
}

void judge(FunctionReport& report, const Settling& settling, double truncation, double rounding) {
    report.error_estimate = settling.relative(truncation + rounding);
    if (report.error_estimate <= settling.judged()) {
        report.status = Status::converged;
        return;
    }
    report.status = Status::ill_conditioned;
    report.message = "the method converged, but rounding may have changed the result by more than rtol";
}

/// w ← A v, of the operator whose Lanczos recurrence is run.
template <Scalar T>
void multiply(Operand<T>& A, VectorView<T> v, VectorRef<T> w, bool skew) {
    A.apply(v, w);
    if constexpr (is_complex<T>)
        if (skew) scale(T{0, -1}, w);
}

/// One step of the recurrence without orthogonalisation: w ← (A v − α v ∓ β v_prev)/β'. Returns {α, β'}.
template <Scalar T>
std::array<double, 2> three_term(Operand<T>& A, VectorView<T> previous, VectorView<T> v, double beta, VectorRef<T> w,
                                 bool skew) {
    multiply(A, v, w, skew);
    const bool real_skew = skew && !is_complex<T>;
    axpy(scalar<T>(real_skew ? beta : -beta), previous, w);
    const double alpha = real_skew ? 0 : static_cast<double>(std::real(dot(v, w)));
    axpy(scalar<T>(-alpha), v, w);
    const auto next = static_cast<double>(norm2(w));
    if (next > 0) scale(scalar<T>(1 / next), w);
    return {alpha, next};
}

}  // namespace

template <Scalar T>
FunctionResult<T> lanczos_function(Operand<T>& A, VectorView<T> b, const MatrixFunction& f,
                                   const FunctionOptions& options, bool skew) {
    const Index n = A.rows();
    const auto length = static_cast<std::size_t>(n);
    const double u = unit_roundoff<T>;
    const Limits limits(options);
    FunctionResult<T> result;
    FunctionReport& report = result.report;
    report.method = "lanczos";
    result.x = Eigen::VectorX<T>::Zero(n);
    const std::int64_t steps = options.max_iterations >= 0 ? options.max_iterations : default_lanczos_steps;
    const std::size_t capacity = capacity_of<T>(n, std::max<std::int64_t>(steps, 1), worth_keeping(A), options);
    const std::int64_t before = A.applications();
    const auto finish = [&]() -> FunctionResult<T>& {
        report.operator_applications = A.applications() - before;
        report.seconds = limits.seconds();
        return result;
    };
    if (n == 0 || norm_inf(b) == 0) {
        report.status = Status::converged;
        report.reasons.emplace_back("b is zero, and so is the result");
        return finish();
    }

    LanczosProcess<T> process(A, b, capacity, skew);
    report.memory_bytes = (capacity + 1) * length * sizeof(T);
    std::vector<double> alpha, beta;
    Buffer<T> previous, current, next;  // beyond the basis
    Settling settling(options.rtol, u), witness(options.rtol, u);
    FirstColumn column;
    std::string trouble;
    double scale = 0;
    const bool real_answer = !is_complex<T>;
    const bool has_cut = f.named == Function::sqrt || f.named == Function::inverse_sqrt || f.named == Function::log;
    const bool never_mends = real_answer && !skew && has_cut;
    bool on_cut = false;

    bool invariant = false, settled = false, stopped = false;
    while (!invariant && !settled && !stopped) {
        if (static_cast<std::int64_t>(alpha.size()) >= steps) {
            report.status = Status::max_iterations;
            report.message = "the approximations had not settled when the steps were used up";
            stopped = true;
        } else if (limits.reached(report)) {
            stopped = true;
        } else if (alpha.size() < capacity) {
            const auto outcome = process.step();
            if (outcome == LanczosProcess<T>::Step::not_finite) {
                report.status = Status::not_finite;
                report.message = "a product with A has a NaN or an infinity";
                report.iterations = static_cast<std::int64_t>(alpha.size());
                return finish();
            }
            alpha = process.alpha();
            beta = process.beta();
            scale = process.scale();
            invariant = outcome == LanczosProcess<T>::Step::invariant;
        } else {
            const auto& V = process.basis();
            if (next.empty()) {
                report.method = "two-pass lanczos";
                previous.assign(V[capacity - 1].begin(), V[capacity - 1].end());
                current.assign(V[capacity].begin(), V[capacity].end());
                next.resize(length);
            }
            const auto [a, b_next] = three_term<T>(A, previous, current, beta.back(), next, skew);
            if (!std::isfinite(a) || !std::isfinite(b_next)) {
                report.status = Status::not_finite;
                report.message = "a product with A has a NaN or an infinity";
                return finish();
            }
            scale = std::max(scale, std::abs(a) + b_next + beta.back());
            alpha.push_back(a);
            invariant = b_next <= 32 * u * scale;
            beta.push_back(invariant ? 0 : b_next);
            previous.swap(current);
            current.swap(next);
        }
        const auto k = static_cast<std::int64_t>(alpha.size());
        if (k == 0 || !(invariant || stopped || settling.due(k))) continue;

        const TridiagonalEigen T_k = tridiagonal_eigen(alpha, beta);
        const Complex t = scaled(options.t, A.exponent()) * (skew ? Complex(0, 1) : Complex(1));
        on_cut =
            has_cut && !skew && t.imag() == 0 && (t.real() * T_k.values).minCoeff() < -32 * u * scale * std::abs(t);
        column = function_of_tridiagonal(f, T_k.values, T_k.vectors, t, scale, u, real_answer);
        if (skew && real_answer) {  // y ← D⁻¹ y
            static constexpr std::array<Complex, 4> turns{Complex(1), Complex(0, -1), Complex(-1), Complex(0, 1)};
            for (Eigen::Index j = 0; j < column.y.size(); ++j) column.y[j] *= turns[static_cast<std::size_t>(j) % 4];
        }
        complain_if_not_real<T>(column);
        trouble = column.trouble;
        if (trouble.empty()) {
            settling.offer(column.y, k);
            if (column.witness.size() > 0) witness.offer(column.witness, k);
            settled = settling.settled(column.rounding) && (column.witness.size() == 0 || witness.settled());
        } else {
            settling.forget(k);
            witness.forget(k);
            stopped = stopped || never_mends;
        }
    }
    report.iterations = static_cast<std::int64_t>(alpha.size());
    if (!trouble.empty()) {
        report.status = Status::breakdown;
        report.message = trouble;
        return finish();
    }
    if (alpha.empty()) return finish();
    if (on_cut)
        report.warnings.emplace_back("tA has negative eigenvalues, on the branch cut of " +
                                     std::string(name(*f.named)) + ": values on its upper side were taken");

    if (invariant || settled) {
        judge(report, settling, invariant ? 0 : settling.truncation(), column.rounding);
        report.invariant_subspace = invariant;
    } else {
        report.error_estimate = settling.relative(settling.truncation() + column.rounding);
    }
    std::vector<T> y;
    if (!to_scalars(column.y, process.start_norm(), y)) {
        report.status = Status::not_finite;
        report.message = "the result is too large for its type";
        return finish();
    }
    const auto& V = process.basis();
    const std::size_t kept = std::min(y.size(), process.size());
    V.add(kept, y.data(), VectorRef<T>(result.x));
    if (y.size() > kept) {  // the second pass
        previous.assign(V[capacity - 1].begin(), V[capacity - 1].end());
        current.assign(V[capacity].begin(), V[capacity].end());
        for (std::size_t k = kept; k < y.size(); ++k) {
            axpy(y[k], current, result.x);
            if (k + 1 == y.size()) break;
            three_term<T>(A, previous, current, beta[k - 1], next, skew);
            previous.swap(current);
            current.swap(next);
        }
    }
    if (!all_finite(result.x)) {
        report.status = Status::not_finite;
        report.message = "the result is too large for its type";
    }
    return finish();
}

template <Scalar T>
FunctionResult<T> arnoldi_function(Operand<T>& A, VectorView<T> b, const MatrixFunction& f,
                                   const FunctionOptions& options) {
    const Index n = A.rows();
    const auto length = static_cast<std::size_t>(n);
    const double u = unit_roundoff<T>;
    const Limits limits(options);
    FunctionResult<T> result;
    FunctionReport& report = result.report;
    report.method = "arnoldi";
    result.x = Eigen::VectorX<T>::Zero(n);
    const std::int64_t steps = options.max_iterations >= 0 ? options.max_iterations : default_arnoldi_steps;
    const std::size_t capacity = capacity_of<T>(n, std::max<std::int64_t>(steps, 1), steps + 1, options);
    const std::int64_t before = A.applications();
    const auto finish = [&]() -> FunctionResult<T>& {
        report.operator_applications = A.applications() - before;
        report.seconds = limits.seconds();
        return result;
    };
    if (n == 0 || norm_inf(b) == 0) {
        report.status = Status::converged;
        report.reasons.emplace_back("b is zero, and so is the result");
        return finish();
    }

    iterative::Basis<T> V(length, capacity + 1);
    report.memory_bytes = (capacity + 1) * length * sizeof(T);
    const int b_exponent = std::ilogb(static_cast<double>(norm_inf(b)));
    std::transform(b.begin(), b.end(), V[0].begin(), [&](T a) { return detail::scale_by_power(a, -b_exponent); });
    const auto b_norm = norm2(V[0]);
    for (T& a : V[0]) a /= b_norm;
    const double start_norm = std::ldexp(static_cast<double>(b_norm), b_exponent);

    Eigen::MatrixXcd H;      // of all cycles: block lower bidiagonal, one element below each block
    Eigen::Index first = 0;  // of the present cycle
    double coupling = 0;     // from the cycle before
    double scale_of_A = 0;
    Settling settling(options.rtol, u), witness(options.rtol, u);
    FirstColumn column;
    std::string trouble;
    bool invariant = false, settled = false, stopped = false;
    std::size_t j = 0;  // vectors of this cycle
    const Complex t = scaled(options.t, A.exponent());
    const auto add_cycle = [&] {  // x ← x + ‖b‖ V y of this cycle
        std::vector<T> y;
        if (!to_scalars(Eigen::VectorXcd(column.y.segment(first, static_cast<Eigen::Index>(j))), start_norm, y))
            return false;
        V.add(j, y.data(), VectorRef<T>(result.x));
        return true;
    };
    while (!invariant && !settled && !stopped) {
        if (H.rows() >= steps) {
            report.status = Status::max_iterations;
            report.message = "the approximations had not settled when the steps were used up";
            stopped = true;
        } else if (limits.reached(report)) {
            stopped = true;
        } else {
            const VectorRef<T> w = V[j + 1];
            A.apply(static_cast<const iterative::Basis<T>&>(V)[j], w);
            std::vector<T> h(j + 1, T{});
            const double below = V.orthogonalise(j + 1, w, h.data());
            const Eigen::Index k = H.rows();
            H.conservativeResize(k + 1, k + 1);
            H.row(k).setZero();
            H.col(k).setZero();
            double column_norm = below;
            for (std::size_t i = 0; i <= j; ++i) {
                H(first + static_cast<Eigen::Index>(i), k) = Complex(h[i]);
                column_norm = std::hypot(column_norm, static_cast<double>(std::abs(h[i])));
            }
            if (k > 0) H(k, k - 1) = coupling;
            coupling = below;
            if (!std::isfinite(column_norm)) {
                report.status = Status::not_finite;
                report.message = "a product with A has a NaN or an infinity";
                report.iterations = k;
                result.x.setZero();
                return finish();
            }
            scale_of_A = std::max(scale_of_A, column_norm);
            invariant = below <= 32 * u * scale_of_A || (first == 0 && j + 1 >= length);
            if (!invariant) scale(scalar<T>(1 / below), w);
            ++j;
        }
        const Eigen::Index k = H.rows();
        const bool full = j == capacity;
        if (k == 0 || !(invariant || stopped || full || settling.due(k))) continue;

        column = function_of_dense(f, t * H, u, !is_complex<T>, false);
        complain_if_not_real<T>(column);
        trouble = column.trouble;
        if (trouble.empty()) {
            settling.offer(column.y, k);
            if (column.witness.size() > 0) witness.offer(column.witness, k);
            const bool seen = column.witness.size() == 0 || witness.settled();
            if (invariant || stopped || settling.settled() || settling.stalled()) {
                column = function_of_dense(f, t * H, u, !is_complex<T>, true);
                settled = settling.settled(column.rounding) && seen;
            }
        } else {
            settling.forget(k);
            witness.forget(k);
        }
        if (!full || invariant || settled || stopped) continue;
        if (!trouble.empty()) break;  // nothing to add for this cycle
        if (!add_cycle()) break;
        report.method = "restarted arnoldi";
        std::copy(V[j].begin(), V[j].end(), V[0].begin());
        first = k;
        j = 0;
    }
    report.iterations = H.rows();
    if (!trouble.empty()) {
        report.status = Status::breakdown;
        report.message = trouble;
        result.x.setZero();
        return finish();
    }
    if (H.rows() == 0) return finish();
    if (invariant || settled) {
        judge(report, settling, invariant ? 0 : settling.truncation(), column.rounding);
        report.invariant_subspace = invariant;
    } else {
        report.error_estimate = settling.relative(settling.truncation() + column.rounding);
    }
    if (!add_cycle() || !all_finite(result.x)) {
        report.status = Status::not_finite;
        report.message = "the result is too large for its type";
    }
    return finish();
}

}  // namespace eigen

namespace {

template <Scalar T>
void check(Index rows, Index cols, VectorView<T> b, const FunctionOptions& options) {
    detail::require(rows == cols, "funm_multiply: A must be square");
    detail::require(b.size() == static_cast<std::size_t>(rows),
                    "funm_multiply: b must have as many elements as A rows");
    detail::require(std::isfinite(options.t.real()) && std::isfinite(options.t.imag()),
                    "funm_multiply: t must be finite");
    detail::require(is_complex<T> || options.t.imag() == 0, "funm_multiply: t must be real for a real A");
    detail::require(options.rtol >= 0 && options.rtol < 1, "funm_multiply: rtol must be in [0, 1)");
    detail::require(options.subspace >= 0, "funm_multiply: subspace must not be negative");
    detail::require(options.max_seconds >= 0, "funm_multiply: max_seconds must not be negative");
}

/// What a matrix is for Lanczos.
enum class Symmetry : std::uint8_t { hermitian, skew, none };

template <Scalar T>
FunctionResult<T> dispatch(eigen::Operand<T>& A, VectorView<T> b, const MatrixFunction& f,
                           const FunctionOptions& options, Symmetry symmetry, std::string reason) {
    FunctionResult<T> result;
    if (!all_finite(b)) {
        result.x = Eigen::VectorX<T>::Zero(A.rows());
        result.report.status = Status::not_finite;
        result.report.message = "b has a NaN or an infinity";
    } else if (options.method == FunctionMethod::lanczos && symmetry == Symmetry::none) {
        result.x = Eigen::VectorX<T>::Zero(A.rows());
        result.report.status = Status::not_symmetric;
        result.report.message = "Lanczos is for Hermitian and skew-Hermitian matrices: use arnoldi";
    } else if (options.method == FunctionMethod::arnoldi || symmetry == Symmetry::none) {
        result = eigen::arnoldi_function(A, b, f, options);
    } else {
        result = eigen::lanczos_function(A, b, f, options, symmetry == Symmetry::skew);
    }
    if (options.method != FunctionMethod::automatic) reason = "asked for";
    result.report.reasons.insert(result.report.reasons.begin(), std::move(reason));
    result.report.operator_applications = A.applications();
    return result;
}

}  // namespace

template <Scalar T>
FunctionResult<T> funm_multiply(const CsrView<T>& A, VectorView<std::type_identity_t<T>> b, const MatrixFunction& f,
                                const FunctionOptions& options) {
    check<T>(A.rows(), A.cols(), b, options);
    eigen::require_square_and_finite(A, "funm_multiply");
    const Structure structure = analyse_structure(A);
    eigen::Operand<T> B(A);
    if (structure.hermitian) return dispatch(B, b, f, options, Symmetry::hermitian, "A is Hermitian");
    if (structure.skew_hermitian) return dispatch(B, b, f, options, Symmetry::skew, "A is skew-Hermitian");
    return dispatch(B, b, f, options, Symmetry::none, "A is neither Hermitian nor skew-Hermitian");
}

template <Scalar T>
FunctionResult<T> funm_multiply(const LinearOperatorRef<T>& A, VectorView<std::type_identity_t<T>> b,
                                const MatrixFunction& f, const FunctionOptions& options) {
    check<T>(A.rows(), A.cols(), b, options);
    eigen::Operand<T> B(A);
    if (options.method != FunctionMethod::arnoldi && B.seems_hermitian(options.seed))
        return dispatch(B, b, f, options, Symmetry::hermitian, "products with random vectors show no asymmetry");
    return dispatch(B, b, f, options, Symmetry::none, "products with random vectors show that A is not Hermitian");
}

#define INSTANTIATE(T)                                                                                          \
    template FunctionResult<T> eigen::lanczos_function(Operand<T>&, VectorView<T>, const MatrixFunction&,       \
                                                       const FunctionOptions&, bool);                           \
    template FunctionResult<T> eigen::arnoldi_function(Operand<T>&, VectorView<T>, const MatrixFunction&,       \
                                                       const FunctionOptions&);                                 \
    template FunctionResult<T> funm_multiply(const CsrView<T>&, VectorView<T>, const MatrixFunction&,           \
                                             const FunctionOptions&);                                           \
    template FunctionResult<T> funm_multiply(const LinearOperatorRef<T>&, VectorView<T>, const MatrixFunction&, \
                                             const FunctionOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
