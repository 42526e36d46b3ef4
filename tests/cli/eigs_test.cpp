// SPDX-License-Identifier: BSD-3-Clause
// `ritz eigs`: what is asked for is found, told, written and proved; what cannot be asked for is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ritz::test {
namespace {

constexpr double pi = std::numbers::pi;

/// Of the n × n five-point Laplacian, 4 − 2 cos(iπ/(n+1)) − 2 cos(jπ/(n+1)), increasing.
std::vector<double> poisson_spectrum(int n) {
    std::vector<double> values;
    for (int i = 1; i <= n; ++i)
        for (int j = 1; j <= n; ++j)
            values.push_back(4 - 2 * std::cos(i * pi / (n + 1)) - 2 * std::cos(j * pi / (n + 1)));
    std::sort(values.begin(), values.end());
    return values;
}

std::vector<double> numbers(const nlohmann::json& list) {
    return list.get<std::vector<double>>();
}

/// The entries of a dense Matrix Market file, two a number where it is complex.
std::vector<double> entries(const std::string& text) {
    std::istringstream lines(text);
    std::vector<double> values;
    bool header = true;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('%')) continue;
        if (std::exchange(header, false)) continue;
        std::istringstream words(line);
        for (double value; words >> value;) values.push_back(value);
    }
    return values;
}

/// diag(values), one a row.
std::string diagonal(const std::vector<double>& values) {
    std::ostringstream text;
    text << "%%MatrixMarket matrix coordinate real symmetric\n"
         << values.size() << ' ' << values.size() << ' ' << values.size() << '\n';
    for (std::size_t i = 0; i < values.size(); ++i) text << i + 1 << ' ' << i + 1 << ' ' << values[i] << '\n';
    return text.str();
}

/// A desk with model problems.
class CliEigs : public testing::Test {
protected:
    static void SetUpTestSuite() {
        desk = new Desk;
        made = desk->ritz("generate", "poisson2d", "--size", "20", "-o", "poisson.mtx").exit_code +
               desk->ritz("generate", "cycle_laplacian", "--size", "400", "-o", "cycle.mtx").exit_code +
               desk->ritz("generate", "convection_diffusion2d", "--size", "20", "-o", "wind.mtx").exit_code +
               desk->ritz("generate", "cyclic_shift", "--size", "8", "-o", "shift.mtx").exit_code;
        std::vector<double> mass(400);
        for (std::size_t i = 0; i < mass.size(); ++i) mass[i] = 2;
        desk->write("mass.mtx", diagonal(mass));
    }
    static void TearDownTestSuite() {
        delete desk;
        desk = nullptr;
    }
    void SetUp() override { ASSERT_EQ(made, 0); }

    static Result eigs(std::vector<std::string> words) {
        words.insert(words.begin(), "eigs");
        return desk->run({.words = words});
    }
    static nlohmann::json json(std::vector<std::string> words) {
        words.emplace_back("--json");
        const Result result = eigs(words);
        EXPECT_EQ(result.exit_code, 0) << result.err;
        return result.json();
    }

    static Desk* desk;
    static int made;
};
Desk* CliEigs::desk = nullptr;
int CliEigs::made = -1;

void expect_values(const nlohmann::json& json, const std::vector<double>& expected) {
    const std::vector<double> found = numbers(json["eigenvalues"]);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_NEAR(found[i], expected[i], 1e-12 + json["error_bounds"][i].get<double>()) << i;
}

