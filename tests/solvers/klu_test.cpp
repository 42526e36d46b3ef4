// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/klu.hpp"

#include <gtest/gtest.h>

#include "factor_cases.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace {

using namespace factor_cases;

constexpr double growth = 1000;  // KLU takes a diagonal pivot that is 1000 times smaller than another one

static_assert(LinearOperator<Klu<std::complex<float>>, std::complex<float>>);
static_assert(std::is_nothrow_move_constructible_v<Klu<double>> && !std::is_copy_constructible_v<Klu<double>>);

template <class T>
class KluTyped : public testing::Test {};
TYPED_TEST_SUITE(KluTyped, Scalars);

TYPED_TEST(KluTyped, SolvesWithTheMatrixItsTransposeAndItsAdjoint) {
    const auto A = general<TypeParam>(60);
    expect_solves(Klu<TypeParam>(A), A, growth);
}

TYPED_TEST(KluTyped, KnowsTheDeterminant) {
    using T = TypeParam;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const auto A = general<T>(25, seed);
        expect_determinant(Klu<T>(A), A);
    }
    EXPECT_EQ(Klu<T>(Csc<T>()).log_determinant().sign, T(1));
}

TYPED_TEST(KluTyped, FactorsTheEmptyMatrixAndNumbers) {
    using T = TypeParam;
    Buffer<T> none;
    const Klu<T> empty{Csc<T>()};
    empty.apply(none, none);
    EXPECT_EQ(empty.blocks(), 0);
    EXPECT_EQ(empty.solve(Eigen::MatrixX<T>(0, 3)).cols(), 3);
    Coo<T> C(1, 1);
    C.add(0, 0, T(-4));
    Buffer<T> x{T(2)};
    Klu<T>(to_csc(C)).apply(x, x);
    EXPECT_EQ(x[0], T(-0.5));
}

TYPED_TEST(KluTyped, SolvesABlockTriangularMatrixBlockByBlock) {
    using T = TypeParam;
    Random random(5);
    Coo<T> C(40, 40);  // ten blocks of four, full above them
    for (Index i = 0; i < 40; ++i)
        for (Index j = (i / 4) * 4; j < 40; ++j)
            if (j / 4 == i / 4 || random.uniform() < 0.3)
                C.add((i * 7) % 40, (j * 11) % 40, random_number<T>(random) + (i == j ? T(4) : T(0)));
    const auto A = to_csc(C);
    const Klu<T> klu(A);
    EXPECT_EQ(klu.blocks(), 10);
    expect_solves(klu, A, growth);
    expect_determinant(klu, A);
    const typename Klu<T>::Analysis analysis(A);
    EXPECT_EQ(analysis.blocks(), 10);
    EXPECT_EQ(analysis.largest_block(), 4);
}

// klu_refactor keeps the pivots and answers "ok": on these values its x has no correct digit.
TYPED_TEST(KluTyped, ChoosesNewPivotsWhereTheOldOnesNoLongerServe) {
    using T = TypeParam;
    const auto with = [](double first) {
        Coo<T> C(3, 3);
        C.add(0, 0, T(static_cast<Real<T>>(first))), C.add(0, 1, T(1)), C.add(1, 0, T(1)), C.add(1, 1, T(1));
        C.add(1, 2, T(1)), C.add(2, 0, T(1)), C.add(2, 1, T(2)), C.add(2, 2, T(5));
        return to_csc(C);
    };
    Klu<T> klu(with(10));
    for (const double first : {9.0, 1e-3, 1e-9, 1e-20, 0.0, 3.0}) {
        const auto A = with(first);
        klu.refactor(A);
        expect_solves(klu, A, growth);
        EXPECT_GT(klu.reciprocal_growth(), 1e-4);
        expect_determinant(klu, A);
    }
}

TYPED_TEST(KluTyped, RefactorsALargerMatrix) {
    using T = TypeParam;
    Csc<T> A = general<T>(80);
    Klu<T> klu(A, typename Klu<T>::Analysis(A));
    Random random(3);
    for (int times = 0; times < 3; ++times) {
        for (T& v : A.values()) v += T(static_cast<Real<T>>(0.1)) * random_number<T>(random);
        klu.refactor(A);
        expect_solves(klu, A, growth);
    }
}

// KLU goes on with zero pivots when it is not told to stop, and stored zeros pass its structural test.
TEST(Klu, ThrowsForASingularMatrix) {
    EXPECT_THROW(Klu<double>(to_csc(path_laplacian(10))), SingularMatrix);
    EXPECT_THROW(Klu<double>(to_csc(Coo<double>(5, 5))), SingularMatrix);
    Coo<double> C(3, 3);
    C.add(0, 0, 1), C.add(1, 1, 1), C.add(0, 2, 1);
    EXPECT_THROW(Klu<double>(to_csc(C)), SingularMatrix);
    C.add(2, 2, 0);
    EXPECT_THROW(Klu<double>(to_csc(C)), SingularMatrix);
    C.add(2, 1, 0), C.add(1, 2, 3);
    EXPECT_THROW(Klu<double>(to_csc(C)), SingularMatrix);
}

