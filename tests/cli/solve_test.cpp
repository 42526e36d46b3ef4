// SPDX-License-Identifier: BSD-3-Clause
// `ritz solve`: answers, statuses, exit codes, JSON, and what is written.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ritz::test {
namespace {

/// The numbers of an array file.
std::vector<double> numbers(const std::string& text) {
    std::istringstream lines(text);
    std::vector<double> values;
    bool sizes = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('%')) continue;
        if (std::exchange(sizes, true)) values.push_back(std::stod(line));
    }
    return values;
}

void expect_every_key(const nlohmann::json& json) {
    for (const char* key : {"command", "version", "matrix", "plan", "attempts", "status", "iterations", "residual_norm",
                            "relative_residual", "backward_error", "componentwise_backward_error", "condition_estimate",
                            "forward_error_bound", "warnings", "seconds", "peak_memory_bytes"})
        EXPECT_TRUE(json.contains(key)) << key;
    for (const char* key : {"path", "rows", "cols", "nonzeros", "field", "symmetry"})
        EXPECT_TRUE(json["matrix"].contains(key)) << key;
    for (const char* key : {"method", "preconditioner", "reasons"}) EXPECT_TRUE(json["plan"].contains(key)) << key;
    for (const char* key : {"read", "analyse", "factor", "solve", "total"})
        EXPECT_TRUE(json["seconds"].contains(key)) << key;
    for (const auto& attempt : json["attempts"])
        for (const char* key : {"method", "preconditioner", "status", "seconds", "detail"})
            EXPECT_TRUE(attempt.contains(key)) << key;
}

TEST(CliSolve, SolvesASmallSystemAndWritesX) {
    const Desk desk;
    desk.write("A.mtx", unsymmetric);  // [2 0 1; 0 3 0; 4 0 1]
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n3 1\n5\n6\n7\n");
    const Result result = desk.ritz("solve", "A.mtx", "b.mtx", "-o", "x.mtx", "--json");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const auto json = result.json();
    expect_every_key(json);
    EXPECT_EQ(json["status"], "solved");
    EXPECT_EQ(json["error_against_ones"], nullptr);
    const auto x = numbers(desk.read("x.mtx"));
    ASSERT_EQ(x.size(), 3U);
    EXPECT_NEAR(x[0], 1, 1e-14);
    EXPECT_NEAR(x[1], 2, 1e-14);
    EXPECT_NEAR(x[2], 3, 1e-14);
    EXPECT_EQ(desk.files(), (std::vector<std::string>{"A.mtx", "b.mtx", "x.mtx"}));
}

TEST(CliSolve, WithoutBShowsTheErrorAgainstOne) {
    const Desk desk;
    desk.write("A.mtx", spd);
    const Result text = desk.ritz("solve", "A.mtx");
    EXPECT_EQ(text.exit_code, 0);
    for (const char* word :
         {"matrix", "3 × 3, 7 entries, real, symmetric", "plan", "tridiagonal", "result", "solved", "residual",
          "backward error", "condition", "forward error", "error against 1", "time", "memory"})
        EXPECT_NE(text.out.find(word), std::string::npos) << word << text.out;
    EXPECT_LE(desk.ritz("solve", "A.mtx", "--json").json()["error_against_ones"].get<double>(), 1e-15);
}

TEST(CliSolve, ExplainsWhatTheNumbersMean) {
    const Desk desk;
    desk.write("A.mtx", spd);
    EXPECT_NE(desk.ritz("solve", "A.mtx", "--explain").out.find("How to read this"), std::string::npos);
}

TEST(CliSolve, ReadsEitherFileFromStandardInput) {
    const Desk desk;
    desk.write("A.mtx", spd);
    EXPECT_EQ(desk.run({.words = {"solve", "-", "--json"}, .input = spd}).json()["status"], "solved");
    const std::string b = "%%MatrixMarket matrix array real general\n3 1\n3\n2\n3\n";
    EXPECT_EQ(desk.run({.words = {"solve", "A.mtx", "-", "--json"}, .input = b}).json()["status"], "solved");
}

TEST(CliSolve, WritesXToStandardOutputAlone) {
    const Desk desk;
    desk.write("A.mtx", spd);
    const Result result = desk.ritz("solve", "A.mtx", "-o", "-");
    EXPECT_EQ(numbers(result.out).size(), 3U) << result.out;
    EXPECT_NE(result.err.find("solved"), std::string::npos);
}

