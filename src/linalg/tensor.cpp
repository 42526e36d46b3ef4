// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/tensor.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/multiply.hpp"

namespace ritz::linalg {

namespace {

using Eigen::Index;
using ritz::detail::require;
using Shape = std::vector<Index>;

std::string text(std::span<const Index> shape) {
    std::string words = "(";
    for (std::size_t k = 0; k < shape.size(); ++k) words += (k ? ", " : "") + std::to_string(shape[k]);
    return words + ")";
}

/// The product of the dimensions; it fits an int64 unless a message says otherwise.
Index elements(std::span<const Index> shape, const char* who) {
    Index product = 1;
    for (const Index dimension : shape) {
        require(dimension >= 0, std::string(who) + ": the shape " + text(shape) + " has a negative dimension");
        require(dimension == 0 || product <= std::numeric_limits<Index>::max() / dimension,
                std::string(who) + ": the shape " + text(shape) + " has too many elements");
        product *= dimension;
    }
    return product;
}

Shape joined(std::span<const Index> first, std::span<const Index> second) {
    Shape shape(first.begin(), first.end());
    shape.insert(shape.end(), second.begin(), second.end());
    return shape;
}

/// `axes` counted from 0, each at most once.
Shape counted_from_zero(std::span<const Index> axes, Index order, const char* who) {
    Shape result;
    for (const Index given : axes) {
        const Index axis = given < 0 ? given + order : given;
        require(axis >= 0 && axis < order, std::string(who) + ": the axes " + text(axes) +
                                               " do not all exist in a tensor with " + std::to_string(order) + " axes");
        require(std::find(result.begin(), result.end(), axis) == result.end(),
                std::string(who) + ": the axes " + text(axes) + " name one axis twice");
        result.push_back(axis);
    }
    return result;
}

/// The axes of a tensor that `axes` leaves out, ascending.
Shape others(const Shape& axes, Index order) {
    Shape result;
    for (Index axis = 0; axis < order; ++axis)
        if (std::find(axes.begin(), axes.end(), axis) == axes.end()) result.push_back(axis);
    return result;
}

bool is_identity(const Shape& permutation) {
    for (std::size_t k = 0; k < permutation.size(); ++k)
        if (permutation[k] != static_cast<Index>(k)) return false;
    return true;
}

template <Scalar T>
Tensor<T> contract(const Tensor<T>& a, const Tensor<T>& b, Index axes) {
    const std::span<const Index> a_shape(a.shape()), b_shape(b.shape());
    const auto a_free = a_shape.first(a_shape.size() - static_cast<std::size_t>(axes));
    const auto b_free = b_shape.subspan(static_cast<std::size_t>(axes));
    Shape shape = joined(a_free, b_free);
    elements(shape, "tensordot");
    Eigen::MatrixX<T> C;
    detail::multiply_into<T>(a.matrix(a.axes() - axes), b.matrix(axes), C);
    require_representable<T>(C, "tensordot", "the sum");
    return Tensor<T>(std::move(shape), Eigen::VectorX<T>(C.reshaped()));
}

}  // namespace

template <Scalar T>
Tensor<T>::Tensor(std::vector<Index> shape) : shape_(std::move(shape)) {
    values_ = Eigen::VectorX<T>::Zero(elements(shape_, "Tensor"));
}

template <Scalar T>
Tensor<T>::Tensor(std::vector<Index> shape, Eigen::VectorX<T> values)
    : shape_(std::move(shape)), values_(std::move(values)) {
    require(elements(shape_, "Tensor") == values_.size(),
            "Tensor: the shape " + text(shape_) + " does not fit " + std::to_string(values_.size()) + " values");
}

template <Scalar T>
Index Tensor<T>::offset(std::span<const Index> indices) const {
    require(indices.size() == shape_.size(),
            "Tensor: the indices " + text(indices) + " do not fit the shape " + text(shape_));
    Index place = 0;
    for (std::size_t k = indices.size(); k-- > 0;) {
        require(indices[k] >= 0 && indices[k] < shape_[k],
                "Tensor: the indices " + text(indices) + " do not lie in the shape " + text(shape_));
        place = place * shape_[k] + indices[k];
    }
    return place;
}

template <Scalar T>
Eigen::Map<const Eigen::MatrixX<T>> Tensor<T>::matrix(Index row_axes) const {
    require(row_axes >= 0 && row_axes <= axes(),
            "Tensor: " + std::to_string(row_axes) + " axes for the rows, of a tensor of shape " + text(shape_));
    const std::span<const Index> shape(shape_);
    const auto split = static_cast<std::size_t>(row_axes);
    return {values_.data(), elements(shape.first(split), "Tensor"), elements(shape.subspan(split), "Tensor")};
}

template <Scalar T>
Tensor<T> Tensor<T>::transposed(const Shape& axes) const {
    const Index order = this->axes();
    const Shape permutation = counted_from_zero(axes, order, "Tensor");
    require(static_cast<Index>(permutation.size()) == order,
            "Tensor: the axes " + text(axes) + " are not those of the shape " + text(shape_));
    Shape stride(shape_.size()), shape(shape_.size()), step(shape_.size());
    for (std::size_t k = 0, s = 1; k < shape_.size(); s *= static_cast<std::size_t>(shape_[k++]))
        stride[k] = static_cast<Index>(s);
    for (std::size_t k = 0; k < shape_.size(); ++k) {
        shape[k] = shape_[static_cast<std::size_t>(permutation[k])];
        step[k] = stride[static_cast<std::size_t>(permutation[k])];
    }
    Tensor result(shape);
    Shape index(shape.size(), 0);
    Index from = 0;
    for (T& value : result.values_) {  // the indices of the result count up like an odometer
        value = values_[from];
        for (std::size_t k = 0; k < shape.size(); ++k) {
            from += step[k];
            if (++index[k] < shape[k]) break;
            from -= step[k] * shape[k];
            index[k] = 0;
        }
    }
    return result;
}

template <Scalar T>
Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, Index axes) {
    const char* who = "tensordot";
    detail::require_finite<T>(a.values(), who, "a");
    detail::require_finite<T>(b.values(), who, "b");
    require(
        axes >= 0 && axes <= a.axes() && axes <= b.axes(),
        "tensordot: " + std::to_string(axes) + " axes of the shapes " + text(a.shape()) + " and " + text(b.shape()));
    const Index first = a.axes() - axes;
    for (Index k = 0; k < axes; ++k)
        require(a.shape()[static_cast<std::size_t>(first + k)] == b.shape()[static_cast<std::size_t>(k)],
                "tensordot: the last " + std::to_string(axes) + " axes of " + text(a.shape()) +
                    " differ from the first of " + text(b.shape()));
    return contract(a, b, axes);
}

