// SPDX-License-Identifier: BSD-3-Clause
// The gate of all iterative methods: scales the system, calls the method, recomputes the residual, gives the status.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "core/scaling.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/certificate.hpp"
#include "solvers/krylov/run.hpp"
#include "solvers/mirror_image.hpp"

namespace ritz::iterative {

using detail::scale_by_power;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

[[noreturn]] void refuse(Method method, const std::string& what) {
    throw InvalidArgument(std::string(name(method)) + ": " + what);
}

std::string number(double x) {
    std::ostringstream text;
    text.precision(2);
    text << x;
    return text.str();
}

/// Below so many entries a product is too short for its storage to matter.
constexpr Offset tuned_entries = 1 << 14;

/// Symmetric but for rounding: an assembly that adds in another order below and above the diagonal is let through, and
/// the true residual decides.
constexpr double asymmetry_limit = 64;  // in units of roundoff

template <Scalar T>
bool nearly(const CsrView<T>& A, bool hermitian) {
    if (hermitian && detail::mirrored(A, detail::Mirror::hermitian)) return true;
    const Structure s = analyse_structure(A);
    const double limit = asymmetry_limit * static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) / 2;
    return hermitian ? s.hermitian || s.hermitian_asymmetry <= limit : s.symmetric || s.symmetric_asymmetry <= limit;
}

/// max_i Σ_j |a_ij| and the longest row: what bounds the rounding of a residual.
struct RowBound {
    double norm_inf = 0, frobenius = 0;
    Offset longest = 0;
};

template <Scalar T>
RowBound row_bound(const CsrView<T>& A) {
    RowBound bound;
    for (std::size_t i = 0; i < static_cast<std::size_t>(A.rows()); ++i) {
        double sum = 0;
        for (auto k = static_cast<std::size_t>(A.indptr()[i]); k < static_cast<std::size_t>(A.indptr()[i + 1]); ++k) {
            const auto squared = static_cast<double>(square(A.values()[k]));
            sum += std::sqrt(squared);
            bound.frobenius += squared;
        }
        bound.norm_inf = std::max(bound.norm_inf, sum);
        bound.longest = std::max(bound.longest, A.indptr()[i + 1] - A.indptr()[i]);
    }
    bound.frobenius = std::sqrt(bound.frobenius);
    return bound;
}

}  // namespace

/// One call of krylov: the scaled system, the runs of the method, the verdict.
template <Scalar T>
class Driver {
public:
    Driver(const MethodRow<T>& row, const detail::KrylovOperator<T>& A, int A_stored_exponent, VectorView<T> b,
           VectorRef<T> x, const LinearOperatorRef<T>* M, Definiteness M_definiteness, const KrylovOptions& options,
           Rescale scales)
        : row_(row), A_(A), caller_x_(x), run_(A, M, M_definiteness, options), options_(options) {
        run_.A_exponent_ = scales.A_exponent;
        run_.tuned_ = A.tuned;
        run_.M_exponent_ = scales.M_exponent;
        run_.A_measured_ = scales.A_exponent != 0 || A.rows.has_value();
        const auto b_inf = static_cast<double>(norm_inf(b));
        run_.b_exponent_ = b_inf > 0 ? std::ilogb(b_inf) : 0;
        x_exponent_ = run_.A_exponent_ + A_stored_exponent - run_.b_exponent_;  // x' = 2^x_exponent x
        total_A_exponent_ = run_.A_exponent_ + A_stored_exponent;
        run_.eigenvalue_exponent_ = total_A_exponent_ + run_.M_exponent_;

        b_.resize(b.size());
        for (std::size_t i = 0; i < b.size(); ++i) b_[i] = scale_by_power(b[i], -run_.b_exponent_);
        run_.b_norm_ = static_cast<double>(norm2(b_));
        const double atol = std::ldexp(options.stop.atol, -run_.b_exponent_);
        run_.target_ = std::max(options.stop.rtol * run_.b_norm_, atol);
        const std::int64_t n = std::max(A.apply.rows(), A.apply.cols());
        run_.max_applications_ = options.stop.max_iterations >= 0 ? options.stop.max_iterations
                                                                  : std::clamp<std::int64_t>(10 * n, 100, 100000);
        if (A.rows) bound_ = row_bound(*A.rows);
        if (row.least_squares) run_.saw_operator_norm(bound_.frobenius);  // else the method has a lower bound only
        load_x();
        r_.resize(b.size());
        run_.true_norm_ = [this](VectorView<T> v) { return consider(Buffer<T>(v.begin(), v.end())); };
    }