TEST(Klu, RefusesWhatItCannotFactor) {
    EXPECT_THROW(Klu<double>(to_csc(Coo<double>(2, 3))), InvalidArgument);
    for (const auto& A : matrices_that_are_not_finite()) EXPECT_THROW(Klu<double>{A}, InvalidArgument);
    for (const Ordering ordering : {Ordering::metis, Ordering::best})
        EXPECT_THROW(Klu<double>(to_csc(poisson1d(5)), {.ordering = ordering}), InvalidArgument);
}

TEST(Klu, KnowsThreeOrderings) {
    const auto A = to_csc(convection_diffusion2d(15, 15, 0.1));
    for (const Ordering ordering : {Ordering::automatic, Ordering::natural, Ordering::amd, Ordering::colamd}) {
        const Klu<double> klu(A, {.ordering = ordering});
        EXPECT_EQ(klu.statistics().ordering, ordering == Ordering::automatic ? Ordering::amd : ordering);
        expect_solves(klu, A, growth);
    }
}

TEST(Klu, RefusesWrongLengths) {
    const Klu<double> klu(to_csc(poisson1d(4)));
    std::vector<double> three(3), four(4);
    EXPECT_THROW(klu.apply(four, three), InvalidArgument);
    EXPECT_THROW(klu.apply_transpose(three, four), InvalidArgument);
    EXPECT_THROW(klu.solve(Eigen::MatrixXd(3, 2)), InvalidArgument);
}

TEST(Klu, RefusesAnotherPatternAndKeepsItsFactors) {
    const Csc<double> A = general<double>(20);
    Klu<double> klu(A);
    EXPECT_THROW(klu.refactor(general<double>(20, 10)), InvalidArgument);
    EXPECT_THROW(klu.refactor(general<double>(21)), InvalidArgument);
    expect_solves(klu, A, growth);
    EXPECT_THROW(Klu<double>(general<double>(20, 10), Klu<double>::Analysis(A)), InvalidArgument);
}

TEST(Klu, HasNoFactorsAfterAFailedRefactorUntilOneSucceeds) {
    const Csc<double> A = general<double>(20);
    Klu<double> klu(A);
    Csc<double> zero = A;
    for (double& v : zero.values()) v = 0;
    EXPECT_THROW(klu.refactor(zero), SingularMatrix);
    std::vector<double> b(20, 1.0), x(20);
    EXPECT_THROW(klu.apply(b, x), InvalidArgument);
    EXPECT_THROW(klu.solve(Eigen::MatrixXd(20, 9)), InvalidArgument);
    EXPECT_THROW(klu.log_determinant(), InvalidArgument);
    klu.refactor(A);
    expect_solves(klu, A, growth);
}

TEST(Klu, StopsBeforeItPassesTheMemoryLimitOrOnRequest) {
    const auto A = to_csc(poisson2d(50, 50));
    EXPECT_THROW(Klu<double>(A, {.max_memory_bytes = 1000}), LimitExceeded);
    const std::atomic<bool> stop = true;
    EXPECT_THROW(Klu<double>(A, {.cancel = &stop}), Interrupted);
}

TEST(Klu, PredictsFillAndMemoryWherePivotsStayOnTheDiagonal) {
    for (const Csr<double>& R : {convection_diffusion2d(80, 80, 0.1), poisson2d(100, 60), poisson1d(5000),
                                 convection_diffusion3d(12, 12, 12, 0.1)}) {
        const auto A = to_csc(R);
        Klu<double>::Analysis analysis(A);
        const FactorStatistics predicted = analysis.statistics();
        const FactorStatistics found = Klu<double>(A, std::move(analysis)).statistics();
        EXPECT_TRUE(
            within(static_cast<double>(predicted.factor_nonzeros), static_cast<double>(found.factor_nonzeros), 1.1))
            << predicted.factor_nonzeros << " " << found.factor_nonzeros;
        EXPECT_TRUE(within(predicted.flops, found.flops, 1.25)) << predicted.flops << " " << found.flops;
        EXPECT_TRUE(within(static_cast<double>(predicted.memory_bytes), static_cast<double>(found.memory_bytes), 1.25))
            << predicted.memory_bytes << " " << found.memory_bytes;
        EXPECT_TRUE(within(static_cast<double>(predicted.peak_memory_bytes),
                           static_cast<double>(found.peak_memory_bytes), 1.25))
            << predicted.peak_memory_bytes << " " << found.peak_memory_bytes;
    }
}

TEST(Klu, MayBeAppliedFromSeveralThreads) {
    expect_usable_from_several_threads(Klu<double>(to_csc(convection_diffusion2d(20, 20, 0.1))));
}

}  // namespace
