// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/banded.hpp"

#include <gtest/gtest.h>

#include "ritz/formats/gallery.hpp"
#include "solvers/structured_contract.hpp"

namespace {

using namespace structured;

template <class T>
class BandedTyped : public testing::Test {};
TYPED_TEST_SUITE(BandedTyped, Scalars);

/// L Lᴴ of a random band L: Hermitian positive definite.
template <Scalar T>
Csr<T> definite(Index n, Index kd) {
    const Csr<T> L = band<T>(n, kd, 0, 3, 5);
    Eigen::MatrixX<T> M = to_dense(L) * to_dense(L).adjoint();
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < i; ++j) M(i, j) = ritz::conjugate(M(j, i));
    if constexpr (is_complex<T>)
        for (Index i = 0; i < n; ++i) M(i, i) = T(M(i, i).real());
    return from_dense(M);
}

TYPED_TEST(BandedTyped, SolvesWithTheMatrixItsTransposeAndItsAdjoint) {
    using T = TypeParam;
    for (const auto& [n, kl, ku] :
         {std::array{1, 0, 0}, {2, 1, 0}, {9, 8, 8}, {40, 0, 3}, {40, 3, 0}, {60, 2, 5}, {150, 40, 35}})
        expect_keeps_the_contract<Banded<T>>(band<T>(n, kl, ku, 2, 11));
    // Without weight on the diagonal rows have to be interchanged.
    expect_keeps_the_contract<Banded<T>>(band<T>(50, 4, 3, 0, 3));
}

TYPED_TEST(BandedTyped, TridiagonalSolvesWithTheMatrixItsTransposeAndItsAdjoint) {
    using T = TypeParam;
    for (const Index n : {1, 2, 3, 70}) {
        expect_keeps_the_contract<Tridiagonal<T>>(band<T>(n, 1, 1, 2, 11));
        expect_keeps_the_contract<Tridiagonal<T>>(band<T>(n, 1, 1, 0, 4));
    }
    expect_keeps_the_contract<Tridiagonal<T>>(band<T>(20, 0, 1, 1, 4));
}

TYPED_TEST(BandedTyped, CholeskySolvesWithTheMatrixItsTransposeAndItsAdjoint) {
    using T = TypeParam;
    for (const auto& [n, kd] : {std::array{1, 0}, {2, 1}, {9, 8}, {60, 3}, {120, 45}}) {
        const Csr<T> A = definite<T>(n, kd);
        const BandedCholesky<T> F(A);
        const double tolerance = 20 * std::numeric_limits<Real<T>>::epsilon();
        const Eigen::MatrixX<Wide<T>> M = wide_dense(A);
        Eigen::MatrixX<T> B = Eigen::MatrixX<T>::Random(n, 2);
        EXPECT_LE(backward_error<T>(M, F.solve(B), B), tolerance);
        EXPECT_LE(backward_error<T>(M.transpose(), F.solve(B, Transpose::transpose), B), tolerance);
        EXPECT_LE(backward_error<T>(M.adjoint(), F.solve(B, Transpose::adjoint), B), tolerance);
        const LogDeterminant<T> determinant = F.log_determinant();
        EXPECT_EQ(determinant.sign, T(1));
        EXPECT_NEAR(determinant.logabsdet, Banded<T>(A).log_determinant().logabsdet, 1e-4);
        if constexpr (!is_complex<T>) expect_keeps_the_contract<BandedCholesky<T>>(A);
    }
}

TYPED_TEST(BandedTyped, AcceptTheSmallestMatrices) {
    using T = TypeParam;
    expect_accepts_the_smallest<Banded<T>, T>();
    expect_accepts_the_smallest<BandedCholesky<T>, T>();
    expect_accepts_the_smallest<Tridiagonal<T>, T>();
}

TYPED_TEST(BandedTyped, RefuseWrongShapesOrderingsAndLimits) {
    using T = TypeParam;
    expect_refuses_wrong_shapes<Banded<T>>(band<T>(10, 2, 1, 4, 1));
    expect_refuses_wrong_shapes<BandedCholesky<T>>(definite<T>(10, 2));
    expect_refuses_wrong_shapes<Tridiagonal<T>>(band<T>(10, 1, 1, 4, 1));
    EXPECT_THROW(Tridiagonal<T>(band<T>(10, 2, 1, 4, 1)), InvalidArgument);
    EXPECT_THROW(Tridiagonal<T>(band<T>(10, 0, 2, 4, 1)), InvalidArgument);
}

TYPED_TEST(BandedTyped, RefuseWhatIsNotFinite) {
    using T = TypeParam;
    expect_refuses_what_is_not_finite<Banded<T>>(band<T>(40, 3, 3, 4, 1));
    expect_refuses_what_is_not_finite<BandedCholesky<T>>(definite<T>(10, 2));
    expect_refuses_what_is_not_finite<Tridiagonal<T>>(band<T>(10, 1, 1, 4, 1));
}

