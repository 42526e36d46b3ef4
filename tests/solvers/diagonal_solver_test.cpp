// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/diagonal_solver.hpp"

#include <gtest/gtest.h>

#include "solvers/structured_contract.hpp"

namespace {

using namespace structured;

template <class T>
class DiagonalSolverTyped : public testing::Test {};
TYPED_TEST_SUITE(DiagonalSolverTyped, Scalars);

TYPED_TEST(DiagonalSolverTyped, KeepsTheCommonRules) {
    using T = TypeParam;
    for (const Index n : {1, 2, 30}) expect_keeps_the_contract<DiagonalSolver<T>>(band<T>(n, 0, 0, 2, 1));
    expect_accepts_the_smallest<DiagonalSolver<T>, T>();
    expect_refuses_wrong_shapes<DiagonalSolver<T>>(band<T>(10, 0, 0, 4, 1));
    expect_refuses_what_is_not_finite<DiagonalSolver<T>>(band<T>(10, 0, 0, 4, 1));
}

TYPED_TEST(DiagonalSolverTyped, DividesExactlyWhateverTheSizes) {
    using T = TypeParam;
    using R = Real<T>;
    const R large = std::numeric_limits<R>::max() / 4, small = std::numeric_limits<R>::min() * 4;
    Coo<T> C(3, 3);
    C.add(0, 0, number<T>(0, 0) + T(large)), C.add(1, 1, T(small)), C.add(2, 2, T(3));
    if constexpr (is_complex<T>) C.add(0, 0, T(0, large)), C.add(1, 1, T(0, small));
    const Csr<T> A = to_csr(C);
    const DiagonalSolver<T> F(A);
    Buffer<T> b{A.at(0, 0) * R(0.5), A.at(1, 1) * R(2), T(1)};
    F.apply(b, b);
    EXPECT_EQ(b[0], T(0.5));
    EXPECT_EQ(b[1], T(2));
    EXPECT_EQ(b[2], T(R(1) / R(3)));
}

TYPED_TEST(DiagonalSolverTyped, RefusesEntriesOffTheDiagonalUnlessTheyAreZero) {
    using T = TypeParam;
    Coo<T> C(2, 2);
    C.add(0, 0, T(1)), C.add(1, 1, T(2)), C.add(0, 1, T(0));
    EXPECT_NO_THROW(DiagonalSolver<T>{to_csr(C)});
    C.add(0, 1, T(1));
    EXPECT_THROW(DiagonalSolver<T>{to_csr(C)}, InvalidArgument);
}

TYPED_TEST(DiagonalSolverTyped, NamesTheRowOfAZero) {
    using T = TypeParam;
    Coo<T> C(3, 3);
    C.add(0, 0, T(1)), C.add(2, 2, T(1));
    EXPECT_EQ(singular_row([&] { DiagonalSolver<T> F(to_csr(C)); }), 1);
    C.add(1, 1, T(0));
    EXPECT_EQ(singular_row([&] { DiagonalSolver<T> F(to_csr(C)); }), 1);
}

}  // namespace