    KrylovReport solve() {
        double norm = residual(x_, r_);
        if (!(norm < infinity)) {  // A x₀ overflows: any start is better
            std::fill(x_.begin(), x_.end(), T{0});
            norm = residual(x_, r_);
        }
        run_.step(norm);  // the first entry of the history
        best_ = x_;
        best_norm_ = norm;
        if (row_.least_squares) normal_ = normal_residual(r_);

        Status status = Status::converged;
        std::string detail;
        for (int runs = 0; !reached(); ++runs) {
            if (run_.applications_left() <= 0) {
                status = Status::max_iterations;
                break;
            }
            if (runs == 0 && run_.ending_.final) {  // the monitor said stop at once
                status = run_.ending_.status, detail = run_.ending_.detail;
                break;
            }
            const double before = best_norm_, normal_before = normal_;
            const Ending ending = one_run();
            status = ending.status;
            detail = ending.detail;
            if (ending.final || reached()) break;
            // From x the method starts again as long as that gains: residuals drift from their recurrences, and a
            // breakdown depends on the start.
            const bool gained = best_norm_ <= 0.5 * before || normal_ <= 0.5 * normal_before;
            if (!gained || runs >= 30) {
                if (status == Status::converged || status == Status::stagnated) {
                    status = Status::stagnated;
                    detail = at_rounding(best_norm_) ? "no better x can be told from rounding errors" : detail;
                }
                break;
            }
            std::copy(best_.begin(), best_.end(), x_.begin());
            residual(x_, r_);
        }
        return finish(status, std::move(detail));
    }

private:
    void load_x() {
        x_.resize(caller_x_.size());
        for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = scale_by_power(caller_x_[i], x_exponent_);
        if (!all_finite(x_)) std::fill(x_.begin(), x_.end(), T{0});
    }

