// SPDX-License-Identifier: BSD-3-Clause
// Between singular and regular: what solve must not be talked into, either way.
#include <gtest/gtest.h>

#include <cmath>

#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/solve.hpp"
#include "solvers/exact_rank.hpp"

namespace {

using namespace ritz;

const SolveOptions reporting{.on_failure = OnFailure::report};

Csr<double> with_block(Index n, const Eigen::MatrixXd& block) {
    Coo<double> A(n, n);
    const Index first = n - static_cast<Index>(block.rows());
    for (Index i = 0; i < first; ++i) A.add(i, i, 1);
    for (Index i = 0; i < block.rows(); ++i)
        for (Index j = 0; j < block.cols(); ++j) A.add(first + i, first + j, block(i, j));
    return to_csr(A);
}

// Two unknowns that A does not tell apart: the null vector e_u − e_v is orthogonal to all that grows from a vector of
// ones, however long the search.
TEST(SolveSingular, SeesTwoUnknownsThatTheMatrixDoesNotTellApart) {
    Random random(3);
    for (const Index n : {50, 500, 5000}) {
        for (int repeat = 0; repeat < 20; ++repeat) {
            const double q = random.uniform(0.2, 0.8), r = random.uniform(0.5, 0.9);
            const Csr<double> A = with_block(n, Eigen::MatrixXd{{1, q, q}, {q, r, r}, {q, r, r}});
            Eigen::VectorXd b(n);
            A.apply(Eigen::VectorXd::Ones(n).eval(), b);
            for (const Method method : {Method::automatic, Method::lu, Method::klu, Method::qr, Method::ldlt}) {
                SolveOptions options = reporting;
                options.method = method;
                const auto s = solve(A, b, options);
                EXPECT_NE(s.report.status, Status::solved) << n << " " << q << " " << r << " " << name(method);
            }
        }
    }
}

// A regular matrix whose inverse is enormous in one direction that rounding hides.
TEST(SolveSingular, PromisesNothingWhereRoundingHidesTheSolution) {
    Random random(4);
    constexpr double epsilon = 1e-33;
    for (int repeat = 0; repeat < 40; ++repeat) {
        const double q = random.uniform(0.2, 0.8), r = random.uniform(0.5, 0.9);
        const Csr<double> A =
            with_block(500, Eigen::MatrixXd{{1, q, q, 0}, {q, r, r, 0}, {q, r, r, epsilon}, {0, 0, epsilon, 1}});
        Eigen::VectorXd b = Eigen::VectorXd::Ones(500);
        b.tail(4) << 1 + 2 * q, q + 2 * r, q + 2 * r, 1;
        EXPECT_NE(solve(A, b, reporting).report.status, Status::solved) << q << " " << r;
    }
}

// Kernels of radial functions with a point that occurs twice, as regression matrices have them.
TEST(SolveSingular, SeesAPointThatOccursTwice) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        Random random(seed);
        const Index n = 300;
        Eigen::MatrixXd points(n, 2);
        for (Index i = 0; i < n; ++i) points(i, 0) = random.uniform(), points(i, 1) = random.uniform();
        points.row(2 * n / 3 + 1) = points.row(n / 3);
        Coo<double> A(n, n);
        Eigen::VectorXd b(n);
        for (Index i = 0; i < n; ++i) {
            b[i] = std::sin(3 * points(i, 0)) + points(i, 1);
            for (Index j = 0; j < n; ++j) {
                const double r = (points.row(i) - points.row(j)).norm() * std::sqrt(static_cast<double>(n)) / 1.2;
                if (r < 1) A.add(i, j, std::pow(1 - r, 4) * (4 * r + 1));
            }
        }
        EXPECT_NE(solve(to_csr(A), b, reporting).report.status, Status::solved) << seed;
    }
}

// No gap in floating-point singular values proves that a matrix of integers is singular.
TEST(SolveSingular, DoesNotCallSingularWhatIsProvedRegular) {
    Coo<double> triangle(60, 60);
    for (Index i = 0; i < 60; ++i)
        for (Index j = i; j < 60; ++j) triangle.add(i, j, i == j ? 1 : -1);
    Coo<double> pair(2, 2);
    pair.add(0, 0, 0x1p27), pair.add(0, 1, 0x1p27 + 1);  // determinant 1
    pair.add(1, 0, 0x1p27 - 1), pair.add(1, 1, 0x1p27);
    for (const Coo<double>& C : {triangle, pair}) {
        const Csr<double> A = to_csr(C);
        EXPECT_TRUE(detail::proved_regular(CsrView<double>(A)));
        Eigen::VectorXd b(A.rows());
        A.apply(Eigen::VectorXd::Ones(A.rows()).eval(), b);
        for (const Method method : {Method::automatic, Method::qr}) {
            SolveOptions options = reporting;
            options.method = method;
            const auto s = solve(A, b, options);
            EXPECT_EQ(s.report.status, Status::ill_conditioned) << name(method);
            EXPECT_EQ(s.report.singularity, std::nullopt);
            EXPECT_LE(s.report.null_space_dimension.value_or(0), 0);
        }
    }
}