TEST(CliSolve, SolvesEveryColumn) {
    const Desk desk;
    desk.write("A.mtx", unsymmetric);
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n3 2\n5\n6\n7\n0\n3\n0\n");
    const Result result = desk.ritz("solve", "A.mtx", "b.mtx", "-o", "x.mtx", "--json");
    EXPECT_EQ(result.json()["right_hand_side"]["columns"], 2);
    EXPECT_EQ(result.json()["columns"].size(), 2U);
    const auto x = numbers(desk.read("x.mtx"));
    ASSERT_EQ(x.size(), 6U);
    EXPECT_NEAR(x[4], 1, 1e-14);
}

TEST(CliSolve, MixesRealAndComplex) {
    const Desk desk;
    desk.write("A.mtx", spd);
    desk.write("C.mtx", "%%MatrixMarket matrix coordinate complex general\n2 2 2\n1 1 0 1\n2 2 2 0\n");
    desk.write("c.mtx", "%%MatrixMarket matrix array complex general\n3 1\n3 1\n2 0\n3 0\n");
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n4\n");
    EXPECT_EQ(desk.ritz("solve", "A.mtx", "c.mtx", "--json").json()["status"], "solved");
    EXPECT_EQ(desk.ritz("solve", "C.mtx", "b.mtx", "-o", "x.mtx", "--json").json()["status"], "solved");
    EXPECT_NE(desk.read("x.mtx").find("\n0 -1\n2 0\n"), std::string::npos) << desk.read("x.mtx");
}

TEST(CliSolve, SingularAndInconsistentIsNoAnswer) {
    const Desk desk;
    desk.write("A.mtx", singular);
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n0\n");
    const Result result = desk.ritz("solve", "A.mtx", "b.mtx", "-o", "x.mtx", "--json");
    EXPECT_EQ(result.exit_code, 1);
    const auto json = result.json();
    expect_every_key(json);
    EXPECT_EQ(json["status"], "singular_inconsistent");
    EXPECT_FALSE(desk.has("x.mtx"));
    EXPECT_NE(result.err.find("--keep-best"), std::string::npos) << result.err;

    EXPECT_EQ(desk.ritz("solve", "A.mtx", "b.mtx", "-o", "x.mtx", "--keep-best").exit_code, 1);
    EXPECT_TRUE(desk.has("x.mtx"));
}

TEST(CliSolve, SingularAndConsistentIsAnAnswerWithAWarning) {
    const Desk desk;
    desk.write("A.mtx", singular);
    const Result result = desk.ritz("solve", "A.mtx", "-o", "x.mtx", "--json");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.json()["status"], "singular_consistent");
    EXPECT_EQ(result.json()["null_space_dimension"], 1);
    EXPECT_NE(result.err.find("warning: singular consistent"), std::string::npos) << result.err;
    EXPECT_TRUE(desk.has("x.mtx"));
}

TEST(CliSolve, IllConditionedIsAnAnswerWithAWarning) {
    const Desk desk;
    ASSERT_EQ(desk.ritz("generate", "hilbert", "--size", "16", "-o", "A.mtx").exit_code, 0);
    const Result result = desk.ritz("solve", "A.mtx", "--json");
    const auto status = result.json()["status"].get<std::string>();
    EXPECT_TRUE(status == "ill_conditioned" || status.starts_with("singular")) << status;
    EXPECT_NE(status, "solved");
    EXPECT_EQ(result.exit_code, status == "singular_inconsistent" ? 1 : 0);
    EXPECT_NE(result.err.find("warning"), std::string::npos);
}

TEST(CliSolve, AMethodThatDoesNotFitIsNotReplaced) {
    const Desk desk;
    desk.write("A.mtx", unsymmetric);
    const Result result = desk.ritz("solve", "A.mtx", "--method", "cholesky", "-o", "x.mtx", "--json");
    EXPECT_NE(result.exit_code, 0);
    EXPECT_NE(result.json()["status"], "solved");
    EXPECT_FALSE(desk.has("x.mtx"));
}

TEST(CliSolve, EveryMethodSolvesWhatItIsFor) {
    const Desk desk;
    desk.write("A.mtx", spd);
    desk.write("D.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 2\n2 2 4\n");
    for (const auto& method : desk.ritz("methods", "--json").json()["methods"]) {
        const std::string name = method["name"];
        const auto json = desk.ritz("solve", name == "diagonal" ? "D.mtx" : "A.mtx", "--method", name, "--json").json();
        EXPECT_EQ(json["status"], "solved") << name;
        EXPECT_EQ(json["plan"]["method"], name);
    }
}

