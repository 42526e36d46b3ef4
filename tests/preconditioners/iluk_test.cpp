// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/iluk.hpp"

#include <gtest/gtest.h>

#include "preconditioners/incomplete_support.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/preconditioners/ilu0.hpp"

namespace {

using namespace incomplete;

template <Scalar T>
class IlukOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(IlukOf, Scalars);

TYPED_TEST(IlukOf, WithAllLevelsIsGaussianElimination) {
    using T = TypeParam;
    for (const Csr<double>& problem : {convection_diffusion2d(9, 8, 1e-2), poisson3d(4, 5, 3), grcar(30)}) {
        const Csr<T> A = of_type<T>(problem);
        const Iluk<T> M(A, {.fill_level = A.rows()});
        EXPECT_EQ(M.statistics().shift, 0);
        EXPECT_LE(distance_from_identity(inverse_of<T>(M), A), 1e5 * epsilon<T>);
    }
}

TEST(Iluk, OfLevelZeroIsIlu0) {
    const Csr<double> A = convection_diffusion2d(15, 12, 1e-2, Wind::recirculating);
    EXPECT_EQ(inverse_of<double>(Iluk<double>(A, {.fill_level = 0})), inverse_of<double>(Ilu0<double>(A)));
}

// The levels by their definition, for all pairs.
TEST(Iluk, HasThePatternOfTheDefinition) {
    for (const Csr<double>& A : {poisson2d(7, 6), convection_diffusion3d(3, 4, 3, 1e-2), elasticity2d(3, 2)}) {
        const Index n = A.rows();
        Eigen::MatrixXi level = Eigen::MatrixXi::Constant(n, n, 1 << 20);
        for (Index i = 0; i < n; ++i)
            for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++k)
                level(i, A.indices()[static_cast<std::size_t>(k)]) = 0;
        for (Index k = 0; k < n; ++k)
            for (Index i = k + 1; i < n; ++i)
                for (Index j = k + 1; j < n; ++j) level(i, j) = std::min(level(i, j), level(i, k) + level(k, j) + 1);
        for (const int fill_level : {0, 1, 2, 3, 5}) {
            const Iluk<double> M(A, {.fill_level = fill_level});
            EXPECT_EQ(M.statistics().nonzeros, (level.array() <= fill_level).count()) << fill_level;
            const Eigen::MatrixXd dense = inverted(inverse_of<double>(M));
            const Eigen::MatrixXd exact = to_dense(A);
            const auto kept = level.array() <= fill_level;
            EXPECT_LE(kept.select((dense - exact).array().abs(), 0.0).maxCoeff(), 1e-12);  // M = A on the pattern
        }
    }
    EXPECT_THROW(Iluk<double>(poisson1d(3), {.fill_level = -1}), InvalidArgument);
}

TEST(Iluk, RefactorsTheSamePattern) {
    Csr<double> A = convection_diffusion2d(20, 20, 1e-2);
    Iluk<double> M(A);
    for (double& a : A.values()) a *= a > 0 ? 2.5 : 2;
    M.refactor(A);
    const Iluk<double> fresh(A);
    const auto r = random_vector<double>(A.rows(), 1);
    Buffer<double> z(r.size()), expected(r.size());
    M.apply(r, z);
    fresh.apply(r, expected);
    EXPECT_EQ(z, expected);
    EXPECT_THROW(M.refactor(poisson2d(5, 5)), InvalidArgument);
    M.apply(r, z);
    EXPECT_EQ(z, expected);
}

}  // namespace
