// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/ilu0.hpp"

#include <gtest/gtest.h>

#include "preconditioners/incomplete_support.hpp"
#include "ritz/formats/dense.hpp"

namespace {

using namespace incomplete;

template <Scalar T>
class Ilu0Of : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Ilu0Of, Scalars);

TYPED_TEST(Ilu0Of, EqualsTheMatrixOnItsPattern) {
    using T = TypeParam;
    for (const Csr<double>& problem :
         {convection_diffusion2d(12, 9, 1e-2, Wind::recirculating), convection_diffusion3d(6, 5, 4, 1e-3),
          poisson3d(5, 6, 4), anisotropic_diffusion2d(9, 9, 0.3, 0.4), elasticity2d(5, 6), grcar(40)}) {
        const Csr<T> A = of_type<T>(problem);
        const Ilu0<T> M(A);
        ASSERT_EQ(M.statistics().shift, 0);
        const Eigen::MatrixX<Wide<T>> inverse = inverse_of<T>(M);
        const auto dense = inverted(inverse);
        EXPECT_LE(error_on_pattern<T>(dense, A), 1e4 * epsilon<T> * dense.cwiseAbs().maxCoeff());
    }
}

TEST(Ilu0, ModifiedKeepsRowSums) {
    const Csr<double> A = convection_diffusion2d(11, 10, 1e-1);
    const Eigen::MatrixXd M = inverted(inverse_of<double>(Ilu0<double>(A, {.modified = 1})));
    EXPECT_LE((M.rowwise().sum() - to_dense(A).rowwise().sum()).cwiseAbs().maxCoeff(), 1e-12);
}

TEST(Ilu0, RefactorsTheSamePattern) {
    Csr<double> A = convection_diffusion2d(20, 20, 1e-2);
    Ilu0<double> M(A);
    for (double& a : A.values()) a *= a > 0 ? 2.5 : 2;
    M.refactor(A);
    const Ilu0<double> fresh(A);
    const auto r = random_vector<double>(A.rows(), 1);
    Buffer<double> z(r.size()), expected(r.size());
    M.apply(r, z);
    fresh.apply(r, expected);
    EXPECT_EQ(z, expected);
    EXPECT_THROW(M.refactor(poisson2d(10, 40)), InvalidArgument);
}

TEST(Ilu0, AddsDiagonalsThatAreMissing) {
    Eigen::MatrixXd A(3, 3);
    A << 2, 1, 0, 1, 0, 3, 0, 1, 4;
    const Ilu0<double> M(from_dense(A));
    EXPECT_EQ(M.statistics().shift, 0);  // -1/2 by elimination
    EXPECT_EQ(M.statistics().nonzeros, 7);
    EXPECT_LE(distance_from_identity<double>(inverse_of<double>(M), from_dense(A)), 1e-15);
}

}  // namespace