TEST(CliSolve, AWrongLengthOfBNamesBoth) {
    const Desk desk;
    desk.write("A.mtx", spd);
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n1\n");
    const Result result = desk.ritz("solve", "A.mtx", "b.mtx");
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_NE(result.err.find("b.mtx"), std::string::npos);
    EXPECT_NE(result.err.find("A.mtx"), std::string::npos);
    EXPECT_NE(result.err.find("2 rows"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("3 rows"), std::string::npos) << result.err;
}

TEST(CliSolve, RectangularSystemsAreLeastSquares) {
    const Desk desk;
    desk.write("A.mtx", "%%MatrixMarket matrix array real general\n3 1\n1\n1\n1\n");
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n3 1\n1\n2\n6\n");
    const Result tall = desk.ritz("solve", "A.mtx", "b.mtx", "-o", "x.mtx", "--keep-best", "--json");
    const auto x = numbers(desk.read("x.mtx"));
    ASSERT_EQ(x.size(), 1U) << tall.err;
    EXPECT_NEAR(x[0], 3, 1e-14);
    desk.write("W.mtx", "%%MatrixMarket matrix array real general\n1 2\n1\n1\n");
    const Result wide = desk.ritz("solve", "W.mtx", "-o", "y.mtx", "--json");
    EXPECT_EQ(wide.exit_code, 0) << wide.err;
    EXPECT_NEAR(numbers(desk.read("y.mtx")).at(0), 1, 1e-14);
}

TEST(CliSolve, TakesMatricesWithoutElements) {
    const Desk desk;
    desk.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n0 0 0\n");
    const Result result = desk.ritz("solve", "A.mtx", "--json");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.json()["status"], "solved");
}

TEST(CliSolve, AZeroMatrixHasNoAnswerForOnes) {
    const Desk desk;
    desk.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 0\n");
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n1\n");
    EXPECT_EQ(desk.ritz("solve", "A.mtx", "b.mtx", "--json").json()["status"], "singular_inconsistent");
}

TEST(CliSolve, AnExistingFileSurvivesAFailure) {
    const Desk desk;
    desk.write("A.mtx", singular);
    desk.write("b.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n0\n");
    desk.write("x.mtx", "precious\n");
    EXPECT_EQ(desk.ritz("solve", "A.mtx", "b.mtx", "-o", "x.mtx").exit_code, 1);
    EXPECT_EQ(desk.read("x.mtx"), "precious\n");
}

// Real matrices, where there are some.

std::vector<std::string> real_matrices() {
    std::vector<std::string> paths;
    const char* folder = std::getenv("RITZ_MATRICES");
    if (folder == nullptr) return paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".mtx") paths.push_back(std::filesystem::absolute(entry.path()).string());
    std::sort(paths.begin(), paths.end());
    return paths;
}

class CliRealMatrix : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CliRealMatrix);

TEST_P(CliRealMatrix, GetsAStatusThatItsExitCodeAndNumbersAgreeWith) {
    const Desk desk;
    const Result result = desk.ritz("solve", GetParam(), "-o", "x.mtx", "--json");
    const auto json = result.json();
    expect_every_key(json);
    const auto status = json["status"].get<std::string>();
    const bool answer = status == "solved" || status == "ill_conditioned" || status == "singular_consistent";
    EXPECT_EQ(result.exit_code, answer ? 0 : 1) << status << result.err;
    EXPECT_EQ(desk.has("x.mtx"), answer) << status;
    EXPECT_EQ(result.err.find("warning: ") != std::string::npos, !json["warnings"].empty());
    if (status == "solved" && json["matrix"]["rows"] == json["matrix"]["cols"]) {
        EXPECT_LE(json["backward_error"].get<double>(), 1e-14);
        EXPECT_LE(json["relative_residual"].get<double>(), 1e-8);
        EXPECT_LE(json["condition_estimate"].get<double>(), 1e15);
    }
}

std::string stem(const testing::TestParamInfo<std::string>& info) {
    std::string name = std::filesystem::path(info.param).stem().string();
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(Real, CliRealMatrix, testing::ValuesIn(real_matrices()), stem);

}  // namespace
}  // namespace ritz::test
