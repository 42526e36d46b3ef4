// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/svd.hpp"

#include "differences.hpp"
#include "ritz/linalg/qr.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

const std::pair<int, int> shapes[] = {{1, 1}, {2, 2}, {5, 5}, {7, 3}, {3, 7}, {4, 1}, {1, 4}};

template <class T>
class SvdGradient : public testing::Test {};
TYPED_TEST_SUITE(SvdGradient, Scalars);
template <class T>
class SvdDifference : public testing::Test {};
TYPED_TEST_SUITE(SvdDifference, DoubleScalars);

template <class T>
Eigen::MatrixX<T> with_singular_values(Eigen::Index m, Eigen::Index n, const Eigen::VectorXd& s, std::uint64_t seed) {
    const Eigen::MatrixX<T> U = linalg::qr(random_matrix<T>(m, s.size(), seed)).Q;
    const Eigen::MatrixX<T> V = linalg::qr(random_matrix<T>(n, s.size(), seed + 100)).Q;
    return U * s.cast<T>().asDiagonal() * V.adjoint();
}

template <class T>
Eigen::MatrixX<T> separated(Eigen::Index m, Eigen::Index n, std::uint64_t seed) {
    const Eigen::Index k = std::min(m, n);
    return with_singular_values<T>(m, n, Eigen::VectorXd::LinSpaced(k, 1, double(k)).reverse(), seed);
}

/// Cotangents of a loss that does not see the common phase of uᵢ and vᵢ.
template <class T>
void take_away_phase(const gradients::SvdForward<T>& f, gradients::SvdTangent<T>& bar) {
    const Eigen::MatrixX<T> X = f.U.adjoint() * bar.U, Y = f.Vh * bar.Vh.adjoint();
    for (Eigen::Index i = 0; i < f.s.size(); ++i) {
        const T both = X(i, i) + Y(i, i);
        bar.U.col(i) -= f.U.col(i) * (both - T(std::real(both)));
    }
}

TYPED_TEST(SvdDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const auto& [m, n] : shapes) {
        const Eigen::MatrixX<T> A = separated<T>(m, n, 1), A_dot = random_matrix<T>(m, n, 2);
        const auto f = gradients::svd(A);
        const auto dot_f = jvp(f, A_dot);
        expect_derivative(dot_f.s, difference([](const auto& M) { return linalg::svdvals(M); }, A, A_dot));
        // Vectors have an arbitrary phase; uᵢ vᵢᴴ has not.
        for (Eigen::Index i = 0; i < f.s.size(); ++i) {
            const auto dyad = [i](const Eigen::MatrixX<T>& M) {
                const auto [U, s, Vh] = linalg::svd(M, {.full_matrices = false});
                return Eigen::MatrixX<T>(U.col(i) * Vh.row(i));
            };
            const Eigen::MatrixX<T> forward = dot_f.U.col(i) * f.Vh.row(i) + f.U.col(i) * dot_f.Vh.row(i);
            const Eigen::MatrixX<T> expected = difference(dyad, A, A_dot, 0.005);
            if (m == 1 && n == 1 && !is_complex<T>)
                EXPECT_LE(double(forward.norm()), 1e-13);
            else
                expect_derivative(forward, expected);
        }
    }
}

TYPED_TEST(SvdGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const auto& [m, n] : shapes) {
        const Eigen::Index k = std::min(m, n);
        const Eigen::MatrixX<T> A_dot = random_matrix<T>(m, n, 3);
        const auto f = gradients::svd(separated<T>(m, n, 4));
        gradients::SvdTangent<T> bar{random_matrix<T>(m, k, 5), random_matrix<Real<T>>(k, 1, 6),
                                     random_matrix<T>(k, n, 7)};
        take_away_phase(f, bar);
        const auto dot_f = jvp(f, A_dot);
        const double forward = dot(bar.U, dot_f.U) + dot(bar.s, dot_f.s) + dot(bar.Vh, dot_f.Vh);
        expect_same<T>(forward, dot(vjp(f, bar), A_dot), double(A_dot.norm() * (bar.U.norm() + bar.Vh.norm())));
        const double values = dot(bar.s, jvp(f, A_dot, {.vectors = false}).s);
        expect_same<T>(values, dot(vjp(f, {.s = bar.s}), A_dot), double(A_dot.norm() * bar.s.norm()));
    }
}

