// SPDX-License-Identifier: BSD-3-Clause
#include "io/atomic_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "io/byte_source.hpp"
#include "io/temporary_directory.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/io/files.hpp"

namespace {

using ritz::detail::AtomicFile;
using ritz::test::contents_of;
using ritz::test::TemporaryDirectory;
using ritz::test::write_file;
using Names = std::vector<std::string>;

unsigned mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return status.st_mode & 0777;
}

void write_and_commit(const std::string& path, const std::string& text) {
    AtomicFile file(path);
    file.write(text);
    file.commit();
}

/// Files written by this process may not grow beyond `bytes` while this lives: a full disk that needs no disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        getrlimit(RLIMIT_FSIZE, &saved_);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        rlimit lowered = saved_;
        lowered.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &lowered);
    }
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &saved_);
        std::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit saved_{};
    void (*handler_)(int) = nullptr;
};

TEST(AtomicFile, AppearsWhenItIsCommitted) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("a.mtx");
    AtomicFile file(path);
    file.write(std::string("one "));
    file.write(std::string(100000, 'x'));
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_TRUE(std::filesystem::exists(ritz::temporary_name(path)));
    file.commit();
    EXPECT_EQ(contents_of(path), "one " + std::string(100000, 'x'));
    EXPECT_EQ(directory.names(), Names{"a.mtx"});
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
    const TemporaryDirectory directory;
    {
        AtomicFile file(directory.file("a"));
        file.write(std::string(100000, 'x'));
    }
    EXPECT_EQ(directory.names(), Names{});
    write_file(directory.file("a"), "old");
    {
        AtomicFile file(directory.file("a"));
        file.write(std::string(100000, 'x'));
    }
    EXPECT_EQ(contents_of(directory.file("a")), "old");
    EXPECT_EQ(directory.names(), Names{"a"});
}

TEST(AtomicFile, KeepsTheOldFileWhenThereIsNoRoom) {
    const TemporaryDirectory directory;
    write_file(directory.file("a"), "old");
    {
        const FileSizeLimit limit(100000);
        EXPECT_THROW(write_and_commit(directory.file("a"), std::string(200000, 'x')), ritz::IoError);
        // Small writes reach the system at the end only.
        AtomicFile late(directory.file("a"));
        for (int k = 0; k < 3; ++k) {
            try {
                late.write(std::string(50000, 'x'));
                if (k == 2) late.commit();
            } catch (const ritz::IoError& error) {
                EXPECT_EQ(std::string(error.what()).find(directory.file("a") + ": cannot be written: "), 0U);
                break;
            }
            ASSERT_LT(k, 2) << "150000 bytes were written to a file of at most 100000";
        }
    }
    EXPECT_EQ(contents_of(directory.file("a")), "old");
    EXPECT_EQ(directory.names(), Names{"a"});
}

TEST(AtomicFile, ReportsADeviceThatIsFull) {
    AtomicFile file("/dev/full");
    try {
        file.write(std::string("x"));
        file.commit();
        FAIL() << "/dev/full was written";
    } catch (const ritz::IoError& error) {
        EXPECT_NE(std::string(error.what()).find("/dev/full: cannot be written: No space left"), std::string::npos)
            << error.what();
    }
    EXPECT_TRUE(std::filesystem::exists("/dev/full"));
    EXPECT_EQ(ritz::temporary_name("/dev/full"), "");
}

TEST(AtomicFile, KeepsPermissionsAndElseObeysTheUmask) {
    const TemporaryDirectory directory;
    write_file(directory.file("old"), "x");
    ASSERT_EQ(chmod(directory.file("old").c_str(), 0640), 0);
    write_and_commit(directory.file("old"), "y");
    EXPECT_EQ(mode_of(directory.file("old")), 0640U);

    const mode_t saved = umask(027);
    write_and_commit(directory.file("new"), "y");
    umask(saved);
    EXPECT_EQ(mode_of(directory.file("new")), 0640U);
}

TEST(AtomicFile, ReplacesWhatALinkPointsTo) {
    const TemporaryDirectory directory;
    std::filesystem::create_directory(directory.file("there"));
    write_file(directory.file("there/a"), "old");
    std::filesystem::create_symlink("there/a", directory.file("link"));
    std::filesystem::create_symlink("link", directory.file("link_to_link"));
    std::filesystem::create_symlink("there/missing", directory.file("dangling"));
    write_and_commit(directory.file("link_to_link"), "new");
    write_and_commit(directory.file("dangling"), "made");
    EXPECT_EQ(contents_of(directory.file("there/a")), "new");
    EXPECT_EQ(contents_of(directory.file("there/missing")), "made");
    EXPECT_TRUE(std::filesystem::is_symlink(directory.file("link")));
    EXPECT_TRUE(std::filesystem::is_symlink(directory.file("link_to_link")));
    EXPECT_EQ(directory.names(), (Names{"dangling", "link", "link_to_link", "there"}));
}