    /// r ← b − A x; ‖r‖₂. In twice the precision when A is a matrix and rounding could decide.
    double residual(const Buffer<T>& x, Buffer<T>& r) {
        const double x_inf = static_cast<double>(norm_inf(x));
        if (x_inf == 0) {
            r = b_;
            return run_.b_norm_;
        }
        run_.product(x, r);
        const auto [squares] = detail::sweep<1, double>(r.size(), [r = r.data(), b = b_.data()](std::size_t i) {
            r[i] = b[i] - r[i];
            return std::array{static_cast<double>(square(r[i]))};
        });
        const double norm = std::sqrt(squares);
        if (!A_.rows) return norm;
        const double rounding =
            static_cast<double>(bound_.longest + 2) * static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) *
            (bound_.norm_inf * x_inf + static_cast<double>(norm_inf(b_))) * std::sqrt(static_cast<double>(r.size()));
        if (rounding <= 0.01 * std::min(run_.target_, norm) || !std::isfinite(norm)) return norm;
        ritz::residual(*A_.rows, x, b_, r);
        return static_cast<double>(norm2(r));
    }

    bool reached() const { return best_norm_ <= run_.target_ || normal_ <= run_.normal_target(); }

    /// ‖Aᴴ r‖ / (‖A‖_F ‖r‖) of best_, whose residual r is. Of an operator ‖A‖_F is known from below only, so that this
    /// is too large rather than too small.
    double normal_residual(const Buffer<T>& r) {
        Buffer<T> s(best_.size());
        run_.adjoint_product(r, s);
        run_.measure(r, s);
        const double A_norm = bound_.frobenius > 0 ? bound_.frobenius : run_.operator_norm();
        const auto s_norm = static_cast<double>(norm2(s)), r_norm = static_cast<double>(norm2(r));
        if (!std::isfinite(s_norm) || !std::isfinite(r_norm)) return std::numeric_limits<double>::quiet_NaN();
        return s_norm == 0 ? 0 : s_norm / (A_norm * r_norm);
    }

    bool at_rounding(double norm) const {
        const double scale = std::max(bound_.norm_inf, run_.operator_norm()) * static_cast<double>(norm2(best_));
        return norm <= 100 * static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) * (scale + run_.b_norm_);
    }

    /// Lets the method run from x_ and keeps the best of what it saw.
    Ending one_run() {
        run_.lowest_norm_ = run_.lowest_residual_ = infinity;
        run_.lowest_at_ = run_.applications_;
        run_.best_norm_ = infinity;
        run_.next_checkpoint_ = run_.applications_ + std::min<std::int64_t>(50, run_.cols() / 3 + 3);
        Ending ending = row_.function(run_, x_, r_);
        consider(x_);
        if (run_.best_norm_ < best_norm_) consider(run_.best_x_);
        return ending;
    }

    /// What rounding x may change in A x: u ‖ |A| |x| ‖₂, looked at closely only where a cheap bound is large.
    double rounding_of_storing(const Buffer<T>& x) const {
        const double unit = static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) / 2;
        const double cheap = unit * static_cast<double>(norm_inf(x)) * bound_.norm_inf;
        if (cheap <= run_.b_norm_) return cheap;
        const CsrView<T>& A = *A_.rows;
        double sum = 0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(A.rows()); ++i) {
            double row = 0;
            for (auto k = static_cast<std::size_t>(A.indptr()[i]); k < static_cast<std::size_t>(A.indptr()[i + 1]); ++k)
                row += std::sqrt(static_cast<double>(square(A.values()[k]))) *
                       std::sqrt(static_cast<double>(square(x[static_cast<std::size_t>(A.indices()[k])])));
            sum += row * row;
        }
        return unit * std::sqrt(sum);
    }

    /// Keeps x if it is the best so far; ‖b − A x‖.
    double consider(const Buffer<T>& x) {
        if (!all_finite(x)) return infinity;
        // An x along a null space, so large that storing it costs more than b, is no answer whatever its residual.
        if (A_.rows && rounding_of_storing(x) > run_.b_norm_) return infinity;
        checked_.resize(r_.size());
        const double norm = residual(x, checked_);
        // Near a minimum of ‖r‖ the last digits of it do not tell the better x.
        if (row_.least_squares ? norm <= (1 + 1e-8) * best_norm_ : norm < best_norm_) {
            best_ = x;
            best_norm_ = norm;
            if (row_.least_squares) normal_ = normal_residual(checked_);
        }
        return norm;
    }

    KrylovReport finish(Status status, std::string detail) {
        // What the caller gets, and what that is worth: scaling back may lose elements below the smallest number.
        Buffer<T> out(best_.size());
        bool exact = true;
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = scale_by_power(best_[i], -x_exponent_);
            const T again = scale_by_power(out[i], x_exponent_);
            exact = exact && again == best_[i];
            best_[i] = again;
        }
        const bool overflowed = !all_finite(out);
        if (overflowed) {
            status = Status::not_finite;
            detail = "x is too large to be stored";
            for (T& element : best_) element = T{0};
        } else if (!exact) {
            best_norm_ = residual(best_, r_);
            if (row_.least_squares) normal_ = normal_residual(r_);
        }
        if (overflowed) {
            best_norm_ = std::numeric_limits<double>::quiet_NaN();
        } else if (best_norm_ <= run_.target_ || (reached() && status != Status::not_finite)) {
            status = Status::converged;
        } else if (status == Status::converged) {
            status = Status::stagnated;
        }
        if (!overflowed) std::copy(out.begin(), out.end(), caller_x_.begin());

        KrylovReport report;
        report.status = status;
        report.method = name(row_.method);
        report.iterations = run_.applications_;
        report.residual_norm = std::ldexp(best_norm_, run_.b_exponent_);
        report.relative_residual = best_norm_ == 0 ? 0 : best_norm_ / run_.b_norm_;
        report.target = std::ldexp(run_.target_, run_.b_exponent_);
        report.normal_residual = normal_;
        // A method may end between an application and the norm that it would have learnt from it.
        if (options_.history)
            run_.history_.resize(static_cast<std::size_t>(run_.applications_) + 1, run_.history_.back());
        report.history = std::move(run_.history_);
        for (double& norm : report.history) norm = std::ldexp(norm, run_.b_exponent_);
        const int ritz_exponent = run_.eigenvalue_exponent_;
        if (run_.smallest_ritz) report.smallest_ritz = std::ldexp(*run_.smallest_ritz, ritz_exponent);
        if (run_.largest_ritz) report.largest_ritz = std::ldexp(*run_.largest_ritz, ritz_exponent);
        report.condition_estimate = run_.condition_estimate;
        if (status != Status::converged) report.message = sentence(status, detail, report);
        return report;
    }

    std::string sentence(Status status, const std::string& detail, const KrylovReport& report) const {
        std::string text{report.method};
        switch (status) {
            case Status::max_iterations:
                text += ": the limit of " + std::to_string(run_.max_applications_) + " iterations is reached";
                break;
            case Status::stagnated:
                text += ": no more progress";
                break;
            case Status::breakdown:
                text += ": broke down";
                break;
            case Status::indefinite_operator:
                text += ": A is not positive definite";
                break;
            case Status::indefinite_preconditioner:
                text += ": the preconditioner is not positive definite";
                break;
            case Status::not_symmetric:
                text += ": A is not Hermitian";
                break;
            case Status::not_finite:
                text += ": not finite";
                break;
            case Status::singular_inconsistent:
                text += ": b is not in the range of A, as far as rounding lets tell";
                break;
            default:
                text += ": stopped";
        }
        if (!detail.empty()) text += " (" + detail + ")";
        if (row_.hermitian && run_.preconditioned() && status != Status::indefinite_preconditioner &&
            run_.preconditioner_definiteness() != Definiteness::positive_definite)
            text += "; the preconditioner is not known to be Hermitian positive definite, which the method needs";
        return text + "; ‖b − A x‖ / ‖b‖ is " + number(report.relative_residual);
    }

    const MethodRow<T>& row_;
    detail::KrylovOperator<T> A_;
    VectorRef<T> caller_x_;
    Run<T> run_;
    const KrylovOptions& options_;
    int x_exponent_ = 0, total_A_exponent_ = 0;
    RowBound bound_;
    Buffer<T> b_, x_, r_, best_, checked_;
    double best_norm_ = infinity, normal_ = std::numeric_limits<double>::quiet_NaN();
};

