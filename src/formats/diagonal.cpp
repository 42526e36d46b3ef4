// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/diagonal.hpp"

#include <algorithm>
#include <vector>

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"

namespace ritz {

namespace {

/// Diagonal k of a CSC is diagonal -k of the same arrays read as a CSR.
template <Order order>
constexpr std::int64_t stored_diagonal(Index k) {
    return order == Order::row ? std::int64_t{k} : -std::int64_t{k};
}

std::int64_t diagonal_length(Index rows, Index cols, std::int64_t k) {
    return std::max<std::int64_t>(
        0, std::min<std::int64_t>(rows + std::min<std::int64_t>(k, 0), cols - std::max<std::int64_t>(k, 0)));
}

enum class Side { below, above };

/// The entries on diagonal k and on one side of it, as the arrays are stored.
template <Side side, Order order, Scalar T>
Compressed<order, T> keep_side(const CompressedView<order, T>& A, std::int64_t k) {
    const detail::Slices<T> a(A);
    return detail::build_from_pieces<order>(
        A.rows(), A.cols(), a, A.nnz(), 0,
        [&](Index i) { return side == Side::below ? a.begin(i) : a.lower_bound(i, i + k); },
        [&](Index i) { return side == Side::below ? a.lower_bound(i, i + k + 1) : a.end(i); });
}

}  // namespace

template <Order order, Scalar T>
Compressed<order, T> tril(const CompressedView<order, T>& A, Index k) {
    return keep_side < order == Order::row ? Side::below : Side::above > (A, stored_diagonal<order>(k));
}

template <Order order, Scalar T>
Compressed<order, T> triu(const CompressedView<order, T>& A, Index k) {
    return keep_side < order == Order::row ? Side::above : Side::below > (A, stored_diagonal<order>(k));
}

template <Order order, Scalar T>
Eigen::VectorX<T> diagonal(const CompressedView<order, T>& A, Index k) {
    const detail::Slices<T> a(A);
    const std::int64_t d = stored_diagonal<order>(k), first = std::max<std::int64_t>(0, -d);
    Eigen::VectorX<T> elements(diagonal_length(A.rows(), A.cols(), k));
    detail::parallel_ranges(elements.size(), detail::slice_grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t t = begin; t < end; ++t) {
            const auto i = static_cast<Index>(first + t);
            const Offset p = a.lower_bound(i, i + d);
            elements[t] = p < a.end(i) && a.indices[p] == i + d ? a.values[p] : T{0};
        }
    });
    return elements;
}

template <Scalar T, Order order>
Compressed<order, T> diags(Index rows, Index cols, std::span<const Diagonal<T>> diagonals) {
    detail::require(rows >= 0 && cols >= 0, "diags: rows and cols must not be negative");
    std::vector<const Diagonal<T>*> sorted;  // by the minor index that they have in a slice
    std::int64_t work = 0;
    for (const Diagonal<T>& diagonal : diagonals) {
        const std::int64_t length = diagonal_length(rows, cols, diagonal.offset);
        const std::string name = "diagonal " + std::to_string(diagonal.offset);
        if (length == 0 && (diagonal.offset != 0 || (rows > 0 && cols > 0)))
            throw InvalidArgument("diags: " + name + " lies outside of a " + detail::shape(rows, cols) + " matrix");
        if (!diagonal.is_constant && diagonal.values.size() != 1 &&
            diagonal.values.size() != static_cast<std::size_t>(length))
            throw InvalidArgument("diags: " + name + " must have " + std::to_string(length) + " elements or one, not " +
                                  std::to_string(diagonal.values.size()));
        sorted.push_back(&diagonal);
        work += length;
    }
    const auto stored = [](const Diagonal<T>* diagonal) { return stored_diagonal<order>(diagonal->offset); };
    std::ranges::sort(sorted, {}, stored);
    detail::require(std::ranges::adjacent_find(sorted, {}, stored) == sorted.end(),
                    "diags: no diagonal may be named twice");

    const Index minor = order == Order::row ? cols : rows;
    const auto in_slice = [&](Index i) {  // the diagonals that meet slice i
        const auto begin = std::ranges::lower_bound(sorted, -std::int64_t{i}, {}, stored);
        const auto end = std::ranges::lower_bound(sorted, std::int64_t{minor} - i, {}, stored);
        return std::span(begin, end);
    };
    return detail::build_slices<order, T>(
        rows, cols, work,
        [&](Index begin, Index end, Offset* counts) {
            for (Index i = begin; i < end; ++i) counts[i] = static_cast<Offset>(in_slice(i).size());
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            for (Index i = begin; i < end; ++i) {
                Offset k = indptr[i];
                for (const Diagonal<T>* diagonal : in_slice(i)) {
                    const auto j = static_cast<Index>(i + stored(diagonal));
                    indices[k] = j;
                    values[k++] = diagonal->is_constant ? diagonal->constant
                                  : diagonal->values.size() == 1
                                      ? diagonal->values[0]
                                      : diagonal->values[static_cast<std::size_t>(std::min(i, j))];
                }
            }
        });
}

template <Scalar T, Order order>
Compressed<order, T> eye(Index rows, Index cols, Index k) {
    detail::require(rows >= 0 && cols >= 0, "eye: rows and cols must not be negative");
    if (diagonal_length(rows, cols, k) == 0) return diags<T, order>(rows, cols, {});
    return diags<T, order>(rows, cols, {{k, T{1}}});
}

#define RITZ_INSTANTIATE(O, T)                                                         \
    template Compressed<O, T> tril(const CompressedView<O, T>&, Index);                \
    template Compressed<O, T> triu(const CompressedView<O, T>&, Index);                \
    template Eigen::VectorX<T> diagonal(const CompressedView<O, T>&, Index);           \
    template Compressed<O, T> diags<T, O>(Index, Index, std::span<const Diagonal<T>>); \
    template Compressed<O, T> eye<T, O>(Index, Index, Index);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
