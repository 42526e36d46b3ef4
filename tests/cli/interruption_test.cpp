// SPDX-License-Identifier: BSD-3-Clause
// Whatever ends the program early: signals, time and memory limits. It must be quick and leave nothing behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ritz::test {
namespace {

/// A desk with a system on it that takes a direct method long: its factors fill in.
class CliInterruption : public testing::Test {
protected:
    static void SetUpTestSuite() {
        desk = new Desk;
        made = desk->ritz("generate", "poisson3d", "--size", "70", "-o", "A.mtx").exit_code;
    }
    static void TearDownTestSuite() {
        delete desk;
        desk = nullptr;
    }
    void SetUp() override { ASSERT_EQ(made, 0); }

    static void expect_ended(const Result& result, int code) {
        EXPECT_EQ(result.signal, 0);
        EXPECT_EQ(result.exit_code, code) << result.err;
        EXPECT_EQ(desk->files(), std::vector<std::string>{"A.mtx"});
        EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    }

    static Desk* desk;
    static int made;
};
Desk* CliInterruption::desk = nullptr;
int CliInterruption::made = -1;

TEST_F(CliInterruption, ASignalEndsALongSolveWithinTwoSeconds) {
    // At several moments: METIS, which orders the matrix before it is factored, catches SIGTERM for purposes of its
    // own.
    for (double moment : {0.3, 0.7, 1.1, 1.6})
        for (int signal : {SIGINT, SIGTERM}) {
            const Result result =
                desk->run({.words = {"solve", "A.mtx", "-o", "x.mtx"}, .signal = signal, .signal_after = moment});
            expect_ended(result, 130);
            EXPECT_LT(result.seconds_after_signal, 2);
            EXPECT_EQ(result.out, "");
        }
}

TEST_F(CliInterruption, JsonSaysInterrupted) {
    const Result result = desk->run({.words = {"solve", "A.mtx", "-o", "x.mtx", "--json"}, .signal = SIGINT});
    expect_ended(result, 130);
    EXPECT_EQ(result.json()["status"], "interrupted");
    EXPECT_EQ(result.json()["command"], "solve");
}

TEST_F(CliInterruption, ASignalCountsEvenWhereAScriptIgnoresIt) {
    const Result result = desk->run({.words = {"solve", "A.mtx"}, .signal = SIGINT, .signals_ignored = true});
    expect_ended(result, 130);
}

TEST_F(CliInterruption, ASignalEndsAReaderThatWaits) {
    const Result result = desk->run({.words = {"solve", "-"},
                                     .input = spd.substr(0, 60),
                                     .input_stays_open = true,
                                     .signal = SIGINT,
                                     .signal_after = 0.3});
    expect_ended(result, 130);
    EXPECT_LT(result.seconds_after_signal, 2);
}

TEST_F(CliInterruption, ASignalAtAnyMomentOfAConversionLeavesNoPart) {
    for (double moment : {0.02, 0.05, 0.1, 0.2, 0.4}) {
        const Result result =
            desk->run({.words = {"convert", "A.mtx", "B.mtx.gz"}, .signal = SIGINT, .signal_after = moment});
        for (const std::string& name : desk->files()) EXPECT_FALSE(name.starts_with('.')) << name;
        if (result.exit_code == 130) {
            EXPECT_FALSE(desk->has("B.mtx.gz"));
        } else {  // it was quicker; then the file is whole
            EXPECT_EQ(desk->ritz("info", "B.mtx.gz").exit_code, 0);
        }
        std::filesystem::remove(desk->path("B.mtx.gz"));
    }
}

TEST_F(CliInterruption, ASignalWhileAFileIsWrittenRemovesIt) {
    const Result result =
        desk->run({.words = {"convert", "A.mtx", "B.mtx.gz"}, .signal = SIGINT, .signal_while_writing = true});
    expect_ended(result, 130);
}

TEST_F(CliInterruption, TheTimeLimitEndsALongSolve) {
    const Result result = desk->run({.words = {"solve", "A.mtx", "-o", "x.mtx", "--max-time", "0.8", "--json"}});
    expect_ended(result, 4);
    EXPECT_EQ(result.json()["status"], "limit_exceeded");
    EXPECT_LT(result.seconds, 3);
}

TEST_F(CliInterruption, ATimeLimitThatIsNotReachedChangesNothing) {
    EXPECT_EQ(desk->run({.words = {"solve", "-", "--max-time", "100"}, .input = spd}).exit_code, 0);
}

TEST_F(CliInterruption, TheMemoryLimitEndsASolveCleanly) {
    const Result result = desk->run({.words = {"solve", "A.mtx", "-o", "x.mtx", "--max-memory", "150M", "--json"}});
    EXPECT_EQ(result.signal, 0);
    EXPECT_EQ(result.exit_code, 4) << result.err;
    const auto status = result.json()["status"].get<std::string>();
    EXPECT_TRUE(status == "limit_exceeded" || status == "out_of_memory") << status;
    EXPECT_FALSE(desk->has("x.mtx"));
}

#ifndef __SANITIZE_ADDRESS__  // its shadow takes terabytes of address space
TEST_F(CliInterruption, ATightAddressSpaceIsRefusedInsteadOfWaitingForEver) {
    const Result result = desk->run({.words = {"solve", "A.mtx", "--json"}, .address_space = std::size_t{200} << 20});
    EXPECT_EQ(result.exit_code, 4) << result.err;
    EXPECT_EQ(result.json()["status"], "out_of_memory");
    EXPECT_LT(result.seconds, 5);
}
#endif

TEST_F(CliInterruption, AMemoryLimitThatIsNotReachedChangesNothing) {
    EXPECT_EQ(desk->run({.words = {"solve", "-", "--max-memory", "1G"}, .input = spd}).exit_code, 0);
}

}  // namespace
}  // namespace ritz::test
