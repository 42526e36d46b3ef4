// SPDX-License-Identifier: BSD-3-Clause
// The program's manners: usage, help, messages, exit codes, streams, and the commands other than solve.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ritz::test {
namespace {

const std::vector<std::string> every_command{"solve", "eigs", "svds", "info", "convert", "generate", "methods"};

bool is_one_or_two_lines(const std::string& text) {
    const auto lines = std::count(text.begin(), text.end(), '\n');
    return !text.empty() && text.back() == '\n' && lines <= 2;
}

// Usage

TEST(CliUsage, HelpBeginsWithAnExample) {
    const Desk desk;
    EXPECT_TRUE(desk.ritz("--help").out.starts_with("Example:\n  ritz "));
    for (const std::string& command : every_command) {
        for (const std::vector<std::string>& words :
             {std::vector<std::string>{command, "--help"}, {command, "-h"}, {"help", command}}) {
            const Result result = desk.run({.words = words});
            EXPECT_EQ(result.exit_code, 0) << command;
            EXPECT_TRUE(result.out.starts_with("Example:\n  ritz " + command)) << result.out;
            EXPECT_EQ(result.err, "") << command;
        }
    }
}

TEST(CliUsage, HelpNamesEveryCommonOption) {
    const Desk desk;
    for (const std::string& command : every_command)
        for (const char* option : {"--json", "--quiet", "--threads N", "--max-memory SIZE", "--max-time X"})
            EXPECT_NE(desk.ritz(command, "--help").out.find(option), std::string::npos) << command << ' ' << option;
}

TEST(CliUsage, WrongWordsEndWithCodeTwoAndAShortMessage) {
    const Desk desk;
    desk.write("A.mtx", spd);
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{},
                                               {"nosuchcommand"},
                                               {"solve"},
                                               {"solve", ""},
                                               {"solve", "A.mtx", "b", "c"},
                                               {"solve", "A.mtx", "--nosuchoption"},
                                               {"solve", "A.mtx", "-z"},
                                               {"solve", "A.mtx", "--rtol"},
                                               {"solve", "A.mtx", "--rtol", "abc"},
                                               {"solve", "A.mtx", "--rtol", "nan"},
                                               {"solve", "A.mtx", "--rtol", "-1"},
                                               {"solve", "A.mtx", "--rtol", "0"},
                                               {"solve", "A.mtx", "--rtol", "1e-8x"},
                                               {"solve", "A.mtx", "--method", "gauss"},
                                               {"solve", "A.mtx", "--threads", "0"},
                                               {"solve", "A.mtx", "--threads", "-3"},
                                               {"solve", "A.mtx", "--threads", "99999999999999999999"},
                                               {"solve", "A.mtx", "--max-memory", "much"},
                                               {"solve", "A.mtx", "--max-memory", "0"},
                                               {"solve", "A.mtx", "--max-memory", "-4G"},
                                               {"solve", "A.mtx", "--max-time", "0"},
                                               {"solve", "A.mtx", "--max-time", "inf"},
                                               {"solve", "A.mtx", "-o", "x.unknown"},
                                               {"solve", "A.mtx", "-o", "x.npz"},
                                               {"solve", "A.mtx", "-o", "x.rb"},
                                               {"solve", "A.mtx", "-o", "./A.mtx"},
                                               {"solve", "A.mtx", "-o", "-", "--json"},
                                               {"solve", "-", "-"},
                                               {"convert", "A.mtx"},
                                               {"convert", "A.mtx", "A.unknown"},
                                               {"convert", "A.mtx", "-", "--json"},
                                               {"convert", "A.mtx", "B.npz", "--layout", "array"},
                                               {"convert", "A.mtx", "B.npz", "--symmetry", "symmetric"},
                                               {"generate", "poisson2d"},
                                               {"generate", "poisson2d", "--size", "3", "-o", "B.npy"},
                                               {"generate", "nosuchmatrix", "--size", "3"},
                                               {"generate", "poisson2d", "--size", "-3"},
                                               {"generate", "poisson2d", "--size", "3.5"},
                                               {"generate", "poisson2d", "--size", "1e300"},
                                               {"--nosuchoption"},
                                               {"--json"}}) {
        const Result result = desk.run({.words = words});
        const std::string line = testing::PrintToString(words) + "\n" + result.out + result.err;
        EXPECT_EQ(result.exit_code, 2) << line;
        EXPECT_TRUE(is_one_or_two_lines(result.err)) << line;
    }
    EXPECT_EQ(desk.files(), std::vector<std::string>{"A.mtx"});
}

