// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/spectral_density.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/instantiate.hpp"
#include "core/sweep.hpp"
#include "eigen/lanczos_process.hpp"
#include "eigen/probes.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/structure.hpp"

namespace ritz {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double pi = 3.14159265358979323846;

/// Bounds of the scaled operand.
template <Scalar T>
SpectralBounds bounds_of(eigen::Operand<T>& B, const SpectralBoundsOptions& options) {
    SpectralBounds bounds;
    const Index n = B.rows();
    if (n == 0) return bounds;
    const auto steps = static_cast<std::size_t>(std::min(n, options.steps));
    const Buffer<T> start = random_vector<T>(n, options.seed ^ 0xb0d5);
    eigen::LanczosProcess<T> process(B, start, steps);
    auto outcome = eigen::LanczosProcess<T>::Step::more;
    while (process.size() < steps && outcome == eigen::LanczosProcess<T>::Step::more) outcome = process.step();
    if (outcome == eigen::LanczosProcess<T>::Step::not_finite) {
        bounds.low = bounds.high = bounds.smallest = bounds.largest = not_a_number;
        bounds.status = Status::not_finite;
        return bounds;
    }
    const eigen::Quadrature q = eigen::quadrature(process.alpha(), process.beta());
    bounds.smallest = q.nodes.minCoeff();
    bounds.largest = q.nodes.maxCoeff();
    // ‖f_k‖ beyond the extreme Ritz values (Zhou and Li, (2.5)), and what rounding can add.
    const double beyond =
        process.beta().back() + 64 * eigen::unit_roundoff<T> * process.scale() * std::sqrt(static_cast<double>(steps));
    bounds.low = bounds.smallest - beyond;
    bounds.high = bounds.largest + beyond;
    return bounds;
}

SpectralBounds unscaled(SpectralBounds bounds, int exponent) {
    for (double* a : {&bounds.low, &bounds.high, &bounds.smallest, &bounds.largest}) *a = std::ldexp(*a, exponent);
    return bounds;
}

/// A probe's Chebyshev moments zᴴ T_k(X) z, k = 0 … degree, of the operator X = (B − centre)/radius: two of them from
/// each product, since T_2k = 2 T_k² − 1 and T_{2k+1} = 2 T_{k+1} T_k − T_1. False when one is not finite.
template <Scalar T>
bool moments_of(eigen::Operand<T>& B, VectorView<T> z, double centre, double radius, std::vector<double>& moments) {
    const std::size_t n = z.size(), degree = moments.size() - 1;
    Buffer<T> previous(z.begin(), z.end()), current(n), next(n);
    const auto multiply = [&](const Buffer<T>& x, Buffer<T>& y, double factor, const Buffer<T>* minus) {
        B.apply(x, y);  // y ← factor X x − minus
        const T f = eigen::scalar<T>(factor / radius), c = eigen::scalar<T>(centre);
        T* const y_ = y.data();
        const T *const x_ = x.data(), *const m_ = minus ? minus->data() : nullptr;
        if (m_)
            detail::sweep(n, [=](std::size_t i) { y_[i] = f * (y_[i] - c * x_[i]) - m_[i]; });
        else
            detail::sweep(n, [=](std::size_t i) { y_[i] = f * (y_[i] - c * x_[i]); });
    };
    const auto product = [](const Buffer<T>& x, const Buffer<T>& y) {
        return static_cast<double>(std::real(dot(x, y)));
    };
    moments[0] = product(previous, previous);
    multiply(previous, current, 1, nullptr);
    if (degree >= 1) moments[1] = product(previous, current);
    for (std::size_t k = 1; 2 * k <= degree; ++k) {  // current = T_k(X) z, previous = T_{k-1}(X) z
        moments[2 * k] = 2 * product(current, current) - moments[0];
        if (2 * k + 1 > degree) break;
        multiply(current, next, 2, &previous);
        moments[2 * k + 1] = 2 * product(next, current) - moments[1];
        previous.swap(current);
        current.swap(next);
    }
    return std::all_of(moments.begin(), moments.end(), [](double m) { return std::isfinite(m); });
}

/// Jackson's factors g_k, k = 0 … degree: Weiße et al., (71).
std::vector<double> jackson(std::size_t degree) {
    const double size = static_cast<double>(degree) + 2, angle = pi / size;
    std::vector<double> g(degree + 1);
    for (std::size_t k = 0; k <= degree; ++k) {
        const auto j = static_cast<double>(k);
        g[k] = ((size - j) * std::cos(j * angle) + std::sin(j * angle) / std::tan(angle)) / size;
    }
    return g;
}

/// What an estimate is made of: one vector of results a probe, whose mean and spread are taken.
struct Means {
    Eigen::VectorXd mean, squares;
    Index count = 0;

