// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/block_cg.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;
using Complex = std::complex<double>;

template <Scalar T>
Eigen::MatrixX<T> random_matrix(Index rows, Index cols, std::uint64_t seed) {
    const auto v = random_vector<T>(rows * cols, seed);
    return Eigen::Map<const Eigen::MatrixX<T>>(v.data(), rows, cols);
}

template <Scalar T>
void expect_honest(const CsrView<T>& A, const Eigen::MatrixX<T>& B, const Eigen::MatrixX<T>& X,
                   const std::vector<KrylovReport>& reports, double rtol, Status status = Status::converged) {
    ASSERT_EQ(static_cast<Index>(reports.size()), B.cols());
    for (Index j = 0; j < B.cols(); ++j) {
        const KrylovReport& r = reports[static_cast<std::size_t>(j)];
        const Eigen::VectorX<T> b = B.col(j), x = X.col(j);
        Eigen::VectorX<T> Ax(A.rows());
        A.apply(x, Ax);
        const auto norm = static_cast<double>((b - Ax).norm());
        EXPECT_EQ(r.status, status) << j << ": " << r.message;
        EXPECT_EQ(r.status == Status::converged, r.residual_norm <= rtol * static_cast<double>(b.norm()) * (1 + 1e-12));
        EXPECT_NEAR(r.residual_norm, norm, 1e-3 * norm + 1e-14 * static_cast<double>(b.norm()));
        EXPECT_EQ(static_cast<std::int64_t>(r.history.size()), r.iterations + 1);
        EXPECT_EQ(r.method, "block_cg");
    }
}

TEST(BlockCg, TakesFewerStepsThanCgForEachColumn) {
    const Csr<double> A = poisson2d(30, 30);
    const Eigen::MatrixXd B = random_matrix<double>(900, 8, 1);
    Eigen::MatrixXd X = Eigen::MatrixXd::Zero(900, 8), Y = X;
    const auto together = block_cg(A, B, X);
    const auto alone = krylov(Method::cg, A, B, Y);
    expect_honest<double>(A, B, X, together, 1e-8);
    for (std::size_t j = 0; j < 8; ++j) EXPECT_LT(3 * together[j].iterations, 2 * alone[j].iterations);
    EXPECT_LE((X - Y).norm(), 1e-5 * Y.norm());
}

TEST(BlockCg, LeavesOutDirectionsThatDependOnOthers) {
    const Csr<double> A = poisson2d(12, 12);
    Eigen::MatrixXd B = random_matrix<double>(144, 6, 2);
    B.col(1) = B.col(0);
    B.col(2) = -3e200 * B.col(0);
    B.col(3).setZero();
    B.col(4) = 1e-200 * (B.col(0) + B.col(5));
    Eigen::MatrixXd X = random_matrix<double>(144, 6, 3);
    X.col(2).setZero(), X.col(4).setZero();
    const auto reports = block_cg(A, B, X, KrylovOptions{.stop = {.rtol = 1e-10}});
    for (Index j = 0; j < 6; ++j) {
        EXPECT_EQ(reports[static_cast<std::size_t>(j)].status, Status::converged)
            << j << ' ' << reports[static_cast<std::size_t>(j)].message;
        EXPECT_LE(reports[static_cast<std::size_t>(j)].iterations, 80);
    }
    EXPECT_EQ(reports[3].iterations, 0);
    EXPECT_EQ(X.col(3), Eigen::VectorXd::Zero(144));
    EXPECT_LE((X.col(0) - X.col(1)).norm(), 1e-8 * X.col(0).norm());
    EXPECT_LE((X.col(2) / -3e200 - X.col(0)).norm(), 1e-8 * X.col(0).norm());
}

TEST(BlockCg, LeavesAnExactColumnAlone) {
    const Csr<double> A = poisson2d(9, 9);
    Eigen::MatrixXd X = random_matrix<double>(81, 3, 4), B(81, 3);
    X.col(1).setOnes();
    for (Index j = 0; j < 3; ++j) {
        const Eigen::VectorXd x = X.col(j);
        Eigen::VectorXd b(81);
        A.apply(x, b);
        B.col(j) = b;
    }
    X.col(0).setZero();
    X.col(2).setZero();
    const auto reports = block_cg(A, B, X);
    EXPECT_EQ(reports[1].iterations, 0);
    EXPECT_EQ(reports[1].residual_norm, 0);
    EXPECT_EQ(X.col(1), Eigen::VectorXd::Ones(81));
    EXPECT_GT(reports[0].iterations, 0);
    expect_honest<double>(A, B, X, reports, 1e-8);
}

