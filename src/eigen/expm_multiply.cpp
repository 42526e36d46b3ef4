// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/expm_multiply.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "core/sweep.hpp"
#include "eigen/function_methods.hpp"
#include "eigen/onenorm_power.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/formats/structure.hpp"

namespace ritz {

namespace {

using Complex = std::complex<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// θ_m for u = 2⁻²⁴ and 2⁻⁵³, m = 1 … 55: the Taylor polynomial of degree m is exp with a backward error of u relative
/// to ‖X‖ as long as ‖X‖ ≤ θ_m. tests/eigen/reference/taylor_theta.py computes it.
constexpr int max_degree = 55;
// clang-format off
constexpr std::array<std::array<double, 2>, max_degree> theta{{
    {1.192093e-7, 2.220446e-16},  // 1
    {5.978859e-4, 2.580957e-8},  // 2
    {1.123386e-2, 1.386348e-5},  // 3
    {5.116619e-2, 3.397169e-4},  // 4
    {1.308487e-1, 2.400876e-3},  // 5
    {2.495289e-1, 9.065656e-3},  // 6
    {4.014582e-1, 2.384456e-2},  // 7
    {5.800525e-1, 4.991229e-2},  // 8
    {7.795113e-1, 8.957760e-2},  // 9
    {9.951841e-1, 1.441830e-1},  // 10
    {1.223480e+0, 2.142358e-1},  // 11
    {1.461662e+0, 2.996159e-1},  // 12
    {1.707649e+0, 3.997775e-1},  // 13
    {1.959851e+0, 5.139147e-1},  // 14
    {2.217044e+0, 6.410835e-1},  // 15
    {2.478281e+0, 7.802874e-1},  // 16
    {2.742817e+0, 9.305328e-1},  // 17
    {3.010066e+0, 1.090864e+0},  // 18
    {3.279561e+0, 1.260381e+0},  // 19
    {3.550926e+0, 1.438253e+0},  // 20
    {3.823857e+0, 1.623716e+0},  // 21
    {4.098107e+0, 1.816078e+0},  // 22
    {4.373471e+0, 2.014711e+0},  // 23
    {4.649782e+0, 2.219049e+0},  // 24
    {4.926900e+0, 2.428583e+0},  // 25
    {5.204707e+0, 2.642853e+0},  // 26
    {5.483106e+0, 2.861450e+0},  // 27
    {5.762013e+0, 3.084001e+0},  // 28
    {6.041359e+0, 3.310173e+0},  // 29
    {6.321082e+0, 3.539666e+0},  // 30
    {6.601132e+0, 3.772210e+0},  // 31
    {6.881465e+0, 4.007561e+0},  // 32
    {7.162042e+0, 4.245497e+0},  // 33
    {7.442831e+0, 4.485820e+0},  // 34
    {7.723804e+0, 4.728347e+0},  // 35
    {8.004935e+0, 4.972916e+0},  // 36
    {8.286203e+0, 5.219375e+0},  // 37
    {8.567590e+0, 5.467591e+0},  // 38
    {8.849078e+0, 5.717437e+0},  // 39
    {9.130654e+0, 5.968803e+0},  // 40
    {9.412304e+0, 6.221583e+0},  // 41
    {9.694018e+0, 6.475683e+0},  // 42
    {9.975785e+0, 6.731016e+0},  // 43
    {1.025760e+1, 6.987502e+0},  // 44
    {1.053945e+1, 7.245068e+0},  // 45
    {1.082133e+1, 7.503647e+0},  // 46
    {1.110323e+1, 7.763175e+0},  // 47
    {1.138515e+1, 8.023595e+0},  // 48
    {1.166709e+1, 8.284854e+0},  // 49
    {1.194904e+1, 8.546902e+0},  // 50
    {1.223099e+1, 8.809694e+0},  // 51
    {1.251295e+1, 9.073188e+0},  // 52
    {1.279490e+1, 9.337344e+0},  // 53
    {1.307685e+1, 9.602124e+0},  // 54
    {1.335880e+1, 9.867497e+0},  // 55
}};
// clang-format on

constexpr int max_power = 8;  // p of the norms ‖Aᵖ‖₁^(1/p) that are looked at

template <Scalar T>
double theta_of(int degree) {
    return theta[static_cast<std::size_t>(degree) - 1][std::same_as<Real<T>, float> ? 0 : 1];
}

struct Plan {
    int degree = 0;
    double stages = 1;
    double products() const noexcept { return degree * stages; }
};

/// What the plan stands on: of the shifted and scaled operand, before it is multiplied by a time.
struct Norms {
    double norm1 = 0;                ///< ‖B − μI‖₁ or an estimate
    double norm2 = 0;                ///< a bound of ‖B − μI‖₂, or the same estimate
    std::vector<double> alpha = {};  ///< α_p = max(d_p, d_{p+1}), d_p = ‖(B − μI)ᵖ‖₁^(1/p), p = 2 …; empty: not known
};

/// Degree and number of stages of least cost for exp(τ(B − μI)).
template <Scalar T>
Plan plan_of(const Norms& norms, double tau) {
    Plan best{.degree = 0, .stages = 1};
    if (!(tau * norms.norm1 > 0)) return best;
    best = {.degree = max_degree, .stages = infinity};
    const auto offer = [&](int degree, double size) {
        const Plan plan{degree, std::max(1.0, std::ceil(size / theta_of<T>(degree)))};
        if (plan.products() < best.products()) best = plan;
    };
    for (int m = 1; m <= max_degree; ++m) offer(m, tau * norms.norm1);
    for (std::size_t i = 0; i < norms.alpha.size(); ++i) {
        const int p = static_cast<int>(i) + 2;
        for (int m = p * (p - 1) - 1; m <= max_degree; ++m) offer(m, tau * norms.alpha[i]);
    }
    return best;
}

/// Whether estimates of powers can pay for themselves with k columns: (3.13) of the paper, two columns an estimate.
template <Scalar T>
bool worth_powers(double size, Eigen::Index columns) {
    return size > 4.0 * theta_of<T>(max_degree) / max_degree * max_power * (max_power + 3) /
                      static_cast<double>(std::max<Eigen::Index>(columns, 1));
}

template <Scalar T>
void estimate_powers(eigen::Operand<T>& B, T mu, Norms& norms) {
    double before = 0;
    for (int p = 2; p <= max_power + 1; ++p) {
        const double norm = eigen::onenorm_of_power(B, mu, p).estimate;
        if (!std::isfinite(norm)) return;
        const double d = std::pow(norm, 1.0 / p);
        if (p > 2) norms.alpha.push_back(std::max(before, d));
        before = d;
    }
}

/// The problem, with what is known of A.
template <Scalar T>
struct Problem {
    eigen::Operand<T>& B;
    T mu{};  ///< shift, of the scaled operand
    bool has_adjoint = true;
    bool hermitian = false, skew = false;
    double half_width = infinity;         ///< of an interval about the scaled operand's spectrum, where it is a line
    std::optional<CsrView<T>> rows = {};  ///< the matrix as it was given
};

/// A bound of the logarithmic 2-norm of ωA: exp(τωA) is at most exp(τ · this). NaN when A is not known.
template <Scalar T>
double growth_rate(const Problem<T>& problem, T omega) {
    if (!problem.rows) return std::numeric_limits<double>::quiet_NaN();
    const CsrView<T>& A = *problem.rows;
    const T half = omega / Real<T>{2};
    return analyse_structure(add(half, A, conjugate(half), CsrView<T>(adjoint(A)))).gershgorin_high;
}

/// Errors of one column as it goes through the stages, ‖·‖₂.
struct ColumnError {
    double now = 0;
};

template <Scalar T>
class Taylor {
public:
    Taylor(Problem<T>& problem, const Norms& norms, const ExpmOptions& options)
        : problem_(problem), norms_(norms), options_(options) {}

