// SPDX-License-Identifier: BSD-3-Clause
#include "io/zip.hpp"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "io/byte_order.hpp"
#include "io/writing.hpp"
#include "ritz/core/error.hpp"

namespace ritz::detail {

namespace {

constexpr std::uint32_t local_header = 0x04034b50, directory_header = 0x02014b50, directory_end = 0x06054b50,
                        directory_end64 = 0x06064b50, directory_locator64 = 0x07064b50;
constexpr std::uint16_t zip64_field = 1, stored = 0, deflated = 8;
constexpr std::uint32_t in_zip64 = 0xffffffff;  // "see the 64-bit field"
constexpr std::size_t piece = std::size_t{1} << 24;

}  // namespace

bool looks_like_zip(std::span<const char> bytes) noexcept {
    if (bytes.size() < 4) return false;
    const auto magic = load_little<std::uint32_t>(bytes.data());
    return magic == local_header || magic == directory_end;  // the latter: an archive without members
}

void ZipReader::fail(const std::string& what) const {
    throw ParseError(name_, 0, "the zip archive is broken: " + what);
}

template <class T>
T ZipReader::number(std::uint64_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T)) fail("it is truncated");
    return load_little<T>(bytes_.data() + at);
}

ZipReader::ZipReader(std::string name, std::span<const char> bytes) : name_(std::move(name)), bytes_(bytes) {
    // The archive is found from its end: a record of 22 bytes and a comment.
    constexpr std::uint64_t record = 22, longest_comment = 65535;
    if (bytes.size() < record) fail("it is truncated");
    std::uint64_t end = bytes.size() - record;
    const std::uint64_t lowest = end > longest_comment ? end - longest_comment : 0;
    while (number<std::uint32_t>(end) != directory_end ||
           end + record + number<std::uint16_t>(end + 20) > bytes.size()) {
        if (end == lowest) fail("it has no directory at its end; the file is truncated");
        --end;
    }
    std::uint64_t count = number<std::uint16_t>(end + 10), at = number<std::uint32_t>(end + 16);
    const bool has_zip64 = end >= 20 && number<std::uint32_t>(end - 20) == directory_locator64;
    if (has_zip64) {
        const auto end64 = number<std::uint64_t>(end - 12);
        if (number<std::uint32_t>(end64) != directory_end64) fail("its 64-bit directory is not where it should be");
        count = number<std::uint64_t>(end64 + 32);
        at = number<std::uint64_t>(end64 + 48);
    } else if (number<std::uint16_t>(end + 4) != 0) {
        throw Unsupported(name_ + ": a zip archive that is split over several files");
    }
    for (std::uint64_t k = 0; k < count; ++k) {
        constexpr std::uint64_t fixed = 46;
        if (number<std::uint32_t>(at) != directory_header) fail("its directory ends too early");
        Entry entry{{},
                    number<std::uint16_t>(at + 8),
                    number<std::uint16_t>(at + 10),
                    number<std::uint32_t>(at + 16),
                    number<std::uint32_t>(at + 20),
                    number<std::uint32_t>(at + 24),
                    number<std::uint32_t>(at + 42)};
        const std::uint64_t name_length = number<std::uint16_t>(at + 28), extra_length = number<std::uint16_t>(at + 30),
                            comment_length = number<std::uint16_t>(at + 32);
        if (bytes_.size() - at < fixed + name_length + extra_length + comment_length) fail("it is truncated");
        entry.name.assign(bytes_.data() + at + fixed, name_length);

        // The 64-bit field holds, in this order, those of the three numbers that did not fit.
        std::uint64_t extra = at + fixed + name_length;
        const std::uint64_t extra_end = extra + extra_length;
        while (extra_end - extra >= 4) {
            const auto id = number<std::uint16_t>(extra);
            const std::uint64_t field_end = extra + 4 + number<std::uint16_t>(extra + 2);
            if (field_end > extra_end) fail("a field of its directory is too long");
            extra += 4;
            if (id == zip64_field)
                for (std::uint64_t* value : {&entry.size, &entry.compressed_size, &entry.offset})
                    if (*value == in_zip64) {
                        if (field_end - extra < 8) fail("a 64-bit size is missing");
                        *value = number<std::uint64_t>(extra);
                        extra += 8;
                    }
            extra = field_end;
        }
        entries_.push_back(std::move(entry));
        at = extra_end + comment_length;
    }
}

