// SPDX-License-Identifier: BSD-3-Clause
#include "io/matrix_market_reader.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "formats/assemble.hpp"
#include "io/byte_source.hpp"
#include "io/matrix_market_body.hpp"
#include "io/matrix_market_text.hpp"
#include "io/reading.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

namespace detail {

namespace {

constexpr std::size_t serial_below = std::size_t{1} << 19;       // text too short to be worth a second thread
constexpr std::size_t largest_chunk = std::size_t{16} << 20;     // so that progress and cancellation come often enough
constexpr std::uint64_t free_memory = std::uint64_t{256} << 20;  // what a small text may promise to need

void check_cancel(const ReadOptions& options, const std::string& name) {
    if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed))
        throw ReadCancelled(name + ": reading was cancelled");
}

/// The entries of a file, parsed.
template <Scalar T>
class Body {
public:
    Body(std::span<const char> text, const std::string& name, const ReadOptions& options, const ReaderTuning& tuning)
        : text_(text), name_(name), options_(options), header_(parse_header(text, name)) {
        FileInfo& info = header_.info;
        if (info.field == Field::complex && !is_complex<T>) {
            throw ParseError(name, 1, "the file is complex, expected a real one where the result has real elements");
        }
        // No more than this is ever allocated, whatever the size line says.
        const Offset entries = std::min(info.stored_entries, header_.most_entries);
        check_memory(name, saturating_fma(static_cast<std::uint64_t>(entries), 2 * sizeof(Index) + sizeof(T)), options);
        rules_ = {info.field,
                  header_.indices(),
                  header_.numbers(),
                  info.symmetry,
                  info.layout,
                  static_cast<std::uint64_t>(info.rows),
                  static_cast<std::uint64_t>(info.cols),
                  header_.unsigned_64,
                  options.allow_nonfinite};
        parse(tuning);
        check_count();
        take_notes();
    }

    MatrixMarketHeader& header() { return header_; }
    FileInfo& info() { return header_.info; }
    std::vector<Chunk<T>>& chunks() { return chunks_; }

    Triangles triangles() const {
        Triangles all;
        for (const Chunk<T>& chunk : chunks_) {
            all.lower |= chunk.triangles.lower;
            all.upper |= chunk.triangles.upper;
            all.diagonal += chunk.triangles.diagonal;
        }
        return all;
    }

    /// Calls visit(offset, entry) for each entry of the file in order, until it returns false. Slow: for messages.
    template <class Visit>
    void for_each_line(Visit&& visit) const {
        for_each_line(header_.body, text_.size(), visit);
    }

    [[noreturn]] void fail(std::size_t offset, std::string what, std::string expected = {}) const {
        raise({offset, std::move(what), std::move(expected)}, text_, name_);
    }

    std::int64_t line(std::size_t offset) const { return line_at(text_, offset); }

    void note_complex_diagonal(std::size_t offset) {
        header_.info.notes.push_back("line " + std::to_string(line(offset)) +
                                     ": the diagonal of a hermitian matrix should be real; it is kept as it stands");
    }

private:
    template <class Visit>
    void for_each_line(std::size_t begin, std::size_t end, Visit&& visit) const {
        const LineParser<T> exact(rules_, text_);
        const char* p = text_.data() + begin;
        Chunk<T> scratch;
        while (p < text_.data() + end) {
            const auto offset = static_cast<std::size_t>(p - text_.data());
            Entry<T> entry;
            if (exact.parse(p, entry, scratch) && !visit(offset, entry)) return;
            if (scratch.problem) return;
        }
    }

    void parse(const ReaderTuning& tuning) {
        const std::size_t bytes = text_.size() - header_.body;
        int threads = tuning.threads;
        if (threads == 0)
            threads = threads_for(static_cast<std::int64_t>(bytes), static_cast<std::int64_t>(serial_below));
        std::size_t chunk_bytes = tuning.chunk_bytes;
        if (chunk_bytes == 0) {
            chunk_bytes =
                std::min(largest_chunk, threads == 1 ? bytes + 1 : bytes / static_cast<std::size_t>(4 * threads) + 1);
        }
        chunks_ = cut<T>(text_, header_.body, std::max<std::size_t>(1, chunk_bytes));

        std::atomic<std::int64_t> first_bad{std::numeric_limits<std::int64_t>::max()};
        std::mutex reporting;
        std::int64_t done = static_cast<std::int64_t>(header_.body);
        parallel_tasks(static_cast<std::int64_t>(chunks_.size()), threads, [&](std::int64_t c) {
            if (c > first_bad.load(std::memory_order_relaxed)) return;  // an earlier piece has failed already
            check_cancel(options_, name_);
            Chunk<T>& chunk = chunks_[static_cast<std::size_t>(c)];
            parse_chunk(text_, rules_, chunk);
            if (chunk.problem) {
                std::int64_t seen = first_bad.load();
                while (c < seen && !first_bad.compare_exchange_weak(seen, c)) {
                }
            }
            if (options_.progress) {
                const std::lock_guard lock(reporting);
                done += static_cast<std::int64_t>(chunk.end - chunk.begin);
                options_.progress(done, static_cast<std::int64_t>(text_.size()));
            }
        });
        check_cancel(options_, name_);
    }

