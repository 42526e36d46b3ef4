// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "io/atomic_file.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/io/matrix_market.hpp"

namespace ritz {

namespace {

constexpr Offset block_entries = 1 << 14;  // formatted as one task: about half a megabyte of text
constexpr std::size_t longest_line = 2 * 11 + 2 * 25 + 1;

/// (j, i) from (i, j), as the symmetry says.
template <Scalar T>
T mirrored(T value, Symmetry symmetry) {
    return symmetry == Symmetry::skew_symmetric ? -value : symmetry == Symmetry::hermitian ? conjugate(value) : value;
}

// Appends a number to text that has room for it. The shortest digits that read back as the same bits.
template <class R>
char* put_real(char* p, R value) {
    return std::to_chars(p, p + 25, value).ptr;
}

char* put_index(char* p, Index k) {
    return std::to_chars(p, p + 11, k + std::int64_t{1}).ptr;
}

template <Scalar T>
char* put_value(char* p, T value, Field field) {
    if (field == Field::integer) {
        if constexpr (is_complex<T>)
            return std::to_chars(p, p + 25, static_cast<std::int64_t>(value.real())).ptr;
        else
            return std::to_chars(p, p + 25, static_cast<std::int64_t>(value)).ptr;
    }
    if constexpr (is_complex<T>) {
        p = put_real(p, value.real());
        if (field == Field::real) return p;
        *p++ = ' ';
        return put_real(p, value.imag());
    } else {
        return put_real(p, value);
    }
}

/// True if a file whose field is `field` can hold the value.
template <Scalar T>
bool fits(T value, Field field) {
    Real<T> real;
    if constexpr (is_complex<T>) {
        if (field == Field::complex) return true;
        if (value.imag() != 0) return false;
        real = value.real();
    } else {
        real = value;
    }
    constexpr Real<T> bound = 9223372036854775808.0f;  // 2⁶³
    switch (field) {
        case Field::pattern:
            return real == 1;
        case Field::integer:
            return real >= -bound && real < bound && real == std::trunc(real);
        default:
            return true;
    }
}

template <Scalar T>
Field chosen_field(const WriteOptions& options, VectorView<T> values) {
    const Field natural = is_complex<T> ? Field::complex : Field::real;
    const Field field = options.field.value_or(natural);
    if (field == natural) return field;
    detail::require(field != Field::complex, "write_matrix_market: a real matrix cannot be written as complex");
    const bool all = std::all_of(values.begin(), values.end(), [&](T value) { return fits(value, field); });
    detail::require(all, std::string("write_matrix_market: the values do not fit the field ") + to_string(field));
    return field;
}

/// The symmetries a file can state for elements of type T, the one that says most first.
template <Scalar T>
std::vector<Symmetry> symmetries() {
    if constexpr (is_complex<T>)
        return {Symmetry::hermitian, Symmetry::symmetric, Symmetry::skew_symmetric};
    else
        return {Symmetry::symmetric, Symmetry::skew_symmetric};
}

/// What to store, given `has(symmetry)`: whether the matrix has it.
template <Scalar T, class Has>
Symmetry chosen_symmetry(const WriteOptions& options, Index rows, Index cols, Field field, Has&& has) {
    if (options.symmetry == Symmetry::general) return Symmetry::general;
    const auto possible = [&](Symmetry symmetry) {
        if (field == Field::pattern && symmetry != Symmetry::symmetric) return false;
        return rows == cols && has(symmetry);
    };
    if (options.symmetry) {
        // A real hermitian matrix is a symmetric one, and its file had better say so.
        const Symmetry wanted = field != Field::complex && options.symmetry == Symmetry::hermitian ? Symmetry::symmetric
                                                                                                   : *options.symmetry;
        detail::require(possible(wanted), std::string("write_matrix_market: the matrix is not ") + to_string(wanted));
        return wanted;
    }
    for (const Symmetry symmetry : symmetries<T>()) {
        if (symmetry == Symmetry::hermitian && field != Field::complex) continue;
        if (possible(symmetry)) return symmetry;
    }
    return Symmetry::general;
}

/// A equals its mirror image, value by value (signs of zeros aside); `At` is its transpose. A skew-symmetric matrix
/// with a stored diagonal has it only if the diagonal may be left out.
template <Order order, Scalar T>
bool has_symmetry(const CompressedView<order, T>& A, const CompressedView<order, T>& At, Symmetry symmetry,
                  bool leave_out_diagonal) {
    if (!std::equal(A.indptr().begin(), A.indptr().end(), At.indptr().begin())) return false;
    if (!std::equal(A.indices().begin(), A.indices().end(), At.indices().begin())) return false;
    for (Index i = 0; i < A.major(); ++i) {
        const auto end = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]);
        for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]); k < end; ++k) {
            if (!(A.values()[k] == mirrored(At.values()[k], symmetry))) return false;
            if (symmetry == Symmetry::skew_symmetric && A.indices()[k] == i && !leave_out_diagonal) return false;
        }
    }
    return true;
}