TEST_F(CliEigs, FindsEachPartOfASpectrum) {
    const std::vector<double> all = poisson_spectrum(20);
    const auto first = [&](std::size_t k) { return std::vector<double>(all.begin(), all.begin() + k); };
    const auto last = [&](std::size_t k) { return std::vector<double>(all.end() - k, all.end()); };
    expect_values(json({"poisson.mtx", "-k", "5", "--which", "SA"}), first(5));
    expect_values(json({"poisson.mtx", "-k", "5", "--which", "sm"}), first(5));
    expect_values(json({"poisson.mtx", "-k", "5", "--which", "SR"}), first(5));
    expect_values(json({"poisson.mtx", "-k", "5", "--which", "LA"}), last(5));
    expect_values(json({"poisson.mtx", "-k", "5", "--which", "LR"}), last(5));
    expect_values(json({"poisson.mtx", "-k", "5"}), last(5));
    expect_values(json({"poisson.mtx"}), last(6));
    expect_values(json({"poisson.mtx", "-k", "4", "--which", "BE"}), {all[0], all[1], all[398], all[399]});
    std::vector<double> near = all;
    std::sort(near.begin(), near.end(), [](double a, double b) { return std::abs(a - 3.03) < std::abs(b - 3.03); });
    near.resize(4);
    std::sort(near.begin(), near.end());
    expect_values(json({"poisson.mtx", "-k", "4", "--sigma", "3.03"}), near);
}

TEST_F(CliEigs, JsonHasWhatTheGuideNames) {
    const auto found = json({"poisson.mtx", "-k", "3", "--which", "SA"});
    for (const char* key :
         {"command",          "version",       "matrix",        "mass",     "plan",       "eigenvalues",
          "residuals",        "error_bounds",  "status",        "message",  "proved",     "k",
          "converged",        "which",         "interval",      "sigma",    "iterations", "operator_applications",
          "factorizations",   "orthogonality", "norm_estimate", "warnings", "written",    "seconds",
          "peak_memory_bytes"})
        EXPECT_TRUE(found.contains(key)) << key;
    EXPECT_EQ(found["command"], "eigs");
    EXPECT_EQ(found["matrix"]["rows"], 400);
    EXPECT_TRUE(found["mass"].is_null());
    EXPECT_EQ(found["plan"]["function"], "eigsh");
    EXPECT_FALSE(found["plan"]["reasons"].empty());
    EXPECT_EQ(found["converged"], 3);
    EXPECT_EQ(found["which"], "SA");
    for (const char* key : {"read", "solve", "total"}) EXPECT_GE(found["seconds"][key].get<double>(), 0) << key;
    for (const double residual : numbers(found["residuals"])) EXPECT_LE(residual, 1e-9);
    EXPECT_LT(found["orthogonality"].get<double>(), 1e-12);
}

TEST_F(CliEigs, ProvesThatCopiesOfARepeatedEigenvalueAreAllThere) {
    // 2 − 2 cos(2πj/400): 0 once, each other one twice but 4.
    const auto found = json({"cycle.mtx", "-k", "7", "--which", "SA", "--prove"});
    EXPECT_EQ(found["status"], "solved");
    std::vector<double> expected{0};
    for (int j = 1; j <= 3; ++j)
        for (int copy = 0; copy < 2; ++copy) expected.push_back(2 - 2 * std::cos(2 * pi * j / 400));
    expect_values(found, expected);
    ASSERT_TRUE(found["proved"].is_object());
    EXPECT_EQ(found["proved"]["by"], "inertia");
    EXPECT_EQ(found["proved"]["count"], 7);
    EXPECT_GT(found["proved"]["shift"].get<double>(), expected.back());
    EXPECT_LT(found["proved"]["shift"].get<double>(), 2 - 2 * std::cos(2 * pi * 4 / 400));
    EXPECT_TRUE(found["proved"]["other_shift"].is_null());
    const Result text = eigs({"cycle.mtx", "-k", "7", "--which", "SA", "--prove"});
    EXPECT_NE(text.out.find("proved complete: 7 eigenvalues below 0.00"), std::string::npos) << text.out;
    EXPECT_NE(text.out.find("by inertia"), std::string::npos);
    EXPECT_EQ(text.err, "");
}

