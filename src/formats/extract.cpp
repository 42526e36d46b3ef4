// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/extract.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/reductions.hpp"

namespace ritz {

namespace {

using IndexList = std::span<const Index>;

void check_list(IndexList list, Index bound, const char* who) {
    detail::checked_dimension(static_cast<std::int64_t>(list.size()), who);
    for (const Index i : list)
        if (i < 0 || i >= bound)
            throw InvalidArgument(std::string(who) + ": index " + std::to_string(i) + " is not in 0 ... " +
                                  std::to_string(std::int64_t{bound} - 1));
}

std::vector<Index> inverse_of(IndexList p, const char* who) {
    detail::checked_dimension(static_cast<std::int64_t>(p.size()), who);
    std::vector<Index> inverse(p.size(), -1);
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (p[i] < 0 || static_cast<std::size_t>(p[i]) >= p.size())
            throw InvalidArgument(std::string(who) + ": " + std::to_string(p[i]) + " at position " + std::to_string(i) +
                                  " is out of range for a permutation of " + std::to_string(p.size()));
        Index& place = inverse[static_cast<std::size_t>(p[i])];
        if (place >= 0)
            throw InvalidArgument(std::string(who) + ": " + std::to_string(p[i]) +
                                  " occurs twice in what must be a permutation");
        place = static_cast<Index>(i);
    }
    return inverse;
}

/// Where a minor index goes when the minor dimension becomes a list of indices: to none, one or several places.
class MinorMap {
public:
    MinorMap(IndexList list, Index bound) : start_(static_cast<std::size_t>(bound) + 1, 0), place_(list.size()) {
        increasing_ = std::adjacent_find(list.begin(), list.end(), std::greater_equal<>{}) == list.end();
        for (const Index j : list) ++start_[static_cast<std::size_t>(j) + 1];
        for (std::size_t j = 0; j < static_cast<std::size_t>(bound); ++j) start_[j + 1] += start_[j];
        std::vector<Index> next(start_.begin(), start_.end() - 1);
        for (std::size_t position = 0; position < list.size(); ++position)
            place_[static_cast<std::size_t>(next[static_cast<std::size_t>(list[position])]++)] =
                static_cast<Index>(position);
    }