    /// F ← exp(t A) F, columns of about unit size; false when it was stopped. errors: ‖error‖₂ of each column.
    bool advance(T t, Eigen::MatrixX<T>& F, std::vector<double>& errors, FunctionReport& report) {
        const auto n = static_cast<std::size_t>(F.rows());
        const Complex wide(t);
        const double size = std::abs(wide);
        if (size == 0) return true;
        const int e = problem_.B.exponent();
        const Plan plan = plan_of<T>(norms_, std::ldexp(size, e));
        const double rate = growth_rate(problem_, T(t / static_cast<Real<T>>(size)));
        const double u = eigen::unit_roundoff<T>;
        const Complex tau = Complex(std::ldexp(wide.real(), e), std::ldexp(wide.imag(), e)) / plan.stages;
        const Complex eta = std::exp(tau * Complex(problem_.mu));
        const double step_norm = std::abs(tau) * norms_.norm2;
        Eigen::MatrixX<T> W(F.rows(), F.cols()), Y(F.rows(), F.cols());
        const auto columns = static_cast<std::size_t>(F.cols());
        std::vector<double> start(columns), last(columns), term(columns), rounding(columns), sum(columns);
        for (double stage = 0; stage < plan.stages; ++stage) {
            if (stopped(report)) return false;
            W = F;
            for (std::size_t c = 0; c < columns; ++c) {
                start[c] = term[c] = static_cast<double>(norm2(F.col(static_cast<Eigen::Index>(c))));
                last[c] = infinity;
                rounding[c] = 0;
                sum[c] = 0;
            }
            // More terms than planned are taken only if an estimated norm was too small.
            bool done = plan.degree == 0;
            for (int j = 1; !done && j <= plan.degree + max_degree; ++j) {
                problem_.B.apply_block(W, Y);
                const T factor = to_scalar(tau / static_cast<double>(j)), mu = problem_.mu;
                T *const w = W.data(), *const f = F.data();
                const T* const y = Y.data();
                detail::sweep(n * columns, [=](std::size_t i) {
                    w[i] = factor * (y[i] - mu * w[i]);
                    f[i] += w[i];
                });
                done = true;
                for (std::size_t c = 0; c < columns; ++c) {
                    const auto k = static_cast<Eigen::Index>(c);
                    const auto norm = static_cast<double>(norm2(W.col(k))),
                               total = static_cast<double>(norm2(F.col(k)));
                    // e_j = ‖τ(A − μ)‖/j (e_{j−1} + 2u ‖W_{j−1}‖): what rounding has done to W_j
                    rounding[c] = step_norm / j * (rounding[c] + 2 * u * term[c]);
                    sum[c] += rounding[c] + u * norm;
                    last[c] = std::exchange(term[c], norm);
                    if (!std::isfinite(norm) || !std::isfinite(total)) return not_finite(report);
                    done = done && last[c] + norm <= u * total;
                }
            }
            for (std::size_t c = 0; c < columns; ++c) {
                const auto k = static_cast<Eigen::Index>(c);
                const double truncation = plan.degree > 0 ? term[c] + (last[c] < infinity ? last[c] : 0) : 0;
                const double made = (sum[c] + truncation) * std::abs(eta);
                if (eta != Complex(1)) F.col(k) *= to_scalar(eta);
                const auto norm = static_cast<double>(norm2(F.col(k)));
                if (!std::isfinite(norm)) return not_finite(report);
                const double growth =
                    std::isnan(rate) ? (start[c] > 0 ? norm / start[c] : 1) : std::exp(rate * (size / plan.stages));
                errors[c] = errors[c] * growth + made;
            }
            ++report.iterations;
        }
        return true;
    }

private:
    static T to_scalar(Complex z) {
        if constexpr (is_complex<T>)
            return T(static_cast<Real<T>>(z.real()), static_cast<Real<T>>(z.imag()));
        else
            return static_cast<T>(z.real());
    }
    static bool not_finite(FunctionReport& report) {
        report.status = Status::not_finite;
        report.message = "a product or the result has a NaN or an infinity, or is too large for its type";
        return false;
    }
    bool stopped(FunctionReport& report) const { return eigen::stopped(options_, watch_, report); }

