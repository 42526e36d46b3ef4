// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/io/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "io/format_samples.hpp"
#include "ritz/core/error.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;
using Complex = std::complex<double>;

TEST(Files, KnowsTheFormatByTheName) {
    EXPECT_EQ(format_of_name("a.mtx"), FileFormat::matrix_market);
    EXPECT_EQ(format_of_name("dir.x/A.MTX.GZ"), FileFormat::matrix_market);
    EXPECT_EQ(format_of_name("a.mtx.bz2"), FileFormat::matrix_market);
    for (const char* name : {"a.rb", "a.hb", "a.rua", "a.RSA", "a.cha", "a.psa", "a.ira.gz", "a.rse"})
        EXPECT_EQ(format_of_name(name), FileFormat::harwell_boeing) << name;
    EXPECT_EQ(format_of_name("a.npz"), FileFormat::npz);
    EXPECT_EQ(format_of_name("a.npy"), FileFormat::npy);
    EXPECT_EQ(format_of_name("a.petsc"), FileFormat::petsc);
    EXPECT_EQ(format_of_name("a.txt"), FileFormat::text);
    for (const char* name : {"", "-", "a", "mtx", "a.mtx/b", "a.dat", "a.rub", "a.gz", ".", "/"})
        EXPECT_EQ(format_of_name(name), std::nullopt) << name;
}

TEST(Files, RoundTripsAMatrixInEveryFormat) {
    const TemporaryDirectory directory;
    const Csr<double> real = fixture_matrix<double>();
    const Csr<Complex> complex = fixture_matrix<Complex>({1, 2});
    for (const char* name : {"a.mtx", "a.mtx.gz", "a.rb", "a.hb.gz", "a.npz", "a.petsc", "a.petsc.gz"}) {
        write_matrix(directory.file(name), AnyCsr(real));
        const ReadResult from_real = read_matrix(directory.file(name));
        EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(from_real.matrix), real)) << name;
        EXPECT_EQ(from_real.info.path, directory.file(name));
        write_matrix(directory.file(name), AnyCsr(complex));
        EXPECT_TRUE(same_bits<Complex>(std::get<Csr<Complex>>(read_matrix(directory.file(name)).matrix), complex))
            << name;
    }
}

TEST(Files, RoundTripsADenseMatrixInEveryFormat) {
    const TemporaryDirectory directory;
    const Eigen::MatrixXd A = Eigen::MatrixXd::Random(4, 3), x = Eigen::MatrixXd::Random(5, 1);
    const Eigen::MatrixXcd z = Eigen::MatrixXcd::Random(4, 1);
    for (const char* name : {"a.mtx", "a.mtx.gz", "a.npy", "a.petsc", "a.txt", "a.txt.gz"}) {
        for (const Eigen::MatrixXd& B : {A, x}) {
            write_dense(directory.file(name), AnyDense(B));
            EXPECT_TRUE(std::get<Eigen::MatrixXd>(read_dense(directory.file(name)).matrix) == B) << name;
        }
        if (format_of_name(name) == FileFormat::text) continue;
        write_dense(directory.file(name), AnyDense(z));
        EXPECT_TRUE(std::get<Eigen::MatrixXcd>(read_dense(directory.file(name)).matrix) == z) << name;
    }
    EXPECT_THROW(write_dense(directory.file("a.txt"), AnyDense(z)), InvalidArgument);
}

TEST(Files, LooksAtTheContentsWhenTheNameSaysNothing) {
    const TemporaryDirectory directory;
    const Csr<double> A = fixture_matrix<double>();
    for (const char* name : {"a.mtx", "a.mtx.gz", "a.rb", "a.npz", "a.petsc"}) {
        write_matrix(directory.file(name), AnyCsr(A));
        std::filesystem::rename(directory.file(name), directory.file("unknown"));
        EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(read_matrix(directory.file("unknown")).matrix), A)) << name;
    }
    // And when it is wrong.
    EXPECT_TRUE(same_bits<double>(
        std::get<Csr<double>>((std::filesystem::copy_file(fixture_path("real.petsc"), directory.file("a.npz"),
                                                          std::filesystem::copy_options::overwrite_existing),
                               read_matrix(directory.file("a.npz")))
                                  .matrix),
        A));
}