TEST_F(CliEigs, SaysHowCompletenessWasLookedAt) {
    const Result checked = eigs({"cycle.mtx", "-k", "3", "--which", "LA"});
    EXPECT_NE(checked.out.find("checked by a second run, not proved"), std::string::npos) << checked.out;
    const Result unchecked = eigs({"cycle.mtx", "-k", "3", "--which", "LA", "--no-check"});
    EXPECT_NE(unchecked.out.find("not checked"), std::string::npos) << unchecked.out;
    EXPECT_EQ(json({"cycle.mtx", "-k", "3", "--which", "LA"})["status"], "converged");
    const Result dense = eigs({"shift.mtx", "-k", "8"});
    EXPECT_NE(dense.out.find("proved: all eigenvalues were computed"), std::string::npos) << dense.out;
}

TEST_F(CliEigs, ShowsTheDigitsThatAreCertainAndNoOthers) {
    const std::vector<double> all = poisson_spectrum(20);
    std::size_t shortest = 99, longest = 0;
    for (const char* rtol : {"1e-3", "1e-6", "1e-13"}) {
        const Result result =
            eigs({"poisson.mtx", "-k", "4", "--which", "LA", "--method", "lanczos", "--no-check", "--rtol", rtol});
        ASSERT_EQ(result.exit_code, 0) << result.err;
        std::istringstream lines(result.out);
        int rows = 0;
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string number, value;
            double residual = 0, bound = 0;
            if (!(words >> number >> value >> residual >> bound) || number != std::to_string(rows + 1)) continue;
            ASSERT_NE(value.find('.'), std::string::npos) << line;
            const std::size_t decimals = value.size() - value.find('.') - 1;
            const double unit = std::pow(10.0, -static_cast<double>(decimals));
            double distance = 99;
            for (const double exact : all) distance = std::min(distance, std::abs(exact - std::stod(value)));
            EXPECT_LE(distance, unit + 1e-15) << line;
            EXPECT_LE(2 * bound, 1.01 * unit + 1e-15) << line;
            shortest = std::min(shortest, decimals);
            longest = std::max(longest, decimals);
            ++rows;
        }
        EXPECT_EQ(rows, 4) << result.out;
    }
    EXPECT_LE(shortest, 4U);
    EXPECT_GE(longest, 11U);
}

TEST_F(CliEigs, FindsComplexEigenvaluesOfOtherMatrices) {
    const auto found = json({"shift.mtx", "-k", "8"});
    EXPECT_EQ(found["plan"]["function"], "eigs");
    ASSERT_EQ(found["eigenvalues"].size(), 8U);
    for (const auto& value : found["eigenvalues"]) {
        ASSERT_EQ(value.size(), 2U);
        const double re = value[0], im = value[1];
        EXPECT_NEAR(std::hypot(re, im), 1, 1e-12);
        EXPECT_NEAR(std::remainder(8 * std::atan2(im, re), 2 * pi), 0, 1e-11);
    }
    const auto near = json({"shift.mtx", "-k", "1", "--sigma", "0.1,0.9", "--method", "shift_invert"});
    EXPECT_NEAR(near["eigenvalues"][0][0].get<double>(), 0, 1e-12);
    EXPECT_NEAR(near["eigenvalues"][0][1].get<double>(), 1, 1e-12);
    EXPECT_EQ(near["sigma"], nlohmann::json({0.1, 0.9}));
    const Result text = eigs({"shift.mtx", "-k", "8"});
    EXPECT_NE(text.out.find("0.70710678"), std::string::npos) << text.out;
    EXPECT_NE(text.out.find("i "), std::string::npos);
    EXPECT_NE(text.out.find("not Hermitian"), std::string::npos);
    for (const char* which : {"LM", "SM", "LR", "SR", "LI", "SI"})
        EXPECT_EQ(eigs({"wind.mtx", "-k", "3", "--which", which}).exit_code, 0) << which;
}

