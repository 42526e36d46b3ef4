// SPDX-License-Identifier: BSD-3-Clause
#include "io/byte_source.hpp"

#include <bzlib.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <string>
#include <thread>

#include "io/temporary_directory.hpp"
#include "ritz/core/error.hpp"

namespace {

using ritz::detail::ByteSource;
using ritz::detail::Compression;
using ritz::test::TemporaryDirectory;
using ritz::test::write_file;

std::string text_of(const ByteSource& source) {
    return {source.bytes().data(), source.bytes().size()};
}

/// Text that compresses, but not to nothing.
std::string some_text(std::size_t size) {
    std::string text;
    for (std::size_t k = 0; text.size() < size; ++k) text += std::to_string(k * k % 10007) + '\n';
    text.resize(size);
    return text;
}

std::string gzip(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

std::string bzip2(std::string text) {
    auto size = static_cast<unsigned>(text.size() + text.size() / 100 + 600);
    std::string packed(size, '\0');
    BZ2_bzBuffToBuffCompress(packed.data(), &size, text.data(), static_cast<unsigned>(text.size()), 9, 0, 0);
    packed.resize(size);
    return packed;
}

/// What() of the Error that opening `path` throws.
template <class Expected>
std::string refusal(const std::string& path, std::optional<std::uint64_t> max_bytes = {}) {
    try {
        const ByteSource source(path, max_bytes);
        ADD_FAILURE() << path << " was read: " << source.bytes().size() << " bytes";
    } catch (const Expected& error) {
        return error.what();
    }
    return {};
}

TEST(ByteSource, ShowsASmallFile) {
    const TemporaryDirectory directory;
    write_file(directory.file("a"), "one\ntwo");
    const ByteSource source(directory.file("a"));
    EXPECT_EQ(text_of(source), "one\ntwo");
    EXPECT_EQ(source.name(), directory.file("a"));
    EXPECT_EQ(source.compression(), Compression::none);
    source.check_unchanged();
}

TEST(ByteSource, ShowsAnEmptyFile) {
    const TemporaryDirectory directory;
    write_file(directory.file("a"), "");
    EXPECT_EQ(ByteSource(directory.file("a")).bytes().size(), 0U);
}

TEST(ByteSource, ShowsALargeFileOfWhichPartsAreGivenBack) {
    const TemporaryDirectory directory;
    const std::string text = some_text((std::size_t{17} << 20) + 123);
    write_file(directory.file("a"), text);
    ByteSource source(directory.file("a"));
    EXPECT_TRUE(text_of(source) == text);
    source.done_with(100, std::size_t{9} << 20);
    const std::size_t rest = std::size_t{9} << 20;
    EXPECT_TRUE(text_of(source).substr(rest) == text.substr(rest));
    source.done_with(rest, text.size());
    source.check_unchanged();
}

TEST(ByteSource, NoticesThatALargeFileWasChanged) {
    const TemporaryDirectory directory;
    write_file(directory.file("a"), some_text(std::size_t{17} << 20));
    const ByteSource source(directory.file("a"));
    std::ofstream(directory.file("a"), std::ios::app) << "more";
    EXPECT_THROW(source.check_unchanged(), ritz::IoError);
}

TEST(ByteSource, KeepsALargeFileThatIsReplacedByAnother) {
    const TemporaryDirectory directory;
    const std::string text = some_text(std::size_t{17} << 20);
    write_file(directory.file("a"), text);
    const ByteSource source(directory.file("a"));
    write_file(directory.file("b"), "new");
    std::filesystem::rename(directory.file("b"), directory.file("a"));
    EXPECT_TRUE(text_of(source) == text);
    source.check_unchanged();
}

TEST(ByteSource, ReadsAPipeToItsEnd) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("fifo"), text = some_text(1500000);
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] { write_file(path, text); });
    ByteSource source(path);
    writer.join();
    EXPECT_TRUE(text_of(source) == text);
    source.done_with(0, text.size());
}

TEST(ByteSource, DecompressesAPipe) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("fifo"), text = some_text(1500000);
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] { write_file(path, gzip(text)); });
    const ByteSource source(path);
    writer.join();
    EXPECT_TRUE(text_of(source) == text);
}