TEST(CliUsage, SuggestsTheNearestName) {
    const Desk desk;
    desk.write("A.mtx", spd);
    EXPECT_NE(desk.ritz("slove", "A.mtx").err.find("did you mean 'ritz solve'?"), std::string::npos);
    EXPECT_NE(desk.ritz("A.mtx").err.find("did you mean 'ritz solve A.mtx'?"), std::string::npos);
    EXPECT_NE(desk.ritz("solve", "A.mtx", "--rtoll", "1").err.find("did you mean '--rtol'?"), std::string::npos);
    EXPECT_NE(desk.ritz("solve", "A.mtx", "--method", "cholesy").err.find("did you mean 'cholesky'?"),
              std::string::npos);
    EXPECT_NE(desk.ritz("generate", "poison2d", "-n", "3").err.find("did you mean 'poisson2d'?"), std::string::npos);
}

TEST(CliUsage, JsonIsPrintedForWrongWordsToo) {
    const Desk desk;
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"solve", "--json"}, {"--json", "nosuchcommand"}, {"--json", "solve"}}) {
        const Result result = desk.run({.words = words});
        EXPECT_EQ(result.exit_code, 2);
        const auto json = result.json();
        EXPECT_EQ(json["status"], "wrong_usage");
        EXPECT_TRUE(json["error"].is_string());
        EXPECT_EQ(json["exit_code"], 2);
    }
}

TEST(CliUsage, TheLastOfARepeatedOptionCounts) {
    const Desk desk;
    desk.write("A.mtx", spd);
    EXPECT_EQ(desk.ritz("solve", "A.mtx", "--rtol", "1e-3", "--rtol", "1e-6").exit_code, 0);
}

TEST(CliUsage, CommonOptionsMayComeFirst) {
    const Desk desk;
    desk.write("A.mtx", spd);
    EXPECT_EQ(desk.ritz("--json", "--threads", "1", "info", "A.mtx").json()["command"], "info");
}

TEST(CliUsage, AFileMayBeNamedLikeAnOptionOrACommand) {
    const Desk desk;
    desk.write("solve", spd);
    desk.write("-A.mtx", spd);
    EXPECT_EQ(desk.ritz("info", "solve").exit_code, 0);
    EXPECT_EQ(desk.ritz("info", "--", "-A.mtx").exit_code, 0);
}

// Input

TEST(CliInput, UnreadableFilesEndWithCodeThreeAndNameTheFile) {
    const Desk desk;
    desk.write("empty.mtx", "");
    desk.write("words.mtx", "hello\n");
    desk.write("short.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 1\n2 2 1\n");
    desk.write("range.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 1\n");
    desk.write("huge.mtx", "%%MatrixMarket matrix coordinate real general\n99999999999 2 1\n1 1 1\n");
    desk.write("nan.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 nan\n");
    for (const char* name : {"missing.mtx", "empty.mtx", "words.mtx", "short.mtx", "range.mtx", "nan.mtx", "."}) {
        for (const char* command : {"solve", "info"}) {
            if (std::string(name) == "nan.mtx" && std::string(command) == "info") continue;
            const Result result = desk.ritz(command, name, "--json");
            EXPECT_EQ(result.exit_code, 3) << command << ' ' << name << result.err;
            EXPECT_NE(result.err.find(name), std::string::npos) << result.err;
            EXPECT_TRUE(is_one_or_two_lines(result.err)) << result.err;
            EXPECT_EQ(result.json()["status"], "invalid_input");
            EXPECT_EQ(result.json()["exit_code"], 3);
        }
    }
    EXPECT_NE(desk.ritz("solve", "range.mtx").err.find("range.mtx:3:"), std::string::npos);
    const int huge = desk.ritz("solve", "huge.mtx").exit_code;
    EXPECT_TRUE(huge == 3 || huge == 4) << huge;
}

TEST(CliInput, NamesCannotCommandTheTerminal) {
    const Desk desk;
    const Result result = desk.ritz("info", "\x1b[31mred\nline.mtx");
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_EQ(result.err.find('\x1b'), std::string::npos);
    EXPECT_TRUE(is_one_or_two_lines(result.err)) << result.err;
}

TEST(CliInput, NamesThatAreNotUtf8StillMakeJson) {
    const Desk desk;
    EXPECT_EQ(desk.ritz("info", "\xff\xfe.mtx", "--json").json()["status"], "invalid_input");
    desk.write("\xff.mtx", spd);
    EXPECT_EQ(desk.ritz("info", "\xff.mtx", "--json").json()["matrix"]["rows"], 3);
}

