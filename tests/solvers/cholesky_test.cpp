// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/cholesky.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <numbers>
#include <thread>
#include <vector>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;

template <class T>
class CholeskyTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(CholeskyTyped, Scalars);

template <Scalar T>
constexpr double epsilon = std::numeric_limits<Real<T>>::epsilon();

/// D A Dᴴ with a diagonal D of modulus 1 when T is complex: Hermitian, of the spectrum of A.
template <Scalar T>
Csr<T> turned(const Csr<double>& A) {
    Buffer<T> values(static_cast<std::size_t>(A.nnz()));
    for (Index i = 0; i < A.rows(); ++i)
        for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]);
             k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]); ++k) {
            const Index j = A.indices()[k];
            const auto value = static_cast<Real<T>>(A.values()[k]);
            if constexpr (is_complex<T>) {
                constexpr T phase[] = {T(1), T(Real<T>(0.6), Real<T>(0.8)), T(Real<T>(-0.8), Real<T>(0.6))};
                const auto mixed = [&](Index a, Index b) { return value * (phase[a % 3] * std::conj(phase[b % 3])); };
                values[k] = i == j ? T(value) : i < j ? mixed(i, j) : std::conj(mixed(j, i));
            } else {
                values[k] = value;
            }
        }
    return Csr<T>(A.rows(), A.cols(), Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
                  Buffer<Index>(A.indices().begin(), A.indices().end()), std::move(values));
}

/// A with `shift` added to its diagonal.
template <Scalar T>
Csr<T> shifted(Csr<T> A, double shift) {
    for (Index i = 0; i < A.rows(); ++i)
        for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]);
             k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]); ++k)
            if (A.indices()[k] == i) A.values()[k] += static_cast<Real<T>>(shift);
    return A;
}

/// max ‖A x − b‖ / (‖A‖ ‖x‖) over columns, with norms that overestimate by little.
template <Scalar T>
double backward_error(const Csr<T>& A, const Eigen::MatrixX<T>& X, const Eigen::MatrixX<T>& B) {
    double worst = 0, norm = 0;
    for (const T& v : A.values()) norm = std::max(norm, static_cast<double>(std::abs(v)));
    for (Eigen::Index k = 0; k < X.cols(); ++k) {
        Eigen::VectorX<T> r(B.rows());
        const Eigen::VectorX<T> x = X.col(k);
        A.apply(x, r);
        r -= B.col(k);
        worst = std::max(worst, static_cast<double>(r.norm()) / (norm * static_cast<double>(x.norm())));
    }
    return worst;
}

template <Scalar T>
Eigen::MatrixX<T> right_sides(Index n, Index count, std::uint64_t seed = 3) {
    Eigen::MatrixX<T> B(n, count);
    for (Index k = 0; k < count; ++k) {
        const Buffer<T> b = random_vector<T>(n, seed + static_cast<std::uint64_t>(k));
        std::copy(b.begin(), b.end(), B.col(k).data());
    }
    return B;
}

std::vector<Csr<double>> matrices() {
    std::vector<Csr<double>> all;
    all.push_back(poisson1d(1));
    all.push_back(poisson1d(40));
    all.push_back(arrow(50));
    all.push_back(poisson2d(31, 17));
    all.push_back(poisson3d(13, 12, 11));
    all.push_back(elasticity3d(5, 4, 4));
    all.push_back(wathen(9, 8, 1));
    all.push_back(power_law_laplacian(9, 4, 2) +
                  from_dense(Eigen::MatrixXd(0.5 * Eigen::MatrixXd::Identity(512, 512))));
    all.push_back(from_dense(Eigen::MatrixXd(pei(70))));
    return all;
}

TYPED_TEST(CholeskyTyped, SolvesWithTheMatrixItsTransposeAndItsAdjoint) {
    using T = TypeParam;
    for (const Csr<double>& real : matrices()) {
        const Csr<T> A = turned<T>(real);
        const Cholesky<T> F(A);
        for (const Index count : {1, 2, 3, 8, 13}) {
            const Eigen::MatrixX<T> B = right_sides<T>(A.rows(), count);
            const double tolerance = 40 * epsilon<T>;
            EXPECT_LE(backward_error(A, F.solve(B), B), tolerance) << A.rows() << ' ' << count;
            EXPECT_LE(backward_error(transpose(A), F.solve(B, Transpose::transpose), B), tolerance);
            EXPECT_LE(backward_error(A, F.solve(B, Transpose::adjoint), B), tolerance);
        }
        Eigen::VectorX<T> x = right_sides<T>(A.rows(), 1);
        const Eigen::MatrixX<T> b = x;
        F.apply(x, x);  // in place
        EXPECT_LE(backward_error<T>(A, x, b), 40 * epsilon<T>);
        F.apply_transpose(b.col(0), x);
        EXPECT_LE(backward_error<T>(transpose(A), x, b), 40 * epsilon<T>);
    }
}

