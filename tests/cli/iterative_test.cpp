// SPDX-License-Identifier: BSD-3-Clause
// `ritz solve --method cg` and its like: what is chosen, shown, and refused.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ritz::test {
namespace {

TEST(CliIterative, TakesEveryMethodWithEveryPreconditioner) {
    const Desk desk;
    ASSERT_EQ(desk.ritz("generate", "poisson2d", "--size", "12", "-o", "A.mtx").exit_code, 0);
    const auto registry = desk.ritz("methods", "--json").json();
    ASSERT_GE(registry["preconditioners"].size(), 10U);
    int methods = 0, solved = 0, all = 0;
    for (const auto& method : registry["methods"]) {
        const bool least_squares = method["kind"] == "least_squares";
        if (method["kind"] != "krylov" && !least_squares) continue;
        ++methods;
        for (const auto& preconditioner : registry["preconditioners"]) {
            const std::string m = method["name"], p = preconditioner["name"];
            const Result result = desk.ritz("solve", "A.mtx", "--method", m, "--preconditioner", p, "--json");
            const auto json = result.json();
            SCOPED_TRACE(m + " with " + p);
            EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 1) << result.err;
            EXPECT_EQ(result.exit_code == 0, json["status"] == "solved") << json["status"];
            ++all;
            solved += result.exit_code == 0;
            if (result.exit_code != 0) continue;
            EXPECT_EQ(json["plan"]["method"], m);
            EXPECT_EQ(json["plan"]["preconditioner"], p);
            EXPECT_EQ(json["attempts"].back()["preconditioner"], p);
            EXPECT_LE(json["relative_residual"].get<double>(), 1e-8);
            EXPECT_EQ(json["history"].size(), json["iterations"].get<std::size_t>() + 1);
        }
    }
    EXPECT_GE(methods, 20);
    EXPECT_GE(solved, all * 9 / 10) << "of " << all;
}

TEST(CliIterative, ShowsTheCurveOfConvergence) {
    const Desk desk;
    ASSERT_EQ(desk.ritz("generate", "poisson2d", "--size", "30", "-o", "A.mtx").exit_code, 0);
    const Result plain = desk.ritz("solve", "A.mtx", "--method", "cg", "--preconditioner", "jacobi");
    EXPECT_EQ(plain.exit_code, 0);
    EXPECT_NE(plain.out.find("cg with jacobi"), std::string::npos) << plain.out;
    EXPECT_NE(plain.out.find("iterations"), std::string::npos);
    EXPECT_EQ(plain.out.find("1e-08 │"), std::string::npos);
    const Result explained = desk.ritz("solve", "A.mtx", "--method", "cg", "--explain");
    EXPECT_NE(explained.out.find("1e-08 │"), std::string::npos) << explained.out;
    EXPECT_NE(explained.out.find("tolerance"), std::string::npos);
}

TEST(CliIterative, SaysWhyThereIsNoAnswer) {
    const Desk desk;
    ASSERT_EQ(desk.ritz("generate", "poisson2d", "--size", "30", "-o", "A.mtx").exit_code, 0);
    const Result few = desk.ritz("solve", "A.mtx", "--method", "cg", "--preconditioner", "none", "--max-iterations",
                                 "5", "-o", "x.mtx", "--json");
    EXPECT_EQ(few.exit_code, 1);
    const auto json = few.json();
    EXPECT_EQ(json["status"], "not_converged");
    EXPECT_EQ(json["attempts"][0]["status"], "max_iterations");
    EXPECT_EQ(json["iterations"], 5);
    EXPECT_NE(few.err.find("limit of 5 iterations"), std::string::npos) << few.err;
    EXPECT_FALSE(desk.has("x.mtx"));

    ASSERT_EQ(desk.ritz("generate", "grcar", "--size", "50", "-o", "G.mtx").exit_code, 0);
    const Result wrong = desk.ritz("solve", "G.mtx", "--method", "cg", "--json");
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_EQ(wrong.json()["status"], "not_symmetric");
    EXPECT_NE(wrong.err.find("gmres"), std::string::npos) << wrong.err;

    const Result slip = desk.ritz("solve", "G.mtx", "--method", "gmres", "--preconditioner", "ilu");
    EXPECT_EQ(slip.exit_code, 2);
    EXPECT_NE(slip.err.find("ilu0"), std::string::npos) << slip.err;
}

TEST(CliIterative, NamesAZeroOnTheDiagonal) {
    const Desk desk;
    desk.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 1\n2 1 1\n");
    const Result result = desk.ritz("solve", "A.mtx", "--method", "gmres", "--preconditioner", "jacobi", "--json");
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.json()["status"], "breakdown");
    EXPECT_NE(result.err.find("row 1"), std::string::npos) << result.err;
}

TEST(CliIterative, SolvesLeastSquaresOfAnyShape) {
    const Desk desk;
    desk.write("tall.mtx", "%%MatrixMarket matrix array real general\n3 1\n1\n1\n1\n");
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n3 1\n1\n2\n6\n");
    for (const char* method : {"lsqr", "lsmr", "cgls"}) {
        const Result result = desk.ritz("solve", "tall.mtx", "b.mtx", "--method", method, "-o", "x.mtx");
        EXPECT_EQ(result.exit_code, 0) << result.err;
        EXPECT_NE(desk.read("x.mtx").find("\n3"), std::string::npos) << desk.read("x.mtx");
    }
    EXPECT_EQ(desk.ritz("solve", "tall.mtx", "b.mtx", "--method", "cg").exit_code, 2);
}

}  // namespace
}  // namespace ritz::test
