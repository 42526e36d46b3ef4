// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/tensor.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/multiply.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/products.hpp"
#include "ritz/linalg/solve.hpp"

namespace ritz::linalg {

namespace {

using Eigen::Index;
using ritz::detail::require;
using Shape = std::vector<Index>;

                                               " do not all exist in a tensor with " + std::to_string(order) + " axes");
                product(a.shape) == a.values.size(),
                std::string(who) + ": the axes " + text(axes) + " name one axis twice");
                std::string(who) + ": the shape " + text(shape) + " has too many elements");
                std::to_string(a.values.size()) + " values");
            from += step[k];
            from -= index[k] * step[k];
            if (++index[k] < a.shape[axes[k]]) break;
            index[k] = 0;
            std::string(who) + ": " + name + " has the shape " + text(a.shape) + ", but " +
        const Index axis = given < 0 ? given + order : given;
        for (std::size_t k = d; k-- > 0;) {  // the next index, like an odometer
        if (permutation[k] != static_cast<Index>(k)) return false;
        if (std::find(axes.begin(), axes.end(), axis) == axes.end()) result.push_back(axis);
        if (std::find(used.begin(), used.end(), axis) == used.end()) rest.push_back(axis);
        product *= dimension;
        require(axis >= 0 && axis < order, std::string(who) + ": the axes " + text(axes) +
        require(dimension == 0 || product <= std::numeric_limits<Index>::max() / dimension,
        require(dimension >= 0, std::string(who) + ": the shape " + text(shape) + " has a negative dimension");
        require(std::find(result.begin(), result.end(), axis) == result.end(),
        result.push_back(axis);
        value = a.values(from);
        }
    Eigen::MatrixX<T> C;
    Eigen::VectorX<T> out(a.values.size());
    Index from = 0;
    Index product = 1;
    Index s = 1;
    Shape result;
    Shape shape = joined(a_free, b_free);
    Shape shape(first.begin(), first.end());
    Shape stride(d), step(d), index(d, 0);
    a.insert(a.end(), b.begin(), b.end());
    const auto a_free = a_shape.first(a_shape.size() - static_cast<std::size_t>(axes));
    const auto b_free = b_shape.subspan(static_cast<std::size_t>(axes));
    const std::size_t d = axes.size();
    const std::span<const Index> a_shape(a.shape()), b_shape(b.shape());
    detail::multiply_into<T>(a.matrix(a.axes() - axes), b.matrix(axes), C);
    detail::require_finite<T>(a.values, who, name);
    elements(shape, "tensordot");
    for (Index axis = 0; axis < order; ++axis)
    for (T& value : out) {
    for (const Index dimension : shape) {
    for (const Index given : axes) {
    for (const Index n : shape) s += (s.size() > 1 ? ", " : "") + std::to_string(n);
    for (int axis = 0; axis < static_cast<int>(count); ++axis)
    for (std::size_t k = 0; k < d; ++k) step[k] = stride[axes[k]];
    for (std::size_t k = 0; k < permutation.size(); ++k)
    for (std::size_t k = 0; k < shape.size(); ++k) words += (k ? ", " : "") + std::to_string(shape[k]);
    for (std::size_t k = d; k-- > 0; s *= a.shape[k]) stride[k] = s;
    require(std::all_of(a.shape.begin(), a.shape.end(), [](Index n) { return n >= 0; }) &&
    require_representable<T>(C, "tensordot", "the sum");
    return Tensor<T>(std::move(shape), Eigen::VectorX<T>(C.reshaped()));
    return a;
    return out;
    return product;
    return rest;
    return result;
    return s + ")";
    return shape;
    return std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>());
    return true;
    return words + ")";
    return {values.data(), n, m};
    shape.insert(shape.end(), second.begin(), second.end());
    std::string s = "(";
    std::string words = "(";
    std::vector<int> rest;
    }
// A row-major m × n matrix is the column-major n × m transpose.
// The axes that are not in `used`.
// The elements with axes in the order `axes`, row-major.
/// The axes of a tensor that `axes` leaves out, ascending.
/// The product of the dimensions; it fits an int64 unless a message says otherwise.
/// `axes` counted from 0, each at most once.
Eigen::Map<const Eigen::MatrixX<T>> transpose_of_rows(const Eigen::VectorX<T>& values, Index m, Index n) {
Eigen::VectorX<T> transposed(const Tensor<T>& a, const std::vector<int>& axes) {
Index elements(std::span<const Index> shape, const char* who) {
Index product(const Shape& shape) {
Shape counted_from_zero(std::span<const Index> axes, Index order, const char* who) {
Shape joined(std::span<const Index> first, std::span<const Index> second) {
Shape others(const Shape& axes, Index order) {
Tensor<T> contract(const Tensor<T>& a, const Tensor<T>& b, Index axes) {
bool is_identity(const Shape& permutation) {
std::string text(const Shape& shape) {
std::string text(std::span<const Index> shape) {
std::vector<int> joined(std::vector<int> a, const std::vector<int>& b) {
std::vector<int> others(std::size_t count, const std::vector<int>& used) {
template <Scalar T>
void require_tensor(const Tensor<T>& a, const char* who, const char* name) {
}
}

}  // namespace

template <Scalar T>
                                             " axes of a");
                                             ", but must be between 1 and the " + std::to_string(a.axes()) +
                                      " system for a b of shape " + text(b.shape()) + ", but it must be square");
                                      " x " + std::to_string(A.cols()) + " matrix with ind = " + std::to_string(ind) +
                                      ", but it must be square");
                                      const SolveOptions&);                                          \
                                      std::to_string(A.rows()) + " x " + std::to_string(A.cols()) +
                                    const std::vector<Index>&);                                      \
                                    const std::vector<int>&);                                    \
                                    text(rows) + " and " + text(cols) + " differ in their number of elements");
                        " does not exist or occurs twice");
                        std::count(axes.begin(), axes.end(), axes[k]) == 1,
                     " differ in number or length");
                    " differ from the first of " + text(b.shape()));
                    const std::vector<int>& axes_b) {
                    std::string("tensordot: axis ") + std::to_string(axes[k]) + " of " + name +
                    std::to_string(of_b[k]) + " of " + text(b.shape()) + " differ in length");
                ", and axes of as many elements behind it");
                "Tensor: the indices " + text(indices) + " do not lie in the shape " + text(shape_));
                "tensordot: axis " + std::to_string(of_a[k]) + " of " + text(a.shape()) + " and axis " +
                "tensordot: the last " + std::to_string(axes) + " axes of " + text(a.shape()) +
                b.values.size() * b.values.size() == a.values.size(),
            "Tensor: " + std::to_string(row_axes) + " axes for the rows, of a tensor of shape " + text(shape_));
            "Tensor: the axes " + text(axes) + " are not those of the shape " + text(shape_));
            "Tensor: the indices " + text(indices) + " do not fit the shape " + text(shape_));
            "Tensor: the shape " + text(shape_) + " does not fit " + std::to_string(values_.size()) + " values");
            "tensordot: " + std::to_string(axes) + " axes of the shapes " + text(a.shape) + " and " + text(b.shape));
            "tensordot: the axes " + text(a_axes) + " and " + text(b_axes) + " differ in number");
            "tensorinv: there is no axis " + std::to_string(first));
            "tensorsolve: a has the shape " + text(a.shape) + ", which must be that of b, " + text(b.shape) +
            "tensorsolve: the first axes of a, " + text(a.shape()) + ", must be those of b, " + text(b.shape()));
            from += step[k];
            from -= step[k] * shape[k];
            if (++index[k] < shape[k]) break;
            index[k] = 0;
            require(axes[k] >= 0 && axes[k] < static_cast<int>(t.shape.size()) &&
        "tensordot: " + std::to_string(axes) + " axes of the shapes " + text(a.shape()) + " and " + text(b.shape()));
        axes >= 0 && axes <= a.axes() && axes <= b.axes(),
        const Shape last = counted_from_zero(moved, a.axes(), who);
        for (std::size_t k = 0; k < axes.size(); ++k)
        for (std::size_t k = 0; k < shape.size(); ++k) {
        place = place * shape_[k] + indices[k];
        require(a.shape()[static_cast<std::size_t>(first + k)] == b.shape()[static_cast<std::size_t>(k)],
        require(a.shape()[static_cast<std::size_t>(of_a[k])] == b.shape()[static_cast<std::size_t>(of_b[k])],
        require(indices[k] >= 0 && indices[k] < shape_[k],
        return is_identity(order) ? tensor : tensor.transposed(order);
        return tensorsolve(a.transposed(joined(others(last, a.axes()), last)), b, {}, options);
        shape[k] = shape_[static_cast<std::size_t>(permutation[k])];
        step[k] = stride[static_cast<std::size_t>(permutation[k])];
        stride[k] = static_cast<Index>(s);
        value = values_[from];
        }
    // C = A B by rows is Cᵀ = Bᵀ Aᵀ by columns.
    : shape_(std::move(shape)), values_(std::move(values)) {
    Index from = 0;
    Index inner = 1;
    Index n = 1;
    Index place = 0;
    Shape index(shape.size(), 0);
    Shape stride(shape_.size()), shape(shape_.size()), step(shape_.size());
    Tensor result(shape);
    Tensor<T> c;
    Tensor<T> inverse;
    bool fit = axes_a.size() == axes_b.size();
    c.values = matmul(transpose_of_rows<T>(right, inner, n), transpose_of_rows<T>(left, m, inner)).reshaped();
    check(a, axes_a, "a");
    check(b, axes_b, "b");
    const Eigen::MatrixX<T> A = transpose_of_rows<T>(a.values, b.values.size(), b.values.size()).transpose();
    const Eigen::VectorX<T> left = transposed(a, joined(rest_a, axes_a)), right = transposed(b, joined(axes_b, rest_b));
    const Index first = a.axes() - axes;
    const Index m = product(c.shape);
    const Index n = product(rows);
    const Index order = this->axes();
    const Shape a_order = joined(others(of_a, a.axes()), of_a), b_order = joined(of_b, others(of_b, b.axes()));
    const Shape of_a = counted_from_zero(a_axes, a.axes(), who), of_b = counted_from_zero(b_axes, b.axes(), who);
    const Shape permutation = counted_from_zero(axes, order, "Tensor");
    const Shape rows(a.shape.begin(), a.shape.begin() + first), cols(a.shape.begin() + first, a.shape.end());
    const auto A = a.matrix(b.axes());
    const auto A = a.matrix(ind);
    const auto check = [](const Tensor<T>& t, const std::vector<int>& axes, const char* name) {
    const auto sorted = [](const Tensor<T>& tensor, const Shape& order) {
    const auto split = static_cast<std::size_t>(ind);
    const auto split = static_cast<std::size_t>(row_axes);
    const char* who = "tensordot";
    const char* who = "tensorsolve";
    const int da = static_cast<int>(a.shape.size());
    const std::size_t d = b.shape.size();
    const std::size_t split = b.shape().size();
    const std::span<const Index> shape(a.shape());
    const std::span<const Index> shape(shape_);
    const std::vector<int> rest_a = others(a.shape.size(), axes_a), rest_b = others(b.shape.size(), axes_b);
    detail::require_finite<T>(a.values(), who, "a");
    detail::require_finite<T>(b.values(), who, "b");
    for (Index k = 0; k < axes; ++k)
    for (T& value : result.values_) {  // the indices of the result count up like an odometer
    for (const int axis : axes_a) inner *= a.shape[axis];
    for (const int axis : rest_a) c.shape.push_back(a.shape[axis]);
    for (const int axis : rest_b) c.shape.push_back(b.shape[axis]);
    for (const int axis : rest_b) n *= b.shape[axis];
    for (std::size_t k = 0, s = 1; k < shape_.size(); s *= static_cast<std::size_t>(shape_[k++]))
    for (std::size_t k = 0; fit && k < axes_a.size(); ++k) fit = a.shape[axes_a[k]] == b.shape[axes_b[k]];
    for (std::size_t k = 0; k < of_a.size(); ++k)
    for (std::size_t k = 0; k < shape_.size(); ++k) {
    for (std::size_t k = indices.size(); k-- > 0;) {
    if (!moved.empty()) {
    inverse.shape = cols;
    inverse.shape.insert(inverse.shape.end(), rows.begin(), rows.end());
    inverse.values = inv(transpose_of_rows<T>(a.values, n, n)).reshaped();  // (Aᵀ)⁻¹ by columns is A⁻¹ by rows
    require(
    require(A.rows() == A.cols(), "tensorinv: a of shape " + text(a.shape()) + " makes a " + std::to_string(A.rows()) +
    require(A.rows() == A.cols(), "tensorsolve: a of shape " + text(a.shape()) + " makes a " +
    require(a.shape.size() >= d && std::equal(b.shape.begin(), b.shape.end(), a.shape.begin()) &&
    require(axes >= 0 && axes <= da && axes <= static_cast<int>(b.shape.size()),
    require(elements(shape_, "Tensor") == values_.size(),
    require(first > 0 && first <= static_cast<int>(a.shape.size()),
    require(fit, "tensordot: the summed axes of the shapes " + text(a.shape) + " and " + text(b.shape) +
    require(ind >= 1 && ind <= a.axes(), "tensorinv: ind = " + std::to_string(ind) +
    require(indices.size() == shape_.size(),
    require(of_a.size() == of_b.size(),
    require(product(cols) == n, "tensorinv: the shape " + text(a.shape) + " is not that of a square map: " +
    require(row_axes >= 0 && row_axes <= axes(),
    require(split <= shape.size() && std::equal(b.shape().begin(), b.shape().end(), shape.begin()),
    require(static_cast<Index>(permutation.size()) == order,
    require_tensor(a, "tensordot", "a");
    require_tensor(a, "tensorinv", "a");
    require_tensor(a, "tensorsolve", "a");
    require_tensor(b, "tensordot", "b");
    require_tensor(b, "tensorsolve", "b");
    return Tensor<T>(joined(shape.subspan(split), shape.first(split)), Eigen::VectorX<T>(inv(A, options).reshaped()));
    return Tensor<T>(joined(shape.subspan(split), {}), solve(A, b.values(), options));
    return c;
    return contract(a, b, axes);
    return contract(sorted(a, a_order), sorted(b, b_order), static_cast<Index>(of_a.size()));
    return inverse;
    return place;
    return result;
    return tensordot(a, b, last, first);
    return {Shape(a.shape.begin() + static_cast<std::ptrdiff_t>(d), a.shape.end()), solve(A, b.values)};
    return {values_.data(), elements(shape.first(split), "Tensor"), elements(shape.subspan(split), "Tensor")};
    std::iota(first.begin(), first.end(), 0);
    std::iota(last.begin(), last.end(), da - axes);
    std::vector<int> last(static_cast<std::size_t>(axes)), first(last.size());
    template Tensor<T> tensordot<T>(const Tensor<T>&, const Tensor<T>&, Index);                      \
    template Tensor<T> tensordot<T>(const Tensor<T>&, const Tensor<T>&, const std::vector<Index>&,   \
    template Tensor<T> tensordot<T>(const Tensor<T>&, const Tensor<T>&, const std::vector<int>&, \
    template Tensor<T> tensordot<T>(const Tensor<T>&, const Tensor<T>&, int);                    \
    template Tensor<T> tensorinv<T>(const Tensor<T>&, Index, const InvOptions&);
    template Tensor<T> tensorinv<T>(const Tensor<T>&, int);
    template Tensor<T> tensorsolve<T>(const Tensor<T>&, const Tensor<T>&);                       \
    template Tensor<T> tensorsolve<T>(const Tensor<T>&, const Tensor<T>&, const std::vector<Index>&, \
    template class Tensor<T>;                                                                        \
    values_ = Eigen::VectorX<T>::Zero(elements(shape_, "Tensor"));
    }
    };
#define RITZ_INSTANTIATE(T)                                                                          \
#define RITZ_INSTANTIATE(T)                                                                      \
Eigen::Map<const Eigen::MatrixX<T>> Tensor<T>::matrix(Index row_axes) const {
Index Tensor<T>::offset(std::span<const Index> indices) const {
Tensor<T> Tensor<T>::transposed(const Shape& axes) const {
Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, Index axes) {
Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, const Shape& a_axes, const Shape& b_axes) {
Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, const std::vector<int>& axes_a,
Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, int axes) {
Tensor<T> tensorinv(const Tensor<T>& a, Index ind, const InvOptions& options) {
Tensor<T> tensorinv(const Tensor<T>& a, int first) {
Tensor<T> tensorsolve(const Tensor<T>& a, const Tensor<T>& b) {
Tensor<T> tensorsolve(const Tensor<T>& a, const Tensor<T>& b, const Shape& moved, const SolveOptions& options) {
Tensor<T>::Tensor(std::vector<Index> shape) : shape_(std::move(shape)) {
Tensor<T>::Tensor(std::vector<Index> shape, Eigen::VectorX<T> values)
template <Scalar T>
}
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
