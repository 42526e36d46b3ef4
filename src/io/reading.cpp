// SPDX-License-Identifier: BSD-3-Clause
#include "io/reading.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"

namespace ritz::detail {

namespace {

std::string place(Index row, Index col) {
    return "row " + std::to_string(std::int64_t{row} + 1) + ", column " + std::to_string(std::int64_t{col} + 1);
}

bool finite(double value) {
    return std::isfinite(value);
}
template <class R>
bool finite(const std::complex<R>& value) {
    return std::isfinite(value.real()) && std::isfinite(value.imag());
}

/// Records the first number that is not finite; `position(k)` says where entry k stands.
template <Scalar T, class Position>
void check_finite(const std::string& name, const Buffer<T>& values, Position&& position, const ReadOptions& options,
                  FileInfo& info) {
    if (ritz::all_finite(values)) return;
    const auto bad = std::find_if(values.begin(), values.end(), [](const T& value) { return !finite(value); });
    info.first_nonfinite = position(static_cast<std::size_t>(bad - values.begin()));
    if (!options.allow_nonfinite)
        throw ParseError(
            name, 0, "the entry in " + place(info.first_nonfinite->row, info.first_nonfinite->col) + " is not finite");
}

void check_index(const std::string& name, Index index, Index bound, const char* what) {
    if (index < 0 || index >= bound)
        throw ParseError(name, 0,
                         std::string("a ") + what + " index is " + std::to_string(std::int64_t{index} + 1) +
                             " (counted from 1), expected 1 to " + std::to_string(bound));
}

/// True if entry (i, j) is stored.
template <Scalar T>
bool is_stored(const Csr<T>& A, Index i, Index j) {
    const Index* const begin = A.indices().data() + A.indptr()[static_cast<std::size_t>(i)];
    const Index* const end = A.indices().data() + A.indptr()[static_cast<std::size_t>(i) + 1];
    return std::binary_search(begin, end, j);
}

template <Scalar T>
void check_symmetry(const std::string& name, std::span<const Index> rows, std::span<const Index> cols,
                    const Buffer<T>& values, const FileInfo& info) {
    if (info.rows != info.cols)
        throw ParseError(name, 0,
                         std::string("a matrix that is ") + to_string(info.symmetry) + " must be square, found " +
                             std::to_string(info.rows) + " x " + std::to_string(info.cols));
    bool below = false, above = false;
    for (std::size_t k = 0; k < values.size(); ++k) {
        below |= rows[k] > cols[k];
        above |= rows[k] < cols[k];
        if (rows[k] != cols[k]) continue;
        if (info.symmetry == Symmetry::skew_symmetric && values[k] != T{0})
            throw ParseError(name, 0, "a skew-symmetric matrix has a nonzero at " + place(rows[k], cols[k]));
        if constexpr (is_complex<T>)
            if (info.symmetry == Symmetry::hermitian && values[k].imag() != 0)
                throw ParseError(name, 0,
                                 "a hermitian matrix has a number that is not real at " + place(rows[k], cols[k]));
    }
    if (!below || !above) return;  // one triangle: no entry can meet a mirror image
    const Triplets<T> chunk{rows, cols, values};
    const Csr<T> stored = assemble<Order::row, T>(info.rows, info.cols, {&chunk, 1});
    for (std::size_t k = 0; k < values.size(); ++k)
        if (rows[k] < cols[k] && is_stored(stored, cols[k], rows[k]))
            throw ParseError(name, 0,
                             "a file that stores one half of a matrix has both the entry in " +
                                 place(rows[k], cols[k]) + " and its mirror image");
}

}  // namespace

Mirror mirror_of(Symmetry symmetry) {
    switch (symmetry) {
        case Symmetry::general:
            return Mirror::none;
        case Symmetry::symmetric:
            return Mirror::symmetric;
        case Symmetry::skew_symmetric:
            return Mirror::skew_symmetric;
        case Symmetry::hermitian:
            return Mirror::hermitian;
    }
    return Mirror::none;
}

Index checked_dimension(const std::string& name, std::int64_t line, std::int64_t value, const char* what) {
    if (value < 0) throw ParseError(name, line, std::string("the number of ") + what + " is " + std::to_string(value));
    if (value > std::numeric_limits<Index>::max())
        throw LimitExceeded(name + ": the number of " + what + " is " + std::to_string(value) + ", the limit is " +
                            std::to_string(std::numeric_limits<Index>::max()));
    return static_cast<Index>(value);
}

std::uint64_t saturating_fma(std::uint64_t a, std::uint64_t b, std::uint64_t c) noexcept {
    std::uint64_t product = 0, sum = 0;
    if (__builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(product, c, &sum))
        return std::numeric_limits<std::uint64_t>::max();
    return sum;
}

std::uint64_t memory_limit(const ReadOptions& options) {
    return options.max_memory > 0 ? static_cast<std::uint64_t>(options.max_memory) : default_memory_limit();
}

void check_memory(const std::string& name, std::uint64_t bytes, const ReadOptions& options) {
    const std::uint64_t allowed = memory_limit(options);
    if (bytes > allowed)
        throw LimitExceeded(name + ": reading it takes " + std::to_string(bytes) + " bytes of memory, allowed are " +
                            std::to_string(allowed));
}

void check_row_pointers(const std::string& name, Index rows, std::uint64_t file_bytes) {
    const std::uint64_t needed = saturating_fma(static_cast<std::uint64_t>(rows), sizeof(Offset), sizeof(Offset));
    const std::uint64_t allowed = saturating_fma(2, file_bytes, std::uint64_t{256} << 20);
    if (needed > allowed)
        throw LimitExceeded(name + ": its " + std::to_string(rows) + " rows need " + std::to_string(needed) +
                            " bytes of row pointers, allowed are " + std::to_string(allowed) +
                            " for a file of this size");
}

void ReadProgress::at(std::uint64_t done) const {
    if (options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed))
        throw ReadCancelled(name_ + ": reading was ended before it was complete");
    if (options_.progress) options_.progress(static_cast<std::int64_t>(done), total_);
}

