// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/io/harwell_boeing.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "io/format_samples.hpp"
#include "io/fortran_format.hpp"
#include "ritz/core/error.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;
using Complex = std::complex<double>;
using detail::FormatField;
using detail::parse_fortran_format;
using detail::parse_fortran_real;

// --- formats -----------------------------------------------------------------------------------------------------

/// "column:width" of each field of the first record.
std::string layout(const std::vector<FormatField>& fields) {
    std::string text;
    for (const FormatField& field : fields)
        text += (text.empty() ? "" : " ") + std::to_string(field.column) + ":" + std::to_string(field.width);
    return text;
}

TEST(FortranFormat, FindsTheColumnsOfNumbers) {
    EXPECT_EQ(layout(parse_fortran_format("(3I5)").first), "0:5 5:5 10:5");
    for (const char* text : {"(2D20.12)", "(1P,2E20.12)", "(1P2E20.12)", "(1P,2(E20.12))", " ( 2 e 20.12 ) ",
                             "(2E20.12E3)", "(E20.12,E20.12)", "(2ES20.12)", "(2G20.12)", "(2F20.12)"})
        EXPECT_EQ(layout(parse_fortran_format(text).first), "0:20 20:20") << text;
    EXPECT_EQ(layout(parse_fortran_format("(2(1X,E9.2))").first), "1:9 11:9");
    EXPECT_EQ(layout(parse_fortran_format("(3X,2(I2,1X,I3))").first), "3:2 6:3 9:2 12:3");
}

TEST(FortranFormat, RevertsToItsLastGroup) {
    const auto format = parse_fortran_format("(3X,I2,2(I4))");
    EXPECT_EQ(layout(format.first), "3:2 5:4 9:4");
    EXPECT_EQ(layout(format.later), "0:4 4:4");
    EXPECT_EQ(format.records(0), 0U);
    EXPECT_EQ(format.records(3), 1U);
    EXPECT_EQ(format.records(4), 2U);
    EXPECT_EQ(format.records(6), 3U);
}

TEST(FortranFormat, RefusesWhatIsNoFormat) {
    for (const char* text : {"",
                             "(",
                             ")",
                             "()",
                             "3I5",
                             "(3I)",
                             "(I0)",
                             "(0I5)",
                             "(3I5",
                             "(3I5))",
                             "(A8)",
                             "(-3I5)",
                             "(PE20.12)",
                             "(1X)",
                             "(I99999999999)",
                             "(99999999I9)",
                             "(9999(9999(9999(1P,I1))))",
                             "((((((((((I5))))))))))",
                             "(I5/I5)",
                             "(E20.)",
                             "(1P)"})
        EXPECT_THROW((void)parse_fortran_format(text), InvalidArgument) << text;
}

TEST(FortranFormat, ReadsNumbersAsFortranWritesThem) {
    const auto read = [](const char* text, int scale = 0) {
        return parse_fortran_real(text, FormatField{'E', 0, 20, 12, scale});
    };
    EXPECT_EQ(read(" 1.5"), 1.5);
    EXPECT_EQ(read("-.5 "), -0.5);
    EXPECT_EQ(read("+2."), 2);
    EXPECT_EQ(read("1.5D+02"), 150);
    EXPECT_EQ(read("1.5d2"), 150);
    EXPECT_EQ(read("1.5E-02"), 0.015);
    EXPECT_EQ(read("1.5Q+2"), 150);
    EXPECT_EQ(read("1.5-300"), 1.5e-300);
    EXPECT_EQ(read("1.5+300"), 1.5e300);
    EXPECT_EQ(read("0.10000000000000001"), 0.1);
    EXPECT_EQ(read("0"), 0);
    EXPECT_EQ(read("1.0E-400"), 0);
    EXPECT_EQ(read("15.0", 1), 1.5);   // kP divides a number without an exponent,
    EXPECT_EQ(read("15.0E0", 1), 15);  // but not one with
    EXPECT_TRUE(std::isnan(read("NaN")));
    EXPECT_EQ(read("-Infinity"), -INFINITY);
}

