// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Tensors of any order, and the functions of np.linalg on them: tensordot, tensorsolve, tensorinv.

#include <concepts>
#include <span>
#include <vector>

#include "ritz/linalg/argument.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/solve.hpp"

namespace ritz::linalg {

/// Numbers with a shape, stored in one vector with the first index fastest (column-major, as Eigen's matrices and
/// Fortran; NumPy's order="F"):
///
///     shape 2 × 3 × 2   values a000 a100 a010 a110 a020 a120 │ a001 a101 …
///
/// I1  values().size() is the product of shape(); a tensor without axes is one number.
///
/// The functions here give the tensors that NumPy gives, element for element, although NumPy stores the last index
/// fastest by default.
template <Scalar T>
class Tensor {
public:
    /// Zeros. \throws InvalidArgument if a dimension is negative or their product is too large.
    explicit Tensor(std::vector<Eigen::Index> shape);
    /// \throws InvalidArgument if I1 does not hold.
    Tensor(std::vector<Eigen::Index> shape, Eigen::VectorX<T> values);
    /// A matrix as a tensor with two axes, a vector as one with one.
    template <Dense A>
    requires std::same_as<ScalarOf<A>, T>
    explicit Tensor(const A& a) : shape_{a.rows()} {
        const Eigen::MatrixX<T> matrix = detail::as<T>(a);
        if (A::ColsAtCompileTime != 1) shape_.push_back(a.cols());
        values_ = matrix.reshaped();
    }

    const std::vector<Eigen::Index>& shape() const noexcept { return shape_; }
    Eigen::Index axes() const noexcept { return static_cast<Eigen::Index>(shape_.size()); }
    const Eigen::VectorX<T>& values() const noexcept { return values_; }
    Eigen::Ref<Eigen::VectorX<T>> values() noexcept { return values_; }

    /// The element at (i, j, …). \throws InvalidArgument if an index is out of range or one is missing.
    const T& operator()(std::span<const Eigen::Index> indices) const { return values_[offset(indices)]; }
    T& operator()(std::span<const Eigen::Index> indices) { return values_[offset(indices)]; }
    template <std::convertible_to<Eigen::Index>... I>
    const T& operator()(I... indices) const {
        return values_[offset(std::vector<Eigen::Index>{static_cast<Eigen::Index>(indices)...})];
    }
    template <std::convertible_to<Eigen::Index>... I>
    T& operator()(I... indices) {
        return values_[offset(std::vector<Eigen::Index>{static_cast<Eigen::Index>(indices)...})];
    }

    /// The matrix whose rows run through the first `row_axes` axes and whose columns through the others.
    Eigen::Map<const Eigen::MatrixX<T>> matrix(Eigen::Index row_axes) const;

    /// The same elements with axes[k] as axis k (np.transpose). \throws InvalidArgument unless axes is a permutation.
    Tensor transposed(const std::vector<Eigen::Index>& axes) const;

private:
    Eigen::Index offset(std::span<const Eigen::Index> indices) const;

    std::vector<Eigen::Index> shape_;
    Eigen::VectorX<T> values_;
};

template <Dense A>
Tensor(const A&) -> Tensor<ScalarOf<A>>;

extern template class Tensor<float>;
extern template class Tensor<double>;
extern template class Tensor<std::complex<float>>;
extern template class Tensor<std::complex<double>>;

/// Σ a(…, k₁, …, kₙ) b(k₁, …, kₙ, …): the last n axes of a with the first n of b, in order; n = 0 is the outer
/// product. The result has the other axes of a, then the other axes of b. One matrix product.
/// \throws InvalidArgument if the axes differ in length or are too few, for NaN and infinity.
/// \throws LimitExceeded if an element of the result is too large for its type.
template <Scalar T>
[[nodiscard]] Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, Eigen::Index axes = 2);

/// The same sum over axis a_axes[k] of a and axis b_axes[k] of b, for all k. Negative axes count from the last.
/// One matrix product, and a copy of each tensor whose axes are not in the order above.
/// \throws InvalidArgument, LimitExceeded as above; InvalidArgument if an axis is named twice.
template <Scalar T>
[[nodiscard]] Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, const std::vector<Eigen::Index>& a_axes,
                                  const std::vector<Eigen::Index>& b_axes);

/// The tensor x with tensordot(a, x, x.axes()) = b: a has the axes of b followed by those of x, as many elements in the
/// former as in the latter. `moved`: axes of a that are first moved to its end, in this order (NumPy's axes). One solve
/// of an n × n system, n the number of elements of b.
/// \throws InvalidArgument if the shapes do not fit; everything that `solve` throws.
template <Scalar T>
[[nodiscard]] Tensor<T> tensorsolve(const Tensor<T>& a, const Tensor<T>& b, const std::vector<Eigen::Index>& moved = {},
                                    const SolveOptions& options = {});

/// The tensor x with tensordot(x, a, ind) = the identity: the inverse of a as a matrix whose rows run through its first
/// `ind` axes. Its shape is that of a with those axes last.
/// \throws InvalidArgument if ind < 1 or that matrix is not square; everything that `inv` throws.
template <Scalar T>
[[nodiscard]] Tensor<T> tensorinv(const Tensor<T>& a, Eigen::Index ind = 2, const InvOptions& options = {});

}  // namespace ritz::linalg