    IndexList places(Index j) const {
        const auto first = static_cast<std::size_t>(start_[static_cast<std::size_t>(j)]);
        return {place_.data() + first, static_cast<std::size_t>(start_[static_cast<std::size_t>(j) + 1]) - first};
    }
    bool increasing() const { return increasing_; }  // so that slices stay sorted

private:
    std::vector<Index> start_, place_;
    bool increasing_;
};

/// The slices of `majors` (all when absent), and of them the minor indices of `minors` (all when absent).
template <Order order, Scalar T>
Compressed<order, T> pick(const CompressedView<order, T>& A, const std::optional<IndexList>& majors,
                          const std::optional<IndexList>& minors) {
    const detail::Slices<T> a(A);
    const auto source = [&](Index i) { return majors ? (*majors)[static_cast<std::size_t>(i)] : i; };
    const Index major = majors ? static_cast<Index>(majors->size()) : A.major();
    const Index minor = minors ? static_cast<Index>(minors->size()) : A.minor();
    const Index rows = order == Order::row ? major : minor, cols = order == Order::row ? minor : major;

    if (!minors)
        return detail::build_from_pieces<order>(
            rows, cols, a, A.nnz(), 0, [&](Index i) { return a.begin(source(i)); },
            [&](Index i) { return a.end(source(i)); });

    const MinorMap map(*minors, A.minor());
    return detail::build_slices<order, T>(
        rows, cols, A.nnz(),
        [&](Index begin, Index end, Offset* counts) {
            for (Index i = begin; i < end; ++i) {
                counts[i] = 0;
                for (Offset k = a.begin(source(i)); k < a.end(source(i)); ++k)
                    counts[i] += static_cast<Offset>(map.places(a.indices[k]).size());
            }
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            detail::SliceSorter<T> sorter;
            for (Index i = begin; i < end; ++i) {
                Offset next = indptr[i];
                for (Offset k = a.begin(source(i)); k < a.end(source(i)); ++k)
                    for (const Index place : map.places(a.indices[k])) {
                        indices[next] = place;
                        values[next++] = a.values[k];
                    }
                if (!map.increasing()) sorter.sort(indices + indptr[i], values + indptr[i], next - indptr[i]);
            }
        });
}

/// B(i, j) = A(p[i], q[j]); an absent permutation is the identity.
template <Order order, Scalar T>
Compressed<order, T> permuted(const CompressedView<order, T>& A, const std::optional<IndexList>& p,
                              const std::optional<IndexList>& q, const char* who) {
    if (p) {
        detail::require(p->size() == static_cast<std::size_t>(A.rows()),
                        std::string(who) + ": p must have as many elements as A has rows");
        inverse_of(*p, who);
    }
    if (q) {
        detail::require(q->size() == static_cast<std::size_t>(A.cols()),
                        std::string(who) + ": q must have as many elements as A has columns");
        inverse_of(*q, who);
    }
    return order == Order::row ? pick(A, p, q) : pick(A, q, p);
}

/// The entries for which keep(i, k) holds: entry k lies in slice i.
template <Order order, Scalar T, class Keep>
Compressed<order, T> filter(const CompressedView<order, T>& A, Keep&& keep) {
    const detail::Slices<T> a(A);
    return detail::build_slices<order, T>(
        A.rows(), A.cols(), A.nnz(),
        [&](Index begin, Index end, Offset* counts) {
            for (Index i = begin; i < end; ++i) {
                counts[i] = 0;
                for (Offset k = a.begin(i); k < a.end(i); ++k) counts[i] += keep(i, k);
            }
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            for (Index i = begin; i < end; ++i) {
                Offset next = indptr[i];
                for (Offset k = a.begin(i); k < a.end(i); ++k) {
                    if (!keep(i, k)) continue;
                    indices[next] = a.indices[k];
                    values[next++] = a.values[k];
                }
            }
        });
}

template <Order order, Scalar T>
Compressed<order, T> range_of(const CompressedView<order, T>& A, IndexRange rows, IndexRange cols) {
    const detail::Slices<T> a(A);
    const IndexRange major = order == Order::row ? rows : cols, minor = order == Order::row ? cols : rows;
    const bool all = minor.begin == 0 && minor.end == A.minor();
    const std::int64_t work =
        A.indptr()[static_cast<std::size_t>(major.end)] - A.indptr()[static_cast<std::size_t>(major.begin)];
    return detail::build_from_pieces<order>(
        rows.end - rows.begin, cols.end - cols.begin, a, work, minor.begin,
        [&](Index i) { return all ? a.begin(major.begin + i) : a.lower_bound(major.begin + i, minor.begin); },
        [&](Index i) { return all ? a.end(major.begin + i) : a.lower_bound(major.begin + i, minor.end); });
}

}  // namespace

template <Order order, Scalar T>
Compressed<order, T> row(const CompressedView<order, T>& A, Index i) {
    detail::require(i >= 0 && i < A.rows(), "row: i must lie in 0 ... rows-1");
    return range_of(A, {i, i + 1}, {0, A.cols()});
}

template <Order order, Scalar T>
Compressed<order, T> column(const CompressedView<order, T>& A, Index j) {
    detail::require(j >= 0 && j < A.cols(), "column: j must lie in 0 ... cols-1");
    return range_of(A, {0, A.rows()}, {j, j + 1});
}

template <Order order, Scalar T>
Compressed<order, T> rows(const CompressedView<order, T>& A, std::span<const Index> list) {
    check_list(list, A.rows(), "rows");
    return order == Order::row ? pick(A, list, {}) : pick(A, {}, list);
}

template <Order order, Scalar T>
Compressed<order, T> columns(const CompressedView<order, T>& A, std::span<const Index> list) {
    check_list(list, A.cols(), "columns");
    return order == Order::row ? pick(A, {}, list) : pick(A, list, {});
}

template <Order order, Scalar T>
Compressed<order, T> submatrix(const CompressedView<order, T>& A, std::span<const Index> row_list,
                               std::span<const Index> column_list) {
    check_list(row_list, A.rows(), "submatrix");
    check_list(column_list, A.cols(), "submatrix");
    return order == Order::row ? pick(A, row_list, column_list) : pick(A, column_list, row_list);
}

template <Order order, Scalar T>
Compressed<order, T> submatrix(const CompressedView<order, T>& A, IndexRange row_range, IndexRange column_range) {
    detail::require(0 <= row_range.begin && row_range.begin <= row_range.end && row_range.end <= A.rows(),
                    "submatrix: 0 <= begin <= end <= rows must hold");
    detail::require(0 <= column_range.begin && column_range.begin <= column_range.end && column_range.end <= A.cols(),
                    "submatrix: 0 <= begin <= end <= cols must hold");
    return range_of(A, row_range, column_range);
}