TEST(CliInput, StandardInputIsRead) {
    const Desk desk;
    const Result result = desk.run({.words = {"info", "-", "--json"}, .input = unsymmetric});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.json()["matrix"]["nonzeros"], 5);
    EXPECT_EQ(desk.run({.words = {"info", "-"}, .input = ""}).exit_code, 3);
}

TEST(CliInput, AGermanLocaleChangesNothing) {
    const Desk desk;
    desk.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 2.5\n");
    for (const char* locale : {"C", "de_DE.UTF-8", "de_DE"}) {
        const Result result = desk.run({.words = {"convert", "A.mtx", "-"}, .environment = {{"LC_ALL", locale}}});
        EXPECT_NE(result.out.find("1 1 2.5"), std::string::npos) << locale << result.out << result.err;
        EXPECT_EQ(
            desk.run({.words = {"solve", "A.mtx", "--rtol", "1.5e-8"}, .environment = {{"LC_ALL", locale}}}).exit_code,
            0);
    }
}

// Output

TEST(CliOutput, AFullDiskIsSaidAndLeavesNothing) {
    const Desk desk;
    desk.write("A.mtx", spd);
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"info", "A.mtx"}, {"solve", "A.mtx", "--json"}, {"--help"}, {"--version"}, {"convert", "A.mtx", "-"}}) {
        const Result result = desk.run({.words = words, .output = "/dev/full"});
        EXPECT_EQ(result.exit_code, 4) << testing::PrintToString(words);
        EXPECT_NE(result.err.find("space"), std::string::npos) << result.err;
    }
    EXPECT_EQ(desk.ritz("solve", "A.mtx", "-o", "/dev/full").exit_code, 4);
    EXPECT_EQ(desk.files(), std::vector<std::string>{"A.mtx"});
}

TEST(CliOutput, AClosedStdoutIsAnErrorAndNeverADataFile) {
    const Desk desk;
    desk.write("A.mtx", spd);
    const Result result = desk.run({.words = {"solve", "A.mtx", "-o", "x.mtx"}, .output = "closed"});
    EXPECT_EQ(result.exit_code, 4);
    EXPECT_TRUE(desk.read("x.mtx").starts_with("%%MatrixMarket"));
    EXPECT_EQ(desk.read("x.mtx").find("residual"), std::string::npos);
}

TEST(CliOutput, AReaderThatLeavesEndsItQuietly) {
    const Desk desk;
    ASSERT_EQ(desk.ritz("generate", "poisson2d", "--size", "200", "-o", "A.mtx").exit_code, 0);
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"info", "A.mtx"}, {"convert", "A.mtx", "-"}, {"generate"}, {"generate", "poisson2d", "--size", "200"}}) {
        const Result result = desk.run({.words = words, .reader_leaves = true});
        EXPECT_EQ(result.exit_code, 0) << testing::PrintToString(words) << result.err;
        EXPECT_EQ(result.err, "") << testing::PrintToString(words);
    }
}

TEST(CliOutput, QuietPrintsNothingButJson) {
    const Desk desk;
    desk.write("A.mtx", spd);
    const Result quiet = desk.ritz("solve", "A.mtx", "--quiet");
    EXPECT_EQ(quiet.exit_code, 0);
    EXPECT_EQ(quiet.out + quiet.err, "");
    EXPECT_EQ(desk.ritz("solve", "A.mtx", "--quiet", "--json").json()["status"], "solved");
}

TEST(CliOutput, NoColoursAndNoProgressWithoutATerminal) {
    const Desk desk;
    desk.write("A.mtx", spd);
    const Result result = desk.run({.words = {"solve", "A.mtx"}, .environment = {{"TERM", "xterm-256color"}}});
    EXPECT_EQ(result.out.find('\x1b'), std::string::npos);
    EXPECT_EQ(result.err, "");
}

TEST(CliOutput, AnUnwritablePlaceIsRefusedBeforeTheWork) {
    const Desk desk;
    desk.write("A.mtx", spd);
    const Result result = desk.ritz("solve", "A.mtx", "-o", "nosuchfolder/x.mtx");
    EXPECT_EQ(result.exit_code, 4);
    EXPECT_NE(result.err.find("nosuchfolder"), std::string::npos);
    EXPECT_EQ(result.out, "");
}

// Other commands

