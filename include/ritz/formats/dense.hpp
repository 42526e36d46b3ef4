// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Between compressed and dense matrices.

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// A with its zeros written out. O(rows·cols).
/// A large sparse matrix does not fit into memory as a dense one, so the size is checked before anything is allocated.
/// \throws LimitExceeded if rows·cols·sizeof(T) is more than `max_bytes` (8 GiB unless told otherwise).
template <Order order, Scalar T>
Eigen::MatrixX<T> to_dense(const CompressedView<order, T>& A, std::int64_t max_bytes = std::int64_t{8} << 30);

namespace detail {
template <Order order, Scalar T>
Compressed<order, T> from_dense(const Eigen::Ref<const Eigen::MatrixX<T>>& A);
}

/// The elements of a dense matrix that are not exactly zero (NaN is kept, -0 is not). O(rows·cols).
///
///     Csr<double> A = from_dense(M);   Csc<double> B = from_dense<Order::column>(M);
///
/// \throws LimitExceeded if a dimension passes 2³¹-1.
template <Order order = Order::row, class Derived>
Compressed<order, typename Derived::Scalar> from_dense(const Eigen::MatrixBase<Derived>& A) {
    return detail::from_dense<order, typename Derived::Scalar>(A);
}

}  // namespace ritz