template <Scalar T>
void check_finite_dense(const std::string& name, const Eigen::MatrixX<T>& A, const ReadOptions& options,
                        FileInfo& info) {
    if (A.allFinite()) return;
    for (Eigen::Index j = 0; j < A.cols(); ++j)
        for (Eigen::Index i = 0; i < A.rows(); ++i) {
            if (finite(A(i, j))) continue;
            info.first_nonfinite = EntryPosition{static_cast<Index>(i), static_cast<Index>(j), 0};
            if (!options.allow_nonfinite)
                throw ParseError(
                    name, 0, "the number in " + place(static_cast<Index>(i), static_cast<Index>(j)) + " is not finite");
            return;
        }
}

template <Scalar T>
Csr<T> csr_from_dense(const Eigen::MatrixX<T>& A) {
    const auto rows = static_cast<Index>(A.rows()), cols = static_cast<Index>(A.cols());
    Buffer<Offset> indptr(static_cast<std::size_t>(rows) + 1, 0);
    if (A.size() == 0) return {Trusted{}, rows, cols, std::move(indptr), {}, {}};
    for (Index j = 0; j < cols; ++j)
        for (Index i = 0; i < rows; ++i) indptr[static_cast<std::size_t>(i) + 1] += A(i, j) != T{0} ? 1 : 0;
    std::partial_sum(indptr.begin(), indptr.end(), indptr.begin());
    Buffer<Index> indices(static_cast<std::size_t>(indptr.back()));
    Buffer<T> values(indices.size());
    Buffer<Offset> next(indptr.begin(), indptr.end() - 1);
    for (Index j = 0; j < cols; ++j)
        for (Index i = 0; i < rows; ++i) {
            if (A(i, j) == T{0}) continue;
            const auto k = static_cast<std::size_t>(next[static_cast<std::size_t>(i)]++);
            indices[k] = j;
            values[k] = A(i, j);
        }
    return {Trusted{}, rows, cols, std::move(indptr), std::move(indices), std::move(values)};
}