TEST(ByteSource, ReadsStandardInputFromWhereItIs) {
    const TemporaryDirectory directory;
    write_file(directory.file("a"), "skipped|kept");
    const int saved = dup(STDIN_FILENO), file = open(directory.file("a").c_str(), O_RDONLY);
    ASSERT_GE(file, 0);
    lseek(file, 8, SEEK_SET);
    dup2(file, STDIN_FILENO);
    const ByteSource source("-");
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(file);
    EXPECT_EQ(text_of(source), "kept");
    EXPECT_EQ(source.name(), "<stdin>");
}

TEST(ByteSource, DecompressesByContentWhateverTheName) {
    const TemporaryDirectory directory;
    const std::string text = some_text(1500000);
    write_file(directory.file("a"), gzip(text));
    write_file(directory.file("b"), bzip2(text));
    const ByteSource from_gzip(directory.file("a")), from_bzip2(directory.file("b"));
    EXPECT_TRUE(text_of(from_gzip) == text);
    EXPECT_TRUE(text_of(from_bzip2) == text);
    EXPECT_EQ(from_gzip.compression(), Compression::gzip);
    EXPECT_EQ(from_bzip2.compression(), Compression::bzip2);
}

TEST(ByteSource, JoinsSeveralMembersAndIgnoresPadding) {
    const TemporaryDirectory directory;
    write_file(directory.file("a"), gzip("one") + gzip("") + gzip("two") + std::string(512, '\0'));
    write_file(directory.file("b"), bzip2("one") + bzip2("") + bzip2("two") + std::string(512, '\0'));
    EXPECT_EQ(text_of(ByteSource(directory.file("a"))), "onetwo");
    EXPECT_EQ(text_of(ByteSource(directory.file("b"))), "onetwo");
}

TEST(ByteSource, DecompressesNothingToNothing) {
    const TemporaryDirectory directory;
    write_file(directory.file("a"), gzip(""));
    EXPECT_EQ(ByteSource(directory.file("a")).bytes().size(), 0U);
}

TEST(ByteSource, RefusesEveryTruncationOfCompressedData) {
    const TemporaryDirectory directory;
    for (const std::string& whole : {gzip(some_text(300)), bzip2(some_text(300))})
        for (std::size_t size = 4; size < whole.size(); size += 3) {
            write_file(directory.file("a"), whole.substr(0, size));
            EXPECT_NE(refusal<ritz::ParseError>(directory.file("a")).find("truncated"), std::string::npos) << size;
        }
}

TEST(ByteSource, RefusesCorruptCompressedData) {
    const TemporaryDirectory directory;
    for (std::string packed : {gzip(some_text(5000)), bzip2(some_text(5000))}) {
        packed[packed.size() / 2] = static_cast<char>(~packed[packed.size() / 2]);
        write_file(directory.file("a"), packed);
        EXPECT_NE(refusal<ritz::ParseError>(directory.file("a")), "");
    }
}

TEST(ByteSource, RefusesOtherBytesBehindCompressedData) {
    const TemporaryDirectory directory;
    for (const std::string& packed : {gzip("one"), bzip2("one")}) {
        write_file(directory.file("a"), packed + "two");
        EXPECT_NE(refusal<ritz::ParseError>(directory.file("a")).find("damaged"), std::string::npos);
    }
}

TEST(ByteSource, HoldsNoMoreThanItsLimit) {
    const TemporaryDirectory directory;
    write_file(directory.file("bomb"), gzip(std::string(std::size_t{40} << 20, 'x')));
    EXPECT_NE(refusal<ritz::LimitExceeded>(directory.file("bomb"), 1 << 20), "");
    EXPECT_NE(refusal<ritz::LimitExceeded>("/dev/zero", 1 << 20).find("1048576"), std::string::npos);
}

TEST(ByteSource, SaysWhyAFileCannotBeRead) {
    const TemporaryDirectory directory;
    EXPECT_NE(refusal<ritz::IoError>(directory.file("none")).find("no such file"), std::string::npos);
    EXPECT_NE(refusal<ritz::IoError>(directory.file("none")).find(directory.file("none")), std::string::npos);
    EXPECT_NE(refusal<ritz::IoError>(directory.file("")).find("is a directory"), std::string::npos);
    EXPECT_NE(refusal<ritz::IoError>("").find("empty name"), std::string::npos);
    write_file(directory.file("a"), "");
    EXPECT_NE(refusal<ritz::IoError>(directory.file("a/b")), "");
}

}  // namespace
