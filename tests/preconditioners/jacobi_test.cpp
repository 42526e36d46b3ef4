// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/jacobi.hpp"

#include "preconditioners/support.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class T>
class JacobiOf : public testing::Test {};
TYPED_TEST_SUITE(JacobiOf, Scalars);

TYPED_TEST(JacobiOf, DividesByTheDiagonal) {
    using T = TypeParam;
    for (const Index n : {0, 1, 7, 40}) {
        const Csr<T> A = random_matrix<T>(n, 0.2, 3, 1 + static_cast<std::uint64_t>(n));
        const Jacobi<T> M(A);
        const Eigen::MatrixX<T> D = to_dense(A).diagonal().asDiagonal();
        EXPECT_TRUE(close(Eigen::MatrixX<T>(dense<T>(M) * D), Eigen::MatrixX<T>::Identity(n, n), 4 * epsilon<T>));
        EXPECT_TRUE(close(dense_adjoint<T>(M), dense<T>(M).adjoint(), 0));
        const Jacobi<T> absolute(A, {.absolute = true});
        EXPECT_TRUE(
            close(dense<T>(absolute), Eigen::MatrixX<T>(dense<T>(M).cwiseAbs().template cast<T>()), 4 * epsilon<T>));
        EXPECT_EQ(absolute.definiteness(), Definiteness::positive_definite);
    }
}

TYPED_TEST(JacobiOf, L1DividesByTheSumsOfRows) {
    using T = TypeParam;
    for (const Index n : {0, 1, 7, 40}) {
        const Csr<T> A = random_matrix<T>(n, 0.2, 0, 1 + static_cast<std::uint64_t>(n));
        const L1Jacobi<T> M(A);
        const Eigen::MatrixX<T> D = to_dense(A).cwiseAbs().rowwise().sum().template cast<T>().asDiagonal();
        EXPECT_TRUE(close(Eigen::MatrixX<T>(dense<T>(M) * D), Eigen::MatrixX<T>::Identity(n, n), 50 * epsilon<T>));
        EXPECT_EQ(M.definiteness(), Definiteness::positive_definite);
    }
}

TEST(JacobiLimits, NameTheRowWithoutADiagonal) {
    const Csr<double> missing(3, 3, {0, 1, 2, 3}, {0, 2, 1}, {1, 1, 1});
    const Csr<double> zero(2, 2, {0, 1, 3}, {0, 0, 1}, {1, 1, 0});
    for (const auto& [A, row] : {std::pair{missing, 1}, {zero, 1}}) {
        try {
            Jacobi<double> M(A);
            FAIL();
        } catch (const SingularMatrix& error) {
            EXPECT_EQ(error.pivot(), row);
            EXPECT_NE(std::string(error.what()).find("zero diagonal in row 1"), std::string::npos);
        }
        EXPECT_NO_THROW(L1Jacobi<double>{A});
    }
    const Csr<double> empty_row(2, 2, {0, 1, 1}, {0}, {1});
    EXPECT_THROW(L1Jacobi<double>{empty_row}, SingularMatrix);
}

TEST(JacobiLimits, TellsWhatTheDiagonalMakesOfIt) {
    const auto of = [](auto d) {
        using T = decltype(d);
        return Jacobi<T>(Csr<T>(2, 2, {0, 1, 2}, {0, 1}, {T{1}, d})).definiteness();
    };
    EXPECT_EQ(of(2.0), Definiteness::positive_definite);
    EXPECT_EQ(of(-2.0), Definiteness::hermitian);
    EXPECT_EQ(of(std::complex<double>(2, 1)), Definiteness::unknown);
}

TEST(JacobiLimits, DiagonalsOfAnySizeDoNotOverflow) {
    for (const double d : {0x1p1023, 0x1p-1022, 0x1p-1074, 0x1p-1070}) {
        const Csr<double> A(2, 2, {0, 1, 2}, {0, 1}, {d, d});
        const Jacobi<double> M(A);
        const std::vector<double> r{d, d / 2};
        std::vector<double> z(2);
        M.apply(r, z);
        EXPECT_EQ(z[0], 1) << d;
        EXPECT_EQ(z[1], d / 2 / d) << d;
    }
    const Csr<double> wide(2, 2, {0, 1, 2}, {0, 1}, {0x1p1000, 0x1p-1000});
    EXPECT_THROW(Jacobi<double>{wide}, SingularMatrix);
}

TEST(JacobiLimits, RefusesVectorsThatDoNotFit) {
    const Jacobi<double> M(poisson1d(3));
    std::vector<double> r(3), z(2);
    EXPECT_THROW(M.apply(r, z), InvalidArgument);
    EXPECT_THROW(M.apply(r, r), InvalidArgument);
}

}  // namespace
