// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/qr.hpp"

#include <gtest/gtest.h>

#include "factor_cases.hpp"

namespace {

using namespace factor_cases;

#if RITZ_GPL

static_assert(std::is_nothrow_move_constructible_v<Qr<double>> && !std::is_copy_constructible_v<Qr<double>>);

template <class T>
class QrTyped : public testing::Test {};
TYPED_TEST_SUITE(QrTyped, Scalars);

/// m × n with a few random entries in each row; the last `dependent` columns are sums of two others.
template <Scalar T>
Csc<T> rectangular(Index m, Index n, Index dependent = 0, std::uint64_t seed = 3) {
    Random random(seed);
    Eigen::MatrixX<T> D = Eigen::MatrixX<T>::Zero(m, n);
    for (Index i = 0; i < m; ++i) {
        D(i, i % n) = T(3) + random_number<T>(random);
        for (Index e = 0; e < 2; ++e) D(i, static_cast<Index>(random.uniform(0, n))) += random_number<T>(random);
    }
    for (Index j = n - dependent; j < n; ++j) D.col(j) = D.col(n - 1 - j) + D.col((n - j) * 2);
    return from_dense<Order::column>(D);
}

/// The minimiser of least norm at rank r, by a dense singular value decomposition.
template <Scalar T>
Eigen::MatrixX<std::complex<double>> least_norm_minimiser(const Csc<T>& A, const Eigen::MatrixX<T>& B, Index r) {
    using Z = std::complex<double>;
    const Eigen::JacobiSVD<Eigen::MatrixX<Z>> svd(to_dense(A).template cast<Z>(),
                                                  Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Eigen::MatrixX<Z> c = svd.matrixU().leftCols(r).adjoint() * B.template cast<Z>();
    return svd.matrixV().leftCols(r) * svd.singularValues().head(r).cwiseInverse().asDiagonal() * c;
}

template <Scalar T>
double difference(const Eigen::MatrixX<T>& X, const Eigen::MatrixX<std::complex<double>>& expected) {
    return (X.template cast<std::complex<double>>() - expected).norm() / expected.norm();
}

TYPED_TEST(QrTyped, SolvesSquareSystemsWithTheMatrixItsTransposeAndItsAdjoint) {
    using T = TypeParam;
    const auto A = general<T>(60);
    const Qr<T> qr(A);
    EXPECT_EQ(qr.rank(), 60);
    expect_solves(qr, A);
    expect_solves(Qr<T>(A, typename Qr<T>::Analysis(A)), A);
}

TYPED_TEST(QrTyped, FindsTheMinimiserForEachColumn) {
    using T = TypeParam;
    const auto A = rectangular<T>(40, 15);
    const Qr<T> qr(A);
    EXPECT_EQ(qr.rank(), 15);
    for (const Index columns : {1, 3, 20}) {
        const auto B = random_matrix<T>(40, columns, 2);
        EXPECT_LE(difference<T>(qr.least_squares(B), least_norm_minimiser(A, B, 15)), 100 * epsilon<T>());
    }
    EXPECT_EQ(qr.least_squares(Eigen::MatrixX<T>(40, 0)).rows(), 15);
    const auto b = random_matrix<T>(40, 1, 5);
    Eigen::VectorX<T> x(15);
    qr.least_squares(VectorView<T>(b.data(), 40), x);
    EXPECT_LE(difference<T>(x, least_norm_minimiser(A, b, 15)), 100 * epsilon<T>());
}

TYPED_TEST(QrTyped, FindsTheSolutionOfLeastNormOfTheAdjoint) {
    using T = TypeParam;
    const auto A = rectangular<T>(40, 15);
    const Csc<T> adjoint_of_A = adjoint(A);
    const Qr<T> qr(A);
    for (const Index columns : {1, 20}) {
        const auto C = random_matrix<T>(15, columns, 2);
        EXPECT_LE(difference<T>(qr.adjoint_minimum_norm(C), least_norm_minimiser(adjoint_of_A, C, 15)),
                  100 * epsilon<T>());
    }
}

TYPED_TEST(QrTyped, ProjectsOntoTheRangeOfADeficientMatrix) {
    using T = TypeParam;
    const auto A = rectangular<T>(30, 12, 3);
    const Qr<T> qr(A, {.tolerance = 1e-5});
    EXPECT_EQ(qr.rank(), 9);
    const Eigen::VectorX<T> v = random_matrix<T>(30, 1, 8);
    Eigen::VectorX<T> once = v;
    qr.project_onto_range(once);
    const double tolerance = 1000 * epsilon<T>();
    EXPECT_LE((to_dense(A).adjoint() * (v - once)).norm(),
              tolerance);  // what is taken away is orthogonal to the columns
    const Eigen::MatrixX<std::complex<double>> inside =
        to_dense(A).template cast<std::complex<double>>() * least_norm_minimiser<T>(A, v, 9);
    EXPECT_LE(difference<T>(once, inside), tolerance);  // and what is left is made of them
    Eigen::VectorX<T> twice = once;
    qr.project_onto_range(twice);
    EXPECT_LE((twice - once).norm(), tolerance);
}

TYPED_TEST(QrTyped, FindsTheMinimiserOfLeastNormOfADeficientMatrix) {
    using T = TypeParam;
    for (const Index m : {8, 12, 40}) {
        const auto A = rectangular<T>(m, 12, 3);
        const Qr<T> qr(A, {.tolerance = 1e-5});
        const Index r = qr.rank();
        EXPECT_EQ(r, m == 8 ? 8 : 9);
        const Eigen::MatrixX<T> N = qr.null_vectors();
        ASSERT_EQ(N.cols(), 12 - r);
        EXPECT_LE((to_dense(A) * N).norm(), 1000 * epsilon<T>() * static_cast<double>(N.norm()));
        const auto b = random_matrix<T>(m, 1, 5);
        Eigen::VectorX<T> x(12);
        qr.minimum_norm_least_squares(VectorView<T>(b.data(), static_cast<std::size_t>(m)), x);
        EXPECT_LE(difference<T>(x, least_norm_minimiser(A, b, r)), 1000 * epsilon<T>()) << m;
        const Eigen::MatrixX<T> basic = qr.least_squares(b);
        EXPECT_LT(x.norm(), basic.norm());
    }
}

// Of a connected graph: the null space is the constant vectors, and R is nearly full there.
TEST(Qr, FindsTheSolutionOfLeastNormOfALaplacian) {
    const auto A = to_csc(grid_laplacian(20, 20));
    const Qr<double> qr(A);
    EXPECT_EQ(qr.rank(), 399);
    Eigen::VectorXd expected = random_matrix<double>(400, 1, 3);
    expected.array() -= expected.mean();
    const Eigen::VectorXd b = to_dense(A) * expected;
    Eigen::VectorXd x(400);
    qr.minimum_norm_least_squares(b, x);
    EXPECT_LE((x - expected).norm(), 1e-11 * expected.norm());
}

TYPED_TEST(QrTyped, KnowsTheDeterminant) {
    using T = TypeParam;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const auto A = general<T>(25, seed);
        expect_determinant(Qr<T>(A), A);
    }
    EXPECT_EQ(Qr<T>(Csc<T>()).log_determinant().sign, T(1));
    Csc<T> triangular = to_csc(convert_values<T>(tridiagonal_toeplitz(9, 0, -2, 1)));  // singletons only
    expect_determinant(Qr<T>(triangular), triangular);
    const LogDeterminant<T> zero = Qr<T>(rectangular<T>(12, 12, 3), {.tolerance = 1e-5}).log_determinant();
    EXPECT_EQ(zero.sign, T(0));
    EXPECT_EQ(zero.logabsdet, -std::numeric_limits<double>::infinity());
}

TYPED_TEST(QrTyped, AcceptsEmptyMatrices) {
    using T = TypeParam;
    Buffer<T> none, three(3, T(1));
    Qr<T>(Csc<T>()).least_squares(none, none);
    const Qr<T> tall(to_csc(Coo<T>(3, 0))), wide(to_csc(Coo<T>(0, 3))), zero(to_csc(Coo<T>(3, 3)));
    tall.least_squares(three, none);
    tall.project_onto_range(three);
    EXPECT_EQ(three[0], T(0));
    three.assign(3, T(1));
    wide.least_squares(none, three);
    EXPECT_EQ(three[2], T(0));
    EXPECT_EQ(wide.null_vectors(), (Eigen::MatrixX<T>::Identity(3, 3)));
    EXPECT_EQ(zero.rank(), 0);
    three.assign(3, T(1));
    zero.minimum_norm_least_squares(three, three);
    EXPECT_EQ(three[1], T(0));
    EXPECT_EQ(zero.log_determinant().sign, T(0));
}

TYPED_TEST(QrTyped, RefactorsNewValuesAndFindsTheRankAnew) {
    using T = TypeParam;
    Csc<T> A = rectangular<T>(40, 15);
    Qr<T> qr(A);
    for (Offset k = A.indptr()[14]; k < A.indptr()[15]; ++k) A.values()[static_cast<std::size_t>(k)] = 0;
    qr.refactor(A);
    EXPECT_EQ(qr.rank(), 14);
    const auto b = random_matrix<T>(40, 1, 5);
    Eigen::VectorX<T> x(15);
    qr.minimum_norm_least_squares(VectorView<T>(b.data(), 40), x);
    EXPECT_LE(difference<T>(x, least_norm_minimiser(A, b, 14)), 100 * epsilon<T>());
    EXPECT_THROW(qr.refactor(rectangular<T>(40, 15, 0, 4)), InvalidArgument);
    EXPECT_EQ(qr.rank(), 14);
}

TEST(Qr, RefusesWhatItCannotFactor) {
    const auto A = to_csc(poisson1d(4));
    EXPECT_THROW(Qr<double>(A, {.tolerance = -1.0}), InvalidArgument);
    EXPECT_THROW(Qr<double>(A, {.tolerance = std::numeric_limits<double>::quiet_NaN()}), InvalidArgument);
    for (const auto& B : matrices_that_are_not_finite()) EXPECT_THROW(Qr<double>{B}, InvalidArgument);
}

TEST(Qr, RefusesWrongLengthsAndShapes) {
    const Qr<double> square(to_csc(poisson1d(4))), tall(rectangular<double>(6, 3)),
        singular(rectangular<double>(12, 12, 3));
    std::vector<double> three(3), four(4), six(6), twelve(12);
    EXPECT_THROW(square.least_squares(three, four), InvalidArgument);
    EXPECT_THROW(square.apply(four, three), InvalidArgument);
    EXPECT_THROW(square.solve(Eigen::MatrixXd(3, 2)), InvalidArgument);
    EXPECT_THROW(tall.least_squares(Eigen::MatrixXd(3, 2)), InvalidArgument);
    EXPECT_THROW(tall.adjoint_minimum_norm(Eigen::MatrixXd(6, 2)), InvalidArgument);
    EXPECT_THROW(tall.minimum_norm_least_squares(three, six), InvalidArgument);
    EXPECT_THROW(tall.apply(six, three), InvalidArgument);
    EXPECT_THROW(tall.solve(Eigen::MatrixXd(6, 2)), InvalidArgument);
    EXPECT_THROW(tall.log_determinant(), InvalidArgument);
    EXPECT_THROW(singular.apply(twelve, twelve), SingularMatrix);
    EXPECT_THROW(singular.solve(Eigen::MatrixXd(12, 2)), SingularMatrix);
}

TEST(Qr, StopsBeforeItPassesTheMemoryLimitOrOnRequest) {
    const auto A = to_csc(poisson2d(50, 50));
    EXPECT_THROW(Qr<double>(A, {.max_memory_bytes = 1000}), LimitExceeded);
    const std::atomic<bool> stop = true;
    EXPECT_THROW(Qr<double>(A, {.cancel = &stop}), Interrupted);
    const Qr<double> zero(to_csc(Coo<double>(100, 100)), {.max_memory_bytes = 1000});
    std::vector<double> b(100, 1.0), x(100);
    EXPECT_NO_THROW(zero.minimum_norm_least_squares(b, x));
    const Qr<double> deficient(rectangular<double>(30, 12, 3), {.max_memory_bytes = 1 << 20});
    EXPECT_EQ(deficient.rank(), 9);
}

TEST(Qr, KnowsEveryOrdering) {
    const auto A = to_csc(convection_diffusion2d(15, 15, 0.1));
    for (const Ordering ordering :
         {Ordering::automatic, Ordering::natural, Ordering::amd, Ordering::colamd, Ordering::metis, Ordering::best}) {
        const Qr<double> qr(A, {.ordering = ordering});
        if (ordering != Ordering::automatic && ordering != Ordering::best) {
            EXPECT_EQ(qr.statistics().ordering, ordering) << name(ordering);
        }
        expect_solves(qr, A);
    }
}

// With singletons, of which the library's own analysis knows nothing: that would predict twenty times too much for the
// second.
TEST(Qr, PredictsFillAndMemory) {
    std::vector<Csc<double>> matrices;
    matrices.push_back(to_csc(convection_diffusion2d(50, 50, 0.1)));
    Coo<double> C(3000, 3000);
    Random random(3);
    for (Index i = 0; i < 3000; ++i) {
        C.add(i, i, 3);
        for (Index e = 0; e < 3; ++e) {
            const auto j = static_cast<Index>(random.uniform(i < 2500 ? i : 2500, 3000));
            C.add(i, j, 0.5);
        }
    }
    matrices.push_back(to_csc(C));
    matrices.push_back(rectangular<double>(900, 300));
    for (const auto& A : matrices) {
        Qr<double>::Analysis analysis(A);
        const FactorStatistics predicted = analysis.statistics();
        const FactorStatistics found = Qr<double>(A, std::move(analysis)).statistics();
        EXPECT_TRUE(
            within(static_cast<double>(predicted.factor_nonzeros), static_cast<double>(found.factor_nonzeros), 1.1))
            << predicted.factor_nonzeros << " " << found.factor_nonzeros;
        EXPECT_TRUE(within(predicted.flops, found.flops, 2)) << predicted.flops << " " << found.flops;
        EXPECT_TRUE(within(static_cast<double>(predicted.memory_bytes), static_cast<double>(found.memory_bytes), 1.25))
            << predicted.memory_bytes << " " << found.memory_bytes;
        EXPECT_TRUE(within(static_cast<double>(predicted.peak_memory_bytes),
                           static_cast<double>(found.peak_memory_bytes), 1.25))
            << predicted.peak_memory_bytes << " " << found.peak_memory_bytes;
    }
}

TEST(Qr, MayBeAppliedFromSeveralThreads) {
    expect_usable_from_several_threads(Qr<double>(to_csc(convection_diffusion2d(20, 20, 0.1))));
}

#else

TEST(Qr, IsNotThereWithoutTheGpl) {
    EXPECT_THROW(Qr<double>(to_csc(poisson1d(4))), Unsupported);
    EXPECT_THROW(Qr<double>::Analysis(to_csc(poisson1d(4))), Unsupported);
}

#endif

}  // namespace
