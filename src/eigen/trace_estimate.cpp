// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/trace_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <vector>

#include "core/instantiate.hpp"
#include "eigen/lanczos_process.hpp"
#include "eigen/probes.hpp"
#include "eigen/small_function.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/structure.hpp"

namespace ritz {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

bool cancelled(const std::atomic<bool>* cancel) {
    return cancel && *cancel;
}

/// The mean of complex samples and the error of it, ‖·‖ over both parts.
template <Scalar T>
void take_mean(const std::vector<std::complex<double>>& samples, TraceEstimate<T>& result, std::complex<double> known,
               int exponent, double confidence) {
    std::vector<double> real, imaginary;
    for (const auto& s : samples) {
        real.push_back(s.real());
        imaginary.push_back(s.imag());
    }
    const eigen::SampleMean re = eigen::sample_mean(real), im = eigen::sample_mean(imaginary);
    const std::complex<double> value = known + std::complex<double>(re.mean, im.mean);
    const double re_value = std::ldexp(value.real(), exponent), im_value = std::ldexp(value.imag(), exponent);
    if constexpr (is_complex<T>)
        result.value = T(static_cast<Real<T>>(re_value), static_cast<Real<T>>(im_value));
    else
        result.value = static_cast<T>(re_value);
    result.standard_error =
        std::ldexp(is_complex<T> ? std::hypot(re.standard_error, im.standard_error) : re.standard_error, exponent);
    result.probes = static_cast<Index>(samples.size());
    result.radius = samples.size() < 2
                        ? std::numeric_limits<double>::infinity()
                        : result.standard_error *
                              eigen::student_quantile(confidence, static_cast<std::int64_t>(samples.size()) - 1);
}

template <Scalar T>
TraceEstimate<T>& fail(TraceEstimate<T>& result, Status status, const char* message) {
    result.value = eigen::scalar<T>(not_a_number);
    result.standard_error = result.radius = std::numeric_limits<double>::infinity();
    result.status = status;
    result.message = message;
    return result;
}

/// An orthonormal basis of Y's columns, in place; columns that depend on others are left out. Returns how many.
template <Scalar T>
std::size_t orthonormalise(const Eigen::MatrixX<T>& Y, iterative::Basis<T>& Q) {
    std::size_t rank = 0;
    for (Eigen::Index c = 0; c < Y.cols(); ++c) {
        const VectorRef<T> q = Q[rank];
        std::copy(Y.col(c).data(), Y.col(c).data() + Y.rows(), q.begin());
        const auto before = static_cast<double>(norm2(q));
        if (!(before > 0)) continue;
        std::vector<T> h(rank, T{});
        const double after = Q.orthogonalise(rank, q, h.data());
        if (!(after > 64 * eigen::unit_roundoff<T> * before)) continue;
        scale(eigen::scalar<T>(1 / after), q);
        ++rank;
    }
    return rank;
}

template <Scalar T>
std::complex<double> wide_dot(VectorView<T> x, VectorView<T> y) {
    return std::complex<double>(dot(x, y));
}

}  // namespace

