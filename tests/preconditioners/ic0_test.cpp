// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/ic0.hpp"

#include <gtest/gtest.h>

#include "preconditioners/incomplete_support.hpp"
#include "ritz/formats/dense.hpp"

namespace {

using namespace incomplete;

template <Scalar T>
class Ic0Of : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Ic0Of, Scalars);

TYPED_TEST(Ic0Of, EqualsTheMatrixOnItsPattern) {
    using T = TypeParam;
    for (const Csr<double>& problem : {poisson2d(12, 9), poisson3d(6, 5, 4), anisotropic_diffusion2d(9, 9, 0.3, 0.4),
                                       elasticity2d(5, 6), wathen(3, 3, 2), jumping_diffusion2d(12, 12, 100, 3)}) {
        const Csr<T> A = of_type<T>(problem);
        const Ic0<T> M(A);
        if (M.statistics().shift != 0) continue;  // then M belongs to another matrix
        const Eigen::MatrixX<Wide<T>> inverse = inverse_of<T>(M);
        const auto dense = inverted(inverse);
        EXPECT_LE(error_on_pattern<T>(dense, A), 1e4 * epsilon<T> * dense.cwiseAbs().maxCoeff());
    }
}

TEST(Ic0, ModifiedKeepsRowSums) {
    const Csr<double> A = poisson2d(14, 11);
    const Eigen::MatrixXd M = inverted(inverse_of<double>(Ic0<double>(A, {.modified = 1})));
    const Eigen::VectorXd sums = to_dense(A).rowwise().sum();
    EXPECT_LE((M.rowwise().sum() - sums).cwiseAbs().maxCoeff(), 1e-12);
    const Eigen::MatrixXd plain = inverted(inverse_of<double>(Ic0<double>(A)));
    EXPECT_GT((plain.rowwise().sum() - sums).cwiseAbs().maxCoeff(), 0.1);
}

TEST(Ic0, RefusesWhatIsNotHermitian) {
    for (const auto& [i, j] : {std::pair{0, 3}, std::pair{3, 0}, std::pair{2, 1}}) {
        Eigen::MatrixXd A = Eigen::MatrixXd::Identity(4, 4) * 4;
        A(i, j) = 1;
        EXPECT_THROW(Ic0<double>{from_dense(A)}, InvalidArgument);
        A(j, i) = 1 + 1e-15;
        EXPECT_THROW(Ic0<double>{from_dense(A)}, InvalidArgument);
        A(j, i) = 1;
        EXPECT_NO_THROW(Ic0<double>{from_dense(A)});
    }
    Eigen::MatrixXcd complex = Eigen::MatrixXcd::Identity(2, 2);
    complex(0, 0) = {1, 1};
    EXPECT_THROW(Ic0<std::complex<double>>{from_dense(complex)}, InvalidArgument);
    // All above the diagonal
    EXPECT_THROW(Ic0<double>{from_dense(Eigen::MatrixXd(Eigen::MatrixXd::Ones(9, 9).triangularView<Eigen::Upper>()))},
                 InvalidArgument);
    EXPECT_THROW(Ic0<double>{from_dense(Eigen::MatrixXd(Eigen::MatrixXd::Ones(9, 9).triangularView<Eigen::Lower>()))},
                 InvalidArgument);
}

TEST(Ic0, RefactorsTheSamePattern) {
    Csr<double> A = poisson2d(20, 20);
    Ic0<double> M(A);
    for (double& a : A.values()) a *= a > 0 ? 2.5 : 2;
    M.refactor(A);
    const Ic0<double> fresh(A);
    const auto r = random_vector<double>(A.rows(), 1);
    Buffer<double> z(r.size()), expected(r.size());
    M.apply(r, z);
    fresh.apply(r, expected);
    EXPECT_EQ(z, expected);
    EXPECT_THROW(M.refactor(poisson2d(10, 40)), InvalidArgument);
    for (double& a : A.values()) a = -a;
    EXPECT_NO_THROW(M.refactor(A));
    EXPECT_GT(M.statistics().shift, 1);
}

TEST(Ic0, CountsTheTriangle) {
    const Csr<double> A = poisson2d(10, 10);
    const Ic0<double> M(A);
    EXPECT_EQ(M.statistics().nonzeros, (A.nnz() + 100) / 2);
    EXPECT_GT(M.statistics().memory_bytes, 12U * 280U);
    EXPECT_GE(M.statistics().setup_seconds, 0);
    EXPECT_EQ(M.statistics().shift, 0);
}

}  // namespace
