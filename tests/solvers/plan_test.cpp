// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <complex>

#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/solve.hpp"

namespace {

using namespace ritz;

template <Scalar T>
std::string_view rule(const Csr<T>& A) {
    return plan(A, {.analyse_all = false}).rule;
}

TEST(Plan, FollowsTheRuleThatFitsTheMatrix) {
    EXPECT_EQ(rule(identity<double>(5)), "diagonal");
    EXPECT_EQ(rule(poisson2d(20, 20)), "positive_definite");
    EXPECT_EQ(rule(stokes2d(8, 8)), "symmetric");
    EXPECT_EQ(rule(helmholtz2d_absorbing(8, 8, 3)), "symmetric");
    EXPECT_EQ(rule(tridiagonal_toeplitz(50, 1, 4, 2)), "tridiagonal");
    EXPECT_EQ(rule(grcar(100)), "band");
    EXPECT_EQ(rule(tril(poisson2d(9, 9))), "triangular");
    EXPECT_EQ(rule(convection_diffusion2d(60, 60, 1e-2)), "circuit");
    EXPECT_EQ(rule(convection_diffusion2d(200, 200, 1e-2)), "general");
}

TEST(Plan, NamesEveryRuleOfTheTable) {
    const auto table = decision_rules();
    ASSERT_FALSE(table.empty());
    EXPECT_EQ(table.back().name, "general");  // fits what no other does
    for (const DecisionRule& row : table) {
        EXPECT_FALSE(row.when.empty()) << row.name;
        ASSERT_FALSE(row.chain.empty()) << row.name;
        const Method last = row.chain.back();
        EXPECT_TRUE(last == Method::qr || last == Method::diagonal) << row.name;
    }
}

TEST(Plan, IsWhatSolveBeginsWith) {
    for (const Csr<double>& A : {poisson2d(20, 20), stokes2d(8, 8), grcar(60), convection_diffusion2d(30, 30, 1e-2),
                                 tridiagonal_toeplitz(50, 1, 4, 2), tril(poisson2d(9, 9))}) {
        Eigen::VectorXd b(A.rows());
        A.apply(Eigen::VectorXd::Ones(A.cols()).eval(), b);
        const auto solution = solve(A, b);
        EXPECT_EQ(solution.report.attempts.front().method, name(plan(A, {.analyse_all = false}).chain.front()));
    }
}

TEST(Plan, PredictsTheFillThatTheFactorsHave) {
    const Csr<double> A = poisson3d(12, 12, 12);
    const Plan p = plan(A);
    ASSERT_EQ(p.candidates.size(), p.chain.size());
    for (const Candidate& c : p.candidates) {
        EXPECT_TRUE(c.obstacle.empty()) << name(c.method) << ": " << c.obstacle;
        EXPECT_GT(c.factor_nonzeros, static_cast<double>(A.nnz()) / 2) << name(c.method);
        EXPECT_GT(c.flops, 0) << name(c.method);
        EXPECT_GT(c.peak_memory_bytes, 8 * c.factor_nonzeros / 2) << name(c.method);
        EXPECT_GT(c.seconds, 0) << name(c.method);
    }
    Eigen::VectorXd b = Eigen::VectorXd::Ones(A.rows());
    const auto solution = solve(A, b);
    EXPECT_EQ(static_cast<double>(solution.report.factors.factor_nonzeros), p.candidates.front().factor_nonzeros);
}

TEST(Plan, SaysWhichLimitAMethodWouldPass) {
    const Csr<double> A = poisson3d(12, 12, 12);
    const Plan memory = plan(A, {.max_memory_bytes = 100000});
    EXPECT_NE(memory.candidates.front().obstacle.find("allowed are 0.100 MB"), std::string::npos)
        << memory.candidates.front().obstacle;
    const Plan time = plan(A, {.max_seconds = 1e-6});
    EXPECT_NE(time.candidates.front().obstacle.find("allowed are"), std::string::npos);
    EXPECT_EQ(plan(A, {.method = Method::qr}).chain, std::vector<Method>{Method::qr});
}

TEST(Plan, HasNoMethodForWhatHasNoNumbers) {
    Csr<double> A = poisson1d(3);
    A.values()[1] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(rule(A), "not finite");
    EXPECT_EQ(rule(to_csr(Coo<double>(0, 0))), "empty");
    EXPECT_TRUE(plan(to_csr(Coo<double>(3, 0))).chain.empty());
}

TEST(Plan, OfColumnsIsThatOfRows) {
    const Csr<double> A = stokes2d(6, 6);
    EXPECT_EQ(plan(to_csc(A)).chain, plan(A).chain);
}

TEST(Solve, RefusesWhatItsLimitsForbidAndSaysTheNumbers) {
    const Csr<double> A = poisson3d(12, 12, 12);
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(A.rows());
    for (const SolveOptions& options : {SolveOptions{.on_failure = OnFailure::report, .max_memory_bytes = 100000},
                                        SolveOptions{.on_failure = OnFailure::report, .max_seconds = 1e-6}}) {
        const auto solution = solve(A, b, options);
        EXPECT_EQ(solution.report.status, Status::limit_exceeded);
        EXPECT_FALSE(solution.report.message.empty());
    }
}

}  // namespace
