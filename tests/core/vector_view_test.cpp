// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/vector_view.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <array>
#include <vector>

#include "ritz/core/buffer.hpp"

namespace {

using ritz::VectorRef;
using ritz::VectorView;

double sum(VectorView<double> x) {
    double s = 0;
    for (const double value : x) s += value;
    return s;
}

void fill(VectorRef<double> x, double value) {
    for (double& element : x) element = value;
}

TEST(VectorView, ReadsEveryContiguousVector) {
    const std::vector<double> v{1, 2, 3};
    const std::array<double, 3> a{1, 2, 3};
    const ritz::Buffer<double> b{1, 2, 3};
    Eigen::VectorXd e(3);
    e << 1, 2, 3;
    Eigen::MatrixXd m(3, 2);
    m << 1, 4, 2, 5, 3, 6;

    EXPECT_EQ(sum(v), 6);
    EXPECT_EQ(sum(a), 6);
    EXPECT_EQ(sum(b), 6);
    EXPECT_EQ(sum(std::span(v)), 6);
    EXPECT_EQ(sum(e), 6);
    EXPECT_EQ(sum(e.segment(0, 2)), 3);
    EXPECT_EQ(sum(m.col(1)), 15);
    EXPECT_EQ(sum(VectorRef<double>(e)), 6);
    EXPECT_EQ(sum({}), 0);
    EXPECT_EQ(sum(VectorView(v).subview(1, 2)), 5);
}

TEST(VectorRef, WritesThroughTemporariesThatOwnNothing) {
    Eigen::MatrixXd m = Eigen::MatrixXd::Zero(3, 2);
    std::vector<double> v(3);
    fill(m.col(1), 2);
    fill(std::span(v), 3);

    EXPECT_EQ(m.col(0).sum(), 0);
    EXPECT_EQ(m.col(1).sum(), 6);
    EXPECT_EQ(sum(v), 9);
}

// What must not compile: strided vectors, matrices, other element types, owning temporaries, const destinations.
using StridedRow = decltype(std::declval<Eigen::MatrixXd&>().row(0));
static_assert(!std::is_convertible_v<StridedRow, VectorView<double>>);
static_assert(!std::is_convertible_v<Eigen::MatrixXd, VectorView<double>>);
static_assert(!std::is_convertible_v<std::vector<float>, VectorView<double>>);
static_assert(!std::is_convertible_v<std::vector<double>, VectorRef<double>>);
static_assert(!std::is_convertible_v<Eigen::VectorXd, VectorRef<double>>);
static_assert(!std::is_convertible_v<const std::vector<double>&, VectorRef<double>>);
static_assert(!std::is_convertible_v<VectorView<double>, VectorRef<double>>);
static_assert(std::is_convertible_v<std::vector<double>&, VectorRef<double>>);
static_assert(std::is_convertible_v<VectorRef<double>, VectorView<double>>);
static_assert(std::is_trivially_copyable_v<VectorView<double>> && std::is_trivially_copyable_v<VectorRef<double>>);

}  // namespace