TEST(CliVersion, TellsTheLibrariesAndTheBlasInUse) {
    const Desk desk;
    const auto json = desk.ritz("--version", "--json").json();
    EXPECT_EQ(json["command"], "version");
    for (const char* key : {"version", "build_type", "compiler", "libraries", "blas", "threads", "instruction_set"})
        EXPECT_TRUE(json.contains(key)) << key;
    for (const char* library : {"SuiteSparse", "Eigen", "zlib", "fast_float"}) {
        const auto version = json["libraries"][library].get<std::string>();
        EXPECT_TRUE(version.find('.') != std::string::npos && version != "0.0.0") << library << version;
    }
    EXPECT_FALSE(json["blas"]["library"].get<std::string>().empty());
    const std::string text = desk.ritz("--version").out;
    EXPECT_TRUE(text.starts_with("ritz " + json["version"].get<std::string>())) << text;
    EXPECT_NE(text.find(json["blas"]["name"].get<std::string>()), std::string::npos);
}

TEST(CliVersion, CountsTheThreadsThatAreAllowed) {
    const Desk desk;
    EXPECT_EQ(desk.run({.words = {"--version", "--json"}, .environment = {{"OMP_NUM_THREADS", "1"}}}).json()["threads"],
              1);
}

TEST(CliMethods, ListsNamesKindsAndNeeds) {
    const Desk desk;
    const auto json = desk.ritz("methods", "--json").json();
    ASSERT_GE(json["methods"].size(), 3U);
    for (const auto& method : json["methods"]) {
        const auto kind = method["kind"].get<std::string>();
        EXPECT_TRUE(kind == "direct" || kind == "krylov" || kind == "least_squares") << kind;
        EXPECT_TRUE(method["needs"].is_array());
        EXPECT_NE(desk.ritz("methods").out.find(method["name"].get<std::string>()), std::string::npos);
    }
    EXPECT_TRUE(json["preconditioners"].is_array());
}

TEST(CliInfo, TellsWhatIsKnownOfASmallMatrix) {
    const Desk desk;
    desk.write("A.mtx", spd);
    const auto json = desk.ritz("info", "A.mtx", "--json").json();
    EXPECT_EQ(json["matrix"]["rows"], 3);
    EXPECT_EQ(json["matrix"]["nonzeros"], 7);
    EXPECT_EQ(json["matrix"]["stored_entries"], 5);
    EXPECT_EQ(json["matrix"]["symmetry"], "symmetric");
    EXPECT_EQ(json["positive_definite"]["verdict"], "yes");
    EXPECT_EQ(json["bandwidth"]["lower"], 1);
    EXPECT_EQ(json["structural_rank"], 3);
    EXPECT_EQ(json["components"], 1);
    EXPECT_EQ(json["norms"]["one"], 6.0);
    EXPECT_EQ(json["gershgorin"]["low"].get<double>() <= 4 - 1.41421, true);
    EXPECT_EQ(json["plan"]["method"], "tridiagonal");
    EXPECT_NE(desk.ritz("info", "A.mtx").out.find("3 × 3, 7 entries, real, symmetric"), std::string::npos);
}

TEST(CliInfo, CountsRowsFromOneAndFindsTheEmptyOnes) {
    const Desk desk;
    desk.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n3 3 2\n1 1 1\n3 1 2\n");
    const auto json = desk.ritz("info", "A.mtx", "--json").json();
    EXPECT_EQ(json["empty_rows"]["first"], nlohmann::json({2}));
    EXPECT_EQ(json["empty_cols"]["first"], nlohmann::json({2, 3}));
    EXPECT_EQ(json["structural_rank"], 1);
}

TEST(CliInfo, ReadsWhatIsNotFiniteAndSaysWhere) {
    const Desk desk;
    desk.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n2 1 inf\n");
    const Result result = desk.ritz("info", "A.mtx", "--json");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.json()["matrix"]["first_nonfinite"]["line"], 4);
    EXPECT_EQ(result.json()["norms"]["one"], nullptr);
}

TEST(CliInfo, TakesMatricesWithoutElements) {
    const Desk desk;
    for (const char* shape : {"0 0 0", "0 3 0", "3 0 0"}) {
        desk.write("A.mtx", std::string("%%MatrixMarket matrix coordinate real general\n") + shape + "\n");
        EXPECT_EQ(desk.ritz("info", "A.mtx").exit_code, 0) << shape;
        EXPECT_EQ(desk.ritz("info", "A.mtx", "--json").json()["matrix"]["nonzeros"], 0) << shape;
    }
}

