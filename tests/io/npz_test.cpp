// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/io/npz.hpp"

#include <gtest/gtest.h>

#include "io/format_samples.hpp"
#include "io/zip.hpp"
#include "ritz/core/error.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;
using Complex = std::complex<double>;

template <class Expected>
std::string refusal(const std::string& bytes) {
    try {
        (void)parse_npz(bytes, "a.npz");
        ADD_FAILURE() << "the archive was read";
    } catch (const Expected& error) {
        return error.what();
    }
    return {};
}

std::string refusal_with(const std::string& member, const std::string& contents) {
    return refusal<ParseError>(zip_of(with(small_npz(), member, contents)));
}

TEST(Npz, ReadsWhatSciPyWrites) {
    for (const char* name : {"csr_float64", "csr_float64_deflated", "csc_float64", "coo_float64_deflated",
                             "csr_wide_indices", "csr_big_endian"}) {
        const ReadResult result = read_npz(fixture_path(std::string(name) + ".npz"));
        EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(result.matrix), fixture_matrix<double>())) << name;
        EXPECT_EQ(result.info.field, Field::real);
        EXPECT_EQ(result.info.stored_entries, 6);
        EXPECT_EQ(result.info.duplicates, 0);
        EXPECT_EQ(result.info.path, fixture_path(std::string(name) + ".npz"));
    }
}

TEST(Npz, ReadsEveryKindOfNumbers) {
    const auto read = [](const char* name) { return read_npz(fixture_path(name)); };
    EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(read("csr_float32.npz").matrix),
                                  convert_values<double>(fixture_matrix<float>())));
    EXPECT_TRUE(
        same_bits<Complex>(std::get<Csr<Complex>>(read("csc_complex128.npz").matrix), fixture_matrix<Complex>({1, 2})));
    const Csr<Complex> narrow = std::get<Csr<Complex>>(read("csr_complex64.npz").matrix);
    EXPECT_EQ(narrow.at(0, 2), Complex(2.5, 5));
    EXPECT_EQ(narrow.at(2, 4), Complex(double(float(1.0 / 3)), double(float(2.0 / 3))));

    const ReadResult integers = read("csr_int64.npz");
    EXPECT_EQ(integers.info.field, Field::integer);
    EXPECT_EQ(std::get<Csr<double>>(integers.matrix).at(2, 4), 9007199254740992.0);
    ASSERT_EQ(integers.info.notes.size(), 1U);
    EXPECT_NE(integers.info.notes[0].find("53 bits"), std::string::npos);

    const Csr<double> pattern = std::get<Csr<double>>(read("csr_bool.npz").matrix);
    EXPECT_EQ(pattern.nnz(), 6);
    for (const double value : std::as_const(pattern).values()) EXPECT_EQ(value, 1);
}

TEST(Npz, SortsAndAddsWhatIsNotCanonical) {
    const ReadResult result = read_npz(fixture_path("csr_unsorted_with_duplicate.npz"));
    EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(result.matrix), fixture_matrix<double>()));
    EXPECT_EQ(result.info.stored_entries, 7);
    EXPECT_EQ(result.info.duplicates, 1);
}

TEST(Npz, ReadsAMatrixWithoutRows) {
    const ReadResult result = read_npz(fixture_path("csr_empty.npz"));
    EXPECT_EQ(result.info.rows, 0);
    EXPECT_EQ(result.info.cols, 3);
}

template <class T>
class NpzOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(NpzOf, Scalars);

TYPED_TEST(NpzOf, RoundTripsBitForBit) {
    using Wide = std::conditional_t<is_complex<TypeParam>, Complex, double>;
    const TemporaryDirectory directory;
    const std::string path = directory.file("a.npz");
    for (const Csr<TypeParam>& A : odd_matrices<TypeParam>()) {
        write_npz<TypeParam>(path, A);
        const ReadResult result = read_npz(path);
        EXPECT_TRUE(same_bits<Wide>(std::get<Csr<Wide>>(result.matrix), convert_values<Wide>(A)))
            << A.rows() << " x " << A.cols();
        if constexpr (std::is_same_v<TypeParam, Wide>) continue;
        EXPECT_NE(contents_of(path).find(is_complex<TypeParam> ? "'<c8'" : "'<f4'"), std::string::npos);
    }
}

