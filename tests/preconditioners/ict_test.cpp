// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/ict.hpp"

#include <gtest/gtest.h>

#include "preconditioners/incomplete_support.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/dense.hpp"

namespace {

using namespace incomplete;

template <Scalar T>
class IctOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(IctOf, Scalars);

TYPED_TEST(IctOf, WithoutDroppingIsCholesky) {
    using T = TypeParam;
    for (const Csr<double>& problem : {poisson2d(9, 8), poisson3d(4, 5, 3), elasticity2d(3, 4), wathen(3, 3, 2)}) {
        const Csr<T> A = of_type<T>(problem);
        const Ict<T> M(A, {.drop_tolerance = 0, .fill = A.rows()});
        EXPECT_EQ(M.statistics().shift, 0);
        EXPECT_LE(distance_from_identity(inverse_of<T>(M), A), 1e5 * epsilon<T>);
    }
}

TEST(Ict, KeepsMoreWhenAllowed) {
    const Csr<double> A = poisson2d(20, 20);
    Offset nonzeros = 0;
    double error = 1e300;
    for (const double tolerance : {1e-1, 1e-2, 1e-3, 1e-4}) {
        const Ict<double> M(A, {.drop_tolerance = tolerance, .fill = 100});
        EXPECT_GT(M.statistics().nonzeros, nonzeros);
        nonzeros = M.statistics().nonzeros;
        const double e = distance_from_identity<double>(inverse_of<double>(M), A);
        EXPECT_LT(e, error);
        error = e;
    }
    for (const Index fill : {0, 2, 7}) {
        const Ict<double> M(A, {.drop_tolerance = 0, .fill = fill});
        EXPECT_LE(M.statistics().nonzeros, (A.nnz() + A.rows()) / 2 + fill * A.rows());
    }
    EXPECT_THROW(Ict<double>(A, {.drop_tolerance = -1}), InvalidArgument);
    EXPECT_THROW(Ict<double>(A, {.fill = -1}), InvalidArgument);
}

TEST(Ict, RefusesWhatIsNotHermitian) {
    for (const auto& [i, j] : {std::pair{0, 3}, std::pair{3, 0}, std::pair{2, 1}}) {
        Eigen::MatrixXd A = Eigen::MatrixXd::Identity(4, 4) * 4;
        A(i, j) = 1;
        EXPECT_THROW(Ict<double>{from_dense(A)}, InvalidArgument);
        A(j, i) = 1;
        EXPECT_NO_THROW(Ict<double>{from_dense(A)});
    }
}

TEST(Ict, RefactorsTheSamePattern) {
    Csr<double> A = poisson2d(20, 20);
    Ict<double> M(A);
    for (double& a : A.values()) a *= a > 0 ? 2.5 : 2;
    M.refactor(A);
    const Ict<double> fresh(A);
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
