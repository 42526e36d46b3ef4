// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The one way in which ritz writes files: all or nothing.
///
///     AtomicFile file(path);
///     file.write(bytes);       // as often as needed; large spans go to the system without a copy
///     file.commit();           // only now does `path` change

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ritz/core/buffer.hpp"

namespace ritz::detail {

/// Contents on their way to `path`. They are written to temporary_name(path) (ritz/io/files.hpp), which commit()
/// flushes to the disk and renames; without commit(), the destructor removes it and `path` stays what it was.
///
/// - An existing file keeps its permissions; a new one gets what the umask leaves. A symbolic link stays and its
///   target is replaced. A file with several hard links loses the one of this name.
/// - "-" and /dev/stdout are standard output; devices and FIFOs are written in place, with every error checked.
/// - A name that ends in ".gz" is compressed (gzip, level 6): blocks of a mebibyte, in parallel, one member each.
///
/// Every function throws IoError with the file's name and the reason (no space, no permission, …); what was at
/// `path` is then untouched. One thread at a time.
class AtomicFile {
public:
    explicit AtomicFile(const std::string& path);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(std::span<const char> bytes);
    void write(std::string_view text) { write(std::span<const char>(text.data(), text.size())); }
    void write(const std::string& text) { write(std::string_view(text)); }

    /// Ends the file. Nothing may be written afterwards.
    void commit();

private:
    void open_temporary();
    void write_plain(std::span<const char> bytes);
    void write_compressed();
    void send(std::span<const char> bytes);  // to the system
    void discard() noexcept;
    [[noreturn]] void fail(const char* what, int error) const;

    std::string name_;       // for messages
    std::string target_;     // what will be replaced; empty when written in place
    std::string temporary_;  // empty when written in place or already renamed
    int descriptor_ = -1;
    bool owned_ = true;  // the descriptor is closed by this object
    bool compressed_ = false;
    std::size_t batch_ = 0;    // bytes that are compressed at a time
    bool any_member_ = false;  // a gzip member was written
    Buffer<char> pending_;     // small writes, or what is to be compressed
};

}  // namespace ritz::detail
