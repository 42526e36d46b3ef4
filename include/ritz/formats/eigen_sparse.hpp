// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Between ritz and Eigen::SparseMatrix, of any storage order and index type. This header alone includes
/// Eigen/SparseCore; it is all inline.
///
///     Csr<double> A = from_eigen(M);               // M: Eigen::SparseMatrix<double, Eigen::RowMajor>; copies
///     solve(view_of(M), b);                        // uses M's own indices and values
///     EigenView E(A);  x = cg.compute(E.map())...  // Eigen works on A's own indices and values

#include <Eigen/SparseCore>
#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ritz/core/error.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/convert.hpp"

namespace ritz {

namespace detail {

template <int options>
inline constexpr Order order_of = (options & Eigen::RowMajorBit) != 0 ? Order::row : Order::column;

template <Order order>
inline constexpr int eigen_order = order == Order::row ? int(Eigen::RowMajor) : int(Eigen::ColMajor);

/// Throws unless `value` is representable in Target.
template <class Target, class Source>
Target narrow(Source value, const char* what) {
    if (!std::in_range<Target>(value))
        throw LimitExceeded(std::string(what) + ": " + std::to_string(value) +
                            " does not fit the index type, whose limit is " +
                            std::to_string(std::numeric_limits<Target>::max()));
    return static_cast<Target>(value);
}

}  // namespace detail

/// A copy as an Eigen::SparseMatrix in the same storage order, compressed. O(nnz + major).
/// \throws LimitExceeded if nnz() does not fit StorageIndex.
template <class StorageIndex = int, Order order, Scalar T>
Eigen::SparseMatrix<T, detail::eigen_order<order>, StorageIndex> to_eigen(const CompressedView<order, T>& A) {
    detail::narrow<StorageIndex>(std::max<Offset>({A.nnz(), A.rows(), A.cols()}), "to_eigen");
    Eigen::SparseMatrix<T, detail::eigen_order<order>, StorageIndex> M(A.rows(), A.cols());
    M.resizeNonZeros(static_cast<Eigen::Index>(A.nnz()));
    const auto same = [](auto value) { return static_cast<StorageIndex>(value); };
    std::transform(A.indptr().begin(), A.indptr().end(), M.outerIndexPtr(), same);
    std::transform(A.indices().begin(), A.indices().end(), M.innerIndexPtr(), same);
    std::copy(A.values().begin(), A.values().end(), M.valuePtr());
    return M;
}

/// A copy of an Eigen::SparseMatrix, compressed or not, in the same storage order. O(nnz + major), and a sort where
/// Eigen's inner indices are not in order (entries at the same place are then added). \throws LimitExceeded if a
/// dimension passes 2³¹-1; InvalidArgument if an inner index is out of range.
template <Scalar T, int options, class StorageIndex>
Compressed<detail::order_of<options>, T> from_eigen(const Eigen::SparseMatrix<T, options, StorageIndex>& M) {
    constexpr Order order = detail::order_of<options>;
    const auto rows = detail::narrow<Index>(M.rows(), "from_eigen"),
               cols = detail::narrow<Index>(M.cols(), "from_eigen");
    const auto minor = order == Order::row ? cols : rows;
    const auto major = static_cast<std::size_t>(order == Order::row ? rows : cols);
    Buffer<Offset> indptr(major + 1);
    const auto length = [&](std::size_t i) {
        return static_cast<Offset>(M.isCompressed() ? M.outerIndexPtr()[i + 1] - M.outerIndexPtr()[i]
                                                    : M.innerNonZeroPtr()[i]);
    };
    indptr[0] = 0;
    for (std::size_t i = 0; i < major; ++i) indptr[i + 1] = indptr[i] + length(i);
    const auto nnz = static_cast<std::size_t>(indptr[major]);
    Buffer<Index> indices(nnz);
    Buffer<T> values(nnz);
    bool increasing = true;
    for (std::size_t i = 0; i < major; ++i) {
        const auto first = static_cast<std::size_t>(M.outerIndexPtr()[i]);
        auto k = static_cast<std::size_t>(indptr[i]);
        StorageIndex previous = -1;
        for (std::size_t e = first; e < first + static_cast<std::size_t>(length(i)); ++e, ++k) {
            const StorageIndex j = M.innerIndexPtr()[e];
            detail::require(j >= 0 && std::cmp_less(j, minor), "from_eigen: inner indices must lie in the matrix");
            increasing &= j > previous;
            previous = j;
            indices[k] = static_cast<Index>(j);
            values[k] = M.valuePtr()[e];
        }
    }
    if (increasing) return {detail::Trusted{}, rows, cols, std::move(indptr), std::move(indices), std::move(values)};

    Buffer<Index> majors(nnz);
    for (std::size_t i = 0; i < major; ++i)
        std::fill(majors.begin() + indptr[i], majors.begin() + indptr[i + 1], static_cast<Index>(i));
    if constexpr (order == Order::row)
        return to_csr(Coo<T>(rows, cols, std::move(majors), std::move(indices), std::move(values)));
    else
        return to_csc(Coo<T>(rows, cols, std::move(indices), std::move(majors), std::move(values)));
}

/// An Eigen::SparseMatrix seen as a ritz matrix: its indices and values are used where they are, its pointers are
/// widened, O(major), and everything is checked, O(nnz). M must outlive the view, which is why a temporary is refused.
/// \throws InvalidArgument if M is not compressed (call makeCompressed), or its inner indices are not in order.
template <Scalar T, int options>
CompressedView<detail::order_of<options>, T> view_of(const Eigen::SparseMatrix<T, options, std::int32_t>& M) {
    detail::require(M.isCompressed(), "view_of: the Eigen matrix must be compressed");
    const auto rows = detail::narrow<Index>(M.rows(), "view_of"), cols = detail::narrow<Index>(M.cols(), "view_of");
    const auto nnz = static_cast<std::size_t>(M.nonZeros());
    return {rows, cols, std::span<const std::int32_t>(M.outerIndexPtr(), static_cast<std::size_t>(M.outerSize()) + 1),
            std::span<const Index>(M.innerIndexPtr(), nnz), VectorView<T>(M.valuePtr(), nnz)};
}
template <Scalar T, int options>
CompressedView<detail::order_of<options>, T> view_of(Eigen::SparseMatrix<T, options, std::int32_t>&&) = delete;

/// A ritz matrix seen by Eigen: an Eigen::Map over A's indices and values, with pointers narrowed to 32 bits, O(major).
/// A must outlive the view.
/// \throws LimitExceeded if A.nnz() passes 2³¹-1.
template <Order order, Scalar T>
class EigenView {
public:
    using Map = Eigen::Map<const Eigen::SparseMatrix<T, detail::eigen_order<order>, std::int32_t>>;

    explicit EigenView(const CompressedView<order, T>& A)
        : rows_(A.rows()), cols_(A.cols()), indices_(A.indices().data()), values_(A.values().data()) {
        detail::narrow<std::int32_t>(A.nnz(), "EigenView");
        indptr_.reserve(A.indptr().size());
        for (const Offset p : A.indptr()) indptr_.push_back(static_cast<std::int32_t>(p));
    }

    Map map() const { return Map(rows_, cols_, indptr_.back(), indptr_.data(), indices_, values_); }

private:
    Index rows_, cols_;
    const Index* indices_;
    const T* values_;
    std::vector<std::int32_t> indptr_;
};
template <Order order, Scalar T>
EigenView(const Compressed<order, T>&) -> EigenView<order, T>;

}  // namespace ritz