TEST(FortranFormat, RefusesNumbersThatReadersDisagreeOn) {
    for (const char* text : {"", "   ", "1 .5", "1.5 E2", "1.5E 2", "15", "1.5E400", "1.5X", "--1.", "+-1.", "1.5E",
                             "1.5-", "E5", "1.5E+2E3", "1.5-2-3", "0x1p3", "."})
        EXPECT_THROW((void)parse_fortran_real(text, FormatField{'E', 0, 20, 12, 0}), InvalidArgument) << text;
    for (const char* text : {"", " ", "1 2", "1.", "+-1", "99999999999999999999", "1e3", "-"})
        EXPECT_THROW((void)detail::parse_fortran_integer(text), InvalidArgument) << text;
}

// --- reading -----------------------------------------------------------------------------------------------------

/// [1 0 2; 0 3 0; 4 0 5] by columns, with any header and values.
std::string file(const std::string& type = "RUA", const std::string& value_format = "(3E8.1)",
                 const std::string& values = "   1.0     4.0     3.0\n   2.0     5.0\n") {
    return "A title                                                                 KEY     \n"
           "             4             1             1             2             0\n" +
           type + "                        3             3             5             0\n" +
           "(4I3)           (5I2)           " + value_format + "\n" + "  1  3  4  6\n" + " 1 3 2 1 3\n" + values;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

template <class Expected = ParseError>
std::string refusal(const std::string& text) {
    try {
        (void)parse_harwell_boeing(text, "a.rua");
        ADD_FAILURE() << "the file was read:\n" << text;
    } catch (const Expected& error) {
        return error.what();
    }
    return {};
}

bool mentions(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
    return text.find(part) != std::string::npos;
}

TEST(HarwellBoeing, ReadsAnUnsymmetricMatrix) {
    const ReadResult result = parse_harwell_boeing(file(), "a.rua");
    const Csr<double> A = std::get<Csr<double>>(result.matrix);
    EXPECT_EQ(A.nnz(), 5);
    EXPECT_EQ(A.at(0, 0), 1);
    EXPECT_EQ(A.at(2, 0), 4);
    EXPECT_EQ(A.at(1, 1), 3);
    EXPECT_EQ(A.at(0, 2), 2);
    EXPECT_EQ(A.at(2, 2), 5);
    EXPECT_EQ(result.info.notes, std::vector<std::string>{"title: A title"});
    EXPECT_TRUE(looks_like_harwell_boeing(file()));
}

TEST(HarwellBoeing, ReadsNumbersWithoutBlanksBetweenThem) {
    const std::string text = file("RUA", "(1P,5D8.1)", "-1.0D+00-4.0D+00-3.0D+00-2.0D-01 5.0+300\n");
    const Csr<double> A = std::get<Csr<double>>(parse_harwell_boeing(text, "a").matrix);
    EXPECT_EQ(A.at(0, 0), -1);
    EXPECT_EQ(A.at(2, 0), -4);
    EXPECT_EQ(A.at(0, 2), -0.2);
    EXPECT_EQ(A.at(2, 2), 5e300);
}

TEST(HarwellBoeing, ReadsTheFileThatSciPyWritesBesideItsColumns) {
    const ReadResult result = read_harwell_boeing(fixture_path("scipy.rua"));
    EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(result.matrix), fixture_matrix<double>(-1)));
}

TEST(HarwellBoeing, AcceptsLineEndsOfDosAndLowerCase) {
    std::string text = replaced(replaced(file(), "RUA", "rua"), "(3E8.1)", "(3e8.1)");
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, "\r");
    text.erase(text.size() - 2);
    EXPECT_EQ(std::get<Csr<double>>(parse_harwell_boeing(text, "a").matrix).at(2, 2), 5);
}