TYPED_TEST(CholeskyTyped, EveryOrderingGivesTheSameSolution) {
    using T = TypeParam;
    const Csr<T> A = turned<T>(poisson3d(9, 8, 7));
    const Eigen::MatrixX<T> B = right_sides<T>(A.rows(), 2);
    for (const Ordering ordering :
         {Ordering::automatic, Ordering::natural, Ordering::amd, Ordering::metis, Ordering::best}) {
        const Cholesky<T> F(A, {.ordering = ordering});
        EXPECT_LE(backward_error(A, F.solve(B), B), 40 * epsilon<T>) << name(ordering);
        if (ordering == Ordering::natural || ordering == Ordering::amd || ordering == Ordering::metis) {
            EXPECT_EQ(F.statistics().ordering, ordering);
        }
    }
    EXPECT_THROW(Cholesky<T>(A, {.ordering = Ordering::colamd}), InvalidArgument);
}

TYPED_TEST(CholeskyTyped, GivesTheSameBitsForAnyNumberOfThreads) {
    using T = TypeParam;
    for (const Csr<double>& real : {poisson3d(19, 18, 17), elasticity3d(9, 8, 8), poisson2d(70, 90)}) {
        const Csr<T> A = turned<T>(real);
        const Eigen::MatrixX<T> B = right_sides<T>(A.rows(), 3);
        Eigen::MatrixX<T> expected;
        double determinant = 0;
        for (const int threads : {1, 2, 3, 5}) {
            const ThreadLimit limit(threads);
            const Cholesky<T> F(A);
            const Eigen::MatrixX<T> X = F.solve(B);
            if (threads == 1) {
                expected = X;
                determinant = F.log_determinant().logabsdet;
            }
            EXPECT_TRUE(X == expected) << threads << " threads, order " << A.rows();
            EXPECT_EQ(F.log_determinant().logabsdet, determinant);
        }
    }
}

TYPED_TEST(CholeskyTyped, TheEmptyMatrixIsFactored) {
    using T = TypeParam;
    Cholesky<T> F{Csr<T>()};
    Buffer<T> none;
    F.apply(none, none);
    F.apply_transpose(none, none);
    EXPECT_EQ(F.solve(Eigen::MatrixX<T>(0, 3)).cols(), 3);
    EXPECT_EQ(F.log_determinant().logabsdet, 0);
    EXPECT_EQ(F.log_determinant().sign, T(1));
    F.refactor(Csr<T>());
    F.update(Csc<T>());
}

TYPED_TEST(CholeskyTyped, TheDeterminantIsTheProductOfTheEigenvalues) {
    using T = TypeParam;
    const Index nx = 23, ny = 14;
    double expected = 0;
    const auto eigenvalue = [](Index k, Index n) { return 2 - 2 * std::cos(k * std::numbers::pi / (n + 1)); };
    for (Index i = 1; i <= nx; ++i)
        for (Index j = 1; j <= ny; ++j) expected += std::log(eigenvalue(i, nx) + eigenvalue(j, ny));
    const LogDeterminant<T> found = Cholesky<T>(turned<T>(poisson2d(nx, ny))).log_determinant();
    EXPECT_NEAR(found.logabsdet, expected, 100 * epsilon<T> * nx * ny);
    EXPECT_EQ(found.sign, T(1));
    EXPECT_NEAR(Cholesky<T>(turned<T>(poisson1d(1000))).log_determinant().logabsdet, std::log(1001.0),
                4e5 * epsilon<T>);  // its condition
}