TEST(BlockCg, WorksInComplexArithmeticAndSinglePrecisionWithAPreconditioner) {
    const Csr<double> P = poisson2d(10, 10);
    Coo<Complex> entries(100, 100);
    Coo<float> single(100, 100);
    for (Index i = 0; i < 100; ++i)
        for (Index j = 0; j < 100; ++j) {
            const double a = P.at(i, j);
            if (a == 0) continue;
            const double d = (1 + i % 7) * (1 + j % 7);
            entries.add(i, j, i == j ? Complex(a * d) : a * d * (i < j ? Complex(0, 1) : Complex(0, -1)));
            single.add(i, j, static_cast<float>(a));
        }
    const Csr<Complex> A = to_csr(entries);
    const MatrixFree M(100, 100, [](VectorView<Complex> r, VectorRef<Complex> z) {
        for (std::size_t i = 0; i < 100; ++i) z[i] = r[i] / (4.0 * static_cast<double>((1 + i % 7) * (1 + i % 7)));
    });
    const Eigen::MatrixXcd B = random_matrix<Complex>(100, 5, 5);
    Eigen::MatrixXcd X = Eigen::MatrixXcd::Zero(100, 5), Y = X;
    const auto with = block_cg(A, B, X, M), without = block_cg(A, B, Y);
    expect_honest<Complex>(A, B, X, with, 1e-8);
    expect_honest<Complex>(A, B, Y, without, 1e-8);
    EXPECT_LT(with[0].iterations, without[0].iterations);
    const Eigen::MatrixXf Bf = random_matrix<float>(100, 3, 6);
    Eigen::MatrixXf Xf = Eigen::MatrixXf::Zero(100, 3);
    const Csr<float> F = to_csr(single);
    for (const auto& r : block_cg(F, Bf, Xf, KrylovOptions{.stop = {.rtol = 1e-4}}))
        EXPECT_EQ(r.status, Status::converged) << r.message;
}

TEST(BlockCg, TakesAnyScale) {
    for (const int exponent : {1000, -1000, 150, -150}) {
        Csr<double> A = poisson2d(8, 8);
        for (double& a : A.values()) a = std::ldexp(a, exponent);
        const Eigen::MatrixXd B = random_matrix<double>(64, 3, 7);
        Eigen::MatrixXd X = Eigen::MatrixXd::Zero(64, 3);
        for (const auto& r : block_cg(A, B, X)) EXPECT_EQ(r.status, Status::converged) << exponent << r.message;
    }
}

TEST(BlockCg, NamesWhatIsNotForIt) {
    const Eigen::MatrixXd B = random_matrix<double>(40, 3, 8);
    Eigen::MatrixXd X = Eigen::MatrixXd::Zero(40, 3);
    Coo<double> entries(40, 40);
    for (Index i = 0; i < 40; ++i) entries.add(i, i, i % 2 ? 1.0 + i : -1.0 - i);
    const Csr<double> indefinite = to_csr(entries);
    for (const auto& r : block_cg(indefinite, B, X)) EXPECT_EQ(r.status, Status::indefinite_operator) << r.message;
    X.setZero();
    for (const auto& r : block_cg(tridiagonal_toeplitz(40, 1, 4, 0), B, X))
        EXPECT_EQ(r.status, Status::not_symmetric) << r.message;
    Eigen::MatrixXd with_nan = B;
    with_nan(3, 1) = std::nan("");
    const auto reports = block_cg(poisson1d(40), with_nan, X);
    EXPECT_EQ(reports[0].status, Status::converged);
    EXPECT_EQ(reports[1].status, Status::not_finite);
    EXPECT_EQ(reports[2].status, Status::converged);
    EXPECT_TRUE(X.allFinite());
    Eigen::MatrixXd narrow(40, 2);
    EXPECT_THROW((void)block_cg(poisson1d(40), B, narrow), InvalidArgument);
    Eigen::MatrixXd none(40, 0);
    EXPECT_TRUE(block_cg(poisson1d(40), none, none).empty());
    const Csr<double> empty(0, 0, {0}, {}, {});
    Eigen::MatrixXd no_rows(0, 2);
    EXPECT_EQ(block_cg(empty, no_rows, no_rows).size(), 2u);
}

TEST(BlockCg, KeepsToItsLimitsAndToTheMonitor) {
    const Csr<double> A = poisson2d(30, 30);
    const Eigen::MatrixXd B = random_matrix<double>(900, 4, 9);
    for (const std::int64_t limit : {0, 1, 5}) {
        Eigen::MatrixXd X = Eigen::MatrixXd::Zero(900, 4);
        const auto reports = block_cg(A, B, X, KrylovOptions{.stop = {.max_iterations = limit}});
        expect_honest<double>(A, B, X, reports, 1e-8, Status::max_iterations);
        for (const auto& r : reports) {
            EXPECT_LE(r.iterations, limit);
            EXPECT_LE(r.relative_residual, 1 + 1e-14) << "no worse than the start";
        }
    }
    Eigen::MatrixXd X = Eigen::MatrixXd::Zero(900, 4);
    for (const auto& r :
         block_cg(A, B, X, KrylovOptions{.monitor = [](const KrylovState& s) { return s.iteration >= 3; }}))
        EXPECT_EQ(r.status, Status::interrupted) << r.message;
}

TEST(BlockCg, LeavesXWhenTheOperatorThrows) {
    const Csr<double> A = poisson2d(10, 10);
    int applications = 0;
    const MatrixFree failing(100, 100, [&](VectorView<double> in, VectorRef<double> out) {
        if (++applications == 20) throw std::domain_error("no more fuel");
        A.apply(in, out);
    });
    const Eigen::MatrixXd B = random_matrix<double>(100, 3, 10);
    Eigen::MatrixXd X = random_matrix<double>(100, 3, 11);
    const Eigen::MatrixXd before = X;
    EXPECT_THROW((void)block_cg(failing, B, X), std::domain_error);
    EXPECT_EQ(X, before);
    for (const auto& r : block_cg(failing, B, X)) EXPECT_EQ(r.status, Status::converged);
}

}  // namespace
