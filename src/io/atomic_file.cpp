// SPDX-License-Identifier: BSD-3-Clause
#include "io/atomic_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "core/parallel.hpp"
#include "ritz/core/error.hpp"
#include "ritz/io/files.hpp"

namespace ritz {

namespace detail {
namespace {

constexpr std::size_t small_write = std::size_t{1} << 16;
constexpr std::size_t member_bytes = std::size_t{1} << 20;  // text of one gzip member

std::string reason(int error) {
    std::string text = std::generic_category().message(error);
    if (error == ENOSPC || error == EDQUOT) text += "; free some space or write elsewhere";
    if (error == EROFS || error == EACCES) text += "; choose a place that you may write to";
    return text;
}

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string file_name_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

/// The path at the end of a chain of symbolic links, which need not exist; empty if the chain does not end.
std::string follow_links(std::string path) {
    for (int link = 0; link < 40; ++link) {
        char target[4096];
        const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
        if (length < 0) return path;  // not a link
        if (static_cast<std::size_t>(length) == sizeof target) return {};
        const std::string next(target, static_cast<std::size_t>(length));
        path = next.starts_with('/') ? next : directory_of(path) + "/" + next;
    }
    return {};
}

/// The open descriptor that a name stands for: "-", /dev/stdout, /dev/fd/3. Opening such a name anew would write
/// over the beginning of a file that the shell has opened for appending.
std::optional<int> standing_descriptor(const std::string& path) {
    if (path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
    if (path == "/dev/stderr") return STDERR_FILENO;
    for (const std::string_view prefix : {"/dev/fd/", "/proc/self/fd/"}) {
        if (!path.starts_with(prefix)) continue;
        int descriptor = -1;
        const char* const end = path.data() + path.size();
        const auto [stop, error] = std::from_chars(path.data() + prefix.size(), end, descriptor);
        if (error == std::errc() && stop == end && descriptor >= 0) return descriptor;
    }
    return {};
}

/// What AtomicFile does with a name.
struct Destination {
    std::string target;          // replaced by rename; empty: written in place
    std::optional<mode_t> mode;  // of the file that is there
};

Destination destination_of(const std::string& path) {
    if (standing_descriptor(path)) return {};
    Destination destination;
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) {
        if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return {};
        destination.mode = status.st_mode & 0777;
    }
    destination.target = follow_links(path);
    return destination;
}

std::string temporary_beside(const std::string& target) {
    // The name is hashed (FNV-1a) so that the temporary's is valid whenever the target's is, however long that is.
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : file_name_of(target)) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    const std::string directory = directory_of(target);
    return (directory == "/"                        ? std::string("/")
            : target.find('/') == std::string::npos ? std::string()
                                                    : directory + "/") +
           ".ritz-" + std::to_string(::getpid()) + "-" + digits + ".tmp";
}

/// One gzip member that holds `text`.
Buffer<char> compress_member(std::span<const char> text) {
    struct Stream : z_stream {
        Stream() : z_stream{} {}
        ~Stream() { deflateEnd(this); }
    } stream;
    constexpr int level = 6, gzip_window = 15 + 16, memory_level = 8;
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    Buffer<char> member(deflateBound(&stream, text.size()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(member.data());
    stream.avail_out = static_cast<uInt>(member.size());
    deflate(&stream, Z_FINISH);  // ends in one call, for deflateBound() was enough
    member.resize(member.size() - stream.avail_out);
    return member;
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path) : name_(path == "-" ? "<stdout>" : path) {
    if (path.empty()) throw IoError("an output file has an empty name; name a file, or - for standard output");
    compressed_ = path.ends_with(".gz");
    batch_ = member_bytes * static_cast<std::size_t>(4 * max_threads());  // keeps every thread busy a while
    if (const std::optional<int> descriptor = standing_descriptor(path)) {
        descriptor_ = *descriptor;
        owned_ = false;
        return;
    }
    struct stat status {};
    if (path.ends_with('/') || (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)))
        throw IoError(name_ + ": is a directory; name a file in it");
    Destination destination = destination_of(path);
    if (destination.target.empty()) {
        descriptor_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor_ < 0) fail("cannot be opened for writing", errno);
        return;
    }
    target_ = std::move(destination.target);
    // A rename would replace a file that its owner has write-protected.
    if (destination.mode && ::access(target_.c_str(), W_OK) != 0) fail("cannot be replaced", errno);
    temporary_ = temporary_beside(target_);
    open_temporary();
    if (destination.mode && ::fchmod(descriptor_, *destination.mode) != 0) {
        const int error = errno;
        discard();
        fail("cannot be given the permissions of the file it replaces", error);
    }
}

void AtomicFile::open_temporary() {
    // The lock tells a file that somebody is writing from one that a killed process left behind.
    const auto lock = [&] { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; };
    for (int attempt = 0; attempt < 2; ++attempt) {
        descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (descriptor_ >= 0) {
            lock();
            return;
        }
        if (errno != EEXIST) {
            const int error = errno;
            temporary_.clear();
            if (error == ENOENT) fail("cannot be created; its directory does not exist", 0);
            fail("cannot be created", error);
        }
        descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        const bool abandoned = descriptor_ >= 0 && lock();
        if (abandoned) ::unlink(temporary_.c_str());
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
        if (!abandoned) break;
    }
    const std::string busy = std::exchange(temporary_, {});
    throw IoError(name_ + ": is being written by another thread (" + busy +
                  " exists); wait for it or remove that file");
}

AtomicFile::~AtomicFile() {
    discard();
}

void AtomicFile::discard() noexcept {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    if (owned_ && descriptor_ >= 0) ::close(descriptor_);
    temporary_.clear();
    descriptor_ = -1;
}

void AtomicFile::fail(const char* what, int error) const {
    throw IoError(name_ + ": " + what + (error != 0 ? ": " + reason(error) : std::string()));
}

void AtomicFile::send(std::span<const char> bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::write(descriptor_, bytes.data(), std::min<std::size_t>(bytes.size(), 1 << 30));
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN) {  // a pipe that somebody made non-blocking
                pollfd ready{descriptor_, POLLOUT, 0};
                ::poll(&ready, 1, -1);
                continue;
            }
            fail("cannot be written", errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
}

void AtomicFile::write(std::span<const char> bytes) {
    require(descriptor_ >= 0, "AtomicFile: nothing may be written after commit");
    if (!compressed_) return write_plain(bytes);
    while (!bytes.empty()) {
        const std::size_t take = std::min(bytes.size(), batch_ - pending_.size());
        pending_.insert(pending_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(take));
        bytes = bytes.subspan(take);
        if (pending_.size() == batch_) write_compressed();
    }
}

void AtomicFile::write_plain(std::span<const char> bytes) {
    if (pending_.size() + bytes.size() <= small_write) {
        pending_.insert(pending_.end(), bytes.begin(), bytes.end());
        return;
    }
    send(pending_);
    pending_.clear();
    send(bytes);
}

void AtomicFile::write_compressed() {
    const std::size_t members = (pending_.size() + member_bytes - 1) / member_bytes;
    std::vector<Buffer<char>> compressed(members);
    const std::span<const char> text(pending_);
    parallel_tasks(static_cast<std::int64_t>(members), threads_for(static_cast<std::int64_t>(members), 1),
                   [&](std::int64_t m) {
                       const std::size_t begin = static_cast<std::size_t>(m) * member_bytes;
                       compressed[static_cast<std::size_t>(m)] =
                           compress_member(text.subspan(begin, std::min(member_bytes, text.size() - begin)));
                   });
    for (const Buffer<char>& member : compressed) send(member);
    any_member_ |= members > 0;
    pending_.clear();
}

void AtomicFile::commit() {
    require(descriptor_ >= 0, "AtomicFile: a file is committed once");
    if (compressed_) {
        write_compressed();
        if (!any_member_) send(compress_member({}));  // gzip of nothing is one empty member, not an empty file
    } else {
        send(pending_);
        pending_.clear();
    }
    if (!owned_) {
        descriptor_ = -1;
        return;
    }
    if (!temporary_.empty() && ::fsync(descriptor_) != 0) fail("cannot be written", errno);
    // Some file systems (NFS, quotas) report a failed write only here.
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail("cannot be written", errno);
    if (temporary_.empty()) return;
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("cannot be given its name", errno);
    temporary_.clear();
    // The new name is on the disk once its directory is. A file system that cannot do this says EINVAL.
    const int directory = ::open(directory_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;  // a directory may be writable but not readable
    const int error = ::fsync(directory) == 0 ? 0 : errno;
    ::close(directory);
    if (error != 0 && error != EINVAL && error != EROFS)
        fail("was written, but its directory cannot be flushed", error);
}

}  // namespace detail

std::string temporary_name(const std::string& path) {
    const std::string target = detail::destination_of(path).target;
    return target.empty() ? std::string() : detail::temporary_beside(target);
}

}  // namespace ritz