TEST(HarwellBoeing, ExpandsEachKindOfHalf) {
    // The lower triangle of a 3 x 3 matrix: diagonal, (3,1), (3,2).
    const auto half = [](const std::string& type, const std::string& pointers, const std::string& indices,
                         const std::string& values) {
        return "t\n 1 1 1 1 0\n" + type + " 3 3 " + std::to_string(indices.size() / 2) +
               " 0\n(4I2)           (9I2)           " + "(9F5.1)\n" + pointers + "\n" + indices + "\n" + values;
    };
    const Csr<double> S = std::get<Csr<double>>(
        parse_harwell_boeing(half("RSA", " 1 3 4 5", " 1 3 3 3", "  1.0  2.0  3.0  4.0\n"), "a").matrix);
    EXPECT_EQ(S.nnz(), 6);
    EXPECT_EQ(S.at(0, 2), 2);
    EXPECT_EQ(S.at(2, 0), 2);
    EXPECT_EQ(S.at(1, 2), 3);
    EXPECT_EQ(S.at(2, 2), 4);
    const Csr<double> Z =
        std::get<Csr<double>>(parse_harwell_boeing(half("RZA", " 1 2 3 3", " 3 3", "  2.0  3.0\n"), "a").matrix);
    EXPECT_EQ(Z.at(2, 0), 2);
    EXPECT_EQ(Z.at(0, 2), -2);
    const Csr<Complex> H = std::get<Csr<Complex>>(
        parse_harwell_boeing(half("CHA", " 1 3 3 3", " 1 3", "  2.0  0.0  3.0  4.0\n"), "a").matrix);
    EXPECT_EQ(H.at(2, 0), Complex(3, 4));
    EXPECT_EQ(H.at(0, 2), Complex(3, -4));
    const Csr<Complex> C = std::get<Csr<Complex>>(
        parse_harwell_boeing(half("CSA", " 1 3 3 3", " 1 3", "  2.0  1.0  3.0  4.0\n"), "a").matrix);
    EXPECT_EQ(C.at(0, 2), Complex(3, 4));
    const ReadResult P = parse_harwell_boeing(half("PSA", " 1 3 4 5", " 1 3 3 3", ""), "a");
    EXPECT_EQ(P.info.field, Field::pattern);
    EXPECT_EQ(std::get<Csr<double>>(P.matrix).at(1, 2), 1);

    refusal(half("RZA", " 1 2 3 3", " 1 3", "  2.0  3.0\n"));            // a nonzero on a skew diagonal
    refusal(half("CHA", " 1 2 3 3", " 1 3", "  2.0  1.0  3.0  4.0\n"));  // one that is not real
    refusal(half("RSA", " 1 2 2 3", " 3 1", "  2.0  3.0\n"));            // both (3,1) and (1,3)
    refusal(half("PZA", " 1 2 3 3", " 3 3", ""));                        // signs unknown
    refusal(replaced(half("RSA", " 1 3 4 5", " 1 3 3 3", "  1.0  2.0  3.0  4.0\n"), "3 3 4", "4 3 4"));  // not square
}

TEST(HarwellBoeing, ReadsIntegersAndRectangles) {
    const ReadResult integers = parse_harwell_boeing(file("IUA", "(5I3)", "  1 -4  3  2  5\n"), "a");
    EXPECT_EQ(integers.info.field, Field::integer);
    EXPECT_EQ(std::get<Csr<double>>(integers.matrix).at(2, 0), -4);
    const ReadResult tall = parse_harwell_boeing(
        replaced(file("RRA"), "             3             3", "             7             3"), "a");
    EXPECT_EQ(tall.info.rows, 7);
    EXPECT_EQ(tall.info.cols, 3);
}

TEST(HarwellBoeing, AddsDuplicatesAndSorts) {
    const ReadResult result = parse_harwell_boeing(replaced(file(), " 1 3 2 1 3\n", " 3 1 2 3 3\n"), "a");
    EXPECT_EQ(result.info.duplicates, 1);
    const Csr<double> A = std::get<Csr<double>>(result.matrix);
    EXPECT_EQ(A.at(2, 2), 7);
    EXPECT_EQ(A.at(2, 0), 1);
    EXPECT_EQ(A.at(0, 0), 4);
}