namespace {

template <Scalar T>
void check_arguments(const MethodRow<T>& row, const detail::KrylovOperator<T>& A, VectorView<T> b, VectorRef<T> x,
                     const LinearOperatorRef<T>* M, const KrylovOptions& options) {
    const Method method = row.method;
    const auto rows = A.apply.rows(), cols = A.apply.cols();
    const auto shape = std::to_string(rows) + " × " + std::to_string(cols);
    if (!row.least_squares && rows != cols)
        refuse(method, "A must be square and is " + shape + "; lsqr, lsmr and cgls take any shape");
    if (b.size() != static_cast<std::size_t>(rows))
        refuse(method, "b has " + std::to_string(b.size()) + " elements, A is " + shape);
    if (x.size() != static_cast<std::size_t>(cols))
        refuse(method, "x has " + std::to_string(x.size()) + " elements, A is " + shape);
    if (M && (M->rows() != cols || M->cols() != cols))
        refuse(method, "the preconditioner is " + std::to_string(M->rows()) + " × " + std::to_string(M->cols()) +
                           ", A is " + shape);
    if (row.adjoint && !A.apply.has_adjoint()) refuse(method, "needs Aᴴ: give the operator an apply_adjoint");
    if (M && row.adjoint_M && !M->has_adjoint()) refuse(method, "needs M⁻ᴴ: give the preconditioner an apply_adjoint");
    const Stop& stop = options.stop;
    if (!(stop.rtol >= 0 && stop.rtol < infinity)) refuse(method, "rtol must be ≥ 0");
    if (!(stop.atol >= 0)) refuse(method, "atol must be ≥ 0");
    if (!(stop.max_seconds >= 0)) refuse(method, "max_seconds must be ≥ 0");
    if (options.restart < 1) refuse(method, "restart must be ≥ 1");
    if (options.recycle < 0) refuse(method, "recycle must be ≥ 0");
    if (options.degree < 1) refuse(method, "degree must be ≥ 1");
    if (options.shadow < 1) refuse(method, "shadow must be ≥ 1");
    if (!std::isfinite(options.damping)) refuse(method, "damping must be finite");
    if (!std::isfinite(options.eigenvalue_low) || !std::isfinite(options.eigenvalue_high))
        refuse(method, "eigenvalue_low and eigenvalue_high must be finite");
    if (options.eigenvalue_high != 0 && options.eigenvalue_low > options.eigenvalue_high)
        refuse(method, "eigenvalue_low must not exceed eigenvalue_high");
}

template <Scalar T>
KrylovReport verdict(Method method, Status status, std::string message) {
    KrylovReport report;
    report.method = name(method);
    report.status = status;
    report.message = std::string(name(method)) + ": " + std::move(message);
    return report;
}

template <Scalar T>
KrylovReport solve_checked(const MethodRow<T>& row, const detail::KrylovOperator<T>& A, VectorView<T> b, VectorRef<T> x,
                           const LinearOperatorRef<T>* M, Definiteness definiteness, const KrylovOptions& options) {
    if (!all_finite(b)) return verdict<T>(row.method, Status::not_finite, "b holds a NaN or an infinity");
    if (!all_finite(x))
        return verdict<T>(row.method, Status::not_finite, "the starting guess holds a NaN or an infinity");

    std::optional<detail::KrylovOperator<T>> used(A);
    Csr<T> converted;
    if (A.cols) {  // products by rows are faster, and the residual is taken by rows
        converted = to_csr(*A.cols);
        used.emplace(detail::KrylovOperator<T>::of(static_cast<const CsrView<T>&>(converted)));
    }
    int stored_exponent = 0;
    if (used->rows) {
        const auto largest = static_cast<double>(norm_inf(used->rows->values()));
        if (!std::isfinite(largest)) return verdict<T>(row.method, Status::not_finite, "A holds a NaN or an infinity");
        if (row.hermitian && !options.known_hermitian && !nearly(*used->rows, true))
            return verdict<T>(row.method, Status::not_symmetric,
                              "A is not Hermitian; gmres, bicgstab and idr take any square matrix");
        if (row.symmetric && !nearly(*used->rows, false))
            return verdict<T>(row.method, Status::not_symmetric,
                              "A is not symmetric; gmres, bicgstab and idr take any square matrix");
        const int exponent = largest > 0 ? std::ilogb(largest) : 0;
        if (std::abs(exponent) > scale_limit<T>) {
            if (!A.cols) converted = Csr<T>(*A.rows);
            for (T& a : converted.values()) a = scale_by_power(a, -exponent);
            used.emplace(detail::KrylovOperator<T>::of(static_cast<const CsrView<T>&>(converted)));
            stored_exponent = exponent;
        }
    }
    if (static_cast<double>(norm_inf(b)) == 0) {  // x = 0 exactly, whatever the guess
        std::fill(x.begin(), x.end(), T{0});
        KrylovReport report = verdict<T>(row.method, Status::converged, "");
        report.message.clear();
        report.residual_norm = report.relative_residual = 0;
        report.target = options.stop.atol;
        if (row.least_squares) report.normal_residual = 0;
        if (options.history) report.history = {0};
        return report;
    }
    // Worth it for some ten products at least.
    std::optional<TunedMatrix<T>> tuned;
    const std::int64_t limit = options.stop.max_iterations;
    if (used->rows && !used->tuned && options.tune && used->rows->nnz() >= tuned_entries &&
        (limit < 0 || limit >= 20)) {
        const CsrView<T> rows = *used->rows;
        try {
            tuned.emplace(rows);
            used.emplace(detail::KrylovOperator<T>{*tuned, rows, {}, &*tuned});
        } catch (const std::bad_alloc&) {  // then without
            tuned.reset();
        }
    }
    Rescale scales{0, 0};
    for (int attempt = 0;; ++attempt) {
        try {
            return Driver<T>(row, *used, stored_exponent, b, x, M, definiteness, options, scales).solve();
        } catch (const Rescale& found) {
            if (attempt == 3) throw;  // cannot be: each of the two exponents is set once
            scales = found;
        }
    }
}

}  // namespace

}  // namespace ritz::iterative