std::span<const char> ZipReader::member(const std::string& member_name, Buffer<char>& memory,
                                        const ReadProgress& progress, const ReadOptions& options) const {
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.name == member_name; });
    if (found == entries_.end())
        throw ParseError(name_, 0, "the zip archive has no member " + member_name + "; expected what save_npz writes");
    const Entry& entry = *found;
    constexpr std::uint16_t encrypted = 1;
    if ((entry.flags & encrypted) != 0) throw Unsupported(name_ + ": an encrypted zip archive");
    if (number<std::uint32_t>(entry.offset) != local_header) fail(member_name + " is not where it should be");
    const std::uint64_t begin =
        entry.offset + 30 + number<std::uint16_t>(entry.offset + 26) + number<std::uint16_t>(entry.offset + 28);
    if (begin > bytes_.size() || entry.compressed_size > bytes_.size() - begin) fail(member_name + " is truncated");
    const std::span<const char> packed = bytes_.subspan(begin, entry.compressed_size);

    std::uint32_t crc = 0;
    const auto add_to_crc = [&](std::span<const char> part) {
        crc = static_cast<std::uint32_t>(
            crc32(crc, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size())));
    };
    std::span<const char> contents;
    if (entry.method == stored) {
        if (entry.size != entry.compressed_size) fail("the sizes of " + member_name + " differ");
        contents = packed;
        for (std::size_t done = 0; done < contents.size(); done += piece) {
            progress.at(begin + done);
            add_to_crc(contents.subspan(done, std::min(piece, contents.size() - done)));
        }
    } else if (entry.method == deflated) {
        // Deflate cannot make anything smaller than by a factor of 1032, so a larger promise is a lie.
        if (entry.size > saturating_fma(packed.size(), 1032, 1032))
            fail("the size of " + member_name + " is impossible");
        check_memory(name_, entry.size, options);
        memory = Buffer<char>(entry.size);
        struct Stream : z_stream {
            Stream() : z_stream{} {}
            ~Stream() { inflateEnd(this); }
        } stream;
        if (inflateInit2(&stream, -15) != Z_OK) throw OutOfMemory(name_ + ": no memory to decompress");
        std::size_t used = 0, filled = 0;
        char beyond = 0;  // where a byte too many would go
        for (int status = Z_OK; status != Z_STREAM_END;) {
            progress.at(begin + used);
            const std::size_t give = std::min(piece, packed.size() - used);
            const std::size_t take = std::min(piece, memory.size() - filled);
            char* const to = take > 0 ? memory.data() + filled : &beyond;
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + used));
            stream.avail_in = static_cast<uInt>(give);
            stream.next_out = reinterpret_cast<Bytef*>(to);
            stream.avail_out = take > 0 ? static_cast<uInt>(take) : 1;
            const uInt room = stream.avail_out;
            status = inflate(&stream, Z_NO_FLUSH);
            used += give - stream.avail_in;
            const std::size_t made = room - stream.avail_out;
            if (take == 0 && made > 0) fail(member_name + " is longer than its size says");
            if (made > 0) add_to_crc({to, made});
            filled += made;
            if (status == Z_BUF_ERROR || (status == Z_OK && used == packed.size() && stream.avail_out > 0))
                fail(member_name + " is truncated");
            if (status != Z_OK && status != Z_STREAM_END)
                fail("the compressed data of " + member_name + " are corrupt");
        }
        if (filled != memory.size()) fail(member_name + " is shorter than its size says");
        contents = memory;
    } else {
        throw Unsupported(name_ + ": a zip archive compressed by method " + std::to_string(entry.method) +
                          "; expected stored or deflated members");
    }
    if (crc != entry.crc) fail("the checksum of " + member_name + " is wrong");
    return contents;
}

void ZipWriter::send(std::span<const char> bytes) {
    write_bytes(file_, path_, bytes, options_);
    written_ += bytes.size();
}

