// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/matrix_functions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "ritz/linalg/products.hpp"
#include "ritz/linalg/special_matrices.hpp"

namespace ritz::linalg {
namespace {

using Complex = std::complex<double>;
using Eigen::Index;
using Eigen::MatrixXcd;
using Eigen::MatrixXd;
using Eigen::VectorXd;
constexpr double u = std::numeric_limits<double>::epsilon();

template <class A, class B>
double distance(const A& X, const B& Y) {
    return static_cast<double>((X - Y).norm()) / std::max(1e-300, static_cast<double>(Y.norm()));
}

// Eigenvalues in a disc about 3: every function here is defined.
template <class T>
Eigen::MatrixX<T> right_half_plane(Index n) {
    using R = Real<T>;
    return Eigen::MatrixX<T>::Random(n, n) / std::sqrt(R(n)) + R(3) * Eigen::MatrixX<T>::Identity(n, n);
}

template <class T>
class MatrixFunctions : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(MatrixFunctions, Scalars);

TYPED_TEST(MatrixFunctions, SatisfyTheirEquations) {
    using T = TypeParam;
    const double e = std::numeric_limits<Real<T>>::epsilon();
    for (Index n : {0, 1, 2, 3, 8, 17, 40, 70}) {
        const Eigen::MatrixX<T> A = right_half_plane<T>(n), I = Eigen::MatrixX<T>::Identity(n, n);
        const double tolerance = 60 * e * std::sqrt(static_cast<double>(n + 1));
        const Eigen::MatrixX<T> root = sqrtm(A), log = logm(A);
        EXPECT_LE(distance(matmul(root, root), A), tolerance) << n;
        EXPECT_LE(distance(expm(log), A), tolerance) << n;
        EXPECT_LE(distance(expm(Eigen::MatrixX<T>(-log)) * A, I), 10 * tolerance) << n;
        EXPECT_LE(distance(matmul(fractional_matrix_power(A, 0.3), fractional_matrix_power(A, 0.7)), A), tolerance)
            << n;
        EXPECT_LE(distance(fractional_matrix_power(A, 0.5), root), tolerance) << n;
        EXPECT_LE(distance(matmul(fractional_matrix_power(A, -1.5), matmul(A, root)), I), 10 * tolerance) << n;
        EXPECT_LE(distance(fractional_matrix_power(A, 2), matmul(A, A)), tolerance) << n;
        const Eigen::MatrixX<T> B = Eigen::MatrixX<T>::Random(n, n) / std::sqrt(Real<T>(n + 1));
        const Eigen::MatrixX<T> c = cosm(B), s = sinm(B), ch = coshm(B), sh = sinhm(B);
        EXPECT_LE(distance(c * c + s * s, I), 10 * tolerance) << n;
        EXPECT_LE(distance(ch * ch - sh * sh, I), 10 * tolerance) << n;
        EXPECT_LE(distance(ch + sh, expm(B)), tolerance) << n;
        EXPECT_LE(distance(c * tanm(B), s), 10 * tolerance) << n;
        EXPECT_LE(distance(ch * tanhm(B), sh), 10 * tolerance) << n;
        const Eigen::MatrixX<T> sign = signm(Eigen::MatrixX<T>(A - Real<T>(3) * I + Real<T>(0.1) * I));
        if (n > 0) {
            EXPECT_LE(distance(sign * sign, I), 1e3 * tolerance * (1 + sign.squaredNorm())) << n;
        }
    }
}

TYPED_TEST(MatrixFunctions, OfAKnownDiagonalisation) {
    using T = TypeParam;
    using R = Real<T>;
    const double e = std::numeric_limits<R>::epsilon();
    for (Index n : {1, 2, 5, 13, 33, 40}) {
        // A = S D S⁻¹ with S = I + a nilpotent shift, whose inverse is known.
        Eigen::MatrixX<T> S = Eigen::MatrixX<T>::Identity(n, n), inverse = S;
        if (n > 1) {
            S(0, n - 1) = T(2);
            inverse(0, n - 1) = T(-2);
        }
        const Eigen::VectorX<T> d = Eigen::VectorX<T>::LinSpaced(n, T(R(0.5)), T(R(4)));
        const auto of = [&](auto&& f) -> Eigen::MatrixX<T> { return S * d.unaryExpr(f).asDiagonal() * inverse; };
        const Eigen::MatrixX<T> A = S * d.asDiagonal() * inverse;
        const double tolerance = 100 * e;
        EXPECT_LE(distance(expm(A), of([](T x) { return std::exp(x); })), tolerance) << n;
        EXPECT_LE(distance(sqrtm(A), of([](T x) { return std::sqrt(x); })), tolerance) << n;
        EXPECT_LE(distance(logm(A), of([](T x) { return std::log(x); })), tolerance) << n;
        EXPECT_LE(distance(sinm(A), of([](T x) { return std::sin(x); })), 10 * tolerance) << n;
        EXPECT_LE(distance(tanhm(A), of([](T x) { return std::tanh(x); })), tolerance) << n;
        EXPECT_LE(distance(fractional_matrix_power(A, 0.37), of([](T x) { return std::pow(x, T(R(0.37))); })),
                  tolerance)
            << n;
        const auto [F, error] = funm(A, [](Complex z) { return std::cosh(z); });
        EXPECT_LE(distance(F, of([](T x) { return std::cosh(x); })), 1e-10 + tolerance) << n;
        EXPECT_LE(error, 1e-10) << n;
    }
}

TYPED_TEST(MatrixFunctions, TheDerivativeOfTheExponentialIsTheCornerOfABlockMatrix) {
    using T = TypeParam;
    const double e = std::numeric_limits<Real<T>>::epsilon();
    for (Index n : {1, 2, 6, 20}) {
        for (double size : {1e-3, 1.0, 20.0}) {
            const Eigen::MatrixX<T> A = Eigen::MatrixX<T>::Random(n, n) * Real<T>(size / static_cast<double>(n)),
                                    E = Eigen::MatrixX<T>::Random(n, n);
            Eigen::MatrixX<T> M = Eigen::MatrixX<T>::Zero(2 * n, 2 * n);
            M << A, E, Eigen::MatrixX<T>::Zero(n, n), A;
            const Eigen::MatrixX<T> whole = expm(M);
            const auto [value, derivative] = expm_frechet(A, E);
            EXPECT_LE(distance(derivative, whole.topRightCorner(n, n)), 300 * e) << n << " " << size;
            EXPECT_LE(distance(value, whole.topLeftCorner(n, n)), 300 * e) << n << " " << size;
        }
    }
}

TEST(Expm, OfSpecialMatricesIsAnalytic) {
    EXPECT_EQ(expm(MatrixXd(0, 0)).size(), 0);
    EXPECT_DOUBLE_EQ(expm(MatrixXd::Constant(1, 1, 2.0).eval())(0, 0), std::exp(2.0));
    EXPECT_EQ(expm(MatrixXd::Zero(5, 5).eval()), MatrixXd::Identity(5, 5));
    // Nilpotent: the series ends.
    MatrixXd N = MatrixXd::Zero(4, 4), series = MatrixXd::Identity(4, 4);
    N.diagonal(1) << 1, 2, 3;
    double factorial = 1;
    for (int k = 1; k < 4; ++k) series += matrix_power(N, k) / (factorial *= k);
    EXPECT_LT(distance(expm(N), series), 4 * u);
    // A rotation, also by many turns.
    for (double angle : {0.1, 1.0, 10.0, 1000.0}) {
        const MatrixXd A{{0, -angle}, {angle, 0}},
            R{{std::cos(angle), -std::sin(angle)}, {std::sin(angle), std::cos(angle)}};
        EXPECT_LT(distance(expm(A), R), 4 * u * (10 + angle)) << angle;
    }
    // A Jordan block.
    const MatrixXd J{{-3, 1, 0}, {0, -3, 1}, {0, 0, -3}}, E{{1, 1, 0.5}, {0, 1, 1}, {0, 0, 1}};
    EXPECT_LT(distance(expm(J), std::exp(-3.0) * E), 10 * u);
    // The textbook's example with a large negative eigenvalue: [−49 24; −64 31].
    const MatrixXd M{{-49, 24}, {-64, 31}};
    const double a = std::exp(-1.0), b = std::exp(-17.0);
    EXPECT_LT(distance(expm(M), MatrixXd{{-2 * a + 3 * b, 1.5 * a - 1.5 * b}, {-4 * a + 4 * b, 3 * a - 2 * b}}), 1e-12);
}

TEST(Expm, IsNotOverscaled) {
    for (double b : {1e2, 1e6, 1e10}) {
        const MatrixXd A{{1, b}, {0, -1}}, exact{{std::exp(1.0), b * std::sinh(1.0)}, {0, std::exp(-1.0)}};
        EXPECT_LT((expm(A) - exact).cwiseAbs().cwiseQuotient(exact.cwiseMax(1e-300)).maxCoeff(), 10 * u) << b;
        // The same with the triangle hidden by a similarity that is exact: rounding of A² alone moves the eigenvalues
        // by b² u, so that b digits are lost twice, and all of them for 1e10.
        const MatrixXd S{{1, 0}, {1, 1}}, inverse{{1, 0}, {-1, 1}}, hidden = S * A * inverse;
        if (b < 1e8)
            EXPECT_LT(distance(expm(hidden), S * exact * inverse), 100 * b * b * u) << b;
        else
            EXPECT_THROW((void)expm(hidden), Error);
    }
}

TEST(Expm, OfLargeNormsKeepsItsDigitsAndOverflowIsNamed) {
    for (Index n : {3, 12, 50}) {
        const MatrixXd B = MatrixXd::Random(n, n),
                       A = -1e5 / static_cast<double>(n) * (B * B.transpose() + MatrixXd::Identity(n, n));
        const MatrixXd E = expm(A);
        EXPECT_LE(E.cwiseAbs().maxCoeff(), 1);  // negative definite: it decays
        const MatrixXd C = A - A.trace() / static_cast<double>(n) * MatrixXd::Identity(n, n);
        EXPECT_THROW((void)expm(MatrixXd(1e3 * C * C)), InvalidArgument);
    }
    EXPECT_THROW((void)expm(MatrixXd(1e308 * MatrixXd::Ones(3, 3))), InvalidArgument);
    EXPECT_THROW((void)expm(MatrixXd::Constant(2, 2, std::nan("")).eval()), InvalidArgument);
    EXPECT_THROW((void)expm(MatrixXd::Ones(2, 3).eval()), InvalidArgument);
    EXPECT_LT(distance(expm(MatrixXd(VectorXd{{700, -700, 1}}.asDiagonal())).diagonal(),
                       VectorXd{{std::exp(700.0), std::exp(-700.0), std::exp(1.0)}}),
              1e3 * u);
    EXPECT_LT(distance(expm(MatrixXd(1e-200 * MatrixXd::Ones(3, 3))), MatrixXd::Identity(3, 3)), u);
}

TEST(ExpmCond, OfANormalMatrixIsItsNorm) {
    const MatrixXd A = VectorXd{{3, 1, -2}}.asDiagonal();  // ‖L‖ = e³ = ‖eᴬ‖₂
    const double frobenius = std::sqrt(std::exp(6.0) + std::exp(2.0) + std::exp(-4.0));
    EXPECT_NEAR(expm_cond(A), std::exp(3.0) * A.norm() / frobenius, 1e-3);
    EXPECT_GT(expm_cond(MatrixXd{{-49, 24}, {-64, 31}}), 10);
}

TEST(Sqrtm, OfHardMatrices) {
    // Real with conjugate pairs, and singular ones.
    const MatrixXd rotation{{0, -1}, {1, 0}};
    EXPECT_LT(distance(sqrtm(rotation), MatrixXd{{std::sqrt(0.5), -std::sqrt(0.5)}, {std::sqrt(0.5), std::sqrt(0.5)}}),
              10 * u);
    const VectorXd v = VectorXd::Random(6);
    EXPECT_LT(distance(sqrtm(MatrixXd(v * v.transpose())), v * v.transpose() / v.norm()), 1e-7);
    EXPECT_EQ(sqrtm(MatrixXd::Zero(3, 3).eval()), MatrixXd::Zero(3, 3));
    EXPECT_THROW((void)sqrtm(MatrixXd{{0, 1}, {0, 0}}), Error);  // has no root
    EXPECT_THROW((void)sqrtm(MatrixXd{{-1, 5}, {0, 2}}), InvalidArgument);
    EXPECT_THROW((void)sqrtm(MatrixXd(-MatrixXd::Identity(2, 2))), InvalidArgument);
    const MatrixXcd root = sqrtm_complex(MatrixXd{{-4, 0}, {0, 9}});
    EXPECT_LT(distance(root, MatrixXcd{{Complex(0, 2), 0}, {0, 3}}), 10 * u);
    EXPECT_LT(distance(root * root, MatrixXcd{{-4, 0}, {0, 9}}), 10 * u);
    for (double s : {1e-300, 1e300}) {
        const MatrixXd A = s * right_half_plane<double>(6);
        const MatrixXd X = sqrtm(A) / std::sqrt(s);
        EXPECT_LT(distance(X * X, A / s), 100 * u);
    }
    const auto [value, report] = safe_sqrtm(right_half_plane<double>(5));
    EXPECT_EQ(report.status, Status::solved);
    EXPECT_LT(report.relative_residual, 100 * u);
    EXPECT_GT(report.condition, 0.1);
    EXPECT_LT(report.condition, 10);
}

TEST(Logm, OfHardMatrices) {
    const double angle = 3;
    const MatrixXd R{{std::cos(angle), -std::sin(angle)}, {std::sin(angle), std::cos(angle)}};
    EXPECT_LT(distance(logm(R), MatrixXd{{0, -angle}, {angle, 0}}), 100 * u);
    const MatrixXd J{{2, 1, 0}, {0, 2, 1}, {0, 0, 2}},
        L{{std::log(2.0), 0.5, -0.125}, {0, std::log(2.0), 0.5}, {0, 0, std::log(2.0)}};
    EXPECT_LT(distance(logm(J), L), 10 * u);
    EXPECT_EQ(logm(MatrixXd(VectorXd{{1, 1e-300}}.asDiagonal()))(1, 1), std::log(1e-300));
    EXPECT_THROW((void)logm(MatrixXd::Ones(2, 2).eval()), Error);
    EXPECT_THROW((void)logm(MatrixXd{{1, 1}, {0, 0}}), SingularMatrix);
    EXPECT_THROW((void)logm(MatrixXd{{-1, 1}, {0, 2}}), InvalidArgument);
    const MatrixXcd minus = logm_complex(MatrixXd(-MatrixXd::Identity(2, 2)));
    EXPECT_LT(distance(minus, Complex(0, std::numbers::pi) * MatrixXcd::Identity(2, 2)), 10 * u);
    EXPECT_LT(distance(expm(logm_complex(MatrixXd{{-1, 1}, {0, 2}})), MatrixXcd{{-1, 1}, {0, 2}}), 100 * u);
    for (double size : {1e-200, 1e200}) {
        const MatrixXd A = right_half_plane<double>(5);
        EXPECT_LT(distance(logm(MatrixXd(size * A)), logm(A) + std::log(size) * MatrixXd::Identity(5, 5)), 1e-13);
        EXPECT_LT(distance(fractional_matrix_power(MatrixXd(size * A), 0.3) / std::pow(size, 0.3),
                           fractional_matrix_power(A, 0.3)),
                  1e-12);
    }
    EXPECT_EQ(safe_logm(MatrixXd{{1, 1}, {0, 1e-20}}).report.status, Status::ill_conditioned);
    EXPECT_THROW((void)logm(MatrixXd{{1, 1}, {0, 1e-20}}), IllConditioned);
}

TEST(Sinhm, OfSmallMatricesKeepsItsDigits) {
    const MatrixXd A = 1e-9 * MatrixXd::Random(4, 4);
    EXPECT_LT(distance(sinhm(A), A), 1e-15);
    EXPECT_LT(distance(sinm(A), A), 1e-15);
    EXPECT_LT(distance(tanhm(MatrixXd(VectorXd{{1000, -1000, 0.1}}.asDiagonal())).diagonal(),
                       VectorXd{{1, -1, std::tanh(0.1)}}),
              10 * u);
    EXPECT_THROW((void)coshm(MatrixXd(1000 * MatrixXd::Identity(2, 2))), InvalidArgument);
}

TEST(Signm, SeparatesTheHalfPlanes) {
    const MatrixXd A{{1, 5}, {0, -2}};  // [1 x; 0 −1] commutes with A for x = 10/3
    EXPECT_LT(distance(signm(A), MatrixXd{{1, 10.0 / 3}, {0, -1}}), 100 * u);
    EXPECT_THROW((void)signm(MatrixXd{{0, -1}, {1, 0}}), IllConditioned);
    EXPECT_THROW((void)signm(MatrixXd::Zero(2, 2).eval()), IllConditioned);
    EXPECT_LT(distance(signm(MatrixXd(1e200 * A)), signm(A)), 100 * u);
}

TEST(Funm, GathersCloseEigenvaluesAndTellsItsError) {
    // exp by funm, eigenvalues in clusters and defective.
    MatrixXd A = MatrixXd::Zero(7, 7);
    A.diagonal() << 1, 1, 1, 1.05, 3, 3.0001, -2;
    A.diagonal(1).setOnes();
    A(0, 6) = 2;
    const MatrixXd S = MatrixXd::Identity(7, 7) + tril(MatrixXd::Ones(7, 7), -1) * 0.25;
    for (const MatrixXd& M : {A, MatrixXd(A.transpose()), MatrixXd(S * A)}) {
        const auto by_derivatives = funm(M, [](Complex z, int) { return std::exp(z); });
        const auto by_values = funm(M, [](Complex z) { return std::exp(z); });
        const MatrixXd E = expm(M);
        EXPECT_LT(distance(by_derivatives.value, E), std::max(1e-9, 10 * by_derivatives.error_estimate));
        EXPECT_LT(by_derivatives.error_estimate, 1e-7);
        EXPECT_LT(distance(by_values.value, E), std::max(1e-9, 10 * by_values.error_estimate));
        EXPECT_LT(by_values.error_estimate, 1e-7);
    }
    const MatrixXcd root = funm_complex(MatrixXd{{-4, 1}, {0, 9}}, [](Complex z) { return std::sqrt(z); }).value;
    EXPECT_LT(distance(root * root, MatrixXcd{{-4, 1}, {0, 9}}), 100 * u);
    EXPECT_THROW((void)funm(MatrixXd{{-4, 1}, {0, 9}}, [](Complex z) { return std::sqrt(z); }), InvalidArgument);
    EXPECT_THROW((void)funm(MatrixXd{{0, 1}, {0, 9}}, [](Complex z) { return 1.0 / z; }), InvalidArgument);
}

TEST(Expm, OfALargeNilpotentMatrixIsRightOrRefused) {
    MatrixXd F(3, 3);
    F << -1, 0, 1, -1, -1, 2, -1, -1, 2;
    int refused = 0;
    for (const double a : {1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7}) {
        const MatrixXd A = a * F, exact = MatrixXd::Identity(3, 3) + A + A * A / 2;  // F³ = 0
        try {
            EXPECT_LE((expm(A) - exact).norm(), 1e-4 * exact.norm()) << a;
        } catch (const IllConditioned&) {
            EXPECT_GE(a, 1e4);
            ++refused;
            EXPECT_THROW((void)expm_frechet(A, F), Error);
        }
    }
    EXPECT_GE(refused, 2);  // from 1e6 on the condition number is above 1 / u
}

}  // namespace
}  // namespace ritz::linalg