// The customary tolerance of sparse QR grows with the order, and is far above rounding.
TEST(SolveSingular, KeepsTheRankOfLargeSystemsFarFromSingular) {
    for (const auto& [n, delta] : {std::pair<Index, double>{2000, 0x1p-37}, {200, 0x1p-40}}) {
        const Csr<double> A = with_block(n, Eigen::MatrixXd{{1, 1}, {1, 1 + delta}});
        Eigen::VectorXd b = Eigen::VectorXd::Ones(n);
        b.tail(2) << 3, 3 + 2 * delta;
        SolveOptions options = reporting;
        options.method = Method::qr;
        const auto square = solve(A, b, options);
        EXPECT_EQ(square.report.status, Status::solved) << square.report.message;
        EXPECT_NEAR(square.x[n - 1], 2, 1e-3);

        Coo<double> tall(n + 1, n);
        for (Index i = 0; i < n; ++i)
            for (Offset p = A.indptr()[static_cast<std::size_t>(i)]; p < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++p)
                tall.add(i, A.indices()[static_cast<std::size_t>(p)], A.values()[static_cast<std::size_t>(p)]);
        tall.add(n, 0, 1);
        Eigen::VectorXd c(n + 1);
        c << b, 1;
        const auto least_squares = solve(to_csr(tall), c, reporting);
        EXPECT_EQ(least_squares.report.status, Status::solved) << least_squares.report.message;
        EXPECT_NEAR(least_squares.x[n - 1], 2, 1e-3);
    }
}

TEST(SolveSingular, AsksMoreOfConsistencyThanATolerance) {
    const Csr<double> A = from_dense(Eigen::MatrixXd(Eigen::MatrixXd::Ones(2, 2)));
    SolveOptions lax = reporting;
    lax.rtol = 0.5;
    EXPECT_EQ(solve(A, Eigen::VectorXd{{1, 2}}, lax).report.status, Status::singular_inconsistent);
    EXPECT_EQ(solve(A, Eigen::VectorXd{{1, 1 + 5e-9}}, reporting).report.status, Status::singular_inconsistent);
    EXPECT_EQ(solve(A, Eigen::VectorXd{{1, 1}}, reporting).report.status, Status::singular_consistent);
}

TEST(SolveSingular, WideSystemsThatContradictThemselvesHaveNoAnswer) {
    Coo<double> C(2, 3);
    C.add(0, 0, 1), C.add(0, 1, 1);
    EXPECT_EQ(solve(to_csr(C), Eigen::VectorXd{{1, 5}}, reporting).report.status, Status::singular_inconsistent);
    EXPECT_EQ(solve(to_csr(C), Eigen::VectorXd{{1, 0}}, reporting).report.status, Status::singular_consistent);
}

TEST(SolveSingular, NamesTheLimitOfAnInertiaOnlyWhenThereIsOne) {
    const Csr<double> A = path_laplacian(12);
    Eigen::VectorXd b = Eigen::VectorXd::Zero(12);
    b[0] = 1, b[11] = -1;
    const auto s = solve(A, b, reporting);
    EXPECT_EQ(s.report.status, Status::singular_consistent);
    EXPECT_EQ(s.report.inertia, std::nullopt);
    EXPECT_EQ(s.report.rank, 11);
}

TEST(ProvedRegular, IsExactForIntegersAndPowersOfTwo) {
    EXPECT_FALSE(detail::proved_regular(CsrView<double>(path_laplacian(40))));
    EXPECT_TRUE(detail::proved_regular(CsrView<double>(poisson1d(40))));
    const Csr<double> nine = from_dense(Eigen::MatrixXd{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}});
    EXPECT_FALSE(detail::proved_regular(CsrView<double>(nine)));
    const Csr<double> scaled = from_dense(Eigen::MatrixXd{{0x1p-900, 0x1p900}, {0x1p-1000, 0x1p800 * (1 + 0x1p-52)}});
    EXPECT_TRUE(detail::proved_regular(CsrView<double>(scaled)));
    using C = std::complex<double>;
    const Csr<C> rotated = from_dense(Eigen::MatrixXcd({{C(1), C(0, 1)}, {C(0, -1), C(1)}}));  // det = 1 + i·i = 0
    EXPECT_FALSE(detail::proved_regular(CsrView<C>(rotated)));
    const Csr<C> other = from_dense(Eigen::MatrixXcd({{C(1), C(0, 1)}, {C(0, 1), C(1)}}));  // det = 2
    EXPECT_TRUE(detail::proved_regular(CsrView<C>(other)));
    EXPECT_FALSE(detail::proved_regular(CsrView<double>(poisson2d(30, 30))));  // beyond the order that is tried
}

}  // namespace