template <Scalar T>
TraceEstimate<T> trace_estimate(const LinearOperatorRef<T>& A, const TraceOptions& options) {
    detail::require(A.rows() == A.cols(), "trace_estimate: A must be square");
    detail::require(options.confidence > 0 && options.confidence < 1, "trace_estimate: confidence must be in (0, 1)");
    detail::require(options.products >= (options.method == TraceMethod::hutch_pp ? 6 : 2),
                    "trace_estimate: hutch_pp needs 6 products at least, hutchinson 2");
    const eigen::Stopwatch watch;
    const Index n = A.rows();
    const auto length = static_cast<std::size_t>(n);
    TraceEstimate<T> result;
    eigen::Operand<T> B(A);
    const auto finish = [&]() -> TraceEstimate<T>& {
        result.operator_applications = B.applications();
        result.seconds = watch.seconds();
        return result;
    };
    Buffer<T> z(length), y(length);
    if (n <= options.products) {
        std::complex<double> sum = 0;
        for (Index j = 0; j < n; ++j) {
            eigen::fill_with_unit<T>(z, j);
            B.apply(z, y);
            sum += std::complex<double>(y[static_cast<std::size_t>(j)]);
        }
        take_mean<T>({sum, sum}, result, 0, B.exponent(), options.confidence);
        result.exact = true;
        result.probes = 0;
        result.standard_error = result.radius = 0;
        if (!std::isfinite(std::abs(sum)))
            fail(result, Status::not_finite, "a product with A has a NaN or an infinity");
        return finish();
    }

    // A third of the products makes the range, a third its trace, the rest goes to what is left.
    const Index range = options.method == TraceMethod::hutch_pp ? options.products / 3 : 0;
    const auto capacity = static_cast<std::size_t>(std::max<Index>(range, 1));
    iterative::Basis<T> Q(length, capacity);
    std::size_t rank = 0;
    std::complex<double> known = 0;
    if (range > 0) {
        Eigen::MatrixX<T> S(n, range), Y(n, range);
        for (Index c = 0; c < range; ++c) eigen::fill_with_signs<T>(S.col(c), ~options.seed, c);
        B.apply_block(S, Y);
        if (!Y.allFinite()) {
            fail(result, Status::not_finite, "a product with A has a NaN or an infinity");
            return finish();
        }
        rank = orthonormalise(Y, Q);
        for (std::size_t c = 0; c < rank; ++c) {
            B.apply(Q[c], y);
            known += wide_dot<T>(Q[c], y);
        }
    }
    const auto project_out = [&](VectorRef<T> v) {  // v ← (I − QQᴴ) v
        if (rank == 0) return;
        std::vector<T> h(rank, T{});
        Q.project(rank, v, h.data());
        Q.subtract(rank, h.data(), v);
    };
    std::vector<std::complex<double>> samples;
    const Index probes = options.products - range - static_cast<Index>(rank);
    for (Index probe = 0; probe < probes; ++probe) {
        if (cancelled(options.cancel)) {
            result.status = Status::interrupted;
            result.message = "stopped from outside";
            break;
        }
        eigen::fill_with_signs<T>(z, options.seed, probe);
        project_out(z);
        B.apply(z, y);
        samples.push_back(wide_dot<T>(z, y));  // z is orthogonal to Q, so that Aᴴ's part in Q does not matter
        if (!std::isfinite(std::abs(samples.back()))) {
            fail(result, Status::not_finite, "a product with A has a NaN or an infinity");
            return finish();
        }
    }
    if (samples.empty()) {
        fail(result, result.status, "stopped before the first probe");
        return finish();
    }
    take_mean(samples, result, known, B.exponent(), options.confidence);
    return finish();
}