    /// Throws for the first problem in the file, whichever piece it was found in.
    void check_count() const {
        const Offset promised = header_.info.stored_entries;
        const std::string as_promised = "the end of the file after " + std::to_string(promised) +
                                        " entries, as the size line (line " + std::to_string(header_.lines) + ") says";
        Offset count = 0;
        for (const Chunk<T>& chunk : chunks_) {
            if (count + chunk.count > promised) {
                Offset left = promised - count;
                for_each_line(chunk.begin, chunk.end, [&](std::size_t offset, const Entry<T>&) {
                    if (left-- > 0) return true;
                    while (is_blank(text_[offset])) ++offset;
                    fail(offset, "too many entries", as_promised);
                });
            }
            count += chunk.count;
            if (chunk.problem) {
                if (count < promised) raise(*chunk.problem, text_, name_);
                fail(chunk.problem->offset, "the file goes on", as_promised);
            }
        }
        if (count < promised) {
            std::size_t last = text_.size();  // the end of the last line that holds anything
            while (last > header_.body && (is_line_end(text_[last - 1]) || is_blank(text_[last - 1]))) --last;
            throw ParseError(name_, line_at(text_, last),
                             "the file ends after " + std::to_string(count) + " entries, expected " +
                                 std::to_string(promised) + " as the size line (line " + std::to_string(header_.lines) +
                                 ") says");
        }
    }

    void take_notes() {
        FileInfo& info = header_.info;
        Offset before = 0, underflows = 0;
        std::optional<std::size_t> first_underflow, complex_diagonal;
        for (const Chunk<T>& chunk : chunks_) {
            if (chunk.nonfinite && !info.first_nonfinite) {
                const auto k = static_cast<std::size_t>(chunk.nonfinite_entry);
                EntryPosition position{0, 0, line_at(text_, *chunk.nonfinite)};
                if (rules_.indices == 0) {
                    std::tie(position.row, position.col) = array_position(before + chunk.nonfinite_entry);
                } else {
                    position.row = chunk.rows[k];
                    if (rules_.indices == 2) position.col = chunk.cols[k];
                }
                info.first_nonfinite = position;
            }
            if (chunk.underflow && !first_underflow) first_underflow = chunk.underflow;
            underflows += chunk.underflows;
            if (chunk.complex_diagonal && !complex_diagonal) complex_diagonal = chunk.complex_diagonal;
            before += chunk.count;
        }
        if (complex_diagonal) note_complex_diagonal(*complex_diagonal);
        if (first_underflow) {
            info.notes.push_back("line " + std::to_string(line_at(text_, *first_underflow)) +
                                 ": the value is too small and read as 0" +
                                 (underflows > 1 ? " (" + std::to_string(underflows) + " such values)" : ""));
        }
    }

    /// Where the k-th value of an array file belongs.
    std::pair<Index, Index> array_position(Offset k) const {
        const Offset rows = header_.info.rows;
        if (rules_.symmetry == Symmetry::general) return {static_cast<Index>(k % rows), static_cast<Index>(k / rows)};
        const Offset skip = rules_.symmetry == Symmetry::skew_symmetric ? 1 : 0;
        Index col = 0;
        for (Offset length = rows - skip; k >= length; --length, ++col) k -= length;
        return {static_cast<Index>(col + skip + k), col};
    }

    std::span<const char> text_;
    const std::string& name_;
    const ReadOptions& options_;
    MatrixMarketHeader header_;
    Rules rules_{};
    std::vector<Chunk<T>> chunks_;
};