TEST(HarwellBoeing, ReadsRightHandSidesOnTheirOwn) {
    std::string text = replaced(file(), "             2             0\n", "             2             2\n");
    text = replaced(text, "(3E8.1)\n", "(3E8.1)             (3E8.1)\nF                          2             0\n");
    text += "   7.0     8.0     9.0\n  17.0    18.0    19.0\n";
    const Eigen::MatrixXd B = std::get<Eigen::MatrixXd>(parse_harwell_boeing_right_hand_sides(text, "a").matrix);
    ASSERT_EQ(B.rows(), 3);
    ASSERT_EQ(B.cols(), 2);
    EXPECT_EQ(B(2, 0), 9);
    EXPECT_EQ(B(0, 1), 17);
    EXPECT_EQ(std::get<Csr<double>>(parse_harwell_boeing(text, "a").matrix).nnz(), 5);
    EXPECT_THROW((void)parse_harwell_boeing_right_hand_sides(file(), "a"), ParseError);
    EXPECT_THROW((void)parse_harwell_boeing_right_hand_sides(replaced(text, "\nF ", "\nM "), "a"), Unsupported);
    EXPECT_THROW((void)parse_harwell_boeing_right_hand_sides(text.substr(0, text.size() - 9), "a"), ParseError);
}

TEST(HarwellBoeing, NamesTheLineOfAnError) {
    mentions(refusal(""), "empty");
    mentions(refusal(replaced(file(), "(4I3)", "(4A3)")), "a.rua:4: ");
    mentions(refusal(replaced(file(), "  1  3  4  6", "  1  3  x  6")), "a.rua:5: ");
    mentions(refusal(replaced(file(), "  1  3  4  6", "  1  3  4  7")), "a.rua:5: ");
    mentions(refusal(replaced(file(), "  1  3  4  6", "  1  4  3  6")), "pointers");
    mentions(refusal(replaced(file(), "  1  3  4  6", "  2  3  4  6")), "pointers");
    mentions(refusal(replaced(file(), "  1  3  4  6", "  1  3  4  5")), "pointers");
    mentions(refusal(replaced(file(), " 1 3 2 1 3\n", " 1 3 2 1 4\n")), "a.rua:6: a row index is 4, expected 1 to 3");
    mentions(refusal(replaced(file(), " 1 3 2 1 3\n", " 1 3 2 1 0\n")), "a.rua:6: ");
    mentions(refusal(replaced(file(), " 1 3 2 1 3\n", " 1 3 2 1\n")), "a.rua:6: ");
    mentions(refusal(replaced(file(), " 1 3 2 1 3\n", " 1 3 2 1 3 3\n")), "a.rua:6: the line is longer");
    mentions(refusal(replaced(file(), "   2.0", "   2.x")), "a.rua:8: ");
    mentions(refusal(replaced(file(), "RUA", "XUA")), "a.rua:3: ");
    mentions(refusal(replaced(file(), "   5.0\n", "   NaN\n")), "row 3, column 3 is not finite");
    mentions(refusal<Unsupported>(replaced(file(), "RUA", "RUE")), "finite elements");
}

TEST(HarwellBoeing, RefusesCountsThatCannotBe) {
    const std::string sizes = "             3             3             5             0\n";
    const auto with_sizes = [&](const std::string& rows, const std::string& cols, const std::string& entries) {
        return replaced(file(), sizes, " " + rows + " " + cols + " " + entries + " 0\n");
    };
    refusal(with_sizes("-3", "3", "5"));
    refusal(with_sizes("3", "-3", "5"));
    refusal(with_sizes("3", "3", "-5"));
    refusal(with_sizes("3", "3", "9223372036854775807"));
    refusal(with_sizes("3", "2147483647", "5"));
    refusal<LimitExceeded>(with_sizes("2147483647", "3", "5"));
    refusal<LimitExceeded>(with_sizes("2147483648", "3", "5"));
    refusal(with_sizes("99999999999999999999", "3", "5"));
}

TEST(HarwellBoeing, RefusesEveryTruncationThatLosesANumber) {
    const std::string text = file();
    const std::size_t last_digit = text.rfind("5.0");
    for (std::size_t size = 0; size < last_digit; ++size) refusal(text.substr(0, size));
}

