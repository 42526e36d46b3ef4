// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Conjugate gradients for several right-hand sides at once.

#include <vector>

#include "ritz/core/error.hpp"
#include "ritz/solvers/krylov.hpp"

namespace ritz {

namespace detail {
template <Scalar T>
std::vector<KrylovReport> block_cg(const KrylovOperator<T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                                   Eigen::Ref<Eigen::MatrixX<T>> X, const Preconditioner<T>* M,
                                   const LinearOperatorRef<T>* M_ref, const KrylovOptions& options);
}

/// A X = B with Hermitian positive definite A, for all columns of B together: each column's residual is minimised over
/// the search directions of all, so that steps become fewer, and A is applied to a block (A.apply_block). One report a
/// column, each with the promises C1–C7 of krylov.hpp; `iterations` counts the steps that the column took part in. Pays
/// for up to some 30 columns. 4 blocks of workspace, and for s columns 8 n s² flops a step beside the product.
///
/// Directions that depend on others are left out, so that equal columns, or columns that converge earlier, do no harm.
/// What the block cannot finish (an indefinite A or M, a scale beyond 2^±200, a limit) is judged column by column by
/// cg. \ref D. P. O'Leary, Linear Algebra Appl. 29 (1980) 293; H. Ji and Y. Li, BIT 57 (2017) 379, for the directions.
/// \throws InvalidArgument if a shape does not fit or an option is out of range.
template <class A, class Derived, class X>
std::vector<KrylovReport> block_cg(const A& a, const Eigen::MatrixBase<Derived>& B, X&& x,
                                   const KrylovOptions& options = {}) {
    using T = typename Derived::Scalar;
    return detail::block_cg<T>(detail::KrylovOperator<T>::of(a), B, x, nullptr, nullptr, options);
}
template <class A, class Derived, class X, class M>
requires(LinearOperator<M, typename Derived::Scalar>) std::vector<KrylovReport> block_cg(
    const A& a, const Eigen::MatrixBase<Derived>& B, X&& x, const M& m, const KrylovOptions& options = {}) {
    using T = typename Derived::Scalar;
    if constexpr (std::same_as<M, Preconditioner<T>>) {
        return detail::block_cg<T>(detail::KrylovOperator<T>::of(a), B, x, m ? &m : nullptr, nullptr, options);
    } else {
        const LinearOperatorRef<T> ref(m);
        return detail::block_cg<T>(detail::KrylovOperator<T>::of(a), B, x, nullptr, &ref, options);
    }
}

}  // namespace ritz