TYPED_TEST(CholeskyTyped, AnAnalysisServesManyMatricesOfItsPattern) {
    using T = TypeParam;
    const Csr<T> A = turned<T>(poisson2d(25, 20)), A2 = shifted(A, 1), other = turned<T>(poisson2d(20, 25));
    const typename Cholesky<T>::Analysis analysis(A);
    EXPECT_GT(analysis.statistics().factor_nonzeros, A.rows());
    EXPECT_GT(analysis.statistics().flops, 0);
    Cholesky<T> F(A, analysis);
    const Cholesky<T> G(A2, analysis);
    const Eigen::MatrixX<T> B = right_sides<T>(A.rows(), 1);
    EXPECT_LE(backward_error(A, F.solve(B), B), 40 * epsilon<T>);
    EXPECT_LE(backward_error(A2, G.solve(B), B), 40 * epsilon<T>);
    EXPECT_THROW(Cholesky<T>(other, analysis), InvalidArgument);
    F.refactor(A2);
    EXPECT_TRUE(F.solve(B) == G.solve(B));
    EXPECT_THROW(F.refactor(other), InvalidArgument);
    EXPECT_TRUE(F.solve(B) == G.solve(B));  // the factors are still there
}

TYPED_TEST(CholeskyTyped, AFailedRefactorLeavesNoFactors) {
    using T = TypeParam;
    const Csr<T> A = turned<T>(poisson2d(12, 12));
    Cholesky<T> F(A);
    Buffer<T> b = random_vector<T>(144, 1), x(144);
    EXPECT_THROW(F.refactor(shifted(A, -1)), NotPositiveDefinite);
    EXPECT_THROW(F.apply(b, x), InvalidArgument);
    EXPECT_THROW(F.solve(right_sides<T>(144, 2)), InvalidArgument);
    EXPECT_THROW(F.log_determinant(), InvalidArgument);
    F.refactor(A);
    F.apply(b, x);
}

/// C with `columns` columns, each on the rows of one row of A: they fit the pattern of L.
template <Scalar T>
Csc<T> element_columns(const Csr<T>& A, Index columns, double size) {
    Coo<T> C(A.rows(), columns);
    for (Index c = 0; c < columns; ++c) {
        const Index row = (c * 37 + 11) % A.rows();
        Index other = row;
        for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(row)]);
             k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(row) + 1]); ++k)
            other = A.indices()[k];
        T a = static_cast<Real<T>>(size);
        if constexpr (is_complex<T>) a *= T(Real<T>(0.6), Real<T>(0.8));
        C.add(row, c, a);
        if (other != row) C.add(other, c, -T(static_cast<Real<T>>(size / 2)));
    }
    return to_csc(C);
}

TYPED_TEST(CholeskyTyped, UpdatesAndDowndatesAreThoseOfTheMatrix) {
    using T = TypeParam;
    for (const Csr<double>& real : {poisson2d(15, 13), elasticity3d(4, 3, 3)}) {
        const Csr<T> A = turned<T>(real);
        const Csc<T> C = element_columns(A, 9, 1.5);
        const Eigen::MatrixX<T> dense = to_dense(A), c = to_dense(C), sum = dense + c * c.adjoint();
        const Eigen::MatrixX<T> B = right_sides<T>(A.rows(), 2);
        Cholesky<T> F(A);
        F.update(C);
        EXPECT_LE(backward_error(from_dense(sum), F.solve(B), B), 100 * epsilon<T>);
        F.downdate(C);
        EXPECT_LE(backward_error(A, F.solve(B), B), 200 * epsilon<T>);
    }
}

TYPED_TEST(CholeskyTyped, ADowndateThatIsNotDefiniteLeavesTheFactorsAlone) {
    using T = TypeParam;
    const Csr<T> A = turned<T>(poisson2d(15, 13));
    Cholesky<T> F(A);
    const Eigen::MatrixX<T> B = right_sides<T>(A.rows(), 2), X = F.solve(B);
    EXPECT_THROW(F.downdate(element_columns(A, 9, 2.5)), NotPositiveDefinite);
    EXPECT_TRUE(F.solve(B) == X);
    // Now the columns before the last are taken away first, and have to come back.
    Csc<T> late = element_columns(A, 9, 0.5);
    for (auto k = static_cast<std::size_t>(late.indptr()[8]); k < late.values().size(); ++k)
        late.values()[k] *= Real<T>(8);
    EXPECT_THROW(F.downdate(late), NotPositiveDefinite);
    EXPECT_TRUE(F.solve(B) == X);
    EXPECT_THROW(F.update(Csc<T>(3, 0, {0}, {}, {})), InvalidArgument);
    Coo<T> everywhere(A.rows(), 2);
    everywhere.add(0, 0, T(1));
    for (Index i = 0; i < A.rows(); ++i) everywhere.add(i, 1, T(1));
    EXPECT_THROW(F.update(to_csc(everywhere)), InvalidArgument);  // its second column does not fit
    EXPECT_TRUE(F.solve(B) == X);
}

