// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The contents of a file, a pipe or standard input as contiguous bytes, decompressed. Every reader starts here:
///
///     ByteSource source(path, max_bytes);
///     parse(source.bytes());          // from any number of threads
///     source.done_with(0, offset);    // as parsing goes on: memory before `offset` is given back
///     source.check_unchanged();       // before the result is returned

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "ritz/core/buffer.hpp"

namespace ritz::detail {

/// Half of the machine's memory, in bytes: what a reader may use when nobody set a limit.
std::uint64_t default_memory_limit();

/// Which compression the bytes on disk had; found from their first bytes, never from the name.
enum class Compression { none, gzip, bzip2 };

class ByteSource {
public:
    /// Opens `path`; "-" is standard input.
    ///
    /// Large regular files are memory-mapped (MAP_PRIVATE, sequential advice). Everything else is read to its end:
    /// files below 16 MiB, pipes, FIFOs, devices. gzip (several members too) and bzip2 (several streams) are
    /// decompressed.
    ///
    /// `max_bytes` limits what has to be held in memory, that is everything but a mapped file. Without it the limit is
    /// half of the machine's memory, so that neither a small file that decompresses to terabytes nor /dev/zero ends
    /// the process.
    ///
    /// A mapped file that another process truncates raises SIGBUS in whoever touches the lost pages; a library must
    /// not install a signal handler, so this is a documented limit: files of 16 MiB and more must not be truncated
    /// while they are read. Other changes are found by check_unchanged().
    ///
    /// \throws IoError if there is no such file, it is a directory, or it cannot be opened or read;
    ///         ParseError if the compressed stream is corrupt or truncated; LimitExceeded; OutOfMemory.
    explicit ByteSource(const std::string& path, std::optional<std::uint64_t> max_bytes = {});
    ~ByteSource();
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    std::span<const char> bytes() const noexcept { return {data_, size_}; }
    const std::string& name() const noexcept { return name_; }  ///< for messages: the path, or "<stdin>"
    Compression compression() const noexcept { return compression_; }

    /// Bytes [begin, end) will not be looked at again: whole pages among them are given back to the system.
    /// May be called from several threads at once.
    void done_with(std::size_t begin, std::size_t end) noexcept;

    /// \throws IoError if a file that was mapped has another size or modification time than when it was opened.
    void check_unchanged() const;

private:
    struct Stamp {
        std::int64_t size = 0, seconds = 0, nanoseconds = 0;
        bool operator==(const Stamp&) const = default;
    };

    void decompress(std::uint64_t limit);
    void unmap() noexcept;

    std::string name_;
    Compression compression_ = Compression::none;
    const char* data_ = nullptr;
    std::size_t size_ = 0;
    Buffer<char> small_;              // contents below a mebibyte, on the heap
    void* mapping_ = nullptr;         // the mapped file, or an anonymous mapping that holds larger contents
    std::size_t mapping_length_ = 0;  // in bytes, whole pages
    int mapped_file_ = -1;            // its descriptor, while bytes() shows the file itself
    Stamp mapped_as_;                 // what it was when it was opened
};

}  // namespace ritz::detail
