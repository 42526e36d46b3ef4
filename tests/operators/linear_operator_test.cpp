// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/operators/linear_operator.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <stdexcept>
#include <vector>

#include "ritz/formats/compressed.hpp"

namespace {

using namespace ritz;

/// What a solver does with an operator: it knows nothing of its type.
std::vector<double> applied(LinearOperatorRef<double> A, VectorView<double> x) {
    std::vector<double> y(static_cast<std::size_t>(A.rows()));
    A.apply(x, y);
    return y;
}

/// A user's own type: the cyclic shift y_i = x_{i-1}.
struct Shift {
    Index n;
    Index rows() const { return n; }
    Index cols() const { return n; }
    void apply(VectorView<double> x, VectorRef<double> y) const {
        for (std::size_t i = 0; i < x.size(); ++i) y[(i + 1) % x.size()] = x[i];
    }
};

static_assert(LinearOperator<Shift, double> && !LinearOperator<Shift, float> && !LinearOperator<int, double>);
static_assert(!std::is_constructible_v<LinearOperatorRef<double>, Shift>, "a temporary would dangle");
static_assert(std::is_trivially_copyable_v<LinearOperatorRef<double>>);

TEST(LinearOperatorRef, AppliesMatricesLambdasAndOwnTypesAlike) {
    const std::vector<double> x{1, 2, 3};
    const Csr<double> A(2, 3, {0, 2, 3}, {0, 2, 1}, {1, 2, 3});
    const CscView<double> view(detail::Trusted{}, 3, 2, A.indptr().data(), A.indices().data(), A.values().data());
    const MatrixFree twice(3, 3, [](VectorView<double> in, VectorRef<double> out) {
        for (std::size_t i = 0; i < in.size(); ++i) out[i] = 2 * in[i];
    });
    const Shift shift{3};

    EXPECT_EQ(applied(A, x), (std::vector<double>{7, 6}));
    EXPECT_EQ(applied(view, std::vector<double>{1, 10}), (std::vector<double>{1, 30, 2}));
    EXPECT_EQ(applied(twice, x), (std::vector<double>{2, 4, 6}));
    EXPECT_EQ(applied(shift, x), (std::vector<double>{3, 1, 2}));
}

TEST(LinearOperatorRef, AppliesTheAdjointAndBlocksWhereTheOperatorCan) {
    const Csr<double> A(2, 3, {0, 2, 3}, {0, 2, 1}, {1, 2, 3});
    const LinearOperatorRef<double> ref(A);
    ASSERT_TRUE(ref.has_adjoint());
    const std::vector<double> y{1, 10};
    std::vector<double> x(3);
    ref.apply_adjoint(y, x);
    EXPECT_EQ(x, (std::vector<double>{1, 30, 2}));

    const Shift shift{3};
    const LinearOperatorRef<double> without(shift);
    EXPECT_FALSE(without.has_adjoint());
    EXPECT_THROW(without.apply_adjoint(x, x), Unsupported);
    Eigen::MatrixXd X(3, 2), Y(3, 2);
    X << 1, 4, 2, 5, 3, 6;
    without.apply_block(X, Y);
    EXPECT_EQ(Y.col(0), Eigen::Vector3d(3, 1, 2));
    EXPECT_EQ(Y.col(1), Eigen::Vector3d(6, 4, 5));
}

TEST(LinearOperatorRef, LetsExceptionsOfTheOperatorThrough) {
    const MatrixFree broken(1, 1, [](VectorView<double>, VectorRef<double>) { throw std::runtime_error("no field"); });
    EXPECT_THROW(applied(broken, std::vector<double>{1}), std::runtime_error);
}

}  // namespace