TYPED_TEST(CholeskyTyped, NotANumberIsNoPivot) {
    using T = TypeParam;
    Csr<T> A = turned<T>(poisson3d(8, 8, 8));
    for (const double bad :
         {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity(), 1e-300}) {
        Csr<T> damaged = A;
        damaged.values()[0] = static_cast<Real<T>>(bad);
        EXPECT_THROW(Cholesky<T>{damaged}, NotPositiveDefinite) << bad;
    }
    A.values()[0] = std::numeric_limits<Real<T>>::quiet_NaN();
    EXPECT_THROW(Cholesky<T>{A}, InvalidArgument);  // it does not equal its mirror image
}

TEST(Cholesky, NamesTheSameFailingRowForAnyNumberOfThreads) {
    // The shift makes every subdomain of some 3³ points indefinite, so that subtrees fail at the same time.
    const Csr<double> A = shifted(poisson3d(20, 20, 20), -2.2);
    std::optional<std::int64_t> expected;
    for (const int threads : {1, 2, 3, 4, 2, 3, 4, 2, 3, 4}) {
        const ThreadLimit limit(threads);
        try {
            const Cholesky<double> F(A);
            ADD_FAILURE();
        } catch (const NotPositiveDefinite& error) {
            ASSERT_TRUE(error.pivot());
            if (!expected) expected = error.pivot();
            EXPECT_EQ(error.pivot(), expected);
        }
    }
    // One tree that takes long and fails at its end, before one that fails at once.
    const Csr<double> slow = poisson3d(14, 14, 14);
    const Index last = slow.rows() - 1;
    Coo<double> forest(last + 2, last + 2);
    for (Index i = 0; i <= last; ++i)
        for (auto k = static_cast<std::size_t>(slow.indptr()[static_cast<std::size_t>(i)]);
             k < static_cast<std::size_t>(slow.indptr()[static_cast<std::size_t>(i) + 1]); ++k)
            forest.add(i, slow.indices()[k], i == last && slow.indices()[k] == last ? 1e-3 : slow.values()[k]);
    forest.add(last + 1, last + 1, -1);
    for (const int threads : {1, 2, 3}) {
        const ThreadLimit limit(threads);
        try {
            const Cholesky<double> F(to_csr(forest), {.ordering = Ordering::natural});
            ADD_FAILURE();
        } catch (const NotPositiveDefinite& error) {
            EXPECT_EQ(error.pivot(), last) << threads;
        }
    }
    const Csr<double> diagonal = from_dense(Eigen::MatrixXd(Eigen::Vector4d(1, 2, -1, 3).asDiagonal()));
    try {
        const Cholesky<double> F(diagonal);
        ADD_FAILURE();
    } catch (const NotPositiveDefinite& error) {
        EXPECT_EQ(error.pivot(), 2);
    }
    EXPECT_THROW(Cholesky<double>{Csr<double>(3, 3, {0, 0, 0, 0}, {}, {})}, NotPositiveDefinite);
}