TYPED_TEST(SvdGradient, OfThePolarFactorNeedsNoDistinctSingularValues) {
    using T = TypeParam;
    // L = Re tr(Cᴴ U Vᴴ): Ū = C V, V̄ = Cᴴ U. W = U Vᴴ with A = W H has WᴴẆ skew and H X + X H = WᴴȦ − ȦᴴW.
    for (const Eigen::Vector3d& s : {Eigen::Vector3d(2, 2, 1), Eigen::Vector3d(1, 1, 1)}) {
        const Eigen::MatrixX<T> A = with_singular_values<T>(3, 3, s, 8), C = random_matrix<T>(3, 3, 9);
        const Eigen::MatrixX<T> A_dot = random_matrix<T>(3, 3, 10);
        const auto f = gradients::svd(A);
        const Eigen::MatrixX<T> A_bar = vjp(f, {.U = C * f.Vh.adjoint(), .Vh = f.U.adjoint() * C});
        const Eigen::MatrixX<T> D = f.U.adjoint() * A_dot * f.Vh.adjoint();  // X in the basis V: (D − Dᴴ)_ij/(sᵢ + sⱼ)
        Eigen::MatrixX<T> X = D - D.adjoint();
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) X(i, j) /= static_cast<Real<T>>(s(i) + s(j));
        const Eigen::MatrixX<T> W_dot = f.U * X * f.Vh;
        expect_same<T>(dot(C, W_dot), dot(A_bar, A_dot), double(C.norm() * A_dot.norm()));
    }
}

TYPED_TEST(SvdGradient, NamesRepeatedAndZeroSingularValuesWhereTheyMatter) {
    using T = TypeParam;
    using R = Real<T>;
    const auto f = gradients::svd(with_singular_values<T>(5, 4, Eigen::Vector4d(3, 2, 2, 0), 11));
    try {
        (void)vjp(f, {.s = Eigen::Vector4d(0, 1, 0, 0).cast<R>()});
        FAIL();
    } catch (const gradients::RepeatedSingularValue& error) {
        EXPECT_EQ(error.first(), 1);
        EXPECT_EQ(error.second(), 2);
    }
    try {
        (void)vjp(f, {.s = Eigen::Vector4d(1, 1, 1, 1).cast<R>()});
        FAIL();
    } catch (const gradients::RepeatedSingularValue& error) {
        EXPECT_EQ(error.first(), 3);
        EXPECT_EQ(error.second(), 3);
    }
    const Eigen::MatrixX<T> A_bar = vjp(f, {.s = Eigen::Vector4d(0, 1, 1, 0).cast<R>()});
    const Eigen::MatrixX<T> expected = f.U.middleCols(1, 2) * f.Vh.middleRows(1, 2);
    EXPECT_LE(double((A_bar - expected).norm()), 50 * double(std::numeric_limits<R>::epsilon()));
    gradients::SvdTangent<T> bar{random_matrix<T>(5, 4, 12), {}, random_matrix<T>(4, 4, 13)};
    take_away_phase(f, bar);
    EXPECT_THROW((void)vjp(f, bar), gradients::RepeatedSingularValue);
    EXPECT_THROW((void)jvp(f, random_matrix<T>(5, 4, 14)), gradients::RepeatedSingularValue);
}

TEST(SvdGradient, NamesALossThatSeesThePhase) {
    using C = std::complex<double>;
    const auto f = gradients::svd(random_matrix<C>(4, 3, 15));
    EXPECT_THROW((void)vjp(f, {.U = C(0, 1) * f.U}), gradients::GaugeDependent);
    EXPECT_NO_THROW((void)vjp(f, {.U = C(0, 1) * f.U, .Vh = C(0, 1) * f.Vh}));  // i(u + …): the two cancel
}

TEST(SvdGradient, OfEmptyMatricesIsEmpty) {
    const auto f = gradients::svd(Eigen::MatrixXd(3, 0));
    EXPECT_EQ(vjp(f, {}).rows(), 3);
    EXPECT_EQ(jvp(f, Eigen::MatrixXd(3, 0)).s.size(), 0);
}

}  // namespace
}  // namespace ritz