template <Scalar T>
std::vector<Triplets<T>> triplets_of(const std::vector<Chunk<T>>& chunks) {
    std::vector<Triplets<T>> triplets;
    for (const Chunk<T>& chunk : chunks) triplets.push_back({chunk.rows, chunk.cols, chunk.values});
    return triplets;
}

template <Scalar T>
void release_chunk(void* context, std::size_t chunk) {
    Chunk<T>& used = (*static_cast<std::vector<Chunk<T>>*>(context))[chunk];
    Buffer<Index>().swap(used.rows);
    Buffer<Index>().swap(used.cols);
    Buffer<T>().swap(used.values);
}

/// A file with entries in both triangles: none of them may be the mirror image of another.
template <Scalar T>
void refuse_mirror_images(Body<T>& body) {
    const FileInfo& info = body.info();
    const std::vector<Triplets<T>> triplets = triplets_of(body.chunks());
    const Csr<T> stored = assemble<Order::row, T>(info.rows, info.cols, triplets);
    for (Index i = 0; i < stored.rows(); ++i) {
        const auto begin = static_cast<std::size_t>(stored.indptr()[static_cast<std::size_t>(i)]);
        const auto end = static_cast<std::size_t>(stored.indptr()[static_cast<std::size_t>(i) + 1]);
        for (std::size_t k = begin; k < end; ++k) {
            const Index j = stored.indices()[k];
            if (j <= i) continue;
            const auto row_j =
                stored.indices().subspan(static_cast<std::size_t>(stored.indptr()[static_cast<std::size_t>(j)]),
                                         static_cast<std::size_t>(stored.indptr()[static_cast<std::size_t>(j) + 1] -
                                                                  stored.indptr()[static_cast<std::size_t>(j)]));
            if (!std::binary_search(row_j.begin(), row_j.end(), i)) continue;

            std::optional<std::size_t> upper, lower;
            body.for_each_line([&](std::size_t offset, const Entry<T>& entry) {
                if (entry.row == i && entry.col == j && !upper) upper = offset;
                if (entry.row == j && entry.col == i && !lower) lower = offset;
                return !upper || !lower;
            });
            if (!upper || !lower) continue;
            const std::string here = "(" + std::to_string(i + 1) + ", " + std::to_string(j + 1) + ")";
            const std::string there = "(" + std::to_string(j + 1) + ", " + std::to_string(i + 1) + ")";
            const bool upper_last = *upper > *lower;
            body.fail(std::max(*upper, *lower),
                      "entry " + (upper_last ? here : there) + " of a " + to_string(info.symmetry) +
                          " file is the mirror image of " + (upper_last ? there : here) + " in line " +
                          std::to_string(body.line(std::min(*upper, *lower))) + "; it may store one of them only");
        }
    }
}

/// Entries (i, i) that are stored.
template <Scalar T>
Offset stored_diagonal(const CsrView<T>& A) {
    Offset count = 0;
    for (Index i = 0; i < std::min(A.rows(), A.cols()); ++i) {
        const auto row = A.indices().subspan(static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]),
                                             static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1] -
                                                                      A.indptr()[static_cast<std::size_t>(i)]));
        count += std::binary_search(row.begin(), row.end(), i);
    }
    return count;
}

/// The mirror image of a value below the diagonal.
template <Scalar T>
T mirrored(T value, Symmetry symmetry) {
    return symmetry == Symmetry::skew_symmetric ? -value : symmetry == Symmetry::hermitian ? conjugate(value) : value;
}

/// The whole matrix from one triangle of it. The mirror image of a row's entries follows them when the triangle is the
/// lower one, and comes before them when it is the upper one, so that rows stay sorted.
template <Scalar T>
Csr<T> expand_triangle(const CsrView<T>& half, Symmetry symmetry, bool lower) {
    const auto n = static_cast<std::size_t>(half.rows());
    const auto for_each_entry = [&](auto&& visit) {
        for (std::size_t i = 0; i < n; ++i)
            for (Offset k = half.indptr()[i]; k < half.indptr()[i + 1]; ++k)
                visit(i, static_cast<std::size_t>(half.indices()[static_cast<std::size_t>(k)]),
                      half.values()[static_cast<std::size_t>(k)]);
    };
    Buffer<Offset> indptr(n + 2, 0);  // indptr[i + 1] is where the next entry of row i goes, until all are placed
    for_each_entry([&](std::size_t i, std::size_t j, T) {
        ++indptr[i + 2];
        if (i != j) ++indptr[j + 2];
    });
    for (std::size_t i = 2; i < n + 2; ++i) indptr[i] += indptr[i - 1];
    Buffer<Index> indices(static_cast<std::size_t>(indptr[n + 1]));
    Buffer<T> values(indices.size());
    const auto place = [&](std::size_t i, std::size_t j, T value) {
        const auto k = static_cast<std::size_t>(indptr[i + 1]++);
        indices[k] = static_cast<Index>(j);
        values[k] = value;
    };
    if (lower) for_each_entry(place);
    for_each_entry([&](std::size_t i, std::size_t j, T value) {
        if (i != j) place(j, i, mirrored(value, symmetry));
    });
    if (!lower) for_each_entry(place);
    indptr.pop_back();
    return {Trusted{}, half.rows(), half.cols(), std::move(indptr), std::move(indices), std::move(values)};
}