TEST(Cholesky, RefusesWhatIsNotHermitianInPatternOrValue) {
    EXPECT_THROW(Cholesky<double>(Csr<double>(2, 2, {0, 2, 3}, {0, 1, 1}, {2, 1, 2})), InvalidArgument);
    EXPECT_THROW(Cholesky<double>(Csr<double>(2, 2, {0, 1, 3}, {0, 0, 1}, {2, 1, 2})), InvalidArgument);
    EXPECT_THROW(Cholesky<double>(Csr<double>(2, 2, {0, 2, 4}, {0, 1, 0, 1}, {2, 1, 1.5, 2})), InvalidArgument);
    EXPECT_THROW(Cholesky<double>::Analysis(Csr<double>(2, 2, {0, 2, 3}, {0, 1, 1}, {2, 1, 2})), InvalidArgument);
    EXPECT_THROW(Cholesky<double>::Analysis(Csr<double>(2, 3, {0, 1, 2}, {0, 1}, {2, 1})), InvalidArgument);
    using C = std::complex<double>;
    EXPECT_THROW(Cholesky<C>(Csr<C>(1, 1, {0, 1}, {0}, {C(2, 1)})), InvalidArgument);
    EXPECT_THROW(Cholesky<C>(Csr<C>(2, 2, {0, 2, 4}, {0, 1, 0, 1}, {2, C(0, 1), C(0, 1), 2})), InvalidArgument);
    Cholesky<double> F(poisson1d(3));
    EXPECT_THROW(F.solve(Eigen::MatrixXd(2, 1)), InvalidArgument);
    Buffer<double> two(2), three(3);
    EXPECT_THROW(F.apply(two, three), InvalidArgument);
    EXPECT_THROW(F.apply_transpose(three, two), InvalidArgument);
}

TEST(Cholesky, StopsWhenAskedTo) {
    const Csr<double> A = poisson3d(15, 15, 15);
    std::atomic<bool> stop = true;
    EXPECT_THROW(Cholesky<double>(A, {.cancel = &stop}), Interrupted);
    const Cholesky<double>::Analysis analysis(A);
    EXPECT_THROW(Cholesky<double>(A, analysis, {.cancel = &stop}), Interrupted);
    stop = false;
    Cholesky<double> F(A, analysis, {.cancel = &stop});
    stop = true;
    EXPECT_THROW(F.refactor(A), Interrupted);
    stop = false;
    F.refactor(A);
    std::thread soon([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        stop = true;
    });
    EXPECT_THROW(
        {
            for (;;) F.refactor(A);
        },
        Interrupted);
    soon.join();
}

TEST(Cholesky, SaysWhatItWillNeedBeforeItNeedsIt) {
    const Csr<double> A = poisson3d(18, 18, 18);
    const ThreadLimit two(2);
    const Cholesky<double>::Analysis analysis(A);
    const std::size_t predicted = analysis.statistics().peak_memory_bytes;
    EXPECT_THROW(Cholesky<double>(A, analysis, {.max_memory_bytes = predicted / 2}), LimitExceeded);
    const Cholesky<double> F(A, analysis, {.max_memory_bytes = predicted});
    const auto held = static_cast<double>(F.statistics().peak_memory_bytes);
    EXPECT_LE(held, 1.25 * static_cast<double>(predicted));
    EXPECT_GE(held, static_cast<double>(predicted) / 1.25);
    EXPECT_LE(F.statistics().memory_bytes, F.statistics().peak_memory_bytes);
}

TEST(Cholesky, WorksInsideParallelRegionsAndFromSeveralThreads) {
    const Csr<double> A = poisson3d(14, 14, 14);
    const Buffer<double> b = random_vector<double>(A.rows(), 1);
    Buffer<double> expected(b.size());
    Cholesky<double>(A).apply(b, expected);
    std::atomic<int> wrong = 0;
    const auto once = [&] {
        Buffer<double> x(b.size());
        Cholesky<double>(A).apply(b, x);
        wrong += x != expected;
    };
#pragma omp parallel num_threads(3)
    once();
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) threads.emplace_back(once);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST(Cholesky, ManySmallTreesAndManyChildrenAreNoBurden) {
    const Index n = 100000;
    Coo<double> forest(n, n);
    for (Index i = 0; i < n; ++i) forest.add(i, i, 2);
    for (Index i = 0; i + 1 < n; i += 2) forest.add(i, i + 1, 1), forest.add(i + 1, i, 1);
    Buffer<double> x(static_cast<std::size_t>(n), 3.0);
    Cholesky<double>(to_csr(forest)).apply(x, x);
    for (const double v : x) ASSERT_NEAR(v, 1, 1e-15);
    const Csr<double> A = arrow(20000);
    Buffer<double> b(20000), ones(20000, 1.0);
    A.apply(ones, b);
    const Cholesky<double> F(A);
    F.apply(b, b);
    for (const double v : b) ASSERT_NEAR(v, 1, 1e-11);
    EXPECT_LE(F.statistics().factor_nonzeros, 3 * 20000);
}

}  // namespace