TEST(CliInfo, CountsDuplicatesWithAWarning) {
    const Desk desk;
    desk.write("A.mtx", "%%MatrixMarket matrix coordinate real general\n1 1 2\n1 1 1\n1 1 2\n");
    const Result result = desk.ritz("info", "A.mtx", "--json");
    EXPECT_EQ(result.json()["matrix"]["duplicates"], 1);
    EXPECT_NE(result.err.find("warning"), std::string::npos);
}

TEST(CliConvert, KeepsWhatTheFileSaid) {
    const Desk desk;
    for (const std::string& text :
         {spd, unsymmetric, std::string("%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1\n2 1\n"),
          std::string("%%MatrixMarket matrix coordinate integer general\n2 2 2\n1 1 7\n2 1 -9007199254740991\n"),
          std::string("%%MatrixMarket matrix coordinate complex hermitian\n2 2 3\n1 1 1 0\n2 1 0.1 -2\n2 2 3 0\n"),
          std::string("%%MatrixMarket matrix array real general\n2 1\n0\n2.5\n")}) {
        desk.write("A.mtx", text);
        const Result result = desk.ritz("convert", "A.mtx", "B.mtx");
        EXPECT_EQ(result.exit_code, 0) << result.err << text;
        EXPECT_EQ(desk.read("B.mtx"), text);
    }
}

TEST(CliConvert, GoesThroughEveryFormatAndBack) {
    const Desk desk;
    desk.write("A.mtx", unsymmetric);
    std::string from = "A.mtx";
    for (const char* to : {"B.mtx.gz", "C.npz", "D.rb", "E.petsc", "F.rua", "Z.mtx"}) {
        const Result result = desk.ritz("convert", from, to);
        ASSERT_EQ(result.exit_code, 0) << to << result.err;
        from = to;
    }
    EXPECT_EQ(desk.read("Z.mtx"), unsymmetric);
}

TEST(CliConvert, SaysInEveryFormatWhatItCan) {
    const Desk desk;
    for (const std::string& text :
         {spd, std::string("%%MatrixMarket matrix coordinate integer symmetric\n2 2 2\n1 1 7\n2 1 -5\n"),
          std::string("%%MatrixMarket matrix coordinate pattern symmetric\n2 2 2\n1 1\n2 1\n"),
          std::string("%%MatrixMarket matrix array integer general\n2 2\n1\n0\n-3\n4\n")}) {
        desk.write("A.mtx", text);
        const auto expected = desk.ritz("info", "A.mtx", "--json").json()["norms"];
        for (const char* to : {"B.npz", "B.petsc", "B.rb", "B.HB.gz", "B.rua", "B.npy", "B.txt"}) {
            const Result result = desk.ritz("convert", "A.mtx", to);
            ASSERT_EQ(result.exit_code, 0) << to << result.err << text;
            if (std::string(to) != "B.txt") {  // info takes no plain text
                EXPECT_EQ(desk.ritz("info", to, "--json").json()["norms"]["frobenius"], expected["frobenius"]) << to;
            }
        }
    }
}

TEST(CliGenerate, ListsFamiliesWithoutAName) {
    const Desk desk;
    const Result result = desk.ritz("generate");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_NE(result.out.find("poisson2d"), std::string::npos);
    EXPECT_GT(desk.ritz("generate", "--json").json()["families"].size(), 20U);
}

TEST(CliGenerate, EveryFamilyCanBeWrittenReadAndIsWhatTheListSays) {
    const Desk desk;
    for (const auto& family : desk.ritz("generate", "--json").json()["families"]) {
        const std::string name = family["name"];
        const int size = std::clamp(6, family["smallest"].get<int>(), family["largest"].get<int>());
        const Result made = desk.ritz("generate", name, "--size", std::to_string(size), "-o", "A.mtx");
        EXPECT_EQ(made.exit_code, 0) << name << made.err;
        const auto info = desk.ritz("info", "A.mtx", "--json").json();
        EXPECT_EQ(info["symmetry"]["symmetric"], family["symmetric"]) << name;
        if (family["positive_definite"]) {
            EXPECT_NE(info["positive_definite"]["verdict"], "no") << name;
        }
    }
}

TEST(CliGenerate, TheSameSeedGivesTheSameFile) {
    const Desk desk;
    const auto make = [&desk](const char* seed) {
        return desk.ritz("generate", "wathen", "-n", "4", "--seed", seed).out;
    };
    EXPECT_EQ(make("7"), make("7"));
    EXPECT_NE(make("7").substr(300), make("8").substr(300));
}

}  // namespace
}  // namespace ritz::test