TEST_F(CliEigs, AProofThatCannotBeGivenIsAWarning) {
    const Result result = eigs({"wind.mtx", "-k", "3", "--prove", "--method", "arnoldi", "--json"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.json()["status"], "not_proved");
    EXPECT_TRUE(result.json()["proved"].is_null());
    EXPECT_NE(result.err.find("warning: not proved"), std::string::npos) << result.err;
}

TEST_F(CliEigs, SolvesTheGeneralisedProblemInEachMode) {
    std::vector<double> half = poisson_spectrum(20);
    half.resize(4);
    for (double& value : half) value /= 2;
    const auto plain = json({"poisson.mtx", "-M", "mass.mtx", "-k", "4", "--which", "SA"});
    expect_values(plain, half);
    EXPECT_EQ(plain["mass"]["rows"], 400);
    expect_values(json({"poisson.mtx", "--mass", "mass.mtx", "-k", "4", "--sigma", "0"}), half);
    for (const char* mode : {"shift_invert", "cayley"})
        expect_values(json({"poisson.mtx", "-M", "mass.mtx", "-k", "4", "--sigma", "0.001", "--mode", mode}), half);
    const auto buckling = json({"poisson.mtx", "-M", "mass.mtx", "-k", "4", "--sigma", "0.001", "--mode", "buckling"});
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(buckling["eigenvalues"][i].get<double>(), half[i], 1e-10);
        EXPECT_TRUE(buckling["error_bounds"][i].is_null());  // not known in this mode
    }
    const Result text = eigs({"poisson.mtx", "-M", "mass.mtx", "-k", "4", "--sigma", "0"});
    EXPECT_NE(text.out.find("mass matrix"), std::string::npos);
}

TEST_F(CliEigs, TakesEveryMethod) {
    const std::vector<double> all = poisson_spectrum(20);
    for (const char* method : {"auto", "dense", "lanczos", "filtered"})
        expect_values(json({"poisson.mtx", "-k", "3", "--which", "LA", "--method", method}),
                      {all[397], all[398], all[399]});
    expect_values(json({"poisson.mtx", "-k", "3", "--sigma", "0", "--method", "shift_invert"}),
                  {all[0], all[1], all[2]});
    std::vector<double> simple(400);  // Spectra misses copies of multiple eigenvalues, which is told
    for (std::size_t i = 0; i < simple.size(); ++i) simple[i] = static_cast<double>(i);
    desk->write("simple.mtx", diagonal(simple));
    expect_values(json({"simple.mtx", "-k", "3", "--which", "LA", "--method", "spectra"}), {397, 398, 399});
    const auto general = json({"poisson.mtx", "-k", "3", "--method", "arnoldi"});
    EXPECT_EQ(general["plan"]["function"], "eigs");
    EXPECT_NEAR(general["eigenvalues"][0][0].get<double>(), all[399], 1e-9);
    const auto tuned = json({"poisson.mtx", "-k", "3", "--which", "LA", "--method", "lanczos", "--subspace", "30",
                             "--block", "2", "--seed", "7", "--rtol", "1e-6", "--max-applications", "5000"});
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(tuned["eigenvalues"][i].get<double>(), all[397 + i], 1e-4);
}

TEST_F(CliEigs, TheSameSeedGivesTheSameNumbers) {
    const auto once = json({"cycle.mtx", "-k", "4", "--method", "lanczos", "--seed", "3"});
    const auto again = json({"cycle.mtx", "-k", "4", "--method", "lanczos", "--seed", "3", "--threads", "1"});
    EXPECT_EQ(once["eigenvalues"], again["eigenvalues"]);
    EXPECT_EQ(once["residuals"], again["residuals"]);
}

