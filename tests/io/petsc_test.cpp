// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/io/petsc.hpp"

#include <gtest/gtest.h>

#include "io/format_samples.hpp"
#include "ritz/core/error.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;
using Complex = std::complex<double>;

void put(std::string& to, std::initializer_list<std::int32_t> numbers) {
    for (const std::int32_t number : numbers) {
        const std::int32_t big = detail::reversed(number);
        to.append(reinterpret_cast<const char*>(&big), sizeof big);
    }
}

/// A Mat with these integers, and then `reals` numbers 1, 2, 3, …
std::string mat(std::initializer_list<std::int32_t> integers, int reals) {
    std::string bytes;
    put(bytes, {1211216});
    put(bytes, integers);
    for (int k = 1; k <= reals; ++k) {
        const double big = detail::reversed(double(k));
        bytes.append(reinterpret_cast<const char*>(&big), sizeof big);
    }
    return bytes;
}

template <class Expected>
std::string refusal(const std::string& bytes) {
    try {
        (void)parse_petsc(bytes, "a.petsc");
        ADD_FAILURE() << "the file was read";
    } catch (const Expected& error) {
        return error.what();
    }
    return {};
}

TEST(Petsc, ReadsRealAndComplexMatricesWithIndicesOfBothWidths) {
    for (const char* name : {"real.petsc", "wide_indices.petsc", "real_and_vector.petsc", "dense.petsc"})
        EXPECT_TRUE(
            same_bits<double>(std::get<Csr<double>>(read_petsc(fixture_path(name)).matrix), fixture_matrix<double>()))
            << name;
    const ReadResult complex = read_petsc(fixture_path("complex.petsc"));
    EXPECT_EQ(complex.info.field, Field::complex);
    EXPECT_TRUE(same_bits<Complex>(std::get<Csr<Complex>>(complex.matrix), fixture_matrix<Complex>({1, 2})));
}

TEST(Petsc, ReadsVectorsAndDenseMatrices) {
    const DenseReadResult x = read_petsc_dense(fixture_path("vector.petsc"));
    EXPECT_TRUE(std::get<Eigen::MatrixXd>(x.matrix) == Eigen::Vector3d(1.5, -2, 1.0 / 3));
    const DenseReadResult A = read_petsc_dense(fixture_path("dense.petsc"));
    EXPECT_EQ(std::get<Eigen::MatrixXd>(A.matrix)(2, 4), 1.0 / 3);
    EXPECT_EQ(std::get<Eigen::MatrixXd>(A.matrix)(0, 2), 2.5);
    EXPECT_THROW((void)read_petsc_dense(fixture_path("real.petsc")), ParseError);
    EXPECT_THROW((void)read_petsc(fixture_path("vector.petsc")), ParseError);
}

TEST(Petsc, WritesTheBytesOfTheFixture) {
    const TemporaryDirectory directory;
    write_petsc<double>(directory.file("a"), fixture_matrix<double>());
    EXPECT_TRUE(contents_of(directory.file("a")) == fixture("real.petsc"));
    write_petsc<Complex>(directory.file("a"), fixture_matrix<Complex>({1, 2}));
    EXPECT_TRUE(contents_of(directory.file("a")) == fixture("complex.petsc"));
    write_petsc_dense<double>(directory.file("a"), Eigen::Vector3d(1.5, -2, 1.0 / 3));
    EXPECT_TRUE(contents_of(directory.file("a")) == fixture("vector.petsc"));
    write_petsc_dense<double>(directory.file("a"),
                              std::get<Eigen::MatrixXd>(read_petsc_dense(fixture_path("dense.petsc")).matrix));
    EXPECT_TRUE(contents_of(directory.file("a")) == fixture("dense.petsc"));
}

template <class T>
class PetscOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(PetscOf, Scalars);

TYPED_TEST(PetscOf, RoundTripsBitForBit) {
    using Wide = std::conditional_t<is_complex<TypeParam>, Complex, double>;
    const TemporaryDirectory directory;
    for (const Csr<TypeParam>& A : odd_matrices<TypeParam>()) {
        write_petsc<TypeParam>(directory.file("a"), A);
        const ReadResult result = read_petsc(directory.file("a"));
        if (A.nnz() == 0 && is_complex<TypeParam>) {  // nothing in the file says that it is complex
            EXPECT_EQ(result.info.field, Field::real);
            EXPECT_EQ(result.info.rows, A.rows());
            EXPECT_EQ(result.info.cols, A.cols());
            continue;
        }
        EXPECT_TRUE(same_bits<Wide>(std::get<Csr<Wide>>(result.matrix), convert_values<Wide>(A)))
            << A.rows() << " x " << A.cols();
    }
}

TEST(Petsc, SortsAndAddsWhatIsNotCanonical) {
    const ReadResult result = parse_petsc(mat({2, 3, 4, 3, 1, 2, 0, 2, 1}, 4), "a");
    const Csr<double> A = std::get<Csr<double>>(result.matrix);
    EXPECT_EQ(result.info.duplicates, 1);
    EXPECT_EQ(A.at(0, 0), 2);
    EXPECT_EQ(A.at(0, 2), 4);  // 1 + 3
    EXPECT_EQ(A.at(1, 1), 4);
}

TEST(Petsc, RefusesEveryTruncation) {
    for (const char* name : {"real.petsc", "complex.petsc", "wide_indices.petsc", "dense.petsc"}) {
        const std::string bytes = fixture(name);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            // Half of the complex numbers are as many real ones.
            if (std::string(name) == "complex.petsc" && size == fixture("real.petsc").size()) continue;
            ASSERT_NE(refusal<ParseError>(bytes.substr(0, size)), "") << name << " " << size;
        }
    }
}

TEST(Petsc, RefusesCountsThatCannotBe) {
    EXPECT_NE(refusal<ParseError>(mat({-2, 3, 3, 2, 1, 0, 2, 1}, 3)), "");
    EXPECT_NE(refusal<ParseError>(mat({2, -3, 3, 2, 1, 0, 2, 1}, 3)), "");
    EXPECT_NE(refusal<ParseError>(mat({2, 3, -3, 2, 1, 0, 2, 1}, 3)), "");
    EXPECT_NE(refusal<ParseError>(mat({2, 3, 3, 4, -1, 0, 2, 1}, 3)), "");
    EXPECT_NE(refusal<ParseError>(mat({2, 3, 3, 2, 2, 0, 2, 1}, 3)), "");
    EXPECT_NE(refusal<ParseError>(mat({2, 3, 3, 2, 1, 0, 3, 1}, 3)), "");
    EXPECT_NE(refusal<ParseError>(mat({2, 3, 3, 2, 1, 0, -1, 1}, 3)), "");
    EXPECT_NE(refusal<ParseError>(mat({2147483647, 3, 2147483647}, 3)), "");
    EXPECT_NE(refusal<LimitExceeded>(mat({2147483647, 2147483647, -1}, 3)), "");
    EXPECT_NE(refusal<LimitExceeded>(mat({2147483647, 0, -1}, 0)), "");
    EXPECT_NE(refusal<ParseError>(std::string("\0\x12\x7b\xd1", 4)), "");
}

}  // namespace