/// Entries of A that a file of this symmetry stores.
template <Order order, Scalar T>
Offset stored_entries(const CompressedView<order, T>& A, Symmetry symmetry) {
    if (symmetry == Symmetry::general) return A.nnz();
    Offset count = 0;
    const Index skip = symmetry == Symmetry::skew_symmetric ? 1 : 0;
    for (Index s = 0; s < A.major(); ++s) {
        const auto slice = A.indices().subspan(static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(s)]),
                                               static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(s) + 1] -
                                                                        A.indptr()[static_cast<std::size_t>(s)]));
        if constexpr (order == Order::row)  // columns ≤ row
            count += std::lower_bound(slice.begin(), slice.end(), s - skip + 1) - slice.begin();
        else  // rows ≥ column
            count += slice.end() - std::lower_bound(slice.begin(), slice.end(), s + skip);
    }
    return count;
}

std::string header(const char* layout, Field field, Symmetry symmetry, const WriteOptions& options) {
    std::string text =
        std::string("%%MatrixMarket matrix ") + layout + " " + to_string(field) + " " + to_string(symmetry) + "\n";
    for (const std::string& comment : options.comments) {
        text += "% ";
        for (const char c : comment) {  // a comment of several lines stays a comment
            if (c == '\r') continue;
            text += c;
            if (c == '\n') text += "% ";
        }
        text += '\n';
    }
    return text;
}

/// Writes entries [0, n): format(p, begin, end) puts those of a block at p and returns the end of the text. Blocks are
/// formatted in parallel and written in order.
template <class Format>
void write_blocks(detail::AtomicFile& file, const std::string& path, Offset n, const WriteOptions& options,
                  Format&& format) {
    const Offset blocks = (n + block_entries - 1) / block_entries;
    const int threads = detail::threads_for(n, block_entries);
    const Offset batch = threads == 1 ? 1 : 4 * threads;  // blocks formatted before any of them is written
    std::vector<Buffer<char>> texts(static_cast<std::size_t>(std::min(batch, blocks)));
    std::vector<std::size_t> lengths(texts.size());
    for (Offset first = 0; first < blocks; first += batch) {
        if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed))
            throw ReadCancelled(path + ": writing was cancelled");
        const Offset count = std::min(batch, blocks - first);
        detail::parallel_tasks(count, threads, [&](std::int64_t task) {
            const auto t = static_cast<std::size_t>(task);
            const Offset begin = (first + task) * block_entries, end = std::min(n, begin + block_entries);
            if (texts[t].empty()) texts[t].resize(static_cast<std::size_t>(std::min(n, block_entries)) * longest_line);
            lengths[t] = static_cast<std::size_t>(format(texts[t].data(), begin, end) - texts[t].data());
        });
        for (std::size_t t = 0; t < static_cast<std::size_t>(count); ++t)
            file.write(std::span<const char>(texts[t].data(), lengths[t]));
    }
}

