// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/lu.hpp"

#include <gtest/gtest.h>

#include "factor_cases.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace {

using namespace factor_cases;

constexpr double growth =
    RITZ_GPL ? 1 : 1000;  // KLU takes a diagonal pivot that is 1000 times smaller than another one

static_assert(LinearOperator<Lu<std::complex<float>>, std::complex<float>>);
static_assert(std::is_nothrow_move_constructible_v<Lu<double>> && !std::is_copy_constructible_v<Lu<double>>);

template <class T>
class LuTyped : public testing::Test {};
TYPED_TEST_SUITE(LuTyped, Scalars);

TYPED_TEST(LuTyped, SolvesWithTheMatrixItsTransposeAndItsAdjoint) {
    const auto A = general<TypeParam>(60);
    expect_solves(Lu<TypeParam>(A), A, growth);
}

TYPED_TEST(LuTyped, SolvesWithANearlySymmetricMatrix) {
    using T = TypeParam;
    const auto A = to_csc(convert_values<T>(convection_diffusion2d(12, 12, 0.05)));
    const Lu<T> lu(A);
#if RITZ_GPL
    EXPECT_EQ(lu.statistics().ordering, Ordering::amd);
#endif
    expect_solves(lu, A, growth);
}

TYPED_TEST(LuTyped, KnowsTheDeterminant) {
    using T = TypeParam;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        const auto A = general<T>(25, seed);
        expect_determinant(Lu<T>(A), A);
    }
    const LogDeterminant<T> one = Lu<T>(Csc<T>()).log_determinant();
    EXPECT_EQ(one.sign, T(1));
    EXPECT_EQ(one.logabsdet, 0);
}

TYPED_TEST(LuTyped, FactorsTheEmptyMatrixAndNumbers) {
    using T = TypeParam;
    Buffer<T> none;
    const Lu<T> empty{Csc<T>()};
    empty.apply(none, none);
    empty.apply_transpose(none, none);
    EXPECT_EQ(empty.solve(Eigen::MatrixX<T>(0, 3)).cols(), 3);
    EXPECT_EQ(empty.statistics().factor_nonzeros, 0);
    Coo<T> C(1, 1);
    C.add(0, 0, T(-4));
    const Lu<T> number(to_csc(C));
    Buffer<T> x{T(2)};
    number.apply(x, x);
    EXPECT_EQ(x[0], T(-0.5));
    EXPECT_EQ(number.log_determinant().sign, T(-1));
    EXPECT_NEAR(number.log_determinant().logabsdet, std::log(4.0), 1e-15);
}

TYPED_TEST(LuTyped, RefactorsNewValuesWithNewPivots) {
    using T = TypeParam;
    Csc<T> A = general<T>(50);
    Lu<T> lu(A, typename Lu<T>::Analysis(A));
    expect_solves(lu, A, growth);
    Random random(77);
    for (T& v : A.values()) v = random_number<T>(random) + (random.uniform() < 0.3 ? T(3) : T(0));
    lu.refactor(A);
    const Lu<T> fresh(A);
    expect_solves(lu, A, growth);
    expect_determinant(lu, A);
    if (RITZ_GPL) {  // KLU keeps pivots that still serve
        EXPECT_EQ(lu.statistics().factor_nonzeros, fresh.statistics().factor_nonzeros);
    }
}

// UMFPACK: status +1 and infinities; -5 for null arrays.
TEST(Lu, ThrowsForASingularMatrix) {
    EXPECT_THROW(Lu<double>(to_csc(path_laplacian(10))), SingularMatrix);
    EXPECT_THROW(Lu<double>(to_csc(Coo<double>(5, 5))), SingularMatrix);
    Coo<double> C(3, 3);
    C.add(0, 0, 1), C.add(1, 1, 1), C.add(0, 2, 1);
    EXPECT_THROW(Lu<double>(to_csc(C)), SingularMatrix);
    C.add(2, 2, 0), C.add(2, 1, 0);  // zeros that are stored
    EXPECT_THROW(Lu<double>(to_csc(C)), SingularMatrix);
}

TEST(Lu, RefusesWhatItCannotFactor) {
    EXPECT_THROW(Lu<double>(to_csc(Coo<double>(2, 3))), InvalidArgument);
    for (const auto& A : matrices_that_are_not_finite()) EXPECT_THROW(Lu<double>{A}, InvalidArgument);
}

TEST(Lu, RefusesWrongLengths) {
    const Lu<double> lu(to_csc(poisson1d(4)));
    std::vector<double> three(3), four(4);
    EXPECT_THROW(lu.apply(four, three), InvalidArgument);
    EXPECT_THROW(lu.apply_transpose(three, four), InvalidArgument);
    EXPECT_THROW(lu.apply_adjoint(three, three), InvalidArgument);
    EXPECT_THROW(lu.solve(Eigen::MatrixXd(3, 2)), InvalidArgument);
}

