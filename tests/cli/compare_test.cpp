// SPDX-License-Identifier: BSD-3-Clause
// `ritz compare`, and what solve and info tell of plans, limits and singular matrices.
#include <gtest/gtest.h>

#include <set>

#include "cli/program.hpp"

namespace ritz::test {
namespace {

// The Laplacian of two paths, 1-2-3 and 4-5: one null vector each.
const std::string two_paths =
    "%%MatrixMarket matrix coordinate real symmetric\n5 5 8\n1 1 1\n2 1 -1\n2 2 2\n3 2 -1\n3 3 1\n4 4 1\n5 4 -1\n5 5 "
    "1\n";
// Row 3 has no nonzero.
const std::string empty_row = "%%MatrixMarket matrix coordinate real general\n3 3 4\n1 1 2\n1 2 1\n2 2 3\n2 3 1\n";

TEST(CliCompare, RunsEveryMethodThatTheMatrixHas) {
    const Desk desk;
    desk.write("A.mtx", spd);
    const Result result = desk.ritz("compare", "A.mtx", "--json");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const auto json = result.json();
    EXPECT_EQ(json["command"], "compare");
    std::set<std::string> methods;
    int chosen = 0, best = 0;
    for (const auto& row : json["methods"]) {
        methods.insert(row["method"].get<std::string>());
        EXPECT_EQ(row["status"], "solved") << row;
        const bool direct = row["iterations"].get<int>() == 0 || row["factor_nonzeros"].get<int>() > 0;
        EXPECT_LE(row["error_against_ones"].get<double>(), direct ? 1e-14 : 1e-7) << row;
        EXPECT_LE(row["relative_residual"].get<double>(), direct ? 1e-14 : 1e-8) << row;
        chosen += row["chosen"].get<bool>();
        best += row["best"].get<bool>();
    }
    EXPECT_EQ(chosen, 1);
    EXPECT_EQ(best, 1);
    for (const char* method : {"tridiagonal", "banded", "cholesky", "klu", "lu"})
        EXPECT_TRUE(methods.contains(method)) << method;
    EXPECT_FALSE(methods.contains("diagonal") || methods.contains("triangular"));

    const Result text = desk.ritz("compare", "A.mtx");
    for (const std::string& method : methods) EXPECT_NE(text.out.find(method), std::string::npos) << text.out;
    EXPECT_NE(text.out.find("quickest answer"), std::string::npos) << text.out;
}

TEST(CliCompare, PrefersAnAnswerWithoutDoubtToAQuickerOne) {
    const Desk desk;
    desk.write("A.mtx", two_paths);
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n5 1\n1\n0\n-1\n2\n-2\n");
    const auto json = desk.ritz("compare", "A.mtx", "b.mtx", "--json").json();
    std::string best;
    for (const auto& row : json["methods"])
        if (row["best"]) best = row["status"];
    EXPECT_TRUE(best == "singular_consistent" || best == "ill_conditioned") << json;
    EXPECT_NE(desk.ritz("compare", "A.mtx", "b2.mtx").exit_code, 0);  // no such file
}

TEST(CliSolve, SaysWhyAGraphLaplacianIsSingularComponentByComponent) {
    const Desk desk;
    desk.write("A.mtx", two_paths);
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n5 1\n1\n0\n-1\n2\n-2\n");
    const Result consistent = desk.ritz("solve", "A.mtx", "b.mtx", "--json");
    EXPECT_EQ(consistent.exit_code, 0) << consistent.err;
    const auto json = consistent.json();
    EXPECT_EQ(json["status"], "singular_consistent");
    EXPECT_EQ(json["null_space_dimension"], 2);
    std::set<int> sizes;
    for (const auto& finding : json["singularity"]["findings"])
        if (finding["cause"] == "zero_row_sums") sizes.insert(finding["columns"]["count"].get<int>());
    EXPECT_EQ(sizes, (std::set<int>{2, 3}));

    desk.write("c.mtx", "%%MatrixMarket matrix array real general\n5 1\n1\n0\n0\n0\n0\n");  // 1 does not sum to zero
    EXPECT_EQ(desk.ritz("solve", "A.mtx", "c.mtx", "-o", "x.mtx").exit_code, 1);
    EXPECT_FALSE(desk.has("x.mtx"));
}

TEST(CliSolve, CountsRowsFromOneInEveryMessage) {
    const Desk desk;
    desk.write("A.mtx", empty_row);
    const Result text = desk.ritz("solve", "A.mtx", "--explain");
    EXPECT_NE(text.out.find("no nonzero in row 3"), std::string::npos) << text.out;
    EXPECT_EQ(text.out.find("row 0"), std::string::npos) << text.out;
    EXPECT_EQ(text.out.find("row 2"), std::string::npos) << text.out;
    desk.write("B.mtx", "%%MatrixMarket matrix coordinate real symmetric\n3 3 4\n1 1 1\n2 2 1\n3 1 2\n3 3 1\n");
    const Result named = desk.ritz("solve", "B.mtx", "--method", "cholesky");
    EXPECT_EQ(named.exit_code, 1);
    EXPECT_TRUE(named.out.find("pivot of row 1 is") != std::string::npos ||
                named.out.find("pivot of row 3 is") != std::string::npos)
        << named.out;
}

TEST(CliSolve, TellsTheInertiaOfAnIndefiniteMatrix) {
    const Desk desk;
    desk.write("A.mtx", "%%MatrixMarket matrix coordinate real symmetric\n3 3 5\n1 1 1\n2 1 2\n3 1 2\n3 2 2\n2 2 1\n");
    const auto json = desk.ritz("solve", "A.mtx", "--json").json();
    EXPECT_EQ(json["status"], "solved");
    if (json["plan"]["method"] == "ldlt") {
        EXPECT_EQ(json["inertia"]["positive"].get<int>() + json["inertia"]["negative"].get<int>(), 3);
        EXPECT_EQ(json["inertia"]["zero"], 0);
    }
}

TEST(CliSolve, TakesAnOrderingThatTheMethodKnowsAndLetsOthersChoose) {
    const Desk desk;
    desk.ritz("generate", "poisson2d", "--size", "12", "-o", "A.mtx");
    for (const char* ordering : {"auto", "natural", "amd", "colamd", "metis", "best"}) {
        const Result result = desk.ritz("solve", "A.mtx", "--ordering", ordering, "--json");
        EXPECT_EQ(result.exit_code, 0) << ordering << result.err;
        if (std::string(ordering) == "metis" || std::string(ordering) == "natural") {
            EXPECT_EQ(result.json()["factors"]["ordering"], ordering);
        }
    }
    EXPECT_EQ(desk.ritz("solve", "A.mtx", "--ordering", "metsi").exit_code, 2);
}

TEST(CliInfo, PredictsWhatASolveWillTake) {
    const Desk desk;
    desk.ritz("generate", "poisson2d", "--size", "30", "-o", "A.mtx");
    const auto info = desk.ritz("info", "A.mtx", "--deep", "--json").json();
    ASSERT_GE(info["plan"]["candidates"].size(), 2U);
    const auto& first = info["plan"]["candidates"][0];
    EXPECT_EQ(first["method"], "cholesky");
    const auto solved = desk.ritz("solve", "A.mtx", "--json").json();
    EXPECT_EQ(first["factor_nonzeros"], solved["factors"]["nonzeros"]);
    EXPECT_GE(first["peak_memory_bytes"].get<double>(), solved["factors"]["memory_bytes"].get<double>());
}

TEST(CliSolve, RefusesAFactorisationThatWouldTakeTooMuch) {
    const Desk desk;
    desk.ritz("generate", "poisson3d", "--size", "40", "-o", "A.mtx");
    const Result result = desk.ritz("solve", "A.mtx", "--max-memory", "60M", "--method", "cholesky");
    EXPECT_EQ(result.exit_code, 4) << result.out;
    EXPECT_NE(result.err.find("allowed"), std::string::npos) << result.err;
    // Left to choose, it goes on with a method that needs no factors.
    const Result iterative = desk.ritz("solve", "A.mtx", "--max-memory", "60M", "--json");
    EXPECT_EQ(iterative.exit_code, 0) << iterative.err;
    EXPECT_EQ(iterative.json()["plan"]["method"], "cg");
    EXPECT_EQ(iterative.json()["attempts"].front()["status"], "limit_exceeded");
}

}  // namespace
}  // namespace ritz::test