template <Order order, Scalar T>
Compressed<order, T> permute(const CompressedView<order, T>& A, std::span<const Index> p, std::span<const Index> q) {
    return permuted(A, p, q, "permute");
}

template <Order order, Scalar T>
Compressed<order, T> permute_rows(const CompressedView<order, T>& A, std::span<const Index> p) {
    return permuted(A, p, {}, "permute_rows");
}

template <Order order, Scalar T>
Compressed<order, T> permute_columns(const CompressedView<order, T>& A, std::span<const Index> q) {
    return permuted(A, {}, q, "permute_columns");
}

template <Order order, Scalar T>
Compressed<order, T> permute_symmetric(const CompressedView<order, T>& A, std::span<const Index> p) {
    detail::require(A.rows() == A.cols(), "permute_symmetric: A must be square");
    return permuted(A, p, p, "permute_symmetric");
}

std::vector<Index> inverse_permutation(std::span<const Index> p) {
    return inverse_of(p, "inverse_permutation");
}

template <Order order, Scalar T>
Compressed<order, T> drop_small(const CompressedView<order, T>& A, const DropOptions& options) {
    detail::require(options.threshold >= 0, "drop_small: the threshold must not be negative or NaN");
    detail::require(options.scale != DropScale::diagonal_mean || A.rows() == A.cols(),
                    "drop_small: diagonal_mean needs a square matrix");
    const detail::Slices<T> a(A);
    const bool by_row = order == Order::row;

    // The bound of entry (i, j), in storage order, is of_major[i] · of_minor[j]; an empty vector stands for ones.
    Eigen::VectorX<Real<T>> of_major, of_minor;
    double factor = options.threshold;
    switch (options.scale) {
        case DropScale::one:
            break;
        case DropScale::matrix_norm:
            factor *= static_cast<double>(norm_max(A));
            break;
        case DropScale::row_norm:
            (by_row ? of_major : of_minor) = row_abs_max(A);
            break;
        case DropScale::column_norm:
            (by_row ? of_minor : of_major) = column_abs_max(A);
            break;
        case DropScale::row_norm2:
            (by_row ? of_major : of_minor) = row_norms2(A);
            break;
        case DropScale::diagonal_mean:
            of_major = diagonal(A).unaryExpr([](T d) { return std::sqrt(detail::magnitude(d)); });
            of_minor = of_major;
            break;
    }
    const auto element = [](const Eigen::VectorX<Real<T>>& v, Index i) {
        return v.size() == 0 ? 1.0 : static_cast<double>(v[i]);
    };
    return filter(A, [&](Index i, Offset k) {
        const Index j = a.indices[k];
        const double bound = factor * element(of_major, i) * element(of_minor, j);
        return (options.keep_diagonal && i == j) || !(static_cast<double>(detail::magnitude(a.values[k])) <= bound);
    });
}

template <Order order, Scalar T>
Compressed<order, T> remove_zeros(const CompressedView<order, T>& A) {
    const T* const values = A.values().data();
    return filter(A, [=](Index, Offset k) { return values[k] != T{0}; });
}

#define RITZ_INSTANTIATE(O, T)                                                                                        \
    template Compressed<O, T> row(const CompressedView<O, T>&, Index);                                                \
    template Compressed<O, T> column(const CompressedView<O, T>&, Index);                                             \
    template Compressed<O, T> rows(const CompressedView<O, T>&, std::span<const Index>);                              \
    template Compressed<O, T> columns(const CompressedView<O, T>&, std::span<const Index>);                           \
    template Compressed<O, T> submatrix(const CompressedView<O, T>&, std::span<const Index>, std::span<const Index>); \
    template Compressed<O, T> submatrix(const CompressedView<O, T>&, IndexRange, IndexRange);                         \
    template Compressed<O, T> permute(const CompressedView<O, T>&, std::span<const Index>, std::span<const Index>);   \
    template Compressed<O, T> permute_rows(const CompressedView<O, T>&, std::span<const Index>);                      \
    template Compressed<O, T> permute_columns(const CompressedView<O, T>&, std::span<const Index>);                   \
    template Compressed<O, T> permute_symmetric(const CompressedView<O, T>&, std::span<const Index>);                 \
    template Compressed<O, T> drop_small(const CompressedView<O, T>&, const DropOptions&);                            \
    template Compressed<O, T> remove_zeros(const CompressedView<O, T>&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
