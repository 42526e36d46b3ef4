// SPDX-License-Identifier: BSD-3-Clause
// The collections of Matrix Market files below the directory that RITZ_MATRICES names: every file in them has an
// expectation, and a file without one fails. Without the variable there are no cases.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "io/byte_source.hpp"
#include "io/matrix_market_reader.hpp"
#include "ritz/io/matrix_market.hpp"

namespace ritz {
namespace {

using Complex = std::complex<double>;
namespace fs = std::filesystem;

fs::path collection(const std::string& folder) {
    const char* const root = std::getenv("RITZ_MATRICES");
    return root == nullptr ? fs::path() : fs::path(root) / folder;
}

std::vector<std::string> files_in(const std::string& folder) {
    std::vector<std::string> names;
    const fs::path directory = collection(folder);
    if (directory.empty() || !fs::is_directory(directory)) return names;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory))
        if (entry.is_regular_file() && entry.path().extension() != ".tsv" && entry.path().extension() != ".md")
            names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

/// Rows of a table: first column → last column.
std::map<std::string, std::vector<std::string>> table(const fs::path& path) {
    std::map<std::string, std::vector<std::string>> rows;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::vector<std::string> cells;
        std::istringstream stream(line);
        for (std::string cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
        if (!cells.empty()) rows[cells.front()] = cells;
    }
    return rows;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
    std::string name;
    for (const char c : info.param) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    return name;
}

struct Summary {
    Index rows, cols;
    Offset nnz, duplicates;
    Complex sum;
    double scale;  // Σ |a|
    FileInfo info;
};

Summary summary_of(const ReadResult& result) {
    return std::visit(
        [&](const auto& A) {
            Summary s{A.rows(), A.cols(), A.nnz(), result.info.duplicates, 0, 0, result.info};
            for (const auto value : A.values()) {
                s.sum += Complex(value);
                s.scale += std::abs(value);
            }
            return s;
        },
        result.matrix);
}

Summary read(const std::string& folder, const std::string& name, const ReadOptions& options = {}) {
    return summary_of(read_matrix_market((collection(folder) / name).string(), options));
}

/// What reading must come to: a matrix with this shape, these entries and this sum; or an error.
struct Expected {
    enum Kind { matrix, parse_error, limit } kind;
    Index rows = 0, cols = 0;
    Offset nnz = 0, duplicates = 0;
    Complex sum = 0;
    std::int64_t line = -1;  // of the error, when it matters which
};

Expected refused_at(std::int64_t line) {
    Expected expected{Expected::parse_error};
    expected.line = line;
    return expected;
}

void expect_outcome(const std::string& folder, const std::string& name, const Expected& expected) {
    const std::string path = (collection(folder) / name).string();
    if (expected.kind == Expected::matrix) {
        const Summary s = read(folder, name);
        EXPECT_EQ(s.rows, expected.rows);
        EXPECT_EQ(s.cols, expected.cols);
        EXPECT_EQ(s.nnz, expected.nnz);
        EXPECT_EQ(s.duplicates, expected.duplicates);
        EXPECT_LE(std::abs(s.sum - expected.sum), 1e-14 * s.scale) << s.sum;
        return;
    }
    try {
        read(folder, name);
        ADD_FAILURE() << name << " was read";
    } catch (const ParseError& error) {
        EXPECT_EQ(expected.kind, Expected::parse_error) << error.what();
        EXPECT_EQ(std::string(error.what()).find(path + ":" + std::to_string(error.line()) + ": "), 0u) << error.what();
        EXPECT_GE(error.line(), 1) << error.what();
        if (expected.line >= 0) {
            EXPECT_EQ(error.line(), expected.line) << error.what();
        }
    } catch (const LimitExceeded& error) {
        EXPECT_EQ(expected.kind, Expected::limit) << error.what();
    }
}

// --- mm-valid: must be read ------------------------------------------------------------------------------------

/// Lies among the valid files, but rule 6 of the collection's README makes a nonzero skew-symmetric diagonal an error.
const std::string skew_with_diagonal = "scipy_skew_example.mtx";

std::vector<std::string> valid_files() {
    std::vector<std::string> names = files_in("mm-valid");
    names.erase(std::remove(names.begin(), names.end(), "scipy_skew_example.mtx"), names.end());
    return names;
}

class ValidMatrixMarketFile : public testing::TestWithParam<std::string> {};

TEST_P(ValidMatrixMarketFile, IsReadWithTheShapeAndSumThatWereRecorded) {
    const std::vector<std::string> row = table(collection("mm-valid") / "EXPECT.tsv")[GetParam()];
    ASSERT_FALSE(row.empty()) << "no expectation";
    const Summary s = read("mm-valid", GetParam());
    // Two files that the recording reader refused are another file with more comments and blank lines.
    const std::string recorded =
        GetParam().find("more_freeformat") != std::string::npos ? "ok 5x5 nnz=8 sum=33.335" : row.back();
    std::smatch match;
    const std::regex pattern(R"(ok (\d+)x(\d+) nnz=(\d+) sum=\(?([-+.0-9e]+?)(?:([-+][.0-9e]+)j\))?)");
    ASSERT_TRUE(std::regex_match(recorded, match, pattern)) << recorded;
    EXPECT_EQ(s.rows, std::stoi(match[1]));
    EXPECT_EQ(s.cols, std::stoi(match[2]));
    // The recorder counts every element of an array file, and entries before duplicates are added.
    if (s.info.layout == Layout::coordinate) {
        EXPECT_EQ(s.nnz + s.duplicates, std::stol(match[3]));
    }
    const Complex sum(std::stod(match[4]), match[5].matched ? std::stod(match[5]) : 0);
    // The recorder adds integers modulo 2⁶⁴.
    double error = std::abs(s.sum - sum);
    if (s.info.field == Field::integer) error = std::min(error, std::abs(s.sum - sum - std::ldexp(1.0, 64)));
    EXPECT_LE(error, 1e-13 * s.scale) << s.sum << " recorded: " << recorded;
}

TEST_P(ValidMatrixMarketFile, IsTheSameMatrixWhateverThePieces) {
    const std::string path = (collection("mm-valid") / GetParam()).string();
    const detail::ByteSource source(path);
    const Csr<Complex> expected = parse_matrix_market<Complex>(source.bytes(), path);
    for (const std::size_t chunk : {1, 2, 3, 10, 100}) {
        FileInfo info;
        const Csr<Complex> A = detail::read_sparse_text<Complex>(
            source.bytes(), path, {}, info, {.chunk_bytes = chunk, .threads = 3, .text_is_done = {}});
        EXPECT_TRUE(A == expected) << chunk;
    }
}

TEST_P(ValidMatrixMarketFile, IsTheSameWhenReadAsDense) {
    const std::string path = (collection("mm-valid") / GetParam()).string();
    const Csr<Complex> sparse = read_matrix_market<Complex>(path);
    const Eigen::MatrixXcd dense = read_matrix_market_dense<Complex>(path);
    ASSERT_EQ(dense.rows(), sparse.rows());
    ASSERT_EQ(dense.cols(), sparse.cols());
    Offset nonzeros = 0;
    for (Index i = 0; i < sparse.rows(); ++i)
        for (Index j = 0; j < sparse.cols(); ++j) {
            nonzeros += dense(i, j) != 0.0;
            EXPECT_EQ(dense(i, j), sparse.at(i, j));
        }
    EXPECT_EQ(nonzeros,
              std::count_if(sparse.values().begin(), sparse.values().end(), [](Complex v) { return v != 0.0; }));
}

INSTANTIATE_TEST_SUITE_P(Files, ValidMatrixMarketFile, testing::ValuesIn(valid_files()), test_name);

TEST(ContradictoryMatrixMarketFile, ASkewSymmetricDiagonalIsRefusedAsThePolicySays) {
    const std::string path = (collection("mm-valid") / skew_with_diagonal).string();
    if (fs::exists(path)) expect_outcome("mm-valid", skew_with_diagonal, refused_at(3));
}

// --- mm-invalid: must be refused, naming the line ----------------------------------------------------------------

class InvalidMatrixMarketFile : public testing::TestWithParam<std::string> {};

TEST_P(InvalidMatrixMarketFile, IsRefusedWithItsLine) {
    expect_outcome("mm-invalid", GetParam(), {Expected::parse_error});
}

INSTANTIATE_TEST_SUITE_P(Files, InvalidMatrixMarketFile, testing::ValuesIn(files_in("mm-invalid")), test_name);

// --- mm-policy: readers disagree; this is what ritz does -----------------------------------------------------------

/// Numbers in parentheses are the rules of the collection's README.
const std::map<std::string, Expected>& policy() {
    using E = Expected;
    const E four_of_three{E::matrix, 3, 1, 3, 1, 4};  // one of four entries repeats (3)
    static const std::map<std::string, Expected> rules = {
        {"bad_wrong_dims.mtx", refused_at(2)},                               // (7) an entry is missing
        {"comments_west0067.mtx", refused_at(6)},                            // (4) nan
        {"coordinate_hermitian_real_row.mtx", {E::matrix, 3, 3, 5, 0, 90}},  // (6) real hermitian is symmetric
        {"coordinate_hermitian_real_row_general_dup.mtx", {E::matrix, 3, 3, 5, 1, 120}},
        {"coordinate_hermitian_row_general_dup.mtx", {E::matrix, 3, 3, 5, 1, 120}},
        {"dim_over_32_bit.mtx", {E::limit}},                                                   // (5)
        {"lagraph_matrix_uint64.mtx", {E::matrix, 7, 7, 12, 0, 18446744073709551615.0 + 44}},  // (5)
        {"longcomplex_array.mtx", refused_at(4)},                                              // (4)
        {"longcomplex_coordinate.mtx", refused_at(4)},
        {"longdouble_array.mtx", refused_at(4)},
        {"longdouble_coordinate.mtx", refused_at(4)},
        {"mangled14.mtx", {E::matrix, 3, 4, 2, 1, 13.5}},  // (3)
        {"matrix_bool.mtx", four_of_three},
        {"matrix_coordinate_real_skew-symmetric.mtx", refused_at(6)},  // (6) diagonal
        {"matrix_double.mtx", four_of_three},
        {"matrix_double_complex.mtx", four_of_three},
        {"matrix_float.mtx", four_of_three},
        {"matrix_float_complex.mtx", four_of_three},
        {"matrix_int16.mtx", four_of_three},
        {"matrix_int32.mtx", four_of_three},
        {"matrix_int64.mtx", four_of_three},
        {"matrix_int8.mtx", four_of_three},
        {"matrix_uint16.mtx", four_of_three},
        {"matrix_uint32.mtx", four_of_three},
        {"matrix_uint64.mtx", four_of_three},
        {"matrix_uint8.mtx", four_of_three},
        {"ok_complex_general.mtx", {E::matrix, 5, 5, 12, 0, {24, 219}}},  // (1) comments between entries
        {"ok_complex_hermitian.mtx", refused_at(5)},                      // (6) both triangles
        {"ok_general.mtx", {E::matrix, 5, 5, 12, 0, 24}},
        {"overflow_value_gt_complex128.mtx", refused_at(4)},  // (4)
        {"overflow_value_gt_float128.mtx", refused_at(4)},
        {"overflow_value_gt_float64.mtx", refused_at(4)},
        {"permissive_banner_leading_spaces_eye3.mtx", {E::matrix, 3, 3, 3, 0, 3}},  // (2)
        {"permissive_banner_one_percent_eye3.mtx", {E::matrix, 3, 3, 3, 0, 3}},
        {"permissive_lines_indented.mtx", {E::matrix, 1, 1, 1, 0, 1}},   // (1)
        {"scipy_64bit_integer_sparse_skew_example.mtx", refused_at(3)},  // (6) diagonal
        {"scipy_64bit_integer_sparse_symmetric_example.mtx",
         {E::matrix, 2, 2, 4, 0, 2147483648.0 - 9223372036854775807.0}},  // (6) the upper triangle
        {"skew_fp64.mtx", refused_at(4)},                                 // (4) inf
        {"vector_array.mtx", {E::matrix, 4, 1, 3, 0, 707}},               // (2)
        {"vector_coordinate.mtx", {E::matrix, 4, 1, 3, 0, 707}},
        {"vector_coordinate_complex.mtx", {E::matrix, 4, 1, 3, 0, {707, 1}}},
        {"vector_coordinate_complex_dupes.mtx", {E::matrix, 4, 1, 3, 1, {707, 1}}},
        {"vector_coordinate_dupes.mtx", {E::matrix, 4, 1, 3, 1, 707}},
        {"windows_newlines.mtx", {E::matrix, 3, 3, 3, 0, 3}},  // (1) CR
    };
    return rules;
}

class PolicyMatrixMarketFile : public testing::TestWithParam<std::string> {};

TEST_P(PolicyMatrixMarketFile, IsTreatedAsTheRulesSay) {
    const auto rule = policy().find(GetParam());
    ASSERT_NE(rule, policy().end()) << "no expectation";
    expect_outcome("mm-policy", GetParam(), rule->second);
}

TEST_P(PolicyMatrixMarketFile, IsReadWithNanAndInfWhenTheseAreAllowed) {
    if (GetParam() == "comments_west0067.mtx") {
        const Summary s = read("mm-policy", GetParam(), {.allow_nonfinite = true});
        EXPECT_EQ(s.nnz, 295);
        EXPECT_EQ(s.info.first_nonfinite.value().line, 6);
    } else if (GetParam() == "skew_fp64.mtx") {
        const Summary s = read("mm-policy", GetParam(), {.allow_nonfinite = true});
        EXPECT_EQ(s.nnz, 20);
        EXPECT_EQ(s.info.first_nonfinite.value().row, 4);
    } else {
        // Nothing else changes.
        const auto rule = policy().find(GetParam());
        ASSERT_NE(rule, policy().end());
        if (rule->second.kind == Expected::matrix) {
            EXPECT_FALSE(read("mm-policy", GetParam(), {.allow_nonfinite = true}).info.first_nonfinite.has_value());
        } else {
            EXPECT_THROW(read("mm-policy", GetParam(), {.allow_nonfinite = true}), Error);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Files, PolicyMatrixMarketFile, testing::ValuesIn(files_in("mm-policy")), test_name);

// --- mm-attack: readers.tsv says refuse (R), accept (A) or decide (D) ------------------------------------------------

/// What ritz decides for D, and what accepting means for A and D; "refuse" where a D is refused.
const std::map<std::string, Expected>& decisions() {
    using E = Expected;
    static const std::map<std::string, Expected> rules = {
        {"M11", {E::matrix, 2, 2, 1, 0, 1}},  // real hermitian: symmetric, with a note
        {"M13", {E::matrix, 1, 1, 1, 0, 2}},
        {"M14", {E::matrix, 1, 1, 1, 0, 2}},  // byte-order mark: skipped, with a note
        {"M15", {E::matrix, 1, 1, 1, 0, 2}},
        {"M16", {E::matrix, 1, 1, 1, 0, 2}},  // CR alone ends a line: policy 1 overrides the table's R
        {"M24", {E::limit}},                  // dimensions over 2³¹-1: a limit, not an error of the file
        {"M29", {E::limit}},
        {"M30", {E::limit}},
        {"M31", {E::limit}},
        {"M32", {E::limit}},                    // 8 GB of row pointers for no entry
        {"M33", {E::matrix, 2, 2, 4, 1, 5}},    // more entries than places: duplicates
        {"M53", {E::matrix, 1, 1, 1, 0, 0}},    // underflow: 0, with a note
        {"M54", {E::matrix, 1, 1, 1, 0, 150}},  // D exponent
        {"M55", {E::matrix, 1, 1, 1, 0, -.5}},
        {"M56", {E::matrix, 1, 1, 1, 0, 5}},
        {"M58", {E::matrix, 1, 1, 1, 0, 1}},
        {"M59", {E::matrix, 1, 1, 1, 0, 2}},
        {"M60", {E::matrix, 1, 1, 1, 0, 2}},  // 5000 leading blanks
        {"M64", {E::matrix, 2, 2, 3, 0, 6}},  // the upper triangle of a symmetric file
        {"M67", {E::matrix, 2, 2, 4, 0, 4}},
        {"M71", {E::matrix, 1, 1, 1, 0, {1, 2}}},
        {"M72", {E::matrix, 2, 2, 2, 0, 2}},  // a comment between entries
        {"M73", {E::matrix, 2, 2, 1, 0, 1}},
        {"M74", refused_at(3)},  // one entry over three lines: an entry is a line
        {"M75", refused_at(3)},  // many entries on one line: likewise
        {"M81", {E::matrix, 0, 0, 0, 0, 0}},
        {"M82", {E::matrix, 3, 0, 0, 0, 0}},
    };
    return rules;
}

class HostileMatrixMarketFile : public testing::TestWithParam<std::string> {};

TEST_P(HostileMatrixMarketFile, IsRefusedOrReadExactly) {
    const std::string id = fs::path(GetParam()).stem().string();
    const std::vector<std::string> row = table(collection("mm-attack") / "readers.tsv")[id];
    const std::string letter = row.size() > 1 ? row[1] : "R";  // files without a row are fuzzer finds: all broken
    const auto rule = decisions().find(id);
    if (id == "M76") {  // truncated gzip: there are no lines yet
        EXPECT_THROW(read("mm-attack", GetParam()), ParseError);
    } else if (rule != decisions().end()) {
        expect_outcome("mm-attack", GetParam(), rule->second);
    } else {
        ASSERT_EQ(letter, "R") << "no decision";
        expect_outcome("mm-attack", GetParam(), {Expected::parse_error});
    }
}

INSTANTIATE_TEST_SUITE_P(Files, HostileMatrixMarketFile, testing::ValuesIn(files_in("mm-attack")), test_name);

// --- the real matrices -----------------------------------------------------------------------------------------------

class RealMatrixMarketFile : public testing::TestWithParam<std::string> {};

TEST_P(RealMatrixMarketFile, IsWrittenAndReadBackBitForBit) {
    const std::string path = (collection("") / GetParam()).string();
    FileInfo info;
    const Csr<Complex> A = read_matrix_market<Complex>(path, {}, &info);
    EXPECT_EQ(A.rows(), info.rows);
    const std::string copy = (fs::temp_directory_path() / ("ritz-" + std::to_string(getpid()) + GetParam())).string();
    write_matrix_market(copy, A, {.symmetry = info.symmetry});
    const Csr<Complex> B = read_matrix_market<Complex>(copy);
    fs::remove(copy);
    EXPECT_TRUE(A == B);
}

INSTANTIATE_TEST_SUITE_P(Files, RealMatrixMarketFile, testing::ValuesIn(files_in("")), test_name);

}  // namespace
}  // namespace ritz