TEST_F(CliEigs, FindsAndCountsWhatLiesInAnInterval) {
    std::vector<double> inside;
    for (const double value : poisson_spectrum(20))
        if (value >= 1.5 && value <= 2) inside.push_back(value);
    ASSERT_GT(inside.size(), 10U);
    const auto found = json({"poisson.mtx", "--interval", "1.5", "2"});
    expect_values(found, inside);
    EXPECT_EQ(found["status"], "solved");
    EXPECT_EQ(found["proved"]["count"], inside.size());
    EXPECT_EQ(found["interval"], nlohmann::json({1.5, 2.0}));
    const auto counted = json({"poisson.mtx", "--count", "1.5", "2"});
    EXPECT_EQ(counted["count"], inside.size());
    EXPECT_EQ(counted["status"], "solved");
    EXPECT_EQ(json({"poisson.mtx", "--count", "-inf", "inf"})["count"], 400);
    EXPECT_EQ(json({"poisson.mtx", "--count", "-3", "-.5"})["count"], 0);
    EXPECT_EQ(json({"poisson.mtx", "-M", "mass.mtx", "--count", "0.75", "1"})["count"], inside.size());
    const Result text = eigs({"poisson.mtx", "--count", "-inf", "2"});
    EXPECT_NE(text.out.find("eigenvalues up to 2"), std::string::npos) << text.out;
    EXPECT_TRUE(json({"poisson.mtx", "--interval", "-2", "-1"})["eigenvalues"].empty());
}

TEST_F(CliEigs, WritesValuesAndVectorsThatReadBack) {
    const auto found = json({"poisson.mtx", "-k", "3", "--which", "SA", "--values", "w.mtx", "--vectors", "V.mtx"});
    EXPECT_EQ(found["written"], nlohmann::json({"w.mtx", "V.mtx"}));
    EXPECT_EQ(entries(desk->read("w.mtx")), numbers(found["eigenvalues"]));
    const std::vector<double> V = entries(desk->read("V.mtx"));
    ASSERT_EQ(V.size(), 1200U);
    for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) {
            double dot = 0;
            for (int i = 0; i < 400; ++i)
                dot += V[static_cast<std::size_t>(400 * a + i)] * V[static_cast<std::size_t>(400 * b + i)];
            EXPECT_NEAR(dot, a == b, 1e-12);
        }
    // ‖A v − λ v‖ with the five-point stencil.
    const auto at = [&](int column, int i, int j) {
        return i < 0 || j < 0 || i >= 20 || j >= 20 ? 0.0 : V[static_cast<std::size_t>(400 * column + 20 * i + j)];
    };
    for (int c = 0; c < 3; ++c)
        for (int i = 0; i < 20; ++i)
            for (int j = 0; j < 20; ++j)
                EXPECT_NEAR(4 * at(c, i, j) - at(c, i - 1, j) - at(c, i + 1, j) - at(c, i, j - 1) - at(c, i, j + 1),
                            found["eigenvalues"][static_cast<std::size_t>(c)].get<double>() * at(c, i, j), 1e-9);

    const auto complex = json({"shift.mtx", "-k", "8", "--values", "c.mtx", "--vectors", "C.npy"});
    const std::vector<double> pairs = entries(desk->read("c.mtx"));
    ASSERT_EQ(pairs.size(), 16U);
    EXPECT_EQ(pairs[1], complex["eigenvalues"][0][1].get<double>());
    EXPECT_TRUE(desk->has("C.npy"));
    const Result out = eigs({"poisson.mtx", "-k", "3", "--values", "-"});
    EXPECT_EQ(out.exit_code, 0);
    EXPECT_TRUE(out.out.starts_with("%%MatrixMarket")) << out.out;
    EXPECT_NE(out.err.find("eigenvalue"), std::string::npos);
    for (const char* name : {"w.mtx", "V.mtx", "c.mtx", "C.npy"}) std::filesystem::remove(desk->path(name));
}

