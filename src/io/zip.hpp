// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Zip archives, as far as .npz files need them: members that are stored or deflated, also larger than 4 GB (zip64).
/// \ref PKWARE, APPNOTE.TXT: .ZIP File Format Specification, version 6.3.10 (2022), sections 4.3 and 4.5.3.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/atomic_file.hpp"
#include "io/reading.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz::detail {

bool looks_like_zip(std::span<const char> bytes) noexcept;

/// Every function throws ParseError if the archive is broken, Unsupported if it is encrypted, split over several files
/// or compressed in another way.
class ZipReader {
public:
    /// `bytes` must outlive the reader.
    ZipReader(std::string name, std::span<const char> bytes);

    /// The contents of a member, its CRC checked: a part of the archive if it is stored, `memory` if it is deflated.
    /// \throws LimitExceeded if it is deflated and larger than the options allow.
    std::span<const char> member(const std::string& member_name, Buffer<char>& memory, const ReadProgress& progress,
                                 const ReadOptions& options) const;

private:
    struct Entry {
        std::string name;
        std::uint16_t flags, method;
        std::uint32_t crc;
        std::uint64_t compressed_size, size, offset;
    };

    [[noreturn]] void fail(const std::string& what) const;
    template <class T>
    T number(std::uint64_t at) const;

    std::string name_;
    std::span<const char> bytes_;
    std::vector<Entry> entries_;
};

/// Writes an archive of stored members. Nothing in it depends on the time, so that equal contents are equal files.
class ZipWriter {
public:
    /// Sizes and offsets of `zip64_from` and more are written in 64 bits; another number is for tests.
    ZipWriter(AtomicFile& file, const std::string& path, const WriteOptions& options,
              std::uint64_t zip64_from = 0xffffffff)
        : file_(file), path_(path), options_(options), zip64_from_(zip64_from) {}

    /// A member that consists of `head` and `body`.
    void add(const std::string& member_name, std::string_view head, std::span<const char> body);

    /// Writes the directory. The file is not committed.
    void finish();

private:
    void send(std::span<const char> bytes);

    AtomicFile& file_;
    const std::string& path_;
    const WriteOptions& options_;
    std::uint64_t zip64_from_;
    std::uint64_t written_ = 0, members_ = 0;
    std::string directory_;
};

}  // namespace ritz::detail