TYPED_TEST(NpzOf, RoundTripsDenseMatrices) {
    using Wide = std::conditional_t<is_complex<TypeParam>, Complex, double>;
    const TemporaryDirectory directory;
    for (const auto& [rows, cols] : {std::pair{0, 0}, {0, 3}, {3, 0}, {3, 1}, {1, 3}, {3, 4}}) {
        const Eigen::MatrixX<TypeParam> A = Eigen::MatrixX<TypeParam>::Random(rows, cols);
        write_npy<TypeParam>(directory.file("a.npy"), A);
        const DenseReadResult result = read_npy(directory.file("a.npy"));
        const auto& B = std::get<Eigen::MatrixX<Wide>>(result.matrix);
        ASSERT_EQ(B.rows(), rows);
        ASSERT_EQ(B.cols(), cols);
        EXPECT_TRUE(B == A.template cast<Wide>());
    }
}

TEST(Npz, WritesABlockOfALargerMatrix) {
    const TemporaryDirectory directory;
    const Eigen::MatrixXd A = Eigen::MatrixXd::Random(5, 6);
    write_npy<double>(directory.file("a.npy"), A.block(1, 2, 3, 2));
    EXPECT_TRUE(std::get<Eigen::MatrixXd>(read_npy(directory.file("a.npy")).matrix) == A.block(1, 2, 3, 2));
}

TEST(Npz, ReadsDenseArraysOfNumPy) {
    const Eigen::Vector3d x(1.5, -2, 1.0 / 3);
    for (const char* name : {"vector_float64.npy", "vector_version_2.npy", "vector_version_3.npy"})
        EXPECT_TRUE(std::get<Eigen::MatrixXd>(read_npy(fixture_path(name)).matrix) == x) << name;
    EXPECT_TRUE(std::get<Eigen::MatrixXd>(read_npy(fixture_path("vector_int32_big_endian.npy")).matrix) ==
                Eigen::Vector3d(1, -2, 3));
    Eigen::MatrixXd A(4, 5);
    A << 1, 0, 2.5, 0, 0, 0, 0, 0, 0, 0, -3, 4e-30, 0, 0, 1.0 / 3, 0, 0, 0, 7, 0;
    EXPECT_TRUE(std::get<Eigen::MatrixXd>(read_npy(fixture_path("matrix_c_order.npy")).matrix) == A);
    EXPECT_TRUE(std::get<Eigen::MatrixXd>(read_npy(fixture_path("matrix_fortran_order.npy")).matrix) == A);
    EXPECT_EQ(std::get<Eigen::MatrixXcd>(read_npy(fixture_path("matrix_complex64.npy")).matrix)(3, 3), Complex(7, 14));
    EXPECT_THROW((void)read_npy(fixture_path("pickled.npy")), Unsupported);
}

TEST(Npz, WritesNumbersOfTheFieldThatIsAskedFor) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("a.npz");
    write_npz<Complex>(path, fixture_matrix<Complex>(), {.field = Field::real});
    EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(read_npz(path).matrix), fixture_matrix<double>()));
    write_npz<double>(path, fixture_matrix<double>(), {.field = Field::complex});
    EXPECT_TRUE(same_bits<Complex>(std::get<Csr<Complex>>(read_npz(path).matrix), fixture_matrix<Complex>()));
    EXPECT_THROW(write_npz<Complex>(path, fixture_matrix<Complex>({0, 1}), {.field = Field::real}), InvalidArgument);
    EXPECT_THROW(write_npz<double>(path, fixture_matrix<double>(), {.field = Field::pattern}), Unsupported);
    EXPECT_THROW(write_npz<double>(path, fixture_matrix<double>(), {.symmetry = Symmetry::symmetric}), Unsupported);
}