TEST_F(CliEigs, WritesNothingThatIsNoAnswerUnlessAskedTo) {
    const std::vector<std::string> words{
        "cycle.mtx",          "-k", "4",        "--method", "lanczos", "--rtol",  "1e-12", "--subspace", "6",
        "--max-applications", "8",  "--values", "w.mtx",    "--json",  "--which", "SA"};
    const Result few = eigs(words);
    EXPECT_EQ(few.exit_code, 1);
    EXPECT_EQ(few.json()["status"], "max_iterations");
    EXPECT_LT(few.json()["converged"].get<int>(), 4);
    EXPECT_NE(few.err.find("of 4 eigenvalues converged"), std::string::npos) << few.err;
    EXPECT_NE(few.err.find("values were not written to w.mtx"), std::string::npos) << few.err;
    EXPECT_FALSE(desk->has("w.mtx"));
}

TEST_F(CliEigs, RefusesWhatCannotBeMeant) {
    const std::vector<std::vector<std::string>> all{
        {},
        {"poisson.mtx", "-k", "0"},
        {"poisson.mtx", "-k", "401"},
        {"poisson.mtx", "-k", "-3"},
        {"poisson.mtx", "-k", "x"},
        {"poisson.mtx", "--which", "XX"},
        {"poisson.mtx", "--which", "LI"},
        {"poisson.mtx", "--sigma", "1", "--which", "SA"},
        {"poisson.mtx", "--sigma", "abc"},
        {"poisson.mtx", "--sigma", "1,"},
        {"poisson.mtx", "--sigma", "inf"},
        {"poisson.mtx", "--sigma", "1,2"},
        {"poisson.mtx", "--interval", "2", "1"},
        {"poisson.mtx", "--interval", "1"},
        {"poisson.mtx", "--interval", "1", "b"},
        {"poisson.mtx", "--interval", "1", "2", "-k", "3"},
        {"poisson.mtx", "--interval", "1", "2", "--method", "lanczos"},
        {"poisson.mtx", "--interval", "-inf", "2"},
        {"poisson.mtx", "--count", "1", "nan"},
        {"poisson.mtx", "--count", "1", "2", "--values", "w.mtx"},
        {"poisson.mtx", "--count", "1", "2", "--interval", "1", "2"},
        {"poisson.mtx", "--prove", "--no-check"},
        {"poisson.mtx", "--method", "power"},
        {"poisson.mtx", "--method", "shift_invert", "--which", "LA"},
        {"poisson.mtx", "--mode", "cayley"},
        {"poisson.mtx", "--mode", "buckling", "--sigma", "0"},
        {"poisson.mtx", "--rtol", "-1"},
        {"poisson.mtx", "--subspace", "3"},
        {"poisson.mtx", "--block", "65"},
        {"poisson.mtx", "--values", "w.npz"},
        {"poisson.mtx", "--values", "w.mtx", "--vectors", "w.mtx"},
        {"poisson.mtx", "--values", "./poisson.mtx"},
        {"poisson.mtx", "--values", "-", "--json"},
        {"-", "-M", "-"},
        {"wind.mtx", "--which", "LA"},
        {"wind.mtx", "--which", "BE"},
        {"wind.mtx", "--method", "lanczos"},
        {"wind.mtx", "--interval", "1", "2"},
        {"wind.mtx", "--count", "1", "2"},
        {"wind.mtx", "--sigma", "1", "--mode", "cayley"},
    };
    for (const std::vector<std::string>& words : all) {
        const Result result = eigs(words);
        EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(words) << result.out << result.err;
        EXPECT_LE(std::count(result.err.begin(), result.err.end(), '\n'), 2) << result.err;
    }
    EXPECT_NE(eigs({"poisson.mtx", "--which", "XX"}).err.find("LM, SM, LA, SA, BE, LR, SR, LI, SI"), std::string::npos);
    EXPECT_NE(eigs({"poisson.mtx", "-k", "401"}).err.find("at most 400"), std::string::npos);
}

