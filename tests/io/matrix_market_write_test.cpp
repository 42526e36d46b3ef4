// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <string>

#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/io/matrix_market.hpp"

namespace ritz {
namespace {

using Complex = std::complex<double>;

/// A directory of its own for each test, removed with all that is in it.
class MatrixMarketWriter : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "ritz-mm-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string path(const std::string& name) const { return (directory_ / name).string(); }
    std::string contents(const std::string& name) const {
        std::ifstream file(path(name), std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
    }

    std::filesystem::path directory_;
};

template <class T>
Csr<T> make(Index rows, Index cols, std::initializer_list<std::tuple<Index, Index, T>> entries) {
    Coo<T> A(rows, cols);
    for (const auto& [i, j, value] : entries) A.add(i, j, value);
    return to_csr(A);
}

/// Bits of a number, so that -0 is not 0.
template <class T>
std::string bits(T value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
void expect_same_bits(const Csr<T>& A, const Csr<T>& B) {
    ASSERT_EQ(A.rows(), B.rows());
    ASSERT_EQ(A.cols(), B.cols());
    ASSERT_EQ(A.nnz(), B.nnz());
    for (std::size_t i = 0; i < A.indptr().size(); ++i) ASSERT_EQ(A.indptr()[i], B.indptr()[i]);
    for (std::size_t k = 0; k < A.values().size(); ++k) {
        ASSERT_EQ(A.indices()[k], B.indices()[k]);
        ASSERT_EQ(bits(A.values()[k]), bits(B.values()[k])) << k << ": " << A.values()[k] << " " << B.values()[k];
    }
}

TEST_F(MatrixMarketWriter, WritesOneEntryALine) {
    write_matrix_market(path("A.mtx"), make<double>(2, 3, {{0, 0, 1.5}, {1, 2, -0.0}, {1, 0, 1e300}}),
                        {.comments = {"made by hand", "two\nlines"}});
    EXPECT_EQ(contents("A.mtx"),
              "%%MatrixMarket matrix coordinate real general\n% made by hand\n% two\n% lines\n2 3 3\n1 1 1.5\n"
              "2 1 1e+300\n2 3 -0\n");
    EXPECT_EQ(files(), 1u);
}

TEST_F(MatrixMarketWriter, WritesEmptyMatrices) {
    for (const auto& [rows, cols] : {std::pair{0, 0}, {3, 0}, {0, 4}, {3, 4}}) {
        write_matrix_market(path("A.mtx"), make<double>(rows, cols, {}));
        const Csr<double> A = read_matrix_market<double>(path("A.mtx"));
        EXPECT_EQ(A.rows(), rows);
        EXPECT_EQ(A.cols(), cols);
        EXPECT_EQ(A.nnz(), 0);
        write_matrix_market_dense<double>(path("b.mtx"), Eigen::MatrixXd(rows, cols).setConstant(2));
        EXPECT_EQ(read_matrix_market_dense<double>(path("b.mtx")), Eigen::MatrixXd(rows, cols).setConstant(2));
    }
}

/// Numbers of every kind: random bit patterns, extremes, subnormals, zeros of both signs.
template <class R>
std::vector<R> numbers(std::size_t n) {
    using Limits = std::numeric_limits<R>;
    std::vector<R> values = {R(0),
                             -R(0),
                             R(1),
                             R(-1),
                             Limits::max(),
                             Limits::lowest(),
                             Limits::min(),
                             Limits::denorm_min(),
                             -Limits::denorm_min(),
                             R(0.1),
                             R(1) / R(3),
                             std::nextafter(Limits::min(), R(0)),
                             std::nextafter(R(1), R(2)),
                             R(1e22),
                             R(1e23),
                             R(123456789)};
    std::mt19937_64 random(3);
    using Bits = std::conditional_t<sizeof(R) == 8, std::uint64_t, std::uint32_t>;
    while (values.size() < n) {
        const R value = std::bit_cast<R>(static_cast<Bits>(random()));
        if (std::isfinite(value)) values.push_back(value);
    }
    return values;
}

template <class T>
Csr<T> matrix_of_numbers(std::size_t n) {
    const std::vector<Real<T>> values = numbers<Real<T>>(2 * n);
    const auto size = static_cast<Index>(n / 7 + 1);
    Coo<T> A(size, 7);
    for (std::size_t k = 0; k < n; ++k) {
        const auto i = static_cast<Index>(k % static_cast<std::size_t>(size));
        const auto j = static_cast<Index>(k / static_cast<std::size_t>(size));
        if constexpr (is_complex<T>)
            A.add(i, j, T{values[k], values[2 * n - 1 - k]});
        else
            A.add(i, j, values[k]);
    }
    return to_csr(A);
}

template <class T>
class MatrixMarketRoundTrip : public MatrixMarketWriter {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(MatrixMarketRoundTrip, Scalars);

TYPED_TEST(MatrixMarketRoundTrip, KeepsEveryBit) {
    using T = TypeParam;
    const Csr<T> A = matrix_of_numbers<T>(100000);
    write_matrix_market(this->path("A.mtx"), A);
    expect_same_bits(read_matrix_market<T>(this->path("A.mtx")), A);

    const Csc<T> by_columns = to_csc(A);
    write_matrix_market(this->path("B.mtx.gz"), by_columns);
    expect_same_bits(read_matrix_market<T>(this->path("B.mtx.gz")), A);
    EXPECT_EQ(this->contents("B.mtx.gz").substr(0, 2), "\x1f\x8b");

    Eigen::MatrixX<T> dense = Eigen::MatrixX<T>::Zero(A.rows(), 7);
    for (Index i = 0; i < A.rows(); ++i)
        for (Index j = 0; j < 7; ++j) dense(i, j) = A.at(i, j);
    write_matrix_market_dense<T>(this->path("C.mtx"), dense);
    const Eigen::MatrixX<T> read = read_matrix_market_dense<T>(this->path("C.mtx"));
    ASSERT_EQ(read.rows(), dense.rows());
    ASSERT_EQ(read.cols(), dense.cols());
    for (Eigen::Index k = 0; k < dense.size(); ++k) ASSERT_EQ(bits(read.data()[k]), bits(dense.data()[k])) << k;
}

TYPED_TEST(MatrixMarketRoundTrip, WritesTheSameFileWithAnyNumberOfThreads) {
    const Csr<TypeParam> A = matrix_of_numbers<TypeParam>(100000);
    write_matrix_market(this->path("many.mtx"), A);
    {
        ThreadLimit one(1);
        write_matrix_market(this->path("one.mtx"), A);
    }
    EXPECT_TRUE(this->contents("many.mtx") == this->contents("one.mtx"));
}

TEST_F(MatrixMarketWriter, WritesNonFiniteValuesAsNanAndInf) {
    const double inf = std::numeric_limits<double>::infinity();
    const Csr<double> A = make<double>(1, 3, {{0, 0, std::nan("")}, {0, 1, inf}, {0, 2, -inf}});
    write_matrix_market(path("A.mtx"), A);
    EXPECT_THROW((void)read_matrix_market<double>(path("A.mtx")), ParseError);
    FileInfo info;
    const Csr<double> B = read_matrix_market<double>(path("A.mtx"), {.allow_nonfinite = true}, &info);
    EXPECT_TRUE(std::isnan(B.at(0, 0)));
    EXPECT_EQ(B.at(0, 1), inf);
    EXPECT_EQ(B.at(0, 2), -inf);
    EXPECT_TRUE(info.first_nonfinite.has_value());
}

TEST_F(MatrixMarketWriter, StoresOneTriangleWhenAsked) {
    const Csr<double> symmetric = make<double>(3, 3, {{0, 0, 1}, {0, 1, 5}, {1, 0, 5}, {2, 1, 6}, {1, 2, 6}});
    write_matrix_market(path("A.mtx"), symmetric, {.symmetry = Symmetry::symmetric});
    EXPECT_EQ(contents("A.mtx"), "%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n1 1 1\n2 1 5\n3 2 6\n");
    expect_same_bits(read_matrix_market<double>(path("A.mtx")), symmetric);
    write_matrix_market(path("A.mtx"), to_csc(symmetric), {.symmetry = std::nullopt});
    EXPECT_EQ(contents("A.mtx"), "%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n1 1 1\n2 1 5\n3 2 6\n");
    write_matrix_market(path("A.mtx"), symmetric, {.symmetry = Symmetry::hermitian});
    EXPECT_EQ(contents("A.mtx").find("%%MatrixMarket matrix coordinate real symmetric\n"), 0u);
    EXPECT_THROW(write_matrix_market(path("B.mtx"), symmetric, {.symmetry = Symmetry::skew_symmetric}),
                 InvalidArgument);

    const Csr<double> skew = make<double>(3, 3, {{0, 1, 5}, {1, 0, -5}});
    write_matrix_market(path("A.mtx"), skew, {.symmetry = std::nullopt});
    EXPECT_EQ(contents("A.mtx"), "%%MatrixMarket matrix coordinate real skew-symmetric\n3 3 1\n2 1 -5\n");
    const Csr<double> with_diagonal = make<double>(3, 3, {{0, 0, 0}, {0, 1, 5}, {1, 0, -5}});
    write_matrix_market(path("A.mtx"), with_diagonal, {.symmetry = std::nullopt});
    expect_same_bits(read_matrix_market<double>(path("A.mtx")), with_diagonal);
    write_matrix_market(path("A.mtx"), with_diagonal, {.symmetry = Symmetry::skew_symmetric});
    expect_same_bits(read_matrix_market<double>(path("A.mtx")), skew);

    const Csr<Complex> hermitian = make<Complex>(2, 2, {{0, 0, 3}, {0, 1, {1, 2}}, {1, 0, {1, -2}}});
    for (const std::optional<Symmetry> symmetry : {std::optional(Symmetry::hermitian), std::optional<Symmetry>()}) {
        write_matrix_market(path("A.mtx"), hermitian, {.symmetry = symmetry});
        EXPECT_EQ(contents("A.mtx"), "%%MatrixMarket matrix coordinate complex hermitian\n2 2 2\n1 1 3 0\n2 1 1 -2\n");
    }
    EXPECT_THROW(write_matrix_market(path("B.mtx"), hermitian, {.symmetry = Symmetry::symmetric}), InvalidArgument);

    // Nearly symmetric, symmetric pattern only, rectangular: stored whole when the choice is free, else refused.
    for (const Csr<double>& A : {make<double>(2, 2, {{0, 1, 1}, {1, 0, std::nextafter(1.0, 2.0)}}),
                                 make<double>(2, 2, {{0, 1, 1}}), make<double>(2, 3, {{0, 1, 1}, {1, 0, 1}})}) {
        write_matrix_market(path("A.mtx"), A, {.symmetry = std::nullopt});
        expect_same_bits(read_matrix_market<double>(path("A.mtx")), A);
        EXPECT_THROW(write_matrix_market(path("B.mtx"), A, {.symmetry = Symmetry::symmetric}), InvalidArgument);
    }
    EXPECT_EQ(files(), 1u);
}

TEST_F(MatrixMarketWriter, StoresTheLowerTriangleOfDenseMatricesByColumns) {
    Eigen::MatrixXd S(2, 2);
    S << 1, 2, 2, 3;
    write_matrix_market_dense<double>(path("S.mtx"), S, {.symmetry = std::nullopt});
    EXPECT_EQ(contents("S.mtx"), "%%MatrixMarket matrix array real symmetric\n2 2\n1\n2\n3\n");
    Eigen::MatrixXcd K(3, 3);
    K << 0, Complex(1, 1), 2, Complex(-1, -1), 0, 3, -2, -3, 0;
    write_matrix_market_dense<Complex>(path("K.mtx"), K, {.symmetry = Symmetry::skew_symmetric});
    EXPECT_EQ(contents("K.mtx"), "%%MatrixMarket matrix array complex skew-symmetric\n3 3\n-1 -1\n-2 0\n-3 0\n");
    EXPECT_EQ(read_matrix_market_dense<Complex>(path("K.mtx")), K);
    // A block inside a larger matrix: its columns are not next to each other.
    const Eigen::MatrixXd big = Eigen::MatrixXd::Random(5, 5);
    write_matrix_market_dense<double>(path("B.mtx"), big.block(1, 1, 2, 3));
    EXPECT_EQ(read_matrix_market_dense<double>(path("B.mtx")), big.block(1, 1, 2, 3));
    EXPECT_THROW(write_matrix_market_dense<double>(path("X.mtx"), S, {.field = Field::pattern}), InvalidArgument);
}

TEST_F(MatrixMarketWriter, WritesIntegersPatternsAndRealPartsWhenTheValuesAllow) {
    const Csr<double> ones = make<double>(2, 2, {{0, 0, 1}, {1, 0, 1}});
    write_matrix_market(path("A.mtx"), ones, {.field = Field::pattern});
    EXPECT_EQ(contents("A.mtx"), "%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1\n2 1\n");
    write_matrix_market(path("A.mtx"), make<double>(1, 1, {{0, 0, -9223372036854775808.0}}), {.field = Field::integer});
    EXPECT_EQ(contents("A.mtx"), "%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 -9223372036854775808\n");
    write_matrix_market(path("A.mtx"), make<Complex>(1, 1, {{0, 0, {2.5, 0}}}), {.field = Field::real});
    EXPECT_EQ(contents("A.mtx"), "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 2.5\n");
    EXPECT_THROW(write_matrix_market(path("B.mtx"), make<Complex>(1, 1, {{0, 0, {2, 1}}}), {.field = Field::real}),
                 InvalidArgument);
    for (const double value : {1.5, 9223372036854775808.0, std::nan("")})
        EXPECT_THROW(write_matrix_market(path("B.mtx"), make<double>(1, 1, {{0, 0, value}}), {.field = Field::integer}),
                     InvalidArgument);
    EXPECT_THROW(write_matrix_market(path("B.mtx"), make<double>(1, 1, {{0, 0, 2}}), {.field = Field::pattern}),
                 InvalidArgument);
    EXPECT_THROW(write_matrix_market(path("B.mtx"), ones, {.field = Field::complex}), InvalidArgument);
    EXPECT_EQ(files(), 1u);
}

TEST_F(MatrixMarketWriter, LeavesNothingBehindWhenItFails) {
    const Csr<double> A = matrix_of_numbers<double>(100000);
    EXPECT_THROW(write_matrix_market("/dev/full", A), IoError);
    EXPECT_THROW(write_matrix_market("/dev/full", make<double>(1, 1, {{0, 0, 1}})), IoError);
    EXPECT_THROW(write_matrix_market(path("no/such/directory.mtx"), A), IoError);
    const std::atomic<bool> cancel{true};
    EXPECT_THROW(write_matrix_market(path("A.mtx"), A, {.cancel = &cancel}), ReadCancelled);
    EXPECT_EQ(files(), 0u);
    EXPECT_THROW((void)read_matrix_market(path("A.mtx")), IoError);
}

TEST_F(MatrixMarketWriter, ReplacesAFileOnlyByACompleteOne) {
    write_matrix_market(path("A.mtx"), make<double>(1, 1, {{0, 0, 1}}));
    const std::string before = contents("A.mtx");
    const std::atomic<bool> cancel{true};
    EXPECT_THROW(write_matrix_market(path("A.mtx"), matrix_of_numbers<double>(1000), {.cancel = &cancel}),
                 ReadCancelled);
    EXPECT_EQ(contents("A.mtx"), before);
    EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace ritz