/// The values of an array file, column by column, with the other triangle filled in.
template <Scalar T>
Eigen::MatrixX<T> dense_from_array(Body<T>& body, const ReaderTuning& tuning) {
    const FileInfo& info = body.info();
    std::vector<Chunk<T>>& chunks = body.chunks();
    std::vector<Offset> start(chunks.size() + 1, 0);
    for (std::size_t c = 0; c < chunks.size(); ++c) start[c + 1] = start[c] + chunks[c].count;

    Eigen::MatrixX<T> A(info.rows, info.cols);
    if (info.symmetry == Symmetry::general) {
        const int threads = threads_for(start.back(), 1 << 16);
        parallel_tasks(static_cast<std::int64_t>(chunks.size()), threads, [&](std::int64_t c) {
            const auto k = static_cast<std::size_t>(c);
            std::copy(chunks[k].values.begin(), chunks[k].values.end(), A.data() + start[k]);
            release_chunk<T>(&chunks, k);
        });
        if (tuning.text_is_done) tuning.text_is_done();
        return A;
    }
    const Index skip = info.symmetry == Symmetry::skew_symmetric ? 1 : 0;
    Index i = skip, j = 0;
    bool diagonal_is_real = true;
    if (skip != 0) A.diagonal().setZero();
    for (const Chunk<T>& chunk : chunks) {
        for (std::size_t k = 0; k < chunk.values.size(); ++k) {
            const T value = chunk.values[k];
            if (i == j && diagonal_is_real && info.symmetry == Symmetry::hermitian && std::imag(value) != 0) {
                Offset left = start[static_cast<std::size_t>(&chunk - chunks.data())] + static_cast<Offset>(k);
                body.for_each_line([&](std::size_t offset, const Entry<T>&) {
                    if (left-- == 0) body.note_complex_diagonal(offset);
                    return left >= 0;
                });
                diagonal_is_real = false;
            }
            A(i, j) = value;
            if (i != j) A(j, i) = mirrored(value, info.symmetry);
            if (++i == info.rows) i = ++j + skip;
        }
    }
    if (tuning.text_is_done) tuning.text_is_done();
    return A;
}

/// CSR of a dense matrix; its zeros are not stored.
template <Scalar T>
Csr<T> sparse_from_dense(const Eigen::MatrixX<T>& A) {
    const auto rows = static_cast<Index>(A.rows()), cols = static_cast<Index>(A.cols());
    Buffer<Offset> indptr(static_cast<std::size_t>(rows) + 1, 0);
    for (Index j = 0; j < cols; ++j)
        for (Index i = 0; i < rows; ++i) indptr[static_cast<std::size_t>(i) + 1] += A(i, j) != T{0};
    for (std::size_t i = 1; i < indptr.size(); ++i) indptr[i] += indptr[i - 1];
    Buffer<Index> indices(static_cast<std::size_t>(indptr.back()));
    Buffer<T> values(indices.size());
    std::vector<Offset> next(indptr.begin(), indptr.end());
    for (Index j = 0; j < cols; ++j) {
        for (Index i = 0; i < rows; ++i) {
            if (A(i, j) == T{0}) continue;
            const auto k = static_cast<std::size_t>(next[static_cast<std::size_t>(i)]++);
            indices[k] = j;
            values[k] = A(i, j);
        }
    }
    return {Trusted{}, rows, cols, std::move(indptr), std::move(indices), std::move(values)};
}

}  // namespace