TEST(Files, ReadsEveryFormatFromAPipe) {
    const TemporaryDirectory directory;
    const Csr<double> A = fixture_matrix<double>();
    const std::string pipe = directory.file("pipe");
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    for (const char* name : {"a.mtx", "a.mtx.gz", "a.rb", "a.npz", "a.petsc"}) {
        write_matrix(directory.file(name), AnyCsr(A));
        std::thread writer([&] { write_file(pipe, contents_of(directory.file(name))); });
        EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(read_matrix(pipe).matrix), A)) << name;
        writer.join();
    }
}

TEST(Files, ReadsADenseNumPyArrayAsASparseMatrix) {
    EXPECT_TRUE(same_bits<double>(std::get<Csr<double>>(read_matrix(fixture_path("matrix_c_order.npy")).matrix),
                                  fixture_matrix<double>()));
}

TEST(Files, ReadsPlainTextAsRows) {
    const TemporaryDirectory directory;
    const auto read = [&](const std::string& text, const ReadOptions& options = {}) {
        write_file(directory.file("b"), text);
        return std::get<Eigen::MatrixXd>(read_dense(directory.file("b"), options).matrix);
    };
    EXPECT_TRUE(read("1\n-2.5\n+3e2\n") == Eigen::Vector3d(1, -2.5, 300));
    EXPECT_TRUE(read("# a comment\r\n\r\n1, 2\t3 # another\r\n4 5,6") ==
                (Eigen::MatrixXd(2, 3) << 1, 2, 3, 4, 5, 6).finished());
    EXPECT_TRUE(std::isinf(read("1\ninf\n", {.allow_nonfinite = true})(1)));
    for (const char* text :
         {"1 2\n3\n", "1,\n", "1,,2\n", "1 x\n", "1\nnan\n", "1e999\n", "# nothing\n", "1 +-2\n", "1;2\n"})
        EXPECT_THROW(read(text), ParseError) << text;
}

TEST(Files, RefusesWhatIsOfNoFormat) {
    const TemporaryDirectory directory;
    for (const char* text : {"", "hello\n", "\xff\xfe", "GIF89a"}) {
        write_file(directory.file("b"), text);
        EXPECT_THROW((void)read_matrix(directory.file("b")), ParseError) << text;
        EXPECT_THROW((void)read_dense(directory.file("b")), ParseError) << text;
        for (const char* name : {"b.npz", "b.rua", "b.petsc", "b.mtx", "b.txt"}) {
            write_file(directory.file(name), text);
            EXPECT_THROW((void)read_matrix(directory.file(name)), ParseError) << name;
            EXPECT_THROW((void)read_dense(directory.file(name)), ParseError) << name;
        }
    }
    EXPECT_THROW((void)read_matrix(directory.file("none.npz")), IoError);
    EXPECT_THROW((void)read_dense(fixture_path("csr_float64.npz")), ParseError);
}

TEST(Files, RefusesToWriteWhatTheNameDoesNotAllow) {
    const TemporaryDirectory directory;
    const AnyCsr A = fixture_matrix<double>();
    for (const char* name : {"a", "a.dat", "a.npy", "a.txt", "a.mtx.bz2", "a.rue"})
        EXPECT_THROW(write_matrix(directory.file(name), A), InvalidArgument) << name;
    for (const char* name : {"a.rsa", "a.pua", "a.iua"})  // neither symmetric nor ones nor integers
        EXPECT_THROW(write_matrix(directory.file(name), A), InvalidArgument) << name;
    EXPECT_THROW(write_dense(directory.file("a.rua"), AnyDense(Eigen::MatrixXd(2, 2))), InvalidArgument);
    EXPECT_TRUE(directory.names().empty());
    write_matrix(directory.file("a.cua"), A);
    EXPECT_EQ(read_matrix(directory.file("a.cua")).info.field, Field::complex);
}

}  // namespace
