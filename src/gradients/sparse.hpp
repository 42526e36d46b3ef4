// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Gradients by the entries of a sparse matrix: the pieces of their formulas.

#include <algorithm>
#include <cmath>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients::detail {

template <Scalar T>
Csr<T> zero_on_pattern(const CsrView<T>& A) {
    Csr<T> Z(A);
    std::fill(Z.values().begin(), Z.values().end(), T(0));
    return Z;
}

/// A ← A + α Y Xᴴ on the pattern of A. O(nnz k).
template <Scalar T>
void add_outer_product(Csr<T>& A, T alpha, const linalg::Matrix<T>& Y, const linalg::Matrix<T>& X) {
    // Row-major copies: the k numbers of one row lie together.
    using Rows = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const Rows y = alpha * Y, x = X;
    const auto values = A.values();
#pragma omp parallel for schedule(static) if (A.nnz() * y.cols() > 100'000)
    for (Index i = 0; i < A.rows(); ++i)
        for (auto e = static_cast<std::size_t>(A.indptr()[i]); e < static_cast<std::size_t>(A.indptr()[i + 1]); ++e)
            values[e] += x.row(A.indices()[e]).dot(y.row(i));  // Σ y_ik conj(x_jk)
}

/// |A| |x|, or |Aᴴ| |x|.
template <Scalar T>
Eigen::VectorX<Real<T>> absolute_product(const CsrView<T>& A, const Eigen::VectorX<T>& x, bool adjoint) {
    Eigen::VectorX<Real<T>> y = Eigen::VectorX<Real<T>>::Zero(adjoint ? A.cols() : A.rows());
    for (Index i = 0; i < A.rows(); ++i)
        for (auto e = static_cast<std::size_t>(A.indptr()[i]); e < static_cast<std::size_t>(A.indptr()[i + 1]); ++e) {
            const Index j = A.indices()[e];
            if (adjoint)
                y(j) += std::abs(A.values()[e]) * std::abs(x(i));
            else
                y(i) += std::abs(A.values()[e]) * std::abs(x(j));
        }
    return y;
}

template <Scalar T>
void require_finite_values(const CsrView<T>& A, const char* who) {
    if (!Eigen::Map<const Eigen::VectorX<T>>(A.values().data(), A.nnz()).allFinite())
        throw LimitExceeded(std::string(who) + ": the derivative overflows");
}

}  // namespace ritz::gradients::detail