template <Scalar T>
Csr<T> read_sparse_text(std::span<const char> text, const std::string& name, const ReadOptions& options, FileInfo& info,
                        const ReaderTuning& tuning) {
    Body<T> body(text, name, options, tuning);
    const FileInfo& found = body.info();
    check_row_pointers(name, found.rows, text.size());

    if (found.layout == Layout::array) {
        Csr<T> A = sparse_from_dense(dense_from_array(body, tuning));
        info = std::move(body.info());
        return A;
    }

    std::vector<Chunk<T>>& chunks = body.chunks();
    if (body.header().vector) {
        for (Chunk<T>& chunk : chunks) chunk.cols = Buffer<Index>(chunk.rows.size(), 0);
    }
    const Triangles triangles = body.triangles();
    if (triangles.lower && triangles.upper) refuse_mirror_images(body);
    if (tuning.text_is_done) tuning.text_is_done();

    const bool half = found.symmetry != Symmetry::general;
    const Offset entries = half ? 2 * found.stored_entries - triangles.diagonal : found.stored_entries;
    // While it is assembled, an entry is in the list, in a record and in the matrix.
    check_memory(name, saturating_fma(static_cast<std::uint64_t>(entries), 3 * (sizeof(Index) + sizeof(T))), options);
    const std::vector<Triplets<T>> triplets = triplets_of(chunks);
    // Where lines are short, the records of both halves would take several times the memory of the text.
    constexpr Offset short_line = 28;
    if (half && !(triangles.lower && triangles.upper) &&
        static_cast<Offset>(text.size()) < short_line * found.stored_entries) {
        const Csr<T> stored =
            assemble<Order::row, T>(found.rows, found.cols, triplets, Mirror::none, release_chunk<T>, &chunks);
        Csr<T> A = expand_triangle<T>(stored, found.symmetry, triangles.lower);
        info = std::move(body.info());
        info.duplicates = info.stored_entries - stored.nnz();
        return A;
    }
    Csr<T> A =
        assemble<Order::row, T>(found.rows, found.cols, triplets, mirror_of(found.symmetry), release_chunk<T>, &chunks);
    Offset lost = entries - A.nnz();
    if (half && lost > 0) {  // off the diagonal, each duplicate was lost twice
        const Offset on_diagonal = triangles.diagonal - stored_diagonal<T>(A);
        lost = on_diagonal + (lost - on_diagonal) / 2;
    }
    info = std::move(body.info());
    info.duplicates = lost;
    return A;
}

template <Scalar T>
Eigen::MatrixX<T> read_dense_text(std::span<const char> text, const std::string& name, const ReadOptions& options,
                                  FileInfo& info, const ReaderTuning& tuning) {
    {
        const FileInfo promised = parse_header(text, name).info;
        const std::uint64_t needed = saturating_fma(static_cast<std::uint64_t>(promised.rows) * sizeof(T),
                                                    static_cast<std::uint64_t>(promised.cols));
        const std::uint64_t allowed = saturating_fma(16, text.size(), free_memory);
        if (needed > allowed)
            throw LimitExceeded(name + ": " + std::to_string(promised.rows) + " x " + std::to_string(promised.cols) +
                                " as a dense matrix needs " + std::to_string(needed) + " bytes, allowed are " +
                                std::to_string(allowed) + " for a file of this size");
        check_memory(name, needed, options);
        if (promised.layout == Layout::array) {
            Body<T> body(text, name, options, tuning);
            Eigen::MatrixX<T> A = dense_from_array(body, tuning);
            info = std::move(body.info());
            return A;
        }
    }
    const Csr<T> sparse = read_sparse_text<T>(text, name, options, info, tuning);
    Eigen::MatrixX<T> A = Eigen::MatrixX<T>::Zero(sparse.rows(), sparse.cols());
    for (Index i = 0; i < sparse.rows(); ++i) {
        for (Offset k = sparse.indptr()[static_cast<std::size_t>(i)];
             k < sparse.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
            A(i, sparse.indices()[static_cast<std::size_t>(k)]) = sparse.values()[static_cast<std::size_t>(k)];
    }
    return A;
}

namespace {

/// Opens `path` and reads it with `read(text, name, tuning)`.
template <class Read>
auto read_file(const std::string& path, const ReadOptions& options, Read&& read) {
    std::optional<std::uint64_t> limit;
    if (options.max_memory > 0) limit = static_cast<std::uint64_t>(options.max_memory);
    ByteSource source(path, limit);
    ReaderTuning tuning;
    tuning.text_is_done = [&] { source.done_with(0, source.bytes().size()); };
    auto result = read(source.bytes(), source.name(), tuning);
    source.check_unchanged();
    return result;
}

bool is_complex_file(std::span<const char> text, const std::string& name) {
    return parse_header(text, name).info.field == Field::complex;
}

ReadResult read_any(std::span<const char> text, const std::string& name, const ReadOptions& options,
                    const ReaderTuning& tuning) {
    ReadResult result;
    if (is_complex_file(text, name))
        result.matrix = read_sparse_text<std::complex<double>>(text, name, options, result.info, tuning);
    else
        result.matrix = read_sparse_text<double>(text, name, options, result.info, tuning);
    return result;
}

DenseReadResult read_any_dense(std::span<const char> text, const std::string& name, const ReadOptions& options,
                               const ReaderTuning& tuning) {
    DenseReadResult result;
    if (is_complex_file(text, name))
        result.matrix = read_dense_text<std::complex<double>>(text, name, options, result.info, tuning);
    else
        result.matrix = read_dense_text<double>(text, name, options, result.info, tuning);
    return result;
}

}  // namespace
}  // namespace detail