void ZipWriter::add(const std::string& member_name, std::string_view head, std::span<const char> body) {
    auto crc = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(head.data()), static_cast<uInt>(head.size())));
    for (std::size_t done = 0; done < body.size(); done += piece) {
        check_cancelled(path_, options_);
        crc = static_cast<std::uint32_t>(crc32(crc, reinterpret_cast<const Bytef*>(body.data() + done),
                                               static_cast<uInt>(std::min(piece, body.size() - done))));
    }
    const std::uint64_t size = head.size() + body.size(), offset = written_;
    const bool large = size >= zip64_from_, far = offset >= zip64_from_;
    constexpr std::uint16_t plain_version = 20, zip64_version = 45, unix_system = 3 << 8, midnight = 0,
                            first_of_january_1980 = 0x21;
    constexpr std::uint32_t regular_file_0644 = 0100644U << 16;

    const auto append_common = [&](std::string& to, bool zip64, std::size_t extra_size) {
        append_little<std::uint16_t>(to, zip64 ? zip64_version : plain_version);
        append_little<std::uint16_t>(to, 0);  // flags
        append_little<std::uint16_t>(to, stored);
        append_little<std::uint16_t>(to, midnight);
        append_little<std::uint16_t>(to, first_of_january_1980);
        append_little<std::uint32_t>(to, crc);
        append_little<std::uint32_t>(to, large ? in_zip64 : static_cast<std::uint32_t>(size));
        append_little<std::uint32_t>(to, large ? in_zip64 : static_cast<std::uint32_t>(size));
        append_little<std::uint16_t>(to, static_cast<std::uint16_t>(member_name.size()));
        append_little<std::uint16_t>(to, static_cast<std::uint16_t>(extra_size));
    };
    const auto append_zip64 = [&](std::string& to, bool with_offset) {
        const std::uint16_t length = static_cast<std::uint16_t>((large ? 16 : 0) + (with_offset ? 8 : 0));
        append_little<std::uint16_t>(to, zip64_field);
        append_little<std::uint16_t>(to, length);
        if (large) append_little<std::uint64_t>(to, size);
        if (large) append_little<std::uint64_t>(to, size);
        if (with_offset) append_little<std::uint64_t>(to, offset);
    };

    std::string local;
    append_little<std::uint32_t>(local, local_header);
    append_common(local, large, large ? 20 : 0);
    local += member_name;
    if (large) append_zip64(local, false);
    send(local);
    send(std::span<const char>(head.data(), head.size()));
    send(body);

    append_little<std::uint32_t>(directory_, directory_header);
    append_little<std::uint16_t>(directory_, unix_system | zip64_version);
    append_common(directory_, large || far, large || far ? std::size_t{4} + (large ? 16 : 0) + (far ? 8 : 0) : 0);
    append_little<std::uint16_t>(directory_, 0);  // length of the comment
    append_little<std::uint16_t>(directory_, 0);  // disk
    append_little<std::uint16_t>(directory_, 0);  // internal attributes
    append_little<std::uint32_t>(directory_, regular_file_0644);
    append_little<std::uint32_t>(directory_, far ? in_zip64 : static_cast<std::uint32_t>(offset));
    directory_ += member_name;
    if (large || far) append_zip64(directory_, far);
    ++members_;
}

void ZipWriter::finish() {
    const std::uint64_t offset = written_, size = directory_.size();
    std::string end;
    if (offset >= zip64_from_) {
        append_little<std::uint32_t>(end, directory_end64);
        append_little<std::uint64_t>(end, 44);  // bytes that follow in this record
        append_little<std::uint16_t>(end, (3 << 8) | 45);
        append_little<std::uint16_t>(end, 45);
        append_little<std::uint32_t>(end, 0);  // this disk, the disk of the directory
        append_little<std::uint32_t>(end, 0);
        append_little<std::uint64_t>(end, members_);
        append_little<std::uint64_t>(end, members_);
        append_little<std::uint64_t>(end, size);
        append_little<std::uint64_t>(end, offset);
        append_little<std::uint32_t>(end, directory_locator64);
        append_little<std::uint32_t>(end, 0);
        append_little<std::uint64_t>(end, offset + size);
        append_little<std::uint32_t>(end, 1);  // disks
    }
    append_little<std::uint32_t>(end, directory_end);
    append_little<std::uint32_t>(end, 0);  // both disks
    append_little<std::uint16_t>(end, static_cast<std::uint16_t>(members_));
    append_little<std::uint16_t>(end, static_cast<std::uint16_t>(members_));
    append_little<std::uint32_t>(end, static_cast<std::uint32_t>(size));
    append_little<std::uint32_t>(end, offset >= zip64_from_ ? in_zip64 : static_cast<std::uint32_t>(offset));
    append_little<std::uint16_t>(end, 0);  // length of the comment
    send(directory_);
    send(end);
}

}  // namespace ritz::detail