namespace {

std::string text(double a) {
    std::ostringstream out;
    out.precision(4);
    out << a;
    return out.str();
}

/// Σ weight_j f(θ_j), or why not.
struct Sum {
    double value = 0, magnitude = 0;  // magnitude: Σ weight_j |f(θ_j)|
    std::string trouble;
    bool indefinite = false;  // f is defined on the positive axis only, and A has a Ritz value elsewhere
};

Sum quadrature_sum(const eigen::Quadrature& q, const MatrixFunction& f, int exponent, double scale, double u,
                   bool logarithm) {
    Sum sum;
    const eigen::FunctionDomain domain{
        .real_answer = true, .on_real_axis = true, .rounding = std::ldexp(32 * u * scale, exponent)};
    for (Eigen::Index j = 0; j < q.nodes.size(); ++j) {
        double theta = std::ldexp(q.nodes[j], exponent);
        if (logarithm) {  // of the scaled operand; what 2^exponent adds is added once, to the mean
            if (!(q.nodes[j] > 32 * u * scale)) {
                sum.trouble = "A is not positive definite to rounding: it has the Ritz value " + text(theta);
                sum.indefinite = true;
                return sum;
            }
            sum.value += q.weights[j] * std::log(q.nodes[j]);
            sum.magnitude += q.weights[j] * std::abs(std::log(q.nodes[j]));
            continue;
        }
        if (auto trouble = eigen::obstacle(f, theta, domain)) {
            sum.trouble = *std::move(trouble);
            sum.indefinite = theta <= domain.rounding && f.named != Function::sign;
            return sum;
        }
        if (f.named == Function::sqrt) theta = std::max(theta, 0.0);
        const std::complex<double> value = eigen::value_of(f, theta);
        if (!std::isfinite(value.real()) || std::abs(value.imag()) > 1e-8 * std::abs(value)) {
            sum.trouble = "f is not real and finite at the Ritz value " + text(theta);
            return sum;
        }
        sum.value += q.weights[j] * value.real();
        sum.magnitude += q.weights[j] * std::abs(value);
    }
    return sum;
}

template <Scalar T>
QuadratureEstimate stochastic_quadrature(eigen::Operand<T>& B, const MatrixFunction& f,
                                         const QuadratureOptions& options, bool logarithm) {
    const Index n = B.rows();
    const double u = eigen::unit_roundoff<T>;
    QuadratureEstimate result;
    const auto fail = [&](Status status, std::string message) {
        result.value = not_a_number;
        result.standard_error = result.radius = std::numeric_limits<double>::infinity();
        result.status = status;
        result.message = std::move(message);
        return result;
    };
    if (n == 0) {
        result.exact = true;
        return result;
    }
    result.exact = n <= options.probes;
    const Index probes = result.exact ? n : options.probes;
    const auto capacity = static_cast<std::size_t>(std::min(n, options.max_steps));
    Buffer<T> z(static_cast<std::size_t>(n));
    std::vector<double> samples, changes;
    for (Index probe = 0; probe < probes; ++probe) {
        if (cancelled(options.cancel)) {
            result.status = Status::interrupted;
            result.message = "stopped from outside";
            result.exact = false;
            break;
        }
        if (result.exact) {
            eigen::fill_with_unit<T>(z, probe);
        } else {
            eigen::fill_with_signs<T>(z, options.seed, probe);
        }
        eigen::LanczosProcess<T> process(B, z, capacity);
        Sum last;
        double before = std::numeric_limits<double>::infinity(), change = before;
        std::size_t due = 4;
        bool over = false;
        while (!over) {
            const auto step = process.step();
            if (step == eigen::LanczosProcess<T>::Step::not_finite)
                return fail(Status::not_finite, "a product with A has a NaN or an infinity");
            const std::size_t k = process.size();
            const bool invariant = step == eigen::LanczosProcess<T>::Step::invariant, full = k == capacity;
            if (!invariant && !full && k < due) continue;
            due = k + std::max<std::size_t>(3, k / 5);
            const Sum sum = quadrature_sum(eigen::quadrature(process.alpha(), process.beta()), f, B.exponent(),
                                           process.scale(), u, logarithm);
            // What is not positive stays so: Ritz values of A lie between its eigenvalues.
            if (sum.indefinite) return fail(Status::indefinite_operator, sum.trouble);
            before = std::exchange(change, sum.trouble.empty() && last.trouble.empty() && std::isfinite(last.value)
                                               ? std::abs(sum.value - last.value)
                                               : std::numeric_limits<double>::infinity());
            if (k <= 4) change = std::numeric_limits<double>::infinity();
            last = sum;
            const bool settled = std::max(before, change) <= std::max(options.rtol, 16 * u) * sum.magnitude;
            if (invariant) change = 0;
            over = invariant || settled || full;
            if (full && !invariant && !settled && result.status == Status::converged) {
                result.status = Status::max_iterations;
                result.message = "the quadrature of a probe had not settled after max_steps";
            }
            if (over && !sum.trouble.empty()) return fail(Status::breakdown, sum.trouble);
        }
        const double weight = result.exact ? 1 : static_cast<double>(n);
        samples.push_back(weight * last.value);
        changes.push_back(weight * (std::isfinite(change) ? change : std::abs(last.value)));
        result.steps = std::max(result.steps, static_cast<Index>(process.size()));
    }
    result.probes = static_cast<Index>(samples.size());
    if (samples.empty()) return fail(result.status, "stopped before the first probe");
    const eigen::SampleMean mean = eigen::sample_mean(samples), change = eigen::sample_mean(changes);
    if (result.exact) {
        result.value = mean.mean * static_cast<double>(n);
        result.quadrature_error = change.mean * static_cast<double>(n);
    } else {
        result.value = mean.mean;
        result.quadrature_error = change.mean;
        result.standard_error = mean.standard_error;
    }
    const double quantile =
        result.exact ? 0
        : samples.size() < 2
            ? std::numeric_limits<double>::infinity()
            : eigen::student_quantile(options.confidence, static_cast<std::int64_t>(samples.size()) - 1);
    result.radius = (result.standard_error > 0 ? quantile * result.standard_error : 0) + result.quadrature_error;
    // Lanczos that has not settled says nothing of how far it is from the truth.
    if (result.status == Status::max_iterations) result.radius = std::numeric_limits<double>::infinity();
    if (logarithm) result.value += n * (B.exponent() * std::log(2.0));
    return result;
}

void check(const QuadratureOptions& options) {
    detail::require(options.probes >= 1, "trace_of_function: at least one probe is needed");
    detail::require(options.max_steps >= 1, "trace_of_function: max_steps must be at least 1");
    detail::require(options.confidence > 0 && options.confidence < 1,
                    "trace_of_function: confidence must be in (0, 1)");
    detail::require(options.rtol >= 0 && options.rtol < 1, "trace_of_function: rtol must be in [0, 1)");
}

template <Scalar T>
QuadratureEstimate of_matrix(const CsrView<T>& A, const MatrixFunction& f, const QuadratureOptions& options,
                             bool logarithm) {
    check(options);
    const eigen::Stopwatch watch;
    eigen::require_square_and_finite(A, logarithm ? "log_determinant_estimate" : "trace_of_function");
    detail::require(analyse_structure(A).hermitian, "trace_of_function: A must be Hermitian");
    eigen::Operand<T> B(A);
    QuadratureEstimate result = stochastic_quadrature(B, f, options, logarithm);
    result.operator_applications = B.applications();
    result.seconds = watch.seconds();
    return result;
}

template <Scalar T>
QuadratureEstimate of_operator(const LinearOperatorRef<T>& A, const MatrixFunction& f, const QuadratureOptions& options,
                               bool logarithm) {
    check(options);
    const eigen::Stopwatch watch;
    detail::require(A.rows() == A.cols(), "trace_of_function: A must be square");
    eigen::Operand<T> B(A);
    QuadratureEstimate result;
    if (B.seems_hermitian(options.seed)) {
        result = stochastic_quadrature(B, f, options, logarithm);
    } else {
        result.value = not_a_number;
        result.standard_error = result.radius = std::numeric_limits<double>::infinity();
        result.status = Status::not_symmetric;
        result.message = "products with random vectors show that A is not Hermitian";
    }
    result.operator_applications = B.applications();
    result.seconds = watch.seconds();
    return result;
}

}  // namespace