ReadResult read_matrix_market(const std::string& path, const ReadOptions& options) {
    ReadResult result = detail::read_file(path, options, [&](auto text, const std::string& name, const auto& tuning) {
        return detail::read_any(text, name, options, tuning);
    });
    result.info.path = path;
    return result;
}

template <Scalar T>
Csr<T> read_matrix_market(const std::string& path, const ReadOptions& options, FileInfo* info) {
    FileInfo found;
    Csr<T> A = detail::read_file(path, options, [&](auto text, const std::string& name, const auto& tuning) {
        return detail::read_sparse_text<T>(text, name, options, found, tuning);
    });
    found.path = path;
    if (info != nullptr) *info = std::move(found);
    return A;
}

DenseReadResult read_matrix_market_dense(const std::string& path, const ReadOptions& options) {
    DenseReadResult result =
        detail::read_file(path, options, [&](auto text, const std::string& name, const auto& tuning) {
            return detail::read_any_dense(text, name, options, tuning);
        });
    result.info.path = path;
    return result;
}

template <Scalar T>
Eigen::MatrixX<T> read_matrix_market_dense(const std::string& path, const ReadOptions& options, FileInfo* info) {
    FileInfo found;
    Eigen::MatrixX<T> A = detail::read_file(path, options, [&](auto text, const std::string& name, const auto& tuning) {
        return detail::read_dense_text<T>(text, name, options, found, tuning);
    });
    found.path = path;
    if (info != nullptr) *info = std::move(found);
    return A;
}

ReadResult parse_matrix_market(std::span<const char> text, const std::string& name, const ReadOptions& options) {
    return detail::read_any(text, name, options, {});
}

template <Scalar T>
Csr<T> parse_matrix_market(std::span<const char> text, const std::string& name, const ReadOptions& options,
                           FileInfo* info) {
    FileInfo found;
    Csr<T> A = detail::read_sparse_text<T>(text, name, options, found);
    if (info != nullptr) *info = std::move(found);
    return A;
}

DenseReadResult parse_matrix_market_dense(std::span<const char> text, const std::string& name,
                                          const ReadOptions& options) {
    return detail::read_any_dense(text, name, options, {});
}

template <Scalar T>
Eigen::MatrixX<T> parse_matrix_market_dense(std::span<const char> text, const std::string& name,
                                            const ReadOptions& options, FileInfo* info) {
    FileInfo found;
    Eigen::MatrixX<T> A = detail::read_dense_text<T>(text, name, options, found);
    if (info != nullptr) *info = std::move(found);
    return A;
}

#define RITZ_INSTANTIATE(T)                                                                                            \
    template Csr<T> detail::read_sparse_text(std::span<const char>, const std::string&, const ReadOptions&, FileInfo&, \
                                             const ReaderTuning&);                                                     \
    template Eigen::MatrixX<T> detail::read_dense_text(std::span<const char>, const std::string&, const ReadOptions&,  \
                                                       FileInfo&, const ReaderTuning&);                                \
    template Csr<T> read_matrix_market(const std::string&, const ReadOptions&, FileInfo*);                             \
    template Eigen::MatrixX<T> read_matrix_market_dense(const std::string&, const ReadOptions&, FileInfo*);            \
    template Csr<T> parse_matrix_market(std::span<const char>, const std::string&, const ReadOptions&, FileInfo*);     \
    template Eigen::MatrixX<T> parse_matrix_market_dense(std::span<const char>, const std::string&,                    \
                                                         const ReadOptions&, FileInfo*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
