// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/matrix_functions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/schur_functions.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/linalg/products.hpp"
#include "ritz/linalg/structure.hpp"

// Roots, logarithms and real powers by the Schur form. Where all eigenvalues are real and on the right side, triangular
// factors of real matrices are real, and so is the arithmetic (Z = double).

namespace ritz::linalg::detail {

namespace {

using Eigen::Index;
using linalg::matmul;
using linalg::matrix_power;
using ritz::detail::require;

constexpr double u = std::numeric_limits<double>::epsilon() / 2;
constexpr double infinity = std::numeric_limits<double>::infinity();

template <class Z>
using Mat = Eigen::MatrixX<Z>;

// ---- Functions of a number, accurate where the obvious formula cancels --------------------------------------------

double expm1_of(double z) {
    return std::expm1(z);
}
Complex expm1_of(Complex z) {  // eˣ cos y − 1 + i eˣ sin y
    const double s = std::sin(z.imag() / 2), e = std::expm1(z.real());
    return {e * std::cos(z.imag()) - 2 * s * s, std::exp(z.real()) * std::sin(z.imag())};
}

// How many turns of 2πi principal logarithms of two numbers lose against their difference.
double turns(Complex difference_of_logs) {
    return std::ceil((difference_of_logs.imag() - std::numbers::pi) / (2 * std::numbers::pi));
}

template <class Z>
Z half_log_ratio(Z a, Z b) {  // (log b − log a)/2, right for b near a
    const Z z = (b - a) / (b + a);
    Z w = std::atanh(z);
    if constexpr (is_complex<Z>) {
        const Z logs = std::log(b) - std::log(a);
        w += Complex(0, std::numbers::pi * turns(logs));
    }
    return w;
}

template <class Z>
bool near(Z a, Z b) {
    return std::abs(b - a) <= 0.5 * std::abs(a + b) && a + b != Z(0);
}

template <class Z>
Z log_divided_difference(Z a, Z b) {
    if (a == b) return Z(1) / a;
    if (near(a, b)) return Z(2) * half_log_ratio(a, b) / (b - a);
    return (std::log(b) - std::log(a)) / (b - a);
}

template <class Z>
Z power_divided_difference(Z a, Z b, double p) {
    if (a == b) return p * std::exp((p - 1) * std::log(a));
    if (near(a, b))
        return Z(2) * std::exp(p / 2 * (std::log(a) + std::log(b))) * std::sinh(p * half_log_ratio(a, b)) / (b - a);
    return (std::exp(p * std::log(b)) - std::exp(p * std::log(a))) / (b - a);
}

// ---- Functions of an upper triangular matrix ----------------------------------------------------------------------

// R R = T column by column; false if there is none (two zeros on the diagonal, something between them).
template <class Z>
bool sqrt_by_columns(const Mat<Z>& T, Mat<Z>& R) {
    const Index n = T.rows();
    const double noise = 4 * static_cast<double>(n) * u * T.norm();
    R.setZero(n, n);
    for (Index j = 0; j < n; ++j) {
        R(j, j) = std::sqrt(T(j, j));
        for (Index i = j - 1; i >= 0; --i) {
            const Index between = j - i - 1;
            Z s = T(i, j);
            if (between > 0) s -= (R.row(i).segment(i + 1, between) * R.col(j).segment(i + 1, between)).value();
            const Z sum = R(i, i) + R(j, j);
            if (sum != Z(0))
                R(i, j) = s / sum;
            else if (std::abs(s) > noise)
                return false;
        }
    }
    return true;
}

// By halves: R₁₁ R₁₂ + R₁₂ R₂₂ = T₁₂.
template <class Z>
bool sqrt_by_halves(const Mat<Z>& T, Mat<Z>& R) {
    const Index n = T.rows();
    if (n <= 64) return sqrt_by_columns<Z>(T, R);
    const Index k = n / 2;
    Mat<Z> R11, R22, R12 = T.topRightCorner(k, n - k);
    if (!sqrt_by_halves<Z>(T.topLeftCorner(k, k), R11) || !sqrt_by_halves<Z>(T.bottomRightCorner(n - k, n - k), R22) ||
        !solve_triangular_sylvester<Z>(false, false, 1, R11, R22, R12))
        return false;
    R.setZero(n, n);
    R.topLeftCorner(k, k) = R11;
    R.topRightCorner(k, n - k) = R12;
    R.bottomRightCorner(n - k, n - k) = R22;
    return true;
}

template <class Z>
Mat<Z> sqrt_triangular(const Mat<Z>& T, const char* who) {
    Mat<Z> R;
    if (sqrt_by_halves<Z>(T, R) || sqrt_by_columns<Z>(T, R)) return R;
    throw SingularMatrix(std::string(who) +
                         ": A is singular and has no square root (a Jordan block of the eigenvalue 0)");
}

// X ← M⁻¹ X, M upper triangular.
template <class Z>
void solve_upper(const Mat<Z>& M, Mat<Z>& X) {
    ritz::detail::blas::trsm('L', 'U', 'N', 'N', static_cast<int>(X.rows()), static_cast<int>(X.cols()), M.data(),
                             lapack::ld(M), X.data(), lapack::ld(X));
}

// Nodes x and weights w of Gauss and Legendre's quadrature on [0, 1].
template <int m>
void gauss_legendre(std::array<double, m>& x, std::array<double, m>& w) {
    for (int k = 0; k < m; ++k) {
        double t = std::cos(std::numbers::pi * (k + 0.75) / (m + 0.5)), slope = 1;
        for (int step = 0; step < 8; ++step) {
            double p = 1, before = 0;
            for (int j = 1; j <= m; ++j) {
                const double next = ((2 * j - 1) * t * p - (j - 1) * before) / j;
                before = p;
                p = next;
            }
            slope = m * (t * p - before) / (t * t - 1);
            t -= p / slope;
        }
        x[k] = (1 + t) / 2;
        w[k] = 1 / ((1 - t * t) * slope * slope);
    }
}

// Square roots of T until ‖T − I‖₁ ≤ limit. Y ← T^(1/2^s) − I, its diagonal without cancellation. Returns s.
template <class Z>
int roots_near_identity(Mat<Z> T, double limit, Mat<Z>& Y, const char* who) {
    const Index n = T.rows();
    const Eigen::VectorX<Z> diagonal = T.diagonal();
    int s = 0;
    for (;; ++s) {
        Y = T;
        for (Index i = 0; i < n; ++i) Y(i, i) = expm1_of(Z(std::log(diagonal(i)) * std::ldexp(1.0, -s)));
        if (Y.cwiseAbs().colwise().sum().maxCoeff() <= limit || s == 200) return s;
        T = sqrt_triangular<Z>(T, who);
    }
}

/// \ref A. H. Al-Mohy and N. J. Higham, Improved inverse scaling and squaring algorithms for the matrix logarithm, SIAM
/// J.
///      Sci. Comput. 34 (2012) C153; N. J. Higham, Evaluating Padé approximants of the matrix logarithm, SIAM J. Matrix
///      Anal. Appl. 22 (2001) 1126.
template <class Z>
Mat<Z> log_triangular(const Mat<Z>& T, const char* who) {
    constexpr int m = 7;
    const Index n = T.rows();
    Mat<Z> Y;
    const int s = roots_near_identity<Z>(T, 0.264, Y, who);
    std::array<double, m> x, w;
    gauss_legendre<m>(x, w);
    Mat<Z> L = Mat<Z>::Zero(n, n);
    for (int k = 0; k < m; ++k) {  // r₇(Y) = Σ w (I + x Y)⁻¹ Y
        Mat<Z> M = x[k] * Y, term = Y;
        M.diagonal().array() += Z(1);
        solve_upper<Z>(M, term);
        L += w[k] * term;
    }
    L *= std::ldexp(1.0, s);
    for (Index i = 0; i < n; ++i) L(i, i) = std::log(T(i, i));
    for (Index i = 0; i + 1 < n; ++i) L(i, i + 1) = T(i, i + 1) * log_divided_difference(T(i, i), T(i + 1, i + 1));
    return L;
}

/// T^p for 0 < p < 1.
/// \ref N. J. Higham and L. Lin, A Schur-Padé algorithm for fractional powers of a matrix, SIAM J. Matrix Anal. Appl.
/// 32
///      (2011) 1056.
template <class Z>
Mat<Z> power_triangular(const Mat<Z>& T, double p, const char* who) {
    constexpr int m = 7;
    const Index n = T.rows();
    Mat<Z> X;
    const int s = roots_near_identity<Z>(T, 0.24, X, who);
    X = -X;  // (I − X)^p by the continued fraction of its [7/7] Padé approximant, from the bottom
    const auto coefficient = [&](int i) {
        const int j = i / 2;
        if (i == 1) return -p;
        return i % 2 ? (-j - p) / (2.0 * (2 * j + 1)) : (-j + p) / (2.0 * (2 * j - 1));
    };
    Mat<Z> S = coefficient(2 * m) * X;
    for (int i = 2 * m - 1; i >= 1; --i) {
        Mat<Z> M = S;
        M.diagonal().array() += Z(1);
        S = coefficient(i) * X;
        solve_upper<Z>(M, S);
    }
    Mat<Z> P = S;
    P.diagonal().array() += Z(1);
    for (int k = s;; --k) {
        const double q = std::ldexp(p, -k);
        for (Index i = 0; i < n; ++i) P(i, i) = std::exp(q * std::log(T(i, i)));
        // The power q of T, of which P is the approximation.
        for (Index i = 0; i + 1 < n; ++i)
            P(i, i + 1) = T(i, i + 1) * power_divided_difference(T(i, i), T(i + 1, i + 1), q);
        if (k == 0) return P;
        P = matmul(P, P);
    }
}

// ---- Functions of a full matrix
// --------------------------------------------------------------------------------------

struct Principal {
    Eigen::MatrixXcd value;
    FunctionCheck check;
};

std::string number(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", x);
    return text;
}

// A real function was asked for, and this eigenvalue forbids it.
[[noreturn]] void throw_not_real(const char* who, double eigenvalue) {
    throw InvalidArgument(std::string(who) + ": A has the eigenvalue " + number(eigenvalue) +
                          " on the negative real axis, so that the principal value is not real; use " + who +
                          "_complex");
}

// f of a Hermitian matrix by its eigenvalues.
template <class W, class F>
Eigen::MatrixXcd by_eigenvalues(const Mat<W>& A, const Eigen::VectorXd& values, const Mat<W>& V, F&& f) {
    Eigen::VectorXcd g(values.size());
    for (Index i = 0; i < g.size(); ++i) g(i) = f(values(i));
    static_cast<void>(A);
    if (g.imag().isZero(0))
        return matmul(Mat<W>(V * g.real().asDiagonal()), Mat<W>(V.adjoint())).template cast<Complex>();
    const Eigen::MatrixXcd Z = V.template cast<Complex>();
    return matmul(Eigen::MatrixXcd(Z * g.asDiagonal()), Eigen::MatrixXcd(Z.adjoint()));
}

template <class W>
Mat<W> hermitian_eigen(const Mat<W>& A, Eigen::VectorXd& values, const char* who) {
    Mat<W> V = A;
    if (lapack::heevd<W>(V, values) != 0) throw NoConvergence(std::string(who) + ": the eigenvalues did not converge");
    return V;
}

void judge(FunctionCheck& check, const char* who, const char* equation) {
    const double lost = check.condition < infinity ? check.condition * u : 0;
    if (check.relative_residual <= 1e-3 && lost < 0.1) return;
    check.status = Status::ill_conditioned;
    check.explanation = std::string(who) + ": the result may have no correct digit (" + equation + " = " +
                        number(check.relative_residual) + ", condition number " + number(check.condition) + ")";
}

// Scaled by 2^(-2k) so that the largest element is near 1; the root is then multiplied by 2^k.
template <class W>
Principal principal_sqrt(const Mat<W>& A, bool real, const char* who) {
    const Index n = A.rows();
    if (n == 0) return {A.template cast<Complex>(), {}};
    const double largest = A.cwiseAbs().maxCoeff();
    if (largest == 0) return {A.template cast<Complex>(), {Status::solved, 0, infinity, "A is zero"}};
    const int k = ritz::detail::exponent_of(largest) / 2;
    const Mat<W> As = A.unaryExpr([k](W a) { return ritz::detail::scale_by_power(a, -2 * k); });
    const double size = As.norm(), noise = 10 * static_cast<double>(n) * u * size;

    Principal result;
    double condition = 0;
    if (is_mirrored<W>(As, {}, Op::adjoint)) {
        Eigen::VectorXd values;
        const Mat<W> V = hermitian_eigen(As, values, who);
        if (real && values(0) < -noise) throw_not_real(who, std::ldexp(values(0), 2 * k));
        double least = infinity;
        result.value = by_eigenvalues(As, values, V, [&](double a) {
            const double clean = a < 0 && a >= -noise ? 0 : a;
            least = std::min(least, std::sqrt(std::abs(clean)));
            return std::sqrt(Complex(clean, 0));
        });
        condition = least > 0 ? size / (2 * least * result.value.norm()) : infinity;
    } else {
        SchurForm<Complex> S = triangular_schur_form(As, who);
        bool real_triangle = real;
        for (Index i = 0; i < n; ++i) {
            Complex& t = S.T(i, i);
            t = {t.real(), t.imag() + 0.0};  // −0 would choose the other side of the cut
            if (t.imag() != 0) real_triangle = false;
            if (t.imag() == 0 && t.real() < 0) {
                if (t.real() >= -noise)
                    t = 0;
                else if (real)
                    throw_not_real(who, std::ldexp(t.real(), 2 * k));
            }
        }
        const auto finish = [&](const auto& T, const auto& Z) {
            using Y = typename std::decay_t<decltype(T)>::Scalar;
            const Mat<Y> R = sqrt_triangular<Y>(T, who);
            result.value = matmul(matmul(Z, R), Mat<Y>(Z.adjoint())).template cast<Complex>();
            // ‖K⁻¹‖, K(E) = R E + E R, from below by two steps of the power method.
            Random random(3);
            Mat<Y> probe = Mat<Y>::NullaryExpr(n, n, [&] { return Y(random.normal()); });
            probe /= probe.norm();
            double inverse = 0;
            for (int step = 0; step < 2; ++step) {
                if (!solve_triangular_sylvester<Y>(step == 1, step == 1, 1, R, R, probe)) {
                    inverse = infinity;
                    break;
                }
                inverse = std::max(inverse, probe.norm());
                probe /= probe.norm();
            }
            condition = std::max(inverse * size / R.norm(), R.squaredNorm() / size);
        };
        if (real_triangle)
            finish(Mat<double>(S.T.real()), Mat<double>(S.Z.real()));
        else
            finish(S.T, S.Z);
    }
    if (real) result.value.imag().setZero();
    result.check.relative_residual = (matmul(result.value, result.value) - As.template cast<Complex>()).norm() / size;
    result.check.condition = condition;
    judge(result.check, who, "|X^2 - A|/|A|");
    if (condition == infinity && result.check.status == Status::solved)
        result.check.explanation = "A is singular: its root is determined to half of the digits";
    result.value = result.value.unaryExpr([k](Complex x) { return ritz::detail::scale_by_power(x, k); }).eval();
    return result;
}

// ‖A‖ in the Frobenius norm where the squares of elements may over- or underflow.
template <class W>
double frobenius(const Mat<W>& A) {
    const double largest = A.cwiseAbs().maxCoeff();
    return largest == 0 ? 0 : largest * (A / largest).norm();
}

// e^X − A relative to A, of complex X.
double log_residual(const Eigen::MatrixXcd& X, const Eigen::MatrixXcd& A) {
    try {
        return frobenius(Eigen::MatrixXcd(expm<Complex>(X) - A)) / frobenius(A);
    } catch (const Error&) {
        return infinity;
    }
}

template <class W>
Principal principal_log(const Mat<W>& A, bool real, const char* who) {
    const Index n = A.rows();
    if (n == 0) return {A.template cast<Complex>(), {}};
    const auto singular = [&]() -> SingularMatrix {
        return SingularMatrix(std::string(who) + ": A is singular and has no logarithm");
    };
    Principal result;
    double slope = 0;  // the largest divided difference of the logarithm on the spectrum
    if (A.isDiagonal(0)) {
        // Exact whatever the sizes of the elements are to each other.
        Eigen::VectorXcd values(n);
        for (Index i = 0; i < n; ++i) {
            if (A(i, i) == W(0)) throw singular();
            const Complex a(A(i, i));
            if (real && a.real() < 0) throw_not_real(who, a.real());
            values(i) = std::log(Complex(a.real(), a.imag() + 0.0));
        }
        result.value = values.asDiagonal();
        result.check.condition = 1;
        return result;
    }
    if (is_mirrored<W>(A, {}, Op::adjoint)) {
        Eigen::VectorXd values;
        const Mat<W> V = hermitian_eigen(A, values, who);
        if (real && values(0) < 0) throw_not_real(who, values(0));
        for (const double value : values) {
            if (value == 0) throw singular();
            slope = std::max(slope, 1 / std::abs(value));
        }
        result.value = by_eigenvalues(A, values, V, [](double a) { return std::log(Complex(a, 0)); });
    } else {
        SchurForm<Complex> S = triangular_schur_form(A, who);
        bool real_triangle = real;
        for (Index i = 0; i < n; ++i) {
            Complex& t = S.T(i, i);
            t = {t.real(), t.imag() + 0.0};
            if (t == Complex(0)) throw singular();
            if (t.imag() != 0) real_triangle = false;
            if (real && t.imag() == 0 && t.real() < 0) throw_not_real(who, t.real());
        }
        for (Index j = 0; j < n; ++j)
            for (Index i = 0; i <= j; ++i)
                slope = std::max(slope, std::abs(log_divided_difference(S.T(i, i), S.T(j, j))));
        const auto finish = [&](const auto& T, const auto& Z) {
            using Y = typename std::decay_t<decltype(T)>::Scalar;
            result.value = matmul(matmul(Z, log_triangular<Y>(T, who)), Mat<Y>(Z.adjoint())).template cast<Complex>();
        };
        if (real_triangle)
            finish(Mat<double>(S.T.real()), Mat<double>(S.Z.real()));
        else
            finish(S.T, S.Z);
    }
    if (real) result.value.imag().setZero();
    const double norm = result.value.norm();
    result.check.relative_residual = log_residual(result.value, A.template cast<Complex>());
    result.check.condition = norm > 0 ? slope * frobenius(A) / norm : 1;
    judge(result.check, who, "|exp(X) - A|/|A|");
    return result;
}

template <class W>
Eigen::MatrixXcd principal_power(const Mat<W>& A, double p, bool real, const char* who) {
    require(std::isfinite(p), std::string(who) + ": the power is not finite");
    const Index n = A.rows();
    const double whole = std::floor(p);
    require(std::abs(whole) < 9e15, std::string(who) + ": the power is too large");
    if (p == whole) return matrix_power(A, static_cast<std::int64_t>(whole)).template cast<Complex>();
    if (n == 0) return A.template cast<Complex>();
    const auto check = [&](double t) {
        if (real && t < 0) throw_not_real(who, t);
        if (t == 0 && p < 0) throw SingularMatrix(std::string(who) + ": A is singular, and the power negative");
    };
    Eigen::MatrixXcd X;
    double slope = 0;
    if (is_mirrored<W>(A, {}, Op::adjoint)) {
        Eigen::VectorXd values;
        const Mat<W> V = hermitian_eigen(A, values, who);
        const double noise = 10 * static_cast<double>(n) * u * values.cwiseAbs().maxCoeff();
        for (double& value : values) {
            if (value < 0 && value >= -noise) value = 0;
            check(value);
            if (value != 0) slope = std::max(slope, std::abs(p) * std::pow(std::abs(value), p - 1));
        }
        X = by_eigenvalues(A, values, V,
                           [p](double a) { return a == 0 ? Complex(0) : std::exp(p * std::log(Complex(a, 0))); });
    } else {
        SchurForm<Complex> S = triangular_schur_form(A, who);
        bool real_triangle = real;
        for (Index i = 0; i < n; ++i) {
            Complex& t = S.T(i, i);
            t = {t.real(), t.imag() + 0.0};
            if (t == Complex(0))
                throw SingularMatrix(std::string(who) + ": A is singular and not Hermitian: its power may not exist");
            if (t.imag() != 0)
                real_triangle = false;
            else
                check(t.real());
        }
        for (Index j = 0; j < n; ++j)
            for (Index i = 0; i <= j; ++i)
                slope = std::max(slope, std::abs(power_divided_difference(S.T(i, i), S.T(j, j), p)));
        const auto finish = [&](const auto& T, const auto& Z) {
            using Y = typename std::decay_t<decltype(T)>::Scalar;
            Mat<Y> P = power_triangular<Y>(T, p - whole, who);
            if (whole > 0) P = matmul(matrix_power(T, static_cast<std::int64_t>(whole)), P);
            if (whole < 0) {  // T^⌊p⌋ by solving with T as often
                const Mat<Y> positive = matrix_power(T, static_cast<std::int64_t>(-whole));
                solve_upper<Y>(positive, P);
            }
            X = matmul(matmul(Z, P), Mat<Y>(Z.adjoint())).template cast<Complex>();
        };
        if (real_triangle)
            finish(Mat<double>(S.T.real()), Mat<double>(S.Z.real()));
        else
            finish(S.T, S.Z);
    }
    require(X.allFinite(), std::string(who) + ": the power overflows");
    const double condition = slope * (frobenius(A) / frobenius(X));
    if (!(condition * u < 0.1))
        throw IllConditioned(
            std::string(who) + ": the result may have no correct digit (condition number " + number(condition) + ")",
            1 / condition);
    return X;
}

template <Scalar T>
Mat<Wide<T>> widened(const Matrix<T>& A, const char* who) {
    require_square(A.rows(), A.cols(), who, "A");
    require_finite<T>(A, who, "A");
    return A.template cast<Wide<T>>();
}

void require_good(const FunctionCheck& check) {
    if (check.status != Status::solved) throw IllConditioned(check.explanation, 1 / check.condition);
}

}  // namespace

template <Scalar T, Scalar Result>
CheckedFunction<Result> sqrtm(Matrix<T> A, bool checked) {
    const char* who = "sqrtm";
    const auto W = widened<T>(A, who);
    const FewThreads limit(A.rows());
    Principal p = principal_sqrt(W, !is_complex<Result>, who);
    if (!checked) require_good(p.check);
    return {narrowed<Result, Complex>(p.value, who), std::move(p.check)};
}

template <Scalar T, Scalar Result>
CheckedFunction<Result> logm(Matrix<T> A, bool checked) {
    const char* who = "logm";
    const auto W = widened<T>(A, who);
    const FewThreads limit(A.rows());
    Principal p = principal_log(W, !is_complex<Result>, who);
    if (!checked) require_good(p.check);
    return {narrowed<Result, Complex>(p.value, who), std::move(p.check)};
}

template <Scalar T, Scalar Result>
Eigen::MatrixX<Result> fractional_matrix_power(Matrix<T> A, double p) {
    const char* who = "fractional_matrix_power";
    const auto W = widened<T>(A, who);
    const FewThreads limit(A.rows());
    return narrowed<Result, Complex>(principal_power(W, p, !is_complex<Result>, who), who);
}

#define RITZ_INSTANTIATE_PAIR(T, Result)                                \
    template CheckedFunction<Result> sqrtm<T, Result>(Matrix<T>, bool); \
    template CheckedFunction<Result> logm<T, Result>(Matrix<T>, bool);  \
    template Eigen::MatrixX<Result> fractional_matrix_power<T, Result>(Matrix<T>, double);
RITZ_INSTANTIATE_PAIR(float, float)
RITZ_INSTANTIATE_PAIR(double, double)
RITZ_INSTANTIATE_PAIR(float, std::complex<float>)
RITZ_INSTANTIATE_PAIR(double, std::complex<double>)
RITZ_INSTANTIATE_PAIR(std::complex<float>, std::complex<float>)
RITZ_INSTANTIATE_PAIR(std::complex<double>, std::complex<double>)
#undef RITZ_INSTANTIATE_PAIR

}  // namespace ritz::linalg::detail
