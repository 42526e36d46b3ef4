// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/norms.hpp"

#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <cmath>
#include <limits>

namespace ritz::linalg {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
class Norms : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Norms, Scalars);

TYPED_TEST(Norms, AreTheirDefinitionsOverOrdersAndShapes) {
    using T = TypeParam;
    const double u = std::numeric_limits<Real<T>>::epsilon();
    for (const auto& [m, n] : {std::pair(1, 1), {2, 2}, {5, 3}, {3, 5}, {9, 13}}) {
        const Eigen::MatrixX<T> A = Eigen::MatrixX<T>::Random(m, n);
        const MatrixXd a = A.cwiseAbs().template cast<double>();
        const auto near = [&](double got, double want) {
            EXPECT_NEAR(got, want, 20 * u * std::abs(want)) << m << " " << n;
        };
        for (double p : {0.5, 1.0, 1.5, 2.0, 3.0, 10.0, -1.0, -2.5})
            near(vector_norm(A, p), std::pow(a.array().pow(p).sum(), 1 / p));
        near(vector_norm(A, 0), static_cast<double>(m * n));
        near(vector_norm(A, infinity), a.maxCoeff());
        near(vector_norm(A, -infinity), a.minCoeff());
        near(norm(A), a.norm());
        near(norm(A, 1), a.colwise().sum().maxCoeff());
        near(norm(A, -1), a.colwise().sum().minCoeff());
        near(norm(A, infinity), a.rowwise().sum().maxCoeff());
        near(norm(A, -infinity), a.rowwise().sum().minCoeff());
        const VectorXd s = Eigen::JacobiSVD<Eigen::MatrixX<T>>(A).singularValues().template cast<double>();
        near(norm(A, 2), s(0));
        EXPECT_NEAR(norm(A, -2), s(s.size() - 1), 20 * u * s(0));
        near(norm(A, Norm::nuclear), s.sum());
        near(norm(A, Norm::frobenius), a.norm());
        const auto columns = norm(A, 3, Axis::columns), rows = norm(A, 1, Axis::rows);
        ASSERT_EQ(columns.size(), n);
        ASSERT_EQ(rows.size(), m);
        near(columns(n - 1), std::cbrt(a.col(n - 1).array().pow(3).sum()));
        near(rows(m - 1), a.row(m - 1).sum());
    }
}

TEST(NormsOfHardNumbers, NeitherOverflowNorUnderflow) {
    const double r = std::sqrt(2.0);
    for (double size : {1e200, 1e-200, 1e308 / 2, 1e-310}) {
        const VectorXd x = VectorXd::Constant(2, size);
        const double tolerance = size < 1e-300 ? 1e-12 : 1e-15;  // a subnormal has few digits
        EXPECT_NEAR(norm(x) / size, r, 2 * tolerance) << size;
        EXPECT_NEAR(norm(x, 4) / size, std::pow(2, 0.25), 2 * tolerance) << size;
        EXPECT_NEAR(norm(x, -2) / size, 1 / r, 2 * tolerance) << size;
        const MatrixXd A = MatrixXd::Constant(2, 2, size / 4);
        EXPECT_NEAR(norm(A) / size, 0.5, tolerance) << size;
        EXPECT_NEAR(norm(A, 2) / size, 0.5, 4 * tolerance) << size;
        EXPECT_NEAR(norm(A, Norm::nuclear) / size, 0.5, 4 * tolerance) << size;
    }
    MatrixXd A = MatrixXd::Ones(4, 3);
    A(2, 1) = 1e308;
    EXPECT_DOUBLE_EQ(norm(A), 1e308);
    EXPECT_DOUBLE_EQ(norm(A, 2), 1e308);
    const Eigen::VectorXf f = Eigen::VectorXf::Constant(2, 1e30F);
    EXPECT_FLOAT_EQ(norm(f), 1.4142135e30F);
    EXPECT_EQ(norm(VectorXd::Constant(4, 1e308).eval()), infinity);  // 2e308 is no number
}

TEST(NormsOfHardNumbers, NanEmptyAndUnknownOrdersHaveDefinedAnswers) {
    EXPECT_THROW((void)norm(VectorXd::Constant(3, std::nan("")).eval()), InvalidArgument);
    EXPECT_THROW((void)norm(MatrixXd::Constant(3, 3, infinity).eval(), 2), InvalidArgument);
    EXPECT_EQ(norm(MatrixXd(0, 3)), 0);
    EXPECT_EQ(norm(MatrixXd(0, 3), 2), 0);
    EXPECT_EQ(norm(MatrixXd(3, 0), Norm::nuclear), 0);
    EXPECT_EQ(norm(VectorXd(0), infinity), 0);
    EXPECT_THROW((void)norm(VectorXd(0), -1), InvalidArgument);
    EXPECT_THROW((void)norm(MatrixXd(0, 0), -2), InvalidArgument);
    EXPECT_THROW((void)norm(MatrixXd(2, 2).setZero().eval(), 3), InvalidArgument);
    EXPECT_THROW((void)norm(VectorXd(VectorXd::Ones(2)), std::nan("")), InvalidArgument);
    EXPECT_EQ(norm(MatrixXd::Zero(3, 3).eval(), 2), 0);
    EXPECT_EQ(norm(VectorXd{{0, 2}}, -1), 0);
    EXPECT_EQ(norm(MatrixXd::Ones(2, 0).eval(), 2, Axis::rows), VectorXd::Zero(2));
}

TEST(Trace, SumsADiagonal) {
    const Eigen::MatrixXi A{{1, 2, 3}, {4, 5, 6}};
    EXPECT_EQ(trace(A), 6);
    EXPECT_EQ(trace(A, 1), 8);
    EXPECT_EQ(trace(A, -1), 4);
    EXPECT_EQ(trace(A, 7), 0);
    EXPECT_EQ(trace(MatrixXd(0, 0)), 0);
    EXPECT_THROW((void)trace(MatrixXd(1e308 * MatrixXd::Identity(3, 3))), InvalidArgument);
}

}  // namespace
}  // namespace ritz::linalg