    void add(const Eigen::VectorXd& sample) {  // Welford's update
        if (count == 0) {
            mean = Eigen::VectorXd::Zero(sample.size());
            squares = mean;
        }
        ++count;
        const Eigen::VectorXd from = sample - mean;
        mean += from / count;
        squares += from.cwiseProduct(sample - mean);
    }
    Eigen::VectorXd standard_error() const {
        if (count < 2) return Eigen::VectorXd::Constant(mean.size(), std::numeric_limits<double>::infinity());
        return (squares / (static_cast<double>(count) * (count - 1))).cwiseSqrt();
    }
};

/// What is asked of the spectrum in x = (λ − centre)/radius: values at points, or the part in an interval.
struct Question {
    Eigen::VectorXd points;  // in [-1, 1]
    bool interval = false;
    double low = 0, high = 0;  // of the interval, in x
};

/// (1/n) Σ over eigenvalues, of one probe by its moments; z has squared norm n.
Eigen::VectorXd answer(const Question& question, const std::vector<double>& moments,
                       const std::vector<double>& damping) {
    if (question.interval) {
        // ∫ T_k(x) / (π √(1 − x²)) dx over the interval, twice for k > 0
        const double a = std::acos(std::clamp(question.low, -1.0, 1.0)),
                     b = std::acos(std::clamp(question.high, -1.0, 1.0));
        double sum = moments[0] * (a - b) / pi;
        for (std::size_t k = 1; k < moments.size(); ++k) {
            const auto j = static_cast<double>(k);
            sum += 2 * damping[k] * moments[k] * (std::sin(j * a) - std::sin(j * b)) / (j * pi);
        }
        return Eigen::VectorXd::Constant(1, sum);
    }
    Eigen::VectorXd values(question.points.size());
    for (Eigen::Index i = 0; i < values.size(); ++i) {
        const double x = question.points[i], angle = std::acos(std::clamp(x, -1.0, 1.0));
        double sum = moments[0];
        for (std::size_t k = 1; k < moments.size(); ++k)
            sum += 2 * damping[k] * moments[k] * std::cos(static_cast<double>(k) * angle);
        values[i] = sum / (pi * std::sqrt(1 - x * x));
    }
    return values;
}

/// The same by Gauss quadrature.
Eigen::VectorXd answer(const Question& question, const eigen::Quadrature& q, double centre, double radius,
                       double width) {
    const Eigen::VectorXd x = (q.nodes.array() - centre) / radius;
    if (question.interval) {
        double sum = 0;
        for (Eigen::Index j = 0; j < x.size(); ++j)
            if (question.low <= x[j] && x[j] <= question.high) sum += q.weights[j];
        return Eigen::VectorXd::Constant(1, sum);
    }
    Eigen::VectorXd values = Eigen::VectorXd::Zero(question.points.size());
    for (Eigen::Index i = 0; i < values.size(); ++i)
        for (Eigen::Index j = 0; j < x.size(); ++j) {
            const double far = (question.points[i] - x[j]) / width;
            values[i] += q.weights[j] * std::exp(-far * far / 2) / (width * std::sqrt(2 * pi));
        }
    return values;
}

struct Findings {
    Means means;
    Status status = Status::converged;
    std::string message;
};

template <Scalar T>
Findings ask(eigen::Operand<T>& B, const Question& question, double centre, double radius, double width,
             const DensityOptions& options) {
    const Index n = B.rows();
    const bool exact = n <= options.probes;
    const Index probes = exact ? n : options.probes;
    const auto degree = static_cast<std::size_t>(options.degree);
    const std::vector<double> damping = jackson(degree);
    Findings found;
    Buffer<T> z(static_cast<std::size_t>(n));
    for (Index probe = 0; probe < probes; ++probe) {
        if (options.cancel && *options.cancel) {
            found.status = Status::interrupted;
            found.message = "stopped from outside";
            return found;
        }
        double norm_squared = 1;
        if (exact) {
            eigen::fill_with_unit<T>(z, probe);
        } else {
            eigen::fill_with_signs<T>(z, options.seed, probe);
            norm_squared = n;
        }
        bool finite = true;
        if (options.method == DensityMethod::kernel_polynomial) {
            std::vector<double> moments(degree + 1);
            finite = moments_of<T>(B, z, centre, radius, moments);
            if (finite) {
                for (double& m : moments) m /= norm_squared;
                found.means.add(answer(question, moments, damping));
            }
        } else {
            const std::size_t steps = std::min(static_cast<std::size_t>(n), std::max<std::size_t>(degree / 2, 1));
            eigen::LanczosProcess<T> process(B, z, steps);
            auto outcome = eigen::LanczosProcess<T>::Step::more;
            while (process.size() < steps && outcome == eigen::LanczosProcess<T>::Step::more) outcome = process.step();
            finite = outcome != eigen::LanczosProcess<T>::Step::not_finite;
            if (finite)
                found.means.add(
                    answer(question, eigen::quadrature(process.alpha(), process.beta()), centre, radius, width));
        }
        if (!finite) {
            found.status = Status::not_finite;
            found.message = "a product with A has a NaN or an infinity";
            return found;
        }
    }
    return found;
}

void check(const DensityOptions& options) {
    detail::require(options.points >= 2, "spectral_density: at least 2 points are needed");
    detail::require(options.degree >= 2, "spectral_density: degree must be at least 2");
    detail::require(options.probes >= 1, "spectral_density: at least one probe is needed");
    detail::require(options.width >= 0 && std::isfinite(options.width), "spectral_density: width must not be negative");
}

/// The interval that is mapped to [-1, 1]: a little more than the bounds, since Chebyshev polynomials grow outside.
struct Map {
    double centre = 0, radius = 1;
};
Map map_of(const SpectralBounds& bounds) {
    const double width = bounds.high - bounds.low, size = std::max(std::abs(bounds.low), std::abs(bounds.high));
    Map map{bounds.low / 2 + bounds.high / 2, 0.505 * width};
    // One eigenvalue only: any interval about it.
    if (!(map.radius > 1e-6 * size)) map.radius = size > 0 ? 1e-3 * size : 1;
    return map;
}

template <Scalar T>
SpectralDensity density_of(eigen::Operand<T>& B, SpectralBounds bounds, const DensityOptions& options) {
    const eigen::Stopwatch watch;
    SpectralDensity result;
    const int e = B.exponent();
    const auto finish = [&] {
        result.operator_applications = B.applications();
        result.seconds = watch.seconds();
        return result;
    };
    result.bounds = unscaled(bounds, e);
    result.grid = Eigen::VectorXd::LinSpaced(options.points, result.bounds.low, result.bounds.high);
    result.density = result.standard_error = Eigen::VectorXd::Constant(options.points, not_a_number);
    if (bounds.status != Status::converged) {
        result.status = bounds.status;
        result.message = bounds.status == Status::not_symmetric
                             ? "products with random vectors show that A is not Hermitian"
                             : "a product with A has a NaN or an infinity";
        return finish();
    }
    const Map map = map_of(bounds);
    const double degree = options.degree;
    if (!(bounds.high - bounds.low > 1e-6 * map.radius))
        result.grid = Eigen::VectorXd::LinSpaced(options.points, std::ldexp(map.centre - map.radius / 1.01, e),
                                                 std::ldexp(map.centre + map.radius / 1.01, e));
    Question question;
    question.points.resize(options.points);
    for (Eigen::Index i = 0; i < options.points; ++i)
        question.points[i] = (std::ldexp(result.grid[i], -e) - map.centre) / map.radius;
    const double width = options.width > 0 ? std::ldexp(options.width, -e) / map.radius : 8 / degree;
    result.resolution = options.method == DensityMethod::lanczos ? std::ldexp(width * map.radius, e)
                                                                 : std::ldexp(pi * map.radius / degree, e);
    const Findings found = ask(B, question, map.centre, map.radius, width, options);
    result.status = found.status;
    result.message = found.message;
    if (found.status != Status::converged) return finish();
    result.probes = found.means.count;
    result.exact_trace = B.rows() <= options.probes;
    const double per = std::ldexp(1 / map.radius, -e);  // dx/dλ
    result.density = found.means.mean * per;
    result.standard_error =
        result.exact_trace ? Eigen::VectorXd::Zero(options.points).eval() : (found.means.standard_error() * per).eval();
    return finish();
}

template <Scalar T>
CountEstimate count_of(eigen::Operand<T>& B, SpectralBounds bounds, double low, double high,
                       const DensityOptions& options) {
    const eigen::Stopwatch watch;
    CountEstimate result;
    const int e = B.exponent();
    const auto finish = [&] {
        result.operator_applications = B.applications();
        result.seconds = watch.seconds();
        return result;
    };
    result.bounds = unscaled(bounds, e);
    if (B.rows() == 0) return finish();
    result.count = result.standard_error = not_a_number;
    if (bounds.status != Status::converged) {
        result.status = bounds.status;
        result.message = bounds.status == Status::not_symmetric
                             ? "products with random vectors show that A is not Hermitian"
                             : "a product with A has a NaN or an infinity";
        return finish();
    }
    const Map map = map_of(bounds);
    Question question;
    question.interval = true;
    question.low = (std::ldexp(low, -e) - map.centre) / map.radius;
    question.high = (std::ldexp(high, -e) - map.centre) / map.radius;
    result.resolution = std::ldexp(pi * map.radius / options.degree, e);
    const Findings found = ask(B, question, map.centre, map.radius, 1, options);
    result.status = found.status;
    result.message = found.message;
    if (found.status != Status::converged) return finish();
    result.probes = found.means.count;
    result.count = found.means.mean[0] * B.rows();
    result.standard_error = B.rows() <= options.probes ? 0 : found.means.standard_error()[0] * B.rows();
    return finish();
}

/// Bounds of the scaled matrix: the closer of two.
template <Scalar T>
SpectralBounds bounds_with_discs(eigen::Operand<T>& B, const Structure& structure,
                                 const SpectralBoundsOptions& options) {
    SpectralBounds bounds = bounds_of(B, options);
    if (bounds.status != Status::converged || B.rows() == 0) return bounds;
    bounds.low = std::max(bounds.low, std::ldexp(structure.gershgorin_low, -B.exponent()));
    bounds.high = std::min(bounds.high, std::ldexp(structure.gershgorin_high, -B.exponent()));
    return bounds;
}

template <Scalar T>
Structure examined(const CsrView<T>& A, const char* who) {
    eigen::require_square_and_finite(A, who);
    const Structure structure = analyse_structure(A);
    detail::require(structure.hermitian, std::string(who) + ": A must be Hermitian");
    return structure;
}

template <Scalar T>
SpectralBounds bounds_by_products(eigen::Operand<T>& B, const SpectralBoundsOptions& options) {
    if (B.seems_hermitian(options.seed)) return bounds_of(B, options);
    SpectralBounds bounds;
    bounds.low = bounds.high = bounds.smallest = bounds.largest = not_a_number;
    bounds.status = Status::not_symmetric;
    return bounds;
}

}  // namespace