TEST(Npz, ReadsItsOwnArchivesAbove4GB) {
    // The 64-bit fields are written from 100 bytes on, so that the test needs no such file.
    const TemporaryDirectory directory;
    const std::string path = directory.file("a.zip");
    const WriteOptions options;
    detail::AtomicFile file(path);
    detail::ZipWriter zip(file, path, options, 100);
    zip.add("small", "head", {});
    zip.add("large", "head", std::string(1000, 'x'));
    zip.add("small_and_far", "", std::string("body"));
    zip.finish();
    file.commit();

    const std::string bytes = contents_of(path);
    const detail::ZipReader reader("a.zip", bytes);
    const ReadOptions read_options;
    const detail::ReadProgress progress("a.zip", read_options, bytes.size());
    const auto member = [&](const char* name) {
        Buffer<char> memory;
        const auto contents = reader.member(name, memory, progress, read_options);
        return std::string(contents.begin(), contents.end());
    };
    EXPECT_EQ(member("small"), "head");
    EXPECT_EQ(member("large"), "head" + std::string(1000, 'x'));
    EXPECT_EQ(member("small_and_far"), "body");
}

TEST(Npz, ReadsTheSampleThatTheRefusalsStartFrom) {
    const std::string bytes = zip_of(small_npz());
    const Csr<double> A = std::get<Csr<double>>(parse_npz(bytes, "a").matrix);
    EXPECT_EQ(A.nnz(), 3);
    EXPECT_EQ(A.at(0, 2), 2);
    EXPECT_EQ(A.at(1, 1), 3);
}

TEST(Npz, RefusesEveryTruncation) {
    for (const std::string& bytes :
         {zip_of(small_npz()), fixture("csr_float64_deflated.npz"), fixture("csr_float64.npz")})
        for (std::size_t size = 0; size < bytes.size(); ++size)
            ASSERT_NE(refusal<ParseError>(bytes.substr(0, size)), "") << size;
}

TEST(Npz, RefusesAnArchiveWithAChangedByteOfData) {
    std::string bytes = zip_of(small_npz());
    const double three = 3;
    const std::string stored(reinterpret_cast<const char*>(&three), sizeof three);
    bytes[bytes.rfind(stored)] ^= 1;  // still a number
    EXPECT_NE(refusal<ParseError>(bytes).find("checksum of data.npy"), std::string::npos);
}

TEST(Npz, RefusesArraysThatContradictEachOther) {
    EXPECT_NE(refusal_with("indptr.npy", npy<std::int32_t>("<i4", "(3,)", {0, 2, 4})).find("pointers"),
              std::string::npos);
    EXPECT_NE(refusal_with("indptr.npy", npy<std::int32_t>("<i4", "(3,)", {1, 2, 3})), "");
    EXPECT_NE(refusal_with("indptr.npy", npy<std::int32_t>("<i4", "(3,)", {0, 5, 3})), "");
    EXPECT_NE(refusal_with("indptr.npy", npy<std::int32_t>("<i4", "(3,)", {0, -1, 3})), "");
    EXPECT_NE(refusal_with("indptr.npy", npy<std::int32_t>("<i4", "(2,)", {0, 3})), "");
    EXPECT_NE(refusal_with("indices.npy", npy<std::int32_t>("<i4", "(3,)", {0, 3, 1})).find("column index"),
              std::string::npos);
    EXPECT_NE(refusal_with("indices.npy", npy<std::int32_t>("<i4", "(3,)", {0, -1, 1})), "");
    EXPECT_NE(refusal_with("indices.npy", npy<std::int64_t>("<i8", "(3,)", {0, std::int64_t{1} << 32, 1})), "");
    EXPECT_NE(refusal_with("indices.npy", npy<std::int32_t>("<i4", "(2,)", {0, 2})), "");
    EXPECT_NE(refusal_with("indices.npy", npy<double>("<f8", "(3,)", {0, 2, 1})), "");
    EXPECT_NE(refusal_with("shape.npy", npy<std::int64_t>("<i8", "(2,)", {-2, 3})), "");
    EXPECT_NE(refusal_with("format.npy", npy<char>("|S3", "()", {'x', 'y', 'z'})), "");
    EXPECT_NE(refusal_with("data.npy", npy<double>("<f8", "(3,)", {1, 2})), "");
    EXPECT_NE(refusal_with("data.npy", npy<double>("<f8", "(3000000000000000000, 4)", {1, 2, 3})), "");
    EXPECT_NE(refusal_with("data.npy", npy<double>("<f8", "(3,)", {1, NAN, 3})).find("row 1, column 3 is not finite"),
              std::string::npos);
}