TYPED_TEST(BandedTyped, NameTheRowWithoutPivot) {
    using T = TypeParam;
    Coo<T> C(4, 4);  // rows 1 and 2 are interchanged before row 1 turns out to be a multiple of row 2
    for (Index i = 0; i < 4; ++i) C.add(i, i, T(i == 1 ? 1 : i == 2 ? 2 : 3));
    C.add(1, 2, T(1)), C.add(2, 1, T(2));
    EXPECT_EQ(singular_row([&] { Banded<T> F(to_csr(C)); }), 1);
    EXPECT_EQ(singular_row([&] { Tridiagonal<T> F(to_csr(C)); }), 1);

    Coo<T> empty(5, 5);
    EXPECT_EQ(singular_row([&] { Banded<T> F(to_csr(empty)); }), 0);
    EXPECT_EQ(singular_row([&] { Tridiagonal<T> F(to_csr(empty)); }), 0);
    EXPECT_THROW(BandedCholesky<T>(to_csr(empty)), NotPositiveDefinite);
    const Csr<T> Laplacian = convert_values<T>(convert_values<float>(path_laplacian(9)));
    EXPECT_THROW(Banded<T>{Laplacian}, SingularMatrix);
    EXPECT_THROW(BandedCholesky<T>{Laplacian}, NotPositiveDefinite);
}

TYPED_TEST(BandedTyped, CholeskyRefusesIndefiniteAndUnsymmetricMatrices) {
    using T = TypeParam;
    Coo<T> C(3, 3);
    C.add(0, 0, T(2)), C.add(1, 1, T(-1)), C.add(2, 2, T(2));
    try {
        BandedCholesky<T> F(to_csr(C));
        FAIL();
    } catch (const NotPositiveDefinite& error) {
        EXPECT_EQ(error.pivot(), 1);
    }
    EXPECT_THROW(BandedCholesky<T>(band<T>(6, 1, 1, 4, 1)), InvalidArgument);
    if constexpr (is_complex<T>) {
        Coo<T> D(1, 1);
        D.add(0, 0, T(1, 1));
        EXPECT_THROW(BandedCholesky<T>(to_csr(D)), InvalidArgument);
    }
}

TEST(Banded, HoldsExplicitZerosAsPartOfThePattern) {
    Coo<double> C(6, 6);
    for (Index i = 0; i < 6; ++i) C.add(i, i, 2);
    C.add(5, 0, 0);
    Banded<double> F(to_csr(C));
    Csr<double> A = to_csr(C);
    for (double& a : A.values()) a = a == 0 ? 3 : a;
    F.refactor(A);
    std::vector<double> b{2, 0, 0, 0, 0, 3};
    F.apply(b, b);
    const std::vector<double> x{1, 0, 0, 0, 0, 0};
    for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(b[i], x[i], 1e-15);
}

TEST(Banded, SaysWhatItWouldNeedInsteadOfAllocatingIt) {
    const Index n = 2'000'000'000 / 2000;
    Coo<double> C(n, n);
    C.add(0, n - 1, 1), C.add(n - 1, 0, 1);
    FactorOptions options;
    options.max_memory_bytes = std::size_t{1} << 30;
    try {
        Banded<double>::Analysis analysis(to_csr(C), options);
        FAIL();
    } catch (const LimitExceeded& error) {
        EXPECT_NE(std::string(error.what()).find("1073741824"), std::string::npos) << error.what();
    }
    const auto predicted = Banded<double>::Analysis(to_csr(C)).statistics();
    EXPECT_EQ(predicted.factor_nonzeros, Offset{n} * (3 * Offset{n} - 2));
}

TEST(Banded, ReportsFactorsThatOverflow) {
    // Entries near the largest number: elimination doubles the last one in each step.
    const Index n = 40;
    Coo<double> C(n, n);
    for (Index i = 0; i < n; ++i) {
        C.add(i, i, 1e308);
        if (i + 1 < n) C.add(i, n - 1, 1e308);
        for (Index j = 0; j < i; ++j) C.add(i, j, -1e308);
    }
    EXPECT_THROW(Banded<double>{to_csr(C)}, SingularMatrix);
}

TEST(Banded, SolvesThePoissonProblemAsTheFormulaSays) {
    const Index n = 50;
    const Csr<double> A = poisson1d(n);
    const Banded<double> lu(A);
    const BandedCholesky<double> cholesky(A);
    const Tridiagonal<double> tridiagonal(A);
    std::vector<double> b(static_cast<std::size_t>(n), 0);
    b[10] = 1;  // (A⁻¹)_ij = min (n + 1 − max) / (n + 1), counting from 1
    const auto check = [&](const auto& F) {
        std::vector<double> x(b.size());
        F.apply(b, x);
        for (Index i = 1; i <= n; ++i)
            EXPECT_NEAR(x[static_cast<std::size_t>(i - 1)],
                        double(std::min(i, 11)) * (n + 1 - std::max(i, 11)) / (n + 1), 1e-12);
        EXPECT_NEAR(F.log_determinant().logabsdet, std::log(n + 1.0), 1e-12);
    };
    check(lu), check(cholesky), check(tridiagonal);
}

}  // namespace