template <Scalar T>
SpectralBounds spectral_bounds(const CsrView<T>& A, const SpectralBoundsOptions& options) {
    detail::require(options.steps >= 1, "spectral_bounds: steps must be at least 1");
    const Structure structure = examined(A, "spectral_bounds");
    eigen::Operand<T> B(A);
    SpectralBounds bounds = unscaled(bounds_with_discs(B, structure, options), B.exponent());
    bounds.operator_applications = B.applications();
    return bounds;
}

template <Scalar T>
SpectralBounds spectral_bounds(const LinearOperatorRef<T>& A, const SpectralBoundsOptions& options) {
    detail::require(options.steps >= 1, "spectral_bounds: steps must be at least 1");
    detail::require(A.rows() == A.cols(), "spectral_bounds: A must be square");
    eigen::Operand<T> B(A);
    SpectralBounds bounds = unscaled(bounds_by_products(B, options), B.exponent());
    bounds.operator_applications = B.applications();
    return bounds;
}

template <Scalar T>
SpectralDensity spectral_density(const CsrView<T>& A, const DensityOptions& options) {
    check(options);
    const Structure structure = examined(A, "spectral_density");
    detail::require(A.rows() > 0, "spectral_density: A must not be empty");
    eigen::Operand<T> B(A);
    return density_of(B, bounds_with_discs(B, structure, {.seed = options.seed}), options);
}