TEST(Lu, RefusesAnotherPatternAndKeepsItsFactors) {
    const Csc<double> A = general<double>(20);
    Lu<double> lu(A);
    EXPECT_THROW(lu.refactor(general<double>(20, 10)), InvalidArgument);
    EXPECT_THROW(lu.refactor(general<double>(21)), InvalidArgument);
    expect_solves(lu, A, growth);
    EXPECT_THROW(Lu<double>(general<double>(20, 10), Lu<double>::Analysis(A)), InvalidArgument);
}

TEST(Lu, HasNoFactorsAfterAFailedRefactorUntilOneSucceeds) {
    const Csc<double> A = general<double>(20);
    Lu<double> lu(A);
    Csc<double> zero = A;
    for (double& v : zero.values()) v = 0;
    EXPECT_THROW(lu.refactor(zero), SingularMatrix);
    std::vector<double> b(20, 1.0), x(20);
    EXPECT_THROW(lu.apply(b, x), InvalidArgument);
    EXPECT_THROW(lu.solve(Eigen::MatrixXd(20, 9)), InvalidArgument);
    EXPECT_THROW(lu.log_determinant(), InvalidArgument);
    lu.refactor(A);
    expect_solves(lu, A, growth);
}

TEST(Lu, StopsBeforeItPassesTheMemoryLimit) {
    const auto A = to_csc(poisson2d(50, 50));
    EXPECT_THROW(Lu<double>(A, {.max_memory_bytes = 1000}), LimitExceeded);
    const Lu<double>::Analysis analysis(A);
    EXPECT_GT(analysis.statistics().peak_memory_bytes, 100'000);
    EXPECT_NO_THROW(Lu<double>(A, {.max_memory_bytes = analysis.statistics().peak_memory_bytes}));
}

TEST(Lu, StopsOnRequest) {
    const std::atomic<bool> stop = true;
    EXPECT_THROW(Lu<double>(to_csc(poisson1d(5)), {.cancel = &stop}), Interrupted);
}

TEST(Lu, MayBeAppliedFromSeveralThreads) {
    expect_usable_from_several_threads(Lu<double>(to_csc(convection_diffusion2d(20, 20, 0.1))));
}

// The product of the pivots is far below the smallest double.
TEST(Lu, KnowsADeterminantBeyondTheRangeOfDoubles) {
    Coo<double> C(400, 400);
    for (Index i = 0; i < 400; ++i) C.add(i, 399 - i, i % 3 == 0 ? -1e-300 : 0.5e-300);
    const LogDeterminant<double> d = Lu<double>(to_csc(C)).log_determinant();
    EXPECT_EQ(d.sign, 1);  // 134 negative entries, 200 exchanges
    EXPECT_NEAR(d.logabsdet, 400 * std::log(1e-300) - 266 * std::log(2.0), 1e-9);
}

#if RITZ_GPL
TEST(Lu, KnowsEveryOrdering) {
    const auto A = to_csc(convection_diffusion2d(15, 15, 0.1));
    for (const Ordering ordering :
         {Ordering::automatic, Ordering::natural, Ordering::amd, Ordering::colamd, Ordering::metis, Ordering::best}) {
        const Lu<double> lu(A, {.ordering = ordering});
        if (ordering != Ordering::automatic && ordering != Ordering::best) {
            EXPECT_EQ(lu.statistics().ordering, ordering) << name(ordering);
        }
        expect_solves(lu, A, 32);  // natural: pivots may be a tenth of the largest
    }
}

// UMFPACK's own estimate is eight times too high here, and fifty times for larger ones.
TEST(Lu, PredictsFillAndMemoryWherePivotsStayOnTheDiagonal) {
    for (const Csr<double>& R : {convection_diffusion2d(80, 80, 0.1), poisson2d(100, 60), wathen(20, 20, 1),
                                 convection_diffusion3d(12, 12, 12, 0.1), elasticity2d(30, 30)}) {
        const auto A = to_csc(R);
        Lu<double>::Analysis analysis(A);
        const FactorStatistics predicted = analysis.statistics();
        const FactorStatistics found = Lu<double>(A, std::move(analysis)).statistics();
        EXPECT_TRUE(
            within(static_cast<double>(predicted.factor_nonzeros), static_cast<double>(found.factor_nonzeros), 1.1))
            << predicted.factor_nonzeros << " " << found.factor_nonzeros;
        EXPECT_TRUE(within(predicted.flops, found.flops, 1.1)) << predicted.flops << " " << found.flops;
        EXPECT_TRUE(within(static_cast<double>(predicted.memory_bytes), static_cast<double>(found.memory_bytes), 1.25))
            << predicted.memory_bytes << " " << found.memory_bytes;
        EXPECT_TRUE(within(static_cast<double>(predicted.peak_memory_bytes),
                           static_cast<double>(found.peak_memory_bytes), 1.25))
            << predicted.peak_memory_bytes << " " << found.peak_memory_bytes;
    }
}
#endif

}  // namespace
