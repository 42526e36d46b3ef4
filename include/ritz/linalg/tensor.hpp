// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Contractions of arrays of any number of dimensions, and linear equations between them. A tensor is its shape and its
/// elements in NumPy's order: the last index runs fastest. einsum is left out: parsing its strings and planning its
/// contractions is another library's work; a contraction of two tensors is tensordot, of matrices multi_dot.

#include <vector>

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// values(k) is the element at (i₀, …, i_d−1), k = (… (i₀ shape₁ + i₁) shape₂ + …): row-major. No shape: a number.
template <Scalar T>
struct Tensor {
    std::vector<Eigen::Index> shape;
    Eigen::VectorX<T> values;
};

/// Σ over axes_a of a and axes_b of b together; the result has the other axes of a, then those of b. Two transpositions
/// and one matrix product. \throws InvalidArgument if the axes differ in number or length, repeat or do not exist, the
/// shape does not match the number of values, or a value is not finite.
template <Scalar T>
[[nodiscard]] Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, const std::vector<int>& axes_a,
                                  const std::vector<int>& axes_b);

/// Over the last `axes` axes of a and the first of b (NumPy's default is 2); 0 gives the outer product.
template <Scalar T>
[[nodiscard]] Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, int axes = 2);

/// x with tensordot(a, x, x.shape.size()) = b: a has the axes of b and then those of x, equal in number of elements.
/// \throws InvalidArgument (shapes), and what ritz::linalg::solve throws (SingularMatrix, IllConditioned).
template <Scalar T>
[[nodiscard]] Tensor<T> tensorsolve(const Tensor<T>& a, const Tensor<T>& b);

/// The inverse of the map of a: its first `first` axes become the last ones. \throws as tensorsolve.
template <Scalar T>
[[nodiscard]] Tensor<T> tensorinv(const Tensor<T>& a, int first = 2);

}  // namespace ritz::linalg