template <Scalar T>
QuadratureEstimate trace_of_function(const CsrView<T>& A, const MatrixFunction& f, const QuadratureOptions& options) {
    return of_matrix(A, f, options, f.named == Function::log);
}
template <Scalar T>
QuadratureEstimate trace_of_function(const LinearOperatorRef<T>& A, const MatrixFunction& f,
                                     const QuadratureOptions& options) {
    return of_operator(A, f, options, f.named == Function::log);
}
template <Scalar T>
QuadratureEstimate log_determinant_estimate(const CsrView<T>& A, const QuadratureOptions& options) {
    return of_matrix(A, Function::log, options, true);
}
template <Scalar T>
QuadratureEstimate log_determinant_estimate(const LinearOperatorRef<T>& A, const QuadratureOptions& options) {
    return of_operator(A, Function::log, options, true);
}

#define INSTANTIATE(T)                                                                                                 \
    template TraceEstimate<T> trace_estimate(const LinearOperatorRef<T>&, const TraceOptions&);                        \
    template QuadratureEstimate trace_of_function(const CsrView<T>&, const MatrixFunction&, const QuadratureOptions&); \
    template QuadratureEstimate trace_of_function(const LinearOperatorRef<T>&, const MatrixFunction&,                  \
                                                  const QuadratureOptions&);                                           \
    template QuadratureEstimate log_determinant_estimate(const CsrView<T>&, const QuadratureOptions&);                 \
    template QuadratureEstimate log_determinant_estimate(const LinearOperatorRef<T>&, const QuadratureOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
