// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
                                    const SolveOptions& options = {});
                                  const std::vector<Eigen::Index>& b_axes);
                                  const std::vector<int>& axes_b);
        const Eigen::MatrixX<T> matrix = detail::as<T>(a);
        if (A::ColsAtCompileTime != 1) shape_.push_back(a.cols());
        return values_[offset(std::vector<Eigen::Index>{static_cast<Eigen::Index>(indices)...})];
        values_ = matrix.reshaped();
    /// A matrix as a tensor with two axes, a vector as one with one.
    /// The element at (i, j, …). \throws InvalidArgument if an index is out of range or one is missing.
    /// The matrix whose rows run through the first `row_axes` axes and whose columns through the others.
    /// The same elements with axes[k] as axis k (np.transpose). \throws InvalidArgument unless axes is a permutation.
    /// Zeros. \throws InvalidArgument if a dimension is negative or their product is too large.
    /// \throws InvalidArgument if I1 does not hold.
    Eigen::Index axes() const noexcept { return static_cast<Eigen::Index>(shape_.size()); }
    Eigen::Index offset(std::span<const Eigen::Index> indices) const;
    Eigen::Map<const Eigen::MatrixX<T>> matrix(Eigen::Index row_axes) const;
    Eigen::Ref<Eigen::VectorX<T>> values() noexcept { return values_; }
    Eigen::VectorX<T> values;
    Eigen::VectorX<T> values_;
    T& operator()(I... indices) {
    T& operator()(std::span<const Eigen::Index> indices) { return values_[offset(indices)]; }
    Tensor transposed(const std::vector<Eigen::Index>& axes) const;
    Tensor(std::vector<Eigen::Index> shape, Eigen::VectorX<T> values);
    const Eigen::VectorX<T>& values() const noexcept { return values_; }
    const T& operator()(I... indices) const {
    const T& operator()(std::span<const Eigen::Index> indices) const { return values_[offset(indices)]; }
    const std::vector<Eigen::Index>& shape() const noexcept { return shape_; }
    explicit Tensor(const A& a) : shape_{a.rows()} {
    explicit Tensor(std::vector<Eigen::Index> shape);
    requires std::same_as<ScalarOf<A>, T>
    std::vector<Eigen::Index> shape;
    std::vector<Eigen::Index> shape_;
    template <Dense A>
    template <std::convertible_to<Eigen::Index>... I>
    }
#include "ritz/linalg/argument.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/solve.hpp"
#include <concepts>
#include <span>
#include <vector>
///
///     shape 2 × 3 × 2   values a000 a100 a010 a110 a020 a120 │ a001 a101 …
/// Contractions of arrays of any number of dimensions, and linear equations between them. A tensor is its shape and its
/// Fortran; NumPy's order="F"):
/// I1  values().size() is the product of shape(); a tensor without axes is one number.
/// Numbers with a shape, stored in one vector with the first index fastest (column-major, as Eigen's matrices and
/// One matrix product, and a copy of each tensor whose axes are not in the order above.
/// Over the last `axes` axes of a and the first of b (NumPy's default is 2); 0 gives the outer product.
/// Tensors of any order, and the functions of np.linalg on them: tensordot, tensorsolve, tensorinv.
/// The functions here give the tensors that NumPy gives, element for element, although NumPy stores the last index
/// The inverse of the map of a: its first `first` axes become the last ones. \throws as tensorsolve.
/// The same sum over axis a_axes[k] of a and axis b_axes[k] of b, for all k. Negative axes count from the last.
/// The tensor x with tensordot(a, x, x.axes()) = b: a has the axes of b followed by those of x, as many elements in the
/// The tensor x with tensordot(x, a, ind) = the identity: the inverse of a as a matrix whose rows run through its first
/// \throws InvalidArgument (shapes), and what ritz::linalg::solve throws (SingularMatrix, IllConditioned).
/// \throws InvalidArgument if ind < 1 or that matrix is not square; everything that `inv` throws.
/// \throws InvalidArgument if the axes differ in length or are too few, for NaN and infinity.
/// \throws InvalidArgument if the shapes do not fit; everything that `solve` throws.
/// \throws InvalidArgument, LimitExceeded as above; InvalidArgument if an axis is named twice.
/// \throws LimitExceeded if an element of the result is too large for its type.
/// `ind` axes. Its shape is that of a with those axes last.
/// and one matrix product. \throws InvalidArgument if the axes differ in number or length, repeat or do not exist, the
/// contractions is another library's work; a contraction of two tensors is tensordot, of matrices multi_dot.
/// elements in NumPy's order: the last index runs fastest. einsum is left out: parsing its strings and planning its
/// fastest by default.
/// former as in the latter. `moved`: axes of a that are first moved to its end, in this order (NumPy's axes). One solve
/// of an n × n system, n the number of elements of b.
/// product. The result has the other axes of a, then the other axes of b. One matrix product.
/// shape does not match the number of values, or a value is not finite.
/// values(k) is the element at (i₀, …, i_d−1), k = (… (i₀ shape₁ + i₁) shape₂ + …): row-major. No shape: a number.
/// x with tensordot(a, x, x.shape.size()) = b: a has the axes of b and then those of x, equal in number of elements.
/// Σ a(…, k₁, …, kₙ) b(k₁, …, kₙ, …): the last n axes of a with the first n of b, in order; n = 0 is the outer
/// Σ over axes_a of a and axes_b of b together; the result has the other axes of a, then those of b. Two transpositions
Tensor(const A&) -> Tensor<ScalarOf<A>>;
[[nodiscard]] Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, Eigen::Index axes = 2);
[[nodiscard]] Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, const std::vector<Eigen::Index>& a_axes,
[[nodiscard]] Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, const std::vector<int>& axes_a,
[[nodiscard]] Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, int axes = 2);
[[nodiscard]] Tensor<T> tensorinv(const Tensor<T>& a, Eigen::Index ind = 2, const InvOptions& options = {});
[[nodiscard]] Tensor<T> tensorinv(const Tensor<T>& a, int first = 2);
[[nodiscard]] Tensor<T> tensorsolve(const Tensor<T>& a, const Tensor<T>& b);
[[nodiscard]] Tensor<T> tensorsolve(const Tensor<T>& a, const Tensor<T>& b, const std::vector<Eigen::Index>& moved = {},
class Tensor {
extern template class Tensor<double>;
extern template class Tensor<float>;
extern template class Tensor<std::complex<double>>;
extern template class Tensor<std::complex<float>>;
namespace ritz::linalg {
private:
public:
struct Tensor {
template <Dense A>
template <Scalar T>
};

}  // namespace ritz::linalg
