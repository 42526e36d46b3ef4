// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/schur_functions.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/linalg/matrix_functions.hpp"
#include "ritz/linalg/products.hpp"

// The trigonometric and hyperbolic functions and the sign, in double.

namespace ritz::linalg::detail {

namespace {

using Eigen::Index;
using linalg::matmul;
using ritz::detail::require;

constexpr double u = std::numeric_limits<double>::epsilon() / 2;
constexpr double small_norm = 0.5;  // below, the odd functions are summed as series: exponentials would cancel

template <class W>
using Mat = Eigen::MatrixX<W>;

template <class W>
double norm1(const Mat<W>& A) {
    return A.size() == 0 ? 0 : A.cwiseAbs().colwise().sum().maxCoeff();
}

// Σ signᵏ A^(2k+odd)/(2k+odd)! for a small norm.
template <class W>
Mat<W> series(const Mat<W>& A, double sign, int odd) {
    const Mat<W> square = matmul(A, A) * sign, I = Mat<W>::Identity(A.rows(), A.cols());
    Mat<W> S = I;
    for (int k = 10; k >= 1; --k)
        S = (I + matmul(square, S) / static_cast<double>((2 * k + odd) * (2 * k + odd - 1))).eval();
    return odd ? matmul(A, S) : S;
}

// (e^B + sign e^(−B))/2
template <class W>
Mat<W> half_sum(const Mat<W>& B, double sign) {
    return expm<W>(B) / W(2) + expm<W>(-B) * (sign / 2);
}

template <class W>
Mat<W> hyperbolic_cosine(const Mat<W>& A) {
    return norm1(A) <= small_norm ? series<W>(A, 1, 0) : half_sum<W>(A, 1);
}
template <class W>
Mat<W> hyperbolic_sine(const Mat<W>& A) {
    return norm1(A) <= small_norm ? series<W>(A, 1, 1) : half_sum<W>(A, -1);
}
template <class W>
Mat<W> cosine(const Mat<W>& A) {
    if (norm1(A) <= small_norm) return series<W>(A, -1, 0);
    const Eigen::MatrixXcd iA = Complex(0, 1) * A.template cast<Complex>();
    if constexpr (is_complex<W>)
        return half_sum<Complex>(iA, 1);
    else
        return expm<Complex>(iA).real();
}
template <class W>
Mat<W> sine(const Mat<W>& A) {
    if (norm1(A) <= small_norm) return series<W>(A, -1, 1);
    const Eigen::MatrixXcd iA = Complex(0, 1) * A.template cast<Complex>();
    if constexpr (is_complex<W>)
        return half_sum<Complex>(iA, -1) * Complex(0, -1);
    else
        return expm<Complex>(iA).imag();
}

template <class W>
void divide(const Mat<W>& M, Mat<W>& X, const char* who) {
    const double rcond = lapack::solve<W>(M, X);
    if (rcond < u)
        throw IllConditioned(std::string(who) + ": A has an eigenvalue at a pole of the function, to working precision",
                             rcond);
}

// tan (sign −1) and tanh (sign 1): of A/2^s by series, then t(2x) = 2 t(x) (1 + sign t(x)²)⁻¹; nothing overflows.
template <class W>
Mat<W> tangent(const Mat<W>& A, double sign, const char* who) {
    const Mat<W> I = Mat<W>::Identity(A.rows(), A.cols());
    const double norm = norm1(A);
    const int s = norm > small_norm ? static_cast<int>(std::ceil(std::log2(norm / small_norm))) : 0;
    const Mat<W> B = A * std::ldexp(1.0, -s);
    Mat<W> X = series<W>(B, sign, 1);
    divide<W>(series<W>(B, sign, 0), X, who);
    for (int k = 0; k < s; ++k) {
        const Mat<W> M = I + sign * matmul(X, X);
        X *= 2.0;
        divide<W>(M, X, who);
    }
    return X;
}

// Newton's iteration X ← (μX + (μX)⁻¹)/2 with μ = |det X|^(−1/n), as long as that is far from 1.
template <class W>
Mat<W> sign_of(const Mat<W>& A, const char* who) {
    const Index n = A.rows();
    const Mat<W> I = Mat<W>::Identity(n, n);
    // The sign does not change with the size of A, and squares of scaled elements do not overflow.
    const Mat<W> B = A / std::max(norm1(A), std::numeric_limits<double>::min());
    Mat<W> X = B;
    double last = std::numeric_limits<double>::infinity();
    for (int k = 0; k < 100; ++k) {
        Mat<W> inverse = I;
        if (lapack::solve<W>(X, inverse) < u / 10)
            throw IllConditioned(std::string(who) + ": A has an eigenvalue on the imaginary axis, to working precision",
                                 u);
        // The norms of X and its inverse stand for the determinant: √(‖X⁻¹‖/‖X‖).
        const double mu = last > 1e-2 ? std::sqrt(inverse.norm() / X.norm()) : 1;
        const Mat<W> next = (mu * X + inverse / mu) / W(2);
        const double change = (next - X).norm() / next.norm();
        X = next;
        if (change <= 10 * static_cast<double>(n) * u || (mu == 1 && change < 1e-6 && change > 0.5 * last)) break;
        last = change;
    }
    const double residual = (matmul(X, X) - I).norm() / std::max(1.0, X.squaredNorm());
    const double commutes = (matmul(X, B) - matmul(B, X)).norm() / std::max(B.norm() * X.norm(), 1e-300);
    if (!(residual < 1e-6 && commutes < 1e-3))
        throw IllConditioned(std::string(who) +
                                 ": Newton's iteration for the sign did not settle: eigenvalues lie on the " +
                                 "imaginary axis, or nearly",
                             residual);
    return X;
}

template <class W>
Mat<W> evaluate(const Mat<W>& A, Trigonometric function, const char* who) {
    switch (function) {
        case Trigonometric::cos:
            return cosine<W>(A);
        case Trigonometric::sin:
            return sine<W>(A);
        case Trigonometric::tan:
            return tangent<W>(A, -1, who);
        case Trigonometric::cosh:
            return hyperbolic_cosine<W>(A);
        case Trigonometric::sinh:
            return hyperbolic_sine<W>(A);
        case Trigonometric::tanh:
            return tangent<W>(A, 1, who);
        default:
            return sign_of<W>(A, who);
    }
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> trigonometric(Matrix<T> A, Trigonometric function, const char* who) {
    using W = Wide<T>;
    require_square(A.rows(), A.cols(), who, "A");
    require_finite<T>(A, who, "A");
    if (A.rows() == 0) return A;
    const FewThreads limit(A.rows());
    return narrowed<T, W>(evaluate<W>(A.template cast<W>(), function, who), who);
}

#define RITZ_INSTANTIATE(T) template Eigen::MatrixX<T> trigonometric<T>(Matrix<T>, Trigonometric, const char*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