// --- writing -----------------------------------------------------------------------------------------------------

template <class T>
class HarwellBoeingOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(HarwellBoeingOf, Scalars);

TYPED_TEST(HarwellBoeingOf, RoundTripsBitForBit) {
    using Wide = std::conditional_t<is_complex<TypeParam>, Complex, double>;
    const TemporaryDirectory directory;
    const std::string path = directory.file("a.rb");
    for (const Csr<TypeParam>& A : odd_matrices<TypeParam>()) {
        write_harwell_boeing<TypeParam>(path, A);
        const ReadResult result = read_harwell_boeing(path);
        const Csr<Wide>& B = std::get<Csr<Wide>>(result.matrix);
        ASSERT_EQ(B.nnz(), A.nnz());
        if constexpr (std::is_same_v<TypeParam, Wide>) {
            EXPECT_TRUE(same_bits<Wide>(B, A)) << contents_of(path);
        } else {  // the digits identify the number of type float
            for (std::size_t k = 0; k < A.values().size(); ++k)
                EXPECT_EQ(static_cast<TypeParam>(B.values()[k]), std::as_const(A).values()[k]);
        }
        for (const std::string& note : result.info.notes) EXPECT_EQ(note.find("promises"), std::string::npos) << note;
    }
}

TEST(HarwellBoeing, StoresHalfOfASymmetricMatrix) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("a.rsa");
    Coo<Complex> builder(3, 3);
    builder.add(0, 0, 2);
    builder.add(2, 0, {1, 3});
    builder.add(0, 2, {1, -3});
    const Csr<Complex> A = to_csr(builder);
    write_harwell_boeing<Complex>(path, A, {.symmetry = std::nullopt, .comments = {"Two\nlines"}});
    EXPECT_NE(contents_of(path).find("\nCHA"), std::string::npos);
    EXPECT_EQ(contents_of(path).find("Two lines"), 0U);
    const ReadResult result = read_harwell_boeing(path);
    EXPECT_EQ(result.info.stored_entries, 2);
    EXPECT_TRUE(same_bits<Complex>(std::get<Csr<Complex>>(result.matrix), A));
    EXPECT_THROW(write_harwell_boeing<Complex>(path, A, {.symmetry = Symmetry::symmetric}), InvalidArgument);
    EXPECT_THROW(write_harwell_boeing<Complex>(path, A, {.field = Field::real}), InvalidArgument);
    EXPECT_THROW(write_harwell_boeing<double>(path, fixture_matrix<double>(), {.field = Field::integer}),
                 InvalidArgument);
    EXPECT_THROW(write_harwell_boeing<double>(path, fixture_matrix<double>(), {.field = Field::pattern}),
                 InvalidArgument);
}

TEST(HarwellBoeing, WritesIntegersAndPatterns) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("a.rb");
    Coo<double> builder(2, 3);
    builder.add(0, 0, -9007199254740992.0);
    builder.add(1, 2, 1);
    const Csr<double> A = to_csr(builder);
    write_harwell_boeing<double>(path, A, {.field = Field::integer});
    EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(read_harwell_boeing(path).matrix), A));
    Coo<double> ones(2, 2);
    ones.add(0, 1, 1);
    ones.add(1, 0, 1);
    write_harwell_boeing<double>(path, to_csr(ones), {.symmetry = Symmetry::symmetric, .field = Field::pattern});
    const ReadResult result = read_harwell_boeing(path);
    EXPECT_EQ(result.info.symmetry, Symmetry::symmetric);
    EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(result.matrix), to_csr(ones)));
}

TEST(HarwellBoeing, WritesManyNumbersInOrder) {
    const TemporaryDirectory directory;
    Coo<double> builder(500, 400);
    for (Index i = 0; i < 500; ++i)
        for (Index j = i % 3; j < 400; j += 3) builder.add(i, j, i - j / 7.0);
    const Csr<double> A = to_csr(builder);
    write_harwell_boeing<double>(directory.file("a.rb"), A);
    EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(read_harwell_boeing(directory.file("a.rb")).matrix), A));
}

}  // namespace
