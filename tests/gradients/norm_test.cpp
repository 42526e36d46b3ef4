// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/norm.hpp"

#include "differences.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
class NormGradient : public testing::Test {};
TYPED_TEST_SUITE(NormGradient, Scalars);
template <class T>
class NormDifference : public testing::Test {};
TYPED_TEST_SUITE(NormDifference, DoubleScalars);

template <class R>
Eigen::VectorX<R> one(R value) {
    return Eigen::VectorX<R>::Constant(1, value);
}

TYPED_TEST(NormDifference, OfAVectorIsTheLimitOfDifferences) {
    using T = TypeParam;
    Eigen::VectorX<T> x = random_matrix<T>(6, 1, 1);
    x.array() += number<T>(3, 1);
    x(4) *= 4.0;
    const Eigen::VectorX<T> x_dot = random_matrix<T>(6, 1, 2);
    for (const double p : {1.0, 1.5, 2.0, 3.0, 7.0, 0.5, -1.0, -2.0, infinity, -infinity}) {
        const auto f = gradients::norm(x, p);
        EXPECT_EQ(f.norm, linalg::norm(x, p));
        expect_derivative(one(jvp(f, x_dot)),
                          difference([&](const auto& v) { return one(linalg::norm(v, p)); }, x, x_dot, 0.01));
    }
}

TYPED_TEST(NormDifference, OfAMatrixIsTheLimitOfDifferences) {
    using T = TypeParam;
    for (const auto& [m, n] : {std::pair(4, 4), std::pair(5, 3), std::pair(2, 5), std::pair(1, 1)}) {
        Eigen::MatrixX<T> A = random_matrix<T>(m, n, 3);
        A.diagonal().array() += number<T>(5);
        const Eigen::MatrixX<T> A_dot = random_matrix<T>(m, n, 4);
        for (const double ord : {1.0, -1.0, 2.0, -2.0, infinity, -infinity}) {
            const auto f = gradients::norm(A, ord);
            EXPECT_EQ(f.norm, linalg::norm(A, ord));
            expect_derivative(one(jvp(f, A_dot)),
                              difference([&](const auto& M) { return one(linalg::norm(M, ord)); }, A, A_dot, 0.002));
        }
        for (const linalg::Norm ord : {linalg::Norm::frobenius, linalg::Norm::nuclear})
            expect_derivative(one(jvp(gradients::norm(A, ord), A_dot)),
                              difference([&](const auto& M) { return one(linalg::norm(M, ord)); }, A, A_dot, 0.002));
    }
}

TYPED_TEST(NormGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = random_matrix<T>(4, 3, 5), A_dot = random_matrix<T>(4, 3, 6);
    for (const double ord : {1.0, 2.0, infinity}) {
        const auto f = gradients::norm(A, ord);
        expect_same<T>(2 * double(jvp(f, A_dot)), dot(vjp(f, Real<T>(2)), A_dot), double(A_dot.norm()));
    }
}

TYPED_TEST(NormGradient, IsHomogeneousOfDegreeZeroAtAnyScale) {
    using T = TypeParam;
    const double huge = std::same_as<Real<T>, float> ? 1e37 : 1e307;
    const Eigen::VectorX<T> x = Eigen::Vector3d(0.3, -0.4, 0.5).cast<T>();
    for (const double p : {1.0, 2.0, 3.0})
        for (const double scale : {huge, 1 / huge}) {
            const Eigen::VectorX<T> expected = gradients::norm(x, p).gradient;
            const Eigen::VectorX<T> found = gradients::norm((x * Real<T>(scale)).eval(), p).gradient;
            EXPECT_LE(double((found - expected).norm()), 20 * double(std::numeric_limits<Real<T>>::epsilon()));
        }
}

TYPED_TEST(NormGradient, NamesKinksAndTakesSubgradientsOnRequest) {
    using T = TypeParam;
    const gradients::NormOptions allowed{.subgradient = true};
    const Eigen::VectorX<T> zero = Eigen::VectorX<T>::Zero(3), tied = Eigen::Vector3d(2, -2, 1).cast<T>();
    const Eigen::VectorX<T> sparse = Eigen::Vector3d(1, 0, -2).cast<T>();
    EXPECT_THROW((void)gradients::norm(zero), gradients::NotDifferentiable);
    EXPECT_THROW((void)gradients::norm(tied, infinity), gradients::NotDifferentiable);
    EXPECT_THROW((void)gradients::norm(sparse, 1), gradients::NotDifferentiable);
    EXPECT_THROW((void)gradients::norm(sparse, -1, allowed), gradients::NotDifferentiable);
    EXPECT_THROW((void)gradients::norm(sparse, 0), InvalidArgument);
    EXPECT_NO_THROW((void)gradients::norm(sparse, 2));
    EXPECT_EQ(gradients::norm(zero, 2, allowed).gradient, zero);
    EXPECT_EQ(gradients::norm(sparse, 1, allowed).gradient, (Eigen::VectorX<T>(Eigen::Vector3d(1, 0, -1).cast<T>())));
    // ‖A + D‖ ≥ ‖A‖ + ⟨G, D⟩ where the norms have kinks.
    const Eigen::MatrixX<T> A = Eigen::Vector3d(2, 2, 0).cast<T>().asDiagonal();
    EXPECT_THROW((void)gradients::norm(A, 2), gradients::RepeatedSingularValue);
    EXPECT_THROW((void)gradients::norm(A, 1), gradients::NotDifferentiable);
    EXPECT_THROW((void)gradients::norm(A, -2, allowed), gradients::RepeatedSingularValue);
    EXPECT_THROW((void)gradients::norm(A, linalg::Norm::nuclear), gradients::RepeatedSingularValue);
    const double slack = 100 * double(std::numeric_limits<Real<T>>::epsilon());
    for (std::uint64_t seed = 7; seed < 17; ++seed) {
        const Eigen::MatrixX<T> D = random_matrix<T>(3, 3, seed), moved = A + D;
        for (const double ord : {1.0, 2.0, infinity}) {
            const auto f = gradients::norm(A, ord, allowed);
            EXPECT_GE(double(linalg::norm(moved, ord)), double(f.norm + jvp(f, D)) - slack);
        }
        const auto f = gradients::norm(A, linalg::Norm::nuclear, allowed);
        EXPECT_GE(double(linalg::norm(moved, linalg::Norm::nuclear)), double(f.norm + jvp(f, D)) - slack);
    }
}

}  // namespace
}  // namespace ritz
