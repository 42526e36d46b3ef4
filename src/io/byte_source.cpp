// SPDX-License-Identifier: BSD-3-Clause
#include "io/byte_source.hpp"

#include <bzlib.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "ritz/core/error.hpp"

namespace ritz::detail {

namespace {

constexpr std::size_t smallest_mapped_file = std::size_t{16} << 20;
constexpr std::size_t largest_heap_contents = std::size_t{1} << 20;

std::string reason(int error) {
    return std::generic_category().message(error);
}

std::size_t page_size() {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t whole_pages(std::size_t bytes) {
    const std::size_t page = page_size();
    return (bytes + page - 1) / page * page;
}

/// A descriptor that is closed at the end of the scope unless it is released.
class Descriptor {
public:
    Descriptor(int fd, bool owned) : fd_(fd), owned_(owned) {}
    ~Descriptor() {
        if (owned_ && fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_;
    bool owned_;
};

/// Bytes of unknown number, in an anonymous mapping that grows without being copied and whose pages can be given
/// back one by one.
class GrowingBytes {
public:
    GrowingBytes(std::string name, std::uint64_t limit) : name_(std::move(name)), limit_(limit) {}
    ~GrowingBytes() {
        if (memory_ != nullptr) ::munmap(memory_, capacity_);
    }
    GrowingBytes(const GrowingBytes&) = delete;
    GrowingBytes& operator=(const GrowingBytes&) = delete;

    /// Room for at least one more byte; twice as much as before when it is used up.
    std::span<char> room() {
        if (size_ == capacity_) grow(std::max(whole_pages(std::size_t{1} << 16), 2 * capacity_));
        return {static_cast<char*>(memory_) + size_, capacity_ - size_};
    }

    void reserve(std::size_t bytes) {
        if (bytes > capacity_) grow(whole_pages(bytes));
    }

    void filled(std::size_t bytes) {
        size_ += bytes;
        if (size_ > limit_)
            throw LimitExceeded(name_ + ": holds more than " + std::to_string(limit_) +
                                " bytes, the limit for contents that must be held in memory; raise the memory limit");
    }

    const char* data() const { return static_cast<const char*>(memory_); }
    std::size_t size() const { return size_; }

    /// Hands the mapping over, cut to whole pages around the contents.
    std::pair<void*, std::size_t> release() {
        const std::size_t length = whole_pages(std::max<std::size_t>(size_, 1));
        if (length < capacity_) grow(length);
        capacity_ = 0;
        return {std::exchange(memory_, nullptr), length};
    }

private:
    void grow(std::size_t capacity) {
        void* const memory = memory_ == nullptr ? ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE,
                                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                                                : ::mremap(memory_, capacity_, capacity, MREMAP_MAYMOVE);
        if (memory == MAP_FAILED)
            throw OutOfMemory(name_ + ": no memory for " + std::to_string(capacity) + " bytes of contents");
        memory_ = memory;
        capacity_ = capacity;
    }

    std::string name_;
    std::uint64_t limit_;
    void* memory_ = nullptr;
    std::size_t size_ = 0, capacity_ = 0;
};

/// Reads to the end of a file, pipe or device.
void read_all(int fd, const std::string& name, GrowingBytes& into) {
    for (;;) {
        const std::span<char> room = into.room();
        const ssize_t got = ::read(fd, room.data(), std::min<std::size_t>(room.size(), std::size_t{1} << 30));
        if (got == 0) return;
        if (got < 0) {
            if (errno == EINTR) continue;
            if (errno == EISDIR) throw IoError(name + ": is a directory; name a file");
            throw IoError(name + ": cannot be read: " + reason(errno));
        }
        into.filled(static_cast<std::size_t>(got));
    }
}

Compression compression_of(std::span<const char> bytes) {
    const auto starts_with = [&](std::size_t offset, std::string_view magic) {
        return bytes.size() >= offset + magic.size() &&
               std::memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
    };
    if (starts_with(0, "\x1f\x8b")) return Compression::gzip;
    // A bzip2 stream is "BZh", a block size, and then the magic number of a block or of the end.
    if (starts_with(0, "BZh") && bytes.size() >= 4 && bytes[3] >= '1' && bytes[3] <= '9' &&
        (bytes.size() < 10 || starts_with(4, "\x31\x41\x59\x26\x53\x59") || starts_with(4, "\x17\x72\x45\x38\x50\x90")))
        return Compression::bzip2;
    return Compression::none;
}

bool all_zero(std::span<const char> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

/// What may follow the last compressed member: nothing, or the zeros with which archives are padded.
void check_trailer(const std::string& name, std::span<const char> rest, const char* kind) {
    if (!all_zero(rest))
        throw ParseError(name, 0,
                         std::string("other bytes follow the end of the ") + kind + " data; the file is damaged");
}

constexpr std::size_t largest_step = std::size_t{1} << 26;  // zlib and libbz2 count in 32 bits

/// `consumed(offset)` is told how far the input has been used.
template <class Consumed>
void inflate_gzip(const std::string& name, std::span<const char> input, GrowingBytes& output, Consumed&& consumed) {
    struct Stream : z_stream {
        Stream() : z_stream{} {}
        ~Stream() { inflateEnd(this); }
    } stream;
    constexpr int gzip_window = 15 + 16;
    if (inflateInit2(&stream, gzip_window) != Z_OK) throw OutOfMemory(name + ": no memory to decompress");
    std::size_t position = 0;
    for (;;) {
        const std::size_t give = std::min(largest_step, input.size() - position);
        const std::span<char> room = output.room();
        const std::size_t take = std::min(largest_step, room.size());
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data() + position));
        stream.avail_in = static_cast<uInt>(give);
        stream.next_out = reinterpret_cast<Bytef*>(room.data());
        stream.avail_out = static_cast<uInt>(take);
        const int status = inflate(&stream, Z_NO_FLUSH);
        position += give - stream.avail_in;
        output.filled(take - stream.avail_out);
        consumed(position);
        if (status == Z_STREAM_END) {
            const std::span<const char> rest = input.subspan(position);
            if (compression_of(rest) != Compression::gzip) return check_trailer(name, rest, "gzip");
            inflateReset(&stream);
        } else if (status == Z_MEM_ERROR) {
            throw OutOfMemory(name + ": no memory to decompress");
        } else if (status == Z_BUF_ERROR || (status == Z_OK && position == input.size() && stream.avail_out > 0)) {
            throw ParseError(name, 0, "the gzip data end too early; the file is truncated");
        } else if (status != Z_OK) {
            throw ParseError(name, 0,
                             std::string("the gzip data are corrupt") +
                                 (stream.msg != nullptr ? std::string(" (") + stream.msg + ")" : std::string()));
        }
    }
}

template <class Consumed>
void inflate_bzip2(const std::string& name, std::span<const char> input, GrowingBytes& output, Consumed&& consumed) {
    struct Stream : bz_stream {
        Stream() : bz_stream{} {}
        ~Stream() { BZ2_bzDecompressEnd(this); }
    };
    std::size_t position = 0;
    for (bool more = true; more;) {
        Stream stream;
        if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) throw OutOfMemory(name + ": no memory to decompress");
        for (;;) {
            const std::size_t give = std::min(largest_step, input.size() - position);
            const std::span<char> room = output.room();
            const std::size_t take = std::min(largest_step, room.size());
            stream.next_in = const_cast<char*>(input.data() + position);
            stream.avail_in = static_cast<unsigned>(give);
            stream.next_out = room.data();
            stream.avail_out = static_cast<unsigned>(take);
            const int status = BZ2_bzDecompress(&stream);
            position += give - stream.avail_in;
            output.filled(take - stream.avail_out);
            consumed(position);
            if (status == BZ_STREAM_END) break;
            if (status == BZ_MEM_ERROR) throw OutOfMemory(name + ": no memory to decompress");
            if (status != BZ_OK) throw ParseError(name, 0, "the bzip2 data are corrupt");
            if (position == input.size() && stream.avail_out > 0)
                throw ParseError(name, 0, "the bzip2 data end too early; the file is truncated");
        }
        const std::span<const char> rest = input.subspan(position);
        more = compression_of(rest) == Compression::bzip2;
        if (!more) check_trailer(name, rest, "bzip2");
    }
}

}  // namespace

std::uint64_t default_memory_limit() {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    return pages > 0 ? static_cast<std::uint64_t>(pages) / 2 * page_size() : std::uint64_t{1} << 33;
}

ByteSource::ByteSource(const std::string& path, std::optional<std::uint64_t> max_bytes)
    : name_(path == "-" ? "<stdin>" : path) {
    const std::uint64_t limit = max_bytes.value_or(default_memory_limit());
    const bool standard_input = path == "-";
    Descriptor file(standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC), !standard_input);
    if (file.get() < 0) {
        const int error = errno;
        if (path.empty()) throw IoError("an input file has an empty name; name a file, or - for standard input");
        if (error == ENOENT) throw IoError(name_ + ": no such file; check the name and the directory");
        if (error == EACCES) throw IoError(name_ + ": no permission to read it; check its mode and its directory's");
        throw IoError(name_ + ": cannot be opened: " + reason(error));
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) throw IoError(name_ + ": cannot be examined: " + reason(errno));
    if (S_ISDIR(status.st_mode)) throw IoError(name_ + ": is a directory; name a file");

