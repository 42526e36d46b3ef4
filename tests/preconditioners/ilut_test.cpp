// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/ilut.hpp"

#include <gtest/gtest.h>

#include "preconditioners/incomplete_support.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/dense.hpp"

namespace {

using namespace incomplete;

template <Scalar T>
class IlutOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(IlutOf, Scalars);

TYPED_TEST(IlutOf, WithoutDroppingIsGaussianElimination) {
    using T = TypeParam;
    for (const Csr<double>& problem : {convection_diffusion2d(9, 8, 1e-2), poisson3d(4, 5, 3), grcar(30)})
        for (const double pivot_tolerance : {0.0, 0.1, 1.0}) {
            const Csr<T> A = of_type<T>(problem);
            const Ilut<T> M(A, {.drop_tolerance = 0, .fill = A.rows(), .pivot_tolerance = pivot_tolerance});
            EXPECT_EQ(M.statistics().shift, 0);
            EXPECT_LE(distance_from_identity(inverse_of<T>(M), A), 1e5 * epsilon<T>);
        }
}

TYPED_TEST(IlutOf, ByPivotingFactorsWhatHasNoDiagonal) {
    using T = TypeParam;
    for (const Csr<double>& problem :
         {clement(12), stokes2d(4, 4),
          from_dense(Eigen::MatrixXd(Eigen::MatrixXd::Identity(6, 6).rowwise().reverse()))}) {
        const Csr<T> A = of_type<T>(problem);
        const Ilut<T> M(
            A, {.drop_tolerance = 0, .fill = A.rows(), .pivot_tolerance = 1, .on_breakdown = OnBreakdown::fail});
        EXPECT_LE(distance_from_identity(inverse_of<T>(M), A), 1e5 * epsilon<T>);
        const Eigen::MatrixX<Wide<T>> forward = inverse_of<T>(M), adjoint = inverse_of<T>(M, true);
        EXPECT_LE((forward.adjoint() - adjoint).cwiseAbs().maxCoeff(),
                  1e3 * epsilon<T> * forward.cwiseAbs().maxCoeff());
    }
}

TEST(Ilut, KeepsMoreWhenAllowed) {
    const Csr<double> A = convection_diffusion2d(20, 20, 1e-2, Wind::recirculating);
    Offset nonzeros = 0;
    double error = 1e300;
    for (const double tolerance : {1e-1, 1e-2, 1e-3, 1e-5}) {
        const Ilut<double> M(A, {.drop_tolerance = tolerance, .fill = 100});
        EXPECT_GT(M.statistics().nonzeros, nonzeros);
        nonzeros = M.statistics().nonzeros;
        const double e = distance_from_identity<double>(inverse_of<double>(M), A);
        EXPECT_LT(e, error);
        error = e;
    }
    for (const Index fill : {0, 2, 7}) {
        const Ilut<double> M(A, {.drop_tolerance = 0, .fill = fill});
        EXPECT_LE(M.statistics().nonzeros, A.nnz() + A.rows() + 2 * fill * A.rows());
    }
    EXPECT_THROW(Ilut<double>(A, {.drop_tolerance = -1}), InvalidArgument);
    EXPECT_THROW(Ilut<double>(A, {.fill = -1}), InvalidArgument);
    EXPECT_THROW(Ilut<double>(A, {.pivot_tolerance = 2}), InvalidArgument);
}

TEST(Ilut, RefactorsTheSamePattern) {
    Csr<double> A = convection_diffusion2d(20, 20, 1e-2);
    Ilut<double> M(A);
    for (double& a : A.values()) a *= a > 0 ? 2.5 : 2;
    M.refactor(A);
    const Ilut<double> fresh(A);
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