TEST_F(CliEigs, RefusesBadMatrices) {
    desk->write("nan.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 nan\n2 2 1\n");
    desk->write("wide.mtx", "%%MatrixMarket matrix coordinate real general\n2 3 1\n1 1 1\n");
    desk->write("none.mtx", "%%MatrixMarket matrix coordinate real general\n0 0 0\n");
    desk->write("small.mtx", spd);
    desk->write("minus.mtx", diagonal(std::vector<double>(400, -1.0)));
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"nan.mtx"},
                                               {"wide.mtx"},
                                               {"none.mtx"},
                                               {"missing.mtx"},
                                               {"poisson.mtx", "-M", "small.mtx"},
                                               {"poisson.mtx", "-M", "minus.mtx", "--which", "LA"}}) {
        const Result result = eigs(words);
        EXPECT_EQ(result.exit_code, 3) << testing::PrintToString(words) << result.out << result.err;
    }
    EXPECT_NE(eigs({"wide.mtx"}).err.find("ritz svds"), std::string::npos);
    // A small matrix has all of its eigenvalues found.
    EXPECT_EQ(json({"small.mtx"})["eigenvalues"].size(), 3U);
}

TEST(CliEigsInterruption, ASignalEndsItWithWhatHasConverged) {
    const Desk desk;
    ASSERT_EQ(desk.ritz("generate", "poisson2d", "--size", "250", "-o", "A.mtx").exit_code, 0);
    // Small eigenvalues by products alone take for ever.
    const std::vector<std::string> words{"eigs",     "A.mtx",   "-k",       "20",    "--which", "SA",
                                         "--method", "lanczos", "--values", "w.mtx", "--json"};
    const Result stopped = desk.run({.words = words, .signal = SIGINT, .signal_after = 1});
    EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
    EXPECT_LT(stopped.seconds_after_signal, 2);
    const auto json = stopped.json();
    EXPECT_EQ(json["status"], "interrupted");
    ASSERT_TRUE(json.contains("converged")) << stopped.out;  // the report, and not only the failure
    EXPECT_EQ(json["converged"], json["eigenvalues"].size());
    EXPECT_FALSE(desk.has("w.mtx"));

    std::vector<std::string> timed = words;
    timed.insert(timed.end(), {"--max-time", "1"});
    const Result late = desk.run({.words = timed});
    EXPECT_EQ(late.exit_code, 4) << late.err;
    EXPECT_EQ(late.json()["status"], "limit_exceeded");
    EXPECT_TRUE(late.json().contains("converged")) << late.out;
    EXPECT_LT(late.seconds, 3);
}

TEST(CliEigsMemory, ALimitIsKept) {
    const Desk desk;
    ASSERT_EQ(desk.ritz("generate", "poisson3d", "--size", "40", "-o", "A.mtx").exit_code, 0);
    const Result result = desk.ritz("eigs", "A.mtx", "--sigma", "1", "--max-memory", "60M", "--json");
    EXPECT_EQ(result.exit_code, 4) << result.out << result.err;
    EXPECT_EQ(result.signal, 0);
}

TEST(CliMethods, ListsTheEigensolvers) {
    const Desk desk;
    const auto json = desk.ritz("methods", "--json").json();
    std::vector<std::string> seen;
    for (const auto& row : json["eigensolvers"]) {
        EXPECT_TRUE(row["needs"].is_array());
        EXPECT_FALSE(row["summary"].get<std::string>().empty());
        seen.push_back(row["problem"].get<std::string>() + "/" + row["name"].get<std::string>());
    }
    for (const char* row : {"hermitian/dense", "hermitian/lanczos", "hermitian/shift_invert", "hermitian/filtered",
                            "hermitian/spectra", "general/arnoldi", "general/dense", "general/shift_invert",
                            "singular_values/dense", "singular_values/lanczos", "singular_values/inverse"})
        EXPECT_EQ(std::count(seen.begin(), seen.end(), row), 1) << row;
    EXPECT_NE(desk.ritz("methods").out.find("Eigensolvers of ritz eigs"), std::string::npos);
}

}  // namespace
}  // namespace ritz::test