template <Scalar T>
Csr<T> csr_from_triplets(const std::string& name, Buffer<Index> rows, Buffer<Index> cols, Buffer<T> values,
                         const ReadOptions& options, FileInfo& info) {
    for (const Index i : rows) check_index(name, i, info.rows, "row");
    for (const Index j : cols) check_index(name, j, info.cols, "column");
    check_finite(
        name, values,
        [&](std::size_t k) {
            return EntryPosition{rows[k], cols[k], 0};
        },
        options, info);
    if (info.symmetry != Symmetry::general) check_symmetry<T>(name, rows, cols, values, info);

    const auto stored = static_cast<Offset>(values.size());
    const Triplets<T> chunk{rows, cols, values};
    struct Arrays {
        Buffer<Index>*rows, *cols;
        Buffer<T>* values;
    } arrays{&rows, &cols, &values};
    const auto release = [](void* context, std::size_t) {
        const Arrays& done = *static_cast<Arrays*>(context);
        Buffer<Index>().swap(*done.rows);
        Buffer<Index>().swap(*done.cols);
        Buffer<T>().swap(*done.values);
    };
    Csr<T> A = assemble<Order::row, T>(info.rows, info.cols, {&chunk, 1}, mirror_of(info.symmetry), release, &arrays);
    Offset distinct = A.nnz();
    if (info.symmetry != Symmetry::general) {
        Offset diagonal = 0;
        for (Index i = 0; i < A.rows(); ++i) diagonal += is_stored(A, i, i) ? 1 : 0;
        distinct = (A.nnz() + diagonal) / 2;
    }
    info.duplicates = stored - distinct;
    return A;
}

template <Order order, Scalar T>
Csr<T> csr_from_compressed(const std::string& name, Buffer<Offset> indptr, Buffer<Index> indices, Buffer<T> values,
                           const ReadOptions& options, FileInfo& info) {
    constexpr bool by_row = order == Order::row;
    const Index major = by_row ? info.rows : info.cols, minor = by_row ? info.cols : info.rows;
    const auto entries = static_cast<Offset>(values.size());
    if (indptr.size() != static_cast<std::size_t>(major) + 1 || indices.size() != values.size())
        throw ParseError(name, 0, "the lengths of its arrays do not fit together");
    if (indptr.front() != 0 || indptr.back() != entries || !std::is_sorted(indptr.begin(), indptr.end()))
        throw ParseError(name, 0,
                         std::string("the ") + (by_row ? "row" : "column") +
                             " pointers must start at the first entry, never decrease and end behind the last");
    for (const Index index : indices) check_index(name, index, minor, by_row ? "column" : "row");

    bool canonical = info.symmetry == Symmetry::general;
    for (Index s = 0; s < major && canonical; ++s)
        for (Offset k = indptr[static_cast<std::size_t>(s)] + 1; k < indptr[static_cast<std::size_t>(s) + 1]; ++k)
            canonical &= indices[static_cast<std::size_t>(k) - 1] < indices[static_cast<std::size_t>(k)];
    if (canonical) {
        check_finite(
            name, values,
            [&](std::size_t k) {
                const auto next = std::upper_bound(indptr.begin(), indptr.end(), static_cast<Offset>(k));
                const auto slice = static_cast<Index>(next - indptr.begin() - 1);
                return by_row ? EntryPosition{slice, indices[k], 0} : EntryPosition{indices[k], slice, 0};
            },
            options, info);
        Compressed<order, T> A(Trusted{}, info.rows, info.cols, std::move(indptr), std::move(indices),
                               std::move(values));
        if constexpr (by_row)
            return A;
        else
            return to_csr(A);
    }
    Buffer<Index> slices(values.size());
    for (Index s = 0; s < major; ++s)
        std::fill(slices.begin() + indptr[static_cast<std::size_t>(s)],
                  slices.begin() + indptr[static_cast<std::size_t>(s) + 1], s);
    Buffer<Offset>().swap(indptr);
    if constexpr (by_row)
        return csr_from_triplets<T>(name, std::move(slices), std::move(indices), std::move(values), options, info);
    else
        return csr_from_triplets<T>(name, std::move(indices), std::move(slices), std::move(values), options, info);
}

#define RITZ_INSTANTIATE(T)                                                                                           \
    template Csr<T> csr_from_dense<T>(const Eigen::MatrixX<T>&);                                                      \
    template void check_finite_dense<T>(const std::string&, const Eigen::MatrixX<T>&, const ReadOptions&, FileInfo&); \
    template Csr<T> csr_from_triplets<T>(const std::string&, Buffer<Index>, Buffer<Index>, Buffer<T>,                 \
                                         const ReadOptions&, FileInfo&);                                              \
    template Csr<T> csr_from_compressed<Order::row, T>(const std::string&, Buffer<Offset>, Buffer<Index>, Buffer<T>,  \
                                                       const ReadOptions&, FileInfo&);                                \
    template Csr<T> csr_from_compressed<Order::column, T>(const std::string&, Buffer<Offset>, Buffer<Index>,          \
                                                          Buffer<T>, const ReadOptions&, FileInfo&);
RITZ_INSTANTIATE(double)
RITZ_INSTANTIATE(std::complex<double>)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