    Problem<T>& problem_;
    const Norms& norms_;
    const ExpmOptions& options_;
    eigen::Stopwatch watch_;
};

/// Times in the order in which they are reached, and where each starts: the place of another time, or -1 for 0.
struct Route {
    std::vector<std::size_t> order;
    std::vector<std::ptrdiff_t> from;
};

template <Scalar T>
Route route_of(VectorView<T> times) {
    Route route;
    route.order.resize(times.size());
    route.from.assign(times.size(), -1);
    std::iota(route.order.begin(), route.order.end(), std::size_t{0});
    const bool all_real = std::all_of(times.begin(), times.end(), [](T t) { return std::imag(t) == 0; });
    if (!all_real) return route;
    std::stable_sort(route.order.begin(), route.order.end(), [&](std::size_t a, std::size_t b) {
        return std::abs(std::real(times[a])) < std::abs(std::real(times[b]));
    });
    std::ptrdiff_t positive = -1, negative = -1;
    for (const std::size_t p : route.order) {
        std::ptrdiff_t& side = std::real(times[p]) >= 0 ? positive : negative;
        route.from[p] = std::exchange(side, static_cast<std::ptrdiff_t>(p));
    }
    return route;
}

/// Sets the status by the error estimate.
void judge(FunctionReport& report, double rtol) {
    report.status = report.error_estimate <= rtol ? Status::converged : Status::ill_conditioned;
    if (report.status == Status::ill_conditioned)
        report.message = "rounding may have changed the result by more than rtol, by the error estimate";
}

template <Scalar T>
double least_rtol(const ExpmOptions& options) {
    return std::max(options.rtol, 4000 * eigen::unit_roundoff<T>);
}

template <Scalar T>
ExpmResult<T> by_taylor(Problem<T>& problem, const Norms& norms, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                        VectorView<T> times, const Route& route, const ExpmOptions& options) {
    const Eigen::Index k = B.cols();
    ExpmResult<T> result;
    FunctionReport& report = result.report;
    report.method = "taylor";
    report.status = Status::converged;
    result.X = Eigen::MatrixX<T>::Constant(B.rows(), k * static_cast<Eigen::Index>(times.size()),
                                           eigen::scalar<T>(std::numeric_limits<double>::quiet_NaN()));
    report.memory_bytes = 3 * static_cast<std::size_t>(B.size()) * sizeof(T);
    // Columns are brought to unit size by powers of two, so that each is judged by itself.
    std::vector<int> exponent(static_cast<std::size_t>(k), 0);
    const auto rescaled = [&](Eigen::MatrixX<T>& F, int sign) {
        for (Eigen::Index c = 0; c < k; ++c) {
            const int e = sign * exponent[static_cast<std::size_t>(c)];
            if (e != 0) F.col(c) = F.col(c).unaryExpr([e](T a) { return detail::scale_by_power(a, e); });
        }
    };
    Eigen::MatrixX<T> start = B;
    for (Eigen::Index c = 0; c < k; ++c) {
        const auto largest = static_cast<double>(norm_inf(start.col(c)));
        if (largest > 0) exponent[static_cast<std::size_t>(c)] = std::ilogb(largest);
    }
    rescaled(start, -1);
    std::vector<Eigen::MatrixX<T>> states(times.size());
    std::vector<std::vector<double>> errors(times.size());
    Taylor<T> taylor(problem, norms, options);
    for (const std::size_t p : route.order) {
        const std::ptrdiff_t from = route.from[p];
        const T origin = from < 0 ? T{} : times[static_cast<std::size_t>(from)];
        states[p] = from < 0 ? start : states[static_cast<std::size_t>(from)];
        errors[p] =
            from < 0 ? std::vector<double>(static_cast<std::size_t>(k), 0.0) : errors[static_cast<std::size_t>(from)];
        if (from >= 0) states[static_cast<std::size_t>(from)].resize(0, 0);
        if (!taylor.advance(times[p] - origin, states[p], errors[p], report)) break;
        for (Eigen::Index c = 0; c < k; ++c) {
            const auto norm = static_cast<double>(norm2(states[p].col(c)));
            const double error = errors[p][static_cast<std::size_t>(c)];
            if (error > 0) report.error_estimate = std::max(report.error_estimate, norm > 0 ? error / norm : 1.0);
        }
        Eigen::MatrixX<T> F = states[p];
        rescaled(F, 1);
        if (!F.allFinite()) {
            report.status = Status::not_finite;
            report.message = "the result is too large for its type";
        }
        result.X.middleCols(static_cast<Eigen::Index>(p) * k, k) = F;
    }
    if (report.status == Status::converged) judge(report, least_rtol<T>(options));
    return result;
}

template <Scalar T>
ExpmResult<T> by_krylov(Problem<T>& problem, const Eigen::Ref<const Eigen::MatrixX<T>>& B, VectorView<T> times,
                        const ExpmOptions& options, std::int64_t max_iterations = -1) {
    const Eigen::Index k = B.cols();
    ExpmResult<T> result;
    FunctionReport& report = result.report;
    report.method = problem.hermitian || problem.skew ? "lanczos" : "arnoldi";
    report.status = Status::converged;
    result.X = Eigen::MatrixX<T>::Zero(B.rows(), k * static_cast<Eigen::Index>(times.size()));
    report.invariant_subspace = true;
    for (std::size_t p = 0; p < times.size(); ++p)
        for (Eigen::Index c = 0; c < k; ++c) {
            FunctionOptions krylov;
            krylov.t = Complex(times[p]);
            krylov.rtol = options.rtol / 10;
            krylov.max_iterations = max_iterations;
            krylov.max_seconds = options.max_seconds;
            krylov.cancel = options.cancel;
            const FunctionResult<T> one =
                problem.hermitian || problem.skew
                    ? eigen::lanczos_function<T>(problem.B, B.col(c), Function::exp, krylov, !problem.hermitian)
                    : eigen::arnoldi_function<T>(problem.B, B.col(c), Function::exp, krylov);
            result.X.col(static_cast<Eigen::Index>(p) * k + c) = one.x;
            report.method = one.report.method;
            report.iterations += one.report.iterations;
            report.error_estimate = std::max(report.error_estimate, one.report.error_estimate);
            report.memory_bytes = std::max(report.memory_bytes, one.report.memory_bytes);
            report.invariant_subspace = report.invariant_subspace && one.report.invariant_subspace;
            const Status status = one.report.status;
            if (status != Status::converged && status != Status::ill_conditioned &&
                report.status == Status::converged) {
                report.status = status;
                report.message = one.report.message;
            }
        }
    if (report.status == Status::converged) judge(report, least_rtol<T>(options));
    return result;
}

/// Steps of Lanczos for exp(τX) to relative accuracy u; size: τ times the half-width of X's spectrum on a line.
/// \ref M. Hochbruck and C. Lubich, SIAM J. Numer. Anal. 34 (1997) 1911, theorems 2 and 4: with ρ = half-width/2 the
///      error falls as exp(−4k²/(5ρτ)) for √(4ρτ) ≤ k ≤ 2ρτ in the Hermitian case, beyond k = 2ρτ in the skew one.
///      Twice that in the Hermitian case, as measured: approximations are compared some steps apart.
double lanczos_steps(double size, bool skew, double u) {
    const double digits = -std::log(u);
    if (skew) return size + 10 * std::cbrt(size) + 10;
    return 2 * std::min(std::sqrt(0.625 * size * digits), size) + 10;
}

template <Scalar T>
ExpmResult<T> run(Problem<T>& problem, Norms& norms, const Eigen::Ref<const Eigen::MatrixX<T>>& B, VectorView<T> times,
                  const ExpmOptions& options) {
    const eigen::Stopwatch watch;
    const Eigen::Index n = B.rows(), k = B.cols();
    const Route route = route_of(times);
    const bool line = problem.hermitian || problem.skew;
    const auto done = [&](ExpmResult<T> result, std::string reason) {
        result.report.reasons.insert(result.report.reasons.begin(), std::move(reason));
        result.report.operator_applications = problem.B.applications();
        result.report.seconds = watch.seconds();
        return result;
    };
    if (n == 0 || k == 0 || times.empty()) {
        ExpmResult<T> nothing;
        nothing.X = Eigen::MatrixX<T>::Zero(n, k * static_cast<Eigen::Index>(times.size()));
        nothing.report.status = Status::converged;
        return done(std::move(nothing), "there is nothing to compute");
    }
    if (!B.allFinite()) {
        ExpmResult<T> nothing;
        nothing.X = Eigen::MatrixX<T>::Zero(n, k * static_cast<Eigen::Index>(times.size()));
        nothing.report.status = Status::not_finite;
        nothing.report.message = "B has a NaN or an infinity";
        return done(std::move(nothing), "B cannot be used");
    }
    if (options.method == ExpmMethod::krylov) return done(by_krylov(problem, B, times, options), "asked for");
    if (!problem.has_adjoint) {
        detail::require(options.method != ExpmMethod::taylor,
                        "expm_multiply: Taylor needs an operator that applies its adjoint, to estimate its norm");
        return done(by_krylov(problem, B, times, options),
                    "the operator does not apply its adjoint, so that its norm cannot be estimated for Taylor");
    }

    const int e = problem.B.exponent();
    const auto way = [&](std::size_t p) {  // |t - t of where it starts|, times 2^e
        const T origin = route.from[p] < 0 ? T{} : times[static_cast<std::size_t>(route.from[p])];
        return std::ldexp(std::abs(Complex(times[p] - origin)), e);
    };
    double longest = 0;
    for (std::size_t p = 0; p < times.size(); ++p) longest = std::max(longest, way(p));
    const auto foreseen = [&] {
        double products = 0;
        for (std::size_t p = 0; p < times.size(); ++p) products += plan_of<T>(norms, way(p)).products();
        return products * static_cast<double>(k);
    };
    double taylor_products = foreseen();
    double krylov_steps = 0, krylov_flops = 0;
    if (line) {
        for (std::size_t p = 0; p < times.size(); ++p) {
            const double t = std::ldexp(std::abs(Complex(times[p])), e);
            const double steps =
                std::min(static_cast<double>(n),
                         lanczos_steps(t * problem.half_width, !problem.hermitian, eigen::unit_roundoff<T>));
            krylov_steps = std::max(krylov_steps, steps);
            const double kept = std::min(steps, static_cast<double>(eigen::worth_keeping(problem.B)));
            krylov_flops += static_cast<double>(k) *
                            (kept * (problem.B.product_flops() + 4 * static_cast<double>(n) * kept) +
                             2 * (steps - kept) * (problem.B.product_flops() + 10 * static_cast<double>(n)) +
                             20 * steps * steps * steps);
        }
    }
    // Vectors of a block share the matrix's way through memory.
    const double per_product = problem.B.product_flops() * (k >= 4 ? 0.5 : 1) + 6 * static_cast<double>(n);
    const bool krylov_fits = line && krylov_steps <= 1500;
    if (options.method == ExpmMethod::automatic && krylov_fits && krylov_flops < taylor_products * per_product) {
        ExpmResult<T> result = by_krylov(problem, B, times, options);
        const std::string reason = "about " + std::to_string(static_cast<std::int64_t>(krylov_steps)) +
                                   " steps of Lanczos are cheaper than the " +
                                   std::to_string(static_cast<std::int64_t>(std::min(taylor_products, 1e18))) +
                                   " products foreseen for Taylor";
        const bool final = result.report.status == Status::converged || result.report.status == Status::interrupted ||
                           result.report.status == Status::limit_exceeded ||
                           taylor_products > static_cast<double>(options.max_applications);
        if (final) return done(std::move(result), reason);
        ExpmResult<T> other = by_taylor(problem, norms, B, times, route, options);
        if (other.report.status == Status::converged || (other.report.status == Status::ill_conditioned &&
                                                         (result.report.status != Status::ill_conditioned ||
                                                          other.report.error_estimate < result.report.error_estimate)))
            return done(std::move(other), "Lanczos ended with " + std::string(name(result.report.status)));
        return done(std::move(result), reason);
    }
    if (worth_powers<T>(longest * norms.norm1, k)) {
        estimate_powers(problem.B, problem.mu, norms);
        taylor_products = foreseen();
    }
    if (!(taylor_products <= static_cast<double>(options.max_applications)))
        throw LimitExceeded("expm_multiply: " + std::to_string(taylor_products) + " products are foreseen, " +
                            std::to_string(options.max_applications) + " are allowed");
    const std::string reason = options.method == ExpmMethod::taylor ? "asked for"
                               : line ? "fewer operations are foreseen for Taylor than for Lanczos"
                                      : "A is neither Hermitian nor skew-Hermitian";
    ExpmResult<T> result = by_taylor(problem, norms, B, times, route, options);
    // Its estimate carries errors on by a bound of the growth, which may be far above what happens: Krylov's does not.
    if (options.method == ExpmMethod::automatic && (krylov_fits || !line) &&
        result.report.status == Status::ill_conditioned) {
        ExpmResult<T> other = by_krylov(problem, B, times, options, line ? -1 : 200);
        if (other.report.status == Status::converged)
            return done(std::move(other), "the error estimate of Taylor was above rtol");
        // Far from normal the squarings of the projected matrix lose more than Taylor's steps do: Taylor's result is
        // kept, and is wrong by no more than it differs from one whose error is estimated.
        if (other.report.status == Status::ill_conditioned) {
            double difference = 0;
            for (Eigen::Index c = 0; c < result.X.cols(); ++c) {
                const auto apart = static_cast<double>((result.X.col(c) - other.X.col(c)).stableNorm()),
                           size = static_cast<double>(result.X.col(c).stableNorm()),
                           other_size = static_cast<double>(other.X.col(c).stableNorm());
                const double all = apart + other.report.error_estimate * other_size;
                if (all > 0) difference = std::max(difference, size > 0 ? all / size : infinity);
            }
            result.report.error_estimate = std::min(result.report.error_estimate, difference);
        }
    }
    return done(std::move(result), reason);
}

template <Scalar T>
void check(Index rows, Index cols, Eigen::Index length, VectorView<T> times, const ExpmOptions& options) {
    detail::require(rows == cols, "expm_multiply: A must be square");
    detail::require(length == rows, "expm_multiply: B must have as many rows as A");
    detail::require(all_finite(times), "expm_multiply: times must be finite");
    detail::require(options.rtol >= 0 && options.rtol < 1, "expm_multiply: rtol must be in [0, 1)");
    detail::require(options.max_applications >= 0, "expm_multiply: max_applications must not be negative");
    detail::require(options.max_seconds >= 0, "expm_multiply: max_seconds must not be negative");
}

}  // namespace

template <Scalar T>
ExpmResult<T> detail::expm_multiply(const CsrView<T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                                    VectorView<T> times, const ExpmOptions& options) {
    check<T>(A.rows(), A.cols(), B.rows(), times, options);
    eigen::require_square_and_finite(A, "expm_multiply");
    eigen::Operand<T> operand(A);
    Problem<T> problem{.B = operand, .rows = A};
    Norms norms;
    if (A.rows() > 0) {
        const Structure structure = analyse_structure(A);
        const int e = operand.exponent();
        problem.hermitian = structure.hermitian;
        problem.skew = structure.skew_hermitian;
        // Sums of scaled numbers, which do not overflow.
        T trace{};
        double column_size = 0, row_size = 0;
        std::vector<double> columns(static_cast<std::size_t>(A.rows()), 0.0);
        std::vector<T> diagonal(columns.size(), T{});
        for (Index i = 0; i < A.rows(); ++i)
            for (Offset q = A.indptr()[static_cast<std::size_t>(i)]; q < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++q)
                if (A.indices()[static_cast<std::size_t>(q)] == i)
                    trace += diagonal[static_cast<std::size_t>(i)] =
                        scale_by_power(A.values()[static_cast<std::size_t>(q)], -e);
        problem.mu = trace / static_cast<Real<T>>(A.rows());
        for (Index i = 0; i < A.rows(); ++i) {
            const auto row = static_cast<std::size_t>(i);
            double sum = 0;
            for (Offset q = A.indptr()[row]; q < A.indptr()[row + 1]; ++q) {
                const auto entry = static_cast<std::size_t>(q);
                const auto j = static_cast<std::size_t>(A.indices()[entry]);
                if (j == row) continue;
                const auto size = static_cast<double>(std::abs(scale_by_power(A.values()[entry], -e)));
                sum += size;
                columns[j] += size;
            }
            const auto beside = static_cast<double>(std::abs(diagonal[row] - problem.mu));
            columns[row] += beside;
            row_size = std::max(row_size, sum + beside);
        }
        for (const double c : columns) column_size = std::max(column_size, c);
        norms.norm1 = column_size;
        norms.norm2 = std::sqrt(column_size) * std::sqrt(row_size);
        problem.half_width = structure.hermitian ? std::ldexp(structure.gershgorin_high, -e) / 2 -
                                                       std::ldexp(structure.gershgorin_low, -e) / 2
                                                 : norms.norm2;
    }
    return run(problem, norms, B, times, options);
}

template <Scalar T>
ExpmResult<T> detail::expm_multiply(const LinearOperatorRef<T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                                    VectorView<T> times, const ExpmOptions& options) {
    check<T>(A.rows(), A.cols(), B.rows(), times, options);
    eigen::Operand<T> operand(A);
    Problem<T> problem{.B = operand, .has_adjoint = A.has_adjoint()};
    Norms norms;
    if (A.rows() > 0) {
        problem.hermitian = operand.seems_hermitian(options.seed);
        if (problem.has_adjoint && options.method != ExpmMethod::krylov) {
            norms.norm1 = eigen::onenorm_of_power(operand, T{}, 1).estimate;
            if (!std::isfinite(norms.norm1)) {
                ExpmResult<T> result;
                result.X = Eigen::MatrixX<T>::Zero(B.rows(), B.cols() * static_cast<Eigen::Index>(times.size()));
                result.report.status = Status::not_finite;
                result.report.message = "a product with A has a NaN or an infinity";
                return result;
            }
            norms.norm2 = problem.half_width = norms.norm1;
        }
    }
    return run(problem, norms, B, times, options);
}

#define INSTANTIATE(T)                                                                                          \
    template ExpmResult<T> detail::expm_multiply(const CsrView<T>&, const Eigen::Ref<const Eigen::MatrixX<T>>&, \
                                                 VectorView<T>, const ExpmOptions&);                            \
    template ExpmResult<T> detail::expm_multiply(                                                               \
        const LinearOperatorRef<T>&, const Eigen::Ref<const Eigen::MatrixX<T>>&, VectorView<T>, const ExpmOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