    const bool regular = S_ISREG(status.st_mode);
    const auto file_size = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
    // Standard input may be a file that was read in part already, so that what is left is not the whole file.
    if (regular && !standard_input && file_size >= smallest_mapped_file) {
        void* const memory = ::mmap(nullptr, file_size, PROT_READ, MAP_PRIVATE, file.get(), 0);
        if (memory != MAP_FAILED) {
            ::madvise(memory, file_size, MADV_SEQUENTIAL);
            mapping_ = memory;
            mapping_length_ = whole_pages(file_size);
            data_ = static_cast<const char*>(memory);
            size_ = file_size;
            mapped_as_ = {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
            mapped_file_ = file.release();
        }
    }
    try {
        if (mapping_ == nullptr) {
            GrowingBytes contents(name_, limit);
            // Room for one byte more, so that the end is found without growing.
            if (regular && file_size < limit) contents.reserve(file_size + 1);
            read_all(file.get(), name_, contents);
            size_ = contents.size();
            if (size_ <= largest_heap_contents) {
                small_.assign(contents.data(), contents.data() + size_);
                data_ = small_.data();
            } else {
                std::tie(mapping_, mapping_length_) = contents.release();
                data_ = static_cast<const char*>(mapping_);
            }
        }
        compression_ = compression_of(bytes());
        if (compression_ != Compression::none) decompress(limit);
    } catch (...) {
        unmap();
        throw;
    }
}

ByteSource::~ByteSource() {
    unmap();
}

void ByteSource::unmap() noexcept {
    if (mapping_ != nullptr) ::munmap(std::exchange(mapping_, nullptr), mapping_length_);
    if (mapped_file_ >= 0) ::close(std::exchange(mapped_file_, -1));
}

void ByteSource::decompress(std::uint64_t limit) {
    GrowingBytes contents(name_, limit);
    std::size_t released = 0;
    const auto consumed = [&](std::size_t position) {
        if (position - released < largest_step) return;
        done_with(released, position);
        released = position;
    };
    if (compression_ == Compression::gzip)
        inflate_gzip(name_, bytes(), contents, consumed);
    else
        inflate_bzip2(name_, bytes(), contents, consumed);
    check_unchanged();
    unmap();
    size_ = contents.size();
    if (size_ <= largest_heap_contents) {
        small_.assign(contents.data(), contents.data() + size_);
        data_ = small_.data();
    } else {
        Buffer<char>().swap(small_);
        std::tie(mapping_, mapping_length_) = contents.release();
        data_ = static_cast<const char*>(mapping_);
    }
}

void ByteSource::done_with(std::size_t begin, std::size_t end) noexcept {
    if (mapping_ == nullptr) return;
    const std::size_t page = page_size();
    const std::size_t first = (begin + page - 1) / page * page;
    const std::size_t last = end >= size_ ? mapping_length_ : end / page * page;
    if (first < last) ::madvise(static_cast<char*>(mapping_) + first, last - first, MADV_DONTNEED);
}

void ByteSource::check_unchanged() const {
    if (mapped_file_ < 0) return;
    struct stat status {};
    if (::fstat(mapped_file_, &status) != 0) throw IoError(name_ + ": cannot be examined: " + reason(errno));
    if (Stamp{status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec} != mapped_as_)
        throw IoError(name_ + ": was changed while it was read; read it again");
}

}  // namespace ritz::detail
