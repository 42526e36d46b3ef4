// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/io/matrix_market.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <complex>
#include <functional>
#include <limits>
#include <string>

#include "io/matrix_market_reader.hpp"
#include "ritz/core/threads.hpp"

namespace ritz {
namespace {

using Complex = std::complex<double>;

const std::string real_general = "%%MatrixMarket matrix coordinate real general\n";

template <class T = double>
Csr<T> parse(const std::string& text, const ReadOptions& options = {}, FileInfo* info = nullptr) {
    return parse_matrix_market<T>(text, "A.mtx", options, info);
}

/// The message of the ParseError that reading `text` must throw.
template <class T = double>
std::string message(const std::string& text) {
    try {
        parse<T>(text);
    } catch (const ParseError& error) {
        EXPECT_EQ(error.path(), "A.mtx");
        return error.what();
    }
    ADD_FAILURE() << "was read: " << text;
    return "";
}

TEST(MatrixMarketReader, ReadsEveryKindOfEntry) {
    const Csr<double> real = parse(real_general + "2 3 3\n1 1 1.5\n2 3 -2e-3\n1 2 .25\n");
    EXPECT_EQ(real.rows(), 2);
    EXPECT_EQ(real.cols(), 3);
    EXPECT_EQ(real.at(0, 0), 1.5);
    EXPECT_EQ(real.at(0, 1), 0.25);
    EXPECT_EQ(real.at(1, 2), -2e-3);

    EXPECT_EQ(parse("%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 -42\n").at(0, 0), -42);
    EXPECT_EQ(parse("%%MatrixMarket matrix coordinate pattern general\n1 2 1\n1 2\n").at(0, 1), 1);
    const Csr<Complex> complex =
        parse<Complex>("%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 3 -4.5\n");
    EXPECT_EQ(complex.at(0, 0), Complex(3, -4.5));
}

TEST(MatrixMarketReader, GivesTheFieldOfTheFileWhenNoTypeIsNamed) {
    EXPECT_TRUE(std::holds_alternative<Csr<double>>(
        parse_matrix_market(std::string_view(real_general + "1 1 1\n1 1 1\n"), "A").matrix));
    EXPECT_TRUE(std::holds_alternative<Csr<Complex>>(
        parse_matrix_market(std::string_view("%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 2\n"), "A")
            .matrix));
}

TEST(MatrixMarketReader, RefusesAComplexFileForARealMatrix) {
    const std::string text = "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n";
    EXPECT_THROW(parse<double>(text), ParseError);
    EXPECT_THROW(parse<float>(text), ParseError);
    EXPECT_EQ(parse<std::complex<float>>(text).at(0, 0), std::complex<float>(1, 0));
}

TEST(MatrixMarketReader, ReadsARealFileAsComplex) {
    EXPECT_EQ(parse<Complex>(real_general + "1 1 1\n1 1 2.5\n").at(0, 0), Complex(2.5, 0));
}

TEST(MatrixMarketReader, ExpandsSymmetricSkewAndHermitianStorage) {
    FileInfo info;
    const Csr<double> symmetric =
        parse("%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n1 1 1\n2 1 5\n3 2 6\n", {}, &info);
    EXPECT_EQ(info.symmetry, Symmetry::symmetric);
    EXPECT_EQ(info.stored_entries, 3);
    EXPECT_EQ(symmetric.nnz(), 5);
    EXPECT_EQ(symmetric.at(0, 1), 5);
    EXPECT_EQ(symmetric.at(1, 2), 6);

    const Csr<double> skew = parse("%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 5\n");
    EXPECT_EQ(skew.at(1, 0), 5);
    EXPECT_EQ(skew.at(0, 1), -5);

    const Csr<Complex> hermitian =
        parse<Complex>("%%MatrixMarket matrix coordinate complex hermitian\n2 2 2\n1 1 7 0\n2 1 1 2\n");
    EXPECT_EQ(hermitian.at(1, 0), Complex(1, 2));
    EXPECT_EQ(hermitian.at(0, 1), Complex(1, -2));
    EXPECT_EQ(hermitian.at(0, 0), Complex(7, 0));
}

TEST(MatrixMarketReader, AcceptsEitherTriangleAndEvenBothInTurn) {
    const Csr<double> A = parse("%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n1 2 5\n3 1 6\n");
    EXPECT_EQ(A.at(1, 0), 5);
    EXPECT_EQ(A.at(0, 2), 6);
    EXPECT_EQ(A.nnz(), 4);
}

TEST(MatrixMarketReader, RefusesAnEntryTogetherWithItsMirrorImage) {
    const std::string what =
        message("%%MatrixMarket matrix coordinate real symmetric\n% c\n3 3 3\n2 1 5\n\n1 1 1\n1 2 5\n");
    EXPECT_EQ(what.find("A.mtx:7: "), 0u) << what;
    EXPECT_NE(what.find("line 4"), std::string::npos) << what;
}

TEST(MatrixMarketReader, CountsDuplicatesOfSymmetricFilesOnce) {
    FileInfo info;
    const Csr<double> A =
        parse("%%MatrixMarket matrix coordinate real symmetric\n2 2 6\n1 1 1\n2 1 5\n2 1 6\n1 1 2\n2 1 1\n1 1 4\n", {},
              &info);
    EXPECT_EQ(info.duplicates, 4);
    EXPECT_EQ(A.at(0, 0), 7);
    EXPECT_EQ(A.at(0, 1), 12);
    EXPECT_EQ(A.at(1, 0), 12);
}

TEST(MatrixMarketReader, AddsDuplicatesAndCountsThem) {
    FileInfo info;
    const Csr<double> A = parse(real_general + "2 2 4\n1 1 1\n2 2 5\n1 1 2\n1 1 4\n", {}, &info);
    EXPECT_EQ(A.at(0, 0), 7);
    EXPECT_EQ(A.nnz(), 2);
    EXPECT_EQ(info.duplicates, 2);
    EXPECT_EQ(info.stored_entries, 4);
}

TEST(MatrixMarketReader, KeepsExplicitZerosOfCoordinateFiles) {
    EXPECT_EQ(parse(real_general + "2 2 2\n1 1 0\n2 1 -0.0\n").nnz(), 2);
}

TEST(MatrixMarketReader, DoesNotStoreTheZerosOfArrayFiles) {
    FileInfo info;
    const Csr<double> A = parse("%%MatrixMarket matrix array real general\n2 2\n1\n0\n0\n4\n", {}, &info);
    EXPECT_EQ(A.nnz(), 2);
    EXPECT_EQ(A.at(1, 1), 4);
    EXPECT_EQ(info.stored_entries, 4);
    EXPECT_EQ(info.layout, Layout::array);
}

TEST(MatrixMarketReader, TakesEveryLineEndAndLayout) {
    const Csr<double> expected = parse(real_general + "2 2 2\n1 1 1.5\n2 1 -2\n");
    const std::string banner = "%%MatrixMarket matrix coordinate real general";
    for (const std::string& text : {
             banner + "\r\n2 2 2\r\n1 1 1.5\r\n2 1 -2\r\n",                  // CR LF
             banner + "\r2 2 2\r1 1 1.5\r2 1 -2",                            // CR, no last one
             banner + "\n\n%\n\n 2\t2  2 \n% x\n\n\t1 1   1.5 \n%\n2 1 -2",  // everything loose
             "  " + banner + " \n2 2 2\n1 1 +1.5\n2 1 -2.\n",
             banner.substr(1) + "\n2 2 2\n1 1 15D-1\n2 1 -0.2d+1\n",
             "\xEF\xBB\xBF" + banner + "\n+2 02 2\n0001 1 1.5\n2 +1 -2e0\n\n\n% end",
             std::string("%%matrixMARKET Matrix COORDINATE Double General\n2 2 2\n1 1 1.5\n2 1 -2\n"),
         }) {
        const Csr<double> A = parse(text);
        EXPECT_TRUE(A == expected) << text;
    }
}

TEST(MatrixMarketReader, ReadsAVectorAsOneColumn) {
    const Csr<double> sparse = parse("%%MatrixMarket vector coordinate real general\n4 2\n2 5\n4 6\n");
    EXPECT_EQ(sparse.rows(), 4);
    EXPECT_EQ(sparse.cols(), 1);
    EXPECT_EQ(sparse.at(3, 0), 6);
    const Eigen::MatrixXd dense = parse_matrix_market_dense<double>(
        std::string_view("%%MatrixMarket vector array real general\n3\n1\n0\n3\n"), "b.mtx");
    EXPECT_EQ(dense, (Eigen::MatrixXd(3, 1) << 1, 0, 3).finished());
}

TEST(MatrixMarketReader, ReadsEmptyMatrices) {
    for (const auto& [rows, cols] : {std::pair{0, 0}, {3, 0}, {0, 4}, {3, 4}}) {
        const std::string size = std::to_string(rows) + " " + std::to_string(cols);
        const Csr<double> A = parse(real_general + size + " 0\n");
        EXPECT_EQ(A.rows(), rows);
        EXPECT_EQ(A.cols(), cols);
        EXPECT_EQ(A.nnz(), 0);
        if (rows > 0 && cols > 0) continue;
        const std::string array = "%%MatrixMarket matrix array complex general\n" + size;
        EXPECT_EQ(parse<Complex>(array).rows(), rows);
        EXPECT_EQ(parse_matrix_market_dense<Complex>(std::string_view(array), "A").cols(), cols);
    }
    EXPECT_EQ(parse("%%MatrixMarket matrix coordinate real skew-symmetric\n0 0 0").nnz(), 0);
    EXPECT_EQ(parse("%%MatrixMarket matrix array real skew-symmetric\n0 0\n").nnz(), 0);
    EXPECT_EQ(parse("%%MatrixMarket matrix array real skew-symmetric\n1 1\n").nnz(), 0);
    EXPECT_EQ(parse("%%MatrixMarket matrix array real symmetric\n1 1\n5").at(0, 0), 5);
}

TEST(MatrixMarketReader, FillsTheOtherTriangleOfArrayFiles) {
    const auto dense = [](const std::string& words, const std::string& body) {
        return parse_matrix_market_dense<Complex>(std::string_view("%%MatrixMarket matrix array " + words + body), "A");
    };
    const Complex i(0, 1);
    Eigen::MatrixXcd expected(3, 3);
    expected << 1, 2, 3, 2, 4, 5, 3, 5, 6;
    EXPECT_EQ(dense("real symmetric", "\n3 3\n1\n2\n3\n4\n5\n6\n"), expected);
    expected << 0, -2, -3, 2, 0, -5, 3, 5, 0;
    EXPECT_EQ(dense("integer skew-symmetric", "\n3 3\n2\n3\n5\n"), expected);
    expected << 1, 2.0 - i, 3, 2.0 + i, 4, 5.0 + i, 3, 5.0 - i, 6;
    EXPECT_EQ(dense("complex hermitian", "\n3 3\n1 0\n2 1\n3 0\n4 0\n5 -1\n6 0\n"), expected);
}

TEST(MatrixMarketReader, ReadsACoordinateFileAsDense) {
    const Eigen::MatrixXd A =
        parse_matrix_market_dense<double>(std::string_view(real_general + "2 3 3\n1 1 1\n2 3 4\n2 3 5\n"), "A");
    EXPECT_EQ(A, (Eigen::MatrixXd(2, 3) << 1, 0, 0, 0, 0, 9).finished());
    EXPECT_THROW(parse_matrix_market_dense<double>(std::string_view(real_general + "1000000 1000000 1\n1 1 1\n"), "A"),
                 LimitExceeded);
}

TEST(MatrixMarketReader, NamesTheLineTheTokenAndWhatWasExpected) {
    EXPECT_EQ(message(real_general + "% c\n3 3 2\n1 1 1\n4 1 1\n"),
              "A.mtx:5: row index out of range, found \"4\", expected 1 to 3");
    EXPECT_EQ(message(real_general + "3 3 2\n1 1 1\n1 0 1\n"),
              "A.mtx:4: column index out of range, found \"0\", expected 1 to 3");
    EXPECT_EQ(message(real_general + "3 3 1\r1 1 1,5\r"), "A.mtx:3: bad entry, found \"1,5\", expected a value");
    EXPECT_EQ(message(real_general + "3 3 1\r\n\r\n1 1\r\n"),
              "A.mtx:4: bad entry, found the end of the line, expected a value");
    EXPECT_EQ(message(real_general + "3 3 1\n1 1 " + std::string(99, 'x')),
              "A.mtx:3: bad entry, found \"" + std::string(40, 'x') + "…\", expected a value");
    EXPECT_EQ(message(real_general + "3 3 1\n1 1 \x01\n"), "A.mtx:3: bad entry, found \"\\x01\", expected a value");
    EXPECT_EQ(message(real_general + "3 3 1\n1 1 1 1\n"),
              "A.mtx:3: the entry goes on, found \"1\", expected the end of the line after row, column, value");
}

TEST(MatrixMarketReader, RefusesTooFewAndTooManyEntries) {
    EXPECT_EQ(message(real_general + "3 3 2\n1 1 1\n\n\n"),
              "A.mtx:3: the file ends after 1 entries, expected 2 as the size line (line 2) says");
    EXPECT_EQ(message(real_general + "3 3 1\n1 1 1\n%\n 2 1 1\n"),
              "A.mtx:5: too many entries, found \"2\", expected the end of the file after 1 entries, as the size line "
              "(line 2) says");
    EXPECT_EQ(
        message(real_general + "3 3 1\n1 1 1\nend\n"),
        "A.mtx:4: the file goes on, found \"end\", expected the end of the file after 1 entries, as the size line "
        "(line 2) says");
    EXPECT_THROW(parse("%%MatrixMarket matrix array real general\n2 1\n1\n2\n3\n"), ParseError);
    EXPECT_THROW(parse("%%MatrixMarket matrix array real general\n2 1\n1\n"), ParseError);
}

TEST(MatrixMarketReader, RefusesWhatASizeLineCannotSay) {
    for (const char* size : {"2 2", "2 2 1 1", "-2 2 1", "2 2 -1", "2.0 2 1", "1e1 2 1", "x 2 1", "0x2 2 1", "2 2 1%",
                             "99999999999999999999 2 1", "+-2 2 1"}) {
        EXPECT_THROW(parse(real_general + size + "\n1 1 1\n"), ParseError) << size;
    }
    for (const char* size : {"2147483648 1 1", "1 2147483648 1", "9223372036854775807 1 1"}) {
        EXPECT_THROW(parse(real_general + size + "\n1 1 1\n"), LimitExceeded) << size;
    }
}

TEST(MatrixMarketReader, AllocatesForWhatIsThereNotForWhatIsPromised) {
    EXPECT_THROW(parse(real_general + "2 2 9223372036854775807\n1 1 1\n"), ParseError);
    EXPECT_THROW(parse(real_general + "1000000000 1000000000 1\n1 1 1\n"), LimitExceeded);
    EXPECT_THROW(parse("%%MatrixMarket matrix array real general\n2147483647 2147483647\n1\n"), ParseError);
    // A large body makes the size line's promise absurd before anything is parsed.
    EXPECT_EQ(
        message(real_general + "2 2 1000000\n" + std::string(100000, '\n')),
        "A.mtx:2: the size line promises 1000000 entries, found \"1000000\", expected at most 16666, since 100000 "
        "bytes follow");
}

TEST(MatrixMarketReader, HoldsToTheMemoryLimitOfTheCaller) {
    std::string text = real_general + "1000 1000 1000\n";
    for (int k = 1; k <= 1000; ++k) text += std::to_string(k) + " 1 1\n";
    EXPECT_THROW(parse(text, {.max_memory = 1000}), LimitExceeded);
    EXPECT_EQ(parse(text, {.max_memory = 1000000}).nnz(), 1000);
}

TEST(MatrixMarketReader, RefusesASkewSymmetricDiagonalThatIsNotZero) {
    EXPECT_EQ(message("%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 2\n2 1 1\n1 1 3\n"),
              "A.mtx:4: the diagonal of a skew-symmetric matrix is not 0, found \"3\", expected 0");
    EXPECT_EQ(parse("%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n1 1 0\n").nnz(), 1);
}

TEST(MatrixMarketReader, KeepsAHermitianDiagonalThatIsNotRealAndSaysSo) {
    const std::string hermitian = "%%MatrixMarket matrix coordinate complex hermitian\n2 2 1\n";
    FileInfo info;
    EXPECT_EQ(parse<Complex>(hermitian + "1 1 3 -0\n", {}, &info).nnz(), 1);
    EXPECT_TRUE(info.notes.empty());
    EXPECT_EQ(parse<Complex>(hermitian + "1 1 3 1e-9\n", {}, &info).at(0, 0), Complex(3, 1e-9));
    ASSERT_EQ(info.notes.size(), 1u);
    EXPECT_EQ(info.notes[0], "line 3: the diagonal of a hermitian matrix should be real; it is kept as it stands");
    parse<Complex>("%%MatrixMarket matrix array complex hermitian\n2 2\n1 0\n2 2\n\n3 3\n", {}, &info);
    ASSERT_EQ(info.notes.size(), 1u);
    EXPECT_EQ(info.notes[0], "line 6: the diagonal of a hermitian matrix should be real; it is kept as it stands");
}

TEST(MatrixMarketReader, ReadsRealHermitianAsSymmetricAndSaysSo) {
    FileInfo info;
    EXPECT_EQ(parse("%%MatrixMarket matrix coordinate real hermitian\n2 2 1\n2 1 3\n", {}, &info).at(0, 1), 3);
    EXPECT_EQ(info.symmetry, Symmetry::symmetric);
    ASSERT_EQ(info.notes.size(), 1u);
    EXPECT_EQ(info.notes[0], "real hermitian is read as symmetric");
}

TEST(MatrixMarketReader, RefusesNonFiniteValuesUnlessAllowed) {
    for (const char* value : {"nan", "-NaN", "inf", "+Inf", "-infinity"}) {
        const std::string text = real_general + "3 3 2\n1 1 1\n\n3 2 " + value + "\n";
        EXPECT_EQ(message(text),
                  std::string("A.mtx:5: the value is not finite, found \"") + value + "\", expected a finite number");
        FileInfo info;
        const Csr<double> A = parse(text, {.allow_nonfinite = true}, &info);
        EXPECT_FALSE(std::isfinite(A.at(2, 1)));
        ASSERT_TRUE(info.first_nonfinite.has_value());
        EXPECT_EQ(info.first_nonfinite->row, 2);
        EXPECT_EQ(info.first_nonfinite->col, 1);
        EXPECT_EQ(info.first_nonfinite->line, 5);
    }
    FileInfo info;
    parse("%%MatrixMarket matrix array real symmetric\n3 3\n1\n2\n3\n4\ninf\n6\n", {.allow_nonfinite = true}, &info);
    ASSERT_TRUE(info.first_nonfinite.has_value());
    EXPECT_EQ(info.first_nonfinite->row, 2);
    EXPECT_EQ(info.first_nonfinite->col, 1);
    EXPECT_EQ(info.first_nonfinite->line, 7);
    for (const char* value : {"nanx", "in", "infinit", "n", "nan(1)", "1nan"})
        EXPECT_THROW(parse(real_general + "1 1 1\n1 1 " + value, {.allow_nonfinite = true}), ParseError) << value;
}

TEST(MatrixMarketReader, RefusesOverflowAndNotesUnderflow) {
    EXPECT_THROW(parse(real_general + "1 1 1\n1 1 1e309\n"), ParseError);
    EXPECT_THROW(parse(real_general + "1 1 1\n1 1 -1D+999\n"), ParseError);
    EXPECT_THROW(parse(real_general + "1 1 1\n1 1 1" + std::string(400, '0') + "\n"), ParseError);
    FileInfo info;
    EXPECT_EQ(parse(real_general + "2 1 2\n1 1 -1e-400\n2 1 1e-999\n", {}, &info).at(0, 0), 0);
    ASSERT_EQ(info.notes.size(), 1u);
    EXPECT_EQ(info.notes[0], "line 3: the value is too small and read as 0 (2 such values)");
    EXPECT_EQ(parse(real_general + "1 1 1\n1 1 0e-999\n", {}, &info).at(0, 0), 0);
    EXPECT_TRUE(info.notes.empty());

    EXPECT_THROW(parse<float>(real_general + "1 1 1\n1 1 1e39\n"), ParseError);
    EXPECT_EQ(parse<float>(real_general + "1 1 1\n1 1 1e-46\n", {}, &info).at(0, 0), 0.0f);
    EXPECT_EQ(info.notes.size(), 1u);
}

TEST(MatrixMarketReader, ReadsIntegersOfSixtyFourBits) {
    const std::string integer = "%%MatrixMarket matrix coordinate integer general\n";
    EXPECT_EQ(parse(integer + "1 1 1\n1 1 9223372036854775807\n").at(0, 0), 9223372036854775807.0);
    EXPECT_EQ(parse(integer + "1 1 1\n1 1 -9223372036854775808\n").at(0, 0), -9223372036854775808.0);
    EXPECT_THROW(parse(integer + "1 1 1\n1 1 9223372036854775808\n"), ParseError);
    EXPECT_THROW(parse(integer + "1 1 1\n1 1 1.0\n"), ParseError);
    EXPECT_THROW(parse(integer + "1 1 1\n1 1 nan\n"), ParseError);
    EXPECT_EQ(parse(integer + "%%GraphBLAS type uint64_t\n1 1 1\n1 1 18446744073709551615\n").at(0, 0),
              18446744073709551615.0);
    EXPECT_THROW(parse(integer + "%%GraphBLAS type uint64_t\n1 1 1\n1 1 18446744073709551616\n"), ParseError);
    EXPECT_THROW(parse(integer + "%%GraphBLAS type uint64_t\n1 1 1\n1 1 -9223372036854775809\n"), ParseError);
}

TEST(MatrixMarketReader, RefusesABannerItDoesNotKnow) {
    for (const char* banner :
         {"", "\n", "%%MatrixMarket", "%%MatrixMarket matrix coordinate real",
          "%%MatrixMarket tensor coordinate real general", "%%MatrixMarket matrix array pattern general",
          "%%MatrixMarket matrix coordinate pattern skew-symmetric",
          "%%MatrixMarket matrix coordinate pattern hermitian", "%%MatrixMarket vector array real symmetric",
          "%%MatrixMarket matrix coordinate real general more", "%%%MatrixMarket matrix coordinate real general",
          "%%MatrixMarkets matrix coordinate real general", "1 1 1"}) {
        EXPECT_THROW(parse(std::string(banner) + "\n1 1 1\n1 1 1\n"), ParseError) << banner;
        const std::string what = message(std::string(banner) + "\n1 1 1\n1 1 1\n");
        EXPECT_EQ(what.find("A.mtx:1: "), 0u) << what;
    }
    EXPECT_THROW(parse(""), ParseError);
    EXPECT_TRUE(looks_like_matrix_market(std::string_view(" %matrixmarket x")));
    EXPECT_FALSE(looks_like_matrix_market(std::string_view("%%Matrix")));
    EXPECT_FALSE(looks_like_matrix_market({}));
}

TEST(MatrixMarketReader, ReadsTheHeaderAlone) {
    const FileInfo info = parse_matrix_market_header(
        std::string_view("%%MatrixMarket matrix coordinate complex hermitian\n%\n5 5 7\n(not looked at)"), "A");
    EXPECT_EQ(info.rows, 5);
    EXPECT_EQ(info.stored_entries, 7);
    EXPECT_EQ(info.field, Field::complex);
    EXPECT_EQ(info.symmetry, Symmetry::hermitian);
    EXPECT_EQ(info.format, "Matrix Market");
}

/// A file large enough to be parsed in many pieces.
std::string large_file(int n, const std::string& bad = "", int bad_at = -1) {
    std::string text = real_general + std::to_string(n) + " " + std::to_string(n) + " " + std::to_string(n) + "\n";
    for (int k = 1; k <= n; ++k) {
        if (k == bad_at)
            text += bad + "\n";
        else
            text += std::to_string(k) + " " + std::to_string(n + 1 - k) + " " + std::to_string(k) + ".5\n";
    }
    return text;
}

TEST(MatrixMarketReader, ReportsProgressAndCanBeCancelled) {
    const std::string text = large_file(100000);
    std::int64_t last = 0, calls = 0;
    const Csr<double> A = parse(text, {.progress = [&](std::int64_t done, std::int64_t total) {
                                    EXPECT_EQ(total, static_cast<std::int64_t>(text.size()));
                                    EXPECT_GT(done, last);
                                    last = done;
                                    ++calls;
                                }});
    EXPECT_EQ(last, static_cast<std::int64_t>(text.size()));
    EXPECT_GE(calls, 1);

    std::atomic<bool> cancel{true};
    EXPECT_THROW(parse(text, {.cancel = &cancel}), ReadCancelled);
    cancel = false;
    EXPECT_EQ(parse(text, {.cancel = &cancel}).nnz(), 100000);
    EXPECT_THROW(parse(text, {.progress = [&](std::int64_t, std::int64_t) { throw std::runtime_error("enough"); }}),
                 std::runtime_error);
}

TEST(MatrixMarketReader, NamesTheFirstWrongLineHoweverManyThreadsRead) {
    const int n = 100000;
    std::string text = large_file(n, "1 1 1..5", 4321);
    text += "x\n";  // a second problem, in the last piece
    for (const int threads : {1, 2, 7}) {
        FileInfo info;
        detail::ReaderTuning tuning{.chunk_bytes = 1000, .threads = threads, .text_is_done = {}};
        try {
            detail::read_sparse_text<double>(text, "A.mtx", {}, info, tuning);
            ADD_FAILURE();
        } catch (const ParseError& error) {
            EXPECT_EQ(error.line(), 4323) << error.what();
        }
    }
}

TEST(MatrixMarketReader, GivesTheSameMatrixHoweverTheTextIsCut) {
    const std::string text = large_file(30000);
    const Csr<double> expected = parse(text);
    EXPECT_EQ(expected.nnz(), 30000);
    EXPECT_EQ(expected.at(0, 29999), 1.5);
    for (const std::size_t chunk : {1, 17, 1000, 65536}) {
        FileInfo info;
        const Csr<double> A = detail::read_sparse_text<double>(
            text, "A.mtx", {}, info, {.chunk_bytes = chunk, .threads = 2, .text_is_done = {}});
        EXPECT_TRUE(A == expected) << chunk;
    }
}

}  // namespace
}  // namespace ritz
