// SPDX-License-Identifier: BSD-3-Clause
// `ritz svds`: singular values of matrices whose singular values are known.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ritz::test {
namespace {

constexpr double pi = std::numbers::pi;

/// (n + 1) × n differences: singular values 2 sin(jπ/(2(n+1))), j = 1…n.
std::string differences(int n) {
    std::ostringstream text;
    text << "%%MatrixMarket matrix coordinate real general\n" << n + 1 << ' ' << n << ' ' << 2 * n << '\n';
    for (int j = 1; j <= n; ++j) text << j << ' ' << j << " 1\n" << j + 1 << ' ' << j << " -1\n";
    return text.str();
}

double difference_value(int n, int j) {
    return 2 * std::sin(j * pi / (2 * (n + 1)));
}

std::vector<double> dense_entries(const std::string& text) {
    std::istringstream lines(text);
    std::vector<double> values;
    bool header = true;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('%')) continue;
        if (std::exchange(header, false)) continue;
        values.push_back(std::stod(line));
    }
    return values;
}

TEST(CliSvds, FindsTheLargestAndTheSmallest) {
    const Desk desk;
    for (const int n : {20, 400}) {
        desk.write("D.mtx", differences(n));
        const Result large = desk.ritz("svds", "D.mtx", "-k", "3", "--json");
        ASSERT_EQ(large.exit_code, 0) << large.err;
        const auto json = large.json();
        ASSERT_EQ(json["singular_values"].size(), 3U);
        for (int i = 0; i < 3; ++i)
            EXPECT_NEAR(json["singular_values"][static_cast<std::size_t>(i)].get<double>(), difference_value(n, n - i),
                        1e-12);
        const Result small = desk.ritz("svds", "D.mtx", "-k", "3", "--which", "SM", "--json");
        ASSERT_EQ(small.exit_code, 0) << small.err;
        for (int i = 0; i < 3; ++i)
            EXPECT_NEAR(small.json()["singular_values"][static_cast<std::size_t>(i)].get<double>(),
                        difference_value(n, 3 - i), 1e-12);
    }
}

TEST(CliSvds, JsonHasWhatTheGuideNames) {
    const Desk desk;
    desk.write("D.mtx", differences(10));
    const auto json = desk.ritz("svds", "D.mtx", "--json").json();
    for (const char* key : {"command",
                            "version",
                            "matrix",
                            "plan",
                            "singular_values",
                            "residuals",
                            "error_bounds",
                            "status",
                            "message",
                            "proved",
                            "k",
                            "converged",
                            "which",
                            "iterations",
                            "operator_applications",
                            "factorizations",
                            "orthogonality",
                            "norm_estimate",
                            "warnings",
                            "written",
                            "seconds",
                            "peak_memory_bytes"})
        EXPECT_TRUE(json.contains(key)) << key;
    EXPECT_EQ(json["status"], "solved");
    EXPECT_EQ(json["proved"]["by"], "dense");
    EXPECT_EQ(json["converged"], 6);
}

TEST(CliSvds, WritesVectorsThatReadBack) {
    const Desk desk;
    desk.write("D.mtx", differences(30));
    const Result result =
        desk.ritz("svds", "D.mtx", "-k", "2", "--values", "s.mtx", "--left", "U.mtx", "--right", "V.mtx", "--json");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.json()["written"], nlohmann::json({"s.mtx", "U.mtx", "V.mtx"}));
    const auto s = dense_entries(desk.read("s.mtx")), U = dense_entries(desk.read("U.mtx")),
               V = dense_entries(desk.read("V.mtx"));
    EXPECT_EQ(s, result.json()["singular_values"].get<std::vector<double>>());
    ASSERT_EQ(U.size(), 62U);
    ASSERT_EQ(V.size(), 60U);
    for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t i = 0; i <= 30; ++i) {  // D v − s u
            const double here = i < 30 ? V[30 * c + i] : 0, before = i > 0 ? V[30 * c + i - 1] : 0;
            EXPECT_NEAR(here - before, s[c] * U[31 * c + i], 1e-12);
        }
    const Result text = desk.ritz("svds", "D.mtx", "-k", "2");
    EXPECT_NE(text.out.find("proved: all singular values were computed"), std::string::npos) << text.out;
}

TEST(CliSvds, TakesEveryMethod) {
    const Desk desk;
    desk.write("D.mtx", differences(60));
    for (const char* method : {"auto", "dense", "lanczos"})
        EXPECT_NEAR(desk.ritz("svds", "D.mtx", "-k", "1", "--method", method, "--json")
                        .json()["singular_values"][0]
                        .get<double>(),
                    difference_value(60, 60), 1e-10)
            << method;
    const auto proved = desk.ritz("svds", "D.mtx", "-k", "3", "--method", "lanczos", "--prove", "--subspace", "20",
                                  "--seed", "5", "--rtol", "1e-9", "--max-applications", "100000", "--json")
                            .json();
    EXPECT_EQ(proved["status"], "solved") << proved["message"];
    EXPECT_EQ(proved["proved"]["by"], "inertia");
    EXPECT_EQ(proved["proved"]["count"], 3);
}

TEST(CliSvds, RefusesWhatCannotBeMeant) {
    const Desk desk;
    desk.write("D.mtx", differences(10));
    desk.write("none.mtx", "%%MatrixMarket matrix coordinate real general\n3 0 0\n");
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"svds"},
                                               {"svds", "D.mtx", "-k", "0"},
                                               {"svds", "D.mtx", "-k", "11"},
                                               {"svds", "D.mtx", "--which", "LA"},
                                               {"svds", "D.mtx", "--method", "qr"},
                                               {"svds", "D.mtx", "--method", "inverse"},
                                               {"svds", "D.mtx", "--prove", "--no-check"},
                                               {"svds", "D.mtx", "--subspace", "5"},
                                               {"svds", "D.mtx", "--left", "U.mtx", "--right", "U.mtx"},
                                               {"svds", "D.mtx", "--values", "s.unknown"}}) {
        const Result result = desk.run({.words = words});
        EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(words) << result.out << result.err;
        EXPECT_LE(std::count(result.err.begin(), result.err.end(), '\n'), 2) << result.err;
    }
    EXPECT_NE(desk.ritz("svds", "D.mtx", "--which", "LA").err.find("LM, SM"), std::string::npos);
    EXPECT_EQ(desk.ritz("svds", "none.mtx").exit_code, 3);
    EXPECT_EQ(desk.ritz("svds", "missing.mtx").exit_code, 3);
}

}  // namespace
}  // namespace ritz::test