template <Scalar T>
SpectralDensity spectral_density(const LinearOperatorRef<T>& A, const DensityOptions& options) {
    check(options);
    detail::require(A.rows() == A.cols(), "spectral_density: A must be square");
    detail::require(A.rows() > 0, "spectral_density: A must not be empty");
    eigen::Operand<T> B(A);
    return density_of(B, bounds_by_products(B, {.seed = options.seed}), options);
}

template <Scalar T>
CountEstimate eigenvalue_count_estimate(const CsrView<T>& A, double low, double high, const DensityOptions& options) {
    check(options);
    detail::require(low <= high, "eigenvalue_count_estimate: low must not be above high");
    const Structure structure = examined(A, "eigenvalue_count_estimate");
    eigen::Operand<T> B(A);
    return count_of(B, bounds_with_discs(B, structure, {.seed = options.seed}), low, high, options);
}

template <Scalar T>
CountEstimate eigenvalue_count_estimate(const LinearOperatorRef<T>& A, double low, double high,
                                        const DensityOptions& options) {
    check(options);
    detail::require(low <= high, "eigenvalue_count_estimate: low must not be above high");
    detail::require(A.rows() == A.cols(), "eigenvalue_count_estimate: A must be square");
    eigen::Operand<T> B(A);
    return count_of(B, bounds_by_products(B, {.seed = options.seed}), low, high, options);
}

#define INSTANTIATE(T)                                                                                          \
    template SpectralBounds spectral_bounds(const CsrView<T>&, const SpectralBoundsOptions&);                   \
    template SpectralBounds spectral_bounds(const LinearOperatorRef<T>&, const SpectralBoundsOptions&);         \
    template SpectralDensity spectral_density(const CsrView<T>&, const DensityOptions&);                        \
    template SpectralDensity spectral_density(const LinearOperatorRef<T>&, const DensityOptions&);              \
    template CountEstimate eigenvalue_count_estimate(const CsrView<T>&, double, double, const DensityOptions&); \
    template CountEstimate eigenvalue_count_estimate(const LinearOperatorRef<T>&, double, double,               \
                                                     const DensityOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
