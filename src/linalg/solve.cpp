// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/solve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/instantiate.hpp"
#include "linalg/condition.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/factor.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/kernels.hpp"
#include "linalg/residual.hpp"
#include "linalg/small_systems.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg {

const char* name(Structure structure) noexcept {
    constexpr std::array names{"diagonal",          "tridiagonal", "banded",    "lower_triangular", "upper_triangular",
                               "positive_definite", "hermitian",   "symmetric", "general"};
    return names[static_cast<std::size_t>(structure)];
}

namespace detail {

namespace {

/// Above so many right-hand sides they are checked together, by a random combination.
constexpr int refined_one_by_one = 4;

/// Relative correction from which on the factors are no good approximation of A.
constexpr double poor_correction = 0x1p-10;

std::string scientific(double value) {
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%.1e", value);
    return text.data();
}

/// ‖A‖∞
template <Scalar T>
Real<T> norm_inf(Matrix<T> A) {
    return A.size() == 0 ? Real<T>(0) : A.cwiseAbs().rowwise().sum().maxCoeff();
}

template <class V>
auto max_abs(const V& v) {
    return v.size() == 0 ? typename Eigen::NumTraits<typename V::Scalar>::Real(0) : v.cwiseAbs().maxCoeff();
}

/// What refinement found out about one x.
struct Refinement {
    int corrections = 0;
    double first = 0;  ///< ‖first correction‖ / ‖x‖
    double error = 0;  ///< estimate of the relative error that is left
    bool converged = true;
};

/// x ← x + A⁻¹ (b − A x) until the corrections are of the order of u; residuals in twice the precision.
/// \ref Higham (2002), section 12.1; J. Demmel et al., Error bounds from extra-precise iterative refinement, ACM TOMS
/// 32
///      (2006) 325-351.
template <Scalar T>
Refinement refine(const Factor<T>& factor, Op op, Matrix<T> A, const T* b, T* x) {
    constexpr double u = unit_roundoff<T>;
    const auto n = static_cast<int>(A.rows());
    Eigen::VectorX<T> d(n);
    Eigen::Map<Eigen::VectorX<T>> X(x, n);
    Refinement found;
    double previous = 1;
    while (true) {
        accurate_residual<T>(op, n, n, A.data(), static_cast<int>(A.outerStride()), x, b, d.data());
        if (d.isZero(0)) {
            found.error = u;
            return found;
        }
        factor.solve(op, 1, d.data(), n);
        const double size = max_abs(X), change = size > 0 ? max_abs(d) / size : max_abs(d) > 0 ? 1.0 : 0.0;
        if (found.corrections == 0) found.first = change;
        if (!(change < 0.5 * previous)) {  // no progress: what is left is about the last correction
            found.error = found.corrections == 0 || !(previous < 1) ? 1.0 : previous;
            if (!std::isfinite(change)) found.error = 1;
            found.converged = found.error < 0x1p-10;
            return found;
        }
        X += d;
        ++found.corrections;
        // Each correction is wrong by the rate at which corrections shrink.
        found.error = std::max(u, change * change / previous);
        if (found.error <= 2 * u || change <= 2 * u || found.corrections == 10) return found;
        previous = change;
    }
}

/// As refine for many columns at once, checked by one random combination of them and only refined when that asks for
/// it.
template <Scalar T>
Refinement check_together(const Factor<T>& factor, Op op, Matrix<T> A, Matrix<T> b, Eigen::Ref<Eigen::MatrixX<T>> x) {
    using R = Real<T>;
    const auto k = static_cast<int>(b.cols());
    Random random(20240229);
    Eigen::VectorX<T> z(k);
    for (int j = 0; j < k; ++j) {  // so that every column of x weighs the same
        const int exponent = largest_exponent<T>(x.col(j));
        z[j] = exponent == INT_MIN ? T(0) : T(scale_by_power(R(random.uniform(0.5, 1.0)), -exponent));
        if (random.bits() & 1) z[j] = -z[j];
    }
    const Eigen::VectorX<T> c = b * z;
    Eigen::VectorX<T> y = x * z;
    Refinement found = refine<T>(factor, op, A, c.data(), y.data());
    found.corrections = 0;
    constexpr double small = 0x1p-36;
    if (!(found.first > std::max(small, 1000 * unit_roundoff<T>)) || !found.converged) {
        found.error = std::max(found.error, found.first);
        return found;
    }
    for (int j = 0; j < k; ++j) {
        const Eigen::VectorX<T> column = b.col(j);
        const Refinement one = refine<T>(factor, op, A, column.data(), x.col(j).data());
        found.corrections = std::max(found.corrections, one.corrections);
        found.error = j == 0 ? one.error : std::max(found.error, one.error);
        found.converged = found.converged && one.converged;
    }
    return found;
}

template <Scalar T>
T op_of(T a, Op op) {
    return op == Op::adjoint ? conjugate(a) : a;
}

/// b / a, without overflow on the way.
template <Scalar T>
T quotient(T b, T a) {
    if (b == T(0)) return b;
    const int b_exponent = exponent_of(b), a_exponent = exponent_of(a);
    return scale_by_power(scale_by_power(b, -b_exponent) / scale_by_power(a, -a_exponent), b_exponent - a_exponent);
}

template <Scalar T>
void keep_promise(Matrix<T> A, Structure assumed) {
    const auto [lower, upper] = detail::bandwidth<T>(A);
    const bool one_triangle = lower == 0 || upper == 0;
    bool kept = true;
    switch (assumed) {
        case Structure::diagonal:
            kept = lower == 0 && upper == 0;
            break;
        case Structure::tridiagonal:
            kept = lower <= 1 && upper <= 1;
            break;
        case Structure::lower_triangular:
            kept = upper == 0;
            break;
        case Structure::upper_triangular:
            kept = lower == 0;
            break;
        case Structure::positive_definite:
        case Structure::hermitian:
            kept = one_triangle || is_hermitian<T>(A);
            break;
        case Structure::symmetric:
            kept = one_triangle || is_symmetric<T>(A);
            break;
        case Structure::banded:
        case Structure::general:
            break;
    }
    ritz::detail::require(kept, std::string("solve: A is assumed to be ") + name(assumed) + ", but is not");
}

/// The whole Hermitian (symmetric) matrix of which A holds one triangle and zeros.
template <Scalar T>
Eigen::MatrixX<T> mirrored(Matrix<T> A, bool conjugated) {
    Eigen::MatrixX<T> whole = A;
    const auto [lower, upper] = detail::bandwidth<T>(A);
    if ((lower == 0) == (upper == 0)) return whole;
    for (Eigen::Index j = 0; j < A.cols(); ++j)
        for (Eigen::Index i = j + 1; i < A.rows(); ++i) {
            const T entry = lower == 0 ? A(j, i) : A(i, j);
            whole(lower == 0 ? i : j, lower == 0 ? j : i) = conjugated ? conjugate(entry) : entry;
        }
    return whole;
}

void explain(SolveReport& report, Eigen::Index n, bool is_scaled, bool complete) {
    std::string text = std::string("A is ") + name(report.structure);
    if (is_scaled) text += ", its rows and columns scaled by powers of two";
    if (complete) text += "; partial pivoting was unstable (growth), so complete pivoting was used";
    if (report.status == Status::ill_conditioned)
        text +=
            "; rcond = " + scientific(report.rcond) + " promises no correct digit of x for n = " + std::to_string(n);
    if (report.status == Status::breakdown) text += "; it is exactly singular";
    report.explanation = text + ".";
}

/// Backward errors of x, for the report.
template <Scalar T>
void measure(Op op, Matrix<T> A, Matrix<T> b, Matrix<T> x, SolveReport& report) {
    const auto n = static_cast<int>(A.rows());
    const double norm = op == Op::none ? norm_inf<T>(A) : norm1<T>(A);
    Eigen::VectorX<T> r(n);
    for (Eigen::Index j = 0; j < b.cols(); ++j) {
        const Eigen::VectorX<T> column = b.col(j);
        accurate_residual<T>(op, n, n, A.data(), static_cast<int>(A.outerStride()), x.col(j).data(), column.data(),
                             r.data());
        const Eigen::VectorX<Real<T>> size = x.col(j).cwiseAbs();
        Eigen::VectorX<Real<T>> scale = column.cwiseAbs();
        if (op == Op::none)
            scale += A.cwiseAbs() * size;
        else
            scale += A.cwiseAbs().transpose() * size;
        const double whole = norm * static_cast<double>(max_abs(size)) + static_cast<double>(max_abs(column));
        if (whole > 0) report.backward_error = std::max(report.backward_error, static_cast<double>(max_abs(r)) / whole);
        for (int i = 0; i < n; ++i)
            if (r[i] != T(0))
                report.componentwise_backward_error =
                    std::max(report.componentwise_backward_error,
                             static_cast<double>(std::abs(r[i])) / static_cast<double>(scale[i]));
    }
}

}  // namespace

template <Scalar T>
void solve(Matrix<T> A, Matrix<T> b, Eigen::Ref<Eigen::MatrixX<T>> x, const SolveOptions& options,
           SolveReport* report) {
    require_square(A.rows(), A.cols(), "solve", "A", "for rectangular systems see lstsq");
    require_same_rows(A.rows(), A.cols(), b.rows(), b.cols(), "solve");
    if (!report && !options.assume && options.op == Op::none && b.cols() == 1 && A.rows() <= small::largest_system &&
        small::solve<T>(static_cast<int>(A.rows()), A.data(), A.outerStride(), b.data(), x.data()))
        return;
    require_finite<T>(A, "solve", "A");
    require_finite<T>(b, "solve", "b");
    const Eigen::Index n = A.rows();
    SolveReport unasked;
    SolveReport& told = report ? *report : unasked;
    told = {};
    told.rcond = 1;

    Structure structure = options.assume ? *options.assume : find_structure<T>(A);
    if (options.assume) keep_promise<T>(A, structure);
    told.structure = structure;
    if (n == 0 || b.cols() == 0) {
        x = b;
        if (report) told.explanation = "There is nothing to solve.";
        return;
    }
    const FewThreads limit(n);

    // Scale, when that is called for.
    Eigen::MatrixX<T> storage;
    const bool conjugated = structure != Structure::symmetric;
    const bool mirror = options.assume && (structure == Structure::positive_definite ||
                                           structure == Structure::hermitian || structure == Structure::symmetric);
    if (mirror) storage = mirrored<T>(A, conjugated);
    Matrix<T> whole = mirror ? Matrix<T>(storage) : A;
    Equilibration scaling =
        structure == Structure::positive_definite ? symmetric_equilibration<T>(whole) : equilibration<T>(whole);
    const bool is_scaled = !scaling.is_identity();
    if (is_scaled && (structure == Structure::hermitian || structure == Structure::symmetric))
        structure = Structure::general;
    Eigen::MatrixX<T> scaled_A;
    if (is_scaled) scaled_A = scaled<T>(whole, scaling);
    const Matrix<T> S = is_scaled ? Matrix<T>(scaled_A) : whole;
    const bool forward = options.op == Op::none;
    Eigen::MatrixX<T> rhs = b;
    const std::vector<int> b_exponents = scale_right_hand_side<T>(rhs, forward ? scaling.rows : scaling.columns);

    // Factorise. A Cholesky factorisation that breaks down says indefinite; an unstable LU is done again.
    Factor<T> factor = factorise<T>(S, structure);
    if (structure == Structure::positive_definite && factor.zero_pivot >= 0) {
        if (options.assume)
            throw NotPositiveDefinite("solve: A is assumed to be positive_definite, but the pivot of column " +
                                          std::to_string(factor.zero_pivot) + " is not positive",
                                      factor.zero_pivot);
        structure = is_scaled ? Structure::general : Structure::hermitian;
        factor = factorise<T>(S, structure);
    }
    if (told.structure == Structure::positive_definite && structure != Structure::positive_definite)
        told.structure = Structure::hermitian;
    const auto singular = [&] {
        if (!report)
            throw SingularMatrix(
                "solve: A is singular: the pivot of column " + std::to_string(factor.zero_pivot) + " is zero",
                factor.zero_pivot);
        told.status = Status::breakdown;
        told.rcond = 0;
        told.forward_error_bound = std::numeric_limits<double>::infinity();
        told.backward_error = told.componentwise_backward_error = std::numeric_limits<double>::infinity();
        x.setConstant(std::numeric_limits<Real<T>>::quiet_NaN());
        explain(told, n, is_scaled, false);
    };
    if (factor.zero_pivot >= 0) return singular();

    const auto solve_and_refine = [&] {
        x = rhs;
        factor.solve(options.op, static_cast<int>(b.cols()), x.data(), static_cast<int>(x.outerStride()));
        Refinement worst;
        if (b.cols() > refined_one_by_one && report == nullptr) return check_together<T>(factor, options.op, S, rhs, x);
        for (Eigen::Index j = 0; j < b.cols(); ++j) {
            const Refinement found = refine<T>(factor, options.op, S, rhs.col(j).data(), x.col(j).data());
            worst.corrections = std::max(worst.corrections, found.corrections);
            worst.first = std::max(worst.first, found.first);
            worst.error = std::max(worst.error, found.error);
            worst.converged = worst.converged && found.converged;
        }
        return worst;
    };
    Refinement refinement = solve_and_refine();
    told.growth = report || !(refinement.first < poor_correction) ? growth<T>(factor, S) : 1;
    bool complete = false;
    if (!(refinement.first < poor_correction) && told.growth > unstable_growth) {
        factor = factorise_with_complete_pivoting<T>(S);
        if (factor.zero_pivot >= 0) return singular();
        complete = true;
        refinement = solve_and_refine();
        told.growth = growth<T>(factor, S);
    }

    // Judge.
    told.rcond = reciprocal_condition<T>(factor, norm1<T>(S));
    told.refinements = refinement.corrections;
    const bool ill_conditioned = told.rcond < least_rcond<T>(n) || !refinement.converged;
    if (ill_conditioned && !report && options.on_ill_conditioned == OnIllConditioned::raise)
        throw IllConditioned("solve: A is so badly conditioned (rcond = " + scientific(told.rcond) +
                                 ") that x may have no correct digit; safe_solve returns it with a report",
                             told.rcond);
    if (report) {
        told.status = ill_conditioned ? Status::ill_conditioned : Status::solved;
        measure<T>(options.op, S, rhs, x, told);
        told.forward_error_bound = ill_conditioned ? std::numeric_limits<double>::infinity() : 2 * refinement.error;
        explain(told, n, is_scaled, complete);
    }
    unscale_solution<T>(x, forward ? scaling.columns : scaling.rows, b_exponents);
    if (structure == Structure::diagonal)  // one power of two for all of b may have lost its small elements
        for (Eigen::Index j = 0; j < b.cols(); ++j)
            for (Eigen::Index i = 0; i < b.rows(); ++i) x(i, j) = quotient<T>(b(i, j), op_of<T>(A(i, i), options.op));
    require_representable<T>(x, "solve", "x");
}

#define RITZ_INSTANTIATE(T) \
    template void solve<T>(Matrix<T>, Matrix<T>, Eigen::Ref<Eigen::MatrixX<T>>, const SolveOptions&, SolveReport*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace detail

}  // namespace ritz::linalg