TEST(AtomicFile, WritesToAPipeInPlace) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("fifo"), text(300000, 'x');
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    std::string received;
    std::thread reader([&] { received = contents_of(path); });
    write_and_commit(path, text);
    reader.join();
    EXPECT_TRUE(received == text);
    EXPECT_EQ(directory.names(), Names{"fifo"});
}

TEST(AtomicFile, WritesToAnOpenDescriptorByItsName) {
    const TemporaryDirectory directory;
    std::FILE* const log = std::fopen(directory.file("log").c_str(), "a");
    ASSERT_NE(log, nullptr);
    std::fputs("before ", log);
    std::fflush(log);
    write_and_commit("/dev/fd/" + std::to_string(fileno(log)), "after");
    std::fclose(log);
    EXPECT_EQ(contents_of(directory.file("log")), "before after");
}

TEST(AtomicFile, IsCompressedWhenItsNameEndsInGz) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("a.mtx.gz");
    std::string text;
    for (int k = 0; text.size() < 6'000'000; ++k) text += std::to_string(k) + ' ' + std::to_string(k * 7 % 1001) + '\n';
    {
        AtomicFile file(path);
        file.write(text.substr(0, 10));
        file.write(text.substr(10));
        file.commit();
    }
    const std::string packed = contents_of(path);
    EXPECT_LT(packed.size(), text.size() / 2);
    const ritz::detail::ByteSource source(path);
    EXPECT_TRUE(std::string(source.bytes().data(), source.bytes().size()) == text);

    const ritz::ThreadLimit one(1);
    write_and_commit(path, text);
    EXPECT_TRUE(contents_of(path) == packed) << "the bytes depend on the number of threads";
}

TEST(AtomicFile, CompressesNothingToAGzipFile) {
    const TemporaryDirectory directory;
    write_and_commit(directory.file("a.gz"), "");
    EXPECT_GT(contents_of(directory.file("a.gz")).size(), 0U);
    EXPECT_EQ(ritz::detail::ByteSource(directory.file("a.gz")).bytes().size(), 0U);
}

TEST(AtomicFile, IsWrittenByOneAtATime) {
    const TemporaryDirectory directory;
    AtomicFile first(directory.file("a"));
    EXPECT_THROW(AtomicFile(directory.file("a")), ritz::IoError);
    first.write(std::string("kept"));
    first.commit();
    EXPECT_EQ(contents_of(directory.file("a")), "kept");
}

TEST(AtomicFile, TakesOverWhatAKilledProcessLeft) {
    const TemporaryDirectory directory;
    write_file(ritz::temporary_name(directory.file("a")), std::string(1000, 'x'));
    write_and_commit(directory.file("a"), "new");
    EXPECT_EQ(contents_of(directory.file("a")), "new");
    EXPECT_EQ(directory.names(), Names{"a"});
}

TEST(AtomicFile, FailsToCommitWhenItsTemporaryIsRemoved) {
    const TemporaryDirectory directory;
    AtomicFile file(directory.file("a"));
    file.write(std::string("x"));
    std::filesystem::remove(ritz::temporary_name(directory.file("a")));
    EXPECT_THROW(file.commit(), ritz::IoError);
    EXPECT_EQ(directory.names(), Names{});
}

TEST(AtomicFile, MayHaveTheLongestNameThereIs) {
    const TemporaryDirectory directory;
    const std::string name(255, 'a');
    write_and_commit(directory.file(name), "x");
    EXPECT_EQ(directory.names(), Names{name});
}

TEST(AtomicFile, RefusesWhatCannotBeAFile) {
    const TemporaryDirectory directory;
    EXPECT_THROW(AtomicFile(directory.file("none/a")), ritz::IoError);
    EXPECT_THROW(AtomicFile(directory.file("")), ritz::IoError);
    EXPECT_THROW(AtomicFile(directory.file("a/")), ritz::IoError);
    EXPECT_THROW(AtomicFile(""), ritz::IoError);
    EXPECT_THROW(AtomicFile(directory.file(std::string(300, 'a'))).commit(), ritz::IoError);
    EXPECT_EQ(directory.names(), Names{});
}

TEST(AtomicFile, RefusesToWriteAfterCommit) {
    const TemporaryDirectory directory;
    AtomicFile file(directory.file("a"));
    file.commit();
    EXPECT_THROW(file.write(std::string("x")), ritz::InvalidArgument);
    EXPECT_THROW(file.commit(), ritz::InvalidArgument);
    EXPECT_EQ(contents_of(directory.file("a")), "");
}

}  // namespace