namespace ritz::detail {

template <Scalar T>
KrylovReport krylov(Method method, const KrylovOperator<T>& A, VectorView<T> b, VectorRef<T> x,
                    const Preconditioner<T>* M, const LinearOperatorRef<T>* M_ref, const KrylovOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const iterative::MethodRow<T>* row = iterative::row_of<T>(method);
    if (!row) iterative::refuse(method, "is not an iterative method");
    std::optional<LinearOperatorRef<T>> erased;
    if (M) M_ref = &erased.emplace(*M);
    iterative::check_arguments(*row, A, b, x, M_ref, options);
    KrylovReport report;
    if (x.empty()) {
        report = iterative::verdict<T>(method, Status::converged, "");
        report.message.clear();
        report.iterations = 0;
        report.residual_norm = static_cast<double>(norm2(b));
        report.relative_residual = report.residual_norm > 0 ? 1 : 0;
        report.normal_residual = row->least_squares ? 0 : report.normal_residual;
    } else {
        report = iterative::solve_checked(*row, A, b, x, M_ref, M ? M->definiteness() : Definiteness::unknown, options);
    }
    report.preconditioner = M ? M->name() : M_ref ? "user" : "none";
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return report;
}

#define INSTANTIATE(T)                                                                          \
    template KrylovReport krylov(Method, const KrylovOperator<T>&, VectorView<T>, VectorRef<T>, \
                                 const Preconditioner<T>*, const LinearOperatorRef<T>*, const KrylovOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::detail