template <Order order, Scalar T>
void write_sparse(const std::string& path, const CompressedView<order, T>& A, const WriteOptions& options) {
    const Field field = chosen_field<T>(options, A.values());
    Compressed<order, T> At;
    if (options.symmetry != Symmetry::general && A.rows() == A.cols()) At = transpose(A);
    const Symmetry symmetry = chosen_symmetry<T>(options, A.rows(), A.cols(), field, [&](Symmetry candidate) {
        return has_symmetry<order, T>(A, At, candidate, options.symmetry.has_value());
    });
    At = {};

    detail::AtomicFile file(path);
    const std::string head = header("coordinate", field, symmetry, options) + std::to_string(A.rows()) + " " +
                             std::to_string(A.cols()) + " " + std::to_string(stored_entries(A, symmetry)) + "\n";
    file.write(std::string_view(head));
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    const Index skip = symmetry == Symmetry::skew_symmetric ? 1 : 0;
    write_blocks(file, path, A.nnz(), options, [&](char* p, Offset begin, Offset end) {
        auto slice = static_cast<Index>(std::upper_bound(indptr.begin(), indptr.end(), begin) - indptr.begin() - 1);
        for (Offset k = begin; k < end; ++k) {
            while (indptr[static_cast<std::size_t>(slice) + 1] <= k) ++slice;
            const Index other = indices[static_cast<std::size_t>(k)];
            const Index i = order == Order::row ? slice : other, j = order == Order::row ? other : slice;
            if (symmetry != Symmetry::general && i < j + skip) continue;
            p = put_index(p, i);
            *p++ = ' ';
            p = put_index(p, j);
            if (field != Field::pattern) {
                *p++ = ' ';
                p = put_value(p, values[static_cast<std::size_t>(k)], field);
            }
            *p++ = '\n';
        }
        return p;
    });
    file.commit();
}

}  // namespace

template <Scalar T>
void write_matrix_market(const std::string& path, const CsrView<T>& A, const WriteOptions& options) {
    write_sparse<Order::row, T>(path, A, options);
}

template <Scalar T>
void write_matrix_market(const std::string& path, const CscView<T>& A, const WriteOptions& options) {
    write_sparse<Order::column, T>(path, A, options);
}

template <Scalar T>
void write_matrix_market_dense(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A,
                               const WriteOptions& options) {
    constexpr auto largest = static_cast<Eigen::Index>(std::numeric_limits<Index>::max());
    detail::require(A.rows() <= largest && A.cols() <= largest,
                    "write_matrix_market_dense: rows and columns must be at most 2147483647");
    detail::require(options.field != Field::pattern, "write_matrix_market_dense: an array file cannot be a pattern");
    const Field natural = is_complex<T> ? Field::complex : Field::real;
    const Field field = options.field.value_or(natural);
    detail::require(field == natural || field != Field::complex,
                    "write_matrix_market_dense: a real matrix cannot be written as complex");
    for (Eigen::Index j = 0; field != natural && j < A.cols(); ++j)
        chosen_field<T>(options, VectorView<T>(A.data() + j * A.outerStride(), static_cast<std::size_t>(A.rows())));
    const Symmetry symmetry = chosen_symmetry<T>(options, static_cast<Index>(A.rows()), static_cast<Index>(A.cols()),
                                                 field, [&](Symmetry candidate) {
                                                     for (Eigen::Index j = 0; j < A.cols(); ++j)
                                                         for (Eigen::Index i = j; i < A.rows(); ++i)
                                                             if (!(A(i, j) == mirrored(A(j, i), candidate)))
                                                                 return false;
                                                     return true;
                                                 });

    detail::AtomicFile file(path);
    const std::string head =
        header("array", field, symmetry, options) + std::to_string(A.rows()) + " " + std::to_string(A.cols()) + "\n";
    file.write(std::string_view(head));
    const Offset rows = A.rows(), skip = symmetry == Symmetry::skew_symmetric ? 1 : 0;
    // Elements in storage order; those above the diagonal of a symmetric matrix are passed over.
    write_blocks(file, path, rows * A.cols(), options, [&](char* p, Offset begin, Offset end) {
        for (Offset k = begin; k < end; ++k) {
            const Offset i = k % rows, j = k / rows;
            if (symmetry != Symmetry::general && i < j + skip) continue;
            p = put_value<T>(p, A(i, j), field);
            *p++ = '\n';
        }
        return p;
    });
    file.commit();
}

#define RITZ_INSTANTIATE(T)                                                                                    \
    template void write_matrix_market(const std::string&, const CsrView<T>&, const WriteOptions&);             \
    template void write_matrix_market(const std::string&, const CscView<T>&, const WriteOptions&);             \
    template void write_matrix_market_dense<T>(const std::string&, const Eigen::Ref<const Eigen::MatrixX<T>>&, \
                                               const WriteOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