template <Scalar T>
Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, const Shape& a_axes, const Shape& b_axes) {
    const char* who = "tensordot";
    detail::require_finite<T>(a.values(), who, "a");
    detail::require_finite<T>(b.values(), who, "b");
    const Shape of_a = counted_from_zero(a_axes, a.axes(), who), of_b = counted_from_zero(b_axes, b.axes(), who);
    require(of_a.size() == of_b.size(),
            "tensordot: the axes " + text(a_axes) + " and " + text(b_axes) + " differ in number");
    for (std::size_t k = 0; k < of_a.size(); ++k)
        require(a.shape()[static_cast<std::size_t>(of_a[k])] == b.shape()[static_cast<std::size_t>(of_b[k])],
                "tensordot: axis " + std::to_string(of_a[k]) + " of " + text(a.shape()) + " and axis " +
                    std::to_string(of_b[k]) + " of " + text(b.shape()) + " differ in length");
    const Shape a_order = joined(others(of_a, a.axes()), of_a), b_order = joined(of_b, others(of_b, b.axes()));
    const auto sorted = [](const Tensor<T>& tensor, const Shape& order) {
        return is_identity(order) ? tensor : tensor.transposed(order);
    };
    return contract(sorted(a, a_order), sorted(b, b_order), static_cast<Index>(of_a.size()));
}

template <Scalar T>
Tensor<T> tensorsolve(const Tensor<T>& a, const Tensor<T>& b, const Shape& moved, const SolveOptions& options) {
    const char* who = "tensorsolve";
    if (!moved.empty()) {
        const Shape last = counted_from_zero(moved, a.axes(), who);
        return tensorsolve(a.transposed(joined(others(last, a.axes()), last)), b, {}, options);
    }
    const std::span<const Index> shape(a.shape());
    const std::size_t split = b.shape().size();
    require(split <= shape.size() && std::equal(b.shape().begin(), b.shape().end(), shape.begin()),
            "tensorsolve: the first axes of a, " + text(a.shape()) + ", must be those of b, " + text(b.shape()));
    const auto A = a.matrix(b.axes());
    require(A.rows() == A.cols(), "tensorsolve: a of shape " + text(a.shape()) + " makes a " +
                                      std::to_string(A.rows()) + " x " + std::to_string(A.cols()) +
                                      " system for a b of shape " + text(b.shape()) + ", but it must be square");
    return Tensor<T>(joined(shape.subspan(split), {}), solve(A, b.values(), options));
}

template <Scalar T>
Tensor<T> tensorinv(const Tensor<T>& a, Index ind, const InvOptions& options) {
    require(ind >= 1 && ind <= a.axes(), "tensorinv: ind = " + std::to_string(ind) +
                                             ", but must be between 1 and the " + std::to_string(a.axes()) +
                                             " axes of a");
    const auto A = a.matrix(ind);
    require(A.rows() == A.cols(), "tensorinv: a of shape " + text(a.shape()) + " makes a " + std::to_string(A.rows()) +
                                      " x " + std::to_string(A.cols()) + " matrix with ind = " + std::to_string(ind) +
                                      ", but it must be square");
    const std::span<const Index> shape(a.shape());
    const auto split = static_cast<std::size_t>(ind);
    return Tensor<T>(joined(shape.subspan(split), shape.first(split)), Eigen::VectorX<T>(inv(A, options).reshaped()));
}

#define RITZ_INSTANTIATE(T)                                                                          \
    template class Tensor<T>;                                                                        \
    template Tensor<T> tensordot<T>(const Tensor<T>&, const Tensor<T>&, Index);                      \
    template Tensor<T> tensordot<T>(const Tensor<T>&, const Tensor<T>&, const std::vector<Index>&,   \
                                    const std::vector<Index>&);                                      \
    template Tensor<T> tensorsolve<T>(const Tensor<T>&, const Tensor<T>&, const std::vector<Index>&, \
                                      const SolveOptions&);                                          \
    template Tensor<T> tensorinv<T>(const Tensor<T>&, Index, const InvOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
