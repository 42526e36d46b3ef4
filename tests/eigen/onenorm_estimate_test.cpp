// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/onenorm_estimate.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "ritz/core/random.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/solvers/lu.hpp"

namespace ritz {
namespace {

template <class M>
double dense_norm1(const M& A) {
    return A.size() == 0 ? 0 : A.cwiseAbs().colwise().sum().maxCoeff();
}

template <class T>
class OneNorm : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(OneNorm, Scalars);

/// A random sparse matrix; complex where T is.
template <Scalar T>
Csr<T> random_matrix(Index n, std::uint64_t seed) {
    Random random(seed);
    Coo<T> A(n, n);
    for (Index i = 0; i < 6 * n; ++i) {
        const auto r = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
        const auto c = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
        if constexpr (is_complex<T>)
            A.add(r, c, T(static_cast<Real<T>>(random.normal()), static_cast<Real<T>>(random.normal())));
        else
            A.add(r, c, static_cast<T>(random.normal()));
    }
    return to_csr(A);
}

/// The estimate is what its vector attains, bounds the norm from below and is not far off.
template <Scalar T>
void expect_estimate(const OneNormEstimate<T>& found, const Eigen::MatrixX<T>& P) {
    const double epsilon = std::numeric_limits<Real<T>>::epsilon(), norm = dense_norm1(P);
    EXPECT_NEAR(found.x.template lpNorm<1>(), 1, 100 * epsilon);
    EXPECT_NEAR((P * found.x).template lpNorm<1>(), found.estimate, 1000 * epsilon * norm);
    EXPECT_LE(found.estimate, norm * (1 + 1000 * epsilon));
    EXPECT_GE(found.estimate, norm / 3);
}

TYPED_TEST(OneNorm, OfAMatrixIsExactAndAttained) {
    using T = TypeParam;
    const Csr<T> A = random_matrix<T>(60, 3);
    const auto found = onenormest(A);
    EXPECT_TRUE(found.exact);
    EXPECT_EQ(found.estimate, static_cast<double>(norm1(A)));
    expect_estimate<T>(found, to_dense(A));
}

TYPED_TEST(OneNorm, OfPowersIsALowerBoundThatItsVectorAttains) {
    using T = TypeParam;
    const Csr<T> A = random_matrix<T>(60, 5);
    const Eigen::MatrixX<T> D = to_dense(A);
    Eigen::MatrixX<T> P = D;
    for (int p = 2; p <= 4; ++p) {
        P = P * D;
        const auto found = onenormest(A, {.power = p});
        EXPECT_FALSE(found.exact);
        EXPECT_GT(found.operator_applications, 0);
        expect_estimate<T>(found, P);
    }
}

TYPED_TEST(OneNorm, OfAnOperatorOfFewColumnsIsExact) {
    using T = TypeParam;
    const Csr<T> A = random_matrix<T>(4, 7);
    const auto found = onenormest(LinearOperatorRef<T>(A));
    EXPECT_TRUE(found.exact);
    EXPECT_NEAR(found.estimate, static_cast<double>(norm1(A)),
                10 * std::numeric_limits<Real<T>>::epsilon() * found.estimate);
}

TEST(OneNormEstimate, OfAnInverseIsByItsFactors) {
    const Csr<double> A = grcar(80);
    const Lu<double> F(to_csc(A));
    const auto found = onenormest(LinearOperatorRef<double>(F));
    expect_estimate<double>(found, to_dense(A).inverse());
}

TEST(OneNormEstimate, OfAnOperatorMatchesTheMatrix) {
    const Csr<double> A = convection_diffusion2d(12, 12, 0.01);
    expect_estimate<double>(onenormest(LinearOperatorRef<double>(A)), to_dense(A));
}

TEST(OneNormEstimate, KnowsTheEndsOfTheRange) {
    EXPECT_EQ(onenormest(Csr<double>()).estimate, 0);
    EXPECT_EQ(onenormest(Csr<double>(), {.power = 3}).estimate, 0);
    const Csr<double> zero = to_csr(Coo<double>(9, 9)), one = identity<double>(9);
    EXPECT_EQ(onenormest(zero, {.power = 2}).estimate, 0);
    EXPECT_EQ(onenormest(one, {.power = 5}).estimate, 1);
    EXPECT_EQ(onenormest(one).x.lpNorm<1>(), 1);
}

TEST(OneNormEstimate, ScalesWithPowersOfTwo) {
    const Csr<double> A = random_matrix<double>(40, 11);
    const double at_one = onenormest(A, {.power = 2}).estimate;
    for (const int e : {-500, 500}) {
        const Csr<double> scaled_A = scaled(std::ldexp(1.0, e), A);
        EXPECT_EQ(onenormest(scaled_A, {.power = 2}).estimate,
                  e > 0 ? std::ldexp(at_one, 2 * e) : std::ldexp(at_one, 2 * e));
        EXPECT_EQ(onenormest(LinearOperatorRef<double>(scaled_A)).estimate,
                  std::ldexp(onenormest(LinearOperatorRef<double>(A)).estimate, e));
    }
    EXPECT_TRUE(std::isinf(onenormest(scaled(std::ldexp(1.0, 600), A), {.power = 2}).estimate));
}

TEST(OneNormEstimate, RefusesWhatHasNoNorm) {
    Coo<double> nan(3, 3);
    nan.add(1, 2, std::numeric_limits<double>::quiet_NaN());
    EXPECT_THROW((void)onenormest(to_csr(nan)), InvalidArgument);
    EXPECT_THROW((void)onenormest(to_csr(Coo<double>(3, 4))), InvalidArgument);
    EXPECT_THROW((void)onenormest(identity<double>(3), {.power = 0}), InvalidArgument);
    const MatrixFree forward_only(
        5, 5, [](VectorView<double> x, VectorRef<double> y) { std::copy(x.begin(), x.end(), y.begin()); });
    EXPECT_THROW((void)onenormest(LinearOperatorRef<double>(forward_only)), Unsupported);
}

TEST(OneNormEstimate, IsInfiniteWhenAProductIsNotFinite) {
    const auto spoil = [](VectorView<double> x, VectorRef<double> y) {
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = std::numeric_limits<double>::quiet_NaN();
    };
    const MatrixFree broken(20, 20, spoil, spoil);
    EXPECT_TRUE(std::isinf(onenormest(LinearOperatorRef<double>(broken)).estimate));
}

}  // namespace
}  // namespace ritz
