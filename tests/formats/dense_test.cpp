// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/dense.hpp"

#include <cmath>
#include <limits>

#include "formats/arithmetic_support.hpp"
#include "ritz/formats/extract.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class K>
class Dense : public testing::Test {};
TYPED_TEST_SUITE(Dense, Kinds);

TYPED_TEST(Dense, RoundTripLosesExplicitZerosAlone) {
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        EXPECT_EQ(to_dense(A), dense(A));
        EXPECT_EQ(from_dense<TypeParam::order>(to_dense(A)), remove_zeros(A));
        EXPECT_TRUE(is_matrix<>(from_dense<TypeParam::order>(dense(A)), dense(A)));
    });
}

TYPED_TEST(Dense, TakesExpressionsAndRowMajorMatrices) {
    using T = typename TypeParam::T;
    const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> R = integer_matrix<T>(4, 6, 1);
    EXPECT_TRUE(is_matrix<>(from_dense<TypeParam::order>(R), Eigen::MatrixX<T>(R)));
    EXPECT_TRUE(is_matrix<>(from_dense<TypeParam::order>(R + R), Eigen::MatrixX<T>(R + R)));
    EXPECT_TRUE(is_matrix<>(from_dense<TypeParam::order>(R.transpose()), Eigen::MatrixX<T>(R.transpose())));
}

TYPED_TEST(Dense, KeepsNaNAndDropsNegativeZero) {
    using T = typename TypeParam::T;
    Eigen::MatrixX<T> D(1, 3);
    D << T(std::numeric_limits<Real<T>>::quiet_NaN()), T(Real<T>(-0.0)), T(0);
    const auto A = from_dense<TypeParam::order>(D);
    ASSERT_EQ(A.nnz(), 1);
    EXPECT_NE(A.values()[0], A.values()[0]);
}

TYPED_TEST(Dense, RefusesWhatWouldNotFitBeforeAllocating) {
    using T = typename TypeParam::T;
    const auto A = integers<TypeParam>(10, 10, 0.5, 1);
    EXPECT_THROW(to_dense(A, 100 * static_cast<std::int64_t>(sizeof(T)) - 1), LimitExceeded);
    EXPECT_NO_THROW(to_dense(A, 100 * static_cast<std::int64_t>(sizeof(T))));
    constexpr Index n = 1'000'000;
    const Compressed<TypeParam::order, T> large(n, n, Buffer<Offset>(n + 1, 0), {}, {});
    EXPECT_THROW(to_dense(large), LimitExceeded);
}

}  // namespace
