// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// A matrix or operator whose singular values are wanted, as svds and randomized_svd see it.

#include <complex>
#include <functional>
#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/tuned.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz::eigen {

/// Working precision.
template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;

template <Scalar W>
VectorView<W> column(const Eigen::MatrixX<W>& X, Eigen::Index j) {
    return {X.data() + j * X.rows(), static_cast<std::size_t>(X.rows())};
}
template <Scalar W>
VectorRef<W> column(Eigen::MatrixX<W>& X, Eigen::Index j) {
    return {X.data() + j * X.rows(), static_cast<std::size_t>(X.rows())};
}

/// An orthonormal basis of the columns' span, as many columns.
template <Scalar W>
Eigen::MatrixX<W> orthonormal(const Eigen::MatrixX<W>& X);

/// G = A or Aᴴ, whichever has at least as many rows as columns, in working precision and scaled by 2^-exponent.
template <Scalar W>
struct SingularProblem {
    Index m = 0, n = 0;       // of G
    bool transposed = false;  // G = Aᴴ
    std::optional<Csr<W>> G, G_adjoint;
    std::optional<TunedMatrix<W>> G_tuned, G_adjoint_tuned;
    std::function<void(VectorView<W>, VectorRef<W>)> operation, adjoint_operation;  // where there is no matrix
    int exponent = 0;
    double norm = 0;      // of G: an estimate of ‖G‖₂, of an operator from below
    bool single = false;  // float: results are rounded to it before they are judged

    double rounding() const { return single ? 0x1p-24 : 0x1p-53; }
    /// What rounding alone may leave of a residual.
    double floor() const;

    void multiply(VectorView<W> x, VectorRef<W> y) const { G_tuned ? G_tuned->apply(x, y) : operation(x, y); }
    void multiply_adjoint(VectorView<W> x, VectorRef<W> y) const {
        G_adjoint_tuned ? G_adjoint_tuned->apply(x, y) : adjoint_operation(x, y);
    }
    /// G x or Gᴴ x, each element rounded once where there is a matrix.
    Eigen::VectorX<W> product(const Eigen::VectorX<W>& x, bool adjoint_product) const;
};

/// Copies of A and Aᴴ.
template <Scalar T>
SingularProblem<Wide<T>> singular_problem(const CsrView<T>& A);

/// The same by products with A, which must outlive it. Three products estimate the norm.
template <Scalar T>
SingularProblem<Wide<T>> singular_problem(const LinearOperatorRef<T>& A);

}  // namespace ritz::eigen