TEST(Npz, RefusesDimensionsThatNoIndexReaches) {
    for (const std::int64_t rows : {std::int64_t{1} << 31, std::int64_t{1} << 62})
        EXPECT_NE(
            refusal<LimitExceeded>(zip_of(with(small_npz(), "shape.npy", npy<std::int64_t>("<i8", "(2,)", {rows, 3})))),
            "");
    Members coo = with(small_npz(), "format.npy", npy<char>("|S3", "()", {'c', 'o', 'o'}));
    coo = with(coo, "shape.npy", npy<std::int64_t>("<i8", "(2,)", {2147483647, 3}));
    EXPECT_NE(refusal<LimitExceeded>(zip_of(coo)), "");  // 17 GB of row pointers from 1 kB of file
}

TEST(Npz, RefusesHeadersThatAreNotWhatNumPyWrites) {
    const std::string good = npy<double>("<f8", "(3,)", {1, 2, 3});
    for (const auto& [from, to] : {std::pair{"'descr'", "'derc' "},
                                   {"(3,)", "(-3)"},
                                   {"(3,)", "[3,]"},
                                   {"'<f8'", "'<f9'"},
                                   {"'<f8'", "'<f0'"},
                                   {"'<f8'", "'<q8'"},
                                   {"False", "Falsy"},
                                   {"}", " "},
                                   {"{", " "}}) {
        std::string bad = good;
        bad.replace(bad.find(from), std::string(from).size(), to);
        EXPECT_THROW((void)parse_npy(bad, "a.npy"), Error) << from << " " << to;
    }
    EXPECT_THROW((void)parse_npy(npy<double>("<f8", "()", {1}), "a.npy"), Unsupported);
    EXPECT_THROW((void)parse_npy(npy<double>("<f8", "(1, 1, 1)", {1}), "a.npy"), Unsupported);
    EXPECT_THROW((void)parse_npy(npy<char>("|S2", "(1,)", {'a', 'b'}), "a.npy"), ParseError);
    EXPECT_THROW((void)parse_npy("", "a.npy"), ParseError);
}

TEST(Npz, NamesTheFormatsThatItDoesNotRead) {
    EXPECT_NE(refusal<Unsupported>(fixture("bsr_float64.npz")).find("tocsr"), std::string::npos);
}

TEST(Npz, ReadsNumbersThatAreNotFiniteWhenAllowed) {
    const std::string bytes = zip_of(with(small_npz(), "data.npy", npy<double>("<f8", "(3,)", {1, 2, INFINITY})));
    const ReadResult result = parse_npz(bytes, "a", {.allow_nonfinite = true});
    ASSERT_TRUE(result.info.first_nonfinite);
    EXPECT_EQ(result.info.first_nonfinite->row, 1);
    EXPECT_EQ(result.info.first_nonfinite->col, 1);
}

TEST(Npz, EndsWhenItIsCancelledOrOutOfMemory) {
    const std::atomic<bool> cancel = true;
    EXPECT_THROW((void)read_npz(fixture_path("csr_float64.npz"), {.cancel = &cancel}), ReadCancelled);
    EXPECT_THROW((void)parse_npz(fixture("csr_float64.npz"), "a", {.max_memory = 100}), LimitExceeded);
    const TemporaryDirectory directory;
    EXPECT_THROW(write_npz<double>(directory.file("a.npz"), fixture_matrix<double>(), {.cancel = &cancel}),
                 ReadCancelled);
    EXPECT_TRUE(directory.names().empty());
}

}  // namespace
